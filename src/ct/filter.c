/* filter.c - two views at a time are the real and the imaginary part of one transform: the response is real and even, so
 * that they stay apart. Where an item can hold a row, it does all of it; elsewhere it goes by passes over blocks of
 * pairs. */
#include "ct/filter.h"
#include "fft/plan.h"

#include "fft/fft_arguments.h"

#include <stdlib.h>

PTM_ARGUMENTS(filter_move, FILTER_MOVE);
PTM_ARGUMENTS(filter_rows, FILTER_ROWS);

#define LANES 16 /* detector rows side by side within an item: a line of the cache */

struct ptm_filter {
    ptm_type type;
    int nu, nv;
    ptm_fft_plan fft;
    ptm_buffer *response, *cosine, *redundancy, *column, *falloff;
    int reach;
    /* Within items: */
    const ptm_kernel *rows;
    int lanes, workers;
    ptm_buffer *work;
    /* By passes: */
    const ptm_kernel *load, *store;
    int pairs; /* of views, filtered at once */
    ptm_buffer *spectra[2];
};

static int prepare_rows(ptm_filter *f, ptm_device *device, int count)
{
    f->lanes = f->nv < LANES ? f->nv : LANES;
    f->workers = ptm_fft_workers(device, (int64_t)((count + 1) / 2) * ((f->nv + f->lanes - 1) / f->lanes));
    const ptm_kernel_form form = { .real_size = ptm_type_size(f->type) };
    int status = ptm_kernel_get(&f->rows, device, "filter_rows", &form);
    const uint64_t size = (uint64_t)f->workers * FFT_WORK(f->fft.padded, f->lanes) * ptm_type_size(f->type);
    return status ? status : ptm_buffer_create(&f->work, device, size);
}

static int prepare_passes(ptm_filter *f, ptm_device *device, int count)
{
    const uint64_t pair = (uint64_t)f->fft.padded * 2 * (uint64_t)f->nv * ptm_type_size(f->type);
    const uint64_t workspace = (uint64_t)(device->info.gpu ? 256 : 8) << 20;
    const uint64_t all = ((uint64_t)count + 1) / 2, most = workspace / (2 * pair);
    f->pairs = (int)(most < 1 ? 1 : most > all ? all : most);
    const ptm_kernel_form form = { .real_size = ptm_type_size(f->type) };
    int status = ptm_kernel_get(&f->load, device, "filter_load", &form);
    if (!status) status = ptm_kernel_get(&f->store, device, "filter_store", &form);
    for (int i = 0; i < 2 && !status; ++i) status = ptm_buffer_create(&f->spectra[i], device, pair * (uint64_t)f->pairs);
    return status;
}

/* Kernels want a buffer, also where there is nothing in it. */
static int make_falloff(ptm_filter *f, ptm_device *device, const ptm_filter_tables *t)
{
    const double none = 0;
    const size_t count = t->reach > 0 ? 2 * (size_t)t->reach : 1;
    return ptm_buffer_from_doubles(&f->falloff, device, t->reach > 0 ? t->falloff : &none, count, f->type);
}

/* A real response as the transforms want it. */
static int make_response(ptm_filter *f, ptm_device *device, const ptm_filter_tables *t)
{
    double *response = ptm_alloc((size_t)t->points, 2 * sizeof *response);
    if (!response) return PTM_ERROR_MEMORY;
    for (int k = 0; k < t->points; ++k) response[k] = t->response[k];
    int status = ptm_buffer_from_doubles(&f->response, device, response, 2 * (size_t)t->points, f->type);
    free(response);
    return status;
}

int ptm_filter_make(ptm_filter **out, ptm_device *device, ptm_type type, const ptm_filter_tables *t)
{
    ptm_filter *f = *out = ptm_alloc(1, sizeof *f);
    if (!f) return PTM_ERROR_MEMORY;
    *f = (ptm_filter){ .type = type, .nu = t->nu, .nv = t->nv, .reach = t->reach };
    const bool within_items = device->limits.wide;
    int status = ptm_fft_plan_create(&f->fft, device, t->points, type, within_items);
    if (!status) status = make_response(f, device, t);
    if (!status) status = ptm_buffer_from_doubles(&f->cosine, device, t->cosine, (size_t)t->nu * (size_t)t->nv, type);
    if (!status)
        status = ptm_buffer_from_doubles(&f->redundancy, device, t->redundancy, (size_t)t->count * (size_t)t->nu, type);
    if (!status) status = ptm_buffer_from_doubles(&f->column, device, t->column, (size_t)t->nu, type);
    if (!status) status = make_falloff(f, device, t);
    if (!status) status = within_items ? prepare_rows(f, device, t->count) : prepare_passes(f, device, t->count);
    if (status) ptm_filter_destroy(out);
    return status;
}

void ptm_filter_destroy(ptm_filter **filter)
{
    ptm_filter *f = *filter;
    if (!f) return;
    *filter = NULL;
    ptm_fft_plan_destroy(&f->fft);
    ptm_buffer_destroy(&f->response);
    ptm_buffer_destroy(&f->cosine);
    ptm_buffer_destroy(&f->redundancy);
    ptm_buffer_destroy(&f->column);
    ptm_buffer_destroy(&f->falloff);
    ptm_buffer_destroy(&f->work);
    ptm_buffer_destroy(&f->spectra[0]);
    ptm_buffer_destroy(&f->spectra[1]);
    free(f);
}

uint64_t ptm_filter_memory(const ptm_filter *f)
{
    return f->response->size + f->cosine->size + f->redundancy->size + f->column->size + f->falloff->size +
        ptm_fft_plan_memory(&f->fft) + (f->work ? f->work->size : f->spectra[0]->size + f->spectra[1]->size);
}

static int filter_by_passes(const ptm_filter *f, ptm_queue *queue, struct filter_move_args *args)
{
    ptm_buffer *data = f->spectra[0], *spare = f->spectra[1];
    args->work.buffer = data;
    int status = ptm_launch_kernel(queue, f->load, args);
    if (!status)
        status = ptm_fft_run_convolution(&f->fft, queue, &data, &spare, f->nv, (args->views + 1) / 2, f->response);
    args->work.buffer = data;
    return status ? status : ptm_launch_kernel(queue, f->store, args);
}

static int filter_within_items(const ptm_filter *f, ptm_queue *queue, const struct filter_move_args *m)
{
    struct filter_rows_args args = { .response = { f->response, 0 }, .tables = { f->fft.tables, 0 }, .work = { f->work, 0 },
        .pixels = m->pixels, .cosine = m->cosine, .redundancy = m->redundancy, .column = m->column, .falloff = m->falloff,
        .points = m->points, .views = m->views, .nu = m->nu, .nv = m->nv, .s_view = m->s_view, .s_u = m->s_u, .s_v = m->s_v,
        .adjoint = m->adjoint, .reach = m->reach, .lanes = f->lanes, .workers = f->workers };
    return ptm_launch_kernel(queue, f->rows, &args);
}

int ptm_filter_run(const ptm_filter *f, ptm_queue *queue, const ptm_pixels *pixels, int view, int views, bool adjoint)
{
    const uint64_t size = ptm_type_size(f->type);
    const int most = f->rows ? views : 2 * f->pairs;
    int status = PTM_OK;
    for (int first = 0; first < views && !status; first += most) {
        struct filter_move_args args = {
            .pixels = { pixels->first.buffer, pixels->first.offset + (uint64_t)first * (uint64_t)pixels->stride[0] * size },
            .cosine = { f->cosine, 0 }, .redundancy = { f->redundancy, (uint64_t)(view + first) * (uint64_t)f->nu * size },
            .column = { f->column, 0 }, .falloff = { f->falloff, 0 }, .points = f->fft.padded,
            .views = views - first < most ? views - first : most, .nu = f->nu, .nv = f->nv,
            .s_view = pixels->stride[0], .s_u = pixels->stride[2], .s_v = pixels->stride[1],
            .adjoint = adjoint, .reach = f->reach };
        status = f->rows ? filter_within_items(f, queue, &args) : filter_by_passes(f, queue, &args);
    }
    return status;
}
