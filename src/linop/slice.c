#include "linop/slice.h"

#include <stdlib.h>

/* A box of the slice by calls of the whole array's functions: one, or one for each place along the axis where places are
 * spaced, and along the axes before it. */
static int move_box(const ptm_slice *s, const int64_t *first, const int64_t *count, char *data, bool read)
{
    const int axis = s->axis, last = s->array.dimensions - 1;
    int64_t place[PTM_MAX_DIMENSIONS], size[PTM_MAX_DIMENSIONS], boxes = 1, elements = 1;
    for (int i = 0; i <= last; ++i) {
        const bool single = s->step > 1 && i <= axis;
        place[i] = i == axis ? s->first + s->step * first[i] : first[i];
        size[i] = single ? 1 : count[i];
        if (single) boxes *= count[i];
        elements *= size[i];
    }
    int status = PTM_OK;
    for (int64_t k = 0; k < boxes && !status; ++k) {
        for (int64_t i = axis, rest = k; i >= 0 && s->step > 1; rest /= count[i--])
            place[i] = i == axis ? s->first + s->step * (first[i] + rest % count[i]) : first[i] + rest % count[i];
        status = ptm_array_call(s->whole, place, size, data, read);
        data += (size_t)elements * ptm_type_size(s->array.type);
    }
    return status;
}

static int read_box(void *user, const int64_t *first, const int64_t *count, void *data)
{
    return move_box(user, first, count, data, true);
}

static int write_box(void *user, const int64_t *first, const int64_t *count, const void *data)
{
    return move_box(user, first, count, (char *)(uintptr_t)data, false);
}

/* A chunk without its first `by` elements of memory. */
static ptm_chunk moved(const ptm_array *a, ptm_chunk chunk, int64_t by)
{
    if (chunk.data) chunk.data = (char *)chunk.data + (size_t)by * ptm_type_size(a->type);
    else chunk.offset += by;
    return chunk;
}

/* Chunks, or parts of chunks, that lie in the slice. */
static int slice_chunks(ptm_slice *s, int64_t count)
{
    const ptm_array *whole = s->whole;
    s->chunks = ptm_alloc((size_t)whole->chunk_count, sizeof *s->chunks);
    if (!s->chunks) return PTM_ERROR_MEMORY;
    s->array.chunks = s->chunks;
    s->array.chunk_count = 0;
    int64_t begin = 0;
    for (int i = 0; i < whole->chunk_count; ++i) {
        const ptm_chunk *c = &whole->chunks[i];
        if (s->axis > 0) {
            s->chunks[s->array.chunk_count++] = moved(whole, *c, s->first * whole->stride[s->axis]);
            continue;
        }
        const int64_t from = s->first > begin ? s->first - begin : 0, end = s->first + count - begin;
        const int64_t to = end < c->length ? end : c->length;
        begin += c->length;
        if (from >= to) continue;
        ptm_chunk part = moved(whole, *c, from * whole->stride[0]);
        part.length = to - from;
        s->chunks[s->array.chunk_count++] = part;
    }
    return PTM_OK;
}

/* Of an array that is not in chunks. */
static void aim(ptm_slice *s)
{
    ptm_array *a = &s->array;
    if (ptm_array_is_called(a)) {
        a->read = a->read ? read_box : NULL;
        a->write = a->write ? write_box : NULL;
        a->user = s;
        return;
    }
    const ptm_chunk part = moved(a, ptm_chunk_of(a, 0), s->first * a->stride[s->axis]);
    a->data = part.data;
    a->offset = part.offset;
    a->stride[s->axis] *= s->step;
}

int ptm_slice_make(ptm_slice *out, const ptm_array *whole, int axis, int64_t first, int64_t count)
{
    *out = (ptm_slice){ .array = *whole, .whole = whole, .axis = axis, .first = first, .step = 1 };
    out->array.shape[axis] = count;
    if (whole->chunks) return slice_chunks(out, count);
    aim(out);
    return PTM_OK;
}

int ptm_slice_make_spaced(ptm_slice *out, const ptm_array *whole, int axis, int64_t first, int64_t step, int64_t count)
{
    *out = (ptm_slice){ .array = *whole, .whole = whole, .axis = axis, .first = first, .step = step };
    if (whole->chunks)
        return ptm_fail(PTM_ERROR_UNSUPPORTED,
            "an array in chunks, but its parts along axis %d take turns; give it memory in one piece, or functions", axis);
    out->array.shape[axis] = count;
    aim(out);
    return PTM_OK;
}

void ptm_slice_free(ptm_slice *slice)
{
    free(slice->chunks);
    slice->chunks = NULL;
}
