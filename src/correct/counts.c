/* counts.c - counts to line integrals. */
#include <polytome/correct.h>

#include "core/error.h"
#include "correct/block.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Flats of one moment each, the dark field, and what is made of them. */
typedef struct fields {
    float *flats;  /* (moment, row, column) */
    double *times; /* of the moments, in views; ascending */
    int moments;
    float *dark;
} fields;

typedef struct work {
    const ptm_counts_options *options;
    const ptm_block *block;
    const fields *fields;
    float least;
    int64_t *raised; /* one for each view */
} work;

static void free_fields(fields *f)
{
    free(f->flats);
    free(f->times);
    free(f->dark);
}

static int check_options(const ptm_counts_options *o)
{
    if (o->flat_count < 1 || !o->flats || o->dark_count < 0 || (o->dark_count > 0 && !o->darks))
        return ptm_fail(PTM_ERROR_ARGUMENT, "%d flats and %d darks, expected at least one flat",
            o->flats ? o->flat_count : 0,
            o->darks ? o->dark_count : 0);
    if (!(o->least >= 0 && o->least < 1))
        return ptm_fail(PTM_ERROR_ARGUMENT, "least is %g, expected 0 to below 1", o->least);
    if (!isfinite(o->first_view) || !isfinite(o->view_step) || o->view_step < 0)
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "first_view is %g and view_step %g, expected finite numbers and a step of 0 or more",
            o->first_view, o->view_step);
    for (int i = 0; o->flat_views && i < o->flat_count; ++i)
        if (!isfinite(o->flat_views[i]) || (i > 0 && o->flat_views[i] < o->flat_views[i - 1]))
            return ptm_fail(PTM_ERROR_ARGUMENT, "flat_views[%d] is %g, expected finite numbers in ascending order", i,
                o->flat_views[i]);
    return PTM_OK;
}

/* Flats that follow each other and were taken at one moment become one. */
static int make_fields(fields *f, ptm_context *context, const ptm_counts_options *o, int64_t pixels)
{
    int status = PTM_OK;
    f->flats = ptm_alloc((size_t)o->flat_count * (size_t)pixels, sizeof *f->flats);
    f->times = ptm_alloc((size_t)o->flat_count, sizeof *f->times);
    f->dark = ptm_alloc((size_t)pixels, sizeof *f->dark);
    if (!f->flats || !f->times || !f->dark) return PTM_ERROR_MEMORY;
    for (int first = 0, end; first < o->flat_count && !status; first = end) {
        for (end = first + 1; end < o->flat_count && (!o->flat_views || o->flat_views[end] == o->flat_views[first]);) ++end;
        f->times[f->moments] = o->flat_views ? o->flat_views[first] : 0;
        status = ptm_combine_frames(f->flats + f->moments++ * pixels, context, o->flats + first * pixels, end - first,
            pixels,
            o->median);
    }
    if (!status && o->dark_count > 0)
        status = ptm_combine_frames(f->dark, context, o->darks, o->dark_count, pixels, o->median);
    return status;
}

/* The moment before a view and how much the one behind it counts: linear between moments, constant before and behind
 * all. */
static int moment_of(double *part, const fields *f, double view)
{
    int at = 0;
    while (at + 1 < f->moments && f->times[at + 1] <= view) ++at;
    *part = 0;
    if (at + 1 < f->moments && view > f->times[at]) *part = (view - f->times[at]) / (f->times[at + 1] - f->times[at]);
    return at;
}

/* A pixel whose flat is not above its dark has transmission 1. */
static void transmissions(float *line, const float *before, const float *after, double part, const float *dark,
    int64_t columns)
{
    for (int64_t i = 0; i < columns; ++i) {
        const double flat = (1 - part) * (double)before[i] + part * (double)after[i], beam = flat - (double)dark[i];
        line[i] = beam > 0 ? (float)(((double)line[i] - (double)dark[i]) / beam) : 1;
    }
}

/* The natural logarithm of a float that is positive, finite and normal, to 2 units of its last place; loops with it
 * become vectors. x = 2^e m with m from sqrt(1/2) to sqrt(2), log m = 2 artanh((m - 1) / (m + 1)). */
static inline float log_of(float x)
{
    int32_t bits;
    float m;
    memcpy(&bits, &x, sizeof bits);
    const int32_t e = (bits - 0x3f3504f3) >> 23;
    bits -= (int32_t)((uint32_t)e << 23);
    memcpy(&m, &bits, sizeof m);
    const float s = (m - 1) / (m + 1), q = s * s;
    const float series = q * (1 / 3.0f + q * (1 / 5.0f + q * (1 / 7.0f + q * (1 / 9.0f + q * (1 / 11.0f)))));
    /* log 2 in two parts, of which the first times any exponent is exact */
    return (float)e * 0.693359375f + (2 * s + (2 * s * series - (float)e * 2.12194440e-4f));
}

static int64_t logarithms(float *line, int64_t columns, float least)
{
    int64_t raised = 0;
    for (int64_t i = 0; i < columns; ++i) {
        const bool low = !(line[i] >= least && line[i] <= 3.0e38f);
        raised += low;
        line[i] = low ? least : line[i];
    }
    for (int64_t i = 0; i < columns; ++i) line[i] = -log_of(line[i]);
    return raised;
}

static void correct_view(void *user, int64_t view, void *scratch)
{
    const work *w = user;
    const ptm_block *b = w->block;
    const ptm_counts_options *o = w->options;
    const double step = o->view_step > 0 ? o->view_step : 1;
    double part;
    const int moment = moment_of(&part, w->fields, o->first_view + (double)view * step);
    const float *before = w->fields->flats + moment * b->rows * b->columns;
    const float *after = part > 0 ? before + b->rows * b->columns : before;
    (void)scratch;
    for (int64_t row = 0; row < b->rows; ++row) {
        float *line = ptm_block_line(b, view, row);
        const int64_t at = row * b->columns;
        transmissions(line, before + at, after + at, part, w->fields->dark + at, b->columns);
        if (!o->transmissions) w->raised[view] += logarithms(line, b->columns, w->least);
    }
}

int ptm_line_integrals(ptm_context *context, const ptm_array *projections, const ptm_counts_options *options,
    int64_t *raised)
{
    ptm_counts_options o;
    ptm_block b;
    fields f = { 0 };
    if (!options) return ptm_fail(PTM_ERROR_ARGUMENT, "options is NULL");
    int status = ptm_copy_sized(&o, sizeof o, options, "ptm_counts_options");
    if (!status) status = ptm_block_check(&b, context, projections, "projections");
    if (!status) status = check_options(&o);
    if (status) return status;
    int64_t *each = ptm_alloc((size_t)b.views, sizeof *each), sum = 0;
    status = each ? make_fields(&f, context, &o, b.rows * b.columns) : PTM_ERROR_MEMORY;
    work w = { &o, &b, &f, o.least > 0 ? fmaxf((float)o.least, 1e-30f) : 1e-6f, each };
    if (!status) status = ptm_spread(context, b.views, 0, correct_view, &w);
    for (int64_t i = 0; i < b.views && each; ++i) sum += each[i];
    free(each);
    free_fields(&f);
    if (!status && raised) *raised = sum;
    return status;
}
