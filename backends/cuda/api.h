/* api.h - the driver's functions, looked up at run time, and as much of NVIDIA's public binary interface as they need.
 *
 * The names are NVIDIA's, so that its manual applies; its cuda.h is not needed and must not be included beside this. */
#ifndef PTM_CUDA_API_H
#define PTM_CUDA_API_H
#include <stddef.h>
#include <stdint.h>

typedef int CUdevice;
#if UINTPTR_MAX > 0xffffffffu
typedef unsigned long long CUdeviceptr;
#else
typedef unsigned int CUdeviceptr;
#endif
typedef unsigned long long CUtexObject;
typedef struct CUctx_st *CUcontext;
typedef struct CUmod_st *CUmodule;
typedef struct CUfunc_st *CUfunction;
typedef struct CUstream_st *CUstream;
typedef struct CUevent_st *CUevent;
typedef struct CUarray_st *CUarray;

/* Of each enum, what is used here. */
typedef enum cudaError_enum {
    CUDA_SUCCESS = 0,
    CUDA_ERROR_OUT_OF_MEMORY = 2,
    CUDA_ERROR_NOT_INITIALIZED = 3,
    CUDA_ERROR_DEVICE_UNAVAILABLE = 46,
    CUDA_ERROR_NO_DEVICE = 100,
    CUDA_ERROR_ECC_UNCORRECTABLE = 214,
    CUDA_ERROR_NVLINK_UNCORRECTABLE = 220,
    CUDA_ERROR_CONTAINED = 226,
    CUDA_ERROR_ILLEGAL_ADDRESS = 700,
    CUDA_ERROR_LAUNCH_TIMEOUT = 702,
    CUDA_ERROR_CONTEXT_IS_DESTROYED = 709,
    CUDA_ERROR_ASSERT = 710,
    CUDA_ERROR_HARDWARE_STACK_ERROR = 714,
    CUDA_ERROR_ILLEGAL_INSTRUCTION = 715,
    CUDA_ERROR_MISALIGNED_ADDRESS = 716,
    CUDA_ERROR_INVALID_ADDRESS_SPACE = 717,
    CUDA_ERROR_INVALID_PC = 718,
    CUDA_ERROR_LAUNCH_FAILED = 719,
    CUDA_ERROR_MPS_CLIENT_TERMINATED = 810,
    CUDA_ERROR_EXTERNAL_DEVICE = 911
} CUresult;

typedef enum CUdevice_attribute_enum {
    CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X = 2,
    CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y = 3,
    CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z = 4,
    CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X = 5,
    CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y = 6,
    CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z = 7,
    CU_DEVICE_ATTRIBUTE_INTEGRATED = 18,
    CU_DEVICE_ATTRIBUTE_MAXIMUM_TEXTURE3D_WIDTH = 24,
    CU_DEVICE_ATTRIBUTE_MAXIMUM_TEXTURE3D_HEIGHT = 25,
    CU_DEVICE_ATTRIBUTE_MAXIMUM_TEXTURE3D_DEPTH = 26,
    CU_DEVICE_ATTRIBUTE_MAXIMUM_TEXTURE2D_LAYERED_WIDTH = 27,
    CU_DEVICE_ATTRIBUTE_MAXIMUM_TEXTURE2D_LAYERED_HEIGHT = 28,
    CU_DEVICE_ATTRIBUTE_MAXIMUM_TEXTURE2D_LAYERED_LAYERS = 29,
    CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75,
    CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76
} CUdevice_attribute;

typedef enum CUfunction_attribute_enum {
    CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK = 0,
    CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES = 3,
    CU_FUNC_ATTRIBUTE_NUM_REGS = 4
} CUfunction_attribute;

typedef enum CUjit_option_enum { CU_JIT_ERROR_LOG_BUFFER = 5, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6 } CUjit_option;
typedef enum CUarray_format_enum { CU_AD_FORMAT_FLOAT = 0x20 } CUarray_format;
typedef enum CUaddress_mode_enum { CU_TR_ADDRESS_MODE_BORDER = 3 } CUaddress_mode;
typedef enum CUfilter_mode_enum { CU_TR_FILTER_MODE_POINT = 0, CU_TR_FILTER_MODE_LINEAR = 1 } CUfilter_mode;
typedef enum CUresourcetype_enum { CU_RESOURCE_TYPE_ARRAY = 0 } CUresourcetype;
typedef enum CUmemorytype_enum { CU_MEMORYTYPE_DEVICE = 2, CU_MEMORYTYPE_ARRAY = 3 } CUmemorytype;

#define CU_STREAM_NON_BLOCKING 1u
#define CU_EVENT_BLOCKING_SYNC 1u
#define CU_EVENT_DISABLE_TIMING 2u
#define CUDA_ARRAY3D_LAYERED 1u
#define CU_LAUNCH_PARAM_END ((void *)0)
#define CU_LAUNCH_PARAM_BUFFER_POINTER ((void *)1)
#define CU_LAUNCH_PARAM_BUFFER_SIZE ((void *)2)

typedef struct CUDA_ARRAY3D_DESCRIPTOR_st {
    size_t Width, Height, Depth;
    CUarray_format Format;
    unsigned int NumChannels;
    unsigned int Flags;
} CUDA_ARRAY3D_DESCRIPTOR_v2;

typedef struct CUDA_MEMCPY3D_st {
    size_t srcXInBytes, srcY, srcZ, srcLOD;
    CUmemorytype srcMemoryType;
    const void *srcHost;
    CUdeviceptr srcDevice;
    CUarray srcArray;
    void *reserved0;
    size_t srcPitch, srcHeight;
    size_t dstXInBytes, dstY, dstZ, dstLOD;
    CUmemorytype dstMemoryType;
    void *dstHost;
    CUdeviceptr dstDevice;
    CUarray dstArray;
    void *reserved1;
    size_t dstPitch, dstHeight;
    size_t WidthInBytes, Height, Depth;
} CUDA_MEMCPY3D_v2;

typedef struct CUDA_RESOURCE_DESC_st {
    CUresourcetype resType;
    union {
        struct {
            CUarray hArray;
        } array;
        int reserved[32];
    } res;
    unsigned int flags;
} CUDA_RESOURCE_DESC_v1;

typedef struct CUDA_TEXTURE_DESC_st {
    CUaddress_mode addressMode[3];
    CUfilter_mode filterMode;
    unsigned int flags; /* 0: coordinates count texels */
    unsigned int maxAnisotropy;
    CUfilter_mode mipmapFilterMode;
    float mipmapLevelBias, minMipmapLevelClamp, maxMipmapLevelClamp;
    float borderColor[4];
    int reserved[12];
} CUDA_TEXTURE_DESC_v1;

/* All that this backend calls: member of the table, the version of the symbol's name, parameters. cuMemAlloc_v2 is
 * cuda->MemAlloc. The names without a version exist too, with the interface of CUDA 3 and older. */
#define PTM_CUDA_FUNCTIONS(X) \
    X(GetErrorName, , (CUresult code, const char **text)) \
    X(GetErrorString, , (CUresult code, const char **text)) \
    X(Init, , (unsigned int flags)) \
    X(DriverGetVersion, , (int *version)) \
    X(DeviceGetCount, , (int *count)) \
    X(DeviceGet, , (CUdevice *device, int ordinal)) \
    X(DeviceGetName, , (char *name, int size, CUdevice device)) \
    X(DeviceGetAttribute, , (int *value, CUdevice_attribute attribute, CUdevice device)) \
    X(DeviceTotalMem, _v2, (size_t *bytes, CUdevice device)) \
    X(DevicePrimaryCtxRetain, , (CUcontext *context, CUdevice device)) \
    X(DevicePrimaryCtxRelease, _v2, (CUdevice device)) \
    X(CtxPushCurrent, _v2, (CUcontext context)) \
    X(CtxPopCurrent, _v2, (CUcontext *context)) \
    X(CtxSynchronize, , (void)) \
    X(StreamCreate, , (CUstream *stream, unsigned int flags)) \
    X(StreamDestroy, _v2, (CUstream stream)) \
    X(StreamSynchronize, , (CUstream stream)) \
    X(StreamGetCtx, , (CUstream stream, CUcontext *context)) \
    X(StreamWaitEvent, , (CUstream stream, CUevent event, unsigned int flags)) \
    X(EventCreate, , (CUevent *event, unsigned int flags)) \
    X(EventDestroy, _v2, (CUevent event)) \
    X(EventRecord, , (CUevent event, CUstream stream)) \
    X(EventSynchronize, , (CUevent event)) \
    X(MemHostAlloc, , (void **memory, size_t size, unsigned int flags)) \
    X(MemFreeHost, , (void *memory)) \
    X(MemAlloc, _v2, (CUdeviceptr *address, size_t size)) \
    X(MemFree, _v2, (CUdeviceptr address)) \
    X(MemcpyHtoDAsync, _v2, (CUdeviceptr to, const void *from, size_t size, CUstream stream)) \
    X(MemcpyDtoHAsync, _v2, (void *to, CUdeviceptr from, size_t size, CUstream stream)) \
    X(MemcpyDtoDAsync, _v2, (CUdeviceptr to, CUdeviceptr from, size_t size, CUstream stream)) \
    X(MemsetD32Async, , (CUdeviceptr to, unsigned int pattern, size_t count, CUstream stream)) \
    X(Array3DCreate, _v2, (CUarray *array, const CUDA_ARRAY3D_DESCRIPTOR_v2 *descriptor)) \
    X(ArrayDestroy, , (CUarray array)) \
    X(TexObjectCreate, , (CUtexObject *object, const CUDA_RESOURCE_DESC_v1 *resource, \
        const CUDA_TEXTURE_DESC_v1 *texture, const struct CUDA_RESOURCE_VIEW_DESC_st *view)) \
    X(TexObjectDestroy, , (CUtexObject object)) \
    X(Memcpy3DAsync, _v2, (const CUDA_MEMCPY3D_v2 *copy, CUstream stream)) \
    X(ModuleLoadDataEx, , (CUmodule *module, const void *image, unsigned int count, CUjit_option *options, void **values)) \
    X(ModuleUnload, , (CUmodule module)) \
    X(ModuleGetFunction, , (CUfunction *function, CUmodule module, const char *name)) \
    X(FuncGetAttribute, , (int *value, CUfunction_attribute attribute, CUfunction function)) \
    X(LaunchKernel, , (CUfunction function, unsigned int grid_x, unsigned int grid_y, unsigned int grid_z, \
        unsigned int group_x, unsigned int group_y, unsigned int group_z, unsigned int shared_bytes, CUstream stream, \
        void **parameters, void **extra))

struct CUDA_RESOURCE_VIEW_DESC_st; /* never made here */

struct cuda_api {
#define PTM_CUDA_POINTER(name, version, parameters) CUresult (*name) parameters;
    PTM_CUDA_FUNCTIONS(PTM_CUDA_POINTER)
#undef PTM_CUDA_POINTER
};

/* The table, with the driver initialised at the first call in the process, or NULL and the reason.
 * Thread safety: any thread. */
const struct cuda_api *ptm_cuda_load(char *reason, size_t reason_size);

/* "CUDA_ERROR_OUT_OF_MEMORY: out of memory", in `text`, which it returns. */
char *ptm_cuda_describe(const struct cuda_api *cuda, CUresult code, char *text, size_t size);
#endif
