/* target/opencl.h - a kernel as OpenCL C 1.2.
 *
 * Structs with pointers cannot be arguments, so an array is a pointer and an offset, and a field a pointer, an offset and
 * its sizes, put together again in the entry.  PTM_WIDE makes the form for CPUs, PTM_TEXTURE makes fields images. */
#if defined PTM_WIDE && defined __clang__
#define PTM_SIMD _Pragma("clang loop vectorize(assume_safety)")
#pragma clang diagnostic ignored "-Wpass-failed" /* it asks for more than there is to gain, here and there */
#else
#define PTM_SIMD
#endif
#define PTM_UNROLL
#define STRUCT(t) typedef struct t t; struct t
#define FN static inline

typedef float real;
typedef __global float *reals;
typedef __global const float *creals;
typedef __global const uchar *raws;

#define AT(p, i) (p)[i]
#define RAW_REAL(p) (*(creals)(p))
#define RAW_8(p) ((int)*(p))
#define RAW_16(p) ((int)*(__global const ushort *)(p))
#define RAW_32(p) (*(__global const int *)(p))
#define INT(x) ((int)(x))
#define REAL(x) ((float)(x))
#define PRECISE
#define SIZE(x) ((size_t)(x))

#include "field_layout.h"
#if defined PTM_WIDE && defined __clang__ && defined __AVX2__ && defined __FMA__
#include "target/avx2.h"
#endif

typedef struct ptm_field { creals p; int n0, n1, n2, pitch, plane, front; } ptm_field;
static inline ptm_field ptm_make_field(creals p, int4 n, int plane, int front)
{
    ptm_field f = { p, n.x, n.y, n.z, n.w, plane, front };
    return f;
}

#ifdef PTM_TEXTURE
#define PTM_STACK_TYPE __read_only image2d_array_t
#define PTM_VOLUME_TYPE __read_only image3d_t
#define PTM_FIELD_MEMBER(type, n) type n
#define PTM_FIELD_PASS(n) n
#else
#define PTM_STACK_TYPE ptm_field
#define PTM_VOLUME_TYPE ptm_field
#define PTM_FIELD_MEMBER(type, n) creals n, ulong n##_offset, int4 n##_sizes, int n##_plane, int n##_front
#define PTM_FIELD_PASS(n) ptm_make_field(n + n##_offset, n##_sizes, n##_plane, n##_front)
#endif

/* As arguments of the kernel; offsets count elements, bytes where the elements may be of any type. */
#define PTM_ENTRY_out(n) reals n, ulong n##_offset
#define PTM_ENTRY_in(n) creals n, ulong n##_offset
#define PTM_ENTRY_raw(n) raws n, ulong n##_offset
#define PTM_ENTRY_stack(n) PTM_FIELD_MEMBER(PTM_STACK_TYPE, n)
#define PTM_ENTRY_volume(n) PTM_FIELD_MEMBER(PTM_VOLUME_TYPE, n)
#define PTM_ENTRY_int(n) int n
#define PTM_ENTRY_real(n) float n
#define PTM_ENTRY_MEMBER(kind, name) PTM_ENTRY_##kind(name),

#define PTM_PARAM_out(n) __global real *restrict n
#define PTM_PARAM_in(n) __global const real *restrict n
#define PTM_PARAM_raw(n) raws n
#define PTM_PARAM_stack(n) PTM_STACK_TYPE n
#define PTM_PARAM_volume(n) PTM_VOLUME_TYPE n
#define PTM_PARAM_int(n) int n
#define PTM_PARAM_real(n) real n
#define PTM_PASS_out(n) n + n##_offset
#define PTM_PASS_in(n) n + n##_offset
#define PTM_PASS_raw(n) n + n##_offset
#define PTM_PASS_stack(n) PTM_FIELD_PASS(n)
#define PTM_PASS_volume(n) PTM_FIELD_PASS(n)
#define PTM_PASS_int(n) n
#define PTM_PASS_real(n) n

#define PTM_BLOCK(name)
#define PTM_COUNT(nz_, nx_, ny_, tile_x, tile_y)
#define PTM_GROUP(d) ((int)get_local_size(d))

#ifdef PTM_WIDE
#define PTM_ENTRY(name, nz_, nx_, ny_) \
    __kernel __attribute__((reqd_work_group_size(1, 1, 1))) void name(ARGUMENTS(PTM_ENTRY_MEMBER) int ptm_end) \
    { \
        const int ptm_lo = (int)get_global_id(0) * PTM_LANES, ptm_hi = min(ptm_lo + PTM_LANES, nz_); \
        ptm_item(PTM_CONTEXT_PASS, (int)get_global_id(1), (int)get_global_id(2) ARGUMENTS(PTM_PASS)); \
    }
#else
#define PTM_ENTRY(name, nz_, nx_, ny_) \
    __kernel void name(ARGUMENTS(PTM_ENTRY_MEMBER) int ptm_end) \
    { \
        const int ptm_lo = (int)(get_group_id(0) * PTM_K * get_local_size(0) + get_local_id(0)), ptm_hi = nz_; \
        const int ptm_x = (int)get_global_id(1), ptm_y = (int)get_global_id(2); \
        if (ptm_x < (nx_) && ptm_y < (ny_)) ptm_item(PTM_CONTEXT_PASS, ptm_x, ptm_y ARGUMENTS(PTM_PASS)); \
    }
#endif
