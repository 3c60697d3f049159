/* filter.c - two views at a time are the real and the imaginary part of one transform: the response is real and even, so
 * that they stay apart. */
#include "ct/filter.h"
#include "fft/fft.h"

#include "fft/fft_arguments.h"

#include <stdlib.h>

PTM_ARGUMENTS(filter_move, FILTER_MOVE);

struct ptm_filter {
    ptm_type type;
    int nu, nv;
    int pairs; /* of views, filtered at once */
    ptm_fft fft;
    const ptm_kernel *load, *store;
    ptm_buffer *response, *cosine, *redundancy, *spectra[2];
};

static void plan(ptm_filter *f, const ptm_device *device, int count, uint64_t workspace)
{
    const uint64_t pair = (uint64_t)f->fft.points * 2 * (uint64_t)f->nv * ptm_type_size(f->type);
    /* On the host the spectra should stay in the cache; a GPU wants many rows at once. */
    if (workspace == 0) workspace = (uint64_t)(device->info.gpu ? 256 : 8) << 20;
    uint64_t pairs = workspace / (2 * pair);
    const uint64_t all = ((uint64_t)count + 1) / 2;
    f->pairs = (int)(pairs < 1 ? 1 : pairs > all ? all : pairs);
}

int ptm_filter_make(ptm_filter **out, ptm_device *device, ptm_type type, const ptm_filter_tables *t, uint64_t workspace)
{
    ptm_filter *f = *out = ptm_alloc(1, sizeof *f);
    if (!f) return PTM_ERROR_MEMORY;
    *f = (ptm_filter){ .type = type, .nu = t->nu, .nv = t->nv };
    const ptm_kernel_form form = { .real_size = ptm_type_size(type) };
    int status = ptm_fft_create(&f->fft, device, t->points, type);
    if (!status) status = ptm_kernel_get(&f->load, device, "filter_load", &form);
    if (!status) status = ptm_kernel_get(&f->store, device, "filter_store", &form);
    if (!status) status = ptm_buffer_from_doubles(&f->response, device, t->response, (size_t)t->points, type);
    if (!status) status = ptm_buffer_from_doubles(&f->cosine, device, t->cosine, (size_t)t->nu * (size_t)t->nv, type);
    if (!status) status = ptm_buffer_from_doubles(&f->redundancy, device, t->redundancy, (size_t)t->count * (size_t)t->nu, type);
    if (!status) {
        plan(f, device, t->count, workspace);
        const uint64_t size = (uint64_t)f->fft.points * 2 * (uint64_t)f->nv * (uint64_t)f->pairs * ptm_type_size(type);
        for (int i = 0; i < 2 && !status; ++i) status = ptm_buffer_create(&f->spectra[i], device, size);
    }
    if (status) ptm_filter_destroy(out);
    return status;
}

void ptm_filter_destroy(ptm_filter **filter)
{
    ptm_filter *f = *filter;
    if (!f) return;
    *filter = NULL;
    ptm_fft_destroy(&f->fft);
    ptm_buffer_destroy(&f->response);
    ptm_buffer_destroy(&f->cosine);
    ptm_buffer_destroy(&f->redundancy);
    ptm_buffer_destroy(&f->spectra[0]);
    ptm_buffer_destroy(&f->spectra[1]);
    free(f);
}

uint64_t ptm_filter_memory(const ptm_filter *f)
{
    return f->fft.roots->size + f->response->size + f->cosine->size + f->redundancy->size + f->spectra[0]->size + f->spectra[1]->size;
}

static int filter_pairs(const ptm_filter *f, ptm_queue *queue, const ptm_pixels *pixels, int first, int view, int views,
    bool adjoint)
{
    const uint64_t size = ptm_type_size(f->type);
    const int pairs = (views + 1) / 2, lanes = pairs * f->nv;
    const bool pairs_inner = pairs > f->nv;
    ptm_buffer *data = f->spectra[0], *spare = f->spectra[1];
    struct filter_move_args args = { .spectrum = { data, 0 },
        .pixels = { pixels->first.buffer, pixels->first.offset + (uint64_t)first * (uint64_t)pixels->stride[0] * size },
        .cosine = { f->cosine, 0 }, .redundancy = { f->redundancy, (uint64_t)view * (uint64_t)f->nu * size },
        .points = f->fft.points, .inner = pairs_inner ? pairs : f->nv, .outer = pairs_inner ? f->nv : pairs,
        .pairs_inner = pairs_inner, .views = views, .nu = f->nu, .nv = f->nv, .s_view = pixels->stride[0],
        .s_u = pixels->stride[2], .s_v = pixels->stride[1], .weigh = !adjoint };
    int status = ptm_launch_kernel(queue, f->load, &args);
    if (!status) status = ptm_fft_run(&f->fft, queue, &data, &spare, lanes, false, NULL);
    if (!status) status = ptm_fft_run(&f->fft, queue, &data, &spare, lanes, true, f->response);
    args.spectrum.buffer = data;
    args.weigh = adjoint;
    return status ? status : ptm_launch_kernel(queue, f->store, &args);
}

int ptm_filter_run(const ptm_filter *f, ptm_queue *queue, const ptm_pixels *pixels, int view, int views, bool adjoint)
{
    int status = PTM_OK;
    for (int first = 0; first < views && !status; first += 2 * f->pairs) {
        const int some = views - first < 2 * f->pairs ? views - first : 2 * f->pairs;
        status = filter_pairs(f, queue, pixels, first, view + first, some, adjoint);
    }
    return status;
}
