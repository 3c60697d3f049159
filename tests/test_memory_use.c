/* test_memory_use.c - what a projection and its adjoint take beside their arrays: no second copy of an array in the host's
 * memory, whatever the driver.
 *
 * usage: test_memory_use [DEVICE...]      it calls itself with --measure, for a process of its own */
#define _POSIX_C_SOURCE 200809L /* popen */
#include "check.h"

#include "core/device.h"
#include "linop/operator.h"

#include <inttypes.h>

/* On the host, as options are by default. */
enum { HOST_SIZE = 448 };
/* Elsewhere fewer voxels and a stated workspace, since some drivers compute slowly. */
enum { SIZE = 224, WORKSPACE = 8 << 20 };

static const char *self;

/* A line of /proc/self/status, in bytes. */
static int64_t status_of(const char *name)
{
    char line[256];
    int64_t value = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0) sscanf(line + strlen(name), ": %" SCNd64, &value);
    if (file) fclose(file);
    return value * 1024;
}
/* Forget the peak so far. */
static void reset_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (!file) return;
    fputs("5", file);
    fclose(file);
}

static ptm_operator *projector(ptm_device *device, const ptm_array *volume, const ptm_array *pixels, uint64_t workspace)
{
    ptm_scan *scan;
    ptm_operator *op;
    must(ptm_scan_cone(&scan, device->context,
        &(ptm_circular_options){ PTM_SIZED(ptm_circular_options),
            .volume = { .shape = { (int)volume->shape[0], (int)volume->shape[1], (int)volume->shape[2] } },
            .detector = { .shape = { (int)pixels->shape[1], (int)pixels->shape[2] }, .spacing = { 2, 2 } },
            .views = (int)pixels->shape[0], .sod = 2 * (double)volume->shape[2], .sdd = 4 * (double)volume->shape[2] }));
    must(ptm_projector_create(&op, device, scan,
        &(ptm_projector_options){ PTM_SIZED(ptm_projector_options), .workspace = workspace }));
    ptm_scan_destroy(&scan);
    return op;
}
static void project(ptm_device *device, const ptm_array *volume, const ptm_array *pixels, uint64_t workspace)
{
    ptm_operator *op = projector(device, volume, pixels, workspace);
    must(ptm_apply(op, pixels, volume));
    must(ptm_apply_adjoint(op, volume, pixels));
    ptm_operator_destroy(&op);
}

static float *touched(size_t count)
{
    float *memory = aligned_alloc(4096, (count * sizeof *memory + 4095) / 4096 * 4096);
    for (size_t i = 0; i < count; ++i) memory[i] = 1;
    return memory;
}

/* Prints the bytes of the arrays and by how many the process grew. */
static int measure(const char *name, int n, uint64_t workspace)
{
    ptm_context *context;
    ptm_device *device;
    float small[8 * 8 * 8] = { 1 }, few[2 * 9 * 9];
    must(ptm_context_create(&context, NULL));
    must(ptm_device_open(&device, context, name));
    const ptm_array small_volume = PTM_ARRAY_3D(small, 8, 8, 8), small_pixels = PTM_ARRAY_3D(few, 2, 9, 9);
    project(device, &small_volume, &small_pixels, workspace); /* builds the kernels, which takes compilers much memory */
    const int64_t before = status_of("VmRSS");
    const size_t voxels = (size_t)n * (size_t)n * (size_t)n, pixels = (size_t)n * (size_t)n;
    float *x = touched(voxels), *y = touched(pixels);
    const ptm_array volume = PTM_ARRAY_3D(x, n, n, n), projections = PTM_ARRAY_3D(y, 1, n, n);
    reset_peak();
    project(device, &volume, &projections, workspace);
    printf("%zu %" PRId64 "\n", (voxels + pixels) * sizeof(float), status_of("VmHWM") - before);
    free(x);
    free(y);
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return 0;
}

/* The device works where the arrays are, at an address as little aligned as it allows; 0 bytes pass through staging memory.
 * One element further on they must, if that is less than it wants. */
static void test_addresses(ptm_device *device, const char *name)
{
    enum { N = 8, PLACE = 4096 };
    const bool host = strcmp(name, "host") == 0;
    const uint64_t alignment = host ? sizeof(float) : device->limits.alignment,
                   most = strcmp(name, "pocl") == 0 ? 16 : PLACE;
    if (!check(alignment > 0 && alignment <= most, "%s: memory at %llu bytes can be used in place, at most %llu", name,
            (unsigned long long)alignment, (unsigned long long)most))
        return;
    char *x = (char *)touched(2 * PLACE), *y = (char *)touched(2 * PLACE);
    for (int off = 0; off < 2; ++off) {
        const uint64_t at = alignment % PLACE + (off ? sizeof(float) : 0);
        const ptm_array volume = PTM_ARRAY_3D(x + at, N, N, N), pixels = PTM_ARRAY_3D(y + at, 3, N, N);
        const bool in_place = host || at % alignment == 0;
        ptm_operator *op = projector(device, &volume, &pixels, 0);
        must(ptm_apply(op, &pixels, &volume));
        const uint64_t staged = ptm_staging_memory(&op->in) + ptm_staging_memory(&op->out);
        check((staged == 0) == in_place, "%s: %llu bytes behind a page, %llu bytes staged", name, (unsigned long long)at,
            (unsigned long long)staged);
        ptm_operator_destroy(&op);
    }
    free(x);
    free(y);
}

static void test_growth(const ptm_device *device, const char *name)
{
    char command[4200];
    int64_t arrays = 0, grown = 0;
    const bool host = strcmp(name, "host") == 0;
    snprintf(command, sizeof command, "%s --measure %s:%d %d %d", self, device->info.backend, device->info.index,
        host ? HOST_SIZE : SIZE, host ? 0 : WORKSPACE);
    FILE *child = popen(command, "r");
    const bool read = child && fscanf(child, "%" SCNd64 " %" SCNd64, &arrays, &grown) == 2;
    if (!check(child && pclose(child) == 0 && read, "%s: measured", name)) return;
    printf("%s: arrays of %.0f MiB, the process grew by %.0f MiB\n", name, (double)arrays / (1 << 20),
        (double)grown / (1 << 20));
    check((double)grown <= 1.25 * (double)arrays, "%s: the process grows by %.2f times the arrays, at most 1.25", name,
        (double)grown / (double)arrays);
    check(grown >= arrays, "%s: the arrays count", name);
}

static void test_device(ptm_device *device, const char *name)
{
    if (device->info.gpu) {
        printf("skipped %s: its memory is its own\n", name);
        skipped++;
        return;
    }
    test_addresses(device, name);
    if (strcmp(name, "rusticl") == 0 && !getenv("POLYTOME_TEST_LONG")) {
        printf("skipped the growth of the process on %s: it takes minutes for the adjoint\n", name);
        skipped++;
        return;
    }
    test_growth(device, name);
}

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc == 5 && strcmp(argv[1], "--measure") == 0) return measure(argv[2], atoi(argv[3]), strtoull(argv[4], NULL, 10));
    for_each_device(argc, argv, test_device);
    return finish();
}
