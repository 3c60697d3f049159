/* source.c - projections from a file: which of them, as line integrals. */
#include "cli.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((int64_t)64 << 20) /* of counts that are read at a time */

/* ------------------------------------------------------------------ opening */

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
    const int code = cli_read_values(a, &source->integers, s->input, s->dataset);
    if (code) return code;
    if (a->dimensions != 2 && a->dimensions != 3)
        return cli_error(CLI_INPUT, "%s: has %d axes, expected (view, column) or (view, row, column)", s->input, a->dimensions);
    if (s->transpose && a->dimensions == 3)
        return cli_error(CLI_USAGE, "--transpose is for files of two axes, %s has three", s->input);
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
    const int status = ptm_io_info_read(&info, s->input);
    if (status) return cli_library_error(CLI_INPUT, status);
    /* An HDF5 file that is no scan may hold an array. */
    bool is_scan = info.format == PTM_IO_FORMAT_HDF5 && !s->dataset;
    ptm_io_info_free(&info);
    int code = is_scan ? cli_scan_open(&source->scan, &is_scan, s) : CLI_OK;
    if (!code) code = is_scan ? use_scan(source, s) : open_array(source, s);
    if (!code && (source->views > PTM_MAX_VIEWS || source->rows > PTM_MAX_LENGTH || source->columns > PTM_MAX_LENGTH))
        code = cli_error(CLI_INPUT, "%s: %" PRId64 " views of %" PRId64 " x %" PRId64 " pixels, more than %d of %d x %d",
            s->input, source->views, source->rows, source->columns, PTM_MAX_VIEWS, PTM_MAX_LENGTH, PTM_MAX_LENGTH);
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

static float *new_frame(int64_t rows, int64_t columns)
{
    float *frame = calloc((size_t)(rows * columns), sizeof *frame);
    if (!frame) cli_error(CLI_MEMORY, "no memory for %" PRId64 " x %" PRId64 " pixels", rows, columns);
    return frame;
}

/* The mean of the frames. */
static int open_field(float **mean, const cli_source *source, const cli_settings *s, const char *path)
{
    ptm_io_array field = { 0 };
    int code = cli_read_values(&field, NULL, path, NULL);
    if (!code) code = shape_field(&field, source, s, path);
    const ptm_array values = cli_dense(field.data, field.shape[0], field.shape[1], field.shape[2]);
    if (!code) code = cli_check_finite(&values, NULL, path);
    if (!code && !(*mean = new_frame(source->rows, source->columns))) code = CLI_MEMORY;
    const int64_t pixels = source->rows * source->columns;
    for (int64_t i = 0; i < pixels && !code; ++i) {
        double sum = 0;
        for (int64_t k = 0; k < field.shape[0]; ++k) sum += (double)((const float *)field.data)[k * pixels + i];
        (*mean)[i] = (float)(sum / (double)field.shape[0]);
    }
    ptm_io_array_free(&field);
    return code;
}

static int open_fields(cli_source *source, const cli_settings *s)
{
    int code = s->flats ? open_field(&source->flat, source, s, s->flats) : CLI_OK;
    source->counts |= source->flat != NULL;
    if (!code && s->darks && !source->counts)
        code = cli_error(CLI_USAGE, "--darks goes with flat fields, which --flats names");
    return !code && s->darks ? open_field(&source->dark, source, s, s->darks) : code;
}

int cli_source_open(cli_source *source, const cli_settings *s)
{
    *source = (cli_source){ .path = s->input };
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
    source->flat = source->dark = NULL;
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

/* ------------------------------------------------------------------ bins */

/* -log of the mean of exp(-value), about the least value so that nothing overflows. */
static float bin_line_integrals(const float *from, int64_t width, const cli_window *w)
{
    double least = from[0], sum = 0;
    for (int j = 0; j < w->bin_rows; ++j)
        for (int i = 0; i < w->bin_columns; ++i) least = fmin(least, from[j * width + i]);
    for (int j = 0; j < w->bin_rows; ++j)
        for (int i = 0; i < w->bin_columns; ++i) sum += exp(least - from[j * width + i]);
    return (float)(least - log(sum / (w->bin_rows * w->bin_columns)));
}

static float bin_transmissions(const float *from, int64_t width, const cli_window *w)
{
    double sum = 0;
    for (int j = 0; j < w->bin_rows; ++j)
        for (int i = 0; i < w->bin_columns; ++i) sum += (double)from[j * width + i];
    return (float)(sum / (w->bin_rows * w->bin_columns));
}

/* One view: the used rows of the file, `width` long, cropped and binned. */
static void shrink(float *to, const float *from, int64_t width, const cli_window *w, bool transmissions)
{
    for (int64_t j = 0; j < w->rows; j += w->bin_rows)
        for (int64_t i = 0; i < w->columns; i += w->bin_columns) {
            const float *pixel = from + j * width + w->first_column + i;
            *to++ = transmissions ? bin_transmissions(pixel, width, w) : bin_line_integrals(pixel, width, w);
        }
}

static int make_pixels(cli_pixels *p, const cli_window *w)
{
    const int64_t rows = w->rows / w->bin_rows, columns = w->columns / w->bin_columns;
    p->owned = malloc((size_t)(w->views * rows * columns) * sizeof *p->owned);
    if (!p->owned)
        return cli_error(CLI_MEMORY, "no memory for %" PRId64 " views of %" PRId64 " x %" PRId64 " pixels", w->views, rows,
            columns);
    p->array = cli_dense(p->owned, w->views, rows, columns);
    return CLI_OK;
}

static bool is_binned(const cli_window *w)
{
    return w->bin_rows > 1 || w->bin_columns > 1;
}

/* What is not binned stays where it is. */
static int load_array(cli_pixels *p, const cli_source *source, const cli_window *w)
{
    const int64_t width = source->columns, frame = source->rows * width;
    float *data = (float *)source->array.data + w->first_view * frame + w->first_row * width;
    ptm_array used = cli_dense(data + w->first_column, w->views, w->rows, w->columns);
    used.stride[0] = w->view_step * frame;
    used.stride[1] = width;
    int code = cli_check_finite(&used, w, source->path);
    if (!code && !is_binned(w)) p->array = used;
    if (code || !is_binned(w)) return code;
    code = make_pixels(p, w);
    for (int64_t i = 0; i < w->views && !code; ++i)
        shrink(p->owned + i * p->array.stride[0], data + i * used.stride[0], width, w, false);
    return code;
}

/* Flat and dark fields of the used rows, the mean of their frames each. */
typedef struct fields {
    float *flat, *dark;
    float *ones; /* a flat field for what is a transmission already */
    ptm_counts_options counts;
} fields;

static void free_fields(fields *f)
{
    free(f->flat);
    free(f->dark);
    free(f->ones);
}

/* Frames are read one by one: there may be hundreds of them. */
static int average(float *mean, const cli_source *source, ptm_io_part part, int64_t frames, const cli_window *w)
{
    char name[512];
    const int64_t pixels = w->rows * source->columns;
    float *frame = new_frame(w->rows, source->columns);
    double *sums = calloc((size_t)pixels, sizeof *sums);
    int code = frame && sums ? CLI_OK : cli_error(CLI_MEMORY, "no memory for %" PRId64 " pixels", pixels);
    const ptm_array values = cli_dense(frame, 1, w->rows, source->columns);
    snprintf(name, sizeof name, "%.400s, %s field", source->path, part == PTM_IO_FLATS ? "flat" : "dark");
    for (int64_t k = 0; k < frames && !code; ++k) {
        const cli_window place = { .first_view = k, .view_step = 1, .first_row = w->first_row };
        const int status = ptm_io_scan_read_into(frame, (uint64_t)pixels * sizeof *frame, source->scan, part,
            &(ptm_io_range){ k, 1, w->first_row, w->rows }, PTM_IO_FLOAT32);
        code = status ? cli_library_error(CLI_INPUT, status) : cli_check_finite(&values, &place, name);
        for (int64_t i = 0; i < pixels && !code; ++i) sums[i] += (double)frame[i];
    }
    for (int64_t i = 0; i < pixels && !code; ++i) mean[i] = (float)(sums[i] / (double)frames);
    free(frame);
    free(sums);
    return code;
}

/* What the user gives goes before what the scan has. */
static int load_field(float **mean, const cli_source *source, ptm_io_part part, const cli_window *w)
{
    const ptm_io_scan_info *info = source->scan ? ptm_io_scan_get_info(source->scan) : NULL;
    const float *given = part == PTM_IO_FLATS ? source->flat : source->dark;
    const int64_t frames = !info ? 0 : part == PTM_IO_FLATS ? info->flats : info->darks;
    if (!given && frames < 1) return CLI_OK;
    if (!(*mean = new_frame(w->rows, source->columns))) return CLI_MEMORY;
    if (!given) return average(*mean, source, part, frames, w);
    memcpy(*mean, given + w->first_row * source->columns, (size_t)(w->rows * source->columns) * sizeof **mean);
    return CLI_OK;
}

static int load_fields(fields *f, const cli_source *source, const cli_window *w)
{
    int code = load_field(&f->flat, source, PTM_IO_FLATS, w);
    if (!code && f->flat) code = load_field(&f->dark, source, PTM_IO_DARKS, w);
    f->counts = (ptm_counts_options){ PTM_SIZED(ptm_counts_options), .flats = f->flat, .flat_count = f->flat != NULL,
        .darks = f->dark, .dark_count = f->dark != NULL, .transmissions = is_binned(w) };
    if (code || !f->counts.transmissions) return code;
    const int64_t rows = w->rows / w->bin_rows, columns = w->columns / w->bin_columns;
    if (!(f->ones = new_frame(rows, columns))) return CLI_MEMORY;
    for (int64_t i = 0; i < rows * columns; ++i) f->ones[i] = 1;
    return CLI_OK;
}

/* Views as they are in the file, of the used rows. */
static int read_views(float *to, const cli_source *source, const ptm_io_range *range)
{
    const int64_t frame = source->rows * source->columns, used = range->rows * source->columns;
    if (!source->scan) {
        const float *from =
            (const float *)source->array.data + range->first_view * frame + range->first_row * source->columns;
        for (int64_t i = 0; i < range->views; ++i) memcpy(to + i * used, from + i * frame, (size_t)used * sizeof *to);
        return CLI_OK;
    }
    const ptm_io_scan_info *info = ptm_io_scan_get_info(source->scan);
    const int status = ptm_io_scan_read_into(to, (uint64_t)(range->views * used) * sizeof *to, source->scan,
        PTM_IO_PROJECTIONS, range, PTM_IO_FLOAT32);
    if (status) return cli_library_error(CLI_INPUT, status);
    cli_codes_to_values(to, range->views * used, info->type, info->window);
    return CLI_OK;
}

/* Some views, from the file to line integrals. block: as they are in the file, or NULL where they are used whole. */
static int load_views(cli_pixels *p, const cli_source *source, const cli_window *w, const fields *f, float *block,
    int64_t first, int64_t count)
{
    const int64_t width = source->columns, pixels = p->array.stride[0];
    float *to = p->owned + first * pixels, *from = block ? block : to;
    const ptm_io_range range = { w->first_view + first * w->view_step, count, w->first_row, w->rows };
    const cli_window place = { .first_view = range.first_view, .view_step = 1, .first_row = w->first_row };
    const ptm_array values = cli_dense(from, count, w->rows, width);
    const bool counts = f->flat != NULL;
    int64_t raised = 0;
    int status = PTM_OK, code = read_views(from, source, &range);
    if (!code) code = cli_check_finite(&values, &place, source->path);
    if (code) return code;
    if (counts) status = ptm_line_integrals(from, count, w->rows * width, &f->counts, &raised);
    for (int64_t i = 0; i < count && block && !status; ++i)
        shrink(to + i * pixels, from + i * w->rows * width, width, w, counts && is_binned(w));
    if (!status && counts && is_binned(w)) {
        const ptm_counts_options logarithm = { PTM_SIZED(ptm_counts_options), .flats = f->ones, .flat_count = 1 };
        status = ptm_line_integrals(to, count, pixels, &logarithm, &raised);
    }
    p->raised += raised;
    return status ? cli_library_error(CLI_FAILED, status) : CLI_OK;
}

static int load_blocks(cli_pixels *p, const cli_source *source, const cli_window *w)
{
    fields f = { 0 };
    const int64_t frame = w->rows * source->columns, most = BLOCK_BYTES / 4 / frame;
    const int64_t each = w->view_step > 1 || most < 1 ? 1 : most < w->views ? most : w->views;
    float *block = NULL;
    int code = load_fields(&f, source, w);
    if (!code) code = make_pixels(p, w);
    if (!code && p->array.stride[0] != frame && !(block = malloc((size_t)(each * frame) * sizeof *block)))
        code = cli_error(CLI_MEMORY, "no memory for %" PRId64 " views of %" PRId64 " pixels", each, frame);
    for (int64_t i = 0; i < w->views && !code; i += each) {
        const int64_t count = w->views - i < each ? w->views - i : each;
        code = cli_stopped() ? cli_error(CLI_STOPPED, "stopped") : load_views(p, source, w, &f, block, i, count);
    }
    free(block);
    free_fields(&f);
    return code;
}

int cli_load(cli_pixels *pixels, const cli_source *source, const cli_window *w)
{
    *pixels = (cli_pixels){ .owned = NULL };
    const bool values = !source->scan && !source->counts; /* line integrals in memory */
    const int code = values ? load_array(pixels, source, w) : load_blocks(pixels, source, w);
    if (code) cli_pixels_free(pixels);
    return code;
}

void cli_pixels_free(cli_pixels *pixels)
{
    free(pixels->owned);
    *pixels = (cli_pixels){ .owned = NULL };
}
