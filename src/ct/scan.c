/* scan.c - making scans of any views, and refusing those that make no sense. */
#include "ct/scan.h"
#include "core/device.h"
#include "ct/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846
#define FARTHEST 1e15 /* mm; squares of it are numbers of 32 bits still */

int ptm_check_finite(const char *what, const double *values, int count)
{
    for (int i = 0; i < count; ++i)
        if (!isfinite(values[i]))
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s[%d] is %g, expected a finite number", what, i, values[i]);
    return PTM_OK;
}

int ptm_check_shape(const char *what, const int *shape, int count)
{
    for (int i = 0; i < count; ++i)
        if (shape[i] < 1 || shape[i] > PTM_MAX_LENGTH)
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s[%d] is %d, expected 1 to %d", what, i, shape[i], PTM_MAX_LENGTH);
    return PTM_OK;
}

int ptm_check_spacing(const char *what, double *spacing, int count)
{
    int status = ptm_check_finite(what, spacing, count);
    for (int i = 0; i < count && !status; ++i) {
        if (spacing[i] < 0)
            status = ptm_fail(PTM_ERROR_ARGUMENT, "%s[%d] is %g mm, expected more than 0", what, i, spacing[i]);
        if (spacing[i] == 0) spacing[i] = 1;
    }
    return status;
}

int ptm_check_volume(ptm_volume *volume)
{
    int status = ptm_check_shape("volume.shape", volume->shape, 3);
    if (!status) status = ptm_check_spacing("volume.spacing", volume->spacing, 3);
    if (!status) status = ptm_check_finite("volume.offset", volume->offset, 3);
    return status;
}

/* A cylindrical detector needs u across v and across the line from the source. */
static int check_cylinder(const ptm_view *view, int index, int nu)
{
    const ptm_vec u = ptm_vec_from(view->u), v = ptm_vec_from(view->v);
    const ptm_cylinder c = ptm_cylinder_of(view);
    const char *wrong = fabs(ptm_dot(u, v)) > 1e-6 * ptm_length(u) * ptm_length(v) ? "v"
        : !(c.radius > 0) || fabs(ptm_dot(c.out, c.aside)) > 1e-6 ? "the line from the source" : NULL;
    if (wrong)
        return ptm_fail(PTM_ERROR_ARGUMENT, "view %d: u is not at right angles to %s, as a cylindrical detector needs it",
            index, wrong);
    const double half = 0.5 * (nu + 1) * c.step * 180 / PI;
    if (half < 85) return PTM_OK;
    return ptm_fail(PTM_ERROR_ARGUMENT, "view %d: the cylindrical detector spans %g degrees to either side, the most is 85",
        index, half);
}

static int check_view(const ptm_view *view, int index, const ptm_scan *scan)
{
    double numbers[12];
    memcpy(numbers, view, sizeof numbers);
    for (int i = 0; i < 12; ++i)
        if (!(fabs(numbers[i]) <= FARTHEST))
            return ptm_fail(PTM_ERROR_ARGUMENT, "view %d: number %d of 12 is %g, expected a finite number up to %g", index,
                i, numbers[i], FARTHEST);
    ptm_vec u = ptm_vec_from(view->u), v = ptm_vec_from(view->v), normal = ptm_cross(u, v);
    if (ptm_length(u) == 0 || ptm_length(v) == 0)
        return ptm_fail(PTM_ERROR_ARGUMENT, "view %d: the step along %s is zero", index, ptm_length(u) == 0 ? "u" : "v");
    if (ptm_length(normal) < 1e-6 * ptm_length(u) * ptm_length(v))
        return ptm_fail(PTM_ERROR_ARGUMENT, "view %d: the steps along u and v are parallel", index);
    ptm_vec ray = ptm_vec_from(view->source);
    if (!scan->parallel) ray = ptm_sub(ptm_vec_from(view->detector), ray);
    if (ptm_length(ray) == 0)
        return ptm_fail(PTM_ERROR_ARGUMENT, scan->parallel ? "view %d: the ray direction is zero"
            : "view %d: the source is at the detector's centre", index);
    if (scan->cylindrical) return check_cylinder(view, index, scan->nu);
    if (fabs(ptm_dot(ray, normal)) < 1e-6 * ptm_length(ray) * ptm_length(normal))
        return ptm_fail(PTM_ERROR_ARGUMENT, scan->parallel ? "view %d: the rays run along the detector"
            : "view %d: the source is in the detector's plane", index);
    return PTM_OK;
}

/* A plane through a point; positive on one side. */
typedef struct plane { ptm_vec point, normal; } plane;

/* The sides of what a view sees, each positive within: through the source, or along the rays, and the detector's edges, a
 * pixel further out, which interpolation reaches. A cylindrical detector's upper and lower edges are none. */
static int sides_of(plane out[5], const ptm_scan *scan, const ptm_view *view)
{
    const ptm_vec source = ptm_vec_from(view->source), middle = ptm_vec_from(view->detector);
    int count = 0;
    for (int axis = 0; axis < (scan->cylindrical || scan->stack ? 1 : 2); ++axis)
        for (int end = 0; end < 2; ++end) {
            const double at = end ? (axis ? scan->nv : scan->nu) : -1;
            const double half_u = 0.5 * (scan->nu - 1), half_v = 0.5 * (scan->nv - 1);
            const ptm_vec edge = ptm_pixel_place(scan, view, axis ? half_u : at, axis ? at : half_v);
            const ptm_vec ray = scan->parallel ? source : ptm_sub(edge, source);
            ptm_vec normal = ptm_cross(ray, ptm_vec_from(axis ? view->u : view->v));
            if (ptm_dot(normal, ptm_sub(middle, edge)) < 0) normal = ptm_scale(normal, -1);
            out[count++] = (plane){ edge, normal };
        }
    if (!scan->parallel) out[count++] = (plane){ source, ptm_sub(middle, source) };
    return count;
}

/* May the view see some of the volume? Not if all of it lies outside one of its sides. */
static bool sees_volume(const ptm_scan *scan, const ptm_view *view)
{
    const ptm_volume *g = &scan->volume;
    plane sides[5];
    const int count = sides_of(sides, scan, view);
    for (int i = 0; i < count; ++i) {
        bool within = false;
        for (int corner = 0; corner < 8; ++corner) {
            double at[3];
            for (int k = 0; k < 3; ++k) {
                const double half = 0.5 * (g->shape[2 - k] + 1) * g->spacing[k]; /* interpolation reaches a voxel further */
                at[k] = g->offset[k] + (corner >> k & 1 ? half : -half);
            }
            within = within || ptm_dot(sides[i].normal, ptm_sub(ptm_vec_from(at), sides[i].point)) > 0;
        }
        if (!within) return false;
    }
    return true;
}

static int check_views(const ptm_scan *scan)
{
    bool seen = false;
    for (int i = 0; i < scan->count; ++i) {
        int status = check_view(&scan->views[i], i, scan);
        if (status) return status;
        seen = seen || sees_volume(scan, &scan->views[i]);
    }
    return seen ? PTM_OK : ptm_fail(PTM_ERROR_ARGUMENT, "no view sees the volume: check offsets, distances and units (mm)");
}

int ptm_scan_make(ptm_scan **out, const ptm_scan *like)
{
    *out = NULL;
    if (like->count < 1 || like->count > PTM_MAX_VIEWS)
        return ptm_fail(PTM_ERROR_ARGUMENT, "views is %d, expected 1 to %d", like->count, PTM_MAX_VIEWS);
    ptm_scan *scan = ptm_alloc(1, sizeof *scan);
    if (!scan) return PTM_ERROR_MEMORY;
    *scan = *like;
    scan->views = ptm_alloc((size_t)ptm_scan_all_views(scan), sizeof *scan->views);
    if (!scan->views) {
        free(scan);
        return PTM_ERROR_MEMORY;
    }
    *out = scan;
    return PTM_OK;
}

int ptm_scan_finish(ptm_scan **scan)
{
    int status = check_views(*scan);
    if (status) ptm_scan_destroy(scan);
    return status;
}

int ptm_scan_vectors(ptm_scan **out, ptm_context *context, const ptm_vector_options *options)
{
    if (out) *out = NULL;
    if (!out || !context || !options)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !context ? "context" : "options");
    ptm_vector_options sized, *o = &sized;
    int status = ptm_copy_sized(o, sizeof *o, options, "ptm_vector_options");
    if (status) return status;
    if (o->views > 0 && !o->view) return ptm_fail(PTM_ERROR_ARGUMENT, "view is NULL");
    if (o->parallel && o->cylindrical)
        return ptm_fail(
            PTM_ERROR_ARGUMENT, "cylindrical is set, but a parallel beam has no source to bend the detector about");
    status = ptm_check_volume(&o->volume);
    if (!status) status = ptm_check_shape("detector_shape", o->detector_shape, 2);
    if (!status)
        status = ptm_scan_make(out, &(ptm_scan) { .volume = o->volume, .nv = o->detector_shape[0],
                                        .nu = o->detector_shape[1], .count = o->views, .parallel = o->parallel,
                                        .cylindrical = o->cylindrical });
    if (status) return status;
    memcpy((*out)->views, o->view, (size_t)o->views * sizeof *o->view);
    return ptm_scan_finish(out);
}

int ptm_scan_matrices(ptm_scan **out, ptm_context *context, const ptm_matrix_options *options)
{
    if (out) *out = NULL;
    if (!out || !context || !options)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !context ? "context" : "options");
    ptm_matrix_options sized, *o = &sized;
    int status = ptm_copy_sized(o, sizeof *o, options, "ptm_matrix_options");
    if (status) return status;
    if (o->views > 0 && !o->matrix) return ptm_fail(PTM_ERROR_ARGUMENT, "matrix is NULL");
    status = ptm_check_volume(&o->volume);
    if (!status) status = ptm_check_shape("detector_shape", o->detector_shape, 2);
    if (!status)
        status = ptm_scan_make(out,
            &(ptm_scan) { .volume = o->volume, .nv = o->detector_shape[0], .nu = o->detector_shape[1], .count = o->views });
    for (int i = 0; !status && i < o->views; ++i) {
        bool parallel;
        status = ptm_view_from_matrix(
            &(*out)->views[i], &parallel, &o->matrix[i], o->detector_shape, o->volume.offset, o->pitch, o->sdd);
        if (status) {
            char why[512];
            snprintf(why, sizeof why, "%s", ptm_error_message());
            status = ptm_fail(status, "matrix[%d]: %s", i, why);
        } else if (i == 0) {
            (*out)->parallel = parallel;
        } else if (parallel != (*out)->parallel) {
            status = ptm_fail(
                PTM_ERROR_ARGUMENT, "matrix[%d] is %s, matrix[0] is not", i, parallel ? "a parallel beam" : "a cone");
        }
    }
    if (status) {
        ptm_scan_destroy(out);
        return status;
    }
    return ptm_scan_finish(out);
}

/* What in a sample is not as in the first one; NULL if nothing. */
static const char *differing(const ptm_scan *a, const ptm_scan *b)
{
    for (int i = 0; i < 3; ++i)
        if (a->volume.shape[i] != b->volume.shape[i] || a->volume.spacing[i] != b->volume.spacing[i]
            || a->volume.offset[i] != b->volume.offset[i])
            return "volume";
    if (a->nu != b->nu || a->nv != b->nv || a->cylindrical != b->cylindrical) return "detector";
    if (a->count != b->count) return "number of views";
    return a->parallel != b->parallel || a->stack != b->stack ? "kind of beam" : NULL;
}

int ptm_scan_batch(ptm_scan **out, ptm_context *context, const ptm_scan *const *scans, int count)
{
    if (out) *out = NULL;
    if (!out || !context || !scans)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !context ? "context" : "scans");
    if (count < 1 || count > PTM_MAX_VIEWS)
        return ptm_fail(PTM_ERROR_ARGUMENT, "count is %d, expected 1 to %d", count, PTM_MAX_VIEWS);
    for (int i = 0; i < count; ++i) {
        if (!scans[i]) return ptm_fail(PTM_ERROR_ARGUMENT, "scans[%d] is NULL", i);
        if (scans[i]->samples) return ptm_fail(PTM_ERROR_ARGUMENT, "scans[%d] is a batch itself", i);
        const char *what = differing(scans[0], scans[i]);
        if (what) return ptm_fail(PTM_ERROR_ARGUMENT, "scans[%d] has another %s than scans[0]", i, what);
    }
    ptm_scan like = *scans[0];
    if (count > PTM_MAX_VIEWS / like.count)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%d samples of %d views, expected at most %d views in all", count, like.count,
            PTM_MAX_VIEWS);
    like.samples = count;
    int status = ptm_scan_make(out, &like);
    for (int i = 0; !status && i < count; ++i)
        memcpy(
            (*out)->views + (size_t)i * (size_t)like.count, scans[i]->views, (size_t)like.count * sizeof *scans[i]->views);
    return status;
}

int ptm_scan_like(ptm_scan **out, const ptm_scan *like, const ptm_view *views)
{
    int status = ptm_scan_make(out, like);
    if (!status) memcpy((*out)->views, views, (size_t)ptm_scan_all_views(like) * sizeof *views);
    return status;
}

int ptm_scan_part(ptm_scan **out, const ptm_scan *scan, int first, int count)
{
    if (out) *out = NULL;
    if (!out || !scan) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "scan" : "out");
    if (count < 1 || first < 0 || first > scan->count - count)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%d views from %d on, but the scan has %d", count, first, scan->count);
    ptm_scan like = *scan;
    like.count = count;
    int status = ptm_scan_make(out, &like);
    for (int i = 0; !status && i < ptm_scan_all_views(*out); ++i)
        (*out)->views[i] = scan->views[i / count * scan->count + first + i % count];
    return status;
}

int ptm_scan_widen(ptm_scan **scan, int before, int after)
{
    if (before == 0 && after == 0) return PTM_OK;
    const ptm_scan *old = *scan;
    ptm_scan like = *old, *wide;
    like.nu += before + after;
    int status = ptm_scan_like(&wide, &like, old->views);
    if (status) return status;
    for (int i = 0; i < ptm_scan_all_views(wide); ++i) {
        ptm_view *view = &wide->views[i];
        const double shift = 0.5 * (after - before);
        const ptm_vec middle = ptm_pixel_place(old, view, 0.5 * (old->nu - 1) + shift, 0.5 * (old->nv - 1));
        if (wide->cylindrical) {
            const ptm_cylinder c = ptm_cylinder_of(view);
            const ptm_vec u = ptm_mix(c.aside, cos(shift * c.step), c.out, -sin(shift * c.step));
            const double length = ptm_length(ptm_vec_from(view->u));
            memcpy(view->u, (double[]){ u.x * length, u.y * length, u.z * length }, sizeof view->u);
        }
        memcpy(view->detector, (double[]){ middle.x, middle.y, middle.z }, sizeof view->detector);
    }
    ptm_scan_destroy(scan);
    *scan = wide;
    return PTM_OK;
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
    return scan ? scan->count : 0;
}

int ptm_scan_blind_views(const ptm_scan *scan)
{
    int blind = 0;
    for (int i = 0; scan && i < ptm_scan_all_views(scan); ++i) blind += !sees_volume(scan, &scan->views[i]);
    return blind;
}

int ptm_scan_samples(const ptm_scan *scan)
{
    return scan ? scan->samples : 0;
}

void ptm_scan_get_view(const ptm_scan *scan, int index, ptm_view *view)
{
    if (scan && view && index >= 0 && index < ptm_scan_all_views(scan)) *view = scan->views[index];
}

void ptm_scan_get_volume(const ptm_scan *scan, ptm_volume *volume)
{
    if (scan && volume) *volume = scan->volume;
}

void ptm_scan_projection_shape(const ptm_scan *scan, int64_t shape[3])
{
    if (!scan || !shape) return;
    shape[0] = scan->count;
    shape[1] = scan->nv;
    shape[2] = scan->nu;
}

bool ptm_scan_is_upright(const ptm_scan *scan)
{
    for (int i = 0; i < ptm_scan_all_views(scan); ++i) {
        const ptm_view *view = &scan->views[i];
        const double *u = view->u, *v = view->v;
        const double along = fabs(v[2]), across = hypot(u[0], u[1]);
        if (hypot(v[0], v[1]) > 1e-12 * along || fabs(u[2]) > 1e-12 * across) return false;
        if (scan->parallel && fabs(view->source[2]) > 1e-12 * hypot(view->source[0], view->source[1])) return false;
    }
    return true;
}
