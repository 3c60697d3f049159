/* test_pictures.c - the two real scans, from the file to the picture, on every device: against pictures that were looked
 * at.
 *
 * usage: test_pictures DATA_FOLDER PICTURE_FOLDER [DEVICE...]; with POLYTOME_WRITE_PICTURES set the host's are written
 * anew. */
#include "check.h"

#include <polytome/io.h>

static const char *data_folder, *picture_folder;

static const char *in_folder(const char *folder, const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Compares with the stored picture: the largest difference, of the picture's largest value. */
static void compare(const ptm_io_array *image, const char *name)
{
    char what[128];
    ptm_io_array stored;
    if (getenv("POLYTOME_WRITE_PICTURES"))
        must(ptm_io_write(in_folder(picture_folder, name), image,
            &(ptm_io_write_options) { PTM_SIZED(ptm_io_write_options), .overwrite = true }));
    must(ptm_io_read(&stored, in_folder(picture_folder, name), NULL));
    const int64_t n = ptm_io_array_count(image);
    double worst = ptm_io_array_count(&stored) == n ? 0 : (double)INFINITY, top = 0;
    for (int64_t i = 0; i < n && worst < (double)INFINITY; ++i) {
        const double d = fabs((double)((const float *)image->data)[i] - (double)((const float *)stored.data)[i]);
        if (!(d <= worst)) worst = d;
        top = fmax(top, fabs((double)((const float *)stored.data)[i]));
    }
    snprintf(what, sizeof what, "%s: largest difference from the stored picture", name);
    check_most(worst / top, 1e-4, what);
    ptm_io_array_free(&stored);
}

static void reconstruct(
    ptm_device *device, ptm_scan *scan, const float *sinogram, int views, int columns, int size, const char *name)
{
    ptm_io_array image;
    must(ptm_io_array_create(&image, PTM_IO_FLOAT32, 2, (int64_t[]){ size, size }));
    const ptm_array in = PTM_ARRAY_3D((float *)(uintptr_t)sinogram, views, 1, columns),
                    out = PTM_ARRAY_3D(image.data, 1, size, size);
    must(ptm_fbp(device, scan, &out, &in, &(ptm_fbp_options){ PTM_SIZED(ptm_fbp_options), .filter = PTM_FILTER_HANN }));
    compare(&image, name);
    ptm_io_array_free(&image);
    ptm_scan_destroy(&scan);
}

/* Not on drivers that imitate a GPU: by sharpness it is some fifteen pictures, which take minutes there. */
static void tooth_axis(ptm_device *device, const ptm_array *projections, const double *angles)
{
    static const char *const names[] = { "itself", "sharpness", "phase correlation", "overlap", "the double wedge" };
    for (int method = PTM_AXIS_AUTO; method <= PTM_AXIS_VO; ++method) {
        double axis = 0;
        must(ptm_find_rotation_axis(&axis, device, projections, angles,
            &(ptm_axis_options){ PTM_SIZED(ptm_axis_options), .method = (ptm_axis_method)method }));
        check(fabs(axis - 296) <= 0.5, "tooth: the rotation axis by %s is at column %.2f, expected 296 +- 0.5",
            names[method], axis);
    }
}

static void tooth(ptm_context *context, ptm_device *device)
{
    ptm_io_scan *file;
    ptm_io_array counts, flats, darks;
    const ptm_io_range row = { .rows = 1 };
    must(ptm_io_scan_open(&file, in_folder(data_folder, "tooth.h5"), NULL));
    must(ptm_io_scan_read(&counts, file, PTM_IO_PROJECTIONS, &row, PTM_IO_FLOAT32));
    must(ptm_io_scan_read(&flats, file, PTM_IO_FLATS, &row, PTM_IO_FLOAT32));
    must(ptm_io_scan_read(&darks, file, PTM_IO_DARKS, &row, PTM_IO_FLOAT32));
    const int views = (int)counts.shape[0], columns = (int)counts.shape[2];
    const ptm_array projections = PTM_ARRAY_3D(counts.data, views, 1, columns);
    must(ptm_line_integrals(context, &projections,
        &(ptm_counts_options) { PTM_SIZED(ptm_counts_options), .flats = flats.data, .flat_count = (int)flats.shape[0],
            .darks = darks.data, .dark_count = (int)darks.shape[0] },
        NULL));
    const double *angles = ptm_io_scan_get_info(file)->angles;
    if (strcmp(ptm_device_get_info(device)->backend, "host") == 0 || ptm_device_get_info(device)->gpu)
        tooth_axis(device, &projections, angles);
    ptm_scan *scan;
    must(ptm_scan_parallel(&scan, context,
        &(ptm_circular_options) { PTM_SIZED(ptm_circular_options),
            .volume = { .shape = { 1, 160, 160 }, .spacing = { 2.5, 2.5, 2.5 } },
            .detector = { .shape = { 1, columns }, .offset = { 0.5 * (columns - 1) - 296, 0 } }, .views = views,
            .angles = angles }));
    reconstruct(device, scan, counts.data, views, columns, 160, "tooth.npy");
    ptm_io_scan_close(&file);
    ptm_io_array_free(&counts);
    ptm_io_array_free(&flats);
    ptm_io_array_free(&darks);
}

static void walnut(ptm_context *context, ptm_device *device)
{
    ptm_io_array picture;
    must(ptm_io_read(&picture, in_folder(data_folder, "walnut_sinogram.png"), NULL));
    must(ptm_io_array_to_float32(&picture));
    const int columns = (int)picture.shape[0], views = (int)picture.shape[1];
    float *sinogram = malloc((size_t)columns * (size_t)views * sizeof *sinogram);
    for (int i = 0; i < views; ++i)
        for (int u = 0; u < columns; ++u) sinogram[i * columns + u] = ((const float *)picture.data)[u * views + i] / 65535;
    ptm_scan *scan;
    must(ptm_scan_cone(&scan, context,
        &(ptm_circular_options) { PTM_SIZED(ptm_circular_options),
            .volume = { .shape = { 1, 160, 160 }, .spacing = { 0.25, 0.25, 0.25 } },
            .detector = { .shape = { 1, columns }, .spacing = { 0.35, 0.35 }, .offset = { -0.27, 0 }, .flip_u = true },
            .views = views, .start = -1.5707963267948966, .range = -6.283185307179586, .sod = 110, .sdd = 300 }));
    reconstruct(device, scan, sinogram, views, columns, 160, "walnut.npy");
    free(sinogram);
    ptm_io_array_free(&picture);
}

static void test_device(ptm_device *device, const char *name)
{
    (void)name;
    ptm_context *context;
    must(ptm_context_create(&context, NULL));
    tooth(context, device);
    walnut(context, device);
    ptm_context_destroy(&context);
}

int main(int argc, char **argv)
{
    if (argc < 3) return fprintf(stderr, "usage: test_pictures DATA_FOLDER PICTURE_FOLDER [DEVICE...]\n"), 2;
    data_folder = argv[1];
    picture_folder = argv[2];
    for_each_device(argc - 2, argv + 2, test_device);
    return finish();
}
