/* Forward projection after Joseph (P. M. Joseph, IEEE Trans. Med. Imaging 1, 1982), upright family.  A detector column sees
 * the volume through one vertical plane, which is crossed slice by slice along its main axis; in each slice it falls
 * between two lines of voxels, and every pixel reads their blend at its height.  Neighbouring columns read the same lines,
 * so that the sweep goes over the slices. */
#include "kernel.h"
#define TILE_X 16
#define TILE_Y 1
#include "sweep.h"
#include "slab_slices.h"
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
    const real before = my.axis == 2 ? REAL(y0) : REAL(0);
    my.slope = AT(planes, k + UPRIGHT_SLOPE);
    my.place = AT(planes, k + UPRIGHT_PLACE) + (my.axis == 2 ? before * my.slope : REAL(-y0));
    my.zi = AT(planes, k + UPRIGHT_ZI);
    my.z0 = AT(planes, k + UPRIGHT_Z0) + before * my.zi;
    my.ziv = AT(planes, k + UPRIGHT_ZIV);
    my.zv = AT(planes, k + UPRIGHT_ZV) + before * my.ziv;
    const slab_slices met = slices_in_slab(
        my.axis, INT(AT(planes, k + UPRIGHT_FIRST)), INT(AT(planes, k + UPRIGHT_LAST)), my.place, my.slope, nx, ny, y0);
    my.first = met.first;
    my.last = met.last;
    EACH(v) L(sum, v) = carry != 0 ? AT(pixels, SIZE(my.at) * SIZE(nv) + SIZE(v)) : REAL(0);
    return my;
}

STEP(plane, u, view, i)
{
    if (i >= my.first && i < my.last)
        ADD_VOLUME_LINE(v, sum, REAL(1), voxels, 3 - my.axis, my.place + REAL(i) * my.slope, i, my.z0 + REAL(i) * my.zi,
            my.zv + REAL(i) * my.ziv);
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
