/* plot.h - a picture of a geometry: what is in it, drawn on a page. */
#ifndef PTM_CLI_PLOT_H
#define PTM_CLI_PLOT_H
#include "cli.h"
#include "svg.h"

#define PLOT_WIDTH 720.0
#define PLOT_HEIGHT 600.0
#define PLOT_TOP 62.0     /* of the drawing; the title is above */
#define PLOT_BOTTOM 500.0 /* the legend is below */
#define PLOT_BINS 10      /* of colours along the path */

#define PLOT_VOLUME "#445566"
#define PLOT_DETECTOR "#0066aa"
#define PLOT_SOURCE "#cc6600"

/* Seen from the front right and from above, without perspective: x to the right, y into the page, z up. */
typedef struct plot_camera {
    double right[3], up[3], toward[3];
    double scale, x, y; /* page = (x + scale right, y - scale up) */
} plot_camera;

typedef struct plot_scene {
    ptm_volume volume;
    double middle[3], reach; /* of the volume: its centre, and from there to its corners */
    int rows, columns;
    bool parallel, cylindrical;
    int count;               /* of views that are drawn */
    ptm_view *views;
    plot_camera camera;
    svg_page page;
} plot_scene;

double plot_length(const double a[3]);
/* Rays of a parallel beam are drawn from as far before the volume as the detector is behind it: where both are does not
 * matter. */
void plot_place_parallel(ptm_view *view, const plot_scene *s);
/* Sets the camera so that all of it is as large as the drawing allows. */
void plot_frame(plot_scene *s);
/* Path, detectors, volume and axes, those behind first. */
void plot_draw(plot_scene *s);
/* For the legend: the colour of a bin, and the marks of the first and the last source. */
void plot_colour(char to[8], int bin);
void plot_mark(svg_page *page, double x, double y, bool first);
#endif
