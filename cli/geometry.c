/* geometry.c - the scan from a geometry file, the options and the data; and the geometry of parts of it. */
#include "cli.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ the beam and the detector */

static void set(double *value, double given)
{
    if (!isnan(given)) *value = given;
}

/* Options that a list of views leaves no place for. Some do not know how large pixels are, which is for the user to say. */
static int check_listed(const ptm_io_geometry *g, const cli_settings *s)
{
    const bool directions = g->directions, open = g->kind == PTM_IO_MATRICES && g->pitch == 0 && g->sdd == 0;
    const struct { const char *name; bool given;
    } options[] = { { "parallel", s->parallel }, { "fan", s->fan }, { "cone", s->cone }, { "sod", !isnan(s->sod) },
        { "sdd", !isnan(s->sdd) }, { "pixel", !isnan(s->pixel) && !directions && !open },
        { "pixel-v", !isnan(s->pixel_v) && !directions }, { "offset", !isnan(s->offset_u) && !directions },
        { "offset-v", !isnan(s->offset_v) && !directions }, { "axis-offset", !isnan(s->axis_offset) },
        { "flip-u", s->flip_u }, { "flip-v", s->flip_v }, { "cylindrical", s->cylindrical },
        { "angles", s->angles != NULL }, { "start-deg", !isnan(s->start) }, { "range-deg", !isnan(s->range) },
        { "clockwise", s->clockwise }, { "trajectory", s->trajectory > 0 }, { "centre", s->centre != NULL },
        { "centre-sweep", s->centre_sweep != NULL } };
    for (size_t i = 0; i < sizeof options / sizeof *options; ++i)
        if (options[i].given)
            return cli_error(CLI_USAGE, "--%s does not go with %s, which lists the views one by one", options[i].name,
                s->geometry);
    return CLI_OK;
}

static int set_beam(ptm_io_geometry *g, const cli_settings *s)
{
    if (s->parallel + s->fan + s->cone > 1) return cli_error(CLI_USAGE, "--parallel, --fan and --cone exclude each other");
    if (s->parallel || s->fan || s->cone) g->beam = s->parallel ? PTM_IO_PARALLEL : s->fan ? PTM_IO_FAN : PTM_IO_CONE;
    if (g->beam == PTM_IO_BEAM_UNKNOWN) g->beam = PTM_IO_PARALLEL;
    if (g->beam == PTM_IO_PARALLEL && (!isnan(s->sod) || !isnan(s->sdd)))
        return cli_error(
            CLI_USAGE, "--%s is for --fan and --cone, but the beam is parallel", isnan(s->sod) ? "sdd" : "sod");
    set(&g->sod, s->sod);
    set(&g->sdd, s->sdd);
    set(&g->axis_offset, s->axis_offset);
    if (g->beam != PTM_IO_PARALLEL && !(g->sod > 0 && g->sdd > 0))
        return cli_error(
            CLI_USAGE, "a %s beam needs --sod and --sdd, both above 0", g->beam == PTM_IO_FAN ? "fan" : "cone");
    return CLI_OK;
}

static int set_detector(ptm_detector *d, const cli_settings *s, const cli_source *source)
{
    if (source && (source->scan || source->counts) && d->spacing[0] == 0 && source->pixel[0] <= 0 && isnan(s->pixel))
        cli_note(s, "%s does not say how wide a pixel is, which is taken as 1 mm; --pixel says it", source->path);
    for (int i = 0; i < 2; ++i)
        if (d->spacing[i] == 0) d->spacing[i] = source && source->pixel[i] > 0 ? source->pixel[i] : i ? d->spacing[0] : 1;
    set(&d->spacing[0], s->pixel);
    set(&d->spacing[1], isnan(s->pixel_v) ? s->pixel : s->pixel_v);
    set(&d->offset[0], s->offset_u);
    set(&d->offset[1], s->offset_v);
    d->flip_u |= s->flip_u;
    d->flip_v |= s->flip_v;
    d->cylindrical |= s->cylindrical;
    for (int i = 0; i < 2; ++i)
        if (!(d->spacing[i] > 0))
            return cli_error(
                CLI_USAGE, "a pixel's %s is %g mm, expected more than 0", i ? "height" : "width", d->spacing[i]);
    return CLI_OK;
}

/* What a list of views leaves open: how large a pixel is. */
static int set_listed(ptm_io_geometry *g, const cli_settings *s, const cli_source *source)
{
    int code = check_listed(g, s);
    if (!code && g->directions) code = set_detector(&g->detector, s, source);
    if (!code && g->kind == PTM_IO_MATRICES && g->pitch == 0 && g->sdd == 0)
        g->pitch = !isnan(s->pixel) ? s->pixel : source ? source->pixel[0] : 0;
    const int status = code ? PTM_OK : ptm_io_geometry_set_steps(g);
    return status ? cli_library_error(CLI_USAGE, status) : code;
}

/* The detector and the views are as many as the data have. */
static int set_shape(ptm_io_geometry *g, const cli_settings *s, const cli_source *source)
{
    const int64_t have[2] = { source->rows, source->columns };
    for (int i = 0; i < 2; ++i) {
        if (g->detector.shape[i] && g->detector.shape[i] != have[i])
            return cli_error(CLI_INPUT, "%s: has %" PRId64 " detector %s, but %s says %d", source->path, have[i],
                i ? "columns" : "rows", s->geometry, g->detector.shape[i]);
        g->detector.shape[i] = (int)have[i];
    }
    if (g->views && g->views != source->views)
        return cli_error(CLI_INPUT, "%s: has %" PRId64 " views, but %s says %d", source->path, source->views,
            s->angles ? s->angles : s->geometry, g->views);
    g->views = (int)source->views;
    return CLI_OK;
}

/* ------------------------------------------------------------------ angles */

static double usual_range(const ptm_io_geometry *g)
{
    return g->range != 0 ? g->range : g->beam == PTM_IO_PARALLEL ? 180 : 360;
}

double cli_angle(const ptm_io_geometry *g, int view)
{
    return g->angles ? g->angles[view] : g->start + usual_range(g) * view / g->views;
}

int cli_angles(double **angles, const ptm_io_geometry *g)
{
    *angles = malloc((size_t)g->views * sizeof **angles);
    for (int i = 0; i < g->views && *angles; ++i) (*angles)[i] = cli_angle(g, i) / CLI_DEGREES;
    return *angles ? CLI_OK : cli_error(CLI_MEMORY, "no memory for %d angles", g->views);
}

/* The file the user names, else the geometry file, else the data; else evenly spaced. */
static int set_angles(ptm_io_geometry *g, const cli_settings *s, const cli_source *source)
{
    const bool even = !isnan(s->start) || !isnan(s->range);
    if (s->angles && even) return cli_error(CLI_USAGE, "--angles goes neither with --start-deg nor with --range-deg");
    if (s->angles || even) {
        free(g->angles);
        g->angles = NULL;
    }
    if (s->angles) return cli_read_angles(&g->angles, &g->views, s->angles);
    set(&g->start, s->start);
    set(&g->range, s->range);
    if (even || g->angles || g->views || g->start != 0 || g->range != 0 || !source || !source->angles) return CLI_OK;
    g->angles = malloc((size_t)source->views * sizeof *g->angles);
    if (!g->angles) return cli_error(CLI_MEMORY, "no memory for %" PRId64 " angles", source->views);
    g->views = (int)source->views;
    for (int i = 0; i < g->views; ++i) g->angles[i] = source->angles[i] * CLI_DEGREES;
    return CLI_OK;
}

/* The other way round from the first view on, which stays where it is. */
static void turn_round(ptm_io_geometry *g)
{
    for (int i = 1; g->angles && i < g->views; ++i) g->angles[i] = 2 * g->angles[0] - g->angles[i];
    if (!g->angles) g->range = -usual_range(g);
}

/* --trajectory goes before what a file says of angles. */
static int drop_angles(ptm_io_geometry *g, const cli_settings *s)
{
    if (s->angles) return cli_error(CLI_USAGE, "--angles does not go with --trajectory, which makes them");
    free(g->angles);
    g->angles = NULL;
    g->start = g->range = 0;
    return CLI_OK;
}

int cli_geometry_make(ptm_io_geometry *g, const cli_settings *s, const cli_source *source)
{
    *g = (ptm_io_geometry){ .views = 0 };
    int code = cli_trajectory_check(s);
    const int status = !code && s->geometry ? ptm_io_geometry_read(g, s->geometry) : PTM_OK;
    if (status) code = cli_library_error(CLI_INPUT, status);
    if (!code && g->kind == PTM_IO_CIRCULAR) {
        code = set_beam(g, s);
        if (!code) code = set_detector(&g->detector, s, source);
        if (!code) code = s->trajectory ? drop_angles(g, s) : set_angles(g, s, source);
        if (!code && s->clockwise && !s->trajectory) turn_round(g);
    } else if (!code) {
        code = set_listed(g, s, source);
    }
    if (!code && source) code = set_shape(g, s, source);
    if (code) ptm_io_geometry_free(g);
    return code;
}

/* ------------------------------------------------------------------ a part of the data */

/* Keeps some of the views. */
static int crop_views(ptm_io_geometry *g, const cli_window *w)
{
    if (w->first_view == 0 && w->view_step == 1 && w->views == g->views) return CLI_OK;
    if (g->kind == PTM_IO_CIRCULAR && !g->angles) {
        double *angles = malloc((size_t)g->views * sizeof *angles);
        if (!angles) return cli_error(CLI_MEMORY, "no memory for %d angles", g->views);
        for (int i = 0; i < g->views; ++i) angles[i] = cli_angle(g, i);
        g->angles = angles;
        g->start = g->range = 0;
    }
    for (int i = 0; i < w->views; ++i) {
        const int64_t from = w->first_view + i * w->view_step;
        if (g->angles) g->angles[i] = g->angles[from];
        if (g->vectors) g->vectors[i] = g->vectors[from];
        if (g->matrices) g->matrices[i] = g->matrices[from];
    }
    g->views = (int)w->views;
    return CLI_OK;
}

/* A detector of `count` bins of `bin` pixels from pixel `first` on: where its centre is, in pixels from the old one's. */
static double shift_of(int old_count, int64_t first, int64_t used)
{
    return (double)first + 0.5 * (double)(used - 1) - 0.5 * (old_count - 1);
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

void cli_turn_view(ptm_view *view, double shift)
{
    double out[3];
    const double step = sqrt(dot(view->u, view->u));
    for (int k = 0; k < 3; ++k) out[k] = view->detector[k] - view->source[k];
    const double height = dot(out, view->v) / dot(view->v, view->v);
    for (int k = 0; k < 3; ++k) out[k] -= height * view->v[k];
    const double radius = sqrt(dot(out, out)), angle = shift * step / radius, half = sin(0.5 * angle);
    for (int k = 0; k < 3; ++k) {
        const double along = view->u[k] / step, away = out[k] / radius;
        view->detector[k] += radius * (sin(angle) * along - 2 * half * half * away);
        view->u[k] = step * (cos(angle) * along - sin(angle) * away);
    }
}

static void crop_vectors(ptm_io_geometry *g, const double shift[2], const int bin[2])
{
    for (int i = 0; i < g->views; ++i) {
        ptm_view *view = &g->vectors[i];
        if (g->detector.cylindrical) cli_turn_view(view, shift[0]);
        for (int k = 0; k < 3; ++k) {
            view->detector[k] += (g->detector.cylindrical ? 0 : shift[0] * view->u[k]) + shift[1] * view->v[k];
            view->u[k] *= bin[0];
            view->v[k] *= bin[1];
        }
    }
}

/* Index i becomes (i - first - (bin - 1) / 2) / bin. */
static void crop_matrices(ptm_io_geometry *g, const int64_t first[2], const int bin[2])
{
    for (int i = 0; i < g->views; ++i)
        for (int row = 0; row < 2; ++row)
            for (int k = 0; k < 4; ++k) {
                ptm_matrix *m = &g->matrices[i];
                m->row[row][k] = (m->row[row][k] - ((double)first[row] + 0.5 * (bin[row] - 1)) * m->row[2][k]) / bin[row];
            }
    g->pitch *= bin[0];
}

int cli_geometry_crop(ptm_io_geometry *g, const cli_window *w)
{
    ptm_detector *d = &g->detector;
    const int bin[2] = { w->bin_columns, w->bin_rows };
    const int64_t first[2] = { w->first_column, w->first_row };
    const double shift[2] = { shift_of(d->shape[1], w->first_column, w->columns),
        shift_of(d->shape[0], w->first_row, w->rows) };
    const int code = crop_views(g, w);
    if (code) return code;
    if (g->kind == PTM_IO_VECTORS) crop_vectors(g, shift, bin);
    if (g->kind == PTM_IO_MATRICES) crop_matrices(g, first, bin);
    if (g->kind == PTM_IO_CIRCULAR) {
        d->offset[0] += (d->flip_u ? -shift[0] : shift[0]) * d->spacing[0];
        d->offset[1] += (d->flip_v ? -shift[1] : shift[1]) * d->spacing[1];
    }
    for (int i = 0; i < 2; ++i) d->spacing[i] *= bin[i];
    d->shape[0] = (int)(w->rows / bin[1]);
    d->shape[1] = (int)(w->columns / bin[0]);
    return CLI_OK;
}

void cli_geometry_centre(ptm_io_geometry *g, double column)
{
    ptm_detector *d = &g->detector;
    const double shift = (0.5 * (d->shape[1] - 1) - column) * d->spacing[0];
    d->offset[0] = d->flip_u ? -shift : shift;
}
