/* order.h - medians and sorting. Numbers are ordered by their bits, so that a NaN has its place too: behind all others, or
 * before them if its sign bit is set. */
#ifndef PTM_CORRECT_ORDER_H
#define PTM_CORRECT_ORDER_H
#include <stdint.h>
#include <string.h>

/* Whole numbers in the order of the floats they stand for. */
static inline uint32_t ptm_key(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}
static inline float ptm_key_value(uint32_t key)
{
    const uint32_t bits = key >> 31 ? key & 0x7fffffffu : ~key;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A place beyond an axis of n, mirrored in its ends, with the end itself counted twice: ... 1 0 | 0 1 2 ... */
static inline int64_t ptm_mirror(int64_t i, int64_t n)
{
    const int64_t k = (i % (2 * n) + 2 * n) % (2 * n);
    return k < n ? k : 2 * n - 1 - k;
}

/* Into rising order. */
void ptm_sort(double *values, int64_t count);
/* The median, which of an even number is the mean of the middle two; puts the values into another order. */
float ptm_median(float *values, int64_t count);
/* The median of each key and its neighbours, `size` in all, an odd number; the line is mirrored in its ends. window:
 * size keys. */
void ptm_median_line(uint32_t *out, const uint32_t *in, int64_t count, int64_t size, uint32_t *window);
/* Sorts by the upper 32 bits; what is equal keeps its order. spare: as many. */
void ptm_sort_keys(uint64_t *items, uint64_t *spare, int64_t count);
#endif
