/* Forward projection after Joseph (P. M. Joseph, IEEE Trans. Med. Imaging 1, 1982), upright family.  A detector column sees
 * the volume through one vertical plane, which is crossed slice by slice along its main axis; in each slice it falls
 * between two lines of voxels, and every pixel reads their blend at its height.  Neighbouring columns read the same lines,
 * so that the sweep goes over the slices. */
#include "kernel.h"
#define TILE_X 16
#define TILE_Y 1
#include "sweep.h"
#include "upright.h"
#define ARGUMENTS UPRIGHT_PROJECT

/* A ray plane as in upright.h, its slices and places counted in the slab. */
STRUCT(plane) { int at, axis, first, last; real place, slope, z0, zi, zv, ziv; };

BEGIN(plane, u, view)
{
    const int k = UPRIGHT_PLANE * (view * nu + u);
    plane my;
    my.at = view * nu + u;
    my.axis = INT(AT(planes, k + UPRIGHT_AXIS));
    my.first = INT(AT(planes, k + UPRIGHT_FIRST));
    my.last = INT(AT(planes, k + UPRIGHT_LAST));
    my.place = AT(planes, k + UPRIGHT_PLACE);
    my.slope = AT(planes, k + UPRIGHT_SLOPE);
    my.z0 = AT(planes, k + UPRIGHT_Z0);
    my.zi = AT(planes, k + UPRIGHT_ZI);
    my.zv = AT(planes, k + UPRIGHT_ZV);
    my.ziv = AT(planes, k + UPRIGHT_ZIV);
    EACH(v) L(sum, v) = carry != 0 ? AT(pixels, SIZE(my.at) * SIZE(nv) + SIZE(v)) : REAL(0);
    return my;
}

STEP(plane, u, view, slice)
{
    const int i = my.axis == 2 ? slice + y0 : slice; /* in the whole volume */
    const real s = my.place + REAL(i) * my.slope - (my.axis == 2 ? REAL(0) : REAL(y0));
    if (i >= my.first && i < my.last && slice < (my.axis == 2 ? ny : nx)
        && s > REAL(-1) && s < REAL(my.axis == 2 ? nx : ny))
        ADD_VOLUME_LINE(v, sum, REAL(1), voxels, 3 - my.axis, s, slice, my.z0 + REAL(i) * my.zi, my.zv + REAL(i) * my.ziv);
}

END(plane, u, view)
{
    const int k = UPRIGHT_PLANE * my.at;
    const real length2 = AT(planes, k + UPRIGHT_LENGTH2);
    const real rise0 = AT(planes, k + UPRIGHT_RISE0), risev = AT(planes, k + UPRIGHT_RISEV);
    EACH(v) AT(pixels, SIZE(my.at) * SIZE(nv) + SIZE(v)) =
        L(sum, v) * (finish != 0 ? sqrt(length2 + sq(rise0 + REAL(v) * risev)) : REAL(1));
}

SWEEP(upright_project, plane, nv, nu, count, max(nx, ny))
