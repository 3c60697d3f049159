#include "vec/walk.h"

#include <inttypes.h>

/* Elements of a part: where arrays may pass through staging memory, and elsewhere, which is what a launch may take. */
#define STAGED_ELEMENTS ((int64_t)1 << 20)
#define LAUNCH_ELEMENTS ((int64_t)1 << 28)

int ptm_space_from(ptm_space *out, const ptm_array *array, const char *name)
{
    ptm_array a;
    if (!array) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", name);
    int status = ptm_copy_sized(&a, sizeof a, array, "ptm_array");
    if (status) return status;
    if (a.type != PTM_FLOAT32 && a.type != PTM_FLOAT64)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s.type is %d, expected PTM_FLOAT32 or PTM_FLOAT64", name, (int)a.type);
    if (a.dimensions < 1 || a.dimensions > PTM_MAX_DIMENSIONS)
        return ptm_fail(
            PTM_ERROR_ARGUMENT, "%s has %d dimensions, expected 1 to %d", name, a.dimensions, PTM_MAX_DIMENSIONS);
    *out = (ptm_space){ .type = a.type, .dimensions = a.dimensions };
    int64_t left = INT64_MAX / (int64_t)sizeof(double);
    for (int i = 0; i < a.dimensions; ++i) {
        if (a.shape[i] < 1 || a.shape[i] > left)
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s.shape[%d] is %" PRId64 ", expected 1 or more%s", name, i, a.shape[i],
                a.shape[i] < 1 ? "" : " and fewer elements in all");
        left /= a.shape[i];
        out->shape[i] = a.shape[i];
    }
    return PTM_OK;
}

int ptm_space_for(ptm_space *out, const ptm_device *device, const ptm_array *array, const char *name)
{
    int status = ptm_space_from(out, array, name);
    if (!status && out->type == PTM_FLOAT64 && !device->limits.doubles)
        status = ptm_fail(
            PTM_ERROR_UNSUPPORTED, "float64 is for the host device; %s computes in float32", device->info.name);
    return status;
}

/* Kernels have strides of 32 bits, but for the axis of samples. */
static bool is_far(const ptm_walk *walk, int axis)
{
    bool far = false;
    for (int i = 0; i < walk->count; ++i) far = far || walk->arrays[i].stride[axis] > INT32_MAX;
    return far && walk->arrays[0].shape[axis] > 1;
}

/* Axes longer than 1 from `from` on, the first array's slowest first. */
static int sort_axes(int order[PTM_MAX_DIMENSIONS], const ptm_array *a, int from)
{
    int n = 0;
    for (int i = from; i < a->dimensions; ++i) {
        if (a->shape[i] == 1) continue;
        int at = n++;
        for (; at > 0 && a->stride[order[at - 1]] < a->stride[i]; --at) order[at] = order[at - 1];
        order[at] = i;
    }
    return n;
}

static bool joins(const ptm_walk *walk, int slow, int fast)
{
    bool joined = true;
    for (int i = 0; i < walk->count; ++i) {
        const ptm_array *a = &walk->arrays[i];
        joined = joined && a->stride[slow] == a->shape[fast] * a->stride[fast];
    }
    return joined;
}

static void arrange_axes(ptm_walk *walk)
{
    const ptm_array *first = &walk->arrays[0];
    const int apart = first->dimensions == PTM_MAX_DIMENSIONS && is_far(walk, 0);
    int order[PTM_MAX_DIMENSIONS], axis[PTM_MAX_DIMENSIONS]; /* of the joined ones, the fastest */
    int64_t length[PTM_MAX_DIMENSIONS];
    const int sorted = sort_axes(order, first, apart);
    int n = 0;
    for (int i = 0; i < sorted; ++i) {
        if (n > 0 && joins(walk, axis[n - 1], order[i])) {
            length[n - 1] *= first->shape[order[i]];
        } else {
            length[n++] = first->shape[order[i]];
        }
        axis[n - 1] = order[i];
    }
    const int lead = PTM_MAX_DIMENSIONS - n;
    walk->samples = apart ? first->shape[0] : lead ? 1 : length[0];
    for (int i = 1; i < PTM_MAX_DIMENSIONS; ++i) walk->shape[i - 1] = i < lead ? 1 : length[i - lead];
    for (int k = 0; k < walk->count; ++k) {
        ptm_array *a = &walk->arrays[k];
        const ptm_array old = *a;
        a->dimensions = PTM_MAX_DIMENSIONS;
        for (int i = 0; i < PTM_MAX_DIMENSIONS; ++i) {
            a->shape[i] = i ? walk->shape[i - 1] : walk->samples;
            a->stride[i] = i >= lead ? old.stride[axis[i - lead]] : i || !apart ? 1 : old.stride[0];
        }
    }
}

void ptm_walk_arrange(ptm_walk *walk, ptm_type type)
{
    const ptm_array *first = &walk->arrays[0];
    walk->type = type;
    walk->plain = true;
    for (int i = 0; i < walk->count; ++i) {
        ptm_array *a = &walk->arrays[i];
        walk->plain = walk->plain && a->type == type && !a->chunks && !ptm_array_is_called(a);
        for (int d = a->dimensions; d < PTM_MAX_DIMENSIONS; ++d) a->stride[d] = 0;
    }
    if (walk->plain) {
        arrange_axes(walk);
        return;
    }
    const int before = first->dimensions - 3;
    walk->samples = before > 0 ? first->shape[0] : 1;
    for (int i = 0; i < 3; ++i) walk->shape[i] = before + i < 0 ? 1 : first->shape[before + i];
}

/* The last three axes of an array; where it has fewer, axes that it has not, of length 1, stand before them. */
static ptm_section section_of(const ptm_array *array, int64_t sample)
{
    if (array->dimensions >= 3) return ptm_array_sample(array, sample);
    ptm_section s = { .array = array };
    for (int i = 0; i < 3; ++i) {
        const int axis = i - (3 - array->dimensions);
        s.axis[i] = axis < 0 ? array->dimensions + i : axis;
    }
    return s;
}

void ptm_walk_memory_free(ptm_walk_memory *memory)
{
    for (int i = 0; i < PTM_OPERANDS; ++i) {
        ptm_staging_free(&memory->staging[i]);
        ptm_buffer_destroy(&memory->gathered[i]);
    }
}

uint64_t ptm_walk_memory_bytes(const ptm_walk_memory *memory)
{
    uint64_t sum = 0;
    for (int i = 0; i < PTM_OPERANDS; ++i)
        sum += ptm_staging_memory(&memory->staging[i]) + (memory->gathered[i] ? memory->gathered[i]->size : 0);
    return sum;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* How long parts are along each axis: whole units, at least one, at most `limit` elements. */
static void choose_part(
    int64_t part[3], const int64_t shape[3], const int64_t unit[3], const int64_t most[3], int64_t limit)
{
    for (int i = 2; i >= 0; --i) limit /= least(unit[i], shape[i]);
    for (int i = 2; i >= 0; --i) {
        const int64_t units = (shape[i] + unit[i] - 1) / unit[i];
        int64_t some = least(units, least(limit, most[i] / unit[i]));
        if (some < 1) some = 1;
        part[i] = least(some * unit[i], shape[i]);
        limit /= some;
    }
}

typedef struct journey {
    const ptm_walk *walk;
    ptm_walk_memory *memory;
    ptm_queue *queue;
    ptm_section sections[PTM_OPERANDS]; /* of the sample at hand */
    ptm_access accesses[PTM_OPERANDS];
    ptm_walk_function work;
    void *user;
} journey;

/* Will the part be in one piece? It is not larger than a slot. */
static bool is_one_piece(const journey *j, int i, const ptm_walk_part *part)
{
    const ptm_array *a = &j->walk->arrays[i];
    const ptm_section *s = &j->sections[i];
    int64_t first = s->place[0], count = 1, begin = 0;
    for (int k = 0; k < 3; ++k)
        if (s->axis[k] == 0) {
            first = part->first[k];
            count = part->count[k];
        }
    if (!a->chunks) return true;
    int chunk = 0;
    while (begin + a->chunks[chunk].length <= first) begin += a->chunks[chunk++].length;
    return first + count <= begin + a->chunks[chunk].length;
}

/* A part of an array that is in several pieces or not of reals becomes a block of reals on the device. */
static int gather(journey *j, int i, ptm_walk_part *part, uint64_t bytes)
{
    ptm_walk_memory *m = j->memory;
    int status = m->mover.pack && m->mover.type == j->walk->type ? PTM_OK
        : ptm_mover_create(&m->mover, j->queue->device, j->walk->type, false);
    if (!status && (!m->gathered[i] || m->gathered[i]->size < bytes)) {
        ptm_buffer_destroy(&m->gathered[i]);
        status = ptm_buffer_create(&m->gathered[i], j->queue->device, bytes);
    }
    if (status) return status;
    const int64_t *count = part->count;
    const ptm_field_shape shape = ptm_shape_texture((int)count[2], (int)count[1], (int)count[0], (int)count[0]);
    const ptm_part whole = { .first = { part->first[0], part->first[1], part->first[2] },
        .count = { count[0], count[1], count[2] }, .order = { 2, 1, 0 } };
    ptm_field_ref field;
    part->at[i] = (ptm_ref){ m->gathered[i], 0 };
    part->stride[i][2] = 1;
    part->stride[i][1] = (int32_t)count[2];
    part->stride[i][0] = (int32_t)(count[2] * count[1]);
    return ptm_load(&m->mover, j->queue, &j->accesses[i], &whole, &shape, part->at[i], &field);
}

static int take(journey *j, int i, ptm_walk_part *part)
{
    ptm_piece piece = { 0 };
    int status = PTM_OK;
    ptm_access_begin(&j->accesses[i], part->first, part->count, true, false);
    if (ptm_access_next(&j->accesses[i], j->queue, &piece, &status)) part->at[i] = piece.at;
    for (int k = 0; k < 3; ++k) part->stride[i][k] = piece.stride[k];
    return status;
}

/* The first array's pieces, for what writes it. */
static int write_part(journey *j, const ptm_walk_part *part)
{
    ptm_piece piece = { 0 };
    int status = PTM_OK;
    ptm_access_begin(&j->accesses[0], part->first, part->count, j->walk->read, true);
    while (ptm_access_next(&j->accesses[0], j->queue, &piece, &status)) {
        ptm_walk_part some = *part;
        some.at[0] = piece.at;
        for (int k = 0; k < 3; ++k) {
            some.first[k] += piece.box.first[k];
            some.count[k] = piece.box.count[k];
            some.stride[0][k] = piece.stride[k];
            for (int i = 1; i < j->walk->count; ++i)
                some.at[i].offset += (uint64_t)(piece.box.first[k] * part->stride[i][k]) * ptm_type_size(j->walk->type);
        }
        status = j->work(j->user, j->queue, &some);
    }
    return status;
}

static int run_part(journey *j, ptm_walk_part *part, uint64_t bytes)
{
    const ptm_walk *walk = j->walk;
    bool taken[PTM_OPERANDS] = { false };
    int status = PTM_OK;
    for (int i = walk->written; i < walk->count && !status; ++i) {
        taken[i] = walk->arrays[i].type == walk->type && is_one_piece(j, i, part);
        status = taken[i] ? take(j, i, part) : gather(j, i, part, bytes);
    }
    if (!status) status = walk->written ? write_part(j, part) : j->work(j->user, j->queue, part);
    for (int i = walk->written; i < walk->count && !status; ++i) {
        ptm_piece none;
        if (taken[i]) ptm_access_next(&j->accesses[i], j->queue, &none, &status);
    }
    return status;
}

static int run_sample(journey *j, int64_t sample, const int64_t size[3])
{
    const int64_t *shape = j->walk->shape;
    const uint64_t bytes = (uint64_t)(size[0] * size[1] * size[2]) * ptm_type_size(j->walk->type);
    ptm_walk_part part = { .sample = sample };
    int64_t *first = part.first;
    int status = PTM_OK;
    for (int i = 0; i < j->walk->count; ++i) {
        j->sections[i] = section_of(&j->walk->arrays[i], sample);
        ptm_access_aim(&j->accesses[i], &j->sections[i]);
    }
    for (first[0] = 0; first[0] < shape[0]; first[0] += size[0])
        for (first[1] = 0; first[1] < shape[1]; first[1] += size[1])
            for (first[2] = 0; first[2] < shape[2] && !status; first[2] += size[2]) {
                for (int i = 0; i < 3; ++i) part.count[i] = least(size[i], shape[i] - first[i]);
                status = run_part(j, &part, bytes);
            }
    return status;
}

int ptm_walk_run(const ptm_walk *walk, ptm_walk_memory *memory, ptm_queue *queue, const int64_t unit[3],
    const int64_t most[3], ptm_walk_function work, void *user)
{
    journey j = { .walk = walk, .memory = memory, .queue = queue, .work = work, .user = user };
    bool small = !walk->plain;
    int64_t size[3];
    int status = PTM_OK;
    for (int i = 0; i < walk->count; ++i) small = small || ptm_array_on_host(&walk->arrays[i]);
    choose_part(size, walk->shape, unit, most, small ? STAGED_ELEMENTS : LAUNCH_ELEMENTS);
    int opened = 0;
    for (; opened < walk->count && !status; ++opened)
        status = ptm_access_open(&j.accesses[opened], queue->device, &memory->staging[opened], &walk->arrays[opened],
            (uint64_t)(size[0] * size[1] * size[2]) * ptm_type_size(walk->type));
    for (int64_t i = 0; i < walk->samples && !status; ++i) status = run_sample(&j, i, size);
    for (int i = 0; i < opened; ++i) status = ptm_access_finish(&j.accesses[i], &j.accesses[i], queue, status);
    return status;
}

uint64_t ptm_walk_slot(const ptm_space *space)
{
    const int64_t elements = (int64_t)ptm_space_elements(space);
    return ((uint64_t)least(elements, STAGED_ELEMENTS) * ptm_type_size(space->type) + 15) / 16 * 16;
}
