/* axis_sharpness.c - the rotation axis by the path of the centre of mass, then as the place where FBP has least
 * negative values: T. Donath and others, J. Opt. Soc. Am. A 23, 1048 (2006), discuss such measures. */
#include "correct/axis.h"

#include <polytome/fbp.h>

#include "core/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

/* The centre of mass of a view moves as c + a cos t + b sin t; c is where the axis is. Least squares, by the normal
 * equations. */
static int centre_of_mass(double *column, const float *sinogram, int views, int columns, const double *angles)
{
    double m[3][4] = { { 0 } };
    for (int k = 0; k < views; ++k) {
        double mass = 0, moment = 0;
        for (int u = 0; u < columns; ++u) {
            const double value = (double)sinogram[(size_t)k * (size_t)columns + (size_t)u];
            mass += value;
            moment += value * u;
        }
        if (!(mass > 0))
            return ptm_fail(PTM_ERROR_ARGUMENT, "view %d of the sinogram adds up to %g, expected more than 0", k, mass);
        const double row[4] = { 1, cos(angles[k]), sin(angles[k]), moment / mass };
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 4; ++j) m[i][j] += row[i] * row[j];
    }
    for (int i = 0; i < 3; ++i) {
        if (fabs(m[i][i]) < 1e-9 * views)
            return ptm_fail(PTM_ERROR_ARGUMENT, "the angles are too few or too close to find an axis");
        for (int j = 0; j < 3; ++j)
            for (int k = 3; j != i && k >= i; --k) m[j][k] -= m[j][i] / m[i][i] * m[i][k];
    }
    *column = m[0][3] / m[0][0];
    return PTM_OK;
}

typedef struct search {
    ptm_context *context;
    ptm_device *device;
    const float *sinogram;
    const double *angles;
    int views, columns, size;
    float *image;
} search;

/* How much of FBP is negative if the axis is at `column`, squared and added up, within the circle all views see. */
static int negativity(double *out, const search *s, double column)
{
    const double step = (double)s->columns / s->size;
    ptm_scan *scan;
    int status = ptm_scan_parallel(&scan, s->context, &(ptm_circular_options){ PTM_SIZED(ptm_circular_options),
        .volume = { .shape = { 1, s->size, s->size }, .spacing = { step, step, step } },
        .detector = { .shape = { 1, s->columns }, .offset = { 0.5 * (s->columns - 1) - column, 0 } }, .views = s->views,
        .angles = s->angles });
    if (status) return status;
    const ptm_array image = PTM_ARRAY_3D(s->image, 1, s->size, s->size);
    const ptm_array sinogram = PTM_ARRAY_3D((float *)(uintptr_t)s->sinogram, s->views, 1, s->columns);
    status = ptm_fbp(s->device, scan, &image, &sinogram, NULL);
    ptm_scan_destroy(&scan);
    const double radius = fmin(column, s->columns - 1 - column) / step, middle = 0.5 * (s->size - 1);
    double sum = 0, inside = 0;
    for (int i = 0; i < s->size * s->size && !status; ++i) {
        const double x = i % s->size - middle, y = (double)(i / s->size) - middle;
        if (x * x + y * y > radius * radius) continue;
        const double value = s->image[i];
        sum += value < 0 ? value * value : 0;
        inside++;
    }
    *out = inside > 0 ? sum / inside : INFINITY;
    return status;
}

/* The least of 2 n + 1 places `step` apart; between places by a parabola. */
static int refine(double *column, const search *s, int n, double step)
{
    double values[32], best = INFINITY;
    const double middle = *column;
    int at = n;
    for (int i = 0; i <= 2 * n; ++i) {
        int status = negativity(&values[i], s, middle + (i - n) * step);
        if (status) return status;
        if (values[i] < best) {
            best = values[i];
            at = i;
        }
    }
    double shift = 0;
    if (at > 0 && at < 2 * n) {
        const double bend = values[at - 1] - 2 * values[at] + values[at + 1];
        if (bend > 0) shift = 0.5 * (values[at - 1] - values[at + 1]) / bend;
    }
    *column = middle + (at - n + shift) * step;
    return PTM_OK;
}

/* The middle row, dense, of the views of a half turn: where a whole one is seen, a wrong axis blurs and makes nothing
 * negative. */
static int copy_row(float **sinogram, double **angles, int *views, const ptm_axis_search *s)
{
    const ptm_block *b = s->block;
    const size_t line = (size_t)b->columns;
    double least = s->angles[0];
    *sinogram = ptm_alloc((size_t)b->views * line, sizeof **sinogram);
    *angles = ptm_alloc((size_t)b->views, sizeof **angles);
    if (!*sinogram || !*angles) return PTM_ERROR_MEMORY;
    for (int64_t i = 1; i < b->views; ++i) least = fmin(least, s->angles[i]);
    for (int64_t i = 0; i < b->views; ++i) {
        if (fmod(s->angles[i] - least, 2 * PI) > PI * (1 + 1e-6)) continue;
        (*angles)[*views] = s->angles[i];
        memcpy(*sinogram + (size_t)(*views)++ * line, ptm_block_line(b, i, b->rows / 2), line * sizeof **sinogram);
    }
    return PTM_OK;
}

int ptm_axis_by_sharpness(double *column, const ptm_axis_search *given)
{
    const int columns = (int)given->block->columns;
    float *sinogram = NULL;
    double *angles = NULL, place = 0;
    int views = 0;
    int status = copy_row(&sinogram, &angles, &views, given);
    if (!status) status = centre_of_mass(&place, sinogram, views, columns, angles);
    if (!status && !(place > 0 && place < columns - 1))
        status = ptm_fail(PTM_ERROR_ARGUMENT, "the centre of mass turns about column %g, outside the detector", place);
    /* Coarse voxels find the column, but only pixels of the detector's own width tell halves of it apart. */
    const int fine = columns < 1024 ? columns : 1024;
    search s = { given->context, given->device, sinogram, angles, views, columns, columns < 192 ? columns : 192, NULL };
    if (!status) s.image = ptm_alloc((size_t)fine * (size_t)fine, sizeof *s.image);
    if (!status && !s.image) status = PTM_ERROR_MEMORY;
    if (!status) status = refine(&place, &s, 4, 1);
    s.size = fine;
    place = floor(2 * place + 0.5) / 2;
    if (!status) status = refine(&place, &s, 2, 0.5);
    free(s.image);
    free(sinogram);
    free(angles);
    if (!status) *column = place;
    return status;
}
