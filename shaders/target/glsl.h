/* target/glsl.h - a kernel as GLSL 4.60 for Vulkan 1.2.
 *
 * Arrays are addresses (buffer references) in one push-constant block of scalar layout; the shape of a work-group is three
 * specialization constants.  PTM_TEXTURE makes the field a sampler at binding 0. */
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_buffer_reference2 : require
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
layout(local_size_x_id = 0, local_size_y_id = 1, local_size_z_id = 2) in;
layout(buffer_reference, scalar, buffer_reference_align = 4) buffer reals { float v; };
layout(buffer_reference, scalar, buffer_reference_align = 4) readonly buffer creals { float v; };
layout(buffer_reference, scalar, buffer_reference_align = 4) readonly buffer ptm_words { int v; };

#define PTM_SIMD
#define PTM_UNROLL
#define STRUCT(t) struct t
#define FN
#define real float

#define AT(p, i) ((p) + (i)).v
/* Bytes are cut from whole words, since not every device can load less: buffers end with a whole one. */
#define raws uint64_t
#define ptm_part(p) (ptm_words((p) & ~uint64_t(3)).v >> 8 * int((p) & uint64_t(3)))
#define RAW_REAL(p) creals(p).v
#define RAW_8(p) (ptm_part(p) & 255)
#define RAW_16(p) (ptm_part(p) & 65535)
#define RAW_32(p) ptm_words(p).v
#define INT(x) int(x)
#define REAL(x) float(x)
#define PRECISE precise
#define SIZE(x) uint64_t(x)
#define fabs abs

struct ptm_field { creals p; int n0, n1, n2, pitch, plane, front; };

#ifdef PTM_TEXTURE
struct ptm_field_slot { uint64_t p; int n0, n1, n2, pitch, plane, front; };
#define PTM_STACK_TYPE sampler2DArray
#define PTM_VOLUME_TYPE sampler3D
#define PTM_FIELD_MEMBER(n) ptm_field_slot n##_slot;
#define PTM_FIELD_PASS(n) ptm_##n
#define PTM_SAMPLER_stack(n) layout(set = 0, binding = 0) uniform sampler2DArray ptm_##n;
#define PTM_SAMPLER_volume(n) layout(set = 0, binding = 0) uniform sampler3D ptm_##n;
#else
#define PTM_STACK_TYPE ptm_field
#define PTM_VOLUME_TYPE ptm_field
#define PTM_FIELD_MEMBER(n) ptm_field n;
#define PTM_FIELD_PASS(n) ptm_block.n
#define PTM_SAMPLER_stack(n)
#define PTM_SAMPLER_volume(n)
#endif
#define PTM_SAMPLER_out(n)
#define PTM_SAMPLER_in(n)
#define PTM_SAMPLER_raw(n)
#define PTM_SAMPLER_int(n)
#define PTM_SAMPLER_real(n)
#define PTM_SAMPLER(kind, name) PTM_SAMPLER_##kind(name)

#define PTM_MEMBER_out(n) reals n;
#define PTM_MEMBER_in(n) creals n;
#define PTM_MEMBER_raw(n) raws n;
#define PTM_MEMBER_stack(n) PTM_FIELD_MEMBER(n)
#define PTM_MEMBER_volume(n) PTM_FIELD_MEMBER(n)
#define PTM_MEMBER_int(n) int n;
#define PTM_MEMBER_real(n) float n;
#define PTM_PARAM_out(n) reals n
#define PTM_PARAM_in(n) creals n
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

#define PTM_BLOCK(name) \
    ARGUMENTS(PTM_SAMPLER) \
    layout(push_constant, scalar) uniform ptm_push { ARGUMENTS(PTM_MEMBER) } ptm_block;
#define PTM_COUNT(nz_, nx_, ny_, tile_x, tile_y) \
    FN ivec3 ptm_count_of(int ptm_zero ARGUMENTS(PTM_PARAM)) { return ivec3(nz_, nx_, ny_); }
#define PTM_GROUP(d) int(gl_WorkGroupSize[d])

#define PTM_ENTRY(name, nz_, nx_, ny_) \
    void main() \
    { \
        const ivec3 ptm_n = ptm_count_of(0 ARGUMENTS(PTM_PASS)); \
        const int ptm_lo = int(gl_WorkGroupID.x) * PTM_K * PTM_GROUP(0) + int(gl_LocalInvocationID.x); \
        const int ptm_hi = ptm_n.x, ptm_x = int(gl_GlobalInvocationID.y), ptm_y = int(gl_GlobalInvocationID.z); \
        if (ptm_x < ptm_n.y && ptm_y < ptm_n.z) ptm_item(PTM_CONTEXT_PASS, ptm_x, ptm_y ARGUMENTS(PTM_PASS)); \
    }
