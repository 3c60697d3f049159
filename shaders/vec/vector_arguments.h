/* vector_arguments.h - arguments of the kernels that work on whole arrays of one shape.
 *
 * n0, n1 and n2 are the sizes; s0, s1 and s2 the strides of the array that is written or reduced, t and u those of the
 * others. An operand is one of:
 *   OPERAND_ONE    there is none: ones in products, nothing in sums
 *   OPERAND_ARRAY  the array of that name
 *   OPERAND_OUT    the values that the array to be written has */
#define OPERAND_ONE 0
#define OPERAND_ARRAY 1
#define OPERAND_OUT 2

#define SIZES(ARG) ARG(int, n0) ARG(int, n1) ARG(int, n2) ARG(int, s0) ARG(int, s1) ARG(int, s2)
#define FIRST(ARG) ARG(int, t0) ARG(int, t1) ARG(int, t2)
#define SECOND(ARG) ARG(int, u0) ARG(int, u1) ARG(int, u2)

/* y = alpha x + beta y, or `filling` in place of alpha x; the factors times what has_a and has_b say to read from at_a and
 * at_b. */
#define AXPBY(ARG) \
    ARG(out, y) ARG(in, x) ARG(in, at_a) ARG(in, at_b) SIZES(ARG) FIRST(ARG) \
    ARG(int, has_x) ARG(int, has_y) ARG(int, has_a) ARG(int, has_b) ARG(real, alpha) ARG(real, beta) ARG(real, filling)

/* products = alpha x y + beta products. */
#define MULTIPLY(ARG) \
    ARG(out, products) ARG(in, x) ARG(in, y) SIZES(ARG) FIRST(ARG) SECOND(ARG) \
    ARG(int, operand_x) ARG(int, operand_y) ARG(int, has_old) ARG(real, alpha) ARG(real, beta)

/* quotients = alpha x / y, 0 where |y| <= limit. */
#define DIVIDE(ARG) \
    ARG(out, quotients) ARG(in, x) ARG(in, y) SIZES(ARG) FIRST(ARG) SECOND(ARG) \
    ARG(int, operand_x) ARG(int, operand_y) ARG(real, alpha) ARG(real, limit)

/* y between low and high. */
#define CLIP(ARG) ARG(out, y) SIZES(ARG) ARG(real, low) ARG(real, high)

/* y = alpha D x + beta y, D x being x at the next place of an axis less x here, 0 at the last; or with D' for D. */
#define DIFFERENCE(ARG)                                                                                                    \
    ARG(out, y)                                                                                                            \
    ARG(in, x) SIZES(ARG) FIRST(ARG) ARG(int, axis) ARG(int, transposed) ARG(int, has_old) ARG(real, alpha)                \
        ARG(real, beta)

/* Vectors of so many components, `apart` elements from one to the next. */
#define LIMIT_BALL 0   /* no longer than the limit */
#define LIMIT_SHRINK 1 /* shorter by the limit, or 0 */
#define LIMIT_UNIT 2   /* y / (|y|^2 + limit^2)^(1/2) */
#define LIMIT_LENGTHS(ARG) ARG(out, y) SIZES(ARG) ARG(int, components) ARG(int, apart) ARG(int, way) ARG(real, limit)

/* What a reduction adds up, or of what it takes the largest. */
#define MAP_VALUE 0
#define MAP_SQUARE 1
#define MAP_MAGNITUDE 2
#define MAP_NEGATIVE 3
#define MAP_PRODUCT 4 /* x y */
#define MAP_RATIO 5   /* x / y */

/* Each lane of a unit goes through `planes` x `rows` x `steps` elements, `lanes` apart along axis 0, and leaves a sum and,
 * `tail` elements behind it, what rounding took from it; sums begin with `start`. Units are counted along axis 0
 * (segments), 1 (groups), 2 (sheets); as lines they are `across` by `down`. The place of a sum is ((sheet * all_groups +
 * group) * all_segments + segment) * lanes + lane. */
#define REDUCE(ARG) \
    ARG(out, sums) ARG(in, x) ARG(in, y) SIZES(ARG) FIRST(ARG) \
    ARG(int, lanes) ARG(int, steps) ARG(int, rows) ARG(int, planes) ARG(int, segments) ARG(int, groups) ARG(int, sheets) \
    ARG(int, all_segments) ARG(int, all_groups) ARG(int, across) ARG(int, down) ARG(int, tail) \
    ARG(int, map) ARG(int, largest) ARG(real, start)

/* The same for the sums and what rounding took from them: `count` of them to lines x lanes. */
#define REDUCE_SUMS(ARG) \
    ARG(out, sums) ARG(in, before) ARG(int, count) ARG(int, lanes) ARG(int, steps) ARG(int, lines) \
    ARG(int, tail) ARG(int, tail_before) ARG(int, largest) ARG(real, start)
