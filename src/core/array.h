/* array.h - callers' arrays as the front end uses them: checked, and cut into what operators work on. */
#ifndef PTM_ARRAY_INTERNAL_H
#define PTM_ARRAY_INTERNAL_H
#include <polytome/array.h>

#include "core/device.h"

struct ptm_memory {
    ptm_buffer *buffer;
};

size_t ptm_type_size(ptm_type type);
/* "uint16"; NULL if it is none. */
const char *ptm_type_name(ptm_type type);
bool ptm_type_is_integer(ptm_type type);
bool ptm_type_is_complex(ptm_type type);

/* What arrays an operator takes or gives. */
typedef struct ptm_space {
    ptm_type type;
    int dimensions;
    int64_t shape[PTM_MAX_DIMENSIONS];
} ptm_space;

/* Arrays of three axes, and of the samples of a batch before them unless batch is 0. */
ptm_space ptm_space_of(const int64_t shape[3], ptm_type type, int batch);
uint64_t ptm_space_elements(const ptm_space *space);
uint64_t ptm_space_bytes(const ptm_space *space);
bool ptm_space_same(const ptm_space *a, const ptm_space *b);

/* An array of the space that is nowhere yet: type, dimensions and shape, the rest is zero. */
ptm_array ptm_space_outline(const ptm_space *space);
/* A dense array of the space, as if checked; */
ptm_array ptm_space_array(const ptm_space *space, ptm_memory *memory);
/* and with memory of its own on a device. */
int ptm_array_create(ptm_array *out, ptm_device *device, const ptm_space *space);
void ptm_array_destroy(ptm_array *array);

/* Checks a caller's array against what is expected and copies it with its strides filled in. Integers may only be read. */
int ptm_array_check(ptm_array *out, const ptm_array *array, const char *name, const ptm_space *space,
    const ptm_device *device, bool read, bool written);
/* A checked array as a caller would give it. */
ptm_array ptm_array_as_given(const ptm_array *checked);
/* May two checked arrays share memory? */
bool ptm_arrays_overlap(const ptm_array *a, const ptm_array *b);

/* Has the array the caller's functions for memory? */
static inline bool ptm_array_is_called(const ptm_array *a)
{
    return a->read || a->write;
}
/* Calls one of them for a box. Errors: its own, and ARGUMENT where it returns what is none. */
int ptm_array_call(const ptm_array *a, const int64_t *first, const int64_t *count, void *box, bool read);
/* What a checked array is made of, unless it is called: one chunk, if it is not in several. */
static inline int ptm_chunk_count(const ptm_array *a)
{
    return a->chunks ? a->chunk_count : ptm_array_is_called(a) ? 0 : 1;
}
static inline ptm_chunk ptm_chunk_of(const ptm_array *a, int i)
{
    return a->chunks ? a->chunks[i] : (ptm_chunk){ a->shape[0], a->data, a->memory, a->offset };
}
/* Elements from the first of a chunk to just behind its last. */
int64_t ptm_chunk_extent(const ptm_array *a, const ptm_chunk *chunk);
/* Has the host a part in it? */
bool ptm_array_on_host(const ptm_array *a);

/* Three axes of a checked array, at `place` on the others. */
typedef struct ptm_section {
    const ptm_array *array;
    int axis[3];
    int64_t place[PTM_MAX_DIMENSIONS];
} ptm_section;

/* The last three axes: of one sample, if the array has a batch axis before them. */
ptm_section ptm_array_sample(const ptm_array *array, int64_t sample);

/* A buffer with values converted to the type. */
int ptm_buffer_from_doubles(ptm_buffer **out, ptm_device *device, const double *values, size_t count, ptm_type type);
#endif
