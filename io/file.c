/* file.c - opening files for reading. */
#define _POSIX_C_SOURCE 200809L /* fseeko, stat */
#define _FILE_OFFSET_BITS 64
#include "internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static int check(uint64_t *bytes, const char *path, int failed, const struct stat *state)
{
    if (failed)
        return ptm_error_set(
            errno == ENOENT || errno == ENOTDIR ? PTM_ERROR_NOT_FOUND : PTM_ERROR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(state->st_mode)) /* a pipe or a device may never end */
        return ptm_error_set(PTM_ERROR_IO, "%s: not a regular file", path);
    if (state->st_size <= 0) return ptm_error_set(PTM_ERROR_IO, "%s: the file is empty", path);
    *bytes = (uint64_t)state->st_size;
    return PTM_OK;
}

int ptm_io_file_size(uint64_t *bytes, const char *path)
{
    struct stat state;
    return check(bytes, path, stat(path, &state), &state);
}

FILE *ptm_io_open(const char *path, uint64_t *bytes)
{
    if (ptm_io_file_size(bytes, path)) return NULL; /* before fopen(), which waits for a pipe's writer */
    FILE *file = fopen(path, "rb");
    struct stat state;
    if (check(bytes, path, !file || fstat(fileno(file), &state), &state) == PTM_OK) return file;
    if (file) fclose(file);
    return NULL;
}

bool ptm_io_seek(FILE *file, uint64_t position)
{
    return position <= INT64_MAX && fseeko(file, (off_t)position, SEEK_SET) == 0;
}
