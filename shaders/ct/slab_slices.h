/* slab_slices.h - the slices in which a ray plane crosses a slab of the volume's rows. */
#ifndef PTM_SHADERS_SLAB_SLICES_H
#define PTM_SHADERS_SLAB_SLICES_H

STRUCT(slab_slices) { int first, last; };
/* Of slices first to last - 1 of the whole volume, counted in a slab of nx x ny voxels that begins with row y0; in slice i
 * of those the plane passes at place + i slope on the other axis, counted there too. A few too many do no harm. */
FN slab_slices slices_in_slab(int axis, int first, int last, real place, real slope, int nx, int ny, int y0)
{
    slab_slices s;
    s.first = axis == 2 ? max(first - y0, 0) : first;
    s.last = axis == 2 ? min(last - y0, ny) : min(last, nx);
    if (axis == 1 && fabs(slope) > 1e-6f) {
        const real a = (REAL(-1) - place) / slope, b = (REAL(ny) - place) / slope;
        s.first = max(s.first, INT(clamp(min(a, b), REAL(0), REAL(nx))));
        s.last = min(s.last, INT(clamp(max(a, b), REAL(-1), REAL(nx))) + 1);
    }
    return s;
}
#endif
