/* test_large.c - arrays of more than 2 GiB, on every device that computes on the host's cores, against the host. Takes
 * minutes and 6 GiB, and so is skipped unless POLYTOME_TEST_LONG is set.
 *
 * usage: test_large [DEVICE...] */
#include "check.h"

#include "core/device.h"

#include <unistd.h>

/* 2.3 GiB of voxels, seen whole by few pixels. */
enum { NZ = 611, NY = 1009, NX = 1013, NV = 61, NU = 103, VIEWS = 3 };

static const size_t voxels = (size_t)NZ * NY * NX, pixels = (size_t)VIEWS * NV * NU;
static float *volume, *other_volume;

/* Differs from voxel to voxel, and far from the beginning as near it. */
static float value(size_t i)
{
    return (float)((i * 2654435761u >> 16) % 1024) / 1024;
}

static ptm_operator *projector(ptm_device *device)
{
    ptm_scan *scan;
    ptm_operator *op;
    must(ptm_scan_cone(&scan, device->context,
        &(ptm_circular_options) { PTM_SIZED(ptm_circular_options), .volume = { .shape = { NZ, NY, NX } },
            .detector = { .shape = { NV, NU }, .spacing = { 25, 25 } }, .views = VIEWS, .start = 0.3, .sod = 3000,
            .sdd = 5000 }));
    must(ptm_projector_create(&op, device, scan, NULL));
    ptm_scan_destroy(&scan);
    return op;
}

static double difference(const float *a, const float *b, size_t count)
{
    double worst = 0, top = 0;
    for (size_t i = 0; i < count; ++i) {
        const double d = fabs((double)a[i] - (double)b[i]);
        if (!(d <= worst)) worst = d;
        top = fmax(top, fabs((double)b[i]));
    }
    return top > 0 ? worst / top : INFINITY;
}

static void test_device(ptm_device *device, const char *name)
{
    char what[96];
    static float *expected, *back; /* the host's results, which comes first */
    ptm_device *host;
    if (ptm_device_get_info(device)->gpu || strcmp(name, "host") == 0) return;
    float *y = calloc(pixels, sizeof *y);
    const ptm_array x = PTM_ARRAY_3D(volume, NZ, NY, NX), projections = PTM_ARRAY_3D(y, VIEWS, NV, NU);
    const ptm_array out = PTM_ARRAY_3D(other_volume, NZ, NY, NX);
    if (!expected) {
        must(ptm_device_open(&host, device->context, "host"));
        expected = calloc(pixels, sizeof *expected);
        back = malloc(voxels * sizeof *back);
        const ptm_array host_pixels = PTM_ARRAY_3D(expected, VIEWS, NV, NU), host_back = PTM_ARRAY_3D(back, NZ, NY, NX);
        ptm_operator *op = projector(host);
        must(ptm_apply(op, &host_pixels, &x));
        must(ptm_apply_adjoint(op, &host_back, &host_pixels));
        ptm_operator_destroy(&op);
        ptm_device_close(&host);
    }
    ptm_operator *op = projector(device);
    must(ptm_apply(op, &projections, &x));
    snprintf(what, sizeof what, "%s: projector of %.1f GiB", name, (double)voxels * sizeof(float) / (1 << 30));
    check_most(difference(y, expected, pixels), 2e-4, what); /* places near 1000 lie 6e-5 apart in float32 */
    memcpy(y, expected, pixels * sizeof *y);
    memset(other_volume, 0x7f, voxels * sizeof *other_volume);
    must(ptm_apply_adjoint(op, &out, &projections));
    snprintf(what, sizeof what, "%s: adjoint to %.1f GiB", name, (double)voxels * sizeof(float) / (1 << 30));
    check_most(difference(other_volume, back, voxels), 2e-4, what);
    ptm_operator_destroy(&op);
    free(y);
}

int main(int argc, char **argv)
{
    const double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    if (!getenv("POLYTOME_TEST_LONG") || memory < 12e9) {
        printf(
            "skipped: %s\n", getenv("POLYTOME_TEST_LONG") ? "it needs 12 GB of memory" : "POLYTOME_TEST_LONG is not set");
        return 77;
    }
    volume = malloc(voxels * sizeof *volume);
    other_volume = malloc(voxels * sizeof *other_volume);
    for (size_t i = 0; i < voxels; ++i) volume[i] = value(i);
    for_each_device(argc, argv, test_device);
    free(volume);
    free(other_volume);
    return finish();
}
