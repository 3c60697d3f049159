/* vector.h - three-dimensional vectors in double. */
#ifndef PTM_VECTOR_H
#define PTM_VECTOR_H
#include <math.h>

typedef struct ptm_vec { double x, y, z; } ptm_vec;

static inline ptm_vec ptm_vec_from(const double a[3])
{
    return (ptm_vec){ a[0], a[1], a[2] };
}
static inline ptm_vec ptm_add(ptm_vec a, ptm_vec b)
{
    return (ptm_vec){ a.x + b.x, a.y + b.y, a.z + b.z };
}
static inline ptm_vec ptm_sub(ptm_vec a, ptm_vec b)
{
    return (ptm_vec){ a.x - b.x, a.y - b.y, a.z - b.z };
}
static inline ptm_vec ptm_scale(ptm_vec a, double s)
{
    return (ptm_vec){ a.x * s, a.y * s, a.z * s };
}
static inline ptm_vec ptm_mix(ptm_vec a, double s, ptm_vec b, double t)
{
    return ptm_add(ptm_scale(a, s), ptm_scale(b, t));
}
static inline double ptm_dot(ptm_vec a, ptm_vec b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
static inline ptm_vec ptm_cross(ptm_vec a, ptm_vec b)
{
    return (ptm_vec){ a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x };
}
static inline double ptm_length(ptm_vec a)
{
    return sqrt(ptm_dot(a, a));
}
#endif
