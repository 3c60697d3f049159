/* sirt.c - SIRT, in subsets OS-SIRT and SART; Landweber's iteration. */
#include "solve/solver.h"

/* ------------------------------------------------------------------ SIRT, OS-SIRT, SART */

enum {
    SIRT_R = PTM_SIRT_VECTORS,
    SIRT_G,
    SIRT_ROWS,
    SIRT_ONES
}; /* y - A x; A'r; weights over sums of rows; weights, where columns are found anew */

int ptm_sirt_create(ptm_solver *s)
{
    int status = ptm_solver_subsets_create(s);
    if (!status) status = ptm_solver_vector(s, &s->own[SIRT_R], &s->op->range);
    if (!status) status = ptm_solver_vector(s, &s->own[SIRT_G], &s->op->domain);
    if (!status) status = ptm_solver_vector(s, &s->own[SIRT_ROWS], &s->op->range);
    return status || s->subsets.kept ? status : ptm_solver_vector(s, &s->own[SIRT_ONES], &s->op->range);
}

/* The sums of columns are those of the weights times the matrix: the step is then at most 1 whatever the weights. */
int ptm_sirt_start(ptm_solver *s)
{
    const ptm_array *rows = &s->own[SIRT_ROWS], *ones = s->subsets.kept ? &s->own[SIRT_R] : &s->own[SIRT_ONES],
                    *g = &s->own[SIRT_G];
    int status = ptm_solver_fill(s, ones, 1);
    for (int i = 0; i < 2 && !status; ++i) status = ptm_solver_multiply(s, ones, &s->root);
    if (!status) status = ptm_solver_subsets_start(s, ones);
    if (!status) status = ptm_solver_fill(s, g, 1);
    if (!status) status = ptm_solver_multiply(s, g, &s->mask);
    if (!status) status = ptm_solver_apply(s, s->op, false, 1, g, 0, rows);
    if (!status) status = ptm_solver_invert_rows(s, rows);
    return status ? status : ptm_solver_multiply(s, rows, &s->root);
}

/* A subset's turn; `fresh`: r is the image's already. */
static int sirt_turn(ptm_solver *s, int k, bool fresh, double relaxation)
{
    const ptm_array *g = &s->own[SIRT_G], *columns;
    ptm_slice r, rows;
    int status = ptm_interleaved_slice(&r, s->op, &s->own[SIRT_R], k);
    if (!status) status = ptm_interleaved_slice(&rows, s->op, &s->own[SIRT_ROWS], k);
    if (!status && !fresh) status = ptm_solver_difference(s, k, &r.array, &s->x);
    if (!status) status = ptm_solver_multiply(s, &r.array, &rows.array);
    if (!status) status = ptm_solver_apply(s, ptm_interleaved_part(s->op, k), true, 1, &r.array, 0, g);
    if (!status) status = ptm_solver_subset_columns(s, k, &s->own[SIRT_ONES], &columns);
    if (!status) status = ptm_vector_multiply(s->vectors, s->o.queue, &s->x, relaxation, columns, g, 1);
    return status ? status : ptm_solver_constrain(s, &s->x);
}

int ptm_sirt_pass(ptm_solver *s, bool fresh, double relaxation)
{
    int status = PTM_OK;
    ptm_solver_subsets_order(s, s->iterations);
    for (int i = 0; i < s->subsets.count && !status; ++i) {
        s->applied = 2 * i / s->subsets.count;
        status = sirt_turn(s, s->subsets.order[i], fresh && s->subsets.count == 1, relaxation);
    }
    return status;
}

const ptm_array *ptm_sirt_difference(const ptm_solver *s)
{
    return &s->own[SIRT_R];
}

/* number 0: whether the difference is the image's. */
static int sirt_step(ptm_solver *s)
{
    int status = ptm_sirt_pass(s, s->numbers[0] != 0, s->o.relaxation);
    s->numbers[0] = ptm_solver_wants_residual(s);
    return status || s->numbers[0] == 0 ? status : ptm_solver_find_residual(s, &s->own[SIRT_R]);
}

static int sirt_resume(ptm_solver *s)
{
    s->numbers[0] = 0;
    return PTM_OK;
}

const ptm_solver_class ptm_solver_sirt = { .name = "SIRT",
    .most_relaxation = 2,
    .applications = 2,
    .anywhere = true,
    .limits = true,
    .positive = true,
    .create = ptm_sirt_create,
    .start = ptm_sirt_start,
    .resume = sirt_resume,
    .step = sirt_step };

/* ------------------------------------------------------------------ Landweber */

enum { LANDWEBER_R };

static int landweber_create(ptm_solver *s)
{
    return ptm_solver_vector(s, &s->own[LANDWEBER_R], &s->op->range);
}

static int landweber_start(ptm_solver *s)
{
    int status = ptm_solver_find_step(s);
    return status ? status : ptm_solver_find_residual(s, &s->own[LANDWEBER_R]);
}

static int landweber_step(ptm_solver *s)
{
    const ptm_array *r = &s->own[LANDWEBER_R];
    const double step = s->o.relaxation * s->step;
    int status = ptm_solver_multiply(s, r, &s->root);
    if (!status) status = ptm_solver_apply(s, s->op, true, step, r, 1 - step * s->o.damping, &s->x);
    if (!status) status = ptm_solver_constrain(s, &s->x);
    return status ? status : ptm_solver_find_residual(s, r);
}

static int landweber_resume(ptm_solver *s)
{
    return ptm_solver_find_residual(s, &s->own[LANDWEBER_R]);
}

const ptm_solver_class ptm_solver_landweber = { .name = "Landweber",
    .most_relaxation = 2,
    .applications = 2,
    .anywhere = true,
    .limits = true,
    .damping = true,
    .create = landweber_create,
    .start = landweber_start,
    .resume = landweber_resume,
    .step = landweber_step };
