/* interleave.h - operators whose outputs take turns along an axis: ordered subsets. */
#ifndef PTM_INTERLEAVE_H
#define PTM_INTERLEAVE_H
#include "linop/operator.h"
#include "linop/slice.h"

/* Into how many parts an operator falls that ptm_interleave_create() made; 1 if another did. */
int ptm_interleaved_count(const ptm_operator *op);
/* Part k, 0 <= k < count: the operator itself where there is but one. It belongs to the operator. */
ptm_operator *ptm_interleaved_part(ptm_operator *op, int k);
/* Along which axis the parts of one that falls into several take turns. */
int ptm_interleaved_axis(const ptm_operator *op);
/* What part k has of a checked array of the range, which stays; nothing is to be freed. Errors: UNSUPPORTED (chunks). */
int ptm_interleaved_slice(ptm_slice *out, const ptm_operator *op, const ptm_array *whole, int k);
#endif
