/* Weighted back-projection in one slice: every pixel of the image reads each view at its shadow. */
#include "kernel.h"
#define ROW_SLOTS 1
#define TILE_X 8
#define TILE_Y 1
#include "rows.h"
#include "sweep.h"
#include "flat.h"
#define ARGUMENTS FLAT_BACKPROJECT
#include "image_lines.h"

STEP(line, y, one, view)
{
    const int k = FLAT_VIEW * view;
    const real py = REAL(y + y0), weight = AT(views, k + BEAM_WEIGHT);
    const real u0 = AT(views, k + BEAM_U0) + AT(views, k + BEAM_UY) * py, ux = AT(views, k + BEAM_UX);
    const real w0 = AT(views, k + BEAM_W0) + AT(views, k + BEAM_WY) * py, wx = AT(views, k + BEAM_WX);
    ROW(row, pixels, (view + FIELD_FRONT) * pitch + FIELD_FRONT, 0, nu, view, 0);
    if (AT(views, k + FLAT_PARALLEL) != REAL(0)) {
        ADD_ROW(x, sum, weight, row, u0, ux);
    } else {
        const real near = AT(views, k + BEAM_NEAR);
        LANE(real, place);
        LANE(real, factor);
        EACH(x) {
            const real w = w0 + wx * REAL(x), r = REAL(1) / max(w, near);
            L(place, x) = (u0 + ux * REAL(x)) * r;
            L(factor, x) = w >= near ? weight * r * r : REAL(0);
        }
        ROW_SAMPLES(x, 0, nx, place, row, place);
        EACH(x) L(sum, x) += L(factor, x) * L(place, x);
    }
}

SWEEP(flat_backproject, line, nx, ny, 1, count)
