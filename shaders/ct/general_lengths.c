/* Pixels times the length of their rays in a slice: the first half of the exact adjoint of general_project.  In place, on a
 * stack in memory. */
#include "kernel.h"
#include "field_layout.h"
#include "rays.h"
#define ARGUMENTS GENERAL_LENGTHS

KERNEL(general_lengths, v, nv, u, nu, view, count)
{
    EACH(v) {
        const ray r = ray_of_pixel(views, columns, view, view * nu + u, REAL(v));
        AT(pixels, SIZE(view) * SIZE(plane) + SIZE((u + FIELD_FRONT) * pitch + v + FIELD_FRONT)) *=
            ray_length(r, main_axis(columns, view * nu + u, v), step_x, step_y, step_z);
    }
}
