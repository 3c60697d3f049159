/* rays.h - rays of the general family, for its kernels; the tables are described in general.h. */
#ifndef PTM_SHADERS_RAYS_H
#define PTM_SHADERS_RAYS_H
#include "general.h"
#include "arc.h"

STRUCT(ray) { real dx, dy, dz, mx, my, mz; };
FN ray ray_of_pixel(creals views, creals columns, int view, int column, real v)
{
    const int k = GENERAL_VIEW * view, c = GENERAL_COLUMN * column;
    ray r;
    r.dx = AT(columns, c + GENERAL_D) + v * AT(views, k + GENERAL_DV);
    r.dy = AT(columns, c + GENERAL_D + 1) + v * AT(views, k + GENERAL_DV + 1);
    r.dz = AT(columns, c + GENERAL_D + 2) + v * AT(views, k + GENERAL_DV + 2);
    r.mx = AT(columns, c + GENERAL_M) + v * AT(views, k + GENERAL_MV);
    r.my = AT(columns, c + GENERAL_M + 1) + v * AT(views, k + GENERAL_MV + 1);
    r.mz = AT(columns, c + GENERAL_M + 2) + v * AT(views, k + GENERAL_MV + 2);
    return r;
}
FN real ray_along(ray r, int axis) { return axis == 0 ? r.dz : axis == 1 ? r.dx : r.dy; }

/* Where a ray crosses the slices of an axis, in the other two axes, lower number first: a + i da and b + i db; i, a and b
 * count from the volume's centre. */
STRUCT(crossing) { real a, da, b, db; };
FN crossing ray_crossing(ray r, int axis)
{
    const real s = REAL(1) / ray_along(r, axis);
    crossing c;
    if (axis == 0) {
        c.a = r.my * -s;
        c.da = r.dx * s;
        c.b = r.mx * s;
        c.db = r.dy * s;
    } else if (axis == 1) {
        c.a = r.my * s;
        c.da = r.dz * s;
        c.b = r.mz * -s;
        c.db = r.dy * s;
    } else {
        c.a = r.mx * -s;
        c.da = r.dz * s;
        c.b = r.mz * s;
        c.db = r.dx * s;
    }
    return c;
}
/* Where the rays of a detector column cross slice i, counted from the centre: pixel v at (a0 + v a1) / (d0 + v d1) and
 * (b0 + v b1) / (d0 + v d1), counted from the centre too. */
STRUCT(crossings) { real a0, a1, b0, b1, d0, d1; };
FN crossings column_crossings(creals views, creals columns, int view, int column, int axis, real i)
{
    const int d = GENERAL_COLUMN * column + GENERAL_D, m = GENERAL_COLUMN * column + GENERAL_M;
    const int dv = GENERAL_VIEW * view + GENERAL_DV, mv = GENERAL_VIEW * view + GENERAL_MV;
    const int along = (axis + 2) % 3, da = axis == 0 ? 0 : 2, db = axis == 2 ? 0 : 1;
    const int ma = axis == 2 ? 0 : 1, mb = axis == 0 ? 0 : 2;
    const real sign = axis == 1 ? REAL(1) : REAL(-1);
    crossings c;
    c.d0 = AT(columns, d + along);
    c.d1 = AT(views, dv + along);
    c.a0 = sign * AT(columns, m + ma) + i * AT(columns, d + da);
    c.a1 = sign * AT(views, mv + ma) + i * AT(views, dv + da);
    c.b0 = i * AT(columns, d + db) - sign * AT(columns, m + mb);
    c.b1 = i * AT(views, dv + db) - sign * AT(views, mv + mb);
    return c;
}
/* Of pixels from `from` to below `to`, which are all ahead or all not, those that cross between a0 and a1 and between b0
 * and b1; a few too many do no harm, which there are for rounding. */
STRUCT(pixels_met) { int from, to; };
FN pixels_met pixels_above(pixels_met p, real g0, real g1) /* where g0 + v g1 is positive */
{
    const real v = clamp(-g0 / g1, REAL(-4), REAL(p.to + 4));
    if (g1 > REAL(0)) p.from = max(p.from, INT(v + 4.99f) - 4);
    else if (g1 < REAL(0)) p.to = min(p.to, INT(v + 4.01f) - 3);
    else if (!(g0 > REAL(0))) p.to = p.from;
    return p;
}
FN pixels_met pixels_within(crossings c, int from, int to, real ahead, real a0, real a1, real b0, real b1)
{
    const real s = ahead > REAL(0) ? REAL(1) : REAL(-1);
    a0 -= 0.001f;
    a1 += 0.001f;
    b0 -= 0.001f;
    b1 += 0.001f;
    pixels_met p;
    p.from = from;
    p.to = to;
    p = pixels_above(p, s * (c.a0 - a0 * c.d0), s * (c.a1 - a0 * c.d1));
    p = pixels_above(p, s * (a1 * c.d0 - c.a0), s * (a1 * c.d1 - c.a1));
    p = pixels_above(p, s * (c.b0 - b0 * c.d0), s * (c.b1 - b0 * c.d1));
    p = pixels_above(p, s * (b1 * c.d0 - c.b0), s * (b1 * c.d1 - c.b1));
    return p;
}
/* The same, where looking pays: an item of the narrow form has few pixels. */
FN pixels_met pixels_on_slice(creals views, creals columns, int view, int column, int axis, real i, int from, int to,
    real ahead, real a0, real a1, real b0, real b1)
{
#ifdef PTM_WIDE
    return pixels_within(column_crossings(views, columns, view, column, axis, i), from, to, ahead, a0, a1, b0, b1);
#else
    pixels_met p;
    p.from = from;
    p.to = to;
    return p;
#endif
}
/* The length of a ray in a slice, mm. */
FN real ray_length(ray r, int axis, real step_x, real step_y, real step_z)
{
    return sqrt(sq(r.dx * step_x) + sq(r.dy * step_y) + sq(r.dz * step_z)) / fabs(ray_along(r, axis));
}

FN int main_axis(creals columns, int column, int v)
{
    const int k = GENERAL_COLUMN * column;
    return INT(REAL(v) < AT(columns, k + GENERAL_CUT0) ? AT(columns, k + GENERAL_A0)
        : REAL(v) < AT(columns, k + GENERAL_CUT1) ? AT(columns, k + GENERAL_A1) : AT(columns, k + GENERAL_A2));
}
/* Does slice i, counted from the centre, lie on the half-line that goes from the source in direction d along the axis? */
FN bool in_front(creals views, int view, int axis, real i, real d)
{
    const real s = i - AT(views, GENERAL_VIEW * view + GENERAL_SOURCE + (axis + 2) % 3);
    return (d > REAL(0) ? s : -s) > CLEARANCE;
}
FN real centre(int n) { return REAL(0.5f) * REAL(n - 1); }
#endif
