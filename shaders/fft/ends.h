/* ends.h - the caller's rows at both ends of a transform; see fft_arguments.h. ARGUMENTS stands before this. */
#ifndef PTM_SHADERS_ENDS_H
#define PTM_SHADERS_ENDS_H
#include "radices.h"
#include "interleave.h"

/* Transforms for `rows` rows: one each, or one for two real rows. */
#define LINES (kind == FFT_COMPLEX ? rows : (rows + 1) / 2)

#define FROM_PLACE(width, o, r, k) \
    (SIZE(width) * (SIZE(o) * SIZE(from_outer) + SIZE(r) * SIZE(from_row) + SIZE(k) * SIZE(from_k)))
#define TO_PLACE(width, o, r, k) (SIZE(width) * (SIZE(o) * SIZE(to_outer) + SIZE(r) * SIZE(to_row) + SIZE(k) * SIZE(to_k)))
#define CHIRP(k) make_pair(AT(chirp, 2 * m + (k)), AT(chirp, 2 * m + n + (k)))
/* Half spectra: is element k real? */
#define IS_EDGE(k) ((k) == 0 || 2 * (k) == n)

FN pair complex_at(creals place) { return make_pair(AT(place, 0), AT(place, 1)); }

/* Element k < m of transform t of outer o, as the passes take it. */
FN pair element(int k, int t, int o ARGUMENTS(PTM_PARAM))
{
    pair v = make_pair(REAL(0), REAL(0));
    if (k >= n) return v;
    if (kind == FFT_COMPLEX) {
        v = complex_at(from + FROM_PLACE(2, o, t, k < n - shift ? k + shift : k + shift - n));
    } else if (kind == FFT_FROM_REAL) {
        v.r = AT(from, FROM_PLACE(1, o, 2 * t, k));
        if (2 * t + 1 < rows) v.i = AT(from, FROM_PLACE(1, o, 2 * t + 1, k));
    } else {
        /* The sum of the first row's spectrum and i times the second's, k of the upper half being the conjugate of n -
         * k. */
        const int i = min(k, n - k);
        const real s = IS_EDGE(i) ? REAL(0) : k > i ? -inner : inner, w = IS_EDGE(i) ? REAL(1) : inner;
        pair a = complex_at(from + FROM_PLACE(2, o, 2 * t, i)), b = make_pair(REAL(0), REAL(0));
        if (2 * t + 1 < rows) b = complex_at(from + FROM_PLACE(2, o, 2 * t + 1, i));
        v = make_pair(w * a.r - s * b.i, s * a.i + w * b.r);
    }
    if (swap != 0) v = swapped(v);
    if (n != m) v = times(v, CHIRP(k));
    return v;
}

/* Element k < n of a transform, of what the passes gave. */
FN pair result(int k, pair v ARGUMENTS(PTM_PARAM))
{
    if (n != m) v = times(swapped(v), CHIRP(k));
    return swap != 0 ? swapped(v) : v;
}

FN void put_complex(reals place, pair v, real alpha, real beta)
{
    put_real(place, v.r, alpha, beta);
    put_real(place + SIZE(1), v.i, alpha, beta);
}

/* How many k there are to store. */
#define STORED (kind == FFT_FROM_REAL ? n / 2 + 1 : n)

/* Stores element k of transform t of outer o; v is what the passes gave for k, and u for n - k. */
FN void put_element(int k, int t, int o, pair v, pair u ARGUMENTS(PTM_PARAM))
{
    v = result(k, v ARGUMENTS(PTM_PASS_ON));
    if (kind == FFT_COMPLEX) {
        put_complex(to + TO_PLACE(2, o, t, k < n - shift ? k + shift : k + shift - n), v, alpha, beta);
    } else if (kind == FFT_TO_REAL) {
        put_real(to + TO_PLACE(1, o, 2 * t, k), v.r, alpha, beta);
        if (2 * t + 1 < rows) put_real(to + TO_PLACE(1, o, 2 * t + 1, k), v.i, alpha, beta);
    } else {
        const real w = IS_EDGE(k) ? 0.5f : 0.5f * inner;
        u = result(k == 0 ? 0 : n - k, u ARGUMENTS(PTM_PASS_ON));
        put_complex(to + TO_PLACE(2, o, 2 * t, k), make_pair(w * (v.r + u.r), w * (v.i - u.i)), alpha, beta);
        if (2 * t + 1 < rows)
            put_complex(to + TO_PLACE(2, o, 2 * t + 1, k), make_pair(w * (v.i + u.i), w * (u.r - v.r)), alpha, beta);
    }
}
#endif
