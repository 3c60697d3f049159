/* json_pyronn.c - geometries of PYRO-NN, as its Geometry.to_json() writes them. C. Syben and others, PYRO-NN: Python
 * reconstruction operators in neural networks, Med. Phys. 46, 2019; senses are those of its projectors.
 *
 * Lists are in the order z, y, x or v, u; origins are where the first voxel and pixel are. In space the trajectory is 3 x 4
 * matrices from mm to pixel indices, in the plane the direction of each view's central ray, of which u is 90 degrees
 * counter-clockwise. */
#include "json.h"

#include <math.h>
#include <string.h>

#define KEYS                                                                                                               \
    "volume_shape volume_spacing volume_origin detector_shape detector_spacing detector_origin number_of_projections "     \
    "angular_range trajectory source_detector_distance source_isocenter_distance projection_multiplier step_size "         \
    "swap_detector_axis sinogram_shape fan_angle cone_angle"
#define SAME 1e-3 /* relative; what PYRO-NN works out in float32 is good for */

/* Where an axis has its middle, from where it begins; without an origin it is 0. */
static int read_middles(double *to, const ptm_json_part *file, const char *key, const int *shape, const double *spacing,
    int axes)
{
    double origin[3] = { 0, 0, 0 };
    if (!ptm_json_member(file, key)) return PTM_OK;
    const int status = ptm_json_numbers(origin, file, key, (size_t)axes);
    for (int i = 0; i < axes && !status; i++) {
        const double half = 0.5 * (shape[i] - 1) * spacing[axes - 1 - i], middle = origin[i] + half;
        to[axes - 1 - i] = fabs(middle) <= 1e-6 * half ? 0 : middle; /* that of float32 */
    }
    return status;
}

static int read_volume(ptm_volume *volume, const ptm_json_part *file, bool plane)
{
    static const char *const keys[3] = { "volume_shape", "volume_spacing", "" };
    const int axes = plane ? 2 : 3;
    if (!ptm_json_member(file, keys[0])) return PTM_OK;
    volume->shape[0] = 1;
    volume->spacing[2] = 1;
    int *shape = volume->shape + 3 - axes;
    const int status = ptm_json_grid(shape, volume->spacing, file, keys, axes);
    return status ? status : read_middles(volume->offset, file, "volume_origin", shape, volume->spacing, axes);
}

static int read_distance(double *to, const ptm_json_part *file, const char *key)
{
    const json_t *value = ptm_json_member(file, key);
    *to = json_number_value(value);
    if (!value || (json_is_number(value) && *to >= 0)) return PTM_OK;
    return ptm_json_expected(file, key, value, "a number, 0 or more");
}

/* A trajectory in other units, of voxels for example, has the detector elsewhere than the file says. */
static int check_distance(const ptm_io_geometry *g, const ptm_json_part *file, double sdd)
{
    bool parallel;
    ptm_view view;
    int status = ptm_view_from_matrix(&view, &parallel, &g->matrices[0], g->detector.shape, g->volume.offset, g->pitch, 0);
    if (status) return ptm_error_set(PTM_ERROR_IO, "%s: trajectory[0] is no projection matrix", file->path);
    double volume = 0, area = 0;
    for (int k = 0; k < 3; k++) {
        const int a = (k + 1) % 3, b = (k + 2) % 3;
        const double normal = view.u[a] * view.v[b] - view.u[b] * view.v[a];
        volume += normal * (view.source[k] - view.detector[k]);
        area += normal * normal;
    }
    const double away = fabs(volume) / sqrt(area);
    if (parallel || sdd == 0 || fabs(away - sdd) <= SAME * sdd) return PTM_OK;
    return ptm_error_set(PTM_ERROR_UNSUPPORTED,
        "%s: trajectory[0] has the detector %g mm from the source, but source_detector_distance is %g; expected matrices "
        "from millimetres", file->path, away, sdd);
}

static int read_matrices(ptm_io_geometry *g, const ptm_json_part *file, double sdd, const double spacing[2])
{
    int status = ptm_json_matrices(g, file, "trajectory", ptm_json_member(file, "trajectory"));
    g->pitch = spacing[0];
    return status ? status : check_distance(g, file, sdd);
}

/* Of a ray's direction in the plane. */
static bool make_view(ptm_view *view, const json_t *row, double sod, double sdd, double spacing, double middle)
{
    const double x = json_number_value(json_array_get(row, 0)), y = json_number_value(json_array_get(row, 1));
    const double back = sdd - sod;
    if (json_array_size(row) != 2 || !(fabs(hypot(x, y) - 1) <= SAME)) return false;
    *view = (ptm_view) { { -sod * x, -sod * y, 0 }, { back * x - middle * y, back * y + middle * x, 0 },
        { -spacing * y, spacing * x, 0 }, { 0, 0, spacing } };
    if (sdd == 0) view->source[0] = x, view->source[1] = y;
    return true;
}

static int read_rays(ptm_io_geometry *g, const ptm_json_part *file, double sod, double sdd, const double spacing[2])
{
    const json_t *list = ptm_json_member(file, "trajectory");
    double middle = 0;
    g->kind = PTM_IO_VECTORS;
    g->beam = sdd == 0 ? PTM_IO_PARALLEL : PTM_IO_CONE;
    g->views = (int)json_array_size(list);
    int status = read_middles(&middle, file, "detector_origin", g->detector.shape + 1, spacing, 1);
    if (status) return status;
    if (!(g->vectors = ptm_io_alloc((uint64_t)g->views, sizeof *g->vectors))) return PTM_ERROR_MEMORY;
    for (int i = 0; i < g->views; i++)
        if (!make_view(&g->vectors[i], json_array_get(list, (size_t)i), sod, sdd, spacing[0], middle))
            return ptm_error_set(PTM_ERROR_IO, "%s: trajectory[%d] is not an array of 2 numbers, a direction of length 1",
                file->path, i);
    return PTM_OK;
}

static int read_trajectory(ptm_io_geometry *g, const ptm_json_part *file, bool plane, const double spacing[2])
{
    double sod = 0, sdd = 0;
    int status = read_distance(&sdd, file, "source_detector_distance");
    if (!status) status = read_distance(&sod, file, "source_isocenter_distance");
    if (status) return status;
    if ((sod == 0) != (sdd == 0) && plane)
        return ptm_json_expected(file, sod == 0 ? "source_isocenter_distance" : "source_detector_distance", NULL,
            "a number above 0");
    return plane ? read_rays(g, file, sod, sdd, spacing) : read_matrices(g, file, sdd, spacing);
}

/* As many views as the file says. */
static int check_views(const ptm_json_part *file)
{
    const size_t views = json_array_size(ptm_json_member(file, "trajectory"));
    const json_t *count = ptm_json_member(file, "number_of_projections");
    if (views < 1 || views > PTM_MAX_VIEWS)
        return ptm_json_expected(file, "trajectory", json_object_get(file->object, "trajectory"),
            "an array of 1 to " PTM_TEXT(PTM_MAX_VIEWS) " views");
    if (!count || json_number_value(count) == (double)views) return PTM_OK;
    char what[40];
    snprintf(what, sizeof what, "%zu, as many as trajectory has", views);
    return ptm_json_expected(file, "number_of_projections", count, what);
}

int ptm_json_pyronn(ptm_io_geometry *g, const ptm_json_part *file)
{
    static const char *const keys[3] = { "detector_shape", "detector_spacing", "" };
    const bool plane = json_array_size(ptm_json_member(file, keys[0])) == 1;
    const int axes = plane ? 1 : 2;
    double spacing[2] = { 0, 0 };
    int status = ptm_json_check_keys(file, KEYS);
    if (!status) status = check_views(file);
    if (!status) status = ptm_json_grid(g->detector.shape + 2 - axes, spacing, file, keys, axes);
    if (plane) g->detector.shape[0] = 1;
    if (!status) status = read_volume(&g->volume, file, plane);
    return status ? status : read_trajectory(g, file, plane, spacing);
}
