/* json_write.c - geometries as JSON files of Polytome's own kind, made by jansson. docs/geometry-file.md describes them. */
#include "json.h"

#include <string.h>

const char *const ptm_json_beams[] = { NULL, "parallel", "fan", "cone" };

json_t *ptm_json_numbers_of(const double *values, int count)
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
           (!spacing || add(object, "spacing", ptm_json_numbers_of(volume->spacing, 3))) &&
           (!offset || add(object, "offset", ptm_json_numbers_of(volume->offset, 3)));
}

static bool add_detector(json_t *file, const ptm_detector *detector, ptm_io_views kind)
{
    json_t *object = json_object();
    bool good = add(file, "detector", object);
    if (good && detector->shape[0]) good = add(object, "shape", shape_of(detector->shape, 2));
    if (good && kind == PTM_IO_CIRCULAR)
        good = add(object, "spacing", ptm_json_numbers_of(detector->spacing, 2)) &&
               add(object, "offset", ptm_json_numbers_of(detector->offset, 2)) &&
               add(object, "flip_u", json_boolean(detector->flip_u)) &&
               add(object, "flip_v", json_boolean(detector->flip_v));
    return good && add(object, "surface", json_string(detector->cylindrical ? "cylindrical" : "flat"));
}

static bool add_circular(json_t *file, const ptm_io_geometry *g)
{
    json_t *object = json_object();
    bool good = add(file, "circular", object) && add(object, "beam", json_string(ptm_json_beams[g->beam]));
    if (good && g->beam != PTM_IO_PARALLEL)
        good = add(object, "sod", json_real(g->sod)) && add(object, "sdd", json_real(g->sdd));
    if (good) good = add(object, "axis_offset", json_real(g->axis_offset));
    if (good && g->angles) return add(object, "angles_deg", ptm_json_numbers_of(g->angles, g->views));
    if (good) good = add(object, "start_deg", json_real(g->start)) && add(object, "range_deg", json_real(g->range));
    return good && (!g->views || add(object, "count", json_integer(g->views)));
}

static json_t *vector_of(const ptm_view *view)
{
    double numbers[12];
    ptm_view_to_astra(numbers, 12, view);
    return ptm_json_numbers_of(numbers, 12);
}

static json_t *matrix_of(const ptm_matrix *matrix)
{
    json_t *rows = json_array();
    for (int i = 0; rows && i < 3; i++)
        if (json_array_append_new(rows, ptm_json_numbers_of(matrix->row[i], 4))) {
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

static bool print_leaf(FILE *file, const json_t *value)
{
    const size_t digits = json_is_real(value) ? (size_t)ptm_io_digits(json_real_value(value)) : 17;
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
        json_object_foreach((json_t *)(uintptr_t)value, key, member)
        {
            fprintf(file, "%s\n%*s\"%s\": ", first ? "" : ",", 2 * depth + 2, "", key);
            good = good && print_value(file, member, depth + 1);
            first = false;
        }
    } else {
        json_array_foreach(value, i, member)
        {
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

bool ptm_json_print(FILE *file, const json_t *value)
{
    return print_value(file, value, 0) && fputc('\n', file) != EOF;
}

/* NULL where memory is short. */
static json_t *make_json(const ptm_io_geometry *g)
{
    json_t *file = json_object();
    bool good = file && add(file, "format", json_string(PTM_JSON_FORMAT)) && add(file, "version", json_integer(1)) &&
                add_volume(file, &g->volume) && add_detector(file, &g->detector, g->kind) &&
                (g->kind == PTM_IO_CIRCULAR ? add_circular(file, g) : add_lists(file, g));
    if (good) return file;
    json_decref(file);
    ptm_error_set(PTM_ERROR_MEMORY, "no memory on the host to write a geometry of %d views", g->views);
    return NULL;
}

int ptm_write_json(FILE *file, const ptm_io_geometry *g)
{
    if (!file) return ptm_geometry_check_steps(g);
    json_t *root = make_json(g);
    if (!root) return PTM_ERROR_MEMORY;
    const bool good = ptm_json_print(file, root);
    json_decref(root);
    if (good || ferror(file)) return PTM_OK;
    return ptm_error_set(PTM_ERROR_MEMORY, "no memory on the host to write a geometry of %d views", g->views);
}
