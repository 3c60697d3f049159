#define _POSIX_C_SOURCE 200809L /* strcasecmp */
#include "key_value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MOST_LINES 100000 /* scanners' files have a hundred */

typedef struct entry {
    const char *section, *key, *value;
    int line;
} entry;

struct ptm_key_values {
    const char *path;
    int count;
    entry entries[];
};

/* ------------------------------------------------------------------ reading */

/* Without the blanks at its ends. */
static char *trimmed(char *text)
{
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t", text[length - 1])) length--;
    text[length] = 0;
    return text;
}

static int count_lines(const char *text)
{
    int count = 1;
    for (; *text && count <= MOST_LINES; text++) count += *text == '\n' || *text == '\r';
    return count;
}

static void add_line(ptm_key_values *file, const char **section, char *line, int number, char separator)
{
    char *end = strchr(line, ']'), *equals = strchr(line, separator);
    if (*line == '[' && end) {
        *end = 0;
        *section = trimmed(line + 1);
    } else if (equals && *line != ';' && *line != '#') {
        *equals = 0;
        file->entries[file->count++] = (entry) { *section, trimmed(line), trimmed(equals + 1), number };
    }
}

int ptm_key_values_read(ptm_key_values **out, const ptm_geometry_text *text, char separator)
{
    const int lines = count_lines(text->text);
    if (strlen(text->text) != text->length)
        return ptm_error_set(PTM_ERROR_IO, "%s: is not text: it has a 0 in it", text->path);
    if (lines > MOST_LINES) return ptm_error_set(PTM_ERROR_IO, "%s: has more than %d lines", text->path, MOST_LINES);
    ptm_key_values *file = ptm_io_alloc(1, sizeof *file + (size_t)lines * sizeof *file->entries);
    if (!file) return PTM_ERROR_MEMORY;
    file->path = text->path;
    const char *section = "";
    char *at = text->text, *line;
    int number = 0;
    while ((line = ptm_next_line(&at, &number))) add_line(file, &section, trimmed(line), number, separator);
    *out = file;
    return PTM_OK;
}

/* ------------------------------------------------------------------ values */

static const entry *find(const ptm_key_values *file, const char *section, const char *key)
{
    for (int i = 0; i < file->count; i++)
        if (!strcasecmp(file->entries[i].key, key) && !strcasecmp(file->entries[i].section, section))
            return &file->entries[i];
    return NULL;
}

const char *ptm_key_text(const ptm_key_values *file, const char *section, const char *key)
{
    const entry *e = find(file, section, key);
    return e ? e->value : "";
}

int ptm_key_expected(const ptm_key_values *file, const char *section, const char *key, int status, const char *what)
{
    const entry *e = find(file, section, key);
    if (!e && !*section) return ptm_error_set(status, "%s: has no \"%s\", expected %s", file->path, key, what);
    if (!e) return ptm_error_set(status, "%s: [%s] has no \"%s\", expected %s", file->path, section, key, what);
    return ptm_error_set(status, "%s: line %d: \"%s\" is \"%.40s\", expected %s", file->path, e->line, key, e->value, what);
}

int ptm_key_number(double *to, const ptm_key_values *file, const char *section, const char *key, bool needed)
{
    const entry *e = find(file, section, key);
    if (!e && !needed) return PTM_OK;
    char *end = NULL;
    const double value = e ? strtod(e->value, &end) : 0;
    if (!e || end == e->value || *end || !isfinite(value))
        return ptm_key_expected(file, section, key, PTM_ERROR_IO, "a finite number");
    *to = value;
    return PTM_OK;
}

int ptm_key_numbers(double *to, const ptm_key_values *file, const char *section, const char *key, int count)
{
    const char *at = ptm_key_text(file, section, key);
    char what[60], *end = NULL;
    bool good = true;
    snprintf(what, sizeof what, "%d finite numbers", count);
    for (int i = 0; good && i < count; i++) {
        to[i] = strtod(at, &end);
        good = end > at && isfinite(to[i]);
        at = end;
    }
    good = good && !at[strspn(at, " \t")];
    return good ? PTM_OK : ptm_key_expected(file, section, key, PTM_ERROR_IO, what);
}

int ptm_key_length(double *to, const ptm_key_values *file, const char *section, const char *key)
{
    const int status = ptm_key_number(to, file, section, key, true);
    return status || *to > 0 ? status : ptm_key_expected(file, section, key, PTM_ERROR_IO, "a number above 0");
}

int ptm_key_step(double *to, const ptm_key_values *file, const char *section, const char *key)
{
    const int status = ptm_key_number(to, file, section, key, true);
    if (status || (*to != 0 && fabs(*to) < 360)) return status;
    return ptm_key_expected(file, section, key, PTM_ERROR_IO, "a number of degrees, not 0, of less than a turn");
}

int ptm_key_count(int *to, const ptm_key_values *file, const char *section, const char *key, int most)
{
    char what[60];
    double value;
    snprintf(what, sizeof what, "a whole number from 1 to %d", most);
    const int status = ptm_key_number(&value, file, section, key, true);
    if (status) return status;
    if (!(value >= 1 && value <= most && value == floor(value)))
        return ptm_key_expected(file, section, key, PTM_ERROR_IO, what);
    *to = (int)value;
    return PTM_OK;
}

char *ptm_key_beside(const ptm_key_values *file, const char *name)
{
    const char *slash = strrchr(file->path, '/');
    const size_t folder = slash ? (size_t)(slash + 1 - file->path) : 0, size = folder + strlen(name) + 1;
    char *path = ptm_io_alloc(size, 1);
    if (path) snprintf(path, size, "%.*s%s", (int)folder, file->path, name);
    return path;
}
