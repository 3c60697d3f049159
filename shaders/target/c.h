/* target/c.h - a kernel as C11: the reference, and the host's own kernels.
 *
 * Built once for each instruction set and once more in double (PTM_DOUBLE).  Besides the function, the build makes the
 * description of the kernel that the front end and every backend read: argument table, item counts.  PTM_SYMBOL is the
 * name of that description, PTM_VARIANT a word for the instruction set. */
#include "kernel_description.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define PTM_WIDE
#define PTM_SIMD _Pragma("omp simd")
#define PTM_UNROLL
#define STRUCT(t) typedef struct t t; struct t
#if defined __GNUC__
#define FN static inline __attribute__((always_inline, unused))
#else
#define FN static inline
#endif

#ifdef PTM_DOUBLE
typedef double real;
#else
typedef float real;
#define floor floorf
#define ceil ceilf
#define sqrt sqrtf
#define fabs fabsf
#endif
typedef real *reals;
typedef const real *creals;
typedef const unsigned char *raws;

#define AT(p, i) (p)[i]
#define RAW_REAL(p) (*(creals)(const void *)(p))
#define RAW_8(p) ((int)*(p))
#define RAW_16(p) ((int)*(const uint16_t *)(const void *)(p))
#define RAW_32(p) ((int)*(const int32_t *)(const void *)(p))
#define INT(x) ((int)(x))
#define REAL(x) ((real)(x))
#define PRECISE
#define SIZE(x) ((size_t)(x))

static inline int ptm_min_int(int a, int b) { return a < b ? a : b; }
static inline int ptm_max_int(int a, int b) { return a > b ? a : b; }
static inline real ptm_min_real(real a, real b) { return a < b ? a : b; }
static inline real ptm_max_real(real a, real b) { return a > b ? a : b; }
#define min(a, b) _Generic((a) + (b), int: ptm_min_int, default: ptm_min_real)(a, b)
#define max(a, b) _Generic((a) + (b), int: ptm_max_int, default: ptm_max_real)(a, b)
#define clamp(x, a, b) min(max(x, a), b)

#include "field_layout.h"
#if defined __GNUC__ && defined __AVX2__ && defined __FMA__ && !defined PTM_DOUBLE
#include "target/avx2.h"
#endif

typedef struct ptm_field { creals p; int n0, n1, n2, pitch, plane, front; } ptm_field;

#define PTM_MEMBER_out(n) reals n;
#define PTM_MEMBER_in(n) creals n;
#define PTM_MEMBER_raw(n) raws n;
#define PTM_MEMBER_stack(n) ptm_field n;
#define PTM_MEMBER_volume(n) ptm_field n;
#define PTM_MEMBER_int(n) int n;
#define PTM_MEMBER_real(n) real n;
#define PTM_PARAM_out(n) real *restrict n
#define PTM_PARAM_in(n) const real *restrict n
#define PTM_PARAM_raw(n) raws n
#define PTM_PARAM_stack(n) ptm_field n
#define PTM_PARAM_volume(n) ptm_field n
#define PTM_PARAM_int(n) int n
#define PTM_PARAM_real(n) real n
#define PTM_PASS_out(n) ptm_block->n
#define PTM_PASS_in(n) ptm_block->n
#define PTM_PASS_raw(n) ptm_block->n
#define PTM_PASS_stack(n) ptm_block->n
#define PTM_PASS_volume(n) ptm_block->n
#define PTM_PASS_int(n) ptm_block->n
#define PTM_PASS_real(n) ptm_block->n

#define PTM_DESCRIBE(kind, name) \
    { #name, PTM_KIND_##kind, offsetof(struct ptm_args, name), offsetof(struct ptm_block, name), \
      sizeof(((struct ptm_block *)0)->name) },

/* The argument block as a device sees it, and as the front end fills it in. */
#define PTM_BLOCK(name) \
    struct ptm_block { ARGUMENTS(PTM_MEMBER) }; \
    struct ptm_args { ARGUMENTS(PTM_ARG_MEMBER) }; \
    static const ptm_kernel_argument ptm_arguments[] = { ARGUMENTS(PTM_DESCRIBE) };

/* How many lanes and items a block of arguments asks for; the tile is the lines an item of the wide form carries. */
#define PTM_COUNT(nz_, nx_, ny_, tile_x, tile_y) \
    FN void ptm_count_of(int ptm_n[3] ARGUMENTS(PTM_PARAM)) { ptm_n[0] = nz_; ptm_n[1] = nx_; ptm_n[2] = ny_; } \
    static void ptm_count(const void *ptm_arguments_, int ptm_n[3]) \
    { \
        const struct ptm_block *ptm_block = ptm_arguments_; \
        ptm_count_of(ptm_n ARGUMENTS(PTM_PASS)); \
    } \
    enum { ptm_tile_x = tile_x, ptm_tile_y = tile_y };

/* The host's entry: runs the items from first to last of the wide grid, counted with axis 0 fastest. */
#define PTM_ENTRY(name, nz_, nx_, ny_) \
    static void ptm_run(const void *ptm_arguments_, const int ptm_n[3], long ptm_first, long ptm_last) \
    { \
        const struct ptm_block *ptm_block = ptm_arguments_; \
        int ptm_lines[3]; \
        ptm_count(ptm_arguments_, ptm_lines); \
        for (long ptm_i = ptm_first; ptm_i < ptm_last; ++ptm_i) { \
            const int ptm_lo = (int)(ptm_i % ptm_n[0]) * PTM_LANES; \
            const int ptm_hi = min(ptm_lo + PTM_LANES, ptm_lines[0]); \
            const int ptm_x = (int)(ptm_i / ptm_n[0] % ptm_n[1]), ptm_y = (int)(ptm_i / ptm_n[0] / ptm_n[1]); \
            ptm_item(PTM_CONTEXT_PASS, ptm_x, ptm_y ARGUMENTS(PTM_PASS)); \
        } \
    } \
    extern const ptm_kernel_code PTM_SYMBOL; \
    const ptm_kernel_code PTM_SYMBOL = { \
        #name, PTM_VARIANT, sizeof(real), sizeof(struct ptm_args), sizeof(struct ptm_block), \
        sizeof ptm_arguments / sizeof *ptm_arguments, ptm_arguments, PTM_LANES, { ptm_tile_x, ptm_tile_y }, ptm_count, \
        ptm_run }; \
    _Static_assert(sizeof(struct ptm_block) <= PTM_BLOCK_MAX, "the argument block is larger than push constants may be");
