/* Pairs of views into a block for transforms, weighted and padded with zeros. */
#include "kernel.h"
#include "fft_arguments.h"
#define ARGUMENTS FILTER_MOVE
#include "pairs.h"

KERNEL(filter_load, z, points * nv, both, PAIRS, one, 1)
{
    const int plane = points * nv;
    reals row = work + SIZE(both) * SIZE(2 * plane);
    EACH(z) {
        const int k = z / nv;
        pair v = make_pair(REAL(0), REAL(0));
        if (k < nu) v = pixel_pair(both, k, z - k * nv ARGUMENTS(PTM_PASS_ON));
        AT(row, z) = v.r;
        AT(row, plane + z) = v.i;
    }
}
