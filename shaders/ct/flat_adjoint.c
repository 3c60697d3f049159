/* The exact adjoint of flat_project (its second half, after flat_lengths), as a gather: a pixel of the image asks the few
 * detector columns around its shadow how near their rays pass in its slice. */
#include "kernel.h"
#include "rows.h"
#include "flat.h"
#define ARGUMENTS FLAT_ADJOINT

KERNEL(flat_adjoint, x, nx, y, ny, one, 1)
{
    const real py = REAL(y + y0);
    LANE(real, sum);
    LANE(real, lowest); /* a little below the first column that may pass within a pixel */
    EACH(x) L(sum, x) = carry != 0 ? AT(image, SIZE(y) * SIZE(nx) + SIZE(x)) : REAL(0);
    for (int view = 0; view < count; ++view) {
        const int k = FLAT_VIEW * view, ray = FLAT_RAY * view * nu, row = (view + FIELD_FRONT) * pitch + FIELD_FRONT;
        const int taps = INT(AT(views, k + FLAT_TAPS));
        const real u0 = AT(views, k + FLAT_U0) + AT(views, k + FLAT_UY) * py, ux = AT(views, k + FLAT_UX);
        const real w0 = AT(views, k + FLAT_W0) + AT(views, k + FLAT_WY) * py, wx = AT(views, k + FLAT_WX);
        const real reach_x = AT(views, k + FLAT_REACH_X), reach_y = AT(views, k + FLAT_REACH_Y), end = REAL(nu);
        const real du_x = ux * reach_x, du_y = AT(views, k + FLAT_UY) * reach_y;
        const real dw_x = wx * reach_x, dw_y = AT(views, k + FLAT_WY) * reach_y;
        const real cut0 = AT(views, k + FLAT_CUT0), cut1 = AT(views, k + FLAT_CUT1);
        const real a0 = AT(views, k + FLAT_A0), a1 = AT(views, k + FLAT_A1), a2 = AT(views, k + FLAT_A2);
        if (wx == REAL(0) && AT(views, k + FLAT_WY) == REAL(0)) {
            const real r = REAL(1) / w0, step = ux * r, start = u0 * r - max(fabs(du_x), fabs(du_y)) * r - FLAT_SLACK;
            EACH(x) L(lowest, x) = clamp(start + REAL(x) * step, REAL(-1), end);
        } else {
            EACH(x) {
                const real n = u0 + ux * REAL(x), w = w0 + wx * REAL(x);
                const real left = min((n - du_x) / (w - dw_x), (n + du_x) / (w + dw_x));
                const real below = min((n - du_y) / (w - dw_y), (n + du_y) / (w + dw_y));
                L(lowest, x) = clamp(min(left, below) - FLAT_SLACK, REAL(-1), end);
            }
        }
        for (int tap = 1; tap <= taps; ++tap) {
            EACH(x) {
                const int u = INT(L(lowest, x) + REAL(tap)), column = u < nu ? u : nu - 1;
                const real at = REAL(u), place = AT(rays, ray + column), slope = AT(rays, ray + nu + column);
                const real axis = at < cut0 ? a0 : (at < cut1 ? a1 : a2);
                const real across = axis > 1.5f ? REAL(x) - place - py * slope : py - place - REAL(x) * slope;
                L(sum, x) += (u < nu ? hat(across) : REAL(0)) * AT(pixels, row + column);
            }
        }
    }
    EACH(x) AT(image, SIZE(y) * SIZE(nx) + SIZE(x)) = L(sum, x);
}
