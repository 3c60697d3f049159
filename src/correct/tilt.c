/* tilt.c - how a detector leans in its plane: the rotation axis row by row. */
#include "correct/axis.h"

#include "core/device.h"
#include "core/error.h"
#include "correct/order.h"

#include <math.h>

#define BANDS 32 /* of rows, each with an axis of its own */
#define TIMES 6  /* that it is found, each time along lines that are more nearly at right angles to the axis */

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
        ptm_axis_search search = *s;
        search.first_row = first;
        search.rows = end - first;
        double column;
        const int status = ptm_axis_by_overlap(&column, &search);
        if (status && status != PTM_ERROR_ARGUMENT) return status;
        const double beside = column - 0.5 * (double)(s->block->columns - 1);
        if (!status) bands[(*count)++] = (band){ 0.5 * (double)(first + end - 1) + s->slant * beside, column };
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

/* Rows of a leaning detector are no mirror images in opposite views: away from the axis one of them sees what is higher in
 * the object. Lines at right angles to the axis are, and with a lean that is nearly right they are nearly that. */
static int find(ptm_tilt *out, ptm_axis_search *s, double aspect)
{
    band bands[BANDS];
    int count = 0, status = PTM_OK;
    double change = 1;
    for (int k = 0; k < TIMES && fabs(change) > 1e-5 && !status; ++k) {
        const double before = k ? out->slope : 0;
        s->slant = -before / (aspect * aspect);
        status = find_bands(bands, &count, s);
        if (!status) fit(out, bands, count, 0.5 * (double)(s->block->rows - 1));
        change = status ? 0 : out->slope - before;
    }
    return status;
}

int ptm_find_tilt(ptm_tilt *out, ptm_device *device, const ptm_array *projections, const double *angles, double aspect)
{
    ptm_block b;
    ptm_tilt found;
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
    if (!(isfinite(aspect) && aspect >= 0))
        return ptm_fail(PTM_ERROR_ARGUMENT, "aspect is %g, expected more than 0, or 0", aspect);
    ptm_axis_search search = { .context = device->context, .device = device, .block = &b, .angles = angles,
        .to = (double)(b.columns - 1) };
    status = find(&found, &search, aspect > 0 ? aspect : 1);
    if (!status) *out = found;
    return status;
}
