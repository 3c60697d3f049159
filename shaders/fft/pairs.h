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
    if (adjoint != 0) return make_pair(r, i);
    return make_pair(r * WEIGHT_OF(view, k, v), i * WEIGHT_OF(second, k, v));
}

/* What the transforms gave there, back to where it came from. */
FN void put_pixel_pair(int pair_number, int k, int v, pair both ARGUMENTS(PTM_PARAM))
{
    const int view = 2 * pair_number, second = view + 1;
    AT(pixels, PIXEL_PLACE(view, k, v)) = adjoint != 0 ? both.r * WEIGHT_OF(view, k, v) : both.r;
    if (second < views) AT(pixels, PIXEL_PLACE(second, k, v)) = adjoint != 0 ? both.i * WEIGHT_OF(second, k, v) : both.i;
}
#endif
