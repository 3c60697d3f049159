/* grid.c - the volume: which voxels, and which detector rows they need. */
#include "cli.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much larger things are on the detector than at the axis. */
static double magnification(const ptm_io_geometry *g)
{
    return g->kind == PTM_IO_CIRCULAR && g->beam != PTM_IO_PARALLEL ? g->sdd / g->sod : 1;
}

/* Voxels as large as pixels at the axis, as many as the detector has columns and rows; what is stated of them stays. */
static void default_grid(ptm_io_geometry *g)
{
    ptm_volume *v = &g->volume;
    const double m = magnification(g);
    const ptm_detector *d = &g->detector;
    memcpy(v->shape, (int[]){ d->shape[0], d->shape[1], d->shape[1] }, sizeof v->shape);
    for (int i = 0; i < 3; ++i)
        if (v->spacing[i] == 0) v->spacing[i] = d->spacing[i == 2] / m;
    if (v->offset[2] == 0) v->offset[2] = d->offset[1] / m;
}

/* --voxel for the first `axes` of x, y, z. */
static int set_voxel(ptm_volume *v, const cli_settings *s, int axes)
{
    for (int i = 0; i < 3; ++i) {
        if (v->spacing[i] == 0) v->spacing[i] = 1;
        if (i < axes && !isnan(s->voxel)) v->spacing[i] = s->voxel;
        if (!(v->spacing[i] > 0)) return cli_error(CLI_USAGE, "a voxel is %g mm, expected more than 0", v->spacing[i]);
    }
    return CLI_OK;
}

int cli_grid_make(ptm_io_geometry *g, const cli_settings *s)
{
    ptm_volume *v = &g->volume;
    const bool stated = v->shape[0] > 0, rows_stay = !stated && !s->slices && g->beam != PTM_IO_CONE;
    if (!stated && g->kind != PTM_IO_CIRCULAR && !(s->size && s->slices && (s->voxel > 0 || v->spacing[0] > 0)))
        return cli_error(
            CLI_USAGE, "%s lists views and has no volume; --size, --slices and --voxel say which", s->geometry);
    if (!stated) default_grid(g);
    if (s->size) v->shape[1] = v->shape[2] = s->size;
    if (s->slices) v->shape[0] = s->slices;
    return set_voxel(v, s, rows_stay ? 2 : 3);
}

int cli_geometry_for(ptm_io_geometry *g, const cli_settings *s, const int shape[3], const double *spacing)
{
    ptm_volume *v = &g->volume;
    ptm_detector *d = &g->detector;
    const bool stated = v->shape[0] > 0;
    if (s->views && g->views && (g->angles || g->kind != PTM_IO_CIRCULAR) && s->views != g->views)
        return cli_error(
            CLI_USAGE, "--views is %d, but %s has %d", s->views, s->angles ? s->angles : s->geometry, g->views);
    if (s->views) g->views = s->views;
    if (!g->views) g->views = 180;
    if (!d->shape[0] && g->kind != PTM_IO_CIRCULAR && !(s->rows && s->columns))
        return cli_error(CLI_USAGE, "%s does not say how large the detector is; --rows and --columns do", s->geometry);
    if (s->rows || !d->shape[0]) d->shape[0] = s->rows ? s->rows : shape[0];
    if (s->columns || !d->shape[1]) d->shape[1] = s->columns ? s->columns : shape[2] > 1 ? shape[2] * 3 / 2 : 1;
    const double m = magnification(g);
    memcpy(v->shape, shape, sizeof v->shape);
    for (int i = 0; i < 3 && !stated; ++i)
        if (v->spacing[i] == 0) v->spacing[i] = spacing && spacing[i] > 0 ? spacing[i] : d->spacing[i == 2] / m;
    const int code = set_voxel(v, s, 3);
    return code ? code : cli_trajectory(g, s);
}

int cli_geometry_new(ptm_io_geometry *g, const cli_settings *s)
{
    const int code = cli_geometry_make(g, s, NULL);
    if (code) return code;
    int shape[3] = { g->volume.shape[0], g->volume.shape[1], g->volume.shape[2] };
    if (s->size || !shape[0]) shape[1] = shape[2] = s->size ? s->size : 64;
    if (s->slices || !shape[0]) shape[0] = s->slices ? s->slices : shape[2];
    return cli_geometry_for(g, s, shape, NULL);
}

/* ------------------------------------------------------------------ a region */

/* Voxels first to end - 1 of the axis with this spacing and offset (x, y, z). */
static void crop_axis(ptm_volume *v, int axis, int first, int end)
{
    int *shape = &v->shape[2 - axis];
    v->offset[axis] += (0.5 * (first + end - 1) - 0.5 * (*shape - 1)) * v->spacing[axis];
    *shape = end - first;
}

void cli_volume_slices(ptm_volume *v, int first, int count)
{
    crop_axis(v, 2, first, first + count);
}

/* "A:B" or "", up to a comma. */
static bool next_pair(const char **text, double pair[2], bool *all)
{
    char part[80];
    const size_t length = strcspn(*text, ",");
    if (length >= sizeof part) return false;
    memcpy(part, *text, length);
    part[length] = 0;
    *text += length + ((*text)[length] == ',');
    *all = length == 0 || strcmp(part, ":") == 0;
    return *all || cli_numbers(pair, 2, part, ':') == 2;
}

/* The voxels of an axis that a pair stands for: from *first to before *end. */
static bool find_voxels(const ptm_volume *v, int axis, const double pair[2], bool millimetres, int *first, int *end)
{
    const int n = v->shape[2 - axis];
    double from = pair[0], to = pair[1];
    if (millimetres) {
        const double lowest = v->offset[axis] - 0.5 * (n - 1) * v->spacing[axis];
        from = fmax(0, ceil((pair[0] - lowest) / v->spacing[axis] - 1e-9));
        to = fmin(n, floor((pair[1] - lowest) / v->spacing[axis] + 1e-9) + 1);
    }
    if (!(from >= 0 && to <= n && from < to) || from != floor(from) || to != floor(to)) return false;
    *first = (int)from;
    *end = (int)to;
    return true;
}

static int crop_region(ptm_volume *v, const char *text, bool millimetres, int *first_slice)
{
    const char *option = millimetres ? "region-mm" : "region", *at = text;
    for (int axis = 0; axis < 3; ++axis) {
        double pair[2];
        bool all;
        int first, end;
        if (!next_pair(&at, pair, &all))
            return cli_error(CLI_USAGE, "--%s is \"%s\", expected A:B,A:B,A:B for x, y and z", option, text);
        if (all) continue;
        if (!find_voxels(v, axis, pair, millimetres, &first, &end))
            return cli_error(CLI_USAGE, "--%s: %g:%g is no range of the %d voxels along %c", option, pair[0], pair[1],
                v->shape[2 - axis], "xyz"[axis]);
        crop_axis(v, axis, first, end);
        if (axis == 2) *first_slice = first;
    }
    return *at ? cli_error(CLI_USAGE, "--%s is \"%s\", expected three ranges", option, text) : CLI_OK;
}

int cli_region(ptm_volume *v, const cli_settings *s, int *first_slice)
{
    *first_slice = 0;
    if ((s->region != NULL) + (s->region_mm != NULL) + (s->slice != NULL) > 1)
        return cli_error(CLI_USAGE, "--region, --region-mm and --slice exclude each other");
    if (s->region || s->region_mm) return crop_region(v, s->region ? s->region : s->region_mm, !s->region, first_slice);
    const char *slice = s->slice || !s->centre_sweep ? s->slice : "middle";
    if (!slice) return CLI_OK;
    double number;
    if (strcmp(slice, "middle") == 0) number = v->shape[0] / 2;
    else if (cli_numbers(&number, 1, slice, ':') != 1 || number != floor(number) || !(number >= 0 && number < v->shape[0]))
        return cli_error(CLI_USAGE, "--slice is \"%s\", expected middle or 0 to %d", slice, v->shape[0] - 1);
    *first_slice = (int)number;
    crop_axis(v, 2, *first_slice, *first_slice + 1);
    return CLI_OK;
}

/* ------------------------------------------------------------------ slices and rows */

/* How far from the axis the volume reaches. */
static double reach(const ptm_volume *v)
{
    return hypot(
        fabs(v->offset[0]) + 0.5 * v->shape[2] * v->spacing[0], fabs(v->offset[1]) + 0.5 * v->shape[1] * v->spacing[1]);
}

void cli_rows_needed(const ptm_io_geometry *g, int first_slice, int *first, int *count)
{
    const ptm_volume *v = &g->volume;
    const ptm_detector *d = &g->detector;
    const int rows = d->shape[0];
    *first = 0;
    *count = rows;
    if (g->kind != PTM_IO_CIRCULAR) return;
    if (g->beam == PTM_IO_FAN) { /* a row for each slice; what does not fit is for the library to tell */
        if (first_slice + v->shape[0] > rows) return;
        *first = first_slice;
        *count = v->shape[0];
        return;
    }
    /* Back-projection leaves out what is nearer to the source than a twentieth of its distance from the axis. */
    const double r = reach(v), near = fmax(g->sod - r, 0.05 * g->sod);
    const double least = g->beam == PTM_IO_CONE ? g->sdd / (g->sod + r) : 1,
                 most = g->beam == PTM_IO_CONE ? g->sdd / near : 1;
    double low = rows, high = -1;
    for (int i = 0; i < 4; ++i) {
        const double z = v->offset[2] + (i & 1 ? 0.5 : -0.5) * (v->shape[0] - 1) * v->spacing[2];
        const double at = z * (i & 2 ? most : least) - d->offset[1];
        const double row = (d->flip_v ? -at : at) / d->spacing[1] + 0.5 * (rows - 1);
        low = fmin(low, floor(row + 1e-3));
        high = fmax(high, ceil(row - 1e-3));
    }
    low = fmax(low, 0);
    high = fmin(high, rows - 1);
    if (low > high) return;
    *first = (int)low;
    *count = (int)(high - low) + 1;
}

int cli_geometry_rows(ptm_io_geometry *g, int first_slice, int *first, int *count)
{
    cli_rows_needed(g, first_slice, first, count);
    const cli_window rows = { .view_step = 1, .views = g->views, .first_row = *first, .rows = *count,
        .columns = g->detector.shape[1], .bin_rows = 1, .bin_columns = 1 };
    return cli_geometry_crop(g, &rows);
}
