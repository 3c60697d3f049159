/* h5_driver.c - how HDF5 files are written.
 *
 * When a write fails, libhdf5 keeps the file half open and may crash at the program's end. So this driver never tells it:
 * it notes the first error and lets the library finish, and the caller, who throws the file away, looks afterwards. */
#define _POSIX_C_SOURCE 200809L /* pread, pwrite */
#define _FILE_OFFSET_BITS 64
#include "h5.h"
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct driver_file {
    H5FD_t pub; /* the library's part comes first */
    int file;
    int *error; /* the caller's: an errno, 0 before the first error */
    haddr_t end_allocated, end_written;
} driver_file;

static void note_error(int *error)
{
    if (!*error) *error = errno ? errno : EIO;
}

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access, haddr_t limit)
{
    (void)flags;
    (void)limit;
    int *const *error = H5Pget_driver_info(access); /* what ptm_h5_create() gave */
    driver_file *f = error ? calloc(1, sizeof *f) : NULL;
    if (!f) return NULL;
    f->error = *error;
    f->file = open(name, O_RDWR | O_TRUNC | O_CLOEXEC); /* it exists */
    if (f->file >= 0) return &f->pub;
    note_error(f->error);
    free(f);
    return NULL;
}

static herr_t driver_close(H5FD_t *pub)
{
    driver_file *f = (driver_file *)pub;
    if (close(f->file)) note_error(f->error);
    free(f);
    return 0;
}

static herr_t driver_query(const H5FD_t *pub, unsigned long *flags)
{
    (void)pub;
    *flags =
        H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t driver_get_eoa(const H5FD_t *pub, H5FD_mem_t type)
{
    (void)type;
    return ((const driver_file *)pub)->end_allocated;
}

static herr_t driver_set_eoa(H5FD_t *pub, H5FD_mem_t type, haddr_t end)
{
    (void)type;
    ((driver_file *)pub)->end_allocated = end;
    return 0;
}

static haddr_t driver_get_eof(const H5FD_t *pub, H5FD_mem_t type)
{
    (void)type;
    return ((const driver_file *)pub)->end_written;
}

static herr_t driver_read(H5FD_t *pub, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t size, void *to)
{
    (void)type;
    (void)transfer;
    const driver_file *f = (const driver_file *)pub;
    for (char *p = to; size > 0;) {
        ssize_t got = pread(f->file, p, size, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) { /* beyond the end there are zeros */
            if (got < 0) note_error(f->error);
            memset(p, 0, size);
            break;
        }
        p += got;
        at += (haddr_t)got;
        size -= (size_t)got;
    }
    return 0;
}

static herr_t driver_write(H5FD_t *pub, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t size, const void *from)
{
    (void)type;
    (void)transfer;
    driver_file *f = (driver_file *)pub;
    if (at + size > f->end_written) f->end_written = at + size;
    for (const char *p = from; size > 0 && !*f->error;) {
        ssize_t put = pwrite(f->file, p, size < ((size_t)1 << 30) ? size : (size_t)1 << 30, (off_t)at);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) {
            if (put == 0) errno = EIO;
            note_error(f->error);
            break;
        }
        p += put;
        at += (haddr_t)put;
        size -= (size_t)put;
    }
    return 0;
}

static herr_t driver_truncate(H5FD_t *pub, hid_t transfer, hbool_t closing)
{
    (void)transfer;
    (void)closing;
    driver_file *f = (driver_file *)pub;
    if (f->end_allocated == f->end_written) return 0;
    if (ftruncate(f->file, (off_t)f->end_allocated)) note_error(f->error);
    f->end_written = f->end_allocated;
    return 0;
}

static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = 510, /* from the numbers for drivers that are not registered */
#endif
    .name = "polytome",
    .maxaddr = INT64_MAX,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(int *), /* of what H5Pset_driver() is given, which libhdf5 copies */
    .open = driver_open,
    .close = driver_close,
    .query = driver_query,
    .get_eoa = driver_get_eoa,
    .set_eoa = driver_set_eoa,
    .get_eof = driver_get_eof,
    .read = driver_read,
    .write = driver_write,
    .truncate = driver_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

/* Registered once, and never given up: a file that is closed last would free what it still calls. */
static hid_t driver_id(void)
{
    static hid_t id = -1;
    if (H5Iget_type(id) != H5I_VFL) id = H5FDregister(&driver);
    return id;
}

hid_t ptm_h5_create(const char *path, int *error)
{
    *error = 0;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    hid_t file = H5Pset_driver(access, driver_id(), &error) < 0 ? -1 : H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    ptm_h5_close(access);
    return file;
}
