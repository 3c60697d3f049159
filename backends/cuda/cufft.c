/* cufft.c - transforms by cuFFT, opened when it is first asked for: as much of its public binary interface as that
 * needs. */
#include "cuda_backend.h"
#include "core/device.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define CUFFT_C2C 0x29
#define CUFFT_FORWARD (-1)
#define CUFFT_ALLOC_FAILED 2
#define CUFFT_INVALID_SIZE 8

#define PTM_CUFFT_FUNCTIONS(X) \
    X(PlanMany, (int *plan, int rank, int *n, int *in_embed, int in_stride, int in_distance, int *out_embed, \
        int out_stride, int out_distance, int type, int batch)) \
    X(SetStream, (int plan, CUstream stream)) \
    X(ExecC2C, (int plan, void *in, void *out, int direction)) \
    X(GetSize, (int plan, size_t *size)) \
    X(Destroy, (int plan))

struct cufft_api {
#define PTM_CUFFT_POINTER(name, parameters) int (*name) parameters;
    PTM_CUFFT_FUNCTIONS(PTM_CUFFT_POINTER)
#undef PTM_CUFFT_POINTER
};

/* Written once, by load(). */
static struct {
    pthread_once_t once;
    bool loaded;
    struct cufft_api api;
    char reason[300];
} library = { .once = PTHREAD_ONCE_INIT };

static const ptm_symbol symbols[] = {
#define PTM_CUFFT_SYMBOL(name, parameters) { "cufft" #name, offsetof(struct cufft_api, name) },
    PTM_CUFFT_FUNCTIONS(PTM_CUFFT_SYMBOL)
#undef PTM_CUFFT_SYMBOL
};

static void load(void)
{
    static const char *const names[] = { "libcufft.so.12", "libcufft.so.11", "libcufft.so.10", NULL };
    void *opened = ptm_library_open(names, library.reason, sizeof library.reason);
    if (!opened) return;
    const char *missing = ptm_library_symbols(opened, &library.api, symbols, sizeof symbols / sizeof symbols[0]);
    if (missing) snprintf(library.reason, sizeof library.reason, "libcufft has no %s", missing);
    library.loaded = !missing;
}

/* A library that is too new for the driver, or without code for the device, fails in many ways: others may do the
 * transform. */
static int fail_to_plan(const ptm_vendor_fft *fft, int code)
{
    return ptm_fail(code == CUFFT_ALLOC_FAILED ? PTM_ERROR_MEMORY : PTM_ERROR_UNSUPPORTED,
        "%s: cuFFT makes no plan for %d rows of %d elements: error %d%s", fft->device->info.name, fft->rows, fft->points,
        code, code == CUFFT_INVALID_SIZE ? " (invalid size)" : "");
}

int ptm_cuda_fft_create(ptm_vendor_fft *fft)
{
    pthread_once(&library.once, load);
    if (!library.loaded) return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s", library.reason);
    int *plan = ptm_alloc(1, sizeof *plan);
    if (!plan) return PTM_ERROR_MEMORY;
    int status = ptm_cuda_enter(fft->device), code = 0, length = fft->points;
    size_t work = 0;
    if (!status) {
        code = library.api.PlanMany(plan, 1, &length, NULL, 1, length, NULL, 1, length, CUFFT_C2C, fft->rows);
        if (!code && library.api.GetSize(*plan, &work) == 0) fft->memory = work;
        ptm_cuda_leave_freed(fft->device);
    }
    if (code) status = fail_to_plan(fft, code);
    if (status) free(plan);
    else fft->state = plan;
    return status;
}

void ptm_cuda_fft_destroy(ptm_vendor_fft *fft)
{
    if (ptm_cuda_enter_to_free(fft->device)) {
        library.api.Destroy(*(int *)fft->state);
        ptm_cuda_leave_freed(fft->device);
    }
    free(fft->state);
    fft->state = NULL;
}

int ptm_cuda_fft_run(ptm_queue *queue, const ptm_vendor_fft *fft, ptm_buffer *data)
{
    const int plan = *(const int *)fft->state;
    int status = ptm_cuda_enter(queue->device);
    if (status) return status;
    void *at = (void *)(uintptr_t)data->address;
    int code = library.api.SetStream(plan, queue->state);
    if (!code) code = library.api.ExecC2C(plan, at, at, CUFFT_FORWARD);
    ptm_cuda_leave_freed(queue->device);
    if (!code) return PTM_OK;
    return ptm_fail(PTM_ERROR_DEVICE, "%s: cuFFT, a transform of %d rows of %d elements: error %d",
        queue->device->info.name, fft->rows, fft->points, code);
}
