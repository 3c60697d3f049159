/* circle.h - scans that are a circle around z, as FBP needs them. */
#ifndef PTM_CIRCLE_H
#define PTM_CIRCLE_H
#include "ct/scan.h"

typedef struct ptm_circle {
    bool parallel;
    double sod, sdd; /* 1 for parallel beams, so that ratios are 1 */
    double du, dv;   /* pixel steps along u and v, mm; negative where flipped */
    double u, v;     /* the detector's centre from the central ray, mm */
    double *angles;  /* [count], 0 to 2 pi */
} ptm_circle;

/* Errors: ARGUMENT with what is not circular; MEMORY. */
int ptm_circle_find(ptm_circle *out, const ptm_scan *scan);
void ptm_circle_free(ptm_circle *circle);

/* For each view and column the part of the whole it stands for, [count][nu]: angle steps and, for a short scan, Parker's
 * weights; so that filtered views times these add up to the image. Errors: ARGUMENT where angles are missing; MEMORY. */
int ptm_circle_redundancy(double **out, const ptm_circle *circle, const ptm_scan *scan);
#endif
