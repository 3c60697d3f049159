/* reconstruct.c - polytome reconstruct: a file in, slices out. */
#include "cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct reconstruct_options {
    cli_geometry geometry;
    const char *input, *output, *device, *filter, *centre, *rows, *dataset;
    double cutoff;
    int bits;
    bool transpose, overwrite, quiet, json;
} reconstruct_options;

/* The projections (view, row, column) as line integrals, and what is known of the scan. */
typedef struct measured {
    ptm_io_array pixels;
    double *angles; /* NULL: not in the file */
    bool from_scan;
    int64_t raised;
} measured;

static void free_measured(measured *m)
{
    ptm_io_array_free(&m->pixels);
    free(m->angles);
}

/* "a:b" or "a": rows a to b - 1. */
static int parse_rows(ptm_io_range *range, const char *text)
{
    if (!text) return CLI_OK;
    char *end;
    range->first_row = strtoll(text, &end, 10);
    range->rows = 1;
    if (*end == ':') {
        const char *second = end + 1;
        range->rows = strtoll(second, &end, 10) - range->first_row;
        if (end == second) end = (char *)(uintptr_t)text;
    }
    if (end == text || *end || range->first_row < 0 || range->rows < 1)
        return cli_usage("--rows is \"%s\", expected a row, or first:last+1", text);
    return CLI_OK;
}

static int load_scan(measured *m, ptm_io_scan *scan, const ptm_io_range *range)
{
    const ptm_io_scan_info *info = ptm_io_scan_get_info(scan);
    ptm_io_array flats = { 0 }, darks = { 0 };
    const ptm_io_range fields = { .first_row = range->first_row, .rows = range->rows };
    int status = ptm_io_scan_read(&m->pixels, scan, PTM_IO_PROJECTIONS, range, PTM_IO_FLOAT32);
    if (!status && info->flats > 0) {
        status = ptm_io_scan_read(&flats, scan, PTM_IO_FLATS, &fields, PTM_IO_FLOAT32);
        if (!status && info->darks > 0) status = ptm_io_scan_read(&darks, scan, PTM_IO_DARKS, &fields, PTM_IO_FLOAT32);
        const ptm_counts_options counts = { PTM_SIZED(ptm_counts_options), .flats = flats.data, .flat_count = (int)info->flats,
            .darks = darks.data, .dark_count = darks.data ? (int)info->darks : 0 };
        if (!status)
            status = ptm_line_integrals(m->pixels.data, m->pixels.shape[0], m->pixels.shape[1] * m->pixels.shape[2], &counts, &m->raised);
    }
    ptm_io_array_free(&flats);
    ptm_io_array_free(&darks);
    if (!status && info->angles) {
        m->angles = malloc((size_t)info->views * sizeof *m->angles);
        if (!m->angles) return cli_error("no memory for %" PRId64 " angles", info->views);
        memcpy(m->angles, info->angles, (size_t)info->views * sizeof *m->angles);
    }
    m->from_scan = true;
    return status ? cli_library_error() : CLI_OK;
}

/* (a, b) to (b, a). */
static int transpose(ptm_io_array *a)
{
    const int64_t n0 = a->shape[0], n1 = a->shape[1];
    float *turned = malloc((size_t)(n0 * n1) * sizeof *turned);
    if (!turned) return cli_error("no memory to transpose %" PRId64 " x %" PRId64, n0, n1);
    for (int64_t i = 0; i < n0; ++i)
        for (int64_t j = 0; j < n1; ++j) turned[j * n0 + i] = ((const float *)a->data)[i * n1 + j];
    free(a->data);
    a->data = turned;
    a->shape[0] = n1;
    a->shape[1] = n0;
    return CLI_OK;
}

static int load_array(measured *m, const reconstruct_options *o, const ptm_io_range *range)
{
    ptm_io_array *a = &m->pixels;
    if (ptm_io_read(a, o->input, &(ptm_io_read_options){ PTM_SIZED(ptm_io_read_options), .dataset = o->dataset }) ||
        ptm_io_array_to_float32(a))
        return cli_library_error();
    if (a->dimensions != 2 && a->dimensions != 3)
        return cli_error("%s: has %d axes, expected (view, column) or (view, row, column)", o->input, a->dimensions);
    if (o->transpose && a->dimensions == 3) return cli_usage("--transpose is for files of two axes");
    if (o->transpose && transpose(a)) return CLI_FAILED;
    if (a->dimensions == 2) {
        a->shape[2] = a->shape[1];
        a->shape[1] = 1;
        a->dimensions = 3;
    }
    if (range->rows == 0) return CLI_OK;
    if (range->first_row + range->rows > a->shape[1])
        return cli_usage("--rows ends at %" PRId64 ", but there are %" PRId64, range->first_row + range->rows, a->shape[1]);
    float *data = a->data, *to = data;
    for (int64_t i = 0; i < a->shape[0]; ++i, to += range->rows * a->shape[2])
        memmove(to, data + (i * a->shape[1] + range->first_row) * a->shape[2], (size_t)(range->rows * a->shape[2]) * sizeof *data);
    a->shape[1] = range->rows;
    return CLI_OK;
}

static int load(measured *m, const reconstruct_options *o)
{
    ptm_io_range range = { 0 };
    if (parse_rows(&range, o->rows)) return CLI_USAGE;
    ptm_io_scan *scan;
    const int status = o->dataset ? PTM_ERROR_UNSUPPORTED : ptm_io_scan_open(&scan, o->input, NULL);
    if (status == PTM_OK) {
        const int code = load_scan(m, scan, &range);
        ptm_io_scan_close(&scan);
        return code;
    }
    if (status != PTM_ERROR_UNSUPPORTED) return cli_library_error();
    return load_array(m, o, &range);
}

static int filter_by_name(const char *name)
{
    static const char *const names[] = { "ram-lak", "shepp-logan", "cosine", "hamming", "hann", "ramp" };
    for (int i = 0; i < 6; ++i)
        if (strcmp(name, names[i]) == 0) return i;
    cli_usage("--filter is \"%s\", expected ram-lak, shepp-logan, cosine, hamming, hann or ramp", name);
    return -1;
}

static void show_progress(const reconstruct_options *o, int done, int all)
{
    if (o->quiet || !isatty(STDERR_FILENO)) return;
    char bar[41] = "";
    for (int i = 0; i < 40; ++i) bar[i] = i < 40 * done / all ? '#' : '.';
    fprintf(stderr, "\r[%s] %d of %d%s", bar, done, all, done == all ? "\n" : "");
}

/* The rotation axis of the middle row. */
static int find_centre(double *centre, const measured *m, ptm_context *context, ptm_device *device)
{
    const int64_t *n = m->pixels.shape;
    float *sinogram = malloc((size_t)(n[0] * n[2]) * sizeof *sinogram);
    if (!sinogram) return cli_error("no memory for a sinogram");
    for (int64_t i = 0; i < n[0]; ++i)
        memcpy(sinogram + i * n[2], (const float *)m->pixels.data + (i * n[1] + n[1] / 2) * n[2], (size_t)n[2] * sizeof *sinogram);
    const int status = ptm_find_rotation_axis(centre, context, device, sinogram, (int)n[0], (int)n[2], m->angles);
    free(sinogram);
    return status ? cli_library_error() : CLI_OK;
}

/* Shifts the detector so that the axis falls on a column. */
static int place_centre(cli_geometry *g, const reconstruct_options *o, const measured *m, ptm_context *context, ptm_device *device)
{
    const bool automatic = o->centre ? strcmp(o->centre, "auto") == 0 : m->from_scan && m->angles && g->offset_u == 0 && !g->fan && !g->cone;
    if (!o->centre && !automatic) return CLI_OK;
    const double columns = (double)m->pixels.shape[2];
    double centre;
    if (automatic) {
        if (g->fan || g->cone || !m->angles) return cli_usage("--centre auto is for parallel scans whose file has the angles");
        if (find_centre(&centre, m, context, device)) return CLI_FAILED;
        if (!o->quiet) fprintf(stderr, "rotation axis at column %.2f\n", centre);
    } else {
        char *end;
        centre = strtod(o->centre, &end);
        if (end == o->centre || *end || !(centre >= 0 && centre < columns))
            return cli_usage("--centre is \"%s\", expected auto or a column from 0 to %g", o->centre, columns - 1);
    }
    g->offset_u = (0.5 * (columns - 1) - centre) * (g->pixel > 0 ? g->pixel : 1);
    return CLI_OK;
}

/* Slice by slice where rows do not mix, else all at once. */
static int run(const reconstruct_options *o, const measured *m, const cli_geometry *g, ptm_context *context, ptm_device *device,
    const ptm_fbp_options *fbp, ptm_io_array *volume)
{
    const int views = (int)m->pixels.shape[0], rows = (int)m->pixels.shape[1], columns = (int)m->pixels.shape[2];
    ptm_scan *scan;
    ptm_operator *op;
    cli_geometry flat = *g;
    const bool by_slice = !g->cone;
    if (by_slice) flat.slices = 1;
    int code = cli_make_scan(&scan, context, &flat, views, by_slice ? 1 : rows, columns, m->angles);
    if (code) return code;
    ptm_volume grid;
    ptm_scan_get_volume(scan, &grid);
    const int64_t slices = by_slice ? rows : grid.shape[0], ny = grid.shape[1], nx = grid.shape[2];
    int status = ptm_io_array_create(volume, PTM_IO_FLOAT32, 3, (int64_t[]){ slices, ny, nx });
    if (!status) memcpy(volume->spacing, grid.spacing, sizeof grid.spacing);
    if (!status) status = ptm_fbp_create(&op, device, scan, fbp);
    if (!status) {
        for (int row = 0; row < (by_slice ? rows : 1) && !status; ++row) {
            const ptm_array in = { PTM_SIZED(ptm_array), .type = PTM_FLOAT32, .dimensions = 3,
                .shape = { views, by_slice ? 1 : rows, columns }, .stride = { (int64_t)rows * columns, columns, 1 },
                .data = (float *)m->pixels.data + (size_t)row * (size_t)columns };
            const ptm_array out = PTM_ARRAY_3D((float *)volume->data + row * ny * nx, by_slice ? 1 : slices, ny, nx);
            status = ptm_apply(op, &out, &in);
            if (!status && by_slice) show_progress(o, row + 1, rows);
        }
        ptm_operator_destroy(&op);
    }
    ptm_scan_destroy(&scan);
    return status ? cli_library_error() : CLI_OK;
}

static int save(const reconstruct_options *o, ptm_io_array *volume)
{
    ptm_io_array picture = *volume;
    if (volume->shape[0] == 1) {
        picture.dimensions = 2;
        picture.shape[0] = volume->shape[1];
        picture.shape[1] = volume->shape[2];
    }
    const size_t length = strlen(o->output);
    const bool scaled = o->bits == 8 || o->bits == 16 || (length > 4 && strcmp(o->output + length - 4, ".png") == 0);
    const ptm_io_write_options w = { PTM_SIZED(ptm_io_write_options), .overwrite = o->overwrite, .bits = o->bits,
        .window = scaled ? PTM_IO_WINDOW_PERCENTILE : PTM_IO_WINDOW_AUTO, .description = "polytome reconstruct, 1/mm" };
    return ptm_io_write(o->output, &picture, &w) ? cli_library_error() : CLI_OK;
}

static int reconstruct(const reconstruct_options *o, measured *m, const ptm_fbp_options *fbp)
{
    ptm_context *context;
    ptm_device *device;
    ptm_io_array volume = { 0 };
    cli_geometry g = o->geometry;
    const double begun = cli_now();
    int code = cli_open(&context, &device, o->device);
    if (code) return code;
    if (m->raised > 0 && !o->quiet)
        fprintf(stderr, "polytome: %" PRId64 " counts were not above their dark field and were raised\n", m->raised);
    code = place_centre(&g, o, m, context, device);
    const double start = cli_now();
    if (!code) code = run(o, m, &g, context, device, fbp, &volume);
    const double seconds = cli_now() - start;
    if (!code) code = save(o, &volume);
    const ptm_device_info *info = ptm_device_get_info(device);
    if (!code && o->json)
        printf("{\"output\": \"%s\", \"device\": \"%s:%d\", \"shape\": [%" PRId64 ", %" PRId64 ", %" PRId64 "], \"seconds\": %.4f, \"total_seconds\": %.4f}\n", o->output,
            info->backend, info->index, volume.shape[0], volume.shape[1], volume.shape[2], seconds, cli_now() - begun);
    else if (!code && !o->quiet)
        fprintf(stderr, "%" PRId64 " x %" PRId64 " x %" PRId64 " voxels in %.3f s on %s: %s\n", volume.shape[0], volume.shape[1], volume.shape[2],
            seconds, info->name, o->output);
    ptm_io_array_free(&volume);
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return code;
}

int cli_reconstruct(int argc, char **argv)
{
    reconstruct_options o = { .filter = "ram-lak" };
    const cli_option options[] = { CLI_GEOMETRY_OPTIONS(o.geometry),
        { "rows", "A:B", CLI_TEXT, &o.rows, "detector rows A to B - 1 only; A: one row" },
        { "centre", "C", CLI_TEXT, &o.centre, "column of the rotation axis, or auto (the default for parallel scans with angles)" },
        { "filter", "NAME", CLI_TEXT, &o.filter, "ram-lak (default), shepp-logan, cosine, hamming, hann, ramp" },
        { "cutoff", "X", CLI_NUMBER, &o.cutoff, "part of Nyquist's frequency (1)" },
        { "transpose", NULL, CLI_FLAG, &o.transpose, "a picture is (column, view), not (view, column)" },
        { "dataset", "PATH", CLI_TEXT, &o.dataset, "of an HDF5 file: line integrals, no counts" },
        { "device", "NAME", CLI_TEXT, &o.device, "where to compute, as polytome devices names them (auto)" },
        { "output", "FILE", CLI_TEXT, &o.output, ".tif, .npy, .h5, .png, or a pattern as slice_%04d.png" },
        { "bits", "N", CLI_INTEGER, &o.bits, "8, 16 or 32; 8 and 16 are scaled to the values' range" },
        { "overwrite", NULL, CLI_FLAG, &o.overwrite, "replace a file that exists" },
        { "json", NULL, CLI_FLAG, &o.json, "the result as one line for machines" },
        { "quiet", NULL, CLI_FLAG, &o.quiet, "say nothing but errors" }, { NULL, NULL, CLI_FLAG, NULL, NULL } };
    const int given = cli_parse(argc, argv, "reconstruct FILE --output FILE [options]", options, &o.input, 1);
    if (given < 0) return given == -2 ? CLI_OK : CLI_USAGE;
    if (given != 1 || !o.output) return cli_usage("reconstruct needs a file and --output");
    const int filter = filter_by_name(o.filter);
    if (filter < 0) return CLI_USAGE;
    const ptm_fbp_options fbp = { PTM_SIZED(ptm_fbp_options), .filter = (ptm_filter_type)filter, .cutoff = o.cutoff };
    measured m = { 0 };
    int code = cli_check_output(o.output, o.overwrite);
    if (!code) code = load(&m, &o);
    if (!code) code = reconstruct(&o, &m, &fbp);
    free_measured(&m);
    return code;
}
