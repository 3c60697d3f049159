/* Weighted back-projection in one slice: every pixel of the image reads each view at its shadow. */
#include "kernel.h"
#include "rows.h"
#include "flat.h"
#define ARGUMENTS FLAT_BACKPROJECT

KERNEL(flat_backproject, x, nx, y, ny, one, 1)
{
    const real py = REAL(y + y0), end = REAL(nu + FIELD_FRONT);
    LANE(real, sum);
    EACH(x) L(sum, x) = carry != 0 ? AT(image, SIZE(y) * SIZE(nx) + SIZE(x)) : REAL(0);
    for (int view = 0; view < count; ++view) {
        const int k = FLAT_VIEW * view, at = (view + FIELD_FRONT) * pitch;
        const real u0 = AT(views, k + FLAT_U0) + AT(views, k + FLAT_UY) * py, ux = AT(views, k + FLAT_UX);
        const real w0 = AT(views, k + FLAT_W0) + AT(views, k + FLAT_WY) * py, wx = AT(views, k + FLAT_WX);
        const real near = AT(views, k + FLAT_NEAR), weight = AT(views, k + FLAT_WEIGHT);
        if (wx == REAL(0) && AT(views, k + FLAT_WY) == REAL(0)) {
            const real r = REAL(1) / w0, step = ux * r, start = u0 * r + REAL(FIELD_FRONT), scale = weight * r * r;
            EACH(x) L(sum, x) += scale * ROW_SAMPLE(pixels, at, start + REAL(x) * step, end);
        } else {
            EACH(x) {
                const real w = w0 + wx * REAL(x), ahead = w >= near ? REAL(1) : REAL(0), r = REAL(1) / max(w, near);
                L(sum, x) += ahead * weight * r * r * ROW_SAMPLE(pixels, at, (u0 + ux * REAL(x)) * r + REAL(FIELD_FRONT), end);
            }
        }
    }
    EACH(x) AT(image, SIZE(y) * SIZE(nx) + SIZE(x)) = L(sum, x);
}
