/* tables.h - a scan as the tables that kernels read, worked out in double; shaders/ct/flat.h, level.h, upright.h,
 * general.h, footprint.h and flat_footprint.h say what they hold. */
#ifndef PTM_TABLES_H
#define PTM_TABLES_H
#include "ct/index_view.h"

typedef struct ptm_table {
    double *values;
    size_t count;
} ptm_table;
int ptm_table_make(ptm_table *out, size_t rows, size_t columns);
void ptm_table_free(ptm_table *table);

/* Makes a table with so many reals for each (view, column), columns fastest, which `fill` writes. */
int ptm_table_of_columns(ptm_table *out, const ptm_scan *scan, size_t reals,
    void (*fill)(double *t, const ptm_scan *scan, const ptm_index_view *view, int u));

/* near_fraction as in ptm_projector_options. */
int ptm_flat_views(ptm_table *out, const ptm_scan *scan, double near_fraction);
int ptm_flat_rays(ptm_table *out, const ptm_scan *scan);
int ptm_flat_strips(ptm_table *out, const ptm_scan *scan);
int ptm_upright_views(ptm_table *out, const ptm_scan *scan, double near_fraction);
int ptm_upright_planes(ptm_table *out, const ptm_scan *scan);
int ptm_upright_strips(ptm_table *out, const ptm_scan *scan);
int ptm_level_views(ptm_table *out, const ptm_scan *scan, double near_fraction);
int ptm_footprint_rays(ptm_table *out, const ptm_scan *scan);
int ptm_flat_footprint_views(ptm_table *out, const ptm_scan *scan, double near_fraction);
int ptm_flat_footprint_rays(ptm_table *out, const ptm_scan *scan);
int ptm_general_views(ptm_table *out, const ptm_scan *scan, double near_fraction);
int ptm_general_columns(ptm_table *out, const ptm_scan *scan);
int ptm_general_strips(ptm_table *out, const ptm_scan *scan);
#endif
