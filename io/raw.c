/* raw.c - plain numbers, NAME.raw, with NAME.json beside them that says what they are: docs/files.md. */
#include "flat.h"

#include "geometry/json.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT "polytome array"
#define KEYS "format version type byte_order shape spacing_mm offset window description"

/* ------------------------------------------------------------------ reading */

static const char *text_of(const ptm_json_part *p, const char *key)
{
    const char *text = json_string_value(json_object_get(p->object, key));
    return text ? text : "";
}

static int read_type(ptm_io_flat *flat, const ptm_json_part *p)
{
    const char *name = text_of(p, "type"), *order = text_of(p, "byte_order");
    for (int t = PTM_IO_UINT8; t <= PTM_IO_COMPLEX128; t++)
        if (!strcmp(name, ptm_io_type_name((ptm_io_type)t))) flat->type = (ptm_io_type)t;
    if (!flat->type)
        return ptm_json_expected(p, "type", json_object_get(p->object, "type"), "a type such as \"uint16\" or \"float32\"");
    flat->big = !strcmp(order, "big");
    if (flat->big || !strcmp(order, "little")) return PTM_OK;
    return ptm_json_expected(p, "byte_order", json_object_get(p->object, "byte_order"), "\"little\" or \"big\"");
}

static int read_shape(ptm_io_flat *flat, const ptm_json_part *p)
{
    const json_t *list = json_object_get(p->object, "shape");
    const size_t axes = json_array_size(list);
    bool good = axes >= 1 && axes <= PTM_IO_MAX_DIMENSIONS;
    for (size_t i = 0; good && i < axes; i++) {
        flat->shape[i] = json_integer_value(json_array_get(list, i)); /* 0 where it is none */
        good = flat->shape[i] >= 1;
    }
    flat->dimensions = (int)axes;
    return good ? PTM_OK : ptm_json_expected(p, "shape", list, "an array of 1 to 4 whole numbers above 0");
}

static int read_notes(ptm_io_flat *flat, const ptm_json_part *p)
{
    const json_t *offset = json_object_get(p->object, "offset");
    flat->offset = json_integer_value(offset);
    if (offset && (!json_is_integer(offset) || flat->offset < 0))
        return ptm_json_expected(p, "offset", offset, "a number of bytes");
    const int status = ptm_json_numbers(flat->spacing, p, "spacing_mm", 3);
    return status ? status : ptm_json_numbers(flat->window, p, "window", 2);
}

static int read_json(ptm_io_flat *flat, const ptm_json_part *p)
{
    if (!json_is_object(p->object) || strcmp(text_of(p, "format"), FORMAT) != 0)
        return ptm_error_set(PTM_ERROR_IO, "%s: expected an object with \"format\": \"" FORMAT "\"", p->path);
    if (json_integer_value(json_object_get(p->object, "version")) != 1)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: its version is not 1, the one that is known", p->path);
    int status = ptm_json_check_keys(p, KEYS);
    if (!status) status = read_shape(flat, p);
    if (!status) status = read_type(flat, p);
    return status ? status : read_notes(flat, p);
}

static int read_beside(ptm_io_flat *flat, const char *path)
{
    uint64_t bytes;
    json_error_t error;
    FILE *file = ptm_io_open(path, &bytes);
    if (!file && ptm_io_file_size(&bytes, path) == PTM_ERROR_NOT_FOUND)
        return ptm_error_set(PTM_ERROR_NOT_FOUND, "%s: raw numbers want %s beside them, which says what they are",
            flat->path, path);
    if (!file) return PTM_ERROR_IO;
    json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    fclose(file);
    if (!root) return ptm_error_set(PTM_ERROR_IO, "%s: line %d: %s", path, error.line, error.text);
    const int status = read_json(flat, &(ptm_json_part) { path, "", root });
    json_decref(root);
    return status;
}

static int read_head(ptm_io_flat *flat, const char *path)
{
    char *json = ptm_io_other_suffix(path, ".json");
    int status = json ? read_beside(flat, json) : PTM_ERROR_MEMORY;
    free(json);
    return status ? status : ptm_io_flat_add_file(flat, ptm_io_copy_text(path));
}

static int read_raw(ptm_io_array *out, const char *path, const ptm_io_request *request)
{
    return ptm_io_flat_read(out, path, request, read_head);
}

static int info_raw(ptm_io_info *out, const char *path)
{
    return ptm_io_flat_info(out, path, read_head);
}

/* ------------------------------------------------------------------ writing */

static const char *beside(const char *path, bool compress)
{
    (void)path;
    (void)compress;
    return ".json";
}

static bool add(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

static bool fill(json_t *object, const ptm_io_plan *plan)
{
    const ptm_io_array *a = &plan->array;
    const double window[2] = { plan->low, plan->high };
    json_t *shape = json_array();
    bool good = add(object, "format", json_string(FORMAT)) && add(object, "version", json_integer(1)) &&
                add(object, "type", json_string(ptm_io_type_name(plan->type))) &&
                add(object, "byte_order", json_string(ptm_io_host_is_little() ? "little" : "big")) &&
                add(object, "shape", shape);
    for (int i = 0; good && i < a->dimensions; i++) good = json_array_append_new(shape, json_integer(a->shape[i])) == 0;
    if (good && (a->spacing[0] > 0 || a->spacing[1] > 0 || a->spacing[2] > 0))
        good = add(object, "spacing_mm", ptm_json_numbers_of(a->spacing, 3));
    if (good) good = add(object, "offset", json_integer(0));
    if (good && plan->windowed) good = add(object, "window", ptm_json_numbers_of(window, 2));
    if (good && plan->description) good = add(object, "description", json_string(plan->description));
    return good;
}

static int write_head(ptm_io_flat_text *text)
{
    json_t *object = json_object();
    const bool good = object && fill(object, text->plan) && ptm_json_print(text->file, object);
    json_decref(object);
    return good ? PTM_OK
                : ptm_error_set(PTM_ERROR_ARGUMENT, "%s: what is to be said of it is no UTF-8, or too long", text->plan->path);
}

static int begin_raw(void **state, const ptm_io_plan *plan)
{
    const ptm_io_flat_form form = { write_head, true, PTM_IO_FLAT_PLAIN };
    return ptm_io_flat_begin_form(state, plan, &form);
}

const ptm_io_codec ptm_io_raw = { .read = read_raw, .info = info_raw, .begin = begin_raw, .slab = ptm_io_flat_slab,
    .finish = ptm_io_flat_finish, .release = ptm_io_flat_release, .beside = beside };
