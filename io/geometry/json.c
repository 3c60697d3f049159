/* json.c - JSON files: which kind one is, and what the kinds share. Parsed by jansson. */
#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int ptm_json_expected(const ptm_json_part *p, const char *key, const json_t *value, const char *what)
{
    const char *dot = *p->name ? "." : "";
    if (!value) return ptm_error_set(PTM_ERROR_IO, "%s: %s%s%s is missing, expected %s", p->path, p->name, dot, key, what);
    char *text = json_is_object(value) || json_is_array(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
    ptm_error_set(PTM_ERROR_IO, "%s: %s%s%s is %.60s, expected %s", p->path, p->name, dot, key,
        text                    ? text
        : json_is_object(value) ? "an object"
                                : "an array",
        what);
    free(text);
    return PTM_ERROR_IO;
}

int ptm_json_check_keys(const ptm_json_part *p, const char *keys)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)p->object, key, value)
    {
        size_t length = strlen(key);
        const char *at = keys;
        while (at && (strncmp(at, key, length) || (at[length] && at[length] != ' ')))
            if ((at = strchr(at, ' '))) at++;
        if (!at || !length)
            return ptm_error_set(PTM_ERROR_IO, "%s: \"%.60s\" in %s is not known; expected one of: %s", p->path, key,
                *p->name ? p->name : "the file", keys);
    }
    return PTM_OK;
}

int ptm_json_open(ptm_json_part *p, const ptm_json_part *parent, const char *name, const char *keys)
{
    *p = (ptm_json_part) { parent->path, name, json_object_get(parent->object, name) };
    if (!p->object) return PTM_OK;
    if (!json_is_object(p->object)) return ptm_json_expected(parent, name, p->object, "an object");
    return ptm_json_check_keys(p, keys);
}

/* ------------------------------------------------------------------ members */

const json_t *ptm_json_member(const ptm_json_part *p, const char *key)
{
    const json_t *value = json_object_get(p->object, key);
    return json_is_null(value) ? NULL : value;
}

int ptm_json_number(double *to, const ptm_json_part *p, const char *key)
{
    const json_t *value = json_object_get(p->object, key);
    if (!value) return PTM_OK;
    if (!json_is_number(value)) return ptm_json_expected(p, key, value, "a number");
    *to = json_number_value(value);
    return PTM_OK;
}

int ptm_json_numbers(double *to, const ptm_json_part *p, const char *key, size_t count)
{
    const json_t *value = json_object_get(p->object, key);
    char what[40];
    snprintf(what, sizeof what, "an array of %zu numbers", count);
    if (!value) return PTM_OK;
    if (json_array_size(value) != count) return ptm_json_expected(p, key, value, what);
    for (size_t i = 0; i < count; i++) {
        const json_t *number = json_array_get(value, i);
        if (!json_is_number(number)) return ptm_json_expected(p, key, number, what);
        to[i] = json_number_value(number);
    }
    return PTM_OK;
}

int ptm_json_flag(bool *to, const ptm_json_part *p, const char *key)
{
    const json_t *value = json_object_get(p->object, key);
    if (value && !json_is_boolean(value)) return ptm_json_expected(p, key, value, "true or false");
    if (value) *to = json_is_true(value);
    return PTM_OK;
}

bool ptm_json_is_count(const json_t *value, int most)
{
    return json_is_integer(value) && json_integer_value(value) >= 1 && json_integer_value(value) <= most;
}

int ptm_json_grid(int *shape, double *spacing, const ptm_json_part *p, const char *const keys[3], int axes)
{
    double count[3] = { 0, 0, 0 }, one[3] = { 0, 0, 0 }, all[3] = { 0, 0, 0 };
    int status = ptm_json_member(p, keys[0]) ? ptm_json_numbers(count, p, keys[0], (size_t)axes) : PTM_OK;
    if (!status && ptm_json_member(p, keys[1])) status = ptm_json_numbers(one, p, keys[1], (size_t)axes);
    if (!status && ptm_json_member(p, keys[2])) status = ptm_json_numbers(all, p, keys[2], (size_t)axes);
    for (int i = 0; i < axes && !status; i++) {
        const char *size = !ptm_json_member(p, keys[1]) && ptm_json_member(p, keys[2]) ? keys[2] : keys[1];
        if (!(count[i] >= 1 && count[i] <= PTM_MAX_LENGTH && count[i] == floor(count[i])))
            return ptm_json_expected(p, keys[0], json_array_get(ptm_json_member(p, keys[0]), (size_t)i),
                "whole numbers from 1 to " PTM_TEXT(PTM_MAX_LENGTH));
        if (one[i] == 0) one[i] = all[i] / count[i];
        if (!(one[i] > 0))
            return ptm_json_expected(p, size, json_array_get(ptm_json_member(p, size), (size_t)i), "numbers above 0");
        if (all[i] != 0 && !(fabs(one[i] * count[i] - all[i]) <= 1e-6 * all[i]))
            return ptm_error_set(PTM_ERROR_IO, "%s: %s is %g, but %s times %s %g", p->path, keys[2], all[i], keys[0],
                keys[1], one[i] * count[i]);
        shape[i] = (int)count[i];
        spacing[axes - 1 - i] = one[i];
    }
    return status;
}

/* ------------------------------------------------------------------ views */

static bool read_row(double *to, const json_t *list, size_t count)
{
    if (json_array_size(list) != count) return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *number = json_array_get(list, i);
        if (!json_is_number(number)) return false;
        to[i] = json_number_value(number);
    }
    return true;
}

/* How many members the list has, one for each view, and zeroed room for them. */
static int make_room(
    void **to, int *views, const ptm_json_part *p, const char *key, const json_t *list, size_t size, const char *what)
{
    const size_t length = json_array_size(list);
    char text[60];
    snprintf(text, sizeof text, "an array of 1 to %d %s", PTM_MAX_VIEWS, what);
    if (length < 1 || length > PTM_MAX_VIEWS) return ptm_json_expected(p, key, list, text);
    *views = (int)length;
    *to = ptm_io_alloc(length, size);
    return *to ? PTM_OK : PTM_ERROR_MEMORY;
}

int ptm_json_list(double **to, int *views, const ptm_json_part *p, const char *key)
{
    void *room = NULL;
    const int status = make_room(&room, views, p, key, json_object_get(p->object, key), sizeof **to, "numbers");
    *to = room;
    return status ? status : ptm_json_numbers(*to, p, key, (size_t)*views);
}

static int not_a_view(const ptm_json_part *p, const char *key, int index, const char *what)
{
    return ptm_error_set(
        PTM_ERROR_IO, "%s: %s%s%s[%d] is not an array of %s", p->path, p->name, *p->name ? "." : "", key, index, what);
}

int ptm_json_vectors(ptm_io_geometry *g, const ptm_json_part *p, const char *key, int count)
{
    const json_t *list = json_object_get(p->object, key);
    void *room = NULL;
    int status = make_room(&room, &g->views, p, key, list, sizeof *g->vectors, "views");
    g->kind = PTM_IO_VECTORS;
    g->vectors = room;
    for (int i = 0; !status && i < g->views; i++) {
        double numbers[12];
        if (!read_row(numbers, json_array_get(list, (size_t)i), (size_t)count))
            return not_a_view(p, key, i, count == 12 ? "12 numbers" : "6 numbers");
        status = ptm_view_from_astra(&g->vectors[i], numbers, count);
    }
    return status;
}

static bool read_matrix(ptm_matrix *to, const json_t *rows)
{
    bool good = json_array_size(rows) == 3;
    for (size_t i = 0; good && i < 3; i++) good = read_row(to->row[i], json_array_get(rows, i), 4);
    return good;
}

int ptm_json_matrices(ptm_io_geometry *g, const ptm_json_part *p, const char *key, const json_t *list)
{
    void *room = NULL;
    int status = make_room(&room, &g->views, p, key, list, sizeof *g->matrices, "views");
    g->kind = PTM_IO_MATRICES;
    g->matrices = room;
    for (int i = 0; !status && i < g->views; i++)
        if (!read_matrix(&g->matrices[i], json_array_get(list, (size_t)i)))
            status = not_a_view(p, key, i, "3 rows of 4 numbers");
    return status;
}

/* ------------------------------------------------------------------ kinds of files */

static int read_any(ptm_io_geometry *g, const ptm_json_part *file)
{
    const json_t *o = file->object;
    if (json_is_array(o)) return ptm_json_matrices(g, file, "matrices", o);
    if (!json_is_object(o)) return ptm_error_set(PTM_ERROR_IO, "%s: expected an object { ... }", file->path);
    if (json_object_get(o, "format")) return ptm_json_polytome(g, file);
    if (json_object_get(o, "type")) return ptm_json_astra(g, file);
    if (json_object_get(o, "trajectory")) return ptm_json_pyronn(g, file);
    if (json_object_get(o, "DSD") || json_object_get(o, "nDetector")) return ptm_json_tigre(g, file);
    return ptm_json_polytome(g, file);
}

/* The text of the message may hold a piece of the file. */
static int not_json(const char *path, const json_error_t *error)
{
    if (json_error_code(error) == json_error_out_of_memory)
        return ptm_error_set(PTM_ERROR_MEMORY, "%s: no memory on the host for what is in it", path);
    return ptm_error_set(PTM_ERROR_IO, "%s: line %d: %s", path, error->line, error->text);
}

int ptm_read_json(ptm_io_geometry *g, const ptm_geometry_text *file)
{
    json_error_t error;
    json_t *root = json_loadb(file->text, file->length, JSON_REJECT_DUPLICATES, &error);
    if (!root) return not_json(file->path, &error);
    const int status = read_any(g, &(ptm_json_part) { file->path, "", root });
    json_decref(root);
    return status;
}
