/* vectors.h - vector arithmetic as operators use it. */
#ifndef PTM_VEC_VECTORS_H
#define PTM_VEC_VECTORS_H
#include <polytome/vector.h>

#include "core/array.h"

/* As ptm_vectors_create; without reductions it keeps no memory. */
int ptm_vectors_make(ptm_vectors **out, ptm_device *device, bool reductions);

/* Vectors whose components follow each other along the first axis, block after block, in memory on the device: shortened,
 * as `way`, one of vec/vector_arguments.h, says. */
int ptm_vector_limit_lengths(
    ptm_vectors *vectors, ptm_queue *queue, const ptm_array *y, int components, int way, double limit);

/* The largest x / y. */
int ptm_vector_largest_ratio(ptm_vectors *vectors, ptm_queue *queue, const ptm_array *x, const ptm_array *y, double *value);
#endif
