/* One pass over a block of rows. Narrow, or where stride is 1, lines is 1 and the lanes run over all of plane / radix; wide
 * otherwise, over `stride`, and there are `count` lines. */
#include "kernel.h"
#include "fft_arguments.h"
#include "radices.h"
#define ARGUMENTS FFT_PASS

#define IN(c) make_pair(AT(x, at + (c) * step), AT(x, plane + at + (c) * step))
#define FACTOR(c) make_pair(AT(factors, (2 * (c) - 2) * count + p), AT(factors, (2 * (c) - 1) * count + p))
#define FIRST(v) PUT(0, v)
#define OUT(c, v) PUT(c, times(v, FACTOR(c)))
#define PUT(c, v) \
    { \
        const pair put = v; \
        AT(w, to + (c) * stride) = put.r; \
        AT(w, plane + to + (c) * stride) = put.i; \
    }
/* The wide form has lanes that share p, or, in the first pass, of one p each. */
#ifdef PTM_WIDE
#define EACH_PLACE(statement) \
    if (stride == 1) { \
        EACH(z) { \
            const int at = z, p = z, to = z * radix; \
            statement \
        } \
    } else { \
        const int p = y; \
        EACH(z) { \
            const int at = z + p * stride, to = z + p * stride * radix; \
            statement \
        } \
    }
#else
#define EACH_PLACE(statement) \
    EACH(z) { \
        const int at = z, p = z / stride, to = z + p * stride * (radix - 1); \
        statement \
    }
#endif

KERNEL(fft_pass, z, lanes, y, lines, row, rows)
{
    const int step = plane / radix;
    creals x = before + SIZE(row) * SIZE(2 * plane);
    reals w = after + SIZE(row) * SIZE(2 * plane);
    if (radix == 8) {
        EACH_PLACE(RADIX_8(IN, FIRST, OUT))
    } else if (radix == 4) {
        EACH_PLACE(RADIX_4(IN, FIRST, OUT))
    } else if (radix == 2) {
        EACH_PLACE(RADIX_2(IN, FIRST, OUT))
    } else if (radix == 3) {
        EACH_PLACE(RADIX_3(IN, FIRST, OUT))
    } else if (radix == 5) {
        EACH_PLACE(RADIX_5(IN, FIRST, OUT))
    }
}
