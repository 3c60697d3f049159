/* row_pairs.h - adding up whole rows of a field in memory, for lines whose lane z reads element z + shift and nothing else.
 * The field has no margin on axis 0.
 *
 *   row_pair                         rows `at` and at + 1 of an axis, -1 to its length, and their weights a and b
 *   row_pair_at(w, s, n)             w times what is at place s of an axis n long, by linear interpolation
 *   ADD_ROW_PAIRS(z, sum, shift, f, axis, i, k, from, to, pair)
 *                                    for from <= k < to: L(sum, z) += what the pair has at element z + shift of axis 0, in
 *                                    the whole place i of axes 1 and 2 that `axis` is not; i and pair are expressions in
 * k */
#ifndef PTM_SHADERS_ROW_PAIRS_H
#define PTM_SHADERS_ROW_PAIRS_H
#include "lines.h"

STRUCT(row_pair) { int at; real a, b; };

FN row_pair row_pair_at(real w, real s, int n)
{
    const real last = REAL(n + FIELD_FRONT);
    real place = s + REAL(FIELD_FRONT);
    place = place > REAL(0) ? place : REAL(0);
    place = place < last ? place : last;
    row_pair r;
    r.at = INT(place) - FIELD_FRONT;
    r.b = w * (place - REAL(r.at + FIELD_FRONT));
    r.a = w - r.b;
    return r;
}
/* Element 0 of row `at` of an axis, place i of the other, is at begin + at next + i step; blocks have less than 2^31
 * elements. */
STRUCT(ptm_row_steps) { int begin, next, step; };
FN ptm_row_steps ptm_row_steps_of(ptm_field f, int axis)
{
    ptm_row_steps r;
    r.begin = axis == 1 ? f.front * f.plane + FIELD_FRONT * f.pitch : FIELD_FRONT * (f.plane + f.pitch);
    r.next = axis == 1 ? f.pitch : f.plane;
    r.step = axis == 1 ? f.plane : f.pitch;
    return r;
}

#ifdef PTM_WIDE

#define PTM_PAIRS 64
STRUCT(ptm_pairs_found) { int at[PTM_PAIRS]; real a[PTM_PAIRS], b[PTM_PAIRS]; };
FN void ptm_add_pairs(
    real *restrict sum, creals first, int next, const ptm_pairs_found *restrict found, int count, int lanes)
{
#ifdef PTM_AVX2
    ptm_add_pairs_avx2(sum, first, next, found->at, found->a, found->b, count, lanes);
#else
    for (int k = 0; k < count; ++k) {
        creals p = first + found->at[k];
        creals q = p + next;
        const real a = found->a[k], b = found->b[k];
        PTM_SIMD for (int j = 0; j < lanes; ++j) sum[j] += a * p[j] + b * q[j];
    }
#endif
}
#define ADD_ROW_PAIRS(z, sum, shift, f, axis, i, k, from, to, pair) \
    { \
        const int ptm_shift = shift, ptm_end = to; \
        const ptm_row_steps ptm_step_by = ptm_row_steps_of(f, axis); \
        const int ptm_first = max(ptm_lo, -ptm_shift), ptm_lanes = min(ptm_hi, f.n0 - ptm_shift) - ptm_first; \
        ptm_pairs_found ptm_found; \
        for (int ptm_k = from; ptm_k < ptm_end && ptm_lanes > 0; ptm_k += PTM_PAIRS) { \
            const int ptm_count = min(PTM_PAIRS, ptm_end - ptm_k); \
            PTM_SIMD for (int ptm_j = 0; ptm_j < ptm_count; ++ptm_j) { \
                const int k = ptm_k + ptm_j; \
                const row_pair ptm_r = pair; \
                ptm_found.at[ptm_j] = ptm_step_by.begin + ptm_r.at * ptm_step_by.next + (i) * ptm_step_by.step; \
                ptm_found.a[ptm_j] = ptm_r.a; \
                ptm_found.b[ptm_j] = ptm_r.b; \
            } \
            ptm_add_pairs(sum + (ptm_first - ptm_lo), f.p + (ptm_first + ptm_shift), ptm_step_by.next, &ptm_found, \
                ptm_count, ptm_lanes); \
        } \
    }

#else

#define ADD_ROW_PAIRS(z, sum, shift, f, axis, i, k, from, to, pair) \
    { \
        const ptm_row_steps ptm_step_by = ptm_row_steps_of(f, axis); \
        for (int k = from; k < to; ++k) { \
            const row_pair ptm_r = pair; \
            creals ptm_p = f.p + SIZE(ptm_step_by.begin + ptm_r.at * ptm_step_by.next + (i) * ptm_step_by.step); \
            creals ptm_q = ptm_p + SIZE(ptm_step_by.next); \
            EACH(z) { \
                const int ptm_e = z + (shift); \
                if (ptm_e >= 0 && ptm_e < f.n0) L(sum, z) += ptm_r.a * AT(ptm_p, ptm_e) + ptm_r.b * AT(ptm_q, ptm_e); \
            } \
        } \
    }

#endif
#endif
