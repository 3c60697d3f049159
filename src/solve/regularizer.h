/* regularizer.h - regularizers as sums of lengths of what linear operators give. */
#ifndef PTM_REGULARIZER_H
#define PTM_REGULARIZER_H
#include "solve/solver.h"

/* strength times the sum of the lengths, or of Huber's function of them, of vectors whose components are blocks along
 * axis 0. */
typedef struct ptm_term {
    ptm_operator *op; /* owned */
    double norm;      /* a bound of its norm */
    int components;
    bool apart; /* each component has a length of its own */
    bool wavelet; /* op is one of ptm_wavelet_create(): orthonormal, and only details count */
    double strength, huber;
} ptm_term;

/* The gradient of images: a stack of differences over spacings, along the axes longer than 1. Errors: ARGUMENT where
 * there is none. */
int ptm_gradient_make(ptm_term *out, ptm_device *device, const ptm_space *image, const ptm_solver_options *o);

/* All of a solver's terms, on a variable that is the image and, for TGV, the field's components behind it along axis 0.
 * image_of is then the operator that takes the image from it, else NULL. */
#define PTM_TERMS 2
typedef struct ptm_terms {
    ptm_term term[PTM_TERMS];
    int count;
    ptm_space variable;
    ptm_operator *image_of;
} ptm_terms;
int ptm_terms_make(ptm_terms *out, const ptm_solver *s);
void ptm_terms_free(ptm_terms *terms);

/* Shifts wavelets as it is the turn of the iteration at hand. */
void ptm_term_spin(const ptm_solver *s, const ptm_term *term);

/* Dual vectors after a step of this length: what they come to by the conjugate of the term. */
int ptm_term_limit(ptm_solver *s, const ptm_term *term, const ptm_array *dual, double step);
#endif
