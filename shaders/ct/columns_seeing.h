/* columns_seeing.h - the columns of a flat view that see a slice of an image which lies in front of the source. */
#ifndef PTM_SHADERS_COLUMNS_SEEING_H
#define PTM_SHADERS_COLUMNS_SEEING_H

STRUCT(range) { int from, to; };
/* Of columns from <= u < to those that see the places from low to high; a few too many do no harm. */
FN range columns_seeing(creals views, int k, bool by_y, real slice, real low, real high, int from, int to)
{
    const real x0 = by_y ? low : slice, y0 = by_y ? slice : low, x1 = by_y ? high : slice, y1 = by_y ? slice : high;
    const real ux = AT(views, k + BEAM_UX), uy = AT(views, k + BEAM_UY), wx = AT(views, k + BEAM_WX),
               wy = AT(views, k + BEAM_WY);
    const real a = (AT(views, k + BEAM_U0) + ux * x0 + uy * y0) / (AT(views, k + BEAM_W0) + wx * x0 + wy * y0);
    const real b = (AT(views, k + BEAM_U0) + ux * x1 + uy * y1) / (AT(views, k + BEAM_W0) + wx * x1 + wy * y1);
    range r;
    r.from = INT(clamp(min(a, b), REAL(from), REAL(to)));
    r.to = INT(clamp(max(a, b) + REAL(2), REAL(from), REAL(to)));
    return r;
}
#endif
