/* block.h - what corrections share: a checked array, and work spread over the context's threads. */
#ifndef PTM_CORRECT_BLOCK_H
#define PTM_CORRECT_BLOCK_H
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

/* Bytes in whole lines of the cache. */
static inline size_t ptm_round_up(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

/* Calls work(user, k, scratch) once for each k < count, on the context's threads. Each thread has `bytes` bytes of its
 * own in scratch, aligned to 64 and with anything in it. Errors: MEMORY. */
typedef void (*ptm_spread_work)(void *user, int64_t k, void *scratch);
int ptm_spread(ptm_context *context, int64_t count, size_t bytes, ptm_spread_work work, void *user);

/* Calls work(user, line, columns) for each line of the block. */
typedef void (*ptm_line_work)(const void *user, float *line, int64_t columns);
int ptm_for_each_line(ptm_context *context, const ptm_block *block, ptm_line_work work, const void *user);

/* Calls work(user, sinogram, scratch) for each row, whose sinogram (view, column) is dense meanwhile. */
typedef void (*ptm_sinogram_work)(const void *user, float *sinogram, void *scratch);
int ptm_for_each_sinogram(ptm_context *context, const ptm_block *block, size_t bytes, ptm_sinogram_work work,
    const void *user);
#endif
