/* The exact adjoint of flat_backproject: a detector column sums up the pixels of the image that read it, slice by slice
 * along its main axis, in rows of the image or of its transpose. */
#include "kernel.h"
#include "field_layout.h"
#include "flat.h"
#define ARGUMENTS FLAT_BACKPROJECT_ADJOINT

/* How much of column u the pixel (x, y) reads. */
FN real share(creals views, int k, real x, real y, real u)
{
    const real w = AT(views, k + BEAM_W0) + AT(views, k + BEAM_WX) * x + AT(views, k + BEAM_WY) * y,
               near = AT(views, k + BEAM_NEAR);
    const real r = REAL(1) / max(w, near);
    const real at = (AT(views, k + BEAM_U0) + AT(views, k + BEAM_UX) * x + AT(views, k + BEAM_UY) * y) * r;
    return w >= near ? hat(at - u) * AT(views, k + BEAM_WEIGHT) * r * r : REAL(0);
}

KERNEL(flat_backproject_adjoint, u, nu, view, count, one, 1)
{
    const int k = FLAT_VIEW * view, strip = FLAT_STRIP * view, taps = INT(AT(views, k + FLAT_STRIP_TAPS));
    LANE(real, sum);
    LANE(real, lowest); /* a little below the first pixel */
    EACH(u) L(sum, u) = carry != 0 ? AT(sinogram, SIZE(view) * SIZE(nu) + SIZE(u)) : REAL(0);
    for (int part = 0; part < 3; ++part) {
        const int from = part == 0 ? 0 : INT(AT(views, k + FLAT_CUT0 + part - 1));
        const int to = part == 2 ? nu : INT(AT(views, k + FLAT_CUT0 + part));
        const bool by_y = AT(views, k + FLAT_A0 + part) > 1.5f;
        const int slices = from < to ? (by_y ? ny : nx) : 0, n = by_y ? nx : ny, first = by_y ? 0 : y0;
        for (int i = 0; i < slices; ++i) {
            const int slice = by_y ? i + y0 : i, at = (i + FIELD_FRONT) * (by_y ? rows_pitch : columns_pitch) + FIELD_FRONT;
            EACH_FROM(u, from, to) {
                const real low = AT(strips, (strip + FLAT_LOW0) * nu + u) +
                                 REAL(slice) * AT(strips, (strip + FLAT_LOW1) * nu + u);
                L(lowest, u) = clamp(low - REAL(first) - FLAT_SLACK, REAL(-1), REAL(n));
            }
            for (int tap = 1; tap <= taps; ++tap) {
                EACH_FROM(u, from, to) {
                    const int j = INT(L(lowest, u) + REAL(tap)), inside = j < n ? j : n - 1;
                    const real across = REAL(first + j), along = REAL(slice);
                    const real weight = share(views, k, by_y ? across : along, by_y ? along : across, REAL(u));
                    const real value = by_y ? AT(rows, at + inside) : AT(columns, at + inside);
                    L(sum, u) += (j < n ? weight : REAL(0)) * value;
                }
            }
        }
    }
    EACH(u) AT(sinogram, SIZE(view) * SIZE(nu) + SIZE(u)) = L(sum, u);
}
