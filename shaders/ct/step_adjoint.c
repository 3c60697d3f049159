/* The exact adjoint of step_project, as a gather: a voxel takes from every ray near it as much as the ray's samples read of
 * it. */
#include "kernel.h"
#include "lines.h"
#include "samples.h"
#define ARGUMENTS STEP_ADJOINT

/* The detector columns and rows that rays less than a voxel away may come from; all of them if that is not all in front of
 * the source. */
STRUCT(window) { int u0, u1, v0, v1; };
FN window window_around(creals views, int view, real px, real py, real pz, int nu, int nv)
{
    const int k = GENERAL_VIEW * view;
    const real arc = AT(views, k + GENERAL_ARC), middle = AT(views, k + GENERAL_MIDDLE),
               level = AT(views, k + GENERAL_LEVEL);
    real u_low = REAL(nu), u_high = REAL(-1), v_low = REAL(nv), v_high = REAL(-1);
    bool behind = false;
    for (int corner = 0; corner < 8; ++corner) {
        const real x = px + REAL((corner & 1) * 2 - 1), y = py + REAL((corner & 2) - 1),
                   z = pz + REAL((corner & 4) / 2 - 1);
        const real w = AT(views, k + GENERAL_W) + AT(views, k + GENERAL_W + 1) * x + AT(views, k + GENERAL_W + 2) * y
            + AT(views, k + GENERAL_W + 3) * z;
        const real u = AT(views, k + GENERAL_U) + AT(views, k + GENERAL_U + 1) * x + AT(views, k + GENERAL_U + 2) * y
            + AT(views, k + GENERAL_U + 3) * z;
        const real v = AT(views, k + GENERAL_V) + AT(views, k + GENERAL_V + 1) * x + AT(views, k + GENERAL_V + 2) * y
            + AT(views, k + GENERAL_V + 3) * z;
        const shadow s = shadow_of(u / w, REAL(1), arc, middle);
        const real row = arc != REAL(0) ? level + (v / w - level) * s.r : v / w;
        behind = behind || !(w > REAL(0));
        u_low = min(u_low, s.u);
        u_high = max(u_high, s.u);
        /* On a cylinder the box's shadow bulges a little between its corners. */
        v_low = min(v_low, arc != REAL(0) ? min(row, v / w) : row);
        v_high = max(v_high, arc != REAL(0) ? max(row, v / w) : row);
    }
    window n;
    n.u0 = behind ? 0 : INT(ceil(clamp(u_low - 0.01f, REAL(0), REAL(nu))));
    n.u1 = behind ? nu : INT(floor(clamp(u_high + 0.01f, REAL(-1), REAL(nu - 1)))) + 1;
    n.v0 = behind ? 0 : INT(ceil(clamp(v_low - 0.01f, REAL(0), REAL(nv))));
    n.v1 = behind ? nv : INT(floor(clamp(v_high + 0.01f, REAL(-1), REAL(nv - 1)))) + 1;
    return n;
}

KERNEL(step_adjoint, z, nz, x, nx, y, ny)
{
    const real px = REAL(x) - centre(nx), py = first_y + REAL(y);
    EACH(z) {
        const real pz = REAL(z) - centre(nz);
        const int at = y * nx + x;
        real sum = carry != 0 ? AT(voxels, SIZE(at) * SIZE(nz) + SIZE(z)) : REAL(0);
        for (int view = 0; view < count; ++view) {
            const window n = window_around(views, view, px, py, pz, nu, nv);
            for (int u = n.u0; u < n.u1; ++u)
                for (int v = n.v0; v < n.v1; ++v) {
                    const samples s = samples_of(
                        views, columns, view, view * nu + u, REAL(v), step_x, step_y, step_z, step);
                    const stretch t = stretch_in(
                        s, px - REAL(1), px + REAL(1), py - REAL(1), py + REAL(1), pz - REAL(1), pz + REAL(1));
                    real weight = REAL(0);
                    for (int k = t.from; k < t.to; ++k) {
                        const real place = REAL(k) + REAL(0.5f);
                        weight += hat(s.px + place * s.dx - px) * hat(s.py + place * s.dy - py) *
                                  hat(s.pz + place * s.dz - pz);
                    }
                    sum += step * weight *
                           AT(pixels.p,
                               SIZE(view) * SIZE(pixels.plane) + SIZE((u + FIELD_FRONT) * pixels.pitch + v + FIELD_FRONT));
                }
        }
        AT(voxels, SIZE(at) * SIZE(nz) + SIZE(z)) = sum;
    }
}
