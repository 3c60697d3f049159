/* kernel.c - kernels built from text, or from what an earlier build left in the cache. */
#include "opencl.h"
#include "core/cache.h"
#include "core/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_FORMAT "opencl program 1" /* to be changed with anything that changes what a key stands for */
#define LOG_IN_MESSAGE 300              /* characters of the compiler's log that go into the error's message */

struct options {
    char text[96];
};

static struct options options_of(const ptm_kernel *kernel)
{
    struct options options;
    char form[32];
    if (kernel->wide) snprintf(form, sizeof form, " -DPTM_WIDE");
    else snprintf(form, sizeof form, " -DPTM_K=%d", kernel->lanes_per_item);
    snprintf(options.text, sizeof options.text, "-cl-std=CL1.2%s%s", form, kernel->texture ? " -DPTM_TEXTURE" : "");
    return options;
}

static void make_key(ptm_cache_key *key, const ptm_kernel *kernel, const char *options)
{
    static const cl_device_info of_device[] = { CL_DEVICE_NAME, CL_DEVICE_VENDOR, CL_DEVICE_VERSION, CL_DRIVER_VERSION };
    static const cl_platform_info of_platform[] = { CL_PLATFORM_NAME, CL_PLATFORM_VERSION };
    const struct opencl_device *state = kernel->device->state;
    ptm_cache_key_add_text(key, CACHE_FORMAT);
    ptm_cache_key_add_text(key, kernel->source->name);
    ptm_cache_key_add_text(key, kernel->source->opencl);
    ptm_cache_key_add_text(key, options);
    for (size_t i = 0; i < sizeof of_device / sizeof of_device[0]; ++i)
        ptm_cache_key_add_text(key, ptm_opencl_device_text(state->cl, state->id, of_device[i]).s);
    for (size_t i = 0; i < sizeof of_platform / sizeof of_platform[0]; ++i)
        ptm_cache_key_add_text(key, ptm_opencl_platform_text(state->cl, state->platform, of_platform[i]).s);
}

static void release(const struct opencl_api *cl, struct opencl_kernel *built)
{
    if (built->kernel) cl->ReleaseKernel(built->kernel);
    if (built->program) cl->ReleaseProgram(built->program);
    built->kernel = NULL;
    built->program = NULL;
}

/* Whatever is wrong with a binary, it is built from text instead. */
static bool build_from_cache(struct opencl_kernel *built, const ptm_kernel *kernel, const ptm_cache_key *key,
    const char *options)
{
    const struct opencl_device *state = kernel->device->state;
    size_t size = 0;
    unsigned char *binary = ptm_cache_load(key, &size);
    if (!binary) return false;
    const unsigned char *binaries[] = { binary };
    cl_int code, accepted = CL_SUCCESS;
    built->program = state->cl->CreateProgramWithBinary(state->context, 1, &state->id, &size, binaries, &accepted, &code);
    if (built->program && accepted == CL_SUCCESS &&
        state->cl->BuildProgram(built->program, 1, &state->id, options, NULL, NULL) == CL_SUCCESS)
        built->kernel = state->cl->CreateKernel(built->program, kernel->source->name, &code);
    free(binary);
    if (built->kernel) return true;
    release(state->cl, built);
    ptm_log(kernel->device->context, PTM_LOG_DEBUG, "opencl: the driver refuses the cached %s", kernel->source->name);
    return false;
}

static void keep_in_cache(const struct opencl_kernel *built, const struct opencl_device *state, const ptm_cache_key *key)
{
    size_t size = 0;
    if (state->cl->GetProgramInfo(built->program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) != CL_SUCCESS) return;
    unsigned char *binary = size ? malloc(size) : NULL;
    if (!binary) return;
    unsigned char *binaries[] = { binary };
    if (state->cl->GetProgramInfo(built->program, CL_PROGRAM_BINARIES, sizeof binaries, binaries, NULL) == CL_SUCCESS)
        ptm_cache_store(key, binary, size);
    free(binary);
}

static char *build_log(const struct opencl_kernel *built, const struct opencl_device *state)
{
    size_t size = 0;
    state->cl->GetProgramBuildInfo(built->program, state->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
    char *log = calloc(size + 1, 1);
    if (log && size) state->cl->GetProgramBuildInfo(built->program, state->id, CL_PROGRAM_BUILD_LOG, size, log, NULL);
    return log;
}

/* Line by line, as the log's messages have a greatest length. */
static void tell_log(const ptm_kernel *kernel, ptm_log_level level, const char *log)
{
    while (*log) {
        int length = (int)strcspn(log, "\n");
        if (length) ptm_log(kernel->device->context, level, "opencl: %s: %.*s", kernel->source->name, length, log);
        log += length + (log[length] == '\n');
    }
}

/* Adds the first lines of the compiler's log to the error's message. */
static int fail_to_build(const ptm_kernel *kernel, cl_int code, const char *options, const char *log)
{
    int status = ptm_opencl_fail(kernel->device, code, "building %s with %s", kernel->source->name, options);
    size_t length = strlen(log);
    if (length > LOG_IN_MESSAGE) length = LOG_IN_MESSAGE;
    while (length > 0 && strchr(" \n", log[length - 1])) length--;
    return length ? ptm_fail(status, "%s\n%.*s", ptm_error_message(), (int)length, log) : status;
}

static int build_program(struct opencl_kernel *built, const ptm_kernel *kernel, const char *options)
{
    const struct opencl_device *state = kernel->device->state;
    cl_int code = state->cl->BuildProgram(built->program, 1, &state->id, options, NULL, NULL);
    char *log = build_log(built, state);
    if (log) tell_log(kernel, code == CL_SUCCESS ? PTM_LOG_DEBUG : PTM_LOG_ERROR, log);
    int status = code == CL_SUCCESS ? PTM_OK : fail_to_build(kernel, code, options, log ? log : "");
    free(log);
    return status;
}

static int build_from_text(struct opencl_kernel *built, const ptm_kernel *kernel, const char *options)
{
    const struct opencl_device *state = kernel->device->state;
    const char *text = kernel->source->opencl;
    cl_int code;
    built->program = state->cl->CreateProgramWithSource(state->context, 1, &text, NULL, &code);
    if (!built->program) return ptm_opencl_fail(kernel->device, code, "building %s", kernel->source->name);
    int status = build_program(built, kernel, options);
    if (status) return status;
    built->kernel = state->cl->CreateKernel(built->program, kernel->source->name, &code);
    return built->kernel ? PTM_OK : ptm_opencl_fail(kernel->device, code, "making kernel %s", kernel->source->name);
}

static int build(struct opencl_kernel *built, const ptm_kernel *kernel)
{
    const struct opencl_device *state = kernel->device->state;
    struct options options = options_of(kernel);
    ptm_cache_key key = { 0 };
    make_key(&key, kernel, options.text);
    int status = PTM_OK;
    if (!build_from_cache(built, kernel, &key, options.text)) {
        status = build_from_text(built, kernel, options.text);
        if (status) release(state->cl, built);
        else keep_in_cache(built, state, &key);
    }
    ptm_cache_key_free(&key);
    return status;
}

/* A kernel that needs many registers may not run in as large a group as the device has. */
static void fit_group(ptm_kernel *kernel, const struct opencl_kernel *built)
{
    const struct opencl_device *state = kernel->device->state;
    size_t most = 0;
    cl_int code = state->cl->GetKernelWorkGroupInfo(built->kernel, state->id, CL_KERNEL_WORK_GROUP_SIZE, sizeof most, &most,
        NULL);
    if (code == CL_SUCCESS && most) ptm_opencl_limit_group(kernel->group, most);
}

int ptm_opencl_kernel_create(ptm_kernel *kernel)
{
    if (!kernel->source->opencl)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "kernel %s has no text in OpenCL C", kernel->source->name);
    /* It needs some 150 KiB of private memory; rusticl computes nonsense then. */
    if (kernel->wide && !kernel->device->limits.wide)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s does not run kernels in the wide form", kernel->device->info.name);
    struct opencl_kernel *built = ptm_alloc(1, sizeof *built);
    if (!built) return PTM_ERROR_MEMORY;
    int status = build(built, kernel);
    if (status) {
        free(built);
        return status;
    }
    pthread_mutex_init(&built->lock, NULL);
    fit_group(kernel, built);
    kernel->state = built;
    return PTM_OK;
}

void ptm_opencl_kernel_destroy(ptm_kernel *kernel)
{
    const struct opencl_device *state = kernel->device->state;
    struct opencl_kernel *built = kernel->state;
    release(state->cl, built);
    pthread_mutex_destroy(&built->lock);
    free(built);
}
