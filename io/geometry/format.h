/* format.h - formats of geometry files: each is a small file of its own behind this interface. */
#ifndef PTM_IO_GEOMETRY_FORMAT_H
#define PTM_IO_GEOMETRY_FORMAT_H
#include "../internal.h"

#define PTM_GEOMETRY_DEGREES (180 / 3.14159265358979323846) /* of a radian */

/* ------------------------------------------------------------------ reading: read.c */

/* A whole file in memory. */
typedef struct ptm_geometry_text {
    const char *path; /* for messages */
    char *text;       /* ended by a 0; readers may cut it up */
    size_t length;
} ptm_geometry_text;

/* A reader is given a cleared geometry, and numbers with points whatever the locale is; what it has put into the
 * geometry when it fails is freed by its caller. */
typedef int ptm_geometry_read(ptm_io_geometry *g, const ptm_geometry_text *file);
ptm_geometry_read ptm_read_json, ptm_read_rtk, ptm_read_rows, ptm_read_nikon, ptm_read_skyscan;

/* Whether a file that begins so is for ptm_read_rows(). */
bool ptm_is_rows(const char *head);

/* The text's next line, ended by a 0 in the place of its end; NULL where there is none. *at moves on, *number counts. */
char *ptm_next_line(char **at, int *number);

/* Angles in radians become degrees, in place. What are degrees already spans many radians, and is refused: angles count
 * modulo a turn, so that nobody needs more than ten radians. */
int ptm_to_degrees(double *angles, int count, const char *path, const char *name);

/* Refuses vectors that are directions still: scan.c. */
int ptm_geometry_check_steps(const ptm_io_geometry *g);

/* ------------------------------------------------------------------ writing: write.c */

/* A writer is given a geometry that write.c has checked; it writes to `file`, or makes an error. Whether `file` itself
 * has one is its caller's affair. `file` is NULL where it is only asked whether the geometry can be written. */
typedef int ptm_geometry_write(FILE *file, const ptm_io_geometry *g);
ptm_geometry_write ptm_write_json, ptm_write_rtk;

#endif
