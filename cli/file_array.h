/* file_array.h - an array that stays in its file: places along its first axis are read when the library takes them. */
#ifndef PTM_CLI_FILE_ARRAY_H
#define PTM_CLI_FILE_ARRAY_H
#include "cli.h"

typedef struct cli_file_array {
    const char *path;
    int64_t shape[3];   /* in the file, where the first axis may be missing */
    int64_t first[3];   /* of the part that is used */
    int64_t step;       /* along the first axis; 0: its one place stands for all */
    bool nonnegative;   /* and it must be */
    bool mask;          /* values other than 0 are 1 */
    ptm_io_array held;  /* places that were read last, */
    int64_t held_first; /* from this one on */
    int code;           /* why the last call of its function failed, which was told */
    bool single;        /* it has no first axis */
} cli_file_array;

/* Looks at its shape, and uses all of it. To be closed, after an error too. */
int cli_file_array_open(cli_file_array *f, const char *path);
/* The part of it, of this shape, for the library; `f` stays. Values that are not finite are an error when they are read. */
ptm_array cli_file_array_get(cli_file_array *f, const int64_t shape[3]);
void cli_file_array_close(cli_file_array *f);
#endif
