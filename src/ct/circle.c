#include "ct/circle.h"
#include "ct/view.h"

#include <stdlib.h>

#define PI 3.14159265358979323846
#define CLOSE 1e-6 /* relative: what still counts as the same */

/* One view as an angle and the rest, which must be the same for all. */
typedef struct pose { double angle, sod, sdd, du, dv, u, v, aside, height; } pose;

static pose flat_pose(const ptm_scan *scan, const ptm_view *view)
{
    const ptm_vec u = ptm_vec_from(view->u), centre = ptm_vec_from(view->detector), source = ptm_vec_from(view->source);
    const double du = ptm_length(u);
    ptm_vec away = ptm_scale((ptm_vec){ -u.y, u.x, 0 }, 1 / du);
    const ptm_vec central = scan->parallel ? source : ptm_sub(centre, source);
    const double side = ptm_dot(central, away) < 0 ? -1 : 1; /* u points against the angle's direction: a flipped detector */
    away = ptm_scale(away, side);
    const ptm_vec along = ptm_scale(u, side / du);
    pose p = { .angle = atan2(-away.x, away.y), .sod = 1, .sdd = 1, .du = side * du, .dv = view->v[2],
        .u = ptm_dot(centre, along), .v = centre.z };
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
    return (pose){ .angle = atan2(-away.x, away.y), .sod = sod, .sdd = c.radius, .du = du * c.step * c.radius, .dv = view->v[2],
        .u = atan2(ptm_dot(c.out, along), ptm_dot(c.out, away)) * c.radius, .v = c.height, .height = view->source[2] };
}

static int pose_of(pose *out, const ptm_scan *scan, int index)
{
    const ptm_view *view = &scan->views[index];
    const ptm_vec u = ptm_vec_from(view->u), ray = ptm_vec_from(view->source);
    if (scan->parallel && fabs(ptm_dot(ray, u)) > CLOSE * ptm_length(ray) * ptm_length(u))
        return ptm_fail(PTM_ERROR_ARGUMENT, "FBP needs rays at right angles to the detector, but not in view %d; an iterative "
            "solver takes any views", index);
    *out = scan->cylindrical ? cylindrical_pose(view) : flat_pose(scan, view);
    if (scan->stack) out->v = out->height = 0;
    return PTM_OK;
}

static int differs(const char *what, double value, double first, double scale, int index)
{
    if (fabs(value - first) <= CLOSE * scale) return PTM_OK;
    return ptm_fail(PTM_ERROR_ARGUMENT, "FBP needs views on a circle, but the %s is %g mm in view 0 and %g mm in view %d; an "
        "iterative solver takes any views", what, first, value, index);
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
    if (!status) status = differs("central ray's distance from the axis", p->aside, first->aside, detector + first->sod, index);
    if (!status) status = differs("source's height", p->height, first->height, detector + first->sod, index);
    return status;
}

void ptm_circle_free(ptm_circle *circle)
{
    free(circle->angles);
    circle->angles = NULL;
}

typedef struct turn { double angle; int view; } turn;
static int by_angle(const void *a, const void *b)
{
    const turn *p = a, *q = b;
    return p->angle < q->angle ? -1 : p->angle > q->angle ? 1 : p->view - q->view;
}

/* How far an angle is from the next one around. */
static double gap_after(const turn *turns, int count, int i, double period)
{
    return i + 1 < count ? turns[i + 1].angle - turns[i].angle : turns[0].angle + period - turns[i].angle;
}

/* Angles modulo a period in order, and which of them the widest gap follows. */
static turn *sorted(const double *angles, int count, double period, int *widest)
{
    turn *turns = ptm_alloc((size_t)count, sizeof *turns);
    if (!turns) return NULL;
    for (int i = 0; i < count; ++i) {
        double a = fmod(angles[i], period);
        /* An angle a rounding below the period is the period's beginning. */
        if (period - a < 1e-9) a = 0;
        turns[i] = (turn){ a, i };
    }
    qsort(turns, (size_t)count, sizeof *turns, by_angle);
    *widest = 0;
    double most = -1;
    for (int i = 0; i < count; ++i) {
        const double gap = gap_after(turns, count, i, period);
        if (gap > most) {
            most = gap;
            *widest = i;
        }
    }
    return turns;
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

double ptm_circle_cosine(const ptm_circle *c, const ptm_scan *scan, double column, double row)
{
    if (c->parallel) return 1;
    const double gamma = fan_angle(c, scan, column), v = scan->stack ? 0 : c->v + (row - 0.5 * (scan->nv - 1)) * c->dv;
    const double level = c->cylindrical ? c->sdd : c->sdd / cos(gamma);
    return hypot(1, c->aside / c->sod) * cos(ptm_circle_place(c, scan, column)) * level / hypot(level, v);
}

/* Parker's weight of a view at `beta` from the scan's beginning, which ends at pi + 2 delta; the ray (beta, gamma) is seen
 * again as (beta + pi - 2 gamma, -gamma). */
static double parker(double beta, double gamma, double delta)
{
    double part;
    gamma = fmax(-delta, fmin(delta, gamma)); /* but for rounding it is */
    if (beta < 2 * (delta + gamma)) part = beta / (delta + gamma);
    else if (beta > PI + 2 * gamma) part = delta > gamma ? (PI + 2 * delta - beta) / (delta - gamma) : 0;
    else return 1;
    const double s = sin(0.25 * PI * part);
    return s * s;
}

static void full_turn(double *weights, const turn *turns, int count, int nu, double period, double factor)
{
    for (int i = 0; i < count; ++i) {
        const double before = gap_after(turns, count, i == 0 ? count - 1 : i - 1, period);
        const double step = 0.5 * (before + gap_after(turns, count, i, period));
        for (int u = 0; u < nu; ++u) weights[(size_t)turns[i].view * (size_t)nu + (size_t)u] = factor * step;
    }
}

static int short_scan(double *weights, const ptm_circle *c, const ptm_scan *scan, const turn *turns, int widest)
{
    const int count = scan->count, nu = scan->nu;
    const double range = 2 * PI - gap_after(turns, count, widest, 2 * PI), delta = 0.5 * (range - PI);
    const double fan = fmax(fabs(ptm_circle_place(c, scan, 0)), fabs(ptm_circle_place(c, scan, nu - 1)));
    if (delta < fan - 1e-9)
        return ptm_fail(PTM_ERROR_ARGUMENT, "FBP needs views over a half turn and the fan, %.1f degrees, but they cover %.1f; an "
            "iterative solver takes any views", (PI + 2 * fan) * 180 / PI, range * 180 / PI);
    double beta = 0;
    for (int k = 0; k < count; ++k) {
        const int i = (widest + 1 + k) % count;
        const double before = k ? gap_after(turns, count, (i + count - 1) % count, 2 * PI) : 0;
        const double after = k + 1 < count ? gap_after(turns, count, i, 2 * PI) : 0;
        for (int u = 0; u < nu; ++u)
            weights[(size_t)turns[i].view * (size_t)nu + (size_t)u] =
                0.5 * (before + after) * parker(beta, ptm_circle_place(c, scan, u), delta);
        beta += after;
    }
    return PTM_OK;
}

/* How far the detector sees to either side of the axis, in units of ptm_circle_place; `longer` is the side it sees more of. */
typedef struct sides { double less, more, longer; } sides;
static sides sides_of(const ptm_circle *c, const ptm_scan *scan)
{
    const double a = ptm_circle_place(c, scan, 0), b = ptm_circle_place(c, scan, scan->nu - 1);
    const double left = -fmin(a, b), right = fmax(a, b);
    return (sides){ fmax(fmin(left, right), 0), fmax(left, right), right > left ? 1 : -1 };
}

/* Is the volume wider than the shorter side, so that rays there are seen from one side only? */
static bool reaches_beyond(const ptm_circle *c, const ptm_scan *scan, double side)
{
    const ptm_volume *g = &scan->volume;
    const double radius = 0.5 * fmin(g->shape[2] * g->spacing[0], g->shape[1] * g->spacing[1]);
    const double centre = hypot(g->offset[0], g->offset[1]);
    const double seen = c->parallel ? side : hypot(c->sod, c->aside) * sin(fmin(side, 0.5 * PI));
    return centre + radius > seen;
}

/* Wang's weights (G. Wang, Med. Phys. 29, 2002): of the two times a ray is measured in a full turn, the one on the shorter side fades
 * out towards the detector's edge. */
static void half_detector(double *weights, const ptm_circle *c, const ptm_scan *scan, const sides *s)
{
    for (int u = 0; u < scan->nu; ++u) {
        const double place = ptm_circle_place(c, scan, u) * s->longer;
        const double part = place >= s->less ? 1 : s->less > 0 ? 0.5 + 0.5 * sin(0.5 * PI * place / s->less) : 0;
        for (int i = 0; i < scan->count; ++i) weights[(size_t)i * (size_t)scan->nu + (size_t)u] *= part;
    }
}

/* Do the angles go all the way around? Five usual steps are no gap yet. */
static bool is_whole(const turn *turns, int count, int widest, double period)
{
    const double gap = gap_after(turns, count, widest, period), usual = (period - gap) / (count > 1 ? count - 1 : 1);
    return gap <= 5 * usual || count < 3;
}

int ptm_circle_missing(const ptm_circle *c, const ptm_scan *scan)
{
    if (!c->half) return 0;
    const sides s = sides_of(c, scan);
    const bool at_end = fabs(ptm_circle_place(c, scan, scan->nu - 1)) < s.more;
    int missing = 0;
    while (missing < scan->nu &&
           fabs(ptm_circle_place(c, scan, at_end ? scan->nu - 1.0 + missing : -1.0 * missing)) < s.more) ++missing;
    return at_end ? missing : -missing;
}

/* Weights of one sample. */
static int sample_redundancy(double *out, const ptm_circle *c, const ptm_scan *scan, const double *angles)
{
    const int count = scan->count;
    int widest;
    turn *turns = sorted(angles, count, 2 * PI, &widest);
    if (!turns) return PTM_ERROR_MEMORY;
    const sides s = sides_of(c, scan);
    const bool whole = is_whole(turns, count, widest, 2 * PI);
    int status = PTM_OK;
    if (c->half) {
        full_turn(out, turns, count, scan->nu, 2 * PI, 1);
        half_detector(out, c, scan, &s);
    } else if (s.less < 0.5 * s.more && reaches_beyond(c, scan, s.less)) {
        status = ptm_fail(PTM_ERROR_ARGUMENT, "FBP needs views over a full turn where the detector sees one side of the axis less than half "
            "as far as the other; an iterative solver takes any views");
    } else if (!c->parallel) {
        if (whole) full_turn(out, turns, count, scan->nu, 2 * PI, 0.5);
        else status = short_scan(out, c, scan, turns, widest);
    } else {
        free(turns);
        turns = sorted(angles, count, PI, &widest);
        if (!turns) return PTM_ERROR_MEMORY;
        full_turn(out, turns, count, scan->nu, PI, 1);
        if (!is_whole(turns, count, widest, PI))
            status = ptm_fail(PTM_ERROR_ARGUMENT, "FBP needs views over a half turn, but %.1f degrees are missing after %.1f degrees; an "
                "iterative solver takes any views", gap_after(turns, count, widest, PI) * 180 / PI, turns[widest].angle * 180 / PI);
    }
    free(turns);
    return status;
}

/* Does the detector see so much less on one side, in full turns, that its views count as halves? */
static int find_half(ptm_circle *c, const ptm_scan *scan)
{
    const sides s = sides_of(c, scan);
    c->half = s.less < 0.9 * s.more && reaches_beyond(c, scan, s.less);
    for (int first = 0; c->half && first < ptm_scan_all_views(scan); first += scan->count) {
        int widest;
        turn *turns = sorted(c->angles + first, scan->count, 2 * PI, &widest);
        if (!turns) return PTM_ERROR_MEMORY;
        c->half = is_whole(turns, scan->count, widest, 2 * PI);
        free(turns);
    }
    return PTM_OK;
}

int ptm_circle_find(ptm_circle *out, const ptm_scan *scan)
{
    *out = (ptm_circle){ .parallel = scan->parallel, .cylindrical = scan->cylindrical };
    if (!ptm_scan_is_upright(scan))
        return ptm_fail(PTM_ERROR_ARGUMENT, "FBP needs a detector whose v is along z in every view; an iterative solver takes any views");
    const int count = ptm_scan_all_views(scan);
    out->angles = ptm_alloc((size_t)count, sizeof *out->angles);
    if (!out->angles) return PTM_ERROR_MEMORY;
    pose first = { 0 };
    int status = PTM_OK;
    for (int i = 0; i < count && !status; ++i) {
        pose p;
        status = pose_of(&p, scan, i);
        if (status) break;
        if (i == 0) first = p;
        status = same_pose(&p, &first, i);
        out->angles[i] = p.angle < 0 ? p.angle + 2 * PI : p.angle;
    }
    if (!status && first.sod <= 0)
        status = ptm_fail(PTM_ERROR_ARGUMENT, "FBP needs the rotation axis between source and detector, but it is %g mm behind the "
            "source", -first.sod);
    if (status) {
        ptm_circle_free(out);
        return status;
    }
    out->sod = first.sod;
    out->sdd = first.sdd;
    out->du = first.du;
    out->dv = first.dv;
    out->u = first.u;
    out->v = first.v;
    out->aside = first.aside;
    status = find_half(out, scan);
    if (status) ptm_circle_free(out);
    return status;
}

int ptm_circle_redundancy(double **out, const ptm_circle *c, const ptm_scan *scan)
{
    const size_t all = (size_t)ptm_scan_all_views(scan), count = (size_t)scan->count, nu = (size_t)scan->nu;
    *out = ptm_alloc(all * nu, sizeof **out);
    if (!*out) return PTM_ERROR_MEMORY;
    int status = PTM_OK;
    for (size_t first = 0; first < all && !status; first += count)
        status = sample_redundancy(*out + first * nu, c, scan, c->angles + first);
    if (status) {
        free(*out);
        *out = NULL;
    }
    return status;
}
