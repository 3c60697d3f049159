/* sinograms.h - exact parallel projections of ellipses, for tests of corrections. Columns count from 0, the axis lies
 * at any place between them. */
#ifndef PTM_TEST_SINOGRAMS_H
#define PTM_TEST_SINOGRAMS_H
#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* Half axes a and b, turned by phi; lengths are parts of the object's radius. */
typedef struct ellipse { double x, y, a, b, phi, mu; } ellipse;
static const ellipse test_object[] = { { 0, 0, 0.95, 0.7, 0.3, 1 }, { 0.3, 0.2, 0.25, 0.15, 1.0, 0.8 },
    { -0.35, 0.1, 0.12, 0.3, 0.4, -0.6 },
    { 0.1, -0.4, 0.2, 0.1, -0.5, 0.5 }, { -0.1, 0.35, 0.06, 0.05, 0, 1.5 }, { 0.6, -0.1, 0.05, 0.08, 0, 1.5 } };

/* Along the line with normal (cos, sin) of the angle at a distance s from the axis. */
static inline double line_integral(const ellipse *e, double angle, double s)
{
    const double c = cos(angle - e->phi), d = sin(angle - e->phi), r2 = e->a * e->a * c * c + e->b * e->b * d * d;
    const double t = s - e->x * cos(angle) - e->y * sin(angle), q = r2 - t * t;
    return q > 0 ? 2 * e->mu * e->a * e->b * sqrt(q) / r2 : 0;
}

/* The mean over a pixel; radius is the object's, in pixels, and a line through its whole length is about `peak`. */
static inline double pixel_value(double angle, double from_axis, double radius, double peak)
{
    double sum = 0;
    for (int i = 0; i < 4; ++i)
        for (size_t k = 0; k < sizeof test_object / sizeof *test_object; ++k)
            sum += line_integral(&test_object[k], angle, (from_axis + 0.25 * (i - 1.5)) / radius);
    return 0.25 * peak / 2 * sum;
}

static inline void make_sinogram(float *values, int views, int columns, double range, double axis, double radius)
{
    for (int k = 0; k < views; ++k)
        for (int u = 0; u < columns; ++u)
            values[k * columns + u] = (float)pixel_value(range * k / views, u - axis, radius, 1.5);
}

/* A normal variate, the mean of twelve uniform ones (random_number of check.h is uniform from -1 to 1, of variance 1/3). */
static inline double normal(uint64_t *state, double (*uniform)(uint64_t *))
{
    double sum = 0;
    for (int i = 0; i < 12; ++i) sum += uniform(state);
    return sum / 2;
}
#endif
