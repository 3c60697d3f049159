/* api.h - the driver's functions, looked up at run time, and its error codes as text. */
#ifndef PTM_OPENCL_API_H
#define PTM_OPENCL_API_H
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <stdbool.h>
#include <stddef.h>

/* All of OpenCL 1.2 that this backend calls: clFinish is cl->Finish. */
#define PTM_OPENCL_FUNCTIONS(X) \
    X(GetPlatformIDs) X(GetPlatformInfo) X(GetDeviceIDs) X(GetDeviceInfo) \
    X(CreateContext) X(ReleaseContext) X(GetSupportedImageFormats) \
    X(CreateCommandQueue) X(RetainCommandQueue) X(ReleaseCommandQueue) X(GetCommandQueueInfo) X(Flush) X(Finish) \
    X(EnqueueMarkerWithWaitList) X(EnqueueBarrierWithWaitList) X(WaitForEvents) X(ReleaseEvent) \
    X(CreateBuffer) X(CreateImage) X(ReleaseMemObject) \
    X(EnqueueReadBuffer) X(EnqueueWriteBuffer) X(EnqueueCopyBuffer) X(EnqueueFillBuffer) X(EnqueueCopyBufferToImage) \
    X(EnqueueMapBuffer) X(EnqueueUnmapMemObject) \
    X(CreateProgramWithSource) X(CreateProgramWithBinary) X(BuildProgram) X(GetProgramInfo) X(GetProgramBuildInfo) \
    X(ReleaseProgram) X(CreateKernel) X(ReleaseKernel) X(GetKernelWorkGroupInfo) X(SetKernelArg) X(EnqueueNDRangeKernel)

struct opencl_api {
#define PTM_OPENCL_POINTER(name) __typeof__(cl##name) *name;
    PTM_OPENCL_FUNCTIONS(PTM_OPENCL_POINTER)
#undef PTM_OPENCL_POINTER
};

/* The table, loaded at the first call in the process, or NULL and the reason. Thread safety: any thread. */
const struct opencl_api *ptm_opencl_load(char *reason, size_t reason_size);

/* "CL_OUT_OF_RESOURCES", or "unknown error". */
const char *ptm_opencl_code_name(cl_int code);
#endif
