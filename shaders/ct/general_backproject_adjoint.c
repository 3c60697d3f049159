/* The exact adjoint of general_backproject, as a gather: a pixel sums up the voxels that read it. Slice by slice along its
 * ray's main axis they lie around the shadow, cast back, of the square between its neighbours. */
#include "kernel.h"
#include "lines.h"
#include "rays.h"
#define ARGUMENTS GENERAL_BACKPROJECT_ADJOINT

/* A place on the flat detector (or the one that touches a cylindrical one), and the rays through it: g X = 0 and
 * h X = 0. */
STRUCT(planes_of_ray) { real g0, gx, gy, gz, h0, hx, hy, hz; };
FN planes_of_ray planes_through(creals views, int k, real u, real v)
{
    planes_of_ray p;
    p.g0 = AT(views, k + GENERAL_U) - u * AT(views, k + GENERAL_W);
    p.gx = AT(views, k + GENERAL_U + 1) - u * AT(views, k + GENERAL_W + 1);
    p.gy = AT(views, k + GENERAL_U + 2) - u * AT(views, k + GENERAL_W + 2);
    p.gz = AT(views, k + GENERAL_U + 3) - u * AT(views, k + GENERAL_W + 3);
    p.h0 = AT(views, k + GENERAL_V) - v * AT(views, k + GENERAL_W);
    p.hx = AT(views, k + GENERAL_V + 1) - v * AT(views, k + GENERAL_W + 1);
    p.hy = AT(views, k + GENERAL_V + 2) - v * AT(views, k + GENERAL_W + 2);
    p.hz = AT(views, k + GENERAL_V + 3) - v * AT(views, k + GENERAL_W + 3);
    return p;
}
FN int main_axis_of(planes_of_ray p)
{
    const real dx = fabs(p.gy * p.hz - p.gz * p.hy), dy = fabs(p.gz * p.hx - p.gx * p.hz),
               dz = fabs(p.gx * p.hy - p.gy * p.hx);
    return dz > dx && dz > dy ? 0 : dx >= dy ? 1 : 2;
}
/* Where the ray crosses slice i of an axis, in the other two, lower number first; d is 0 where it does not. */
STRUCT(met) { real a, b, d; };
FN met crossing_of(planes_of_ray p, int axis, real i)
{
    const real ga = axis == 0 ? p.gx : p.gz, gb = axis == 2 ? p.gx : p.gy,
               gc = p.g0 + i * (axis == 0 ? p.gz : axis == 1 ? p.gx : p.gy);
    const real ha = axis == 0 ? p.hx : p.hz, hb = axis == 2 ? p.hx : p.hy,
               hc = p.h0 + i * (axis == 0 ? p.hz : axis == 1 ? p.hx : p.hy);
    met m;
    m.d = ga * hb - ha * gb;
    m.a = (gb * hc - hb * gc) / m.d;
    m.b = (ha * gc - ga * hc) / m.d;
    return m;
}

/* What one voxel gives to the pixel. */
FN real share(creals views, int k, real px, real py, real pz, real u, real v)
{
    const real w = AT(views, k + GENERAL_W) + AT(views, k + GENERAL_W + 1) * px + AT(views, k + GENERAL_W + 2) * py
        + AT(views, k + GENERAL_W + 3) * pz;
    const real un = AT(views, k + GENERAL_U) + AT(views, k + GENERAL_U + 1) * px + AT(views, k + GENERAL_U + 2) * py
        + AT(views, k + GENERAL_U + 3) * pz;
    const real vn = AT(views, k + GENERAL_V) + AT(views, k + GENERAL_V + 1) * px + AT(views, k + GENERAL_V + 2) * py
        + AT(views, k + GENERAL_V + 3) * pz;
    const bool ahead = w >= AT(views, k + GENERAL_NEAR);
    const real r = REAL(1) / (ahead ? w : REAL(1)), level = AT(views, k + GENERAL_LEVEL);
    const shadow s = shadow_of(un * r, REAL(1), AT(views, k + GENERAL_ARC), AT(views, k + GENERAL_MIDDLE));
    const real weight = hat(s.u - u) * hat(level + (vn * r - level) * s.r - v) * sq(r * s.r);
    return ahead ? AT(views, k + GENERAL_WEIGHT) * weight : REAL(0);
}

FN real pixel_sum(
    ptm_field voxels, creals views, int k, creals strips, int s, int nx, int ny, int nz, real first_y, real u, real v)
{
    const real low = AT(strips, s + GENERAL_LOW), high = AT(strips, s + GENERAL_HIGH), level = AT(views, k + GENERAL_LEVEL);
    const real least = AT(strips, s + GENERAL_LEAST), most = AT(strips, s + GENERAL_MOST);
    const real below = v - REAL(1) - level, above = v + REAL(1) - level;
    const real bottom = level + min(below * least, below * most), top = level + max(above * least, above * most);
    const int axis = main_axis_of(planes_through(views, k, REAL(0.5f) * (low + high), REAL(0.5f) * (bottom + top)));
    const int n = axis == 0 ? nz : axis == 1 ? nx : ny, na = axis == 0 ? nx : nz, nb = axis == 2 ? nx : ny;
    const real first = axis == 0 ? -centre(nz) : axis == 1 ? -centre(nx) : first_y;
    const real first_a = axis == 0 ? -centre(nx) : -centre(nz), first_b = axis == 2 ? -centre(nx) : first_y;
    real sum = REAL(0);
    for (int i = 0; i < n; ++i) {
        const real place = first + REAL(i);
        real a0 = REAL(na), a1 = REAL(-1), b0 = REAL(nb), b1 = REAL(-1);
        int turns = 0;
        for (int corner = 0; corner < 4; ++corner) {
            const planes_of_ray p = planes_through(views, k, (corner & 1) == 0 ? low : high, corner < 2 ? bottom : top);
            const met m = crossing_of(p, axis, place);
            const real a = clamp(m.a - first_a, REAL(-1), REAL(na)), b = clamp(m.b - first_b, REAL(-1), REAL(nb));
            turns += m.d > REAL(0) ? 1 : m.d < REAL(0) ? -1 : 0;
            a0 = min(a0, a);
            a1 = max(a1, a);
            b0 = min(b0, b);
            b1 = max(b1, b);
        }
        /* A corner whose ray turns the other way does not meet the slice where the others do: look everywhere. */
        const bool bounded = turns == 4 || turns == -4;
        const int from_a = bounded ? INT(ceil(max(a0 - 0.01f, REAL(0)))) : 0,
                  to_a = bounded ? INT(floor(min(a1 + 0.01f, REAL(na - 1)))) : na - 1;
        const int from_b = bounded ? INT(ceil(max(b0 - 0.01f, REAL(0)))) : 0,
                  to_b = bounded ? INT(floor(min(b1 + 0.01f, REAL(nb - 1)))) : nb - 1;
        for (int b = from_b; b <= to_b; ++b)
            for (int a = from_a; a <= to_a; ++a) {
                const int x = axis == 0 ? a : axis == 1 ? i : b, y = axis == 2 ? i : b, z = axis == 0 ? i : a;
                sum += share(views, k, REAL(x) - centre(nx), first_y + REAL(y), REAL(z) - centre(nz), u, v) *
                       AT(voxels.p, SIZE(y + voxels.front) * SIZE(voxels.plane) +
                                        SIZE((x + FIELD_FRONT) * voxels.pitch + z + FIELD_FRONT));
            }
    }
    return sum;
}

KERNEL(general_backproject_adjoint, v, nv, u, nu, view, count)
{
    const int column = view * nu + u;
    EACH(v) {
        const real before = carry != 0 ? AT(pixels, SIZE(column) * SIZE(nv) + SIZE(v)) : REAL(0);
        AT(pixels, SIZE(column) * SIZE(nv) + SIZE(v)) = before + pixel_sum(voxels, views, GENERAL_VIEW * view, strips,
            GENERAL_STRIP * column, nx, ny, nz, first_y, REAL(u), REAL(v));
    }
}
