/* planes.c - the planes of detector columns in the slices of a volume. */
#include "ct/planes.h"
#include "ct/clearance.h"
#include "ct/upright.h"

/* Slices first to last - 1 are those in front of the source that the plane crosses inside the volume. */
static void slices(double *t, double place, double slope, int n, int across, double source, double ahead)
{
    double first = 0, last = n;
    if (ahead > 0) first = fmax(first, ceil(source + CLEARANCE));
    if (ahead < 0) last = fmin(last, floor(source - CLEARANCE) + 1);
    if (slope != 0) {
        const double a = (-1 - place) / slope, b = (across - place) / slope;
        first = fmax(first, floor(fmin(a, b)));
        last = fmin(last, ceil(fmax(a, b)) + 1);
    } else if (place <= -1 || place >= across) {
        last = first;
    }
    t[UPRIGHT_FIRST] = fmin(first, n);
    t[UPRIGHT_LAST] = fmax(last, 0);
}

void ptm_ray_plane(double *t, const ptm_scan *scan, const ptm_index_view *view, double u, bool by_y)
{
    const ptm_vec middle = ptm_volume_middle(&scan->volume), step = ptm_vec_from(scan->volume.spacing);
    const ptm_vec pixel = ptm_index_pixel(scan, view, u);
    const ptm_vec from = ptm_add(scan->parallel ? pixel : view->source, middle); /* counted from voxel 0 */
    const ptm_vec along = scan->parallel ? view->source : ptm_sub(pixel, view->source);
    const double ahead = by_y ? along.y : along.x, source = by_y ? from.y : from.x;
    const double slope = (by_y ? along.x : along.y) / ahead, place = (by_y ? from.x : from.y) - source * slope;
    t[UPRIGHT_AXIS] = by_y ? 2 : 1;
    t[UPRIGHT_PLACE] = place;
    t[UPRIGHT_SLOPE] = slope;
    t[UPRIGHT_ZI] = along.z / ahead;
    t[UPRIGHT_Z0] = from.z - source * t[UPRIGHT_ZI];
    t[UPRIGHT_ZIV] = scan->parallel ? 0 : view->v.z / ahead;
    t[UPRIGHT_ZV] = scan->parallel ? view->v.z : -source * t[UPRIGHT_ZIV];
    const double main_step = by_y ? step.y : step.x, other_step = by_y ? step.x : step.y;
    t[UPRIGHT_LENGTH2] = main_step * main_step + slope * slope * other_step * other_step;
    if (scan->stack) {
        t[UPRIGHT_ZI] = t[UPRIGHT_Z0] = t[UPRIGHT_ZIV] = 0;
        t[UPRIGHT_ZV] = 1;
    }
    t[UPRIGHT_RISE0] = t[UPRIGHT_ZI] * step.z;
    t[UPRIGHT_RISEV] = t[UPRIGHT_ZIV] * step.z;
    const ptm_volume *volume = &scan->volume;
    slices(t, place, slope, volume->shape[by_y ? 1 : 2], volume->shape[by_y ? 2 : 1], source, scan->parallel ? 0 : ahead);
}

void ptm_upright_plane(double *t, const ptm_scan *scan, const ptm_index_view *view, int u)
{
    const ptm_vec along = scan->parallel ? view->source : ptm_sub(ptm_index_pixel(scan, view, u), view->source);
    ptm_ray_plane(t, scan, view, u, fabs(along.y) > fabs(along.x));
}

/* The plane of a column, whole number or not, along an axis that is not its own: place and slope; false if it runs along
 * slices or against the column whose axis it is. */
static bool plane_along(
    double line[2], const ptm_scan *scan, const ptm_index_view *view, double u, bool by_y, double ahead_of_column)
{
    const ptm_vec middle = ptm_volume_middle(&scan->volume), pixel = ptm_index_pixel(scan, view, u);
    const ptm_vec from = ptm_add(scan->parallel ? pixel : view->source, middle);
    const ptm_vec along = scan->parallel ? view->source : ptm_sub(pixel, view->source);
    const double ahead = by_y ? along.y : along.x, across = by_y ? along.x : along.y;
    if (!(ahead * ahead_of_column > 0) || fabs(ahead) < 1e-3 * fabs(across)) return false;
    line[1] = across / ahead;
    line[0] = (by_y ? from.x : from.y) - (by_y ? from.y : from.x) * line[1];
    return true;
}

bool ptm_column_edges_of(ptm_column_edges *out, const ptm_scan *scan, const ptm_index_view *view, int u, double apart)
{
    const ptm_vec along = scan->parallel ? view->source : ptm_sub(ptm_index_pixel(scan, view, u), view->source);
    const bool by_y = fabs(along.y) > fabs(along.x);
    const double ahead = by_y ? along.y : along.x;
    ptm_column_edges e = { by_y, { 0 }, { 0 } };
    if (!plane_along(e.low, scan, view, u - apart, by_y, ahead) ||
        !plane_along(e.high, scan, view, u + apart, by_y, ahead)) {
        *out = (ptm_column_edges){ by_y, { -1e6, 0 }, { 1e6, 0 } };
        return false;
    }
    /* In front of the source the planes keep their order; parallel ones keep it everywhere. */
    const bool in_order = scan->parallel ? e.low[0] <= e.high[0] : (e.low[1] <= e.high[1]) == (ahead > 0);
    *out = in_order ? e : (ptm_column_edges){ by_y, { e.high[0], e.high[1] }, { e.low[0], e.low[1] } };
    return true;
}

bool ptm_upright_strip(double *t, const ptm_scan *scan, const ptm_index_view *view, int u)
{
    ptm_column_edges e;
    const bool narrow = ptm_column_edges_of(&e, scan, view, u, 1);
    t[UPRIGHT_STRIP_AXIS] = e.by_y ? 2 : 1;
    t[UPRIGHT_LOW0] = e.low[0];
    t[UPRIGHT_LOW1] = e.low[1];
    t[UPRIGHT_HIGH0] = e.high[0];
    t[UPRIGHT_HIGH1] = e.high[1];
    return narrow;
}
