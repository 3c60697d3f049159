/* family_upright.c - lines along z and v: circular and helical cones, 3D parallel beams; and faster kernels for beams that
 * stay in their slices of z. */
#include "ct/family.h"

#include "ct/level.h"
#include "ct/upright.h"

PTM_ARGUMENTS(upright_project, UPRIGHT_PROJECT);
PTM_ARGUMENTS(upright_lengths, UPRIGHT_LENGTHS);
PTM_ARGUMENTS(upright_adjoint, UPRIGHT_ADJOINT);
PTM_ARGUMENTS(upright_backproject, UPRIGHT_BACKPROJECT);
PTM_ARGUMENTS(upright_backproject_adjoint, UPRIGHT_BACKPROJECT_ADJOINT);
PTM_ARGUMENTS(level_adjoint, LEVEL_ADJOINT);
PTM_ARGUMENTS(level_backproject, LEVEL_BACKPROJECT);

ptm_field_shape ptm_lines_slab_shape(const ptm_geometry *g, int rows)
{
    return g->texture && !g->weighted ? ptm_shape_texture(g->nz, g->nx, rows, rows) : ptm_shape_volume(g->nz, g->nx, rows);
}
ptm_field_shape ptm_lines_block_shape(const ptm_geometry *g, int views)
{
    return g->texture && g->weighted ? ptm_shape_texture(g->nv, g->nu, views, views) : ptm_shape_stack(g->nv, g->nu, views);
}
ptm_part ptm_lines_slab_part(const ptm_geometry *g, int y0, int rows)
{
    return (ptm_part){ .first = { 0, y0, 0 }, .count = { g->nz, rows, g->nx }, .order = { 0, 2, 1 } };
}
ptm_part ptm_lines_block_part(const ptm_geometry *g, int view, int views)
{
    return (ptm_part){ .first = { view, 0, 0 }, .count = { views, g->nv, g->nu }, .order = { 1, 2, 0 } };
}

static ptm_ref views_from(const ptm_geometry *g, int view)
{
    return ptm_table_from(g, g->view_table, view, UPRIGHT_VIEW);
}
static ptm_ref planes_from(const ptm_geometry *g, int view)
{
    return ptm_table_from(g, g->ray_table, view, UPRIGHT_PLANE * g->nu);
}

static int run_project(
    const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *voxels, ptm_ref pixels, const ptm_range *r)
{
    struct upright_project_args args = { .pixels = pixels, .voxels = *voxels, .planes = planes_from(g, r->view),
        .nx = g->nx, .ny = r->rows, .y0 = r->y0, .nu = g->nu, .nv = g->nv, .count = r->views, .carry = r->carry,
        .finish = r->finish };
    return ptm_launch_kernel(queue, g->project, &args);
}

int ptm_upright_run_lengths(const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, const ptm_range *r)
{
    struct upright_lengths_args args = { .pixels = pixels->at, .planes = planes_from(g, r->view), .nu = g->nu, .nv = g->nv,
        .count = r->views, .pitch = pixels->pitch, .plane = pixels->plane };
    return ptm_launch_kernel(queue, g->lengths, &args);
}

static int run_adjoint(
    const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, ptm_ref voxels, const ptm_range *r)
{
    struct upright_adjoint_args args = { .voxels = voxels, .pixels = *pixels, .views = views_from(g, r->view),
        .planes = planes_from(g, r->view), .nx = g->nx, .ny = r->rows, .nz = g->nz, .y0 = r->y0, .nu = g->nu,
        .count = r->views, .carry = r->carry };
    return ptm_launch_kernel(queue, g->adjoint, &args);
}

static int run_backproject(
    const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, ptm_ref voxels, const ptm_range *r)
{
    struct upright_backproject_args args = { .voxels = voxels, .pixels = *pixels, .views = views_from(g, r->view),
        .nx = g->nx, .ny = r->rows, .nz = g->nz, .y0 = r->y0, .count = r->views, .carry = r->carry };
    return ptm_launch_kernel(queue, g->backproject, &args);
}

static int run_backproject_adjoint(const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *voxels, ptm_ref pixels,
    const ptm_range *r)
{
    struct upright_backproject_adjoint_args args = { .pixels = pixels, .voxels = *voxels, .views = views_from(g, r->view),
        .strips = ptm_table_from(g, g->strip_table, r->view, UPRIGHT_STRIP * g->nu), .nx = g->nx, .ny = r->rows,
        .y0 = r->y0, .nu = g->nu, .nv = g->nv, .count = r->views, .carry = r->carry };
    return ptm_launch_kernel(queue, g->backproject_adjoint, &args);
}

const ptm_family_class ptm_family_upright = {
    .name = "upright",
    .fits = ptm_scan_is_upright,
    .has_textures = true,
    .project = "upright_project",
    .lengths = "upright_lengths",
    .adjoint = "upright_adjoint",
    .backproject = "upright_backproject",
    .backproject_adjoint = "upright_backproject_adjoint",
    .make_views = ptm_upright_views,
    .make_rays = ptm_upright_planes,
    .make_strips = ptm_upright_strips,
    .slab_shape = ptm_lines_slab_shape,
    .block_shape = ptm_lines_block_shape,
    .slab_part = ptm_lines_slab_part,
    .block_part = ptm_lines_block_part,
    .run_project = run_project,
    .run_lengths = ptm_upright_run_lengths,
    .run_adjoint = run_adjoint,
    .run_backproject = run_backproject,
    .run_backproject_adjoint = run_backproject_adjoint,
};

/* The level family: the upright one's tables, forward arguments and adjoint of weighted back-projection. Rows lie without a
 * margin where the level kernels read them. */
static ptm_field_shape level_slab_shape(const ptm_geometry *g, int rows)
{
    const ptm_field_shape shape = ptm_lines_slab_shape(g, rows);
    return g->weighted ? shape : ptm_shape_tight(shape);
}
static ptm_field_shape level_block_shape(const ptm_geometry *g, int views)
{
    return ptm_shape_tight(ptm_lines_block_shape(g, views));
}

/* The level rows stand behind the upright views of all samples. */
static int all_views(const ptm_geometry *g)
{
    return (int)(g->view_table->size / ptm_type_size(g->type) / (UPRIGHT_VIEW + LEVEL_ROWS));
}
static ptm_ref levels_from(const ptm_geometry *g, int view)
{
    return ptm_table_from(g, g->view_table, all_views(g) * UPRIGHT_VIEW + view, 1);
}

static int run_level_adjoint(
    const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, ptm_ref voxels, const ptm_range *r)
{
    struct level_adjoint_args args = { .voxels = voxels, .pixels = *pixels, .levels = levels_from(g, r->view),
        .planes = planes_from(g, r->view), .nx = g->nx, .ny = r->rows, .nz = g->nz, .y0 = r->y0, .nu = g->nu,
        .count = r->views, .pitch = all_views(g), .carry = r->carry };
    return ptm_launch_kernel(queue, g->adjoint, &args);
}

static int run_level_backproject(const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, ptm_ref voxels,
    const ptm_range *r)
{
    struct level_backproject_args args = { .voxels = voxels, .pixels = *pixels, .levels = levels_from(g, r->view),
        .nx = g->nx, .ny = r->rows, .nz = g->nz, .y0 = r->y0, .count = r->views, .pitch = all_views(g), .carry = r->carry };
    return ptm_launch_kernel(queue, g->backproject, &args);
}

const ptm_family_class ptm_family_level = {
    .name = "level",
    .fits = ptm_scan_is_level,
    .project = "level_project",
    .adjoint = "level_adjoint",
    .backproject = "level_backproject",
    .backproject_adjoint = "upright_backproject_adjoint",
    .make_views = ptm_level_views,
    .make_rays = ptm_upright_planes,
    .make_strips = ptm_upright_strips,
    .slab_shape = level_slab_shape,
    .block_shape = level_block_shape,
    .slab_part = ptm_lines_slab_part,
    .block_part = ptm_lines_block_part,
    .run_project = run_project,
    .run_adjoint = run_level_adjoint,
    .run_backproject = run_level_backproject,
    .run_backproject_adjoint = run_backproject_adjoint,
};
