/* block.h - what corrections share: a checked array, and work on its lines and sinograms. */
#ifndef PTM_CORRECT_BLOCK_H
#define PTM_CORRECT_BLOCK_H
#include "core/spread.h"

#include <polytome/array.h>

/* Projections (view, row, column) or a volume (z, y, x) in the host's memory, its last axis dense. */
typedef struct ptm_block {
    float *data;
    int64_t views, rows, columns;
    int64_t stride[2]; /* of views and rows */
} ptm_block;

/* Errors: ARGUMENT. */
int ptm_block_check(ptm_block *out, const ptm_context *context, const ptm_array *array, const char *name);

static inline float *ptm_block_line(const ptm_block *b, int64_t view, int64_t row)
{
    return b->data + view * b->stride[0] + row * b->stride[1];
}

/* Calls work(user, line, columns) for each line of the block. */
typedef void (*ptm_line_work)(const void *user, float *line, int64_t columns);
int ptm_for_each_line(ptm_context *context, const ptm_block *block, ptm_line_work work, const void *user);

/* Calls work(user, sinogram, scratch) for each row, whose sinogram (view, column) is dense meanwhile. */
typedef void (*ptm_sinogram_work)(const void *user, float *sinogram, void *scratch);
int ptm_for_each_sinogram(ptm_context *context, const ptm_block *block, size_t bytes, ptm_sinogram_work work,
    const void *user);
#endif
