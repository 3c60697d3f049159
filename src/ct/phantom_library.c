/* phantom_library.c - phantoms by name. */
#include "ct/phantom.h"

#include <stdlib.h>
#include <string.h>

#define DEGREE (3.14159265358979323846 / 180)

void ptm_shapes_add(ptm_shapes *shapes, const ptm_shape *shape)
{
    if (shapes->status) return;
    if (shapes->count == shapes->room) {
        const int room = shapes->room ? 2 * shapes->room : 64;
        ptm_shape *list = ptm_alloc((size_t)room, sizeof *list);
        if (!list) {
            shapes->status = PTM_ERROR_MEMORY;
            return;
        }
        if (shapes->count) memcpy(list, shapes->list, (size_t)shapes->count * sizeof *list);
        free(shapes->list);
        shapes->list = list;
        shapes->room = room;
    }
    shapes->list[shapes->count++] = *shape;
}

/* ------------------------------------------------------------------ Shepp and Logan */

/* L. A. Shepp, B. F. Logan, The Fourier Reconstruction of a Head Section, IEEE Trans. Nucl. Sci. 21, 1974; the second
 * value, with more contrast, after P. Toft, The Radon Transform, 1996, table B.3; third axes and heights after M.
 * Schabel, 3D Shepp-Logan phantom, 2006. Value, half axes, centre, turn about z in degrees, value of Toft's. */
static const double shepp_logan[][9] = {
    { 2, 0.69, 0.92, 0.81, 0, 0, 0, 0, 1 },
    { -0.98, 0.6624, 0.874, 0.78, 0, -0.0184, 0, 0, -0.8 },
    { -0.02, 0.11, 0.31, 0.22, 0.22, 0, 0, -18, -0.2 },
    { -0.02, 0.16, 0.41, 0.28, -0.22, 0, 0, 18, -0.2 },
    { 0.01, 0.21, 0.25, 0.41, 0, 0.35, -0.15, 0, 0.1 },
    { 0.01, 0.046, 0.046, 0.05, 0, 0.1, 0.25, 0, 0.1 },
    { 0.01, 0.046, 0.046, 0.05, 0, -0.1, 0.25, 0, 0.1 },
    { 0.01, 0.046, 0.023, 0.05, -0.08, -0.605, 0, 0, 0.1 },
    { 0.01, 0.023, 0.023, 0.02, 0, -0.606, 0, 0, 0.1 },
    { 0.01, 0.023, 0.046, 0.02, 0.06, -0.605, 0, 0, 0.1 } };

static void add_shepp_logan(ptm_shapes *shapes, bool modified, bool flat)
{
    for (size_t i = 0; i < sizeof shepp_logan / sizeof *shepp_logan; ++i) {
        const double *e = shepp_logan[i], angle = e[7] * DEGREE;
        ptm_shape s = { .type = flat ? PTM_SHAPE_CYLINDER : PTM_SHAPE_ELLIPSOID, .value = modified ? e[8] : e[0],
            .half_axes = { e[1], e[2], flat ? (double)INFINITY : e[3] }, .centre = { e[4], e[5], flat ? 0 : e[6] } };
        ptm_shape_turn(&s, (ptm_vec){ cos(angle), sin(angle), 0 }, (ptm_vec){ 0, 0, 1 });
        ptm_shapes_add(shapes, &s);
    }
}

static void modified_head(ptm_shapes *shapes, const ptm_phantom_options *o)
{
    (void)o;
    add_shepp_logan(shapes, true, false);
}
static void original_head(ptm_shapes *shapes, const ptm_phantom_options *o)
{
    (void)o;
    add_shepp_logan(shapes, false, false);
}
static void modified_slice(ptm_shapes *shapes, const ptm_phantom_options *o)
{
    (void)o;
    add_shepp_logan(shapes, true, true);
}
static void original_slice(ptm_shapes *shapes, const ptm_phantom_options *o)
{
    (void)o;
    add_shepp_logan(shapes, false, true);
}

/* ------------------------------------------------------------------ simple objects */

/* Discs at one distance, as thick as the gaps between them, after M. Defrise: what lies between the discs a cone beam on
 * a circle does not see from the side. */
static void discs(ptm_shapes *shapes, const ptm_phantom_options *o)
{
    const int count = o->count ? o->count : 7;
    const double pitch = 1.8 / count;
    for (int i = 0; i < count; ++i)
        ptm_shapes_add(shapes, &(ptm_shape){ .value = 1, .half_axes = { 0.8, 0.8, pitch / 4 },
            .centre = { 0, 0, (i - 0.5 * (count - 1)) * pitch } });
}

/* tomosipo's: from 20 to 80 percent of the cube, empty from 40 to 60. */
static void hollow_box(ptm_shapes *shapes, const ptm_phantom_options *o)
{
    (void)o;
    ptm_shapes_add(shapes, &(ptm_shape){ .type = PTM_SHAPE_BOX, .value = 1, .half_axes = { 0.6, 0.6, 0.6 } });
    ptm_shapes_add(shapes, &(ptm_shape){ .type = PTM_SHAPE_BOX, .replaces = true, .half_axes = { 0.2, 0.2, 0.2 } });
}

static void cylinder(ptm_shapes *shapes, const ptm_phantom_options *o)
{
    (void)o;
    ptm_shapes_add(shapes, &(ptm_shape){ .type = PTM_SHAPE_CYLINDER, .value = 1, .half_axes = { 0.8, 0.8, 0.8 } });
}

/* ------------------------------------------------------------------ names */

typedef struct named {
    const char *name;
    double half_edge; /* of its cube, in its own units */
    double radius;    /* the same in mm, where the options do not say */
    void (*make)(ptm_shapes *shapes, const ptm_phantom_options *o);
} named;

static const named library[] = {
    { "shepp-logan", 1, 100, modified_head },
    { "shepp-logan-original", 1, 100, original_head },
    { "shepp-logan-2d", 1, 100, modified_slice },
    { "shepp-logan-2d-original", 1, 100, original_slice },
    { "forbild-head", 12.8, 128, ptm_forbild_head },
    { "forbild-head-2d", 12.8, 128, ptm_forbild_head_2d },
    { "forbild-thorax", 25, 250, ptm_forbild_thorax },
    { "defrise", 1, 100, discs },
    { "hollow-box", 1, 100, hollow_box },
    { "cylinder", 1, 100, cylinder },
    { "gaussians", 1, 100, ptm_random_gaussians },
    { "random", 1, 100, ptm_random_scene },
    { "foam", 1, 100, ptm_random_foam } };

#define NAMES ((int)(sizeof library / sizeof *library))

const char *ptm_phantom_name(int index)
{
    return index >= 0 && index < NAMES ? library[index].name : NULL;
}

static void scale(ptm_shapes *shapes, double length, double value)
{
    for (int i = 0; i < shapes->count; ++i) {
        ptm_shape *s = &shapes->list[i];
        s->value *= value;
        for (int k = 0; k < 3; ++k) {
            s->centre[k] *= length;
            s->half_axes[k] *= length;
        }
        for (int k = 0; k < s->plane_count; ++k) s->planes[k].distance *= length;
    }
}

static int check_options(ptm_phantom_options *o, const ptm_phantom_options *options)
{
    const int status = ptm_copy_sized(o, sizeof *o, options, "ptm_phantom_options");
    if (status) return status;
    if (!(o->radius >= 0 && isfinite(o->radius)))
        return ptm_fail(PTM_ERROR_ARGUMENT, "radius is %g mm, expected more than 0", o->radius);
    if (!(fabs(o->attenuation) <= 1e30)) /* in float32 values are finite then */
        return ptm_fail(PTM_ERROR_ARGUMENT, "attenuation is %g, expected -1e30 to 1e30", o->attenuation);
    if (o->count < 0 || o->count > 10000) return ptm_fail(PTM_ERROR_ARGUMENT, "count is %d, expected 0 to 10000", o->count);
    return PTM_OK;
}

int ptm_phantom_create_named(ptm_phantom **out, const char *name, const ptm_phantom_options *options)
{
    if (out) *out = NULL;
    if (!out || !name) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "name" : "out");
    ptm_phantom_options o;
    int status = check_options(&o, options), i = 0;
    if (status) return status;
    while (i < NAMES && strcmp(library[i].name, name) != 0) i++;
    if (i == NAMES)
        return ptm_fail(PTM_ERROR_NOT_FOUND, "no phantom \"%s\", expected shepp-logan, forbild-head, foam, ...", name);
    ptm_shapes shapes = { NULL, 0, 0, PTM_OK };
    library[i].make(&shapes, &o);
    status = shapes.status;
    const double radius = o.radius > 0 ? o.radius : library[i].radius;
    scale(&shapes, radius / library[i].half_edge, o.attenuation != 0 ? o.attenuation : 1);
    if (!status) status = ptm_phantom_create(out, shapes.list, shapes.count);
    free(shapes.list);
    return status;
}
