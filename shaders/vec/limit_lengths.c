/* Vectors, whose components are a number apart, become shorter or of length one. */
#include "kernel.h"
#include "strided.h"
#include "vector_arguments.h"
#define ARGUMENTS LIMIT_LENGTHS

KERNEL(limit_lengths, i, n0, j, n1, k, n2)
{
    LANE(real, length);
    LANE(real, value);
    EACH(i) L(length, i) = REAL(0);
    for (int c = 0; c < components; ++c) {
        LOAD(value, i, 0, n0, ROW(y, j, s1, k, s2) + SIZE(c) * SIZE(apart), s0)
        EACH(i) L(length, i) += sq(L(value, i));
    }
    EACH(i) {
        const real size = sqrt(L(length, i));
        L(length, i) = way == LIMIT_BALL     ? (size > limit ? limit / size : REAL(1))
                       : way == LIMIT_SHRINK ? (size > limit ? REAL(1) - limit / size : REAL(0))
                                             : REAL(1) / sqrt(sq(size) + sq(limit));
    }
    for (int c = 0; c < components; ++c) {
        LOAD(value, i, 0, n0, ROW(y, j, s1, k, s2) + SIZE(c) * SIZE(apart), s0)
        EACH(i) L(value, i) *= L(length, i);
        STORE(ROW(y, j, s1, k, s2) + SIZE(c) * SIZE(apart), s0, i, value)
    }
}
