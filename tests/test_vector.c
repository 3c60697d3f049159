/* test_vector.c - arithmetic on whole arrays and reductions, on every device, in every layout and place, against the
 * definition.
 *
 * usage: test_vector [DEVICE...] */
#define _DEFAULT_SOURCE
#include "boxes.h"

#include "core/device.h"

#include <inttypes.h>
#include <sys/mman.h>

enum layout { DENSE, GAPS, STRIDED, TRANSPOSED, LAYOUTS };
/* Memory at an odd address has to be copied by devices but the host. In the last three, arrays are dense or have gaps. */
enum place { DEVICE, HOST, ODD_ADDRESS, CHUNKS, DEVICE_CHUNKS, CALLED, PLACES };
static const char *const layout_names[] = { "dense", "gaps", "strided", "transposed" };
static const char *const place_names[] = { "on the device", "on the host", "on the host, odd address", "in chunks",
    "in chunks on the device", "behind functions" };
#define CHUNKS_MOST 64

/* An array, and all of its memory as numbers, gaps and guards too. */
typedef struct vector {
    ptm_array array;
    int64_t memory_elements, first;
    double *numbers;
    void *block;
    ptm_memory *memory;
    ptm_chunk *chunks;
    int64_t stride[PTM_MAX_DIMENSIONS]; /* also where the array has none */
} vector;
#define GUARD 5

static int64_t elements(const ptm_array *a)
{
    int64_t n = 1;
    for (int i = 0; i < a->dimensions; ++i) n *= a->shape[i];
    return n;
}

/* Where element i, counted in the order of the shape, is. */
static int64_t place_of(const vector *v, int64_t i)
{
    const ptm_array *a = &v->array;
    int64_t at = v->first;
    for (int k = a->dimensions - 1; k >= 0; --k) {
        at += i % a->shape[k] * v->stride[k];
        i /= a->shape[k];
    }
    return at;
}
static double *number(vector *v, int64_t i)
{
    return &v->numbers[place_of(v, i)];
}

static void lay_out(ptm_array *a, enum layout layout)
{
    int64_t step = layout == STRIDED ? 3 : 1;
    for (int k = 0; k < a->dimensions; ++k) {
        const int i = layout == TRANSPOSED ? k : a->dimensions - 1 - k;
        a->stride[i] = step;
        step *= a->shape[i];
        if (layout == GAPS) step += 2 * k + 1;
    }
}

static void put(double value, void *block, int64_t i, ptm_type type)
{
    if (type == PTM_FLOAT64) ((double *)block)[i] = value;
    else ((float *)block)[i] = (float)value;
}
static double get(const void *block, int64_t i, ptm_type type)
{
    return type == PTM_FLOAT64 ? ((const double *)block)[i] : (double)((const float *)block)[i];
}
static size_t size_of(ptm_type type)
{
    return type == PTM_FLOAT64 ? sizeof(double) : sizeof(float);
}

/* Numbers of the vector to where the library sees them. */
static void send(vector *v)
{
    const ptm_type type = v->array.type;
    for (int64_t i = 0; i < v->memory_elements; ++i) {
        put(v->numbers[i], v->block, i, type);
        v->numbers[i] = get(v->block, i, type);
    }
    if (v->memory) must(ptm_memory_write(v->memory, 0, v->block, (uint64_t)v->memory_elements * size_of(type)));
}
/* And back, into `numbers` of as many elements. */
static double *receive(const vector *v)
{
    const ptm_type type = v->array.type;
    double *numbers = malloc((size_t)v->memory_elements * sizeof *numbers);
    if (v->memory) must(ptm_memory_read(v->memory, 0, v->block, (uint64_t)v->memory_elements * size_of(type)));
    for (int64_t i = 0; i < v->memory_elements; ++i) numbers[i] = get(v->block, i, type);
    return numbers;
}

static char *first_of(const vector *v)
{
    return (char *)v->block + (size_t)v->first * size_of(v->array.type);
}
static int read_box(void *user, const int64_t *first, const int64_t *count, void *data)
{
    const vector *v = user;
    move_box(&v->array, first_of(v), v->stride, first, count, data, true);
    return PTM_OK;
}
static int write_box(void *user, const int64_t *first, const int64_t *count, const void *data)
{
    const vector *v = user;
    move_box(&v->array, first_of(v), v->stride, first, count, (char *)(uintptr_t)data, false);
    return PTM_OK;
}

/* Chunks of 1, 2, 3, ... places. */
static void cut(vector *v, bool on_device)
{
    ptm_array *a = &v->array;
    v->chunks = calloc(CHUNKS_MOST, sizeof *v->chunks);
    for (int64_t at = 0; at < a->shape[0];) {
        ptm_chunk *c = &v->chunks[a->chunk_count++];
        const int64_t left = a->shape[0] - at, length = a->chunk_count;
        c->length = a->chunk_count == CHUNKS_MOST || length > left ? left : length;
        const int64_t first = v->first + at * a->stride[0];
        if (on_device) {
            c->memory = v->memory;
            c->offset = first;
        } else {
            c->data = (char *)v->block + (size_t)first * size_of(a->type);
        }
        at += c->length;
    }
    a->chunks = v->chunks;
}

/* The vector must stay where it is from here on, if it is called. */
static vector *make(ptm_device *device, ptm_type type, int dimensions, const int64_t *shape, enum layout layout,
    enum place where, uint64_t seed)
{
    vector *v = calloc(1, sizeof *v);
    *v = (vector) { .array = { PTM_SIZED(ptm_array), .type = type, .dimensions = dimensions },
        .first = where == HOST ? 0 : GUARD };
    int64_t last = 0;
    if (where >= CHUNKS) layout = where == CALLED || layout % 2 ? DENSE : GAPS;
    for (int i = 0; i < dimensions; ++i) v->array.shape[i] = shape[i];
    lay_out(&v->array, layout);
    for (int i = 0; i < dimensions; ++i) last += (shape[i] - 1) * v->array.stride[i];
    memcpy(v->stride, v->array.stride, sizeof v->stride);
    v->memory_elements = last + 1 + 2 * GUARD;
    v->numbers = malloc((size_t)v->memory_elements * sizeof *v->numbers);
    for (int64_t i = 0; i < v->memory_elements; ++i) v->numbers[i] = random_number(&seed);
    const size_t bytes = ((size_t)v->memory_elements * size_of(type) + 4095) / 4096 * 4096;
    v->block = aligned_alloc(4096, bytes); /* at the beginning of a page, so that the device may use it in place */
    if (where == DEVICE || where == DEVICE_CHUNKS) must(ptm_memory_create(&v->memory, device, bytes));
    if (where == DEVICE) {
        v->array.memory = v->memory;
        v->array.offset = GUARD;
    } else if (where == HOST || where == ODD_ADDRESS) {
        v->array.data = first_of(v);
    } else if (where == CALLED) {
        memset(v->array.stride, 0, sizeof v->array.stride);
        v->array.read = read_box;
        v->array.write = write_box;
        v->array.user = v;
    } else {
        cut(v, where == DEVICE_CHUNKS);
    }
    send(v);
    return v;
}
static void clear(vector *v)
{
    free(v->numbers);
    free(v->block);
    free(v->chunks);
    ptm_memory_destroy(&v->memory);
    free(v);
}

/* Compares with v->numbers, where what was expected has been put; everything else in the memory must be as it was. */
static void compare(vector *v, double tolerance, const char *what)
{
    double *now = receive(v), worst = 0;
    bool intact = true;
    char *own = calloc((size_t)v->memory_elements, 1);
    const int64_t n = elements(&v->array);
    for (int64_t i = 0; i < n; ++i) own[place_of(v, i)] = 1;
    for (int64_t i = 0; i < v->memory_elements; ++i) {
        if (!own[i]) intact = intact && now[i] == v->numbers[i];
        else if (isnan(v->numbers[i])) worst = isnan(now[i]) ? worst : (double)INFINITY;
        else if (now[i] != v->numbers[i])
            worst = fmax(worst, isnan(now[i]) ? (double)INFINITY : fabs(now[i] - v->numbers[i]));
    }
    char text[200];
    snprintf(text, sizeof text, "%s, %" PRId64 " elements", what, n);
    check_most(worst, tolerance, text);
    check(intact, "%s: gaps and guards are as they were", text);
    free(own);
    free(now);
}

static const struct {
    int dimensions;
    int64_t shape[4];
} shapes[] = { { 1, { 1 } }, { 1, { 7 } }, { 1, { 513 } }, { 1, { 100003 } }, { 2, { 1, 1 } }, { 2, { 601, 3 } },
    { 3, { 1, 17, 13 } }, { 3, { 31, 29, 37 } }, { 3, { 5, 1, 1031 } }, { 4, { 2, 3, 5, 7 } } };
#define SHAPES (int)(sizeof shapes / sizeof *shapes)

static ptm_scalar times(double value)
{
    return (ptm_scalar){ value, NULL };
}

static void test_elementwise(
    ptm_vectors *v, ptm_device *device, ptm_type type, int shape, enum layout layout, enum place where)
{
    const enum layout other = (layout + shape) % LAYOUTS;
    const int d = shapes[shape].dimensions;
    const int64_t *s = shapes[shape].shape;
    vector *x = make(device, type, d, s, other, where, 1), *y = make(device, type, d, s, layout, where, 2);
    vector *w = make(device, type, d, s, layout, where == DEVICE ? HOST : where, 3);
    const int64_t n = elements(&x->array);
    const double u = type == PTM_FLOAT64 ? 2e-16 : 1.2e-7;
    char what[100], text[200];
    snprintf(what, sizeof what, "float%zu, %s and %s, %s", 8 * size_of(type), layout_names[layout], layout_names[other],
        place_names[where]);
#define NAMED(name) (snprintf(text, sizeof text, "%s, %s", name, what), text)

    must(ptm_vector_axpby(v, NULL, &y->array, times(2.5), &x->array, times(-0.5)));
    for (int64_t i = 0; i < n; ++i) *number(y, i) = 2.5 * *number(x, i) - 0.5 * *number(y, i);
    compare(y, 4 * u, NAMED("axpby"));
    send(y);
    must(ptm_vector_multiply(v, NULL, &y->array, 3, &x->array, &w->array, 0.25));
    for (int64_t i = 0; i < n; ++i) *number(y, i) = 3 * *number(x, i) * *number(w, i) + 0.25 * *number(y, i);
    compare(y, 6 * u, NAMED("multiply"));
    send(y);
    must(ptm_vector_multiply(v, NULL, &y->array, 1, &y->array, &y->array, 0));
    for (int64_t i = 0; i < n; ++i) *number(y, i) *= *number(y, i);
    compare(y, 18 * u, NAMED("a square in place"));
    send(y);
    must(ptm_vector_divide(v, NULL, &y->array, 0.5, &y->array, &x->array, 0.25));
    for (int64_t i = 0; i < n; ++i) *number(y, i) = fabs(*number(x, i)) <= 0.25 ? 0 : 0.5 * *number(y, i) / *number(x, i);
    compare(y, 60 * u, NAMED("divide in place"));
    send(y);
    must(ptm_vector_clip(v, NULL, &y->array, -0.25, 0.5));
    for (int64_t i = 0; i < n; ++i) *number(y, i) = fmin(fmax(*number(y, i), -0.25), 0.5);
    compare(y, 0, NAMED("clip"));
    must(ptm_vector_axpby(v, NULL, &y->array, times(1), &x->array, times(0)));
    for (int64_t i = 0; i < n; ++i) *number(y, i) = *number(x, i);
    compare(y, 0, NAMED("a copy"));
    must(ptm_vector_divide(v, NULL, &y->array, 2, NULL, &x->array, 0.125));
    for (int64_t i = 0; i < n; ++i) *number(y, i) = fabs(*number(x, i)) <= 0.125 ? 0 : 2 / *number(x, i);
    compare(y, 64 * u, NAMED("reciprocals"));
    send(y);
    must(ptm_vector_axpby(v, NULL, &y->array, times(0), NULL, times(-3)));
    for (int64_t i = 0; i < n; ++i) *number(y, i) *= -3;
    compare(y, 100 * u, NAMED("a multiple"));
    must(ptm_vector_fill(v, NULL, &y->array, 0.75));
    for (int64_t i = 0; i < n; ++i) *number(y, i) = 0.75;
    compare(y, 0, NAMED("fill"));
    clear(x);
    clear(y);
    clear(w);
}

typedef struct results { double value[PTM_REDUCE_MAX + 1]; } results;

static results reduce_all(ptm_vectors *v, const vector *x, const vector *y)
{
    results r;
    for (int k = 0; k <= PTM_REDUCE_MAX; ++k)
        must(ptm_vector_reduce(
            v, NULL, (ptm_reduction)k, &x->array, k == PTM_REDUCE_DOT ? &y->array : NULL, &r.value[k], NULL));
    return r;
}

/* The same in double, and in `sizes` what errors are measured by. */
static results expected_of(vector *x, vector *y, results *sizes)
{
    results r = { { 0 } };
    const int64_t n = elements(&x->array);
    r.value[PTM_REDUCE_MIN] = (double)INFINITY;
    r.value[PTM_REDUCE_MAX] = -(double)INFINITY;
    *sizes = (results){ { 0 } };
    for (int64_t i = 0; i < n; ++i) {
        const double a = *number(x, i), b = *number(y, i);
        r.value[PTM_REDUCE_SUM] += a;
        r.value[PTM_REDUCE_DOT] += a * b;
        r.value[PTM_REDUCE_SQUARES] += a * a;
        r.value[PTM_REDUCE_MAGNITUDES] += fabs(a);
        r.value[PTM_REDUCE_MAX_MAGNITUDE] = fmax(r.value[PTM_REDUCE_MAX_MAGNITUDE], fabs(a));
        r.value[PTM_REDUCE_MIN] = fmin(r.value[PTM_REDUCE_MIN], a);
        r.value[PTM_REDUCE_MAX] = fmax(r.value[PTM_REDUCE_MAX], a);
        sizes->value[PTM_REDUCE_DOT] += fabs(a * b);
    }
    sizes->value[PTM_REDUCE_SUM] = sizes->value[PTM_REDUCE_MAGNITUDES] = r.value[PTM_REDUCE_MAGNITUDES];
    sizes->value[PTM_REDUCE_SQUARES] = r.value[PTM_REDUCE_SQUARES];
    return r;
}

static void test_reductions(ptm_vectors *v, ptm_device *device, ptm_type type, int shape, enum layout layout)
{
    static const char *const names[] = { "sum", "dot", "squares", "magnitudes", "max magnitude", "min", "max" };
    const enum layout other = (layout + shape) % LAYOUTS;
    results first = { { 0 } };
    for (int where = 0; where < PLACES; ++where) {
        vector *x = make(device, type, shapes[shape].dimensions, shapes[shape].shape, layout, (enum place)where, 1);
        vector *y = make(device, type, shapes[shape].dimensions, shapes[shape].shape, other, (enum place)where, 2);
        /* The same numbers everywhere, of few enough bits that products are exact. */
        uint64_t seed = 5;
        for (int64_t i = 0; i < elements(&x->array); ++i) {
            *number(x, i) = floor(2048 * random_number(&seed)) / 1024;
            *number(y, i) = floor(2048 * random_number(&seed)) / 1024;
        }
        send(x);
        send(y);
        results sizes;
        const results r = reduce_all(v, x, y), e = expected_of(x, y, &sizes);
        for (int k = 0; k <= PTM_REDUCE_MAX; ++k) {
            char text[200];
            snprintf(text, sizeof text, "%s of %" PRId64 ", float%zu, %s and %s, %s", names[k], elements(&x->array),
                8 * size_of(type), layout_names[layout], layout_names[other], place_names[where]);
            check_most(fabs(r.value[k] - e.value[k]), 1e-12 * sizes.value[k], text);
            if (where < CHUNKS) check(where == 0 || r.value[k] == first.value[k], "%s: the same bits as elsewhere", text);
        }
        if (where == 0) first = r;
        clear(x);
        clear(y);
    }
}

static vector *on_device(ptm_device *device, int64_t n, uint64_t seed)
{
    return make(device, PTM_FLOAT32, 1, &n, DENSE, DEVICE, seed);
}

/* Results of closed form, and sums that rounding would spoil. */
static void test_exact(ptm_vectors *v, ptm_device *device)
{
    enum { N = 300007 };
    vector *x = on_device(device, N, 1);
    double value;
    for (int64_t i = 0; i < N; ++i) *number(x, i) = (double)i;
    send(x);
    must(ptm_vector_reduce(v, NULL, PTM_REDUCE_SUM, &x->array, NULL, &value, NULL));
    check(value == N * (N - 1.0) / 2, "the sum of 0 to %d: %.17g", N - 1, value);
    for (int64_t i = 0; i < N; ++i) *number(x, i) = i % 3 == 0 ? 3e7 : i % 3 == 1 ? 1.0 / 64 : -3e7;
    *number(x, N - 1) = 0.5; /* N is 1 more than a multiple of 3 */
    send(x);
    must(ptm_vector_reduce(v, NULL, PTM_REDUCE_SUM, &x->array, NULL, &value, NULL));
    check(
        value == N / 3 / 64.0 + 0.5, "small numbers between large ones: %.17g, expected %.17g", value, N / 3 / 64.0 + 0.5);
    clear(x);
    /* Squares round once each, in all directions: far less than one in float32 sums. */
    x = on_device(device, N, 7);
    results sizes;
    const results r = reduce_all(v, x, x), e = expected_of(x, x, &sizes);
    check(r.value[PTM_REDUCE_DOT] == r.value[PTM_REDUCE_SQUARES], "x x is the sum of squares");
    check_most(fabs(r.value[PTM_REDUCE_DOT] / e.value[PTM_REDUCE_DOT] - 1), 1e-9, "rounding of squares averages out");
    clear(x);
}

static void test_not_numbers(ptm_vectors *v, ptm_device *device)
{
    static const int64_t at[] = { 0, 511, 777, 40000 };
    vector *x = on_device(device, 40001, 1), *y = on_device(device, 40001, 2);
    for (int k = 0; k < 4; ++k) {
        const double before = *number(x, at[k]);
        *number(x, at[k]) = (double)NAN;
        send(x);
        const results r = reduce_all(v, x, y);
        for (int i = 0; i <= PTM_REDUCE_MAX; ++i)
            check(isnan(r.value[i]), "reduction %d of what has no number at %d", i, (int)at[k]);
        *number(x, at[k]) = (double)INFINITY;
        send(x);
        const results s = reduce_all(v, x, y);
        for (int i = 0; i <= PTM_REDUCE_MAX; ++i)
            check(i == PTM_REDUCE_MIN ? isfinite(s.value[i]) : !isfinite(s.value[i]),
                "reduction %d of what is infinite at %d: %g", i, (int)at[k], s.value[i]);
        *number(x, at[k]) = before;
    }
    *number(x, 5) = (double)NAN;
    *number(y, 6) = 0;
    *number(y, 7) = (double)NAN;
    send(x);
    send(y);
    must(ptm_vector_clip(v, NULL, &x->array, -(double)INFINITY, 0.5));
    for (int64_t i = 0; i < 40001; ++i) *number(x, i) = *number(x, i) > 0.5 ? 0.5 : *number(x, i);
    compare(x, 0, "clip from above, NaN stays");
    must(ptm_vector_divide(v, NULL, &x->array, 1, &x->array, &y->array, 0));
    for (int64_t i = 0; i < 40001; ++i) *number(x, i) = *number(y, i) == 0 ? 0 : *number(x, i) / *number(y, i);
    double *now = receive(x);
    check(isnan(now[GUARD + 5]) && now[GUARD + 6] == 0 && isnan(now[GUARD + 7]),
        "NaN stays in quotients, and division by 0 gives 0");
    free(now);
    /* What is not wanted is not read. */
    vector *z = on_device(device, 100, 1), *w = on_device(device, 100, 2);
    for (int64_t i = 0; i < 100; ++i) *number(z, i) = (double)NAN;
    send(z);
    must(ptm_vector_axpby(v, NULL, &z->array, times(1), &w->array, times(0)));
    for (int64_t i = 0; i < 100; ++i) *number(z, i) = *number(w, i);
    compare(z, 0, "NaN is overwritten");
    clear(x);
    clear(y);
    clear(z);
    clear(w);
}

/* A step of conjugate gradients with its numbers left on the device: y -= (x x / x w) w. */
static void test_scalars(ptm_vectors *v, ptm_device *device)
{
    enum { N = 5003 };
    vector *x = on_device(device, N, 1), *y = on_device(device, N, 2), *w = on_device(device, N, 3),
           *n = on_device(device, 3, 4);
    ptm_array number_at[3];
    for (int i = 0; i < 3; ++i) {
        number_at[i] = n->array;
        number_at[i].shape[0] = 1;
        number_at[i].offset += i;
    }
    ptm_queue *queue;
    must(ptm_queue_create(&queue, device));
    must(ptm_vector_reduce(v, queue, PTM_REDUCE_SQUARES, &x->array, NULL, NULL, &number_at[0]));
    must(ptm_vector_reduce(v, queue, PTM_REDUCE_DOT, &x->array, &w->array, NULL, &number_at[1]));
    must(ptm_vector_divide(v, queue, &number_at[2], 1, &number_at[0], &number_at[1], 0));
    must(ptm_vector_axpby(
        v, queue, &y->array, (ptm_scalar) { -1, &number_at[2] }, &w->array, (ptm_scalar) { 0.5, &number_at[1] }));
    must(ptm_queue_finish(queue));
    double xx = 0, xw = 0, largest = 0;
    for (int i = 0; i < N; ++i) xx += *number(x, i) * *number(x, i);
    for (int i = 0; i < N; ++i) xw += *number(x, i) * *number(w, i);
    for (int i = 0; i < N; ++i) {
        *number(y, i) = 0.5 * xw * *number(y, i) - xx / xw * *number(w, i);
        largest = fmax(largest, fabs(*number(y, i)));
    }
    compare(y, 1e-5 * largest, "factors left on the device");
    double value;
    must(ptm_vector_reduce(v, queue, PTM_REDUCE_MIN, &x->array, NULL, &value, &number_at[0]));
    double *now = receive(n);
    check(now[GUARD] == value, "the least goes to both places: %g and %g", now[GUARD], value);
    free(now);
    ptm_queue_destroy(&queue);
    clear(x);
    clear(y);
    clear(w);
    clear(n);
}

/* Arrays longer than a staging buffer, and rows longer than a line of work. */
static void test_long(ptm_vectors *v, ptm_device *device)
{
    static const struct { int dimensions; int64_t shape[2]; } long_shapes[] = { { 1, { 4300013 } }, { 2, { 2, 2100017 } } };
    for (int i = 0; i < 2; ++i) {
        results first = { { 0 } };
        static const enum place places[] = { DEVICE, ODD_ADDRESS, DEVICE_CHUNKS, CALLED };
        for (int p = 0; p < 4; ++p) {
            const enum place where = places[p];
            vector *x = make(device, PTM_FLOAT32, long_shapes[i].dimensions, long_shapes[i].shape, GAPS, where, 1);
            vector *y = make(device, PTM_FLOAT32, long_shapes[i].dimensions, long_shapes[i].shape, GAPS, where, 2);
            for (int64_t k = 0; k < elements(&x->array); ++k) *number(x, k) = (double)((k * 7919) % 1000) / 1024;
            send(x);
            must(ptm_vector_axpby(v, NULL, &y->array, times(2), &x->array, times(0)));
            for (int64_t k = 0; k < elements(&x->array); ++k) *number(y, k) = 2 * *number(x, k);
            compare(y, 0, place_names[where]);
            results sizes;
            const results r = reduce_all(v, x, y), e = expected_of(x, y, &sizes);
            if (where == DEVICE) first = r;
            for (int k = 0; k <= PTM_REDUCE_MAX; ++k) {
                check_most(fabs(r.value[k] - e.value[k]), 1e-12 * sizes.value[k], "a reduction of a long array");
                if (where < CHUNKS)
                    check(r.value[k] == first.value[k], "reduction %d of a long array has the same bits %s", k,
                        place_names[where]);
            }
            clear(x);
            clear(y);
        }
    }
}

/* Whole numbers are read as they are. */
static void test_counts(ptm_vectors *v, ptm_device *device)
{
    enum { N = 1003 };
    static uint16_t counts[N];
    ptm_memory *memory;
    vector *y = on_device(device, N, 1), *z = on_device(device, N, 2);
    for (int i = 0; i < N; ++i) counts[i] = (uint16_t)(i * 71);
    must(ptm_memory_create(&memory, device, sizeof counts));
    must(ptm_memory_write(memory, 0, counts, sizeof counts));
    ptm_array x = { PTM_SIZED(ptm_array), .type = PTM_UINT16, .dimensions = 1, .shape = { N }, .data = counts };
    for (int i = 0; i < 2; ++i) {
        must(ptm_vector_axpby(v, NULL, &y->array, times(0.5), &x, times(0)));
        for (int k = 0; k < N; ++k) *number(y, k) = 0.5 * counts[k];
        compare(y, 0, "half of whole numbers");
        must(ptm_vector_multiply(v, NULL, &z->array, 1, &y->array, &x, 0));
        for (int k = 0; k < N; ++k) *number(z, k) = 0.5 * counts[k] * counts[k];
        compare(z, 0.5 * 65536 * 65536 * 6e-8, "products of whole numbers");
        x.data = NULL;
        x.memory = memory;
    }
    ptm_memory_destroy(&memory);
    clear(y);
    clear(z);
}

/* Samples more than 2^31 elements apart, in memory that is not all there. */
static void test_far(ptm_vectors *v)
{
    enum { SAMPLES = 2, N = 60 };
    const int64_t apart = ((int64_t)1 << 31) + 16;
    const size_t bytes = (size_t)(apart + N) * sizeof(float);
    float *x = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (x == MAP_FAILED) {
        printf("skipped samples far apart: no address space\n");
        skipped++;
        return;
    }
    const ptm_array array = { PTM_SIZED(ptm_array), .dimensions = 4, .shape = { SAMPLES, 3, 4, 5 },
        .stride = { apart, 20, 5, 1 }, .data = x };
    double value;
    must(ptm_vector_fill(v, NULL, &array, 0.25));
    must(ptm_vector_reduce(v, NULL, PTM_REDUCE_SUM, &array, NULL, &value, NULL));
    check(value == 0.25 * SAMPLES * N && x[N - 1] == 0.25f && x[N] == 0 && x[apart - 1] == 0 && x[apart + N - 1] == 0.25f,
        "samples far apart: %g", value);
    munmap(x, bytes);
}

static void refused(int status, const char *word, const char *what)
{
    check(status == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), word), "%s: status %d, \"%s\"", what, status,
        ptm_error_message());
}

static void test_refusals(ptm_vectors *v, ptm_device *device)
{
    vector *x = on_device(device, 10, 1), *y = on_device(device, 10, 2);
    ptm_array a = y->array, one = y->array;
    const int unknown = 17;
    one.shape[0] = 1;
    refused(ptm_vector_fill(NULL, NULL, &x->array, 0), "vectors is NULL", "no vectors");
    refused(ptm_vector_fill(v, NULL, NULL, 0), "y is NULL", "no array");
    a.shape[0] = 9;
    refused(
        ptm_vector_axpby(v, NULL, &x->array, times(1), &a, times(0)), "x has shape (9), expected (10)", "another shape");
    a.shape[0] = 0;
    refused(ptm_vector_fill(v, NULL, &a, 0), "y.shape[0] is 0", "an empty array");
    a = y->array;
    a.dimensions = 5;
    refused(ptm_vector_fill(v, NULL, &a, 0), "5 dimensions", "too many dimensions");
    a = y->array;
    a.type = (ptm_type)7;
    refused(ptm_vector_fill(v, NULL, &a, 0), "y.type is 7", "an unknown type");
    a = x->array;
    a.offset--;
    refused(ptm_vector_multiply(v, NULL, &x->array, 1, &a, &y->array, 0), "shares memory", "overlap");
    refused(ptm_vector_axpby(v, NULL, &x->array, times(1), &x->array, times(0)), "shares memory", "x and y the same");
    refused(ptm_vector_axpby(v, NULL, &x->array, times((double)NAN), &y->array, times(0)), "alpha is nan", "alpha");
    refused(ptm_vector_axpby(v, NULL, &x->array, (ptm_scalar) { 1, &y->array }, &y->array, times(0)),
        "alpha.times.shape[0] is 10", "a factor of ten elements");
    refused(ptm_vector_axpby(v, NULL, &x->array, (ptm_scalar) { 1, &one }, &y->array, times(0)), "alpha.times shares",
        "a factor in a vector");
    refused(ptm_vector_clip(v, NULL, &x->array, 1, 0), "low is 1", "limits the wrong way round");
    refused(ptm_vector_divide(v, NULL, &x->array, 1, NULL, &y->array, -1), "limit is -1", "a negative limit");
    refused(ptm_vector_reduce(v, NULL, (ptm_reduction)unknown, &x->array, NULL, NULL, NULL), "what is 17",
        "an unknown reduction");
    refused(ptm_vector_reduce(v, NULL, PTM_REDUCE_SUM, &x->array, &y->array, NULL, NULL), "PTM_REDUCE_DOT", "a y too many");
    refused(ptm_vector_reduce(v, NULL, PTM_REDUCE_DOT, &x->array, NULL, NULL, NULL), "y is NULL", "a y too few");
    compare(x, 0, "refused calls write nothing");
    compare(y, 0, "refused calls write nothing");
    clear(x);
    clear(y);
}

/* The layouts, places and shapes; one in `some`. */
static void test_table(ptm_vectors *v, ptm_device *device, ptm_type type, int some)
{
    for (int shape = 0; shape < SHAPES; ++shape)
        for (int layout = 0; layout < LAYOUTS; ++layout) {
            for (int where = 0; where < PLACES; ++where)
                if ((shape + layout + where) % some == 0)
                    test_elementwise(v, device, type, shape, (enum layout)layout, (enum place)where);
            if ((shape + layout) % some == 0) test_reductions(v, device, type, shape, (enum layout)layout);
        }
}

static void test_device(ptm_device *device, const char *name)
{
    const bool host = strcmp(name, "host") == 0, all = takes_all(device);
    ptm_vectors *v;
    must(ptm_vectors_create(&v, device));
    test_table(v, device, PTM_FLOAT32, all ? 1 : 3);
    if (host) test_table(v, device, PTM_FLOAT64, all ? 1 : 3);
    test_exact(v, device);
    test_not_numbers(v, device);
    test_scalars(v, device);
    test_long(v, device);
    test_counts(v, device);
    if (host) test_far(v);
    test_refusals(v, device);
    ptm_vectors_destroy(&v);
    ptm_vectors_destroy(&v);
    /* The other forms of the kernels a device can be given. */
    const ptm_device_limits limits = device->limits;
    device->limits.wide = false;
    for (int k = 1; k <= 4 && !host; k += 3) {
        device->limits.lanes_per_item = k;
        must(ptm_vectors_create(&v, device));
        test_table(v, device, PTM_FLOAT32, 7);
        test_exact(v, device);
        ptm_vectors_destroy(&v);
    }
    device->limits = limits;
}

/* The number of threads changes no bit. */
static void test_thread_counts(void)
{
    enum { N = 1000003 };
    static float x[N], y[N];
    const ptm_array a = { PTM_SIZED(ptm_array), .dimensions = 1, .shape = { N }, .data = x };
    const ptm_array b = { PTM_SIZED(ptm_array), .dimensions = 1, .shape = { N }, .data = y };
    uint64_t seed = 9;
    for (int i = 0; i < N; ++i) x[i] = (float)random_number(&seed);
    for (int i = 0; i < N; ++i) y[i] = (float)random_number(&seed);
    double sums[3][2];
    for (int i = 0; i < 3; ++i) {
        ptm_context *context;
        ptm_device *device;
        ptm_vectors *v;
        must(ptm_context_create(&context, &(ptm_context_options){ PTM_SIZED(ptm_context_options), .threads = i + 1 }));
        must(ptm_device_open(&device, context, "host"));
        must(ptm_vectors_create(&v, device));
        must(ptm_vector_reduce(v, NULL, PTM_REDUCE_SUM, &a, NULL, &sums[i][0], NULL));
        must(ptm_vector_reduce(v, NULL, PTM_REDUCE_DOT, &a, &b, &sums[i][1], NULL));
        check(memcmp(sums[i], sums[0], sizeof sums[0]) == 0, "%d threads give the bits that one gives: %.17g, %.17g", i + 1,
            sums[i][0], sums[i][1]);
        ptm_vectors_destroy(&v);
        ptm_device_close(&device);
        ptm_context_destroy(&context);
    }
}

int main(int argc, char **argv)
{
    test_thread_counts();
    for_each_device(argc, argv, test_device);
    return finish();
}
