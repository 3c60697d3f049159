/* columns_near.h - which columns of a flat or cylindrical detector a line of voxels may get something from. */
#ifndef PTM_SHADERS_COLUMNS_NEAR_H
#define PTM_SHADERS_COLUMNS_NEAR_H
#include "arc.h"

/* Column (u0 + ux x + uy y) / (w0 + wx x + wy y), bent as in arc.h. */
STRUCT(column_map) { real u0, ux, uy, w0, wx, wy, arc, middle; };

/* The columns that may cross a slice within a voxel of (x, y); a few too many do no harm. */
STRUCT(range) { int from, to; };
FN range columns_near(column_map m, int nu, real x, real y)
{
    real lowest = REAL(nu), highest = REAL(-1);
    bool behind = false;
    for (int corner = 0; corner < 4; ++corner) {
        real step = corner < 2 ? REAL(-1) : REAL(1);
        real px = (corner & 1) == 0 ? x + step : x, py = (corner & 1) == 0 ? y : y + step;
        real w = m.w0 + m.wx * px + m.wy * py, u = (m.u0 + m.ux * px + m.uy * py) / w;
        behind = behind || !(w > REAL(0));
        lowest = min(lowest, u);
        highest = max(highest, u);
    }
    lowest = shadow_of(lowest, REAL(1), m.arc, m.middle).u;
    highest = shadow_of(highest, REAL(1), m.arc, m.middle).u;
    range r;
    r.from = behind ? 0 : INT(ceil(clamp(lowest - 0.01f, REAL(0), REAL(nu))));
    r.to = behind ? nu - 1 : INT(floor(clamp(highest + 0.01f, REAL(-1), REAL(nu - 1))));
    return r;
}
#endif
