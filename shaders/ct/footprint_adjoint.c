/* The exact adjoint of footprint_project (its second half, after upright_lengths): a line of voxels adds up the
 * detector columns that its footprint touches, and resamples their sum to its voxels' heights. */
#include "kernel.h"
#include "box_lines.h"
#include "sweep.h"
#include "footprints.h"
#include "footprint.h"
#define ARGUMENTS FOOTPRINT_ADJOINT
#include "voxel_lines.h"

STEP(column, x, y, view)
{
    const int k = UPRIGHT_VIEW * view;
    const real arc = AT(views, k + UPRIGHT_ARC), middle = AT(views, k + UPRIGHT_MIDDLE);
    const footprint f = footprint_of(views, k, arc, middle, REAL(x), REAL(y + y0));
    const int from = INT(ceil(clamp(f.u - f.left - 0.51f, REAL(0), REAL(nu))));
    const int to = INT(floor(clamp(f.u + f.right + 0.51f, REAL(-1), REAL(nu - 1)))) + 1;
    const real v0 = AT(views, k + UPRIGHT_V0) + AT(views, k + UPRIGHT_VW) * f.r;
    const real dv = AT(views, k + UPRIGHT_VSTACK) + AT(views, k + UPRIGHT_VZ) * f.r;
    ADD_BOX_LINE(z, sum, pixels, 1, view, u, from, to, footprint_share(f, REAL(u)), v0, dv)
}

SWEEP(footprint_adjoint, column, nz, nx, ny, count)
