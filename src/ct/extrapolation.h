/* extrapolation.h - how views go on beyond the detector's edges before they are filtered. */
#ifndef PTM_EXTRAPOLATION_H
#define PTM_EXTRAPOLATION_H
#include <polytome/fbp.h>

#include "ct/circle.h"

/* Values of so many columns beyond either edge, in parts of the edge's: falloff[0] to [reach - 1] outwards from the
 * first column, then as many from the last. */
typedef struct ptm_extrapolation {
    int reach;
    double *falloff;
} ptm_extrapolation;

/* Options are checked but for the radius. Errors: ARGUMENT, MEMORY. */
int ptm_extrapolation_make(ptm_extrapolation *out, const ptm_fbp_options *options, const ptm_circle *circle,
    const ptm_scan *scan);
void ptm_extrapolation_free(ptm_extrapolation *extrapolation);
#endif
