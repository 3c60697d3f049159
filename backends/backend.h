/* backend.h - the table every backend fills in, and the objects it works on.
 *
 * A backend knows buffers, kernels, queues and time; it knows nothing of tomography. The front end has checked every
 * argument before it calls. Functions return 0 or a PTM_ERROR_* after ptm_fail() has been given the message. */
#ifndef PTM_BACKEND_H
#define PTM_BACKEND_H

#include <polytome/context.h>

#include "core/error.h"
#include "kernel_description.h"

typedef struct ptm_backend ptm_backend;
typedef struct ptm_buffer ptm_buffer;
typedef struct ptm_texture ptm_texture;
typedef struct ptm_kernel ptm_kernel;
typedef struct ptm_event ptm_event;

/* What the front end must know of a device to plan, beside the public part. */
typedef struct ptm_device_limits {
    bool wide;              /* kernels in the wide form (a CPU whose compiler vectorises inner loops) */
    bool textures;          /* can sample fields in hardware */
    bool doubles;           /* kernels in float64 */
    int items;              /* of the wide form that run at a time; 0 if unknown */
    int lanes_per_item;     /* PTM_K that suits it, narrow form */
    int group[3];           /* work-group that suits it, narrow form: lanes, lines, lines */
    bool immediate;         /* its own queue does the work before a call returns; queues that are made do not */
    bool direct_staging;    /* kernels use staging memory where it lies; else it is copied from and to */
    uint64_t alignment;     /* of memory for buffer_import, bytes; 0: cannot import */
    /* of what is imported nothing but what kernels write is ever written, so that others may write beside it */
    bool imports_shared;
    int64_t image_2d[3];    /* largest layered texture: width, height, layers */
    int64_t image_3d[3];    /* largest volume texture */
} ptm_device_limits;

/* One device a probe found. */
typedef struct ptm_device_entry {
    ptm_device_info info;
    void *handle; /* the backend's own: a cl_device_id, say */
} ptm_device_entry;

/* Memory on a device. */
struct ptm_buffer {
    ptm_device *device;
    uint64_t size;    /* bytes */
    bool counted;     /* among the device's held bytes */
    uint64_t address; /* as kernels see it; 0 where kernels see none (OpenCL) */
    void *host;       /* where the host sees the same memory, or NULL */
    void *state;
};

/* A layered (2D, sampled plane by plane) or volume (3D) texture of float32, zero outside. */
struct ptm_texture {
    ptm_device *device;
    bool volume;
    int n[3];
    uint64_t handle; /* as kernels see it (CUDA); else 0 */
    void *state;
};

/* A kernel in the form a device wants. */
struct ptm_kernel {
    ptm_device *device;
    const ptm_kernel_source *source;
    const ptm_kernel_code *code; /* the host's build: argument table and counts; on the host also what runs */
    bool wide, texture;
    int lanes_per_item;
    int group[3];
    void *state;
};

struct ptm_queue {
    ptm_device *device;
    bool imported; /* the caller's: not destroyed */
    void *state;
};

/* All that was enqueued on a queue when it was recorded last; nothing before that. */
struct ptm_event {
    ptm_device *device;
    void *state;
};

struct ptm_device {
    ptm_context *context;
    const ptm_backend *backend;
    ptm_device_info info;
    ptm_device_limits limits;
    ptm_queue queue;   /* the device's own queue */
    ptm_queue *worker; /* one beside the caller's thread, made when first needed; only where limits.immediate */
    bool dry;          /* nothing is done on it, so that what would be needed is known */
    uint64_t held, most_held; /* bytes of buffers and textures on it, now and at most */
    void *state;       /* the backend's */
    struct ptm_kernel_cache *kernels;
};

/* What a launch hands to a backend: the front end's arguments, the same as a block with addresses in it, and how many lanes
 * (n[0]) and lines (n[1], n[2]) there are. */
typedef struct ptm_launch {
    const ptm_kernel *kernel;
    const void *args;
    const void *block;
    int n[3];
} ptm_launch;

typedef struct ptm_vendor_fft {
    ptm_device *device;
    int points, rows;
    uint64_t memory; /* of the device's that the library takes for itself, bytes */
    void *state;
} ptm_vendor_fft;

struct ptm_backend {
    const char *name;

    /* Opens the driver, once in a process, and lists its devices: *entries is malloc'ed and *count long. No device is no
     * error: then reason, of reason_size bytes, says why in a line. */
    int (*probe)(ptm_context *context, ptm_device_entry **entries, int *count, char *reason, size_t reason_size);

    /* Fills in limits and state of a device whose info is set, and the state of its own queue. */
    int (*open)(ptm_device *device, void *handle);
    void (*close)(ptm_device *device);

    int (*queue_create)(ptm_queue *queue);
    /* Optional: makes `native`, a queue of the caller's as the driver calls it, the state of one of ours. */
    int (*queue_import)(ptm_queue *queue, void *native);
    void (*queue_destroy)(ptm_queue *queue);
    /* Begin everything enqueued; wait for everything enqueued. */
    int (*flush)(ptm_queue *queue);
    int (*finish)(ptm_queue *queue);
    /* Optional: what the driver calls the device's context, for callers who make queues in it. */
    void *(*native)(const ptm_device *device);

    /* record: what is enqueued so far, which begins. The host, or what is enqueued on a queue from then on, waits for what
     * the event stands for at that time; it may be recorded anew or destroyed at once. */
    int (*event_create)(ptm_event *event);
    void (*event_destroy)(ptm_event *event);
    int (*event_record)(ptm_event *event, ptm_queue *queue);
    int (*event_wait)(ptm_event *event);
    int (*queue_wait)(ptm_queue *queue, const ptm_event *event);

    /* size is set. Memory is not cleared. */
    int (*buffer_create)(ptm_buffer *buffer);
    /* size and host are set: use that memory in place, or PTM_ERROR_UNSUPPORTED if its alignment does not allow it. */
    int (*buffer_import)(ptm_buffer *buffer);
    /* Memory for data on their way: the host sees it at `host` as long as it lives. Kernels use it where
     * limits.direct_staging says so; elsewhere only copy() does, which goes on without the host. */
    int (*staging_create)(ptm_buffer *buffer);
    void (*buffer_destroy)(ptm_buffer *buffer);
    /* Ordered after what is enqueued. write: `data` may be reused on return. read: `data` is there on return. */
    int (*write)(ptm_queue *queue, ptm_buffer *to, uint64_t offset, const void *data, uint64_t size);
    int (*read)(ptm_queue *queue, const ptm_buffer *from, uint64_t offset, void *data, uint64_t size);
    int (*copy)(ptm_queue *queue, ptm_buffer *to, uint64_t to_offset, const ptm_buffer *from, uint64_t from_offset,
        uint64_t size);
    /* A 4-byte pattern; offset and size are multiples of 4. */
    int (*fill)(ptm_queue *queue, ptm_buffer *to, uint64_t offset, uint32_t pattern, uint64_t size);

    /* Optional. n and volume are set. upload copies all of it from a dense block (n[2], n[1], n[0]) in a buffer. */
    int (*texture_create)(ptm_texture *texture);
    void (*texture_destroy)(ptm_texture *texture);
    int (*texture_upload)(ptm_queue *queue, ptm_texture *texture, const ptm_buffer *from, uint64_t offset);

    /* source, code, wide, texture, lanes_per_item and group are set. */
    int (*kernel_create)(ptm_kernel *kernel);
    void (*kernel_destroy)(ptm_kernel *kernel);
    int (*launch)(ptm_queue *queue, const ptm_launch *launch);

    /* Optional, all or none: Fourier transforms by the vendor's library, opened when it is first asked for. create: device,
     * points and rows are set; UNSUPPORTED and why, if there is no library, or none for that length. run: forward and not
     * scaled, in place, of [rows][points] complex float32 numbers. */
    int (*fft_create)(ptm_vendor_fft *fft);
    void (*fft_destroy)(ptm_vendor_fft *fft);
    int (*fft_run)(ptm_queue *queue, const ptm_vendor_fft *fft, ptm_buffer *data);

    /* Optional: has the device gone? */
    bool (*is_lost)(ptm_device *device);
};

/* Ends with NULL; in the order in which "auto" tries them. */
extern const ptm_backend *const ptm_all_backends[];

#endif
