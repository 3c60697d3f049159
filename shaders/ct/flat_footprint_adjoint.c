/* The exact adjoint of flat_footprint_project (its second half, after flat_lengths): a pixel of the image adds up the
 * columns that its footprint touches. */
#include "kernel.h"
#define ROW_SLOTS 1
#define TILE_X 8
#define TILE_Y 1
#include "rows.h"
#include "sweep.h"
#include "flat_footprint.h"
#include "footprints.h"
#define ARGUMENTS FLAT_FOOTPRINT_ADJOINT
#include "image_lines.h"

/* The first column that a footprint touches, -1 to nu. */
FN real first_column(footprint f, int nu)
{
    return REAL(INT(clamp(f.u - f.left - 0.5f - FLAT_SLACK, REAL(-1), REAL(nu)) + REAL(1)));
}

STEP(line, y, one, view)
{
    const int k = FLAT_VIEW * view, taps = INT(AT(views, k + FLAT_TAPS));
    const real py = REAL(y + y0);
    LANE(real, place);
    LANE(real, value);
    ROW(row, pixels, (view + FIELD_FRONT) * pitch + FIELD_FRONT, 0, nu, view, 0);
    LANE(real, before); /* the footprint's part below the column */
    if (AT(views, k + FLAT_PARALLEL) != REAL(0)) {
        const footprint any = footprint_of_parallel(views, k);
        const real u0 = any.u + py * AT(views, k + BEAM_UY), step = AT(views, k + BEAM_UX);
        EACH(x) {
            footprint f = any;
            f.u = u0 + REAL(x) * step;
            L(place, x) = first_column(f, nu);
            L(before, x) = footprint_until(f, L(place, x) - f.u - 0.5f);
        }
        for (int tap = 0; tap < taps; ++tap) {
            ROW_ELEMENTS(x, 0, nx, value, row, place);
            EACH(x) {
                const real until = footprint_until(any, L(place, x) - (u0 + REAL(x) * step) + 0.5f);
                L(sum, x) += (until - L(before, x)) * L(value, x);
                L(before, x) = until;
                L(place, x) += REAL(1);
            }
        }
    } else {
        LANE(real, centre);
        LANE(real, left);
        LANE(real, left_top);
        LANE(real, left_fall);
        LANE(real, right);
        LANE(real, right_top);
        LANE(real, right_fall);
        EACH(x) {
            const footprint f = footprint_of(views, k, REAL(0), REAL(0), REAL(x), py);
            L(place, x) = first_column(f, nu);
            L(before, x) = footprint_until(f, L(place, x) - f.u - 0.5f);
            L(centre, x) = f.u;
            L(left, x) = f.left;
            L(left_top, x) = f.left_top;
            L(left_fall, x) = f.left_fall;
            L(right, x) = f.right;
            L(right_top, x) = f.right_top;
            L(right_fall, x) = f.right_fall;
        }
        for (int tap = 0; tap < taps; ++tap) {
            ROW_ELEMENTS(x, 0, nx, value, row, place);
            EACH(x) {
                footprint f;
                f.u = L(centre, x);
                f.r = REAL(1);
                f.left = L(left, x);
                f.left_top = L(left_top, x);
                f.left_fall = L(left_fall, x);
                f.right = L(right, x);
                f.right_top = L(right_top, x);
                f.right_fall = L(right_fall, x);
                const real until = footprint_until(f, L(place, x) - f.u + 0.5f);
                L(sum, x) += (until - L(before, x)) * L(value, x);
                L(before, x) = until;
                L(place, x) += REAL(1);
            }
        }
    }
}

SWEEP(flat_footprint_adjoint, line, nx, ny, 1, count)
