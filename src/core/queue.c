/* queue.c - orders of work, and how they wait for each other. */
#include "core/device.h"

#include <stdlib.h>

static int make(ptm_queue **out, ptm_device *device, void *native, bool imported)
{
    if (out) *out = NULL;
    if (!out || !device) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "device" : "out");
    const ptm_backend *backend = device->backend;
    if (imported && !backend->queue_import)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s: the %s backend cannot use a queue of the caller's", device->info.name,
            backend->name);
    ptm_queue *queue = ptm_alloc(1, sizeof *queue);
    if (!queue) return PTM_ERROR_MEMORY;
    queue->device = device;
    queue->imported = imported;
    int status = imported ? backend->queue_import(queue, native) : backend->queue_create(queue);
    if (status) free(queue);
    else *out = queue;
    return status;
}

int ptm_queue_create(ptm_queue **out, ptm_device *device)
{
    return make(out, device, NULL, false);
}

int ptm_queue_import(ptm_queue **out, ptm_device *device, void *native)
{
    return make(out, device, native, true);
}

void ptm_queue_destroy(ptm_queue **queue)
{
    if (!queue || !*queue) return;
    (*queue)->device->backend->finish(*queue);
    (*queue)->device->backend->queue_destroy(*queue);
    free(*queue);
    *queue = NULL;
}

int ptm_queue_finish(ptm_queue *queue)
{
    if (!queue) return ptm_fail(PTM_ERROR_ARGUMENT, "queue is NULL");
    return queue->device->backend->finish(queue);
}

int ptm_queue_wait(ptm_queue *queue, ptm_queue *other)
{
    if (!queue && !other) return ptm_fail(PTM_ERROR_ARGUMENT, "queue and other are both NULL");
    if (!queue) queue = &other->device->queue;
    if (!other) other = &queue->device->queue;
    if (queue->device != other->device)
        return ptm_fail(PTM_ERROR_ARGUMENT, "queue is of %s and other of another device, %s", queue->device->info.name,
            other->device->info.name);
    if (queue == other) return PTM_OK;
    ptm_event *event;
    int status = ptm_event_create(&event, queue->device);
    if (!status) status = ptm_event_record(event, other);
    if (!status) status = ptm_event_hold(queue, event);
    ptm_event_destroy(&event);
    return status;
}

int ptm_queue_flush(ptm_queue *queue)
{
    return queue->device->backend->flush(queue);
}

int ptm_device_worker(ptm_queue **out, ptm_device *device)
{
    int status = device->worker ? PTM_OK : ptm_queue_create(&device->worker, device);
    *out = device->worker;
    return status;
}

int ptm_event_create(ptm_event **out, ptm_device *device)
{
    *out = NULL;
    ptm_event *event = ptm_alloc(1, sizeof *event);
    if (!event) return PTM_ERROR_MEMORY;
    event->device = device;
    int status = device->backend->event_create(event);
    if (status) free(event);
    else *out = event;
    return status;
}

void ptm_event_destroy(ptm_event **event)
{
    if (!*event) return;
    (*event)->device->backend->event_destroy(*event);
    free(*event);
    *event = NULL;
}

int ptm_event_record(ptm_event *event, ptm_queue *queue)
{
    return event->device->backend->event_record(event, queue);
}

int ptm_event_wait(ptm_event *event)
{
    return event->device->backend->event_wait(event);
}

int ptm_event_hold(ptm_queue *queue, const ptm_event *event)
{
    return event->device->backend->queue_wait(queue, event);
}
