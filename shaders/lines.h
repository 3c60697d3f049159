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
 *   VOLUME_SAMPLES(z, from, to, value, f, axis, i, a, b) the same as STACK_SAMPLES at the whole place i of `axis` and L(a,
 *                                                        z) and L(b, z) of the other two, lower axis first */
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

/* Built-in functions are avoided here: a call to fabs keeps some OpenCL compilers from vectorising a loop. */
FN real ptm_hat(real d)
{
    const real w = d < REAL(0) ? REAL(1) + d : REAL(1) - d;
    return w > REAL(0) ? w : REAL(0);
}

/* Lines are noted down and added a little later, several together.  What a line needs first is a chain of slow operations,
 * which processors work out for several lines at a time; and rows that the same lanes read at the same places, as those of
 * parallel beams are, are blended into one before it is read. */
#define PTM_LINES_NOTED 16
#define PTM_ROWS_NOTED 64
STRUCT(ptm_noted) /* lane k of `lanes` reads the rows at from + x + k dx, and only `count` elements of them */
{
    real *sum;
    real x, dx;
    int lanes, from, count, first_row;
};
STRUCT(ptm_notes)
{
    int lines, rows;
    real *sum; /* of the last line as it was asked for */
    real x, dx;
    ptm_noted line[PTM_LINES_NOTED];
    creals p[PTM_ROWS_NOTED], q[PTM_ROWS_NOTED];
    real a[PTM_ROWS_NOTED], b[PTM_ROWS_NOTED];
};

#define PTM_TABLE 2048
#ifndef PTM_AVX2
#define PTM_TABLE_FRONT 0
#define PTM_TABLE_BACK 0
#define PTM_PREFETCH(p)
#endif

/* out[j] = the sum of the rows' elements from + j; or that is added. */
FN void ptm_blend(real *restrict out, bool add, const ptm_notes *restrict notes, int first, int end, int from, int count)
{
#ifdef PTM_AVX2
    if (add || end - first > 1) {
        ptm_blend_avx2(
            out, add, notes->p + first, notes->q + first, notes->a + first, notes->b + first, end - first, from, count);
        return;
    }
#endif
    for (int k = first; k < end; ++k) {
        creals p = notes->p[k] + from;
        creals q = notes->q[k] + from;
        const real a = notes->a[k], b = notes->b[k];
        if (add || k > first) {
            PTM_SIMD for (int j = 0; j < count; ++j) out[j] += a * p[j] + b * q[j];
        } else {
            PTM_SIMD for (int j = 0; j < count; ++j) out[j] = a * p[j] + b * q[j];
        }
    }
}
FN void ptm_add_noted(const ptm_notes *restrict notes, int line)
{
    const ptm_noted l = notes->line[line];
    const int end = line + 1 < notes->lines ? notes->line[line + 1].first_row : notes->rows;
    real *restrict sum = l.sum;
    if (l.lanes <= 0) return;
    if (l.dx == REAL(1) && l.x == REAL(0)) {
        ptm_blend(sum, true, notes, l.first_row, end, l.from, l.lanes);
        return;
    }
    real memory[PTM_TABLE_FRONT + PTM_TABLE + PTM_TABLE_BACK], *restrict table = memory + PTM_TABLE_FRONT;
    if (l.count <= PTM_TABLE) {
        ptm_blend(table, false, notes, l.first_row, end, l.from, l.count);
        if (l.dx == REAL(1)) {
            PTM_SIMD for (int z = 0; z < l.lanes; ++z) sum[z] += table[z] + l.x * (table[z + 1] - table[z]);
            return;
        }
#ifdef PTM_AVX2
        if (l.dx <= PTM_STEP_MOST && l.dx >= -PTM_STEP_MOST) {
            ptm_clear_around(table, l.count);
            ptm_look_up_avx2(sum, 1, table, l.x, l.dx, l.lanes);
            return;
        }
#endif
        PTM_SIMD for (int z = 0; z < l.lanes; ++z) {
            const real c = l.x + REAL(z) * l.dx;
            const int j = INT(c);
            sum[z] += table[j] + (c - REAL(j)) * (table[j + 1] - table[j]);
        }
    } else { /* rows much longer than the lanes are many */
        for (int k = l.first_row; k < end; ++k)
            for (int z = 0; z < l.lanes; ++z) {
                const real c = l.x + REAL(z) * l.dx;
                const int j = INT(c);
                creals p = notes->p[k] + l.from + j;
                creals q = notes->q[k] + l.from + j;
                sum[z] += notes->a[k] * (p[0] + (c - REAL(j)) * (p[1] - p[0])) +
                          notes->b[k] * (q[0] + (c - REAL(j)) * (q[1] - q[0]));
            }
    }
}
FN void ptm_add_all_noted(ptm_notes *restrict notes)
{
    for (int k = 0; k < notes->lines; ++k) ptm_add_noted(notes, k);
    notes->lines = 0;
    notes->rows = 0;
}
/* Lanes from lo to below hi with low < x + z dx < high. */
STRUCT(ptm_met) { int first, last; };
FN ptm_met ptm_lanes_within(real x, real dx, real low, real high, int lo, int hi)
{
    ptm_met l = { 0, 0 };
    real first = REAL(lo), last = REAL(hi - 1);
    if (dx != REAL(0)) {
        const real t = REAL(1) / dx, a = (low - x) * t, b = (high - x) * t;
        first = max(first, min(a, b));
        last = min(last, max(a, b));
    } else if (!(x > low && x < high)) {
        return l;
    }
    if (!(first <= last)) return l;
    l.first = INT(ceil(first));
    l.last = INT(last) + 1;
    return l;
}

FN ptm_noted ptm_meet(real *sum, int n, real x, real dx, int lo, int hi)
{
    ptm_noted l = { sum, x, dx, 0, 0, 0, 0 };
    const ptm_met met = ptm_lanes_within(x, dx, REAL(-1), REAL(n), lo, hi);
    if (met.last <= met.first) return l;
    l.sum = sum + (met.first - lo);
    l.lanes = met.last - met.first;
    /* The part of the row that they read; rounding may take a place just beyond the margin. */
    const real end = REAL(n + FIELD_FRONT), start = clamp(x + REAL(met.first) * dx + REAL(FIELD_FRONT), REAL(0), end);
    const real stop = clamp(start + REAL(l.lanes - 1) * dx, REAL(0), end);
    l.from = INT(min(start, stop));
    l.count = INT(max(start, stop)) + 3 - l.from;
    l.x = start - REAL(l.from);
    return l;
}
FN void ptm_note_line(ptm_notes *restrict notes, real *sum, ptm_rows r, real x, real dx, int lo, int hi)
{
    if (notes->rows == PTM_ROWS_NOTED) ptm_add_all_noted(notes);
    if (notes->lines == 0 || sum != notes->sum || x != notes->x || dx != notes->dx) {
        if (notes->lines == PTM_LINES_NOTED) ptm_add_all_noted(notes);
        ptm_noted l = ptm_meet(sum, r.n, x, dx, lo, hi);
        l.first_row = notes->rows;
        notes->line[notes->lines] = l;
        notes->lines += 1;
        notes->sum = sum;
        notes->x = x;
        notes->dx = dx;
    }
    const int k = notes->rows;
    notes->p[k] = r.p;
    notes->q[k] = r.q;
    notes->a[k] = r.a;
    notes->b[k] = r.b;
    notes->rows = k + 1;
    const ptm_noted *l = &notes->line[notes->lines - 1];
    if (k == 0 || (r.p != notes->p[k - 1] && r.p != notes->q[k - 1]))
        for (int j = 0; j < l->count; j += 16) PTM_PREFETCH(r.p + (l->from + j));
    if (k == 0 || (r.q != notes->p[k - 1] && r.q != notes->q[k - 1]))
        for (int j = 0; j < l->count; j += 16) PTM_PREFETCH(r.q + (l->from + j));
}
#define ADD_STACK_LINE(z, sum, w, f, s, i, x, dx) ADD_VOLUME_LINE(z, sum, w, f, 1, s, i, x, dx)
#define ADD_VOLUME_LINE(z, sum, w, f, axis, s, i, x, dx) \
    ptm_note_line(ptm_memory, sum, ptm_rows_at(f, axis, w, s, i), x, dx, ptm_lo, ptm_hi)

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
