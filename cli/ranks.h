/* ranks.h - one reconstruction by several processes that MPI starts, the ranks, each of which has some of the views.
 * Without MPI, and where no launcher started the program, there is one, for which all this is nothing. */
#ifndef PTM_CLI_RANKS_H
#define PTM_CLI_RANKS_H
#include "cli.h"

/* Starts MPI where a launcher started the program. */
int cli_ranks_start(void);
/* Ends it; the code that the program ends with. */
int cli_ranks_end(int code);

int cli_ranks(void);
int cli_rank(void); /* 0: the first one, which alone prints and writes */
/* That several processes can do what the settings want. */
int cli_ranks_check(const cli_settings *s);
/* The views of this rank, of so many. */
int cli_ranks_views(int all, int *first, int *count);

/* All ranks call these, in the same order.
 *
 * Errors: messages wait until ranks agree, so that what all find is said once. The code of the first rank that failed,
 * which says why; CLI_OK where all are well. */
int cli_ranks_agree(int code);
/* Of a rank that fails while others wait for what it has: ends all. Returns the code where it is the only one. */
int cli_ranks_fail(int code);

bool cli_ranks_any(bool mine);
int64_t cli_ranks_total(int64_t mine);
/* The first rank's value. */
double cli_ranks_share(double mine);
/* The first rank's values become the sums of all; those of the others become anything. */
void cli_ranks_add_up(float *values, int64_t count);
/* For operators whose views are spread over the ranks; NULL where there is but one. */
const ptm_exchange *cli_ranks_exchange(void);
#endif
