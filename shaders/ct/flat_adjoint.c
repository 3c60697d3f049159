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
    EACH(x) L(sum, x) = carry != 0 ? AT(image, SIZE(y) * SIZE(nx) + SIZE(x)) : REAL(0);
    for (int view = 0; view < count; ++view) {
        const int k = FLAT_VIEW * view, ray = FLAT_RAY * view * nu, row = (view + FIELD_FRONT) * pitch + FIELD_FRONT;
        const int taps = INT(AT(views, k + FLAT_TAPS));
        const real u0 = AT(views, k + FLAT_U0) + AT(views, k + FLAT_UY) * py, ux = AT(views, k + FLAT_UX);
        const real w0 = AT(views, k + FLAT_W0) + AT(views, k + FLAT_WY) * py, wx = AT(views, k + FLAT_WX);
        const real uy = AT(views, k + FLAT_UY), wy = AT(views, k + FLAT_WY);
        const real reach_x = AT(views, k + FLAT_REACH_X), reach_y = AT(views, k + FLAT_REACH_Y), last = REAL(nu - 1);
        const real cut0 = AT(views, k + FLAT_CUT0), cut1 = AT(views, k + FLAT_CUT1);
        const real a0 = AT(views, k + FLAT_A0), a1 = AT(views, k + FLAT_A1), a2 = AT(views, k + FLAT_A2);
        for (int tap = 0; tap < taps; ++tap) {
            EACH(x) {
                const real px = REAL(x), n = u0 + ux * px, w = w0 + wx * px;
                const real left = min((n - ux * reach_x) / (w - wx * reach_x), (n + ux * reach_x) / (w + wx * reach_x));
                const real below = min((n - uy * reach_y) / (w - wy * reach_y), (n + uy * reach_y) / (w + wy * reach_y));
                const real lowest = clamp(min(left, below) - FLAT_SLACK, REAL(-1), last + REAL(1));
                int u = INT(lowest);
                u += REAL(u) < lowest ? 1 : 0;
                u += tap;
                const int column = clamp(u, 0, nu - 1);
                const real place = AT(rays, ray + column), slope = AT(rays, ray + nu + column), at = REAL(u);
                const real axis = at < cut0 ? a0 : at < cut1 ? a1 : a2;
                const real i = axis > 1.5f ? py : px, j = axis > 1.5f ? px : py;
                const real weight = u == column ? hat(j - place - i * slope) : REAL(0);
                L(sum, x) += weight * AT(pixels, row + column);
            }
        }
    }
    EACH(x) AT(image, SIZE(y) * SIZE(nx) + SIZE(x)) = L(sum, x);
}
