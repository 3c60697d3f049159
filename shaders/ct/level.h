/* level.h - what the kernels of the level family and the front end agree on.
 *
 * Level: upright beams that stay in their slices of z, row v of the detector at the height of slice v + SHIFT: parallel
 * beams, or a stack of fans with flat detectors.  planes and all arguments that are not named here are those of upright.h.
 *
 * levels: LEVEL_ROWS rows, `pitch` reals apart, of a real for each view, so that several views are read at a time.
 *   The first are those of beam.h.
 *   A parallel view's plane of column u is away from (x, y) by AWAY0 + AWAYX x + AWAYY y - u STEP, along the axis that is
 *   not its main one; OVER is 1 / STEP, both 0 for fans; a ray is LENGTH long in a slice, in mm.
 *   No more than 2 PAIRS columns of any view give something to one (x, y). */
#include "upright.h"
#define LEVEL_ROWS 16
#define LEVEL_AWAY0 8
#define LEVEL_AWAYX 9
#define LEVEL_AWAYY 10
#define LEVEL_STEP 11
#define LEVEL_OVER 12
#define LEVEL_LENGTH 13
#define LEVEL_PAIRS 14
#define LEVEL_SHIFT 15

#define LEVEL_PROJECT(ARG) UPRIGHT_PROJECT(ARG)
#define LEVEL_ADJOINT(ARG) \
    ARG(out, voxels) ARG(stack, pixels) ARG(in, levels) ARG(in, planes) \
    ARG(int, nx) ARG(int, ny) ARG(int, nz) ARG(int, y0) ARG(int, nu) ARG(int, count) ARG(int, pitch) ARG(int, carry)
#define LEVEL_BACKPROJECT(ARG) \
    ARG(out, voxels) ARG(stack, pixels) ARG(in, levels) \
    ARG(int, nx) ARG(int, ny) ARG(int, nz) ARG(int, y0) ARG(int, count) ARG(int, pitch) ARG(int, carry)
