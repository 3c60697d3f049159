/* The exact adjoint of upright_project (its second half, after upright_lengths), as a gather: no atomics, a fixed order.  A
 * ray plane touches a line of voxels if it crosses the line's slice less than one voxel away; its pixels are spread over
 * the heights at which it crosses them. */
#include "kernel.h"
#define TILE_X 8
#define TILE_Y 8
#include "gather.h"
#include "sweep.h"
#include "columns_near.h"
#include "upright.h"
#define ARGUMENTS UPRIGHT_ADJOINT
#include "voxel_lines.h"

FN column_map map_of(creals views, int k)
{
    column_map m;
    m.u0 = AT(views, k + BEAM_U0);
    m.ux = AT(views, k + BEAM_UX);
    m.uy = AT(views, k + BEAM_UY);
    m.w0 = AT(views, k + BEAM_W0);
    m.wx = AT(views, k + BEAM_WX);
    m.wy = AT(views, k + BEAM_WY);
    m.arc = AT(views, k + UPRIGHT_ARC);
    m.middle = AT(views, k + UPRIGHT_MIDDLE);
    return m;
}

STEP(column, x, y, view)
{
    const range near = columns_near(map_of(views, UPRIGHT_VIEW * view), nu, REAL(x), REAL(y + y0));
    for (int u = near.from; u <= near.to; ++u) {
        const int k = UPRIGHT_PLANE * (view * nu + u);
        const bool along_y = AT(planes, k + UPRIGHT_AXIS) > 1.5f;
        const int i = along_y ? y + y0 : x, j = along_y ? x : y + y0;
        const real w = hat(REAL(j) - AT(planes, k + UPRIGHT_PLACE) - REAL(i) * AT(planes, k + UPRIGHT_SLOPE));
        if (w > REAL(0) && i >= INT(AT(planes, k + UPRIGHT_FIRST)) && i < INT(AT(planes, k + UPRIGHT_LAST))) {
            const real z0 = AT(planes, k + UPRIGHT_Z0) + REAL(i) * AT(planes, k + UPRIGHT_ZI);
            const real dz = AT(planes, k + UPRIGHT_ZV) + REAL(i) * AT(planes, k + UPRIGHT_ZIV);
            GATHER(line, pixels, u, view, z0, dz, view * nu + u, i % 8 * 4 + u % 4);
            EACH_IN(z, line) L(sum, z) += w * GATHERED(line, z);
        }
    }
}

SWEEP(upright_adjoint, column, nz, nx, ny, count)
