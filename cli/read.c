/* read.c - arrays of values from files. */
#include "cli.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void cli_codes_to_values(float *values, int64_t count, ptm_io_type type, const double window[2])
{
    const double top = type == PTM_IO_UINT8 ? 255 : type == PTM_IO_UINT16 ? 65535 : 0;
    if (top == 0 || window[0] == window[1]) return;
    const double step = (window[1] - window[0]) / top;
    for (int64_t i = 0; i < count; ++i) values[i] = (float)(window[0] + step * (double)values[i]);
}

bool cli_is_integer(ptm_io_type type, const double window[2])
{
    return type >= PTM_IO_UINT8 && type <= PTM_IO_INT64 && window[0] == window[1];
}

int cli_read_values(ptm_io_array *a, bool *integers, const char *path, const char *dataset)
{
    return cli_read_places(a, integers, path, dataset, 0, 0);
}

int cli_read_places(ptm_io_array *a, bool *integers, const char *path, const char *dataset, int64_t first, int64_t count)
{
    int status = ptm_io_read(a, path,
        &(ptm_io_read_options){ PTM_SIZED(ptm_io_read_options), .dataset = dataset, .first = first, .count = count });
    if (status) return cli_library_error(CLI_INPUT, status);
    const ptm_io_type type = a->type;
    status = ptm_io_array_to_float32(a);
    if (status) return cli_error(status == PTM_ERROR_MEMORY ? CLI_MEMORY : CLI_INPUT, "%s: %s", path, ptm_error_message());
    cli_codes_to_values(a->data, ptm_io_array_count(a), type, a->window);
    if (integers) *integers = cli_is_integer(type, a->window);
    return CLI_OK;
}

/* Whether an array of a file may be the one of which a place along the first axis is known. */
static bool may_be(const ptm_io_entry *entry, const ptm_io_array *place, const char *dataset)
{
    const char *name = entry->name[0] == '/' ? entry->name + 1 : entry->name;
    if (dataset && strcmp(name, dataset[0] == '/' ? dataset + 1 : dataset) != 0) return false;
    return entry->dimensions == place->dimensions && entry->type != PTM_IO_UNKNOWN &&
        memcmp(entry->shape + 1, place->shape + 1, (size_t)(place->dimensions - 1) * sizeof *place->shape) == 0;
}

int cli_look_at_array(ptm_io_array *a, bool *integers, const char *path, const char *dataset)
{
    ptm_io_info info;
    int code = cli_read_places(a, integers, path, dataset, 0, 1);
    const int status = code ? PTM_OK : ptm_io_info_read(&info, path);
    if (status) code = cli_library_error(CLI_INPUT, status);
    if (code) return code;
    int found = 0;
    for (int64_t i = 0; i < info.count; ++i)
        if (may_be(&info.entries[i], a, dataset)) {
            a->shape[0] = info.entries[i].shape[0];
            found++;
        }
    ptm_io_info_free(&info);
    free(a->data);
    a->data = NULL;
    return found == 1 ? CLI_OK : cli_error(CLI_USAGE, "%s has several arrays of one shape; --dataset says which", path);
}

ptm_array cli_functions(const int64_t shape[3], ptm_read_function read, ptm_write_function write, void *user)
{
    return (ptm_array){ PTM_SIZED(ptm_array), .type = PTM_FLOAT32, .dimensions = 3,
        .shape = { shape[0], shape[1], shape[2] }, .read = read, .write = write, .user = user };
}

ptm_array cli_dense(float *data, int64_t n0, int64_t n1, int64_t n2)
{
    return (ptm_array){ PTM_SIZED(ptm_array), .type = PTM_FLOAT32, .dimensions = 3, .shape = { n0, n1, n2 },
        .stride = { n1 * n2, n2, 1 },
        .data = data };
}

int64_t cli_count(const ptm_array *a)
{
    int64_t count = 1;
    for (int i = 0; i < a->dimensions; ++i) count *= a->shape[i];
    return count;
}

void cli_copy_dense(float *to, const ptm_array *from)
{
    const int64_t *n = from->shape;
    for (int64_t i = 0; i < n[0] * n[1]; ++i)
        memcpy(to + i * n[2], (const float *)from->data + i / n[1] * from->stride[0] + i % n[1] * from->stride[1],
            (size_t)n[2] * sizeof *to);
}

int cli_read_box(const ptm_array *from, const int64_t *first, const int64_t *count, float *to)
{
    if (from->read) return from->read(from->user, first, count, to);
    ptm_array box = *from;
    memcpy(box.shape, count, 3 * sizeof *count);
    box.data = (float *)from->data + first[0] * from->stride[0] + first[1] * from->stride[1] + first[2];
    cli_copy_dense(to, &box);
    return PTM_OK;
}

float *cli_new_frame(int64_t rows, int64_t columns)
{
    float *frame = calloc((size_t)(rows * columns), sizeof *frame);
    if (!frame) cli_error(CLI_MEMORY, "no memory for %" PRId64 " x %" PRId64 " pixels", rows, columns);
    return frame;
}

int cli_check_finite(const ptm_array *a, const cli_window *w, const char *name)
{
    static const cli_window whole = { .view_step = 1 };
    if (!w) w = &whole;
    for (int64_t i = 0; i < a->shape[0]; ++i)
        for (int64_t j = 0; j < a->shape[1]; ++j) {
            const float *line = (const float *)a->data + i * a->stride[0] + j * a->stride[1];
            for (int64_t k = 0; k < a->shape[2]; ++k)
                if (!isfinite(line[k]))
                    return cli_error(CLI_INPUT,
                        "%s: element (%" PRId64 ", %" PRId64 ", %" PRId64 ") is %g, expected finite numbers", name,
                        w->first_view + i * w->view_step, w->first_row + j, w->first_column + k, (double)line[k]);
        }
    return CLI_OK;
}
