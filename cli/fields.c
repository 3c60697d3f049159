/* fields.c - flat and dark fields of the used rows, and pixels that are bad. */
#include "fields.h"

#include "correct.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ flat and dark fields */

/* Frames are read one by one: there may be hundreds of them. */
static int average(float *mean, const cli_source *source, ptm_io_part part, int64_t first, int64_t frames,
    const cli_window *w)
{
    char name[512];
    const int64_t pixels = w->rows * source->columns;
    float *frame = cli_new_frame(w->rows, source->columns);
    double *sums = calloc((size_t)pixels, sizeof *sums);
    int code = frame && sums ? CLI_OK : cli_error(CLI_MEMORY, "no memory for %" PRId64 " pixels", pixels);
    const ptm_array values = cli_dense(frame, 1, w->rows, source->columns);
    snprintf(name, sizeof name, "%.400s, %s field", source->path, part == PTM_IO_FLATS ? "flat" : "dark");
    for (int64_t k = first; k < first + frames && !code; ++k) {
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

/* The mean of each group of frames. */
static int average_groups(float *means, const cli_source *source, ptm_io_part part, int64_t frames, int groups,
    const cli_window *w)
{
    const int64_t each = frames / groups;
    int code = CLI_OK;
    if (frames % groups)
        return cli_error(CLI_USAGE,
            "%s has %" PRId64 " flat fields, which are not %d groups of one size, as --flats-at says",
            source->path, frames, groups);
    for (int i = 0; i < groups && !code; ++i)
        code = average(means + i * w->rows * source->columns, source, part, i * each, each, w);
    return code;
}

/* What the user gives goes before what the scan has. */
static int load_field(float **means, const cli_source *source, ptm_io_part part, const cli_window *w)
{
    const ptm_io_scan_info *info = source->scan ? ptm_io_scan_get_info(source->scan) : NULL;
    const float *given = part == PTM_IO_FLATS ? source->flat : source->dark;
    const int64_t frames = !info ? 0 : part == PTM_IO_FLATS ? info->flats : info->darks;
    const int groups = part == PTM_IO_FLATS ? source->flat_groups : 1;
    if (!given && frames < 1) return CLI_OK;
    if (!(*means = cli_new_frame(groups * w->rows, source->columns))) return CLI_MEMORY;
    if (!given) return average_groups(*means, source, part, frames, groups, w);
    const int64_t used = w->rows * source->columns;
    for (int i = 0; i < groups; ++i)
        memcpy(*means + i * used, given + (i * source->rows + w->first_row) * source->columns,
            (size_t)used * sizeof **means);
    return CLI_OK;
}

/* Nowhere a beam: flat and dark fields that are swapped, say. */
static int check_beam(const cli_fields *f, const cli_source *source, const cli_window *w)
{
    const int64_t used = w->rows * source->columns;
    if (!f->flat) return CLI_OK;
    for (int64_t i = 0; i < source->flat_groups * used; ++i)
        if (f->flat[i] > (f->dark ? f->dark[i % used] : 0)) return CLI_OK;
    return cli_error(CLI_INPUT, "%s: its flat fields are nowhere above %s", source->path,
        f->dark ? "its dark fields; are they swapped?" : "0");
}

static int copy_bad(cli_fields *f, const cli_source *source, const cli_window *w)
{
    const size_t used = (size_t)(w->rows * source->columns);
    if (!source->bad) return CLI_OK;
    if (!(f->bad = malloc(used))) return cli_error(CLI_MEMORY, "no memory for %zu pixels", used);
    memcpy(f->bad, source->bad + w->first_row * source->columns, used);
    return CLI_OK;
}

int cli_fields_load(cli_fields *f, const cli_source *source, const cli_window *w)
{
    *f = (cli_fields){ .flat = NULL };
    int code = load_field(&f->flat, source, PTM_IO_FLATS, w);
    if (!code && f->flat) code = load_field(&f->dark, source, PTM_IO_DARKS, w);
    if (!code) code = check_beam(f, source, w);
    if (!code) code = copy_bad(f, source, w);
    f->counts = (ptm_counts_options){ PTM_SIZED(ptm_counts_options), .flats = f->flat,
        .flat_count = f->flat ? source->flat_groups : 0,
        .flat_views = source->flat_groups > 1 ? source->flat_views : NULL, .darks = f->dark,
        .dark_count = f->dark != NULL };
    return code;
}

void cli_fields_free(cli_fields *f)
{
    free(f->flat);
    free(f->dark);
    free(f->bad);
}

/* ------------------------------------------------------------------ bad pixels */

static int read_bad(cli_source *source, const char *path)
{
    ptm_io_array marks = { 0 };
    int code = cli_read_values(&marks, NULL, path, NULL);
    const int64_t pixels = source->rows * source->columns, last = code ? 0 : marks.shape[marks.dimensions - 1];
    if (!code && (ptm_io_array_count(&marks) != pixels || last != source->columns))
        code = cli_error(CLI_INPUT, "%s: is not the %" PRId64 " x %" PRId64 " pixels of %s", path, source->rows,
            source->columns,
            source->path);
    for (int64_t i = 0; i < pixels && !code; ++i) source->bad[i] = ((const float *)marks.data)[i] != 0;
    ptm_io_array_free(&marks);
    return code;
}

static int find_bad(cli_source *source, ptm_context *context, int64_t *count)
{
    const cli_window all = { .view_step = 1, .rows = source->rows, .columns = source->columns };
    cli_fields f = { 0 };
    uint8_t *bad = source->bad;
    source->bad = NULL; /* not known yet */
    int code = cli_fields_load(&f, source, &all), status = PTM_OK;
    source->bad = bad;
    if (!code)
        status = ptm_find_bad_pixels(bad, count, context, &(ptm_bad_pixel_options){ PTM_SIZED(ptm_bad_pixel_options),
            .flats = f.flat,
            .flat_count = f.counts.flat_count, .darks = f.dark, .dark_count = f.counts.dark_count,
            .rows = (int)source->rows,
            .columns = (int)source->columns });
    cli_fields_free(&f);
    return status ? cli_library_error(CLI_FAILED, status) : code;
}

int cli_find_bad_pixels(cli_source *source, const cli_settings *s, ptm_context *context)
{
    int64_t count = 0;
    if (!s->bad_pixels) return CLI_OK;
    const bool found = strcmp(s->bad_pixels, "auto") == 0;
    if (found && !source->counts) return cli_error(CLI_USAGE, "--bad-pixels auto needs flat fields");
    source->bad = malloc((size_t)(source->rows * source->columns));
    if (!source->bad)
        return cli_error(CLI_MEMORY, "no memory for %" PRId64 " x %" PRId64 " pixels", source->rows, source->columns);
    const int code = found ? find_bad(source, context, &count) : read_bad(source, s->bad_pixels);
    if (!code && found) cli_note(s, "%" PRId64 " bad pixels", count);
    return code;
}
