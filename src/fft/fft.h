/* fft.h - transforms of many rows side by side on a device; shaders/fft/fft_arguments.h says how they lie in memory. */
#ifndef PTM_FFT_H
#define PTM_FFT_H
#include "core/array.h"

typedef struct ptm_fft {
    int points; /* a power of two, at least 2 */
    ptm_buffer *roots;
    const ptm_kernel *pass2, *pass4;
} ptm_fft;

int ptm_fft_create(ptm_fft *out, ptm_device *device, int points, ptm_type type);
void ptm_fft_destroy(ptm_fft *fft);
/* Transforms `lanes` rows that lie in *data, with *spare of the same size as the other buffer; afterwards the result is in
 * *data, as the two are exchanged. inverse: not divided by points. response may be NULL: [points] factors applied before. */
int ptm_fft_run(const ptm_fft *fft, ptm_queue *queue, ptm_buffer **data, ptm_buffer **spare, int lanes, bool inverse,
    ptm_buffer *response);
#endif
