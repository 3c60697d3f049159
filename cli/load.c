/* load.c - the used part of a file of projections as line integrals. */
#include "load.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((int64_t)64 << 20) /* of counts that are read at a time */
#define PIECE_BYTES ((int64_t)1 << 20) /* of an array that stays in its file */

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

static int replace_bad(ptm_context *context, const cli_source *source, const cli_window *w, const ptm_array *all)
{
    const int status = ptm_replace_pixels(context, all, source->bad + w->first_row * source->columns);
    return status ? cli_library_error(CLI_FAILED, status) : CLI_OK;
}

/* Of views from first_view on, and of all columns. Those that are not used may hold anything, unless bad pixels have their
 * values from there. */
static int check_values(const cli_source *source, const cli_window *w, int64_t first_view, const ptm_array *all)
{
    cli_window place = *w;
    ptm_array used = *all;
    place.first_view = first_view;
    if (source->bad) place.first_column = 0;
    else used.shape[2] = w->columns;
    used.data = (float *)all->data + place.first_column;
    return cli_check_finite(&used, &place, source->path);
}

/* What is not binned stays where it is. */
static int load_array(cli_pixels *p, ptm_context *context, const cli_source *source, const cli_window *w)
{
    const int64_t width = source->columns, frame = source->rows * width;
    float *data = (float *)source->array.data + w->first_view * frame + w->first_row * width;
    ptm_array all = cli_dense(data, w->views, w->rows, width), used;
    all.stride[0] = w->view_step * frame;
    used = all;
    used.data = data + w->first_column;
    used.shape[2] = w->columns;
    int code = check_values(source, w, w->first_view, &all);
    if (!code && source->bad) code = replace_bad(context, source, w, &all);
    if (!code && !is_binned(w)) p->array = used;
    if (code || !is_binned(w)) return code;
    code = make_pixels(p, w);
    for (int64_t i = 0; i < w->views && !code; ++i)
        shrink(p->owned + i * p->array.stride[0], data + i * used.stride[0], width, w, false);
    return code;
}

/* The used rows of whole views. */
static void copy_rows(float *to, const float *views, const cli_source *source, const ptm_io_range *range)
{
    const int64_t frame = source->rows * source->columns, used = range->rows * source->columns;
    for (int64_t i = 0; i < range->views; ++i)
        memcpy(to + i * used, views + i * frame + range->first_row * source->columns, (size_t)used * sizeof *to);
}

/* From an array that stays in its file, some whole views at a time. */
static int read_from_array(float *to, const cli_source *source, const ptm_io_range *range)
{
    const int64_t frame = source->rows * source->columns, most = PIECE_BYTES / 4 / frame;
    int code = CLI_OK;
    for (int64_t i = 0, count; i < range->views && !code; i += count) {
        ptm_io_array piece;
        ptm_io_range part = *range;
        count = part.views = range->views - i < most ? range->views - i : most > 1 ? most : 1;
        code = cli_read_places(&piece, NULL, source->path, source->dataset, range->first_view + i, count);
        if (code) break;
        copy_rows(to + i * range->rows * source->columns, piece.data, source, &part);
        ptm_io_array_free(&piece);
    }
    return code;
}

/* Views as they are in the file, of the used rows. */
static int read_views(float *to, const cli_source *source, const ptm_io_range *range)
{
    const int64_t frame = source->rows * source->columns, used = range->rows * source->columns;
    if (!source->scan && !source->array.data) return read_from_array(to, source, range);
    if (!source->scan) {
        copy_rows(to, (const float *)source->array.data + range->first_view * frame, source, range);
        return CLI_OK;
    }
    const ptm_io_scan_info *info = ptm_io_scan_get_info(source->scan);
    const int status = ptm_io_scan_read_into(to, (uint64_t)(range->views * used) * sizeof *to, source->scan,
        PTM_IO_PROJECTIONS, range, PTM_IO_FLOAT32);
    if (status) return cli_library_error(CLI_INPUT, status);
    cli_codes_to_values(to, range->views * used, info->type, info->window);
    return CLI_OK;
}

/* -log of transmissions. */
static int take_logarithms(ptm_context *context, float *values, const cli_window *w, int64_t views, int64_t *raised)
{
    const int64_t rows = w->rows / w->bin_rows, columns = w->columns / w->bin_columns;
    float *ones = cli_new_frame(rows, columns);
    if (!ones) return CLI_MEMORY;
    for (int64_t i = 0; i < rows * columns; ++i) ones[i] = 1;
    const ptm_array array = cli_dense(values, views, rows, columns);
    const int status = ptm_line_integrals(context, &array,
        &(ptm_counts_options){ PTM_SIZED(ptm_counts_options), .flats = ones, .flat_count = 1 }, raised);
    free(ones);
    return status ? cli_library_error(CLI_FAILED, status) : CLI_OK;
}

int cli_loader_open(cli_loader *l, ptm_context *context, const cli_source *source, const cli_window *w, int64_t bytes)
{
    const int64_t frame = w->rows * source->columns, used = w->rows / w->bin_rows * (w->columns / w->bin_columns);
    const int64_t most = bytes / (int64_t)sizeof(float) / frame;
    *l = (cli_loader){ .context = context, .source = source, .window = w };
    l->each = w->view_step > 1 || most < 1 ? 1 : most < w->views ? most : w->views;
    const int code = cli_fields_load(&l->fields, source, w);
    if (code || used == frame) return code;
    l->block = malloc((size_t)(l->each * frame) * sizeof *l->block);
    return l->block ? CLI_OK
                    : cli_error(CLI_MEMORY, "no memory for %" PRId64 " views of %" PRId64 " pixels", l->each, frame);
}

void cli_loader_close(cli_loader *l)
{
    free(l->block);
    cli_fields_free(&l->fields);
}

int cli_loader_read(cli_loader *l, float *to, int64_t first, int64_t count)
{
    const cli_source *source = l->source;
    const cli_window *w = l->window;
    const int64_t width = source->columns, pixels = w->rows / w->bin_rows * (w->columns / w->bin_columns);
    float *from = l->block ? l->block : to;
    const ptm_io_range range = { w->first_view + first * w->view_step, count, w->first_row, w->rows };
    const ptm_array values = cli_dense(from, count, w->rows, width);
    const bool counts = l->fields.flat != NULL;
    ptm_counts_options o = l->fields.counts;
    o.first_view = (double)range.first_view;
    o.transmissions = is_binned(w);
    int64_t raised = 0;
    int status = PTM_OK, code = read_views(from, source, &range);
    if (!code) code = check_values(source, w, range.first_view, &values);
    if (code) return code;
    if (counts) status = ptm_line_integrals(l->context, &values, &o, &raised);
    if (!status && l->fields.bad) status = ptm_replace_pixels(l->context, &values, l->fields.bad);
    for (int64_t i = 0; i < count && l->block && !status; ++i)
        shrink(to + i * pixels, from + i * w->rows * width, width, w, counts && is_binned(w));
    if (status) return cli_library_error(CLI_FAILED, status);
    if (counts && is_binned(w)) code = take_logarithms(l->context, to, w, count, &raised);
    l->raised += raised;
    return code;
}

int64_t cli_loader_next(const cli_loader *l, int64_t done)
{
    const int64_t left = l->window->views - done;
    return left < l->each ? left : l->each;
}

static int load_blocks(cli_pixels *p, ptm_context *context, const cli_source *source, const cli_window *w)
{
    cli_loader l;
    int64_t count = 0;
    int code = cli_loader_open(&l, context, source, w, BLOCK_BYTES);
    if (!code) code = make_pixels(p, w);
    for (int64_t i = 0; i < w->views && !code; i += count) {
        count = cli_loader_next(&l, i);
        code = cli_stopped() ? cli_error(CLI_STOPPED, "stopped")
                             : cli_loader_read(&l, p->owned + i * p->array.stride[0], i, count);
    }
    p->raised = l.raised;
    cli_loader_close(&l);
    return code;
}

int cli_load(cli_pixels *pixels, ptm_context *context, const cli_source *source, const cli_window *w)
{
    *pixels = (cli_pixels){ .owned = NULL };
    const bool values = !source->scan && !source->counts && source->array.data; /* line integrals in memory */
    const int code = values ? load_array(pixels, context, source, w) : load_blocks(pixels, context, source, w);
    if (code) cli_pixels_free(pixels);
    return code;
}

void cli_pixels_free(cli_pixels *pixels)
{
    free(pixels->owned);
    *pixels = (cli_pixels){ .owned = NULL };
}
