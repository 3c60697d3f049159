/* state_none.c - states of solvers in a build without HDF5. */
#include "internal.h"

int ptm_io_state_write(const char *path, const ptm_solver_state *state)
{
    (void)path;
    (void)state;
    ptm_io_codec_of(PTM_IO_FORMAT_HDF5); /* says why */
    return PTM_ERROR_UNSUPPORTED;
}

int ptm_io_state_open(ptm_solver_state *out, const char *path)
{
    (void)out;
    return ptm_io_state_write(path, NULL);
}

int ptm_io_state_read(ptm_solver_state *out, const char *path)
{
    (void)out;
    return ptm_io_state_write(path, NULL);
}

void ptm_io_state_free(ptm_solver_state *state)
{
    (void)state;
}
