/* distributed.c - an operator whose range is spread over processes. */
#include "linop/interleave.h"

#include <math.h>
#include <stdlib.h>

#define PIECE ((uint64_t)16 << 20) /* bytes that are exchanged at a time */

typedef struct distributed {
    ptm_operator base;
    ptm_exchange exchange;
    uint64_t least; /* bytes of the range in the process that has least of it */
    void *staging;  /* for images on the device; made when one is first summed up */
} distributed;

static int reduce(const ptm_exchange *e, ptm_reduction what, void *values, int64_t count, ptm_type type)
{
    const int status = e->reduce(e->user, what, values, count, type);
    if (status <= 0 && status >= PTM_ERROR_INTERNAL) return status;
    return ptm_fail(PTM_ERROR_ARGUMENT, "reduce returned %d, expected 0 or a PTM_ERROR_*", status);
}

int ptm_operator_agree(const ptm_operator *op, ptm_reduction what, double *value)
{
    if (!op->exchange) return PTM_OK;
    const bool sum = what < PTM_REDUCE_MAX_MAGNITUDE, least = what == PTM_REDUCE_MIN;
    double one = least ? -*value : *value;
    const int status = reduce(op->exchange, sum ? PTM_REDUCE_SUM : PTM_REDUCE_MAX, &one, 1, PTM_FLOAT64);
    if (!status) *value = least ? -one : one;
    return status;
}

/* ------------------------------------------------------------------ the sum of images */

/* Dense in one piece, or behind functions that read and write. */
static bool can_be_summed(const ptm_array *a)
{
    int64_t step = 1;
    if (ptm_array_is_called(a)) return a->read && a->write;
    for (int i = a->dimensions - 1; i >= 0; --i) {
        if (a->shape[i] > 1 && a->stride[i] != step) return false;
        step *= a->shape[i];
    }
    return !a->chunks;
}

static int make_staging(distributed *d)
{
    const uint64_t image = ptm_space_bytes(&d->base.domain);
    if (!d->staging) d->staging = ptm_alloc(1, image < PIECE ? image : PIECE);
    return d->staging ? PTM_OK : PTM_ERROR_MEMORY;
}

static int sum_on_device(distributed *d, ptm_queue *queue, ptm_ref at, uint64_t bytes)
{
    const ptm_type type = d->base.domain.type;
    int status = ptm_buffer_read(queue, at.buffer, at.offset, d->staging, bytes);
    if (!status) status = reduce(&d->exchange, PTM_REDUCE_SUM, d->staging, (int64_t)(bytes / ptm_type_size(type)), type);
    return status ? status : ptm_buffer_write(queue, at.buffer, at.offset, d->staging, bytes);
}

static int sum_box(distributed *d, const ptm_array *image, const int64_t *first, const int64_t *count)
{
    int64_t elements = 1;
    for (int i = 0; i < image->dimensions; ++i) elements *= count[i];
    int status = image->read(image->user, first, count, d->staging);
    if (!status) status = reduce(&d->exchange, PTM_REDUCE_SUM, d->staging, elements, image->type);
    return status ? status : image->write(image->user, first, count, d->staging);
}

/* The next place of those before which `first` is, on axes up to `axis`, where it goes by `step`; false after the last. */
static bool advance(const ptm_array *image, int64_t *first, int axis, int64_t step)
{
    first[axis] += step;
    for (int i = axis; first[i] >= image->shape[i]; ++first[--i]) {
        first[i] = 0;
        if (i == 0) return false;
    }
    return true;
}

/* In boxes of as many whole planes as fit, or lines. */
static int sum_behind_functions(distributed *d, const ptm_array *image)
{
    const int64_t *n = image->shape, most = (int64_t)(PIECE / ptm_type_size(image->type));
    int64_t first[PTM_MAX_DIMENSIONS] = { 0 }, count[PTM_MAX_DIMENSIONS], inner = 1;
    int axis = image->dimensions - 1;
    for (; axis > 0 && inner * n[axis] <= most; --axis) inner *= n[axis];
    const int64_t step = most / inner < n[axis] ? most / inner : n[axis];
    for (int i = 0; i < image->dimensions; ++i) count[i] = i < axis ? 1 : n[i];
    int status = make_staging(d);
    bool more = true;
    while (more && !status) {
        count[axis] = n[axis] - first[axis] < step ? n[axis] - first[axis] : step;
        status = sum_box(d, image, first, count);
        more = advance(image, first, axis, step);
    }
    return status;
}

static int sum_up(distributed *d, ptm_queue *queue, const ptm_array *image)
{
    const uint64_t size = ptm_type_size(image->type), all = ptm_space_bytes(&d->base.domain);
    if (ptm_array_is_called(image)) return sum_behind_functions(d, image);
    int status = image->memory ? make_staging(d) : PTM_OK;
    for (uint64_t done = 0; done < all && !status; done += PIECE) {
        const uint64_t bytes = all - done < PIECE ? all - done : PIECE;
        if (image->memory)
            status =
                sum_on_device(d, queue, (ptm_ref) { image->memory->buffer, (uint64_t)image->offset * size + done }, bytes);
        else
            status = reduce(&d->exchange, PTM_REDUCE_SUM, (char *)image->data + done, (int64_t)(bytes / size), image->type);
    }
    return status;
}

/* The old values count once: in the first process. */
static int apply(ptm_operator *op, const ptm_call *call)
{
    distributed *d = (distributed *)op;
    ptm_operator *part = op->parts[0];
    ptm_call own = *call;
    if (!call->adjoint) return part->class->apply(part, call);
    if (!can_be_summed(call->out))
        return ptm_fail(PTM_ERROR_UNSUPPORTED,
            "out is in chunks, has gaps or cannot be read, but processes' images are added up in it; "
            "give it dense memory in one piece, or functions that read and write");
    if (d->exchange.rank > 0) own.beta = 0;
    int status = part->class->apply(part, &own);
    return status ? status : sum_up(d, call->queue, call->out);
}

static int prepare(ptm_operator *op, bool adjoint)
{
    int status = adjoint && !op->device->dry ? make_staging((distributed *)op) : PTM_OK;
    return status ? status : ptm_operator_prepare(op->parts[0], adjoint);
}

static void destroy(ptm_operator *op)
{
    free(((distributed *)op)->staging);
    free(op);
}

static const ptm_operator_class distributed_class = {
    .name = "distributed", .apply = apply, .destroy = destroy, .prepare = prepare
};

uint64_t ptm_operator_least_bytes(const ptm_operator *op)
{
    uint64_t sum = 0;
    if (!op->exchange) return ptm_space_bytes(&op->range);
    if (op->class == &distributed_class) return ((const distributed *)op)->least;
    for (int i = 0; i < op->part_count; ++i)
        if (op->parts[i]->exchange) sum += ptm_operator_least_bytes(op->parts[i]);
    return sum;
}

/* ------------------------------------------------------------------ making */

static int check_exchange(ptm_exchange *out, const ptm_exchange *exchange)
{
    if (!exchange) return ptm_fail(PTM_ERROR_ARGUMENT, "exchange is NULL");
    int status = ptm_copy_sized(out, sizeof *out, exchange, "ptm_exchange");
    if (status) return status;
    if (!out->reduce) return ptm_fail(PTM_ERROR_ARGUMENT, "exchange.reduce is NULL");
    if (out->ranks < 1 || out->rank < 0 || out->rank >= out->ranks)
        return ptm_fail(
            PTM_ERROR_ARGUMENT, "exchange.rank is %d of %d, expected 0 or more and less than ranks", out->rank, out->ranks);
    return PTM_OK;
}

/* That no process has a longer or a shorter image, or other subsets, from the most and the least of each number. */
static int check_processes(const ptm_operator *op, const ptm_exchange *e)
{
    enum { TYPE = PTM_MAX_DIMENSIONS, SUBSETS, COUNT };
    static const char *const names[COUNT] = { "axis 0 of op's image", "axis 1 of op's image", "axis 2 of op's image",
        "axis 3 of op's image", "the type of op's image", "the number of op's subsets" };
    double own[2 * COUNT] = { 0 }, most[2 * COUNT];
    for (int i = 0; i < op->domain.dimensions; ++i) own[i] = (double)op->domain.shape[i];
    own[TYPE] = (double)op->domain.type;
    own[SUBSETS] = ptm_interleaved_count(op);
    for (int i = 0; i < COUNT; ++i) own[COUNT + i] = -own[i];
    for (int i = 0; i < 2 * COUNT; ++i) most[i] = own[i];
    int status = reduce(e, PTM_REDUCE_MAX, most, 2 * COUNT, PTM_FLOAT64);
    for (int i = 0; i < 2 * COUNT && !status; ++i)
        if (most[i] != own[i])
            status = ptm_fail(PTM_ERROR_ARGUMENT, "%s is %.0f, but %.0f in another process, expected the same in all",
                names[i % COUNT], own[i % COUNT], fabs(most[i]));
    return status;
}

/* The same in all processes, of which each says it. */
static int find_least(distributed *d)
{
    double least = -(double)ptm_space_bytes(&d->base.range);
    const int status = reduce(&d->exchange, PTM_REDUCE_MAX, &least, 1, PTM_FLOAT64);
    d->least = (uint64_t)-least;
    return status;
}

static int spread_one(ptm_operator **out, ptm_operator *op, const ptm_exchange *exchange)
{
    distributed *d = ptm_parts_make(sizeof *d, &distributed_class, &op, 1);
    if (!d) return PTM_ERROR_MEMORY;
    d->exchange = *exchange;
    d->staging = NULL;
    d->base.exchange = &d->exchange;
    *out = &d->base;
    const int status = find_least(d);
    if (status) ptm_operator_destroy(out);
    return status;
}

/* Each of the interleaved subsets by itself. */
static int spread_subsets(ptm_operator **out, ptm_operator *op, const ptm_exchange *exchange)
{
    const int count = ptm_interleaved_count(op);
    ptm_operator **made = ptm_alloc((size_t)count, sizeof *made);
    int status = made ? PTM_OK : PTM_ERROR_MEMORY;
    for (int k = 0; k < count && !status; ++k) status = spread_one(&made[k], ptm_interleaved_part(op, k), exchange);
    if (!status) status = ptm_interleave_create(out, made, count, ptm_interleaved_axis(op));
    for (int k = 0; made && k < count; ++k) ptm_operator_destroy(&made[k]);
    free(made);
    return status;
}

int ptm_distributed_create(ptm_operator **out, ptm_operator *op, const ptm_exchange *exchange)
{
    ptm_exchange e;
    int status = ptm_parts_check(out, &op, 1);
    if (!status) status = check_exchange(&e, exchange);
    if (!status && op->exchange) status = ptm_fail(PTM_ERROR_ARGUMENT, "op is distributed already");
    if (!status && ptm_type_is_complex(op->domain.type))
        status = ptm_fail(PTM_ERROR_UNSUPPORTED, "op takes %s, expected reals", ptm_type_name(op->domain.type));
    if (!status) status = check_processes(op, &e);
    if (status) return status;
    return (ptm_interleaved_count(op) > 1 ? spread_subsets : spread_one)(out, op, &e);
}
