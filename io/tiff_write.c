/* tiff_write.c - writing TIFF files. */
#include "tiff_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STRIP_BYTES (256 << 10)
#define CLASSIC_LIMIT 4000000000u /* above this, BigTIFF */

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

static bool set_fields(TIFF *tiff, const ptm_io_plan *plan, uint32_t height, uint32_t width, uint32_t rows)
{
    const double *spacing = plan->array.spacing;
    bool good =
        TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width) && TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height) &&
        TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, (int)(8 * ptm_io_type_size(plan->type))) &&
        TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, sample_format(plan->type)) &&
        TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1) && TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK) &&
        TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) && TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, rows) &&
        TIFFSetField(tiff, TIFFTAG_SOFTWARE, "polytome") && set_compression(tiff, plan) && set_description(tiff, plan);
    if (good && spacing[0] > 0 && spacing[1] > 0)
        good = TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_CENTIMETER) &&
               TIFFSetField(tiff, TIFFTAG_XRESOLUTION, 10 / spacing[0]) &&
               TIFFSetField(tiff, TIFFTAG_YRESOLUTION, 10 / spacing[1]);
    return good;
}

/* libtiff may change what it is given while it compresses, hence the copy. */
static bool write_page(TIFF *tiff, const ptm_io_plan *plan, uint64_t page, void *scratch, uint32_t rows)
{
    int axes = plan->array.dimensions;
    uint64_t height = (uint64_t)plan->array.shape[axes - 2], width = (uint64_t)plan->array.shape[axes - 1];
    size_t size = ptm_io_type_size(plan->type);
    if (!set_fields(tiff, plan, (uint32_t)height, (uint32_t)width, rows)) return false;
    if (axes == 3 && !TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, FILETYPE_PAGE)) return false;
    uint32_t strip = 0;
    for (uint64_t y = 0; y < height; y += rows, strip++) {
        uint64_t count = (height - y < rows ? height - y : rows) * width;
        const void *data = ptm_io_plan_elements(plan, (page * height + y) * width, count, scratch);
        if (data != scratch) memcpy(scratch, data, (size_t)count * size);
        if (TIFFWriteEncodedStrip(tiff, strip, scratch, (tmsize_t)(count * size)) < 0) return false;
    }
    return TIFFWriteDirectory(tiff);
}

int ptm_tiff_write(const char *temporary, const ptm_io_plan *plan)
{
    int axes = plan->array.dimensions;
    int64_t pages = axes == 3 ? plan->array.shape[0] : 1, height = plan->array.shape[axes - 2];
    int64_t width = plan->array.shape[axes - 1];
    if (height > INT32_MAX || width > INT32_MAX)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: a TIFF page has at most 2147483647 rows and columns", plan->path);
    uint64_t row_bytes = (uint64_t)width * ptm_io_type_size(plan->type);
    uint64_t rows = row_bytes < STRIP_BYTES ? STRIP_BYTES / row_bytes : 1;
    if (rows > (uint64_t)height) rows = (uint64_t)height;
    bool big = (uint64_t)pages * ((uint64_t)height * row_bytes + 1024) > CLASSIC_LIMIT;
    void *scratch = ptm_io_alloc(rows, (size_t)row_bytes);
    if (!scratch) return PTM_ERROR_MEMORY;
    tiff_file file = { 0 };
    errno = 0;
    int status = ptm_tiff_open(&file, temporary, plan->path, big ? "w8" : "w", 0);
    for (int64_t page = 0; !status && page < pages; page++)
        if (!write_page(file.tiff, plan, (uint64_t)page, scratch, (uint32_t)rows)) status = write_error(&file);
    ptm_tiff_close(&file);
    free(scratch);
    return status;
}
