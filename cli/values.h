/* values.h - what the values of an array are like. */
#ifndef PTM_CLI_VALUES_H
#define PTM_CLI_VALUES_H
#include "cli.h"

/* Of the finite ones; all 0 where there is none. */
typedef struct cli_measured {
    int64_t count;
    double least, greatest, mean, deviation;
    double percentiles[4]; /* 0.1, 1, 99 and 99.9 percent are below; of a million values where there are more */
} cli_measured;
/* Of three axes; an exit code after a message. */
int cli_measure(cli_measured *m, const ptm_array *a);

/* From low to high: what is between 0.1 and 99.9 percent, and `more` times that on either side as far as there are
 * values. */
void cli_stretch(double *low, double *high, const cli_measured *m, double more);
#endif
