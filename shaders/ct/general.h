/* general.h - what the kernels of the general family and the front end agree on.
 *
 * General: any source or direction and any plane detector.  A ray is a line in Pluecker coordinates: its direction d and its
 * moment m = p x d, p any point of it; both are linear in the pixel (u, v), for parallel and for divergent beams alike.
 * Lengths are in index units about the volume's centre, d is scaled to about 1, so that nothing is much larger than the
 * volume, however far the source.  Axes are numbered as in the arrays, z 0, x 1, y 2; vectors are written x, y, z.
 *
 * views: GENERAL_VIEW reals a view.
 *   D, M            direction and moment at pixel (0, 0); DU, DV, MU, MV their change per pixel; three numbers each
 *   SOURCE          where rays begin (x, y, z); for parallel beams far outside against the ray
 *   U, V, W         four numbers each, constant first: voxel X falls on u = U.X / W.X and v = V.X / W.X
 *   WEIGHT, NEAR    weighted back-projection multiplies by WEIGHT / W^2 and leaves out W < NEAR
 *   AXES            which main axes occur: 1 for z, 2 for x and 4 for y, added
 * columns: GENERAL_COLUMN reals for each (view, u), u fastest: the main axis of pixel v is A0 below CUT0, A1 from there to
 *   below CUT1, A2 from there on. */
#define GENERAL_VIEW 36
#define GENERAL_D 0
#define GENERAL_DU 3
#define GENERAL_DV 6
#define GENERAL_M 9
#define GENERAL_MU 12
#define GENERAL_MV 15
#define GENERAL_SOURCE 18
#define GENERAL_U 21
#define GENERAL_V 25
#define GENERAL_W 29
#define GENERAL_WEIGHT 33
#define GENERAL_NEAR 34
#define GENERAL_AXES 35

#define GENERAL_COLUMN 8
#define GENERAL_CUT0 0
#define GENERAL_CUT1 1
#define GENERAL_A0 2
#define GENERAL_A1 3
#define GENERAL_A2 4

/* Slices nearer to the source than this part of a voxel are left out, in both directions. */
#define GENERAL_CLEARANCE 0.001f

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
