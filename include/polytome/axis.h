/* polytome/axis.h - where the rotation axis is, from the projections of a parallel scan. */
#ifndef POLYTOME_AXIS_H
#define POLYTOME_AXIS_H

#include <polytome/array.h>

PTM_BEGIN_DECLS

typedef enum ptm_axis_method {
    PTM_AXIS_AUTO = 0,  /* PTM_AXIS_OVERLAP where the angles are a full turn, else PTM_AXIS_SHARPNESS */
    /* The middle row; a half turn or more, any angles, the object seen whole: by the path of the centre of mass, then
     * as the place where FBP has least negative values (T. Donath et al., J. Opt. Soc. Am. A 23, 2006, discuss such
     * measures). */
    PTM_AXIS_SHARPNESS,
    /* All rows; opposite views, seen whole or nearly so: phase correlation (C. D. Kuglin, D. C. Hines, 1975). */
    PTM_AXIS_PHASE,
    /* All rows; opposite views, which may share as little as a twentieth of their columns, so that it serves detectors
     * that see little more than half of the object: normalised correlation of derivatives. */
    PTM_AXIS_OVERLAP,
    /* The middle row; a half turn or more in equal steps, the object seen whole: the double wedge in the sinogram's
     * spectrum (N. T. Vo et al., Optics Express 22, 2014). */
    PTM_AXIS_VO
} ptm_axis_method;

typedef struct ptm_axis_options {
    size_t struct_size;
    ptm_axis_method method;
    double from, to; /* columns between which the axis is; both 0: anywhere (PTM_AXIS_VO: in the middle half) */
} ptm_axis_options;

/* Where the rotation axis lies on the detector, in columns from 0. projections are line integrals (view, row, column)
 * of a parallel scan, float32 in the host's memory, columns side by side; angles in radians, one for each view.
 * Stripes stand still while the object turns, and draw methods that compare opposite views to the detector's middle:
 * ptm_remove_rings() before. A half turn has but one pair of opposite views, whose ends are extrapolated; methods that
 * compare views are meant for full turns. options may be NULL. Errors: ARGUMENT, MEMORY, DEVICE. Thread safety: as its
 * device. Since 0.1. */
PTM_API int ptm_find_rotation_axis(double *column, ptm_device *device, const ptm_array *projections, const double *angles,
    const ptm_axis_options *options);

typedef struct ptm_tilt {
    double column;    /* of the axis in the middle row */
    /* columns for each row; divided by the aspect, the tangent of the angle by which the detector leans */
    double slope;
    double deviation; /* of single bands of rows from the straight line, a standard deviation, in columns */
} ptm_tilt;

/* How a detector leans in its plane: the axis by PTM_AXIS_OVERLAP in up to 32 bands of rows, and a straight line through
 * them (P. K. Sen, J. Am. Stat. Assoc. 63, 1968); again along lines at right angles to what was found, until it changes no
 * more. aspect: a pixel's height by its width; 0: 1. Errors and thread safety: as ptm_find_rotation_axis. Since 0.1. */
PTM_API int ptm_find_tilt(ptm_tilt *out, ptm_device *device, const ptm_array *projections, const double *angles,
    double aspect);

PTM_END_DECLS
#endif
