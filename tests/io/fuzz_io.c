/* fuzz_io.c - everything that reads files, given any bytes. Built with -fsanitize=fuzzer it is a libFuzzer target; else its
 * main() runs the files named on the command line, and a folder's worth of them is a regression test. */
#define _XOPEN_SOURCE 700
#include <polytome/io.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_scan(const char *path)
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char path[] = "/tmp/polytome-fuzz-XXXXXX";
    static int file = -1;
    if (file < 0 && (file = mkstemp(path)) < 0) abort();
    if (ftruncate(file, 0) || pwrite(file, data, size, 0) != (ssize_t)size) abort();
    ptm_io_read_options o = { PTM_SIZED(ptm_io_read_options), .max_bytes = 16 << 20 };
    ptm_io_array array;
    ptm_io_info info;
    if (!ptm_io_read(&array, path, &o)) {
        if (array.type < PTM_IO_COMPLEX64) (void)ptm_io_array_to_float32(&array);
        ptm_io_array_free(&array);
    }
    if (!ptm_io_info_read(&info, path)) ptm_io_info_free(&info);
    try_scan(path);
    ptm_io_geometry geometry;
    if (!ptm_io_geometry_read(&geometry, path)) ptm_io_geometry_free(&geometry);
    return 0;
}

#ifndef FUZZ_IO_LIBFUZZER
int main(int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(arguments[i], "rb");
        if (!file) return 1;
        uint8_t *data = malloc(1 << 24);
        size_t size = data ? fread(data, 1, 1 << 24, file) : 0;
        fclose(file);
        printf("%s: %zu bytes\n", arguments[i], size);
        LLVMFuzzerTestOneInput(data, size);
        free(data);
    }
    return 0;
}
#endif
