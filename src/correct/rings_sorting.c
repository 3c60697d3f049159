/* rings_sorting.c - ring removal by sorting, after N. T. Vo, R. C. Atwood, M. Drakopoulos, Optics Express 26, 28396
 * (2018), whose numbers of algorithms these are. A pixel whose answer is off by a factor, or that answers in another
 * way to bright and dark than its neighbours, is off by some function of what it sees: sorted columns of neighbouring
 * pixels are nearly the same, and a median across them takes away what only one has.
 *
 *
 * The paper speaks of transmissions. Here are their negative logarithms: sorting and medians are the same for both,
 * quotients become differences, and means of transmissions geometric ones. */
#include "correct/rings.h"

#include "correct/block.h"
#include "correct/order.h"

#include <math.h>
#include <stdlib.h>

#define TILE 16 /* columns or ranks that are moved together: a line of the cache */

typedef struct sorting {
    int64_t views, columns;
    uint32_t *sorted;        /* keys (column, rank) */
    uint32_t *order;         /* (column, rank): which view */
    uint64_t *items, *spare; /* of a tile of columns; of one */
    uint32_t *lines, *line;  /* of a tile of ranks; of one */
    uint32_t *window;
    double *list[3];         /* one number for each column */
    uint8_t *mask;
} sorting;

/* Where everything is; returns the bytes there are in all. */
static size_t lay_out(sorting *s, void *scratch, int64_t views, int64_t columns)
{
    const size_t values = (size_t)(views * columns), n = (size_t)columns, m = (size_t)views;
    const size_t sizes[] = { values * sizeof *s->sorted, values * sizeof *s->order, TILE * m * sizeof *s->items,
        m * sizeof *s->spare, TILE * n * sizeof *s->lines, n * sizeof *s->line, PTM_RINGS_MAX_SIZE * sizeof *s->window,
        n * sizeof(double), n * sizeof(double), n * sizeof(double), n };
    enum { PARTS = sizeof sizes / sizeof *sizes };
    size_t at[PARTS + 1] = { 0 };
    for (int i = 0; i < PARTS; ++i) at[i + 1] = at[i] + ptm_round_up(sizes[i]);
    char *base = scratch;
    if (base)
        *s = (sorting){ views, columns, (uint32_t *)base, (uint32_t *)(base + at[1]), (uint64_t *)(base + at[2]),
            (uint64_t *)(base + at[3]), (uint32_t *)(base + at[4]), (uint32_t *)(base + at[5]), (uint32_t *)(base + at[6]),
            { (double *)(base + at[7]), (double *)(base + at[8]), (double *)(base + at[9]) }, (uint8_t *)(base + at[10]) };
    return at[PARTS];
}

size_t ptm_rings_sorting_bytes(int64_t views, int64_t columns)
{
    return lay_out(NULL, NULL, views, columns);
}

static int64_t tile_of(int64_t first, int64_t count)
{
    return count - first < TILE ? count - first : TILE;
}

/* ------------------------------------------------------------------ there and back */

static void sort_tile(sorting *s, const float *sinogram, int64_t first, int64_t count)
{
    for (int64_t k = 0; k < s->views; ++k)
        for (int64_t i = 0; i < count; ++i)
            s->items[i * s->views + k] = (uint64_t)ptm_key(sinogram[k * s->columns + first + i]) << 32 | (uint32_t)k;
    for (int64_t i = 0; i < count; ++i) {
        const uint64_t *items = s->items + i * s->views;
        const int64_t at = (first + i) * s->views;
        ptm_sort_keys(s->items + i * s->views, s->spare, s->views);
        for (int64_t rank = 0; rank < s->views; ++rank) {
            s->sorted[at + rank] = (uint32_t)(items[rank] >> 32);
            s->order[at + rank] = (uint32_t)items[rank];
        }
    }
}

static void sort_columns(sorting *s, const float *sinogram)
{
    for (int64_t u = 0; u < s->columns; u += TILE) sort_tile(s, sinogram, u, tile_of(u, s->columns));
}

/* The median of each rank over so many columns. */
static void smooth_ranks(sorting *s, int size)
{
    const int64_t n = s->columns;
    for (int64_t rank = 0; rank < s->views; rank += TILE) {
        const int64_t count = tile_of(rank, s->views);
        for (int64_t u = 0; u < n; ++u)
            for (int64_t i = 0; i < count; ++i) s->lines[i * n + u] = s->sorted[u * s->views + rank + i];
        for (int64_t i = 0; i < count; ++i) {
            ptm_median_line(s->line, s->lines + i * n, n, size, s->window);
            memcpy(s->lines + i * n, s->line, (size_t)n * sizeof *s->line);
        }
        for (int64_t u = 0; u < n; ++u)
            for (int64_t i = 0; i < count; ++i) s->sorted[u * s->views + rank + i] = s->lines[i * n + u];
    }
}

/* Of all columns, or of those that are marked. */
static void put_back(const sorting *s, float *sinogram, bool marked)
{
    float *tile = (float *)s->items;
    for (int64_t first = 0; first < s->columns; first += TILE) {
        const int64_t count = tile_of(first, s->columns);
        for (int64_t i = 0; i < count; ++i)
            for (int64_t rank = 0; rank < s->views; ++rank) {
                const int64_t at = (first + i) * s->views + rank;
                tile[i * s->views + s->order[at]] = ptm_key_value(s->sorted[at]);
            }
        for (int64_t k = 0; k < s->views; ++k)
            for (int64_t i = 0; i < count; ++i)
                if (!marked || s->mask[first + i]) sinogram[k * s->columns + first + i] = tile[i * s->views + k];
    }
}

/* ------------------------------------------------------------------ algorithm 3 */

void ptm_rings_sorting(const ptm_sinogram *sinogram, int size, void *scratch)
{
    sorting s;
    lay_out(&s, scratch, sinogram->views, sinogram->columns);
    sort_columns(&s, sinogram->values);
    smooth_ranks(&s, size);
    put_back(&s, sinogram->values, false);
}

/* ------------------------------------------------------------------ algorithm 4: which columns are off */

static int falling(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* A straight line through a sorted list between its quarters: at its first and at its last place. */
static void fit_middle(double *first, double *last, const double *list, int64_t n)
{
    const int64_t from = n / 4, to = n - n / 4;
    double sum = 0, moment = 0, square = 0;
    const double middle = 0.5 * (double)(from + to - 1);
    for (int64_t i = from; i < to; ++i) {
        const double x = (double)i - middle;
        sum += list[i];
        moment += x * list[i];
        square += x * x;
    }
    const double mean = sum / (double)(to - from), slope = square > 0 ? moment / square : 0;
    *first = mean - slope * middle;
    *last = mean + slope * ((double)(n - 1) - middle);
}

/* Marks the columns whose number in list[0] is farther from the straight line through the sorted list than snr allows,
 * and those next to them. Puts list[1] into another order. */
static void mark_stripes(sorting *s, double snr)
{
    double first, last, *sorted = s->list[1];
    const double *list = s->list[0];
    const int64_t n = s->columns;
    memcpy(sorted, list, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, falling);
    fit_middle(&first, &last, sorted, n);
    const double noise = fmax(fabs(last - first), 1e-6);
    const bool high = fabs(sorted[0] - first) / noise >= snr, low = fabs(sorted[n - 1] - last) / noise >= snr;
    const double above = first + 0.5 * noise * snr, below = last - 0.5 * noise * snr;
    for (int64_t u = 0; u < n; ++u) s->mask[u] = (high && list[u] > above) || (low && list[u] <= below);
    for (int64_t u = 1; u < n; ++u)
        if (s->mask[u] == 1 && !s->mask[u - 1]) s->mask[u - 1] = 2;
    for (int64_t u = n - 2; u >= 0; --u)
        if (s->mask[u] == 1 && !s->mask[u + 1]) s->mask[u + 1] = 2;
}

/* ------------------------------------------------------------------ algorithm 5: large stripes */

/* The mean of each column over all ranks but a twentieth at either end. */
static void mean_ranks(double *list, const sorting *s)
{
    const int64_t drop = s->views / 20;
    for (int64_t u = 0; u < s->columns; ++u) {
        const uint32_t *sorted = s->sorted + u * s->views;
        double sum = 0;
        for (int64_t rank = drop; rank < s->views - drop; ++rank) sum += (double)ptm_key_value(sorted[rank]);
        list[u] = sum / (double)(s->views - 2 * drop);
    }
}

/* The paper also divides every column by its number in the list. That takes something from what is near the rotation axis,
 * where real columns differ, and is left out: only marked columns change. */
void ptm_rings_large(const ptm_sinogram *sinogram, int size, double snr, void *scratch)
{
    sorting s;
    float *values = sinogram->values;
    lay_out(&s, scratch, sinogram->views, sinogram->columns);
    sort_columns(&s, values);
    mean_ranks(s.list[0], &s);
    smooth_ranks(&s, size);
    mean_ranks(s.list[2], &s);
    for (int64_t u = 0; u < s.columns; ++u) s.list[0][u] -= s.list[2][u];
    mark_stripes(&s, snr);
    put_back(&s, values, true);
}

/* ------------------------------------------------------------------ algorithm 6: dead and flickering columns */

#define SMOOTH 10 /* views of the running mean */

/* How much each column differs from its own running mean, whose sums are kept in `sums`. */
static void roughness(double *list, double *sums, const ptm_sinogram *s)
{
    const int64_t n = s->columns;
    for (int64_t u = 0; u < n; ++u) list[u] = sums[u] = 0;
    for (int64_t k = -SMOOTH / 2; k < SMOOTH / 2; ++k)
        for (int64_t u = 0; u < n; ++u) sums[u] += (double)s->values[ptm_mirror(k, s->views) * n + u];
    for (int64_t k = 0; k < s->views; ++k) {
        const float *here = s->values + k * n, *enters = s->values + ptm_mirror(k + SMOOTH / 2, s->views) * n;
        const float *leaves = s->values + ptm_mirror(k - SMOOTH / 2, s->views) * n;
        for (int64_t u = 0; u < n; ++u) {
            list[u] += fabs((double)here[u] - sums[u] / SMOOTH);
            sums[u] += (double)enters[u] - (double)leaves[u];
        }
    }
}

/* Quotients of the roughness and its median over `size` columns. */
static void compare_roughness(sorting *s, int size)
{
    uint32_t *keys = s->order; /* not needed here */
    for (int64_t u = 0; u < s->columns; ++u) keys[u] = ptm_key((float)s->list[0][u]);
    ptm_median_line(s->line, keys, s->columns, size, s->window);
    for (int64_t u = 0; u < s->columns; ++u) {
        const double usual = (double)ptm_key_value(s->line[u]);
        s->list[0][u] = usual > 0 ? s->list[0][u] / usual : 1;
    }
}

/* Linear between the nearest columns that are not marked; constant beyond the last of them. */
static void fill_marked(const ptm_sinogram *s, const uint8_t *mask)
{
    const int64_t n = s->columns;
    for (int64_t first = 0; first < n; ++first) {
        int64_t end = first;
        while (end < n && mask[end]) ++end;
        if (end == first || (first == 0 && end == n)) continue;
        for (int64_t k = 0; k < s->views; ++k) {
            float *line = s->values + k * n;
            const double left = (double)line[first > 0 ? first - 1 : end], right = (double)line[end < n ? end : first - 1];
            for (int64_t u = first; u < end; ++u)
                line[u] = (float)(left + (right - left) * (double)(u - first + 1) / (double)(end - first + 1));
        }
        first = end;
    }
}

void ptm_rings_dead(const ptm_sinogram *sinogram, int size, double snr, void *scratch)
{
    sorting s;
    lay_out(&s, scratch, sinogram->views, sinogram->columns);
    roughness(s.list[0], s.list[1], sinogram);
    compare_roughness(&s, size);
    mark_stripes(&s, snr);
    fill_marked(sinogram, s.mask);
}
