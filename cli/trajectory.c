/* trajectory.c - views along a trajectory that the options say. */
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Numbers that a trajectory takes, 0 where they are not given. */
static int set_numbers(ptm_trajectory_options *o, const cli_settings *s)
{
    const struct { const char *name; double given, unit, *to; } numbers[] = {
        { "range-deg", s->range, CLI_DEGREES, &o->range }, { "pitch", s->pitch, 1, &o->pitch },
        { "turns", s->turns, 1, &o->turns }, { "tilt-deg", s->tilt, CLI_DEGREES, &o->tilt },
        { "height", s->height, 1, &o->height }, { "length", s->length, 1, &o->length },
        { "overlap", s->overlap, 1, &o->overlap } };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i) {
        if (isnan(numbers[i].given)) continue;
        if (numbers[i].given == 0) return cli_error(CLI_USAGE, "--%s is 0, expected another number", numbers[i].name);
        *numbers[i].to = numbers[i].given / numbers[i].unit;
    }
    if (!isnan(s->start)) o->start = s->start / CLI_DEGREES;
    o->orbits = s->orbits;
    o->line_views = s->line_views;
    o->end_point = s->end_point;
    o->clockwise = s->clockwise;
    return CLI_OK;
}

/* "U:V:W,U:V:W": shifts of the source along u, v and towards the detector. */
static int parse_spots(ptm_trajectory_options *o, const char *text)
{
    if (!text) return CLI_OK;
    int count = 1;
    for (const char *at = text; *at; ++at) count += *at == ',';
    ptm_focal_spot *spots = calloc((size_t)count, sizeof *spots);
    if (!spots) return cli_error(CLI_MEMORY, "no memory for %d focal spots", count);
    o->spots = spots;
    o->spot_count = count;
    for (const char *at = text; count > 0; --count) {
        char part[100];
        double shift[3];
        const size_t length = strcspn(at, ",");
        if (length < sizeof part) memcpy(part, at, length);
        part[length < sizeof part ? length : 0] = 0;
        if (cli_numbers(shift, 3, part, ':') != 3)
            return cli_error(CLI_USAGE, "--spots is \"%s\", expected U:V:W, or several of them with commas between", text);
        *spots++ = (ptm_focal_spot){ shift[0], shift[1], shift[2] };
        at += length + 1;
    }
    return CLI_OK;
}

static void use_circle(ptm_io_geometry *g, const ptm_circular_options *circle, double *angles)
{
    for (int i = 0; i < g->views; ++i) angles[i] *= CLI_DEGREES;
    g->angles = angles;
    g->detector.offset[0] = circle->detector.offset[0];
}

static void use_views(ptm_io_geometry *g, ptm_view *views)
{
    const ptm_io_geometry list = { .volume = g->volume, .kind = PTM_IO_VECTORS, .beam = g->beam, .views = g->views,
        .vectors = views, .detector = { .shape = { g->detector.shape[0], g->detector.shape[1] },
        .cylindrical = g->detector.cylindrical } };
    ptm_io_geometry_free(g);
    *g = list;
}

static int make_views(ptm_view *views, const ptm_trajectory_options *o)
{
    ptm_context *context = NULL;
    ptm_scan *scan = NULL;
    int status = ptm_context_create(&context, NULL);
    if (!status) status = ptm_scan_trajectory(&scan, context, o);
    for (int i = 0; !status && i < o->views; ++i) ptm_scan_get_view(scan, i, &views[i]);
    ptm_scan_destroy(&scan);
    ptm_context_destroy(&context);
    return status;
}

/* A circle is a list of angles, all else a list of views. */
static int apply(ptm_io_geometry *g, const ptm_trajectory_options *o)
{
    ptm_circular_options circle;
    double *angles = calloc((size_t)o->views, sizeof *angles);
    ptm_view *views = calloc((size_t)o->views, sizeof *views);
    int status = angles && views ? ptm_trajectory_circle(&circle, angles, o) : PTM_ERROR_MEMORY;
    const bool circular = status == PTM_OK;
    if (status == PTM_ERROR_ARGUMENT && g->beam != PTM_IO_FAN) status = make_views(views, o);
    if (!status && circular) use_circle(g, &circle, angles);
    else if (!status) use_views(g, views);
    if (status || !circular) free(angles);
    if (status || circular) free(views);
    if (!angles || !views) return cli_error(CLI_MEMORY, "no memory for %d views", o->views);
    return status ? cli_library_error(CLI_USAGE, status) : CLI_OK;
}

int cli_trajectory_check(const cli_settings *s)
{
    if (s->trajectory) return CLI_OK;
    const struct { const char *name; bool given; } options[] = { { "pitch", !isnan(s->pitch) },
        { "turns", !isnan(s->turns) }, { "tilt-deg", !isnan(s->tilt) }, { "height", !isnan(s->height) },
        { "length", !isnan(s->length) }, { "overlap", !isnan(s->overlap) }, { "orbits", s->orbits > 0 },
        { "line-views", s->line_views > 0 }, { "end-point", s->end_point }, { "spots", s->spots != NULL } };
    for (size_t i = 0; i < sizeof options / sizeof *options; ++i)
        if (options[i].given) return cli_error(CLI_USAGE, "--%s goes with --trajectory", options[i].name);
    return CLI_OK;
}

int cli_trajectory(ptm_io_geometry *g, const cli_settings *s)
{
    if (!s->trajectory) return CLI_OK;
    ptm_trajectory_options o = { PTM_SIZED(ptm_trajectory_options), .kind = (ptm_trajectory_kind)(s->trajectory - 1),
        .volume = g->volume, .detector = g->detector, .parallel = g->beam == PTM_IO_PARALLEL, .views = g->views,
        .sod = g->sod, .sdd = g->sdd, .axis_offset = g->axis_offset };
    int code = set_numbers(&o, s);
    if (!code) code = parse_spots(&o, s->spots);
    if (!code) code = apply(g, &o);
    free((void *)(uintptr_t)o.spots);
    return code;
}
