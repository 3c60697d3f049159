/* host.c - the host's cores as a device: the C build of the kernels on a pool of threads. */
#include "host.h"
#include "core/device.h"
#include "core/threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOST_ALIGNMENT 64 /* a cache line, and the widest vector */

static void name_processor(char *name, size_t size)
{
    snprintf(name, size, "host processor");
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (!file) return;
    char line[512];
    while (fgets(line, sizeof line, file)) {
        char *value = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !value) continue;
        value += strspn(value, ": \t");
        value[strcspn(value, "\n")] = '\0';
        snprintf(name, size, "%s", value);
        break;
    }
    fclose(file);
}

static int probe(ptm_context *context, ptm_device_entry **entries, int *count, char *reason, size_t reason_size)
{
    (void)reason;
    (void)reason_size;
    ptm_device_entry *entry = ptm_alloc(1, sizeof *entry);
    if (!entry) return PTM_ERROR_MEMORY;
    name_processor(entry->info.name, sizeof entry->info.name);
    snprintf(entry->info.driver, sizeof entry->info.driver, "%d threads", ptm_threads_count(context->threads));
    entry->info.unified = true;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    entry->info.memory = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0;
    entry->info.max_buffer = entry->info.memory;
    *entries = entry;
    *count = 1;
    return PTM_OK;
}

static int open_device(ptm_device *device, void *handle)
{
    (void)handle;
    struct host_device *state = ptm_alloc(1, sizeof *state);
    if (!state) return PTM_ERROR_MEMORY;
    pthread_mutex_init(&state->lock, NULL);
    pthread_cond_init(&state->changed, NULL);
    device->state = state;
    device->limits = (ptm_device_limits){ .wide = true, .doubles = true, .imports_shared = true,
        .items = ptm_threads_count(device->context->threads), .lanes_per_item = 1, .group = { 1, 1, 1 },
        .immediate = true, .direct_staging = true, .alignment = 1 };
    return PTM_OK;
}

static void close_device(ptm_device *device)
{
    struct host_device *state = device->state;
    pthread_cond_destroy(&state->changed);
    pthread_mutex_destroy(&state->lock);
    free(state);
}

static int buffer_create(ptm_buffer *buffer)
{
    buffer->state = aligned_alloc(
        HOST_ALIGNMENT, (size_t)((buffer->size + HOST_ALIGNMENT - 1) / HOST_ALIGNMENT * HOST_ALIGNMENT));
    if (!buffer->state)
        return ptm_fail(PTM_ERROR_MEMORY, "no memory on the host for %llu bytes", (unsigned long long)buffer->size);
    buffer->host = buffer->state;
    buffer->address = (uint64_t)(uintptr_t)buffer->host;
    return PTM_OK;
}

static int buffer_import(ptm_buffer *buffer)
{
    buffer->address = (uint64_t)(uintptr_t)buffer->host;
    return PTM_OK;
}

/* Waits for the work that may use it: afterwards an imported buffer's memory is the caller's alone. */
static void buffer_destroy(ptm_buffer *buffer)
{
    ptm_host_finish_all(buffer->device->state);
    free(buffer->state);
}

static int write_bytes(ptm_queue *queue, ptm_buffer *to, uint64_t offset, const void *data, uint64_t size)
{
    ptm_host_finish(queue);
    memmove((char *)to->host + offset, data, (size_t)size);
    return PTM_OK;
}

static int read_bytes(ptm_queue *queue, const ptm_buffer *from, uint64_t offset, void *data, uint64_t size)
{
    ptm_host_finish(queue);
    memmove(data, (const char *)from->host + offset, (size_t)size);
    return PTM_OK;
}

static int copy_bytes(ptm_queue *queue, ptm_buffer *to, uint64_t to_offset, const ptm_buffer *from, uint64_t from_offset,
    uint64_t size)
{
    return write_bytes(queue, to, to_offset, (const char *)from->host + from_offset, size);
}

static int fill(ptm_queue *queue, ptm_buffer *to, uint64_t offset, uint32_t pattern, uint64_t size)
{
    ptm_host_finish(queue);
    uint32_t *at = (uint32_t *)((char *)to->host + offset);
    for (uint64_t i = 0; i < size / sizeof pattern; ++i) at[i] = pattern;
    return PTM_OK;
}

static int kernel_create(ptm_kernel *kernel)
{
    kernel->wide = true; /* the C build has no other form */
    return PTM_OK;
}

static void kernel_destroy(ptm_kernel *kernel)
{
    (void)kernel;
}

struct run {
    const ptm_launch *launch;
    int items[3];
};

static void run_items(void *user, long first, long last)
{
    const struct run *run = user;
    run->launch->kernel->code->run(run->launch->block, run->items, first, last);
}

void ptm_host_run(const ptm_device *device, const ptm_launch *launch)
{
    const ptm_kernel_code *code = launch->kernel->code;
    struct run run = { launch, { (launch->n[0] + code->lanes - 1) / code->lanes,
        (launch->n[1] + code->tile[0] - 1) / code->tile[0], (launch->n[2] + code->tile[1] - 1) / code->tile[1] } };
    long count = (long)run.items[0] * run.items[1] * run.items[2];
    ptm_threads *threads = device->context->threads;
    long piece = count / (16L * ptm_threads_count(threads));
    ptm_threads_run(threads, count, piece < 1 ? 1 : piece > 64 ? 64 : piece, run_items, &run);
}

const ptm_backend ptm_backend_host = {
    .name = "host",
    .probe = probe,
    .open = open_device,
    .close = close_device,
    .queue_create = ptm_host_queue_create,
    .queue_destroy = ptm_host_queue_destroy,
    .flush = ptm_host_flush,
    .finish = ptm_host_finish,
    .event_create = ptm_host_event_create,
    .event_destroy = ptm_host_event_destroy,
    .event_record = ptm_host_event_record,
    .event_wait = ptm_host_event_wait,
    .queue_wait = ptm_host_queue_wait,
    .buffer_create = buffer_create,
    .buffer_import = buffer_import,
    .staging_create = buffer_create,
    .buffer_destroy = buffer_destroy,
    .write = write_bytes,
    .read = read_bytes,
    .copy = copy_bytes,
    .fill = fill,
    .kernel_create = kernel_create,
    .kernel_destroy = kernel_destroy,
    .launch = ptm_host_launch,
};
