/* spread.h - numbered work, shared out to the context's threads, which have scratch memory of their own. */
#ifndef PTM_SPREAD_H
#define PTM_SPREAD_H
#include <polytome/operator.h>

/* Bytes in whole lines of the cache. */
static inline size_t ptm_round_up(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

/* Calls work(user, k, scratch) once for each k < count. Each thread has `bytes` bytes of its own in scratch, aligned to
 * 64 and with anything in it. Errors: MEMORY. */
typedef void (*ptm_spread_work)(void *user, int64_t k, void *scratch);
int ptm_spread(ptm_context *context, int64_t count, size_t bytes, ptm_spread_work work, void *user);

/* The same, `batch` numbers after `batch` numbers, with the progress function called after each lot; NULL: none. Errors:
 * MEMORY, CANCELLED. */
typedef struct ptm_watch {
    int64_t batch;
    ptm_progress_function progress;
    void *user;
} ptm_watch;
int ptm_spread_watched(ptm_context *context, int64_t count, size_t bytes, ptm_spread_work work, void *user,
    const ptm_watch *watch);
#endif
