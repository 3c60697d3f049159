/* kernel.c - kernels from the images in the library, and launching them. The driver compiles PTX and keeps the result in a
 * cache of its own. */
#include "cuda_backend.h"
#include "core/device.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_SIZE 4096
#define LOG_IN_MESSAGE 300 /* characters of the compiler's log that go into the error's message */

/* The best image below `last` (all, if that is NULL): most lanes per item, at most those wanted, then first in the list. */
static const ptm_kernel_image *next_image(const ptm_kernel *kernel, const ptm_kernel_image *last)
{
    const ptm_kernel_image *best = NULL;
    for (const ptm_kernel_image *image = kernel->source->ptx; image && image->data; ++image) {
        if ((image->texture != 0) != kernel->texture || image->per_item > kernel->lanes_per_item) continue;
        if (last && (image->per_item > last->per_item || (image->per_item == last->per_item && image <= last))) continue;
        if (!best || image->per_item > best->per_item) best = image;
    }
    return best;
}

/* The first lines of a log, as one. */
static void shorten(char *log)
{
    log[LOG_IN_MESSAGE] = '\0';
    size_t length = strlen(log);
    while (length && (log[length - 1] == '\n' || log[length - 1] == ' ')) log[--length] = '\0';
    for (char *at = log; *at; ++at)
        if (*at == '\n' || *at == '\t') *at = ' ';
}

/* The driver may compile as late as when the function is asked for, so that the log must live until then. */
static CUresult load_image(struct cuda_kernel *built, const struct cuda_api *cuda, const ptm_kernel_image *image,
    const char *name, char *log)
{
    CUjit_option options[] = { CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES };
    void *values[] = { log, (void *)(uintptr_t)LOG_SIZE };
    CUresult code = cuda->ModuleLoadDataEx(&built->module, image->data, 2, options, values);
    if (code) return code;
    code = cuda->ModuleGetFunction(&built->function, built->module, name);
    if (code) cuda->ModuleUnload(built->module);
    return code;
}

/* Is it the image that is at fault, and not the device? */
static bool may_try_next(int status)
{
    return status != PTM_ERROR_MEMORY && status != PTM_ERROR_DEVICE_LOST;
}

/* Tries images from the best on; kernel->lanes_per_item becomes that of the one that is taken. */
static int load(struct cuda_kernel *built, ptm_kernel *kernel, char *log)
{
    const struct cuda_device *state = kernel->device->state;
    const char *name = kernel->source->name;
    const ptm_kernel_image *image = next_image(kernel, NULL);
    if (!image)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "kernel %s has no PTX %s textures for %d lanes per item", name,
            kernel->texture ? "with" : "without", kernel->lanes_per_item);
    for (;;) {
        log[0] = '\0';
        CUresult code = load_image(built, state->cuda, image, name, log);
        if (code == CUDA_SUCCESS) break;
        shorten(log);
        int status = ptm_cuda_check(kernel->device, code, "loading kernel %s with %d lanes per item%s%s", name,
            image->per_item, log[0] ? ": " : "", log);
        image = may_try_next(status) ? next_image(kernel, image) : NULL;
        if (!image) return status;
        ptm_log(kernel->device->context, PTM_LOG_DEBUG, "cuda: %s; trying another image", ptm_error_message());
    }
    kernel->lanes_per_item = image->per_item;
    return PTM_OK;
}

static int product(const int group[3])
{
    return group[0] * group[1] * group[2];
}

/* Halves the lines, the axis with more of them first and axis 2 of two alike; then lanes, which should stay a warp wide. */
static void limit_group(int group[3], const int most_by_axis[3], int most)
{
    for (int i = 0; i < 3; ++i)
        while (group[i] > most_by_axis[i] && group[i] > 1) group[i] /= 2;
    while (product(group) > most && product(group) > 1) {
        int axis = group[2] >= group[1] ? 2 : 1;
        if (group[axis] == 1) axis = 0;
        group[axis] /= 2;
    }
}

static CUresult fit_group(ptm_kernel *kernel, const struct cuda_kernel *built)
{
    const struct cuda_device *state = kernel->device->state;
    int threads = 0, registers = 0, spilled = 0;
    CUresult code = state->cuda->FuncGetAttribute(&threads, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, built->function);
    if (!code) code = state->cuda->FuncGetAttribute(&registers, CU_FUNC_ATTRIBUTE_NUM_REGS, built->function);
    if (!code) code = state->cuda->FuncGetAttribute(&spilled, CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES, built->function);
    if (code) return code;
    limit_group(kernel->group, state->max_group, threads);
    ptm_log(kernel->device->context, PTM_LOG_DEBUG,
        "cuda: %s: %d lanes per item, %d registers, %d bytes of local memory, groups of %d x %d x %d", kernel->source->name,
        kernel->lanes_per_item, registers, spilled, kernel->group[0], kernel->group[1], kernel->group[2]);
    return CUDA_SUCCESS;
}

static int build(struct cuda_kernel *built, ptm_kernel *kernel, char *log)
{
    const struct cuda_device *state = kernel->device->state;
    int status = ptm_cuda_enter(kernel->device);
    if (status) return status;
    CUresult code = CUDA_SUCCESS;
    status = load(built, kernel, log);
    if (!status) {
        code = fit_group(kernel, built);
        if (code) state->cuda->ModuleUnload(built->module);
    }
    int left = ptm_cuda_leave(kernel->device, code, "asking about kernel %s", kernel->source->name);
    return status ? status : left;
}

int ptm_cuda_kernel_create(ptm_kernel *kernel)
{
    struct cuda_kernel *built = ptm_alloc(1, sizeof *built);
    char *log = built ? ptm_alloc(1, LOG_SIZE) : NULL;
    kernel->wide = false; /* the images have no other form */
    int status = log ? build(built, kernel, log) : PTM_ERROR_MEMORY;
    free(log);
    if (status) free(built);
    else kernel->state = built;
    return status;
}

void ptm_cuda_kernel_destroy(ptm_kernel *kernel)
{
    const struct cuda_device *state = kernel->device->state;
    struct cuda_kernel *built = kernel->state;
    if (ptm_cuda_enter_to_free(kernel->device)) {
        state->cuda->ModuleUnload(built->module);
        ptm_cuda_leave_freed(kernel->device);
    }
    free(built);
    kernel->state = NULL;
}

/* How many groups on each axis. Kernels count lanes and lines in int, up to the end of the last group. */
static int plan_grid(unsigned int grid[3], const ptm_launch *launch)
{
    const ptm_kernel *kernel = launch->kernel;
    const struct cuda_device *state = kernel->device->state;
    for (int i = 0; i < 3; ++i) {
        int64_t group = (int64_t)kernel->group[i] * (i == 0 ? kernel->lanes_per_item : 1);
        int64_t count = (launch->n[i] + group - 1) / group;
        if (count > state->max_grid[i] || count * group > INT_MAX)
            return ptm_fail(PTM_ERROR_UNSUPPORTED,
                "%s: kernel %s on %d x %d x %d needs %lld groups of %lld on axis %d, at most %d are possible",
                kernel->device->info.name, kernel->source->name, launch->n[0], launch->n[1], launch->n[2], (long long)count,
                (long long)group, i, state->max_grid[i]);
        grid[i] = (unsigned int)count;
    }
    return PTM_OK;
}

int ptm_cuda_launch(ptm_queue *queue, const ptm_launch *launch)
{
    const struct cuda_device *state = queue->device->state;
    const struct cuda_kernel *built = launch->kernel->state;
    const int *group = launch->kernel->group;
    unsigned int grid[3];
    int status = plan_grid(grid, launch);
    if (!status) status = ptm_cuda_enter(queue->device);
    if (status) return status;
    /* The driver copies the block before it returns. */
    size_t size = launch->kernel->code->block_size;
    void *extra[] = { CU_LAUNCH_PARAM_BUFFER_POINTER, (void *)(uintptr_t)launch->block, CU_LAUNCH_PARAM_BUFFER_SIZE, &size,
        CU_LAUNCH_PARAM_END };
    CUresult code = state->cuda->LaunchKernel(built->function, grid[0], grid[1], grid[2], (unsigned)group[0],
        (unsigned)group[1], (unsigned)group[2], 0, queue->state, NULL, extra);
    return ptm_cuda_leave(queue->device, code, "launching kernel %s on %u x %u x %u groups", launch->kernel->source->name,
        grid[0], grid[1], grid[2]);
}
