/* The exact adjoint of flat_project (its second half, after flat_lengths), as a gather: a pixel of the image adds up the
 * rays that cross its slice less than a pixel away. */
#include "kernel.h"
#define ROW_SLOTS 5
#define TILE_X 8
#define TILE_Y 1
#include "rows.h"
#include "sweep.h"
#include "flat.h"
#define ARGUMENTS FLAT_ADJOINT
#include "image_lines.h"

STEP(line, y, one, view)
{
    const int k = FLAT_VIEW * view, at = (view + FIELD_FRONT) * pitch + FIELD_FRONT, ray = FLAT_RAY * view;
    const real py = REAL(y + y0);
    if (AT(views, k + FLAT_PARALLEL) != REAL(0)) {
        const real place = AT(views, k + FLAT_PLACE0), step = AT(views, k + FLAT_STEP), slope = AT(views, k + FLAT_SLOPE0);
        ROW(row, pixels, at, 0, nu, view, 0);
        if (AT(views, k + FLAT_A0) > 1.5f) {
            ADD_GATHERED(x, sum, row, place + py * slope, REAL(-1), step);
        } else {
            ADD_GATHERED(x, sum, row, place - py, slope, step);
        }
    } else {
        const int taps = INT(AT(views, k + FLAT_TAPS));
        ROW(places, rays, SIZE(ray + FLAT_PLACE) * SIZE(nu), 0, nu, view, 3);
        ROW(slopes, rays, SIZE(ray + FLAT_SLOPE) * SIZE(nu), 0, nu, view, 4);
        for (int part = 0; part < 3; ++part) {
            const int from = part == 0 ? 0 : INT(AT(views, k + FLAT_CUT0 + part - 1));
            const int to = part == 2 ? nu : INT(AT(views, k + FLAT_CUT0 + part));
            if (from < to) {
                const bool by_y = AT(views, k + FLAT_A0 + part) > 1.5f;
                const real sign = AT(views, k + FLAT_SIGN0 + part), dx = by_y ? -sign : REAL(0),
                           dy = by_y ? REAL(0) : -sign;
                const real u0 = AT(views, k + BEAM_U0) + AT(views, k + BEAM_UX) * dx + AT(views, k + BEAM_UY) * (py + dy);
                const real w0 = AT(views, k + BEAM_W0) + AT(views, k + BEAM_WX) * dx + AT(views, k + BEAM_WY) * (py + dy);
                const real ux = AT(views, k + BEAM_UX), wx = AT(views, k + BEAM_WX);
                LANE(real, lowest);
                EACH(x) L(lowest, x) = (u0 + ux * REAL(x)) / (w0 + wx * REAL(x)) - FLAT_SLACK;
                ROW(row, pixels, at, from, to, 3 * view + part, part);
                if (by_y) {
                    ADD_CROSSING(x, sum, row, lowest, taps, places, slopes, py, REAL(0), REAL(0), REAL(1));
                } else {
                    ADD_CROSSING(x, sum, row, lowest, taps, places, slopes, REAL(0), REAL(1), py, REAL(0));
                }
            }
        }
    }
}

SWEEP(flat_adjoint, line, nx, ny, 1, count)
