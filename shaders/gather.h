/* gather.h - the transpose of reading along a line, for exact adjoints; fields in memory only.
 *
 *   GATHER(l, f, s, i, x, dx, key, slot)   the elements k of row s (axis 1), plane i (axis 2) of field f lie at x + k dx
 *                                          among the lanes
 *   GATHERED(l, z)                         the sum of those less than one lane away from z, weighted with 1 - distance
 *   EACH_IN(z, l) statement                for every lane that may get something
 *
 * Element k counts for lane z if |x + k dx - z| < 1: they are the ones above t = (z - x) / dx - |1 / dx|, no more than
 * 2 |1 / dx| rounded up.  In a sweep's wide form a line is made once for all items of the tile that ask for it: key tells
 * the rows apart, slot (below 4 TILE_X) says where to keep it: rows used side by side have different ones.  A kernel
 * defines the tile before it includes this, and includes this before sweep.h. */
#ifndef PTM_SHADERS_GATHER_H
#define PTM_SHADERS_GATHER_H
#include "lines.h"

#ifdef PTM_WIDE

/* For lanes from first on, `taps` elements beginning with the k-th that counts; taps is a constant where this is called. */
FN void ptm_gather_taps(real *restrict sums, creals row, int n, real x, real dx, int first, int lanes, int k, int taps)
{
    const real r = REAL(1) / dx, h = r < REAL(0) ? -r : r, lowest = REAL(0), highest = REAL(n);
    PTM_SIMD for (int z = 0; z < lanes; ++z) {
        real lane = REAL(z + first), t = (lane - x) * r - h;
        t = t > lowest ? t : lowest;
        t = t < highest ? t : highest;
        int j = INT(t);
        j += REAL(j) < t ? 1 : 0;
        j += k;
        j = j < n ? j : n;
        real d = x + REAL(j) * dx - lane;
        real s = ptm_hat(d) * row[j] + ptm_hat(d + dx) * row[j + 1];
        if (taps > 2) s += ptm_hat(d + REAL(2) * dx) * row[j + 2];
        if (taps > 3) s += ptm_hat(d + REAL(3) * dx) * row[j + 3];
        sums[z] = k == 0 ? s : sums[z] + s;
    }
}

/* The sums of lanes first to first + lanes - 1. */
FN void ptm_gather_lanes(real *restrict sums, creals row, int n, real x, real dx, int first, int lanes)
{
    if (dx == REAL(1)) { /* all lanes fall between elements in the same way */
        const real t = REAL(first) - x, below = floor(t), upper = t - below, lower = REAL(1) - upper;
        creals p = row + INT(below);
        PTM_SIMD for (int z = 0; z < lanes; ++z) sums[z] = lower * p[z] + upper * p[z + 1];
        return;
    }
    const real r = REAL(1) / dx;
    const int taps = INT(ceil(min(REAL(2) * fabs(r), REAL(n))));
#ifdef PTM_AVX2
    if (r <= PTM_STEP_MOST && r >= -PTM_STEP_MOST) {
        /* Counted from in front of the row: there may be more taps than elements. */
        const int all = INT(ceil(REAL(2) * fabs(r)));
        const real t = (REAL(first) - x) * r - fabs(r), e = t + REAL(lanes - 1) * r;
        const int from = clamp(INT(min(t, e)), 0, n), count = clamp(INT(max(t, e)) + 1 + all, from, n) - from;
        if (count <= PTM_TABLE) {
            real memory[PTM_TABLE_FRONT + PTM_TABLE + PTM_TABLE_BACK], *table = memory + PTM_TABLE_FRONT;
            PTM_SIMD for (int j = 0; j < count; ++j) table[j] = row[from + j];
            ptm_clear_around(table, count);
            ptm_gather_avx2(sums, false, table, t - REAL(from), r, fabs(dx), lanes, all);
            return;
        }
    }
#endif
    if (taps <= 2) ptm_gather_taps(sums, row, n, x, dx, first, lanes, 0, 2);
    else if (taps == 3) ptm_gather_taps(sums, row, n, x, dx, first, lanes, 0, 3);
    else for (int k = 0; k < taps; k += 4) ptm_gather_taps(sums, row, n, x, dx, first, lanes, k, 4);
}

#define PTM_SLOTS (4 * TILE_X)
STRUCT(ptm_memo) {
    int key[PTM_SLOTS], first[PTM_SLOTS], last[PTM_SLOTS];
    real sums[PTM_SLOTS][PTM_LANES + 8];
};
STRUCT(ptm_gathered) { int first, last; const real *sums; };

FN ptm_gathered ptm_gather(ptm_memo *restrict memo, ptm_field f, int s, int i, real x, real dx, int key, int slot,
    int lo, int hi)
{
    if (memo->key[slot] != key) {
        real e = x + REAL(f.n0 - 1) * dx, below = REAL(lo - 1), above = REAL(hi);
        int first = max(lo, INT(clamp(min(x, e), below, above) + REAL(2)) - 2);
        int last = min(hi, INT(clamp(max(x, e), below, above)) + 2);
        memo->key[slot] = key;
        memo->first[slot] = first;
        memo->last[slot] = last;
        creals row = f.p + (SIZE(i + f.front) * SIZE(f.plane) + SIZE(s + FIELD_FRONT) * SIZE(f.pitch) + FIELD_FRONT);
        if (first < last) ptm_gather_lanes(memo->sums[slot], row, f.n0, x, dx, first, last - first);
    }
    ptm_gathered g = { memo->first[slot], memo->last[slot], memo->sums[slot] };
    return g;
}
#define GATHER(l, f, s, i, x, dx, key, slot) \
    const ptm_gathered l##_span = ptm_gather(ptm_memory, f, s, i, x, dx, key, slot, ptm_lo, ptm_hi)
#define GATHERED(l, z) l##_span.sums[z - l##_span.first]
#define EACH_IN(z, l) PTM_SIMD for (int z = l##_span.first; z < l##_span.last; ++z)

#else

STRUCT(ptm_gathered) { creals row; real x, dx; int n; };
FN ptm_gathered ptm_gather(ptm_field f, int s, int i, real x, real dx)
{
    ptm_gathered g;
    g.row = f.p + (SIZE(i + f.front) * SIZE(f.plane) + SIZE(s + FIELD_FRONT) * SIZE(f.pitch) + SIZE(FIELD_FRONT));
    g.x = x;
    g.dx = dx;
    g.n = f.n0;
    return g;
}
FN real ptm_gather_lane(ptm_gathered g, real z)
{
    real r = REAL(1) / g.dx, t = (z - g.x) * r, h = fabs(r), sum = REAL(0);
    int from = INT(ceil(clamp(t - h, REAL(0), REAL(g.n)))), to = INT(floor(clamp(t + h, REAL(-1), REAL(g.n - 1))));
    for (int k = from; k <= to; ++k) sum += hat(g.x + REAL(k) * g.dx - z) * AT(g.row, k);
    return sum;
}
#define GATHER(l, f, s, i, x, dx, key, slot) ptm_gathered l = ptm_gather(f, s, i, x, dx)
#define GATHERED(l, z) ptm_gather_lane(l, REAL(z))
#define EACH_IN(z, l) EACH(z)

#endif
#endif
