#include "fft/radices.h"
#include "core/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST_PRIME 31 /* a pass by the definition beyond it is slower than Bluestein's method */

/* Eights first: the first pass of a row alone then makes lanes enough for a vector. */
int ptm_fft_radices(int radix[PTM_FFT_PASSES], int points)
{
    int count = 0, twos = 0, eights;
    for (; points % 2 == 0; points /= 2) ++twos;
    eights = twos % 3 == 1 && twos > 3 ? twos / 3 - 1 : twos / 3;
    for (int i = 0; i < eights; ++i) radix[count++] = 8;
    for (twos -= 3 * eights; twos > 1; twos -= 2) radix[count++] = 4;
    if (twos) radix[count++] = 2;
    for (int prime = 3; prime <= LARGEST_PRIME; prime += 2)
        for (; points % prime == 0; points /= prime) radix[count++] = prime;
    return points == 1 ? count : -1;
}

/* What passes cost beside each other, for each point. */
static double cost(const int *radix, int count)
{
    double sum = 2; /* moving it in and out */
    for (int i = 0; i < count; ++i) sum += radix[i] == 8 ? 1.3 : radix[i] == 5 ? 1.4 : radix[i] == 3 ? 1.1 : 1;
    return sum;
}

int ptm_fft_length(int least)
{
    int best = 0, radix[PTM_FFT_PASSES];
    double cheapest = 0;
    const int step = least > 64 ? 8 : 1;
    for (long long five = step; five < 2LL * least; five *= 5)
        for (long long three = five; three < 2LL * least; three *= 3) {
            long long n = three;
            while (n < least) n *= 2;
            if (n > 2LL * PTM_FFT_POINTS) continue;
            const double c = (double)n * cost(radix, ptm_fft_radices(radix, (int)n));
            if (best == 0 || c < cheapest) {
                best = (int)n;
                cheapest = c;
            }
        }
    return best;
}

int ptm_fft_padded(int points)
{
    int radix[PTM_FFT_PASSES];
    return ptm_fft_radices(radix, points) < 0 ? ptm_fft_length(2 * points - 1) : points;
}

/* The angle is brought into the first eighth of the circle, so that nothing is lost with large k. */
void ptm_fft_root(double *re, double *im, long long k, long long n)
{
    const long long eighth = 8 * k / n, quarter = (eighth + 1) / 2;
    const double angle = 6.283185307179586477 * (double)(4 * k - quarter * n) / (4 * (double)n), c = cos(angle),
                 s = sin(angle);
    const double cosine[4] = { c, -s, -c, s }, sine[4] = { s, c, -s, -c };
    *re = cosine[quarter % 4];
    *im = -sine[quarter % 4];
}

static void pass(double *after, const double *before, const double *roots, int points, int radix, int stride)
{
    const int count = points / (radix * stride);
    for (int p = 0; p < count; ++p)
        for (int c = 0; c < radix; ++c)
            for (int q = 0; q < stride; ++q) {
                double re = 0, im = 0;
                for (int b = 0; b < radix; ++b) {
                    const double *x = before + 2 * (q + stride * (p + b * count));
                    const double *w = roots +
                                      2 * (((long long)stride * p * c + (long long)b * c * (points / radix)) % points);
                    re += x[0] * w[0] - x[1] * w[1];
                    im += x[0] * w[1] + x[1] * w[0];
                }
                after[2 * (q + stride * (radix * p + c))] = re;
                after[2 * (q + stride * (radix * p + c)) + 1] = im;
            }
}

int ptm_fft_doubles(double *re, double *im, int points)
{
    int radix[PTM_FFT_PASSES], stride = 1;
    const int count = ptm_fft_radices(radix, points);
    double *work = ptm_alloc((size_t)points, 6 * sizeof *work);
    if (!work) return PTM_ERROR_MEMORY;
    double *roots = work, *here = work + 2 * (size_t)points, *there = here + 2 * (size_t)points;
    for (int k = 0; k < points; ++k) {
        ptm_fft_root(&roots[2 * k], &roots[2 * k + 1], k, points);
        here[2 * k] = re[k];
        here[2 * k + 1] = im[k];
    }
    for (int i = 0; i < count; ++i) {
        pass(there, here, roots, points, radix[i], stride);
        stride *= radix[i];
        double *done = there;
        there = here;
        here = done;
    }
    for (int k = 0; k < points; ++k) {
        re[k] = here[2 * k];
        im[k] = here[2 * k + 1];
    }
    free(work);
    return PTM_OK;
}
