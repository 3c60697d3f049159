#include "reference.h"

#include "ct/vector.h"

static ptm_vec to_index(const ptm_volume *v, ptm_vec p)
{
    return (ptm_vec){ (p.x - v->offset[0]) / v->spacing[0] + 0.5 * (v->shape[2] - 1),
        (p.y - v->offset[1]) / v->spacing[1] + 0.5 * (v->shape[1] - 1),
        (p.z - v->offset[2]) / v->spacing[2] + 0.5 * (v->shape[0] - 1) };
}

static ptm_vec unit(ptm_vec a)
{
    return ptm_scale(a, 1 / ptm_length(a));
}

/* The line through the source along v, which a cylindrical detector is bent about, meets the plane of its middle here. */
static ptm_vec hub(const ptm_view *view)
{
    const ptm_vec up = unit(ptm_vec_from(view->v)), source = ptm_vec_from(view->source);
    return ptm_add(source, ptm_scale(up, ptm_dot(ptm_sub(ptm_vec_from(view->detector), source), up)));
}

static ptm_vec pixel_place(const ptm_scan *s, const ptm_view *view, double v, double u)
{
    const ptm_vec middle = ptm_vec_from(view->detector), step = ptm_vec_from(view->u);
    const double du = u - 0.5 * (s->nu - 1);
    ptm_vec p = ptm_add(middle, ptm_scale(step, du));
    if (s->cylindrical) {
        const ptm_vec from = hub(view), spoke = ptm_sub(middle, from);
        const double angle = du * ptm_length(step) / ptm_length(spoke);
        p = ptm_add(from, ptm_add(ptm_scale(spoke, cos(angle)), ptm_scale(unit(step), ptm_length(spoke) * sin(angle))));
    }
    return ptm_add(p, ptm_scale(ptm_vec_from(view->v), v - 0.5 * (s->nv - 1)));
}

void reference_ray(double *row, const ptm_scan *s, int index, int v, int u, bool z_too)
{
    const ptm_view *view = &s->views[index];
    const ptm_volume *g = &s->volume;
    const ptm_vec pixel = pixel_place(s, view, v, u);
    const ptm_vec from_mm = s->parallel ? pixel : ptm_vec_from(view->source);
    const ptm_vec along_mm = s->parallel ? ptm_vec_from(view->source) : ptm_sub(pixel, from_mm);
    const ptm_vec o = to_index(g, from_mm);
    const double d[3] = { along_mm.x / g->spacing[0], along_mm.y / g->spacing[1], along_mm.z / g->spacing[2] };
    const double p[3] = { o.x, o.y, o.z };
    const int n[3] = { g->shape[2], g->shape[1], g->shape[0] };
    const bool stack = s->stack; /* slice v alone, as if rays had no slope */
    int m = fabs(d[1]) > fabs(d[0]) ? 1 : 0;
    if (z_too && !stack && fabs(d[2]) > fabs(d[m])) m = 2;
    const int a = m == 0 ? 1 : 0, b = m == 2 ? 1 : 2;
    const double length = (stack ? hypot(along_mm.x, along_mm.y) : ptm_length(along_mm)) / fabs(d[m]);
    const long stride[3] = { 1, n[0], (long)n[0] * n[1] };
    for (int i = 0; i < n[m]; ++i) {
        const double t = (i - p[m]) / d[m];
        if (!s->parallel && (d[m] > 0 ? i - p[m] : p[m] - i) <= 1e-3) continue;
        const double pa = p[a] + t * d[a], pb = stack ? v : p[b] + t * d[b];
        for (int ja = (int)floor(pa); ja <= (int)floor(pa) + 1; ++ja)
            for (int jb = (int)floor(pb); jb <= (int)floor(pb) + 1; ++jb)
                if (ja >= 0 && ja < n[a] && jb >= 0 && jb < n[b])
                    row[i * stride[m] + ja * stride[a] + jb * stride[b]] += length * (1 - fabs(pa - ja)) *
                                                                            (1 - fabs(pb - jb));
    }
}

void reference_samples(double *row, const ptm_scan *s, int index, int v, int u, double step)
{
    const ptm_view *view = &s->views[index];
    const ptm_volume *g = &s->volume;
    const ptm_vec pixel = pixel_place(s, view, v, u), centre = ptm_vec_from(g->offset);
    const ptm_vec from = s->parallel ? pixel : ptm_vec_from(view->source);
    const ptm_vec d = unit(s->parallel ? ptm_vec_from(view->source) : ptm_sub(pixel, from));
    const double nearest = ptm_dot(ptm_sub(centre, from), d),
                 mm = step * fmin(g->spacing[0], fmin(g->spacing[1], g->spacing[2]));
    const int n[3] = { g->shape[2], g->shape[1], g->shape[0] };
    for (int k = -1000; k < 1000; ++k) {
        const double t = nearest + (k + 0.5) * mm;
        if (!s->parallel && t < 0) continue;
        const ptm_vec at = to_index(g, ptm_add(from, ptm_scale(d, t)));
        const double p[3] = { at.x, at.y, at.z };
        for (int corner = 0; corner < 8; ++corner) {
            double weight = mm;
            int j[3];
            bool within = true;
            for (int i = 0; i < 3; ++i) {
                j[i] = (int)floor(p[i]) + (corner >> i & 1);
                within = within && j[i] >= 0 && j[i] < n[i];
                weight *= 1 - fabs(p[i] - j[i]);
            }
            if (within) row[(j[2] * n[1] + j[1]) * n[0] + j[0]] += weight;
        }
    }
}

/* The pixel that a point falls on, and its weight; false if it is too near to the source. */
static bool shadow_of_point(double *u, double *v, double *weight, const ptm_scan *s, const ptm_view *view, ptm_vec place,
    double near_fraction)
{
    const ptm_vec ua = ptm_vec_from(view->u), va = ptm_vec_from(view->v), normal = ptm_cross(ua, va);
    const ptm_vec source = ptm_vec_from(view->source), centre = ptm_vec_from(view->detector);
    ptm_vec hit;
    *weight = 1;
    if (s->parallel) {
        hit = ptm_add(place, ptm_scale(source, ptm_dot(ptm_sub(centre, place), normal) / ptm_dot(source, normal)));
    } else {
        const double whole = ptm_dot(ptm_sub(centre, source), normal),
                     depth = ptm_dot(ptm_sub(place, source), normal) / whole;
        const double origin = -ptm_dot(source, normal) / whole;
        if (depth < near_fraction * origin) return false;
        *weight = origin * origin / (depth * depth);
        hit = ptm_add(source, ptm_scale(ptm_sub(place, source), 1 / depth));
    }
    if (s->cylindrical) {
        const ptm_vec up = unit(va), ray = ptm_sub(place, source), spoke = ptm_sub(centre, hub(view));
        const ptm_vec level = ptm_sub(ray, ptm_scale(up, ptm_dot(ray, up))),
                      to_origin = ptm_sub(ptm_scale(up, ptm_dot(source, up)), source);
        const double radius = ptm_length(spoke), distance = ptm_length(level);
        const double angle = atan2(ptm_dot(level, unit(ua)), ptm_dot(level, unit(spoke)));
        *weight = ptm_dot(to_origin, to_origin) / (distance * distance);
        *u = angle * radius / ptm_length(ua) + 0.5 * (s->nu - 1);
        const double height = ptm_dot(ray, up) * radius / distance - ptm_dot(ptm_sub(centre, source), up);
        *v = height / ptm_length(va) + 0.5 * (s->nv - 1);
        return true;
    }
    const ptm_vec on = ptm_sub(hit, centre);
    const double uu = ptm_dot(ua, ua), vv = ptm_dot(va, va), uv = ptm_dot(ua, va), pu = ptm_dot(on, ua),
                 pv = ptm_dot(on, va);
    const double det = uu * vv - uv * uv;
    *u = (pu * vv - pv * uv) / det + 0.5 * (s->nu - 1);
    *v = (pv * uu - pu * uv) / det + 0.5 * (s->nv - 1);
    return true;
}

void reference_voxel(double *row, const ptm_scan *s, int z, int y, int x, double near_fraction)
{
    const ptm_volume *g = &s->volume;
    const ptm_vec place = { (x - 0.5 * (g->shape[2] - 1)) * g->spacing[0] + g->offset[0],
        (y - 0.5 * (g->shape[1] - 1)) * g->spacing[1] + g->offset[1],
        (z - 0.5 * (g->shape[0] - 1)) * g->spacing[2] + g->offset[2] };
    for (int i = 0; i < s->count; ++i, row += s->nv * s->nu) {
        const ptm_view *view = &s->views[i];
        double u, v, weight;
        if (!shadow_of_point(&u, &v, &weight, s, view, place, near_fraction)) continue;
        if (s->stack) v = z;
        for (int ju = (int)floor(u); ju <= (int)floor(u) + 1; ++ju)
            for (int jv = (int)floor(v); jv <= (int)floor(v) + 1; ++jv)
                if (ju >= 0 && ju < s->nu && jv >= 0 && jv < s->nv)
                    row[jv * s->nu + ju] += weight * (1 - fabs(u - ju)) * (1 - fabs(v - jv));
    }
}

/* The trapezoid with these corners, in any order, 1 high, integrated from a to b: between breaks it is linear. */
static double trapezoid(double corner[4], double a, double b)
{
    for (int i = 1; i < 4; ++i)
        for (int k = i; k > 0 && corner[k] < corner[k - 1]; --k) {
            const double swap = corner[k];
            corner[k] = corner[k - 1];
            corner[k - 1] = swap;
        }
    double sum = 0;
    const double height[5] = { 0, 0, 1, 1, 0 }; /* before each corner, and behind the last */
    for (int i = 1; i < 4; ++i) {
        const double from = fmax(a, corner[i - 1]), to = fmin(b, corner[i]), width = corner[i] - corner[i - 1];
        if (!(to > from)) continue;
        const double rise = (height[i + 1] - height[i]) / width, middle = 0.5 * (from + to) - corner[i - 1];
        sum += (to - from) * (height[i] + rise * middle);
    }
    return sum;
}

static ptm_vec voxel_place(const ptm_volume *g, double x, double y, double z)
{
    return (ptm_vec) { (x - 0.5 * (g->shape[2] - 1)) * g->spacing[0] + g->offset[0],
        (y - 0.5 * (g->shape[1] - 1)) * g->spacing[1] + g->offset[1],
        (z - 0.5 * (g->shape[0] - 1)) * g->spacing[2] + g->offset[2] };
}

/* Stacks of fans, and one slice seen by one row in its plane. */
static bool has_no_height(const ptm_scan *s)
{
    bool in_plane = s->volume.shape[0] == 1 && s->nv == 1;
    const double z = s->volume.offset[2];
    for (int i = 0; in_plane && i < s->count; ++i)
        in_plane = s->views[i].detector[2] == z && s->views[i].source[2] == (s->parallel ? 0 : z);
    return s->stack || in_plane;
}

/* How much of pixel (v, u) the separable footprint of a voxel covers. */
static double footprint(const ptm_scan *s, const ptm_view *view, const int voxel[3], int v, int u)
{
    const ptm_volume *g = &s->volume;
    const ptm_vec normal = ptm_cross(ptm_vec_from(view->u), ptm_vec_from(view->v)), source = ptm_vec_from(view->source);
    const double whole = s->parallel ? 1 : ptm_dot(ptm_sub(ptm_vec_from(view->detector), source), normal);
    double corner[4], low, high, unused, nearest = 1e300, farthest = -1e300;
    for (int i = 0; i < 4; ++i) {
        const ptm_vec p = voxel_place(g, voxel[2] + (i & 1 ? 0.5 : -0.5), voxel[1] + (i & 2 ? 0.5 : -0.5), voxel[0]);
        const double depth = s->parallel ? 1 : ptm_dot(ptm_sub(p, source), normal) / whole;
        nearest = fmin(nearest, depth);
        farthest = fmax(farthest, depth);
        shadow_of_point(&corner[i], &unused, &unused, s, view, p, -1e300);
    }
    if (!(nearest > 1e-3 * (farthest - nearest))) return 0;
    const double along_u = trapezoid(corner, u - 0.5, u + 0.5);
    if (has_no_height(s)) return voxel[0] == v ? along_u : 0;
    shadow_of_point(&unused, &low, &unused, s, view, voxel_place(g, voxel[2], voxel[1], voxel[0] - 0.5), -1e300);
    shadow_of_point(&unused, &high, &unused, s, view, voxel_place(g, voxel[2], voxel[1], voxel[0] + 0.5), -1e300);
    return along_u * fmax(0, fmin(fmax(low, high), v + 0.5) - fmax(fmin(low, high), v - 0.5));
}

void reference_footprint(double *row, const ptm_scan *s, int index, int v, int u)
{
    const ptm_view *view = &s->views[index];
    const ptm_volume *g = &s->volume;
    const ptm_vec pixel = pixel_place(s, view, v, u);
    const ptm_vec along = s->parallel ? ptm_vec_from(view->source) : ptm_sub(pixel, ptm_vec_from(view->source));
    const double length = s->stack ? hypot(along.x, along.y) : ptm_length(along);
    const double through = fmin(g->spacing[0] / fabs(along.x), g->spacing[1] / fabs(along.y)) * length;
    for (int z = 0; z < g->shape[0]; ++z)
        for (int y = 0; y < g->shape[1]; ++y)
            for (int x = 0; x < g->shape[2]; ++x) {
                const int voxel[3] = { z, y, x };
                row[(z * g->shape[1] + y) * g->shape[2] + x] += through * footprint(s, view, voxel, v, u);
            }
}
