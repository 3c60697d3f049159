/* A block's rows to the caller. */
#include "kernel.h"
#include "fft_arguments.h"
#define ARGUMENTS FFT_MOVE
#include "ends.h"

KERNEL(fft_store, k, STORED, t, LINES, o, outers)
{
    reals row = work + SIZE(o * LINES + t) * SIZE(2 * m);
    EACH(k) {
        const int other = k == 0 ? 0 : n - k;
        put_element(k, t, o, make_pair(AT(row, k * step), AT(row, k * step + part)),
            make_pair(AT(row, other * step), AT(row, other * step + part)) ARGUMENTS(PTM_PASS_ON));
    }
}
