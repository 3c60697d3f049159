/* skyscan.c - .log files of Bruker's SkyScan scanners, with the projections beside them.
 *
 * As TIGRE reads them (A. Biguri and others, TIGRE, Biomed. Phys. Eng. Express 2, 2016, and its BrukerDataLoader),
 * turned so that pictures stand upright: seen from the source they begin at the upper right, and CC is the object that
 * turns counter-clockwise seen from above, so that for it the source goes clockwise. Pixels are as large as is said of
 * them at the object, which is what NRecon goes by; the camera's own do not always fit its distance. */
#define _POSIX_C_SOURCE 200809L /* strncasecmp */
#include "key_value.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ACQUISITION "Acquisition"

typedef struct scanner {
    const ptm_key_values *file;
    double pixel; /* at the object, mm */
    double sod, sdd, step;
    double optical_axis; /* the row that the central ray meets, from the lowest one */
    double bits, white;
    int views, shape[2]; /* v, u */
} scanner;

static bool is_word(const char *text, const char *word)
{
    return strncasecmp(text, word, strlen(word)) == 0;
}

/* Scans that are not once round on a circle. */
static int check_kind(const scanner *s)
{
    const char *trajectory = ptm_key_text(s->file, ACQUISITION, "Scanning Trajectory");
    double positions = 1;
    if (*trajectory && !is_word(trajectory, "ROUND"))
        return ptm_key_expected(s->file, ACQUISITION, "Scanning Trajectory", PTM_ERROR_UNSUPPORTED, "ROUND");
    int status = ptm_key_number(&positions, s->file, ACQUISITION, "Number Of Horizontal Offset Positions", false);
    if (!status && positions != 1)
        status = ptm_key_expected(s->file, ACQUISITION, "Number Of Horizontal Offset Positions", PTM_ERROR_UNSUPPORTED,
            "1, since such projections are not put together here");
    return status;
}

static int read_numbers(scanner *s)
{
    int status = ptm_key_count(&s->shape[0], s->file, ACQUISITION, "Number of Rows", PTM_MAX_LENGTH);
    if (!status) status = ptm_key_count(&s->shape[1], s->file, ACQUISITION, "Number of Columns", PTM_MAX_LENGTH);
    if (!status) status = ptm_key_count(&s->views, s->file, ACQUISITION, "Number of Files", PTM_MAX_VIEWS);
    if (!status) status = ptm_key_length(&s->sod, s->file, ACQUISITION, "Object to Source (mm)");
    if (!status) status = ptm_key_length(&s->sdd, s->file, ACQUISITION, "Camera to Source (mm)");
    if (!status) status = ptm_key_length(&s->pixel, s->file, ACQUISITION, "Image Pixel Size (um)");
    if (!status && s->sdd < s->sod)
        status = ptm_key_expected(
            s->file, ACQUISITION, "Camera to Source (mm)", PTM_ERROR_IO, "at least Object to Source (mm)");
    if (!status) status = ptm_key_step(&s->step, s->file, ACQUISITION, "Rotation Step (deg)");
    if (!status && s->step < 0) /* which way it goes stands elsewhere */
        status = ptm_key_expected(s->file, ACQUISITION, "Rotation Step (deg)", PTM_ERROR_IO, "a number above 0");
    s->pixel *= 1e-3;
    s->optical_axis = 0.5 * (s->shape[0] - 1);
    return status ? status : ptm_key_number(&s->optical_axis, s->file, ACQUISITION, "Optical Axis (line)", false);
}

/* Corrected projections count as far as they have bits, or as far as the scanner says. */
static int read_white(scanner *s)
{
    const char *corrected = ptm_key_text(s->file, ACQUISITION, "Flat Field Correction");
    s->bits = 16;
    int status = ptm_key_number(&s->bits, s->file, ACQUISITION, "Depth (bits)", false);
    if (!status && s->bits != 8 && s->bits != 16)
        status = ptm_key_expected(s->file, ACQUISITION, "Depth (bits)", PTM_ERROR_UNSUPPORTED, "8 or 16");
    if (status || !is_word(corrected, "ON")) return status; /* the counts need flat fields */
    s->white = s->bits == 8 ? 255 : 65535;
    status = ptm_key_number(&s->white, s->file, ACQUISITION, "Reference Intensity", false);
    if (!status && !(s->white > 0))
        status = ptm_key_expected(s->file, ACQUISITION, "Reference Intensity", PTM_ERROR_IO, "a number above 0");
    return status;
}

/* +1 where the source goes counter-clockwise. */
static int read_sense(double *sense, const scanner *s)
{
    const char *direction = ptm_key_text(s->file, ACQUISITION, "Rotation Direction");
    *sense = is_word(direction, "CW") ? 1 : -1;
    if (!*direction || is_word(direction, "CC") || *sense > 0) return PTM_OK;
    return ptm_key_expected(s->file, ACQUISITION, "Rotation Direction", PTM_ERROR_IO, "CC or CW");
}

/* PREFIX and a number of so many digits, for a format of it or for its first one. */
static char *name_of(const scanner *s, const char *prefix, int digits, bool first)
{
    char name[1024];
    if (first) snprintf(name, sizeof name, "%.900s%0*d.tif", prefix, digits, 0);
    else snprintf(name, sizeof name, "%.900s%%0%dd.tif", prefix, digits);
    return ptm_key_beside(s->file, name);
}

static bool is_there(const scanner *s, const char *prefix, int digits)
{
    uint64_t bytes;
    char *first = name_of(s, prefix, digits, true);
    const bool there = first && ptm_io_file_size(&bytes, first) == PTM_OK;
    free(first);
    return there;
}

/* PREFIX0000.tif and so on; some scanners count with more digits, which the file says, though not always truly. */
static int find_projections(ptm_io_geometry *g, const scanner *s)
{
    const char *prefix = ptm_key_text(s->file, ACQUISITION, "Filename Prefix");
    double said = 4;
    if (!*prefix || strpbrk(prefix, "/%*?")) return PTM_OK;
    const int status = ptm_key_number(&said, s->file, ACQUISITION, "Filename Index Length", false);
    int digits = said >= 1 && said <= 9 ? (int)said : 4;
    if (!is_there(s, prefix, digits) && is_there(s, prefix, 4)) digits = 4;
    if (!status && !(g->projections = name_of(s, prefix, digits, false))) return PTM_ERROR_MEMORY;
    return status;
}

static int make_circle(ptm_io_geometry *g, const scanner *s, double sense)
{
    g->beam = PTM_IO_CONE;
    g->views = s->views;
    g->sod = s->sod;
    g->sdd = s->sdd;
    g->white = s->white;
    g->detector = (ptm_detector) { .shape = { s->shape[0], s->shape[1] }, .flip_u = true, .flip_v = true };
    for (int i = 0; i < 2; i++) g->detector.spacing[i] = s->pixel * s->sdd / s->sod;
    g->detector.offset[1] = (0.5 * (s->shape[0] - 1) - s->optical_axis) * g->detector.spacing[1];
    if (!(g->angles = ptm_io_alloc((uint64_t)s->views, sizeof *g->angles))) return PTM_ERROR_MEMORY;
    for (int i = 0; i < s->views; i++) g->angles[i] = 0 + sense * i * s->step; /* not -0 */
    return PTM_OK;
}

int ptm_read_skyscan(ptm_io_geometry *g, const ptm_geometry_text *file)
{
    ptm_key_values *values;
    double sense = 1;
    int status = ptm_key_values_read(&values, file, '=');
    if (status) return status;
    scanner s = { .file = values };
    status = check_kind(&s);
    if (!status) status = read_numbers(&s);
    if (!status) status = read_white(&s);
    if (!status) status = read_sense(&sense, &s);
    if (!status) status = make_circle(g, &s, sense);
    if (!status) status = find_projections(g, &s);
    free(values);
    return status;
}
