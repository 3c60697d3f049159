#include "core/access.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_BUDGET ((uint64_t)32 << 20)

static void free_slot(ptm_slot *slot)
{
    /* What is on its way needs the memory; an error there is known by now. */
    if (slot->moved) ptm_event_wait(slot->moved);
    if (slot->used) ptm_event_wait(slot->used);
    ptm_buffer_destroy(&slot->host);
    ptm_buffer_destroy(&slot->device);
    ptm_event_destroy(&slot->moved);
    ptm_event_destroy(&slot->used);
}

void ptm_staging_free(ptm_staging *staging)
{
    if (staging->transfers) ptm_queue_finish(staging->transfers);
    for (int i = 0; i < 2; ++i) free_slot(&staging->slots[i]);
    ptm_queue_destroy(&staging->transfers);
    *staging = (ptm_staging){ 0 };
}

uint64_t ptm_staging_memory(const ptm_staging *staging)
{
    const bool both = staging->slots[0].device != NULL, one = staging->slots[0].host && staging->slots[0].host->counted;
    return both || one ? 2 * staging->size : 0;
}

static int make_slot(ptm_slot *slot, ptm_device *device, uint64_t size)
{
    int status = ptm_staging_create(&slot->host, device, size);
    if (!status && !device->limits.direct_staging) status = ptm_buffer_create(&slot->device, device, size);
    if (!status) status = ptm_event_create(&slot->moved, device);
    return status ? status : ptm_event_create(&slot->used, device);
}

static int make_staging(ptm_staging *staging, ptm_device *device, uint64_t size)
{
    ptm_staging_free(staging);
    int status = device->limits.direct_staging ? PTM_OK : ptm_queue_create(&staging->transfers, device);
    for (int i = 0; i < 2 && !status; ++i) status = make_slot(&staging->slots[i], device, size);
    if (status) ptm_staging_free(staging);
    else staging->size = size;
    return status;
}

int ptm_access_open(ptm_access *out, ptm_device *device, ptm_staging *staging, const ptm_array *array, uint64_t budget)
{
    *out = (ptm_access){ .array = array, .device = device, .staging = staging, .budget = budget ? budget : DEFAULT_BUDGET };
    if (!array->chunks || !ptm_array_on_host(array)) return PTM_OK;
    out->imports = ptm_alloc((size_t)array->chunk_count, sizeof *out->imports);
    return out->imports ? PTM_OK : PTM_ERROR_MEMORY;
}

/* Which of a section's axes is the array's axis `d`, or -1. */
static int axis_of(const ptm_section *section, int d)
{
    for (int i = 0; i < 3; ++i)
        if (section->axis[i] == d) return i;
    return -1;
}

/* A box's corner and sizes by the array's own axes. */
static void array_box(const ptm_section *section, const ptm_box *box, int64_t first[PTM_MAX_DIMENSIONS],
    int64_t count[PTM_MAX_DIMENSIONS])
{
    for (int d = 0; d < section->array->dimensions; ++d) {
        const int i = axis_of(section, d);
        first[d] = i < 0 ? section->place[d] : box->first[i];
        count[d] = i < 0 ? 1 : box->count[i];
    }
}

/* Strides of a box that stands dense in array order. */
static void dense_strides(const ptm_section *section, const int64_t count[3], int32_t stride[3])
{
    int64_t step = 1;
    for (int i = 0; i < 3; ++i) stride[i] = 0;
    for (int d = section->array->dimensions - 1; d >= 0; --d) {
        const int i = axis_of(section, d);
        if (i < 0) continue;
        stride[i] = (int32_t)step;
        step *= count[i];
    }
}

static uint64_t box_bytes(const ptm_section *section, const ptm_box *box)
{
    return (uint64_t)(box->count[0] * box->count[1] * box->count[2]) * ptm_type_size(section->array->type);
}

/* The chunk that has a place on the array's first axis: access->chunk, from access->start on. */
static ptm_chunk find_chunk(ptm_access *access, int64_t place)
{
    ptm_chunk chunk = ptm_chunk_of(access->array, access->chunk);
    while (place < access->start) {
        chunk = ptm_chunk_of(access->array, --access->chunk);
        access->start -= chunk.length;
    }
    while (place >= access->start + chunk.length) {
        access->start += chunk.length;
        chunk = ptm_chunk_of(access->array, ++access->chunk);
    }
    return chunk;
}

/* How far an element is from the first of the chunk at hand. */
static int64_t offset_in_chunk(const ptm_access *access, const int64_t first[PTM_MAX_DIMENSIONS])
{
    int64_t offset = -access->start * access->array->stride[0];
    for (int d = 0; d < access->array->dimensions; ++d) offset += first[d] * access->array->stride[d];
    return offset;
}

/* Kernels take strides of 32 bits. */
static bool strides_fit(const ptm_access *access)
{
    bool fit = true;
    for (int i = 0; i < 3; ++i) fit = fit && access->array->stride[access->section.axis[i]] <= INT32_MAX;
    return fit;
}

/* The memory of the chunk at hand, where the device can use it as it is, else NULL. */
static ptm_buffer *memory_in_place(ptm_access *access, const ptm_chunk *chunk)
{
    const ptm_array *a = access->array;
    if (chunk->memory) return chunk->memory->buffer;
    if (!strides_fit(access) || (access->among_others && !access->device->limits.imports_shared)) return NULL;
    ptm_import *import = access->imports ? &access->imports[access->chunk] : &access->only;
    if (!import->tried) {
        const uint64_t size = (uint64_t)ptm_chunk_extent(a, chunk) * ptm_type_size(a->type);
        if (ptm_buffer_import(&import->buffer, access->device, chunk->data, size)) import->buffer = NULL;
        import->tried = true;
    }
    return import->buffer;
}

/* Between a chunk, the one at hand, and a box's place in dense memory. */
static void move_rows(const ptm_access *access, const ptm_section *section, const ptm_chunk *chunk, const ptm_box *box,
    char *dense, const int32_t to[3], bool to_dense)
{
    const ptm_array *a = access->array;
    const size_t size = ptm_type_size(a->type);
    int64_t first[PTM_MAX_DIMENSIONS], count[PTM_MAX_DIMENSIONS], from[3];
    array_box(section, box, first, count);
    char *corner = (char *)chunk->data + (size_t)offset_in_chunk(access, first) * size;
    for (int i = 0; i < 3; ++i) from[i] = a->stride[section->axis[i]];
    for (int64_t i = 0; i < box->count[0]; ++i)
        for (int64_t j = 0; j < box->count[1]; ++j) {
            char *element = corner + (size_t)(i * from[0] + j * from[1]) * size;
            char *place = dense + (size_t)(i * to[0] + j * to[1]) * size;
            if (from[2] == 1 && to[2] == 1) {
                memcpy(to_dense ? place : element, to_dense ? element : place, (size_t)box->count[2] * size);
                continue;
            }
            for (int64_t k = 0; k < box->count[2]; ++k, element += (size_t)from[2] * size, place += (size_t)to[2] * size)
                memcpy(to_dense ? place : element, to_dense ? element : place, size);
        }
}

static int call(const ptm_array *a, const ptm_section *section, const ptm_box *box, void *dense, bool to_dense)
{
    int64_t first[PTM_MAX_DIMENSIONS], count[PTM_MAX_DIMENSIONS];
    array_box(section, box, first, count);
    return ptm_array_call(a, first, count, dense, to_dense);
}

/* Between the array and the host's side of a slot. */
static int move_box(ptm_access *access, const ptm_slot *slot, bool to_slot)
{
    const ptm_section *section = &slot->section;
    char *dense = slot->host->host;
    if (ptm_array_is_called(access->array)) return call(access->array, section, &slot->box, dense, to_slot);
    const int axis = axis_of(section, 0);
    const int64_t all = axis < 0 ? 1 : slot->box.count[axis];
    ptm_box box = slot->box;
    int32_t to[3];
    dense_strides(section, slot->box.count, to);
    for (int64_t done = 0; done < all;) {
        const int64_t place = axis < 0 ? section->place[0] : slot->box.first[axis] + done;
        const ptm_chunk chunk = find_chunk(access, place);
        const int64_t left = access->start + chunk.length - place;
        char *there = dense;
        if (axis >= 0) {
            box.first[axis] = place;
            box.count[axis] = left < all - done ? left : all - done;
            there += (size_t)(done * to[axis]) * ptm_type_size(access->array->type);
        }
        move_rows(access, section, &chunk, &box, there, to, to_slot);
        done += axis < 0 ? 1 : box.count[axis];
    }
    return PTM_OK;
}

/* When the host may touch its side. */
static int wait_for_host_side(ptm_slot *slot)
{
    return ptm_event_wait(slot->device ? slot->moved : slot->used);
}

/* Results that are in a slot go to the array. */
static int empty_slot(ptm_access *access, ptm_slot *slot)
{
    if (!slot->pending) return PTM_OK;
    slot->pending = false;
    int status = wait_for_host_side(slot);
    return status ? status : move_box(access, slot, false);
}

/* The older slot first. */
static int empty_slots(ptm_access *access)
{
    ptm_staging *s = access->staging;
    int status = empty_slot(access, &s->slots[s->next]);
    return status ? status : empty_slot(access, &s->slots[s->next ^ 1]);
}

/* Between the sides of a slot, after the kernels before and before those that follow. */
static int transfer(ptm_access *access, ptm_queue *queue, ptm_slot *slot, bool to_device)
{
    ptm_queue *transfers = access->staging->transfers;
    const uint64_t size = box_bytes(&slot->section, &slot->box);
    int status = ptm_event_hold(transfers, slot->used);
    if (!status)
        status = to_device ? ptm_buffer_copy(transfers, slot->device, 0, slot->host, 0, size)
            : ptm_buffer_copy(transfers, slot->host, 0, slot->device, 0, size);
    if (!status) status = ptm_event_record(slot->moved, transfers);
    return status || !to_device ? status : ptm_event_hold(queue, slot->moved);
}

/* A box into a slot. The device gets its work before the host begins with its own. */
static int fill_slot(ptm_access *access, ptm_queue *queue, ptm_slot *slot, const ptm_box *box)
{
    int status = ptm_queue_flush(queue);
    if (!status) status = empty_slot(access, slot);
    if (!status) status = wait_for_host_side(slot);
    slot->section = access->section;
    slot->box = *box;
    if (status || !access->read) return status;
    status = move_box(access, slot, true);
    return !status && slot->device ? transfer(access, queue, slot, true) : status;
}

/* How many places from `place` on are in chunks that must be staged: at least 1 and at most `most`. */
static int64_t staged_run(ptm_access *access, int64_t place, int64_t most)
{
    int64_t n = 0;
    while (n < most) {
        const ptm_chunk chunk = find_chunk(access, place + n);
        if (memory_in_place(access, &chunk)) break;
        n = access->start + chunk.length - place;
    }
    return n < most ? n : most;
}

static int stage(ptm_access *access, ptm_queue *queue, ptm_box *box, ptm_piece *piece)
{
    const int split = access->split;
    const uint64_t unit = box_bytes(&access->section, box) / (uint64_t)box->count[split];
    const uint64_t all = box_bytes(&access->section, &access->part), most = access->budget > unit ? access->budget : unit;
    const int64_t fit = (int64_t)(most / unit);
    if (box->count[split] > fit) box->count[split] = fit;
    if (!ptm_array_is_called(access->array) && access->section.axis[split] == 0)
        box->count[split] = staged_run(access, box->first[split], box->count[split]);
    uint64_t size = all < most ? all : most;
    size = (size + 15) / 16 * 16;
    if (access->staging->size < size) {
        int status = empty_slots(access);
        if (!status) status = make_staging(access->staging, access->device, size);
        if (status) return status;
    }
    ptm_slot *slot = &access->staging->slots[access->staging->next];
    access->staging->next ^= 1;
    int status = fill_slot(access, queue, slot, box);
    if (status) return status;
    access->slot = slot;
    piece->at = (ptm_ref){ slot->device ? slot->device : slot->host, 0 };
    dense_strides(&access->section, box->count, piece->stride);
    return PTM_OK;
}

/* Whether the box begins in memory that can be used in place; it is shortened to that. */
static bool use_in_place(ptm_access *access, ptm_box *box, ptm_piece *piece, int *status)
{
    const ptm_array *a = access->array;
    const ptm_section *section = &access->section;
    int64_t first[PTM_MAX_DIMENSIONS], count[PTM_MAX_DIMENSIONS];
    if (ptm_array_is_called(a)) return false;
    array_box(section, box, first, count);
    const ptm_chunk chunk = find_chunk(access, first[0]);
    ptm_buffer *buffer = memory_in_place(access, &chunk);
    if (!buffer) return false;
    if (!strides_fit(access))
        *status = ptm_fail(PTM_ERROR_UNSUPPORTED, "an array on a device has a stride of more than %d elements", INT32_MAX);
    const int64_t left = access->start + chunk.length - first[0];
    if (section->axis[access->split] == 0 && box->count[access->split] > left) box->count[access->split] = left;
    const int64_t offset = (chunk.memory ? chunk.offset : 0) + offset_in_chunk(access, first);
    piece->at = (ptm_ref){ buffer, (uint64_t)offset * ptm_type_size(a->type) };
    for (int i = 0; i < 3; ++i) piece->stride[i] = (int32_t)a->stride[section->axis[i]];
    return true;
}

void ptm_access_aim(ptm_access *access, const ptm_section *section)
{
    access->section = *section;
}

void ptm_access_begin(ptm_access *access, const int64_t first[3], const int64_t count[3], bool read, bool written)
{
    for (int i = 0; i < 3; ++i) {
        access->part.first[i] = first[i];
        access->part.count[i] = count[i];
    }
    /* The slowest axis that can be cut: that of the chunks, unless the part has one place on it. */
    access->split = 0;
    for (int d = access->array->dimensions - 1; d >= 0; --d) {
        const int i = axis_of(&access->section, d);
        if (i >= 0 && count[i] > 1) access->split = i;
    }
    access->done = 0;
    access->read = read;
    access->written = written;
    access->slot = NULL;
}

static int end_piece(ptm_access *access, ptm_queue *queue)
{
    ptm_slot *slot = access->slot;
    access->slot = NULL;
    if (!slot) return PTM_OK;
    int status = ptm_event_record(slot->used, queue);
    if (!status && access->written && slot->device) status = transfer(access, queue, slot, false);
    slot->pending = !status && access->written;
    return status;
}

bool ptm_access_next(ptm_access *access, ptm_queue *queue, ptm_piece *piece, int *status)
{
    const int split = access->split;
    if (*status == PTM_OK) *status = end_piece(access, queue);
    if (*status || access->done == access->part.count[split]) return false;
    ptm_box box = access->part;
    box.first[split] += access->done;
    box.count[split] -= access->done;
    if (!use_in_place(access, &box, piece, status)) *status = stage(access, queue, &box, piece);
    access->done += box.count[split];
    piece->type = access->array->type;
    piece->box = box;
    for (int i = 0; i < 3; ++i) piece->box.first[i] -= access->part.first[i];
    return *status == PTM_OK;
}

static void close_access(ptm_access *access)
{
    for (int i = 0; access->array && i < ptm_chunk_count(access->array); ++i)
        if (access->imports) ptm_buffer_destroy(&access->imports[i].buffer);
    ptm_buffer_destroy(&access->only.buffer);
    free(access->imports);
    for (int i = 0; i < 2 && access->staging; ++i) {
        ptm_slot *slot = &access->staging->slots[i];
        if (slot->pending && slot->moved) ptm_event_wait(slot->moved); /* after an error: it is not wanted any more */
        slot->pending = false;
    }
    *access = (ptm_access){ 0 };
}

int ptm_access_finish(ptm_access *in, ptm_access *out, ptm_queue *queue, int status)
{
    const bool wait = status || ptm_array_on_host(in->array) || ptm_array_on_host(out->array);
    if (!status) status = empty_slots(out);
    const int finished = wait || status ? queue->device->backend->finish(queue) : PTM_OK;
    close_access(in);
    close_access(out);
    return status ? status : finished;
}
