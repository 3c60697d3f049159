/* A strided array from a block: transposes, scales and adds. */
#include "kernel.h"
#include "layout.h"
#define ARGUMENTS UNPACK

TRANSPOSITION(unpack, i, n0, j, n1, k, n2)
{
    EACH(i) {
        const real value = alpha * AT(block, SIZE(k) * SIZE(plane) + SIZE(j) * SIZE(pitch) + SIZE(i));
        if (beta != REAL(0))
            AT(array, SIZE(i) * SIZE(s0) + SIZE(j) * SIZE(s1) + SIZE(k) * SIZE(s2)) = value +
                beta * AT(array, SIZE(i) * SIZE(s0) + SIZE(j) * SIZE(s1) + SIZE(k) * SIZE(s2));
        else
            AT(array, SIZE(i) * SIZE(s0) + SIZE(j) * SIZE(s1) + SIZE(k) * SIZE(s2)) = value;
    }
}
