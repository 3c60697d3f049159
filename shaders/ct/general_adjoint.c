/* The exact adjoint of general_project (its second half, after general_lengths): no atomics, a fixed order.  For each main
 * axis and slice of its box an item asks which pixels' rays cross the slice less than one voxel away from the box; they lie
 * in its shadow, widened by a voxel, and each gives its weight. */
#include "kernel.h"
#include "boxes.h"
#include "rays.h"
#define ARGUMENTS GENERAL_ADJOINT
#include "voxel_lines.h"

/* The detector columns in the shadow of a rectangle of slice i, all about the volume's centre; all of them if a corner is
 * not in front of the source.  A few too many do no harm. */
STRUCT(range) { int from, to; };
FN range columns_behind(creals views, int view, int axis, real i, real a0, real a1, real b0, real b1, int nu)
{
    const int k = GENERAL_VIEW * view;
    real lowest = REAL(nu), highest = REAL(-1);
    bool behind = false;
    for (int corner = 0; corner < 4; ++corner) {
        const real a = (corner & 1) == 0 ? a0 : a1, b = corner < 2 ? b0 : b1;
        const real x = axis == 0 ? a : axis == 1 ? i : b, y = axis == 2 ? i : b, z = axis == 0 ? i : a;
        const real w = AT(views, k + GENERAL_W) + AT(views, k + GENERAL_W + 1) * x
            + AT(views, k + GENERAL_W + 2) * y + AT(views, k + GENERAL_W + 3) * z;
        const real u = (AT(views, k + GENERAL_U) + AT(views, k + GENERAL_U + 1) * x
            + AT(views, k + GENERAL_U + 2) * y + AT(views, k + GENERAL_U + 3) * z) / w;
        behind = behind || !(w > REAL(0));
        lowest = min(lowest, u);
        highest = max(highest, u);
    }
    lowest = shadow_of(lowest, REAL(1), AT(views, k + GENERAL_ARC), AT(views, k + GENERAL_MIDDLE)).u;
    highest = shadow_of(highest, REAL(1), AT(views, k + GENERAL_ARC), AT(views, k + GENERAL_MIDDLE)).u;
    range r;
    r.from = behind ? 0 : INT(ceil(clamp(lowest - 0.01f, REAL(0), REAL(nu))));
    r.to = behind ? nu : INT(floor(clamp(highest + 0.01f, REAL(-1), REAL(nu - 1)))) + 1;
    return r;
}

BOX_STEP(mine, view)
{
    const int axes = INT(AT(columns, GENERAL_COLUMN * (view * nu) + GENERAL_AXES));
    for (int axis = 0; axis < 3; ++axis) {
        if ((axes >> axis & 1) == 0) continue;
        const int first = axis == 0 ? mine.z0 : axis == 1 ? mine.x0 : mine.y0;
        const int last = axis == 0 ? mine.z1 : axis == 1 ? mine.x1 : mine.y1;
        const real first_i = axis == 0 ? -centre(nz) : axis == 1 ? -centre(nx) : first_y;
        const real first_a = axis == 0 ? -centre(nx) : -centre(nz), first_b = axis == 2 ? -centre(nx) : first_y;
        const real a0 = first_a + REAL((axis == 0 ? mine.x0 : mine.z0) - 1);
        const real a1 = first_a + REAL(axis == 0 ? mine.x1 : mine.z1);
        const real b0 = first_b + REAL((axis == 2 ? mine.x0 : mine.y0) - 1);
        const real b1 = first_b + REAL(axis == 2 ? mine.x1 : mine.y1);
        for (int i = first; i < last; ++i) {
            const real place = first_i + REAL(i);
            const range near = columns_behind(views, view, axis, place, a0, a1, b0, b1, nu);
            for (int u = near.from; u < near.to; ++u)
                for (int part = 0; part < 3; ++part) {
                    const int k = GENERAL_COLUMN * (view * nu + u);
                    const int from = part == 0 ? 0 : INT(AT(columns, k + GENERAL_CUT0 + part - 1));
                    const int to = part == 2 ? nv : INT(AT(columns, k + GENERAL_CUT0 + part));
                    if (from >= to || INT(AT(columns, k + GENERAL_A0 + part)) != axis) continue;
                    const crossings c = column_crossings(views, columns, view, view * nu + u, axis, place);
                    const real ahead = c.d0 + REAL(from) * c.d1;
                    if (!in_front(views, view, axis, place, ahead)) continue;
                    const pixels_met met = pixels_within(c, from, to, ahead, a0, a1, b0, b1);
                    SPREAD(mine, axis, i, pixels, view, u, met.from, met.to, c, first_a, first_b);
                }
        }
    }
}

BOX_SWEEP(general_adjoint, column, nz, nx, ny, count)
