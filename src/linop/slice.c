#include "linop/slice.h"

#include <stdlib.h>

static void place_in_whole(const ptm_slice *s, const int64_t *first, int64_t *place)
{
    for (int i = 0; i < s->array.dimensions; ++i) place[i] = first[i] + (i == s->axis ? s->first : 0);
}

static int read_box(void *user, const int64_t *first, const int64_t *count, void *data)
{
    const ptm_slice *s = user;
    int64_t place[PTM_MAX_DIMENSIONS];
    place_in_whole(s, first, place);
    return s->whole->read(s->whole->user, place, count, data);
}

static int write_box(void *user, const int64_t *first, const int64_t *count, const void *data)
{
    const ptm_slice *s = user;
    int64_t place[PTM_MAX_DIMENSIONS];
    place_in_whole(s, first, place);
    return s->whole->write(s->whole->user, place, count, data);
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

int ptm_slice_make(ptm_slice *out, const ptm_array *whole, int axis, int64_t first, int64_t count)
{
    *out = (ptm_slice){ .array = *whole, .whole = whole, .axis = axis, .first = first };
    ptm_array *a = &out->array;
    a->shape[axis] = count;
    if (whole->chunks) return slice_chunks(out, count);
    if (ptm_array_is_called(whole)) {
        a->read = whole->read ? read_box : NULL;
        a->write = whole->write ? write_box : NULL;
        a->user = out;
        return PTM_OK;
    }
    const ptm_chunk part = moved(whole, ptm_chunk_of(whole, 0), first * whole->stride[axis]);
    a->data = part.data;
    a->offset = part.offset;
    return PTM_OK;
}

void ptm_slice_free(ptm_slice *slice)
{
    free(slice->chunks);
    slice->chunks = NULL;
}
