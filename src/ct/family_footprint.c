/* family_footprint.c - separable footprints: upright views as lines along z and v, and faster kernels for one slice. */
#include "ct/family.h"

#include "ct/flat_footprint.h"
#include "ct/footprint.h"

PTM_ARGUMENTS(footprint_project, FOOTPRINT_PROJECT);
PTM_ARGUMENTS(footprint_adjoint, FOOTPRINT_ADJOINT);
PTM_ARGUMENTS(flat_footprint_project, FLAT_FOOTPRINT_PROJECT);
PTM_ARGUMENTS(flat_footprint_adjoint, FLAT_FOOTPRINT_ADJOINT);

static ptm_ref views_from(const ptm_geometry *g, int view)
{
    return ptm_table_from(g, g->view_table, view, UPRIGHT_VIEW);
}

static int run_project(const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *voxels, ptm_ref pixels,
    const ptm_range *r)
{
    struct footprint_project_args args = { .pixels = pixels, .voxels = *voxels, .views = views_from(g, r->view),
        .rays = ptm_table_from(g, g->ray_table, r->view, FOOTPRINT_RAY * g->nu), .nx = g->nx, .ny = r->rows, .y0 = r->y0,
        .nu = g->nu, .nv = g->nv, .count = r->views, .carry = r->carry, .finish = r->finish };
    return ptm_launch_kernel(queue, g->project, &args);
}

static int run_adjoint(const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, ptm_ref voxels,
    const ptm_range *r)
{
    struct footprint_adjoint_args args = { .voxels = voxels, .pixels = *pixels, .views = views_from(g, r->view),
        .nx = g->nx, .ny = r->rows, .nz = g->nz, .y0 = r->y0, .nu = g->nu, .count = r->views, .carry = r->carry };
    return ptm_launch_kernel(queue, g->adjoint, &args);
}

const ptm_family_class ptm_family_footprint = {
    .name = "footprint",
    .fits = ptm_scan_is_upright,
    .project = "footprint_project",
    .lengths = "upright_lengths",
    .adjoint = "footprint_adjoint",
    .make_views = ptm_upright_views,
    .make_rays = ptm_footprint_rays,
    .slab_shape = ptm_lines_slab_shape,
    .block_shape = ptm_lines_block_shape,
    .slab_part = ptm_lines_slab_part,
    .block_part = ptm_lines_block_part,
    .run_project = run_project,
    .run_lengths = ptm_upright_run_lengths,
    .run_adjoint = run_adjoint,
};

/* One slice. */
static ptm_ref flat_views_from(const ptm_geometry *g, int view)
{
    return ptm_table_from(g, g->view_table, view, FLAT_VIEW);
}

static int run_flat_project(const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *voxels, ptm_ref pixels,
    const ptm_range *r)
{
    const ptm_field_shape transposed = ptm_shape_stack(r->rows, g->nx, 1);
    struct flat_footprint_project_args args = { .sinogram = pixels, .rows = voxels->at,
        .columns = ptm_second_field(voxels, g->type), .views = flat_views_from(g, r->view),
        .rays = ptm_table_from(g, g->ray_table, r->view, FLAT_RAY * g->nu), .nx = g->nx, .ny = r->rows, .y0 = r->y0,
        .nu = g->nu, .count = r->views, .rows_pitch = voxels->pitch, .columns_pitch = transposed.pitch, .carry = r->carry,
        .finish = r->finish };
    return ptm_launch_kernel(queue, g->project, &args);
}

static int run_flat_adjoint(const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, ptm_ref voxels,
    const ptm_range *r)
{
    struct flat_footprint_adjoint_args args = { .image = voxels, .pixels = pixels->at, .views = flat_views_from(g, r->view),
        .nx = g->nx, .ny = r->rows, .y0 = r->y0, .nu = g->nu, .count = r->views, .pitch = pixels->pitch,
        .carry = r->carry };
    return ptm_launch_kernel(queue, g->adjoint, &args);
}

const ptm_family_class ptm_family_flat_footprint = {
    .name = "flat footprint",
    .fits = ptm_scan_is_flat,
    .project = "flat_footprint_project",
    .lengths = "flat_lengths",
    .adjoint = "flat_footprint_adjoint",
    .make_views = ptm_flat_footprint_views,
    .make_rays = ptm_flat_footprint_rays,
    .slab_shape = ptm_flat_slab_shape,
    .block_shape = ptm_flat_block_shape,
    .slab_part = ptm_flat_slab_part,
    .block_part = ptm_flat_block_part,
    .transposed_too = true,
    .run_project = run_flat_project,
    .run_lengths = ptm_flat_run_lengths,
    .run_adjoint = run_flat_adjoint,
};
