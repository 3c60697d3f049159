/* correct.c - counts to line integrals. */
#include <polytome/correct.h>

#include "core/error.h"

#include <math.h>
#include <stdlib.h>

/* The mean of frames, added up in double. */
static void mean_of(double *mean, const float *frames, int count, int64_t pixels)
{
    for (int64_t i = 0; i < pixels; ++i) mean[i] = 0;
    for (int k = 0; k < count; ++k)
        for (int64_t i = 0; i < pixels; ++i) mean[i] += (double)frames[(int64_t)k * pixels + i] / count;
}

int ptm_line_integrals(float *values, int64_t views, int64_t pixels, const ptm_counts_options *options, int64_t *raised)
{
    ptm_counts_options sized, *o = &sized;
    if (!values || !options) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", values ? "options" : "values");
    int status = ptm_copy_sized(o, sizeof *o, options, "ptm_counts_options");
    if (status) return status;
    if (views < 1 || pixels < 1 || o->flat_count < 1 || !o->flats || o->dark_count < 0 || (o->dark_count > 0 && !o->darks))
        return ptm_fail(PTM_ERROR_ARGUMENT, "%lld views of %lld pixels, %d flats and %d darks; expected at least one view, pixel and flat",
            (long long)views, (long long)pixels, o->flats ? o->flat_count : 0, o->darks ? o->dark_count : 0);
    if (!(o->least >= 0 && isfinite(o->least))) return ptm_fail(PTM_ERROR_ARGUMENT, "least is %g, expected 0 or more", o->least);
    const double least = o->least > 0 ? o->least : 1e-6;
    double *flat = ptm_alloc((size_t)pixels, sizeof *flat), *dark = ptm_alloc((size_t)pixels, sizeof *dark);
    if (!flat || !dark) {
        free(flat);
        free(dark);
        return PTM_ERROR_MEMORY;
    }
    mean_of(flat, o->flats, o->flat_count, pixels);
    mean_of(dark, o->darks, o->dark_count, pixels);
    int64_t count = 0;
    for (int64_t k = 0; k < views; ++k)
        for (int64_t i = 0; i < pixels; ++i) {
            float *value = values + k * pixels + i;
            const double beam = flat[i] - dark[i];
            double part = beam > 0 ? ((double)*value - dark[i]) / beam : 1;
            if (o->transmissions) {
                *value = (float)part;
                continue;
            }
            if (!(part >= least && isfinite(part))) {
                part = least;
                count++;
            }
            *value = (float)-log(part);
        }
    free(flat);
    free(dark);
    if (raised) *raised = count;
    return PTM_OK;
}
