/* circle.h - scans that are a circle or a helix around z, as FBP needs them. */
#ifndef PTM_CIRCLE_H
#define PTM_CIRCLE_H
#include "ct/scan.h"

typedef struct ptm_circle {
    bool parallel, cylindrical;
    double sod, sdd; /* 1 for parallel beams, so that ratios are 1 */
    double du, dv;   /* pixel steps along u and v, mm; negative where flipped */
    double u, v;     /* the detector's centre from the central ray, along u (or the arc) and v, mm */
    double aside;    /* the central ray from the axis, along u, mm; 0 for cylindrical detectors */
    double pitch;    /* of a helix: how much higher a view is a turn later, mm; 0 for circles */
    double lowest, highest; /* heights of sources, or of a parallel beam's detectors */
    double *angles;  /* of all samples' views: 0 to 2 pi, but of a helix they count on from turn to turn */
} ptm_circle;

/* Errors: ARGUMENT with what is neither circle nor helix; MEMORY. */
int ptm_circle_find(ptm_circle *out, const ptm_scan *scan);
void ptm_circle_free(ptm_circle *circle);

/* A divergent ray's angle from the line through source and axis, growing with u; a parallel ray's distance from the
 * axis. */
double ptm_circle_place(const ptm_circle *circle, const ptm_scan *scan, double column);
/* The angle; 0 for parallel rays. */
double ptm_circle_fan_angle(const ptm_circle *circle, const ptm_scan *scan, double column);
/* The cosine of the angle between a flat detector's normal and a divergent ray, seen from above; else 1. */
double ptm_circle_lean(const ptm_circle *circle, const ptm_scan *scan, double column);
/* A ray's least distance from the axis, mm. */
double ptm_circle_distance(const ptm_circle *circle, const ptm_scan *scan, double column);
/* How much higher than its source (or its view) a ray is where it is nearest to the axis, mm. */
double ptm_circle_rise(const ptm_circle *circle, const ptm_scan *scan, double column, double row);
/* What line integrals of a pixel are multiplied with before they are filtered: dr dtheta / (dgamma dbeta sod), r and
 * theta being a ray's distance from the axis and its angle, and the cosine of its slope. */
double ptm_circle_cosine(const ptm_circle *circle, const ptm_scan *scan, double column, double row);
#endif
