/* A level of a wavelet transform along an axis, and its transpose. */
#include "kernel.h"
#include "strided.h"
#include "wavelet_arguments.h"
#define ARGUMENTS WAVELET

FN int around(int place, int n) { return place >= n ? place - n : place; }

/* Of the terms that are added up for a place of the result: the place that is read, and which of two taps it is times. */
STRUCT(term) { int place, second; };

FN term analysis(int q, int t, int n, int shift, int turn)
{
    const int pairs = n / 2, second = q >= pairs ? 1 : 0, p = around(2 * (q - second * pairs) + t, 2 * pairs);
    term one;
    one.place = around(around(p + turn, 2 * pairs) + shift, n);
    one.second = second;
    return one;
}

/* Even t are terms of the low-pass filter, odd ones of the high-pass. */
FN term synthesis(int q, int t, int n, int shift, int turn)
{
    const int pairs = n / 2, p = around(around(q + n - shift, n) + 2 * pairs - turn, 2 * pairs), c = p / 2 - t / 2;
    term one;
    one.place = (c < 0 ? c + pairs : c) + t % 2 * pairs;
    one.second = p % 2;
    return one;
}

/* Term t, along the row that lanes lie on. Rows without gaps have a loop of their own, which vectorises. */
#define ADD_AT(term_of, step) \
    EACH(i) { \
        const term one = term_of(i, t, n, shift, turn); \
        L(sum, i) += (one.second != 0 ? high : low) * AT(line, step(one.place)); \
    }
#define NEXT(place) place
#define APART(place) SIZE(place) * SIZE(stride)
#define ADD(term_of) \
    if (stride == 1) { \
        ADD_AT(term_of, NEXT) \
    } else { \
        ADD_AT(term_of, APART) \
    }

KERNEL(wavelet, i, n0, j, n1, k, n2)
{
    LANE(real, sum);
    LANE(real, value);
    const int n = axis == 0 ? n0 : axis == 1 ? n1 : axis == 2 ? n2 : 1, q = axis == 1 ? j : axis == 2 ? k : 0;
    const int stride = axis == 0 ? t0 : axis == 1 ? t1 : t2;
    creals line = ROW(x, axis == 1 ? 0 : j, t1, axis == 2 ? 0 : k, t2);
    /* Where the value without a partner is, and where it goes. */
    const int odd = n % 2, last = around(n - 1 + shift, n);
    const int from = transposed != 0 ? n - 1 : last, to = transposed != 0 ? last : n - 1;
    EACH(i) L(sum, i) = REAL(0);
    for (int t = 0; t < count; ++t) {
        const int a = first + (transposed != 0 ? t / 2 * 2 + t % 2 * count : t), b = a + (transposed != 0 ? 1 : count);
        const real low = AT(taps, a), high = AT(taps, b);
        if (axis == 0 && transposed != 0) {
            ADD(synthesis)
        } else if (axis == 0) {
            ADD(analysis)
        } else if (odd == 0 || q != to) {
            const term one = transposed != 0 ? synthesis(q, t, n, shift, turn) : analysis(q, t, n, shift, turn);
            const real tap = one.second != 0 ? high : low;
            LOAD(value, i, 0, n0, line + SIZE(one.place) * SIZE(stride), t0)
            EACH(i) L(sum, i) += tap * L(value, i);
        }
    }
    if (odd != 0 && axis == 0) {
        EACH_FROM(i, to, to + 1) L(sum, i) = AT(line, SIZE(from) * SIZE(stride));
    } else if (odd != 0 && q == to) {
        LOAD(sum, i, 0, n0, line + SIZE(from) * SIZE(stride), t0)
    }
    STORE(ROW(y, j, s1, k, s2), s0, i, sum)
}
