/* Fewer sums from many: a further step of the tree. */
#include "kernel.h"
#include "accumulate.h"
#include "vector_arguments.h"
#define ARGUMENTS REDUCE_SUMS

KERNEL(reduce_sums, t, lanes, line, lines, one, 1)
{
    LANE(real, high);
    LANE(real, low);
    EACH(t) {
        L(high, t) = start;
        L(low, t) = REAL(0);
    }
    for (int step = 0; step < steps; ++step) {
        const int first = (line * steps + step) * lanes;
        if (largest != 0) {
            EACH_FROM(t, 0, count - first) KEEP_LARGEST(t, high, AT(before, first + t))
        } else {
            EACH_FROM(t, 0, count - first)
            ADD_EXACTLY(t, high, low, AT(before, first + t), AT(before, first + t + tail_before))
        }
    }
    EACH(t) {
        AT(sums, line * lanes + t) = L(high, t);
        AT(sums, line * lanes + t + tail) = L(low, t);
    }
}
