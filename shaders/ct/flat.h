/* flat.h - what the kernels of the flat family and the front end agree on.
 *
 * Flat: one slice, one detector row, all rays in the slice: 2D parallel and fan beams. Lines run along x in the image and
 * along u on the detector. The image is there twice, as it is and transposed, so that slices of either main axis are rows.
 *
 * views: FLAT_VIEW reals a view, of which the first are those of beam.h. The main axis of column u is A0 below CUT0, A1
 *   from there to below CUT1, A2 from there on; 1 is x, 2 is y. SIGN0 and so on: 1 if rays there lie the higher on the
 *   other axis the higher their column, else -1. TAPS is how many rays of an axis pass within a pixel at most.  PARALLEL: 1
 *   if rays are, else 0; then column u crosses slice i at PLACE0 + u STEP + i SLOPE0 on the other axis.
 * rays: FLAT_RAY rows of nu reals for each view: a ray crosses slice i of its main axis at PLACE + i SLOPE on the other; it
 *   is LENGTH long in a slice, in mm.
 * strips: FLAT_STRIP rows of nu reals for each view: in slice i of its main axis, what weighted back-projection reads from
 *   a column goes to at most STRIP_TAPS pixels, from LOW0 + i LOW1 on. */
#include "beam.h"
#define FLAT_VIEW 22
#define FLAT_CUT0 8
#define FLAT_CUT1 9
#define FLAT_A0 10
#define FLAT_A1 11
#define FLAT_A2 12
#define FLAT_TAPS 13
#define FLAT_SIGN0 14
#define FLAT_SIGN1 15
#define FLAT_SIGN2 16
#define FLAT_STRIP_TAPS 17
#define FLAT_PARALLEL 18
#define FLAT_PLACE0 19
#define FLAT_STEP 20
#define FLAT_SLOPE0 21

/* Rounding must not lose a column: they are looked for this much further out. */
#define FLAT_SLACK 0.001f

#define FLAT_RAY 3
#define FLAT_PLACE 0
#define FLAT_SLOPE 1
#define FLAT_LENGTH 2

#define FLAT_STRIP 2
#define FLAT_LOW0 0
#define FLAT_LOW1 1

/* rows and columns are the slab of the image and its transpose as stacks of one plane, pixels a stack of one plane with a
 * row for each view; pitch is the distance of their rows. Outputs are dense. y0, count, carry and finish as in
 * upright.h. */
#define FLAT_PROJECT(ARG) \
    ARG(out, sinogram) ARG(in, rows) ARG(in, columns) ARG(in, views) ARG(in, rays) \
    ARG(int, nx) ARG(int, ny) ARG(int, y0) ARG(int, nu) ARG(int, count) ARG(int, rows_pitch) ARG(int, columns_pitch) \
    ARG(int, carry) ARG(int, finish)
#define FLAT_LENGTHS(ARG) \
    ARG(out, pixels) ARG(in, rays) ARG(int, nu) ARG(int, count) ARG(int, pitch)
#define FLAT_ADJOINT(ARG) \
    ARG(out, image) ARG(in, pixels) ARG(in, views) ARG(in, rays) \
    ARG(int, nx) ARG(int, ny) ARG(int, y0) ARG(int, nu) ARG(int, count) ARG(int, pitch) ARG(int, carry)
#define FLAT_BACKPROJECT_ADJOINT(ARG) \
    ARG(out, sinogram) ARG(in, rows) ARG(in, columns) ARG(in, views) ARG(in, strips) \
    ARG(int, nx) ARG(int, ny) ARG(int, y0) ARG(int, nu) ARG(int, count) ARG(int, rows_pitch) ARG(int, columns_pitch) \
    ARG(int, carry)
#define FLAT_BACKPROJECT(ARG) \
    ARG(out, image) ARG(in, pixels) ARG(in, views) \
    ARG(int, nx) ARG(int, ny) ARG(int, y0) ARG(int, nu) ARG(int, count) ARG(int, pitch) ARG(int, carry)
