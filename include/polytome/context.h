/* polytome/context.h - contexts, devices, queues. */
#ifndef POLYTOME_CONTEXT_H
#define POLYTOME_CONTEXT_H

#include <polytome/common.h>

PTM_BEGIN_DECLS

/* A context finds the devices and holds the caller's settings. Thread safety: may be used by several threads at once. */
typedef struct ptm_context ptm_context;
/* Something that computes. Thread safety: one thread at a time, together with all that was made on it; threads that work
 * side by side open it once each. */
typedef struct ptm_device ptm_device;
/* An order of work on a device: each piece begins when the one before is done. Queues have no order among each other,
 * unless they are told to wait. Thread safety: as its device. */
typedef struct ptm_queue ptm_queue;

typedef enum ptm_log_level { PTM_LOG_ERROR = 1, PTM_LOG_WARNING, PTM_LOG_INFO, PTM_LOG_DEBUG } ptm_log_level;
typedef void (*ptm_log_function)(void *user, ptm_log_level level, const char *message);

typedef struct ptm_context_options {
    size_t struct_size;
    /* Receives messages; NULL: silence. May be called from any thread that uses the context. */
    ptm_log_function log;
    void *log_user;
    /* Threads the host device uses, the caller's among them, at most 4096; 0: POLYTOME_THREADS, else one for each core at
     * hand. The caller's needs a megabyte of stack for them. */
    int threads;
} ptm_context_options;

/* Make a context. It looks for no driver yet. options may be NULL. Errors: ARGUMENT (also an environment variable that says
 * nothing known, docs/contracts.md), MEMORY. Since 0.1. */
PTM_API int ptm_context_create(ptm_context **out, const ptm_context_options *options);
/* Free a context; its devices must have been closed. NULL is allowed; sets *context to NULL. Since 0.1. */
PTM_API void ptm_context_destroy(ptm_context **context);

typedef struct ptm_device_info {
    const char *backend; /* "host", "opencl", "vulkan", "cuda" */
    int index;           /* among the backend's devices: "opencl:1" has 1 */
    char name[256];      /* as the driver calls it */
    char driver[256];    /* driver and version, for people */
    bool gpu;            /* a real GPU, not a driver that computes on the host's cores */
    bool unified;        /* device and host share memory */
    uint64_t memory;     /* bytes; 0 if unknown */
    uint64_t max_buffer; /* largest allocation in bytes */
} ptm_device_info;

typedef struct ptm_backend_info {
    const char *name;
    int device_count;
    const char *reason; /* why device_count is 0, for people; "" otherwise */
} ptm_backend_info;

/* The backends this library was built with, in the order in which they are preferred: fills in at most `capacity` and
 * returns how many there are. Looks for drivers at the first call; a missing or broken driver is no error, but a reason.
 * Strings live as long as the context. Returns one of PTM_ERROR_* on failure: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_backends(ptm_context *context, ptm_backend_info *infos, int capacity);
/* All devices found, the same way. Since 0.1. */
PTM_API int ptm_devices(ptm_context *context, ptm_device_info *infos, int capacity);

/* Open a device by name: "host", "cuda", "vulkan:1", "opencl:0", or "auto" (also NULL): POLYTOME_DEVICE if it is set, else
 * a real GPU through CUDA, then Vulkan, then OpenCL, else the host. A named one loads no other backend's drivers. Errors:
 * ARGUMENT, NOT_FOUND, DEVICE, MEMORY. Since 0.1. */
PTM_API int ptm_device_open(ptm_device **out, ptm_context *context, const char *name);
/* As ptm_device_open, but nothing is allocated on the device and nothing computed: operators made on it tell by
 * ptm_operator_memory() and ptm_operator_staging() what they would take on the real one; they cannot be applied
 * (UNSUPPORTED). Since 0.1. */
PTM_API int ptm_device_open_dry(ptm_device **out, ptm_context *context, const char *name);
/* Close a device; what was made on it must have been destroyed. NULL is allowed; sets *device to NULL. Since 0.1. */
PTM_API void ptm_device_close(ptm_device **device);
/* What is known of a device; valid while it is open. NULL of NULL. Since 0.1. */
PTM_API const ptm_device_info *ptm_device_get_info(const ptm_device *device);

/* The device's context as its driver calls it: a cl_context, a CUcontext; NULL on the host and through Vulkan. It belongs
 * to the device. Since 0.1. */
PTM_API void *ptm_device_get_native(const ptm_device *device);

/* Make a queue of one's own; every device has one that is used where none is given. On the host a queue works in a thread
 * of its own, while the device's own works in the caller's. Errors: MEMORY, DEVICE. Since 0.1. */
PTM_API int ptm_queue_create(ptm_queue **out, ptm_device *device);
/* Work on a queue of the caller's, in order with what he enqueues there himself:
 *   OpenCL: a cl_command_queue in the context of ptm_device_get_native(), in order;
 *   CUDA: a CUstream of the device's primary context, which is the one PyTorch and CuPy use; NULL is the legacy default
 *       stream. It must live until ptm_queue_destroy(), which finishes it and leaves it to the caller. Errors: ARGUMENT (a
 *       queue of another context, or out of order), UNSUPPORTED (the host, which has none; Vulkan, where a VkQueue belongs
 *       to the VkDevice it was made with, and devices here make their own), MEMORY, DEVICE. Since 0.1. */
PTM_API int ptm_queue_import(ptm_queue **out, ptm_device *device, void *native);
/* Finish a queue and free it. NULL is allowed; sets *queue to NULL. Since 0.1. */
PTM_API void ptm_queue_destroy(ptm_queue **queue);
/* Wait until all work on the queue is done. Errors: DEVICE, DEVICE_LOST. Since 0.1. */
PTM_API int ptm_queue_finish(ptm_queue *queue);
/* What is enqueued later on `queue` begins after all that has been enqueued on `other`, of the same device, so far. It does
 * not wait itself, except for the host's own queue, which works in the caller's thread. One of the two may be NULL: the
 * device's own queue. Errors: ARGUMENT, MEMORY, DEVICE, DEVICE_LOST. Since 0.1. */
PTM_API int ptm_queue_wait(ptm_queue *queue, ptm_queue *other);

PTM_END_DECLS
#endif
