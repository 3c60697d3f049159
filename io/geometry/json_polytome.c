/* json_polytome.c - Polytome's own geometry files. docs/geometry-file.md describes them. */
#include "json.h"

#include <string.h>

static int get_shape(const ptm_json_part *p, int *to, size_t count)
{
    const json_t *value = json_object_get(p->object, "shape");
    if (!value) return PTM_OK;
    if (json_array_size(value) != count) return ptm_json_expected(p, "shape", value, count == 3 ? "[z, y, x]" : "[v, u]");
    for (size_t i = 0; i < count; i++) {
        const json_t *number = json_array_get(value, i);
        if (!ptm_json_is_count(number, PTM_MAX_LENGTH))
            return ptm_json_expected(p, "shape", number, "whole numbers from 1 to " PTM_TEXT(PTM_MAX_LENGTH));
        to[i] = (int)json_integer_value(number);
    }
    return PTM_OK;
}

static int read_volume(ptm_volume *volume, const ptm_json_part *file)
{
    ptm_json_part p;
    int status = ptm_json_open(&p, file, "volume", "shape spacing offset");
    if (!status) status = get_shape(&p, volume->shape, 3);
    if (!status) status = ptm_json_numbers(volume->spacing, &p, "spacing", 3);
    return status ? status : ptm_json_numbers(volume->offset, &p, "offset", 3);
}

static int read_surface(ptm_detector *detector, const ptm_json_part *p, ptm_io_views kind)
{
    const json_t *value = json_object_get(p->object, "surface");
    const char *name = json_string_value(value);
    detector->cylindrical = name && !strcmp(name, "cylindrical");
    if (!value || (name && !strcmp(name, "flat")) || (detector->cylindrical && kind != PTM_IO_MATRICES)) return PTM_OK;
    return ptm_json_expected(p, "surface", value, kind == PTM_IO_MATRICES ? "\"flat\"" : "\"flat\" or \"cylindrical\"");
}

static int read_detector(ptm_detector *detector, const ptm_json_part *file, ptm_io_views kind)
{
    ptm_json_part p;
    int status = ptm_json_open(
        &p, file, "detector", kind == PTM_IO_CIRCULAR ? "shape spacing offset flip_u flip_v surface" : "shape surface");
    if (!status) status = get_shape(&p, detector->shape, 2);
    if (!status) status = ptm_json_numbers(detector->spacing, &p, "spacing", 2);
    if (!status) status = ptm_json_numbers(detector->offset, &p, "offset", 2);
    if (!status) status = ptm_json_flag(&detector->flip_u, &p, "flip_u");
    if (!status) status = ptm_json_flag(&detector->flip_v, &p, "flip_v");
    return status ? status : read_surface(detector, &p, kind);
}

static int read_angles(ptm_io_geometry *g, const ptm_json_part *p)
{
    const json_t *list = json_object_get(p->object, "angles_deg"), *count = json_object_get(p->object, "count");
    if (list && (count || json_object_get(p->object, "start_deg") || json_object_get(p->object, "range_deg")))
        return ptm_error_set(
            PTM_ERROR_IO, "%s: circular has angles_deg and start_deg, range_deg or count; expected one way", p->path);
    if (count && !ptm_json_is_count(count, PTM_MAX_VIEWS))
        return ptm_json_expected(p, "count", count, "a whole number from 1 to " PTM_TEXT(PTM_MAX_VIEWS));
    if (count) g->views = (int)json_integer_value(count);
    return list ? ptm_json_list(&g->angles, &g->views, p, "angles_deg") : PTM_OK;
}

static int read_circular(ptm_io_geometry *g, const ptm_json_part *p)
{
    const json_t *beam = json_object_get(p->object, "beam");
    int kind = PTM_IO_CONE;
    while (kind && !(json_is_string(beam) && !strcmp(json_string_value(beam), ptm_json_beams[kind]))) kind--;
    if (!kind) return ptm_json_expected(p, "beam", beam, "\"parallel\", \"fan\" or \"cone\"");
    g->beam = (ptm_io_beam)kind;
    int status = ptm_json_number(&g->sod, p, "sod");
    if (!status) status = ptm_json_number(&g->sdd, p, "sdd");
    if (!status) status = ptm_json_number(&g->axis_offset, p, "axis_offset");
    if (!status) status = ptm_json_number(&g->start, p, "start_deg");
    if (!status) status = ptm_json_number(&g->range, p, "range_deg");
    return status ? status : read_angles(g, p);
}

static int read_vectors(ptm_io_geometry *g, const ptm_json_part *p)
{
    bool parallel = false;
    if (!json_object_get(p->object, "parallel")) return ptm_json_expected(p, "parallel", NULL, "true or false");
    const int status = ptm_json_flag(&parallel, p, "parallel");
    g->beam = parallel ? PTM_IO_PARALLEL : PTM_IO_CONE;
    return status ? status : ptm_json_vectors(g, p, "views", 12);
}

static int read_matrices(ptm_io_geometry *g, const ptm_json_part *p)
{
    int status = ptm_json_number(&g->pitch, p, "pitch");
    if (!status) status = ptm_json_number(&g->sdd, p, "sdd");
    return status ? status : ptm_json_matrices(g, p, "views", json_object_get(p->object, "views"));
}

/* One of the three. */
static int read_scan(ptm_io_geometry *g, const ptm_json_part *file)
{
    static const char *const names[] = { "circular", "vectors", "matrices" };
    static const char *const keys[] = { "beam sod sdd axis_offset angles_deg start_deg range_deg count", "parallel views",
        "pitch sdd views" };
    static int (*const readers[])(
        ptm_io_geometry *, const ptm_json_part *) = { read_circular, read_vectors, read_matrices };
    ptm_json_part p, found = { 0 };
    for (int kind = PTM_IO_CIRCULAR; kind <= PTM_IO_MATRICES; kind++) {
        int status = ptm_json_open(&p, file, names[kind], keys[kind]);
        if (status) return status;
        if (p.object && found.object)
            return ptm_error_set(
                PTM_ERROR_IO, "%s: has both %s and %s, expected one of them", file->path, found.name, p.name);
        if (!p.object) continue;
        found = p;
        g->kind = (ptm_io_views)kind;
    }
    if (!found.object) return ptm_json_expected(file, "circular", NULL, "it, vectors or matrices");
    return readers[g->kind](g, &found);
}

int ptm_json_polytome(ptm_io_geometry *g, const ptm_json_part *file)
{
    const json_t *format = json_object_get(file->object, "format"), *version = json_object_get(file->object, "version");
    if (!json_is_string(format) || strcmp(json_string_value(format), PTM_JSON_FORMAT))
        return ptm_json_expected(file, "format", format, "\"" PTM_JSON_FORMAT "\"");
    if (!ptm_json_is_count(version, 1 << 30)) return ptm_json_expected(file, "version", version, "1");
    if (json_integer_value(version) != 1)
        return ptm_error_set(PTM_ERROR_UNSUPPORTED, "%s: version is %lld, this version of the library reads 1", file->path,
            (long long)json_integer_value(version));
    int status = ptm_json_check_keys(file, "format version comment volume detector circular vectors matrices");
    if (!status) status = read_scan(g, file);
    if (!status) status = read_volume(&g->volume, file);
    return status ? status : read_detector(&g->detector, file, g->kind);
}
