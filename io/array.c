/* array.c - arrays in memory: types, sizes, conversion. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [PTM_IO_UNKNOWN] = { "unknown", 0 },
    [PTM_IO_UINT8] = { "uint8", 1 },
    [PTM_IO_INT8] = { "int8", 1 },
    [PTM_IO_UINT16] = { "uint16", 2 },
    [PTM_IO_INT16] = { "int16", 2 },
    [PTM_IO_UINT32] = { "uint32", 4 },
    [PTM_IO_INT32] = { "int32", 4 },
    [PTM_IO_UINT64] = { "uint64", 8 },
    [PTM_IO_INT64] = { "int64", 8 },
    [PTM_IO_FLOAT32] = { "float32", 4 },
    [PTM_IO_FLOAT64] = { "float64", 8 },
    [PTM_IO_COMPLEX64] = { "complex64", 8 },
    [PTM_IO_COMPLEX128] = { "complex128", 16 },
};

static bool is_type(ptm_io_type type)
{
    return (int)type >= 0 && (size_t)type < sizeof types / sizeof *types;
}

const char *ptm_io_type_name(ptm_io_type type)
{
    return types[is_type(type) ? type : PTM_IO_UNKNOWN].name;
}

size_t ptm_io_type_size(ptm_io_type type)
{
    return types[is_type(type) ? type : PTM_IO_UNKNOWN].size;
}

void *ptm_io_alloc(uint64_t count, size_t size)
{
    void *memory = NULL;
    if (!size) size = 1;
    if (!count) count = 1;
    if (count <= PTRDIFF_MAX / size) memory = calloc((size_t)count, size);
    if (!memory)
        ptm_error_set(PTM_ERROR_MEMORY, "no memory on the host for %llu x %zu bytes", (unsigned long long)count, size);
    return memory;
}

char *ptm_io_copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = ptm_io_alloc(size, 1);
    if (copy) memcpy(copy, text, size);
    return copy;
}

int ptm_io_shape_bytes(uint64_t *bytes, ptm_io_type type, int dimensions, const int64_t *shape, const char *what)
{
    uint64_t size = ptm_io_type_size(type);
    if (!size) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s: type %d is none of ptm_io_type", what, (int)type);
    if (dimensions < 1 || dimensions > PTM_IO_MAX_DIMENSIONS)
        return ptm_error_set(
            PTM_ERROR_UNSUPPORTED, "%s: %d axes; 1 to %d can be handled", what, dimensions, PTM_IO_MAX_DIMENSIONS);
    for (int i = 0; i < dimensions; i++) {
        if (shape[i] < 1)
            return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: axis %d has length %lld; an array needs at least 1", what, i,
                (long long)shape[i]);
        if (size > (uint64_t)PTRDIFF_MAX / (uint64_t)shape[i])
            return ptm_error_set(PTM_ERROR_MEMORY, "%s: the array is too large for this computer's addresses", what);
        size *= (uint64_t)shape[i];
    }
    *bytes = size;
    return PTM_OK;
}

int ptm_io_array_prepare(ptm_io_array *out, ptm_io_type type, int dimensions, const int64_t *shape, const char *what)
{
    uint64_t bytes;
    int status = ptm_io_shape_bytes(&bytes, type, dimensions, shape, what);
    if (status) return status;
    void *data = malloc((size_t)bytes);
    if (!data)
        return ptm_error_set(PTM_ERROR_MEMORY, "%s: no memory on the host for %llu bytes", what, (unsigned long long)bytes);
    *out = (ptm_io_array) { .type = type, .dimensions = dimensions, .data = data };
    memcpy(out->shape, shape, (size_t)dimensions * sizeof *shape);
    return PTM_OK;
}

int ptm_io_array_create(ptm_io_array *out, ptm_io_type type, int dimensions, const int64_t *shape)
{
    if (!out || !shape) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "shape" : "out");
    ptm_io_array array;
    int status = ptm_io_array_prepare(&array, type, dimensions, shape, "ptm_io_array_create");
    if (status) return status;
    memset(array.data, 0, (size_t)ptm_io_array_bytes(&array));
    *out = array;
    return PTM_OK;
}

void ptm_io_array_free(ptm_io_array *array)
{
    if (!array) return;
    free(array->data);
    *array = (ptm_io_array) { 0 };
}

int64_t ptm_io_array_count(const ptm_io_array *array)
{
    if (!array) return 0;
    int64_t count = array->dimensions > 0;
    for (int i = 0; i < array->dimensions; i++) count *= array->shape[i];
    return count;
}

uint64_t ptm_io_array_bytes(const ptm_io_array *array)
{
    return array ? (uint64_t)ptm_io_array_count(array) * ptm_io_type_size(array->type) : 0;
}

float ptm_io_half(uint16_t half)
{
    int exponent = half >> 10 & 31, fraction = half & 1023;
    float value = exponent == 31 ? (fraction ? NAN : INFINITY)
                  : exponent     ? ldexpf((float)(fraction | 1024), exponent - 25)
                                 : ldexpf((float)fraction, -24);
    return half & 0x8000 ? -value : value;
}

void ptm_io_halves(void *data, uint64_t count)
{
    for (uint64_t i = count; i-- > 0;) { /* from the end: a float covers two halves */
        uint16_t half;
        memcpy(&half, (char *)data + i * sizeof half, sizeof half);
        float value = ptm_io_half(half);
        memcpy((char *)data + i * sizeof value, &value, sizeof value);
    }
}

bool ptm_io_host_is_little(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 1;
}

void ptm_io_swap(void *data, uint64_t count, size_t size)
{
    for (unsigned char *p = data; count > 0; count--, p += size)
        for (size_t i = 0; i < size / 2; i++) {
            unsigned char byte = p[i];
            p[i] = p[size - 1 - i];
            p[size - 1 - i] = byte;
        }
}

#define DOUBLES(c_type)                                                                                                    \
    for (uint64_t i = 0; i < count; i++) to[i] = (double)((const c_type *)from)[first + i];                                \
    break

void ptm_io_doubles(double *to, ptm_io_type type, const void *from, uint64_t first, uint64_t count)
{
    switch (type) { /* one loop for each type, so that it vectorises */
    case PTM_IO_UINT8: DOUBLES(uint8_t);
    case PTM_IO_INT8: DOUBLES(int8_t);
    case PTM_IO_UINT16: DOUBLES(uint16_t);
    case PTM_IO_INT16: DOUBLES(int16_t);
    case PTM_IO_UINT32: DOUBLES(uint32_t);
    case PTM_IO_INT32: DOUBLES(int32_t);
    case PTM_IO_UINT64: DOUBLES(uint64_t);
    case PTM_IO_INT64: DOUBLES(int64_t);
    case PTM_IO_FLOAT32: DOUBLES(float);
    default: DOUBLES(double);
    }
}

#define FLOATS(c_type)                                                                                                     \
    for (uint64_t i = 0; i < count; i++) to[i] = (float)((const c_type *)from)[i];                                         \
    return true

bool ptm_io_floats(float *to, ptm_io_type type, const void *from, uint64_t count, uint64_t *bad)
{
    switch (type) {
    case PTM_IO_UINT8: FLOATS(uint8_t);
    case PTM_IO_INT8: FLOATS(int8_t);
    case PTM_IO_UINT16: FLOATS(uint16_t);
    case PTM_IO_INT16: FLOATS(int16_t);
    case PTM_IO_UINT32: FLOATS(uint32_t);
    case PTM_IO_INT32: FLOATS(int32_t);
    case PTM_IO_UINT64: FLOATS(uint64_t);
    case PTM_IO_INT64: FLOATS(int64_t);
    case PTM_IO_FLOAT32: memcpy(to, from, (size_t)count * sizeof *to); return true;
    default: break;
    }
    const double *values = from;
    for (uint64_t i = 0; i < count; i++) {
        /* Half a step above the greatest float rounds to infinity; the cast of more than that is undefined. */
        if (isfinite(values[i]) && fabs(values[i]) >= 3.4028235677973366e38) {
            *bad = i;
            return false;
        }
        to[i] = (float)values[i];
    }
    return true;
}

int ptm_io_array_to_float32(ptm_io_array *array)
{
    if (!array || !array->data) return ptm_error_set(PTM_ERROR_ARGUMENT, "array is %s", array ? "empty" : "NULL");
    if (array->type == PTM_IO_FLOAT32) return PTM_OK;
    if (array->type < PTM_IO_UINT8 || array->type > PTM_IO_FLOAT64)
        return ptm_error_set(
            PTM_ERROR_ARGUMENT, "an array of type %s cannot become float32", ptm_io_type_name(array->type));
    ptm_io_array result;
    int status = ptm_io_array_prepare(&result, PTM_IO_FLOAT32, array->dimensions, array->shape, "ptm_io_array_to_float32");
    if (status) return status;
    uint64_t bad;
    if (!ptm_io_floats(result.data, array->type, array->data, (uint64_t)ptm_io_array_count(array), &bad)) {
        free(result.data);
        return ptm_error_set(PTM_ERROR_ARGUMENT, "element %llu is %g, which float32 cannot hold", (unsigned long long)bad,
            ((const double *)array->data)[bad]);
    }
    free(array->data);
    array->data = result.data;
    array->type = PTM_IO_FLOAT32;
    return PTM_OK;
}

int ptm_io_options(void *to, size_t size, const void *from, const char *name)
{
    memset(to, 0, size);
    if (!from) return PTM_OK;
    size_t given;
    memcpy(&given, from, sizeof given); /* struct_size comes first */
    if (given < sizeof given)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "options->struct_size is %zu; set it with PTM_SIZED(%s)", given, name);
    if (given > size) /* a caller newer than this library */
        for (size_t i = size; i < given; i++)
            if (((const char *)from)[i])
                return ptm_error_set(
                    PTM_ERROR_UNSUPPORTED, "%s has an option that this version of the library does not know", name);
    memcpy(to, from, given < size ? given : size);
    return PTM_OK;
}
