/* source.c - files of projections and of their fields, and which part of them is used. */
#include "cli.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ opening */

static const char *path_of(const cli_settings *s)
{
    return s->data ? s->data : s->input;
}

/* (a, b) to (b, a). */
static int transpose(ptm_io_array *a)
{
    const int64_t n0 = a->shape[0], n1 = a->shape[1];
    float *turned = malloc((size_t)(n0 * n1) * sizeof *turned);
    if (!turned) return cli_error(CLI_MEMORY, "no memory to transpose %" PRId64 " x %" PRId64, n0, n1);
    for (int64_t i = 0; i < n0; ++i)
        for (int64_t j = 0; j < n1; ++j) turned[j * n0 + i] = ((const float *)a->data)[i * n1 + j];
    free(a->data);
    a->data = turned;
    a->shape[0] = n1;
    a->shape[1] = n0;
    return CLI_OK;
}

static int open_array(cli_source *source, const cli_settings *s)
{
    ptm_io_array *a = &source->array;
    source->dataset = s->dataset;
    const int code = s->memory && !s->transpose
                         ? cli_look_at_array(a, &source->integers, source->path, s->dataset)
                         : cli_read_values(a, &source->integers, source->path, s->dataset);
    if (code) return code;
    if (a->dimensions != 2 && a->dimensions != 3)
        return cli_error(
            CLI_INPUT, "%s: has %d axes, expected (view, column) or (view, row, column)", source->path, a->dimensions);
    if (s->transpose && a->dimensions == 3)
        return cli_error(CLI_USAGE, "--transpose is for files of two axes, %s has three", source->path);
    if (s->transpose && transpose(a)) return CLI_MEMORY;
    source->views = a->shape[0];
    source->rows = a->dimensions == 3 ? a->shape[1] : 1;
    source->columns = a->shape[a->dimensions - 1];
    return CLI_OK;
}

static int use_scan(cli_source *source, const cli_settings *s)
{
    const ptm_io_scan_info *info = ptm_io_scan_get_info(source->scan);
    if (s->transpose) return cli_error(CLI_USAGE, "--transpose is for files of two axes, %s is a scan", s->input);
    source->views = info->views;
    source->rows = info->rows;
    source->columns = info->columns;
    source->angles = info->angles;
    source->integers = cli_is_integer(info->type, info->window);
    source->counts = info->flats > 0;
    memcpy(source->pixel, info->pixel_size, sizeof source->pixel);
    return CLI_OK;
}

/* Files whose angles are damaged or too many can be read where the user gives others. */
static int refuse_scan(const cli_settings *s, int status)
{
    char message[1024];
    ptm_io_scan *scan = NULL;
    const ptm_io_scan_options o = { PTM_SIZED(ptm_io_scan_options), .ignore_angles = true };
    snprintf(message, sizeof message, "%s", ptm_error_message());
    const bool angles = !s->angles && ptm_io_scan_open(&scan, s->input, &o) == PTM_OK;
    ptm_io_scan_close(&scan);
    if (angles) return cli_error(CLI_INPUT, "%s; --angles gives others", message);
    ptm_error_set(status, "%s", message);
    return cli_library_error(CLI_INPUT, status);
}

int cli_scan_open(ptm_io_scan **scan, bool *found, const cli_settings *s)
{
    const ptm_io_scan_options o = { PTM_SIZED(ptm_io_scan_options), .ignore_angles = s->angles != NULL };
    const int status = ptm_io_scan_open(scan, s->input, &o);
    *found = status == PTM_OK;
    return status && status != PTM_ERROR_UNSUPPORTED ? refuse_scan(s, status) : CLI_OK;
}

static int open_data(cli_source *source, const cli_settings *s)
{
    ptm_io_info info;
    const int status = ptm_io_info_read(&info, source->path);
    if (status) return cli_library_error(CLI_INPUT, status);
    /* An HDF5 file that is no scan may hold an array. */
    bool is_scan = info.format == PTM_IO_FORMAT_HDF5 && !s->dataset;
    ptm_io_info_free(&info);
    int code = is_scan ? cli_scan_open(&source->scan, &is_scan, s) : CLI_OK;
    if (!code) code = is_scan ? use_scan(source, s) : open_array(source, s);
    if (!code && (source->views > PTM_MAX_VIEWS || source->rows > PTM_MAX_LENGTH || source->columns > PTM_MAX_LENGTH))
        code = cli_error(CLI_INPUT, "%s: %" PRId64 " views of %" PRId64 " x %" PRId64 " pixels, more than %d of %d x %d",
            source->path, source->views, source->rows, source->columns, PTM_MAX_VIEWS, PTM_MAX_LENGTH, PTM_MAX_LENGTH);
    return code;
}

/* ------------------------------------------------------------------ flat and dark fields in files of their own */

/* (frame, row, column), of which files of one row and of one frame may leave one out. */
static int shape_field(ptm_io_array *field, const cli_source *source, const cli_settings *s, const char *path)
{
    const bool sinogram = source->rows == 1;
    if (s->transpose && field->dimensions == 2 && transpose(field)) return CLI_MEMORY;
    if (field->dimensions < 3 && (field->dimensions == 2 || sinogram)) {
        const bool many = field->dimensions == 2 && sinogram;
        const int64_t columns = field->shape[field->dimensions - 1];
        const int64_t rows = field->dimensions == 2 && !sinogram ? field->shape[0] : 1, frames = many ? field->shape[0] : 1;
        memcpy(field->shape, (int64_t[]){ frames, rows, columns }, 3 * sizeof *field->shape);
        field->dimensions = 3;
    }
    if (field->dimensions == 3 && field->shape[1] == source->rows && field->shape[2] == source->columns) return CLI_OK;
    const int last = field->dimensions - 1;
    return cli_error(CLI_INPUT, "%s: frames of %" PRId64 " x %" PRId64 " pixels, but %s has %" PRId64 " x %" PRId64, path,
        last > 0 ? field->shape[last - 1] : 1, field->shape[last], source->path, source->rows, source->columns);
}

/* The mean of each group of frames. */
static int open_field(float **means, const cli_source *source, const cli_settings *s, const char *path, int groups)
{
    ptm_io_array field = { 0 };
    int code = cli_read_values(&field, NULL, path, NULL);
    if (!code) code = shape_field(&field, source, s, path);
    const ptm_array values = cli_dense(field.data, field.shape[0], field.shape[1], field.shape[2]);
    if (!code) code = cli_check_finite(&values, NULL, path);
    if (!code && field.shape[0] % groups)
        code = cli_error(CLI_USAGE, "%s has %" PRId64 " frames, which are not %d groups of one size, as --flats-at says",
            path, field.shape[0], groups);
    if (!code && !(*means = cli_new_frame(groups * source->rows, source->columns))) code = CLI_MEMORY;
    const int64_t pixels = source->rows * source->columns, each = field.shape[0] / groups;
    for (int64_t i = 0; i < groups * pixels && !code; ++i) {
        const float *first = (const float *)field.data + i / pixels * each * pixels + i % pixels;
        double sum = 0;
        for (int64_t k = 0; k < each; ++k) sum += (double)first[k * pixels];
        (*means)[i] = (float)(sum / (double)each);
    }
    ptm_io_array_free(&field);
    return code;
}

/* When flats were taken; else all are one group. */
static int parse_groups(cli_source *source, const cli_settings *s)
{
    source->flat_groups = 1;
    if (!s->flats_at) return CLI_OK;
    source->flat_groups = cli_numbers(source->flat_views, CLI_MAX_GROUPS, s->flats_at, ',');
    bool right = source->flat_groups >= 2;
    for (int i = 1; i < source->flat_groups; ++i) right = right && source->flat_views[i] > source->flat_views[i - 1];
    return right ? CLI_OK
                 : cli_error(CLI_USAGE, "--flats-at is \"%s\", expected two or more views V1,V2,... in ascending order",
                       s->flats_at);
}

/* A flat field that is everywhere the same. */
static int make_white(float **flat, const cli_source *source, const cli_settings *s)
{
    if (s->flats) return cli_error(CLI_USAGE, "--white and --flats exclude each other");
    if (s->flats_at) return cli_error(CLI_USAGE, "--white and --flats-at exclude each other");
    if (!(*flat = cli_new_frame(source->rows, source->columns))) return CLI_MEMORY;
    for (int64_t i = 0; i < source->rows * source->columns; ++i) (*flat)[i] = (float)s->white;
    return CLI_OK;
}

static int open_fields(cli_source *source, const cli_settings *s)
{
    int code = parse_groups(source, s);
    if (!code && s->flats) code = open_field(&source->flat, source, s, s->flats, source->flat_groups);
    if (!code && !isnan(s->white)) code = make_white(&source->flat, source, s);
    source->counts |= source->flat != NULL;
    if (!code && s->flats_at && !source->counts) code = cli_error(CLI_USAGE, "--flats-at goes with flat fields");
    if (!code && s->darks && !source->counts)
        code = cli_error(CLI_USAGE, "--darks goes with flat fields, which --flats names");
    return !code && s->darks ? open_field(&source->dark, source, s, s->darks, 1) : code;
}

int cli_source_open(cli_source *source, const cli_settings *s)
{
    *source = (cli_source){ .path = path_of(s) };
    int code = open_data(source, s);
    if (!code) code = open_fields(source, s);
    if (code) cli_source_close(source);
    return code;
}

void cli_source_close(cli_source *source)
{
    ptm_io_scan_close(&source->scan);
    ptm_io_array_free(&source->array);
    free(source->flat);
    free(source->dark);
    free(source->bad);
    source->flat = source->dark = NULL;
    source->bad = NULL;
}

/* ------------------------------------------------------------------ which part */

/* Clips a range to an axis; leaves how many there are from *first on. */
static int use_range(int64_t *first, int64_t *count, const cli_range *range, int64_t length, const char *name)
{
    *first = range->given ? range->first : 0;
    const int64_t end = range->given && range->end >= 0 ? range->end : length;
    *count = end - *first;
    if (*first < length && end <= length) return CLI_OK;
    return cli_error(CLI_USAGE, "--%s ends at %" PRId64 ", but there are %" PRId64, name, end > *first ? end : *first + 1,
        length);
}

int cli_window_make(cli_window *w, const cli_settings *s, const cli_source *source)
{
    const int bins = s->binning > 1 ? s->binning : 1;
    *w = (cli_window){ .view_step = s->used_views.given ? s->used_views.step : 1 };
    int code = use_range(&w->first_view, &w->views, &s->used_views, source->views, "views");
    if (!code) code = use_range(&w->first_row, &w->rows, &s->used_rows, source->rows, "rows");
    if (!code) code = use_range(&w->first_column, &w->columns, &s->used_columns, source->columns, "columns");
    if (code) return code;
    if (w->columns < bins)
        return cli_error(CLI_USAGE, "--binning is %d, but there are only %" PRId64 " columns", bins, w->columns);
    w->bin_columns = bins;
    w->bin_rows = w->rows < bins ? (int)w->rows : bins; /* a sinogram has but one */
    w->views = (w->views + w->view_step - 1) / w->view_step;
    w->rows -= w->rows % w->bin_rows;
    w->columns -= w->columns % w->bin_columns;
    return CLI_OK;
}
