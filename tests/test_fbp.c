/* test_fbp.c - filtered back-projection on every device, against closed forms.
 *
 * usage: test_fbp [DEVICE...] */
#include "check.h"

#include "core/device.h"

static ptm_context *context;
static const double two_pi = 6.283185307179586;

typedef struct blob { double x, y, z, sigma; } blob;

/* The line integral of a Gaussian of height 1 along the ray of a pixel. */
static double integral(const ptm_view *w, bool parallel, double v, double u, const blob *b)
{
    const double centre[3] = { b->x, b->y, b->z };
    double dd = 0, pd = 0, pp = 0;
    for (int i = 0; i < 3; ++i) {
        const double pixel = w->detector[i] + u * w->u[i] + v * w->v[i];
        const double d = parallel ? w->source[i] : pixel - w->source[i], p = (parallel ? pixel : w->source[i]) - centre[i];
        dd += d * d;
        pd += p * d;
        pp += p * p;
    }
    return b->sigma * sqrt(two_pi) * exp(-0.5 * (pp - pd * pd / dd) / (b->sigma * b->sigma));
}

typedef struct fbp_case {
    const char *name;
    bool parallel;
    int nz, n, views;
    double spacing, range, offset, magnification;
    bool uneven, shuffled, flipped;
    ptm_filter_type filter;
    double limit; /* largest error of the central slices, of the peak */
} fbp_case;

static double uneven_angle(const fbp_case *c, int i)
{
    const double even = c->range * i / c->views;
    return c->uneven ? even + 0.4 * c->range / c->views * sin(1.7 * i) : even;
}

static ptm_scan *make_scan(const fbp_case *c)
{
    const double s = c->spacing;
    double *angles = malloc((size_t)c->views * sizeof *angles);
    for (int i = 0; i < c->views; ++i) angles[i] = 0.1 + uneven_angle(c, c->shuffled ? i * 7 % c->views : i);
    const int nu = c->n * 3 / 2, nv = c->nz > 1 ? c->nz * 3 / 2 : 1;
    ptm_circular_options o = { PTM_SIZED(ptm_circular_options), .volume = { .shape = { c->nz, c->n, c->n }, .spacing = { s, s, s } },
        .detector = { .shape = { nv, nu }, .spacing = { s * c->magnification, s * c->magnification },
            .offset = { c->offset * s, 0 }, .flip_u = c->flipped },
        .views = c->views, .angles = angles, .sod = 3 * c->n * s, .sdd = 3 * c->n * s * c->magnification };
    ptm_scan *scan;
    must(c->parallel ? ptm_scan_parallel(&scan, context, &o) : ptm_scan_cone(&scan, context, &o));
    free(angles);
    return scan;
}

static float *simulate(const ptm_scan *scan, bool parallel, const blob *b)
{
    int64_t shape[3];
    ptm_scan_projection_shape(scan, shape);
    float *y = malloc((size_t)(shape[0] * shape[1] * shape[2]) * sizeof *y), *at = y;
    for (int i = 0; i < shape[0]; ++i) {
        ptm_view view;
        ptm_scan_get_view(scan, i, &view);
        for (int v = 0; v < shape[1]; ++v)
            for (int u = 0; u < shape[2]; ++u)
                *at++ = (float)integral(&view, parallel, v - 0.5 * (double)(shape[1] - 1), u - 0.5 * (double)(shape[2] - 1), b);
    }
    return y;
}

/* The largest error of the middle slice within the circle all views see, and the image's scale. */
static void run_case(ptm_device *device, const fbp_case *c)
{
    char what[160];
    ptm_scan *scan = make_scan(c);
    const double s = c->spacing;
    const blob b = { 5 * s, -4 * s, 0, c->n >= 96 ? 12 * s : 6 * s };
    float *y = simulate(scan, c->parallel, &b), *x = calloc((size_t)c->nz * (size_t)c->n * (size_t)c->n, sizeof *x);
    int64_t shape[3];
    ptm_scan_projection_shape(scan, shape);
    const ptm_array in = PTM_ARRAY_3D(y, shape[0], shape[1], shape[2]), out = PTM_ARRAY_3D(x, c->nz, c->n, c->n);
    must(ptm_fbp(device, scan, &out, &in, &(ptm_fbp_options){ PTM_SIZED(ptm_fbp_options), .filter = c->filter }));
    double worst = 0;
    for (int j = 0; j < c->n; ++j)
        for (int i = 0; i < c->n; ++i) {
            const double px = (i - 0.5 * (c->n - 1)) * s, py = (j - 0.5 * (c->n - 1)) * s;
            const double pz = (c->nz / 2 - 0.5 * (c->nz - 1)) * s;
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
    { "parallel, half turn", true, 1, 48, 76, 1, two_pi / 2, 0, 1, false, false, false, 0, 0.01 },
    { "parallel, 0.5 mm", true, 1, 48, 76, 0.5, two_pi / 2, 0, 1, false, false, false, 0, 0.01 },
    { "parallel, 2 mm", true, 1, 48, 76, 2, two_pi / 2, 0, 1, false, false, false, 0, 0.01 },
    { "parallel, full turn, uneven, shuffled", true, 1, 48, 153, 1, two_pi, 0, 1, true, true, false, 0, 0.01 },
    { "parallel, shifted and flipped", true, 1, 48, 76, 1, two_pi / 2, 7.3, 1, false, false, true, 0, 0.01 },
    { "parallel, 3D", true, 5, 48, 76, 1, two_pi / 2, 0, 1, false, false, false, 0, 0.01 },
    { "parallel, wide blob", true, 1, 96, 151, 1, two_pi / 2, 0, 1, false, false, false, 0, 0.003 },
    { "parallel, ramp", true, 1, 48, 76, 1, two_pi / 2, 0, 1, false, false, false, PTM_FILTER_RAMP, 0.03 },
    { "parallel, Hann", true, 1, 48, 76, 1, two_pi / 2, 0, 1, false, false, false, PTM_FILTER_HANN, 0.04 },
    { "parallel, Shepp-Logan", true, 1, 48, 76, 1, two_pi / 2, 0, 1, false, false, false, PTM_FILTER_SHEPP_LOGAN, 0.02 },
    { "fan, full turn", false, 1, 48, 152, 1, two_pi, 0, 2, false, false, false, 0, 0.01 },
    { "fan, 0.5 mm, magnification 1.5", false, 1, 48, 152, 0.5, two_pi, 0, 1.5, false, false, false, 0, 0.01 },
    { "fan, shifted detector", false, 1, 48, 152, 1, two_pi, 4.2, 2, false, false, true, 0, 0.01 },
    { "fan, short scan", false, 1, 48, 120, 1, two_pi * 0.62, 0, 2, false, false, false, 0, 0.01 },
    { "fan, short scan, shuffled, flipped", false, 1, 48, 120, 1, two_pi * 0.62, 0, 2, false, true, true, 0, 0.01 },
    { "cone", false, 24, 48, 152, 1, two_pi, 0, 2, false, false, false, 0, 0.01 },
    { "cone, 2 mm", false, 24, 48, 152, 2, two_pi, 0, 2, false, false, false, 0, 0.01 },
    { "cone, short scan", false, 24, 48, 120, 1, two_pi * 0.62, 0, 2, false, false, false, 0, 0.02 },
};

/* The filter and its adjoint: <F p, q> = <p, F' q>. */
static void test_filter(ptm_device *device, bool parallel)
{
    const fbp_case c = { "", parallel, 9, 31, 13, 1, two_pi, 1.5, 1.5, true, false, false, 0, 0 };
    ptm_scan *scan = make_scan(&c);
    ptm_operator *op;
    must(ptm_filter_create(&op, device, scan, NULL));
    int64_t shape[3];
    ptm_scan_projection_shape(scan, shape);
    const size_t n = (size_t)(shape[0] * shape[1] * shape[2]);
    float *data[4];
    ptm_array a[4];
    uint64_t seed = 9;
    for (int i = 0; i < 4; ++i) {
        data[i] = calloc(n, sizeof(float));
        for (size_t k = 0; k < n; ++k) data[i][k] = (float)random_number(&seed);
        a[i] = (ptm_array)PTM_ARRAY_3D(data[i], shape[0], shape[1], shape[2]);
    }
    must(ptm_apply(op, &a[2], &a[0]));
    must(ptm_apply_adjoint(op, &a[3], &a[1]));
    double left = 0, right = 0, size = 0, other = 0;
    for (size_t k = 0; k < n; ++k) {
        left += (double)data[2][k] * data[1][k];
        right += (double)data[0][k] * data[3][k];
        size += (double)data[2][k] * data[2][k];
        other += (double)data[1][k] * data[1][k];
    }
    check_most(fabs(left - right) / sqrt(size * other), 1e-6, parallel ? "filter, dot test, parallel" : "filter, dot test, cone");
    for (int i = 0; i < 4; ++i) free(data[i]);
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
}

/* Views that FBP is not valid for are refused with a reason. */
static void test_refusals(ptm_device *device)
{
    ptm_operator *op;
    fbp_case c = { "", true, 1, 31, 40, 1, two_pi / 3, 0, 1, false, false, false, 0, 0 };
    ptm_scan *scan = make_scan(&c);
    check(ptm_fbp_create(&op, device, scan, NULL) == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), "half turn"),
        "120 degrees of parallel views are refused: %s", ptm_error_message());
    ptm_scan_destroy(&scan);
    c = (fbp_case){ "", false, 1, 31, 40, 1, two_pi / 2, 0, 2, false, false, false, 0, 0 };
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
    test_filter(device, true);
    test_filter(device, false);
    test_refusals(device);
}

int main(int argc, char **argv)
{
    for_each_device(argc, argv, test_device);
    return finish();
}
