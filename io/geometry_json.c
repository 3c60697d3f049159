/* geometry_json.c - geometry files read and written through jansson. docs/geometry-file.md describes them. */
#include "internal.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "polytome geometry"
#define MOST_BYTES ((uint64_t)1 << 30)
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

static const char *const beams[] = { NULL, "parallel", "fan", "cone" };

/* ------------------------------------------------------------------ reading */

/* An object of the file, and what it is called in messages. */
typedef struct part {
    const char *path, *name;
    const json_t *object;
} part;

static int expected(const part *p, const char *key, const json_t *value, const char *what)
{
    const char *dot = *p->name ? "." : "";
    if (!value) return ptm_error_set(PTM_ERROR_IO, "%s: %s%s%s is missing, expected %s", p->path, p->name, dot, key, what);
    char *text = json_is_object(value) || json_is_array(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
    ptm_error_set(PTM_ERROR_IO, "%s: %s%s%s is %.60s, expected %s", p->path, p->name, dot, key,
        text ? text : json_is_object(value) ? "an object" : "an array", what);
    free(text);
    return PTM_ERROR_IO;
}

/* Refuses what is not in `keys`, which are separated by blanks: a name that is mistyped must not go unseen. */
static int check_keys(const part *p, const char *keys)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)p->object, key, value) {
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

/* A member that is an object; p->object is NULL where there is none. */
static int open_part(part *p, const part *parent, const char *name, const char *keys)
{
    *p = (part) { parent->path, name, json_object_get(parent->object, name) };
    if (!p->object) return PTM_OK;
    if (!json_is_object(p->object)) return expected(parent, name, p->object, "an object");
    return check_keys(p, keys);
}

/* `count` numbers in an array; what is not there stays as it is. */
static int get_numbers(const part *p, const char *key, double *to, size_t count)
{
    const json_t *value = json_object_get(p->object, key);
    char what[40];
    snprintf(what, sizeof what, "an array of %zu numbers", count);
    if (!value) return PTM_OK;
    if (json_array_size(value) != count) return expected(p, key, value, what);
    for (size_t i = 0; i < count; i++) {
        const json_t *number = json_array_get(value, i);
        if (!json_is_number(number)) return expected(p, key, number, what);
        to[i] = json_number_value(number);
    }
    return PTM_OK;
}

static int get_number(const part *p, const char *key, double *to)
{
    const json_t *value = json_object_get(p->object, key);
    if (!value) return PTM_OK;
    if (!json_is_number(value)) return expected(p, key, value, "a number");
    *to = json_number_value(value);
    return PTM_OK;
}

static bool is_count(const json_t *value, int most)
{
    return json_is_integer(value) && json_integer_value(value) >= 1 && json_integer_value(value) <= most;
}

static int get_shape(const part *p, int *to, size_t count)
{
    const json_t *value = json_object_get(p->object, "shape");
    if (!value) return PTM_OK;
    if (json_array_size(value) != count) return expected(p, "shape", value, count == 3 ? "[z, y, x]" : "[v, u]");
    for (size_t i = 0; i < count; i++) {
        const json_t *number = json_array_get(value, i);
        if (!is_count(number, PTM_MAX_LENGTH))
            return expected(p, "shape", number, "whole numbers from 1 to " TEXT(PTM_MAX_LENGTH));
        to[i] = (int)json_integer_value(number);
    }
    return PTM_OK;
}

static int get_flag(const part *p, const char *key, bool *to)
{
    const json_t *value = json_object_get(p->object, key);
    if (value && !json_is_boolean(value)) return expected(p, key, value, "true or false");
    if (value) *to = json_is_true(value);
    return PTM_OK;
}

static int read_volume(ptm_volume *volume, const part *file)
{
    part p;
    int status = open_part(&p, file, "volume", "shape spacing offset");
    if (!status) status = get_shape(&p, volume->shape, 3);
    if (!status) status = get_numbers(&p, "spacing", volume->spacing, 3);
    return status ? status : get_numbers(&p, "offset", volume->offset, 3);
}

static int read_surface(ptm_detector *detector, const part *p, ptm_io_views kind)
{
    const json_t *value = json_object_get(p->object, "surface");
    const char *name = json_string_value(value);
    detector->cylindrical = name && !strcmp(name, "cylindrical");
    if (!value || (name && !strcmp(name, "flat")) || (detector->cylindrical && kind != PTM_IO_MATRICES)) return PTM_OK;
    return expected(p, "surface", value, kind == PTM_IO_MATRICES ? "\"flat\"" : "\"flat\" or \"cylindrical\"");
}

static int read_detector(ptm_detector *detector, const part *file, ptm_io_views kind)
{
    part p;
    int status = open_part(&p, file, "detector",
        kind == PTM_IO_CIRCULAR ? "shape spacing offset flip_u flip_v surface" : "shape surface");
    if (!status) status = get_shape(&p, detector->shape, 2);
    if (!status) status = get_numbers(&p, "spacing", detector->spacing, 2);
    if (!status) status = get_numbers(&p, "offset", detector->offset, 2);
    if (!status) status = get_flag(&p, "flip_u", &detector->flip_u);
    if (!status) status = get_flag(&p, "flip_v", &detector->flip_v);
    return status ? status : read_surface(detector, &p, kind);
}

static int read_angles(ptm_io_geometry *g, const part *p)
{
    const json_t *list = json_object_get(p->object, "angles_deg"), *count = json_object_get(p->object, "count");
    if (list && (count || json_object_get(p->object, "start_deg") || json_object_get(p->object, "range_deg")))
        return ptm_error_set(
            PTM_ERROR_IO, "%s: circular has angles_deg and start_deg, range_deg or count; expected one way", p->path);
    if (count && !is_count(count, PTM_MAX_VIEWS))
        return expected(p, "count", count, "a whole number from 1 to " TEXT(PTM_MAX_VIEWS));
    if (count) g->views = (int)json_integer_value(count);
    if (!list) return PTM_OK;
    size_t length = json_array_size(list);
    if (length < 1 || length > PTM_MAX_VIEWS)
        return expected(p, "angles_deg", list, "an array of 1 to " TEXT(PTM_MAX_VIEWS) " numbers");
    if (!(g->angles = ptm_io_alloc(length, sizeof *g->angles))) return PTM_ERROR_MEMORY;
    g->views = (int)length;
    return get_numbers(p, "angles_deg", g->angles, length);
}

static int read_circular(ptm_io_geometry *g, const part *p)
{
    const json_t *beam = json_object_get(p->object, "beam");
    int kind = PTM_IO_CONE;
    while (kind && !(json_is_string(beam) && !strcmp(json_string_value(beam), beams[kind]))) kind--;
    if (!kind) return expected(p, "beam", beam, "\"parallel\", \"fan\" or \"cone\"");
    g->beam = (ptm_io_beam)kind;
    int status = get_number(p, "sod", &g->sod);
    if (!status) status = get_number(p, "sdd", &g->sdd);
    if (!status) status = get_number(p, "axis_offset", &g->axis_offset);
    if (!status) status = get_number(p, "start_deg", &g->start);
    if (!status) status = get_number(p, "range_deg", &g->range);
    return status ? status : read_angles(g, p);
}

static bool view_numbers(double *to, const json_t *list, size_t count)
{
    if (json_array_size(list) != count) return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *number = json_array_get(list, i);
        if (!json_is_number(number)) return false;
        to[i] = json_number_value(number);
    }
    return true;
}

static bool read_vector(ptm_view *view, const json_t *list)
{
    double numbers[12];
    return view_numbers(numbers, list, 12) && !ptm_view_from_astra(view, numbers, 12);
}

static bool read_matrix(ptm_matrix *matrix, const json_t *rows)
{
    bool good = json_array_size(rows) == 3;
    for (size_t i = 0; good && i < 3; i++) good = view_numbers(matrix->row[i], json_array_get(rows, i), 4);
    return good;
}

/* Makes room for the views, which the caller fills. */
static int open_views(void **to, ptm_io_geometry *g, const part *p, size_t size)
{
    const json_t *list = json_object_get(p->object, "views");
    const size_t length = json_array_size(list);
    if (length < 1 || length > PTM_MAX_VIEWS)
        return expected(p, "views", list, "an array of 1 to " TEXT(PTM_MAX_VIEWS) " views");
    g->views = (int)length;
    *to = ptm_io_alloc(length, size);
    return *to ? PTM_OK : PTM_ERROR_MEMORY;
}

static const json_t *view_at(const part *p, int index)
{
    return json_array_get(json_object_get(p->object, "views"), (size_t)index);
}

static int read_vectors(ptm_io_geometry *g, const part *p)
{
    bool parallel = false;
    if (!json_object_get(p->object, "parallel")) return expected(p, "parallel", NULL, "true or false");
    int status = get_flag(p, "parallel", &parallel);
    g->beam = parallel ? PTM_IO_PARALLEL : PTM_IO_CONE;
    void *room = NULL;
    if (!status) status = open_views(&room, g, p, sizeof *g->vectors);
    g->vectors = room;
    for (int i = 0; !status && i < g->views; i++)
        if (!read_vector(&g->vectors[i], view_at(p, i)))
            status = ptm_error_set(PTM_ERROR_IO, "%s: vectors.views[%d] is not an array of 12 numbers", p->path, i);
    return status;
}

static int read_matrices(ptm_io_geometry *g, const part *p)
{
    void *room = NULL;
    int status = get_number(p, "pitch", &g->pitch);
    if (!status) status = get_number(p, "sdd", &g->sdd);
    if (!status) status = open_views(&room, g, p, sizeof *g->matrices);
    g->matrices = room;
    for (int i = 0; !status && i < g->views; i++)
        if (!read_matrix(&g->matrices[i], view_at(p, i)))
            status = ptm_error_set(PTM_ERROR_IO, "%s: matrices.views[%d] is not an array of 3 rows of 4 numbers", p->path, i);
    return status;
}

/* One of the three. */
static int read_scan(ptm_io_geometry *g, const part *file)
{
    static const char *const names[] = { "circular", "vectors", "matrices" };
    static const char *const keys[] = { "beam sod sdd axis_offset angles_deg start_deg range_deg count", "parallel views",
        "pitch sdd views" };
    static int (*const readers[])(ptm_io_geometry *, const part *) = { read_circular, read_vectors, read_matrices };
    part p, found = { 0 };
    for (int kind = PTM_IO_CIRCULAR; kind <= PTM_IO_MATRICES; kind++) {
        int status = open_part(&p, file, names[kind], keys[kind]);
        if (status) return status;
        if (p.object && found.object)
            return ptm_error_set(
                PTM_ERROR_IO, "%s: has both %s and %s, expected one of them", file->path, found.name, p.name);
        if (!p.object) continue;
        found = p;
        g->kind = (ptm_io_views)kind;
    }
    if (!found.object) return expected(file, "circular", NULL, "it, vectors or matrices");
    return readers[g->kind](g, &found);
}

static int read_file(ptm_io_geometry *g, const part *file)
{
    if (!json_is_object(file->object)) return ptm_error_set(PTM_ERROR_IO, "%s: expected an object { ... }", file->path);
    const json_t *format = json_object_get(file->object, "format"), *version = json_object_get(file->object, "version");
    if (!json_is_string(format) || strcmp(json_string_value(format), FORMAT))
        return expected(file, "format", format, "\"" FORMAT "\"");
    if (!is_count(version, 1 << 30)) return expected(file, "version", version, "1");
    if (json_integer_value(version) != 1)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: version is %lld, this version of the library reads 1", file->path,
            (long long)json_integer_value(version));
    int status = check_keys(file, "format version comment volume detector circular vectors matrices");
    if (!status) status = read_scan(g, file);
    if (!status) status = read_volume(&g->volume, file);
    return status ? status : read_detector(&g->detector, file, g->kind);
}

/* The text of the message may hold a piece of the file. */
static int not_json(const char *path, const json_error_t *error)
{
    if (json_error_code(error) == json_error_out_of_memory)
        return ptm_error_set(PTM_ERROR_MEMORY, "%s: no memory on the host for what is in it", path);
    return ptm_error_set(PTM_ERROR_IO, "%s: line %d: %s", path, error->line, error->text);
}

int ptm_io_geometry_read(ptm_io_geometry *out, const char *path)
{
    if (!out || !path) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "path" : "out");
    uint64_t bytes;
    int status = ptm_io_file_size(&bytes, path);
    if (status) return status;
    if (bytes > MOST_BYTES)
        return ptm_error_set(
            PTM_ERROR_IO, "%s: %llu bytes, too large for a geometry file", path, (unsigned long long)bytes);
    FILE *file = ptm_io_open(path, &bytes);
    if (!file) return PTM_ERROR_IO;
    json_error_t error;
    json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    fclose(file);
    if (!root) return not_json(path, &error);
    ptm_io_geometry g = { 0 };
    status = read_file(&g, &(part) { path, "", root });
    json_decref(root);
    if (status)
        ptm_io_geometry_free(&g);
    else
        *out = g;
    return status;
}

/* ------------------------------------------------------------------ writing */

static json_t *numbers_of(const double *values, int count)
{
    json_t *list = json_array();
    for (int i = 0; list && i < count; i++)
        if (json_array_append_new(list, json_real(values[i]))) {
            json_decref(list);
            list = NULL;
        }
    return list;
}

static json_t *shape_of(const int *shape, int count)
{
    return count == 3 ? json_pack("[i,i,i]", shape[0], shape[1], shape[2]) : json_pack("[i,i]", shape[0], shape[1]);
}

/* False where a value could not be made. */
static bool add(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

static bool any_of(const double values[3])
{
    return values[0] != 0 || values[1] != 0 || values[2] != 0;
}

/* What is stated; a grid without a shape takes it from the detector. */
static bool add_volume(json_t *file, const ptm_volume *volume)
{
    const bool shape = volume->shape[0] != 0, spacing = shape || any_of(volume->spacing),
               offset = shape || any_of(volume->offset);
    if (!shape && !spacing && !offset) return true;
    json_t *object = json_object();
    return add(file, "volume", object) && (!shape || add(object, "shape", shape_of(volume->shape, 3))) &&
           (!spacing || add(object, "spacing", numbers_of(volume->spacing, 3))) &&
           (!offset || add(object, "offset", numbers_of(volume->offset, 3)));
}

static bool add_detector(json_t *file, const ptm_detector *detector, ptm_io_views kind)
{
    json_t *object = json_object();
    bool good = add(file, "detector", object);
    if (good && detector->shape[0]) good = add(object, "shape", shape_of(detector->shape, 2));
    if (good && kind == PTM_IO_CIRCULAR)
        good = add(object, "spacing", numbers_of(detector->spacing, 2)) &&
               add(object, "offset", numbers_of(detector->offset, 2)) &&
               add(object, "flip_u", json_boolean(detector->flip_u)) && add(object, "flip_v", json_boolean(detector->flip_v));
    return good && add(object, "surface", json_string(detector->cylindrical ? "cylindrical" : "flat"));
}

static bool add_circular(json_t *file, const ptm_io_geometry *g)
{
    json_t *object = json_object();
    bool good = add(file, "circular", object) && add(object, "beam", json_string(beams[g->beam]));
    if (good && g->beam != PTM_IO_PARALLEL)
        good = add(object, "sod", json_real(g->sod)) && add(object, "sdd", json_real(g->sdd));
    if (good) good = add(object, "axis_offset", json_real(g->axis_offset));
    if (good && g->angles) return add(object, "angles_deg", numbers_of(g->angles, g->views));
    if (good) good = add(object, "start_deg", json_real(g->start)) && add(object, "range_deg", json_real(g->range));
    return good && (!g->views || add(object, "count", json_integer(g->views)));
}

static json_t *vector_of(const ptm_view *view)
{
    double numbers[12];
    ptm_view_to_astra(numbers, 12, view);
    return numbers_of(numbers, 12);
}

static json_t *matrix_of(const ptm_matrix *matrix)
{
    json_t *rows = json_array();
    for (int i = 0; rows && i < 3; i++)
        if (json_array_append_new(rows, numbers_of(matrix->row[i], 4))) {
            json_decref(rows);
            rows = NULL;
        }
    return rows;
}

static bool add_lists(json_t *file, const ptm_io_geometry *g)
{
    const bool vectors = g->kind == PTM_IO_VECTORS;
    json_t *object = json_object(), *views = NULL;
    bool good = add(file, vectors ? "vectors" : "matrices", object);
    if (good && vectors) good = add(object, "parallel", json_boolean(g->beam == PTM_IO_PARALLEL));
    if (good && g->pitch != 0) good = add(object, "pitch", json_real(g->pitch));
    if (good && !vectors && g->sdd != 0) good = add(object, "sdd", json_real(g->sdd));
    if (good) good = add(object, "views", views = json_array());
    for (int i = 0; good && i < g->views; i++)
        good = json_array_append_new(views, vectors ? vector_of(&g->vectors[i]) : matrix_of(&g->matrices[i])) == 0;
    return good;
}

/* The fewest digits that read back as the same number. */
static int digits_of(double value)
{
    char text[40];
    int digits = 15;
    while (digits < 17 && (snprintf(text, sizeof text, "%.*g", digits, value), strtod(text, NULL) != value)) digits++;
    return digits;
}

static bool print_leaf(FILE *file, const json_t *value)
{
    const size_t digits = json_is_real(value) ? (size_t)digits_of(json_real_value(value)) : 17;
    return json_dumpf(value, file, JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits)) == 0;
}

/* Objects, and arrays of arrays, have a line for each member; arrays of numbers are one line. */
static bool print_value(FILE *file, const json_t *value, int depth)
{
    if (!json_is_object(value) && !json_is_array(value)) return print_leaf(file, value);
    const bool object = json_is_object(value), lines = object || json_is_array(json_array_get(value, 0));
    const char *key;
    json_t *member;
    size_t i;
    bool good = true, first = true;
    fputc(object ? '{' : '[', file);
    if (object) {
        json_object_foreach((json_t *)(uintptr_t)value, key, member) {
            fprintf(file, "%s\n%*s\"%s\": ", first ? "" : ",", 2 * depth + 2, "", key);
            good = good && print_value(file, member, depth + 1);
            first = false;
        }
    } else {
        json_array_foreach(value, i, member) {
            fputs(first ? "" : lines ? "," : ", ", file);
            if (lines) fprintf(file, "\n%*s", 2 * depth + 2, "");
            good = good && print_value(file, member, depth + 1);
            first = false;
        }
    }
    if (lines) fprintf(file, "\n%*s", 2 * depth, "");
    fputc(object ? '}' : ']', file);
    return good;
}

/* json_real() makes nothing of what is not finite; whoever asks wants to know which number that was. */
static int check_finite(const ptm_io_geometry *g)
{
    const struct {
        const char *name;
        const void *values;
        int64_t count;
    } lists[] = { { "volume.spacing", g->volume.spacing, 3 }, { "volume.offset", g->volume.offset, 3 },
        { "detector.spacing", g->detector.spacing, 2 }, { "detector.offset", g->detector.offset, 2 },
        { "angles", g->angles, g->views }, { "vectors", g->vectors, (int64_t)g->views * 12 },
        { "matrices", g->matrices, (int64_t)g->views * 12 },
        { "start, range, sod, sdd, axis_offset, pitch",
            (double[]) { g->start, g->range, g->sod, g->sdd, g->axis_offset, g->pitch }, 6 } };
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
        for (int64_t i = 0; lists[l].values && i < lists[l].count; i++) {
            const double value = ((const double *)lists[l].values)[i];
            if (!isfinite(value))
                return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: %s[%lld] is %g, expected a finite number",
                    lists[l].name, (long long)i, value);
        }
    return PTM_OK;
}

/* A shape that is stated. */
static int check_shape(const char *name, const int *shape, int axes)
{
    for (int i = 0; i < axes && shape[0]; i++)
        if (shape[i] < 1 || shape[i] > PTM_MAX_LENGTH)
            return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: %s.shape[%d] is %d, expected 1 to %d", name, i, shape[i],
                PTM_MAX_LENGTH);
    return PTM_OK;
}

/* What has no place in a list of views. */
static int check_kind(const ptm_io_geometry *g)
{
    if (g->kind == PTM_IO_VECTORS && g->pitch != 0)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: pitch is %g, but only matrices have one", g->pitch);
    if (g->kind == PTM_IO_MATRICES && g->detector.cylindrical)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: matrices are of flat detectors, this one is cylindrical");
    return PTM_OK;
}

static int check_geometry(const ptm_io_geometry *g)
{
    const bool circular = g->kind == PTM_IO_CIRCULAR;
    if (g->kind < PTM_IO_CIRCULAR || g->kind > PTM_IO_MATRICES)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: kind is %d; expected one of ptm_io_views", (int)g->kind);
    if (g->kind != PTM_IO_MATRICES && (g->beam < PTM_IO_PARALLEL || g->beam > PTM_IO_CONE))
        return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: beam is %d; expected one of ptm_io_beam", (int)g->beam);
    if (g->views < (circular ? 0 : 1) || g->views > PTM_MAX_VIEWS)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: views is %d, expected 1 to %d", g->views, PTM_MAX_VIEWS);
    if ((g->kind == PTM_IO_VECTORS && !g->vectors) || (g->kind == PTM_IO_MATRICES && !g->matrices))
        return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: %s is NULL", g->vectors ? "matrices" : "vectors");
    int status = check_kind(g);
    if (!status) status = check_shape("volume", g->volume.shape, 3);
    if (!status) status = check_shape("detector", g->detector.shape, 2);
    return status ? status : check_finite(g);
}

/* NULL where memory is short. */
static json_t *make_json(const ptm_io_geometry *g)
{
    json_t *file = json_object();
    bool good = file && add(file, "format", json_string(FORMAT)) && add(file, "version", json_integer(1)) &&
                add_volume(file, &g->volume) && add_detector(file, &g->detector, g->kind) &&
                (g->kind == PTM_IO_CIRCULAR ? add_circular(file, g) : add_lists(file, g));
    if (good) return file;
    json_decref(file);
    ptm_error_set(PTM_ERROR_MEMORY, "no memory on the host to write a geometry of %d views", g->views);
    return NULL;
}

static int print_file(const char *temporary, const char *path, const json_t *root)
{
    FILE *file = fopen(temporary, "w");
    bool good = file && print_value(file, root, 0) && fputc('\n', file) != EOF && !fflush(file) && !ferror(file);
    int error = errno;
    if (file && fclose(file) && good) {
        good = false;
        error = errno;
    }
    return good ? PTM_OK : ptm_io_write_failed(path, error);
}

int ptm_io_geometry_write_check(const char *path, const ptm_io_geometry *geometry, bool overwrite)
{
    if (!path) return ptm_error_set(PTM_ERROR_ARGUMENT, "path is NULL");
    int status = geometry ? check_geometry(geometry) : PTM_OK;
    return status ? status : ptm_io_output_check(path, overwrite);
}

int ptm_io_geometry_write(const char *path, const ptm_io_geometry *geometry, bool overwrite)
{
    if (!path || !geometry) return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", path ? "geometry" : "path");
    int status = check_geometry(geometry);
    if (status) return status;
    ptm_io_output output;
    if ((status = ptm_io_output_begin(&output, path, overwrite))) return status;
    json_t *root = make_json(geometry);
    status = root ? print_file(output.temporary, path, root) : PTM_ERROR_MEMORY;
    json_decref(root);
    if (!status) status = ptm_io_output_commit(&output);
    ptm_io_output_end(&output);
    return status;
}
