/* polytome/scan.h - a volume grid and the views that see it.
 *
 * Coordinates are right-handed x, y, z in mm; z is the rotation axis. Shapes are in array order; spacings, offsets and
 * vectors are x, y, z (or u, v). docs/conventions.md has pictures. */
#ifndef POLYTOME_SCAN_H
#define POLYTOME_SCAN_H

#include <polytome/context.h>

PTM_BEGIN_DECLS

/* A scan does not change once made. Thread safety: may be used by several threads at once. */
typedef struct ptm_scan ptm_scan;

/* The volume's grid: voxel i of an axis has its centre at (i - (n - 1) / 2) spacing + offset. */
typedef struct ptm_volume {
    int shape[3];      /* z, y, x; 1 to 16384 each */
    double spacing[3]; /* x, y, z, mm; 0: 1 */
    double offset[3];  /* x, y, z of the centre, mm */
} ptm_volume;

/* A flat detector. Pixel (0, 0) is at the corner where u and v are least, unless flipped. */
typedef struct ptm_detector {
    int shape[2];      /* v, u; 1 to 16384 each */
    double spacing[2]; /* u, v, mm; 0: 1 */
    double offset[2];  /* of its centre from where the central ray meets it, along u and v, mm */
    bool flip_u, flip_v; /* pixels count against u, against v */
} ptm_detector;

/* One exposure, in the twelve numbers of ASTRA's *_vec geometries: where the source is (or the direction of parallel rays),
 * the detector's centre, and the steps from a pixel to the next along u and v, all mm. */
typedef struct ptm_view {
    double source[3];
    double detector[3];
    double u[3];
    double v[3];
} ptm_view;

typedef struct ptm_circular_options {
    size_t struct_size;
    ptm_volume volume;
    ptm_detector detector;
    int views;
    /* View angles in radians, `views` of them; NULL: start + k range / views. The caller's, read during the call only. */
    const double *angles;
    double start; /* radians */
    double range; /* radians; 0: pi for parallel beams, 2 pi for divergent ones */
    double sod;   /* source to rotation axis, mm; divergent beams only */
    double sdd;   /* source to detector, mm */
    double axis_offset; /* of the rotation axis from the central ray, along u, mm */
} ptm_circular_options;

/* Parallel beam around z. At angle t, u is (cos t, sin t, 0), v is z, and rays go along (-sin t, cos t, 0).
 * Errors: ARGUMENT (the message names the field), MEMORY. Since 0.1. */
PTM_API int ptm_scan_parallel(ptm_scan **out, ptm_context *context, const ptm_circular_options *options);
/* Cone beam around z, a fan where volume and detector are one slice and one row: the source is at sod (sin t, -cos t, 0), the
 * detector's centre opposite, u and v as above. Since 0.1. */
PTM_API int ptm_scan_cone(ptm_scan **out, ptm_context *context, const ptm_circular_options *options);

typedef struct ptm_vector_options {
    size_t struct_size;
    ptm_volume volume;
    int detector_shape[2]; /* v, u */
    bool parallel;         /* ptm_view.source is a direction */
    int views;
    const ptm_view *view;  /* `views` of them, read during the call only */
} ptm_vector_options;

/* Any views, one by one. Since 0.1. */
PTM_API int ptm_scan_vectors(ptm_scan **out, ptm_context *context, const ptm_vector_options *options);

PTM_API void ptm_scan_destroy(ptm_scan **scan);

/* What the scan holds. Since 0.1. */
PTM_API int ptm_scan_views(const ptm_scan *scan);
PTM_API void ptm_scan_get_view(const ptm_scan *scan, int index, ptm_view *view);
PTM_API void ptm_scan_get_volume(const ptm_scan *scan, ptm_volume *volume);
/* (view, v, u) */
PTM_API void ptm_scan_projection_shape(const ptm_scan *scan, int64_t shape[3]);

PTM_END_DECLS
#endif
