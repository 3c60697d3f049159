/* Forward projection after Joseph of beams that stay in their slices of z: row v of the detector sees slice v + shift
 * alone, parallel or as a stack of fans. As upright_project, but no pixel reads between two heights. */
#include "kernel.h"
#define TILE_X 8
#define TILE_Y 16
#define STEPS 64
#include "row_pairs.h"
#include "sweep.h"
#include "level.h"
#include "slab_slices.h"
#define ARGUMENTS LEVEL_PROJECT

/* A ray plane as in upright.h, its slices and places counted in the slab. */
STRUCT(plane) { int at, axis, first, last, shift; real place, slope; };

BEGIN(plane, u, view)
{
    const int k = UPRIGHT_PLANE * (view * nu + u);
    plane my;
    my.at = view * nu + u;
    my.axis = INT(AT(planes, k + UPRIGHT_AXIS));
    my.slope = AT(planes, k + UPRIGHT_SLOPE);
    my.place = AT(planes, k + UPRIGHT_PLACE) + (my.axis == 2 ? REAL(y0) * my.slope : REAL(-y0));
    const slab_slices met = slices_in_slab(
        my.axis, INT(AT(planes, k + UPRIGHT_FIRST)), INT(AT(planes, k + UPRIGHT_LAST)), my.place, my.slope, nx, ny, y0);
    my.first = met.first;
    my.last = met.last;
    my.shift = INT(floor(AT(planes, k + UPRIGHT_Z0) + 0.5f));
    EACH(v) L(sum, v) = carry != 0 ? AT(pixels, SIZE(my.at) * SIZE(nv) + SIZE(v)) : REAL(0);
    return my;
}

RUN(plane, u, view, from, to)
{
    const int n = my.axis == 2 ? nx : ny;
    ADD_ROW_PAIRS(v, sum, my.shift, voxels, 3 - my.axis, i, i, max(from, my.first), min(to, my.last),
        row_pair_at(REAL(1), my.place + REAL(i) * my.slope, n))
}

END(plane, u, view)
{
    const real length = sqrt(AT(planes, UPRIGHT_PLANE * my.at + UPRIGHT_LENGTH2));
    EACH(v) AT(pixels, SIZE(my.at) * SIZE(nv) + SIZE(v)) = L(sum, v) * (finish != 0 ? length : REAL(1));
}

SWEEP(level_project, plane, nv, nu, count, max(nx, ny))
