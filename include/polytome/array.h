/* polytome/array.h - typed, strided memory, on the host or on a device. */
#ifndef POLYTOME_ARRAY_H
#define POLYTOME_ARRAY_H

#include <polytome/context.h>

PTM_BEGIN_DECLS

/* Operators compute in float32 or float64, and take whole numbers (a detector's counts) as inputs: these keep their size
 * until they are on the device. A complex number is its real and then its imaginary part. */
typedef enum ptm_type {
    PTM_FLOAT32 = 0,
    PTM_FLOAT64 = 1,
    PTM_COMPLEX64 = 2,  /* of float32 */
    PTM_COMPLEX128 = 3, /* of float64 */
    PTM_UINT8 = 32,
    PTM_UINT16 = 33,
    PTM_INT16 = 34,
    PTM_INT32 = 35
} ptm_type;

/* Memory on a device. Thread safety: one thread at a time. */
typedef struct ptm_memory ptm_memory;

#define PTM_MAX_DIMENSIONS 4

/* A piece of an array: so many places along its first axis, in the host's memory or, from `offset` elements on, in a
 * device's. */
typedef struct ptm_chunk {
    int64_t length;
    void *data;
    ptm_memory *memory;
    int64_t offset;
} ptm_chunk;

/* Read or write a box of an array that lies somewhere else, in a file say: it begins at `first`, is `count` long, each with
 * as many numbers as the array has dimensions, and stands in `data` dense in array order and of the array's type. Return 0,
 * or one of PTM_ERROR_* after ptm_error_set(): the call ends with that, and its message. They are called in the thread that
 * called the library, while the device works on other boxes, and must not use that device. Boxes have at most 32 MiB,
 * unless a single slice of what the call works on at a time is larger. A call may read an element several times; it writes
 * each element of its output once. */
typedef int (*ptm_read_function)(void *user, const int64_t *first, const int64_t *count, void *data);
typedef int (*ptm_write_function)(void *user, const int64_t *first, const int64_t *count, const void *data);

/* A view of memory that somebody else owns. Shapes are in array order, slowest axis first: volumes (z, y, x), projections
 * (view, v, u). Strides count elements; all zero means dense in that order, else each is more than 0 where its axis is
 * longer than 1, at most 2^31 - 1 on the last three axes and 2^48 on one before them, and no two elements of an output
 * share memory. `data` is aligned to the type, a complex one to its parts.
 * Exactly one of these is set:
 *   data      the host's memory;
 *   memory    a device's, from `offset` elements on;
 *   chunks    several pieces of either, which follow each other along axis 0; strides hold within each. Read during the
 *       call only;
 *   read, write    the caller's functions; an input needs `read`, an output `write`, and both where it is added to. No
 *       strides. */
typedef struct ptm_array {
    size_t struct_size;
    ptm_type type;
    int dimensions;
    int64_t shape[PTM_MAX_DIMENSIONS];
    int64_t stride[PTM_MAX_DIMENSIONS];
    void *data;
    ptm_memory *memory;
    int64_t offset;
    const ptm_chunk *chunks;
    int chunk_count;
    ptm_read_function read;
    ptm_write_function write;
    void *user; /* for read and write */
} ptm_array;

/* A dense three-dimensional float32 array in the host's memory. Since 0.1. */
#define PTM_ARRAY_3D(pointer, n0, n1, n2) \
    { PTM_SIZED(ptm_array), .type = PTM_FLOAT32, .dimensions = 3, .shape = { (n0), (n1), (n2) }, .data = (pointer) }

/* Memory of `bytes` bytes on a device, not cleared. Errors: ARGUMENT, MEMORY, DEVICE. Since 0.1. */
PTM_API int ptm_memory_create(ptm_memory **out, ptm_device *device, uint64_t bytes);
PTM_API void ptm_memory_destroy(ptm_memory **memory);
/* Copy between the host and a device, after all work enqueued before on the device's own queue; ptm_queue_wait() makes that
 * wait for other queues. Return when done. Errors: ARGUMENT, DEVICE, DEVICE_LOST. Since 0.1. */
PTM_API int ptm_memory_write(ptm_memory *to, uint64_t offset, const void *data, uint64_t bytes);
PTM_API int ptm_memory_read(const ptm_memory *from, uint64_t offset, void *data, uint64_t bytes);

PTM_END_DECLS
#endif
