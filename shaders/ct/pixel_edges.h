/* pixel_edges.h - separable footprints in a slice of a flat view's image, worked out from the edges between its pixels.
 *
 * Where trapezoids join, the falling side of one and the rising side of the next are the shadow of the edge between their
 * pixels, and together 1. Summed by parts, the shares of a column times the pixels are then its first pixel, and for every
 * edge that it meets the step from pixel to pixel times how much of the column lies behind the edge. There are fewer edges
 * than pixels, and an edge has two corners where a pixel has four. */
#ifndef PTM_SHADERS_PIXEL_EDGES_H
#define PTM_SHADERS_PIXEL_EDGES_H

/* Of a slice: the middle of the edge before pixel b falls on column (n + b n_step) / (w + b w_step), its ends where n_half
 * and w_half are added or subtracted there. Columns are counted the way that pixels are: with sign -1 from 0 down. */
STRUCT(edges) { real sign, n, n_step, n_half, w, w_step, w_half; };
FN edges edges_of(creals views, int k, bool by_y, real slice, real sign)
{
    const int along = by_y ? BEAM_UY : BEAM_UX, across = by_y ? BEAM_UX : BEAM_UY, to_w = BEAM_WX - BEAM_UX;
    edges e;
    e.sign = sign;
    e.n_step = sign * AT(views, k + across);
    e.n_half = 0.5f * sign * AT(views, k + along);
    e.n = sign * AT(views, k + BEAM_U0) + REAL(2) * slice * e.n_half - 0.5f * e.n_step;
    e.w_step = AT(views, k + across + to_w);
    e.w_half = 0.5f * AT(views, k + along + to_w);
    e.w = AT(views, k + BEAM_W0) + REAL(2) * slice * e.w_half - 0.5f * e.w_step;
    return e;
}

/* How much of a column lies behind an edge whose shadow begins at `begin` from the column's middle and is 2 spread wide;
 * steep is 1 / (4 spread). */
FN real behind_shadow(real begin, real spread, real steep)
{
    const real low = max(-0.5f - begin, REAL(0)), high = max(0.5f - begin, REAL(0)), whole = REAL(2) * spread;
    const real low_in = min(low, whole), high_in = min(high, whole);
    return (high_in * high_in * steep + (high - high_in)) - (low_in * low_in * steep + (low - low_in));
}

/* How much of column u lies behind the edge before pixel b, of parallel beams and of divergent ones, whose corners lie
 * (c + g) / (w + w_half) and (c - g) / (w - w_half) from the column. */
FN real behind_parallel(edges e, real b, real u)
{
    const real spread = max(fabs(e.n_half), 1e-15f);
    return behind_shadow(e.n + b * e.n_step - e.sign * u - spread, spread, 0.25f / spread);
}
FN real behind_divergent(edges e, real b, real u)
{
    const real w = e.w + b * e.w_step, c = e.n + b * e.n_step - e.sign * u * w, g = e.n_half - e.sign * u * e.w_half;
    const real apart = w * g - c * e.w_half, wide = max(apart < REAL(0) ? -apart : apart, 1e-15f);
    const real depth = w * w - e.w_half * e.w_half, over = REAL(1) / (depth * wide); /* one division for two */
    const real spread = wide * wide * over;
    return behind_shadow((w * c - g * e.w_half) * wide * over - spread, spread, 0.25f * depth * depth * over);
}
#endif
