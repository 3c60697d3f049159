/* vectors.c - arithmetic on whole arrays: arguments are checked here, and reductions planned. */
#include "vec/vectors.h"
#include "vec/walk.h"

#include "vec/vector_arguments.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

PTM_ARGUMENTS(axpby, AXPBY);
PTM_ARGUMENTS(multiply, MULTIPLY);
PTM_ARGUMENTS(divide, DIVIDE);
PTM_ARGUMENTS(clip, CLIP);
PTM_ARGUMENTS(reduce, REDUCE);
PTM_ARGUMENTS(reduce_sums, REDUCE_SUMS);

enum kernel { KERNEL_AXPBY, KERNEL_MULTIPLY, KERNEL_DIVIDE, KERNEL_CLIP, KERNEL_REDUCE, KERNEL_REDUCE_SUMS, KERNELS };

/* Sums that the first step of a reduction may leave, and the steps after it. */
#define SUMS (1 << 18)
#define LATER_SUMS (1 << 13)

struct ptm_vectors {
    ptm_device *device;
    const ptm_kernel *kernels[2][KERNELS]; /* by type */
    ptm_buffer *sums;                      /* those of the first step and those of later ones, each with a tail as long */
    ptm_walk_memory walks;
};

static int get_kernels(ptm_vectors *v, ptm_type type)
{
    static const char *const names[KERNELS] = { "axpby", "multiply", "divide", "clip", "reduce", "reduce_sums" };
    const ptm_kernel_form form = { .real_size = ptm_type_size(type) };
    int status = PTM_OK;
    for (int i = 0; i < KERNELS && !status; ++i) status = ptm_kernel_get(&v->kernels[type][i], v->device, names[i], &form);
    return status;
}

int ptm_vectors_make(ptm_vectors **out, ptm_device *device, bool reductions)
{
    if (out) *out = NULL;
    if (!out || !device) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "device" : "out");
    ptm_vectors *v = ptm_alloc(1, sizeof *v);
    if (!v) return PTM_ERROR_MEMORY;
    v->device = device;
    const uint64_t size = device->limits.doubles ? sizeof(double) : sizeof(float);
    int status = get_kernels(v, PTM_FLOAT32);
    if (!status && device->limits.doubles) status = get_kernels(v, PTM_FLOAT64);
    if (!status && reductions) status = ptm_buffer_create(&v->sums, device, 2 * (uint64_t)(SUMS + LATER_SUMS) * size);
    if (status) ptm_vectors_destroy(&v);
    *out = v;
    return status;
}

int ptm_vectors_create(ptm_vectors **out, ptm_device *device)
{
    return ptm_vectors_make(out, device, true);
}

void ptm_vectors_destroy(ptm_vectors **vectors)
{
    if (!vectors || !*vectors) return;
    ptm_buffer_destroy(&(*vectors)->sums);
    ptm_walk_memory_free(&(*vectors)->walks);
    free(*vectors);
    *vectors = NULL;
}

uint64_t ptm_vectors_memory(const ptm_vectors *vectors)
{
    return (vectors->sums ? vectors->sums->size : 0) + ptm_walk_memory_bytes(&vectors->walks);
}

/* A call: its arrays, where the first is what all others are compared with. */
typedef struct job {
    ptm_vectors *v;
    ptm_queue *queue;
    ptm_walk walk;
    ptm_space space;
} job;

static int start(job *j, ptm_vectors *v, ptm_queue *queue, const ptm_array *array, const char *name, bool read, bool written)
{
    if (!v) return ptm_fail(PTM_ERROR_ARGUMENT, "vectors is NULL");
    if (v->device->dry)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "%s was opened by ptm_device_open_dry, where nothing is computed",
            v->device->info.name);
    if (queue && queue->device != v->device) return ptm_fail(PTM_ERROR_ARGUMENT, "queue is of another device than vectors");
    *j = (job){ .v = v, .queue = queue ? queue : &v->device->queue };
    int status = ptm_space_from(&j->space, array, name);
    if (!status && j->space.type == PTM_FLOAT64 && !v->device->limits.doubles)
        status = ptm_fail(PTM_ERROR_UNSUPPORTED, "float64 is for the host device; %s computes in float32", v->device->info.name);
    j->walk.count = 1;
    j->walk.read = read;
    j->walk.written = written;
    return status ? status : ptm_array_check(&j->walk.arrays[0], array, name, &j->space, v->device, read, written);
}

static bool is_same(const ptm_array *a, const ptm_array *b)
{
    bool same = a->type == b->type && a->data == b->data && a->memory == b->memory && a->offset == b->offset &&
        a->chunks == b->chunks && a->read == b->read && a->write == b->write && a->user == b->user;
    for (int i = 0; i < a->dimensions; ++i) same = same && (a->shape[i] == 1 || a->stride[i] == b->stride[i]);
    return same;
}

/* An array that is read. *operand tells which one it is, as it may be there already. */
static int add(job *j, const ptm_array *array, const char *name, bool may_be_written, int *operand)
{
    ptm_walk *walk = &j->walk;
    ptm_array *a = &walk->arrays[walk->count];
    int status = ptm_array_check(a, array, name, &j->space, j->v->device, true, false);
    for (int i = 0; i < walk->count && !status; ++i) {
        const bool written = walk->written && i == 0;
        if (is_same(a, &walk->arrays[i]) && (may_be_written || !written)) {
            walk->read = walk->read || written;
            *operand = i;
            return PTM_OK;
        }
        if (written && ptm_arrays_overlap(a, &walk->arrays[i]))
            status = ptm_fail(PTM_ERROR_ARGUMENT, "%s shares memory with the array that is written", name);
    }
    *operand = walk->count++;
    return status;
}

/* One element on the device, apart from the arrays of the job. */
static int check_element(ptm_ref *at, const job *j, const ptm_array *element, const char *name)
{
    ptm_space one;
    ptm_array a;
    int status = ptm_space_from(&one, element, name);
    if (status) return status;
    for (int i = 0; i < one.dimensions; ++i)
        if (one.shape[i] != 1)
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s.shape[%d] is %" PRId64 ", expected one element", name, i, one.shape[i]);
    one.type = j->space.type;
    status = ptm_array_check(&a, element, name, &one, j->v->device, true, true);
    if (status) return status;
    if (!a.memory) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is in the host's memory, expected the device's", name);
    for (int i = 0; i < j->walk.count; ++i)
        if (ptm_arrays_overlap(&a, &j->walk.arrays[i]))
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s shares memory with a vector", name);
    *at = (ptm_ref){ a.memory->buffer, (uint64_t)a.offset * ptm_type_size(a.type) };
    return PTM_OK;
}

static int check_number(double value, const char *name)
{
    return isfinite(value) ? PTM_OK : ptm_fail(PTM_ERROR_ARGUMENT, "%s is %g, expected a finite number", name, value);
}

/* A launch: sizes, and where each operand is. Axis 0 is the fastest. */
typedef struct box {
    int32_t n[3], stride[PTM_OPERANDS][3];
    ptm_ref at[PTM_OPERANDS];
} box;

typedef struct elementwise {
    ptm_type type;
    const ptm_kernel *kernel;
    int (*launch)(const struct elementwise *e, ptm_queue *queue, const box *b);
    int first, second; /* which operands x and y are, -1 for none */
    double alpha, beta, limit, high;
    bool reads;        /* old values */
    ptm_ref at_a, at_b;
} elementwise;

static void move_box(box *b, ptm_type type, int axis, int64_t by)
{
    for (int i = 0; i < PTM_OPERANDS; ++i) b->at[i].offset += (uint64_t)(by * b->stride[i][axis]) * ptm_type_size(type);
}

/* Devices limit the number of groups along an axis, often to 65535: long lines become rows. */
#define ROW 65536
#define LONG_ROW (1 << 20)

static int launch_line(const elementwise *e, ptm_queue *queue, const box *line)
{
    int32_t rows = line->n[0] / ROW;
    for (int i = 0; i < PTM_OPERANDS; ++i)
        if ((int64_t)line->stride[i][0] * ROW > INT32_MAX) rows = 1;
    int status = PTM_OK;
    box b = *line;
    for (int32_t left = line->n[0]; left > 0 && !status;) {
        const bool whole = left >= ROW;
        b.n[0] = whole ? ROW : left;
        b.n[1] = whole ? rows : 1;
        for (int i = 0; i < PTM_OPERANDS; ++i) b.stride[i][1] = whole && rows > 1 ? line->stride[i][0] * ROW : 1;
        status = e->launch(e, queue, &b);
        const int32_t done = b.n[0] * b.n[1];
        move_box(&b, e->type, 0, done);
        left -= done;
    }
    return status;
}

static int launch_part(void *user, ptm_queue *queue, const ptm_walk_part *part)
{
    const elementwise *e = user;
    box b = { 0 };
    for (int i = 0; i < 3; ++i) b.n[i] = (int32_t)part->count[2 - i];
    for (int k = 0; k < PTM_OPERANDS; ++k) {
        b.at[k] = part->at[k];
        for (int i = 0; i < 3; ++i) b.stride[k][i] = part->stride[k][2 - i];
    }
    const bool line = b.n[1] == 1 && b.n[2] == 1;
    if (b.n[0] <= (line ? ROW : LONG_ROW)) return e->launch(e, queue, &b);
    int status = PTM_OK;
    for (int32_t k = 0; k < part->count[0]; ++k)
        for (int32_t j = 0; j < part->count[1] && !status; ++j) {
            box one = b;
            move_box(&one, e->type, 2, k);
            move_box(&one, e->type, 1, j);
            one.n[1] = one.n[2] = 1;
            status = launch_line(e, queue, &one);
        }
    return status;
}

static int run(job *j, elementwise *e, enum kernel kernel)
{
    static const int64_t unit[3] = { 1, 1, 1 }, most[3] = { PTM_LINES_MOST, PTM_LINES_MOST, INT32_MAX };
    e->type = j->space.type;
    e->kernel = j->v->kernels[e->type][kernel];
    ptm_walk_arrange(&j->walk, e->type);
    return ptm_walk_run(&j->walk, &j->v->walks, j->queue, unit, most, launch_part, e);
}

static int launch_axpby(const elementwise *e, ptm_queue *queue, const box *b)
{
    const int x = e->first < 0 ? 0 : e->first;
    const ptm_ref none = b->at[0];
    const struct axpby_args args = { .y = b->at[0], .x = b->at[x], .at_a = e->at_a.buffer ? e->at_a : none,
        .at_b = e->at_b.buffer ? e->at_b : none, .n0 = b->n[0], .n1 = b->n[1], .n2 = b->n[2], .s0 = b->stride[0][0],
        .s1 = b->stride[0][1], .s2 = b->stride[0][2], .t0 = b->stride[x][0], .t1 = b->stride[x][1], .t2 = b->stride[x][2],
        .has_x = e->first >= 0, .has_y = e->reads, .has_a = e->at_a.buffer != NULL, .has_b = e->at_b.buffer != NULL,
        .alpha = e->alpha, .beta = e->beta, .filling = e->limit };
    return ptm_launch_kernel(queue, e->kernel, &args);
}

int ptm_vector_fill(ptm_vectors *vectors, ptm_queue *queue, const ptm_array *y, double value)
{
    job j;
    int status = start(&j, vectors, queue, y, "y", false, true);
    elementwise e = { .launch = launch_axpby, .first = -1, .limit = value };
    return status ? status : run(&j, &e, KERNEL_AXPBY);
}

int ptm_vector_axpby(ptm_vectors *vectors, ptm_queue *queue, const ptm_array *y, ptm_scalar alpha, const ptm_array *x,
    ptm_scalar beta)
{
    job j;
    elementwise e = { .launch = launch_axpby, .first = -1, .alpha = alpha.value, .beta = beta.value, .reads = beta.value != 0 };
    int status = start(&j, vectors, queue, y, "y", e.reads, true);
    if (!status) status = check_number(alpha.value, "alpha");
    if (!status) status = check_number(beta.value, "beta");
    if (!status && x && alpha.value != 0) status = add(&j, x, "x", false, &e.first);
    if (!status && e.first >= 0 && alpha.times) status = check_element(&e.at_a, &j, alpha.times, "alpha.times");
    if (!status && e.reads && beta.times) status = check_element(&e.at_b, &j, beta.times, "beta.times");
    return status ? status : run(&j, &e, KERNEL_AXPBY);
}

static int operand_kind(int operand)
{
    return operand < 0 ? OPERAND_ONE : operand == 0 ? OPERAND_OUT : OPERAND_ARRAY;
}

static int launch_multiply(const elementwise *e, ptm_queue *queue, const box *b)
{
    const int x = e->first, y = e->second;
    const struct multiply_args args = { .products = b->at[0], .x = b->at[x], .y = b->at[y], .n0 = b->n[0], .n1 = b->n[1],
        .n2 = b->n[2], .s0 = b->stride[0][0], .s1 = b->stride[0][1], .s2 = b->stride[0][2], .t0 = b->stride[x][0],
        .t1 = b->stride[x][1], .t2 = b->stride[x][2], .u0 = b->stride[y][0], .u1 = b->stride[y][1], .u2 = b->stride[y][2],
        .operand_x = operand_kind(x), .operand_y = operand_kind(y), .has_old = e->reads, .alpha = e->alpha, .beta = e->beta };
    return ptm_launch_kernel(queue, e->kernel, &args);
}

int ptm_vector_multiply(ptm_vectors *vectors, ptm_queue *queue, const ptm_array *products, double alpha, const ptm_array *x,
    const ptm_array *y, double beta)
{
    job j;
    elementwise e = { .launch = launch_multiply, .alpha = alpha, .beta = beta, .reads = beta != 0 };
    int status = start(&j, vectors, queue, products, "products", e.reads, true);
    if (!status) status = check_number(alpha, "alpha");
    if (!status) status = check_number(beta, "beta");
    if (!status) status = add(&j, x, "x", true, &e.first);
    if (!status) status = add(&j, y, "y", true, &e.second);
    return status ? status : run(&j, &e, KERNEL_MULTIPLY);
}

static int launch_divide(const elementwise *e, ptm_queue *queue, const box *b)
{
    const int x = e->first < 0 ? 0 : e->first, y = e->second;
    const struct divide_args args = { .quotients = b->at[0], .x = b->at[x], .y = b->at[y], .n0 = b->n[0], .n1 = b->n[1],
        .n2 = b->n[2], .s0 = b->stride[0][0], .s1 = b->stride[0][1], .s2 = b->stride[0][2], .t0 = b->stride[x][0],
        .t1 = b->stride[x][1], .t2 = b->stride[x][2], .u0 = b->stride[y][0], .u1 = b->stride[y][1], .u2 = b->stride[y][2],
        .operand_x = operand_kind(e->first), .operand_y = operand_kind(y), .alpha = e->alpha, .limit = e->limit };
    return ptm_launch_kernel(queue, e->kernel, &args);
}

int ptm_vector_divide(ptm_vectors *vectors, ptm_queue *queue, const ptm_array *quotients, double alpha, const ptm_array *x,
    const ptm_array *y, double limit)
{
    job j;
    elementwise e = { .launch = launch_divide, .first = -1, .alpha = alpha, .limit = limit };
    int status = start(&j, vectors, queue, quotients, "quotients", false, true);
    if (!status) status = check_number(alpha, "alpha");
    if (!status && !(limit >= 0)) status = ptm_fail(PTM_ERROR_ARGUMENT, "limit is %g, expected 0 or more", limit);
    if (!status && x) status = add(&j, x, "x", true, &e.first);
    if (!status) status = add(&j, y, "y", true, &e.second);
    return status ? status : run(&j, &e, KERNEL_DIVIDE);
}

static int launch_clip(const elementwise *e, ptm_queue *queue, const box *b)
{
    const struct clip_args args = { .y = b->at[0], .n0 = b->n[0], .n1 = b->n[1], .n2 = b->n[2], .s0 = b->stride[0][0],
        .s1 = b->stride[0][1], .s2 = b->stride[0][2], .low = e->limit, .high = e->high };
    return ptm_launch_kernel(queue, e->kernel, &args);
}

int ptm_vector_clip(ptm_vectors *vectors, ptm_queue *queue, const ptm_array *y, double low, double high)
{
    job j;
    elementwise e = { .launch = launch_clip, .limit = low, .high = high };
    int status = start(&j, vectors, queue, y, "y", true, true);
    if (!status && !(low <= high))
        status = ptm_fail(PTM_ERROR_ARGUMENT, "low is %g and high %g, expected low <= high", low, high);
    return status ? status : run(&j, &e, KERNEL_CLIP);
}

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
            return ptm_fail(PTM_ERROR_UNSUPPORTED, "x has %" PRId64 " samples that lie apart, the most is %d", walk->samples, SUMS);
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
    const int64_t sheets = divide_up(part->count[0], unit[0]), lines = segments * groups * sheets, across = least(lines, PTM_LINES_MOST);
    const int64_t sheet = part->sample * r->sheets + part->first[0] / unit[0];
    const int64_t place = ((sheet * r->groups + part->first[1] / unit[1]) * r->segments + part->first[2] / unit[2]) * r->lanes;
    const struct reduce_args args = { .sums = { r->v->sums, (uint64_t)place * ptm_type_size(r->type) }, .x = part->at[0],
        .y = part->at[r->second], .n0 = (int32_t)part->count[2], .n1 = (int32_t)part->count[1], .n2 = (int32_t)part->count[0],
        .s0 = s[2], .s1 = s[1], .s2 = s[0], .t0 = t[2], .t1 = t[1], .t2 = t[0], .lanes = (int32_t)r->lanes,
        .steps = (int32_t)r->steps, .rows = (int32_t)r->rows, .planes = (int32_t)r->planes, .segments = (int32_t)segments,
        .groups = (int32_t)groups, .sheets = (int32_t)sheets, .all_segments = (int32_t)r->segments,
        .all_groups = (int32_t)r->groups, .across = (int32_t)across, .down = (int32_t)divide_up(lines, across), .tail = SUMS,
        .map = r->map, .largest = r->largest, .start = r->start };
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
            .lanes = (int32_t)lanes, .steps = (int32_t)steps, .lines = (int32_t)lines, .tail = tail, .tail_before = tail_before,
            .largest = r->largest, .start = r->start };
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
    struct axpby_args args = { .y = at, .x = end, .at_a = at, .at_b = at, .n0 = 1, .n1 = 1, .n2 = 1, .s0 = 1, .s1 = 1, .s2 = 1,
        .t0 = 1, .t1 = 1, .t2 = 1, .has_x = 1, .alpha = sign, .beta = 1 };
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
    int status = ptm_buffer_read(queue, end.buffer, end.offset, wide ? (void *)doubles : floats, 2 * ptm_type_size(r->type));
    const double high = wide ? doubles[0] : (double)floats[0], low = wide ? doubles[1] : (double)floats[1];
    /* The rest of an infinite sum is not a number. */
    if (!status) *value = (r->map == MAP_NEGATIVE ? -1 : 1) * (isfinite(low) ? high + low : high);
    return status;
}

static int reduce(job *j, reduction *r, double *value, const ptm_array *at)
{
    ptm_ref element = { NULL, 0 }, end;
    int status = at ? check_element(&element, j, at, "at") : PTM_OK;
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
    static const struct { int map; bool largest; } kinds[] = { { MAP_VALUE, false }, { MAP_PRODUCT, false },
        { MAP_SQUARE, false }, { MAP_MAGNITUDE, false }, { MAP_MAGNITUDE, true }, { MAP_NEGATIVE, true }, { MAP_VALUE, true } };
    job j;
    if ((int)what < PTM_REDUCE_SUM || what > PTM_REDUCE_MAX)
        return ptm_fail(PTM_ERROR_ARGUMENT, "what is %d, which is none of ptm_reduction", what);
    if (y && what != PTM_REDUCE_DOT) return ptm_fail(PTM_ERROR_ARGUMENT, "y is for PTM_REDUCE_DOT, expected NULL");
    reduction r = { .map = kinds[what].map, .largest = kinds[what].largest };
    int status = start(&j, vectors, queue, x, "x", true, false);
    if (!status && what == PTM_REDUCE_DOT) status = add(&j, y, "y", false, &r.second);
    return status ? status : reduce(&j, &r, value, at);
}

int ptm_vector_largest_ratio(ptm_vectors *vectors, ptm_queue *queue, const ptm_array *x, const ptm_array *y, double *value)
{
    job j;
    reduction r = { .map = MAP_RATIO, .largest = true };
    int status = start(&j, vectors, queue, x, "x", true, false);
    if (!status) status = add(&j, y, "y", false, &r.second);
    return status ? status : reduce(&j, &r, value, NULL);
}
