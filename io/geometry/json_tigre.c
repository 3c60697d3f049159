/* json_tigre.c - TIGRE's geometries: the members of its Python class, written as JSON. A. Biguri and others, TIGRE: a
 * MATLAB-GPU toolbox for CBCT image reconstruction, Biomed. Phys. Eng. Express 2, 2016; signs and orders are those of
 * its projector.
 *
 * At angle 0 TIGRE's source is at +x, here at -y: its angles are 90 degrees less. Lists are in the order v, u or z, y,
 * x. */
#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KEYS                                                                                                               \
    "mode DSD DSO nDetector dDetector sDetector nVoxel dVoxel sVoxel offOrigin offDetector COR rotDetector angles n_proj " \
    "accuracy filter"

enum { DSD, DSO, OFF_DETECTOR, OFF_ORIGIN, COR, ROT_DETECTOR, SERIES };

/* One thing for all views, or one for each. */
typedef struct series {
    bool each;
    double *values; /* NULL: zeros */
} series;

static const struct {
    const char *key;
    int width;
} kinds[SERIES] = { { "DSD", 1 }, { "DSO", 1 }, { "offDetector", 2 }, { "offOrigin", 3 }, { "COR", 1 },
    { "rotDetector", 3 } };

typedef struct tigre {
    const ptm_json_part *file;
    bool parallel;
    int views;
    double (*angles)[3]; /* alpha, theta, psi: about z, then y, then z; radians */
    series s[SERIES];
} tigre;

static const double *at_view(const tigre *t, int which, int view)
{
    static const double zeros[3] = { 0, 0, 0 };
    const series *s = &t->s[which];
    return s->values ? s->values + (s->each ? (size_t)view * (size_t)kinds[which].width : 0) : zeros;
}

/* ------------------------------------------------------------------ reading */

/* The numbers in a value, in order; how many, or -1 where there is something else or too much. */
static int64_t flatten(double *to, int64_t room, const json_t *value)
{
    if (json_is_number(value) && room > 0) *to = json_number_value(value);
    if (!json_is_array(value)) return json_is_number(value) && room > 0 ? 1 : -1;
    int64_t count = 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        const int64_t more = flatten(to + count, room - count, json_array_get(value, i));
        if (more < 0) return -1;
        count += more;
    }
    return count;
}

static int read_series(tigre *t, int which)
{
    const json_t *value = ptm_json_member(t->file, kinds[which].key);
    const int width = kinds[which].width;
    const int64_t all = (int64_t)width * t->views;
    series *s = &t->s[which];
    char what[80];
    if (!value) return PTM_OK;
    if (!(s->values = ptm_io_alloc((uint64_t)all, sizeof *s->values))) return PTM_ERROR_MEMORY;
    const int64_t count = flatten(s->values, all, value);
    s->each = count == all && count != width;
    if (count == width || (s->each && json_array_size(value) == (size_t)t->views)) return PTM_OK;
    snprintf(what, sizeof what, "%d number%s, or as many for each of %d views", width, width > 1 ? "s" : "", t->views);
    return ptm_json_expected(t->file, kinds[which].key, value, what);
}

/* One angle for each view, or three. */
static int read_angles(tigre *t)
{
    const json_t *value = ptm_json_member(t->file, "angles");
    const size_t views = json_array_size(value);
    double *numbers = NULL;
    if (views < 1 || views > PTM_MAX_VIEWS)
        return ptm_json_expected(t->file, "angles", value, "an array of 1 to " PTM_TEXT(PTM_MAX_VIEWS) " numbers");
    t->views = (int)views;
    if (!(t->angles = ptm_io_alloc(views, sizeof *t->angles)) || !(numbers = ptm_io_alloc(views, 3 * sizeof *numbers)))
        return PTM_ERROR_MEMORY;
    const int64_t count = flatten(numbers, 3 * t->views, value);
    const int width = count == 3 * t->views ? 3 : 1;
    for (int i = 0; i < t->views; i++) memcpy(t->angles[i], numbers + width * i, (size_t)width * sizeof *numbers);
    for (int i = 0; i < t->views; i++) numbers[i] = t->angles[i][0];
    int status = PTM_OK;
    if (count != width * t->views)
        status = ptm_json_expected(t->file, "angles", value, "one number for each view, or three");
    if (!status) status = ptm_to_degrees(numbers, t->views, t->file->path, "angles");
    free(numbers);
    return status;
}

static int read_mode(tigre *t)
{
    const json_t *value = ptm_json_member(t->file, "mode");
    const char *mode = json_string_value(value);
    t->parallel = mode && !strcmp(mode, "parallel");
    if (!value || t->parallel || (mode && !strcmp(mode, "cone"))) return PTM_OK;
    return ptm_json_expected(t->file, "mode", value, "\"cone\" or \"parallel\"");
}

static int check_distances(const tigre *t)
{
    for (int which = DSD; which <= DSO && !t->parallel; which++)
        for (int i = 0; i < t->views; i++)
            if (!(*at_view(t, which, i) > 0))
                return ptm_json_expected(
                    t->file, kinds[which].key, ptm_json_member(t->file, kinds[which].key), "a number above 0");
    for (int i = 0; i < 3 * t->views && t->parallel; i++)
        if (at_view(t, ROT_DETECTOR, i / 3)[i % 3] != 0)
            return ptm_error_set(PTM_ERROR_UNSUPPORTED,
                "%s: rotDetector is not 0; of parallel beams it is not published which way rays "
                "then go",
                t->file->path);
    return PTM_OK;
}

static int read_file(tigre *t, ptm_io_geometry *g)
{
    static const char *const pixels[3] = { "nDetector", "dDetector", "sDetector" };
    static const char *const voxels[3] = { "nVoxel", "dVoxel", "sVoxel" };
    int status = ptm_json_check_keys(t->file, KEYS);
    if (!status) status = read_mode(t);
    if (!status) status = read_angles(t);
    if (!status) status = ptm_json_grid(g->detector.shape, g->detector.spacing, t->file, pixels, 2);
    if (!status && (ptm_json_member(t->file, voxels[0]) || ptm_json_member(t->file, voxels[1]) ||
        ptm_json_member(t->file, voxels[2])))
        status = ptm_json_grid(g->volume.shape, g->volume.spacing, t->file, voxels, 3);
    for (int i = 0; i < SERIES && !status; i++) status = read_series(t, i);
    return status ? status : check_distances(t);
}

/* ------------------------------------------------------------------ the scan */

/* Nothing changes but the angle, and nothing is tilted. */
static bool is_circle(const tigre *t)
{
    for (int i = 0; i < t->views; i++) {
        if (t->angles[i][1] != 0 || t->angles[i][2] != 0) return false;
        for (int which = 0; which < SERIES; which++)
            if (memcmp(at_view(t, which, i), at_view(t, which, 0), (size_t)kinds[which].width * sizeof(double)))
                return false;
    }
    const double *turn = at_view(t, ROT_DETECTOR, 0);
    return turn[0] == 0 && turn[1] == 0 && turn[2] == 0;
}

static int make_circle(ptm_io_geometry *g, const tigre *t)
{
    const double *offset = at_view(t, OFF_DETECTOR, 0), cor = *at_view(t, COR, 0);
    g->sod = t->parallel ? 0 : *at_view(t, DSO, 0);
    g->sdd = t->parallel ? 0 : *at_view(t, DSD, 0);
    g->axis_offset = cor == 0 ? 0 : -cor;
    g->detector.offset[0] = offset[1];
    g->detector.offset[1] = offset[0];
    if (!(g->angles = ptm_io_alloc((uint64_t)t->views, sizeof *g->angles))) return PTM_ERROR_MEMORY;
    for (int i = 0; i < t->views; i++) g->angles[i] = t->angles[i][0] * PTM_GEOMETRY_DEGREES + 90;
    return PTM_OK;
}

/* Turns about x (axis 0), y or z, counter-clockwise as seen from its end. */
static void turn(double p[3], int axis, double angle)
{
    double *a = &p[(axis + 1) % 3], *b = &p[(axis + 2) % 3], before = *a;
    *a = cos(angle) * before - sin(angle) * *b;
    *b = sin(angle) * before + cos(angle) * *b;
}

/* From the frame that goes round, x towards the source, y as u and z as v. */
static void to_world(double p[3], const double angles[3])
{
    turn(p, 2, angles[2]);
    turn(p, 1, angles[1]);
    turn(p, 2, angles[0]);
}

/* The detector's own turns are about x, then y, then z, in radians. */
static void make_view(ptm_view *view, const ptm_io_geometry *g, const tigre *t, int index)
{
    const double *angles = t->angles[index], *offset = at_view(t, OFF_DETECTOR, index),
                 *own = at_view(t, ROT_DETECTOR, index);
    const double *origin = at_view(t, OFF_ORIGIN, index), cor = *at_view(t, COR, index);
    const double sod = *at_view(t, DSO, index), back = *at_view(t, DSD, index) - sod;
    *view = (ptm_view) { { t->parallel ? -1 : sod, 0, 0 }, { -back, offset[1], offset[0] },
        { 0, g->detector.spacing[0], 0 }, { 0, 0, g->detector.spacing[1] } };
    for (int axis = 0; axis < 3; axis++) {
        turn(view->u, axis, own[axis]);
        turn(view->v, axis, own[axis]);
    }
    to_world(view->source, angles);
    to_world(view->detector, angles);
    to_world(view->u, angles);
    to_world(view->v, angles);
    const double shift[3] = { -cor * sin(angles[0]), cor * cos(angles[0]), 0 };
    for (int k = 0; k < 3; k++) { /* the volume's place, which may change, is seen as the opposite shift of all else */
        const double moved = shift[k] - (origin[2 - k] - g->volume.offset[k]);
        if (!t->parallel) view->source[k] += moved;
        view->detector[k] += moved;
    }
}

static int make_vectors(ptm_io_geometry *g, const tigre *t)
{
    g->kind = PTM_IO_VECTORS;
    if (!(g->vectors = ptm_io_alloc((uint64_t)t->views, sizeof *g->vectors))) return PTM_ERROR_MEMORY;
    for (int i = 0; i < t->views; i++) make_view(&g->vectors[i], g, t, i);
    memset(g->detector.spacing, 0, sizeof g->detector.spacing);
    return PTM_OK;
}

int ptm_json_tigre(ptm_io_geometry *g, const ptm_json_part *file)
{
    tigre t = { .file = file };
    int status = read_file(&t, g);
    g->beam = t.parallel ? PTM_IO_PARALLEL : PTM_IO_CONE;
    g->views = t.views;
    for (int k = 0; k < 3 && !status; k++) g->volume.offset[k] = at_view(&t, OFF_ORIGIN, 0)[2 - k];
    if (!status) status = is_circle(&t) ? make_circle(g, &t) : make_vectors(g, &t);
    for (int i = 0; i < SERIES; i++) free(t.s[i].values);
    free(t.angles);
    return status;
}
