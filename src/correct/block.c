#include "correct/block.h"

#include <polytome/scan.h>

#include "core/array.h"
#include "core/error.h"

#include <string.h>

int ptm_block_check(ptm_block *out, const ptm_context *context, const ptm_array *array, const char *name)
{
    if (!context || !array) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", context ? name : "context");
    ptm_space space = { .type = PTM_FLOAT32, .dimensions = 3 };
    ptm_array a;
    int status = ptm_copy_sized(&a, sizeof a, array, "ptm_array");
    if (status) return status;
    for (int i = 0; i < 3; ++i) {
        if (a.dimensions == 3 && !(a.shape[i] >= 1 && a.shape[i] <= PTM_MAX_VIEWS))
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s.shape[%d] is %lld, expected 1 to %d", name, i, (long long)a.shape[i],
                PTM_MAX_VIEWS);
        space.shape[i] = a.shape[i];
    }
    status = ptm_array_check(&a, array, name, &space, NULL, true, true);
    if (status) return status;
    if (!a.data)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is not one block of the host's memory, as corrections in place need it",
            name);
    if (a.shape[2] > 1 && a.stride[2] != 1)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s.stride[2] is %lld, expected 1", name, (long long)a.stride[2]);
    *out = (ptm_block){ a.data, a.shape[0], a.shape[1], a.shape[2], { a.stride[0], a.stride[1] } };
    return PTM_OK;
}

/* ------------------------------------------------------------------ lines */

typedef struct lines {
    const ptm_block *block;
    ptm_line_work work;
    const void *user;
} lines;

static void work_on_view(void *user, int64_t view, void *scratch)
{
    const lines *l = user;
    (void)scratch;
    for (int64_t row = 0; row < l->block->rows; ++row)
        l->work(l->user, ptm_block_line(l->block, view, row), l->block->columns);
}

int ptm_for_each_line(ptm_context *context, const ptm_block *block, ptm_line_work work, const void *user)
{
    lines l = { block, work, user };
    return ptm_spread(context, block->views, 0, work_on_view, &l);
}

/* ------------------------------------------------------------------ sinograms */

typedef struct sinograms {
    const ptm_block *block;
    ptm_sinogram_work work;
    const void *user;
    size_t size; /* bytes of a sinogram */
} sinograms;

static void work_on_row(void *user, int64_t row, void *scratch)
{
    const sinograms *s = user;
    const ptm_block *b = s->block;
    float *sinogram = scratch;
    const size_t line = (size_t)b->columns * sizeof *sinogram;
    for (int64_t i = 0; i < b->views; ++i) memcpy(sinogram + i * b->columns, ptm_block_line(b, i, row), line);
    s->work(s->user, sinogram, (char *)scratch + s->size);
    for (int64_t i = 0; i < b->views; ++i) memcpy(ptm_block_line(b, i, row), sinogram + i * b->columns, line);
}

int ptm_for_each_sinogram(ptm_context *context, const ptm_block *block, size_t bytes, ptm_sinogram_work work,
    const void *user)
{
    const size_t size = ptm_round_up((size_t)(block->views * block->columns) * sizeof(float));
    sinograms s = { block, work, user, size };
    return ptm_spread(context, block->rows, size + bytes, work_on_row, &s);
}
