/* Values that are not between two limits become the nearer one. */
#include "kernel.h"
#include "strided.h"
#include "vector_arguments.h"
#define ARGUMENTS CLIP

KERNEL(clip, i, n0, j, n1, k, n2)
{
    LANE(real, value);
    LOAD(value, i, 0, n0, ROW(y, j, s1, k, s2), s0)
    EACH(i) L(value, i) = L(value, i) < low ? low : L(value, i) > high ? high : L(value, i);
    STORE(ROW(y, j, s1, k, s2), s0, i, value)
}
