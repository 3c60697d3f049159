/* tiff_file.h - what the TIFF reader and writer share. */
#ifndef PTM_IO_TIFF_H
#define PTM_IO_TIFF_H
#include "internal.h"

#include <tiffio.h>

/* An open TIFF file. libtiff's messages land in `message`, the first one of an operation. */
typedef struct tiff_file {
    TIFF *tiff;
    const char *path;
    uint64_t file_bytes;
    char message[200];
} tiff_file;

/* mode as for TIFFOpen(); limit: the largest single allocation libtiff may make, 0: any. */
int ptm_tiff_open(tiff_file *file, const char *path, const char *name, const char *mode, uint64_t limit);
void ptm_tiff_close(tiff_file *file);

/* Writing, as in ptm_io_codec. */
int ptm_tiff_begin(void **state, const ptm_io_plan *plan);
int ptm_tiff_slab(void *state, const void *data, int64_t count);
int ptm_tiff_finish(void *state);
void ptm_tiff_release(void *state);
#endif
