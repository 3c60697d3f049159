/* vectors.c - arithmetic on whole arrays: element by element. */
#include "vec/job.h"

#include "vec/vector_arguments.h"

#include <math.h>
#include <stdlib.h>

PTM_ARGUMENTS(axpby, AXPBY);
PTM_ARGUMENTS(multiply, MULTIPLY);
PTM_ARGUMENTS(divide, DIVIDE);
PTM_ARGUMENTS(clip, CLIP);
PTM_ARGUMENTS(limit_lengths, LIMIT_LENGTHS);

static int get_kernels(ptm_vectors *v, ptm_type type)
{
    static const char *const names[KERNELS] = { "axpby", "multiply", "divide", "clip", "limit_lengths", "reduce",
        "reduce_sums" };
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
    if (!vectors) return 0;
    return (vectors->sums ? vectors->sums->size : 0) + ptm_walk_memory_bytes(&vectors->walks);
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
    int way;
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

static int run(ptm_job *j, elementwise *e, enum ptm_vector_kernel kernel)
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
    ptm_job j;
    int status = ptm_job_start(&j, vectors, queue, y, "y", false, true);
    elementwise e = { .launch = launch_axpby, .first = -1, .limit = value };
    return status ? status : run(&j, &e, KERNEL_AXPBY);
}

int ptm_vector_axpby(ptm_vectors *vectors, ptm_queue *queue, const ptm_array *y, ptm_scalar alpha, const ptm_array *x,
    ptm_scalar beta)
{
    ptm_job j;
    elementwise e = {
        .launch = launch_axpby, .first = -1, .alpha = alpha.value, .beta = beta.value, .reads = beta.value != 0
    };
    int status = ptm_job_start(&j, vectors, queue, y, "y", e.reads, true);
    if (!status) status = check_number(alpha.value, "alpha");
    if (!status) status = check_number(beta.value, "beta");
    if (!status && x && alpha.value != 0) status = ptm_job_add(&j, x, "x", false, &e.first);
    if (!status && e.first >= 0 && alpha.times) status = ptm_job_element(&e.at_a, &j, alpha.times, "alpha.times");
    if (!status && e.reads && beta.times) status = ptm_job_element(&e.at_b, &j, beta.times, "beta.times");
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
        .operand_x = operand_kind(x), .operand_y = operand_kind(y), .has_old = e->reads, .alpha = e->alpha,
        .beta = e->beta };
    return ptm_launch_kernel(queue, e->kernel, &args);
}

int ptm_vector_multiply(ptm_vectors *vectors, ptm_queue *queue, const ptm_array *products, double alpha, const ptm_array *x,
    const ptm_array *y, double beta)
{
    ptm_job j;
    elementwise e = { .launch = launch_multiply, .alpha = alpha, .beta = beta, .reads = beta != 0 };
    int status = ptm_job_start(&j, vectors, queue, products, "products", e.reads, true);
    if (!status) status = check_number(alpha, "alpha");
    if (!status) status = check_number(beta, "beta");
    if (!status) status = ptm_job_add(&j, x, "x", true, &e.first);
    if (!status) status = ptm_job_add(&j, y, "y", true, &e.second);
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
    ptm_job j;
    elementwise e = { .launch = launch_divide, .first = -1, .alpha = alpha, .limit = limit };
    int status = ptm_job_start(&j, vectors, queue, quotients, "quotients", false, true);
    if (!status) status = check_number(alpha, "alpha");
    if (!status && !(limit >= 0)) status = ptm_fail(PTM_ERROR_ARGUMENT, "limit is %g, expected 0 or more", limit);
    if (!status && x) status = ptm_job_add(&j, x, "x", true, &e.first);
    if (!status) status = ptm_job_add(&j, y, "y", true, &e.second);
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
    ptm_job j;
    elementwise e = { .launch = launch_clip, .limit = low, .high = high };
    int status = ptm_job_start(&j, vectors, queue, y, "y", true, true);
    if (!status && !(low <= high))
        status = ptm_fail(PTM_ERROR_ARGUMENT, "low is %g and high %g, expected low <= high", low, high);
    return status ? status : run(&j, &e, KERNEL_CLIP);
}

static int launch_limit(const elementwise *e, ptm_queue *queue, const box *b)
{
    const struct limit_lengths_args args = { .y = b->at[0], .n0 = b->n[0], .n1 = b->n[1], .n2 = b->n[2],
        .s0 = b->stride[0][0], .s1 = b->stride[0][1], .s2 = b->stride[0][2], .components = e->first, .apart = e->second,
        .way = e->way, .limit = e->limit };
    return ptm_launch_kernel(queue, e->kernel, &args);
}

int ptm_vector_limit_lengths(
    ptm_vectors *vectors, ptm_queue *queue, const ptm_array *y, int components, int way, double limit)
{
    ptm_job j;
    int status = ptm_job_start(&j, vectors, queue, y, "y", true, true);
    if (status) return status;
    ptm_array *a = &j.walk.arrays[0];
    if (!a->memory || a->chunks || components < 1 || a->shape[0] % components)
        return ptm_fail(
            PTM_ERROR_INTERNAL, "vectors of %d components in an array of %lld places", components, (long long)a->shape[0]);
    a->shape[0] /= components;
    const int64_t apart = a->shape[0] * a->stride[0];
    if (apart > INT32_MAX)
        return ptm_fail(
            PTM_ERROR_UNSUPPORTED, "components lie %lld elements apart, at most %d", (long long)apart, INT32_MAX);
    elementwise e = { .launch = launch_limit, .first = components, .second = (int)apart, .way = way, .limit = limit };
    return run(&j, &e, KERNEL_LIMIT_LENGTHS);
}
