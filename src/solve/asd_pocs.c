/* asd_pocs.c - adaptive steepest descent of total variation between projections onto convex sets, which are passes of
 * SIRT. */
#include "solve/regularizer.h"

#include "vec/vector_arguments.h"

#include <stdlib.h>

enum { POCS_BEFORE, POCS_SLOPE, POCS_GRADIENT };
enum { POCS_LENGTH, POCS_RELAXATION }; /* of a step down; of the next pass */

/* The paper's numbers: what relaxation and length fall by, and how much farther down may be than the pass was. */
static const double relaxation_falls = 0.995, length_falls = 0.95, farthest = 0.95;
/* Of gradients, by the image's mean: below it |grad x| is round, not pointed. */
static const double roundness = 1e-4;

static void destroy(ptm_solver *s)
{
    ptm_term *term = s->data;
    if (term) ptm_operator_destroy(&term->op);
    free(term);
}

static uint64_t memory(const ptm_solver *s)
{
    return ptm_operator_memory(((const ptm_term *)s->data)->op);
}

static int create(ptm_solver *s)
{
    ptm_term *term = s->data = ptm_alloc(1, sizeof *term);
    int status = term ? ptm_gradient_make(term, s->op->device, &s->op->domain, &s->o) : PTM_ERROR_MEMORY;
    if (!status) status = ptm_sirt_create(s);
    if (!status) status = ptm_solver_vector(s, &s->own[POCS_BEFORE], &s->op->domain);
    if (!status) status = ptm_solver_vector(s, &s->own[POCS_SLOPE], &s->op->domain);
    return status ? status : ptm_solver_vector(s, &s->own[POCS_GRADIENT], &term->op->range);
}

static int start(ptm_solver *s)
{
    s->numbers[POCS_LENGTH] = 0;
    s->numbers[POCS_RELAXATION] = s->o.relaxation;
    return ptm_sirt_start(s);
}

/* How far the image has come from what was before. */
static int find_way(ptm_solver *s, double *way)
{
    const ptm_array *before = &s->own[POCS_BEFORE];
    int status = ptm_solver_add(s, before, -1, &s->x, 1);
    return status ? status : ptm_solver_length(s, way, before);
}

/* A step along the slope of total variation, grad'(grad x / |grad x|). */
static int go_down(ptm_solver *s, double rounding)
{
    const ptm_term *term = s->data;
    const ptm_array *gradient = &s->own[POCS_GRADIENT], *slope = &s->own[POCS_SLOPE];
    double length = 0;
    int status = ptm_solver_apply(s, term->op, false, 1, &s->x, 0, gradient);
    if (!status)
        status = ptm_vector_limit_lengths(s->vectors, s->o.queue, gradient, term->components, LIMIT_UNIT, rounding);
    if (!status) status = ptm_solver_apply(s, term->op, true, 1, gradient, 0, slope);
    if (!status) status = ptm_solver_length(s, &length, slope);
    return status || length == 0 ? status : ptm_solver_add(s, &s->x, -s->numbers[POCS_LENGTH] / length, slope, 1);
}

static int go_down_all(ptm_solver *s, double *way)
{
    double sum = 0;
    int status = ptm_solver_copy(s, &s->own[POCS_BEFORE], &s->x);
    if (!status) status = ptm_vector_reduce(s->vectors, s->o.queue, PTM_REDUCE_MAGNITUDES, &s->x, NULL, &sum, NULL);
    const double mean = sum / (double)ptm_space_elements(&s->op->domain), rounding = mean > 0 ? roundness * mean : 1e-30;
    for (int i = 0; i < s->o.inner && !status; ++i) status = go_down(s, rounding);
    if (!status) status = ptm_solver_multiply(s, &s->x, &s->mask);
    return status ? status : find_way(s, way);
}

static int step(ptm_solver *s)
{
    double pass = 0, down = 0, residual;
    int status = ptm_solver_copy(s, &s->own[POCS_BEFORE], &s->x);
    if (!status) status = ptm_sirt_pass(s, false, s->numbers[POCS_RELAXATION]);
    if (!status) status = find_way(s, &pass);
    if (!status) status = ptm_solver_find_residual(s, ptm_sirt_difference(s));
    if (status) return status;
    residual = s->residual;
    if (s->numbers[POCS_LENGTH] == 0) s->numbers[POCS_LENGTH] = (s->o.strength > 0 ? s->o.strength : 0.001) * pass;
    status = go_down_all(s, &down);
    if (down > farthest * pass && residual > s->o.noise * s->size) s->numbers[POCS_LENGTH] *= length_falls;
    s->numbers[POCS_RELAXATION] *= relaxation_falls;
    if (!status && ptm_solver_wants_residual(s)) return ptm_solver_find_residual(s, ptm_sirt_difference(s));
    s->residual = residual;
    return status;
}

const ptm_solver_class ptm_solver_asd_pocs = { .name = "ASD-POCS",
    .most_relaxation = 2,
    .applications = 3,
    .inner = 20,
    .limits = true,
    .positive = true,
    .create = create,
    .start = start,
    .step = step,
    .destroy = destroy,
    .memory = memory };
