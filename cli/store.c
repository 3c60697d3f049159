/* store.c - see store.h. */
#define _GNU_SOURCE /* O_TMPFILE */
#define _FILE_OFFSET_BITS 64
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cli_store {
    int64_t shape[3];
    float *data; /* NULL: in the file */
    int file;    /* -1: in memory */
    char folder[4096];
};

uint64_t cli_store_bytes(const int64_t shape[3])
{
    return (uint64_t)shape[0] * (uint64_t)shape[1] * (uint64_t)shape[2] * sizeof(float);
}

bool cli_store_in_file(const cli_store *store)
{
    return store->file >= 0;
}

/* ------------------------------------------------------------------ making it */

/* Some file systems know no files without a name; there it has one for a moment. */
static int open_nameless(const char *folder)
{
    char name[4200];
    int file = -1;
#ifdef O_TMPFILE
    file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
#endif
    if (file >= 0) return file;
    snprintf(name, sizeof name, "%s/.polytome-XXXXXX", folder);
    file = mkostemp(name, O_CLOEXEC);
    if (file >= 0) unlink(name);
    return file;
}

/* A full disk is told here, not after hours. */
static int open_file(cli_store *s, const char *beside)
{
    const char *slash = strrchr(beside, '/');
    const int length = slash ? slash == beside ? 1 : (int)(slash - beside) : 0;
    const uint64_t bytes = cli_store_bytes(s->shape);
    if (snprintf(s->folder, sizeof s->folder, "%.*s", length ? length : 1, length ? beside : ".") >= (int)sizeof s->folder)
        return ptm_error_set(PTM_ERROR_IO, "%s: too long", beside);
    s->file = open_nameless(s->folder);
    int failure = s->file < 0 ? errno : EINTR;
    while (failure == EINTR && s->file >= 0 && !cli_stopped()) failure = posix_fallocate(s->file, 0, (off_t)bytes);
    return failure ? ptm_error_set(PTM_ERROR_IO, "%s: no file of %" PRIu64 " bytes can be made there, for what does not "
                         "fit into memory: %s", s->folder, bytes, strerror(failure))
                   : PTM_OK;
}

int cli_store_create(cli_store **out, const int64_t shape[3], const char *beside)
{
    const uint64_t bytes = cli_store_bytes(shape);
    cli_store *s = *out = calloc(1, sizeof *s);
    if (!s) return ptm_error_set(PTM_ERROR_MEMORY, "no memory for %zu bytes", sizeof *s);
    *s = (cli_store){ .shape = { shape[0], shape[1], shape[2] }, .file = -1 };
    int status = PTM_OK;
    if (beside) status = open_file(s, beside);
    else if (!(s->data = malloc((size_t)bytes)))
        status = ptm_error_set(PTM_ERROR_MEMORY, "no memory for %" PRIu64 " bytes", bytes);
    if (status) cli_store_destroy(out);
    return status;
}

void cli_store_destroy(cli_store **store)
{
    cli_store *s = *store;
    if (!s) return;
    if (s->file >= 0) close(s->file);
    free(s->data);
    free(s);
    *store = NULL;
}

/* ------------------------------------------------------------------ boxes */

/* Between memory and the store, `count` elements from number `first` on. */
typedef int (*move_function)(const cli_store *s, int64_t first, int64_t count, char *memory);

static int fail(const cli_store *s, const char *what, int error)
{
    return ptm_error_set(PTM_ERROR_IO, "%s: the file of what does not fit into memory cannot be %s: %s", s->folder, what,
        error ? strerror(error) : "it is cut short");
}

static int read_run(const cli_store *s, int64_t first, int64_t count, char *memory)
{
    size_t left = (size_t)count * sizeof(float);
    off_t at = (off_t)first * (off_t)sizeof(float);
    if (s->data) memcpy(memory, s->data + first, left);
    while (!s->data && left > 0) {
        const ssize_t some = pread(s->file, memory, left, at);
        if (some < 0 && errno == EINTR) continue;
        if (some <= 0) return fail(s, "read", some < 0 ? errno : 0);
        memory += some;
        at += some;
        left -= (size_t)some;
    }
    return PTM_OK;
}

static int write_run(const cli_store *s, int64_t first, int64_t count, char *memory)
{
    size_t left = (size_t)count * sizeof(float);
    off_t at = (off_t)first * (off_t)sizeof(float);
    if (s->data) memcpy(s->data + first, memory, left);
    while (!s->data && left > 0) {
        const ssize_t some = pwrite(s->file, memory, left, at);
        if (some < 0 && errno == EINTR) continue;
        if (some <= 0) return fail(s, "written", some < 0 ? errno : ENOSPC);
        memory += some;
        at += some;
        left -= (size_t)some;
    }
    return PTM_OK;
}

/* Runs are as long as whole lines and whole planes make them. */
static int move_box(const cli_store *s, const int64_t first[3], const int64_t count[3], char *memory, move_function move)
{
    const int64_t *n = s->shape;
    const bool lines = count[2] == n[2], planes = lines && count[1] == n[1];
    const int64_t run = count[2] * (lines ? count[1] : 1) * (planes ? count[0] : 1);
    const int64_t n0 = planes ? 1 : count[0], n1 = lines ? 1 : count[1];
    int status = PTM_OK;
    for (int64_t i = 0; i < n0; ++i)
        for (int64_t j = 0; j < n1 && !status; ++j) {
            status = move(s, ((first[0] + i) * n[1] + first[1] + j) * n[2] + first[2], run, memory);
            memory += (size_t)run * sizeof(float);
        }
    return status;
}

int cli_store_read(const cli_store *s, const int64_t first[3], const int64_t count[3], float *to)
{
    return move_box(s, first, count, (char *)to, read_run);
}

int cli_store_write(cli_store *s, const int64_t first[3], const int64_t count[3], const float *from)
{
    return move_box(s, first, count, (char *)(uintptr_t)from, write_run);
}

/* ------------------------------------------------------------------ for the library */

static int read_part(void *user, const int64_t *first, const int64_t *count, void *data)
{
    const cli_store_part *part = user;
    return cli_store_read(part->store, (const int64_t[]){ first[0], first[1] + part->first, first[2] }, count, data);
}

static int write_part(void *user, const int64_t *first, const int64_t *count, const void *data)
{
    const cli_store_part *part = user;
    return cli_store_write(part->store, (const int64_t[]){ first[0], first[1] + part->first, first[2] }, count, data);
}

ptm_array cli_store_functions(cli_store_part *part, cli_store *s, int64_t first, int64_t count)
{
    *part = (cli_store_part){ s, first };
    return cli_functions((const int64_t[]){ s->shape[0], count, s->shape[2] }, read_part, write_part, part);
}

ptm_array cli_store_array(cli_store_part *part, cli_store *s, int64_t first, int64_t count)
{
    const int64_t line = s->shape[2];
    if (!s->data) return cli_store_functions(part, s, first, count);
    ptm_array a = cli_dense(s->data + first * line, s->shape[0], count, line);
    a.stride[0] = s->shape[1] * line;
    return a;
}
