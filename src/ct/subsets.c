/* subsets.c - a projector whose views are taken in subsets: one projector of the views in another order, and windows of
 * it. */
#include "ct/projector.h"

#include <stdlib.h>

/* The views of each sample, subset after subset. */
static int reorder(ptm_scan **out, const ptm_scan *scan, int subsets)
{
    int status = ptm_scan_like(out, scan, scan->views);
    if (status) return status;
    ptm_view *to = (*out)->views;
    for (const ptm_view *from = scan->views; from < scan->views + ptm_scan_all_views(scan); from += scan->count)
        for (int k = 0; k < subsets; ++k)
            for (int i = k; i < scan->count; i += subsets) *to++ = from[i];
    return PTM_OK;
}

/* The windows, and the operator of them all. */
static int divide(ptm_operator **out, ptm_operator *projector, int views, int subsets)
{
    ptm_operator **windows = ptm_alloc((size_t)subsets, sizeof *windows);
    if (!windows) return PTM_ERROR_MEMORY;
    ptm_window window;
    ptm_window_of(&window, projector);
    int status = PTM_OK;
    for (int k = 0; k < subsets && !status; ++k) {
        window.views = (views - k + subsets - 1) / subsets;
        status = ptm_window_create(&windows[k], projector, &window);
        window.first_view += window.views;
    }
    if (!status) status = ptm_interleave_create(out, windows, subsets, projector->range.dimensions - 3);
    for (int k = 0; k < subsets; ++k) ptm_operator_destroy(&windows[k]);
    free(windows);
    return status;
}

int ptm_subsets_create(
    ptm_operator **out, ptm_device *device, const ptm_scan *scan, int subsets, const ptm_projector_options *options)
{
    ptm_operator *projector = NULL;
    ptm_scan *ordered = NULL;
    if (out) *out = NULL;
    if (!out || !device || !scan)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !device ? "device" : "scan");
    if (subsets < 1 || subsets > scan->count)
        return ptm_fail(PTM_ERROR_ARGUMENT, "subsets is %d, expected 1 to the number of views, %d", subsets, scan->count);
    int status = reorder(&ordered, scan, subsets);
    if (!status) status = ptm_projector_create(&projector, device, ordered, options);
    if (!status) status = divide(out, projector, scan->count, subsets);
    ptm_operator_destroy(&projector);
    ptm_scan_destroy(&ordered);
    return status;
}
