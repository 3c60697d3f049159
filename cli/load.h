/* load.h - the used part of a file of projections as line integrals, some views at a time. */
#ifndef PTM_CLI_LOAD_H
#define PTM_CLI_LOAD_H
#include "fields.h"

typedef struct cli_loader {
    ptm_context *context;
    const cli_source *source;
    const cli_window *window;
    cli_fields fields;
    int64_t each;   /* at most so many views at a time */
    float *block;   /* they, as they are in the file; NULL: they are used whole */
    int64_t raised; /* counts that were not above their dark field */
} cli_loader;
/* Source and window stay; blocks of `bytes` as they are in the file, or of one view. To be closed after an error too. */
int cli_loader_open(cli_loader *l, ptm_context *context, const cli_source *source, const cli_window *w, int64_t bytes);
void cli_loader_close(cli_loader *l);
/* How many views are next after those that are done; and so many from the first on (view, row, column), dense. */
int64_t cli_loader_next(const cli_loader *l, int64_t done);
int cli_loader_read(cli_loader *l, float *to, int64_t first, int64_t count);
#endif
