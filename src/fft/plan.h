/* plan.h - tables and kernels for transforms of one length on a device; shaders/fft/fft_arguments.h says how rows lie in
 * memory. */
#ifndef PTM_FFT_PLAN_H
#define PTM_FFT_PLAN_H
#include "core/array.h"
#include "fft/radices.h"

typedef struct ptm_fft_plan {
    ptm_type type;       /* of the reals */
    int points;          /* what is transformed */
    int padded;          /* what the passes transform: points, or the length of Bluestein's convolution */
    int passes, radix[PTM_FFT_PASSES];
    ptm_buffer *tables;
    ptm_buffer *chirp;   /* the convolution's response and Bluestein's factors, or the tables again */
    const ptm_kernel *pass, *pass_any, *multiply; /* of blocks; NULL if rows are transformed within items */
} ptm_fft_plan;

/* within_items: rows are transformed by fft_rows or the like, for which the tables are enough. */
int ptm_fft_plan_create(ptm_fft_plan *out, ptm_device *device, int points, ptm_type type, bool within_items);
void ptm_fft_plan_destroy(ptm_fft_plan *plan);
uint64_t ptm_fft_plan_memory(const ptm_fft_plan *plan);

/* How many workers transform rows within items, so many groups of them. */
int ptm_fft_workers(const ptm_device *device, int64_t groups);

/* The passes over a block of rows in *data, each of `lanes` transforms side by side, with *spare of the same size; the
 * result is in *data, as the two are exchanged. */
int ptm_fft_run_passes(
    const ptm_fft_plan *plan, ptm_queue *queue, ptm_buffer **data, ptm_buffer **spare, int lanes, int rows);
/* The same, then times response [2][padded], and the passes again: the convolution, with real and imaginary parts
 * exchanged. */
int ptm_fft_run_convolution(const ptm_fft_plan *plan, ptm_queue *queue, ptm_buffer **data, ptm_buffer **spare, int lanes,
    int rows, ptm_buffer *response);
#endif
