/* flat_footprint.h - what the kernels of separable footprints in one slice and the front end agree on.
 *
 * Footprints as in footprint.h, of one slice and one detector row, so that only the trapezoids are left.
 *
 * views: those of flat.h, but TAPS is how many columns a footprint touches at most, STRIP_TAPS how many pixels of a
 *   slice touch a column.
 * rays: FLAT_RAY rows of nu reals for each view: in slice i of its main axis, the footprints that touch a column are
 *   those of the first STRIP_TAPS pixels behind FIRST0 + i FIRST1; LENGTH is that of flat.h. */
#include "flat.h"
#define FLAT_FIRST0 0
#define FLAT_FIRST1 1

/* As in flat.h. */
#define FLAT_FOOTPRINT_PROJECT(ARG) FLAT_PROJECT(ARG)
#define FLAT_FOOTPRINT_ADJOINT(ARG) \
    ARG(out, image) ARG(in, pixels) ARG(in, views) \
    ARG(int, nx) ARG(int, ny) ARG(int, y0) ARG(int, nu) ARG(int, count) ARG(int, pitch) ARG(int, carry)
