/* format.c - which format a file has, and ptm_io_read() and ptm_io_info_read(), which pass on to it. */
#include "internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const ptm_io_codec none; /* not in this build */

static const struct {
    const char *name;
    const char *library;
    const ptm_io_codec *codec;
    const char *suffixes[5];
} formats[] = {
    [PTM_IO_FORMAT_AUTO] = { "unknown", "", &none, { NULL } },
    [PTM_IO_FORMAT_NPY] = { "NumPy .npy", "", &ptm_io_npy, { ".npy" } },
#ifdef PTM_IO_HAVE_TIFF
    [PTM_IO_FORMAT_TIFF] = { "TIFF", "libtiff", &ptm_io_tiff, { ".tif", ".tiff", ".btf", ".tf8" } },
#else
    [PTM_IO_FORMAT_TIFF] = { "TIFF", "libtiff", &none, { ".tif", ".tiff", ".btf", ".tf8" } },
#endif
#ifdef PTM_IO_HAVE_PNG
    [PTM_IO_FORMAT_PNG] = { "PNG", "libpng", &ptm_io_png, { ".png" } },
#else
    [PTM_IO_FORMAT_PNG] = { "PNG", "libpng", &none, { ".png" } },
#endif
#ifdef PTM_IO_HAVE_HDF5
    [PTM_IO_FORMAT_HDF5] = { "HDF5", "libhdf5", &ptm_io_hdf5, { ".h5", ".hdf5", ".hdf", ".nxs", ".nx" } },
#else
    [PTM_IO_FORMAT_HDF5] = { "HDF5", "libhdf5", &none, { ".h5", ".hdf5", ".hdf", ".nxs", ".nx" } },
#endif
    [PTM_IO_FORMAT_METAIMAGE] = { "MetaImage", "", &ptm_io_metaimage, { ".mha", ".mhd" } },
    [PTM_IO_FORMAT_NRRD] = { "NRRD", "", &ptm_io_nrrd, { ".nrrd", ".nhdr" } },
#ifdef PTM_IO_HAVE_JSON
    [PTM_IO_FORMAT_RAW] = { "raw", "jansson", &ptm_io_raw, { ".raw" } },
#else
    [PTM_IO_FORMAT_RAW] = { "raw", "jansson", &none, { ".raw" } },
#endif
};
#define FORMATS (sizeof formats / sizeof *formats)

static bool is_format(ptm_io_format format)
{
    return (int)format >= 0 && (size_t)format < FORMATS;
}

const char *ptm_io_format_name(ptm_io_format format)
{
    return formats[is_format(format) ? format : PTM_IO_FORMAT_AUTO].name;
}

bool ptm_io_format_available(ptm_io_format format)
{
    return is_format(format) && formats[format].codec->read;
}

const ptm_io_codec *ptm_io_codec_of(ptm_io_format format)
{
    if (ptm_io_format_available(format)) return formats[format].codec;
    ptm_error_set(PTM_ERROR_UNSUPPORTED, "this build of polytome cannot handle %s files: it was made without %s",
        ptm_io_format_name(format), formats[is_format(format) ? format : PTM_IO_FORMAT_AUTO].library);
    return NULL;
}

bool ptm_io_ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text), tail = strlen(suffix);
    if (length < tail) return false;
    for (size_t i = 0; i < tail; i++)
        if (tolower((unsigned char)text[length - tail + i]) != suffix[i]) return false;
    return true;
}

char *ptm_io_other_suffix(const char *path, const char *suffix)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');
    const size_t length = dot && dot > base ? (size_t)(dot - path) : strlen(path), size = length + strlen(suffix) + 1;
    char *other = ptm_io_alloc(size, 1);
    if (other) snprintf(other, size, "%.*s%s", (int)length, path, suffix);
    return other;
}

ptm_io_format ptm_io_format_by_suffix(const char *path)
{
    for (size_t i = 1; path && i < FORMATS; i++)
        for (size_t j = 0; j < 5 && formats[i].suffixes[j]; j++)
            if (ptm_io_ends_with(path, formats[i].suffixes[j])) return (ptm_io_format)i;
    return PTM_IO_FORMAT_AUTO;
}

static ptm_io_format by_magic(const unsigned char *head, size_t size)
{
    static const struct {
        ptm_io_format format;
        size_t length;
        const char *bytes;
    } magic[] = {
        { PTM_IO_FORMAT_NPY, 6, "\x93NUMPY" },
        { PTM_IO_FORMAT_PNG, 8, "\x89PNG\r\n\x1a\n" },
        { PTM_IO_FORMAT_TIFF, 4, "II*\0" },
        { PTM_IO_FORMAT_TIFF, 4, "MM\0*" },
        { PTM_IO_FORMAT_TIFF, 4, "II+\0" },
        { PTM_IO_FORMAT_TIFF, 4, "MM\0+" },
        { PTM_IO_FORMAT_HDF5, 8, "\x89HDF\r\n\x1a\n" },
        { PTM_IO_FORMAT_METAIMAGE, 10, "ObjectType" },
        { PTM_IO_FORMAT_METAIMAGE, 5, "NDims" },
        { PTM_IO_FORMAT_METAIMAGE, 7, "Comment" },
        { PTM_IO_FORMAT_NRRD, 7, "NRRD000" },
    };
    for (size_t i = 0; i < sizeof magic / sizeof *magic; i++)
        if (size >= magic[i].length && !memcmp(head, magic[i].bytes, magic[i].length)) return magic[i].format;
    return PTM_IO_FORMAT_AUTO;
}

/* HDF5 files may begin with a block of the user's, of 512 bytes or a power of two times that. */
static bool has_user_block(FILE *file)
{
    unsigned char head[8];
    for (uint64_t at = 512; at <= 65536; at *= 2)
        if (ptm_io_seek(file, at) && fread(head, 1, sizeof head, file) == sizeof head &&
            by_magic(head, sizeof head) == PTM_IO_FORMAT_HDF5)
            return true;
    return false;
}

int ptm_io_detect(ptm_io_format *format, const char *path)
{
    uint64_t bytes;
    FILE *file = ptm_io_open(path, &bytes);
    if (!file) return ptm_io_file_size(&bytes, path) == PTM_ERROR_NOT_FOUND ? PTM_ERROR_NOT_FOUND : PTM_ERROR_IO;
    unsigned char head[16];
    size_t size = fread(head, 1, sizeof head, file);
    const bool raw = ptm_io_format_by_suffix(path) == PTM_IO_FORMAT_RAW; /* which may begin as anything does */
    ptm_io_format found = raw ? PTM_IO_FORMAT_RAW : by_magic(head, size);
    if (!found && has_user_block(file)) found = PTM_IO_FORMAT_HDF5;
    fclose(file);
    if (found) {
        *format = found;
        return PTM_OK;
    }
    ptm_io_format expected = ptm_io_format_by_suffix(path);
    if (expected)
        return ptm_error_set(PTM_ERROR_IO, "%s: not a %s file, whatever its name says: it does not begin like one", path,
            ptm_io_format_name(expected));
    return ptm_error_set(PTM_ERROR_UNSUPPORTED,
        "%s: the format is not known; expected .npy, TIFF, PNG, HDF5, MetaImage, NRRD or .raw", path);
}

int ptm_io_clip(int64_t *first, int64_t *count, int64_t length, const char *path)
{
    if (*first < 0 || *first >= length)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s: first is %lld; the axis has 0 to %lld", path, (long long)*first,
            (long long)length - 1);
    if (*count == 0) *count = length - *first;
    if (*count < 0 || *count > length - *first)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s: count is %lld; %lld follow from %lld on", path, (long long)*count,
            (long long)(length - *first), (long long)*first);
    return PTM_OK;
}

int ptm_io_check_claim(const char *path, uint64_t bytes, uint64_t file_bytes, uint64_t ratio)
{
    if (bytes / ratio <= file_bytes + (ratio > 1 ? 4096 : 0)) return PTM_OK;
    return ptm_error_set(PTM_ERROR_IO, "%s: damaged or cut short: it claims %llu bytes of data, the file has %llu", path,
        (unsigned long long)bytes, (unsigned long long)file_bytes);
}

int ptm_io_check_limit(const char *path, uint64_t bytes, const ptm_io_request *request)
{
    if (!request->max_bytes || bytes <= request->max_bytes) return PTM_OK;
    return ptm_error_set(PTM_ERROR_MEMORY, "%s: %llu bytes are needed; max_bytes is %llu", path, (unsigned long long)bytes,
        (unsigned long long)request->max_bytes);
}

int ptm_io_read_file(ptm_io_array *out, const char *path, const ptm_io_request *request)
{
    ptm_io_format format;
    int status = ptm_io_detect(&format, path);
    if (status) return status;
    const ptm_io_codec *codec = ptm_io_codec_of(format);
    if (!codec) return PTM_ERROR_UNSUPPORTED;
    if (request->dataset && format != PTM_IO_FORMAT_HDF5)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s: dataset is \"%s\", but a %s file has only one array", path,
            request->dataset, ptm_io_format_name(format));
    ptm_io_array array = { 0 };
    status = codec->read(&array, path, request);
    if (status == PTM_OK) *out = array;
    return status;
}

int ptm_io_read(ptm_io_array *out, const char *path, const ptm_io_read_options *options)
{
    if (!out || !path) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "path" : "out");
    ptm_io_read_options o;
    int status = ptm_io_options(&o, sizeof o, options, "ptm_io_read_options");
    if (status) return status;
    if (o.first < 0 || o.count < 0)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "first is %lld and count is %lld; neither may be negative",
            (long long)o.first, (long long)o.count);
    ptm_io_request request = { o.dataset, o.first, o.count, o.max_bytes };
    return ptm_io_is_stack(path) ? ptm_io_stack_read(out, path, &request) : ptm_io_read_file(out, path, &request);
}

int ptm_io_info_add(ptm_io_info *info, const char *name, ptm_io_type type, int dimensions, const int64_t *shape)
{
    ptm_io_entry *grown = realloc(info->entries, (size_t)(info->count + 1) * sizeof *grown);
    if (!grown)
        return ptm_error_set(PTM_ERROR_MEMORY, "no memory on the host for %lld entries", (long long)info->count + 1);
    info->entries = grown;
    ptm_io_entry *entry = &grown[info->count];
    *entry = (ptm_io_entry) { .name = ptm_io_copy_text(name), .type = type, .dimensions = dimensions };
    if (!entry->name) return PTM_ERROR_MEMORY;
    for (int i = 0; i < dimensions && i < PTM_IO_MAX_ENTRY_DIMENSIONS; i++) entry->shape[i] = shape[i];
    info->count++;
    return PTM_OK;
}

int ptm_io_info_file(ptm_io_info *out, const char *path)
{
    ptm_io_info info = { .files = 1 };
    int status = ptm_io_detect(&info.format, path);
    if (status) return status;
    const ptm_io_codec *codec = ptm_io_codec_of(info.format);
    if (!codec) return PTM_ERROR_UNSUPPORTED;
    status = codec->info(&info, path);
    if (status == PTM_OK)
        *out = info;
    else
        ptm_io_info_free(&info);
    return status;
}

int ptm_io_info_read(ptm_io_info *out, const char *path)
{
    if (!out || !path) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "path" : "out");
    return ptm_io_is_stack(path) ? ptm_io_stack_info(out, path) : ptm_io_info_file(out, path);
}

void ptm_io_info_free(ptm_io_info *info)
{
    if (!info) return;
    for (int64_t i = 0; i < info->count; i++) free(info->entries[i].name);
    free(info->entries);
    *info = (ptm_io_info) { 0 };
}
