/* bad_pixels.c - pixels that do not tell what they should: found from flat and dark fields, replaced from their
 * neighbours. */
#include <polytome/correct.h>

#include "core/error.h"
#include "correct/block.h"
#include "correct/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REACH 2 /* of the neighbourhood that a pixel is compared with: 5 x 5 */

/* ------------------------------------------------------------------ finding */

typedef struct finding {
    int64_t rows, columns;
    const float *image; /* what pixels are compared in */
    float *near;        /* the median of each pixel's neighbourhood */
    bool quotients;     /* compared by quotients, not by differences */
} finding;

static void near_medians(void *user, int64_t row, void *scratch)
{
    const finding *f = user;
    float *values = scratch;
    for (int64_t column = 0; column < f->columns; ++column) {
        int64_t count = 0;
        for (int64_t j = row - REACH; j <= row + REACH; ++j)
            for (int64_t i = column - REACH; i <= column + REACH; ++i)
                if (j >= 0 && j < f->rows && i >= 0 && i < f->columns) values[count++] = f->image[j * f->columns + i];
        f->near[row * f->columns + column] = ptm_median(values, count);
    }
}

/* How far a pixel is from its neighbourhood. */
static float deviation(const finding *f, int64_t i)
{
    if (!f->quotients) return f->image[i] - f->near[i];
    return f->near[i] > 0 ? f->image[i] / f->near[i] - 1 : f->image[i] > 0 ? INFINITY : 0;
}

/* Marks pixels that deviate by more than threshold times the standard deviation, which is taken from the median of the
 * magnitudes, so that bad pixels do not count: 1.4826 times it for normal ones (P. J. Rousseeuw, C. Croux, J. Am.
 * Stat. Assoc. 88, 1993). */
static void mark_outliers(uint8_t *bad, const finding *f, double threshold, double least, float *values)
{
    const int64_t pixels = f->rows * f->columns;
    for (int64_t i = 0; i < pixels; ++i) values[i] = deviation(f, i);
    const float middle = ptm_median(values, pixels);
    for (int64_t i = 0; i < pixels; ++i) values[i] = fabsf(deviation(f, i) - middle);
    const double limit = threshold * fmax(1.4826 * (double)ptm_median(values, pixels), least);
    for (int64_t i = 0; i < pixels; ++i)
        if (!(fabs((double)deviation(f, i) - (double)middle) <= limit)) bad[i] = 1;
}

/* The standard deviation of each pixel over frames. */
static void noise_of(float *out, const float *frames, const float *mean, int count, int64_t pixels)
{
    for (int64_t i = 0; i < pixels; ++i) {
        double sum = 0;
        for (int k = 0; k < count; ++k) {
            const double d = (double)frames[k * pixels + i] - (double)mean[i];
            sum += d * d;
        }
        out[i] = (float)sqrt(sum / (count - 1));
    }
}

typedef struct images {
    float *flat, *dark, *near, *values;
} images;

static void free_images(images *m)
{
    free(m->flat);
    free(m->dark);
    free(m->near);
    free(m->values);
}

static int compare(uint8_t *bad, ptm_context *context, const images *m, const float *image, bool quotients, double least,
    const ptm_bad_pixel_options *o)
{
    finding f = { o->rows, o->columns, image, m->near, quotients };
    const size_t bytes = (2 * REACH + 1) * (2 * REACH + 1) * sizeof(float);
    const int status = ptm_spread(context, o->rows, bytes, near_medians, &f);
    if (!status) mark_outliers(bad, &f, o->threshold > 0 ? o->threshold : 8, least, m->values);
    return status;
}

/* Pixels that answer too much or too little, that flicker or stand still, and whose dark field is too high. */
static int find(uint8_t *bad, ptm_context *context, const images *m, const ptm_bad_pixel_options *o)
{
    const int64_t pixels = (int64_t)o->rows * o->columns;
    int status = ptm_combine_frames(m->flat, context, o->flats, o->flat_count, pixels, false);
    if (!status && o->flat_count > 3) {
        noise_of(m->dark, o->flats, m->flat, o->flat_count, pixels);
        status = compare(bad, context, m, m->dark, true, 1e-5, o);
        for (int64_t i = 0; i < pixels && !status; ++i)
            if (m->dark[i] == 0 && m->near[i] > 0) bad[i] = 1;
    }
    memset(m->dark, 0, (size_t)pixels * sizeof *m->dark);
    if (!status && o->dark_count > 0) status = ptm_combine_frames(m->dark, context, o->darks, o->dark_count, pixels, false);
    for (int64_t i = 0; i < pixels; ++i) {
        m->flat[i] -= m->dark[i];
        if (!(m->flat[i] > 0 && isfinite(m->flat[i]))) bad[i] = 1;
        m->values[i] = m->flat[i];
    }
    const double beam = status ? 0 : (double)ptm_median(m->values, pixels);
    if (!status) status = compare(bad, context, m, m->flat, true, 1e-5, o);
    if (!status && o->dark_count > 0) status = compare(bad, context, m, m->dark, false, 1e-5 * beam, o);
    return status;
}

int ptm_find_bad_pixels(uint8_t *bad, int64_t *count, ptm_context *context, const ptm_bad_pixel_options *options)
{
    ptm_bad_pixel_options o;
    if (!bad || !context || !options)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !bad ? "bad" : !context ? "context" : "options");
    int status = ptm_copy_sized(&o, sizeof o, options, "ptm_bad_pixel_options");
    if (status) return status;
    if (o.rows < 1 || o.columns < 1 || !o.flats || o.flat_count < 1 || o.dark_count < 0 || (o.dark_count > 0 && !o.darks))
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "%d x %d pixels, %d flats and %d darks, expected pixels and at least one flat", o.rows,
            o.columns, o.flats ? o.flat_count : 0, o.darks ? o.dark_count : 0);
    if (!(o.threshold >= 0)) return ptm_fail(PTM_ERROR_ARGUMENT, "threshold is %g, expected 0 or more", o.threshold);
    const size_t pixels = (size_t)o.rows * (size_t)o.columns;
    images m = { ptm_alloc(pixels, sizeof(float)), ptm_alloc(pixels, sizeof(float)), ptm_alloc(pixels, sizeof(float)),
        ptm_alloc(pixels, sizeof(float)) };
    memset(bad, 0, pixels);
    status = m.flat && m.dark && m.near && m.values ? find(bad, context, &m, &o) : PTM_ERROR_MEMORY;
    free_images(&m);
    if (status || !count) return status;
    *count = 0;
    for (size_t i = 0; i < pixels; ++i) *count += bad[i];
    return PTM_OK;
}

/* ------------------------------------------------------------------ replacing */

/* For each bad pixel the good ones that stand in for it. */
typedef struct stand_in { int64_t row, column; double weight; } stand_in;
typedef struct replacement {
    const ptm_block *block;
    int64_t count, *row, *column, *first; /* first[i] ... first[i + 1] - 1 in from */
    stand_in *from;
    int64_t used, room;
} replacement;

static void free_replacement(replacement *r)
{
    free(r->row);
    free(r->column);
    free(r->first);
    free(r->from);
}

static int append(replacement *r, stand_in s)
{
    if (r->used == r->room) {
        const int64_t room = r->room ? 2 * r->room : 1024;
        stand_in *more = realloc(r->from, (size_t)room * sizeof *more);
        if (!more)
            return ptm_fail(PTM_ERROR_MEMORY, "no memory on the host for %lld neighbours of bad pixels", (long long)room);
        r->from = more;
        r->room = room;
    }
    r->from[r->used++] = s;
    return PTM_OK;
}

/* The good ones on the edge of the square that reaches so far from the pixel, weighted by their inverse squared
 * distance. */
static int take_edge(replacement *r, const uint8_t *bad, int64_t row, int64_t column, int64_t reach)
{
    const ptm_block *b = r->block;
    int status = PTM_OK;
    for (int64_t j = row - reach; j <= row + reach && !status; ++j) {
        const bool whole = j == row - reach || j == row + reach; /* else its two ends */
        for (int64_t i = column - reach; i <= column + reach && !status; i += whole ? 1 : 2 * reach)
            if (j >= 0 && j < b->rows && i >= 0 && i < b->columns && !bad[j * b->columns + i])
                status = append(r, (stand_in){ j, i, 1.0 / (double)((j - row) * (j - row) + (i - column) * (i - column)) });
    }
    return status;
}

/* The nearest edge that has good pixels. */
static int find_stand_ins(replacement *r, const uint8_t *bad, int64_t row, int64_t column)
{
    const int64_t first = r->used, farthest = r->block->rows > r->block->columns ? r->block->rows : r->block->columns;
    for (int64_t reach = 1; reach <= farthest && r->used == first; ++reach) {
        const int status = take_edge(r, bad, row, column, reach);
        if (status) return status;
    }
    if (r->used == first)
        return ptm_fail(PTM_ERROR_ARGUMENT, "bad marks all %lld pixels", (long long)(r->block->rows * r->block->columns));
    double sum = 0;
    for (int64_t i = first; i < r->used; ++i) sum += r->from[i].weight;
    for (int64_t i = first; i < r->used; ++i) r->from[i].weight /= sum;
    return PTM_OK;
}

static int plan(replacement *r, const uint8_t *bad)
{
    const int64_t pixels = r->block->rows * r->block->columns;
    int64_t count = 0;
    for (int64_t i = 0; i < pixels; ++i) count += bad[i] != 0;
    r->row = ptm_alloc((size_t)count, sizeof *r->row);
    r->column = ptm_alloc((size_t)count, sizeof *r->column);
    r->first = ptm_alloc((size_t)count + 1, sizeof *r->first);
    if (!r->row || !r->column || !r->first) return PTM_ERROR_MEMORY;
    for (int64_t i = 0; i < pixels; ++i) {
        if (!bad[i]) continue;
        r->row[r->count] = i / r->block->columns;
        r->column[r->count] = i % r->block->columns;
        const int status = find_stand_ins(r, bad, r->row[r->count], r->column[r->count]);
        if (status) return status;
        r->first[++r->count] = r->used;
    }
    return PTM_OK;
}

static void replace_in_view(void *user, int64_t view, void *scratch)
{
    const replacement *r = user;
    (void)scratch;
    for (int64_t i = 0; i < r->count; ++i) {
        double sum = 0;
        for (int64_t k = r->first[i]; k < r->first[i + 1]; ++k)
            sum += r->from[k].weight * (double)ptm_block_line(r->block, view, r->from[k].row)[r->from[k].column];
        ptm_block_line(r->block, view, r->row[i])[r->column[i]] = (float)sum;
    }
}

int ptm_replace_pixels(ptm_context *context, const ptm_array *projections, const uint8_t *bad)
{
    ptm_block b;
    int status = ptm_block_check(&b, context, projections, "projections");
    if (status) return status;
    if (!bad) return ptm_fail(PTM_ERROR_ARGUMENT, "bad is NULL");
    replacement r = { .block = &b };
    status = plan(&r, bad);
    if (!status && r.count > 0) status = ptm_spread(context, b.views, 0, replace_in_view, &r);
    free_replacement(&r);
    return status;
}
