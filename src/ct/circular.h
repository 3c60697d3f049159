/* circular.h - views placed about a centre: what circular scans and trajectories share. */
#ifndef PTM_CIRCULAR_H
#define PTM_CIRCULAR_H
#include "ct/scan.h"
#include "ct/vector.h"

typedef enum ptm_beam { PTM_BEAM_PARALLEL, PTM_BEAM_CONE, PTM_BEAM_FAN } ptm_beam;

/* Where source and detector stand: the directions of u, of the central ray and of v, at right angles to each other; the
 * point they turn about; and how far the source alone is moved along the three, in this order. */
typedef struct ptm_pose {
    ptm_vec across, away, up, centre;
    double shift[3];
} ptm_pose;

/* On a circle around z, at a view angle. */
ptm_pose ptm_circular_pose(double angle);

/* Checks all but the views, and fills in spacings. */
int ptm_circular_check(ptm_circular_options *options, ptm_beam beam);

/* The view of the options' source and detector in a pose. A parallel beam's source cannot be moved. */
ptm_view ptm_circular_view(const ptm_circular_options *options, ptm_beam beam, const ptm_pose *pose);

/* Notes in the log that angles over such a range may be degrees. */
void ptm_circular_warn(ptm_context *context, double range);
#endif
