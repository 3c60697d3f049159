/* device.h - the front end's view of devices: what it does before and after it calls a backend. */
#ifndef PTM_DEVICE_H
#define PTM_DEVICE_H
#include "backends/backend.h"

struct ptm_context {
    ptm_context_options options;
    struct ptm_threads *threads; /* the host device's pool */
    struct ptm_found *found;     /* per backend: what its probe found; NULL before the first one */
};

/* Messages to the caller's log; nothing if there is none. */
void ptm_log(const ptm_context *context, ptm_log_level level, const char *format, ...) PTM_PRINTF(3, 4);

/* Closes the driver's side of an open device; what it can do stays known, and from then on nothing is done on it. */
void ptm_device_dry(ptm_device *device);

/* Buffers. create: `size` bytes, not cleared. import: the caller's memory, where the device can use it in
 * place; what is done with it is there for the host after the queue has finished. */
int ptm_buffer_create(ptm_buffer **out, ptm_device *device, uint64_t size);
int ptm_buffer_import(ptm_buffer **out, ptm_device *device, void *host, uint64_t size);
void ptm_buffer_destroy(ptm_buffer **buffer);
int ptm_buffer_write(ptm_queue *queue, ptm_buffer *to, uint64_t offset, const void *data, uint64_t size);
int ptm_buffer_read(ptm_queue *queue, const ptm_buffer *from, uint64_t offset, void *data, uint64_t size);

/* Memory through which data pass, see staging_create; a copy is enqueued. */
int ptm_staging_create(ptm_buffer **out, ptm_device *device, uint64_t size);
int ptm_buffer_copy(ptm_queue *queue, ptm_buffer *to, uint64_t to_offset, const ptm_buffer *from, uint64_t from_offset,
    uint64_t size);

int ptm_texture_create(ptm_texture **out, ptm_device *device, bool volume, const int n[3]);
void ptm_texture_destroy(ptm_texture **texture);

/* Events as in the table; hold: the queue waits. */
int ptm_event_create(ptm_event **out, ptm_device *device);
void ptm_event_destroy(ptm_event **event);
int ptm_event_record(ptm_event *event, ptm_queue *queue);
int ptm_event_wait(ptm_event *event);
int ptm_event_hold(ptm_queue *queue, const ptm_event *event);
int ptm_queue_flush(ptm_queue *queue);
/* The queue beside the caller's thread of a device whose own is immediate. */
int ptm_device_worker(ptm_queue **out, ptm_device *device);

/* A kernel by name, in the form the device prefers; built once and kept with the device. real_size is 4 or 8. texture asks
 * for fields sampled in hardware. Errors: NOT_FOUND, UNSUPPORTED, DEVICE. Thread safety: any thread. */
typedef struct ptm_kernel_form {
    size_t real_size;
    bool texture;
    int wide;           /* 1 wide, -1 narrow, 0 what the device prefers */
    int lanes_per_item; /* 0: what the device prefers */
    int group[3];       /* 0: what the device prefers */
} ptm_kernel_form;
int ptm_kernel_get(const ptm_kernel **out, ptm_device *device, const char *name, const ptm_kernel_form *form);

/* Devices count work-groups in 16 bits on axes 1 and 2 of a launch: more items than this are for another launch. */
#define PTM_LINES_MOST 32768

/* Enqueue a kernel; args is the struct made of its own argument list. Nothing is done if there is nothing to do. */
int ptm_launch_kernel(ptm_queue *queue, const ptm_kernel *kernel, const void *args);

/* A function pointer by name from a driver's library; the library is opened once and never closed. */
void *ptm_library_open(const char *const *names, char *reason, size_t reason_size);
void *ptm_library_symbol(void *library, const char *name);
/* Functions, and where a struct of pointers has them. */
typedef struct ptm_symbol {
    const char *name;
    size_t offset;
} ptm_symbol;
/* Fills in the struct `api`; returns the name of the first function that is missing, or NULL. */
const char *ptm_library_symbols(void *library, void *api, const ptm_symbol *symbols, size_t count);

#endif
