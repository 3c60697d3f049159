/* test_options.c - what projectors can be asked for: batches, supersampling, queues, progress.
 *
 * usage: test_options [DEVICE...] */
#include "check.h"

#include "core/device.h"

static ptm_context *context;

static size_t elements(const ptm_array *a)
{
    size_t n = 1;
    for (int i = 0; i < a->dimensions; ++i) n *= (size_t)a->shape[i];
    return n;
}
static float *values(const ptm_array *a)
{
    return a->data;
}
static ptm_array array_of(const int64_t shape[3], int batch, uint64_t seed)
{
    ptm_array a = { PTM_SIZED(ptm_array), .dimensions = batch ? 4 : 3, .shape = { batch } };
    for (int i = 0; i < 3; ++i) a.shape[a.dimensions - 3 + i] = shape[i];
    a.data = malloc(elements(&a) * sizeof(float));
    for (size_t i = 0; i < elements(&a); ++i) values(&a)[i] = (float)random_number(&seed);
    return a;
}
static ptm_array sample(const ptm_array *a, int i)
{
    ptm_array s = *a;
    s.dimensions = 3;
    memcpy(s.shape, a->shape + 1, 3 * sizeof *s.shape);
    s.data = values(a) + (size_t)i * elements(&s);
    return s;
}
static double difference(const ptm_array *a, const ptm_array *b)
{
    double most = 0, top = 0;
    for (size_t i = 0; i < elements(a); ++i) {
        const double d = fabs((double)values(a)[i] - (double)values(b)[i]);
        if (!(d <= most)) most = d;
        top = fmax(top, fabs((double)values(b)[i]));
    }
    return top > 0 ? most / top : INFINITY;
}
static double dot(const ptm_array *a, const ptm_array *b)
{
    double sum = 0;
    for (size_t i = 0; i < elements(a); ++i) sum += (double)values(a)[i] * (double)values(b)[i];
    return sum;
}

static ptm_scan *scan_of(bool flat, bool parallel, double start)
{
    const ptm_circular_options o = { PTM_SIZED(ptm_circular_options), .volume = { .shape = { flat ? 1 : 6, 11, 12 } },
        .detector = { .shape = { flat ? 1 : 7, 17 }, .spacing = { parallel ? 1 : 2, parallel ? 1 : 2 } }, .views = 9,
        .start = start, .sod = 40, .sdd = 80 };
    ptm_scan *scan;
    must(parallel ? ptm_scan_parallel(&scan, context, &o) : ptm_scan_cone(&scan, context, &o));
    return scan;
}

typedef int (*maker)(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options);

/* A batch is as its samples one by one, both ways. Flat batches go as stacks, through other kernels. */
static void check_batch(ptm_device *device, maker make, const ptm_scan *all, ptm_scan *const scans[3],
    const int64_t domain[3], const int64_t range[3], const char *what)
{
    ptm_operator *together, *alone;
    const ptm_projector_options o = { PTM_SIZED(ptm_projector_options), .batch = 3 };
    must(make(&together, device, all, &o));
    const ptm_array x = array_of(domain, 3, 1), y = array_of(range, 3, 2), ax = array_of(range, 3, 3),
                    aty = array_of(domain, 3, 4);
    must(ptm_apply(together, &ax, &x));
    must(ptm_apply_adjoint(together, &aty, &y));
    double worst = 0;
    for (int i = 0; i < 3; ++i) {
        must(make(&alone, device, scans[i], NULL));
        const ptm_array one = array_of(range, 0, 5), back = array_of(domain, 0, 6), from = sample(&x, i),
                        of = sample(&y, i);
        must(ptm_apply(alone, &one, &from));
        must(ptm_apply_adjoint(alone, &back, &of));
        const ptm_array a = sample(&ax, i), b = sample(&aty, i);
        worst = fmax(worst, fmax(difference(&a, &one), difference(&b, &back)));
        free(one.data);
        free(back.data);
        ptm_operator_destroy(&alone);
    }
    check_most(worst, 3e-6, what);
    free(x.data);
    free(y.data);
    free(ax.data);
    free(aty.data);
    ptm_operator_destroy(&together);
}

static void test_batches(ptm_device *device)
{
    for (int kind = 0; kind < 8; ++kind) {
        const bool flat = kind & 1, parallel = kind & 2, own = kind & 4;
        char what[120];
        ptm_scan *scans[3], *batch = NULL;
        for (int i = 0; i < 3; ++i) scans[i] = scan_of(flat, parallel, own ? 0.3 * i : 0.1);
        if (own) must(ptm_scan_batch(&batch, context, (const ptm_scan *const[]){ scans[0], scans[1], scans[2] }, 3));
        const ptm_scan *all = own ? batch : scans[0];
        int64_t pixels[3];
        ptm_scan_projection_shape(scans[0], pixels);
        const int64_t volume[3] = { flat ? 1 : 6, 11, 12 };
        const char *beam = parallel ? "parallel" : flat ? "fan" : "cone";
        snprintf(what, sizeof what, "projector, batch of %s%s, %s geometry", beam, flat ? ", flat" : "",
            own ? "each its own" : "one");
        check_batch(device, ptm_projector_create, all, scans, volume, pixels, what);
        snprintf(what, sizeof what, "backprojector, batch of %s%s, %s geometry", beam, flat ? ", flat" : "",
            own ? "each its own" : "one");
        check_batch(device, ptm_backprojector_create, all, scans, pixels, volume, what);
        for (int i = 0; i < 3; ++i) ptm_scan_destroy(&scans[i]);
        ptm_scan_destroy(&batch);
    }
}

/* Two rays along u and v are the mean of the pixels of a detector twice as fine; two places along each axis that of
 * voxels. */
static void test_supersampling(ptm_device *device, bool flat)
{
    const char *shape = flat ? "flat" : "cone";
    char what[120];
    ptm_circular_options o = { PTM_SIZED(ptm_circular_options), .volume = { .shape = { flat ? 1 : 6, 11, 12 } },
        .detector = { .shape = { flat ? 1 : 7, 17 }, .spacing = { 2, 2 } }, .views = 9, .sod = 40, .sdd = 80 };
    const int down = flat ? 1 : 2;
    ptm_scan *coarse, *fine;
    must(ptm_scan_cone(&coarse, context, &o));
    const int64_t volume[3] = { flat ? 1 : 6, 11, 12 }, pixels[3] = { 9, flat ? 1 : 7, 17 };
    for (int weighted = 0; weighted < 2; ++weighted) {
        ptm_circular_options finer = o;
        int64_t fine_volume[3] = { volume[0], volume[1], volume[2] }, fine_pixels[3] = { pixels[0], pixels[1], pixels[2] };
        for (int i = 0; i < 3; ++i) {
            const int times = weighted ? (i == 0 ? down : 2) : i == 0 ? 1 : i == 1 ? down : 2;
            if (weighted) finer.volume.shape[i] = (int)(fine_volume[i] *= times);
            else fine_pixels[i] *= times;
            if (weighted) finer.volume.spacing[2 - i] = 1.0 / times;
            if (!weighted && i > 0) finer.detector.shape[i - 1] = (int)fine_pixels[i];
            if (!weighted && i > 0) finer.detector.spacing[2 - i] = 2.0 / times;
        }
        must(ptm_scan_cone(&fine, context, &finer));
        const maker make = weighted ? ptm_backprojector_create : ptm_projector_create;
        const ptm_projector_options two = { PTM_SIZED(ptm_projector_options), .ray_samples = weighted ? 0 : 2,
            .voxel_samples = weighted ? 2 : 0, .workspace = 40000 };
        ptm_operator *super, *plain;
        must(make(&super, device, coarse, &two));
        must(make(&plain, device, fine, NULL));
        const int64_t *out_shape = weighted ? volume : pixels, *in_shape = weighted ? pixels : volume,
                      *fine_out = weighted ? fine_volume : fine_pixels;
        const ptm_array in = array_of(in_shape, 0, 1), out = array_of(out_shape, 0, 2), of_fine = array_of(fine_out, 0, 3),
                        mean = array_of(out_shape, 0, 4), y = array_of(out_shape, 0, 5), back = array_of(in_shape, 0, 6);
        must(ptm_apply(super, &out, &in));
        must(ptm_apply(plain, &of_fine, &in));
        memset(mean.data, 0, elements(&mean) * sizeof(float));
        const int64_t f[3] = { fine_out[0] / out_shape[0], fine_out[1] / out_shape[1], fine_out[2] / out_shape[2] };
        for (int64_t i = 0; i < fine_out[0]; ++i)
            for (int64_t j = 0; j < fine_out[1]; ++j)
                for (int64_t k = 0; k < fine_out[2]; ++k)
                    values(&mean)[(i / f[0] * out_shape[1] + j / f[1]) * out_shape[2] + k / f[2]] +=
                        values(&of_fine)[(i * fine_out[1] + j) * fine_out[2] + k] / (float)(f[0] * f[1] * f[2]);
        snprintf(what, sizeof what, "%s, %s supersampled against the mean", shape, weighted ? "voxels" : "rays");
        check_most(difference(&out, &mean), 3e-6, what);
        must(ptm_apply_adjoint(super, &back, &y));
        snprintf(what, sizeof what, "%s, %s supersampled, dot test", shape, weighted ? "voxels" : "rays");
        check_most(fabs(dot(&out, &y) - dot(&in, &back)) / sqrt(dot(&out, &out) * dot(&y, &y)), 1e-6, what);
        const ptm_array *const arrays[] = { &in, &out, &of_fine, &mean, &y, &back };
        for (int i = 0; i < 6; ++i) free(arrays[i]->data);
        ptm_operator_destroy(&super);
        ptm_operator_destroy(&plain);
        ptm_scan_destroy(&fine);
    }
    ptm_scan_destroy(&coarse);
}

typedef struct seen { double last; int calls, stop_after; bool ordered; } seen;
static bool on_progress(void *user, double done)
{
    seen *s = user;
    s->ordered = s->ordered && done > s->last && done <= 1;
    s->last = done;
    return ++s->calls != s->stop_after;
}

static void test_progress(ptm_device *device)
{
    ptm_scan *scan = scan_of(false, false, 0);
    const int64_t volume[3] = { 6, 11, 12 }, pixels[3] = { 9, 7, 17 };
    const ptm_array x = array_of(volume, 2, 1), a = array_of(pixels, 2, 2), b = array_of(pixels, 2, 3);
    ptm_operator *op;
    ptm_queue *queue;
    must(ptm_projector_create(
        &op, device, scan, &(ptm_projector_options) { PTM_SIZED(ptm_projector_options), .batch = 2, .workspace = 3000 }));
    must(ptm_queue_create(&queue, device));
    must(ptm_apply(op, &a, &x));
    seen s = { .ordered = true };
    ptm_run_options run = { PTM_SIZED(ptm_run_options), .queue = queue, .progress = on_progress, .progress_user = &s };
    must(ptm_apply_scaled(op, false, 1, &x, 0, &b, &run));
    check(memcmp(a.data, b.data, elements(&a) * sizeof(float)) == 0, "the same bits on another queue");
    check(s.calls > 4 && s.ordered && fabs(s.last - 1) < 1e-12, "progress grows to 1: %d calls, the last %g", s.calls,
        s.last);
    s = (seen){ .ordered = true, .stop_after = 2 };
    check(ptm_apply_scaled(op, false, 1, &x, 0, &b, &run) == PTM_ERROR_CANCELLED && s.calls == 2, "stopped when asked: %s",
        ptm_error_message());
    must(ptm_apply(op, &b, &x));
    check(memcmp(a.data, b.data, elements(&a) * sizeof(float)) == 0, "all is well after it was stopped");
    ptm_queue_destroy(&queue);
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
    free(x.data);
    free(a.data);
    free(b.data);
}

/* Samples of a flat scan go as the slices of a stack; not in the flat family, nor where there are more than a stack can
 * have. Then each is by itself, with the same numbers. */
static void test_flat_batches(ptm_device *device)
{
    static const struct { ptm_family family; int batch; } cases[] = { { PTM_FAMILY_FLAT, 3 }, { PTM_FAMILY_AUTO, 16385 } };
    ptm_scan *scan = scan_of(true, false, 0);
    ptm_operator *one, *all;
    must(ptm_projector_create(&one, device, scan, NULL));
    int64_t pixels[3];
    ptm_scan_projection_shape(scan, pixels);
    const ptm_array x = array_of((int64_t[]){ 1, 11, 12 }, 0, 1), y = array_of(pixels, 0, 2);
    must(ptm_apply(one, &y, &x));
    const size_t in = 11 * 12, out = (size_t)(pixels[0] * pixels[1] * pixels[2]);
    for (int i = 0; i < 2; ++i) {
        const int n = cases[i].batch;
        if (n > 3 && strcmp(ptm_device_get_info(device)->backend, "host") != 0) continue; /* a launch for each takes long */
        const ptm_projector_options o = { PTM_SIZED(ptm_projector_options), .family = cases[i].family, .batch = n };
        const ptm_array xs = array_of((int64_t[]){ 1, 11, 12 }, n, 3), ys = array_of(pixels, n, 4);
        memcpy((float *)xs.data + (size_t)(n - 1) * in, x.data, in * sizeof(float));
        must(ptm_projector_create(&all, device, scan, &o));
        must(ptm_apply(all, &ys, &xs));
        check(memcmp((float *)ys.data + (size_t)(n - 1) * out, y.data, out * sizeof(float)) == 0,
            "the last of %d flat samples", n);
        ptm_operator_destroy(&all);
        free(xs.data);
        free(ys.data);
    }
    ptm_operator_destroy(&one);
    ptm_scan_destroy(&scan);
    free(x.data);
    free(y.data);
}

static void refused(int status, const char *word, const char *what)
{
    check(status == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), word), "%s is refused: %s", what,
        status ? ptm_error_message() : "no");
}

/* What footprints do not go with. */
static void test_footprint_refusals(ptm_device *device)
{
    static const struct { ptm_projector_options options; int status; const char *word;
    } bad[] = { { { PTM_SIZED(ptm_projector_options), .model = (ptm_projector_model)7 }, PTM_ERROR_ARGUMENT, "model is 7" },
        { { PTM_SIZED(ptm_projector_options), .model = PTM_MODEL_FOOTPRINT, .step = 1 }, PTM_ERROR_ARGUMENT, "step is 1" },
        { { PTM_SIZED(ptm_projector_options), .model = PTM_MODEL_FOOTPRINT, .family = PTM_FAMILY_GENERAL },
            PTM_ERROR_UNSUPPORTED, "family general" },
        { { PTM_SIZED(ptm_projector_options), .model = PTM_MODEL_FOOTPRINT, .family = PTM_FAMILY_LEVEL },
            PTM_ERROR_UNSUPPORTED, "family level" },
        { { PTM_SIZED(ptm_projector_options), .model = PTM_MODEL_FOOTPRINT, .family = PTM_FAMILY_FLAT }, PTM_ERROR_ARGUMENT,
            "family flat" } };
    const ptm_projector_options footprint = { PTM_SIZED(ptm_projector_options), .model = PTM_MODEL_FOOTPRINT };
    const ptm_projector_options texture = { PTM_SIZED(ptm_projector_options), .model = PTM_MODEL_FOOTPRINT,
        .sampling = PTM_SAMPLING_TEXTURE };
    ptm_operator *op;
    ptm_scan *scan = scan_of(false, false, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        const int status = ptm_projector_create(&op, device, scan, &bad[i].options);
        check(status == bad[i].status && strstr(ptm_error_message(), bad[i].word), "footprints are refused: %s",
            ptm_error_message());
    }
    check(ptm_projector_create(&op, device, scan, &texture) == PTM_ERROR_UNSUPPORTED,
        "footprints from textures are refused: %s", ptm_error_message());
    refused(ptm_backprojector_create(&op, device, scan, &footprint), "for the projector",
        "a weighted backprojector by footprints");
    ptm_scan_destroy(&scan);
    const ptm_view leaning = { { 0, -40, 0 }, { 0, 40, 0 }, { 1, 0, 0 }, { 0, 0.2, 1 } };
    must(ptm_scan_vectors(&scan, context,
        &(ptm_vector_options) { PTM_SIZED(ptm_vector_options), .volume = { .shape = { 6, 11, 12 } },
            .detector_shape = { 7, 17 }, .views = 1, .view = &leaning }));
    refused(ptm_projector_create(&op, device, scan, &footprint), "PTM_MODEL_FOOTPRINT is asked for",
        "footprints on a leaning detector");
    ptm_scan_destroy(&scan);
}

static void test_refusals(ptm_device *device)
{
    ptm_operator *op;
    ptm_scan *scan = scan_of(false, false, 0);
    ptm_projector_options o = { PTM_SIZED(ptm_projector_options), .batch = -1 };
    refused(ptm_projector_create(&op, device, scan, &o), "batch is -1", "a negative batch");
    o = (ptm_projector_options){ PTM_SIZED(ptm_projector_options), .ray_samples = 17 };
    refused(ptm_projector_create(&op, device, scan, &o), "ray_samples is 17", "too many rays");
    o = (ptm_projector_options){ PTM_SIZED(ptm_projector_options), .voxel_samples = 2 };
    refused(ptm_projector_create(&op, device, scan, &o), "voxel_samples is 2", "supersampled voxels of a projector");
    o = (ptm_projector_options){ PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_FLAT };
    refused(ptm_projector_create(&op, device, scan, &o), "family flat", "a cone as flat");
    o = (ptm_projector_options){ PTM_SIZED(ptm_projector_options), .batch = 2 };
    must(ptm_projector_create(&op, device, scan, &o));
    const ptm_array x = array_of((int64_t[]){ 6, 11, 12 }, 0, 1), y = array_of((int64_t[]){ 9, 7, 17 }, 2, 1);
    refused(ptm_apply(op, &y, &x), "in has 3 dimensions, expected 4", "an array without samples");
    free(x.data);
    free(y.data);
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
    const ptm_circular_options huge = { PTM_SIZED(ptm_circular_options), .volume = { .shape = { 6, 11, 12 },
        .spacing = { 1e-60, 1e-60, 1e-60 } }, .detector = { .shape = { 7, 17 }, .offset = { 0.1, 0.1 } }, .views = 9 };
    must(ptm_scan_parallel(&scan, context, &huge));
    refused(ptm_projector_create(&op, device, scan, NULL), "too far apart", "pixels beyond what float32 has");
    ptm_scan_destroy(&scan);
}

static void test_device(ptm_device *device, const char *name)
{
    (void)name;
    context = device->context;
    test_batches(device);
    test_flat_batches(device);
    test_supersampling(device, false);
    test_supersampling(device, true);
    test_progress(device);
    test_refusals(device);
    test_footprint_refusals(device);
}

int main(int argc, char **argv)
{
    for_each_device(argc, argv, test_device);
    return finish();
}
