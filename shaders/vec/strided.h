/* strided.h - rows of strided arrays in lanes, for kernels that work on whole arrays.
 *
 *   LOAD(l, i, from, to, row, stride)    L(l, i) of the lanes from <= i < to becomes element i of the row
 *   STORE(row, stride, i, l)             element i of the row becomes L(l, i)
 * Rows without gaps have a loop of their own, which vectorises. */
#ifndef PTM_SHADERS_STRIDED_H
#define PTM_SHADERS_STRIDED_H
#define LOAD(l, i, from, to, row, stride) \
    if ((stride) == 1) { \
        EACH_FROM(i, from, to) L(l, i) = AT(row, i); \
    } else { \
        EACH_FROM(i, from, to) L(l, i) = AT(row, SIZE(i) * SIZE(stride)); \
    }
#define STORE(row, stride, i, l) \
    if ((stride) == 1) { \
        EACH(i) AT(row, i) = L(l, i); \
    } else { \
        EACH(i) AT(row, SIZE(i) * SIZE(stride)) = L(l, i); \
    }
/* Where the row (j, k) of an array begins. */
#define ROW(array, j, stride1, k, stride2) ((array) + (SIZE(j) * SIZE(stride1) + SIZE(k) * SIZE(stride2)))
#endif
