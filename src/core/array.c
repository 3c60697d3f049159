/* array.c - callers' arrays. */
#include "core/array.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct type_facts {
    ptm_type type;
    const char *name;
    size_t size;
    bool integer;
};

static const struct type_facts *facts_of(ptm_type type)
{
    static const struct type_facts types[] = { { PTM_FLOAT32, "float32", 4, false }, { PTM_FLOAT64, "float64", 8, false },
        { PTM_UINT8, "uint8", 1, true }, { PTM_UINT16, "uint16", 2, true }, { PTM_INT16, "int16", 2, true },
        { PTM_INT32, "int32", 4, true }, { PTM_COMPLEX64, "complex64", 8, false },
        { PTM_COMPLEX128, "complex128", 16, false } };
    for (size_t i = 0; i < sizeof types / sizeof *types; ++i)
        if (types[i].type == type) return &types[i];
    return NULL;
}

size_t ptm_type_size(ptm_type type)
{
    const struct type_facts *facts = facts_of(type);
    return facts ? facts->size : sizeof(float);
}

const char *ptm_type_name(ptm_type type)
{
    const struct type_facts *facts = facts_of(type);
    return facts ? facts->name : NULL;
}

bool ptm_type_is_integer(ptm_type type)
{
    const struct type_facts *facts = facts_of(type);
    return facts && facts->integer;
}

bool ptm_type_is_complex(ptm_type type)
{
    return type == PTM_COMPLEX64 || type == PTM_COMPLEX128;
}

int ptm_memory_create(ptm_memory **out, ptm_device *device, uint64_t bytes)
{
    if (out) *out = NULL;
    if (!out || !device) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "device" : "out");
    ptm_memory *memory = ptm_alloc(1, sizeof *memory);
    if (!memory) return PTM_ERROR_MEMORY;
    int status = ptm_buffer_create(&memory->buffer, device, bytes);
    if (status) free(memory);
    else *out = memory;
    return status;
}

void ptm_memory_destroy(ptm_memory **memory)
{
    if (!memory || !*memory) return;
    ptm_buffer_destroy(&(*memory)->buffer);
    free(*memory);
    *memory = NULL;
}

static int check_bytes(const ptm_memory *memory, uint64_t offset, const void *data, uint64_t bytes)
{
    if (!memory || (!data && bytes)) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", memory ? "data" : "memory");
    if (offset > memory->buffer->size || bytes > memory->buffer->size - offset)
        return ptm_fail(PTM_ERROR_ARGUMENT, "offset %" PRIu64 " and %" PRIu64 " bytes, but the memory has %" PRIu64, offset,
            bytes, memory->buffer->size);
    return PTM_OK;
}

int ptm_memory_write(ptm_memory *to, uint64_t offset, const void *data, uint64_t bytes)
{
    int status = check_bytes(to, offset, data, bytes);
    return status ? status : ptm_buffer_write(&to->buffer->device->queue, to->buffer, offset, data, bytes);
}

int ptm_memory_read(const ptm_memory *from, uint64_t offset, void *data, uint64_t bytes)
{
    int status = check_bytes(from, offset, data, bytes);
    return status ? status : ptm_buffer_read(&from->buffer->device->queue, from->buffer, offset, data, bytes);
}

int ptm_buffer_from_doubles(ptm_buffer **out, ptm_device *device, const double *values, size_t count, ptm_type type)
{
    if (type != PTM_FLOAT32 && type != PTM_FLOAT64)
        return ptm_fail(PTM_ERROR_INTERNAL, "a table of %s", ptm_type_name(type));
    const uint64_t size = count * ptm_type_size(type);
    void *converted = ptm_alloc(count, ptm_type_size(type));
    if (!converted) return PTM_ERROR_MEMORY;
    for (size_t i = 0; i < count; ++i) {
        if (type == PTM_FLOAT64) ((double *)converted)[i] = values[i];
        else ((float *)converted)[i] = (float)values[i];
    }
    int status = ptm_buffer_create(out, device, size);
    if (!status) status = ptm_buffer_write(&device->queue, *out, 0, converted, size);
    free(converted);
    return status;
}

ptm_space ptm_space_of(const int64_t shape[3], ptm_type type, int batch)
{
    ptm_space s = { .type = type, .dimensions = batch ? 4 : 3 };
    if (batch) s.shape[0] = batch;
    for (int i = 0; i < 3; ++i) s.shape[s.dimensions - 3 + i] = shape[i];
    return s;
}

uint64_t ptm_space_elements(const ptm_space *space)
{
    uint64_t n = 1;
    for (int i = 0; i < space->dimensions; ++i) n *= (uint64_t)space->shape[i];
    return n;
}

uint64_t ptm_space_bytes(const ptm_space *space)
{
    return ptm_space_elements(space) * ptm_type_size(space->type);
}

bool ptm_space_same(const ptm_space *a, const ptm_space *b)
{
    return a->type == b->type && a->dimensions == b->dimensions &&
        memcmp(a->shape, b->shape, (size_t)a->dimensions * sizeof *a->shape) == 0;
}

ptm_array ptm_space_outline(const ptm_space *space)
{
    ptm_array a = { PTM_SIZED(ptm_array), .type = space->type, .dimensions = space->dimensions };
    for (int i = 0; i < space->dimensions; ++i) a.shape[i] = space->shape[i];
    return a;
}

ptm_array ptm_space_array(const ptm_space *space, ptm_memory *memory)
{
    ptm_array a = ptm_space_outline(space);
    int64_t step = 1;
    a.memory = memory;
    for (int i = space->dimensions - 1; i >= 0; --i) {
        a.stride[i] = step;
        step *= space->shape[i];
    }
    return a;
}

int ptm_array_create(ptm_array *out, ptm_device *device, const ptm_space *space)
{
    ptm_memory *memory;
    int status = ptm_memory_create(&memory, device, ptm_space_bytes(space));
    *out = ptm_space_array(space, memory);
    return status;
}

void ptm_array_destroy(ptm_array *array)
{
    ptm_memory_destroy(&array->memory);
}

ptm_array ptm_array_as_given(const ptm_array *checked)
{
    ptm_array a = *checked;
    for (int i = 0; i < a.dimensions && ptm_array_is_called(&a); ++i) a.stride[i] = 0;
    return a;
}

int ptm_array_call(const ptm_array *a, const int64_t *first, const int64_t *count, void *box, bool read)
{
    const int status = read ? a->read(a->user, first, count, box) : a->write(a->user, first, count, box);
    if (status <= 0 && status >= PTM_ERROR_INTERNAL) return status;
    return ptm_fail(PTM_ERROR_ARGUMENT, "%s returned %d, expected 0 or a PTM_ERROR_*", read ? "read" : "write", status);
}

int64_t ptm_chunk_extent(const ptm_array *a, const ptm_chunk *chunk)
{
    int64_t n = 1 + (chunk->length - 1) * a->stride[0];
    for (int i = 1; i < a->dimensions; ++i) n += (a->shape[i] - 1) * a->stride[i];
    return n;
}

bool ptm_array_on_host(const ptm_array *a)
{
    bool on_host = ptm_array_is_called(a);
    for (int i = 0; i < ptm_chunk_count(a) && !on_host; ++i) on_host = ptm_chunk_of(a, i).data != NULL;
    return on_host;
}

/* Whether no two elements share a place: each stride reaches over all that the smaller ones reach. */
static bool elements_apart(const ptm_array *a)
{
    int64_t reach = 1, passed = 0;
    for (int n = 0; n < a->dimensions; ++n) { /* axes from the smallest stride up */
        int next = -1;
        for (int i = 0; i < a->dimensions; ++i)
            if (!(passed >> i & 1) && (next < 0 || a->stride[i] < a->stride[next])) next = i;
        passed |= (int64_t)1 << next;
        if (a->shape[next] == 1) continue;
        if (a->stride[next] < reach) return false;
        reach += (a->shape[next] - 1) * a->stride[next];
    }
    return true;
}

static int check_strides(ptm_array *a, const char *name, bool written)
{
    bool dense = true;
    for (int i = a->dimensions; i < PTM_MAX_DIMENSIONS; ++i) a->stride[i] = 0;
    for (int i = 0; i < a->dimensions; ++i) dense = dense && a->stride[i] == 0;
    int64_t elements = 1;
    for (int i = a->dimensions - 1; dense && i >= 0; --i) {
        a->stride[i] = elements;
        elements *= a->shape[i];
    }
    for (int i = 0; i < a->dimensions; ++i) {
        if (a->shape[i] > 1 && a->stride[i] <= 0)
            return ptm_fail(
                PTM_ERROR_ARGUMENT, "%s.stride[%d] is %" PRId64 ", expected more than 0", name, i, a->stride[i]);
        const int64_t most = a->dimensions - i < 4 ? INT32_MAX : (int64_t)1 << 48;
        if (!ptm_array_is_called(a) &&
            (a->stride[i] > most || (a->shape[i] > 1 && a->shape[i] - 1 > INT64_MAX / 64 / a->stride[i])))
            return ptm_fail(PTM_ERROR_UNSUPPORTED,
                "%s.stride[%d] is %" PRId64 " for %" PRId64 " elements, the most is %" PRId64 " and %" PRId64 " in all",
                name, i, a->stride[i], a->shape[i], most, INT64_MAX / 64);
    }
    if (written && !ptm_array_is_called(a) && !elements_apart(a))
        return ptm_fail(PTM_ERROR_ARGUMENT, "elements of %s share memory by its strides, and it is written", name);
    return PTM_OK;
}

/* "(4, 5, 6)" */
static const char *shape_text(char *text, size_t size, const int64_t *shape, int dimensions)
{
    size_t used = 0;
    for (int i = 0; i < dimensions && used < size; ++i)
        used += (size_t)snprintf(text + used, size - used, "%s%" PRId64, i ? ", " : "(", shape[i]);
    if (used < size) snprintf(text + used, size - used, ")");
    return text;
}

static int check_type(ptm_type type, const char *name, ptm_type expected, bool written)
{
    const char *is = ptm_type_name(type);
    if (!is) return ptm_fail(PTM_ERROR_ARGUMENT, "%s.type is %d, which is none of ptm_type", name, (int)type);
    if (type == expected) return PTM_OK;
    if (!ptm_type_is_integer(type) || ptm_type_is_complex(expected))
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is of %s, expected %s", name, is, ptm_type_name(expected));
    return written ? ptm_fail(PTM_ERROR_ARGUMENT, "%s is of %s, expected %s: whole numbers can only be read", name, is,
        ptm_type_name(expected)) : PTM_OK;
}

/* Memory of an array, or of one chunk of it. */
static int check_memory(const ptm_array *a, const ptm_chunk *c, const char *name, const ptm_device *device)
{
    const size_t size = ptm_type_size(a->type), number = ptm_type_is_complex(a->type) ? size / 2 : size;
    if (!c->data == !c->memory)
        return ptm_fail(
            PTM_ERROR_ARGUMENT, "%s has %s of data and memory, expected one", name, c->data ? "both" : "neither");
    if (c->data && (uintptr_t)c->data % number)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s.data is not aligned to its elements of %zu bytes", name, number);
    if (c->data) return PTM_OK;
    if (c->memory->buffer->device != device)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is on another device than the operator", name);
    const uint64_t held = c->memory->buffer->size / size;
    if (c->offset < 0 || (uint64_t)c->offset > held || (uint64_t)ptm_chunk_extent(a, c) > held - (uint64_t)c->offset)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s reaches beyond its memory of %" PRIu64 " elements", name, held);
    return PTM_OK;
}

static int check_chunks(const ptm_array *a, const char *name, const ptm_device *device)
{
    int64_t length = 0;
    char chunk[64];
    if (a->data || a->memory || ptm_array_is_called(a) || a->chunk_count < 1)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s has %d chunks%s, expected 1 or more and nothing else", name, a->chunk_count,
            a->data || a->memory || ptm_array_is_called(a) ? " beside data, memory, read or write" : "");
    for (int i = 0; i < a->chunk_count; ++i) {
        snprintf(chunk, sizeof chunk, "%.40s.chunks[%d]", name, i);
        if (a->chunks[i].length < 1 || a->chunks[i].length > a->shape[0] - length)
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s.length is %" PRId64 ", expected 1 to %" PRId64, chunk,
                a->chunks[i].length, a->shape[0] - length);
        length += a->chunks[i].length;
        int status = check_memory(a, &a->chunks[i], chunk, device);
        if (status) return status;
    }
    if (length != a->shape[0])
        return ptm_fail(
            PTM_ERROR_ARGUMENT, "%s.chunks have %" PRId64 " places together, expected %" PRId64, name, length, a->shape[0]);
    return PTM_OK;
}

static int check_functions(const ptm_array *a, const char *name, bool read, bool written)
{
    if (a->data || a->memory)
        return ptm_fail(
            PTM_ERROR_ARGUMENT, "%s has read or write beside %s, expected one", name, a->data ? "data" : "memory");
    if ((read && !a->read) || (written && !a->write))
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s.%s is NULL, but the call %s", name, read && !a->read ? "read" : "write",
            !written ? "reads it" : read ? "adds to it" : "writes it");
    return PTM_OK;
}

/* Does memory of one array, or of a chunk, overlap another's? */
static bool chunks_overlap(const ptm_array *a, const ptm_chunk *x, const ptm_array *b, const ptm_chunk *y)
{
    if (!x->data != !y->data || x->memory != y->memory) return false;
    const uint64_t size_a = ptm_type_size(a->type), size_b = ptm_type_size(b->type);
    const uint64_t x0 = x->data ? (uintptr_t)x->data : (uint64_t)x->offset * size_a;
    const uint64_t y0 = y->data ? (uintptr_t)y->data : (uint64_t)y->offset * size_b;
    return x0 < y0 + (uint64_t)ptm_chunk_extent(b, y) * size_b && y0 < x0 + (uint64_t)ptm_chunk_extent(a, x) * size_a;
}

static int check_apart(const ptm_array *a, const char *name)
{
    for (int i = 1; i < ptm_chunk_count(a); ++i)
        for (int j = 0; j < i; ++j)
            if (chunks_overlap(a, &a->chunks[i], a, &a->chunks[j]))
                return ptm_fail(PTM_ERROR_ARGUMENT, "%s.chunks[%d] and %s.chunks[%d] share memory", name, j, name, i);
    return PTM_OK;
}

static int check_source(const ptm_array *a, const char *name, const ptm_device *device, bool read, bool written)
{
    if (a->chunks) {
        int status = check_chunks(a, name, device);
        return status || !written ? status : check_apart(a, name);
    }
    if (ptm_array_is_called(a)) return check_functions(a, name, read, written);
    const ptm_chunk all = ptm_chunk_of(a, 0);
    return check_memory(a, &all, name, device);
}

int ptm_array_check(ptm_array *out, const ptm_array *array, const char *name, const ptm_space *space,
    const ptm_device *device, bool read, bool written)
{
    if (!array) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", name);
    int status = ptm_copy_sized(out, sizeof *out, array, "ptm_array");
    if (!status) status = check_type(out->type, name, space->type, written);
    if (status) return status;
    if (out->dimensions != space->dimensions)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s has %d dimensions, expected %d", name, out->dimensions, space->dimensions);
    char has[100], expected[100];
    if (memcmp(out->shape, space->shape, (size_t)space->dimensions * sizeof *space->shape) != 0)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s has shape %s, expected %s", name,
            shape_text(has, sizeof has, out->shape, space->dimensions),
            shape_text(expected, sizeof expected, space->shape, space->dimensions));
    for (int i = 0; i < out->dimensions && ptm_array_is_called(out); ++i)
        if (out->stride[i])
            return ptm_fail(
                PTM_ERROR_ARGUMENT, "%s.stride[%d] is %" PRId64 ", expected 0: boxes are dense", name, i, out->stride[i]);
    status = check_strides(out, name, written);
    return status ? status : check_source(out, name, device, read, written);
}

ptm_section ptm_array_sample(const ptm_array *array, int64_t sample)
{
    const int before = array->dimensions - 3;
    ptm_section s = { .array = array, .axis = { before, before + 1, before + 2 } };
    if (before > 0) s.place[0] = sample;
    return s;
}

bool ptm_arrays_overlap(const ptm_array *a, const ptm_array *b)
{
    for (int i = 0; i < ptm_chunk_count(a); ++i)
        for (int j = 0; j < ptm_chunk_count(b); ++j) {
            const ptm_chunk x = ptm_chunk_of(a, i), y = ptm_chunk_of(b, j);
            if (chunks_overlap(a, &x, b, &y)) return true;
        }
    return false;
}
