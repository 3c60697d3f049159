/* kernels.c - kernels by name, and launching them. */
#include "core/kernels.h"
#include "core/cpu.h"
#include "core/device.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A list: a kernel, once found, stays where it is until the device closes. */
struct node {
    ptm_kernel kernel;
    ptm_kernel_form form;
    struct node *next;
};
struct ptm_kernel_cache {
    pthread_mutex_t lock;
    struct node *first;
};

int ptm_kernel_cache_create(struct ptm_kernel_cache **out)
{
    *out = ptm_alloc(1, sizeof **out);
    if (!*out) return PTM_ERROR_MEMORY;
    pthread_mutex_init(&(*out)->lock, NULL);
    return PTM_OK;
}

void ptm_kernel_cache_destroy(struct ptm_kernel_cache **cache)
{
    if (!*cache) return;
    for (struct node *n = (*cache)->first, *next; n; n = next) {
        next = n->next;
        n->kernel.device->backend->kernel_destroy(&n->kernel);
        free(n);
    }
    pthread_mutex_destroy(&(*cache)->lock);
    free(*cache);
    *cache = NULL;
}

static const ptm_kernel_source *source_by_name(const char *name)
{
    for (const ptm_kernel_source *s = ptm_kernel_sources; s->name; ++s)
        if (strcmp(s->name, name) == 0) return s;
    return NULL;
}

/* The best of the host's builds that this processor runs; the list goes from the plainest up. */
static const ptm_kernel_code *best_code(const ptm_kernel_source *source, size_t real_size)
{
    const ptm_kernel_code *best = NULL;
    for (const ptm_kernel_code *const *code = source->codes; *code; ++code)
        if ((*code)->real_size == real_size && ptm_cpu_runs((*code)->variant)) best = *code;
    return best;
}

static void complete_form(ptm_kernel_form *form, const ptm_device *device)
{
    const ptm_device_limits *limits = &device->limits;
    if (form->real_size == 0) form->real_size = sizeof(float);
    if (form->wide == 0) form->wide = limits->wide && !form->texture ? 1 : -1;
    if (form->lanes_per_item == 0) form->lanes_per_item = limits->lanes_per_item;
    for (int i = 0; i < 3; ++i)
        if (form->group[i] == 0) form->group[i] = limits->group[i];
}

static bool same_form(const ptm_kernel_form *a, const ptm_kernel_form *b)
{
    return a->real_size == b->real_size && a->texture == b->texture && a->wide == b->wide &&
           a->lanes_per_item == b->lanes_per_item && memcmp(a->group, b->group, sizeof a->group) == 0;
}

static int build(struct node **out, ptm_device *device, const ptm_kernel_source *source, const ptm_kernel_form *form)
{
    struct node *node = ptm_alloc(1, sizeof *node);
    if (!node) return PTM_ERROR_MEMORY;
    node->form = *form;
    node->kernel = (ptm_kernel){ .device = device, .source = source, .code = best_code(source, form->real_size),
        .wide = form->wide > 0, .texture = form->texture, .lanes_per_item = form->lanes_per_item };
    memcpy(node->kernel.group, form->group, sizeof form->group);
    int status = node->kernel.code ? device->backend->kernel_create(&node->kernel)
        : ptm_fail(PTM_ERROR_UNSUPPORTED, "kernel %s is not built for reals of %zu bytes", source->name, form->real_size);
    if (status) {
        free(node);
        return status;
    }
    *out = node;
    return PTM_OK;
}

int ptm_kernel_get(const ptm_kernel **out, ptm_device *device, const char *name, const ptm_kernel_form *wanted)
{
    ptm_kernel_form form = { 0 };
    if (wanted) form = *wanted;
    complete_form(&form, device);
    const ptm_kernel_source *source = source_by_name(name);
    if (!source) return ptm_fail(PTM_ERROR_NOT_FOUND, "there is no kernel %s", name);
    if (form.real_size != sizeof(float) && !device->limits.doubles)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "float64 is for the host device; %s computes in float32", device->info.name);
    if (form.texture && !device->limits.textures)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s cannot sample textures", device->info.name);

    struct ptm_kernel_cache *cache = device->kernels;
    int status = PTM_OK;
    pthread_mutex_lock(&cache->lock);
    struct node *node = cache->first;
    while (node && (node->kernel.source != source || !same_form(&node->form, &form))) node = node->next;
    if (!node) {
        status = build(&node, device, source, &form);
        if (!status) {
            node->next = cache->first;
            cache->first = node;
        }
    }
    pthread_mutex_unlock(&cache->lock);
    *out = status ? NULL : &node->kernel;
    return status;
}

/* A field as every target but OpenCL sees it. */
struct field_slot {
    uint64_t address;
    int32_t n0, n1, n2, pitch, plane, front;
};

static uint64_t address_of(ptm_ref ref)
{
    return ref.buffer ? ref.buffer->address + ref.offset : 0;
}

static void pack_argument(void *slot, const ptm_kernel_argument *argument, const void *value, const ptm_kernel *kernel)
{
    switch (argument->kind) {
    case PTM_KIND_out:
    case PTM_KIND_in:
    case PTM_KIND_raw: {
        uint64_t address = address_of(*(const ptm_ref *)value);
        memcpy(slot, &address, sizeof address);
        return;
    }
    case PTM_KIND_stack:
    case PTM_KIND_volume: {
        const ptm_field_ref *f = value;
        struct field_slot field = { kernel->texture ? f->texture->handle : address_of(f->at), f->n0, f->n1, f->n2,
            f->pitch, f->plane, f->front };
        memcpy(slot, &field, sizeof field);
        return;
    }
    case PTM_KIND_int: memcpy(slot, value, sizeof(int32_t)); return;
    case PTM_KIND_real:
        if (kernel->code->real_size == sizeof(double)) {
            memcpy(slot, value, sizeof(double));
        } else {
            float real = (float)*(const double *)value;
            memcpy(slot, &real, sizeof real);
        }
    }
}

int ptm_launch_kernel(ptm_queue *queue, const ptm_kernel *kernel, const void *args)
{
    uint64_t block[PTM_BLOCK_MAX / sizeof(uint64_t)] = { 0 };
    const ptm_kernel_code *code = kernel->code;
    for (size_t i = 0; i < code->argument_count; ++i) {
        const ptm_kernel_argument *a = &code->arguments[i];
        pack_argument((char *)block + a->slot, a, (const char *)args + a->offset, kernel);
    }
    ptm_launch launch = { .kernel = kernel, .args = args, .block = block };
    code->count(block, launch.n);
    if (launch.n[0] <= 0 || launch.n[1] <= 0 || launch.n[2] <= 0) return PTM_OK;
    return queue->device->backend->launch(queue, &launch);
}
