/* zingers.c - single pixels that a stray photon made too bright. */
#include <polytome/correct.h>

#include "core/error.h"
#include "correct/block.h"
#include "correct/order.h"

#include <stdatomic.h>
#include <string.h>

typedef struct search {
    const ptm_block *block;
    float threshold;
    int64_t reach; /* of the neighbourhood, a square */
    atomic_llong replaced;
} search;

/* A picture, of one view or of one detector row, with a mirrored border as wide as the reach. */
typedef struct picture {
    float *values;
    int64_t height, width, pitch;
    uint16_t *counts; /* of a line */
    float *window;    /* a neighbourhood */
} picture;

static size_t picture_bytes(int64_t height, int64_t width, int64_t reach)
{
    const size_t size = (size_t)(2 * reach + 1);
    return ptm_round_up((size_t)((height + 2 * reach) * (width + 2 * reach)) * sizeof(float)) +
        ptm_round_up(size * size * sizeof(float)) + (size_t)width * sizeof(uint16_t);
}

static picture picture_in(void *scratch, int64_t height, int64_t width, int64_t reach)
{
    const size_t size = (size_t)(2 * reach + 1);
    picture p = { .values = scratch, .height = height, .width = width, .pitch = width + 2 * reach };
    p.window = (float *)((char *)scratch + ptm_round_up((size_t)((height + 2 * reach) * p.pitch) * sizeof(float)));
    p.counts = (uint16_t *)((char *)p.window + ptm_round_up(size * size * sizeof(float)));
    return p;
}

/* Lines of the picture come `stride` apart. */
static void fill(picture *p, const float *from, int64_t stride, int64_t reach)
{
    for (int64_t j = -reach; j < p->height + reach; ++j) {
        const float *line = from + ptm_mirror(j, p->height) * stride;
        float *to = p->values + (j + reach) * p->pitch + reach;
        memcpy(to, line, (size_t)p->width * sizeof *to);
        for (int64_t i = 1; i <= reach; ++i) {
            to[-i] = line[ptm_mirror(-i, p->width)];
            to[p->width - 1 + i] = line[ptm_mirror(p->width - 1 + i, p->width)];
        }
    }
}

/* For each place of a line, how many of its neighbourhood are larger by more than the threshold. */
static void count_larger(picture *p, int64_t line, const search *s)
{
    const float *here = p->values + (line + s->reach) * p->pitch + s->reach;
    memset(p->counts, 0, (size_t)p->width * sizeof *p->counts);
    for (int64_t j = -s->reach; j <= s->reach; ++j)
        for (int64_t shift = -s->reach; shift <= s->reach; ++shift) {
            const float *there = here + j * p->pitch + shift;
            for (int64_t i = 0; i < p->width; ++i) p->counts[i] += there[i] > here[i] + s->threshold;
        }
}

static float median_at(picture *p, int64_t line, int64_t column, int64_t size)
{
    for (int64_t j = 0; j < size; ++j)
        memcpy(p->window + j * size, p->values + (line + j) * p->pitch + column, (size_t)size * sizeof *p->window);
    return ptm_median(p->window, size * size);
}

/* The median is larger by more than the threshold where most of the neighbourhood are. */
static void clean(picture *p, float *values, int64_t stride, search *s)
{
    const int64_t size = 2 * s->reach + 1;
    int64_t replaced = 0;
    fill(p, values, stride, s->reach);
    for (int64_t j = 0; j < p->height; ++j) {
        count_larger(p, j, s);
        for (int64_t i = 0; i < p->width; ++i) {
            if (p->counts[i] <= size * size / 2) continue;
            values[j * stride + i] = median_at(p, j, i, size);
            replaced++;
        }
    }
    atomic_fetch_add(&s->replaced, replaced);
}

static void clean_view(void *user, int64_t view, void *scratch)
{
    search *s = user;
    picture p = picture_in(scratch, s->block->rows, s->block->columns, s->reach);
    clean(&p, ptm_block_line(s->block, view, 0), s->block->stride[1], s);
}

static void clean_row(void *user, int64_t row, void *scratch)
{
    search *s = user;
    picture p = picture_in(scratch, s->block->views, s->block->columns, s->reach);
    clean(&p, ptm_block_line(s->block, 0, row), s->block->stride[0], s);
}

int ptm_remove_zingers(ptm_context *context, const ptm_array *projections, const ptm_zinger_options *options,
    int64_t *replaced)
{
    ptm_zinger_options o;
    ptm_block b;
    int status = ptm_copy_sized(&o, sizeof o, options, "ptm_zinger_options");
    if (!status) status = ptm_block_check(&b, context, projections, "projections");
    if (status) return status;
    if (!(o.threshold > 0)) return ptm_fail(PTM_ERROR_ARGUMENT, "threshold is %g, expected more than 0", o.threshold);
    if (o.size && !(o.size >= 3 && o.size <= 99 && o.size % 2))
        return ptm_fail(PTM_ERROR_ARGUMENT, "size is %d, expected an odd number from 3 to 99", o.size);
    search s = { .block = &b, .threshold = (float)o.threshold, .reach = o.size ? o.size / 2 : 1 };
    atomic_init(&s.replaced, 0);
    if (o.within_views) status = ptm_spread(context, b.views, picture_bytes(b.rows, b.columns, s.reach), clean_view, &s);
    else status = ptm_spread(context, b.rows, picture_bytes(b.views, b.columns, s.reach), clean_row, &s);
    if (!status && replaced) *replaced = atomic_load(&s.replaced);
    return status;
}
