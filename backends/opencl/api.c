/* api.c - opening the OpenCL driver. */
#include "api.h"
#include "core/device.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* Written once, by load(). */
static struct {
    pthread_once_t once;
    bool loaded;
    struct opencl_api api;
    char reason[400];
} driver = { .once = PTHREAD_ONCE_INIT };

static const ptm_symbol symbols[] = {
#define PTM_OPENCL_SYMBOL(name) { "cl" #name, offsetof(struct opencl_api, name) },
    PTM_OPENCL_FUNCTIONS(PTM_OPENCL_SYMBOL)
#undef PTM_OPENCL_SYMBOL
};

static void load(void)
{
    static const char *const names[] = { "libOpenCL.so.1", "libOpenCL.so", NULL };
    void *library = ptm_library_open(names, driver.reason, sizeof driver.reason);
    if (!library) return;
    const char *missing = ptm_library_symbols(library, &driver.api, symbols, sizeof symbols / sizeof symbols[0]);
    if (missing)
        snprintf(driver.reason, sizeof driver.reason, "libOpenCL.so.1 has no %s: it is older than OpenCL 1.2", missing);
    driver.loaded = !missing;
}

const struct opencl_api *ptm_opencl_load(char *reason, size_t reason_size)
{
    pthread_once(&driver.once, load);
    if (driver.loaded) return &driver.api;
    snprintf(reason, reason_size, "%s", driver.reason);
    return NULL;
}

#define PTM_OPENCL_CODES(X) \
    X(CL_SUCCESS) X(CL_DEVICE_NOT_FOUND) X(CL_DEVICE_NOT_AVAILABLE) X(CL_COMPILER_NOT_AVAILABLE) \
    X(CL_MEM_OBJECT_ALLOCATION_FAILURE) X(CL_OUT_OF_RESOURCES) X(CL_OUT_OF_HOST_MEMORY) X(CL_MEM_COPY_OVERLAP) \
    X(CL_IMAGE_FORMAT_MISMATCH) X(CL_IMAGE_FORMAT_NOT_SUPPORTED) X(CL_BUILD_PROGRAM_FAILURE) X(CL_MAP_FAILURE) \
    X(CL_MISALIGNED_SUB_BUFFER_OFFSET) X(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST) X(CL_COMPILE_PROGRAM_FAILURE) \
    X(CL_LINKER_NOT_AVAILABLE) X(CL_LINK_PROGRAM_FAILURE) X(CL_KERNEL_ARG_INFO_NOT_AVAILABLE) X(CL_INVALID_VALUE) \
    X(CL_INVALID_DEVICE_TYPE) X(CL_INVALID_PLATFORM) X(CL_INVALID_DEVICE) X(CL_INVALID_CONTEXT) \
    X(CL_INVALID_QUEUE_PROPERTIES) X(CL_INVALID_COMMAND_QUEUE) X(CL_INVALID_HOST_PTR) X(CL_INVALID_MEM_OBJECT) \
    X(CL_INVALID_IMAGE_FORMAT_DESCRIPTOR) X(CL_INVALID_IMAGE_SIZE) X(CL_INVALID_SAMPLER) X(CL_INVALID_BINARY) \
    X(CL_INVALID_BUILD_OPTIONS) X(CL_INVALID_PROGRAM) X(CL_INVALID_PROGRAM_EXECUTABLE) X(CL_INVALID_KERNEL_NAME) \
    X(CL_INVALID_KERNEL_DEFINITION) X(CL_INVALID_KERNEL) X(CL_INVALID_ARG_INDEX) X(CL_INVALID_ARG_VALUE) \
    X(CL_INVALID_ARG_SIZE) X(CL_INVALID_KERNEL_ARGS) X(CL_INVALID_WORK_DIMENSION) X(CL_INVALID_WORK_GROUP_SIZE) \
    X(CL_INVALID_WORK_ITEM_SIZE) X(CL_INVALID_GLOBAL_OFFSET) X(CL_INVALID_EVENT_WAIT_LIST) X(CL_INVALID_EVENT) \
    X(CL_INVALID_OPERATION) X(CL_INVALID_BUFFER_SIZE) X(CL_INVALID_GLOBAL_WORK_SIZE) X(CL_INVALID_IMAGE_DESCRIPTOR) \
    X(CL_INVALID_COMPILER_OPTIONS) X(CL_INVALID_LINKER_OPTIONS)

const char *ptm_opencl_code_name(cl_int code)
{
    switch (code) {
#define PTM_OPENCL_CODE(name) \
    case name: return #name;
        PTM_OPENCL_CODES(PTM_OPENCL_CODE)
#undef PTM_OPENCL_CODE
    default: return "unknown error";
    }
}
