/* radices.h - how a length is factored into passes, and transforms in double on the host, for tables. */
#ifndef PTM_FFT_RADICES_H
#define PTM_FFT_RADICES_H
#include <stdbool.h>

#define PTM_FFT_PASSES 31 /* most of a transform */
#define PTM_FFT_POINTS (1 << 24) /* most of a row */

/* Radices of the passes for a length, in order, and how many there are; -1 if a prime factor is so large that Bluestein's
 * method is faster. */
int ptm_fft_radices(int radix[PTM_FFT_PASSES], int points);
/* A length of at least `least` that is transformed fast: 2^a 3^b 5^c, from 64 on a multiple of 8. */
int ptm_fft_length(int least);
/* What a row is padded to: its length, or that of Bluestein's convolution. */
int ptm_fft_padded(int points);
/* exp(-2 pi i k / n) for 0 <= k < n. */
void ptm_fft_root(double *re, double *im, long long k, long long n);
/* Transforms points complex numbers, in place; points has radices. Errors: MEMORY. */
int ptm_fft_doubles(double *re, double *im, int points);
#endif
