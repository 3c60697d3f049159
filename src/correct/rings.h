/* rings.h - the methods of ring removal, each on one sinogram (view, column), in place, with memory to work in. */
#ifndef PTM_CORRECT_RINGS_H
#define PTM_CORRECT_RINGS_H
#include <polytome/correct.h>

typedef struct ptm_sinogram {
    float *values;
    int64_t views, columns;
} ptm_sinogram;

/* Sorting, large and dead stripes. */
size_t ptm_rings_sorting_bytes(int64_t views, int64_t columns);
void ptm_rings_sorting(const ptm_sinogram *s, int size, void *scratch);
void ptm_rings_large(const ptm_sinogram *s, int size, double snr, void *scratch);
void ptm_rings_dead(const ptm_sinogram *s, int size, double snr, void *scratch);

/* The low frequencies along the views of an array (view, column) as it would be if it were mirrored at its ends: each
 * frequency of f periods in the array counts with exp(-f^2 / (2 sigma^2)). scratch: ptm_low_pass_bytes. */
size_t ptm_low_pass_bytes(int64_t views, double sigma);
void ptm_low_pass(float *out, const float *in, int64_t views, int64_t columns, double sigma, void *scratch);

size_t ptm_rings_filtering_bytes(int64_t views, int64_t columns, double sigma);
void ptm_rings_filtering(const ptm_sinogram *s, int size, double sigma, void *scratch);

size_t ptm_rings_wavelet_bytes(int64_t views, int64_t columns, int levels, double sigma);
void ptm_rings_wavelet(const ptm_sinogram *s, int levels, double sigma, void *scratch);
#endif
