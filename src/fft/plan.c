#include "fft/plan.h"

#include "fft/fft_arguments.h"

#include <stdlib.h>

PTM_ARGUMENTS(fft_pass, FFT_PASS);
PTM_ARGUMENTS(fft_multiply, FFT_MULTIPLY);

static bool has_formula(int radix)
{
    return radix <= FFT_LAST_FORMULA || radix == 8;
}

/* Reals of a pass: its factors, and roots if it has no formula. */
static size_t pass_size(int radix, int count)
{
    return 2 * (size_t)(radix - 1) * (size_t)count + (has_formula(radix) ? 0 : 2 * (size_t)radix);
}

static size_t table_size(const ptm_fft_plan *plan)
{
    size_t size = FFT_HEADER;
    for (int i = 0, left = plan->padded; i < plan->passes; ++i) size += pass_size(plan->radix[i], left /= plan->radix[i]);
    return size;
}

static double *fill_pass(double *at, int radix, int count, int points)
{
    if (!has_formula(radix))
        for (int k = 0; k < radix; ++k, at += 2) ptm_fft_root(&at[0], &at[1], k, radix);
    for (int c = 1; c < radix; ++c, at += 2 * (size_t)count)
        for (int p = 0; p < count; ++p) ptm_fft_root(&at[p], &at[count + p], (long long)p * c % points, points);
    return at;
}

static int make_tables(ptm_fft_plan *plan, ptm_device *device)
{
    const size_t size = table_size(plan);
    double *tables = ptm_alloc(size, sizeof *tables), *at = tables + FFT_HEADER;
    if (!tables) return PTM_ERROR_MEMORY;
    tables[0] = plan->passes;
    for (int i = 0, left = plan->padded; i < plan->passes; left /= plan->radix[i++]) {
        tables[1 + i] = plan->radix[i];
        at = fill_pass(at, plan->radix[i], left / plan->radix[i], left);
    }
    int status = ptm_buffer_from_doubles(&plan->tables, device, tables, size, plan->type);
    free(tables);
    return status;
}

/* L. I. Bluestein, IEEE Trans. Audio Electroacoust. 18, 1970: with w(k) = exp(-pi i k^2 / n), the transform is w times the
 * convolution of w x with 1 / w. The response is the transform of 1 / w, over the length. */
static int make_chirp(ptm_fft_plan *plan, ptm_device *device)
{
    const size_t n = (size_t)plan->points, m = (size_t)plan->padded;
    double *chirp = ptm_alloc(2 * (n + m), sizeof *chirp), *re = chirp, *im = chirp + m, *w = chirp + 2 * m;
    if (!chirp) return PTM_ERROR_MEMORY;
    for (size_t k = 0; k < n; ++k) {
        ptm_fft_root(&w[k], &w[n + k], (long long)(k * k % (2 * n)), 2 * (long long)n);
        re[k] = w[k] / (double)m;
        im[k] = -w[n + k] / (double)m;
        re[(m - k) % m] = re[k];
        im[(m - k) % m] = im[k];
    }
    int status = ptm_fft_doubles(re, im, plan->padded);
    if (!status) status = ptm_buffer_from_doubles(&plan->chirp, device, chirp, 2 * (n + m), plan->type);
    free(chirp);
    return status;
}

int ptm_fft_plan_create(ptm_fft_plan *out, ptm_device *device, int points, ptm_type type, bool within_items)
{
    *out = (ptm_fft_plan){ .type = type, .points = points };
    if (points < 1 || points > PTM_FFT_POINTS)
        return ptm_fail(PTM_ERROR_ARGUMENT, "a transform of %d points, expected 1 to %d", points, PTM_FFT_POINTS);
    out->padded = ptm_fft_padded(points);
    out->passes = ptm_fft_radices(out->radix, out->padded);
    const ptm_kernel_form form = { .real_size = ptm_type_size(type) };
    int status = make_tables(out, device);
    if (!status && out->padded != points) status = make_chirp(out, device);
    if (!status && !within_items) status = ptm_kernel_get(&out->pass, device, "fft_pass", &form);
    if (!status && !within_items) status = ptm_kernel_get(&out->pass_any, device, "fft_pass_any", &form);
    if (!status && !within_items) status = ptm_kernel_get(&out->multiply, device, "fft_multiply", &form);
    if (status) ptm_fft_plan_destroy(out);
    return status;
}

void ptm_fft_plan_destroy(ptm_fft_plan *plan)
{
    ptm_buffer_destroy(&plan->tables);
    ptm_buffer_destroy(&plan->chirp);
}

uint64_t ptm_fft_plan_memory(const ptm_fft_plan *plan)
{
    return plan->tables->size + (plan->chirp ? plan->chirp->size : 0);
}

/* A few for each that runs at a time, so that they end together. */
int ptm_fft_workers(const ptm_device *device, int64_t groups)
{
    const int64_t wanted = 4 * (int64_t)(device->limits.items > 0 ? device->limits.items : 16);
    return (int)(groups < wanted ? groups : wanted);
}

int ptm_fft_run_passes(
    const ptm_fft_plan *plan, ptm_queue *queue, ptm_buffer **data, ptm_buffer **spare, int lanes, int rows)
{
    const size_t real = ptm_type_size(plan->type);
    int status = PTM_OK;
    uint64_t at = FFT_HEADER;
    for (int i = 0, left = plan->padded, stride = lanes; i < plan->passes && !status; ++i) {
        const int radix = plan->radix[i], count = left / radix;
        const ptm_kernel *kernel = has_formula(radix) ? plan->pass : plan->pass_any;
        const bool lines = kernel == plan->pass && kernel->wide && stride > 1;
        struct fft_pass_args args = { .after = { *spare, 0 }, .before = { *data, 0 },
            .factors = { plan->tables, at * real }, .radix = radix, .plane = plan->padded * lanes, .stride = stride,
            .count = count, .lanes = lines ? stride : stride * count, .lines = lines ? count : 1, .rows = rows };
        status = ptm_launch_kernel(queue, kernel, &args);
        ptm_buffer *done = *spare;
        *spare = *data;
        *data = done;
        at += pass_size(radix, count);
        left = count;
        stride *= radix;
    }
    return status;
}

int ptm_fft_run_convolution(const ptm_fft_plan *plan, ptm_queue *queue, ptm_buffer **data, ptm_buffer **spare, int lanes,
    int rows, ptm_buffer *response)
{
    int status = ptm_fft_run_passes(plan, queue, data, spare, lanes, rows);
    struct fft_multiply_args args = {
        .work = { *data, 0 }, .response = { response, 0 }, .points = plan->padded, .lanes = lanes, .rows = rows
    };
    if (!status) status = ptm_launch_kernel(queue, plan->multiply, &args);
    return status ? status : ptm_fft_run_passes(plan, queue, data, spare, lanes, rows);
}
