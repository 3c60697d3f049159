/* Pixels times the length of their rays in a slice: the first half of the exact adjoint of upright_project.  In place, on a
 * stack in memory. */
#include "kernel.h"
#include "field_layout.h"
#include "upright.h"
#define ARGUMENTS UPRIGHT_LENGTHS

KERNEL(upright_lengths, v, nv, u, nu, view, count)
{
    const int k = UPRIGHT_PLANE * (view * nu + u);
    const real length2 = AT(planes, k + UPRIGHT_LENGTH2);
    const real rise0 = AT(planes, k + UPRIGHT_RISE0), risev = AT(planes, k + UPRIGHT_RISEV);
    EACH(v) AT(pixels, SIZE(view) * SIZE(plane) + SIZE((u + FIELD_FRONT) * pitch + v + FIELD_FRONT)) *=
        sqrt(length2 + sq(rise0 + REAL(v) * risev));
}
