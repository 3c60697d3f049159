/* reduce.c - sums and largest values of arrays, by trees that shapes and strides decide. */
#include "vec/job.h"

#include "vec/vector_arguments.h"

#include <inttypes.h>
#include <math.h>

PTM_ARGUMENTS(axpby, AXPBY);
PTM_ARGUMENTS(reduce, REDUCE);
PTM_ARGUMENTS(reduce_sums, REDUCE_SUMS);

/* A reduction: what it adds up, its units (see vector_arguments.h) and how many of them there are. */
typedef struct reduction {
    ptm_vectors *v;
    const ptm_kernel *kernel, *sums_kernel;
    ptm_type type;
    int map;
    bool largest;
    double start;
    int second; /* which operand y is; 0 if there is none */
    int64_t lanes, steps, rows, planes;
    int64_t segments, groups, sheets;
} reduction;

static int64_t divide_up(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}
static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Units with lanes of up to `work` elements; false if they are all there is. */
static bool plan_units(reduction *r, const int64_t shape[3], int64_t lanes, int64_t work)
{
    r->lanes = least(shape[2], lanes);
    r->steps = least(divide_up(shape[2], r->lanes), work);
    r->rows = least(shape[1], divide_up(work, r->steps));
    r->planes = least(shape[0], divide_up(work, r->steps * r->rows));
    r->segments = divide_up(shape[2], r->lanes * r->steps);
    r->groups = divide_up(shape[1], r->rows);
    r->sheets = divide_up(shape[0], r->planes);
    return r->segments * r->groups * r->sheets > 1;
}

static int plan(reduction *r, const ptm_walk *walk)
{
    int64_t lanes = 512, work = 64;
    bool more = plan_units(r, walk->shape, lanes, work);
    while (walk->samples * r->segments * r->groups * r->sheets * r->lanes > SUMS) {
        if (more) work *= 2;
        else lanes /= 2;
        if (lanes == 0)
            return ptm_fail(
                PTM_ERROR_UNSUPPORTED, "x has %" PRId64 " samples that lie apart, the most is %d", walk->samples, SUMS);
        more = plan_units(r, walk->shape, lanes, work);
    }
    if (r->lanes * r->steps > 1 << 30) return ptm_fail(PTM_ERROR_UNSUPPORTED, "x has too many elements");
    return PTM_OK;
}

/* The first step, for the units of a part. */
static int reduce_part(void *user, ptm_queue *queue, const ptm_walk_part *part)
{
    const reduction *r = user;
    const int32_t *s = part->stride[0], *t = part->stride[r->second];
    const int64_t unit[3] = { r->planes, r->rows, r->lanes * r->steps };
    const int64_t segments = divide_up(part->count[2], unit[2]), groups = divide_up(part->count[1], unit[1]);
    const int64_t sheets = divide_up(part->count[0], unit[0]), lines = segments * groups * sheets,
                  across = least(lines, PTM_LINES_MOST);
    const int64_t sheet = part->sample * r->sheets + part->first[0] / unit[0];
    const int64_t place = ((sheet * r->groups + part->first[1] / unit[1]) * r->segments + part->first[2] / unit[2]) *
                          r->lanes;
    const struct reduce_args args = { .sums = { r->v->sums, (uint64_t)place * ptm_type_size(r->type) }, .x = part->at[0],
        .y = part->at[r->second], .n0 = (int32_t)part->count[2], .n1 = (int32_t)part->count[1],
        .n2 = (int32_t)part->count[0], .s0 = s[2], .s1 = s[1], .s2 = s[0], .t0 = t[2], .t1 = t[1], .t2 = t[0],
        .lanes = (int32_t)r->lanes, .steps = (int32_t)r->steps, .rows = (int32_t)r->rows, .planes = (int32_t)r->planes,
        .segments = (int32_t)segments, .groups = (int32_t)groups, .sheets = (int32_t)sheets,
        .all_segments = (int32_t)r->segments, .all_groups = (int32_t)r->groups, .across = (int32_t)across,
        .down = (int32_t)divide_up(lines, across), .tail = SUMS, .map = r->map, .largest = r->largest, .start = r->start };
    return ptm_launch_kernel(queue, r->kernel, &args);
}

/* The further steps, to one sum and its tail, which lies next to it at *end. */
static int reduce_sums(const reduction *r, ptm_queue *queue, int64_t count, ptm_ref *end)
{
    const uint64_t size = ptm_type_size(r->type);
    const ptm_ref places[2] = { { r->v->sums, 0 }, { r->v->sums, 2 * SUMS * size } };
    int tail = SUMS, from = 0, status = PTM_OK;
    do {
        const int64_t lanes = count <= 64 ? 1 : least(512, divide_up(count, 64)), steps = lanes == 1 ? count : 64;
        const int64_t lines = divide_up(count, lanes * steps);
        const int tail_before = tail;
        tail = lines * lanes == 1 ? 1 : LATER_SUMS;
        const struct reduce_sums_args args = { .sums = places[!from], .before = places[from], .count = (int32_t)count,
            .lanes = (int32_t)lanes, .steps = (int32_t)steps, .lines = (int32_t)lines, .tail = tail,
            .tail_before = tail_before, .largest = r->largest, .start = r->start };
        status = ptm_launch_kernel(queue, r->sums_kernel, &args);
        from = !from;
        count = lines * lanes;
    } while (count > 1 && !status);
    *end = places[from];
    return status;
}

/* An element on the device becomes the sum with its tail. */
static int put(const reduction *r, ptm_queue *queue, ptm_ref at, ptm_ref end)
{
    const double sign = r->map == MAP_NEGATIVE ? -1 : 1;
    struct axpby_args args = { .y = at, .x = end, .at_a = at, .at_b = at, .n0 = 1, .n1 = 1, .n2 = 1, .s0 = 1, .s1 = 1,
        .s2 = 1, .t0 = 1, .t1 = 1, .t2 = 1, .has_x = 1, .alpha = sign, .beta = 1 };
    const ptm_kernel *kernel = r->v->kernels[r->type][KERNEL_AXPBY];
    int status = ptm_launch_kernel(queue, kernel, &args);
    if (status || r->largest) return status;
    args.x.offset += ptm_type_size(r->type);
    args.has_y = 1;
    return ptm_launch_kernel(queue, kernel, &args);
}

static int fetch(const reduction *r, ptm_queue *queue, double *value, ptm_ref end)
{
    float floats[2];
    double doubles[2];
    const bool wide = r->type == PTM_FLOAT64;
    int status = ptm_buffer_read(
        queue, end.buffer, end.offset, wide ? (void *)doubles : floats, 2 * ptm_type_size(r->type));
    const double high = wide ? doubles[0] : (double)floats[0], low = wide ? doubles[1] : (double)floats[1];
    /* The rest of an infinite sum is not a number. */
    if (!status) *value = (r->map == MAP_NEGATIVE ? -1 : 1) * (isfinite(low) ? high + low : high);
    return status;
}

static int reduce(ptm_job *j, reduction *r, double *value, const ptm_array *at)
{
    ptm_ref element = { NULL, 0 }, end;
    int status = at ? ptm_job_element(&element, j, at, "at") : PTM_OK;
    if (status) return status;
    r->v = j->v;
    r->type = j->space.type;
    r->kernel = j->v->kernels[r->type][KERNEL_REDUCE];
    r->sums_kernel = j->v->kernels[r->type][KERNEL_REDUCE_SUMS];
    r->start = r->largest ? -(double)INFINITY : 0;
    ptm_walk_arrange(&j->walk, r->type);
    status = plan(r, &j->walk);
    const int64_t unit[3] = { r->planes, r->rows, r->lanes * r->steps }, most[3] = { INT32_MAX, INT32_MAX, INT32_MAX };
    if (!status) status = ptm_walk_run(&j->walk, &j->v->walks, j->queue, unit, most, reduce_part, r);
    if (!status) status = reduce_sums(r, j->queue, j->walk.samples * r->segments * r->groups * r->sheets * r->lanes, &end);
    if (!status && at) status = put(r, j->queue, element, end);
    if (!status && value) status = fetch(r, j->queue, value, end);
    return status;
}

int ptm_vector_reduce(ptm_vectors *vectors, ptm_queue *queue, ptm_reduction what, const ptm_array *x, const ptm_array *y,
    double *value, const ptm_array *at)
{
    static const struct { int map; bool largest;
    } kinds[] = { { MAP_VALUE, false }, { MAP_PRODUCT, false }, { MAP_SQUARE, false }, { MAP_MAGNITUDE, false },
        { MAP_MAGNITUDE, true }, { MAP_NEGATIVE, true }, { MAP_VALUE, true } };
    ptm_job j;
    if ((int)what < PTM_REDUCE_SUM || what > PTM_REDUCE_MAX)
        return ptm_fail(PTM_ERROR_ARGUMENT, "what is %d, which is none of ptm_reduction", what);
    if (y && what != PTM_REDUCE_DOT) return ptm_fail(PTM_ERROR_ARGUMENT, "y is for PTM_REDUCE_DOT, expected NULL");
    reduction r = { .map = kinds[what].map, .largest = kinds[what].largest };
    int status = ptm_job_start(&j, vectors, queue, x, "x", true, false);
    if (!status && what == PTM_REDUCE_DOT) status = ptm_job_add(&j, y, "y", false, &r.second);
    return status ? status : reduce(&j, &r, value, at);
}

int ptm_vector_largest_ratio(ptm_vectors *vectors, ptm_queue *queue, const ptm_array *x, const ptm_array *y, double *value)
{
    ptm_job j;
    reduction r = { .map = MAP_RATIO, .largest = true };
    int status = ptm_job_start(&j, vectors, queue, x, "x", true, false);
    if (!status) status = ptm_job_add(&j, y, "y", false, &r.second);
    return status ? status : reduce(&j, &r, value, NULL);
}
