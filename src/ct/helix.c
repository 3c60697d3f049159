#include "ct/helix.h"

#include <math.h>

#define PI 3.14159265358979323846
/* Half a window's edge, in detector rows. A sharper one shows; a wider one counts voxels far from the axis unevenly: this
 * one does best for balls and rods, at 2.5 to 6 times their distance from the axis. */
#define LEAST_EDGE 1
#define USUAL_EDGE 1.25

double ptm_helix_place(const ptm_circle *c, const ptm_scan *scan, double column, double row)
{
    return 4 * ptm_circle_rise(c, scan, column, row) / c->pitch + 2 * ptm_circle_fan_angle(c, scan, column) / PI;
}

/* From 0 to 1, around 0. */
static double step_up(double x)
{
    return x <= -1 ? 0 : x >= 1 ? 1 : 0.5 + 0.5 * sin(0.5 * PI * x);
}

double ptm_helix_weight(const ptm_helix_window *w, double k)
{
    return (step_up((k + w->n) / w->smooth) - step_up((k - w->n) / w->smooth)) / w->n;
}

/* How large a window the detector has in every column. */
static double seen_by_rows(const ptm_circle *c, const ptm_scan *scan)
{
    double least = INFINITY;
    for (int u = 0; u < scan->nu; ++u) {
        const double a = ptm_helix_place(c, scan, u, 0), b = ptm_helix_place(c, scan, u, scan->nv - 1);
        least = fmin(least, fmin(-fmin(a, b), fmax(a, b)));
    }
    return least;
}

/* How large a window all of the volume is seen through, from the first views to the last; what is aside of the axis is
 * seen from further away. */
static double seen_by_views(const ptm_circle *c, const ptm_scan *scan)
{
    const ptm_volume *g = &scan->volume;
    const double half = 0.5 * g->shape[0] * g->spacing[2];
    const double margin = fmin(g->offset[2] - half - c->lowest, c->highest - g->offset[2] - half);
    const double aside = fmax(ptm_circle_distance(c, scan, 0), ptm_circle_distance(c, scan, scan->nu - 1));
    const double gamma = fmax(fabs(ptm_circle_fan_angle(c, scan, 0)), fabs(ptm_circle_fan_angle(c, scan, scan->nu - 1)));
    const double longer = c->parallel ? 1 : 1 + aside / c->sod;
    return 4 * margin / (fabs(c->pitch) * longer) - 2 * gamma / PI;
}

int ptm_helix_window_find(ptm_helix_window *out, const ptm_circle *c, const ptm_scan *scan, bool narrowest)
{
    const double rows = seen_by_rows(c, scan), views = seen_by_views(c, scan);
    const double row = 4 * fabs(c->dv / c->pitch) * c->sod / c->sdd;
    *out = (ptm_helix_window){ .n = 1 };
    if (rows < 1 + LEAST_EDGE * row)
        return ptm_fail(PTM_ERROR_ARGUMENT, "FBP needs a smaller pitch or more rows: the helix rises %g mm a turn, and the "
            "detector sees %.2f of the Tam-Danielson window, expected at least %.2f; an iterative solver takes any views",
            fabs(c->pitch), rows, 1 + LEAST_EDGE * row);
    while (!narrowest && out->n + 2 + LEAST_EDGE * row <= fmin(rows, views)) out->n += 2;
    out->smooth = fmin(rows - out->n, USUAL_EDGE * row);
    return PTM_OK;
}
