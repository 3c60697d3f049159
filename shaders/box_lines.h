/* box_lines.h - reading a row box by box, for the separable footprints of voxels; fields in memory only.
 *
 * A row stands for a function that is constant in every element, element k from k - 1/2 to k + 1/2, and zero beyond
 * the last.
 *
 *   ADD_BOX_LINE(z, sum, f, axis, i, k, from, to, weight, x, dx)
 *                          L(sum, z) += the integral of a row over the |dx| around x + z dx. The row is the sum of rows
 *                          from <= k < to of `axis` (1 or 2), at the whole place i of the other, each times `weight`, an
 *                          expression in k; those with a weight of 0 are left out
 *
 * The lanes' boxes lie side by side. Reading back, lane k at (k - x) / dx with boxes 1 / dx wide, is the transpose but
 * for the factor |dx|: both are the overlap of lane z's box with element k, in units of elements or of lanes. */
#ifndef PTM_SHADERS_BOX_LINES_H
#define PTM_SHADERS_BOX_LINES_H
#include "lines.h"

FN creals ptm_box_row(ptm_field f, int axis, int i, int k)
{
    const int a = axis == 1 ? k : i, b = axis == 1 ? i : k;
    return f.p + (SIZE(b + f.front) * SIZE(f.plane) + SIZE(a + FIELD_FRONT) * SIZE(f.pitch) + SIZE(FIELD_FRONT));
}
/* The integral of the row from s to s + h, where element k reaches from k to k + 1. */
FN real ptm_box(creals row, int n, real s, real h)
{
    const real a = clamp(s, REAL(0), REAL(n)), b = clamp(s + h, REAL(0), REAL(n));
    real sum = REAL(0);
    for (int k = INT(a); REAL(k) < b; ++k) sum += (min(b, REAL(k + 1)) - max(a, REAL(k))) * AT(row, k);
    return sum;
}

#ifdef PTM_WIDE

#define PTM_BOX_ROWS 64
STRUCT(ptm_box_rows)
{
    int count;
    creals p[PTM_BOX_ROWS];
    real w[PTM_BOX_ROWS];
};

/* out[j] = the sum of the rows' elements from + j; or that is added. */
FN void ptm_box_blend(real *restrict out, bool add, const ptm_box_rows *restrict rows, int from, int count)
{
    for (int k = 0; k < rows->count; ++k) {
        creals p = rows->p[k] + from;
        const real w = rows->w[k];
        if (add || k > 0) {
            PTM_SIMD for (int j = 0; j < count; ++j) out[j] += w * p[j];
        } else {
            PTM_SIMD for (int j = 0; j < count; ++j) out[j] = w * p[j];
        }
    }
}
/* sum[z] += the integral of the table from s + z dx on, over h = |dx|; the table has one element of zero behind the
 * last. */
FN void ptm_box_taps(real *restrict sum, const real *restrict table, int count, real s, real dx, real h, int lanes)
{
    const real end = REAL(count);
    const int taps = INT(ceil(min(h, end))) + 1;
    for (int tap = 0; tap < taps; ++tap)
        PTM_SIMD for (int z = 0; z < lanes; ++z) {
            real a = s + REAL(z) * dx, b = a + h;
            a = a > REAL(0) ? a : REAL(0);
            a = a < end ? a : end;
            b = b < end ? b : end;
            int k = INT(a) + tap;
            k = k < count ? k : count;
            const real low = REAL(k) > a ? REAL(k) : a, high = REAL(k + 1) < b ? REAL(k + 1) : b;
            sum[z] += (high > low ? high - low : REAL(0)) * table[k];
        }
}
FN void ptm_add_boxes(real *restrict sum, const ptm_box_rows *restrict rows, int n, real x, real dx, int lo, int hi)
{
    const real h = dx < REAL(0) ? -dx : dx;
    real s = x - 0.5f * h + 0.5f;
    const ptm_met met = ptm_lanes_within(s, dx, -h, REAL(n), lo, hi);
    const int lanes = met.last - met.first;
    if (lanes <= 0 || rows->count == 0) return;
    sum += met.first - lo;
    s += REAL(met.first) * dx;
    if (dx == REAL(1) && s == floor(s)) { /* every lane's box is an element */
        ptm_box_blend(sum, true, rows, INT(s), lanes);
        return;
    }
    /* The part of the row that they read. */
    const real last = s + REAL(lanes - 1) * dx, end = REAL(n);
    const int from = INT(clamp(min(s, last), REAL(0), end));
    const int count = min(INT(clamp(max(s, last) + h, REAL(0), end)) + 1, n) - from;
    if (count <= PTM_TABLE) {
        real memory[PTM_TABLE_FRONT + PTM_TABLE + PTM_TABLE_BACK + 1], *restrict table = memory + PTM_TABLE_FRONT;
        ptm_box_blend(table, false, rows, from, count);
#ifdef PTM_AVX2
        if (h <= PTM_STEP_MOST) {
            ptm_clear_around(table, count);
            ptm_boxes_avx2(sum, table, s - REAL(from), dx, h, lanes);
            return;
        }
#endif
        table[count] = 0;
        ptm_box_taps(sum, table, count, s - REAL(from), dx, h, lanes);
    } else { /* rows much longer than the lanes are many */
        for (int k = 0; k < rows->count; ++k)
            for (int z = 0; z < lanes; ++z) sum[z] += rows->w[k] * ptm_box(rows->p[k], n, s + REAL(z) * dx, h);
    }
}
#define ADD_BOX_LINE(z, sum, f, axis, i, k, from, to, weight, x, dx) \
    { \
        const int ptm_i = i, ptm_to = to; \
        const real ptm_x = x, ptm_dx = dx; \
        ptm_box_rows ptm_rows_here; \
        ptm_rows_here.count = 0; \
        for (int k = from; k < ptm_to; ++k) { \
            const real ptm_w = weight; \
            if (ptm_w != REAL(0)) { \
                ptm_rows_here.p[ptm_rows_here.count] = ptm_box_row(f, axis, ptm_i, k); \
                ptm_rows_here.w[ptm_rows_here.count] = ptm_w; \
                ptm_rows_here.count += 1; \
            } \
            if (ptm_rows_here.count == PTM_BOX_ROWS) { \
                ptm_add_boxes(sum, &ptm_rows_here, f.n0, ptm_x, ptm_dx, ptm_lo, ptm_hi); \
                ptm_rows_here.count = 0; \
            } \
        } \
        ptm_add_boxes(sum, &ptm_rows_here, f.n0, ptm_x, ptm_dx, ptm_lo, ptm_hi); \
    }

#else

#define ADD_BOX_LINE(z, sum, f, axis, i, k, from, to, weight, x, dx) \
    { \
        const int ptm_i = i, ptm_to = to; \
        const real ptm_dx = dx, ptm_h = fabs(ptm_dx), ptm_s = (x) - 0.5f * ptm_h + 0.5f; \
        for (int k = from; k < ptm_to; ++k) { \
            const real ptm_w = weight; \
            if (ptm_w != REAL(0)) { \
                creals ptm_row = ptm_box_row(f, axis, ptm_i, k); \
                EACH(z) { L(sum, z) += ptm_w * ptm_box(ptm_row, f.n0, ptm_s + REAL(z) * ptm_dx, ptm_h); } \
            } \
        } \
    }

#endif
#endif
