/* target/avx2.h - loops over lanes that are worth writing for AVX2 by hand, as the words that use them say in C.
 *
 * Compilers make gathers of lanes that read a table each at its own place, and gathers are slow on many processors.  Eight lanes
 * that are less than two elements apart need no more than two or four loads and permutations.  On a Zen 3 that is worth 1.5 to 3 times; the
 * C loops are the reference, and remain for wider steps, other processors and double.
 *
 * The text is that of GCC's vectors and builtins, which clang has as well, and with it OpenCL on processors (pocl). */
#ifndef PTM_SHADERS_TARGET_AVX2_H
#define PTM_SHADERS_TARGET_AVX2_H

#include "field_layout.h"
#ifndef PTM_TARGET_OPENCL
#include <immintrin.h>
#endif

#define PTM_AVX2
#define PTM_PREFETCH(p) __builtin_prefetch((const void *)(size_t)(p))
typedef float ptm_8f __attribute__((vector_size(32)));
typedef int ptm_8i __attribute__((vector_size(32)));
typedef float ptm_4f __attribute__((vector_size(16)));
/* In memory: anywhere. */
typedef float ptm_8f_at __attribute__((vector_size(32), aligned(4), may_alias));
typedef float ptm_4f_at __attribute__((vector_size(16), aligned(4), may_alias));

/* A place as a whole number of 2^-32: its upper half is an address without a conversion, and steps add up exactly. */
#ifdef PTM_TARGET_OPENCL
typedef long ptm_fixed;
#define PTM_GLOBAL __global
#else
typedef int64_t ptm_fixed;
#define PTM_GLOBAL
#endif
FN ptm_fixed ptm_to_fixed(float x) { return (ptm_fixed)(x * 4294967296.0f); }
FN int ptm_whole(ptm_fixed x) { return (int)(x >> 32); }

FN ptm_8f ptm_all(float x) { return x - (ptm_8f){ 0, 0, 0, 0, 0, 0, 0, 0 }; }
FN ptm_8f ptm_one_and_part(ptm_fixed x) /* 1 + the part behind the point */
{
    const int bits = (int)((unsigned)x >> 9 | 0x3f800000u);
    return (ptm_8f)(bits - (ptm_8i){ 0, 0, 0, 0, 0, 0, 0, 0 });
}
FN ptm_8f ptm_load(const float *p) { return *(const ptm_8f_at *)p; }
FN void ptm_store(float *p, ptm_8f x) { *(ptm_8f_at *)p = x; }
/* Four elements from p and four from q. */
FN ptm_8f ptm_load_halves(const float *p, const float *q)
{
    return __builtin_shufflevector(*(const ptm_4f_at *)p, *(const ptm_4f_at *)q, 0, 1, 2, 3, 4, 5, 6, 7);
}
FN ptm_8f ptm_pick(ptm_8f x, ptm_8i i) { return __builtin_ia32_permvarsf256(x, i); }
/* Elements 0 to 7 of which the first four are in a and the others in b, for each half by itself. */
FN ptm_8f ptm_pick_halves(ptm_8f a, ptm_8f b, ptm_8i i)
{
    return __builtin_ia32_blendvps256(__builtin_ia32_vpermilvarps256(a, i), __builtin_ia32_vpermilvarps256(b, i),
        (ptm_8f)(i << 29));
}

/* A table stands in zeros, which lanes behind the last may read. */
#define PTM_TABLE_FRONT 16
#define PTM_TABLE_BACK 24
FN void ptm_clear_around(float *table, int count)
{
    const ptm_8f zero = ptm_all(0);
    for (int k = -PTM_TABLE_FRONT; k < 0; k += 8) ptm_store(table + k, zero);
    for (int k = 0; k < PTM_TABLE_BACK; k += 8) ptm_store(table + count + k, zero);
}

/* Eight lanes that walk along a table: lane k is at the address `place` plus at[k]; the upper and the lower four lanes count from
 * windows of their own. */
typedef struct ptm_walk {
    ptm_fixed place, by;
    ptm_8f offset;
    int lower, upper;
} ptm_walk;
#define PTM_STEP_MOST 1.6f
#define PTM_STEP_NEAR 0.9999f /* eight lanes stay within one window of eight */
FN ptm_walk ptm_walk_from(float x, float dx, bool near)
{
    const ptm_8f lanes = { 0, 1, 2, 3, 4, 5, 6, 7 };
    const float low = dx < 0 ? 7 * dx : 0;
    const int far = near ? 0 : (int)(dx < 0 ? -4 * dx : 4 * dx);
    ptm_walk w;
    w.place = ptm_to_fixed(x + low);
    w.by = 8 * ptm_to_fixed(dx);
    w.lower = dx < 0 ? far : 0;
    w.upper = dx < 0 ? 0 : far;
    const float a = (float)w.lower, b = (float)w.upper;
    w.offset = lanes * dx - (low + 1) - (ptm_8f){ a, a, a, a, b, b, b, b };
    return w;
}
/* What the table has at the lanes' places k, all lanes m elements further on. */
FN ptm_8f ptm_walk_pick(const ptm_walk *w, const float *table, ptm_8i k, int m, bool near)
{
    const float *t = table + (ptm_whole(w->place) + m);
    return near ? ptm_pick(ptm_load(t), k)
        : ptm_pick_halves(ptm_load_halves(t + w->lower, t + w->upper), ptm_load_halves(t + w->lower + 4, t + w->upper + 4), k);
}

FN void ptm_look_up_loop(float *restrict sum, const float *table, float x, float dx, int lanes, bool near)
{
    ptm_walk w = ptm_walk_from(x, dx, near);
    for (int z = 0; z < lanes; z += 8) {
        const ptm_8f at = ptm_one_and_part(w.place) + w.offset;
        const ptm_8i k = __builtin_ia32_cvttps2dq256(at);
        const ptm_8f f = at - __builtin_convertvector(k, ptm_8f), e = ptm_walk_pick(&w, table, k, 0, near);
        const ptm_8f next = near ? ptm_walk_pick(&w, table, k, 1, near) : ptm_walk_pick(&w, table, k + 1, 0, near);
        ptm_store(sum + z, ptm_load(sum + z) + (e + f * (next - e)));
        w.place += w.by;
    }
}
/* sum[z] += what lane z reads of the table at x + z dx, for z < lanes and up to seven more; |dx| <= PTM_STEP_MOST. */
FN void ptm_look_up_avx2(float *restrict sum, const float *table, float x, float dx, int lanes)
{
    if (dx <= PTM_STEP_NEAR && dx >= -PTM_STEP_NEAR) ptm_look_up_loop(sum, table, x, dx, lanes, true);
    else ptm_look_up_loop(sum, table, x, dx, lanes, false);
}

FN void ptm_gather_loop(float *restrict sums, const float *table, float t, float r, float size, int lanes, int taps, bool near,
    bool shared)
{
    const ptm_8i sign = (ptm_8i)ptm_all(-0.0f);
    const ptm_8f one = ptm_all(1), zero = ptm_all(0);
    ptm_walk w = ptm_walk_from(t, r, near);
    for (int z = 0; z < lanes; z += 8) {
        const ptm_8f at = ptm_one_and_part(w.place) + w.offset;
        const ptm_8i k = __builtin_ia32_cvttps2dq256(at);
        const float *p = table + (ptm_whole(w.place) + 1);
        const ptm_8f a = ptm_load_halves(p + w.lower, p + w.upper), b = ptm_load_halves(p + w.lower + 4, p + w.upper + 4);
        ptm_8f d = (size - one) - size * (at - __builtin_convertvector(k, ptm_8f)), s = zero;
        for (int tap = 0; tap < taps; ++tap) {
            const ptm_8f distance = tap == taps - 1 ? d : (ptm_8f)((ptm_8i)d & ~sign); /* the last is never in front */
            s = s + __builtin_ia32_maxps256(one - distance, zero) * (shared ? ptm_pick_halves(a, b, k + tap) : ptm_walk_pick(&w, table, k, tap + 1, near));
            d = d + size;
        }
        ptm_store(sums + z, s);
        w.place += w.by;
    }
}
/* sums[z] = the sum of the first `taps` elements behind t + z r of the table, weighted with 1 - |d| if that is positive; the n-th
 * behind is at d = size n - 1. For z < lanes and up to seven more; |r| <= PTM_STEP_MOST, taps 1 to 4. */
FN void ptm_gather_avx2(float *restrict sums, const float *table, float t, float r, float size, int lanes, int taps)
{
    const bool near = r <= PTM_STEP_NEAR && r >= -PTM_STEP_NEAR;
    if (near && taps <= 2) ptm_gather_loop(sums, table, t, r, size, lanes, 2, true, false);
    else if (taps <= 3 && r < 1.33f && r > -1.33f) ptm_gather_loop(sums, table, t, r, size, lanes, 3, false, true);
    else ptm_gather_loop(sums, table, t, r, size, lanes, 4, false, false);
}

/* Interpolated between elements k and k + 1 of p, which are loaded as pairs. */
typedef double ptm_pair_at __attribute__((aligned(4), may_alias));
typedef double ptm_4d __attribute__((vector_size(32)));
FN ptm_8f ptm_pairs(PTM_GLOBAL const float *p, const int *k, ptm_8f s)
{
#define PTM_PAIR(i) *(PTM_GLOBAL const ptm_pair_at *)(p + k[i])
    const ptm_8f a = (ptm_8f)(ptm_4d){ PTM_PAIR(0), PTM_PAIR(1), PTM_PAIR(4), PTM_PAIR(5) };
    const ptm_8f b = (ptm_8f)(ptm_4d){ PTM_PAIR(2), PTM_PAIR(3), PTM_PAIR(6), PTM_PAIR(7) };
    const ptm_8f e0 = __builtin_ia32_shufps256(a, b, 0x88), e1 = __builtin_ia32_shufps256(a, b, 0xdd);
    return e0 + s * (e1 - e0);
}
/* value[z] = what the slice f (na x nb in its margins, neighbours along b `pitch` apart) has at (a[z], b[z]). */
FN void ptm_sample_slice_avx2(float *restrict value, PTM_GLOBAL const float *f, int na, int nb, int pitch, const float *restrict a,
    const float *restrict b, int lanes)
{
    const ptm_8f zero = ptm_all(0), top_a = ptm_all((float)(na + FIELD_FRONT)), top_b = ptm_all((float)(nb + FIELD_FRONT));
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
        const ptm_8f x = __builtin_ia32_maxps256(__builtin_ia32_minps256(ptm_load(pa) + (float)FIELD_FRONT, top_a), zero);
        const ptm_8f y = __builtin_ia32_maxps256(__builtin_ia32_minps256(ptm_load(pb) + (float)FIELD_FRONT, top_b), zero);
        const ptm_8i i = __builtin_ia32_cvttps2dq256(x), j = __builtin_ia32_cvttps2dq256(y);
        const ptm_8f s = x - __builtin_convertvector(i, ptm_8f), t = y - __builtin_convertvector(j, ptm_8f);
        *(ptm_8i *)at = i + j * pitch;
        const ptm_8f lower = ptm_pairs(f, at, s), upper = ptm_pairs(f + pitch, at, s);
        ptm_store(to, lower + t * (upper - lower));
        if (lanes - z < 8)
            for (int k = 0; k < lanes - z; ++k) value[z + k] = rest[2][k];
    }
}
/* Eight rows of eight, transposed. */
FN void ptm_transpose8(ptm_8f v[8])
{
    ptm_8f t[8], u[8];
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(v[i], v[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(v[i], v[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int k = 0; k < 2; ++k) {
            u[i + 2 * k] = _mm256_shuffle_ps(t[i + k], t[i + k + 2], 0x44);
            u[i + 2 * k + 1] = _mm256_shuffle_ps(t[i + k], t[i + k + 2], 0xee);
        }
    for (int i = 0; i < 4; ++i) {
        v[i] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x20);
        v[i + 4] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x31);
    }
}
/* interleave() of eight rows up to the last whole vector; how many z are done. */
FN int ptm_interleave8_avx2(float *to, const float *from, int pitch, int n)
{
    int z = 0;
    for (; z + 8 <= n; z += 8) {
        ptm_8f v[8];
        for (int c = 0; c < 8; ++c) v[c] = _mm256_loadu_ps(from + c * pitch + z);
        ptm_transpose8(v);
        for (int c = 0; c < 8; ++c) _mm256_storeu_ps(to + 8 * (z + c), v[c]);
    }
    return z;
}
/* The same of separate() and put_together(). */
FN int ptm_separate_avx2(float *re, float *im, const float *from, int n)
{
    int z = 0;
    for (; z + 8 <= n; z += 8) {
        const ptm_8f a = _mm256_loadu_ps(from + 2 * z), b = _mm256_loadu_ps(from + 2 * z + 8);
        const ptm_8f low = _mm256_permute2f128_ps(a, b, 0x20), high = _mm256_permute2f128_ps(a, b, 0x31);
        _mm256_storeu_ps(re + z, _mm256_shuffle_ps(low, high, 0x88));
        _mm256_storeu_ps(im + z, _mm256_shuffle_ps(low, high, 0xdd));
    }
    return z;
}
FN int ptm_put_together_avx2(float *to, const float *re, const float *im, int n, float alpha, float beta)
{
    const ptm_8f s = _mm256_set1_ps(alpha), t = _mm256_set1_ps(beta);
    int z = 0;
    for (; z + 8 <= n; z += 8) {
        const ptm_8f a = _mm256_mul_ps(s, _mm256_loadu_ps(re + z)), b = _mm256_mul_ps(s, _mm256_loadu_ps(im + z));
        const ptm_8f low = _mm256_unpacklo_ps(a, b), high = _mm256_unpackhi_ps(a, b);
        ptm_8f first = _mm256_permute2f128_ps(low, high, 0x20), second = _mm256_permute2f128_ps(low, high, 0x31);
        if (beta != 0) {
            first = _mm256_fmadd_ps(t, _mm256_loadu_ps(to + 2 * z), first);
            second = _mm256_fmadd_ps(t, _mm256_loadu_ps(to + 2 * z + 8), second);
        }
        _mm256_storeu_ps(to + 2 * z, first);
        _mm256_storeu_ps(to + 2 * z + 8, second);
    }
    return z;
}
#endif
