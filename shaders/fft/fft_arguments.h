/* fft_arguments.h - what the Fourier and filter kernels and the front end agree on.
 *
 * A transform is a series of Stockham passes (T. G. Stockham, AFIPS 1966), each from one buffer to another: in a row of
 * `points` elements, of which `lanes` of as many transforms lie side by side, the pass of radix R at `stride` turns
 * elements q + s (p + c n / R), n = points / stride, s = stride lanes, of all c < R into q + s (R p + c). The real parts of
 * a row of a block come first, then `plane` = points lanes elements on the imaginary ones. Exchanging the parts before and
 * after makes it the inverse transform times points.
 *
 * Tables: the number of passes and their radices (FFT_HEADER reals), then for each pass its factors [c - 1][re, im][p] for
 * c from 1 to R - 1, exp(-2 pi i p c / n); a radix that has no formula of its own has its roots [R][2] before them. */
#define FFT_HEADER 32
#define FFT_LAST_FORMULA 5 /* radices that have one: 2, 3, 4, 5 and 8 */

#define FFT_PASS(ARG) \
    ARG(out, after) ARG(in, before) ARG(in, factors) \
    ARG(int, radix) ARG(int, plane) ARG(int, stride) ARG(int, count) ARG(int, lanes) ARG(int, lines) ARG(int, rows)
/* Times response [2][points], and the parts exchanged. */
#define FFT_MULTIPLY(ARG) \
    ARG(out, work) ARG(in, response) ARG(int, points) ARG(int, lanes) ARG(int, rows)

/* Both ends of the transforms of a caller's rows. Row r (axis `row`, r < rows) of `outer` < outers has n elements, k apart;
 * a row of a block has m. If m is not n, the transform is the convolution of L. I. Bluestein (IEEE Trans. Audio
 * Electroacoust. 18, 1970): chirp holds the response [2][m] and
 * then exp(-pi i k^2 / n) [2][n]. Strides count elements, complex where they are.
 *   FFT_COMPLEX     element k is read from, and written to, (k + shift) mod n; swap: the inverse
 *   FFT_FROM_REAL   two rows at a time, as real and imaginary part; written are n / 2 + 1 elements of each, those but the
 *                   first and, if n is even, the last times `inner`
 *   FFT_TO_REAL     the other way round
 * to = alpha result + beta to; with beta 0 it is not read. */
#define FFT_COMPLEX 0
#define FFT_FROM_REAL 1
#define FFT_TO_REAL 2
#define FFT_ENDS(ARG) \
    ARG(out, to) ARG(out, work) ARG(in, from) ARG(in, chirp) ARG(in, tables) \
    ARG(real, alpha) ARG(real, beta) ARG(real, inner) \
    ARG(int, kind) ARG(int, n) ARG(int, m) ARG(int, swap) ARG(int, shift) ARG(int, rows) ARG(int, outers) \
    ARG(int, from_k) ARG(int, from_row) ARG(int, from_outer) ARG(int, to_k) ARG(int, to_row) ARG(int, to_outer)
/* Into and out of a block, whose elements lie `step` and whose parts lie `part` apart. */
#define FFT_MOVE(ARG) FFT_ENDS(ARG) ARG(int, step) ARG(int, part)
/* All of it in one item, `lanes` rows at a time; each of the workers has FFT_WORK elements of work. Parts and buffers lie a
 * little apart, as powers of two would fall on the same lines of a cache. */
#define FFT_PLANE(points, lanes) ((points) * (lanes) + 16)
#define FFT_WORK(points, lanes) (4 * (points) * (lanes) + 128)
#define FFT_ROWS(ARG) FFT_ENDS(ARG) ARG(int, lanes) ARG(int, workers)

/* Filtering moves two views at a time, as real and imaginary part, between a stack in memory and rows whose lanes are
 * detector rows v. Tables: cosine [nu][nv], redundancy [views][nu]; they are multiplied in first, or last if adjoint is not
 * 0; and column [nu] the other way round. s_view, s_u and s_v are the stack's strides, pixels its first pixel; response is
 * [2][points]. A row goes on beyond its ends, `reach` columns either way, as parts of what is there: falloff [2][reach],
 * outwards from column 0, then from nu - 1. Column -k is point points - k. */
#define FILTER_MOVE(ARG) \
    ARG(out, work) ARG(out, pixels) ARG(in, cosine) ARG(in, redundancy) ARG(in, column) ARG(in, falloff) \
    ARG(int, points) ARG(int, views) ARG(int, nu) ARG(int, nv) ARG(int, s_view) ARG(int, s_u) ARG(int, s_v) \
    ARG(int, adjoint) ARG(int, reach)
/* All of it in one item, `lanes` detector rows at a time; as FFT_ROWS does. */
#define FILTER_ROWS(ARG) \
    ARG(in, response) ARG(in, tables) FILTER_MOVE(ARG) ARG(int, lanes) ARG(int, workers)
