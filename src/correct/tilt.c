/* tilt.c - how a detector leans in its plane: the rotation axis row by row. */
#include "correct/axis.h"

#include "core/device.h"
#include "core/error.h"
#include "correct/order.h"

#include <math.h>

#define BANDS 32 /* of rows, each with an axis of its own */

typedef struct band { double row, column; } band;

static double median(double *values, int count)
{
    ptm_sort(values, count);
    return 0.5 * (values[(count - 1) / 2] + values[count / 2]);
}

/* Bands that show nothing are left out. */
static int find_bands(band *bands, int *count, const ptm_axis_search *s)
{
    const int64_t rows = s->block->rows, most = rows < BANDS ? rows : BANDS;
    *count = 0;
    for (int64_t i = 0; i < most; ++i) {
        const int64_t first = i * rows / most, end = (i + 1) * rows / most;
        ptm_block part = *s->block;
        part.data = ptm_block_line(s->block, 0, first);
        part.rows = end - first;
        ptm_axis_search search = *s;
        search.block = &part;
        double column;
        const int status = ptm_axis_by_overlap(&column, &search);
        if (status && status != PTM_ERROR_ARGUMENT) return status;
        if (!status) bands[(*count)++] = (band){ 0.5 * (double)(first + end - 1), column };
    }
    if (*count >= 3) return PTM_OK;
    return ptm_fail(PTM_ERROR_ARGUMENT, "%d of %lld bands of rows show the axis, expected at least 3", *count,
        (long long)most);
}

/* The median of the slopes of all pairs, which a third of wrong ones does not move (P. K. Sen, J. Am. Stat. Assoc. 63,
 * 1968). */
static void fit(ptm_tilt *out, const band *bands, int count, double middle)
{
    double slopes[BANDS * BANDS / 2], offsets[BANDS];
    int pairs = 0;
    for (int i = 0; i < count; ++i)
        for (int j = 0; j < i; ++j) slopes[pairs++] = (bands[i].column - bands[j].column) / (bands[i].row - bands[j].row);
    out->slope = median(slopes, pairs);
    for (int i = 0; i < count; ++i) offsets[i] = bands[i].column - out->slope * (bands[i].row - middle);
    out->column = median(offsets, count);
    for (int i = 0; i < count; ++i) offsets[i] = fabs(offsets[i] - out->column);
    out->deviation = 1.4826 * median(offsets, count);
}

int ptm_find_tilt(ptm_tilt *out, ptm_device *device, const ptm_array *projections, const double *angles)
{
    ptm_block b;
    band bands[BANDS];
    int count = 0;
    if (!out || !device || !angles)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !device ? "device" : "angles");
    int status = ptm_block_check(&b, device->context, projections, "projections");
    if (status) return status;
    if (b.rows < 3 || b.views < 3 || b.columns < 8)
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "projections are (%lld, %lld, %lld), expected at least 3 views and rows and 8 columns",
            (long long)b.views, (long long)b.rows, (long long)b.columns);
    for (int64_t i = 0; i < b.views; ++i)
        if (!isfinite(angles[i]))
            return ptm_fail(PTM_ERROR_ARGUMENT, "angles[%lld] is %g, expected a finite number", (long long)i, angles[i]);
    const ptm_axis_search search = { device->context, device, &b, angles, 0, (double)(b.columns - 1) };
    status = find_bands(bands, &count, &search);
    if (!status) fit(out, bands, count, 0.5 * (double)(b.rows - 1));
    return status;
}
