/* family_general.c - any plane detector. */
#include "ct/family.h"

#include "ct/general.h"

PTM_ARGUMENTS(general_project, GENERAL_PROJECT);
PTM_ARGUMENTS(general_lengths, GENERAL_LENGTHS);
PTM_ARGUMENTS(general_adjoint, GENERAL_ADJOINT);
PTM_ARGUMENTS(general_backproject, GENERAL_BACKPROJECT);
PTM_ARGUMENTS(general_backproject_adjoint, GENERAL_BACKPROJECT_ADJOINT);

static bool fits(const ptm_scan *scan)
{
    return !scan->stack;
}

static ptm_ref views_from(const ptm_geometry *g, int view)
{
    return ptm_table_from(g, g->view_table, view, GENERAL_VIEW);
}
static ptm_ref columns_from(const ptm_geometry *g, int view)
{
    return ptm_table_from(g, g->ray_table, view, GENERAL_COLUMN * g->nu);
}
static int run_project(
    const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *voxels, ptm_ref pixels, const ptm_range *r)
{
    struct general_project_args args = { .pixels = pixels, .voxels = *voxels, .views = views_from(g, r->view),
        .columns = columns_from(g, r->view), .nx = g->nx, .ny = r->rows, .nz = g->nz, .nu = g->nu, .nv = g->nv,
        .count = r->views, .carry = r->carry, .finish = r->finish, .first_y = ptm_first_row(g, r->y0), .step_x = g->step[0],
        .step_y = g->step[1], .step_z = g->step[2] };
    return ptm_launch_kernel(queue, g->project, &args);
}

static int run_lengths(const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, const ptm_range *r)
{
    struct general_lengths_args args = { .pixels = pixels->at, .views = views_from(g, r->view),
        .columns = columns_from(g, r->view), .nu = g->nu, .nv = g->nv, .count = r->views, .pitch = pixels->pitch,
        .plane = pixels->plane, .step_x = g->step[0], .step_y = g->step[1], .step_z = g->step[2] };
    return ptm_launch_kernel(queue, g->lengths, &args);
}

static int run_adjoint(
    const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, ptm_ref voxels, const ptm_range *r)
{
    struct general_adjoint_args args = { .voxels = voxels, .pixels = *pixels, .views = views_from(g, r->view),
        .columns = columns_from(g, r->view), .nx = g->nx, .ny = r->rows, .nz = g->nz, .nu = g->nu, .nv = g->nv,
        .count = r->views, .carry = r->carry, .first_y = ptm_first_row(g, r->y0) };
    return ptm_launch_kernel(queue, g->adjoint, &args);
}

static int run_backproject(
    const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, ptm_ref voxels, const ptm_range *r)
{
    struct general_backproject_args args = { .voxels = voxels, .pixels = *pixels, .views = views_from(g, r->view),
        .nx = g->nx, .ny = r->rows, .nz = g->nz, .count = r->views, .carry = r->carry, .first_y = ptm_first_row(g, r->y0) };
    return ptm_launch_kernel(queue, g->backproject, &args);
}

static int run_backproject_adjoint(const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *voxels, ptm_ref pixels,
    const ptm_range *r)
{
    struct general_backproject_adjoint_args args = { .pixels = pixels, .voxels = *voxels, .views = views_from(g, r->view),
        .strips = ptm_table_from(g, g->strip_table, r->view, GENERAL_STRIP * g->nu), .nx = g->nx, .ny = r->rows,
        .nz = g->nz, .nu = g->nu, .nv = g->nv, .count = r->views, .carry = r->carry, .first_y = ptm_first_row(g, r->y0) };
    return ptm_launch_kernel(queue, g->backproject_adjoint, &args);
}

const ptm_family_class ptm_family_general = {
    .name = "general",
    .fits = fits,
    .has_textures = true,
    .project = "general_project",
    .lengths = "general_lengths",
    .adjoint = "general_adjoint",
    .backproject = "general_backproject",
    .backproject_adjoint = "general_backproject_adjoint",
    .make_views = ptm_general_views,
    .make_rays = ptm_general_columns,
    .make_strips = ptm_general_strips,
    .slab_shape = ptm_lines_slab_shape,
    .block_shape = ptm_lines_block_shape,
    .slab_part = ptm_lines_slab_part,
    .block_part = ptm_lines_block_part,
    .run_project = run_project,
    .run_lengths = run_lengths,
    .run_adjoint = run_adjoint,
    .run_backproject = run_backproject,
    .run_backproject_adjoint = run_backproject_adjoint,
};
