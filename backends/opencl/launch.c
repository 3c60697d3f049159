/* launch.c - setting a kernel's arguments and enqueueing it. */
#include "opencl.h"

/* Arguments set so far, in the order of shaders/target/opencl.h; after the first failure the others are left. */
struct setter {
    const struct opencl_api *cl;
    cl_kernel kernel;
    cl_uint next;
    cl_int code;
};

static void set(struct setter *setter, const void *value, size_t size)
{
    if (setter->code == CL_SUCCESS) setter->code = setter->cl->SetKernelArg(setter->kernel, setter->next++, size, value);
}

static void set_array(struct setter *setter, ptm_ref ref, size_t unit)
{
    cl_mem mem = ref.buffer ? ((struct opencl_memory *)ref.buffer->state)->mem : NULL;
    cl_ulong offset = ref.offset / unit;
    set(setter, mem ? &mem : NULL, sizeof mem);
    set(setter, &offset, sizeof offset);
}

static void set_field(struct setter *setter, const ptm_field_ref *field, bool texture)
{
    if (texture) {
        cl_mem image = field->texture->state;
        set(setter, &image, sizeof image);
        return;
    }
    cl_int4 sizes = { { field->n0, field->n1, field->n2, field->pitch } };
    set_array(setter, field->at, sizeof(cl_float));
    set(setter, &sizes, sizeof sizes);
    set(setter, &field->plane, sizeof(cl_int));
    set(setter, &field->front, sizeof(cl_int));
}

static void set_argument(struct setter *setter, enum ptm_kind kind, const void *value, bool texture)
{
    switch (kind) {
    case PTM_KIND_out:
    case PTM_KIND_in: set_array(setter, *(const ptm_ref *)value, sizeof(cl_float)); return;
    case PTM_KIND_raw: set_array(setter, *(const ptm_ref *)value, 1); return;
    case PTM_KIND_stack:
    case PTM_KIND_volume: set_field(setter, value, texture); return;
    case PTM_KIND_int: set(setter, value, sizeof(cl_int)); return;
    case PTM_KIND_real: {
        cl_float real = (cl_float)*(const double *)value;
        set(setter, &real, sizeof real);
    }
    }
}

static cl_int set_arguments(const struct opencl_device *state, const ptm_launch *launch)
{
    const ptm_kernel *kernel = launch->kernel;
    struct setter setter = { state->cl, ((struct opencl_kernel *)kernel->state)->kernel, 0, CL_SUCCESS };
    for (size_t i = 0; i < kernel->code->argument_count; ++i) {
        const ptm_kernel_argument *a = &kernel->code->arguments[i];
        set_argument(&setter, a->kind, (const char *)launch->args + a->offset, kernel->texture);
    }
    const cl_int end = 0;
    set(&setter, &end, sizeof end);
    return setter.code;
}

/* A texture of the other shape would be read without an error, and wrongly. */
static int check_texture(const ptm_launch *launch, const ptm_kernel_argument *argument, const ptm_field_ref *field)
{
    if (field->texture && field->texture->volume == (argument->kind == PTM_KIND_volume)) return PTM_OK;
    return ptm_fail(PTM_ERROR_INTERNAL, "kernel %s: %s is not a texture of the right shape", launch->kernel->source->name,
        argument->name);
}

static int prepare_argument(ptm_queue *queue, const ptm_launch *launch, const ptm_kernel_argument *argument)
{
    const void *value = (const char *)launch->args + argument->offset;
    const ptm_buffer *buffer = NULL;
    if (argument->kind == PTM_KIND_out || argument->kind == PTM_KIND_in || argument->kind == PTM_KIND_raw) {
        buffer = ((const ptm_ref *)value)->buffer;
    } else if (argument->kind == PTM_KIND_stack || argument->kind == PTM_KIND_volume) {
        if (launch->kernel->texture) return check_texture(launch, argument, value);
        buffer = ((const ptm_field_ref *)value)->at.buffer;
    }
    return buffer ? ptm_opencl_use(queue, buffer) : PTM_OK;
}

static size_t divide_up(int a, int b)
{
    return ((size_t)a + (size_t)b - 1) / (size_t)b;
}

static void choose_range(const ptm_launch *launch, size_t global[3], size_t local[3])
{
    const ptm_kernel *kernel = launch->kernel;
    const int *n = launch->n;
    for (int i = 0; i < 3; ++i) {
        local[i] = kernel->wide ? 1 : (size_t)kernel->group[i];
        int per_item = i == 0 ? (kernel->wide ? kernel->code->lanes : kernel->lanes_per_item)
            : (kernel->wide ? kernel->code->tile[i - 1] : 1);
        global[i] = divide_up(n[i], per_item * (int)local[i]) * local[i];
    }
}

int ptm_opencl_launch(ptm_queue *queue, const ptm_launch *launch)
{
    const struct opencl_device *state = queue->device->state;
    const ptm_kernel *kernel = launch->kernel;
    struct opencl_kernel *built = kernel->state;
    int status = PTM_OK;
    for (size_t i = 0; i < kernel->code->argument_count && !status; ++i)
        status = prepare_argument(queue, launch, &kernel->code->arguments[i]);
    if (status) return status;
    size_t global[3], local[3];
    choose_range(launch, global, local);

    pthread_mutex_lock(&built->lock);
    cl_int code = set_arguments(state, launch);
    if (code == CL_SUCCESS)
        code = state->cl->EnqueueNDRangeKernel(queue->state, built->kernel, 3, NULL, global, local, 0, NULL, NULL);
    pthread_mutex_unlock(&built->lock);
    return code == CL_SUCCESS ? PTM_OK : ptm_opencl_fail(queue->device, code, "launching %s", kernel->source->name);
}
