/* scan.c - making scans, and refusing those that make no sense. */
#include "ct/scan.h"
#include "ct/vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846
#define LONGEST 16384 /* of any axis of a volume or detector: kernels keep places in float32 */

static int check_finite(const char *what, const double *values, int count)
{
    for (int i = 0; i < count; ++i)
        if (!isfinite(values[i])) return ptm_fail(PTM_ERROR_ARGUMENT, "%s[%d] is %g, expected a finite number", what, i, values[i]);
    return PTM_OK;
}

static int check_shape(const char *what, const int *shape, int count)
{
    for (int i = 0; i < count; ++i)
        if (shape[i] < 1 || shape[i] > LONGEST)
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s[%d] is %d, expected 1 to %d", what, i, shape[i], LONGEST);
    return PTM_OK;
}

static int check_spacing(const char *what, double *spacing, int count)
{
    int status = check_finite(what, spacing, count);
    for (int i = 0; i < count && !status; ++i) {
        if (spacing[i] < 0)
            status = ptm_fail(PTM_ERROR_ARGUMENT, "%s[%d] is %g mm, expected more than 0", what, i, spacing[i]);
        if (spacing[i] == 0) spacing[i] = 1;
    }
    return status;
}

static int check_volume(ptm_volume *volume)
{
    int status = check_shape("volume.shape", volume->shape, 3);
    if (!status) status = check_spacing("volume.spacing", volume->spacing, 3);
    if (!status) status = check_finite("volume.offset", volume->offset, 3);
    return status;
}

static int check_view(const ptm_view *view, int index, bool parallel)
{
    double numbers[12];
    memcpy(numbers, view, sizeof numbers);
    for (int i = 0; i < 12; ++i)
        if (!isfinite(numbers[i]))
            return ptm_fail(PTM_ERROR_ARGUMENT, "view %d: number %d of 12 is %g, expected a finite number", index, i, numbers[i]);
    ptm_vec u = ptm_vec_from(view->u), v = ptm_vec_from(view->v), normal = ptm_cross(u, v);
    if (ptm_length(u) == 0 || ptm_length(v) == 0)
        return ptm_fail(PTM_ERROR_ARGUMENT, "view %d: the step along %s is zero", index, ptm_length(u) == 0 ? "u" : "v");
    if (ptm_length(normal) < 1e-6 * ptm_length(u) * ptm_length(v))
        return ptm_fail(PTM_ERROR_ARGUMENT, "view %d: the steps along u and v are parallel", index);
    ptm_vec ray = ptm_vec_from(view->source);
    if (!parallel) ray = ptm_sub(ptm_vec_from(view->detector), ray);
    if (ptm_length(ray) == 0)
        return ptm_fail(PTM_ERROR_ARGUMENT, parallel ? "view %d: the ray direction is zero"
            : "view %d: the source is at the detector's centre", index);
    if (fabs(ptm_dot(ray, normal)) < 1e-6 * ptm_length(ray) * ptm_length(normal))
        return ptm_fail(PTM_ERROR_ARGUMENT, parallel ? "view %d: the rays run along the detector"
            : "view %d: the source is in the detector's plane", index);
    return PTM_OK;
}

static int make(ptm_scan **out, const ptm_volume *volume, const int detector_shape[2], bool parallel, int views)
{
    *out = NULL;
    if (views < 1 || views > 1 << 20)
        return ptm_fail(PTM_ERROR_ARGUMENT, "views is %d, expected 1 to %d", views, 1 << 20);
    ptm_scan *scan = ptm_alloc(1, sizeof *scan);
    if (!scan) return PTM_ERROR_MEMORY;
    *scan = (ptm_scan){ .volume = *volume, .nv = detector_shape[0], .nu = detector_shape[1], .count = views,
        .parallel = parallel };
    scan->views = ptm_alloc((size_t)views, sizeof *scan->views);
    if (!scan->views) {
        free(scan);
        return PTM_ERROR_MEMORY;
    }
    *out = scan;
    return PTM_OK;
}

static int check_views(ptm_scan **scan)
{
    int status = PTM_OK;
    for (int i = 0; i < (*scan)->count && !status; ++i) status = check_view(&(*scan)->views[i], i, (*scan)->parallel);
    if (status) ptm_scan_destroy(scan);
    return status;
}

static int check_circular(const ptm_circular_options *o, ptm_volume *volume, ptm_detector *detector, bool parallel)
{
    int status = check_volume(volume);
    if (!status) status = check_shape("detector.shape", detector->shape, 2);
    if (!status) status = check_spacing("detector.spacing", detector->spacing, 2);
    if (!status) status = check_finite("detector.offset", detector->offset, 2);
    if (!status) status = check_finite("start, range, axis_offset", (double[]){ o->start, o->range, o->axis_offset }, 3);
    if (status || parallel) return status;
    if (!(isfinite(o->sod) && o->sod > 0)) return ptm_fail(PTM_ERROR_ARGUMENT, "sod is %g mm, expected more than 0", o->sod);
    if (!(isfinite(o->sdd) && o->sdd > 0)) return ptm_fail(PTM_ERROR_ARGUMENT, "sdd is %g mm, expected more than 0", o->sdd);
    return PTM_OK;
}

static ptm_view circular_view(const ptm_circular_options *o, const ptm_detector *detector, bool parallel, double angle)
{
    const double c = cos(angle), s = sin(angle);
    const ptm_vec u = { c, s, 0 }, v = { 0, 0, 1 }, away = { -s, c, 0 };
    const ptm_vec aside = ptm_scale(u, -o->axis_offset);
    ptm_vec source = parallel ? away : ptm_add(aside, ptm_scale(away, -o->sod));
    ptm_vec centre = ptm_add(aside, ptm_scale(away, parallel ? 0 : o->sdd - o->sod));
    centre = ptm_add(centre, ptm_add(ptm_scale(u, detector->offset[0]), ptm_scale(v, detector->offset[1])));
    const double du = detector->flip_u ? -detector->spacing[0] : detector->spacing[0];
    const double dv = detector->flip_v ? -detector->spacing[1] : detector->spacing[1];
    return (ptm_view){ { source.x, source.y, source.z }, { centre.x, centre.y, centre.z }, { du * c, du * s, 0 },
        { 0, 0, dv } };
}

static int circular(ptm_scan **out, ptm_context *context, const ptm_circular_options *options, bool parallel)
{
    if (!out || !context || !options)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !context ? "context" : "options");
    *out = NULL;
    ptm_circular_options sized, *o = &sized;
    int status = ptm_copy_sized(o, sizeof *o, options, "ptm_circular_options");
    if (status) return status;
    ptm_volume volume = o->volume;
    ptm_detector detector = o->detector;
    status = check_circular(o, &volume, &detector, parallel);
    if (!status) status = make(out, &volume, detector.shape, parallel, o->views);
    if (status) return status;
    const double range = o->range != 0 ? o->range : parallel ? PI : 2 * PI;
    for (int i = 0; i < o->views; ++i)
        (*out)->views[i] = circular_view(o, &detector, parallel,
            o->angles ? o->angles[i] : o->start + range * i / o->views);
    return check_views(out);
}

int ptm_scan_parallel(ptm_scan **out, ptm_context *context, const ptm_circular_options *options)
{
    return circular(out, context, options, true);
}

int ptm_scan_cone(ptm_scan **out, ptm_context *context, const ptm_circular_options *options)
{
    return circular(out, context, options, false);
}

int ptm_scan_vectors(ptm_scan **out, ptm_context *context, const ptm_vector_options *options)
{
    if (!out || !context || !options)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !context ? "context" : "options");
    *out = NULL;
    ptm_vector_options sized, *o = &sized;
    int status = ptm_copy_sized(o, sizeof *o, options, "ptm_vector_options");
    if (status) return status;
    if (o->views > 0 && !o->view) return ptm_fail(PTM_ERROR_ARGUMENT, "view is NULL");
    ptm_volume volume = o->volume;
    status = check_volume(&volume);
    if (!status) status = check_shape("detector_shape", o->detector_shape, 2);
    if (!status) status = make(out, &volume, o->detector_shape, o->parallel, o->views);
    if (status) return status;
    memcpy((*out)->views, o->view, (size_t)o->views * sizeof *o->view);
    return check_views(out);
}

void ptm_scan_destroy(ptm_scan **scan)
{
    if (!scan || !*scan) return;
    free((*scan)->views);
    free(*scan);
    *scan = NULL;
}

int ptm_scan_views(const ptm_scan *scan)
{
    return scan->count;
}

void ptm_scan_get_view(const ptm_scan *scan, int index, ptm_view *view)
{
    if (index >= 0 && index < scan->count) *view = scan->views[index];
}

void ptm_scan_get_volume(const ptm_scan *scan, ptm_volume *volume)
{
    *volume = scan->volume;
}

void ptm_scan_projection_shape(const ptm_scan *scan, int64_t shape[3])
{
    shape[0] = scan->count;
    shape[1] = scan->nv;
    shape[2] = scan->nu;
}

bool ptm_scan_is_upright(const ptm_scan *scan)
{
    for (int i = 0; i < scan->count; ++i) {
        const ptm_view *view = &scan->views[i];
        const double *u = view->u, *v = view->v;
        const double along = fabs(v[2]), across = hypot(u[0], u[1]);
        if (hypot(v[0], v[1]) > 1e-12 * along || fabs(u[2]) > 1e-12 * across) return false;
        if (scan->parallel && fabs(view->source[2]) > 1e-12 * hypot(view->source[0], view->source[1])) return false;
    }
    return true;
}
