/* fbp.c - filtered back-projection: its weights and filter responses, in double. */
#include "ct/fbp.h"
#include "ct/blocks.h"
#include "ct/circle.h"
#include "linop/operator.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

/* The spectrum of an even, real sequence of `points`, a power of two, by halves: values[k] becomes sum_n values[n] cos(2 pi k n /
 * points). work is as long. */
static void even_transform(double *values, double *work, int points)
{
    /* sum over n of h[n] cos(2 pi k n / N) through a plain complex transform, decimated in time */
    double *re = values, *im = work;
    for (int i = 0; i < points; ++i) im[i] = 0;
    for (int i = 1, j = 0; i < points; ++i) {
        int bit = points >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i < j) {
            const double t = re[i];
            re[i] = re[j];
            re[j] = t;
        }
    }
    for (int half = 1; half < points; half *= 2)
        for (int k = 0; k < half; ++k) {
            const double c = cos(PI * k / half), s = -sin(PI * k / half);
            for (int i = k; i < points; i += 2 * half) {
                const int j = i + half;
                const double tr = c * re[j] - s * im[j], ti = c * im[j] + s * re[j];
                re[j] = re[i] - tr;
                im[j] = im[i] - ti;
                re[i] += tr;
                im[i] += ti;
            }
        }
}

static double window(const ptm_fbp_options *o, double x)
{
    if (x > 1) return 0;
    switch (o->filter) {
    case PTM_FILTER_SHEPP_LOGAN: return x == 0 ? 1 : sin(0.5 * PI * x) / (0.5 * PI * x);
    case PTM_FILTER_COSINE: return cos(0.5 * PI * x);
    case PTM_FILTER_HAMMING: return 0.54 + 0.46 * cos(PI * x);
    case PTM_FILTER_HANN: return 0.5 + 0.5 * cos(PI * x);
    default: return 1;
    }
}

static double user_response(const ptm_fbp_options *o, double frequency)
{
    const double place = 2 * frequency * (o->response_count - 1);
    int i = (int)place;
    if (i >= o->response_count - 1) return o->response[o->response_count - 1];
    return o->response[i] + (place - i) * (o->response[i + 1] - o->response[i]);
}

/* The response at k / points cycles per pixel: |frequency| and window. */
static int make_response(double *response, const ptm_fbp_options *o, int points)
{
    double *work = ptm_alloc((size_t)points, sizeof *work);
    if (!work) return PTM_ERROR_MEMORY;
    for (int n = 0; n < points; ++n) {
        const int distance = n <= points / 2 ? n : points - n;
        response[n] = n == 0 ? 0.25 : distance % 2 ? -1 / (PI * PI * distance * distance) : 0;
    }
    even_transform(response, work, points);
    free(work);
    for (int k = 0; k < points; ++k) {
        const double frequency = (k <= points / 2 ? k : points - k) / (double)points;
        if (o->filter == PTM_FILTER_RAMP) response[k] = frequency;
        if (o->filter == PTM_FILTER_NONE) response[k] = 1;
        if (o->filter == PTM_FILTER_USER) response[k] = user_response(o, frequency);
        if (o->filter != PTM_FILTER_NONE) response[k] *= window(o, 2 * frequency / o->cutoff);
    }
    return PTM_OK;
}

static void make_cosine(double *cosine, const ptm_circle *c, const ptm_scan *scan)
{
    for (int i = 0; i < scan->nu; ++i)
        for (int j = 0; j < scan->nv; ++j) {
            const double u = c->u + (i - 0.5 * (scan->nu - 1)) * c->du, v = c->v + (j - 0.5 * (scan->nv - 1)) * c->dv;
            cosine[(size_t)i * (size_t)scan->nv + (size_t)j] =
                c->parallel ? 1 : c->sdd / sqrt(c->sdd * c->sdd + u * u + v * v);
        }
}

static int check_options(ptm_fbp_options *out, const ptm_fbp_options *options)
{
    int status = ptm_copy_sized(out, sizeof *out, options, "ptm_fbp_options");
    if (status) return status;
    if (out->projector.struct_size == 0) out->projector.struct_size = sizeof out->projector;
    if (out->cutoff == 0) out->cutoff = 1;
    if (!(out->cutoff > 0 && out->cutoff <= 1))
        return ptm_fail(PTM_ERROR_ARGUMENT, "cutoff is %g, expected above 0 to 1", out->cutoff);
    if (out->filter < PTM_FILTER_RAM_LAK || out->filter > PTM_FILTER_USER)
        return ptm_fail(PTM_ERROR_ARGUMENT, "filter is %d, which is none of ptm_filter_type", out->filter);
    if (out->filter == PTM_FILTER_USER && (!out->response || out->response_count < 2))
        return ptm_fail(PTM_ERROR_ARGUMENT, "filter is PTM_FILTER_USER, but response has %d values, expected at least 2",
            out->response ? out->response_count : 0);
    for (int i = 0; out->filter == PTM_FILTER_USER && i < out->response_count; ++i)
        if (!isfinite(out->response[i]))
            return ptm_fail(PTM_ERROR_ARGUMENT, "response[%d] is %g, expected a finite number", i, out->response[i]);
    return PTM_OK;
}

/* The filter of a scan, ready to run. */
static int make_filter(ptm_filter **out, ptm_device *device, const ptm_scan *scan, const ptm_fbp_options *o)
{
    ptm_circle circle;
    *out = NULL;
    int status = ptm_circle_find(&circle, scan);
    if (status) return status;
    int points = 2;
    while (points < 2 * scan->nu - 1) points *= 2;
    double *response = ptm_alloc((size_t)points, sizeof *response), *redundancy = NULL;
    double *cosine = ptm_alloc((size_t)scan->nu * (size_t)scan->nv, sizeof *cosine);
    status = response && cosine ? ptm_circle_redundancy(&redundancy, &circle, scan) : PTM_ERROR_MEMORY;
    if (!status) status = make_response(response, o, points);
    if (!status) {
        make_cosine(cosine, &circle, scan);
        /* Filtering is along lengths at the axis: a pixel there is du sod / sdd wide. */
        const double pixel = fabs(circle.du) * circle.sod / circle.sdd;
        for (int k = 0; k < points; ++k) response[k] /= points * (o->filter == PTM_FILTER_NONE ? 1 : pixel);
        const ptm_filter_tables tables = { scan->nu, scan->nv, scan->count, points, response, cosine, redundancy };
        status = ptm_filter_make(out, device, o->projector.precision, &tables, 0);
    }
    free(response);
    free(cosine);
    free(redundancy);
    ptm_circle_free(&circle);
    return status;
}

static int start(ptm_filter **filter, ptm_operator **out, ptm_device *device, const ptm_scan *scan, ptm_fbp_options *o,
    const ptm_fbp_options *options)
{
    if (!out || !device || !scan)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !device ? "device" : "scan");
    *out = NULL;
    int status = check_options(o, options);
    if (!status && o->projector.precision == PTM_FLOAT64 && !device->limits.doubles)
        status = ptm_fail(PTM_ERROR_UNSUPPORTED, "float64 is for the host device; %s computes in float32", device->info.name);
    return status ? status : make_filter(filter, device, scan, o);
}

int ptm_fbp_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_fbp_options *options)
{
    ptm_fbp_options o;
    ptm_filter *filter;
    int status = start(&filter, out, device, scan, &o, options);
    return status ? status : ptm_filtered_backprojector(out, device, scan, &o.projector, &filter);
}

int ptm_fbp(ptm_device *device, const ptm_scan *scan, const ptm_array *volume, const ptm_array *projections,
    const ptm_fbp_options *options)
{
    ptm_operator *op;
    int status = ptm_fbp_create(&op, device, scan, options);
    if (status) return status;
    status = ptm_apply(op, volume, projections);
    ptm_operator_destroy(&op);
    return status;
}

/* The filter alone, as an operator. */
typedef struct filter_operator {
    ptm_operator base;
    ptm_filter *filter;
    ptm_mover mover;
    int nu, nv, count, views;
    ptm_buffer *field;
} filter_operator;

static int apply_filter(ptm_operator *op, bool adjoint, double alpha, const ptm_array *in, double beta, const ptm_array *out)
{
    filter_operator *f = (filter_operator *)op;
    ptm_queue *queue = &op->device->queue;
    const int64_t largest = (int64_t)f->views * f->nu * f->nv;
    ptm_access from, to = { 0 };
    int status = ptm_access_open(&from, op->device, in, largest);
    if (!status) status = ptm_access_open(&to, op->device, out, largest);
    for (int view = 0; view < f->count && !status; view += f->views) {
        const int views = f->count - view < f->views ? f->count - view : f->views;
        const ptm_field_shape shape = ptm_shape_stack(f->nv, f->nu, views);
        const ptm_part part = { { view, 0, 0 }, { views, f->nv, f->nu }, { 1, 2, 0 } };
        ptm_field_ref field;
        status = ptm_load(&f->mover, queue, &from, &part, &shape, (ptm_ref){ f->field, 0 }, &field);
        if (status) break;
        ptm_pixels block;
        block.first = ptm_first_element(&part, &shape, &field, op->type, block.stride);
        status = ptm_filter_run(f->filter, queue, &block, view, views, adjoint);
        if (!status) status = ptm_store(&f->mover, queue, &to, &part, block.first, field.pitch, field.plane, alpha, beta);
    }
    return ptm_access_finish(&from, &to, queue, status);
}

static uint64_t filter_operator_memory(const ptm_operator *op)
{
    const filter_operator *f = (const filter_operator *)op;
    return f->field->size + ptm_filter_memory(f->filter);
}

static void destroy_filter_operator(ptm_operator *op)
{
    filter_operator *f = (filter_operator *)op;
    ptm_filter_destroy(&f->filter);
    ptm_buffer_destroy(&f->field);
    free(f);
}

static const ptm_operator_class filter_class = { "filter", apply_filter, filter_operator_memory, destroy_filter_operator };

int ptm_filter_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_fbp_options *options)
{
    ptm_fbp_options o;
    ptm_filter *filter;
    int status = start(&filter, out, device, scan, &o, options);
    if (status) return status;
    filter_operator *f = ptm_alloc(1, sizeof *f);
    if (!f) {
        ptm_filter_destroy(&filter);
        return PTM_ERROR_MEMORY;
    }
    *f = (filter_operator){ .base = { &filter_class, device, o.projector.precision, { 0 }, { 0 } }, .filter = filter,
        .nu = scan->nu, .nv = scan->nv, .count = scan->count };
    ptm_scan_projection_shape(scan, f->base.domain);
    ptm_scan_projection_shape(scan, f->base.range);
    const ptm_field_shape view = ptm_shape_stack(f->nv, f->nu, 1);
    const uint64_t size = ptm_type_size(f->base.type), unit = ptm_shape_elements(&view) * size;
    f->views = ptm_fit_blocks(unit, f->count, (uint64_t)64 << 20);
    status = ptm_mover_create(&f->mover, device, f->base.type);
    if (!status) status = ptm_buffer_create(&f->field, device, unit * (uint64_t)f->views);
    if (status) destroy_filter_operator(&f->base);
    else *out = &f->base;
    return status;
}
