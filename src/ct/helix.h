/* helix.h - the windows that choose what counts of a helical scan.
 *
 * Where two rays lie in one vertical plane, and so have fan angles of opposite sign, one is measured some half turns
 * after the other. Let z be how much higher than its source a ray is where it is nearest to the axis, and
 *
 *     k = 4 z / pitch + 2 gamma / pi.
 *
 * The ray that leaves a source of the helix towards another one, n half turns later, has k = n: the boundaries of the
 * window of P. E. Danielsson and others (Fully3D 1997) and K. C. Tam and others (Phys. Med. Biol. 43, 1998) are k = -1
 * and 1, those of the n-PI windows of R. Proksa and others (IEEE Trans. Med. Imaging 19, 2000) -n and n, n odd. Every
 * voxel leaves such a window where another source sees it enter, so that in every direction it is seen n times. Rays
 * that meet where they are nearest to the axis have k that differ by 2: there any window does that is a box of width 2
 * n, smoothed.
 *
 * A voxel's row brings it other lines too, at the fan angle delta from its own, and they count as often as the row is
 * within the window there: seen from the two sources of such a line, (e + e') / (2 R cos gamma') times, gamma' being its
 * fan angle, R the sources' distance from the axis, and e the distance from the source at which a ray of the row's slope
 * is as high as the voxel. For the voxel's own line e + e' is the way from source to source. For the others it is longer:
 * 1 / cos(delta) times of a voxel midway in rows of one slope, those of a cylinder; in a flat detector's, which are less
 * steep aside of its normal, at angles phi' and phi of line and voxel, e is cos(phi) / cos(phi') times that. So the ramp
 * is multiplied with cos(delta), and for flat detectors the pixels with cos(phi') before and 1 / cos(phi) after it.
 * Without that all becomes too dark by about area / (4 pi R^2), whatever n. */
#ifndef PTM_HELIX_H
#define PTM_HELIX_H
#include "ct/circle.h"

typedef struct ptm_helix_window {
    int n;
    double smooth; /* it rises around -n and falls around n, from so much before to so much behind */
} ptm_helix_window;

/* The widest window that the detector's rows, and the views below and above the volume, suffice for; or the one of n =
 * 1. Errors: ARGUMENT where there is none. */
int ptm_helix_window_find(ptm_helix_window *out, const ptm_circle *circle, const ptm_scan *scan, bool narrowest);

double ptm_helix_place(const ptm_circle *circle, const ptm_scan *scan, double column, double row);
/* The weight of a ray with this k. */
double ptm_helix_weight(const ptm_helix_window *window, double k);
#endif
