/* rtk_read.c - RTK's geometry.xml, versions 2 and 3, parsed by expat. Numbers that stand before the views, or in an
 * earlier one, hold until they are given again. */
#define _POSIX_C_SOURCE 200809L /* strcasecmp */
#include "rtk.h"

#include <expat.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ROOT "RTKThreeDCircularGeometry"
#define SAME 1e-3 /* RTK's own limit for a matrix beside the numbers it is made of */

typedef struct parse {
    const char *path;
    XML_Parser parser;
    int status;
    int depth;
    char text[1024]; /* of the innermost element */
    size_t length;
    ptm_rtk_view now;
    bool given[PTM_RTK_FIELDS], has_matrix;
    double matrix[3][4], radius;
    ptm_rtk_view *views;
    int count, room;
} parse;

/* The first error stays. */
#if defined __GNUC__
__attribute__((format(printf, 3, 4)))
#endif
static void
fail(parse *p, int status, const char *format, ...)
{
    char what[300];
    va_list list;
    if (p->status) return;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    p->status =
        ptm_error_set(status, "%s: line %lu: %s", p->path, (unsigned long)XML_GetCurrentLineNumber(p->parser), what);
    XML_StopParser(p->parser, XML_FALSE);
}

/* ------------------------------------------------------------------ what elements hold */

/* `count` numbers between blanks. */
static void read_numbers(parse *p, const char *name, double *to, int count)
{
    const char *at = p->text;
    int i = 0;
    for (; i < count; i++) {
        char *end;
        to[i] = strtod(at, &end);
        if (end == at || !isfinite(to[i])) break;
        if (to[i] == 0) to[i] = 0; /* not -0, so that views compare */
        at = end;
    }
    if (i < count || at[strspn(at, " \t\r\n")])
        fail(
            p, PTM_ERROR_IO, "%.40s is \"%.60s\", expected %d finite number%s", name, p->text, count, count > 1 ? "s" : "");
}

static bool is_name(const char *name, const char *known)
{
    return strcasecmp(name, known) == 0;
}

/* Collimation hides a part of the detector, which the data show anyway. */
static bool is_ignored(const char *name)
{
    return strncasecmp(name, "Collimation", 11) == 0;
}

static int field_of(const char *name)
{
    int i = 0;
    if (is_name(name, "Angle")) return 0; /* in old files */
    while (i < PTM_RTK_FIELDS && !is_name(name, ptm_rtk_fields[i].name)) i++;
    return i;
}

static bool is_known(const char *name, int depth)
{
    const bool number = field_of(name) < PTM_RTK_FIELDS || is_name(name, "RadiusCylindricalDetector") || is_ignored(name);
    if (depth == 1) return is_name(name, ROOT);
    if (depth == 2) return number || is_name(name, "Projection");
    return depth == 3 && (number || is_name(name, "Matrix"));
}

static void check_matrix(parse *p)
{
    double expected[3][4];
    ptm_rtk_matrix(expected, &p->now);
    for (int i = 0; i < 12 && p->has_matrix; i++)
        if (!(fabs(p->matrix[i / 4][i % 4] - expected[i / 4][i % 4]) <= SAME))
            fail(p, PTM_ERROR_IO, "Matrix has %g in row %d and column %d, but the numbers beside it make %g",
                p->matrix[i / 4][i % 4], i / 4, i % 4, expected[i / 4][i % 4]);
    p->has_matrix = false;
}

static void add_view(parse *p)
{
    /* Without a distance to the detector rays are parallel, and do not depend on that to the source. */
    for (int i = 0; i < (p->now.sdd == 0 ? 1 : 2); i++)
        if (!p->given[i]) fail(p, PTM_ERROR_IO, "a Projection without %s", ptm_rtk_fields[i].name);
    check_matrix(p);
    if (p->count && (p->now.sdd == 0) != (p->views[0].sdd == 0))
        fail(p, PTM_ERROR_IO, "a parallel projection, with a SourceToDetectorDistance of 0, beside others");
    if (p->count == PTM_MAX_VIEWS) fail(p, PTM_ERROR_IO, "more than %d views", PTM_MAX_VIEWS);
    if (p->status) return;
    if (p->count == p->room) {
        p->room = p->room ? 2 * p->room : 256;
        ptm_rtk_view *grown = realloc(p->views, (size_t)p->room * sizeof *grown);
        if (!grown) {
            fail(p, PTM_ERROR_MEMORY, "no memory on the host for %d views", p->room);
            return;
        }
        p->views = grown;
    }
    p->views[p->count++] = p->now;
}

/* ------------------------------------------------------------------ expat's calls */

static void check_version(parse *p, const XML_Char **attributes)
{
    const char *version = NULL;
    for (; *attributes; attributes += 2)
        if (!strcmp(attributes[0], "version")) version = attributes[1];
    if (!version)
        fail(p, PTM_ERROR_IO, ROOT " has no version, expected 2 or 3");
    else if (strcmp(version, "2") && strcmp(version, "3"))
        fail(p, PTM_ERROR_UNSUPPORTED, "version is \"%.20s\", this version of the library reads 2 and 3", version);
}

static void XMLCALL begin_element(void *user, const XML_Char *name, const XML_Char **attributes)
{
    parse *p = user;
    p->length = 0;
    if (!is_known(name, ++p->depth))
        fail(p, PTM_ERROR_IO, "<%.60s> is not known here; expected RTK's geometry, <" ROOT ">, and what belongs to it",
            name);
    else if (p->depth == 1)
        check_version(p, attributes);
}

static void XMLCALL end_element(void *user, const XML_Char *name)
{
    parse *p = user;
    const int field = field_of(name);
    p->text[p->length] = 0;
    if (field < PTM_RTK_FIELDS) {
        read_numbers(p, ptm_rtk_fields[field].name, ptm_rtk_number(&p->now, field), 1);
        p->given[field] = true;
    } else if (is_name(name, "RadiusCylindricalDetector")) {
        read_numbers(p, name, &p->radius, 1);
    } else if (is_name(name, "Matrix")) {
        read_numbers(p, name, p->matrix[0], 12);
        p->has_matrix = true;
    } else if (is_name(name, "Projection")) {
        add_view(p);
    }
    p->length = 0;
    p->depth--;
}

static void XMLCALL take_text(void *user, const XML_Char *text, int length)
{
    parse *p = user;
    if (length <= 0) return;
    if ((size_t)length >= sizeof p->text - p->length) {
        fail(p, PTM_ERROR_IO, "an element has more than %zu characters", sizeof p->text - 1);
        return;
    }
    memcpy(p->text + p->length, text, (size_t)length);
    p->length += (size_t)length;
}

/* Entities may grow without end, and RTK has none. */
static void XMLCALL refuse_entity(void *user, const XML_Char *name, int is_parameter, const XML_Char *value, int length,
    const XML_Char *base, const XML_Char *system, const XML_Char *public, const XML_Char *notation)
{
    (void)is_parameter, (void)value, (void)length, (void)base, (void)system, (void)public, (void)notation;
    fail(user, PTM_ERROR_IO, "declares an entity, \"%.40s\"", name);
}

static int parse_file(parse *p, const ptm_geometry_text *file)
{
    XML_SetUserData(p->parser, p);
    XML_SetElementHandler(p->parser, begin_element, end_element);
    XML_SetCharacterDataHandler(p->parser, take_text);
    XML_SetEntityDeclHandler(p->parser, refuse_entity);
    if (XML_Parse(p->parser, file->text, (int)file->length, 1) == XML_STATUS_ERROR && !p->status) {
        const enum XML_Error error = XML_GetErrorCode(p->parser);
        fail(p, error == XML_ERROR_NO_MEMORY ? PTM_ERROR_MEMORY : PTM_ERROR_IO, "%s", XML_ErrorString(error));
    }
    if (!p->status && !p->count) fail(p, PTM_ERROR_IO, "no <Projection> in the file");
    return p->status;
}

int ptm_read_rtk(ptm_io_geometry *g, const ptm_geometry_text *file)
{
    parse p = { .path = file->path, .parser = XML_ParserCreate(NULL) };
    if (!p.parser) return ptm_error_set(PTM_ERROR_MEMORY, "%s: no memory on the host to read it", file->path);
    int status = parse_file(&p, file);
    if (!status) status = ptm_rtk_to_geometry(g, p.views, p.count, p.radius, file->path);
    XML_ParserFree(p.parser);
    free(p.views);
    return status;
}
