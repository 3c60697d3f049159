/* rays.h - rays of the general family, for its kernels; the tables are described in general.h. */
#ifndef PTM_SHADERS_RAYS_H
#define PTM_SHADERS_RAYS_H
#include "general.h"

STRUCT(ray) { real dx, dy, dz, mx, my, mz; };
FN real ray_part(creals views, int k, int part, int i, real u, real v)
{
    return AT(views, k + part + i) + u * AT(views, k + part + 3 + i) + v * AT(views, k + part + 6 + i);
}
FN ray ray_of_pixel(creals views, int view, real u, real v)
{
    const int k = GENERAL_VIEW * view;
    ray r;
    r.dx = ray_part(views, k, GENERAL_D, 0, u, v);
    r.dy = ray_part(views, k, GENERAL_D, 1, u, v);
    r.dz = ray_part(views, k, GENERAL_D, 2, u, v);
    r.mx = ray_part(views, k, GENERAL_M, 0, u, v);
    r.my = ray_part(views, k, GENERAL_M, 1, u, v);
    r.mz = ray_part(views, k, GENERAL_M, 2, u, v);
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
    return (d > REAL(0) ? s : -s) > GENERAL_CLEARANCE;
}
FN real centre(int n) { return REAL(0.5f) * REAL(n - 1); }
#endif
