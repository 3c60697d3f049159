/* polytome/array.h - typed, strided memory, on the host or on a device. */
#ifndef POLYTOME_ARRAY_H
#define POLYTOME_ARRAY_H

#include <polytome/context.h>

PTM_BEGIN_DECLS

typedef enum ptm_type { PTM_FLOAT32 = 0, PTM_FLOAT64 = 1 } ptm_type;

/* Memory on a device. Thread safety: one thread at a time. */
typedef struct ptm_memory ptm_memory;

#define PTM_MAX_DIMENSIONS 4

/* A view of memory that somebody else owns. Shapes are in array order, slowest axis first: volumes (z, y, x), projections
 * (view, v, u). Strides count elements and are not negative; all zero means dense in that order.
 * Exactly one of data (the host's) and memory (a device's, from `offset` elements on) is set. */
typedef struct ptm_array {
    size_t struct_size;
    ptm_type type;
    int dimensions;
    int64_t shape[PTM_MAX_DIMENSIONS];
    int64_t stride[PTM_MAX_DIMENSIONS];
    void *data;
    ptm_memory *memory;
    int64_t offset;
} ptm_array;

/* A dense three-dimensional float32 array in the host's memory. Since 0.1. */
#define PTM_ARRAY_3D(pointer, n0, n1, n2) \
    { PTM_SIZED(ptm_array), .type = PTM_FLOAT32, .dimensions = 3, .shape = { (n0), (n1), (n2) }, .data = (pointer) }

/* Memory of `bytes` bytes on a device, not cleared. Errors: ARGUMENT, MEMORY, DEVICE. Since 0.1. */
PTM_API int ptm_memory_create(ptm_memory **out, ptm_device *device, uint64_t bytes);
PTM_API void ptm_memory_destroy(ptm_memory **memory);
/* Copy between the host and a device, after all work enqueued before on the device's own queue. Return when done. Since 0.1. */
PTM_API int ptm_memory_write(ptm_memory *to, uint64_t offset, const void *data, uint64_t bytes);
PTM_API int ptm_memory_read(const ptm_memory *from, uint64_t offset, void *data, uint64_t bytes);

PTM_END_DECLS
#endif
