/* array.h - arrays as the front end uses them: checked, and brought to where kernels can reach them. */
#ifndef PTM_ARRAY_INTERNAL_H
#define PTM_ARRAY_INTERNAL_H
#include <polytome/array.h>

#include "core/device.h"

struct ptm_memory {
    ptm_buffer *buffer;
};

static inline size_t ptm_type_size(ptm_type type)
{
    return type == PTM_FLOAT64 ? sizeof(double) : sizeof(float);
}

/* What arrays an operator takes or gives. */
typedef struct ptm_space {
    ptm_type type;
    int dimensions;
    int64_t shape[PTM_MAX_DIMENSIONS];
} ptm_space;

/* Arrays of three axes, and of the samples of a batch before them unless batch is 0. */
ptm_space ptm_space_of(const int64_t shape[3], ptm_type type, int batch);

/* Checks a caller's array against what is expected and copies it with its strides filled in. */
int ptm_array_check(ptm_array *out, const ptm_array *array, const char *name, const ptm_space *space, const ptm_device *device);
/* One sample of a checked array with a batch axis; the array itself if it has none. */
ptm_array ptm_array_sample(const ptm_array *array, int64_t sample);
/* May two checked arrays share memory? */
bool ptm_arrays_overlap(const ptm_array *a, const ptm_array *b);

/* A buffer with values converted to the type. */
int ptm_buffer_from_doubles(ptm_buffer **out, ptm_device *device, const double *values, size_t count, ptm_type type);

/* A part of a checked array that kernels can reach: in place where the device can use the array's memory, else in a staging
 * buffer. Strides count elements. */
typedef struct ptm_access {
    const ptm_array *array;
    ptm_buffer *imported; /* the array's own memory, for as long as the access lasts */
    ptm_buffer *staging;  /* the device's side of a copy, */
    void *bounce;         /* and the host's */
    uint64_t staging_size;
} ptm_access;

/* Opens an array for a series of parts of at most `largest` elements each. staging may be NULL, if import is sure. */
int ptm_access_open(ptm_access *out, ptm_device *device, const ptm_array *array, int64_t largest);
void ptm_access_close(ptm_access *access);
/* Closes what a call read and wrote, `status` being how it went so far: where the host's memory had a part in it, or an error,
 * the queue is finished first, as that memory then belongs to the caller again. */
int ptm_access_finish(ptm_access *in, ptm_access *out, ptm_queue *queue, int status);
/* Makes the part that begins at `first` and is `count` long reachable; read: its values are wanted. */
int ptm_access_begin(ptm_access *access, ptm_queue *queue, const int64_t first[3], const int64_t count[3], bool read,
    ptm_ref *at, int32_t stride[3]);
/* Brings what was written in the part back to the array. */
int ptm_access_end(ptm_access *access, ptm_queue *queue, const int64_t first[3], const int64_t count[3]);
#endif
