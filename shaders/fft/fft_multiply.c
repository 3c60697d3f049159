/* A block of transforms times a response, with the parts exchanged, so that transforming it again is the way back. */
#include "kernel.h"
#include "fft_arguments.h"
#include "radices.h"
#define ARGUMENTS FFT_MULTIPLY

KERNEL(fft_multiply, z, points * lanes, row, rows, one, 1)
{
    const int plane = points * lanes;
    reals x = work + SIZE(row) * SIZE(2 * plane);
    EACH(z) {
        const int k = z / lanes;
        const pair v = times(make_pair(AT(x, z), AT(x, plane + z)), make_pair(AT(response, k), AT(response, points + k)));
        AT(x, z) = v.i;
        AT(x, plane + z) = v.r;
    }
}
