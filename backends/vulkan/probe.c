/* probe.c - which Vulkan devices there are, and which of them will do. */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ptm_vulkan_has_extension(const struct vulkan_instance *v, VkPhysicalDevice physical, const char *name)
{
    uint32_t count = 0;
    bool found = false;
    v->EnumerateDeviceExtensionProperties(physical, NULL, &count, NULL);
    VkExtensionProperties *all = calloc(count ? count : 1, sizeof *all);
    if (!all || v->EnumerateDeviceExtensionProperties(physical, NULL, &count, all) < 0) count = 0;
    for (uint32_t i = 0; i < count; ++i) found = found || strcmp(all[i].extensionName, name) == 0;
    free(all);
    return found;
}

int ptm_vulkan_compute_family(const struct vulkan_instance *v, VkPhysicalDevice physical)
{
    VkQueueFamilyProperties families[32];
    uint32_t count = sizeof families / sizeof *families;
    v->GetPhysicalDeviceQueueFamilyProperties(physical, &count, families);
    int best = -1;
    for (uint32_t i = 0; i < count; ++i) {
        if (!(families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) || families[i].queueCount == 0) continue;
        /* Rather one that does not draw: the screen need not wait for our work then. */
        if (!(families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT)) return (int)i;
        if (best < 0) best = (int)i;
    }
    return best;
}

/* What a device lacks, or NULL. */
static const char *lack(const struct vulkan_instance *v, VkPhysicalDevice physical, const VkPhysicalDeviceProperties *p)
{
    if (p->apiVersion < VK_API_VERSION_1_2) return "Vulkan 1.2";
    VkPhysicalDeviceVulkan12Features f12 = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES };
    VkPhysicalDeviceFeatures2 f = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, .pNext = &f12 };
    v->GetPhysicalDeviceFeatures2(physical, &f);
    if (!f12.bufferDeviceAddress) return "bufferDeviceAddress";
    if (!f12.scalarBlockLayout) return "scalarBlockLayout";
    if (!f12.timelineSemaphore) return "timelineSemaphore";
    if (!f.features.shaderInt64) return "shaderInt64";
    return ptm_vulkan_compute_family(v, physical) < 0 ? "a compute queue" : NULL;
}

static void describe(ptm_device_info *info, const struct vulkan_instance *v, VkPhysicalDevice physical)
{
    VkPhysicalDeviceMaintenance4Properties m4 = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_PROPERTIES };
    VkPhysicalDeviceVulkan12Properties p12 = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES };
    VkPhysicalDeviceVulkan11Properties p11 = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES,
        .pNext = &p12 };
    VkPhysicalDeviceProperties2 p = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &p11 };
    if (ptm_vulkan_has_extension(v, physical, "VK_KHR_maintenance4")) p12.pNext = &m4;
    v->GetPhysicalDeviceProperties2(physical, &p);
    VkPhysicalDeviceMemoryProperties memory;
    v->GetPhysicalDeviceMemoryProperties(physical, &memory);

    VkPhysicalDeviceType type = p.properties.deviceType;
    bool shared = type == VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU || type == VK_PHYSICAL_DEVICE_TYPE_CPU;
    snprintf(info->name, sizeof info->name, "%s", p.properties.deviceName);
    snprintf(info->driver, sizeof info->driver, p12.driverInfo[0] ? "%.100s, %.100s" : "%.100s", p12.driverName,
        p12.driverInfo);
    info->gpu = type == VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU || type == VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU ||
        type == VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU;
    info->unified = shared &&
        ptm_vulkan_memory_type(&memory, UINT32_MAX, VULKAN_MAPPED | VK_MEMORY_PROPERTY_HOST_CACHED_BIT, 0) >= 0;
    for (uint32_t i = 0; i < memory.memoryHeapCount; ++i)
        if (memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT && memory.memoryHeaps[i].size > info->memory)
            info->memory = memory.memoryHeaps[i].size;
    info->max_buffer = p11.maxMemoryAllocationSize;
    if (m4.maxBufferSize && m4.maxBufferSize < info->max_buffer) info->max_buffer = m4.maxBufferSize;
}

static void add_reason(char *reason, size_t size, const char *name, const char *missing)
{
    size_t used = strlen(reason);
    snprintf(reason + used, size - used, "%s%s lacks %s", used ? "; " : "", name, missing);
}

static VkPhysicalDevice *list(const struct vulkan_instance *v, uint32_t *count, char *reason, size_t reason_size)
{
    *count = 0;
    VkResult result = v->EnumeratePhysicalDevices(v->instance, count, NULL);
    if (result < 0 || *count == 0) {
        snprintf(reason, reason_size, result < 0 ? "no Vulkan device (%s)" : "no Vulkan device",
            ptm_vulkan_result_name(result));
        *count = 0;
    }
    VkPhysicalDevice *all = ptm_alloc(*count, sizeof *all);
    if (all && *count && v->EnumeratePhysicalDevices(v->instance, count, all) < 0) *count = 0;
    return all;
}

int ptm_vulkan_probe(ptm_context *context, ptm_device_entry **entries, int *count, char *reason, size_t reason_size)
{
    (void)context;
    *entries = NULL;
    *count = 0;
    reason[0] = '\0';
    const struct vulkan_instance *v = ptm_vulkan_instance(reason, reason_size);
    if (!v) return PTM_OK;
    uint32_t found;
    VkPhysicalDevice *all = list(v, &found, reason, reason_size);
    if (!all) return PTM_ERROR_MEMORY;
    ptm_device_entry *made = ptm_alloc(found, sizeof *made);
    for (uint32_t i = 0; made && i < found; ++i) {
        VkPhysicalDeviceProperties properties;
        v->GetPhysicalDeviceProperties(all[i], &properties);
        const char *missing = lack(v, all[i], &properties);
        if (missing) {
            add_reason(reason, reason_size, properties.deviceName, missing);
            continue;
        }
        made[*count].handle = all[i];
        describe(&made[(*count)++].info, v, all[i]);
    }
    free(all);
    *entries = made;
    return made ? PTM_OK : PTM_ERROR_MEMORY;
}
