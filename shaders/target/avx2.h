/* target/avx2.h - loops over lanes that are worth writing for AVX2 by hand, as the words that use them say in C.
 *
 * A gather is slow on many processors.  Eight lanes that read a table in steps of less than two elements stay within
 * sixteen: two loads and permutations do instead.  On a Zen 3 with gcc 12 this is worth 1.8x for the exact adjoint; the C
 * loops are the reference and remain for wider steps, other processors and double. */
#ifndef PTM_SHADERS_TARGET_AVX2_H
#define PTM_SHADERS_TARGET_AVX2_H
#include "field_layout.h"
#include <immintrin.h>

#define PTM_AVX2
typedef __m256 ptm_8f;
typedef __m256i ptm_8i;

/* Elements i (0 to 15) of a and b together. */
FN ptm_8f ptm_pick(ptm_8f a, ptm_8f b, ptm_8i i)
{
    const ptm_8f upper = _mm256_castsi256_ps(_mm256_slli_epi32(i, 28));
    return _mm256_blendv_ps(_mm256_permutevar8x32_ps(a, i), _mm256_permutevar8x32_ps(b, i), upper);
}

/* The loop of ptm_add_line_avx2 below; down (dx < 0) and near (|dx| <= 1) are constants where it is called. */
FN void ptm_add_line_loop(float *restrict sum, const float *p, const float *q, float a, float b, int n, float x, float dx,
    int lo, int hi, bool down, bool near)
{
    const ptm_8f wp = _mm256_set1_ps(a), wq = _mm256_set1_ps(b);
    const ptm_8f top = _mm256_set1_ps((float)(n + FIELD_FRONT)), zero = _mm256_setzero_ps();
    const ptm_8f start = _mm256_set1_ps(x + FIELD_FRONT), step = _mm256_set1_ps(dx);
    const int last = n + FIELD_FRONT + FIELD_BACK0 - (near ? 9 : 16); /* nothing behind the row is loaded */
    ptm_8f lane = _mm256_add_ps(_mm256_set1_ps((float)lo), _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7));
    for (int z = lo; z < hi; z += 8) {
        const ptm_8f c = _mm256_max_ps(_mm256_min_ps(_mm256_fmadd_ps(lane, step, start), top), zero);
        const ptm_8i i = _mm256_cvttps_epi32(c);
        const ptm_8f f = _mm256_sub_ps(c, _mm256_cvtepi32_ps(i));
        int from = down ? _mm256_extract_epi32(i, 7) : _mm256_extract_epi32(i, 0);
        from = from < last ? from : last;
        const ptm_8i k = _mm256_sub_epi32(i, _mm256_set1_epi32(from));
        const float *s = p + from, *t = q + from;
        const ptm_8f first = _mm256_fmadd_ps(wp, _mm256_loadu_ps(s), _mm256_mul_ps(wq, _mm256_loadu_ps(t)));
        ptm_8f e0, e1;
        if (near) {
            const ptm_8f next = _mm256_fmadd_ps(wp, _mm256_loadu_ps(s + 1), _mm256_mul_ps(wq, _mm256_loadu_ps(t + 1)));
            e0 = _mm256_permutevar8x32_ps(first, k);
            e1 = _mm256_permutevar8x32_ps(next, k);
        } else {
            const ptm_8f next = _mm256_fmadd_ps(wp, _mm256_loadu_ps(s + 8), _mm256_mul_ps(wq, _mm256_loadu_ps(t + 8)));
            e0 = ptm_pick(first, next, k);
            e1 = ptm_pick(first, next, _mm256_add_epi32(k, _mm256_set1_epi32(1)));
        }
        float *to = sum + (z - lo);
        _mm256_storeu_ps(to, _mm256_add_ps(_mm256_loadu_ps(to), _mm256_fmadd_ps(f, _mm256_sub_ps(e1, e0), e0)));
        lane = _mm256_add_ps(lane, _mm256_set1_ps(8));
    }
}
/* sum[z - lo] += what lane z reads at x + z dx, for lo <= z < hi and at most seven lanes behind, of the row a p + b q: n
 * elements between FIELD_FRONT and FIELD_BACK0 of zeros; n >= 10, |dx| < 2. */
FN void ptm_add_line_avx2(float *restrict sum, const float *p, const float *q, float a, float b, int n, float x, float dx,
    int lo, int hi)
{
    const float size = dx < 0 ? -dx : dx;
    if (size <= 0.999f) {
        if (dx < 0) ptm_add_line_loop(sum, p, q, a, b, n, x, dx, lo, hi, true, true);
        else ptm_add_line_loop(sum, p, q, a, b, n, x, dx, lo, hi, false, true);
    } else {
        if (dx < 0) ptm_add_line_loop(sum, p, q, a, b, n, x, dx, lo, hi, true, false);
        else ptm_add_line_loop(sum, p, q, a, b, n, x, dx, lo, hi, false, false);
    }
}

/* The loop of ptm_gather_taps (gather.h) for all taps at once, 2 to 4, and up to seven lanes more; n >= 14. taps and
 * down (dx < 0) are constants where this is called. */
FN void ptm_gather_taps_avx2(float *restrict sums, const float *row, int n, float x, float dx, int first, int lanes,
    int taps, bool down)
{
    const float r = 1.0f / dx, h = r < 0 ? -r : r;
    const ptm_8f zero = _mm256_setzero_ps(), one = _mm256_set1_ps(1), sign = _mm256_set1_ps(-0.0f);
    const ptm_8f top = _mm256_set1_ps((float)n), step = _mm256_set1_ps(dx), start = _mm256_set1_ps(x);
    const ptm_8f to_row = _mm256_set1_ps(r), low = _mm256_set1_ps(h);
    ptm_8f lane = _mm256_add_ps(_mm256_set1_ps((float)first), _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7));
    for (int z = 0; z < lanes; z += 8) {
        ptm_8f t = _mm256_fmsub_ps(_mm256_sub_ps(lane, start), to_row, low);
        t = _mm256_ceil_ps(_mm256_min_ps(_mm256_max_ps(t, zero), top));
        const ptm_8i j = _mm256_cvttps_epi32(t);
        int from = down ? _mm256_extract_epi32(j, 7) : _mm256_extract_epi32(j, 0);
        from = from < n - 14 ? from : n - 14;
        const ptm_8i k = _mm256_sub_epi32(j, _mm256_set1_epi32(from));
        const ptm_8f upper = _mm256_castsi256_ps(_mm256_slli_epi32(k, 28));
        const float *p = row + from;
        ptm_8f d = _mm256_sub_ps(_mm256_fmadd_ps(t, step, start), lane), s = zero;
        for (int tap = 0; tap < taps; ++tap) {
            const ptm_8f e = _mm256_blendv_ps(_mm256_permutevar8x32_ps(_mm256_loadu_ps(p + tap), k),
                _mm256_permutevar8x32_ps(_mm256_loadu_ps(p + tap + 8), k), upper);
            const ptm_8f w = _mm256_max_ps(_mm256_sub_ps(one, _mm256_andnot_ps(sign, d)), zero);
            s = tap == 0 ? _mm256_mul_ps(w, e) : _mm256_fmadd_ps(w, e, s);
            d = _mm256_add_ps(d, step);
        }
        _mm256_storeu_ps(sums + z, s);
        lane = _mm256_add_ps(lane, _mm256_set1_ps(8));
    }
}

/* Interpolated between elements k and k + 1 of p, which are loaded as pairs. */
FN __m128 ptm_two_pairs(const float *p, const float *q)
{
    return _mm_loadh_pi(_mm_castsi128_ps(_mm_loadl_epi64((const void *)p)), (const void *)q);
}
FN ptm_8f ptm_pairs(const float *p, const int *k, ptm_8f s)
{
    const __m128 v0 = ptm_two_pairs(p + k[0], p + k[1]), v1 = ptm_two_pairs(p + k[2], p + k[3]);
    const __m128 v2 = ptm_two_pairs(p + k[4], p + k[5]), v3 = ptm_two_pairs(p + k[6], p + k[7]);
    const ptm_8f v02 = _mm256_insertf128_ps(_mm256_castps128_ps256(v0), v2, 1);
    const ptm_8f v13 = _mm256_insertf128_ps(_mm256_castps128_ps256(v1), v3, 1);
    const ptm_8f e0 = _mm256_shuffle_ps(v02, v13, 0x88), e1 = _mm256_shuffle_ps(v02, v13, 0xdd);
    return _mm256_fmadd_ps(s, _mm256_sub_ps(e1, e0), e0);
}
/* value[z] = what the slice f (na x nb in its margins, neighbours along b `pitch` apart) has at (a[z], b[z]). */
FN void ptm_sample_slice_avx2(float *restrict value, const float *f, int na, int nb, int pitch, const float *restrict a,
    const float *restrict b, int lanes)
{
    const ptm_8f front = _mm256_set1_ps(FIELD_FRONT), zero = _mm256_setzero_ps();
    const ptm_8f top_a = _mm256_set1_ps((float)(na + FIELD_FRONT)), top_b = _mm256_set1_ps((float)(nb + FIELD_FRONT));
    int at[8] __attribute__((aligned(32)));
    float rest[3][8];
    for (int z = 0; z < lanes; z += 8) {
        const float *pa = a + z, *pb = b + z;
        float *to = value + z;
        if (lanes - z < 8) {
            for (int k = 0; k < 8; ++k) {
                rest[0][k] = k < lanes - z ? pa[k] : -1;
                rest[1][k] = k < lanes - z ? pb[k] : -1;
            }
            pa = rest[0];
            pb = rest[1];
            to = rest[2];
        }
        const ptm_8f x = _mm256_max_ps(_mm256_min_ps(_mm256_add_ps(_mm256_loadu_ps(pa), front), top_a), zero);
        const ptm_8f y = _mm256_max_ps(_mm256_min_ps(_mm256_add_ps(_mm256_loadu_ps(pb), front), top_b), zero);
        const ptm_8i i = _mm256_cvttps_epi32(x), j = _mm256_cvttps_epi32(y);
        const ptm_8f s = _mm256_sub_ps(x, _mm256_cvtepi32_ps(i)), t = _mm256_sub_ps(y, _mm256_cvtepi32_ps(j));
        _mm256_store_si256((ptm_8i *)at, _mm256_add_epi32(i, _mm256_mullo_epi32(j, _mm256_set1_epi32(pitch))));
        const ptm_8f lower = ptm_pairs(f, at, s), upper = ptm_pairs(f + pitch, at, s);
        _mm256_storeu_ps(to, _mm256_fmadd_ps(t, _mm256_sub_ps(upper, lower), lower));
        if (lanes - z < 8)
            for (int k = 0; k < lanes - z; ++k) value[z + k] = rest[2][k];
    }
}
#endif
