/* sweep.h - kernels that add up many views for every line.
 *
 * A sweep is written as three functions; the target chooses the order.  Narrow, an item goes begin, all steps, end.  Wide,
 * an item owns a tile of PTM_TILE x PTM_TILE lines and the views are its outer loop, so that what one view reads for a
 * line is still in the cache for the next.
 *
 *   STRUCT(column) { ... };                 what a line keeps through the views: scalars
 *   BEGIN(column, x, y) { ... return my; }  sets the lanes L(sum, z)
 *   STEP(column, x, y, view) { ... }        knows `my` and adds to the lanes L(sum, z)
 *   END(column, x, y) { ... }               knows `my` and stores the lanes L(sum, z)
 *   SWEEP(name, column, nz, nx, ny, views)  makes the kernel of them: all x < nx, y < ny, along z < nz, for view < views
 *
 * ARGUMENTS stands before these words, as for KERNEL. */
#ifndef PTM_SHADERS_SWEEP_H
#define PTM_SHADERS_SWEEP_H

#ifdef PTM_WIDE
#define PTM_TILE 8
#define PTM_SLOTS (4 * PTM_TILE)
#endif
#include "gather.h"

#ifdef PTM_WIDE
#define PTM_SWEEP_CONTEXT PTM_CONTEXT, real *restrict sum, ptm_memo *restrict ptm_memory
#elif defined PTM_TARGET_OPENCL
#define PTM_SWEEP_CONTEXT PTM_CONTEXT, real *sum
#elif defined PTM_TARGET_GLSL
#define PTM_SWEEP_CONTEXT PTM_CONTEXT, inout real sum[PTM_K]
#else
#define PTM_SWEEP_CONTEXT PTM_CONTEXT, real (&sum)[PTM_K]
#endif

#define BEGIN(column, x, y) FN column ptm_begin(PTM_SWEEP_CONTEXT, int x, int y ARGUMENTS(PTM_PARAM))
#define STEP(column, x, y, view) \
    FN void ptm_step(PTM_SWEEP_CONTEXT, column my, int x, int y, int view ARGUMENTS(PTM_PARAM))
#define END(column, x, y) FN void ptm_end(PTM_SWEEP_CONTEXT, column my, int x, int y ARGUMENTS(PTM_PARAM))

#ifdef PTM_WIDE
#define SWEEP(name, column, nz_, nx_, ny_, views_) \
    FN void ptm_item(PTM_CONTEXT, int ptm_column, int ptm_row ARGUMENTS(PTM_PARAM)) \
    { \
        const int ptm_stride = (ptm_hi - ptm_lo + 15) / 16 * 16 + 16; \
        const int ptm_x = ptm_column * PTM_TILE, ptm_y = ptm_row * PTM_TILE; \
        const int ptm_tx = min(PTM_TILE, (nx_) - ptm_x), ptm_ty = min(PTM_TILE, (ny_) - ptm_y); \
        real ptm_sums[PTM_TILE * PTM_TILE * (PTM_LANES + 16)]; \
        column ptm_my[PTM_TILE * PTM_TILE]; \
        ptm_memo ptm_kept; \
        for (int i = 0; i < PTM_SLOTS; ++i) ptm_kept.key[i] = -1; \
        for (int j = 0; j < ptm_ty; ++j) \
            for (int i = 0; i < ptm_tx; ++i) \
                ptm_my[j * PTM_TILE + i] = ptm_begin(PTM_CONTEXT_PASS, ptm_sums + (j * PTM_TILE + i) * ptm_stride, \
                    &ptm_kept, ptm_x + i, ptm_y + j ARGUMENTS(PTM_PASS_ON)); \
        for (int v = 0; v < (views_); ++v) \
            for (int j = 0; j < ptm_ty; ++j) \
                for (int i = 0; i < ptm_tx; ++i) \
                    ptm_step(PTM_CONTEXT_PASS, ptm_sums + (j * PTM_TILE + i) * ptm_stride, &ptm_kept, \
                        ptm_my[j * PTM_TILE + i], ptm_x + i, ptm_y + j, v ARGUMENTS(PTM_PASS_ON)); \
        for (int j = 0; j < ptm_ty; ++j) \
            for (int i = 0; i < ptm_tx; ++i) \
                ptm_end(PTM_CONTEXT_PASS, ptm_sums + (j * PTM_TILE + i) * ptm_stride, &ptm_kept, \
                    ptm_my[j * PTM_TILE + i], ptm_x + i, ptm_y + j ARGUMENTS(PTM_PASS_ON)); \
    } \
    PTM_BLOCK(name) \
    PTM_COUNT(nz_, nx_, ny_, PTM_TILE) \
    PTM_ENTRY(name, nz_, ((nx_) + PTM_TILE - 1) / PTM_TILE, ((ny_) + PTM_TILE - 1) / PTM_TILE)
#else
#define SWEEP(name, column, nz_, nx_, ny_, views_) \
    FN void ptm_item(PTM_CONTEXT, int ptm_x, int ptm_y ARGUMENTS(PTM_PARAM)) \
    { \
        LANE(real, ptm_sum); \
        column ptm_my = ptm_begin(PTM_CONTEXT_PASS, ptm_sum, ptm_x, ptm_y ARGUMENTS(PTM_PASS_ON)); \
        for (int v = 0; v < (views_); ++v) \
            ptm_step(PTM_CONTEXT_PASS, ptm_sum, ptm_my, ptm_x, ptm_y, v ARGUMENTS(PTM_PASS_ON)); \
        ptm_end(PTM_CONTEXT_PASS, ptm_sum, ptm_my, ptm_x, ptm_y ARGUMENTS(PTM_PASS_ON)); \
    } \
    PTM_BLOCK(name) \
    PTM_COUNT(nz_, nx_, ny_, 1) \
    PTM_ENTRY(name, nz_, nx_, ny_)
#endif
#endif
