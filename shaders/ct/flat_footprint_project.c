/* Forward projection by separable footprints in one slice. A view's columns are lanes; in each slice of the main axis,
 * a row of the image or of its transpose, every column adds up the pixels whose footprints touch it: by the edges between
 * them, and near where the main axis changes one by one. */
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

/* How much of column u a pixel's trapezoid covers, wherever it falls. */
FN real trapezoid_share(creals views, int k, bool by_y, real slice, real across, real u)
{
    const footprint f = footprint_of(views, k, REAL(0), REAL(0), by_y ? across : slice, by_y ? slice : across);
    return footprint_share(f, u);
}

/* A view's columns in bands: part by part those of one main axis, and of a part first some columns at its lower end, then
 * those within, then those at its upper end. Within, all pixels that a column meets have the part's main axis, so that
 * their trapezoids join; those at the ends may meet pixels that fall beyond the cut. */
FN range band_of(creals views, int k, int band, int nu)
{
    const int part = band / 3, third = band - 3 * part;
    const int from = part == 0 ? 0 : INT(AT(views, k + FLAT_CUT0 + part - 1));
    const int to = part == 2 ? nu : INT(AT(views, k + FLAT_CUT0 + part));
    const int margin = AT(views, k + FLAT_PARALLEL) != REAL(0) ? 0 : INT(AT(views, k + FLAT_TAPS));
    const int low = min(from + margin, to), high = max(to - margin, low);
    range r;
    r.from = third == 0 ? from : third == 1 ? low : high;
    r.to = third == 0 ? low : third == 1 ? high : to;
    return r;
}

STEP(fan, view, one, i)
{
    const int k = FLAT_VIEW * view, ray = FLAT_RAY * view, taps = INT(AT(views, k + FLAT_STRIP_TAPS));
    const bool parallel = AT(views, k + FLAT_PARALLEL) != REAL(0);
    for (int band = 0; band < 9; ++band) {
        const range columns_of = band_of(views, k, band, nu);
        const bool by_y = AT(views, k + FLAT_A0 + band / 3) > 1.5f;
        if (columns_of.from < columns_of.to && i < (by_y ? ny : nx)) {
            const int first = by_y ? 0 : y0, n = by_y ? nx : ny; /* of the pixels across, in the whole image */
            const real slice = REAL(by_y ? i + y0 : i);
            const range met = columns_seeing(
                views, k, by_y, slice, REAL(first) - 1.5f, REAL(first + n) + 0.5f, columns_of.from, columns_of.to);
            const int first0 = (ray + FLAT_FIRST0) * nu, first1 = (ray + FLAT_FIRST1) * nu;
            creals slices = by_y ? rows : columns;
            ROW(row, slices, (i + FIELD_FRONT) * (by_y ? rows_pitch : columns_pitch) + FIELD_FRONT, 0, n, i, by_y ? 0 : 1);
            LANE(real, place);
            LANE(real, value);
            EACH_FROM(u, met.from, met.to) {
                const real low = AT(rays, first0 + u) + slice * AT(rays, first1 + u) - REAL(first) - FLAT_SLACK;
                L(place, u) = REAL(INT(clamp(low, REAL(-2), REAL(n)) + REAL(2)) - 1); /* pixel -1 is 0 */
            }
            if (band % 3 == 1) {
                const edges e = edges_of(views, k, by_y, slice, AT(views, k + FLAT_SIGN0 + band / 3));
                LANE(real, next);
                ROW_ELEMENTS(u, met.from, met.to, value, row, place);
                EACH_FROM(u, met.from, met.to) {
                    L(sum, u) += L(value, u);
                    L(place, u) += REAL(1);
                }
                for (int tap = 1; tap < taps; ++tap) {
                    ROW_ELEMENTS(u, met.from, met.to, next, row, place);
                    if (parallel) {
                        EACH_FROM(u, met.from, met.to) {
                            const real share = behind_parallel(e, REAL(first) + L(place, u), REAL(u));
                            L(sum, u) += share * (L(next, u) - L(value, u));
                            L(value, u) = L(next, u);
                            L(place, u) += REAL(1);
                        }
                    } else {
                        EACH_FROM(u, met.from, met.to) {
                            const real share = behind_divergent(e, REAL(first) + min(L(place, u), REAL(n)), REAL(u));
                            L(sum, u) += share * (L(next, u) - L(value, u));
                            L(value, u) = L(next, u);
                            L(place, u) += REAL(1);
                        }
                    }
                }
            } else {
                for (int tap = 0; tap < taps; ++tap) {
                    ROW_ELEMENTS(u, met.from, met.to, value, row, place);
                    EACH_FROM(u, met.from, met.to) {
                        const real share = trapezoid_share(views, k, by_y, slice, REAL(first) + L(place, u), REAL(u));
                        L(sum, u) += share * L(value, u);
                        L(place, u) += REAL(1);
                    }
                }
            }
        }
    }
}

SWEEP(flat_footprint_project, fan, nu, count, 1, max(nx, ny))
