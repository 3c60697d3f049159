/* axis_overlap.c - the rotation axis from opposite views: a view mirrored about the axis is the one from the opposite
 * side, as far as both reach. Derivatives along the columns are compared, so that what is slow does not hide the
 * object's edges, at every half column, where mirrored samples fall on samples; so it finds the axis of a detector
 * that sees little more than half the object too. */
#include "correct/axis.h"

#include "core/error.h"

#include <math.h>
#include <stdlib.h>

#define PAIRS 128
#define SMOOTH 4 /* columns on either side of a derivative: noise counts less */
#define LINES 512 /* most of pairs times rows */

/* Derivatives (line, column) of both views of each pair, the second one mirrored; and running sums of them and of
 * their squares. */
typedef struct overlap {
    int64_t lines, columns;
    double *values[2], *sums[2], *squares[2];
    int64_t first; /* the least shift that is looked at */
    double *scores, *likeness;
} overlap;

static void free_overlap(overlap *o)
{
    for (int i = 0; i < 2; ++i) {
        free(o->values[i]);
        free(o->sums[i]);
        free(o->squares[i]);
    }
    free(o->scores);
    free(o->likeness);
}

static int allocate(overlap *o, int64_t shifts)
{
    const size_t n = (size_t)(o->lines * (o->columns + 1));
    bool ok = true;
    for (int i = 0; i < 2; ++i)
        ok = ok && (o->values[i] = ptm_alloc(n, sizeof(double))) && (o->sums[i] = ptm_alloc(n, sizeof(double))) &&
            (o->squares[i] = ptm_alloc(n, sizeof(double)));
    ok = ok && (o->scores = ptm_alloc((size_t)shifts, sizeof(double))) &&
        (o->likeness = ptm_alloc((size_t)shifts, sizeof(double)));
    return ok ? PTM_OK : PTM_ERROR_MEMORY;
}

/* Between columns u and u + 1 of so many: the means of those on either side. */
static double derivative(const double *line, int64_t u, int64_t columns)
{
    double sum = 0;
    int64_t count = 0;
    for (; count < SMOOTH && u - count >= 0 && u + 1 + count < columns; ++count)
        sum += line[u + 1 + count] - line[u - count];
    return sum / (double)count;
}

static void differentiate(overlap *o, int64_t line, const double *first, const double *second)
{
    const int64_t n = o->columns, at = line * (n + 1);
    for (int64_t u = 0; u < n; ++u) {
        o->values[0][at + u] = derivative(first, u, n + 1);
        o->values[1][at + n - 1 - u] = -derivative(second, u, n + 1);
    }
    for (int i = 0; i < 2; ++i)
        for (int64_t u = 0; u < n; ++u) {
            const double value = o->values[i][at + u];
            o->sums[i][at + u + 1] = o->sums[i][at + u] + value;
            o->squares[i][at + u + 1] = o->squares[i][at + u] + value * value;
        }
}

static int load(overlap *o, const ptm_axis_search *s, const ptm_axis_pair *pairs, int count, int64_t rows)
{
    double *lines = ptm_alloc(2 * (size_t)s->block->columns, sizeof *lines), *second = lines + s->block->columns;
    if (!lines) return PTM_ERROR_MEMORY;
    for (int64_t i = 0; i < o->lines; ++i) {
        const int64_t row = s->first_row + (2 * (i / count) + 1) * s->rows / (2 * rows);
        ptm_axis_lines(lines, second, s->block, &pairs[i % count], row, s->slant);
        differentiate(o, i, lines, second);
    }
    free(lines);
    return PTM_OK;
}

/* How like each other first[u] and second[u - shift] are where both are: the correlation coefficient of all lines
 * together. The score is how sure that is (R. A. Fisher, Metron 1, 1921), as a few columns may be alike by chance. */
static void compare(void *user, int64_t k, void *scratch)
{
    overlap *o = user;
    const int64_t n = o->columns, shift = o->first + k, from = shift > 0 ? shift : 0, length = n - llabs(shift);
    double both = 0, squares[2] = { 0, 0 };
    (void)scratch;
    for (int64_t line = 0; line < o->lines; ++line) {
        const int64_t at[2] = { line * (n + 1) + from, line * (n + 1) + from - shift };
        const double *x = o->values[0] + at[0], *y = o->values[1] + at[1];
        double product = 0, sums[2];
        for (int64_t u = 0; u < length; ++u) product += x[u] * y[u];
        for (int i = 0; i < 2; ++i) {
            sums[i] = o->sums[i][at[i] + length] - o->sums[i][at[i]];
            squares[i] += o->squares[i][at[i] + length] - o->squares[i][at[i]] - sums[i] * sums[i] / (double)length;
        }
        both += product - sums[0] * sums[1] / (double)length;
    }
    const double scale = squares[0] * squares[1], alike = scale > 0 ? both / sqrt(scale) : 0;
    o->likeness[k] = alike;
    o->scores[k] = atanh(fmax(fmin(alike, 1 - 1e-9), -1 + 1e-9)) * sqrt((double)length);
}

/* The second view mirrored at its own ends has to be shifted by 2 column - (columns - 1). */
static int search(double *column, overlap *o, const ptm_axis_search *s)
{
    const int64_t n = o->columns, least = n / 20 > 8 ? n / 20 : 8; /* columns in which both must be */
    const int64_t first = (int64_t)ceil(2 * s->from) - n, last = (int64_t)floor(2 * s->to) - n;
    o->first = first > least - n ? first : least - n;
    const int64_t end = last < n - least ? last : n - least, shifts = end - o->first + 1;
    if (shifts < 3)
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "columns %g to %g and opposite views that share %lld columns or more leave no place for the axis",
            s->from, s->to, (long long)least);
    int status = ptm_spread(s->context, shifts, 0, compare, o);
    if (status) return status;
    int64_t best = 0;
    for (int64_t k = 1; k < shifts; ++k)
        if (o->scores[k] > o->scores[best]) best = k;
    if (!(o->likeness[best] > 0)) return ptm_fail(PTM_ERROR_ARGUMENT, "opposite views have nothing in common");
    double fine = (double)(o->first + best);
    if (best > 0 && best < shifts - 1)
        fine += ptm_axis_vertex(o->likeness[best - 1], o->likeness[best], o->likeness[best + 1]);
    *column = 0.5 * (fine + (double)n);
    return PTM_OK;
}

int ptm_axis_by_overlap(double *column, const ptm_axis_search *s)
{
    ptm_axis_pair pairs[PAIRS];
    int count;
    int status = ptm_axis_pairs(pairs, &count, PAIRS, s->angles, s->block->views);
    if (status) return status;
    const int64_t rows = s->rows * count <= LINES ? s->rows : LINES / count;
    overlap o = { .lines = rows * count, .columns = s->block->columns - 1 };
    status = allocate(&o, 2 * o.columns + 1);
    if (!status) status = load(&o, s, pairs, count, rows);
    if (!status) status = search(column, &o, s);
    free_overlap(&o);
    return status;
}
