/* stream_data.c - projections from the file to where a reconstruction within a bound of memory has them: read, and
 * corrected by some rows of all views, then by some views, as the corrections want it. */
#include "stream.h"

#include "load.h"
#include "ranks.h"

#include <stdlib.h>

#define BLOCK_BYTES ((uint64_t)64 << 20) /* more at a time makes nothing faster */

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Memory for some of `all` pieces of so many bytes, each of which takes `times` as much while it is worked on, which `what`
 * names; NULL after a message. */
static float *make_block(const cli_stream_work *t, int64_t *count, int64_t all, uint64_t bytes, uint64_t times,
    uint64_t rest, const char *what)
{
    const uint64_t fit = rest / times / bytes, enough = BLOCK_BYTES / bytes + 1;
    *count = (int64_t)smaller(smaller(fit, enough), (uint64_t)all);
    float *block = *count > 0 ? malloc((size_t)*count * (size_t)bytes) : NULL;
    if (!block) cli_stream_too_little(t, what, bytes * times);
    return block;
}

/* ------------------------------------------------------------------ reading */

/* Flat and dark fields of the used rows, their groups, and while they are added up. */
static uint64_t field_bytes(const cli_stream_work *t)
{
    const cli_source *source = &t->r->source;
    const uint64_t frame = (uint64_t)(t->r->window.rows * source->columns) * sizeof(float);
    return source->counts ? frame * (2 * (uint64_t)source->flat_groups + 5) : frame;
}

static int read_blocks(cli_stream_work *t, cli_loader *l, float *block)
{
    int64_t count = 0;
    int code = CLI_OK;
    for (int64_t i = 0; i < t->shape[0] && !code; i += count) {
        count = cli_loader_next(l, i);
        const int64_t first[3] = { i, 0, 0 }, part[3] = { count, t->shape[1], t->shape[2] };
        if (cli_stopped()) return cli_error(CLI_STOPPED, "stopped");
        code = cli_loader_read(l, block, i, count);
        const int status = code ? PTM_OK : cli_store_write(t->data, first, part, block);
        if (status) code = cli_library_error(CLI_OUTPUT, status);
    }
    return code;
}

/* An array that stays in its file is read in pieces, of numbers that may have 64 bits there. */
static int read_data(cli_stream_work *t, uint64_t rest)
{
    const cli_source *source = &t->r->source;
    const cli_window own = cli_reconstruction_own_window(t->r);
    const uint64_t view = (uint64_t)(t->shape[1] * t->shape[2]) * sizeof(float);
    const uint64_t file_view = (uint64_t)(source->rows * source->columns) * sizeof(float);
    const uint64_t piece = source->scan ? 0 : 3 * file_view + ((uint64_t)4 << 20);
    const uint64_t taken = field_bytes(t) + piece, each = view + file_view;
    cli_loader l = { 0 };
    int64_t count = 1;
    if (rest < taken + each) return cli_stream_too_little(t, "reading one view", taken + each);
    float *block = make_block(t, &count, t->shape[0], view, (each + view - 1) / view, rest - taken, "reading one view");
    if (!block) return CLI_MEMORY;
    int code = cli_loader_open(&l, t->r->machine.context, source, &own, count * (int64_t)file_view);
    if (!code && l.each > count) l.each = count;
    if (!code) code = read_blocks(t, &l, block);
    t->r->pixels.raised = l.raised;
    cli_loader_close(&l);
    free(block);
    return code;
}

/* ------------------------------------------------------------------ corrections */

/* A part of the data from the store, corrected, and back. */
static int correct_part(cli_stream_work *t, const int64_t first[3], const int64_t count[3], float *block, bool rows)
{
    const cli_reconstruction *r = t->r;
    const ptm_array part = cli_dense(block, count[0], count[1], count[2]);
    if (cli_stopped()) return cli_error(CLI_STOPPED, "stopped");
    int status = cli_store_read(t->data, first, count, block);
    if (status) return cli_library_error(CLI_OUTPUT, status);
    const int code = rows ? cli_correct_rows_of_ranks(&r->corrections, &r->machine, &part, r->geometry.views, r->subsets)
                          : cli_correct_views(&r->corrections, &r->machine, &part, &r->geometry, r->first_view + first[0],
                                true);
    if (code) return code;
    status = cli_store_write(t->data, first, count, block);
    return status ? cli_library_error(CLI_OUTPUT, status) : CLI_OK;
}

/* Along an axis: views are 0, rows are 1. A sinogram is copied, and some methods keep four times as much beside it; views
 * are copied to be aligned. */
static int make_own_block(float **block, const cli_stream_work *t, int64_t *count, int axis, uint64_t rest)
{
    const uint64_t line = cli_store_bytes(t->shape) / (uint64_t)t->shape[axis];
    const uint64_t times = axis ? 6 : t->r->corrections.align ? 2 : 1;
    const char *what = axis ? "correcting one detector row" : "correcting one view";
    *block = make_block(t, count, t->shape[axis], line, times, rest, what);
    return *block ? CLI_OK : CLI_MEMORY;
}

/* The same for some rows of this rank's views where ranks exchange them: as many times some as there are ranks, each of
 * which corrects some; the same in all. Beside what one process takes for them there are those that go to others. */
static int make_exchanged_block(float **block, const cli_stream_work *t, int64_t *count, uint64_t rest)
{
    const int64_t ranks = cli_ranks(), rows = t->shape[1], views = (t->r->geometry.views + ranks - 1) / ranks;
    const uint64_t bytes = (uint64_t)(ranks * views * t->shape[2]) * sizeof(float);
    int64_t turns = 0;
    *block = make_block(t, &turns, (rows + ranks - 1) / ranks, bytes, 8, rest, "correcting a detector row in each rank");
    const int code = cli_ranks_agree(*block ? CLI_OK : CLI_MEMORY);
    if (!code) *count = -cli_ranks_most(-turns) * ranks;
    return code;
}

static int correct(cli_stream_work *t, int axis, uint64_t rest)
{
    int64_t first[3] = { 0 }, count[3] = { t->shape[0], t->shape[1], t->shape[2] }, most = 1;
    float *block;
    int code = axis && cli_exchanges_rows(&t->r->corrections) ? make_exchanged_block(&block, t, &most, rest)
                                                              : make_own_block(&block, t, &most, axis, rest);
    for (; first[axis] < t->shape[axis] && !code; first[axis] += count[axis]) {
        const int64_t left = t->shape[axis] - first[axis];
        count[axis] = left < most ? left : most;
        code = correct_part(t, first, count, block, axis == 1);
    }
    free(block);
    return code;
}

int cli_stream_data(cli_stream_work *t, uint64_t may_take)
{
    const cli_corrections *c = &t->r->corrections;
    const uint64_t bytes = cli_store_bytes(t->shape);
    const bool in_memory = bytes <= may_take;
    const double start = cli_now();
    const int status = cli_store_create(&t->data, t->shape, in_memory ? NULL : t->r->settings->output);
    if (status) return cli_library_error(CLI_OUTPUT, status);
    if (in_memory) {
        t->taken += bytes;
        t->rest -= bytes;
    } else {
        t->told->stored += bytes;
    }
    int code = read_data(t, t->rest);
    const double read = cli_now();
    if (!code && cli_corrects_rows(c)) code = correct(t, 1, t->rest);
    /* Phase retrieval has had a view, in the peak so far. */
    const uint64_t beside = t->most > t->used ? t->most - t->used : 0;
    if (!code && cli_corrects_views(c)) code = correct(t, 0, t->rest > beside ? t->rest - beside : 0);
    t->r->seconds_reading += read - start;
    t->r->seconds_correcting += cli_now() - read;
    code = cli_ranks_agree(code);
    if (code) return code;
    t->r->pixels.raised = cli_ranks_total(t->r->pixels.raised);
    cli_reconstruction_tell_raised(t->r);
    return CLI_OK;
}
