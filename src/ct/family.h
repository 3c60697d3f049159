/* family.h - the geometry families: each knows its tables, its kernels and how it wants its blocks to lie.
 *
 * projector.c moves blocks and keeps the order of work; what differs between families is here. */
#ifndef PTM_FAMILY_H
#define PTM_FAMILY_H
#include "ct/blocks.h"
#include "ct/scan.h"
#include "ct/tables.h"

/* What the kernels of an operator work with. */
typedef struct ptm_geometry {
    ptm_device *device;
    ptm_type type;
    bool weighted; /* for the weighted backprojector; else for the projector and its adjoint */
    bool texture;  /* project and backproject sample one; the exact adjoint never does */
    int nx, ny, nz, nu, nv, count;
    double step[3]; /* mm */
    double ray_step; /* mm; 0: slice by slice */
    const ptm_kernel *project, *lengths, *adjoint, *backproject, *backproject_adjoint;
    /* rays: for the projector; strips: for the weighted backprojector's adjoint */
    ptm_buffer *view_table, *ray_table, *strip_table;
} ptm_geometry;

/* A slab of rows and a block of views, which count as in the tables; carry: add to what is there; finish: nothing comes
 * after. */
typedef struct ptm_range {
    int y0, rows, view, views;
    bool carry, finish;
} ptm_range;

typedef struct ptm_family_class {
    const char *name;
    bool (*fits)(const ptm_scan *scan);
    bool has_textures;
    const char *project, *lengths, *adjoint, *backproject, *backproject_adjoint; /* kernels; NULL: there is none */
    int (*make_views)(ptm_table *out, const ptm_scan *scan, double near_fraction);
    int (*make_rays)(ptm_table *out, const ptm_scan *scan);
    int (*make_strips)(ptm_table *out, const ptm_scan *scan);

    /* How a slab of the volume and a block of projections lie as fields, and which part of the caller's array they are. */
    ptm_field_shape (*slab_shape)(const ptm_geometry *g, int rows);
    ptm_field_shape (*block_shape)(const ptm_geometry *g, int views);
    ptm_part (*slab_part)(const ptm_geometry *g, int y0, int rows);
    ptm_part (*block_part)(const ptm_geometry *g, int view, int views);
    /* A slab is wanted a second time, axes 0 and 1 exchanged, behind the first in memory. */
    bool transposed_too;

    /* Launches; fields are as loaded, `dense` is the output. */
    int (*run_project)(
        const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *voxels, ptm_ref pixels, const ptm_range *r);
    /* NULL where run_adjoint has it in its weights. */
    int (*run_lengths)(const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, const ptm_range *r);
    int (*run_adjoint)(
        const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, ptm_ref voxels, const ptm_range *r);
    int (*run_backproject)(
        const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, ptm_ref voxels, const ptm_range *r);
    int (*run_backproject_adjoint)(const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *voxels, ptm_ref pixels,
        const ptm_range *r);
} ptm_family_class;

extern const ptm_family_class ptm_family_flat, ptm_family_level, ptm_family_upright, ptm_family_general, ptm_family_step,
    ptm_family_footprint, ptm_family_flat_footprint;

/* A table's rows from a view on. */
static inline ptm_ref ptm_table_from(const ptm_geometry *g, ptm_buffer *table, int view, int per_view)
{
    return (ptm_ref){ table, (uint64_t)view * (uint64_t)per_view * ptm_type_size(g->type) };
}

/* Where a slab's first row lies from the volume's centre, in voxels. */
static inline double ptm_first_row(const ptm_geometry *g, int y0)
{
    return y0 - 0.5 * (g->ny - 1);
}

/* Shapes of the families whose lines run along z and v. */
ptm_field_shape ptm_lines_slab_shape(const ptm_geometry *g, int rows);
ptm_field_shape ptm_lines_block_shape(const ptm_geometry *g, int views);
ptm_part ptm_lines_slab_part(const ptm_geometry *g, int y0, int rows);
ptm_part ptm_lines_block_part(const ptm_geometry *g, int view, int views);

/* Launches that footprints share: the lengths of the upright and of the flat family, which read their tables' places for
 * them. */
int ptm_upright_run_lengths(const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, const ptm_range *r);
int ptm_flat_run_lengths(const ptm_geometry *g, ptm_queue *queue, const ptm_field_ref *pixels, const ptm_range *r);

/* How the flat families' slabs and blocks lie. */
ptm_field_shape ptm_flat_slab_shape(const ptm_geometry *g, int rows);
ptm_field_shape ptm_flat_block_shape(const ptm_geometry *g, int views);
ptm_part ptm_flat_slab_part(const ptm_geometry *g, int y0, int rows);
ptm_part ptm_flat_block_part(const ptm_geometry *g, int view, int views);
#endif
