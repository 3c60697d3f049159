/* bench_measure.c - how long an operation takes on a device, how much memory, and how far the result is off. */
#include "bench.h"
#include "memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CALLS 1000

/* Sets the mark of the most memory used to what is used now, and returns that; 0 where the system cannot. */
static uint64_t reset_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (!file) return 0;
    const bool written = fputs("5", file) >= 0;
    return fclose(file) == 0 && written ? cli_memory_now() : 0;
}

/* ------------------------------------------------------------------ measuring */

/* An array of the caller's, in the host's memory or copied to the device. */
typedef struct operand {
    ptm_array array;
    float *host;
    ptm_memory *memory;
    uint64_t bytes;
} operand;

static int operand_make(operand *o, ptm_device *device, const int64_t shape[3], float *host, bool resident)
{
    *o = (operand){ .array = PTM_ARRAY_3D(host, shape[0], shape[1], shape[2]), .host = host,
        .bytes = (uint64_t)(shape[0] * shape[1] * shape[2]) * sizeof *host };
    if (!resident) return PTM_OK;
    int status = ptm_memory_create(&o->memory, device, o->bytes);
    if (!status) status = ptm_memory_write(o->memory, 0, host, o->bytes);
    o->array.data = NULL;
    o->array.memory = o->memory;
    return status;
}

/* Also waits for what was enqueued. */
static int operand_fetch(const operand *o, uint64_t bytes)
{
    return o->memory ? ptm_memory_read(o->memory, 0, o->host, bytes) : PTM_OK;
}

static int make_operator(ptm_operator **op, ptm_device *device, const bench_problem *p, bench_operation operation,
    const cli_settings *s)
{
    const ptm_projector_options projector = { PTM_SIZED(ptm_projector_options), .sampling = (ptm_sampling)s->sampling,
        .family = s->general ? PTM_FAMILY_GENERAL : PTM_FAMILY_AUTO };
    const ptm_fbp_options fbp = { PTM_SIZED(ptm_fbp_options), .projector = &projector };
    if (operation == BENCH_FBP) return ptm_fbp_create(op, device, p->scan, &fbp);
    if (operation == BENCH_BACKPROJECT) return ptm_backprojector_create(op, device, p->scan, &projector);
    ptm_projector_options modelled = projector;
    modelled.model = (ptm_projector_model)s->model;
    return ptm_projector_create(op, device, p->scan, &modelled);
}

static int call(ptm_operator *op, bench_operation operation, const operand *out, const operand *in)
{
    const bool adjoint = operation == BENCH_ADJOINT;
    const int status = adjoint ? ptm_apply_adjoint(op, &out->array, &in->array) : ptm_apply(op, &out->array, &in->array);
    return status ? status : operand_fetch(out, sizeof(float));
}

static int compare_seconds(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int repeat(bench_row *r, ptm_operator *op, const operand *out, const operand *in, const cli_settings *s)
{
    double times[MOST_CALLS], sum = 0;
    const int most = s->repeat ? s->repeat < MOST_CALLS ? s->repeat : MOST_CALLS : 9;
    const double seconds = isnan(s->seconds) ? 5 : s->seconds;
    while (r->calls == 0 || (r->calls < most && sum < seconds && !cli_stopped())) {
        const double start = cli_now();
        const int status = call(op, r->operation, out, in);
        if (status) return status;
        sum += times[r->calls++] = cli_now() - start;
    }
    qsort(times, (size_t)r->calls, sizeof *times, compare_seconds);
    r->best = times[0];
    r->median = 0.5 * (times[r->calls / 2] + times[(r->calls - 1) / 2]);
    return PTM_OK;
}

static int find_error(bench_row *r, const bench_problem *p, ptm_operator *op, const float *result)
{
    if (r->operation != BENCH_ADJOINT) {
        r->error = bench_error(p, r->operation, result);
        return PTM_OK;
    }
    float *ax = bench_array(p->projections);
    if (!ax) return ptm_error_set(PTM_ERROR_MEMORY, "no memory for projections of %s", p->work->name);
    const ptm_array out = PTM_ARRAY_3D(ax, p->projections[0], p->projections[1], p->projections[2]);
    const ptm_array in = PTM_ARRAY_3D(p->image, p->volume[0], p->volume[1], p->volume[2]);
    const int status = ptm_apply(op, &out, &in);
    if (!status) r->error = bench_mismatch(p, ax, result);
    free(ax);
    return status;
}

static int measure_operator(bench_row *r, ptm_device *device, const bench_problem *p, const operand *out, const operand *in,
    const cli_settings *s)
{
    ptm_operator *op;
    const uint64_t before = reset_peak();
    const double start = cli_now();
    int status = make_operator(&op, device, p, r->operation, s);
    if (status) return status;
    r->create = cli_now() - start;
    r->memory = ptm_operator_memory(op);
    const double created = cli_now();
    status = call(op, r->operation, out, in);
    r->first = cli_now() - created;
    const uint64_t peak = before ? cli_memory_peak() : 0;
    r->growth = peak > before ? peak - before : 0;
    if (!status) status = repeat(r, op, out, in, s);
    if (!status) status = operand_fetch(out, out->bytes);
    if (!status) status = find_error(r, p, op, out->host);
    ptm_operator_destroy(&op);
    return status;
}

int bench_measure(bench_row *r, ptm_context *context, const cli_settings *s, const bench_problem *p,
    const char *device_name)
{
    const bool forward = r->operation == BENCH_FORWARD;
    const int64_t *in_shape = forward ? p->volume : p->projections, *out_shape = forward ? p->projections : p->volume;
    ptm_device *device;
    operand in = { .bytes = 0 }, out = { .bytes = 0 };
    int status = ptm_device_open(&device, context, device_name);
    if (status) return status;
    const ptm_device_info *info = ptm_device_get_info(device);
    snprintf(r->device, sizeof r->device, "%s:%d", info->backend, info->index);
    snprintf(r->model, sizeof r->model, "%s", info->name);
    float *result = bench_array(out_shape);
    if (result) {
        status = operand_make(&in, device, in_shape, forward ? p->image : p->sinogram, s->resident);
        memset(result, 0, (size_t)(out_shape[0] * out_shape[1] * out_shape[2]) * sizeof *result);
        if (!status) status = operand_make(&out, device, out_shape, result, s->resident);
        r->arrays = in.bytes + out.bytes;
        r->updates = (double)(p->volume[0] * p->volume[1] * p->volume[2]) * p->size.views;
        if (!status) status = measure_operator(r, device, p, &out, &in, s);
    } else {
        status = ptm_error_set(PTM_ERROR_MEMORY, "no memory for the result of %s", p->work->name);
    }
    ptm_memory_destroy(&in.memory);
    ptm_memory_destroy(&out.memory);
    free(result);
    ptm_device_close(&device);
    return status;
}
