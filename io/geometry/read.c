/* read.c - geometry files: which format one has, and what the formats share. */
#include "format.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((uint64_t)1 << 30)
#define HEAD_BYTES 4096 /* that a format is recognised by */

/* ------------------------------------------------------------------ formats */

/* "[" begins sections of other formats too, but there a name follows. */
static bool is_json(const char *head)
{
    if (*head != '[') return *head == '{';
    do head++;
    while (isspace((unsigned char)*head));
    return !isalpha((unsigned char)*head);
}

static bool is_xml(const char *head)
{
    return *head == '<';
}

static bool is_nikon(const char *head)
{
    return strstr(head, "[XTekCT]") != NULL;
}

static bool is_skyscan(const char *head)
{
    return strstr(head, "[System]") && strstr(head, "Scanner=");
}

#ifdef PTM_IO_HAVE_JSON
#define JSON_READER ptm_read_json
#else
#define JSON_READER NULL
#endif
#ifdef PTM_IO_HAVE_XML
#define RTK_READER ptm_read_rtk
#else
#define RTK_READER NULL
#endif

static const struct {
    const char *name, *library; /* which a build may be without */
    bool (*is)(const char *head);
    ptm_geometry_read *read;
} formats[] = {
    { "JSON", "jansson", is_json, JSON_READER },
    { "XML", "expat", is_xml, RTK_READER },
    { "Nikon's", "", is_nikon, ptm_read_nikon },
    { "SkyScan's", "", is_skyscan, ptm_read_skyscan },
    { "text", "", ptm_is_rows, ptm_read_rows },
};
#define FORMATS (sizeof formats / sizeof *formats)

/* How long the mark of UTF-8 is that Windows puts before some texts. */
static size_t mark_of(const char *text)
{
    return strncmp(text, "\xef\xbb\xbf", 3) ? 0 : 3;
}

/* FORMATS where it is none. */
static size_t format_of(const char *text)
{
    size_t i = 0;
    text += mark_of(text);
    while (isspace((unsigned char)*text)) text++;
    while (i < FORMATS && !formats[i].is(text)) i++;
    return i;
}

bool ptm_io_is_geometry(const char *path)
{
    uint64_t bytes;
    char head[HEAD_BYTES + 1];
    const bool may_be = path && !ptm_io_is_stack(path) && ptm_io_format_by_suffix(path) != PTM_IO_FORMAT_RAW;
    FILE *file = may_be ? ptm_io_open(path, &bytes) : NULL;
    if (!file) return false;
    head[fread(head, 1, HEAD_BYTES, file)] = 0;
    fclose(file);
    return format_of(head) < FORMATS;
}

/* ------------------------------------------------------------------ a file */

static int load(ptm_geometry_text *file)
{
    uint64_t bytes;
    int status = ptm_io_file_size(&bytes, file->path);
    if (status) return status;
    if (bytes > MOST_BYTES)
        return ptm_error_set(
            PTM_ERROR_IO, "%s: %llu bytes, too large for a geometry file", file->path, (unsigned long long)bytes);
    FILE *stream = ptm_io_open(file->path, &bytes);
    if (!stream) return PTM_ERROR_IO;
    if (bytes <= MOST_BYTES && (file->text = ptm_io_alloc(bytes + 1, 1)))
        file->length = fread(file->text, 1, (size_t)bytes, stream);
    const bool whole = file->text && file->length == bytes;
    fclose(stream);
    if (whole) return PTM_OK;
    return file->text ? ptm_error_set(PTM_ERROR_IO, "%s: cannot be read to its end", file->path) : PTM_ERROR_MEMORY;
}

typedef struct read_job {
    ptm_io_geometry *geometry;
    const char *path;
} read_job;

static int read_text(ptm_io_geometry *g, const ptm_geometry_text *file)
{
    char head[HEAD_BYTES + 1];
    snprintf(head, sizeof head, "%s", file->text);
    const size_t format = format_of(head);
    if (format == FORMATS)
        return ptm_error_set(PTM_ERROR_IO,
            "%s: line 1 is not that of a geometry file; expected JSON, RTK's XML, Nikon's .xtekct, "
            "SkyScan's .log, or rows of numbers",
            file->path);
    if (!formats[format].read)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED,
            "%s: this build of polytome cannot read %s geometry files: it was made without %s", file->path,
            formats[format].name, formats[format].library);
    return formats[format].read(g, file);
}

static int read_file(void *user)
{
    const read_job *job = user;
    ptm_geometry_text whole = { .path = job->path };
    int status = load(&whole);
    const size_t mark = status ? 0 : mark_of(whole.text);
    if (!status)
        status = read_text(job->geometry, &(ptm_geometry_text) { job->path, whole.text + mark, whole.length - mark });
    free(whole.text);
    return status;
}

int ptm_io_geometry_read(ptm_io_geometry *out, const char *path)
{
    if (!out || !path) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "path" : "out");
    ptm_io_geometry g = { 0 };
    const int status = ptm_io_in_plain_locale(read_file, &(read_job) { &g, path });
    if (status)
        ptm_io_geometry_free(&g);
    else
        *out = g;
    return status;
}

/* ------------------------------------------------------------------ what readers share */

char *ptm_next_line(char **at, int *number)
{
    char *line = *at;
    if (!*line) return NULL;
    const size_t length = strcspn(line, "\r\n");
    char *end = line + length;
    *at = end + (end[0] == '\r' && end[1] == '\n' ? 2 : *end ? 1 : 0);
    *end = 0;
    ++*number;
    return line;
}

int ptm_to_degrees(double *angles, int count, const char *path, const char *name)
{
    double least = angles[0], most = angles[0];
    for (int i = 0; i < count; i++) {
        least = angles[i] < least ? angles[i] : least;
        most = angles[i] > most ? angles[i] : most;
        angles[i] *= PTM_GEOMETRY_DEGREES;
    }
    if (most - least <= 10) return PTM_OK;
    return ptm_error_set(PTM_ERROR_IO,
        "%s: %s span %g radians; they may be degrees: expected radians, less than ten from the least to "
        "the greatest, for they count modulo a turn",
        path, name, most - least);
}
