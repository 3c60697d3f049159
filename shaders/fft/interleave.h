/* interleave.h - rows side by side and apart, for transforms within an item. */
#ifndef PTM_SHADERS_INTERLEAVE_H
#define PTM_SHADERS_INTERLEAVE_H

/* to[rows z + c] = from[c pitch + z], for z < n and c < rows. */
FN void interleave(reals to, reals from, int pitch, int n, int rows)
{
    int done = 0;
#if defined PTM_AVX2 && !defined PTM_TARGET_OPENCL
    if (rows == 8) done = ptm_interleave8_avx2(to, from, pitch, n);
#endif
    for (int c = 0; c < rows; ++c) {
        PTM_SIMD for (int z = done; z < n; ++z) AT(to, rows * z + c) = AT(from, c * pitch + z);
    }
}

/* The parts of n complex numbers that lie `stride` apart. */
FN void separate(reals re, reals im, creals from, int stride, int n)
{
    int done = 0;
#if defined PTM_AVX2 && !defined PTM_TARGET_OPENCL
    if (stride == 1) done = ptm_separate_avx2(re, im, from, n);
#endif
    if (stride == 1) {
        PTM_SIMD for (int z = done; z < n; ++z) {
            AT(re, z) = AT(from, 2 * z);
            AT(im, z) = AT(from, 2 * z + 1);
        }
    } else {
        for (int z = 0; z < n; ++z) {
            creals at = from + SIZE(z) * SIZE(stride) * SIZE(2);
            AT(re, z) = AT(at, 0);
            AT(im, z) = AT(at, 1);
        }
    }
}

FN void put_real(reals place, real v, real alpha, real beta)
{
    AT(place, 0) = beta == REAL(0) ? alpha * v : alpha * v + beta * AT(place, 0);
}

/* n complex numbers `stride` apart: to = alpha (re, im) + beta to. */
FN void put_together(reals to, reals re, reals im, int stride, int n, real alpha, real beta)
{
    int done = 0;
#if defined PTM_AVX2 && !defined PTM_TARGET_OPENCL
    if (stride == 1) done = ptm_put_together_avx2(to, re, im, n, alpha, beta);
#endif
    if (stride == 1 && beta == REAL(0)) {
        PTM_SIMD for (int z = done; z < n; ++z) {
            AT(to, 2 * z) = alpha * AT(re, z);
            AT(to, 2 * z + 1) = alpha * AT(im, z);
        }
    } else {
        for (int z = done; z < n; ++z) {
            reals at = to + SIZE(z) * SIZE(stride) * SIZE(2);
            put_real(at, AT(re, z), alpha, beta);
            put_real(at + SIZE(1), AT(im, z), alpha, beta);
        }
    }
}

/* Real numbers, the same way. */
FN void take(reals row, creals from, int stride, int n)
{
    if (stride == 1) {
        PTM_SIMD for (int z = 0; z < n; ++z) AT(row, z) = AT(from, z);
    } else {
        for (int z = 0; z < n; ++z) AT(row, z) = AT(from, SIZE(z) * SIZE(stride));
    }
}
FN void put(reals to, reals row, int stride, int n, real alpha, real beta)
{
    if (stride == 1 && beta == REAL(0)) {
        PTM_SIMD for (int z = 0; z < n; ++z) AT(to, z) = alpha * AT(row, z);
    } else {
        for (int z = 0; z < n; ++z) put_real(to + SIZE(z) * SIZE(stride), AT(row, z), alpha, beta);
    }
}
#endif
