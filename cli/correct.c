/* correct.c - the corrections that options ask for, in the order of the table of options. */
#include "correct.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ options */

static int parse_air(cli_corrections *c, const char *text)
{
    double n[2];
    const bool right = cli_numbers(n, 2, text, ':') == 2 && n[0] == floor(n[0]) && n[1] == floor(n[1]) && n[0] >= 0 &&
        n[1] >= 0 &&
        n[0] + n[1] >= 1 && n[0] + n[1] <= PTM_MAX_LENGTH;
    if (!right) return cli_error(CLI_USAGE, "--air is \"%s\", expected LEFT:RIGHT, columns", text);
    c->air[0] = (int)n[0];
    c->air[1] = (int)n[1];
    return CLI_OK;
}

/* NAME or NAME:X, where X is what the method depends on most. */
static int parse_rings(cli_corrections *c, const char *text)
{
    static const char *const names[] = { "sorting", "filtering", "large", "dead", "combined", "wavelet" };
    const char *colon = strchr(text, ':');
    const size_t length = colon ? (size_t)(colon - text) : strlen(text);
    double x = 0;
    int method = 0;
    while (method < 6 && !(strlen(names[method]) == length && strncmp(names[method], text, length) == 0)) method++;
    if (method == 6 || (colon && !(cli_numbers(&x, 1, colon + 1, ':') == 1 && x > 0 && x <= PTM_RINGS_MAX_SIZE)))
        return cli_error(CLI_USAGE,
            "--rings is \"%s\", expected sorting, filtering, large, dead, combined or wavelet, and a number "
            "after a colon", text);
    c->rings = true;
    c->ring_options = (ptm_ring_options){ PTM_SIZED(ptm_ring_options), .method = (ptm_ring_method)method };
    if (method == PTM_RINGS_WAVELET) c->ring_options.sigma = x;
    else if (method == PTM_RINGS_SORTING || method == PTM_RINGS_FILTERING) c->ring_options.size = (int)x;
    else c->ring_options.snr = x;
    return CLI_OK;
}

static int parse_paganin(cli_corrections *c, const char *text)
{
    double n[3];
    const int count = cli_numbers(n, 3, text, ':');
    bool positive = count == 1 || count == 3;
    for (int i = 0; i < count; ++i) positive = positive && n[i] > 0;
    if (!positive) return cli_error(CLI_USAGE, "--paganin is \"%s\", expected KEV:MM:RATIO or MM2, more than 0", text);
    c->phase = true;
    c->phase_options = (ptm_phase_options){ PTM_SIZED(ptm_phase_options), .alpha = count == 1 ? n[0] : 0 };
    if (count == 3) {
        c->phase_options.energy = n[0];
        c->phase_options.distance = n[1];
        c->phase_options.delta_beta = n[2];
    }
    return CLI_OK;
}

static int parse_hounsfield(cli_corrections *c, const char *text)
{
    const int count = cli_numbers(c->mu, 2, text, ':');
    if (count == 1) c->mu[1] = 0;
    c->hounsfield = count >= 1 && c->mu[0] > c->mu[1];
    return c->hounsfield ? CLI_OK
                         : cli_error(CLI_USAGE, "--hounsfield is \"%s\", expected WATER or WATER:AIR, more for water",
                             text);
}

static int parse_lean(cli_corrections *c, const char *text)
{
    double degrees = 0;
    c->find_lean = strcmp(text, "auto") == 0;
    c->align = true;
    if (!c->find_lean && !(cli_numbers(&degrees, 1, text, ':') == 1 && fabs(degrees) < 45))
        return cli_error(CLI_USAGE, "--lean is \"%s\", expected auto or degrees between -45 and 45", text);
    c->lean = degrees / CLI_DEGREES;
    return CLI_OK;
}

int cli_corrections_parse(cli_corrections *c, const cli_settings *s)
{
    *c = (cli_corrections){ .zingers = !isnan(s->zingers), .scatter = !isnan(s->scatter), .metal = !isnan(s->metal),
        .zinger_options = { PTM_SIZED(ptm_zinger_options), .threshold = s->zingers }, .scatter_part = s->scatter,
        .metal_from = s->metal };
    if (c->scatter && !(s->scatter > 0 && s->scatter < 1))
        return cli_error(CLI_USAGE, "--scatter is %g, expected above 0 and below 1", s->scatter);
    int code = s->air ? parse_air(c, s->air) : CLI_OK;
    if (!code && s->rings) code = parse_rings(c, s->rings);
    if (!code && s->lean) code = parse_lean(c, s->lean);
    if (!code && s->paganin) code = parse_paganin(c, s->paganin);
    if (!code && s->hounsfield) code = parse_hounsfield(c, s->hounsfield);
    if (code || !s->beam_hardening) return code;
    c->hardening_count = cli_numbers(c->hardening, 16, s->beam_hardening, ',');
    if (c->hardening_count >= 1) return CLI_OK;
    return cli_error(CLI_USAGE, "--beam-hardening is \"%s\", expected 1 to 16 numbers A1,A2,...", s->beam_hardening);
}

void cli_corrections_free(cli_corrections *c)
{
    free(c->shifts);
    c->shifts = NULL;
}

bool cli_corrects_whole_views(const cli_corrections *c)
{
    return c->align || c->phase;
}

bool cli_axis_method(ptm_axis_method *method, const char *name)
{
    static const char *const names[] = { "auto", "sharpness", "phase", "overlap", "vo" };
    for (int i = 0; i < 5; ++i) {
        if (strcmp(names[i], name) != 0) continue;
        *method = (ptm_axis_method)i;
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------ projections and volumes */

/* A pixel's size in the object, and the distance that a parallel beam would need. */
static ptm_phase_options phase_of(const cli_corrections *c, const ptm_io_geometry *g)
{
    const bool divergent = g->kind == PTM_IO_CIRCULAR && g->beam != PTM_IO_PARALLEL && g->sod > 0;
    const double magnification = divergent ? g->sdd / g->sod : 1;
    ptm_phase_options o = c->phase_options;
    for (int i = 0; i < 2; ++i) o.pixel[i] = g->detector.spacing[i] / magnification;
    o.distance /= magnification;
    return o;
}

static int tell(int status)
{
    return status ? cli_library_error(status == PTM_ERROR_ARGUMENT ? CLI_USAGE : CLI_FAILED, status) : CLI_OK;
}

bool cli_corrects_rows(const cli_corrections *c)
{
    return c->zingers || c->air[0] || c->air[1] || c->scatter || c->rings;
}

bool cli_corrects_across_views(const cli_corrections *c)
{
    return c->zingers || c->rings;
}

bool cli_corrects_views(const cli_corrections *c)
{
    return cli_corrects_whole_views(c) || c->hardening_count;
}

/* Zingers are few: where many are found it is noise that is, or the data are no line integrals, and a median would be taken
 * of all of them. */
static int remove_zingers(const cli_corrections *c, const cli_machine *m, const ptm_array *p)
{
    const int64_t all = cli_count(p);
    int64_t found = 0;
    const int status = ptm_remove_zingers(m->context, p, &c->zinger_options, &found);
    if (status) return tell(status);
    if (found <= all / 20) return CLI_OK;
    return cli_error(CLI_USAGE,
        "--zingers %g: %.0f %% of the values are brighter than those about them by more than this part, expected 5 %% at "
        "most: it is less than the noise, or the data are no line integrals",
        c->zinger_options.threshold, 100 * (double)found / (double)all);
}

int cli_correct_rows(const cli_corrections *c, const cli_machine *m, const ptm_array *p)
{
    const int code = c->zingers ? remove_zingers(c, m, p) : CLI_OK;
    if (code) return code;
    int status = PTM_OK;
    if (c->air[0] || c->air[1]) status = ptm_normalise_air(m->context, p, c->air[0], c->air[1]);
    if (!status && c->scatter) status = ptm_subtract_scatter(m->context, p, c->scatter_part);
    if (!status && c->rings) status = ptm_remove_rings(m->context, p, &c->ring_options);
    return tell(status);
}

int cli_correct_views(const cli_corrections *c, const cli_machine *m, const ptm_array *p, const ptm_io_geometry *g,
    int64_t first_view, bool whole)
{
    const int code = whole ? cli_align(c, m, p, g, first_view, 0) : CLI_OK;
    int status = PTM_OK;
    if (code) return code;
    if (c->phase && whole) {
        const ptm_phase_options o = phase_of(c, g);
        status = ptm_retrieve_phase(m->device, p, &o);
    }
    if (!status && c->hardening_count) status = ptm_correct_beam_hardening(m->context, p, c->hardening, c->hardening_count);
    return tell(status);
}

int cli_correct_volume(const cli_corrections *c, const cli_machine *m, const ptm_array *volume)
{
    const int status = c->hounsfield ? ptm_hounsfield(m->context, volume, c->mu[0], c->mu[1]) : PTM_OK;
    return status ? cli_library_error(CLI_FAILED, status) : CLI_OK;
}
