/* phantom.c - making phantoms of lists of shapes, and refusing those that make no sense. */
#include "ct/phantom.h"

#include <stdlib.h>
#include <string.h>

#define GAUSSIAN_REACH 9 /* standard deviations: exp(-81 / 2) is 3e-18 */

/* ------------------------------------------------------------------ checking */

static int bad(int index, const char *field, double value, const char *expected)
{
    return ptm_fail(PTM_ERROR_ARGUMENT, "shapes[%d].%s is %g, expected %s", index, field, value, expected);
}

static bool all_finite(const double *values, int count, double *wrong)
{
    for (int i = 0; i < count; ++i)
        if (!isfinite(*wrong = values[i])) return false;
    return true;
}

/* May the shape have no end along its axis i? */
static bool may_be_endless(const ptm_shape *s, int i)
{
    if (s->type == PTM_SHAPE_BOX) return true;
    return i == 2 && (s->type == PTM_SHAPE_CYLINDER || s->type == PTM_SHAPE_GAUSSIAN);
}

static bool has_axes(const ptm_shape *s)
{
    for (int i = 0; i < 9; ++i)
        if (s->axes[i / 3][i % 3] != 0) return true;
    return false;
}

static int check_axes(const ptm_shape *s, int index)
{
    double wrong;
    if (!all_finite(s->axes[0], 9, &wrong)) return bad(index, "axes", wrong, "a finite number");
    for (int i = 0; i < 3 && has_axes(s); ++i) {
        const ptm_vec a = ptm_vec_from(s->axes[i]), b = ptm_vec_from(s->axes[(i + 1) % 3]);
        const double lengths = ptm_length(a) * ptm_length(b);
        if (lengths == 0 || fabs(ptm_dot(a, b)) > 1e-6 * lengths)
            return ptm_fail(PTM_ERROR_ARGUMENT, "shapes[%d].axes[%d] and [%d] are not at right angles", index, i,
                (i + 1) % 3);
    }
    return PTM_OK;
}

static int check_planes(const ptm_shape *s, int index)
{
    double wrong;
    if (s->plane_count < 0 || s->plane_count > PTM_MAX_PLANES)
        return ptm_fail(PTM_ERROR_ARGUMENT, "shapes[%d].plane_count is %d, expected 0 to %d", index, s->plane_count,
            PTM_MAX_PLANES);
    if (s->plane_count && s->type == PTM_SHAPE_GAUSSIAN)
        return ptm_fail(PTM_ERROR_ARGUMENT, "shapes[%d].plane_count is %d, but Gaussians have no planes", index,
            s->plane_count);
    for (int i = 0; i < s->plane_count; ++i) {
        const ptm_plane *p = &s->planes[i];
        if (!all_finite(p->normal, 3, &wrong)) return bad(index, "planes[].normal", wrong, "a finite number");
        if (!isfinite(p->distance)) return bad(index, "planes[].distance", p->distance, "a finite number");
        if (ptm_length(ptm_vec_from(p->normal)) == 0) return bad(index, "planes[].normal", 0, "one with a length");
    }
    return PTM_OK;
}

static int check_shape(const ptm_shape *s, int index)
{
    double wrong;
    if ((int)s->type < PTM_SHAPE_ELLIPSOID || s->type > PTM_SHAPE_GAUSSIAN)
        return bad(index, "type", (double)s->type, "0 to 4");
    if (!isfinite(s->value)) return bad(index, "value", s->value, "a finite number");
    if (!all_finite(s->centre, 3, &wrong)) return bad(index, "centre", wrong, "a finite number");
    for (int i = 0; i < 3; ++i) {
        const double half = s->half_axes[i];
        if (!(half > 0)) return bad(index, "half_axes", half, "more than 0");
        if (!isfinite(half) && !may_be_endless(s, i)) return bad(index, "half_axes", half, "a finite number");
    }
    if (s->type == PTM_SHAPE_CONE && !(s->taper >= 0 && s->taper <= 1)) return bad(index, "taper", s->taper, "0 to 1");
    if (s->type == PTM_SHAPE_GAUSSIAN && s->replaces)
        return ptm_fail(PTM_ERROR_ARGUMENT, "shapes[%d].replaces is set, but Gaussians are added", index);
    const int status = check_axes(s, index);
    return status ? status : check_planes(s, index);
}

/* ------------------------------------------------------------------ making */

static double reach_of(const ptm_shape *s)
{
    const double *h = s->half_axes, across = fmax(h[0], h[1]);
    switch (s->type) {
    case PTM_SHAPE_ELLIPSOID: return fmax(across, h[2]);
    case PTM_SHAPE_BOX: return hypot(hypot(h[0], h[1]), h[2]);
    case PTM_SHAPE_GAUSSIAN: return GAUSSIAN_REACH * fmax(across, h[2]);
    default: return hypot(across, h[2]);
    }
}

static bool is_aligned(const ptm_vec row[3])
{
    for (int i = 0; i < 3; ++i)
        if ((row[i].x != 0) + (row[i].y != 0) + (row[i].z != 0) > 1) return false;
    return true;
}

static ptm_body body_of(const ptm_shape *s)
{
    static const double straight[3][3] = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
    const bool cone = s->type == PTM_SHAPE_CONE;
    ptm_body b = { .type = s->type, .replaces = s->replaces, .value = s->value, .centre = ptm_vec_from(s->centre),
        .reach = reach_of(s), .middle = cone ? 0.5 * (1 + s->taper) : 1, .slope = cone ? 0.5 * (s->taper - 1) : 0,
        .plane_count = s->plane_count };
    for (int i = 0; i < 3; ++i) {
        const ptm_vec axis = ptm_vec_from(has_axes(s) ? s->axes[i] : straight[i]);
        b.row[i] = ptm_scale(axis, 1 / (ptm_length(axis) * s->half_axes[i]));
    }
    b.aligned = is_aligned(b.row);
    for (int i = 0; i < s->plane_count; ++i) {
        const ptm_vec normal = ptm_vec_from(s->planes[i].normal);
        b.planes[i].normal = ptm_scale(normal, 1 / ptm_length(normal));
        b.planes[i].distance = s->planes[i].distance / ptm_length(normal);
    }
    return b;
}

static int fill(ptm_phantom *phantom, const ptm_shape *shapes, int count)
{
    phantom->shapes = ptm_alloc((size_t)count, sizeof *phantom->shapes);
    phantom->bodies = ptm_alloc((size_t)count, sizeof *phantom->bodies);
    if (!phantom->shapes || !phantom->bodies) return PTM_ERROR_MEMORY;
    phantom->count = count;
    for (int i = 0; i < count; ++i) {
        const int status = check_shape(&shapes[i], i);
        if (status) return status;
        phantom->shapes[i] = shapes[i];
        phantom->bodies[i] = body_of(&shapes[i]);
        phantom->replacing += shapes[i].replaces;
    }
    return PTM_OK;
}

int ptm_phantom_create(ptm_phantom **out, const ptm_shape *shapes, int count)
{
    if (out) *out = NULL;
    if (!out || !shapes) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "shapes" : "out");
    if (count < 1) return ptm_fail(PTM_ERROR_ARGUMENT, "count is %d, expected 1 or more", count);
    ptm_phantom *phantom = ptm_alloc(1, sizeof *phantom);
    if (!phantom) return PTM_ERROR_MEMORY;
    const int status = fill(phantom, shapes, count);
    if (status) ptm_phantom_destroy(&phantom);
    *out = phantom;
    return status;
}

void ptm_phantom_destroy(ptm_phantom **phantom)
{
    if (!phantom || !*phantom) return;
    free((*phantom)->shapes);
    free((*phantom)->bodies);
    free(*phantom);
    *phantom = NULL;
}

int ptm_phantom_shapes(const ptm_phantom *phantom)
{
    return phantom ? phantom->count : 0;
}

void ptm_phantom_get_shape(const ptm_phantom *phantom, int index, ptm_shape *shape)
{
    if (phantom && shape && index >= 0 && index < phantom->count) *shape = phantom->shapes[index];
}

/* ------------------------------------------------------------------ points */

static bool holds(const ptm_body *b, ptm_vec at)
{
    const ptm_vec q = ptm_body_place(b, ptm_sub(at, b->centre));
    const double across = hypot(q.x, q.y);
    bool inside;
    switch (b->type) {
    case PTM_SHAPE_ELLIPSOID: inside = ptm_dot(q, q) <= 1; break;
    case PTM_SHAPE_BOX: inside = fabs(q.x) <= 1 && fabs(q.y) <= 1 && fabs(q.z) <= 1; break;
    default: inside = across <= b->middle + b->slope * q.z && fabs(q.z) <= 1; break;
    }
    for (int i = 0; i < b->plane_count && inside; ++i) inside = ptm_dot(b->planes[i].normal, at) <= b->planes[i].distance;
    return inside;
}

double ptm_phantom_value(const ptm_phantom *phantom, const double at[3])
{
    if (!phantom || !at) return 0;
    const ptm_vec place = ptm_vec_from(at);
    double value = 0, gaussians = 0;
    for (int i = 0; i < phantom->count; ++i) {
        const ptm_body *b = &phantom->bodies[i];
        if (b->type == PTM_SHAPE_GAUSSIAN) {
            const ptm_vec q = ptm_body_place(b, ptm_sub(place, b->centre));
            gaussians += b->value * exp(-0.5 * ptm_dot(q, q));
        } else if (holds(b, place)) {
            value = b->replaces ? b->value : value + b->value;
        }
    }
    return value + gaussians;
}

/* ------------------------------------------------------------------ what runs share */

int ptm_phantom_check_run(ptm_phantom_run *out, const ptm_phantom_run *run)
{
    const int status = ptm_copy_sized(out, sizeof *out, run, "ptm_phantom_run");
    if (status) return status;
    if (out->ray_samples < 0 || out->ray_samples > 16)
        return ptm_fail(PTM_ERROR_ARGUMENT, "ray_samples is %d, expected 1 to 16", out->ray_samples);
    if (out->ray_samples == 0) out->ray_samples = 1;
    return PTM_OK;
}

int ptm_phantom_check_array(ptm_array *out, const ptm_array *array, const char *name, const int64_t shape[3])
{
    if (!array) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", name);
    const ptm_space space = ptm_space_of(shape, array->type == PTM_FLOAT64 ? PTM_FLOAT64 : PTM_FLOAT32, 0);
    const int status = ptm_array_check(out, array, name, &space, NULL, false, true);
    if (status) return status;
    if (!out->data) return ptm_fail(PTM_ERROR_ARGUMENT, "%s.data is NULL, expected memory of the host", name);
    return PTM_OK;
}

void ptm_shape_turn(ptm_shape *shape, ptm_vec first, ptm_vec third)
{
    const ptm_vec second = ptm_cross(third, first);
    const ptm_vec axes[3] = { first, second, third };
    for (int i = 0; i < 3; ++i) memcpy(shape->axes[i], (double[]){ axes[i].x, axes[i].y, axes[i].z },
        sizeof shape->axes[i]);
}
