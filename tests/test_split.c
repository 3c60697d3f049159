/* test_split.c - operators split over several devices: against one device, their adjoints, bits that repeat, arrays of
 * every kind, solvers, progress, and what fails.
 *
 * usage: test_split [DEVICE...] */
#include "boxes.h"
#include "operator_table.h"
#include "scans.h"

#include "ct/projector.h"

#include <pthread.h>

enum { MOST = 4 };

/* Devices that work together; `home` is the host, and so is `alone`, with which they are compared. */
typedef struct team {
    const char *name;
    ptm_device *devices[MOST];
    double weights[MOST];
    int count;
    bool hosts; /* all of them */
} team;

static const ptm_projector_options plain = { PTM_SIZED(ptm_projector_options) };
static ptm_context *context;
static ptm_device *home, *alone;

/* ------------------------------------------------------------------ arrays and operators */

typedef struct vector {
    ptm_array array;
    float *values;
    int count;
} vector;

static vector make_vector(const ptm_array *like, uint64_t seed)
{
    vector v = { .array = *like, .count = 1 };
    for (int i = 0; i < like->dimensions; ++i) v.count *= (int)like->shape[i];
    v.values = calloc((size_t)v.count, sizeof *v.values);
    v.array.data = v.values;
    for (int i = 0; i < v.count && seed; ++i) v.values[i] = (float)random_number(&seed);
    return v;
}

static double difference(const vector *a, const vector *b)
{
    double worst = 0, largest = 1e-30;
    for (int i = 0; i < a->count; ++i) {
        worst = isfinite(a->values[i]) ? fmax(worst, fabs((double)a->values[i] - (double)b->values[i])) : (double)INFINITY;
        largest = fmax(largest, fabs((double)b->values[i]));
    }
    return worst / largest;
}

static bool same_bits(const vector *a, const vector *b)
{
    return memcmp(a->values, b->values, (size_t)a->count * sizeof *a->values) == 0;
}

static double dot(const vector *a, const vector *b)
{
    double sum = 0;
    for (int i = 0; i < a->count; ++i) sum += (double)a->values[i] * (double)b->values[i];
    return sum;
}

typedef int (*create_function)(
    ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options);

static int subsets_of_three(
    ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options)
{
    return ptm_subsets_create(out, device, scan, 3, options);
}

static int one_subset(
    ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options)
{
    return ptm_subsets_create(out, device, scan, 1, options);
}

static int unmatched_subsets(
    ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options)
{
    ptm_projector_options o = *options;
    o.unmatched = true;
    return ptm_subsets_create(out, device, scan, 3, &o);
}

/* The parts may go when it is there. */
static int split_over(ptm_operator **out, const team *t, create_function create, const ptm_scan *scan)
{
    ptm_operator *parts[MOST] = { NULL };
    int status = PTM_OK;
    *out = NULL;
    for (int k = 0; k < t->count && !status; ++k) status = create(&parts[k], t->devices[k], scan, &plain);
    if (!status) status = ptm_split_create(out, home, parts, t->weights, t->count);
    for (int k = 0; k < t->count; ++k) ptm_operator_destroy(&parts[k]);
    return status;
}

/* ------------------------------------------------------------------ against one device */

typedef struct pair {
    ptm_operator *split, *one;
} pair;

static void compare_way(const pair *p, bool adjoint, double limit, bool bits, const char *what)
{
    ptm_array domain, range;
    char text[200];
    must(ptm_operator_domain(&domain, p->one));
    must(ptm_operator_range(&range, p->one));
    vector in = make_vector(adjoint ? &range : &domain, 5), expected = make_vector(adjoint ? &domain : &range, 0),
           out = make_vector(&expected.array, 7), again = make_vector(&expected.array, 9);
    must((adjoint ? ptm_apply_adjoint : ptm_apply)(p->one, &expected.array, &in.array));
    must((adjoint ? ptm_apply_adjoint : ptm_apply)(p->split, &out.array, &in.array));
    must((adjoint ? ptm_apply_adjoint : ptm_apply)(p->split, &again.array, &in.array));
    snprintf(text, sizeof text, "%s%s: from one device", what, adjoint ? ", adjoint" : "");
    check_most(difference(&out, &expected), limit, text);
    check(same_bits(&out, &again), "%s%s: the same bits again", what, adjoint ? ", adjoint" : "");
    if (bits) check(same_bits(&out, &expected), "%s%s: the bits of one device", what, adjoint ? ", adjoint" : "");
    must(ptm_apply_scaled(p->one, adjoint, -0.5, &in.array, 2, &expected.array, NULL));
    must(ptm_apply_scaled(p->split, adjoint, -0.5, &in.array, 2, &out.array, NULL));
    snprintf(text, sizeof text, "%s%s: alpha A x + beta y", what, adjoint ? ", adjoint" : "");
    check_most(difference(&out, &expected), 2 * limit, text);
    free(in.values);
    free(expected.values);
    free(out.values);
    free(again.values);
}

/* How far the adjoint is from one. */
static double mismatch(ptm_operator *op)
{
    ptm_array domain, range;
    must(ptm_operator_domain(&domain, op));
    must(ptm_operator_range(&range, op));
    vector x = make_vector(&domain, 3), y = make_vector(&range, 4), ax = make_vector(&range, 0),
           ay = make_vector(&domain, 0);
    must(ptm_apply(op, &ax.array, &x.array));
    must(ptm_apply_adjoint(op, &ay.array, &y.array));
    const double apart = fabs(dot(&ax, &y) - dot(&x, &ay)) / fmax(sqrt(dot(&ax, &ax)) * sqrt(dot(&y, &y)), 1e-30);
    free(x.values);
    free(y.values);
    free(ax.values);
    free(ay.values);
    return apart;
}

/* FBP has sums in pairs of views, which a part may pair otherwise; the others have the bits of the whole. */
static void compare(
    const team *t, create_function create, const ptm_scan *scan, double factor, bool paired, const char *what)
{
    pair p = { NULL, NULL };
    char text[250];
    if (create(&p.one, alone, scan, &plain)) return; /* the scan is none for it */
    const int status = split_over(&p.split, t, create, scan);
    if (check(status == PTM_OK, "%s: %s", what, status ? ptm_error_message() : "made")) {
        for (int adjoint = 0; adjoint < 2; ++adjoint) compare_way(&p, adjoint, 2e-5 * factor, t->hosts && !paired, what);
        snprintf(text, sizeof text, "%s: <A x, y> and <x, A'y>", what);
        /* one voxel alone has rounding of its own */
        check_most(mismatch(p.split), fmax(1e-6 * factor, 2 * mismatch(p.one)), text);
    }
    ptm_operator_destroy(&p.split);
    ptm_operator_destroy(&p.one);
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; ++names)
        if (strcmp(*names, name) == 0) return true;
    return false;
}

/* Two hosts: all that there are; others, where kernels take long to make: one of each kind. */
static void test_table(const team *t)
{
    static const char *const left_out[] = { "filter", "filter, Hann", "wavelet", "normal", "stack", "sum", "product",
        "quotient", NULL };
    static const char *const scans[] = { "cone", NULL }, *const operators[] = { "projector", "projector, batch", "fbp",
        NULL };
    const char *only = getenv("POLYTOME_TEST_ONLY");
    const bool everything = t->hosts && t->count == 2;
    for (int i = 0; i < test_scan_count; ++i) {
        ptm_scan *scan;
        if (!everything && !is_one_of(test_scans[i].name, scans)) continue;
        must(test_scans[i].make(&scan, context));
        for (int k = 0; k < test_operator_count; ++k) {
            const test_operator *o = &test_operators[k];
            char what[200];
            if (is_one_of(o->name, left_out) || (!everything && !is_one_of(o->name, operators))) continue;
            snprintf(what, sizeof what, "%s: %s of \"%s\"", t->name, o->name, test_scans[i].name);
            if (only && !strstr(what, only)) continue;
            compare(t, o->create, scan, o->limit, strcmp(o->name, "fbp") == 0, what);
        }
        ptm_scan_destroy(&scan);
    }
}

static int fbp(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options)
{
    return ptm_fbp_create(out, device, scan, &(ptm_fbp_options){ PTM_SIZED(ptm_fbp_options), .projector = options });
}

/* Larger than those of the table; subsets, too. */
static void test_larger(const team *t)
{
    static const struct {
        const char *name;
        int n, views;
        bool flat;
        double sod;
    } sizes[] = { { "cone", 20, 24, false, 60 }, { "parallel", 33, 20, false, 0 }, { "fan", 48, 40, true, 100 } };
    for (size_t i = 0; i < (t->hosts ? sizeof sizes / sizeof *sizes : 1); ++i) {
        ptm_scan *scan;
        char what[200];
        must(make_round_scan(&scan, context, sizes[i].n, sizes[i].flat, sizes[i].views, sizes[i].sod));
        snprintf(what, sizeof what, "%s: larger %s", t->name, sizes[i].name);
        compare(t, ptm_projector_create, scan, 1, false, what);
        snprintf(what, sizeof what, "%s: subsets of larger %s", t->name, sizes[i].name);
        compare(t, subsets_of_three, scan, 1, false, what);
        if (t->hosts) compare(t, one_subset, scan, 1, false, what);
        snprintf(what, sizeof what, "%s: fbp of larger %s", t->name, sizes[i].name);
        if (t->hosts || t->count == 2) compare(t, fbp, scan, 3, true, what);
        ptm_scan_destroy(&scan);
    }
}

/* ------------------------------------------------------------------ shares */

/* Fewer views or rows than devices, and weights that leave some without work. */
static void test_shares(const team *t)
{
    const double extreme[MOST] = { 1e9, 1, 1, 1 }, last[MOST] = { 1e-9, 1e-9, 1e-9, 1 };
    for (int views = 1; views <= 2; ++views) {
        ptm_scan *scan;
        char what[200];
        must(ptm_scan_cone(&scan, context,
            &(ptm_circular_options) { PTM_SIZED(ptm_circular_options), .volume = { .shape = { 2, views, 9 } },
                .detector = { .shape = { 3, 13 } }, .views = views, .start = 0.3, .sod = 20, .sdd = 30 }));
        snprintf(what, sizeof what, "%s: %d views, %d rows", t->name, views, views);
        compare(t, ptm_projector_create, scan, 1, false, what);
        team other = *t;
        memcpy(other.weights, extreme, sizeof extreme);
        compare(&other, ptm_projector_create, scan, 1, false, what);
        memcpy(other.weights, last + MOST - t->count, (size_t)t->count * sizeof *last);
        compare(&other, ptm_projector_create, scan, 1, false, what);
        ptm_scan_destroy(&scan);
    }
}

/* What is kept on the devices is what the parts keep, each once. */
static void test_memory(const team *t)
{
    ptm_scan *scan;
    ptm_operator *parts[MOST], *split;
    uint64_t sum = 0, staging = 0, host = 0, own, staged, split_host;
    must(make_round_scan(&scan, context, 16, false, 12, 40));
    for (int k = 0; k < t->count; ++k) must(ptm_projector_create(&parts[k], t->devices[k], scan, &plain));
    must(ptm_split_create(&split, home, parts, t->weights, t->count));
    must(ptm_operator_prepare(split, true));
    for (int k = 0; k < t->count; ++k) {
        sum += ptm_operator_memory(parts[k]);
        staging += ptm_operator_staging(parts[k], &own);
        host += own;
    }
    staged = ptm_operator_staging(split, &split_host);
    check(ptm_operator_memory(split) == sum, "%s: it keeps what its parts keep", t->name);
    check(staged == staging && split_host == host, "%s: and stages as they do", t->name);
    for (int k = 0; k < t->count; ++k) ptm_operator_destroy(&parts[k]);
    ptm_operator_destroy(&split);
    ptm_scan_destroy(&scan);
}

/* ------------------------------------------------------------------ arrays of every kind */

/* Functions over an array, that know their thread. */
typedef struct called {
    ptm_array whole; /* dense */
    pthread_t thread;
    int boxes, fail_at, status;
    bool elsewhere;
} called;

static int move(called *c, const int64_t *first, const int64_t *count, char *box, bool to_box)
{
    int64_t stride[PTM_MAX_DIMENSIONS], step = 1;
    for (int i = c->whole.dimensions - 1; i >= 0; step *= c->whole.shape[i--]) stride[i] = step;
    if (!pthread_equal(c->thread, pthread_self())) c->elsewhere = true;
    if (c->boxes++ == c->fail_at) return ptm_error_set(c->status, "box %d is not there", c->fail_at);
    move_box(&c->whole, c->whole.data, stride, first, count, box, to_box);
    return PTM_OK;
}
static int read_called(void *user, const int64_t *first, const int64_t *count, void *data)
{
    return move(user, first, count, data, true);
}
static int write_called(void *user, const int64_t *first, const int64_t *count, const void *data)
{
    return move(user, first, count, (char *)(uintptr_t)data, false);
}
static ptm_array as_functions(called *c, const ptm_array *whole)
{
    *c = (called){ .whole = *whole, .thread = pthread_self(), .fail_at = -1, .status = PTM_ERROR_IO };
    ptm_array a = *whole;
    a.data = NULL;
    a.read = read_called;
    a.write = write_called;
    a.user = c;
    return a;
}

static void check_result(const vector *out, const vector *expected, const team *t, const char *kind, bool adjoint)
{
    check(same_bits(out, expected), "%s: arrays %s%s: the same bits", t->name, kind, adjoint ? ", adjoint" : "");
}

static void test_functions(const team *t, ptm_operator *op, bool adjoint, const vector *in, const vector *expected)
{
    vector out = make_vector(&expected->array, 0);
    called from, to;
    const ptm_array in_array = as_functions(&from, &in->array), out_array = as_functions(&to, &out.array);
    must(ptm_apply_scaled(op, adjoint, 0.5, &in_array, 0, &out_array, NULL));
    must(ptm_apply_scaled(op, adjoint, 0.5, &in_array, 1, &out_array, NULL));
    check_result(&out, expected, t, "behind functions", adjoint);
    check(from.boxes > 0 && to.boxes > 0 && !from.elsewhere && !to.elsewhere,
        "%s: functions are called on the caller's thread", t->name);
    from.boxes = 0;
    from.fail_at = 0;
    check(ptm_apply_scaled(op, adjoint, 1, &in_array, 0, &out_array, NULL) == PTM_ERROR_IO &&
              strcmp(ptm_error_message(), "box 0 is not there") == 0,
        "%s: a function's error and message: %s", t->name, ptm_error_message());
    to.boxes = 0;
    to.fail_at = 0;
    from.fail_at = -1;
    check(ptm_apply_scaled(op, adjoint, 1, &in_array, 0, &out_array, NULL) == PTM_ERROR_IO, "%s: where they write, too",
        t->name);
    to.boxes = 0;
    to.status = 7;
    check(ptm_apply_scaled(op, adjoint, 1, &in_array, 0, &out_array, NULL) == PTM_ERROR_ARGUMENT &&
            strstr(ptm_error_message(), "write returned 7"), "%s: a status that is none: %s", t->name, ptm_error_message());
    free(out.values);
}

static void test_on_home(const team *t, ptm_operator *op, bool adjoint, const vector *in, const vector *expected)
{
    vector out = make_vector(&expected->array, 0);
    ptm_array in_array = in->array, out_array = out.array;
    const uint64_t in_bytes = (uint64_t)in->count * sizeof(float), out_bytes = (uint64_t)out.count * sizeof(float);
    ptm_queue *queue;
    in_array.data = out_array.data = NULL;
    in_array.offset = 3;
    must(ptm_queue_create(&queue, home));
    must(ptm_memory_create(&in_array.memory, home, in_bytes + 12));
    must(ptm_memory_create(&out_array.memory, home, out_bytes));
    must(ptm_memory_write(in_array.memory, 12, in->values, in_bytes));
    must(ptm_apply_scaled(
        op, adjoint, 1, &in_array, 0, &out_array, &(ptm_run_options) { PTM_SIZED(ptm_run_options), .queue = queue }));
    must(ptm_memory_read(out_array.memory, 0, out.values, out_bytes));
    check_result(&out, expected, t, "on the host device", adjoint);
    const int64_t inner = in->count / in->array.shape[0];
    const ptm_chunk chunks[2] = { { .length = 1, .data = in->values },
        { .length = in->array.shape[0] - 1, .memory = in_array.memory, .offset = 3 + inner } };
    ptm_array pieces = in->array;
    pieces.data = NULL;
    pieces.chunks = chunks;
    pieces.chunk_count = 2;
    memset(out.values, 0, out_bytes);
    must((adjoint ? ptm_apply_adjoint : ptm_apply)(op, &out.array, &pieces));
    check_result(&out, expected, t, "in chunks", adjoint);
    ptm_queue_destroy(&queue);
    ptm_memory_destroy(&in_array.memory);
    ptm_memory_destroy(&out_array.memory);
    free(out.values);
}

/* Another order of axes in memory, and chunks that the result is written to. */
static void test_strided(const team *t, ptm_operator *op, bool adjoint, const vector *in, const vector *expected)
{
    vector out = make_vector(&expected->array, 0), turned = make_vector(&expected->array, 0);
    const int64_t *n = expected->array.shape;
    ptm_array a = turned.array;
    memcpy(a.stride, (int64_t[]){ n[2], n[0] * n[2], 1 }, 3 * sizeof *a.stride);
    must((adjoint ? ptm_apply_adjoint : ptm_apply)(op, &a, &in->array));
    for (int64_t i = 0; i < out.count; ++i)
        out.values[i] = turned.values[i / (n[1] * n[2]) * a.stride[0] + i / n[2] % n[1] * a.stride[1] + i % n[2]];
    check_result(&out, expected, t, "with strides", adjoint);
    const ptm_chunk chunks[2] = { { .length = 2, .data = out.values },
        { .length = n[0] - 2, .data = out.values + 2 * n[1] * n[2] } };
    ptm_array pieces = out.array;
    pieces.data = NULL;
    pieces.chunks = chunks;
    pieces.chunk_count = 2;
    memset(out.values, 0, (size_t)out.count * sizeof *out.values);
    must((adjoint ? ptm_apply_adjoint : ptm_apply)(op, &pieces, &in->array));
    check_result(&out, expected, t, "written in chunks", adjoint);
    free(out.values);
    free(turned.values);
}

static void test_arrays(const team *t)
{
    ptm_scan *scan;
    ptm_operator *op;
    ptm_array domain, range;
    must(make_round_scan(&scan, context, 14, false, 11, 50));
    must(split_over(&op, t, ptm_projector_create, scan));
    must(ptm_operator_domain(&domain, op));
    must(ptm_operator_range(&range, op));
    for (int adjoint = 0; adjoint < 2; ++adjoint) {
        vector in = make_vector(adjoint ? &range : &domain, 3), out = make_vector(adjoint ? &domain : &range, 0);
        must((adjoint ? ptm_apply_adjoint : ptm_apply)(op, &out.array, &in.array));
        test_functions(t, op, adjoint, &in, &out);
        test_on_home(t, op, adjoint, &in, &out);
        test_strided(t, op, adjoint, &in, &out);
        free(in.values);
        free(out.values);
    }
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
}

/* ------------------------------------------------------------------ solvers */

static void test_solvers(const team *t)
{
    static const struct { const char *name; ptm_method method; create_function create; } ways[] = {
        { "SIRT", PTM_METHOD_SIRT, ptm_projector_create }, { "OS-SIRT", PTM_METHOD_SIRT, subsets_of_three },
        { "OS-SIRT with a pair", PTM_METHOD_SIRT, unmatched_subsets },
        { "CGLS", PTM_METHOD_CGLS, ptm_projector_create }, { "FISTA", PTM_METHOD_FISTA, ptm_projector_create } };
    ptm_scan *scan;
    ptm_array domain, range;
    must(make_round_scan(&scan, context, 12, false, 15, 40));
    for (size_t i = 0; i < sizeof ways / sizeof *ways; ++i) {
        pair p;
        char text[100];
        const ptm_solver_options o = { PTM_SIZED(ptm_solver_options), .method = ways[i].method };
        must(split_over(&p.split, t, ways[i].create, scan));
        must(ways[i].create(&p.one, alone, scan, &plain));
        must(ptm_operator_domain(&domain, p.one));
        must(ptm_operator_range(&range, p.one));
        vector truth = make_vector(&domain, 6), data = make_vector(&range, 0), x = make_vector(&domain, 0),
               y = make_vector(&domain, 0);
        must(ptm_apply(p.one, &data.array, &truth.array));
        must(ptm_solve(p.split, &x.array, &data.array, 5, &o));
        must(ptm_solve(p.one, &y.array, &data.array, 5, &o));
        snprintf(text, sizeof text, "%s: %s after 5 iterations", t->name, ways[i].name);
        check_most(difference(&x, &y), 2e-4, text);
        if (t->hosts) check(same_bits(&x, &y), "%s: %s: the bits of one device", t->name, ways[i].name);
        free(truth.values);
        free(data.values);
        free(x.values);
        free(y.values);
        ptm_operator_destroy(&p.split);
        ptm_operator_destroy(&p.one);
    }
    ptm_scan_destroy(&scan);
}

/* ------------------------------------------------------------------ progress, and what fails */

typedef struct watching {
    pthread_t thread;
    double last, stop_at;
    int calls;
    bool wrong;
} watching;

static bool watch(void *user, double done)
{
    watching *w = user;
    w->wrong = w->wrong || done < w->last || done > 1 + 1e-9 || !pthread_equal(w->thread, pthread_self());
    w->last = done;
    w->calls++;
    return done < w->stop_at;
}

static void test_progress(const team *t, ptm_operator *op, const vector *in, const vector *out)
{
    watching w = { .thread = pthread_self(), .stop_at = 2 };
    const ptm_run_options run = { PTM_SIZED(ptm_run_options), .progress = watch, .progress_user = &w };
    must(ptm_apply_scaled(op, false, 1, &in->array, 0, &out->array, &run));
    check(!w.wrong && w.calls >= t->count && fabs(w.last - 1) < 1e-9,
        "%s: progress grows to 1, on the caller's thread: %d calls, %g", t->name, w.calls, w.last);
    w = (watching){ .thread = pthread_self(), .stop_at = 0 };
    check(ptm_apply_scaled(op, false, 1, &in->array, 0, &out->array, &run) == PTM_ERROR_CANCELLED &&
            strncmp(ptm_error_message(), "stopped", 7) == 0, "%s: progress stops it: %s", t->name, ptm_error_message());
    must(ptm_apply(op, &out->array, &in->array));
}

static int fail_launch(ptm_queue *queue, const ptm_launch *launch)
{
    (void)queue;
    (void)launch;
    return ptm_fail(PTM_ERROR_DEVICE, "it does not feel like it");
}

/* One device after the other fails. */
static void test_failures(const team *t, ptm_operator *op, const vector *in, const vector *out)
{
    vector expected = make_vector(&out->array, 0);
    must(ptm_apply(op, &expected.array, &in->array));
    for (int k = 0; k < t->count; ++k) {
        ptm_device *device = t->devices[k];
        const ptm_backend *good = device->backend;
        ptm_backend bad = *good;
        char prefix[64];
        bad.launch = fail_launch;
        device->backend = &bad;
        const int status = ptm_apply(op, &out->array, &in->array);
        device->backend = good;
        snprintf(prefix, sizeof prefix, "%s:%d: it does", device->info.backend, device->info.index);
        check(status == PTM_ERROR_DEVICE && strncmp(ptm_error_message(), prefix, strlen(prefix)) == 0,
            "%s: part %d fails: %d %s", t->name, k, status, ptm_error_message());
        must(ptm_apply(op, &out->array, &in->array));
        check(same_bits(out, &expected), "%s: and works again, with the same bits", t->name);
    }
    free(expected.values);
}

static void test_calls(const team *t)
{
    ptm_scan *scan;
    ptm_operator *op;
    ptm_array domain, range;
    must(make_round_scan(&scan, context, 20, false, 24, 70));
    must(split_over(&op, t, ptm_projector_create, scan));
    must(ptm_operator_domain(&domain, op));
    must(ptm_operator_range(&range, op));
    vector in = make_vector(&domain, 3), out = make_vector(&range, 0);
    test_progress(t, op, &in, &out);
    test_failures(t, op, &in, &out);
    free(in.values);
    free(out.values);
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
}

/* ------------------------------------------------------------------ arguments */

static void refused(int status, int expected, const char *message, const ptm_operator *op, const char *what)
{
    check(status == expected && strstr(ptm_error_message(), message) && !op, "%s is refused: %d %s", what, status,
        ptm_error_message());
}

static void test_arguments(const team *t)
{
    ptm_scan *scan, *other;
    ptm_operator *a, *b, *different, *at_home, *backwards, *scaled, *op = NULL;
    must(make_round_scan(&scan, context, 8, false, 6, 30));
    must(make_round_scan(&other, context, 8, false, 6, 31));
    must(ptm_projector_create(&a, t->devices[0], scan, NULL));
    must(ptm_projector_create(&b, t->devices[1], scan, NULL));
    must(ptm_projector_create(&different, t->devices[1], other, NULL));
    must(ptm_projector_create(&at_home, home, scan, NULL));
    must(ptm_adjoint_create(&backwards, b));
    must(ptm_scaled_create(&scaled, a, 2));
#define SPLIT(host, first, second, weights, count)                                                                         \
    ptm_split_create(&op, host, (ptm_operator *const[]) { first, second }, weights, count)
    refused(SPLIT(home, a, different, NULL, 2), PTM_ERROR_ARGUMENT, "parts[1] is not the same", op, "another scan");
    refused(SPLIT(home, a, backwards, NULL, 2), PTM_ERROR_UNSUPPORTED, "parts[1] is no projector", op, "an adjoint");
    refused(SPLIT(home, scaled, b, NULL, 2), PTM_ERROR_UNSUPPORTED, "parts[0] is no projector", op, "a multiple");
    refused(SPLIT(home, a, a, NULL, 2), PTM_ERROR_ARGUMENT, "are on one device", op, "one device twice");
    refused(SPLIT(home, a, at_home, NULL, 2), PTM_ERROR_ARGUMENT, "open the host once more", op, "the arrays' own device");
    refused(SPLIT(home, a, NULL, NULL, 2), PTM_ERROR_ARGUMENT, "parts[1] is NULL", op, "NULL");
    refused(SPLIT(home, a, b, NULL, 0), PTM_ERROR_ARGUMENT, "count is 0", op, "none");
    refused(SPLIT(NULL, a, b, NULL, 2), PTM_ERROR_ARGUMENT, "device is NULL", op, "no device");
    refused(SPLIT(home, a, b, ((const double[]){ 1, 0 }), 2), PTM_ERROR_ARGUMENT, "weights[1] is 0", op, "a weight of 0");
    refused(
        SPLIT(home, a, b, ((const double[]) { 1, (double)NAN }), 2), PTM_ERROR_ARGUMENT, "weights[1] is", op, "no number");
    refused(SPLIT(home, a, b, ((const double[]) { 1.5e308, 1.5e308 }), 2), PTM_ERROR_ARGUMENT, "add up to inf", op,
        "too large weights");
    if (!t->hosts)
        refused(SPLIT(t->devices[1], a, b, NULL, 2), PTM_ERROR_ARGUMENT, "expected the host", op,
            "arrays that are not on the host");
#undef SPLIT
    ptm_operator *const all[] = { scaled, backwards, at_home, different, b, a };
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) ptm_operator_destroy(&(ptm_operator *){ all[i] });
    ptm_scan_destroy(&scan);
    ptm_scan_destroy(&other);
}

/* ------------------------------------------------------------------ teams */

static void test_team(const team *t)
{
    test_table(t);
    test_larger(t);
    test_shares(t);
    test_memory(t);
    test_arrays(t);
    test_solvers(t);
    test_calls(t);
    test_arguments(t);
}

/* The device that tests know as pocl, or NULL. */
static ptm_device *open_pocl(void)
{
    ptm_device_info infos[32];
    ptm_device *device = NULL;
    const int count = ptm_devices(context, infos, 32);
    for (int i = 0; i < count && i < 32 && !device; ++i) {
        char name[32];
        snprintf(name, sizeof name, "%s:%d", infos[i].backend, infos[i].index);
        if (strcmp(driver_name(&infos[i]), "pocl") == 0) must(ptm_device_open(&device, context, name));
    }
    return device;
}

/* The host and this one; this one twice, and the host; and pocl with Vulkan's. */
static void test_device(ptm_device *device, const char *name)
{
    char full[32], names[3][64];
    ptm_device *host, *own[2], *pocl = strcmp(name, "lavapipe") == 0 ? open_pocl() : NULL;
    const bool hosts = strcmp(name, "host") == 0;
    snprintf(full, sizeof full, "%s:%d", device->info.backend, device->info.index);
    must(ptm_device_open(&host, context, "host"));
    for (int i = 0; i < 2; ++i) must(ptm_device_open(&own[i], context, full));
    snprintf(names[0], sizeof names[0], "host, %s", name);
    snprintf(names[1], sizeof names[1], "%s, %s, host", name, name);
    snprintf(names[2], sizeof names[2], "pocl, %s", name);
    const team teams[] = { { names[0], { host, own[0] }, { 2, 3 }, 2, hosts },
        { names[1], { own[0], own[1], host }, { 2, 1, 1 }, 3, hosts }, { names[2], { pocl, own[0] }, { 1, 1 }, 2, false } };
    for (int i = 0; i < (pocl ? 3 : 2); ++i)
        if (hosts || i == 0) test_team(&teams[i]);
        else test_larger(&teams[i]);
    for (int i = 0; i < 2; ++i) ptm_device_close(&own[i]);
    ptm_device_close(&pocl);
    ptm_device_close(&host);
}

int main(int argc, char **argv)
{
    must(ptm_context_create(&context, NULL));
    must(ptm_device_open(&home, context, "host"));
    must(ptm_device_open(&alone, context, "host"));
    for_each_device(argc, argv, test_device);
    ptm_device_close(&alone);
    ptm_device_close(&home);
    ptm_context_destroy(&context);
    return finish();
}
