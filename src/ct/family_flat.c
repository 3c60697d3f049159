/* family_flat.c - one slice and one detector row: 2D parallel and fan beams, lines along x and u. */
#include "ct/family.h"

#include "ct/flat.h"

#include <math.h>
#include <stdlib.h>

PTM_ARGUMENTS(flat_project, FLAT_PROJECT);
PTM_ARGUMENTS(flat_lengths, FLAT_LENGTHS);
PTM_ARGUMENTS(flat_adjoint, FLAT_ADJOINT);
PTM_ARGUMENTS(flat_backproject, FLAT_BACKPROJECT);
PTM_ARGUMENTS(flat_backproject_adjoint, FLAT_BACKPROJECT_ADJOINT);

ptm_field_shape ptm_flat_slab_shape(const ptm_geometry *g, int rows)
{
    return ptm_shape_stack(g->nx, rows, 1);
}
ptm_field_shape ptm_flat_block_shape(const ptm_geometry *g, int views)
{
    return ptm_shape_stack(g->nu, views, 1);
}
ptm_part ptm_flat_slab_part(const ptm_geometry *g, int y0, int rows)
{
    return (ptm_part){ .first = { 0, y0, 0 }, .count = { 1, rows, g->nx }, .order = { 2, 1, 0 } };
}
ptm_part ptm_flat_block_part(const ptm_geometry *g, int view, int views)
{
    return (ptm_part){ .first = { view, 0, 0 }, .count = { views, 1, g->nu }, .order = { 2, 0, 1 } };
}

static ptm_ref views_from(const ptm_geometry *g, int view)
{
    return ptm_table_from(g, g->view_table, view, FLAT_VIEW);
}
static ptm_ref rays_from(const ptm_geometry *g, int view)
{
    return ptm_table_from(g, g->ray_table, view, FLAT_RAY * g->nu);
}

static int run_project(
    const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *voxels, ptm_ref pixels, const ptm_range *r)
{
    const ptm_field_shape transposed = ptm_shape_stack(r->rows, g->nx, 1);
    struct flat_project_args args = { .sinogram = pixels, .rows = voxels->at, .columns = ptm_second_field(voxels, g->type),
        .views = views_from(g, r->view), .rays = rays_from(g, r->view), .nx = g->nx, .ny = r->rows, .y0 = r->y0,
        .nu = g->nu, .count = r->views, .rows_pitch = voxels->pitch, .columns_pitch = transposed.pitch, .carry = r->carry,
        .finish = r->finish };
    return ptm_launch_kernel(queue, g->project, &args);
}

int ptm_flat_run_lengths(const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, const ptm_range *r)
{
    struct flat_lengths_args args = { .pixels = pixels->at, .rays = rays_from(g, r->view), .nu = g->nu, .count = r->views,
        .pitch = pixels->pitch };
    return ptm_launch_kernel(queue, g->lengths, &args);
}

static int run_adjoint(
    const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, ptm_ref voxels, const ptm_range *r)
{
    struct flat_adjoint_args args = { .image = voxels, .pixels = pixels->at, .views = views_from(g, r->view),
        .rays = rays_from(g, r->view), .nx = g->nx, .ny = r->rows, .y0 = r->y0, .nu = g->nu, .count = r->views,
        .pitch = pixels->pitch, .carry = r->carry };
    return ptm_launch_kernel(queue, g->adjoint, &args);
}

static int run_backproject(
    const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, ptm_ref voxels, const ptm_range *r)
{
    struct flat_backproject_args args = { .image = voxels, .pixels = pixels->at, .views = views_from(g, r->view),
        .nx = g->nx, .ny = r->rows, .y0 = r->y0, .nu = g->nu, .count = r->views, .pitch = pixels->pitch,
        .carry = r->carry };
    return ptm_launch_kernel(queue, g->backproject, &args);
}

static int run_backproject_adjoint(const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *voxels, ptm_ref pixels,
    const ptm_range *r)
{
    const ptm_field_shape transposed = ptm_shape_stack(r->rows, g->nx, 1);
    struct flat_backproject_adjoint_args args = { .sinogram = pixels, .rows = voxels->at,
        .columns = ptm_second_field(voxels, g->type), .views = views_from(g, r->view),
        .strips = ptm_table_from(g, g->strip_table, r->view, FLAT_STRIP * g->nu), .nx = g->nx, .ny = r->rows, .y0 = r->y0,
        .nu = g->nu, .count = r->views, .rows_pitch = voxels->pitch, .columns_pitch = transposed.pitch, .carry = r->carry };
    return ptm_launch_kernel(queue, g->backproject_adjoint, &args);
}

const ptm_family_class ptm_family_flat = {
    .name = "flat",
    .fits = ptm_scan_is_flat,
    .project = "flat_project",
    .lengths = "flat_lengths",
    .adjoint = "flat_adjoint",
    .backproject = "flat_backproject",
    .backproject_adjoint = "flat_backproject_adjoint",
    .make_views = ptm_flat_views,
    .make_rays = ptm_flat_rays,
    .make_strips = ptm_flat_strips,
    .slab_shape = ptm_flat_slab_shape,
    .block_shape = ptm_flat_block_shape,
    .slab_part = ptm_flat_slab_part,
    .block_part = ptm_flat_block_part,
    .transposed_too = true,
    .run_project = run_project,
    .run_lengths = ptm_flat_run_lengths,
    .run_adjoint = run_adjoint,
    .run_backproject = run_backproject,
    .run_backproject_adjoint = run_backproject_adjoint,
};
