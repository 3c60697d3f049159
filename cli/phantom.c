/* phantom.c - polytome phantom. */
#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

#define ELLIPSOIDS (sizeof shepp_logan / sizeof *shepp_logan)

typedef struct turn { double cosine, sine; } turn;

static double shepp_logan_at(double x, double y, double z, const turn *turns)
{
    double sum = 0;
    for (size_t i = 0; i < ELLIPSOIDS; ++i) {
        const double *e = shepp_logan[i], c = turns[i].cosine, s = turns[i].sine;
        const double dx = x - e[4], dy = y - e[5], dz = z - e[6];
        const double a = (c * dx + s * dy) / e[1], b = (c * dy - s * dx) / e[2], h = dz / e[3];
        if (a * a + b * b + h * h <= 1) sum += e[0];
    }
    return sum;
}

/* Every voxel the mean of eight places in it. */
static void fill_slice(float *to, const int shape[3], int slice, const turn *turns)
{
    for (int j = 0; j < shape[1]; ++j)
        for (int i = 0; i < shape[2]; ++i) {
            double sum = 0;
            for (int sub = 0; sub < 8; ++sub)
                sum += shepp_logan_at((2 * i + 0.5 + (sub & 1)) / shape[2] - 1,
                    (2 * j + 0.5 + (sub >> 1 & 1)) / shape[1] - 1, (2 * slice + 0.5 + (sub >> 2)) / shape[0] - 1, turns);
            *to++ = (float)(sum / 8);
        }
}

/* The head fills the grid. */
static int fill(float *to, const int shape[3], const cli_settings *s)
{
    turn turns[ELLIPSOIDS];
    for (size_t i = 0; i < ELLIPSOIDS; ++i) {
        const double angle = shepp_logan[i][7] * 3.14159265358979323846 / 180;
        turns[i] = (turn){ cos(angle), sin(angle) };
    }
    for (int k = 0; k < shape[0]; ++k) {
        if (cli_stopped()) return cli_error(CLI_STOPPED, "stopped");
        fill_slice(to + (size_t)k * (size_t)shape[1] * (size_t)shape[2], shape, k, turns);
        cli_show_progress(s, (double)(k + 1) / shape[0]);
    }
    return CLI_OK;
}

static int phantom(const cli_settings *s, const ptm_io_geometry *g)
{
    const int *n = g->volume.shape;
    const double begun = cli_now();
    ptm_io_array volume = { .type = PTM_IO_FLOAT32, .dimensions = 3, .shape = { n[0], n[1], n[2] } };
    ptm_io_array picture = cli_picture(&volume, s->output);
    ptm_io_write_options o;
    int code = cli_outputs_prepare(&o, s, &picture, g, "polytome phantom, Shepp-Logan", true);
    if (code) return code;
    const int status = ptm_io_array_create(&volume, PTM_IO_FLOAT32, 3, volume.shape);
    if (status) return cli_library_error(CLI_MEMORY, status);
    memcpy(volume.spacing, g->volume.spacing, sizeof volume.spacing);
    code = fill(volume.data, n, s);
    picture = cli_picture(&volume, s->output);
    if (!code) code = cli_write(s->output, &picture, &o);
    if (!code) code = cli_write_geometry(g, s);
    if (!code && s->json) {
        cli_json j;
        cli_json_begin(&j, s, g, NULL);
        cli_json_output(&j, s, &picture);
        cli_json_end(&j, (const cli_time[]){ { "total", cli_now() - begun }, { NULL, 0 } });
    }
    ptm_io_array_free(&volume);
    return code;
}

int cli_phantom(const cli_settings *s)
{
    ptm_io_geometry g;
    int code = cli_geometry_new(&g, s);
    if (!code) code = phantom(s, &g);
    ptm_io_geometry_free(&g);
    return code;
}
