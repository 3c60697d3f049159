/* axis_vo.c - the rotation axis by the double wedge: N. T. Vo, M. Drakopoulos, R. C. Atwood, C. Reinhard, Optics
 * Express 22, 19078 (2014). The spectrum of a sinogram over a full turn is small where the frequency along the views,
 * m periods in the turn, is larger than 2 pi r times that along the columns, r being the object's radius (the double
 * wedge). A half turn and its mirror image make a full one; only at the right axis they fit, and the sum of magnitudes
 * outside the wedge is least.
 *
 *
 * The mirrored views have the conjugate spectrum times a phase that has the axis in it, so the transforms are made
 * once for all places, which need not be whole columns: with A[m] of the views followed by as many zeros, that of the
 * full turn is A[m] + (-1)^m exp(-4 pi i k c / n) conj(A[-m]). */
#include "correct/axis.h"

#include <polytome/fft.h>

#include "core/error.h"
#include "fft/radices.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846
#define DROP 20 /* lowest frequencies along the views that do not count, as in the paper */
/* a frequency along the columns counts up to a fourth of Nyquist's, as noise is in the others: errors are a third */
#define COARSE 4

typedef struct wedge {
    int64_t views, points, half; /* of a half turn; of a padded line; of its spectrum */
    int64_t row;
    float *padded, *lines, *turned; /* turned (k, m) */
    int64_t step_m, step_k;         /* 1: all frequencies */
    double radius, from, step;      /* of the places looked at */
    double *sums;
} wedge;

static void free_wedge(wedge *w)
{
    free(w->padded);
    free(w->lines);
    free(w->turned);
    free(w->sums);
}

/* ------------------------------------------------------------------ the half turn and its spectrum */

/* How many views in the order of their angles make a half turn in equal steps. */
static int count_half(int64_t *half, const ptm_axis_angle *sorted, int64_t views)
{
    const double step = (sorted[views - 1].angle - sorted[0].angle) / (double)(views - 1);
    *half = step > 0 ? (int64_t)floor(PI / step + 0.5) : 0;
    if (*half < 8 || *half > views)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%lld views are %g degrees apart, expected a half turn of at least 8",
            (long long)views, step * 180 / PI);
    for (int64_t i = 1; i < *half; ++i)
        if (fabs(sorted[i].angle - sorted[0].angle - (double)i * step) > 0.5 * step)
            return ptm_fail(PTM_ERROR_ARGUMENT, "angles are not at equal steps of %g degrees, as the double wedge needs",
                step * 180 / PI);
    return PTM_OK;
}

/* Angles may begin anywhere; they are not brought into one turn, so that the first half turn stays together. */
static int load(wedge *w, const ptm_axis_search *s)
{
    ptm_axis_angle *sorted = NULL;
    const ptm_block *b = s->block;
    double least = s->angles[0];
    for (int64_t i = 1; i < b->views; ++i) least = fmin(least, s->angles[i]);
    double *shifted = ptm_alloc((size_t)b->views, sizeof *shifted);
    if (!shifted) return PTM_ERROR_MEMORY;
    for (int64_t i = 0; i < b->views; ++i) shifted[i] = s->angles[i] - least;
    int status = ptm_axis_sort(&sorted, shifted, b->views, 1e9);
    if (!status) status = count_half(&w->views, sorted, b->views);
    w->points = ptm_fft_length((int)(2 * b->columns));
    w->half = w->points / 2 + 1;
    if (!status) w->padded = ptm_alloc((size_t)(w->views * w->points), sizeof *w->padded);
    if (!status && !w->padded) status = PTM_ERROR_MEMORY;
    for (int64_t i = 0; i < w->views && !status; ++i)
        memcpy(w->padded + i * w->points, ptm_block_line(b, sorted[i].view, b->rows / 2),
            (size_t)b->columns * sizeof(float));
    free(sorted);
    free(shifted);
    return status;
}

/* One transform of rows. */
static int transform(const ptm_array *out, const ptm_array *in, ptm_device *device, ptm_fft_kind kind)
{
    ptm_fft_options o = { PTM_SIZED(ptm_fft_options), .kind = kind, .dimensions = 2,
        .shape = { in->shape[0], in->shape[1] } };
    ptm_operator *op = NULL;
    int status = ptm_fft_create(&op, device, &o);
    if (!status) status = ptm_apply(op, out, in);
    ptm_operator_destroy(&op);
    return status;
}

static int make_spectrum(wedge *w, ptm_device *device)
{
    const size_t count = 4 * (size_t)(w->views * w->half);
    w->lines = ptm_alloc(count, sizeof *w->lines);
    w->turned = ptm_alloc(count, sizeof *w->turned);
    if (!w->lines || !w->turned) return PTM_ERROR_MEMORY;
    const ptm_array padded = { PTM_SIZED(ptm_array), .dimensions = 2, .shape = { w->views, w->points }, .data = w->padded };
    const ptm_array lines = { PTM_SIZED(ptm_array), .type = PTM_COMPLEX64, .dimensions = 2, .shape = { w->views, w->half },
        .data = w->lines }; /* as many zeros follow */
    const ptm_array columns = { PTM_SIZED(ptm_array), .type = PTM_COMPLEX64, .dimensions = 2,
        .shape = { w->half, 2 * w->views },
        .stride = { 1, w->half }, .data = w->lines };
    const ptm_array turned = { PTM_SIZED(ptm_array), .type = PTM_COMPLEX64, .dimensions = 2,
        .shape = { w->half, 2 * w->views },
        .data = w->turned };
    const int status = transform(&lines, &padded, device, PTM_FFT_REAL);
    return status ? status : transform(&turned, &columns, device, PTM_FFT_COMPLEX);
}

/* ------------------------------------------------------------------ the search */

/* The sum of magnitudes outside the wedge; m and -m have the same. */
static void measure(void *user, int64_t place, void *scratch)
{
    wedge *w = user;
    const double column = w->from + (double)place * w->step, n = (double)w->points;
    const int64_t drop = w->views / 10 < DROP ? w->views / 10 : DROP;
    double sum = 0;
    (void)scratch;
    for (int64_t k = 1; k < w->half / COARSE; k += w->step_k) {
        const double phase = -4 * PI * fmod((double)k * column, n) / n, c = cos(phase), s = sin(phase);
        const float *line = w->turned + 4 * k * w->views;
        int64_t m = (int64_t)ceil(2 * PI * w->radius * (double)k / n);
        for (m = m > drop ? m : drop + 1; m < w->views; m += w->step_m) {
            const float *a = line + 2 * m, *b = line + 2 * (2 * w->views - m);
            const double sign = m % 2 ? -1 : 1;
            const double re = (double)a[0] + sign * (c * (double)b[0] + s * (double)b[1]);
            const double im = (double)a[1] + sign * (s * (double)b[0] - c * (double)b[1]);
            sum += sqrt(re * re + im * im);
        }
    }
    w->sums[place] = sum;
}

/* The least of places from `from` to `to`; between places by a parabola. */
static int search(double *column, wedge *w, ptm_context *context, double from, double to, double step)
{
    const int64_t places = (int64_t)floor((to - from) / step + 1e-6) + 1;
    w->from = from;
    w->step = step;
    w->sums = ptm_alloc((size_t)places, sizeof *w->sums);
    if (!w->sums) return PTM_ERROR_MEMORY;
    const int status = ptm_spread(context, places, 0, measure, w);
    int64_t best = 0;
    for (int64_t i = 1; i < places; ++i)
        if (w->sums[i] < w->sums[best]) best = i;
    *column = from + (double)best * step;
    if (best > 0 && best < places - 1)
        *column += step * ptm_axis_vertex(w->sums[best - 1], w->sums[best], w->sums[best + 1]);
    free(w->sums);
    w->sums = NULL;
    return status;
}

int ptm_axis_by_vo(double *column, const ptm_axis_search *s)
{
    const double n = (double)s->block->columns;
    wedge w = { .radius = 0.25 * n, .step_m = 5, .step_k = 2 };
    double coarse = 0, finer = 0;
    int status = load(&w, s);
    if (!status) status = make_spectrum(&w, s->device);
    /* Unless the caller says where: the wedge's radius is meant for axes not far from the middle. */
    const bool anywhere = s->from == 0 && s->to == n - 1;
    const double from = anywhere ? floor(0.25 * n) : s->from, to = anywhere ? 0.75 * n : s->to;
    if (!status) status = search(&coarse, &w, s->context, from, to, 1);
    w.step_m = w.step_k = 1;
    if (!status) status = search(&finer, &w, s->context, coarse - 2, coarse + 2, 0.25);
    if (!status) *column = finer;
    free_wedge(&w);
    return status;
}
