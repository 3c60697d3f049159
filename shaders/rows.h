/* rows.h - reading a row in memory, for kernels whose lanes have places of their own.
 *
 *   ROW_SAMPLE(array, at, place, end)   linear, zero outside: the row begins with its margin at element `at`; place counts from
 *                                       there, end is the margin's first element behind the row */
#ifndef PTM_SHADERS_ROWS_H
#define PTM_SHADERS_ROWS_H
#include "field_layout.h"
FN real ptm_row_sample(creals array, int at, real place, real end)
{
    place = place > REAL(0) ? place : REAL(0);
    place = place < end ? place : end;
    int j = INT(place);
    real a = AT(array, at + j);
    return a + (place - REAL(j)) * (AT(array, at + j + 1) - a);
}
#define ROW_SAMPLE(array, at, place, end) ptm_row_sample(array, at, place, end)
#endif
