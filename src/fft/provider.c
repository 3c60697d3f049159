#include "fft/provider.h"
#include "fft/plan.h"

#include <stdlib.h>

static int own_plan(ptm_fft_engine *engine, int points, int rows)
{
    (void)rows;
    ptm_fft_plan *plan = ptm_alloc(1, sizeof *plan);
    if (!plan) return PTM_ERROR_MEMORY;
    int status = ptm_fft_plan_create(plan, engine->device, points, engine->type, false);
    if (status) {
        free(plan);
        return status;
    }
    engine->state = plan;
    engine->padded = plan->padded;
    engine->chirp = plan->chirp;
    return PTM_OK;
}

static int own_run(const ptm_fft_engine *engine, ptm_queue *queue, ptm_buffer **data, ptm_buffer **spare, int rows)
{
    const ptm_fft_plan *plan = engine->state;
    return plan->chirp ? ptm_fft_run_convolution(plan, queue, data, spare, 1, rows, plan->chirp)
        : ptm_fft_run_passes(plan, queue, data, spare, 1, rows);
}

static uint64_t own_memory(const ptm_fft_engine *engine)
{
    return ptm_fft_plan_memory(engine->state);
}

static void own_destroy(ptm_fft_engine *engine)
{
    ptm_fft_plan_destroy(engine->state);
    free(engine->state);
}

static int vendor_plan(ptm_fft_engine *engine, int points, int rows)
{
    const ptm_device *device = engine->device;
    if (!device->backend->fft_create)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s: there is no vendor's library for transforms", device->info.name);
    if (engine->type != PTM_FLOAT32)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s: vendors' libraries transform float32 only", device->info.name);
    ptm_vendor_fft *fft = ptm_alloc(1, sizeof *fft);
    if (!fft) return PTM_ERROR_MEMORY;
    *fft = (ptm_vendor_fft){ .device = engine->device, .points = points, .rows = rows };
    int status = engine->device->backend->fft_create(fft);
    if (status) {
        free(fft);
        return status;
    }
    engine->state = fft;
    engine->padded = points;
    return PTM_OK;
}

/* Of a block that is not full, it transforms what lies behind as well. */
static int vendor_run(const ptm_fft_engine *engine, ptm_queue *queue, ptm_buffer **data, ptm_buffer **spare, int rows)
{
    (void)spare;
    (void)rows;
    return engine->device->backend->fft_run(queue, engine->state, *data);
}

static uint64_t vendor_memory(const ptm_fft_engine *engine)
{
    return ((const ptm_vendor_fft *)engine->state)->memory;
}

static void vendor_destroy(ptm_fft_engine *engine)
{
    engine->device->backend->fft_destroy(engine->state);
    free(engine->state);
}

const ptm_fft_provider ptm_fft_own = { false, own_plan, own_run, own_memory, own_destroy };
const ptm_fft_provider ptm_fft_vendor = { true, vendor_plan, vendor_run, vendor_memory, vendor_destroy };

int ptm_fft_engine_create(ptm_fft_engine *out, const ptm_fft_provider *provider, ptm_device *device, int points, int rows,
    ptm_type type)
{
    *out = (ptm_fft_engine){ .device = device, .type = type };
    int status = provider->plan(out, points, rows);
    if (!status) out->provider = provider;
    return status;
}

void ptm_fft_engine_destroy(ptm_fft_engine *engine)
{
    if (engine->provider) engine->provider->destroy(engine);
    *engine = (ptm_fft_engine){ 0 };
}
