/* device.c - finding and opening devices, and their queues. */
#include "cuda_backend.h"

#include <stdio.h>
#include <stdlib.h>

/* What shaders/target/cuda.h is compiled for. */
#define LEAST_MAJOR 5
#define LEAST_MINOR 2

/* What a probe asks of a device. */
struct facts {
    CUdevice id;
    char name[256];
    size_t memory;
    int major, minor, integrated;
};

static CUresult ask(const struct cuda_api *cuda, struct facts *facts, int ordinal)
{
    CUresult code = cuda->DeviceGet(&facts->id, ordinal);
    if (!code) code = cuda->DeviceGetName(facts->name, sizeof facts->name, facts->id);
    if (!code) code = cuda->DeviceTotalMem(&facts->memory, facts->id);
    if (!code) code = cuda->DeviceGetAttribute(&facts->major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, facts->id);
    if (!code) code = cuda->DeviceGetAttribute(&facts->minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, facts->id);
    if (!code) code = cuda->DeviceGetAttribute(&facts->integrated, CU_DEVICE_ATTRIBUTE_INTEGRATED, facts->id);
    return code;
}

static void fill_in(ptm_device_entry *entry, const struct facts *facts, int version)
{
    snprintf(entry->info.name, sizeof entry->info.name, "%s", facts->name);
    snprintf(entry->info.driver, sizeof entry->info.driver, "CUDA driver %d.%d, compute capability %d.%d", version / 1000,
        version % 1000 / 10, facts->major, facts->minor);
    entry->info.gpu = true;
    entry->info.unified = facts->integrated != 0;
    entry->info.memory = facts->memory;
    entry->info.max_buffer = facts->memory;
    entry->handle = (void *)(intptr_t)facts->id;
}

/* Devices that are broken or too old are left out; the last one's reason stays if no other is there. */
static int list_devices(const struct cuda_api *cuda, ptm_device_entry *entries, int all, int version, char *reason,
    size_t reason_size)
{
    int count = 0;
    char why[300];
    for (int i = 0; i < all; ++i) {
        struct facts facts = { 0 };
        CUresult code = ask(cuda, &facts, i);
        if (code)
            snprintf(reason, reason_size, "the NVIDIA driver cannot tell about device %d: %s", i,
                ptm_cuda_describe(cuda, code, why, sizeof why));
        else if (facts.major * 10 + facts.minor < LEAST_MAJOR * 10 + LEAST_MINOR)
            snprintf(reason, reason_size, "%s has compute capability %d.%d, expected %d.%d or more", facts.name,
                facts.major, facts.minor, LEAST_MAJOR, LEAST_MINOR);
        else
            fill_in(&entries[count++], &facts, version);
    }
    if (count && reason_size) reason[0] = '\0';
    return count;
}

int ptm_cuda_probe(ptm_context *context, ptm_device_entry **entries, int *count, char *reason, size_t reason_size)
{
    (void)context;
    *entries = NULL;
    *count = 0;
    const struct cuda_api *cuda = ptm_cuda_load(reason, reason_size);
    if (!cuda) return PTM_OK;
    char why[300];
    int version = 0, all = 0;
    CUresult code = cuda->DriverGetVersion(&version);
    if (!code) code = cuda->DeviceGetCount(&all);
    if (code)
        snprintf(reason, reason_size, "the NVIDIA driver cannot list devices: %s",
            ptm_cuda_describe(cuda, code, why, sizeof why));
    else if (all <= 0)
        snprintf(reason, reason_size, "the NVIDIA driver has no device");
    if (code || all <= 0) return PTM_OK;
    *entries = ptm_alloc((size_t)all, sizeof **entries);
    if (!*entries) return PTM_ERROR_MEMORY;
    *count = list_devices(cuda, *entries, all, version, reason, reason_size);
    return PTM_OK;
}

static CUresult ask_limits(struct cuda_device *state, ptm_device_limits *limits)
{
    const struct {
        CUdevice_attribute first; /* of three in a row */
        int *values;
        int64_t *wide_values;
    } wanted[] = {
        { CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X, state->max_group, NULL },
        { CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, state->max_grid, NULL },
        { CU_DEVICE_ATTRIBUTE_MAXIMUM_TEXTURE2D_LAYERED_WIDTH, NULL, limits->image_2d },
        { CU_DEVICE_ATTRIBUTE_MAXIMUM_TEXTURE3D_WIDTH, NULL, limits->image_3d },
    };
    CUresult code = CUDA_SUCCESS;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; ++i)
        for (int axis = 0; axis < 3 && !code; ++axis) {
            int value = 0;
            code = state->cuda->DeviceGetAttribute(&value, (CUdevice_attribute)((int)wanted[i].first + axis), state->id);
            if (wanted[i].values) wanted[i].values[axis] = value;
            else wanted[i].wide_values[axis] = value;
        }
    return code;
}

/* Non-blocking: neither waits for the legacy default stream nor makes it wait. Nothing of ours is enqueued there, and
 * arrays that others make on a stream come together with that stream. */
static CUresult create_stream(const struct cuda_api *cuda, void **stream)
{
    CUstream created = NULL;
    CUresult code = cuda->StreamCreate(&created, CU_STREAM_NON_BLOCKING);
    *stream = code ? NULL : created;
    return code;
}

static int retain(ptm_device *device, struct cuda_device *state)
{
    CUresult code = state->cuda->DevicePrimaryCtxRetain(&state->context, state->id);
    if (code) return ptm_cuda_check(device, code, "making its context");
    int status = ptm_cuda_enter(device);
    if (!status)
        status = ptm_cuda_leave(device, create_stream(state->cuda, &device->queue.state), "making a stream");
    if (status) state->cuda->DevicePrimaryCtxRelease(state->id);
    return status;
}

int ptm_cuda_open(ptm_device *device, void *handle)
{
    char reason[400];
    const struct cuda_api *cuda = ptm_cuda_load(reason, sizeof reason);
    if (!cuda) return ptm_fail(PTM_ERROR_DEVICE, "%s", reason);
    struct cuda_device *state = ptm_alloc(1, sizeof *state);
    if (!state) return PTM_ERROR_MEMORY;
    state->cuda = cuda;
    state->id = (CUdevice)(intptr_t)handle;
    atomic_init(&state->lost, 0);
    device->state = state;
    /* 32 lanes are a warp; 4 x 4 lines beside each other read nearly the same, out of the first-level cache. */
    device->limits = (ptm_device_limits){ .textures = true, .lanes_per_item = 8, .group = { 32, 4, 4 } };
    int status = ptm_cuda_check(device, ask_limits(state, &device->limits), "asking for its limits");
    if (!status) status = retain(device, state);
    if (status) {
        device->state = NULL;
        free(state);
    }
    return status == PTM_ERROR_DEVICE_LOST ? PTM_ERROR_DEVICE : status; /* one that was never there */
}

void ptm_cuda_close(ptm_device *device)
{
    struct cuda_device *state = device->state;
    ptm_cuda_queue_destroy(&device->queue);
    state->cuda->DevicePrimaryCtxRelease(state->id);
    free(state);
    device->state = NULL;
}

bool ptm_cuda_is_lost(ptm_device *device)
{
    struct cuda_device *state = device->state;
    return atomic_load(&state->lost) != 0;
}

int ptm_cuda_queue_create(ptm_queue *queue)
{
    struct cuda_device *state = queue->device->state;
    int status = ptm_cuda_enter(queue->device);
    if (status) return status;
    return ptm_cuda_leave(queue->device, create_stream(state->cuda, &queue->state), "making a stream");
}

void ptm_cuda_queue_destroy(ptm_queue *queue)
{
    struct cuda_device *state = queue->device->state;
    if (queue->state && !queue->imported && ptm_cuda_enter_to_free(queue->device)) {
        state->cuda->StreamDestroy(queue->state);
        ptm_cuda_leave_freed(queue->device);
    }
    queue->state = NULL;
}

/* The driver begins work as soon as it is enqueued. */
int ptm_cuda_flush(ptm_queue *queue)
{
    (void)queue;
    return PTM_OK;
}

int ptm_cuda_finish(ptm_queue *queue)
{
    struct cuda_device *state = queue->device->state;
    int status = ptm_cuda_enter(queue->device);
    if (status) return status;
    return ptm_cuda_leave(queue->device, state->cuda->StreamSynchronize(queue->state), "waiting for its work");
}

int ptm_cuda_queue_import(ptm_queue *queue, void *native)
{
    struct cuda_device *state = queue->device->state;
    CUcontext context = NULL;
    int status = ptm_cuda_enter(queue->device);
    if (status) return status;
    status = ptm_cuda_leave(queue->device, state->cuda->StreamGetCtx(native, &context), "asking for a stream's context");
    if (!status && context != state->context)
        status = ptm_fail(PTM_ERROR_ARGUMENT, "native is a stream of another context than the device's primary one");
    if (!status) queue->state = native;
    return status;
}

void *ptm_cuda_native(const ptm_device *device)
{
    return ((const struct cuda_device *)device->state)->context;
}

/* The host sleeps while it waits, so that the cores are free. */
int ptm_cuda_event_create(ptm_event *event)
{
    struct cuda_device *state = event->device->state;
    CUevent created = NULL;
    int status = ptm_cuda_enter(event->device);
    if (status) return status;
    CUresult code = state->cuda->EventCreate(&created, CU_EVENT_BLOCKING_SYNC | CU_EVENT_DISABLE_TIMING);
    event->state = code ? NULL : created;
    return ptm_cuda_leave(event->device, code, "making an event");
}

void ptm_cuda_event_destroy(ptm_event *event)
{
    struct cuda_device *state = event->device->state;
    if (!ptm_cuda_enter_to_free(event->device)) return;
    state->cuda->EventDestroy(event->state);
    ptm_cuda_leave_freed(event->device);
}

int ptm_cuda_event_record(ptm_event *event, ptm_queue *queue)
{
    struct cuda_device *state = queue->device->state;
    int status = ptm_cuda_enter(queue->device);
    if (status) return status;
    return ptm_cuda_leave(queue->device, state->cuda->EventRecord(event->state, queue->state), "recording an event");
}

int ptm_cuda_event_wait(ptm_event *event)
{
    struct cuda_device *state = event->device->state;
    int status = ptm_cuda_enter(event->device);
    if (status) return status;
    return ptm_cuda_leave(event->device, state->cuda->EventSynchronize(event->state), "waiting for an event");
}

int ptm_cuda_queue_wait(ptm_queue *queue, const ptm_event *event)
{
    struct cuda_device *state = queue->device->state;
    int status = ptm_cuda_enter(queue->device);
    if (status) return status;
    return ptm_cuda_leave(
        queue->device, state->cuda->StreamWaitEvent(queue->state, event->state, 0), "making a stream wait");
}
