/* polytome/operator.h - linear operators as values. */
#ifndef POLYTOME_OPERATOR_H
#define POLYTOME_OPERATOR_H

#include <polytome/array.h>
#include <polytome/scan.h>

PTM_BEGIN_DECLS

/* A linear map between arrays, with its adjoint. Thread safety: one thread at a time. */
typedef struct ptm_operator ptm_operator;

typedef enum ptm_sampling {
    PTM_SAMPLING_AUTO = 0, /* software wherever an exact adjoint is promised */
    PTM_SAMPLING_SOFTWARE, /* interpolation in the kernel: exact weights */
    PTM_SAMPLING_TEXTURE   /* the device's texture units: weights may have as few as 8 bits */
} ptm_sampling;

/* Which kernels to use; the geometry decides unless it is stated. */
typedef enum ptm_family { PTM_FAMILY_AUTO = 0, PTM_FAMILY_FLAT, PTM_FAMILY_UPRIGHT, PTM_FAMILY_GENERAL } ptm_family;

typedef struct ptm_projector_options {
    size_t struct_size;
    ptm_type precision;    /* PTM_FLOAT64: on the host only; arrays are float64 too */
    ptm_sampling sampling;
    ptm_family family;     /* one the views do not fit is refused */
    uint64_t workspace;    /* most bytes of memory it may use on the device for blocks and staging; 0: decided from the sizes */
    double near_fraction;  /* weighted back-projection leaves out voxels nearer to the source than this part of the
                              source's distance from the origin; 0: 0.05 */
    int batch;             /* arrays have so many samples as a fourth, slowest axis, all of this scan; 0: no such axis. A scan that is a
                              batch itself brings its own number */
    int ray_samples;       /* the projector: a pixel is the mean of so many rays along u and, where there are rows, v; 0: 1 */
    double step;           /* the projector: not slice by slice, but by samples every `step` times the shortest edge of a voxel, linear in
                              all axes, at (k + 1/2) steps from the ray's point nearest to the volume's centre; 0: slice by slice */
    int voxel_samples;     /* the weighted backprojector: a voxel is the mean of so many places along each axis; 0: 1 */
} ptm_projector_options;

/* The projector A after Joseph (IEEE Trans. Med. Imaging 1, 1982): volume (z, y, x) to projections (view, v, u), line
 * integrals in mm times the volume's unit. Its adjoint is the exact transpose, computed as a gather.
 * Errors: ARGUMENT, UNSUPPORTED, MEMORY, DEVICE. Since 0.1. */
PTM_API int ptm_projector_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan,
    const ptm_projector_options *options);
/* The weighted, voxel-driven backprojector of FBP and FDK: projections to volume. Each view's value at a voxel's shadow,
 * bilinear, times (depth of the origin / depth of the voxel)^2, depths from the source at right angles to the detector; no weight
 * for parallel beams, and distance in place of depth for cylindrical detectors. Not the adjoint of the projector; it has one of its
 * own, exact too. Since 0.1. */
PTM_API int ptm_backprojector_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan,
    const ptm_projector_options *options);

PTM_API void ptm_operator_destroy(ptm_operator **op);

/* Kernels and tables that only the adjoint needs are made when it is first applied. */

/* out = A in. Arrays in the host's memory are read and written before it returns. Errors: ARGUMENT (shape, type, overlap;
 * nothing is written), MEMORY, DEVICE, DEVICE_LOST. Since 0.1. */
PTM_API int ptm_apply(ptm_operator *op, const ptm_array *out, const ptm_array *in);
/* out = A' in. Since 0.1. */
PTM_API int ptm_apply_adjoint(ptm_operator *op, const ptm_array *out, const ptm_array *in);

/* Called with the part of the work that is done, 0 to 1; false stops the work. On the thread that called the library. */
typedef bool (*ptm_progress_function)(void *user, double done);

/* How to run a call. */
typedef struct ptm_run_options {
    size_t struct_size;
    /* Where device arrays are worked on; NULL: the device's own queue. An operator works on one queue at a time: before it is
     * given another one, finish the last or make the new one wait for it. */
    ptm_queue *queue;
    /* Called when a part of the work, of about a tenth of a second at most on a GPU, is done, while the next is under way. When it
     * stops the work, the call returns CANCELLED, and what out holds is undefined. NULL: nothing is waited for. */
    ptm_progress_function progress;
    void *progress_user;
} ptm_run_options;

/* out = alpha A in + beta out, or with A' for A; with beta 0 the old values of out are not read. run may be NULL.
 * Errors: as ptm_apply, and CANCELLED. Since 0.1. */
PTM_API int ptm_apply_scaled(ptm_operator *op, bool adjoint, double alpha, const ptm_array *in, double beta,
    const ptm_array *out, const ptm_run_options *run);
/* Bytes on the device that the operator keeps: tables and blocks. Since 0.1. */
PTM_API uint64_t ptm_operator_memory(const ptm_operator *op);

PTM_END_DECLS
#endif
