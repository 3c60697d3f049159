/* boxes.h - the transpose of sampling slices of a volume at scattered places, for exact adjoints; fields in memory only.
 *
 * An item owns a box of voxels; a field's elements fall on places in it and are shared out among the four voxels of the
 * slice around, with the weights of bilinear reading.  Nothing is shared between items, the order is fixed.  Narrow, a box
 * is one voxel, which sums up what falls near it: a gather.  Wide, it is a tile of lines, and the elements are added one by
 * one, eight voxels at a time.
 *
 *   BEGIN, END                               as in sweep.h, line by line
 *   BOX_STEP(mine, view) { ... }             knows the box `mine` (x from x0 to below x1, ...) and uses SPREAD
 *   SPREAD(mine, axis, i, f, k, s, from, to, c, a, b)   elements v, from <= v < to, of row s, plane k of field f fall on
 *                                            slice i of the axis (z 0, x 1, y 2) at (c.a0 + v c.a1) / (c.d0 + v c.d1) and
 *                                            (c.b0 + v c.b1) / (c.d0 + v c.d1) on the other two axes, lower number first;
 *                                            voxel 0 is at a and b there
 *   BOX_SWEEP(name, column, nz, nx, ny, views)   as SWEEP */
#ifndef PTM_SHADERS_BOXES_H
#define PTM_SHADERS_BOXES_H
#define TILE_X 8
#define TILE_Y 8
#include "sweep.h"

STRUCT(box) { int x0, x1, y0, y1, z0, z1; };

FN creals ptm_row_of(ptm_field f, int k, int s)
{
    return f.p + (SIZE(k) * SIZE(f.plane) + SIZE(s + FIELD_FRONT) * SIZE(f.pitch) + SIZE(FIELD_FRONT));
}

#ifdef PTM_WIDE

/* The box's sums stand as the axis at hand likes them: slice by slice, in a slice row by row along `a`, with a row before
 * the first and two behind the last, in a row eight along `b`; or (axis -1) line by line, as sweeps have them. */
#define PTM_BOX_SUMS (8 * 11 * PTM_LANES)
#define PTM_CHUNK 64
STRUCT(ptm_boxes) { int axis, now, stride; real sums[2][PTM_BOX_SUMS]; };
STRUCT(ptm_layout) { int x, y, z, front; };
FN ptm_layout ptm_layout_of(int axis, int stride, int n)
{
    ptm_layout l = { stride, stride * TILE_X, 1, 0 };
    if (axis >= 0) {
        l.front = 8;
        l.x = axis == 0 ? 8 : axis == 1 ? 8 * (n + 3) : 1;
        l.y = axis == 2 ? 8 * (n + 3) : 1;
        l.z = axis == 0 ? 8 * 11 : 8;
    }
    return l;
}
FN void ptm_turn(ptm_boxes *restrict m, box mine, int axis)
{
    const int n = mine.z1 - mine.z0;
    const ptm_layout from = ptm_layout_of(m->axis, m->stride, n), to = ptm_layout_of(axis, m->stride, n);
    const real *p = m->sums[m->now] + from.front;
    real *q = m->sums[1 - m->now];
    const int all = axis == 0 ? 8 * 11 * n : 8 * 8 * (n + 3);
    if (axis >= 0)
        for (int i = 0; i < all; ++i) q[i] = 0;
    q += to.front;
    for (int y = 0; y < mine.y1 - mine.y0; ++y)
        for (int x = 0; x < mine.x1 - mine.x0; ++x)
            for (int z = 0; z < n; ++z) q[y * to.y + x * to.x + z * to.z] = p[y * from.y + x * from.x + z * from.z];
    m->axis = axis;
    m->now = 1 - m->now;
}
FN void ptm_spread(ptm_boxes *restrict m, box mine, int axis, int i, creals row, int from, int to, real a0, real a1,
    real b0, real b1, real d0, real d1, real first_a, real first_b)
{
    if (from >= to) return;
    if (m->axis != axis) ptm_turn(m, mine, axis);
    const int n = mine.z1 - mine.z0;
    const real top = REAL((axis == 0 ? mine.x1 - mine.x0 : n) + 1);
    const real fa = first_a + REAL((axis == 0 ? mine.x0 : mine.z0) - 1), fb = first_b + REAL(axis == 2 ? mine.x0 : mine.y0);
    real *slice = m->sums[m->now]
        + (axis == 0 ? (i - mine.z0) * (8 * 11) : (i - (axis == 1 ? mine.x0 : mine.y0)) * (8 * (n + 3)));
    int at[PTM_CHUNK];
    real b[PTM_CHUNK], lower[PTM_CHUNK], upper[PTM_CHUNK];
    for (int first = from; first < to; first += PTM_CHUNK) {
        const int count = min(PTM_CHUNK, to - first);
        PTM_SIMD for (int k = 0; k < count; ++k) {
            const real v = REAL(first + k), r = REAL(1) / (d0 + v * d1);
            real a = (a0 + v * a1) * r - fa;
            a = a > REAL(0) ? a : REAL(0);
            a = a < top ? a : top;
            const int j = INT(a);
            const real p = row[first + k], u = p * (a - REAL(j));
            at[k] = 8 * j;
            b[k] = (b0 + v * b1) * r;
            lower[k] = p - u;
            upper[k] = u;
        }
        for (int k = 0; k < count; ++k) {
            real *restrict s = slice + at[k];
            const real place = b[k], p = lower[k], q = upper[k];
            PTM_SIMD for (int c = 0; c < 8; ++c) {
                const real d = place - (fb + REAL(c)), e = REAL(1) - (d < REAL(0) ? -d : d), w = e > REAL(0) ? e : REAL(0);
                s[c] += w * p;
                s[c + 8] += w * q;
            }
        }
    }
}
#define PTM_BOX_CONTEXT ptm_boxes *restrict ptm_memory
#define SPREAD(mine, axis, i, f, k, s, from, to, c, a, b) \
    ptm_spread(ptm_memory, mine, axis, i, ptm_row_of(f, k, s), from, to, c.a0, c.a1, c.b0, c.b1, c.d0, c.d1, a, b)
#define BOX_SWEEP(name, column, nz_, nx_, ny_, views_) \
    FN void ptm_item(PTM_CONTEXT, int ptm_across, int ptm_down ARGUMENTS(PTM_PARAM)) \
    { \
        const int ptm_x = ptm_across * TILE_X, ptm_y = ptm_down * TILE_Y; \
        const box ptm_mine = { ptm_x, min(ptm_x + TILE_X, nx_), ptm_y, min(ptm_y + TILE_Y, ny_), ptm_lo, ptm_hi }; \
        column ptm_my[TILE_X * TILE_Y]; \
        ptm_boxes ptm_sums; \
        ptm_sums.axis = -1; \
        ptm_sums.now = 0; \
        ptm_sums.stride = (ptm_hi - ptm_lo + 15) / 16 * 16 + 16; \
        for (int j = 0; j < ptm_mine.y1 - ptm_y; ++j) \
            for (int i = 0; i < ptm_mine.x1 - ptm_x; ++i) \
                ptm_my[j * TILE_X + i] = ptm_begin(PTM_CONTEXT_PASS, \
                    ptm_sums.sums[0] + (j * TILE_X + i) * ptm_sums.stride, ptm_x + i, ptm_y + j ARGUMENTS(PTM_PASS_ON)); \
        for (int v = 0; v < (views_); ++v) ptm_step(&ptm_sums, ptm_mine, v ARGUMENTS(PTM_PASS_ON)); \
        if (ptm_sums.axis >= 0) ptm_turn(&ptm_sums, ptm_mine, -1); \
        for (int j = 0; j < ptm_mine.y1 - ptm_y; ++j) \
            for (int i = 0; i < ptm_mine.x1 - ptm_x; ++i) \
                ptm_end(PTM_CONTEXT_PASS, ptm_sums.sums[ptm_sums.now] + (j * TILE_X + i) * ptm_sums.stride, \
                    ptm_my[j * TILE_X + i], ptm_x + i, ptm_y + j ARGUMENTS(PTM_PASS_ON)); \
    } \
    PTM_BLOCK(name) \
    PTM_COUNT(nz_, nx_, ny_, TILE_X, TILE_Y) \
    PTM_ENTRY(name, nz_, ((nx_) + TILE_X - 1) / TILE_X, ((ny_) + TILE_Y - 1) / TILE_Y)

#else

FN box ptm_one_voxel(int x, int y, int z)
{
    box b;
    b.x0 = x;
    b.x1 = x + 1;
    b.y0 = y;
    b.y1 = y + 1;
    b.z0 = z;
    b.z1 = z + 1;
    return b;
}
FN real ptm_spread(box mine, int axis, creals row, int from, int to, real a0, real a1, real b0, real b1, real d0, real d1,
    real first_a, real first_b)
{
    const real a = first_a + REAL(axis == 0 ? mine.x0 : mine.z0), b = first_b + REAL(axis == 2 ? mine.x0 : mine.y0);
    real s = REAL(0);
    for (int k = from; k < to; ++k) {
        const real v = REAL(k), r = REAL(1) / (d0 + v * d1);
        s += hat((a0 + v * a1) * r - a) * hat((b0 + v * b1) * r - b) * AT(row, k);
    }
    return s;
}
#if defined PTM_TARGET_OPENCL
#define PTM_BOX_CONTEXT real *ptm_total
#define PTM_TOTAL *ptm_total
#define PTM_TOTAL_PASS &
#elif defined PTM_TARGET_GLSL
#define PTM_BOX_CONTEXT inout real ptm_total
#define PTM_TOTAL ptm_total
#define PTM_TOTAL_PASS
#else
#define PTM_BOX_CONTEXT real &ptm_total
#define PTM_TOTAL ptm_total
#define PTM_TOTAL_PASS
#endif
#define SPREAD(mine, axis, i, f, k, s, from, to, c, a, b) \
    PTM_TOTAL += ptm_spread(mine, axis, ptm_row_of(f, k, s), from, to, c.a0, c.a1, c.b0, c.b1, c.d0, c.d1, a, b)
#define BOX_SWEEP(name, column, nz_, nx_, ny_, views_) \
    FN void ptm_item(PTM_CONTEXT, int ptm_x, int ptm_y ARGUMENTS(PTM_PARAM)) \
    { \
        LANE(real, ptm_sum); \
        column ptm_my = ptm_begin(PTM_CONTEXT_PASS, ptm_sum, ptm_x, ptm_y ARGUMENTS(PTM_PASS_ON)); \
        for (int v = 0; v < (views_); ++v) \
            EACH(z) ptm_step(PTM_TOTAL_PASS L(ptm_sum, z), ptm_one_voxel(ptm_x, ptm_y, z), v ARGUMENTS(PTM_PASS_ON)); \
        ptm_end(PTM_CONTEXT_PASS, ptm_sum, ptm_my, ptm_x, ptm_y ARGUMENTS(PTM_PASS_ON)); \
    } \
    PTM_BLOCK(name) \
    PTM_COUNT(nz_, nx_, ny_, 1, 1) \
    PTM_ENTRY(name, nz_, nx_, ny_)

#endif

#define BOX_STEP(mine, view) FN void ptm_step(PTM_BOX_CONTEXT, box mine, int view ARGUMENTS(PTM_PARAM))
#endif
