/* dry.c - a device on which nothing happens: buffers have sizes and no memory, so that what is made on it tells what it
 * needs. */
#include "core/device.h"

#include <string.h>

static void close_device(ptm_device *device)
{
    (void)device;
}

static int do_nothing(ptm_queue *queue)
{
    (void)queue;
    return PTM_OK;
}

static void forget_queue(ptm_queue *queue)
{
    (void)queue;
}

static int event_create(ptm_event *event)
{
    (void)event;
    return PTM_OK;
}

static void event_destroy(ptm_event *event)
{
    (void)event;
}

static int event_record(ptm_event *event, ptm_queue *queue)
{
    (void)event;
    return do_nothing(queue);
}

static int event_wait(ptm_event *event)
{
    (void)event;
    return PTM_OK;
}

static int queue_wait(ptm_queue *queue, const ptm_event *event)
{
    (void)event;
    return do_nothing(queue);
}

static int buffer_create(ptm_buffer *buffer)
{
    (void)buffer;
    return PTM_OK;
}

static int buffer_import(ptm_buffer *buffer)
{
    (void)buffer;
    return PTM_OK;
}

static void buffer_destroy(ptm_buffer *buffer)
{
    (void)buffer;
}

static int write_bytes(ptm_queue *queue, ptm_buffer *to, uint64_t offset, const void *data, uint64_t size)
{
    (void)to;
    (void)offset;
    (void)data;
    (void)size;
    return do_nothing(queue);
}

static int read_bytes(ptm_queue *queue, const ptm_buffer *from, uint64_t offset, void *data, uint64_t size)
{
    (void)from;
    (void)offset;
    memset(data, 0, (size_t)size);
    return do_nothing(queue);
}

static int copy_bytes(ptm_queue *queue, ptm_buffer *to, uint64_t to_offset, const ptm_buffer *from, uint64_t from_offset,
    uint64_t size)
{
    (void)to;
    (void)to_offset;
    (void)from;
    (void)from_offset;
    (void)size;
    return do_nothing(queue);
}

static int fill(ptm_queue *queue, ptm_buffer *to, uint64_t offset, uint32_t pattern, uint64_t size)
{
    (void)to;
    (void)offset;
    (void)pattern;
    (void)size;
    return do_nothing(queue);
}

static int texture_create(ptm_texture *texture)
{
    (void)texture;
    return PTM_OK;
}

static void texture_destroy(ptm_texture *texture)
{
    (void)texture;
}

static int texture_upload(ptm_queue *queue, ptm_texture *texture, const ptm_buffer *from, uint64_t offset)
{
    (void)texture;
    (void)from;
    (void)offset;
    return do_nothing(queue);
}

static int kernel_create(ptm_kernel *kernel)
{
    (void)kernel;
    return PTM_OK;
}

static void kernel_destroy(ptm_kernel *kernel)
{
    (void)kernel;
}

static int launch(ptm_queue *queue, const ptm_launch *work)
{
    (void)work;
    return do_nothing(queue);
}

static const ptm_backend dry = {
    .name = "dry",
    .close = close_device,
    .queue_create = do_nothing,
    .queue_destroy = forget_queue,
    .flush = do_nothing,
    .finish = do_nothing,
    .event_create = event_create,
    .event_destroy = event_destroy,
    .event_record = event_record,
    .event_wait = event_wait,
    .queue_wait = queue_wait,
    .buffer_create = buffer_create,
    .buffer_import = buffer_import,
    .staging_create = buffer_create,
    .buffer_destroy = buffer_destroy,
    .write = write_bytes,
    .read = read_bytes,
    .copy = copy_bytes,
    .fill = fill,
    .texture_create = texture_create,
    .texture_destroy = texture_destroy,
    .texture_upload = texture_upload,
    .kernel_create = kernel_create,
    .kernel_destroy = kernel_destroy,
    .launch = launch,
};

void ptm_device_dry(ptm_device *device)
{
    device->backend->finish(&device->queue);
    device->backend->close(device);
    device->backend = &dry;
    device->dry = true;
    device->state = device->queue.state = NULL;
}
