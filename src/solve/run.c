/* run.c - solvers at work: data in, iterations and what is measured of them, image out. */
#include "solve/solver.h"

#include <math.h>
#include <string.h>
#include <time.h>

/* ------------------------------------------------------------------ arithmetic */

int ptm_solver_fill(ptm_solver *s, const ptm_array *y, double value)
{
    return ptm_vector_fill(s->vectors, s->o.queue, y, value);
}

int ptm_solver_add(ptm_solver *s, const ptm_array *y, double alpha, const ptm_array *x, double beta)
{
    return ptm_vector_axpby(s->vectors, s->o.queue, y, (ptm_scalar) { alpha, NULL }, x, (ptm_scalar) { beta, NULL });
}

int ptm_solver_copy(ptm_solver *s, const ptm_array *y, const ptm_array *x)
{
    return ptm_solver_add(s, y, 1, x, 0);
}

int ptm_solver_multiply(ptm_solver *s, const ptm_array *y, const ptm_array *x)
{
    return ptm_solver_has(x) ? ptm_vector_multiply(s->vectors, s->o.queue, y, 1, y, x, 0) : PTM_OK;
}

/* Of an image, which all processes have. */
static int reduce(ptm_solver *s, ptm_reduction what, const ptm_array *x, double *value)
{
    return ptm_vector_reduce(s->vectors, s->o.queue, what, x, NULL, value, NULL);
}

/* Of data, which may be spread over processes. */
static int reduce_data(ptm_solver *s, ptm_reduction what, const ptm_array *r, double *value)
{
    int status = reduce(s, what, r, value);
    return status ? status : ptm_operator_agree(s->op, what, value);
}

static int invert(ptm_solver *s, const ptm_array *sums, double most)
{
    return ptm_vector_divide(s->vectors, s->o.queue, sums, 1, NULL, sums, fmax(1e-5 * most, 0));
}

int ptm_solver_invert_columns(ptm_solver *s, const ptm_array *sums)
{
    double most = 0;
    int status = reduce(s, PTM_REDUCE_MAX, sums, &most);
    return status ? status : invert(s, sums, most);
}

int ptm_solver_invert_rows(ptm_solver *s, const ptm_array *sums)
{
    double most = 0;
    int status = reduce_data(s, PTM_REDUCE_MAX, sums, &most);
    return status ? status : invert(s, sums, most);
}

static int take_root(const ptm_solver *s, double *length, double sum)
{
    *length = sqrt(sum);
    if (isfinite(sum)) return PTM_OK;
    return ptm_fail(PTM_ERROR_ARGUMENT, "%s, iteration %d: values are not finite, or too large to be squared",
        s->class->name, s->iterations + 1);
}

int ptm_solver_length(ptm_solver *s, double *length, const ptm_array *x)
{
    double sum = 0;
    int status = reduce(s, PTM_REDUCE_SQUARES, x, &sum);
    return status ? status : take_root(s, length, sum);
}

int ptm_solver_data_length(ptm_solver *s, double *length, const ptm_array *r)
{
    double sum = 0;
    int status = reduce_data(s, PTM_REDUCE_SQUARES, r, &sum);
    return status ? status : take_root(s, length, sum);
}

/* ------------------------------------------------------------------ applying the operator */

static bool show(void *user, double done)
{
    const ptm_solver *s = user;
    const double part = fmin((s->applied + done) / s->class->applications, 1);
    return s->o.progress(s->o.progress_user, (s->run + part) / s->runs);
}

int ptm_solver_apply(
    ptm_solver *s, ptm_operator *op, bool adjoint, double alpha, const ptm_array *in, double beta, const ptm_array *out)
{
    const ptm_run_options run = { PTM_SIZED(ptm_run_options), .queue = s->o.queue,
        .progress = s->o.progress && s->runs > 0 ? show : NULL, .progress_user = s };
    int status = ptm_apply_scaled(op, adjoint, alpha, in, beta, out, &run);
    s->applied++;
    return status;
}

int ptm_solver_constrain(ptm_solver *s, const ptm_array *image)
{
    int status = s->o.limited ? ptm_vector_clip(s->vectors, s->o.queue, image, s->o.low, s->o.high) : PTM_OK;
    return status ? status : ptm_solver_multiply(s, image, &s->mask);
}

int ptm_solver_difference(ptm_solver *s, int k, const ptm_array *r, const ptm_array *x)
{
    ptm_operator *part = ptm_interleaved_part(s->op, k);
    const bool weighted = ptm_solver_has(&s->root);
    ptm_slice y, root;
    int status = ptm_interleaved_slice(&y, s->op, &s->y, k);
    if (!status && weighted) status = ptm_interleaved_slice(&root, s->op, &s->root, k);
    if (status) return status;
    if (!weighted) {
        status = ptm_solver_copy(s, r, &y.array);
        return status ? status : ptm_solver_apply(s, part, false, -1, x, 1, r);
    }
    status = ptm_solver_apply(s, part, false, 1, x, 0, r);
    if (!status) status = ptm_solver_multiply(s, r, &root.array);
    return status ? status : ptm_solver_add(s, r, 1, &y.array, -1);
}

int ptm_solver_find_residual(ptm_solver *s, const ptm_array *r)
{
    int status = PTM_OK;
    for (int k = 0; k < ptm_interleaved_count(s->op) && !status; ++k) {
        ptm_slice part;
        status = ptm_interleaved_slice(&part, s->op, r, k);
        if (!status) status = ptm_solver_difference(s, k, &part.array, &s->x);
    }
    return status ? status : ptm_solver_data_length(s, &s->residual, r);
}

int ptm_solver_system(ptm_solver *s, ptm_operator **out)
{
    ptm_operator *parts[3] = { NULL };
    int count = 0, status = PTM_OK;
    *out = s->system ? s->system : s->op;
    if (s->system || (!ptm_solver_has(&s->root) && !ptm_solver_has(&s->mask))) return PTM_OK;
    if (ptm_solver_has(&s->root)) status = ptm_diagonal_create(&parts[count++], s->op->device, &s->root);
    const int own = count++;
    parts[own] = s->op;
    if (!status && ptm_solver_has(&s->mask)) status = ptm_diagonal_create(&parts[count++], s->op->device, &s->mask);
    if (!status) status = ptm_chain_create(&s->system, parts, count);
    for (int i = 0; i < count; ++i)
        if (i != own) ptm_operator_destroy(&parts[i]);
    *out = s->system;
    return status;
}

static int find_norm(ptm_solver *s, ptm_norm *norm)
{
    ptm_operator *system;
    int status = ptm_solver_system(s, &system);
    return status ? status
                  : ptm_operator_norm(norm, system,
                        &(ptm_norm_options) {
                            PTM_SIZED(ptm_norm_options), .tolerance = 0.02, .iterations = 20, .queue = s->o.queue });
}

int ptm_solver_find_step(ptm_solver *s)
{
    ptm_norm norm = { .upper = s->o.norm };
    if (s->norm > 0) return PTM_OK;
    int status = s->o.norm > 0 ? PTM_OK : find_norm(s, &norm);
    if (!status && !(norm.upper > 0)) status = ptm_fail(PTM_ERROR_ARGUMENT, "operator %s is zero", s->op->class->name);
    if (status) return status;
    s->norm = norm.upper;
    s->step = 1 / (s->norm * s->norm + s->o.damping);
    return PTM_OK;
}

/* ------------------------------------------------------------------ beginning */

static int check_data(ptm_solver *s)
{
    double least = 0;
    int status = ptm_solver_data_length(s, &s->size, &s->y);
    if (status == PTM_ERROR_ARGUMENT)
        return ptm_fail(status, "data has values that are not finite, or too large to be squared");
    if (!status && s->class == &ptm_solver_mlem) status = reduce_data(s, PTM_REDUCE_MIN, &s->y, &least);
    return status || least >= 0
               ? status
               : ptm_fail(PTM_ERROR_ARGUMENT, "data has a value of %g, expected 0 or more for %s", least, s->class->name);
}

int ptm_solver_start(ptm_solver *s, const ptm_array *data)
{
    ptm_array checked;
    if (!s) return ptm_fail(PTM_ERROR_ARGUMENT, "solver is NULL");
    if (s->op->device->dry)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s was opened by ptm_device_open_dry, where nothing is computed",
            s->op->device->info.name);
    int status = ptm_array_check(&checked, data, "data", &s->op->range, s->op->device, true, false);
    if (status) return status;
    s->started = s->solved = false;
    s->iterations = s->runs = 0;
    s->residual = (double)NAN;
    s->least = (double)INFINITY;
    memset(s->numbers, 0, sizeof s->numbers);
    status = ptm_solver_copy(s, &s->y, data);
    if (!status) status = check_data(s);
    if (!status) status = ptm_solver_multiply(s, &s->y, &s->root);
    if (!status && ptm_solver_has(&s->root)) status = ptm_solver_data_length(s, &s->size, &s->y);
    if (!status)
        status = ptm_solver_has(&s->first) ? ptm_solver_copy(s, &s->x, &s->first)
                                           : ptm_solver_fill(s, &s->x, s->class->initial);
    if (!status) status = s->class->limits ? ptm_solver_constrain(s, &s->x) : ptm_solver_multiply(s, &s->x, &s->mask);
    if (!status && ptm_solver_has(&s->best)) status = ptm_solver_copy(s, &s->best, &s->x);
    if (!status) status = s->class->start(s);
    s->started = !status;
    return status;
}

/* ------------------------------------------------------------------ iterations */

bool ptm_solver_wants_residual(const ptm_solver *s)
{
    return s->o.residual || s->o.tolerance > 0 || s->o.keep == PTM_KEEP_LEAST_RESIDUAL;
}

static double now(void)
{
    struct timespec t;
    return timespec_get(&t, TIME_UTC) ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec : 0;
}

/* The distance from the truth, root mean square. */
static int find_error(ptm_solver *s, double *error)
{
    *error = (double)NAN;
    if (!ptm_solver_has(&s->truth)) return PTM_OK;
    int status = ptm_solver_copy(s, &s->scratch, &s->x);
    if (!status) status = ptm_solver_add(s, &s->scratch, -1, &s->truth, 1);
    if (!status) status = ptm_solver_length(s, error, &s->scratch);
    *error /= sqrt((double)ptm_space_elements(&s->op->domain));
    return status;
}

static int keep_best(ptm_solver *s, const ptm_iteration *i)
{
    const double value = s->o.keep == PTM_KEEP_LEAST_ERROR ? i->error : i->residual;
    if (s->o.keep == PTM_KEEP_LAST || !(value < s->least)) return PTM_OK;
    s->least = value;
    return ptm_solver_copy(s, &s->best, &s->x);
}

/* It is the last one in all processes where it is in one. */
static int agree_on_last(const ptm_solver *s, bool *last)
{
    double ends = *last;
    int status = ptm_operator_agree(s->op, PTM_REDUCE_MAX, &ends);
    *last = ends > 0;
    return status;
}

/* One iteration, and whether it is the last. */
static int iterate(ptm_solver *s, double begun, bool *last)
{
    s->applied = 0;
    s->residual = (double)NAN;
    int status = s->class->step(s);
    if (status) return status;
    s->iterations++;
    ptm_iteration i = { .number = s->iterations, .residual = s->size > 0 ? s->residual / s->size : s->residual };
    status = find_error(s, &i.error);
    if (!status) status = keep_best(s, &i);
    i.seconds = now() - begun;
    *last = s->solved || i.residual <= s->o.tolerance || (s->o.seconds > 0 && i.seconds >= s->o.seconds);
    if (!status && s->o.progress && !s->o.progress(s->o.progress_user, (double)(s->run + 1) / s->runs))
        status = ptm_fail(PTM_ERROR_CANCELLED, "stopped by the progress function after %d iterations", s->iterations);
    if (!status && s->o.each) *last = !s->o.each(s->o.each_user, s, &i) || *last;
    return status ? status : agree_on_last(s, last);
}

int ptm_solver_run(ptm_solver *s, int iterations)
{
    if (!s) return ptm_fail(PTM_ERROR_ARGUMENT, "solver is NULL");
    if (!s->started) return ptm_fail(PTM_ERROR_ARGUMENT, "solver has not been started");
    if (iterations < 0) return ptm_fail(PTM_ERROR_ARGUMENT, "iterations is %d, expected 0 or more", iterations);
    const double begun = now();
    int status = PTM_OK;
    bool last = s->solved;
    s->runs = iterations;
    for (s->run = 0; s->run < iterations && !status && !last; ++s->run) status = iterate(s, begun, &last);
    s->runs = 0;
    if (status) s->started = false;
    return status;
}

int ptm_solver_iterations(const ptm_solver *s)
{
    return s ? s->iterations : 0;
}

int ptm_solver_result(ptm_solver *s, const ptm_array *image)
{
    ptm_array checked;
    if (!s) return ptm_fail(PTM_ERROR_ARGUMENT, "solver is NULL");
    if (!s->started) return ptm_fail(PTM_ERROR_ARGUMENT, "solver has not been started");
    int status = ptm_array_check(&checked, image, "image", &s->op->domain, s->op->device, false, true);
    const bool best = ptm_solver_has(&s->best) && isfinite(s->least);
    return status ? status : ptm_solver_copy(s, image, best ? &s->best : &s->x);
}
