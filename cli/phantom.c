/* phantom.c - polytome phantom, polytome project. */
#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The modified Shepp-Logan head in three dimensions: values after P. Toft, The Radon Transform, 1996, table B.3; third axes
 * after M. Schabel. Value, half axes, centre (in half edges of the cube), turn about z in degrees. */
static const double shepp_logan[][8] = {
    { 1, 0.69, 0.92, 0.81, 0, 0, 0, 0 },
    { -0.8, 0.6624, 0.874, 0.78, 0, -0.0184, 0, 0 },
    { -0.2, 0.11, 0.31, 0.22, 0.22, 0, 0, -18 },
    { -0.2, 0.16, 0.41, 0.28, -0.22, 0, 0, 18 },
    { 0.1, 0.21, 0.25, 0.41, 0, 0.35, -0.15, 0 },
    { 0.1, 0.046, 0.046, 0.05, 0, 0.1, 0.25, 0 },
    { 0.1, 0.046, 0.046, 0.05, 0, -0.1, 0.25, 0 },
    { 0.1, 0.046, 0.023, 0.05, -0.08, -0.605, 0, 0 },
    { 0.1, 0.023, 0.023, 0.02, 0, -0.606, 0, 0 },
    { 0.1, 0.023, 0.046, 0.02, 0.06, -0.605, 0, 0 } };

static double shepp_logan_at(double x, double y, double z)
{
    double sum = 0;
    for (size_t i = 0; i < sizeof shepp_logan / sizeof *shepp_logan; ++i) {
        const double *e = shepp_logan[i], turn = e[7] * 3.14159265358979323846 / 180, c = cos(turn), s = sin(turn);
        const double dx = x - e[4], dy = y - e[5], dz = z - e[6];
        const double a = (c * dx + s * dy) / e[1], b = (c * dy - s * dx) / e[2], h = dz / e[3];
        if (a * a + b * b + h * h <= 1) sum += e[0];
    }
    return sum;
}

int cli_phantom(int argc, char **argv)
{
    const char *output = NULL;
    int size = 64;
    bool overwrite = false;
    const cli_option options[] = { { "size", "N", CLI_INTEGER, &size, "voxels along each edge (64)" },
        { "output", "FILE", CLI_TEXT, &output, "where to write it; .npy, .tif or .h5" },
        { "overwrite", NULL, CLI_FLAG, &overwrite, "replace a file that exists" }, { NULL, NULL, CLI_FLAG, NULL, NULL } };
    const int given = cli_parse(argc, argv, "phantom --output FILE [options]", options, NULL, 0);
    if (given < 0) return given == -2 ? CLI_OK : CLI_USAGE;
    if (!output || size < 1 || size > 2048) return cli_usage(output ? "--size is %d, expected 1 to 2048" : "phantom needs --output", size);
    ptm_io_array volume;
    if (ptm_io_array_create(&volume, PTM_IO_FLOAT32, 3, (int64_t[]){ size, size, size })) return cli_library_error();
    float *at = volume.data;
    for (int k = 0; k < size; ++k)
        for (int j = 0; j < size; ++j)
            for (int i = 0; i < size; ++i) {
                /* the mean of eight places in the voxel */
                double sum = 0;
                for (int sub = 0; sub < 8; ++sub)
                    sum += shepp_logan_at((2 * i + 0.5 + (sub & 1)) / size - 1, (2 * j + 0.5 + (sub >> 1 & 1)) / size - 1,
                        (2 * k + 0.5 + (sub >> 2)) / size - 1);
                *at++ = (float)(sum / 8);
            }
    const int status = ptm_io_write(output, &volume, &(ptm_io_write_options){ PTM_SIZED(ptm_io_write_options), .overwrite = overwrite });
    ptm_io_array_free(&volume);
    return status ? cli_library_error() : CLI_OK;
}

typedef struct project_options {
    cli_geometry geometry;
    const char *device, *output;
    bool overwrite, quiet;
} project_options;

static int project(const project_options *o, const ptm_io_array *volume, ptm_io_array *projections)
{
    ptm_context *context;
    ptm_device *device;
    ptm_scan *scan = NULL;
    ptm_operator *op = NULL;
    int code = cli_open(&context, &device, o->device);
    if (code) return code;
    cli_geometry g = o->geometry;
    g.slices = (int)volume->shape[0];
    g.size = (int)volume->shape[2];
    const int rows = g.rows > 0 ? g.rows : g.slices, columns = g.columns > 0 ? g.columns : g.size * 3 / 2;
    code = cli_make_scan(&scan, context, &g, g.views > 0 ? g.views : 180, rows, columns, NULL);
    int64_t shape[3];
    if (!code) {
        ptm_scan_projection_shape(scan, shape);
        const ptm_array in = PTM_ARRAY_3D(volume->data, volume->shape[0], volume->shape[1], volume->shape[2]);
        int status = ptm_io_array_create(projections, PTM_IO_FLOAT32, 3, shape);
        const ptm_array out = PTM_ARRAY_3D(projections->data, shape[0], shape[1], shape[2]);
        const double start = cli_now();
        if (!status) status = ptm_projector_create(&op, device, scan, NULL);
        if (!status) status = ptm_apply(op, &out, &in);
        if (status) code = cli_library_error();
        else if (!o->quiet) fprintf(stderr, "projected in %.3f s on %s\n", cli_now() - start, ptm_device_get_info(device)->name);
    }
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return code;
}

int cli_project(int argc, char **argv)
{
    const char *input = NULL;
    project_options o = { .device = NULL };
    const cli_option options[] = { CLI_GEOMETRY_OPTIONS(o.geometry),
        { "views", "N", CLI_INTEGER, &o.geometry.views, "how many (180)" },
        { "columns", "N", CLI_INTEGER, &o.geometry.columns, "of the detector (1.5 times the volume's)" },
        { "rows", "N", CLI_INTEGER, &o.geometry.rows, "of the detector (the volume's slices)" },
        { "device", "NAME", CLI_TEXT, &o.device, "where to compute, as polytome devices names them (auto)" },
        { "output", "FILE", CLI_TEXT, &o.output, "where to write the projections (view, row, column)" },
        { "overwrite", NULL, CLI_FLAG, &o.overwrite, "replace a file that exists" },
        { "quiet", NULL, CLI_FLAG, &o.quiet, "say nothing but errors" }, { NULL, NULL, CLI_FLAG, NULL, NULL } };
    const int given = cli_parse(argc, argv, "project VOLUME --output FILE [options]", options, &input, 1);
    if (given < 0) return given == -2 ? CLI_OK : CLI_USAGE;
    if (given != 1 || !o.output) return cli_usage("project needs a volume and --output");
    ptm_io_array volume, projections = { 0 };
    if (cli_check_output(o.output, o.overwrite)) return CLI_FAILED;
    if (ptm_io_read(&volume, input, NULL)) return cli_library_error();
    int code = CLI_OK;
    if (volume.dimensions != 3 || volume.shape[1] != volume.shape[2])
        code = cli_error("%s: has %d axes, expected a volume (z, y, x) as long as wide", input, volume.dimensions);
    else if (ptm_io_array_to_float32(&volume)) code = cli_library_error();
    if (!code) code = project(&o, &volume, &projections);
    if (!code && ptm_io_write(o.output, &projections, &(ptm_io_write_options){ PTM_SIZED(ptm_io_write_options), .overwrite = o.overwrite }))
        code = cli_library_error();
    ptm_io_array_free(&volume);
    ptm_io_array_free(&projections);
    return code;
}
