/* test_linop.c - operators made of others against the products, sums and stacks of their matrices, on every device; bounds
 * of norms against singular values; what would be needed against what is.
 *
 * usage: test_linop [DEVICE...] */
#include "matrix.h"

static ptm_context *context;

enum { NZ = 3, NY = 5, NX = 7, NV = 3, NU = 11, VIEWS = 4, MORE_VIEWS = 3 };

static matrix product(const matrix *a, const matrix *b)
{
    matrix m = make_matrix(a->rows, b->columns);
    for (int i = 0; i < a->rows; ++i)
        for (int j = 0; j < a->columns; ++j)
            for (int k = 0; k < b->columns; ++k) *entry(&m, i, k) += *entry(a, i, j) * *entry(b, j, k);
    return m;
}
static matrix transpose(const matrix *a)
{
    matrix m = make_matrix(a->columns, a->rows);
    for (int i = 0; i < a->rows; ++i)
        for (int k = 0; k < a->columns; ++k) *entry(&m, k, i) = *entry(a, i, k);
    return m;
}
static matrix combination(double alpha, const matrix *a, double beta, const matrix *b)
{
    matrix m = make_matrix(a->rows, a->columns);
    for (int i = 0; i < a->rows * a->columns; ++i) m.a[i] = alpha * a->a[i] + beta * b->a[i];
    return m;
}
static matrix diagonal(const double *weights, int n)
{
    matrix m = make_matrix(n, n);
    for (int i = 0; i < n; ++i) *entry(&m, i, i) = weights[i];
    return m;
}
/* One above the other, or side by side. */
static matrix stack(const matrix *a, const matrix *b, bool columns)
{
    matrix m = columns ? make_matrix(a->rows, a->columns + b->columns) : make_matrix(a->rows + b->rows, a->columns);
    for (int i = 0; i < m.rows; ++i)
        for (int k = 0; k < m.columns; ++k)
            *entry(&m, i, k) = i >= a->rows      ? *entry(b, i - a->rows, k)
                               : k >= a->columns ? *entry(b, i, k - a->columns)
                                                 : *entry(a, i, k);
    return m;
}

/* The largest singular value by rotations of columns (M. R. Hestenes, J. SIAM 6, 1958), which end orthogonal. */
static double largest_singular_value(const matrix *m)
{
    matrix a = m->columns <= m->rows ? combination(1, m, 0, m) : transpose(m);
    double largest = 0, off = 1;
    for (int sweep = 0; sweep < 60 && off > 1e-15; ++sweep) {
        off = 0;
        for (int p = 0; p < a.columns; ++p)
            for (int q = p + 1; q < a.columns; ++q) {
                double pp = 0, qq = 0, pq = 0;
                for (int i = 0; i < a.rows; ++i) {
                    pp += *entry(&a, i, p) * *entry(&a, i, p);
                    qq += *entry(&a, i, q) * *entry(&a, i, q);
                    pq += *entry(&a, i, p) * *entry(&a, i, q);
                }
                if (pq == 0 || fabs(pq) <= 1e-16 * sqrt(pp * qq)) continue;
                off = fmax(off, fabs(pq) / sqrt(pp * qq));
                const double zeta = (qq - pp) / (2 * pq), t = (zeta < 0 ? -1 : 1) / (fabs(zeta) + sqrt(1 + zeta * zeta));
                const double c = 1 / sqrt(1 + t * t), s = c * t;
                for (int i = 0; i < a.rows; ++i) {
                    const double x = *entry(&a, i, p), y = *entry(&a, i, q);
                    *entry(&a, i, p) = c * x - s * y;
                    *entry(&a, i, q) = s * x + c * y;
                }
            }
    }
    for (int k = 0; k < a.columns; ++k) {
        double sum = 0;
        for (int i = 0; i < a.rows; ++i) sum += *entry(&a, i, k) * *entry(&a, i, k);
        largest = fmax(largest, sqrt(sum));
    }
    free(a.a);
    return largest;
}

static ptm_scan *cone(int views, double sod)
{
    ptm_scan *scan;
    must(ptm_scan_cone(&scan, context,
        &(ptm_circular_options) { PTM_SIZED(ptm_circular_options), .volume = { .shape = { NZ, NY, NX } },
            .detector = { .shape = { NV, NU }, .spacing = { 1.5, 1.5 } }, .views = views, .sod = sod, .sdd = 2 * sod }));
    return scan;
}

/* What the tests combine: two projectors with the same arrays and one with fewer views, weights and a mask. */
typedef struct kit {
    ptm_type type;
    double tolerance;
    ptm_operator *a, *b, *c, *w, *m;
    matrix ma, mb, mc, mw, mm;
} kit;

static ptm_operator *diagonal_operator(ptm_device *device, const ptm_array *like, const double *numbers)
{
    ptm_operator *op;
    holder h = hold(device, like, ODD_ADDRESS);
    set_numbers(&h, numbers);
    must(ptm_diagonal_create(&op, device, &h.array));
    let_go(&h);
    return op;
}

static kit make_kit(ptm_device *device, ptm_type type)
{
    kit k = { .type = type, .tolerance = type == PTM_FLOAT64 ? 1e-11 : 1e-5 };
    const ptm_projector_options o = { PTM_SIZED(ptm_projector_options), .precision = type };
    ptm_scan *scans[3] = { cone(VIEWS, 20), cone(VIEWS, 9), cone(MORE_VIEWS, 30) };
    ptm_operator **ops[3] = { &k.a, &k.b, &k.c };
    matrix *matrices[3] = { &k.ma, &k.mb, &k.mc };
    for (int i = 0; i < 3; ++i) {
        must(ptm_projector_create(ops[i], device, scans[i], &o));
        *matrices[i] = matrix_of(device, *ops[i], false, HOST);
        ptm_scan_destroy(&scans[i]);
    }
    double weights[VIEWS * NV * NU], mask[NZ * NY * NX];
    uint64_t seed = 8;
    ptm_array domain, range;
    must(ptm_operator_domain(&domain, k.a));
    must(ptm_operator_range(&range, k.a));
    for (int i = 0; i < VIEWS * NV * NU; ++i) weights[i] = (double)(float)random_number(&seed);
    for (int i = 0; i < NZ * NY * NX; ++i) mask[i] = i % 3 != 0;
    k.w = diagonal_operator(device, &range, weights);
    k.m = diagonal_operator(device, &domain, mask);
    k.mw = diagonal(weights, VIEWS * NV * NU);
    k.mm = diagonal(mask, NZ * NY * NX);
    return k;
}
static void clear_kit(kit *k)
{
    ptm_operator **ops[] = { &k->a, &k->b, &k->c, &k->w, &k->m };
    for (int i = 0; i < 5; ++i) ptm_operator_destroy(ops[i]);
    free(k->ma.a);
    free(k->mb.a);
    free(k->mc.a);
    free(k->mw.a);
    free(k->mm.a);
}

static void test_compositions(ptm_device *device, ptm_type type)
{
    kit k = make_kit(device, type);
    ptm_operator *op, *other;
    matrix t = transpose(&k.ma), u, v;

    must(ptm_adjoint_create(&op, k.a));
    must(ptm_adjoint_create(&other, op));
    check(other == k.a, "the adjoint's adjoint is the operator");
    ptm_operator_destroy(&other);
    test_operator(device, op, transpose(&k.ma), k.tolerance, "adjoint");

    must(ptm_normal_create(&op, k.a));
    test_operator(device, op, product(&t, &k.ma), k.tolerance, "normal");

    must(ptm_scaled_create(&op, k.a, -2.5));
    test_operator(device, op, combination(-2.5, &k.ma, 0, &k.ma), k.tolerance, "scaled");

    must(ptm_sum_create(&op, (ptm_operator *const[]){ k.a, k.b, k.a }, 3));
    test_operator(device, op, combination(2, &k.ma, 1, &k.mb), k.tolerance, "sum");

    u = product(&k.mw, &k.ma);
    must(ptm_chain_create(&op, (ptm_operator *const[]){ k.w, k.a }, 2));
    test_operator(device, op, product(&k.mw, &k.ma), k.tolerance, "chain of two");

    /* A'W A M, of five with W twice: its intermediates have two sizes. */
    must(ptm_adjoint_create(&other, k.a));
    must(ptm_chain_create(&op, (ptm_operator *const[]){ other, k.w, k.w, k.a, k.m }, 5));
    ptm_operator_destroy(&other);
    v = product(&k.mw, &u);
    free(u.a);
    u = product(&t, &v);
    free(v.a);
    test_operator(device, op, product(&u, &k.mm), k.tolerance, "chain of five");
    free(u.a);

    must(ptm_stack_create(&op, (ptm_operator *const[]){ k.a, k.c }, 2, 0, false));
    test_operator(device, op, stack(&k.ma, &k.mc, false), k.tolerance, "rows");
    ptm_operator *adjoints[2];
    must(ptm_adjoint_create(&adjoints[0], k.a));
    must(ptm_adjoint_create(&adjoints[1], k.c));
    must(ptm_stack_create(&op, adjoints, 2, 0, true));
    ptm_operator_destroy(&adjoints[0]);
    ptm_operator_destroy(&adjoints[1]);
    u = transpose(&k.mc);
    test_operator(device, op, stack(&t, &u, true), k.tolerance, "columns");
    free(u.a);

    ptm_array domain;
    must(ptm_operator_domain(&domain, k.a));
    must(ptm_identity_create(&op, device, &domain));
    double ones[NZ * NY * NX];
    for (int i = 0; i < NZ * NY * NX; ++i) ones[i] = 1;
    test_operator(device, op, diagonal(ones, NZ * NY * NX), 0, "identity");
    must(ptm_chain_create(&op, &k.w, 1));
    test_operator(device, op, combination(1, &k.mw, 0, &k.mw), 0, "weights, a chain of one");

    /* A'A + 0.1 I, whose parts are destroyed before it is used. */
    ptm_operator *parts[2], *identity;
    must(ptm_identity_create(&identity, device, &domain));
    must(ptm_normal_create(&parts[0], k.a));
    must(ptm_scaled_create(&parts[1], identity, 0.1));
    must(ptm_sum_create(&op, parts, 2));
    ptm_operator_destroy(&parts[0]);
    ptm_operator_destroy(&parts[1]);
    ptm_operator_destroy(&identity);
    u = product(&t, &k.ma);
    v = diagonal(ones, NZ * NY * NX);
    free(t.a);
    matrix expected = combination(1, &u, 0.1, &v);
    free(u.a);
    free(v.a);
    clear_kit(&k);
    test_operator(device, op, expected, k.tolerance, "regularised normal operator, without the caller's parts");
}

/* A stack along another axis than the slowest; inputs of whole numbers; outputs in chunks and behind functions. */
static int keep_box(void *user, const int64_t *first, const int64_t *count, const void *data)
{
    const float *from = data;
    float *to = user;
    for (int64_t i = 0; i < count[0]; ++i)
        for (int64_t j = 0; j < count[1]; ++j)
            for (int64_t k = 0; k < count[2]; ++k)
                to[((first[0] + i) * 2 * NY + first[1] + j) * NX + first[2] + k] = from[(i * count[1] + j) * count[2] + k];
    return PTM_OK;
}

static void test_slices(ptm_device *device)
{
    enum { N = NZ * NY * NX };
    static uint16_t counts[N];
    static float numbers[N], expected[2 * N], got[2 * N];
    ptm_array like = PTM_ARRAY_3D(NULL, NZ, NY, NX), in = PTM_ARRAY_3D(counts, NZ, NY, NX),
              out = PTM_ARRAY_3D(got, NZ, 2 * NY, NX);
    in.type = PTM_UINT16;
    uint64_t seed = 4;
    for (int i = 0; i < N; ++i) counts[i] = (uint16_t)(i * 613);
    for (int i = 0; i < N; ++i) numbers[i] = (float)random_number(&seed);
    for (int z = 0; z < NZ; ++z)
        for (int i = 0; i < NY * NX; ++i) {
            const int at = z * NY * NX + i;
            expected[2 * z * NY * NX + i] = 3 * (float)counts[at];
            expected[(2 * z + 1) * NY * NX + i] = numbers[at] * (float)counts[at];
        }
    ptm_operator *parts[2], *identity, *op;
    ptm_array weights = like;
    weights.data = numbers;
    must(ptm_identity_create(&identity, device, &like));
    must(ptm_scaled_create(&parts[0], identity, 3));
    must(ptm_diagonal_create(&parts[1], device, &weights));
    must(ptm_stack_create(&op, parts, 2, 1, false));
    must(ptm_apply(op, &out, &in));
    double worst = 0;
    for (int i = 0; i < 2 * N; ++i) worst = fmax(worst, fabs((double)got[i] - (double)expected[i]));
    check_most(worst, 65536 * 6e-8, "rows along the middle axis, of whole numbers");
    memcpy(expected, got, sizeof got);
    memset(got, 0, sizeof got);
    ptm_chunk chunks[2] = { { .length = 1, .data = got }, { .length = NZ - 1, .data = got + 2 * NY * NX } };
    ptm_array chunked = out;
    chunked.data = NULL;
    chunked.chunks = chunks;
    chunked.chunk_count = 2;
    must(ptm_apply(op, &chunked, &in));
    check(memcmp(got, expected, sizeof got) == 0, "slices of chunks");
    memset(got, 0, sizeof got);
    ptm_array called = out;
    called.data = NULL;
    called.write = keep_box;
    called.user = got;
    must(ptm_apply(op, &called, &in));
    check(memcmp(got, expected, sizeof got) == 0, "slices behind functions");

    /* The other way: columns take slices of what they read. The stack's adjoint adds, so its output has to be memory. */
    for (int i = 0; i < 2; ++i) ptm_operator_destroy(&parts[i]);
    must(ptm_scaled_create(&parts[0], identity, 3));
    must(ptm_diagonal_create(&parts[1], device, &weights));
    ptm_operator *columns;
    must(ptm_stack_create(&columns, parts, 2, 0, true));
    float sums[N], reference[N];
    ptm_array tall = PTM_ARRAY_3D(got, 2 * NZ, NY, NX), sum = PTM_ARRAY_3D(sums, NZ, NY, NX), tall_chunks = tall;
    must(ptm_apply(columns, &sum, &tall));
    memcpy(reference, sums, sizeof sums);
    ptm_chunk pieces[3] = { { .length = 1, .data = got }, { .length = NZ, .data = got + NY * NX },
        { .length = NZ - 1, .data = got + (NZ + 1) * NY * NX } };
    tall_chunks.data = NULL;
    tall_chunks.chunks = pieces;
    tall_chunks.chunk_count = 3;
    must(ptm_apply(columns, &sum, &tall_chunks));
    check(memcmp(reference, sums, sizeof sums) == 0, "slices of chunks along the chunks' axis");
    ptm_array write_only = sum;
    write_only.data = NULL;
    write_only.write = keep_box;
    check(ptm_apply(columns, &write_only, &tall) == PTM_ERROR_UNSUPPORTED, "a sum into functions is refused: %s",
        ptm_error_message());
    ptm_operator_destroy(&columns);
    ptm_operator_destroy(&identity);
    for (int i = 0; i < 2; ++i) ptm_operator_destroy(&parts[i]);
    ptm_operator_destroy(&op);
}

typedef struct watch {
    double last;
    int calls, stop_at;
    bool rises;
} watch;
static bool see(void *user, double done)
{
    watch *w = user;
    w->rises = w->rises && done > w->last - 1e-12 && done <= 1 + 1e-12;
    w->last = done;
    return ++w->calls != w->stop_at;
}

/* Element (i, j, k) of a (NZ, NY, NX) array. */
static int element(const int at[3])
{
    return (at[0] * NY + at[1]) * NX + at[2];
}

/* What stands at the next place of the axis less what stands here; 0 at the last. */
static matrix differences(int axis)
{
    static const int shape[3] = { NZ, NY, NX };
    matrix m = make_matrix(NZ * NY * NX, NZ * NY * NX);
    for (int i = 0; i < NZ * NY * NX; ++i) {
        int next[3] = { i / (NY * NX), i / NX % NY, i % NX };
        if (++next[axis] == shape[axis]) continue;
        *entry(&m, i, i) = -1;
        *entry(&m, i, element(next)) = 1;
    }
    return m;
}

/* Of whole numbers, which no kernel takes as they are, in the host's memory and on the device. */
static void test_differences_of_counts(ptm_device *device)
{
    uint16_t counts[NZ * NY * NX];
    float got[NZ * NY * NX];
    ptm_array in = PTM_ARRAY_3D(counts, NZ, NY, NX), out = PTM_ARRAY_3D(got, NZ, NY, NX);
    ptm_operator *op;
    ptm_memory *memory;
    in.type = PTM_UINT16;
    for (int i = 0; i < NZ * NY * NX; ++i) counts[i] = (uint16_t)(i * 613);
    must(ptm_memory_create(&memory, device, sizeof counts));
    must(ptm_memory_write(memory, 0, counts, sizeof counts));
    must(ptm_difference_create(&op, device, &out, 2));
    for (int on_device = 0; on_device < 2; ++on_device) {
        bool right = true;
        if (on_device) in.data = NULL;
        if (on_device) in.memory = memory;
        must(ptm_apply(op, &out, &in));
        for (int i = 0; i < NZ * NY * NX; ++i)
            right = right && got[i] == (i % NX < NX - 1 ? (float)counts[i + 1] - (float)counts[i] : 0);
        check(right, "differences of whole numbers %s", on_device ? "on the device" : "in the host's memory");
    }
    ptm_operator_destroy(&op);
    ptm_memory_destroy(&memory);
}

/* So many places of the axis, from place 1 on. */
static matrix inner_places(int axis, int count)
{
    int shape[3] = { NZ, NY, NX }, row = 0;
    matrix m = make_matrix(NZ * NY * NX / shape[axis] * count, NZ * NY * NX);
    shape[axis] = count;
    for (int i = 0; i < shape[0]; ++i)
        for (int j = 0; j < shape[1]; ++j)
            for (int k = 0; k < shape[2]; ++k)
                *entry(&m, row++, element((int[]){ i + (axis == 0), j + (axis == 1), k + (axis == 2) })) = 1;
    return m;
}

/* Operators that know places: differences, restrictions, and projectors whose views take turns. */
static void test_places(ptm_device *device, ptm_type type)
{
    static const int counts[3] = { 1, 3, 5 };
    const ptm_array like = { PTM_SIZED(ptm_array), .type = type, .dimensions = 3, .shape = { NZ, NY, NX } };
    ptm_scan *scan = cone(VIEWS, 20);
    ptm_operator *op;
    char name[60];
    for (int axis = 0; axis < 3; ++axis) {
        snprintf(name, sizeof name, "difference along axis %d", axis);
        must(ptm_difference_create(&op, device, &like, axis));
        test_operator(device, op, differences(axis), 0, name);
        snprintf(name, sizeof name, "restriction along axis %d", axis);
        must(ptm_restriction_create(&op, device, &like, axis, 1, counts[axis]));
        test_operator(device, op, inner_places(axis, counts[axis]), 0, name);
    }
    const ptm_projector_options o = { PTM_SIZED(ptm_projector_options), .precision = type };
    must(ptm_projector_create(&op, device, scan, &o));
    const matrix projector = matrix_of(device, op, false, HOST);
    ptm_operator_destroy(&op);
    for (int subsets = 1; subsets <= VIEWS; ++subsets) {
        snprintf(name, sizeof name, "projector in %d subsets", subsets);
        must(ptm_subsets_create(&op, device, scan, subsets, &o));
        test_operator(device, op, combination(1, &projector, 0, &projector), type == PTM_FLOAT64 ? 1e-11 : 1e-5, name);
    }
    free(projector.a);
    ptm_scan_destroy(&scan);
}

static void test_progress(ptm_device *device)
{
    kit k = make_kit(device, PTM_FLOAT32);
    ptm_operator *normal, *op;
    ptm_array domain;
    must(ptm_normal_create(&normal, k.a));
    must(ptm_chain_create(&op, (ptm_operator *const[]){ k.m, normal, k.m }, 3));
    must(ptm_operator_domain(&domain, op));
    holder x = hold(device, &domain, ON_DEVICE), y = hold(device, &domain, ON_DEVICE);
    watch w = { .rises = true };
    ptm_queue *queue;
    must(ptm_queue_create(&queue, device));
    must(ptm_apply_scaled(op, false, 1, &x.array, 0, &y.array,
        &(ptm_run_options) { PTM_SIZED(ptm_run_options), .queue = queue, .progress = see, .progress_user = &w }));
    check(w.rises && w.calls >= 4 && fabs(w.last - 1) < 1e-9, "progress rises to 1 through all parts: %d calls, last %g",
        w.calls, w.last);
    w = (watch){ .rises = true, .stop_at = 2 };
    const int status = ptm_apply_scaled(op, true, 1, &x.array, 0, &y.array, &(ptm_run_options){ PTM_SIZED(ptm_run_options),
        .queue = queue, .progress = see, .progress_user = &w });
    check(status == PTM_ERROR_CANCELLED && w.calls == 2, "progress stops the call: %d after %d calls", status, w.calls);
    must(ptm_queue_finish(queue));
    ptm_norm norm;
    w = (watch){ .rises = true, .stop_at = 2 };
    check(ptm_operator_norm(&norm, op,
              &(ptm_norm_options) { PTM_SIZED(ptm_norm_options), .tolerance = 1e-9, .queue = queue, .progress = see,
                  .progress_user = &w }) == PTM_ERROR_CANCELLED,
        "progress stops the search for a norm");
    ptm_queue_destroy(&queue);
    let_go(&x);
    let_go(&y);
    ptm_operator_destroy(&normal);
    ptm_operator_destroy(&op);
    clear_kit(&k);
}

static void test_bounds(
    ptm_operator *op, const matrix *m, bool certain, double within, const ptm_norm_options *o, const char *name)
{
    ptm_norm norm, again;
    const double expected = largest_singular_value(m);
    must(ptm_operator_norm(&norm, op, o));
    check(norm.lower <= expected && expected <= norm.upper, "%s: %.8g is between %.8g and %.8g, %d iterations", name,
        expected, norm.lower, norm.upper, norm.iterations);
    check(norm.certain == certain, "%s: the upper bound is %scertain", name, certain ? "" : "not ");
    check_most(norm.upper / norm.lower - 1, within, name);
    must(ptm_operator_norm(&again, op, o));
    check(again.lower == norm.lower && again.upper == norm.upper, "%s: the same bounds again", name);
}

static void test_norms(ptm_device *device, ptm_type type)
{
    kit k = make_kit(device, type);
    ptm_operator *op, *adjoint, *negative;
    const ptm_norm_options close = { PTM_SIZED(ptm_norm_options), .tolerance = type == PTM_FLOAT64 ? 1e-6 : 1e-4,
        .iterations = 300 };
    test_bounds(k.a, &k.ma, true, 0.0101, NULL, "norm of a projector");
    test_bounds(k.a, &k.ma, true, type == PTM_FLOAT64 ? 1.1e-6 : 1.3e-4, &close, "norm of a projector, close");
    must(ptm_adjoint_create(&adjoint, k.a));
    test_bounds(adjoint, &k.ma, true, 0.0101, NULL, "norm of an adjoint");
    must(ptm_chain_create(&op, (ptm_operator *const[]){ adjoint, k.a, k.m }, 3));
    matrix t = transpose(&k.ma), u = product(&t, &k.ma), v = product(&u, &k.mm);
    test_bounds(op, &v, true, 0.0101, NULL, "norm of a masked normal operator");
    ptm_operator_destroy(&op);
    ptm_operator_destroy(&adjoint);
    free(t.a);
    free(u.a);
    free(v.a);
    must(ptm_scaled_create(&negative, k.b, -1));
    must(ptm_sum_create(&op, (ptm_operator *const[]){ k.a, negative }, 2));
    u = combination(1, &k.ma, -1, &k.mb);
    test_bounds(op, &u, false, 0.15, NULL, "norm of a difference");
    free(u.a);
    ptm_operator_destroy(&op);
    test_bounds(k.w, &k.mw, false, 0.15, NULL, "norm of weights of both signs");
    must(ptm_scaled_create(&op, k.a, 0));
    ptm_norm norm;
    must(ptm_operator_norm(&norm, op, NULL));
    check(norm.lower == 0 && norm.upper == 0, "the norm of nothing is %g to %g", norm.lower, norm.upper);
    ptm_operator_destroy(&op);
    ptm_operator_destroy(&negative);
    clear_kit(&k);
}

typedef int (*maker)(ptm_operator **out, ptm_device *device);
static ptm_projector_options texture_or_not(const ptm_device *device)
{
    return (ptm_projector_options) { PTM_SIZED(ptm_projector_options),
        .sampling = device->limits.textures ? PTM_SAMPLING_TEXTURE : PTM_SAMPLING_AUTO };
}
static int make_projector(ptm_operator **out, ptm_device *device)
{
    ptm_scan *scan = cone(VIEWS, 20);
    int status = ptm_projector_create(out, device, scan, NULL);
    ptm_scan_destroy(&scan);
    return status;
}
static int make_small_projector(ptm_operator **out, ptm_device *device)
{
    ptm_scan *scan = cone(VIEWS, 20);
    int status = ptm_projector_create(out, device, scan,
        &(ptm_projector_options) {
            PTM_SIZED(ptm_projector_options), .workspace = 3000, .family = PTM_FAMILY_GENERAL, .ray_samples = 2 });
    ptm_scan_destroy(&scan);
    return status;
}
static int make_texture_projector(ptm_operator **out, ptm_device *device)
{
    ptm_scan *scan = cone(VIEWS, 20);
    const ptm_projector_options o = texture_or_not(device);
    int status = ptm_projector_create(out, device, scan, &o);
    ptm_scan_destroy(&scan);
    return status;
}
static int make_backprojector(ptm_operator **out, ptm_device *device)
{
    ptm_scan *scan = cone(VIEWS, 20);
    int status = ptm_backprojector_create(
        out, device, scan, &(ptm_projector_options) { PTM_SIZED(ptm_projector_options), .batch = 3 });
    ptm_scan_destroy(&scan);
    return status;
}
static int make_fbp(ptm_operator **out, ptm_device *device)
{
    ptm_scan *scan = cone(VIEWS, 20);
    int status = ptm_fbp_create(out, device, scan, NULL);
    ptm_scan_destroy(&scan);
    return status;
}
static int make_filter(ptm_operator **out, ptm_device *device)
{
    ptm_scan *scan = cone(VIEWS, 20);
    int status = ptm_filter_create(out, device, scan, NULL);
    ptm_scan_destroy(&scan);
    return status;
}
static int make_wavelet(ptm_operator **out, ptm_device *device)
{
    return ptm_wavelet_create(out, device, &(ptm_array)PTM_ARRAY_3D(NULL, NZ, NY, NX), NULL);
}
static int make_normal(ptm_operator **out, ptm_device *device)
{
    ptm_operator *a;
    int status = make_projector(&a, device);
    if (!status) status = ptm_normal_create(out, a);
    ptm_operator_destroy(&a);
    return status;
}
static int make_regularised(ptm_operator **out, ptm_device *device)
{
    static float weights[NZ * NY * NX];
    const ptm_array array = PTM_ARRAY_3D(weights, NZ, NY, NX);
    ptm_operator *parts[2];
    int status = make_normal(&parts[0], device);
    if (!status) status = ptm_diagonal_create(&parts[1], device, &array);
    if (!status) status = ptm_sum_create(out, parts, 2);
    for (int i = 0; i < 2; ++i) ptm_operator_destroy(&parts[i]);
    return status;
}

/* What an operator would need is what it takes. */
static void test_memory(ptm_device *device)
{
    static const struct { const char *name; maker make;
    } makers[] = { { "projector", make_projector }, { "projector with a small workspace", make_small_projector },
        { "projector with textures", make_texture_projector }, { "backprojector of a batch", make_backprojector },
        { "FBP", make_fbp }, { "filter", make_filter }, { "wavelet", make_wavelet }, { "normal", make_normal },
        { "normal and a diagonal", make_regularised } };
    const ptm_device_info *info = ptm_device_get_info(device);
    char name[32];
    snprintf(name, sizeof name, "%s:%d", info->backend, info->index);
    ptm_device *dry;
    must(ptm_device_open_dry(&dry, context, name));
    for (size_t i = 0; i < sizeof makers / sizeof *makers; ++i) {
        ptm_operator *real, *planned;
        must(makers[i].make(&real, device));
        must(makers[i].make(&planned, dry));
        const uint64_t made = ptm_operator_memory(real);
        check(made > 0 && made == ptm_operator_memory(planned), "%s: %llu bytes planned, %llu taken", makers[i].name,
            (unsigned long long)ptm_operator_memory(planned), (unsigned long long)made);
        must(ptm_operator_prepare(real, true));
        must(ptm_operator_prepare(planned, true));
        const uint64_t prepared = ptm_operator_memory(real);
        check(prepared >= made && prepared == ptm_operator_memory(planned),
            "%s, adjoint too: %llu bytes planned, %llu taken", makers[i].name,
            (unsigned long long)ptm_operator_memory(planned), (unsigned long long)prepared);
        check(dry->held == ptm_operator_memory(planned), "%s: nothing else is held: %llu bytes", makers[i].name,
            (unsigned long long)dry->held);
        uint64_t host, host_planned;
        const uint64_t staging = ptm_operator_staging(real, &host);
        check(staging == ptm_operator_staging(planned, &host_planned) && host == host_planned, "%s: staging is planned",
            makers[i].name);

        ptm_array domain, range;
        must(ptm_operator_domain(&domain, real));
        must(ptm_operator_range(&range, real));
        holder x = hold(device, &domain, ON_DEVICE), y = hold(device, &range, ON_DEVICE);
        must(ptm_apply(real, &y.array, &x.array));
        must(ptm_apply_adjoint(real, &x.array, &y.array));
        check(ptm_operator_memory(real) == prepared, "%s: calls with device arrays allocate nothing", makers[i].name);
        let_go(&x);
        let_go(&y);
        x = hold(device, &domain, ODD_ADDRESS);
        y = hold(device, &range, ODD_ADDRESS);
        must(ptm_apply(real, &y.array, &x.array));
        must(ptm_apply_adjoint(real, &x.array, &y.array));
        const uint64_t staged = ptm_operator_memory(real) - prepared;
        const bool imports = device->limits.alignment > 0 && device->limits.alignment <= sizeof(double);
        check(staged <= staging && imports == (staged == 0), "%s: %llu bytes of staging, planned %llu", makers[i].name,
            (unsigned long long)staged, (unsigned long long)staging);
        if (makers[i].make == make_projector && !imports)
            check(staged == staging, "%s: all the staging that was planned is used", makers[i].name);
        check(ptm_apply(planned, &y.array, &x.array) == PTM_ERROR_UNSUPPORTED, "%s: nothing is computed on a dry device",
            makers[i].name);
        let_go(&x);
        let_go(&y);
        ptm_operator_destroy(&real);
        ptm_operator_destroy(&planned);
    }
    check(dry->held == 0, "all that was planned is given back");
    ptm_device_close(&dry);
}

static void refused(int status, ptm_operator *const *op, const char *word, const char *what)
{
    check(status == PTM_ERROR_ARGUMENT && (!op || *op == NULL) && strstr(ptm_error_message(), word),
        "%s: status %d, \"%s\"", what, status, ptm_error_message());
}

static void test_place_refusals(ptm_device *device)
{
    const ptm_array like = { PTM_SIZED(ptm_array), .dimensions = 4, .shape = { 2, NZ, NY, NX } };
    ptm_scan *scan = cone(VIEWS, 20);
    ptm_operator *parts[2], *op;
    refused(ptm_difference_create(&op, device, &like, 0), &op, "axis is 0", "differences along samples");
    refused(ptm_difference_create(&op, device, &like, 4), &op, "axis is 4", "an axis that is none");
    refused(ptm_restriction_create(&op, device, &like, 4, 0, 1), &op, "axis is 4", "an axis that is none");
    refused(ptm_restriction_create(&op, device, &like, 1, 1, NZ), &op, "axis 1 has 3", "places beyond the end");
    refused(ptm_subsets_create(&op, device, scan, VIEWS + 1, NULL), &op, "subsets is 5", "more subsets than views");
    must(ptm_projector_create(&parts[0], device, scan, NULL));
    must(ptm_scaled_create(&parts[1], parts[0], 2));
    refused(ptm_interleave_create(&op, parts, 2, 3), &op, "axis is 3", "an axis that is none");
    must(ptm_interleave_create(&op, parts, 2, 0));
    float x[NZ * NY * NX] = { 0 }, first[VIEWS * NV * NU], second[VIEWS * NV * NU];
    const ptm_array image = PTM_ARRAY_3D(x, NZ, NY, NX);
    const ptm_chunk chunks[2] = { { .length = VIEWS, .data = first }, { .length = VIEWS, .data = second } };
    const ptm_array pieces = { PTM_SIZED(ptm_array), .dimensions = 3, .shape = { 2 * VIEWS, NV, NU }, .chunks = chunks,
        .chunk_count = 2 };
    check(ptm_apply(op, &pieces, &image) == PTM_ERROR_UNSUPPORTED && strstr(ptm_error_message(), "take turns"),
        "views that take turns in chunks: %s", ptm_error_message());
    ptm_operator_destroy(&op);
    ptm_operator_destroy(&parts[0]);
    ptm_operator_destroy(&parts[1]);
    ptm_scan_destroy(&scan);
}

static void test_refusals(ptm_device *device)
{
    kit k = make_kit(device, PTM_FLOAT32);
    ptm_operator *op = k.a;
    ptm_norm norm;
    const ptm_array empty = PTM_ARRAY_3D(NULL, 0, 2, 2);
    refused(ptm_chain_create(&op, (ptm_operator *const[]) { k.a, k.b }, 2), &op, "parts[1] does not give",
        "a chain that does not fit");
    refused(ptm_chain_create(&op, NULL, 0), &op, "0 operators", "an empty chain");
    refused(ptm_chain_create(&op, (ptm_operator *const[]){ k.a, NULL }, 2), &op, "parts[1] is NULL", "a chain with a gap");
    refused(ptm_sum_create(&op, (ptm_operator *const[]){ k.a, k.c }, 2), &op, "parts[1]", "a sum of different shapes");
    refused(ptm_stack_create(&op, (ptm_operator *const[]) { k.a, k.c }, 2, 2, false), &op, "axis 2",
        "a stack along the wrong axis");
    refused(ptm_stack_create(&op, (ptm_operator *const[]) { k.a, k.c }, 2, 3, false), &op, "axis is 3",
        "a stack along no axis");
    refused(ptm_stack_create(&op, (ptm_operator *const[]) { k.a, k.w }, 2, 0, false), &op, "take the same",
        "a stack of different domains");
    refused(ptm_scaled_create(&op, k.a, (double)NAN), &op, "factor is nan", "a factor that is not a number");
    refused(ptm_adjoint_create(&op, NULL), &op, "NULL", "an adjoint of nothing");
    refused(ptm_identity_create(&op, device, &empty), &op, "like.shape[0] is 0", "an empty identity");
    refused(ptm_identity_create(&op, device, NULL), &op, "like is NULL", "an identity like nothing");
    refused(ptm_diagonal_create(&op, device, &(ptm_array)PTM_ARRAY_3D(NULL, 2, 2, 2)), &op, "neither",
        "weights without memory");
    refused(ptm_operator_norm(&norm, k.a, &(ptm_norm_options) { PTM_SIZED(ptm_norm_options), .tolerance = -1 }), NULL,
        "tolerance is -1", "a negative tolerance");
    refused(ptm_operator_norm(&norm, k.a, &(ptm_norm_options) { PTM_SIZED(ptm_norm_options), .iterations = -1 }), NULL,
        "iterations is -1", "negative iterations");
    refused(ptm_operator_norm(&norm, k.a, &(ptm_norm_options) { PTM_SIZED(ptm_norm_options), .failure = 2 }), NULL,
        "failure is 2", "a probability above 1");
    refused(ptm_operator_norm(NULL, k.a, NULL), NULL, "out is NULL", "a norm to nowhere");
    ptm_device *second;
    ptm_operator *elsewhere;
    must(ptm_device_open(&second, context, "host"));
    must(make_projector(&elsewhere, second));
    refused(
        ptm_sum_create(&op, (ptm_operator *const[]) { k.a, elsewhere }, 2), &op, "another device", "a sum of two devices");
    ptm_operator_destroy(&elsewhere);
    ptm_device_close(&second);
    check(k.a->references == 0 && k.w->references == 0, "operators that are refused are not kept");
    clear_kit(&k);
}

static void test_device(ptm_device *device, const char *name)
{
    (void)name;
    test_compositions(device, PTM_FLOAT32);
    if (device->limits.doubles) test_compositions(device, PTM_FLOAT64);
    test_places(device, PTM_FLOAT32);
    if (device->limits.doubles) test_places(device, PTM_FLOAT64);
    test_differences_of_counts(device);
    test_place_refusals(device);
    test_slices(device);
    test_progress(device);
    test_norms(device, PTM_FLOAT32);
    if (device->limits.doubles) test_norms(device, PTM_FLOAT64);
    test_memory(device);
    test_refusals(device);
}

int main(int argc, char **argv)
{
    must(ptm_context_create(&context, NULL));
    for_each_device(argc, argv, test_device);
    ptm_context_destroy(&context);
    return finish();
}
