/* sweep.c - polytome reconstruct --centre-sweep: one slice for each of several rotation axes, to choose by eye. */
#include "ranks.h"
#include "reconstruct.h"
#include "values.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 400

typedef struct sweep {
    double from, step;
    int count, decimals, digits; /* as the columns are written in names */
    float *pictures;
    char (*names)[4096]; /* one for each picture, and the sheet's */
    char (*texts)[24];
} sweep;

static double column_of(const sweep *w, int index)
{
    return w->from + index * w->step;
}

/* Whether so many decimals say the number. */
static bool has_decimals(double number, int decimals)
{
    const double scaled = number * pow(10, decimals);
    return fabs(scaled - round(scaled)) < 1e-6;
}

static int parse(sweep *w, const cli_reconstruction *r)
{
    double n[3];
    const double last = (double)(r->source.columns - 1);
    if (cli_numbers(n, 3, r->settings->centre_sweep, ':') != 3 || !(n[2] > 0 && n[1] >= n[0]))
        return cli_error(CLI_USAGE, "--centre-sweep is \"%s\", expected FROM:TO:STEP", r->settings->centre_sweep);
    if (!(n[0] >= 0 && n[1] <= last))
        return cli_error(CLI_USAGE, "--centre-sweep is from %g to %g, expected columns from 0 to %g", n[0], n[1], last);
    const double count = floor((n[1] - n[0]) / n[2] + 1e-6) + 1;
    if (count > MOST) return cli_error(CLI_USAGE, "--centre-sweep is %g slices, expected at most %d", count, MOST);
    *w = (sweep){ .from = n[0], .step = n[2], .count = (int)count };
    while (w->decimals < 6 && !(has_decimals(n[0], w->decimals) && has_decimals(n[2], w->decimals))) w->decimals++;
    w->digits = snprintf(NULL, 0, "%.*f", w->decimals, column_of(w, w->count - 1));
    return CLI_OK;
}

/* axis.tif: axis_0296.0.tif and so on, and axis_sheet.png. */
static int make_names(sweep *w, const char *output)
{
    const char *slash = strrchr(output, '/'), *dot = strrchr(slash ? slash : output, '.');
    if (!dot || strchr(slash ? slash : output, '%') || strlen(output) > sizeof w->names[0] - 40)
        return cli_error(
            CLI_USAGE, "--output is \"%s\", expected a name with a suffix, to which a sweep adds columns", output);
    for (int i = 0; i <= w->count; ++i) {
        if (i < w->count) snprintf(w->texts[i], sizeof w->texts[i], "%0*.*f", w->digits, w->decimals, column_of(w, i));
        snprintf(w->names[i], sizeof w->names[i], "%.*s_%s%s", (int)(dot - output), output,
            i < w->count ? w->texts[i] : "sheet", i < w->count ? dot : ".png");
    }
    return CLI_OK;
}

static int one_slice(const cli_reconstruction *r)
{
    const int slices = r->geometry.volume.shape[0];
    if (slices == 1) return CLI_OK;
    return cli_error(CLI_USAGE, "--centre-sweep is for one slice, not %d: choose it with --slice", slices);
}

static int check_outputs(const sweep *w, const cli_settings *s, const ptm_io_array *picture, const ptm_io_write_options *o)
{
    int code = CLI_OK;
    const ptm_io_write_options png = { PTM_SIZED(ptm_io_write_options), .overwrite = o->overwrite };
    for (int i = 0; i <= w->count && !code; ++i) {
        code = cli_write_check(w->names[i], picture, i < w->count ? o : &png);
        if (!code) code = cli_output_name_check(s, w->names[i]);
    }
    return code;
}

/* One window for all pictures, so that they can be compared: between 0.1 and 99.9 percent of the values. */
static int common_window(ptm_io_write_options *o, const sweep *w, int64_t pixels)
{
    cli_measured m;
    if (o->window == PTM_IO_WINDOW_GIVEN) return CLI_OK;
    const ptm_array all = cli_dense(w->pictures, w->count, 1, pixels);
    const int code = cli_measure(&m, &all);
    if (code) return code;
    o->low = m.percentiles[0];
    o->high = m.percentiles[3];
    if (!(o->high > o->low)) o->high = o->low + 1;
    o->window = PTM_IO_WINDOW_GIVEN;
    return CLI_OK;
}

static int reconstruct(sweep *w, cli_reconstruction *r, size_t pixels)
{
    int code = cli_reconstruction_lean(r);
    if (!code) code = cli_reconstruction_load(r);
    for (int i = 0; i < w->count && !code; ++i) {
        cli_reconstruction_centre(r, column_of(w, i));
        code = cli_reconstruction_run(r, w->pictures + (size_t)i * pixels, i, w->count);
    }
    return code;
}

/* All of them, or none where none was there before. */
static int write_all(const sweep *w, const ptm_io_array *shape, const ptm_io_write_options *given)
{
    const size_t pixels = (size_t)ptm_io_array_count(shape);
    ptm_io_write_options sheet = *given;
    int code = common_window(&sheet, w, (int64_t)pixels), written = 0;
    const ptm_io_write_options *o = given->window == PTM_IO_WINDOW_AUTO ? given : &sheet;
    for (; written < w->count && !code; ++written) {
        ptm_io_array picture = *shape;
        picture.data = w->pictures + (size_t)written * pixels;
        code = cli_write(w->names[written], &picture, o);
    }
    if (!code)
        code = cli_write_sheet(w->names[w->count], w->pictures, w->count, (int)shape->shape[0], (int)shape->shape[1],
            w->texts, &sheet);
    else written--;
    while (code && !given->overwrite && written > 0) remove(w->names[--written]);
    return code;
}

static void report(const sweep *w, const cli_reconstruction *r)
{
    const cli_settings *s = r->settings;
    cli_note(s, "%d slices from %s to %s in %.3f s on %s: %s and the others on %s", w->count, w->texts[0],
        w->texts[w->count - 1], cli_now() - r->begun, r->machine.name, w->names[0],
        w->names[w->count]);
    if (!s->json) return;
    cli_json j = { .to = stdout };
    cli_json_begin(&j, s, &r->geometry, &r->machine);
    cli_json_open(&j, "files", '[');
    for (int i = 0; i < w->count; ++i) cli_json_text(&j, NULL, w->names[i]);
    cli_json_close(&j, ']');
    cli_json_text(&j, "sheet", w->names[w->count]);
    cli_json_open(&j, "centres", '[');
    for (int i = 0; i < w->count; ++i) cli_json_number(&j, NULL, column_of(w, i));
    cli_json_close(&j, ']');
    cli_json_end(&j, (const cli_time[]){ { "read", r->seconds_reading }, { "total", cli_now() - r->begun }, { NULL, 0 } });
}

static int run(sweep *w, cli_reconstruction *r)
{
    const cli_settings *s = r->settings;
    const int *n = r->geometry.volume.shape;
    const size_t count = (size_t)w->count, pixels = (size_t)n[1] * (size_t)n[2];
    ptm_io_array picture = { .type = PTM_IO_FLOAT32, .dimensions = 2, .shape = { n[1], n[2] } };
    memcpy(picture.spacing, r->geometry.volume.spacing, sizeof picture.spacing);
    ptm_io_write_options o;
    w->names = calloc(count + 1, sizeof *w->names);
    w->texts = calloc(count, sizeof *w->texts);
    w->pictures = malloc(count * pixels * sizeof *w->pictures);
    if (!w->names || !w->texts || !w->pictures)
        return cli_error(CLI_MEMORY, "no memory for %d pictures of %d x %d", w->count, n[1], n[2]);
    int code = make_names(w, s->output);
    if (!code) code = cli_write_options(&o, s, cli_reconstruction_title(r));
    if (!code) code = check_outputs(w, s, &picture, &o);
    code = cli_ranks_agree(code);
    if (!code) code = reconstruct(w, r, pixels);
    if (code || cli_rank() > 0) return code;
    code = write_all(w, &picture, &o);
    if (!code) report(w, r);
    return code;
}

int cli_sweep(cli_reconstruction *r)
{
    sweep w = { 0 };
    if (r->settings->centre) return cli_error(CLI_USAGE, "--centre and --centre-sweep exclude each other");
    if (r->settings->write_geometry)
        return cli_error(CLI_USAGE, "--write-geometry does not go with --centre-sweep, whose slices have one each");
    if (r->settings->report)
        return cli_error(CLI_USAGE, "--report does not go with --centre-sweep, which makes several reconstructions");
    int code = one_slice(r);
    if (!code) code = parse(&w, r);
    if (!code) code = run(&w, r);
    free(w.names);
    free(w.texts);
    free(w.pictures);
    return code;
}
