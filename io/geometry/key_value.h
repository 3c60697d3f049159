/* key_value.h - texts of "key = value" under [section] headings, as scanners write them, and heads of pictures of
 * "key: value", whose section is "". Sections and keys count alike in upper and lower case. What is neither, and lines that
 * begin with ; or #, are passed over. */
#ifndef PTM_IO_GEOMETRY_KEY_VALUE_H
#define PTM_IO_GEOMETRY_KEY_VALUE_H
#include "format.h"

typedef struct ptm_key_values ptm_key_values;

/* Cuts the text up, which must stay; free it with free(). Errors: IO, MEMORY. */
int ptm_key_values_read(ptm_key_values **out, const ptm_geometry_text *file, char separator);
/* The value, blanks at its ends left out; "" where there is none. The first one counts. */
const char *ptm_key_text(const ptm_key_values *file, const char *section, const char *key);
/* A finite number; what is not there stays as it is, or is an error if it is needed. */
int ptm_key_number(double *to, const ptm_key_values *file, const char *section, const char *key, bool needed);
/* `count` finite numbers, needed. */
int ptm_key_numbers(double *to, const ptm_key_values *file, const char *section, const char *key, int count);
/* A number, needed and above 0; and a whole number from 1 to `most`. */
int ptm_key_length(double *to, const ptm_key_values *file, const char *section, const char *key);
int ptm_key_count(int *to, const ptm_key_values *file, const char *section, const char *key, int most);
/* A turntable's step, degrees: needed, not 0, and less than a turn. */
int ptm_key_step(double *to, const ptm_key_values *file, const char *section, const char *key);
/* The error that a value is another than what is expected; there is one. */
int ptm_key_expected(const ptm_key_values *file, const char *section, const char *key, int status, const char *what);

/* "folder/name", in the folder of the file; from malloc(), NULL with a message. */
char *ptm_key_beside(const ptm_key_values *file, const char *name);
#endif
