/* internal.h - what the files of libpolytome-io share. */
#ifndef PTM_IO_INTERNAL_H
#define PTM_IO_INTERNAL_H
#include <polytome/io.h>

#include <stdio.h>

#if defined __GNUC__
/* ptm_error_set() with its arguments checked. */
int ptm_error_set(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
#endif

/* ------------------------------------------------------------------ array.c */

void *ptm_io_alloc(uint64_t count, size_t size); /* zeroed; NULL with a message */
char *ptm_io_copy_text(const char *text);        /* NULL with a message */
/* Bytes of a shape, or an error where an axis is below 1 or the product overflows. `what` begins the message. */
int ptm_io_shape_bytes(uint64_t *bytes, ptm_io_type type, int dimensions, const int64_t *shape, const char *what);
/* As ptm_io_array_create(), not zeroed. */
int ptm_io_array_prepare(ptm_io_array *out, ptm_io_type type, int dimensions, const int64_t *shape, const char *what);
float ptm_io_half(uint16_t half);
/* `count` half floats at the beginning of `data` become floats, in place. */
void ptm_io_halves(void *data, uint64_t count);
void ptm_io_swap(void *data, uint64_t count, size_t size);
bool ptm_io_host_is_little(void);
/* Elements first ... first + count - 1 as double; not for complex types. */
void ptm_io_doubles(double *to, ptm_io_type type, const void *from, uint64_t first, uint64_t count);
/* `count` elements to float; false where a finite value does not fit, *bad says which. */
bool ptm_io_floats(float *to, ptm_io_type type, const void *from, uint64_t count, uint64_t *bad);
/* Copies options of any version: what the caller's struct has not is zero. */
int ptm_io_options(void *to, size_t size, const void *from, const char *name);

/* ------------------------------------------------------------------ text.c */

/* Numbers in text, the same in every locale. */
void ptm_io_print_numbers(char *text, size_t size, const char *prefix, const double *values, int count);
bool ptm_io_parse_numbers(const char *text, const char *prefix, double *values, int count);
/* Calls work(user) while numbers are read and written with points, and returns what it does. */
int ptm_io_in_plain_locale(int (*work)(void *), void *user);
/* The fewest digits, 15 to 17, that read back as the same number. */
int ptm_io_digits(double value);

/* ------------------------------------------------------------------ format.c */

typedef struct ptm_io_request {
    const char *dataset;
    int64_t first, count;
    uint64_t max_bytes;
} ptm_io_request;

typedef struct ptm_io_plan ptm_io_plan;

/* A format; NULL where it is not compiled in. Paths are of regular files that exist. */
typedef struct ptm_io_codec {
    int (*read)(ptm_io_array *out, const char *path, const ptm_io_request *request);
    int (*info)(ptm_io_info *out, const char *path);
    /* Writing: begin, slabs, finish, release. The plan stays where it is until release(), which is called once for each
     * state that begin() has set, whatever went wrong; it says nothing. */
    int (*begin)(void **state, const ptm_io_plan *plan);
    int (*slab)(void *state, const void *data, int64_t count); /* the next places along the first axis, as stored */
    int (*finish)(void *state);                                /* after the last place */
    void (*release)(void *state);
    /* The suffix of a file that is written beside the one of this path, or NULL. */
    const char *(*beside)(const char *path, bool compress);
    int (*check)(const ptm_io_plan *plan); /* what begin() would refuse, for asking first; NULL: nothing */
} ptm_io_codec;

extern const ptm_io_codec ptm_io_npy, ptm_io_tiff, ptm_io_png, ptm_io_hdf5, ptm_io_metaimage, ptm_io_nrrd, ptm_io_raw;
bool ptm_io_ends_with(const char *path, const char *suffix); /* in lower case, which counts as upper */
/* The path with another suffix, or with one; from malloc(), NULL with a message. */
char *ptm_io_other_suffix(const char *path, const char *suffix);
/* The format's codec, or NULL after an error that says what is missing. */
const ptm_io_codec *ptm_io_codec_of(ptm_io_format format);
int ptm_io_detect(ptm_io_format *format, const char *path);
/* Reads one file, whatever it is. */
int ptm_io_read_file(ptm_io_array *out, const char *path, const ptm_io_request *request);
int ptm_io_info_file(ptm_io_info *out, const char *path);
/* Adds an entry; name is copied. */
int ptm_io_info_add(ptm_io_info *info, const char *name, ptm_io_type type, int dimensions, const int64_t *shape);

/* Turns the request into a range of the first axis, in place. */
int ptm_io_clip(int64_t *first, int64_t *count, int64_t length, const char *path);
/* Refuses sizes a file cannot hold (`ratio` is how much its compression can gain at most; 1: none) or the caller does not
 * want, before anything is allocated for them. */
int ptm_io_check_claim(const char *path, uint64_t bytes, uint64_t file_bytes, uint64_t ratio);
int ptm_io_check_limit(const char *path, uint64_t bytes, const ptm_io_request *request);

/* ------------------------------------------------------------------ file.c */

/* The bytes of a regular file; an error if it is something else. */
int ptm_io_file_size(uint64_t *bytes, const char *path);
FILE *ptm_io_open(const char *path, uint64_t *bytes); /* for reading; NULL with a message */
/* 64-bit positions; true on success. */
bool ptm_io_seek(FILE *file, uint64_t position);

/* ------------------------------------------------------------------ stack.c */

/* Whether the path is a folder or a pattern rather than a file. */
bool ptm_io_is_stack(const char *path);
int ptm_io_stack_read(ptm_io_array *out, const char *path, const ptm_io_request *request);
int ptm_io_stack_info(ptm_io_info *out, const char *path);
/* A number pattern such as %04d in a file name: where it begins and ends, and its least width. */
bool ptm_io_find_pattern(const char *name, size_t *begin, size_t *end, int *width);
/* Refuses a second one. */
int ptm_io_check_pattern(const char *path);

/* ------------------------------------------------------------------ write.c */

/* What a writer needs to know: the array and the type it is stored as. */
struct ptm_io_plan {
    const char *path;      /* for messages: where the file goes in the end */
    const char *temporary; /* an empty file, where it is written */
    const char *beside, *beside_temporary; /* the same of a file beside it, or NULL */
    ptm_io_array array;    /* without data */
    ptm_io_type type;      /* as stored */
    bool windowed;         /* low ... high become 0 ... the largest integer */
    double low, high;
    bool compress;
    const char *dataset;
    const char *description; /* or NULL */
};
#define PTM_IO_WINDOW_KEY "polytome window:"
/* Elements of one place along the first axis, and how many places are stored at a time. */
uint64_t ptm_io_plan_step(const ptm_io_plan *plan);
int64_t ptm_io_plan_block(const ptm_io_plan *plan);

/* ------------------------------------------------------------------ store.c */

/* Finds low and high where they are not given; `data` are the plan's array's, and NULL where they are not there yet. */
int ptm_io_find_window(ptm_io_plan *plan, const ptm_io_write_options *o, const void *data);
/* Whether elements are stored as they are. */
bool ptm_io_stored_as_is(const ptm_io_plan *plan);
/* `count` elements as they are stored. `first` is the first one's number in the array, for messages. */
int ptm_io_store(void *to, const ptm_io_plan *plan, const void *from, uint64_t first, uint64_t count);

/* ------------------------------------------------------------------ flat.c */

/* Files that are a head and then the elements: what their codecs have in common. */
int ptm_io_flat_begin(void **state, const ptm_io_plan *plan, const void *head, size_t size);
int ptm_io_flat_slab(void *state, const void *data, int64_t count);
int ptm_io_flat_finish(void *state);
void ptm_io_flat_release(void *state);

/* ------------------------------------------------------------------ output.c */

/* One or several files that appear together: all temporaries are written first. */
typedef struct ptm_io_output {
    char *path; /* where it goes, links followed */
    char *temporary;
    bool overwrite;
    bool done;
} ptm_io_output;
/* Whether output_begin() would go well, as far as can be known. */
int ptm_io_output_check(const char *path, bool overwrite);
int ptm_io_output_begin(ptm_io_output *out, const char *path, bool overwrite);
int ptm_io_output_commit(ptm_io_output *out);
/* Frees; removes the temporary where it was not committed. */
void ptm_io_output_end(ptm_io_output *out);
/* Removes a committed file again, if there was none before. */
void ptm_io_output_undo(ptm_io_output *out);
/* "disk full" and the like for the writers' messages. */
int ptm_io_write_failed(const char *path, int error);

#endif
