/* tables_level.c - scans as tables for the level family's kernels. */
#include "ct/level.h"
#include "ct/planes.h"
#include "ct/tables.h"

#include <string.h>

/* At most so many columns of a fan give something to a line of voxels; counted as shaders/ct/columns_near.h finds them. */
static double columns_near(const double *beam, const ptm_scan *scan)
{
    static const double beside[4][2] = { { -1, 0 }, { 1, 0 }, { 0, -1 }, { 0, 1 } };
    const double nx = scan->volume.shape[2], ny = scan->volume.shape[1];
    for (int corner = 0; corner < 4; ++corner)
        if (!(ptm_beam_depth(beam, corner & 1 ? nx : -1, corner & 2 ? ny : -1) > 0)) return scan->nu;
    const ptm_rectangle image = { { 0, 0 }, { nx - 1, ny - 1 } };
    double widest = 0;
    for (int i = 0; i < 4; ++i)
        for (int k = 0; k < i; ++k) widest = fmax(widest, ptm_beam_widest(beam, beside[k], beside[i], &image));
    return fmin(floor(1.01 * widest + 0.02) + 2, scan->nu);
}

/* Of parallel beams the same; and where their planes pass. */
static double level_planes(double *row, size_t pitch, const ptm_scan *scan, const ptm_index_view *view)
{
    const bool by_y = fabs(view->source.y) > fabs(view->source.x);
    double plane[UPRIGHT_PLANE], next[UPRIGHT_PLANE];
    ptm_ray_plane(plane, scan, view, 0, by_y);
    ptm_ray_plane(next, scan, view, 1, by_y);
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
static double level_shift(const ptm_scan *scan, const ptm_index_view *view)
{
    return scan->stack ? 0 : view->detector.z + ptm_volume_middle(&scan->volume).z;
}

bool ptm_scan_is_level(const ptm_scan *scan)
{
    if (scan->cylindrical || !(scan->parallel || scan->stack) || !ptm_scan_is_upright(scan)) return false;
    double shift = 0;
    for (int i = 0; i < ptm_scan_all_views(scan) && !scan->stack; ++i) {
        const ptm_index_view view = ptm_index_view_of(scan, &scan->views[i]);
        const double z = level_shift(scan, &view);
        if (i == 0) shift = round(z);
        if (fabs(z - shift) > 1e-9 || fabs(view.v.z - 1) * scan->nv > 1e-9) return false;
    }
    return true;
}

/* The upright views, and behind them the level rows. */
int ptm_level_views(ptm_table *out, const ptm_scan *scan, double near_fraction)
{
    const size_t views = (size_t)ptm_scan_all_views(scan);
    ptm_table upright;
    int status = ptm_upright_views(&upright, scan, near_fraction);
    if (!status) status = ptm_table_make(out, views, UPRIGHT_VIEW + LEVEL_ROWS);
    double most = 0;
    for (size_t i = 0; i < views && !status; ++i) {
        const ptm_index_view view = ptm_index_view_of(scan, &scan->views[i]);
        const double *t = upright.values + i * UPRIGHT_VIEW;
        double *row = out->values + views * UPRIGHT_VIEW + i;
        memcpy(out->values + i * UPRIGHT_VIEW, t, UPRIGHT_VIEW * sizeof *t);
        for (size_t k = 0; k < BEAM; ++k) row[k * views] = t[k];
        row[LEVEL_SHIFT * views] = round(level_shift(scan, &view));
        most = fmax(most, scan->parallel ? level_planes(row, views, scan, &view) : columns_near(t, scan));
    }
    for (size_t i = 0; i < views && !status; ++i) out->values[views * (UPRIGHT_VIEW + LEVEL_PAIRS) + i] = ceil(most / 2);
    ptm_table_free(&upright);
    return status;
}

