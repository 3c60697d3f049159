/* scan.c - from what a geometry file says to a scan. */
#include "format.h"

#include <math.h>
#include <stdlib.h>

#define RADIANS (3.14159265358979323846 / 180)

static int circular_scan(ptm_scan **out, ptm_context *context, const ptm_io_geometry *g)
{
    static int (*const makers[])(ptm_scan **, ptm_context *, const ptm_circular_options *) = {
        [PTM_IO_PARALLEL] = ptm_scan_parallel, [PTM_IO_FAN] = ptm_scan_fan, [PTM_IO_CONE] = ptm_scan_cone
    };
    ptm_circular_options o = { PTM_SIZED(ptm_circular_options), .volume = g->volume, .detector = g->detector,
        .views = g->views, .start = g->start * RADIANS, .range = g->range * RADIANS, .sod = g->sod, .sdd = g->sdd,
        .axis_offset = g->axis_offset };
    double *angles = NULL;
    if (g->angles && g->views > 0) {
        if (!(angles = ptm_io_alloc((uint64_t)g->views, sizeof *angles))) return PTM_ERROR_MEMORY;
        for (int i = 0; i < g->views; i++) angles[i] = g->angles[i] * RADIANS;
        o.angles = angles;
    }
    int status = makers[g->beam](out, context, &o);
    free(angles);
    return status;
}

int ptm_geometry_check_steps(const ptm_io_geometry *g)
{
    if (g->kind != PTM_IO_VECTORS || !g->directions) return PTM_OK;
    return ptm_error_set(PTM_ERROR_ARGUMENT,
        "geometry: its vectors are directions, for the file does not know how large pixels are; "
        "ptm_io_geometry_set_steps() makes steps of them");
}

static int vector_scan(ptm_scan **out, ptm_context *context, const ptm_io_geometry *g)
{
    const int status = ptm_geometry_check_steps(g);
    if (status) return status;
    return ptm_scan_vectors(out, context,
        &(ptm_vector_options) { PTM_SIZED(ptm_vector_options), .volume = g->volume,
            .detector_shape = { g->detector.shape[0], g->detector.shape[1] }, .parallel = g->beam == PTM_IO_PARALLEL,
            .views = g->views, .view = g->vectors, .cylindrical = g->detector.cylindrical });
}

static int matrix_scan(ptm_scan **out, ptm_context *context, const ptm_io_geometry *g)
{
    return ptm_scan_matrices(out, context,
        &(ptm_matrix_options) { PTM_SIZED(ptm_matrix_options), .volume = g->volume,
            .detector_shape = { g->detector.shape[0], g->detector.shape[1] }, .views = g->views, .matrix = g->matrices,
            .pitch = g->pitch, .sdd = g->sdd });
}

int ptm_io_geometry_scan(ptm_scan **out, ptm_context *context, const ptm_io_geometry *geometry)
{
    if (!out || !context || !geometry)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : context ? "geometry" : "context");
    *out = NULL;
    if (geometry->kind == PTM_IO_MATRICES) return matrix_scan(out, context, geometry);
    if (geometry->beam < PTM_IO_PARALLEL || geometry->beam > PTM_IO_CONE)
        return ptm_error_set(PTM_ERROR_ARGUMENT, "beam is %d; expected one of ptm_io_beam", (int)geometry->beam);
    return geometry->kind == PTM_IO_VECTORS ? vector_scan(out, context, geometry) : circular_scan(out, context, geometry);
}

int ptm_io_geometry_set_steps(ptm_io_geometry *geometry)
{
    if (!geometry) return ptm_error_set(PTM_ERROR_ARGUMENT, "geometry is NULL");
    if (geometry->kind != PTM_IO_VECTORS || !geometry->directions) return PTM_OK;
    ptm_detector *d = &geometry->detector;
    for (int i = 0; i < 2; i++)
        if (!(isfinite(d->spacing[i]) && d->spacing[i] > 0 && isfinite(d->offset[i])))
            return ptm_error_set(PTM_ERROR_ARGUMENT,
                "geometry: detector.spacing[%d] is %g mm and offset %g mm, expected more than 0 "
                "and a finite number",
                i, d->spacing[i], d->offset[i]);
    for (int i = 0; i < geometry->views; i++) {
        ptm_view *view = &geometry->vectors[i];
        for (int k = 0; k < 3; k++) {
            view->detector[k] += d->offset[0] * view->u[k] + d->offset[1] * view->v[k];
            view->u[k] *= d->spacing[0];
            view->v[k] *= d->spacing[1];
        }
    }
    for (int i = 0; i < 2; i++) d->spacing[i] = d->offset[i] = 0;
    geometry->directions = false;
    return PTM_OK;
}

void ptm_io_geometry_free(ptm_io_geometry *geometry)
{
    if (!geometry) return;
    free(geometry->angles);
    free(geometry->vectors);
    free(geometry->matrices);
    free(geometry->projections);
    *geometry = (ptm_io_geometry) { 0 };
}
