/* fuzz_io.c - everything that reads files, given any bytes: see fuzz.h. Built with -fsanitize=fuzzer it is a libFuzzer
 * target. */
#define _XOPEN_SOURCE 700
#include <polytome/io.h>

#include "../fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/polytome-fuzz-XXXXXX";

static void try_scan(void)
{
    ptm_io_scan *scan = NULL;
    if (ptm_io_scan_open(&scan, path, NULL)) return;
    ptm_io_range range = { .views = 1 };
    for (int part = PTM_IO_PROJECTIONS; part <= PTM_IO_DARKS; part++) {
        ptm_io_array array;
        const ptm_io_scan_info *info = ptm_io_scan_get_info(scan);
        if (info->rows > 4096 || info->columns > 4096) break;
        if (!ptm_io_scan_read(&array, scan, (ptm_io_part)part, &range, PTM_IO_FLOAT32)) ptm_io_array_free(&array);
    }
    ptm_io_scan_close(&scan);
}

/* What is read is made to fit RTK's files, too. */
static void try_geometry(void)
{
    ptm_io_geometry geometry;
    if (ptm_io_geometry_read(&geometry, path)) return;
    for (int i = 0; i < 2 && geometry.directions; i++) geometry.detector.spacing[i] = 1;
    (void)ptm_io_geometry_set_steps(&geometry);
    (void)ptm_io_geometry_write_check("/tmp/polytome-fuzz.xml", &geometry, true);
    ptm_io_geometry_free(&geometry);
}

#ifdef FUZZ_LIBFUZZER
/* Damaged HDF5 files find faults of libhdf5, which stop the fuzzer; test_io tries them in processes of their own. */
static bool is_hdf5(const uint8_t *data, size_t size)
{
    for (size_t at = 0; at + 8 <= size; at = at ? 2 * at : 512)
        if (memcmp(data + at, "\211HDF\r\n\032\n", 8) == 0) return true;
    return false;
}
#endif

static void remove_file(void)
{
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
#ifdef FUZZ_LIBFUZZER
    if (is_hdf5(data, size)) return 0;
#endif
    static int file = -1;
    if (file < 0 && ((file = mkstemp(path)) < 0 || atexit(remove_file))) abort();
    if (ftruncate(file, 0) || pwrite(file, data, size, 0) != (ssize_t)size) abort();
    ptm_io_read_options o = { PTM_SIZED(ptm_io_read_options), .max_bytes = 16 << 20 };
    ptm_io_array array;
    ptm_io_info info;
    if (!ptm_io_read(&array, path, &o)) {
        if (array.type < PTM_IO_COMPLEX64) (void)ptm_io_array_to_float32(&array);
        ptm_io_array_free(&array);
    }
    if (!ptm_io_info_read(&info, path)) ptm_io_info_free(&info);
    try_scan();
    try_geometry();
    return 0;
}
