/* general.h - what the kernels of the general family and the front end agree on.
 *
 * General: any source or direction and any plane detector.  A ray is a line in Pluecker coordinates: its direction d and
 * its moment m = p x d, p any point of it; both are linear along a detector column, for parallel and for divergent beams
 * alike. Lengths are in index units about the volume's centre, d is scaled to about 1, so that nothing is much larger than
 * the volume, however far the source.  Axes are numbered as in the arrays, z 0, x 1, y 2; vectors are written x, y, z.
 *
 * views: GENERAL_VIEW reals a view.
 *   DV, MV          the change of direction and moment per row; three numbers each
 *   SOURCE          where rays begin (x, y, z); for parallel beams far outside against the ray
 *   U, V, W         four numbers each, constant first: voxel X falls on u = U.X / W.X and v = V.X / W.X
 *   ARC, MIDDLE     where the detector is cylindrical (ARC not 0), arc.h bends u and 1 / W about column MIDDLE;
 *   LEVEL           the row that stays where it is
 *   WEIGHT, NEAR    weighted back-projection multiplies by WEIGHT / W^2 and leaves out W < NEAR
 * columns: GENERAL_COLUMN reals for each (view, u), u fastest: direction and moment at its pixel 0 are D and M. The
 *   main axis of pixel v is A0 below CUT0, A1 from there to below CUT1, A2 from there on. AXES is which main axes occur in
 *   the view: 1 for z, 2 for x and 4 for y, added.
 * strips: GENERAL_STRIP reals for each (view, u): the places of columns u - 1 and u + 1, LOW and HIGH, on the flat
 *   detector, or the one that touches a cylindrical one; there rows lie farther from LEVEL by a factor that is between
 *   LEAST and MOST. */
#define GENERAL_VIEW 26
#define GENERAL_DV 0
#define GENERAL_MV 3
#define GENERAL_SOURCE 6
#define GENERAL_U 9
#define GENERAL_V 13
#define GENERAL_W 17
#define GENERAL_WEIGHT 21
#define GENERAL_NEAR 22
#define GENERAL_ARC 23
#define GENERAL_MIDDLE 24
#define GENERAL_LEVEL 25

#define GENERAL_COLUMN 12
#define GENERAL_CUT0 0
#define GENERAL_CUT1 1
#define GENERAL_A0 2
#define GENERAL_A1 3
#define GENERAL_A2 4
#define GENERAL_D 5
#define GENERAL_M 8
#define GENERAL_AXES 11

#define GENERAL_STRIP 4
#define GENERAL_LOW 0
#define GENERAL_HIGH 1
#define GENERAL_LEAST 2
#define GENERAL_MOST 3

#include "clearance.h"

/* Arrays as in upright.h; steps are the voxel's edges in mm. first_y is where the slab's first row lies from the whole
 * volume's centre. */
#define GENERAL_PROJECT(ARG) \
    ARG(out, pixels) ARG(volume, voxels) ARG(in, views) ARG(in, columns) \
    ARG(int, nx) ARG(int, ny) ARG(int, nz) ARG(int, nu) ARG(int, nv) ARG(int, count) ARG(int, carry) ARG(int, finish) \
    ARG(real, first_y) \
    ARG(real, step_x) ARG(real, step_y) ARG(real, step_z)
#define GENERAL_LENGTHS(ARG) \
    ARG(out, pixels) ARG(in, views) ARG(in, columns) \
    ARG(int, nu) ARG(int, nv) ARG(int, count) ARG(int, pitch) ARG(int, plane) \
    ARG(real, step_x) ARG(real, step_y) ARG(real, step_z)
#define GENERAL_ADJOINT(ARG) \
    ARG(out, voxels) ARG(stack, pixels) ARG(in, views) ARG(in, columns) \
    ARG(int, nx) ARG(int, ny) ARG(int, nz) ARG(int, nu) ARG(int, nv) ARG(int, count) ARG(int, carry) ARG(real, first_y)
#define GENERAL_BACKPROJECT(ARG) \
    ARG(out, voxels) ARG(stack, pixels) ARG(in, views) \
    ARG(int, nx) ARG(int, ny) ARG(int, nz) ARG(int, count) ARG(int, carry) ARG(real, first_y)
#define GENERAL_BACKPROJECT_ADJOINT(ARG) \
    ARG(out, pixels) ARG(volume, voxels) ARG(in, views) ARG(in, strips) \
    ARG(int, nx) ARG(int, ny) ARG(int, nz) ARG(int, nu) ARG(int, nv) ARG(int, count) ARG(int, carry) ARG(real, first_y)
