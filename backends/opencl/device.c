/* device.c - opening devices, and queues. */
#include "opencl.h"
#include "core/device.h"

#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 64
#define MALLOC_ALIGNMENT 16
#define PAGE 4096 /* what GPUs that share the host's memory need to use it in place */

static uint64_t number(const struct opencl_device *state, cl_device_info what, size_t size)
{
    return ptm_opencl_device_number(state->cl, state->id, what, size);
}

void ptm_opencl_limit_group(int group[3], uint64_t most)
{
    for (int axis = 2; axis >= 0; --axis)
        while (group[axis] > 1 && (uint64_t)group[0] * (uint64_t)group[1] * (uint64_t)group[2] > most) group[axis] /= 2;
}

static void choose_group(const struct opencl_device *state, bool gpu, int group[3])
{
    static const int for_gpu[3] = { 32, 4, 2 }, for_others[3] = { 64, 1, 1 };
    memcpy(group, gpu ? for_gpu : for_others, sizeof for_gpu);
    size_t most[8] = { 0 };
    if (state->cl->GetDeviceInfo(state->id, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof most, most, NULL) == CL_SUCCESS)
        for (int i = 0; i < 3; ++i)
            while (group[i] > 1 && (size_t)group[i] > most[i]) group[i] /= 2;
    ptm_opencl_limit_group(group, number(state, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof(size_t)));
}

static bool has_float_images(const struct opencl_device *state, cl_mem_object_type type)
{
    const struct opencl_api *cl = state->cl;
    cl_uint n = 0;
    if (cl->GetSupportedImageFormats(state->context, CL_MEM_READ_ONLY, type, 0, NULL, &n) != CL_SUCCESS) return false;
    cl_image_format *formats = calloc(n ? n : 1, sizeof *formats);
    bool found = false;
    if (formats && cl->GetSupportedImageFormats(state->context, CL_MEM_READ_ONLY, type, n, formats, NULL) == CL_SUCCESS)
        for (cl_uint i = 0; i < n && !found; ++i)
            found = formats[i].image_channel_order == CL_R && formats[i].image_channel_data_type == CL_FLOAT;
    free(formats);
    return found;
}

static void fill_image_limits(const struct opencl_device *state, ptm_device_limits *limits)
{
    static const cl_device_info stack[3] = { CL_DEVICE_IMAGE2D_MAX_WIDTH, CL_DEVICE_IMAGE2D_MAX_HEIGHT,
        CL_DEVICE_IMAGE_MAX_ARRAY_SIZE };
    static const cl_device_info volume[3] = { CL_DEVICE_IMAGE3D_MAX_WIDTH, CL_DEVICE_IMAGE3D_MAX_HEIGHT,
        CL_DEVICE_IMAGE3D_MAX_DEPTH };
    limits->textures = number(state, CL_DEVICE_IMAGE_SUPPORT, sizeof(cl_bool)) &&
        has_float_images(state, CL_MEM_OBJECT_IMAGE2D_ARRAY) && has_float_images(state, CL_MEM_OBJECT_IMAGE3D);
    for (int i = 0; i < 3 && limits->textures; ++i) {
        limits->image_2d[i] = (int64_t)number(state, stack[i], sizeof(size_t));
        limits->image_3d[i] = (int64_t)number(state, volume[i], sizeof(size_t));
    }
}

/* Of memory to import; 0 where the host's memory would be copied and not used. CL_DEVICE_MEM_BASE_ADDR_ALIGN, which is of
 * sub-buffers, is what Intel says to go by. pocl tells 128 bytes, and uses the caller's pointer as it is: what malloc()
 * aligns is enough for it (pocl 3.1, pocl_driver_alloc_mem_obj(); measured: nothing copied). */
static uint64_t choose_alignment(const struct opencl_device *state, const ptm_device_info *info, const char *platform)
{
    const bool processor = ptm_opencl_is_processor(state->cl, state->id);
    if (!info->unified) return 0;
    if (strcmp(platform, "Portable Computing Language") == 0) return MALLOC_ALIGNMENT;
    uint64_t least = processor ? CACHE_LINE : PAGE;
    uint64_t base = number(state, CL_DEVICE_MEM_BASE_ADDR_ALIGN, sizeof(cl_uint)) / 8; /* it is told in bits */
    return base > least ? base : least;
}

/* Which form a device gets is measured: on two cores the wide form is 10 to 20 times as fast as the narrow one on pocl, and
 * a third as fast on rusticl. */
static void fill_limits(const struct opencl_device *state, ptm_device *device)
{
    ptm_device_limits *limits = &device->limits;
    struct opencl_text platform = ptm_opencl_platform_text(state->cl, state->platform, CL_PLATFORM_NAME);
    bool processor = ptm_opencl_is_processor(state->cl, state->id);
    *limits = (ptm_device_limits){ .wide = processor && strcmp(platform.s, "rusticl") != 0,
        .items = (int)number(state, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof(cl_uint)),
        .lanes_per_item = device->info.gpu ? 4 : 1, .alignment = choose_alignment(state, &device->info, platform.s) };
    choose_group(state, device->info.gpu, limits->group);
    fill_image_limits(state, limits);
}

/* A driver tells in words what its codes do not. */
static void CL_CALLBACK hear(const char *message, const void *data, size_t size, void *user)
{
    (void)data;
    (void)size;
    ptm_log(user, PTM_LOG_WARNING, "opencl: %s", message);
}

static int create_queue(ptm_device *device, cl_command_queue *queue)
{
    struct opencl_device *state = device->state;
    cl_int code;
    *queue = state->cl->CreateCommandQueue(state->context, state->id, 0, &code);
    return *queue ? PTM_OK : ptm_opencl_fail(device, code, "making a queue");
}

static int make_state(ptm_device *device)
{
    struct opencl_device *state = device->state;
    cl_context_properties properties[] = { CL_CONTEXT_PLATFORM, (cl_context_properties)state->platform, 0 };
    cl_int code;
    state->context = state->cl->CreateContext(properties, 1, &state->id, hear, device->context, &code);
    if (!state->context) return ptm_opencl_fail(device, code, "making a context");
    int status = create_queue(device, &state->maps);
    if (!status) status = ptm_opencl_queue_create(&device->queue);
    return status;
}

int ptm_opencl_open(ptm_device *device, void *handle)
{
    char reason[256];
    const struct opencl_api *cl = ptm_opencl_load(reason, sizeof reason);
    if (!cl) return ptm_fail(PTM_ERROR_DEVICE, "%s", reason);
    struct opencl_device *state = ptm_alloc(1, sizeof *state);
    if (!state) return PTM_ERROR_MEMORY;
    state->cl = cl;
    state->id = handle;
    atomic_init(&state->lost, false);
    pthread_mutex_init(&state->lock, NULL);
    device->state = state;
    cl_int code = cl->GetDeviceInfo(state->id, CL_DEVICE_PLATFORM, sizeof state->platform, &state->platform, NULL);
    int status = code == CL_SUCCESS ? make_state(device) : ptm_opencl_fail(device, code, "asking for the platform");
    if (status) ptm_opencl_close(device);
    else fill_limits(state, device);
    return status;
}

void ptm_opencl_close(ptm_device *device)
{
    struct opencl_device *state = device->state;
    ptm_opencl_queue_destroy(&device->queue);
    if (state->maps) state->cl->ReleaseCommandQueue(state->maps);
    if (state->context) state->cl->ReleaseContext(state->context);
    pthread_mutex_destroy(&state->lock);
    free(state);
    device->state = NULL;
}

bool ptm_opencl_is_lost(ptm_device *device)
{
    struct opencl_device *state = device->state;
    return atomic_load(&state->lost) || !number(state, CL_DEVICE_AVAILABLE, sizeof(cl_bool));
}

int ptm_opencl_queue_create(ptm_queue *queue)
{
    cl_command_queue made;
    int status = create_queue(queue->device, &made);
    queue->state = made;
    return status;
}

void ptm_opencl_queue_destroy(ptm_queue *queue)
{
    struct opencl_device *state = queue->device->state;
    if (queue->state) state->cl->ReleaseCommandQueue(queue->state);
    queue->state = NULL;
}

int ptm_opencl_flush(ptm_queue *queue)
{
    struct opencl_device *state = queue->device->state;
    cl_int code = state->cl->Flush(queue->state);
    return code == CL_SUCCESS ? PTM_OK : ptm_opencl_fail(queue->device, code, "flushing a queue");
}

/* In rusticl (Mesa 22.3) clFinish does not wait for what a clFlush has sent before it, unless a command follows that. */
cl_int ptm_opencl_wait(const struct opencl_device *state, cl_command_queue queue)
{
    cl_int code = state->cl->EnqueueMarkerWithWaitList(queue, 0, NULL, NULL);
    return code == CL_SUCCESS ? state->cl->Finish(queue) : code;
}

int ptm_opencl_finish(ptm_queue *queue)
{
    struct opencl_device *state = queue->device->state;
    cl_int code = ptm_opencl_wait(state, queue->state);
    if (code != CL_SUCCESS) return ptm_opencl_fail(queue->device, code, "waiting for a queue");
    return ptm_opencl_hand_back(queue);
}

/* Work goes on in order: a queue that may turn commands round would break every rule of this backend. */
int ptm_opencl_queue_import(ptm_queue *queue, void *native)
{
    const struct opencl_device *state = queue->device->state;
    const struct opencl_api *cl = state->cl;
    cl_context context = NULL;
    cl_device_id id = NULL;
    cl_command_queue_properties properties = 0;
    if (!native) return ptm_fail(PTM_ERROR_ARGUMENT, "native is NULL, expected a cl_command_queue");
    cl_int code = cl->GetCommandQueueInfo(native, CL_QUEUE_CONTEXT, sizeof context, &context, NULL);
    if (code == CL_SUCCESS) code = cl->GetCommandQueueInfo(native, CL_QUEUE_DEVICE, sizeof id, &id, NULL);
    if (code == CL_SUCCESS)
        code = cl->GetCommandQueueInfo(native, CL_QUEUE_PROPERTIES, sizeof properties, &properties, NULL);
    if (code == CL_INVALID_COMMAND_QUEUE) return ptm_fail(PTM_ERROR_ARGUMENT, "native is no cl_command_queue");
    if (code != CL_SUCCESS) return ptm_opencl_fail(queue->device, code, "asking about a queue");
    if (context != state->context || id != state->id)
        return ptm_fail(
            PTM_ERROR_ARGUMENT, "native is a queue of another context or device than ptm_device_get_native() gives");
    if (properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE)
        return ptm_fail(PTM_ERROR_ARGUMENT, "native is a queue that works out of order, expected one in order");
    code = cl->RetainCommandQueue(native);
    if (code != CL_SUCCESS) return ptm_opencl_fail(queue->device, code, "keeping a queue");
    queue->state = native;
    return PTM_OK;
}

void *ptm_opencl_native(const ptm_device *device)
{
    return ((const struct opencl_device *)device->state)->context;
}

int ptm_opencl_event_create(ptm_event *event)
{
    event->state = NULL;
    return PTM_OK;
}

void ptm_opencl_event_destroy(ptm_event *event)
{
    const struct opencl_device *state = event->device->state;
    if (event->state) state->cl->ReleaseEvent(event->state);
    event->state = NULL;
}

/* Another queue that waits does not begin the work here: it is flushed. */
int ptm_opencl_event_record(ptm_event *event, ptm_queue *queue)
{
    const struct opencl_device *state = queue->device->state;
    cl_event made = NULL;
    cl_int code = state->cl->EnqueueMarkerWithWaitList(queue->state, 0, NULL, &made);
    if (code != CL_SUCCESS) return ptm_opencl_fail(queue->device, code, "recording an event");
    ptm_opencl_event_destroy(event);
    event->state = made;
    return ptm_opencl_flush(queue);
}

int ptm_opencl_event_wait(ptm_event *event)
{
    const struct opencl_device *state = event->device->state;
    cl_event waited = event->state;
    cl_int code = waited ? state->cl->WaitForEvents(1, &waited) : CL_SUCCESS;
    return code == CL_SUCCESS ? PTM_OK : ptm_opencl_fail(event->device, code, "waiting for an event");
}

int ptm_opencl_queue_wait(ptm_queue *queue, const ptm_event *event)
{
    const struct opencl_device *state = queue->device->state;
    cl_event waited = event->state;
    cl_int code = waited ? state->cl->EnqueueBarrierWithWaitList(queue->state, 1, &waited, NULL) : CL_SUCCESS;
    return code == CL_SUCCESS ? PTM_OK : ptm_opencl_fail(queue->device, code, "making a queue wait");
}
