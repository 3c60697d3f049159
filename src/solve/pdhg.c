/* pdhg.c - Chambolle's and Pock's primal-dual method. */
#include "solve/regularizer.h"

#include <stdlib.h>

/* Dual vectors of the data and of the terms; what the next dual step looks at; the variable where it is more than the
 * image; the difference from the data where it is wanted. */
enum { PDHG_DATA, PDHG_TERM, PDHG_AHEAD = PDHG_TERM + PTM_TERMS, PDHG_VARIABLE, PDHG_KEPT, PDHG_R = PDHG_KEPT };

/* The data's dual step is this times relaxation: about the residual over the data at the end. Those of the terms have
 * the same (step) |K|^2, and the primal step is one over the sum of these. Then the sum of (dual step) (primal step)
 * |K|^2 is 1, which the method asks for (T. Pock, A. Chambolle, ICCV 2011, lemma 2), and units change no iterate. */
static const double data_step = 0.1;

typedef struct pdhg {
    ptm_terms terms;
    ptm_operator *data; /* root A mask, on the variable */
} pdhg;

static void destroy(ptm_solver *s)
{
    pdhg *p = s->data;
    if (!p) return;
    ptm_terms_free(&p->terms);
    ptm_operator_destroy(&p->data);
    free(p);
}

static uint64_t memory(const ptm_solver *s)
{
    const pdhg *p = s->data;
    uint64_t sum = 0;
    for (int i = 0; i < p->terms.count; ++i) sum += ptm_operator_memory(p->terms.term[i].op);
    return sum;
}

static int create(ptm_solver *s)
{
    pdhg *p = s->data = ptm_alloc(1, sizeof *p);
    if (!p) return PTM_ERROR_MEMORY;
    int status = ptm_terms_make(&p->terms, s);
    if (!status) status = ptm_solver_vector(s, &s->own[PDHG_DATA], &s->op->range);
    for (int i = 0; i < p->terms.count && !status; ++i)
        status = ptm_solver_vector(s, &s->own[PDHG_TERM + i], &p->terms.term[i].op->range);
    if (!status) status = ptm_solver_vector(s, &s->own[PDHG_AHEAD], &p->terms.variable);
    if (!status && p->terms.image_of) status = ptm_solver_vector(s, &s->own[PDHG_VARIABLE], &p->terms.variable);
    return status || !ptm_solver_wants_residual(s) ? status : ptm_solver_vector(s, &s->own[PDHG_R], &s->op->range);
}

static const ptm_array *variable_of(const ptm_solver *s)
{
    return ptm_solver_has(&s->own[PDHG_VARIABLE]) ? &s->own[PDHG_VARIABLE] : &s->x;
}

/* Where the variable is more than the image: the image becomes what the variable has; */
static int take_image(ptm_solver *s)
{
    const pdhg *p = s->data;
    return p->terms.image_of ? ptm_solver_apply(s, p->terms.image_of, false, 1, variable_of(s), 0, &s->x) : PTM_OK;
}

/* and so many times the image is added to what is there. */
static int add_image(ptm_solver *s, double times)
{
    const pdhg *p = s->data;
    return p->terms.image_of ? ptm_solver_apply(s, p->terms.image_of, true, times, &s->x, 1, variable_of(s)) : PTM_OK;
}

static int find_data_operator(ptm_solver *s)
{
    pdhg *p = s->data;
    ptm_operator *system;
    if (p->data) return PTM_OK;
    int status = ptm_solver_find_step(s);
    if (!status) status = ptm_solver_system(s, &system);
    if (status) return status;
    ptm_operator *const parts[2] = { system, p->terms.image_of };
    return ptm_chain_create(&p->data, parts, p->terms.image_of ? 2 : 1);
}

static int start(ptm_solver *s)
{
    const pdhg *p = s->data;
    int status = find_data_operator(s);
    for (int i = 0; i <= p->terms.count && !status; ++i) status = ptm_solver_fill(s, &s->own[i], 0);
    if (!status && p->terms.image_of) status = ptm_solver_fill(s, variable_of(s), 0);
    if (!status) status = add_image(s, 1);
    return status ? status : ptm_solver_copy(s, &s->own[PDHG_AHEAD], variable_of(s));
}

static int dual_steps(ptm_solver *s)
{
    const pdhg *p = s->data;
    const ptm_array *ahead = &s->own[PDHG_AHEAD], *data = &s->own[PDHG_DATA];
    const double step = data_step * s->o.relaxation;
    int status = ptm_solver_apply(s, p->data, false, step, ahead, 1, data);
    if (!status) status = ptm_solver_add(s, data, -step / (1 + step), &s->y, 1 / (1 + step));
    for (int i = 0; i < p->terms.count && !status; ++i) {
        const ptm_term *term = &p->terms.term[i];
        const double by = s->norm / term->norm, length = step * by * by;
        status = ptm_solver_apply(s, term->op, false, length, ahead, 1, &s->own[PDHG_TERM + i]);
        if (!status) status = ptm_term_limit(s, term, &s->own[PDHG_TERM + i], length);
    }
    return status;
}

/* Damping and constraints are the image's; then the variable has it again. */
static int finish_image(ptm_solver *s, double length)
{
    int status = take_image(s);
    if (!status) status = add_image(s, -1);
    if (!status && s->o.damping > 0) status = ptm_solver_add(s, &s->x, 0, NULL, 1 / (1 + length * s->o.damping));
    if (!status) status = ptm_solver_constrain(s, &s->x);
    return status ? status : add_image(s, 1);
}

static int primal_step(ptm_solver *s)
{
    const pdhg *p = s->data;
    const ptm_array *variable = variable_of(s), *ahead = &s->own[PDHG_AHEAD];
    const double length = 1 / (data_step * s->o.relaxation * s->norm * s->norm * (1 + p->terms.count));
    int status = ptm_solver_copy(s, ahead, variable);
    if (!status) status = ptm_solver_apply(s, p->data, true, -length, &s->own[PDHG_DATA], 1, variable);
    for (int i = 0; i < p->terms.count && !status; ++i)
        status = ptm_solver_apply(s, p->terms.term[i].op, true, -length, &s->own[PDHG_TERM + i], 1, variable);
    if (!status) status = finish_image(s, length);
    return status ? status : ptm_solver_add(s, ahead, 2, variable, -1);
}

static int step(ptm_solver *s)
{
    int status = dual_steps(s);
    if (!status) status = primal_step(s);
    return status || !ptm_solver_wants_residual(s) ? status : ptm_solver_find_residual(s, &s->own[PDHG_R]);
}

const ptm_solver_class ptm_solver_pdhg = { .name = "PDHG",
    .applications = 2,
    .limits = true,
    .damping = true,
    .most = PTM_REGULARIZER_TGV,
    .kept = PDHG_KEPT,
    .keeps_data = true,
    .create = create,
    .start = start,
    .step = step,
    .destroy = destroy,
    .memory = memory };
