/* nrrd.c - NRRD, Teem's format: .nrrd, or .nhdr with the elements in a file beside it.
 *
 * The fields are those of its definition (teem.sourceforge.net/nrrd/format.html). libteem reads whole files only, and keeps
 * its errors for the whole process; hence this reader. Elements as text and packed by bzip2 are refused. */
#include "flat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The first name of a type is the one that is written. */
static const struct {
    ptm_io_type type;
    const char *names[8];
} types[] = {
    { PTM_IO_UINT8, { "uint8", "uchar", "unsigned char", "uint8_t" } },
    { PTM_IO_INT8, { "int8", "signed char", "int8_t" } },
    { PTM_IO_UINT16, { "uint16", "ushort", "unsigned short", "unsigned short int", "uint16_t" } },
    { PTM_IO_INT16, { "int16", "short", "short int", "signed short", "signed short int", "int16_t" } },
    { PTM_IO_UINT32, { "uint32", "uint", "unsigned int", "uint32_t" } },
    { PTM_IO_INT32, { "int32", "int", "signed int", "int32_t" } },
    { PTM_IO_UINT64, { "uint64", "ulonglong", "unsigned long long", "unsigned long long int", "uint64_t" } },
    { PTM_IO_INT64,
        { "int64", "longlong", "long long", "long long int", "signed long long", "signed long long int", "int64_t" } },
    { PTM_IO_FLOAT32, { "float" } },
    { PTM_IO_FLOAT64, { "double" } },
};
#define TYPES (sizeof types / sizeof *types)

/* ------------------------------------------------------------------ reading */

/* An empty line ends the head; where the elements are elsewhere, so does the end of the file, and LIST. */
static size_t head_end(const char *text, size_t length)
{
    for (const char *line = text, *end; (end = memchr(line, '\n', length - (size_t)(line - text))); line = end + 1) {
        const size_t name = !strncasecmp(line, "data file:", 10) ? 10 : !strncasecmp(line, "datafile:", 9) ? 9 : 0;
        const char *value = line + name + (name ? strspn(line + name, " \t") : 0);
        if (end == line || (end == line + 1 && *line == '\r') || (name && !strncmp(value, "LIST", 4)))
            return (size_t)(end + 1 - text);
    }
    return length;
}

/* Some fields have two names. */
static const char *key_of(const ptm_key_values *head, const char *name, const char *other)
{
    return *ptm_key_text(head, "", name) || !*ptm_key_text(head, "", other) ? name : other;
}

static int read_type(ptm_io_flat *flat, const ptm_key_values *head)
{
    const char *name = ptm_key_text(head, "", "type");
    for (size_t i = 0; i < TYPES; i++)
        for (int j = 0; j < 8 && types[i].names[j]; j++)
            if (!strcasecmp(name, types[i].names[j])) flat->type = types[i].type;
    return flat->type ? PTM_OK
                      : ptm_key_expected(head, "", "type", *name ? PTM_ERROR_UNSUPPORTED : PTM_ERROR_IO,
                            "the name of a type of numbers, such as uint16 or float");
}

static int read_encoding(ptm_io_flat *flat, const ptm_key_values *head)
{
    const char *name = ptm_key_text(head, "", "encoding"), *order = ptm_key_text(head, "", "endian");
    flat->compressed = !strcasecmp(name, "gzip") || !strcasecmp(name, "gz");
    flat->big = !strcasecmp(order, "big");
    if (!flat->compressed && strcasecmp(name, "raw"))
        return ptm_key_expected(head, "", "encoding", *name ? PTM_ERROR_UNSUPPORTED : PTM_ERROR_IO, "raw or gzip");
    if (flat->big || !strcasecmp(order, "little") || (!*order && ptm_io_type_size(flat->type) == 1)) return PTM_OK;
    return ptm_key_expected(head, "", "endian", PTM_ERROR_IO, "little or big");
}

/* Whether lengths are in millimetres, which is so where nothing is said. */
static bool in_mm(const ptm_key_values *head, const char *key)
{
    const char *units = ptm_key_text(head, "", key);
    return !*units || !strncmp(units, "\"mm\"", 4) || !strncmp(units, "\"\"", 2);
}

/* "nan" stands for an axis that has none, and so does what is no number. */
static void read_spacings(ptm_io_flat *flat, const ptm_key_values *head)
{
    const char *at = ptm_key_text(head, "", "spacings");
    for (int i = 0; i < 3 && i < flat->dimensions; i++) {
        char *end;
        const double value = strtod(at, &end);
        if (end == at) return;
        flat->spacing[i] = isfinite(value) ? fabs(value) : 0;
        at = end;
    }
}

/* A vector for each axis, "(0.1,0,0) (0,0.1,0) none". */
static void read_directions(ptm_io_flat *flat, const ptm_key_values *head)
{
    const char *at = ptm_key_text(head, "", "space directions");
    for (int i = 0; i < 3 && i < flat->dimensions; i++) {
        double sum = 0;
        at += strspn(at, " \t");
        if (*at != '(') {
            at += strcspn(at, " \t");
            continue;
        }
        do {
            char *end;
            const double value = strtod(++at, &end);
            sum += value * value;
            at = end;
        } while (*at == ',');
        flat->spacing[i] = isfinite(sum) ? sqrt(sum) : 0;
        at += *at == ')';
    }
}

static int read_place(ptm_io_flat *flat, const ptm_io_head *head)
{
    const ptm_key_values *values = head->values;
    const char *name = key_of(values, "data file", "datafile"), *skip = key_of(values, "byte skip", "byteskip");
    const bool here = !*ptm_key_text(values, "", name);
    double lines = 0;
    int status = ptm_io_flat_skip(&flat->offset, values, skip);
    if (!status) status = ptm_key_number(&lines, values, "", key_of(values, "line skip", "lineskip"), false);
    if (!status && (lines != 0 || (flat->compressed && flat->offset != 0)))
        status = ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: it skips lines, or bytes of what is compressed", flat->path);
    if (status) return status;
    if (here && flat->offset >= 0) flat->offset += (int64_t)head->length;
    return here ? ptm_io_flat_add_file(flat, ptm_io_copy_text(flat->path))
                : ptm_io_flat_files(flat, values, name, head->lines);
}

static int read_values(ptm_io_flat *flat, const ptm_io_head *head)
{
    const ptm_key_values *values = head->values;
    int status = ptm_io_flat_shape(flat, values, "dimension", "sizes");
    if (!status) status = read_type(flat, values);
    if (!status) status = read_encoding(flat, values);
    if (!status && in_mm(values, "units")) read_spacings(flat, values);
    if (!status && in_mm(values, "space units")) read_directions(flat, values);
    const char *window = ptm_key_text(values, "", "polytome window"); /* "polytome window:=0 1" */
    if (!status && *window == '=' && !ptm_io_parse_numbers(window, "=", flat->window, 2))
        status = ptm_key_expected(values, "", "polytome window", PTM_ERROR_IO, "two numbers");
    return status ? status : read_place(flat, head);
}

static int read_head(ptm_io_flat *flat, const char *path)
{
    return ptm_io_flat_text_head(flat, path, head_end, ':', read_values);
}

static int read_nrrd(ptm_io_array *out, const char *path, const ptm_io_request *request)
{
    return ptm_io_flat_read(out, path, request, read_head);
}

static int info_nrrd(ptm_io_info *out, const char *path)
{
    return ptm_io_flat_info(out, path, read_head);
}

/* ------------------------------------------------------------------ writing */

static const char *beside(const char *path, bool compress)
{
    return ptm_io_ends_with(path, ".nhdr") ? (compress ? ".raw.gz" : ".raw") : NULL;
}

static const char *name_of(ptm_io_type type)
{
    size_t i = 0;
    while (types[i].type != type) i++;
    return types[i].names[0];
}

static int write_head(ptm_io_flat_text *text)
{
    const ptm_io_plan *plan = text->plan;
    fprintf(text->file, "NRRD0004\ntype: %s\ndimension: %d\n", name_of(plan->type), plan->array.dimensions);
    ptm_io_flat_print_shape(text, "sizes:");
    ptm_io_flat_print_spacing(text, "spacings:");
    if (plan->description) ptm_io_flat_print_line(text, "content:", plan->description);
    fprintf(text->file, "endian: %s\nencoding: %s\n", ptm_io_host_is_little() ? "little" : "big",
        plan->compress ? "gzip" : "raw");
    ptm_io_flat_print_window(text, "polytome window:=");
    if (plan->beside) fprintf(text->file, "data file: %s\n", ptm_io_flat_beside(plan));
    fputc('\n', text->file);
    return PTM_OK;
}

static int begin_nrrd(void **state, const ptm_io_plan *plan)
{
    const ptm_io_flat_form form = { write_head, false, plan->compress ? PTM_IO_FLAT_GZIP : PTM_IO_FLAT_PLAIN };
    return ptm_io_flat_begin_form(state, plan, &form);
}

const ptm_io_codec ptm_io_nrrd = { .read = read_nrrd, .info = info_nrrd, .begin = begin_nrrd, .slab = ptm_io_flat_slab,
    .finish = ptm_io_flat_finish, .release = ptm_io_flat_release, .beside = beside, .check = ptm_io_flat_check };
