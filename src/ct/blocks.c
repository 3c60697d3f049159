#include "ct/blocks.h"

#include "field_layout.h"
#include "raw_types.h"
#include "vec/layout.h"

PTM_ARGUMENTS(pack, PACK);
PTM_ARGUMENTS(unpack, UNPACK);
PTM_ARGUMENTS(pack_any, PACK_ANY);
PTM_ARGUMENTS(unpack_mean, UNPACK_MEAN);

ptm_field_shape ptm_shape_stack(int n0, int n1, int n2)
{
    ptm_field_shape s = { { n0, n1, n2 }, n0 + FIELD_FRONT + FIELD_BACK0, n1 + FIELD_FRONT + FIELD_BACK, n2,
        { FIELD_FRONT, FIELD_FRONT, 0 }, false };
    s.pitch = (s.pitch + 3) / 4 * 4;
    return s;
}

ptm_field_shape ptm_shape_volume(int n0, int n1, int n2)
{
    ptm_field_shape s = ptm_shape_stack(n0, n1, n2);
    s.planes += FIELD_FRONT + FIELD_BACK;
    s.margin[2] = FIELD_FRONT;
    return s;
}

ptm_field_shape ptm_shape_tight(ptm_field_shape shape)
{
    shape.margin[0] = 0;
    shape.pitch = (shape.n[0] + 7) / 8 * 8;
    return shape;
}

ptm_field_shape ptm_shape_texture(int n0, int n1, int n2, int planes)
{
    return (ptm_field_shape){ { n0, n1, n2 }, n0, n1, planes, { 0 }, true };
}

ptm_field_shape ptm_shape_turned(const ptm_field_shape *stack)
{
    return ptm_shape_stack(stack->n[1], stack->n[0], stack->n[2]);
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
    *out = (ptm_mover){ .type = type };
    int status = ptm_kernel_get(&out->pack, device, "pack", &form);
    if (!status) status = ptm_kernel_get(&out->unpack, device, "unpack", &form);
    if (!status && coarse) status = ptm_kernel_get(&out->pack_any, device, "pack_any", &form);
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
static bool is_coarse(const ptm_part *part)
{
    return finer(part, 0) * finer(part, 1) * finer(part, 2) > 1;
}

static int32_t raw_type(ptm_type type)
{
    switch (type) {
    case PTM_UINT8: return RAW_UINT8;
    case PTM_UINT16: return RAW_UINT16;
    case PTM_INT16: return RAW_INT16;
    case PTM_INT32: return RAW_INT32;
    default: return RAW_REALS;
    }
}

/* One axis of the box of a field that a piece fills: where it begins and how long it is, where the piece begins in it, and
 * how many of the array's elements that has. What is before and behind the array goes with the first and the last piece. */
typedef struct span {
    int32_t from, width, margin, n;
} span;
static span span_of(const ptm_part *part, const ptm_piece *piece, int i, int margin, int whole)
{
    const int axis = part->order[i], times = finer(part, i), n = (int)piece->box.count[axis];
    const int place = margin + before(part, i) + (int)piece->box.first[axis] * times;
    const int from = piece->box.first[axis] > 0 ? place : 0;
    const int end = piece->box.first[axis] + n == part->count[axis] ? whole : place + n * times;
    return (span){ from, end - from, place - from, n };
}

static int pack(const ptm_mover *mover, ptm_queue *queue, const ptm_part *part, const ptm_piece *piece,
    const ptm_field_shape *shape, ptm_ref memory)
{
    const int32_t plane = shape->pitch * shape->rows, *stride = piece->stride;
    const int *order = part->order;
    const span a = span_of(part, piece, 0, shape->margin[0], shape->pitch),
               b = span_of(part, piece, 1, shape->margin[1], shape->rows),
               c = span_of(part, piece, 2, shape->margin[2], shape->planes);
    memory.offset += ((uint64_t)c.from * (uint64_t)plane + (uint64_t)b.from * (uint64_t)shape->pitch + (uint64_t)a.from) *
        ptm_type_size(mover->type);
    if (!is_coarse(part) && piece->type == mover->type) {
        struct pack_args args = { .field = memory, .array = piece->at, .w0 = a.width, .w1 = b.width, .w2 = c.width,
            .n0 = a.n, .n1 = b.n, .n2 = c.n, .m0 = a.margin, .m1 = b.margin, .m2 = c.margin, .pitch = shape->pitch,
            .plane = plane, .s0 = stride[order[0]], .s1 = stride[order[1]], .s2 = stride[order[2]] };
        return ptm_launch_kernel(queue, mover->pack, &args);
    }
    struct pack_any_args args = { .field = memory, .array = piece->at, .w0 = a.width, .w1 = b.width, .w2 = c.width,
        .n0 = a.n, .n1 = b.n, .n2 = c.n, .m0 = a.margin, .m1 = b.margin, .m2 = c.margin, .pitch = shape->pitch,
        .plane = plane, .s0 = stride[order[0]], .s1 = stride[order[1]], .s2 = stride[order[2]], .f0 = finer(part, 0),
        .f1 = finer(part, 1), .f2 = finer(part, 2), .type = raw_type(piece->type),
        .bytes = (int32_t)ptm_type_size(piece->type) };
    const ptm_kernel_form form = { .real_size = ptm_type_size(mover->type) };
    const ptm_kernel *any = mover->pack_any;
    int status = any ? PTM_OK : ptm_kernel_get(&any, queue->device, "pack_any", &form);
    return status ? status : ptm_launch_kernel(queue, any, &args);
}

static ptm_field_ref field_of(const ptm_field_shape *shape, ptm_ref memory)
{
    return (ptm_field_ref){ memory, NULL, shape->n[0], shape->n[1], shape->n[2], shape->pitch, shape->pitch * shape->rows,
        shape->margin[2] };
}

int ptm_load(const ptm_mover *mover, ptm_queue *queue, ptm_access *access, const ptm_part *part,
    const ptm_field_shape *shape, ptm_ref memory, ptm_field_ref *field)
{
    ptm_piece piece;
    int status = PTM_OK;
    *field = field_of(shape, memory);
    ptm_access_begin(access, part->first, part->count, true, false);
    while (ptm_access_next(access, queue, &piece, &status)) status = pack(mover, queue, part, &piece, shape, memory);
    return status;
}

int ptm_load_twice(const ptm_mover *mover, ptm_queue *queue, ptm_access *access, const ptm_part *part,
    const ptm_field_shape *shape, ptm_ref memory, ptm_field_ref *field)
{
    ptm_piece piece;
    ptm_part turned = *part;
    turned.order[0] = part->order[1];
    turned.order[1] = part->order[0];
    int status = PTM_OK;
    *field = field_of(shape, memory);
    const ptm_field_shape second = ptm_shape_turned(shape);
    const ptm_ref behind = ptm_second_field(field, mover->type);
    ptm_access_begin(access, part->first, part->count, true, false);
    while (ptm_access_next(access, queue, &piece, &status)) {
        status = pack(mover, queue, part, &piece, shape, memory);
        if (!status) status = pack(mover, queue, &turned, &piece, &second, behind);
    }
    return status;
}

ptm_ref ptm_second_field(const ptm_field_ref *first, ptm_type type)
{
    const uint64_t size = (uint64_t)first->plane * (uint64_t)first->n2 * ptm_type_size(type);
    return (ptm_ref){ first->at.buffer, first->at.offset + size };
}

ptm_ref ptm_first_element(const ptm_part *part, const ptm_field_shape *shape, const ptm_field_ref *field, ptm_type type,
    int stride[3])
{
    stride[part->order[0]] = 1;
    stride[part->order[1]] = field->pitch;
    stride[part->order[2]] = field->plane;
    const uint64_t corner = (uint64_t)(shape->margin[0] + shape->margin[1] * field->pitch) +
                            (uint64_t)shape->margin[2] * (uint64_t)field->plane;
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

static int unpack(const ptm_mover *mover, ptm_queue *queue, const ptm_part *part, const ptm_piece *piece, ptm_ref block,
    int pitch, int plane, double alpha, double beta)
{
    const int32_t steps[3] = { 1, pitch, plane }, *stride = piece->stride;
    const int *order = part->order;
    for (int i = 0; i < 3; ++i)
        block.offset += (uint64_t)(piece->box.first[order[i]] * finer(part, i)) * (uint64_t)steps[i] *
                        ptm_type_size(mover->type);
    struct unpack_args args = { .array = piece->at, .block = block, .n0 = (int32_t)piece->box.count[order[0]],
        .n1 = (int32_t)piece->box.count[order[1]], .n2 = (int32_t)piece->box.count[order[2]], .pitch = pitch,
        .plane = plane, .s0 = stride[order[0]], .s1 = stride[order[1]], .s2 = stride[order[2]], .alpha = alpha,
        .beta = beta };
    if (!is_coarse(part)) return ptm_launch_kernel(queue, mover->unpack, &args);
    struct unpack_mean_args mean = { .array = args.array, .block = args.block, .n0 = args.n0, .n1 = args.n1, .n2 = args.n2,
        .pitch = args.pitch, .plane = args.plane, .s0 = args.s0, .s1 = args.s1, .s2 = args.s2, .alpha = alpha, .beta = beta,
        .f0 = finer(part, 0), .f1 = finer(part, 1), .f2 = finer(part, 2) };
    return ptm_launch_kernel(queue, mover->unpack_mean, &mean);
}

int ptm_store(const ptm_mover *mover, ptm_queue *queue, ptm_access *access, const ptm_part *part, ptm_ref block, int pitch,
    int plane, double alpha, double beta)
{
    ptm_piece piece;
    int status = PTM_OK;
    ptm_access_begin(access, part->first, part->count, beta != 0, true);
    while (ptm_access_next(access, queue, &piece, &status))
        status = unpack(mover, queue, part, &piece, block, pitch, plane, alpha, beta);
    return status;
}

int ptm_store_dense(const ptm_mover *mover, ptm_queue *queue, ptm_access *access, const ptm_part *part, ptm_buffer *block,
    double alpha, double beta)
{
    const int pitch = extent(part, 0), plane = pitch * extent(part, 1);
    const uint64_t skipped = (uint64_t)before(part, 0) + (uint64_t)before(part, 1) * (uint64_t)pitch +
                             (uint64_t)before(part, 2) * (uint64_t)plane;
    const ptm_ref first = { block, skipped * ptm_type_size(mover->type) };
    return ptm_store(mover, queue, access, part, first, pitch, plane, alpha, beta);
}
