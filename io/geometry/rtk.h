/* rtk.h - views as RTK describes them: S. Rit and others, The Reconstruction Toolkit (RTK), Journal of Physics:
 * Conference Series 489, 2014, and its ThreeDCircularProjectionGeometry. */
#ifndef PTM_IO_GEOMETRY_RTK_H
#define PTM_IO_GEOMETRY_RTK_H
#include "format.h"

/* Degrees and millimetres. In the coordinates that turn with the detector, u, v and the direction from it towards the
 * source, the source is at (source_x, source_y, sid) and the detector's origin at (projection_x, projection_y, sid -
 * sdd). sdd 0: parallel rays. */
typedef struct ptm_rtk_view {
    double gantry, out_of_plane, in_plane;
    double sid, sdd;
    double source_x, source_y;
    double projection_x, projection_y;
} ptm_rtk_view;

/* The numbers of a view by their names in the file. */
typedef struct ptm_rtk_field {
    const char *name;
    size_t at; /* in ptm_rtk_view */
} ptm_rtk_field;
#define PTM_RTK_FIELDS 9
extern const ptm_rtk_field ptm_rtk_fields[PTM_RTK_FIELDS]; /* GantryAngle first */
double *ptm_rtk_number(ptm_rtk_view *view, int field);

/* The matrix of the view in RTK's coordinates: from mm to mm on the detector. */
void ptm_rtk_matrix(double matrix[3][4], const ptm_rtk_view *view);
/* Views to a geometry: a circle if they are one, else vectors that are directions. radius: of a cylindrical detector,
 * or 0. */
int ptm_rtk_to_geometry(ptm_io_geometry *g, const ptm_rtk_view *views, int count, double radius, const char *path);
/* Views of a geometry, and the radius of a cylindrical detector, or 0. Errors: ARGUMENT (what RTK has no place for),
 * MEMORY. */
int ptm_rtk_from_geometry(ptm_rtk_view **views, double *radius, const ptm_io_geometry *g);
#endif
