#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 40.0 /* pixels beside the drawing */
#define ARC 16    /* pieces of a bent edge */
#define OUTLINE (2 * (ARC + 1))

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

double plot_length(const double a[3])
{
    return sqrt(dot(a, a));
}

static double distance(const double a[3], const double b[3])
{
    return plot_length((const double[]){ a[0] - b[0], a[1] - b[1], a[2] - b[2] });
}

static plot_camera look(double azimuth, double elevation)
{
    const double ca = cos(azimuth), sa = sin(azimuth), ce = cos(elevation), se = sin(elevation);
    return (plot_camera){ { ca, sa, 0 }, { -se * sa, se * ca, ce }, { ce * sa, -ce * ca, se }, 1, 0, 0 };
}

static svg_point see(const plot_camera *c, const double at[3])
{
    return (svg_point){ c->x + c->scale * dot(c->right, at), c->y - c->scale * dot(c->up, at) };
}

/* Is it before the volume's middle, as one sees it? */
static bool is_before(const plot_scene *s, const double at[3])
{
    return dot(s->camera.toward, at) > dot(s->camera.toward, s->middle);
}

/* ------------------------------------------------------------------ places */

void plot_place_parallel(ptm_view *view, const plot_scene *s)
{
    const double length = plot_length(view->source), far = 1.6 * s->reach;
    double from_middle[3], ray[3];
    for (int k = 0; k < 3; ++k) {
        ray[k] = view->source[k] / length;
        from_middle[k] = view->detector[k] - s->middle[k];
    }
    const double along = dot(from_middle, ray);
    for (int k = 0; k < 3; ++k) {
        view->detector[k] += (far - along) * ray[k];
        view->source[k] = view->detector[k] - 2 * far * ray[k];
    }
}

/* The place of a pixel, counted from the detector's middle, on flat and bent detectors. */
static void pixel_place(double at[3], const plot_scene *s, const ptm_view *view, double u, double v)
{
    ptm_view turned = *view;
    if (s->cylindrical) cli_turn_view(&turned, u);
    for (int k = 0; k < 3; ++k) at[k] = turned.detector[k] + (s->cylindrical ? 0 : u * view->u[k]) + v * view->v[k];
}

/* The detector's edge: below along u, back above; point 0 is the corner of the first pixel. */
static void outline(double at[OUTLINE][3], const plot_scene *s, const ptm_view *view)
{
    for (int i = 0; i < OUTLINE; ++i) {
        const int step = i <= ARC ? i : OUTLINE - 1 - i;
        pixel_place(at[i], s, view, s->columns * ((double)step / ARC - 0.5), s->rows * (i <= ARC ? -0.5 : 0.5));
    }
}

/* Of four views, the first among them. They are not even, or a helix would have its detectors all on one side. */
static const ptm_view *some_view(const plot_scene *s, int i)
{
    static const double places[4] = { 0, 0.22, 0.45, 0.7 };
    return &s->views[(int)(places[i] * s->count)];
}

/* From the first source to a corner of its detector. */
static void edge_ray(double begin[3], double end[3], const plot_scene *s, int corner)
{
    const ptm_view *view = &s->views[0];
    pixel_place(end, s, view, s->columns * (corner & 1 ? 0.5 : -0.5), s->rows * (corner & 2 ? 0.5 : -0.5));
    for (int k = 0; k < 3; ++k) begin[k] = view->source[k] + (s->parallel ? end[k] - view->detector[k] : 0);
}

/* Corner i of the volume: bit k says on which side along axis k. */
static void corner(double at[3], const plot_scene *s, int i)
{
    const ptm_volume *v = &s->volume;
    for (int k = 0; k < 3; ++k) at[k] = v->offset[k] + ((i >> k & 1) - 0.5) * v->shape[2 - k] * v->spacing[k];
}

/* Where the arrow of an axis ends: out of the volume. */
static void axis_tip(double at[3], const plot_scene *s, int axis)
{
    const ptm_volume *v = &s->volume;
    for (int k = 0; k < 3; ++k)
        at[k] = k == axis ? v->offset[k] + 0.5 * v->shape[2 - k] * v->spacing[k] + 0.6 * s->reach : 0;
}

/* ------------------------------------------------------------------ the frame */

static void include(svg_box *box, const plot_camera *c, const double at[3])
{
    const svg_point p = see(c, at);
    *box = (svg_box){ fmin(box->left, p.x), fmin(box->top, p.y), fmax(box->right, p.x), fmax(box->bottom, p.y) };
}

void plot_frame(plot_scene *s)
{
    plot_camera *c = &s->camera;
    svg_box box = { INFINITY, INFINITY, -INFINITY, -INFINITY };
    double at[OUTLINE][3];
    *c = look(0.65, 0.42);
    for (int i = 0; i < s->count; ++i) include(&box, c, s->views[i].source);
    for (int i = 0; i < 4; ++i) {
        outline(at, s, some_view(s, i));
        for (int k = 0; k < OUTLINE; ++k) include(&box, c, at[k]);
        edge_ray(at[0], at[1], s, i);
        include(&box, c, at[0]);
    }
    for (int i = 0; i < 8; ++i) {
        corner(at[0], s, i);
        include(&box, c, at[0]);
    }
    for (int k = 0; k < 3; ++k) {
        axis_tip(at[0], s, k);
        include(&box, c, at[0]);
    }
    c->scale = fmin((PLOT_WIDTH - 2 * SIDE) / (box.right - box.left),
        (PLOT_BOTTOM - PLOT_TOP - SIDE) / (box.bottom - box.top));
    c->x = 0.5 * PLOT_WIDTH - c->scale * 0.5 * (box.left + box.right);
    c->y = 0.5 * (PLOT_TOP + PLOT_BOTTOM - 20) - c->scale * 0.5 * (box.top + box.bottom);
    s->page.drawing = (svg_box){ 6, PLOT_TOP - 14, PLOT_WIDTH - 6, PLOT_BOTTOM };
}

/* ------------------------------------------------------------------ the path */

/* From light to dark. */
void plot_colour(char to[8], int bin)
{
    static const double stops[3][3] = { { 250, 190, 60 }, { 204, 90, 10 }, { 90, 15, 50 } };
    const double part = 2.0 * bin / (PLOT_BINS - 1);
    const int first = part < 1 ? 0 : 1;
    unsigned mix[3];
    for (int k = 0; k < 3; ++k)
        mix[k] = (unsigned)(stops[first][k] + (part - first) * (stops[first + 1][k] - stops[first][k]) + 0.5);
    snprintf(to, 8, "#%02x%02x%02x", mix[0] & 255, mix[1] & 255, mix[2] & 255);
}

static double step_after(const plot_scene *s, int i)
{
    return distance(s->views[i].source, s->views[i + 1].source);
}

static int by_size(const void *a, const void *b)
{
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

/* The longest step that is drawn as a line. A path that jumps from view to view, as by golden angles, is dots alone. */
static double longest_step(const plot_scene *s)
{
    double *steps = malloc((size_t)s->count * sizeof *steps), extent = 0;
    if (!steps || s->count < 2) return free(steps), 0;
    for (int i = 0; i + 1 < s->count; ++i) {
        steps[i] = step_after(s, i);
        extent = fmax(extent, distance(s->views[0].source, s->views[i + 1].source));
    }
    qsort(steps, (size_t)(s->count - 1), sizeof *steps, by_size);
    const double usual = steps[(s->count - 1) / 2];
    free(steps);
    return usual < 0.25 * extent ? 3 * usual : 0;
}

/* The part of the path before the volume or behind it. */
static void draw_line(plot_scene *s, bool before, double longest)
{
    svg_add(&s->page, "<path fill=\"none\" stroke=\"#d9b38c\" d=\"");
    for (int i = 0; i + 1 < s->count; ++i) {
        if (step_after(s, i) > longest || is_before(s, s->views[i].source) != before) continue;
        const svg_point a = see(&s->camera, s->views[i].source), b = see(&s->camera, s->views[i + 1].source);
        svg_add(&s->page, "M%.1f %.1fL%.1f %.1f", a.x, a.y, b.x, b.y);
    }
    svg_add(&s->page, "\"/>\n");
}

static void draw_dots(plot_scene *s, bool before)
{
    const double size = fmax(2, fmin(5, 900.0 / s->count));
    for (int bin = 0; bin < PLOT_BINS; ++bin) {
        char colour[8];
        plot_colour(colour, bin);
        svg_add(&s->page, "<path stroke=\"%s\" stroke-width=\"%.1f\" stroke-linecap=\"round\" d=\"", colour, size);
        for (int i = 0; i < s->count; ++i) {
            if (i * PLOT_BINS / s->count != bin || is_before(s, s->views[i].source) != before) continue;
            const svg_point p = see(&s->camera, s->views[i].source);
            svg_add(&s->page, "M%.1f %.1fh0", p.x, p.y);
        }
        svg_add(&s->page, "\"/>\n");
    }
}

void plot_mark(svg_page *page, double x, double y, bool first)
{
    svg_add(page, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"6\" fill=\"%s\" stroke=\"%s\" stroke-width=\"2\"/>\n", x, y,
        first ? PLOT_SOURCE : "white", first ? "white" : "#5a0f32");
}

static void draw_ends(plot_scene *s, bool before)
{
    for (int i = s->count > 1; i >= 0; --i) {
        const double *at = s->views[i ? s->count - 1 : 0].source;
        const svg_point p = see(&s->camera, at);
        if (is_before(s, at) == before) plot_mark(&s->page, p.x, p.y, i == 0);
    }
}

/* ------------------------------------------------------------------ detectors */

/* Arrows from the first pixel along u and v. */
static void draw_directions(plot_scene *s)
{
    double from[3], to[3], inside[3];
    const ptm_view *view = &s->views[0];
    pixel_place(from, s, view, -0.5 * s->columns, -0.5 * s->rows);
    for (int k = 0; k < 2; ++k) {
        pixel_place(to, s, view, s->columns * (k ? -0.5 : -0.3), s->rows * (k ? -0.3 : -0.5));
        pixel_place(inside, s, view, s->columns * (k ? 0 : -0.3), s->rows * (k ? -0.3 : 0));
        const svg_point tip = see(&s->camera, to);
        svg_arrow(&s->page, see(&s->camera, from), tip, PLOT_DETECTOR);
        svg_label(&s->page, tip, see(&s->camera, inside), PLOT_DETECTOR, k ? "v" : "u");
    }
}

static void draw_detector(plot_scene *s, const ptm_view *view, bool first)
{
    double at[OUTLINE][3];
    svg_point seen[OUTLINE];
    outline(at, s, view);
    for (int i = 0; i < OUTLINE; ++i) seen[i] = see(&s->camera, at[i]);
    svg_lines(&s->page, seen, OUTLINE, true,
        first ? "fill=\"" PLOT_DETECTOR "\" fill-opacity=\"0.16\" stroke=\"" PLOT_DETECTOR "\" stroke-width=\"1.6\""
              : "fill=\"" PLOT_DETECTOR "\" fill-opacity=\"0.05\" stroke=\"" PLOT_DETECTOR "\" stroke-opacity=\"0.45\"");
}

/* Those that stand well away from those before. */
static void draw_detectors(plot_scene *s, bool before)
{
    const double *drawn[4];
    int count = 0;
    for (int i = 0; i < 4; ++i) {
        const ptm_view *view = some_view(s, i);
        const double size = fmax(s->columns * plot_length(view->u), s->rows * plot_length(view->v));
        bool apart = true;
        for (int j = 0; j < count; ++j) apart = apart && distance(view->detector, drawn[j]) > 0.3 * size;
        if (!apart) continue;
        drawn[count++] = view->detector;
        if (is_before(s, view->detector) == before) draw_detector(s, view, i == 0);
    }
}

static void draw_beam(plot_scene *s)
{
    double begin[3], end[3];
    for (int i = 0; i < 4; ++i) {
        edge_ray(begin, end, s, i);
        svg_lines(&s->page, (const svg_point[]){ see(&s->camera, begin), see(&s->camera, end) }, 2, false,
            "stroke=\"" PLOT_SOURCE "\" stroke-width=\"0.8\" stroke-opacity=\"0.7\"");
    }
}

/* ------------------------------------------------------------------ volume and axes */

/* Corner 2, with the lowest x and z and the highest y, is hidden by the rest. */
static void draw_volume(plot_scene *s)
{
    static const int faces[3][4] = { { 1, 3, 7, 5 }, { 0, 1, 5, 4 }, { 4, 5, 7, 6 } }, beside[3] = { 0, 3, 6 };
    double at[3];
    svg_point seen[8], face[4];
    for (int i = 0; i < 8; ++i) {
        corner(at, s, i);
        seen[i] = see(&s->camera, at);
    }
    for (int f = 0; f < 3; ++f) {
        for (int k = 0; k < 4; ++k) face[k] = seen[faces[f][k]];
        svg_lines(&s->page, face, 4, true,
            "fill=\"#dfe8f2\" fill-opacity=\"0.75\" stroke=\"" PLOT_VOLUME "\" stroke-linejoin=\"round\"");
    }
    for (int i = 0; i < 3; ++i)
        svg_lines(&s->page, (const svg_point[]){ seen[2], seen[beside[i]] }, 2, false,
            "stroke=\"" PLOT_VOLUME "\" stroke-opacity=\"0.5\" stroke-dasharray=\"3 3\"");
}

static void draw_axes(plot_scene *s)
{
    static const char *const names[3] = { "x", "y", "z" };
    const svg_point origin = see(&s->camera, (const double[]){ 0, 0, 0 });
    for (int k = 0; k < 3; ++k) {
        double tip[3];
        axis_tip(tip, s, k);
        const svg_point end = see(&s->camera, tip);
        svg_arrow(&s->page, origin, end, "#222");
        svg_label(&s->page, end, origin, "#222", names[k]);
    }
}

void plot_draw(plot_scene *s)
{
    const double longest = longest_step(s);
    for (int before = 0; before < 2; ++before) {
        draw_line(s, before, longest);
        draw_dots(s, before);
        draw_detectors(s, before);
        draw_ends(s, before);
        if (before) continue;
        draw_beam(s);
        draw_volume(s);
        draw_axes(s);
    }
    draw_directions(s);
}
