/* em.c - expectation maximisation, in subsets if the operator has some. */
#include "solve/solver.h"

enum { EM_R, EM_G, EM_ONES };

static int em_create(ptm_solver *s)
{
    int status = ptm_solver_subsets_create(s);
    if (!status) status = ptm_solver_vector(s, &s->own[EM_R], &s->op->range);
    if (!status) status = ptm_solver_vector(s, &s->own[EM_G], &s->op->domain);
    return status || s->subsets.kept ? status : ptm_solver_vector(s, &s->own[EM_ONES], &s->op->range);
}

static int em_start(ptm_solver *s)
{
    const ptm_array *ones = s->subsets.kept ? &s->own[EM_R] : &s->own[EM_ONES];
    double least = 0;
    int status = ptm_vector_reduce(s->vectors, s->o.queue, PTM_REDUCE_MIN, &s->x, NULL, &least, NULL);
    if (!status && !(least >= 0))
        status = ptm_fail(PTM_ERROR_ARGUMENT, "initial has a value of %g, expected 0 or more for MLEM", least);
    if (!status) status = ptm_solver_fill(s, ones, 1);
    for (int i = 0; i < 2 && !status; ++i) status = ptm_solver_multiply(s, ones, &s->root);
    return status ? status : ptm_solver_subsets_start(s, ones);
}

static int em_turn(ptm_solver *s, int k)
{
    ptm_operator *part = ptm_interleaved_part(s->op, k);
    const ptm_array *g = &s->own[EM_G], *columns;
    ptm_slice r, y, root = { .array = s->root };
    int status = ptm_interleaved_slice(&r, s->op, &s->own[EM_R], k);
    if (!status) status = ptm_interleaved_slice(&y, s->op, &s->y, k);
    if (!status && ptm_solver_has(&s->root)) status = ptm_interleaved_slice(&root, s->op, &s->root, k);
    if (!status) status = ptm_solver_apply(s, part, false, 1, &s->x, 0, &r.array);
    if (!status) status = ptm_vector_divide(s->vectors, s->o.queue, &r.array, 1, &y.array, &r.array, 0);
    if (!status) status = ptm_solver_multiply(s, &r.array, &root.array);
    if (!status) status = ptm_solver_apply(s, part, true, 1, &r.array, 0, g);
    if (!status) status = ptm_solver_subset_columns(s, k, &s->own[EM_ONES], &columns);
    if (!status) status = ptm_solver_multiply(s, g, columns);
    if (!status) status = ptm_solver_multiply(s, &s->x, g);
    return status ? status : ptm_solver_constrain(s, &s->x);
}

static int em_step(ptm_solver *s)
{
    int status = PTM_OK;
    ptm_solver_subsets_order(s, s->iterations);
    for (int i = 0; i < s->subsets.count && !status; ++i) {
        s->applied = s->class->applications * i / s->subsets.count;
        status = em_turn(s, s->subsets.order[i]);
    }
    return status || !ptm_solver_wants_residual(s) ? status : ptm_solver_find_residual(s, &s->own[EM_R]);
}

const ptm_solver_class ptm_solver_mlem = { .name = "MLEM",
    .applications = 2,
    .anywhere = true,
    .limits = true,
    .positive = true,
    .initial = 1,
    .create = em_create,
    .start = em_start,
    .step = em_step };
