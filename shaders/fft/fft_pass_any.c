/* One pass of any radix over a block of rows, by the definition; the roots stand before the factors. */
#include "kernel.h"
#include "fft_arguments.h"
#include "radices.h"
#define ARGUMENTS FFT_PASS

KERNEL(fft_pass_any, z, lanes, c, radix, row, rows)
{
    const int step = plane / radix;
    creals x = before + SIZE(row) * SIZE(2 * plane);
    reals w = after + SIZE(row) * SIZE(2 * plane);
    creals turns = factors + SIZE(2 * radix);
    EACH(z) {
        const int p = z / stride, to = z + stride * (p * (radix - 1) + c);
        pair sum = make_pair(AT(x, z), AT(x, plane + z));
        for (int b = 1; b < radix; ++b) {
            const int at = z + b * step, root = b * c % radix;
            const pair v = make_pair(AT(x, at), AT(x, plane + at));
            sum = plus(sum, times(v, make_pair(AT(factors, 2 * root), AT(factors, 2 * root + 1))));
        }
        if (c > 0) sum = times(sum, make_pair(AT(turns, (2 * c - 2) * count + p), AT(turns, (2 * c - 1) * count + p)));
        AT(w, to) = sum.r;
        AT(w, plane + to) = sum.i;
    }
}
