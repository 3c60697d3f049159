/* rtk.c - RTK's views to geometries and back.
 *
 * RTK's rotation axis is y, and at gantry angle 0 the source is at +z and u is x. Here the axis is z, and at angle 0
 * the source is at -y: RTK's (x, y, z) is (x, z, -y) here, so that angles, u and v are the same. */
#include "rtk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PARALLEL_SID 1000 /* what RTK takes where nobody knows it: parallel rays do not depend on it */
#define CLOSE 1e-9

#define FIELD(name, member)                                                                                                \
    {                                                                                                                      \
        name, offsetof(ptm_rtk_view, member)                                                                               \
    }
const ptm_rtk_field ptm_rtk_fields[PTM_RTK_FIELDS] = { FIELD("GantryAngle", gantry),
    FIELD("SourceToIsocenterDistance", sid), FIELD("SourceToDetectorDistance", sdd), FIELD("SourceOffsetX", source_x),
    FIELD("SourceOffsetY", source_y), FIELD("ProjectionOffsetX", projection_x), FIELD("ProjectionOffsetY", projection_y),
    FIELD("InPlaneAngle", in_plane), FIELD("OutOfPlaneAngle", out_of_plane) };

double *ptm_rtk_number(ptm_rtk_view *view, int field)
{
    return (double *)(void *)((char *)view + ptm_rtk_fields[field].at);
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* ------------------------------------------------------------------ from RTK */

/* Rows u, v, n of the rotation in RTK's coordinates: Euler's angles in the order Z, X, Y, with opposite signs, for it
 * is space that is turned, not the scanner. */
static void rotation(double r[3][3], const ptm_rtk_view *view)
{
    const double a = -view->in_plane / PTM_GEOMETRY_DEGREES, b = -view->out_of_plane / PTM_GEOMETRY_DEGREES;
    const double c = -view->gantry / PTM_GEOMETRY_DEGREES;
    const double xy[3][3] = { { cos(c), 0, sin(c) }, { sin(b) * sin(c), cos(b), -sin(b) * cos(c) },
        { -cos(b) * sin(c), sin(b), cos(b) * cos(c) } };
    for (int k = 0; k < 3; k++) {
        r[0][k] = cos(a) * xy[0][k] - sin(a) * xy[1][k];
        r[1][k] = sin(a) * xy[0][k] + cos(a) * xy[1][k];
        r[2][k] = xy[2][k];
    }
}

void ptm_rtk_matrix(double matrix[3][4], const ptm_rtk_view *view)
{
    double r[3][3];
    rotation(r, view);
    const bool parallel = view->sdd == 0;
    const double shift[2] = { view->source_x - view->projection_x, view->source_y - view->projection_y };
    const double source[2] = { view->source_x, view->source_y }, place[2] = { view->projection_x, view->projection_y };
    for (int k = 0; k < 3; k++) matrix[2][k] = parallel ? 0 : r[2][k];
    matrix[2][3] = parallel ? 1 : -view->sid;
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 3; k++) matrix[i][k] = parallel ? r[i][k] : -view->sdd * r[i][k] + shift[i] * r[2][k];
        matrix[i][3] = parallel ? -place[i] : view->sdd * source[i] - shift[i] * view->sid;
    }
}

static void combine(double to[3], double x, double y, double z, double r[3][3])
{
    const double at[3] = { x * r[0][0] + y * r[1][0] + z * r[2][0], x * r[0][1] + y * r[1][1] + z * r[2][1],
        x * r[0][2] + y * r[1][2] + z * r[2][2] };
    to[0] = at[0];
    to[1] = -at[2];
    to[2] = at[1];
}

static void to_view(ptm_view *to, const ptm_rtk_view *view)
{
    double r[3][3];
    rotation(r, view);
    const bool parallel = view->sdd == 0;
    if (parallel)
        combine(to->source, 0, 0, -1, r);
    else
        combine(to->source, view->source_x, view->source_y, view->sid, r);
    combine(to->detector, view->projection_x, view->projection_y, parallel ? -view->sid : view->sid - view->sdd, r);
    combine(to->u, 1, 0, 0, r);
    combine(to->v, 0, 1, 0, r);
}

/* All views are the first one, turned; and it is one of a circle. A turn by 180 degrees in the plane is a detector
 * flipped both ways. */
static bool is_circle(const ptm_rtk_view *views, int count)
{
    const ptm_rtk_view *first = &views[0];
    for (int i = 1; i < count; i++) {
        ptm_rtk_view turned = views[i];
        turned.gantry = first->gantry;
        if (memcmp(&turned, first, sizeof turned)) return false;
    }
    const bool distances = first->sdd == 0 || (first->sdd > 0 && first->sid > 0 && first->source_y == 0);
    return distances && first->out_of_plane == 0 && (first->in_plane == 0 || first->in_plane == 180);
}

static int to_circle(ptm_io_geometry *g, const ptm_rtk_view *views, int count, bool cylindrical)
{
    const ptm_rtk_view *first = &views[0];
    const bool parallel = first->sdd == 0, flipped = first->in_plane == 180;
    const double sign = flipped ? -1 : 1;
    g->beam = parallel ? PTM_IO_PARALLEL : PTM_IO_CONE;
    g->sod = parallel ? 0 : first->sid;
    g->sdd = first->sdd;
    g->axis_offset = parallel || first->source_x == 0 ? 0 : -sign * first->source_x;
    g->detector.offset[0] = sign * first->projection_x + g->axis_offset;
    g->detector.offset[1] = sign * first->projection_y;
    g->detector.flip_u = g->detector.flip_v = flipped;
    g->detector.cylindrical = cylindrical;
    if (!(g->angles = ptm_io_alloc((uint64_t)count, sizeof *g->angles))) return PTM_ERROR_MEMORY;
    for (int i = 0; i < count; i++) g->angles[i] = views[i].gantry;
    return PTM_OK;
}

static int to_vectors(ptm_io_geometry *g, const ptm_rtk_view *views, int count)
{
    g->kind = PTM_IO_VECTORS;
    g->beam = views[0].sdd == 0 ? PTM_IO_PARALLEL : PTM_IO_CONE;
    g->directions = true;
    if (!(g->vectors = ptm_io_alloc((uint64_t)count, sizeof *g->vectors))) return PTM_ERROR_MEMORY;
    for (int i = 0; i < count; i++) to_view(&g->vectors[i], &views[i]);
    return PTM_OK;
}

int ptm_rtk_to_geometry(ptm_io_geometry *g, const ptm_rtk_view *views, int count, double radius, const char *path)
{
    const bool circle = is_circle(views, count);
    g->views = count;
    if (radius != 0 &&
        !(circle && views[0].source_x == 0 && views[0].sdd > 0 && fabs(radius - views[0].sdd) <= CLOSE * radius))
        return ptm_error_set(PTM_ERROR_UNSUPPORTED,
            "%s: RadiusCylindricalDetector is %g; a cylindrical detector must be bent about the "
            "source, which goes round on a circle",
            path, radius);
    return circle ? to_circle(g, views, count, radius != 0) : to_vectors(g, views, count);
}

/* ------------------------------------------------------------------ to RTK */

static int no_place(int view, const char *what)
{
    return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry: view %d: %s, for which RTK's files have no place", view, what);
}

/* Unit vectors along u and v, and n, which RTK has towards the source. */
static int axes_of(double axes[3][3], const ptm_view *view, bool parallel, int index)
{
    double *u = axes[0], *v = axes[1], *n = axes[2], back[3];
    const double du = sqrt(dot(view->u, view->u)), dv = sqrt(dot(view->v, view->v));
    for (int k = 0; k < 3; k++) {
        u[k] = view->u[k] / du;
        v[k] = view->v[k] / dv;
        back[k] = parallel ? -view->source[k] : view->source[k] - view->detector[k];
    }
    if (!(fabs(dot(u, v)) <= CLOSE)) return no_place(index, "u and v are not at right angles");
    for (int k = 0; k < 3; k++) n[k] = u[(k + 1) % 3] * v[(k + 2) % 3] - u[(k + 2) % 3] * v[(k + 1) % 3];
    const double depth = dot(n, back), length = sqrt(dot(back, back));
    if (!(depth > 0)) return no_place(index, "the detector is flipped along one of its axes");
    if (parallel && !(depth >= (1 - CLOSE) * length))
        return no_place(index, "rays are not at right angles to the detector");
    return PTM_OK;
}

static void angles_of(ptm_rtk_view *to, double axes[3][3])
{
    const double *u = axes[0], *v = axes[1], *n = axes[2], level = hypot(n[0], n[1]);
    to->out_of_plane = -atan2(n[2], level) * PTM_GEOMETRY_DEGREES;
    if (level > 1e-12) { /* else both turn about one axis */
        to->gantry = atan2(n[0], -n[1]) * PTM_GEOMETRY_DEGREES;
        to->in_plane = atan2(u[2], v[2]) * PTM_GEOMETRY_DEGREES;
    } else {
        to->gantry = atan2(u[1], u[0]) * PTM_GEOMETRY_DEGREES;
    }
}

static int from_view(ptm_rtk_view *to, const ptm_view *view, bool parallel, int index)
{
    double axes[3][3] = { { 0 } };
    const int status = axes_of(axes, view, parallel, index);
    if (status) return status;
    *to = (ptm_rtk_view) { .projection_x = dot(axes[0], view->detector), .projection_y = dot(axes[1], view->detector) };
    angles_of(to, axes);
    const double behind = -dot(axes[2], view->detector);
    if (parallel) {
        to->sid = behind > 0 ? behind : PARALLEL_SID;
        return PTM_OK;
    }
    to->sid = dot(axes[2], view->source);
    to->sdd = to->sid + behind;
    to->source_x = dot(axes[0], view->source);
    to->source_y = dot(axes[1], view->source);
    return PTM_OK;
}

static int from_circle(ptm_rtk_view *views, const ptm_io_geometry *g)
{
    const bool parallel = g->beam == PTM_IO_PARALLEL;
    const double range = g->range != 0 ? g->range : parallel ? 180 : 360, sign = g->detector.flip_u ? -1 : 1;
    if (g->detector.flip_u != g->detector.flip_v) return no_place(0, "the detector is flipped along one of its axes");
    if (g->beam == PTM_IO_FAN && g->detector.shape[0] != 1) return no_place(0, "a stack of fans");
    if (g->detector.cylindrical && g->axis_offset != 0) return no_place(0, "a cylindrical detector and an axis_offset");
    if (!parallel && !(g->sod > 0 && g->sdd > 0))
        return ptm_error_set(
            PTM_ERROR_ARGUMENT, "geometry: sod is %g mm and sdd %g mm, expected more than 0", g->sod, g->sdd);
    for (int i = 0; i < g->views; i++)
        views[i] = (ptm_rtk_view) { .gantry = g->angles ? g->angles[i] : g->start + range * i / g->views,
            .in_plane = g->detector.flip_u ? 180 : 0,
            .sid = parallel ? PARALLEL_SID : g->sod,
            .sdd = parallel ? 0 : g->sdd,
            .source_x = parallel || g->axis_offset == 0 ? 0 : -sign * g->axis_offset,
            .projection_x = sign * (g->detector.offset[0] - g->axis_offset),
            .projection_y = sign * g->detector.offset[1] };
    return PTM_OK;
}

/* RTK's images have one spacing, which does not stand in the file. */
static int check_pixel(double first[2], const ptm_view *view, int index)
{
    const double size[2] = { sqrt(dot(view->u, view->u)), sqrt(dot(view->v, view->v)) };
    if (index == 0) memcpy(first, size, sizeof size);
    for (int i = 0; i < 2; i++)
        if (!(fabs(size[i] - first[i]) <= 1e-6 * first[i])) return no_place(index, "pixels are not as large as in view 0");
    return PTM_OK;
}

static int from_lists(ptm_rtk_view *views, const ptm_io_geometry *g)
{
    int status = PTM_OK;
    double pixel[2] = { 0 };
    if (g->detector.cylindrical) return no_place(0, "a cylindrical detector in vectors");
    for (int i = 0; i < g->views && !status; i++) {
        ptm_view view = { { 0 }, { 0 }, { 0 }, { 0 } };
        bool parallel = g->beam == PTM_IO_PARALLEL;
        if (g->kind == PTM_IO_VECTORS)
            view = g->vectors[i];
        else
            status = ptm_view_from_matrix(
                &view, &parallel, &g->matrices[i], g->detector.shape, g->volume.offset, g->pitch, g->sdd);
        if (!status) status = check_pixel(pixel, &view, i);
        if (!status) status = from_view(&views[i], &view, parallel, i);
        if (!status && (views[i].sdd == 0) != (views[0].sdd == 0)) status = no_place(i, "parallel rays beside others");
    }
    return status;
}

int ptm_rtk_from_geometry(ptm_rtk_view **views, double *radius, const ptm_io_geometry *g)
{
    if (g->views < 1)
        return ptm_error_set(
            PTM_ERROR_ARGUMENT, "geometry: views is %d; RTK's files list them, expected 1 or more", g->views);
    ptm_rtk_view *list = ptm_io_alloc((uint64_t)g->views, sizeof *list);
    if (!list) return PTM_ERROR_MEMORY;
    const int status = g->kind == PTM_IO_CIRCULAR ? from_circle(list, g) : from_lists(list, g);
    *radius = g->detector.cylindrical ? g->sdd : 0;
    if (status)
        free(list);
    else
        *views = list;
    return status;
}
