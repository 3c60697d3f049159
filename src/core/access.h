/* access.h - bringing parts of arrays to where kernels can reach them, and back.
 *
 * A part is worked on in pieces: one where the device can use the array's memory in place and it is not in chunks. What it
 * cannot use passes through two slots of staging memory in turn, so that the host fills or empties the one while the device
 * works on the other. */
#ifndef PTM_ACCESS_H
#define PTM_ACCESS_H
#include "core/array.h"

/* Part of a section. */
typedef struct ptm_box {
    int64_t first[3], count[3];
} ptm_box;

/* A slot: the host's side, and the device's where kernels cannot use that. */
typedef struct ptm_slot {
    ptm_buffer *host, *device;
    ptm_event *moved; /* what was to go between the two sides has gone */
    ptm_event *used;  /* kernels are done with it */
    ptm_section section; /* what is in it */
    ptm_box box;
    bool pending; /* results, which the array has not got yet */
} ptm_slot;

/* Two slots, made when they are first needed, and kept by who works on arrays again and again. All zero at first. */
typedef struct ptm_staging {
    uint64_t size; /* of a slot, bytes */
    ptm_slot slots[2];
    int next;
    ptm_queue *transfers; /* between the sides; NULL where there is one */
} ptm_staging;

void ptm_staging_free(ptm_staging *staging);
/* Bytes on the device. */
uint64_t ptm_staging_memory(const ptm_staging *staging);

/* A piece of a part, as kernels reach it. `box` counts from the part's corner, strides count elements. */
typedef struct ptm_piece {
    ptm_box box;
    ptm_type type;
    ptm_ref at;
    int32_t stride[3];
} ptm_piece;

/* A chunk's own memory as the device uses it. */
typedef struct ptm_import {
    ptm_buffer *buffer;
    bool tried;
} ptm_import;

typedef struct ptm_access {
    const ptm_array *array;
    ptm_device *device;
    ptm_staging *staging;
    uint64_t budget; /* bytes of a slot */
    ptm_import only, *imports; /* of the one chunk, or of each */
    bool among_others; /* set by who opened it: others write between its elements meanwhile */
    int chunk;     /* last looked at, */
    int64_t start; /* and its place on the array's first axis */
    ptm_section section;
    /* The part at hand. */
    ptm_box part;
    int split;    /* axis along which it is cut */
    int64_t done; /* places on it */
    bool read, written;
    ptm_slot *slot; /* of the piece at hand, if it has one */
} ptm_access;

/* Opens a checked array for a call. Slots have at most `budget` bytes, more only where one place along the axis on which
 * parts are cut needs more; 0: 32 MiB. */
int ptm_access_open(ptm_access *out, ptm_device *device, ptm_staging *staging, const ptm_array *array, uint64_t budget);
/* The section that parts are of from now on. */
void ptm_access_aim(ptm_access *access, const ptm_section *section);
/* A part; read: its values are wanted; written: there will be new ones. Its pieces are
 *     ptm_access_begin(&access, first, count, true, false);
 *     while (ptm_access_next(&access, queue, &piece, &status)) status = ...;
 * next() ends the piece before, and gives none where status is not 0. */
void ptm_access_begin(ptm_access *access, const int64_t first[3], const int64_t count[3], bool read, bool written);
bool ptm_access_next(ptm_access *access, ptm_queue *queue, ptm_piece *piece, int *status);
/* Closes what a call read and wrote, `status` being how it went so far: results still on their way are brought to the
 * array, and where the host had a part in it, or after an error, the queue is finished, as the memory then belongs to the
 * caller again. */
int ptm_access_finish(ptm_access *in, ptm_access *out, ptm_queue *queue, int status);
#endif
