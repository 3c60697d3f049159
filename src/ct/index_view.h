/* index_view.h - a view in units of voxels: what the tables of every family are worked out from. */
#ifndef PTM_INDEX_VIEW_H
#define PTM_INDEX_VIEW_H
#include "ct/beam.h"
#include "ct/view.h"

/* A view with its vectors in units of voxels about the volume's centre; `detector` is pixel (0, 0). For a cylindrical
 * detector u and detector are those of the flat one that touches it in the middle. */
typedef struct ptm_index_view {
    ptm_vec source, detector, u, v;
    const ptm_view *view;
} ptm_index_view;
ptm_index_view ptm_index_view_of(const ptm_scan *scan, const ptm_view *view);

/* Where pixel (u, 0) is, in the same units; u may be between columns. */
ptm_vec ptm_index_pixel(const ptm_scan *scan, const ptm_index_view *view, double u);

/* The volume's centre, counted from voxel (0, 0, 0). */
ptm_vec ptm_volume_middle(const ptm_volume *volume);

/* A cylindrical detector's columns as kernels need them (shaders/ct/arc.h): the angle between two, 0 where it is flat; and
 * the row at the source's height. */
typedef struct ptm_arc {
    double step, middle, level;
} ptm_arc;
ptm_arc ptm_arc_of(const ptm_scan *scan, const ptm_index_view *view);

/* A voxel X, about the volume's centre, falls on pixel (u.X / w.X, v.X / w.X); constants in [0], then x, y, z. w is the
 * depth along the central ray, 1 at the volume's centre where that is in front of the source. Weighted back-projection
 * multiplies by weight / w^2, which is 1 at the origin: the weight is that of depth, or of distance where the detector is
 * cylindrical. It leaves out w < near. */
typedef struct ptm_homography {
    double u[4], v[4], w[4], weight, near;
} ptm_homography;
ptm_homography ptm_homography_of(const ptm_scan *scan, const ptm_index_view *view, double near_fraction);

/* The same for upright views, with places counted from voxel (0, 0, 0): the reals of beam.h. */
void ptm_beam(double *out, const ptm_homography *homography, const ptm_volume *volume);

/* The most columns that lie between the shadows of p + a and p + b, for any p in a rectangle; all of these in front of the
 * source. */
typedef struct ptm_rectangle {
    double low[2], high[2]; /* x, y */
} ptm_rectangle;
double ptm_beam_widest(const double *beam, const double a[2], const double b[2], const ptm_rectangle *within);

static inline double ptm_beam_depth(const double *beam, double x, double y)
{
    return beam[BEAM_W0] + beam[BEAM_WX] * x + beam[BEAM_WY] * y;
}
static inline double ptm_beam_column(const double *beam, double x, double y)
{
    return (beam[BEAM_U0] + beam[BEAM_UX] * x + beam[BEAM_UY] * y) / ptm_beam_depth(beam, x, y);
}
#endif
