/* fields.h - flat and dark fields of the used rows, and pixels that are bad. */
#ifndef PTM_CLI_FIELDS_H
#define PTM_CLI_FIELDS_H
#include "cli.h"

typedef struct cli_fields {
    float *flat, *dark; /* the mean of the frames, of flats of each group; NULL: there are none */
    uint8_t *bad;       /* NULL: none */
    ptm_counts_options counts;
} cli_fields;
int cli_fields_load(cli_fields *f, const cli_source *source, const cli_window *w);
void cli_fields_free(cli_fields *f);
#endif
