#include "linop/plain.h"

#include <inttypes.h>

int ptm_plain_check(const ptm_space *space)
{
    for (int i = space->dimensions == PTM_MAX_DIMENSIONS; i < space->dimensions; ++i)
        if (space->shape[i] > PTM_LINES_MOST)
            return ptm_fail(PTM_ERROR_ARGUMENT, "like.shape[%d] is %" PRId64 ", expected at most %d", i, space->shape[i],
                PTM_LINES_MOST);
    return PTM_OK;
}

bool ptm_is_plain(const ptm_array *array, ptm_type type)
{
    return array->type == type && array->memory && !array->chunks;
}

int64_t ptm_samples(const ptm_array *array)
{
    return array->dimensions == PTM_MAX_DIMENSIONS ? array->shape[0] : 1;
}

ptm_plain ptm_plain_sample(const ptm_array *array, int64_t sample)
{
    const int64_t offset = array->offset + (array->dimensions == PTM_MAX_DIMENSIONS ? sample * array->stride[0] : 0);
    ptm_plain p = { .at = { array->memory->buffer, (uint64_t)offset * ptm_type_size(array->type) } };
    for (int i = 0; i < 3; ++i) {
        const int axis = array->dimensions - 1 - i;
        p.n[i] = axis >= 0 ? (int32_t)array->shape[axis] : 1;
        p.stride[i] = axis >= 0 ? (int32_t)array->stride[axis] : 1;
    }
    return p;
}
