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

/* A checked array as a caller would give it. */
static ptm_array as_given(const ptm_array *checked)
{
    ptm_array a = *checked;
    for (int i = 0; i < a.dimensions && ptm_array_is_called(&a); ++i) a.stride[i] = 0;
    return a;
}

static ptm_array array_of(const ptm_space *space, ptm_memory *memory)
{
    ptm_array a = { PTM_SIZED(ptm_array), .type = space->type, .dimensions = space->dimensions, .memory = memory };
    for (int i = 0; i < a.dimensions; ++i) a.shape[i] = space->shape[i];
    return a;
}

static int apply(ptm_operator *op, const ptm_call *call)
{
    const pointwise *p = (const pointwise *)op;
    const ptm_array in = as_given(call->in), out = as_given(call->out), weights = array_of(&op->domain, p->weights);
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
    int64_t elements = 1;
    for (int i = 0; i < op->domain.dimensions; ++i) elements *= op->domain.shape[i];
    return ptm_walk_slot(elements, op->domain.type);
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

static int create(pointwise **out, ptm_device *device, const ptm_array *like, const char *name, const ptm_operator_class *class)
{
    ptm_space space;
    int status = ptm_space_from(&space, like, name);
    if (!status && space.type == PTM_FLOAT64 && !device->limits.doubles)
        status = ptm_fail(PTM_ERROR_UNSUPPORTED, "float64 is for the host device; %s computes in float32", device->info.name);
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
    uint64_t bytes = ptm_type_size(p->base.domain.type);
    for (int i = 0; i < p->base.domain.dimensions; ++i) bytes *= (uint64_t)p->base.domain.shape[i];
    int status = ptm_memory_create(&p->weights, p->base.device, bytes);
    if (status || p->base.device->dry) return status;
    const ptm_array kept = array_of(&p->base.domain, p->weights);
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
