/* phantom_ray.c - closed-form line integrals through phantoms, and their projections.
 *
 * Every shape but a Gaussian is convex, so that a ray is in it from one place to another. */
#include "core/spread.h"
#include "ct/phantom.h"
#include "ct/view.h"

#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846
#define ROWS 256 /* of projections, from one call of the progress function to the next */

ptm_ray ptm_ray_through(ptm_vec point, ptm_vec along)
{
    const ptm_vec unit = ptm_scale(along, 1 / ptm_length(along));
    const ptm_vec base = ptm_sub(point, ptm_scale(unit, ptm_dot(point, unit)));
    return (ptm_ray){ base, unit, -(double)INFINITY, (double)INFINITY };
}

/* ------------------------------------------------------------------ one shape */

static const ptm_interval everywhere = { -(double)INFINITY, (double)INFINITY };

/* Where f + t df <= limit. */
static bool below(ptm_interval *in, double f, double df, double limit)
{
    if (df > 0) in->high = fmin(in->high, (limit - f) / df);
    else if (df < 0) in->low = fmax(in->low, (limit - f) / df);
    else if (f > limit) return false;
    return in->low < in->high;
}

/* Where |f| <= 1. */
static bool in_slab(ptm_interval *in, double f, double df)
{
    return below(in, f, df, 1) && below(in, -f, -df, 1);
}

/* Where |q + t d| <= 1: about the point nearest to the origin, so that nothing cancels. */
static bool in_ball(ptm_interval *in, ptm_vec q, ptm_vec d)
{
    const double dd = ptm_dot(d, d);
    if (dd == 0) return ptm_dot(q, q) <= 1;
    const double t = -ptm_dot(q, d) / dd;
    const ptm_vec nearest = ptm_add(q, ptm_scale(d, t));
    const double rest = 1 - ptm_dot(nearest, nearest);
    if (!(rest > 0)) return false;
    const double half = sqrt(rest / dd);
    in->low = fmax(in->low, t - half);
    in->high = fmin(in->high, t + half);
    return in->low < in->high;
}

/* Where the distance from the third axis is at most middle + slope z: of the two cones that this equation has with slope
 * squared, the one with a radius above 0. The line of its parameter 0 is near the shape. */
static bool in_cone(ptm_interval *in, const ptm_body *b, ptm_vec q, ptm_vec d)
{
    const double r = b->middle + b->slope * q.z, dr = b->slope * d.z;
    const double a = d.x * d.x + d.y * d.y - dr * dr, half_b = q.x * d.x + q.y * d.y - r * dr;
    const double c = q.x * q.x + q.y * q.y - r * r;
    if (a == 0) return below(in, c, 2 * half_b, 0);
    const double root = half_b * half_b - a * c;
    if (!(root >= 0)) return false;
    const double s = -(half_b + copysign(sqrt(root), half_b)), one = s / a, other = s != 0 ? c / s : one;
    const double first = fmin(one, other), second = fmax(one, other);
    if (a > 0 || dr < 0) in->high = fmin(in->high, a > 0 ? second : first);
    if (a > 0 || dr > 0) in->low = fmax(in->low, a > 0 ? first : second);
    return in->low < in->high;
}

/* Where a ray with these coordinates is in the body, but for its planes. */
static bool in_body(ptm_interval *in, const ptm_body *b, ptm_vec q, ptm_vec d)
{
    if (b->type != PTM_SHAPE_ELLIPSOID && !in_slab(in, q.z, d.z)) return false;
    switch (b->type) {
    case PTM_SHAPE_ELLIPSOID: return in_ball(in, q, d);
    case PTM_SHAPE_CONE: return in_cone(in, b, q, d);
    case PTM_SHAPE_CYLINDER: return in_ball(in, (ptm_vec){ q.x, q.y, 0 }, (ptm_vec){ d.x, d.y, 0 });
    default: return in_slab(in, q.x, d.x) && in_slab(in, q.y, d.y);
    }
}

/* The part of the ray that is in the body; false where there is none. */
static bool meet(ptm_interval *in, const ptm_body *b, const ptm_ray *ray)
{
    const double nearest = ptm_dot(ptm_sub(b->centre, ray->base), ray->along);
    const ptm_vec from = ptm_add(ray->base, ptm_scale(ray->along, nearest)), p = ptm_sub(from, b->centre);
    if (ptm_dot(p, p) > b->reach * b->reach) return false;
    *in = everywhere;
    if (!in_body(in, b, ptm_body_place(b, p), ptm_body_place(b, ray->along))) return false;
    for (int i = 0; i < b->plane_count; ++i) {
        const ptm_vec normal = b->planes[i].normal;
        if (!below(in, ptm_dot(normal, from), ptm_dot(normal, ray->along), b->planes[i].distance)) return false;
    }
    in->low = fmax(in->low + nearest, ray->start);
    in->high = fmin(in->high + nearest, ray->end);
    return in->low < in->high;
}

static double gaussian_integral(const ptm_body *b, const ptm_ray *ray)
{
    const double nearest = ptm_dot(ptm_sub(b->centre, ray->base), ray->along);
    const ptm_vec p = ptm_sub(ptm_add(ray->base, ptm_scale(ray->along, nearest)), b->centre);
    if (ptm_dot(p, p) > b->reach * b->reach) return 0;
    const ptm_vec q = ptm_body_place(b, p), d = ptm_body_place(b, ray->along);
    const double dd = ptm_dot(d, d), t = dd > 0 ? -ptm_dot(q, d) / dd : 0;
    const ptm_vec peak = ptm_add(q, ptm_scale(d, t));
    const double height = b->value * exp(-0.5 * ptm_dot(peak, peak)), scale = sqrt(0.5 * dd), at = nearest + t;
    if (dd == 0) return height * (ray->end - ray->start);
    return height * 0.5 * sqrt(PI) / scale * (erf((ray->end - at) * scale) - erf((ray->start - at) * scale));
}

/* ------------------------------------------------------------------ all shapes */

/* Disjoint, in order. */
typedef struct cover { ptm_interval *part; int count; } cover;

static double uncovered(const cover *c, ptm_interval in)
{
    double length = in.high - in.low;
    for (int i = 0; i < c->count; ++i) {
        const double low = fmax(in.low, c->part[i].low), high = fmin(in.high, c->part[i].high);
        if (low < high) length -= high - low;
    }
    return length;
}

static void cover_too(cover *c, ptm_interval in)
{
    int first = 0;
    while (first < c->count && c->part[first].high < in.low) first++;
    int last = first; /* parts from first to before last become one with it */
    for (; last < c->count && c->part[last].low <= in.high; ++last) {
        in.low = fmin(in.low, c->part[last].low);
        in.high = fmax(in.high, c->part[last].high);
    }
    memmove(c->part + first + 1, c->part + last, (size_t)(c->count - last) * sizeof *c->part);
    c->part[first] = in;
    c->count += 1 - (last - first);
}

/* From the last shape to the first: a shape counts where none that replaces it comes after it. */
double ptm_ray_integral(const ptm_phantom *phantom, const ptm_ray *ray, ptm_interval *room)
{
    cover covered = { room, 0 };
    double sum = 0;
    for (int i = phantom->count - 1; i >= 0; --i) {
        const ptm_body *b = &phantom->bodies[i];
        ptm_interval in;
        if (b->type == PTM_SHAPE_GAUSSIAN) {
            sum += gaussian_integral(b, ray);
        } else if (meet(&in, b, ray)) {
            sum += b->value * uncovered(&covered, in);
            if (b->replaces) cover_too(&covered, in);
        }
    }
    return sum;
}

int ptm_phantom_line(double *integral, const ptm_phantom *phantom, const double from[3], const double to[3])
{
    if (!integral || !phantom || !from || !to)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL",
            !integral ? "integral" : !phantom ? "phantom" : !from ? "from" : "to");
    const ptm_vec a = ptm_vec_from(from), b = ptm_vec_from(to), along = ptm_sub(b, a);
    if (!(ptm_length(along) > 0 && isfinite(ptm_length(along))))
        return ptm_fail(PTM_ERROR_ARGUMENT, "from and to are %g mm apart, expected more than 0", ptm_length(along));
    ptm_interval *room = ptm_alloc((size_t)phantom->replacing + 1, sizeof *room);
    if (!room) return PTM_ERROR_MEMORY;
    ptm_ray ray = ptm_ray_through(a, along);
    ray.start = ptm_dot(a, ray.along);
    ray.end = ptm_dot(b, ray.along);
    *integral = ptm_ray_integral(phantom, &ray, room);
    free(room);
    return PTM_OK;
}

/* ------------------------------------------------------------------ projections */

typedef struct projection {
    const ptm_phantom *phantom;
    const ptm_scan *scan;
    ptm_array out;
    int along_u, along_v; /* rays in a pixel */
} projection;

static ptm_ray ray_of(const ptm_scan *scan, const ptm_view *view, int row, double u, double v)
{
    ptm_vec pixel = ptm_pixel_place(scan, view, u, v), source = ptm_vec_from(view->source);
    if (scan->stack) /* slice `row` alone, at its height */
        pixel.z = source.z = scan->volume.offset[2] + (row - 0.5 * (scan->volume.shape[0] - 1)) * scan->volume.spacing[2];
    if (scan->parallel) return ptm_ray_through(pixel, source);
    ptm_ray ray = ptm_ray_through(pixel, ptm_sub(pixel, source));
    ray.start = ptm_dot(source, ray.along);
    return ray;
}

static double pixel_mean(const projection *p, const ptm_view *view, int row, int column, ptm_interval *room)
{
    double sum = 0;
    for (int j = 0; j < p->along_v; ++j)
        for (int i = 0; i < p->along_u; ++i) {
            const double u = column + (i + 0.5) / p->along_u - 0.5, v = row + (j + 0.5) / p->along_v - 0.5;
            const ptm_ray ray = ray_of(p->scan, view, row, u, v);
            sum += ptm_ray_integral(p->phantom, &ray, room);
        }
    return sum / (p->along_u * p->along_v);
}

/* Rows of all views count on. */
static void project_row(void *user, int64_t number, void *room)
{
    const projection *p = user;
    const int view = (int)(number / p->scan->nv), row = (int)(number % p->scan->nv);
    for (int u = 0; u < p->scan->nu; ++u)
        ptm_element_set(&p->out, view, row, u, pixel_mean(p, &p->scan->views[view], row, u, room));
}

int ptm_phantom_project(ptm_context *context, const ptm_phantom *phantom, const ptm_scan *scan,
    const ptm_array *projections, const ptm_phantom_run *run)
{
    if (!context || !phantom || !scan)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !context ? "context" : !phantom ? "phantom" : "scan");
    if (scan->samples)
        return ptm_fail(PTM_ERROR_UNSUPPORTED, "scan is a batch of %d, expected a single scan", scan->samples);
    ptm_phantom_run o;
    projection p = { .phantom = phantom, .scan = scan };
    int64_t shape[3];
    ptm_scan_projection_shape(scan, shape);
    int status = ptm_phantom_check_run(&o, run);
    if (!status) status = ptm_phantom_check_array(&p.out, projections, "projections", shape);
    if (status) return status;
    p.along_u = o.ray_samples;
    p.along_v = scan->stack || ptm_scan_is_flat(scan) ? 1 : o.ray_samples;
    return ptm_spread_watched(context, (int64_t)scan->count * scan->nv,
        ((size_t)phantom->replacing + 1) * sizeof(ptm_interval), project_row, &p,
        &(ptm_watch){ .batch = ROWS, .progress = o.progress, .user = o.progress_user });
}
