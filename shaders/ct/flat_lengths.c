/* Pixels times the length of their rays in a slice: the first half of the exact adjoint of flat_project. In place. */
#include "kernel.h"
#include "field_layout.h"
#include "flat.h"
#define ARGUMENTS FLAT_LENGTHS

KERNEL(flat_lengths, u, nu, view, count, one, 1)
{
    EACH(u) AT(pixels, SIZE(view + FIELD_FRONT) * SIZE(pitch) + SIZE(u + FIELD_FRONT)) *=
        AT(rays, (FLAT_RAY * view + FLAT_LENGTH) * nu + u);
}
