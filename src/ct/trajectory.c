/* trajectory.c - scans along trajectories: a pose for each view, in which source and detector are placed as on a circle. */
#include <polytome/trajectory.h>

#include "ct/circle.h"
#include "ct/circular.h"

#include <math.h>

#define PI 3.14159265358979323846
#define GOLDEN 0.61803398874989484820 /* (sqrt(5) - 1) / 2 */
#define FARTHEST_START 1e6 /* radians */

/* Checked options, defaults filled in. `circle` is what they say of beam and detector; turning clockwise, range is
 * negative. */
typedef struct plan {
    ptm_trajectory_options o;
    ptm_circular_options circle;
    ptm_beam beam;
    const struct kind *kind;
} plan;

/* The options that not all kinds take. */
enum { RANGE = 1, END = 2, PITCH = 4, TURNS = 8, TILT = 16, HEIGHT = 32, LENGTH = 64, OVERLAP = 128, ORBITS = 256,
    LINE_VIEWS = 512 };

typedef struct kind {
    const char *name; /* for messages */
    unsigned takes, needs;
    bool divergent;   /* not for parallel beams */
    double (*angle)(const plan *p, int view); /* of kinds that are circles around z; else NULL */
    void (*pose)(ptm_pose *pose, const plan *p, int view); /* of the others */
} kind;

/* ------------------------------------------------------------------ circles around z */

/* How many steps of n views make the whole way. */
static int steps_of(int n, bool end_point)
{
    return end_point && n > 1 ? n - 1 : n;
}

static double even_angle(const plan *p, int view)
{
    return p->o.start + p->o.range * view / steps_of(p->o.views, p->o.end_point);
}

/* T. Koehler, A projection access scheme for iterative reconstruction based on the golden section, IEEE NSS/MIC 2004. */
static double golden_angle(const plan *p, int view)
{
    return p->o.start + p->o.range * fmod(view * GOLDEN, 1);
}

/* ------------------------------------------------------------------ other trajectories */

/* Orbit j of n is tilted about x by tilt (2 j / (n - 1) - 1); two at right angles satisfy Tuy's condition (H. K. Tuy, SIAM
 * J. Appl. Math. 43, 1983). */
static void circles_pose(ptm_pose *pose, const plan *p, int view)
{
    const ptm_trajectory_options *o = &p->o;
    const int each = o->views / o->orbits, orbit = view / each;
    const double tilt = o->tilt * (2.0 * orbit / (o->orbits - 1) - 1), c = cos(tilt), s = sin(tilt);
    *pose = ptm_circular_pose(o->start + o->range * (view % each) / steps_of(each, o->end_point));
    ptm_vec *const vectors[] = { &pose->across, &pose->away, &pose->up };
    for (int i = 0; i < 3; ++i) *vectors[i] = (ptm_vec){ vectors[i]->x, c * vectors[i]->y - s * vectors[i]->z,
        s * vectors[i]->y + c * vectors[i]->z };
}

static void helix_pose(ptm_pose *pose, const plan *p, int view)
{
    const double part = (double)view / steps_of(p->o.views, p->o.end_point);
    *pose = ptm_circular_pose(even_angle(p, view));
    pose->centre.z = p->o.pitch * p->o.turns * (part - 0.5);
}

/* Of a way whose ends are both taken, from -1/2 to 1/2. */
static double from_middle(int k, int n)
{
    return (double)k / steps_of(n, true) - 0.5;
}

/* J. D. Pack, F. Noo, H. Kudo, Investigation of saddle trajectories for cardiac CT imaging in cone-beam geometry, Phys.
 * Med. Biol. 49, 2004. */
static void saddle_pose(ptm_pose *pose, const plan *p, int view)
{
    const double angle = even_angle(p, view);
    *pose = ptm_circular_pose(angle);
    pose->centre.z = 0.5 * p->o.height * cos(2 * angle);
}

/* G. L. Zeng, G. T. Gullberg, A cone-beam tomography algorithm for orthogonal circle-and-line orbit, Phys. Med. Biol. 37,
 * 1992. */
static void circle_line_pose(ptm_pose *pose, const plan *p, int view)
{
    const int around = p->o.views - p->o.line_views;
    *pose = ptm_circular_pose(p->o.start + (view < around ? p->o.range * view / around : 0));
    if (view >= around) pose->centre.z = p->o.length * from_middle(view - around, p->o.line_views);
}

/* At a view angle, the source above the xy plane by an angle as seen from the centre. */
static ptm_pose raised_pose(double angle, double elevation)
{
    ptm_pose pose = ptm_circular_pose(angle);
    const double c = cos(elevation), s = sin(elevation);
    const ptm_vec level = pose.away, up = pose.up;
    pose.away = ptm_mix(level, c, up, -s);
    pose.up = ptm_mix(level, s, up, c);
    return pose;
}

/* L. Helfen et al., High-resolution three-dimensional imaging of flat objects by synchrotron-radiation computed
 * laminography, Appl. Phys. Lett. 86, 2005; the object turns about the normal of its plane, which is z here. */
static void laminography_pose(ptm_pose *pose, const plan *p, int view)
{
    *pose = raised_pose(even_angle(p, view), p->o.tilt);
}

/* J. T. Dobbins, D. J. Godfrey, Digital x-ray tomosynthesis: current state of the art and clinical potential, Phys. Med.
 * Biol. 48, 2003. */
static void tomosynthesis_pose(ptm_pose *pose, const plan *p, int view)
{
    const double angle = p->o.range * from_middle(view, p->o.views), half = sin(0.5 * angle);
    *pose = ptm_circular_pose(p->o.start);
    pose->shift[0] = p->o.sod * sin(angle);
    pose->shift[1] = p->o.sod * 2 * half * half;
}

static void tomosynthesis_line_pose(ptm_pose *pose, const plan *p, int view)
{
    const double along = p->o.length * from_middle(view, p->o.views);
    *pose = ptm_circular_pose(p->o.start);
    pose->shift[0] = p->o.clockwise ? -along : along;
}

/* Bands of one height have one area each; from one to the next it is the golden angle around (A. Gonzalez, Measurement of
 * areas on a sphere using Fibonacci and latitude-longitude lattices, Math. Geosci. 42, 2010). */
static void sphere_pose(ptm_pose *pose, const plan *p, int view)
{
    const double height = 1 - (2.0 * view + 1) / p->o.views;
    *pose = raised_pose(p->o.start + p->o.range * fmod(view * (1 - GOLDEN), 1), asin(height));
}

/* In the order of ptm_trajectory_kind. */
static const kind kinds[] = {
    { "a circle", RANGE | END, 0, false, even_angle, NULL },
    { "a short scan", 0, 0, true, even_angle, NULL },
    { "a half fan", OVERLAP, 0, false, even_angle, NULL },
    { "a golden-angle scan", RANGE, 0, false, golden_angle, NULL },
    { "a scan of several circles", TILT | ORBITS | RANGE | END, TILT, false, NULL, circles_pose },
    { "a helix", PITCH | TURNS | END, PITCH | TURNS, false, NULL, helix_pose },
    { "a saddle", HEIGHT, HEIGHT, true, NULL, saddle_pose },
    { "a circle and a line", LENGTH | LINE_VIEWS, LENGTH | LINE_VIEWS, true, NULL, circle_line_pose },
    { "laminography", TILT | RANGE | END, TILT, false, NULL, laminography_pose },
    { "tomosynthesis", RANGE, RANGE, true, NULL, tomosynthesis_pose },
    { "tomosynthesis along a line", LENGTH, LENGTH, true, NULL, tomosynthesis_line_pose },
    { "a sphere", 0, 0, false, NULL, sphere_pose },
};

/* ------------------------------------------------------------------ checks and defaults */

/* Numbers are finite, there where the kind needs them, and only where it takes them. */
static int check_numbers(const ptm_trajectory_options *o, const kind *k)
{
    const struct { unsigned flag; const char *name; double value, least; } numbers[] = { { RANGE, "range", o->range, 0 },
        { END, "end_point", o->end_point, 0 }, { PITCH, "pitch", o->pitch, -INFINITY }, { TURNS, "turns", o->turns, 0 },
        { TILT, "tilt", o->tilt, -INFINITY }, { HEIGHT, "height", o->height, 0 }, { LENGTH, "length", o->length, 0 },
        { OVERLAP, "overlap", o->overlap, 0 }, { ORBITS, "orbits", o->orbits, 0 },
        { LINE_VIEWS, "line_views", o->line_views, 0 } };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i) {
        const double value = numbers[i].value;
        if (!isfinite(value))
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s is %g, expected a finite number", numbers[i].name, value);
        if (value != 0 && !(k->takes & numbers[i].flag))
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s is %g, but %s has no use for it; expected 0", numbers[i].name, value,
                k->name);
        if (value == 0 && (k->needs & numbers[i].flag))
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s is 0, but %s needs it", numbers[i].name, k->name);
        if (value < numbers[i].least)
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s is %g, expected more than 0", numbers[i].name, value);
    }
    return ptm_check_finite("start, axis_offset", (double[]){ o->start, o->axis_offset }, 2);
}

/* Angles that can be worked out, but belong to no scan. At a tilt of a right angle all rays of a laminography run along the
 * axis, and the outermost of several circles are one. */
static int check_angles(const ptm_trajectory_options *o)
{
    const int steps = steps_of(o->views, o->end_point);
    if (fabs(o->tilt) > 0.5 * PI - 1e-6)
        return ptm_fail(PTM_ERROR_ARGUMENT, "tilt is %g radians, expected between -pi / 2 and pi / 2", o->tilt);
    if (fabs(o->start) > FARTHEST_START)
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "start is %g radians, expected at most %g, beyond which steps are lost to rounding", o->start, FARTHEST_START);
    if (o->range > 2 * PI * steps)
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "range is %g radians, which is %g turns in %d views, expected at most one in each", o->range,
            o->range / (2 * PI), o->views);
    if (o->kind == PTM_TRAJECTORY_HELIX && o->turns >= 0.5 * steps)
        return ptm_fail(PTM_ERROR_ARGUMENT, "turns is %g, expected less than half a turn from each of %d views to the next",
            o->turns, o->views);
    if (o->kind == PTM_TRAJECTORY_TOMOSYNTHESIS && o->range >= PI)
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "range is %g radians, expected less than pi, for the detector does not turn with the source", o->range);
    return PTM_OK;
}

static int check_counts(const ptm_trajectory_options *o)
{
    if (o->views < 1 || o->views > PTM_MAX_VIEWS)
        return ptm_fail(PTM_ERROR_ARGUMENT, "views is %d, expected 1 to %d", o->views, PTM_MAX_VIEWS);
    if (o->orbits == 1) return ptm_fail(PTM_ERROR_ARGUMENT, "orbits is 1, expected at least 2");
    const int orbits = o->orbits ? o->orbits : 2;
    if (o->kind == PTM_TRAJECTORY_CIRCLES && o->views % orbits != 0)
        return ptm_fail(PTM_ERROR_ARGUMENT, "views is %d, expected a multiple of the %d orbits", o->views, orbits);
    if (o->line_views == 1 || (o->line_views > 0 && o->line_views >= o->views))
        return ptm_fail(PTM_ERROR_ARGUMENT, "line_views is %d, expected at least 2 and fewer than all %d views",
            o->line_views, o->views);
    return PTM_OK;
}

static int check_spots(const ptm_trajectory_options *o)
{
    if (o->spot_count < 0 || (o->spot_count > 0) != (o->spots != NULL))
        return ptm_fail(PTM_ERROR_ARGUMENT, "spot_count is %d, but spots is %s", o->spot_count,
            o->spots ? "given" : "NULL");
    for (int i = 0; i < o->spot_count; ++i) {
        const ptm_focal_spot *spot = &o->spots[i];
        const double farthest = fmax(fmax(fabs(spot->u), fabs(spot->v)), fabs(spot->towards));
        if (!isfinite(spot->u) || !isfinite(spot->v) || !isfinite(spot->towards) || farthest >= o->sod)
            return ptm_fail(PTM_ERROR_ARGUMENT, "spots[%d] is %g, %g, %g, expected shifts of less than sod, %g mm", i,
                spot->u, spot->v, spot->towards, o->sod);
    }
    return PTM_OK;
}

/* What the kind wants of beam and detector. */
static int check_beam(const ptm_trajectory_options *o, const kind *k)
{
    const bool stays = o->kind == PTM_TRAJECTORY_TOMOSYNTHESIS || o->kind == PTM_TRAJECTORY_TOMOSYNTHESIS_LINE;
    if (o->parallel && k->divergent)
        return ptm_fail(PTM_ERROR_ARGUMENT, "parallel is set, but %s is for divergent beams", k->name);
    if (o->parallel && o->spots)
        return ptm_fail(PTM_ERROR_ARGUMENT, "parallel is set, but only divergent beams have focal spots");
    if (o->detector.cylindrical && (stays || o->spots))
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "detector.cylindrical is set, but the source moves against the detector, which must be flat");
    if (o->kind == PTM_TRAJECTORY_HALF_FAN && o->detector.offset[0] != 0)
        return ptm_fail(PTM_ERROR_ARGUMENT, "detector.offset[0] is %g, expected 0: a half fan works it out from overlap",
            o->detector.offset[0]);
    return PTM_OK;
}

/* The largest angle between a ray to a pixel and the line from source to axis, as FBP counts it. */
static int fan_of(double *fan, const plan *p)
{
    const ptm_detector *d = &p->o.detector;
    const ptm_pose pose = ptm_circular_pose(0);
    ptm_view view = ptm_circular_view(&p->circle, p->beam, &pose);
    const ptm_scan one = { .volume = p->circle.volume, .nv = d->shape[0], .nu = d->shape[1], .count = 1,
        .cylindrical = d->cylindrical, .views = &view };
    ptm_circle circle;
    const int status = ptm_circle_find(&circle, &one);
    if (status) return status;
    *fan = fmax(fabs(ptm_circle_place(&circle, &one, 0)), fabs(ptm_circle_place(&circle, &one, d->shape[1] - 1)));
    ptm_circle_free(&circle);
    return PTM_OK;
}

/* G. Wang, X-ray micro-CT with a displaced detector array, Med. Phys. 29, 2002: the detector's edge is `overlap` from the
 * central ray. */
static int move_aside(plan *p)
{
    ptm_detector *d = &p->circle.detector;
    const double width = d->shape[1] * d->spacing[0], overlap = p->o.overlap != 0 ? p->o.overlap : 0.1 * width;
    if (overlap > 0.5 * width)
        return ptm_fail(PTM_ERROR_ARGUMENT, "overlap is %g mm, expected at most half the detector's width, %g", overlap,
            0.5 * width);
    d->offset[0] = 0.5 * width - overlap;
    return PTM_OK;
}

/* Ranges that are not given, and their direction. */
static int set_range(plan *p)
{
    ptm_trajectory_options *o = &p->o;
    double fan = 0;
    const bool half_turn = o->parallel && p->kind->angle && o->kind != PTM_TRAJECTORY_HALF_FAN;
    int status = PTM_OK;
    if (o->kind == PTM_TRAJECTORY_SHORT_SCAN) {
        status = fan_of(&fan, p);
        o->range = PI + 2 * fan;
        o->end_point = true;
    }
    if (o->kind == PTM_TRAJECTORY_HELIX) o->range = 2 * PI * o->turns;
    if (o->range == 0) o->range = half_turn ? PI : 2 * PI;
    if (o->clockwise) o->range = -o->range;
    return status;
}

static int make_plan(plan *p, const ptm_trajectory_options *options)
{
    ptm_trajectory_options *o = &p->o;
    int status = ptm_copy_sized(o, sizeof *o, options, "ptm_trajectory_options");
    if (status) return status;
    if ((int)o->kind < 0 || (int)o->kind >= (int)(sizeof kinds / sizeof *kinds))
        return ptm_fail(PTM_ERROR_ARGUMENT, "kind is %d, which is none of ptm_trajectory_kind", (int)o->kind);
    p->kind = &kinds[o->kind];
    p->beam = o->parallel ? PTM_BEAM_PARALLEL : PTM_BEAM_CONE;
    p->circle = (ptm_circular_options){ PTM_SIZED(ptm_circular_options), .volume = o->volume, .detector = o->detector,
        .views = o->views, .sod = o->sod, .sdd = o->sdd, .axis_offset = o->axis_offset };
    status = check_numbers(o, p->kind);
    if (!status) status = check_counts(o);
    if (!status) status = check_angles(o);
    if (!status) status = check_beam(o, p->kind);
    if (!status) status = ptm_circular_check(&p->circle, p->beam);
    if (!status) status = check_spots(o);
    if (!status && o->kind == PTM_TRAJECTORY_HALF_FAN) status = move_aside(p);
    if (o->orbits == 0) o->orbits = 2;
    return status ? status : set_range(p);
}

/* ------------------------------------------------------------------ scans */

static ptm_pose pose_of(const plan *p, int view)
{
    ptm_pose pose;
    if (p->kind->angle) pose = ptm_circular_pose(p->kind->angle(p, view));
    else p->kind->pose(&pose, p, view);
    if (p->o.spot_count == 0) return pose;
    const ptm_focal_spot *spot = &p->o.spots[view % p->o.spot_count];
    pose.shift[0] += spot->u;
    pose.shift[1] += spot->towards;
    pose.shift[2] += spot->v;
    return pose;
}

int ptm_scan_trajectory(ptm_scan **out, ptm_context *context, const ptm_trajectory_options *options)
{
    plan p;
    if (out) *out = NULL;
    if (!out || !context || !options)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !context ? "context" : "options");
    int status = make_plan(&p, options);
    if (!status)
        status = ptm_scan_make(out, &(ptm_scan){ .volume = p.circle.volume, .nv = p.o.detector.shape[0],
            .nu = p.o.detector.shape[1], .count = p.o.views, .parallel = p.o.parallel,
            .cylindrical = p.o.detector.cylindrical });
    if (status) return status;
    if (p.kind->takes & RANGE) ptm_circular_warn(context, p.o.range);
    for (int i = 0; i < p.o.views; ++i) {
        const ptm_pose pose = pose_of(&p, i);
        (*out)->views[i] = ptm_circular_view(&p.circle, p.beam, &pose);
    }
    return ptm_scan_finish(out);
}

int ptm_trajectory_circle(ptm_circular_options *out, double *angles, const ptm_trajectory_options *options)
{
    plan p;
    if (!out || !angles || !options)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !angles ? "angles" : "options");
    const int status = make_plan(&p, options);
    if (status) return status;
    if (!p.kind->angle || p.o.spots)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is no circle around z",
            p.o.spots ? "a scan with a flying focal spot" : p.kind->name);
    for (int i = 0; i < p.o.views; ++i) angles[i] = p.kind->angle(&p, i);
    *out = p.circle;
    out->angles = angles;
    return PTM_OK;
}
