#include "correct/order.h"

#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void ptm_sort(double *values, int64_t count)
{
    qsort(values, (size_t)count, sizeof *values, by_size);
}

/* The key at `rank` if they were sorted (C. A. R. Hoare, Communications of the ACM 4, 1961): what is before it is not
 * larger. */
static float select_rank(float *values, int64_t count, int64_t rank)
{
    int64_t low = 0, high = count - 1;
    while (low < high) {
        const uint32_t pivot = ptm_key(values[low + (high - low) / 2]);
        int64_t i = low, j = high;
        while (i <= j) {
            while (ptm_key(values[i]) < pivot) ++i;
            while (ptm_key(values[j]) > pivot) --j;
            if (i > j) break;
            const float value = values[i];
            values[i++] = values[j];
            values[j--] = value;
        }
        if (rank <= j) high = j;
        else if (rank >= i) low = i;
        else break;
    }
    return values[rank];
}

float ptm_median(float *values, int64_t count)
{
    const float upper = select_rank(values, count, count / 2);
    if (count % 2) return upper;
    uint32_t lower = ptm_key(values[0]);
    for (int64_t i = 1; i < count / 2; ++i)
        if (ptm_key(values[i]) > lower) lower = ptm_key(values[i]);
    return 0.5f * ptm_key_value(lower) + 0.5f * upper;
}

/* A key in a sorted window gives way to another. */
static void exchange(uint32_t *window, int64_t size, uint32_t old, uint32_t new)
{
    int64_t low = 0, high = size - 1;
    while (low < high) { /* the first that is not less than old is old */
        const int64_t middle = (low + high) / 2;
        if (window[middle] < old) low = middle + 1;
        else high = middle;
    }
    for (; low + 1 < size && window[low + 1] < new; ++low) window[low] = window[low + 1];
    for (; low > 0 && window[low - 1] > new; --low) window[low] = window[low - 1];
    window[low] = new;
}

void ptm_median_line(uint32_t *out, const uint32_t *in, int64_t count, int64_t size, uint32_t *window)
{
    const int64_t half = size / 2;
    for (int64_t i = 0; i < size; ++i) {
        int64_t at = i;
        const uint32_t key = in[ptm_mirror(i - half, count)];
        for (; at > 0 && window[at - 1] > key; --at) window[at] = window[at - 1];
        window[at] = key;
    }
    out[0] = window[half];
    for (int64_t i = 1; i < count; ++i) {
        const int64_t leaves = i - 1 - half, enters = i + half;
        const uint32_t old = in[leaves >= 0 ? leaves : ptm_mirror(leaves, count)];
        const uint32_t new = in[enters < count ? enters : ptm_mirror(enters, count)];
        if (old != new) exchange(window, size, old, new);
        out[i] = window[half];
    }
}

/* By digits of 8 bits, the least first. */
void ptm_sort_keys(uint64_t *items, uint64_t *spare, int64_t count)
{
    for (int shift = 32; shift < 64; shift += 8) {
        uint32_t places[256] = { 0 }, sum = 0;
        for (int64_t i = 0; i < count; ++i) places[items[i] >> shift & 255]++;
        for (int digit = 0; digit < 256; ++digit) {
            const uint32_t here = places[digit];
            places[digit] = sum;
            sum += here;
        }
        for (int64_t i = 0; i < count; ++i) spare[places[items[i] >> shift & 255]++] = items[i];
        uint64_t *sorted = spare;
        spare = items;
        items = sorted;
    }
}
