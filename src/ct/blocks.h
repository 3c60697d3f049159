/* blocks.h - moving parts of callers' arrays to where kernels want them and back.
 *
 * Callers see volumes (z, y, x) and projections (view, v, u); most kernels want z and v fastest, (y, x, z) and (view, u,
 * v). The transposition happens part by part: a slab of the volume's rows, a block of views. */
#ifndef PTM_BLOCKS_H
#define PTM_BLOCKS_H
#include "core/access.h"
#include "ct/filter.h"

/* A field's memory: sizes with its margin; or the dense block a texture is made of, which is as large as the texture. */
typedef struct ptm_field_shape {
    int32_t n[3], pitch, rows, planes, margin[3]; /* margin: of zeros before the first element */
    bool texture;
} ptm_field_shape;
ptm_field_shape ptm_shape_volume(int n0, int n1, int n2);
ptm_field_shape ptm_shape_stack(int n0, int n1, int n2);
/* Without a margin on axis 0, for kernels that read rows as they are (row_pairs.h). */
ptm_field_shape ptm_shape_tight(ptm_field_shape shape);
ptm_field_shape ptm_shape_texture(int n0, int n1, int n2, int planes);
/* A stack with axes 0 and 1 exchanged. */
ptm_field_shape ptm_shape_turned(const ptm_field_shape *stack);
uint64_t ptm_shape_elements(const ptm_field_shape *shape);

/* How many units of `unit` bytes make a block of at most `limit` bytes: at least one, at most all, blocks about the
 * same. */
int ptm_fit_blocks(uint64_t unit, int all, uint64_t limit);

typedef struct ptm_mover {
    ptm_type type;
    const ptm_kernel *pack, *unpack, *pack_any, *unpack_mean; /* the last two NULL where parts are not coarse */
} ptm_mover;
int ptm_mover_create(ptm_mover *out, ptm_device *device, ptm_type type, bool coarse);

/* A part of a caller's array: which elements, and which of its axes are axes 0, 1, 2 of the kernels'. By its axes:
 * coarse: how much finer the kernels' elements are; 0 is 1. Loading repeats elements and storing takes means, both divided
 * by how many there are, so that they are each other's transpose.
 * before, after: how many more elements the kernels have on either side, zeros when loaded, left out when stored. */
typedef struct ptm_part {
    int64_t first[3], count[3];
    int order[3];
    int coarse[3];
    int before[3], after[3];
} ptm_part;

/* From the array into `memory`. */
int ptm_load(const ptm_mover *mover, ptm_queue *queue, ptm_access *access, const ptm_part *part,
    const ptm_field_shape *shape, ptm_ref memory, ptm_field_ref *field);
/* The same, and behind it in memory once more with axes 0 and 1 exchanged; shape is a stack. */
int ptm_load_twice(const ptm_mover *mover, ptm_queue *queue, ptm_access *access, const ptm_part *part,
    const ptm_field_shape *shape, ptm_ref memory, ptm_field_ref *field);
ptm_ref ptm_second_field(const ptm_field_ref *first, ptm_type type);
/* A loaded part's first element, and its strides by the caller's axes. */
ptm_ref ptm_first_element(const ptm_part *part, const ptm_field_shape *shape, const ptm_field_ref *field, ptm_type type,
    int stride[3]);
/* The same for a part in a block with nothing between its rows and planes. */
ptm_pixels ptm_dense_pixels(const ptm_part *part, ptm_ref block);
/* From memory into the image, if the shape is a texture's. */
int ptm_upload(ptm_queue *queue, const ptm_field_shape *shape, ptm_texture *image, ptm_field_ref *field);
/* array = alpha block + beta array, from rows `pitch` and planes `plane` elements apart. */
int ptm_store(const ptm_mover *mover, ptm_queue *queue, ptm_access *access, const ptm_part *part, ptm_ref block, int pitch,
    int plane, double alpha, double beta);
/* From a block with nothing between its rows and planes. */
int ptm_store_dense(const ptm_mover *mover, ptm_queue *queue, ptm_access *access, const ptm_part *part, ptm_buffer *block,
    double alpha, double beta);
#endif
