/* tables.c - what the tables of all families have in common. */
#include "ct/tables.h"

#include <stdlib.h>

void ptm_table_free(ptm_table *table)
{
    free(table->values);
    *table = (ptm_table){ 0 };
}

int ptm_table_make(ptm_table *out, size_t rows, size_t columns)
{
    *out = (ptm_table){ ptm_alloc(rows, columns * sizeof(double)), rows * columns };
    return out->values ? PTM_OK : PTM_ERROR_MEMORY;
}

int ptm_table_of_columns(ptm_table *out, const ptm_scan *scan, size_t reals,
    void (*fill)(double *t, const ptm_scan *scan, const ptm_index_view *view, int u))
{
    int status = ptm_table_make(out, (size_t)ptm_scan_all_views(scan) * (size_t)scan->nu, reals);
    if (status) return status;
    double *t = out->values;
    for (int i = 0; i < ptm_scan_all_views(scan); ++i) {
        const ptm_index_view view = ptm_index_view_of(scan, &scan->views[i]);
        for (int u = 0; u < scan->nu; ++u, t += reals) fill(t, scan, &view, u);
    }
    return PTM_OK;
}
