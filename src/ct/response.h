/* response.h - the frequency responses of FBP's filters. */
#ifndef PTM_RESPONSE_H
#define PTM_RESPONSE_H
#include <polytome/fbp.h>

/* A detector row, of so many columns. */
typedef struct ptm_detector_row {
    int columns;
    double step;      /* tangent of the angle of one column, or where they are equiangular the angle; 0: parallel rays */
    bool equiangular;
    bool helix;       /* the ramp is narrower, as helix.h says */
} ptm_detector_row;

/* The response at k / points cycles per pixel, k < points, from ptm_fft_length(): |frequency| times the window. Options are
 * checked. Errors: MEMORY. */
int ptm_make_response(double *response, const ptm_fbp_options *options, int points, const ptm_detector_row *row);
#endif
