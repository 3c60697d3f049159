/* clfft.c - transforms by clFFT, opened when it is first asked for: as much of its public binary interface (2.x) as that
 * needs. */
#include "opencl.h"
#include "core/device.h"

#include <stdio.h>
#include <stdlib.h>

#define CLFFT_1D 1
#define CLFFT_FORWARD (-1)
#define CLFFT_BUGCHECK 4096 /* codes from here on are its own, others OpenCL's */

struct clfft_setup {
    cl_uint major, minor, patch;
    cl_ulong debug;
};

/* Plans are in float32, with parts side by side and in place, unless they are told otherwise. */
#define PTM_CLFFT_FUNCTIONS(X) \
    X(GetVersion, (cl_uint *major, cl_uint *minor, cl_uint *patch)) \
    X(Setup, (const struct clfft_setup *setup)) \
    X(CreateDefaultPlan, (size_t *plan, cl_context context, int dimensions, const size_t *lengths)) \
    X(SetPlanBatchSize, (size_t plan, size_t batch)) \
    X(BakePlan, (size_t plan, cl_uint count, cl_command_queue *queues, void (CL_CALLBACK *built)(size_t, void *), \
        void *user)) \
    X(EnqueueTransform, (size_t plan, int direction, cl_uint count, cl_command_queue *queues, cl_uint wait_count, \
        const cl_event *wait, cl_event *events, cl_mem *in, cl_mem *out, cl_mem temporary)) \
    X(GetTmpBufSize, (size_t plan, size_t *size)) \
    X(DestroyPlan, (size_t *plan)) \
    X(Teardown, (void))

struct clfft_api {
#define PTM_CLFFT_POINTER(name, parameters) int (*name) parameters;
    PTM_CLFFT_FUNCTIONS(PTM_CLFFT_POINTER)
#undef PTM_CLFFT_POINTER
};

/* All but the plans is written once, by load(). The lock is for them: the library keeps them in tables of its own. */
static struct {
    pthread_once_t once;
    pthread_mutex_t lock;
    bool loaded;
    struct clfft_api api;
    char reason[300];
    int plans; /* alive */
} library = { .once = PTHREAD_ONCE_INIT, .lock = PTHREAD_MUTEX_INITIALIZER };

static const ptm_symbol symbols[] = {
#define PTM_CLFFT_SYMBOL(name, parameters) { "clfft" #name, offsetof(struct clfft_api, name) },
    PTM_CLFFT_FUNCTIONS(PTM_CLFFT_SYMBOL)
#undef PTM_CLFFT_SYMBOL
};

static void load(void)
{
    static const char *const names[] = { "libclFFT.so.2", NULL };
    void *opened = ptm_library_open(names, library.reason, sizeof library.reason);
    if (!opened) return;
    const char *missing = ptm_library_symbols(opened, &library.api, symbols, sizeof symbols / sizeof symbols[0]);
    if (missing) snprintf(library.reason, sizeof library.reason, "libclFFT.so.2 has no %s", missing);
    library.loaded = !missing;
}

/* The library is started for the first plan and stopped behind the last: else it complains, on stderr, when the process
 * ends. */
static int start(void)
{
    struct clfft_setup setup = { 0 };
    int code = library.plans ? 0 : library.api.GetVersion(&setup.major, &setup.minor, &setup.patch);
    if (!code && !library.plans) code = library.api.Setup(&setup);
    if (!code) library.plans++;
    return code;
}

static void stop(void)
{
    if (--library.plans == 0) library.api.Teardown();
}

/* What it refuses to do, and what it cannot build for a device, others may do. */
static int fail_to_plan(const ptm_device *device, int code)
{
    if (code >= CLFFT_BUGCHECK || code == CL_BUILD_PROGRAM_FAILURE || code == CL_INVALID_WORK_GROUP_SIZE)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s: clFFT makes no plan: error %d", device->info.name, code);
    return ptm_opencl_fail(device, code, "clFFT, making a plan");
}

/* clFFT has kernels for these factors. */
static bool knows(int points)
{
    static const int primes[] = { 2, 3, 5, 7, 11, 13 };
    for (size_t i = 0; i < sizeof primes / sizeof *primes; ++i)
        while (points % primes[i] == 0) points /= primes[i];
    return points == 1;
}

static int make_plan(size_t *plan, ptm_vendor_fft *fft)
{
    const struct opencl_device *state = fft->device->state;
    const size_t length = (size_t)fft->points;
    cl_command_queue queue = fft->device->queue.state;
    size_t temporary = 0;
    int code = library.api.CreateDefaultPlan(plan, state->context, CLFFT_1D, &length);
    if (code) return code;
    code = library.api.SetPlanBatchSize(*plan, (size_t)fft->rows);
    if (!code) code = library.api.BakePlan(*plan, 1, &queue, NULL, NULL);
    if (!code) code = library.api.GetTmpBufSize(*plan, &temporary);
    if (code) library.api.DestroyPlan(plan);
    fft->memory = temporary;
    return code;
}

int ptm_opencl_fft_create(ptm_vendor_fft *fft)
{
    pthread_once(&library.once, load);
    if (!library.loaded) return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s", library.reason);
    if (!knows(fft->points))
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "clFFT takes no prime factors above 13, as %d has", fft->points);
    size_t *plan = ptm_alloc(1, sizeof *plan);
    if (!plan) return PTM_ERROR_MEMORY;
    pthread_mutex_lock(&library.lock);
    int code = start();
    if (!code) {
        code = make_plan(plan, fft);
        if (code) stop();
    }
    pthread_mutex_unlock(&library.lock);
    if (!code) {
        fft->state = plan;
        return PTM_OK;
    }
    free(plan);
    return fail_to_plan(fft->device, code);
}

void ptm_opencl_fft_destroy(ptm_vendor_fft *fft)
{
    pthread_mutex_lock(&library.lock);
    library.api.DestroyPlan(fft->state);
    stop();
    pthread_mutex_unlock(&library.lock);
    free(fft->state);
    fft->state = NULL;
}

int ptm_opencl_fft_run(ptm_queue *queue, const ptm_vendor_fft *fft, ptm_buffer *data)
{
    int status = ptm_opencl_use(queue, data);
    if (status) return status;
    cl_command_queue native = queue->state;
    cl_mem memory = ((struct opencl_memory *)data->state)->mem;
    pthread_mutex_lock(&library.lock);
    const int code = library.api.EnqueueTransform(
        *(size_t *)fft->state, CLFFT_FORWARD, 1, &native, 0, NULL, NULL, &memory, NULL, NULL);
    pthread_mutex_unlock(&library.lock);
    return code ? ptm_opencl_fail(fft->device, code, "clFFT, a transform") : PTM_OK;
}
