/* Forward projection after Joseph in one slice. A view's rays are lanes; each slice of the main axis is a row of the image or of
 * its transpose, which every ray reads at its own place. */
#include "kernel.h"
#include "rows.h"
#include "flat.h"
#define ARGUMENTS FLAT_PROJECT

KERNEL(flat_project, u, nu, view, count, one, 1)
{
    const int k = FLAT_VIEW * view, ray = FLAT_RAY * view;
    LANE(real, sum);
    EACH(u) L(sum, u) = carry != 0 ? AT(sinogram, SIZE(view) * SIZE(nu) + SIZE(u)) : REAL(0);
    for (int part = 0; part < 3; ++part) {
        const int from = part == 0 ? 0 : INT(AT(views, k + FLAT_CUT0 + part - 1));
        const int to = part == 2 ? nu : INT(AT(views, k + FLAT_CUT0 + part));
        const bool by_y = AT(views, k + FLAT_A0 + part) > 1.5f;
        const int slices = from < to ? (by_y ? ny : nx) : 0, pitch = by_y ? rows_pitch : columns_pitch;
        const real first = by_y ? REAL(y0) : REAL(0), start = REAL(FIELD_FRONT) - (by_y ? REAL(0) : REAL(y0));
        const real end = REAL((by_y ? nx : ny) + FIELD_FRONT);
        for (int i = 0; i < slices; ++i) {
            const real slice = first + REAL(i);
            const int at = (i + FIELD_FRONT) * pitch;
            if (by_y) {
                EACH_FROM(u, from, to) {
                    const real place = start + AT(rays, (ray + FLAT_PLACE) * nu + u) + slice * AT(rays, (ray + FLAT_SLOPE) * nu + u);
                    L(sum, u) += ROW_SAMPLE(rows, at, place, end);
                }
            } else {
                EACH_FROM(u, from, to) {
                    const real place = start + AT(rays, (ray + FLAT_PLACE) * nu + u) + slice * AT(rays, (ray + FLAT_SLOPE) * nu + u);
                    L(sum, u) += ROW_SAMPLE(columns, at, place, end);
                }
            }
        }
    }
    EACH(u) AT(sinogram, SIZE(view) * SIZE(nu) + SIZE(u)) =
        L(sum, u) * (finish != 0 ? AT(rays, (ray + FLAT_LENGTH) * nu + u) : REAL(1));
}
