/* plot.c - pictures of geometries: SVG files of the source's path, the detector in a few views, and the volume. */
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 400 /* views that are drawn */
#define DARK "fill=\"#222\""
#define GREY "fill=\"#555\""

/* ------------------------------------------------------------------ words */

/* A round length of up to a quarter of the width. */
static void draw_scale(plot_scene *s)
{
    const double most = 0.25 * PLOT_WIDTH / s->camera.scale, power = pow(10, floor(log10(most))), y = PLOT_BOTTOM;
    const double length = power * (most >= 5 * power ? 5 : most >= 2 * power ? 2 : 1), end = 24 + length * s->camera.scale;
    svg_lines(&s->page, (const svg_point[]){ { 24, y - 5 }, { 24, y }, { end, y }, { end, y - 5 } }, 4, false,
        "fill=\"none\" stroke=\"#222\"");
    svg_text(&s->page, 30, y - 7, DARK, "%g mm", length);
}

/* "200", or from the least to the most. */
static void range_text(char *to, size_t size, double least, double most)
{
    if (most - least < 1e-3 * most) snprintf(to, size, "%.4g", most);
    else snprintf(to, size, "%.4g to %.4g", least, most);
}

static void draw_distances(plot_scene *s)
{
    double least[2] = { INFINITY, INFINITY }, most[2] = { 0, 0 };
    char text[2][60];
    for (int i = 0; i < s->count; ++i) {
        const double *from = s->views[i].source, *to = s->views[i].detector;
        const double lengths[2] = { plot_length(from),
            plot_length((const double[]){ to[0] - from[0], to[1] - from[1], to[2] - from[2] }) };
        for (int k = 0; k < 2; ++k) {
            least[k] = fmin(least[k], lengths[k]);
            most[k] = fmax(most[k], lengths[k]);
        }
    }
    for (int k = 0; k < 2; ++k) range_text(text[k], sizeof text[k], least[k], most[k]);
    svg_text(&s->page, 24, 45, GREY, "source to origin %s mm, to the detector's middle %s mm", text[0], text[1]);
}

static void draw_title(plot_scene *s, int views, bool stack)
{
    svg_text(&s->page, 24, 26, "font-size=\"16\" " DARK, "%s beam, %d view%s", s->parallel ? "Parallel"
        : s->rows == 1 || stack ? "Fan" : "Cone", views, views == 1 ? "" : "s");
    if (s->parallel) svg_text(&s->page, 24, 45, GREY, "where along the rays source and detector are drawn has no meaning");
    else draw_distances(s);
}

/* "1 mm", or "1 x 2 mm" where they differ. */
static void sizes_text(char *to, size_t size, const double *values, int count)
{
    bool same = true;
    for (int i = 1; i < count; ++i) same = same && fabs(values[i] - values[0]) < 1e-6 * values[0];
    size_t used = 0;
    for (int i = 0; i < (same ? 1 : count) && used < size; ++i)
        used += (size_t)snprintf(to + used, size - used, "%s%.4g", i ? " &#215; " : "", values[i]);
    if (used < size) snprintf(to + used, size - used, " mm");
}

static void draw_swatch(svg_page *page, double y, const char *colour)
{
    svg_add(page, "<rect x=\"22\" y=\"%g\" width=\"40\" height=\"12\" fill=\"%s\" fill-opacity=\"0.16\" stroke=\"%s\"/>\n",
        y - 11, colour, colour);
}

/* Of the path: its colours, its first and its last source. */
static void draw_path_legend(plot_scene *s, double y, int views)
{
    svg_page *page = &s->page;
    for (int i = 0; i < PLOT_BINS; ++i) {
        char colour[8];
        plot_colour(colour, i);
        svg_add(page, "<rect x=\"%d\" y=\"%g\" width=\"4\" height=\"8\" fill=\"%s\"/>\n", 22 + 4 * i, y - 9, colour);
    }
    char which[80];
    snprintf(which, sizeof which, views == 1 ? "view %d" : "views 0 to %d", views - 1);
    if (s->count < views) snprintf(which + strlen(which), sizeof which - strlen(which), ", %d of them drawn", s->count);
    svg_text(page, 72, y, DARK, "%s, %s", s->parallel ? "rays begin here" : "source", which);
    plot_mark(page, 410, y - 5, true);
    svg_text(page, 426, y, DARK, "the first, with its beam");
    plot_mark(page, 610, y - 5, false);
    svg_text(page, 626, y, DARK, "the last");
}

static void draw_legend(plot_scene *s, int views)
{
    const ptm_volume *v = &s->volume;
    const double y = PLOT_BOTTOM + 32, pixel[2] = { plot_length(s->views[0].u), plot_length(s->views[0].v) };
    char text[100];
    draw_path_legend(s, y, views);
    draw_swatch(&s->page, y + 24, PLOT_DETECTOR);
    sizes_text(text, sizeof text, pixel, 2);
    svg_text(&s->page, 72, y + 24, DARK, "detector, %d &#215; %d pixels (u, v) of %s%s", s->columns, s->rows, text,
        s->cylindrical ? ", bent" : "");
    draw_swatch(&s->page, y + 48, PLOT_VOLUME);
    sizes_text(text, sizeof text, v->spacing, 3);
    svg_text(&s->page, 72, y + 48, DARK, "volume, %d &#215; %d &#215; %d voxels (x, y, z) of %s", v->shape[2], v->shape[1],
        v->shape[0], text);
}

/* ------------------------------------------------------------------ the whole */

/* Matrices say themselves what beam they are of. */
static int find_beam(plot_scene *s, const ptm_io_geometry *g)
{
    ptm_view view;
    s->parallel = g->beam == PTM_IO_PARALLEL;
    if (g->kind != PTM_IO_MATRICES) return PTM_OK;
    return ptm_view_from_matrix(&view, &s->parallel, &g->matrices[0], g->detector.shape, g->volume.offset, g->pitch,
        g->sdd);
}

/* The views that are drawn, evenly out of all. */
static int take_views(plot_scene *s, const ptm_scan *scan)
{
    const int views = ptm_scan_views(scan);
    s->count = views < MOST ? views : MOST;
    s->views = calloc((size_t)s->count, sizeof *s->views);
    if (!s->views) return ptm_error_set(PTM_ERROR_MEMORY, "no memory for a picture of %d views", s->count);
    for (int i = 0; i < s->count; ++i) {
        ptm_scan_get_view(scan, s->count > 1 ? (int)((int64_t)i * (views - 1) / (s->count - 1)) : 0, &s->views[i]);
        if (s->parallel) plot_place_parallel(&s->views[i], s);
    }
    return PTM_OK;
}

static int fill(plot_scene *s, const ptm_io_geometry *g)
{
    ptm_context *context = NULL;
    ptm_scan *scan = NULL;
    int status = ptm_context_create(&context, NULL);
    if (!status) status = ptm_io_geometry_scan(&scan, context, g);
    if (!status) status = find_beam(s, g);
    if (!status) {
        ptm_scan_get_volume(scan, &s->volume);
        double half[3];
        for (int k = 0; k < 3; ++k) {
            s->middle[k] = s->volume.offset[k];
            half[k] = 0.5 * s->volume.shape[2 - k] * s->volume.spacing[k];
        }
        s->reach = plot_length(half);
        status = take_views(s, scan);
    }
    ptm_scan_destroy(&scan);
    ptm_context_destroy(&context);
    return status;
}

int cli_plot_check(const cli_settings *s)
{
    const ptm_io_write_options o = { PTM_SIZED(ptm_io_write_options), .overwrite = s->overwrite };
    const size_t length = s->plot ? strlen(s->plot) : 0;
    if (s->plot && (length < 4 || strcmp(s->plot + length - 4, ".svg") != 0))
        return cli_error(CLI_USAGE, "--plot is \"%s\", expected a name that ends with .svg", s->plot);
    return s->plot ? cli_write_check(s->plot, NULL, &o) : CLI_OK;
}

int cli_plot_draw(char **svg, const ptm_io_geometry *g)
{
    plot_scene scene = { .rows = g->detector.shape[0], .columns = g->detector.shape[1],
        .cylindrical = g->detector.cylindrical };
    const int status = fill(&scene, g);
    if (status) return cli_library_error(CLI_USAGE, status);
    svg_begin(&scene.page, PLOT_WIDTH, PLOT_HEIGHT, "The geometry of a scan");
    plot_frame(&scene);
    draw_title(&scene, g->views, g->beam == PTM_IO_FAN);
    plot_draw(&scene);
    draw_scale(&scene);
    draw_legend(&scene, g->views);
    svg_end(&scene.page);
    free(scene.views);
    *svg = scene.page.text;
    return *svg ? CLI_OK : cli_error(CLI_MEMORY, "no memory for a picture of %d views", g->views);
}

int cli_plot(const ptm_io_geometry *g, const cli_settings *s)
{
    char *svg;
    if (!s->plot) return CLI_OK;
    const int code = cli_plot_draw(&svg, g);
    if (code) return code;
    const int status = ptm_io_text_write(s->plot, svg, s->overwrite);
    free(svg);
    return status ? cli_library_error(CLI_OUTPUT, status) : CLI_OK;
}
