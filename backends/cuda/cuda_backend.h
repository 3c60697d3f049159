/* cuda_backend.h - what the files of the CUDA backend share.
 *
 * queue->state is a CUstream; buffer->address is the CUdeviceptr, or buffer->host pinned memory; texture->state is a
 * CUarray and texture->handle the texture object; event->state is a CUevent; the other states are below.
 *
 * Everything lives in the device's primary context, where PyTorch and CuPy keep theirs. It is current only while a function
 * of this backend runs: ptm_cuda_enter() pushes it, ptm_cuda_leave() pops it, so that the caller's thread keeps its own. */
#ifndef PTM_CUDA_BACKEND_H
#define PTM_CUDA_BACKEND_H
#include "backends/backend.h"
#include "api.h"

#include <stdatomic.h>

struct cuda_device {
    const struct cuda_api *cuda;
    CUdevice id;
    CUcontext context;
    int max_group[3], max_grid[3];
    atomic_int lost; /* the CUresult that said so; 0: not lost */
};

struct cuda_kernel {
    CUmodule module;
    CUfunction function;
};

/* PTM_OK, or the failure of a driver's function while `doing`. */
int ptm_cuda_check(const ptm_device *device, CUresult code, const char *doing, ...) PTM_PRINTF(3, 4);

/* Around all that needs the context. enter fails on a device known to be lost; leave returns ptm_cuda_check() of code. */
int ptm_cuda_enter(const ptm_device *device);
int ptm_cuda_leave(const ptm_device *device, CUresult code, const char *doing, ...) PTM_PRINTF(3, 4);
/* The same to free things, lost or not; errors have nobody to tell. Where even this fails, the driver frees everything with
 * the context. */
bool ptm_cuda_enter_to_free(const ptm_device *device);
void ptm_cuda_leave_freed(const ptm_device *device);

/* device.c */
int ptm_cuda_probe(ptm_context *context, ptm_device_entry **entries, int *count, char *reason, size_t reason_size);
int ptm_cuda_open(ptm_device *device, void *handle);
void ptm_cuda_close(ptm_device *device);
bool ptm_cuda_is_lost(ptm_device *device);
int ptm_cuda_queue_create(ptm_queue *queue);
void ptm_cuda_queue_destroy(ptm_queue *queue);
int ptm_cuda_flush(ptm_queue *queue);
int ptm_cuda_finish(ptm_queue *queue);
int ptm_cuda_queue_import(ptm_queue *queue, void *native);
void *ptm_cuda_native(const ptm_device *device);
int ptm_cuda_event_create(ptm_event *event);
void ptm_cuda_event_destroy(ptm_event *event);
int ptm_cuda_event_record(ptm_event *event, ptm_queue *queue);
int ptm_cuda_event_wait(ptm_event *event);
int ptm_cuda_queue_wait(ptm_queue *queue, const ptm_event *event);

/* memory.c */
int ptm_cuda_buffer_create(ptm_buffer *buffer);
int ptm_cuda_buffer_import(ptm_buffer *buffer);
int ptm_cuda_staging_create(ptm_buffer *buffer);
void ptm_cuda_buffer_destroy(ptm_buffer *buffer);
int ptm_cuda_write(ptm_queue *queue, ptm_buffer *to, uint64_t offset, const void *data, uint64_t size);
int ptm_cuda_read(ptm_queue *queue, const ptm_buffer *from, uint64_t offset, void *data, uint64_t size);
int ptm_cuda_copy(ptm_queue *queue, ptm_buffer *to, uint64_t to_offset, const ptm_buffer *from, uint64_t from_offset,
    uint64_t size);
int ptm_cuda_fill(ptm_queue *queue, ptm_buffer *to, uint64_t offset, uint32_t pattern, uint64_t size);
int ptm_cuda_texture_create(ptm_texture *texture);
void ptm_cuda_texture_destroy(ptm_texture *texture);
int ptm_cuda_texture_upload(ptm_queue *queue, ptm_texture *texture, const ptm_buffer *from, uint64_t offset);

/* kernel.c */
int ptm_cuda_kernel_create(ptm_kernel *kernel);
void ptm_cuda_kernel_destroy(ptm_kernel *kernel);
int ptm_cuda_launch(ptm_queue *queue, const ptm_launch *launch);

/* cufft.c */
int ptm_cuda_fft_create(ptm_vendor_fft *fft);
void ptm_cuda_fft_destroy(ptm_vendor_fft *fft);
int ptm_cuda_fft_run(ptm_queue *queue, const ptm_vendor_fft *fft, ptm_buffer *data);
#endif
