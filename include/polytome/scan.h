/* polytome/scan.h - a volume grid and the views that see it.
 *
 * Coordinates are right-handed x, y, z in mm; z is the rotation axis. Shapes are in array order; spacings, offsets and
 * vectors are x, y, z (or u, v). docs/conventions.md has pictures. */
#ifndef POLYTOME_SCAN_H
#define POLYTOME_SCAN_H

#include <polytome/context.h>

PTM_BEGIN_DECLS

#define PTM_MAX_LENGTH 16384   /* of any axis of a volume or detector: kernels keep places in float32 */
#define PTM_MAX_VIEWS 1048576  /* of a scan, or of all samples of a batch */

/* A scan does not change once made. Thread safety: may be used by several threads at once. */
typedef struct ptm_scan ptm_scan;

/* The volume's grid: voxel i of an axis has its centre at (i - (n - 1) / 2) spacing + offset. */
typedef struct ptm_volume {
    int shape[3];      /* z, y, x; 1 to PTM_MAX_LENGTH each */
    double spacing[3]; /* x, y, z, mm; 0: 1 */
    double offset[3];  /* x, y, z of the centre, mm */
} ptm_volume;

/* A detector, flat or cylindrical. Pixel (0, 0) is at the corner where u and v are least, unless flipped. */
typedef struct ptm_detector {
    int shape[2];      /* v, u; 1 to PTM_MAX_LENGTH each */
    double spacing[2]; /* u, v, mm; 0: 1; along the arc where the detector is cylindrical */
    double offset[2];  /* of its centre from where the central ray meets it, along u (or the arc) and v, mm */
    bool flip_u, flip_v; /* pixels count against u, against v */
    /* bent about the line through the source along v, so that columns are equiangular; divergent beams */
    bool cylindrical;
} ptm_detector;

/* One exposure, in the twelve numbers of ASTRA's *_vec geometries: where the source is (or the direction of parallel rays),
 * the detector's centre, and the steps from a pixel to the next along u and v, all mm. A cylindrical detector is given by
 * its middle: u is the tangent there, at right angles to v and to the line from the source, as long as a pixel's arc. */
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

/* Angles that span more than ten radians are noted in the log as a warning, for they may be degrees. A volume that no view
 * sees is an error.
 *
 * Parallel beam around z. At angle t, u is (cos t, sin t, 0), v is z, and rays go along (-sin t, cos t, 0).
 * Errors: ARGUMENT (the message names the field), MEMORY. Since 0.1. */
PTM_API int ptm_scan_parallel(ptm_scan **out, ptm_context *context, const ptm_circular_options *options);
/* Cone beam around z, a fan where volume and detector are one slice and one row: the source is at sod (sin t, -cos t, 0),
 * the detector's centre opposite, u and v as above. Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_scan_cone(ptm_scan **out, ptm_context *context, const ptm_circular_options *options);
/* A stack of fans, one for each slice: slice z is seen by detector row z alone, as if it were the only one. The volume has
 * as many slices as the detector has rows; heights do not matter. Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_scan_fan(ptm_scan **out, ptm_context *context, const ptm_circular_options *options);

typedef struct ptm_vector_options {
    size_t struct_size;
    ptm_volume volume;
    int detector_shape[2]; /* v, u */
    bool parallel;         /* ptm_view.source is a direction */
    int views;
    const ptm_view *view;  /* `views` of them, read during the call only */
    bool cylindrical;      /* the detector, as in ptm_detector */
} ptm_vector_options;

/* Any views, one by one. Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_scan_vectors(ptm_scan **out, ptm_context *context, const ptm_vector_options *options);

/* A projection matrix, 3 x 4, row after row: it takes (x, y, z, 1), mm, to (u w, v w, w), u and v the pixel's indices,
 * whole numbers at pixels' centres, and w growing away from the source. Such matrices are given up to a factor; a third row
 * of (0, 0, 0, c) is a parallel beam. */
typedef struct ptm_matrix { double row[3][4]; } ptm_matrix;

typedef struct ptm_matrix_options {
    size_t struct_size;
    ptm_volume volume;
    int detector_shape[2]; /* v, u */
    int views;
    const ptm_matrix *matrix; /* `views` of them, all parallel or all not, read during the call only */
    /* A matrix does not know how far the detector is. One of: the length of the step along u, mm; or the distance from the
     * source to the detector's plane, mm. Not for parallel beams. Line integrals do not depend on it. */
    double pitch, sdd;
} ptm_matrix_options;

/* Views by projection matrices, of C-arms for example. Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_scan_matrices(ptm_scan **out, ptm_context *context, const ptm_matrix_options *options);
/* One view from a matrix, for a detector of detector_shape (v, u). The matrix's sign is such that `inside`, a point x, y, z
 * in mm, NULL for the origin, is in front of the source. pitch and sdd as above. *parallel says which kind it is; a
 * parallel beam's detector is at right angles to its rays. Errors: ARGUMENT. Thread safety: any thread, as the next three.
 * Since 0.1. */
PTM_API int ptm_view_from_matrix(ptm_view *view, bool *parallel, const ptm_matrix *matrix, const int detector_shape[2],
    const double inside[3], double pitch, double sdd);
/* The matrix of a view with a flat detector; w is the depth from the source in mm, 1 for parallel beams. Back again with
 * the same pitch it is the same view. Errors: ARGUMENT. Since 0.1. */
PTM_API int ptm_view_to_matrix(ptm_matrix *matrix, const ptm_view *view, bool parallel, const int detector_shape[2]);
/* ASTRA's vectors: `count` 12 for its cone_vec and parallel3d_vec, whose numbers are those of ptm_view, or 6 for
 * fanflat_vec and parallel_vec, which lie in the plane z = 0: source (or ray), detector and u, x and y each. Of six numbers
 * v is as long as u, along z. Parallel rays keep their direction. Errors: ARGUMENT. Since 0.1. */
PTM_API int ptm_view_from_astra(ptm_view *view, const double *vector, int count);
PTM_API int ptm_view_to_astra(double *vector, int count, const ptm_view *view);

/* Several scans as the samples of a batch: operators on it take arrays with the samples as their slowest axis, each with
 * its own views. All have the same volume shape, detector shape, number of views and kind of beam. Errors: ARGUMENT,
 * MEMORY. Since 0.1. */
PTM_API int ptm_scan_batch(ptm_scan **out, ptm_context *context, const ptm_scan *const *scans, int count);

/* Views first to first + count - 1 of a scan, of each sample of a batch. Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_scan_part(ptm_scan **out, const ptm_scan *scan, int first, int count);

PTM_API void ptm_scan_destroy(ptm_scan **scan);

/* What the scan holds: views of a sample; samples, 0 if it is no batch; view `index` counts on through the samples, and
 * *view stays as it is where there is none. Since 0.1. */
PTM_API int ptm_scan_views(const ptm_scan *scan);
PTM_API int ptm_scan_samples(const ptm_scan *scan);
PTM_API void ptm_scan_get_view(const ptm_scan *scan, int index, ptm_view *view);
/* How many views, of all samples, cannot see any of the volume: some at the ends of a helix, say, or nearly all where
 * a unit is wrong. Since 0.1. */
PTM_API int ptm_scan_blind_views(const ptm_scan *scan);
PTM_API void ptm_scan_get_volume(const ptm_scan *scan, ptm_volume *volume);
/* (view, v, u) */
PTM_API void ptm_scan_projection_shape(const ptm_scan *scan, int64_t shape[3]);

PTM_END_DECLS
#endif
