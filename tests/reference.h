/* reference.h - the projectors in double, straight from their definitions, for small scans. */
#ifndef PTM_REFERENCE_H
#define PTM_REFERENCE_H
#include "ct/scan.h"

/* Adds Joseph's weights of one ray to row[nz * ny * nx] (z, y, x); z_too: the main axis may be z. */
void reference_ray(double *row, const ptm_scan *scan, int view, int v, int u, bool z_too);
/* The same for samples every `step` shortest voxel edges along the ray. */
void reference_samples(double *row, const ptm_scan *scan, int view, int v, int u, double step);
/* Adds the separable footprints' weights of one pixel: trapezoids times rectangles times the length of the ray through a
 * voxel. */
void reference_footprint(double *row, const ptm_scan *scan, int view, int v, int u);
/* The weighted backprojector at one voxel: weights of pixels, added to row[views * nv * nu]. */
void reference_voxel(double *row, const ptm_scan *scan, int z, int y, int x, double near_fraction);
#endif
