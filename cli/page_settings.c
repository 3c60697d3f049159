/* page_settings.c - what was set, in words: tables of the settings, and the command line. */
#define _XOPEN_SOURCE 700 /* getrusage */
#include "options.h"
#include "page.h"
#include "ranks.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define TIMES " \u00d7 "

/* ------------------------------------------------------------------ rows */

static void begin(cli_json *j, const char *title)
{
    cli_json_open(j, NULL, '[');
    cli_json_text(j, NULL, title);
    cli_json_open(j, NULL, '[');
}

static void end(cli_json *j)
{
    cli_json_close(j, ']');
    cli_json_close(j, ']');
}

__attribute__((format(printf, 3, 4))) static void row(cli_json *j, const char *name, const char *format, ...)
{
    char text[5000];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    cli_json_open(j, NULL, '[');
    cli_json_text(j, NULL, name);
    cli_json_text(j, NULL, text);
    cli_json_close(j, ']');
}

static void row_if(cli_json *j, const char *name, const char *text)
{
    if (text) row(j, name, "%s", text);
}

static void number_if(cli_json *j, const char *name, double number)
{
    if (!isnan(number)) row(j, name, "%g", number);
}

/* The word for a choice of one of the command's options. */
static void find_choice(char word[40], const cli_settings *s, const char *name, int index)
{
    const cli_command *command = cli_commands;
    const cli_option *o = cli_options;
    while (strcmp(command->name, s->command) != 0) command++;
    while (!o->name || strcmp(o->name, name) != 0 || !cli_option_is_of(o, command)) o++;
    const char *at = o->choices;
    for (; index > 0; --index) at = strchr(at, ' ') + 1;
    snprintf(word, 40, "%.*s", (int)strcspn(at, " "), at);
}

static void choice_row(cli_json *j, const cli_settings *s, const char *label, const char *name, int index)
{
    char word[40];
    find_choice(word, s, name, index);
    row(j, label, "%s", word);
}

/* ------------------------------------------------------------------ sections */

static void print_volume(cli_json *j, const cli_reconstruction *r)
{
    const cli_settings *s = r->settings;
    const ptm_volume *v = &r->geometry.volume;
    const int *n = v->shape;
    const double *d = v->spacing, *o = v->offset;
    begin(j, "Volume");
    row(j, "Voxels", "%d" TIMES "%d" TIMES "%d (x, y, z)", n[2], n[1], n[0]);
    row(j, "Voxel", "%g" TIMES "%g" TIMES "%g mm", d[0], d[1], d[2]);
    row(j, "Extent", "%g" TIMES "%g" TIMES "%g mm", n[2] * d[0], n[1] * d[1], n[0] * d[2]);
    row(j, "Middle", "%g, %g, %g mm", o[0], o[1], o[2]);
    if (r->corrections.hounsfield)
        row(j, "Values", "Hounsfield units: water is %g/mm, air %g/mm", r->corrections.mu[0], r->corrections.mu[1]);
    else row(j, "Values", "1/mm");
    row(j, "File", "%s", s->output);
    end(j);
}

/* "first to last, every step", of views, rows and columns. */
static void print_used(cli_json *j, const char *name, int64_t first, int64_t used, int64_t step, int64_t all)
{
    if (used == 1) row(j, name, "%" PRId64 " of 0 to %" PRId64, first, all - 1);
    else if (step > 1)
        row(j, name, "%" PRId64 " to %" PRId64 ", every %" PRId64 " of 0 to %" PRId64, first, first + (used - 1) * step,
            step, all - 1);
    else row(j, name, "%" PRId64 " to %" PRId64 " of 0 to %" PRId64, first, first + used - 1, all - 1);
}

static void print_data(cli_json *j, const cli_reconstruction *r)
{
    const cli_source *source = &r->source;
    const cli_window *w = &r->window;
    begin(j, "Data");
    row(j, "File", "%s", source->path);
    row(j, "Values", "%s", source->counts ? "counts, with flat fields" : "line integrals");
    print_used(j, "Views", w->first_view, w->views, w->view_step, source->views);
    print_used(j, "Rows", w->first_row, w->rows, 1, source->rows);
    print_used(j, "Columns", w->first_column, w->columns, 1, source->columns);
    if (w->bin_rows > 1 || w->bin_columns > 1) row(j, "Bins", "%d" TIMES "%d pixels", w->bin_columns, w->bin_rows);
    if (r->pixels.raised > 0) row(j, "Raised", "%" PRId64 " counts that were not above their dark field", r->pixels.raised);
    end(j);
}

static void print_angles(cli_json *j, const ptm_io_geometry *g)
{
    if (g->kind != PTM_IO_CIRCULAR) row(j, "Views", "%d, listed one by one", g->views);
    else
        row(j, "Views", "%d, the first at %g and the last at %g degrees, %s", g->views, cli_angle(g, 0),
            cli_angle(g, g->views - 1), g->angles ? "listed" : "evenly spaced");
}

/* Where it is, and who says so. */
static void print_axis(cli_json *j, const cli_reconstruction *r)
{
    const char *centre = r->settings->centre;
    ptm_axis_method method;
    if (isnan(r->centre)) row(j, "Rotation axis", "where the geometry has it");
    else if (centre && !cli_axis_method(&method, centre)) row(j, "Rotation axis", "column %g, given", r->centre);
    else row(j, "Rotation axis", "column %.2f, found from the data: %s", r->centre, centre ? centre : "auto");
}

static void print_circle(cli_json *j, const ptm_io_geometry *g)
{
    const ptm_detector *d = &g->detector;
    if (g->beam != PTM_IO_PARALLEL) {
        row(j, "Source to axis", "%g mm", g->sod);
        row(j, "Source to detector", "%g mm", g->sdd);
        row(j, "Magnification", "%.5g", g->sdd / g->sod);
    }
    row(j, "Pixel", "%g" TIMES "%g mm (u, v)", d->spacing[0], d->spacing[1]);
    row(j, "Detector's offset", "%g, %g mm (u, v)", d->offset[0], d->offset[1]);
    if (g->axis_offset != 0) row(j, "Axis' offset", "%g mm", g->axis_offset);
    if (d->flip_u || d->flip_v)
        row(j, "Against u and v", "%s%s%s", d->flip_u ? "columns" : "", d->flip_u && d->flip_v ? ", " : "",
            d->flip_v ? "rows" : "");
}

static void print_scan(cli_json *j, const cli_reconstruction *r)
{
    static const char *const beams[] = { "as matrices say", "parallel", "fan", "cone" };
    const ptm_io_geometry *g = &r->geometry;
    begin(j, "Scan");
    row(j, "Beam", "%s", beams[g->beam]);
    row_if(j, "Geometry file", r->settings->geometry);
    row(j, "Detector", "%d" TIMES "%d pixels (u, v), %s", g->detector.shape[1], g->detector.shape[0],
        g->detector.cylindrical ? "cylindrical" : "flat");
    if (g->kind == PTM_IO_CIRCULAR) print_circle(j, g);
    print_angles(j, g);
    print_axis(j, r);
    end(j);
}

static void print_corrections(cli_json *j, const cli_reconstruction *r)
{
    const cli_settings *s = r->settings;
    const cli_corrections *c = &r->corrections;
    const bool any = s->bad_pixels || c->zingers || s->air || c->scatter || s->rings || s->paganin || s->beam_hardening ||
        c->metal || s->hounsfield;
    begin(j, "Corrections");
    if (r->source.counts) row(j, "Counts", "-log((counts - dark) / (flat - dark))");
    row_if(j, "Flats before views", s->flats_at);
    row_if(j, "Bad pixels", s->bad_pixels);
    number_if(j, "Zingers", s->zingers);
    row_if(j, "Air", s->air);
    number_if(j, "Scatter", s->scatter);
    row_if(j, "Rings", s->rings);
    row_if(j, "Phase (Paganin)", s->paganin);
    row_if(j, "Beam hardening", s->beam_hardening);
    number_if(j, "Metal above", s->metal);
    row_if(j, "Hounsfield", s->hounsfield);
    if (!any && !r->source.counts) row(j, "Corrections", "none");
    end(j);
}

static void print_fbp(cli_json *j, const cli_settings *s)
{
    choice_row(j, s, "Filter", "filter", s->filter);
    row(j, "Cutoff", "%g of Nyquist's frequency", isnan(s->cutoff) ? 1 : s->cutoff);
    choice_row(j, s, "Weights", "weights", s->weights);
    choice_row(j, s, "Extrapolation", "extrapolate", s->extrapolation);
    number_if(j, "Object's radius, mm", s->object_radius);
}

static void print_iterations(cli_json *j, const cli_settings *s, const cli_solved *solved)
{
    row(j, "Iterations", "%d", solved->iterations);
    row_if(j, "Ended by", solved->reason);
    if (!isnan(solved->residual)) row(j, "Residual", "%.5g of the data", solved->residual);
    if (s->model) choice_row(j, s, "Projector", "model", s->model);
    number_if(j, "Between samples of rays, voxels", s->ray_step);
    if (s->ray_samples) row(j, "Rays in a pixel", "%d x %d", s->ray_samples, s->ray_samples);
    if (s->unmatched) row(j, "In the place of the adjoint", "the weighted backprojector");
    if (s->subsets > 1) row(j, "Subsets", "%d", s->subsets);
    if (s->subsets > 1) choice_row(j, s, "Their order", "order", s->order);
    number_if(j, "Relaxation", s->relaxation);
    number_if(j, "Least value", s->minimum);
    number_if(j, "Greatest value", s->maximum);
    number_if(j, "Damping", s->damping);
    if (s->regularizer) choice_row(j, s, "Regularizer", "regularizer", s->regularizer);
    number_if(j, "Its strength", s->strength);
    number_if(j, "Huber's length", s->huber);
    if (s->regularizer == PTM_REGULARIZER_WAVELET) choice_row(j, s, "Wavelet", "wavelet", s->wavelet);
    if (s->wavelet_levels) row(j, "Its levels", "%d", s->wavelet_levels);
    if (s->spin) row(j, "Cycle spinning", "yes");
    if (s->inner) row(j, "Inner steps", "%d", s->inner);
    row_if(j, "Begun with", s->initial);
    row_if(j, "Mask", s->mask);
    row_if(j, "Weights of noise", s->noise_weights);
    row_if(j, "Truth", s->truth);
    if (s->keep) choice_row(j, s, "Kept", "keep", s->keep);
    row_if(j, "Checkpoint", s->checkpoint);
}

static void print_method(cli_json *j, const cli_reconstruction *r, const cli_result *result)
{
    const cli_settings *s = r->settings;
    begin(j, "Reconstruction");
    choice_row(j, s, "Method", "method", s->method);
    if (s->method) print_iterations(j, s, &result->solved);
    else print_fbp(j, s);
    if (cli_ranks() > 1) row(j, "Processes", "%d, each with a part of the views", cli_ranks());
    for (int i = 0; i < r->machine.count; ++i) {
        const ptm_device_info *info = ptm_device_get_info(r->machine.devices[i]);
        row(j, "Device", "%s:%d, %s", info->backend, info->index, info->name);
        row(j, "Driver", "%s", info->driver);
        if (r->machine.count > 1) row(j, "Weight of its part", "%g", r->machine.weights[i]);
    }
    row(j, "Polytome", "%s", ptm_version());
    end(j);
}

static void print_memory(cli_json *j, const cli_reconstruction *r, const cli_result *result)
{
    const int64_t *n = r->pixels.array.shape;
    struct rusage use;
    begin(j, "Memory");
    row(j, "Volume", "%.1f MB", (double)ptm_io_array_bytes(&result->volume) / 1e6);
    row(j, "Projections", "%.1f MB", 4e-6 * (double)(n[0] * n[1] * n[2]));
    if (result->solved.memory) row(j, "On the device", "%.1f MB", (double)result->solved.memory / 1e6);
    if (getrusage(RUSAGE_SELF, &use) == 0) row(j, "The program, at most", "%.1f MB", (double)use.ru_maxrss * 1024 / 1e6);
    end(j);
}

static void print_options(cli_json *j, const cli_settings *s)
{
    const char *value;
    int word = 1;
    cli_json_open(j, "options", '[');
    for (const cli_option *o; (o = cli_option_given(&value, s, &word));) {
        char name[64];
        snprintf(name, sizeof name, "--%s", o->name);
        cli_json_open(j, NULL, '[');
        cli_json_text(j, NULL, name);
        cli_json_text(j, NULL, value ? value : "");
        cli_json_text(j, NULL, o->help);
        cli_json_close(j, ']');
    }
    cli_json_close(j, ']');
}

void page_print_settings(cli_json *j, const cli_reconstruction *r, const cli_result *result)
{
    char method[40];
    find_choice(method, r->settings, "method", r->settings->method);
    cli_json_text(j, "method", method);
    cli_json_open(j, "sections", '[');
    print_method(j, r, result);
    print_scan(j, r);
    print_volume(j, r);
    print_data(j, r);
    print_corrections(j, r);
    print_memory(j, r, result);
    cli_json_close(j, ']');
    print_options(j, r->settings);
}

/* ------------------------------------------------------------------ the command line */

/* One word as shells read it: as it is, in quotes, or where it is no text with all other bytes than ASCII's as numbers. */
static void print_word(FILE *to, const char *word)
{
    bool plain = *word != 0, text = cli_is_utf8(word);
    for (const char *c = word; *c; ++c) {
        plain = plain && (isalnum((unsigned char)*c) || strchr("_-+=.,:/@%", *c));
        text = text && (unsigned char)*c >= 0x20 && *c != 0x7f;
    }
    fputs(plain ? "" : text ? "'" : "$'", to);
    for (const char *c = word; *c; ++c) {
        if (*c == '\'') fputs(text ? "'\\''" : "\\'", to);
        else if (!text && ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)) fprintf(to, "\\%03o", (unsigned char)*c);
        else if (!text && *c == '\\') fputs("\\\\", to);
        else putc(*c, to);
    }
    fputs(plain ? "" : "'", to);
}

int page_print_command(cli_json *j, const cli_settings *s)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to) return cli_error(CLI_MEMORY, "no memory for the command line");
    fputs("polytome", to);
    for (int i = 0; i < s->word_count; ++i) {
        putc(' ', to);
        print_word(to, s->words[i]);
    }
    if (fclose(to)) {
        free(text);
        return cli_error(CLI_MEMORY, "no memory for the command line");
    }
    cli_json_text(j, "repeat", text);
    free(text);
    return CLI_OK;
}
