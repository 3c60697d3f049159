/* pointwise.c - the identity, and multiplication by an array. */
#include "linop/operator.h"
#include "vec/vectors.h"
#include "vec/walk.h"

#include <stdlib.h>

typedef struct pointwise {
    ptm_operator base;
    ptm_vectors *vectors;
    ptm_memory *weights; /* NULL: the identity */
} pointwise;

static int apply(ptm_operator *op, const ptm_call *call)
{
    const pointwise *p = (const pointwise *)op;
    const ptm_array in = ptm_array_as_given(call->in), out = ptm_array_as_given(call->out),
                    weights = ptm_space_array(&op->domain, p->weights);
    const ptm_scalar alpha = { call->alpha, NULL }, beta = { call->beta, NULL };
    int status = p->weights ? ptm_vector_multiply(p->vectors, call->queue, &out, call->alpha, &weights, &in, call->beta)
        : ptm_vector_axpby(p->vectors, call->queue, &out, alpha, &in, beta);
    return status ? status : ptm_call_report(call, 1);
}

static uint64_t memory(const ptm_operator *op)
{
    const pointwise *p = (const pointwise *)op;
    return ptm_vectors_memory(p->vectors) + (p->weights ? p->weights->buffer->size : 0);
}

static uint64_t slot(const ptm_operator *op)
{
    return ptm_walk_slot(&op->domain);
}

static void destroy(ptm_operator *op)
{
    pointwise *p = (pointwise *)op;
    ptm_vectors_destroy(&p->vectors);
    ptm_memory_destroy(&p->weights);
    free(p);
}

static const ptm_operator_class identity_class = { "identity", apply, memory, destroy, NULL, slot };
static const ptm_operator_class diagonal_class = { "diagonal", apply, memory, destroy, NULL, slot };

static int create(
    pointwise **out, ptm_device *device, const ptm_array *like, const char *name, const ptm_operator_class *class)
{
    ptm_space space;
    int status = ptm_space_for(&space, device, like, name);
    if (status) return status;
    pointwise *p = ptm_alloc(1, sizeof *p);
    if (!p) return PTM_ERROR_MEMORY;
    p->base = (ptm_operator){ .class = class, .device = device, .domain = space, .range = space, .nonnegative = true };
    status = ptm_vectors_make(&p->vectors, device, false);
    if (status) free(p);
    else *out = p;
    return status;
}

int ptm_identity_create(ptm_operator **out, ptm_device *device, const ptm_array *like)
{
    if (out) *out = NULL;
    if (!out || !device) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "device" : "out");
    pointwise *p;
    int status = create(&p, device, like, "like", &identity_class);
    if (!status) *out = &p->base;
    return status;
}

/* Copies the weights, and sees whether any is less than 0. */
static int take_weights(pointwise *p, const ptm_array *weights)
{
    int status = ptm_memory_create(&p->weights, p->base.device, ptm_space_bytes(&p->base.domain));
    if (status || p->base.device->dry) return status;
    const ptm_array kept = ptm_space_array(&p->base.domain, p->weights);
    ptm_vectors *reducing;
    double least = 0;
    status = ptm_vectors_make(&reducing, p->base.device, true);
    const ptm_scalar one = { 1, NULL }, none = { 0, NULL };
    if (!status) status = ptm_vector_axpby(reducing, NULL, &kept, one, weights, none);
    if (!status) status = ptm_vector_reduce(reducing, NULL, PTM_REDUCE_MIN, &kept, NULL, &least, NULL);
    ptm_vectors_destroy(&reducing);
    p->base.nonnegative = least >= 0;
    return status;
}

int ptm_diagonal_create(ptm_operator **out, ptm_device *device, const ptm_array *weights)
{
    if (out) *out = NULL;
    if (!out || !device) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "device" : "out");
    pointwise *p;
    int status = create(&p, device, weights, "weights", &diagonal_class);
    if (!status) {
        *out = &p->base;
        status = take_weights(p, weights);
        if (status) ptm_operator_destroy(out);
    }
    return status;
}
