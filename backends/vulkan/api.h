/* api.h - the functions of Vulkan, found at run time, and what its results mean.
 *
 * They are kept in structs and without their prefix, so that nothing here can clash with a program that links Vulkan. */
#ifndef PTM_VULKAN_API_H
#define PTM_VULKAN_API_H
#define VK_NO_PROTOTYPES
#include <vulkan/vulkan_core.h>

#include "core/error.h"

#define VULKAN_INSTANCE_FUNCTIONS(F) \
    F(CreateDevice) F(DestroyInstance) F(EnumerateDeviceExtensionProperties) F(EnumeratePhysicalDevices) \
    F(GetDeviceProcAddr) F(GetPhysicalDeviceExternalBufferProperties) F(GetPhysicalDeviceFeatures2) \
    F(GetPhysicalDeviceFormatProperties) F(GetPhysicalDeviceImageFormatProperties) \
    F(GetPhysicalDeviceMemoryProperties) F(GetPhysicalDeviceProperties) F(GetPhysicalDeviceProperties2) \
    F(GetPhysicalDeviceQueueFamilyProperties)

#define VULKAN_DEVICE_FUNCTIONS(F) \
    F(AllocateCommandBuffers) F(AllocateMemory) F(BeginCommandBuffer) F(BindBufferMemory) F(BindImageMemory) \
    F(CmdBindPipeline) F(CmdCopyBuffer) F(CmdCopyBufferToImage) F(CmdDispatch) F(CmdFillBuffer) F(CmdPipelineBarrier) \
    F(CmdPushConstants) F(CreateBuffer) F(CreateCommandPool) F(CreateComputePipelines) F(CreateDescriptorSetLayout) \
    F(CreateImage) F(CreateImageView) F(CreatePipelineCache) F(CreatePipelineLayout) F(CreateSampler) F(CreateSemaphore) \
    F(CreateShaderModule) F(DestroyBuffer) F(DestroyCommandPool) F(DestroyDescriptorSetLayout) F(DestroyDevice) \
    F(DestroyImage) F(DestroyImageView) F(DestroyPipeline) F(DestroyPipelineCache) F(DestroyPipelineLayout) \
    F(DestroySampler) F(DestroySemaphore) F(DestroyShaderModule) F(DeviceWaitIdle) F(EndCommandBuffer) F(FreeMemory) \
    F(GetBufferDeviceAddress) F(GetBufferMemoryRequirements) F(GetDeviceQueue) F(GetImageMemoryRequirements) \
    F(GetPipelineCacheData) F(GetSemaphoreCounterValue) F(MapMemory) F(QueueSubmit) F(WaitSemaphores)

/* NULL where the device lacks the extension. */
#define VULKAN_EXTENSION_FUNCTIONS(F) F(CmdPushDescriptorSetKHR) F(GetMemoryHostPointerPropertiesEXT)

#define VULKAN_POINTER(name) PFN_vk##name name;

struct vulkan_instance {
    VkInstance instance;
    VULKAN_INSTANCE_FUNCTIONS(VULKAN_POINTER)
};

struct vulkan_functions {
    VULKAN_DEVICE_FUNCTIONS(VULKAN_POINTER)
    VULKAN_EXTENSION_FUNCTIONS(VULKAN_POINTER)
};

/* The process's instance, or NULL and a reason. Thread safety: any thread. */
const struct vulkan_instance *ptm_vulkan_instance(char *reason, size_t reason_size);
int ptm_vulkan_load_functions(struct vulkan_functions *functions, const struct vulkan_instance *instance, VkDevice device);

const char *ptm_vulkan_result_name(VkResult result);
/* The PTM_ERROR_* that fits. */
int ptm_vulkan_status(VkResult result);

#endif
