/* circle.h - scans that are a circle around z, as FBP needs them. */
#ifndef PTM_CIRCLE_H
#define PTM_CIRCLE_H
#include "ct/scan.h"

typedef struct ptm_circle {
    bool parallel, cylindrical;
    double sod, sdd; /* 1 for parallel beams, so that ratios are 1 */
    double du, dv;   /* pixel steps along u and v, mm; negative where flipped */
    double u, v;     /* the detector's centre from the central ray, along u (or the arc) and v, mm */
    double aside;    /* the central ray from the axis, along u, mm; 0 for cylindrical detectors */
    double *angles;  /* of all samples' views, 0 to 2 pi */
    bool half;       /* a full turn with a detector that sees much less of the volume on one side than on the other */
} ptm_circle;

/* Errors: ARGUMENT with what is not circular; MEMORY. */
int ptm_circle_find(ptm_circle *out, const ptm_scan *scan);
void ptm_circle_free(ptm_circle *circle);

/* A divergent ray's angle from the line through source and axis, growing with u; a parallel ray's distance from the axis. */
double ptm_circle_place(const ptm_circle *circle, const ptm_scan *scan, double column);
/* What line integrals of a pixel are multiplied with before they are filtered: dr dtheta / (dgamma dbeta sod), r and theta being a
 * ray's distance from the axis and its angle, and the cosine of its slope. */
double ptm_circle_cosine(const ptm_circle *circle, const ptm_scan *scan, double column, double row);

/* How many columns such a half detector lacks to see as much on one side as on the other: after the last column, or, negative,
 * before the first. 0 if it is none. */
int ptm_circle_missing(const ptm_circle *circle, const ptm_scan *scan);

/* For each view and column the part of the whole it stands for, [count][nu] for each sample: angle steps and, for a short scan,
 * Parker's weights, for a detector that sees little more than one side in a full turn, Wang's; so that filtered views times these add up to the image. Errors: ARGUMENT where angles are missing; MEMORY. */
int ptm_circle_redundancy(double **out, const ptm_circle *circle, const ptm_scan *scan);
#endif
