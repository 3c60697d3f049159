/* stream.c - a reconstruction within a bound of the host's memory: what goes together, and how much there is. */
#include "stream.h"

#include "checkpoint.h"
#include "memory.h"
#include "ranks.h"

#include <stdio.h>
#include <string.h>

#define MEBIBYTE ((uint64_t)1 << 20)
#define STEP (4 * MEBIBYTE) /* what the process has is rounded up to */
#define RESERVE (12 * MEBIBYTE) /* for what goes unseen: stacks, buffers of files, what the allocator keeps */

/* ------------------------------------------------------------------ options */

int cli_stream_check(const cli_reconstruction *r, const ptm_io_write_options *o)
{
    const cli_settings *s = r->settings;
    uint64_t limit;
    int code = cli_memory_parse(&limit, s->memory);
    if (code) return code;
    if (r->corrections.metal)
        return cli_error(CLI_USAGE, "--metal does not go with --memory: it compares volumes, which are whole in memory");
    if (cli_ranks() > 1 && s->checkpoint)
        return cli_error(CLI_USAGE, "--checkpoint with --memory is for one process, not for %d", cli_ranks());
    if (s->report)
        return cli_error(CLI_USAGE, "--report does not go with --memory: it shows a volume that is whole in memory");
    if (s->method && !cli_solve_anywhere(s))
        return cli_error(
            CLI_USAGE, "--memory is for fbp, sirt, sart, cgls, lsqr, lsmr and mlem, whose vectors may be in files");
    if (o->window == PTM_IO_WINDOW_PERCENTILE)
        return cli_error(CLI_USAGE, "--memory with %d bits needs --window: values are written before all of them are known",
            o->bits ? o->bits : 16);
    return CLI_OK;
}

/* ------------------------------------------------------------------ how much there is */

int cli_stream_too_little(const cli_stream_work *t, const char *what, uint64_t bytes)
{
    char limit[32], taken[32], needed[32], all[32];
    return cli_error(CLI_MEMORY, "--memory is %s; %s are taken already, and %s takes %s: it needs %s or more",
        cli_memory_text(limit, t->limit), cli_memory_text(taken, t->taken), what, cli_memory_text(needed, bytes),
        cli_memory_text(all, t->taken + bytes));
}

int cli_stream_lacks(cli_stream_work *t, const char *what, uint64_t bytes)
{
    t->what = what;
    t->needed = bytes;
    return CLI_MEMORY;
}

uint64_t cli_stream_operator_bytes(const cli_stream_work *t, const ptm_operator *op)
{
    uint64_t host = 0;
    const uint64_t staging = ptm_operator_staging(op, &host), own = ptm_operator_memory(op);
    return host + (t->shared ? own + staging : 0);
}

/* Tables in double, before they are the device's; and what the writer may hold of a slice. */
static uint64_t beside(const cli_stream_work *t)
{
    const ptm_io_geometry *g = &t->r->geometry;
    const uint64_t rows = (uint64_t)g->detector.shape[0], columns = (uint64_t)g->detector.shape[1];
    const uint64_t views = (uint64_t)g->views;
    const uint64_t slice = (uint64_t)g->volume.shape[1] * (uint64_t)g->volume.shape[2] * sizeof(float);
    return 3 * sizeof(double) * columns * (views + rows) + 3 * slice;
}

int cli_stream_least(const cli_stream_work *t)
{
    const int slices = t->r->geometry.volume.shape[0];
    return slices < CLI_STREAM_LEAST ? slices : CLI_STREAM_LEAST;
}

int cli_stream_sees(bool *seen, ptm_context *context, const ptm_io_geometry *g)
{
    ptm_scan *scan;
    const int status = ptm_io_geometry_scan(&scan, context, g);
    *seen = status == PTM_OK;
    ptm_scan_destroy(&scan);
    return status && status != PTM_ERROR_ARGUMENT ? cli_library_error(CLI_FAILED, status) : CLI_OK;
}

int cli_stream_narrow(const cli_stream_work *t, ptm_io_geometry *g)
{
    ptm_io_geometry narrow = *g;
    bool seen;
    for (int i = 1; i < 3; ++i)
        if (narrow.volume.shape[i] > 32) narrow.volume.shape[i] = 32;
    const int code = cli_stream_sees(&seen, t->r->machine.context, &narrow);
    if (seen) *g = narrow;
    return code;
}

/* From the middle outwards. */
static int find_seen(cli_stream_work *t)
{
    const int slices = t->r->geometry.volume.shape[0], least = cli_stream_least(t), middle = (slices - least) / 2;
    bool seen = false;
    int code = CLI_OK;
    t->seen = middle;
    for (int k = 0; k <= 2 * (middle + 1) && !seen && !code; ++k) {
        const int first = middle + (k % 2 ? k / 2 + 1 : -(k / 2));
        ptm_io_geometry some = t->r->geometry;
        if (first < 0 || first > slices - least) continue;
        cli_volume_slices(&some.volume, first, least);
        code = cli_stream_sees(&seen, t->r->machine.context, &some);
        if (seen) t->seen = first;
    }
    return code;
}

/* Rounded, so that runs of one command work in the same slabs; and as a run had it that a checkpoint goes on from, if that
 * suffices, for then both come to the same bits. */
static int round_taken(cli_stream_work *t)
{
    cli_bound before;
    const int code = cli_checkpoint_bound(&before, t->r->settings);
    const bool suffices = t->used <= before.program + RESERVE / 4;
    t->program = before.limit == t->limit && suffices ? before.program : (t->used + STEP - 1) / STEP * STEP;
    t->taken = t->program;
    return code;
}

/* With all that is needed but the data: what the process has then is not the data's. */
static int measure(cli_stream_work *t)
{
    int code = find_seen(t);
    if (!code) code = t->r->settings->method ? cli_stream_solve_warm(t) : cli_stream_fbp_warm(t);
    if (code) return code;
    cli_memory_settle();
    t->used = cli_memory_now();
    t->most = cli_memory_peak();
    if (!t->used) return cli_error(CLI_FAILED, "--memory needs /proc/self/status, which says how much memory is in use");
    code = round_taken(t);
    if (code) return code;
    const uint64_t all = t->taken + RESERVE + beside(t);
    if (t->limit < t->most || t->limit <= all)
        return cli_stream_too_little(t, "what goes with any work", (t->most > all ? t->most : all) - t->taken);
    t->taken = all;
    t->rest = t->limit - all;
    return CLI_OK;
}

/* How much of the memory the data may take, so that the rest suffices for all that comes after; 0: they go to a file. */
static int share_out(cli_stream_work *t, uint64_t *for_data)
{
    const bool iterations = t->r->settings->method; /* which have a copy of the data */
    const uint64_t rest = t->rest, part = rest / (iterations ? 8 : 4), bytes = cli_store_bytes(t->shape);
    int (*fits)(cli_stream_work *) = iterations ? cli_stream_solve_fits : cli_stream_fbp_fits;
    int code = CLI_MEMORY;
    *for_data = 0;
    if (bytes <= part) {
        t->rest = rest - bytes;
        code = fits(t);
        t->rest = rest;
        if (!code) *for_data = bytes;
    }
    if (code == CLI_MEMORY) code = fits(t);
    return code == CLI_MEMORY && t->what ? cli_stream_too_little(t, t->what, t->needed) : code;
}

/* ------------------------------------------------------------------ the work */

/* The same devices once more, on which nothing is allocated. One that shares the host's memory counts for all. */
static int open_dry(cli_stream_work *t)
{
    const cli_machine *m = &t->r->machine;
    cli_machine *dry = &t->dry;
    char name[64];
    int status = PTM_OK;
    *dry = (cli_machine){ .context = m->context };
    for (int i = 0; i < m->count && !status; ++i) {
        const ptm_device_info *info = ptm_device_get_info(m->devices[i]);
        snprintf(name, sizeof name, "%s:%d", info->backend, info->index);
        t->shared = t->shared || !info->gpu || info->unified;
        t->in_place = (i == 0 || t->in_place) && strcmp(info->backend, "host") == 0;
        dry->weights[i] = m->weights[i];
        status = ptm_device_open_dry(&dry->devices[i], dry->context, name);
        if (!status) dry->count++;
    }
    dry->device = dry->devices[0];
    if (!status && m->home) status = ptm_device_open_dry(&dry->home, dry->context, "host");
    return status ? cli_library_error(CLI_DEVICE, status) : CLI_OK;
}

static void close_dry(cli_machine *dry)
{
    ptm_device_close(&dry->home);
    for (int i = 0; i < dry->count; ++i) ptm_device_close(&dry->devices[i]);
}

static int prepare(cli_stream_work *t)
{
    const cli_window *w = &t->r->window;
    t->shape[0] = t->r->views;
    t->shape[1] = w->rows / w->bin_rows;
    t->shape[2] = w->columns / w->bin_columns;
    return open_dry(t);
}

static void cancel_writer(void *work)
{
    cli_stream_work *t = work;
    ptm_io_writer_cancel(&t->writer);
}

int cli_stream_begin_output(cli_stream_work *t, const cli_result *out)
{
    if (cli_rank() > 0) return CLI_OK;
    const int status = ptm_io_writer_open(&t->writer, t->r->settings->output, &out->picture, t->options);
    return status ? cli_library_error(CLI_OUTPUT, status) : cli_ranks_watch(cancel_writer, t);
}

static int commit(cli_stream_work *t)
{
    if (cli_rank() > 0) return CLI_OK;
    cli_ranks_watch_end();
    if (!t->writer) return cli_error(CLI_STOPPED, "stopped");
    const int status = ptm_io_writer_commit(&t->writer);
    return status ? cli_library_error(CLI_OUTPUT, status) : CLI_OK;
}

int cli_stream_read_nothing(void *user, const int64_t *first, const int64_t *count, void *data)
{
    (void)user;
    (void)first;
    memset(data, 0, (size_t)(count[0] * count[1] * count[2]) * sizeof(float));
    return PTM_OK;
}

int cli_stream_write_nothing(void *user, const int64_t *first, const int64_t *count, const void *data)
{
    (void)user;
    (void)first;
    (void)count;
    (void)data;
    return PTM_OK;
}

/* A picture is written by its lines. */
int cli_stream_put(cli_stream_work *t, float *voxels, int slices, double *seconds)
{
    const int *n = t->r->geometry.volume.shape;
    const ptm_array slab = cli_dense(voxels, slices, n[1], n[2]);
    const ptm_io_array all = { .dimensions = 3, .shape = { n[0], n[1], n[2] } };
    const bool picture = cli_picture(&all, t->r->settings->output).dimensions == 2;
    const double start = cli_now();
    if (cli_rank() > 0) return CLI_OK;
    int status = PTM_OK, code = cli_correct_volume(&t->r->corrections, &t->r->machine, &slab);
    cli_ranks_hold();
    if (!t->writer) code = cli_error(CLI_STOPPED, "stopped");
    if (!code) status = ptm_io_writer_write(t->writer, voxels, picture ? n[1] : slices);
    cli_ranks_release();
    *seconds += cli_now() - start;
    return status ? cli_library_error(CLI_OUTPUT, status) : code;
}

/* It is measured, and told if it was not kept: of the rank that had the most. */
static void look_back(const cli_stream_work *t)
{
    char peak[32], limit[32];
    t->told->limit = t->limit;
    t->told->program = (uint64_t)cli_ranks_most((int64_t)t->program);
    t->told->peak = (uint64_t)cli_ranks_most((int64_t)cli_memory_peak());
    t->told->stored = (uint64_t)cli_ranks_total((int64_t)t->told->stored);
    cli_note(t->r->settings, "%s of memory at most, of %s%s", cli_memory_text(peak, t->told->peak),
        cli_memory_text(limit, t->limit), t->told->peak > t->limit ? ", which were not enough" : "");
}

int cli_stream(cli_reconstruction *r, cli_result *out, const ptm_io_write_options *o)
{
    cli_stream_work t = { .r = r, .options = o, .told = &out->streamed };
    uint64_t for_data = 0;
    int code = cli_memory_parse(&t.limit, r->settings->memory);
    if (!code) code = prepare(&t);
    if (!code) code = measure(&t);
    if (!code) code = share_out(&t, &for_data);
    code = cli_ranks_agree(code);
    if (!code) code = cli_stream_data(&t, for_data);
    if (!code) code = r->settings->method ? cli_stream_solve(&t, out) : cli_stream_fbp(&t, out);
    const double done = cli_now();
    if (!code) code = commit(&t);
    out->seconds_writing += cli_now() - done;
    code = cli_ranks_agree(code);
    if (!code) look_back(&t);
    cli_ranks_watch_end();
    ptm_io_writer_cancel(&t.writer);
    cli_store_destroy(&t.data);
    close_dry(&t.dry);
    return code;
}

void cli_stream_tell(cli_json *j, const cli_streamed *streamed)
{
    cli_json_open(j, "memory", '{');
    cli_json_integer(j, "limit", (int64_t)streamed->limit);
    cli_json_integer(j, "program", (int64_t)streamed->program);
    cli_json_integer(j, "peak", (int64_t)streamed->peak);
    cli_json_integer(j, "stored", (int64_t)streamed->stored);
    cli_json_integer(j, "slabs", streamed->slabs);
    cli_json_close(j, '}');
}
