/* lines.h - words for sampling: fields, and lines through them.
 *
 * A *field* is an array that is sampled linearly and is zero outside.  Axis 0 is the fastest.
 *   stack    planes that are sampled each by itself: bilinear in axes 0 and 1, a whole plane number on axis 2
 *   volume   sampled in all three axes
 * In memory a field stands in a margin of zeros (enum below), so that clamping a place to the margin is all the
 * bounds check there is.  With PTM_TEXTURE a field is a texture and the device's units sample it: there, weights may have
 * as few as 8 bits.
 *
 * A *line* of a field is what the lanes of an item read of it: along axis 0, at places linear in the lane.
 *   STACK_LINE(l, w, f, s, i, x, dx)           in plane i, at place s of axis 1, times w; lane z reads at x + z dx
 *   VOLUME_LINE(l, w, f, axis, s, i, x, dx)    the same at place s of axis 1 or 2 and the whole place i of the other
 *   EACH_IN(z, l) statement                    for every lane that meets the line
 *   STACK_AT(l, f, z), VOLUME_AT(l, f, z)      what lane z reads
 * In the wide form the two rows beside s are blended once, where lanes will read, and the lanes interpolate in one table.
 *
 * Single places, for geometries that have no such lines:
 *   STACK_SAMPLE(f, i, x, s)                   plane i, at (x, s) of axes 0 and 1
 *   VOLUME_SAMPLE(f, axis, i, a, b)            whole place i of `axis`, places a and b of the other two, lower axis first */
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

STRUCT(ptm_line) { real w, place, step, second, third; };
FN ptm_line ptm_make_line(real w, real place, real step, real second, real third)
{
    ptm_line l;
    l.w = w;
    l.place = place;
    l.step = step;
    l.second = second;
    l.third = third;
    return l;
}
#define STACK_LINE(l, w, f, s, i, x, dx) ptm_line l = ptm_make_line(w, x, dx, s, REAL(i))
#define VOLUME_LINE(l, w, f, axis, s, i, x, dx) \
    ptm_line l = ptm_make_line(w, x, dx, (axis) == 1 ? (s) : REAL(i), (axis) == 1 ? REAL(i) : (s))
#define EACH_IN(z, l) EACH(z)
#define STACK_AT(l, f, z) (l.w * PTM_SAMPLE_STACK(f, l.place + REAL(z) * l.step, l.second, l.third))
#define VOLUME_AT(l, f, z) (l.w * PTM_SAMPLE_VOLUME(f, l.place + REAL(z) * l.step, l.second, l.third))
#define STACK_SAMPLE(f, i, x, s) PTM_SAMPLE_STACK(f, x, s, REAL(i))
#define VOLUME_SAMPLE(f, axis, i, a, b) PTM_SAMPLE_VOLUME(f, ((axis) == 0 ? REAL(i) : (a)), \
    ((axis) == 0 ? (a) : (axis) == 1 ? REAL(i) : (b)), ((axis) == 2 ? REAL(i) : (b)))

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

/* One element of a field in memory, axis 2 first. */
#define FIELD_AT(f, i2, i1, i0) \
    AT(f.p, SIZE((i2) + f.front) * SIZE(f.plane) + SIZE(((i1) + FIELD_FRONT) * f.pitch + (i0) + FIELD_FRONT))

/* Bilinear in a plane that begins at p, at a place counted from the margin's corner. */
FN real ptm_bilinear(creals p, real a, real b, int na, int nb, int pitch_a, int pitch_b)
{
    a = clamp(a + REAL(FIELD_FRONT), REAL(0), REAL(na + FIELD_FRONT));
    b = clamp(b + REAL(FIELD_FRONT), REAL(0), REAL(nb + FIELD_FRONT));
    int i = INT(a), j = INT(b);
    real s = a - REAL(i), t = b - REAL(j);
    creals q = p + (SIZE(i) * SIZE(pitch_a) + SIZE(j) * SIZE(pitch_b));
    real lower = AT(q, 0) + s * (AT(q, pitch_a) - AT(q, 0));
    real upper = AT(q, pitch_b) + s * (AT(q, pitch_a + pitch_b) - AT(q, pitch_b));
    return lower + t * (upper - lower);
}
FN real ptm_stack_sample(ptm_field f, int i, real x, real s)
{
    return ptm_bilinear(f.p + SIZE(i) * SIZE(f.plane), x, s, f.n0, f.n1, 1, f.pitch);
}
FN real ptm_volume_sample(ptm_field f, int axis, int i, real a, real b)
{
    int step = axis == 0 ? 1 : axis == 1 ? f.pitch : f.plane;
    return ptm_bilinear(f.p + SIZE(i + FIELD_FRONT) * SIZE(step), a, b, axis == 0 ? f.n1 : f.n0,
        axis == 2 ? f.n1 : f.n2, axis == 0 ? f.pitch : 1, axis == 2 ? f.pitch : f.plane);
}
#define STACK_SAMPLE(f, i, x, s) ptm_stack_sample(f, i, x, s)
#define VOLUME_SAMPLE(f, axis, i, a, b) ptm_volume_sample(f, axis, i, a, b)

#ifdef PTM_WIDE

/* Lanes first to last - 1 meet a line; lane z reads its table at x + z dx, which is not negative. */
STRUCT(ptm_span) { int first, last; real x, dx; };
#define PTM_TABLE 2048

FN ptm_span ptm_fill(real *restrict table, ptm_rows r, real x, real dx, int lo, int hi)
{
    ptm_span s = { 0, 0, 0, 0 };
    real first = REAL(lo), last = REAL(hi - 1);
    if (dx != REAL(0)) {
        real a = (REAL(-1) - x) / dx, b = (REAL(r.n) - x) / dx;
        first = max(first, min(a, b));
        last = min(last, max(a, b));
    } else if (!(x > REAL(-1) && x < REAL(r.n))) {
        return s;
    }
    if (!(first <= last)) return s;
    s.first = INT(ceil(first));
    s.last = INT(last) + 1;
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
#define STACK_LINE(l, w, f, s, i, x, dx) VOLUME_LINE(l, w, f, 1, s, i, x, dx)
#define VOLUME_LINE(l, w, f, axis, s, i, x, dx) \
    real l[PTM_TABLE]; \
    const ptm_span l##_span = ptm_fill(l, ptm_rows_at(f, axis, w, s, i), x, dx, ptm_lo, ptm_hi)
#define EACH_IN(z, l) PTM_SIMD for (int z = l##_span.first; z < l##_span.last; ++z)
#define STACK_AT(l, f, z) ptm_lookup(l, l##_span.x + REAL(z) * l##_span.dx)
#define VOLUME_AT(l, f, z) ptm_lookup(l, l##_span.x + REAL(z) * l##_span.dx)

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
#define STACK_LINE(l, w, f, s, i, x, dx) VOLUME_LINE(l, w, f, 1, s, i, x, dx)
#define VOLUME_LINE(l, w, f, axis, s, i, x, dx) ptm_line l = ptm_make_line(ptm_rows_at(f, axis, w, s, i), x, dx)
#define EACH_IN(z, l) EACH(z)
#define STACK_AT(l, f, z) ptm_line_at(l, REAL(z))
#define VOLUME_AT(l, f, z) ptm_line_at(l, REAL(z))

#endif

#endif
#endif
