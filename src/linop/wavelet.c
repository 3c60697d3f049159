/* wavelet.c - orthonormal wavelet transforms. Each level goes through the axes one by one, from one array to another, so
 * that it needs memory for another one. */
#include "linop/wavelet.h"

#include "linop/plain.h"
#include "vec/vectors.h"
#include "vec/walk.h"

#include "vec/wavelet_arguments.h"

#include <math.h>
#include <stdlib.h>

PTM_ARGUMENTS(wavelet, WAVELET);

enum { AXES = 3, TAPS = 8, MOST_LEVELS = 30, COPYING = 3 };

typedef struct wavelet {
    ptm_operator base;
    int axes, levels, taps;
    int64_t shift[AXES]; /* x, y, z; 0 to the length of the axis */
    const ptm_kernel *kernel;
    ptm_vectors *vectors;
    ptm_buffer *filters;
    ptm_array work, result; /* result: where the array that is given cannot be it */
} wavelet;

/* ------------------------------------------------------------------ filters */

/* Low-pass filters: I. Daubechies, Ten Lectures on Wavelets, 1992, tables 6.1 and 6.3. To all digits by spectral
 * factorisation (6.1.11 and 6.1.12 there): the sum of low[t] z^t has the roots outside the unit circle, for the symlet
 * the complex pair inside. */
static const struct {
    int taps;
    double low[TAPS];
} wavelets[] = {
    [PTM_WAVELET_HAAR] = { 2, { 0.707106781186547524, 0.707106781186547524 } },
    [PTM_WAVELET_DAUBECHIES2] = { 4,
        { 0.482962913144534143, 0.836516303737807906, 0.224143868042013381, -0.129409522551260381 } },
    [PTM_WAVELET_DAUBECHIES3] = { 6,
        { 0.332670552950082616, 0.806891509311092576, 0.45987750211849157, -0.135011020010254589, -0.0854412738820266617,
            0.0352262918857095366 } },
    [PTM_WAVELET_DAUBECHIES4] = { 8,
        { 0.230377813308896501, 0.714846570552915647, 0.630880767929858908, -0.0279837694168598542,
            -0.187034811719093084, 0.0308413818355607636, 0.0328830116668851997, -0.0105974017850690321 } },
    [PTM_WAVELET_SYMLET4] = { 8,
        { 0.0322231006040514679, -0.0126039672620313038, -0.0992195435766335326, 0.297857795605306051,
            0.803738751805132081, 0.49761866763277499, -0.0296355276460024918, -0.0757657147895022132 } },
};

/* Where the filters for lines of `count` places begin. */
static int filters_at(int count)
{
    return count * (count - 2) / 2;
}

/* Both filters for lines of 2, 4, ... places, where they go round and meet themselves, up to as many as there are taps. */
static int make_filters(wavelet *w, ptm_wavelet kind)
{
    double table[TAPS * (TAPS + 2) / 2] = { 0 };
    const double *low = wavelets[kind].low;
    w->taps = wavelets[kind].taps;
    for (int count = 2; count <= w->taps; count += 2)
        for (int t = 0; t < w->taps; ++t) {
            double *at = table + filters_at(count) + t % count;
            at[0] += low[t];
            at[count] += t % 2 ? -low[w->taps - 1 - t] : low[w->taps - 1 - t];
        }
    return ptm_buffer_from_doubles(
        &w->filters, w->base.device, table, (size_t)filters_at(w->taps + 2), w->base.domain.type);
}

/* ------------------------------------------------------------------ levels */

/* What a level finds of the last axes. */
static void sizes_at(int32_t n[AXES], const wavelet *w, int level)
{
    const ptm_space *space = &w->base.domain;
    for (int i = 0; i < AXES; ++i) {
        n[i] = i < space->dimensions ? (int32_t)space->shape[space->dimensions - 1 - i] : 1;
        for (int k = 0; k < level && i < w->axes && n[i] > 1; ++k) n[i] /= 2;
    }
}

static bool is_split(const wavelet *w, int level)
{
    int32_t n[AXES];
    bool split = false;
    sizes_at(n, w, level);
    for (int i = 0; i < w->axes; ++i) split = split || n[i] > 1;
    return split;
}

/* As many as leave an axis that is as long as the filter, at least one; or what is wanted, as far as there is anything to
 * split. */
static int count_levels(const wavelet *w, int wanted)
{
    int32_t n[AXES];
    int longest = 1, most = 1;
    sizes_at(n, w, 0);
    for (int i = 0; i < w->axes; ++i) longest = n[i] > longest ? n[i] : longest;
    while (longest >> (most + 1) >= w->taps - 1) ++most;
    if (wanted > 0) most = wanted;
    int levels = 0;
    while (levels < most && is_split(w, levels)) ++levels;
    return levels;
}

/* ------------------------------------------------------------------ applying */

/* One sample, on its way. */
typedef struct transform {
    const wavelet *w;
    ptm_queue *queue;
    bool transposed;
    ptm_plain result, work;
} transform;

static int run_pass(const transform *f, const ptm_plain *out, const ptm_plain *in, int level, int axis)
{
    const wavelet *w = f->w;
    int32_t n[AXES];
    sizes_at(n, w, level);
    const bool copying = axis == COPYING;
    const int whole = copying ? 0 : n[axis] / 2 * 2, count = whole < w->taps ? whole : w->taps;
    const int ahead = copying ? 0 : (w->taps / 2 - 1) % whole; /* filters stand about the middle of a pair */
    const struct wavelet_args args = { .y = out->at,
        .x = in->at,
        .taps = { w->filters, 0 },
        .n0 = n[0],
        .n1 = n[1],
        .n2 = n[2],
        .s0 = out->stride[0],
        .s1 = out->stride[1],
        .s2 = out->stride[2],
        .t0 = in->stride[0],
        .t1 = in->stride[1],
        .t2 = in->stride[2],
        .axis = axis,
        .transposed = f->transposed,
        .shift = copying || level > 0 ? 0 : (int32_t)w->shift[axis],
        .turn = ahead ? whole - ahead : 0,
        .first = copying ? 0 : filters_at(count),
        .count = count };
    return ptm_launch_kernel(f->queue, w->kernel, &args);
}

/* A level's passes, from `in` or from the result to the result. */
static int run_level(const transform *f, const ptm_plain *in, int level)
{
    int32_t n[AXES];
    int axes[AXES], count = 0, status = PTM_OK;
    sizes_at(n, f->w, level);
    for (int i = 0; i < f->w->axes; ++i)
        if (n[i] > 1) axes[count++] = i;
    const ptm_plain *from = in, *to = count % 2 && in != &f->result ? &f->result : &f->work;
    for (int i = 0; i < count && !status; ++i) {
        status = run_pass(f, to, from, level, axes[i]);
        from = to;
        to = from == &f->work ? &f->result : &f->work;
    }
    return status || from == &f->result ? status : run_pass(f, &f->result, from, level, COPYING);
}

/* The adjoint goes up from the last level, which the others' details wait for in the result. */
static int run_levels(const transform *f, const ptm_plain *in)
{
    const int levels = f->w->levels;
    int status = PTM_OK;
    if (in != &f->result && (f->transposed || levels == 0)) {
        status = run_pass(f, &f->result, in, 0, COPYING);
        in = &f->result;
    }
    for (int i = 0; i < levels && !status; ++i)
        status = run_level(f, i ? &f->result : in, f->transposed ? levels - 1 - i : i);
    return status;
}

static int apply(ptm_operator *op, const ptm_call *call)
{
    const wavelet *w = (const wavelet *)op;
    const ptm_type type = op->domain.type;
    const ptm_array given_in = ptm_array_as_given(call->in), given_out = ptm_array_as_given(call->out);
    const ptm_scalar one = { 1, NULL }, none = { 0, NULL }, alpha = { call->alpha, NULL }, beta = { call->beta, NULL };
    const bool direct = ptm_is_plain(call->out, type) && call->alpha == 1 && call->beta == 0;
    const bool plain = ptm_is_plain(call->in, type);
    const ptm_array *result = direct ? call->out : &w->result;
    int status = plain ? PTM_OK : ptm_vector_axpby(w->vectors, call->queue, result, one, &given_in, none);
    for (int64_t k = 0; k < ptm_samples(result) && !status; ++k) {
        const transform f = { w, call->queue, call->adjoint, ptm_plain_sample(result, k), ptm_plain_sample(&w->work, k) };
        const ptm_plain in = plain ? ptm_plain_sample(call->in, k) : f.result;
        status = run_levels(&f, plain ? &in : &f.result);
    }
    if (!status && !direct) status = ptm_vector_axpby(w->vectors, call->queue, &given_out, alpha, result, beta);
    return status ? status : ptm_call_report(call, 1);
}

/* ------------------------------------------------------------------ coefficients */

void ptm_wavelet_shift(ptm_operator *op, const int64_t shift[3])
{
    wavelet *w = (wavelet *)op;
    int32_t n[AXES];
    sizes_at(n, w, 0);
    for (int i = 0; i < AXES; ++i) w->shift[i] = (shift[i] % n[i] + n[i]) % n[i];
}

static ptm_array places(const ptm_array *a, int axis, int32_t first, int32_t count)
{
    ptm_array part = *a;
    const int i = a->dimensions - 1 - axis;
    part.offset += first * part.stride[i];
    part.shape[i] = count;
    return part;
}

typedef struct limiting {
    const wavelet *w;
    ptm_queue *queue;
    double most;
    int32_t n[AXES]; /* of the level at hand */
} limiting;

/* A level's coefficients, from an axis on; `coarse`: along those before it is what the next level has. */
static int limit_level(const limiting *l, const ptm_array *a, int axis, bool coarse)
{
    ptm_vectors *vectors = l->w->vectors;
    if (axis == l->w->axes) return coarse ? PTM_OK : ptm_vector_fill(vectors, l->queue, a, 0);
    const int32_t n = l->n[axis], pairs = n / 2;
    if (n == 1) return limit_level(l, a, axis + 1, coarse);
    const ptm_array first = places(a, axis, 0, pairs), details = places(a, axis, pairs, pairs);
    int status = ptm_vector_clip(vectors, l->queue, &details, -l->most, l->most);
    if (!status) status = limit_level(l, &first, axis + 1, coarse);
    if (status || n % 2 == 0) return status;
    const ptm_array last = places(a, axis, n - 1, 1);
    return limit_level(l, &last, axis + 1, false);
}

int ptm_wavelet_limit(ptm_operator *op, ptm_queue *queue, const ptm_array *coefficients, double most)
{
    const wavelet *w = (const wavelet *)op;
    limiting l = { .w = w, .queue = queue, .most = most };
    ptm_array rest = *coefficients;
    int status = PTM_OK;
    for (int level = 0; level <= w->levels && !status; ++level) {
        sizes_at(l.n, w, level);
        for (int i = 0; i < w->axes; ++i) rest = places(&rest, i, 0, l.n[i]);
        if (level < w->levels) status = limit_level(&l, &rest, 0, true);
    }
    return status ? status : ptm_vector_fill(w->vectors, queue, &rest, 0);
}

/* ------------------------------------------------------------------ making and ending */

static uint64_t memory(const ptm_operator *op)
{
    const wavelet *w = (const wavelet *)op;
    return w->filters->size + w->work.memory->buffer->size + w->result.memory->buffer->size +
           ptm_vectors_memory(w->vectors);
}

static uint64_t slot(const ptm_operator *op)
{
    return ptm_walk_slot(&op->domain);
}

static void destroy(ptm_operator *op)
{
    wavelet *w = (wavelet *)op;
    ptm_array_destroy(&w->result);
    ptm_array_destroy(&w->work);
    ptm_buffer_destroy(&w->filters);
    ptm_vectors_destroy(&w->vectors);
    free(w);
}

static const ptm_operator_class wavelet_class = { "wavelet", apply, memory, destroy, NULL, slot };

static int check(const ptm_space *space, const ptm_wavelet_options *o)
{
    const int most = space->dimensions < AXES ? space->dimensions : AXES;
    if ((int)o->wavelet < 0 || o->wavelet >= (int)(sizeof wavelets / sizeof *wavelets))
        return ptm_fail(PTM_ERROR_ARGUMENT, "wavelet is %d, which is none of ptm_wavelet", (int)o->wavelet);
    if (o->levels < 0 || o->levels > MOST_LEVELS)
        return ptm_fail(PTM_ERROR_ARGUMENT, "levels is %d, expected 0 to %d", o->levels, MOST_LEVELS);
    if (o->axes < 0 || o->axes > most) return ptm_fail(PTM_ERROR_ARGUMENT, "axes is %d, expected 0 to %d", o->axes, most);
    return ptm_plain_check(space);
}

static int prepare(wavelet *w, const ptm_wavelet_options *o)
{
    ptm_device *device = w->base.device;
    const ptm_space *space = &w->base.domain;
    const ptm_kernel_form form = { .real_size = ptm_type_size(space->type) };
    const int64_t shift[AXES] = { o->shift[0], o->shift[1], o->shift[2] };
    w->axes = o->axes ? o->axes : space->dimensions < AXES ? space->dimensions : AXES;
    ptm_wavelet_shift(&w->base, shift);
    int status = make_filters(w, o->wavelet);
    w->levels = count_levels(w, o->levels);
    if (!status) status = ptm_kernel_get(&w->kernel, device, "wavelet", &form);
    if (!status) status = ptm_vectors_make(&w->vectors, device, false);
    if (!status) status = ptm_array_create(&w->work, device, space);
    return status ? status : ptm_array_create(&w->result, device, space);
}

int ptm_wavelet_create(ptm_operator **out, ptm_device *device, const ptm_array *like, const ptm_wavelet_options *options)
{
    ptm_space space;
    ptm_wavelet_options o;
    if (out) *out = NULL;
    if (!out || !device) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "device" : "out");
    int status = ptm_space_for(&space, device, like, "like");
    if (!status) status = ptm_copy_sized(&o, sizeof o, options, "ptm_wavelet_options");
    if (!status) status = check(&space, &o);
    if (status) return status;
    wavelet *w = ptm_alloc(1, sizeof *w);
    if (!w) return PTM_ERROR_MEMORY;
    w->base = (ptm_operator) { .class = &wavelet_class, .device = device, .domain = space, .range = space };
    status = prepare(w, &o);
    if (status)
        destroy(&w->base);
    else
        *out = &w->base;
    return status;
}
