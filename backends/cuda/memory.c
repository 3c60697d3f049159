/* memory.c - buffers and textures. */
#include "cuda_backend.h"

int ptm_cuda_buffer_create(ptm_buffer *buffer)
{
    struct cuda_device *state = buffer->device->state;
    CUdeviceptr address = 0;
    int status = ptm_cuda_enter(buffer->device);
    if (status) return status;
    CUresult code = buffer->size <= SIZE_MAX ? state->cuda->MemAlloc(&address, (size_t)buffer->size)
        : CUDA_ERROR_OUT_OF_MEMORY;
    buffer->address = address;
    return ptm_cuda_leave(buffer->device, code, "making a buffer of %llu bytes", (unsigned long long)buffer->size);
}

/* Never called: limits.alignment is 0. Kernels that read the host's memory over the bus would be slower than a copy. */
int ptm_cuda_buffer_import(ptm_buffer *buffer)
{
    return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s cannot use the host's memory", buffer->device->info.name);
}

/* Pinned: copies do not pass through the driver's own staging, and go on without the host. */
int ptm_cuda_staging_create(ptm_buffer *buffer)
{
    struct cuda_device *state = buffer->device->state;
    void *memory = NULL;
    int status = ptm_cuda_enter(buffer->device);
    if (status) return status;
    CUresult code = buffer->size <= SIZE_MAX ? state->cuda->MemHostAlloc(&memory, (size_t)buffer->size, 0)
        : CUDA_ERROR_OUT_OF_MEMORY;
    buffer->host = code ? NULL : memory;
    return ptm_cuda_leave(buffer->device, code, "making pinned memory of %llu bytes", (unsigned long long)buffer->size);
}

/* cuMemFree, cuMemFreeHost, cuArrayDestroy and cuTexObjectDestroy may or may not wait for work in flight, and work on any
 * queue may use the object: so everything in the context is waited for. Freeing belongs outside loops. */
static bool enter_idle(const ptm_device *device)
{
    struct cuda_device *state = device->state;
    if (!ptm_cuda_enter_to_free(device)) return false;
    state->cuda->CtxSynchronize();
    return true;
}

void ptm_cuda_buffer_destroy(ptm_buffer *buffer)
{
    struct cuda_device *state = buffer->device->state;
    if (!enter_idle(buffer->device)) return;
    if (buffer->host) state->cuda->MemFreeHost(buffer->host);
    else state->cuda->MemFree((CUdeviceptr)buffer->address);
    ptm_cuda_leave_freed(buffer->device);
}

/* From pageable memory the driver returns when it has staged the data, though its manual only says "might be synchronous";
 * from pinned memory it returns at once. Which kind `data` is we do not know: the wait makes it reusable in every case. */
int ptm_cuda_write(ptm_queue *queue, ptm_buffer *to, uint64_t offset, const void *data, uint64_t size)
{
    struct cuda_device *state = queue->device->state;
    int status = ptm_cuda_enter(queue->device);
    if (status) return status;
    CUresult code = state->cuda->MemcpyHtoDAsync((CUdeviceptr)(to->address + offset), data, (size_t)size, queue->state);
    if (!code) code = state->cuda->StreamSynchronize(queue->state);
    return ptm_cuda_leave(queue->device, code, "writing %llu bytes", (unsigned long long)size);
}

int ptm_cuda_read(ptm_queue *queue, const ptm_buffer *from, uint64_t offset, void *data, uint64_t size)
{
    struct cuda_device *state = queue->device->state;
    int status = ptm_cuda_enter(queue->device);
    if (status) return status;
    CUresult code = state->cuda->MemcpyDtoHAsync(data, (CUdeviceptr)(from->address + offset), (size_t)size, queue->state);
    if (!code) code = state->cuda->StreamSynchronize(queue->state);
    return ptm_cuda_leave(queue->device, code, "reading %llu bytes", (unsigned long long)size);
}

int ptm_cuda_copy(ptm_queue *queue, ptm_buffer *to, uint64_t to_offset, const ptm_buffer *from, uint64_t from_offset,
    uint64_t size)
{
    struct cuda_device *state = queue->device->state;
    int status = ptm_cuda_enter(queue->device);
    if (status) return status;
    CUresult code;
    if (from->host)
        code = state->cuda->MemcpyHtoDAsync((CUdeviceptr)(to->address + to_offset), (const char *)from->host + from_offset,
            (size_t)size, queue->state);
    else if (to->host)
        code = state->cuda->MemcpyDtoHAsync((char *)to->host + to_offset, (CUdeviceptr)(from->address + from_offset),
            (size_t)size, queue->state);
    else
        code = state->cuda->MemcpyDtoDAsync((CUdeviceptr)(to->address + to_offset),
            (CUdeviceptr)(from->address + from_offset), (size_t)size, queue->state);
    return ptm_cuda_leave(queue->device, code, "copying %llu bytes", (unsigned long long)size);
}

int ptm_cuda_fill(ptm_queue *queue, ptm_buffer *to, uint64_t offset, uint32_t pattern, uint64_t size)
{
    struct cuda_device *state = queue->device->state;
    int status = ptm_cuda_enter(queue->device);
    if (status) return status;
    CUresult code = state->cuda->MemsetD32Async((CUdeviceptr)(to->address + offset), pattern,
        (size_t)(size / sizeof pattern), queue->state);
    return ptm_cuda_leave(queue->device, code, "filling %llu bytes", (unsigned long long)size);
}

static CUresult create_array(const struct cuda_api *cuda, CUarray *array, const ptm_texture *texture)
{
    const CUDA_ARRAY3D_DESCRIPTOR_v2 descriptor = { .Width = (size_t)texture->n[0], .Height = (size_t)texture->n[1],
        .Depth = (size_t)texture->n[2], .Format = CU_AD_FORMAT_FLOAT, .NumChannels = 1,
        .Flags = texture->volume ? 0 : CUDA_ARRAY3D_LAYERED };
    return cuda->Array3DCreate(array, &descriptor);
}

/* Linear, zero outside, coordinates that count texels. */
static CUresult create_object(const struct cuda_api *cuda, CUtexObject *object, CUarray array)
{
    const CUDA_RESOURCE_DESC_v1 resource = { .resType = CU_RESOURCE_TYPE_ARRAY, .res.array.hArray = array };
    const CUDA_TEXTURE_DESC_v1 sampling = { .addressMode = { CU_TR_ADDRESS_MODE_BORDER, CU_TR_ADDRESS_MODE_BORDER,
                                                CU_TR_ADDRESS_MODE_BORDER },
        .filterMode = CU_TR_FILTER_MODE_LINEAR };
    return cuda->TexObjectCreate(object, &resource, &sampling, NULL);
}

int ptm_cuda_texture_create(ptm_texture *texture)
{
    struct cuda_device *state = texture->device->state;
    CUarray array = NULL;
    CUtexObject object = 0;
    int status = ptm_cuda_enter(texture->device);
    if (status) return status;
    CUresult code = create_array(state->cuda, &array, texture);
    if (!code) {
        code = create_object(state->cuda, &object, array);
        if (code) state->cuda->ArrayDestroy(array);
    }
    if (!code) {
        texture->state = array;
        texture->handle = object;
    }
    return ptm_cuda_leave(texture->device, code, "making a texture of %d x %d x %d", texture->n[2], texture->n[1],
        texture->n[0]);
}

void ptm_cuda_texture_destroy(ptm_texture *texture)
{
    struct cuda_device *state = texture->device->state;
    if (!enter_idle(texture->device)) return;
    state->cuda->TexObjectDestroy((CUtexObject)texture->handle);
    state->cuda->ArrayDestroy(texture->state);
    ptm_cuda_leave_freed(texture->device);
}

int ptm_cuda_texture_upload(ptm_queue *queue, ptm_texture *texture, const ptm_buffer *from, uint64_t offset)
{
    struct cuda_device *state = queue->device->state;
    const size_t width = (size_t)texture->n[0] * sizeof(float), height = (size_t)texture->n[1];
    const CUDA_MEMCPY3D_v2 copy = { .srcMemoryType = CU_MEMORYTYPE_DEVICE,
        .srcDevice = (CUdeviceptr)(from->address + offset), .srcPitch = width, .srcHeight = height,
        .dstMemoryType = CU_MEMORYTYPE_ARRAY, .dstArray = texture->state, .WidthInBytes = width, .Height = height,
        .Depth = (size_t)texture->n[2] };
    int status = ptm_cuda_enter(queue->device);
    if (status) return status;
    return ptm_cuda_leave(queue->device, state->cuda->Memcpy3DAsync(&copy, queue->state),
        "filling a texture of %d x %d x %d", texture->n[2], texture->n[1], texture->n[0]);
}
