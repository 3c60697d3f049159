/* opencl.c - OpenCL devices, 1.2 and later: the table of what they do, and how they fail. */
#include "opencl.h"

#include <stdarg.h>
#include <stdio.h>

#define NVIDIA_FAULT (-9999) /* NVIDIA's driver, after a kernel touched memory it must not */

/* The device stays lost: with CL_INVALID_COMMAND_QUEUE on a queue of ours a driver says so after a fault. */
static int status_of(cl_int code)
{
    switch (code) {
    case CL_MEM_OBJECT_ALLOCATION_FAILURE:
    case CL_OUT_OF_HOST_MEMORY:
    case CL_INVALID_BUFFER_SIZE:
    case CL_INVALID_IMAGE_SIZE: return PTM_ERROR_MEMORY;
    case CL_DEVICE_NOT_AVAILABLE:
    case CL_INVALID_COMMAND_QUEUE:
    case NVIDIA_FAULT: return PTM_ERROR_DEVICE_LOST;
    default: return PTM_ERROR_DEVICE;
    }
}

int ptm_opencl_fail(const ptm_device *device, cl_int code, const char *doing, ...)
{
    char what[512];
    va_list list;
    va_start(list, doing);
    vsnprintf(what, sizeof what, doing, list);
    va_end(list);
    int status = status_of(code);
    struct opencl_device *state = device->state;
    if (status == PTM_ERROR_DEVICE_LOST && state) atomic_store(&state->lost, true);
    return ptm_fail(status, "%s: %s: %s (%d)", device->info.name, what, ptm_opencl_code_name(code), code);
}

const ptm_backend ptm_backend_opencl = {
    .name = "opencl",
    .probe = ptm_opencl_probe,
    .open = ptm_opencl_open,
    .close = ptm_opencl_close,
    .queue_create = ptm_opencl_queue_create,
    .queue_import = ptm_opencl_queue_import,
    .queue_destroy = ptm_opencl_queue_destroy,
    .flush = ptm_opencl_flush,
    .finish = ptm_opencl_finish,
    .native = ptm_opencl_native,
    .event_create = ptm_opencl_event_create,
    .event_destroy = ptm_opencl_event_destroy,
    .event_record = ptm_opencl_event_record,
    .event_wait = ptm_opencl_event_wait,
    .queue_wait = ptm_opencl_queue_wait,
    .buffer_create = ptm_opencl_buffer_create,
    .buffer_import = ptm_opencl_buffer_import,
    .staging_create = ptm_opencl_staging_create,
    .buffer_destroy = ptm_opencl_buffer_destroy,
    .write = ptm_opencl_write,
    .read = ptm_opencl_read,
    .copy = ptm_opencl_copy,
    .fill = ptm_opencl_fill,
    .texture_create = ptm_opencl_texture_create,
    .texture_destroy = ptm_opencl_texture_destroy,
    .texture_upload = ptm_opencl_texture_upload,
    .kernel_create = ptm_opencl_kernel_create,
    .kernel_destroy = ptm_opencl_kernel_destroy,
    .launch = ptm_opencl_launch,
    .fft_create = ptm_opencl_fft_create,
    .fft_destroy = ptm_opencl_fft_destroy,
    .fft_run = ptm_opencl_fft_run,
    .is_lost = ptm_opencl_is_lost,
};
