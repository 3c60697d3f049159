/* planes.h - the planes of detector columns, all rays of one view and column, in the slices of a volume. */
#ifndef PTM_PLANES_H
#define PTM_PLANES_H
#include "ct/index_view.h"

#include <stdbool.h>

/* Fills in UPRIGHT_PLANE reals for column u, whole number or not, crossed along y or x. */
void ptm_ray_plane(double *out, const ptm_scan *scan, const ptm_index_view *view, double u, bool by_y);

/* The same along the column's main axis. */
void ptm_upright_plane(double *out, const ptm_scan *scan, const ptm_index_view *view, int u);

/* The planes of columns u - apart and u + apart along the main axis of u: place and slope as UPRIGHT_PLACE and
 * UPRIGHT_SLOPE. `low` is the one that passes the lower on the other axis, in front of the source. */
typedef struct ptm_column_edges {
    bool by_y;
    double low[2], high[2];
} ptm_column_edges;
/* False if one of them runs along slices or against u; then they hold the whole volume. */
bool ptm_column_edges_of(ptm_column_edges *out, const ptm_scan *scan, const ptm_index_view *view, int u, double apart);

/* Fills in UPRIGHT_STRIP reals for column u; false if it has no narrower strip than the whole volume. */
bool ptm_upright_strip(double *out, const ptm_scan *scan, const ptm_index_view *view, int u);
#endif
