/* kernel.h - the words kernels are written in.
 *
 * A kernel is one C file.  The same text is compiled as C for the host, as OpenCL C 1.2, as GLSL for Vulkan and as
 * CUDA; PTM_TARGET_HEADER names the header under target/ that says what the basic words mean there, and this file
 * builds the rest on them.  docs/kernels.md tells how to write a kernel and what each compiler refuses.
 *
 * Basic words, from the target header:
 *   real                  float; double in the host's second build
 *   FN                    stands before every function
 *   STRUCT(t) { ... };    declares a struct of 4-byte scalars and reals
 *   reals, creals         an array argument that is written, one that is only read
 *   AT(p, i)              element i; i is an int, or a SIZE where the array may exceed 2^31 elements
 *   INT(x), REAL(x), SIZE(x)   conversions; INT cuts off towards zero
 *   PRECISE               stands before a local real that must be worked out as it is written
 *   floor ceil sqrt fabs min max clamp      on reals, the last three also on ints
 *   raws                  an array of bytes that is only read; a raws plus a SIZE is one that begins so many bytes later
 *   RAW(p, type)          the element there as a real; type is one of raw_types.h
 *
 * Forms.  Work goes along a *line* (voxels along z, detector pixels along v); one element of it is a *lane*.
 *   wide (PTM_WIDE)   an item carries up to PTM_LANES lanes in loops that the compiler vectorises: the host and
 *                     OpenCL on CPUs
 *   narrow            an item carries PTM_K lanes, a work-group's width apart, so that neighbours read neighbours
 *
 *   LANE(type, name);         a variable that each lane has of its own, L(name, z) in lane z
 *   EACH(z) statement         for every lane
 *   EACH_FROM(z, from, to) statement      for every lane from `from` to below `to`
 *   ALONG(z, n) statement     for every z below n: a loop of the item's own, not over its lanes
 *
 * Arguments.  A kernel's arguments are a list of words that stands in the header of its family, because the host
 * fills them in from the same list (src/core/kernel.h):
 *   #define EXAMPLE(ARG) ARG(out, voxels) ARG(stack, pixels) ARG(in, views) ARG(int, nx)
 * Kinds: out and in are arrays of reals, raw one of any type; stack and volume are fields, sampled linearly and zero
 * outside (see lines.h); int; real.  They are parameters, by these names, of every part of a kernel.  At most one field, at
 * most 128 bytes.
 *
 * A kernel is written
 *   #define ARGUMENTS EXAMPLE
 *   KERNEL(name, z, nz, x, nx, y, ny) { ... }     for all x < nx and y < ny, along the lanes z < nz
 *   TRANSPOSITION(...) { ... }                    the same, for what moves data to or from an order with x fastest
 * or as a sweep (sweep.h). */
#ifndef PTM_SHADERS_KERNEL_H
#define PTM_SHADERS_KERNEL_H

#include "raw_types.h"
#include PTM_TARGET_HEADER

/* Lists of the arguments as they are wanted in one place or another. */
#define PTM_MEMBER(kind, name) PTM_MEMBER_##kind(name)
#define PTM_PARAM(kind, name) , PTM_PARAM_##kind(name)
#define PTM_PASS(kind, name) , PTM_PASS_##kind(name)
#define PTM_PASS_ON(kind, name) , name

FN real sq(real x) { return x * x; }
#define RAW(p, type) \
    ((type) == RAW_REALS ? RAW_REAL(p) : REAL((type) == RAW_UINT8 ? RAW_8(p) : (type) == RAW_UINT16 ? RAW_16(p) \
        : (type) == RAW_INT16 ? (RAW_16(p) ^ 32768) - 32768 : RAW_32(p)))
FN real hat(real d) { return max(REAL(0), REAL(1) - fabs(d)); }

/* The lanes of the item at hand. */
#ifdef PTM_WIDE
#define PTM_LANES 512
#define PTM_CONTEXT int ptm_lo, int ptm_hi
#define PTM_CONTEXT_PASS ptm_lo, ptm_hi
#define EACH(z) PTM_SIMD for (int z = ptm_lo; z < ptm_hi; ++z)
#define EACH_FROM(z, from, to) PTM_SIMD for (int z = max(ptm_lo, from); z < min(ptm_hi, to); ++z)
#define LANE(type, name) type name[PTM_LANES + 8] /* loops may go on to the next whole vector */
#define L(name, z) name[z - ptm_lo]
#else
#ifndef PTM_K
#define PTM_K 1
#endif
#define PTM_LANES PTM_K
#define PTM_CONTEXT int ptm_lo, int ptm_hi
#define PTM_CONTEXT_PASS ptm_lo, ptm_hi
#define EACH(z) \
    PTM_UNROLL for (int ptm_k = 0, z = ptm_lo; ptm_k < PTM_K; ++ptm_k, z += PTM_GROUP(0)) if (z < ptm_hi)
#define EACH_FROM(z, from, to) EACH(z) if (z >= (from) && z < (to))
#define LANE(type, name) type name[PTM_K]
#define L(name, z) name[ptm_k]
#endif

/* For every z < n, in any order, within an item; the compiler may take several at once. EIGHTS is for n of at least 8 and
 * long statements: eight at a time, the last eight from n - 8 on, so that some are done twice, make better code. */
#define ALONG(z, n) PTM_SIMD for (int z = 0; z < (n); ++z)
#define EIGHTS(z, n) \
    for (int ptm_next = 0, ptm_eight = 0; ptm_next < (n); ptm_next += 8, ptm_eight = min(ptm_next, (n) - 8)) \
        PTM_SIMD for (int z = ptm_eight; z < ptm_eight + 8; ++z)

/* KERNEL: the text between the braces is the body of a function that one item runs for its lanes. */
#define KERNEL(name, z, nz_, x, nx_, y, ny_) \
    PTM_BLOCK(name) \
    FN void ptm_item(PTM_CONTEXT, int x, int y ARGUMENTS(PTM_PARAM)); \
    PTM_COUNT(nz_, nx_, ny_, 1, 1) \
    PTM_ENTRY(name, nz_, nx_, ny_) \
    FN void ptm_item(PTM_CONTEXT, int x, int y ARGUMENTS(PTM_PARAM))

/* TRANSPOSITION: the wide form goes through a patch of few lanes and many x, so that cache lines which lie along x are used
 * up while they are there.  Volumes' slices lie so far apart that more lanes than a cache has ways would not do. */
#ifdef PTM_WIDE
#define PTM_PATCH_LANES 8
#define PTM_PATCH_X 64
#define TRANSPOSITION(name, z, nz_, x, nx_, y, ny_) \
    PTM_BLOCK(name) \
    FN void ptm_patch(PTM_CONTEXT, int x, int y ARGUMENTS(PTM_PARAM)); \
    FN void ptm_item(PTM_CONTEXT, int ptm_x, int y ARGUMENTS(PTM_PARAM)) \
    { \
        for (int first = ptm_lo; first < ptm_hi; first += PTM_PATCH_LANES) \
            for (int i = ptm_x * PTM_PATCH_X; i < min(nx_, (ptm_x + 1) * PTM_PATCH_X); ++i) \
                ptm_patch(first, min(ptm_hi, first + PTM_PATCH_LANES), i, y ARGUMENTS(PTM_PASS_ON)); \
    } \
    PTM_COUNT(nz_, nx_, ny_, PTM_PATCH_X, 1) \
    PTM_ENTRY(name, nz_, ((nx_) + PTM_PATCH_X - 1) / PTM_PATCH_X, ny_) \
    FN void ptm_patch(PTM_CONTEXT, int x, int y ARGUMENTS(PTM_PARAM))
#else
#define TRANSPOSITION(name, z, nz_, x, nx_, y, ny_) KERNEL(name, z, nz_, x, nx_, y, ny_)
#endif

#endif
