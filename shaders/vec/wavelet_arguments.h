/* wavelet_arguments.h - what the wavelet kernel and the front end agree on: one level of a wavelet transform along one
 * axis, 0 to 2; axis 3 has one place, and nothing is done but copying.
 *
 * A line of n places has n / 2 pairs. Of its coefficients the first n / 2 are coarse, as many behind them are details,
 * and where n is odd the last is the value that has no partner. Coefficient q is the sum of tap t times place 2 q + t +
 * turn of the pairs, which go round; the line begins at place `shift`, and goes round as well. The taps, `count` of the
 * low-pass and `count` of the high-pass filter, stand in their table from `first` on. */
#define WAVELET(ARG) \
    ARG(out, y) ARG(in, x) ARG(in, taps) ARG(int, n0) ARG(int, n1) ARG(int, n2) ARG(int, s0) ARG(int, s1) ARG(int, s2) \
    ARG(int, t0) ARG(int, t1) ARG(int, t2) ARG(int, axis) ARG(int, transposed) ARG(int, shift) ARG(int, turn) \
    ARG(int, first) ARG(int, count)
