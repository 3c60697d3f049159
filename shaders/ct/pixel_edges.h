/* pixel_edges.h - separable footprints of the pixels in a slice of a flat view's image, as what lies between their edges.
 *
 * Where pixels lie side by side along the detector, the falling side of one trapezoid and the rising side of the next are
 * the shadow of the edge between them, and together 1. A column then reads its first pixel, and for each edge behind it the
 * difference of the pixels beside the edge times how much of the column lies behind the edge: the sum over pixels of
 * footprint times value, summed by parts. An edge's shadow has two corners, a pixel's four. */
#ifndef PTM_SHADERS_PIXEL_EDGES_H
#define PTM_SHADERS_PIXEL_EDGES_H

/* Edge b, between pixels b - 1 and b, falls on column -sign (n + b n_step) / (w + b w_step) in the slice's middle, and at its
 * ends with n_half and w_half added or subtracted there; sign is 1 if columns go up with pixels, else -1. */
STRUCT(edges) { real n, n_step, n_half, w, w_step, w_half; };
FN edges edges_of(creals views, int k, bool by_y, real slice, real sign)
{
    edges e;
    e.n_step = -sign * (by_y ? AT(views, k + BEAM_UX) : AT(views, k + BEAM_UY));
    e.w_step = by_y ? AT(views, k + BEAM_WX) : AT(views, k + BEAM_WY);
    const real n_along = -sign * (by_y ? AT(views, k + BEAM_UY) : AT(views, k + BEAM_UX));
    const real w_along = by_y ? AT(views, k + BEAM_WY) : AT(views, k + BEAM_WX);
    e.n = -sign * AT(views, k + BEAM_U0) + slice * n_along - 0.5f * e.n_step;
    e.w = AT(views, k + BEAM_W0) + slice * w_along - 0.5f * e.w_step;
    e.n_half = 0.5f * n_along;
    e.w_half = 0.5f * w_along;
    return e;
}

/* How much of a column lies behind an edge whose shadow is 2 spread wide and begins `begun` before the column's middle. */
FN real behind(real begun, real spread, real steep)
{
    const real low = max(begun - 0.5f, REAL(0)), high = max(begun + 0.5f, REAL(0)), whole = REAL(2) * spread;
    const real low_in = min(low, whole), high_in = min(high, whole);
    return (high_in * high_in * steep + (high - high_in)) - (low_in * low_in * steep + (low - low_in));
}

/* Edge b and column u; of parallel beams, of which n is all that an edge has of its own; the places of corners are worked out
 * from the column's, so that float keeps their distances. */
FN real behind_parallel(edges e, real b, real u)
{
    const real spread = max(fabs(e.n_half), 1e-15f);
    return behind(e.n + b * e.n_step + u + spread, spread, 0.25f / spread);
}
FN real behind_divergent(edges e, real b, real u)
{
    /* The corners fall (c + g) / (w + w_half) and (c - g) / (w - w_half) before the column's middle. */
    const real w = e.w + b * e.w_step, c = e.n + b * e.n_step + u * w, g = e.n_half + u * e.w_half;
    const real apart = w * g - c * e.w_half, wide = max(apart < REAL(0) ? -apart : apart, 1e-15f);
    const real depth = w * w - sq(e.w_half), over = REAL(1) / (depth * wide); /* one division for two */
    const real spread = wide * wide * over;
    return behind((w * c - g * e.w_half) * wide * over + spread, spread, 0.25f * depth * depth * over);
}
#endif
