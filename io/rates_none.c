/* rates_none.c - rates of devices in a build without jansson. */
#include "internal.h"

static int refuse(const char *path)
{
    return ptm_error_set(
        PTM_ERROR_UNSUPPORTED, "%s: this build of polytome cannot handle JSON files: it was made without jansson", path);
}

int ptm_io_rates_read(ptm_io_rate **rates, int *count, const char *path)
{
    (void)rates;
    (void)count;
    return refuse(path);
}

int ptm_io_rates_write(const char *path, const ptm_io_rate *rates, int count, bool overwrite)
{
    (void)rates;
    (void)count;
    (void)overwrite;
    return refuse(path);
}
