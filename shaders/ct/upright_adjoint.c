/* The exact adjoint of upright_project (its second half, after upright_lengths), as a gather: no atomics, a fixed order.  A
 * ray plane touches a line of voxels if it crosses the line's slice less than one voxel away; its pixels are spread over
 * the heights at which it crosses them. */
#include "kernel.h"
#define TILE_X 8
#define TILE_Y 8
#include "gather.h"
#include "sweep.h"
#include "arc.h"
#include "upright.h"
#define ARGUMENTS UPRIGHT_ADJOINT
#include "voxel_lines.h"

/* The detector columns that may cross a slice within a voxel of (x, y); a few too many do no harm. */
STRUCT(range) { int from, to; };
FN range columns_near(creals views, int k, int nu, real x, real y)
{
    real lowest = REAL(nu), highest = REAL(-1);
    bool behind = false;
    for (int corner = 0; corner < 4; ++corner) {
        real step = corner < 2 ? REAL(-1) : REAL(1);
        real px = (corner & 1) == 0 ? x + step : x, py = (corner & 1) == 0 ? y : y + step;
        real w = AT(views, k + UPRIGHT_W0) + AT(views, k + UPRIGHT_WX) * px + AT(views, k + UPRIGHT_WY) * py;
        real u = (AT(views, k + UPRIGHT_U0) + AT(views, k + UPRIGHT_UX) * px + AT(views, k + UPRIGHT_UY) * py) / w;
        behind = behind || !(w > REAL(0));
        lowest = min(lowest, u);
        highest = max(highest, u);
    }
    lowest = shadow_of(lowest, REAL(1), AT(views, k + UPRIGHT_ARC), AT(views, k + UPRIGHT_MIDDLE)).u;
    highest = shadow_of(highest, REAL(1), AT(views, k + UPRIGHT_ARC), AT(views, k + UPRIGHT_MIDDLE)).u;
    range r;
    r.from = behind ? 0 : INT(ceil(clamp(lowest - 0.01f, REAL(0), REAL(nu))));
    r.to = behind ? nu - 1 : INT(floor(clamp(highest + 0.01f, REAL(-1), REAL(nu - 1))));
    return r;
}

STEP(column, x, y, view)
{
    range near = columns_near(views, UPRIGHT_VIEW * view, nu, REAL(x), REAL(y + y0));
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
