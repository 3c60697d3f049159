/* stream_fbp.c - FBP in slabs of slices, each from the detector rows that it needs, as large as memory allows. Rows that
 * several slabs need are filtered once, where the data are stored. */
#include "ranks.h"
#include "stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Slices first to first + count - 1. */
typedef struct slab {
    int first, count;
    int first_row;   /* of the data */
    ptm_io_geometry geometry; /* shares what the whole one points to */
    ptm_projector_options projector;
    ptm_fbp_options fbp;
} slab;

static int make_slab(slab *b, const cli_stream_work *t, int first, int count, uint64_t workspace)
{
    const cli_reconstruction *r = t->r;
    int rows;
    *b = (slab){ .first = first, .count = count, .geometry = r->geometry, .fbp = r->fbp };
    b->projector = (ptm_projector_options){ PTM_SIZED(ptm_projector_options), .workspace = t->shared ? workspace : 0 };
    cli_volume_slices(&b->geometry.volume, first, count);
    const int code = cli_geometry_rows(&b->geometry, first, &b->first_row, &rows);
    b->first_row += r->kept_first;
    return code;
}

static cli_work work_of(const cli_stream_work *t, slab *b)
{
    b->fbp.projector = &b->projector;
    return (cli_work){ .settings = t->r->settings, .machine = &t->r->machine, .geometry = &b->geometry, .fbp = &b->fbp,
        .part = t->filtered ? CLI_FBP_BACKPROJECTION : CLI_FBP_WHOLE };
}

/* As a slab: all slices and the rows that they need, for the filter alone. */
static slab make_whole(const cli_stream_work *t, uint64_t workspace)
{
    const cli_reconstruction *r = t->r;
    return (slab){ .count = r->geometry.volume.shape[0], .first_row = r->kept_first, .geometry = r->geometry, .fbp = r->fbp,
        .projector = { PTM_SIZED(ptm_projector_options), .workspace = workspace } };
}

/* Slabs of parallel beams and fans share no rows that would be filtered again, and the filter of half a detector is not to
 * be had alone. */
static int find_filtered(cli_stream_work *t)
{
    const ptm_io_geometry *g = &t->r->geometry;
    ptm_scan *scan;
    ptm_operator *op = NULL;
    if (g->kind == PTM_IO_CIRCULAR && g->beam != PTM_IO_CONE) return CLI_OK;
    int status = ptm_io_geometry_scan(&scan, t->dry.context, g);
    if (!status) status = ptm_filter_create(&op, t->dry.device, scan, &t->r->fbp);
    t->filtered = status == PTM_OK;
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
    if (!status || status == PTM_ERROR_UNSUPPORTED) return CLI_OK;
    return cli_library_error(status == PTM_ERROR_ARGUMENT ? CLI_USAGE : CLI_FAILED, status);
}

/* ------------------------------------------------------------------ how many */

/* Slabs of about one size. */
static int first_of(int index, int slabs, int slices)
{
    return (int)((int64_t)index * slices / slabs);
}

static uint64_t slice_bytes(const cli_stream_work *t)
{
    const int *n = t->r->geometry.volume.shape;
    return (uint64_t)n[1] * (uint64_t)n[2] * sizeof(float);
}

/* Bytes that a slab takes with its operator, which is made on the dry device; 0 where no view sees it. */
static int slab_bytes(uint64_t *bytes, const cli_stream_work *t, int first, int count, uint64_t workspace)
{
    slab b;
    ptm_operator *op = NULL;
    bool seen = false;
    *bytes = 0;
    int code = make_slab(&b, t, first, count, workspace);
    if (!code) code = cli_stream_sees(&seen, t->dry.context, &b.geometry);
    if (code || !seen) return code;
    cli_work work = work_of(t, &b);
    work.machine = &t->dry;
    code = cli_operator_create(&op, &work);
    if (code) return code;
    /* Slots of what comes out, and of data in memory, are not used by a device that has both in place. */
    const uint64_t slots = t->in_place ? ptm_operator_staging(op, NULL) : 0;
    const uint64_t unused = t->data && !cli_store_in_file(t->data) ? slots : slots / 2;
    *bytes = cli_stream_operator_bytes(t, op) - unused + (uint64_t)count * slice_bytes(t);
    ptm_operator_destroy(&op);
    return CLI_OK;
}

/* The most that a slab takes: those at the ends need the most rows, if a view sees them. */
static int largest_bytes(uint64_t *bytes, const cli_stream_work *t, int slabs, uint64_t workspace)
{
    const int slices = t->r->geometry.volume.shape[0];
    const int places[4] = { 0, slabs / 2, slabs - 1, (int)((int64_t)t->seen * slabs / slices) };
    int code = CLI_OK;
    *bytes = 0;
    for (int i = 0; i < 4 && !code; ++i) {
        const int first = first_of(places[i], slabs, slices);
        uint64_t some = 0;
        code = slab_bytes(&some, t, first, first_of(places[i] + 1, slabs, slices) - first, workspace);
        if (some > *bytes) *bytes = some;
    }
    return code;
}

typedef struct plan {
    int slabs;
    uint64_t workspace, for_filter; /* bytes for operators */
} plan;

/* Half of a workspace is the block of results, into which a slab shall fit: then the data are read and filtered once. */
static void use_slabs(plan *p, const cli_stream_work *t, int slabs)
{
    const int slices = t->r->geometry.volume.shape[0];
    p->slabs = slabs;
    p->workspace = 2 * (uint64_t)((slices + slabs - 1) / slabs) * slice_bytes(t);
}

/* A slab has at most half of the memory, and its operator the rest. */
static int choose_slabs(cli_stream_work *t, plan *p)
{
    const int slices = t->r->geometry.volume.shape[0], least = cli_stream_least(t), last = (slices + least - 1) / least;
    const uint64_t most = t->rest / 2 / slice_bytes(t);
    const int first = most < (uint64_t)least ? least : most > (uint64_t)slices ? slices : (int)most;
    uint64_t bytes = 0;
    int code = CLI_OK;
    for (int slabs = (slices + first - 1) / first; !code; slabs += 1 + slabs / 16) {
        use_slabs(p, t, slabs < last ? slabs : last);
        code = largest_bytes(&bytes, t, p->slabs, p->workspace);
        if (!code && bytes <= t->rest) return CLI_OK;
        if (p->slabs == last) break;
    }
    return code ? code : cli_stream_lacks(t, "a slab of a few slices", bytes);
}

/* More at a time makes nothing faster. */
static int choose_filter(cli_stream_work *t, plan *p)
{
    const uint64_t enough = (uint64_t)32 << 20;
    uint64_t bytes = 0;
    for (p->for_filter = t->rest < enough ? t->rest : enough; p->for_filter > 0; p->for_filter /= 2) {
        slab b = make_whole(t, p->for_filter);
        cli_work work = work_of(t, &b);
        ptm_operator *op = NULL;
        work.machine = &t->dry;
        work.part = CLI_FBP_FILTER;
        const int code = cli_operator_create(&op, &work);
        if (!code) bytes = cli_stream_operator_bytes(t, op);
        ptm_operator_destroy(&op);
        if (code || bytes <= t->rest) return code;
    }
    return cli_stream_lacks(t, "filtering one view", bytes);
}

static int choose(cli_stream_work *t, plan *p)
{
    const int code = t->filtered ? choose_filter(t, p) : CLI_OK;
    return code ? code : choose_slabs(t, p);
}

int cli_stream_fbp_fits(cli_stream_work *t)
{
    plan p;
    return choose(t, &p);
}

/* ------------------------------------------------------------------ the work */

static int run_slab(cli_stream_work *t, slab *b, float *voxels, int step, int steps)
{
    const int *n = b->geometry.volume.shape;
    const ptm_array volume = cli_dense(voxels, n[0], n[1], n[2]);
    cli_store_part part;
    const ptm_array projections = cli_store_array(&part, t->data, b->first_row, b->geometry.detector.shape[0]);
    cli_work work = work_of(t, b);
    work.volume = &volume;
    work.projections = &projections;
    work.step = step;
    work.steps = steps;
    bool seen;
    const int code = cli_stream_sees(&seen, t->r->machine.context, &b->geometry);
    if (seen) return cli_run(&work);
    memset(voxels, 0, (size_t)b->count * (size_t)slice_bytes(t));
    return code;
}

static int filter_data(cli_stream_work *t, const plan *p)
{
    slab b = make_whole(t, p->for_filter);
    cli_store_part part;
    const ptm_array data = cli_store_functions(&part, t->data, b.first_row, b.geometry.detector.shape[0]);
    cli_work work = work_of(t, &b);
    work.projections = &data;
    work.part = CLI_FBP_FILTER;
    work.steps = 1 + p->slabs;
    return cli_run(&work);
}

static int run_slabs(cli_stream_work *t, const plan *p, float *voxels, cli_result *out)
{
    const int slices = t->r->geometry.volume.shape[0], slabs = p->slabs;
    int code = CLI_OK;
    for (int i = 0; i < slabs && !code; ++i) {
        slab b;
        const int first = first_of(i, slabs, slices);
        const double start = cli_now();
        code = make_slab(&b, t, first, first_of(i + 1, slabs, slices) - first, p->workspace);
        if (!code) code = run_slab(t, &b, voxels, i + t->filtered, slabs + t->filtered);
        code = cli_ranks_agree(code);
        if (!code) cli_ranks_add_up(voxels, (int64_t)((uint64_t)b.count * slice_bytes(t) / sizeof *voxels));
        out->seconds += cli_now() - start;
        if (!code) code = cli_stream_put(t, voxels, b.count, &out->seconds_writing);
    }
    return code;
}

int cli_stream_fbp(cli_stream_work *t, cli_result *out)
{
    const int slices = t->r->geometry.volume.shape[0];
    plan p = { .slabs = 1 };
    int code = choose(t, &p);
    if (code == CLI_MEMORY && t->what) cli_stream_too_little(t, t->what, t->needed);
    if (!code) code = cli_stream_begin_output(t, out);
    code = cli_ranks_agree(code);
    if (code) return code;
    use_slabs(&p, t, (int)cli_ranks_most(p.slabs)); /* of the rank that has least for them */
    const int largest = (slices + p.slabs - 1) / p.slabs;
    const double start = cli_now();
    out->streamed.slabs = p.slabs;
    cli_note(t->r->settings, "%d slab%s of %d slices; the data are in %s", p.slabs, p.slabs > 1 ? "s" : "", largest,
        cli_store_in_file(t->data) ? "a file beside the output" : "memory");
    if (t->filtered) code = filter_data(t, &p);
    out->seconds += cli_now() - start;
    if (code) return code;
    float *voxels = malloc((size_t)largest * (size_t)slice_bytes(t));
    if (!voxels) return cli_error(CLI_MEMORY, "no memory for %d slices", largest);
    code = run_slabs(t, &p, voxels, out);
    free(voxels);
    return code;
}

/* ------------------------------------------------------------------ nothing, to make everything ready */

/* The filter alone, if it is used, then what makes slabs. */
static int run_on_nothing(cli_stream_work *t, slab *b, const ptm_array *volume)
{
    const int64_t shape[3] = { t->r->views, b->geometry.detector.shape[0], b->geometry.detector.shape[1] };
    const ptm_array nothing = cli_functions(shape, cli_stream_read_nothing, cli_stream_write_nothing, NULL);
    cli_work work = work_of(t, b), filter;
    work.volume = volume;
    work.projections = &nothing;
    work.steps = 1 << 20; /* no progress to speak of */
    filter = work;
    filter.part = CLI_FBP_FILTER;
    const int code = t->filtered ? cli_run(&filter) : CLI_OK;
    return code ? code : cli_run(&work);
}

int cli_stream_fbp_warm(cli_stream_work *t)
{
    const int count = cli_stream_least(t);
    slab b;
    int code = find_filtered(t);
    if (!code) code = make_slab(&b, t, t->seen, count, (uint64_t)4 << 20);
    if (!code) code = cli_stream_narrow(t, &b.geometry);
    if (code) return code;
    const int *n = b.geometry.volume.shape;
    float *voxels = malloc((size_t)n[0] * (size_t)n[1] * (size_t)n[2] * sizeof *voxels);
    if (!voxels) return cli_error(CLI_MEMORY, "no memory for %d slices", count);
    const ptm_array volume = cli_dense(voxels, n[0], n[1], n[2]);
    code = run_on_nothing(t, &b, &volume);
    free(voxels);
    return code;
}
