/* tables.c - scans as tables for kernels. */
#include "ct/tables.h"
#include "ct/flat.h"
#include "ct/general.h"
#include "ct/upright.h"
#include "ct/vector.h"

#include <stdlib.h>

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

/* A view with its vectors in units of voxels about the volume's centre; `detector` is pixel (0, 0). */
typedef struct index_view { ptm_vec source, detector, u, v; } index_view;
static index_view to_index(const ptm_scan *scan, const ptm_view *view)
{
    const ptm_vec step = steps_of(&scan->volume), centre = centre_of(&scan->volume);
    index_view r = { ptm_vec_from(view->source), ptm_vec_from(view->detector), ptm_vec_from(view->u), ptm_vec_from(view->v) };
    r.detector = ptm_sub(r.detector, ptm_add(ptm_scale(r.u, 0.5 * (scan->nu - 1)), ptm_scale(r.v, 0.5 * (scan->nv - 1))));
    r.detector = divide(ptm_sub(r.detector, centre), step);
    r.source = divide(scan->parallel ? r.source : ptm_sub(r.source, centre), step);
    r.u = divide(r.u, step);
    r.v = divide(r.v, step);
    return r;
}

/* A voxel X, about the volume's centre, falls on pixel (u.X / w.X, v.X / w.X); constants in [0], then x, y, z. w is the
 * depth along the central ray, 1 at the volume's centre where that is in front of the source. */
typedef struct homography { double u[4], v[4], w[4], at_origin; } homography;

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
    h.at_origin = 1;
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
    h.at_origin = value_at(h.w, origin);
    return h;
}

/* The weight of back-projection is that of depth relative to the origin's. */
static double origin_weight(const homography *h)
{
    return h->at_origin > 0 ? h->at_origin * h->at_origin : 1;
}
static double nearest(const homography *h, double near_fraction)
{
    return near_fraction * (h->at_origin > 0 ? h->at_origin : 1);
}

int ptm_upright_views(ptm_table *out, const ptm_scan *scan, double near_fraction)
{
    int status = make(out, (size_t)scan->count, UPRIGHT_VIEW);
    if (status) return status;
    const ptm_vec middle = middle_of(&scan->volume);
    for (int i = 0; i < scan->count; ++i) {
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
        t[UPRIGHT_V0] = (level - view.detector.z) / view.v.z;
        t[UPRIGHT_VW] = -h.v[3] * (level + middle.z);
        t[UPRIGHT_VZ] = h.v[3];
        t[UPRIGHT_WEIGHT] = origin_weight(&h);
        t[UPRIGHT_NEAR] = nearest(&h, near_fraction);
    }
    return PTM_OK;
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

static void upright_plane(double *t, const ptm_scan *scan, const index_view *view, int u)
{
    const ptm_vec middle = middle_of(&scan->volume), step = steps_of(&scan->volume);
    const ptm_vec pixel = ptm_add(view->detector, ptm_scale(view->u, u));
    const ptm_vec from = ptm_add(scan->parallel ? pixel : view->source, middle); /* counted from voxel 0 */
    const ptm_vec along = scan->parallel ? view->source : ptm_sub(pixel, view->source);
    const int by_y = fabs(along.y) > fabs(along.x);
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
    t[UPRIGHT_RISE0] = t[UPRIGHT_ZI] * step.z;
    t[UPRIGHT_RISEV] = t[UPRIGHT_ZIV] * step.z;
    const ptm_volume *volume = &scan->volume;
    slices(t, place, slope, volume->shape[by_y ? 1 : 2], volume->shape[by_y ? 2 : 1], source, scan->parallel ? 0 : ahead);
}

int ptm_upright_planes(ptm_table *out, const ptm_scan *scan)
{
    int status = make(out, (size_t)scan->count * (size_t)scan->nu, UPRIGHT_PLANE);
    if (status) return status;
    double *t = out->values;
    for (int i = 0; i < scan->count; ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        for (int u = 0; u < scan->nu; ++u, t += UPRIGHT_PLANE) upright_plane(t, scan, &view, u);
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
    t[FLAT_REACH_X] = by_y;
    t[FLAT_REACH_Y] = by_x;
    double widest = 0;
    for (int corner = 0; corner < 4; ++corner) {
        const double x = corner & 1 ? scan->volume.shape[2] : -1, y = corner & 2 ? scan->volume.shape[1] : -1;
        /* All of the image lies in front of the source, so that no slice behind it counts. */
        if (t[FLAT_W0] + t[FLAT_WX] * x + t[FLAT_WY] * y < 0.05) return false;
        if (by_y) widest = fmax(widest, shadow(t, x, y, 1, 0));
        if (by_x) widest = fmax(widest, shadow(t, x, y, 0, 1));
    }
    t[FLAT_TAPS] = ceil(1.01 * widest + 2 * (double)FLAT_SLACK);
    return t[FLAT_TAPS] <= scan->nu + 2;
}

bool ptm_scan_is_flat(const ptm_scan *scan)
{
    if (scan->volume.shape[0] != 1 || scan->nv != 1 || !ptm_scan_is_upright(scan)) return false;
    for (int i = 0; i < scan->count; ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        const double source = scan->parallel ? 0 : view.source.z;
        double t[FLAT_VIEW];
        if (fabs(view.detector.z) > 1e-9 || fabs(source) > 1e-9 || !flat_view(t, scan, &view, 0.05)) return false;
    }
    return true;
}

int ptm_flat_views(ptm_table *out, const ptm_scan *scan, double near_fraction)
{
    int status = make(out, (size_t)scan->count, FLAT_VIEW);
    for (int i = 0; i < scan->count && !status; ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        flat_view(out->values + (size_t)i * FLAT_VIEW, scan, &view, near_fraction);
    }
    return status;
}

int ptm_flat_rays(ptm_table *out, const ptm_scan *scan)
{
    int status = make(out, (size_t)scan->count * FLAT_RAY, (size_t)scan->nu);
    for (int i = 0; i < scan->count && !status; ++i) {
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

/* Directions and moments of a view's rays: linear in the pixel. */
typedef struct bundle { ptm_vec d, du, dv, m, mu, mv; } bundle;
static bundle bundle_of(const ptm_scan *scan, const index_view *view)
{
    bundle b = { 0 };
    if (scan->parallel) {
        b.d = ptm_scale(view->source, 1 / ptm_length(view->source));
        b.m = ptm_cross(view->detector, b.d);
        b.mu = ptm_cross(view->u, b.d);
        b.mv = ptm_cross(view->v, b.d);
        return b;
    }
    ptm_vec d = ptm_sub(view->detector, view->source);
    ptm_vec central = ptm_add(d, ptm_add(ptm_scale(view->u, 0.5 * (scan->nu - 1)), ptm_scale(view->v, 0.5 * (scan->nv - 1))));
    const double scale = 1 / ptm_length(central);
    b.d = ptm_scale(d, scale);
    b.du = ptm_scale(view->u, scale);
    b.dv = ptm_scale(view->v, scale);
    b.m = ptm_cross(view->source, b.d);
    b.mu = ptm_cross(view->source, b.du);
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
static ptm_vec direction(const bundle *b, int u, int v)
{
    return ptm_add(b->d, ptm_add(ptm_scale(b->du, u), ptm_scale(b->dv, v)));
}

/* A column's main axes: along v each part of the direction is linear, so where both ends agree in axis and sign there is no
 * change between them. Returns which axes occur, or an error where more than two changes would be needed. */
static int general_column(double *t, const ptm_scan *scan, const bundle *b, int view, int u)
{
    const ptm_vec d0 = direction(b, u, 0), d1 = direction(b, u, scan->nv - 1);
    int axis = largest_axis(d0), part = 0, axes = 1 << axis;
    t[GENERAL_CUT0] = t[GENERAL_CUT1] = scan->nv;
    t[GENERAL_A0] = t[GENERAL_A1] = t[GENERAL_A2] = axis;
    if (largest_axis(d1) == axis && part_of(d0, axis) * part_of(d1, axis) > 0) return axes;
    double sign = part_of(d0, axis);
    for (int v = 1; v < scan->nv; ++v) {
        const ptm_vec d = direction(b, u, v);
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
    int status = make(out, (size_t)scan->count * (size_t)scan->nu, GENERAL_COLUMN);
    if (status) return status;
    double *t = out->values;
    for (int i = 0; i < scan->count; ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        const bundle b = bundle_of(scan, &view);
        for (int u = 0; u < scan->nu; ++u, t += GENERAL_COLUMN) {
            status = general_column(t, scan, &b, i, u);
            if (status < 0) {
                ptm_table_free(out);
                return status;
            }
        }
    }
    return PTM_OK;
}

int ptm_general_views(ptm_table *out, const ptm_scan *scan, double near_fraction)
{
    int status = make(out, (size_t)scan->count, GENERAL_VIEW);
    if (status) return status;
    double column[GENERAL_COLUMN];
    for (int i = 0; i < scan->count; ++i) {
        const index_view view = to_index(scan, &scan->views[i]);
        const bundle b = bundle_of(scan, &view);
        const homography h = homography_of(scan, &view);
        double *t = out->values + (size_t)i * GENERAL_VIEW;
        put(t + GENERAL_D, b.d);
        put(t + GENERAL_DU, b.du);
        put(t + GENERAL_DV, b.dv);
        put(t + GENERAL_M, b.m);
        put(t + GENERAL_MU, b.mu);
        put(t + GENERAL_MV, b.mv);
        put(t + GENERAL_SOURCE, scan->parallel ? ptm_scale(b.d, -1e30) : view.source);
        for (int k = 0; k < 4; ++k) {
            t[GENERAL_U + k] = h.u[k];
            t[GENERAL_V + k] = h.v[k];
            t[GENERAL_W + k] = h.w[k];
        }
        t[GENERAL_WEIGHT] = origin_weight(&h);
        t[GENERAL_NEAR] = nearest(&h, near_fraction);
        int axes = 0;
        for (int u = 0; u < scan->nu && status >= 0; ++u) axes |= status = general_column(column, scan, &b, i, u);
        if (status < 0) {
            ptm_table_free(out);
            return status;
        }
        t[GENERAL_AXES] = axes;
    }
    return PTM_OK;
}
