/* tiff.c - reading TIFF files. */
#include "tiff_file.h"

#include <stdlib.h>
#include <string.h>

#define COMPRESSION_RATIO 5000 /* more than any of libtiff's lossless codecs gains, and then some */
#define PAGE_LIMIT (1 << 24)

typedef struct tiff_page {
    ptm_io_type type;
    bool half;
    int64_t width, height;
    bool compressed, tiled;
    bool extra; /* a thumbnail or a mask */
    double window[2];
    int64_t imagej; /* images that follow each other in an ImageJ file; else 0 */
} tiff_page;

typedef struct tiff_stack {
    tiff_page page;    /* all are alike */
    uint64_t *offsets; /* of the directories */
    int64_t count, room;
} tiff_stack;

/* ------------------------------------------------------------------ opening */

static int on_message(TIFF *tiff, void *user, const char *module, const char *format, va_list list)
{
    (void)tiff;
    (void)module;
    tiff_file *file = user;
    if (!*file->message) vsnprintf(file->message, sizeof file->message, format, list);
    return 1;
}

static int ignore_message(TIFF *tiff, void *user, const char *module, const char *format, va_list list)
{
    (void)tiff;
    (void)user;
    (void)module;
    (void)format;
    (void)list;
    return 1;
}

int ptm_tiff_open(tiff_file *file, const char *path, const char *name, const char *mode, uint64_t limit)
{
    file->path = name;
    *file->message = 0;
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return ptm_error_set(PTM_ERROR_MEMORY, "no memory on the host for libtiff");
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_message, file);
    TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_message, NULL);
    if (limit) TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)limit);
    file->tiff = TIFFOpenExt(path, mode, options);
    TIFFOpenOptionsFree(options);
    if (file->tiff) return PTM_OK;
    return ptm_error_set(PTM_ERROR_IO, "%s: %s: %s", name, *mode == 'w' ? "cannot be written" : "damaged or cut short",
        *file->message ? file->message : "libtiff does not open it");
}

void ptm_tiff_close(tiff_file *file)
{
    if (file->tiff) TIFFClose(file->tiff);
    file->tiff = NULL;
}

static int open_read(tiff_file *file, const char *path)
{
    *file = (tiff_file) { 0 };
    int status = ptm_io_file_size(&file->file_bytes, path);
    if (status) return status;
    uint64_t limit = file->file_bytes < (uint64_t)1 << 56 ? 8 * file->file_bytes + (256 << 20) : 0;
    return ptm_tiff_open(file, path, path, "rm", limit); /* m: no mapping, a file cut short meanwhile would be a signal */
}

static int damaged(const tiff_file *file, const char *what)
{
    return ptm_error_set(
        PTM_ERROR_IO, "%s: damaged or cut short: %s%s%s", file->path, what, *file->message ? ": " : "", file->message);
}

/* ------------------------------------------------------------------ what a page is */

static ptm_io_type type_of(int format, int bits, bool *half)
{
    *half = format == SAMPLEFORMAT_IEEEFP && bits == 16;
    switch (format) {
    case SAMPLEFORMAT_UINT:
    case SAMPLEFORMAT_VOID:
        return bits == 8    ? PTM_IO_UINT8
               : bits == 16 ? PTM_IO_UINT16
               : bits == 32 ? PTM_IO_UINT32
               : bits == 64 ? PTM_IO_UINT64
                            : PTM_IO_UNKNOWN;
    case SAMPLEFORMAT_INT:
        return bits == 8    ? PTM_IO_INT8
               : bits == 16 ? PTM_IO_INT16
               : bits == 32 ? PTM_IO_INT32
               : bits == 64 ? PTM_IO_INT64
                            : PTM_IO_UNKNOWN;
    case SAMPLEFORMAT_IEEEFP:
        return bits == 16 || bits == 32 ? PTM_IO_FLOAT32 : bits == 64 ? PTM_IO_FLOAT64 : PTM_IO_UNKNOWN;
    case SAMPLEFORMAT_COMPLEXIEEEFP:
        return bits == 64 ? PTM_IO_COMPLEX64 : bits == 128 ? PTM_IO_COMPLEX128 : PTM_IO_UNKNOWN;
    default: return PTM_IO_UNKNOWN;
    }
}

/* Why the page is no grey picture that can be read, or NULL. */
static const char *check_kind(TIFF *tiff)
{
    uint16_t samples = 1, photometric = PHOTOMETRIC_MINISBLACK;
    uint32_t depth = 1;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_IMAGEDEPTH, &depth);
    if (photometric == PHOTOMETRIC_PALETTE) return "it has a colour palette";
    if (samples != 1) return "it has several channels (colour or alpha)";
    if (photometric != PHOTOMETRIC_MINISBLACK && photometric != PHOTOMETRIC_MINISWHITE) return "it is in colour";
    return depth != 1 ? "its pages have a depth" : NULL;
}

static void read_description(tiff_page *page, TIFF *tiff)
{
    char *text = NULL;
    if (!TIFFGetField(tiff, TIFFTAG_IMAGEDESCRIPTION, &text) || !text) return;
    if (!ptm_io_parse_numbers(text, PTM_IO_WINDOW_KEY, page->window, 2)) page->window[0] = page->window[1] = 0;
    const char *images = strncmp(text, "ImageJ=", 7) ? NULL : strstr(text, "images=");
    long long count = images ? strtoll(images + 7, NULL, 10) : 0;
    page->imagej = count > 1 && count < PAGE_LIMIT ? count : 0;
}

static uint64_t page_bytes(const tiff_page *page)
{
    return (uint64_t)page->width * (uint64_t)page->height * (page->half ? 2 : ptm_io_type_size(page->type));
}

/* *unsupported is set where the page is sound, but of a kind that cannot be read. */
static int describe(tiff_page *page, const tiff_file *file, const char **unsupported)
{
    TIFF *tiff = file->tiff;
    uint32_t width = 0, height = 0, subfile = 0;
    uint16_t bits = 1, format = SAMPLEFORMAT_UINT, compression = COMPRESSION_NONE;
    *page = (tiff_page) { 0 };
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SUBFILETYPE, &subfile);
    if (!width || !height) return damaged(file, "a page without a size");
    page->width = width;
    page->height = height;
    page->extra = subfile & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK);
    page->compressed = compression != COMPRESSION_NONE;
    page->tiled = TIFFIsTiled(tiff);
    *unsupported = check_kind(tiff);
    page->type = *unsupported ? PTM_IO_UNKNOWN : type_of(format, bits, &page->half);
    if (!*unsupported && !page->type) *unsupported = "its number of bits or its kind of number is not handled";
    if (!*unsupported && page->compressed && !TIFFIsCODECConfigured(compression))
        *unsupported = "this libtiff lacks its compression method";
    read_description(page, tiff);
    if ((uint64_t)width * height > (uint64_t)1 << 58) return damaged(file, "a page of impossible size");
    return PTM_OK;
}

/* ------------------------------------------------------------------ the pages of a file */

static int add_page(tiff_stack *stack, const tiff_page *page, const tiff_file *file)
{
    if (stack->count == stack->room) {
        int64_t room = stack->room ? 2 * stack->room : 64;
        uint64_t *grown = realloc(stack->offsets, (size_t)room * sizeof *grown);
        if (!grown || room > PAGE_LIMIT) {
            if (grown) stack->offsets = grown;
            return ptm_error_set(PTM_ERROR_MEMORY, "%s: too many pages", file->path);
        }
        stack->offsets = grown;
        stack->room = room;
    }
    const tiff_page *one = &stack->page;
    if (!stack->count)
        stack->page = *page;
    else if (page->type != one->type || page->half != one->half || page->width != one->width || page->height != one->height)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: page %lld has another size or type than the first", file->path,
            (long long)stack->count + 1);
    stack->offsets[stack->count++] = TIFFCurrentDirOffset(file->tiff);
    uint64_t bytes = page_bytes(page);
    if (bytes && (uint64_t)stack->count > UINT64_MAX / bytes) return damaged(file, "impossible sizes");
    bool packed = page->compressed || !page->type;
    return ptm_io_check_claim(file->path, (uint64_t)stack->count * bytes, file->file_bytes, packed ? COMPRESSION_RATIO : 1);
}

/* Whether pixels in one piece are followed by another image's at least; a description may be stale. */
static bool is_imagej_stack(const tiff_page *page, const tiff_file *file)
{
    uint64_t bytes = page_bytes(page);
    if (page->imagej < 2 || page->compressed || page->tiled || !bytes) return false;
    uint32_t last = TIFFNumberOfStrips(file->tiff) - 1;
    uint64_t begin = TIFFGetStrileOffset(file->tiff, 0), end = TIFFGetStrileOffset(file->tiff, last);
    end += TIFFGetStrileByteCount(file->tiff, last);
    return begin < file->file_bytes && end == begin + bytes && (file->file_bytes - begin) / bytes >= 2;
}

/* Reads all directories. *unsupported: why the pages cannot be read, or NULL. */
static int scan_pages(tiff_stack *stack, tiff_file *file, const char **unsupported)
{
    *unsupported = NULL;
    for (;;) {
        tiff_page page;
        const char *why;
        int status = describe(&page, file, &why);
        if (!status && (!page.extra || !stack->count)) {
            if (stack->count && stack->page.extra) stack->count = 0;
            if (!stack->count) *unsupported = why;
            status = add_page(stack, &page, file);
        }
        if (status) return status;
        if (TIFFLastDirectory(file->tiff)) break;
        if (!TIFFReadDirectory(file->tiff)) return damaged(file, "a page's directory");
    }
    if (stack->count != 1 || !is_imagej_stack(&stack->page, file)) stack->page.imagej = 0;
    return PTM_OK;
}

/* ------------------------------------------------------------------ the pixels of a page */

static int read_strips(const tiff_page *page, tiff_file *file, char *to)
{
    uint32_t rows = 0;
    TIFFGetFieldDefaulted(file->tiff, TIFFTAG_ROWSPERSTRIP, &rows);
    if (!rows || rows > page->height) rows = (uint32_t)page->height;
    uint64_t row_bytes = page_bytes(page) / (uint64_t)page->height;
    if ((uint64_t)TIFFScanlineSize64(file->tiff) != row_bytes) return damaged(file, "rows of another size than the page");
    uint32_t strip = 0;
    for (int64_t y = 0; y < page->height; y += rows, strip++) {
        uint64_t left = (uint64_t)(page->height - y), bytes = (left < rows ? left : rows) * row_bytes;
        if (TIFFReadEncodedStrip(file->tiff, strip, to + (uint64_t)y * row_bytes, (tmsize_t)bytes) != (tmsize_t)bytes)
            return damaged(file, "pixels");
    }
    return PTM_OK;
}

static void copy_tile(
    const tiff_page *page, char *to, const char *tile, int64_t y, int64_t x, uint32_t height, uint32_t width)
{
    uint64_t size = page_bytes(page) / (uint64_t)page->height / (uint64_t)page->width;
    int64_t rows = page->height - y < height ? page->height - y : height;
    int64_t columns = page->width - x < width ? page->width - x : width;
    for (int64_t r = 0; r < rows; r++)
        memcpy(
            to + (uint64_t)((y + r) * page->width + x) * size, tile + (uint64_t)r * width * size, (uint64_t)columns * size);
}

static int read_tiles(const tiff_page *page, tiff_file *file, char *to)
{
    uint32_t width = 0, height = 0;
    TIFFGetField(file->tiff, TIFFTAG_TILEWIDTH, &width);
    TIFFGetField(file->tiff, TIFFTAG_TILELENGTH, &height);
    uint64_t size = page_bytes(page) / (uint64_t)page->height / (uint64_t)page->width, bytes = TIFFTileSize64(file->tiff);
    if (!width || !height || bytes / size / width != height || bytes % ((uint64_t)width * size))
        return damaged(file, "impossible tiles");
    int status = ptm_io_check_claim(file->path, bytes, file->file_bytes, page->compressed ? COMPRESSION_RATIO : 1);
    if (status) return status;
    char *tile = ptm_io_alloc(bytes, 1);
    if (!tile) return PTM_ERROR_MEMORY;
    uint32_t index = 0;
    for (int64_t y = 0; !status && y < page->height; y += height)
        for (int64_t x = 0; !status && x < page->width; x += width, index++) {
            if (TIFFReadEncodedTile(file->tiff, index, tile, (tmsize_t)bytes) == (tmsize_t)bytes)
                copy_tile(page, to, tile, y, x, height, width);
            else
                status = damaged(file, "pixels");
        }
    free(tile);
    return status;
}

/* ImageJ writes large stacks as one page; the other pages' pixels just follow. */
static int read_imagej(const tiff_page *page, tiff_file *file, char *to, int64_t first, int64_t count)
{
    uint64_t bytes = page_bytes(page), begin = TIFFGetStrileOffset(file->tiff, 0), file_bytes;
    if ((file->file_bytes - begin) / bytes < (uint64_t)page->imagej)
        return damaged(file, "fewer images than ImageJ promised");
    FILE *raw = ptm_io_open(file->path, &file_bytes);
    if (!raw) return PTM_ERROR_IO;
    bool good =
        ptm_io_seek(raw, begin + (uint64_t)first * bytes) && fread(to, (size_t)bytes, (size_t)count, raw) == (size_t)count;
    fclose(raw);
    if (!good) return damaged(file, "pixels");
    size_t size = page->half ? 2 : ptm_io_type_size(page->type);
    if (TIFFIsByteSwapped(file->tiff)) ptm_io_swap(to, (uint64_t)count * (bytes / size), size);
    return PTM_OK;
}

static int read_pages(const tiff_stack *stack, tiff_file *file, ptm_io_array *array, int64_t first, int64_t count)
{
    const tiff_page *page = &stack->page;
    uint64_t bytes = page_bytes(page);
    int status = PTM_OK;
    if (page->imagej) {
        if (!TIFFSetSubDirectory(file->tiff, stack->offsets[0])) return damaged(file, "a page's directory");
        status = read_imagej(page, file, array->data, first, count);
    }
    for (int64_t i = 0; !status && !page->imagej && i < count; i++) {
        tiff_page now;
        const char *unsupported;
        char *to = (char *)array->data + (uint64_t)i * bytes;
        if (!TIFFSetSubDirectory(file->tiff, stack->offsets[first + i])) return damaged(file, "a page's directory");
        status = describe(&now, file, &unsupported);
        if (!status && (unsupported || page_bytes(&now) != bytes || now.width != page->width))
            status = damaged(file, "a page");
        if (!status) status = now.tiled ? read_tiles(&now, file, to) : read_strips(&now, file, to);
    }
    if (!status && page->half) ptm_io_halves(array->data, (uint64_t)ptm_io_array_count(array));
    return status;
}

/* ------------------------------------------------------------------ the format's functions */

static int read_rows_of_page(ptm_io_array *out, int64_t first, int64_t count)
{
    uint64_t row = ptm_io_array_bytes(out) / (uint64_t)out->shape[0];
    memmove(out->data, (char *)out->data + (uint64_t)first * row, (size_t)((uint64_t)count * row));
    out->shape[0] = count;
    return PTM_OK;
}

static int read_stack(ptm_io_array *out, tiff_stack *stack, tiff_file *file, const ptm_io_request *request)
{
    const tiff_page *page = &stack->page;
    int64_t pages = page->imagej ? page->imagej : stack->count;
    int64_t first = request->first, count = request->count;
    bool single = pages == 1; /* the range is of rows then, and the whole page is read */
    int status = ptm_io_clip(&first, &count, single ? page->height : pages, file->path);
    if (status) return status;
    int64_t shape[3] = { count, page->height, page->width };
    const int64_t *dimensions = single ? shape + 1 : shape;
    uint64_t bytes;
    if ((status = ptm_io_shape_bytes(&bytes, page->type, single ? 2 : 3, dimensions, file->path))) return status;
    if ((status = ptm_io_check_limit(file->path, bytes, request))) return status;
    if ((status = ptm_io_array_prepare(out, page->type, single ? 2 : 3, dimensions, file->path))) return status;
    memcpy(out->window, page->window, sizeof page->window);
    status = read_pages(stack, file, out, single ? 0 : first, single ? 1 : count);
    if (!status && single) status = read_rows_of_page(out, first, count);
    if (status) ptm_io_array_free(out);
    return status;
}

static int tiff_read(ptm_io_array *out, const char *path, const ptm_io_request *request)
{
    tiff_file file;
    tiff_stack stack = { 0 };
    const char *unsupported;
    int status = open_read(&file, path);
    if (!status) status = scan_pages(&stack, &file, &unsupported);
    if (!status && unsupported)
        status = ptm_error_set(
            PTM_ERROR_UNSUPPORTED, "%s: %s; grey pictures of 8, 16, 32 or 64 bits can be read", path, unsupported);
    if (!status) status = read_stack(out, &stack, &file, request);
    free(stack.offsets);
    ptm_tiff_close(&file);
    return status;
}

static int tiff_info(ptm_io_info *out, const char *path)
{
    tiff_file file;
    tiff_stack stack = { 0 };
    const char *unsupported;
    int status = open_read(&file, path);
    if (!status) status = scan_pages(&stack, &file, &unsupported);
    int64_t pages = stack.page.imagej ? stack.page.imagej : stack.count;
    int64_t shape[3] = { pages, stack.page.height, stack.page.width };
    ptm_io_type type = stack.page.type;
    if (!status) status = ptm_io_info_add(out, "", type, pages == 1 ? 2 : 3, pages == 1 ? shape + 1 : shape);
    free(stack.offsets);
    ptm_tiff_close(&file);
    return status;
}

const ptm_io_codec ptm_io_tiff = { .read = tiff_read, .info = tiff_info, .begin = ptm_tiff_begin, .slab = ptm_tiff_slab,
    .finish = ptm_tiff_finish, .release = ptm_tiff_release };
