/* output.c - files that appear whole or not at all.
 *
 * A file is written under a temporary name in the folder where it will be, so that renaming it is one step of the file
 * system. Where nothing may be replaced, link() makes the name, which fails if another program was first. */
#define _XOPEN_SOURCE 700 /* lstat, link, realpath, fsync */
#define _FILE_OFFSET_BITS 64
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int ptm_io_write_failed(const char *path, int error)
{
    return ptm_error_set(PTM_ERROR_IO, "%s: cannot be written: %s", path, strerror(error ? error : EIO));
}

static int already_there(const char *path)
{
    return ptm_error_set(PTM_ERROR_IO, "%s: exists already, and is replaced only with overwrite", path);
}

/* Sets out->path; the file's mode if there is one to be replaced, else 0. */
static int resolve(ptm_io_output *out, const char *path, mode_t *mode)
{
    struct stat state;
    *mode = 0;
    if (lstat(path, &state)) {
        if (errno != ENOENT) return ptm_io_write_failed(path, errno);
        out->path = ptm_io_copy_text(path);
        return out->path ? PTM_OK : PTM_ERROR_MEMORY;
    }
    if (!S_ISLNK(state.st_mode) && !S_ISREG(state.st_mode))
        return ptm_error_set(PTM_ERROR_IO, "%s: exists and is not a regular file", path);
    if (!out->overwrite) return already_there(path);
    out->path = realpath(path, NULL); /* a link stays, the file behind it is replaced */
    if (!out->path || stat(out->path, &state)) return ptm_io_write_failed(path, errno);
    if (!S_ISREG(state.st_mode)) return ptm_error_set(PTM_ERROR_IO, "%s: exists and is not a regular file", path);
    *mode = state.st_mode & 0777;
    return PTM_OK;
}

static int create_temporary(ptm_io_output *out, const char *path, mode_t mode)
{
    static atomic_uint serial;
    const char *slash = strrchr(out->path, '/'), *base = slash ? slash + 1 : out->path;
    int folder = (int)(base - out->path);
    if (!*base) return ptm_error_set(PTM_ERROR_ARGUMENT, "path is \"%s\", which names no file", path);
    size_t size = strlen(out->path) + 64;
    if (!(out->temporary = ptm_io_alloc(size, 1))) return PTM_ERROR_MEMORY;
    for (int try = 0; try < 100; try++) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        snprintf(out->temporary, size, "%.*s.%.180s.%lx-%lx-%x.tmp", folder, out->path, base, (long)getpid(), now.tv_nsec,
            atomic_fetch_add(&serial, 1));
        int file = open(out->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file >= 0) {
            if (mode && fchmod(file, mode)) { /* somebody else's file: the new one has our default */
            }
            close(file);
            return PTM_OK;
        }
        if (errno != EEXIST) break;
    }
    int error = errno;
    *out->temporary = 0;
    return ptm_io_write_failed(path, error);
}

int ptm_io_output_check(const char *path, bool overwrite)
{
    ptm_io_output out = { .overwrite = overwrite };
    mode_t mode;
    int status = resolve(&out, path, &mode);
    if (!status) {
        char *slash = strrchr(out.path, '/');
        if (slash) slash[slash == out.path] = 0; /* the folder; "/" stays */
        if (access(slash ? out.path : ".", W_OK | X_OK)) status = ptm_io_write_failed(path, errno);
    }
    ptm_io_output_end(&out);
    return status;
}

int ptm_io_output_begin(ptm_io_output *out, const char *path, bool overwrite)
{
    *out = (ptm_io_output) { .overwrite = overwrite };
    mode_t mode;
    int status = resolve(out, path, &mode);
    if (!status) status = create_temporary(out, path, mode);
    if (status) ptm_io_output_end(out);
    return status;
}

/* A disk that is full or gone may say so only now. */
static int settle(const ptm_io_output *out)
{
    int file = open(out->temporary, O_WRONLY | O_CLOEXEC);
    if (file < 0) return ptm_io_write_failed(out->path, errno);
    int error = fsync(file) ? errno : 0;
    if (close(file) && !error) error = errno;
    return error && error != EINVAL && error != ENOSYS ? ptm_io_write_failed(out->path, error) : PTM_OK;
}

/* For file systems without links: an empty file reserves the name, and is then ours to replace. */
static int reserve_and_rename(const ptm_io_output *out)
{
    int file = open(out->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0) return errno == EEXIST ? already_there(out->path) : ptm_io_write_failed(out->path, errno);
    close(file);
    if (!rename(out->temporary, out->path)) return PTM_OK;
    int error = errno;
    unlink(out->path);
    return ptm_io_write_failed(out->path, error);
}

static int rename_new(const ptm_io_output *out)
{
    if (!link(out->temporary, out->path)) {
        unlink(out->temporary);
        return PTM_OK;
    }
    return errno == EEXIST ? already_there(out->path) : reserve_and_rename(out);
}

int ptm_io_output_commit(ptm_io_output *out)
{
    int status = settle(out);
    if (status) return status;
    if (!out->overwrite)
        status = rename_new(out);
    else if (rename(out->temporary, out->path))
        status = ptm_io_write_failed(out->path, errno);
    out->done = status == PTM_OK;
    return status;
}

void ptm_io_output_end(ptm_io_output *out)
{
    if (out->temporary && *out->temporary && !out->done) unlink(out->temporary);
    free(out->temporary);
    free(out->path);
    *out = (ptm_io_output) { 0 };
}

void ptm_io_output_undo(ptm_io_output *out)
{
    if (out->done && !out->overwrite) unlink(out->path);
}

int ptm_io_text_write(const char *path, const char *text, bool overwrite)
{
    if (!path || !text) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", path ? "text" : "path");
    ptm_io_output output;
    int status = ptm_io_output_begin(&output, path, overwrite);
    if (status) return status;
    FILE *file = fopen(output.temporary, "w");
    bool good = file && fputs(text, file) != EOF && !fflush(file);
    int error = errno;
    if (file && fclose(file) && good) {
        good = false;
        error = errno;
    }
    status = good ? ptm_io_output_commit(&output) : ptm_io_write_failed(path, error);
    ptm_io_output_end(&output);
    return status;
}
