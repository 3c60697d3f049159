/* low_pass.c - the few lowest frequencies of columns, by the definition of the cosine transform. */
#include "correct/rings.h"

#include <math.h>

#define SIDE 64 /* columns that are worked on at a time */
#define PI 3.14159265358979323846

/* Cosines of k half periods, up to where they count with less than 1e-7. */
static int64_t frequencies(int64_t views, double sigma)
{
    const double most = floor(2 * 5.7 * sigma) + 1;
    return most < (double)views ? (int64_t)most : views;
}

size_t ptm_low_pass_bytes(int64_t views, double sigma)
{
    return (size_t)frequencies(views, sigma) * (SIDE + (size_t)views) * sizeof(double);
}

/* waves (view, k); each has norm 1. */
static void make_waves(double *waves, int64_t views, int64_t count)
{
    for (int64_t j = 0; j < views; ++j)
        for (int64_t k = 0; k < count; ++k)
            waves[j * count + k] = sqrt((k ? 2.0 : 1.0) / (double)views) *
                cos(PI * (double)(k * (2 * j + 1) % (4 * views)) / (2 * (double)views));
}

void ptm_low_pass(float *out, const float *in, int64_t views, int64_t columns, double sigma, void *scratch)
{
    const int64_t count = frequencies(views, sigma);
    double *parts = scratch, *waves = parts + SIDE * count; /* parts (k, column) */
    make_waves(waves, views, count);
    for (int64_t first = 0; first < columns; first += SIDE) {
        const int64_t side = columns - first < SIDE ? columns - first : SIDE;
        for (int64_t i = 0; i < SIDE * count; ++i) parts[i] = 0;
        for (int64_t j = 0; j < views; ++j)
            for (int64_t k = 0; k < count; ++k)
                for (int64_t i = 0; i < side; ++i)
                    parts[k * SIDE + i] += waves[j * count + k] * (double)in[j * columns + first + i];
        for (int64_t k = 0; k < count; ++k)
            for (int64_t i = 0; i < side; ++i) parts[k * SIDE + i] *= exp(-0.125 * (double)(k * k) / (sigma * sigma));
        for (int64_t j = 0; j < views; ++j) {
            double sums[SIDE] = { 0 };
            for (int64_t k = 0; k < count; ++k)
                for (int64_t i = 0; i < side; ++i) sums[i] += waves[j * count + k] * parts[k * SIDE + i];
            for (int64_t i = 0; i < side; ++i) out[j * columns + first + i] = (float)sums[i];
        }
    }
}
