/* Quotients of arrays, element by element; 0 where the divisor is too small. */
#include "kernel.h"
#include "strided.h"
#include "vector_arguments.h"
#define ARGUMENTS DIVIDE

KERNEL(divide, i, n0, j, n1, k, n2)
{
    LANE(real, value);
    LANE(real, divisor);
    if (operand_x == OPERAND_ONE) {
        EACH(i) L(value, i) = REAL(1);
    } else if (operand_x == OPERAND_OUT) {
        LOAD(value, i, 0, n0, ROW(quotients, j, s1, k, s2), s0)
    } else {
        LOAD(value, i, 0, n0, ROW(x, j, t1, k, t2), t0)
    }
    if (operand_y == OPERAND_OUT) {
        LOAD(divisor, i, 0, n0, ROW(quotients, j, s1, k, s2), s0)
    } else {
        LOAD(divisor, i, 0, n0, ROW(y, j, u1, k, u2), u0)
    }
    EACH(i) L(value, i) = fabs(L(divisor, i)) <= limit ? REAL(0) : alpha * L(value, i) / L(divisor, i);
    STORE(ROW(quotients, j, s1, k, s2), s0, i, value)
}
