/* view.h - where a view's pixels are, in mm and in double. */
#ifndef PTM_VIEW_H
#define PTM_VIEW_H
#include "ct/scan.h"
#include "ct/vector.h"

/* A cylindrical detector: its middle is `radius` away from the source along `out`, columns are `step` radians apart towards
 * `aside`, and its middle row is `height` above the source along v. */
typedef struct ptm_cylinder {
    ptm_vec out, aside;
    double radius, step, height;
} ptm_cylinder;
ptm_cylinder ptm_cylinder_of(const ptm_view *view);

/* The place of pixel (u, v), whole numbers or not. */
ptm_vec ptm_pixel_place(const ptm_scan *scan, const ptm_view *view, double u, double v);
#endif
