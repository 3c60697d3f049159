/* threads.h - a small pool that runs numbered pieces of work; the caller's thread takes part. */
#ifndef PTM_THREADS_H
#define PTM_THREADS_H
#include "core/error.h"

typedef struct ptm_threads ptm_threads;
/* count threads in all, the caller's among them; 0: one for each core at hand. Threads start at the first work. */
int ptm_threads_create(ptm_threads **out, int count);
void ptm_threads_destroy(ptm_threads **threads);
int ptm_threads_count(const ptm_threads *threads);
/* Calls work(user, first, last) for pieces of 0 .. count - 1, each number once, `piece` numbers at a time, and returns when
 * all are done. Several callers at once wait for each other. */
void ptm_threads_run(ptm_threads *threads, long count, long piece, void (*work)(void *user, long first, long last),
    void *user);
#endif
