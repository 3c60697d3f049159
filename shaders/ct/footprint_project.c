/* Forward projection by separable footprints: a detector column adds up the lines of voxels whose footprints touch it,
 * slice by slice along its main axis, each resampled to the pixels' heights. */
#include "kernel.h"
#define TILE_X 16
#define TILE_Y 1
#include "box_lines.h"
#include "sweep.h"
#include "footprints.h"
#include "footprint.h"
#define ARGUMENTS FOOTPRINT_PROJECT

/* The planes through the column's edges, as in footprint.h. */
STRUCT(wedge) { int axis; real a0, a1, b0, b1; };

BEGIN(wedge, u, view)
{
    const int k = FOOTPRINT_RAY * (view * nu + u);
    wedge my;
    my.axis = INT(AT(rays, k + UPRIGHT_AXIS));
    my.a0 = AT(rays, k + FOOTPRINT_A0);
    my.a1 = AT(rays, k + FOOTPRINT_A1);
    my.b0 = AT(rays, k + FOOTPRINT_B0);
    my.b1 = AT(rays, k + FOOTPRINT_B1);
    EACH(v) L(sum, v) = carry != 0 ? AT(pixels, SIZE(view * nu + u) * SIZE(nv) + SIZE(v)) : REAL(0);
    return my;
}

/* The voxels of slice i that the wedge may touch, of those from `from` to below `to`; a few too many do no harm. */
STRUCT(range) { int first, last; };
FN range voxels_in(wedge my, real i, int from, int to)
{
    const real a = my.a0 + i * my.a1, b = my.b0 + i * my.b1, da = 0.5f * fabs(my.a1), db = 0.5f * fabs(my.b1);
    range r;
    r.first = INT(ceil(clamp(min(a - da, b - db) - 0.51f, REAL(from), REAL(to))));
    r.last = INT(floor(clamp(max(a + da, b + db) + 0.51f, REAL(from - 1), REAL(to - 1))));
    return r;
}

STEP(wedge, u, view, slice)
{
    /* i and j count in the whole volume, along the main axis and across it; rows of the slab are y0 to y0 + ny - 1 */
    const bool along_y = my.axis == 2;
    const int k = UPRIGHT_VIEW * view, i = along_y ? slice + y0 : slice;
    const int from = along_y ? 0 : y0, to = along_y ? nx : y0 + ny;
    if (slice < (along_y ? ny : nx)) {
        const real arc = AT(views, k + UPRIGHT_ARC), middle = AT(views, k + UPRIGHT_MIDDLE);
        const range met = voxels_in(my, REAL(i), from, to);
        for (int j = met.first; j <= met.last; ++j) {
            const int x = along_y ? j : i, y = along_y ? i : j;
            const footprint f = footprint_of(views, k, arc, middle, REAL(x), REAL(y));
            const real v0 = AT(views, k + UPRIGHT_V0) + AT(views, k + UPRIGHT_VW) * f.r;
            const real dv = AT(views, k + UPRIGHT_VSTACK) + AT(views, k + UPRIGHT_VZ) * f.r;
            const real share = footprint_share(f, REAL(u)) * fabs(dv);
            ADD_BOX_LINE(v, sum, voxels, 1, y - y0, row, x, x + 1, share, -v0 / dv, REAL(1) / dv)
        }
    }
}

END(wedge, u, view)
{
    const int k = FOOTPRINT_RAY * (view * nu + u);
    const real length2 = AT(rays, k + UPRIGHT_LENGTH2);
    const real rise0 = AT(rays, k + UPRIGHT_RISE0), risev = AT(rays, k + UPRIGHT_RISEV);
    EACH(v) AT(pixels, SIZE(view * nu + u) * SIZE(nv) + SIZE(v)) =
        L(sum, v) * (finish != 0 ? sqrt(length2 + sq(rise0 + REAL(v) * risev)) : REAL(1));
}

SWEEP(footprint_project, wedge, nv, nu, count, max(nx, ny))
