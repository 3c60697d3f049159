/* memory.c - buffers.
 *
 * Each is one allocation. Drivers allow some thousands at a time (maxMemoryAllocationCount, at least 4096), and the front
 * end keeps its buffers few and large; should that change, they would have to share allocations here. */
#include "state.h"

#include <stdlib.h>
#include <unistd.h>

int ptm_vulkan_memory_type(const VkPhysicalDeviceMemoryProperties *memory, uint32_t bits, VkMemoryPropertyFlags need,
    VkMemoryPropertyFlags prefer)
{
    /* Types with other properties (protected, lazily allocated, uncached) want features that are not switched on. */
    const VkMemoryPropertyFlags known = VULKAN_MAPPED | VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT |
        VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
    int best = -1;
    for (uint32_t i = 0; i < memory->memoryTypeCount; ++i) {
        VkMemoryPropertyFlags flags = memory->memoryTypes[i].propertyFlags;
        if (!(bits >> i & 1) || (flags & need) != need || flags & ~known) continue;
        if ((flags & prefer) == prefer) return (int)i;
        if (best < 0) best = (int)i;
    }
    return best;
}

static int choose_type(const struct vulkan_device *d, uint32_t bits, bool mapped)
{
    if (!mapped) return ptm_vulkan_memory_type(&d->memory, bits, 0, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
    VkMemoryPropertyFlags prefer = d->unified ? VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT : 0;
    int type = ptm_vulkan_memory_type(&d->memory, bits, VULKAN_MAPPED | VK_MEMORY_PROPERTY_HOST_CACHED_BIT, prefer);
    return type >= 0 ? type : ptm_vulkan_memory_type(&d->memory, bits, VULKAN_MAPPED, 0);
}

static int create_buffer(struct vulkan_device *d, VkBuffer *buffer, uint64_t size, const void *next)
{
    VkBufferCreateInfo info = { .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .pNext = next, .size = size,
        .usage = VULKAN_BUFFER_USAGE };
    VkResult result = d->vk.CreateBuffer(d->device, &info, NULL, buffer);
    if (result) *buffer = VK_NULL_HANDLE;
    return result ? ptm_vulkan_fail(d, result, "a buffer of %llu bytes", (unsigned long long)size) : PTM_OK;
}

/* Drivers need not refuse what is larger than a heap or than their limit. */
VkResult ptm_vulkan_allocate(struct vulkan_device *d, VkDeviceMemory *memory, uint64_t size, int type, const void *next)
{
    if (size > d->max_allocation || size > d->memory.memoryHeaps[d->memory.memoryTypes[type].heapIndex].size)
        return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    VkMemoryAllocateInfo info = { .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = next, .allocationSize = size,
        .memoryTypeIndex = (uint32_t)type };
    VkResult result = d->vk.AllocateMemory(d->device, &info, NULL, memory);
    if (result) *memory = VK_NULL_HANDLE;
    return result;
}

/* next: an import, or NULL. */
static int allocate(struct vulkan_device *d, struct vulkan_memory *m, uint64_t size, int type, const void *next)
{
    VkMemoryAllocateFlagsInfo flags = { .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO, .pNext = next,
        .flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT };
    VkResult result = ptm_vulkan_allocate(d, &m->memory, size, type, &flags);
    if (!result) result = d->vk.BindBufferMemory(d->device, m->buffer, m->memory, 0);
    return result ? ptm_vulkan_fail(d, result, "device memory of %llu bytes", (unsigned long long)size) : PTM_OK;
}

static int map(struct vulkan_device *d, struct vulkan_memory *m)
{
    VkResult result = d->vk.MapMemory(d->device, m->memory, 0, VK_WHOLE_SIZE, 0, &m->host);
    if (result) m->host = NULL;
    return result ? ptm_vulkan_fail(d, result, "vkMapMemory") : PTM_OK;
}

int ptm_vulkan_memory_create(struct vulkan_device *d, struct vulkan_memory *m, uint64_t size, bool mapped)
{
    int status = create_buffer(d, &m->buffer, size, NULL);
    if (status) return status;
    VkMemoryRequirements needs;
    d->vk.GetBufferMemoryRequirements(d->device, m->buffer, &needs);
    int type = choose_type(d, needs.memoryTypeBits, mapped);
    status = type < 0 ? ptm_fail(PTM_ERROR_DEVICE, "the device has no memory for buffers")
        : allocate(d, m, needs.size, type, NULL);
    if (!status && mapped) status = map(d, m);
    if (status) ptm_vulkan_memory_destroy(d, m);
    return status;
}

void ptm_vulkan_memory_destroy(struct vulkan_device *d, struct vulkan_memory *m)
{
    if (m->buffer) d->vk.DestroyBuffer(d->device, m->buffer, NULL);
    if (m->memory) d->vk.FreeMemory(d->device, m->memory, NULL); /* unmaps */
    *m = (struct vulkan_memory){ 0 };
}

static void finish_buffer(ptm_buffer *buffer, struct vulkan_buffer *b)
{
    struct vulkan_device *d = buffer->device->state;
    VkBufferDeviceAddressInfo info = { .sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO, .buffer = b->memory.buffer };
    buffer->address = d->vk.GetBufferDeviceAddress(d->device, &info);
    buffer->state = b;
}

static int create_mapped_or_not(ptm_buffer *buffer, bool mapped)
{
    struct vulkan_device *d = buffer->device->state;
    struct vulkan_buffer *b = ptm_alloc(1, sizeof *b);
    if (!b) return PTM_ERROR_MEMORY;
    int status = ptm_vulkan_memory_create(d, &b->memory, (buffer->size + 3) / 4 * 4, mapped);
    if (status) {
        free(b);
        return status;
    }
    buffer->host = b->memory.host;
    finish_buffer(buffer, b);
    return PTM_OK;
}

int ptm_vulkan_buffer_create(ptm_buffer *buffer)
{
    return create_mapped_or_not(buffer, ((const struct vulkan_device *)buffer->device->state)->unified);
}

int ptm_vulkan_staging_create(ptm_buffer *buffer)
{
    return create_mapped_or_not(buffer, true);
}

/* The driver takes whole multiples of its alignment and does not check. Up to the size of a page, rounding up does not
 * leave the last page of the caller's memory, which is mapped; beyond that it might. */
static int import_size(const ptm_buffer *buffer, uint64_t *size)
{
    const struct vulkan_device *d = buffer->device->state;
    uint64_t alignment = d->import_alignment, page = (uint64_t)sysconf(_SC_PAGESIZE);
    if (alignment == 0)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s cannot use the host's memory", buffer->device->info.name);
    if ((uintptr_t)buffer->host % alignment || (buffer->size % alignment && page % alignment))
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s uses the host's memory in multiples of %llu bytes: not %llu at %p",
            buffer->device->info.name, (unsigned long long)alignment, (unsigned long long)buffer->size, buffer->host);
    if (buffer->size > buffer->device->info.max_buffer)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s uses at most %llu bytes at a time, not %llu", buffer->device->info.name,
            (unsigned long long)buffer->device->info.max_buffer, (unsigned long long)buffer->size);
    *size = (buffer->size + alignment - 1) / alignment * alignment;
    return PTM_OK;
}

static int import_memory(struct vulkan_device *d, struct vulkan_memory *m, void *host, uint64_t size)
{
    VkMemoryRequirements needs;
    d->vk.GetBufferMemoryRequirements(d->device, m->buffer, &needs);
    VkMemoryHostPointerPropertiesEXT can = { .sType = VK_STRUCTURE_TYPE_MEMORY_HOST_POINTER_PROPERTIES_EXT };
    VkExternalMemoryHandleTypeFlagBits kind = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT;
    VkResult result = d->vk.GetMemoryHostPointerPropertiesEXT(d->device, kind, host, &can);
    if (result) return ptm_vulkan_fail(d, result, "importing the host's memory at %p", host);
    int type = ptm_vulkan_memory_type(&d->memory, can.memoryTypeBits & needs.memoryTypeBits, VULKAN_MAPPED,
        VK_MEMORY_PROPERTY_HOST_CACHED_BIT);
    if (type < 0 || needs.size > size)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "the device cannot use the host's memory at %p", host);
    VkImportMemoryHostPointerInfoEXT import = { .sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT,
        .handleType = kind, .pHostPointer = host };
    return allocate(d, m, size, type, &import);
}

int ptm_vulkan_buffer_import(ptm_buffer *buffer)
{
    struct vulkan_device *d = buffer->device->state;
    uint64_t size = 0;
    int status = import_size(buffer, &size);
    if (status) return status;
    struct vulkan_buffer *b = ptm_alloc(1, sizeof *b);
    if (!b) return PTM_ERROR_MEMORY;
    VkExternalMemoryBufferCreateInfo external = { .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
        .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT };
    status = create_buffer(d, &b->memory.buffer, (buffer->size + 3) / 4 * 4, &external);
    if (!status) status = import_memory(d, &b->memory, buffer->host, size);
    if (status) {
        ptm_vulkan_memory_destroy(d, &b->memory);
        free(b);
        return status;
    }
    finish_buffer(buffer, b);
    return PTM_OK;
}

/* Waits for the work that uses the buffer: afterwards its memory, the caller's if it was imported, is free. */
void ptm_vulkan_buffer_destroy(ptm_buffer *buffer)
{
    struct vulkan_device *d = buffer->device->state;
    struct vulkan_buffer *b = buffer->state;
    ptm_vulkan_end_use(d, &b->use);
    ptm_vulkan_memory_destroy(d, &b->memory);
    free(b);
}
