/* metaimage.c - MetaImage, ITK's format: .mha, or .mhd with the elements in a file beside it.
 *
 * The keys are those of MetaIO's documentation (itk.org, "MetaIO/Documentation"). What says where the image is in a
 * patient, Offset and TransformMatrix, is passed over: an array has no place for it. */
#include "flat.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    ptm_io_type type;
} types[] = { { "MET_UCHAR", PTM_IO_UINT8 }, { "MET_CHAR", PTM_IO_INT8 }, { "MET_USHORT", PTM_IO_UINT16 },
    { "MET_SHORT", PTM_IO_INT16 }, { "MET_UINT", PTM_IO_UINT32 }, { "MET_INT", PTM_IO_INT32 },
    { "MET_ULONG_LONG", PTM_IO_UINT64 }, { "MET_LONG_LONG", PTM_IO_INT64 }, { "MET_FLOAT", PTM_IO_FLOAT32 },
    { "MET_DOUBLE", PTM_IO_FLOAT64 },
    { "MET_ULONG", PTM_IO_UINT32 }, { "MET_LONG", PTM_IO_INT32 } /* 4 bytes everywhere */ };
#define TYPES (sizeof types / sizeof *types)

/* ------------------------------------------------------------------ reading */

/* ElementDataFile is the last key. */
static size_t head_end(const char *text, size_t length)
{
    static const char key[] = "ElementDataFile";
    for (const char *line = text, *end; (end = memchr(line, '\n', length - (size_t)(line - text))); line = end + 1) {
        const size_t blanks = strspn(line, " \t");
        if (!strncasecmp(line + blanks, key, sizeof key - 1)) return (size_t)(end + 1 - text);
    }
    return 0;
}

static bool is_true(const ptm_key_values *head, const char *key)
{
    const char *value = ptm_key_text(head, "", key);
    return *value == 'T' || *value == 't' || *value == '1';
}

static int read_type(ptm_io_flat *flat, const ptm_key_values *head)
{
    const char *name = ptm_key_text(head, "", "ElementType");
    double channels = 1;
    const int status = ptm_key_number(&channels, head, "", "ElementNumberOfChannels", false);
    if (status) return status;
    if (channels != 1)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: %g channels; one can be read", flat->path, channels);
    if (*ptm_key_text(head, "", "BinaryData") && !is_true(head, "BinaryData"))
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: its elements are text; binary ones can be read", flat->path);
    for (size_t i = 0; i < TYPES && !flat->type; i++)
        if (!strcasecmp(name, types[i].name)) flat->type = types[i].type;
    return flat->type ? PTM_OK
                      : ptm_key_expected(head, "", "ElementType", *name ? PTM_ERROR_UNSUPPORTED : PTM_ERROR_IO,
                            "MET_UCHAR to MET_DOUBLE");
}

/* The spacing goes before the size of an element, which is the same in most files. */
static int read_spacing(ptm_io_flat *flat, const ptm_key_values *head)
{
    const char *key = *ptm_key_text(head, "", "ElementSpacing") ? "ElementSpacing" : "ElementSize";
    double values[PTM_IO_MAX_DIMENSIONS];
    if (!*ptm_key_text(head, "", key)) return PTM_OK;
    const int status = ptm_key_numbers(values, head, "", key, flat->dimensions);
    for (int i = 0; !status && i < 3 && i < flat->dimensions; i++) flat->spacing[i] = values[i] > 0 ? values[i] : 0;
    return status;
}

static int read_place(ptm_io_flat *flat, const ptm_io_head *head)
{
    const char *name = ptm_key_text(head->values, "", "ElementDataFile");
    const bool local = !strcasecmp(name, "LOCAL");
    const int status = ptm_io_flat_skip(&flat->offset, head->values, "HeaderSize");
    if (status) return status;
    if (flat->offset == 0 && local) flat->offset = (int64_t)head->length;
    return local ? ptm_io_flat_add_file(flat, ptm_io_copy_text(flat->path))
                 : ptm_io_flat_files(flat, head->values, "ElementDataFile", head->lines);
}

static int read_values(ptm_io_flat *flat, const ptm_io_head *head)
{
    const ptm_key_values *values = head->values;
    flat->compressed = is_true(values, "CompressedData");
    flat->big = is_true(values, "BinaryDataByteOrderMSB") || is_true(values, "ElementByteOrderMSB");
    int status = ptm_io_flat_shape(flat, values, "NDims", "DimSize");
    if (!status) status = read_type(flat, values);
    if (!status) status = read_spacing(flat, values);
    if (!status && *ptm_key_text(values, "", "PolytomeWindow"))
        status = ptm_key_numbers(flat->window, values, "", "PolytomeWindow", 2);
    return status ? status : read_place(flat, head);
}

static int read_head(ptm_io_flat *flat, const char *path)
{
    return ptm_io_flat_text_head(flat, path, head_end, '=', read_values);
}

static int read_metaimage(ptm_io_array *out, const char *path, const ptm_io_request *request)
{
    return ptm_io_flat_read(out, path, request, read_head);
}

static int info_metaimage(ptm_io_info *out, const char *path)
{
    return ptm_io_flat_info(out, path, read_head);
}

/* ------------------------------------------------------------------ writing */

static const char *beside(const char *path, bool compress)
{
    return ptm_io_ends_with(path, ".mhd") ? (compress ? ".zraw" : ".raw") : NULL;
}

static const char *name_of(ptm_io_type type)
{
    size_t i = 0;
    while (types[i].type != type) i++;
    return types[i].name;
}

static int write_head(ptm_io_flat_text *text)
{
    const ptm_io_plan *plan = text->plan;
    fprintf(text->file, "ObjectType = Image\nNDims = %d\nBinaryData = True\n", plan->array.dimensions);
    fprintf(text->file, "BinaryDataByteOrderMSB = %s\nCompressedData = %s\n", ptm_io_host_is_little() ? "False" : "True",
        plan->compress ? "True" : "False");
    if (plan->compress) {
        fputs("CompressedDataSize = ", text->file);
        text->size_at = ftell(text->file);
        fprintf(text->file, "%20d\n", 0);
    }
    if (plan->description) ptm_io_flat_print_line(text, "Comment =", plan->description);
    ptm_io_flat_print_window(text, "PolytomeWindow =");
    ptm_io_flat_print_spacing(text, "ElementSpacing =");
    ptm_io_flat_print_shape(text, "DimSize =");
    fprintf(text->file, "ElementType = %s\nElementDataFile = %s\n", name_of(plan->type),
        plan->beside ? ptm_io_flat_beside(plan) : "LOCAL");
    return PTM_OK;
}

static int begin_metaimage(void **state, const ptm_io_plan *plan)
{
    const ptm_io_flat_form form = { write_head, false, plan->compress ? PTM_IO_FLAT_ZLIB : PTM_IO_FLAT_PLAIN };
    return ptm_io_flat_begin_form(state, plan, &form);
}

const ptm_io_codec ptm_io_metaimage = { .read = read_metaimage, .info = info_metaimage, .begin = begin_metaimage,
    .slab = ptm_io_flat_slab, .finish = ptm_io_flat_finish, .release = ptm_io_flat_release, .beside = beside,
    .check = ptm_io_flat_check };
