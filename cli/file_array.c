/* file_array.c - see file_array.h. */
#include "file_array.h"

#include <inttypes.h>
#include <string.h>

int cli_file_array_open(cli_file_array *f, const char *path)
{
    ptm_io_array a;
    *f = (cli_file_array){ .path = path, .step = 1 };
    const int code = cli_look_at_array(&a, NULL, path, NULL);
    if (code) return code;
    if (a.dimensions != 2 && a.dimensions != 3)
        return cli_error(CLI_INPUT, "%s: has %d axes, expected three, or two", path, a.dimensions);
    f->single = a.dimensions == 2;
    f->shape[0] = f->single ? 1 : a.shape[0];
    f->shape[1] = a.shape[a.dimensions - 2];
    f->shape[2] = a.shape[a.dimensions - 1];
    return CLI_OK;
}

void cli_file_array_close(cli_file_array *f)
{
    ptm_io_array_free(&f->held);
}

/* Reads places, unless they were read last. */
static int hold(cli_file_array *f, int64_t first, int64_t count)
{
    const int64_t places = f->held.data ? f->single ? 1 : f->held.shape[0] : 0;
    if (first >= f->held_first && first + count <= f->held_first + places) return CLI_OK;
    ptm_io_array_free(&f->held);
    const int code = f->single ? cli_read_values(&f->held, NULL, f->path, NULL)
                               : cli_read_places(&f->held, NULL, f->path, NULL, first, count);
    if (code) return code;
    f->held_first = first;
    const ptm_io_array *a = &f->held;
    const int last = f->single ? 1 : 2;
    if (a->dimensions == last + 1 && a->shape[last] == f->shape[2] && a->shape[last - 1] == f->shape[1]) return CLI_OK;
    return cli_error(CLI_INPUT, "%s: has changed since its shape was read", f->path);
}

static int check_values(const cli_file_array *f, const int64_t *place, const int64_t *count, float *values)
{
    const cli_window at = { .first_view = place[0], .view_step = f->step, .first_row = place[1], .first_column = place[2] };
    const ptm_array box = cli_dense(values, count[0], count[1], count[2]);
    const int code = cli_check_finite(&box, &at, f->path);
    for (int64_t i = 0; i < count[0] * count[1] * count[2] && f->nonnegative && !code; ++i)
        if (values[i] < 0)
            return cli_error(CLI_INPUT, "%s: has a value of %g, expected 0 or more", f->path, (double)values[i]);
    return code;
}

static int take_box(cli_file_array *f, const int64_t *first, const int64_t *count, float *to)
{
    int64_t place[3];
    float *at = to;
    int code = CLI_OK;
    for (int i = 0; i < 3; ++i) place[i] = f->first[i] + first[i] * (i ? 1 : f->step);
    for (int64_t i = 0; i < count[0] && !code; ++i) {
        const int64_t here = place[0] + i * f->step;
        code = f->step == 1 ? hold(f, place[0], count[0]) : hold(f, here, 1);
        const int64_t row = (here - f->held_first) * f->shape[1] + place[1];
        for (int64_t j = 0; j < count[1] && !code; ++j, at += count[2])
            memcpy(at, (const float *)f->held.data + (row + j) * f->shape[2] + place[2], (size_t)count[2] * sizeof *at);
    }
    if (!code) code = check_values(f, place, count, to);
    for (int64_t i = 0; i < count[0] * count[1] * count[2] && f->mask && !code; ++i) to[i] = to[i] != 0;
    return code;
}

static int read_box(void *user, const int64_t *first, const int64_t *count, void *data)
{
    cli_file_array *f = user;
    f->code = take_box(f, first, count, data);
    return f->code ? ptm_error_set(PTM_ERROR_IO, "%s: cannot be taken", f->path) : PTM_OK;
}

ptm_array cli_file_array_get(cli_file_array *f, const int64_t shape[3])
{
    return cli_functions(shape, read_box, NULL, f);
}
