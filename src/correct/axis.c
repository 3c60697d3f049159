/* axis.c - finding the rotation axis of a parallel scan: what is common to all methods. */
#include "correct/axis.h"

#include "core/device.h"
#include "core/error.h"
#include "correct/order.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

/* ------------------------------------------------------------------ opposite views */

static int by_angle(const void *a, const void *b)
{
    const ptm_axis_angle *x = a, *y = b;
    if (x->angle != y->angle) return x->angle < y->angle ? -1 : 1;
    return x->view < y->view ? -1 : 1;
}

int ptm_axis_sort(ptm_axis_angle **sorted, const double *angles, int64_t views, double period)
{
    ptm_axis_angle *list = ptm_alloc((size_t)views, sizeof *list);
    if (!list) return PTM_ERROR_MEMORY;
    for (int64_t i = 0; i < views; ++i) {
        const double turned = angles[i] - period * floor(angles[i] / period);
        list[i] = (ptm_axis_angle){ turned < period ? turned : 0, i };
    }
    qsort(list, (size_t)views, sizeof *list, by_angle);
    *sorted = list;
    return PTM_OK;
}

/* The usual distance from one view to the next: the median of those that are not 0. */
static double usual_step(const ptm_axis_angle *sorted, int64_t views, double *steps)
{
    int64_t count = 0;
    for (int64_t i = 1; i < views; ++i)
        if (sorted[i].angle > sorted[i - 1].angle) steps[count++] = sorted[i].angle - sorted[i - 1].angle;
    ptm_sort(steps, count);
    return count > 0 ? steps[count / 2] : 0;
}

/* View i of the sorted list, which goes on around the circle. */
static double angle_at(const ptm_axis_angle *sorted, int64_t views, int64_t i)
{
    return sorted[((i % views) + views) % views].angle + 2 * PI * floor((double)i / (double)views);
}

/* From the two views about an angle, or the nearest two if it is at most one and a half steps beyond them. */
static bool find_opposite(ptm_axis_pair *pair, const ptm_axis_angle *sorted, int64_t views, double angle, double step)
{
    int64_t low = -1, high = views; /* angle_at(low) <= angle < angle_at(high) */
    while (high - low > 1) {
        const int64_t middle = (low + high) / 2;
        if (sorted[middle].angle <= angle) low = middle;
        else high = middle;
    }
    int64_t a = low;
    if (angle_at(sorted, views, low + 1) - angle_at(sorted, views, low) > 2.5 * step) {
        const double behind = angle - angle_at(sorted, views, low), before = angle_at(sorted, views, low + 1) - angle;
        if (fmin(behind, before) > 1.5 * step) return false;
        a = behind < before ? low - 1 : low + 1;
    }
    const double x = angle_at(sorted, views, a), y = angle_at(sorted, views, a + 1);
    if (!(y > x) || y - x > 2.5 * step) return false;
    pair->second[0] = sorted[((a % views) + views) % views].view;
    pair->second[1] = sorted[(((a + 1) % views) + views) % views].view;
    pair->part = (angle - x) / (y - x);
    return true;
}

int ptm_axis_pairs(ptm_axis_pair *pairs, int *count, int most, const double *angles, int64_t views)
{
    ptm_axis_angle *sorted = NULL;
    int status = ptm_axis_sort(&sorted, angles, views, 2 * PI);
    if (status) return status;
    double *steps = ptm_alloc((size_t)views, sizeof *steps);
    ptm_axis_pair *all = ptm_alloc((size_t)views, sizeof *all);
    int64_t found = 0;
    const double step = steps ? usual_step(sorted, views, steps) : 0;
    for (int64_t i = 0; i < views && steps && all; ++i) {
        const double opposite = sorted[i].angle + (sorted[i].angle < PI ? PI : -PI);
        all[found].first = sorted[i].view;
        found += find_opposite(&all[found], sorted, views, opposite, step);
    }
    *count = found < most ? (int)found : most;
    for (int64_t i = 0; i < *count; ++i) pairs[i] = all[i * found / *count];
    status = steps && all ? PTM_OK : PTM_ERROR_MEMORY;
    free(all);
    free(steps);
    free(sorted);
    if (!status && found == 0)
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "no two views are opposite each other, expected angles over a half turn or more");
    return status;
}

void ptm_axis_lines(double *first, double *second, const ptm_block *b, const ptm_axis_pair *pair, int64_t row,
    double slant)
{
    for (int64_t u = 0; u < b->columns; ++u) {
        const double wanted = (double)row + slant * ((double)u - 0.5 * (double)(b->columns - 1));
        const double place = fmin(fmax(wanted, 0), (double)(b->rows - 1)), part = place - floor(place);
        const int64_t above = (int64_t)place, below = above + 1 < b->rows ? above + 1 : above;
        const int64_t views[3] = { pair->first, pair->second[0], pair->second[1] };
        double at[3];
        for (int i = 0; i < 3; ++i)
            at[i] = (1 - part) * (double)ptm_block_line(b, views[i], above)[u] +
                part * (double)ptm_block_line(b, views[i], below)[u];
        first[u] = at[0];
        second[u] = (1 - pair->part) * at[1] + pair->part * at[2];
    }
}

double ptm_axis_vertex(double before, double here, double behind)
{
    const double bend = before - 2 * here + behind, shift = bend != 0 ? 0.5 * (before - behind) / bend : 0;
    return fmax(-1, fmin(1, shift));
}

/* ------------------------------------------------------------------ the methods */

static bool is_full_turn(const double *angles, int64_t views)
{
    double least = angles[0], most = angles[0];
    for (int64_t i = 1; i < views; ++i) {
        least = fmin(least, angles[i]);
        most = fmax(most, angles[i]);
    }
    return (most - least) * (double)views / (double)(views - 1) > 2 * PI * 0.999;
}

static int check_search(ptm_axis_search *s, const ptm_axis_options *o)
{
    const ptm_block *b = s->block;
    if ((int)o->method < 0 || o->method > PTM_AXIS_VO)
        return ptm_fail(PTM_ERROR_ARGUMENT, "method is %d, which is none of ptm_axis_method", (int)o->method);
    if (b->views < 3 || b->columns < 8)
        return ptm_fail(PTM_ERROR_ARGUMENT, "projections have %lld views of %lld columns, expected at least 3 of 8",
            (long long)b->views, (long long)b->columns);
    for (int64_t i = 0; i < b->views; ++i)
        if (!isfinite(s->angles[i]))
            return ptm_fail(PTM_ERROR_ARGUMENT, "angles[%lld] is %g, expected a finite number", (long long)i, s->angles[i]);
    const double last = (double)(b->columns - 1);
    s->rows = b->rows;
    s->from = o->from;
    s->to = o->to > 0 ? o->to : last;
    if (s->from >= 0 && s->to > s->from && s->to <= last) return PTM_OK;
    return ptm_fail(PTM_ERROR_ARGUMENT, "the axis is sought from column %g to %g, expected within 0 to %g", o->from,
        o->to, last);
}

static int check_column(double column, const ptm_axis_search *s)
{
    if (column >= s->from - 1 && column <= s->to + 1) return PTM_OK;
    return ptm_fail(PTM_ERROR_ARGUMENT, "the axis seems to be at column %g, expected within %g to %g", column, s->from,
        s->to);
}

int ptm_find_rotation_axis(double *column, ptm_device *device, const ptm_array *projections, const double *angles,
    const ptm_axis_options *options)
{
    static int (*const methods[])(double *, const ptm_axis_search *) = { NULL, ptm_axis_by_sharpness, ptm_axis_by_phase,
        ptm_axis_by_overlap, ptm_axis_by_vo };
    ptm_axis_options o;
    ptm_block b;
    if (!column || !device || !angles)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !column ? "column" : !device ? "device" : "angles");
    int status = ptm_copy_sized(&o, sizeof o, options, "ptm_axis_options");
    if (!status) status = ptm_block_check(&b, device->context, projections, "projections");
    ptm_axis_search s = { .context = device->context, .device = device, .block = &b, .angles = angles };
    if (!status) status = check_search(&s, &o);
    if (status) return status;
    ptm_axis_method method = o.method;
    if (method == PTM_AXIS_AUTO) method = is_full_turn(angles, b.views) ? PTM_AXIS_OVERLAP : PTM_AXIS_SHARPNESS;
    double found = 0;
    status = methods[method](&found, &s);
    if (!status) status = check_column(found, &s);
    if (!status) *column = found;
    return status;
}
