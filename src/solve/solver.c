/* solver.c - making solvers. */
#include "solve/solver.h"

#include <math.h>
#include <stdlib.h>

#define PIECE ((int64_t)1 << 20) /* elements on the host */

static const ptm_solver_class *const classes[] = { [PTM_METHOD_SIRT] = &ptm_solver_sirt,
    [PTM_METHOD_LANDWEBER] = &ptm_solver_landweber,
    [PTM_METHOD_CGLS] = &ptm_solver_cgls,
    [PTM_METHOD_LSQR] = &ptm_solver_lsqr,
    [PTM_METHOD_LSMR] = &ptm_solver_lsmr,
    [PTM_METHOD_MLEM] = &ptm_solver_mlem,
    [PTM_METHOD_FISTA] = &ptm_solver_fista,
    [PTM_METHOD_PDHG] = &ptm_solver_pdhg,
    [PTM_METHOD_ASD_POCS] = &ptm_solver_asd_pocs };

/* ------------------------------------------------------------------ checking */

static int check_number(double value, double low, const char *name)
{
    return isfinite(value) && value >= low
               ? PTM_OK
               : ptm_fail(PTM_ERROR_ARGUMENT, "%s is %g, expected a finite number, %g or more", name, value, low);
}

static int check_numbers(const ptm_solver_options *o)
{
    int status = check_number(o->relaxation, 0, "relaxation");
    if (!status) status = check_number(o->damping, 0, "damping");
    if (!status) status = check_number(o->strength, 0, "strength");
    if (!status) status = check_number(o->huber, 0, "huber");
    if (!status) status = check_number(o->tgv, 0, "tgv");
    if (!status) status = check_number(o->noise, 0, "noise");
    for (int i = 0; i < 3 && !status; ++i) status = check_number(o->spacing[i], 0, "spacing");
    if (!status) status = check_number(o->norm, 0, "norm");
    if (!status) status = check_number(o->tolerance, 0, "tolerance");
    if (!status) status = check_number(o->seconds, 0, "seconds");
    if (status) return status;
    if (o->limited && !(o->low <= o->high))
        return ptm_fail(PTM_ERROR_ARGUMENT, "low is %g and high %g, expected low <= high", o->low, o->high);
    if (o->inner < 0) return ptm_fail(PTM_ERROR_ARGUMENT, "inner is %d, expected 0 or more", o->inner);
    if ((int)o->regularizer < PTM_REGULARIZER_NONE || o->regularizer > PTM_REGULARIZER_TGV)
        return ptm_fail(PTM_ERROR_ARGUMENT, "regularizer is %d, which is none of ptm_regularizer", (int)o->regularizer);
    if (o->regularizer == PTM_REGULARIZER_HUBER && o->huber == 0)
        return ptm_fail(PTM_ERROR_ARGUMENT, "huber is 0, expected more for PTM_REGULARIZER_HUBER");
    if ((int)o->order < PTM_ORDER_GOLDEN || o->order > PTM_ORDER_RANDOM)
        return ptm_fail(PTM_ERROR_ARGUMENT, "order is %d, which is none of ptm_subset_order", (int)o->order);
    if ((int)o->keep < PTM_KEEP_LAST || o->keep > PTM_KEEP_LEAST_ERROR)
        return ptm_fail(PTM_ERROR_ARGUMENT, "keep is %d, which is none of ptm_keep", (int)o->keep);
    if (o->keep == PTM_KEEP_LEAST_ERROR && !o->truth)
        return ptm_fail(PTM_ERROR_ARGUMENT, "keep is PTM_KEEP_LEAST_ERROR, but truth is NULL");
    return PTM_OK;
}

/* Of vectors that are not on the device. */
static int check_elsewhere(const ptm_solver *s)
{
    const ptm_solver_options *o = &s->o;
    if (!s->class->anywhere)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "vector is set, but the method keeps its vectors on the device");
    if (o->queue)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "vector is set, but there is a queue, on which nothing waits for it");
    if (s->class == &ptm_solver_landweber && o->norm == 0)
        return ptm_fail(PTM_ERROR_UNSUPPORTED,
            "vector is set, and norm is 0, expected a bound: finding one takes vectors on the device");
    return PTM_OK;
}

static int check(const ptm_solver *s)
{
    static const char *const regularizers[] = { "none", "TV", "anisotropic TV", "wavelets", "Huber's", "TGV" };
    const ptm_solver_options *o = &s->o;
    const ptm_solver_class *c = s->class;
    if (o->limited && !c->limits) return ptm_fail(PTM_ERROR_ARGUMENT, "limited is set, but %s knows no limits", c->name);
    if (o->damping > 0 && !c->damping)
        return ptm_fail(PTM_ERROR_ARGUMENT, "damping is %g, but %s knows none", o->damping, c->name);
    if (o->regularizer > c->most)
        return ptm_fail(PTM_ERROR_ARGUMENT, "regularizer is %s, which %s does not know", regularizers[o->regularizer],
            c->name);
    if (c->most_relaxation > 0 && o->relaxation >= c->most_relaxation)
        return ptm_fail(PTM_ERROR_ARGUMENT, "relaxation is %g, expected less than %g: %s would not converge", o->relaxation,
            c->most_relaxation, c->name);
    if (o->spin && (c != &ptm_solver_fista || o->regularizer != PTM_REGULARIZER_WAVELET))
        return ptm_fail(PTM_ERROR_ARGUMENT, "spin is set, but is for FISTA with wavelets");
    if (c->positive && !s->op->nonnegative)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is for operators without negative entries; operator %s may have some",
            c->name, s->op->class->name);
    if (!c->positive && s->op->match == PTM_MATCH_NONE)
        return ptm_fail(PTM_ERROR_UNSUPPORTED,
            "%s needs the operator's own adjoint, but operator %s has another one in its place", c->name,
            s->op->class->name);
    if (ptm_type_is_complex(s->op->domain.type) || ptm_type_is_complex(s->op->range.type) ||
        s->op->domain.type != s->op->range.type)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "operator takes %s and gives %s, expected reals of one type",
            ptm_type_name(s->op->domain.type), ptm_type_name(s->op->range.type));
    if (o->queue && o->queue->device != s->op->device)
        return ptm_fail(PTM_ERROR_ARGUMENT, "queue is of another device than the operator");
    return o->vector ? check_elsewhere(s) : PTM_OK;
}

/* ------------------------------------------------------------------ the caller's arrays */

/* A vector of the caller's: without strides where functions have it. */
static int ask_for_vector(ptm_solver *s, ptm_array *vector, const ptm_space *space)
{
    ptm_array checked, given = ptm_space_outline(space);
    int status = s->o.vector(s->o.vector_user, &given);
    if (!status && given.memory)
        status = ptm_fail(PTM_ERROR_ARGUMENT, "vector gave memory on a device, expected data, or read and write");
    if (!status) status = ptm_array_check(&checked, &given, "a solver's vector", space, s->op->device, true, true);
    if (!status) *vector = ptm_array_as_given(&checked);
    return status;
}

int ptm_solver_vector(ptm_solver *s, ptm_array *vector, const ptm_space *space)
{
    if (ptm_solver_has(vector)) return PTM_OK;
    return s->o.vector ? ask_for_vector(s, vector, space) : ptm_array_create(vector, s->op->device, space);
}

/* A copy of a caller's array on the device, if there is one. */
static int take(ptm_solver *s, ptm_array *to, const ptm_array *from, const ptm_space *space, const char *name)
{
    ptm_array checked;
    if (!from) return PTM_OK;
    int status = ptm_array_check(&checked, from, name, space, s->op->device, true, false);
    if (!status) status = ptm_solver_vector(s, to, space);
    return status || s->op->device->dry ? status : ptm_solver_copy(s, to, from);
}

/* No element less than 0, nor more than `most`, nor not a number. */
static int check_values(ptm_solver *s, const ptm_array *a, double most, const char *name)
{
    double least = 0, largest = 0;
    if (!ptm_solver_has(a) || s->op->device->dry) return PTM_OK;
    int status = ptm_vector_reduce(s->vectors, s->o.queue, PTM_REDUCE_MIN, a, NULL, &least, NULL);
    if (!status) status = ptm_vector_reduce(s->vectors, s->o.queue, PTM_REDUCE_MAX, a, NULL, &largest, NULL);
    if (status || (least >= 0 && largest <= most && isfinite(largest))) return status;
    return ptm_fail(PTM_ERROR_ARGUMENT, "%s has values from %g to %g, expected 0 to %g", name, least, largest, most);
}

/* 0 and 1 are their own squares; no value between them is. */
static int check_mask(ptm_solver *s)
{
    double sum = 0, squares = 0;
    int status = check_values(s, &s->mask, 1, "mask");
    if (status || !ptm_solver_has(&s->mask) || s->op->device->dry) return status;
    status = ptm_vector_reduce(s->vectors, s->o.queue, PTM_REDUCE_SUM, &s->mask, NULL, &sum, NULL);
    if (!status) status = ptm_vector_reduce(s->vectors, s->o.queue, PTM_REDUCE_SQUARES, &s->mask, NULL, &squares, NULL);
    if (status || sum == squares) return status;
    return ptm_fail(PTM_ERROR_ARGUMENT, "mask has values between 0 and 1, expected 0 or 1");
}

static void take_roots_of(void *values, ptm_type type, int64_t count)
{
    for (int64_t i = 0; i < count && type == PTM_FLOAT32; ++i) ((float *)values)[i] = sqrtf(((float *)values)[i]);
    for (int64_t i = 0; i < count && type == PTM_FLOAT64; ++i) ((double *)values)[i] = sqrt(((double *)values)[i]);
}

/* Some places of the first axis at a time, on the host: once, and there is no kernel for it. */
static int take_roots(ptm_solver *s)
{
    const ptm_space *space = &s->op->range;
    const int64_t places = space->shape[0], each = (int64_t)ptm_space_elements(space) / places;
    const int64_t most = each < PIECE ? PIECE / each : 1;
    int status = PTM_OK;
    if (!ptm_solver_has(&s->root) || s->op->device->dry) return PTM_OK;
    void *values = ptm_alloc((size_t)((most < places ? most : places) * each), ptm_type_size(space->type));
    if (!values) return PTM_ERROR_MEMORY;
    for (int64_t i = 0; i < places && !status; i += most) {
        const int64_t count = places - i < most ? places - i : most;
        ptm_array piece = ptm_space_outline(space);
        ptm_slice part;
        piece.shape[0] = count;
        piece.data = values;
        status = ptm_slice_make(&part, &s->root, 0, i, count);
        if (!status) status = ptm_solver_copy(s, &piece, &part.array);
        if (!status) take_roots_of(values, space->type, count * each);
        if (!status) status = ptm_solver_copy(s, &part.array, &piece);
        ptm_slice_free(&part);
    }
    free(values);
    return status;
}

static int take_arrays(ptm_solver *s)
{
    const ptm_space *domain = &s->op->domain, *range = &s->op->range;
    ptm_solver_options *o = &s->o;
    ptm_array first = { .dimensions = 0 };
    int status = take(s, &s->mask, o->mask, domain, "mask");
    if (!status) status = check_mask(s);
    if (!status) status = take(s, &s->root, o->weights, range, "weights");
    if (!status) status = check_values(s, &s->root, (double)INFINITY, "weights");
    if (!status) status = take_roots(s);
    if (!status) status = take(s, &s->truth, o->truth, domain, "truth");
    if (!status && o->truth) status = ptm_solver_vector(s, &s->scratch, domain);
    if (!status && o->keep != PTM_KEEP_LAST) status = ptm_solver_vector(s, &s->best, domain);
    if (!status) status = take(s, &first, o->initial, domain, "initial");
    s->first = first;
    o->mask = o->weights = o->truth = o->initial = NULL;
    return status;
}

/* ------------------------------------------------------------------ making and ending */

static int complete(ptm_solver *s)
{
    int status = ptm_vectors_create(&s->vectors, s->op->device);
    if (!status) status = take_arrays(s);
    if (!status) status = ptm_solver_vector(s, &s->x, &s->op->domain);
    if (!status) status = ptm_solver_vector(s, &s->y, &s->op->range);
    if (!status) status = s->class->create(s);
    if (!status) status = ptm_operator_prepare(s->op, false);
    return status ? status : ptm_operator_prepare(s->op, true);
}

int ptm_solver_create(ptm_solver **out, ptm_operator *op, const ptm_solver_options *options)
{
    if (out) *out = NULL;
    if (!out || !op) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "operator" : "out");
    ptm_solver_options o;
    int status = ptm_copy_sized(&o, sizeof o, options, "ptm_solver_options");
    if (!status && ((int)o.method < 0 || o.method >= (int)(sizeof classes / sizeof *classes)))
        status = ptm_fail(PTM_ERROR_ARGUMENT, "method is %d, which is none of ptm_method", (int)o.method);
    if (!status) status = check_numbers(&o);
    if (status) return status;
    ptm_solver *s = ptm_alloc(1, sizeof *s);
    if (!s) return PTM_ERROR_MEMORY;
    *s = (ptm_solver) { .class = classes[o.method], .op = op, .o = o };
    op->references++;
    if (o.relaxation == 0) s->o.relaxation = 1;
    if (o.inner == 0) s->o.inner = s->class->inner;
    status = check(s);
    if (!status) status = complete(s);
    if (status) ptm_solver_destroy(&s);
    *out = s;
    return status;
}

void ptm_solver_destroy(ptm_solver **solver)
{
    if (!solver || !*solver) return;
    ptm_solver *s = *solver;
    ptm_array *const arrays[] = { &s->x, &s->y, &s->first, &s->mask, &s->root, &s->rooted, &s->truth,
        &s->best, &s->scratch };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; ++i) ptm_array_destroy(arrays[i]);
    for (int i = 0; i < PTM_SOLVER_VECTORS; ++i) ptm_array_destroy(&s->own[i]);
    ptm_solver_subsets_destroy(&s->subsets);
    if (s->class->destroy) s->class->destroy(s);
    ptm_operator_destroy(&s->system);
    ptm_vectors_destroy(&s->vectors);
    ptm_operator_destroy(&s->op);
    free(s);
    *solver = NULL;
}

static uint64_t bytes_of(const ptm_array *a)
{
    return a->memory ? a->memory->buffer->size : 0;
}

uint64_t ptm_solver_memory(const ptm_solver *s)
{
    if (!s) return 0;
    const ptm_array *const arrays[] = { &s->x, &s->y, &s->first, &s->mask, &s->root, &s->rooted, &s->truth,
        &s->best, &s->scratch };
    uint64_t sum = ptm_operator_memory(s->system ? s->system : s->op) + ptm_vectors_memory(s->vectors);
    if (s->class->memory) sum += s->class->memory(s);
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; ++i) sum += bytes_of(arrays[i]);
    for (int i = 0; i < PTM_SOLVER_VECTORS; ++i) sum += bytes_of(&s->own[i]);
    return sum + ptm_solver_subsets_memory(&s->subsets);
}

int ptm_solve(
    ptm_operator *op, const ptm_array *image, const ptm_array *data, int iterations, const ptm_solver_options *options)
{
    ptm_solver *s;
    int status = ptm_solver_create(&s, op, options);
    if (!status) status = ptm_solver_start(s, data);
    if (!status) status = ptm_solver_run(s, iterations);
    if (!status) status = ptm_solver_result(s, image);
    ptm_solver_destroy(&s);
    return status;
}
