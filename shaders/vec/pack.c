/* A box of a field in memory from a strided array: transposes and puts the margin of zeros around it. */
#include "kernel.h"
#include "layout.h"
#define ARGUMENTS PACK

TRANSPOSITION(pack, i, w0, j, w1, k, w2)
{
    const int i1 = j - m1, i2 = k - m2;
    const bool inside = i1 >= 0 && i1 < n1 && i2 >= 0 && i2 < n2;
    EACH(i) {
        const int i0 = i - m0;
        real value = REAL(0);
        if (inside && i0 >= 0 && i0 < n0)
            value = AT(array, SIZE(i0) * SIZE(s0) + SIZE(i1) * SIZE(s1) + SIZE(i2) * SIZE(s2));
        AT(field, SIZE(k) * SIZE(plane) + SIZE(j) * SIZE(pitch) + SIZE(i)) = value;
    }
}
