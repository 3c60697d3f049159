/* opencl.h - what the files of the OpenCL backend share.
 *
 * queue->state is a cl_command_queue, in order; texture->state is a cl_mem; event->state is a cl_event, of a marker; the
 * other states are below.
 *
 * Imported memory belongs either to the host or to the device (OpenCL: it is mapped, or not). A command that uses it hands
 * it to the device; finish() of the queue that used it last hands it back. So the rule for the front end: after finish(),
 * and until the next call that uses the buffer, the host may read and write imported memory. */
#ifndef PTM_OPENCL_H
#define PTM_OPENCL_H
#include "backends/backend.h"
#include "api.h"

#include <pthread.h>
#include <stdatomic.h>

struct opencl_memory {
    cl_mem mem;
    size_t size;
    bool staging;               /* stays mapped: commands use it as the host's memory, at buffer->host */
    void *mapped;               /* memory the host owns: where it is mapped */
    cl_command_queue last_user; /* imported memory the device owns: by which queue */
    struct opencl_memory *next; /* imported by the same device */
};

struct opencl_kernel {
    cl_program program;
    cl_kernel kernel;
    pthread_mutex_t lock; /* arguments are set and used by one thread at a time */
};

struct opencl_device {
    const struct opencl_api *cl;
    cl_platform_id platform;
    cl_device_id id;
    cl_context context;
    cl_command_queue maps; /* hands imported memory over; it has no other work, so that its commands never wait */
    pthread_mutex_t lock;  /* of the imported memory */
    struct opencl_memory *imported;
    atomic_bool lost;
};

/* Failure of a driver's function while `doing`; returns the status for it. */
int ptm_opencl_fail(const ptm_device *device, cl_int code, const char *doing, ...) PTM_PRINTF(3, 4);

/* finding.c */
struct opencl_text {
    char s[256];
};
struct opencl_text ptm_opencl_device_text(const struct opencl_api *cl, cl_device_id id, cl_device_info what);
struct opencl_text ptm_opencl_platform_text(const struct opencl_api *cl, cl_platform_id platform, cl_platform_info what);
/* A number of size bytes; 0 if the driver does not tell. */
uint64_t ptm_opencl_device_number(const struct opencl_api *cl, cl_device_id id, cl_device_info what, size_t size);
/* Does it compute on the host's cores, whatever it calls itself? */
bool ptm_opencl_is_processor(const struct opencl_api *cl, cl_device_id id);
int ptm_opencl_probe(ptm_context *context, ptm_device_entry **entries, int *count, char *reason, size_t reason_size);

/* device.c */
int ptm_opencl_open(ptm_device *device, void *handle);
void ptm_opencl_close(ptm_device *device);
bool ptm_opencl_is_lost(ptm_device *device);
int ptm_opencl_queue_create(ptm_queue *queue);
void ptm_opencl_queue_destroy(ptm_queue *queue);
int ptm_opencl_flush(ptm_queue *queue);
/* Until all that is in a queue is done. */
cl_int ptm_opencl_wait(const struct opencl_device *state, cl_command_queue queue);
int ptm_opencl_finish(ptm_queue *queue);
int ptm_opencl_queue_import(ptm_queue *queue, void *native);
void *ptm_opencl_native(const ptm_device *device);
int ptm_opencl_event_create(ptm_event *event);
void ptm_opencl_event_destroy(ptm_event *event);
int ptm_opencl_event_record(ptm_event *event, ptm_queue *queue);
int ptm_opencl_event_wait(ptm_event *event);
int ptm_opencl_queue_wait(ptm_queue *queue, const ptm_event *event);
/* Halves a work-group until it has at most `most` items. */
void ptm_opencl_limit_group(int group[3], uint64_t most);

/* memory.c */
int ptm_opencl_buffer_create(ptm_buffer *buffer);
int ptm_opencl_buffer_import(ptm_buffer *buffer);
int ptm_opencl_staging_create(ptm_buffer *buffer);
void ptm_opencl_buffer_destroy(ptm_buffer *buffer);
/* Before each command that uses a buffer: hands imported memory to the device. */
int ptm_opencl_use(ptm_queue *queue, const ptm_buffer *buffer);
/* After a finish: hands the imported memory the queue used back to the host. */
int ptm_opencl_hand_back(ptm_queue *queue);
int ptm_opencl_write(ptm_queue *queue, ptm_buffer *to, uint64_t offset, const void *data, uint64_t size);
int ptm_opencl_read(ptm_queue *queue, const ptm_buffer *from, uint64_t offset, void *data, uint64_t size);
int ptm_opencl_copy(ptm_queue *queue, ptm_buffer *to, uint64_t to_offset, const ptm_buffer *from, uint64_t from_offset,
    uint64_t size);
int ptm_opencl_fill(ptm_queue *queue, ptm_buffer *to, uint64_t offset, uint32_t pattern, uint64_t size);
int ptm_opencl_texture_create(ptm_texture *texture);
void ptm_opencl_texture_destroy(ptm_texture *texture);
int ptm_opencl_texture_upload(ptm_queue *queue, ptm_texture *texture, const ptm_buffer *from, uint64_t offset);

/* kernel.c and launch.c */
int ptm_opencl_kernel_create(ptm_kernel *kernel);
void ptm_opencl_kernel_destroy(ptm_kernel *kernel);
int ptm_opencl_launch(ptm_queue *queue, const ptm_launch *launch);

/* clfft.c */
int ptm_opencl_fft_create(ptm_vendor_fft *fft);
void ptm_opencl_fft_destroy(ptm_vendor_fft *fft);
int ptm_opencl_fft_run(ptm_queue *queue, const ptm_vendor_fft *fft, ptm_buffer *data);
#endif
