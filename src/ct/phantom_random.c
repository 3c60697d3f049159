/* phantom_random.c - scenes that a seed decides, in the cube from -1 to 1. */
#include "ct/phantom.h"

#include <polytome/random.h>

static double between(ptm_random *r, double low, double high)
{
    return low + (high - low) * ptm_random_uniform(r);
}

/* A rotation with no preferred direction: that of a random unit quaternion (K. Shoemake, Graphics Gems III, 1992). */
static void turn_anyhow(ptm_shape *s, ptm_random *r)
{
    double q[4], length = 0;
    for (int i = 0; i < 4; ++i) {
        q[i] = ptm_random_normal(r);
        length += q[i] * q[i];
    }
    for (int i = 0; i < 4; ++i) q[i] /= sqrt(length);
    const double w = q[0], x = q[1], y = q[2], z = q[3];
    ptm_shape_turn(s, (ptm_vec){ 1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y) },
        (ptm_vec){ 2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y) });
}

/* A point in a ball about the origin. */
static void place_anywhere(ptm_shape *s, ptm_random *r, double radius)
{
    do {
        for (int i = 0; i < 3; ++i) s->centre[i] = between(r, -1, 1);
    } while (ptm_length(ptm_vec_from(s->centre)) > 1);
    for (int i = 0; i < 3; ++i) s->centre[i] *= radius;
}

/* Half axes from least to most, evenly in their logarithm. */
static void size_anyhow(ptm_shape *s, ptm_random *r, double least, double most)
{
    for (int i = 0; i < 3; ++i) s->half_axes[i] = least * pow(most / least, ptm_random_uniform(r));
}

void ptm_random_scene(ptm_shapes *shapes, const ptm_phantom_options *o)
{
    ptm_random r = { .seed = o->seed };
    const int count = o->count ? o->count : 30;
    for (int i = 0; i < count; ++i) {
        ptm_shape s = { .type = i % 2 ? PTM_SHAPE_BOX : PTM_SHAPE_ELLIPSOID, .value = between(&r, 0.1, 1) };
        place_anywhere(&s, &r, 0.6);
        size_anyhow(&s, &r, 0.04, 0.22);
        turn_anyhow(&s, &r);
        ptm_shapes_add(shapes, &s);
    }
}

void ptm_random_gaussians(ptm_shapes *shapes, const ptm_phantom_options *o)
{
    ptm_random r = { .seed = o->seed };
    const int count = o->count ? o->count : 6;
    for (int i = 0; i < count; ++i) {
        ptm_shape s = { .type = PTM_SHAPE_GAUSSIAN, .value = between(&r, 0.3, 1) };
        place_anywhere(&s, &r, 0.5);
        size_anyhow(&s, &r, 0.06, 0.15);
        turn_anyhow(&s, &r);
        ptm_shapes_add(shapes, &s);
    }
}

/* ------------------------------------------------------------------ foam */

#define WALL 0.9       /* half height and radius of the cylinder */
#define CANDIDATES 32  /* places looked at for a bubble */
#define LEAST_BUBBLE 0.004

/* How large a bubble may be here before it touches the wall or another bubble. */
static double room_at(const ptm_shapes *shapes, const double at[3])
{
    double room = fmin(WALL - hypot(at[0], at[1]), WALL - fabs(at[2]));
    for (int i = 1; i < shapes->count && room > LEAST_BUBBLE; ++i) {
        const ptm_shape *s = &shapes->list[i];
        const ptm_vec apart = ptm_sub(ptm_vec_from(at), ptm_vec_from(s->centre));
        room = fmin(room, ptm_length(apart) - s->half_axes[0]);
    }
    return room;
}

/* A cylinder with empty bubbles, one after another where of some random places there is most room, up to a size that
 * falls, after D. M. Pelt, A. A. Hendriksen, K. J. Batenburg, Foam-like phantoms for comparing tomography algorithms, J.
 * Synchrotron Rad. 29, 2022. Fewer than asked for where no room is found. */
void ptm_random_foam(ptm_shapes *shapes, const ptm_phantom_options *o)
{
    ptm_random r = { .seed = o->seed };
    const int count = o->count ? o->count : 1000;
    ptm_shapes_add(shapes, &(ptm_shape){ .type = PTM_SHAPE_CYLINDER, .value = 1, .half_axes = { WALL, WALL, WALL } });
    for (int i = 0; i < count; ++i) {
        ptm_shape bubble = { .replaces = true };
        double best = 0;
        for (int k = 0; k < CANDIDATES; ++k) {
            double at[3];
            for (int m = 0; m < 3; ++m) at[m] = between(&r, -WALL, WALL);
            const double room = room_at(shapes, at);
            if (room <= best) continue;
            best = room;
            for (int m = 0; m < 3; ++m) bubble.centre[m] = at[m];
        }
        const double radius = fmin(0.95 * best, 0.25 / (1 + 0.01 * i) * between(&r, 0.5, 1));
        for (int m = 0; m < 3; ++m) bubble.half_axes[m] = radius;
        if (best > LEAST_BUBBLE) ptm_shapes_add(shapes, &bubble);
    }
}
