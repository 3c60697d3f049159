/* family_step.c - samples along the rays, of any views; no weighted back-projection. */
#include "ct/family.h"

#include "ct/general.h"
#include "ct/step.h"

PTM_ARGUMENTS(step_project, STEP_PROJECT);
PTM_ARGUMENTS(step_adjoint, STEP_ADJOINT);

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
    struct step_project_args args = { .pixels = pixels, .voxels = *voxels, .views = views_from(g, r->view),
        .columns = columns_from(g, r->view), .nx = g->nx, .ny = r->rows, .nz = g->nz, .nu = g->nu, .nv = g->nv,
        .count = r->views, .carry = r->carry, .first_y = ptm_first_row(g, r->y0), .step_x = g->step[0],
        .step_y = g->step[1], .step_z = g->step[2], .step = g->ray_step };
    return ptm_launch_kernel(queue, g->project, &args);
}

static int run_adjoint(
    const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, ptm_ref voxels, const ptm_range *r)
{
    struct step_adjoint_args args = { .voxels = voxels, .pixels = *pixels, .views = views_from(g, r->view),
        .columns = columns_from(g, r->view), .nx = g->nx, .ny = r->rows, .nz = g->nz, .nu = g->nu, .nv = g->nv,
        .count = r->views, .carry = r->carry, .first_y = ptm_first_row(g, r->y0), .step_x = g->step[0],
        .step_y = g->step[1], .step_z = g->step[2], .step = g->ray_step };
    return ptm_launch_kernel(queue, g->adjoint, &args);
}

const ptm_family_class ptm_family_step = {
    .name = "step",
    .fits = fits,
    .has_textures = true,
    .project = "step_project",
    .adjoint = "step_adjoint",
    .make_views = ptm_general_views,
    .make_rays = ptm_general_columns,
    .slab_shape = ptm_lines_slab_shape,
    .block_shape = ptm_lines_block_shape,
    .slab_part = ptm_lines_slab_part,
    .block_part = ptm_lines_block_part,
    .run_project = run_project,
    .run_adjoint = run_adjoint,
};
