/* wavelet.h - what regularizers ask of the operators of ptm_wavelet_create(). */
#ifndef PTM_WAVELET_H
#define PTM_WAVELET_H
#include "linop/operator.h"

/* Another shift, of the axes x, y, z. */
void ptm_wavelet_shift(ptm_operator *op, const int64_t shift[3]);
/* Of a dense array of coefficients on the device: details between -most and most, all others 0. queue: NULL for the
 * device's own. */
int ptm_wavelet_limit(ptm_operator *op, ptm_queue *queue, const ptm_array *coefficients, double most);
#endif
