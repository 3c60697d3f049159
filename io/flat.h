/* flat.h - files of elements one after the other, and what a head of text says of them: MetaImage, NRRD, raw numbers. */
#ifndef PTM_IO_FLAT_H
#define PTM_IO_FLAT_H
#include "internal.h"

#include "geometry/key_value.h"

/* ------------------------------------------------------------------ reading */

/* Where the elements of an array lie. */
typedef struct ptm_io_flat {
    const char *path; /* of the head, for messages */
    ptm_io_type type;
    int dimensions;
    int64_t shape[PTM_IO_MAX_DIMENSIONS];
    double spacing[3], window[2];
    bool big;        /* the most significant byte comes first */
    bool compressed; /* by zlib, with its own head or gzip's */
    int64_t offset;  /* of the first element in each file; -1: the elements are its last bytes */
    char **files;    /* each has as many places along the first axis */
    int64_t count;
} ptm_io_flat;

/* Sets the axes; lengths are as the head has them, fastest first. Errors: IO, UNSUPPORTED. */
int ptm_io_flat_shape(ptm_io_flat *flat, const ptm_key_values *head, const char *count_key, const char *shape_key);
/* The files that a head names: one, a pattern with its first number, last number and step, or LIST, where `lines` follow.
 * Names are taken from the head's folder on. Errors: IO, MEMORY. */
int ptm_io_flat_files(ptm_io_flat *flat, const ptm_key_values *head, const char *key, char *lines);
int ptm_io_flat_add_file(ptm_io_flat *flat, char *path); /* takes it over; NULL: no memory */
void ptm_io_flat_free(ptm_io_flat *flat);

/* The head of a text file: all before `end`, which finds where the elements or the names of files begin, 0: not there. */
typedef struct ptm_io_head {
    char *text;       /* the head, ended by a 0 */
    char *lines;      /* what follows it in the first MiB, ended by a 0 */
    uint64_t length;  /* of the head in the file */
    ptm_key_values *values;
} ptm_io_head;
/* Reads the head of the file and calls `read` with it. Errors: IO, MEMORY, and what that returns. */
int ptm_io_flat_text_head(ptm_io_flat *flat, const char *path, size_t (*end)(const char *text, size_t length),
    char separator, int (*read)(ptm_io_flat *flat, const ptm_io_head *head));
/* A number of bytes to be passed over, or -1; 0 where the key is not there. Errors: IO. */
int ptm_io_flat_skip(int64_t *bytes, const ptm_key_values *head, const char *key);

/* What a format's reader and info are, given what reads its head (which need not free what it has set after an error). */
typedef int ptm_io_flat_head_read(ptm_io_flat *flat, const char *path);
int ptm_io_flat_read(ptm_io_array *out, const char *path, const ptm_io_request *request, ptm_io_flat_head_read *read_head);
int ptm_io_flat_info(ptm_io_info *out, const char *path, ptm_io_flat_head_read *read_head);

/* ------------------------------------------------------------------ writing */

typedef enum ptm_io_flat_packing { PTM_IO_FLAT_PLAIN = 0, PTM_IO_FLAT_ZLIB, PTM_IO_FLAT_GZIP } ptm_io_flat_packing;

/* A head that is being made. Numbers in it have points whatever the locale is. */
typedef struct ptm_io_flat_text {
    FILE *file;
    const ptm_io_plan *plan;
    long size_at; /* where the number of compressed bytes goes, once it is known; 0: nowhere */
} ptm_io_flat_text;

/* Where a plan has a file beside the one that is named, one of them has the head, and the other the elements. */
typedef struct ptm_io_flat_form {
    int (*write_head)(ptm_io_flat_text *text);
    bool head_beside;
    ptm_io_flat_packing packing;
} ptm_io_flat_form;
int ptm_io_flat_begin_form(void **state, const ptm_io_plan *plan, const ptm_io_flat_form *form);

/* "KEY VALUE VALUE" and the end of the line. */
void ptm_io_flat_print(ptm_io_flat_text *text, const char *key, const double *values, int count);
/* The plan's shape, fastest axis first; its spacing where all of it is known; */
void ptm_io_flat_print_shape(ptm_io_flat_text *text, const char *key);
void ptm_io_flat_print_spacing(ptm_io_flat_text *text, const char *key);
/* what its integers stand for, if they do; and a text, in one line. */
void ptm_io_flat_print_window(ptm_io_flat_text *text, const char *key);
void ptm_io_flat_print_line(ptm_io_flat_text *text, const char *key, const char *line);
/* What the head calls the file beside it. */
const char *ptm_io_flat_beside(const ptm_io_plan *plan);
/* Refuses names that a head cannot have, and packing that this build has not. */
int ptm_io_flat_check(const ptm_io_plan *plan);

/* ------------------------------------------------------------------ zlib.c */

bool ptm_io_have_zlib(void);
/* Bytes skip ... skip + bytes - 1 of what is compressed from the file's place on; `whole`: nothing follows them. */
int ptm_io_inflate(void *to, uint64_t skip, uint64_t bytes, bool whole, FILE *file, const char *path);

typedef struct ptm_io_deflater ptm_io_deflater;
int ptm_io_deflate_begin(ptm_io_deflater **out, FILE *file, bool gzip, const char *path);
int ptm_io_deflate(ptm_io_deflater *d, const void *data, uint64_t bytes);
int ptm_io_deflate_finish(ptm_io_deflater *d, uint64_t *written);
void ptm_io_deflate_free(ptm_io_deflater *d);
#endif
