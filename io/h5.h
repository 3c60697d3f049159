/* h5.h - what the HDF5 reader, the writer and the scans share.
 *
 * libhdf5 is usually built for one thread: between ptm_h5_enter() and ptm_h5_leave() a lock of the whole process is held
 * and libhdf5 prints nothing. All other functions here are called in between. */
#ifndef PTM_IO_HDF5_H
#define PTM_IO_HDF5_H
#include "internal.h"

#define H5_USE_110_API /* the same types with later versions */
#include <hdf5.h>

typedef struct h5_guard {
    H5E_auto2_t function; /* what the program had set */
    void *data;
} h5_guard;
void ptm_h5_enter(h5_guard *guard);
void ptm_h5_leave(h5_guard *guard);

/* An error with libhdf5's innermost message after `what`. */
int ptm_h5_fail(int status, const char *path, const char *what);
void ptm_h5_close(hid_t id); /* anything; negative: nothing */

typedef struct h5_file {
    hid_t id;
    const char *path;
    uint64_t bytes;
} h5_file;
int ptm_h5_open(h5_file *file, const char *path);

bool ptm_h5_exists(hid_t at, const char *name);
/* Text of a data set, or of an attribute if `attribute` is not NULL; false (and "") where there is none. */
bool ptm_h5_text(char *text, size_t size, hid_t at, const char *name, const char *attribute);
/* `count` numbers of an attribute or of a data set, as double. */
bool ptm_h5_numbers(double *values, int64_t count, hid_t at, const char *name, const char *attribute);

/* Attributes of something that is being written. */
bool ptm_h5_set_text(hid_t at, const char *name, const char *text);
bool ptm_h5_set_numbers(hid_t at, const char *name, const double *values, hsize_t count);

/* A data set of numbers. */
typedef struct h5_data {
    hid_t id;
    ptm_io_type type; /* PTM_IO_UNKNOWN: cannot be read */
    size_t size;      /* of an element in the file */
    int dimensions;
    int64_t shape[PTM_IO_MAX_ENTRY_DIMENSIONS];
} h5_data;
int ptm_h5_open_data(h5_data *data, const h5_file *file, hid_t at, const char *name);
/* That the data can be there at all, and that `bytes` of memory are plausible for what is stored. */
int ptm_h5_check_data(const h5_data *data, const h5_file *file, uint64_t bytes, const char *name);
/* Elements start ... start + count - 1 along each axis as `type`. */
int ptm_h5_read_block(
    void *to, const h5_data *data, const h5_file *file, const int64_t *start, const int64_t *count, ptm_io_type type);
hid_t ptm_h5_memory_type(ptm_io_type type); /* to be closed */
/* What the codes of a data set of ours stand for; both 0 where they are values, and in the files of others. */
void ptm_h5_window(double window[2], const h5_file *file, const char *name);

/* Where NXtomo keeps things; "" for what is not there. Names are paths from the file's root. */
typedef struct h5_nxtomo {
    char entry[256], data[512], image_key[512], angles[512], detector[512];
} h5_nxtomo;
/* The entry of that name, or the first one where it is NULL; false if there is none. */
bool ptm_h5_find_nxtomo(h5_nxtomo *out, const h5_file *file, const char *entry);

/* A new file in the place of one that exists. Writing to it never fails: *error, which stays where it is until the file is
 * closed, becomes the first errno. */
hid_t ptm_h5_create(const char *path, int *error);

/* Writing, as in ptm_io_codec. */
int ptm_h5_begin(void **state, const ptm_io_plan *plan);
int ptm_h5_slab(void *state, const void *data, int64_t count);
int ptm_h5_finish(void *state);
void ptm_h5_release(void *state);
#endif
