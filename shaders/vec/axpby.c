/* y = alpha x + beta y. */
#include "kernel.h"
#include "strided.h"
#include "vector_arguments.h"
#define ARGUMENTS AXPBY

KERNEL(axpby, i, n0, j, n1, k, n2)
{
    const real a = has_a != 0 ? alpha * AT(at_a, 0) : alpha, b = has_b != 0 ? beta * AT(at_b, 0) : beta;
    LANE(real, value);
    LANE(real, old);
    if (has_x != 0) {
        LOAD(value, i, 0, n0, ROW(x, j, t1, k, t2), t0)
        EACH(i) L(value, i) *= a;
    } else {
        EACH(i) L(value, i) = filling;
    }
    if (has_y != 0) {
        LOAD(old, i, 0, n0, ROW(y, j, s1, k, s2), s0)
        EACH(i) L(value, i) += b * L(old, i);
    }
    STORE(ROW(y, j, s1, k, s2), s0, i, value)
}
