/* tiff_write.c - writing TIFF files. */
#include "tiff_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STRIP_BYTES (256 << 10)
#define CLASSIC_LIMIT 4000000000u /* above this, BigTIFF */

typedef struct tiff_writer {
    tiff_file file;
    const ptm_io_plan *plan;
    uint64_t height, y; /* rows of a page, and those of this one that are there */
    uint64_t row_bytes;
    uint64_t rows; /* of a strip */
    char *strip;   /* libtiff may change what it is given while it compresses */
} tiff_writer;

static int write_error(const tiff_file *file)
{
    int error = errno; /* libtiff passes on what write() left */
    if (error == ENOSPC || error == EFBIG || error == EDQUOT || error == EIO) return ptm_io_write_failed(file->path, error);
    return ptm_error_set(
        PTM_ERROR_IO, "%s: cannot be written: %s", file->path, *file->message ? file->message : "libtiff failed");
}

static int sample_format(ptm_io_type type)
{
    switch (type) {
    case PTM_IO_FLOAT32:
    case PTM_IO_FLOAT64: return SAMPLEFORMAT_IEEEFP;
    case PTM_IO_INT8:
    case PTM_IO_INT16:
    case PTM_IO_INT32:
    case PTM_IO_INT64: return SAMPLEFORMAT_INT;
    default: return SAMPLEFORMAT_UINT;
    }
}

static bool set_description(TIFF *tiff, const ptm_io_plan *plan)
{
    char window[128] = "";
    double values[2] = { plan->low, plan->high };
    if (plan->windowed) ptm_io_print_numbers(window, sizeof window, PTM_IO_WINDOW_KEY, values, 2);
    const char *text = plan->description ? plan->description : "";
    size_t size = strlen(text) + sizeof window + 2;
    char *both = ptm_io_alloc(size, 1);
    if (!both) return false;
    snprintf(both, size, "%s%s%s", text, *text && *window ? "\n" : "", window);
    bool good = !*both || TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, both);
    free(both);
    return good;
}

static bool set_compression(TIFF *tiff, const ptm_io_plan *plan)
{
    if (!plan->compress || !TIFFIsCODECConfigured(COMPRESSION_ADOBE_DEFLATE))
        return TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    bool is_float = sample_format(plan->type) == SAMPLEFORMAT_IEEEFP, wide = ptm_io_type_size(plan->type) == 8;
    int predictor = is_float ? PREDICTOR_FLOATINGPOINT : wide ? PREDICTOR_NONE : PREDICTOR_HORIZONTAL;
    return TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE) &&
           TIFFSetField(tiff, TIFFTAG_PREDICTOR, predictor);
}

static bool set_fields(const tiff_writer *w)
{
    TIFF *tiff = w->file.tiff;
    const ptm_io_plan *plan = w->plan;
    const double *spacing = plan->array.spacing;
    uint32_t width = (uint32_t)plan->array.shape[plan->array.dimensions - 1];
    bool good =
        TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width) && TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, (uint32_t)w->height) &&
        TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, (int)(8 * ptm_io_type_size(plan->type))) &&
        TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, sample_format(plan->type)) &&
        TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1) && TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK) &&
        TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) && TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, (uint32_t)w->rows) &&
        TIFFSetField(tiff, TIFFTAG_SOFTWARE, "polytome") && set_compression(tiff, plan) && set_description(tiff, plan);
    if (good && spacing[0] > 0 && spacing[1] > 0)
        good = TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_CENTIMETER) &&
               TIFFSetField(tiff, TIFFTAG_XRESOLUTION, 10 / spacing[0]) &&
               TIFFSetField(tiff, TIFFTAG_YRESOLUTION, 10 / spacing[1]);
    if (plan->array.dimensions == 3) good = good && TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, FILETYPE_PAGE);
    return good;
}

/* The strip that the last row belongs to, and the page where that was its last. */
static bool write_strip(tiff_writer *w)
{
    uint64_t last = w->y - 1, bytes = (last % w->rows + 1) * w->row_bytes;
    if (TIFFWriteEncodedStrip(w->file.tiff, (uint32_t)(last / w->rows), w->strip, (tmsize_t)bytes) < 0) return false;
    if (w->y < w->height) return true;
    w->y = 0;
    return TIFFWriteDirectory(w->file.tiff);
}

/* As many of `count` rows as the strip takes, or 0 after an error. */
static uint64_t put_rows(tiff_writer *w, const char *data, uint64_t count)
{
    uint64_t at = w->y % w->rows, room = w->rows - at, left = w->height - w->y;
    if (count > room) count = room;
    if (count > left) count = left;
    if (w->y == 0 && !set_fields(w)) return 0;
    memcpy(w->strip + at * w->row_bytes, data, (size_t)(count * w->row_bytes));
    w->y += count;
    return (w->y % w->rows && w->y < w->height) || write_strip(w) ? count : 0;
}

int ptm_tiff_slab(void *state, const void *data, int64_t count)
{
    tiff_writer *w = state;
    uint64_t rows = (uint64_t)count * (w->plan->array.dimensions == 3 ? w->height : 1);
    errno = 0;
    for (uint64_t done = 0, n; done < rows; done += n)
        if (!(n = put_rows(w, (const char *)data + done * w->row_bytes, rows - done))) return write_error(&w->file);
    return PTM_OK;
}

int ptm_tiff_begin(void **state, const ptm_io_plan *plan)
{
    int axes = plan->array.dimensions;
    int64_t pages = axes == 3 ? plan->array.shape[0] : 1, height = plan->array.shape[axes - 2];
    int64_t width = plan->array.shape[axes - 1];
    if (height > INT32_MAX || width > INT32_MAX)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: a TIFF page has at most 2147483647 rows and columns", plan->path);
    tiff_writer *w = *state = ptm_io_alloc(1, sizeof *w);
    if (!w) return PTM_ERROR_MEMORY;
    w->plan = plan;
    w->height = (uint64_t)height;
    w->row_bytes = (uint64_t)width * ptm_io_type_size(plan->type);
    w->rows = w->row_bytes < STRIP_BYTES ? STRIP_BYTES / w->row_bytes : 1;
    if (w->rows > w->height) w->rows = w->height;
    if (!(w->strip = ptm_io_alloc(w->rows, (size_t)w->row_bytes))) return PTM_ERROR_MEMORY;
    bool big = (uint64_t)pages * (w->height * w->row_bytes + 1024) > CLASSIC_LIMIT;
    return ptm_tiff_open(&w->file, plan->temporary, plan->path, big ? "w8" : "w", 0);
}

/* Every page is in the file since its last row was. */
int ptm_tiff_finish(void *state)
{
    ptm_tiff_close(&((tiff_writer *)state)->file);
    return PTM_OK;
}

void ptm_tiff_release(void *state)
{
    tiff_writer *w = state;
    ptm_tiff_close(&w->file);
    free(w->strip);
    free(w);
}
