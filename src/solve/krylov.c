/* krylov.c - conjugate gradients for least squares and its relatives, on the operator with roots of weights and mask. */
#include "solve/solver.h"

#include <float.h>
#include <math.h>

/* Applies that operator. Images are 0 outside the mask: all come from adjoints and from the first one. */
static int apply(ptm_solver *s, bool adjoint, double alpha, const ptm_array *in, double beta, const ptm_array *out)
{
    const bool weighted = ptm_solver_has(&s->root);
    int status = PTM_OK;
    if (adjoint) {
        if (weighted) status = ptm_vector_multiply(s->vectors, s->o.queue, &s->rooted, 1, &s->root, in, 0);
        if (!status) status = ptm_solver_apply(s, s->op, true, alpha, weighted ? &s->rooted : in, beta, out);
        return status ? status : ptm_solver_multiply(s, out, &s->mask);
    }
    if (!weighted) return ptm_solver_apply(s, s->op, false, alpha, in, beta, out);
    status = ptm_solver_apply(s, s->op, false, 1, in, 0, &s->rooted);
    return status ? status : ptm_vector_multiply(s->vectors, s->o.queue, out, alpha, &s->root, &s->rooted, beta);
}

static int create_vectors(ptm_solver *s, int of_range, int of_domain)
{
    int status = ptm_solver_has(&s->root) ? ptm_solver_vector(s, &s->rooted, &s->op->range) : PTM_OK;
    for (int i = 0; i < of_range + of_domain && !status; ++i)
        status = ptm_solver_vector(s, &s->own[i], i < of_range ? &s->op->range : &s->op->domain);
    return status;
}

/* ------------------------------------------------------------------ CGLS */

enum { CGLS_R, CGLS_P, CGLS_S, CGLS_Q }; /* y - A x; the direction; A'r - damping x; A p */
enum { CGLS_GAMMA, CGLS_SQUARES };       /* |s|^2; the sum of the squares of A's entries, as far as it is seen */

static int cgls_create(ptm_solver *s)
{
    int status = create_vectors(s, 1, 2);
    return status ? status : ptm_solver_vector(s, &s->own[CGLS_Q], &s->op->range);
}

/* s and the square of its length. */
static int cgls_gradient(ptm_solver *s, double *gamma)
{
    const ptm_array *g = &s->own[CGLS_S];
    int status = apply(s, true, 1, &s->own[CGLS_R], 0, g);
    if (!status && s->o.damping > 0) status = ptm_solver_add(s, g, -s->o.damping, &s->x, 1);
    if (!status) status = ptm_solver_length(s, gamma, g);
    *gamma *= *gamma;
    return status;
}

/* Is the residual, or the gradient, so small that rounding is all there is of it? (Paige and Saunders 1982, rules S1 and S2
 * with the type's epsilon.) To go on from there is to add up rounding: the image grows without a limit. */
static int cgls_judge(ptm_solver *s)
{
    const double epsilon = s->op->range.type == PTM_FLOAT64 ? DBL_EPSILON : (double)FLT_EPSILON;
    double size = 0;
    int status = ptm_solver_data_length(s, &s->residual, &s->own[CGLS_R]);
    if (!status && s->o.damping > 0) status = ptm_solver_length(s, &size, &s->x);
    const double residual = hypot(s->residual, sqrt(s->o.damping) * size);
    s->solved = residual <= epsilon * s->size ||
                sqrt(s->numbers[CGLS_GAMMA]) <= epsilon * sqrt(s->numbers[CGLS_SQUARES]) * residual;
    return status;
}

static int cgls_start(ptm_solver *s)
{
    int status = ptm_solver_find_residual(s, &s->own[CGLS_R]);
    if (!status) status = cgls_gradient(s, &s->numbers[CGLS_GAMMA]);
    if (!status) status = cgls_judge(s);
    return status ? status : ptm_solver_copy(s, &s->own[CGLS_P], &s->own[CGLS_S]);
}

static int cgls_step(ptm_solver *s)
{
    const ptm_array *r = &s->own[CGLS_R], *p = &s->own[CGLS_P], *q = &s->own[CGLS_Q];
    const double gamma = s->numbers[CGLS_GAMMA];
    double curvature, size = 0, next;
    int status = apply(s, false, 1, p, 0, q);
    if (!status) status = ptm_solver_data_length(s, &curvature, q);
    if (!status && s->o.damping > 0) status = ptm_solver_length(s, &size, p);
    if (status) return status;
    curvature = curvature * curvature + s->o.damping * size * size;
    s->solved = curvature == 0;
    if (s->solved) return PTM_OK;
    status = ptm_solver_add(s, &s->x, gamma / curvature, p, 1);
    if (!status) status = ptm_solver_add(s, r, -gamma / curvature, q, 1);
    if (!status) status = cgls_gradient(s, &next);
    if (!status) status = ptm_solver_add(s, p, 1, &s->own[CGLS_S], next / gamma);
    if (status) return status;
    s->numbers[CGLS_GAMMA] = next;
    s->numbers[CGLS_SQUARES] += curvature / gamma * (1 + next / gamma);
    return cgls_judge(s);
}

const ptm_solver_class ptm_solver_cgls = { .name = "CGLS",
    .applications = 2,
    .anywhere = true,
    .damping = true,
    .kept = 2,
    .keeps_data = true,
    .create = cgls_create,
    .start = cgls_start,
    .resume = cgls_judge,
    .step = cgls_step };

/* ------------------------------------------------------------------ bidiagonalisation */

enum { BIDIAGONAL_U, BIDIAGONAL_V };
enum { ALPHA, BETA, FIRST_NUMBER };

static int divide(ptm_solver *s, const ptm_array *x, double length)
{
    return length == 0 ? PTM_OK : ptm_solver_add(s, x, 0, NULL, 1 / length);
}

/* u and v become unit vectors, unless they are 0, of the lengths beta and alpha that they had. */
static int normalise_u(ptm_solver *s)
{
    int status = ptm_solver_data_length(s, &s->numbers[BETA], &s->own[BIDIAGONAL_U]);
    return status ? status : divide(s, &s->own[BIDIAGONAL_U], s->numbers[BETA]);
}
static int normalise_v(ptm_solver *s)
{
    int status = ptm_solver_length(s, &s->numbers[ALPHA], &s->own[BIDIAGONAL_V]);
    return status ? status : divide(s, &s->own[BIDIAGONAL_V], s->numbers[ALPHA]);
}

/* beta u = y - A x, alpha v = A'u. */
static int bidiagonal_start(ptm_solver *s)
{
    const ptm_array *u = &s->own[BIDIAGONAL_U], *v = &s->own[BIDIAGONAL_V];
    if (s->o.damping > 0 && ptm_solver_has(&s->first))
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "damping is %g and there is an initial image, which %s does not take together; CGLS does", s->o.damping,
            s->class->name);
    int status = ptm_solver_find_residual(s, u);
    if (!status) status = normalise_u(s);
    if (!status) status = apply(s, true, 1, u, 0, v);
    if (!status) status = normalise_v(s);
    s->solved = s->numbers[ALPHA] == 0 || s->numbers[BETA] == 0;
    return status;
}

/* beta u = A v - alpha u, alpha v = A'u - beta v. Where either is 0 this is the last step. */
static int bidiagonal_step(ptm_solver *s)
{
    const ptm_array *u = &s->own[BIDIAGONAL_U], *v = &s->own[BIDIAGONAL_V];
    int status = apply(s, false, 1, v, -s->numbers[ALPHA], u);
    if (!status) status = normalise_u(s);
    if (!status) status = apply(s, true, 1, u, -s->numbers[BETA], v);
    if (!status) status = normalise_v(s);
    s->solved = s->numbers[ALPHA] == 0 || s->numbers[BETA] == 0;
    return status;
}

/* A plane rotation that takes (a, b) to (length, 0). */
typedef struct rotation {
    double c, s, length;
} rotation;
static rotation rotate(double a, double b)
{
    const double length = hypot(a, b);
    return (rotation) { length > 0 ? a / length : 1, length > 0 ? b / length : 0, length };
}

/* ------------------------------------------------------------------ LSQR */

enum { LSQR_W = 2 };
enum {
    LSQR_RHO = FIRST_NUMBER,
    LSQR_PHI,
    LSQR_DAMPED
}; /* the paper's rho and phi with a bar; what damping adds to the residual's square */

static int lsqr_create(ptm_solver *s)
{
    return create_vectors(s, 1, 2);
}

static int lsqr_start(ptm_solver *s)
{
    int status = bidiagonal_start(s);
    s->numbers[LSQR_RHO] = s->numbers[ALPHA];
    s->numbers[LSQR_PHI] = s->numbers[BETA];
    s->numbers[LSQR_DAMPED] = 0;
    return status ? status : ptm_solver_copy(s, &s->own[LSQR_W], &s->own[BIDIAGONAL_V]);
}

/* |A x - y|^2 is that of the damped problem without damping |x|^2. */
static int lsqr_residual(ptm_solver *s)
{
    double size = 0;
    int status = s->o.damping > 0 ? ptm_solver_length(s, &size, &s->x) : PTM_OK;
    const double phi = s->numbers[LSQR_PHI];
    s->residual = sqrt(fmax(phi * phi + s->numbers[LSQR_DAMPED] - s->o.damping * size * size, 0));
    return status;
}

static int lsqr_step(ptm_solver *s)
{
    int status = bidiagonal_step(s);
    const rotation damp = rotate(s->numbers[LSQR_RHO], sqrt(s->o.damping)), turn = rotate(damp.length, s->numbers[BETA]);
    const double phi = damp.c * s->numbers[LSQR_PHI], psi = damp.s * s->numbers[LSQR_PHI];
    s->numbers[LSQR_DAMPED] += psi * psi;
    s->numbers[LSQR_RHO] = -turn.c * s->numbers[ALPHA];
    s->numbers[LSQR_PHI] = turn.s * phi;
    const ptm_array *w = &s->own[LSQR_W];
    if (!status) status = ptm_solver_add(s, &s->x, turn.c * phi / turn.length, w, 1);
    if (!status) status = ptm_solver_add(s, w, 1, &s->own[BIDIAGONAL_V], -turn.s * s->numbers[ALPHA] / turn.length);
    return status || !ptm_solver_wants_residual(s) ? status : lsqr_residual(s);
}

const ptm_solver_class ptm_solver_lsqr = { .name = "LSQR",
    .applications = 2,
    .anywhere = true,
    .damping = true,
    .kept = 3,
    .keeps_data = true,
    .create = lsqr_create,
    .start = lsqr_start,
    .step = lsqr_step };

/* ------------------------------------------------------------------ LSMR */

enum { LSMR_H = 2, LSMR_H_BAR, LSMR_R }; /* R: for the residual */
enum { LSMR_ALPHA_BAR = FIRST_NUMBER, LSMR_ZETA_BAR, LSMR_RHO, LSMR_RHO_BAR, LSMR_C_BAR, LSMR_S_BAR };

static int lsmr_create(ptm_solver *s)
{
    int status = create_vectors(s, 1, 3);
    return status || !ptm_solver_wants_residual(s) ? status : ptm_solver_vector(s, &s->own[LSMR_R], &s->op->range);
}

static int lsmr_start(ptm_solver *s)
{
    double *n = s->numbers;
    int status = bidiagonal_start(s);
    n[LSMR_ALPHA_BAR] = n[ALPHA];
    n[LSMR_ZETA_BAR] = n[ALPHA] * n[BETA];
    n[LSMR_RHO] = n[LSMR_RHO_BAR] = n[LSMR_C_BAR] = 1;
    n[LSMR_S_BAR] = 0;
    if (!status) status = ptm_solver_copy(s, &s->own[LSMR_H], &s->own[BIDIAGONAL_V]);
    return status ? status : ptm_solver_fill(s, &s->own[LSMR_H_BAR], 0);
}

static int lsmr_step(ptm_solver *s)
{
    double *n = s->numbers;
    const ptm_array *h = &s->own[LSMR_H], *h_bar = &s->own[LSMR_H_BAR];
    int status = bidiagonal_step(s);
    const double rho_before = n[LSMR_RHO], rho_bar_before = n[LSMR_RHO_BAR];
    const rotation damp = rotate(n[LSMR_ALPHA_BAR], sqrt(s->o.damping)), turn = rotate(damp.length, n[BETA]);
    const double theta = turn.s * n[ALPHA], theta_bar = n[LSMR_S_BAR] * turn.length;
    const rotation bar = rotate(n[LSMR_C_BAR] * turn.length, theta);
    const double zeta = bar.c * n[LSMR_ZETA_BAR];
    n[LSMR_ALPHA_BAR] = turn.c * n[ALPHA];
    n[LSMR_RHO] = turn.length;
    n[LSMR_RHO_BAR] = bar.length;
    n[LSMR_C_BAR] = bar.c;
    n[LSMR_S_BAR] = bar.s;
    n[LSMR_ZETA_BAR] *= -bar.s;
    if (!status) status = ptm_solver_add(s, h_bar, 1, h, -theta_bar * turn.length / (rho_before * rho_bar_before));
    if (!status) status = ptm_solver_add(s, &s->x, zeta / (turn.length * bar.length), h_bar, 1);
    if (!status) status = ptm_solver_add(s, h, 1, &s->own[BIDIAGONAL_V], -theta / turn.length);
    return status || !ptm_solver_wants_residual(s) ? status : ptm_solver_find_residual(s, &s->own[LSMR_R]);
}

const ptm_solver_class ptm_solver_lsmr = { .name = "LSMR",
    .applications = 2,
    .anywhere = true,
    .damping = true,
    .kept = 4,
    .keeps_data = true,
    .create = lsmr_create,
    .start = lsmr_start,
    .step = lsmr_step };
