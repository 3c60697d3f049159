/* target/cuda.h - a kernel as CUDA, for plain clang without a CUDA SDK (PTX 4.1, sm_52) and for nvcc.
 *
 * All arguments are one struct.  PTM_TEXTURE makes fields bindless textures, read by inline assembly. */
#if defined __clang__
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __restrict__ __restrict
#include <__clang_cuda_builtin_vars.h>
typedef __SIZE_TYPE__ size_t;
#define PTM_DEVICE static __device__ __attribute__((always_inline)) inline
PTM_DEVICE float floor(float x) { return __builtin_floorf(x); }
PTM_DEVICE float ceil(float x) { return __builtin_ceilf(x); }
PTM_DEVICE float fabs(float x) { return __builtin_fabsf(x); }
PTM_DEVICE float sqrt(float x) { return __nvvm_sqrt_rn_f(x); }
PTM_DEVICE int min(int a, int b) { return a < b ? a : b; }
PTM_DEVICE int max(int a, int b) { return a > b ? a : b; }
PTM_DEVICE float min(float a, float b) { return __builtin_fminf(a, b); }
PTM_DEVICE float max(float a, float b) { return __builtin_fmaxf(a, b); }
#else
#define PTM_DEVICE static __device__ __forceinline__
#endif
PTM_DEVICE float clamp(float x, float a, float b) { return min(max(x, a), b); }
PTM_DEVICE int clamp(int x, int a, int b) { return min(max(x, a), b); }

#define PTM_SIMD
#define PTM_UNROLL _Pragma("unroll")
#define STRUCT(t) struct t
#define FN PTM_DEVICE

typedef float real;
typedef float *reals;
typedef const float *creals;
typedef const unsigned char *raws;

#define AT(p, i) (p)[i]
#define RAW_REAL(p) (*(creals)(p))
#define RAW_8(p) int(*(p))
#define RAW_16(p) int(*(const unsigned short *)(p))
#define RAW_32(p) (*(const int *)(p))
#define INT(x) int(x)
#define REAL(x) float(x)
#define PRECISE
#define SIZE(x) size_t(x)

struct ptm_field { creals p; int n0, n1, n2, pitch, plane, front; };

#ifdef PTM_TEXTURE
typedef unsigned long long ptm_texture;
struct ptm_field_slot { ptm_texture p; int n0, n1, n2, pitch, plane, front; };
#define PTM_FIELD_TYPE ptm_texture
#define PTM_FIELD_MEMBER(n) ptm_field_slot n;
#define PTM_FIELD_PASS(n) ptm_block.n.p
/* With the level given (0), the machine code is TEX.LZ; the fourth coordinate is read by nobody. */
PTM_DEVICE float ptm_sample_stack(ptm_texture t, float x, float y, int layer)
{
    float r;
    asm("{ .reg .f32 g, b, a; tex.level.a2d.v4.f32.f32 {%0, g, b, a}, [%1, {%2, %3, %4, %4}], %5; }"
        : "=f"(r) : "l"(t), "r"(layer), "f"(x), "f"(y), "f"(0.0f));
    return r;
}
PTM_DEVICE float ptm_sample_volume(ptm_texture t, float x, float y, float z)
{
    float r;
    asm("{ .reg .f32 g, b, a; tex.level.3d.v4.f32.f32 {%0, g, b, a}, [%1, {%2, %3, %4, %4}], %5; }"
        : "=f"(r) : "l"(t), "f"(x), "f"(y), "f"(z), "f"(0.0f));
    return r;
}
#else
#define PTM_FIELD_TYPE ptm_field
#define PTM_FIELD_MEMBER(n) ptm_field n;
#define PTM_FIELD_PASS(n) ptm_block.n
#endif
#define PTM_STACK_TYPE PTM_FIELD_TYPE
#define PTM_VOLUME_TYPE PTM_FIELD_TYPE

#define PTM_MEMBER_out(n) reals n;
#define PTM_MEMBER_in(n) creals n;
#define PTM_MEMBER_raw(n) raws n;
#define PTM_MEMBER_stack(n) PTM_FIELD_MEMBER(n)
#define PTM_MEMBER_volume(n) PTM_FIELD_MEMBER(n)
#define PTM_MEMBER_int(n) int n;
#define PTM_MEMBER_real(n) float n;
#define PTM_PARAM_out(n) float *__restrict__ n
#define PTM_PARAM_in(n) const float *__restrict__ n
#define PTM_PARAM_raw(n) raws n
#define PTM_PARAM_stack(n) PTM_STACK_TYPE n
#define PTM_PARAM_volume(n) PTM_VOLUME_TYPE n
#define PTM_PARAM_int(n) int n
#define PTM_PARAM_real(n) float n
#define PTM_PASS_out(n) ptm_block.n
#define PTM_PASS_in(n) ptm_block.n
#define PTM_PASS_raw(n) ptm_block.n
#define PTM_PASS_stack(n) PTM_FIELD_PASS(n)
#define PTM_PASS_volume(n) PTM_FIELD_PASS(n)
#define PTM_PASS_int(n) ptm_block.n
#define PTM_PASS_real(n) ptm_block.n

#define PTM_BLOCK(name) struct ptm_push { ARGUMENTS(PTM_MEMBER) };
#define PTM_COUNT(nz_, nx_, ny_, tile_x, tile_y) \
    FN void ptm_count_of(int &ptm_nz, int &ptm_nx, int &ptm_ny ARGUMENTS(PTM_PARAM)) \
    { ptm_nz = nz_; ptm_nx = nx_; ptm_ny = ny_; }
#define PTM_GROUP(d) ((d) == 0 ? int(blockDim.x) : (d) == 1 ? int(blockDim.y) : int(blockDim.z))

#define PTM_ENTRY(name, nz_, nx_, ny_) \
    extern "C" __global__ void name(const ptm_push ptm_block) \
    { \
        int ptm_hi, ptm_nx, ptm_ny; \
        ptm_count_of(ptm_hi, ptm_nx, ptm_ny ARGUMENTS(PTM_PASS)); \
        const int ptm_lo = int(blockIdx.x * PTM_K * blockDim.x + threadIdx.x); \
        const int ptm_x = int(blockIdx.y * blockDim.y + threadIdx.y), ptm_y = int(blockIdx.z * blockDim.z + threadIdx.z); \
        if (ptm_x < ptm_nx && ptm_y < ptm_ny) ptm_item(PTM_CONTEXT_PASS, ptm_x, ptm_y ARGUMENTS(PTM_PASS)); \
    }
