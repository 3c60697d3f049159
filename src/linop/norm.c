/* norm.c - bounds of an operator's norm by power iteration. */
#include "linop/operator.h"
#include "vec/vectors.h"

#include <math.h>
#include <stdlib.h>

#define FLOOR 1e-6 /* parts of the largest element, below which those of a positive vector do not fall */

typedef struct search {
    ptm_operator *op;
    ptm_norm_options o;
    ptm_vectors *vectors;
    ptm_array x, z; /* of the domain; z = A'A x */
    ptm_array y;    /* of the range */
    bool certain;   /* A'A has no entry below 0, and upper bounds come from its ratios */
    double growth;  /* log |(A'A)^k x| / |x| */
} search;

/* Normal numbers (G. E. P. Box, M. E. Muller, Ann. Math. Stat. 29, 1958) from a fixed seed: their direction is uniform. */
static int fill_random(search *s)
{
    enum { AT_ONCE = 4096 };
    uint64_t state = 20;
    double values[AT_ONCE];
    float floats[AT_ONCE];
    const bool wide = s->x.type == PTM_FLOAT64;
    const uint64_t size = ptm_type_size(s->x.type);
    int status = PTM_OK;
    const int64_t elements = (int64_t)ptm_space_elements(&s->op->domain);
    for (int64_t done = 0; done < elements && !status; done += AT_ONCE) {
        const int64_t left = elements - done, some = left < AT_ONCE ? left : AT_ONCE;
        for (int i = 0; i < AT_ONCE; i += 2) {
            double uniform[2];
            for (int k = 0; k < 2; ++k) {
                state = state * 6364136223846793005u + 1442695040888963407u;
                uniform[k] = ((double)(state >> 11) + 0.5) / 9007199254740992.0;
            }
            const double radius = sqrt(-2 * log(uniform[0])), angle = 6.283185307179586477 * uniform[1];
            values[i] = radius * cos(angle);
            values[i + 1] = radius * sin(angle);
        }
        for (int i = 0; i < AT_ONCE; ++i) floats[i] = (float)values[i];
        status = ptm_memory_write(
            s->x.memory, (uint64_t)done * size, wide ? (void *)values : floats, (uint64_t)some * size);
    }
    return status;
}

static int start(search *s)
{
    int status = ptm_array_create(&s->x, s->op->device, &s->op->domain);
    if (!status) status = ptm_array_create(&s->z, s->op->device, &s->op->domain);
    if (!status) status = ptm_array_create(&s->y, s->op->device, &s->op->range);
    if (!status) status = ptm_vectors_create(&s->vectors, s->op->device);
    if (status) return status;
    if (s->certain) return ptm_vector_fill(s->vectors, s->o.queue, &s->x, 1);
    status = fill_random(s);
    return status || !s->o.queue ? status : ptm_queue_wait(s->o.queue, NULL);
}

/* z = A'A x, and the squares of their lengths. */
static int multiply(search *s, double *xx, double *zz)
{
    const ptm_run_options run = { PTM_SIZED(ptm_run_options), .queue = s->o.queue };
    int status = ptm_apply_scaled(s->op, false, 1, &s->x, 0, &s->y, &run);
    if (!status) status = ptm_apply_scaled(s->op, true, 1, &s->y, 0, &s->z, &run);
    if (!status) status = ptm_vector_reduce(s->vectors, s->o.queue, PTM_REDUCE_SQUARES, &s->x, NULL, xx, NULL);
    if (!status) status = ptm_vector_reduce(s->vectors, s->o.queue, PTM_REDUCE_SQUARES, &s->z, NULL, zz, NULL);
    if (!status && !(isfinite(*zz) && isfinite(*xx)))
        status = ptm_fail(PTM_ERROR_ARGUMENT, "operator %s gives values that are not finite, or too large to be squared",
            s->op->class->name);
    return status;
}

/* An upper bound of the largest eigenvalue of A'A, after k multiplications. */
static int bound(search *s, int k, double *eigenvalue)
{
    if (s->certain) return ptm_vector_largest_ratio(s->vectors, s->o.queue, &s->z, &s->x, eigenvalue);
    /* A random direction has a part below c along any other with a probability of at most c sqrt(2 n / pi). */
    const double c = s->o.failure / sqrt(2 * (double)ptm_space_elements(&s->op->domain) / 3.14159265358979323846);
    *eigenvalue = exp((s->growth - log(c)) / k);
    return PTM_OK;
}

/* z becomes the next x. */
static int exchange(search *s, double zz)
{
    double scale = 1 / sqrt(zz);
    int status = PTM_OK;
    if (s->certain) {
        double most;
        status = ptm_vector_reduce(s->vectors, s->o.queue, PTM_REDUCE_MAX, &s->z, NULL, &most, NULL);
        scale = 1 / most;
    }
    const ptm_scalar none = { 0, NULL }, by = { scale, NULL };
    if (!status) status = ptm_vector_axpby(s->vectors, s->o.queue, &s->z, none, NULL, by);
    if (!status && s->certain) status = ptm_vector_clip(s->vectors, s->o.queue, &s->z, FLOOR, (double)INFINITY);
    const ptm_array before = s->x;
    s->x = s->z;
    s->z = before;
    return status;
}

/* Eigenvalues until the bounds are near or it has been long enough. */
static int iterate(search *s, ptm_norm *found)
{
    double lower = 0, upper = (double)INFINITY;
    int status = PTM_OK;
    for (int k = 1; k <= s->o.iterations && !status; ++k) {
        double xx, zz, most;
        status = multiply(s, &xx, &zz);
        if (status) break;
        found->iterations = k;
        if (zz == 0) {
            upper = lower;
            break;
        }
        s->growth += 0.5 * log(zz / xx);
        lower = fmax(lower, sqrt(zz / xx));
        status = bound(s, k, &most);
        upper = fmin(upper, most);
        if (!status && s->o.progress && !s->o.progress(s->o.progress_user, (double)k / s->o.iterations))
            status = ptm_fail(PTM_ERROR_CANCELLED, "stopped by the progress function after %d iterations", k);
        if (status || sqrt(upper / lower) <= 1 + s->o.tolerance) break;
        status = exchange(s, zz);
    }
    const double wider = s->x.type == PTM_FLOAT64 ? 1e-11 : 1e-5;
    found->lower = sqrt(lower) * (1 - wider);
    found->upper = sqrt(upper) * (1 + wider);
    return status;
}

static int check_options(ptm_norm_options *o, const ptm_norm_options *options, const ptm_operator *op)
{
    int status = ptm_copy_sized(o, sizeof *o, options, "ptm_norm_options");
    if (status) return status;
    if (ptm_type_is_complex(op->domain.type) || ptm_type_is_complex(op->range.type))
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "operator takes or gives complex numbers, expected real ones");
    if (op->match == PTM_MATCH_NONE)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "operator %s has another one in the place of its adjoint, expected its own",
            op->class->name);
    if (o->tolerance == 0) o->tolerance = 0.01;
    if (o->iterations == 0) o->iterations = 100;
    if (o->failure == 0) o->failure = 1e-6;
    if (!(o->tolerance > 0)) return ptm_fail(PTM_ERROR_ARGUMENT, "tolerance is %g, expected more than 0", o->tolerance);
    if (o->iterations < 1) return ptm_fail(PTM_ERROR_ARGUMENT, "iterations is %d, expected 1 or more", o->iterations);
    if (!(o->failure > 0 && o->failure < 1))
        return ptm_fail(PTM_ERROR_ARGUMENT, "failure is %g, expected a probability between 0 and 1", o->failure);
    if (o->queue && o->queue->device != op->device)
        return ptm_fail(PTM_ERROR_ARGUMENT, "queue is of another device than the operator");
    return PTM_OK;
}

int ptm_operator_norm(ptm_norm *out, ptm_operator *op, const ptm_norm_options *options)
{
    if (!out || !op) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "operator" : "out");
    search s = { .op = op };
    s.certain = op->nonnegative && op->match == PTM_MATCH_EXACT;
    ptm_norm found = { .certain = s.certain };
    int status = check_options(&s.o, options, op);
    if (!status) status = start(&s);
    if (!status) status = iterate(&s, &found);
    ptm_vectors_destroy(&s.vectors);
    ptm_array_destroy(&s.x);
    ptm_array_destroy(&s.z);
    ptm_array_destroy(&s.y);
    if (!status) *out = found;
    return status;
}
