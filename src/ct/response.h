/* response.h - the frequency responses of FBP's filters. */
#ifndef PTM_RESPONSE_H
#define PTM_RESPONSE_H
#include <polytome/fbp.h>

/* The response at k / points cycles per pixel, k < points, from ptm_fft_length(): |frequency| times the window. step is the
 * angle between columns where they are equiangular, else 0. Options are checked. Errors: MEMORY. */
int ptm_make_response(double *response, const ptm_fbp_options *options, int points, double step, int columns);
#endif
