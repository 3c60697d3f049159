/* phantom.h - shapes made ready for rays and cells. */
#ifndef PTM_PHANTOM_H
#define PTM_PHANTOM_H
#include <polytome/phantom.h>

#include "core/array.h"
#include "ct/vector.h"

/* A shape in coordinates in which it is round or square and of size 1: rows take what lies from the centre in mm there. */
typedef struct ptm_body {
    ptm_shape_type type;
    bool replaces, aligned; /* aligned: each row has one number that is not 0 */
    double value;
    ptm_vec centre, row[3];
    double reach;         /* of a ball about the centre that holds it, mm; of Gaussians all but 1e-17 of them */
    double middle, slope; /* of a cone: its radius at height h is middle + slope h; 1 and 0 for cylinders */
    int plane_count;
    struct { ptm_vec normal; double distance; } planes[PTM_MAX_PLANES]; /* normals of length 1 */
} ptm_body;

struct ptm_phantom {
    int count, replacing; /* shapes, and those of them that replace others */
    ptm_shape *shapes;
    ptm_body *bodies;
};

/* A place in the coordinates of the body. */
static inline ptm_vec ptm_body_place(const ptm_body *b, ptm_vec from_centre)
{
    return (ptm_vec){ ptm_dot(b->row[0], from_centre), ptm_dot(b->row[1], from_centre), ptm_dot(b->row[2], from_centre) };
}

/* A line by its point nearest to the origin and its direction, of length 1, from start to end along it. */
typedef struct ptm_ray {
    ptm_vec base, along;
    double start, end;
} ptm_ray;
ptm_ray ptm_ray_through(ptm_vec point, ptm_vec along);

/* Room for the parts of a ray that replacing shapes cover: ptm_phantom.replacing + 1 of them. */
typedef struct ptm_interval { double low, high; } ptm_interval;
double ptm_ray_integral(const ptm_phantom *phantom, const ptm_ray *ray, ptm_interval *room);

/* Checks and copies the options of a run, and an array of three axes in the host's memory. */
int ptm_phantom_check_run(ptm_phantom_run *out, const ptm_phantom_run *run);
int ptm_phantom_check_array(ptm_array *out, const ptm_array *array, const char *name, const int64_t shape[3]);

/* Element (i, j, k) of such an array. */
static inline void ptm_element_add(const ptm_array *a, int64_t i, int64_t j, int64_t k, double value)
{
    const int64_t at = i * a->stride[0] + j * a->stride[1] + k * a->stride[2];
    if (a->type == PTM_FLOAT64) ((double *)a->data)[at] += value;
    else ((float *)a->data)[at] += (float)value;
}
static inline void ptm_element_set(const ptm_array *a, int64_t i, int64_t j, int64_t k, double value)
{
    const int64_t at = i * a->stride[0] + j * a->stride[1] + k * a->stride[2];
    if (a->type == PTM_FLOAT64) ((double *)a->data)[at] = value;
    else ((float *)a->data)[at] = (float)value;
}

/* A list of shapes that grows; what makes named phantoms fills it, in units of the phantom's own. After an error
 * `status` is that, and nothing more is added. */
typedef struct ptm_shapes {
    ptm_shape *list;
    int count, room, status;
} ptm_shapes;
void ptm_shapes_add(ptm_shapes *shapes, const ptm_shape *shape);

void ptm_forbild_head(ptm_shapes *shapes, const ptm_phantom_options *o);
void ptm_forbild_head_2d(ptm_shapes *shapes, const ptm_phantom_options *o);
void ptm_forbild_thorax(ptm_shapes *shapes, const ptm_phantom_options *o);
void ptm_random_scene(ptm_shapes *shapes, const ptm_phantom_options *o);
void ptm_random_foam(ptm_shapes *shapes, const ptm_phantom_options *o);
void ptm_random_gaussians(ptm_shapes *shapes, const ptm_phantom_options *o);

/* The directions of axes as ptm_shape has them: from two vectors at right angles the third. */
void ptm_shape_turn(ptm_shape *shape, ptm_vec first, ptm_vec third);
#endif
