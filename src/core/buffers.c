/* buffers.c - memory and textures on devices. */
#include "core/device.h"

#include <stdlib.h>

static void hold(ptm_device *device, uint64_t bytes)
{
    device->held += bytes;
    if (device->held > device->most_held) device->most_held = device->held;
}

static int make(
    ptm_buffer **out, ptm_device *device, void *host, uint64_t size, int (*create)(ptm_buffer *buffer), bool counted)
{
    *out = NULL;
    /* Sizes are rounded up and added to, which must not wrap. */
    const uint64_t most = device->info.max_buffer ? device->info.max_buffer : PTRDIFF_MAX / 2;
    if (!host && size > most)
        return ptm_fail(PTM_ERROR_MEMORY, "%s: a buffer of %llu bytes; the largest has %llu", device->info.name,
            (unsigned long long)size, (unsigned long long)most);
    ptm_buffer *buffer = ptm_alloc(1, sizeof *buffer);
    if (!buffer) return PTM_ERROR_MEMORY;
    buffer->device = device;
    buffer->size = size ? size : sizeof(float);
    buffer->host = host;
    int status = create(buffer);
    if (status) {
        free(buffer);
        return status;
    }
    buffer->counted = counted;
    if (counted) hold(device, buffer->size);
    *out = buffer;
    return PTM_OK;
}

int ptm_buffer_create(ptm_buffer **out, ptm_device *device, uint64_t size)
{
    return make(out, device, NULL, size, device->backend->buffer_create, true);
}

int ptm_staging_create(ptm_buffer **out, ptm_device *device, uint64_t size)
{
    return make(out, device, NULL, size, device->backend->staging_create, device->limits.direct_staging);
}

int ptm_buffer_import(ptm_buffer **out, ptm_device *device, void *host, uint64_t size)
{
    if (device->limits.alignment == 0)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s cannot use the host's memory", device->info.name);
    if ((uintptr_t)host % device->limits.alignment)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s needs host memory aligned to %llu bytes", device->info.name,
            (unsigned long long)device->limits.alignment);
    return make(out, device, host, size, device->backend->buffer_import, false);
}

void ptm_buffer_destroy(ptm_buffer **buffer)
{
    if (!*buffer) return;
    if ((*buffer)->counted) (*buffer)->device->held -= (*buffer)->size;
    (*buffer)->device->backend->buffer_destroy(*buffer);
    free(*buffer);
    *buffer = NULL;
}

static int check_range(const ptm_buffer *buffer, uint64_t offset, uint64_t size)
{
    if (offset <= buffer->size && size <= buffer->size - offset) return PTM_OK;
    return ptm_fail(PTM_ERROR_INTERNAL, "bytes %llu to %llu of a buffer of %llu", (unsigned long long)offset,
        (unsigned long long)(offset + size), (unsigned long long)buffer->size);
}

int ptm_buffer_write(ptm_queue *queue, ptm_buffer *to, uint64_t offset, const void *data, uint64_t size)
{
    int status = check_range(to, offset, size);
    return status || size == 0 ? status : queue->device->backend->write(queue, to, offset, data, size);
}

int ptm_buffer_read(ptm_queue *queue, const ptm_buffer *from, uint64_t offset, void *data, uint64_t size)
{
    int status = check_range(from, offset, size);
    return status || size == 0 ? status : queue->device->backend->read(queue, from, offset, data, size);
}

int ptm_buffer_copy(ptm_queue *queue, ptm_buffer *to, uint64_t to_offset, const ptm_buffer *from, uint64_t from_offset,
    uint64_t size)
{
    int status = check_range(to, to_offset, size);
    if (!status) status = check_range(from, from_offset, size);
    return status || size == 0 ? status : queue->device->backend->copy(queue, to, to_offset, from, from_offset, size);
}

static uint64_t texture_bytes(const ptm_texture *t)
{
    return (uint64_t)t->n[0] * (uint64_t)t->n[1] * (uint64_t)t->n[2] * sizeof(float);
}

int ptm_texture_create(ptm_texture **out, ptm_device *device, bool volume, const int n[3])
{
    *out = NULL;
    const int64_t *most = volume ? device->limits.image_3d : device->limits.image_2d;
    if (!device->limits.textures || n[0] > most[0] || n[1] > most[1] || n[2] > most[2])
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s has no texture of %d x %d x %d", device->info.name, n[2], n[1], n[0]);
    ptm_texture *texture = ptm_alloc(1, sizeof *texture);
    if (!texture) return PTM_ERROR_MEMORY;
    *texture = (ptm_texture){ .device = device, .volume = volume, .n = { n[0], n[1], n[2] } };
    int status = device->backend->texture_create(texture);
    if (status) {
        free(texture);
        return status;
    }
    hold(device, texture_bytes(texture));
    *out = texture;
    return PTM_OK;
}

void ptm_texture_destroy(ptm_texture **texture)
{
    if (!*texture) return;
    (*texture)->device->held -= texture_bytes(*texture);
    (*texture)->device->backend->texture_destroy(*texture);
    free(*texture);
    *texture = NULL;
}
