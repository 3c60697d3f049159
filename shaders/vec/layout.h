/* layout.h - arguments of the kernels that move arrays between the caller's layout and the kernels' own.
 *
 * pack: a box of a field's memory from a strided array. The box has w0 x w1 x w2 elements and begins at `field`, its rows
 * lie pitch and its planes plane elements apart; the array's n0 x n1 x n2 begin m0, m1, m2 behind its corner, and all else
 * is zero: the field's margin, as far as the box has a part in it.
 * unpack: a strided array from a block (n2, n1, n0) whose rows lie pitch and whose planes lie plane elements apart:
 * array = alpha block + beta array; with beta 0 it is not read.
 * Strides s0, s1, s2 of the array belong to the field's axes 0, 1, 2 and count elements.
 *
 * pack_any and unpack_mean: the array is coarser than the field or block, by f0, f1 and f2; n0, n1 and n2 count the array's
 * elements. pack_any takes elements of any type of raw_types.h, of `bytes` bytes. */
#define PACK_PLACES(ARG) \
    ARG(int, w0) ARG(int, w1) ARG(int, w2) ARG(int, n0) ARG(int, n1) ARG(int, n2) ARG(int, m0) ARG(int, m1) ARG(int, m2) \
    ARG(int, pitch) ARG(int, plane) ARG(int, s0) ARG(int, s1) ARG(int, s2)
#define PACK(ARG) ARG(out, field) ARG(in, array) PACK_PLACES(ARG)
#define PACK_ANY(ARG) \
    ARG(out, field) ARG(raw, array) PACK_PLACES(ARG) ARG(int, f0) ARG(int, f1) ARG(int, f2) ARG(int, type) ARG(int, bytes)
#define UNPACK(ARG) \
    ARG(out, array) ARG(in, block) \
    ARG(int, n0) ARG(int, n1) ARG(int, n2) ARG(int, pitch) ARG(int, plane) ARG(int, s0) ARG(int, s1) ARG(int, s2) \
    ARG(real, alpha) ARG(real, beta)
#define UNPACK_MEAN(ARG) UNPACK(ARG) ARG(int, f0) ARG(int, f1) ARG(int, f2)
