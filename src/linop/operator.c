/* operator.c - applying operators: arrays are checked here, once for all kinds. */
#include "linop/operator.h"

int ptm_apply_scaled(ptm_operator *op, bool adjoint, double alpha, const ptm_array *in, double beta, const ptm_array *out)
{
    if (!op) return ptm_fail(PTM_ERROR_ARGUMENT, "operator is NULL");
    ptm_array from, to;
    int status = ptm_array_check(&from, in, "in", adjoint ? op->range : op->domain, op->type, op->device);
    if (!status) status = ptm_array_check(&to, out, "out", adjoint ? op->domain : op->range, op->type, op->device);
    if (status) return status;
    if (ptm_arrays_overlap(&from, &to)) return ptm_fail(PTM_ERROR_ARGUMENT, "in and out share memory");
    return op->class->apply(op, adjoint, alpha, &from, beta, &to);
}

int ptm_apply(ptm_operator *op, const ptm_array *out, const ptm_array *in)
{
    return ptm_apply_scaled(op, false, 1, in, 0, out);
}

int ptm_apply_adjoint(ptm_operator *op, const ptm_array *out, const ptm_array *in)
{
    return ptm_apply_scaled(op, true, 1, in, 0, out);
}

uint64_t ptm_operator_memory(const ptm_operator *op)
{
    return op->class->memory(op);
}

void ptm_operator_destroy(ptm_operator **op)
{
    if (!op || !*op) return;
    (*op)->class->destroy(*op);
    *op = NULL;
}
