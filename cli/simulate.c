/* simulate.c - noise and faults of a detector, for projections that commands make. */
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES 10 /* flat fields, and as many dark ones */
#define MOST_ENERGIES 256

static double or_zero(double value)
{
    return isnan(value) ? 0 : value;
}

static bool is_noisy(const cli_settings *s)
{
    return !isnan(s->photons) || !isnan(s->electronic) || !isnan(s->dark) || !isnan(s->scatter) || !isnan(s->blur) ||
        !isnan(s->gain_spread) || !isnan(s->ring_spread) || !isnan(s->dead_pixels) || s->spectrum || s->counts;
}

int cli_simulation_check(const cli_settings *s, bool projections)
{
    if (!projections && (is_noisy(s) || !isnan(s->jitter) || s->ray_samples))
        return cli_error(CLI_USAGE, "noise, --jitter and --ray-samples are for projections; --projections asks for them");
    if (s->counts && ptm_io_format_by_suffix(s->output) != PTM_IO_FORMAT_HDF5)
        return cli_error(CLI_USAGE, "--counts go with their flat and dark fields into an HDF5 file, but --output is \"%s\"",
            s->output);
    if (s->counts && (s->bits || s->window))
        return cli_error(CLI_USAGE, "--counts are written as they are, without --bits and --window");
    return CLI_OK;
}

/* "W:A,W:A,..."; how many, or -1. */
static int parse_spectrum(ptm_energy energies[MOST_ENERGIES], const char *text)
{
    int count = 0;
    while (count < MOST_ENERGIES) {
        char part[80];
        double pair[2];
        const size_t length = strcspn(text, ",");
        if (length >= sizeof part) return -1;
        memcpy(part, text, length);
        part[length] = 0;
        if (cli_numbers(pair, 2, part, ':') != 2) return -1;
        energies[count++] = (ptm_energy){ pair[0], pair[1] };
        if (!text[length]) return count;
        text += length + 1;
    }
    return -1;
}

static int make_counts(ptm_io_array *p, float *flats, float *darks, const cli_settings *s, ptm_context *context)
{
    ptm_energy energies[MOST_ENERGIES];
    ptm_simulation_options o = { PTM_SIZED(ptm_simulation_options), .seed = (uint64_t)s->seed,
        .photons = or_zero(s->photons), .dark = or_zero(s->dark), .electronic = or_zero(s->electronic),
        .scatter = or_zero(s->scatter), .blur = or_zero(s->blur), .gain_spread = or_zero(s->gain_spread),
        .ring_spread = or_zero(s->ring_spread), .dead_pixels = or_zero(s->dead_pixels), .flats = flats,
        .flat_count = FRAMES, .darks = darks, .dark_count = FRAMES, .progress = cli_go_on,
        .progress_user = (void *)(uintptr_t)s };
    /* The open beam has one count for each photon; without noise as many as 16 bits hold. */
    if (o.photons == 0) o.gain = 50000;
    if (s->spectrum) {
        o.energies = parse_spectrum(energies, s->spectrum);
        o.spectrum = energies;
        if (o.energies < 0)
            return cli_error(CLI_USAGE, "--spectrum is \"%s\", expected WEIGHT:ATTENUATION,..., %d at most", s->spectrum,
                MOST_ENERGIES);
    }
    const int status = ptm_simulate_counts(context, p->data, p->shape, &o);
    return status ? cli_library_error(CLI_USAGE, status) : CLI_OK;
}

static int write_counts(const ptm_io_array *p, const ptm_io_array fields[2], const cli_settings *s,
    const ptm_io_geometry *g, const ptm_io_write_options *o)
{
    ptm_io_frames frames = { .projections = p, .flats = &fields[0], .darks = &fields[1] };
    double *angles = NULL;
    const int code = g->kind == PTM_IO_CIRCULAR ? cli_angles(&angles, g) : CLI_OK;
    if (code) return code;
    frames.angles = angles;
    const int status = ptm_io_scan_write(s->output, &frames, o);
    free(angles);
    return status ? cli_library_error(CLI_OUTPUT, status) : CLI_OK;
}

static int to_line_integrals(ptm_io_array *p, const ptm_io_array fields[2], const cli_settings *s, ptm_context *context)
{
    int64_t raised;
    const ptm_counts_options o = { PTM_SIZED(ptm_counts_options), .flats = fields[0].data, .flat_count = FRAMES,
        .darks = fields[1].data, .dark_count = FRAMES };
    const ptm_array values = cli_dense(p->data, p->shape[0], p->shape[1], p->shape[2]);
    const int status = ptm_line_integrals(context, &values, &o, &raised);
    if (status) return cli_library_error(CLI_FAILED, status);
    if (raised)
        cli_note(s, "%lld pixels counted no more than their dark field, and have the least transmission",
            (long long)raised);
    return CLI_OK;
}

int cli_simulate_and_write(ptm_io_array *p, const cli_settings *s, const ptm_io_geometry *g, ptm_context *context,
    const ptm_io_write_options *o)
{
    if (!is_noisy(s)) return cli_write(s->output, p, o);
    ptm_io_array fields[2] = { { .data = NULL }, { .data = NULL } };
    int status = PTM_OK;
    for (int i = 0; i < 2 && !status; ++i)
        status = ptm_io_array_create(&fields[i], PTM_IO_FLOAT32, 3, (int64_t[]){ FRAMES, p->shape[1], p->shape[2] });
    int code = status ? cli_library_error(CLI_MEMORY, status) : make_counts(p, fields[0].data, fields[1].data, s, context);
    if (!code && s->counts) code = write_counts(p, fields, s, g, o);
    if (!code && !s->counts) code = to_line_integrals(p, fields, s, context);
    if (!code && !s->counts) code = cli_write(s->output, p, o);
    for (int i = 0; i < 2; ++i) ptm_io_array_free(&fields[i]);
    return code;
}
