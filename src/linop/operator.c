/* operator.c - applying operators: arrays are checked here, once for all kinds. */
#include "linop/operator.h"

int ptm_call_report(const ptm_call *call, double part)
{
    if (!call->progress) return PTM_OK;
    int status = ptm_queue_finish(call->queue);
    if (status) return status;
    const double done = call->from + part * (call->to - call->from);
    return call->progress(call->progress_user, done) ? PTM_OK
        : ptm_fail(PTM_ERROR_CANCELLED, "stopped by the progress function at %.0f %%", 100 * done);
}

int ptm_apply_scaled(ptm_operator *op, bool adjoint, double alpha, const ptm_array *in, double beta, const ptm_array *out,
    const ptm_run_options *run)
{
    if (!op) return ptm_fail(PTM_ERROR_ARGUMENT, "operator is NULL");
    ptm_run_options how;
    int status = ptm_copy_sized(&how, sizeof how, run, "ptm_run_options");
    if (status) return status;
    if (how.queue && how.queue->device != op->device)
        return ptm_fail(PTM_ERROR_ARGUMENT, "queue is of another device than the operator");
    ptm_array from, to;
    status = ptm_array_check(&from, in, "in", adjoint ? &op->range : &op->domain, op->device);
    if (!status) status = ptm_array_check(&to, out, "out", adjoint ? &op->domain : &op->range, op->device);
    if (status) return status;
    if (ptm_arrays_overlap(&from, &to)) return ptm_fail(PTM_ERROR_ARGUMENT, "in and out share memory");
    const ptm_call call = { .queue = how.queue ? how.queue : &op->device->queue, .adjoint = adjoint, .alpha = alpha, .beta = beta,
        .in = &from, .out = &to, .progress = how.progress, .progress_user = how.progress_user, .to = 1 };
    return op->class->apply(op, &call);
}

int ptm_apply(ptm_operator *op, const ptm_array *out, const ptm_array *in)
{
    return ptm_apply_scaled(op, false, 1, in, 0, out, NULL);
}

int ptm_apply_adjoint(ptm_operator *op, const ptm_array *out, const ptm_array *in)
{
    return ptm_apply_scaled(op, true, 1, in, 0, out, NULL);
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
