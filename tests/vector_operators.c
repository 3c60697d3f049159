#include "vector_operators.h"

#include "ct/scan.h"
#include "linop/operator.h"

#include <stdlib.h>

typedef struct vector_operator {
    ptm_operator base;
    ptm_vectors *vectors;
    ptm_array weights;
} vector_operator;

static int apply_sum(ptm_operator *op, const ptm_call *call)
{
    const ptm_scalar alpha = { 1.5 * call->alpha, NULL }, beta = { call->beta, NULL };
    return ptm_vector_axpby(((vector_operator *)op)->vectors, call->queue, call->out, alpha, call->in, beta);
}
static int apply_product(ptm_operator *op, const ptm_call *call)
{
    vector_operator *v = (vector_operator *)op;
    return ptm_vector_multiply(v->vectors, call->queue, call->out, call->alpha, call->in, &v->weights, call->beta);
}
static int apply_quotient(ptm_operator *op, const ptm_call *call)
{
    vector_operator *v = (vector_operator *)op;
    return ptm_vector_divide(v->vectors, call->queue, call->out, call->alpha, call->in, &v->weights, 0);
}
static uint64_t memory(const ptm_operator *op)
{
    return ptm_vectors_memory(((const vector_operator *)op)->vectors);
}
static void destroy(ptm_operator *op)
{
    vector_operator *v = (vector_operator *)op;
    ptm_vectors_destroy(&v->vectors);
    free(v->weights.data);
    free(v);
}

static int create(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options,
    const ptm_operator_class *class)
{
    vector_operator *v = calloc(1, sizeof *v);
    const ptm_type type = options->precision;
    int64_t shape[3], n = 1;
    for (int i = 0; i < 3; ++i) n *= shape[i] = scan->volume.shape[i];
    const ptm_space space = ptm_space_of(shape, type, 0);
    v->base = (ptm_operator){ .class = class, .device = device, .domain = space, .range = space };
    v->weights = (ptm_array)PTM_ARRAY_3D(malloc((size_t)n * sizeof(double)), shape[0], shape[1], shape[2]);
    v->weights.type = type;
    for (int64_t i = 0; i < n; ++i) {
        const double value = 1 + (double)(i * 31 % 64) / 64;
        if (type == PTM_FLOAT64) ((double *)v->weights.data)[i] = value;
        else ((float *)v->weights.data)[i] = (float)value;
    }
    int status = ptm_vectors_create(&v->vectors, device);
    *out = &v->base;
    if (status) ptm_operator_destroy(out);
    return status;
}

int sum_operator(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options)
{
    static const ptm_operator_class class = { .name = "sum", .apply = apply_sum, .memory = memory,
        .destroy = destroy };
    return create(out, device, scan, options, &class);
}
int product_operator(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options)
{
    static const ptm_operator_class class = { .name = "product", .apply = apply_product, .memory = memory,
        .destroy = destroy };
    return create(out, device, scan, options, &class);
}
int quotient_operator(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options)
{
    static const ptm_operator_class class = { .name = "quotient", .apply = apply_quotient, .memory = memory,
        .destroy = destroy };
    return create(out, device, scan, options, &class);
}
