/* json_astra.c - ASTRA's projection geometries, its dicts written as JSON. Their circles and vectors are those of
 * docs/conventions.md; lengths are taken as millimetres. W. van Aarle and others, Fast and flexible X-ray tomography
 * using the ASTRA toolbox, Optics Express 24, 2016. */
#include "json.h"

#include <string.h>

typedef struct astra_type {
    const char *name;
    ptm_io_beam beam;
    bool plane, vectors;
    const char *keys;
} astra_type;

static const astra_type types[] = {
    { "parallel", PTM_IO_PARALLEL, true, false, "type DetectorWidth DetectorCount ProjectionAngles" },
    { "parallel_vec", PTM_IO_PARALLEL, true, true, "type DetectorCount Vectors" },
    { "fanflat", PTM_IO_FAN, true, false,
        "type DetectorWidth DetectorCount ProjectionAngles DistanceOriginSource DistanceOriginDetector" },
    { "fanflat_vec", PTM_IO_CONE, true, true, "type DetectorCount Vectors" },
    { "parallel3d", PTM_IO_PARALLEL, false, false,
        "type DetectorSpacingX DetectorSpacingY DetectorRowCount DetectorColCount ProjectionAngles" },
    { "parallel3d_vec", PTM_IO_PARALLEL, false, true, "type DetectorRowCount DetectorColCount Vectors" },
    { "cone", PTM_IO_CONE, false, false,
        "type DetectorSpacingX DetectorSpacingY DetectorRowCount DetectorColCount ProjectionAngles DistanceOriginSource "
        "DistanceOriginDetector" },
    { "cone_vec", PTM_IO_CONE, false, true, "type DetectorRowCount DetectorColCount Vectors" },
};
#define TYPES (sizeof types / sizeof *types)

static int type_of(const astra_type **type, const ptm_json_part *file)
{
    const json_t *value = json_object_get(file->object, "type");
    for (size_t i = 0; json_is_string(value) && i < TYPES; i++)
        if (!strcmp(json_string_value(value), types[i].name)) {
            *type = &types[i];
            return ptm_json_check_keys(file, types[i].keys);
        }
    return ptm_json_expected(
        file, "type", value, "parallel, fanflat, parallel3d, cone, or one of these with _vec behind it");
}

static int get_count(int *to, const ptm_json_part *file, const char *key)
{
    const json_t *value = json_object_get(file->object, key);
    if (!ptm_json_is_count(value, PTM_MAX_LENGTH))
        return ptm_json_expected(file, key, value, "a whole number from 1 to " PTM_TEXT(PTM_MAX_LENGTH));
    *to = (int)json_integer_value(value);
    return PTM_OK;
}

static int get_length(double *to, const ptm_json_part *file, const char *key, bool zero)
{
    const json_t *value = json_object_get(file->object, key);
    *to = json_is_number(value) ? json_number_value(value) : -1;
    if (*to > 0 || (*to == 0 && zero)) return PTM_OK;
    return ptm_json_expected(file, key, value, zero ? "a number, 0 or more" : "a number above 0");
}

static int read_shape(ptm_detector *detector, const ptm_json_part *file, const astra_type *type)
{
    detector->shape[0] = 1;
    int status = type->plane ? PTM_OK : get_count(&detector->shape[0], file, "DetectorRowCount");
    return status ? status : get_count(&detector->shape[1], file, type->plane ? "DetectorCount" : "DetectorColCount");
}

/* A pixel in the plane is as high as it is wide. */
static int read_circle(ptm_io_geometry *g, const ptm_json_part *file, const astra_type *type)
{
    double back = 0;
    int status = get_length(&g->detector.spacing[0], file, type->plane ? "DetectorWidth" : "DetectorSpacingX", false);
    if (!status)
        status = get_length(&g->detector.spacing[1], file, type->plane ? "DetectorWidth" : "DetectorSpacingY", false);
    if (!status && type->beam != PTM_IO_PARALLEL) status = get_length(&g->sod, file, "DistanceOriginSource", false);
    if (!status && type->beam != PTM_IO_PARALLEL) status = get_length(&back, file, "DistanceOriginDetector", true);
    if (type->beam != PTM_IO_PARALLEL) g->sdd = g->sod + back;
    if (!status) status = ptm_json_list(&g->angles, &g->views, file, "ProjectionAngles");
    return status ? status : ptm_to_degrees(g->angles, g->views, file->path, "ProjectionAngles");
}

int ptm_json_astra(ptm_io_geometry *g, const ptm_json_part *file)
{
    const astra_type *type = NULL;
    int status = type_of(&type, file);
    if (!status) status = read_shape(&g->detector, file, type);
    if (status) return status;
    g->beam = type->beam;
    return type->vectors ? ptm_json_vectors(g, file, "Vectors", type->plane ? 6 : 12) : read_circle(g, file, type);
}
