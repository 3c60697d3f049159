/* difference.c - differences of neighbours along an axis, of which gradients are stacks. */
#include "linop/operator.h"
#include "linop/plain.h"
#include "vec/vectors.h"
#include "vec/walk.h"

#include "vec/vector_arguments.h"

#include <stdlib.h>

PTM_ARGUMENTS(difference, DIFFERENCE);

typedef struct difference {
    ptm_operator base;
    int axis; /* of the arrays */
    const ptm_kernel *kernel;
    ptm_vectors *vectors;
    ptm_array in, out; /* for arrays that a kernel cannot have as they are; made when they are first given */
} difference;

static uint64_t memory(const ptm_operator *op)
{
    const difference *d = (const difference *)op;
    return (d->in.memory ? d->in.memory->buffer->size : 0) + (d->out.memory ? d->out.memory->buffer->size : 0) +
           ptm_vectors_memory(d->vectors);
}

static void destroy(ptm_operator *op)
{
    difference *d = (difference *)op;
    ptm_array_destroy(&d->in);
    ptm_array_destroy(&d->out);
    ptm_vectors_destroy(&d->vectors);
    free(d);
}

/* Both arrays are on the device in one piece. The kernel's axis 0 is the array's last. */
static int run(
    const difference *d, const ptm_call *call, const ptm_array *in, const ptm_array *out, double alpha, double beta)
{
    int status = PTM_OK;
    for (int64_t k = 0; k < ptm_samples(in) && !status; ++k) {
        const ptm_plain x = ptm_plain_sample(in, k), y = ptm_plain_sample(out, k);
        const struct difference_args args = { .y = y.at,
            .x = x.at,
            .n0 = x.n[0],
            .n1 = x.n[1],
            .n2 = x.n[2],
            .s0 = y.stride[0],
            .s1 = y.stride[1],
            .s2 = y.stride[2],
            .t0 = x.stride[0],
            .t1 = x.stride[1],
            .t2 = x.stride[2],
            .axis = in->dimensions - 1 - d->axis,
            .transposed = call->adjoint,
            .has_old = beta != 0,
            .alpha = alpha,
            .beta = beta };
        status = ptm_launch_kernel(call->queue, d->kernel, &args);
    }
    return status;
}

static int apply(ptm_operator *op, const ptm_call *call)
{
    difference *d = (difference *)op;
    const ptm_array given_in = ptm_array_as_given(call->in), given_out = ptm_array_as_given(call->out);
    const ptm_array *in = call->in, *out = call->out;
    const ptm_scalar one = { 1, NULL }, none = { 0, NULL }, alpha = { call->alpha, NULL }, beta = { call->beta, NULL };
    int status = PTM_OK;
    if (!ptm_is_plain(in, op->domain.type)) {
        if (!d->in.memory) status = ptm_array_create(&d->in, op->device, &op->domain);
        if (!status) status = ptm_vector_axpby(d->vectors, call->queue, &d->in, one, &given_in, none);
        in = &d->in;
    }
    if (!status && !ptm_is_plain(out, op->domain.type)) {
        if (!d->out.memory) status = ptm_array_create(&d->out, op->device, &op->domain);
        if (!status) status = run(d, call, in, &d->out, 1, 0);
        if (!status) status = ptm_vector_axpby(d->vectors, call->queue, &given_out, alpha, &d->out, beta);
    } else if (!status) {
        status = run(d, call, in, out, call->alpha, call->beta);
    }
    return status ? status : ptm_call_report(call, 1);
}

static const ptm_operator_class difference_class = { "difference", apply, memory, destroy, NULL, NULL };

static int check(const ptm_space *space, int axis)
{
    const int first = space->dimensions == PTM_MAX_DIMENSIONS;
    if (axis < first || axis >= space->dimensions)
        return ptm_fail(PTM_ERROR_ARGUMENT, "axis is %d, expected %d to %d", axis, first, space->dimensions - 1);
    return ptm_plain_check(space);
}

int ptm_difference_create(ptm_operator **out, ptm_device *device, const ptm_array *like, int axis)
{
    ptm_space space;
    if (out) *out = NULL;
    if (!out || !device) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "device" : "out");
    int status = ptm_space_for(&space, device, like, "like");
    if (!status) status = check(&space, axis);
    if (status) return status;
    difference *d = ptm_alloc(1, sizeof *d);
    if (!d) return PTM_ERROR_MEMORY;
    d->base = (ptm_operator) { .class = &difference_class, .device = device, .domain = space, .range = space };
    d->axis = axis;
    const ptm_kernel_form form = { .real_size = ptm_type_size(space.type) };
    status = ptm_kernel_get(&d->kernel, device, "difference", &form);
    if (!status) status = ptm_vectors_make(&d->vectors, device, false);
    if (status)
        destroy(&d->base);
    else
        *out = &d->base;
    return status;
}
