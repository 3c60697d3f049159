/* Forward projection after Joseph in one slice. A view's rays are lanes; each slice of the main axis is a row of the image
 * or of its transpose, which every ray reads at its own place. */
#include "kernel.h"
#define ROW_SLOTS 2
#define TILE_X 8
#define TILE_Y 1
#include "rows.h"
#include "sweep.h"
#include "flat.h"
#include "columns_seeing.h"
#define ARGUMENTS FLAT_PROJECT
#include "sinogram_lines.h"

STEP(fan, view, one, i)
{
    const int k = FLAT_VIEW * view, ray = FLAT_RAY * view;
    const bool parallel = AT(views, k + FLAT_PARALLEL) != REAL(0);
    for (int part = 0; part < (parallel ? 1 : 3); ++part) {
        const int from = part == 0 ? 0 : INT(AT(views, k + FLAT_CUT0 + part - 1));
        const int to = part == 2 ? nu : INT(AT(views, k + FLAT_CUT0 + part));
        const bool by_y = AT(views, k + FLAT_A0 + part) > 1.5f;
        if (from < to && i < (by_y ? ny : nx)) {
            const real slice = REAL(by_y ? i + y0 : i), first = REAL(by_y ? 0 : y0); /* of the rows, in the whole image */
            if (parallel) {
                const real place = AT(views, k + FLAT_PLACE0) + slice * AT(views, k + FLAT_SLOPE0) - first;
                if (by_y) {
                    ROW(row, rows, (i + FIELD_FRONT) * rows_pitch + FIELD_FRONT, 0, nx, i, 0);
                    ADD_ROW(u, sum, REAL(1), row, place, AT(views, k + FLAT_STEP));
                } else {
                    ROW(row, columns, (i + FIELD_FRONT) * columns_pitch + FIELD_FRONT, 0, ny, i, 1);
                    ADD_ROW(u, sum, REAL(1), row, place, AT(views, k + FLAT_STEP));
                }
            } else {
                const range met = columns_seeing(
                    views, k, by_y, slice, first - REAL(1), first + REAL(by_y ? nx : ny), from, to);
                const int place = (ray + FLAT_PLACE) * nu, slope = (ray + FLAT_SLOPE) * nu;
                LANE(real, value);
                EACH_FROM(u, met.from, met.to) L(value, u) = AT(rays, place + u) + slice * AT(rays, slope + u) - first;
                if (by_y) {
                    ROW(row, rows, (i + FIELD_FRONT) * rows_pitch + FIELD_FRONT, 0, nx, i, 0);
                    ROW_SAMPLES(u, met.from, met.to, value, row, value);
                } else {
                    ROW(row, columns, (i + FIELD_FRONT) * columns_pitch + FIELD_FRONT, 0, ny, i, 1);
                    ROW_SAMPLES(u, met.from, met.to, value, row, value);
                }
                EACH_FROM(u, met.from, met.to) L(sum, u) += L(value, u);
            }
        }
    }
}

SWEEP(flat_project, fan, nu, count, 1, max(nx, ny))
