/* solver.h - what solvers share: the image, the data, constraints, measures; and what each kind fills in. */
#ifndef PTM_SOLVER_H
#define PTM_SOLVER_H
#include <polytome/solve.h>

#include "linop/interleave.h"
#include "vec/vectors.h"

#define PTM_SOLVER_VECTORS 10
#define PTM_SIRT_VECTORS 6 /* where SIRT's begin, which another kind may have beside its own */

typedef struct ptm_solver_class {
    const char *name;
    int applications;     /* of A and A' in an iteration, for the progress */
    int inner;            /* the default of that option */
    bool limits, damping; /* does it know them? */
    ptm_regularizer most; /* the last one that it knows */
    double most_relaxation; /* which must be less; 0: any */
    bool positive;        /* only for operators without negative entries */
    bool anywhere;        /* vectors may be the caller's */
    double initial;       /* value of the image it begins with */
    int kept;             /* how many of its vectors, the first ones, belong to its state */
    bool keeps_data;      /* the first of them is of the range */
    /* Allocates vectors by ptm_solver_vector(). */
    int (*create)(ptm_solver *s);
    /* Prepares iterations from the image and the data, which are there. */
    int (*start)(ptm_solver *s);
    /* What is not kept in states is worked out from what is; may be NULL. */
    int (*resume)(ptm_solver *s);
    /* An iteration. It sets `solved` where no other would change anything, and `residual` where it knows and wants it. */
    int (*step)(ptm_solver *s);
    /* What it keeps at `data`; may be NULL. */
    void (*destroy)(ptm_solver *s);
    uint64_t (*memory)(const ptm_solver *s);
} ptm_solver_class;

/* The operator's interleaved subsets, for the kinds that go through them. */
typedef struct ptm_solver_subsets {
    int count, *order;
    ptm_array *columns; /* of each: one over the sums of its columns, 0 outside the mask; */
    bool kept;          /* else only that of the subset at hand */
} ptm_solver_subsets;

extern const ptm_solver_class ptm_solver_sirt, ptm_solver_landweber, ptm_solver_cgls, ptm_solver_lsqr, ptm_solver_lsmr,
    ptm_solver_mlem, ptm_solver_fista, ptm_solver_pdhg, ptm_solver_asd_pocs;

/* Arrays without dimensions are not there. */
struct ptm_solver {
    const ptm_solver_class *class;
    ptm_operator *op;     /* kept */
    ptm_solver_options o; /* its arrays are not the caller's any more */
    ptm_vectors *vectors;
    ptm_array x;                    /* the image */
    ptm_array y;                    /* the data, times the roots of the weights */
    ptm_array first;                /* where it begins */
    ptm_array mask, root, rooted;   /* root: of the weights; rooted: of the range, for products with it */
    ptm_array truth, best, scratch; /* scratch: of the domain, for the distance from the truth */
    ptm_solver_subsets subsets;
    ptm_array own[PTM_SOLVER_VECTORS];
    double numbers[PTM_STATE_NUMBERS]; /* the kind's; they belong to its state */
    void *data;                        /* the kind's */
    ptm_operator *system;              /* root A mask, where somebody asked for it */
    double norm;                       /* a bound of |root A|; 0: not known yet */
    double step;                       /* 1 / (norm^2 + damping) */
    double size;                       /* |y| */
    double residual;                   /* NaN: not known */
    double least;                      /* of what is kept */
    int iterations;
    bool started, solved;
    /* A run at work, for its progress. */
    int run, runs, applied;
};

static inline bool ptm_solver_has(const ptm_array *vector)
{
    return vector->dimensions > 0;
}

/* Allocates a vector of the space; nothing if it is there. */
int ptm_solver_vector(ptm_solver *s, ptm_array *vector, const ptm_space *space);

/* out = alpha op in + beta out, or with the adjoint, as a part of the iteration at hand. */
int ptm_solver_apply(
    ptm_solver *s, ptm_operator *op, bool adjoint, double alpha, const ptm_array *in, double beta, const ptm_array *out);

/* Vector arithmetic on the solver's queue. */
int ptm_solver_fill(ptm_solver *s, const ptm_array *y, double value);
int ptm_solver_copy(ptm_solver *s, const ptm_array *y, const ptm_array *x);
/* y = alpha x + beta y */
int ptm_solver_add(ptm_solver *s, const ptm_array *y, double alpha, const ptm_array *x, double beta);
/* y *= x; nothing where x is not there */
int ptm_solver_multiply(ptm_solver *s, const ptm_array *y, const ptm_array *x);
/* Sums of columns become one over them; 0 where a sum is so small that rounding may be all there is of it; */
int ptm_solver_invert_columns(ptm_solver *s, const ptm_array *sums);
/* and so do those of rows, where the largest is that of all processes. */
int ptm_solver_invert_rows(ptm_solver *s, const ptm_array *sums);
/* The root of the sum of squares of an image, and of data, in all processes. Errors: ARGUMENT where it is not finite. */
int ptm_solver_length(ptm_solver *s, double *length, const ptm_array *x);
int ptm_solver_data_length(ptm_solver *s, double *length, const ptm_array *r);

/* The image within its limits and its mask. */
int ptm_solver_constrain(ptm_solver *s, const ptm_array *image);
/* r = y - root A x, of part k of the operator; arrays are the part's. */
int ptm_solver_difference(ptm_solver *s, int k, const ptm_array *r, const ptm_array *x);
/* r = y - root A x of the image, of the whole operator, and s->residual, its length. */
int ptm_solver_find_residual(ptm_solver *s, const ptm_array *r);
/* Is |A x - y| wanted after an iteration? */
bool ptm_solver_wants_residual(const ptm_solver *s);
/* The operator root A mask, which least-squares solvers without constraints work on. */
int ptm_solver_system(ptm_solver *s, ptm_operator **out);
/* Finds s->norm, and s->step. Errors: ARGUMENT where it is 0. */
int ptm_solver_find_step(ptm_solver *s);

/* Subsets: memory for one over the sums of their columns; */
int ptm_solver_subsets_create(ptm_solver *s);
void ptm_solver_subsets_destroy(ptm_solver_subsets *subsets);
uint64_t ptm_solver_subsets_memory(const ptm_solver_subsets *subsets);
/* these, where they are kept, `ones` being the weights, of the range; */
int ptm_solver_subsets_start(ptm_solver *s, const ptm_array *ones);
/* the order of a pass; and 1 / A_k'ones of the subset whose turn it is. */
void ptm_solver_subsets_order(ptm_solver *s, int pass);
int ptm_solver_subset_columns(ptm_solver *s, int k, const ptm_array *ones, const ptm_array **columns);

/* SIRT as a part of another kind: its vectors; what it prepares; a pass through all subsets, `fresh` if the difference
 * is the image's; and y - root A x, of the range. */
int ptm_sirt_create(ptm_solver *s);
int ptm_sirt_start(ptm_solver *s);
int ptm_sirt_pass(ptm_solver *s, bool fresh, double relaxation);
const ptm_array *ptm_sirt_difference(const ptm_solver *s);
#endif
