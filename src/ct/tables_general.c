/* tables_general.c - scans as tables for the general family's kernels. */
#include "ct/general.h"
#include "ct/index_view.h"
#include "ct/tables.h"

/* A detector column's rays: direction and moment at pixel (u, 0), and their change per row, which is the same for all
 * columns. */
typedef struct bundle { ptm_vec d, dv, m, mv; } bundle;
static bundle bundle_of(const ptm_scan *scan, const ptm_index_view *view, int u)
{
    bundle b = { 0 };
    const ptm_vec pixel = ptm_index_pixel(scan, view, u);
    if (scan->parallel) {
        b.d = ptm_scale(view->source, 1 / ptm_length(view->source));
        b.m = ptm_cross(pixel, b.d);
        b.mv = ptm_cross(view->v, b.d);
        return b;
    }
    const ptm_vec middle = ptm_add(
        ptm_index_pixel(scan, view, 0.5 * (scan->nu - 1)), ptm_scale(view->v, 0.5 * (scan->nv - 1)));
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
            return ptm_fail(
                PTM_ERROR_UNSUPPORTED, "view %d: rays of detector column %d turn by more than a right angle", view, u);
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
    int status = ptm_table_make(out, (size_t)ptm_scan_all_views(scan) * (size_t)scan->nu, GENERAL_COLUMN);
    if (status) return status;
    double *t = out->values;
    for (int i = 0; i < ptm_scan_all_views(scan); ++i) {
        const ptm_index_view view = ptm_index_view_of(scan, &scan->views[i]);
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
    int status = ptm_table_make(out, (size_t)ptm_scan_all_views(scan), GENERAL_VIEW);
    if (status) return status;
    for (int i = 0; i < ptm_scan_all_views(scan); ++i) {
        const ptm_index_view view = ptm_index_view_of(scan, &scan->views[i]);
        const bundle b = bundle_of(scan, &view, 0);
        const ptm_homography h = ptm_homography_of(scan, &view, near_fraction);
        const ptm_arc bent = ptm_arc_of(scan, &view);
        double *t = out->values + (size_t)i * GENERAL_VIEW;
        put(t + GENERAL_DV, b.dv);
        put(t + GENERAL_MV, b.mv);
        put(t + GENERAL_SOURCE, scan->parallel ? ptm_scale(b.d, -1e30) : view.source);
        for (int k = 0; k < 4; ++k) {
            t[GENERAL_U + k] = h.u[k];
            t[GENERAL_V + k] = h.v[k];
            t[GENERAL_W + k] = h.w[k];
        }
        t[GENERAL_WEIGHT] = h.weight;
        t[GENERAL_NEAR] = h.near;
        t[GENERAL_ARC] = bent.step;
        t[GENERAL_MIDDLE] = bent.middle;
        t[GENERAL_LEVEL] = bent.level;
    }
    return PTM_OK;
}

static void general_strip(double *t, const ptm_scan *scan, const ptm_index_view *view, int u)
{
    const ptm_arc bent = ptm_arc_of(scan, view);
    t[GENERAL_LOW] = u - 1;
    t[GENERAL_HIGH] = u + 1;
    t[GENERAL_LEAST] = t[GENERAL_MOST] = 1;
    if (bent.step == 0) return;
    const double low = tan((u - 1 - bent.middle) * bent.step), high = tan((u + 1 - bent.middle) * bent.step);
    t[GENERAL_LOW] = bent.middle + low / bent.step;
    t[GENERAL_HIGH] = bent.middle + high / bent.step;
    t[GENERAL_LEAST] = low * high < 0 ? 1 : hypot(1, fmin(fabs(low), fabs(high)));
    t[GENERAL_MOST] = hypot(1, fmax(fabs(low), fabs(high)));
}

int ptm_general_strips(ptm_table *out, const ptm_scan *scan)
{
    return ptm_table_of_columns(out, scan, GENERAL_STRIP, general_strip);
}
