/* vulkan_faults.c - Vulkan functions that fail. */
#include "faults.h"

#ifdef PTM_HAVE_VULKAN
#include "backends/vulkan/api.h"

#include <string.h>

static PFN_vkGetDeviceProcAddr get;
static PFN_vkCreateDevice create_device;
static struct vulkan_functions real; /* of the last device; those of one driver are the same */
static VkDevice last;

/* A device that is gone no longer works, and ours must not either. */
static VkResult lose(void)
{
    real.DeviceWaitIdle(last);
    return VK_ERROR_DEVICE_LOST;
}

#define MAKES(name, info, type)                                                                                            \
    static VKAPI_ATTR VkResult VKAPI_CALL fail_##name(                                                                     \
        VkDevice d, const info *i, const VkAllocationCallbacks *a, type *out)                                              \
    {                                                                                                                      \
        if (fault_now(FAULT_DRIVER)) return VK_ERROR_OUT_OF_DEVICE_MEMORY;                                                 \
        VkResult result = real.name(d, i, a, out);                                                                         \
        if (!result) fault_born();                                                                                         \
        return result;                                                                                                     \
    }
MAKES(AllocateMemory, VkMemoryAllocateInfo, VkDeviceMemory)
MAKES(CreateBuffer, VkBufferCreateInfo, VkBuffer)
MAKES(CreateCommandPool, VkCommandPoolCreateInfo, VkCommandPool)
MAKES(CreateDescriptorSetLayout, VkDescriptorSetLayoutCreateInfo, VkDescriptorSetLayout)
MAKES(CreateImage, VkImageCreateInfo, VkImage)
MAKES(CreateImageView, VkImageViewCreateInfo, VkImageView)
MAKES(CreatePipelineCache, VkPipelineCacheCreateInfo, VkPipelineCache)
MAKES(CreatePipelineLayout, VkPipelineLayoutCreateInfo, VkPipelineLayout)
MAKES(CreateSampler, VkSamplerCreateInfo, VkSampler)
MAKES(CreateSemaphore, VkSemaphoreCreateInfo, VkSemaphore)
MAKES(CreateShaderModule, VkShaderModuleCreateInfo, VkShaderModule)

#define DESTROYS(name, type)                                                                                               \
    static VKAPI_ATTR void VKAPI_CALL fail_##name(VkDevice d, type object, const VkAllocationCallbacks *a)                 \
    {                                                                                                                      \
        fault_died();                                                                                                      \
        real.name(d, object, a);                                                                                           \
    }
DESTROYS(FreeMemory, VkDeviceMemory)
DESTROYS(DestroyBuffer, VkBuffer)
DESTROYS(DestroyCommandPool, VkCommandPool)
DESTROYS(DestroyDescriptorSetLayout, VkDescriptorSetLayout)
DESTROYS(DestroyImage, VkImage)
DESTROYS(DestroyImageView, VkImageView)
DESTROYS(DestroyPipeline, VkPipeline)
DESTROYS(DestroyPipelineCache, VkPipelineCache)
DESTROYS(DestroyPipelineLayout, VkPipelineLayout)
DESTROYS(DestroySampler, VkSampler)
DESTROYS(DestroySemaphore, VkSemaphore)
DESTROYS(DestroyShaderModule, VkShaderModule)

static VKAPI_ATTR void VKAPI_CALL fail_DestroyDevice(VkDevice d, const VkAllocationCallbacks *a)
{
    fault_died();
    real.DestroyDevice(d, a);
}
static VKAPI_ATTR VkResult VKAPI_CALL fail_CreateComputePipelines(VkDevice d, VkPipelineCache cache, uint32_t n,
    const VkComputePipelineCreateInfo *i, const VkAllocationCallbacks *a, VkPipeline *out)
{
    if (fault_now(FAULT_DRIVER)) return VK_ERROR_OUT_OF_HOST_MEMORY;
    VkResult result = real.CreateComputePipelines(d, cache, n, i, a, out);
    if (!result) fault_born();
    return result;
}

#define USES(name, parameters, arguments)                                                                                  \
    static VKAPI_ATTR VkResult VKAPI_CALL fail_##name parameters                                                           \
    {                                                                                                                      \
        if (fault_now(FAULT_LOST)) return lose();                                                                          \
        return fault_now(FAULT_DRIVER) ? VK_ERROR_OUT_OF_HOST_MEMORY : real.name arguments;                                \
    }
USES(AllocateCommandBuffers, (VkDevice d, const VkCommandBufferAllocateInfo *i, VkCommandBuffer *out), (d, i, out))
USES(BeginCommandBuffer, (VkCommandBuffer c, const VkCommandBufferBeginInfo *i), (c, i))
USES(EndCommandBuffer, (VkCommandBuffer c), (c))
USES(BindBufferMemory, (VkDevice d, VkBuffer b, VkDeviceMemory m, VkDeviceSize offset), (d, b, m, offset))
USES(BindImageMemory, (VkDevice d, VkImage i, VkDeviceMemory m, VkDeviceSize offset), (d, i, m, offset))
USES(MapMemory, (VkDevice d, VkDeviceMemory m, VkDeviceSize offset, VkDeviceSize size, VkMemoryMapFlags flags, void **out),
    (d, m, offset, size, flags, out))
USES(QueueSubmit, (VkQueue q, uint32_t n, const VkSubmitInfo *i, VkFence fence), (q, n, i, fence))
USES(WaitSemaphores, (VkDevice d, const VkSemaphoreWaitInfo *i, uint64_t timeout), (d, i, timeout))

static const struct {
    const char *name;
    PFN_vkVoidFunction function;
} replaced[] = {
#define PUT(name) { "vk" #name, (PFN_vkVoidFunction)fail_##name },
    PUT(AllocateMemory) PUT(CreateBuffer) PUT(CreateCommandPool) PUT(CreateDescriptorSetLayout) PUT(CreateImage)
        PUT(CreateImageView) PUT(CreatePipelineCache) PUT(CreatePipelineLayout) PUT(CreateSampler) PUT(CreateSemaphore)
            PUT(CreateShaderModule) PUT(FreeMemory) PUT(DestroyBuffer) PUT(DestroyCommandPool)
                PUT(DestroyDescriptorSetLayout) PUT(DestroyImage) PUT(DestroyImageView) PUT(DestroyPipeline)
                    PUT(DestroyPipelineCache) PUT(DestroyPipelineLayout) PUT(DestroySampler) PUT(DestroySemaphore)
                        PUT(DestroyShaderModule) PUT(DestroyDevice) PUT(CreateComputePipelines) PUT(AllocateCommandBuffers)
                            PUT(BeginCommandBuffer) PUT(EndCommandBuffer) PUT(BindBufferMemory) PUT(BindImageMemory)
                                PUT(MapMemory) PUT(QueueSubmit) PUT(WaitSemaphores)
#undef PUT
};

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL fail_get(VkDevice device, const char *name)
{
    for (size_t i = 0; i < sizeof replaced / sizeof *replaced; ++i)
        if (strcmp(name, replaced[i].name) == 0) return replaced[i].function;
    return get(device, name);
}

static VKAPI_ATTR VkResult VKAPI_CALL fail_create_device(
    VkPhysicalDevice p, const VkDeviceCreateInfo *i, const VkAllocationCallbacks *a, VkDevice *out)
{
    if (fault_now(FAULT_DRIVER)) return VK_ERROR_OUT_OF_HOST_MEMORY;
    VkResult result = create_device(p, i, a, out);
    if (result) return result;
    fault_born();
    last = *out;
#define LOAD(name) real.name = (PFN_vk##name)get(*out, "vk" #name);
    VULKAN_DEVICE_FUNCTIONS(LOAD)
#undef LOAD
    return result;
}

void fault_vulkan(void)
{
    char reason[256];
    struct vulkan_instance *instance = (struct vulkan_instance *)(size_t)ptm_vulkan_instance(reason, sizeof reason);
    if (!instance || get) return;
    get = instance->GetDeviceProcAddr;
    create_device = instance->CreateDevice;
    instance->GetDeviceProcAddr = fail_get;
    instance->CreateDevice = fail_create_device;
}
#else
void fault_vulkan(void)
{
}
#endif
