/* fake_cuda.c - a libcuda.so.1 without a GPU, for tests of the CUDA backend.
 *
 * Device memory is the host's. Work on a stream is done when the stream or the context is synchronised and not before, so
 * that a missing wait shows. Every call is checked: context current, handles alive, sizes inside allocations, descriptors
 * as the manual wants them. */
#include "fake_cuda.h"
#include "backends/cuda/api.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INVALID_VALUE ((CUresult)1)
#define INVALID_CONTEXT ((CUresult)201)
#define INVALID_HANDLE ((CUresult)400)
#define NOT_FOUND ((CUresult)500)
#define UNSUPPORTED_PTX ((CUresult)222)
#define DEVICES 4
#define MEMORY ((size_t)1 << 30)

#define DECLARE(name, version, parameters) CUresult cu##name##version parameters;
PTM_CUDA_FUNCTIONS(DECLARE)

struct CUctx_st {
    int device, retained;
    CUresult sticky;
};
enum kind { STREAM, BUFFER, ARRAY, TEXTURE, MODULE, EVENT, PINNED };
struct CUfunc_st {
    char name[64];
    size_t size; /* of the parameters */
};
struct op {
    enum { COPY, FILL, UPLOAD, LAUNCH, WAIT, CALL } kind;
    void *to;
    const void *from;
    size_t size;
    unsigned int pattern;
    struct CUfunc_st *function;
    unsigned char block[128];
    struct object *stream; /* WAIT: until it has run so many ops */
    long count;
    void (*call)(void *user); /* CALL: with `to` */
    struct op *next;
};
/* All handles are of this type. */
struct object {
    enum kind kind;
    CUcontext context;
    void *memory;
    size_t size;
    CUDA_ARRAY3D_DESCRIPTOR_v2 array;
    struct object *of; /* a texture's array */
    struct op *ops;    /* a stream's, */
    /* and how many there have been; enqueued of an event: those of its stream, `of`, when it was recorded */
    long enqueued, ran;
    const char *text;  /* a module's */
    struct CUfunc_st function;
    struct object *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct fake_cuda control = { .devices = 2, .max_threads = 1024 };
static struct CUctx_st contexts[DEVICES];
static struct object *objects;
static bool initialised;
static _Thread_local CUcontext stack[8];
static _Thread_local int depth;

__attribute__((constructor)) static void read_environment(void)
{
    const char *devices = getenv("FAKE_CUDA_DEVICES"), *fail = getenv("FAKE_CUDA_FAIL");
    if (devices) control.devices = atoi(devices);
    if (fail) sscanf(fail, "%ld:%d", &control.fail_at, &control.fail_code);
}

struct fake_cuda *fake_cuda_control(void)
{
    return &control;
}

static CUresult wrong(CUresult code, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fputs("fake CUDA: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    control.violations++;
    return code;
}

static bool is_sticky(CUresult code)
{
    return code == CUDA_ERROR_ECC_UNCORRECTABLE || (code >= CUDA_ERROR_ILLEGAL_ADDRESS && code <= CUDA_ERROR_LAUNCH_FAILED);
}

/* Begins every call; with the lock held. */
static CUresult begin(const char *name, bool in_context)
{
    CUcontext current = depth ? stack[depth - 1] : NULL;
    if (++control.calls == control.fail_at) {
        CUresult code = (CUresult)control.fail_code;
        control.failed = true;
        snprintf(control.failed_in, sizeof control.failed_in, "%s", name);
        if (current && is_sticky(code)) current->sticky = code;
        return code;
    }
    if (!initialised && strcmp(name, "cuInit") != 0) return wrong(CUDA_ERROR_NOT_INITIALIZED, "%s before cuInit", name);
    if (!in_context) return CUDA_SUCCESS;
    if (!current) return wrong(INVALID_CONTEXT, "%s without a context", name);
    return current->sticky;
}
#define BEGIN(in_context) \
    pthread_mutex_lock(&lock); \
    CUresult code = begin(__func__, in_context)
#define END \
    pthread_mutex_unlock(&lock); \
    return code

static bool is_live(const void *handle, enum kind kind)
{
    for (const struct object *o = objects; o; o = o->next)
        if (o == handle) return o->kind == kind && depth && o->context == stack[depth - 1];
    return false;
}

static struct object *make(enum kind kind, size_t size)
{
    struct object *o = calloc(1, sizeof *o);
    o->kind = kind;
    o->context = stack[depth - 1];
    o->size = size;
    o->memory = size ? malloc(size) : NULL; /* not cleared: valgrind is to see what is read too early */
    o->next = objects;
    objects = o;
    control.live++;
    return o;
}

static void release(struct object *o)
{
    struct object **at = &objects;
    while (*at != o) at = &(*at)->next;
    *at = o->next;
    for (struct op *op = o->ops, *next; op; op = next) {
        next = op->next;
        free(op);
    }
    free(o->memory);
    free(o);
    control.live--;
}

static bool is_busy(void)
{
    for (const struct object *o = objects; o; o = o->next)
        if (o->ops && o->context == stack[depth - 1]) return true;
    return false;
}

/* To free works also with a fault, else what is left over could not be told from a leak. */
static CUresult destroy(const char *name, void *handle, enum kind kind, CUresult code)
{
    if (!is_live(handle, kind)) return code ? code : wrong(INVALID_HANDLE, "%s of what is not alive", name);
    if (kind != EVENT && is_busy() && !control.failed) wrong(code, "%s while work is in flight", name);
    for (const struct object *o = objects; o; o = o->next)
        if (o->of == handle && o->kind == TEXTURE) wrong(code, "%s of an array with a texture on it", name);
    release(handle);
    return code;
}

static bool is_inside(uint64_t address, size_t size)
{
    for (const struct object *o = objects; o; o = o->next) {
        uint64_t first = (uint64_t)(uintptr_t)o->memory;
        if (o->kind == BUFFER && o->context == stack[depth - 1] && address >= first && address - first <= o->size)
            if (size <= o->size - (address - first)) return true;
    }
    return false;
}

static void run_until(struct object *stream, long count);

static void run_op(const struct op *op)
{
    unsigned int *words = op->to;
    switch (op->kind) {
    case COPY:
    case UPLOAD: memcpy(op->to, op->from, op->size); return;
    case FILL:
        for (size_t i = 0; i < op->size / 4; ++i) words[i] = op->pattern;
        return;
    case WAIT:
        for (struct object *o = objects; o; o = o->next)
            if (o == op->stream) run_until(o, op->count);
        return;
    case CALL: op->call(op->to); return;
    case LAUNCH:
        if (control.run) control.run(op->function->name, op->block, op->function->size);
    }
}

static void run_until(struct object *stream, long count)
{
    while (stream->ops && stream->ran < count) {
        struct op *op = stream->ops;
        run_op(op);
        stream->ops = op->next;
        stream->ran++;
        free(op);
    }
}

static void run_stream(struct object *stream)
{
    run_until(stream, stream->enqueued);
}

static CUresult enqueue(const char *name, CUstream stream, struct op wanted)
{
    if (!is_live(stream, STREAM)) return wrong(INVALID_HANDLE, "%s on a stream that is not alive", name);
    struct op *op = malloc(sizeof *op), **last = &((struct object *)stream)->ops;
    ((struct object *)stream)->enqueued++;
    *op = wanted;
    op->next = NULL;
    while (*last) last = &(*last)->next;
    *last = op;
    return CUDA_SUCCESS;
}

bool fake_cuda_enqueue(CUstream stream, void (*function)(void *user), void *user, void *memory, size_t size)
{
    BEGIN(true);
    if (!code && !is_inside((uint64_t)(uintptr_t)memory, size))
        code = wrong(INVALID_VALUE, "a library's work outside of memory");
    if (!code) code = enqueue(__func__, stream, (struct op){ .kind = CALL, .to = user, .call = function });
    pthread_mutex_unlock(&lock);
    return code == CUDA_SUCCESS;
}

CUresult cuGetErrorName(CUresult code, const char **text)
{
    static const struct {
        int code;
        const char *name;
    } names[] = { { 0, "CUDA_SUCCESS" }, { 1, "CUDA_ERROR_INVALID_VALUE" }, { 2, "CUDA_ERROR_OUT_OF_MEMORY" },
        { 3, "CUDA_ERROR_NOT_INITIALIZED" }, { 100, "CUDA_ERROR_NO_DEVICE" }, { 201, "CUDA_ERROR_INVALID_CONTEXT" },
        { 222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION" }, { 400, "CUDA_ERROR_INVALID_HANDLE" },
        { 700, "CUDA_ERROR_ILLEGAL_ADDRESS" }, { 719, "CUDA_ERROR_LAUNCH_FAILED" } };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i)
        if (names[i].code == (int)code) {
            *text = names[i].name;
            return CUDA_SUCCESS;
        }
    *text = NULL;
    return INVALID_VALUE;
}

CUresult cuGetErrorString(CUresult code, const char **text)
{
    *text = code == CUDA_ERROR_OUT_OF_MEMORY ? "out of memory" : "said by the fake driver";
    return CUDA_SUCCESS;
}

CUresult cuInit(unsigned int flags)
{
    BEGIN(false);
    if (!code && flags) code = wrong(INVALID_VALUE, "cuInit with flags %u", flags);
    if (!code && control.devices <= 0) code = CUDA_ERROR_NO_DEVICE;
    if (!code) initialised = true;
    END;
}

CUresult cuDriverGetVersion(int *version)
{
    BEGIN(false);
    *version = 12040;
    END;
}

CUresult cuDeviceGetCount(int *count)
{
    BEGIN(false);
    *count = control.devices;
    END;
}

CUresult cuDeviceGet(CUdevice *device, int ordinal)
{
    BEGIN(false);
    *device = ordinal;
    if (!code && (ordinal < 0 || ordinal >= control.devices || ordinal >= DEVICES)) code = (CUresult)101;
    END;
}

CUresult cuDeviceGetName(char *name, int size, CUdevice device)
{
    BEGIN(false);
    if (!code) snprintf(name, (size_t)size, "Fake GPU %d", device);
    END;
}

CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device)
{
    BEGIN(false);
    static const int values[77] = { [2] = 1024, 1024, 64, 2147483647, 65535, 65535, [24] = 16384, 16384, 16384, 32768,
        32768, 2048, [75] = 9, 0 };
    if ((int)attribute < 0 || (int)attribute > 76) code = wrong(INVALID_VALUE, "attribute %d", (int)attribute);
    if (!code) *value = values[attribute];
    if (!code && attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR && device == 1) *value = 5;
    END;
}

CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice device)
{
    BEGIN(false);
    (void)device;
    *bytes = MEMORY;
    END;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device)
{
    BEGIN(false);
    if (!code) {
        *context = &contexts[device];
        (*context)->device = device;
        (*context)->retained++;
        control.live++;
    }
    END;
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device)
{
    BEGIN(false);
    CUcontext context = &contexts[device];
    if (context->retained == 0) {
        code = wrong(INVALID_CONTEXT, "release of a context that nobody retained");
    } else {
        context->retained--;
        control.live--;
        for (const struct object *o = objects; o && !context->retained && !control.failed; o = o->next)
            if (o->context == context) wrong(code, "release of a context with an object of kind %d in it", (int)o->kind);
        if (!context->retained) context->sticky = CUDA_SUCCESS;
    }
    END;
}

CUresult cuCtxPushCurrent_v2(CUcontext context)
{
    BEGIN(false);
    if (!code && (!context || !context->retained)) code = wrong(INVALID_CONTEXT, "push of a context nobody retained");
    if (!code && depth == 8) code = wrong(INVALID_VALUE, "too many contexts pushed");
    if (!code) {
        stack[depth++] = context;
        control.depth++;
    }
    END;
}

CUresult cuCtxPopCurrent_v2(CUcontext *context)
{
    BEGIN(false);
    if (depth == 0) {
        code = wrong(INVALID_CONTEXT, "pop without a context");
    } else {
        *context = stack[--depth];
        control.depth--;
    }
    END;
}

CUresult cuCtxSynchronize(void)
{
    BEGIN(true);
    for (struct object *o = objects; o && !code; o = o->next)
        if (o->kind == STREAM && o->context == stack[depth - 1]) run_stream(o);
    END;
}

CUresult cuStreamCreate(CUstream *stream, unsigned int flags)
{
    BEGIN(true);
    if (!code && flags > 1) code = wrong(INVALID_VALUE, "stream flags %u", flags);
    if (!code) *stream = (CUstream)make(STREAM, 0);
    END;
}

CUresult cuStreamDestroy_v2(CUstream stream)
{
    BEGIN(true);
    code = destroy(__func__, stream, STREAM, code);
    END;
}

CUresult cuStreamSynchronize(CUstream stream)
{
    BEGIN(true);
    if (!code && !is_live(stream, STREAM)) code = wrong(INVALID_HANDLE, "wait for a stream that is not alive");
    if (!code) run_stream((struct object *)stream);
    END;
}

CUresult cuStreamGetCtx(CUstream stream, CUcontext *context)
{
    BEGIN(true);
    struct object *found = NULL;
    for (struct object *o = objects; o; o = o->next)
        if ((CUstream)o == stream && o->kind == STREAM) found = o;
    if (!code && !found) code = INVALID_HANDLE;
    if (!code) *context = found->context;
    END;
}

CUresult cuEventCreate(CUevent *event, unsigned int flags)
{
    BEGIN(true);
    if (!code && flags > 7) code = wrong(INVALID_VALUE, "event flags %u", flags);
    if (!code) *event = (CUevent)make(EVENT, 0);
    END;
}

CUresult cuEventDestroy_v2(CUevent event)
{
    BEGIN(true);
    code = destroy(__func__, event, EVENT, code);
    END;
}

CUresult cuEventRecord(CUevent event, CUstream stream)
{
    BEGIN(true);
    if (!code && (!is_live(event, EVENT) || !is_live(stream, STREAM)))
        code = wrong(INVALID_HANDLE, "record of what is not alive");
    if (!code) {
        ((struct object *)event)->of = (struct object *)stream;
        ((struct object *)event)->enqueued = ((struct object *)stream)->enqueued;
    }
    END;
}

CUresult cuEventSynchronize(CUevent event)
{
    BEGIN(true);
    struct object *e = (struct object *)event;
    if (!code && !is_live(event, EVENT)) code = wrong(INVALID_HANDLE, "wait for an event that is not alive");
    if (!code && e->of && is_live(e->of, STREAM)) run_until(e->of, e->enqueued);
    END;
}

CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned int flags)
{
    BEGIN(true);
    struct object *e = (struct object *)event;
    if (!code && (flags || !is_live(event, EVENT)))
        code = wrong(INVALID_HANDLE, "a stream that waits for what is not alive");
    if (!code && e->of)
        code = enqueue(__func__, stream, (struct op) { .kind = WAIT, .stream = e->of, .count = e->enqueued });
    END;
}

CUresult cuMemHostAlloc(void **memory, size_t size, unsigned int flags)
{
    BEGIN(true);
    if (!code && (size == 0 || flags)) code = wrong(INVALID_VALUE, "pinned memory of %zu bytes, flags %u", size, flags);
    if (!code) *memory = make(PINNED, size)->memory;
    END;
}

CUresult cuMemFreeHost(void *memory)
{
    BEGIN(true);
    struct object *found = NULL;
    for (struct object *o = objects; o; o = o->next)
        if (o->kind == PINNED && o->memory == memory) found = o;
    code = destroy(__func__, found, PINNED, code);
    END;
}

CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t size)
{
    BEGIN(true);
    if (!code && size == 0) code = wrong(INVALID_VALUE, "allocation of 0 bytes");
    if (!code && size > MEMORY) code = CUDA_ERROR_OUT_OF_MEMORY;
    if (!code) *address = (CUdeviceptr)(uintptr_t)make(BUFFER, size)->memory;
    END;
}

CUresult cuMemFree_v2(CUdeviceptr address)
{
    BEGIN(true);
    struct object *found = NULL;
    for (struct object *o = objects; o; o = o->next)
        if (o->kind == BUFFER && (uintptr_t)o->memory == (uintptr_t)address) found = o;
    code = destroy(__func__, found, BUFFER, code);
    END;
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t size, CUstream stream)
{
    BEGIN(true);
    if (!code && !is_inside(to, size)) code = wrong(INVALID_VALUE, "write outside of memory");
    if (!code) code = enqueue(__func__, stream, (struct op){ .kind = COPY, .to = (void *)(uintptr_t)to, .from = from,
        .size = size });
    END;
}

CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t size, CUstream stream)
{
    BEGIN(true);
    if (!code && !is_inside(from, size)) code = wrong(INVALID_VALUE, "read outside of memory");
    if (!code) code = enqueue(__func__, stream, (struct op){ .kind = COPY, .to = to, .from = (void *)(uintptr_t)from,
        .size = size });
    END;
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream stream)
{
    BEGIN(true);
    if (!code && !(is_inside(from, size) && is_inside(to, size))) code = wrong(INVALID_VALUE, "copy outside of memory");
    if (!code) code = enqueue(__func__, stream, (struct op){ .kind = COPY, .to = (void *)(uintptr_t)to,
        .from = (void *)(uintptr_t)from, .size = size });
    END;
}

CUresult cuMemsetD32Async(CUdeviceptr to, unsigned int pattern, size_t count, CUstream stream)
{
    BEGIN(true);
    if (!code && (to % 4 || !is_inside(to, count * 4))) code = wrong(INVALID_VALUE, "fill outside of memory");
    if (!code) code = enqueue(__func__, stream, (struct op){ .kind = FILL, .to = (void *)(uintptr_t)to, .size = count * 4,
        .pattern = pattern });
    END;
}

CUresult cuArray3DCreate_v2(CUarray *array, const CUDA_ARRAY3D_DESCRIPTOR_v2 *descriptor)
{
    BEGIN(true);
    const CUDA_ARRAY3D_DESCRIPTOR_v2 d = *descriptor;
    if (!code && (!d.Width || !d.Height || !d.Depth || d.Format != CU_AD_FORMAT_FLOAT || d.NumChannels != 1 || d.Flags > 1))
        code = wrong(INVALID_VALUE, "array descriptor");
    if (!code) {
        struct object *o = make(ARRAY, d.Width * d.Height * d.Depth * sizeof(float));
        o->array = d;
        *array = (CUarray)o;
    }
    END;
}

CUresult cuArrayDestroy(CUarray array)
{
    BEGIN(true);
    code = destroy(__func__, array, ARRAY, code);
    END;
}

static bool is_plain(const CUDA_TEXTURE_DESC_v1 *t)
{
    CUDA_TEXTURE_DESC_v1 wanted;
    memset(&wanted, 0, sizeof wanted);
    for (int i = 0; i < 3; ++i) wanted.addressMode[i] = CU_TR_ADDRESS_MODE_BORDER;
    wanted.filterMode = CU_TR_FILTER_MODE_LINEAR;
    return memcmp(t, &wanted, sizeof wanted) == 0;
}

CUresult cuTexObjectCreate(CUtexObject *object, const CUDA_RESOURCE_DESC_v1 *resource, const CUDA_TEXTURE_DESC_v1 *texture,
    const struct CUDA_RESOURCE_VIEW_DESC_st *view)
{
    BEGIN(true);
    if (!code && (view || resource->resType != CU_RESOURCE_TYPE_ARRAY || resource->flags ||
                     !is_live(resource->res.array.hArray, ARRAY) || !is_plain(texture)))
        code = wrong(INVALID_VALUE, "texture descriptor");
    if (!code) {
        struct object *o = make(TEXTURE, 0);
        o->of = (struct object *)resource->res.array.hArray;
        *object = (CUtexObject)(uintptr_t)o;
    }
    END;
}

CUresult cuTexObjectDestroy(CUtexObject object)
{
    BEGIN(true);
    code = destroy(__func__, (void *)(uintptr_t)object, TEXTURE, code);
    END;
}

const float *fake_cuda_texels(unsigned long long object, int n[3], bool *layered)
{
    for (const struct object *o = objects; o; o = o->next)
        if ((uintptr_t)o == (uintptr_t)object && o->kind == TEXTURE) {
            n[0] = (int)o->of->array.Width;
            n[1] = (int)o->of->array.Height;
            n[2] = (int)o->of->array.Depth;
            *layered = o->of->array.Flags == CUDA_ARRAY3D_LAYERED;
            return o->of->memory;
        }
    return NULL;
}

/* All of an array, from a dense block. */
CUresult cuMemcpy3DAsync_v2(const CUDA_MEMCPY3D_v2 *copy, CUstream stream)
{
    BEGIN(true);
    CUDA_MEMCPY3D_v2 wanted;
    memset(&wanted, 0, sizeof wanted);
    struct object *array = (struct object *)copy->dstArray;
    if (!code && !is_live(array, ARRAY)) code = wrong(INVALID_HANDLE, "copy to an array that is not alive");
    if (code) {
        END;
    }
    wanted.srcMemoryType = CU_MEMORYTYPE_DEVICE;
    wanted.dstMemoryType = CU_MEMORYTYPE_ARRAY;
    wanted.srcDevice = copy->srcDevice;
    wanted.dstArray = copy->dstArray;
    wanted.srcPitch = wanted.WidthInBytes = array->array.Width * sizeof(float);
    wanted.srcHeight = wanted.Height = array->array.Height;
    wanted.Depth = array->array.Depth;
    if (memcmp(copy, &wanted, sizeof wanted) != 0 || !is_inside(copy->srcDevice, array->size))
        code = wrong(INVALID_VALUE, "copy to an array");
    else
        code = enqueue(__func__, stream, (struct op){ .kind = UPLOAD, .to = array->memory,
            .from = (void *)(uintptr_t)copy->srcDevice, .size = array->size });
    END;
}

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned int count, CUjit_option *options, void **values)
{
    BEGIN(true);
    char *log = NULL;
    size_t size = 0;
    for (unsigned int i = 0; i < count; ++i) {
        if (options[i] == CU_JIT_ERROR_LOG_BUFFER) log = values[i];
        if (options[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES) size = (uintptr_t)values[i];
    }
    if (!code && (!strstr(image, ".version 4.") || !strstr(image, ".target sm_"))) code = wrong(INVALID_VALUE, "not PTX");
    if (!code && control.refuse > 0) {
        control.refuse--;
        code = UNSUPPORTED_PTX;
    }
    if (code && log) snprintf(log, size, "ptxas fatal   : the fake driver\nhas its reasons\n");
    if (!code) {
        struct object *o = make(MODULE, 0);
        o->text = image;
        *module = (CUmodule)o;
    }
    END;
}

CUresult cuModuleUnload(CUmodule module)
{
    BEGIN(true);
    code = destroy(__func__, module, MODULE, code);
    END;
}

CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name)
{
    BEGIN(true);
    if (!code && !is_live(module, MODULE)) code = wrong(INVALID_HANDLE, "function of a module that is not alive");
    if (!code) {
        struct object *o = (struct object *)module;
        char wanted[160];
        snprintf(o->function.name, sizeof o->function.name, "%s", name);
        snprintf(wanted, sizeof wanted, ".visible .entry %s(\n\t.param .align 8 .b8 %s_param_0[", name, name);
        const char *at = strstr(o->text, wanted);
        if (!at) code = wrong(NOT_FOUND, "no function %s", name);
        else o->function.size = strtoul(at + strlen(wanted), NULL, 10);
        *function = &o->function;
    }
    END;
}

CUresult cuFuncGetAttribute(int *value, CUfunction_attribute attribute, CUfunction function)
{
    BEGIN(true);
    (void)function;
    *value = attribute == CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK ? control.max_threads : 0;
    END;
}

CUresult cuLaunchKernel(CUfunction function, unsigned int grid_x, unsigned int grid_y, unsigned int grid_z,
    unsigned int group_x, unsigned int group_y, unsigned int group_z, unsigned int shared_bytes, CUstream stream,
    void **parameters, void **extra)
{
    BEGIN(true);
    struct op op = { .kind = LAUNCH, .function = function };
    if (!code && (!grid_x || !grid_y || !grid_z || grid_x > 2147483647u || grid_y > 65535 || grid_z > 65535))
        code = wrong(INVALID_VALUE, "grid of %u x %u x %u", grid_x, grid_y, grid_z);
    if (!code && (!group_x || !group_y || !group_z || group_z > 64 ||
                     group_x * group_y * group_z > (unsigned)control.max_threads))
        code = wrong(INVALID_VALUE, "group of %u x %u x %u", group_x, group_y, group_z);
    if (!code && (parameters || shared_bytes || extra[0] != CU_LAUNCH_PARAM_BUFFER_POINTER ||
                     extra[2] != CU_LAUNCH_PARAM_BUFFER_SIZE || extra[4] != CU_LAUNCH_PARAM_END ||
                     *(size_t *)extra[3] != function->size || function->size > sizeof op.block))
        code = wrong(INVALID_VALUE, "parameters");
    if (!code) {
        memcpy(op.block, extra[1], function->size);
        memcpy(control.grid, (int[]){ (int)grid_x, (int)grid_y, (int)grid_z }, sizeof control.grid);
        memcpy(control.group, (int[]){ (int)group_x, (int)group_y, (int)group_z }, sizeof control.group);
        code = enqueue(__func__, stream, op);
    }
    END;
}
