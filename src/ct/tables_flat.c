/* tables_flat.c - scans as tables for the flat family's kernels. */
#include "ct/flat.h"
#include "ct/planes.h"
#include "ct/tables.h"
#include "ct/upright.h"
#include "field_layout.h"

_Static_assert(PTM_MAX_LENGTH <= ROW_MOST, "rows of any image fit the kernels' tables");

/* The main axes along a view's columns; false if they change more than twice. */
static bool flat_axes(double *t, const ptm_scan *scan, const ptm_index_view *view)
{
    double plane[UPRIGHT_PLANE], axis = 0;
    int part = -1;
    for (int u = 0; u < scan->nu; ++u) {
        ptm_upright_plane(plane, scan, view, u);
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
static void flat_signs(double *t, const ptm_scan *scan, const ptm_index_view *view)
{
    double plane[UPRIGHT_PLANE], next[UPRIGHT_PLANE];
    for (int part = 0; part < 3; ++part) {
        const double u = part == 0 ? 0 : t[FLAT_CUT0 + part - 1];
        ptm_ray_plane(plane, scan, view, u - 0.25, t[FLAT_A0 + part] > 1.5);
        ptm_ray_plane(next, scan, view, u + 0.25, t[FLAT_A0 + part] > 1.5);
        t[FLAT_SIGN0 + part] = next[UPRIGHT_PLACE] > plane[UPRIGHT_PLACE] ? 1 : -1;
    }
    t[FLAT_PARALLEL] = scan->parallel;
    if (!scan->parallel) return;
    ptm_ray_plane(plane, scan, view, 0, t[FLAT_A0] > 1.5);
    ptm_ray_plane(next, scan, view, 1, t[FLAT_A0] > 1.5);
    t[FLAT_PLACE0] = plane[UPRIGHT_PLACE];
    t[FLAT_STEP] = next[UPRIGHT_PLACE] - plane[UPRIGHT_PLACE];
    t[FLAT_SLOPE0] = plane[UPRIGHT_SLOPE];
}

/* The most pixels that a column's strip takes in a slice; 0 if a column has no strip. */
static double strip_taps(const ptm_scan *scan, const ptm_index_view *view)
{
    double strip[UPRIGHT_STRIP], widest = 0;
    for (int u = 0; u < scan->nu; ++u) {
        if (!ptm_upright_strip(strip, scan, view, u)) return 0;
        const int last = scan->volume.shape[strip[UPRIGHT_STRIP_AXIS] > 1.5 ? 1 : 2] - 1;
        for (int i = 0; i <= 1; ++i)
            widest = fmax(widest,
                strip[UPRIGHT_HIGH0] - strip[UPRIGHT_LOW0] + i * last * (strip[UPRIGHT_HIGH1] - strip[UPRIGHT_LOW1]));
    }
    return ceil(1.01 * widest + 2 * (double)FLAT_SLACK);
}

/* Fills in a view; false if the flat kernels cannot serve it. */
static bool flat_view(double *t, const ptm_scan *scan, const ptm_index_view *view, double near_fraction)
{
    const ptm_homography h = ptm_homography_of(scan, view, near_fraction);
    ptm_beam(t, &h, &scan->volume);
    if (!flat_axes(t, scan, view)) return false;
    const bool by_x = t[FLAT_A0] < 1.5 || t[FLAT_A1] < 1.5 || t[FLAT_A2] < 1.5;
    const bool by_y = t[FLAT_A0] > 1.5 || t[FLAT_A1] > 1.5 || t[FLAT_A2] > 1.5;
    flat_signs(t, scan, view);
    for (int corner = 0; corner < 4; ++corner) {
        const double x = corner & 1 ? scan->volume.shape[2] : -1, y = corner & 2 ? scan->volume.shape[1] : -1;
        /* All of the image lies in front of the source, so that no slice behind it counts. */
        if (ptm_beam_depth(t, x, y) < 0.05) return false;
    }
    const double left[] = { -1, 0 }, right[] = { 1, 0 }, down[] = { 0, -1 }, up[] = { 0, 1 };
    const ptm_rectangle image = { { 0, 0 }, { scan->volume.shape[2] - 1, scan->volume.shape[1] - 1 } };
    const double widest = fmax(
        by_y ? ptm_beam_widest(t, left, right, &image) : 0, by_x ? ptm_beam_widest(t, down, up, &image) : 0);
    t[FLAT_TAPS] = ceil(1.01 * widest + 2 * (double)FLAT_SLACK);
    t[FLAT_STRIP_TAPS] = strip_taps(scan, view);
    return t[FLAT_TAPS] <= scan->nu + 2 && t[FLAT_STRIP_TAPS] > 0;
}

bool ptm_scan_is_planar(const ptm_scan *scan)
{
    if (scan->volume.shape[0] != 1 || scan->nv != 1 || !ptm_scan_is_upright(scan)) return false;
    for (int i = 0; i < ptm_scan_all_views(scan) && !scan->stack; ++i) {
        const ptm_index_view view = ptm_index_view_of(scan, &scan->views[i]);
        const double source = scan->parallel ? 0 : view.source.z;
        if (!(fabs(view.detector.z) <= 1e-9 && fabs(source) <= 1e-9)) return false;
    }
    return true;
}

bool ptm_scan_is_flat(const ptm_scan *scan)
{
    if (scan->cylindrical || !ptm_scan_is_planar(scan)) return false;
    if (scan->nu > ROW_MOST) return false; /* half a detector that FBP widened */
    for (int i = 0; i < ptm_scan_all_views(scan); ++i) {
        const ptm_index_view view = ptm_index_view_of(scan, &scan->views[i]);
        double t[FLAT_VIEW];
        if (!flat_view(t, scan, &view, 0.05)) return false;
    }
    return true;
}

int ptm_flat_views(ptm_table *out, const ptm_scan *scan, double near_fraction)
{
    int status = ptm_table_make(out, (size_t)ptm_scan_all_views(scan), FLAT_VIEW);
    for (int i = 0; i < ptm_scan_all_views(scan) && !status; ++i) {
        const ptm_index_view view = ptm_index_view_of(scan, &scan->views[i]);
        flat_view(out->values + (size_t)i * FLAT_VIEW, scan, &view, near_fraction);
    }
    return status;
}

int ptm_flat_rays(ptm_table *out, const ptm_scan *scan)
{
    int status = ptm_table_make(out, (size_t)ptm_scan_all_views(scan) * FLAT_RAY, (size_t)scan->nu);
    for (int i = 0; i < ptm_scan_all_views(scan) && !status; ++i) {
        const ptm_index_view view = ptm_index_view_of(scan, &scan->views[i]);
        double *t = out->values + (size_t)i * FLAT_RAY * (size_t)scan->nu, plane[UPRIGHT_PLANE];
        for (int u = 0; u < scan->nu; ++u) {
            ptm_upright_plane(plane, scan, &view, u);
            t[FLAT_PLACE * scan->nu + u] = plane[UPRIGHT_PLACE];
            t[FLAT_SLOPE * scan->nu + u] = plane[UPRIGHT_SLOPE];
            t[FLAT_LENGTH * scan->nu + u] = sqrt(plane[UPRIGHT_LENGTH2]);
        }
    }
    return status;
}

int ptm_flat_strips(ptm_table *out, const ptm_scan *scan)
{
    int status = ptm_table_make(out, (size_t)ptm_scan_all_views(scan) * FLAT_STRIP, (size_t)scan->nu);
    for (int i = 0; i < ptm_scan_all_views(scan) && !status; ++i) {
        const ptm_index_view view = ptm_index_view_of(scan, &scan->views[i]);
        double *t = out->values + (size_t)i * FLAT_STRIP * (size_t)scan->nu, strip[UPRIGHT_STRIP];
        for (int u = 0; u < scan->nu; ++u) {
            ptm_upright_strip(strip, scan, &view, u);
            t[FLAT_LOW0 * scan->nu + u] = strip[UPRIGHT_LOW0];
            t[FLAT_LOW1 * scan->nu + u] = strip[UPRIGHT_LOW1];
        }
    }
    return status;
}

