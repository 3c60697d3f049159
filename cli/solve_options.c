/* solve_options.c - the method that iterates, its subsets, and whether the options go together. */
#include "reconstruct.h"

#include <math.h>

/* SIRT by the names of its subsets too: SART has one view in each. */
static const struct {
    ptm_method method;
    bool single_views;
} methods[] = { { 0, false }, { PTM_METHOD_SIRT, false }, { PTM_METHOD_SIRT, true }, { PTM_METHOD_LANDWEBER, false },
    { PTM_METHOD_CGLS, false }, { PTM_METHOD_LSQR, false }, { PTM_METHOD_LSMR, false }, { PTM_METHOD_MLEM, false },
    { PTM_METHOD_FISTA, false }, { PTM_METHOD_PDHG, false }, { PTM_METHOD_ASD_POCS, false } };

int cli_solve_subsets(int *subsets, const cli_settings *s, int views)
{
    *subsets = methods[s->method].single_views ? views : s->subsets ? s->subsets : 1;
    if (*subsets <= views) return CLI_OK;
    return cli_error(CLI_USAGE, "--subsets is %d, but there are %d views", *subsets, views);
}

ptm_method cli_solve_method(const cli_settings *s)
{
    return methods[s->method].method;
}

typedef struct given {
    const char *name;
    bool is;
} given;

static const char *first_given(const given *options, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        if (options[i].is) return options[i].name;
    return NULL;
}

static int check_fbp(const cli_settings *s)
{
    const given options[] = { { "iterations", s->iterations > 0 }, { "subsets", s->subsets > 0 },
        { "order", s->order > 0 }, { "min", !isnan(s->minimum) }, { "max", !isnan(s->maximum) },
        { "relaxation", !isnan(s->relaxation) }, { "damping", !isnan(s->damping) },
        { "regularizer", s->regularizer > 0 }, { "strength", !isnan(s->strength) }, { "huber", !isnan(s->huber) },
        { "wavelet", s->wavelet > 0 }, { "wavelet-levels", s->wavelet_levels > 0 }, { "spin", s->spin },
        { "inner", s->inner > 0 }, { "initial", s->initial != NULL }, { "mask", s->mask != NULL },
        { "noise-weights", s->noise_weights != NULL }, { "truth", s->truth != NULL }, { "keep", s->keep > 0 },
        { "tolerance", !isnan(s->tolerance) }, { "max-seconds", !isnan(s->max_seconds) },
        { "checkpoint", s->checkpoint != NULL }, { "checkpoint-seconds", !isnan(s->checkpoint_seconds) },
        { "model", s->model > 0 && isnan(s->metal) }, { "ray-step", !isnan(s->ray_step) && isnan(s->metal) },
        { "ray-samples", s->ray_samples && isnan(s->metal) }, { "unmatched", s->unmatched } };
    const char *name = first_given(options, sizeof options / sizeof *options);
    return name ? cli_error(CLI_USAGE, "--%s is for iterative methods; --method chooses one", name) : CLI_OK;
}

/* Options that another one gives a sense. */
static int check_pairs(const cli_settings *s)
{
    const ptm_method method = methods[s->method].method;
    const bool single = methods[s->method].single_views, pocs = method == PTM_METHOD_ASD_POCS,
               balanced = method == PTM_METHOD_SIRT || method == PTM_METHOD_MLEM || pocs; /* by sums of columns */
    const bool krylov = method == PTM_METHOD_CGLS || method == PTM_METHOD_LSQR || method == PTM_METHOD_LSMR;
    const ptm_regularizer r = (ptm_regularizer)s->regularizer;
    const struct {
        const char *name;
        bool given, sensible;
        const char *with;
    } options[] = { { "strength", !isnan(s->strength), r || pocs, "--regularizer and for asd-pocs" },
        { "inner", s->inner > 0, r || pocs, "--regularizer and for asd-pocs" },
        { "huber", !isnan(s->huber), r == PTM_REGULARIZER_HUBER, "--regularizer huber" },
        { "wavelet", s->wavelet > 0, r == PTM_REGULARIZER_WAVELET, "--regularizer wavelet" },
        { "wavelet-levels", s->wavelet_levels > 0, r == PTM_REGULARIZER_WAVELET, "--regularizer wavelet" },
        { "relaxation", !isnan(s->relaxation), !krylov && method != PTM_METHOD_MLEM,
            "sirt, sart, landweber, fista, pdhg and asd-pocs" },
        { "subsets", s->subsets > 1, !single && balanced, "sirt, mlem and asd-pocs" },
        { "unmatched", s->unmatched, balanced, "sirt, sart, mlem and asd-pocs" },
        { "order", s->order > 0, s->subsets > 0 || single, "--subsets and for sart" },
        { "checkpoint-seconds", !isnan(s->checkpoint_seconds), s->checkpoint != NULL, "--checkpoint" } };
    for (size_t i = 0; i < sizeof options / sizeof *options; ++i)
        if (options[i].given && !options[i].sensible)
            return cli_error(CLI_USAGE, "--%s is for %s", options[i].name, options[i].with);
    if (s->keep == PTM_KEEP_LEAST_ERROR && !s->truth)
        return cli_error(CLI_USAGE, "--keep least-error needs --truth, which it is the error from");
    if (r && isnan(s->strength)) return cli_error(CLI_USAGE, "--regularizer needs --strength");
    if (r == PTM_REGULARIZER_HUBER && isnan(s->huber)) return cli_error(CLI_USAGE, "--regularizer huber needs --huber");
    if (s->minimum > s->maximum)
        return cli_error(CLI_USAGE, "--min is %g and --max %g, expected --max to be no less", s->minimum, s->maximum);
    return CLI_OK;
}

int cli_solve_check(const cli_settings *s)
{
    const given options[] = { { "filter", s->filter > 0 }, { "cutoff", !isnan(s->cutoff) }, { "weights", s->weights > 0 },
        { "extrapolate", s->extrapolation > 0 }, { "centre-sweep", s->centre_sweep != NULL } };
    if (!s->method) return check_fbp(s);
    const char *name = first_given(options, sizeof options / sizeof *options);
    return name ? cli_error(CLI_USAGE, "--%s is for fbp, but the method is iterative", name) : check_pairs(s);
}

bool cli_solve_anywhere(const cli_settings *s)
{
    const ptm_method method = methods[s->method].method;
    return method != PTM_METHOD_LANDWEBER && method < PTM_METHOD_FISTA;
}
