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
