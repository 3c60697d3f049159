/* axis_phase.c - the rotation axis from opposite views by phase correlation (C. D. Kuglin, D. C. Hines, Proc. IEEE
 * Int. Conf. on Cybernetics and Society, 1975): the product of the spectra of a view and of the opposite one, which is
 * mirrored, has the phase of a shift by twice the axis' column, whatever the object is. */
#include "correct/axis.h"

#include "core/error.h"
#include "fft/radices.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846
#define PAIRS 128
#define LINES 512 /* most of pairs times rows */

typedef struct spectrum {
    int points;
    double *re, *im;
} spectrum;

/* Adds the product of the two views' spectra: with one as the real and the other as the imaginary part one transform
 * makes both. */
static int add_product(spectrum *sum, double *re, double *im, int64_t columns)
{
    const int n = sum->points;
    for (int64_t i = columns; i < n; ++i) re[i] = im[i] = 0;
    const int status = ptm_fft_doubles(re, im, n);
    for (int k = 0; k <= n / 2 && !status; ++k) {
        const int other = k ? n - k : 0;
        const double a[2] = { 0.5 * (re[k] + re[other]), 0.5 * (im[k] - im[other]) };
        const double b[2] = { 0.5 * (im[k] + im[other]), 0.5 * (re[other] - re[k]) };
        sum->re[k] += a[0] * b[0] - a[1] * b[1];
        sum->im[k] += a[0] * b[1] + a[1] * b[0];
    }
    return status;
}

static int add_all(spectrum *sum, const ptm_axis_search *s)
{
    ptm_axis_pair pairs[PAIRS];
    int count;
    int status = ptm_axis_pairs(pairs, &count, PAIRS, s->angles, s->block->views);
    if (status) return status;
    const int64_t rows = s->block->rows * count <= LINES ? s->block->rows : LINES / count;
    double *lines = ptm_alloc(2 * (size_t)sum->points, sizeof *lines);
    status = lines ? PTM_OK : PTM_ERROR_MEMORY;
    for (int64_t i = 0; i < rows * count && !status; ++i) {
        ptm_axis_lines(lines, lines + sum->points, s->block, &pairs[i % count],
            (2 * (i / count) + 1) * s->block->rows / (2 * rows), 0);
        status = add_product(sum, lines, lines + sum->points, s->block->columns);
    }
    free(lines);
    return status;
}

/* Only phases are left, the finer ones less, as noise is there. */
static void whiten(spectrum *s)
{
    for (int k = 0; k <= s->points / 2; ++k) {
        const double size = hypot(s->re[k], s->im[k]), x = (double)k / s->points, window = 0.5 + 0.5 * cos(2 * PI * x);
        s->re[k] *= size > 0 ? window / size : 0;
        s->im[k] *= size > 0 ? window / size : 0;
    }
    s->re[0] = s->im[0] = 0;
}

/* The correlation at a shift, which need not be a whole number. */
static double correlation(const spectrum *s, double shift)
{
    double sum = 0;
    for (int k = 1; k <= s->points / 2; ++k) {
        const double phase = 2 * PI * fmod(k * shift, s->points) / s->points;
        sum += s->re[k] * cos(phase) - s->im[k] * sin(phase);
    }
    return sum;
}

/* The highest place between two shifts: among steps of a half, then halving them. */
static double highest(const spectrum *s, double from, double to)
{
    double best = from, most = -INFINITY;
    for (double shift = from; shift <= to; shift += 0.5) {
        const double here = correlation(s, shift);
        if (!(here > most)) continue;
        most = here;
        best = shift;
    }
    for (double step = 0.25; step > 1e-3; step *= 0.5) {
        const double around[2] = { correlation(s, best - step), correlation(s, best + step) };
        const int side = around[1] > around[0];
        if (!(around[side] > most)) continue;
        most = around[side];
        best += side ? step : -step;
    }
    return best;
}

int ptm_axis_by_phase(double *column, const ptm_axis_search *s)
{
    spectrum sum = { .points = ptm_fft_length((int)(2 * s->block->columns)) };
    sum.re = ptm_alloc((size_t)sum.points, sizeof *sum.re);
    sum.im = ptm_alloc((size_t)sum.points, sizeof *sum.im);
    int status = sum.re && sum.im ? add_all(&sum, s) : PTM_ERROR_MEMORY;
    if (!status) {
        whiten(&sum);
        *column = 0.5 * highest(&sum, 2 * s->from, 2 * s->to);
    }
    free(sum.re);
    free(sum.im);
    return status;
}
