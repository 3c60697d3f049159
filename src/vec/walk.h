/* walk.h - going through arrays of one shape part by part, wherever they are. */
#ifndef PTM_VEC_WALK_H
#define PTM_VEC_WALK_H
#include "ct/blocks.h"

/* The space of a caller's array, of any shape and of reals; where its memory is does not matter. */
int ptm_space_from(ptm_space *out, const ptm_array *array, const char *name);
/* The same, of reals that the device has. */
int ptm_space_for(ptm_space *out, const ptm_device *device, const ptm_array *array, const char *name);

#define PTM_OPERANDS 3

/* Checked arrays of one shape. The first may be written, and shares no memory with the others; these are read. */
typedef struct ptm_walk {
    ptm_array arrays[PTM_OPERANDS];
    int count;
    bool read, written; /* the first */
    /* Once arranged: */
    ptm_type type;
    bool plain;      /* arrays are reals in one piece each */
    int64_t samples; /* go one by one */
    int64_t shape[3];
} ptm_walk;

/* Where arrays are plain, orders their axes by the first one's strides, slowest first, and joins those that lie without
 * gaps in all of them; so that all that is left is a sample axis and three others. */
void ptm_walk_arrange(ptm_walk *walk, ptm_type type);

/* What walks need memory for, kept by who walks again and again: staging, and parts of arrays that are not plain. All zero
 * at first. */
typedef struct ptm_walk_memory {
    ptm_staging staging[PTM_OPERANDS];
    ptm_buffer *gathered[PTM_OPERANDS];
    ptm_mover mover;
} ptm_walk_memory;
void ptm_walk_memory_free(ptm_walk_memory *memory);
uint64_t ptm_walk_memory_bytes(const ptm_walk_memory *memory);

/* A part of the walk: which elements, and where each array has them. Strides count elements. */
typedef struct ptm_walk_part {
    int64_t sample, first[3], count[3];
    ptm_ref at[PTM_OPERANDS];
    int32_t stride[PTM_OPERANDS][3];
} ptm_walk_part;
typedef int (*ptm_walk_function)(void *user, ptm_queue *queue, const ptm_walk_part *part);

/* Calls `work` for parts that begin at multiples of `unit` and have at most `most` elements along each axis, unless the
 * unit is more; and, where the first array is written and in several pieces, for parts of these. Waits at the end if the
 * host has an array. */
int ptm_walk_run(const ptm_walk *walk, ptm_walk_memory *memory, ptm_queue *queue, const int64_t unit[3],
    const int64_t most[3], ptm_walk_function work, void *user);

/* The most bytes of a slot of staging memory, for walks over arrays of the space in units of one. */
uint64_t ptm_walk_slot(const ptm_space *space);
#endif
