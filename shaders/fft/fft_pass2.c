/* One pass of radix 2. */
#include "kernel.h"
#include "fft_arguments.h"
#define ARGUMENTS FFT_PASS

KERNEL(fft_pass2, r, lanes, q, stride, p, points / (2 * stride))
{
    const int m = points / 2, at = q + stride * p, to = q + 2 * stride * p, other = 1 - inverse;
    const real wr = AT(roots, 2 * stride * p), wi = AT(roots, 2 * stride * p + 1);
    const real ha = scaled != 0 ? AT(response, at) : REAL(1), hb = scaled != 0 ? AT(response, at + m) : REAL(1);
    EACH(r) {
        const real ar = ha * AT(before, SIZE(2 * at + inverse) * SIZE(lanes) + SIZE(r));
        const real ai = ha * AT(before, SIZE(2 * at + other) * SIZE(lanes) + SIZE(r));
        const real br = hb * AT(before, SIZE(2 * (at + m) + inverse) * SIZE(lanes) + SIZE(r));
        const real bi = hb * AT(before, SIZE(2 * (at + m) + other) * SIZE(lanes) + SIZE(r));
        const real dr = ar - br, di = ai - bi;
        AT(after, SIZE(2 * to + inverse) * SIZE(lanes) + SIZE(r)) = ar + br;
        AT(after, SIZE(2 * to + other) * SIZE(lanes) + SIZE(r)) = ai + bi;
        AT(after, SIZE(2 * (to + stride) + inverse) * SIZE(lanes) + SIZE(r)) = wr * dr - wi * di;
        AT(after, SIZE(2 * (to + stride) + other) * SIZE(lanes) + SIZE(r)) = wr * di + wi * dr;
    }
}
