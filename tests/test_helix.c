/* test_helix.c - FBP of helical scans on every device, against closed forms.
 *
 * usage: test_helix [DEVICE...] */
#include "check.h"
#include "gaussians.h"

#include "core/device.h"

#include <polytome/phantom.h>

static ptm_context *context;
static const double two_pi = 6.283185307179586;

/* Zero is: a cone of 144 mm to the axis and magnification 2, which sees 24 mm of it through 24 rows. Pitches are in
 * parts of what the rows see at the axis. */
typedef struct helix_case {
    const char *name;
    double pitch, aside;
    bool parallel, cylindrical, flipped;
    ptm_weights_type weights;
    double limit; /* largest error, of the peak */
    int turn;     /* views in it; 0: TURN */
} helix_case;

enum { N = 48, NZ = 5, ROWS = 24, COLUMNS = 76, TURN = 150 };

static ptm_scan *make_scan(const helix_case *c, int samples)
{
    const double pitch = c->pitch * ROWS, magnify = c->parallel ? 1 : 2, f = c->flipped ? -1 : 1;
    /* as much helix as shows every slice through all of the detector */
    const int turn = c->turn ? c->turn : TURN, views = (int)(turn * (2 + (NZ + 1.4 * ROWS) / fabs(pitch)));
    ptm_view *view = malloc((size_t)views * sizeof *view);
    ptm_scan *scan, *one[4];
    for (int k = 0; k < (samples ? samples : 1); ++k) {
        for (int i = 0; i < views; ++i) {
            const double turns = (i - 0.5 * views) / turn, angle = 0.1 + 0.5 * k + two_pi * turns, z = pitch * turns;
            const double co = cos(angle), si = sin(angle);
            const double s[3] = { 144 * si - c->aside * co, -144 * co - c->aside * si, z }, direction[3] = { -si, co, 0 };
            view[i] = (ptm_view){ { s[0], s[1], s[2] }, { -144 * si - c->aside * co, 144 * co - c->aside * si, z },
                { f * magnify * co, f * magnify * si, 0 }, { 0, 0, f * magnify } };
            if (c->parallel) memcpy(view[i].source, direction, sizeof direction);
        }
        must(ptm_scan_vectors(&one[k], context, &(ptm_vector_options){ PTM_SIZED(ptm_vector_options),
            .volume = { .shape = { NZ, N, N } }, .detector_shape = { ROWS, COLUMNS }, .views = views, .view = view,
            .parallel = c->parallel, .cylindrical = c->cylindrical }));
    }
    free(view);
    if (!samples) return one[0];
    must(ptm_scan_batch(&scan, context, (const ptm_scan *const *)one, samples));
    for (int k = 0; k < samples; ++k) ptm_scan_destroy(&one[k]);
    return scan;
}

static void run_case(ptm_device *device, const helix_case *c)
{
    static const blob blobs[] = { { 9, -7, 1, 6 }, { -8, 6, -9, 6 }, { -6, -8, 12, 7 } };
    static float volume[NZ * N * N];
    char what[160];
    ptm_scan *scan = make_scan(c, 0);
    float *pixels = simulate(scan, blobs, 3);
    int64_t shape[3];
    ptm_scan_projection_shape(scan, shape);
    const ptm_array in = PTM_ARRAY_3D(pixels, shape[0], shape[1], shape[2]), out = PTM_ARRAY_3D(volume, NZ, N, N);
    must(ptm_fbp(device, scan, &out, &in, &(ptm_fbp_options){ PTM_SIZED(ptm_fbp_options), .weights = c->weights }));
    double worst = 0;
    for (int z = 0; z < NZ; ++z) worst = fmax(worst, slice_error(scan, volume, z, blobs, 3, 22, false));
    snprintf(what, sizeof what, "%s: largest error", c->name);
    check_most(worst, c->limit, what);
    free(pixels);
    ptm_scan_destroy(&scan);
}

/* A rod along z without end, wide and aside of the axis, comes back as dense as it is: whatever its row's window brings a
 * voxel of other lines counts once. */
static void test_density(ptm_device *device, const helix_case *c)
{
    static const ptm_shape rod = { .type = PTM_SHAPE_CYLINDER, .value = 1, .centre = { 5, -4, 0 },
        .half_axes = { 14, 14, 1e4 } };
    static float volume[NZ * N * N];
    char what[160];
    int64_t shape[3];
    ptm_phantom *phantom;
    ptm_scan *scan = make_scan(c, 0);
    ptm_scan_projection_shape(scan, shape);
    float *pixels = malloc((size_t)(shape[0] * shape[1] * shape[2]) * sizeof *pixels);
    const ptm_array in = PTM_ARRAY_3D(pixels, shape[0], shape[1], shape[2]), out = PTM_ARRAY_3D(volume, NZ, N, N);
    must(ptm_phantom_create(&phantom, &rod, 1));
    must(ptm_phantom_project(context, phantom, scan, &in, NULL));
    must(ptm_fbp(device, scan, &out, &in, NULL));
    double sum = 0;
    int count = 0;
    for (int i = 0; i < NZ * N * N; ++i) {
        const double x = i % N - 23.5 - 5, y = i / N % N - 23.5 + 4;
        if (hypot(x, y) < 11) sum += volume[i], ++count;
    }
    snprintf(what, sizeof what, "%s: a rod's mean density, off", c->name);
    check_most(fabs(sum / count - 1), c->limit, what);
    free(pixels);
    ptm_phantom_destroy(&phantom);
    ptm_scan_destroy(&scan);
}

static const helix_case rods[] = {
    { .name = "pitch 0.3, rod", .pitch = 0.3, .limit = 7e-4 },
    { .name = "pitch 0.3, cylindrical, rod", .pitch = 0.3, .cylindrical = true, .limit = 7e-4 },
    { .name = "pitch 1, axis aside, rod", .pitch = 1, .aside = 3, .flipped = true, .limit = 7e-4 },
};

static const helix_case cases[] = {
    { .name = "pitch 0.25", .pitch = 0.25, .limit = 0.015 },
    { .name = "pitch 0.5", .pitch = 0.5, .limit = 0.015 },
    { .name = "pitch 0.5, Tam-Danielson window", .pitch = 0.5, .weights = PTM_WEIGHTS_TAM_DANIELSON, .limit = 0.03 },
    { .name = "pitch 0.75, downwards", .pitch = -0.75, .limit = 0.03 },
    { .name = "pitch 1", .pitch = 1, .limit = 0.025 },
    { .name = "pitch 1, cylindrical", .pitch = 1, .cylindrical = true, .limit = 0.025 },
    { .name = "pitch 0.4, cylindrical, flipped", .pitch = 0.4, .cylindrical = true, .flipped = true, .limit = 0.02 },
    { .name = "pitch 0.75, axis aside, flipped", .pitch = 0.75, .aside = 3, .flipped = true, .limit = 0.025 },
    { .name = "parallel, pitch 1", .pitch = 1, .parallel = true, .limit = 0.01 },
};

static void test_adjoint(ptm_device *device, const helix_case *c, int samples)
{
    char what[160];
    ptm_operator *op;
    ptm_scan *scan = make_scan(c, samples);
    must(ptm_fbp_create(&op, device, scan, NULL));
    const dot_result r = dot_test(op);
    snprintf(what, sizeof what, "%s, dot test, batch of %d", c->name, samples);
    check_most(r.difference, 1e-6, what);
    check(r.size > 0, "%s: not nothing", what);
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
}

static void test_device(ptm_device *device, const char *name)
{
    (void)name;
    context = device->context;
    /* Windows are tables worked out on the host: others need one of them, and take long over many views. */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        if (takes_all(device) || (cases[i].pitch == 1 && cases[i].cylindrical)) run_case(device, &cases[i]);
    for (size_t i = 0; i < sizeof rods / sizeof *rods && takes_all(device); ++i) test_density(device, &rods[i]);
    test_adjoint(device, &(helix_case){ .name = "pitch 1.2", .pitch = 1.2, .turn = 9 }, 0);
    test_adjoint(
        device, &(helix_case) { .name = "pitch 1.2, cylindrical", .pitch = 1.2, .cylindrical = true, .turn = 9 }, 2);
}

int main(int argc, char **argv)
{
    for_each_device(argc, argv, test_device);
    return finish();
}
