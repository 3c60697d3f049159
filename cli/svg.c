#include "svg.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846
#define LETTER 13.0 /* pixels that a letter of a label takes, with room around it */
#define LINE 16.0   /* and its height */

static bool make_room(svg_page *page, size_t more)
{
    if (page->failed || page->used + more < page->room) return !page->failed;
    const size_t room = 2 * (page->used + more) + 4096;
    char *grown = realloc(page->text, room);
    page->failed = grown == NULL;
    if (!grown) return false;
    page->text = grown;
    page->room = room;
    return true;
}

static void add_list(svg_page *page, const char *format, va_list list)
{
    va_list again;
    va_copy(again, list);
    const int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0 || !make_room(page, (size_t)length + 1)) return;
    vsnprintf(page->text + page->used, (size_t)length + 1, format, list);
    page->used += (size_t)length;
}

void svg_add(svg_page *page, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    add_list(page, format, list);
    va_end(list);
}

void svg_begin(svg_page *page, double width, double height, const char *title)
{
    *page = (svg_page){ .drawing = { 0, 0, width, height } };
    svg_add(page,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" font-family=\"sans-serif\" font-size=\"13\">\n",
        width, height);
    svg_add(page, "<title>%s</title>\n<rect width=\"%g\" height=\"%g\" fill=\"white\"/>\n", title, width, height);
}

void svg_end(svg_page *page)
{
    svg_add(page, "</svg>\n");
    if (!page->failed) return;
    free(page->text);
    page->text = NULL;
}

void svg_lines(svg_page *page, const svg_point *points, int count, bool closed, const char *style)
{
    svg_add(page, "<path d=\"M");
    for (int i = 0; i < count; ++i) svg_add(page, "%s%.1f %.1f", i ? "L" : "", points[i].x, points[i].y);
    svg_add(page, "%s\" %s/>\n", closed ? "Z" : "", style);
}

static void take(svg_page *page, svg_box box)
{
    if (page->taken_count < (int)(sizeof page->taken / sizeof *page->taken)) page->taken[page->taken_count++] = box;
}

void svg_arrow(svg_page *page, svg_point from, svg_point to, const char *colour)
{
    char style[80];
    const double dx = to.x - from.x, dy = to.y - from.y, length = hypot(dx, dy);
    if (length < 4) return; /* it points at the viewer */
    const double x = dx / length * 8, y = dy / length * 8;
    snprintf(style, sizeof style, "stroke=\"%s\" stroke-width=\"1.2\" fill=\"none\"", colour);
    svg_lines(page, (const svg_point[]){ from, { to.x - 0.8 * x, to.y - 0.8 * y } }, 2, false, style);
    snprintf(style, sizeof style, "fill=\"%s\"", colour);
    const svg_point tip[3] = { to, { to.x - x - 0.4 * y, to.y - y + 0.4 * x }, { to.x - x + 0.4 * y, to.y - y - 0.4 * x } };
    svg_lines(page, tip, 3, true, style);
    for (int i = 1; i <= 3; ++i) {
        const svg_point at = { from.x + dx * i / 3, from.y + dy * i / 3 };
        take(page, (svg_box){ at.x - 4, at.y - 4, at.x + 4, at.y + 4 });
    }
}

void svg_text(svg_page *page, double x, double y, const char *style, const char *format, ...)
{
    va_list list;
    svg_add(page, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, style);
    va_start(list, format);
    add_list(page, format, list);
    va_end(list);
    svg_add(page, "</text>\n");
}

/* How far a box reaches over others and over the edge of the drawing, pixels. */
static double overlap(const svg_page *page, svg_box box)
{
    double sum = fmax(0, page->drawing.left - box.left) + fmax(0, box.right - page->drawing.right)
        + fmax(0, page->drawing.top - box.top) + fmax(0, box.bottom - page->drawing.bottom);
    for (int i = 0; i < page->taken_count; ++i) {
        const svg_box *other = &page->taken[i];
        const double across = fmin(box.right, other->right) - fmax(box.left, other->left);
        const double down = fmin(box.bottom, other->bottom) - fmax(box.top, other->top);
        if (across > 0 && down > 0) sum += fmin(across, down);
    }
    return sum;
}

void svg_label(svg_page *page, svg_point at, svg_point away, const char *colour, const char *word)
{
    const double width = LETTER * (double)strlen(word), straight = atan2(at.y - away.y, at.x - away.x);
    svg_box best = { 0 };
    double least = INFINITY;
    /* Straight on, then further to the sides, then further out. */
    for (int i = 0; i < 32 && least > 0; ++i) {
        const int turn = (i % 8 + 1) / 2 * (i % 2 ? 1 : -1);
        const double angle = straight + turn * PI / 4, far = 15 + 10 * (i / 8);
        const double x = at.x + (far + 0.5 * (width - LETTER)) * cos(angle), y = at.y + far * sin(angle);
        const svg_box box = { x - 0.5 * width, y - 0.5 * LINE, x + 0.5 * width, y + 0.5 * LINE };
        const double here = overlap(page, box);
        if (here < least) best = box;
        least = fmin(least, here);
    }
    take(page, best);
    char style[200]; /* with a halo */
    snprintf(style, sizeof style,
        "text-anchor=\"middle\" font-size=\"15\" font-style=\"italic\" fill=\"%s\" paint-order=\"stroke\" "
        "stroke=\"white\" stroke-width=\"3\" stroke-linejoin=\"round\"", colour);
    svg_text(page, 0.5 * (best.left + best.right), best.bottom - 4, style, "%s", word);
}
