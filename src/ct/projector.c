/* projector.c - the projector and the weighted backprojector as operators.
 *
 * Work goes by slabs of the volume's rows and blocks of views, through two buffers that the operator keeps. Sums run over slabs or views in order, so that the views' blocks do not change bits. */
#include "ct/family.h"
#include "ct/fbp.h"
#include "ct/filter.h"
#include "linop/operator.h"

#include <stdlib.h>

typedef struct projector {
    ptm_operator base;
    const ptm_family_class *family;
    ptm_geometry geometry;
    int rows;  /* of a slab */
    int views; /* of a block */
    ptm_mover mover;
    ptm_filter *filter; /* of FBP: on each block before it is back-projected; else NULL */
    ptm_buffer *field, *dense;
    ptm_texture *image;
} projector;

static int load_slab(projector *p, ptm_queue *queue, ptm_access *voxels, int y0, int rows, ptm_field_ref *field)
{
    const ptm_geometry *g = &p->geometry;
    ptm_field_shape shape = p->family->slab_shape(g, rows);
    if (shape.texture) shape.planes = p->rows;
    ptm_part part = p->family->slab_part(g, y0, rows);
    int status = ptm_load(&p->mover, queue, voxels, &part, &shape, (ptm_ref){ p->field, 0 }, field);
    if (!status && p->family->transposed_too) {
        const int first = part.order[0];
        part.order[0] = part.order[1];
        part.order[1] = first;
        ptm_field_ref second;
        shape = ptm_shape_stack(shape.n[1], shape.n[0], shape.n[2]);
        status = ptm_load(&p->mover, queue, voxels, &part, &shape, ptm_second_slab(g, field), &second);
    }
    return status ? status : ptm_upload(queue, &shape, p->image, field);
}
static int store_slab(projector *p, ptm_queue *queue, ptm_access *voxels, int y0, int rows, double alpha, double beta)
{
    const ptm_part part = p->family->slab_part(&p->geometry, y0, rows);
    return ptm_store_dense(&p->mover, queue, voxels, &part, p->dense, alpha, beta);
}
static int load_block(projector *p, ptm_queue *queue, ptm_access *pixels, int view, int views, ptm_field_ref *field)
{
    ptm_field_shape shape = p->family->block_shape(&p->geometry, views);
    if (shape.texture) shape.planes = p->views;
    const ptm_part part = p->family->block_part(&p->geometry, view, views);
    int status = ptm_load(&p->mover, queue, pixels, &part, &shape, (ptm_ref){ p->field, 0 }, field);
    if (!status && p->filter) {
        ptm_pixels block;
        block.first = ptm_first_element(&part, &shape, field, p->base.type, block.stride);
        status = ptm_filter_run(p->filter, queue, &block, view, views, false);
    }
    return status ? status : ptm_upload(queue, &shape, p->image, field);
}
static int store_block(projector *p, ptm_queue *queue, ptm_access *pixels, int view, int views, double alpha, double beta)
{
    const ptm_part part = p->family->block_part(&p->geometry, view, views);
    return ptm_store_dense(&p->mover, queue, pixels, &part, p->dense, alpha, beta);
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* Volume to projections: for each block of views, the slabs one after the other. */
static int project(projector *p, ptm_queue *queue, double alpha, ptm_access *voxels, double beta, ptm_access *pixels)
{
    const ptm_geometry *g = &p->geometry;
    ptm_field_ref field;
    int status = PTM_OK;
    bool loaded = false;
    for (int view = 0; view < g->count && !status; view += p->views) {
        const int views = smaller(p->views, g->count - view);
        for (int y0 = 0; y0 < g->ny && !status; y0 += p->rows) {
            const int rows = smaller(p->rows, g->ny - y0);
            if (!loaded) status = load_slab(p, queue, voxels, y0, rows, &field);
            loaded = rows == g->ny;
            const ptm_range range = { y0, rows, view, views, y0 > 0, y0 + rows == g->ny };
            if (!status) status = p->family->run_project(g, queue, &field, (ptm_ref){ p->dense, 0 }, &range);
        }
        if (!status) status = store_block(p, queue, pixels, view, views, alpha, beta);
    }
    return status;
}

/* Projections to volume: for each slab, the blocks of views one after the other. */
static int backproject(projector *p, ptm_queue *queue, double alpha, ptm_access *pixels, double beta, ptm_access *voxels)
{
    const ptm_geometry *g = &p->geometry;
    const ptm_ref dense = { p->dense, 0 };
    ptm_field_ref field;
    int status = PTM_OK;
    for (int y0 = 0; y0 < g->ny && !status; y0 += p->rows) {
        const int rows = smaller(p->rows, g->ny - y0);
        for (int view = 0; view < g->count && !status; view += p->views) {
            const ptm_range range = { y0, rows, view, smaller(p->views, g->count - view), view > 0, false };
            status = load_block(p, queue, pixels, view, range.views, &field);
            if (!status && g->weighted) status = p->family->run_backproject(g, queue, &field, dense, &range);
            if (status || g->weighted) continue;
            status = p->family->run_lengths(g, queue, &field, &range);
            if (!status) status = p->family->run_adjoint(g, queue, &field, dense, &range);
        }
        if (!status) status = store_slab(p, queue, voxels, y0, rows, alpha, beta);
    }
    return status;
}

static int apply(ptm_operator *op, bool adjoint, double alpha, const ptm_array *in, double beta, const ptm_array *out)
{
    projector *p = (projector *)op;
    const ptm_geometry *g = &p->geometry;
    if (g->weighted && adjoint)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "the weighted backprojector has no adjoint in this version");
    const bool to_volume = g->weighted || adjoint;
    const int64_t slab = (int64_t)g->nz * p->rows * g->nx, block = (int64_t)p->views * g->nv * g->nu;
    ptm_queue *queue = &op->device->queue;
    ptm_access from, to = { 0 };
    int status = ptm_access_open(&from, op->device, in, to_volume ? block : slab);
    if (!status) status = ptm_access_open(&to, op->device, out, to_volume ? slab : block);
    if (!status)
        status = to_volume ? backproject(p, queue, alpha, &from, beta, &to) : project(p, queue, alpha, &from, beta, &to);
    return ptm_access_finish(&from, &to, queue, status);
}

static uint64_t memory(const ptm_operator *op)
{
    const projector *p = (const projector *)op;
    uint64_t sum = 0;
    const ptm_buffer *buffers[] = { p->geometry.view_table, p->geometry.ray_table, p->field, p->dense };
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; ++i) sum += buffers[i] ? buffers[i]->size : 0;
    if (p->filter) sum += ptm_filter_memory(p->filter);
    if (p->image) sum += (uint64_t)p->image->n[0] * (uint64_t)p->image->n[1] * (uint64_t)p->image->n[2] * sizeof(float);
    return sum;
}

static void destroy(ptm_operator *op)
{
    projector *p = (projector *)op;
    ptm_buffer_destroy(&p->geometry.view_table);
    ptm_buffer_destroy(&p->geometry.ray_table);
    ptm_buffer_destroy(&p->field);
    ptm_buffer_destroy(&p->dense);
    ptm_texture_destroy(&p->image);
    ptm_filter_destroy(&p->filter);
    free(p);
}

static const ptm_operator_class projector_class = { "projector", apply, memory, destroy };

static int make_tables(projector *p, const ptm_scan *scan, double near_fraction)
{
    ptm_geometry *g = &p->geometry;
    ptm_table views = { 0 }, rays = { 0 };
    int status = p->family->make_views(&views, scan, near_fraction);
    if (!status) status = ptm_buffer_from_doubles(&g->view_table, g->device, views.values, views.count, g->type);
    if (!status && !g->weighted) {
        status = p->family->make_rays(&rays, scan);
        if (!status) status = ptm_buffer_from_doubles(&g->ray_table, g->device, rays.values, rays.count, g->type);
    }
    ptm_table_free(&views);
    ptm_table_free(&rays);
    return status;
}

static int get_kernels(projector *p)
{
    ptm_geometry *g = &p->geometry;
    const ptm_kernel_form plain = { .real_size = ptm_type_size(g->type) };
    ptm_kernel_form sampled = plain;
    sampled.texture = g->texture;
    int status = ptm_mover_create(&p->mover, g->device, g->type);
    if (!status && g->weighted) return ptm_kernel_get(&g->backproject, g->device, p->family->backproject, &sampled);
    if (!status) status = ptm_kernel_get(&g->project, g->device, p->family->project, &sampled);
    if (!status) status = ptm_kernel_get(&g->lengths, g->device, p->family->lengths, &plain);
    if (!status) status = ptm_kernel_get(&g->adjoint, g->device, p->family->adjoint, &plain);
    return status;
}

/* Elements of memory for a slab of the volume as a field. */
static uint64_t slab_elements(const projector *p, int rows)
{
    const ptm_field_shape shape = p->family->slab_shape(&p->geometry, rows);
    uint64_t elements = ptm_shape_elements(&shape);
    if (p->family->transposed_too) {
        const ptm_field_shape second = ptm_shape_stack(shape.n[1], shape.n[0], shape.n[2]);
        elements += ptm_shape_elements(&second);
    }
    return elements;
}
static uint64_t block_elements(const projector *p, int views)
{
    const ptm_field_shape shape = p->family->block_shape(&p->geometry, views);
    return ptm_shape_elements(&shape);
}

/* Slabs and blocks so that the two buffers stay within the workspace: a function of the sizes, the device's limits and the
 * caller's figure alone. */
static void plan(projector *p, uint64_t workspace)
{
    const ptm_geometry *g = &p->geometry;
    const ptm_device_info *info = &g->device->info;
    const uint64_t size = ptm_type_size(g->type);
    const uint64_t volume = (uint64_t)g->nx * (uint64_t)g->ny * (uint64_t)g->nz * size;
    const uint64_t pixels = (uint64_t)g->count * (uint64_t)g->nu * (uint64_t)g->nv * size;
    if (workspace == 0) {
        const uint64_t least = (uint64_t)64 << 20, part = (volume + pixels) / 5;
        workspace = part > least ? part : least;
        if (!info->unified && info->memory > 0) workspace = info->memory / 4;
    }
    uint64_t limit = workspace / 2;
    if (info->max_buffer > 0 && limit > info->max_buffer) limit = info->max_buffer;
    /* Kernels count elements within a block in 32 bits. */
    if (limit > (uint64_t)INT32_MAX * size) limit = (uint64_t)INT32_MAX * size;
    p->rows = ptm_fit_blocks((slab_elements(p, 2) - slab_elements(p, 1)) * size, g->ny, limit);
    p->views = ptm_fit_blocks((block_elements(p, 2) - block_elements(p, 1)) * size, g->count, limit);
    if (g->texture && g->weighted) p->views = smaller(p->views, (int)g->device->limits.image_2d[2]);
    if (g->texture && !g->weighted) p->rows = smaller(p->rows, (int)g->device->limits.image_3d[2]);
}

static int make_buffers(projector *p)
{
    const ptm_geometry *g = &p->geometry;
    const uint64_t size = ptm_type_size(g->type);
    const uint64_t slab_dense = (uint64_t)g->nx * (uint64_t)p->rows * (uint64_t)g->nz;
    const uint64_t block_dense = (uint64_t)p->views * (uint64_t)g->nu * (uint64_t)g->nv;
    uint64_t field = block_elements(p, p->views), dense = slab_dense;
    if (!g->weighted) {
        const uint64_t slab = slab_elements(p, p->rows);
        field = field > slab ? field : slab;
        dense = dense > block_dense ? dense : block_dense;
    }
    int status = ptm_buffer_create(&p->field, g->device, field * size);
    if (!status) status = ptm_buffer_create(&p->dense, g->device, dense * size);
    if (!status && g->texture) {
        const ptm_field_shape shape = g->weighted ? p->family->block_shape(g, p->views) : p->family->slab_shape(g, p->rows);
        status = ptm_texture_create(&p->image, g->device, !g->weighted, shape.n);
    }
    return status;
}

/* The first family that fits, or the one asked for. Texture units serve lines along z only. */
static const ptm_family_class *choose_family(const ptm_projector_options *o, const ptm_scan *scan)
{
    static const ptm_family_class *const families[] = { &ptm_family_flat, &ptm_family_upright, &ptm_family_general };
    for (int i = 0; i < 3; ++i) {
        const bool wanted = o->family == PTM_FAMILY_AUTO ? o->sampling != PTM_SAMPLING_TEXTURE || families[i]->has_textures
            : (int)o->family == i + 1;
        if (wanted && families[i]->fits(scan)) return families[i];
    }
    return NULL;
}

static int check_options(ptm_projector_options *out, const ptm_projector_options *options, const ptm_device *device,
    const ptm_scan *scan)
{
    int status = ptm_copy_sized(out, sizeof *out, options, "ptm_projector_options");
    if (status) return status;
    if (out->precision != PTM_FLOAT32 && out->precision != PTM_FLOAT64)
        return ptm_fail(PTM_ERROR_ARGUMENT, "precision is %d, expected PTM_FLOAT32 or PTM_FLOAT64", out->precision);
    if (out->precision == PTM_FLOAT64 && !device->limits.doubles)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "float64 is for the host device; %s computes in float32", device->info.name);
    if (out->sampling == PTM_SAMPLING_TEXTURE && !device->limits.textures)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s cannot sample textures", device->info.name);
    if (out->family < PTM_FAMILY_AUTO || out->family > PTM_FAMILY_GENERAL)
        return ptm_fail(PTM_ERROR_ARGUMENT, "family is %d, which is none of ptm_family", out->family);
    if (!choose_family(out, scan))
        return ptm_fail(PTM_ERROR_ARGUMENT, "family is %s, but the scan's views are not", out->family == PTM_FAMILY_FLAT ? "flat" : "upright");
    if (out->family == PTM_FAMILY_FLAT && out->sampling == PTM_SAMPLING_TEXTURE)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "the flat family does not sample textures");
    if (out->near_fraction == 0) out->near_fraction = 0.05;
    if (!(out->near_fraction > 0 && out->near_fraction < 1))
        return ptm_fail(PTM_ERROR_ARGUMENT, "near_fraction is %g, expected 0 to 1", out->near_fraction);
    return PTM_OK;
}

static int create(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options,
    bool weighted, ptm_filter *filter)
{
    if (!out || !device || !scan)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !device ? "device" : "scan");
    *out = NULL;
    ptm_projector_options o;
    int status = check_options(&o, options, device, scan);
    projector *p = status ? NULL : ptm_alloc(1, sizeof *p);
    if (!p) {
        ptm_filter_destroy(&filter);
        return status ? status : PTM_ERROR_MEMORY;
    }
    const ptm_volume *volume = &scan->volume;
    *p = (projector){ .base = { &projector_class, device, o.precision, { 0 }, { 0 } }, .family = choose_family(&o, scan),
        .filter = filter, .geometry = { .device = device, .type = o.precision, .weighted = weighted,
            .texture = o.sampling == PTM_SAMPLING_TEXTURE, .nx = volume->shape[2], .ny = volume->shape[1],
            .nz = volume->shape[0], .nu = scan->nu, .nv = scan->nv, .count = scan->count,
            .step = { volume->spacing[0], volume->spacing[1], volume->spacing[2] } } };
    int64_t *voxels = weighted ? p->base.range : p->base.domain;
    for (int i = 0; i < 3; ++i) voxels[i] = volume->shape[i];
    ptm_scan_projection_shape(scan, weighted ? p->base.domain : p->base.range);
    status = get_kernels(p);
    if (!status) {
        plan(p, o.workspace);
        status = make_tables(p, scan, o.near_fraction);
    }
    if (!status) status = make_buffers(p);
    if (status) destroy(&p->base);
    else *out = &p->base;
    return status;
}

int ptm_projector_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options)
{
    return create(out, device, scan, options, false, NULL);
}

int ptm_backprojector_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options)
{
    return create(out, device, scan, options, true, NULL);
}

int ptm_filtered_backprojector(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options,
    ptm_filter **filter)
{
    ptm_filter *owned = *filter;
    *filter = NULL;
    return create(out, device, scan, options, true, owned);
}
