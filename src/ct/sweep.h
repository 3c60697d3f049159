/* sweep.h - the angles of a scan in order, and how much of the turn each stands for. */
#ifndef PTM_SWEEP_H
#define PTM_SWEEP_H
#include "ct/scan.h"

typedef struct ptm_turn {
    double angle; /* from the first one */
    double step;  /* half the way to its neighbours on either side */
    int view;
} ptm_turn;

typedef struct ptm_sweep {
    int count;
    ptm_turn *turns;
    double first, range; /* the first angle, and from there to the last */
    double widest;       /* of the gaps between two neighbours */
    double gap;          /* from the last on to the first again; INFINITY without a period */
} ptm_sweep;

/* Angles modulo a period, beginning after their widest gap; or as they are, where the period is INFINITY. Errors:
 * MEMORY. */
int ptm_sweep_make(ptm_sweep *out, const double *angles, int count, double period);
void ptm_sweep_free(ptm_sweep *sweep);

/* Do the angles go all the way around? Five usual steps are no gap yet. */
bool ptm_sweep_is_closed(const ptm_sweep *sweep);

/* Works out the steps; those of the first and the last angle go to each other where the sweep is closed, else inwards
 * only. Returns their sum. */
double ptm_sweep_steps(ptm_sweep *sweep, bool closed);
#endif
