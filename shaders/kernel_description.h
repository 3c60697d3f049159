/* kernel_description.h - what the C build of a kernel tells about it: the argument table, the counts, the host's function.
 *
 * The front end fills in a struct of arguments, made from the kernel's own list:
 *     PTM_ARGUMENTS(upright_project, UPRIGHT_PROJECT);
 *     struct upright_project_args args = { .pixels = { buffer, 0 }, ..., .nu = 367 };
 * A device sees the same list as a block in which arrays are addresses. */
#ifndef PTM_KERNEL_DESCRIPTION_H
#define PTM_KERNEL_DESCRIPTION_H
#include <stddef.h>
#include <stdint.h>

struct ptm_buffer;
struct ptm_texture;

/* Part of a buffer; the offset counts bytes and is a multiple of the element's size. */
typedef struct ptm_ref {
    struct ptm_buffer *buffer;
    uint64_t offset;
} ptm_ref;

/* A field, see field_layout.h: `at` is the corner of its margin, n its own sizes, pitch and plane the distances of
 * neighbours on axis 1 and 2 in elements, front the planes of margin before axis 2.  A kernel built for textures samples
 * `texture` instead. */
typedef struct ptm_field_ref {
    ptm_ref at;
    struct ptm_texture *texture;
    int32_t n0, n1, n2, pitch, plane, front;
} ptm_field_ref;

enum ptm_kind { PTM_KIND_out, PTM_KIND_in, PTM_KIND_raw, PTM_KIND_stack, PTM_KIND_volume, PTM_KIND_int, PTM_KIND_real };

#define PTM_ARG_MEMBER(kind, name) PTM_ARG_MEMBER_##kind(name)
#define PTM_ARG_MEMBER_out(n) ptm_ref n;
#define PTM_ARG_MEMBER_in(n) ptm_ref n;
#define PTM_ARG_MEMBER_raw(n) ptm_ref n;
#define PTM_ARG_MEMBER_stack(n) ptm_field_ref n;
#define PTM_ARG_MEMBER_volume(n) ptm_field_ref n;
#define PTM_ARG_MEMBER_int(n) int32_t n;
#define PTM_ARG_MEMBER_real(n) double n;
#define PTM_ARGUMENTS(kernel, LIST) struct kernel##_args { LIST(PTM_ARG_MEMBER) }

typedef struct ptm_kernel_argument {
    const char *name;
    enum ptm_kind kind;
    size_t offset; /* in the front end's struct */
    size_t slot;   /* in the block */
    size_t size;   /* in the block */
} ptm_kernel_argument;

#define PTM_BLOCK_MAX 128

/* A kernel as the host's compiler made it, for one instruction set and one precision. */
typedef struct ptm_kernel_code {
    const char *name;
    const char *variant; /* "baseline", "v2", "v3", "v4" */
    size_t real_size;
    size_t args_size, block_size;
    size_t argument_count;
    const ptm_kernel_argument *arguments;
    int lanes;   /* lanes an item of the wide form carries */
    int tile[2]; /* and lines on axes 1 and 2: 1, or a sweep's tile */
    /* How many lanes (n[0]) and lines (n[1], n[2]) a block asks for. */
    void (*count)(const void *block, int n[3]);
    /* Runs items first to last - 1 of the wide grid n (items on each axis, axis 0 fastest). */
    void (*run)(const void *block, const int n[3], long first, long last);
} ptm_kernel_code;

/* A kernel compiled or translated for devices, embedded in the library. */
typedef struct ptm_kernel_image {
    const void *data;
    size_t size;
    int texture;    /* fields are textures */
    int per_item;   /* lanes an item carries (PTM_K) */
} ptm_kernel_image;

/* All there is of one kernel.  Lists end with a NULL pointer or an image without data. */
typedef struct ptm_kernel_source {
    const char *name;
    const ptm_kernel_code *const *codes;
    const char *opencl; /* text in OpenCL C; PTM_WIDE, PTM_TEXTURE and PTM_K are given when it is built */
    const ptm_kernel_image *spirv;
    const ptm_kernel_image *ptx;
} ptm_kernel_source;

/* Ends with a source without name. */
extern const ptm_kernel_source ptm_kernel_sources[];

#endif
