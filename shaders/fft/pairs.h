/* pairs.h - where the filter finds its pixels: two views are the real and the imaginary part of a row; see fft_arguments.h.
 * ARGUMENTS stands before this. */
#ifndef PTM_SHADERS_PAIRS_H
#define PTM_SHADERS_PAIRS_H
#include "radices.h"

#define PAIRS ((views + 1) / 2)
#define PIXEL_PLACE(view, k, v) (SIZE(view) * SIZE(s_view) + SIZE((k) * s_u + (v) * s_v))
#define WEIGHT_OF(view, k, v) (AT(cosine, (k) * nv + (v)) * AT(redundancy, SIZE(view) * SIZE(nu) + SIZE(k)))

/* Column k < nu of detector row v, weighted. */
FN pair pixel_pair(int pair_number, int k, int v ARGUMENTS(PTM_PARAM))
{
    const int view = 2 * pair_number, second = min(view + 1, views - 1);
    const real r = AT(pixels, PIXEL_PLACE(view, k, v));
    const real i = second > view ? AT(pixels, PIXEL_PLACE(second, k, v)) : REAL(0);
    if (adjoint != 0) return make_pair(r * AT(column, k), i * AT(column, k));
    return make_pair(r * WEIGHT_OF(view, k, v), i * WEIGHT_OF(second, k, v));
}

/* What point k of a row is of the column it goes on from, behind the last or before the first. */
FN real falloff_at(int k ARGUMENTS(PTM_PARAM))
{
    const int after = k - nu, before = points - 1 - k;
    return after < reach ? AT(falloff, reach + after) : before < reach ? AT(falloff, before) : REAL(0);
}

/* What in the adjoint the points beyond an end give back to it, if column k is one; point i lies at i step. */
FN real fallen_back(reals row, int k, int step ARGUMENTS(PTM_PARAM))
{
    const int after = k == nu - 1 ? reach : 0, before = k == 0 ? reach : 0;
    real sum = REAL(0);
    for (int i = 0; i < after; ++i) sum += AT(falloff, reach + i) * AT(row, (nu + i) * step);
    for (int i = 0; i < before; ++i) sum += AT(falloff, i) * AT(row, (points - 1 - i) * step);
    return sum;
}

/* What the transforms gave there, back to where it came from. */
FN void put_pixel_pair(int pair_number, int k, int v, pair both ARGUMENTS(PTM_PARAM))
{
    const int view = 2 * pair_number, second = view + 1;
    AT(pixels, PIXEL_PLACE(view, k, v)) = both.r * (adjoint != 0 ? WEIGHT_OF(view, k, v) : AT(column, k));
    if (second < views)
        AT(pixels, PIXEL_PLACE(second, k, v)) = both.i * (adjoint != 0 ? WEIGHT_OF(second, k, v) : AT(column, k));
}
#endif
