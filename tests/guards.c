#include "guards.h"

#include <string.h>

#define GUARD 64 /* bytes */

static const ptm_backend *real;
static ptm_backend guarded;
static int seen, broken;

static int make(ptm_buffer *buffer, int (*create)(ptm_buffer *buffer))
{
    char guard[GUARD];
    const uint64_t size = buffer->size;
    memset(guard, 0x5a, GUARD);
    buffer->size = size + GUARD;
    int status = create(buffer);
    if (!status && (status = real->write(&buffer->device->queue, buffer, size, guard, GUARD))) real->buffer_destroy(buffer);
    buffer->size = size;
    return status;
}

static int buffer_create(ptm_buffer *buffer)
{
    return make(buffer, real->buffer_create);
}

/* Kernels use it only where it is direct; else it is not counted, nor is the caller's memory. */
static int staging_create(ptm_buffer *buffer)
{
    return buffer->device->limits.direct_staging ? make(buffer, real->staging_create) : real->staging_create(buffer);
}

static void buffer_destroy(ptm_buffer *buffer)
{
    char guard[GUARD];
    if (buffer->counted) {
        bool intact = real->read(&buffer->device->queue, buffer, buffer->size, guard, GUARD) == PTM_OK;
        for (int i = 0; i < GUARD; ++i) intact = intact && guard[i] == 0x5a;
        seen++;
        broken += !intact;
    }
    real->buffer_destroy(buffer);
}

void guards_begin(ptm_device *device)
{
    real = device->backend;
    guarded = *real;
    guarded.buffer_create = buffer_create;
    guarded.staging_create = staging_create;
    guarded.buffer_destroy = buffer_destroy;
    device->backend = &guarded;
    seen = broken = 0;
}

bool guards_end(ptm_device *device)
{
    device->backend = real;
    return seen > 0 && broken == 0;
}
