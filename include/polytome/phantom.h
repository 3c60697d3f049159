/* polytome/phantom.h - objects made of simple shapes, whose line integrals are known in closed form. On the host, in
 * double.
 *
 * Lengths are in mm, values in 1/mm, line integrals without a unit. */
#ifndef POLYTOME_PHANTOM_H
#define POLYTOME_PHANTOM_H

#include <polytome/array.h>
#include <polytome/operator.h>
#include <polytome/scan.h>

PTM_BEGIN_DECLS

typedef enum ptm_shape_type {
    PTM_SHAPE_ELLIPSOID = 0,
    PTM_SHAPE_BOX,
    PTM_SHAPE_CYLINDER, /* elliptic, along its third axis */
    PTM_SHAPE_CONE,     /* elliptic, along its third axis, cut off at both ends */
    PTM_SHAPE_GAUSSIAN  /* the value at the centre; half axes are standard deviations */
} ptm_shape_type;

/* Points with normal . x <= distance, in the phantom's coordinates; the normal has any length but 0. */
typedef struct ptm_plane { double normal[3], distance; } ptm_plane;

#define PTM_MAX_PLANES 4

/* A shape. Shapes are laid one over the other in the order of the list: one that `replaces` takes the place of all
 * before it, others are added to what is there. Gaussians are added, whatever replaces what, and have no planes. */
typedef struct ptm_shape {
    ptm_shape_type type;
    bool replaces;
    double value;
    double centre[3];
    double half_axes[3]; /* more than 0; the third may be infinite, for pictures of one slice, and those of boxes all */
    double axes[3][3];   /* the directions of its axes, at right angles, of any length; all 0: x, y and z */
    double taper;        /* of a cone, 0 to 1: half_axes are those at its lower end, its upper end is taper times as wide */
    int plane_count;     /* what the planes leave of it */
    ptm_plane planes[PTM_MAX_PLANES];
} ptm_shape;

/* A phantom does not change once made. Thread safety: may be used by several threads at once. */
typedef struct ptm_phantom ptm_phantom;

/* A phantom of `count` shapes, which are copied. Errors: ARGUMENT (the message names shape and field), MEMORY. Since
 * 0.1. */
PTM_API int ptm_phantom_create(ptm_phantom **out, const ptm_shape *shapes, int count);

typedef struct ptm_phantom_options {
    size_t struct_size;
    double radius;      /* half the edge of the cube it is defined in, mm; 0: 128 and 250 for FORBILD's, else 100 */
    double attenuation; /* what a value of 1 stands for, in 1/mm; 0: 1 */
    int count;          /* of random shapes, bubbles, discs, Gaussians, up to 10000; 0: its own */
    uint64_t seed;      /* of random ones */
} ptm_phantom_options;

/* A phantom by name (docs/phantoms.md has pictures and sources):
 *   shepp-logan, shepp-logan-original           heads of ten ellipsoids, with more and with natural contrast
 *   shepp-logan-2d, shepp-logan-2d-original     their ellipses; cylinders without end along z
 *   forbild-head, forbild-head-2d, forbild-thorax    FORBILD's, densities in g/cm3
 *   defrise                                     a stack of flat ellipsoids
 *   hollow-box, cylinder, gaussians
 *   random                                      ellipsoids and boxes anywhere, of any size and direction
 *   foam                                        a cylinder with bubbles that do not touch
 * options may be NULL. Errors: ARGUMENT, NOT_FOUND (no such name), MEMORY. Since 0.1. */
PTM_API int ptm_phantom_create_named(ptm_phantom **out, const char *name, const ptm_phantom_options *options);
/* The names, counted from 0; NULL after the last. Thread safety: any thread. Since 0.1. */
PTM_API const char *ptm_phantom_name(int index);

/* NULL is allowed; sets *phantom to NULL. Since 0.1. */
PTM_API void ptm_phantom_destroy(ptm_phantom **phantom);

/* How many shapes it has, and one of them; *shape stays as it is where there is none. Since 0.1. */
PTM_API int ptm_phantom_shapes(const ptm_phantom *phantom);
PTM_API void ptm_phantom_get_shape(const ptm_phantom *phantom, int index, ptm_shape *shape);

/* The value at a point x, y, z. Since 0.1. */
PTM_API double ptm_phantom_value(const ptm_phantom *phantom, const double at[3]);
/* The integral along the line between two points. Errors: ARGUMENT (points that are one, or not finite), MEMORY. Since
 * 0.1. */
PTM_API int ptm_phantom_line(double *integral, const ptm_phantom *phantom, const double from[3], const double to[3]);

typedef struct ptm_phantom_run {
    size_t struct_size;
    int ray_samples; /* projections: a pixel is the mean of so many rays, up to 16, along u and, where there are rows, v */
    ptm_progress_function progress; /* the call ends with CANCELLED where it returns false; NULL: none */
    void *progress_user;
} ptm_phantom_run;

/* The phantom's exact projections: for each pixel of the scan the line integral along the ray to its centre, as
 * ptm_projector_create() takes rays: parallel ones have no ends, others begin at the source and go on behind the
 * detector; a stack of fans sees each slice at its middle's height. Rays that run along a shape without end give what is
 * not finite. projections is (view, v, u), float32 or float64 in the host's memory. It works on the context's threads,
 * whose number changes nothing. run may be NULL. Errors: ARGUMENT, UNSUPPORTED (the scan is a batch), MEMORY, CANCELLED.
 * Since 0.1. */
PTM_API int ptm_phantom_project(ptm_context *context, const ptm_phantom *phantom, const ptm_scan *scan,
    const ptm_array *projections, const ptm_phantom_run *run);

/* The mean of the phantom in each voxel. Voxels that an edge passes are divided into 4 x 4 x 4 cells, further where a
 * shape is smaller than those, and in a cell an edge counts as a plane; cells and voxels that none passes are exact. So
 * are boxes along the axes, and Gaussians along the axes; others are sampled at 27 places of a voxel (Gauss and
 * Legendre's). Edges of other shapes have errors of some thousandths of their contrast; docs/phantoms.md has figures.
 * volume is (z, y, x), as ptm_phantom_project() wants arrays. run may be NULL. Errors: ARGUMENT, MEMORY, CANCELLED.
 * Since 0.1. */
PTM_API int ptm_phantom_voxels(ptm_context *context, const ptm_phantom *phantom, const ptm_volume *grid,
    const ptm_array *volume, const ptm_phantom_run *run);

PTM_END_DECLS
#endif
