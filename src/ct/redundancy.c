#include "ct/redundancy.h"
#include "ct/sweep.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

static double degrees(double angle)
{
    return angle * 180 / PI;
}

/* ------------------------------------------------------------------ the weights of a ray */

/* A ray `distance` from an end of the scan, where rays at its fan angle are measured twice over `overlap`; or, where
 * that is negative, once instead of twice. */
static double near_end(double distance, double overlap)
{
    if (distance < 0) return 0;
    if (distance >= fabs(overlap)) return 1;
    const double s = sin(0.5 * PI * distance / fabs(overlap));
    return overlap > 0 ? s * s : 2 - s * s;
}

double ptm_short_scan_weight(double beta, double gamma, double excess)
{
    return near_end(beta, fmax(excess + 2 * gamma, 0)) * near_end(PI + excess - beta, fmax(excess - 2 * gamma, 0));
}

double ptm_riess_weight(double beta, double gamma, double excess)
{
    return near_end(beta, excess + 2 * gamma) * near_end(PI + excess - beta, excess - 2 * gamma);
}

double ptm_half_detector_weight(double place, double less)
{
    return place >= less ? 1 : place > -less ? 0.5 + 0.5 * sin(0.5 * PI * place / less) : 0;
}

/* ------------------------------------------------------------------ which weights */

static void find_sides(ptm_redundancy *r, const ptm_circle *c, const ptm_scan *scan)
{
    const double a = ptm_circle_place(c, scan, 0), b = ptm_circle_place(c, scan, scan->nu - 1);
    const double left = -fmin(a, b), right = fmax(a, b);
    r->less = fmax(fmin(left, right), 0);
    r->more = fmax(left, right);
    r->longer = right > left ? 1 : -1;
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

/* Do all samples go all the way around? */
static int find_whole(bool *out, const ptm_circle *c, const ptm_scan *scan)
{
    *out = true;
    for (int first = 0; *out && first < ptm_scan_all_views(scan); first += scan->count) {
        ptm_sweep s;
        int status = ptm_sweep_make(&s, c->angles + first, scan->count, 2 * PI);
        if (status) return status;
        *out = ptm_sweep_is_closed(&s);
        ptm_sweep_free(&s);
    }
    return PTM_OK;
}

static int find_for_helix(ptm_redundancy *r, const ptm_circle *c, const ptm_scan *scan)
{
    if (r->type == PTM_WEIGHTS_AUTO) r->type = PTM_WEIGHTS_N_PI;
    if (r->type != PTM_WEIGHTS_N_PI && r->type != PTM_WEIGHTS_TAM_DANIELSON)
        return ptm_fail(PTM_ERROR_ARGUMENT, "weights is %d, but the views are a helix, expected PTM_WEIGHTS_N_PI or "
            "PTM_WEIGHTS_TAM_DANIELSON", r->type);
    return ptm_helix_window_find(&r->window, c, scan, r->type == PTM_WEIGHTS_TAM_DANIELSON);
}

int ptm_redundancy_find(ptm_redundancy *r, const ptm_circle *c, const ptm_scan *scan, ptm_weights_type asked)
{
    bool whole;
    *r = (ptm_redundancy){ .type = asked };
    find_sides(r, c, scan);
    if (c->pitch != 0) return find_for_helix(r, c, scan);
    if (asked == PTM_WEIGHTS_N_PI || asked == PTM_WEIGHTS_TAM_DANIELSON)
        return ptm_fail(PTM_ERROR_ARGUMENT, "weights is %s, which is for a helix, but the views are a circle",
            asked == PTM_WEIGHTS_N_PI ? "n-PI" : "Tam-Danielson");
    if (asked != PTM_WEIGHTS_AUTO && asked != PTM_WEIGHTS_WANG) return PTM_OK;
    int status = find_whole(&whole, c, scan);
    if (status) return status;
    if (asked == PTM_WEIGHTS_WANG)
        return whole ? PTM_OK
            : ptm_fail(PTM_ERROR_ARGUMENT, "weights is PTM_WEIGHTS_WANG, which needs views over a full turn");
    const bool beyond = reaches_beyond(c, scan, r->less);
    if (whole && beyond && r->less < 0.9 * r->more) {
        r->type = PTM_WEIGHTS_WANG;
    } else if (beyond && r->less < 0.5 * r->more) {
        return ptm_fail(PTM_ERROR_ARGUMENT, "FBP needs views over a full turn where the detector sees one side of the axis "
            "less than half as far as the other; an iterative solver takes any views");
    }
    return PTM_OK;
}

int ptm_redundancy_missing(const ptm_redundancy *r, const ptm_circle *c, const ptm_scan *scan)
{
    if (r->type != PTM_WEIGHTS_WANG) return 0;
    const bool at_end = fabs(ptm_circle_place(c, scan, scan->nu - 1)) < r->more;
    int missing = 0;
    while (missing < scan->nu &&
           fabs(ptm_circle_place(c, scan, at_end ? scan->nu - 1.0 + missing : -1.0 * missing)) < r->more) ++missing;
    return at_end ? missing : -missing;
}

/* ------------------------------------------------------------------ the weights of a scan */

/* The widest of the fan's angles. */
static double widest_angle(const ptm_circle *c, const ptm_scan *scan)
{
    return fmax(fabs(ptm_circle_fan_angle(c, scan, 0)), fabs(ptm_circle_fan_angle(c, scan, scan->nu - 1)));
}

/* The views of a sample, and their weights. */
typedef struct sample {
    ptm_sweep sweep;
    ptm_weights_type type;
    double excess; /* over pi, of what Parker's, Silver's or Riess' take */
} sample;

static bool has_ends(ptm_weights_type type)
{
    return type == PTM_WEIGHTS_PARKER || type == PTM_WEIGHTS_SILVER || type == PTM_WEIGHTS_RIESS;
}

static int find_excess(sample *k, const ptm_circle *c, const ptm_scan *scan)
{
    const double fan = 2 * widest_angle(c, scan), least = k->type == PTM_WEIGHTS_RIESS ? 0 : fan, range = k->sweep.range;
    k->excess = k->type == PTM_WEIGHTS_PARKER ? fan : range - PI;
    if (range - PI >= least - 1e-9) return PTM_OK;
    return ptm_fail(PTM_ERROR_ARGUMENT, "FBP needs views over a half turn%s, %.1f degrees, but they cover %.1f; an "
        "iterative solver takes any views", least > 0 ? " and the fan" : "", degrees(PI + least), degrees(range));
}

/* A ray in a view `beta` after the first. */
static double ray_weight(const ptm_redundancy *r, const sample *k, double beta, double place, double gamma)
{
    switch (k->type) {
    case PTM_WEIGHTS_PARKER: case PTM_WEIGHTS_SILVER: return ptm_short_scan_weight(beta, gamma, k->excess);
    case PTM_WEIGHTS_RIESS: return ptm_riess_weight(beta, gamma, k->excess);
    case PTM_WEIGHTS_WANG: return ptm_half_detector_weight(place * r->longer, r->less);
    default: return 1;
    }
}

/* Parallel rays are measured again half a turn later, so that their angles may be taken modulo pi. */
static double period_of(ptm_weights_type type, const ptm_circle *c)
{
    if (c->pitch != 0) return INFINITY;
    return c->parallel && (type == PTM_WEIGHTS_AUTO || type == PTM_WEIGHTS_NONE) ? PI : 2 * PI;
}

/* Which weights the angles of a sample ask for; and that none of these are missing. */
static int choose(sample *k, const ptm_circle *c, const ptm_scan *scan)
{
    const ptm_sweep *s = &k->sweep;
    const bool closed = ptm_sweep_is_closed(s);
    if (c->pitch != 0 && s->widest > 5 * s->range / s->count)
        return ptm_fail(PTM_ERROR_ARGUMENT, "FBP needs all views of a helix, but %.1f degrees are missing",
            degrees(s->widest));
    if (k->type == PTM_WEIGHTS_AUTO && c->parallel && !closed)
        return ptm_fail(PTM_ERROR_ARGUMENT, "FBP needs views over a half turn, but %.1f degrees are missing after %.1f "
            "degrees; an iterative solver takes any views", degrees(s->gap), degrees(s->first + s->range));
    if (k->type == PTM_WEIGHTS_AUTO) k->type = closed ? PTM_WEIGHTS_NONE : PTM_WEIGHTS_SILVER;
    return has_ends(k->type) ? find_excess(k, c, scan) : PTM_OK;
}

static int sample_weights(double *out, const ptm_redundancy *r, const ptm_circle *c, const ptm_scan *scan,
    const double *angles)
{
    sample k = { .type = r->type };
    int status = ptm_sweep_make(&k.sweep, angles, scan->count, period_of(r->type, c));
    if (status) return status;
    status = choose(&k, c, scan);
    const double all = ptm_sweep_steps(&k.sweep, !has_ends(k.type) && ptm_sweep_is_closed(&k.sweep));
    const double scale = k.type == PTM_WEIGHTS_NONE ? PI / all : 1;
    for (int i = 0; i < scan->count && !status; ++i) {
        const ptm_turn *turn = &k.sweep.turns[i];
        for (int u = 0; u < scan->nu; ++u)
            out[(size_t)turn->view * (size_t)scan->nu + (size_t)u] = scale * turn->step *
                ray_weight(r, &k, turn->angle, ptm_circle_place(c, scan, u), ptm_circle_fan_angle(c, scan, u));
    }
    ptm_sweep_free(&k.sweep);
    return status;
}

int ptm_redundancy_weights(double **out, const ptm_redundancy *r, const ptm_circle *c, const ptm_scan *scan)
{
    const size_t all = (size_t)ptm_scan_all_views(scan), count = (size_t)scan->count, nu = (size_t)scan->nu;
    *out = ptm_alloc(all * nu, sizeof **out);
    if (!*out) return PTM_ERROR_MEMORY;
    int status = PTM_OK;
    for (size_t first = 0; first < all && !status; first += count)
        status = sample_weights(*out + first * nu, r, c, scan, c->angles + first);
    if (status) {
        free(*out);
        *out = NULL;
    }
    return status;
}
