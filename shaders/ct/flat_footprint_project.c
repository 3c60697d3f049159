/* Forward projection by separable footprints in one slice. A view's columns are lanes; in each slice of the main axis,
 * a row of the image or of its transpose, every column adds up the pixels whose footprints touch it. */
#include "kernel.h"
#define ROW_SLOTS 2
#define TILE_X 8
#define TILE_Y 1
#include "rows.h"
#include "sweep.h"
#include "flat_footprint.h"
#include "columns_seeing.h"
#include "footprints.h"
#define ARGUMENTS FLAT_FOOTPRINT_PROJECT
#include "sinogram_lines.h"

STEP(fan, view, one, i)
{
    const int k = FLAT_VIEW * view, ray = FLAT_RAY * view, taps = INT(AT(views, k + FLAT_STRIP_TAPS));
    const bool parallel = AT(views, k + FLAT_PARALLEL) != REAL(0);
    for (int part = 0; part < (parallel ? 1 : 3); ++part) {
        const int from = part == 0 ? 0 : INT(AT(views, k + FLAT_CUT0 + part - 1));
        const int to = parallel || part == 2 ? nu : INT(AT(views, k + FLAT_CUT0 + part));
        const bool by_y = AT(views, k + FLAT_A0 + part) > 1.5f;
        if (from < to && i < (by_y ? ny : nx)) {
            const int first = by_y ? 0 : y0, n = by_y ? nx : ny; /* of the pixels across, in the whole image */
            const real slice = REAL(by_y ? i + y0 : i);
            const range met = columns_seeing(views, k, by_y, slice, REAL(first) - 1.5f, REAL(first + n) + 0.5f, from, to);
            const int first0 = (ray + FLAT_FIRST0) * nu, first1 = (ray + FLAT_FIRST1) * nu;
            const real x_step = by_y ? REAL(1) : REAL(0), y_step = by_y ? REAL(0) : REAL(1);
            const footprint any = footprint_of_parallel(views, k);
            const real u0 = any.u + slice * (by_y ? AT(views, k + BEAM_UY) : AT(views, k + BEAM_UX));
            const real u_step = by_y ? AT(views, k + BEAM_UX) : AT(views, k + BEAM_UY);
            LANE(real, place);
            LANE(real, value);
            EACH_FROM(u, met.from, met.to) {
                const real low = AT(rays, first0 + u) + slice * AT(rays, first1 + u) - REAL(first) - FLAT_SLACK;
                L(place, u) = REAL(INT(clamp(low, REAL(-1), REAL(n)) + REAL(1)));
            }
            for (int tap = 0; tap < taps; ++tap) {
                if (by_y) {
                    ROW(row, rows, (i + FIELD_FRONT) * rows_pitch + FIELD_FRONT, 0, nx, i, 0);
                    ROW_SAMPLES(u, met.from, met.to, value, row, place);
                } else {
                    ROW(row, columns, (i + FIELD_FRONT) * columns_pitch + FIELD_FRONT, 0, ny, i, 1);
                    ROW_SAMPLES(u, met.from, met.to, value, row, place);
                }
                if (parallel) {
                    EACH_FROM(u, met.from, met.to) {
                        footprint f = any;
                        f.u = u0 + (REAL(first) + L(place, u)) * u_step;
                        L(sum, u) += footprint_share(f, REAL(u)) * L(value, u);
                        L(place, u) += REAL(1);
                    }
                } else {
                    EACH_FROM(u, met.from, met.to) {
                        const real across = REAL(first) + L(place, u);
                        const footprint f = footprint_of(views, k, REAL(0), REAL(0), x_step * across + y_step * slice,
                            y_step * across + x_step * slice);
                        L(sum, u) += footprint_share(f, REAL(u)) * L(value, u);
                        L(place, u) += REAL(1);
                    }
                }
            }
        }
    }
}

SWEEP(flat_footprint_project, fan, nu, count, 1, max(nx, ny))
