/* program.h - running polytome and looking at what it says. */
#ifndef PROGRAM_H
#define PROGRAM_H
#include "../check.h"

#include <polytome/io.h>

#include <sys/types.h>

extern char program_out[1 << 16], program_err[1 << 16]; /* of the last run, text */

void program_begin(const char *path); /* the executable; makes a folder to work in */
void program_use(const char *path);   /* another executable from now on */
const char *program_path(void);
void program_end(void);               /* and removes it; a file that was left behind is a failure */
/* A path in the folder; eight may be in use at once. */
const char *in_folder(const char *name);
void clear_folder(void);
int files_in_folder(void); /* temporaries too */

/* Arguments, printf style, are separated by blanks. The exit code, or 1000 and the number of a signal. */
__attribute__((format(printf, 1, 2))) int run(const char *format, ...);
/* The same, not waited for; standard output goes to a file, errors nowhere. */
__attribute__((format(printf, 2, 3))) pid_t start(const char *out, const char *format, ...);
/* Errors to a file too. */
__attribute__((format(printf, 3, 4))) pid_t start_with(const char *out, const char *err, const char *format, ...);
int wait_for(pid_t child);

/* Replaces what exists, must succeed and say nothing to standard error. */
__attribute__((format(printf, 1, 2))) void run_well(const char *format, ...);

/* What a test needs of the build; where it lacks something the test is skipped, with a word about it. */
enum { JSON = 1, HDF5 = 2, TIFF = 4, PNG = 8 };
bool has(int needs, const char *test);

/* float32 files. */
void save(const char *name, const float *values, int dimensions, int64_t n0, int64_t n1, int64_t n2);
ptm_io_array load(const char *name);
/* The largest difference of two arrays of one shape as a part of the largest value of b; infinite where shapes differ. */
double difference(const ptm_io_array *a, const ptm_io_array *b);
double file_difference(const char *a, const char *b);

#define MEBIBYTE 1048576.0
/* How much --memory a message says that is needed. */
double bytes_in(const char *message);

void put_text(const char *name, const char *text);
/* Whether standard error is one line that has this word. */
bool one_line(const char *word);
/* How many iterations a checkpoint has; -1 where there is none. */
int iterations_in(const char *name);
/* Waits for a checkpoint of one or more. */
void wait_for_iterations(const char *name);
/* How often a word stands in a text. */
int count_of(const char *text, const char *word);
#endif
