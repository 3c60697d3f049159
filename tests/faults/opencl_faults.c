/* opencl_faults.c - OpenCL functions that fail. */
#include "faults.h"

#ifdef PTM_HAVE_OPENCL
#include "backends/opencl/api.h"

static struct opencl_api real;

/* What makes objects: NULL and a code. */
#define MAKES(type, name, parameters, arguments)                                                                           \
    static CL_API_ENTRY type CL_API_CALL fail_##name parameters                                                            \
    {                                                                                                                      \
        if (fault_now(FAULT_DRIVER)) {                                                                                     \
            *code = CL_OUT_OF_HOST_MEMORY;                                                                                 \
            return NULL;                                                                                                   \
        }                                                                                                                  \
        type made = real.name arguments;                                                                                   \
        if (made) fault_born();                                                                                            \
        return made;                                                                                                       \
    }
MAKES(cl_context, CreateContext,
    (const cl_context_properties *p, cl_uint n, const cl_device_id *d,
        void(CL_CALLBACK *f)(const char *, const void *, size_t, void *), void *user, cl_int *code),
    (p, n, d, f, user, code))
MAKES(cl_command_queue, CreateCommandQueue, (cl_context c, cl_device_id d, cl_command_queue_properties p, cl_int *code),
    (c, d, p, code))
MAKES(cl_mem, CreateBuffer, (cl_context c, cl_mem_flags flags, size_t size, void *host, cl_int *code),
    (c, flags, size, host, code))
MAKES(cl_mem, CreateImage,
    (cl_context c, cl_mem_flags flags, const cl_image_format *f, const cl_image_desc *d, void *host, cl_int *code),
    (c, flags, f, d, host, code))
MAKES(cl_program, CreateProgramWithSource, (cl_context c, cl_uint n, const char **text, const size_t *size, cl_int *code),
    (c, n, text, size, code))
MAKES(cl_program, CreateProgramWithBinary,
    (cl_context c, cl_uint n, const cl_device_id *d, const size_t *size, const unsigned char **binary, cl_int *status,
        cl_int *code),
    (c, n, d, size, binary, status, code))
MAKES(cl_kernel, CreateKernel, (cl_program p, const char *name, cl_int *code), (p, name, code))

#define RELEASES(type, name)                                                                                               \
    static CL_API_ENTRY cl_int CL_API_CALL fail_##name(type object)                                                        \
    {                                                                                                                      \
        fault_died();                                                                                                      \
        return real.name(object);                                                                                          \
    }
RELEASES(cl_context, ReleaseContext)
RELEASES(cl_command_queue, ReleaseCommandQueue)
RELEASES(cl_mem, ReleaseMemObject)
RELEASES(cl_program, ReleaseProgram)
RELEASES(cl_kernel, ReleaseKernel)
RELEASES(cl_event, ReleaseEvent)

static CL_API_ENTRY void *CL_API_CALL fail_EnqueueMapBuffer(cl_command_queue q, cl_mem m, cl_bool wait, cl_map_flags flags,
    size_t offset, size_t size, cl_uint n, const cl_event *events, cl_event *event, cl_int *code)
{
    if (fault_now(FAULT_DRIVER)) {
        *code = CL_MAP_FAILURE;
        return NULL;
    }
    return real.EnqueueMapBuffer(q, m, wait, flags, offset, size, n, events, event, code);
}

#define USES(name, parameters, arguments)                                                                                  \
    static CL_API_ENTRY cl_int CL_API_CALL fail_##name parameters                                                          \
    {                                                                                                                      \
        if (fault_now(FAULT_LOST)) return CL_INVALID_COMMAND_QUEUE;                                                        \
        return fault_now(FAULT_DRIVER) ? CL_OUT_OF_RESOURCES : real.name arguments;                                        \
    }
USES(BuildProgram,
    (cl_program p, cl_uint n, const cl_device_id *d, const char *options, void(CL_CALLBACK *f)(cl_program, void *),
        void *user),
    (p, n, d, options, f, user))
USES(SetKernelArg, (cl_kernel k, cl_uint i, size_t size, const void *value), (k, i, size, value))
USES(Flush, (cl_command_queue q), (q))
USES(Finish, (cl_command_queue q), (q))
USES(EnqueueReadBuffer,
    (cl_command_queue q, cl_mem m, cl_bool wait, size_t offset, size_t size, void *to, cl_uint n, const cl_event *events,
        cl_event *event),
    (q, m, wait, offset, size, to, n, events, event))
USES(EnqueueWriteBuffer,
    (cl_command_queue q, cl_mem m, cl_bool wait, size_t offset, size_t size, const void *from, cl_uint n,
        const cl_event *events, cl_event *event),
    (q, m, wait, offset, size, from, n, events, event))
USES(EnqueueCopyBufferToImage,
    (cl_command_queue q, cl_mem from, cl_mem to, size_t offset, const size_t *origin, const size_t *region, cl_uint n,
        const cl_event *events, cl_event *event),
    (q, from, to, offset, origin, region, n, events, event))
USES(EnqueueUnmapMemObject,
    (cl_command_queue q, cl_mem m, void *mapped, cl_uint n, const cl_event *events, cl_event *event),
    (q, m, mapped, n, events, event))
USES(EnqueueNDRangeKernel,
    (cl_command_queue q, cl_kernel k, cl_uint d, const size_t *offset, const size_t *global, const size_t *local, cl_uint n,
        const cl_event *events, cl_event *event),
    (q, k, d, offset, global, local, n, events, event))

USES(EnqueueBarrierWithWaitList, (cl_command_queue q, cl_uint n, const cl_event *events, cl_event *event),
    (q, n, events, event))
USES(WaitForEvents, (cl_uint n, const cl_event *events), (n, events))

static CL_API_ENTRY cl_int CL_API_CALL fail_EnqueueMarkerWithWaitList(
    cl_command_queue q, cl_uint n, const cl_event *events, cl_event *event)
{
    if (fault_now(FAULT_LOST)) return CL_INVALID_COMMAND_QUEUE;
    if (fault_now(FAULT_DRIVER)) return CL_OUT_OF_RESOURCES;
    const cl_int code = real.EnqueueMarkerWithWaitList(q, n, events, event);
    if (code == CL_SUCCESS && event) fault_born();
    return code;
}

void fault_opencl(void)
{
    char reason[256];
    struct opencl_api *api = (struct opencl_api *)(size_t)ptm_opencl_load(reason, sizeof reason);
    if (!api || real.CreateContext) return;
    real = *api;
#define PUT(name) api->name = fail_##name;
    PUT(CreateContext)
    PUT(CreateCommandQueue) PUT(CreateBuffer) PUT(CreateImage) PUT(CreateProgramWithSource) PUT(CreateProgramWithBinary)
        PUT(CreateKernel) PUT(ReleaseContext) PUT(ReleaseCommandQueue) PUT(ReleaseMemObject) PUT(ReleaseProgram)
            PUT(ReleaseKernel) PUT(EnqueueMapBuffer) PUT(BuildProgram) PUT(SetKernelArg) PUT(Flush) PUT(Finish)
                PUT(EnqueueReadBuffer) PUT(EnqueueWriteBuffer) PUT(EnqueueCopyBufferToImage) PUT(EnqueueUnmapMemObject)
                    PUT(EnqueueNDRangeKernel) PUT(EnqueueMarkerWithWaitList) PUT(EnqueueBarrierWithWaitList)
                        PUT(WaitForEvents) PUT(ReleaseEvent)
#undef PUT
}
#else
void fault_opencl(void)
{
}
#endif
