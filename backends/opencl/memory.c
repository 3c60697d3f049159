/* memory.c - buffers, the host's memory in place, images. */
#include "opencl.h"

#include <stdlib.h>

static cl_mem mem_of(const ptm_buffer *buffer)
{
    return ((const struct opencl_memory *)buffer->state)->mem;
}

static bool is_staging(const ptm_buffer *buffer)
{
    return ((const struct opencl_memory *)buffer->state)->staging;
}

/* OpenCL may fail to make memory by CL_OUT_OF_RESOURCES, which elsewhere means other things. */
static int fail_to_make(const ptm_device *device, cl_int code, const char *what, uint64_t size)
{
    if (code == CL_OUT_OF_RESOURCES) code = CL_MEM_OBJECT_ALLOCATION_FAILURE;
    return ptm_opencl_fail(device, code, "making %s of %llu bytes", what, (unsigned long long)size);
}

static int create(ptm_buffer *buffer, cl_mem_flags flags)
{
    const ptm_device *device = buffer->device;
    const struct opencl_device *state = device->state;
    if (buffer->size > SIZE_MAX || (device->info.max_buffer && buffer->size > device->info.max_buffer))
        return ptm_fail(PTM_ERROR_MEMORY, "%s: a buffer of %llu bytes; the largest has %llu", device->info.name,
            (unsigned long long)buffer->size, (unsigned long long)device->info.max_buffer);
    struct opencl_memory *memory = ptm_alloc(1, sizeof *memory);
    if (!memory) return PTM_ERROR_MEMORY;
    memory->size = (size_t)buffer->size;
    cl_int code;
    memory->mem = state->cl->CreateBuffer(state->context, CL_MEM_READ_WRITE | flags, memory->size, buffer->host, &code);
    if (!memory->mem) {
        free(memory);
        return fail_to_make(device, code, "a buffer", buffer->size);
    }
    buffer->state = memory;
    return PTM_OK;
}

int ptm_opencl_buffer_create(ptm_buffer *buffer)
{
    return create(buffer, 0);
}

static cl_int give_to_host(const struct opencl_device *state, struct opencl_memory *memory)
{
    cl_int code;
    memory->mapped = state->cl->EnqueueMapBuffer(state->maps, memory->mem, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0,
        memory->size, 0, NULL, NULL, &code);
    if (code == CL_SUCCESS) memory->last_user = NULL;
    return code;
}

/* It waits, so that any queue may use the memory then. */
static cl_int give_to_device(const struct opencl_device *state, struct opencl_memory *memory)
{
    if (!memory->mapped) return CL_SUCCESS;
    cl_int code = state->cl->EnqueueUnmapMemObject(state->maps, memory->mem, memory->mapped, 0, NULL, NULL);
    if (code == CL_SUCCESS) code = state->cl->Finish(state->maps);
    if (code == CL_SUCCESS) memory->mapped = NULL;
    return code;
}

int ptm_opencl_buffer_import(ptm_buffer *buffer)
{
    struct opencl_device *state = buffer->device->state;
    int status = create(buffer, CL_MEM_USE_HOST_PTR);
    if (status) return status;
    struct opencl_memory *memory = buffer->state;
    cl_int code = give_to_host(state, memory);
    if (code != CL_SUCCESS) {
        state->cl->ReleaseMemObject(memory->mem);
        free(memory);
        return ptm_opencl_fail(buffer->device, code, "using the host's memory in place");
    }
    pthread_mutex_lock(&state->lock);
    memory->next = state->imported;
    state->imported = memory;
    pthread_mutex_unlock(&state->lock);
    return PTM_OK;
}

/* Drivers pin what is made so, and data go to and from it without the host. */
int ptm_opencl_staging_create(ptm_buffer *buffer)
{
    const struct opencl_device *state = buffer->device->state;
    int status = create(buffer, CL_MEM_ALLOC_HOST_PTR);
    if (status) return status;
    struct opencl_memory *memory = buffer->state;
    memory->staging = true;
    cl_int code = give_to_host(state, memory);
    if (code != CL_SUCCESS) {
        state->cl->ReleaseMemObject(memory->mem);
        free(memory);
        return ptm_opencl_fail(buffer->device, code, "mapping staging memory");
    }
    buffer->host = memory->mapped;
    return PTM_OK;
}

/* The results are in the host's memory when its buffer is gone. */
static void end_import(struct opencl_device *state, struct opencl_memory *memory)
{
    pthread_mutex_lock(&state->lock);
    struct opencl_memory **at = &state->imported;
    while (*at != memory) at = &(*at)->next;
    *at = memory->next;
    pthread_mutex_unlock(&state->lock);
    if (memory->last_user) {
        ptm_opencl_wait(state, memory->last_user);
        give_to_host(state, memory);
    }
    give_to_device(state, memory);
}

void ptm_opencl_buffer_destroy(ptm_buffer *buffer)
{
    struct opencl_device *state = buffer->device->state;
    struct opencl_memory *memory = buffer->state;
    if (memory->staging) give_to_device(state, memory);
    else if (buffer->host) end_import(state, memory);
    state->cl->ReleaseMemObject(memory->mem);
    free(memory);
}

int ptm_opencl_use(ptm_queue *queue, const ptm_buffer *buffer)
{
    struct opencl_device *state = queue->device->state;
    struct opencl_memory *memory = buffer->state;
    if (!buffer->host || memory->staging) return PTM_OK;
    pthread_mutex_lock(&state->lock);
    cl_int code = give_to_device(state, memory);
    if (code == CL_SUCCESS) memory->last_user = queue->state;
    pthread_mutex_unlock(&state->lock);
    return code == CL_SUCCESS ? PTM_OK : ptm_opencl_fail(queue->device, code, "handing over the host's memory");
}

int ptm_opencl_hand_back(ptm_queue *queue)
{
    struct opencl_device *state = queue->device->state;
    cl_int code = CL_SUCCESS;
    pthread_mutex_lock(&state->lock);
    for (struct opencl_memory *m = state->imported; m && code == CL_SUCCESS; m = m->next)
        if (m->last_user == queue->state) code = give_to_host(state, m);
    pthread_mutex_unlock(&state->lock);
    return code == CL_SUCCESS ? PTM_OK : ptm_opencl_fail(queue->device, code, "handing back the host's memory");
}

static bool is_same_place(const ptm_buffer *buffer, uint64_t offset, const void *data)
{
    return buffer->host && (const char *)buffer->host + offset == (const char *)data;
}

int ptm_opencl_write(ptm_queue *queue, ptm_buffer *to, uint64_t offset, const void *data, uint64_t size)
{
    const struct opencl_device *state = queue->device->state;
    int status = ptm_opencl_use(queue, to);
    if (status || is_same_place(to, offset, data)) return status;
    cl_int code = state->cl->EnqueueWriteBuffer(queue->state, mem_of(to), CL_TRUE, (size_t)offset, (size_t)size, data, 0,
        NULL, NULL);
    if (code == CL_SUCCESS) return PTM_OK;
    return ptm_opencl_fail(queue->device, code, "writing %llu bytes", (unsigned long long)size);
}

int ptm_opencl_read(ptm_queue *queue, const ptm_buffer *from, uint64_t offset, void *data, uint64_t size)
{
    const struct opencl_device *state = queue->device->state;
    int status = ptm_opencl_use(queue, from);
    if (status) return status;
    if (is_same_place(from, offset, data)) return ptm_opencl_finish(queue);
    cl_int code = state->cl->EnqueueReadBuffer(queue->state, mem_of(from), CL_TRUE, (size_t)offset, (size_t)size, data, 0,
        NULL, NULL);
    if (code == CL_SUCCESS) return PTM_OK;
    return ptm_opencl_fail(queue->device, code, "reading %llu bytes", (unsigned long long)size);
}

int ptm_opencl_copy(ptm_queue *queue, ptm_buffer *to, uint64_t to_offset, const ptm_buffer *from, uint64_t from_offset,
    uint64_t size)
{
    const struct opencl_device *state = queue->device->state;
    int status = ptm_opencl_use(queue, to);
    if (!status) status = ptm_opencl_use(queue, from);
    if (status) return status;
    cl_int code;
    if (is_staging(from))
        code = state->cl->EnqueueWriteBuffer(queue->state, mem_of(to), CL_FALSE, (size_t)to_offset, (size_t)size,
            (const char *)from->host + from_offset, 0, NULL, NULL);
    else if (is_staging(to))
        code = state->cl->EnqueueReadBuffer(queue->state, mem_of(from), CL_FALSE, (size_t)from_offset, (size_t)size,
            (char *)to->host + to_offset, 0, NULL, NULL);
    else
        code = state->cl->EnqueueCopyBuffer(queue->state, mem_of(from), mem_of(to), (size_t)from_offset, (size_t)to_offset,
            (size_t)size, 0, NULL, NULL);
    if (code == CL_SUCCESS) return PTM_OK;
    return ptm_opencl_fail(queue->device, code, "copying %llu bytes", (unsigned long long)size);
}

int ptm_opencl_fill(ptm_queue *queue, ptm_buffer *to, uint64_t offset, uint32_t pattern, uint64_t size)
{
    const struct opencl_device *state = queue->device->state;
    int status = ptm_opencl_use(queue, to);
    if (status) return status;
    cl_int code = state->cl->EnqueueFillBuffer(queue->state, mem_of(to), &pattern, sizeof pattern, (size_t)offset,
        (size_t)size, 0, NULL, NULL);
    if (code == CL_SUCCESS) return PTM_OK;
    return ptm_opencl_fail(queue->device, code, "filling %llu bytes", (unsigned long long)size);
}

int ptm_opencl_texture_create(ptm_texture *texture)
{
    const struct opencl_device *state = texture->device->state;
    const int *n = texture->n;
    cl_image_format format = { CL_R, CL_FLOAT };
    cl_image_desc shape = { .image_type = texture->volume ? CL_MEM_OBJECT_IMAGE3D : CL_MEM_OBJECT_IMAGE2D_ARRAY,
        .image_width = (size_t)n[0], .image_height = (size_t)n[1] };
    if (texture->volume) shape.image_depth = (size_t)n[2];
    else shape.image_array_size = (size_t)n[2];
    cl_int code;
    texture->state = state->cl->CreateImage(state->context, CL_MEM_READ_ONLY, &format, &shape, NULL, &code);
    if (texture->state) return PTM_OK;
    uint64_t size = sizeof(float) * (uint64_t)n[0] * (uint64_t)n[1] * (uint64_t)n[2];
    return fail_to_make(texture->device, code, "an image", size);
}

void ptm_opencl_texture_destroy(ptm_texture *texture)
{
    const struct opencl_device *state = texture->device->state;
    state->cl->ReleaseMemObject(texture->state);
}

int ptm_opencl_texture_upload(ptm_queue *queue, ptm_texture *texture, const ptm_buffer *from, uint64_t offset)
{
    const struct opencl_device *state = queue->device->state;
    int status = ptm_opencl_use(queue, from);
    if (status) return status;
    const size_t origin[3] = { 0, 0, 0 };
    const size_t region[3] = { (size_t)texture->n[0], (size_t)texture->n[1], (size_t)texture->n[2] };
    cl_int code = state->cl->EnqueueCopyBufferToImage(queue->state, mem_of(from), texture->state, (size_t)offset, origin,
        region, 0, NULL, NULL);
    return code == CL_SUCCESS ? PTM_OK : ptm_opencl_fail(queue->device, code, "copying a buffer to an image");
}
