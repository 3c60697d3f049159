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
    const ptm_io_read_options o = { PTM_SIZED(ptm_io_read_options), .dataset = s->dataset };
    int status = ptm_io_read(a, s->input, &o);
    if (status) return cli_library_error(CLI_INPUT, status);
    status = ptm_io_array_to_float32(a);
    if (status) return cli_error(status == PTM_ERROR_MEMORY ? CLI_MEMORY : CLI_INPUT, "%s: %s", s->input, ptm_error_message());
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

static void use_scan(cli_source *source)
{
    const ptm_io_scan_info *info = ptm_io_scan_get_info(source->scan);
    source->views = info->views;
    source->rows = info->rows;
    source->columns = info->columns;
    source->angles = info->angles;
    memcpy(source->pixel, info->pixel_size, sizeof source->pixel);
}

int cli_source_open(cli_source *source, const cli_settings *s)
{
    *source = (cli_source){ .path = s->input };
    const ptm_io_scan_options o = { PTM_SIZED(ptm_io_scan_options), .ignore_angles = s->angles != NULL };
    ptm_io_info info;
    int status = ptm_io_info_read(&info, s->input);
    if (status) return cli_library_error(CLI_INPUT, status);
    const bool may_be_scan = info.format == PTM_IO_FORMAT_HDF5 && !s->dataset;
    ptm_io_info_free(&info);
    /* An HDF5 file that is no scan may hold an array. */
    status = may_be_scan ? ptm_io_scan_open(&source->scan, s->input, &o) : PTM_ERROR_UNSUPPORTED;
    int code = CLI_OK;
    if (status == PTM_OK) use_scan(source);
    else if (status == PTM_ERROR_UNSUPPORTED) code = open_array(source, s);
    else code = cli_library_error(CLI_INPUT, status);
    if (!code && (source->views > 1 << 20 || source->rows > 16384 || source->columns > 16384))
        code = cli_error(CLI_INPUT, "%s: %" PRId64 " views of %" PRId64 " x %" PRId64 " pixels, more than 1048576 of 16384 x 16384",
            s->input, source->views, source->rows, source->columns);
    if (code) cli_source_close(source);
    return code;
}

void cli_source_close(cli_source *source)
{
    ptm_io_scan_close(&source->scan);
    ptm_io_array_free(&source->array);
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

/* ------------------------------------------------------------------ values */

ptm_array cli_dense(float *data, int64_t n0, int64_t n1, int64_t n2)
{
    return (ptm_array){ PTM_SIZED(ptm_array), .type = PTM_FLOAT32, .dimensions = 3, .shape = { n0, n1, n2 },
        .stride = { n1 * n2, n2, 1 },
        .data = data };
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
                    return cli_error(CLI_INPUT, "%s: element (%" PRId64 ", %" PRId64 ", %" PRId64 ") is %g, expected finite numbers", name,
                        w->first_view + i * w->view_step, w->first_row + j, w->first_column + k, (double)line[k]);
        }
    return CLI_OK;
}

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

/* Flat and dark fields of the used rows. */
typedef struct fields {
    ptm_io_array flats, darks;
    float *ones; /* a flat field for what is a transmission already */
    ptm_counts_options counts;
} fields;

static void free_fields(fields *f)
{
    ptm_io_array_free(&f->flats);
    ptm_io_array_free(&f->darks);
    free(f->ones);
}

static int load_field(ptm_io_array *field, const cli_source *source, ptm_io_part part, const cli_window *w)
{
    const ptm_io_range range = { .first_row = w->first_row, .rows = w->rows };
    const int status = ptm_io_scan_read(field, source->scan, part, &range, PTM_IO_FLOAT32);
    if (status) return cli_library_error(CLI_INPUT, status);
    const cli_window rows = { .view_step = 1, .first_row = w->first_row };
    const ptm_array values = cli_dense(field->data, field->shape[0], field->shape[1], field->shape[2]);
    char name[512];
    snprintf(name, sizeof name, "%.400s, %s field", source->path, part == PTM_IO_FLATS ? "flat" : "dark");
    return cli_check_finite(&values, &rows, name);
}

static int load_fields(fields *f, const cli_source *source, const cli_window *w)
{
    const ptm_io_scan_info *info = ptm_io_scan_get_info(source->scan);
    int code = CLI_OK;
    if (info->flats > 0) code = load_field(&f->flats, source, PTM_IO_FLATS, w);
    if (!code && info->flats > 0 && info->darks > 0) code = load_field(&f->darks, source, PTM_IO_DARKS, w);
    f->counts = (ptm_counts_options){ PTM_SIZED(ptm_counts_options), .flats = f->flats.data, .flat_count = (int)f->flats.shape[0],
        .darks = f->darks.data, .dark_count = (int)f->darks.shape[0], .transmissions = is_binned(w) };
    if (code || !f->counts.transmissions) return code;
    const int64_t pixels = w->rows / w->bin_rows * (w->columns / w->bin_columns);
    if (!(f->ones = malloc((size_t)pixels * sizeof *f->ones)))
        code = cli_error(CLI_MEMORY, "no memory for %" PRId64 " pixels", pixels);
    for (int64_t i = 0; i < pixels && !code; ++i) f->ones[i] = 1;
    return code;
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
    const bool counts = f->counts.flats != NULL;
    int64_t raised = 0;
    int status = ptm_io_scan_read_into(from, (uint64_t)(count * w->rows * width) * sizeof *from, source->scan,
        PTM_IO_PROJECTIONS, &range, PTM_IO_FLOAT32);
    if (status) return cli_library_error(CLI_INPUT, status);
    if (cli_check_finite(&values, &place, source->path)) return CLI_INPUT;
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

static int load_scan(cli_pixels *p, const cli_source *source, const cli_window *w)
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
    const int code = source->scan ? load_scan(pixels, source, w) : load_array(pixels, source, w);
    if (code) cli_pixels_free(pixels);
    return code;
}

void cli_pixels_free(cli_pixels *pixels)
{
    free(pixels->owned);
    *pixels = (cli_pixels){ .owned = NULL };
}
