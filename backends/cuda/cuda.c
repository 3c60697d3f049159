/* cuda.c - NVIDIA devices through the CUDA driver: the table of what they do, the current context, and how they fail. */
#include "cuda_backend.h"

#include <stdarg.h>
#include <stdio.h>

/* Errors after which every later call in the process fails on this device, until its context is gone. */
static bool means_lost(CUresult code)
{
    switch ((int)code) {
    case CUDA_ERROR_DEVICE_UNAVAILABLE:
    case CUDA_ERROR_ECC_UNCORRECTABLE:
    case CUDA_ERROR_NVLINK_UNCORRECTABLE:
    case CUDA_ERROR_CONTAINED:
    case CUDA_ERROR_ILLEGAL_ADDRESS:
    case CUDA_ERROR_LAUNCH_TIMEOUT:
    case CUDA_ERROR_CONTEXT_IS_DESTROYED:
    case CUDA_ERROR_ASSERT:
    case CUDA_ERROR_HARDWARE_STACK_ERROR:
    case CUDA_ERROR_ILLEGAL_INSTRUCTION:
    case CUDA_ERROR_MISALIGNED_ADDRESS:
    case CUDA_ERROR_INVALID_ADDRESS_SPACE:
    case CUDA_ERROR_INVALID_PC:
    case CUDA_ERROR_LAUNCH_FAILED:
    case CUDA_ERROR_MPS_CLIENT_TERMINATED:
    case CUDA_ERROR_EXTERNAL_DEVICE: return true;
    default: return false;
    }
}

static int fail(const ptm_device *device, CUresult code, const char *doing, va_list list)
{
    struct cuda_device *state = device->state;
    char what[300], why[300];
    vsnprintf(what, sizeof what, doing, list);
    ptm_cuda_describe(state->cuda, code, why, sizeof why);
    if (means_lost(code)) {
        atomic_store(&state->lost, (int)code);
        return ptm_fail(PTM_ERROR_DEVICE_LOST, "%s is lost, found when %s: %s (work enqueued earlier may be the cause)",
            device->info.name, what, why);
    }
    const char *hint = code == CUDA_ERROR_NOT_INITIALIZED ? " (CUDA does not work in the child of a fork)" : "";
    return ptm_fail(code == CUDA_ERROR_OUT_OF_MEMORY ? PTM_ERROR_MEMORY : PTM_ERROR_DEVICE, "%s, %s: %s%s",
        device->info.name, what, why, hint);
}

int ptm_cuda_check(const ptm_device *device, CUresult code, const char *doing, ...)
{
    if (code == CUDA_SUCCESS) return PTM_OK;
    va_list list;
    va_start(list, doing);
    int status = fail(device, code, doing, list);
    va_end(list);
    return status;
}

int ptm_cuda_enter(const ptm_device *device)
{
    struct cuda_device *state = device->state;
    CUresult lost = (CUresult)atomic_load(&state->lost);
    char why[300];
    if (lost)
        return ptm_fail(PTM_ERROR_DEVICE_LOST, "%s was lost earlier: %s", device->info.name,
            ptm_cuda_describe(state->cuda, lost, why, sizeof why));
    return ptm_cuda_check(device, state->cuda->CtxPushCurrent(state->context), "making its context current");
}

int ptm_cuda_leave(const ptm_device *device, CUresult code, const char *doing, ...)
{
    ptm_cuda_leave_freed(device);
    if (code == CUDA_SUCCESS) return PTM_OK;
    va_list list;
    va_start(list, doing);
    int status = fail(device, code, doing, list);
    va_end(list);
    return status;
}

bool ptm_cuda_enter_to_free(const ptm_device *device)
{
    struct cuda_device *state = device->state;
    return state->cuda->CtxPushCurrent(state->context) == CUDA_SUCCESS;
}

void ptm_cuda_leave_freed(const ptm_device *device)
{
    struct cuda_device *state = device->state;
    CUcontext context;
    state->cuda->CtxPopCurrent(&context);
}

const ptm_backend ptm_backend_cuda = {
    .name = "cuda",
    .probe = ptm_cuda_probe,
    .open = ptm_cuda_open,
    .close = ptm_cuda_close,
    .queue_create = ptm_cuda_queue_create,
    .queue_import = ptm_cuda_queue_import,
    .queue_destroy = ptm_cuda_queue_destroy,
    .flush = ptm_cuda_flush,
    .finish = ptm_cuda_finish,
    .native = ptm_cuda_native,
    .event_create = ptm_cuda_event_create,
    .event_destroy = ptm_cuda_event_destroy,
    .event_record = ptm_cuda_event_record,
    .event_wait = ptm_cuda_event_wait,
    .queue_wait = ptm_cuda_queue_wait,
    .buffer_create = ptm_cuda_buffer_create,
    .buffer_import = ptm_cuda_buffer_import,
    .staging_create = ptm_cuda_staging_create,
    .buffer_destroy = ptm_cuda_buffer_destroy,
    .write = ptm_cuda_write,
    .read = ptm_cuda_read,
    .copy = ptm_cuda_copy,
    .fill = ptm_cuda_fill,
    .texture_create = ptm_cuda_texture_create,
    .texture_destroy = ptm_cuda_texture_destroy,
    .texture_upload = ptm_cuda_texture_upload,
    .kernel_create = ptm_cuda_kernel_create,
    .kernel_destroy = ptm_cuda_kernel_destroy,
    .launch = ptm_cuda_launch,
    .fft_create = ptm_cuda_fft_create,
    .fft_destroy = ptm_cuda_fft_destroy,
    .fft_run = ptm_cuda_fft_run,
    .is_lost = ptm_cuda_is_lost,
};
