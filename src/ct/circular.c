/* circular.c - circular scans: parallel beams, cones, stacks of fans. */
#include "ct/circular.h"
#include "core/device.h"

#include <math.h>

#define PI 3.14159265358979323846

ptm_pose ptm_circular_pose(double angle)
{
    const double c = cos(angle), s = sin(angle);
    return (ptm_pose){ .across = { c, s, 0 }, .away = { -s, c, 0 }, .up = { 0, 0, 1 } };
}

static int check_number(const char *name, double value)
{
    return isfinite(value) ? PTM_OK : ptm_fail(PTM_ERROR_ARGUMENT, "%s is %g, expected a finite number", name, value);
}

int ptm_circular_check(ptm_circular_options *o, ptm_beam beam)
{
    int status = ptm_check_volume(&o->volume);
    if (!status) status = ptm_check_shape("detector.shape", o->detector.shape, 2);
    if (!status) status = ptm_check_spacing("detector.spacing", o->detector.spacing, 2);
    if (!status) status = ptm_check_finite("detector.offset", o->detector.offset, 2);
    if (!status) status = check_number("start", o->start);
    if (!status) status = check_number("range", o->range);
    if (!status) status = check_number("axis_offset", o->axis_offset);
    if (status) return status;
    for (int i = 0; o->angles && i < o->views; ++i)
        if (!isfinite(o->angles[i]))
            return ptm_fail(PTM_ERROR_ARGUMENT, "angles[%d] is %g, expected a finite number", i, o->angles[i]);
    if (beam == PTM_BEAM_PARALLEL && o->detector.cylindrical)
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "detector.cylindrical is set, but a parallel beam has no source to bend it about");
    if (beam == PTM_BEAM_FAN && o->volume.shape[0] != o->detector.shape[0])
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "volume.shape[0] is %d and detector.shape[0] is %d, expected as many slices as rows",
            o->volume.shape[0], o->detector.shape[0]);
    if (beam == PTM_BEAM_PARALLEL) return PTM_OK;
    if (!(isfinite(o->sod) && o->sod > 0))
        return ptm_fail(PTM_ERROR_ARGUMENT, "sod is %g mm, expected more than 0", o->sod);
    if (!(isfinite(o->sdd) && o->sdd > 0))
        return ptm_fail(PTM_ERROR_ARGUMENT, "sdd is %g mm, expected more than 0", o->sdd);
    return PTM_OK;
}

static ptm_vec source_of(const ptm_circular_options *o, const ptm_pose *pose)
{
    const ptm_vec level = ptm_mix(pose->across, pose->shift[0] - o->axis_offset, pose->away, pose->shift[1] - o->sod);
    return ptm_add(pose->centre, ptm_add(level, ptm_scale(pose->up, pose->shift[2])));
}

ptm_view ptm_circular_view(const ptm_circular_options *o, ptm_beam beam, const ptm_pose *pose)
{
    const ptm_detector *detector = &o->detector;
    const double back = beam == PTM_BEAM_PARALLEL ? 0 : o->sdd - o->sod;
    const ptm_vec source = beam == PTM_BEAM_PARALLEL ? pose->away : source_of(o, pose);
    /* On a cylinder the offset is an arc, and u the tangent at its end. */
    const double arc = detector->cylindrical ? detector->offset[0] / o->sdd : 0;
    const double aside = detector->cylindrical ? o->sdd * sin(arc) : detector->offset[0];
    const double lift = detector->cylindrical ? -2 * o->sdd * sin(0.5 * arc) * sin(0.5 * arc) : 0;
    const ptm_vec level = ptm_mix(pose->away, back + lift, pose->across, aside - o->axis_offset);
    const ptm_vec centre = ptm_add(pose->centre, ptm_add(level, ptm_scale(pose->up, detector->offset[1])));
    const double du = detector->flip_u ? -detector->spacing[0] : detector->spacing[0];
    const double dv = detector->flip_v ? -detector->spacing[1] : detector->spacing[1];
    const ptm_vec u = ptm_scale(ptm_mix(pose->across, cos(arc), pose->away, -sin(arc)), du), v = ptm_scale(pose->up, dv);
    return (ptm_view){ { source.x, source.y, source.z }, { centre.x, centre.y, centre.z }, { u.x, u.y, u.z },
        { v.x, v.y, v.z } };
}

void ptm_circular_warn(ptm_context *context, double range)
{
    if (fabs(range) > 10)
        ptm_log(context, PTM_LOG_WARNING, "the angles span %g radians, %.1f turns; are they degrees?", fabs(range),
            fabs(range) / (2 * PI));
}

/* From the least to the greatest angle. */
static double range_of(const double *angles, int count)
{
    double least = angles[0], most = angles[0];
    for (int i = 1; i < count; ++i) {
        least = fmin(least, angles[i]);
        most = fmax(most, angles[i]);
    }
    return most - least;
}

static int circular(ptm_scan **out, ptm_context *context, const ptm_circular_options *options, ptm_beam beam)
{
    if (out) *out = NULL;
    if (!out || !context || !options)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !context ? "context" : "options");
    ptm_circular_options sized, *o = &sized;
    int status = ptm_copy_sized(o, sizeof *o, options, "ptm_circular_options");
    if (!status) status = ptm_circular_check(o, beam);
    if (!status)
        status = ptm_scan_make(out, &(ptm_scan){ .volume = o->volume, .nv = o->detector.shape[0],
            .nu = o->detector.shape[1],
            .count = o->views, .parallel = beam == PTM_BEAM_PARALLEL, .cylindrical = o->detector.cylindrical,
            .stack = beam == PTM_BEAM_FAN });
    if (status) return status;
    const double range = o->range != 0 ? o->range : beam == PTM_BEAM_PARALLEL ? PI : 2 * PI;
    ptm_circular_warn(context, o->angles ? range_of(o->angles, o->views) : range);
    for (int i = 0; i < o->views; ++i) {
        const ptm_pose pose = ptm_circular_pose(o->angles ? o->angles[i] : o->start + range * i / o->views);
        (*out)->views[i] = ptm_circular_view(o, beam, &pose);
    }
    return ptm_scan_finish(out);
}

int ptm_scan_parallel(ptm_scan **out, ptm_context *context, const ptm_circular_options *options)
{
    return circular(out, context, options, PTM_BEAM_PARALLEL);
}

int ptm_scan_cone(ptm_scan **out, ptm_context *context, const ptm_circular_options *options)
{
    return circular(out, context, options, PTM_BEAM_CONE);
}

int ptm_scan_fan(ptm_scan **out, ptm_context *context, const ptm_circular_options *options)
{
    return circular(out, context, options, PTM_BEAM_FAN);
}
