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
/* Of `all` places those before rank k's; all of them where k is the number of ranks. Each rank has as many groups of
 * `group` as the others or one more, the last one also what is left over. */
int64_t cli_ranks_before(int64_t all, int64_t group, int k);

/* All ranks call these, in the same order.
 *
 * Errors: messages wait until ranks agree, so that what all find is said once. The code of the first rank that failed,
 * which says why; CLI_OK where all are well. */
int cli_ranks_agree(int code);
/* What one of several ranks that a signal reaches does at once, in another thread, whatever it is at or waits for: when a
 * rank has died the launcher gives the others a second. Not while the rank holds, as it does for all that uses the same.
 * To be ended. Errors: FAILED. */
int cli_ranks_watch(void (*give_up)(void *user), void *user);
void cli_ranks_watch_end(void);
void cli_ranks_hold(void);
void cli_ranks_release(void);
/* Of a rank that fails while others wait for what it has: ends all. Returns the code where it is the only one. */
int cli_ranks_fail(int code);

bool cli_ranks_any(bool mine);
int64_t cli_ranks_total(int64_t mine);
int64_t cli_ranks_most(int64_t mine);
/* The first rank's value. */
double cli_ranks_share(double mine);
/* The first rank's values become the sums of all; those of the others become anything. */
void cli_ranks_add_up(float *values, int64_t count);
/* What the first rank has there. */
void cli_ranks_share_bytes(void *data, int64_t bytes);
/* Each rank gives lines of `length` values to each, given[k] to rank k, and gets taken[k] of it; those to and of rank 0
 * come first. */
void cli_ranks_swap(float *to, const int *taken, const float *from, const int *given, int64_t length);
/* The first rank gets of each so many lines of `length` values, in the order of the ranks; and each gets back as many. */
void cli_ranks_gather(float *all, const float *mine, int64_t lines, int64_t length);
void cli_ranks_scatter(float *mine, const float *all, int64_t lines, int64_t length);
/* For operators whose views are spread over the ranks; NULL where there is but one. */
const ptm_exchange *cli_ranks_exchange(void);
#endif
