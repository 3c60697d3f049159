/* accumulate.h - sums that keep what rounding takes from them, and largest values, by lanes.
 *
 * L(high, t) is the sum as it comes, L(low, t) what rounding took from it: the error of an addition of two numbers is a
 * number, found by six additions whatever their sizes (D. E. Knuth, The Art of Computer Programming 2, 4.2.2, theorem
 * B). */
#ifndef PTM_SHADERS_ACCUMULATE_H
#define PTM_SHADERS_ACCUMULATE_H
/* To lane t, a value and the low part that belongs to it. */
#define ADD_EXACTLY(t, high, low, value, rest) \
    { \
        PRECISE real ptm_sum = L(high, t) + (value); \
        PRECISE real ptm_back = ptm_sum - L(high, t); \
        PRECISE real ptm_lost = (L(high, t) - (ptm_sum - ptm_back)) + ((value) - ptm_back); \
        L(high, t) = ptm_sum; \
        L(low, t) += ptm_lost + (rest); \
    }
/* What is not a number wins. */
#define KEEP_LARGEST(t, high, value) L(high, t) = (value) > L(high, t) || (value) != (value) ? (value) : L(high, t);
#endif
