/* tables.c - memory of tables. */
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
