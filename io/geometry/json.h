/* json.h - objects in JSON files and what is in them; messages name the file, the member and what was expected. */
#ifndef PTM_IO_GEOMETRY_JSON_H
#define PTM_IO_GEOMETRY_JSON_H
#include "format.h"

#include <jansson.h>

#define PTM_TEXT_OF(number) #number
#define PTM_TEXT(number) PTM_TEXT_OF(number)

#define PTM_JSON_FORMAT "polytome geometry"
extern const char *const ptm_json_beams[]; /* ptm_io_beam in words */

/* An object, and what it is called in messages: "" is the file. */
typedef struct ptm_json_part {
    const char *path, *name;
    const json_t *object;
} ptm_json_part;

/* An error that says what is there in the place of what was expected; value NULL: nothing. */
int ptm_json_expected(const ptm_json_part *p, const char *key, const json_t *value, const char *what);
/* Refuses what is not in `keys`, which are separated by blanks: a name that is mistyped must not go unseen. */
int ptm_json_check_keys(const ptm_json_part *p, const char *keys);
/* A member that is an object; p->object is NULL where there is none. */
int ptm_json_open(ptm_json_part *p, const ptm_json_part *parent, const char *name, const char *keys);

/* A member; NULL where it is not there, or null, which is what Python's None becomes. */
const json_t *ptm_json_member(const ptm_json_part *p, const char *key);
/* Members; what is not there stays as it is. */
int ptm_json_number(double *to, const ptm_json_part *p, const char *key);
int ptm_json_numbers(double *to, const ptm_json_part *p, const char *key, size_t count);
int ptm_json_flag(bool *to, const ptm_json_part *p, const char *key);
/* A whole number from 1 to `most`. */
bool ptm_json_is_count(const json_t *value, int most);

/* A grid of 1 to 3 axes, the slowest first in the file: how many elements, how large one is, how large they are together;
 * two of these say the third. spacing has the fastest axis first. */
int ptm_json_grid(int *shape, double *spacing, const ptm_json_part *p, const char *const keys[3], int axes);

/* A list of numbers, one for each view. */
int ptm_json_list(double **to, int *views, const ptm_json_part *p, const char *key);
/* A list of views of 12 numbers, or of 6 in the plane; or of 3 rows of 4, where `key` is for messages only. They set the
 * geometry's kind and how many views it has. */
int ptm_json_vectors(ptm_io_geometry *g, const ptm_json_part *p, const char *key, int count);
int ptm_json_matrices(ptm_io_geometry *g, const ptm_json_part *p, const char *key, const json_t *list);

/* Writing: an array, NULL where memory is short; and a value with a line for each member. */
json_t *ptm_json_numbers_of(const double *values, int count);
bool ptm_json_print(FILE *file, const json_t *value);

/* Files of the packages, each told by what is in it. */
int ptm_json_polytome(ptm_io_geometry *g, const ptm_json_part *file);
int ptm_json_astra(ptm_io_geometry *g, const ptm_json_part *file);
int ptm_json_tigre(ptm_io_geometry *g, const ptm_json_part *file);
int ptm_json_pyronn(ptm_io_geometry *g, const ptm_json_part *file);
#endif
