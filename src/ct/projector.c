/* projector.c - the projector and the weighted backprojector at work.
 *
 * Work goes by slabs of the volume's rows and blocks of views, through two buffers that the operator keeps. Sums run over
 * slabs or views in order, so that the views' blocks do not change bits; a launch takes some of a slab's rows or of a
 * block's views. */
#include "ct/projector.h"

#include <stdlib.h>

/* A call at work on one sample of a batch. */
typedef struct job {
    ptm_projector *p;
    const ptm_call *call;
    int first, views; /* those of each sample that the call's arrays have */
    int first_row, rows; /* and of the volume's rows, which may be finer */
    int sample;
    int first_view; /* the sample's first of these, in tables */
    ptm_access in, out;
} job;

static ptm_part coarser(ptm_part part, const int finer[3])
{
    for (int i = 0; i < 3; ++i) {
        part.coarse[i] = finer[i];
        part.first[i] /= finer[i];
        part.count[i] /= finer[i];
    }
    return part;
}
static ptm_part slab_part(const ptm_projector *p, int y0, int rows)
{
    return coarser(p->family->slab_part(&p->geometry, y0, rows), p->finer_voxels);
}
static ptm_part block_part(const ptm_projector *p, int view, int views)
{
    ptm_part part = p->family->block_part(&p->geometry, view, views);
    part.before[2] = p->beside.before;
    part.after[2] = p->beside.after;
    part.count[2] -= p->beside.before + p->beside.after;
    return coarser(part, p->finer_pixels);
}

static int load_slab(job *j, int y0, int rows, ptm_field_ref *field)
{
    ptm_projector *p = j->p;
    const ptm_geometry *g = &p->geometry;
    ptm_queue *queue = j->call->queue;
    ptm_field_shape shape = p->family->slab_shape(g, rows);
    if (shape.texture) shape.planes = p->loaded_rows;
    const ptm_part part = slab_part(p, y0 - j->first_row, rows);
    int status = (p->family->transposed_too ? ptm_load_twice : ptm_load)(&p->mover, queue, &j->in, &part, &shape,
        (ptm_ref){ p->field, 0 }, field);
    return status ? status : ptm_upload(queue, &shape, p->image, field);
}

static int store_slab(job *j, int y0, int rows)
{
    const ptm_part part = slab_part(j->p, y0 - j->first_row, rows);
    return ptm_store_dense(&j->p->mover, j->call->queue, &j->out, &part, j->p->dense, j->call->alpha, j->call->beta);
}

static int load_block(job *j, int view, int views, ptm_field_ref *field)
{
    ptm_projector *p = j->p;
    ptm_queue *queue = j->call->queue;
    ptm_field_shape shape = p->family->block_shape(&p->geometry, views);
    if (shape.texture) shape.planes = p->loaded_views;
    const ptm_part part = block_part(p, view, views);
    int status = ptm_load(&p->mover, queue, &j->in, &part, &shape, (ptm_ref){ p->field, 0 }, field);
    if (!status && p->filter) {
        ptm_pixels block;
        block.first = ptm_first_element(&part, &shape, field, p->geometry.type, block.stride);
        status = ptm_filter_run(p->filter, queue, &block, j->first_view + view, views, false);
    }
    return status ? status : ptm_upload(queue, &shape, p->image, field);
}

static int store_block(job *j, int view, int views)
{
    ptm_projector *p = j->p;
    const ptm_part part = block_part(p, view, views);
    int status = PTM_OK;
    if (p->filter) {
        const ptm_pixels block = ptm_dense_pixels(&part, (ptm_ref){ p->dense, 0 });
        status = ptm_filter_run(p->filter, j->call->queue, &block, j->first_view + view, views, true);
    }
    return status ? status
                  : ptm_store_dense(&p->mover, j->call->queue, &j->out, &part, p->dense, j->call->alpha, j->call->beta);
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* How many of the units, each of `work` voxel-view pairs, a launch may take: about a tenth of a second on a slow device of
 * its kind, so that no driver's watchdog bites and progress is seen; whole tiles, unless one is too much. */
static int launch_units(const ptm_device *device, double work)
{
    const double most = (device->info.gpu ? 1e9 : 3e8) / work;
    return most >= INT32_MAX ? INT32_MAX : most < 8 ? (int)(most > 1 ? most : 1) : (int)(most / 8) * 8;
}

/* Says how far the call is: `work` of the voxel-view pairs of this sample are done. */
static int report(const job *j, double work)
{
    return ptm_call_report(j->call, (j->sample + work / ((double)j->rows * j->views)) / j->p->samples);
}

/* Voxels of a slab and views of a block to the block's pixels. */
static int run_to_pixels(job *j, const ptm_field_ref *voxels, const ptm_range *range)
{
    const ptm_projector *p = j->p;
    const ptm_geometry *g = &p->geometry;
    const int units = launch_units(g->device, (double)g->nx * range->rows * g->nz);
    int status = PTM_OK;
    for (int k = 0; k < range->views && !status; k += units) {
        ptm_range part = *range;
        part.view = j->first_view + range->view + k;
        part.views = smaller(units, range->views - k);
        const uint64_t offset = (uint64_t)k * (uint64_t)g->nu * (uint64_t)g->nv * ptm_type_size(g->type);
        status = (g->weighted ? p->family->run_backproject_adjoint : p->family->run_project)(g, j->call->queue, voxels,
            (ptm_ref){ p->dense, offset }, &part);
        if (!status)
            status = report(j, (double)range->view * j->rows + (double)(range->y0 - j->first_row) * range->views +
                                   (double)(k + part.views) * range->rows);
    }
    return status;
}

/* Views of a block to a slab's voxels. */
static int run_to_voxels(job *j, const ptm_field_ref *pixels, const ptm_range *range)
{
    const ptm_projector *p = j->p;
    const ptm_geometry *g = &p->geometry;
    const int units = launch_units(g->device, (double)g->nx * range->views * g->nz);
    ptm_range part = *range;
    part.view = j->first_view + range->view;
    int status = g->weighted || !p->family->run_lengths ? PTM_OK : p->family->run_lengths(g, j->call->queue, pixels, &part);
    for (int k = 0; k < range->rows && !status; k += units) {
        part.y0 = range->y0 + k;
        part.rows = smaller(units, range->rows - k);
        const uint64_t offset = (uint64_t)k * (uint64_t)g->nx * (uint64_t)g->nz * ptm_type_size(g->type);
        status = (g->weighted ? p->family->run_backproject : p->family->run_adjoint)(g, j->call->queue, pixels,
            (ptm_ref){ p->dense, offset }, &part);
        if (!status)
            status = report(j, (double)(range->y0 - j->first_row) * j->views + (double)range->view * range->rows +
                                   (double)(k + part.rows) * range->views);
    }
    return status;
}

/* Volume to projections: for each block of views, the slabs one after the other. */
static int to_projections(job *j)
{
    const ptm_projector *p = j->p;
    const int end = j->first_row + j->rows;
    ptm_field_ref field;
    int status = PTM_OK;
    bool loaded = false;
    for (int view = 0; view < j->views && !status; view += p->stored_views) {
        const int views = smaller(p->stored_views, j->views - view);
        for (int y0 = j->first_row; y0 < end && !status; y0 += p->loaded_rows) {
            const int rows = smaller(p->loaded_rows, end - y0);
            if (!loaded) status = load_slab(j, y0, rows, &field);
            loaded = rows == j->rows;
            const ptm_range range = { y0, rows, view, views, y0 > j->first_row, y0 + rows == end };
            if (!status) status = run_to_pixels(j, &field, &range);
        }
        if (!status) status = store_block(j, view, views);
    }
    return status;
}

/* Projections to volume: for each slab, the blocks of views one after the other. */
static int to_volume(job *j)
{
    const ptm_projector *p = j->p;
    const int end = j->first_row + j->rows;
    ptm_field_ref field;
    int status = PTM_OK;
    for (int y0 = j->first_row; y0 < end && !status; y0 += p->stored_rows) {
        const int rows = smaller(p->stored_rows, end - y0);
        for (int view = 0; view < j->views && !status; view += p->loaded_views) {
            const ptm_range range = { y0, rows, view, smaller(p->loaded_views, j->views - view), view > 0, false };
            status = load_block(j, view, range.views, &field);
            if (!status) status = run_to_voxels(j, &field, &range);
        }
        if (!status) status = store_slab(j, y0, rows);
    }
    return status;
}

/* A stack's arrays, of samples of one slice: volume (sample, 1, y, x) as (sample, y, x), projections (sample, view, 1, u)
 * as (view, sample, u). */
static ptm_section as_stack(const ptm_array *a, bool volume)
{
    return volume ? (ptm_section){ .array = a, .axis = { 0, 2, 3 } } : (ptm_section){ .array = a, .axis = { 1, 0, 3 } };
}

static int apply_sample(job *j, int sample, bool volume_out)
{
    const ptm_projector *p = j->p;
    const ptm_array *in = j->call->in, *out = j->call->out;
    const ptm_section from = p->stacked ? as_stack(in, !volume_out) : ptm_array_sample(in, sample);
    const ptm_section to = p->stacked ? as_stack(out, volume_out) : ptm_array_sample(out, sample);
    ptm_access_aim(&j->in, &from);
    ptm_access_aim(&j->out, &to);
    j->sample = sample;
    j->first_view = j->first + (p->own_views ? sample * p->geometry.count : 0);
    return volume_out ? to_volume(j) : to_projections(j);
}

int ptm_projector_apply_window(ptm_projector *p, const ptm_call *call, const ptm_window *window)
{
    const int finer = p->finer_voxels[1];
    job j = { .p = p, .call = call, .first = window->first_view, .views = window->views,
        .first_row = window->first_row * finer, .rows = window->rows * finer };
    int status = ptm_projector_prepare(p, call->adjoint);
    if (status) return status;
    status = ptm_access_open(&j.in, p->base.device, &p->base.in, call->in, p->staging);
    if (!status) status = ptm_access_open(&j.out, p->base.device, &p->base.out, call->out, p->staging);
    j.out.among_others = window->among_others;
    for (int i = 0; i < p->samples && !status; ++i) status = apply_sample(&j, i, p->geometry.weighted != call->adjoint);
    return ptm_access_finish(&j.in, &j.out, call->queue, status);
}

static int apply(ptm_operator *op, const ptm_call *call)
{
    ptm_projector *p = (ptm_projector *)op;
    const ptm_window all = ptm_window_all(p);
    return ptm_projector_apply_window(p, call, &all);
}

static uint64_t memory(const ptm_operator *op)
{
    const ptm_projector *p = (const ptm_projector *)op;
    uint64_t sum = 0;
    const ptm_buffer *buffers[] = { p->geometry.view_table, p->geometry.ray_table, p->geometry.strip_table, p->field,
        p->dense };
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; ++i) sum += buffers[i] ? buffers[i]->size : 0;
    if (p->filter) sum += ptm_filter_memory(p->filter);
    if (p->image) sum += (uint64_t)p->image->n[0] * (uint64_t)p->image->n[1] * (uint64_t)p->image->n[2] * sizeof(float);
    return sum;
}

void ptm_projector_free(ptm_projector *p)
{
    ptm_buffer_destroy(&p->geometry.view_table);
    ptm_buffer_destroy(&p->geometry.ray_table);
    ptm_buffer_destroy(&p->geometry.strip_table);
    ptm_buffer_destroy(&p->field);
    ptm_buffer_destroy(&p->dense);
    ptm_texture_destroy(&p->image);
    ptm_filter_destroy(&p->filter);
    ptm_scan_destroy(&p->scan);
    free(p);
}

static void destroy(ptm_operator *op)
{
    ptm_projector_free((ptm_projector *)op);
}

static int prepare(ptm_operator *op, bool adjoint)
{
    return ptm_projector_prepare((ptm_projector *)op, adjoint);
}

/* The most bytes of a slot for parts of this size, along whichever axis they are cut. */
static uint64_t slot_of(const ptm_projector *p, const ptm_part *part)
{
    uint64_t all = ptm_type_size(p->geometry.type), shortest = 0;
    for (int i = 0; i < 3; ++i) {
        const uint64_t n = (uint64_t)part->count[i];
        if (n > 1 && (shortest == 0 || n < shortest)) shortest = n;
        all *= n;
    }
    const uint64_t place = shortest ? all / shortest : all, most = place > p->staging ? place : p->staging;
    return ((all < most ? all : most) + 15) / 16 * 16;
}

static uint64_t slot(const ptm_operator *op)
{
    const ptm_projector *p = (const ptm_projector *)op;
    const ptm_part slab = slab_part(p, 0, larger(p->loaded_rows, p->stored_rows));
    const ptm_part block = block_part(p, 0, larger(p->loaded_views, p->stored_views));
    const uint64_t a = slot_of(p, &slab), b = slot_of(p, &block);
    return a > b ? a : b;
}

const ptm_operator_class ptm_projector_class = { "projector", apply, memory, destroy, prepare, slot };
