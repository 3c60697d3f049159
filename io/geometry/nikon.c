/* nikon.c - Nikon's and X-Tek's .xtekct files, with the projections beside them.
 *
 * As the Core Imaging Library reads them (J. Jørgensen and others, Core Imaging Library, Phil. Trans. R. Soc. A 379,
 * 2021, and its NikonDataReader): seen from the source, pictures begin at the upper right; the object turns clockwise
 * seen from above, so that for it the source goes the other way; the axis is where the offsets say, at -ObjectOffsetX
 * along u. */
#include "key_value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECTION "XTekCT"
#define FIRST_ANGLE (-180) /* the source's where the turntable's is 0 */

typedef struct scanner {
    const ptm_key_values *file;
    double pixel[2], size[2];
    double sod, sdd;
    double initial, step;
    double offset, roll, tilt; /* of the axis: mm at the axis along -u; degrees */
    int views, shape[2];       /* v, u */
    double white;
} scanner;

static int number(double *to, const scanner *s, const char *key)
{
    return ptm_key_number(to, s->file, SECTION, key, false);
}

static int read_detector(scanner *s)
{
    double offset[2] = { 0, 0 };
    int status = ptm_key_count(&s->shape[1], s->file, SECTION, "DetectorPixelsX", PTM_MAX_LENGTH);
    if (!status) status = ptm_key_count(&s->shape[0], s->file, SECTION, "DetectorPixelsY", PTM_MAX_LENGTH);
    if (!status) status = ptm_key_length(&s->pixel[0], s->file, SECTION, "DetectorPixelSizeX");
    if (!status) status = ptm_key_length(&s->pixel[1], s->file, SECTION, "DetectorPixelSizeY");
    if (!status) status = number(&offset[0], s, "DetectorOffsetX");
    if (!status) status = number(&offset[1], s, "DetectorOffsetY");
    for (int i = 0; i < 2 && !status; i++)
        if (offset[i] != 0)
            status = ptm_key_expected(s->file, SECTION, i ? "DetectorOffsetY" : "DetectorOffsetX", PTM_ERROR_UNSUPPORTED,
                "0, since the sense of such a shift is not published");
    return status;
}

/* New files have the axis' place in mm at the object and its slope in degrees; old ones where its shadow is at the
 * detector's top and bottom, in mm. */
static int read_axis(scanner *s)
{
    double top = 0, bottom = 0;
    int status = number(&top, s, "CentreOfRotationTop");
    if (!status) status = number(&bottom, s, "CentreOfRotationBottom");
    s->offset = 0.5 * (top + bottom) * s->sod / s->sdd;
    s->roll = -atan2(top - bottom, s->shape[0] * s->pixel[1]) * PTM_GEOMETRY_DEGREES;
    if (!status) status = number(&s->offset, s, "ObjectOffsetX");
    if (!status) status = number(&s->roll, s, "ObjectRoll");
    return status ? status : number(&s->tilt, s, "ObjectTilt");
}

static int read_numbers(scanner *s)
{
    int status = ptm_key_length(&s->sod, s->file, SECTION, "SrcToObject");
    if (!status) status = ptm_key_length(&s->sdd, s->file, SECTION, "SrcToDetector");
    if (!status && s->sdd < s->sod)
        status = ptm_key_expected(s->file, SECTION, "SrcToDetector", PTM_ERROR_IO, "at least SrcToObject");
    if (!status) status = ptm_key_count(&s->views, s->file, SECTION, "Projections", PTM_MAX_VIEWS);
    if (!status) status = ptm_key_step(&s->step, s->file, SECTION, "AngularStep");
    if (!status) status = number(&s->initial, s, "InitialAngle");
    if (!status) status = ptm_key_length(&s->white, s->file, SECTION, "WhiteLevel");
    if (!status) status = read_detector(s);
    return status ? status : read_axis(s);
}

/* ------------------------------------------------------------------ the scan */

static int make_circle(ptm_io_geometry *g, const scanner *s)
{
    g->beam = PTM_IO_CONE;
    g->sod = s->sod;
    g->sdd = s->sdd;
    g->axis_offset = 0 - s->offset; /* not -0 */
    for (int i = 0; i < 2; i++) g->detector.spacing[i] = s->pixel[i];
    g->detector.flip_u = g->detector.flip_v = true;
    if (!(g->angles = ptm_io_alloc((uint64_t)s->views, sizeof *g->angles))) return PTM_ERROR_MEMORY;
    for (int i = 0; i < s->views; i++) g->angles[i] = s->initial + i * s->step + FIRST_ANGLE;
    return PTM_OK;
}

/* From the scanner's directions, x as u, y along the beam, z up, to the object's, whose z is the axis: turned back by
 * tilt (about x) and roll (about y), and by the view's angle about the axis. */
static void to_object(double to[3], const double from[3], const scanner *s, double angle)
{
    const double t = s->tilt / PTM_GEOMETRY_DEGREES, r = s->roll / PTM_GEOMETRY_DEGREES, a = angle / PTM_GEOMETRY_DEGREES;
    const double y = cos(t) * from[1] - sin(t) * from[2], z = sin(t) * from[1] + cos(t) * from[2];
    const double x = cos(r) * from[0] - sin(r) * z;
    to[0] = cos(a) * x - sin(a) * y;
    to[1] = sin(a) * x + cos(a) * y;
    to[2] = sin(r) * from[0] + cos(r) * z;
}

/* An axis that leans: views one by one, of the grid that fits the detector. */
static int make_vectors(ptm_io_geometry *g, const scanner *s)
{
    const double source[3] = { s->offset, -s->sod, 0 }, detector[3] = { s->offset, s->sdd - s->sod, 0 };
    const double u[3] = { -s->pixel[0], 0, 0 }, v[3] = { 0, 0, -s->pixel[1] }, voxel = s->sod / s->sdd;
    g->kind = PTM_IO_VECTORS;
    g->beam = PTM_IO_CONE;
    g->volume = (ptm_volume) { .shape = { s->shape[0], s->shape[1], s->shape[1] },
        .spacing = { s->pixel[0] * voxel, s->pixel[0] * voxel, s->pixel[1] * voxel } };
    if (!(g->vectors = ptm_io_alloc((uint64_t)s->views, sizeof *g->vectors))) return PTM_ERROR_MEMORY;
    for (int i = 0; i < s->views; i++) {
        const double angle = s->initial + i * s->step + FIRST_ANGLE;
        to_object(g->vectors[i].source, source, s, angle);
        to_object(g->vectors[i].detector, detector, s, angle);
        to_object(g->vectors[i].u, u, s, angle);
        to_object(g->vectors[i].v, v, s, angle);
    }
    return PTM_OK;
}

/* ------------------------------------------------------------------ the projections */

/* NAME_0001.tif and so on, in the folder that the file names, if it is there, or beside the file. */
static int find_projections(ptm_io_geometry *g, const scanner *s)
{
    const char *name = ptm_key_text(s->file, SECTION, "Name"), *folder = ptm_key_text(s->file, SECTION, "InputFolderName");
    const char *separator = ptm_key_text(s->file, SECTION, "InputSeparator");
    char text[1024];
    if (!*name || strpbrk(name, "/%*?")) return PTM_OK;
    char *inside = *folder ? ptm_key_beside(s->file, folder) : NULL;
    if (*folder && !inside) return PTM_ERROR_MEMORY;
    const bool there = inside && *folder != '/' && !strpbrk(folder, "%*?") && ptm_io_is_stack(inside);
    free(inside);
    const int length = snprintf(
        text, sizeof text, "%s%s%s%s%%04d.tif", there ? folder : "", there ? "/" : "", name, *separator ? separator : "_");
    if (length >= (int)sizeof text) return PTM_OK;
    g->projections = ptm_key_beside(s->file, text);
    return g->projections ? PTM_OK : PTM_ERROR_MEMORY;
}

int ptm_read_nikon(ptm_io_geometry *g, const ptm_geometry_text *file)
{
    ptm_key_values *values;
    int status = ptm_key_values_read(&values, file, '=');
    if (status) return status;
    scanner s = { .file = values };
    status = read_numbers(&s);
    g->views = s.views;
    memcpy(g->detector.shape, s.shape, sizeof s.shape);
    g->white = s.white;
    if (!status) status = s.roll == 0 && s.tilt == 0 ? make_circle(g, &s) : make_vectors(g, &s);
    if (!status) status = find_projections(g, &s);
    free(values);
    return status;
}
