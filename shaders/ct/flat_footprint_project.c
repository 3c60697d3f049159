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
#include "pixel_edges.h"
#define ARGUMENTS FLAT_FOOTPRINT_PROJECT
#include "sinogram_lines.h"

/* Columns of a part, in three bands: in the middle one the trapezoids of neighbours join, since all pixels that its columns
 * meet have the part's main axis. Those of the others fall on columns beyond a cut, some of them. */
FN range band_of(range part, int band, int margin)
{
    const int low = min(part.from + margin, part.to), high = max(part.to - margin, low);
    range r;
    r.from = band == 0 ? part.from : band == 1 ? low : high;
    r.to = band == 0 ? low : band == 1 ? high : part.to;
    return r;
}

STEP(fan, view, one, i)
{
    const int k = FLAT_VIEW * view, ray = FLAT_RAY * view, taps = INT(AT(views, k + FLAT_STRIP_TAPS));
    const bool parallel = AT(views, k + FLAT_PARALLEL) != REAL(0);
    for (int band = 0; band < 9; ++band) {
        const int part = band / 3;
        range columns_of;
        columns_of.from = part == 0 ? 0 : INT(AT(views, k + FLAT_CUT0 + part - 1));
        columns_of.to = part == 2 ? nu : INT(AT(views, k + FLAT_CUT0 + part));
        const range mine = band_of(columns_of, band - 3 * part, parallel ? 0 : INT(AT(views, k + FLAT_TAPS)));
        const bool by_y = AT(views, k + FLAT_A0 + part) > 1.5f;
        if (mine.from < mine.to && i < (by_y ? ny : nx)) {
            const int first = by_y ? 0 : y0, n = by_y ? nx : ny; /* of the pixels across, in the whole image */
            const real slice = REAL(by_y ? i + y0 : i), sign = AT(views, k + FLAT_SIGN0 + part);
            const range met = columns_seeing(
                views, k, by_y, slice, REAL(first) - 1.5f, REAL(first + n) + 0.5f, mine.from, mine.to);
            const int first0 = (ray + FLAT_FIRST0) * nu, first1 = (ray + FLAT_FIRST1) * nu;
            LANE(real, place);
            LANE(real, value);
            EACH_FROM(u, met.from, met.to) {
                const real low = AT(rays, first0 + u) + slice * AT(rays, first1 + u) - REAL(first) - FLAT_SLACK;
                L(place, u) = REAL(INT(clamp(low, REAL(-2), REAL(n)) + REAL(2)) - 1);
            }
            creals pixels = by_y ? rows : columns;
            ROW(row, pixels, (i + FIELD_FRONT) * (by_y ? rows_pitch : columns_pitch) + FIELD_FRONT, 0, n, i, by_y ? 0 : 1);
            ROW_ELEMENTS(u, met.from, met.to, value, row, place);
            if (band == 3 * part + 1) {
                const edges e = edges_of(views, k, by_y, slice, sign);
                LANE(real, next);
                EACH_FROM(u, met.from, met.to) L(sum, u) += L(value, u);
                for (int tap = 1; tap < taps; ++tap) {
                    EACH_FROM(u, met.from, met.to) L(place, u) += REAL(1);
                    ROW_ELEMENTS(u, met.from, met.to, next, row, place);
                    if (parallel) {
                        EACH_FROM(u, met.from, met.to) {
                            const real b = REAL(first) + L(place, u);
                            L(sum, u) += behind_parallel(e, b, sign * REAL(u)) * (L(next, u) - L(value, u));
                            L(value, u) = L(next, u);
                        }
                    } else {
                        EACH_FROM(u, met.from, met.to) {
                            const real b = REAL(first) + min(L(place, u), REAL(n));
                            L(sum, u) += behind_divergent(e, b, sign * REAL(u)) * (L(next, u) - L(value, u));
                            L(value, u) = L(next, u);
                        }
                    }
                }
            } else {
                const real x_step = by_y ? REAL(1) : REAL(0), y_step = REAL(1) - x_step;
                for (int tap = 0; tap < taps; ++tap) {
                    EACH_FROM(u, met.from, met.to) {
                        const real across = REAL(first) + L(place, u);
                        const footprint f = footprint_of(views, k, REAL(0), REAL(0), x_step * across + y_step * slice,
                            y_step * across + x_step * slice);
                        L(sum, u) += footprint_share(f, REAL(u)) * L(value, u);
                        L(place, u) += REAL(1);
                    }
                    ROW_ELEMENTS(u, met.from, met.to, value, row, place);
                }
            }
        }
    }
}

SWEEP(flat_footprint_project, fan, nu, count, 1, max(nx, ny))
