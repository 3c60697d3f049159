/* Pairs of views into an array for transforms, weighted and padded with zeros. */
#include "kernel.h"
#include "pairs.h"
#define ARGUMENTS FILTER_MOVE

KERNEL(filter_load, r, inner, o, outer, k, points)
{
    EACH(r) {
        const int view = 2 * PAIR_OF(r, o), row = ROW_OF(r, o);
        real first = REAL(0), second = REAL(0);
        if (k < nu) {
            first = AT(pixels, PIXEL_PLACE(view, k, row)) * WEIGHT_OF(view, k, row);
            if (view + 1 < views) second = AT(pixels, PIXEL_PLACE(view + 1, k, row)) * WEIGHT_OF(view + 1, k, row);
        }
        AT(spectrum, SPECTRUM_PLACE(k, 0, r, o)) = first;
        AT(spectrum, SPECTRUM_PLACE(k, 1, r, o)) = second;
    }
}
