/* test_pair.c - unmatched pairs: their two directions are those of their parts, in subsets too; the adjoint is as large as
 * the exact one; SIRT, OS-SIRT and MLEM come near what was projected, as with textures; what needs an adjoint refuses.
 *
 * usage: test_pair [DEVICE...] */
#include "check.h"

#include "core/device.h"

enum { N = 20, MOST_VALUES = N * N * N * 60 };

static const ptm_projector_options unmatched = { PTM_SIZED(ptm_projector_options), .unmatched = true },
    texture = { PTM_SIZED(ptm_projector_options), .sampling = PTM_SAMPLING_TEXTURE };

/* Voxels and pixels of other widths than 1, and magnifications from 1 to 3. */
static const struct {
    const char *name;
    int slices, rows;
    bool parallel, stack, cylindrical;
    double sod, tilt;
} scans[] = { { "parallel, one slice", 1, 1, true, false, false, 0, 0 },
    { "parallel", N, 30, true, false, false, 0, 0 },
    { "fan", 1, 1, false, false, false, 60, 0 }, { "stack of fans", 3, 3, false, true, false, 60, 0 },
    { "cone", N, 30, false, false, false, 60, 0 }, { "cylindrical cone", N, 30, false, false, true, 90, 0 },
    { "laminography", N, 30, false, false, false, 90, 0.3 } };

static ptm_scan *make_scan(ptm_context *context, size_t i)
{
    ptm_scan *scan;
    const double sdd = 180, wide = scans[i].parallel ? 1 : sdd / scans[i].sod;
    const ptm_volume volume = { .shape = { scans[i].slices, N, N }, .spacing = { 0.8, 0.7, 0.5 } };
    const ptm_detector detector = { .shape = { scans[i].rows, 34 }, .spacing = { 0.6 * wide, 0.4 * wide },
        .cylindrical = scans[i].cylindrical };
    if (scans[i].tilt > 0)
        must(ptm_scan_trajectory(&scan, context, &(ptm_trajectory_options){ PTM_SIZED(ptm_trajectory_options),
            .kind = PTM_TRAJECTORY_LAMINOGRAPHY, .tilt = scans[i].tilt, .volume = volume, .detector = detector, .views = 60,
            .sod = scans[i].sod, .sdd = sdd }));
    else
        must((scans[i].parallel ? ptm_scan_parallel : scans[i].stack ? ptm_scan_fan : ptm_scan_cone)(&scan, context,
            &(ptm_circular_options){ PTM_SIZED(ptm_circular_options), .volume = volume, .detector = detector, .views = 60,
                .sod = scans[i].parallel ? 0 : scans[i].sod, .sdd = scans[i].parallel ? 0 : sdd }));
    return scan;
}

static int64_t count_of(const ptm_array *a)
{
    return a->shape[0] * a->shape[1] * a->shape[2];
}

static ptm_array with_data(const ptm_array *like, float *values)
{
    ptm_array a = *like;
    check(count_of(like) <= MOST_VALUES, "arrays fit the test's");
    a.data = values;
    return a;
}

static double rms_difference(const float *a, const float *b, int64_t count, double factor)
{
    double sum = 0, all = 0;
    for (int64_t i = 0; i < count; ++i) {
        sum += pow((double)a[i] - factor * (double)b[i], 2);
        all += pow((double)a[i], 2);
    }
    return sqrt(sum / all);
}

/* A ball of 1, smooth at its edge, in the middle of the volume, or a disc in each slice. */
static void fill_ball(const ptm_array *image)
{
    float *values = image->data;
    const int nz = (int)image->shape[0];
    for (int z = 0; z < nz; ++z)
        for (int y = 0; y < N; ++y)
            for (int x = 0; x < N; ++x) {
                const double dx = x - 0.5 * (N - 1), dy = y - 0.5 * (N - 1), dz = nz == N ? z - 0.5 * (N - 1) : 0;
                *values++ = (float)fmin(1, fmax(0, 0.3 * N - sqrt(dx * dx + dy * dy + dz * dz)));
            }
}

/* The parts' values to rounding, and of the exact adjoint's size. */
static void test_scan(ptm_device *device, size_t i)
{
    static float image[MOST_VALUES], pixels[MOST_VALUES], one[MOST_VALUES], other[MOST_VALUES];
    ptm_scan *scan = make_scan(device->context, i);
    ptm_operator *pair, *projector, *backprojector, *subsets;
    ptm_array domain, range;
    char what[120];
    must(ptm_projector_create(&pair, device, scan, &unmatched));
    must(ptm_projector_create(&projector, device, scan, NULL));
    must(ptm_backprojector_create(&backprojector, device, scan, NULL));
    must(ptm_subsets_create(&subsets, device, scan, 7, &unmatched));
    must(ptm_operator_domain(&domain, pair));
    must(ptm_operator_range(&range, pair));
    const ptm_array x = with_data(&domain, image), y = with_data(&range, pixels), a = with_data(&domain, one),
                    b = with_data(&domain, other), p = with_data(&range, one), q = with_data(&range, other);
    fill_ball(&x);
    must(ptm_apply(projector, &p, &x));
    must(ptm_apply(pair, &q, &x));
    check(memcmp(one, other, (size_t)count_of(&p) * sizeof *one) == 0, "%s: forward has the projector's bits",
        scans[i].name);
    must(ptm_apply(subsets, &q, &x));
    snprintf(what, sizeof what, "%s: in subsets, forward", scans[i].name);
    check_most(rms_difference(one, other, count_of(&p), 1), 1e-6, what);

    for (int64_t k = 0; k < count_of(&y); ++k) pixels[k] = one[k];
    must(ptm_apply_adjoint(pair, &a, &y));
    must(ptm_apply_adjoint(subsets, &b, &y));
    snprintf(what, sizeof what, "%s: in subsets, back", scans[i].name);
    check_most(rms_difference(one, other, count_of(&a), 1), 2e-6, what);
    must(ptm_apply(backprojector, &b, &y));
    const int64_t middle = count_of(&a) / 2 + N / 2;
    snprintf(what, sizeof what, "%s: back, the backprojector's times a factor", scans[i].name);
    check_most(rms_difference(one, other, count_of(&a), (double)one[middle] / (double)other[middle]), 1e-6, what);
    must(ptm_apply_adjoint(projector, &b, &y));
    snprintf(what, sizeof what, "%s: distance from the exact adjoint", scans[i].name);
    check_most(rms_difference(one, other, count_of(&a), 1), 0.05, what);

    ptm_operator_destroy(&subsets);
    ptm_operator_destroy(&backprojector);
    ptm_operator_destroy(&projector);
    ptm_operator_destroy(&pair);
    ptm_scan_destroy(&scan);
}

/* ------------------------------------------------------------------ solvers */

/* As near to the truth as with the exact adjoint, but for a twentieth. */
static void test_solver(
    ptm_device *device, const ptm_projector_options *options, ptm_method method, int subsets, int iterations)
{
    static float image[MOST_VALUES], pixels[MOST_VALUES], found[MOST_VALUES];
    ptm_scan *scan = make_scan(device->context, 4);
    double distance[2];
    for (int k = 0; k < 2; ++k) {
        ptm_operator *op;
        ptm_array domain, range;
        must(ptm_subsets_create(&op, device, scan, subsets, k ? options : NULL));
        must(ptm_operator_domain(&domain, op));
        must(ptm_operator_range(&range, op));
        const ptm_array truth = with_data(&domain, image), data = with_data(&range, pixels), x = with_data(&domain, found);
        fill_ball(&truth);
        must(ptm_apply(op, &data, &truth));
        must(ptm_solve(op, &x, &data, iterations,
            &(ptm_solver_options){ PTM_SIZED(ptm_solver_options), .method = method }));
        distance[k] = rms_difference(image, found, count_of(&x), 1);
        ptm_operator_destroy(&op);
    }
    check(distance[1] < 0.3 && distance[1] < 1.05 * distance[0],
        "method %d, %d subsets: %.3g from the truth, %.3g with the exact adjoint", method, subsets, distance[1],
        distance[0]);
    ptm_scan_destroy(&scan);
}

static void refused(int status, int expected, const char *word)
{
    check(status == expected && strstr(ptm_error_message(), word), "refused with \"%s\": %d %s", word, status,
        status ? ptm_error_message() : "nothing");
}

static void test_refusals(ptm_device *device)
{
    static const ptm_method methods[] = { PTM_METHOD_LANDWEBER, PTM_METHOD_CGLS, PTM_METHOD_LSQR, PTM_METHOD_LSMR,
        PTM_METHOD_FISTA, PTM_METHOD_PDHG };
    ptm_scan *scan = make_scan(device->context, 0);
    ptm_operator *pair, *forward, *backward, *made;
    ptm_solver *solver;
    ptm_norm norm;
    must(ptm_projector_create(&pair, device, scan, &unmatched));
    must(ptm_projector_create(&forward, device, scan, NULL));
    must(ptm_backprojector_create(&backward, device, scan, NULL));
    for (size_t i = 0; i < sizeof methods / sizeof *methods; ++i)
        refused(ptm_solver_create(&solver, pair, &(ptm_solver_options){ PTM_SIZED(ptm_solver_options),
            .method = methods[i] }), PTM_ERROR_UNSUPPORTED, "own adjoint");
    refused(ptm_operator_norm(&norm, pair, NULL), PTM_ERROR_UNSUPPORTED, "in the place of its adjoint");
    refused(ptm_backprojector_create(&made, device, scan, &unmatched), PTM_ERROR_ARGUMENT, "unmatched is set");
    refused(ptm_pair_create(&made, forward, forward, 1), PTM_ERROR_ARGUMENT, "backward does not take");
    refused(ptm_pair_create(&made, forward, NULL, 1), PTM_ERROR_ARGUMENT, "is NULL");
    refused(ptm_pair_create(&made, forward, backward, 0), PTM_ERROR_ARGUMENT, "factor is 0");
    refused(ptm_pair_create(&made, forward, backward, (double)NAN), PTM_ERROR_ARGUMENT, "factor is nan");
    ptm_operator_destroy(&backward);
    ptm_operator_destroy(&forward);
    ptm_operator_destroy(&pair);
    ptm_scan_destroy(&scan);
}

static void test_device(ptm_device *device, const char *name)
{
    (void)name;
    const bool all = takes_all(device);
    for (size_t i = 0; i < sizeof scans / sizeof *scans; i += all ? 1 : 4) test_scan(device, i);
    if (all) test_solver(device, &unmatched, PTM_METHOD_SIRT, 1, 60);
    test_solver(device, &unmatched, PTM_METHOD_SIRT, 10, all ? 6 : 1);
    if (all) test_solver(device, &unmatched, PTM_METHOD_MLEM, 1, 60);
    if (device->limits.textures) test_solver(device, &texture, PTM_METHOD_SIRT, 10, 1);
    test_refusals(device);
}

int main(int argc, char **argv)
{
    for_each_device(argc, argv, test_device);
    return finish();
}
