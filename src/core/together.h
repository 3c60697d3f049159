/* together.h - pieces of work in threads of their own, which may ask the caller's thread meanwhile. */
#ifndef PTM_TOGETHER_H
#define PTM_TOGETHER_H
#include "core/error.h"

typedef struct ptm_together ptm_together;

/* Calls work(user, together, k) for each k < count, each in a thread of its own, and returns when all have ended: 0, or the
 * status and the message of what failed first. Errors: MEMORY, and those of `work` and of what it asks. */
int ptm_together_run(int count, int (*work)(void *user, ptm_together *together, int k), void *user);

/* For `work`: has answer(user) called on the thread that called ptm_together_run(), while its own waits, and returns what
 * that returns, with its message. An answer that is not 0 is a failure of the whole. After a failure: CANCELLED, and
 * nothing is called. */
int ptm_together_ask(ptm_together *together, int (*answer)(void *user), void *user);
/* For `work`: whether something has failed, so that going on is of no use. */
bool ptm_together_failed(ptm_together *together);
#endif
