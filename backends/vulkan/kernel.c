/* kernel.c - kernels from SPIR-V, kept on disk as the driver made them, and launching them. */
#include "state.h"
#include "core/cache.h"

#include <stdlib.h>

#define CACHE_FORMAT "polytome vulkan pipelines 1"

static void pipelines_key(const struct vulkan_device *d, ptm_cache_key *key)
{
    VkPhysicalDeviceProperties p;
    d->instance->GetPhysicalDeviceProperties(d->physical, &p);
    ptm_cache_key_add_text(key, CACHE_FORMAT);
    ptm_cache_key_add(key, p.pipelineCacheUUID, sizeof p.pipelineCacheUUID);
    ptm_cache_key_add(key, &p.vendorID, sizeof p.vendorID);
    ptm_cache_key_add(key, &p.deviceID, sizeof p.deviceID);
    ptm_cache_key_add(key, &p.driverVersion, sizeof p.driverVersion);
}

/* Without a cache pipelines are made all the same, so that failures do not count. */
void ptm_vulkan_load_pipelines(struct vulkan_device *d)
{
    ptm_cache_key key = { 0 };
    pipelines_key(d, &key);
    void *data = ptm_cache_load(&key, &d->pipelines_size);
    ptm_cache_key_free(&key);
    if (!data) d->pipelines_size = 0;
    VkPipelineCacheCreateInfo info = { .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO,
        .initialDataSize = d->pipelines_size, .pInitialData = data };
    if (d->vk.CreatePipelineCache(d->device, &info, NULL, &d->pipelines)) d->pipelines = VK_NULL_HANDLE;
    free(data);
}

void ptm_vulkan_store_pipelines(struct vulkan_device *d)
{
    size_t size = 0;
    if (!d->pipelines || d->vk.GetPipelineCacheData(d->device, d->pipelines, &size, NULL)) return;
    if (size == 0 || size == d->pipelines_size) return; /* nothing new */
    void *data = malloc(size);
    if (data && d->vk.GetPipelineCacheData(d->device, d->pipelines, &size, data) == VK_SUCCESS) {
        ptm_cache_key key = { 0 };
        pipelines_key(d, &key);
        ptm_cache_store(&key, data, size);
        ptm_cache_key_free(&key);
    }
    free(data);
}

/* The image that carries the most lanes among those that carry no more than asked for. */
static const ptm_kernel_image *choose_image(const ptm_kernel *kernel)
{
    const ptm_kernel_image *best = NULL;
    for (const ptm_kernel_image *image = kernel->source->spirv; image && image->data; ++image)
        if ((image->texture != 0) == kernel->texture && image->per_item <= kernel->lanes_per_item &&
            (!best || image->per_item > best->per_item))
            best = image;
    return best;
}

static int check_group(const ptm_kernel *kernel, const VkPhysicalDeviceLimits *limits)
{
    const int *g = kernel->group;
    const uint32_t *most = limits->maxComputeWorkGroupSize;
    bool fits = (uint64_t)g[0] * (uint64_t)g[1] * (uint64_t)g[2] <= limits->maxComputeWorkGroupInvocations;
    for (int i = 0; i < 3; ++i) fits = fits && g[i] > 0 && (uint32_t)g[i] <= most[i];
    if (fits) return PTM_OK;
    return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s has no work-groups of %d x %d x %d; at most %u x %u x %u and %u in all",
        kernel->device->info.name, g[0], g[1], g[2], most[0], most[1], most[2], limits->maxComputeWorkGroupInvocations);
}

static VkResult create_layout(struct vulkan_device *d, VkPipelineLayout *layout, const ptm_kernel *kernel)
{
    VkPushConstantRange block = { VK_SHADER_STAGE_COMPUTE_BIT, 0, (uint32_t)kernel->code->block_size };
    VkPipelineLayoutCreateInfo info = { .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
        .setLayoutCount = kernel->texture ? 1 : 0, .pSetLayouts = &d->texture_layout, .pushConstantRangeCount = 1,
        .pPushConstantRanges = &block };
    VkResult result = d->vk.CreatePipelineLayout(d->device, &info, NULL, layout);
    if (result) *layout = VK_NULL_HANDLE;
    return result;
}

static VkResult create_pipeline(struct vulkan_device *d, struct vulkan_kernel *k, const ptm_kernel *kernel,
    const ptm_kernel_image *image)
{
    VkShaderModule module;
    VkShaderModuleCreateInfo code = { .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = image->size,
        .pCode = image->data };
    VkResult result = d->vk.CreateShaderModule(d->device, &code, NULL, &module);
    if (result) return result;
    /* Constants 0 to 2 are the work-group's shape. */
    static const VkSpecializationMapEntry entries[3] = { { 0, 0, sizeof(int) }, { 1, sizeof(int), sizeof(int) },
        { 2, 2 * sizeof(int), sizeof(int) } };
    VkSpecializationInfo constants = { .mapEntryCount = 3, .pMapEntries = entries, .dataSize = sizeof kernel->group,
        .pData = kernel->group };
    VkComputePipelineCreateInfo info = { .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO, .layout = k->layout,
        .stage = { .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_COMPUTE_BIT,
            .module = module, .pName = "main", .pSpecializationInfo = &constants } };
    result = d->vk.CreateComputePipelines(d->device, d->pipelines, 1, &info, NULL, &k->pipeline);
    if (result) k->pipeline = VK_NULL_HANDLE;
    d->vk.DestroyShaderModule(d->device, module, NULL);
    return result;
}

static void release(struct vulkan_device *d, struct vulkan_kernel *k)
{
    if (k->pipeline) d->vk.DestroyPipeline(d->device, k->pipeline, NULL);
    if (k->layout) d->vk.DestroyPipelineLayout(d->device, k->layout, NULL);
    free(k);
}

int ptm_vulkan_kernel_create(ptm_kernel *kernel)
{
    struct vulkan_device *d = kernel->device->state;
    const ptm_kernel_image *image = choose_image(kernel);
    if (!image)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "kernel %s is not built for Vulkan%s", kernel->source->name,
            kernel->texture ? " with textures" : "");
    int status = check_group(kernel, &d->limits);
    if (status) return status;
    struct vulkan_kernel *k = ptm_alloc(1, sizeof *k);
    if (!k) return PTM_ERROR_MEMORY;
    VkResult result = create_layout(d, &k->layout, kernel);
    if (!result) result = create_pipeline(d, k, kernel, image);
    if (result) {
        release(d, k);
        return ptm_vulkan_fail(d, result, "building kernel %s", kernel->source->name);
    }
    kernel->wide = false; /* SPIR-V comes in the narrow form only */
    kernel->lanes_per_item = image->per_item;
    kernel->state = k;
    return PTM_OK;
}

/* Called when all work is done: kernels live as long as their device. */
void ptm_vulkan_kernel_destroy(ptm_kernel *kernel)
{
    release(kernel->device->state, kernel->state);
}

static int count_groups(const ptm_launch *launch, const VkPhysicalDeviceLimits *limits, uint32_t groups[3])
{
    const ptm_kernel *kernel = launch->kernel;
    for (int i = 0; i < 3; ++i) {
        int64_t each = (int64_t)kernel->group[i] * (i == 0 ? kernel->lanes_per_item : 1);
        int64_t count = (launch->n[i] + each - 1) / each;
        if (count > (int64_t)limits->maxComputeWorkGroupCount[i])
            return ptm_fail(PTM_ERROR_UNSUPPORTED, "kernel %s on %d x %d x %d needs %lld work-groups on axis %d, %s has %u",
                kernel->source->name, launch->n[0], launch->n[1], launch->n[2], (long long)count, i,
                kernel->device->info.name, limits->maxComputeWorkGroupCount[i]);
        groups[i] = (uint32_t)count;
    }
    return PTM_OK;
}

/* What the kernel samples, or NULL: a kernel has at most one field. */
static int find_texture(const ptm_launch *launch, ptm_texture **texture)
{
    const ptm_kernel_code *code = launch->kernel->code;
    *texture = NULL;
    for (size_t i = 0; launch->kernel->texture && i < code->argument_count; ++i) {
        const ptm_kernel_argument *a = &code->arguments[i];
        if (a->kind != PTM_KIND_stack && a->kind != PTM_KIND_volume) continue;
        *texture = ((const ptm_field_ref *)((const char *)launch->args + a->offset))->texture;
        /* A driver would take an image of the wrong kind and give wrong numbers. */
        if (!*texture || (*texture)->volume != (a->kind == PTM_KIND_volume) ||
            !((const struct vulkan_texture *)(*texture)->state)->filled)
            return ptm_fail(PTM_ERROR_INTERNAL, "argument %s of kernel %s is no %s texture with data in it", a->name,
                launch->kernel->source->name, a->kind == PTM_KIND_volume ? "volume" : "layered");
    }
    return PTM_OK;
}

static void mark_buffer(struct vulkan_queue *q, const ptm_buffer *buffer)
{
    if (buffer) ptm_vulkan_mark(q, &((struct vulkan_buffer *)buffer->state)->use);
}

static void mark_arguments(struct vulkan_queue *q, const ptm_launch *launch, const ptm_texture *texture)
{
    const ptm_kernel_code *code = launch->kernel->code;
    for (size_t i = 0; i < code->argument_count; ++i) {
        const ptm_kernel_argument *a = &code->arguments[i];
        const void *value = (const char *)launch->args + a->offset;
        if (a->kind == PTM_KIND_out || a->kind == PTM_KIND_in || a->kind == PTM_KIND_raw)
            mark_buffer(q, ((const ptm_ref *)value)->buffer);
        else if ((a->kind == PTM_KIND_stack || a->kind == PTM_KIND_volume) && !texture)
            mark_buffer(q, ((const ptm_field_ref *)value)->at.buffer);
    }
    if (texture) ptm_vulkan_mark(q, &((struct vulkan_texture *)texture->state)->use);
}

static void push_texture(struct vulkan_device *d, VkCommandBuffer commands, VkPipelineLayout layout,
    const ptm_texture *texture)
{
    VkDescriptorImageInfo image = { .imageView = ((const struct vulkan_texture *)texture->state)->view,
        .imageLayout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL };
    VkWriteDescriptorSet write = { .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .descriptorCount = 1,
        .descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, .pImageInfo = &image };
    d->vk.CmdPushDescriptorSetKHR(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &write);
}

int ptm_vulkan_launch(ptm_queue *queue, const ptm_launch *launch)
{
    struct vulkan_queue *q = queue->state;
    struct vulkan_device *d = q->device;
    const struct vulkan_kernel *k = launch->kernel->state;
    uint32_t groups[3];
    ptm_texture *texture;
    int status = count_groups(launch, &d->limits, groups);
    if (!status) status = find_texture(launch, &texture);
    VkCommandBuffer commands;
    if (!status) status = ptm_vulkan_begin(q, &commands);
    if (status) return status;
    d->vk.CmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, k->pipeline);
    d->vk.CmdPushConstants(commands, k->layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, (uint32_t)launch->kernel->code->block_size,
        launch->block);
    if (texture) push_texture(d, commands, k->layout, texture);
    d->vk.CmdDispatch(commands, groups[0], groups[1], groups[2]);
    mark_arguments(q, launch, texture);
    return ptm_vulkan_end(q, false);
}
