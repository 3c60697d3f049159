/* Sums, or largest values, of parts of one or two arrays: the first step of a tree that the sizes alone decide. */
#include "kernel.h"
#include "accumulate.h"
#include "strided.h"
#include "vector_arguments.h"
#define ARGUMENTS REDUCE

KERNEL(reduce, t, lanes, line, across, part, down)
{
    const int unit = part * across + line;
    const int segment = unit % segments, group = unit / segments % groups, sheet = unit / segments / groups;
    LANE(real, high);
    LANE(real, low);
    LANE(real, value);
    LANE(real, other);
    if (sheet < sheets) {
        EACH(t) {
            L(high, t) = start;
            L(low, t) = REAL(0);
        }
        for (int k = sheet * planes; k < min(n2, (sheet + 1) * planes); ++k)
            for (int j = group * rows; j < min(n1, (group + 1) * rows); ++j)
                for (int step = 0; step < steps; ++step) {
                    const int first = (segment * steps + step) * lanes, some = clamp(n0 - first, 0, lanes);
                    LOAD(value, t, 0, some, ROW(x, j, s1, k, s2) + SIZE(first) * SIZE(s0), s0)
                    if (map == MAP_PRODUCT || map == MAP_RATIO) {
                        LOAD(other, t, 0, some, ROW(y, j, t1, k, t2) + SIZE(first) * SIZE(t0), t0)
                    }
                    if (map == MAP_SQUARE) {
                        EACH_FROM(t, 0, some) L(value, t) = sq(L(value, t));
                    } else if (map == MAP_MAGNITUDE) {
                        EACH_FROM(t, 0, some) L(value, t) = fabs(L(value, t));
                    } else if (map == MAP_NEGATIVE) {
                        EACH_FROM(t, 0, some) L(value, t) = -L(value, t);
                    } else if (map == MAP_PRODUCT) {
                        EACH_FROM(t, 0, some) L(value, t) *= L(other, t);
                    } else if (map == MAP_RATIO) {
                        EACH_FROM(t, 0, some) L(value, t) /= L(other, t);
                    }
                    if (largest != 0) {
                        EACH_FROM(t, 0, some) KEEP_LARGEST(t, high, L(value, t))
                    } else {
                        EACH_FROM(t, 0, some) ADD_EXACTLY(t, high, low, L(value, t), REAL(0))
                    }
                }
        const int place = ((sheet * all_groups + group) * all_segments + segment) * lanes;
        EACH(t) {
            AT(sums, place + t) = L(high, t);
            AT(sums, place + t + tail) = L(low, t);
        }
    }
}
