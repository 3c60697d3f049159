/* Weighted back-projection, voxel-driven, for any plane detector. */
#include "kernel.h"
#include "sweep.h"
#include "rays.h"
#define ARGUMENTS GENERAL_BACKPROJECT

STRUCT(column) { int at; };

BEGIN(column, x, y)
{
    column my;
    my.at = y * nx + x;
    EACH(z) L(sum, z) = carry != 0 ? AT(voxels, SIZE(my.at) * SIZE(nz) + SIZE(z)) : REAL(0);
    return my;
}

STEP(column, x, y, view)
{
    const int k = GENERAL_VIEW * view;
    const real px = REAL(x) - centre(nx), py = first_y + REAL(y);
    const real u0 = AT(views, k + GENERAL_U) + AT(views, k + GENERAL_U + 1) * px + AT(views, k + GENERAL_U + 2) * py;
    const real v0 = AT(views, k + GENERAL_V) + AT(views, k + GENERAL_V + 1) * px + AT(views, k + GENERAL_V + 2) * py;
    const real w0 = AT(views, k + GENERAL_W) + AT(views, k + GENERAL_W + 1) * px + AT(views, k + GENERAL_W + 2) * py;
    const real uz = AT(views, k + GENERAL_U + 3), vz = AT(views, k + GENERAL_V + 3), wz = AT(views, k + GENERAL_W + 3);
    const real weight = AT(views, k + GENERAL_WEIGHT), near = AT(views, k + GENERAL_NEAR);
    EACH(z) {
        const real pz = REAL(z) - centre(nz), w = w0 + pz * wz;
        const real r = REAL(1) / (w >= near ? w : REAL(1));
        const real value = STACK_SAMPLE(pixels, view, (v0 + pz * vz) * r, (u0 + pz * uz) * r);
        L(sum, z) += w >= near ? weight * r * r * value : REAL(0);
    }
}

END(column, x, y)
{
    EACH(z) AT(voxels, SIZE(my.at) * SIZE(nz) + SIZE(z)) = L(sum, z);
}

SWEEP(general_backproject, column, nz, nx, ny, count)
