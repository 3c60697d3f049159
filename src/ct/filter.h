/* filter.h - filtering the rows of blocks of views on a device. */
#ifndef PTM_FILTER_H
#define PTM_FILTER_H
#include "core/array.h"

typedef struct ptm_filter ptm_filter;

typedef struct ptm_filter_tables {
    int nu, nv, count;
    int points;               /* from ptm_fft_length(), at least 2 nu - 1 */
    const double *response;   /* [points], scale and 1 / points included */
    const double *cosine;     /* [nu][nv] */
    const double *redundancy; /* [count][nu] */
    const double *column;     /* [nu], what filtered views are multiplied with */
    int reach;                /* how many columns views go on beyond either edge; points is at least 2 (nu + reach) - 1 */
    const double *falloff;    /* [2][reach], as in ptm_extrapolation */
} ptm_filter_tables;

/* workspace: most bytes for spectra, 0: decided from the sizes. */
int ptm_filter_make(ptm_filter **out, ptm_device *device, ptm_type type, const ptm_filter_tables *tables);
void ptm_filter_destroy(ptm_filter **filter);
uint64_t ptm_filter_memory(const ptm_filter *filter);

/* A block of views in memory: where its first pixel is, and the strides of view, v and u in elements. */
typedef struct ptm_pixels {
    ptm_ref first;
    int stride[3];
} ptm_pixels;
/* Filters a block that begins with `view`, in place: weights, then the filter; adjoint: the other way round. */
int ptm_filter_run(const ptm_filter *filter, ptm_queue *queue, const ptm_pixels *pixels, int view, int views, bool adjoint);
#endif
