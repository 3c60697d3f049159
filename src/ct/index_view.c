/* index_view.c - views in units of voxels. */
#include "ct/index_view.h"

static ptm_vec steps_of(const ptm_volume *volume)
{
    return ptm_vec_from(volume->spacing);
}
static ptm_vec centre_of(const ptm_volume *volume)
{
    return ptm_vec_from(volume->offset);
}
ptm_vec ptm_volume_middle(const ptm_volume *volume)
{
    return (ptm_vec){ 0.5 * (volume->shape[2] - 1), 0.5 * (volume->shape[1] - 1), 0.5 * (volume->shape[0] - 1) };
}
static ptm_vec divide(ptm_vec a, ptm_vec b)
{
    return (ptm_vec){ a.x / b.x, a.y / b.y, a.z / b.z };
}

ptm_index_view ptm_index_view_of(const ptm_scan *scan, const ptm_view *view)
{
    const ptm_vec step = steps_of(&scan->volume), centre = centre_of(&scan->volume);
    ptm_index_view r = { ptm_vec_from(view->source), ptm_vec_from(view->detector), ptm_vec_from(view->u),
        ptm_vec_from(view->v), view };
    r.detector = ptm_sub(r.detector, ptm_add(ptm_scale(r.u, 0.5 * (scan->nu - 1)), ptm_scale(r.v, 0.5 * (scan->nv - 1))));
    r.detector = divide(ptm_sub(r.detector, centre), step);
    r.source = divide(scan->parallel ? r.source : ptm_sub(r.source, centre), step);
    r.u = divide(r.u, step);
    r.v = divide(r.v, step);
    return r;
}

ptm_vec ptm_index_pixel(const ptm_scan *scan, const ptm_index_view *view, double u)
{
    if (!scan->cylindrical) return ptm_add(view->detector, ptm_scale(view->u, u));
    return divide(ptm_sub(ptm_pixel_place(scan, view->view, u, 0), centre_of(&scan->volume)), steps_of(&scan->volume));
}

ptm_arc ptm_arc_of(const ptm_scan *scan, const ptm_index_view *view)
{
    if (!scan->cylindrical) return (ptm_arc){ 0 };
    const ptm_cylinder c = ptm_cylinder_of(view->view);
    return (ptm_arc) { c.step, 0.5 * (scan->nu - 1),
        0.5 * (scan->nv - 1) - c.height / ptm_length(ptm_vec_from(view->view->v)) };
}

static void form(double out[4], ptm_vec row, ptm_vec from, double constant)
{
    out[0] = constant - ptm_dot(row, from);
    out[1] = row.x;
    out[2] = row.y;
    out[3] = row.z;
}

static double value_at(const double a[4], ptm_vec x)
{
    return a[0] + a[1] * x.x + a[2] * x.y + a[3] * x.z;
}

ptm_homography ptm_homography_of(const ptm_scan *scan, const ptm_index_view *view, double near_fraction)
{
    ptm_homography h = { .weight = 1, .near = near_fraction };
    const ptm_vec e = scan->parallel ? view->source : ptm_sub(view->detector, view->source);
    const ptm_vec from = scan->parallel ? view->detector : view->source;
    const double volume = ptm_dot(e, ptm_cross(view->u, view->v));
    const ptm_vec row_a = ptm_scale(ptm_cross(view->v, e), 1 / volume),
                  row_b = ptm_scale(ptm_cross(e, view->u), 1 / volume);
    form(h.u, row_a, from, 0);
    form(h.v, row_b, from, 0);
    if (scan->parallel) {
        form(h.w, (ptm_vec){ 0, 0, 0 }, from, 1);
        return h;
    }
    form(h.w, ptm_scale(ptm_cross(view->u, view->v), 1 / volume), from, 0);
    /* Scale so that w is 1 at the centre; where that is at or behind the source, any scale does. */
    const double reach = fabs(h.w[1]) + fabs(h.w[2]) + fabs(h.w[3]);
    const double scale = h.w[0] > 1e-6 * reach ? 1 / h.w[0] : 1 / reach;
    for (int i = 0; i < 4; ++i) {
        h.u[i] *= scale;
        h.v[i] *= scale;
        h.w[i] *= scale;
    }
    const ptm_vec origin = divide(ptm_scale(centre_of(&scan->volume), -1), steps_of(&scan->volume));
    const double depth = value_at(h.w, origin);
    if (!(depth > 0)) return h;
    double distance = depth;
    if (scan->cylindrical) {
        const ptm_arc a = ptm_arc_of(scan, view);
        distance *= hypot(1, (value_at(h.u, origin) / depth - a.middle) * a.step);
    }
    h.weight = distance * distance;
    h.near = near_fraction * depth;
    return h;
}

void ptm_beam(double *out, const ptm_homography *h, const ptm_volume *volume)
{
    const ptm_vec middle = ptm_volume_middle(volume);
    out[BEAM_U0] = h->u[0] - h->u[1] * middle.x - h->u[2] * middle.y;
    out[BEAM_UX] = h->u[1];
    out[BEAM_UY] = h->u[2];
    out[BEAM_W0] = h->w[0] - h->w[1] * middle.x - h->w[2] * middle.y;
    out[BEAM_WX] = h->w[1];
    out[BEAM_WY] = h->w[2];
    out[BEAM_WEIGHT] = h->weight;
    out[BEAM_NEAR] = h->near;
}

/* The shadows of p + a and p + b are |L(p)| / (W(p)^2 - c^2) apart, L and W linear in p. Where W stays the same that is
 * largest at an end, and so over a rectangle somewhere on an edge. */
typedef struct gap { double l, w, c; } gap;
static gap gap_at(const double *beam, const double a[2], const double b[2], double x, double y)
{
    const double w = ptm_beam_depth(beam, x, y), n = ptm_beam_column(beam, x, y) * w;
    const double na = beam[BEAM_UX] * a[0] + beam[BEAM_UY] * a[1], wa = beam[BEAM_WX] * a[0] + beam[BEAM_WY] * a[1];
    const double nb = beam[BEAM_UX] * b[0] + beam[BEAM_UY] * b[1], wb = beam[BEAM_WX] * b[0] + beam[BEAM_WY] * b[1];
    return (gap){ n * (wb - wa) + w * (na - nb) + na * wb - nb * wa, w + 0.5 * (wa + wb), 0.5 * (wb - wa) };
}

/* The widest on the edge between two places. */
static double widest_between(gap p, gap q)
{
    const double l = q.l - p.l, w = q.w - p.w;
    /* The derivative vanishes where e t^2 + 2 f t + g = 0. */
    const double e = l * w * w, f = p.l * w * w, g = 2 * w * p.w * p.l - l * (p.w * p.w - p.c * p.c),
                 root = sqrt(fmax(f * f - e * g, 0));
    const double places[] = { 0, 1, e != 0 ? (-f - root) / e : -0.5 * g / f, e != 0 ? (-f + root) / e : 0 };
    double widest = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; ++i)
        if (places[i] >= 0 && places[i] <= 1) {
            const double there = p.w + places[i] * w;
            widest = fmax(widest, fabs(p.l + places[i] * l) / (there * there - p.c * p.c));
        }
    return widest;
}

double ptm_beam_widest(const double *beam, const double a[2], const double b[2], const ptm_rectangle *r)
{
    const gap corners[] = { gap_at(beam, a, b, r->low[0], r->low[1]), gap_at(beam, a, b, r->high[0], r->low[1]),
        gap_at(beam, a, b, r->high[0], r->high[1]), gap_at(beam, a, b, r->low[0], r->high[1]) };
    double widest = 0;
    for (int i = 0; i < 4; ++i) widest = fmax(widest, widest_between(corners[i], corners[(i + 1) % 4]));
    return widest;
}
