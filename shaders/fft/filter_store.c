/* Filtered pairs of views back to where filter_load took them from; the parts have been exchanged. */
#include "kernel.h"
#include "fft_arguments.h"
#define ARGUMENTS FILTER_MOVE
#include "pairs.h"

KERNEL(filter_store, z, nu * nv, both, PAIRS, one, 1)
{
    const int plane = points * nv;
    reals row = work + SIZE(both) * SIZE(2 * plane);
    EACH(z) {
        const int k = z / nv, v = z - k * nv;
        pair p = make_pair(AT(row, plane + z), AT(row, z));
        if (adjoint != 0) {
            p.r += fallen_back(row + SIZE(plane + v), k, nv ARGUMENTS(PTM_PASS_ON));
            p.i += fallen_back(row + SIZE(v), k, nv ARGUMENTS(PTM_PASS_ON));
        }
        put_pixel_pair(both, k, v, p ARGUMENTS(PTM_PASS_ON));
    }
}
