/* flat.c - files of elements one after the other: reading them. */
#include "flat.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_LIMIT ((size_t)1 << 20) /* what a head may have, with the names of files behind it */
#define FILES_LIMIT 100000
#define DEFLATE_RATIO 1100 /* deflate gains 1032 times at most */

/* ------------------------------------------------------------------ heads */

static int read_text(ptm_io_head *head, const char *path, size_t (*end)(const char *text, size_t length), char separator)
{
    uint64_t bytes;
    *head = (ptm_io_head) { 0 };
    FILE *file = ptm_io_open(path, &bytes);
    if (!file) return PTM_ERROR_IO;
    const size_t most = bytes < HEAD_LIMIT ? (size_t)bytes : HEAD_LIMIT;
    char *all = ptm_io_alloc(most + 1, 1);
    const size_t length = all ? fread(all, 1, most, file) : 0;
    fclose(file);
    const size_t cut = length ? end(all, length) : 0;
    head->text = all ? ptm_io_alloc(cut + 1, 1) : NULL;
    if (head->text) {
        memcpy(head->text, all, cut);
        head->length = cut;
        memmove(all, all + cut, length - cut + 1);
        head->lines = all;
    } else {
        free(all);
        return PTM_ERROR_MEMORY;
    }
    if (!cut) return ptm_error_set(PTM_ERROR_IO, "%s: damaged or cut short: its head has no end", path);
    return ptm_key_values_read(&head->values, &(ptm_geometry_text) { path, head->text, cut }, separator);
}

int ptm_io_flat_text_head(ptm_io_flat *flat, const char *path, size_t (*end)(const char *text, size_t length),
    char separator, int (*read)(ptm_io_flat *flat, const ptm_io_head *head))
{
    ptm_io_head head;
    int status = read_text(&head, path, end, separator);
    if (!status) status = read(flat, &head);
    free(head.values);
    free(head.text);
    free(head.lines);
    return status;
}

int ptm_io_flat_skip(int64_t *bytes, const ptm_key_values *head, const char *key)
{
    double size = 0;
    int status = ptm_key_number(&size, head, "", key, false);
    if (!status && !(size >= -1 && size <= 0x1p53))
        status = ptm_key_expected(head, "", key, PTM_ERROR_IO, "a number of bytes, or -1");
    *bytes = status ? 0 : size < 0 ? -1 : (int64_t)size;
    return status;
}

int ptm_io_flat_shape(ptm_io_flat *flat, const ptm_key_values *head, const char *count_key, const char *shape_key)
{
    double lengths[PTM_IO_MAX_DIMENSIONS];
    int status = ptm_key_count(&flat->dimensions, head, "", count_key, PTM_IO_MAX_ENTRY_DIMENSIONS);
    if (!status && flat->dimensions > PTM_IO_MAX_DIMENSIONS)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: %d axes; 1 to %d can be handled", flat->path, flat->dimensions,
            PTM_IO_MAX_DIMENSIONS);
    if (!status) status = ptm_key_numbers(lengths, head, "", shape_key, flat->dimensions);
    if (status) return status;
    for (int i = 0; i < flat->dimensions; i++) {
        if (!(lengths[i] >= 1 && lengths[i] <= 0x1p53 && lengths[i] == (double)(int64_t)lengths[i]))
            return ptm_key_expected(head, "", shape_key, PTM_ERROR_IO, "whole numbers above 0");
        flat->shape[flat->dimensions - 1 - i] = (int64_t)lengths[i];
    }
    return PTM_OK;
}

/* ------------------------------------------------------------------ the files a head names */

int ptm_io_flat_add_file(ptm_io_flat *flat, char *path)
{
    char **grown = path ? realloc(flat->files, (size_t)(flat->count + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(path);
        return ptm_error_set(PTM_ERROR_MEMORY, "no memory on the host for %lld names", (long long)flat->count + 1);
    }
    flat->files = grown;
    grown[flat->count++] = path;
    return PTM_OK;
}

static int add_name(ptm_io_flat *flat, const ptm_key_values *head, const char *name)
{
    return ptm_io_flat_add_file(flat, *name == '/' ? ptm_io_copy_text(name) : ptm_key_beside(head, name));
}

static int add_lines(ptm_io_flat *flat, const ptm_key_values *head, char *lines)
{
    int number = 0, status = PTM_OK;
    for (char *line; !status && flat->count < FILES_LIMIT && (line = ptm_next_line(&lines, &number));)
        if (*line) status = add_name(flat, head, line);
    return status;
}

/* "slice_%03d.raw 1 100 1" */
static int add_pattern(ptm_io_flat *flat, const ptm_key_values *head, const char *key, const char *value)
{
    static const char what[] = "a pattern such as slice_%03d.raw, its first number, its last, and a step";
    long long first, last, step;
    char pattern[256], name[512];
    if (sscanf(value, "%255s %lld %lld %lld", pattern, &first, &last, &step) != 4 || first < 0 || last < first ||
        step < 1 || (last - first) / step >= FILES_LIMIT)
        return ptm_key_expected(head, "", key, PTM_ERROR_IO, what);
    int status = PTM_OK;
    for (long long i = first; !status && i <= last; i += step) {
        status = ptm_io_slice_path(name, sizeof name, pattern, i);
        if (!status) status = add_name(flat, head, name);
    }
    return status;
}

int ptm_io_flat_files(ptm_io_flat *flat, const ptm_key_values *head, const char *key, char *lines)
{
    const char *value = ptm_key_text(head, "", key);
    int status;
    if (!*value) return ptm_key_expected(head, "", key, PTM_ERROR_IO, "the name of a file");
    if (!strncmp(value, "LIST", 4) && (!value[4] || value[4] == ' '))
        status = add_lines(flat, head, lines);
    else if (strchr(value, '%'))
        status = add_pattern(flat, head, key, value);
    else
        status = add_name(flat, head, value);
    if (!status && (flat->count < 1 || flat->shape[0] % flat->count))
        return ptm_error_set(PTM_ERROR_IO, "%s: it names %lld files for %lld places along the first axis", flat->path,
            (long long)flat->count, (long long)flat->shape[0]);
    return status;
}

void ptm_io_flat_free(ptm_io_flat *flat)
{
    for (int64_t i = 0; i < flat->count; i++) free(flat->files[i]);
    free(flat->files);
    *flat = (ptm_io_flat) { 0 };
}

/* ------------------------------------------------------------------ elements */

/* Places first ... first + count - 1 of one of the files. */
typedef struct part {
    const char *path;
    int64_t first, count;
    uint64_t place_bytes, bytes; /* of a place, of the elements of the file */
} part;

/* What the range needs of file number `index`; its count is 0 where that is nothing. */
static part part_of(const ptm_io_flat *flat, const ptm_io_array *a, int64_t first, int64_t index)
{
    const int64_t share = flat->shape[0] / flat->count, begin = index * share, end = begin + share;
    const int64_t from = first > begin ? first : begin, to = first + a->shape[0] < end ? first + a->shape[0] : end;
    const uint64_t place = ptm_io_array_bytes(a) / (uint64_t)a->shape[0];
    return (part) { flat->files[index], from - begin, to > from ? to - from : 0, place, place * (uint64_t)share };
}

/* Where the elements begin, or an error where they are not all there. */
static int find_elements(uint64_t *offset, const ptm_io_flat *flat, const part *p, uint64_t file_bytes)
{
    *offset = flat->offset >= 0 ? (uint64_t)flat->offset : file_bytes > p->bytes ? file_bytes - p->bytes : 0;
    const uint64_t left = file_bytes > *offset ? file_bytes - *offset : 0;
    return ptm_io_check_claim(p->path, p->bytes, left, flat->compressed ? DEFLATE_RATIO : 1);
}

static int read_part(char *to, const ptm_io_flat *flat, const part *p)
{
    uint64_t file_bytes, offset, skip = (uint64_t)p->first * p->place_bytes, bytes = (uint64_t)p->count * p->place_bytes;
    FILE *file = ptm_io_open(p->path, &file_bytes);
    if (!file) return ptm_io_file_size(&file_bytes, p->path) == PTM_ERROR_NOT_FOUND ? PTM_ERROR_NOT_FOUND : PTM_ERROR_IO;
    int status = find_elements(&offset, flat, p, file_bytes);
    if (!status && flat->compressed) {
        status = ptm_io_seek(file, offset)
            ? ptm_io_inflate(to, skip, bytes, skip + bytes == p->bytes, file, p->path)
            : ptm_error_set(PTM_ERROR_IO, "%s: cannot be read", p->path);
    } else if (!status && (!ptm_io_seek(file, offset + skip) || fread(to, 1, (size_t)bytes, file) != bytes)) {
        status = ptm_error_set(PTM_ERROR_IO, "%s: cannot be read to its end", p->path);
    }
    fclose(file);
    return status;
}

/* Before there is memory for them. */
static int check_parts(const ptm_io_flat *flat, const ptm_io_array *a, int64_t first)
{
    int status = PTM_OK;
    for (int64_t i = 0; !status && i < flat->count; i++) {
        const part p = part_of(flat, a, first, i);
        uint64_t file_bytes, offset;
        if (!p.count) continue;
        status = ptm_io_file_size(&file_bytes, p.path);
        if (!status) status = find_elements(&offset, flat, &p, file_bytes);
    }
    return status;
}

static int read_parts(ptm_io_array *a, const ptm_io_flat *flat, int64_t first)
{
    int status = PTM_OK;
    char *to = a->data;
    for (int64_t i = 0; !status && i < flat->count; i++) {
        const part p = part_of(flat, a, first, i);
        if (p.count) status = read_part(to, flat, &p);
        to += (uint64_t)p.count * p.place_bytes;
    }
    const bool complex = a->type >= PTM_IO_COMPLEX64;
    const size_t size = ptm_io_type_size(a->type) / (complex ? 2 : 1);
    if (!status && size > 1 && flat->big == ptm_io_host_is_little())
        ptm_io_swap(a->data, ptm_io_array_bytes(a) / size, size);
    return status;
}

static int read_range(ptm_io_array *out, const ptm_io_flat *flat, const ptm_io_request *request)
{
    ptm_io_array a = { .type = flat->type, .dimensions = flat->dimensions };
    int64_t first = request->first;
    uint64_t bytes, whole;
    memcpy(a.shape, flat->shape, sizeof a.shape);
    a.shape[0] = request->count;
    int status = ptm_io_clip(&first, &a.shape[0], flat->shape[0], flat->path);
    if (!status) status = ptm_io_shape_bytes(&whole, flat->type, flat->dimensions, flat->shape, flat->path);
    if (!status) status = ptm_io_shape_bytes(&bytes, a.type, a.dimensions, a.shape, flat->path);
    if (!status) status = ptm_io_check_limit(flat->path, bytes, request);
    if (!status) status = check_parts(flat, &a, first);
    if (!status) status = ptm_io_array_prepare(out, a.type, a.dimensions, a.shape, flat->path);
    if (status) return status;
    memcpy(out->spacing, flat->spacing, sizeof out->spacing);
    memcpy(out->window, flat->window, sizeof out->window);
    status = read_parts(out, flat, first);
    if (status) ptm_io_array_free(out);
    return status;
}

/* ------------------------------------------------------------------ what codecs call */

typedef struct head_job {
    ptm_io_flat *flat;
    const char *path;
    ptm_io_flat_head_read *read_head;
} head_job;

static int read_head_now(void *user)
{
    const head_job *job = user;
    *job->flat = (ptm_io_flat) { .path = job->path };
    return job->read_head(job->flat, job->path);
}

int ptm_io_flat_read(ptm_io_array *out, const char *path, const ptm_io_request *request, ptm_io_flat_head_read *read_head)
{
    ptm_io_flat flat;
    int status = ptm_io_in_plain_locale(read_head_now, &(head_job) { &flat, path, read_head });
    if (!status) status = read_range(out, &flat, request);
    ptm_io_flat_free(&flat);
    return status;
}

int ptm_io_flat_info(ptm_io_info *out, const char *path, ptm_io_flat_head_read *read_head)
{
    ptm_io_flat flat;
    int status = ptm_io_in_plain_locale(read_head_now, &(head_job) { &flat, path, read_head });
    if (!status) status = ptm_io_info_add(out, "", flat.type, flat.dimensions, flat.shape);
    ptm_io_flat_free(&flat);
    return status;
}
