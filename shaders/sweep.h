/* sweep.h - kernels that add up many views for every line.
 *
 * A sweep is written as three functions; the target chooses the order.  Narrow, an item goes begin, all steps, end.  Wide,
 * an item owns a tile of TILE_X x TILE_Y lines and the views are its outer loop, so that what one view reads for a line is
 * still in the cache for the next.  (Projection sweeps over slices instead of views.)  A kernel may define the tile before
 * it includes this.
 *
 *   STRUCT(column) { ... };                 what a line keeps through the views: scalars
 *   BEGIN(column, x, y) { ... return my; }  sets the lanes L(sum, z)
 *   STEP(column, x, y, view) { ... }        knows `my` and adds to the lanes L(sum, z)
 *   RUN(column, x, y, from, to) { ... }     in its place: the views from <= view < to, in a tile STEPS of them at most
 *   END(column, x, y) { ... }               knows `my` and stores the lanes L(sum, z)
 *   SWEEP(name, column, nz, nx, ny, views)  makes the kernel of them: all x < nx, y < ny, along z < nz, for view < views
 *
 * ARGUMENTS stands before these words, as for KERNEL. */
#ifndef PTM_SHADERS_SWEEP_H
#define PTM_SHADERS_SWEEP_H

#ifndef TILE_X
#define TILE_X 8
#define TILE_Y 8
#endif
#ifndef STEPS
#define STEPS 1
#endif
#include "lines.h"

/* What a tile remembers: with gather.h lines that it made, with rows.h rows, else lines that it will add. */
#ifndef PTM_WIDE
#define PTM_MEMORY
#define PTM_MEMORY_PASS
#elif defined PTM_SHADERS_GATHER_H || defined PTM_SHADERS_ROWS_H
#define PTM_MEMORY , ptm_memo *restrict ptm_memory
#define PTM_MEMORY_PASS , ptm_memory
#define PTM_MEMORY_BEGIN ptm_memo ptm_kept; for (int i = 0; i < PTM_SLOTS; ++i) ptm_kept.key[i] = -1;
#define PTM_MEMORY_END
#else
#define PTM_MEMORY , ptm_notes *restrict ptm_memory
#define PTM_MEMORY_PASS , ptm_memory
#define PTM_MEMORY_BEGIN ptm_notes ptm_kept; ptm_kept.lines = ptm_kept.rows = 0;
#define PTM_MEMORY_END ptm_add_all_noted(&ptm_kept);
#endif

#ifdef PTM_WIDE
#define PTM_SWEEP_CONTEXT PTM_CONTEXT, real *restrict sum
#elif defined PTM_TARGET_OPENCL
#define PTM_SWEEP_CONTEXT PTM_CONTEXT, real *sum
#elif defined PTM_TARGET_GLSL
#define PTM_SWEEP_CONTEXT PTM_CONTEXT, inout real sum[PTM_K]
#else
#define PTM_SWEEP_CONTEXT PTM_CONTEXT, real (&sum)[PTM_K]
#endif

#define BEGIN(column, x, y) FN column ptm_begin(PTM_SWEEP_CONTEXT, int x, int y ARGUMENTS(PTM_PARAM))
#define RUN(column, x, y, from, to) \
    FN void ptm_steps(PTM_SWEEP_CONTEXT PTM_MEMORY, column my, int x, int y, int from, int to ARGUMENTS(PTM_PARAM))
#define STEP(column, x, y, view) \
    FN void ptm_step(PTM_SWEEP_CONTEXT PTM_MEMORY, column my, int x, int y, int view ARGUMENTS(PTM_PARAM)); \
    RUN(column, ptm_x, ptm_y, ptm_from, ptm_to) \
    { \
        for (int v = ptm_from; v < ptm_to; ++v) \
            ptm_step(PTM_CONTEXT_PASS, sum PTM_MEMORY_PASS, my, ptm_x, ptm_y, v ARGUMENTS(PTM_PASS_ON)); \
    } \
    FN void ptm_step(PTM_SWEEP_CONTEXT PTM_MEMORY, column my, int x, int y, int view ARGUMENTS(PTM_PARAM))
#define END(column, x, y) FN void ptm_end(PTM_SWEEP_CONTEXT, column my, int x, int y ARGUMENTS(PTM_PARAM))

#ifdef PTM_WIDE
#define SWEEP(name, column, nz_, nx_, ny_, views_) \
    FN void ptm_item(PTM_CONTEXT, int ptm_across, int ptm_down ARGUMENTS(PTM_PARAM)) \
    { \
        const int ptm_stride = (ptm_hi - ptm_lo + 15) / 16 * 16 + 16; \
        const int ptm_x = ptm_across * TILE_X, ptm_y = ptm_down * TILE_Y; \
        const int ptm_tx = min(TILE_X, (nx_) - ptm_x), ptm_ty = min(TILE_Y, (ny_) - ptm_y); \
        real ptm_sums[TILE_X * TILE_Y * (PTM_LANES + 16)]; \
        column ptm_my[TILE_X * TILE_Y]; \
        PTM_MEMORY_BEGIN \
        for (int j = 0; j < ptm_ty; ++j) \
            for (int i = 0; i < ptm_tx; ++i) \
                ptm_my[j * TILE_X + i] = ptm_begin(PTM_CONTEXT_PASS, ptm_sums + (j * TILE_X + i) * ptm_stride, \
                    ptm_x + i, ptm_y + j ARGUMENTS(PTM_PASS_ON)); \
        for (int k = 0; k < (views_); k += STEPS) \
            for (int j = 0; j < ptm_ty; ++j) \
                for (int i = 0; i < ptm_tx; ++i) \
                    ptm_steps(PTM_CONTEXT_PASS, ptm_sums + (j * TILE_X + i) * ptm_stride, &ptm_kept, \
                        ptm_my[j * TILE_X + i], ptm_x + i, ptm_y + j, k, min(k + STEPS, views_) \
                        ARGUMENTS(PTM_PASS_ON)); \
        PTM_MEMORY_END \
        for (int j = 0; j < ptm_ty; ++j) \
            for (int i = 0; i < ptm_tx; ++i) \
                ptm_end(PTM_CONTEXT_PASS, ptm_sums + (j * TILE_X + i) * ptm_stride, \
                    ptm_my[j * TILE_X + i], ptm_x + i, ptm_y + j ARGUMENTS(PTM_PASS_ON)); \
    } \
    PTM_BLOCK(name) \
    PTM_COUNT(nz_, nx_, ny_, TILE_X, TILE_Y) \
    PTM_ENTRY(name, nz_, ((nx_) + TILE_X - 1) / TILE_X, ((ny_) + TILE_Y - 1) / TILE_Y)
#else
#define SWEEP(name, column, nz_, nx_, ny_, views_) \
    FN void ptm_item(PTM_CONTEXT, int ptm_x, int ptm_y ARGUMENTS(PTM_PARAM)) \
    { \
        LANE(real, ptm_sum); \
        column ptm_my = ptm_begin(PTM_CONTEXT_PASS, ptm_sum, ptm_x, ptm_y ARGUMENTS(PTM_PASS_ON)); \
        ptm_steps(PTM_CONTEXT_PASS, ptm_sum, ptm_my, ptm_x, ptm_y, 0, views_ ARGUMENTS(PTM_PASS_ON)); \
        ptm_end(PTM_CONTEXT_PASS, ptm_sum, ptm_my, ptm_x, ptm_y ARGUMENTS(PTM_PASS_ON)); \
    } \
    PTM_BLOCK(name) \
    PTM_COUNT(nz_, nx_, ny_, 1, 1) \
    PTM_ENTRY(name, nz_, nx_, ny_)
#endif
#endif
