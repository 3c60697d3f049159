/* device.c - opening and closing a device. */
#include "state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int ptm_vulkan_fail(struct vulkan_device *d, VkResult result, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (result == VK_ERROR_DEVICE_LOST) atomic_store(&d->lost, true);
    return ptm_fail(ptm_vulkan_status(result), "%s: %s", text, ptm_vulkan_result_name(result));
}

bool ptm_vulkan_is_lost(ptm_device *device)
{
    struct vulkan_device *d = device->state;
    uint64_t value;
    if (d->vk.GetSemaphoreCounterValue(d->device, d->timeline, &value) == VK_ERROR_DEVICE_LOST)
        atomic_store(&d->lost, true);
    return atomic_load(&d->lost);
}

static int create_device(struct vulkan_device *d)
{
    const char *extensions[2];
    uint32_t extension_count = 0;
    if (ptm_vulkan_has_extension(d->instance, d->physical, VULKAN_EXTENSION_TEXTURES))
        extensions[extension_count++] = VULKAN_EXTENSION_TEXTURES;
    if (ptm_vulkan_has_extension(d->instance, d->physical, VULKAN_EXTENSION_IMPORT))
        extensions[extension_count++] = VULKAN_EXTENSION_IMPORT;

    d->family = (uint32_t)ptm_vulkan_compute_family(d->instance, d->physical);
    VkDeviceQueueCreateInfo queue = { .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueFamilyIndex = d->family,
        .queueCount = 1, .pQueuePriorities = &(float){ 0.5f } };
    VkPhysicalDeviceVulkan12Features f12 = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
        .bufferDeviceAddress = VK_TRUE, .scalarBlockLayout = VK_TRUE, .timelineSemaphore = VK_TRUE };
    VkPhysicalDeviceFeatures2 features = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, .pNext = &f12,
        .features = { .shaderInt64 = VK_TRUE } };
    VkDeviceCreateInfo info = { .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &features,
        .queueCreateInfoCount = 1, .pQueueCreateInfos = &queue, .enabledExtensionCount = extension_count,
        .ppEnabledExtensionNames = extensions };
    VkResult result = d->instance->CreateDevice(d->physical, &info, NULL, &d->device);
    if (result) {
        d->device = VK_NULL_HANDLE;
        return ptm_vulkan_fail(d, result, "vkCreateDevice");
    }
    int status = ptm_vulkan_load_functions(&d->vk, d->instance, d->device);
    if (!status) d->vk.GetDeviceQueue(d->device, d->family, 0, &d->queue);
    return status;
}

static int create_timeline(struct vulkan_device *d)
{
    VkSemaphoreTypeCreateInfo type = { .sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
        .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE };
    VkSemaphoreCreateInfo info = { .sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &type };
    VkResult result = d->vk.CreateSemaphore(d->device, &info, NULL, &d->timeline);
    if (result) d->timeline = VK_NULL_HANDLE;
    return result ? ptm_vulkan_fail(d, result, "vkCreateSemaphore") : PTM_OK;
}

/* The alignment of memory that can be imported for our buffers, or 0. */
static uint64_t import_alignment(const struct vulkan_device *d)
{
    if (!d->vk.GetMemoryHostPointerPropertiesEXT) return 0;
    VkPhysicalDeviceExternalBufferInfo info = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO,
        .usage = VULKAN_BUFFER_USAGE, .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT };
    VkExternalBufferProperties buffer = { .sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES };
    d->instance->GetPhysicalDeviceExternalBufferProperties(d->physical, &info, &buffer);
    VkExternalMemoryFeatureFlags features = buffer.externalMemoryProperties.externalMemoryFeatures;
    if (!(features & VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT)) return 0;

    VkPhysicalDeviceExternalMemoryHostPropertiesEXT host = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_MEMORY_HOST_PROPERTIES_EXT };
    VkPhysicalDeviceProperties2 p = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &host };
    d->instance->GetPhysicalDeviceProperties2(d->physical, &p);
    return host.minImportedHostPointerAlignment;
}

/* A driver that computes on a CPU is best off with plain rows; a GPU wants 32 lanes side by side and a few lines that meet
 * in its cache. */
static void choose_group(ptm_device_limits *limits, bool gpu, const VkPhysicalDeviceLimits *most)
{
    int *group = limits->group;
    group[0] = gpu ? 32 : 64;
    group[1] = gpu ? 4 : 1;
    group[2] = gpu ? 2 : 1;
    for (int i = 0; i < 3; ++i)
        while (group[i] > 1 && (uint32_t)group[i] > most->maxComputeWorkGroupSize[i]) group[i] /= 2;
    for (int i = 2; i >= 0; --i)
        while (group[i] > 1 && (uint32_t)(group[0] * group[1] * group[2]) > most->maxComputeWorkGroupInvocations)
            group[i] /= 2;
}

static int set_up(ptm_device *device, struct vulkan_device *d)
{
    d->instance->GetPhysicalDeviceMemoryProperties(d->physical, &d->memory);
    VkPhysicalDeviceProperties properties;
    d->instance->GetPhysicalDeviceProperties(d->physical, &properties);
    d->limits = properties.limits;
    d->unified = device->info.unified;
    d->max_allocation = device->info.max_buffer;
    int status = create_device(d);
    if (!status) status = create_timeline(d);
    if (status) return status;

    /* A GPU with memory of its own would reach the host's over the bus, again and again: it is better copied once. */
    d->import_alignment = d->unified ? import_alignment(d) : 0;
    device->limits = (ptm_device_limits){ .lanes_per_item = device->info.gpu ? 4 : 1, .direct_staging = d->unified,
        .alignment = d->import_alignment };
    choose_group(&device->limits, device->info.gpu, &d->limits);
    status = ptm_vulkan_texture_setup(d, &device->limits);
    if (!status) status = ptm_vulkan_queue_create(&device->queue);
    if (!status) ptm_vulkan_load_pipelines(d);
    return status;
}

static void release(struct vulkan_device *d)
{
    if (d->vk.DestroyDevice) {
        if (d->vk.DeviceWaitIdle) d->vk.DeviceWaitIdle(d->device);
        if (d->pipelines) d->vk.DestroyPipelineCache(d->device, d->pipelines, NULL);
        if (d->texture_layout) d->vk.DestroyDescriptorSetLayout(d->device, d->texture_layout, NULL);
        if (d->sampler) d->vk.DestroySampler(d->device, d->sampler, NULL);
        if (d->timeline) d->vk.DestroySemaphore(d->device, d->timeline, NULL);
        d->vk.DestroyDevice(d->device, NULL);
    }
    pthread_mutex_destroy(&d->lock);
    free(d);
}

int ptm_vulkan_open(ptm_device *device, void *handle)
{
    char reason[256];
    const struct vulkan_instance *instance = ptm_vulkan_instance(reason, sizeof reason);
    if (!instance) return ptm_fail(PTM_ERROR_DEVICE, "%s", reason);
    struct vulkan_device *d = ptm_alloc(1, sizeof *d);
    if (!d) return PTM_ERROR_MEMORY;
    d->instance = instance;
    d->physical = handle;
    pthread_mutex_init(&d->lock, NULL);
    device->state = d;
    int status = set_up(device, d);
    if (status) {
        release(d);
        device->state = NULL;
    }
    return status;
}

void ptm_vulkan_close(ptm_device *device)
{
    struct vulkan_device *d = device->state;
    ptm_vulkan_store_pipelines(d);
    ptm_vulkan_queue_destroy(&device->queue);
    release(d);
    device->state = NULL;
}
