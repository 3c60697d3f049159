/* texture.c - float32 images sampled by the device's units: linear, zero outside. */
#include "state.h"

#include <stdlib.h>

#define FORMAT VK_FORMAT_R32_SFLOAT
#define USAGE (VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT)

/* n: the largest width, height and layers or depth; size: bytes. */
static bool find_limits(const struct vulkan_device *d, VkImageType type, int64_t n[3], uint64_t *size)
{
    VkImageFormatProperties p;
    VkResult result = d->instance->GetPhysicalDeviceImageFormatProperties(d->physical, FORMAT, type,
        VK_IMAGE_TILING_OPTIMAL, USAGE, 0, &p);
    if (result) return false;
    *size = p.maxResourceSize;
    n[0] = p.maxExtent.width;
    n[1] = p.maxExtent.height;
    n[2] = type == VK_IMAGE_TYPE_3D ? p.maxExtent.depth : p.maxArrayLayers;
    /* Some drivers give the format more than the device. */
    int64_t most = type == VK_IMAGE_TYPE_3D ? d->limits.maxImageDimension3D : d->limits.maxImageDimension2D;
    for (int i = 0; i < (type == VK_IMAGE_TYPE_3D ? 3 : 2); ++i) n[i] = n[i] < most ? n[i] : most;
    return true;
}

static int create_sampler(struct vulkan_device *d)
{
    VkSamplerCreateInfo info = { .sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO, .magFilter = VK_FILTER_LINEAR,
        .minFilter = VK_FILTER_LINEAR, .addressModeU = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_BORDER,
        .addressModeV = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_BORDER, .addressModeW = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_BORDER,
        .borderColor = VK_BORDER_COLOR_FLOAT_TRANSPARENT_BLACK };
    VkResult result = d->vk.CreateSampler(d->device, &info, NULL, &d->sampler);
    if (result) d->sampler = VK_NULL_HANDLE;
    return result ? ptm_vulkan_fail(d, result, "vkCreateSampler") : PTM_OK;
}

static int create_layout(struct vulkan_device *d)
{
    VkDescriptorSetLayoutBinding binding = { .descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER,
        .descriptorCount = 1, .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT, .pImmutableSamplers = &d->sampler };
    VkDescriptorSetLayoutCreateInfo info = { .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
        .flags = VK_DESCRIPTOR_SET_LAYOUT_CREATE_PUSH_DESCRIPTOR_BIT_KHR, .bindingCount = 1, .pBindings = &binding };
    VkResult result = d->vk.CreateDescriptorSetLayout(d->device, &info, NULL, &d->texture_layout);
    if (result) d->texture_layout = VK_NULL_HANDLE;
    return result ? ptm_vulkan_fail(d, result, "vkCreateDescriptorSetLayout") : PTM_OK;
}

int ptm_vulkan_texture_setup(struct vulkan_device *d, ptm_device_limits *limits)
{
    const VkFormatFeatureFlags need = VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT |
        VK_FORMAT_FEATURE_SAMPLED_IMAGE_FILTER_LINEAR_BIT | VK_FORMAT_FEATURE_TRANSFER_DST_BIT;
    VkFormatProperties format;
    d->instance->GetPhysicalDeviceFormatProperties(d->physical, FORMAT, &format);
    if (!d->vk.CmdPushDescriptorSetKHR || (format.optimalTilingFeatures & need) != need) return PTM_OK;
    if (!find_limits(d, VK_IMAGE_TYPE_2D, limits->image_2d, &d->max_image[0]) ||
        !find_limits(d, VK_IMAGE_TYPE_3D, limits->image_3d, &d->max_image[1]))
        return PTM_OK;
    limits->textures = true;
    int status = create_sampler(d);
    return status ? status : create_layout(d);
}

static VkResult create_image(struct vulkan_device *d, struct vulkan_texture *t, const ptm_texture *texture)
{
    uint32_t depth = (uint32_t)texture->n[2];
    if (sizeof(float) * (uint64_t)texture->n[0] * (uint64_t)texture->n[1] * depth > d->max_image[texture->volume])
        return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    VkImageCreateInfo info = { .sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
        .imageType = texture->volume ? VK_IMAGE_TYPE_3D : VK_IMAGE_TYPE_2D, .format = FORMAT,
        .extent = { (uint32_t)texture->n[0], (uint32_t)texture->n[1], texture->volume ? depth : 1 }, .mipLevels = 1,
        .arrayLayers = texture->volume ? 1 : depth, .samples = VK_SAMPLE_COUNT_1_BIT, .tiling = VK_IMAGE_TILING_OPTIMAL,
        .usage = USAGE };
    VkResult result = d->vk.CreateImage(d->device, &info, NULL, &t->image);
    if (result) t->image = VK_NULL_HANDLE;
    return result;
}

static VkResult allocate(struct vulkan_device *d, struct vulkan_texture *t)
{
    VkMemoryRequirements needs;
    d->vk.GetImageMemoryRequirements(d->device, t->image, &needs);
    int type = ptm_vulkan_memory_type(&d->memory, needs.memoryTypeBits, 0, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
    if (type < 0) return VK_ERROR_FORMAT_NOT_SUPPORTED;
    VkResult result = ptm_vulkan_allocate(d, &t->memory, needs.size, type, NULL);
    return result ? result : d->vk.BindImageMemory(d->device, t->image, t->memory, 0);
}

static VkResult create_view(struct vulkan_device *d, struct vulkan_texture *t, bool volume)
{
    VkImageViewCreateInfo info = { .sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO, .image = t->image,
        .viewType = volume ? VK_IMAGE_VIEW_TYPE_3D : VK_IMAGE_VIEW_TYPE_2D_ARRAY, .format = FORMAT,
        .subresourceRange = { VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, VK_REMAINING_ARRAY_LAYERS } };
    VkResult result = d->vk.CreateImageView(d->device, &info, NULL, &t->view);
    if (result) t->view = VK_NULL_HANDLE;
    return result;
}

static void release(struct vulkan_device *d, struct vulkan_texture *t)
{
    if (t->view) d->vk.DestroyImageView(d->device, t->view, NULL);
    if (t->image) d->vk.DestroyImage(d->device, t->image, NULL);
    if (t->memory) d->vk.FreeMemory(d->device, t->memory, NULL);
    free(t);
}

int ptm_vulkan_texture_create(ptm_texture *texture)
{
    struct vulkan_device *d = texture->device->state;
    struct vulkan_texture *t = ptm_alloc(1, sizeof *t);
    if (!t) return PTM_ERROR_MEMORY;
    VkResult result = create_image(d, t, texture);
    if (!result) result = allocate(d, t);
    if (!result) result = create_view(d, t, texture->volume);
    if (result) {
        release(d, t);
        return ptm_vulkan_fail(d, result, "a texture of %d x %d x %d", texture->n[2], texture->n[1], texture->n[0]);
    }
    texture->state = t;
    return PTM_OK;
}

/* Waits for the work that uses it. */
void ptm_vulkan_texture_destroy(ptm_texture *texture)
{
    struct vulkan_texture *t = texture->state;
    ptm_vulkan_end_use(texture->device->state, &t->use);
    release(texture->device->state, t);
}

/* From a layout to the next, between a copy and the kernels. */
static void change_layout(struct vulkan_device *d, VkCommandBuffer commands, VkImage image, bool before)
{
    VkImageMemoryBarrier barrier = { .sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
        .srcAccessMask = before ? 0 : VK_ACCESS_TRANSFER_WRITE_BIT,
        .dstAccessMask = before ? VK_ACCESS_TRANSFER_WRITE_BIT : VK_ACCESS_SHADER_READ_BIT,
        .oldLayout = before ? VK_IMAGE_LAYOUT_UNDEFINED : VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
        .newLayout = before ? VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL : VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL,
        .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED, .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED, .image = image,
        .subresourceRange = { VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, VK_REMAINING_ARRAY_LAYERS } };
    /* begin() has ordered the transfer after all before it; the change of layout joins there. */
    d->vk.CmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
        before ? VK_PIPELINE_STAGE_TRANSFER_BIT : VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 0, NULL, 0, NULL, 1, &barrier);
}

int ptm_vulkan_texture_upload(ptm_queue *queue, ptm_texture *texture, const ptm_buffer *from, uint64_t offset)
{
    struct vulkan_queue *q = queue->state;
    struct vulkan_device *d = q->device;
    struct vulkan_texture *t = texture->state;
    struct vulkan_buffer *b = from->state;
    uint32_t depth = (uint32_t)texture->n[2];
    VkBufferImageCopy region = { .bufferOffset = offset,
        .imageSubresource = { VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, texture->volume ? 1 : depth },
        .imageExtent = { (uint32_t)texture->n[0], (uint32_t)texture->n[1], texture->volume ? depth : 1 } };
    VkCommandBuffer commands;
    int status = ptm_vulkan_begin(q, &commands);
    if (status) return status;
    change_layout(d, commands, t->image, true);
    d->vk.CmdCopyBufferToImage(commands, b->memory.buffer, t->image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &region);
    change_layout(d, commands, t->image, false);
    ptm_vulkan_mark(q, &b->use);
    ptm_vulkan_mark(q, &t->use);
    t->filled = true;
    return ptm_vulkan_end(q, false);
}
