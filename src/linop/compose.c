/* compose.c - operators made of others. */
#include "linop/operator.h"
#include "linop/slice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct composite {
    ptm_operator base;
    double factor;          /* of a scaled one */
    int axis;               /* of a stack: along which the parts' domains or ranges follow each other, */
    bool columns;           /* and which of the two */
    ptm_memory between[2];  /* of a chain: what goes from one part to the next, in turn */
} composite;

static uint64_t memory(const ptm_operator *op)
{
    const composite *c = (const composite *)op;
    uint64_t sum = 0;
    for (int i = 0; i < 2; ++i) sum += c->between[i].buffer ? c->between[i].buffer->size : 0;
    return sum;
}

static void destroy(ptm_operator *op)
{
    composite *c = (composite *)op;
    for (int i = 0; i < 2; ++i) ptm_buffer_destroy(&c->between[i].buffer);
    free(c);
}

static int prepare_other_way(ptm_operator *op, bool adjoint)
{
    return ptm_operator_prepare(op->parts[0], !adjoint);
}

/* Applies part i as the k-th of the call's parts. */
static int run(const composite *c, const ptm_call *call, int i, int k, bool adjoint, double alpha, const ptm_array *in,
    double beta, const ptm_array *out)
{
    ptm_call part = ptm_call_part(call, k, c->base.part_count);
    part.adjoint = adjoint;
    part.alpha = alpha;
    part.in = in;
    part.beta = beta;
    part.out = out;
    return c->base.parts[i]->class->apply(c->base.parts[i], &part);
}

static composite *make(const ptm_operator_class *class, ptm_operator *const *parts, int count)
{
    return ptm_parts_make(sizeof(composite), class, parts, count);
}

static int apply_chain(ptm_operator *op, const ptm_call *call)
{
    composite *c = (composite *)op;
    const int n = op->part_count;
    ptm_array between[2], *in = NULL;
    int status = PTM_OK;
    for (int k = 0; k < n && !status; ++k) {
        const int i = call->adjoint ? k : n - 1 - k;
        const bool last = k == n - 1;
        ptm_array *out = &between[k % 2];
        if (!last) *out = ptm_space_array(call->adjoint ? &op->parts[i]->domain : &op->parts[i]->range, &c->between[k % 2]);
        status = run(c, call, i, k, call->adjoint, last ? call->alpha : 1, in ? in : call->in, last ? call->beta : 0,
            last ? call->out : out);
        in = out;
    }
    return status;
}

static const ptm_operator_class chain_class = { "chain", apply_chain, memory, destroy, NULL, NULL };

/* Memory for what goes between the parts, in whichever direction; k counts as in apply_chain. */
static int make_between(composite *c)
{
    const int n = c->base.part_count;
    uint64_t size[2] = { 0, 0 };
    for (int i = 0; i < n - 1; ++i) {
        const uint64_t bytes = ptm_space_bytes(&c->base.parts[i]->domain);
        if (bytes > size[i % 2]) size[i % 2] = bytes;
        if (bytes > size[(n - 2 - i) % 2]) size[(n - 2 - i) % 2] = bytes;
    }
    int status = PTM_OK;
    for (int i = 0; i < 2 && !status; ++i)
        if (size[i]) status = ptm_buffer_create(&c->between[i].buffer, c->base.device, size[i]);
    return status;
}

int ptm_chain_create(ptm_operator **out, ptm_operator *const *parts, int count)
{
    int status = ptm_parts_check(out, parts, count);
    if (!status) status = ptm_parts_check_exchange(parts, count, true);
    for (int i = 1; i < count && !status; ++i)
        if (!ptm_space_same(&parts[i - 1]->domain, &parts[i]->range))
            status = ptm_fail(PTM_ERROR_ARGUMENT, "parts[%d] does not give the arrays that parts[%d] takes", i, i - 1);
    if (status) return status;
    composite *c = make(&chain_class, parts, count);
    if (!c) return PTM_ERROR_MEMORY;
    c->base.domain = parts[count - 1]->domain;
    *out = &c->base;
    status = make_between(c);
    if (status) ptm_operator_destroy(out);
    return status;
}

static int apply_sum(ptm_operator *op, const ptm_call *call)
{
    int status = ptm_parts_added(op, call);
    for (int i = 0; i < op->part_count && !status; ++i)
        status = run((composite *)op, call, i, i, call->adjoint, call->alpha, call->in, i == 0 ? call->beta : 1, call->out);
    return status;
}

static const ptm_operator_class sum_class = { "sum", apply_sum, memory, destroy, NULL, NULL };

int ptm_sum_create(ptm_operator **out, ptm_operator *const *parts, int count)
{
    int status = ptm_parts_check(out, parts, count);
    if (!status) status = ptm_parts_check_exchange(parts, count, false);
    for (int i = 1; i < count && !status; ++i)
        if (!ptm_space_same(&parts[i]->domain, &parts[0]->domain) || !ptm_space_same(&parts[i]->range, &parts[0]->range))
            status = ptm_fail(PTM_ERROR_ARGUMENT, "parts[%d] does not take or give the same arrays as parts[0]", i);
    if (status) return status;
    composite *c = make(&sum_class, parts, count);
    if (!c) return PTM_ERROR_MEMORY;
    *out = &c->base;
    return PTM_OK;
}

static int apply_scaled(ptm_operator *op, const ptm_call *call)
{
    const composite *c = (const composite *)op;
    return run(c, call, 0, 0, call->adjoint, c->factor * call->alpha, call->in, call->beta, call->out);
}

static const ptm_operator_class scaled_class = { "scaled", apply_scaled, memory, destroy, NULL, NULL };

int ptm_scaled_create(ptm_operator **out, ptm_operator *op, double factor)
{
    int status = ptm_parts_check(out, &op, 1);
    if (!status && !isfinite(factor))
        status = ptm_fail(PTM_ERROR_ARGUMENT, "factor is %g, expected a finite number", factor);
    if (status) return status;
    composite *c = make(&scaled_class, &op, 1);
    if (!c) return PTM_ERROR_MEMORY;
    c->factor = factor;
    c->base.nonnegative = c->base.nonnegative && factor >= 0;
    *out = &c->base;
    return PTM_OK;
}

static int apply_adjoint(ptm_operator *op, const ptm_call *call)
{
    return run((composite *)op, call, 0, 0, !call->adjoint, call->alpha, call->in, call->beta, call->out);
}

static const ptm_operator_class adjoint_class = { "adjoint", apply_adjoint, memory, destroy, prepare_other_way, NULL };

int ptm_adjoint_create(ptm_operator **out, ptm_operator *op)
{
    int status = ptm_parts_check(out, &op, 1);
    if (!status && op->exchange)
        status = ptm_fail(PTM_ERROR_UNSUPPORTED, "op is distributed: its adjoint's domain is spread over processes");
    if (status) return status;
    if (op->class == &adjoint_class) {
        *out = op->parts[0];
        (*out)->references++;
        return PTM_OK;
    }
    composite *c = make(&adjoint_class, &op, 1);
    if (!c) return PTM_ERROR_MEMORY;
    c->base.domain = op->range;
    c->base.range = op->domain;
    *out = &c->base;
    return PTM_OK;
}

int ptm_normal_create(ptm_operator **out, ptm_operator *op)
{
    ptm_operator *adjoint;
    int status = ptm_parts_check(out, &op, 1);
    if (!status) status = ptm_adjoint_create(&adjoint, op);
    if (status) return status;
    status = ptm_chain_create(out, (ptm_operator *const[]){ adjoint, op }, 2);
    ptm_operator_destroy(&adjoint);
    return status;
}

/* The space that a part has on the stacked side. */
static const ptm_space *stacked_space(const composite *c, const ptm_operator *part)
{
    return c->columns ? &part->domain : &part->range;
}

/* From one array to several, each the part's own slice of out; or from several to one, which adds them up. */
static int apply_stack(ptm_operator *op, const ptm_call *call)
{
    const composite *c = (const composite *)op;
    const bool spread = c->columns == call->adjoint;
    int status = spread ? PTM_OK : ptm_parts_added(op, call);
    int64_t first = 0;
    for (int i = 0; i < op->part_count && !status; ++i) {
        const int64_t length = stacked_space(c, op->parts[i])->shape[c->axis];
        ptm_slice slice;
        status = ptm_slice_make(&slice, spread ? call->out : call->in, c->axis, first, length);
        if (!status)
            status = run(c, call, i, i, call->adjoint, call->alpha, spread ? call->in : &slice.array,
                spread || i == 0 ? call->beta : 1, spread ? &slice.array : call->out);
        ptm_slice_free(&slice);
        first += length;
    }
    return status;
}

static const ptm_operator_class stack_class = { "stack", apply_stack, memory, destroy, NULL, NULL };

/* Do the spaces differ in nothing but the length along the axis? */
static bool can_follow(const ptm_space *a, const ptm_space *b, int axis)
{
    bool can = a->type == b->type && a->dimensions == b->dimensions;
    for (int i = 0; can && i < a->dimensions; ++i) can = i == axis || a->shape[i] == b->shape[i];
    return can;
}

int ptm_stack_create(ptm_operator **out, ptm_operator *const *parts, int count, int axis, bool columns)
{
    int status = ptm_parts_check(out, parts, count);
    if (!status) status = ptm_parts_check_exchange(parts, count, false);
    if (status) return status;
    const int dimensions = columns ? parts[0]->domain.dimensions : parts[0]->range.dimensions;
    if (axis < 0 || axis >= dimensions)
        return ptm_fail(PTM_ERROR_ARGUMENT, "axis is %d, expected 0 to %d", axis, dimensions - 1);
    int64_t length = 0;
    for (int i = 0; i < count; ++i) {
        const ptm_operator *p = parts[i], *first = parts[0];
        if (!ptm_space_same(columns ? &p->range : &p->domain, columns ? &first->range : &first->domain))
            return ptm_fail(PTM_ERROR_ARGUMENT, "parts[%d] does not %s the same arrays as parts[0]", i,
                columns ? "give" : "take");
        if (!can_follow(columns ? &p->domain : &p->range, columns ? &first->domain : &first->range, axis))
            return ptm_fail(
                PTM_ERROR_ARGUMENT, "parts[%d] differs from parts[0] in more than the length of axis %d", i, axis);
        length += (columns ? &p->domain : &p->range)->shape[axis];
    }
    composite *c = make(&stack_class, parts, count);
    if (!c) return PTM_ERROR_MEMORY;
    c->axis = axis;
    c->columns = columns;
    (columns ? &c->base.domain : &c->base.range)->shape[axis] = length;
    *out = &c->base;
    return PTM_OK;
}
