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
        const real part = k < nu ? REAL(1) : adjoint != 0 ? REAL(0) : falloff_at(k ARGUMENTS(PTM_PASS_ON));
        if (part != REAL(0)) {
            const int from = k < nu ? k : k - nu < reach ? nu - 1 : 0;
            v = pixel_pair(both, from, z - k * nv ARGUMENTS(PTM_PASS_ON));
            v = make_pair(part * v.r, part * v.i);
        }
        AT(row, z) = v.r;
        AT(row, plane + z) = v.i;
    }
}
