/* layout.h - arguments of the kernels that move arrays between the caller's layout and the kernels' own.
 *
 * pack: a field in memory from a strided array of n0 x n1 x n2, whose first element goes to (o0, o1, o2) of the field's memory of
 * planes x rows x pitch; the rest is zero.
 * unpack: a strided array from a block (n2, n1, n0) whose rows lie pitch and whose planes lie plane elements apart:
 * array = alpha block + beta array; with beta 0 it is not read.
 * Strides s0, s1, s2 of the array belong to the field's axes 0, 1, 2 and count elements.
 *
 * pack_repeat and unpack_mean: the array is coarser than the field or block, by f0, f1 and f2; n0, n1 and n2 count the
 * array's elements. */
#define PACK(ARG) \
    ARG(out, field) ARG(in, array) \
    ARG(int, n0) ARG(int, n1) ARG(int, n2) ARG(int, pitch) ARG(int, rows) ARG(int, planes) ARG(int, o0) ARG(int, o1) ARG(int, o2) \
    ARG(int, s0) ARG(int, s1) ARG(int, s2)
#define UNPACK(ARG) \
    ARG(out, array) ARG(in, block) \
    ARG(int, n0) ARG(int, n1) ARG(int, n2) ARG(int, pitch) ARG(int, plane) ARG(int, s0) ARG(int, s1) ARG(int, s2) \
    ARG(real, alpha) ARG(real, beta)
#define PACK_REPEAT(ARG) PACK(ARG) ARG(int, f0) ARG(int, f1) ARG(int, f2)
#define UNPACK_MEAN(ARG) UNPACK(ARG) ARG(int, f0) ARG(int, f1) ARG(int, f2)
