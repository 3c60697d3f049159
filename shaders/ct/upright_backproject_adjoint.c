/* The exact adjoint of upright_backproject: a detector column sums up the columns of voxels that read it, which lie in the
 * strip between its neighbours' ray planes, each resampled to the heights at which its voxels fall on the detector. */
#include "kernel.h"
#define TILE_X 8
#define TILE_Y 1
#include "gather.h"
#include "sweep.h"
#include "arc.h"
#include "upright.h"
#define ARGUMENTS UPRIGHT_BACKPROJECT_ADJOINT

STRUCT(strip) { int axis; real low0, low1, high0, high1; };

BEGIN(strip, u, view)
{
    const int k = UPRIGHT_STRIP * (view * nu + u);
    strip my;
    my.axis = INT(AT(strips, k + UPRIGHT_STRIP_AXIS));
    my.low0 = AT(strips, k + UPRIGHT_LOW0);
    my.low1 = AT(strips, k + UPRIGHT_LOW1);
    my.high0 = AT(strips, k + UPRIGHT_HIGH0);
    my.high1 = AT(strips, k + UPRIGHT_HIGH1);
    EACH(v) L(sum, v) = carry != 0 ? AT(pixels, SIZE(view * nu + u) * SIZE(nv) + SIZE(v)) : REAL(0);
    return my;
}

STEP(strip, u, view, slice)
{
    /* i and j count in the whole volume, along the strip's axis and across it; rows of the slab are y0 to y0 + ny - 1 */
    const bool along_y = my.axis == 2;
    const int k = UPRIGHT_VIEW * view, i = along_y ? slice + y0 : slice, from = along_y ? 0 : y0,
              to = along_y ? nx : y0 + ny;
    if (slice < (along_y ? ny : nx)) {
        const int first = INT(ceil(clamp(my.low0 + REAL(i) * my.low1 - 0.01f, REAL(from), REAL(to))));
        const int last = INT(floor(clamp(my.high0 + REAL(i) * my.high1 + 0.01f, REAL(from - 1), REAL(to - 1))));
        for (int j = first; j <= last; ++j) {
            const int x = along_y ? j : i, y = along_y ? i : j;
            const real px = REAL(x), py = REAL(y);
            const real w = AT(views, k + BEAM_W0) + AT(views, k + BEAM_WX) * px + AT(views, k + BEAM_WY) * py;
            const real n = AT(views, k + BEAM_U0) + AT(views, k + BEAM_UX) * px + AT(views, k + BEAM_UY) * py;
            const shadow s = shadow_of(n / w, REAL(1) / w, AT(views, k + UPRIGHT_ARC), AT(views, k + UPRIGHT_MIDDLE));
            const real weight = hat(s.u - REAL(u));
            if (w >= AT(views, k + BEAM_NEAR) && weight > REAL(0)) {
                const real scale = weight * AT(views, k + BEAM_WEIGHT) * s.r * s.r;
                const real v0 = AT(views, k + UPRIGHT_V0) + AT(views, k + UPRIGHT_VW) * s.r;
                const real dv = AT(views, k + UPRIGHT_VSTACK) + AT(views, k + UPRIGHT_VZ) * s.r;
                GATHER(line, voxels, x, y - y0, v0, dv, (y - y0) * nx + x, j % 32);
                EACH_IN(v, line) L(sum, v) += scale * GATHERED(line, v);
            }
        }
    }
}

END(strip, u, view)
{
    EACH(v) AT(pixels, SIZE(view * nu + u) * SIZE(nv) + SIZE(v)) = L(sum, v);
}

SWEEP(upright_backproject_adjoint, strip, nv, nu, count, max(nx, ny))
