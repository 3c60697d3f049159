/* response.c - the frequency responses of FBP's filters, in double. */
#include "ct/response.h"
#include "core/error.h"
#include "fft/radices.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

static double window(const ptm_fbp_options *o, double x)
{
    if (x > 1) return 0;
    switch (o->filter) {
    case PTM_FILTER_SHEPP_LOGAN: return x == 0 ? 1 : sin(0.5 * PI * x) / (0.5 * PI * x);
    case PTM_FILTER_COSINE: return cos(0.5 * PI * x);
    case PTM_FILTER_HAMMING: return 0.54 + 0.46 * cos(PI * x);
    case PTM_FILTER_HANN: return 0.5 + 0.5 * cos(PI * x);
    default: return 1;
    }
}

static double user_response(const ptm_fbp_options *o, double frequency)
{
    const double place = 2 * frequency * (o->response_count - 1);
    int i = (int)place;
    if (i >= o->response_count - 1) return o->response[o->response_count - 1];
    return o->response[i] + (place - i) * (o->response[i + 1] - o->response[i]);
}

/* How far columns are apart as the ramp takes it, in columns: where they are equiangular, the sine of their angle (A. C.
 * Kak, M. Slaney, Principles of Computerized Tomographic Imaging, 1988, section 3.4.1). Angles that no two columns have
 * between them do not matter, and their sine may be 0. */
static double separation(int distance, const ptm_detector_row *row)
{
    if (!row->equiangular || row->step == 0) return distance;
    return distance < row->columns ? sin(distance * row->step) / row->step : INFINITY;
}

/* The cosine of their angle. */
static double narrower(int distance, const ptm_detector_row *row)
{
    if (!row->helix) return 1;
    return row->equiangular ? cos(distance * row->step) : 1 / hypot(1, distance * row->step);
}

int ptm_make_response(double *response, const ptm_fbp_options *o, int points, const ptm_detector_row *row)
{
    double *imaginary = ptm_alloc((size_t)points, sizeof *imaginary);
    if (!imaginary) return PTM_ERROR_MEMORY;
    for (int n = 0; n < points; ++n) {
        const int distance = n <= points / 2 ? n : points - n;
        const double apart = separation(distance, row);
        response[n] = n == 0 ? 0.25 : distance % 2 ? -narrower(distance, row) / (PI * PI * apart * apart) : 0;
    }
    int status = ptm_fft_doubles(response, imaginary, points); /* of an even sequence: real */
    free(imaginary);
    if (status) return status;
    for (int k = 0; k < points; ++k) {
        const double frequency = (k <= points / 2 ? k : points - k) / (double)points;
        if (o->filter == PTM_FILTER_RAMP) response[k] = frequency;
        if (o->filter == PTM_FILTER_NONE) response[k] = 1;
        if (o->filter == PTM_FILTER_USER) response[k] = user_response(o, frequency);
        if (o->filter != PTM_FILTER_NONE) response[k] *= window(o, 2 * frequency / o->cutoff);
    }
    return PTM_OK;
}
