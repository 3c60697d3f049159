/* fft.c - transforms of the rows of arrays as operators. Rows that fit into an item's cache are transformed there, from
 * array to array; others go through blocks that a provider transforms. */
#include <polytome/fft.h>

#include "core/environment.h"
#include "fft/plan.h"
#include "fft/provider.h"
#include "linop/operator.h"

#include "fft/fft_arguments.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

PTM_ARGUMENTS(fft_rows, FFT_ROWS);
PTM_ARGUMENTS(fft_move, FFT_MOVE);

#define LANES 16                         /* short rows side by side within an item: a line of the cache */
#define ALONE 64                         /* from here on multiples of 8 are transformed one by one */
#define WITHIN_ITEMS ((uint64_t)1 << 20) /* most bytes of an item's work: what a core's own cache may hold */
#define PART ((uint64_t)32 << 20)        /* of an array that is worked on at a time, unless a row is longer */

typedef struct fft_operator {
    ptm_operator base;
    ptm_fft_options o;
    ptm_type type; /* of the reals */
    int n;
    /* Within items: */
    ptm_fft_plan plan;
    const ptm_kernel *rows;
    int lanes, workers;
    ptm_buffer *work;
    /* In blocks: */
    ptm_fft_engine engine;
    const ptm_kernel *load, *store;
    ptm_buffer *block[2]; /* the second spare, if the provider wants one */
    int lines;            /* that a block takes */
} fft_operator;

/* What both kernels are told of a piece. */
static struct fft_move_args describe(
    const fft_operator *f, const ptm_call *call, const ptm_piece *from, const ptm_piece *to)
{
    const ptm_fft_options *o = &f->o;
    const bool inverse = o->inverse != call->adjoint;
    const double scale = o->unitary ? 1 / sqrt(f->n) : o->inverse ? 1.0 / f->n : 1;
    struct fft_move_args args = { .to = to->at, .from = from->at, .alpha = call->alpha * scale, .beta = call->beta,
        .n = f->n,
        .kind = o->kind == PTM_FFT_COMPLEX ? FFT_COMPLEX
                : inverse                  ? FFT_TO_REAL
                                           : FFT_FROM_REAL,
        .swap = inverse,
        .shift = o->centred ? f->n / 2 : 0,
        .rows = (int32_t)from->box.count[1],
        .outers = (int32_t)from->box.count[0],
        .from_k = from->stride[2],
        .from_row = from->stride[1],
        .from_outer = from->stride[0],
        .to_k = to->stride[2],
        .to_row = to->stride[1],
        .to_outer = to->stride[0] };
    /* Elements that stand for two: of a spectrum, half as much of each, to be the transpose; of its inverse, the whole of
     * both. */
    args.inner = !call->adjoint ? 1 : inverse ? 0.5 : 2;
    /* Two axes that are as good as one. */
    const int64_t rows = args.rows;
    if (args.rows == 1 || (args.from_outer == args.from_row * rows && args.to_outer == args.to_row * rows)) {
        if (args.rows == 1) {
            args.from_row = args.from_outer;
            args.to_row = args.to_outer;
        }
        args.rows *= args.outers;
        args.outers = 1;
    }
    return args;
}

static int run_within_items(const fft_operator *f, ptm_queue *queue, const struct fft_move_args *m)
{
    struct fft_rows_args args = { .to = m->to, .work = { f->work, 0 }, .from = m->from,
        .chirp = { f->plan.chirp ? f->plan.chirp : f->plan.tables, 0 }, .tables = { f->plan.tables, 0 },
        .alpha = m->alpha, .beta = m->beta, .inner = m->inner, .kind = m->kind, .n = m->n,
        .m = f->plan.padded, .swap = m->swap, .shift = m->shift, .rows = m->rows, .outers = m->outers, .from_k = m->from_k,
        .from_row = m->from_row, .from_outer = m->from_outer, .to_k = m->to_k, .to_row = m->to_row, .to_outer = m->to_outer,
        .lanes = f->lanes, .workers = f->workers };
    return ptm_launch_kernel(queue, f->rows, &args);
}

/* Rows from `first` on, and outers; a block takes them all. */
static int run_block(const fft_operator *f, ptm_queue *queue, const struct fft_move_args *m, int first, int rows, int outer,
    int outers)
{
    const uint64_t size = ptm_type_size(f->type);
    const uint64_t in = (m->kind == FFT_FROM_REAL ? 1 : 2) * size, out = (m->kind == FFT_TO_REAL ? 1 : 2) * size;
    const ptm_fft_engine *e = &f->engine;
    ptm_buffer *data = f->block[0], *spare = f->block[1];
    struct fft_move_args args = *m;
    args.from.offset += in * ((uint64_t)first * (uint64_t)m->from_row + (uint64_t)outer * (uint64_t)m->from_outer);
    args.to.offset += out * ((uint64_t)first * (uint64_t)m->to_row + (uint64_t)outer * (uint64_t)m->to_outer);
    args.rows = rows;
    args.outers = outers;
    args.m = e->padded;
    args.step = e->provider->side_by_side ? 2 : 1;
    args.part = e->provider->side_by_side ? 1 : e->padded;
    args.work.buffer = data;
    args.chirp.buffer = args.tables.buffer = e->chirp ? e->chirp : data;
    const int lines = (m->kind == FFT_COMPLEX ? rows : (rows + 1) / 2) * outers;
    int status = ptm_launch_kernel(queue, f->load, &args);
    if (!status) status = e->provider->run(e, queue, &data, &spare, lines);
    args.work.buffer = data;
    return status ? status : ptm_launch_kernel(queue, f->store, &args);
}

static int run_in_blocks(const fft_operator *f, ptm_queue *queue, const struct fft_move_args *m)
{
    const int per_line = m->kind == FFT_COMPLEX ? 1 : 2, most = f->lines * per_line;
    const int row_lines = (m->rows + per_line - 1) / per_line;
    const int outers = row_lines <= f->lines ? f->lines / row_lines : 1;
    int status = PTM_OK;
    for (int outer = 0; outer < m->outers && !status; outer += outers)
        for (int first = 0; first < m->rows && !status; first += most)
            status = run_block(f, queue, m, first, m->rows - first < most ? m->rows - first : most, outer,
                m->outers - outer < outers ? m->outers - outer : outers);
    return status;
}

/* A part of both arrays, in one piece of each. */
static int run_part(const fft_operator *f, const ptm_call *call, ptm_access *from, ptm_access *to, const int64_t first[3],
    const int64_t count[3])
{
    ptm_piece in = { 0 }, out = { 0 };
    int status = PTM_OK;
    const int64_t from_count[3] = { count[0], count[1], from->array->shape[from->array->dimensions - 1] };
    const int64_t to_count[3] = { count[0], count[1], to->array->shape[to->array->dimensions - 1] };
    ptm_access_begin(from, first, from_count, true, false);
    ptm_access_begin(to, first, to_count, call->beta != 0, true);
    if (ptm_access_next(from, call->queue, &in, &status) && ptm_access_next(to, call->queue, &out, &status)) {
        for (int i = 0; i < 3 && !status; ++i)
            if (in.box.count[i] != from_count[i] || out.box.count[i] != to_count[i])
                status = ptm_fail(PTM_ERROR_UNSUPPORTED, "a row of an array is in several chunks");
        const struct fft_move_args args = describe(f, call, &in, &out);
        if (!status) status = f->rows ? run_within_items(f, call->queue, &args) : run_in_blocks(f, call->queue, &args);
    }
    ptm_access_next(from, call->queue, &in, &status);
    ptm_access_next(to, call->queue, &out, &status);
    return status;
}

/* Places from `place` on that lie in one chunk, at most `most`. */
static int64_t places_together(const ptm_array *a, int64_t place, int64_t most)
{
    int64_t end = 0;
    for (int i = 0; i < ptm_chunk_count(a) && end <= place; ++i) end += ptm_chunk_of(a, i).length;
    return end <= place || end - place > most ? most : end - place;
}

/* The last three axes, or as many as there are behind some of one place. */
static ptm_section aim(ptm_access *access, int64_t place)
{
    const int d = access->array->dimensions;
    ptm_section s = { .array = access->array };
    int missing = d;
    for (int i = 0; i < 3; ++i) s.axis[i] = d - 3 + i >= 0 ? d - 3 + i : missing++;
    if (d > 3) s.place[0] = place;
    ptm_access_aim(access, &s);
    return s;
}

/* How many places of the first two axes of a section, the second of n1, there are in a part at most. */
static void part_size(int64_t most[2], const fft_operator *f, int64_t n1)
{
    const uint64_t row = (uint64_t)f->n * 2 * ptm_type_size(f->type);
    int64_t rows = PART < row ? 1 : (int64_t)(PART / row);
    if (rows > 1 && rows < n1) rows -= rows % 2; /* the same real rows go together however an axis is cut */
    most[0] = rows / n1 > 1 ? rows / n1 : 1;
    most[1] = rows < n1 ? rows : n1;
}

/* Parts along the first two axes of a section: whole rows of the second, or some of them. Arrays that are in chunks are so
 * along their first axis, which may be either. */
static int run_section(
    const fft_operator *f, const ptm_call *call, ptm_access *from, ptm_access *to, double done, double share)
{
    const int d = f->base.domain.dimensions;
    const int64_t n0 = d > 2 ? call->in->shape[d - 3] : 1, n1 = d > 1 ? call->in->shape[d - 2] : 1;
    int status = PTM_OK;
    int64_t count[3] = { 0 }, most[2];
    part_size(most, f, n1);
    for (int64_t i = 0; i < n0 && !status; i += count[0]) {
        count[0] = n0 - i < most[0] ? n0 - i : most[0];
        if (d == 3) count[0] = places_together(call->out, i, places_together(call->in, i, count[0]));
        for (int64_t j = 0; j < n1 && !status; j += count[1]) {
            count[1] = n1 - j < most[1] ? n1 - j : most[1];
            if (d == 2) count[1] = places_together(call->out, j, places_together(call->in, j, count[1]));
            const int64_t first[3] = { i, j, 0 };
            status = run_part(f, call, from, to, first, count);
            const double part = ((double)i + (double)count[0] * (double)(j + count[1]) / (double)n1) / (double)n0;
            if (!status) status = ptm_call_report(call, done + share * part);
        }
    }
    return status;
}

static int apply(ptm_operator *op, const ptm_call *call)
{
    const fft_operator *f = (const fft_operator *)op;
    if (ptm_type_is_integer(call->in->type))
        return ptm_fail(
            PTM_ERROR_UNSUPPORTED, "in is of %s, expected %s", ptm_type_name(call->in->type), ptm_type_name(f->type));
    const uint64_t row = (uint64_t)f->n * 2 * ptm_type_size(f->type),
                   budget = row < PART ? PART : row + 2 * ptm_type_size(f->type);
    const int samples = op->domain.dimensions > 3 ? (int)call->in->shape[0] : 1;
    ptm_access from, to = { 0 };
    int status = ptm_access_open(&from, op->device, &op->in, call->in, budget);
    if (!status) status = ptm_access_open(&to, op->device, &op->out, call->out, budget);
    for (int i = 0; i < samples && !status; ++i) {
        aim(&from, i);
        aim(&to, i);
        status = run_section(f, call, &from, &to, (double)i / samples, 1.0 / samples);
    }
    return ptm_access_finish(&from, &to, call->queue, status);
}

static uint64_t memory(const ptm_operator *op)
{
    const fft_operator *f = (const fft_operator *)op;
    if (f->rows) return ptm_fft_plan_memory(&f->plan) + f->work->size;
    return f->engine.provider->memory(&f->engine) + f->block[0]->size + (f->block[1] ? f->block[1]->size : 0);
}

static void destroy(ptm_operator *op)
{
    fft_operator *f = (fft_operator *)op;
    ptm_fft_plan_destroy(&f->plan);
    ptm_fft_engine_destroy(&f->engine);
    ptm_buffer_destroy(&f->work);
    ptm_buffer_destroy(&f->block[0]);
    ptm_buffer_destroy(&f->block[1]);
    free(f);
}

static uint64_t slot(const ptm_operator *op)
{
    const fft_operator *f = (const fft_operator *)op;
    const int d = f->o.dimensions;
    const int64_t n0 = d > 2 ? f->o.shape[d - 3] : 1, n1 = d > 1 ? f->o.shape[d - 2] : 1;
    int64_t most[2];
    part_size(most, f, n1);
    const uint64_t in = (uint64_t)op->domain.shape[d - 1] * ptm_type_size(op->domain.type);
    const uint64_t out = (uint64_t)op->range.shape[d - 1] * ptm_type_size(op->range.type), row = in > out ? in : out;
    return ((uint64_t)(most[0] < n0 ? most[0] : n0) * (uint64_t)most[1] * row + 15) / 16 * 16;
}

static const ptm_operator_class fft_class = { "fft", apply, memory, destroy, NULL, slot };

static int check_options(ptm_fft_options *o, const ptm_fft_options *options, const ptm_device *device)
{
    int status = ptm_copy_sized(o, sizeof *o, options, "ptm_fft_options");
    if (status) return status;
    if (o->kind != PTM_FFT_COMPLEX && o->kind != PTM_FFT_REAL)
        return ptm_fail(PTM_ERROR_ARGUMENT, "kind is %d, which is none of ptm_fft_kind", (int)o->kind);
    if (o->library != PTM_FFT_AUTO && o->library != PTM_FFT_OWN && o->library != PTM_FFT_VENDOR)
        return ptm_fail(PTM_ERROR_ARGUMENT, "library is %d, which is none of ptm_fft_library", (int)o->library);
    if (o->precision != PTM_FLOAT32 && o->precision != PTM_FLOAT64)
        return ptm_fail(PTM_ERROR_ARGUMENT, "precision is %d, expected PTM_FLOAT32 or PTM_FLOAT64", (int)o->precision);
    if (o->precision == PTM_FLOAT64 && !device->limits.doubles)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "float64 is for the host device; %s computes in float32", device->info.name);
    if (o->dimensions < 1 || o->dimensions > PTM_MAX_DIMENSIONS)
        return ptm_fail(PTM_ERROR_ARGUMENT, "dimensions is %d, expected 1 to %d", o->dimensions, PTM_MAX_DIMENSIONS);
    for (int i = 0; i < o->dimensions; ++i) {
        const int64_t most = i == o->dimensions - 1 ? PTM_FFT_POINTS : INT32_MAX;
        if (o->shape[i] < 1 || o->shape[i] > most)
            return ptm_fail(PTM_ERROR_ARGUMENT, "shape[%d] is %" PRId64 ", expected 1 to %" PRId64, i, o->shape[i], most);
    }
    if (o->centred && o->kind == PTM_FFT_REAL)
        return ptm_fail(PTM_ERROR_ARGUMENT, "centred is true, expected false: half a spectrum has no centre");
    return PTM_OK;
}

static void make_spaces(fft_operator *f)
{
    const ptm_type complex_type = f->type == PTM_FLOAT64 ? PTM_COMPLEX128 : PTM_COMPLEX64;
    ptm_space whole = { .type = complex_type, .dimensions = f->o.dimensions };
    for (int i = 0; i < f->o.dimensions; ++i) whole.shape[i] = f->o.shape[i];
    ptm_space spectrum = whole;
    if (f->o.kind == PTM_FFT_REAL) {
        whole.type = f->type;
        spectrum.shape[f->o.dimensions - 1] = f->n / 2 + 1;
    }
    f->base.domain = f->o.inverse ? spectrum : whole;
    f->base.range = f->o.inverse ? whole : spectrum;
}

/* How many lines there are: rows, or pairs of real ones. */
static int64_t count_lines(const fft_operator *f)
{
    const int last = f->o.dimensions - 2;
    int64_t lines = last < 0 ? 1 : f->o.shape[last];
    if (f->o.kind == PTM_FFT_REAL) lines = (lines + 1) / 2;
    for (int i = 0; i < last && lines < INT32_MAX; ++i) lines *= f->o.shape[i];
    return lines;
}

static int prepare_items(fft_operator *f, ptm_device *device)
{
    const ptm_kernel_form form = { .real_size = ptm_type_size(f->type) };
    int status = ptm_fft_plan_create(&f->plan, device, f->n, f->type, true);
    if (!status) status = ptm_kernel_get(&f->rows, device, "fft_rows", &form);
    if (status) return status;
    const int m = f->plan.padded;
    f->lanes = m >= ALONE && m % 8 == 0 ? 1 : (int)(WITHIN_ITEMS / ((uint64_t)FFT_WORK(m, 1) * ptm_type_size(f->type)));
    f->lanes = f->lanes < LANES ? f->lanes : LANES;
    f->workers = ptm_fft_workers(device, (count_lines(f) + f->lanes - 1) / f->lanes);
    return ptm_buffer_create(&f->work, device, (uint64_t)f->workers * FFT_WORK(m, f->lanes) * ptm_type_size(f->type));
}

static int prepare_engine(fft_operator *f, ptm_device *device, const ptm_fft_provider *provider)
{
    const uint64_t row = 4 * (uint64_t)ptm_fft_padded(f->n) * ptm_type_size(f->type), all = (uint64_t)count_lines(f);
    const uint64_t workspace = f->o.workspace ? f->o.workspace : (uint64_t)(device->info.gpu ? 256 : 64) << 20;
    const uint64_t most = workspace / row < 1 ? 1 : workspace / row < PTM_LINES_MOST ? workspace / row : PTM_LINES_MOST;
    f->lines = (int)(most < all ? most : all);
    return ptm_fft_engine_create(&f->engine, provider, device, f->n, f->lines, f->type);
}

/* For the engine. */
static int prepare_blocks(fft_operator *f, ptm_device *device)
{
    const ptm_kernel_form form = { .real_size = ptm_type_size(f->type) };
    const uint64_t size = (uint64_t)f->lines * 2 * (uint64_t)f->engine.padded * ptm_type_size(f->type);
    int status = ptm_kernel_get(&f->load, device, "fft_load", &form);
    if (!status) status = ptm_kernel_get(&f->store, device, "fft_store", &form);
    if (!status) status = ptm_buffer_create(&f->block[0], device, size);
    return status || f->engine.provider->side_by_side ? status : ptm_buffer_create(&f->block[1], device, size);
}

/* *wanted: whether the vendor's library is to be tried. */
static int ask_for_vendor(bool *wanted, ptm_fft_library library)
{
    const char *name = getenv("POLYTOME_FFT");
    *wanted = library == PTM_FFT_VENDOR || (library == PTM_FFT_AUTO && name && strcmp(name, "vendor") == 0);
    return library == PTM_FFT_AUTO ? ptm_environment_check() : PTM_OK;
}

static int prepare(fft_operator *f, ptm_device *device)
{
    bool vendor;
    int status = ask_for_vendor(&vendor, f->o.library);
    if (status) return status;
    if (vendor) {
        status = prepare_engine(f, device, &ptm_fft_vendor);
        if (!status) return prepare_blocks(f, device);
        if (status != PTM_ERROR_UNSUPPORTED || f->o.library == PTM_FFT_VENDOR) return status;
        ptm_log(device->context, PTM_LOG_INFO, "transforms of %d elements by own kernels: %s", f->n, ptm_error_message());
    }
    const uint64_t item = (uint64_t)FFT_WORK((uint64_t)ptm_fft_padded(f->n), 1) * ptm_type_size(f->type);
    if (device->limits.wide && item <= WITHIN_ITEMS) return prepare_items(f, device);
    status = prepare_engine(f, device, &ptm_fft_own);
    return status ? status : prepare_blocks(f, device);
}

int ptm_fft_create(ptm_operator **out, ptm_device *device, const ptm_fft_options *options)
{
    if (out) *out = NULL;
    if (!out || !device || !options)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !device ? "device" : "options");
    ptm_fft_options o;
    int status = check_options(&o, options, device);
    if (status) return status;
    fft_operator *f = ptm_alloc(1, sizeof *f);
    if (!f) return PTM_ERROR_MEMORY;
    *f = (fft_operator){ .base = { .class = &fft_class, .device = device }, .o = o, .type = o.precision,
        .n = (int)o.shape[o.dimensions - 1] };
    make_spaces(f);
    status = prepare(f, device);
    if (status) destroy(&f->base);
    else *out = &f->base;
    return status;
}
