/* pairs.h - where filter_load and filter_store find their pixels; see fft_arguments.h. */
#ifndef PTM_SHADERS_PAIRS_H
#define PTM_SHADERS_PAIRS_H
#include "fft_arguments.h"
#define PAIR_OF(r, o) (pairs_inner != 0 ? (r) : (o))
#define ROW_OF(r, o) (pairs_inner != 0 ? (o) : (r))
/* Column k of detector row `row` of a view. */
#define PIXEL_PLACE(view, k, row) (SIZE(view) * SIZE(s_view) + SIZE((k) * s_u + (row) * s_v))
#define WEIGHT_OF(view, k, row) \
    (weigh != 0 ? AT(cosine, (k) * nv + (row)) * AT(redundancy, SIZE(view) * SIZE(nu) + SIZE(k)) : REAL(1))
#define SPECTRUM_PLACE(k, part, r, o) \
    (SIZE(2 * (k) + (part)) * SIZE(inner) * SIZE(outer) + SIZE(o) * SIZE(inner) + SIZE(r))
#endif
