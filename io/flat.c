/* flat.c - writing files that are a head and then the elements. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>

typedef struct flat_writer {
    const ptm_io_plan *plan;
    FILE *file;
} flat_writer;

static int put(flat_writer *w, const void *data, size_t size, uint64_t count)
{
    return fwrite(data, size, (size_t)count, w->file) == count ? PTM_OK : ptm_io_write_failed(w->plan->path, errno);
}

int ptm_io_flat_begin(void **state, const ptm_io_plan *plan, const void *head, size_t size)
{
    flat_writer *w = *state = ptm_io_alloc(1, sizeof *w);
    if (!w) return PTM_ERROR_MEMORY;
    w->plan = plan;
    w->file = fopen(plan->temporary, "wb");
    return w->file ? put(w, head, 1, size) : ptm_io_write_failed(plan->path, errno);
}

int ptm_io_flat_slab(void *state, const void *data, int64_t count)
{
    flat_writer *w = state;
    return put(w, data, ptm_io_type_size(w->plan->type), (uint64_t)count * ptm_io_plan_step(w->plan));
}

int ptm_io_flat_finish(void *state)
{
    flat_writer *w = state;
    FILE *file = w->file;
    w->file = NULL;
    return fclose(file) ? ptm_io_write_failed(w->plan->path, errno) : PTM_OK;
}

void ptm_io_flat_release(void *state)
{
    flat_writer *w = state;
    if (w->file) fclose(w->file);
    free(w);
}
