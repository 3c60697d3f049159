/* stockham.h - all passes of a transform within one item; fft_arguments.h says how they lie in memory.
 *
 *   run_passes(a, b, points, lanes, tables)   transforms what is in a, with b as the other buffer; true if the result is in
 *       b */
#ifndef PTM_SHADERS_STOCKHAM_H
#define PTM_SHADERS_STOCKHAM_H
#include "fft_arguments.h"
#include "radices.h"
#include "interleave.h"

#define STOCKHAM_IN(c) make_pair(AT(before, at + (c) * step + z), AT(before, plane + at + (c) * step + z))
#define STOCKHAM_PUT(place, v) \
    { \
        const pair put = v; \
        AT(after, place) = put.r; \
        AT(after, plane + place) = put.i; \
    }
#define STOCKHAM_FACTOR(c, p) make_pair(AT(factors, (2 * (c) - 2) * count + (p)), AT(factors, (2 * (c) - 1) * count + (p)))

/* Passes whose lanes share their factors. */
#define SHARED_FIRST(v) STOCKHAM_PUT(to + z, v)
#define SHARED_OUT(c, v) STOCKHAM_PUT(to + (c) * s + z, times(v, w##c))
/* The last pass has no factors but 1. */
#define LAST_OUT(c, v) STOCKHAM_PUT((c) * s + z, v)
#define LAST_FIRST(v) STOCKHAM_PUT(z, v)
/* The first pass of a transform alone: every p has factors of its own, and the results lie in the order of c. */
#define ALONE_OUT(c, v) STOCKHAM_PUT((c) * step + z, times(v, STOCKHAM_FACTOR(c, z)))
#define IS_ALONE(s, count) ((s) == 1 && (count) >= 8)

#define STOCKHAM_PASS(R, FACTORS) \
    FN void pass_##R(reals after, reals before, creals factors, int plane, int s, int count) \
    { \
        const int step = s * count; \
        if (IS_ALONE(s, count)) { \
            const int at = 0; \
            EIGHTS(z, step) RADIX_##R(STOCKHAM_IN, LAST_FIRST, ALONE_OUT) \
        } else if (count == 1 && s >= 8) { \
            const int at = 0; \
            EIGHTS(z, s) RADIX_##R(STOCKHAM_IN, LAST_FIRST, LAST_OUT) \
        } else if (s >= 8) { \
            for (int p = 0; p < count; ++p) { \
                const int at = s * p, to = s * R * p; \
                FACTORS \
                EIGHTS(z, s) RADIX_##R(STOCKHAM_IN, SHARED_FIRST, SHARED_OUT) \
            } \
        } else { \
            for (int p = 0; p < count; ++p) { \
                const int at = s * p, to = s * R * p; \
                FACTORS \
                ALONG(z, s) RADIX_##R(STOCKHAM_IN, SHARED_FIRST, SHARED_OUT) \
            } \
        } \
    }
#define W_(c) const pair w##c = STOCKHAM_FACTOR(c, p);
STOCKHAM_PASS(2, W_(1))
STOCKHAM_PASS(3, W_(1) W_(2))
STOCKHAM_PASS(4, W_(1) W_(2) W_(3))
STOCKHAM_PASS(5, W_(1) W_(2) W_(3) W_(4))
STOCKHAM_PASS(8, W_(1) W_(2) W_(3) W_(4) W_(5) W_(6) W_(7))

/* Any radix, by its definition. */
FN void pass_any(reals after, reals before, creals tables, int radix, int plane, int s, int count)
{
    const int step = s * count;
    creals factors = tables + SIZE(2 * radix);
    for (int p = 0; p < count; ++p)
        for (int c = 0; c < radix; ++c) {
            const int at = s * p, to = s * (radix * p + c);
            pair turn = make_pair(REAL(1), REAL(0));
            if (c > 0) turn = STOCKHAM_FACTOR(c, p);
            for (int b = 0; b < radix; ++b) {
                const int root = b * c % radix;
                const pair w = times(turn, make_pair(AT(tables, 2 * root), AT(tables, 2 * root + 1)));
                ALONG(z, s) {
                    const pair v = times(STOCKHAM_IN(b), w);
                    AT(after, to + z) = b == 0 ? v.r : AT(after, to + z) + v.r;
                    AT(after, plane + to + z) = b == 0 ? v.i : AT(after, plane + to + z) + v.i;
                }
            }
        }
}

FN bool run_passes(reals a, reals b, int points, int lanes, creals tables)
{
    const int passes = INT(AT(tables, 0)), plane = FFT_PLANE(points, lanes);
    int stride = 1, at = FFT_HEADER;
    bool in_b = false;
    for (int i = 0; i < passes; ++i) {
        const int radix = INT(AT(tables, 1 + i)), count = points / (radix * stride), s = stride * lanes;
        creals factors = tables + SIZE(at);
        reals before = a, after = b;
        if (in_b) {
            before = b;
            after = a;
        }
        in_b = !in_b;
        at += 2 * (radix - 1) * count;
        stride *= radix;
        if (radix == 8) pass_8(after, before, factors, plane, s, count);
        else if (radix == 4) pass_4(after, before, factors, plane, s, count);
        else if (radix == 2) pass_2(after, before, factors, plane, s, count);
        else if (radix == 3) pass_3(after, before, factors, plane, s, count);
        else if (radix == 5) pass_5(after, before, factors, plane, s, count);
        else {
            pass_any(after, before, factors, radix, plane, s, count);
            at += 2 * radix;
        }
        if (IS_ALONE(s, count) && (radix <= FFT_LAST_FORMULA || radix == 8)) {
            interleave(before, after, count, count, radix);
            interleave(before + SIZE(plane), after + SIZE(plane), count, count, radix);
            in_b = !in_b;
        }
    }
    return in_b;
}

/* Times the response, and the parts exchanged, in place. */
FN void multiply_element(reals a, creals response, int points, int lanes, int k, int at)
{
    const int plane = FFT_PLANE(points, lanes);
    const pair v = times(make_pair(AT(a, at), AT(a, plane + at)), make_pair(AT(response, k), AT(response, points + k)));
    AT(a, at) = v.i;
    AT(a, plane + at) = v.r;
}
FN void multiply_rows(reals a, creals response, int points, int lanes)
{
    if (lanes == 1) {
        ALONG(k, points) multiply_element(a, response, points, 1, k, k);
    } else {
        for (int k = 0; k < points; ++k) ALONG(l, lanes) multiply_element(a, response, points, lanes, k, k * lanes + l);
    }
}

/* A transform; if there is a response, multiplied by it and transformed back, with the parts exchanged. True if the result
 * is in b. */
FN bool run_transform(reals a, reals b, int points, int lanes, creals tables, bool convolve, creals response)
{
    bool in_b = false;
    for (int round = 0; round < (convolve ? 2 : 1); ++round) {
        reals here = a, there = b;
        if (in_b) {
            here = b;
            there = a;
        }
        if (round > 0) multiply_rows(here, response, points, lanes);
        in_b = run_passes(here, there, points, lanes, tables) != in_b;
    }
    return in_b;
}
#endif
