/* phase.c - phase retrieval from one distance: D. Paganin, S. C. Mayo, T. E. Gureyev, P. R. Miller, S. W. Wilkins, J.
 * Microscopy 206, 33 (2002), and generalised: D. M. Paganin and others, J. Optics 22, 115607 (2020). */
#include <polytome/correct.h>
#include <polytome/fft.h>

#include "core/device.h"
#include "core/error.h"
#include "correct/block.h"
#include "correct/order.h"
#include "fft/radices.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846
#define LEAST 1e-6f /* of a transmission */

/* One view at a time, with a mirrored border on an axis of more than one pixel. */
typedef struct retrieval {
    ptm_context *context;
    const ptm_block *block;
    int64_t view;
    int64_t shape[2];     /* of the bordered view: rows, columns */
    int64_t half;         /* columns of its spectrum */
    double *response[2];  /* alpha |k|^2, which is the sum of both, by row and by column of the spectrum */
    float *bordered, *spectrum, *turned;
    ptm_operator *along_u, *back_u, *along_v, *back_v; /* v: NULL for views of one row */
} retrieval;

static void free_retrieval(retrieval *r)
{
    free(r->response[0]);
    free(r->response[1]);
    free(r->bordered);
    free(r->spectrum);
    free(r->turned);
    ptm_operator_destroy(&r->along_u);
    ptm_operator_destroy(&r->back_u);
    ptm_operator_destroy(&r->along_v);
    ptm_operator_destroy(&r->back_v);
}

/* alpha |k|^2 of one axis. Generalised: that of second differences between pixels, as intensities are means over pixels. */
static double *response_of(int64_t n, int64_t count, double pixel, const ptm_phase_options *o)
{
    double *response = ptm_alloc((size_t)count, sizeof *response);
    for (int64_t i = 0; i < count && response; ++i) {
        const double f = (double)(2 * i <= n ? i : i - n) / (double)n, k = 2 * PI * f / pixel;
        response[i] = o->alpha * (o->generalised ? 2 * (1 - cos(2 * PI * f)) / (pixel * pixel) : k * k);
    }
    return response;
}

/* The response falls as exp(-distance / sqrt(alpha)). */
static int64_t bordered_length(int64_t n, double pixel, double alpha)
{
    const double border = fmin(ceil(12 * sqrt(alpha) / pixel), (double)n);
    return n == 1 ? 1 : ptm_fft_length((int)(n + 2 * (int64_t)border));
}

static int make_operators(retrieval *r, ptm_device *device)
{
    ptm_fft_options u = { PTM_SIZED(ptm_fft_options), .kind = PTM_FFT_REAL, .dimensions = 2,
        .shape = { r->shape[0], r->shape[1] } };
    ptm_fft_options v = { PTM_SIZED(ptm_fft_options), .dimensions = 2, .shape = { r->half, r->shape[0] } };
    int status = ptm_fft_create(&r->along_u, device, &u);
    if (!status && r->shape[0] > 1) status = ptm_fft_create(&r->along_v, device, &v);
    u.inverse = v.inverse = true;
    if (!status) status = ptm_fft_create(&r->back_u, device, &u);
    if (!status && r->shape[0] > 1) status = ptm_fft_create(&r->back_v, device, &v);
    return status;
}

static int make_retrieval(retrieval *r, ptm_device *device, const ptm_phase_options *o)
{
    r->shape[0] = bordered_length(r->block->rows, o->pixel[1], o->alpha);
    r->shape[1] = bordered_length(r->block->columns, o->pixel[0], o->alpha);
    r->half = r->shape[1] / 2 + 1;
    const size_t spectrum = 2 * (size_t)(r->shape[0] * r->half);
    r->response[0] = response_of(r->shape[0], r->shape[0], o->pixel[1], o);
    r->response[1] = response_of(r->shape[1], r->half, o->pixel[0], o);
    r->bordered = ptm_alloc((size_t)(r->shape[0] * r->shape[1]), sizeof *r->bordered);
    r->spectrum = ptm_alloc(spectrum, sizeof *r->spectrum);
    r->turned = ptm_alloc(r->shape[0] > 1 ? spectrum : 0, sizeof *r->turned);
    if (!r->response[0] || !r->response[1] || !r->bordered || !r->spectrum || !r->turned) return PTM_ERROR_MEMORY;
    return make_operators(r, device);
}

/* ------------------------------------------------------------------ a view */

/* A row of transmissions; what lies beyond the view is its mirror image, from the nearer side. */
static void fill_row(void *user, int64_t row, void *scratch)
{
    const retrieval *r = user;
    const int64_t n = r->block->columns, length = r->shape[1], rows = r->block->rows;
    const int64_t nearer = row < rows + (r->shape[0] - rows) / 2 ? row : row - r->shape[0];
    const float *line = ptm_block_line(r->block, r->view, ptm_mirror(nearer, rows));
    float *to = r->bordered + row * length;
    (void)scratch;
    for (int64_t i = 0; i < n; ++i) to[i] = expf(-line[i]);
    for (int64_t i = n; i < length; ++i) to[i] = to[ptm_mirror(i < n + (length - n) / 2 ? i : i - length, n)];
}

static void respond(void *user, int64_t column, void *scratch)
{
    const retrieval *r = user;
    const int64_t rows = r->shape[0];
    (void)scratch;
    for (int64_t row = 0; row < rows; ++row) {
        float *value = rows > 1 ? r->turned + 2 * (column * rows + row) : r->spectrum + 2 * column;
        const float factor = (float)(1 / (1 + r->response[0][row] + r->response[1][column]));
        value[0] *= factor;
        value[1] *= factor;
    }
}

static void take_row(void *user, int64_t row, void *scratch)
{
    const retrieval *r = user;
    const float *from = r->bordered + row * r->shape[1];
    float *line = ptm_block_line(r->block, r->view, row);
    (void)scratch;
    for (int64_t i = 0; i < r->block->columns; ++i) line[i] = -logf(from[i] >= LEAST ? from[i] : LEAST);
}

static int retrieve_view(retrieval *r)
{
    const int64_t rows = r->shape[0];
    const ptm_array real = { PTM_SIZED(ptm_array), .dimensions = 2, .shape = { rows, r->shape[1] }, .data = r->bordered };
    const ptm_array lines = { PTM_SIZED(ptm_array), .type = PTM_COMPLEX64, .dimensions = 2, .shape = { rows, r->half },
        .data = r->spectrum };
    const ptm_array columns = { PTM_SIZED(ptm_array), .type = PTM_COMPLEX64, .dimensions = 2, .shape = { r->half, rows },
        .stride = { 1, r->half }, .data = r->spectrum };
    const ptm_array turned = { PTM_SIZED(ptm_array), .type = PTM_COMPLEX64, .dimensions = 2, .shape = { r->half, rows },
        .data = r->turned };
    int status = ptm_spread(r->context, rows, 0, fill_row, r);
    if (!status) status = ptm_apply(r->along_u, &lines, &real);
    if (!status && r->along_v) status = ptm_apply(r->along_v, &turned, &columns);
    if (!status) status = ptm_spread(r->context, r->half, 0, respond, r);
    if (!status && r->back_v) status = ptm_apply(r->back_v, &columns, &turned);
    if (!status) status = ptm_apply(r->back_u, &real, &lines);
    return status ? status : ptm_spread(r->context, r->block->rows, 0, take_row, r);
}

/* ------------------------------------------------------------------ options */

static int check_options(ptm_phase_options *o)
{
    for (int i = 0; i < 2; ++i) {
        if (o->pixel[i] == 0) o->pixel[i] = i ? o->pixel[0] : 1;
        if (!(o->pixel[i] > 0 && isfinite(o->pixel[i])))
            return ptm_fail(PTM_ERROR_ARGUMENT, "pixel[%d] is %g mm, expected more than 0", i, o->pixel[i]);
    }
    const bool optics = o->energy != 0 || o->distance != 0 || o->delta_beta != 0;
    if (optics == (o->alpha != 0))
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s of alpha, and energy with distance and delta_beta, expected one",
            optics ? "both" : "neither");
    if (optics && !(o->energy > 0 && o->distance > 0 && o->delta_beta > 0))
        return ptm_fail(PTM_ERROR_ARGUMENT, "energy is %g keV, distance %g mm and delta_beta %g, expected more than 0",
            o->energy,
            o->distance, o->delta_beta);
    /* h c is 1.239841984e-6 keV mm; delta distance / mu with mu = 4 pi beta / wavelength */
    if (optics) o->alpha = o->delta_beta * o->distance * 1.239841984e-6 / o->energy / (4 * PI);
    if (!(o->alpha > 0 && isfinite(o->alpha)))
        return ptm_fail(PTM_ERROR_ARGUMENT, "alpha is %g mm^2, expected a finite number above 0", o->alpha);
    return PTM_OK;
}

int ptm_retrieve_phase(ptm_device *device, const ptm_array *projections, const ptm_phase_options *options)
{
    ptm_phase_options o;
    ptm_block b;
    if (!device) return ptm_fail(PTM_ERROR_ARGUMENT, "device is NULL");
    int status = ptm_copy_sized(&o, sizeof o, options, "ptm_phase_options");
    if (!status) status = ptm_block_check(&b, device->context, projections, "projections");
    if (!status) status = check_options(&o);
    if (status) return status;
    retrieval r = { .context = device->context, .block = &b };
    status = make_retrieval(&r, device, &o);
    for (; r.view < b.views && !status; ++r.view) status = retrieve_view(&r);
    free_retrieval(&r);
    return status;
}
