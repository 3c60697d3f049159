/* rows.h - words for lanes that read one row, each at its own place, and for their transposes; rows in memory only.
 *
 *   ROW(r, array, at, from, to, key, slot)     r is the row whose element k is element at + k of the array for from <= k <
 *                                              to, and zero elsewhere.  In a sweep's wide form it is copied once for all
 *                                              lines of a tile that ask for it: key (not negative) tells rows apart, slot
 *                                              (below ROW_SLOTS) says where to keep it
 *   ADD_ROW(x, sum, w, r, place, step)         L(sum, x) += w times what the row has at place + x step
 *   ROW_SAMPLES(x, first, last, value, r, place)   L(value, x) of the lanes first <= x < last becomes what the row has at
 *                                              L(place, x); value and place may be the same
 *   ROW_ELEMENTS(x, first, last, value, r, place)  the same at places that are all whole numbers
 *   ADD_GATHERED(x, sum, r, d, dx, dk)         L(sum, x) += the row's elements k, weighted with 1 - |d + x dx + k dk| where
 *                                              that is positive
 *   ADD_CROSSING(x, sum, r, lowest, taps, places, slopes, s, ds, t, dt)   the same with the distances places[k] + slopes[k]
 *                                              (s + x ds) - (t + x dt), where places and slopes are rows too; the elements
 *                                              that count are among the first `taps` behind L(lowest, x)
 *
 * ADD_ROW and ROW_SAMPLES are for rows that stand in their margins whole.  No row is longer than ROW_MOST.  A kernel
 * defines ROW_SLOTS before it includes this, and includes this before sweep.h. */
#ifndef PTM_SHADERS_ROWS_H
#define PTM_SHADERS_ROWS_H
#include "lines.h"

#ifdef PTM_WIDE

/* Element k is at table[k - from], among zeros. */
STRUCT(ptm_row) { const real *table; int from, n; };
#define PTM_ROW_MARGIN 24
#define PTM_SLOTS ROW_SLOTS
STRUCT(ptm_memo)
{
    int key[PTM_SLOTS];
    ptm_row row[PTM_SLOTS];
    real table[PTM_SLOTS][ROW_MOST + 2 * PTM_ROW_MARGIN];
};
FN ptm_row ptm_row_of(ptm_memo *restrict m, creals element, int from, int to, int key, int slot)
{
    if (m->key[slot] != key) {
        real *restrict table = m->table[slot];
        const int n = to - from;
        for (int k = 0; k < PTM_ROW_MARGIN; ++k) table[k] = table[PTM_ROW_MARGIN + n + k] = 0;
        table += PTM_ROW_MARGIN;
        element += from;
        PTM_SIMD for (int k = 0; k < n; ++k) table[k] = element[k];
        const ptm_row row = { table, from, n };
        m->row[slot] = row;
        m->key[slot] = key;
    }
    return m->row[slot];
}
#define ROW(r, array, at, from, to, key, slot) \
    const ptm_row r = ptm_row_of(ptm_memory, (array) + SIZE(at), from, to, key, slot)

FN void ptm_add_row(real *restrict sum, real w, ptm_row r, real x, real dx, int lo, int hi)
{
    x -= REAL(r.from);
    const ptm_met met = ptm_lanes_within(x, dx, REAL(-1), REAL(r.n), lo, hi);
    const int lanes = met.last - met.first;
    if (lanes <= 0) return;
    sum += met.first - lo;
    x += REAL(met.first) * dx;
#ifdef PTM_AVX2
    if (dx <= PTM_STEP_MOST && dx >= -PTM_STEP_MOST) {
        ptm_look_up_avx2(sum, w, r.table, x, dx, lanes);
        return;
    }
#endif
    const real *table = r.table - 1;
    PTM_SIMD for (int z = 0; z < lanes; ++z) {
        const real c = x + REAL(1) + REAL(z) * dx;
        const int j = INT(c);
        sum[z] += w * (table[j] + (c - REAL(j)) * (table[j + 1] - table[j]));
    }
}
#define ADD_ROW(x, sum, w, r, place, step) ptm_add_row(sum, w, r, place, step, ptm_lo, ptm_hi)

FN void ptm_row_samples(real *value, ptm_row r, const real *place, bool whole, int lanes)
{
    const real front = REAL(1 - r.from), end = REAL(r.n + 1);
    const real *table = r.table - 1;
#ifdef PTM_AVX2
    ptm_row_samples_avx2(value, table, place, whole, front, end, lanes);
#else
    PTM_SIMD for (int z = 0; z < lanes; ++z) {
        real c = place[z] + front;
        c = c > REAL(0) ? c : REAL(0);
        c = c < end ? c : end;
        const int j = INT(c);
        value[z] = whole ? table[j] : table[j] + (c - REAL(j)) * (table[j + 1] - table[j]);
    }
#endif
}
#define PTM_ROW_SAMPLES(first, last, value, r, place, whole) \
    { \
        const int ptm_first = max(ptm_lo, first), ptm_last = min(ptm_hi, last); \
        if (ptm_first < ptm_last) \
            ptm_row_samples(&L(value, ptm_first), r, &L(place, ptm_first), whole, ptm_last - ptm_first); \
    }
#define ROW_SAMPLES(x, first, last, value, r, place) PTM_ROW_SAMPLES(first, last, value, r, place, false)
#define ROW_ELEMENTS(x, first, last, value, r, place) PTM_ROW_SAMPLES(first, last, value, r, place, true)

FN void ptm_add_gathered(real *restrict sum, ptm_row r, real d, real dx, real dk, int lo, int hi)
{
    const real over = REAL(-1) / dk, size = fabs(over), step = dx * over, all = ceil(REAL(2) * size);
    real t = (d + REAL(r.from) * dk) * over - size; /* elements above t + z step count for lane z, the next `all` */
    const ptm_met met = ptm_lanes_within(t, step, -all, REAL(r.n), lo, hi);
    const int lanes = met.last - met.first;
    if (lanes <= 0) return;
    sum += met.first - lo;
    t += REAL(met.first) * step;
#ifdef PTM_AVX2
    if (all <= REAL(4) && step <= PTM_STEP_MOST && step >= -PTM_STEP_MOST) {
        ptm_gather_avx2(sum, true, r.table, t, step, fabs(dk), lanes, INT(all));
        return;
    }
#endif
    const real width = fabs(dk), end = REAL(r.n);
    const int taps = INT(min(all, end));
    for (int tap = 0; tap < taps; ++tap)
        PTM_SIMD for (int z = 0; z < lanes; ++z) {
            const real below = t + REAL(z) * step;
            real c = below + REAL(1);
            c = c > REAL(0) ? c : REAL(0);
            c = c < end ? c : end;
            int k = INT(c) + tap; /* those in front of the row are skipped: it may be shorter than `all` */
            k = k < r.n ? k : r.n;
            sum[z] += ptm_hat((REAL(k) - below) * width - REAL(1)) * r.table[k];
        }
}
#define ADD_GATHERED(x, sum, r, d, dx, dk) ptm_add_gathered(sum, r, d, dx, dk, ptm_lo, ptm_hi)

FN void ptm_add_crossing(real *restrict sum, ptm_row r, const real *restrict lowest, int taps, ptm_row places,
    ptm_row slopes, real s, real ds, real t, real dt, int first, int lanes)
{
    const real *place = places.table + (r.from - places.from), *slope = slopes.table + (r.from - slopes.from);
    s += REAL(first) * ds;
    t += REAL(first) * dt;
#ifdef PTM_AVX2
    if (taps <= 4) {
        ptm_add_crossing_avx2(sum, r.table, place, slope, r.n, lowest, REAL(1 - r.from), taps, s, ds, t, dt, lanes);
        return;
    }
#endif
    const real front = REAL(1 - r.from), end = REAL(r.n + 1);
    for (int tap = 0; tap < taps; ++tap)
        PTM_SIMD for (int z = 0; z < lanes; ++z) {
            real c = lowest[z] + front;
            c = c > REAL(0) ? c : REAL(0);
            c = c < end ? c : end;
            int k = INT(c) + tap;
            k = k < r.n ? k : r.n;
            sum[z] += ptm_hat(place[k] + slope[k] * (s + REAL(z) * ds) - (t + REAL(z) * dt)) * r.table[k];
        }
}
#define ADD_CROSSING(x, sum, r, lowest, taps, places, slopes, s, ds, t, dt) \
    ptm_add_crossing(sum, r, lowest, taps, places, slopes, s, ds, t, dt, ptm_lo, ptm_hi - ptm_lo)

#else

/* Element k at p + k. */
STRUCT(ptm_row) { creals p; int from, to; };
FN ptm_row ptm_row_of(creals element, int from, int to)
{
    ptm_row r;
    r.p = element;
    r.from = from;
    r.to = to;
    return r;
}
FN real ptm_row_sample(ptm_row r, real place)
{
    const real c = clamp(place, REAL(r.from - 1), REAL(r.to)) + REAL(FIELD_FRONT);
    const int j = INT(c);
    const real a = AT(r.p, j - FIELD_FRONT);
    return a + (c - REAL(j)) * (AT(r.p, j + 1 - FIELD_FRONT) - a);
}
FN real ptm_row_element(ptm_row r, real place)
{
    return AT(r.p, INT(clamp(place, REAL(r.from - 1), REAL(r.to)) + REAL(FIELD_FRONT)) - FIELD_FRONT);
}
FN real ptm_gathered(ptm_row r, real d, real dk)
{
    const real over = REAL(-1) / dk, size = fabs(over), t = d * over;
    const int first = INT(ceil(clamp(t - size, REAL(r.from), REAL(r.to))));
    const int last = INT(floor(clamp(t + size, REAL(r.from - 1), REAL(r.to - 1))));
    real sum = REAL(0);
    for (int k = first; k <= last; ++k) sum += hat(d + REAL(k) * dk) * AT(r.p, k);
    return sum;
}
FN real ptm_crossing(ptm_row r, real lowest, int taps, ptm_row places, ptm_row slopes, real s, real t)
{
    const int first = INT(clamp(lowest + REAL(1), REAL(r.from), REAL(r.to))), last = min(first + taps, r.to);
    real sum = REAL(0);
    for (int k = first; k < last; ++k) sum += hat(AT(places.p, k) + AT(slopes.p, k) * s - t) * AT(r.p, k);
    return sum;
}
#define ROW(r, array, at, from, to, key, slot) ptm_row r = ptm_row_of((array) + SIZE(at), from, to)
#define ADD_ROW(x, sum, w, r, place, step) EACH(x) L(sum, x) += (w) * ptm_row_sample(r, (place) + REAL(x) * (step))
#define ROW_SAMPLES(x, first, last, value, r, place) EACH_FROM(x, first, last) L(value, x) = ptm_row_sample(r, L(place, x));
#define ROW_ELEMENTS(x, first, last, value, r, place) \
    EACH_FROM(x, first, last) L(value, x) = ptm_row_element(r, L(place, x));
#define ADD_GATHERED(x, sum, r, d, dx, dk) EACH(x) L(sum, x) += ptm_gathered(r, (d) + REAL(x) * (dx), dk)
#define ADD_CROSSING(x, sum, r, lowest, taps, places, slopes, s, ds, t, dt) \
    EACH(x) L(sum, x) += ptm_crossing(r, L(lowest, x), taps, places, slopes, (s) + REAL(x) * (ds), (t) + REAL(x) * (dt))

#endif
#endif
