/* slice.h - a part of an array along one of its axes, as an array. */
#ifndef PTM_SLICE_H
#define PTM_SLICE_H
#include "core/array.h"

typedef struct ptm_slice {
    ptm_array array; /* as if checked */
    const ptm_array *whole;
    ptm_chunk *chunks;
    int axis;
    int64_t first, step;
} ptm_slice;

/* Places first to first + count - 1 of a checked array's axis. `out` must stay where it is until it is freed, and the array
 * too. */
int ptm_slice_make(ptm_slice *out, const ptm_array *whole, int axis, int64_t first, int64_t count);
/* Of every step-th place, of an array that is not in chunks; there is nothing to be freed. Errors: UNSUPPORTED (chunks). */
int ptm_slice_make_spaced(ptm_slice *out, const ptm_array *whole, int axis, int64_t first, int64_t step, int64_t count);
void ptm_slice_free(ptm_slice *slice);
#endif
