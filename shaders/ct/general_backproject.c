/* Weighted back-projection, voxel-driven, for any plane detector. */
#include "kernel.h"
#include "sweep.h"
#include "rays.h"
#define ARGUMENTS GENERAL_BACKPROJECT
#include "voxel_lines.h"

STEP(column, x, y, view)
{
    const int k = GENERAL_VIEW * view;
    const real px = REAL(x) - centre(nx), py = first_y + REAL(y);
    const real u0 = AT(views, k + GENERAL_U) + AT(views, k + GENERAL_U + 1) * px + AT(views, k + GENERAL_U + 2) * py;
    const real v0 = AT(views, k + GENERAL_V) + AT(views, k + GENERAL_V + 1) * px + AT(views, k + GENERAL_V + 2) * py;
    const real w0 = AT(views, k + GENERAL_W) + AT(views, k + GENERAL_W + 1) * px + AT(views, k + GENERAL_W + 2) * py;
    const real uz = AT(views, k + GENERAL_U + 3), vz = AT(views, k + GENERAL_V + 3), wz = AT(views, k + GENERAL_W + 3);
    const real weight = AT(views, k + GENERAL_WEIGHT), near = AT(views, k + GENERAL_NEAR);
    LANE(real, v);
    LANE(real, u);
    LANE(real, factor);
    LANE(real, value);
    EACH(z) {
        const real pz = REAL(z) - centre(nz), w = w0 + pz * wz;
        const real r = REAL(1) / (w >= near ? w : REAL(1));
        L(v, z) = (v0 + pz * vz) * r;
        L(u, z) = (u0 + pz * uz) * r;
        L(factor, z) = w >= near ? weight * r * r : REAL(0);
    }
    const real arc = AT(views, k + GENERAL_ARC), level = AT(views, k + GENERAL_LEVEL);
    if (arc != REAL(0)) {
        EACH(z) {
            const shadow s = shadow_of(L(u, z), REAL(1), arc, AT(views, k + GENERAL_MIDDLE));
            L(u, z) = s.u;
            L(v, z) = level + (L(v, z) - level) * s.r;
            L(factor, z) *= s.r * s.r;
        }
    }
    STACK_SAMPLES(z, 0, nz, value, pixels, view, v, u);
    EACH(z) L(sum, z) += L(factor, z) * L(value, z);
}

SWEEP(general_backproject, column, nz, nx, ny, count)
