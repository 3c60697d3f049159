/* phantom_forbild.c - the head and the thorax of the FORBILD project, lengths in cm, values in g/cm3.
 *
 * The phantoms are those of the Institute of Medical Physics, Erlangen (G. Lauritsch, H. Bruder: head; K. Sourbelle:
 * thorax; 1999): shapes of which each replaces those before it. */
#include "ct/phantom.h"

#include <stdlib.h>

#define DEGREE (3.14159265358979323846 / 180)

static const ptm_vec along_x = { 1, 0, 0 }, along_y = { 0, 1, 0 }, along_z = { 0, 0, 1 };

static ptm_shape shape_of(ptm_shape_type type, double density, double x, double y, double z, double a, double b, double c)
{
    return (ptm_shape){ .type = type, .replaces = true, .value = density, .centre = { x, y, z }, .half_axes = { a, b, c } };
}

static void add_turned(ptm_shapes *shapes, ptm_shape s, ptm_vec first, ptm_vec third)
{
    ptm_shape_turn(&s, first, third);
    ptm_shapes_add(shapes, &s);
}

static void add(ptm_shapes *shapes, ptm_shape s)
{
    add_turned(shapes, s, along_x, along_z);
}

static void add_ball(ptm_shapes *shapes, double density, double x, double y, double z, double radius)
{
    add(shapes, shape_of(PTM_SHAPE_ELLIPSOID, density, x, y, z, radius, radius, radius));
}

/* Keeps normal . x < distance. */
static void cut(ptm_shape *s, ptm_vec normal, double distance)
{
    s->planes[s->plane_count++] = (ptm_plane){ { normal.x, normal.y, normal.z }, distance };
}

static ptm_vec direction(double degrees)
{
    return (ptm_vec){ cos(degrees * DEGREE), sin(degrees * DEGREE), 0 };
}

/* ------------------------------------------------------------------ the head */

static const double bone = 1.8;

/* Numbers are FORBILD's. */
static void add_skull(ptm_shapes *shapes)
{
    const double c15 = cos(15 * DEGREE), s15 = sin(15 * DEGREE), c30 = cos(30 * DEGREE), s30 = sin(30 * DEGREE);
    add(shapes, shape_of(PTM_SHAPE_ELLIPSOID, bone, 0, 0, 0, 9.6, 12, 12.5));     /* 5 */
    add(shapes, shape_of(PTM_SHAPE_ELLIPSOID, 1.05, 0, 0, 0, 9, 11.4, 11.9));     /* 6, brain */
    add(shapes, shape_of(PTM_SHAPE_ELLIPSOID, 1.045, 0, -3.6, 0, 1.8, 3.6, 3.6)); /* 12, ventricle */
    add(shapes, shape_of(PTM_SHAPE_ELLIPSOID, 0, 0, 8.4, 0, 1.8, 3, 3));          /* 7, frontal sinus */
    add_ball(shapes, 1.06, -4.7, 4.3, 0.872, 2);                                  /* 1 and 2, eyes */
    add_ball(shapes, 1.06, 4.7, 4.3, 0.872, 2);
    add_ball(shapes, 1.0525, -1.08, -9, 0, 0.4); /* 3 and 4 */
    add_ball(shapes, 1.0475, 1.08, -9, 0, 0.4);
    /* 14 and 15 */
    add_turned(shapes, shape_of(PTM_SHAPE_CYLINDER, bone, 0, 3.6, 0, 1.2, 4, 0.25 * c15), along_x, (ptm_vec){ 0, -c30,
        s30 });
    add_turned(shapes, shape_of(PTM_SHAPE_CYLINDER, bone, 0, 9.6, 0, 0.525561, 2, 0.2), (ptm_vec){ 0, c30, s30 }, along_x);
    /* 8 and 9 */
    add_turned(shapes, shape_of(PTM_SHAPE_ELLIPSOID, bone, -1.9, 5.4, 0, 1.206483 * c15, 0.420276 * c15, 3),
        (ptm_vec){ -c15 * s30, c30, s15 * s30 }, (ptm_vec){ s15, 0, c15 });
    add_turned(shapes, shape_of(PTM_SHAPE_ELLIPSOID, bone, 1.9, 5.4, 0, 1.2 * c15, 0.42 * c15, 3),
        (ptm_vec){ c15 * s30, c30, s15 * s30 }, (ptm_vec){ -s15, 0, c15 });
    /* 10 and 11 */
    add_turned(shapes, shape_of(PTM_SHAPE_CYLINDER, bone, -4.3, 6.8, -1, 1.8, 0.24, 2), direction(150), along_z);
    add_turned(shapes, shape_of(PTM_SHAPE_CYLINDER, bone, 4.3, 6.8, -1, 1.8, 0.24, 2), direction(30), along_z);
    /* 13, blood */
    add_turned(shapes, shape_of(PTM_SHAPE_ELLIPSOID, 1.055, 6.393945, -6.393945, 0, 1.2, 0.42, 1.2), direction(58.1),
        along_z);
    for (int side = -1; side <= 1; side += 2) { /* 16 and 17 */
        ptm_shape cone = shape_of(PTM_SHAPE_CONE, bone, 0, -11.15, 0.2 * side, 0.5, 0.5, 0.75);
        cone.taper = 0.4;
        add_turned(shapes, cone, along_x, along_y);
    }
}

/* The inner ear on the right: a piece of bone with bubbles of air, in floors and rows at one distance. */
static void add_right_ear(ptm_shapes *shapes)
{
    /* By floor and row. */
    static const int bubbles[4][4] = { { 9, 8, 8, 6 }, { 8, 8, 7, 6 }, { 8, 7, 7, 5 }, { 6, 6, 5, 4 } };
    const double apart = 0.2 * sqrt(3);
    ptm_shape ear = shape_of(PTM_SHAPE_ELLIPSOID, bone, 9.1, 0, 0, 4.2, 1.8, 1.8);
    cut(&ear, along_x, 9.1);
    add(shapes, ear);
    for (int floor = -3; floor <= 3; ++floor)
        for (int row = -3; row <= 3; ++row)
            for (int i = 0; i < bubbles[abs(floor)][abs(row)]; ++i)
                add_ball(shapes, 0, ((floor + row) % 2 ? 8.6 : 8.8) - 0.4 * i, row * apart, floor * apart, 0.15);
}

/* The pattern on the left: rows along y and along z of five ellipsoids each, of four widths and four heights. */
static const double widths[4] = { 0.0357, 0.0312, 0.0278, 0.025 }, heights[4] = { 0.4, 0.2, 0.1, 0.05 };

static void add_pattern(ptm_shapes *shapes)
{
    for (int i = 0; i < 4; ++i)
        for (int k = 0; k < 4; ++k)
            for (int n = -4; n < 5; ++n) {
                const double y = -1 + 12 * k * 0.04 + (n > 0 ? 2 * n * widths[i] : 0), z = n < 0 ? -2 * n * heights[k] : 0;
                add(shapes, shape_of(PTM_SHAPE_ELLIPSOID, bone, -7 + 2 * i * 0.04, y, z, widths[i] / 2, widths[i] / 2,
                    heights[k] / 2));
            }
}

void ptm_forbild_head(ptm_shapes *shapes, const ptm_phantom_options *o)
{
    (void)o;
    add_skull(shapes);
    add_right_ear(shapes);
    add_pattern(shapes);
}

/* ------------------------------------------------------------------ its central slice */

/* Z. Yu, F. Noo, F. Dennerlein, A. Wunderlich, G. Lauritsch, J. Hornegger, Phys. Med. Biol. 57, 2012, N237, which says
 * the slice as a sum of ellipses: centre, half axes, turn in degrees, density; and planes as distance from the centre
 * and angle in degrees. */
typedef struct ellipse { double x, y, a, b, turn, density, planes[PTM_MAX_PLANES][2]; } ellipse;

#define TIP_Y (-14.294530834372887)
static const ellipse slice[] = {
    { -4.7, 4.3, 1.79989, 1.79989, 0, 0.010, { { 0 } } },
    { 4.7, 4.3, 1.79989, 1.79989, 0, 0.010, { { 0 } } },
    { -1.08, -9, 0.4, 0.4, 0, 0.0025, { { 0 } } },
    { 1.08, -9, 0.4, 0.4, 0, -0.0025, { { 0 } } },
    { 0, 0, 9.6, 12, 0, 1.800, { { 0 } } },
    { 0, 8.4, 1.8, 3, 0, -1.050, { { 0 } } },
    { 1.9, 5.4, 0.41633, 1.17425, -31.07698, 0.750, { { 0 } } },
    { -1.9, 5.4, 0.41633, 1.17425, 31.07698, 0.750, { { 0 } } },
    { -4.3, 6.8, 1.8, 0.24, -30, 0.750, { { 0 } } },
    { 4.3, 6.8, 1.8, 0.24, 30, 0.750, { { 0 } } },
    { 0, -3.6, 1.8, 3.6, 0, -0.005, { { 0 } } },
    { 6.39395, -6.39395, 1.2, 0.42, 58.1, 0.005, { { 0 } } },
    { 0, 3.6, 2, 2, 0, 0.750, { { 1.2, 0 }, { 1.2, 180 }, { 0.27884, 90 }, { 0.27884, 270 } } },
    { 0, 9.6, 1.8, 3, 0, 1.800, { { 0.60687, 90 }, { 0.60687, 270 }, { 0.2, 0 }, { 0.2, 180 } } },
    { 0, 0, 9, 11.4, 0, 0.750, { { -2.605, 15 }, { -2.605, 165 }, { -10.71177, 90 } } },
    { 0, TIP_Y, 0.443194085308632, 3.892760834372886, 0, 0.750, { { TIP_Y + 10.71177, 270 } } },
    { 0, 0, 9, 11.4, 0, -0.750, { { 8.88740, 0 } } },
    { 9.1, 0, 4.2, 1.8, 0, 0.750, { { -0.21260, 0 } } } };

static void add_ellipse(ptm_shapes *shapes, const ellipse *e)
{
    ptm_shape s = { .type = PTM_SHAPE_CYLINDER, .value = e->density, .centre = { e->x, e->y }, .half_axes = { e->a, e->b,
        (double)INFINITY } };
    for (int i = 0; i < PTM_MAX_PLANES && e->planes[i][0] != 0; ++i) {
        const ptm_vec normal = direction(e->planes[i][1]);
        cut(&s, normal, e->planes[i][0] + normal.x * e->x + normal.y * e->y);
    }
    add_turned(shapes, s, direction(e->turn), along_z);
}

void ptm_forbild_head_2d(ptm_shapes *shapes, const ptm_phantom_options *o)
{
    (void)o;
    for (size_t i = 0; i < sizeof slice / sizeof *slice; ++i) add_ellipse(shapes, &slice[i]);
    for (int row = -3; row <= 3; ++row)
        for (int i = 0; i < (row == 0 ? 9 : abs(row) == 3 ? 6 : 8); ++i)
            add_ellipse(shapes, &(ellipse){ (row % 2 ? 8.6 : 8.8) - 0.4 * i, row * 0.2 * sqrt(3), 0.15, 0.15, 0, -1.800,
            { { 0 } } });
    for (int i = 0; i < 4; ++i)
        for (int k = 0; k < 20; ++k)
            add_ellipse(shapes, &(ellipse){ -7 + 2 * i * 0.04, -1 + k / 5 * 12 * 0.04 + k % 5 * 2 * widths[i],
            widths[i] / 2,
                widths[i] / 2, 0, 0.750, { { 0 } } });
}

/* ------------------------------------------------------------------ the thorax */

static const double water = 1, lung = 0.26, marrow = 0.98, heart = 1.05, blood = 1.05, sternum = 1.25, spongy = 1.18,
    compact = 1.92,
    rib = 1.41, shoulder = 1.46;

static void add_aorta(ptm_shapes *shapes)
{
    const ptm_vec lower = { 3, 7, sqrt(58) }, upper = { 1, 2, -sqrt(5) };
    const double lower_end = 2.982109 * ptm_length(lower), upper_end = -2.2393277 * ptm_length(upper);
    ptm_shape descending = shape_of(PTM_SHAPE_CYLINDER, blood, -2.5, -2.5, 0, 1, 1, 15);
    ptm_shape ascending = shape_of(PTM_SHAPE_CYLINDER, blood, 0.5, 4.5, 6, 1, 1, 3);
    ptm_shape arch = shape_of(PTM_SHAPE_CYLINDER, blood, -1, 1, 7.5, 1, 1, 11);
    cut(&descending, lower, lower_end);
    cut(&ascending, ptm_scale(upper, -1), -upper_end);
    cut(&arch, ptm_scale(lower, -1), -lower_end);
    cut(&arch, upper, upper_end);
    add(shapes, descending);
    add(shapes, ascending);
    add_turned(shapes, arch, along_z, (ptm_vec){ 3, 7, 0 });
}

/* After the vertebra of S. Ulzheimer's cardiac phantom, 2 high. */
static void add_vertebra(ptm_shapes *shapes, double z)
{
    const double y = -5, plate = sqrt(1.3725);
    add(shapes, shape_of(PTM_SHAPE_CYLINDER, compact, 0, y, z, 1.75, 1.75, 1));
    add(shapes, shape_of(PTM_SHAPE_BOX, compact, 0, y - 1.4, z, plate, 0.1, 1));
    add(shapes, shape_of(PTM_SHAPE_CYLINDER, spongy, 0, y, z, 1.5, 1.5, 1));
    for (int side = -1; side <= 1; side += 2) { /* processes to either side */
        ptm_shape s = shape_of(PTM_SHAPE_BOX, compact, 2 * side, y - 1.975, z, 2, 0.475, 1);
        const ptm_vec upper = { 0.95 * side, 4 - plate, 0 }, lower = { -2 * side, -32, 0 };
        const ptm_vec end = { 4 * side, y - 2.45, 0 };
        cut(&s, upper, ptm_dot(upper, end));
        cut(&s, lower, ptm_dot(lower, end));
        add(shapes, s);
    }
    ptm_shape root = shape_of(PTM_SHAPE_BOX, compact, 0, y - 2.35, z, 0.8, 0.15, 1);
    for (int side = -1; side <= 1; side += 2) {
        const ptm_vec normal = { -2 * side, -4, 0 };
        cut(&root, normal, ptm_dot(normal, (ptm_vec){ -0.4 * side, y - 2.45, 0 }));
    }
    add(shapes, root);
    add(shapes, shape_of(PTM_SHAPE_BOX, compact, 0, y - 3.25, z, 0.4, 0.8, 1));
    ptm_shape end = shape_of(PTM_SHAPE_CYLINDER, compact, 0, y - 4.05, z, 0.4, 0.4, 1);
    cut(&end, along_y, y - 4.05);
    add(shapes, end);
}

/* Ribs are cylinders along the tangents of a tilted ellipse, cut where neighbours meet, in the plane half way between
 * them. */
static ptm_vec rib_place(double degrees, double side, double z)
{
    const ptm_vec d = direction(degrees);
    return (ptm_vec){ 18.5 * side * d.x, 9 * d.y, z - 5.5 * d.y };
}
static ptm_vec rib_tangent(double degrees, double side)
{
    const ptm_vec d = direction(degrees), t = { 18.5 * side * d.y, -9 * d.x, 5.5 * d.x };
    return ptm_scale(t, 1 / ptm_length(t));
}

static void add_rib(ptm_shapes *shapes, double density, double radius, double side, double z)
{
    for (int degrees = 72; degrees >= -72; degrees -= 18) {
        const ptm_vec at = rib_place(degrees, side, z), axis = rib_tangent(degrees, side), across = { axis.y, -axis.x, 0 };
        ptm_shape s = shape_of(PTM_SHAPE_CYLINDER, density, at.x, at.y, at.z, radius, radius, 5);
        for (int end = -1; end <= 1; end += 2) {
            const ptm_vec normal = ptm_scale(ptm_add(axis, rib_tangent(degrees - 18 * end, side)), end);
            ptm_vec corner = rib_place(degrees - 9 * end, side, 0);
            corner = ptm_add(ptm_scale(corner, 1 / cos(9 * DEGREE)), (ptm_vec){ 0, 0, z });
            cut(&s, normal, ptm_dot(normal, corner));
        }
        add_turned(shapes, s, across, axis);
    }
}

static void add_shoulders(ptm_shapes *shapes)
{
    const double densities[2] = { shoulder, marrow };
    for (int inner = 0; inner < 2; ++inner)
        for (int side = -1; side <= 1; side += 2) { /* clavicles */
            const double radius = inner ? 0.4 : 0.5;
            add_turned(shapes, shape_of(PTM_SHAPE_CYLINDER, densities[inner], 10 * side, 5.5, 16, radius, radius,
                inner ? 8.25 : 8.5),
                (ptm_vec){ 9 * side, 20, 0 }, (ptm_vec){ 20, -9 * side, 2 * side });
        }
    for (int inner = 0; inner < 2; ++inner)
        for (int side = -1; side <= 1; side += 2) { /* shoulder blades */
            ptm_shape s = shape_of(PTM_SHAPE_ELLIPSOID, densities[inner], 12 * side, -5, 15, inner ? 4 : 4.5,
                inner ? 0.4 : 0.5, inner ? 5.5 : 6);
            cut(&s, along_z, 15);
            add_turned(shapes, s, (ptm_vec){ 2, side, 0 }, along_z);
        }
    for (int i = 0; i < 2; ++i)
        for (int inner = 0; inner < 2; ++inner)
            for (int side = -1; side <= 1; side += 2) /* heads and sockets of the humerus */
                add_ball(shapes, densities[inner], (i ? 16.5 : 22) * side, 0, 15, inner ? 2 : 2.5);
}

void ptm_forbild_thorax(ptm_shapes *shapes, const ptm_phantom_options *o)
{
    (void)o;
    for (int side = -1; side <= 1; side += 2) /* arms */
        add(shapes, shape_of(PTM_SHAPE_CYLINDER, water, 20 * side, 0, 17.5, 5, 5, 7.5));
    add(shapes, shape_of(PTM_SHAPE_CYLINDER, water, 0, 0, 0, 20, 10, 25));
    for (int side = -1; side <= 1; side += 2)
        add(shapes, shape_of(PTM_SHAPE_ELLIPSOID, lung, 10.5 * side, 0, 0, 7.5, 5.5, 15));
    add(shapes, shape_of(PTM_SHAPE_BOX, sternum, 0, 9, 2.5, 1.25, 0.4, 12.5));
    add(shapes, shape_of(PTM_SHAPE_BOX, marrow, 0, 9, 2.5, 1, 0.25, 12.5));
    add_ball(shapes, heart, 0, 4, 0, 3.5);
    add_aorta(shapes);
    for (int z = 15; z >= -6; z -= 3) add_vertebra(shapes, z);
    for (int z = -6; z <= 6; z += 3)
        for (int inner = 0; inner < 2; ++inner)
            for (int side = 1; side >= -1; side -= 2) add_rib(shapes, inner ? marrow : rib, inner ? 0.4 : 0.5, side, z);
    add_shoulders(shapes);
}
