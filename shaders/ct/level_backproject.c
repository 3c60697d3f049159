/* Weighted back-projection of beams that stay in their slices: as upright_backproject, but no voxel reads between two
 * rows. */
#include "kernel.h"
#define TILE_X 8
#define TILE_Y 16
#define STEPS 32
#include "row_pairs.h"
#include "sweep.h"
#include "level.h"
#define ARGUMENTS LEVEL_BACKPROJECT
#include "voxel_lines.h"

FN real along(creals levels, int pitch, int view, real x, real y) /* of three rows: a + b x + c y */
{
    return AT(levels, view) + AT(levels, pitch + view) * x + AT(levels, 2 * pitch + view) * y;
}
FN row_pair fan_pair(creals levels, int pitch, int view, real x, real y, int nu)
{
    const real w = along(levels, pitch, BEAM_W0 * pitch + view, x, y), near = AT(levels, BEAM_NEAR * pitch + view);
    const real r = REAL(1) / max(w, near), weight = w < near ? REAL(0) : AT(levels, BEAM_WEIGHT * pitch + view);
    return row_pair_at(weight * r * r, along(levels, pitch, BEAM_U0 * pitch + view, x, y) * r, nu);
}

RUN(column, x, y, from, to)
{
    const int shift = INT(AT(levels, LEVEL_SHIFT * pitch));
    const real px = REAL(x), py = REAL(y + y0);
    if (AT(levels, LEVEL_STEP * pitch) != REAL(0)) {
        const real weight = AT(levels, BEAM_WEIGHT * pitch);
        ADD_ROW_PAIRS(z, sum, -shift, pixels, 1, view, view, from, to,
            row_pair_at(weight, along(levels, pitch, BEAM_U0 * pitch + view, px, py), pixels.n1))
    } else {
        ADD_ROW_PAIRS(z, sum, -shift, pixels, 1, view, view, from, to, fan_pair(levels, pitch, view, px, py, pixels.n1))
    }
}

SWEEP(level_backproject, column, nz, nx, ny, count)
