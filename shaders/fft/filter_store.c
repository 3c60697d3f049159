/* Filtered pairs of views back to where filter_load took them from. */
#include "kernel.h"
#include "pairs.h"
#define ARGUMENTS FILTER_MOVE

KERNEL(filter_store, r, inner, o, outer, k, nu)
{
    EACH(r) {
        const int view = 2 * PAIR_OF(r, o), row = ROW_OF(r, o);
        AT(pixels, PIXEL_PLACE(view, k, row)) = AT(spectrum, SPECTRUM_PLACE(k, 0, r, o)) * WEIGHT_OF(view, k, row);
        if (view + 1 < views)
            AT(pixels, PIXEL_PLACE(view + 1, k, row)) =
                AT(spectrum, SPECTRUM_PLACE(k, 1, r, o)) * WEIGHT_OF(view + 1, k, row);
    }
}
