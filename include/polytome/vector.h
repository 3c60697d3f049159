/* polytome/vector.h - arithmetic on whole arrays: what solvers need beside operators. */
#ifndef POLYTOME_VECTOR_H
#define POLYTOME_VECTOR_H

#include <polytome/array.h>

PTM_BEGIN_DECLS

/* Kernels and room for sums on one device; a few megabytes. Thread safety: one thread at a time. It works on one queue at a
 * time: before it is given another one, finish the last. */
typedef struct ptm_vectors ptm_vectors;

/* Errors: ARGUMENT, MEMORY, DEVICE. Since 0.1. */
PTM_API int ptm_vectors_create(ptm_vectors **out, ptm_device *device);
PTM_API void ptm_vectors_destroy(ptm_vectors **vectors);
/* Bytes on the device that it keeps. Since 0.1. */
PTM_API uint64_t ptm_vectors_memory(const ptm_vectors *vectors);

/* The functions below take arrays of one to four dimensions, all of one shape and of the first one's type, wherever they
 * are, with any strides; those that are only read may be of whole numbers, but for the first. The array that is written
 * comes first; it may be one of the others where that is said, and else must not share memory with them. They work on the
 * queue, or on the device's own where it is NULL. With arrays on the device, each in one piece, they enqueue, allocate
 * nothing and do not wait; with arrays on the host they return when all is done. Errors: ARGUMENT (nothing is written),
 * UNSUPPORTED (float64 on a device without it), MEMORY, DEVICE, DEVICE_LOST. */

/* A factor: value, times the one element of the array `times`, which is on the device and of the vectors' type, unless that
 * is NULL. So that a sum can be used without bringing it to the host. */
typedef struct ptm_scalar {
    double value;
    const ptm_array *times;
} ptm_scalar;

/* y = value. Since 0.1. */
PTM_API int ptm_vector_fill(ptm_vectors *vectors, ptm_queue *queue, const ptm_array *y, double value);
/* y = alpha x + beta y. Where the value of alpha or beta is 0, x or y is not read; x may be NULL, and then y = beta y. With
 * 1 and 0 it copies. Since 0.1. */
PTM_API int ptm_vector_axpby(
    ptm_vectors *vectors, ptm_queue *queue, const ptm_array *y, ptm_scalar alpha, const ptm_array *x, ptm_scalar beta);
/* products = alpha x y + beta products, element by element; products may be x or y. With beta 0 it is not read else. Since
 * 0.1. */
PTM_API int ptm_vector_multiply(ptm_vectors *vectors, ptm_queue *queue, const ptm_array *products, double alpha,
    const ptm_array *x, const ptm_array *y, double beta);
/* quotients = alpha x / y, element by element, and 0 where |y| <= limit; limit is 0 or more. x may be NULL, for ones;
 * quotients may be x or y. What is not a number, in x or y, stays so. Since 0.1. */
PTM_API int ptm_vector_divide(ptm_vectors *vectors, ptm_queue *queue, const ptm_array *quotients, double alpha,
    const ptm_array *x, const ptm_array *y, double limit);
/* Values of y below low become low, above high high; what is not a number stays so. Limits may be infinite; low <= high.
 * Since 0.1. */
PTM_API int ptm_vector_clip(ptm_vectors *vectors, ptm_queue *queue, const ptm_array *y, double low, double high);

typedef enum ptm_reduction {
    PTM_REDUCE_SUM = 0,
    PTM_REDUCE_DOT,         /* the sum of x y */
    PTM_REDUCE_SQUARES,     /* the sum of x squared */
    PTM_REDUCE_MAGNITUDES,  /* the sum of |x| */
    PTM_REDUCE_MAX_MAGNITUDE,
    PTM_REDUCE_MIN,
    PTM_REDUCE_MAX
} ptm_reduction;

/* One number from an array, or from two for PTM_REDUCE_DOT; y is NULL for the others. It goes to *value, which waits for
 * it, and to the one element of `at`, which is on the device and of the vectors' type and only enqueues; either may be
 * NULL.  The order of additions is a tree that follows from shape and strides alone: not from the number of threads, nor
 * from whether arrays in one piece are on the host or the device. Additions keep what rounding takes from them, so that the
 * error of a sum is at most (m u)^2 times the sum of the magnitudes, where m is the number of additions one after another,
 * less than 500 up to 16 million elements, and u is 6e-8 in float32 and 1.1e-16 in float64 (T. Ogita, S. M. Rump, S. Oishi,
 * SIAM J. Sci. Comput. 26, 2005). Products and squares are rounded first, by u. *value has all of it, the element of `at`
 * is rounded to its type.  If a value is not a number, neither is any reduction. Where values are infinite, or a sum goes
 * beyond the type's range, a sum is infinite or not a number. Since 0.1. */
PTM_API int ptm_vector_reduce(ptm_vectors *vectors, ptm_queue *queue, ptm_reduction what, const ptm_array *x,
    const ptm_array *y, double *value, const ptm_array *at);

PTM_END_DECLS
#endif
