/* test_api.c - arrays of every kind on every device, and that bad input is refused with a message that names it.
 *
 * usage: test_api [DEVICE...] */
#define _POSIX_C_SOURCE 200809L /* setenv */
#include "check.h"

#include <inttypes.h>
#include <pthread.h>

static ptm_context *context;
enum { N = 13, NZ = 5, NU = 17, NV = 7, VIEWS = 9 };

static ptm_circular_options good(void)
{
    return (ptm_circular_options){ PTM_SIZED(ptm_circular_options), .volume = { .shape = { NZ, N, N } },
        .detector = { .shape = { NV, NU }, .spacing = { 2, 2 } }, .views = VIEWS, .sod = 40, .sdd = 80 };
}

static float *numbers(size_t n, uint64_t seed)
{
    float *a = malloc(n * sizeof *a);
    for (size_t i = 0; i < n; ++i) a[i] = (float)random_number(&seed);
    return a;
}

/* Does a call fail with this status and a message that has this word? */
static void refused(int status, int expected, const char *word, const char *what)
{
    check(status == expected && strstr(ptm_error_message(), word), "%s: status %d, \"%s\"", what, status,
        ptm_error_message());
}

/* ASTRA's order of projections (v, view, u), a transposed volume, and memory on the device, give what dense arrays give. */
static void test_layouts(ptm_device *device, ptm_operator *op)
{
    const size_t n = NZ * N * N, m = VIEWS * NV * NU;
    float *x = numbers(n, 1), *y = calloc(m, sizeof *y), *other = calloc(m, sizeof *other),
          *turned = malloc(n * sizeof *turned);
    const ptm_array volume = PTM_ARRAY_3D(x, NZ, N, N), pixels = PTM_ARRAY_3D(y, VIEWS, NV, NU);
    must(ptm_apply(op, &pixels, &volume));

    ptm_array astra = PTM_ARRAY_3D(other, VIEWS, NV, NU), transposed = PTM_ARRAY_3D(turned, NZ, N, N);
    astra.stride[0] = NU;
    astra.stride[1] = VIEWS * NU;
    astra.stride[2] = 1;
    transposed.stride[0] = 1;
    transposed.stride[1] = NZ * N;
    transposed.stride[2] = NZ;
    for (int z = 0; z < NZ; ++z)
        for (int i = 0; i < N * N; ++i) turned[z + i * NZ] = x[z * N * N + i];
    must(ptm_apply(op, &astra, &transposed));
    bool same = true;
    for (int a = 0; a < VIEWS; ++a)
        for (int v = 0; v < NV; ++v)
            for (int u = 0; u < NU; ++u) same = same && other[(v * VIEWS + a) * NU + u] == y[(a * NV + v) * NU + u];
    check(same, "strided arrays give the same bits");

    ptm_memory *in, *out;
    for (int bits = 0; bits <= 3; bits += 3) {
        in = (ptm_memory *)x;
        refused(ptm_memory_create(&in, device, UINT64_MAX >> bits), PTM_ERROR_MEMORY, "bytes",
            "memory larger than there can be");
        check(in == NULL, "and no memory comes back");
    }
    must(ptm_memory_create(&in, device, (n + 3) * sizeof *x));
    must(ptm_memory_create(&out, device, m * sizeof *y));
    must(ptm_memory_write(in, 3 * sizeof *x, x, n * sizeof *x));
    ptm_array on_device = PTM_ARRAY_3D(NULL, NZ, N, N), result = PTM_ARRAY_3D(NULL, VIEWS, NV, NU);
    on_device.memory = in;
    on_device.offset = 3;
    result.memory = out;
    must(ptm_apply(op, &result, &on_device));
    must(ptm_memory_read(out, 0, other, m * sizeof *y));
    check(memcmp(other, y, m * sizeof *y) == 0, "arrays on the device give the same bits");
    on_device.offset = 4;
    refused(ptm_apply(op, &result, &on_device), PTM_ERROR_ARGUMENT, "beyond", "an array that reaches beyond its memory");
    refused(ptm_memory_write(in, 0, x, (n + 4) * sizeof *x), PTM_ERROR_ARGUMENT, "bytes", "a write beyond the memory");
    ptm_memory_destroy(&in);
    ptm_memory_destroy(&out);

    memcpy(other, y, m * sizeof *y);
    ptm_array wrong = pixels;
    wrong.shape[2] = NU + 1;
    refused(ptm_apply(op, &wrong, &volume), PTM_ERROR_ARGUMENT, "out has shape", "a wrong shape");
    wrong = pixels;
    wrong.type = PTM_FLOAT64;
    refused(ptm_apply(op, &wrong, &volume), PTM_ERROR_ARGUMENT, "float64", "a wrong type");
    wrong = pixels;
    wrong.data = NULL;
    refused(ptm_apply(op, &wrong, &volume), PTM_ERROR_ARGUMENT, "neither", "an array without memory");
    wrong = pixels;
    wrong.data = x;
    refused(ptm_apply(op, &wrong, &volume), PTM_ERROR_ARGUMENT, "share", "arrays that overlap");
    wrong = pixels;
    wrong.data = (char *)y + 1;
    refused(ptm_apply(op, &wrong, &volume), PTM_ERROR_ARGUMENT, "aligned", "data between elements");
    wrong = pixels;
    wrong.stride[0] = -1;
    refused(ptm_apply(op, &wrong, &volume), PTM_ERROR_ARGUMENT, "stride", "a negative stride");
    wrong = pixels;
    memcpy(wrong.stride, (int64_t[]){ 1, 1, 1 }, 3 * sizeof *wrong.stride);
    refused(ptm_apply(op, &wrong, &volume), PTM_ERROR_ARGUMENT, "share memory by its strides",
        "an output whose elements coincide");
    refused(ptm_apply(op, NULL, &volume), PTM_ERROR_ARGUMENT, "out is NULL", "no array");
    refused(ptm_apply_scaled(op, false, NAN, &volume, 0, &pixels, NULL), PTM_ERROR_ARGUMENT, "alpha is nan",
        "a factor that is no number");
    refused(ptm_apply_scaled(op, false, 1, &volume, INFINITY, &pixels, NULL), PTM_ERROR_ARGUMENT, "beta inf",
        "an infinite factor");
    check(memcmp(other, y, m * sizeof *y) == 0, "nothing is written on bad input");
    free(x);
    free(y);
    free(other);
    free(turned);
}

/* One thread's work: a device of its own, opened by name from the common context. */
typedef struct work { const char *device; float *pixels; int status; } work;
static void *project_alone(void *argument)
{
    work *w = argument;
    ptm_device *device = NULL;
    ptm_scan *scan = NULL;
    ptm_operator *op = NULL;
    float *x = numbers(NZ * N * N, 1);
    const ptm_array volume = PTM_ARRAY_3D(x, NZ, N, N), pixels = PTM_ARRAY_3D(w->pixels, VIEWS, NV, NU);
    const ptm_circular_options o = good();
    w->status = ptm_device_open(&device, context, w->device);
    if (!w->status) w->status = ptm_scan_cone(&scan, context, &o);
    if (!w->status) w->status = ptm_projector_create(&op, device, scan, NULL);
    for (int i = 0; i < 20 && !w->status; ++i) w->status = ptm_apply(op, &pixels, &volume);
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
    ptm_device_close(&device);
    free(x);
    return NULL;
}

/* Threads side by side, each with a device opened for itself, get what one alone gets. */
static void test_threads(const char *device)
{
    enum { THREADS = 3 };
    pthread_t threads[THREADS];
    work works[THREADS];
    for (int i = 0; i < THREADS; ++i) {
        works[i] = (work){ device, calloc(VIEWS * NV * NU, sizeof(float)), 0 };
        pthread_create(&threads[i], NULL, project_alone, &works[i]);
    }
    bool same = true;
    for (int i = 0; i < THREADS; ++i) {
        pthread_join(threads[i], NULL);
        same = same && works[i].status == PTM_OK &&
               memcmp(works[i].pixels, works[0].pixels, VIEWS * NV * NU * sizeof(float)) == 0;
    }
    check(same, "%s: three threads with a device each get the same bits", device);
    for (int i = 0; i < THREADS; ++i) free(works[i].pixels);
}

/* A user of a device: a context of its own, and all that comes after it. */
typedef struct user { ptm_context *context; ptm_device *device; ptm_operator *op; ptm_memory *memory; float *pixels; } user;
static user come(const char *device, const float *values)
{
    user u = { .pixels = calloc(VIEWS * NV * NU, sizeof(float)) };
    ptm_scan *scan;
    const ptm_circular_options o = good();
    must(ptm_context_create(&u.context, NULL));
    must(ptm_device_open(&u.device, u.context, device));
    must(ptm_scan_cone(&scan, u.context, &o));
    must(ptm_projector_create(&u.op, u.device, scan, NULL));
    must(ptm_memory_create(&u.memory, u.device, NZ * N * N * sizeof(float)));
    must(ptm_memory_write(u.memory, 0, values, NZ * N * N * sizeof(float)));
    ptm_scan_destroy(&scan);
    return u;
}
static void work_once(user *u)
{
    ptm_array in = PTM_ARRAY_3D(NULL, NZ, N, N), out = PTM_ARRAY_3D(u->pixels, VIEWS, NV, NU);
    in.memory = u->memory;
    memset(u->pixels, 0, VIEWS * NV * NU * sizeof(float));
    must(ptm_apply(u->op, &out, &in));
}
static void leave(user *u)
{
    ptm_operator_destroy(&u->op);
    ptm_memory_destroy(&u->memory);
    ptm_device_close(&u->device);
    ptm_context_destroy(&u->context);
    free(u->pixels);
}

/* Two contexts with the same device, at work in turns; one leaves while the other works on, and a third comes. */
static void test_shared_device(const char *device)
{
    float *x = numbers(NZ * N * N, 1), *right = malloc(VIEWS * NV * NU * sizeof *right);
    user a = come(device, x), b = come(device, x);
    work_once(&a);
    memcpy(right, a.pixels, VIEWS * NV * NU * sizeof *right);
    bool same = true;
    for (int i = 0; i < 3; ++i) {
        work_once(&b);
        same = same && memcmp(b.pixels, right, VIEWS * NV * NU * sizeof *right) == 0;
        work_once(&a);
        same = same && memcmp(a.pixels, right, VIEWS * NV * NU * sizeof *right) == 0;
    }
    check(same, "%s: two contexts work on it in turns", device);
    ptm_array in = PTM_ARRAY_3D(NULL, NZ, N, N), out = PTM_ARRAY_3D(a.pixels, VIEWS, NV, NU);
    in.memory = b.memory;
    refused(ptm_apply(a.op, &out, &in), PTM_ERROR_ARGUMENT, "another device", "memory of the other context's device");
    leave(&a);
    work_once(&b);
    check(memcmp(b.pixels, right, VIEWS * NV * NU * sizeof *right) == 0, "%s: the second works on when the first is gone",
        device);
    user c = come(device, x);
    work_once(&c);
    leave(&b);
    work_once(&c);
    check(memcmp(c.pixels, right, VIEWS * NV * NU * sizeof *right) == 0, "%s: a third works on when the second is gone",
        device);
    leave(&c);
    free(x);
    free(right);
}

/* What FBP and its filter refuse of the options of their backprojector. */
static void test_fbp_options(ptm_device *device, const ptm_scan *scan)
{
    const struct { ptm_projector_options options; const char *word; } bad[] = {
        { { PTM_SIZED(ptm_projector_options), .precision = PTM_UINT8 }, "precision" },
        { { PTM_SIZED(ptm_projector_options), .precision = (ptm_type)99 }, "precision" },
        { { PTM_SIZED(ptm_projector_options), .batch = -3 }, "batch" },
        { { PTM_SIZED(ptm_projector_options), .step = 1 }, "step" },
        { { .struct_size = 3 }, "struct_size" } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        const ptm_fbp_options o = { PTM_SIZED(ptm_fbp_options), .projector = &bad[i].options };
        ptm_operator *op;
        refused(ptm_fbp_create(&op, device, scan, &o), PTM_ERROR_ARGUMENT, bad[i].word, "options of FBP's backprojector");
        refused(ptm_filter_create(&op, device, scan, &o), PTM_ERROR_ARGUMENT, bad[i].word, "the same of its filter");
    }
}

static void test_device(ptm_device *device, const char *name)
{
    (void)name;
    ptm_scan *scan;
    ptm_operator *op;
    char full[32];
    const ptm_circular_options o = good();
    const ptm_device_info *info = ptm_device_get_info(device);
    snprintf(full, sizeof full, "%s:%d", info->backend, info->index);
    test_threads(full);
    test_shared_device(full);
    must(ptm_scan_cone(&scan, context, &o));
    must(ptm_projector_create(&op, device, scan, NULL));
    test_layouts(device, op);
    ptm_operator_destroy(&op);
    if (strcmp(ptm_device_get_info(device)->backend, "host") != 0)
        refused(ptm_projector_create(&op, device, scan,
                    &(ptm_projector_options) { PTM_SIZED(ptm_projector_options), .precision = PTM_FLOAT64 }),
            PTM_ERROR_UNSUPPORTED, "float64", "float64 on a device");
    refused(ptm_projector_create(&op, device, scan,
                &(ptm_projector_options) { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_FLAT }),
        PTM_ERROR_ARGUMENT, "flat", "the flat family for a volume");
    refused(ptm_projector_create(
                &op, device, scan, &(ptm_projector_options) { PTM_SIZED(ptm_projector_options), .step = 1e-6 }),
        PTM_ERROR_ARGUMENT, "step is", "a step below the least");
    op = (ptm_operator *)device;
    refused(ptm_projector_create(&op, device, NULL, NULL), PTM_ERROR_ARGUMENT, "scan is NULL", "no scan");
    check(op == NULL, "and no operator comes back");
    test_fbp_options(device, scan);
    ptm_scan_destroy(&scan);
}

static void test_scan(const char *what, const char *word, void (*spoil)(ptm_circular_options *o))
{
    ptm_circular_options o = good();
    ptm_scan *scan = (ptm_scan *)&o;
    spoil(&o);
    refused(ptm_scan_cone(&scan, context, &o), PTM_ERROR_ARGUMENT, word, what);
    check(scan == NULL, "%s: no scan is made", what);
}

static void no_size(ptm_circular_options *o)
{
    o->struct_size = 0;
}
static void too_new(ptm_circular_options *o)
{
    static struct { ptm_circular_options options; int later; } newer;
    newer.options = *o;
    newer.later = 1;
    newer.options.struct_size = sizeof newer;
    ptm_scan *scan;
    refused(ptm_scan_cone(&scan, context, &newer.options), PTM_ERROR_UNSUPPORTED, "does not know",
        "a field of a later version");
    newer.later = 0;
    must(ptm_scan_cone(&scan, context, &newer.options));
    ptm_scan_destroy(&scan);
    o->views = -1;
}
static void empty_volume(ptm_circular_options *o)
{
    o->volume.shape[1] = 0;
}
static void nan_spacing(ptm_circular_options *o)
{
    o->volume.spacing[2] = (double)NAN;
}
static void negative_pixel(ptm_circular_options *o)
{
    o->detector.spacing[0] = -1;
}
static void infinite_offset(ptm_circular_options *o)
{
    o->detector.offset[1] = (double)INFINITY;
}
static void no_views(ptm_circular_options *o)
{
    o->views = 0;
}
static void no_sod(ptm_circular_options *o)
{
    o->sod = 0;
}
static void nan_angle(ptm_circular_options *o)
{
    static const double angles[VIEWS] = { 0, 1, 2, (double)NAN };
    o->angles = angles;
}
static void infinite_range(ptm_circular_options *o)
{
    o->range = (double)INFINITY;
}
static void huge(ptm_circular_options *o)
{
    o->volume.shape[0] = 1 << 30;
}

static void test_vectors(const char *what, const char *word, ptm_view view)
{
    ptm_scan *scan;
    refused(ptm_scan_vectors(&scan, context,
                &(ptm_vector_options) { PTM_SIZED(ptm_vector_options), .volume = { .shape = { 4, 4, 4 } },
                    .detector_shape = { 4, 4 }, .views = 1, .view = &view }),
        PTM_ERROR_ARGUMENT, word, what);
}

static void test_bad_scans(void)
{
    test_scan("struct_size 0", "PTM_SIZED", no_size);
    test_scan("negative views", "views is -1", too_new);
    test_scan("an empty volume", "volume.shape[1] is 0", empty_volume);
    test_scan("a spacing that is not a number", "volume.spacing[2] is nan", nan_spacing);
    test_scan("a negative pixel", "detector.spacing[0]", negative_pixel);
    test_scan("an infinite offset", "detector.offset[1] is inf", infinite_offset);
    test_scan("no views", "views is 0", no_views);
    test_scan("no sod", "sod is 0", no_sod);
    test_scan("a range that is infinite", "range is inf", infinite_range);
    test_scan("an angle that is not a number", "angles[3] is nan", nan_angle);
    test_scan("a huge volume", "volume.shape[0]", huge);
    test_vectors("a zero step", "step along v", (ptm_view){ { 0, -9, 0 }, { 0, 9, 0 }, { 1, 0, 0 }, { 0, 0, 0 } });
    test_vectors("parallel steps", "parallel", (ptm_view){ { 0, -9, 0 }, { 0, 9, 0 }, { 1, 0, 0 }, { 2, 0, 0 } });
    test_vectors("the source in the detector", "plane", (ptm_view){ { 5, 9, 0 }, { 0, 9, 0 }, { 1, 0, 0 }, { 0, 0, 1 } });
    test_vectors(
        "the source at the detector's centre", "centre", (ptm_view) { { 0, 9, 0 }, { 0, 9, 0 }, { 1, 0, 0 }, { 0, 0, 1 } });
}

static void test_names(void)
{
    ptm_device *device;
    refused(ptm_device_open(&device, context, "abacus"), PTM_ERROR_NOT_FOUND, "abacus", "an unknown backend");
    refused(ptm_device_open(&device, context, "host:7"), PTM_ERROR_NOT_FOUND, "host:7", "a device that is not there");
    refused(ptm_device_open(&device, context, "host:x"), PTM_ERROR_NOT_FOUND, "host:x", "a device without a number");
    refused(ptm_backends(context, NULL, 4), PTM_ERROR_ARGUMENT, "infos is NULL", "no place for backends");
    refused(ptm_devices(context, NULL, 4), PTM_ERROR_ARGUMENT, "infos is NULL", "no place for devices");
    check(ptm_devices(context, NULL, 0) >= 1, "devices are counted");
    must(ptm_device_open(&device, context, NULL));
    check(ptm_device_get_info(device)->gpu || strcmp(ptm_device_get_info(device)->backend, "host") == 0,
        "auto takes a GPU or the host, not %s", ptm_device_get_info(device)->backend);
    ptm_device_close(&device);
    ptm_device_close(&device);
    check(device == NULL, "closing twice is allowed");
}

/* Sets a variable; what it was before is to be put back. */
static char *set(const char *name, const char *value)
{
    char *before = getenv(name) ? strdup(getenv(name)) : NULL;
    setenv(name, value, 1);
    return before;
}

static void put_back(const char *name, char *before)
{
    if (before) setenv(name, before, 1);
    else unsetenv(name);
    free(before);
}

/* What an environment variable says is known, or no context is made. */
static void test_environment(void)
{
    static const struct { const char *name, *wrong[4], *right[3]; } variables[] = {
        { "POLYTOME_THREADS", { "two", "-1", "4097", "2.5" }, { "", "0", "3" } },
        { "POLYTOME_BACKENDS", { "abacus", "opencl,", "host opencl", ",vulkan" },
            { "", "host", "cuda,vulkan,opencl,host" } },
        { "POLYTOME_CPU", { "v9", "avx2", "v3,v2", "V3" }, { "", "baseline", "v2" } },
        { "POLYTOME_FFT", { "cufft", "vendors", "own,vendor", " own" }, { "", "own", "vendor" } } };
    for (size_t i = 0; i < sizeof variables / sizeof *variables; ++i) {
        const char *name = variables[i].name;
        char *before = set(name, "");
        for (int k = 0; k < 4; ++k) {
            ptm_context *other = context;
            setenv(name, variables[i].wrong[k], 1);
            refused(ptm_context_create(&other, NULL), PTM_ERROR_ARGUMENT, name, variables[i].wrong[k]);
            check(strstr(ptm_error_message(), variables[i].wrong[k]) && !other,
                "no context, and the message has the value");
        }
        for (int k = 0; k < 3; ++k) {
            ptm_context *other = NULL;
            setenv(name, variables[i].right[k], 1);
            must(ptm_context_create(&other, NULL));
            ptm_context_destroy(&other);
        }
        put_back(name, before);
    }
    ptm_device *device;
    char *before = set("POLYTOME_DEVICE", "abacus");
    refused(ptm_device_open(&device, context, NULL), PTM_ERROR_NOT_FOUND, "POLYTOME_DEVICE is \"abacus\"", "a device");
    put_back("POLYTOME_DEVICE", before);
}

/* Who asks for something of NULL hears nothing. */
static void test_nothing(void)
{
    ptm_view view = { .source = { 7 } };
    ptm_volume volume = { .shape = { 7 } };
    ptm_shape shape = { .value = 7 };
    int64_t size[3] = { 7, 7, 7 };
    uint64_t host = 7;
    ptm_scan_get_view(NULL, 0, &view);
    ptm_scan_get_volume(NULL, &volume);
    ptm_scan_projection_shape(NULL, size);
    ptm_phantom_get_shape(NULL, 0, &shape);
    check(view.source[0] == 7 && volume.shape[0] == 7 && size[0] == 7 && shape.value == 7, "nothing is written");
    check(!ptm_device_get_info(NULL) && !ptm_device_get_native(NULL), "no device, no information");
    check(ptm_scan_blind_views(NULL) == 0, "no blind views");
    check(ptm_scan_views(NULL) == 0 && ptm_scan_samples(NULL) == 0 && ptm_phantom_shapes(NULL) == 0, "no views, no shapes");
    check(ptm_phantom_value(NULL, (const double[3]){ 0 }) == 0, "no phantom has no value");
    check(ptm_operator_memory(NULL) == 0 && ptm_operator_staging(NULL, &host) == 0 && host == 0 &&
        ptm_solver_memory(NULL) == 0 && ptm_solver_iterations(NULL) == 0 && ptm_vectors_memory(NULL) == 0,
        "what is not there takes no memory");
}

int main(int argc, char **argv)
{
    must(ptm_context_create(&context, NULL));
    test_names();
    test_environment();
    test_nothing();
    test_bad_scans();
    for_each_device(argc, argv, test_device);
    ptm_context_destroy(&context);
    return finish();
}
