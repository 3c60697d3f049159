/* trace.c - the trace of metal in projections, interpolated from what is beside it. */
#include <polytome/correct.h>

#include "core/error.h"
#include "correct/block.h"

#include <string.h>

typedef struct traces {
    const ptm_block *block, *trace, *prior; /* prior may be NULL */
} traces;

/* What is interpolated: the value itself, or as a part of the prior's. */
static double relative(const float *line, const float *prior, int64_t u)
{
    return prior ? prior[u] > 0 ? (double)line[u] / (double)prior[u] : 1 : (double)line[u];
}

/* Columns first ... end - 1 of n, from the columns on both sides of them. */
static void fill_gap(float *line, const float *prior, int64_t first, int64_t end, int64_t n)
{
    const double left = relative(line, prior, first > 0 ? first - 1 : end);
    const double right = relative(line, prior, end < n ? end : first - 1);
    for (int64_t u = first; u < end; ++u) {
        const double value = left + (right - left) * (double)(u - first + 1) / (double)(end - first + 1);
        line[u] = (float)(prior ? value * (double)prior[u] : value);
    }
}

static void fill_line(float *line, const float *trace, const float *prior, int64_t n)
{
    for (int64_t first = 0; first < n; ++first) {
        int64_t end = first;
        while (end < n && trace[end] > 0) ++end;
        if (end > first && !(first == 0 && end == n)) fill_gap(line, prior, first, end, n);
        first = end;
    }
}

static void fill_view(void *user, int64_t view, void *scratch)
{
    const traces *t = user;
    (void)scratch;
    for (int64_t row = 0; row < t->block->rows; ++row)
        fill_line(ptm_block_line(t->block, view, row), ptm_block_line(t->trace, view, row),
            t->prior ? ptm_block_line(t->prior, view, row) : NULL, t->block->columns);
}

static int check_like(ptm_block *out, ptm_context *context, const ptm_array *array, const char *name, const ptm_block *b)
{
    const int status = ptm_block_check(out, context, array, name);
    if (status) return status;
    if (out->views == b->views && out->rows == b->rows && out->columns == b->columns) return PTM_OK;
    return ptm_fail(PTM_ERROR_ARGUMENT, "%s is (%lld, %lld, %lld), expected the shape of projections, (%lld, %lld, %lld)",
        name,
        (long long)out->views, (long long)out->rows, (long long)out->columns, (long long)b->views, (long long)b->rows,
        (long long)b->columns);
}

int ptm_interpolate_trace(ptm_context *context, const ptm_array *projections, const ptm_array *trace,
    const ptm_array *prior)
{
    ptm_block b, t, p;
    int status = ptm_block_check(&b, context, projections, "projections");
    if (!status) status = check_like(&t, context, trace, "trace", &b);
    if (!status && prior) status = check_like(&p, context, prior, "prior", &b);
    return status ? status : ptm_spread(context, b.views, 0, fill_view, &(traces){ &b, &t, prior ? &p : NULL });
}
