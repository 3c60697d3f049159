/* arc.h - cylindrical detectors, bent about the line through the source along v, so that columns are equiangular.
 *
 * The flat detector that touches one at column `middle` has the same rays: a point that falls on column u of that, t = (u -
 * middle) arc being the tangent of its angle from there, falls on middle + atan(t) / arc of this. Distances from the source
 * take the place of depths: 1 / w becomes 1 / (w sqrt(1 + t^2)). arc is the angle between columns; 0: the detector is
 * flat. */
#ifndef PTM_SHADERS_ARC_H
#define PTM_SHADERS_ARC_H

/* Not every target's own atan is exact enough. In float a polynomial on [-1, 1], fitted at Chebyshev nodes, error 1e-7. */
FN real ptm_atan(real t)
{
#ifdef PTM_DOUBLE
    return atan(t);
#else
    const real a = fabs(t), x = a > REAL(1) ? REAL(1) / a : a, y = x * x;
    real p = ((0.0106807193f - 0.00174370117f * y) * y - 0.0307175089f) * y + 0.0574635565f;
    p = (((p * y - 0.0837206393f) * y + 0.109401986f) * y - 0.142615736f) * y + 0.1999823f;
    p = (p * y - 0.333332837f) * y + REAL(1);
    const real positive = a > REAL(1) ? 1.57079632679f - p * x : p * x;
    return t < REAL(0) ? -positive : positive;
#endif
}

STRUCT(shadow) { real u, r; };
FN shadow shadow_of(real u, real r, real arc, real middle)
{
    shadow s;
    s.u = u;
    s.r = r;
    if (arc != REAL(0)) {
        const real t = (u - middle) * arc;
        s.u = middle + ptm_atan(t) / arc;
        s.r = r / sqrt(REAL(1) + t * t);
    }
    return s;
}
#endif
