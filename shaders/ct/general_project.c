/* Forward projection after Joseph for any plane detector: every ray is crossed slice by slice along its main axis and reads
 * each slice bilinearly. */
#include "kernel.h"
#include "lines.h"
#include "rays.h"
#define ARGUMENTS GENERAL_PROJECT

KERNEL(general_project, v, nv, u, nu, view, count)
{
    const int column = view * nu + u;
    LANE(real, sum);
    LANE(real, a0);
    LANE(real, da);
    LANE(real, b0);
    LANE(real, db);
    LANE(real, a);
    LANE(real, b);
    LANE(real, value);
    EACH(v) L(sum, v) = carry != 0 ? AT(pixels, SIZE(column) * SIZE(nv) + SIZE(v)) : REAL(0);
    for (int part = 0; part < 3; ++part) {
        const int k = GENERAL_COLUMN * column;
        const int from = part == 0 ? 0 : INT(AT(columns, k + GENERAL_CUT0 + part - 1));
        const int to = part == 2 ? nv : INT(AT(columns, k + GENERAL_CUT0 + part));
        if (from < to) {
            const int axis = INT(AT(columns, k + GENERAL_A0 + part));
            const int n = axis == 0 ? nz : axis == 1 ? nx : ny, na = axis == 0 ? nx : nz, nb = axis == 2 ? nx : ny;
            const real first_a = axis == 0 ? -centre(nx) : -centre(nz), first_b = axis == 2 ? -centre(nx) : first_y;
            const real first = axis == 0 ? -centre(nz) : axis == 1 ? -centre(nx) : first_y;
            const real ahead = ray_along(ray_of_pixel(views, columns, view, column, REAL(from)), axis);
            EACH_FROM(v, from, to) {
                const crossing c = ray_crossing(ray_of_pixel(views, columns, view, column, REAL(v)), axis);
                L(a0, v) = c.a - first_a;
                L(da, v) = c.da;
                L(b0, v) = c.b - first_b;
                L(db, v) = c.db;
            }
            for (int i = 0; i < n; ++i) {
                const real place = first + REAL(i);
                if (in_front(views, view, axis, place, ahead)) {
                    const pixels_met met = pixels_on_slice(views, columns, view, column, axis, place, from, to, ahead,
                        first_a - REAL(1), first_a + REAL(na), first_b - REAL(1), first_b + REAL(nb));
                    EACH_FROM(v, met.from, met.to) {
                        L(a, v) = L(a0, v) + place * L(da, v);
                        L(b, v) = L(b0, v) + place * L(db, v);
                    }
                    VOLUME_SAMPLES(v, met.from, met.to, value, voxels, axis, i, a, b);
                    EACH_FROM(v, met.from, met.to) L(sum, v) += L(value, v);
                }
            }
        }
    }
    EACH(v) {
        const ray r = ray_of_pixel(views, columns, view, column, REAL(v));
        AT(pixels, SIZE(column) * SIZE(nv) + SIZE(v)) = L(sum, v) *
            (finish != 0 ? ray_length(r, main_axis(columns, column, v), step_x, step_y, step_z) : REAL(1));
    }
}
