/* queue.c - recording commands, submitting them, and waiting for them. */
#include "state.h"

#include <stdlib.h>

/* A launch is planned to last 100 ms at most; this many stay below the two seconds after which some systems take a
 * submission for hung. */
#define COMMANDS_MOST 16

#define STAGES (VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT)
#define WRITES (VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT)
#define ACCESSES (WRITES | VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_TRANSFER_READ_BIT)

static void barrier(struct vulkan_device *d, VkCommandBuffer commands, VkPipelineStageFlags stages, VkAccessFlags accesses)
{
    VkMemoryBarrier memory = { .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = WRITES,
        .dstAccessMask = accesses };
    d->vk.CmdPipelineBarrier(commands, STAGES, stages, 0, 1, &memory, 0, NULL, 0, NULL);
}

/* Until the timeline has reached `value`; without the lock. */
static int wait_value(struct vulkan_device *d, uint64_t value)
{
    if (value == 0) return PTM_OK;
    VkSemaphoreWaitInfo info = { .sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, .semaphoreCount = 1,
        .pSemaphores = &d->timeline, .pValues = &value };
    VkResult result = d->vk.WaitSemaphores(d->device, &info, UINT64_MAX);
    return result ? ptm_vulkan_fail(d, result, "waiting for the device") : PTM_OK;
}

/* What is recorded goes to the device; if that fails, it is dropped. With the lock. */
static VkResult submit(struct vulkan_queue *q)
{
    struct vulkan_device *d = q->device;
    struct vulkan_slot *slot = &q->slots[q->current];
    if (q->pending == 0) return VK_SUCCESS;
    q->pending = 0;
    slot->value = d->submitted; /* if it is dropped, what it would have used may still be in use by what was before */
    barrier(d, slot->commands, VK_PIPELINE_STAGE_HOST_BIT, VK_ACCESS_HOST_READ_BIT);
    VkResult result = d->vk.EndCommandBuffer(slot->commands);
    if (result) return result;
    uint64_t value = d->submitted + 1;
    VkTimelineSemaphoreSubmitInfo timeline = { .sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
        .signalSemaphoreValueCount = 1, .pSignalSemaphoreValues = &value };
    VkSubmitInfo info = { .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .pNext = &timeline, .commandBufferCount = 1,
        .pCommandBuffers = &slot->commands, .signalSemaphoreCount = 1, .pSignalSemaphores = &d->timeline };
    result = d->vk.QueueSubmit(d->queue, 1, &info, VK_NULL_HANDLE);
    if (!result) slot->value = q->last = d->submitted = value;
    return result;
}

static int submit_or_fail(struct vulkan_queue *q)
{
    VkResult result = submit(q);
    return result ? ptm_vulkan_fail(q->device, result, "submitting work to the device") : PTM_OK;
}

/* For another thread than the queue's own, which is to hear of a failure when it next comes by. */
static void submit_for_owner(struct vulkan_queue *q)
{
    VkResult result = submit(q);
    if (result) q->failed = result;
}

static int check(struct vulkan_queue *q)
{
    if (atomic_load(&q->device->lost)) return ptm_fail(PTM_ERROR_DEVICE_LOST, "the device is lost");
    VkResult failed = q->failed;
    q->failed = VK_SUCCESS;
    return failed ? ptm_vulkan_fail(q->device, failed, "submitting work to the device") : PTM_OK;
}

/* The next slot in turn. With the lock, but not while it waits for the work that was last in the slot. */
static int open_recording(struct vulkan_queue *q)
{
    struct vulkan_device *d = q->device;
    int next = (q->current + 1) % VULKAN_SLOTS;
    struct vulkan_slot *slot = &q->slots[next];
    pthread_mutex_unlock(&d->lock);
    int status = wait_value(d, slot->value);
    pthread_mutex_lock(&d->lock);
    if (status) return status;
    VkCommandBufferBeginInfo info = { .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
        .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT };
    VkResult result = d->vk.BeginCommandBuffer(slot->commands, &info);
    if (result) return ptm_vulkan_fail(d, result, "vkBeginCommandBuffer");
    slot->recording = ++d->recordings;
    slot->value = 0;
    q->current = next;
    return PTM_OK;
}

int ptm_vulkan_begin(struct vulkan_queue *q, VkCommandBuffer *commands)
{
    pthread_mutex_lock(&q->device->lock);
    int status = check(q);
    if (!status && q->pending == 0) status = open_recording(q);
    if (status) {
        pthread_mutex_unlock(&q->device->lock);
        return status;
    }
    q->pending++;
    *commands = q->slots[q->current].commands;
    barrier(q->device, *commands, STAGES, ACCESSES); /* also after what was submitted before: it is one VkQueue */
    return PTM_OK;
}

int ptm_vulkan_end(struct vulkan_queue *q, bool now)
{
    int status = now || q->pending >= COMMANDS_MOST ? submit_or_fail(q) : PTM_OK;
    pthread_mutex_unlock(&q->device->lock);
    return status;
}

/* The timeline's value at the end of a use, which is submitted if it is not yet. With the lock. */
static uint64_t value_of(struct vulkan_device *d, const struct vulkan_use *use)
{
    struct vulkan_queue *q = d->queues;
    while (q && q != use->queue) q = q->next;
    if (!q) return d->submitted; /* by a queue that is gone */
    if (q->slots[q->current].recording == use->recording) submit_for_owner(q);
    for (int i = 0; i < VULKAN_SLOTS; ++i)
        if (q->slots[i].recording == use->recording) return q->slots[i].value;
    return 0; /* the slot was used again: it is done */
}

/* Another queue's use is submitted first. So whoever shares a buffer gets the order in which he enqueued, and to wait for
 * the last use is to wait for all. */
void ptm_vulkan_mark(struct vulkan_queue *q, struct vulkan_use *use)
{
    if (use->queue && use->queue != q) value_of(q->device, use);
    use->queue = q;
    use->recording = q->slots[q->current].recording;
}

int ptm_vulkan_wait_use(struct vulkan_device *d, struct vulkan_use *use)
{
    pthread_mutex_lock(&d->lock);
    uint64_t recording = use->recording, value = use->queue ? value_of(d, use) : 0;
    pthread_mutex_unlock(&d->lock);
    int status = wait_value(d, value);
    if (status) return status;
    pthread_mutex_lock(&d->lock);
    if (use->recording == recording) *use = (struct vulkan_use){ 0 };
    pthread_mutex_unlock(&d->lock);
    return PTM_OK;
}

void ptm_vulkan_end_use(struct vulkan_device *d, struct vulkan_use *use)
{
    if (ptm_vulkan_wait_use(d, use) == PTM_OK) return;
    pthread_mutex_lock(&d->lock);
    d->vk.DeviceWaitIdle(d->device);
    pthread_mutex_unlock(&d->lock);
}

int ptm_vulkan_flush(ptm_queue *queue)
{
    struct vulkan_queue *q = queue->state;
    pthread_mutex_lock(&q->device->lock);
    int status = check(q);
    if (!status) status = submit_or_fail(q);
    pthread_mutex_unlock(&q->device->lock);
    return status;
}

int ptm_vulkan_finish(ptm_queue *queue)
{
    struct vulkan_queue *q = queue->state;
    int status = ptm_vulkan_flush(queue);
    pthread_mutex_lock(&q->device->lock);
    uint64_t last = q->last;
    pthread_mutex_unlock(&q->device->lock);
    int waited = status == PTM_ERROR_DEVICE_LOST ? PTM_OK : wait_value(q->device, last);
    return status ? status : waited;
}

int ptm_vulkan_event_create(ptm_event *event)
{
    event->state = ptm_alloc(1, sizeof(struct vulkan_event));
    return event->state ? PTM_OK : PTM_ERROR_MEMORY;
}

void ptm_vulkan_event_destroy(ptm_event *event)
{
    free(event->state);
    event->state = NULL;
}

int ptm_vulkan_event_record(ptm_event *event, ptm_queue *queue)
{
    struct vulkan_event *e = event->state;
    struct vulkan_queue *q = queue->state;
    pthread_mutex_lock(&q->device->lock);
    int status = check(q);
    if (!status) {
        e->use = (struct vulkan_use){ q, q->slots[q->current].recording };
        status = submit_or_fail(q);
    }
    pthread_mutex_unlock(&q->device->lock);
    return status;
}

int ptm_vulkan_event_wait(ptm_event *event)
{
    return ptm_vulkan_wait_use(event->device->state, &((struct vulkan_event *)event->state)->use);
}

/* What an event stands for is submitted, and all queues record for one VkQueue, where each command begins after all that
 * was submitted before it. */
int ptm_vulkan_queue_wait(ptm_queue *queue, const ptm_event *event)
{
    (void)queue;
    (void)event;
    return PTM_OK;
}

static int create_commands(struct vulkan_queue *q)
{
    struct vulkan_device *d = q->device;
    VkCommandPoolCreateInfo pool = { .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
        .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT, .queueFamilyIndex = d->family };
    VkResult result = d->vk.CreateCommandPool(d->device, &pool, NULL, &q->pool);
    if (result) return ptm_vulkan_fail(d, result, "vkCreateCommandPool");
    VkCommandBuffer commands[VULKAN_SLOTS];
    VkCommandBufferAllocateInfo info = { .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = q->pool,
        .commandBufferCount = VULKAN_SLOTS };
    result = d->vk.AllocateCommandBuffers(d->device, &info, commands);
    if (result) {
        d->vk.DestroyCommandPool(d->device, q->pool, NULL);
        return ptm_vulkan_fail(d, result, "vkAllocateCommandBuffers");
    }
    for (int i = 0; i < VULKAN_SLOTS; ++i) q->slots[i].commands = commands[i];
    return PTM_OK;
}

int ptm_vulkan_queue_create(ptm_queue *queue)
{
    struct vulkan_device *d = queue->device->state;
    struct vulkan_queue *q = ptm_alloc(1, sizeof *q);
    if (!q) return PTM_ERROR_MEMORY;
    q->device = d;
    int status = create_commands(q);
    if (status) {
        free(q);
        return status;
    }
    pthread_mutex_lock(&d->lock);
    q->next = d->queues;
    d->queues = q;
    pthread_mutex_unlock(&d->lock);
    queue->state = q;
    return PTM_OK;
}

void ptm_vulkan_queue_destroy(ptm_queue *queue)
{
    struct vulkan_queue *q = queue->state;
    struct vulkan_device *d = q->device;
    pthread_mutex_lock(&d->lock);
    struct vulkan_queue **at = &d->queues;
    while (*at != q) at = &(*at)->next;
    *at = q->next;
    pthread_mutex_unlock(&d->lock);
    wait_value(d, q->last); /* for what another thread may have submitted meanwhile */
    ptm_vulkan_memory_destroy(d, &q->staging.memory);
    d->vk.DestroyCommandPool(d->device, q->pool, NULL);
    free(q);
    queue->state = NULL;
}
