/* pointwise.c - corrections of each value by itself, and of each line by its ends. */
#include <polytome/correct.h>

#include "core/error.h"
#include "correct/block.h"

#include <math.h>

/* ------------------------------------------------------------------ beam hardening */

typedef struct polynomial { const double *coefficients; int count; } polynomial;

static void apply_polynomial(const void *user, float *line, int64_t columns)
{
    const polynomial *p = user;
    for (int64_t i = 0; i < columns; ++i) {
        const double x = (double)line[i];
        double sum = 0;
        for (int k = p->count - 1; k >= 0; --k) sum = (sum + p->coefficients[k]) * x;
        line[i] = (float)sum;
    }
}

int ptm_correct_beam_hardening(ptm_context *context, const ptm_array *projections, const double *coefficients, int count)
{
    ptm_block b;
    const int status = ptm_block_check(&b, context, projections, "projections");
    if (status) return status;
    if (!coefficients) return ptm_fail(PTM_ERROR_ARGUMENT, "coefficients is NULL");
    if (count < 1 || count > 16) return ptm_fail(PTM_ERROR_ARGUMENT, "count is %d, expected 1 to 16", count);
    for (int k = 0; k < count; ++k)
        if (!isfinite(coefficients[k]))
            return ptm_fail(PTM_ERROR_ARGUMENT, "coefficients[%d] is %g, expected a finite number", k, coefficients[k]);
    return ptm_for_each_line(context, &b, apply_polynomial, &(polynomial){ coefficients, count });
}

/* ------------------------------------------------------------------ scatter */

#define LEAST 1e-6 /* of a transmission */

static void subtract_scatter(const void *user, float *line, int64_t columns)
{
    const double fraction = *(const double *)user, unscattered = log1p(-fraction), most = -log(LEAST);
    for (int64_t i = 0; i < columns; ++i) {
        const double left = 1 - fraction * (double)expf(line[i]); /* of the transmission */
        const double p = left > 0 ? (double)line[i] - (double)logf((float)left) + unscattered : most;
        line[i] = (float)fmin(p, most);
    }
}

int ptm_subtract_scatter(ptm_context *context, const ptm_array *projections, double fraction)
{
    ptm_block b;
    const int status = ptm_block_check(&b, context, projections, "projections");
    if (status) return status;
    if (!(fraction >= 0 && fraction < 1))
        return ptm_fail(PTM_ERROR_ARGUMENT, "fraction is %g, expected 0 to below 1", fraction);
    return ptm_for_each_line(context, &b, subtract_scatter, &fraction);
}

/* ------------------------------------------------------------------ air */

static double mean_of(const float *values, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += (double)values[i];
    return sum / (double)count;
}

/* The line through the middles of both ends is taken off. */
static void level_air(const void *user, float *line, int64_t columns)
{
    const int *air = user;
    const double left = air[0] ? mean_of(line, air[0]) : 0;
    const double right = air[1] ? mean_of(line + columns - air[1], air[1]) : left;
    const double first = air[0] ? left : right, from = 0.5 * (air[0] - 1), to = (double)columns - 0.5 * (air[1] + 1);
    const double slope = air[0] && air[1] ? (right - first) / (to - from) : 0;
    for (int64_t i = 0; i < columns; ++i) line[i] = (float)((double)line[i] - (first + slope * ((double)i - from)));
}

int ptm_normalise_air(ptm_context *context, const ptm_array *projections, int left, int right)
{
    ptm_block b;
    const int status = ptm_block_check(&b, context, projections, "projections");
    if (status) return status;
    if (left < 0 || right < 0 || left + (int64_t)right < 1 || left + (int64_t)right > b.columns)
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "air is %d columns on the left and %d on the right, expected 1 to %lld in all", left,
            right, (long long)b.columns);
    return ptm_for_each_line(context, &b, level_air, (const int[]){ left, right });
}

/* ------------------------------------------------------------------ Hounsfield units */

static void to_hounsfield(const void *user, float *line, int64_t columns)
{
    const double *mu = user, scale = 1000 / (mu[0] - mu[1]);
    for (int64_t i = 0; i < columns; ++i) line[i] = (float)(((double)line[i] - mu[0]) * scale);
}

int ptm_hounsfield(ptm_context *context, const ptm_array *volume, double mu_water, double mu_air)
{
    ptm_block b;
    const int status = ptm_block_check(&b, context, volume, "volume");
    if (status) return status;
    if (!(isfinite(mu_water) && isfinite(mu_air) && mu_water > mu_air))
        return ptm_fail(PTM_ERROR_ARGUMENT, "mu_water is %g and mu_air %g, expected more for water than for air",
            mu_water, mu_air);
    return ptm_for_each_line(context, &b, to_hounsfield, (const double[]){ mu_water, mu_air });
}
