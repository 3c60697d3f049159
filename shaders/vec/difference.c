/* Differences of neighbours along an axis, and their transpose. */
#include "kernel.h"
#include "strided.h"
#include "vector_arguments.h"
#define ARGUMENTS DIFFERENCE

/* L(l, i) of the lanes from <= i < to becomes element i + by of the row. */
#define LOAD_BESIDE(l, i, from, to, row, stride, by) \
    if ((stride) == 1) { \
        EACH_FROM(i, from, to) L(l, i) = AT(row, i + (by)); \
    } else { \
        EACH_FROM(i, from, to) L(l, i) = AT(row, SIZE(i + (by)) * SIZE(stride)); \
    }

/* Forward, the neighbour is the next one, and the last is its own; transposed, it is the one before, the first has none and
 * the last itself does not count. */
KERNEL(difference, i, n0, j, n1, k, n2)
{
    LANE(real, value);
    LANE(real, other);
    const int by = transposed != 0 ? -1 : 1, rows = axis == 1 ? n1 : n2, at = axis == 1 ? j : k;
    creals row = ROW(x, j, t1, k, t2);
    LOAD(value, i, 0, n0, row, t0)
    if (axis == 0) {
        EACH(i) L(other, i) = transposed != 0 ? REAL(0) : L(value, i);
        LOAD_BESIDE(other, i, transposed, n0 - 1 + transposed, row, t0, by)
        EACH_FROM(i, n0 - 1, n0 - 1 + transposed) L(value, i) = REAL(0);
    } else if (at + by >= 0 && at + by < rows) {
        LOAD(other, i, 0, n0, ROW(x, axis == 1 ? j + by : j, t1, axis == 2 ? k + by : k, t2), t0)
    } else {
        EACH(i) L(other, i) = transposed != 0 ? REAL(0) : L(value, i);
    }
    if (transposed != 0 && axis != 0 && at == rows - 1) {
        EACH(i) L(value, i) = REAL(0);
    }
    EACH(i) L(value, i) = alpha * (L(other, i) - L(value, i));
    if (has_old != 0) {
        LOAD(other, i, 0, n0, ROW(y, j, s1, k, s2), s0)
        EACH(i) L(value, i) += beta * L(other, i);
    }
    STORE(ROW(y, j, s1, k, s2), s0, i, value)
}
