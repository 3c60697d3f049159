/* polytome/fft.h - Fourier transforms of rows. */
#ifndef POLYTOME_FFT_H
#define POLYTOME_FFT_H

#include <polytome/operator.h>

PTM_BEGIN_DECLS

typedef enum ptm_fft_kind {
    PTM_FFT_COMPLEX = 0, /* complex rows to complex rows */
    /* real rows to the first halves of their spectra, n / 2 + 1 complex numbers each (n / 2 rounded down) */
    PTM_FFT_REAL
} ptm_fft_kind;

/* Who transforms. */
typedef enum ptm_fft_library {
    /* PTM_FFT_OWN; the environment variable POLYTOME_FFT=vendor makes it the vendor's where that does it */
    PTM_FFT_AUTO = 0,
    PTM_FFT_OWN,      /* the kernels of this library */
    /* clFFT on OpenCL, cuFFT on CUDA, in float32; refused where there is none, as on dry devices, or where it does not take
     * n */
    PTM_FFT_VENDOR
} ptm_fft_library;

typedef struct ptm_fft_options {
    size_t struct_size;
    ptm_fft_kind kind;
    ptm_type precision; /* of real and imaginary parts: PTM_FLOAT32, or PTM_FLOAT64 on the host only */
    /* The arrays' axes, 1 to 4, slowest first. Rows lie along the last, of 1 to 16777216 elements n; the others count them.
     * For PTM_FFT_REAL this is the shape of the real array; the complex one has n / 2 + 1 in place of n. */
    int dimensions;
    int64_t shape[PTM_MAX_DIMENSIONS];
    bool inverse;       /* the operator is the inverse of what the other options say */
    bool unitary;       /* with the factor 1 / sqrt(n), both ways; otherwise it is 1, and 1 / n for the inverse */
    /* PTM_FFT_COMPLEX: places and frequencies are counted from element n / 2 (rounded down), not from the first */
    bool centred;
    uint64_t workspace; /* most bytes of memory it may use on the device for blocks of rows; 0: decided from the device */
    ptm_fft_library library;
} ptm_fft_options;

/* The discrete Fourier transform of every row, any length, as an operator:
 *     y[k] = s sum over j < n of x[j] exp(-2 pi i (j - c)(k - c) / n),
 * with s 1 or 1 / sqrt(n), and c 0 or, if centred, n / 2 rounded down. The inverse has + in the exponent and s 1 / n or 1 /
 * sqrt(n).
 *
 * Arrays are of PTM_COMPLEX64 or PTM_COMPLEX128, and PTM_FLOAT32 or PTM_FLOAT64 on the real side.
 *
 * The adjoint is that of the map between the arrays' real numbers, a complex one counting as two: <a, b> is the sum of the
 * products of all real and imaginary parts. For PTM_FFT_COMPLEX this is the conjugate transpose, n times the inverse, or
 * the inverse itself if unitary. For PTM_FFT_REAL the adjoint takes a half spectrum y to
 *     x[j] = s Re sum over k <= n / 2 of y[k] exp(2 pi i j k / n).
 * This is not the inverse, which counts all y but the first and, if n is even, the last twice, as they stand for the other
 * half too. Neither looks at the imaginary parts of these two.
 *
 * Lengths with prime factors of at most 31 are transformed by the method of T. G. Stockham (AFIPS Spring Joint Computer
 * Conference, 1966), others as the convolution of L. I. Bluestein (IEEE Transactions on Audio and Electroacoustics 18,
 * 1970), at several times the cost. Errors are about 1e-7 log2(n) of a row's norm in float32. Vendors' libraries are opened
 * when a transform by them is first made.
 *
 * The operator is for one thread at a time, as its device is.
 * Errors: ARGUMENT, UNSUPPORTED (float64 on devices that have none; PTM_FFT_VENDOR), MEMORY, DEVICE. Since 0.1. */
PTM_API int ptm_fft_create(ptm_operator **out, ptm_device *device, const ptm_fft_options *options);

PTM_END_DECLS
#endif
