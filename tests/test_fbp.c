/* test_fbp.c - filtered back-projection on every device, against closed forms.
 *
 * usage: test_fbp [DEVICE...] */
#include "check.h"

#include "core/device.h"
#include "ct/view.h"

static ptm_context *context;
static const double two_pi = 6.283185307179586;

typedef struct blob { double x, y, z, sigma; } blob;

/* The line integral of a Gaussian of height 1 along the ray of a pixel. */
static double integral(const ptm_scan *scan, const ptm_view *w, double v, double u, const blob *b)
{
    const double centre[3] = { b->x, b->y, b->z };
    const ptm_vec place = ptm_pixel_place(scan, w, u, v);
    const double pixel[3] = { place.x, place.y, place.z };
    double dd = 0, pd = 0, pp = 0;
    for (int i = 0; i < (scan->stack ? 2 : 3); ++i) {
        const double d = scan->parallel ? w->source[i] : pixel[i] - w->source[i], p = (scan->parallel ? pixel[i] : w->source[i]) - centre[i];
        dd += d * d;
        pd += p * d;
        pp += p * p;
    }
    return b->sigma * sqrt(two_pi) * exp(-0.5 * (pp - pd * pd / dd) / (b->sigma * b->sigma));
}

/* Zero is: one slice of 48 x 48, 1 mm, magnification 2 (parallel 1). */
typedef struct fbp_case {
    const char *name;
    bool parallel;
    int nz, n, views;
    double spacing, turns, offset, magnification, axis_offset, width; /* turns of the scan; detector columns for each of the image's */
    bool uneven, shuffled, flipped, cylindrical, stack;
    ptm_filter_type filter;
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
    return step * i + (c->uneven ? 0.4 * step * sin(1.7 * i) : 0);
}

static ptm_scan *make_scan(const fbp_case *c)
{
    const double s = c->spacing;
    double *angles = malloc((size_t)c->views * sizeof *angles);
    for (int i = 0; i < c->views; ++i) angles[i] = 0.1 + uneven_angle(c, c->shuffled ? i * 7 % c->views : i);
    const int nu = (int)(c->n * c->width), nv = c->stack ? c->nz : c->nz > 1 ? c->nz * 3 / 2 : 1;
    ptm_circular_options o = { PTM_SIZED(ptm_circular_options), .volume = { .shape = { c->nz, c->n, c->n }, .spacing = { s, s, s } },
        .detector = { .shape = { nv, nu }, .spacing = { s * c->magnification, s * c->magnification },
            .offset = { c->offset * s, 0 }, .flip_u = c->flipped, .cylindrical = c->cylindrical },
        .views = c->views, .angles = angles, .sod = 3 * c->n * s, .sdd = 3 * c->n * s * c->magnification,
        .axis_offset = c->axis_offset * s };
    ptm_scan *scan;
    must((c->parallel ? ptm_scan_parallel : c->stack ? ptm_scan_fan : ptm_scan_cone)(&scan, context, &o));
    free(angles);
    return scan;
}

static float *simulate(const ptm_scan *scan, const blob *b)
{
    int64_t shape[3];
    ptm_scan_projection_shape(scan, shape);
    float *y = malloc((size_t)(shape[0] * shape[1] * shape[2]) * sizeof *y), *at = y;
    for (int i = 0; i < shape[0]; ++i) {
        ptm_view view;
        ptm_scan_get_view(scan, i, &view);
        for (int v = 0; v < shape[1]; ++v)
            for (int u = 0; u < shape[2]; ++u)
                *at++ = (float)integral(scan, &view, v, u, b);
    }
    return y;
}

/* The largest error of the middle slice within the circle all views see, and the image's scale. */
static void run_case(ptm_device *device, const fbp_case *given)
{
    char what[160];
    const fbp_case filled = filled_in(given), *c = &filled;
    ptm_scan *scan = make_scan(c);
    const double s = c->spacing;
    const blob b = { 5 * s, -4 * s, 0, c->n >= 96 ? 12 * s : 6 * s };
    float *y = simulate(scan, &b), *x = calloc((size_t)c->nz * (size_t)c->n * (size_t)c->n, sizeof *x);
    int64_t shape[3];
    ptm_scan_projection_shape(scan, shape);
    const ptm_array in = PTM_ARRAY_3D(y, shape[0], shape[1], shape[2]), out = PTM_ARRAY_3D(x, c->nz, c->n, c->n);
    must(ptm_fbp(device, scan, &out, &in, &(ptm_fbp_options){ PTM_SIZED(ptm_fbp_options), .filter = c->filter }));
    double worst = 0;
    for (int j = 0; j < c->n; ++j)
        for (int i = 0; i < c->n; ++i) {
            const double px = (i - 0.5 * (c->n - 1)) * s, py = (j - 0.5 * (c->n - 1)) * s;
            const double pz = c->stack ? b.z : (c->nz / 2 - 0.5 * (c->nz - 1)) * s;
            if (px * px + py * py > 0.2 * c->n * c->n * s * s) continue;
            const double r2 = (px - b.x) * (px - b.x) + (py - b.y) * (py - b.y) + (pz - b.z) * (pz - b.z);
            const double d = fabs(x[((size_t)(c->nz / 2) * (size_t)c->n + (size_t)j) * (size_t)c->n + (size_t)i] - exp(-0.5 * r2 / (b.sigma * b.sigma)));
            if (!(d <= worst)) worst = d;
        }
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
    { .name = "parallel, full turn, uneven, shuffled", .parallel = true, .views = 153, .turns = 1, .uneven = true, .shuffled = true,
        .limit = 0.01 },
    { .name = "parallel, shifted and flipped", .parallel = true, .views = 76, .turns = 0.5, .offset = 7.3, .flipped = true,
        .limit = 0.01 },
    { .name = "parallel, half the detector", .parallel = true, .views = 152, .turns = 1, .offset = 14, .width = 1.1, .limit = 0.01 },
    { .name = "parallel, 3D", .parallel = true, .nz = 5, .views = 76, .turns = 0.5, .limit = 0.01 },
    { .name = "parallel, wide blob", .parallel = true, .n = 96, .views = 151, .turns = 0.5, .limit = 0.003 },
    { .name = "parallel, ramp", .parallel = true, .views = 76, .turns = 0.5, .filter = PTM_FILTER_RAMP, .limit = 0.03 },
    { .name = "parallel, Hann", .parallel = true, .views = 76, .turns = 0.5, .filter = PTM_FILTER_HANN, .limit = 0.04 },
    { .name = "parallel, Shepp-Logan", .parallel = true, .views = 76, .turns = 0.5, .filter = PTM_FILTER_SHEPP_LOGAN, .limit = 0.02 },
    { .name = "fan, full turn", .views = 152, .turns = 1, .limit = 0.01 },
    { .name = "fan, 0.5 mm, magnification 1.5", .views = 152, .spacing = 0.5, .turns = 1, .magnification = 1.5, .limit = 0.01 },
    { .name = "fan, shifted detector", .views = 152, .turns = 1, .offset = 4.2, .flipped = true, .limit = 0.01 },
    { .name = "fan, axis aside", .views = 152, .turns = 1, .axis_offset = 5.3, .limit = 0.01 },
    { .name = "fan, axis aside, flipped, shifted", .views = 152, .turns = 1, .axis_offset = -7, .offset = -9, .flipped = true,
        .limit = 0.01 },
    { .name = "fan, short scan", .views = 120, .turns = 0.62, .limit = 0.01 },
    { .name = "fan, short scan, axis aside", .views = 120, .turns = 0.66, .axis_offset = 4, .limit = 0.01 },
    { .name = "fan, short scan, shuffled, flipped", .views = 120, .turns = 0.62, .shuffled = true, .flipped = true, .limit = 0.01 },
    { .name = "fan, half the detector", .views = 152, .turns = 1, .offset = 28, .width = 1.1, .limit = 0.01 },
    { .name = "fan, the other half, flipped", .views = 152, .turns = 1, .offset = -28, .width = 1.1, .flipped = true, .limit = 0.01 },
    { .name = "equiangular fan", .views = 152, .turns = 1, .cylindrical = true, .limit = 0.01 },
    { .name = "equiangular fan, shifted, 2 mm", .views = 152, .spacing = 2, .turns = 1, .offset = 4.2, .flipped = true,
        .cylindrical = true, .limit = 0.01 },
    { .name = "equiangular fan, short scan", .views = 120, .turns = 0.62, .cylindrical = true, .limit = 0.01 },
    { .name = "equiangular fan, axis aside", .views = 152, .turns = 1, .axis_offset = 5.3, .cylindrical = true, .limit = 0.01 },
    { .name = "stack of fans", .nz = 3, .views = 152, .turns = 1, .stack = true, .limit = 0.01 },
    { .name = "cone", .nz = 24, .views = 152, .turns = 1, .limit = 0.01 },
    { .name = "cone, 2 mm", .nz = 24, .views = 152, .spacing = 2, .turns = 1, .limit = 0.01 },
    { .name = "cone, cylindrical detector", .nz = 24, .views = 152, .turns = 1, .cylindrical = true, .limit = 0.01 },
    { .name = "cone, short scan", .nz = 24, .views = 120, .turns = 0.62, .limit = 0.02 },
};

/* A dense array of random numbers in an operator's shape, a batch before three axes. */
static ptm_array random_array(const int64_t shape[3], int batch, uint64_t seed)
{
    ptm_array a = { PTM_SIZED(ptm_array), .dimensions = batch ? 4 : 3, .shape = { batch } };
    size_t n = batch ? (size_t)batch : 1;
    for (int i = 0; i < 3; ++i) {
        a.shape[a.dimensions - 3 + i] = shape[i];
        n *= (size_t)shape[i];
    }
    float *data = malloc(n * sizeof *data);
    for (size_t k = 0; k < n; ++k) data[k] = (float)random_number(&seed);
    a.data = data;
    return a;
}
static double dot(const ptm_array *a, const ptm_array *b)
{
    double sum = 0;
    size_t n = 1;
    for (int i = 0; i < a->dimensions; ++i) n *= (size_t)a->shape[i];
    for (size_t k = 0; k < n; ++k) sum += (double)((const float *)a->data)[k] * (double)((const float *)b->data)[k];
    return sum;
}

/* <F p, q> = <p, F' q>. */
static void dot_test(ptm_operator *op, const int64_t domain[3], const int64_t range[3], int batch, const char *what)
{
    const ptm_array p = random_array(domain, batch, 9), q = random_array(range, batch, 10), fp = random_array(range, batch, 11),
        fq = random_array(domain, batch, 12);
    must(ptm_apply(op, &fp, &p));
    must(ptm_apply_adjoint(op, &fq, &q));
    check_most(fabs(dot(&fp, &q) - dot(&p, &fq)) / sqrt(dot(&fp, &fp) * dot(&q, &q)), 1e-6, what);
    check(dot(&fp, &fp) > 0, "%s: not nothing", what);
    free(p.data);
    free(q.data);
    free(fp.data);
    free(fq.data);
}

static void test_adjoints(ptm_device *device)
{
    static const fbp_case kinds[] = {
        { .name = "parallel", .parallel = true, .nz = 9, .n = 31, .views = 13, .turns = 1, .offset = 1.5, .uneven = true },
        { .name = "flat", .n = 31, .views = 13, .turns = 1, .offset = 1.5, .uneven = true },
        { .name = "cone", .nz = 9, .n = 31, .views = 13, .turns = 1, .offset = 1.5, .axis_offset = 2, .uneven = true },
        { .name = "cylindrical", .nz = 9, .n = 31, .views = 13, .turns = 1, .offset = 1.5, .cylindrical = true },
        { .name = "half", .nz = 3, .n = 31, .views = 13, .turns = 1, .offset = 20, .width = 1.1 },
        { .name = "half, cylindrical, flipped", .nz = 3, .n = 31, .views = 13, .turns = 1, .offset = 20, .width = 1.1, .flipped = true,
            .cylindrical = true },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i)
        for (int batch = 0; batch <= 3; batch += 3) {
            char what[100];
            const fbp_case c = filled_in(&kinds[i]);
            ptm_scan *scan = make_scan(&c);
            const ptm_projector_options projector = { PTM_SIZED(ptm_projector_options), .batch = batch };
            const ptm_fbp_options options = { PTM_SIZED(ptm_fbp_options), .projector = &projector };
            const int64_t volume[3] = { c.nz, c.n, c.n };
            int64_t pixels[3];
            ptm_scan_projection_shape(scan, pixels);
            ptm_operator *op;
            if (strstr(c.name, "half")) {
                check(ptm_filter_create(&op, device, scan, &options) == PTM_ERROR_UNSUPPORTED, "%s: no filter alone", c.name);
            } else {
                must(ptm_filter_create(&op, device, scan, &options));
                snprintf(what, sizeof what, "filter, dot test, %s, batch of %d", c.name, batch);
                dot_test(op, pixels, pixels, batch, what);
                ptm_operator_destroy(&op);
            }
            must(ptm_fbp_create(&op, device, scan, &options));
            snprintf(what, sizeof what, "FBP, dot test, %s, batch of %d", c.name, batch);
            dot_test(op, pixels, volume, batch, what);
            ptm_operator_destroy(&op);
            ptm_scan_destroy(&scan);
        }
}

/* Views that FBP is not valid for are refused with a reason. */
static void test_refusals(ptm_device *device)
{
    ptm_operator *op;
    const fbp_case third = { .parallel = true, .n = 31, .views = 40, .turns = 1.0 / 3 }, half = { .n = 31, .views = 40, .turns = 0.5 };
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
    must(ptm_scan_vectors(&bent, context, &(ptm_vector_options){ PTM_SIZED(ptm_vector_options), .volume = { .shape = { 1, 31, 31 } },
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
    test_refusals(device);
}

int main(int argc, char **argv)
{
    for_each_device(argc, argv, test_device);
    return finish();
}
