/* rows.c - views as rows of numbers: ASTRA's vectors, and matrices. The first line says which, since the numbers do not:
 *
 *     # cone_vec                        or parallel3d_vec: 12 numbers a row; fanflat_vec, parallel_vec: 6
 *     # matrices pitch=0.2              or sdd=1000, or neither: 12 numbers a row, 3 x 4, row after row
 *
 * Numbers stand between blanks, commas or semicolons; what follows # is a comment. */
#include "format.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char between[] = " \t,;";

static const struct {
    const char *word;
    ptm_io_views kind;
    ptm_io_beam beam;
    int numbers;
} lists[] = { { "parallel3d_vec", PTM_IO_VECTORS, PTM_IO_PARALLEL, 12 }, { "cone_vec", PTM_IO_VECTORS, PTM_IO_CONE, 12 },
    { "parallel_vec", PTM_IO_VECTORS, PTM_IO_PARALLEL, 6 }, { "fanflat_vec", PTM_IO_VECTORS, PTM_IO_CONE, 6 },
    { "matrices", PTM_IO_MATRICES, PTM_IO_BEAM_UNKNOWN, 12 } };
#define LISTS (sizeof lists / sizeof *lists)

/* Which list a line announces; LISTS where it is none. *at is behind the word. */
static size_t announced(const char **at)
{
    const char *line = *at + strspn(*at, "# \t");
    for (size_t i = 0; i < LISTS; i++) {
        const size_t length = strlen(lists[i].word);
        if (strncmp(line, lists[i].word, length) || isalnum((unsigned char)line[length]) || line[length] == '_') continue;
        *at = line + length;
        return i;
    }
    return LISTS;
}

/* Rows that are not announced are recognised as well, so that the reader can say what they lack. */
bool ptm_is_rows(const char *head)
{
    const char *at = head;
    return announced(&at) < LISTS || (*head && strchr("+-.0123456789", *head));
}

static int read_first(ptm_io_geometry *g, size_t *list, const ptm_geometry_text *file, const char *line, int number)
{
    const char *at = line;
    *list = announced(&at);
    if (*list == LISTS)
        return ptm_error_set(PTM_ERROR_IO,
            "%s: line %d: rows of numbers alone do not say what they are; expected a first line of \"# "
            "cone_vec\", parallel3d_vec, fanflat_vec, parallel_vec or matrices",
            file->path, number);
    g->kind = lists[*list].kind;
    g->beam = lists[*list].beam;
    at += strspn(at, between);
    if (!*at) return PTM_OK;
    double *to = strncmp(at, "pitch=", 6) ? strncmp(at, "sdd=", 4) ? NULL : &g->sdd : &g->pitch;
    char *end = NULL;
    if (to && g->kind == PTM_IO_MATRICES) *to = strtod(strchr(at, '=') + 1, &end);
    if (end && end[strspn(end, between)] == 0 && isfinite(*to) && *to > 0) return PTM_OK;
    return ptm_error_set(PTM_ERROR_IO,
        "%s: line %d has \"%.40s\" behind the word; expected nothing, or of matrices pitch= or sdd= and a "
        "number of mm above 0",
        file->path, number, at);
}

/* Blank lines have no numbers. */
static int read_numbers(double *numbers, int *count, int most, const ptm_geometry_text *file, const char *line, int number)
{
    *count = 0;
    for (const char *at = line + strspn(line, between); *at && *at != '#'; at += strspn(at, between)) {
        char *end;
        const double value = strtod(at, &end);
        if (end == at || (*end && *end != '#' && !strchr(between, *end)) || !isfinite(value)) {
            const size_t length = strcspn(at, between);
            return ptm_error_set(PTM_ERROR_IO, "%s: line %d has \"%.*s\", expected numbers", file->path, number,
                length < 40 ? (int)length : 40, at);
        }
        if (*count < most) numbers[*count] = value;
        ++*count;
        at = end;
    }
    if (*count == 0 || *count == most) return PTM_OK;
    return ptm_error_set(PTM_ERROR_IO, "%s: line %d has %d numbers, expected %d", file->path, number, *count, most);
}

static int add_view(ptm_io_geometry *g, int *room, const double *numbers, int count)
{
    const bool matrices = g->kind == PTM_IO_MATRICES;
    const size_t size = matrices ? sizeof *g->matrices : sizeof *g->vectors;
    if (g->views == *room) {
        *room = *room ? 2 * *room : 256;
        void *grown = realloc(matrices ? (void *)g->matrices : (void *)g->vectors, (size_t)*room * size);
        if (!grown) return ptm_error_set(PTM_ERROR_MEMORY, "no memory on the host for %d views", *room);
        if (matrices)
            g->matrices = grown;
        else
            g->vectors = grown;
    }
    if (!matrices) return ptm_view_from_astra(&g->vectors[g->views++], numbers, count);
    memcpy(g->matrices[g->views++].row, numbers, 12 * sizeof *numbers);
    return PTM_OK;
}

int ptm_read_rows(ptm_io_geometry *g, const ptm_geometry_text *file)
{
    size_t list = LISTS;
    double numbers[12];
    char *at = file->text, *line;
    int number = 0, room = 0, count, status = PTM_OK;
    if (strlen(file->text) != file->length)
        return ptm_error_set(PTM_ERROR_IO, "%s: is not text: it has a 0 in it", file->path);
    while (!status && (line = ptm_next_line(&at, &number))) {
        if (list == LISTS && !line[strspn(line, between)]) continue;
        if (list == LISTS) {
            status = read_first(g, &list, file, line, number);
            continue;
        }
        status = read_numbers(numbers, &count, lists[list].numbers, file, line, number);
        if (status || count == 0) continue;
        if (g->views == PTM_MAX_VIEWS)
            return ptm_error_set(PTM_ERROR_IO, "%s: line %d: more than %d views", file->path, number, PTM_MAX_VIEWS);
        status = add_view(g, &room, numbers, count);
    }
    if (status || g->views) return status;
    return ptm_error_set(
        PTM_ERROR_IO, "%s: has no views: no rows of %d numbers follow its first line", file->path, lists[list].numbers);
}
