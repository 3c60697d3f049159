/* restriction.c - a part of an array along an axis. */
#include "linop/operator.h"
#include "linop/slice.h"
#include "vec/vectors.h"
#include "vec/walk.h"

#include <inttypes.h>
#include <stdlib.h>

typedef struct restriction {
    ptm_operator base;
    int axis;
    int64_t first, count;
    ptm_vectors *vectors;
} restriction;

static uint64_t memory(const ptm_operator *op)
{
    return ptm_vectors_memory(((const restriction *)op)->vectors);
}

static void destroy(ptm_operator *op)
{
    ptm_vectors_destroy(&((restriction *)op)->vectors);
    free(op);
}

/* Places first to first + count - 1 of `whole` as beta times themselves. */
static int scale_places(const restriction *r, const ptm_call *call, const ptm_array *whole, int64_t first, int64_t count)
{
    ptm_slice slice;
    if (count == 0) return PTM_OK;
    int status = ptm_slice_make(&slice, whole, r->axis, first, count);
    const ptm_array part = ptm_array_as_given(&slice.array);
    const ptm_scalar none = { 0, NULL }, beta = { call->beta, NULL };
    if (!status)
        status = call->beta != 0 ? ptm_vector_axpby(r->vectors, call->queue, &part, none, NULL, beta)
                                 : ptm_vector_fill(r->vectors, call->queue, &part, 0);
    ptm_slice_free(&slice);
    return status;
}

static int apply(ptm_operator *op, const ptm_call *call)
{
    const restriction *r = (const restriction *)op;
    const ptm_array *whole = call->adjoint ? call->out : call->in;
    ptm_slice slice;
    int status = ptm_slice_make(&slice, whole, r->axis, r->first, r->count);
    const ptm_array inside = ptm_array_as_given(&slice.array),
                    other = ptm_array_as_given(call->adjoint ? call->in : call->out);
    const ptm_scalar alpha = { call->alpha, NULL }, beta = { call->beta, NULL };
    if (!status)
        status = ptm_vector_axpby(
            r->vectors, call->queue, call->adjoint ? &inside : &other, alpha, call->adjoint ? &other : &inside, beta);
    ptm_slice_free(&slice);
    const int64_t end = r->first + r->count;
    if (!status && call->adjoint) status = scale_places(r, call, whole, 0, r->first);
    if (!status && call->adjoint) status = scale_places(r, call, whole, end, whole->shape[r->axis] - end);
    return status ? status : ptm_call_report(call, 1);
}

static const ptm_operator_class restriction_class = { "restriction", apply, memory, destroy, NULL, NULL };

int ptm_restriction_create(
    ptm_operator **out, ptm_device *device, const ptm_array *like, int axis, int64_t first, int64_t count)
{
    ptm_space space;
    if (out) *out = NULL;
    if (!out || !device) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "device" : "out");
    int status = ptm_space_for(&space, device, like, "like");
    if (status) return status;
    if (axis < 0 || axis >= space.dimensions)
        return ptm_fail(PTM_ERROR_ARGUMENT, "axis is %d, expected 0 to %d", axis, space.dimensions - 1);
    if (first < 0 || count < 1 || count > space.shape[axis] || first > space.shape[axis] - count)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%" PRId64 " places from %" PRId64 " on, but axis %d has %" PRId64, count,
            first, axis, space.shape[axis]);
    restriction *r = ptm_alloc(1, sizeof *r);
    if (!r) return PTM_ERROR_MEMORY;
    *r = (restriction) {
        .base = { .class = &restriction_class, .device = device, .domain = space, .range = space, .nonnegative = true },
        .axis = axis,
        .first = first,
        .count = count
    };
    r->base.range.shape[axis] = count;
    status = ptm_vectors_make(&r->vectors, device, false);
    if (status)
        free(r);
    else
        *out = &r->base;
    return status;
}
