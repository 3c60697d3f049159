#include "ct/view.h"

ptm_cylinder ptm_cylinder_of(const ptm_view *view)
{
    const ptm_vec u = ptm_vec_from(view->u), v = ptm_vec_from(view->v), up = ptm_scale(v, 1 / ptm_length(v));
    const ptm_vec middle = ptm_sub(ptm_vec_from(view->detector), ptm_vec_from(view->source));
    ptm_cylinder c = { .height = ptm_dot(middle, up) };
    const ptm_vec level = ptm_sub(middle, ptm_scale(up, c.height));
    c.radius = ptm_length(level);
    c.out = ptm_scale(level, 1 / c.radius);
    c.aside = ptm_scale(u, 1 / ptm_length(u));
    c.step = ptm_length(u) / c.radius;
    return c;
}

ptm_vec ptm_pixel_place(const ptm_scan *scan, const ptm_view *view, double u, double v)
{
    const double du = u - 0.5 * (scan->nu - 1), dv = v - 0.5 * (scan->nv - 1);
    const ptm_vec upwards = ptm_scale(ptm_vec_from(view->v), dv), middle = ptm_vec_from(view->detector);
    if (!scan->cylindrical) return ptm_add(middle, ptm_add(ptm_scale(ptm_vec_from(view->u), du), upwards));
    /* The chord from the middle, so that nothing of the radius' size cancels. */
    const ptm_cylinder c = ptm_cylinder_of(view);
    const double angle = du * c.step, half = sin(0.5 * angle);
    const ptm_vec chord = ptm_add(ptm_scale(c.aside, c.radius * sin(angle)), ptm_scale(c.out, -2 * c.radius * half * half));
    return ptm_add(middle, ptm_add(chord, upwards));
}

bool ptm_project_point(double pixel[2], const ptm_scan *scan, const ptm_view *view, ptm_vec point)
{
    const ptm_vec u = ptm_vec_from(view->u), v = ptm_vec_from(view->v), source = ptm_vec_from(view->source);
    const ptm_vec middle = ptm_vec_from(view->detector), normal = ptm_cross(u, v);
    ptm_vec on = ptm_sub(point, middle);
    double a, b;
    if (scan->cylindrical) {
        const ptm_cylinder c = ptm_cylinder_of(view);
        const ptm_vec ray = ptm_sub(point, source);
        const double ahead = ptm_dot(ray, c.out), aside = ptm_dot(ray, c.aside);
        if (!(ahead > 0)) return false;
        a = atan2(aside, ahead) / c.step;
        b = (c.radius / hypot(ahead, aside) * ptm_dot(ray, v) / ptm_length(v) - c.height) / ptm_length(v);
    } else {
        if (scan->parallel) {
            on = ptm_sub(on, ptm_scale(source, ptm_dot(on, normal) / ptm_dot(source, normal)));
        } else {
            const ptm_vec ray = ptm_sub(point, source);
            const double depth = ptm_dot(ray, normal) / ptm_dot(ptm_sub(middle, source), normal);
            if (!(depth > 0)) return false;
            on = ptm_sub(ptm_add(source, ptm_scale(ray, 1 / depth)), middle);
        }
        const double uu = ptm_dot(u, u), vv = ptm_dot(v, v), uv = ptm_dot(u, v), pu = ptm_dot(on, u), pv = ptm_dot(on, v);
        a = (pu * vv - pv * uv) / (uu * vv - uv * uv);
        b = (pv * uu - pu * uv) / (uu * vv - uv * uv);
    }
    pixel[0] = a + 0.5 * (scan->nu - 1);
    pixel[1] = b + 0.5 * (scan->nv - 1);
    return true;
}
