/* svg.h - a page of SVG: lines, areas, text, in pixels from the upper left corner. */
#ifndef PTM_CLI_SVG_H
#define PTM_CLI_SVG_H
#include <stdbool.h>
#include <stddef.h>

typedef struct svg_point { double x, y; } svg_point;
typedef struct svg_box { double left, top, right, bottom; } svg_box;

/* Text that grows; NULL where there was no memory. Free it. */
typedef struct svg_page {
    char *text;
    size_t used, room;
    bool failed;
    svg_box drawing;   /* where labels may be */
    svg_box taken[32]; /* by labels and arrows */
    int taken_count;
} svg_page;

void svg_begin(svg_page *page, double width, double height, const char *title);
void svg_end(svg_page *page);
void svg_add(svg_page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A polyline or, closed, a polygon; `style` is attributes. */
void svg_lines(svg_page *page, const svg_point *points, int count, bool closed, const char *style);
void svg_arrow(svg_page *page, svg_point from, svg_point to, const char *colour);
void svg_text(svg_page *page, double x, double y, const char *style, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* A word near a point, on its far side from `away`, where no other label and no arrow is. */
void svg_label(svg_page *page, svg_point at, svg_point away, const char *colour, const char *word);
#endif
