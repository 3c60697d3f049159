/* target/avx2.h - loops over lanes that are worth writing for AVX2 by hand, as the words that use them say in C.
 *
 * Compilers make gathers of lanes that read a table each at its own place, and gathers are slow on many processors.  Eight
 * lanes that are less than two elements apart need no more than two or four loads and permutations.  On a Zen 3 that is
 * worth 1.5 to 3 times; the C loops are the reference, and remain for wider steps, other processors and double.
 *
 * The text is that of GCC's vectors and builtins, which clang has as well, and with it OpenCL on processors (pocl). */
#ifndef PTM_SHADERS_TARGET_AVX2_H
#define PTM_SHADERS_TARGET_AVX2_H

#include "field_layout.h"

#define PTM_AVX2
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
#define PTM_HERE(p) ((const float *)(size_t)(p)) /* processors have one memory */
#else
typedef int64_t ptm_fixed;
#define PTM_GLOBAL
#define PTM_HERE(p) (p)
#endif
#ifdef __clang__
#define PTM_UNROLL_FULLY _Pragma("clang loop unroll(full)") /* where GCC does it by itself */
#else
#define PTM_UNROLL_FULLY
#endif
#define PTM_PREFETCH(p) __builtin_prefetch(PTM_HERE(p))
FN ptm_fixed ptm_to_fixed(float x) { return (ptm_fixed)(x * 4294967296.0f); }
FN int ptm_whole(ptm_fixed x) { return (int)(x >> 32); }

FN ptm_8f ptm_all(float x) { return x - (ptm_8f){ 0, 0, 0, 0, 0, 0, 0, 0 }; }
FN ptm_8f ptm_one_and_part(ptm_fixed x) /* 1 + the part behind the point */
{
    const int bits = (int)((unsigned)x >> 9 | 0x3f800000u);
    return (ptm_8f)(bits - (ptm_8i){ 0, 0, 0, 0, 0, 0, 0, 0 });
}
FN ptm_8f ptm_load(const float *p) { return *(const ptm_8f_at *)p; }
FN ptm_8f ptm_load_masked(const float *p, ptm_8i mask) { return __builtin_ia32_maskloadps256((const ptm_8f *)p, mask); }
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

/* out[j] = (add ? out[j] : 0) + the sum of a p[from + j] + b q[from + j] over the rows, for j < count. */
FN void ptm_blend_avx2(float *restrict out, bool add, PTM_GLOBAL const float *const *restrict p,
    PTM_GLOBAL const float *const *restrict q, const float *restrict a, const float *restrict b, int rows, int from,
    int count)
{
    const ptm_8i lanes = { 0, 1, 2, 3, 4, 5, 6, 7 };
    int j = 0;
    for (; j + 16 <= count; j += 16) {
        ptm_8f s = add ? ptm_load(out + j) : ptm_all(0), t = add ? ptm_load(out + j + 8) : ptm_all(0);
        for (int k = 0; k < rows; ++k) {
            const float *c = PTM_HERE(p[k] + from + j), *d = PTM_HERE(q[k] + from + j);
            s += a[k] * ptm_load(c) + b[k] * ptm_load(d);
            t += a[k] * ptm_load(c + 8) + b[k] * ptm_load(d + 8);
        }
        ptm_store(out + j, s);
        ptm_store(out + j + 8, t);
    }
    for (; j < count; j += 8) {
        const ptm_8i mask = lanes < count - j;
        ptm_8f s = add ? ptm_load_masked(out + j, mask) : ptm_all(0);
        for (int k = 0; k < rows; ++k)
            s += a[k] * ptm_load_masked(PTM_HERE(p[k] + from + j), mask) +
                 b[k] * ptm_load_masked(PTM_HERE(q[k] + from + j), mask);
        __builtin_ia32_maskstoreps256((ptm_8f *)(out + j), mask, s);
    }
}

/* sum[j] += the sum over k < count of a[k] first[at[k] + j] + b[k] first[at[k] + next + j], for j < lanes. */
FN void ptm_add_pairs_avx2(float *restrict sum, PTM_GLOBAL const float *first, int next, const int *restrict at,
    const float *restrict a, const float *restrict b, int count, int lanes)
{
    const ptm_8i lane = { 0, 1, 2, 3, 4, 5, 6, 7 };
    const float *p = PTM_HERE(first), *q = p + next;
    int j = 0;
    for (; j + 32 <= lanes; j += 32) {
        ptm_8f s0 = ptm_load(sum + j), s1 = ptm_load(sum + j + 8), s2 = ptm_load(sum + j + 16), s3 = ptm_load(sum + j + 24);
        for (int k = 0; k < count; ++k) {
            const float *c = p + (at[k] + j), *d = q + (at[k] + j);
            const ptm_8f e = ptm_all(a[k]), f = ptm_all(b[k]);
            s0 += e * ptm_load(c) + f * ptm_load(d);
            s1 += e * ptm_load(c + 8) + f * ptm_load(d + 8);
            s2 += e * ptm_load(c + 16) + f * ptm_load(d + 16);
            s3 += e * ptm_load(c + 24) + f * ptm_load(d + 24);
        }
        ptm_store(sum + j, s0);
        ptm_store(sum + j + 8, s1);
        ptm_store(sum + j + 16, s2);
        ptm_store(sum + j + 24, s3);
    }
    for (; j + 16 <= lanes; j += 16) {
        ptm_8f s0 = ptm_load(sum + j), s1 = ptm_load(sum + j + 8);
        for (int k = 0; k < count; ++k) {
            const float *c = p + (at[k] + j), *d = q + (at[k] + j);
            const ptm_8f e = ptm_all(a[k]), f = ptm_all(b[k]);
            s0 += e * ptm_load(c) + f * ptm_load(d);
            s1 += e * ptm_load(c + 8) + f * ptm_load(d + 8);
        }
        ptm_store(sum + j, s0);
        ptm_store(sum + j + 8, s1);
    }
    for (; j < lanes; j += 8) {
        const ptm_8i mask = lane < lanes - j;
        ptm_8f s = ptm_load_masked(sum + j, mask);
        for (int k = 0; k < count; ++k)
            s += a[k] * ptm_load_masked(p + (at[k] + j), mask) + b[k] * ptm_load_masked(q + (at[k] + j), mask);
        __builtin_ia32_maskstoreps256((ptm_8f *)(sum + j), mask, s);
    }
}

/* Eight lanes that walk along a table: lane k is at the address `place` plus at[k]; the upper and the lower four lanes
 * count from windows of their own. */
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
                : ptm_pick_halves(
                      ptm_load_halves(t + w->lower, t + w->upper), ptm_load_halves(t + w->lower + 4, t + w->upper + 4), k);
}

FN void ptm_look_up_loop(float *restrict sum, float weight, const float *table, float x, float dx, int lanes, bool near)
{
    ptm_walk w = ptm_walk_from(x, dx, near);
    for (int z = 0; z < lanes; z += 8) {
        const ptm_8f at = ptm_one_and_part(w.place) + w.offset;
        const ptm_8i k = __builtin_ia32_cvttps2dq256(at);
        const ptm_8f f = at - __builtin_convertvector(k, ptm_8f), e = ptm_walk_pick(&w, table, k, 0, near);
        const ptm_8f next = near ? ptm_walk_pick(&w, table, k, 1, near) : ptm_walk_pick(&w, table, k + 1, 0, near);
        ptm_store(sum + z, ptm_load(sum + z) + weight * (e + f * (next - e)));
        w.place += w.by;
    }
}
/* sum[z] += weight times what lane z reads of the table at x + z dx, for z < lanes and up to seven more; |dx| <=
 * PTM_STEP_MOST. */
FN void ptm_look_up_avx2(float *restrict sum, float weight, const float *table, float x, float dx, int lanes)
{
    if (dx <= PTM_STEP_NEAR && dx >= -PTM_STEP_NEAR) ptm_look_up_loop(sum, weight, table, x, dx, lanes, true);
    else ptm_look_up_loop(sum, weight, table, x, dx, lanes, false);
}

FN void ptm_boxes_loop(
    float *restrict sum, const float *table, float x, float dx, float size, int lanes, bool near, bool three)
{
    const ptm_8f one = ptm_all(1), width = ptm_all(size);
    ptm_walk w = ptm_walk_from(x, dx, near);
    for (int z = 0; z < lanes; z += 8) {
        const ptm_8f at = ptm_one_and_part(w.place) + w.offset;
        const ptm_8i k = __builtin_ia32_cvttps2dq256(at);
        const ptm_8f in_first = __builtin_ia32_minps256(one - (at - __builtin_convertvector(k, ptm_8f)), width),
                     rest = width - in_first;
        const ptm_8f first = ptm_walk_pick(&w, table, k, 0, near);
        const ptm_8f next = near ? ptm_walk_pick(&w, table, k, 1, near) : ptm_walk_pick(&w, table, k + 1, 0, near);
        const ptm_8f in_next = three ? __builtin_ia32_minps256(rest, one) : rest;
        ptm_8f s = ptm_load(sum + z) + in_first * first + in_next * next;
        if (three) s += (rest - in_next) * ptm_walk_pick(&w, table, k, 2, near);
        ptm_store(sum + z, s);
        w.place += w.by;
    }
}
/* sum[z] += the integral of the table, whose element k reaches from k to k + 1, over `size` = |dx| from x + z dx on, for z
 * < lanes and up to seven more; size <= PTM_STEP_MOST. */
FN void ptm_boxes_avx2(float *restrict sum, const float *table, float x, float dx, float size, int lanes)
{
    if (size <= PTM_STEP_NEAR) ptm_boxes_loop(sum, table, x, dx, size, lanes, true, false);
    else if (size <= 1) ptm_boxes_loop(sum, table, x, dx, size, lanes, false, false);
    else ptm_boxes_loop(sum, table, x, dx, size, lanes, false, true);
}

FN void ptm_gather_loop(float *restrict sums, bool add, const float *table, float t, float r, float size, int lanes,
    int taps, bool near, bool shared)
{
    const ptm_8i sign = (ptm_8i)ptm_all(-0.0f);
    const ptm_8f one = ptm_all(1), zero = ptm_all(0);
    ptm_walk w = ptm_walk_from(t, r, near);
    for (int z = 0; z < lanes; z += 8) {
        const ptm_8f at = ptm_one_and_part(w.place) + w.offset;
        const ptm_8i k = __builtin_ia32_cvttps2dq256(at);
        const float *p = table + (ptm_whole(w.place) + 1);
        const ptm_8f a = ptm_load_halves(p + w.lower, p + w.upper), b = ptm_load_halves(p + w.lower + 4, p + w.upper + 4);
        ptm_8f d = (size - one) - size * (at - __builtin_convertvector(k, ptm_8f)), s = add ? ptm_load(sums + z) : zero;
        PTM_UNROLL_FULLY for (int tap = 0; tap < taps; ++tap) {
            const ptm_8f distance = tap == taps - 1 ? d : (ptm_8f)((ptm_8i)d & ~sign); /* the last is never in front */
            s = s + __builtin_ia32_maxps256(one - distance, zero) *
                        (shared ? ptm_pick_halves(a, b, k + tap) : ptm_walk_pick(&w, table, k, tap + 1, near));
            d = d + size;
        }
        ptm_store(sums + z, s);
        w.place += w.by;
    }
}
/* sums[z] = (add ? sums[z] : 0) + the first `taps` elements behind t + z r of the table, weighted with 1 - |d| where that
 * is positive; the n-th behind is at d = size n - 1. For z < lanes and up to seven more; |r| <= PTM_STEP_MOST, taps 1 to
 * 4. */
FN void ptm_gather_avx2(
    float *restrict sums, bool add, const float *table, float t, float r, float size, int lanes, int taps)
{
    const bool near = r <= PTM_STEP_NEAR && r >= -PTM_STEP_NEAR;
    if (near && taps <= 2) ptm_gather_loop(sums, add, table, t, r, size, lanes, 2, true, false);
    else if (taps <= 3 && r < 1.33f && r > -1.33f) ptm_gather_loop(sums, add, table, t, r, size, lanes, 3, false, true);
    else ptm_gather_loop(sums, add, table, t, r, size, lanes, 4, false, false);
}

/* Eight lanes that read a table each at its own whole place k: their places counted from the least, which is at `from`, if
 * they are in order and no further apart than `span`. If it is 7 or 15 by turns, processors do not foresee the branch; with
 * `wide` it is never 7, which is better where the window serves for a single pick. */
typedef struct ptm_window { ptm_8i k; int from, span; } ptm_window;
FN ptm_window ptm_window_of(ptm_8i k, bool wide)
{
    const int first = k[0], last = k[7];
    ptm_window w;
    w.from = first < last ? first : last;
    w.k = k - w.from;
    const ptm_8i far = w.k > 7, out = (w.k > 15) | (w.k < 0);
    w.span = __builtin_ia32_movmskps256((ptm_8f)out) != 0 ? 16
        : wide || __builtin_ia32_movmskps256((ptm_8f)far) != 0 ? 15 : 7;
    return w;
}
FN ptm_8f ptm_window_pick(const ptm_window *w, const float *table, int m)
{
    const float *t = table + (w->from + m);
    if (w->span == 7) return ptm_pick(ptm_load(t), w->k);
    if (w->span == 15)
        return __builtin_ia32_blendvps256(
            ptm_pick(ptm_load(t), w->k), ptm_pick(ptm_load(t + 8), w->k), (ptm_8f)(w->k << 28));
    ptm_8f x;
    for (int i = 0; i < 8; ++i) x[i] = t[w->k[i]];
    return x;
}

/* value[z] = what the table has at place[z] + front, which is clamped to 0 to end, for z < lanes; `whole` if places are. */
FN void ptm_row_samples_avx2(
    float *value, const float *table, const float *place, bool whole, float front, float end, int lanes)
{
    const ptm_8i count = { 0, 1, 2, 3, 4, 5, 6, 7 };
    const ptm_8f zero = ptm_all(0), most = ptm_all(end);
    for (int z = 0; z < lanes; z += 8) {
        const ptm_8i mask = count < lanes - z;
        const ptm_8f p = lanes - z < 8 ? ptm_load_masked(place + z, mask) : ptm_load(place + z);
        const ptm_8f c = __builtin_ia32_maxps256(__builtin_ia32_minps256(p + front, most), zero);
        const ptm_8i k = __builtin_ia32_cvttps2dq256(c);
        const ptm_window w = ptm_window_of(k, whole);
        const ptm_8f e = ptm_window_pick(&w, table, 0), f = c - __builtin_convertvector(k, ptm_8f);
        const ptm_8f x = whole ? e : e + f * (ptm_window_pick(&w, table, 1) - e);
        if (lanes - z < 8) __builtin_ia32_maskstoreps256((ptm_8f *)(value + z), mask, x);
        else ptm_store(value + z, x);
    }
}

/* sum[z] += the table's elements k, weighted with 1 - |place[k] + slope[k] (s + z ds) - (t + z dt)| where that is positive,
 * for z < lanes; those are among the first `taps` from lowest[z] + front on, which is clamped to 0 to n + 1. */
FN void ptm_add_crossing_avx2(float *restrict sum, const float *table, const float *place, const float *slope, int n,
    const float *restrict lowest, float front, int taps, float s, float ds, float t, float dt, int lanes)
{
    const ptm_8i count = { 0, 1, 2, 3, 4, 5, 6, 7 }, sign = (ptm_8i)ptm_all(-0.0f);
    const ptm_8f lane = { 0, 1, 2, 3, 4, 5, 6, 7 }, zero = ptm_all(0), one = ptm_all(1), most = ptm_all((float)n);
    for (int z = 0; z < lanes; z += 8) {
        const ptm_8i mask = count < lanes - z;
        const ptm_8f c = ptm_load_masked(lowest + z, mask) + front;
        if (__builtin_ia32_movmskps256((ptm_8f)(mask & (c < most) & (c > (float)-taps))) == 0) continue;
        const ptm_8i k = __builtin_ia32_cvttps2dq256(__builtin_ia32_maxps256(__builtin_ia32_minps256(c, most), zero));
        const ptm_window w = ptm_window_of(k, false);
        const ptm_8f sz = s + ds * (lane + (float)z), tz = t + dt * (lane + (float)z);
        ptm_8f x = zero;
        for (int tap = 0; tap < taps; ++tap) {
            const ptm_8f d = ptm_window_pick(&w, place, tap) + ptm_window_pick(&w, slope, tap) * sz - tz;
            x += __builtin_ia32_maxps256(one - (ptm_8f)((ptm_8i)d & ~sign), zero) * ptm_window_pick(&w, table, tap);
        }
        x = (ptm_8f)((ptm_8i)x & mask);
        if (lanes - z < 8) __builtin_ia32_maskstoreps256((ptm_8f *)(sum + z), mask, ptm_load_masked(sum + z, mask) + x);
        else ptm_store(sum + z, ptm_load(sum + z) + x);
    }
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
FN void ptm_sample_slice_avx2(float *restrict value, PTM_GLOBAL const float *f, int na, int nb, int pitch,
    const float *restrict a, const float *restrict b, int lanes)
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
/* Shuffles by the names of the instructions. */
#define PTM_UNPACK_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define PTM_UNPACK_HIGH(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define PTM_LOW_HALVES(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define PTM_HIGH_HALVES(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)
#define PTM_LOW_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define PTM_HIGH_PAIRS(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define PTM_EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14)
#define PTM_ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15)

/* Eight rows of eight, transposed. */
FN void ptm_transpose8(ptm_8f v[8])
{
    ptm_8f t[8], u[8];
    for (int i = 0; i < 8; i += 2) {
        t[i] = PTM_UNPACK_LOW(v[i], v[i + 1]);
        t[i + 1] = PTM_UNPACK_HIGH(v[i], v[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int k = 0; k < 2; ++k) {
            u[i + 2 * k] = PTM_LOW_PAIRS(t[i + k], t[i + k + 2]);
            u[i + 2 * k + 1] = PTM_HIGH_PAIRS(t[i + k], t[i + k + 2]);
        }
    for (int i = 0; i < 4; ++i) {
        v[i] = PTM_LOW_HALVES(u[i], u[i + 4]);
        v[i + 4] = PTM_HIGH_HALVES(u[i], u[i + 4]);
    }
}
/* interleave() of eight rows up to the last whole vector; how many z are done. */
FN int ptm_interleave8_avx2(float *to, const float *from, int pitch, int n)
{
    int z = 0;
    for (; z + 8 <= n; z += 8) {
        ptm_8f v[8];
        for (int c = 0; c < 8; ++c) v[c] = ptm_load(from + c * pitch + z);
        ptm_transpose8(v);
        for (int c = 0; c < 8; ++c) ptm_store(to + 8 * (z + c), v[c]);
    }
    return z;
}
/* The same of separate() and put_together(). */
FN int ptm_separate_avx2(float *re, float *im, const float *from, int n)
{
    int z = 0;
    for (; z + 8 <= n; z += 8) {
        const ptm_8f a = ptm_load(from + 2 * z), b = ptm_load(from + 2 * z + 8);
        const ptm_8f low = PTM_LOW_HALVES(a, b), high = PTM_HIGH_HALVES(a, b);
        ptm_store(re + z, PTM_EVEN(low, high));
        ptm_store(im + z, PTM_ODD(low, high));
    }
    return z;
}
FN int ptm_put_together_avx2(float *to, const float *re, const float *im, int n, float alpha, float beta)
{
    int z = 0;
    for (; z + 8 <= n; z += 8) {
        const ptm_8f a = alpha * ptm_load(re + z), b = alpha * ptm_load(im + z);
        const ptm_8f low = PTM_UNPACK_LOW(a, b), high = PTM_UNPACK_HIGH(a, b);
        ptm_8f first = PTM_LOW_HALVES(low, high), second = PTM_HIGH_HALVES(low, high);
        if (beta != 0) {
            first += beta * ptm_load(to + 2 * z);
            second += beta * ptm_load(to + 2 * z + 8);
        }
        ptm_store(to + 2 * z, first);
        ptm_store(to + 2 * z + 8, second);
    }
    return z;
}
#endif
