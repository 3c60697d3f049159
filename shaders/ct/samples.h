/* samples.h - the samples of a ray, for step_project and step_adjoint. */
#ifndef PTM_SHADERS_SAMPLES_H
#define PTM_SHADERS_SAMPLES_H
#include "step.h"
#include "rays.h"

/* Sample k lies at p + (k + 1/2) d, about the volume's centre; the first one in front of the source is `first`. */
STRUCT(samples) { real px, py, pz, dx, dy, dz; int first; };

FN samples samples_of(
    creals views, creals columns, int view, int column, real v, real step_x, real step_y, real step_z, real step)
{
    const ray r = ray_of_pixel(views, columns, view, column, v);
    const int k = GENERAL_VIEW * view + GENERAL_SOURCE;
    const real index2 = REAL(1) / (sq(r.dx) + sq(r.dy) + sq(r.dz)),
               length2 = sq(r.dx * step_x) + sq(r.dy * step_y) + sq(r.dz * step_z);
    samples s;
    /* d x m is nearest in voxels; along the ray from there to what is nearest in mm */
    s.px = (r.dy * r.mz - r.dz * r.my) * index2;
    s.py = (r.dz * r.mx - r.dx * r.mz) * index2;
    s.pz = (r.dx * r.my - r.dy * r.mx) * index2;
    const real along = (s.px * r.dx * sq(step_x) + s.py * r.dy * sq(step_y) + s.pz * r.dz * sq(step_z)) / length2;
    s.px -= along * r.dx;
    s.py -= along * r.dy;
    s.pz -= along * r.dz;
    const real h = step / sqrt(length2);
    s.dx = h * r.dx;
    s.dy = h * r.dy;
    s.dz = h * r.dz;
    const real source = (AT(views, k) - s.px) * r.dx + (AT(views, k + 1) - s.py) * r.dy + (AT(views, k + 2) - s.pz) * r.dz;
    s.first = INT(ceil(clamp(source * index2 / h - REAL(0.5f), REAL(-STEP_FAR), REAL(STEP_FAR))));
    return s;
}

/* Samples from `from` to below `to` are less than a voxel away from a box, whose edges are given a voxel further out. */
STRUCT(stretch) { int from, to; };
FN stretch stretch_along(stretch s, real p, real d, real low, real high)
{
    if (d == REAL(0)) {
        if (p < low || p > high) s.to = s.from;
        return s;
    }
    const real a = (low - p) / d - REAL(0.5f), b = (high - p) / d - REAL(0.5f);
    s.from = max(s.from, INT(ceil(clamp(min(a, b) - 0.01f, REAL(-STEP_FAR), REAL(STEP_FAR)))));
    s.to = min(s.to, INT(floor(clamp(max(a, b) + 0.01f, REAL(-STEP_FAR), REAL(STEP_FAR)))) + 1);
    return s;
}
FN stretch stretch_in(samples s, real x0, real x1, real y0, real y1, real z0, real z1)
{
    stretch t;
    t.from = s.first;
    t.to = STEP_FAR;
    t = stretch_along(t, s.px, s.dx, x0, x1);
    t = stretch_along(t, s.py, s.dy, y0, y1);
    return stretch_along(t, s.pz, s.dz, z0, z1);
}
#endif
