/* store.h - an array of float32 in memory, or in a file without a name, of which nothing is left at the end. */
#ifndef PTM_CLI_STORE_H
#define PTM_CLI_STORE_H
#include "cli.h"

typedef struct cli_store cli_store;

/* Functions return 0 or PTM_ERROR_IO or PTM_ERROR_MEMORY, after ptm_error_set(). */

/* Of any values. beside: the file is in the folder of this path, and has all its room at once; NULL: in memory. */
int cli_store_create(cli_store **out, const int64_t shape[3], const char *beside);
void cli_store_destroy(cli_store **store);
bool cli_store_in_file(const cli_store *store);
uint64_t cli_store_bytes(const int64_t shape[3]);

/* A box of it, dense. */
int cli_store_read(const cli_store *store, const int64_t first[3], const int64_t count[3], float *to);
int cli_store_write(cli_store *store, const int64_t first[3], const int64_t count[3], const float *from);

/* Places `first` to first + count - 1 of the middle axis, as an array for the library; `part` is what its functions are
 * given, and must stay. cli_store_functions() is behind functions also where the store is in memory. */
typedef struct cli_store_part { cli_store *store; int64_t first; } cli_store_part;
ptm_array cli_store_array(cli_store_part *part, cli_store *store, int64_t first, int64_t count);
ptm_array cli_store_functions(cli_store_part *part, cli_store *store, int64_t first, int64_t count);
#endif
