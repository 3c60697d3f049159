/* test_truncation.c - objects that reach beyond the detector or beyond the volume, on every device.
 *
 * usage: test_truncation [DEVICE...] */
#include "check.h"
#include "gaussians.h"

#include "core/device.h"

static ptm_context *context;

/* A fan, or with rows a cone, of half its usual width: sees 30 mm around the axis. */
typedef struct cut { bool parallel, cylindrical; int rows, columns, views; double offset; } cut;

static ptm_scan *make_scan(const cut *c, int nz, int n)
{
    ptm_scan *scan;
    const double magnify = c->parallel ? 1 : 2;
    must((c->parallel ? ptm_scan_parallel : ptm_scan_cone)(&scan, context,
        &(ptm_circular_options) { PTM_SIZED(ptm_circular_options), .volume = { .shape = { nz, n, n } },
            .detector = { .shape = { c->rows, c->columns }, .spacing = { magnify, magnify }, .offset = { c->offset, 0 },
                .cylindrical = c->cylindrical },
            .views = c->views, .sod = 150, .sdd = 300 }));
    return scan;
}

static void reconstruct(
    ptm_device *device, const ptm_scan *scan, float *volume, const float *pixels, const ptm_fbp_options *o)
{
    int64_t shape[3];
    ptm_volume g;
    ptm_scan_projection_shape(scan, shape);
    ptm_scan_get_volume(scan, &g);
    const ptm_array in = PTM_ARRAY_3D((void *)(uintptr_t)pixels, shape[0], shape[1], shape[2]);
    const ptm_array out = PTM_ARRAY_3D(volume, g.shape[0], g.shape[1], g.shape[2]);
    must(ptm_fbp(device, scan, &out, &in, o));
}

/* ------------------------------------------------------------------ beyond the volume */

/* A small volume is that part of the large one. */
static void test_region(ptm_device *device, const cut *c, ptm_weights_type weights, const char *name)
{
    enum { LARGE = 48, SMALL = 16 };
    static const blob blobs[] = { { 2, 3, 0, 5 }, { -12, 9, 1, 6 } };
    static float large[LARGE * LARGE], small[SMALL * SMALL];
    const ptm_fbp_options o = { PTM_SIZED(ptm_fbp_options), .weights = weights };
    ptm_scan *whole = make_scan(c, 1, LARGE), *part = make_scan(c, 1, SMALL);
    float *pixels = simulate(whole, blobs, 2);
    reconstruct(device, whole, large, pixels, &o);
    reconstruct(device, part, small, pixels, &o);
    double worst = 0;
    for (int y = 0; y < SMALL; ++y)
        for (int x = 0; x < SMALL; ++x) {
            const int in_large = (y + (LARGE - SMALL) / 2) * LARGE + x + (LARGE - SMALL) / 2;
            worst = fmax(worst, fabs((double)small[y * SMALL + x] - (double)large[in_large]));
        }
    char what[120];
    snprintf(what, sizeof what, "region of interest, %s: difference from the whole", name);
    check_most(worst, 2e-6, what);
    free(pixels);
    ptm_scan_destroy(&part);
    ptm_scan_destroy(&whole);
}

/* ------------------------------------------------------------------ beyond the detector */

/* What is lost of a wide object with a detail, and how much of that extrapolation brings back. */
static void test_extrapolation(ptm_device *device, const cut *c, const char *name)
{
    enum { SIZE = 24 };
    static const blob blobs[] = { { 0, 0, 0, 22 }, { 4, 3, 0, 4 } };
    static float x[SIZE * SIZE];
    char what[160];
    double error[3];
    ptm_scan *scan = make_scan(c, 1, SIZE);
    float *pixels = simulate(scan, blobs, 2);
    for (int type = 0; type < 3; ++type) {
        const ptm_fbp_options o = { PTM_SIZED(ptm_fbp_options), .extrapolation = (ptm_extrapolation_type)type,
            .object_radius = type ? 55 : 0 };
        reconstruct(device, scan, x, pixels, &o);
        error[type] = slice_error(scan, x, 0, blobs, 2, 11, c->rows == 1);
    }
    snprintf(what, sizeof what, "truncated, %s: cosine, of an error of %.3f without", name, error[0]);
    check_most(error[PTM_EXTRAPOLATION_COSINE], 0.4 * error[0], what);
    snprintf(what, sizeof what, "truncated, %s: cylinder, of an error of %.3f without", name, error[0]);
    check_most(error[PTM_EXTRAPOLATION_CYLINDER], 0.4 * error[0], what);
    free(pixels);
    ptm_scan_destroy(&scan);
}

/* Extrapolation against a definition: rows that are made longer, as the falloff says, are filtered as if the detector
 * were so wide. */
static void test_definition(ptm_device *device)
{
    enum { NU = 21, VIEWS = 5, WIDE = 301, BEYOND = (WIDE - NU) / 2 };
    static float narrow[VIEWS * NU], wide[VIEWS * WIDE], a[VIEWS * NU], b[VIEWS * WIDE];
    const double radius = 40, edge = 0.5 * (NU - 1);
    ptm_operator *short_rows, *long_rows;
    ptm_scan *scan = make_scan(&(cut){ .parallel = true, .rows = 1, .columns = NU, .views = VIEWS }, 1, 8);
    ptm_scan *wider = make_scan(&(cut){ .parallel = true, .rows = 1, .columns = WIDE, .views = VIEWS }, 1, 8);
    uint64_t seed = 5;
    for (int i = 0; i < VIEWS * NU; ++i) narrow[i] = (float)random_number(&seed);
    for (int i = 0; i < VIEWS; ++i)
        for (int u = 0; u < WIDE; ++u) {
            const int k = u - BEYOND, at = k < 0 ? 0 : k >= NU ? NU - 1 : k;
            const double s = fabs(u - 0.5 * (WIDE - 1)), c = cos(1.5707963267948966 * (s - edge) / (radius - edge));
            wide[i * WIDE + u] = (float)(narrow[i * NU + at] * (s <= edge ? 1 : s < radius ? c * c : 0));
        }
    must(ptm_filter_create(&short_rows, device, scan, &(ptm_fbp_options){ PTM_SIZED(ptm_fbp_options),
        .extrapolation = PTM_EXTRAPOLATION_COSINE, .object_radius = radius }));
    must(ptm_filter_create(&long_rows, device, wider, NULL));
    const ptm_array from[] = { PTM_ARRAY_3D(narrow, VIEWS, 1, NU), PTM_ARRAY_3D(wide, VIEWS, 1, WIDE) };
    const ptm_array to[] = { PTM_ARRAY_3D(a, VIEWS, 1, NU), PTM_ARRAY_3D(b, VIEWS, 1, WIDE) };
    must(ptm_apply(short_rows, &to[0], &from[0]));
    must(ptm_apply(long_rows, &to[1], &from[1]));
    double worst = 0;
    for (int i = 0; i < VIEWS; ++i)
        for (int u = 0; u < NU; ++u) worst = fmax(worst, fabs((double)a[i * NU + u] - (double)b[i * WIDE + u + BEYOND]));
    check_most(worst, 1e-6, "extrapolated rows are filtered as longer ones");
    ptm_operator_destroy(&short_rows);
    ptm_operator_destroy(&long_rows);
    ptm_scan_destroy(&scan);
    ptm_scan_destroy(&wider);
}

static void test_adjoint(ptm_device *device, const cut *c, ptm_extrapolation_type type, const char *name)
{
    char what[120];
    ptm_operator *op;
    ptm_scan *scan = make_scan(c, c->rows > 1 ? 5 : 1, 23);
    must(ptm_fbp_create(&op, device, scan, &(ptm_fbp_options){ PTM_SIZED(ptm_fbp_options), .extrapolation = type }));
    const dot_result r = dot_test(op);
    snprintf(what, sizeof what, "extrapolation, dot test, %s", name);
    check_most(r.difference, 1e-6, what);
    check(r.size > 0, "%s: not nothing", what);
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
}

static void test_refusals(ptm_device *device)
{
    static const struct { ptm_fbp_options o; const char *word;
    } bad[] = { { { PTM_SIZED(ptm_fbp_options), .weights = (ptm_weights_type)99 }, "weights is 99" },
        { { PTM_SIZED(ptm_fbp_options), .extrapolation = (ptm_extrapolation_type)-1 }, "extrapolation is -1" },
        { { PTM_SIZED(ptm_fbp_options), .object_radius = 50 }, "there is none" },
        { { PTM_SIZED(ptm_fbp_options), .extrapolation = PTM_EXTRAPOLATION_COSINE, .object_radius = -1 },
            "object_radius is -1" },
        { { PTM_SIZED(ptm_fbp_options), .extrapolation = PTM_EXTRAPOLATION_COSINE, .object_radius = 150 },
            "source's distance" } };
    ptm_scan *scan = make_scan(&(cut){ .rows = 1, .columns = 30, .views = 20 }, 1, 20);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        ptm_operator *op;
        check(ptm_fbp_create(&op, device, scan, &bad[i].o) == PTM_ERROR_ARGUMENT && !op &&
                  strstr(ptm_error_message(), bad[i].word),
            "refused for \"%s\": %s", bad[i].word, ptm_error_message());
    }
    ptm_scan_destroy(&scan);
}

static void test_device(ptm_device *device, const char *name)
{
    (void)name;
    context = device->context;
    test_region(device, &(cut){ .parallel = true, .rows = 1, .columns = 70, .views = 60 }, PTM_WEIGHTS_AUTO, "parallel");
    test_region(device, &(cut){ .rows = 1, .columns = 70, .views = 120 }, PTM_WEIGHTS_AUTO, "fan");
    test_region(device, &(cut){ .rows = 1, .columns = 60, .views = 120, .offset = 30 }, PTM_WEIGHTS_WANG, "half detector");
    test_extrapolation(device, &(cut){ .parallel = true, .rows = 1, .columns = 30, .views = 90 }, "parallel");
    test_extrapolation(device, &(cut){ .rows = 1, .columns = 30, .views = 150 }, "fan");
    test_extrapolation(device, &(cut){ .rows = 1, .columns = 30, .views = 150, .cylindrical = true }, "equiangular fan");
    test_definition(device);
    test_adjoint(device, &(cut){ .rows = 9, .columns = 20, .views = 11 }, PTM_EXTRAPOLATION_COSINE, "cone");
    test_adjoint(device, &(cut) { .rows = 1, .columns = 20, .views = 12, .cylindrical = true }, PTM_EXTRAPOLATION_CYLINDER,
        "fan, cylindrical");
    test_adjoint(
        device, &(cut) { .rows = 9, .columns = 20, .views = 12, .offset = 16 }, PTM_EXTRAPOLATION_COSINE, "half detector");
    test_refusals(device);
}

int main(int argc, char **argv)
{
    for_each_device(argc, argv, test_device);
    return finish();
}
