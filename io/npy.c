/* npy.c - NumPy's .npy files, versions 1 to 3. */
#include "internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_LIMIT (1u << 20) /* what a header may have; NumPy's own limit is 10000 characters */

typedef struct npy_header {
    ptm_io_type type;
    size_t size; /* of an element in the file */
    bool half, swap, fortran;
    int dimensions;
    int64_t shape[PTM_IO_MAX_ENTRY_DIMENSIONS];
    uint64_t offset; /* of the data */
    uint64_t bytes;  /* of the data */
} npy_header;

/* ------------------------------------------------------------------ the header, a Python dictionary */

static const char *skip_space(const char *at)
{
    while (isspace((unsigned char)*at)) at++;
    return at;
}

/* Where the value of a key begins, or NULL. */
static const char *find_value(const char *text, const char *key)
{
    for (const char *at = text; (at = strstr(at, key)); at++) {
        size_t length = strlen(key);
        if (at == text || (at[-1] != '\'' && at[-1] != '"') || at[length] != at[-1]) continue;
        const char *colon = skip_space(at + length + 1);
        if (*colon == ':') return skip_space(colon + 1);
    }
    return NULL;
}

static bool parse_type(npy_header *header, const char *at)
{
    static const struct {
        const char *code;
        ptm_io_type type;
    } codes[] = { { "u1", PTM_IO_UINT8 }, { "i1", PTM_IO_INT8 }, { "b1", PTM_IO_UINT8 }, { "u2", PTM_IO_UINT16 },
        { "i2", PTM_IO_INT16 }, { "u4", PTM_IO_UINT32 }, { "i4", PTM_IO_INT32 }, { "u8", PTM_IO_UINT64 },
        { "i8", PTM_IO_INT64 }, { "f2", PTM_IO_FLOAT32 }, { "f4", PTM_IO_FLOAT32 }, { "f8", PTM_IO_FLOAT64 },
        { "c8", PTM_IO_COMPLEX64 }, { "c16", PTM_IO_COMPLEX128 } };
    const char quote = at[0];
    if (quote != '\'' && quote != '"') return false;
    const char order = at[1];
    if (!order || !strchr("<>|=", order)) return false;
    at += 2;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        size_t length = strlen(codes[i].code);
        if (strncmp(at, codes[i].code, length) || at[length] != quote) continue;
        header->type = codes[i].type;
        header->half = !strcmp(codes[i].code, "f2");
        header->size = header->half ? 2 : ptm_io_type_size(header->type);
        header->swap = (order == '<' && !ptm_io_host_is_little()) || (order == '>' && ptm_io_host_is_little());
        return true;
    }
    return false;
}

static bool parse_shape(npy_header *header, const char *at)
{
    if (*at++ != '(') return false;
    for (header->dimensions = 0;; header->dimensions++) {
        at = skip_space(at);
        if (*at == ')') return true;
        if (!isdigit((unsigned char)*at)) return false;
        char *end;
        errno = 0;
        long long length = strtoll(at, &end, 10);
        if (errno || header->dimensions >= 64) return false;
        if (header->dimensions < PTM_IO_MAX_ENTRY_DIMENSIONS) header->shape[header->dimensions] = length;
        at = skip_space(end);
        if (*at == ',')
            at++;
        else if (*at != ')')
            return false;
    }
}

static int parse_header(npy_header *header, const char *text, const char *path)
{
    const char *type = find_value(text, "descr"), *order = find_value(text, "fortran_order");
    const char *shape = find_value(text, "shape");
    if (!type || !order || !shape || !parse_shape(header, shape) ||
        (strncmp(order, "True", 4) && strncmp(order, "False", 5)))
        return ptm_error_set(PTM_ERROR_IO, "%s: damaged: the .npy header cannot be understood", path);
    header->fortran = *order == 'T' && header->dimensions > 1;
    const size_t end = strcspn(type, ",}"), length = end < 20 ? end : 20;
    if (!parse_type(header, type))
        return ptm_error_set(
            PTM_ERROR_UNSUPPORTED, "%s: elements of NumPy type %.*s cannot be read", path, (int)length, type);
    return PTM_OK;
}

/* Bytes of the header's text, or 0. */
static uint32_t read_length(FILE *file, npy_header *header)
{
    unsigned char head[12];
    if (fread(head, 1, 10, file) != 10) return 0;
    if (head[6] == 1) {
        header->offset = 10;
        return head[8] | (uint32_t)head[9] << 8;
    }
    if (head[6] < 1 || head[6] > 3 || fread(head + 10, 1, 2, file) != 2) return 0;
    header->offset = 12;
    return head[8] | (uint32_t)head[9] << 8 | (uint32_t)head[10] << 16 | (uint32_t)head[11] << 24;
}

static int read_header(npy_header *header, FILE *file, uint64_t file_bytes, const char *path)
{
    *header = (npy_header) { 0 };
    uint32_t length = read_length(file, header);
    if (!length || length > HEADER_LIMIT || header->offset + length > file_bytes)
        return ptm_error_set(PTM_ERROR_IO, "%s: damaged or cut short: no whole .npy header of version 1 to 3", path);
    char *text = ptm_io_alloc((uint64_t)length + 1, 1);
    if (!text) return PTM_ERROR_MEMORY;
    bool whole = fread(text, 1, length, file) == length;
    header->offset += length;
    int status = whole ? parse_header(header, text, path) : ptm_error_set(PTM_ERROR_IO, "%s: cannot be read", path);
    free(text);
    return status;
}

/* What can be read is one to four axes, all within the file; a single value is an array of one. */
static int check_header(npy_header *header, uint64_t file_bytes, const char *path)
{
    if (header->dimensions == 0) header->shape[header->dimensions++] = 1;
    uint64_t memory;
    int status = ptm_io_shape_bytes(&memory, header->type, header->dimensions, header->shape, path);
    if (status) return status;
    header->bytes = memory / ptm_io_type_size(header->type) * header->size;
    return ptm_io_check_claim(path, header->bytes, file_bytes - header->offset, 1);
}

/* ------------------------------------------------------------------ the data */

static bool read_plain(ptm_io_array *array, FILE *file, const npy_header *header, int64_t first)
{
    uint64_t count = (uint64_t)ptm_io_array_count(array), skip = count / (uint64_t)array->shape[0] * (uint64_t)first;
    return ptm_io_seek(file, header->offset + skip * header->size) &&
           fread(array->data, header->size, (size_t)count, file) == count;
}

/* Puts `columns` runs along the first axis, from run number `run` on, where they belong. The runs' other axes count
 * with the second one fastest. */
static void scatter(
    ptm_io_array *array, const npy_header *header, const char *runs, uint64_t run, uint64_t columns, int64_t first)
{
    size_t size = header->size;
    uint64_t inner = 1, length = (uint64_t)header->shape[0];
    for (int d = 1; d < array->dimensions; d++) inner *= (uint64_t)array->shape[d];
    for (uint64_t c = 0; c < columns; c++) {
        uint64_t rest = run + c, to = 0;
        for (int d = 1; d < array->dimensions; d++) {
            uint64_t stride = 1, n = (uint64_t)array->shape[d];
            for (int e = d + 1; e < array->dimensions; e++) stride *= (uint64_t)array->shape[e];
            to += rest % n * stride;
            rest /= n;
        }
        const char *from = runs + (c * length + (uint64_t)first) * size;
        for (int64_t i = 0; i < array->shape[0]; i++, from += size)
            memcpy((char *)array->data + (to + (uint64_t)i * inner) * size, from, size);
    }
}

static int read_fortran(ptm_io_array *array, FILE *file, const npy_header *header, int64_t first, const char *path)
{
    uint64_t run_bytes = (uint64_t)header->shape[0] * header->size, runs = header->bytes / run_bytes;
    uint64_t block = run_bytes < (4 << 20) ? (4 << 20) / run_bytes : 1;
    if (block > runs) block = runs;
    char *buffer = ptm_io_alloc(block, (size_t)run_bytes);
    if (!buffer) return PTM_ERROR_MEMORY;
    bool good = ptm_io_seek(file, header->offset);
    for (uint64_t run = 0; good && run < runs; run += block) {
        if (block > runs - run) block = runs - run;
        good = fread(buffer, (size_t)run_bytes, (size_t)block, file) == block;
        if (good) scatter(array, header, buffer, run, block, first);
    }
    free(buffer);
    return good ? PTM_OK : ptm_error_set(PTM_ERROR_IO, "%s: cannot be read to its end", path);
}

static int read_data(ptm_io_array *array, FILE *file, const npy_header *header, int64_t first, const char *path)
{
    if (header->fortran) {
        int status = read_fortran(array, file, header, first, path);
        if (status) return status;
    } else if (!read_plain(array, file, header, first)) {
        return ptm_error_set(PTM_ERROR_IO, "%s: cannot be read to its end", path);
    }
    uint64_t count = (uint64_t)ptm_io_array_count(array);
    bool complex = array->type == PTM_IO_COMPLEX64 || array->type == PTM_IO_COMPLEX128;
    if (header->swap) ptm_io_swap(array->data, complex ? 2 * count : count, complex ? header->size / 2 : header->size);
    if (header->half) ptm_io_halves(array->data, count);
    return PTM_OK;
}

static int read_open(ptm_io_array *out, FILE *file, uint64_t file_bytes, const char *path, const ptm_io_request *request)
{
    npy_header header;
    int status = read_header(&header, file, file_bytes, path);
    if (!status) status = check_header(&header, file_bytes, path);
    if (status) return status;
    int64_t first = request->first, shape[PTM_IO_MAX_DIMENSIONS];
    memcpy(shape, header.shape, sizeof shape);
    shape[0] = request->count;
    if ((status = ptm_io_clip(&first, &shape[0], header.shape[0], path))) return status;
    uint64_t bytes;
    if ((status = ptm_io_shape_bytes(&bytes, header.type, header.dimensions, shape, path))) return status;
    if ((status = ptm_io_check_limit(path, bytes, request))) return status;
    if ((status = ptm_io_array_prepare(out, header.type, header.dimensions, shape, path))) return status;
    status = read_data(out, file, &header, first, path);
    if (status) ptm_io_array_free(out);
    return status;
}

static int npy_read(ptm_io_array *out, const char *path, const ptm_io_request *request)
{
    uint64_t file_bytes;
    FILE *file = ptm_io_open(path, &file_bytes);
    if (!file) return PTM_ERROR_IO;
    int status = read_open(out, file, file_bytes, path, request);
    fclose(file);
    return status;
}

static int npy_info(ptm_io_info *out, const char *path)
{
    uint64_t file_bytes;
    FILE *file = ptm_io_open(path, &file_bytes);
    if (!file) return PTM_ERROR_IO;
    npy_header header;
    int status = read_header(&header, file, file_bytes, path);
    fclose(file);
    if (status == PTM_ERROR_UNSUPPORTED) /* what kind of elements is not known, the shape is */
        status = PTM_OK;
    return status ? status : ptm_io_info_add(out, "", header.type, header.dimensions, header.shape);
}

/* ------------------------------------------------------------------ writing */

static void make_header(char *text, size_t size, const ptm_io_plan *plan)
{
    static const char *codes[] = { [PTM_IO_UINT8] = "u1",
        [PTM_IO_INT8] = "i1",
        [PTM_IO_UINT16] = "u2",
        [PTM_IO_INT16] = "i2",
        [PTM_IO_UINT32] = "u4",
        [PTM_IO_INT32] = "i4",
        [PTM_IO_UINT64] = "u8",
        [PTM_IO_INT64] = "i8",
        [PTM_IO_FLOAT32] = "f4",
        [PTM_IO_FLOAT64] = "f8",
        [PTM_IO_COMPLEX64] = "c8",
        [PTM_IO_COMPLEX128] = "c16" };
    char order = ptm_io_type_size(plan->type) == 1 ? '|' : ptm_io_host_is_little() ? '<' : '>';
    int used = snprintf(text, size, "{'descr': '%c%s', 'fortran_order': False, 'shape': (", order, codes[plan->type]);
    for (int i = 0; i < plan->array.dimensions; i++)
        used += snprintf(text + used, size - (size_t)used, "%lld,%s", (long long)plan->array.shape[i],
            i + 1 < plan->array.dimensions ? " " : "");
    snprintf(text + used, size - (size_t)used, "), }");
}

static int npy_begin(void **state, const ptm_io_plan *plan)
{
    char text[256], head[320] = "\x93NUMPY\1";
    make_header(text, sizeof text, plan);
    size_t length = strlen(text), total = (10 + length + 1 + 63) / 64 * 64; /* data begin at a multiple of 64 */
    memset(head + 10, ' ', total - 11);
    memcpy(head + 10, text, length);
    head[total - 1] = '\n';
    head[8] = (char)((total - 10) & 255);
    head[9] = (char)((total - 10) >> 8);
    return ptm_io_flat_begin(state, plan, head, total);
}

const ptm_io_codec ptm_io_npy = { .read = npy_read, .info = npy_info, .begin = npy_begin, .slab = ptm_io_flat_slab,
    .finish = ptm_io_flat_finish, .release = ptm_io_flat_release };
