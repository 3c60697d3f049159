#include "ct/circle.h"
#include "ct/view.h"

#include <stdlib.h>

#define PI 3.14159265358979323846
#define CLOSE 1e-6 /* relative: what still counts as the same */

/* One view as an angle and a height, of the source or of a parallel beam's detector, and the rest, which must be the
 * same for all. */
typedef struct pose { double angle, sod, sdd, du, dv, u, v, aside, height; } pose;

static pose flat_pose(const ptm_scan *scan, const ptm_view *view)
{
    const ptm_vec u = ptm_vec_from(view->u), centre = ptm_vec_from(view->detector), source = ptm_vec_from(view->source);
    const double du = ptm_length(u);
    ptm_vec away = ptm_scale((ptm_vec){ -u.y, u.x, 0 }, 1 / du);
    const ptm_vec central = scan->parallel ? source : ptm_sub(centre, source);
    /* u points against the angle's direction: a flipped detector */
    const double side = ptm_dot(central, away) < 0 ? -1 : 1;
    away = ptm_scale(away, side);
    const ptm_vec along = ptm_scale(u, side / du);
    pose p = { .angle = atan2(-away.x, away.y), .sod = 1, .sdd = 1, .du = side * du, .dv = view->v[2],
        .u = ptm_dot(centre, along), .height = centre.z };
    if (scan->parallel) return p;
    p.sod = -ptm_dot(source, away);
    p.sdd = ptm_dot(central, away);
    p.u = ptm_dot(central, along);
    p.v = central.z;
    p.aside = ptm_dot(source, along);
    p.height = source.z;
    return p;
}

/* The central ray of a cylindrical detector is the one that meets the axis, wherever the detector's middle is. */
static pose cylindrical_pose(const ptm_view *view)
{
    const ptm_cylinder c = ptm_cylinder_of(view);
    const double sod = hypot(view->source[0], view->source[1]);
    const ptm_vec away = { -view->source[0] / sod, -view->source[1] / sod, 0 }, along = { away.y, -away.x, 0 };
    const double du = ptm_dot(c.aside, along) * ptm_dot(c.out, away) - ptm_dot(c.aside, away) * ptm_dot(c.out, along);
    return (pose) { .angle = atan2(-away.x, away.y), .sod = sod, .sdd = c.radius, .du = du * c.step * c.radius,
        .dv = view->v[2], .u = atan2(ptm_dot(c.out, along), ptm_dot(c.out, away)) * c.radius, .v = c.height,
        .height = view->source[2] };
}

static int pose_of(pose *out, const ptm_scan *scan, int index)
{
    const ptm_view *view = &scan->views[index];
    const ptm_vec u = ptm_vec_from(view->u), ray = ptm_vec_from(view->source);
    if (scan->parallel && fabs(ptm_dot(ray, u)) > CLOSE * ptm_length(ray) * ptm_length(u))
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "FBP needs rays at right angles to the detector, but not in view %d; an iterative "
            "solver takes any views",
            index);
    *out = scan->cylindrical ? cylindrical_pose(view) : flat_pose(scan, view);
    if (scan->stack) out->v = out->height = 0;
    return PTM_OK;
}

static int differs(const char *what, double value, double first, double scale, int index)
{
    if (fabs(value - first) <= CLOSE * scale) return PTM_OK;
    return ptm_fail(PTM_ERROR_ARGUMENT,
        "FBP needs views on a circle or a helix, but the %s is %g mm in view 0 and %g mm in "
        "view %d; an iterative solver takes any views",
        what, first, value, index);
}

static int same_pose(const pose *p, const pose *first, int index)
{
    const double detector = fabs(first->du) + fabs(first->dv);
    int status = differs("distance of source and axis", p->sod, first->sod, first->sod, index);
    if (!status) status = differs("distance of source and detector", p->sdd, first->sdd, first->sdd, index);
    if (!status) status = differs("pixel step along u", p->du, first->du, detector, index);
    if (!status) status = differs("pixel step along v", p->dv, first->dv, detector, index);
    if (!status) status = differs("detector's shift along u", p->u, first->u, detector + fabs(first->u), index);
    if (!status) status = differs("detector's shift along v", p->v, first->v, detector + fabs(first->v), index);
    if (!status)
        status = differs("central ray's distance from the axis", p->aside, first->aside, detector + first->sod, index);
    return status;
}

void ptm_circle_free(ptm_circle *circle)
{
    free(circle->angles);
    circle->angles = NULL;
}

/* The angle of a ray from the central one. */
static double fan_angle(const ptm_circle *c, const ptm_scan *scan, double column)
{
    const double u = c->u + (column - 0.5 * (scan->nu - 1)) * c->du;
    return c->cylindrical ? u / c->sdd : atan(u / c->sdd);
}

double ptm_circle_place(const ptm_circle *c, const ptm_scan *scan, double column)
{
    if (c->parallel) return c->u + (column - 0.5 * (scan->nu - 1)) * c->du;
    return fan_angle(c, scan, column) + atan2(c->aside, c->sod);
}

double ptm_circle_lean(const ptm_circle *c, const ptm_scan *scan, double column)
{
    return c->parallel || c->cylindrical ? 1 : cos(fan_angle(c, scan, column));
}

double ptm_circle_cosine(const ptm_circle *c, const ptm_scan *scan, double column, double row)
{
    if (c->parallel) return 1;
    const double gamma = fan_angle(c, scan, column), v = scan->stack ? 0 : c->v + (row - 0.5 * (scan->nv - 1)) * c->dv;
    const double level = c->cylindrical ? c->sdd : c->sdd / cos(gamma);
    return hypot(1, c->aside / c->sod) * cos(ptm_circle_place(c, scan, column)) * level / hypot(level, v);
}

double ptm_circle_distance(const ptm_circle *c, const ptm_scan *scan, double column)
{
    const double place = ptm_circle_place(c, scan, column);
    return c->parallel ? fabs(place) : hypot(c->sod, c->aside) * fabs(sin(place));
}

double ptm_circle_fan_angle(const ptm_circle *c, const ptm_scan *scan, double column)
{
    return c->parallel ? 0 : ptm_circle_place(c, scan, column);
}

double ptm_circle_rise(const ptm_circle *c, const ptm_scan *scan, double column, double row)
{
    const double v = c->v + (row - 0.5 * (scan->nv - 1)) * c->dv;
    if (c->parallel) return v;
    const double level = c->cylindrical ? c->sdd : c->sdd / cos(fan_angle(c, scan, column));
    return v * hypot(c->sod, c->aside) * cos(ptm_circle_place(c, scan, column)) / level;
}

/* Heights that grow with the angle make a helix of a circle. Its angles count on from turn to turn, each less than half
 * a turn from the one before. */
static int find_helix(ptm_circle *c, double *angles, const double *heights, int count, double scale)
{
    const double rise = heights[count - 1] - heights[0];
    double turned = 0, so_far = 0, before = angles[0];
    for (int i = 1; i < count; ++i) turned += remainder(angles[i] - angles[i - 1], 2 * PI);
    if (fabs(rise) > CLOSE * scale && fabs(turned) > CLOSE) c->pitch = 2 * PI * rise / turned;
    for (int i = 0; i < count; ++i) {
        so_far += remainder(angles[i] - before, 2 * PI);
        before = angles[i];
        const double off = heights[i] - heights[0] - c->pitch * so_far / (2 * PI);
        if (fabs(off) > CLOSE * scale)
            return ptm_fail(PTM_ERROR_ARGUMENT,
                "FBP needs views on a circle or a helix, but view %d is %g mm above that of "
                "views 0 and %d; an iterative solver takes any views",
                i, off, count - 1);
        if (c->pitch != 0) angles[i] = angles[0] + so_far;
    }
    return PTM_OK;
}

/* The views of all samples; heights has as many numbers. */
static int find_poses(ptm_circle *out, const ptm_scan *scan, double *heights)
{
    pose first = { 0 };
    for (int i = 0; i < ptm_scan_all_views(scan); ++i) {
        pose p;
        int status = pose_of(&p, scan, i);
        if (i == 0) first = p;
        if (!status) status = same_pose(&p, &first, i);
        if (status) return status;
        out->angles[i] = p.angle < 0 ? p.angle + 2 * PI : p.angle;
        heights[i] = p.height;
        out->lowest = i ? fmin(out->lowest, p.height) : p.height;
        out->highest = i ? fmax(out->highest, p.height) : p.height;
    }
    if (first.sod <= 0)
        return ptm_fail(PTM_ERROR_ARGUMENT, "FBP needs the rotation axis between source and detector, but it is %g mm "
            "behind the source", -first.sod);
    out->sod = first.sod;
    out->sdd = first.sdd;
    out->du = first.du;
    out->dv = first.dv;
    out->u = first.u;
    out->v = first.v;
    out->aside = first.aside;
    return PTM_OK;
}

/* Circle or helix: samples of a batch may have different angles, but one pitch. */
static int find_pitch(ptm_circle *out, const ptm_scan *scan, const double *heights)
{
    const double scale = fabs(out->du) + fabs(out->dv) + out->sod;
    double pitch = 0;
    for (int first = 0; first < ptm_scan_all_views(scan); first += scan->count) {
        out->pitch = 0;
        int status = find_helix(out, out->angles + first, heights + first, scan->count, scale);
        if (status) return status;
        if (first == 0) pitch = out->pitch;
        if (fabs(out->pitch - pitch) > CLOSE * scale)
            return ptm_fail(PTM_ERROR_ARGUMENT,
                "FBP needs one pitch for all samples, but it is %g mm in the first and %g mm "
                "in another",
                pitch, out->pitch);
    }
    return PTM_OK;
}

int ptm_circle_find(ptm_circle *out, const ptm_scan *scan)
{
    *out = (ptm_circle){ .parallel = scan->parallel, .cylindrical = scan->cylindrical };
    if (!ptm_scan_is_upright(scan))
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "FBP needs a detector whose v is along z in every view; an iterative solver takes "
            "any views");
    const int count = ptm_scan_all_views(scan);
    out->angles = ptm_alloc((size_t)count, sizeof *out->angles);
    double *heights = ptm_alloc((size_t)count, sizeof *heights);
    int status = out->angles && heights ? find_poses(out, scan, heights) : PTM_ERROR_MEMORY;
    if (!status) status = find_pitch(out, scan, heights);
    free(heights);
    if (status) ptm_circle_free(out);
    return status;
}
