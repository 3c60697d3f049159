/* radices.h - complex numbers, and transforms of 2, 3, 4, 5 and 8 of them.
 *
 *   RADIX_R(IN, FIRST, OUT)   takes IN(c) for c < R and gives element 0 of the transform to FIRST(v), the others to OUT(c,
 *       v) */
#ifndef PTM_SHADERS_RADICES_H
#define PTM_SHADERS_RADICES_H

STRUCT(pair) { real r, i; };
FN pair make_pair(real r, real i)
{
    pair v;
    v.r = r;
    v.i = i;
    return v;
}
FN pair plus(pair a, pair b) { return make_pair(a.r + b.r, a.i + b.i); }
FN pair minus(pair a, pair b) { return make_pair(a.r - b.r, a.i - b.i); }
FN pair times(pair a, pair w) { return make_pair(a.r * w.r - a.i * w.i, a.r * w.i + a.i * w.r); }
FN pair scaled(real s, pair a) { return make_pair(s * a.r, s * a.i); }
FN pair turned(pair a) { return make_pair(a.i, -a.r); } /* times -i */
FN pair swapped(pair a) { return make_pair(a.i, a.r); }

#define RADIX_2(IN, FIRST, OUT) \
    { \
        const pair a0 = IN(0), a1 = IN(1); \
        FIRST(plus(a0, a1)) OUT(1, minus(a0, a1)) \
    }

#define SIN_60 REAL(0.86602540378443864676)
#define RADIX_3(IN, FIRST, OUT) \
    { \
        const pair a0 = IN(0), a1 = IN(1), a2 = IN(2); \
        const pair s1 = plus(a1, a2), d1 = turned(scaled(SIN_60, minus(a1, a2))), m1 = minus(a0, scaled(0.5f, s1)); \
        FIRST(plus(a0, s1)) OUT(1, plus(m1, d1)) OUT(2, minus(m1, d1)) \
    }

#define RADIX_4(IN, FIRST, OUT) \
    { \
        const pair a0 = IN(0), a1 = IN(1), a2 = IN(2), a3 = IN(3); \
        const pair s0 = plus(a0, a2), d0 = minus(a0, a2), s1 = plus(a1, a3), d1 = turned(minus(a1, a3)); \
        FIRST(plus(s0, s1)) OUT(1, plus(d0, d1)) OUT(2, minus(s0, s1)) OUT(3, minus(d0, d1)) \
    }

#define COS_72 REAL(0.30901699437494742410)
#define COS_144 REAL(-0.80901699437494742410)
#define SIN_72 REAL(0.95105651629515357212)
#define SIN_144 REAL(0.58778525229247312917)
#define RADIX_5(IN, FIRST, OUT) \
    { \
        const pair a0 = IN(0), a1 = IN(1), a2 = IN(2), a3 = IN(3), a4 = IN(4); \
        const pair s1 = plus(a1, a4), d1 = minus(a1, a4), s2 = plus(a2, a3), d2 = minus(a2, a3); \
        const pair m1 = plus(a0, plus(scaled(COS_72, s1), scaled(COS_144, s2))); \
        const pair m2 = plus(a0, plus(scaled(COS_144, s1), scaled(COS_72, s2))); \
        const pair n1 = turned(plus(scaled(SIN_72, d1), scaled(SIN_144, d2))); \
        const pair n2 = turned(minus(scaled(SIN_144, d1), scaled(SIN_72, d2))); \
        FIRST(plus(a0, plus(s1, s2))) \
        OUT(1, plus(m1, n1)) OUT(2, plus(m2, n2)) OUT(3, minus(m2, n2)) OUT(4, minus(m1, n1)) \
    }

#define SIN_45 REAL(0.70710678118654752440)
#define RADIX_8(IN, FIRST, OUT) \
    { \
        const pair a0 = IN(0), a1 = IN(1), a2 = IN(2), a3 = IN(3), a4 = IN(4), a5 = IN(5), a6 = IN(6), a7 = IN(7); \
        const pair s0 = plus(a0, a4), d0 = minus(a0, a4), s1 = plus(a1, a5), d1 = minus(a1, a5); \
        const pair s2 = plus(a2, a6), d2 = turned(minus(a2, a6)), s3 = plus(a3, a7), d3 = turned(minus(a3, a7)); \
        const pair e0 = plus(s0, s2), e1 = plus(s1, s3), e2 = minus(s0, s2), e3 = turned(minus(s1, s3)); \
        const pair f0 = plus(d0, d2), f1 = plus(d1, d3), f2 = minus(d0, d2), f3 = minus(d1, d3); \
        const pair g1 = make_pair(SIN_45 * (f1.r + f1.i), SIN_45 * (f1.i - f1.r)); /* turned by an eighth */ \
        const pair g3 = make_pair(SIN_45 * (f3.i - f3.r), -SIN_45 * (f3.r + f3.i)); /* by three */ \
        FIRST(plus(e0, e1)) OUT(4, minus(e0, e1)) OUT(2, plus(e2, e3)) OUT(6, minus(e2, e3)) \
        OUT(1, plus(f0, g1)) OUT(5, minus(f0, g1)) OUT(3, plus(f2, g3)) OUT(7, minus(f2, g3)) \
    }
#endif
