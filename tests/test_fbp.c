/* test_fbp.c - filtered back-projection on every device, against closed forms.
 *
 * usage: test_fbp [DEVICE...] */
#include "check.h"
#include "gaussians.h"

#include "core/device.h"

static ptm_context *context;
static const double two_pi = 6.283185307179586;

/* Zero is: one slice of 48 x 48, 1 mm, magnification 2 (parallel 1). */
typedef struct fbp_case {
    const char *name;
    bool parallel;
    int nz, n, views;
    /* turns of the scan; detector columns for each of the image's */
    double spacing, turns, offset, magnification, axis_offset, width;
    bool uneven, shuffled, flipped, cylindrical, stack, golden;
    ptm_filter_type filter;
    ptm_weights_type weights;
    double limit; /* largest error of the central slices, of the peak */
} fbp_case;

static fbp_case filled_in(const fbp_case *given)
{
    fbp_case c = *given;
    if (!c.nz) c.nz = 1;
    if (!c.n) c.n = 48;
    if (c.spacing == 0) c.spacing = 1;
    if (c.magnification == 0) c.magnification = c.parallel ? 1 : 2;
    if (c.width == 0) c.width = 1.5;
    return c;
}

static double uneven_angle(const fbp_case *c, int i)
{
    const double step = two_pi * c->turns / c->views;
    if (c->golden) return two_pi * c->turns * fmod(i * 0.6180339887498949, 1);
    return step * i + (c->uneven ? 0.4 * step * sin(1.7 * i) : 0);
}

static ptm_scan *make_scan(const fbp_case *c)
{
    const double s = c->spacing;
    double *angles = malloc((size_t)c->views * sizeof *angles);
    for (int i = 0; i < c->views; ++i) angles[i] = 0.1 + uneven_angle(c, c->shuffled ? i * 7 % c->views : i);
    const int nu = (int)(c->n * c->width), nv = c->stack ? c->nz : c->nz > 1 ? c->nz * 3 / 2 : 1;
    ptm_circular_options o = { PTM_SIZED(ptm_circular_options),
        .volume = { .shape = { c->nz, c->n, c->n }, .spacing = { s, s, s } },
        .detector = { .shape = { nv, nu }, .spacing = { s * c->magnification, s * c->magnification },
            .offset = { c->offset * s, 0 }, .flip_u = c->flipped, .cylindrical = c->cylindrical },
        .views = c->views, .angles = angles, .sod = 3 * c->n * s, .sdd = 3 * c->n * s * c->magnification,
        .axis_offset = c->axis_offset * s };
    ptm_scan *scan;
    must((c->parallel ? ptm_scan_parallel : c->stack ? ptm_scan_fan : ptm_scan_cone)(&scan, context, &o));
    free(angles);
    return scan;
}

/* The largest error of the middle slice within the circle all views see, and the image's scale. */
static void run_case(ptm_device *device, const fbp_case *given)
{
    char what[160];
    const fbp_case filled = filled_in(given), *c = &filled;
    ptm_scan *scan = make_scan(c);
    const double s = c->spacing;
    const blob b = { 5 * s, -4 * s, 0, c->n >= 96 ? 12 * s : 6 * s };
    float *y = simulate(scan, &b, 1), *x = calloc((size_t)c->nz * (size_t)c->n * (size_t)c->n, sizeof *x);
    int64_t shape[3];
    ptm_scan_projection_shape(scan, shape);
    const ptm_array in = PTM_ARRAY_3D(y, shape[0], shape[1], shape[2]), out = PTM_ARRAY_3D(x, c->nz, c->n, c->n);
    must(ptm_fbp(device, scan, &out, &in,
        &(ptm_fbp_options) { PTM_SIZED(ptm_fbp_options), .filter = c->filter, .weights = c->weights }));
    const double worst = slice_error(scan, x, c->nz / 2, &b, 1, sqrt(0.2) * c->n * s, c->stack);
    snprintf(what, sizeof what, "%s: largest error", c->name);
    check_most(worst, c->limit, what);
    free(x);
    free(y);
    ptm_scan_destroy(&scan);
}

static const fbp_case cases[] = {
    { .name = "parallel, half turn", .parallel = true, .views = 76, .turns = 0.5, .limit = 0.01 },
    { .name = "parallel, 0.5 mm", .parallel = true, .views = 76, .spacing = 0.5, .turns = 0.5, .limit = 0.01 },
    { .name = "parallel, 2 mm", .parallel = true, .views = 76, .spacing = 2, .turns = 0.5, .limit = 0.01 },
    { .name = "parallel, full turn, uneven, shuffled", .parallel = true, .views = 153, .turns = 1, .uneven = true,
        .shuffled = true, .limit = 0.01 },
    { .name = "parallel, shifted and flipped", .parallel = true, .views = 76, .turns = 0.5, .offset = 7.3, .flipped = true,
        .limit = 0.01 },
    { .name = "parallel, half the detector", .parallel = true, .views = 152, .turns = 1, .offset = 14, .width = 1.1,
        .limit = 0.01 },
    { .name = "parallel, 3D", .parallel = true, .nz = 5, .views = 76, .turns = 0.5, .limit = 0.01 },
    { .name = "parallel, wide blob", .parallel = true, .n = 96, .views = 151, .turns = 0.5, .limit = 0.003 },
    { .name = "parallel, ramp", .parallel = true, .views = 76, .turns = 0.5, .filter = PTM_FILTER_RAMP, .limit = 0.03 },
    { .name = "parallel, Hann", .parallel = true, .views = 76, .turns = 0.5, .filter = PTM_FILTER_HANN, .limit = 0.04 },
    { .name = "parallel, Shepp-Logan", .parallel = true, .views = 76, .turns = 0.5, .filter = PTM_FILTER_SHEPP_LOGAN,
        .limit = 0.02 },
    { .name = "fan, full turn", .views = 152, .turns = 1, .limit = 0.01 },
    { .name = "fan, 0.5 mm, magnification 1.5", .views = 152, .spacing = 0.5, .turns = 1, .magnification = 1.5,
        .limit = 0.01 },
    { .name = "fan, shifted detector", .views = 152, .turns = 1, .offset = 4.2, .flipped = true, .limit = 0.01 },
    { .name = "fan, axis aside", .views = 152, .turns = 1, .axis_offset = 5.3, .limit = 0.01 },
    { .name = "fan, axis aside, flipped, shifted", .views = 152, .turns = 1, .axis_offset = -7, .offset = -9,
        .flipped = true, .limit = 0.01 },
    { .name = "fan, short scan", .views = 120, .turns = 0.62, .limit = 0.01 },
    { .name = "fan, short scan, axis aside", .views = 120, .turns = 0.66, .axis_offset = 4, .limit = 0.01 },
    { .name = "fan, short scan, shuffled, flipped", .views = 120, .turns = 0.62, .shuffled = true, .flipped = true,
        .limit = 0.01 },
    { .name = "fan, half the detector", .views = 152, .turns = 1, .offset = 28, .width = 1.1, .limit = 0.01 },
    { .name = "fan, the other half, flipped", .views = 152, .turns = 1, .offset = -28, .width = 1.1, .flipped = true,
        .limit = 0.01 },
    { .name = "equiangular fan", .views = 152, .turns = 1, .cylindrical = true, .limit = 0.01 },
    { .name = "equiangular fan, shifted, 2 mm", .views = 152, .spacing = 2, .turns = 1, .offset = 4.2, .flipped = true,
        .cylindrical = true, .limit = 0.01 },
    { .name = "equiangular fan, short scan", .views = 120, .turns = 0.62, .cylindrical = true, .limit = 0.01 },
    { .name = "equiangular fan, axis aside", .views = 152, .turns = 1, .axis_offset = 5.3, .cylindrical = true,
        .limit = 0.01 },
    { .name = "parallel, golden angles over a half turn", .parallel = true, .views = 144, .turns = 0.5, .golden = true,
        .limit = 0.01 },
    { .name = "parallel, golden angles over a turn", .parallel = true, .views = 233, .turns = 1, .golden = true,
        .limit = 0.01 },
    { .name = "fan, golden angles", .views = 233, .turns = 1, .golden = true, .limit = 0.01 },
    { .name = "fan, golden angles, short scan", .views = 233, .turns = 0.65, .golden = true, .limit = 0.01 },
    { .name = "fan, a full turn without weights", .views = 152, .turns = 1, .weights = PTM_WEIGHTS_NONE, .limit = 0.01 },
    { .name = "fan, a full turn with Silver's weights", .views = 152, .turns = 1, .weights = PTM_WEIGHTS_SILVER,
        .limit = 0.01 },
    { .name = "fan, 0.7 turns, Parker", .views = 136, .turns = 0.7, .weights = PTM_WEIGHTS_PARKER, .limit = 0.01 },
    { .name = "fan, 0.8 turns, Silver, uneven", .views = 155, .turns = 0.8, .uneven = true, .weights = PTM_WEIGHTS_SILVER,
        .limit = 0.01 },
    { .name = "fan, 0.8 turns, Riess, shuffled", .views = 155, .turns = 0.8, .shuffled = true, .weights = PTM_WEIGHTS_RIESS,
        .limit = 0.01 },
    { .name = "fan, 0.9 turns, Parker, flipped", .views = 175, .turns = 0.9, .flipped = true, .weights = PTM_WEIGHTS_PARKER,
        .limit = 0.01 },
    { .name = "fan, a half turn, Riess", .views = 99, .turns = 0.51, .weights = PTM_WEIGHTS_RIESS, .limit = 0.08 },
    { .name = "fan, Wang, a little aside", .views = 152, .turns = 1, .offset = 3, .weights = PTM_WEIGHTS_WANG,
        .limit = 0.01 },
    { .name = "parallel, 0.6 turns, Silver", .parallel = true, .views = 92, .turns = 0.6, .weights = PTM_WEIGHTS_SILVER,
        .limit = 0.01 },
    { .name = "stack of fans", .nz = 3, .views = 152, .turns = 1, .stack = true, .limit = 0.01 },
    { .name = "cone", .nz = 24, .views = 152, .turns = 1, .limit = 0.01 },
    { .name = "cone, 2 mm", .nz = 24, .views = 152, .spacing = 2, .turns = 1, .limit = 0.01 },
    { .name = "cone, cylindrical detector", .nz = 24, .views = 152, .turns = 1, .cylindrical = true, .limit = 0.01 },
    { .name = "cone, short scan", .nz = 24, .views = 120, .turns = 0.62, .limit = 0.02 },
};

static void check_dots(ptm_operator *op, const char *what)
{
    const dot_result r = dot_test(op);
    check_most(r.difference, 1e-6, what);
    check(r.size > 0, "%s: not nothing", what);
}

static void test_adjoints(ptm_device *device)
{
    static const fbp_case kinds[] = {
        { .name = "parallel", .parallel = true, .nz = 9, .n = 31, .views = 13, .turns = 1, .offset = 1.5, .uneven = true },
        { .name = "flat", .n = 31, .views = 13, .turns = 1, .offset = 1.5, .uneven = true },
        { .name = "cone", .nz = 9, .n = 31, .views = 13, .turns = 1, .offset = 1.5, .axis_offset = 2, .uneven = true },
        { .name = "cylindrical", .nz = 9, .n = 31, .views = 13, .turns = 1, .offset = 1.5, .cylindrical = true },
        { .name = "half", .nz = 3, .n = 31, .views = 13, .turns = 1, .offset = 20, .width = 1.1 },
        { .name = "half, cylindrical, flipped", .nz = 3, .n = 31, .views = 13, .turns = 1, .offset = 20, .width = 1.1,
            .flipped = true, .cylindrical = true },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i)
        for (int batch = 0; batch <= 3; batch += 3) {
            char what[100];
            const fbp_case c = filled_in(&kinds[i]);
            ptm_scan *scan = make_scan(&c);
            const ptm_projector_options projector = { PTM_SIZED(ptm_projector_options), .batch = batch };
            const ptm_fbp_options options = { PTM_SIZED(ptm_fbp_options), .projector = &projector };
            ptm_operator *op;
            if (strstr(c.name, "half")) {
                check(
                    ptm_filter_create(&op, device, scan, &options) == PTM_ERROR_UNSUPPORTED, "%s: no filter alone", c.name);
            } else {
                must(ptm_filter_create(&op, device, scan, &options));
                snprintf(what, sizeof what, "filter, dot test, %s, batch of %d", c.name, batch);
                check_dots(op, what);
                ptm_operator_destroy(&op);
            }
            must(ptm_fbp_create(&op, device, scan, &options));
            snprintf(what, sizeof what, "FBP, dot test, %s, batch of %d", c.name, batch);
            check_dots(op, what);
            ptm_operator_destroy(&op);
            ptm_scan_destroy(&scan);
        }
}

/* Two scans with other angles as one. */
static ptm_scan *make_batch(const fbp_case *c)
{
    fbp_case other = *c;
    other.uneven = !c->uneven;
    ptm_scan *scans[2] = { make_scan(c), make_scan(&other) }, *batch;
    must(ptm_scan_batch(&batch, context, (const ptm_scan *const *)scans, 2));
    for (int i = 0; i < 2; ++i) ptm_scan_destroy(&scans[i]);
    return batch;
}

/* What is made of the first views, of some between and of the last adds up to what is made of all. */
static void add_parts(
    ptm_device *device, const ptm_scan *scan, const char *name, const ptm_array *whole, const ptm_array *y)
{
    static const int first[] = { 0, 40, 41, 152 };
    const int64_t samples = y->shape[0], n = whole->shape[0] * whole->shape[1] * whole->shape[2] * whole->shape[3];
    const int64_t view = y->shape[2] * y->shape[3];
    float *sum = calloc((size_t)n, sizeof *sum);
    ptm_array out = *whole;
    double worst = 0, top = 0;
    out.data = sum;
    for (int k = 0; k < 3; ++k) {
        ptm_operator *op;
        ptm_array in = *y;
        in.data = (float *)y->data + first[k] * view;
        in.shape[1] = first[k + 1] - first[k];
        memcpy(in.stride, (int64_t[]) { y->shape[1] * view, view, y->shape[3], 1 }, sizeof in.stride);
        must(ptm_fbp_create(&op, device, scan,
            &(ptm_fbp_options) { PTM_SIZED(ptm_fbp_options), .first_view = first[k], .views = k == 2 ? 0 : (int)in.shape[1],
                .projector = &(ptm_projector_options) { PTM_SIZED(ptm_projector_options), .batch = (int)samples } }));
        must(ptm_apply_scaled(op, false, 1, &in, 1, &out, NULL));
        ptm_operator_destroy(&op);
    }
    for (int64_t i = 0; i < n; ++i) {
        const double expected = (double)((const float *)whole->data)[i];
        worst = fmax(worst, fabs((double)sum[i] - expected));
        top = fmax(top, fabs(expected));
    }
    check(top > 0.5, "%s: there is something", name);
    check_most(worst / top, 2e-6, name);
    free(sum);
}

static void test_parts(ptm_device *device)
{
    static const fbp_case kinds[] = {
        { .name = "parallel, parts of the views", .parallel = true, .nz = 3, .views = 152, .turns = 0.5 },
        { .name = "fan, parts of a short scan", .views = 152, .turns = 0.7 },
        { .name = "fan, parts of half a detector", .views = 152, .turns = 1, .offset = 28, .width = 1.1 },
        { .name = "batch, parts", .parallel = true, .views = 152, .turns = 0.5 },
        { .name = "cone, parts", .nz = 5, .views = 152, .turns = 1, .cylindrical = true }
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i) {
        const fbp_case c = filled_in(&kinds[i]);
        const int samples = strstr(c.name, "batch") ? 2 : 1;
        ptm_scan *one = make_scan(&c), *scan = samples == 2 ? make_batch(&c) : make_scan(&c);
        const blob b = { 5, -4, 0, 6 };
        int64_t shape[3];
        ptm_scan_projection_shape(scan, shape);
        const size_t pixels = (size_t)(shape[0] * shape[1] * shape[2]), voxels = (size_t)c.nz * (size_t)c.n * (size_t)c.n;
        float *single = simulate(one, &b, 1), *y = malloc(2 * pixels * sizeof *y), *x = calloc(2 * voxels, sizeof *x);
        for (int k = 0; k < 2; ++k) memcpy(y + (size_t)k * pixels, single, pixels * sizeof *y);
        const ptm_array in = { PTM_SIZED(ptm_array), .dimensions = 4, .shape = { samples, shape[0], shape[1], shape[2] },
            .data = y },
                        out = { PTM_SIZED(ptm_array), .dimensions = 4, .shape = { samples, c.nz, c.n, c.n }, .data = x };
        const ptm_projector_options projector = { PTM_SIZED(ptm_projector_options), .batch = samples };
        must(ptm_fbp(device, scan, &out, &in, &(ptm_fbp_options) { PTM_SIZED(ptm_fbp_options), .projector = &projector }));
        add_parts(device, scan, c.name, &out, &in);
        free(single);
        free(y);
        free(x);
        ptm_scan_destroy(&one);
        ptm_scan_destroy(&scan);
    }
}

/* Parts that there are not. */
static void test_wrong_parts(ptm_device *device)
{
    static const int wrong[][2] = { { -1, 3 }, { 0, 41 }, { 40, 1 }, { 40, 0 }, { 2, -1 }, { 39, 2 } };
    const fbp_case c = filled_in(&(fbp_case) { .parallel = true, .n = 31, .views = 40, .turns = 0.5 });
    ptm_scan *scan = make_scan(&c), *part;
    ptm_operator *op;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        const ptm_fbp_options o = { PTM_SIZED(ptm_fbp_options), .first_view = wrong[i][0], .views = wrong[i][1] };
        check(
            ptm_fbp_create(&op, device, scan, &o) == PTM_ERROR_ARGUMENT && !op && strstr(ptm_error_message(), "scan's 40"),
            "views %d and %d more: %s", wrong[i][0], wrong[i][1], ptm_error_message());
        check(
            ptm_scan_part(&part, scan, wrong[i][0], wrong[i][1]) == PTM_ERROR_ARGUMENT && !part, "no such part of a scan");
    }
    ptm_scan_destroy(&scan);
}

/* Views that FBP is not valid for are refused with a reason. */
static void test_refusals(ptm_device *device)
{
    ptm_operator *op;
    const fbp_case third = { .parallel = true, .n = 31, .views = 40, .turns = 1.0 / 3 },
                   half = { .n = 31, .views = 40, .turns = 0.5 };
    fbp_case c = filled_in(&third);
    ptm_scan *scan = make_scan(&c);
    check(ptm_fbp_create(&op, device, scan, NULL) == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), "half turn"),
        "120 degrees of parallel views are refused: %s", ptm_error_message());
    ptm_scan_destroy(&scan);
    c = filled_in(&half);
    scan = make_scan(&c);
    check(ptm_fbp_create(&op, device, scan, NULL) == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), "fan"),
        "180 degrees of a fan are refused: %s", ptm_error_message());
    ptm_view views[40];
    for (int i = 0; i < 40; ++i) ptm_scan_get_view(scan, i, &views[i]);
    views[7].source[0] *= 1.01;
    ptm_scan *bent;
    must(ptm_scan_vectors(&bent, context,
        &(ptm_vector_options) { PTM_SIZED(ptm_vector_options), .volume = { .shape = { 1, 31, 31 } },
            .detector_shape = { 1, 46 }, .views = 40, .view = views }));
    check(ptm_fbp_create(&op, device, bent, NULL) == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), "view 7"),
        "a view off the circle is refused: %s", ptm_error_message());
    ptm_scan_destroy(&bent);
    ptm_scan_destroy(&scan);
}

static void test_device(ptm_device *device, const char *name)
{
    (void)name;
    context = device->context;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) run_case(device, &cases[i]);
    test_adjoints(device);
    test_parts(device);
    test_wrong_parts(device);
    test_refusals(device);
}

int main(int argc, char **argv)
{
    for_each_device(argc, argv, test_device);
    return finish();
}
