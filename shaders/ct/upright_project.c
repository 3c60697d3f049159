/* Forward projection after Joseph (P. M. Joseph, IEEE Trans. Med. Imaging 1, 1982), upright family.  A detector column sees
 * the volume through one vertical plane, which is crossed slice by slice along its main axis; in each slice it falls
 * between two lines of voxels, and every pixel reads their blend at its height. */
#include "kernel.h"
#include "lines.h"
#include "upright.h"
#define ARGUMENTS UPRIGHT_PROJECT

KERNEL(upright_project, v, nv, u, nu, view, count)
{
    const int k = UPRIGHT_PLANE * (view * nu + u);
    const int axis = INT(AT(planes, k + UPRIGHT_AXIS));
    const int i0 = axis == 2 ? y0 : 0, j0 = axis == 2 ? 0 : y0; /* where the slab begins on the main and the other axis */
    int first = INT(AT(planes, k + UPRIGHT_FIRST)), last = INT(AT(planes, k + UPRIGHT_LAST));
    if (axis == 2) {
        first = max(first, y0);
        last = min(last, y0 + ny);
    }
    const real place = AT(planes, k + UPRIGHT_PLACE), slope = AT(planes, k + UPRIGHT_SLOPE);
    const real z0 = AT(planes, k + UPRIGHT_Z0), zi = AT(planes, k + UPRIGHT_ZI);
    const real zv = AT(planes, k + UPRIGHT_ZV), ziv = AT(planes, k + UPRIGHT_ZIV);
    LANE(real, sum);
    EACH(v) L(sum, v) = carry != 0 ? AT(pixels, SIZE(view * nu + u) * SIZE(nv) + SIZE(v)) : REAL(0);
    for (int i = first; i < last; ++i) {
        VOLUME_LINE(row, REAL(1), voxels, 3 - axis, place + REAL(i) * slope - REAL(j0), i - i0, z0 + REAL(i) * zi, zv + REAL(i) * ziv);
        EACH_IN(v, row) L(sum, v) += VOLUME_AT(row, voxels, v);
    }
    const real length2 = AT(planes, k + UPRIGHT_LENGTH2);
    const real rise0 = AT(planes, k + UPRIGHT_RISE0), risev = AT(planes, k + UPRIGHT_RISEV);
    EACH(v) AT(pixels, SIZE(view * nu + u) * SIZE(nv) + SIZE(v)) =
        L(sum, v) * (finish != 0 ? sqrt(length2 + sq(rise0 + REAL(v) * risev)) : REAL(1));
}
