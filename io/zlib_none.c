/* zlib_none.c - in the place of zlib.c where there is no zlib. */
#include "flat.h"

static int missing(const char *path)
{
    return ptm_error_set(
        PTM_ERROR_UNSUPPORTED, "%s: this build of polytome cannot handle compressed elements: it was made without zlib", path);
}

bool ptm_io_have_zlib(void)
{
    return false;
}

int ptm_io_inflate(void *to, uint64_t skip, uint64_t bytes, bool whole, FILE *file, const char *path)
{
    (void)to;
    (void)skip;
    (void)bytes;
    (void)whole;
    (void)file;
    return missing(path);
}

int ptm_io_deflate_begin(ptm_io_deflater **out, FILE *file, bool gzip, const char *path)
{
    (void)out;
    (void)file;
    (void)gzip;
    return missing(path);
}

int ptm_io_deflate(ptm_io_deflater *d, const void *data, uint64_t bytes)
{
    (void)d;
    (void)data;
    (void)bytes;
    return PTM_ERROR_UNSUPPORTED;
}

int ptm_io_deflate_finish(ptm_io_deflater *d, uint64_t *written)
{
    (void)d;
    (void)written;
    return PTM_ERROR_UNSUPPORTED;
}

void ptm_io_deflate_free(ptm_io_deflater *d)
{
    (void)d;
}
