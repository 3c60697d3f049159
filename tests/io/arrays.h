/* arrays.h - arrays of test values, for tests of formats that include it after check.h. */
#ifndef PTM_TEST_ARRAYS_H
#define PTM_TEST_ARRAYS_H
#include <polytome/io.h>

#include <stdlib.h>
#include <string.h>

static bool have(ptm_io_format format)
{
    if (ptm_io_format_available(format)) return true;
    printf("skipped %s: it is not in this build\n", ptm_io_format_name(format));
    skipped++;
    return false;
}

/* Numbers of every sign and size the type has. */
static ptm_io_array make_array(ptm_io_type type, int dimensions, const int64_t *shape)
{
    ptm_io_array array;
    if (ptm_io_array_create(&array, type, dimensions, shape)) abort();
    uint64_t bytes = ptm_io_array_bytes(&array), seed = 12345;
    unsigned char *data = array.data;
    for (uint64_t i = 0; i < bytes; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        data[i] = (unsigned char)(seed >> 56);
    }
    if (type == PTM_IO_FLOAT32 || type == PTM_IO_COMPLEX64)
        for (uint64_t i = 0; i < bytes / 4; i++) ((float *)array.data)[i] = (float)(data[4 * i] - 100.25) * 0.37f;
    if (type == PTM_IO_FLOAT64 || type == PTM_IO_COMPLEX128)
        for (uint64_t i = 0; i < bytes / 8; i++) ((double *)array.data)[i] = (data[8 * i] - 100.25) * 0.37;
    return array;
}

__attribute__((unused)) static bool same(const ptm_io_array *a, const ptm_io_array *b)
{
    return a->type == b->type && a->dimensions == b->dimensions &&
           !memcmp(a->shape, b->shape, (size_t)a->dimensions * sizeof *a->shape) &&
           !memcmp(a->data, b->data, (size_t)ptm_io_array_bytes(a));
}
#endif
