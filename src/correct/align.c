/* align.c - views put where they belong: shifts of single ones, and a detector that leans. */
#include <polytome/correct.h>

#include "core/error.h"
#include "correct/block.h"

#include <math.h>
#include <string.h>

#define MOST_LEAN (3.14159265358979323846 / 4)

typedef struct alignment {
    const ptm_block *block;
    const double (*shifts)[2];
    double middle[2];       /* column and row about which is turned */
    double column[2];       /* how far along columns and rows of the view a step along a column of the result goes, */
    double row[2];          /* and along a row */
} alignment;

/* Cubic convolution: R. G. Keys, IEEE Trans. Acoust. Speech Signal Process. 29, 1981, equation 15. Of the values about a
 * place at -1, 0, 1 and 2, which is t behind that at 0. */
static void find_weights(double w[4], double t)
{
    w[0] = ((-0.5 * t + 1) * t - 0.5) * t;
    w[1] = (1.5 * t - 2.5) * t * t + 1;
    w[2] = ((-1.5 * t + 2) * t + 0.5) * t;
    w[3] = (0.5 * t - 0.5) * t * t;
}

/* Which four are taken of so many, and how; beyond the edges are the values at them. */
static void find_taps(int64_t at[4], double w[4], double place, int64_t count)
{
    const double inside = fmin(fmax(place, -2), (double)count + 1), below = floor(inside);
    find_weights(w, inside - below);
    for (int k = 0; k < 4; ++k) {
        const int64_t i = (int64_t)below + k - 1;
        at[k] = i < 0 ? 0 : i < count ? i : count - 1;
    }
}

static float sample(const float *picture, const ptm_block *b, const double place[2])
{
    int64_t i[4], j[4];
    double wi[4], wj[4], sum = 0;
    find_taps(i, wi, place[0], b->columns);
    find_taps(j, wj, place[1], b->rows);
    for (int k = 0; k < 4; ++k) {
        const float *line = picture + j[k] * b->columns;
        sum += wj[k] * (wi[0] * (double)line[i[0]] + wi[1] * (double)line[i[1]] + wi[2] * (double)line[i[2]] +
                           wi[3] * (double)line[i[3]]);
    }
    return (float)sum;
}

static void align_view(void *user, int64_t view, void *scratch)
{
    const alignment *a = user;
    const ptm_block *b = a->block;
    float *picture = scratch;
    const double *shift = a->shifts ? a->shifts[view] : (const double[2]){ 0, 0 };
    for (int64_t j = 0; j < b->rows; ++j)
        memcpy(picture + j * b->columns, ptm_block_line(b, view, j), (size_t)b->columns * sizeof *picture);
    for (int64_t j = 0; j < b->rows; ++j) {
        float *line = ptm_block_line(b, view, j);
        for (int64_t i = 0; i < b->columns; ++i) {
            const double x = (double)i - a->middle[0], y = (double)j - a->middle[1];
            double place[2];
            for (int k = 0; k < 2; ++k) place[k] = a->middle[k] + shift[k] + a->column[k] * x + a->row[k] * y;
            line[i] = sample(picture, b, place);
        }
    }
}

static int check(const ptm_align_options *o, int64_t views)
{
    if (!(fabs(o->lean) < MOST_LEAN))
        return ptm_fail(PTM_ERROR_ARGUMENT, "lean is %g, expected between -pi / 4 and pi / 4", o->lean);
    if (!(isfinite(o->aspect) && o->aspect >= 0))
        return ptm_fail(PTM_ERROR_ARGUMENT, "aspect is %g, expected more than 0, or 0", o->aspect);
    if (!isfinite(o->middle)) return ptm_fail(PTM_ERROR_ARGUMENT, "middle is %g, expected a finite number", o->middle);
    for (int64_t i = 0; i < views && o->shifts; ++i)
        for (int k = 0; k < 2; ++k)
            if (!isfinite(o->shifts[i][k]))
                return ptm_fail(PTM_ERROR_ARGUMENT, "shifts[%lld][%d] is %g, expected a finite number", (long long)i, k,
                    o->shifts[i][k]);
    return PTM_OK;
}

int ptm_align(ptm_context *context, const ptm_array *projections, const ptm_align_options *options)
{
    ptm_align_options o;
    ptm_block b;
    int status = ptm_copy_sized(&o, sizeof o, options, "ptm_align_options");
    if (!status) status = ptm_block_check(&b, context, projections, "projections");
    if (!status) status = check(&o, b.views);
    if (status) return status;
    const double aspect = o.aspect > 0 ? o.aspect : 1;
    alignment a = { .block = &b, .shifts = o.shifts,
        .middle = { 0.5 * (double)(b.columns - 1), 0.5 * (double)(b.rows - 1) + o.middle },
        .column = { cos(o.lean), -sin(o.lean) / aspect }, .row = { sin(o.lean) * aspect, cos(o.lean) } };
    return ptm_spread(context, b.views, (size_t)(b.rows * b.columns) * sizeof(float), align_view, &a);
}
