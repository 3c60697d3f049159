/* tables.c - scans as tables for kernels. */
#include "ct/tables.h"
#include "ct/flat.h"
#include "ct/general.h"
#include "ct/level.h"
#include "ct/upright.h"
#include "ct/view.h"
#include "field_layout.h"

#include <stdlib.h>
#include <string.h>

#define CLEARANCE 1e-3 /* slices nearer to the source than this part of a voxel are left out */

void ptm_table_free(ptm_table *table)
{
    free(table->values);
    *table = (ptm_table){ 0 };
}

static int make(ptm_table *out, size_t rows, size_t columns)
{
    *out = (ptm_table){ ptm_alloc(rows, columns * sizeof(double)), rows * columns };
    return out->values ? PTM_OK : PTM_ERROR_MEMORY;
}

/* A place in units of voxels, counted from voxel (0, 0, 0); a step in the same units. */
static ptm_vec steps_of(const ptm_volume *volume)
{
    return ptm_vec_from(volume->spacing);
}
static ptm_vec centre_of(const ptm_volume *volume)
{
    return ptm_vec_from(volume->offset);
}
static ptm_vec middle_of(const ptm_volume *volume)
{
    return (ptm_vec){ 0.5 * (volume->shape[2] - 1), 0.5 * (volume->shape[1] - 1), 0.5 * (volume->shape[0] - 1) };
}
static ptm_vec divide(ptm_vec a, ptm_vec b)
{
    return (ptm_vec){ a.x / b.x, a.y / b.y, a.z / b.z };
}

/* A view with its vectors in units of voxels about the volume's centre; `detector` is pixel (0, 0). For a cylindrical detector
 * u and detector are those of the flat one that touches it in the middle. */
typedef struct index_view { ptm_vec source, detector, u, v; const ptm_view *view; } index_view;
static index_view to_index(const ptm_scan *scan, const ptm_view *view)
{
    const ptm_vec step = steps_of(&scan->volume), centre = centre_of(&scan->volume);
    index_view r = { ptm_vec_from(view->source), ptm_vec_from(view->detector), ptm_vec_from(view->u), ptm_vec_from(view->v), view };
    r.detector = ptm_sub(r.detector, ptm_add(ptm_scale(r.u, 0.5 * (scan->nu - 1)), ptm_scale(r.v, 0.5 * (scan->nv - 1))));
    r.detector = divide(ptm_sub(r.detector, centre), step);
    r.source = divide(scan->parallel ? r.source : ptm_sub(r.source, centre), step);
    r.u = divide(r.u, step);
    r.v = divide(r.v, step);
    return r;
}

/* Where pixel (u, 0) is, in the same units. */
static ptm_vec index_pixel(const ptm_scan *scan, const index_view *view, double u)
{
    if (!scan->cylindrical) return ptm_add(view->detector, ptm_scale(view->u, u));
    return divide(ptm_sub(ptm_pixel_place(scan, view->view, u, 0), centre_of(&scan->volume)), steps_of(&scan->volume));
}

/* A cylindrical detector's columns as kernels need them (shaders/ct/arc.h): the angle between two, 0 where it is flat; and the
 * row at the source's height. */
typedef struct arc { double step, middle, level; } arc;
static arc arc_of(const ptm_scan *scan, const index_view *view)
{
    if (!scan->cylindrical) return (arc){ 0 };
    const ptm_cylinder c = ptm_cylinder_of(view->view);
    return (arc){ c.step, 0.5 * (scan->nu - 1), 0.5 * (scan->nv - 1) - c.height / ptm_length(ptm_vec_from(view->view->v)) };
}

/* A voxel X, about the volume's centre, falls on pixel (u.X / w.X, v.X / w.X); constants in [0], then x, y, z. w is the
 * depth along the central ray, 1 at the volume's centre where that is in front of the source. */
typedef struct homography { double u[4], v[4], w[4], at_origin, from_origin; } homography;

static void form(double out[4], ptm_vec row, ptm_vec from, double constant)
{
    out[0] = constant - ptm_dot(row, from);
    out[1] = row.x;
    out[2] = row.y;
    out[3] = row.z;
}

static double value_at(const double a[4], ptm_vec x)
{
    return a[0] + a[1] * x.x + a[2] * x.y + a[3] * x.z;
}

/* X - S = w (E + a U + b V), E from the source to pixel (0, 0): the rows of the inverse of (E U V) give w, w a and w b. For
 * parallel beams X - P = t R + a U + b V in the same way, with w = 1. */
static homography homography_of(const ptm_scan *scan, const index_view *view)
{
    homography h;
    const ptm_vec e = scan->parallel ? view->source : ptm_sub(view->detector, view->source);
    const ptm_vec from = scan->parallel ? view->detector : view->source;
    const double volume = ptm_dot(e, ptm_cross(view->u, view->v));
    const ptm_vec row_a = ptm_scale(ptm_cross(view->v, e), 1 / volume), row_b = ptm_scale(ptm_cross(e, view->u), 1 / volume);
    form(h.u, row_a, from, 0);
    form(h.v, row_b, from, 0);
    h.at_origin = h.from_origin = 1;
    if (scan->parallel) {
        form(h.w, (ptm_vec){ 0, 0, 0 }, from, 1);
        return h;
    }
    form(h.w, ptm_scale(ptm_cross(view->u, view->v), 1 / volume), from, 0);
    /* Scale so that w is 1 at the centre; where that is at or behind the source, any scale does. */
    const double reach = fabs(h.w[1]) + fabs(h.w[2]) + fabs(h.w[3]);
    const double scale = h.w[0] > 1e-6 * reach ? 1 / h.w[0] : 1 / reach;
    for (int i = 0; i < 4; ++i) {
        h.u[i] *= scale;
        h.v[i] *= scale;
        h.w[i] *= scale;
    }
    const ptm_vec origin = divide(ptm_scale(centre_of(&scan->volume), -1), steps_of(&scan->volume));
    h.at_origin = h.from_origin = value_at(h.w, origin);
    if (scan->cylindrical && h.at_origin > 0) {
        const arc a = arc_of(scan, view);
        h.from_origin = h.at_origin * hypot(1, (value_at(h.u, origin) / h.at_origin - a.middle) * a.step);
    }
    return h;
}

/* The weight of back-projection is that of depth, or of distance where the detector is cylindrical, relative to the origin's. */
static double origin_weight(const homography *h)
{
    return h->at_origin > 0 ? h->from_origin * h->from_origin : 1;
}
static double nearest(const homography *h, double near_fraction)
{
    return near_fraction * (h->at_origin > 0 ? h->at_origin : 1);
}

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

/* The plane of column u, whole number or not, crossed along y or x. */
static void ray_plane(double *t, const ptm_scan *scan, const index_view *view, double u, bool by_y)
{
    const ptm_vec middle = middle_of(&scan->volume), step = steps_of(&scan->volume);
    const ptm_vec pixel = index_pixel(scan, view, u);
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

int ptm_upright_views(ptm_table *out, const ptm_scan *scan, double near_fraction)
{
    int status = make(out, (size_t)ptm_scan_all_views(scan), UPRIGHT_VIEW);
    if (status) return status;
    const ptm_vec middle = middle_of(&scan->volume);
    for (int i = 0; i < ptm_scan_all_views(scan); ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        const homography h = homography_of(scan, &view);
        double *t = out->values + (size_t)i * UPRIGHT_VIEW;
        t[UPRIGHT_U0] = h.u[0] - h.u[1] * middle.x - h.u[2] * middle.y;
        t[UPRIGHT_UX] = h.u[1];
        t[UPRIGHT_UY] = h.u[2];
        t[UPRIGHT_W0] = h.w[0] - h.w[1] * middle.x - h.w[2] * middle.y;
        t[UPRIGHT_WX] = h.w[1];
        t[UPRIGHT_WY] = h.w[2];
        /* v.X = v3 (z - s) + v0' w, where the source's height s is that of all voxels at v0'. */
        const double level = scan->parallel ? 0 : view.source.z;
        t[UPRIGHT_V0] = scan->stack ? 0 : (level - view.detector.z) / view.v.z;
        t[UPRIGHT_VW] = scan->stack ? 0 : -h.v[3] * (level + middle.z);
        t[UPRIGHT_VZ] = scan->stack ? 0 : h.v[3];
        t[UPRIGHT_VSTACK] = scan->stack;
        const arc bent = arc_of(scan, &view);
        t[UPRIGHT_ARC] = bent.step;
        t[UPRIGHT_MIDDLE] = bent.middle;
        t[UPRIGHT_WEIGHT] = origin_weight(&h);
        t[UPRIGHT_NEAR] = nearest(&h, near_fraction);
    }
    return PTM_OK;
}

static void upright_plane(double *t, const ptm_scan *scan, const index_view *view, int u)
{
    const ptm_vec along = scan->parallel ? view->source : ptm_sub(index_pixel(scan, view, u), view->source);
    ray_plane(t, scan, view, u, fabs(along.y) > fabs(along.x));
}

int ptm_upright_planes(ptm_table *out, const ptm_scan *scan)
{
    int status = make(out, (size_t)ptm_scan_all_views(scan) * (size_t)scan->nu, UPRIGHT_PLANE);
    if (status) return status;
    double *t = out->values;
    for (int i = 0; i < ptm_scan_all_views(scan); ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        for (int u = 0; u < scan->nu; ++u, t += UPRIGHT_PLANE) upright_plane(t, scan, &view, u);
    }
    return PTM_OK;
}

/* At most so many columns of a fan give something to a line of voxels; counted as shaders/ct/columns_near.h finds them. */
static double columns_near(const double *t, const ptm_scan *scan)
{
    double widest = 0;
    for (int corner = 0; corner < 4; ++corner) {
        const double x = corner & 1 ? scan->volume.shape[2] - 1 : 0, y = corner & 2 ? scan->volume.shape[1] - 1 : 0;
        double low = scan->nu, high = -1;
        for (int side = 0; side < 4; ++side) {
            const double px = x + (side & 1 ? 1 - (side & 2) : 0), py = y + (side & 1 ? 0 : 1 - (side & 2));
            const double w = t[UPRIGHT_W0] + t[UPRIGHT_WX] * px + t[UPRIGHT_WY] * py;
            const double u = (t[UPRIGHT_U0] + t[UPRIGHT_UX] * px + t[UPRIGHT_UY] * py) / w;
            if (!(w > 0)) return scan->nu;
            low = fmin(low, u);
            high = fmax(high, u);
        }
        widest = fmax(widest, high - low);
    }
    return fmin(floor(1.05 * widest) + 2, scan->nu);
}

/* Of parallel beams the same; and where their planes pass. */
static double level_planes(double *row, size_t pitch, const ptm_scan *scan, const index_view *view)
{
    const bool by_y = fabs(view->source.y) > fabs(view->source.x);
    double plane[UPRIGHT_PLANE], next[UPRIGHT_PLANE];
    ray_plane(plane, scan, view, 0, by_y);
    ray_plane(next, scan, view, 1, by_y);
    const double step = next[UPRIGHT_PLACE] - plane[UPRIGHT_PLACE];
    row[LEVEL_AWAY0 * pitch] = -plane[UPRIGHT_PLACE];
    row[LEVEL_AWAYX * pitch] = by_y ? 1 : -plane[UPRIGHT_SLOPE];
    row[LEVEL_AWAYY * pitch] = by_y ? -plane[UPRIGHT_SLOPE] : 1;
    row[LEVEL_STEP * pitch] = step;
    row[LEVEL_OVER * pitch] = 1 / step;
    row[LEVEL_LENGTH * pitch] = sqrt(plane[UPRIGHT_LENGTH2]);
    return ceil(2 / fabs(step) * (1 - 1e-9));
}

/* The height of pixel (0, 0) above voxel 0. */
static double level_shift(const ptm_scan *scan, const index_view *view)
{
    return scan->stack ? 0 : view->detector.z + middle_of(&scan->volume).z;
}

bool ptm_scan_is_level(const ptm_scan *scan)
{
    if (scan->cylindrical || !(scan->parallel || scan->stack) || !ptm_scan_is_upright(scan)) return false;
    double shift = 0;
    for (int i = 0; i < ptm_scan_all_views(scan) && !scan->stack; ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        const double z = level_shift(scan, &view);
        if (i == 0) shift = round(z);
        if (fabs(z - shift) > 1e-9 || fabs(view.v.z - 1) * scan->nv > 1e-9) return false;
    }
    return true;
}

/* The upright views, and behind them the level rows. */
int ptm_level_views(ptm_table *out, const ptm_scan *scan, double near_fraction)
{
    static const int same[][2] = { { LEVEL_U0, UPRIGHT_U0 }, { LEVEL_UX, UPRIGHT_UX }, { LEVEL_UY, UPRIGHT_UY },
        { LEVEL_W0, UPRIGHT_W0 }, { LEVEL_WX, UPRIGHT_WX }, { LEVEL_WY, UPRIGHT_WY }, { LEVEL_WEIGHT, UPRIGHT_WEIGHT },
        { LEVEL_NEAR, UPRIGHT_NEAR } };
    const size_t views = (size_t)ptm_scan_all_views(scan);
    ptm_table upright;
    int status = ptm_upright_views(&upright, scan, near_fraction);
    if (!status) status = make(out, views, UPRIGHT_VIEW + LEVEL_ROWS);
    double most = 0;
    for (size_t i = 0; i < views && !status; ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        const double *t = upright.values + i * UPRIGHT_VIEW;
        double *row = out->values + views * UPRIGHT_VIEW + i;
        memcpy(out->values + i * UPRIGHT_VIEW, t, UPRIGHT_VIEW * sizeof *t);
        for (size_t k = 0; k < sizeof same / sizeof *same; ++k) row[(size_t)same[k][0] * views] = t[same[k][1]];
        row[LEVEL_SHIFT * views] = round(level_shift(scan, &view));
        most = fmax(most, scan->parallel ? level_planes(row, views, scan, &view) : columns_near(t, scan));
    }
    for (size_t i = 0; i < views && !status; ++i) out->values[views * (UPRIGHT_VIEW + LEVEL_PAIRS) + i] = ceil(most / 2);
    ptm_table_free(&upright);
    return status;
}

/* The plane of a column, whole number or not, along an axis that is not its own: place and slope; false if it runs along slices or
 * against the column whose axis it is. */
static bool plane_along(double line[2], const ptm_scan *scan, const index_view *view, double u, bool by_y, double ahead_of_column)
{
    const ptm_vec middle = middle_of(&scan->volume), pixel = index_pixel(scan, view, u);
    const ptm_vec from = ptm_add(scan->parallel ? pixel : view->source, middle);
    const ptm_vec along = scan->parallel ? view->source : ptm_sub(pixel, view->source);
    const double ahead = by_y ? along.y : along.x, across = by_y ? along.x : along.y;
    if (!(ahead * ahead_of_column > 0) || fabs(ahead) < 1e-3 * fabs(across)) return false;
    line[1] = across / ahead;
    line[0] = (by_y ? from.x : from.y) - (by_y ? from.y : from.x) * line[1];
    return true;
}

static void upright_strip(double *t, const ptm_scan *scan, const index_view *view, int u)
{
    const ptm_vec along = scan->parallel ? view->source : ptm_sub(index_pixel(scan, view, u), view->source);
    const bool by_y = fabs(along.y) > fabs(along.x);
    const double ahead = by_y ? along.y : along.x;
    double a[2], b[2];
    t[UPRIGHT_STRIP_AXIS] = by_y ? 2 : 1;
    if (!plane_along(a, scan, view, u - 1.0, by_y, ahead) || !plane_along(b, scan, view, u + 1.0, by_y, ahead)) {
        t[UPRIGHT_LOW0] = -1e6;
        t[UPRIGHT_HIGH0] = 1e6;
        t[UPRIGHT_LOW1] = t[UPRIGHT_HIGH1] = 0;
        return;
    }
    /* In front of the source the planes keep their order; parallel ones keep it everywhere. */
    const bool in_order = scan->parallel ? a[0] <= b[0] : (a[1] <= b[1]) == (ahead > 0);
    const double *low = in_order ? a : b, *high = in_order ? b : a;
    t[UPRIGHT_LOW0] = low[0];
    t[UPRIGHT_LOW1] = low[1];
    t[UPRIGHT_HIGH0] = high[0];
    t[UPRIGHT_HIGH1] = high[1];
}

int ptm_upright_strips(ptm_table *out, const ptm_scan *scan)
{
    int status = make(out, (size_t)ptm_scan_all_views(scan) * (size_t)scan->nu, UPRIGHT_STRIP);
    if (status) return status;
    double *t = out->values;
    for (int i = 0; i < ptm_scan_all_views(scan); ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        for (int u = 0; u < scan->nu; ++u, t += UPRIGHT_STRIP) upright_strip(t, scan, &view, u);
    }
    return PTM_OK;
}

/* How wide the shadow of a pixel and its neighbours along x or y is at (x, y), in columns. */
static double shadow(const double *t, double x, double y, double dx, double dy)
{
    const double w0 = t[FLAT_W0] + t[FLAT_WX] * (x - dx) + t[FLAT_WY] * (y - dy), u0 = t[FLAT_U0] + t[FLAT_UX] * (x - dx) + t[FLAT_UY] * (y - dy);
    const double w1 = t[FLAT_W0] + t[FLAT_WX] * (x + dx) + t[FLAT_WY] * (y + dy), u1 = t[FLAT_U0] + t[FLAT_UX] * (x + dx) + t[FLAT_UY] * (y + dy);
    return fabs(u1 / w1 - u0 / w0);
}

/* The main axes along a view's columns; false if they change more than twice. */
static bool flat_axes(double *t, const ptm_scan *scan, const index_view *view)
{
    double plane[UPRIGHT_PLANE], axis = 0;
    int part = -1;
    for (int u = 0; u < scan->nu; ++u) {
        upright_plane(plane, scan, view, u);
        if (plane[UPRIGHT_AXIS] == axis) continue;
        axis = plane[UPRIGHT_AXIS];
        if (++part > 2) return false;
        for (int k = part; k < 3; ++k) t[FLAT_A0 + k] = axis;
        if (part > 0) t[FLAT_CUT0 + part - 1] = u;
    }
    for (int k = part < 0 ? 0 : part; k < 2; ++k) t[FLAT_CUT0 + k] = scan->nu;
    return true;
}

/* Which way places on the other axis go with the columns, part by part; and where parallel rays cross. */
static void flat_signs(double *t, const ptm_scan *scan, const index_view *view)
{
    double plane[UPRIGHT_PLANE], next[UPRIGHT_PLANE];
    for (int part = 0; part < 3; ++part) {
        const double u = part == 0 ? 0 : t[FLAT_CUT0 + part - 1];
        ray_plane(plane, scan, view, u - 0.25, t[FLAT_A0 + part] > 1.5);
        ray_plane(next, scan, view, u + 0.25, t[FLAT_A0 + part] > 1.5);
        t[FLAT_SIGN0 + part] = next[UPRIGHT_PLACE] > plane[UPRIGHT_PLACE] ? 1 : -1;
    }
    t[FLAT_PARALLEL] = scan->parallel;
    if (!scan->parallel) return;
    ray_plane(plane, scan, view, 0, t[FLAT_A0] > 1.5);
    ray_plane(next, scan, view, 1, t[FLAT_A0] > 1.5);
    t[FLAT_PLACE0] = plane[UPRIGHT_PLACE];
    t[FLAT_STEP] = next[UPRIGHT_PLACE] - plane[UPRIGHT_PLACE];
    t[FLAT_SLOPE0] = plane[UPRIGHT_SLOPE];
}

/* A column's strip; false if there is none. */
static bool flat_strip(double *strip, const ptm_scan *scan, const index_view *view, int u)
{
    upright_strip(strip, scan, view, u);
    return strip[UPRIGHT_LOW0] > -1e6;
}

/* The most pixels that a column's strip takes in a slice; 0 if a column has no strip. */
static double strip_taps(const ptm_scan *scan, const index_view *view)
{
    double strip[UPRIGHT_STRIP], widest = 0;
    for (int u = 0; u < scan->nu; ++u) {
        if (!flat_strip(strip, scan, view, u)) return 0;
        const int last = scan->volume.shape[strip[UPRIGHT_STRIP_AXIS] > 1.5 ? 1 : 2] - 1;
        for (int i = 0; i <= 1; ++i)
            widest = fmax(widest, strip[UPRIGHT_HIGH0] - strip[UPRIGHT_LOW0] + i * last * (strip[UPRIGHT_HIGH1] - strip[UPRIGHT_LOW1]));
    }
    return ceil(1.01 * widest + 2 * (double)FLAT_SLACK);
}

/* Fills in a view; false if the flat kernels cannot serve it. */
static bool flat_view(double *t, const ptm_scan *scan, const index_view *view, double near_fraction)
{
    const ptm_vec middle = middle_of(&scan->volume);
    const homography h = homography_of(scan, view);
    t[FLAT_U0] = h.u[0] - h.u[1] * middle.x - h.u[2] * middle.y;
    t[FLAT_UX] = h.u[1];
    t[FLAT_UY] = h.u[2];
    t[FLAT_W0] = h.w[0] - h.w[1] * middle.x - h.w[2] * middle.y;
    t[FLAT_WX] = h.w[1];
    t[FLAT_WY] = h.w[2];
    t[FLAT_WEIGHT] = origin_weight(&h);
    t[FLAT_NEAR] = nearest(&h, near_fraction);
    if (!flat_axes(t, scan, view)) return false;
    const bool by_x = t[FLAT_A0] < 1.5 || t[FLAT_A1] < 1.5 || t[FLAT_A2] < 1.5;
    const bool by_y = t[FLAT_A0] > 1.5 || t[FLAT_A1] > 1.5 || t[FLAT_A2] > 1.5;
    flat_signs(t, scan, view);
    double widest = 0;
    for (int corner = 0; corner < 4; ++corner) {
        const double x = corner & 1 ? scan->volume.shape[2] : -1, y = corner & 2 ? scan->volume.shape[1] : -1;
        /* All of the image lies in front of the source, so that no slice behind it counts. */
        if (t[FLAT_W0] + t[FLAT_WX] * x + t[FLAT_WY] * y < 0.05) return false;
        if (by_y) widest = fmax(widest, shadow(t, x, y, 1, 0));
        if (by_x) widest = fmax(widest, shadow(t, x, y, 0, 1));
    }
    t[FLAT_TAPS] = ceil(1.01 * widest + 2 * (double)FLAT_SLACK);
    t[FLAT_STRIP_TAPS] = strip_taps(scan, view);
    return t[FLAT_TAPS] <= scan->nu + 2 && t[FLAT_STRIP_TAPS] > 0;
}

bool ptm_scan_is_flat(const ptm_scan *scan)
{
    if (scan->volume.shape[0] != 1 || scan->nv != 1 || scan->cylindrical || !ptm_scan_is_upright(scan)) return false;
    if (scan->nu > ROW_MOST || scan->volume.shape[1] > ROW_MOST || scan->volume.shape[2] > ROW_MOST) return false;
    for (int i = 0; i < ptm_scan_all_views(scan); ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        const double source = scan->parallel ? 0 : view.source.z;
        double t[FLAT_VIEW];
        const bool level = scan->stack || (fabs(view.detector.z) <= 1e-9 && fabs(source) <= 1e-9);
        if (!level || !flat_view(t, scan, &view, 0.05)) return false;
    }
    return true;
}

int ptm_flat_views(ptm_table *out, const ptm_scan *scan, double near_fraction)
{
    int status = make(out, (size_t)ptm_scan_all_views(scan), FLAT_VIEW);
    for (int i = 0; i < ptm_scan_all_views(scan) && !status; ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        flat_view(out->values + (size_t)i * FLAT_VIEW, scan, &view, near_fraction);
    }
    return status;
}

int ptm_flat_rays(ptm_table *out, const ptm_scan *scan)
{
    int status = make(out, (size_t)ptm_scan_all_views(scan) * FLAT_RAY, (size_t)scan->nu);
    for (int i = 0; i < ptm_scan_all_views(scan) && !status; ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        double *t = out->values + (size_t)i * FLAT_RAY * (size_t)scan->nu, plane[UPRIGHT_PLANE];
        for (int u = 0; u < scan->nu; ++u) {
            upright_plane(plane, scan, &view, u);
            t[FLAT_PLACE * scan->nu + u] = plane[UPRIGHT_PLACE];
            t[FLAT_SLOPE * scan->nu + u] = plane[UPRIGHT_SLOPE];
            t[FLAT_LENGTH * scan->nu + u] = sqrt(plane[UPRIGHT_LENGTH2]);
        }
    }
    return status;
}

int ptm_flat_strips(ptm_table *out, const ptm_scan *scan)
{
    int status = make(out, (size_t)ptm_scan_all_views(scan) * FLAT_STRIP, (size_t)scan->nu);
    for (int i = 0; i < ptm_scan_all_views(scan) && !status; ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        double *t = out->values + (size_t)i * FLAT_STRIP * (size_t)scan->nu, strip[UPRIGHT_STRIP];
        for (int u = 0; u < scan->nu; ++u) {
            flat_strip(strip, scan, &view, u);
            t[FLAT_LOW0 * scan->nu + u] = strip[UPRIGHT_LOW0];
            t[FLAT_LOW1 * scan->nu + u] = strip[UPRIGHT_LOW1];
        }
    }
    return status;
}

/* A detector column's rays: direction and moment at pixel (u, 0), and their change per row, which is the same for all columns. */
typedef struct bundle { ptm_vec d, dv, m, mv; } bundle;
static bundle bundle_of(const ptm_scan *scan, const index_view *view, int u)
{
    bundle b = { 0 };
    const ptm_vec pixel = index_pixel(scan, view, u);
    if (scan->parallel) {
        b.d = ptm_scale(view->source, 1 / ptm_length(view->source));
        b.m = ptm_cross(pixel, b.d);
        b.mv = ptm_cross(view->v, b.d);
        return b;
    }
    const ptm_vec middle = ptm_add(index_pixel(scan, view, 0.5 * (scan->nu - 1)), ptm_scale(view->v, 0.5 * (scan->nv - 1)));
    const double scale = 1 / ptm_length(ptm_sub(middle, view->source));
    b.d = ptm_scale(ptm_sub(pixel, view->source), scale);
    b.dv = ptm_scale(view->v, scale);
    b.m = ptm_cross(view->source, b.d);
    b.mv = ptm_cross(view->source, b.dv);
    return b;
}

static void put(double *t, ptm_vec a)
{
    t[0] = a.x;
    t[1] = a.y;
    t[2] = a.z;
}

/* Axes are z 0, x 1, y 2. */
static int largest_axis(ptm_vec d)
{
    const double x = fabs(d.x), y = fabs(d.y), z = fabs(d.z);
    return z > x && z > y ? 0 : x >= y ? 1 : 2;
}
static double part_of(ptm_vec d, int axis)
{
    return axis == 0 ? d.z : axis == 1 ? d.x : d.y;
}
static ptm_vec direction(const bundle *b, int v)
{
    return ptm_add(b->d, ptm_scale(b->dv, v));
}

/* A column's main axes: along v each part of the direction is linear, so where both ends agree in axis and sign there is no
 * change between them. Returns which axes occur, or an error where more than two changes would be needed. */
static int general_column(double *t, const ptm_scan *scan, const bundle *b, int view, int u)
{
    const ptm_vec d0 = direction(b, 0), d1 = direction(b, scan->nv - 1);
    int axis = largest_axis(d0), part = 0, axes = 1 << axis;
    put(t + GENERAL_D, b->d);
    put(t + GENERAL_M, b->m);
    t[GENERAL_CUT0] = t[GENERAL_CUT1] = scan->nv;
    t[GENERAL_A0] = t[GENERAL_A1] = t[GENERAL_A2] = axis;
    if (largest_axis(d1) == axis && part_of(d0, axis) * part_of(d1, axis) > 0) return axes;
    double sign = part_of(d0, axis);
    for (int v = 1; v < scan->nv; ++v) {
        const ptm_vec d = direction(b, v);
        const int now = largest_axis(d);
        if (now == axis && part_of(d, now) * sign > 0) continue;
        if (part == 2)
            return ptm_fail(PTM_ERROR_UNSUPPORTED, "view %d: rays of detector column %d turn by more than a right angle", view, u);
        t[part == 0 ? GENERAL_CUT0 : GENERAL_CUT1] = v;
        t[part == 0 ? GENERAL_A1 : GENERAL_A2] = now;
        if (part == 0) t[GENERAL_A2] = now;
        axis = now;
        sign = part_of(d, now);
        axes |= 1 << now;
        part++;
    }
    return axes;
}

int ptm_general_columns(ptm_table *out, const ptm_scan *scan)
{
    int status = make(out, (size_t)ptm_scan_all_views(scan) * (size_t)scan->nu, GENERAL_COLUMN);
    if (status) return status;
    double *t = out->values;
    for (int i = 0; i < ptm_scan_all_views(scan); ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        int axes = 0;
        for (int u = 0; u < scan->nu && status >= 0; ++u) {
            const bundle b = bundle_of(scan, &view, u);
            axes |= status = general_column(t + GENERAL_COLUMN * u, scan, &b, i, u);
        }
        if (status < 0) {
            ptm_table_free(out);
            return status;
        }
        for (int u = 0; u < scan->nu; ++u, t += GENERAL_COLUMN) t[GENERAL_AXES] = axes;
    }
    return PTM_OK;
}

int ptm_general_views(ptm_table *out, const ptm_scan *scan, double near_fraction)
{
    int status = make(out, (size_t)ptm_scan_all_views(scan), GENERAL_VIEW);
    if (status) return status;
    for (int i = 0; i < ptm_scan_all_views(scan); ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        const bundle b = bundle_of(scan, &view, 0);
        const homography h = homography_of(scan, &view);
        const arc bent = arc_of(scan, &view);
        double *t = out->values + (size_t)i * GENERAL_VIEW;
        put(t + GENERAL_DV, b.dv);
        put(t + GENERAL_MV, b.mv);
        put(t + GENERAL_SOURCE, scan->parallel ? ptm_scale(b.d, -1e30) : view.source);
        for (int k = 0; k < 4; ++k) {
            t[GENERAL_U + k] = h.u[k];
            t[GENERAL_V + k] = h.v[k];
            t[GENERAL_W + k] = h.w[k];
        }
        t[GENERAL_WEIGHT] = origin_weight(&h);
        t[GENERAL_NEAR] = nearest(&h, near_fraction);
        t[GENERAL_ARC] = bent.step;
        t[GENERAL_MIDDLE] = bent.middle;
        t[GENERAL_LEVEL] = bent.level;
    }
    return PTM_OK;
}

int ptm_general_strips(ptm_table *out, const ptm_scan *scan)
{
    int status = make(out, (size_t)ptm_scan_all_views(scan) * (size_t)scan->nu, GENERAL_STRIP);
    if (status) return status;
    double *t = out->values;
    for (int i = 0; i < ptm_scan_all_views(scan); ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        const arc bent = arc_of(scan, &view);
        for (int u = 0; u < scan->nu; ++u, t += GENERAL_STRIP) {
            t[GENERAL_LOW] = u - 1;
            t[GENERAL_HIGH] = u + 1;
            t[GENERAL_LEAST] = t[GENERAL_MOST] = 1;
            if (bent.step == 0) continue;
            const double low = tan((u - 1 - bent.middle) * bent.step), high = tan((u + 1 - bent.middle) * bent.step);
            t[GENERAL_LOW] = bent.middle + low / bent.step;
            t[GENERAL_HIGH] = bent.middle + high / bent.step;
            t[GENERAL_LEAST] = low * high < 0 ? 1 : hypot(1, fmin(fabs(low), fabs(high)));
            t[GENERAL_MOST] = hypot(1, fmax(fabs(low), fabs(high)));
        }
    }
    return PTM_OK;
}
