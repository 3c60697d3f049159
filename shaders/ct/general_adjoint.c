/* The exact adjoint of general_project (its second half, after general_lengths), as a gather.  A voxel asks, for each main
 * axis, which pixels' rays cross its slice less than one voxel away in both directions: they lie in the shadow of a square
 * of two voxels' width, and each gives its weight. */
#include "kernel.h"
#include "sweep.h"
#include "rays.h"
#define ARGUMENTS GENERAL_ADJOINT

STRUCT(column) { int at; };

/* The pixels in the shadow of the square around X; all of them if a corner is not in front of the source. */
STRUCT(shadow) { int u0, u1, v0, v1; };
FN shadow shadow_of_square(creals views, int view, int axis, real x, real y, real z, int nu, int nv)
{
    const int k = GENERAL_VIEW * view;
    real u0 = REAL(nu), u1 = REAL(-1), v0 = REAL(nv), v1 = REAL(-1);
    bool behind = false;
    for (int corner = 0; corner < 4; ++corner) {
        const real a = (corner & 1) == 0 ? REAL(-1) : REAL(1), b = corner < 2 ? REAL(-1) : REAL(1);
        const real px = axis == 1 ? x : axis == 0 ? x + a : x + b, py = axis == 2 ? y : y + b;
        const real pz = axis == 0 ? z : z + a;
        const real w = AT(views, k + GENERAL_W) + AT(views, k + GENERAL_W + 1) * px
            + AT(views, k + GENERAL_W + 2) * py + AT(views, k + GENERAL_W + 3) * pz;
        const real u = (AT(views, k + GENERAL_U) + AT(views, k + GENERAL_U + 1) * px
            + AT(views, k + GENERAL_U + 2) * py + AT(views, k + GENERAL_U + 3) * pz) / w;
        const real v = (AT(views, k + GENERAL_V) + AT(views, k + GENERAL_V + 1) * px
            + AT(views, k + GENERAL_V + 2) * py + AT(views, k + GENERAL_V + 3) * pz) / w;
        behind = behind || !(w > REAL(0));
        u0 = min(u0, u);
        u1 = max(u1, u);
        v0 = min(v0, v);
        v1 = max(v1, v);
    }
    shadow s;
    s.u0 = behind ? 0 : INT(ceil(clamp(u0 - 0.01f, REAL(0), REAL(nu))));
    s.u1 = behind ? nu - 1 : INT(floor(clamp(u1 + 0.01f, REAL(-1), REAL(nu - 1))));
    s.v0 = behind ? 0 : INT(ceil(clamp(v0 - 0.01f, REAL(0), REAL(nv))));
    s.v1 = behind ? nv - 1 : INT(floor(clamp(v1 + 0.01f, REAL(-1), REAL(nv - 1))));
    return s;
}

BEGIN(column, x, y)
{
    column my;
    my.at = y * nx + x;
    EACH(z) L(sum, z) = carry != 0 ? AT(voxels, SIZE(my.at) * SIZE(nz) + SIZE(z)) : REAL(0);
    return my;
}

STEP(column, x, y, view)
{
    const real px = REAL(x) - centre(nx), py = first_y + REAL(y);
    const int axes = INT(AT(views, GENERAL_VIEW * view + GENERAL_AXES));
    EACH(z) {
        const real pz = REAL(z) - centre(nz);
        real s = L(sum, z);
        for (int axis = 0; axis < 3; ++axis) {
            if ((axes >> axis & 1) == 0) continue;
            const real i = axis == 0 ? pz : axis == 1 ? px : py;
            const real a = axis == 0 ? px : pz, b = axis == 2 ? px : py;
            const shadow area = shadow_of_square(views, view, axis, px, py, pz, nu, nv);
            for (int u = area.u0; u <= area.u1; ++u)
                for (int v = area.v0; v <= area.v1; ++v) {
                    if (main_axis(columns, view * nu + u, v) != axis) continue;
                    const ray r = ray_of_pixel(views, view, REAL(u), REAL(v));
                    if (!in_front(views, view, axis, i, ray_along(r, axis))) continue;
                    const crossing c = ray_crossing(r, axis);
                    s += hat(c.a + i * c.da - a) * hat(c.b + i * c.db - b) * FIELD_AT(pixels, view, u, v);
                }
        }
        L(sum, z) = s;
    }
}

END(column, x, y)
{
    EACH(z) AT(voxels, SIZE(my.at) * SIZE(nz) + SIZE(z)) = L(sum, z);
}

SWEEP(general_adjoint, column, nz, nx, ny, count)
