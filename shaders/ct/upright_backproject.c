/* Weighted back-projection, voxel-driven, upright family: the one of FBP and FDK (L. A. Feldkamp, L. C. Davis, J. W. Kress,
 * J. Opt. Soc. Am. A 1, 1984).  In each view a line of voxels falls between two detector columns, and every voxel reads
 * their blend at its height. */
#include "kernel.h"
#include "sweep.h"
#include "arc.h"
#include "upright.h"
#define ARGUMENTS UPRIGHT_BACKPROJECT
#include "voxel_lines.h"

STEP(column, x, y, view)
{
    const int k = UPRIGHT_VIEW * view;
    const real px = REAL(x), py = REAL(y + y0);
    const real w = AT(views, k + BEAM_W0) + AT(views, k + BEAM_WX) * px + AT(views, k + BEAM_WY) * py;
    if (w >= AT(views, k + BEAM_NEAR)) {
        const real u = AT(views, k + BEAM_U0) + AT(views, k + BEAM_UX) * px + AT(views, k + BEAM_UY) * py;
        const shadow s = shadow_of(u / w, REAL(1) / w, AT(views, k + UPRIGHT_ARC), AT(views, k + UPRIGHT_MIDDLE));
        const real v = AT(views, k + UPRIGHT_V0) + AT(views, k + UPRIGHT_VW) * s.r;
        const real dv = AT(views, k + UPRIGHT_VSTACK) + AT(views, k + UPRIGHT_VZ) * s.r;
        ADD_STACK_LINE(z, sum, AT(views, k + BEAM_WEIGHT) * s.r * s.r, pixels, s.u, view, v, dv);
    }
}

SWEEP(upright_backproject, column, nz, nx, ny, count)
