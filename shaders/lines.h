/* lines.h - words for sampling: fields, and lines through them.
 *
 * A *field* is an array that is sampled linearly and is zero outside.  Axis 0 is the fastest.
 *   stack    planes that are sampled each by itself: bilinear in axes 0 and 1, a whole plane number on axis 2
 *   volume   sampled in all three axes
 * In memory a field stands in a margin of zeros (field_layout.h), so that clamping a place to the margin is all the
 * bounds check there is.  With PTM_TEXTURE a field is a texture and the device's units sample it: there, weights may have
 * as few as 8 bits.
 *
 * A *line* of a field is what the lanes of an item read of it: along axis 0, at places linear in the lane.
 *   ADD_STACK_LINE(z, sum, w, f, s, i, x, dx)            L(sum, z) += w times what lane z reads at x + z dx, in plane i
 *                                                        and at place s of axis 1
 *   ADD_VOLUME_LINE(z, sum, w, f, axis, s, i, x, dx)     the same at place s of axis 1 or 2 and the whole place i of the
 *                                                        other
 * In the wide form the two rows beside s are blended once for all lanes.
 *
 * Places of their own, for geometries that have no such lines:
 *   STACK_SAMPLES(z, from, to, value, f, i, x, s)        L(value, z) of the lanes from <= z < to becomes what plane i has
 *                                                        at (L(x, z), L(s, z)) of axes 0 and 1
 *   VOLUME_SAMPLE(f, x, y, z)                            what a volume has at places of axes 0, 1 and 2; a value
 *   VOLUME_SAMPLES(z, from, to, value, f, axis, i, a, b) the same as STACK_SAMPLES at the whole place i of `axis` and L(a, z) and L(b, z) of
 *                                                        the other two, lower axis first */
#ifndef PTM_SHADERS_LINES_H
#define PTM_SHADERS_LINES_H

#include "field_layout.h"

#if defined PTM_TEXTURE && defined PTM_TARGET_OPENCL
__constant sampler_t ptm_border = CLK_NORMALIZED_COORDS_FALSE | CLK_ADDRESS_CLAMP | CLK_FILTER_LINEAR;
#define PTM_SAMPLE_STACK(f, x, y, i) read_imagef(f, ptm_border, (float4)((x) + 0.5f, (y) + 0.5f, (i), 0.0f)).s0
#define PTM_SAMPLE_VOLUME(f, x, y, z) read_imagef(f, ptm_border, (float4)((x) + 0.5f, (y) + 0.5f, (z) + 0.5f, 0.0f)).s0
#elif defined PTM_TEXTURE && defined PTM_TARGET_GLSL
#define PTM_SAMPLE_STACK(f, x, y, i) \
    textureLod(f, vec3((vec2(x, y) + 0.5) / vec2(textureSize(f, 0).xy), float(i)), 0.0)[0]
#define PTM_SAMPLE_VOLUME(f, x, y, z) textureLod(f, (vec3(x, y, z) + 0.5) / vec3(textureSize(f, 0)), 0.0)[0]
#elif defined PTM_TEXTURE
#define PTM_SAMPLE_STACK(f, x, y, i) ptm_sample_stack(f, (x) + 0.5f, (y) + 0.5f, INT(i))
#define PTM_SAMPLE_VOLUME(f, x, y, z) ptm_sample_volume(f, (x) + 0.5f, (y) + 0.5f, (z) + 0.5f)
#endif

#ifdef PTM_TEXTURE

#define ADD_STACK_LINE(z, sum, w, f, s, i, x, dx) \
    { \
        const real ptm_w = w, ptm_x = x, ptm_dx = dx, ptm_s = s, ptm_i = REAL(i); \
        EACH(z) L(sum, z) += ptm_w * PTM_SAMPLE_STACK(f, ptm_x + REAL(z) * ptm_dx, ptm_s, ptm_i); \
    }
#define ADD_VOLUME_LINE(z, sum, w, f, axis, s, i, x, dx) \
    { \
        const real ptm_w = w, ptm_x = x, ptm_dx = dx; \
        const real ptm_s = (axis) == 1 ? (s) : REAL(i), ptm_i = (axis) == 1 ? REAL(i) : (s); \
        EACH(z) L(sum, z) += ptm_w * PTM_SAMPLE_VOLUME(f, ptm_x + REAL(z) * ptm_dx, ptm_s, ptm_i); \
    }
#define VOLUME_SAMPLE(f, x, y, z) PTM_SAMPLE_VOLUME(f, x, y, z)
#define STACK_SAMPLES(z, from, to, value, f, i, x, s) \
    EACH_FROM(z, from, to) L(value, z) = PTM_SAMPLE_STACK(f, L(x, z), L(s, z), REAL(i));
#define VOLUME_SAMPLES(z, from, to, value, f, axis, i, a, b) \
    EACH_FROM(z, from, to) L(value, z) = PTM_SAMPLE_VOLUME(f, ((axis) == 0 ? REAL(i) : L(a, z)), \
        ((axis) == 0 ? L(a, z) : (axis) == 1 ? REAL(i) : L(b, z)), ((axis) == 2 ? REAL(i) : L(b, z)));

#else

/* The two rows beside a place of axis 1 or 2, and their weights; n is the length of a row. */
STRUCT(ptm_rows) { creals p, q; real a, b; int n; };
FN ptm_rows ptm_rows_at(ptm_field f, int axis, real w, real s, int i)
{
    ptm_rows r;
    real place = clamp(s + REAL(FIELD_FRONT), REAL(0), REAL((axis == 1 ? f.n1 : f.n2) + FIELD_FRONT));
    int j = INT(place);
    if (axis == 1) {
        r.p = f.p + (SIZE(i + f.front) * SIZE(f.plane) + SIZE(j) * SIZE(f.pitch));
        r.q = r.p + SIZE(f.pitch);
    } else {
        r.p = f.p + (SIZE(j) * SIZE(f.plane) + SIZE(i + FIELD_FRONT) * SIZE(f.pitch));
        r.q = r.p + SIZE(f.plane);
    }
    r.b = w * (place - REAL(j));
    r.a = w - r.b;
    r.n = f.n0;
    return r;
}

/* A slice of a field: planes of a stack, or slices across any axis of a volume; a and b are its axes, lower first. */
STRUCT(ptm_slice) { creals p; int na, nb, pitch_a, pitch_b; };
FN ptm_slice ptm_stack_slice(ptm_field f, int i)
{
    ptm_slice s;
    s.p = f.p + SIZE(i) * SIZE(f.plane);
    s.na = f.n0;
    s.nb = f.n1;
    s.pitch_a = 1;
    s.pitch_b = f.pitch;
    return s;
}
FN ptm_slice ptm_volume_slice(ptm_field f, int axis, int i)
{
    ptm_slice s;
    s.p = f.p + SIZE(i + FIELD_FRONT) * SIZE(axis == 0 ? 1 : axis == 1 ? f.pitch : f.plane);
    s.na = axis == 0 ? f.n1 : f.n0;
    s.nb = axis == 2 ? f.n1 : f.n2;
    s.pitch_a = axis == 0 ? f.pitch : 1;
    s.pitch_b = axis == 2 ? f.pitch : f.plane;
    return s;
}

/* Bilinear in a slice; blocks have less than 2^31 elements. */
FN real ptm_bilinear(ptm_slice f, real a, real b)
{
    a = clamp(a + REAL(FIELD_FRONT), REAL(0), REAL(f.na + FIELD_FRONT));
    b = clamp(b + REAL(FIELD_FRONT), REAL(0), REAL(f.nb + FIELD_FRONT));
    int i = INT(a), j = INT(b);
    real s = a - REAL(i), t = b - REAL(j);
    int k = i * f.pitch_a + j * f.pitch_b;
    real lower = AT(f.p, k) + s * (AT(f.p, k + f.pitch_a) - AT(f.p, k));
    k += f.pitch_b;
    real upper = AT(f.p, k) + s * (AT(f.p, k + f.pitch_a) - AT(f.p, k));
    return lower + t * (upper - lower);
}

FN real ptm_trilinear(ptm_field f, real x, real y, real z)
{
    z = clamp(z + REAL(FIELD_FRONT), REAL(0), REAL(f.n2 + FIELD_FRONT));
    const int k = INT(z);
    const real lower = ptm_bilinear(ptm_volume_slice(f, 2, k - FIELD_FRONT), x, y);
    const real upper = ptm_bilinear(ptm_volume_slice(f, 2, k + 1 - FIELD_FRONT), x, y);
    return lower + (z - REAL(k)) * (upper - lower);
}
#define VOLUME_SAMPLE(f, x, y, z) ptm_trilinear(f, x, y, z)

#ifdef PTM_WIDE
FN void ptm_sample_slice(real *restrict value, ptm_slice f, const real *restrict a, const real *restrict b, int lanes)
{
#ifdef PTM_AVX2
    if (f.pitch_a == 1) {
        ptm_sample_slice_avx2(value, f.p, f.na, f.nb, f.pitch_b, a, b, lanes);
        return;
    }
#endif
    PTM_SIMD for (int z = 0; z < lanes; ++z) value[z] = ptm_bilinear(f, a[z], b[z]);
}
#define PTM_SAMPLES(z, from, to, value, slice, a, b) \
    { \
        const int ptm_from = max(ptm_lo, from), ptm_to = min(ptm_hi, to); \
        if (ptm_from < ptm_to) \
            ptm_sample_slice(&L(value, ptm_from), slice, &L(a, ptm_from), &L(b, ptm_from), ptm_to - ptm_from); \
    }
#else
#define PTM_SAMPLES(z, from, to, value, slice, a, b) \
    { \
        ptm_slice ptm_s = slice; \
        EACH_FROM(z, from, to) L(value, z) = ptm_bilinear(ptm_s, L(a, z), L(b, z)); \
    }
#endif
#define STACK_SAMPLES(z, from, to, value, f, i, x, s) PTM_SAMPLES(z, from, to, value, ptm_stack_slice(f, i), x, s)
#define VOLUME_SAMPLES(z, from, to, value, f, axis, i, a, b) \
    PTM_SAMPLES(z, from, to, value, ptm_volume_slice(f, axis, i), a, b)

#ifdef PTM_WIDE

/* Lanes first to last - 1 meet a line; lane z reads its table at x + z dx, which is not negative. */
STRUCT(ptm_span) { int first, last; real x, dx; };
#define PTM_TABLE 2048

/* The lanes that meet a row of n elements. */
FN ptm_span ptm_meet(int n, real x, real dx, int lo, int hi)
{
    ptm_span s = { 0, 0, 0, 0 };
    real first = REAL(lo), last = REAL(hi - 1);
    if (dx != REAL(0)) {
        real r = REAL(1) / dx, a = (REAL(-1) - x) * r, b = (REAL(n) - x) * r;
        first = max(first, min(a, b));
        last = min(last, max(a, b));
    } else if (!(x > REAL(-1) && x < REAL(n))) {
        return s;
    }
    if (!(first <= last)) return s;
    s.first = INT(ceil(first));
    s.last = INT(last) + 1;
    return s;
}
FN ptm_span ptm_fill(real *restrict table, ptm_rows r, real x, real dx, int lo, int hi)
{
    ptm_span s = ptm_meet(r.n, x, dx, lo, hi);
    if (s.first >= s.last) return s;
    x += REAL(FIELD_FRONT);
    creals p = r.p;
    creals q = r.q;
    real e0 = x + REAL(s.first) * dx, e1 = x + REAL(s.last - 1) * dx;
    int j0 = clamp(INT(min(e0, e1)), 0, r.n + FIELD_FRONT);
    int count = clamp(INT(max(e0, e1)), 0, r.n + FIELD_FRONT) + 3 - j0;
    if (count <= PTM_TABLE) {
        PTM_SIMD for (int j = 0; j < count; ++j) table[j] = r.a * p[j0 + j] + r.b * q[j0 + j];
        s.x = x - REAL(j0);
        s.dx = dx;
        return s;
    }
    /* A row much longer than the lanes are many: put what each lane reads into the table. */
    int lanes = s.last - s.first;
    for (int k = 0; k < lanes; ++k) {
        real c = clamp(x + REAL(s.first + k) * dx, REAL(0), REAL(r.n + FIELD_FRONT));
        int j = INT(c);
        real f = c - REAL(j);
        table[k] = r.a * (p[j] + f * (p[j + 1] - p[j])) + r.b * (q[j] + f * (q[j + 1] - q[j]));
    }
    table[lanes] = 0;
    s.x = -REAL(s.first);
    s.dx = 1;
    return s;
}
FN real ptm_lookup(const real *table, real x)
{
    int i = INT(x);
    return table[i] + (x - REAL(i)) * (table[i + 1] - table[i]);
}
FN void ptm_add_line(real *restrict sum, ptm_rows r, real x, real dx, int ptm_lo, int ptm_hi)
{
#ifdef PTM_AVX2
    if (r.n >= 10 && dx < 1.99f && dx > -1.99f) {
        const ptm_span met = ptm_meet(r.n, x, dx, ptm_lo, ptm_hi);
        if (met.first < met.last)
            ptm_add_line_avx2(sum + (met.first - ptm_lo), r.p, r.q, r.a, r.b, r.n, x, dx, met.first,
                met.last);
        return;
    }
#endif
    real table[PTM_TABLE];
    const ptm_span span = ptm_fill(table, r, x, dx, ptm_lo, ptm_hi);
    PTM_SIMD for (int z = span.first; z < span.last; ++z)
        sum[z - ptm_lo] += ptm_lookup(table, span.x + REAL(z) * span.dx);
}
#define ADD_STACK_LINE(z, sum, w, f, s, i, x, dx) ADD_VOLUME_LINE(z, sum, w, f, 1, s, i, x, dx)
#define ADD_VOLUME_LINE(z, sum, w, f, axis, s, i, x, dx) \
    ptm_add_line(sum, ptm_rows_at(f, axis, w, s, i), x, dx, ptm_lo, ptm_hi)

#else

STRUCT(ptm_line) { ptm_rows rows; real x, dx; };
FN ptm_line ptm_make_line(ptm_rows rows, real x, real dx)
{
    ptm_line l;
    l.rows = rows;
    l.x = x + REAL(FIELD_FRONT);
    l.dx = dx;
    return l;
}
FN real ptm_line_at(ptm_line l, real z)
{
    real c = clamp(l.x + z * l.dx, REAL(0), REAL(l.rows.n + FIELD_FRONT));
    int j = INT(c);
    real f = c - REAL(j);
    real p = AT(l.rows.p, j) + f * (AT(l.rows.p, j + 1) - AT(l.rows.p, j));
    real q = AT(l.rows.q, j) + f * (AT(l.rows.q, j + 1) - AT(l.rows.q, j));
    return l.rows.a * p + l.rows.b * q;
}
#define ADD_STACK_LINE(z, sum, w, f, s, i, x, dx) ADD_VOLUME_LINE(z, sum, w, f, 1, s, i, x, dx)
#define ADD_VOLUME_LINE(z, sum, w, f, axis, s, i, x, dx) \
    { \
        ptm_line ptm_l = ptm_make_line(ptm_rows_at(f, axis, w, s, i), x, dx); \
        EACH(z) L(sum, z) += ptm_line_at(ptm_l, REAL(z)); \
    }

#endif

#endif
#endif
