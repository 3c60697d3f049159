/* The exact adjoint of level_project, as a gather: a line of voxels adds up the columns whose planes cross its slice less
 * than a voxel away, two and two. */
#include "kernel.h"
#define TILE_X 8
#define TILE_Y 16
#define STEPS 64
#include "row_pairs.h"
#include "sweep.h"
#include "columns_near.h"
#include "level.h"
#define ARGUMENTS LEVEL_ADJOINT
#include "voxel_lines.h"

/* Columns 2 pair and 2 pair + 1 of those near. */
FN row_pair parallel_pair(creals levels, int pitch, int view, int pair, real x, real y, int nu)
{
    const real step = AT(levels, LEVEL_STEP * pitch + view), over = AT(levels, LEVEL_OVER * pitch + view);
    const real length = AT(levels, LEVEL_LENGTH * pitch + view);
    const real away = AT(levels, LEVEL_AWAY0 * pitch + view) + AT(levels, LEVEL_AWAYX * pitch + view) * x
        + AT(levels, LEVEL_AWAYY * pitch + view) * y;
    /* Column u passes at away - u step; the first within a voxel is the next above away / step - 1 / |step|. */
    const int u = INT(clamp(away * over - fabs(over) + REAL(1), REAL(0), REAL(nu + 1))) + 2 * pair;
    const real first = away - REAL(u) * step;
    row_pair r;
    r.at = min(u, nu);
    r.a = length * hat(first);
    r.b = length * hat(first - step);
    return r;
}

FN column_map map_of(creals levels, int pitch, int view)
{
    column_map m;
    m.u0 = AT(levels, BEAM_U0 * pitch + view);
    m.ux = AT(levels, BEAM_UX * pitch + view);
    m.uy = AT(levels, BEAM_UY * pitch + view);
    m.w0 = AT(levels, BEAM_W0 * pitch + view);
    m.wx = AT(levels, BEAM_WX * pitch + view);
    m.wy = AT(levels, BEAM_WY * pitch + view);
    m.arc = REAL(0);
    m.middle = REAL(0);
    return m;
}
FN real plane_weight(creals planes, int k, int x, int y)
{
    const bool along_y = AT(planes, k + UPRIGHT_AXIS) > 1.5f;
    const int i = along_y ? y : x, j = along_y ? x : y;
    const bool ahead = i >= INT(AT(planes, k + UPRIGHT_FIRST)) && i < INT(AT(planes, k + UPRIGHT_LAST));
    const real away = REAL(j) - AT(planes, k + UPRIGHT_PLACE) - REAL(i) * AT(planes, k + UPRIGHT_SLOPE);
    return ahead ? sqrt(AT(planes, k + UPRIGHT_LENGTH2)) * hat(away) : REAL(0);
}
FN row_pair fan_pair(column_map map, creals planes, int view, int pair, int x, int y, int nu)
{
    const range near = columns_near(map, nu, REAL(x), REAL(y));
    const int u = near.from + 2 * pair;
    row_pair r;
    r.at = min(u, nu);
    r.a = u <= near.to ? plane_weight(planes, UPRIGHT_PLANE * (view * nu + u), x, y) : REAL(0);
    r.b = u < near.to ? plane_weight(planes, UPRIGHT_PLANE * (view * nu + u + 1), x, y) : REAL(0);
    return r;
}

RUN(column, x, y, from, to)
{
    const int shift = INT(AT(levels, LEVEL_SHIFT * pitch)), pairs = INT(AT(levels, LEVEL_PAIRS * pitch));
    const bool parallel = AT(levels, LEVEL_STEP * pitch) != REAL(0);
    for (int pair = 0; pair < pairs; ++pair) {
        if (parallel) {
            ADD_ROW_PAIRS(z, sum, -shift, pixels, 1, view, view, from, to,
                parallel_pair(levels, pitch, view, pair, REAL(x), REAL(y + y0), nu))
        } else {
            ADD_ROW_PAIRS(z, sum, -shift, pixels, 1, view, view, from, to,
                fan_pair(map_of(levels, pitch, view), planes, view, pair, x, y + y0, nu))
        }
    }
}

SWEEP(level_adjoint, column, nz, nx, ny, count)
