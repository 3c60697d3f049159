/* polytome/trajectory.h - how source and detector move: circles of all kinds, helices, lines, spheres.
 *
 * docs/trajectories.md has a picture of each, its formula, and where it is from. Views by projection matrices, of C-arms
 * for example, are made by ptm_scan_matrices(). */
#ifndef POLYTOME_TRAJECTORY_H
#define POLYTOME_TRAJECTORY_H

#include <polytome/scan.h>

PTM_BEGIN_DECLS

/* Beside each kind the options that it takes, in brackets those that may be 0. All take clockwise, start and axis_offset;
 * start is the angle of the first view where nothing else is said. Those that say "cone" are not for parallel beams. */
typedef enum ptm_trajectory_kind {
    PTM_TRAJECTORY_CIRCLE = 0,         /* around z; [range, end_point] */
    PTM_TRAJECTORY_SHORT_SCAN,         /* cone: pi and the full fan, the least that FBP takes, both ends included */
    PTM_TRAJECTORY_HALF_FAN,           /* a full turn, the detector moved aside to see half of the fan; [overlap] */
    PTM_TRAJECTORY_GOLDEN_ANGLE,       /* each view a golden section of the range further on, modulo the range; [range] */
    PTM_TRAJECTORY_CIRCLES,            /* sharing the x axis, tilted from -tilt to tilt; tilt [orbits, range, end_point] */
    PTM_TRAJECTORY_HELIX,              /* about z, the origin in its middle; pitch, turns [end_point] */
    PTM_TRAJECTORY_SADDLE,             /* cone: a full turn at the height (height / 2) cos(2 angle); height */
    PTM_TRAJECTORY_CIRCLE_LINE,        /* cone: a full turn, then a line along z; length, line_views */
    PTM_TRAJECTORY_LAMINOGRAPHY,       /* a circle above the xy plane, from which rays come down; tilt [range, end_point] */
    PTM_TRAJECTORY_TOMOSYNTHESIS,      /* cone: the detector stays, the source turns about z; range */
    PTM_TRAJECTORY_TOMOSYNTHESIS_LINE, /* cone: the detector stays, the source moves along u; length */
    PTM_TRAJECTORY_SPHERE              /* sources on a sphere, evenly, from its top to its bottom */
} ptm_trajectory_kind;

/* A shift of the source along u, along v and towards the detector, mm; the detector stays where it is. */
typedef struct ptm_focal_spot { double u, v, towards; } ptm_focal_spot;

typedef struct ptm_trajectory_options {
    size_t struct_size;
    ptm_trajectory_kind kind;
    ptm_volume volume;
    ptm_detector detector; /* half fan: offset[0] is worked out, and must be 0 */
    int views;
    bool parallel;         /* the beam; else a cone, or a fan where volume and detector are one slice and one row */
    bool clockwise;        /* angles fall; seen from +z source and detector turn clockwise */
    bool end_point;        /* the last view is at the end of the range, not a step before it */
    double sod, sdd;       /* from the source to the centre of rotation, and to the detector, mm; cone only */
    double axis_offset;    /* of the centre of rotation from the central ray, along u, mm */
    double start;          /* radians, up to 1e6; tomosynthesis: the angle in the middle, which the detector faces */
    /* radians, more than 0, at most a turn for each view, of tomosynthesis less than pi; 0, where it may be: 2 pi, for
     * circles around z of parallel beams pi */
    double range;
    double pitch;          /* mm along z in a turn; less than 0: downwards */
    double turns;          /* less than half of one from each view to the next */
    double tilt;           /* radians, between -pi / 2 and pi / 2 */
    double height;         /* mm from the lowest source to the highest */
    double length;         /* mm from the first source of a line to the last */
    double overlap;        /* mm that the detector reaches beyond the central ray on its short side; 0: width / 10 */
    int orbits;            /* at least 2, `views` is a multiple of it; 0: 2 */
    int line_views;        /* of `views`, those on the line, at least 2 */
    /* A flying focal spot, on any trajectory of a cone beam with a flat detector: view k has shift k modulo spot_count,
     * each less than sod. NULL and 0: none. The caller's, read during the call only. */
    const ptm_focal_spot *spots;
    int spot_count;
} ptm_trajectory_options;

/* A scan along a trajectory. The detector is across the central ray, v as near to z as that allows, except where it stays
 * or a focal spot flies. Options that the kind does not take must be 0. ptm_fbp_create() takes circles around z, short
 * scans, half fans and golden angles. A range of more than ten radians is noted in the log as a warning, for it may be
 * degrees. Errors: ARGUMENT (the message names the field), MEMORY. Since 0.1. */
PTM_API int ptm_scan_trajectory(ptm_scan **out, ptm_context *context, const ptm_trajectory_options *options);

/* A trajectory that is a circle around z as angles, `views` of them, and the options that go with them for
 * ptm_scan_parallel(), ptm_scan_cone() or ptm_scan_fan(); their `angles` points to those. Errors: ARGUMENT (also where it
 * is no such circle). Thread safety: any thread. Since 0.1. */
PTM_API int ptm_trajectory_circle(ptm_circular_options *out, double *angles, const ptm_trajectory_options *options);

PTM_END_DECLS
#endif
