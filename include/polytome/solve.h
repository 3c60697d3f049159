/* polytome/solve.h - iterative reconstruction: solvers that know nothing of an operator but how to apply it and its
 * adjoint.
 *
 * All look for an image x whose projections A x are the data y, and most for the least of
 *     1/2 |A x - y|^2 + damping / 2 |x|^2 + strength R(x)     with x within limits and 0 outside a mask,
 * where |r|^2 is the sum of weight r^2. Vectors stay on the operator's device, unless the caller has them elsewhere. */
#ifndef POLYTOME_SOLVE_H
#define POLYTOME_SOLVE_H

#include <polytome/operator.h>

PTM_BEGIN_DECLS

/* One reconstruction at work. Thread safety: one thread at a time. */
typedef struct ptm_solver ptm_solver;

typedef enum ptm_method {
    /* x += relaxation C A'R (y - A x), R and C being 1 over the sums of A's rows and columns, 0 where a sum is at most
     * 1e-5 of the largest (P. Gilbert, J. Theor. Biol. 36, 1972; J. Gregor, T. Benson, IEEE Trans. Med. Imaging 27,
     * 2008). It converges for 0 < relaxation < 2, to a least |R^(1/2) (A x - y)|. Of an operator in interleaved subsets
     * (ptm_subsets_create) one after the other: OS-SIRT; with one view in each, SART (A. H. Andersen, A. C. Kak,
     * Ultrason. Imaging 6, 1984). Operators without negative entries. */
    PTM_METHOD_SIRT = 0,
    /* x += relaxation / L (A'(y - A x) - damping x), L a bound of |A|^2 + damping (L. Landweber, Amer. J. Math. 73,
     * 1951). */
    PTM_METHOD_LANDWEBER,
    /* Conjugate gradients for least squares (M. R. Hestenes, E. Stiefel, J. Res. NBS 49, 1952; A. Bjorck, Numerical
     * Methods for Least Squares Problems, 1996, 7.4.1). It ends where rounding is all that is left of the residual or of
     * its gradient. No limits. */
    PTM_METHOD_CGLS,
    /* The same iterates from bidiagonalisation, which bears ill-conditioned A better (C. C. Paige, M. A. Saunders, ACM
     * Trans. Math. Softw. 8, 1982). No limits. */
    PTM_METHOD_LSQR,
    /* Bidiagonalisation so that |A'(y - A x)| never grows (D. C.-L. Fong, M. A. Saunders, SIAM J. Sci. Comput. 33,
     * 2011). No limits. */
    PTM_METHOD_LSMR,
    /* x *= A'(w y / A x) / A'w (L. A. Shepp, Y. Vardi, IEEE Trans. Med. Imaging 1, 1982), for y >= 0 and operators
     * without negative entries; begins with ones. In subsets: OSEM (H. M. Hudson, R. S. Larkin, IEEE Trans. Med. Imaging
     * 13, 1994). No damping. */
    PTM_METHOD_MLEM,
    /* Nesterov's accelerated gradients (A. Beck, M. Teboulle, SIAM J. Imaging Sci. 2, 2009), with a regularizer by
     * `inner` steps of their dual method (IEEE Trans. Image Process. 18, 2009); wavelets without limits and mask take one,
     * which is exact. */
    PTM_METHOD_FISTA,
    /* Primal and dual steps in turn (A. Chambolle, T. Pock, J. Math. Imaging Vis. 40, 2011, algorithm 1), for every
     * regularizer. */
    PTM_METHOD_PDHG,
    /* A pass of SIRT, in subsets if there are some, and `inner` steps down the total variation, whose length follows
     * from the pass's (E. Y. Sidky, X. Pan, Phys. Med. Biol. 53, 2008): of the images that explain the data but for
     * `noise`, one of little variation. relaxation falls by 0.5 % in each iteration. */
    PTM_METHOD_ASD_POCS
} ptm_method;

/* R(x), for FISTA (the first three) and PDHG. Grad x has the differences to the next voxel along each axis longer than 1,
 * over the spacing. */
typedef enum ptm_regularizer {
    PTM_REGULARIZER_NONE = 0,
    PTM_REGULARIZER_TV,             /* sum of |grad x| (L. I. Rudin, S. Osher, E. Fatemi, Physica D 60, 1992) */
    PTM_REGULARIZER_TV_ANISOTROPIC, /* sum of its components' magnitudes */
    /* sum of the magnitudes of the details of ptm_wavelet_create(), along the last three axes; not of its coarse values */
    PTM_REGULARIZER_WAVELET,
    /* sum of h(|grad x|), h(m) being m^2 / (2 huber) up to m = huber, and m - huber / 2 from there on */
    PTM_REGULARIZER_HUBER,
    /* least sum of |grad x - w| + tgv |sym grad w| over fields w (K. Bredies, K. Kunisch, T. Pock, SIAM J. Imaging Sci.
     * 3, 2010) */
    PTM_REGULARIZER_TGV
} ptm_regularizer;

/* In which order subsets are visited. */
typedef enum ptm_subset_order {
    PTM_ORDER_GOLDEN = 0,  /* steps of about the golden section of all */
    PTM_ORDER_SEQUENTIAL,
    PTM_ORDER_BIT_REVERSED,
    PTM_ORDER_RANDOM       /* another order in each pass, which follows from `seed` */
} ptm_subset_order;

/* Which image is the result. */
typedef enum ptm_keep {
    PTM_KEEP_LAST = 0,
    PTM_KEEP_LEAST_RESIDUAL, /* of all iterations */
    PTM_KEEP_LEAST_ERROR     /* nearest to `truth` */
} ptm_keep;

/* After an iteration. */
typedef struct ptm_iteration {
    int number;      /* 1 after the first */
    double seconds;  /* since ptm_solver_run() was called */
    double residual; /* |A x - y| / |y|; may be NaN unless the options want it */
    double error;    /* root mean square of x - truth; NaN without a truth */
} ptm_iteration;
/* false: it was the last one, and that is no error. ptm_solver_result() may be called in it. */
typedef bool (*ptm_iteration_function)(void *user, ptm_solver *solver, const ptm_iteration *iteration);

/* Provides a vector: type, dimensions and shape of *array are set, and it says where the vector is: data, or read and
 * write. That is the solver's until it is destroyed, and begins with any values. Errors: PTM_ERROR_*, after
 * ptm_error_set(). */
typedef int (*ptm_vector_function)(void *user, ptm_array *array);

typedef struct ptm_solver_options {
    size_t struct_size;
    ptm_method method;
    /* Arrays are read by ptm_solver_create() only; any type and place that an operator takes. NULL: none. */
    const ptm_array *initial; /* where to begin; zeros, ones for MLEM */
    const ptm_array *mask;    /* of the domain, 0 or 1: the image is 0 where it is 0 */
    const ptm_array *weights; /* of the range, 0 or more: one over the variance; 0 leaves a pixel out */
    const ptm_array *truth;   /* of the domain: what iterations are compared with */
    bool limited;             /* `low` and `high` hold; they may be infinite */
    double low, high;
    /* Of steps; less than 2 but for FISTA and PDHG; for PDHG of the dual ones, the primal one is over it; 0: 1 */
    double relaxation;
    double damping;           /* 0 or more; not for SIRT and MLEM */
    ptm_regularizer regularizer;
    /* Of it, 0 or more; for ASD_POCS the length of the first steps down by that of the first pass, 0: 0.001 */
    double strength;
    double spacing[3];        /* of the last three axes, the last one first: x, y, z; 0: 1 */
    double huber;             /* more than 0 for PTM_REGULARIZER_HUBER */
    double tgv;               /* a length; 0: 2 of the finest spacing */
    ptm_wavelet wavelet;      /* for PTM_REGULARIZER_WAVELET; */
    int wavelet_levels;       /* as in ptm_wavelet_options */
    /* For FISTA: each iteration shifts the wavelets by other numbers of voxels, which follow from `seed` and its number
     * (cycle spinning: R. R. Coifman, D. L. Donoho, Translation-Invariant De-Noising, 1995). So there are no blocks; but
     * the result is that of no one R, and iterations go on changing it a little. */
    bool spin;
    int inner;                /* 0: 10; for ASD_POCS 20 */
    double noise;             /* |A x - y| / |y| that ASD_POCS takes for noise */
    double norm;              /* a known bound of |weights^(1/2) A|; 0: found where needed, in about 20 iterations */
    ptm_subset_order order;
    uint64_t seed;
    /* Most bytes for the sums of columns of all subsets; where they need more, each is worked out anew when it is its
     * turn, which takes half as long again. 0: as many as the range, of several processes in the one that has least of
     * it. The result does not depend on it. */
    uint64_t kept_weights;
    bool residual;            /* it is wanted; with subsets and for FISTA it costs a projection */
    double tolerance;         /* no more iterations when the residual is at most this; 0: go on */
    double seconds;           /* nor after so long; 0: go on */
    ptm_keep keep;
    ptm_iteration_function each; /* after each iteration; NULL: none */
    void *each_user;
    ptm_queue *queue;         /* NULL: the device's own */
    ptm_progress_function progress; /* of ptm_solver_run(); NULL: none */
    void *progress_user;
    /* Where vectors are that are too large for the device: in the host's memory, or behind functions, in files say; mask,
     * weights and truth too. For SIRT, CGLS, LSQR, LSMR, MLEM, and LANDWEBER with a known norm. NULL: on the operator's
     * device. */
    ptm_vector_function vector;
    void *vector_user;
} ptm_solver_options;

/* A solver with all its memory. Errors: ARGUMENT, UNSUPPORTED (complex operators), MEMORY, DEVICE. Since 0.1. */
PTM_API int ptm_solver_create(ptm_solver **out, ptm_operator *op, const ptm_solver_options *options);
/* NULL is allowed; sets *solver to NULL. Since 0.1. */
PTM_API void ptm_solver_destroy(ptm_solver **solver);
/* Bytes on the device, with the operator's; on a dry device what there would be. Since 0.1. */
PTM_API uint64_t ptm_solver_memory(const ptm_solver *solver);

/* Takes the data, in the operator's range, and begins anew. Errors: ARGUMENT (shape, type; values that are not finite;
 * for MLEM negative ones), UNSUPPORTED (a dry device), MEMORY, DEVICE, CANCELLED. Since 0.1. */
PTM_API int ptm_solver_start(ptm_solver *solver, const ptm_array *data);
/* Does so many iterations more, fewer where tolerance, seconds, or `each` end it, or where the solution is as near as
 * rounding allows. Errors: ARGUMENT (it has not been started; values became infinite or not a number), DEVICE, CANCELLED by
 * progress: the iteration that was stopped is lost, and ptm_solver_start() begins anew. Since 0.1. */
PTM_API int ptm_solver_run(ptm_solver *solver, int iterations);
/* Iterations since the start. Since 0.1. */
PTM_API int ptm_solver_iterations(const ptm_solver *solver);
/* The image so far, into an array of the domain. Errors: ARGUMENT, DEVICE. Since 0.1. */
PTM_API int ptm_solver_result(ptm_solver *solver, const ptm_array *image);

/* All at once: image = the result of so many iterations. Since 0.1. */
PTM_API int ptm_solve(ptm_operator *op, const ptm_array *image, const ptm_array *data, int iterations,
    const ptm_solver_options *options);

/* What a solver knows besides options and data, to be kept and given back, so that a later one goes on where this one
 * was and comes to the same bits. */
#define PTM_STATE_VECTORS 8
#define PTM_STATE_NUMBERS 16
#define PTM_STATE_NOTES 4
typedef struct ptm_solver_state {
    size_t struct_size;
    char key[64];       /* of operator, method and options: states of another key are refused */
    int iterations;
    double numbers[PTM_STATE_NUMBERS];
    int vectors;
    /* dense; from ptm_solver_get_state() the solver's own, on the device or where options.vector has them, for reading */
    ptm_array vector[PTM_STATE_VECTORS];
    /* Which of them belongs to the range, of which each of several processes has a part; 0: none does. vector[0] is the
     * image, and all but this one are the same in all processes. */
    int data_vector;
    double notes[PTM_STATE_NOTES]; /* of who keeps it: solvers take no notice */
} ptm_solver_state;
/* Errors: ARGUMENT (not started). Since 0.1. */
PTM_API int ptm_solver_get_state(ptm_solver_state *out, ptm_solver *solver);
/* After ptm_solver_start() with the same data, in as many processes. Vectors may be anywhere, and the device and where the
 * solver has its own may be others: then the images are the same but for rounding. Errors: ARGUMENT (another key, number
 * or shape, other data), DEVICE, those of functions: the solver is to be started anew. Since 0.1. */
PTM_API int ptm_solver_set_state(ptm_solver *solver, const ptm_solver_state *state);

PTM_END_DECLS
#endif
