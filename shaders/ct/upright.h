/* upright.h - what the kernels of the upright family and the front end agree on.
 *
 * Upright: the detector's v axis is parallel to z, so that a ray plane, all rays of one view and column u, is vertical and
 * meets the volume in lines along z.  All lengths are in index units: voxels and pixels, counted from 0.  The tables are
 * worked out in double on the host (src/ct/tables_upright.c), where nothing in them is larger than a few volumes' widths,
 * however far the source.
 *
 * views: UPRIGHT_VIEW reals a view, of which the first are those of beam.h.  Voxel z of column (x, y) falls on row
 *   v = V0 + z VSTACK + (VW + VZ z) / w.  Where the detector is cylindrical (ARC not 0), arc.h bends u and 1 / w about
 *   column MIDDLE.
 *
 * planes: UPRIGHT_PLANE reals for each (view, u), u fastest.  The plane is crossed slice by slice along its main axis,
 *   AXIS: 1 is x, 2 is y.  In slice i, from FIRST to LAST - 1, it passes at PLACE + i SLOPE on the other axis, and its
 *   pixel v at height Z0 + i ZI + v (ZV + i ZIV); a ray is sqrt(LENGTH2 + (RISE0 + v RISEV)^2) long per slice, in mm.
 *
 * strips: UPRIGHT_STRIP reals for each (view, u): in slice i of the axis, the columns of voxels that weighted
 *   back-projection reads from u lie between LOW0 + i LOW1 and HIGH0 + i HIGH1 on the other axis. */
#include "beam.h"
#define UPRIGHT_VIEW 14
#define UPRIGHT_V0 8
#define UPRIGHT_VW 9
#define UPRIGHT_VZ 10
#define UPRIGHT_ARC 11
#define UPRIGHT_MIDDLE 12
#define UPRIGHT_VSTACK 13

#define UPRIGHT_PLANE 12
#define UPRIGHT_AXIS 0
#define UPRIGHT_FIRST 1
#define UPRIGHT_LAST 2
#define UPRIGHT_PLACE 3
#define UPRIGHT_SLOPE 4
#define UPRIGHT_Z0 5
#define UPRIGHT_ZI 6
#define UPRIGHT_ZV 7
#define UPRIGHT_ZIV 8
#define UPRIGHT_LENGTH2 9
#define UPRIGHT_RISE0 10
#define UPRIGHT_RISEV 11

#define UPRIGHT_STRIP 6
#define UPRIGHT_STRIP_AXIS 0
#define UPRIGHT_LOW0 1
#define UPRIGHT_LOW1 2
#define UPRIGHT_HIGH0 3
#define UPRIGHT_HIGH1 4

/* Where arrays are not fields they are dense: voxels (y, x, z), pixels (view, u, v), the last fastest.  count is the number
 * of views.  A volume may be a slab: y counts in the slab, whose first row is row y0 of the whole.  carry: the sums begin
 * with what the output holds, so that blocks of views add up as one; a projection is multiplied by the
 * ray's length only when it is the last block (finish). */
#define UPRIGHT_PROJECT(ARG) \
    ARG(out, pixels) ARG(volume, voxels) ARG(in, planes) \
    ARG(int, nx) ARG(int, ny) ARG(int, y0) ARG(int, nu) ARG(int, nv) ARG(int, count) ARG(int, carry) ARG(int, finish)
#define UPRIGHT_LENGTHS(ARG) \
    ARG(out, pixels) ARG(in, planes) \
    ARG(int, nu) ARG(int, nv) ARG(int, count) ARG(int, pitch) ARG(int, plane)
#define UPRIGHT_ADJOINT(ARG) \
    ARG(out, voxels) ARG(stack, pixels) ARG(in, views) ARG(in, planes) \
    ARG(int, nx) ARG(int, ny) ARG(int, nz) ARG(int, y0) ARG(int, nu) ARG(int, count) ARG(int, carry)
#define UPRIGHT_BACKPROJECT(ARG) \
    ARG(out, voxels) ARG(stack, pixels) ARG(in, views) \
    ARG(int, nx) ARG(int, ny) ARG(int, nz) ARG(int, y0) ARG(int, count) ARG(int, carry)
#define UPRIGHT_BACKPROJECT_ADJOINT(ARG) \
    ARG(out, pixels) ARG(volume, voxels) ARG(in, views) ARG(in, strips) \
    ARG(int, nx) ARG(int, ny) ARG(int, y0) ARG(int, nu) ARG(int, nv) ARG(int, count) ARG(int, carry)
