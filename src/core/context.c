/* context.c - contexts, and finding devices by name. */
#include "core/device.h"
#include "core/environment.h"
#include "core/kernels.h"
#include "core/threads.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the probe of one backend found. */
struct ptm_found {
    const ptm_backend *backend;
    ptm_device_entry *entries;
    int count;
    char reason[512];
};

static pthread_mutex_t probe_lock = PTHREAD_MUTEX_INITIALIZER;

void ptm_log(const ptm_context *context, ptm_log_level level, const char *format, ...)
{
    if (!context->options.log) return;
    char message[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    context->options.log(context->options.log_user, level, message);
}

int ptm_context_create(ptm_context **out, const ptm_context_options *options)
{
    if (!out) return ptm_fail(PTM_ERROR_ARGUMENT, "out is NULL");
    *out = NULL;
    ptm_context_options o;
    int status = ptm_copy_sized(&o, sizeof o, options, "ptm_context_options");
    if (status) return status;
    if (o.threads < 0 || o.threads > PTM_MAX_THREADS)
        return ptm_fail(PTM_ERROR_ARGUMENT, "threads is %d, expected 0 to %d", o.threads, PTM_MAX_THREADS);
    status = ptm_environment_check();
    if (status) return status;
    ptm_context *context = ptm_alloc(1, sizeof *context);
    if (!context) return PTM_ERROR_MEMORY;
    context->options = o;
    status = ptm_threads_create(&context->threads, o.threads ? o.threads : ptm_environment_threads());
    if (status) {
        free(context);
        return status;
    }
    *out = context;
    return PTM_OK;
}

static int backend_count(void)
{
    int n = 0;
    while (ptm_all_backends[n]) n++;
    return n;
}

void ptm_context_destroy(ptm_context **context)
{
    if (!context || !*context) return;
    ptm_context *c = *context;
    *context = NULL;
    if (c->found)
        for (int i = 0; i < backend_count(); ++i) free(c->found[i].entries);
    free(c->found);
    ptm_threads_destroy(&c->threads);
    free(c);
}

static void probe(ptm_context *context, struct ptm_found *f, const ptm_backend *backend)
{
    f->backend = backend;
    if (!ptm_environment_allows(backend->name)) {
        snprintf(f->reason, sizeof f->reason, "left out by POLYTOME_BACKENDS");
        return;
    }
    int status = backend->probe(context, &f->entries, &f->count, f->reason, sizeof f->reason);
    if (status) {
        f->count = 0;
        snprintf(f->reason, sizeof f->reason, "%s", ptm_error_message());
    }
    if (f->count == 0) ptm_log(context, PTM_LOG_INFO, "%s: %s", backend->name, f->reason);
    for (int k = 0; k < f->count; ++k) {
        f->entries[k].info.backend = backend->name;
        f->entries[k].info.index = k;
        ptm_log(context, PTM_LOG_INFO, "%s:%d is %s", backend->name, k, f->entries[k].info.name);
    }
}

/* Of one backend, or of all where it is NULL; of each once. Who names a device need not load the drivers of others. */
static int probe_once(ptm_context *context, const ptm_backend *only)
{
    int status = PTM_OK;
    pthread_mutex_lock(&probe_lock);
    if (!context->found) context->found = ptm_alloc((size_t)backend_count(), sizeof *context->found);
    if (!context->found) status = PTM_ERROR_MEMORY;
    for (int i = 0; i < backend_count() && !status; ++i) {
        const ptm_backend *backend = ptm_all_backends[i];
        if (!context->found[i].backend && (!only || only == backend)) probe(context, &context->found[i], backend);
    }
    pthread_mutex_unlock(&probe_lock);
    return status;
}

int ptm_backends(ptm_context *context, ptm_backend_info *infos, int capacity)
{
    if (!context || (!infos && capacity > 0))
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !context ? "context" : "infos");
    int status = probe_once(context, NULL);
    if (status) return status;
    for (int i = 0; i < backend_count() && i < capacity; ++i)
        infos[i] = (ptm_backend_info){ context->found[i].backend->name, context->found[i].count,
            context->found[i].reason };
    return backend_count();
}

int ptm_devices(ptm_context *context, ptm_device_info *infos, int capacity)
{
    if (!context || (!infos && capacity > 0))
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !context ? "context" : "infos");
    int status = probe_once(context, NULL), n = 0;
    if (status) return status;
    for (int i = 0; i < backend_count(); ++i)
        for (int k = 0; k < context->found[i].count; ++k, ++n)
            if (n < capacity) infos[n] = context->found[i].entries[k].info;
    return n;
}

static int index_of_backend(const char *name, size_t length)
{
    for (int i = 0; i < backend_count(); ++i) {
        const char *backend = ptm_all_backends[i]->name;
        if (strlen(backend) == length && strncmp(backend, name, length) == 0) return i;
    }
    return -1;
}

/* A real GPU, in the order of the backends, else the host. */
static int choose(const ptm_device_entry **out, ptm_context *context)
{
    int status = probe_once(context, NULL);
    for (int i = 0; i < backend_count() && !status; ++i)
        for (int k = 0; k < context->found[i].count; ++k) {
            const ptm_device_entry *entry = &context->found[i].entries[k];
            const bool host = strcmp(entry->info.backend, "host") == 0;
            if (!host && !entry->info.gpu) continue;
            *out = entry;
            if (!host) return PTM_OK;
        }
    return status || *out ? status : ptm_fail(PTM_ERROR_NOT_FOUND, "there is no device: %s", context->found[0].reason);
}

static int unknown_name(const char *who, const char *name)
{
    char names[128] = "";
    for (int i = 0; i < backend_count(); ++i) {
        strncat(names, ", ", sizeof names - strlen(names) - 1);
        strncat(names, ptm_all_backends[i]->name, sizeof names - strlen(names) - 1);
    }
    return ptm_fail(
        PTM_ERROR_NOT_FOUND, "%s is \"%s\", expected auto%s, with a number if there are several", who, name, names);
}

/* who: what has the name, for messages. */
static int find(const ptm_device_entry **out, ptm_context *context, const char *who, const char *name)
{
    const size_t length = strcspn(name, ":");
    long number = 0;
    if (name[length] == ':') {
        char *end;
        number = strtol(name + length + 1, &end, 10);
        if (end == name + length + 1 || *end || number < 0)
            return ptm_fail(
                PTM_ERROR_NOT_FOUND, "%s is \"%s\", expected a backend and a number, as in vulkan:1", who, name);
    }
    const int i = index_of_backend(name, length);
    if (i < 0) return unknown_name(who, name);
    int status = probe_once(context, ptm_all_backends[i]);
    if (status) return status;
    const struct ptm_found *found = &context->found[i];
    if (found->count == 0) return ptm_fail(PTM_ERROR_NOT_FOUND, "no device %s: %s", name, found->reason);
    if (number >= found->count)
        return ptm_fail(PTM_ERROR_NOT_FOUND, "no device %s: there are %d, counted from 0", name, found->count);
    *out = &found->entries[number];
    return PTM_OK;
}

static int open_device(ptm_device **out, ptm_context *context, const char *name, bool dry)
{
    if (out) *out = NULL;
    if (!out || !context) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "context" : "out");
    const char *who = "device";
    if (!name || strcmp(name, "auto") == 0) {
        who = "POLYTOME_DEVICE";
        name = getenv(who);
        if (name && strcmp(name, "auto") == 0) name = NULL;
    }
    const ptm_device_entry *entry = NULL;
    int status = name && *name ? find(&entry, context, who, name) : choose(&entry, context);
    if (status) return status;
    const ptm_backend *backend = ptm_all_backends[index_of_backend(entry->info.backend, strlen(entry->info.backend))];
    ptm_device *device = ptm_alloc(1, sizeof *device);
    if (!device) return PTM_ERROR_MEMORY;
    device->context = context;
    device->backend = backend;
    device->info = entry->info;
    device->queue.device = device;
    status = ptm_kernel_cache_create(&device->kernels);
    if (!status) status = backend->open(device, entry->handle);
    if (status) {
        ptm_kernel_cache_destroy(&device->kernels);
        free(device);
        return status;
    }
    if (dry) ptm_device_dry(device);
    *out = device;
    return PTM_OK;
}

int ptm_device_open(ptm_device **out, ptm_context *context, const char *name)
{
    return open_device(out, context, name, false);
}

int ptm_device_open_dry(ptm_device **out, ptm_context *context, const char *name)
{
    return open_device(out, context, name, true);
}

void ptm_device_close(ptm_device **device)
{
    if (!device || !*device) return;
    ptm_device *d = *device;
    *device = NULL;
    ptm_queue_destroy(&d->worker);
    d->backend->finish(&d->queue);
    ptm_kernel_cache_destroy(&d->kernels);
    d->backend->close(d);
    free(d);
}

const ptm_device_info *ptm_device_get_info(const ptm_device *device)
{
    return device ? &device->info : NULL;
}

void *ptm_device_get_native(const ptm_device *device)
{
    return device && device->backend->native ? device->backend->native(device) : NULL;
}
