/* One pass of radix 4. */
#include "kernel.h"
#include "fft_arguments.h"
#define ARGUMENTS FFT_PASS

KERNEL(fft_pass4, r, lanes, q, stride, p, points / (4 * stride))
{
    const int m = points / 4, at = q + stride * p, to = q + 4 * stride * p, other = 1 - inverse;
    const int t = stride * p;
    const real w1r = AT(roots, 2 * t), w1i = AT(roots, 2 * t + 1), w2r = AT(roots, 4 * t), w2i = AT(roots, 4 * t + 1);
    const real w3r = AT(roots, 6 * t), w3i = AT(roots, 6 * t + 1);
    const real ha = scaled != 0 ? AT(response, at) : REAL(1), hb = scaled != 0 ? AT(response, at + m) : REAL(1);
    const real hc = scaled != 0 ? AT(response, at + 2 * m) : REAL(1), hd = scaled != 0 ? AT(response, at + 3 * m) : REAL(1);
    EACH(r) {
        const real ar = ha * AT(before, SIZE(2 * at + inverse) * SIZE(lanes) + SIZE(r));
        const real ai = ha * AT(before, SIZE(2 * at + other) * SIZE(lanes) + SIZE(r));
        const real br = hb * AT(before, SIZE(2 * (at + m) + inverse) * SIZE(lanes) + SIZE(r));
        const real bi = hb * AT(before, SIZE(2 * (at + m) + other) * SIZE(lanes) + SIZE(r));
        const real cr = hc * AT(before, SIZE(2 * (at + 2 * m) + inverse) * SIZE(lanes) + SIZE(r));
        const real ci = hc * AT(before, SIZE(2 * (at + 2 * m) + other) * SIZE(lanes) + SIZE(r));
        const real dr = hd * AT(before, SIZE(2 * (at + 3 * m) + inverse) * SIZE(lanes) + SIZE(r));
        const real di = hd * AT(before, SIZE(2 * (at + 3 * m) + other) * SIZE(lanes) + SIZE(r));
        const real sr = ar + cr, si = ai + ci, tr = ar - cr, ti = ai - ci;
        const real ur = br + dr, ui = bi + di, vr = br - dr, vi = bi - di;
        const real yr = tr + vi, yi = ti - vr, zr = sr - ur, zi = si - ui, xr = tr - vi, xi = ti + vr;
        AT(after, SIZE(2 * to + inverse) * SIZE(lanes) + SIZE(r)) = sr + ur;
        AT(after, SIZE(2 * to + other) * SIZE(lanes) + SIZE(r)) = si + ui;
        AT(after, SIZE(2 * (to + stride) + inverse) * SIZE(lanes) + SIZE(r)) = w1r * yr - w1i * yi;
        AT(after, SIZE(2 * (to + stride) + other) * SIZE(lanes) + SIZE(r)) = w1r * yi + w1i * yr;
        AT(after, SIZE(2 * (to + 2 * stride) + inverse) * SIZE(lanes) + SIZE(r)) = w2r * zr - w2i * zi;
        AT(after, SIZE(2 * (to + 2 * stride) + other) * SIZE(lanes) + SIZE(r)) = w2r * zi + w2i * zr;
        AT(after, SIZE(2 * (to + 3 * stride) + inverse) * SIZE(lanes) + SIZE(r)) = w3r * xr - w3i * xi;
        AT(after, SIZE(2 * (to + 3 * stride) + other) * SIZE(lanes) + SIZE(r)) = w3r * xi + w3i * xr;
    }
}
