/* projector.c - the projector and the weighted backprojector as operators.
 *
 * Work goes by slabs of the volume's rows and blocks of views, through two buffers that the operator keeps. Sums run over slabs or views in order, so that the views' blocks do not change bits. */
#include "ct/blocks.h"
#include "ct/fbp.h"
#include "ct/filter.h"
#include "ct/scan.h"
#include "ct/tables.h"
#include "linop/operator.h"

#include "ct/general.h"
#include "ct/upright.h"

#include <stdlib.h>

PTM_ARGUMENTS(upright_project, UPRIGHT_PROJECT);
PTM_ARGUMENTS(upright_lengths, UPRIGHT_LENGTHS);
PTM_ARGUMENTS(upright_adjoint, UPRIGHT_ADJOINT);
PTM_ARGUMENTS(upright_backproject, UPRIGHT_BACKPROJECT);
PTM_ARGUMENTS(general_project, GENERAL_PROJECT);
PTM_ARGUMENTS(general_lengths, GENERAL_LENGTHS);
PTM_ARGUMENTS(general_adjoint, GENERAL_ADJOINT);
PTM_ARGUMENTS(general_backproject, GENERAL_BACKPROJECT);

typedef struct projector {
    ptm_operator base;
    bool weighted; /* the weighted backprojector; else the projector and its adjoint */
    bool general;
    bool texture; /* project and backproject sample one; the exact adjoint never does */
    int nx, ny, nz, nu, nv, count;
    double step[3];
    int rows;  /* of a slab */
    int views; /* of a block */
    ptm_mover mover;
    ptm_filter *filter; /* of FBP: on each block before it is back-projected; else NULL */
    const ptm_kernel *project, *lengths, *adjoint, *backproject;
    ptm_buffer *view_table, *ray_table; /* ray_table: planes or columns; NULL where no kernel reads it */
    ptm_buffer *field, *dense;
    ptm_texture *image;
} projector;

static ptm_field_shape slab_field(const projector *p, int rows)
{
    return p->texture ? ptm_shape_texture(p->nz, p->nx, rows, p->rows) : ptm_shape_volume(p->nz, p->nx, rows);
}
static ptm_field_shape block_field(const projector *p, int views)
{
    return p->texture && p->weighted ? ptm_shape_texture(p->nv, p->nu, views, p->views) : ptm_shape_stack(p->nv, p->nu, views);
}

static int load_slab(projector *p, ptm_queue *queue, ptm_access *voxels, int y0, int rows, ptm_field_ref *field)
{
    const ptm_field_shape shape = slab_field(p, rows);
    const ptm_part part = ptm_slab_part(p->nz, p->nx, y0, rows);
    int status = ptm_load(&p->mover, queue, voxels, &part, &shape, p->field, field);
    return status ? status : ptm_upload(queue, &shape, p->image, field);
}
static int store_slab(projector *p, ptm_queue *queue, ptm_access *voxels, int y0, int rows, double alpha, double beta)
{
    const ptm_part part = ptm_slab_part(p->nz, p->nx, y0, rows);
    return ptm_store_dense(&p->mover, queue, voxels, &part, p->dense, alpha, beta);
}
static int load_block(projector *p, ptm_queue *queue, ptm_access *pixels, int view, int views, ptm_field_ref *field)
{
    const ptm_field_shape shape = block_field(p, views);
    const ptm_part part = ptm_block_part(p->nv, p->nu, view, views);
    int status = ptm_load(&p->mover, queue, pixels, &part, &shape, p->field, field);
    if (!status && p->filter) status = ptm_filter_run(p->filter, queue, field, shape.margin, view, views, false);
    return status ? status : ptm_upload(queue, &shape, p->image, field);
}
static int store_block(projector *p, ptm_queue *queue, ptm_access *pixels, int view, int views, double alpha, double beta)
{
    const ptm_part part = ptm_block_part(p->nv, p->nu, view, views);
    return ptm_store_dense(&p->mover, queue, pixels, &part, p->dense, alpha, beta);
}

/* The tables from a view on. */
static ptm_ref views_from(const projector *p, int view)
{
    const uint64_t row = p->general ? GENERAL_VIEW : UPRIGHT_VIEW;
    return (ptm_ref){ p->view_table, (uint64_t)view * row * ptm_type_size(p->base.type) };
}
static ptm_ref rays_from(const projector *p, int view)
{
    const uint64_t row = p->general ? GENERAL_COLUMN : UPRIGHT_PLANE;
    return (ptm_ref){ p->ray_table, (uint64_t)view * (uint64_t)p->nu * row * ptm_type_size(p->base.type) };
}
static double first_row(const projector *p, int y0)
{
    return y0 - 0.5 * (p->ny - 1);
}

static int project_block(projector *p, ptm_queue *queue, const ptm_field_ref *voxels, int y0, int rows, int view, int views,
    bool carry, bool finish)
{
    const ptm_ref pixels = { p->dense, 0 };
    if (p->general) {
        struct general_project_args args = { .pixels = pixels, .voxels = *voxels, .views = views_from(p, view),
            .columns = rays_from(p, view), .nx = p->nx, .ny = rows, .nz = p->nz, .nu = p->nu, .nv = p->nv, .count = views,
            .carry = carry, .finish = finish, .first_y = first_row(p, y0), .step_x = p->step[0], .step_y = p->step[1],
            .step_z = p->step[2] };
        return ptm_launch_kernel(queue, p->project, &args);
    }
    struct upright_project_args args = { .pixels = pixels, .voxels = *voxels, .planes = rays_from(p, view), .ny = rows,
        .y0 = y0, .nu = p->nu, .nv = p->nv, .count = views, .carry = carry, .finish = finish };
    return ptm_launch_kernel(queue, p->project, &args);
}

static int scale_by_lengths(projector *p, ptm_queue *queue, const ptm_field_ref *pixels, int view, int views)
{
    if (p->general) {
        struct general_lengths_args args = { .pixels = pixels->at, .views = views_from(p, view), .columns = rays_from(p, view),
            .nu = p->nu, .nv = p->nv, .count = views, .pitch = pixels->pitch, .plane = pixels->plane, .step_x = p->step[0],
            .step_y = p->step[1], .step_z = p->step[2] };
        return ptm_launch_kernel(queue, p->lengths, &args);
    }
    struct upright_lengths_args args = { .pixels = pixels->at, .planes = rays_from(p, view), .nu = p->nu, .nv = p->nv,
        .count = views, .pitch = pixels->pitch, .plane = pixels->plane };
    return ptm_launch_kernel(queue, p->lengths, &args);
}

static int gather_block(projector *p, ptm_queue *queue, const ptm_field_ref *pixels, int y0, int rows, int view, int views,
    bool carry)
{
    const ptm_ref voxels = { p->dense, 0 };
    int status = scale_by_lengths(p, queue, pixels, view, views);
    if (status) return status;
    if (p->general) {
        struct general_adjoint_args args = { .voxels = voxels, .pixels = *pixels, .views = views_from(p, view),
            .columns = rays_from(p, view), .nx = p->nx, .ny = rows, .nz = p->nz, .nu = p->nu, .nv = p->nv, .count = views,
            .carry = carry, .first_y = first_row(p, y0) };
        return ptm_launch_kernel(queue, p->adjoint, &args);
    }
    struct upright_adjoint_args args = { .voxels = voxels, .pixels = *pixels, .views = views_from(p, view),
        .planes = rays_from(p, view), .nx = p->nx, .ny = rows, .nz = p->nz, .y0 = y0, .nu = p->nu, .count = views,
        .carry = carry };
    return ptm_launch_kernel(queue, p->adjoint, &args);
}

static int backproject_block(projector *p, ptm_queue *queue, const ptm_field_ref *pixels, int y0, int rows, int view, int views,
    bool carry)
{
    const ptm_ref voxels = { p->dense, 0 };
    if (p->general) {
        struct general_backproject_args args = { .voxels = voxels, .pixels = *pixels, .views = views_from(p, view), .nx = p->nx,
            .ny = rows, .nz = p->nz, .count = views, .carry = carry, .first_y = first_row(p, y0) };
        return ptm_launch_kernel(queue, p->backproject, &args);
    }
    struct upright_backproject_args args = { .voxels = voxels, .pixels = *pixels, .views = views_from(p, view), .nx = p->nx,
        .ny = rows, .nz = p->nz, .y0 = y0, .count = views, .carry = carry };
    return ptm_launch_kernel(queue, p->backproject, &args);
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* Volume to projections: for each block of views, the slabs one after the other. */
static int project(projector *p, ptm_queue *queue, double alpha, ptm_access *voxels, double beta, ptm_access *pixels)
{
    ptm_field_ref field;
    int status = PTM_OK;
    bool loaded = false;
    for (int view = 0; view < p->count && !status; view += p->views) {
        const int views = smaller(p->views, p->count - view);
        for (int y0 = 0; y0 < p->ny && !status; y0 += p->rows) {
            const int rows = smaller(p->rows, p->ny - y0);
            if (!loaded) status = load_slab(p, queue, voxels, y0, rows, &field);
            loaded = rows == p->ny;
            if (!status) status = project_block(p, queue, &field, y0, rows, view, views, y0 > 0, y0 + rows == p->ny);
        }
        if (!status) status = store_block(p, queue, pixels, view, views, alpha, beta);
    }
    return status;
}

/* Projections to volume: for each slab, the blocks of views one after the other. */
static int backproject(projector *p, ptm_queue *queue, double alpha, ptm_access *pixels, double beta, ptm_access *voxels)
{
    ptm_field_ref field;
    int status = PTM_OK;
    for (int y0 = 0; y0 < p->ny && !status; y0 += p->rows) {
        const int rows = smaller(p->rows, p->ny - y0);
        for (int view = 0; view < p->count && !status; view += p->views) {
            const int views = smaller(p->views, p->count - view);
            status = load_block(p, queue, pixels, view, views, &field);
            if (status) break;
            status = p->weighted ? backproject_block(p, queue, &field, y0, rows, view, views, view > 0)
                : gather_block(p, queue, &field, y0, rows, view, views, view > 0);
        }
        if (!status) status = store_slab(p, queue, voxels, y0, rows, alpha, beta);
    }
    return status;
}

static int apply(ptm_operator *op, bool adjoint, double alpha, const ptm_array *in, double beta, const ptm_array *out)
{
    projector *p = (projector *)op;
    if (p->weighted && adjoint)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "the weighted backprojector has no adjoint in this version");
    const bool to_volume = p->weighted || adjoint;
    const int64_t slab = (int64_t)p->nz * p->rows * p->nx, block = (int64_t)p->views * p->nv * p->nu;
    ptm_queue *queue = &op->device->queue;
    ptm_access from, to = { 0 };
    int status = ptm_access_open(&from, op->device, in, to_volume ? block : slab);
    if (!status) status = ptm_access_open(&to, op->device, out, to_volume ? slab : block);
    if (!status)
        status = to_volume ? backproject(p, queue, alpha, &from, beta, &to) : project(p, queue, alpha, &from, beta, &to);
    /* Host memory belongs to the caller again when this returns. */
    if (in->data || out->data || status) {
        int finished = op->device->backend->finish(queue);
        if (!status) status = finished;
    }
    ptm_access_close(&from);
    ptm_access_close(&to);
    return status;
}

static uint64_t memory(const ptm_operator *op)
{
    const projector *p = (const projector *)op;
    uint64_t sum = 0;
    const ptm_buffer *buffers[] = { p->view_table, p->ray_table, p->field, p->dense };
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; ++i) sum += buffers[i] ? buffers[i]->size : 0;
    if (p->filter) sum += ptm_filter_memory(p->filter);
    if (p->image) sum += (uint64_t)p->image->n[0] * (uint64_t)p->image->n[1] * (uint64_t)p->image->n[2] * sizeof(float);
    return sum;
}

static void destroy(ptm_operator *op)
{
    projector *p = (projector *)op;
    ptm_buffer_destroy(&p->view_table);
    ptm_buffer_destroy(&p->ray_table);
    ptm_buffer_destroy(&p->field);
    ptm_buffer_destroy(&p->dense);
    ptm_texture_destroy(&p->image);
    ptm_filter_destroy(&p->filter);
    free(p);
}

static const ptm_operator_class projector_class = { "projector", apply, memory, destroy };

static int make_tables(projector *p, const ptm_scan *scan, double near_fraction)
{
    ptm_table views = { 0 }, rays = { 0 };
    int status = p->general ? ptm_general_views(&views, scan, near_fraction) : ptm_upright_views(&views, scan, near_fraction);
    if (!status) status = ptm_buffer_from_doubles(&p->view_table, p->base.device, views.values, views.count, p->base.type);
    if (!status && !p->weighted) {
        status = p->general ? ptm_general_columns(&rays, scan) : ptm_upright_planes(&rays, scan);
        if (!status) status = ptm_buffer_from_doubles(&p->ray_table, p->base.device, rays.values, rays.count, p->base.type);
    }
    ptm_table_free(&views);
    ptm_table_free(&rays);
    return status;
}

static int get_kernels(projector *p)
{
    ptm_device *device = p->base.device;
    const ptm_kernel_form plain = { .real_size = ptm_type_size(p->base.type) };
    ptm_kernel_form sampled = plain;
    sampled.texture = p->texture;
    int status = ptm_mover_create(&p->mover, device, p->base.type);
    if (!status && p->weighted)
        return ptm_kernel_get(&p->backproject, device, p->general ? "general_backproject" : "upright_backproject", &sampled);
    if (!status) status = ptm_kernel_get(&p->project, device, p->general ? "general_project" : "upright_project", &sampled);
    if (!status) status = ptm_kernel_get(&p->lengths, device, p->general ? "general_lengths" : "upright_lengths", &plain);
    if (!status) status = ptm_kernel_get(&p->adjoint, device, p->general ? "general_adjoint" : "upright_adjoint", &plain);
    return status;
}

/* Slabs and blocks so that the two buffers stay within the workspace: a function of the sizes, the device's limits and the
 * caller's figure alone. */
static void plan(projector *p, uint64_t workspace)
{
    const ptm_device_info *info = &p->base.device->info;
    const uint64_t size = ptm_type_size(p->base.type);
    const uint64_t volume = (uint64_t)p->nx * (uint64_t)p->ny * (uint64_t)p->nz * size;
    const uint64_t pixels = (uint64_t)p->count * (uint64_t)p->nu * (uint64_t)p->nv * size;
    if (workspace == 0) {
        const uint64_t least = (uint64_t)64 << 20, part = (volume + pixels) / 5;
        workspace = part > least ? part : least;
        if (!info->unified && info->memory > 0) workspace = info->memory / 4;
    }
    uint64_t limit = workspace / 2;
    if (info->max_buffer > 0 && limit > info->max_buffer) limit = info->max_buffer;
    const ptm_field_shape row = slab_field(p, 1), view = block_field(p, 1);
    p->rows = ptm_fit_blocks((uint64_t)row.pitch * (uint64_t)row.rows * size, p->ny, limit);
    p->views = ptm_fit_blocks((uint64_t)view.pitch * (uint64_t)view.rows * size, p->count, limit);
    if (p->texture && p->weighted) p->views = smaller(p->views, (int)p->base.device->limits.image_2d[2]);
    if (p->texture && !p->weighted) p->rows = smaller(p->rows, (int)p->base.device->limits.image_3d[2]);
}

static int make_buffers(projector *p)
{
    const uint64_t size = ptm_type_size(p->base.type);
    const ptm_field_shape slab = slab_field(p, p->rows), block = block_field(p, p->views);
    const uint64_t slab_dense = (uint64_t)p->nx * (uint64_t)p->rows * (uint64_t)p->nz;
    const uint64_t block_dense = (uint64_t)p->views * (uint64_t)p->nu * (uint64_t)p->nv;
    uint64_t field = ptm_shape_elements(&block), dense = slab_dense;
    if (!p->weighted) {
        field = field > ptm_shape_elements(&slab) ? field : ptm_shape_elements(&slab);
        dense = dense > block_dense ? dense : block_dense;
    }
    int status = ptm_buffer_create(&p->field, p->base.device, field * size);
    if (!status) status = ptm_buffer_create(&p->dense, p->base.device, dense * size);
    if (!status && p->texture)
        status = ptm_texture_create(&p->image, p->base.device, !p->weighted, p->weighted ? block.n : slab.n);
    return status;
}

static int check_options(ptm_projector_options *out, const ptm_projector_options *options, const ptm_device *device,
    const ptm_scan *scan)
{
    *out = (ptm_projector_options){ PTM_SIZED(ptm_projector_options) };
    if (options && options->struct_size < sizeof *options)
        return ptm_fail(PTM_ERROR_ARGUMENT, "struct_size is %zu; set it with PTM_SIZED(ptm_projector_options)", options->struct_size);
    if (options) *out = *options;
    if (out->precision != PTM_FLOAT32 && out->precision != PTM_FLOAT64)
        return ptm_fail(PTM_ERROR_ARGUMENT, "precision is %d, expected PTM_FLOAT32 or PTM_FLOAT64", out->precision);
    if (out->precision == PTM_FLOAT64 && !device->limits.doubles)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "float64 is for the host device; %s computes in float32", device->info.name);
    if (out->sampling == PTM_SAMPLING_TEXTURE && !device->limits.textures)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s cannot sample textures", device->info.name);
    if (out->family == PTM_FAMILY_UPRIGHT && !ptm_scan_is_upright(scan))
        return ptm_fail(PTM_ERROR_ARGUMENT, "family is upright, but there is a view whose v is not along z");
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
    *p = (projector){ .base = { &projector_class, device, o.precision, { 0 }, { 0 } }, .weighted = weighted,
        .filter = filter, .general = o.family == PTM_FAMILY_GENERAL || !ptm_scan_is_upright(scan),
        .texture = o.sampling == PTM_SAMPLING_TEXTURE, .nx = volume->shape[2], .ny = volume->shape[1], .nz = volume->shape[0],
        .nu = scan->nu, .nv = scan->nv, .count = scan->count,
        .step = { volume->spacing[0], volume->spacing[1], volume->spacing[2] } };
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
