/* provider.h - who transforms blocks of rows on a device: the library's own kernels, or the vendor's library.
 *
 * A block has `rows` rows of `padded` complex numbers. Its real parts come first and then the imaginary ones, row by row;
 * or they lie side by side. */
#ifndef PTM_FFT_PROVIDER_H
#define PTM_FFT_PROVIDER_H
#include "core/array.h"

typedef struct ptm_fft_engine ptm_fft_engine;

typedef struct ptm_fft_provider {
    bool side_by_side;
    /* Fills in padded, chirp and state; rows: of the largest block. Errors: UNSUPPORTED where another provider may do
     * it. */
    int (*plan)(ptm_fft_engine *engine, int points, int rows);
    /* Forward, not scaled, from *data to *data; spare is as large, and the two may be exchanged. */
    int (*run)(const ptm_fft_engine *engine, ptm_queue *queue, ptm_buffer **data, ptm_buffer **spare, int rows);
    uint64_t (*memory)(const ptm_fft_engine *engine);
    void (*destroy)(ptm_fft_engine *engine);
} ptm_fft_provider;

struct ptm_fft_engine {
    const ptm_fft_provider *provider;
    ptm_device *device;
    ptm_type type; /* of the reals */
    int padded;    /* points, or what a row of a block has beyond them for Bluestein's method, */
    ptm_buffer *chirp; /* whose factors these are; else NULL */
    void *state;
};

extern const ptm_fft_provider ptm_fft_own, ptm_fft_vendor;
/* On failure nothing is left to be destroyed. */
int ptm_fft_engine_create(ptm_fft_engine *out, const ptm_fft_provider *provider, ptm_device *device, int points, int rows,
    ptm_type type);
void ptm_fft_engine_destroy(ptm_fft_engine *engine);
#endif
