/* opencl.c - oclgrind as libOpenCL.so.1, with what its search for uninitialised values needs (oclgrind 21.10,
 * src/plugins/Uninitialized.cpp): it keeps what it knows of a buffer under a number that the next buffer gets again, and
 * takes for initialised what is mapped for writing alone. So here no buffer is ever released, and mapping does not read. */
#define _GNU_SOURCE /* RTLD_NEXT */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <dlfcn.h>
#include <string.h>

cl_int clReleaseMemObject(cl_mem memory)
{
    (void)memory;
    return CL_SUCCESS;
}

void *clEnqueueMapBuffer(cl_command_queue queue, cl_mem buffer, cl_bool wait, cl_map_flags flags, size_t offset,
    size_t size, cl_uint count, const cl_event *events, cl_event *event, cl_int *code)
{
    void *symbol = dlsym(RTLD_NEXT, "clEnqueueMapBuffer");
    __typeof__(clEnqueueMapBuffer) *map;
    memcpy(&map, &symbol, sizeof map);
    return map(queue, buffer, wait, flags & ~(cl_map_flags)CL_MAP_READ, offset, size, count, events, event, code);
}
