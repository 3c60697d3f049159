/* footprints.h - the trapezoids of separable footprints, for all their kernels: both directions work out the same
 * numbers. */
#ifndef PTM_SHADERS_FOOTPRINTS_H
#define PTM_SHADERS_FOOTPRINTS_H
#include "arc.h"
#include "beam.h"
#include "clearance.h"

/* A trapezoid 1 high about column u, where the voxel's axis falls: it reaches `left` columns down and `right` up, and
 * is level for left_top and right_top of them; the slopes are 1 / (2 fall) steep. r is the factor 1 / w of arc.h. */
STRUCT(footprint) { real u, r, left, left_top, left_fall, right, right_top, right_fall; };

/* How far apart columns u and u + d of a flat detector are on a cylindrical one; t is the tangent of arc.h at u. */
FN real bent_distance(real d, real t, real arc)
{
    return ptm_atan(d * arc / (REAL(1) + t * (t + d * arc))) / arc;
}

/* Of a column of voxels in upright view k / its size. Corners' places are worked out from the axis', so that float
 * keeps their distances. A voxel that reaches nearer to the source than the clearance, or behind it, has none. */
FN footprint footprint_of(creals views, int k, real arc, real middle, real x, real y)
{
    const real wx = 0.5f * AT(views, k + BEAM_WX), wy = 0.5f * AT(views, k + BEAM_WY);
    const real w = AT(views, k + BEAM_W0) + REAL(2) * (wx * x + wy * y), reach = fabs(wx) + fabs(wy);
    const bool seen = w > (REAL(1) + REAL(2) * CLEARANCE) * reach;
    const real n = AT(views, k + BEAM_U0) + AT(views, k + BEAM_UX) * x + AT(views, k + BEAM_UY) * y;
    footprint f;
    f.r = REAL(1) / (seen ? w : REAL(1));
    f.u = n / (seen ? w : REAL(1));
    /* The corners fall on u + p / (w + pw), u - p / (w - pw), and the same of q. */
    const real across_x = 0.5f * AT(views, k + BEAM_UX) - f.u * wx, across_y = 0.5f * AT(views, k + BEAM_UY) - f.u * wy;
    const real p = across_x + across_y, q = across_x - across_y;
    const real pw = p < REAL(0) ? -wx - wy : wx + wy, qw = q < REAL(0) ? wy - wx : wx - wy;
    const real depth = seen ? w : REAL(2) * reach;
    const real size_p = seen ? fabs(p) / ((depth - pw) * (depth + pw)) : REAL(0);
    const real size_q = seen ? fabs(q) / ((depth - qw) * (depth + qw)) : REAL(0);
    real right_p = size_p * (depth - pw), right_q = size_q * (depth - qw);
    real left_p = size_p * (depth + pw), left_q = size_q * (depth + qw);
    if (arc != REAL(0)) {
        const real t = (f.u - middle) * arc;
        right_p = bent_distance(right_p, t, arc);
        right_q = bent_distance(right_q, t, arc);
        left_p = -bent_distance(-left_p, t, arc);
        left_q = -bent_distance(-left_q, t, arc);
        f.u = middle + ptm_atan(t) / arc;
        f.r = f.r / sqrt(REAL(1) + t * t);
    }
    f.right = max(right_p, right_q);
    f.right_top = min(right_p, right_q);
    f.left = max(left_p, left_q);
    f.left_top = min(left_p, left_q);
    const real right_slope = max(f.right - f.right_top, 1e-15f), left_slope = max(f.left - f.left_top, 1e-15f);
    const real half_over_both = 0.5f / (right_slope * left_slope); /* one division for two */
    f.right_fall = half_over_both * left_slope;
    f.left_fall = half_over_both * right_slope;
    return f;
}

/* Of parallel beams: those of all voxels are alike but for u, and symmetric, as compilers can see here. */
FN footprint footprint_of_parallel(creals views, int k)
{
    footprint f = footprint_of(views, k, REAL(0), REAL(0), REAL(0), REAL(0));
    f.left = f.right;
    f.left_top = f.right_top;
    f.left_fall = f.right_fall;
    return f;
}

/* The trapezoid's area between its axis and s columns from there. */
FN real footprint_until(footprint f, real s)
{
    const bool before = s < REAL(0);
    const real end = before ? f.left : f.right, top = before ? f.left_top : f.right_top;
    const real fall = before ? f.left_fall : f.right_fall;
    const real way = before ? -s : s, far = way < end ? way : end, down = far > top ? far - top : REAL(0);
    const real area = far - fall * down * down;
    return before ? -area : area;
}

/* And in column u. */
FN real footprint_share(footprint f, real u)
{
    return footprint_until(f, u - f.u + 0.5f) - footprint_until(f, u - f.u - 0.5f);
}
#endif
