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
typedef enum ptm_family {
    PTM_FAMILY_AUTO = 0,
    PTM_FAMILY_FLAT,    /* one slice, one detector row */
    PTM_FAMILY_UPRIGHT, /* v along z */
    PTM_FAMILY_GENERAL, /* any views */
    PTM_FAMILY_LEVEL    /* upright beams that stay in their slices, rows at the slices' heights */
} ptm_family;

/* What a projection of a voxel is, for the projector. */
typedef enum ptm_projector_model {
    /* rays through pixels' centres, linear interpolation between voxels slice by slice; or by samples, see step */
    PTM_MODEL_JOSEPH = 0,
    /* separable footprints: pixels and voxels have a width; upright views (v along z, u at right angles to it) */
    PTM_MODEL_FOOTPRINT
} ptm_projector_model;

typedef struct ptm_projector_options {
    size_t struct_size;
    ptm_type precision;    /* PTM_FLOAT64: on the host only; arrays are float64 too */
    ptm_sampling sampling;
    ptm_family family;     /* one the views do not fit is refused */
    /* most bytes of memory it may use on the device for blocks and staging; 0: decided from the sizes */
    uint64_t workspace;
    double near_fraction;  /* weighted back-projection leaves out voxels nearer to the source than this part of the
                              source's distance from the origin, between 0 and 1; 0: 0.05 */
    /* arrays have so many samples as a fourth, slowest axis, all of this scan; 0: no such axis. A scan that is a batch
     * itself brings its own number */
    int batch;
    /* the projector: a pixel is the mean of so many rays, up to 16, along u and, where there are rows, v; 0: 1 */
    int ray_samples;
    /* the projector: not slice by slice, but by samples every `step` times, 0.01 to 100, the shortest edge of a voxel,
     * linear in all axes, less than 2^22 of them from the volume's centre to a corner, at (k + 1/2) steps from the ray's
     * point nearest to the volume's centre; 0: slice by slice */
    double step;
    /* the weighted backprojector: a voxel is the mean of so many places, up to 16, along each axis; 0: 1 */
    int voxel_samples;
    /* the projector; PTM_MODEL_FOOTPRINT samples no textures and takes family AUTO, FLAT or UPRIGHT, step 0 */
    ptm_projector_model model;
    /* the projector: in the place of its adjoint stands ptm_backprojector_create()'s, which is faster, times what makes the
     * two the same size; voxel_samples is for that one. See ptm_pair_create() */
    bool unmatched;
} ptm_projector_options;

/* The projector A after Joseph (IEEE Trans. Med. Imaging 1, 1982): volume (z, y, x) to projections (view, v, u), line
 * integrals in mm times the volume's unit; or, with PTM_MODEL_FOOTPRINT, by separable footprints (Y. Long, J. A. Fessler,
 * J. M. Balter, IEEE Trans. Med. Imaging 29, 2010: trapezoid times rectangle, amplitudes of rays), means of line integrals
 * over pixels. Its adjoint is the exact transpose, computed as a gather.
 * Errors: ARGUMENT, UNSUPPORTED, MEMORY, DEVICE. Since 0.1. */
PTM_API int ptm_projector_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan,
    const ptm_projector_options *options);
/* The weighted, voxel-driven backprojector of FBP and FDK: projections to volume. Each view's value at a voxel's shadow,
 * bilinear, times (depth of the origin / depth of the voxel)^2, depths from the source at right angles to the detector; no
 * weight for parallel beams, and distance in place of depth for cylindrical detectors. Not the adjoint of the projector; it
 * has one of its own, exact too. Errors: as ptm_projector_create. Since 0.1. */
PTM_API int ptm_backprojector_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan,
    const ptm_projector_options *options);

/* NULL is allowed; sets *op to NULL. An operator of which others are made lives as long as they. Since 0.1. */
PTM_API void ptm_operator_destroy(ptm_operator **op);

/* Kernels and tables that only the adjoint needs are made when it is first applied, or by ptm_operator_prepare(). */

/* out = A in. Arrays in the host's memory are read and written before it returns. Errors: ARGUMENT (shape, type, strides,
 * overlap; nothing is written), UNSUPPORTED (a dry device, strides that are too large, whole numbers where the operator
 * takes none), MEMORY, DEVICE, DEVICE_LOST, and what a callback returns. Since 0.1. */
PTM_API int ptm_apply(ptm_operator *op, const ptm_array *out, const ptm_array *in);
/* out = A' in. Errors: as ptm_apply. Since 0.1. */
PTM_API int ptm_apply_adjoint(ptm_operator *op, const ptm_array *out, const ptm_array *in);

/* Called with the part of the work that is done, 0 to 1; false stops the work. On the thread that called the library. */
typedef bool (*ptm_progress_function)(void *user, double done);

/* How to run a call. */
typedef struct ptm_run_options {
    size_t struct_size;
    /* Where device arrays are worked on; NULL: the device's own queue. An operator works on one queue at a time: before it
     * is given another one, finish the last or make the new one wait for it. */
    ptm_queue *queue;
    /* Called when a part of the work, of about a tenth of a second at most on a GPU, is done, while the next is under way.
     * When it stops the work, the call returns CANCELLED, and what out holds is undefined. NULL: nothing is waited for. */
    ptm_progress_function progress;
    void *progress_user;
} ptm_run_options;

/* out = alpha A in + beta out, or with A' for A; with beta 0 the old values of out are not read. run may be NULL.
 * Errors: as ptm_apply, and CANCELLED. Since 0.1. */
PTM_API int ptm_apply_scaled(ptm_operator *op, bool adjoint, double alpha, const ptm_array *in, double beta,
    const ptm_array *out, const ptm_run_options *run);
/* Make now what applying in a direction needs, so that the call itself allocates nothing, and ptm_operator_memory() counts
 * it. Errors: MEMORY, DEVICE. Since 0.1. */
PTM_API int ptm_operator_prepare(ptm_operator *op, bool adjoint);

/* The arrays that an operator takes and gives: type, dimensions and shape; the rest of *out is zero. Since 0.1. */
PTM_API int ptm_operator_domain(ptm_array *out, const ptm_operator *op);
PTM_API int ptm_operator_range(ptm_array *out, const ptm_operator *op);

/* Bytes on the device that the operator keeps: tables, blocks, what it has staged arrays through so far, and those of the
 * operators it is made of, each once; of a split one on all its devices. On a device of ptm_device_open_dry() it tells what
 * there would be. Since 0.1. */
PTM_API uint64_t ptm_operator_memory(const ptm_operator *op);
/* The most bytes on the device that come to it where arrays are in the host's memory and the device cannot use that in
 * place; and to *host, which may be NULL, as many on the host's side, 0 where the two share memory. Since 0.1. */
PTM_API uint64_t ptm_operator_staging(const ptm_operator *op, uint64_t *host);

/* Operators made of others. They keep what they are made of, so that the caller may destroy his in any order; all are on
 * one device, and are applied on one queue at a time, together. Each but the pair has an exact adjoint if its parts have.
 * Errors: ARGUMENT, MEMORY, DEVICE. */

/* The product parts[0] parts[1] ... : the last one is applied first. What goes from one to the next is kept on the device.
 * Since 0.1. */
PTM_API int ptm_chain_create(ptm_operator **out, ptm_operator *const *parts, int count);
/* The sum. Its output must be memory, not functions, as it is added to. Since 0.1. */
PTM_API int ptm_sum_create(ptm_operator **out, ptm_operator *const *parts, int count);
/* factor A. Since 0.1. */
PTM_API int ptm_scaled_create(ptm_operator **out, ptm_operator *op, double factor);
/* A', whose adjoint is A. Since 0.1. */
PTM_API int ptm_adjoint_create(ptm_operator **out, ptm_operator *op);
/* A'A. Since 0.1. */
PTM_API int ptm_normal_create(ptm_operator **out, ptm_operator *op);
/* An unmatched pair: forward, and in the place of its adjoint factor, more than 0, times backward, which takes what forward
 * gives, and gives what it takes. SIRT, MLEM and ASD-POCS make do with one; SIRT then comes near the x where backward R
 * (y - A x) is 0, which is no least squares, and with noise may leave it again (T. Elfving, P. C. Hansen, SIAM J. Sci.
 * Comput. 40, 2018). Errors also: UNSUPPORTED (a distributed operator). Since 0.1. */
PTM_API int ptm_pair_create(ptm_operator **out, ptm_operator *forward, ptm_operator *backward, double factor);

/* Several operators on one array, what they give following each other along an axis of the output: the rows of a block
 * matrix. Or, with `columns`, one for each part of the input along an axis, added up. Since 0.1. */
PTM_API int ptm_stack_create(ptm_operator **out, ptm_operator *const *parts, int count, int axis, bool columns);

/* Several operators on one array, of which part k gives the places k, k + count, k + 2 count, ... along an axis of the
 * output: ordered subsets, of which solvers make use. Arrays of the range are memory in one piece. Since 0.1. */
PTM_API int ptm_interleave_create(ptm_operator **out, ptm_operator *const *parts, int count, int axis);
/* The projector of ptm_projector_create(), its views in so many interleaved subsets: 1 to the number of views. They share
 * tables and workspace. Errors: as ptm_projector_create. Since 0.1. */
PTM_API int ptm_subsets_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan, int subsets,
    const ptm_projector_options *options);

/* One operator on several devices at once: parts[k] is the same operator on the k-th of them, a projector, one in subsets,
 * a backprojector or FBP, made of the same scan. `device` is the host, opened once more: arrays are in its memory, or
 * functions. Where projections come out, part k has about weights[k] parts of all views, of each subset if there are some;
 * where the volume comes out, so many of its rows along y. Weights are more than 0; NULL: all are 1. Bits follow from them
 * and the devices, and from nothing else. Parts are applied in threads of their own, each reads all of the input, and a
 * call returns when all is done; functions and progress are called on the thread that calls the library. The call fails
 * with what fails first; a part's message begins with its device's name. Thread safety: one thread at a time, together with
 * all its devices. Errors: ARGUMENT, UNSUPPORTED (other kinds of operators), MEMORY. Since 0.1. */
PTM_API int ptm_split_create(
    ptm_operator **out, ptm_device *device, ptm_operator *const *parts, const double *weights, int count);

/* The identity, on arrays of like's type and shape; its memory does not matter. It copies. Errors: ARGUMENT, UNSUPPORTED,
 * MEMORY, DEVICE. Since 0.1. */
PTM_API int ptm_identity_create(ptm_operator **out, ptm_device *device, const ptm_array *like);
/* Places first to first + count - 1 of an axis, of arrays of like's type and shape. Its adjoint fills up with zeros. Since
 * 0.1. */
PTM_API int ptm_restriction_create(
    ptm_operator **out, ptm_device *device, const ptm_array *like, int axis, int64_t first, int64_t count);
/* Differences along one of the last three axes: what is at the next place less what is here, 0 at the last. A stack of them
 * along axis 0 is a gradient. Since 0.1. */
PTM_API int ptm_difference_create(ptm_operator **out, ptm_device *device, const ptm_array *like, int axis);

typedef enum ptm_wavelet {
    PTM_WAVELET_HAAR = 0,
    /* I. Daubechies, Comm. Pure Appl. Math. 41, 1988: 2, 3 and 4 vanishing moments, 4, 6 and 8 taps */
    PTM_WAVELET_DAUBECHIES2,
    PTM_WAVELET_DAUBECHIES3,
    PTM_WAVELET_DAUBECHIES4,
    PTM_WAVELET_SYMLET4 /* 4 vanishing moments, the least asymmetric (Daubechies, Ten Lectures on Wavelets, 1992, 8.1) */
} ptm_wavelet;

typedef struct ptm_wavelet_options {
    size_t struct_size;
    ptm_wavelet wavelet;
    int levels;   /* up to 30; 0: as many as leave the longest axis no shorter than the taps but one, at least 1 */
    int axes;     /* how many of the last three axes, the last one first: 1 to 3; 0: all that there are */
    int shift[3]; /* of the axes x, y, z, the last one first: the array is taken to begin at this place, and to go round */
} ptm_wavelet_options;

/* The orthonormal wavelet transform, whose adjoint is its inverse, on arrays of like's type and shape (S. G. Mallat,
 * IEEE Trans. Pattern Anal. Mach. Intell. 11, 1989). Coefficients stand in an array of the same shape. Along each axis
 * in turn a level takes n places in pairs, which are a ring for the filters, and leaves n / 2 coarse values, then n / 2
 * details, then, where n is odd, the last value as it was; the next level does the same to the corner where values are
 * coarse in all axes. So constants have no details, whatever the lengths; polynomials of less degree than there are
 * vanishing moments have some only where filters reach over the ends. Axes of one place are left alone. Where every
 * length is even at every level, coefficients are those of PyWavelets in mode periodization. It keeps memory for two
 * arrays on the device. Errors: as ptm_identity_create. Since 0.1. */
PTM_API int ptm_wavelet_create(ptm_operator **out, ptm_device *device, const ptm_array *like,
    const ptm_wavelet_options *options);
/* Multiplication by an array, element by element: a mask, weights. The array is copied. Since 0.1. */
PTM_API int ptm_diagonal_create(ptm_operator **out, ptm_device *device, const ptm_array *weights);

typedef struct ptm_norm_options {
    size_t struct_size;
    double tolerance; /* stop when upper / lower - 1 is at most this; 0: 0.01 */
    int iterations;   /* and after so many, each an application of A and one of A'; 0: 100 */
    double failure;   /* where the upper bound holds with a probability only, 1 less that; 0: 1e-6 */
    ptm_queue *queue; /* NULL: the device's own */
    ptm_progress_function progress; /* after each iteration; NULL: none */
    void *progress_user;
} ptm_norm_options;

typedef struct ptm_norm {
    double lower, upper;
    bool certain;   /* upper holds without exception */
    int iterations;
} ptm_norm;

/* Bounds of an operator's norm, its largest singular value, by power iteration with A'A from a start that is the same each
 * time. The square of it is the largest eigenvalue of A'A.
 *
 * lower is the root of the largest |A'A x| / |x| seen. For operators without negative entries (projectors, weighted
 * backprojectors, and what is made of these with factors and weights of 0 or more, but for textures) upper is the root of
 * the least of the largest (A'A x)_i / x_i, which is a bound for any x > 0 (L. Collatz, Math. Z. 48, 1942; H. Wielandt,
 * Math. Z. 52, 1950). For others it is the root of (|(A'A)^k x| / (c |x|))^(1/k), where a random x has a smaller part than
 * c along the vector sought with the probability `failure` at most (J. D. Dixon, SIAM J. Numer. Anal. 20, 1983). It comes
 * near only slowly: J. Kuczynski and H. Wozniakowski, SIAM J. Matrix Anal. Appl. 13, 1992, show that the error after k
 * multiplications is of the order ln(n) / k at worst.
 *
 * Both are widened by 1e-5 in float32, 1e-11 in float64, for rounding in the operator. It takes memory on the device for
 * two arrays of the domain and one of the range. Errors: ARGUMENT (also if results are not finite), UNSUPPORTED (complex
 * arrays), MEMORY, DEVICE, CANCELLED. Since 0.1. */
PTM_API int ptm_operator_norm(ptm_norm *out, ptm_operator *op, const ptm_norm_options *options);

PTM_END_DECLS
#endif
