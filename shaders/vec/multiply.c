/* Products of arrays, element by element. */
#include "kernel.h"
#include "strided.h"
#include "vector_arguments.h"
#define ARGUMENTS MULTIPLY

KERNEL(multiply, i, n0, j, n1, k, n2)
{
    LANE(real, old);
    LANE(real, value);
    LANE(real, factor);
    if (has_old != 0 || operand_x == OPERAND_OUT || operand_y == OPERAND_OUT) {
        LOAD(old, i, 0, n0, ROW(products, j, s1, k, s2), s0)
    }
    if (operand_x == OPERAND_OUT) {
        EACH(i) L(value, i) = L(old, i);
    } else {
        LOAD(value, i, 0, n0, ROW(x, j, t1, k, t2), t0)
    }
    if (operand_y == OPERAND_OUT) {
        EACH(i) L(factor, i) = L(old, i);
    } else {
        LOAD(factor, i, 0, n0, ROW(y, j, u1, k, u2), u0)
    }
    EACH(i) L(value, i) = alpha * (L(value, i) * L(factor, i));
    if (has_old != 0) {
        EACH(i) L(value, i) += beta * L(old, i);
    }
    STORE(ROW(products, j, s1, k, s2), s0, i, value)
}
