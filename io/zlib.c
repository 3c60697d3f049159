/* zlib.c - streams compressed by zlib. */
#include "flat.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#define ROOM 65536
#define EITHER_HEAD (15 + 32) /* zlib's own or gzip's */

bool ptm_io_have_zlib(void)
{
    return true;
}

/* ------------------------------------------------------------------ reading */

typedef struct inflater {
    z_stream z;
    FILE *file;
    const char *path;
    unsigned char in[ROOM], spare[ROOM];
} inflater;

static int damaged(const inflater *f, const char *what)
{
    return ptm_error_set(PTM_ERROR_IO, "%s: damaged or cut short: %s", f->path, f->z.msg ? f->z.msg : what);
}

/* What there is room for, from what is at hand or comes next in the file. */
static int unpack(inflater *f)
{
    if (!f->z.avail_in) {
        f->z.next_in = f->in;
        f->z.avail_in = (uInt)fread(f->in, 1, ROOM, f->file);
    }
    return inflate(&f->z, Z_NO_FLUSH);
}

/* The next `bytes`, to `to`, or nowhere where that is NULL. */
static int take(inflater *f, unsigned char *to, uint64_t bytes)
{
    while (bytes > 0) {
        const uInt room = (uInt)(to ? (bytes < 1 << 30 ? bytes : 1 << 30) : (bytes < ROOM ? bytes : ROOM));
        f->z.next_out = to ? to : f->spare;
        f->z.avail_out = room;
        const int code = unpack(f);
        const uint64_t got = room - f->z.avail_out;
        bytes -= got;
        if (to) to += got;
        if (code == Z_STREAM_END ? bytes > 0 : code != Z_OK) return damaged(f, "the compressed data end too soon");
    }
    return PTM_OK;
}

/* The checksum is behind the last byte. */
static int take_end(inflater *f)
{
    int code = Z_OK;
    while (code == Z_OK) {
        f->z.next_out = f->spare;
        f->z.avail_out = 1;
        code = unpack(f);
        if (!f->z.avail_out) return damaged(f, "there are more compressed data than the head says");
    }
    return code == Z_STREAM_END ? PTM_OK : damaged(f, "the compressed data end too soon");
}

int ptm_io_inflate(void *to, uint64_t skip, uint64_t bytes, bool whole, FILE *file, const char *path)
{
    inflater *f = ptm_io_alloc(1, sizeof *f);
    if (!f) return PTM_ERROR_MEMORY;
    f->file = file;
    f->path = path;
    if (inflateInit2(&f->z, EITHER_HEAD) != Z_OK) {
        free(f);
        return ptm_error_set(PTM_ERROR_MEMORY, "no memory on the host for zlib");
    }
    int status = take(f, NULL, skip);
    if (!status) status = take(f, to, bytes);
    if (!status && whole) status = take_end(f);
    inflateEnd(&f->z);
    free(f);
    return status;
}

/* ------------------------------------------------------------------ writing */

struct ptm_io_deflater {
    z_stream z;
    FILE *file;
    const char *path;
    uint64_t written;
    unsigned char out[ROOM];
};

int ptm_io_deflate_begin(ptm_io_deflater **out, FILE *file, bool gzip, const char *path)
{
    ptm_io_deflater *d = ptm_io_alloc(1, sizeof *d);
    if (!d) return PTM_ERROR_MEMORY;
    d->file = file;
    d->path = path;
    if (deflateInit2(&d->z, 4, Z_DEFLATED, gzip ? 15 + 16 : 15, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(d);
        return ptm_error_set(PTM_ERROR_MEMORY, "no memory on the host for zlib");
    }
    *out = d;
    return PTM_OK;
}

/* What is there to be compressed, and all of it where that is the end. */
static int run(ptm_io_deflater *d, int flush)
{
    int code = Z_OK;
    do {
        d->z.next_out = d->out;
        d->z.avail_out = ROOM;
        code = deflate(&d->z, flush);
        const size_t size = ROOM - d->z.avail_out;
        if (fwrite(d->out, 1, size, d->file) != size) return ptm_io_write_failed(d->path, errno);
        d->written += size;
    } while (flush == Z_FINISH ? code == Z_OK : d->z.avail_out == 0);
    return PTM_OK;
}

int ptm_io_deflate(ptm_io_deflater *d, const void *data, uint64_t bytes)
{
    int status = PTM_OK;
    for (const unsigned char *at = data; !status && bytes > 0;) {
        const uInt part = bytes < 1 << 30 ? (uInt)bytes : 1 << 30;
        d->z.next_in = (unsigned char *)(uintptr_t)at; /* zlib's header may be without const */
        d->z.avail_in = part;
        status = run(d, Z_NO_FLUSH);
        at += part;
        bytes -= part;
    }
    return status;
}

int ptm_io_deflate_finish(ptm_io_deflater *d, uint64_t *written)
{
    d->z.avail_in = 0;
    const int status = run(d, Z_FINISH);
    *written = d->written;
    return status;
}

void ptm_io_deflate_free(ptm_io_deflater *d)
{
    if (d) deflateEnd(&d->z);
    free(d);
}
