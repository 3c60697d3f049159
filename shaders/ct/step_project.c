/* Forward projection by samples along the rays; see step.h. */
#include "kernel.h"
#include "lines.h"
#include "samples.h"
#define ARGUMENTS STEP_PROJECT

KERNEL(step_project, v, nv, u, nu, view, count)
{
    const int column = view * nu + u;
    const real first_x = -centre(nx), first_z = -centre(nz);
    EACH(v) {
        const samples s = samples_of(views, columns, view, column, REAL(v), step_x, step_y, step_z, step);
        const stretch t = stretch_in(s, first_x - REAL(1), first_x + REAL(nx), first_y - REAL(1), first_y + REAL(ny),
            first_z - REAL(1), first_z + REAL(nz));
        real sum = REAL(0);
        for (int k = t.from; k < t.to; ++k) {
            const real at = REAL(k) + REAL(0.5f);
            sum += VOLUME_SAMPLE(
                voxels, s.pz + at * s.dz - first_z, s.px + at * s.dx - first_x, s.py + at * s.dy - first_y);
        }
        const real before = carry != 0 ? AT(pixels, SIZE(column) * SIZE(nv) + SIZE(v)) : REAL(0);
        AT(pixels, SIZE(column) * SIZE(nv) + SIZE(v)) = step * sum + before;
    }
}
