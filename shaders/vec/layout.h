/* layout.h - arguments of the kernels that move arrays between the caller's layout and the kernels' own.
 *
 * pack: a field in memory, margin and all, from a strided array; the field's memory is planes x rows x pitch. margin is
 * FIELD_FRONT, or 0 for the dense block a texture is made of; front is that of axis 2.
 * unpack: a strided array from a block (n2, n1, n0) whose rows lie pitch and whose planes lie plane elements apart:
 * array = alpha block + beta array; with beta 0 it is not read.
 * Strides s0, s1, s2 of the array belong to the field's axes 0, 1, 2 and count elements.
 *
 * pack_repeat and unpack_mean: the array is coarser than the field or block, by f0, f1 and f2; n0, n1 and n2 are the field's
 * elements in the one and the array's in the other. */
#define PACK(ARG) \
    ARG(out, field) ARG(in, array) \
    ARG(int, n0) ARG(int, n1) ARG(int, n2) ARG(int, pitch) ARG(int, rows) ARG(int, planes) ARG(int, margin) ARG(int, front) \
    ARG(int, s0) ARG(int, s1) ARG(int, s2)
#define UNPACK(ARG) \
    ARG(out, array) ARG(in, block) \
    ARG(int, n0) ARG(int, n1) ARG(int, n2) ARG(int, pitch) ARG(int, plane) ARG(int, s0) ARG(int, s1) ARG(int, s2) \
    ARG(real, alpha) ARG(real, beta)
#define PACK_REPEAT(ARG) PACK(ARG) ARG(int, f0) ARG(int, f1) ARG(int, f2)
#define UNPACK_MEAN(ARG) UNPACK(ARG) ARG(int, f0) ARG(int, f1) ARG(int, f2)
