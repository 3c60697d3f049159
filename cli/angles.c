/* angles.c - lists of angles, and of shifts, from text and .npy files. */
#define _POSIX_C_SOURCE 200809L /* getline */
#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct list {
    const char *what;
    int each; /* numbers for a view */
    double *numbers;
    int count, room;
} list;

static bool append(list *l, double number)
{
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : 512;
        double *grown = realloc(l->numbers, (size_t)l->room * sizeof *grown);
        if (!grown) return false;
        l->numbers = grown;
    }
    l->numbers[l->count++] = number;
    return true;
}

/* Numbers between blanks, commas, semicolons; what follows # is a comment. */
static int parse_line(list *l, const char *line, const char *path, int number)
{
    static const char between[] = " \t\r\n,;";
    for (const char *at = line + strspn(line, between); *at && *at != '#'; at += strspn(at, between)) {
        char *end;
        const double value = strtod(at, &end);
        if (end == at || (*end && !strchr(between, *end) && *end != '#') || !isfinite(value)) {
            const size_t length = strcspn(at, between);
            return cli_error(CLI_INPUT, "%s: line %d has \"%.*s\", expected numbers", path, number,
                length < 40 ? (int)length : 40, at);
        }
        if (l->count == l->each * PTM_MAX_VIEWS)
            return cli_error(CLI_INPUT, "%s: has more than %d %s", path, PTM_MAX_VIEWS, l->what);
        if (!append(l, value)) return cli_error(CLI_MEMORY, "%s: no memory for its %s", path, l->what);
        at = end;
    }
    return CLI_OK;
}

static int read_text(list *l, const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file) return cli_error(CLI_INPUT, "%s: %s", path, strerror(errno));
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    int code = CLI_OK;
    for (int number = 1; !code && (length = getline(&line, &room, file)) >= 0; ++number) {
        if (strlen(line) != (size_t)length) code = cli_error(CLI_INPUT, "%s: line %d is not text", path, number);
        else code = parse_line(l, line, path, number);
    }
    if (!code && ferror(file)) code = cli_error(CLI_INPUT, "%s: cannot be read to its end", path);
    free(line);
    fclose(file);
    return code;
}

/* One axis for the views, and where there are several numbers for each, one behind it for these. */
static bool is_list(const list *l, const ptm_io_array *a)
{
    const int64_t count = ptm_io_array_count(a);
    if (l->each > 1) return a->dimensions == 2 && a->shape[1] == l->each;
    for (int i = 0; i < a->dimensions; ++i)
        if (a->shape[i] == count) return true;
    return false;
}

static int use_array(list *l, const ptm_io_array *a, const char *path)
{
    const int64_t count = ptm_io_array_count(a);
    if (!is_list(l, a) || count > l->each * PTM_MAX_VIEWS)
        return cli_error(CLI_INPUT, "%s: has %d axes and %" PRId64 " numbers, expected a list of at most %d %s", path,
            a->dimensions, count, PTM_MAX_VIEWS, l->what);
    for (int64_t i = 0; i < count; ++i) {
        const double value = a->type == PTM_IO_FLOAT64 ? ((const double *)a->data)[i] : (double)((const float *)a->data)[i];
        if (!isfinite(value))
            return cli_error(CLI_INPUT, "%s: number %" PRId64 " is %g, expected a finite number", path, i, value);
        if (!append(l, value)) return cli_error(CLI_MEMORY, "%s: no memory for its %s", path, l->what);
    }
    return CLI_OK;
}

/* Not a file of any format that is known, and so text. */
static bool is_text(const char *path)
{
    ptm_io_info info;
    const int status = ptm_io_info_read(&info, path);
    if (!status) ptm_io_info_free(&info);
    return status == PTM_ERROR_UNSUPPORTED;
}

static int read_list(list *l, const char *path)
{
    ptm_io_array a = { 0 };
    const bool text = is_text(path);
    int code = text ? read_text(l, path) : CLI_OK;
    const int status = text ? PTM_OK : ptm_io_read(&a, path, NULL);
    if (status) code = cli_library_error(CLI_INPUT, status);
    else if (text) ptm_io_array_free(&a);
    else if (a.type != PTM_IO_FLOAT64 && ptm_io_array_to_float32(&a))
        code = cli_error(CLI_INPUT, "%s: %s", path, ptm_error_message());
    else code = use_array(l, &a, path);
    ptm_io_array_free(&a);
    if (!code && l->count < 1) code = cli_error(CLI_INPUT, "%s: has no %s", path, l->what);
    if (!code && l->count % l->each)
        code = cli_error(CLI_INPUT, "%s: has %d numbers, expected %d for each view", path, l->count, l->each);
    if (code) free(l->numbers);
    return code;
}

int cli_read_angles(double **angles, int *count, const char *path)
{
    list l = { .what = "angles", .each = 1 };
    const int code = read_list(&l, path);
    if (code) return code;
    *angles = l.numbers;
    *count = l.count;
    return CLI_OK;
}

int cli_read_shifts(double (**shifts)[2], int *count, const char *path)
{
    list l = { .what = "shifts", .each = 2 };
    const int code = read_list(&l, path);
    if (code) return code;
    *shifts = (double (*)[2])l.numbers;
    *count = l.count / 2;
    return CLI_OK;
}
