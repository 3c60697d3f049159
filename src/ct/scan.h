/* scan.h - what the front end knows of a scan. */
#ifndef PTM_SCAN_H
#define PTM_SCAN_H
#include <polytome/scan.h>

#include "core/error.h"

struct ptm_scan {
    ptm_volume volume; /* spacing filled in */
    int nu, nv, count; /* count: views of a sample */
    int samples;       /* 0: no batch */
    bool parallel, cylindrical;
    bool stack; /* slice z is seen by row z alone */
    ptm_view *views; /* sample after sample */
};

/* Views of all samples. */
static inline int ptm_scan_all_views(const ptm_scan *scan)
{
    return scan->count * (scan->samples ? scan->samples : 1);
}

/* What options say of a volume or a detector; `what` is the field's name for the message. Spacings of 0 become 1. */
int ptm_check_finite(const char *what, const double *values, int count);
int ptm_check_shape(const char *what, const int *shape, int count);
int ptm_check_spacing(const char *what, double *spacing, int count);
int ptm_check_volume(ptm_volume *volume);

/* Making a scan: one like the one given, with room for its views; and, when they are there, their check, which destroys a
 * scan that is wrong. */
int ptm_scan_make(ptm_scan **out, const ptm_scan *like);
int ptm_scan_finish(ptm_scan **scan);

/* A scan like the one given, with as many of `views` as it has. */
int ptm_scan_like(ptm_scan **out, const ptm_scan *like, const ptm_view *views);

/* Gives a scan more detector columns on either side. */
int ptm_scan_widen(ptm_scan **scan, int before, int after);

/* Is every view upright: v along z and u across it, and for parallel beams the rays too? */
bool ptm_scan_is_upright(const ptm_scan *scan);
/* Do upright beams stay in their slices of z, the rows at the slices' heights: parallel ones, or a stack of fans? */
bool ptm_scan_is_level(const ptm_scan *scan);
/* Is it one slice seen by one detector row in the slice's plane? */
bool ptm_scan_is_planar(const ptm_scan *scan);
/* And the detector flat, with every source outside? */
bool ptm_scan_is_flat(const ptm_scan *scan);
#endif
