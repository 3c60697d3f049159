/* tables_footprint.c - scans as tables for the kernels of separable footprints. */
#include "ct/flat_footprint.h"
#include "ct/footprint.h"
#include "ct/planes.h"
#include "ct/tables.h"

static void edges(double *t, const ptm_scan *scan, const ptm_index_view *view, int u)
{
    ptm_column_edges e;
    ptm_upright_plane(t, scan, view, u);
    ptm_column_edges_of(&e, scan, view, u, 0.5); /* where they are not narrow they hold the whole volume */
    t[FOOTPRINT_A0] = e.low[0];
    t[FOOTPRINT_A1] = e.low[1];
    t[FOOTPRINT_B0] = e.high[0];
    t[FOOTPRINT_B1] = e.high[1];
}

int ptm_footprint_rays(ptm_table *out, const ptm_scan *scan)
{
    return ptm_table_of_columns(out, scan, FOOTPRINT_RAY, edges);
}

/* The most pixels of a slice whose footprints touch a column. */
static double strip_taps(const ptm_scan *scan, const ptm_index_view *view)
{
    double widest = 0;
    for (int u = 0; u < scan->nu; ++u) {
        ptm_column_edges e;
        ptm_column_edges_of(&e, scan, view, u, 0.5);
        const int last = scan->volume.shape[e.by_y ? 1 : 2] - 1;
        for (int i = 0; i <= 1; ++i)
            widest = fmax(widest, e.high[0] - e.low[0] + i * last * (e.high[1] - e.low[1])
                + 0.5 * (fabs(e.low[1]) + fabs(e.high[1])));
    }
    return ceil(1.01 * widest + 1 + 2 * (double)FLAT_SLACK);
}

/* The most columns that a pixel's footprint touches. */
static double footprint_taps(const double *beam, const ptm_scan *scan)
{
    const double corners[4][2] = { { -0.5, -0.5 }, { 0.5, 0.5 }, { -0.5, 0.5 }, { 0.5, -0.5 } };
    const ptm_rectangle image = { { 0, 0 }, { scan->volume.shape[2] - 1, scan->volume.shape[1] - 1 } };
    double widest = 0;
    for (int i = 0; i < 4; ++i)
        for (int k = 0; k < i; ++k) widest = fmax(widest, ptm_beam_widest(beam, corners[k], corners[i], &image));
    return ceil(1.01 * widest + 1 + 2 * (double)FLAT_SLACK);
}

int ptm_flat_footprint_views(ptm_table *out, const ptm_scan *scan, double near_fraction)
{
    int status = ptm_flat_views(out, scan, near_fraction);
    for (int i = 0; i < ptm_scan_all_views(scan) && !status; ++i) {
        const ptm_index_view view = ptm_index_view_of(scan, &scan->views[i]);
        double *t = out->values + (size_t)i * FLAT_VIEW;
        t[FLAT_TAPS] = footprint_taps(t, scan);
        t[FLAT_STRIP_TAPS] = strip_taps(scan, &view);
    }
    return status;
}

int ptm_flat_footprint_rays(ptm_table *out, const ptm_scan *scan)
{
    int status = ptm_flat_rays(out, scan);
    for (int i = 0; i < ptm_scan_all_views(scan) && !status; ++i) {
        const ptm_index_view view = ptm_index_view_of(scan, &scan->views[i]);
        double *t = out->values + (size_t)i * FLAT_RAY * (size_t)scan->nu;
        for (int u = 0; u < scan->nu; ++u) {
            ptm_column_edges e;
            ptm_column_edges_of(&e, scan, &view, u, 0.5);
            t[FLAT_FIRST0 * scan->nu + u] = e.low[0] - 0.5 * fabs(e.low[1]) - 0.5;
            t[FLAT_FIRST1 * scan->nu + u] = e.low[1];
        }
    }
    return status;
}
