/* footprint.h - what the kernels of separable footprints and the front end agree on.
 *
 * The footprint of a voxel on a detector whose v axis is parallel to z is a trapezoid along u times a rectangle along v
 * (Y. Long, J. A. Fessler, J. M. Balter, IEEE Trans. Med. Imaging 29, 2010, SF-TR). The trapezoid's corners are where
 * the vertical edges of the voxel fall, the rectangle's ends where the middles of its upper and lower face do; both are
 * 1 high, and integrated over a pixel. What they are multiplied by, the length of the voxel along the ray, is the
 * pixel's own (the paper's ray-dependent amplitude), so that it comes after the sum: sqrt(LENGTH2 + (RISE0 + v
 * RISEV)^2) as in upright.h.
 *
 * views: those of upright.h.
 * rays: FOOTPRINT_RAY reals for each (view, u), u fastest; AXIS and all that the lengths need stand where upright.h has
 *   them. The planes through the column's edges, half a pixel to either side, pass at A0 + i A1 and B0 + i B1 on the
 *   other axis in slice i of AXIS. Arguments that are not named here are those of upright.h. */
#include "upright.h"
#define FOOTPRINT_RAY UPRIGHT_PLANE
#define FOOTPRINT_A0 3
#define FOOTPRINT_A1 4
#define FOOTPRINT_B0 5
#define FOOTPRINT_B1 6

#define FOOTPRINT_PROJECT(ARG) \
    ARG(out, pixels) ARG(volume, voxels) ARG(in, views) ARG(in, rays) \
    ARG(int, nx) ARG(int, ny) ARG(int, y0) ARG(int, nu) ARG(int, nv) ARG(int, count) ARG(int, carry) ARG(int, finish)
#define FOOTPRINT_ADJOINT(ARG) \
    ARG(out, voxels) ARG(stack, pixels) ARG(in, views) \
    ARG(int, nx) ARG(int, ny) ARG(int, nz) ARG(int, y0) ARG(int, nu) ARG(int, count) ARG(int, carry)
