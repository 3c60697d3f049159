/* fft_arguments.h - what the Fourier and filter kernels and the front end agree on.
 *
 * Transforms run along k of arrays [points][2][lanes]: real and imaginary parts of element k, for many transforms side by
 * side. A transform is a series of Stockham passes (T. G. Stockham, AFIPS 1966), each from one buffer to the other: the pass
 * of radix R at `stride` turns element q + stride (p + c n / R) of every c into q + stride (R p + c), n = points / stride.
 * roots is [points][2], cos and -sin of 2 pi k / points. inverse exchanges the parts, which turns a transform into its
 * inverse times points. With scaled the elements read are multiplied by response[k]. */
#define FFT_PASS(ARG) \
    ARG(out, after) ARG(in, before) ARG(in, roots) ARG(in, response) \
    ARG(int, points) ARG(int, stride) ARG(int, lanes) ARG(int, inverse) ARG(int, scaled)

/* Filtering moves two views at a time, as real and imaginary part, between a stack in memory and such an array. Lanes run
 * over detector rows and pairs of views, whichever are more first (inner, then outer); pairs_inner says which. Tables:
 * cosine [nu][nv], redundancy [views][nu]; they are multiplied in if weigh is not 0. s_view, s_u and s_v are the stack's
 * strides, pixels its first pixel. */
#define FILTER_MOVE(ARG) \
    ARG(out, spectrum) ARG(out, pixels) ARG(in, cosine) ARG(in, redundancy) \
    ARG(int, points) ARG(int, inner) ARG(int, outer) ARG(int, pairs_inner) ARG(int, views) ARG(int, nu) ARG(int, nv) \
    ARG(int, s_view) ARG(int, s_u) ARG(int, s_v) ARG(int, weigh)
