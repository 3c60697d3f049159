/* pack, from an array of any type that may be coarser than the field: its elements are repeated, divided by how often. */
#include "kernel.h"
#include "layout.h"
#define ARGUMENTS PACK_ANY

TRANSPOSITION(pack_any, i, w0, j, w1, k, w2)
{
    const int i1 = j - m1, i2 = k - m2;
    const bool inside = i1 >= 0 && i1 < n1 * f1 && i2 >= 0 && i2 < n2 * f2;
    const real scale = REAL(1) / REAL(f0 * f1 * f2);
    EACH(i) {
        const int i0 = i - m0;
        real value = REAL(0);
        if (inside && i0 >= 0 && i0 < n0 * f0) {
            raws place = array +
                         (SIZE(i0 / f0) * SIZE(s0) + SIZE(i1 / f1) * SIZE(s1) + SIZE(i2 / f2) * SIZE(s2)) * SIZE(bytes);
            value = scale * RAW(place, type);
        }
        AT(field, SIZE(k) * SIZE(plane) + SIZE(j) * SIZE(pitch) + SIZE(i)) = value;
    }
}
