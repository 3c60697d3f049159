/* window.h - part of a projector's matrix, some of the views or of the volume's rows, with the tables and the workspace of
 * the whole; so that a window of all views or of all rows gives the bits of the whole. */
#ifndef PTM_WINDOW_H
#define PTM_WINDOW_H
#include "linop/operator.h"

typedef struct ptm_projector ptm_projector;

typedef struct ptm_window {
    int first_view, views; /* of each sample */
    int first_row, rows;   /* of the volume, along y */
    bool among_others;     /* others write between the elements of its output at the same time */
} ptm_window;

/* What an operator is a window of: a projector itself, all of which is seen, or a window; of a pair of them, its first.
 * NULL if it is none of these. */
ptm_projector *ptm_window_of(ptm_window *out, ptm_operator *op);
/* All of a projector. */
ptm_window ptm_window_all(const ptm_projector *projector);
/* A window of what ptm_window_of() knows, of a pair a pair of windows. It keeps the projector. Errors: MEMORY. */
int ptm_window_create(ptm_operator **out, ptm_operator *of, const ptm_window *window);
#endif
