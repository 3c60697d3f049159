/* tables_upright.c - scans as tables for the upright family's kernels. */
#include "ct/planes.h"
#include "ct/tables.h"
#include "ct/upright.h"

int ptm_upright_views(ptm_table *out, const ptm_scan *scan, double near_fraction)
{
    int status = ptm_table_make(out, (size_t)ptm_scan_all_views(scan), UPRIGHT_VIEW);
    if (status) return status;
    const ptm_vec middle = ptm_volume_middle(&scan->volume);
    for (int i = 0; i < ptm_scan_all_views(scan); ++i) {
        const ptm_index_view view = ptm_index_view_of(scan, &scan->views[i]);
        const ptm_homography h = ptm_homography_of(scan, &view, near_fraction);
        double *t = out->values + (size_t)i * UPRIGHT_VIEW;
        ptm_beam(t, &h, &scan->volume);
        /* v.X = v3 (z - s) + v0' w, where the source's height s is that of all voxels at v0'. */
        const double level = scan->parallel ? 0 : view.source.z;
        t[UPRIGHT_V0] = scan->stack ? 0 : (level - view.detector.z) / view.v.z;
        t[UPRIGHT_VW] = scan->stack ? 0 : -h.v[3] * (level + middle.z);
        t[UPRIGHT_VZ] = scan->stack ? 0 : h.v[3];
        t[UPRIGHT_VSTACK] = scan->stack;
        const ptm_arc bent = ptm_arc_of(scan, &view);
        t[UPRIGHT_ARC] = bent.step;
        t[UPRIGHT_MIDDLE] = bent.middle;
    }
    return PTM_OK;
}

int ptm_upright_planes(ptm_table *out, const ptm_scan *scan)
{
    return ptm_table_of_columns(out, scan, UPRIGHT_PLANE, ptm_upright_plane);
}

static void strip(double *t, const ptm_scan *scan, const ptm_index_view *view, int u)
{
    ptm_upright_strip(t, scan, view, u); /* where there is no narrow one it is the whole volume */
}

int ptm_upright_strips(ptm_table *out, const ptm_scan *scan)
{
    return ptm_table_of_columns(out, scan, UPRIGHT_STRIP, strip);
}
