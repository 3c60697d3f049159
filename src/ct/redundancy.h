/* redundancy.h - how much each measured ray counts, so that those measured twice do not count twice. */
#ifndef PTM_REDUNDANCY_H
#define PTM_REDUNDANCY_H
#include <polytome/fbp.h>

#include "ct/circle.h"
#include "ct/helix.h"

/* The weights of a scan: what is asked for, or what fits it. */
typedef struct ptm_redundancy {
    ptm_weights_type type; /* AUTO: by each sample's angles, none for whole turns, else Silver's */
    double less, more;     /* how far the detector sees to either side of the axis, in units of ptm_circle_place */
    double longer;         /* the side it sees more of: 1 or -1 */
    ptm_helix_window window;
} ptm_redundancy;

/* Errors: ARGUMENT where the weights asked for are not for such a scan; MEMORY. */
int ptm_redundancy_find(ptm_redundancy *out, const ptm_circle *circle, const ptm_scan *scan, ptm_weights_type asked);

/* How many columns a half detector lacks to see as much on one side as on the other: after the last column, or, negative,
 * before the first. 0 without Wang's weights. */
int ptm_redundancy_missing(const ptm_redundancy *r, const ptm_circle *circle, const ptm_scan *scan);

/* For each view and column the part of the whole it stands for, [count][nu] for each sample: angle steps times weights,
 * so that filtered views times these add up to the image. Errors: ARGUMENT where angles are missing; MEMORY. */
int ptm_redundancy_weights(double **out, const ptm_redundancy *r, const ptm_circle *circle, const ptm_scan *scan);

/* A ray of a scan of pi + excess, in a view `beta` after its first, at the fan angle `gamma`. It is measured again as
 * (beta + pi - 2 gamma, -gamma), where that belongs to the scan.
 *
 * Parker's weights (D. L. Parker, Med. Phys. 9, 1982) have the full fan as excess, Silver's (M. D. Silver, Med. Phys.
 * 27, 2000) all there is above pi, as if the fan were wider. */
double ptm_short_scan_weight(double beta, double gamma, double excess);
/* Where that is less than the full fan, some rays at the ends of the scan have a twin that was not measured; what is
 * nearest to it counts up to twice, after C. Riess and others, TV or not TV? That is the question, Fully3D 2013. */
double ptm_riess_weight(double beta, double gamma, double excess);
/* Wang's weights (G. Wang, Med. Phys. 29, 2002): of the two times a ray is measured in a full turn, the one on the
 * shorter side of a detector, which ends at -less, fades out towards its edge. `place` grows towards the longer side. */
double ptm_half_detector_weight(double place, double less);
#endif
