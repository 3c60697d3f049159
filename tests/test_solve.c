/* test_solve.c - solvers against their definitions with dense matrices in double, against least-squares solutions, and what
 * they have in common: masks, weights, limits, stopping, states; on every device.
 *
 * usage: test_solve [DEVICE...] */
#include "boxes.h"

enum { N = 9, VIEWS = 10, NU = 13, COLUMNS = N * N, ROWS = VIEWS * NU };

static ptm_context *context;
static double matrix[ROWS][COLUMNS]; /* the projector's, from the host in double */
static double data[ROWS], truth[COLUMNS], mask[COLUMNS], weights[ROWS], start[COLUMNS];

/* ------------------------------------------------------------------ the problem */

static ptm_scan *make_scan(void)
{
    ptm_scan *scan;
    must(ptm_scan_cone(&scan, context,
        &(ptm_circular_options) { PTM_SIZED(ptm_circular_options), .volume = { .shape = { 1, N, N } },
            .detector = { .shape = { 1, NU }, .spacing = { 1.5, 1.5 } }, .views = VIEWS, .sod = 30, .sdd = 50 }));
    return scan;
}

static ptm_operator *make_operator(ptm_device *device, ptm_type type, int subsets)
{
    ptm_scan *scan = make_scan();
    ptm_operator *op;
    must(ptm_subsets_create(
        &op, device, scan, subsets, &(ptm_projector_options) { PTM_SIZED(ptm_projector_options), .precision = type }));
    ptm_scan_destroy(&scan);
    return op;
}

static void make_problem(void)
{
    ptm_device *host;
    ptm_scan *scan = make_scan();
    ptm_operator *op;
    uint64_t seed = 5;
    must(ptm_device_open(&host, context, "host"));
    must(ptm_projector_create(
        &op, host, scan, &(ptm_projector_options) { PTM_SIZED(ptm_projector_options), .precision = PTM_FLOAT64 }));
    for (int k = 0; k < COLUMNS; ++k) {
        double unit[COLUMNS] = { 0 }, column[ROWS];
        ptm_array in = PTM_ARRAY_3D((float *)unit, 1, N, N), out = PTM_ARRAY_3D((float *)column, VIEWS, 1, NU);
        in.type = out.type = PTM_FLOAT64;
        unit[k] = 1;
        must(ptm_apply(op, &out, &in));
        for (int i = 0; i < ROWS; ++i) matrix[i][k] = column[i];
        const int x = k % N - N / 2, y = k / N - N / 2;
        mask[k] = x * x + y * y <= 16;
        truth[k] = mask[k] * (1.5 + random_number(&seed));
        start[k] = 0.5 + 0.25 * random_number(&seed);
    }
    for (int i = 0; i < ROWS; ++i) {
        for (int k = 0; k < COLUMNS; ++k) data[i] += matrix[i][k] * truth[k];
        data[i] *= 1 + 0.05 * random_number(&seed);
        weights[i] = i % 7 == 3 ? 0 : 1.2 + random_number(&seed);
    }
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
    ptm_device_close(&host);
}

/* Numbers as an array of a type, in memory of its own. */
typedef struct holder {
    ptm_array array;
    int count;
} holder;
static holder hold(ptm_type type, const double *values, bool image)
{
    holder h = { .array = PTM_ARRAY_3D(NULL, image ? 1 : VIEWS, image ? N : 1, image ? N : NU),
        .count = image ? COLUMNS : ROWS };
    h.array.type = type;
    h.array.data = calloc((size_t)h.count, sizeof(double));
    for (int i = 0; values && i < h.count; ++i) {
        if (type == PTM_FLOAT64)
            ((double *)h.array.data)[i] = values[i];
        else
            ((float *)h.array.data)[i] = (float)values[i];
    }
    return h;
}
static double value_of(const holder *h, int i)
{
    return h->array.type == PTM_FLOAT64 ? ((double *)h->array.data)[i] : (double)((float *)h->array.data)[i];
}
static double distance(const holder *h, const double *expected)
{
    double worst = 0, largest = 0;
    for (int i = 0; i < h->count; ++i) {
        worst = fmax(worst, fabs(value_of(h, i) - expected[i]));
        largest = fmax(largest, fabs(expected[i]));
        if (!isfinite(value_of(h, i))) return (double)INFINITY;
    }
    return worst / largest;
}

static double apart(const holder *a, const holder *b)
{
    double expected[ROWS];
    for (int i = 0; i < b->count; ++i) expected[i] = value_of(b, i);
    return distance(a, expected);
}

/* ------------------------------------------------------------------ definitions */

typedef struct way {
    ptm_method method;
    int subsets;
    ptm_subset_order order;
    bool masked, weighted, limited, started;
    double damping;
} way;

static double mask_of(const way *w, int k)
{
    return w->masked ? mask[k] : 1;
}
static double weight_of(const way *w, int i)
{
    return w->weighted ? weights[i] : 1;
}
static void constrain(const way *w, double *x)
{
    for (int k = 0; k < COLUMNS; ++k) x[k] = (w->limited ? fmin(fmax(x[k], 1.2), 1.8) : x[k]) * mask_of(w, k);
}

/* The order of `count` subsets in a pass, written anew. */
static void order_of(int *order, int count, ptm_subset_order kind)
{
    static const int golden8[] = { 0, 5, 2, 7, 4, 1, 6, 3 }, reversed5[] = { 0, 4, 2, 1, 3 };
    for (int i = 0; i < count; ++i)
        order[i] = kind == PTM_ORDER_GOLDEN && count == 8         ? golden8[i]
                   : kind == PTM_ORDER_BIT_REVERSED && count == 5 ? reversed5[i]
                                                                  : i;
}
static bool is_of(int i, int subset, int subsets)
{
    return i / NU % subsets == subset;
}

/* Of a subset: ax = A x; g = A'r. */
static void project(double *ax, const double *x, int subset, int subsets)
{
    for (int i = 0; i < ROWS; ++i) {
        if (!is_of(i, subset, subsets)) continue;
        ax[i] = 0;
        for (int k = 0; k < COLUMNS; ++k) ax[i] += matrix[i][k] * x[k];
    }
}
static void backproject(double *g, const double *r, int subset, int subsets)
{
    for (int k = 0; k < COLUMNS; ++k) {
        g[k] = 0;
        for (int i = 0; i < ROWS; ++i)
            if (is_of(i, subset, subsets)) g[k] += matrix[i][k] * r[i];
    }
}

/* One over a sum, if it is more than rounding. */
static double over(double sum, const double *sums, int count)
{
    double most = 0;
    for (int i = 0; i < count; ++i) most = fmax(most, sums[i]);
    return sum > 1e-5 * most ? 1 / sum : 0;
}

static void sirt_turn(const way *w, double *x, int subset)
{
    double ax[ROWS] = { 0 }, r[ROWS], ones[ROWS], rows[ROWS] = { 0 }, g[COLUMNS], sums[COLUMNS];
    project(ax, x, subset, w->subsets);
    for (int i = 0; i < ROWS; ++i)
        for (int k = 0; k < COLUMNS; ++k) rows[i] += matrix[i][k] * mask_of(w, k);
    for (int i = 0; i < ROWS; ++i) {
        r[i] = weight_of(w, i) * (data[i] - ax[i]) * over(rows[i], rows, ROWS);
        ones[i] = weight_of(w, i);
    }
    backproject(g, r, subset, w->subsets);
    backproject(sums, ones, subset, w->subsets);
    for (int k = 0; k < COLUMNS; ++k) x[k] += 0.9 * mask_of(w, k) * g[k] * over(sums[k], sums, COLUMNS);
    constrain(w, x);
}
static void em_turn(const way *w, double *x, int subset)
{
    double ax[ROWS], r[ROWS], ones[ROWS], g[COLUMNS], sums[COLUMNS];
    project(ax, x, subset, w->subsets);
    for (int i = 0; i < ROWS; ++i) {
        r[i] = ax[i] > 0 ? weight_of(w, i) * data[i] / ax[i] : 0;
        ones[i] = weight_of(w, i);
    }
    backproject(g, r, subset, w->subsets);
    backproject(sums, ones, subset, w->subsets);
    for (int k = 0; k < COLUMNS; ++k) x[k] *= mask_of(w, k) * g[k] * over(sums[k], sums, COLUMNS);
    constrain(w, x);
}
static void define(const way *w, double *x, int iterations)
{
    int order[ROWS];
    for (int k = 0; k < COLUMNS; ++k) x[k] = w->started ? start[k] : w->method == PTM_METHOD_MLEM;
    constrain(w, x);
    order_of(order, w->subsets, w->order);
    for (int i = 0; i < iterations; ++i)
        for (int k = 0; k < w->subsets; ++k) (w->method == PTM_METHOD_MLEM ? em_turn : sirt_turn)(w, x, order[k]);
}

static ptm_solver_options options_of(const way *w, const holder *m, const holder *v, const holder *first)
{
    return (ptm_solver_options) { PTM_SIZED(ptm_solver_options), .method = w->method, .mask = w->masked ? &m->array : NULL,
        .weights = w->weighted ? &v->array : NULL, .initial = w->started ? &first->array : NULL, .limited = w->limited,
        .low = 1.2, .high = 1.8, .damping = w->damping, .order = w->order,
        .relaxation = w->method == PTM_METHOD_SIRT ? 0.9 : 0 };
}

/* The image after so many iterations. */
static holder solve(ptm_device *device, ptm_type type, const way *w, int iterations, uint64_t kept)
{
    holder y = hold(type, data, false), m = hold(type, mask, true), v = hold(type, weights, false),
           first = hold(type, start, true);
    holder x = hold(type, NULL, true);
    ptm_operator *op = make_operator(device, type, w->subsets);
    ptm_solver_options o = options_of(w, &m, &v, &first);
    o.kept_weights = kept;
    must(ptm_solve(op, &x.array, &y.array, iterations, &o));
    ptm_operator_destroy(&op);
    free(y.array.data);
    free(m.array.data);
    free(v.array.data);
    free(first.array.data);
    return x;
}

static void test_definitions(ptm_device *device, ptm_type type)
{
    static const way ways[] = { { PTM_METHOD_SIRT, 1, 0, false, false, false, false, 0 },
        { PTM_METHOD_SIRT, 1, 0, true, true, true, true, 0 },
        { PTM_METHOD_SIRT, 8, PTM_ORDER_GOLDEN, false, true, false, false, 0 },
        { PTM_METHOD_SIRT, 5, PTM_ORDER_BIT_REVERSED, true, false, false, true, 0 },
        { PTM_METHOD_SIRT, VIEWS, PTM_ORDER_SEQUENTIAL, false, false, true, false, 0 },
        { PTM_METHOD_MLEM, 1, 0, false, false, false, false, 0 }, { PTM_METHOD_MLEM, 1, 0, true, true, false, true, 0 },
        { PTM_METHOD_MLEM, 5, PTM_ORDER_SEQUENTIAL, true, true, true, false, 0 } };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; ++i) {
        double expected[COLUMNS];
        char text[100];
        define(&ways[i], expected, 4);
        for (int kept = 0; kept < 2; ++kept) {
            holder x = solve(device, type, &ways[i], 4, kept ? 1 : UINT64_MAX);
            snprintf(text, sizeof text, "definition %zu, %s, sums of columns %s", i,
                type == PTM_FLOAT64 ? "float64" : "float32", kept ? "found anew" : "kept");
            check_most(distance(&x, expected), type == PTM_FLOAT64 ? 1e-12 : 2e-5, text);
            free(x.array.data);
        }
    }
}

/* ------------------------------------------------------------------ least squares */

/* (A'wA + damping) x = A'w y by A. L. Cholesky's method, within the mask. */
static void least_squares(double *x, const way *w)
{
    static double a[COLUMNS][COLUMNS];
    for (int i = 0; i < COLUMNS; ++i) {
        x[i] = 0;
        for (int k = 0; k < ROWS; ++k) x[i] += mask_of(w, i) * matrix[k][i] * weight_of(w, k) * data[k];
        for (int j = 0; j <= i; ++j) {
            a[i][j] = i == j ? w->damping + (mask_of(w, i) == 0) : 0;
            for (int k = 0; k < ROWS; ++k)
                a[i][j] += mask_of(w, i) * mask_of(w, j) * matrix[k][i] * weight_of(w, k) * matrix[k][j];
        }
    }
    for (int i = 0; i < COLUMNS; ++i) {
        for (int j = 0; j <= i; ++j) {
            for (int k = 0; k < j; ++k) a[i][j] -= a[i][k] * a[j][k];
            a[i][j] = i == j ? sqrt(a[i][i]) : a[i][j] / a[j][j];
        }
        for (int k = 0; k < i; ++k) x[i] -= a[i][k] * x[k];
        x[i] /= a[i][i];
    }
    for (int i = COLUMNS - 1; i >= 0; --i) {
        for (int k = i + 1; k < COLUMNS; ++k) x[i] -= a[k][i] * x[k];
        x[i] /= a[i][i];
    }
}

static void test_least_squares(ptm_device *device, ptm_type type)
{
    static const struct {
        ptm_method method;
        int iterations;
        const char *name;
    } methods[] = { { PTM_METHOD_CGLS, 60, "CGLS" }, { PTM_METHOD_LSQR, 60, "LSQR" }, { PTM_METHOD_LSMR, 60, "LSMR" },
        { PTM_METHOD_FISTA, 1600, "FISTA" }, { PTM_METHOD_LANDWEBER, 1500, "Landweber" } };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; ++i)
        for (int kind = 0; kind < 3; ++kind) {
            const bool started = kind == 2 && methods[i].method != PTM_METHOD_LSQR && methods[i].method != PTM_METHOD_LSMR;
            const way w = { methods[i].method, 1, 0, kind > 0, kind > 1, false, started, 2 };
            double expected[COLUMNS];
            char text[100];
            least_squares(expected, &w);
            holder x = solve(device, type, &w, methods[i].iterations, 0);
            snprintf(text, sizeof text, "%s, kind %d, %s: the damped least squares", methods[i].name, kind,
                type == PTM_FLOAT64 ? "float64" : "float32");
            check_most(distance(&x, expected), type == PTM_FLOAT64 ? 1e-8 : 5e-5, text);
            free(x.array.data);
        }
}

/* Least squares within limits: the gradient is 0 inside, and points out at the limits. */
static void test_limits(ptm_device *device, ptm_type type)
{
    const way w = { PTM_METHOD_FISTA, 1, 0, true, true, true, false, 1 };
    holder x = solve(device, type, &w, type == PTM_FLOAT64 ? 600 : 200, 0);
    double r[ROWS], g[COLUMNS], image[COLUMNS], worst = 0, largest = 0;
    int inside = 0, at_limits = 0;
    for (int k = 0; k < COLUMNS; ++k) image[k] = value_of(&x, k);
    project(r, image, 0, 1);
    for (int i = 0; i < ROWS; ++i) r[i] = weights[i] * (r[i] - data[i]);
    backproject(g, r, 0, 1);
    for (int k = 0; k < COLUMNS; ++k) {
        const double slope = g[k] + w.damping * image[k];
        largest = fmax(largest, fabs(slope));
        if (mask[k] == 0) continue;
        const bool low = fabs(image[k] - 1.2) < 1e-6, high = fabs(image[k] - 1.8) < 1e-6;
        worst = fmax(worst, low ? -slope : high ? slope : fabs(slope));
        inside += !low && !high;
        at_limits += low || high;
    }
    check(inside > 3 && at_limits > 3, "limits: %d voxels inside, %d at the limits", inside, at_limits);
    check_most(worst / largest, type == PTM_FLOAT64 ? 1e-8 : 1e-4, "limits: slopes against the constraints");
    free(x.array.data);
}

/* ------------------------------------------------------------------ regularizers */

static holder regularized(
    ptm_device *device, ptm_type type, ptm_method method, ptm_regularizer regularizer, double strength, int iterations)
{
    holder y = hold(type, data, false), x = hold(type, NULL, true);
    ptm_operator *op = make_operator(device, type, 1);
    must(ptm_solve(op, &x.array, &y.array, iterations,
        &(ptm_solver_options) { PTM_SIZED(ptm_solver_options), .method = method, .regularizer = regularizer,
            .strength = strength, .huber = regularizer == PTM_REGULARIZER_HUBER ? 0.1 : 0, .spacing = { 1, 2 },
            .inner = 30 }));
    ptm_operator_destroy(&op);
    free(y.array.data);
    return x;
}

static double objective_of(const double *x, ptm_regularizer regularizer, double strength)
{
    double ax[ROWS], sum = 0, variation = 0;
    project(ax, x, 0, 1);
    for (int i = 0; i < ROWS; ++i) sum += 0.5 * (ax[i] - data[i]) * (ax[i] - data[i]);
    for (int k = 0; k < COLUMNS; ++k) {
        const double dx = k % N < N - 1 ? x[k + 1] - x[k] : 0, dy = k / N < N - 1 ? (x[k + N] - x[k]) / 2 : 0,
                     m = hypot(dx, dy);
        variation += regularizer == PTM_REGULARIZER_TV_ANISOTROPIC ? fabs(dx) + fabs(dy)
                     : regularizer == PTM_REGULARIZER_HUBER        ? (m > 0.1 ? m - 0.05 : m * m / 0.2)
                                                                   : m;
    }
    return sum + strength * variation;
}

static void get_image(double *image, holder *x)
{
    for (int k = 0; k < COLUMNS; ++k) image[k] = value_of(x, k);
    free(x->array.data);
}

/* Two methods come to one image, and no image near it has a lower objective. */
static void test_variation(ptm_device *device, ptm_type type)
{
    static const struct {
        ptm_regularizer regularizer;
        const char *name;
    } kinds[] = { { PTM_REGULARIZER_TV, "TV" }, { PTM_REGULARIZER_TV_ANISOTROPIC, "anisotropic TV" },
        { PTM_REGULARIZER_HUBER, "Huber" } };
    const double strength = 3;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i) {
        const ptm_regularizer r = kinds[i].regularizer;
        double image[COLUMNS], other[COLUMNS], least = (double)INFINITY, apart = 0;
        uint64_t seed = 11;
        char text[100];
        holder x = regularized(device, type, PTM_METHOD_PDHG, r, strength, 3000);
        get_image(image, &x);
        const double objective = objective_of(image, r, strength);
        for (int k = 0; k < 300; ++k) {
            const double size = pow(10, -1 - k % 4);
            for (int j = 0; j < COLUMNS; ++j)
                other[j] = image[j] + size * (k % 3 ? random_number(&seed) : j == k % COLUMNS);
            least = fmin(least, objective_of(other, r, strength));
        }
        snprintf(text, sizeof text, "%s: the objective of PDHG's image over any near it", kinds[i].name);
        check_most(objective / least - 1, type == PTM_FLOAT64 ? 1e-9 : 1e-6, text);
        if (r == PTM_REGULARIZER_HUBER) continue;
        x = regularized(device, type, PTM_METHOD_FISTA, r, strength, 300);
        get_image(other, &x);
        for (int k = 0; k < COLUMNS; ++k) apart = fmax(apart, fabs(image[k] - other[k]));
        snprintf(text, sizeof text, "%s: FISTA's image and PDHG's", kinds[i].name);
        check_most(apart, type == PTM_FLOAT64 ? 1e-4 : 1e-3, text);
    }
}

/* In other units of length and of the data the iterates are the same. */
static void test_units(ptm_device *device, ptm_type type)
{
    const double length = 0.01, scale = 300;
    for (int tgv = 0; tgv < 2; ++tgv) {
        double images[2][COLUMNS], apart = 0, most = 0;
        for (int k = 0; k < 2; ++k) {
            const double by = k ? length : 1, more = k ? scale : 1;
            double values[ROWS];
            for (int i = 0; i < ROWS; ++i) values[i] = more * data[i];
            holder y = hold(type, values, false), x = hold(type, NULL, true);
            ptm_operator *op = make_operator(device, type, 1), *scaled;
            must(ptm_scaled_create(&scaled, op, by));
            must(ptm_solve(scaled, &x.array, &y.array, 30,
                &(ptm_solver_options) { PTM_SIZED(ptm_solver_options), .method = PTM_METHOD_PDHG,
                    .regularizer = tgv ? PTM_REGULARIZER_TGV : PTM_REGULARIZER_TV, .strength = 3 * more * by * by,
                    .spacing = { by, 2 * by } }));
            get_image(images[k], &x);
            free(y.array.data);
            ptm_operator_destroy(&scaled);
            ptm_operator_destroy(&op);
        }
        for (int k = 0; k < COLUMNS; ++k) {
            apart = fmax(apart, fabs(images[0][k] - images[1][k] * length / scale));
            most = fmax(most, fabs(images[0][k]));
        }
        check_most(apart / most, type == PTM_FLOAT64 ? 1e-11 : 1e-4, tgv ? "TGV in other units" : "TV in other units");
    }
}

/* Where the regularizer counts for more than all else, an image next to the data is their mean by TV, and by TGV the
 * plane through them. What is left of the data is as large as they are, hence the relaxation. */
static void test_strong(ptm_device *device, ptm_type type)
{
    holder y = hold(type, truth, true), x = hold(type, NULL, true);
    ptm_operator *identity;
    double mean[COLUMNS] = { 0 }, plane[COLUMNS], slope[2] = { 0 }, squares = 0;
    must(ptm_identity_create(&identity, device, &y.array));
    for (int k = 0; k < COLUMNS; ++k) {
        const double at[2] = { k % N - 0.5 * (N - 1), k / N - 0.5 * (N - 1) };
        mean[0] += truth[k] / COLUMNS;
        squares += at[0] * at[0];
        for (int i = 0; i < 2; ++i) slope[i] += at[i] * truth[k];
    }
    for (int k = 0; k < COLUMNS; ++k) {
        mean[k] = mean[0];
        plane[k] = mean[0] + (slope[0] * (k % N - 0.5 * (N - 1)) + slope[1] * (k / N - 0.5 * (N - 1))) / squares;
    }
    for (int tgv = 0; tgv < 2; ++tgv) {
        must(ptm_solve(identity, &x.array, &y.array, 6000,
            &(ptm_solver_options) { PTM_SIZED(ptm_solver_options), .method = PTM_METHOD_PDHG,
                .regularizer = tgv ? PTM_REGULARIZER_TGV : PTM_REGULARIZER_TV, .strength = 50, .relaxation = 10 }));
        check_most(distance(&x, tgv ? plane : mean), type == PTM_FLOAT64 ? 1e-6 : 1e-4,
            tgv ? "strong TGV: a plane" : "strong TV: the mean");
    }
    ptm_operator_destroy(&identity);
    free(y.array.data);
    free(x.array.data);
}

/* ------------------------------------------------------------------ wavelets */

/* Haar's transform of an image that begins at a shift, x and y, to two levels; or back. */
static void haar(double *image, const int shift[2], bool back)
{
    double before[COLUMNS];
    const double half = sqrt(0.5);
    memcpy(before, image, sizeof before);
    for (int k = 0; k < COLUMNS && !back; ++k) image[k] = before[(k / N + shift[1]) % N * N + (k % N + shift[0]) % N];
    for (int i = 0; i < 4; ++i) { /* levels and axes */
        const int turn = back ? 3 - i : i, n = N >> turn / 2, along = turn % 2 ? N : 1, across = turn % 2 ? 1 : N;
        for (int line = 0; line < n; ++line) {
            double *at = image + line * across, pairs[N];
            for (int q = 0; q < n / 2; ++q) {
                const double a = at[(back ? q : 2 * q) * along], b = at[(back ? n / 2 + q : 2 * q + 1) * along];
                pairs[back ? 2 * q : q] = half * (a + b);
                pairs[back ? 2 * q + 1 : n / 2 + q] = half * (a - b);
            }
            for (int q = 0; q < n / 2 * 2; ++q) at[q * along] = pairs[q];
        }
    }
    memcpy(before, image, sizeof before);
    for (int k = 0; k < COLUMNS && back; ++k) image[(k / N + shift[1]) % N * N + (k % N + shift[0]) % N] = before[k];
}
static bool is_haar_detail(int k)
{
    for (int n = N; n > N / 4; n /= 2) {
        const int x = k % N, y = k / N, h = n / 2;
        if ((x >= h && x < 2 * h && y < n) || (y >= h && y < 2 * h && x < n)) return true;
        if (x >= h || y >= h) return false;
    }
    return false;
}

static holder with_wavelets(ptm_device *device, ptm_type type, ptm_method method, bool limited, int iterations)
{
    holder y = hold(type, data, false), x = hold(type, NULL, true), m = hold(type, mask, true);
    ptm_operator *op = make_operator(device, type, 1);
    must(ptm_solve(op, &x.array, &y.array, iterations,
        &(ptm_solver_options) { PTM_SIZED(ptm_solver_options), .method = method, .regularizer = PTM_REGULARIZER_WAVELET,
            .wavelet_levels = 2, .strength = 3, .mask = limited ? &m.array : NULL, .limited = limited,
            .low = 1.2, .high = 1.8 }));
    ptm_operator_destroy(&op);
    free(y.array.data);
    free(m.array.data);
    return x;
}

/* At the least objective the slope along a coefficient is 0 where it is coarse, the strength against its sign where it is
 * a detail, and no more than the strength where that is 0. */
static void test_wavelets(ptm_device *device, ptm_type type)
{
    static const ptm_method methods[2] = { PTM_METHOD_FISTA, PTM_METHOD_PDHG };
    for (int i = 0; i < 2; ++i) {
        const bool pdhg = methods[i] == PTM_METHOD_PDHG;
        double c[COLUMNS], r[ROWS], g[COLUMNS], worst = 0;
        int counts[3] = { 0 };
        holder x = with_wavelets(device, type, methods[i], false, pdhg ? 2000 : 1000);
        get_image(c, &x);
        project(r, c, 0, 1);
        for (int k = 0; k < ROWS; ++k) r[k] -= data[k];
        backproject(g, r, 0, 1);
        haar(c, (int[2]) { 0 }, false);
        haar(g, (int[2]) { 0 }, false);
        for (int k = 0; k < COLUMNS; ++k) {
            const bool detail = is_haar_detail(k), zero = fabs(c[k]) < 1e-5;
            counts[!detail ? 0 : zero ? 1 : 2]++;
            worst = fmax(worst, !detail ? fabs(g[k]) : zero ? fabs(g[k]) - 3 : fabs(g[k] + copysign(3, c[k])));
        }
        check(counts[0] > 3 && counts[1] > 9 && counts[2] > 9, "wavelets by %s: %d coarse, %d details of 0, %d others",
            pdhg ? "PDHG" : "FISTA", counts[0], counts[1], counts[2]);
        check_most(worst / 3, type == PTM_FLOAT64 ? 1e-7 : 1e-4,
            pdhg ? "wavelets by PDHG: slopes" : "wavelets by FISTA: slopes");
    }
}

/* With limits and a mask two methods come to one image. */
static void test_limited_wavelets(ptm_device *device, ptm_type type)
{
    double image[COLUMNS], apart = 0;
    int at_limits = 0;
    holder x = with_wavelets(device, type, PTM_METHOD_PDHG, true, 2000);
    get_image(image, &x);
    x = with_wavelets(device, type, PTM_METHOD_FISTA, true, 200);
    for (int k = 0; k < COLUMNS; ++k) {
        apart = fmax(apart, fabs(image[k] - value_of(&x, k)));
        at_limits += mask[k] != 0 && (fabs(image[k] - 1.2) < 1e-6 || fabs(image[k] - 1.8) < 1e-6);
    }
    free(x.array.data);
    check(at_limits > 3, "wavelets: %d voxels at the limits", at_limits);
    check_most(apart, type == PTM_FLOAT64 ? 1e-5 : 1e-3, "wavelets with limits and a mask: FISTA's image and PDHG's");
}

/* Iterations that shift their wavelets, as they are defined. */
static void test_spin(ptm_device *device, ptm_type type)
{
    enum { TURNS = 5 };
    const double norm = 25, strength = 3;
    double x[COLUMNS] = { 0 }, before[COLUMNS] = { 0 }, z[COLUMNS], r[ROWS], g[COLUMNS], t = 1;
    for (int turn = 0; turn < TURNS; ++turn) {
        const double next = (1 + sqrt(1 + 4 * t * t)) / 2;
        ptm_random random = { .seed = 12, .stream = (uint64_t)turn };
        int shift[2];
        for (int i = 0; i < 2; ++i) shift[i] = (int)(N * ptm_random_uniform(&random));
        for (int k = 0; k < COLUMNS; ++k) z[k] = x[k] + (t - 1) / next * (x[k] - before[k]);
        project(r, z, 0, 1);
        for (int i = 0; i < ROWS; ++i) r[i] -= data[i];
        backproject(g, r, 0, 1);
        for (int k = 0; k < COLUMNS; ++k) z[k] -= g[k] / (norm * norm);
        haar(z, shift, false);
        for (int k = 0; k < COLUMNS; ++k)
            if (is_haar_detail(k)) z[k] = copysign(fmax(0, fabs(z[k]) - strength / (norm * norm)), z[k]);
        haar(z, shift, true);
        memcpy(before, x, sizeof x);
        memcpy(x, z, sizeof x);
        t = next;
    }
    holder y = hold(type, data, false), image = hold(type, NULL, true);
    ptm_operator *op = make_operator(device, type, 1);
    must(ptm_solve(op, &image.array, &y.array, TURNS,
        &(ptm_solver_options) { PTM_SIZED(ptm_solver_options), .method = PTM_METHOD_FISTA,
            .regularizer = PTM_REGULARIZER_WAVELET, .wavelet_levels = 2, .strength = strength, .norm = norm, .spin = true,
            .seed = 12 }));
    check_most(distance(&image, x), type == PTM_FLOAT64 ? 1e-12 : 2e-5, "wavelets that are shifted in each iteration");
    ptm_operator_destroy(&op);
    free(y.array.data);
    free(image.array.data);
}

/* A disc with a hole from five views: less error than SIRT's after as many iterations. */
static void test_asd_pocs(ptm_device *device)
{
    enum { SIDE = 24, FEW = 5, WIDE = 36 };
    static float disc[SIDE * SIDE], pixels[FEW * WIDE], image[SIDE * SIDE];
    const ptm_array x = PTM_ARRAY_3D(disc, 1, SIDE, SIDE), y = PTM_ARRAY_3D(pixels, FEW, 1, WIDE),
                    found = PTM_ARRAY_3D(image, 1, SIDE, SIDE);
    ptm_scan *scan;
    ptm_operator *op;
    double error[2];
    for (int i = 0; i < SIDE * SIDE; ++i) {
        const int a = i % SIDE - SIDE / 2, b = i / SIDE - SIDE / 2;
        disc[i] = a * a + b * b < 90 ? (a * a + (b - 3) * (b - 3) < 16 ? 0.5f : 1) : 0;
    }
    must(ptm_scan_parallel(&scan, context,
        &(ptm_circular_options) { PTM_SIZED(ptm_circular_options), .volume = { .shape = { 1, SIDE, SIDE } },
            .detector = { .shape = { 1, WIDE } }, .views = FEW }));
    must(ptm_subsets_create(&op, device, scan, 1, NULL));
    must(ptm_apply(op, &y, &x));
    for (int k = 0; k < 2; ++k) {
        must(ptm_solve(op, &found, &y, 60,
            &(ptm_solver_options) { PTM_SIZED(ptm_solver_options), .limited = true, .high = (double)INFINITY,
                .method = k ? PTM_METHOD_ASD_POCS : PTM_METHOD_SIRT, .noise = 0.003 }));
        double sum = 0;
        for (int i = 0; i < SIDE * SIDE; ++i)
            sum += ((double)image[i] - (double)disc[i]) * ((double)image[i] - (double)disc[i]);
        error[k] = sqrt(sum / (SIDE * SIDE));
    }
    check(error[1] < 0.85 * error[0], "ASD-POCS: error %.3g, SIRT's %.3g", error[1], error[0]);
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
}

/* ------------------------------------------------------------------ iterations */

typedef struct story {
    double residual[64], error[64];
    int count, most;
} story;
static bool note(void *user, ptm_solver *solver, const ptm_iteration *i)
{
    story *s = user;
    (void)solver;
    s->residual[s->count] = i->residual;
    s->error[s->count++] = i->error;
    return s->count < s->most;
}

static double residual_of(const holder *x, const way *w)
{
    double image[COLUMNS], ax[ROWS], sum = 0, size = 0;
    for (int k = 0; k < COLUMNS; ++k) image[k] = value_of(x, k);
    project(ax, image, 0, 1);
    for (int i = 0; i < ROWS; ++i) {
        sum += weight_of(w, i) * (ax[i] - data[i]) * (ax[i] - data[i]);
        size += weight_of(w, i) * data[i] * data[i];
    }
    return sqrt(sum / size);
}
static double error_of(const holder *x)
{
    double sum = 0;
    for (int k = 0; k < COLUMNS; ++k) sum += (value_of(x, k) - truth[k]) * (value_of(x, k) - truth[k]);
    return sqrt(sum / COLUMNS);
}

/* Residuals and errors are those of the image; where theory says so, residuals fall. */
static void test_story(ptm_device *device, ptm_type type)
{
    static const struct {
        ptm_method method;
        int subsets;
        bool falls;
    } kinds[] = { { PTM_METHOD_SIRT, 1, false }, { PTM_METHOD_SIRT, 4, false }, { PTM_METHOD_LANDWEBER, 1, true },
        { PTM_METHOD_CGLS, 1, true }, { PTM_METHOD_LSQR, 1, true }, { PTM_METHOD_LSMR, 1, true },
        { PTM_METHOD_MLEM, 1, false }, { PTM_METHOD_FISTA, 1, false } };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i) {
        const bool damped = kinds[i].method == PTM_METHOD_LSQR;
        const way w = { kinds[i].method, kinds[i].subsets, 0, true, true, false, false, damped ? 0.3 : 0 };
        holder y = hold(type, data, false), m = hold(type, mask, true), v = hold(type, weights, false),
               t = hold(type, truth, true);
        holder x = hold(type, NULL, true);
        story seen = { .most = 12 };
        ptm_operator *op = make_operator(device, type, w.subsets);
        ptm_solver_options o = options_of(&w, &m, &v, &x);
        o.truth = &t.array;
        o.residual = true;
        o.each = note;
        o.each_user = &seen;
        must(ptm_solve(op, &x.array, &y.array, 40, &o));
        bool falls = seen.residual[0] < 1;
        for (int k = 1; k < seen.count; ++k) falls = falls && seen.residual[k] <= seen.residual[k - 1] * (1 + 1e-6);
        check(seen.count == 12, "story %zu: ended by the caller after %d iterations", i, seen.count);
        check(falls || !kinds[i].falls, "story %zu: the residual falls", i);
        check_most(fabs(seen.residual[11] - residual_of(&x, &w)) / seen.residual[11], type == PTM_FLOAT64 ? 1e-10 : 2e-4,
            "story: the residual");
        check_most(
            fabs(seen.error[11] - error_of(&x)) / seen.error[11], type == PTM_FLOAT64 ? 1e-12 : 1e-5, "story: the error");
        ptm_operator_destroy(&op);
        holder *const all[] = { &y, &m, &v, &t, &x };
        for (size_t k = 0; k < sizeof all / sizeof *all; ++k) free(all[k]->array.data);
    }
}

/* The image of the least error is kept; tolerance and number end the run. */
static void test_stopping(ptm_device *device)
{
    holder y = hold(PTM_FLOAT32, data, false), t = hold(PTM_FLOAT32, truth, true), x = hold(PTM_FLOAT32, NULL, true);
    ptm_operator *op = make_operator(device, PTM_FLOAT32, 1);
    story seen = { .most = 60 };
    ptm_solver *solver;
    must(ptm_solver_create(&solver, op,
        &(ptm_solver_options) { PTM_SIZED(ptm_solver_options), .method = PTM_METHOD_CGLS, .truth = &t.array,
            .keep = PTM_KEEP_LEAST_ERROR, .each = note, .each_user = &seen }));
    must(ptm_solver_start(solver, &y.array));
    must(ptm_solver_run(solver, 20));
    must(ptm_solver_run(solver, 20));
    must(ptm_solver_result(solver, &x.array));
    int best = 0;
    for (int i = 0; i < seen.count; ++i) best = seen.error[i] < seen.error[best] ? i : best;
    check(ptm_solver_iterations(solver) == 40 && best > 0 && best < 39, "stopping: %d iterations, the best is %d",
        seen.count, best + 1);
    check_most(fabs(error_of(&x) / seen.error[best] - 1), 1e-5, "stopping: the image of the least error");
    ptm_solver_destroy(&solver);
    must(ptm_solver_create(
        &solver, op, &(ptm_solver_options) { PTM_SIZED(ptm_solver_options), .method = PTM_METHOD_CGLS, .tolerance = 0.1 }));
    must(ptm_solver_start(solver, &y.array));
    must(ptm_solver_run(solver, 60));
    must(ptm_solver_result(solver, &x.array));
    const way plain = { .subsets = 1 };
    check(ptm_solver_iterations(solver) < 20 && residual_of(&x, &plain) <= 0.1 * (1 + 1e-5),
        "stopping: tolerance after %d iterations", ptm_solver_iterations(solver));
    ptm_solver_destroy(&solver);
    ptm_operator_destroy(&op);
    free(y.array.data);
    free(t.array.data);
    free(x.array.data);
}

/* Conjugate gradients come to the least squares, and stop there instead of adding up rounding; also one that goes on from
 * the state of the end. */
static void test_rounding(ptm_device *device, ptm_type type)
{
    const bool twofold = type == PTM_FLOAT64;
    const way plain = { .method = PTM_METHOD_CGLS, .subsets = 1 };
    double expected[COLUMNS];
    least_squares(expected, &plain);
    holder y = hold(type, data, false), x = hold(type, NULL, true);
    ptm_operator *op = make_operator(device, type, 1);
    for (int k = 0; k < 2; ++k) {
        ptm_solver *solver[2];
        ptm_solver_state state;
        for (int i = 0; i < 2; ++i) {
            must(ptm_solver_create(
                &solver[i], op, &(ptm_solver_options) { PTM_SIZED(ptm_solver_options), .method = PTM_METHOD_CGLS }));
            must(ptm_solver_start(solver[i], &y.array));
            if (i == 1) must(ptm_solver_set_state(solver[1], &state));
            must(ptm_solver_run(solver[i], 4000));
            must(ptm_solver_get_state(&state, solver[i]));
        }
        const int end = ptm_solver_iterations(solver[0]), later = ptm_solver_iterations(solver[1]);
        check(end < 600 && later == end, "CGLS to rounding: it ends after %d iterations, and after %d", end, later);
        must(ptm_solver_result(solver[1], &x.array));
        if (k == 0) check_most(distance(&x, expected), twofold ? 1e-9 : 2e-3, "CGLS to rounding: the least squares");
        ptm_solver_destroy(&solver[0]);
        ptm_solver_destroy(&solver[1]);
        must(ptm_apply(op, &y.array, &x.array)); /* data that have a solution */
    }
    ptm_operator_destroy(&op);
    free(y.array.data);
    free(x.array.data);
}

/* Seven iterations, and three and four with the state carried through the host's memory: the same bits. */
static void test_resume(ptm_device *device, ptm_type type, ptm_method method, int subsets, ptm_regularizer regularizer)
{
    holder y = hold(type, data, false), x[2] = { hold(type, NULL, true), hold(type, NULL, true) };
    ptm_operator *op = make_operator(device, type, subsets);
    const size_t size = type == PTM_FLOAT64 ? sizeof(double) : sizeof(float);
    const ptm_solver_options o = { PTM_SIZED(ptm_solver_options), .method = method, .order = PTM_ORDER_RANDOM, .seed = 7,
        .residual = true, .keep = PTM_KEEP_LEAST_RESIDUAL, .strength = 1, .inner = 3,
        .regularizer = regularizer, .spin = method == PTM_METHOD_FISTA && regularizer == PTM_REGULARIZER_WAVELET };
    ptm_solver *first, *second;
    ptm_solver_state state;
    must(ptm_solver_create(&first, op, &o));
    must(ptm_solver_start(first, &y.array));
    must(ptm_solver_run(first, 3));
    must(ptm_solver_get_state(&state, first));
    for (int i = 0; i < state.vectors; ++i) {
        uint64_t bytes = size;
        for (int k = 0; k < state.vector[i].dimensions; ++k) bytes *= (uint64_t)state.vector[i].shape[k];
        void *copy = malloc(bytes);
        must(ptm_memory_read(state.vector[i].memory, 0, copy, bytes));
        state.vector[i].memory = NULL;
        state.vector[i].data = copy;
    }
    must(ptm_solver_run(first, 4));
    must(ptm_solver_result(first, &x[0].array));
    ptm_solver_destroy(&first);
    must(ptm_solver_create(&second, op, &o));
    must(ptm_solver_start(second, &y.array));
    must(ptm_solver_set_state(second, &state));
    must(ptm_solver_run(second, 4));
    must(ptm_solver_result(second, &x[1].array));
    check(ptm_solver_iterations(second) == 7 && memcmp(x[0].array.data, x[1].array.data, COLUMNS * size) == 0,
        "method %d in %d subsets, regularizer %d, resumed: the same bits", method, subsets, regularizer);
    state.key[0]++;
    check(ptm_solver_set_state(second, &state) == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), "expected \""),
        "another key is refused: %s", ptm_error_message());
    state.key[0]--;
    if (type == PTM_FLOAT64) ((double *)y.array.data)[2] += 1e-3;
    else ((float *)y.array.data)[2] += 1e-3f;
    must(ptm_solver_start(second, &y.array));
    check(ptm_solver_set_state(second, &state) == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), "of the same data"),
        "the state of other data is refused: %s", ptm_error_message());
    for (int i = 0; i < state.vectors; ++i) free(state.vector[i].data);
    ptm_solver_destroy(&second);
    ptm_operator_destroy(&op);
    free(y.array.data);
    free(x[0].array.data);
    free(x[1].array.data);
}

/* What a solver did before it is started anew leaves no trace. */
static void test_restart(ptm_device *device)
{
    holder y = hold(PTM_FLOAT32, data, false), x[2] = { hold(PTM_FLOAT32, NULL, true), hold(PTM_FLOAT32, NULL, true) };
    for (int method = PTM_METHOD_SIRT; method <= PTM_METHOD_ASD_POCS; ++method) {
        ptm_operator *op = make_operator(device, PTM_FLOAT32, 1);
        ptm_solver *solver;
        must(ptm_solver_create(&solver, op,
            &(ptm_solver_options){ PTM_SIZED(ptm_solver_options), .method = (ptm_method)method, .residual = true }));
        for (int k = 0; k < 2; ++k) {
            must(ptm_solver_start(solver, &y.array));
            must(ptm_solver_run(solver, 3));
            must(ptm_solver_result(solver, &x[k].array));
        }
        check(memcmp(x[0].array.data, x[1].array.data, COLUMNS * sizeof(float)) == 0,
            "method %d, started again: the same bits", method);
        ptm_solver_destroy(&solver);
        ptm_operator_destroy(&op);
    }
    free(y.array.data);
    free(x[0].array.data);
    free(x[1].array.data);
}

/* ------------------------------------------------------------------ vectors elsewhere */

static int read_store(void *user, const int64_t *first, const int64_t *count, void *box)
{
    const ptm_array *store = user;
    move_box(store, store->data, store->stride, first, count, box, true);
    return PTM_OK;
}

static int write_store(void *user, const int64_t *first, const int64_t *count, const void *box)
{
    const ptm_array *store = user;
    move_box(store, store->data, store->stride, first, count, (char *)(uintptr_t)box, false);
    return PTM_OK;
}

static void set_magnitudes(const holder *h)
{
    for (int i = 0; i < h->count; ++i) {
        if (h->array.type == PTM_FLOAT64) ((double *)h->array.data)[i] = fabs(((double *)h->array.data)[i]);
        else ((float *)h->array.data)[i] = fabsf(((float *)h->array.data)[i]);
    }
}

typedef struct shelf {
    ptm_array stores[32];
    int count, fail_at;
} shelf;

/* Behind functions, but every third in memory; full of what is not a number. */
static int give_vector(void *user, ptm_array *array)
{
    shelf *s = user;
    if (s->count == s->fail_at) return ptm_error_set(PTM_ERROR_IO, "the shelf is full");
    ptm_array *store = &s->stores[s->count++];
    *store = *array;
    store->stride[0] = array->shape[1] * array->shape[2];
    store->stride[1] = array->shape[2];
    store->stride[2] = 1;
    const size_t bytes = (size_t)(array->shape[0] * array->shape[1] * array->shape[2]) *
                         (array->type == PTM_FLOAT64 ? sizeof(double) : sizeof(float));
    store->data = malloc(bytes);
    memset(store->data, 0xff, bytes);
    if (s->count % 3 == 0) {
        array->data = store->data;
    } else {
        array->read = read_store;
        array->write = write_store;
        array->user = store;
    }
    return PTM_OK;
}

static void empty_shelf(shelf *s)
{
    for (int i = 0; i < s->count; ++i) free(s->stores[i].data);
    *s = (shelf){ .fail_at = -1 };
}

/* The same images, but for the order of sums, as with vectors on the device; and a state that goes from one to the
 * other. All that may be given beside the data, and in subsets, or nothing of it. */
static void test_elsewhere(ptm_device *device, ptm_type type, bool all)
{
    static const ptm_method methods[] = { PTM_METHOD_SIRT, PTM_METHOD_LANDWEBER, PTM_METHOD_CGLS, PTM_METHOD_LSQR,
        PTM_METHOD_LSMR, PTM_METHOD_MLEM };
    ptm_operator *op = make_operator(device, type, all ? 4 : 1);
    for (size_t m = 0; m < sizeof methods / sizeof *methods; ++m) {
        holder y = hold(type, data, false), x[2] = { hold(type, NULL, true), hold(type, NULL, true) },
               f = hold(type, start, true), b = hold(type, mask, true), w = hold(type, weights, false),
               t = hold(type, truth, true);
        shelf s = { .fail_at = -1 };
        ptm_solver_options o = { PTM_SIZED(ptm_solver_options), .method = methods[m], .residual = true, .norm = 20,
            .initial = &f.array };
        ptm_solver *solvers[2];
        ptm_solver_state state;
        set_magnitudes(&y);
        if (all) {
            o.mask = &b.array;
            o.weights = &w.array;
            o.truth = &t.array;
            o.keep = PTM_KEEP_LEAST_RESIDUAL;
        }
        for (int k = 0; k < 2; ++k) {
            o.vector = k ? give_vector : NULL;
            o.vector_user = &s;
            must(ptm_solver_create(&solvers[k], op, &o));
            must(ptm_solver_start(solvers[k], &y.array));
            must(ptm_solver_run(solvers[k], 6));
            must(ptm_solver_result(solvers[k], &x[k].array));
        }
        check(ptm_solver_memory(solvers[1]) < ptm_solver_memory(solvers[0]) + (64 << 20) && s.count >= 4,
            "method %d: %d vectors elsewhere", methods[m], s.count);
        check_most(apart(&x[0], &x[1]), type == PTM_FLOAT64 ? 1e-12 : 2e-5, "vectors elsewhere, the same image");
        must(ptm_solver_get_state(&state, solvers[1]));
        must(ptm_solver_set_state(solvers[0], &state));
        for (int k = 0; k < 2; ++k) {
            must(ptm_solver_run(solvers[k], 2));
            must(ptm_solver_result(solvers[k], &x[k].array));
        }
        check_most(apart(&x[0], &x[1]), type == PTM_FLOAT64 ? 1e-12 : 2e-5, "resumed on the device, the same image");
        for (int k = 0; k < 2; ++k) ptm_solver_destroy(&solvers[k]);
        empty_shelf(&s);
        s.fail_at = 3;
        check(
            ptm_solver_create(&solvers[1], op, &o) == PTM_ERROR_IO && !solvers[1], "a full shelf: %s", ptm_error_message());
        empty_shelf(&s);
        holder *const held[] = { &y, &f, &b, &w, &t, &x[0], &x[1] };
        for (size_t i = 0; i < sizeof held / sizeof *held; ++i) free(held[i]->array.data);
    }
    ptm_operator_destroy(&op);
}

/* ------------------------------------------------------------------ errors and memory */

static void refused(int status, int expected, const char *word)
{
    check(status == expected && strstr(ptm_error_message(), word), "refused with \"%s\": %d %s", word, status,
        ptm_error_message());
}

static bool stop_at_once(void *user, double done)
{
    (void)user;
    return done < 0.3;
}

static void test_errors(ptm_device *device)
{
    ptm_operator *op = make_operator(device, PTM_FLOAT32, 1), *negative;
    ptm_solver *solver;
    holder y = hold(PTM_FLOAT32, data, false), x = hold(PTM_FLOAT32, NULL, true), m = hold(PTM_FLOAT32, mask, true);
    must(ptm_scaled_create(&negative, op, -1));
#define OPTIONS(...) &(ptm_solver_options) { PTM_SIZED(ptm_solver_options), __VA_ARGS__ }
    refused(ptm_solver_create(&solver, NULL, NULL), PTM_ERROR_ARGUMENT, "operator is NULL");
    refused(ptm_solver_create(&solver, op, OPTIONS(.method = (ptm_method)99)), PTM_ERROR_ARGUMENT, "method is 99");
    refused(ptm_solver_create(&solver, op, OPTIONS(.relaxation = (double)NAN)), PTM_ERROR_ARGUMENT, "relaxation is nan");
    refused(ptm_solver_create(&solver, op, OPTIONS(.relaxation = 2)), PTM_ERROR_ARGUMENT, "relaxation is 2, expected less");
    refused(ptm_solver_create(&solver, op, OPTIONS(.limited = true, .low = 2, .high = 1)), PTM_ERROR_ARGUMENT,
        "low is 2 and high 1");
    refused(ptm_solver_create(&solver, op, OPTIONS(.method = PTM_METHOD_CGLS, .limited = true)), PTM_ERROR_ARGUMENT,
        "CGLS knows no limits");
    refused(ptm_solver_create(&solver, op, OPTIONS(.damping = 1)), PTM_ERROR_ARGUMENT, "SIRT knows none");
    refused(ptm_solver_create(&solver, op, OPTIONS(.regularizer = PTM_REGULARIZER_TV)), PTM_ERROR_ARGUMENT,
        "regularizer is TV, which SIRT does not know");
    refused(ptm_solver_create(&solver, op, OPTIONS(.method = PTM_METHOD_PDHG, .regularizer = PTM_REGULARIZER_HUBER)),
        PTM_ERROR_ARGUMENT, "huber is 0");
#define WAVELETS(...) OPTIONS(.regularizer = PTM_REGULARIZER_WAVELET, .strength = 1, __VA_ARGS__)
    refused(ptm_solver_create(&solver, op, WAVELETS(.method = PTM_METHOD_PDHG, .spin = true)), PTM_ERROR_ARGUMENT,
        "spin is set");
    refused(ptm_solver_create(&solver, op, WAVELETS(.method = PTM_METHOD_FISTA, .wavelet = (ptm_wavelet)9)),
        PTM_ERROR_ARGUMENT, "wavelet is 9");
    refused(ptm_solver_create(&solver, op, OPTIONS(.keep = PTM_KEEP_LEAST_ERROR)), PTM_ERROR_ARGUMENT, "truth is NULL");
    refused(ptm_solver_create(&solver, negative, NULL), PTM_ERROR_ARGUMENT, "without negative entries");
    refused(ptm_solver_create(&solver, op, OPTIONS(.mask = &y.array)), PTM_ERROR_ARGUMENT, "mask has shape");
    ((float *)m.array.data)[5] = 2;
    refused(ptm_solver_create(&solver, op, OPTIONS(.mask = &m.array)), PTM_ERROR_ARGUMENT, "mask has values from");
    ((float *)m.array.data)[5] = 0.5f;
    refused(ptm_solver_create(&solver, op, OPTIONS(.mask = &m.array)), PTM_ERROR_ARGUMENT, "expected 0 or 1");
    refused(ptm_solver_create(&solver, op, OPTIONS(.method = PTM_METHOD_PDHG, .vector = give_vector)),
        PTM_ERROR_UNSUPPORTED, "vectors on the device");
    refused(ptm_solver_create(&solver, op, OPTIONS(.method = PTM_METHOD_LANDWEBER, .vector = give_vector)),
        PTM_ERROR_UNSUPPORTED, "norm is 0");
    must(ptm_solver_create(&solver, op, OPTIONS(.method = PTM_METHOD_MLEM)));
    refused(ptm_solver_run(solver, 1), PTM_ERROR_ARGUMENT, "not been started");
    refused(ptm_solver_start(solver, &x.array), PTM_ERROR_ARGUMENT, "data has shape");
    ((float *)y.array.data)[3] = -1;
    refused(ptm_solver_start(solver, &y.array), PTM_ERROR_ARGUMENT, "data has a value of -1");
    ((float *)y.array.data)[3] = (float)NAN;
    refused(ptm_solver_start(solver, &y.array), PTM_ERROR_ARGUMENT, "not finite");
    ((float *)y.array.data)[3] = 1;
    must(ptm_solver_start(solver, &y.array));
    refused(ptm_solver_run(solver, -1), PTM_ERROR_ARGUMENT, "iterations is -1");
    refused(ptm_solver_result(solver, &y.array), PTM_ERROR_ARGUMENT, "image has shape");
    ptm_solver_destroy(&solver);
    refused(ptm_solve(op, &x.array, &y.array, 10, OPTIONS(.progress = stop_at_once)), PTM_ERROR_CANCELLED, "stopped");
    ptm_operator_destroy(&negative);
    ptm_operator_destroy(&op);
    free(y.array.data);
    free(x.array.data);
    free(m.array.data);
}

/* On a dry device a solver tells what it takes on the real one. */
static void test_memory(ptm_device *device)
{
    ptm_device *dry;
    char name[32];
    const ptm_device_info *info = ptm_device_get_info(device);
    snprintf(name, sizeof name, "%s:%d", info->backend, info->index);
    must(ptm_device_open_dry(&dry, context, name));
    for (int method = PTM_METHOD_SIRT; method <= PTM_METHOD_ASD_POCS; ++method) {
        uint64_t bytes[2];
        for (int k = 0; k < 2; ++k) {
            ptm_operator *op = make_operator(k ? dry : device, PTM_FLOAT32, 3);
            ptm_solver *solver;
            must(ptm_solver_create(&solver, op,
                &(ptm_solver_options) { PTM_SIZED(ptm_solver_options), .method = (ptm_method)method, .strength = 1,
                    .regularizer = method == PTM_METHOD_PDHG    ? PTM_REGULARIZER_TGV
                                   : method == PTM_METHOD_FISTA ? PTM_REGULARIZER_WAVELET
                                                                : 0 }));
            bytes[k] = ptm_solver_memory(solver);
            ptm_solver_destroy(&solver);
            ptm_operator_destroy(&op);
        }
        check(bytes[0] == bytes[1] && bytes[0] > 0, "method %d takes %llu bytes, and would take %llu", method,
            (unsigned long long)bytes[0], (unsigned long long)bytes[1]);
    }
    ptm_device_close(&dry);
}

static void test_device(ptm_device *device, const char *name)
{
    const bool host = strcmp(name, "host") == 0;
    for (int k = 0; k < (takes_all(device) && host ? 2 : 1); ++k) {
        const ptm_type type = k ? PTM_FLOAT64 : PTM_FLOAT32;
        test_definitions(device, type);
        if (host || k) test_least_squares(device, type);
        test_limits(device, type);
        if (host) test_variation(device, type);
        if (host) test_strong(device, type);
        if (host) test_wavelets(device, type);
        if (host) test_limited_wavelets(device, type);
        test_units(device, type);
        test_spin(device, type);
        test_story(device, type);
        if (host) test_rounding(device, type);
        for (int method = PTM_METHOD_SIRT; method <= PTM_METHOD_ASD_POCS; ++method)
            if (host || method % 3 == 0) test_resume(device, type, (ptm_method)method, 1, PTM_REGULARIZER_NONE);
        test_resume(device, type, PTM_METHOD_SIRT, 4, PTM_REGULARIZER_NONE);
        if (host) test_resume(device, type, PTM_METHOD_MLEM, 4, PTM_REGULARIZER_NONE);
        if (host) test_resume(device, type, PTM_METHOD_FISTA, 1, PTM_REGULARIZER_TV);
        test_resume(device, type, PTM_METHOD_FISTA, 1, PTM_REGULARIZER_WAVELET);
        test_resume(device, type, PTM_METHOD_PDHG, 1, PTM_REGULARIZER_TGV);
        if (host) test_resume(device, type, PTM_METHOD_PDHG, 1, PTM_REGULARIZER_WAVELET);
        test_elsewhere(device, type, false);
        test_elsewhere(device, type, true);
    }
    test_asd_pocs(device);
    test_restart(device);
    test_stopping(device);
    test_errors(device);
    test_memory(device);
}

int main(int argc, char **argv)
{
    must(ptm_context_create(&context, NULL));
    make_problem();
    for_each_device(argc, argv, test_device);
    ptm_context_destroy(&context);
    return finish();
}
