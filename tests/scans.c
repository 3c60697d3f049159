#include "scans.h"

#include <polytome/trajectory.h>

#include "ct/vector.h"

static const double angles[] = { 0, 0.7, 1.5707963267948966, 2.0, 3.9 };
static const double corner_angles[] = { 0, 0.78539816339744828, 1.5707963267948966, 2.3561944901923448,
    3.1415926535897931 };

static ptm_circular_options small(double pixel_height)
{
    return (ptm_circular_options){ PTM_SIZED(ptm_circular_options), .volume = { .shape = { 7, 8, 9 } },
        .detector = { .shape = { 10, 11 }, .spacing = { 1.86, pixel_height } }, .views = 5, .angles = angles, .sod = 20,
        .sdd = 40 };
}

static int cone(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(1.42);
    return ptm_scan_cone(out, c, &o);
}
static int cone_tall_pixels(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(2.7);
    return ptm_scan_cone(out, c, &o);
}
static int cone_flat_pixels(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(0.3);
    o.detector.shape[0] = 61;
    return ptm_scan_cone(out, c, &o);
}
static int cone_three_rows(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(0.9);
    o.detector.shape[0] = 3;
    return ptm_scan_cone(out, c, &o);
}
/* The row is lower than the slice and above its middle: voxels' taps reach further than the detector. */
static int one_slice_low_row(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(1.42);
    o.volume.shape[0] = o.detector.shape[0] = 1;
    o.detector.offset[1] = 1.2;
    return ptm_scan_cone(out, c, &o);
}
static int cone_corners(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(1.9);
    o.angles = corner_angles;
    return ptm_scan_cone(out, c, &o);
}
static int parallel(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(0.9);
    o.detector.spacing[0] = 1.1;
    return ptm_scan_parallel(out, c, &o);
}
/* In slices, the detector two rows further down, and the pixels narrow or wide. */
static int level(ptm_scan **out, ptm_context *c, double width)
{
    ptm_circular_options o = small(0.8);
    o.volume.spacing[0] = 1.2;
    o.volume.spacing[1] = 0.9;
    o.volume.spacing[2] = 0.8;
    o.volume.offset[0] = 0.3;
    o.detector.spacing[0] = width;
    o.detector.shape[1] = width < 0.5 ? 31 : 11;
    o.detector.offset[0] = 0.4;
    o.detector.offset[1] = -0.4;
    return ptm_scan_parallel(out, c, &o);
}
static int level_narrow(ptm_scan **out, ptm_context *c)
{
    return level(out, c, 0.37);
}
static int level_wide(ptm_scan **out, ptm_context *c)
{
    return level(out, c, 1.9);
}
static int everything_shifted(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(1.3);
    o.volume.spacing[0] = 0.8;
    o.volume.spacing[1] = 1.3;
    o.volume.spacing[2] = 0.6;
    o.volume.offset[0] = 0.7;
    o.volume.offset[1] = -1.1;
    o.volume.offset[2] = 0.4;
    o.detector.offset[0] = 1.2;
    o.detector.offset[1] = -0.8;
    o.detector.flip_u = o.detector.flip_v = true;
    o.axis_offset = 0.55;
    return ptm_scan_cone(out, c, &o);
}
/* All lengths are half as long, or twice. */
static int cone_scaled(ptm_scan **out, ptm_context *c, double by)
{
    ptm_circular_options o = small(1.42);
    for (int i = 0; i < 3; ++i) o.volume.spacing[i] = by;
    for (int i = 0; i < 2; ++i) o.detector.spacing[i] *= by;
    o.sod *= by;
    o.sdd *= by;
    return ptm_scan_cone(out, c, &o);
}
static int cone_half(ptm_scan **out, ptm_context *c)
{
    return cone_scaled(out, c, 0.5);
}
static int cone_double(ptm_scan **out, ptm_context *c)
{
    return cone_scaled(out, c, 2);
}
static int one_slice(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(2);
    o.volume.shape[0] = 1;
    o.detector.shape[0] = 1;
    return ptm_scan_cone(out, c, &o);
}
static int one_slice_parallel(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(2);
    o.volume.shape[0] = 1;
    o.detector.shape[0] = 1;
    o.detector.shape[1] = 31;
    o.detector.spacing[0] = 0.43;
    o.detector.offset[0] = 0.3;
    o.volume.spacing[0] = 0.9;
    o.volume.offset[1] = 0.6;
    return ptm_scan_parallel(out, c, &o);
}
/* A fan so wide that the main axis changes within a view. */
static int wide_fan(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(2);
    o.volume.shape[0] = 1;
    o.detector.shape[0] = 1;
    o.detector.shape[1] = 23;
    o.sod = 9;
    o.sdd = 18;
    return ptm_scan_cone(out, c, &o);
}
/* Close to the source, and most rays in a pixel are in the middle of an edge. */
static int slanting_fan(ptm_scan **out, ptm_context *c)
{
    const double s = 0.5, r = 0.866;
    const ptm_view view = { { -60 * s, -60 * r, 0 }, { 60 * s, 60 * r, 0 }, { 0.5 * r, -0.5 * s, 0 }, { 0, 0, 1 } };
    return ptm_scan_vectors(out, c,
        &(ptm_vector_options) { PTM_SIZED(ptm_vector_options), .volume = { .shape = { 1, 96, 12 } },
            .detector_shape = { 1, 119 }, .views = 1, .view = &view });
}
static int one_voxel(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(0.4);
    o.volume.shape[0] = o.volume.shape[1] = o.volume.shape[2] = 1;
    o.detector.spacing[0] = 0.4;
    return ptm_scan_parallel(out, c, &o);
}
static int inside(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(2.1);
    o.sod = 2.2;
    o.sdd = 12;
    return ptm_scan_cone(out, c, &o);
}
static ptm_trajectory_options along(ptm_trajectory_kind kind, double pixel_height)
{
    const ptm_circular_options o = small(pixel_height);
    return (ptm_trajectory_options) { PTM_SIZED(ptm_trajectory_options), .kind = kind, .volume = o.volume,
        .detector = o.detector, .views = 5, .sod = o.sod, .sdd = o.sdd, .start = 0.3 };
}
static int helix(ptm_scan **out, ptm_context *c)
{
    ptm_trajectory_options o = along(PTM_TRAJECTORY_HELIX, 1.6);
    o.pitch = 5.2;
    o.turns = 1.25;
    return ptm_scan_trajectory(out, c, &o);
}
static int laminography(ptm_scan **out, ptm_context *c)
{
    ptm_trajectory_options o = along(PTM_TRAJECTORY_LAMINOGRAPHY, 1.7);
    o.tilt = 0.5;
    return ptm_scan_trajectory(out, c, &o);
}
/* The detector is far from being across the central ray. */
static int tomosynthesis(ptm_scan **out, ptm_context *c)
{
    ptm_trajectory_options o = along(PTM_TRAJECTORY_TOMOSYNTHESIS, 1.6);
    o.range = 0.8;
    o.spots = (const ptm_focal_spot[]){ { 0.3, 0.2, 0 }, { -0.3, -0.2, 0.5 } };
    o.spot_count = 2;
    return ptm_scan_trajectory(out, c, &o);
}

static int cylinder(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(1.42);
    o.detector.cylindrical = true;
    return ptm_scan_cone(out, c, &o);
}
static int cylinder_shifted(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(1.3);
    o.volume.spacing[0] = 0.8;
    o.volume.spacing[1] = 1.3;
    o.volume.spacing[2] = 0.6;
    o.volume.offset[0] = 0.7;
    o.detector.offset[0] = 2.2;
    o.detector.offset[1] = -0.8;
    o.detector.flip_u = true;
    o.detector.cylindrical = true;
    o.axis_offset = 0.55;
    o.sod = 11;
    o.sdd = 21;
    return ptm_scan_cone(out, c, &o);
}
static int cylindrical_fan(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(2);
    o.volume.shape[0] = 1;
    o.detector.shape[0] = 1;
    o.detector.shape[1] = 23;
    o.detector.cylindrical = true;
    o.sod = 9;
    o.sdd = 18;
    return ptm_scan_cone(out, c, &o);
}
static int fan_stack(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(2);
    o.volume.shape[0] = o.detector.shape[0] = 6;
    return ptm_scan_fan(out, c, &o);
}
static int cylindrical_fan_stack(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(2);
    o.volume.shape[0] = o.detector.shape[0] = 5;
    o.detector.cylindrical = true;
    o.detector.offset[0] = -1.3;
    return ptm_scan_fan(out, c, &o);
}

/* Turns a view about the direction (1, 2, 0.5) and then tilts its detector. */
static ptm_vec turn(ptm_vec p, double angle)
{
    const ptm_vec axis = ptm_scale((ptm_vec){ 1, 2, 0.5 }, 1 / sqrt(5.25));
    const double s = sin(angle), t = cos(angle);
    return ptm_add(ptm_add(ptm_scale(p, t), ptm_scale(ptm_cross(axis, p), s)), ptm_scale(axis, ptm_dot(axis, p) * (1 - t)));
}
static void store(double out[3], ptm_vec a)
{
    out[0] = a.x;
    out[1] = a.y;
    out[2] = a.z;
}
static int turned(ptm_scan **out, ptm_context *c, bool beam_parallel)
{
    ptm_circular_options o = small(1.7);
    if (beam_parallel) o.detector.spacing[0] = o.detector.spacing[1] = 1.15;
    ptm_scan *circle;
    int status = beam_parallel ? ptm_scan_parallel(&circle, c, &o) : ptm_scan_cone(&circle, c, &o);
    if (status) return status;
    ptm_view views[5];
    for (int i = 0; i < 5; ++i) {
        const ptm_view *view = &circle->views[i];
        const double angle = 0.35 * i;
        store(views[i].source, turn(ptm_vec_from(view->source), angle));
        store(views[i].detector, turn(ptm_vec_from(view->detector), angle));
        store(views[i].u, ptm_add(turn(ptm_vec_from(view->u), angle), (ptm_vec){ 0.1, 0.05, -0.2 }));
        store(views[i].v, ptm_add(turn(ptm_vec_from(view->v), angle), (ptm_vec){ -0.1, 0.2, 0.1 }));
    }
    ptm_scan_destroy(&circle);
    return ptm_scan_vectors(out, c, &(ptm_vector_options){ PTM_SIZED(ptm_vector_options), .volume = { .shape = { 7, 8, 9 },
        .spacing = { 1, 0.9, 1.1 }, .offset = { 0.2, -0.3, 0.1 } }, .detector_shape = { 10, 11 }, .parallel = beam_parallel,
        .views = 5, .view = views });
}
/* As few elements as all kernels can have, for tools that take long for each. */
static ptm_circular_options tiny(bool flat)
{
    ptm_circular_options o = small(2);
    for (int i = 0; i < 3; ++i) o.volume.shape[i] = flat && i == 0 ? 1 : 3 + i;
    o.detector.shape[0] = flat ? 1 : 3;
    o.detector.shape[1] = 5;
    o.views = 2;
    return o;
}
static int tiny_slice(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = tiny(true);
    return ptm_scan_cone(out, c, &o);
}
static int tiny_cone(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = tiny(false);
    return ptm_scan_cone(out, c, &o);
}
static int tiny_turned(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = tiny(false);
    ptm_scan *circle;
    int status = ptm_scan_cone(&circle, c, &o);
    if (status) return status;
    ptm_view views[2] = { circle->views[0], circle->views[1] };
    ptm_scan_destroy(&circle);
    for (int i = 0; i < 2; ++i) store(views[i].v, (ptm_vec){ 0.3, 0.2 * i, 2 });
    return ptm_scan_vectors(out, c, &(ptm_vector_options){ PTM_SIZED(ptm_vector_options), .volume = o.volume,
        .detector_shape = { 3, 5 }, .views = 2, .view = views });
}
static int turned_cone(ptm_scan **out, ptm_context *c)
{
    return turned(out, c, false);
}
static int turned_parallel(ptm_scan **out, ptm_context *c)
{
    return turned(out, c, true);
}
static int turned_cylinder(ptm_scan **out, ptm_context *c)
{
    ptm_circular_options o = small(1.7);
    o.detector.cylindrical = true;
    ptm_scan *circle;
    int status = ptm_scan_cone(&circle, c, &o);
    if (status) return status;
    ptm_view views[5];
    for (int i = 0; i < 5; ++i) {
        const ptm_view *view = &circle->views[i];
        const double angle = 0.35 * i;
        store(views[i].source, turn(ptm_vec_from(view->source), angle));
        store(views[i].detector, turn(ptm_vec_from(view->detector), angle));
        store(views[i].u, turn(ptm_vec_from(view->u), angle));
        store(views[i].v, turn(ptm_vec_from(view->v), angle));
    }
    ptm_scan_destroy(&circle);
    return ptm_scan_vectors(out, c,
        &(ptm_vector_options) { PTM_SIZED(ptm_vector_options),
            .volume = { .shape = { 7, 8, 9 }, .spacing = { 1, 0.9, 1.1 }, .offset = { 0.2, -0.3, 0.1 } },
            .detector_shape = { 10, 11 }, .cylindrical = true, .views = 5, .view = views });
}
/* From above, with rays at such angles that the main axis changes along columns. */
static int from_above(ptm_scan **out, ptm_context *c)
{
    ptm_view views[3];
    for (int i = 0; i < 3; ++i) {
        const double tilt = 0.35 + 0.4 * i;
        const ptm_vec away = { 0.1, cos(tilt), -sin(tilt) };
        store(views[i].source, ptm_scale(away, -9));
        store(views[i].detector, ptm_scale(away, 9));
        store(views[i].u, (ptm_vec){ 2.3, 0.1, 0 });
        store(views[i].v, ptm_scale((ptm_vec){ 0, sin(tilt), cos(tilt) }, 2.4));
    }
    return ptm_scan_vectors(out, c,
        &(ptm_vector_options) { PTM_SIZED(ptm_vector_options), .volume = { .shape = { 7, 8, 9 } },
            .detector_shape = { 12, 11 }, .views = 3, .view = views });
}

const test_scan test_scans[] = {
    { "cone", cone, false, false },
    { "cone, tall pixels", cone_tall_pixels, false, false },
    { "cone, flat pixels", cone_flat_pixels, false, false },
    { "cone, three flat rows", cone_three_rows, false, false },
    { "one slice, a low row above it", one_slice_low_row, false, false },
    { "cone, corners", cone_corners, true, false },
    { "cone, voxels of 0.5 mm", cone_half, false, false },
    { "cone, voxels of 2 mm", cone_double, false, false },
    { "parallel", parallel, false, false },
    { "parallel, in slices, narrow pixels", level_narrow, false, false },
    { "parallel, in slices, wide pixels", level_wide, false, false },
    { "shifts and flips", everything_shifted, false, false },
    { "one slice", one_slice, false, false },
    { "one slice, parallel", one_slice_parallel, false, false },
    { "wide fan", wide_fan, false, false },
    { "slanting fan", slanting_fan, false, true },
    { "one voxel", one_voxel, false, false },
    { "source inside", inside, false, false },
    { "helix", helix, false, false },
    { "laminography", laminography, false, false },
    { "tomosynthesis", tomosynthesis, false, false },
    { "cylindrical detector", cylinder, false, false },
    { "cylindrical detector, shifts and flips", cylinder_shifted, false, false },
    { "cylindrical fan", cylindrical_fan, false, false },
    { "stack of fans", fan_stack, false, false },
    { "stack of cylindrical fans", cylindrical_fan_stack, false, false },
    { "cylindrical detector, turned", turned_cylinder, false, false },
    { "turned cone", turned_cone, false, false },
    { "turned parallel", turned_parallel, false, false },
    { "from above", from_above, false, false },
    { "tiny-slice", tiny_slice, false, false },
    { "tiny-cone", tiny_cone, false, false },
    { "tiny-turned", tiny_turned, false, false },
};
const int test_scan_count = sizeof test_scans / sizeof *test_scans;

int make_round_scan(ptm_scan **out, ptm_context *context, int n, bool flat, int views, double sod)
{
    const double mag = 2;
    ptm_circular_options o = { PTM_SIZED(ptm_circular_options), .volume = { .shape = { flat ? 1 : n, n, n } },
        .detector = { .shape = { flat ? 1 : n * 3 / 2, n * 3 / 2 }, .spacing = { sod > 0 ? mag : 1, sod > 0 ? mag : 1 } },
        .views = views, .start = 0.3, .range = 6.283185307179586, .sod = sod, .sdd = mag * sod };
    return sod > 0 ? ptm_scan_cone(out, context, &o) : ptm_scan_parallel(out, context, &o);
}
