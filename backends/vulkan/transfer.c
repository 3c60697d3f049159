/* transfer.c - data into buffers, out of them, and between them.
 *
 * Where the host sees a buffer, it waits for the device and copies; else data passes through the queue's staging memory,
 * in pieces. */
#include "state.h"

#include <string.h>

#define HALF (8u << 20) /* bytes; large enough that a submission per half costs nothing */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The two uses are of what takes part. */
static int record_copy(struct vulkan_queue *q, VkBuffer to, VkBuffer from, const VkBufferCopy *region,
    struct vulkan_buffer *first, struct vulkan_use *second, bool submit)
{
    VkCommandBuffer commands;
    int status = ptm_vulkan_begin(q, &commands);
    if (status) return status;
    q->device->vk.CmdCopyBuffer(commands, from, to, 1, region);
    ptm_vulkan_mark(q, &first->use);
    ptm_vulkan_mark(q, second);
    return ptm_vulkan_end(q, submit);
}

/* The other half of the staging memory, once the device has done with it. */
static int next_half(struct vulkan_queue *q)
{
    struct vulkan_staging *s = &q->staging;
    if (!s->memory.buffer) {
        int status = ptm_vulkan_memory_create(q->device, &s->memory, 2 * (uint64_t)HALF, true);
        if (status) return status;
    }
    s->half ^= 1;
    s->at = 0;
    return ptm_vulkan_wait_use(q->device, &s->use[s->half]);
}

static int write_staged(struct vulkan_queue *q, struct vulkan_buffer *to, uint64_t offset, const char *data, uint64_t size)
{
    struct vulkan_staging *s = &q->staging;
    while (size) {
        if (!s->memory.buffer || s->at >= HALF) {
            int status = next_half(q);
            if (status) return status;
        }
        uint64_t place = s->half * (uint64_t)HALF + s->at, piece = least(size, HALF - s->at);
        memcpy((char *)s->memory.host + place, data, (size_t)piece);
        s->at += (piece + 15) / 16 * 16; /* small tables follow each other without waiting */
        VkBufferCopy region = { .srcOffset = place, .dstOffset = offset, .size = piece };
        int status = record_copy(q, to->memory.buffer, s->memory.buffer, &region, to, &s->use[s->half], s->at >= HALF);
        if (status) return status;
        data += piece;
        offset += piece;
        size -= piece;
    }
    return PTM_OK;
}

/* The piece that was copied to a half goes to the caller. */
static int fetch(struct vulkan_queue *q, int half, char *data, uint64_t size)
{
    int status = ptm_vulkan_wait_use(q->device, &q->staging.use[half]);
    if (!status) memcpy(data, (char *)q->staging.memory.host + half * (uint64_t)HALF, (size_t)size);
    return status;
}

/* The device copies a piece while the host fetches the one before. */
static int read_staged(struct vulkan_queue *q, struct vulkan_buffer *from, uint64_t offset, char *data, uint64_t size)
{
    struct vulkan_staging *s = &q->staging;
    uint64_t before = 0; /* bytes on their way in the other half */
    while (size || before) {
        uint64_t piece = least(size, HALF);
        int status = next_half(q);
        if (!status && piece) {
            VkBufferCopy region = { .srcOffset = offset, .dstOffset = s->half * (uint64_t)HALF, .size = piece };
            status = record_copy(q, s->memory.buffer, from->memory.buffer, &region, from, &s->use[s->half], true);
        }
        if (!status && before) status = fetch(q, s->half ^ 1, data, before);
        if (status) return status;
        data += before;
        offset += piece;
        size -= piece;
        before = piece;
    }
    return PTM_OK;
}

int ptm_vulkan_write(ptm_queue *queue, ptm_buffer *to, uint64_t offset, const void *data, uint64_t size)
{
    struct vulkan_queue *q = queue->state;
    struct vulkan_buffer *b = to->state;
    if (!to->host) return write_staged(q, b, offset, data, size);
    int status = ptm_vulkan_wait_use(q->device, &b->use);
    if (!status) memmove((char *)to->host + offset, data, (size_t)size);
    return status;
}

int ptm_vulkan_read(ptm_queue *queue, const ptm_buffer *from, uint64_t offset, void *data, uint64_t size)
{
    struct vulkan_queue *q = queue->state;
    struct vulkan_buffer *b = from->state;
    if (!from->host) return read_staged(q, b, offset, data, size);
    int status = ptm_vulkan_wait_use(q->device, &b->use);
    if (!status) memmove(data, (const char *)from->host + offset, (size_t)size);
    return status;
}

int ptm_vulkan_copy(ptm_queue *queue, ptm_buffer *to, uint64_t to_offset, const ptm_buffer *from, uint64_t from_offset,
    uint64_t size)
{
    if (size == 0) return PTM_OK;
    uint64_t apart = to_offset < from_offset ? from_offset - to_offset : to_offset - from_offset;
    if (to == from && apart < size) return ptm_fail(PTM_ERROR_INTERNAL, "a copy of %llu bytes overlaps itself",
        (unsigned long long)size);
    struct vulkan_buffer *target = to->state, *source = from->state;
    VkBufferCopy region = { .srcOffset = from_offset, .dstOffset = to_offset, .size = size };
    return record_copy(queue->state, target->memory.buffer, source->memory.buffer, &region, target, &source->use, false);
}

int ptm_vulkan_fill(ptm_queue *queue, ptm_buffer *to, uint64_t offset, uint32_t pattern, uint64_t size)
{
    struct vulkan_queue *q = queue->state;
    struct vulkan_buffer *b = to->state;
    VkCommandBuffer commands;
    if (size == 0) return PTM_OK;
    int status = ptm_vulkan_begin(q, &commands);
    if (status) return status;
    q->device->vk.CmdFillBuffer(commands, b->memory.buffer, offset, size, pattern);
    ptm_vulkan_mark(q, &b->use);
    return ptm_vulkan_end(q, false);
}
