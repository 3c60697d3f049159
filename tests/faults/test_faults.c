/* test_faults.c - one call after the other fails, of the library's allocations and of the driver's functions: the caller
 * gets a clean error, nothing leaks, and the device works as before.
 *
 * usage: test_faults [DEVICE...] */
#include "check.h"
#include "faults.h"
#include "operator_table.h"

#include "linop/operator.h"

enum { N = 6, M = 9, VIEWS = 7, MOST = VIEWS * M * M }; /* elements of an array */

typedef struct work {
    const test_operator *operator;
    ptm_projector_options options;
    const char *name;
} work;

/* What a work gives, both ways. */
typedef struct results {
    float forth[MOST], back[MOST];
} results;

static float values[MOST];

static int apply(ptm_operator *op, bool adjoint, float *result)
{
    ptm_array in = { PTM_SIZED(ptm_array), .dimensions = 3, .data = values }, out = in;
    out.data = result;
    memcpy(in.shape, (adjoint ? &op->range : &op->domain)->shape, sizeof in.shape);
    memcpy(out.shape, (adjoint ? &op->domain : &op->range)->shape, sizeof out.shape);
    return ptm_apply_scaled(op, adjoint, 1, &in, 0, &out, NULL);
}

/* Makes a scan and an operator, applies it both ways, and destroys them. */
static int run(ptm_device *device, const work *w, results *r)
{
    const ptm_circular_options o = { PTM_SIZED(ptm_circular_options), .volume = { .shape = { N, N, N } },
        .detector = { .shape = { M, M }, .spacing = { 2, 2 } }, .views = VIEWS, .sod = 30, .sdd = 60 };
    ptm_scan *scan = NULL;
    ptm_operator *op = NULL;
    int status = ptm_scan_cone(&scan, device->context, &o);
    if (!status) status = w->operator->create(&op, device, scan, &w->options);
    check(status == PTM_OK || op == NULL, "%s: no operator after an error", w->name);
    if (!status) status = apply(op, false, r->forth);
    if (!status) status = apply(op, true, r->back);
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
    return status;
}

static bool clean(int status, fault_kind kind)
{
    if (status == PTM_OK) return true;
    if (!*ptm_error_message()) return false;
    if (kind == FAULT_LOST) return status == PTM_ERROR_DEVICE_LOST;
    return status == PTM_ERROR_MEMORY || (kind == FAULT_DRIVER && status == PTM_ERROR_DEVICE);
}

static bool same(const results *a, const results *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* Call number n fails, and those after it if the device is lost or memory is out for good. */
typedef struct fault {
    fault_kind kind;
    long n;
    bool onwards;
} fault;

/* A work in which a call fails. Returns whether there was such a call. */
static bool fail_work(ptm_device *device, const work *w, const results *right, fault f)
{
    static const char *const kinds[] = { "", "allocation", "driver's call", "use of a device that is gone" };
    results r = { 0 }, again = { 0 };
    char what[96];
    snprintf(what, sizeof what, "%s, %s %ld fails", w->name, kinds[f.kind], f.n);
    fault_arm(f.kind, f.n, f.onwards);
    const int status = run(device, w, &r);
    check(clean(status, f.kind), "%s: %d %s", what, status, status ? ptm_error_message() : "");
    check(status || same(&r, right), "%s, and is made up for: the same bits", what);
    if (f.kind == FAULT_LOST && status)
        check(run(device, w, &again) == PTM_ERROR_DEVICE_LOST, "%s: the device stays lost", what);
    const bool reached = fault_disarm();
    if (f.kind != FAULT_LOST)
        check(run(device, w, &again) == PTM_OK && same(&again, right), "%s: the device works again", what);
    return reached;
}

/* The same on a device of its own, which has no kernels yet. */
static bool fail_fresh(ptm_context *context, const char *device_name, const work *w, const results *right, fault f)
{
    const long alive = fault_alive();
    ptm_device *device;
    must(ptm_device_open(&device, context, device_name));
    const bool reached = fail_work(device, w, right, f);
    ptm_device_close(&device);
    check(fault_alive() == alive, "%s, call %ld of kind %d fails: %ld things are left", w->name, f.n, (int)f.kind,
        fault_alive() - alive);
    return reached;
}

/* Opening a context and a device. */
static bool fail_opening(const char *device_name, fault_kind kind, long n)
{
    const long alive = fault_alive();
    ptm_context *context = NULL;
    ptm_device *device = NULL;
    fault_arm(kind, n, false);
    int status = ptm_context_create(&context, NULL);
    if (!status) status = ptm_device_open(&device, context, device_name);
    const bool reached = fault_disarm();
    /* A driver that could not be looked at has no devices. */
    check(clean(status, kind) || status == PTM_ERROR_NOT_FOUND, "opening %s, call %ld fails: %d %s", device_name, n, status,
        status ? ptm_error_message() : "");
    check(!status == !!device, "opening %s, call %ld fails: a device or an error", device_name, n);
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    check(fault_alive() == alive, "opening %s, call %ld fails: %ld things are left", device_name, n, fault_alive() - alive);
    return reached;
}

/* All calls, or, where making a device takes long, each twice as far as the one before. */
static bool all_calls;
static long next(long n)
{
    return all_calls ? n + 1 : 2 * n + 1;
}

static void fail_all(ptm_context *context, const char *device_name, const work *w, long *count)
{
    results right = { 0 };
    ptm_device *device;
    must(ptm_device_open(&device, context, device_name));
    must(run(device, w, &right));
    const long alive = fault_alive();
    for (int kind = FAULT_MEMORY; kind <= FAULT_DRIVER; ++kind)
        for (long n = 0; fail_work(device, w, &right, (fault) { (fault_kind)kind, n, false }); n = next(n))
            ++count[kind];
    check(fault_alive() == alive, "%s: %ld things are left", w->name, fault_alive() - alive);
    ptm_device_close(&device);
    for (int kind = FAULT_MEMORY; kind <= FAULT_LOST; ++kind)
        for (long n = 0; fail_fresh(context, device_name, w, &right, (fault) { (fault_kind)kind, n, kind == FAULT_LOST });
             n = next(n))
            ++count[kind];
    for (long n = 0; fail_fresh(context, device_name, w, &right, (fault) { FAULT_MEMORY, n, true });
         n = next(n + 2))
        ++count[FAULT_MEMORY];
}

static const test_operator *operator_named(const char *name)
{
    for (int i = 0; i < test_operator_count; ++i)
        if (strcmp(test_operators[i].name, name) == 0) return &test_operators[i];
    exit(1);
}

static void test_device(ptm_device *open, const char *name)
{
    char device_name[32];
    ptm_context *context;
    const ptm_device_info *info = ptm_device_get_info(open);
    if (strcmp(name, "rusticl") == 0 && !getenv("POLYTOME_TEST_LONG")) {
        printf("skipped %s: it takes seconds to build a kernel anew; the calls are the same as pocl's\n", name);
        skipped++;
        return;
    }
    snprintf(device_name, sizeof device_name, "%s:%d", info->backend, info->index);
    const work works[] = {
        { operator_named("projector"), { PTM_SIZED(ptm_projector_options), .workspace = 4000 }, "projector in blocks" },
        { operator_named("fbp"), { PTM_SIZED(ptm_projector_options), .family = PTM_FAMILY_GENERAL }, "general fbp" },
        { operator_named("backprojector"), { PTM_SIZED(ptm_projector_options), .sampling = PTM_SAMPLING_TEXTURE },
            "textured backprojector" },
    };
    long count[4] = { 0 };
    all_calls = takes_all(open);
    must(ptm_context_create(&context, NULL));
    ptm_devices(context, NULL, 0); /* what it keeps of them is no leak of the first work */
    for (size_t i = 0; i < sizeof works / sizeof *works; ++i)
        if (works[i].options.sampling == PTM_SAMPLING_TEXTURE ? open->limits.textures : i == 0 || all_calls)
            fail_all(context, device_name, &works[i], count);
    ptm_context_destroy(&context);
    for (int kind = FAULT_MEMORY; kind <= FAULT_DRIVER; ++kind)
        for (long n = 0; fail_opening(device_name, (fault_kind)kind, n); n = next(n)) ++count[kind];
    printf("%s: %ld allocations, %ld of the driver's calls, %ld losses of the device\n", name, count[FAULT_MEMORY],
        count[FAULT_DRIVER], count[FAULT_LOST]);
}

int main(int argc, char **argv)
{
    for (int i = 0; i < MOST; ++i) values[i] = (float)(i % 7);
    fault_opencl();
    fault_vulkan();
    for_each_device(argc, argv, test_device);
    return finish();
}
