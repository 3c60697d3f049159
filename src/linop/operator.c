/* operator.c - applying operators: arrays are checked here, once for all kinds. */
#include "linop/operator.h"

#include <math.h>
#include <stdlib.h>

/* Waits for the oldest mark and asks the caller. */
static int ask(const ptm_call *call, int mark)
{
    ptm_marks *m = call->marks;
    int status = ptm_event_wait(m->events[mark]);
    if (status) return status;
    return call->progress(call->progress_user, m->done[mark]) ? PTM_OK
        : ptm_fail(PTM_ERROR_CANCELLED, "stopped by the progress function at %.0f %%", 100 * m->done[mark]);
}

int ptm_call_report(const ptm_call *call, double part)
{
    if (!call->progress) return PTM_OK;
    ptm_marks *m = call->marks;
    const int mark = m->count++ % 2;
    int status = PTM_OK;
    if (!m->events[mark]) status = ptm_event_create(&m->events[mark], call->queue->device);
    if (!status) status = ptm_event_record(m->events[mark], call->queue);
    m->done[mark] = call->from + part * (call->to - call->from);
    return status || m->count == 1 ? status : ask(call, mark ^ 1);
}

ptm_call ptm_call_part(const ptm_call *call, int k, int count)
{
    const double length = (call->to - call->from) / count;
    ptm_call part = *call;
    part.from = call->from + k * length;
    part.to = part.from + length;
    return part;
}

/* The device's own queue, if the call gives none; and where that would do its work in the caller's thread, the one beside
 * it, for arrays that need this thread to be read and written meanwhile. */
static int choose_queue(ptm_queue **queue, ptm_device *device, const ptm_array *in, const ptm_array *out)
{
    if (*queue) return PTM_OK;
    if (device->limits.immediate && (ptm_array_is_called(in) || ptm_array_is_called(out)))
        return ptm_device_worker(queue, device);
    *queue = &device->queue;
    return PTM_OK;
}

int ptm_apply_scaled(ptm_operator *op, bool adjoint, double alpha, const ptm_array *in, double beta, const ptm_array *out,
    const ptm_run_options *run)
{
    if (!op) return ptm_fail(PTM_ERROR_ARGUMENT, "operator is NULL");
    ptm_run_options how;
    int status = ptm_copy_sized(&how, sizeof how, run, "ptm_run_options");
    if (status) return status;
    if (!isfinite(alpha) || !isfinite(beta))
        return ptm_fail(PTM_ERROR_ARGUMENT, "alpha is %g and beta %g, expected finite numbers", alpha, beta);
    if (how.queue && how.queue->device != op->device)
        return ptm_fail(PTM_ERROR_ARGUMENT, "queue is of another device than the operator");
    if (op->device->dry)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s was opened by ptm_device_open_dry, where nothing is computed",
            op->device->info.name);
    ptm_array from, to;
    status = ptm_array_check(&from, in, "in", adjoint ? &op->range : &op->domain, op->device, true, false);
    if (!status)
        status = ptm_array_check(&to, out, "out", adjoint ? &op->domain : &op->range, op->device, beta != 0, true);
    if (status) return status;
    if (ptm_arrays_overlap(&from, &to)) return ptm_fail(PTM_ERROR_ARGUMENT, "in and out share memory");
    status = choose_queue(&how.queue, op->device, &from, &to);
    if (status) return status;
    ptm_marks marks = { 0 };
    const ptm_call call = { .queue = how.queue, .adjoint = adjoint, .alpha = alpha, .beta = beta,
        .in = &from, .out = &to, .progress = how.progress, .progress_user = how.progress_user, .marks = &marks, .to = 1 };
    status = op->class->apply(op, &call);
    if (!status && marks.count > 0) status = ask(&call, (marks.count - 1) % 2);
    ptm_event_destroy(&marks.events[0]);
    ptm_event_destroy(&marks.events[1]);
    return status;
}

int ptm_apply(ptm_operator *op, const ptm_array *out, const ptm_array *in)
{
    return ptm_apply_scaled(op, false, 1, in, 0, out, NULL);
}

int ptm_apply_adjoint(ptm_operator *op, const ptm_array *out, const ptm_array *in)
{
    return ptm_apply_scaled(op, true, 1, in, 0, out, NULL);
}

int ptm_operator_prepare(ptm_operator *op, bool adjoint)
{
    if (!op) return ptm_fail(PTM_ERROR_ARGUMENT, "operator is NULL");
    if (op->class->prepare) return op->class->prepare(op, adjoint);
    int status = PTM_OK;
    for (int i = 0; i < op->part_count && !status; ++i) status = ptm_operator_prepare(op->parts[i], adjoint);
    return status;
}

static uint64_t own_memory(const ptm_operator *op)
{
    const uint64_t own = op->class->memory ? op->class->memory(op) : 0;
    return own + ptm_staging_memory(&op->in) + ptm_staging_memory(&op->out);
}

/* Two slots for each of two arrays. */
static uint64_t own_staging(const ptm_operator *op)
{
    return op->class->slot ? 4 * op->class->slot(op) : 0;
}
static uint64_t own_host_staging(const ptm_operator *op)
{
    return op->device->limits.direct_staging ? 0 : own_staging(op);
}

/* Over an operator's parts and theirs, each once. */
static uint64_t add_parts(const ptm_operator *op, uint64_t (*own)(const ptm_operator *op))
{
    uint64_t sum = 0;
    for (int i = 0; i < op->part_count; ++i) {
        ptm_operator *part = op->parts[i];
        if (part->counted) continue;
        part->counted = true;
        sum += own(part) + add_parts(part, own);
    }
    return sum;
}
static void forget_parts(const ptm_operator *op)
{
    for (int i = 0; i < op->part_count; ++i) {
        op->parts[i]->counted = false;
        forget_parts(op->parts[i]);
    }
}
static uint64_t add_all(const ptm_operator *op, uint64_t (*own)(const ptm_operator *op))
{
    if (!op) return 0;
    const uint64_t sum = own(op) + add_parts(op, own);
    forget_parts(op);
    return sum;
}

uint64_t ptm_operator_memory(const ptm_operator *op)
{
    return add_all(op, own_memory);
}

uint64_t ptm_operator_staging(const ptm_operator *op, uint64_t *host)
{
    if (host) *host = add_all(op, own_host_staging);
    return add_all(op, own_staging);
}

int ptm_operator_domain(ptm_array *out, const ptm_operator *op)
{
    if (!out || !op) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "operator" : "out");
    *out = ptm_space_outline(&op->domain);
    return PTM_OK;
}
int ptm_operator_range(ptm_array *out, const ptm_operator *op)
{
    if (!out || !op) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "operator" : "out");
    *out = ptm_space_outline(&op->range);
    return PTM_OK;
}

void ptm_operator_destroy(ptm_operator **op)
{
    if (!op || !*op) return;
    ptm_operator *o = *op;
    *op = NULL;
    if (o->references > 0) {
        o->references--;
        return;
    }
    for (int i = 0; i < o->part_count; ++i) ptm_operator_destroy(&o->parts[i]);
    free(o->parts);
    ptm_staging_free(&o->in);
    ptm_staging_free(&o->out);
    if (o->class->destroy) o->class->destroy(o);
    else free(o);
}

int ptm_parts_check(ptm_operator **out, ptm_operator *const *parts, int count)
{
    if (!out) return ptm_fail(PTM_ERROR_ARGUMENT, "out is NULL");
    *out = NULL;
    if (!parts || count < 1)
        return ptm_fail(PTM_ERROR_ARGUMENT, "parts has %d operators, expected 1 or more", parts ? count : 0);
    for (int i = 0; i < count; ++i) {
        if (!parts[i]) return ptm_fail(PTM_ERROR_ARGUMENT, "parts[%d] is NULL", i);
        if (parts[i]->device != parts[0]->device)
            return ptm_fail(PTM_ERROR_ARGUMENT, "parts[%d] is on another device than parts[0]", i);
    }
    return PTM_OK;
}

int ptm_parts_check_exchange(ptm_operator *const *parts, int count, bool product)
{
    int spread = 0;
    for (int i = 0; i < count; ++i) spread += parts[i]->exchange != NULL;
    if (spread == 0 || (product ? spread == 1 : spread == count)) return PTM_OK;
    return ptm_fail(PTM_ERROR_ARGUMENT, "%d of %d parts are distributed, expected %s", spread, count,
        product ? "at most one" : "none or all");
}

int ptm_parts_keep(ptm_operator *op, const ptm_operator_class *class, ptm_operator *const *parts, int count)
{
    *op = (ptm_operator){ .class = class, .device = parts[0]->device, .domain = parts[0]->domain, .range = parts[0]->range,
        .nonnegative = true, .parts = ptm_alloc((size_t)count, sizeof *op->parts), .part_count = count };
    if (!op->parts) return PTM_ERROR_MEMORY;
    for (int i = 0; i < count; ++i) {
        op->parts[i] = parts[i];
        parts[i]->references++;
        op->nonnegative = op->nonnegative && parts[i]->nonnegative;
        if (parts[i]->match > op->match) op->match = parts[i]->match;
        if (parts[i]->exchange) op->exchange = parts[i]->exchange;
    }
    return PTM_OK;
}

void *ptm_parts_make(size_t size, const ptm_operator_class *class, ptm_operator *const *parts, int count)
{
    ptm_operator *op = ptm_alloc(1, size);
    if (!op || ptm_parts_keep(op, class, parts, count) == PTM_OK) return op;
    free(op);
    return NULL;
}

int ptm_parts_added(const ptm_operator *op, const ptm_call *call)
{
    if (op->part_count == 1 || !ptm_array_is_called(call->out) || call->out->read) return PTM_OK;
    return ptm_fail(PTM_ERROR_UNSUPPORTED,
        "out has a function to write it and none to read it, but %d operators add to it; give it memory, or both",
        op->part_count);
}
