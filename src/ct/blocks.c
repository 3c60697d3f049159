#include "ct/blocks.h"

#include "field_layout.h"
#include "vec/layout.h"

PTM_ARGUMENTS(pack, PACK);
PTM_ARGUMENTS(unpack, UNPACK);
PTM_ARGUMENTS(pack_repeat, PACK_REPEAT);
PTM_ARGUMENTS(unpack_mean, UNPACK_MEAN);

ptm_field_shape ptm_shape_stack(int n0, int n1, int n2)
{
    ptm_field_shape s = { { n0, n1, n2 }, n0 + FIELD_FRONT + FIELD_BACK0, n1 + FIELD_FRONT + FIELD_BACK, n2, FIELD_FRONT, 0,
        false };
    s.pitch = (s.pitch + 3) / 4 * 4;
    return s;
}

ptm_field_shape ptm_shape_volume(int n0, int n1, int n2)
{
    ptm_field_shape s = ptm_shape_stack(n0, n1, n2);
    s.planes += FIELD_FRONT + FIELD_BACK;
    s.front = FIELD_FRONT;
    return s;
}

ptm_field_shape ptm_shape_texture(int n0, int n1, int n2, int planes)
{
    return (ptm_field_shape){ { n0, n1, n2 }, n0, n1, planes, 0, 0, true };
}

uint64_t ptm_shape_elements(const ptm_field_shape *shape)
{
    return (uint64_t)shape->pitch * (uint64_t)shape->rows * (uint64_t)shape->planes;
}

int ptm_fit_blocks(uint64_t unit, int all, uint64_t limit)
{
    uint64_t most = limit / (unit ? unit : 1);
    if (most < 1) most = 1;
    if (most >= (uint64_t)all) return all;
    const int blocks = (int)(((uint64_t)all + most - 1) / most);
    return (all + blocks - 1) / blocks;
}

int ptm_mover_create(ptm_mover *out, ptm_device *device, ptm_type type, bool coarse)
{
    const ptm_kernel_form form = { .real_size = ptm_type_size(type) };
    *out = (ptm_mover){ 0 };
    int status = ptm_kernel_get(&out->pack, device, "pack", &form);
    if (!status) status = ptm_kernel_get(&out->unpack, device, "unpack", &form);
    if (!status && coarse) status = ptm_kernel_get(&out->pack_repeat, device, "pack_repeat", &form);
    if (!status && coarse) status = ptm_kernel_get(&out->unpack_mean, device, "unpack_mean", &form);
    return status;
}

/* By how much axis i of the kernels is finer than the array's; how many elements it has; how many before the array's. */
static int finer(const ptm_part *part, int i)
{
    const int times = part->coarse[part->order[i]];
    return times > 1 ? times : 1;
}
static int extent(const ptm_part *part, int i)
{
    const int axis = part->order[i];
    return part->before[axis] + (int)part->count[axis] * finer(part, i) + part->after[axis];
}
static int before(const ptm_part *part, int i)
{
    return part->before[part->order[i]];
}
static int elements(const ptm_part *part, int i)
{
    return (int)part->count[part->order[i]];
}
static bool is_coarse(const ptm_part *part)
{
    return finer(part, 0) * finer(part, 1) * finer(part, 2) > 1;
}

int ptm_load(const ptm_mover *mover, ptm_queue *queue, ptm_access *access, const ptm_part *part, const ptm_field_shape *shape,
    ptm_ref memory, ptm_field_ref *field)
{
    ptm_ref at;
    int32_t stride[3];
    int status = ptm_access_begin(access, queue, part->first, part->count, true, &at, stride);
    if (status) return status;
    const int *order = part->order;
    struct pack_args args = { .field = memory, .array = at, .n0 = elements(part, 0), .n1 = elements(part, 1),
        .n2 = elements(part, 2), .pitch = shape->pitch, .rows = shape->rows, .planes = shape->planes,
        .o0 = shape->margin + before(part, 0), .o1 = shape->margin + before(part, 1), .o2 = shape->front + before(part, 2),
        .s0 = stride[order[0]], .s1 = stride[order[1]], .s2 = stride[order[2]] };
    *field = (ptm_field_ref){ memory, NULL, shape->n[0], shape->n[1], shape->n[2], shape->pitch,
        shape->pitch * shape->rows, shape->front };
    if (!is_coarse(part)) return ptm_launch_kernel(queue, mover->pack, &args);
    struct pack_repeat_args repeat = { .field = args.field, .array = args.array, .n0 = args.n0, .n1 = args.n1, .n2 = args.n2,
        .pitch = args.pitch, .rows = args.rows, .planes = args.planes, .o0 = args.o0, .o1 = args.o1, .o2 = args.o2, .s0 = args.s0,
        .s1 = args.s1, .s2 = args.s2, .f0 = finer(part, 0), .f1 = finer(part, 1), .f2 = finer(part, 2) };
    return ptm_launch_kernel(queue, mover->pack_repeat, &repeat);
}

ptm_ref ptm_first_element(const ptm_part *part, const ptm_field_shape *shape, const ptm_field_ref *field, ptm_type type,
    int stride[3])
{
    stride[part->order[0]] = 1;
    stride[part->order[1]] = field->pitch;
    stride[part->order[2]] = field->plane;
    const uint64_t corner = (uint64_t)(shape->margin * (1 + field->pitch)) + (uint64_t)shape->front * (uint64_t)field->plane;
    return (ptm_ref){ field->at.buffer, field->at.offset + corner * ptm_type_size(type) };
}

ptm_pixels ptm_dense_pixels(const ptm_part *part, ptm_ref block)
{
    ptm_pixels pixels = { .first = block };
    int step = 1;
    for (int i = 0; i < 3; ++i) {
        pixels.stride[part->order[i]] = step;
        step *= extent(part, i);
    }
    return pixels;
}

int ptm_upload(ptm_queue *queue, const ptm_field_shape *shape, ptm_texture *image, ptm_field_ref *field)
{
    if (!shape->texture) return PTM_OK;
    field->texture = image;
    return queue->device->backend->texture_upload(queue, image, field->at.buffer, field->at.offset);
}

int ptm_store(const ptm_mover *mover, ptm_queue *queue, ptm_access *access, const ptm_part *part, ptm_ref block, int pitch,
    int plane, double alpha, double beta)
{
    ptm_ref at;
    int32_t stride[3];
    int status = ptm_access_begin(access, queue, part->first, part->count, beta != 0, &at, stride);
    if (status) return status;
    const int *order = part->order;
    struct unpack_args args = { .array = at, .block = block, .n0 = (int32_t)part->count[order[0]],
        .n1 = (int32_t)part->count[order[1]], .n2 = (int32_t)part->count[order[2]], .pitch = pitch, .plane = plane,
        .s0 = stride[order[0]], .s1 = stride[order[1]], .s2 = stride[order[2]], .alpha = alpha, .beta = beta };
    struct unpack_mean_args mean = { .array = args.array, .block = args.block, .n0 = args.n0, .n1 = args.n1, .n2 = args.n2,
        .pitch = args.pitch, .plane = args.plane, .s0 = args.s0, .s1 = args.s1, .s2 = args.s2, .alpha = alpha, .beta = beta,
        .f0 = finer(part, 0), .f1 = finer(part, 1), .f2 = finer(part, 2) };
    status = is_coarse(part) ? ptm_launch_kernel(queue, mover->unpack_mean, &mean) : ptm_launch_kernel(queue, mover->unpack, &args);
    return status ? status : ptm_access_end(access, queue, part->first, part->count);
}

int ptm_store_dense(const ptm_mover *mover, ptm_queue *queue, ptm_access *access, const ptm_part *part, ptm_buffer *block,
    double alpha, double beta)
{
    const int pitch = extent(part, 0), plane = pitch * extent(part, 1);
    const uint64_t skipped = (uint64_t)before(part, 0) + (uint64_t)before(part, 1) * (uint64_t)pitch + (uint64_t)before(part, 2) * (uint64_t)plane;
    const ptm_ref first = { block, skipped * ptm_type_size(access->array->type) };
    return ptm_store(mover, queue, access, part, first, pitch, plane, alpha, beta);
}
