/* rings_wavelet.c - ring removal by wavelets and Fourier transforms: B. Muench, P. Trtik, F. Marone, M. Stampanoni,
 * Optics Express 17, 8567 (2009). A sinogram is taken apart by wavelets; stripes are in the parts that are fine across
 * the columns and coarse along the views, where the lowest frequencies along the views are damped by 1 - exp(-f^2 / (2
 * sigma^2)).
 *
 *
 * All of that is linear, and only these parts change: what is put together again here is what damping takes from
 * them, and that is subtracted from the sinogram. The sinogram is mirrored at its ends, in the wavelet and in the
 * Fourier transform. */
#include "correct/rings.h"

#include "correct/order.h"

/* The low-pass filter of I. Daubechies (Comm. Pure Appl. Math. 41, 1988) with five vanishing moments. */
#define LENGTH 10
static const double low[LENGTH] = { 0.0033357252850015492, -0.012580751999015526, -0.006241490213011705,
    0.07757149384006515, -0.03224486958502952, -0.24229488706619015, 0.13842814590110342, 0.7243085284385744,
    0.6038292697974729, 0.160102397974125 };

static double high(int i)
{
    return i % 2 ? -low[LENGTH - 1 - i] : low[LENGTH - 1 - i];
}

/* How long an axis of n is after one level. */
static int64_t halved(int64_t n)
{
    return (n + LENGTH - 1) / 2;
}

/* ------------------------------------------------------------------ one level, one axis */

/* Along the views, coarse part only: (n, columns) to (halved(n), columns). */
static void shrink_views(float *out, const float *in, int64_t n, int64_t columns)
{
    for (int64_t i = 0; i < halved(n); ++i) {
        float *to = out + i * columns;
        memset(to, 0, (size_t)columns * sizeof *to);
        for (int j = 0; j < LENGTH; ++j) {
            const float *from = in + ptm_mirror(2 * i + 1 - j, n) * columns, factor = (float)low[j];
            for (int64_t u = 0; u < columns; ++u) to[u] += factor * from[u];
        }
    }
}

/* And back: the transpose of it, without the mirrored ends; times a factor, added to what there is. */
static void grow_views(float *out, const float *in, int64_t n, int64_t columns, double times)
{
    for (int64_t k = 0; k < n; ++k) {
        float *to = out + k * columns;
        for (int64_t i = k / 2; 2 * i + 1 - k < LENGTH; ++i) {
            const float *from = in + i * columns, factor = (float)(times * low[2 * i + 1 - k]);
            for (int64_t u = 0; u < columns; ++u) to[u] += factor * from[u];
        }
    }
}

/* Across the columns, both parts. */
static void shrink_columns(float *coarse, float *fine, const float *in, int64_t views, int64_t n)
{
    const int64_t to = halved(n);
    for (int64_t k = 0; k < views; ++k)
        for (int64_t i = 0; i < to; ++i) {
            double sums[2] = { 0, 0 };
            for (int j = 0; j < LENGTH; ++j) {
                const int64_t at = 2 * i + 1 - j;
                const double x = (double)in[k * n + (at >= 0 && at < n ? at : ptm_mirror(at, n))];
                sums[0] += low[j] * x;
                sums[1] += high(j) * x;
            }
            coarse[k * to + i] = (float)sums[0];
            fine[k * to + i] = (float)sums[1];
        }
}

static void grow_columns(float *out, const float *coarse, const float *fine, int64_t views, int64_t n)
{
    const int64_t from = halved(n);
    for (int64_t k = 0; k < views; ++k)
        for (int64_t u = 0; u < n; ++u) {
            double sum = 0;
            for (int64_t i = u / 2; 2 * i + 1 - u < LENGTH; ++i) {
                const int j = (int)(2 * i + 1 - u);
                sum += low[j] * (double)coarse[k * from + i] + high(j) * (double)fine[k * from + i];
            }
            out[k * n + u] = (float)sum;
        }
}

/* ------------------------------------------------------------------ all levels */

/* Level l works on views[l] x columns[l]; its fine part, of the size of the next, is at fine[l]. */
typedef struct levels {
    int64_t views[PTM_RINGS_MAX_LEVELS + 1], columns[PTM_RINGS_MAX_LEVELS + 1];
    float *between, *here, *there, *fine[PTM_RINGS_MAX_LEVELS];
    void *rest;
} levels;

static size_t lay_out(levels *l, void *scratch, int64_t views, int64_t columns, int count)
{
    float *at = scratch;
    size_t used = 0;
    *l = (levels){ .views = { views }, .columns = { columns } };
    for (int i = 0; i < count; ++i) {
        l->views[i + 1] = halved(l->views[i]);
        l->columns[i + 1] = halved(l->columns[i]);
    }
    const size_t whole = (size_t)(l->views[1] * columns), part = (size_t)(l->views[1] * l->columns[1]);
    const size_t sizes[3] = { whole, part, part };
    float **places[3] = { &l->between, &l->here, &l->there };
    for (int i = 0; i < 3 + count; ++i) {
        const size_t size = i < 3 ? sizes[i] : (size_t)(l->views[i - 2] * l->columns[i - 2]);
        if (at) *(i < 3 ? places[i] : &l->fine[i - 3]) = at + used;
        used += (size + 15) / 16 * 16;
    }
    l->rest = at ? at + used : NULL;
    return used * sizeof *at;
}

size_t ptm_rings_wavelet_bytes(int64_t views, int64_t columns, int count, double sigma)
{
    levels l;
    const size_t bytes = lay_out(&l, NULL, views, columns, count);
    return bytes + ptm_low_pass_bytes(l.views[1], sigma);
}

static void exchange(levels *l)
{
    float *other = l->here;
    l->here = l->there;
    l->there = other;
}

void ptm_rings_wavelet(const ptm_sinogram *s, int count, double sigma, void *scratch)
{
    levels l;
    lay_out(&l, scratch, s->views, s->columns, count);
    for (int i = 0; i < count; ++i) {
        const int64_t views = l.views[i + 1], columns = l.columns[i + 1];
        shrink_views(l.between, i ? l.here : s->values, l.views[i], l.columns[i]);
        shrink_columns(l.there, l.fine[i], l.between, views, l.columns[i]);
        ptm_low_pass(l.fine[i], l.fine[i], views, columns, sigma, l.rest);
        exchange(&l);
    }
    memset(l.here, 0, (size_t)(l.views[count] * l.columns[count]) * sizeof *l.here);
    for (int i = count - 1; i >= 0; --i) {
        grow_columns(l.between, l.here, l.fine[i], l.views[i + 1], l.columns[i]);
        if (i > 0) memset(l.there, 0, (size_t)(l.views[i] * l.columns[i]) * sizeof *l.there);
        grow_views(i > 0 ? l.there : s->values, l.between, l.views[i], l.columns[i], i > 0 ? 1 : -1);
        exchange(&l);
    }
}
