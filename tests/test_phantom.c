/* test_phantom.c - shapes: their line integrals against quadrature, their projections and voxels against each other. */
#include "check.h"

#include "core/device.h"
#include "ct/phantom.h"
#include "ct/scan.h"
#include "scans.h"

static ptm_context *context;

/* ------------------------------------------------------------------ lines */

static ptm_shape anyhow(ptm_shape_type type, uint64_t *state)
{
    ptm_shape s = { .type = type, .value = 1 + 0.5 * random_number(state), .taper = 0.3 };
    for (int i = 0; i < 3; ++i) {
        s.centre[i] = 3 * random_number(state);
        s.half_axes[i] = 4 + 3 * random_number(state);
    }
    const ptm_vec first = { random_number(state), random_number(state), random_number(state) };
    const ptm_vec other = { random_number(state), random_number(state), random_number(state) };
    ptm_shape_turn(&s, first, ptm_cross(first, other));
    return s;
}

static void add_plane(ptm_shape *s, uint64_t *state)
{
    ptm_plane *p = &s->planes[s->plane_count++];
    p->distance = 1;
    for (int i = 0; i < 3; ++i) {
        p->normal[i] = random_number(state);
        p->distance += p->normal[i] * s->centre[i];
    }
}

static double value_at(const ptm_phantom *p, const double a[3], const double b[3], double t)
{
    return ptm_phantom_value(p, (double[]){ a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2]) });
}

static double distance(const double a[3], const double b[3])
{
    return ptm_length(ptm_sub(ptm_vec_from(a), ptm_vec_from(b)));
}

/* Of a phantom of constant pieces: steps, and edges in them by bisection. */
static double sum_of_pieces(const ptm_phantom *p, const double a[3], const double b[3], int steps)
{
    double sum = 0, before = value_at(p, a, b, 0);
    for (int i = 0; i < steps; ++i) {
        double low = (double)i / steps, high = (i + 1.0) / steps;
        const double after = value_at(p, a, b, high);
        sum += before * (high - low);
        for (int k = 0; k < 40 && after != before; ++k) {
            const double middle = 0.5 * (low + high);
            if (value_at(p, a, b, middle) == before) low = middle;
            else high = middle;
        }
        if (after != before) sum += (after - before) * ((i + 1.0) / steps - low);
        before = after;
    }
    return sum * distance(a, b);
}

/* Of a smooth one: Simpson's rule. */
static double simpson(const ptm_phantom *p, const double a[3], const double b[3], int steps)
{
    double sum = 0;
    for (int i = 0; i <= steps; ++i) sum += (i == 0 || i == steps ? 1 : i % 2 ? 4 : 2) * value_at(p, a, b,
        (double)i / steps);
    return sum / (3 * steps) * distance(a, b);
}

/* The largest difference; steps may miss the thinnest pieces: those who differ by no more than two steps are counted as
 * missed. */
static double worst_line(const ptm_phantom *p, uint64_t *state, int lines, bool smooth, int *missed)
{
    const int steps = 4000;
    double worst = 0;
    for (int i = 0; i < lines; ++i) {
        double a[3], b[3], integral;
        for (int k = 0; k < 3; ++k) { /* every third line ends within */
            a[k] = (i % 3 ? 20 : 2) * random_number(state);
            b[k] = 20 * random_number(state);
        }
        must(ptm_phantom_line(&integral, p, a, b));
        const double error = fabs(integral - (smooth ? simpson(p, a, b, steps) : sum_of_pieces(p, a, b, steps)));
        const bool thin = error > 1e-9 && error < 2 * 1.5 * distance(a, b) / steps;
        *missed += thin;
        worst = fmax(worst, thin ? 0 : error);
    }
    return worst;
}

static void test_lines(void)
{
    static const char *const names[] = { "ellipsoids", "boxes", "cylinders", "cones", "Gaussians" };
    uint64_t state = 3;
    for (int type = PTM_SHAPE_ELLIPSOID; type <= PTM_SHAPE_GAUSSIAN; ++type) {
        double worst = 0;
        int missed = 0;
        for (int i = 0; i < 30; ++i) {
            ptm_shape s = anyhow((ptm_shape_type)type, &state);
            for (int k = 0; k < i % 3 && type != PTM_SHAPE_GAUSSIAN; ++k) add_plane(&s, &state);
            if (i % 5 == 0) memset(s.axes, 0, sizeof s.axes);
            if (type == PTM_SHAPE_CONE && i % 4 == 0) s.taper = i % 8 ? 1 : 0;
            ptm_phantom *p;
            must(ptm_phantom_create(&p, &s, 1));
            worst = fmax(worst, worst_line(p, &state, 20, type == PTM_SHAPE_GAUSSIAN, &missed));
            ptm_phantom_destroy(&p);
        }
        check(worst < 1e-9 && missed < 3, "%s: of 600 line integrals %d are thin, others differ from quadrature by %.2g",
            names[type], missed, worst);
    }
}

/* Shapes over each other, some replacing what is below. */
static void test_layers(void)
{
    uint64_t state = 17;
    double worst = 0;
    int missed = 0;
    for (int i = 0; i < 20; ++i) {
        ptm_shape shapes[12];
        for (int k = 0; k < 12; ++k) {
            shapes[k] = anyhow((ptm_shape_type)(k % 4), &state);
            shapes[k].replaces = k % (1 + i % 4) == 0;
            if (k % 5 == 0) add_plane(&shapes[k], &state);
        }
        ptm_phantom *p;
        must(ptm_phantom_create(&p, shapes, 12));
        worst = fmax(worst, worst_line(p, &state, 20, false, &missed));
        ptm_phantom_destroy(&p);
    }
    check(worst < 1e-9 && missed < 8,
        "shapes that replace others: of 400 line integrals %d have thin pieces, others differ by %.2g", missed, worst);
}

static void check_line(ptm_shape s, ptm_vec from, ptm_vec to, double expected, const char *what)
{
    ptm_phantom *p;
    double integral;
    must(ptm_phantom_create(&p, &s, 1));
    must(ptm_phantom_line(&integral, p, (double[]){ from.x, from.y, from.z }, (double[]){ to.x, to.y, to.z }));
    check(fabs(integral - expected) <= 1e-12 * expected, "%s: %.17g, expected %.17g", what, integral, expected);
    ptm_phantom_destroy(&p);
}

static void test_closed_cases(void)
{
    const ptm_vec left = { -50, 0, 0 }, right = { 50, 0, 0 }, below = { 0, 0, -50 }, above = { 0, 0, 50 }, corner = { 50,
        50, 50 };
    const double endless = (double)INFINITY;
    ptm_shape s = { .value = 2, .half_axes = { 3, 4, 5 } };
    check_line(s, left, right, 2 * 6, "an ellipsoid along x");
    check_line(s, below, above, 2 * 10, "along z");
    check_line(s, (ptm_vec){ 0, 0, 0 }, right, 2 * 3, "from its centre");
    check_line(s, (ptm_vec){ -50, 2, 0 }, (ptm_vec){ 50, 2, 0 }, 2 * 6 * sqrt(0.75), "beside its centre");
    check_line(s, (ptm_vec){ -50, 4.001, 0 }, (ptm_vec){ 50, 4.001, 0 }, 0, "beside it");
    s.plane_count = 1;
    s.planes[0] = (ptm_plane){ { -2, 0, 0 }, -2 };
    check_line(s, left, right, 2 * 2, "what is right of x = 1");
    s = (ptm_shape){ .type = PTM_SHAPE_BOX, .value = 2, .half_axes = { 3, 3, 3 } };
    check_line(s, ptm_scale(corner, -1), corner, 2 * 6 * sqrt(3), "a cube from corner to corner");
    s = (ptm_shape){ .type = PTM_SHAPE_BOX, .value = 2, .half_axes = { endless, 3, endless } };
    check_line(s, (ptm_vec){ 0, -50, 1 }, (ptm_vec){ 0, 50, 1 }, 2 * 6, "a slab");
    s = (ptm_shape){ .type = PTM_SHAPE_CYLINDER, .value = 2, .half_axes = { 3, 4, 5 } };
    check_line(s, below, above, 2 * 10, "a cylinder along its axis");
    check_line(s, (ptm_vec){ 0, 0, 4.99 }, (ptm_vec){ 0, 60, 4.99 }, 2 * 4, "and from its axis");
    s.half_axes[2] = endless;
    check_line(s, (ptm_vec){ -40, 0, -30 }, (ptm_vec){ 40, 0, 30 }, 2 * 6 * 1.25, "one without end");
    s = (ptm_shape){ .type = PTM_SHAPE_CONE, .value = 2, .half_axes = { 3, 3, 5 } };
    check_line(s, below, above, 2 * 10, "a cone along its axis");
    check_line(s, left, right, 2 * 3, "and half way up");
    check_line(s, (ptm_vec){ -50, 0, -10 }, (ptm_vec){ 50, 0, -10 }, 0, "below it");
    s = (ptm_shape){ .type = PTM_SHAPE_GAUSSIAN, .value = 2, .half_axes = { 3, 4, 5 } };
    check_line(s, left, right, 2 * 3 * sqrt(2 * 3.14159265358979323846), "a Gaussian");
    check_line(s, (ptm_vec){ 0, 0, 0 }, (ptm_vec){ 0, 100, 0 }, 4 * sqrt(2 * 3.14159265358979323846), "and half of it");
}

/* ------------------------------------------------------------------ projections */

static double *doubles(const int64_t shape[3], ptm_array *a)
{
    double *data = calloc((size_t)(shape[0] * shape[1] * shape[2]), sizeof *data);
    *a = (ptm_array){ PTM_SIZED(ptm_array), .type = PTM_FLOAT64, .dimensions = 3, .data = data };
    memcpy(a->shape, shape, 3 * sizeof *shape);
    return data;
}

/* The root mean square of a - b, of that of b. */
static double rms_difference(const double *a, const double *b, int64_t count)
{
    double sum = 0, whole = 0;
    for (int64_t i = 0; i < count; ++i) {
        sum += (a[i] - b[i]) * (a[i] - b[i]);
        whole += b[i] * b[i];
    }
    return sqrt(sum / whole);
}

/* Of the phantom's exact projections and those that the projector makes of its voxels. */
static double projection_error(ptm_device *device, const ptm_phantom *phantom, const ptm_scan *scan, int ray_samples)
{
    ptm_array voxels, exact, projected;
    ptm_operator *op;
    int64_t shape[3];
    const int *n = scan->volume.shape;
    ptm_scan_projection_shape(scan, shape);
    double *v = doubles((int64_t[]){ n[0], n[1], n[2] }, &voxels), *a = doubles(shape, &exact), *b = doubles(shape,
        &projected);
    must(ptm_phantom_voxels(context, phantom, &scan->volume, &voxels, NULL));
    must(ptm_phantom_project(context, phantom, scan, &exact, &(ptm_phantom_run){ PTM_SIZED(ptm_phantom_run),
        .ray_samples = ray_samples }));
    must(ptm_projector_create(&op, device, scan, &(ptm_projector_options){ PTM_SIZED(ptm_projector_options),
        .precision = PTM_FLOAT64,
        .ray_samples = ray_samples }));
    must(ptm_apply(op, &projected, &voxels));
    const double error = rms_difference(b, a, shape[0] * shape[1] * shape[2]);
    ptm_operator_destroy(&op);
    free(v);
    free(a);
    free(b);
    return error;
}

/* A scan of the table with voxels a quarter as large, along z only where slices are not rows. */
static ptm_scan *finer(const ptm_scan *scan)
{
    ptm_scan like = *scan, *out;
    for (int i = scan->stack || scan->volume.shape[0] == 1; i < 3; ++i) {
        like.volume.shape[i] *= 4;
        like.volume.spacing[2 - i] /= 4;
    }
    must(ptm_scan_like(&out, &like, scan->views));
    return out;
}

static void test_scans_of_all_kinds(ptm_device *device)
{
    for (int i = 0; i < test_scan_count; ++i) {
        ptm_scan *scan;
        must(test_scans[i].make(&scan, context));
        const bool crossed = scan->volume.shape[0] == 1 && !scan->stack && !ptm_scan_is_flat(scan);
        if (scan->volume.shape[2] < 6 || crossed) { /* too few voxels for any Gaussian */
            ptm_scan_destroy(&scan);
            continue;
        }
        ptm_scan *fine = finer(scan);
        const ptm_volume *g = &fine->volume;
        const double x = g->shape[2] * g->spacing[0], y = g->shape[1] * g->spacing[1], z = g->shape[0] * g->spacing[2];
        const bool slices = scan->stack || g->shape[0] == 1; /* as thick as they are: all varies slowly with z */
        const ptm_shape s = { .type = PTM_SHAPE_GAUSSIAN, .value = 1,
            .half_axes = { x / 8, y / 8, slices ? 1.5 * z : z / 8 },
            .centre = { g->offset[0] + 0.05 * x, g->offset[1] - 0.03 * y, g->offset[2] + (slices ? z : 0) } };
        ptm_phantom *phantom;
        must(ptm_phantom_create(&phantom, &s, 1));
        const double error = projection_error(device, phantom, fine, 1);
        check(error < 0.02, "%s: projections of voxels differ from exact ones by %.3g", test_scans[i].name, error);
        ptm_phantom_destroy(&phantom);
        ptm_scan_destroy(&fine);
        ptm_scan_destroy(&scan);
    }
}

/* What halving the voxels does to the error. */
static void test_convergence(ptm_device *device)
{
    ptm_phantom *head, *bells;
    must(ptm_phantom_create_named(&head, "shepp-logan", &(ptm_phantom_options){ PTM_SIZED(ptm_phantom_options),
        .radius = 16 }));
    must(ptm_phantom_create_named(&bells, "gaussians", &(ptm_phantom_options){ PTM_SIZED(ptm_phantom_options), .radius = 16,
        .seed = 5 }));
    double head_before = 0, bells_before = 0;
    for (int n = 32; n <= 64; n *= 2) {
        ptm_scan *scan;
        must(ptm_scan_cone(&scan, context, &(ptm_circular_options){ PTM_SIZED(ptm_circular_options), .sod = 80, .sdd = 120,
            .views = 11,
            .volume = { .shape = { n, n, n }, .spacing = { 32.0 / n, 32.0 / n, 32.0 / n } },
            .detector = { .shape = { 36, 40 }, .spacing = { 1.5, 1.5 } } }));
        const double h = projection_error(device, head, scan, 2), b = projection_error(device, bells, scan, 1);
        if (n > 32) check(h < 0.6 * head_before && h < 0.05, "a head: an error of %.3g, with voxels twice as large %.3g", h,
            head_before);
        if (n > 32) check(b < 0.35 * bells_before && b < 0.02,
            "Gaussians: an error of %.3g, with voxels twice as large %.3g", b, bells_before);
        head_before = h;
        bells_before = b;
        ptm_scan_destroy(&scan);
    }
    ptm_phantom_destroy(&head);
    ptm_phantom_destroy(&bells);
}

/* From very far away a cone is a parallel beam, and nothing is lost to cancellation. */
static void test_far_source(void)
{
    const ptm_shape s = { .value = 1, .half_axes = { 5, 5, 5 }, .centre = { 1.3, 2, 0.2 } };
    ptm_phantom *p;
    ptm_scan *near, *far;
    ptm_array a, b;
    const ptm_view ray = { { 0, 1, 0 }, { 0, 40, 0 }, { 1, 0, 0 }, { 0, 0, 1 } }, cone = { { 0, -1e9, 0 }, { 0, 40, 0 },
        { 1, 0, 0 }, { 0, 0, 1 } };
    ptm_vector_options o = { PTM_SIZED(ptm_vector_options), .volume = { .shape = { 8, 8, 8 } }, .detector_shape = { 9, 9 },
        .views = 1,
        .view = &ray, .parallel = true };
    must(ptm_scan_vectors(&near, context, &o));
    o.view = &cone;
    o.parallel = false;
    must(ptm_scan_vectors(&far, context, &o));
    must(ptm_phantom_create(&p, &s, 1));
    double *x = doubles((int64_t[]){ 1, 9, 9 }, &a), *y = doubles((int64_t[]){ 1, 9, 9 }, &b);
    must(ptm_phantom_project(context, p, near, &a, NULL));
    must(ptm_phantom_project(context, p, far, &b, NULL));
    check_most(rms_difference(x, y, 81), 1e-6, "a source 1e9 mm away, against a parallel beam");
    check(fabs(x[4 * 9 + 5] - 2 * sqrt(25 - 0.3 * 0.3 - 0.2 * 0.2)) < 1e-12, "a ray near the centre: %g", x[4 * 9 + 5]);
    free(x);
    free(y);
    ptm_phantom_destroy(&p);
    ptm_scan_destroy(&near);
    ptm_scan_destroy(&far);
}

/* ------------------------------------------------------------------ voxels */

static double total_of(const ptm_phantom *p, const ptm_volume *grid)
{
    ptm_array a;
    double sum = 0, *v = doubles((int64_t[]){ grid->shape[0], grid->shape[1], grid->shape[2] }, &a);
    must(ptm_phantom_voxels(context, p, grid, &a, NULL));
    for (int64_t i = 0; i < a.shape[0] * a.shape[1] * a.shape[2]; ++i) sum += v[i];
    free(v);
    return sum * grid->spacing[0] * grid->spacing[1] * grid->spacing[2];
}

static void check_total(ptm_shape s, double expected, double tolerance, const char *what)
{
    const ptm_volume grid = { .shape = { 37, 41, 39 }, .spacing = { 0.5, 0.5, 0.55 }, .offset = { 0.07, -0.11, 0.03 } };
    ptm_phantom *p;
    must(ptm_phantom_create(&p, &s, 1));
    const double total = total_of(p, &grid);
    check(fabs(total - expected) <= tolerance * expected, "%s: its voxels add up to %.9g, expected %.9g", what, total,
        expected);
    ptm_phantom_destroy(&p);
}

static void test_totals(void)
{
    const double pi = 3.14159265358979323846;
    const ptm_vec first = { 2, 1, -0.5 }, third = ptm_cross(first, (ptm_vec){ 0, 1, 0.4 });
    ptm_shape s = { .value = 2, .half_axes = { 3.1, 4.2, 5.3 }, .centre = { 0.5, 0.2, -0.3 } };
    const double ellipsoid = 2 * 4 * pi / 3 * 3.1 * 4.2 * 5.3;
    check_total(s, ellipsoid, 1e-4, "an ellipsoid");
    ptm_shape_turn(&s, first, third);
    check_total(s, ellipsoid, 1e-4, "a turned ellipsoid");
    s.plane_count = 1;
    s.planes[0] = (ptm_plane){ { 1, 2, 0 }, 0.9 };
    check_total(s, ellipsoid / 2, 1e-4, "half an ellipsoid");
    s.plane_count = 0;
    s.type = PTM_SHAPE_BOX;
    check_total(s, 2 * 8 * 3.1 * 4.2 * 5.3, 1e-4, "a turned box");
    memset(s.axes, 0, sizeof s.axes);
    check_total(s, 2 * 8 * 3.1 * 4.2 * 5.3, 1e-12, "a box");
    s.half_axes[0] = 0.1;
    check_total(s, 2 * 8 * 0.1 * 4.2 * 5.3, 1e-12, "a sheet");
    s = (ptm_shape){ .type = PTM_SHAPE_CYLINDER, .value = 2, .half_axes = { 3.1, 4.2, 5.3 } };
    check_total(s, 2 * 2 * pi * 3.1 * 4.2 * 5.3, 1e-4, "a cylinder");
    ptm_shape_turn(&s, first, third);
    check_total(s, 2 * 2 * pi * 3.1 * 4.2 * 5.3, 1e-4, "a turned cylinder");
    s.type = PTM_SHAPE_CONE;
    s.taper = 0.5;
    check_total(s, 2 * 2 * pi * 3.1 * 4.2 * 5.3 * (1 + 0.5 + 0.25) / 3, 1e-4, "a cone");
    s = (ptm_shape){ .value = 2, .half_axes = { 0.06, 0.05, 0.07 }, .centre = { 0.3, 0.2, 0.1 } };
    check_total(s, 2 * 4 * pi / 3 * 0.06 * 0.05 * 0.07, 0.01, "an ellipsoid much smaller than a voxel");
    s = (ptm_shape){ .type = PTM_SHAPE_GAUSSIAN, .value = 2, .half_axes = { 0.2, 0.9, 0.7 } };
    const double bell = 2 * pow(2 * pi, 1.5) * 0.2 * 0.9 * 0.7;
    check_total(s, bell, 1e-12, "a Gaussian");
    s.half_axes[0] = 0.5;
    ptm_shape_turn(&s, first, third);
    check_total(s, bell * 2.5, 1e-6, "a turned Gaussian");
}

/* Single voxels, against the mean of the values at 32^3 places in each, which has an error of its own of some 0.002. */
static void test_voxels(void)
{
    const ptm_volume grid = { .shape = { 9, 10, 11 }, .spacing = { 2, 2, 2 } };
    uint64_t state = 8;
    ptm_shape shapes[8];
    for (int i = 0; i < 8; ++i) {
        shapes[i] = anyhow((ptm_shape_type)(i % 4), &state);
        shapes[i].replaces = i % 2;
        if (i == 5) add_plane(&shapes[i], &state);
    }
    ptm_phantom *p;
    ptm_array a;
    must(ptm_phantom_create(&p, shapes, 8));
    double *v = doubles((int64_t[]){ 9, 10, 11 }, &a), worst = 0, squares = 0;
    must(ptm_phantom_voxels(context, p, &grid, &a, NULL));
    for (int i = 0; i < 9 * 10 * 11; ++i) {
        double sum = 0;
        for (int k = 0; k < 32 * 32 * 32; ++k) {
            const double x = i % 11 - 5 + (k % 32 + 0.5) / 32 - 0.5, y = i / 11 % 10 - 4.5 + (k / 32 % 32 + 0.5) / 32 - 0.5;
            sum += ptm_phantom_value(p, (double[]){ 2 * x, 2 * y, 2 * (i / 110 - 4 + (k / 1024 + 0.5) / 32 - 0.5) });
        }
        const double error = fabs(v[i] - sum / (32 * 32 * 32));
        worst = fmax(worst, error);
        squares += error * error;
    }
    check_most(worst, 0.05, "voxels of eight shapes over each other: the largest error");
    check_most(sqrt(squares / 990), 0.006, "and root mean square");
    free(v);
    ptm_phantom_destroy(&p);
}

/* ------------------------------------------------------------------ threads, refusals */

static bool stop(void *user, double done)
{
    (void)done;
    ++*(int *)user;
    return false;
}

static void test_threads(void)
{
    ptm_phantom *p;
    ptm_scan *scan;
    ptm_context *contexts[2];
    float *volumes[2], *projections[2];
    const ptm_volume grid = { .shape = { 20, 33, 34 } };
    must(ptm_phantom_create_named(&p, "forbild-head", &(ptm_phantom_options){ PTM_SIZED(ptm_phantom_options),
        .radius = 16 }));
    must(make_round_scan(&scan, context, 32, false, 7, 80));
    for (int i = 0; i < 2; ++i) {
        volumes[i] = calloc(20 * 33 * 34, sizeof(float));
        projections[i] = calloc(7 * 48 * 48, sizeof(float));
        const ptm_array v = PTM_ARRAY_3D(volumes[i], 20, 33, 34), q = PTM_ARRAY_3D(projections[i], 7, 48, 48);
        must(ptm_context_create(&contexts[i], &(ptm_context_options){ PTM_SIZED(ptm_context_options),
            .threads = i ? 5 : 1 }));
        must(ptm_phantom_voxels(contexts[i], p, &grid, &v, NULL));
        must(ptm_phantom_project(contexts[i], p, scan, &q, NULL));
        ptm_context_destroy(&contexts[i]);
    }
    check(memcmp(volumes[0], volumes[1], 20 * 33 * 34 * sizeof(float)) == 0, "one thread and five: the same voxels");
    check(memcmp(projections[0], projections[1], 7 * 48 * 48 * sizeof(float)) == 0, "and the same projections");
    int calls = 0;
    const ptm_phantom_run run = { PTM_SIZED(ptm_phantom_run), .progress = stop, .progress_user = &calls };
    const ptm_array v = PTM_ARRAY_3D(volumes[0], 20, 33, 34), q = PTM_ARRAY_3D(projections[0], 7, 48, 48);
    check(ptm_phantom_voxels(context, p, &grid, &v, &run) == PTM_ERROR_CANCELLED && calls == 1, "voxels are stopped");
    check(ptm_phantom_project(context, p, scan, &q, &run) == PTM_ERROR_CANCELLED && calls == 2, "projections are stopped");
    for (int i = 0; i < 2; ++i) {
        free(volumes[i]);
        free(projections[i]);
    }
    ptm_scan_destroy(&scan);
    ptm_phantom_destroy(&p);
}

static void refused(int status, const char *word, const char *what)
{
    check(status == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), word), "%s: %d %s", what, status,
        status ? ptm_error_message() : "");
}

static void refuse_shape(ptm_shape s, const char *word, const char *what)
{
    ptm_phantom *p = (ptm_phantom *)(uintptr_t)1;
    const ptm_shape both[2] = { { .value = 1, .half_axes = { 1, 1, 1 } }, s };
    refused(ptm_phantom_create(&p, both, 2), "shapes[1]", what);
    check(p == NULL && strstr(ptm_error_message(), word), "%s: %s", what, ptm_error_message());
}

static void test_refusals(void)
{
    const ptm_shape good = { .value = 1, .half_axes = { 1, 1, 1 } };
    ptm_shape s = good;
    s.half_axes[1] = 0;
    refuse_shape(s, "half_axes is 0", "a flat ellipsoid");
    s.half_axes[1] = (double)INFINITY;
    refuse_shape(s, "half_axes is inf", "an endless ellipsoid");
    s = good;
    s.value = (double)NAN;
    refuse_shape(s, "value is nan", "a value that is no number");
    s = good;
    s.centre[2] = (double)NAN;
    refuse_shape(s, "centre", "a centre that is none");
    s = good;
    s.axes[0][0] = s.axes[1][1] = s.axes[2][2] = s.axes[2][0] = 1;
    refuse_shape(s, "right angles", "slanting axes");
    s = good;
    s.axes[0][0] = 1;
    refuse_shape(s, "right angles", "a single axis");
    s = good;
    s.type = (ptm_shape_type)9;
    refuse_shape(s, "type is 9", "a type that is none");
    s = good;
    s.plane_count = 5;
    refuse_shape(s, "plane_count is 5", "too many planes");
    s.plane_count = 1;
    refuse_shape(s, "normal", "a plane without a normal");
    s.type = PTM_SHAPE_GAUSSIAN;
    refuse_shape(s, "Gaussians have no planes", "a cut Gaussian");
    s.plane_count = 0;
    s.replaces = true;
    refuse_shape(s, "Gaussians are added", "a Gaussian that replaces");
    s = good;
    s.type = PTM_SHAPE_CONE;
    s.taper = 1.5;
    refuse_shape(s, "taper is 1.5", "a cone that grows");

    ptm_phantom *p;
    double integral;
    float few[8];
    const ptm_array a = PTM_ARRAY_3D(few, 2, 2, 2);
    refused(ptm_phantom_create(&p, &good, 0), "count is 0", "no shapes");
    must(ptm_phantom_create(&p, &good, 1));
    refused(ptm_phantom_line(&integral, p, good.centre, good.centre), "0 mm apart", "a line of no length");
    refused(ptm_phantom_voxels(context, p, &(ptm_volume){ .shape = { 2, 2, 3 } }, &a, NULL), "(2, 2, 3)",
        "an array of another shape");
    refused(ptm_phantom_voxels(context, p, &(ptm_volume){ .shape = { 2, 2, 0 } }, &a, NULL), "volume.shape[2] is 0",
        "an empty grid");
    ptm_scan *scan, *batch;
    must(make_round_scan(&scan, context, 4, false, 3, 80));
    refused(ptm_phantom_project(context, p, scan, &a, NULL), "projections has shape", "projections of another shape");
    refused(ptm_phantom_project(context, p, scan, &a, &(ptm_phantom_run){ PTM_SIZED(ptm_phantom_run), .ray_samples = 17 }),
        "17",
        "too many rays");
    must(ptm_scan_batch(&batch, context, (const ptm_scan *const[]){ scan, scan }, 2));
    check(ptm_phantom_project(context, p, batch, &a, NULL) == PTM_ERROR_UNSUPPORTED, "a batch: %s", ptm_error_message());
    ptm_scan_destroy(&batch);
    ptm_scan_destroy(&scan);
    ptm_phantom_destroy(&p);
}

int main(void)
{
    ptm_device *device;
    must(ptm_context_create(&context, NULL));
    must(ptm_device_open(&device, context, "host"));
    test_lines();
    test_layers();
    test_closed_cases();
    test_scans_of_all_kinds(device);
    test_convergence(device);
    test_far_source();
    test_totals();
    test_voxels();
    test_threads();
    test_refusals();
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return finish();
}
