#include "fft/fft.h"

#include "fft/fft_arguments.h"

#include <math.h>
#include <stdlib.h>

PTM_ARGUMENTS(fft_pass, FFT_PASS);

int ptm_fft_create(ptm_fft *out, ptm_device *device, int points, ptm_type type)
{
    *out = (ptm_fft){ .points = points };
    if (points < 2 || points > 1 << 24 || (points & (points - 1)))
        return ptm_fail(PTM_ERROR_INTERNAL, "a transform of %d points, expected a power of two", points);
    const ptm_kernel_form form = { .real_size = ptm_type_size(type) };
    int status = ptm_kernel_get(&out->pass2, device, "fft_pass2", &form);
    if (!status) status = ptm_kernel_get(&out->pass4, device, "fft_pass4", &form);
    if (status) return status;
    double *roots = ptm_alloc((size_t)points, 2 * sizeof *roots);
    if (!roots) return PTM_ERROR_MEMORY;
    for (int k = 0; k < points; ++k) {
        roots[2 * k] = cos(6.283185307179586477 * k / points);
        roots[2 * k + 1] = -sin(6.283185307179586477 * k / points);
    }
    status = ptm_buffer_from_doubles(&out->roots, device, roots, 2 * (size_t)points, type);
    free(roots);
    return status;
}

void ptm_fft_destroy(ptm_fft *fft)
{
    ptm_buffer_destroy(&fft->roots);
}

int ptm_fft_run(const ptm_fft *fft, ptm_queue *queue, ptm_buffer **data, ptm_buffer **spare, int lanes, bool inverse,
    ptm_buffer *response)
{
    int status = PTM_OK;
    for (int stride = 1; stride < fft->points && !status;) {
        /* An odd power of two begins with the pass of radix 2. */
        const int left = fft->points / stride, radix = stride == 1 && (left & 0x2AAAAAAA) ? 2 : 4;
        struct fft_pass_args args = { .after = { *spare, 0 }, .before = { *data, 0 }, .roots = { fft->roots, 0 },
            .response = { response ? response : fft->roots, 0 }, .points = fft->points, .stride = stride, .lanes = lanes,
            .inverse = inverse, .scaled = response && stride == 1 };
        status = ptm_launch_kernel(queue, radix == 2 ? fft->pass2 : fft->pass4, &args);
        ptm_buffer *done = *spare;
        *spare = *data;
        *data = done;
        stride *= radix;
    }
    return status;
}
