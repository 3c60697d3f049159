/* fista.c - Nesterov's accelerated gradients, with limits and a regularizer. */
#include "solve/regularizer.h"

#include <math.h>
#include <stdlib.h>

/* The image before, and the dual vectors of the regularizer, which belong to the state; root A of the image and of the
 * one before; the difference from the data, where it is wanted; of the dual steps the vectors before and the image
 * without what they take away. */
enum { FISTA_BEFORE, FISTA_DUAL, FISTA_AX, FISTA_AX_BEFORE, FISTA_R, FISTA_AHEAD, FISTA_IMAGE };

static void destroy(ptm_solver *s)
{
    if (s->data) ptm_terms_free(s->data);
    free(s->data);
}

static uint64_t memory(const ptm_solver *s)
{
    const ptm_terms *terms = s->data;
    return terms->count ? ptm_operator_memory(terms->term[0].op) : 0;
}

/* Are wavelets all that there is to an image's being near another one? Then dual vectors are known at once. */
static bool is_known_at_once(const ptm_solver *s)
{
    const ptm_terms *terms = s->data;
    return terms->count > 0 && terms->term[0].wavelet && !s->o.limited && !ptm_solver_has(&s->mask);
}

static int create(ptm_solver *s)
{
    ptm_terms *terms = s->data = ptm_alloc(1, sizeof *terms);
    int status = terms ? ptm_terms_make(terms, s) : PTM_ERROR_MEMORY;
    if (!status) status = ptm_solver_vector(s, &s->own[FISTA_BEFORE], &s->op->domain);
    if (!status) status = ptm_solver_vector(s, &s->own[FISTA_AX], &s->op->range);
    if (!status) status = ptm_solver_vector(s, &s->own[FISTA_AX_BEFORE], &s->op->range);
    if (!status && ptm_solver_wants_residual(s)) status = ptm_solver_vector(s, &s->own[FISTA_R], &s->op->range);
    if (status || terms->count == 0) return status;
    status = ptm_solver_vector(s, &s->own[FISTA_AHEAD], &terms->term[0].op->range);
    if (status || is_known_at_once(s)) return status;
    status = ptm_solver_vector(s, &s->own[FISTA_DUAL], &terms->term[0].op->range);
    return status ? status : ptm_solver_vector(s, &s->own[FISTA_IMAGE], &s->op->domain);
}

static int project(ptm_solver *s, const ptm_array *ax, const ptm_array *x)
{
    int status = ptm_solver_apply(s, s->op, false, 1, x, 0, ax);
    return status ? status : ptm_solver_multiply(s, ax, &s->root);
}

static int resume(ptm_solver *s)
{
    int status = project(s, &s->own[FISTA_AX], &s->x);
    return status ? status : project(s, &s->own[FISTA_AX_BEFORE], &s->own[FISTA_BEFORE]);
}

/* number 0: the sequence t of the paper. */
static int start(ptm_solver *s)
{
    s->numbers[0] = 1;
    int status = ptm_solver_find_step(s);
    if (!status) status = ptm_solver_copy(s, &s->own[FISTA_BEFORE], &s->x);
    if (!status && ptm_solver_has(&s->own[FISTA_DUAL])) status = ptm_solver_fill(s, &s->own[FISTA_DUAL], 0);
    return status ? status : resume(s);
}

static void exchange(ptm_array *a, ptm_array *b)
{
    const ptm_array other = *a;
    *a = *b;
    *b = other;
}

static double next_t(double t)
{
    return 0.5 + sqrt(0.25 + t * t);
}

/* out = x less what the dual vectors, times `step`, take away, within the constraints. */
static int without_duals(
    ptm_solver *s, const ptm_term *term, const ptm_array *out, const ptm_array *x, const ptm_array *dual, double step)
{
    int status = ptm_solver_copy(s, out, x);
    if (!status) status = ptm_solver_apply(s, term->op, true, -step, dual, 1, out);
    return status ? status : ptm_solver_constrain(s, out);
}

/* The image x of which |x - z|^2 / 2 + step R(x) is least, in the place of z: by accelerated gradients of the dual
 * problem, which begin where those of the iteration before ended. */
static int regularize(ptm_solver *s, const ptm_array *z, double step)
{
    const ptm_terms *terms = s->data;
    const ptm_term *term = &terms->term[0];
    ptm_array *dual = &s->own[FISTA_DUAL], *ahead = &s->own[FISTA_AHEAD];
    const ptm_array *image = &s->own[FISTA_IMAGE];
    const double length = 1 / (step * term->norm * term->norm);
    int status = ptm_solver_copy(s, ahead, dual);
    double t = 1;
    for (int i = 0; i < s->o.inner && !status; ++i) {
        const double next = next_t(t), by = (t - 1) / next;
        status = without_duals(s, term, image, z, ahead, step);
        if (!status) status = ptm_solver_apply(s, term->op, false, length, image, 1, ahead);
        if (!status) status = ptm_term_limit(s, term, ahead, length);
        if (!status) status = ptm_solver_add(s, dual, 1 + by, ahead, -by);
        exchange(dual, ahead);
        t = next;
    }
    if (status) return status;
    exchange(dual, ahead); /* the last one within its limits */
    status = without_duals(s, term, image, z, dual, step);
    return status ? status : ptm_solver_copy(s, z, image);
}

/* The same for wavelets W alone: |x - z|^2 = |W x - W z|^2, so that details go towards 0 by step strength, and the dual
 * vectors are what that takes of them. */
static int shrink(ptm_solver *s, const ptm_array *z, double step)
{
    const ptm_terms *terms = s->data;
    const ptm_array *taken = &s->own[FISTA_AHEAD];
    ptm_term term = terms->term[0];
    term.strength *= step;
    int status = ptm_solver_apply(s, term.op, false, 1, z, 0, taken);
    if (!status) status = ptm_term_limit(s, &term, taken, 0);
    return status ? status : ptm_solver_apply(s, term.op, true, -1, taken, 1, z);
}

static int come_near(ptm_solver *s, const ptm_array *z, double step)
{
    const ptm_terms *terms = s->data;
    int status = PTM_OK;
    if (terms->count == 0) return ptm_solver_constrain(s, z);
    if (s->o.spin) ptm_term_spin(s, &terms->term[0]);
    if (is_known_at_once(s)) return shrink(s, z, step);
    if (s->o.spin) status = ptm_solver_fill(s, &s->own[FISTA_DUAL], 0); /* they are of another shift */
    return status ? status : regularize(s, z, step);
}

/* What was before becomes the point z ahead of the image, then the next image; projections come along, as they are
 * linear. */
static int step(ptm_solver *s)
{
    ptm_array *z = &s->own[FISTA_BEFORE], *az = &s->own[FISTA_AX_BEFORE], *ax = &s->own[FISTA_AX];
    const double t = s->numbers[0], next = next_t(t), by = (t - 1) / next, length = s->o.relaxation * s->step;
    int status = ptm_solver_add(s, z, 1 + by, &s->x, -by);
    if (!status) status = ptm_solver_add(s, az, 1 + by, ax, -by);
    if (!status) status = ptm_solver_add(s, az, -1, &s->y, 1);
    if (!status) status = ptm_solver_multiply(s, az, &s->root);
    if (!status) status = ptm_solver_apply(s, s->op, true, -length, az, 1 - length * s->o.damping, z);
    if (!status) status = come_near(s, z, length);
    if (!status) status = project(s, az, z);
    exchange(&s->x, z);
    exchange(ax, az);
    s->numbers[0] = next;
    if (status || !ptm_solver_wants_residual(s)) return status;
    status = ptm_solver_copy(s, &s->own[FISTA_R], ax);
    if (!status) status = ptm_solver_add(s, &s->own[FISTA_R], -1, &s->y, 1);
    return status ? status : ptm_solver_data_length(s, &s->residual, &s->own[FISTA_R]);
}

const ptm_solver_class ptm_solver_fista = { .name = "FISTA",
    .applications = 2,
    .inner = 10,
    .limits = true,
    .damping = true,
    .most = PTM_REGULARIZER_WAVELET,
    .kept = 2,
    .create = create,
    .start = start,
    .resume = resume,
    .step = step,
    .destroy = destroy,
    .memory = memory };
