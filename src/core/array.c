/* array.c - callers' arrays. */
#include "core/array.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ptm_memory_create(ptm_memory **out, ptm_device *device, uint64_t bytes)
{
    if (!out || !device) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "device" : "out");
    *out = NULL;
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

/* Elements from the first to just behind the last. */
static int64_t extent(const ptm_array *a)
{
    int64_t n = 1;
    for (int i = 0; i < a->dimensions; ++i) n += (a->shape[i] - 1) * a->stride[i];
    return n;
}

static int check_strides(ptm_array *a, const char *name)
{
    bool dense = true;
    for (int i = 0; i < a->dimensions; ++i) dense = dense && a->stride[i] == 0;
    int64_t elements = 1;
    for (int i = a->dimensions - 1; dense && i >= 0; --i) {
        a->stride[i] = elements;
        elements *= a->shape[i];
    }
    for (int i = 0; i < a->dimensions; ++i) {
        if (a->shape[i] > 1 && a->stride[i] <= 0)
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s.stride[%d] is %" PRId64 ", expected more than 0", name, i, a->stride[i]);
        if (a->stride[i] > INT32_MAX && a->dimensions - i < 4)
            return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s.stride[%d] is %" PRId64 ", the most is %" PRId32, name, i, a->stride[i],
                INT32_MAX);
    }
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

int ptm_array_check(ptm_array *out, const ptm_array *array, const char *name, const ptm_space *space, const ptm_device *device)
{
    if (!array) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", name);
    int status = ptm_copy_sized(out, sizeof *out, array, "ptm_array");
    if (status) return status;
    array = out;
    const ptm_type type = space->type;
    if (array->dimensions != space->dimensions)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s has %d dimensions, expected %d", name, array->dimensions, space->dimensions);
    if (array->type != type)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is of float%zu, expected float%zu", name, 8 * ptm_type_size(array->type),
            8 * ptm_type_size(type));
    char has[100], expected[100];
    if (memcmp(array->shape, space->shape, (size_t)space->dimensions * sizeof *space->shape) != 0)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s has shape %s, expected %s", name,
            shape_text(has, sizeof has, array->shape, space->dimensions),
            shape_text(expected, sizeof expected, space->shape, space->dimensions));
    if (!array->data == !array->memory)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s has %s of data and memory, expected one", name, array->data ? "both" : "neither");
    if (array->data && (uintptr_t)array->data % ptm_type_size(type))
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s.data is not aligned to its elements of %zu bytes", name, ptm_type_size(type));
    status = check_strides(out, name);
    if (status || array->data) return status;
    if (array->memory->buffer->device != device)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is on another device than the operator", name);
    const uint64_t held = array->memory->buffer->size / ptm_type_size(type);
    if (array->offset < 0 || (uint64_t)array->offset > held || (uint64_t)extent(out) > held - (uint64_t)array->offset)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s reaches beyond its memory of %" PRIu64 " elements", name, held);
    return PTM_OK;
}

ptm_array ptm_array_sample(const ptm_array *array, int64_t sample)
{
    ptm_array s = *array;
    if (array->dimensions < 4) return s;
    s.dimensions = 3;
    for (int i = 0; i < 3; ++i) {
        s.shape[i] = array->shape[i + 1];
        s.stride[i] = array->stride[i + 1];
    }
    const int64_t offset = sample * array->stride[0];
    if (s.data) s.data = (char *)s.data + (size_t)offset * ptm_type_size(s.type);
    else s.offset += offset;
    return s;
}

bool ptm_arrays_overlap(const ptm_array *a, const ptm_array *b)
{
    if (!a->data != !b->data || a->memory != b->memory) return false;
    const uint64_t size = ptm_type_size(a->type);
    const uint64_t a0 = a->data ? (uintptr_t)a->data : (uint64_t)a->offset * size;
    const uint64_t b0 = b->data ? (uintptr_t)b->data : (uint64_t)b->offset * size;
    return a0 < b0 + (uint64_t)extent(b) * size && b0 < a0 + (uint64_t)extent(a) * size;
}

int ptm_access_open(ptm_access *out, ptm_device *device, const ptm_array *array, int64_t largest)
{
    *out = (ptm_access){ .array = array };
    if (array->memory) return PTM_OK;
    const uint64_t size = ptm_type_size(array->type);
    if (ptm_buffer_import(&out->imported, device, array->data, (uint64_t)extent(array) * size) == PTM_OK) return PTM_OK;
    out->staging_size = (uint64_t)largest * size;
    out->bounce = ptm_alloc(1, (size_t)out->staging_size);
    if (!out->bounce) return PTM_ERROR_MEMORY;
    return ptm_buffer_create(&out->staging, device, out->staging_size);
}

void ptm_access_close(ptm_access *access)
{
    ptm_buffer_destroy(&access->imported);
    ptm_buffer_destroy(&access->staging);
    free(access->bounce);
    *access = (ptm_access){ 0 };
}

int ptm_access_finish(ptm_access *in, ptm_access *out, ptm_queue *queue, int status)
{
    int finished = PTM_OK;
    if (status || in->array->data || out->array->data) finished = queue->device->backend->finish(queue);
    ptm_access_close(in);
    ptm_access_close(out);
    return status ? status : finished;
}

/* Moves a part between the array and a dense block. */
static void move_part(const ptm_array *a, const int64_t first[3], const int64_t count[3], char *dense, bool to_dense)
{
    const size_t size = ptm_type_size(a->type);
    for (int64_t i = 0; i < count[0]; ++i)
        for (int64_t j = 0; j < count[1]; ++j, dense += (size_t)count[2] * size) {
            char *row = (char *)a->data + (size_t)((first[0] + i) * a->stride[0] + (first[1] + j) * a->stride[1] +
                first[2] * a->stride[2]) * size;
            if (a->stride[2] == 1) {
                memcpy(to_dense ? dense : row, to_dense ? row : dense, (size_t)count[2] * size);
                continue;
            }
            for (int64_t k = 0; k < count[2]; ++k) {
                char *element = row + (size_t)(k * a->stride[2]) * size, *place = dense + (size_t)k * size;
                memcpy(to_dense ? place : element, to_dense ? element : place, size);
            }
        }
}

int ptm_access_begin(ptm_access *access, ptm_queue *queue, const int64_t first[3], const int64_t count[3], bool read,
    ptm_ref *at, int32_t stride[3])
{
    const ptm_array *a = access->array;
    const uint64_t size = ptm_type_size(a->type);
    if (access->staging) {
        *at = (ptm_ref){ access->staging, 0 };
        stride[2] = 1;
        stride[1] = (int32_t)count[2];
        stride[0] = (int32_t)(count[2] * count[1]);
        if (!read) return PTM_OK;
        move_part(a, first, count, access->bounce, true);
        return ptm_buffer_write(queue, access->staging, 0, access->bounce, (uint64_t)(count[0] * count[1] * count[2]) * size);
    }
    int64_t offset = a->memory ? a->offset : 0;
    for (int i = 0; i < 3; ++i) {
        stride[i] = (int32_t)a->stride[i];
        offset += first[i] * a->stride[i];
    }
    *at = (ptm_ref){ a->memory ? a->memory->buffer : access->imported, (uint64_t)offset * size };
    return PTM_OK;
}

int ptm_access_end(ptm_access *access, ptm_queue *queue, const int64_t first[3], const int64_t count[3])
{
    if (!access->staging) return PTM_OK;
    const uint64_t size = ptm_type_size(access->array->type);
    int status = ptm_buffer_read(queue, access->staging, 0, access->bounce,
        (uint64_t)(count[0] * count[1] * count[2]) * size);
    if (!status) move_part(access->array, first, count, access->bounce, false);
    return status;
}
