/* scan_none.c - scans in a build without HDF5. */
#include "internal.h"

int ptm_io_scan_open(ptm_io_scan **out, const char *path, const ptm_io_scan_options *options)
{
    (void)out;
    (void)path;
    (void)options;
    ptm_io_codec_of(PTM_IO_FORMAT_HDF5); /* says why */
    return PTM_ERROR_UNSUPPORTED;
}

int ptm_io_scan_write(const char *path, const ptm_io_frames *frames, const ptm_io_write_options *options)
{
    (void)frames;
    return ptm_io_scan_open(NULL, path, (void *)(uintptr_t)options);
}

void ptm_io_scan_close(ptm_io_scan **scan)
{
    (void)scan;
}

const ptm_io_scan_info *ptm_io_scan_get_info(const ptm_io_scan *scan)
{
    (void)scan;
    return NULL;
}

int ptm_io_scan_read(ptm_io_array *out, ptm_io_scan *scan, ptm_io_part part, const ptm_io_range *range, ptm_io_type type)
{
    (void)out;
    (void)part;
    (void)range;
    (void)type;
    return ptm_io_scan_open(NULL, NULL, (void *)scan);
}

int ptm_io_scan_read_into(
    void *data, uint64_t bytes, ptm_io_scan *scan, ptm_io_part part, const ptm_io_range *range, ptm_io_type type)
{
    (void)data;
    (void)bytes;
    return ptm_io_scan_read(NULL, scan, part, range, type);
}
