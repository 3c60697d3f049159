/* test_distributed.c - operators spread over processes, for which threads stand here, and what solvers make of them: the
 * same as one process does; on every device.
 *
 * usage: test_distributed [DEVICE...] */
#define _XOPEN_SOURCE 700
#include "check.h"

#include "linop/operator.h"

#include <pthread.h>

enum { RANKS = 3, SUBSETS = 3, N = 12, VIEWS = 11, NU = 18, VOXELS = 2 * N * N, PIXELS = VIEWS * 2 * NU };

static ptm_context *context;
static char device_name[64];
static float truth[VOXELS], data[PIXELS], weights[PIXELS], mask[VOXELS];

/* ------------------------------------------------------------------ processes */

/* Values lie where all can see them between two barriers. */
typedef struct group {
    pthread_barrier_t barrier;
    void *values[RANKS];
    int64_t calls;
} group;

typedef struct member {
    group *group;
    int rank;
    ptm_device *device;
    const void *task;
    int number; /* what comes out: iterations, for example */
    double found;
    char key[64];
    float image[VOXELS], pixels[PIXELS];
} member;

static double value_at(const void *values, int64_t i, ptm_type type)
{
    return type == PTM_FLOAT64 ? ((const double *)values)[i] : (double)((const float *)values)[i];
}

static int reduce(void *user, ptm_reduction what, void *values, int64_t count, ptm_type type)
{
    member *m = user;
    group *g = m->group;
    double *all = malloc((size_t)count * sizeof *all);
    g->values[m->rank] = values;
    pthread_barrier_wait(&g->barrier);
    for (int64_t i = 0; i < count; ++i) {
        all[i] = value_at(g->values[0], i, type);
        for (int k = 1; k < RANKS; ++k) {
            const double other = value_at(g->values[k], i, type);
            all[i] = what == PTM_REDUCE_SUM ? all[i] + other : fmax(all[i], other);
        }
    }
    pthread_barrier_wait(&g->barrier);
    for (int64_t i = 0; i < count; ++i)
        if (type == PTM_FLOAT64)
            ((double *)values)[i] = all[i];
        else
            ((float *)values)[i] = (float)all[i];
    free(all);
    if (m->rank == 0) g->calls++;
    return PTM_OK;
}

static ptm_exchange exchange_of(member *m)
{
    return (ptm_exchange) { PTM_SIZED(ptm_exchange), .rank = m->rank, .ranks = RANKS, .reduce = reduce, .user = m };
}

/* Each in a thread and with a device of its own. */
static void in_processes(member *members, const void *task, void *(*work)(void *member))
{
    group g = { .calls = 0 };
    pthread_t threads[RANKS];
    pthread_barrier_init(&g.barrier, NULL, RANKS);
    for (int i = 0; i < RANKS; ++i) {
        members[i] = (member) { .group = &g, .rank = i, .task = task };
        must(ptm_device_open(&members[i].device, context, device_name));
    }
    for (int i = 0; i < RANKS; ++i) pthread_create(&threads[i], NULL, work, &members[i]);
    for (int i = 0; i < RANKS; ++i) pthread_join(threads[i], NULL);
    for (int i = 0; i < RANKS; ++i) ptm_device_close(&members[i].device);
    pthread_barrier_destroy(&g.barrier);
}

/* ------------------------------------------------------------------ the scan */

static ptm_scan *make_scan(void)
{
    ptm_scan *scan;
    must(ptm_scan_cone(&scan, context,
        &(ptm_circular_options) { PTM_SIZED(ptm_circular_options), .volume = { .shape = { 2, N, N } },
            .detector = { .shape = { 2, NU }, .spacing = { 1.5, 1.5 } }, .views = VIEWS, .sod = 40, .sdd = 60 }));
    return scan;
}

/* A multiple of the number of subsets, where there are some. */
static int first_view(int rank)
{
    return rank == RANKS ? VIEWS : rank * VIEWS / RANKS / SUBSETS * SUBSETS;
}

static ptm_operator *make_part(const member *m, int subsets)
{
    ptm_scan *scan = make_scan(), *part;
    ptm_operator *op;
    must(ptm_scan_part(&part, scan, first_view(m->rank), first_view(m->rank + 1) - first_view(m->rank)));
    must(ptm_subsets_create(&op, m->device, part, subsets, NULL));
    ptm_scan_destroy(&part);
    ptm_scan_destroy(&scan);
    return op;
}

static ptm_operator *make_distributed(member *m, int subsets)
{
    ptm_operator *part = make_part(m, subsets), *op;
    const ptm_exchange e = exchange_of(m);
    must(ptm_distributed_create(&op, part, &e));
    ptm_operator_destroy(&part);
    return op;
}

static ptm_array image_of(float *values)
{
    return (ptm_array)PTM_ARRAY_3D(values, 2, N, N);
}

/* What a process has of all pixels. */
static ptm_array part_of(float *pixels, int rank)
{
    const int first = first_view(rank);
    return (ptm_array)PTM_ARRAY_3D(pixels + (size_t)first * 2 * NU, first_view(rank + 1) - first, 2, NU);
}

static double difference(const float *a, const float *b, int count)
{
    double worst = 0, top = 0;
    for (int i = 0; i < count; ++i) {
        worst = fmax(worst, fabs((double)a[i] - (double)b[i]));
        top = fmax(top, fabs((double)b[i]));
        if (!isfinite(a[i])) return (double)INFINITY;
    }
    return worst / top;
}

static void check_same_bits(const member *members, const char *what)
{
    for (int i = 1; i < RANKS; ++i)
        check(memcmp(members[i].image, members[0].image, sizeof members[0].image) == 0,
            "%s: process %d has the first one's bits", what, i);
}

static void make_problem(ptm_device *device)
{
    ptm_scan *scan = make_scan();
    ptm_operator *op;
    uint64_t seed = 3;
    const ptm_array x = image_of(truth), y = PTM_ARRAY_3D(data, VIEWS, 2, NU);
    for (int i = 0; i < VOXELS; ++i) {
        mask[i] = i % N != 3;
        truth[i] = mask[i] * (float)(1.5 + random_number(&seed));
    }
    must(ptm_projector_create(&op, device, scan, NULL));
    must(ptm_apply(op, &y, &x));
    for (int i = 0; i < PIXELS; ++i) {
        data[i] *= (float)(1 + 0.05 * random_number(&seed));
        weights[i] = (float)(i % 7 == 3 ? 0 : 1.2 + random_number(&seed));
    }
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
}

/* ------------------------------------------------------------------ the operator */

typedef enum place { ON_HOST, ON_DEVICE, BEHIND_FUNCTIONS, PLACES } place;

/* A box of a dense array in memory, which `values` has at its corner. */
static void move_box(const ptm_array *all, float *values, const int64_t *first, const int64_t *count, float *box, bool out)
{
    const int64_t *n = all->shape;
    for (int64_t i = 0; i < count[0]; ++i)
        for (int64_t j = 0; j < count[1]; ++j, box += count[2]) {
            float *line = values + ((first[0] + i) * n[1] + first[1] + j) * n[2] + first[2];
            memcpy(out ? line : box, out ? box : line, (size_t)count[2] * sizeof *box);
        }
}

static int read_box(void *user, const int64_t *first, const int64_t *count, void *box)
{
    const ptm_array *all = user;
    move_box(all, all->data, first, count, box, false);
    return PTM_OK;
}

static int write_box(void *user, const int64_t *first, const int64_t *count, const void *box)
{
    const ptm_array *all = user;
    move_box(all, all->data, first, count, (float *)(uintptr_t)box, true);
    return PTM_OK;
}

/* What a dense array has, behind functions. */
static ptm_array behind_functions(ptm_array *all)
{
    ptm_array a = *all;
    a.data = NULL;
    a.read = read_box;
    a.write = write_box;
    a.user = all;
    return a;
}

/* The adjoint, onto what all have, in the host's memory, in the device's, and behind functions. */
static void *apply_adjoint(void *user)
{
    member *m = user;
    ptm_operator *op = make_distributed(m, 1);
    const place where = *(const place *)m->task;
    ptm_memory *memory;
    ptm_array x = image_of(m->image), y = part_of(data, m->rank), pixels = part_of(m->pixels, m->rank);
    must(ptm_apply(op, &pixels, &(ptm_array)PTM_ARRAY_3D(truth, 2, N, N)));
    memcpy(m->image, truth, sizeof truth);
    must(ptm_memory_create(&memory, m->device, sizeof truth));
    must(ptm_memory_write(memory, 0, truth, sizeof truth));
    ptm_array all = x;
    if (where == ON_DEVICE) {
        x.data = NULL;
        x.memory = memory;
    }
    if (where == BEHIND_FUNCTIONS) x = behind_functions(&all);
    must(ptm_operator_prepare(op, true));
    must(ptm_apply_scaled(op, true, 0.7, &y, 0.3, &x, NULL));
    if (where == ON_DEVICE) must(ptm_memory_read(memory, 0, m->image, sizeof truth));
    ptm_memory_destroy(&memory);
    ptm_operator_destroy(&op);
    return NULL;
}

static void test_operator(ptm_device *device)
{
    static member members[RANKS];
    static float image[VOXELS], pixels[PIXELS];
    ptm_scan *scan = make_scan();
    ptm_operator *op;
    const ptm_array x = image_of(image), y = PTM_ARRAY_3D(pixels, VIEWS, 2, NU), given = PTM_ARRAY_3D(data, VIEWS, 2, NU);
    must(ptm_projector_create(&op, device, scan, NULL));
    must(ptm_apply(op, &y, &(ptm_array)PTM_ARRAY_3D(truth, 2, N, N)));
    memcpy(image, truth, sizeof image);
    must(ptm_apply_scaled(op, true, 0.7, &given, 0.3, &x, NULL));
    for (place where = ON_HOST; where < PLACES; ++where) {
        static const char *const names[] = { "adjoint, host", "adjoint, device", "adjoint, functions" };
        const char *what = names[where];
        double worst = 0;
        in_processes(members, &where, apply_adjoint);
        for (int i = 0; i < RANKS; ++i) {
            const int first = first_view(i) * 2 * NU, count = first_view(i + 1) * 2 * NU - first;
            worst = fmax(worst, difference(members[i].pixels + first, pixels + first, count));
        }
        check_most(worst, 1e-6, "each process has its own views' projections");
        check_most(difference(members[0].image, image, VOXELS), 1e-6, what);
        check_same_bits(members, what);
    }
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
}

/* Images of more than is exchanged at a time: by planes, by lines of them, and in one piece of memory. */
static void *sum_large(void *user)
{
    member *m = user;
    ptm_array image = *(const ptm_array *)m->task, x;
    const bool called = image.user != NULL;
    const int64_t count = image.shape[0] * image.shape[1] * image.shape[2];
    ptm_operator *part, *op;
    const ptm_exchange e = exchange_of(m);
    float *values = malloc((size_t)count * sizeof *values), *from = malloc((size_t)count * sizeof *from);
    if (!values || !from) exit(1);
    for (int64_t i = 0; i < count; ++i) from[i] = (float)(i % 1009 * (m->rank + 1));
    image.user = NULL;
    must(ptm_identity_create(&part, m->device, &image));
    must(ptm_distributed_create(&op, part, &e));
    image.data = values;
    x = called ? behind_functions(&image) : image;
    ptm_array y = image;
    y.data = from;
    must(ptm_apply_adjoint(op, &x, &y));
    for (int64_t i = 0; i < count; ++i) m->number += values[i] != (float)(i % 1009 * (1 + 2 + 3));
    ptm_operator_destroy(&op);
    ptm_operator_destroy(&part);
    free(values);
    free(from);
    return NULL;
}

static void test_large(void)
{
    static member members[RANKS];
    static char called;
    const int64_t shapes[3][3] = { { 3, 1100, 2300 }, { 2, 1900, 2300 }, { 3, 1100, 2300 } };
    for (int k = 0; k < 3; ++k) {
        ptm_array image = PTM_ARRAY_3D(NULL, shapes[k][0], shapes[k][1], shapes[k][2]);
        image.user = k < 2 ? &called : NULL;
        in_processes(members, &image, sum_large);
        for (int i = 0; i < RANKS; ++i)
            check(members[i].number == 0, "a large image, %d: %d of process %d are no sums", k, members[i].number, i);
    }
}

/* ------------------------------------------------------------------ solvers */

typedef struct task {
    const char *name;
    ptm_solver_options options;
    bool masked, weighted;
    int iterations;
    /* Of one process alone. */
    double impatient; /* its seconds */
    int each_ends;    /* the iteration after which its function stops */
    int subsets;      /* 0: one */
} task;

typedef struct counted {
    int iterations, ends;
    double residual;
} counted;
static bool count(void *user, ptm_solver *solver, const ptm_iteration *i)
{
    counted *c = user;
    (void)solver;
    c->iterations = i->number;
    c->residual = i->residual;
    return i->number != c->ends;
}

/* rank -1: one process that has all. */
static int solve(const task *t, ptm_operator *op, int rank, float *image, double *residual)
{
    const ptm_array y = rank < 0 ? (ptm_array)PTM_ARRAY_3D(data, VIEWS, 2, NU) : part_of(data, rank), m = image_of(mask);
    const ptm_array w = rank < 0 ? (ptm_array)PTM_ARRAY_3D(weights, VIEWS, 2, NU) : part_of(weights, rank),
                    x = image_of(image);
    counted c = { .ends = rank == 1 ? t->each_ends : 0 };
    ptm_solver_options o = t->options;
    o.struct_size = sizeof o;
    o.mask = t->masked ? &m : NULL;
    o.weights = t->weighted ? &w : NULL;
    o.residual = true;
    o.each = count;
    o.each_user = &c;
    if (rank == 2 && t->impatient > 0) o.seconds = t->impatient;
    must(ptm_solve(op, &x, &y, t->iterations, &o));
    *residual = c.residual;
    return c.iterations;
}

static void *solve_in_one(void *user)
{
    member *m = user;
    const task *t = m->task;
    ptm_operator *op = make_distributed(m, t->subsets ? t->subsets : 1);
    m->number = solve(m->task, op, m->rank, m->image, &m->found);
    ptm_operator_destroy(&op);
    return NULL;
}

static void check_task(ptm_device *device, const task *t, double limit)
{
    static member members[RANKS];
    static float image[VOXELS];
    ptm_scan *scan = make_scan();
    ptm_operator *op;
    double residual;
    must(ptm_subsets_create(&op, device, scan, t->subsets ? t->subsets : 1, NULL));
    const int iterations = solve(t, op, -1, image, &residual);
    in_processes(members, t, solve_in_one);
    check_most(difference(members[0].image, image, VOXELS), limit, t->name);
    check_same_bits(members, t->name);
    for (int i = 0; i < RANKS; ++i)
        check(members[i].number == iterations && fabs(members[i].found / residual - 1) < 1e-4,
            "%s: %d iterations to %.6g in process %d, expected %d to %.6g", t->name, members[i].number, members[i].found, i,
            iterations, residual);
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
}

static void test_methods(ptm_device *device)
{
    static const task tasks[] = { { "SIRT", { .method = PTM_METHOD_SIRT, .limited = true, .high = 2 }, true, true, 6, 0,
                                      0, 0 },
        { "Landweber", { .method = PTM_METHOD_LANDWEBER }, true, true, 6, 0, 0, 0 },
        { "CGLS", { .method = PTM_METHOD_CGLS, .damping = 2 }, true, true, 6, 0, 0, 0 },
        { "LSQR", { .method = PTM_METHOD_LSQR, .damping = 2 }, false, true, 6, 0, 0, 0 },
        { "LSMR", { .method = PTM_METHOD_LSMR }, true, false, 6, 0, 0, 0 },
        { "MLEM", { .method = PTM_METHOD_MLEM }, false, true, 6, 0, 0, 0 },
        { "FISTA", { .method = PTM_METHOD_FISTA, .regularizer = PTM_REGULARIZER_TV, .strength = 1 }, false, true, 6, 0, 0,
            0 },
        { "PDHG", { .method = PTM_METHOD_PDHG, .regularizer = PTM_REGULARIZER_TGV, .strength = 1 }, true, true, 6, 0, 0,
            0 },
        /* one step down: later ones magnify rounding where the image is flat */
        { "ASD-POCS", { .method = PTM_METHOD_ASD_POCS, .inner = 1 }, false, false, 1, 0, 0, 0 },
        { "SIRT to a tolerance", { .method = PTM_METHOD_SIRT, .tolerance = 0.1 }, false, false, 1000, 0, 0, 0 },
        /* sums of columns anew in each turn, and kept */
        { "OS-SIRT", { .method = PTM_METHOD_SIRT, .order = PTM_ORDER_RANDOM, .kept_weights = 1 }, true, true, 2, 0, 0,
            SUBSETS },
        { "OSEM", { .method = PTM_METHOD_MLEM, .kept_weights = 1 << 20 }, false, true, 2, 0, 0, SUBSETS } };
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; ++i) check_task(device, &tasks[i], 2e-5);
}

/* Where one process has had enough all have. */
static void test_ends(void)
{
    static const task tasks[] = {
        { .name = "seconds", .options = { .method = PTM_METHOD_CGLS }, .iterations = 1000000, .impatient = 1e-9 },
        { .name = "each", .options = { .method = PTM_METHOD_SIRT }, .iterations = 1000000, .each_ends = 3 }
    };
    for (int k = 0; k < 2; ++k) {
        static member members[RANKS];
        in_processes(members, &tasks[k], solve_in_one);
        for (int i = 0; i < RANKS; ++i)
            check(members[i].number == (k ? 3 : 1), "%s of one process end process %d after iteration %d", tasks[k].name, i,
                members[i].number);
    }
}

/* Two iterations, their state, and two more from both: the second image is in `pixels`. */
static void *go_on(void *user)
{
    member *m = user;
    ptm_operator *op = make_distributed(m, 1);
    const ptm_array y = part_of(data, m->rank), x = image_of(m->image), other = image_of(m->pixels);
    const ptm_solver_options o = { PTM_SIZED(ptm_solver_options), .method = PTM_METHOD_CGLS };
    ptm_solver *first, *second;
    ptm_solver_state state;
    must(ptm_solver_create(&first, op, &o));
    must(ptm_solver_create(&second, op, &o));
    must(ptm_solver_start(first, &y));
    must(ptm_solver_start(second, &y));
    must(ptm_solver_run(first, 2));
    must(ptm_solver_get_state(&state, first));
    must(ptm_solver_set_state(second, &state));
    must(ptm_solver_run(first, 2));
    must(ptm_solver_run(second, 2));
    must(ptm_solver_result(first, &x));
    must(ptm_solver_result(second, &other));
    m->number = state.data_vector;
    memcpy(m->key, state.key, sizeof m->key);
    ptm_solver_destroy(&first);
    ptm_solver_destroy(&second);
    ptm_operator_destroy(&op);
    return NULL;
}

/* States have one key in all processes, which have unlike parts of the data. */
static void test_states(void)
{
    static member members[RANKS];
    in_processes(members, NULL, go_on);
    for (int i = 0; i < RANKS; ++i) {
        check(members[i].number == 1 && strcmp(members[i].key, members[0].key) == 0,
            "process %d: vector %d is of the data, and the key is %s", i, members[i].number, members[i].key);
        check(memcmp(members[i].pixels, members[i].image, sizeof members[i].image) == 0, "process %d goes on", i);
    }
    check_same_bits(members, "going on");
}

/* ------------------------------------------------------------------ what goes into an operator */

static void refuse_parts(member *m, ptm_operator *op, ptm_operator *chain)
{
    ptm_operator *part = make_part(m, 1), *none;
    ptm_array x = PTM_ARRAY_3D(NULL, 2, N, N), y = part_of(data, m->rank);
    const ptm_exchange e = exchange_of(m);
    check(
        ptm_sum_create(&none, (ptm_operator *[]) { op, part }, 2) == PTM_ERROR_ARGUMENT && !none, "a sum of unlike parts");
    check(ptm_stack_create(&none, (ptm_operator *[]) { op, part }, 2, 0, false) == PTM_ERROR_ARGUMENT && !none,
        "a stack of unlike parts");
    check(ptm_interleave_create(&none, (ptm_operator *[]) { op, part }, 2, 0) == PTM_ERROR_ARGUMENT && !none,
        "subsets of unlike parts");
    check(ptm_chain_create(&none, (ptm_operator *[]) { op, op }, 2) == PTM_ERROR_ARGUMENT && !none, "a product of two");
    check(ptm_adjoint_create(&none, op) == PTM_ERROR_UNSUPPORTED && !none, "no adjoint: %s", ptm_error_message());
    check(ptm_normal_create(&none, chain) == PTM_ERROR_UNSUPPORTED && !none, "nor A'A: %s", ptm_error_message());
    check(ptm_distributed_create(&none, op, &e) == PTM_ERROR_ARGUMENT && !none, "not twice: %s", ptm_error_message());
    memcpy(x.stride, (int64_t[]) { 2 * N * N, N, 1 }, 3 * sizeof *x.stride);
    x.data = malloc(4 * VOXELS * sizeof(float));
    check(ptm_apply_adjoint(op, &x, &y) == PTM_ERROR_UNSUPPORTED && strstr(ptm_error_message(), "dense"),
        "an image with gaps: %s", ptm_error_message());
    free(x.data);
    x = behind_functions(&(ptm_array)PTM_ARRAY_3D(m->image, 2, N, N));
    x.read = NULL;
    check(ptm_apply_adjoint(op, &x, &y) == PTM_ERROR_UNSUPPORTED && strstr(ptm_error_message(), "read"),
        "an image that cannot be read: %s", ptm_error_message());
    ptm_operator_destroy(&part);
}

static void *compose(void *user)
{
    member *m = user;
    ptm_operator *op = make_distributed(m, 1), *scaled, *sum, *chain, *diagonal;
    const ptm_array x = image_of(m->image), y = part_of(data, m->rank), w = part_of(weights, m->rank);
    must(ptm_scaled_create(&scaled, op, 2));
    must(ptm_sum_create(&sum, (ptm_operator *[]) { op, scaled }, 2));
    must(ptm_diagonal_create(&diagonal, m->device, &w));
    must(ptm_chain_create(&chain, (ptm_operator *[]) { diagonal, sum }, 2));
    must(ptm_apply_adjoint(chain, &x, &y));
    must(ptm_operator_norm(&(ptm_norm) { 0 }, chain, NULL));
    if (m->rank == 0) refuse_parts(m, op, chain);
    ptm_operator *all[] = { op, scaled, sum, chain, diagonal };
    for (int i = 0; i < 5; ++i) ptm_operator_destroy(&all[i]);
    return NULL;
}

/* Three times the projector, with weights. */
static void test_composing(ptm_device *device)
{
    static member members[RANKS];
    static float image[VOXELS], pixels[PIXELS];
    ptm_scan *scan = make_scan();
    ptm_operator *op;
    for (int i = 0; i < PIXELS; ++i) pixels[i] = 3 * weights[i] * data[i];
    const ptm_array x = image_of(image), y = PTM_ARRAY_3D(pixels, VIEWS, 2, NU);
    must(ptm_projector_create(&op, device, scan, NULL));
    must(ptm_apply_adjoint(op, &x, &y));
    in_processes(members, NULL, compose);
    check_most(difference(members[0].image, image, VOXELS), 2e-6, "a chain with a sum");
    check_same_bits(members, "a chain with a sum");
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
}

static void *refuse_images(void *user)
{
    member *m = user;
    ptm_operator *part, *op;
    const ptm_array like = { PTM_SIZED(ptm_array), .dimensions = 3, .shape = { 4, m->rank == 1 ? 6 : 5, 7 } };
    const ptm_exchange e = exchange_of(m);
    must(ptm_identity_create(&part, m->device, &like));
    m->number = ptm_distributed_create(&op, part, &e) == PTM_ERROR_ARGUMENT && !op &&
                strstr(ptm_error_message(), "another process");
    ptm_operator_destroy(&part);
    return NULL;
}

/* Two subsets in one process, three in the others; and how much all have at least where they have three. */
static void *refuse_subsets(void *user)
{
    member *m = user;
    ptm_operator *part = make_part(m, m->rank == 1 ? 2 : SUBSETS), *op, *good = make_distributed(m, SUBSETS);
    const ptm_exchange e = exchange_of(m);
    m->number =
        ptm_distributed_create(&op, part, &e) == PTM_ERROR_ARGUMENT && !op && strstr(ptm_error_message(), "subsets");
    m->found = (double)ptm_operator_least_bytes(good);
    ptm_operator_destroy(&part);
    ptm_operator_destroy(&good);
    return NULL;
}

static int fails(void *user, ptm_reduction what, void *values, int64_t how_many, ptm_type type)
{
    (void)what, (void)values, (void)how_many, (void)type;
    return *(int *)user <= 0 ? ptm_error_set(*(int *)user, "the network is down") : *(int *)user;
}

static void test_refusals(ptm_device *device)
{
    static member members[RANKS];
    static const ptm_exchange wrong[] = { { PTM_SIZED(ptm_exchange), .ranks = 2 },
        { PTM_SIZED(ptm_exchange), .rank = 2, .ranks = 2, .reduce = fails },
        { PTM_SIZED(ptm_exchange), .rank = -1, .ranks = 2, .reduce = fails },
        { PTM_SIZED(ptm_exchange), .reduce = fails } };
    in_processes(members, NULL, refuse_images);
    for (int i = 0; i < RANKS; ++i) check(members[i].number, "process %d: images of unlike shapes are refused", i);
    in_processes(members, NULL, refuse_subsets);
    for (int i = 0; i < RANKS; ++i)
        check(members[i].number && members[i].found == 3 * 2 * NU * sizeof(float),
            "process %d: unlike subsets are refused; at least %g bytes of data in each", i, members[i].found);
    const ptm_array like = { PTM_SIZED(ptm_array), .dimensions = 2, .shape = { 4, 5 } };
    ptm_operator *part, *op;
    must(ptm_identity_create(&part, device, &like));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i)
        check(ptm_distributed_create(&op, part, &wrong[i]) == PTM_ERROR_ARGUMENT && !op, "%s", ptm_error_message());
    check(ptm_distributed_create(&op, part, NULL) == PTM_ERROR_ARGUMENT && !op, "%s", ptm_error_message());
    for (int status = PTM_ERROR_IO; status <= 3; status += 3 - PTM_ERROR_IO) {
        const ptm_exchange e = { PTM_SIZED(ptm_exchange), .ranks = 1, .reduce = fails, .user = &status };
        check(ptm_distributed_create(&op, part, &e) == (status < 0 ? PTM_ERROR_IO : PTM_ERROR_ARGUMENT) && !op,
            "reduce returns %d: %s", status, ptm_error_message());
    }
    ptm_operator_destroy(&part);
}

static void test_device(ptm_device *device, const char *name)
{
    context = device->context;
    snprintf(device_name, sizeof device_name, "%s:%d", device->info.backend, device->info.index);
    make_problem(device);
    test_operator(device);
    if (strcmp(name, "host") == 0) test_large();
    test_methods(device);
    test_ends();
    test_states();
    test_composing(device);
    test_refusals(device);
}

int main(int argc, char **argv)
{
    for_each_device(argc, argv, test_device);
    return finish();
}
