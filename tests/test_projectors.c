/* test_projectors.c - every projector kernel on every device.
 *
 * usage: test_projectors [DEVICE...]      host, pocl, rusticl, lavapipe, cuda, or vulkan:0 and the like */
#include "check.h"
#include "guards.h"
#include "reference.h"
#include "scans.h"

#include "core/device.h"

static ptm_context *context;

/* An operator and host arrays that fit it, with a guard behind each. */
typedef struct bench {
    ptm_operator *op;
    ptm_array in, out;
    size_t n_in, n_out;
    size_t size;
} bench;

#define GUARD 16
static void *guarded(size_t n, size_t size)
{
    char *memory = calloc(n + GUARD, size);
    memset(memory + n * size, 0x5a, GUARD * size);
    return memory;
}
static bool intact(const void *memory, size_t n, size_t size)
{
    const char *at = (const char *)memory + n * size;
    for (size_t i = 0; i < GUARD * size; ++i)
        if (at[i] != 0x5a) return false;
    return true;
}

static size_t elements(const ptm_array *a)
{
    return (size_t)(a->shape[0] * a->shape[1] * a->shape[2]);
}
static double get(const ptm_array *a, size_t i)
{
    return a->type == PTM_FLOAT64 ? ((const double *)a->data)[i] : (double)((const float *)a->data)[i];
}
static void set(const ptm_array *a, size_t i, double value)
{
    if (a->type == PTM_FLOAT64) ((double *)a->data)[i] = value;
    else ((float *)a->data)[i] = (float)value;
}
static ptm_array volume_of(const ptm_scan *scan, ptm_type type)
{
    ptm_array a = { PTM_SIZED(ptm_array), .type = type, .dimensions = 3 };
    for (int i = 0; i < 3; ++i) a.shape[i] = scan->volume.shape[i];
    a.data = guarded(elements(&a), type == PTM_FLOAT64 ? 8 : 4);
    return a;
}
static ptm_array pixels_of(const ptm_scan *scan, ptm_type type)
{
    ptm_array a = { PTM_SIZED(ptm_array), .type = type, .dimensions = 3 };
    ptm_scan_projection_shape(scan, a.shape);
    a.data = guarded(elements(&a), type == PTM_FLOAT64 ? 8 : 4);
    return a;
}
static double dot(const ptm_array *a, const ptm_array *b)
{
    double sum = 0;
    for (size_t i = 0; i < elements(a); ++i) sum += get(a, i) * get(b, i);
    return sum;
}
static void fill(const ptm_array *a, uint64_t seed, double shift)
{
    for (size_t i = 0; i < elements(a); ++i) set(a, i, random_number(&seed) + shift);
}
static double largest_difference(const ptm_array *a, const ptm_array *b, double *top)
{
    double most = 0, peak = 0;
    for (size_t i = 0; i < elements(a); ++i) {
        const double d = fabs(get(a, i) - get(b, i));
        if (!(d <= most)) most = d;
        peak = fmax(peak, fabs(get(b, i)));
    }
    *top = peak;
    return most;
}

typedef struct variant {
    const char *name;
    ptm_projector_options options;
    double matrix;  /* largest error of an entry, of the largest entry */
    double adjoint; /* between A and its adjoint, entry by entry */
    double dots;    /* relative error of the dot test */
} variant;

/* Every third row and column stands for all on the host, elsewhere every forty-first, but at least forty; all are looked at
 * with POLYTOME_TEST_LONG. */
static size_t stride_of(const ptm_device *device, size_t count)
{
    if (getenv("POLYTOME_TEST_LONG")) return 1;
    const size_t most = takes_all(device) ? 3 : 41, some = count / 40;
    return some < 1 ? 1 : some < most ? some : most;
}

static double times(const test_scan *t)
{
    return t->near ? 5 : 1;
}

/* The projector's matrix, column by column, against the definition; the adjoint's, row by row, against it. */
static void test_matrix(ptm_device *device, const test_scan *t, const ptm_scan *scan, const variant *v)
{
    char what[160];
    ptm_operator *op;
    must(ptm_projector_create(&op, device, scan, &v->options));
    ptm_array x = volume_of(scan, v->options.precision), y = pixels_of(scan, v->options.precision);
    const size_t n = elements(&x), m = elements(&y), size = v->options.precision == PTM_FLOAT64 ? 8 : 4;
    double *a = calloc(n * m, sizeof *a), *row = malloc(n * sizeof *row), top = 0, worst = 0, mismatch = 0;
    bool guards = true;
    const size_t column_step = stride_of(device, n), row_step = stride_of(device, m);
    for (size_t j = 0; j < n; j += column_step) {
        set(&x, j, 1);
        must(ptm_apply(op, &y, &x));
        for (size_t i = 0; i < m; ++i) a[i * n + j] = get(&y, i);
        set(&x, j, 0);
        guards = guards && intact(y.data, m, size);
    }
    const bool z_too = v->options.family == PTM_FAMILY_GENERAL || !ptm_scan_is_upright(scan);
    for (size_t i = 0; i < m; ++i) {
        memset(row, 0, n * sizeof *row);
        const int view = (int)(i / (size_t)(scan->nv * scan->nu)), row_v = (int)(i / (size_t)scan->nu % (size_t)scan->nv);
        const int column = (int)(i % (size_t)scan->nu);
        if (v->options.step > 0) reference_samples(row, scan, view, row_v, column, v->options.step);
        else if (v->options.model == PTM_MODEL_FOOTPRINT) reference_footprint(row, scan, view, row_v, column);
        else reference_ray(row, scan, view, row_v, column, z_too);
        for (size_t j = 0; j < n; j += column_step) {
            const double d = fabs(row[j] - a[i * n + j]);
            if (!(d <= worst)) worst = d;
            top = fmax(top, fabs(a[i * n + j]));
        }
    }
    snprintf(what, sizeof what, "%s, %s: matrix against the definition", t->name, v->name);
    if (!t->ties || v->options.step > 0 || v->options.model == PTM_MODEL_FOOTPRINT)
        check_most(worst / top, times(t) * v->matrix, what);
    if (v->options.sampling != PTM_SAMPLING_TEXTURE) {
        memset(y.data, 0, m * size);
        for (size_t i = 0; i < m; i += row_step) {
            set(&y, i, 1);
            must(ptm_apply_adjoint(op, &x, &y));
            set(&y, i, 0);
            for (size_t j = 0; j < n; j += column_step) {
                const double d = fabs(get(&x, j) - a[i * n + j]);
                if (!(d <= mismatch)) mismatch = d;
            }
            guards = guards && intact(x.data, n, size);
        }
        snprintf(what, sizeof what, "%s, %s: adjoint against the transpose", t->name, v->name);
        check_most(mismatch / top, times(t) * v->adjoint, what);
    }
    check(guards, "%s, %s: nothing written beyond the arrays", t->name, v->name);
    check(top > 0.1, "%s, %s: the matrix is not empty", t->name, v->name);
    ptm_operator_destroy(&op);
    free(x.data);
    free(y.data);
    free(a);
    free(row);
}

/* The weighted backprojector's matrix, row by row, against its definition; the adjoint's columns against it. */
static void test_backprojector(ptm_device *device, const test_scan *t, const ptm_scan *scan, const variant *v)
{
    char what[160];
    ptm_operator *op;
    must(ptm_backprojector_create(&op, device, scan, &v->options));
    ptm_array x = volume_of(scan, v->options.precision), y = pixels_of(scan, v->options.precision);
    const size_t n = elements(&x), m = elements(&y), size = v->options.precision == PTM_FLOAT64 ? 8 : 4;
    double *b = calloc(n * m, sizeof *b), *row = malloc(m * sizeof *row), worst = 0, mismatch = 0, top = 0;
    bool guards = true;
    const size_t column_step = stride_of(device, n), row_step = stride_of(device, m);
    const int nx = scan->volume.shape[2], ny = scan->volume.shape[1];
    for (size_t i = 0; i < m; i += row_step) {
        set(&y, i, 1);
        must(ptm_apply(op, &x, &y));
        for (size_t j = 0; j < n; ++j) b[j * m + i] = get(&x, j);
        set(&y, i, 0);
        guards = guards && intact(x.data, n, size);
    }
    for (size_t j = 0; j < n; ++j) {
        memset(row, 0, m * sizeof *row);
        reference_voxel(row, scan, (int)j / nx / ny, (int)j / nx % ny, (int)j % nx, 0.05);
        for (size_t i = 0; i < m; i += row_step) {
            const double d = fabs(row[i] - b[j * m + i]);
            if (!(d <= worst)) worst = d;
            top = fmax(top, fabs(row[i]));
        }
    }
    snprintf(what, sizeof what, "%s, %s: weighted backprojector against the definition", t->name, v->name);
    check_most(worst / top, times(t) * v->matrix, what);
    memset(x.data, 0, n * size);
    for (size_t j = 0; j < n && v->options.sampling != PTM_SAMPLING_TEXTURE; j += column_step) {
        set(&x, j, 1);
        must(ptm_apply_adjoint(op, &y, &x));
        set(&x, j, 0);
        for (size_t i = 0; i < m; i += row_step) {
            const double d = fabs(get(&y, i) - b[j * m + i]);
            if (!(d <= mismatch)) mismatch = d;
        }
        guards = guards && intact(y.data, m, size);
    }
    snprintf(what, sizeof what, "%s, %s: the weighted backprojector's adjoint against its transpose", t->name, v->name);
    check_most(mismatch / top, times(t) * v->adjoint, what);
    check(guards, "%s, %s: nothing written beyond the arrays by the backprojector", t->name, v->name);
    ptm_operator_destroy(&op);
    free(x.data);
    free(y.data);
    free(b);
    free(row);
}

/* <A x, y> = <x, A' y> at a size with blocks, slabs and odd edges; the same result twice, bit for bit; sums of blocks. */
static void test_dots(ptm_device *device, const variant *v, bool beam_parallel)
{
    char what[160];
    ptm_scan *scan;
    ptm_operator *op, *blocks;
    must(make_round_scan(&scan, context, 29, v->options.family == PTM_FAMILY_FLAT, 13, beam_parallel ? 0 : 60));
    must(ptm_projector_create(&op, device, scan, &v->options));
    ptm_projector_options few = v->options;
    few.workspace = v->options.family == PTM_FAMILY_FLAT ? 4000 : 100000;
    must(ptm_projector_create(&blocks, device, scan, &few));
    ptm_array x = volume_of(scan, v->options.precision), y = pixels_of(scan, v->options.precision);
    ptm_array ax = pixels_of(scan, v->options.precision), aty = volume_of(scan, v->options.precision);
    ptm_array again = pixels_of(scan, v->options.precision), back = volume_of(scan, v->options.precision);
    const char *beam = beam_parallel ? "parallel" : "cone";
    for (int kind = 0; kind < 3; ++kind) {
        fill(&x, 1, kind == 1 ? 1 : 0);
        fill(&y, 2, kind == 1 ? 1 : 0);
        must(ptm_apply(op, &ax, &x));
        if (kind == 2) memcpy(y.data, ax.data, elements(&y) * (y.type == PTM_FLOAT64 ? 8 : 4));
        must(ptm_apply_adjoint(op, &aty, &y));
        snprintf(what, sizeof what, "%s, %s: dot test, %s", beam, v->name,
            kind == 0   ? "white"
            : kind == 1 ? "positive"
                        : "y = A x");
        check_most(fabs(dot(&ax, &y) - dot(&x, &aty)) / sqrt(dot(&ax, &ax) * dot(&y, &y)), v->dots, what);
    }
    must(ptm_apply(op, &again, &x));
    check(memcmp(again.data, ax.data, elements(&ax) * (y.type == PTM_FLOAT64 ? 8 : 4)) == 0, "%s, %s: the same bits twice",
        beam, v->name);
    double top, d;
    must(ptm_apply(blocks, &again, &x));
    d = largest_difference(&again, &ax, &top);
    snprintf(what, sizeof what, "%s, %s: projector in blocks", beam, v->name);
    check_most(d / top, v->matrix, what);
    must(ptm_apply_adjoint(blocks, &back, &y));
    d = largest_difference(&back, &aty, &top);
    check(v->options.sampling == PTM_SAMPLING_TEXTURE || d == 0,
        "%s, %s: adjoint in blocks has the same bits (differs by %g of %g)", beam, v->name, d, top);
    check(ptm_operator_memory(blocks) < ptm_operator_memory(op), "%s, %s: blocks take less memory", beam, v->name);

    /* alpha A x + beta y, and linearity with negative values */
    for (size_t i = 0; i < elements(&again); ++i) set(&again, i, get(&y, i));
    must(ptm_apply_scaled(op, false, -0.5, &x, 2, &again, NULL));
    double worst = 0;
    for (size_t i = 0; i < elements(&again); ++i)
        worst = fmax(worst, fabs(get(&again, i) - (2 * get(&y, i) - 0.5 * get(&ax, i))));
    (void)largest_difference(&ax, &ax, &top);
    snprintf(what, sizeof what, "%s, %s: alpha and beta", beam, v->name);
    check_most(worst / top, v->matrix, what);
    ptm_operator_destroy(&op);
    ptm_operator_destroy(&blocks);
    ptm_scan_destroy(&scan);
    free(x.data);
    free(y.data);
    free(ax.data);
    free(aty.data);
    free(again.data);
    free(back.data);
}

/* Line integrals of a Gaussian blob, off centre, of height 1 and width sigma, to any place on the detector: exact. */
static double blob_integral(const ptm_scan *scan, int view, double v, double u, const double centre[3], double sigma)
{
    const ptm_view *w = &scan->views[view];
    double d[3], p[3], dd = 0, pd = 0, pp = 0;
    for (int i = 0; i < 3; ++i) {
        const double pixel = w->detector[i] + (u - 0.5 * (scan->nu - 1)) * w->u[i] + (v - 0.5 * (scan->nv - 1)) * w->v[i];
        d[i] = scan->parallel ? w->source[i] : pixel - w->source[i];
        p[i] = (scan->parallel ? pixel : w->source[i]) - centre[i];
        dd += d[i] * d[i];
        pd += p[i] * d[i];
        pp += p[i] * p[i];
    }
    const double distance2 = pp - pd * pd / dd;
    return sigma * sqrt(2 * 3.14159265358979323846) * exp(-0.5 * distance2 / (sigma * sigma));
}

/* The mean over a pixel, or over its width where there is one row, by Gauss's rule with three nodes. */
static double blob_mean(const ptm_scan *scan, int view, int v, int u, const double centre[3], double sigma)
{
    static const double place[3] = { -0.38729833462074170, 0, 0.38729833462074170 },
                        weight[3] = { 5.0 / 18, 8.0 / 18, 5.0 / 18 };
    double sum = 0;
    for (int i = 0; i < 3; ++i)
        for (int k = 0; k < 3; ++k)
            sum += weight[i] * weight[k] *
                   blob_integral(scan, view, v + (scan->nv > 1 ? place[k] : 0), u + place[i], centre, sigma);
    return sum;
}

static double blob_error(ptm_device *device, const variant *v, int n, double spacing, bool beam_parallel)
{
    const bool flat = v->options.family == PTM_FAMILY_FLAT;
    const double extent = 32, centre[3] = { 3, -2, flat ? 0 : 1.5 }, sigma = 4;
    const double voxel = extent / n * spacing, s = spacing;
    ptm_circular_options o = { PTM_SIZED(ptm_circular_options),
        .volume = { .shape = { flat ? 1 : n, n, n }, .spacing = { voxel, voxel, voxel } },
        .detector = { .shape = { flat ? 1 : 21, 23 },
            .spacing = { (beam_parallel ? 1.7 : 3.4) * s, (beam_parallel ? 1.9 : 3.8) * s } },
        .views = 7, .start = 0.2, .range = 6.283185307179586, .sod = 80 * s, .sdd = 160 * s };
    ptm_scan *scan;
    ptm_operator *op;
    must(beam_parallel ? ptm_scan_parallel(&scan, context, &o) : ptm_scan_cone(&scan, context, &o));
    must(ptm_projector_create(&op, device, scan, &v->options));
    ptm_array x = volume_of(scan, v->options.precision), y = pixels_of(scan, v->options.precision);
    for (int k = 0; k < (flat ? 1 : n); ++k)
        for (int j = 0; j < n; ++j)
            for (int i = 0; i < n; ++i) {
                const double dx = (i - 0.5 * (n - 1)) * voxel - centre[0] * s,
                             dy = (j - 0.5 * (n - 1)) * voxel - centre[1] * s;
                const double dz = flat ? 0 : (k - 0.5 * (n - 1)) * voxel - centre[2] * s;
                set(&x, ((size_t)k * (size_t)n + (size_t)j) * (size_t)n + (size_t)i,
                    exp(-0.5 * (dx * dx + dy * dy + dz * dz) / (sigma * sigma * s * s)));
            }
    must(ptm_apply(op, &y, &x));
    double sum = 0, all = 0;
    const double placed[3] = { centre[0] * s, centre[1] * s, centre[2] * s };
    for (size_t i = 0; i < elements(&y); ++i) {
        const int view = (int)i / scan->nv / scan->nu, row = (int)i / scan->nu % scan->nv, column = (int)i % scan->nu;
        const double exact = v->options.model == PTM_MODEL_FOOTPRINT ? blob_mean(scan, view, row, column, placed, sigma * s)
            : blob_integral(scan, view, row, column, placed, sigma * s);
        sum += (get(&y, i) - exact) * (get(&y, i) - exact);
        all += exact * exact;
    }
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
    free(x.data);
    free(y.data);
    return sqrt(sum / all);
}

static void test_closed_form(ptm_device *device, const variant *v, bool beam_parallel)
{
    char what[160];
    const char *beam = beam_parallel ? "parallel" : "cone";
    const double coarse = blob_error(device, v, 16, 1, beam_parallel), fine = blob_error(device, v, 32, 1, beam_parallel);
    snprintf(what, sizeof what, "%s, %s: line integrals of a Gaussian, sigma of 4 voxels", beam, v->name);
    check_most(fine, 0.01, what);
    check(coarse >= 3.5 * fine, "%s, %s: the error falls from %.3g to %.3g when voxels are halved", beam, v->name, coarse,
        fine);
    for (int i = 0; i < 2; ++i) {
        snprintf(what, sizeof what, "%s, %s: the same in units of %g mm", beam, v->name, i ? 2 : 0.5);
        check_most(fabs(blob_error(device, v, 32, i ? 2 : 0.5, beam_parallel) - fine), 1e-5, what);
    }
}

/* A volume of ones is as long as the rays through it: the footprints of neighbours leave no gap and do not overlap. Of rays
 * that go through the faces across y, all of the pixel's. */
static void test_ones(ptm_device *device, const variant *v, bool beam_parallel)
{
    char what[160];
    const bool flat = v->options.family == PTM_FAMILY_FLAT;
    const double nought = 0;
    ptm_circular_options o = { PTM_SIZED(ptm_circular_options),
        .volume = { .shape = { flat ? 1 : 30, 7, 31 }, .spacing = { 0.9, 1.2, 0.7 } },
        .detector = { .shape = { flat ? 1 : 9, 13 }, .spacing = { 2.1, 1.7 } }, .views = 1, .angles = &nought, .sod = 50,
        .sdd = 90 };
    ptm_scan *scan;
    ptm_operator *op;
    must(beam_parallel ? ptm_scan_parallel(&scan, context, &o) : ptm_scan_cone(&scan, context, &o));
    must(ptm_projector_create(&op, device, scan, &v->options));
    const ptm_array x = volume_of(scan, v->options.precision), y = pixels_of(scan, v->options.precision);
    for (size_t i = 0; i < elements(&x); ++i) set(&x, i, 1);
    must(ptm_apply(op, &y, &x));
    double worst = 0;
    for (int row = flat ? 0 : 2; row < (flat ? 1 : 7); ++row)
        for (int column = 2; column < 11; ++column) {
            const double du = 2.1 * (column - 6) / 90, dv = flat ? 0 : 1.7 * (row - 4) / 90;
            const double length = 7 * 1.2 * (beam_parallel ? 1 : sqrt(1 + du * du + dv * dv));
            worst = fmax(worst, fabs(get(&y, (size_t)(row * 13 + column)) / length - 1));
        }
    snprintf(
        what, sizeof what, "%s, %s: a volume of ones is as long as its rays", beam_parallel ? "parallel" : "cone", v->name);
    check_most(worst, v->matrix, what);
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
    free(x.data);
    free(y.data);
}

/* A source a million voxels away is a parallel beam; float32 holds its places. */
static void test_far(ptm_device *device, const variant *v)
{
    char what[160];
    ptm_scan *far, *flat;
    const int n = 24;
    for (int step = 0; step < 2; ++step) {
        const double sod = step ? 1e6 : 1e4;
        must(make_round_scan(&far, context, n, v->options.family == PTM_FAMILY_FLAT, 7, sod));
        must(make_round_scan(&flat, context, n, v->options.family == PTM_FAMILY_FLAT, 7, 0));
        ptm_array x = volume_of(far, v->options.precision), a = pixels_of(far, v->options.precision),
                  b = pixels_of(far, v->options.precision);
        ptm_operator *op;
        fill(&x, 3, 1);
        must(ptm_projector_create(&op, device, far, &v->options));
        must(ptm_apply(op, &a, &x));
        ptm_operator_destroy(&op);
        must(ptm_projector_create(&op, device, flat, &v->options));
        must(ptm_apply(op, &b, &x));
        ptm_operator_destroy(&op);
        double top, d = largest_difference(&a, &b, &top);
        snprintf(what, sizeof what, "%s: a cone at %g voxels against parallel rays", v->name, sod);
        check_most(d / top, step ? 1e-3 : 3e-2, what);
        free(x.data);
        free(a.data);
        free(b.data);
        ptm_scan_destroy(&far);
        ptm_scan_destroy(&flat);
    }
}

/* With every scan, or with each `every`-th, of which the first is another one for the next variant. */
static void test_variant(ptm_device *device, const variant *v, int every)
{
    static int turn;
    const char *only = getenv("POLYTOME_TEST_ONLY");
    if (only && !strstr(v->name, only)) return;
    for (int i = turn++ % every; i < test_scan_count; i += every) {
        ptm_scan *scan;
        must(test_scans[i].make(&scan, context));
        const bool fits = v->options.family == PTM_FAMILY_FLAT ? ptm_scan_is_flat(scan)
            : v->options.family == PTM_FAMILY_LEVEL ? ptm_scan_is_level(scan)
            : v->options.family == PTM_FAMILY_UPRIGHT ? ptm_scan_is_upright(scan) : !scan->stack; /* general, or steps */
        if (fits) {
            test_matrix(device, &test_scans[i], scan, v);
            const bool projector_only = v->options.step > 0 || v->options.model == PTM_MODEL_FOOTPRINT;
            if (strcmp(test_scans[i].name, "source inside") != 0 && !projector_only)
                test_backprojector(device, &test_scans[i], scan, v);
        }
        ptm_scan_destroy(&scan);
    }
    if (v->options.family == PTM_FAMILY_LEVEL) {
        test_dots(device, v, true);
        return;
    }
    for (int beam = 0; beam < 2; ++beam) {
        test_dots(device, v, beam == 1);
        test_closed_form(device, v, beam == 1);
        if (v->options.model == PTM_MODEL_FOOTPRINT) test_ones(device, v, beam == 1);
    }
    test_far(device, v);
}

static void test_device(ptm_device *device, const char *name)
{
    context = device->context;
    enum { MAIN_VARIANTS = 6 }; /* in float32, software sampling, a kernel each */
    const variant variants[] = {
        { "flat", { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_FLAT }, 1e-5, 5e-6, 1e-6 },
        { "upright", { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_UPRIGHT }, 1e-5, 5e-6, 1e-6 },
        { "general", { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_GENERAL }, 1e-5, 5e-6, 1e-6 },
        { "level", { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_LEVEL }, 1e-5, 5e-6, 1e-6 },
        { "upright footprint",
            { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_UPRIGHT, .model = PTM_MODEL_FOOTPRINT }, 1e-5, 1e-5,
            1e-6 },
        { "flat footprint", { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_FLAT, .model = PTM_MODEL_FOOTPRINT },
            1e-5, 5e-6, 1e-6 },
        { "upright footprint float64",
            { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_UPRIGHT, .model = PTM_MODEL_FOOTPRINT,
                .precision = PTM_FLOAT64 },
            1e-11, 1e-11, 1e-12 },
        { "flat footprint float64",
            { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_FLAT, .model = PTM_MODEL_FOOTPRINT,
                .precision = PTM_FLOAT64 },
            1e-11, 1e-11, 1e-12 },
        { "level float64", { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_LEVEL, .precision = PTM_FLOAT64 },
            1e-11, 1e-11, 1e-12 },
        { "upright float64", { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_UPRIGHT, .precision = PTM_FLOAT64 },
            1e-11, 1e-11, 1e-12 },
        { "general float64", { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_GENERAL, .precision = PTM_FLOAT64 },
            1e-11, 1e-11, 1e-12 },
        { "flat float64", { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_FLAT, .precision = PTM_FLOAT64 }, 1e-11,
            1e-11, 1e-12 },
        { "step", { PTM_SIZED(ptm_projector_options), .step = 0.7 }, 1e-5, 5e-6, 1e-6 },
        { "step float64", { PTM_SIZED(ptm_projector_options), .step = 0.7, .precision = PTM_FLOAT64 }, 1e-11, 1e-11,
            1e-12 },
        { "step texture", { PTM_SIZED(ptm_projector_options), .step = 0.7, .sampling = PTM_SAMPLING_TEXTURE }, 1e-2, 1,
            2e-2 },
        { "upright texture",
            { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_UPRIGHT, .sampling = PTM_SAMPLING_TEXTURE }, 1e-2, 1,
            2e-2 },
        { "general texture",
            { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_GENERAL, .sampling = PTM_SAMPLING_TEXTURE }, 1e-2, 1,
            2e-2 },
    };
    const ptm_device_limits limits = device->limits;
    const bool all = takes_all(device);
    /* Others than pocl take three times as long, and rusticl five times. */
    const int main_every = all || strcmp(name, "pocl") == 0 ? 1 : strcmp(name, "rusticl") == 0 ? 3 : 2;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; ++i) {
        if (variants[i].options.precision == PTM_FLOAT64 && !limits.doubles) continue;
        if (variants[i].options.sampling == PTM_SAMPLING_TEXTURE && !limits.textures) continue;
        test_variant(device, &variants[i], i < MAIN_VARIANTS ? main_every : all ? 1 : 3);
    }
    /* The other forms of the kernels a device can be given. All are compared with the host's in operators.c. */
    if (strcmp(device->info.backend, "host") == 0 || !all) return;
    for (int k = 1; k <= 4; k += 3) {
        if (!limits.wide && k == limits.lanes_per_item) continue; /* this was it */
        device->limits.wide = false;
        device->limits.lanes_per_item = k;
        for (size_t i = 0; i < MAIN_VARIANTS; ++i) {
            char name_of_form[64];
            variant v = variants[i];
            snprintf(name_of_form, sizeof name_of_form, "%s narrow, %d lanes", variants[i].name, k);
            v.name = name_of_form;
            test_variant(device, &v, 1);
        }
    }
    device->limits = limits;
}

static void test_guarded(ptm_device *device, const char *name)
{
    guards_begin(device);
    test_device(device, name);
    check(guards_end(device), "%s: kernels write nothing behind their buffers", name);
}

int main(int argc, char **argv)
{
    for_each_device(argc, argv, test_guarded);
    return finish();
}
