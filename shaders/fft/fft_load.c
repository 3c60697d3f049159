/* The caller's rows into a block. */
#include "kernel.h"
#include "fft_arguments.h"
#define ARGUMENTS FFT_MOVE
#include "ends.h"

KERNEL(fft_load, k, m, t, LINES, o, outers)
{
    reals row = work + SIZE(o * LINES + t) * SIZE(2 * m);
    EACH(k) {
        const pair v = element(k, t, o ARGUMENTS(PTM_PASS_ON));
        AT(row, k * step) = v.r;
        AT(row, k * step + part) = v.i;
    }
}
