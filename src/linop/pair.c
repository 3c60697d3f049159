/* pair.c - an operator, and another one in the place of its adjoint. */
#include "linop/pair.h"

#include <math.h>

typedef struct pair {
    ptm_operator base;
    double factor; /* of the second part */
} pair;

static int apply(ptm_operator *op, const ptm_call *call)
{
    ptm_call own = *call;
    own.adjoint = false;
    if (call->adjoint) own.alpha *= ((const pair *)op)->factor;
    ptm_operator *part = op->parts[call->adjoint];
    return part->class->apply(part, &own);
}

static int prepare(ptm_operator *op, bool adjoint)
{
    return ptm_operator_prepare(op->parts[adjoint], false);
}

static const ptm_operator_class pair_class = { .name = "pair", .apply = apply, .prepare = prepare };

static int check(ptm_operator *const parts[2], double factor)
{
    const ptm_operator *forward = parts[0], *backward = parts[1];
    if (!ptm_space_same(&backward->domain, &forward->range) || !ptm_space_same(&backward->range, &forward->domain))
        return ptm_fail(PTM_ERROR_ARGUMENT, "backward does not take what forward gives, or not give what it takes");
    if (forward->exchange || backward->exchange)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s is distributed; make the pair of each process first",
            forward->exchange ? "forward" : "backward");
    if (!(isfinite(factor) && factor > 0))
        return ptm_fail(PTM_ERROR_ARGUMENT, "factor is %g, expected a finite number above 0", factor);
    return PTM_OK;
}

int ptm_pair_create(ptm_operator **out, ptm_operator *forward, ptm_operator *backward, double factor)
{
    ptm_operator *const parts[2] = { forward, backward };
    int status = ptm_parts_check(out, parts, 2);
    if (!status) status = check(parts, factor);
    if (status) return status;
    pair *made = ptm_parts_make(sizeof *made, &pair_class, parts, 2);
    if (!made) return PTM_ERROR_MEMORY;
    made->base.match = PTM_MATCH_NONE;
    made->factor = factor;
    *out = &made->base;
    return PTM_OK;
}

bool ptm_is_pair(const ptm_operator *op)
{
    return op->class == &pair_class;
}

double ptm_pair_factor(const ptm_operator *op)
{
    return ((const pair *)op)->factor;
}
