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
    uint64_t workspace;    /* most bytes of memory it may use on the device for blocks; 0: decided from the sizes */
    double near_fraction;  /* weighted back-projection leaves out voxels nearer to the source than this part of the
                              source's distance from the origin; 0: 0.05 */
} ptm_projector_options;

/* The projector A after Joseph (IEEE Trans. Med. Imaging 1, 1982): volume (z, y, x) to projections (view, v, u), line
 * integrals in mm times the volume's unit. Its adjoint is the exact transpose, computed as a gather.
 * Errors: ARGUMENT, UNSUPPORTED, MEMORY, DEVICE. Since 0.1. */
PTM_API int ptm_projector_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan,
    const ptm_projector_options *options);
/* The weighted, voxel-driven backprojector of FBP and FDK: projections to volume. Each view's value at a voxel's shadow,
 * bilinear, times (depth of the origin / depth of the voxel)^2, depths from the source at right angles to the detector; no weight
 * for parallel beams. Not the adjoint of the projector; its own adjoint is not there yet (UNSUPPORTED). Since 0.1. */
PTM_API int ptm_backprojector_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan,
    const ptm_projector_options *options);

PTM_API void ptm_operator_destroy(ptm_operator **op);

/* out = A in. Arrays in the host's memory are read and written before it returns. Errors: ARGUMENT (shape, type, overlap;
 * nothing is written), MEMORY, DEVICE, DEVICE_LOST. Since 0.1. */
PTM_API int ptm_apply(ptm_operator *op, const ptm_array *out, const ptm_array *in);
/* out = A' in. Since 0.1. */
PTM_API int ptm_apply_adjoint(ptm_operator *op, const ptm_array *out, const ptm_array *in);
/* out = alpha A in + beta out, or with A' for A; with beta 0 the old values of out are not read. Since 0.1. */
PTM_API int ptm_apply_scaled(ptm_operator *op, bool adjoint, double alpha, const ptm_array *in, double beta,
    const ptm_array *out);
/* Bytes on the device that the operator keeps: tables and blocks. Since 0.1. */
PTM_API uint64_t ptm_operator_memory(const ptm_operator *op);

PTM_END_DECLS
#endif
