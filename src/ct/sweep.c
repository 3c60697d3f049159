#include "ct/sweep.h"

#include <math.h>
#include <stdlib.h>

static int by_angle(const void *a, const void *b)
{
    const ptm_turn *p = a, *q = b;
    return p->angle < q->angle ? -1 : p->angle > q->angle ? 1 : p->view - q->view;
}

static double within(double angle, double period)
{
    if (isinf(period)) return angle;
    const double a = fmod(angle, period);
    /* An angle a rounding below the period is the period's beginning. */
    return period - a < 1e-9 ? 0 : a;
}

/* Sorted angles begin anew after the widest gap, of which they say how wide it is. */
static void begin_after_gap(ptm_turn *to, const ptm_turn *sorted, int count, double period, double *gap)
{
    int last = count - 1;
    *gap = sorted[0].angle + period - sorted[last].angle;
    for (int i = 0; i + 1 < count && !isinf(period); ++i) {
        const double after = sorted[i + 1].angle - sorted[i].angle;
        if (after > *gap * (1 + 1e-9)) {
            *gap = after;
            last = i;
        }
    }
    const int begin = (last + 1) % count;
    for (int i = 0; i < count; ++i) {
        to[i] = sorted[(begin + i) % count];
        to[i].angle -= sorted[begin].angle;
        if (begin + i >= count) to[i].angle += period;
    }
}

int ptm_sweep_make(ptm_sweep *out, const double *angles, int count, double period)
{
    *out = (ptm_sweep){ .count = count, .turns = ptm_alloc((size_t)count, sizeof *out->turns) };
    ptm_turn *sorted = ptm_alloc((size_t)count, sizeof *sorted);
    if (!out->turns || !sorted) {
        free(sorted);
        ptm_sweep_free(out);
        return PTM_ERROR_MEMORY;
    }
    for (int i = 0; i < count; ++i) sorted[i] = (ptm_turn){ within(angles[i], period), 0, i };
    qsort(sorted, (size_t)count, sizeof *sorted, by_angle);
    begin_after_gap(out->turns, sorted, count, period, &out->gap);
    free(sorted);
    out->first = within(angles[out->turns[0].view], period);
    out->range = out->turns[count - 1].angle;
    for (int i = 1; i < count; ++i) out->widest = fmax(out->widest, out->turns[i].angle - out->turns[i - 1].angle);
    return PTM_OK;
}

void ptm_sweep_free(ptm_sweep *s)
{
    free(s->turns);
    s->turns = NULL;
}

bool ptm_sweep_is_closed(const ptm_sweep *s)
{
    return s->count < 3 ? !isinf(s->gap) : s->gap <= 5 * s->range / (s->count - 1);
}

double ptm_sweep_steps(ptm_sweep *s, bool closed)
{
    double before = closed ? s->gap : 0, sum = 0;
    for (int i = 0; i < s->count; ++i) {
        const double after = i + 1 < s->count ? s->turns[i + 1].angle - s->turns[i].angle : closed ? s->gap : 0;
        s->turns[i].step = 0.5 * (before + after);
        before = after;
        sum += s->turns[i].step;
    }
    return sum;
}
