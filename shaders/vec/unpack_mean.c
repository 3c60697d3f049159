/* unpack, into an array that is coarser than the block: each element is the mean of the block's. */
#include "kernel.h"
#include "layout.h"
#define ARGUMENTS UNPACK_MEAN

TRANSPOSITION(unpack_mean, i, n0, j, n1, k, n2)
{
    const real scale = alpha / REAL(f0 * f1 * f2);
    EACH(i) {
        real sum = REAL(0);
        for (int c = 0; c < f2; ++c)
            for (int b = 0; b < f1; ++b)
                for (int a = 0; a < f0; ++a)
                    sum += AT(block, SIZE(k * f2 + c) * SIZE(plane) + SIZE(j * f1 + b) * SIZE(pitch) + SIZE(i * f0 + a));
        const real before = beta != REAL(0) ? beta * AT(array, SIZE(i) * SIZE(s0) + SIZE(j) * SIZE(s1) + SIZE(k) * SIZE(s2))
                                            : REAL(0);
        AT(array, SIZE(i) * SIZE(s0) + SIZE(j) * SIZE(s1) + SIZE(k) * SIZE(s2)) = scale * sum + before;
    }
}
