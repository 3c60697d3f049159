#include "linop/interleave.h"

typedef struct interleaved {
    ptm_operator base;
    int axis;
} interleaved;

static int apply(ptm_operator *op, const ptm_call *call)
{
    int status = call->adjoint ? ptm_parts_added(op, call) : PTM_OK;
    for (int k = 0; k < op->part_count && !status; ++k) {
        ptm_slice slice;
        ptm_call part = ptm_call_part(call, k, op->part_count);
        status = ptm_interleaved_slice(&slice, op, call->adjoint ? call->in : call->out, k);
        *(call->adjoint ? &part.in : &part.out) = &slice.array;
        if (call->adjoint && k > 0) part.beta = 1;
        if (!status) status = op->parts[k]->class->apply(op->parts[k], &part);
    }
    return status;
}

static const ptm_operator_class interleaved_class = { .name = "interleaved", .apply = apply };

/* How long part k of `count` is along an axis of `length`. */
static int64_t part_length(int64_t length, int k, int count)
{
    return (length - k + count - 1) / count;
}

static int check(ptm_operator *const *parts, int count, int axis, ptm_space *range)
{
    *range = parts[0]->range;
    if (axis < 0 || axis >= range->dimensions)
        return ptm_fail(PTM_ERROR_ARGUMENT, "axis is %d, expected 0 to %d", axis, range->dimensions - 1);
    range->shape[axis] = 0;
    for (int i = 0; i < count; ++i) range->shape[axis] += parts[i]->range.shape[axis];
    for (int i = 0; i < count; ++i) {
        ptm_space expected = *range;
        expected.shape[axis] = part_length(range->shape[axis], i, count);
        if (!ptm_space_same(&parts[i]->domain, &parts[0]->domain))
            return ptm_fail(PTM_ERROR_ARGUMENT, "parts[%d] does not take the same arrays as parts[0]", i);
        if (!ptm_space_same(&parts[i]->range, &expected))
            return ptm_fail(PTM_ERROR_ARGUMENT,
                "parts[%d] gives arrays of length %lld along axis %d, expected %lld, and else the same as parts[0]", i,
                (long long)parts[i]->range.shape[axis], axis, (long long)expected.shape[axis]);
    }
    return PTM_OK;
}

int ptm_interleave_create(ptm_operator **out, ptm_operator *const *parts, int count, int axis)
{
    ptm_space range;
    int status = ptm_parts_check(out, parts, count);
    if (!status) status = ptm_parts_check_exchange(parts, count, false);
    if (!status) status = check(parts, count, axis, &range);
    if (status) return status;
    interleaved *made = ptm_parts_make(sizeof *made, &interleaved_class, parts, count);
    if (!made) return PTM_ERROR_MEMORY;
    made->base.range = range;
    made->axis = axis;
    *out = &made->base;
    return PTM_OK;
}

int ptm_interleaved_count(const ptm_operator *op)
{
    return op->class == &interleaved_class ? op->part_count : 1;
}

ptm_operator *ptm_interleaved_part(ptm_operator *op, int k)
{
    return op->class == &interleaved_class ? op->parts[k] : op;
}

int ptm_interleaved_axis(const ptm_operator *op)
{
    return ((const interleaved *)op)->axis;
}

int ptm_interleaved_slice(ptm_slice *out, const ptm_operator *op, const ptm_array *whole, int k)
{
    const int count = ptm_interleaved_count(op);
    *out = (ptm_slice){ .array = *whole };
    if (count == 1) return PTM_OK;
    const int axis = ptm_interleaved_axis(op);
    return ptm_slice_make_spaced(out, whole, axis, k, count, part_length(whole->shape[axis], k, count));
}
