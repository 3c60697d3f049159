/* geometry_none.c - geometry files in a build without jansson. */
#include "internal.h"

static int none(void)
{
    return ptm_error_set(
        PTM_ERROR_UNSUPPORTED, "this build of polytome cannot handle geometry files: it was made without jansson");
}

int ptm_io_geometry_read(ptm_io_geometry *out, const char *path)
{
    (void)out;
    (void)path;
    return none();
}

int ptm_io_geometry_write(const char *path, const ptm_io_geometry *geometry, bool overwrite)
{
    (void)path;
    (void)geometry;
    (void)overwrite;
    return none();
}

int ptm_io_geometry_write_check(const char *path, const ptm_io_geometry *geometry, bool overwrite)
{
    return ptm_io_geometry_write(path, geometry, overwrite);
}
