/* geometry.c - scans from command-line options. */
#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

/* `count` numbers from a text file, as radians. */
static int read_angles(double *angles, const char *path, int count)
{
    FILE *file = fopen(path, "r");
    if (!file) return cli_error("%s: cannot be opened", path);
    int n = 0;
    double value;
    while (n < count && fscanf(file, "%lf%*[ ,;\t\r\n]", &value) == 1) angles[n++] = value * PI / 180;
    const bool more = n == count && fscanf(file, "%lf", &value) == 1;
    fclose(file);
    if (n < count || more) return cli_error("%s: has %s numbers, expected %d, one for each view", path, more ? "more" : "fewer", count);
    return CLI_OK;
}

int cli_make_scan(ptm_scan **out, ptm_context *context, const cli_geometry *g, int views, int rows, int columns,
    const double *given)
{
    const bool parallel = !g->fan && !g->cone;
    if (g->parallel + g->fan + g->cone > 1) return cli_usage("--parallel, --fan and --cone exclude each other");
    if (!parallel && !(g->sod > 0 && g->sdd > 0)) return cli_usage("--%s needs --sod and --sdd", g->fan ? "fan" : "cone");
    double *angles = malloc((size_t)views * sizeof *angles);
    if (!angles) return cli_error("no memory for %d angles", views);
    const double start = g->start * PI / 180, range = g->range != 0 ? g->range * PI / 180 : parallel ? PI : 2 * PI;
    for (int i = 0; i < views; ++i) angles[i] = given && !g->angles ? given[i] : start + range * i / views;
    if (g->angles && read_angles(angles, g->angles, views)) {
        free(angles);
        return CLI_FAILED;
    }
    for (int i = 0; g->clockwise && i < views; ++i) angles[i] = given || g->angles ? -angles[i] : 2 * start - angles[i];
    const double pixel = g->pixel > 0 ? g->pixel : 1, pixel_v = g->pixel_v > 0 ? g->pixel_v : pixel;
    const double voxel = g->voxel > 0 ? g->voxel : parallel ? pixel : pixel * g->sod / g->sdd;
    const double voxel_z = g->voxel > 0 ? g->voxel : parallel ? pixel_v : pixel_v * g->sod / g->sdd;
    const int size = g->size > 0 ? g->size : columns, slices = g->slices > 0 ? g->slices : rows;
    const ptm_circular_options o = { PTM_SIZED(ptm_circular_options),
        .volume = { .shape = { slices, size, size }, .spacing = { voxel, voxel, voxel_z } },
        .detector = { .shape = { rows, columns }, .spacing = { pixel, pixel_v }, .offset = { g->offset_u, g->offset_v },
            .flip_u = g->flip_u, .flip_v = g->flip_v },
        .views = views, .angles = angles, .sod = g->sod, .sdd = g->sdd };
    const int status = parallel ? ptm_scan_parallel(out, context, &o) : ptm_scan_cone(out, context, &o);
    free(angles);
    return status ? cli_library_error() : CLI_OK;
}
