#include "ct/extrapolation.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

/* A column beyond the edge, counted outwards from it; 0 is the edge's. */
static double outward(const ptm_circle *c, const ptm_scan *scan, int end, int count)
{
    return ptm_circle_distance(c, scan, end ? scan->nu - 1.0 + count : -1.0 * count);
}

/* Where the object ends, as far as one knows. */
static double radius_of(const ptm_fbp_options *o, const ptm_circle *c, const ptm_scan *scan)
{
    const double seen = fmax(outward(c, scan, 0, 0), outward(c, scan, 1, 0));
    if (o->object_radius > 0) return o->object_radius;
    return c->parallel ? 1.5 * seen : fmin(1.5 * seen, 0.5 * (seen + c->sod));
}

/* How many columns there are between an edge and the radius; none where rays come nearer to the axis first. */
static int columns_within(const ptm_circle *c, const ptm_scan *scan, int end, double radius)
{
    int count = 0;
    while (count < PTM_MAX_LENGTH && outward(c, scan, end, count + 1) > outward(c, scan, end, count) &&
           outward(c, scan, end, count + 1) < radius) ++count;
    return count;
}

static double falloff_at(ptm_extrapolation_type type, double distance, double edge, double radius)
{
    if (type == PTM_EXTRAPOLATION_CYLINDER)
        return sqrt((radius * radius - distance * distance) / (radius * radius - edge * edge));
    const double s = cos(0.5 * PI * (distance - edge) / (radius - edge));
    return s * s;
}

int ptm_extrapolation_make(ptm_extrapolation *out, const ptm_fbp_options *o, const ptm_circle *c, const ptm_scan *scan)
{
    *out = (ptm_extrapolation){ 0 };
    if (o->extrapolation == PTM_EXTRAPOLATION_NONE) return PTM_OK;
    const double radius = radius_of(o, c, scan);
    if (!c->parallel && !(radius < hypot(c->sod, c->aside)))
        return ptm_fail(PTM_ERROR_ARGUMENT, "object_radius is %g mm, expected less than the source's distance, %g", radius,
            hypot(c->sod, c->aside));
    const int columns[2] = { columns_within(c, scan, 0, radius), columns_within(c, scan, 1, radius) };
    out->reach = columns[0] > columns[1] ? columns[0] : columns[1];
    if (out->reach >= PTM_MAX_LENGTH)
        return ptm_fail(PTM_ERROR_ARGUMENT, "object_radius is %g mm, which is more than %d columns beyond the detector",
            radius, PTM_MAX_LENGTH);
    if (out->reach == 0) return PTM_OK;
    out->falloff = ptm_alloc(2 * (size_t)out->reach, sizeof *out->falloff);
    if (!out->falloff) return PTM_ERROR_MEMORY;
    for (int end = 0; end < 2; ++end) {
        const double edge = outward(c, scan, end, 0);
        for (int i = 0; i < columns[end]; ++i)
            out->falloff[end * out->reach + i] = falloff_at(o->extrapolation, outward(c, scan, end, i + 1), edge, radius);
    }
    return PTM_OK;
}

void ptm_extrapolation_free(ptm_extrapolation *e)
{
    free(e->falloff);
    e->falloff = NULL;
}
