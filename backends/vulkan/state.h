/* state.h - what the Vulkan backend keeps, and what its files offer each other.
 *
 * A device has one VkQueue, and all ptm_queues record for it. One timeline counts submissions: when it reaches a value, all
 * work up to that submission is done. One lock per device guards recording, submitting and the marks of use; nobody waits
 * for the device with the lock held. */
#ifndef PTM_VULKAN_STATE_H
#define PTM_VULKAN_STATE_H
#include "api.h"
#include "backends/backend.h"

#include <pthread.h>
#include <stdatomic.h>

#define VULKAN_SLOTS 8 /* command buffers a queue has in flight or in hand */

struct vulkan_queue;

/* Where a buffer or texture is last used: what must be done before the host may touch or free it. */
struct vulkan_use {
    struct vulkan_queue *queue; /* NULL: nowhere */
    uint64_t recording;
};

/* A VkBuffer with memory of its own. */
struct vulkan_memory {
    VkBuffer buffer;
    VkDeviceMemory memory;
    void *host; /* mapped as long as it lives, or NULL */
};

struct vulkan_buffer {
    struct vulkan_memory memory;
    struct vulkan_use use;
};

struct vulkan_event {
    struct vulkan_use use;
};

struct vulkan_texture {
    VkImage image;
    VkDeviceMemory memory;
    VkImageView view;
    struct vulkan_use use;
    bool filled;
};

struct vulkan_slot {
    VkCommandBuffer commands;
    uint64_t recording; /* its number, unique on the device */
    uint64_t value;     /* of the timeline when it is done; 0: not submitted yet, or never used */
};

/* Memory through which data passes that the host cannot see on the device; two halves, so that the one is copied by the
 * device while the host is busy with the other. */
struct vulkan_staging {
    struct vulkan_memory memory;
    struct vulkan_use use[2];
    int half;
    uint64_t at; /* where the half at hand is free */
};

struct vulkan_queue {
    struct vulkan_device *device;
    struct vulkan_queue *next;
    VkCommandPool pool;
    struct vulkan_slot slots[VULKAN_SLOTS];
    int current;     /* slot recorded to, or the last that was */
    int pending;     /* commands in it; 0: it is not open */
    uint64_t last;   /* the timeline's value when all that is submitted is done */
    VkResult failed; /* of a submission that another thread made */
    struct vulkan_staging staging;
};

struct vulkan_device {
    const struct vulkan_instance *instance;
    struct vulkan_functions vk;
    VkPhysicalDevice physical;
    VkDevice device;
    VkPhysicalDeviceMemoryProperties memory;
    VkPhysicalDeviceLimits limits;
    bool unified;
    uint64_t max_allocation;   /* bytes */
    uint64_t max_image[2];     /* bytes of a layered, of a volume texture */
    uint64_t import_alignment; /* 0: cannot import */
    VkSampler sampler;         /* these two NULL without textures */
    VkDescriptorSetLayout texture_layout;
    VkPipelineCache pipelines;
    size_t pipelines_size; /* as loaded from disk */
    atomic_bool lost;

    pthread_mutex_t lock; /* guards what follows, all queues and all uses */
    VkQueue queue;
    uint32_t family;
    VkSemaphore timeline;
    uint64_t submitted;  /* the timeline's value after the last submission */
    uint64_t recordings; /* number of the last recording */
    struct vulkan_queue *queues;
};

struct vulkan_kernel {
    VkPipelineLayout layout;
    VkPipeline pipeline;
};

/* ptm_fail() for a call of Vulkan: appends the result's name. */
int ptm_vulkan_fail(struct vulkan_device *d, VkResult result, const char *format, ...) PTM_PRINTF(3, 4);

/* probe.c */
#define VULKAN_EXTENSION_TEXTURES "VK_KHR_push_descriptor"
#define VULKAN_EXTENSION_IMPORT "VK_EXT_external_memory_host"
bool ptm_vulkan_has_extension(const struct vulkan_instance *v, VkPhysicalDevice physical, const char *name);
/* The family whose queue we take, or -1. */
int ptm_vulkan_compute_family(const struct vulkan_instance *v, VkPhysicalDevice physical);
int ptm_vulkan_probe(ptm_context *context, ptm_device_entry **entries, int *count, char *reason, size_t reason_size);

/* device.c */
int ptm_vulkan_open(ptm_device *device, void *handle);
void ptm_vulkan_close(ptm_device *device);
bool ptm_vulkan_is_lost(ptm_device *device);

/* queue.c */
int ptm_vulkan_queue_create(ptm_queue *queue);
void ptm_vulkan_queue_destroy(ptm_queue *queue);
int ptm_vulkan_flush(ptm_queue *queue);
int ptm_vulkan_finish(ptm_queue *queue);
int ptm_vulkan_event_create(ptm_event *event);
void ptm_vulkan_event_destroy(ptm_event *event);
int ptm_vulkan_event_record(ptm_event *event, ptm_queue *queue);
int ptm_vulkan_event_wait(ptm_event *event);
int ptm_vulkan_queue_wait(ptm_queue *queue, const ptm_event *event);
/* A command is recorded between begin and end, after all before it. begin takes the lock, unless it fails; end lets go of
 * it, and submits if asked to or if much has gathered. In between, mark what the command uses. */
int ptm_vulkan_begin(struct vulkan_queue *q, VkCommandBuffer *commands);
void ptm_vulkan_mark(struct vulkan_queue *q, struct vulkan_use *use);
int ptm_vulkan_end(struct vulkan_queue *q, bool submit);
/* Until the device no longer uses it. */
int ptm_vulkan_wait_use(struct vulkan_device *d, struct vulkan_use *use);
/* The same before it is freed: for the whole device, should that fail. */
void ptm_vulkan_end_use(struct vulkan_device *d, struct vulkan_use *use);

/* memory.c */
#define VULKAN_BUFFER_USAGE \
    (VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT | VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | \
        VK_BUFFER_USAGE_TRANSFER_DST_BIT)
#define VULKAN_MAPPED (VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)
/* A memory type among `bits` with the flags `need`, best also with `prefer`; -1 if there is none. */
int ptm_vulkan_memory_type(const VkPhysicalDeviceMemoryProperties *memory, uint32_t bits, VkMemoryPropertyFlags need,
    VkMemoryPropertyFlags prefer);
/* next: extends the allocation, or NULL. */
VkResult ptm_vulkan_allocate(struct vulkan_device *d, VkDeviceMemory *memory, uint64_t size, int type, const void *next);
/* mapped: for the host to see, else where the device likes it best. */
int ptm_vulkan_memory_create(struct vulkan_device *d, struct vulkan_memory *m, uint64_t size, bool mapped);
void ptm_vulkan_memory_destroy(struct vulkan_device *d, struct vulkan_memory *m);
int ptm_vulkan_buffer_create(ptm_buffer *buffer);
int ptm_vulkan_buffer_import(ptm_buffer *buffer);
int ptm_vulkan_staging_create(ptm_buffer *buffer);
void ptm_vulkan_buffer_destroy(ptm_buffer *buffer);

/* transfer.c */
int ptm_vulkan_write(ptm_queue *queue, ptm_buffer *to, uint64_t offset, const void *data, uint64_t size);
int ptm_vulkan_read(ptm_queue *queue, const ptm_buffer *from, uint64_t offset, void *data, uint64_t size);
int ptm_vulkan_copy(ptm_queue *queue, ptm_buffer *to, uint64_t to_offset, const ptm_buffer *from, uint64_t from_offset,
    uint64_t size);
int ptm_vulkan_fill(ptm_queue *queue, ptm_buffer *to, uint64_t offset, uint32_t pattern, uint64_t size);

/* texture.c */
int ptm_vulkan_texture_setup(struct vulkan_device *d, ptm_device_limits *limits);
int ptm_vulkan_texture_create(ptm_texture *texture);
void ptm_vulkan_texture_destroy(ptm_texture *texture);
int ptm_vulkan_texture_upload(ptm_queue *queue, ptm_texture *texture, const ptm_buffer *from, uint64_t offset);

/* kernel.c */
void ptm_vulkan_load_pipelines(struct vulkan_device *d);
void ptm_vulkan_store_pipelines(struct vulkan_device *d);
int ptm_vulkan_kernel_create(ptm_kernel *kernel);
void ptm_vulkan_kernel_destroy(ptm_kernel *kernel);
int ptm_vulkan_launch(ptm_queue *queue, const ptm_launch *launch);

#endif
