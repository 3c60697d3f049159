#include "core/spread.h"

#include "core/device.h"
#include "core/threads.h"

#include <stdatomic.h>
#include <stdlib.h>

typedef struct spread {
    ptm_spread_work work;
    void *user;
    int64_t end;
    atomic_llong next;
    char *scratch;
    size_t bytes;
} spread;

/* Each worker takes one number after the other, so that it needs its scratch memory once. */
static void run_workers(void *user, long first, long last)
{
    spread *s = user;
    for (long i = first; i < last; ++i)
        for (int64_t k; (k = atomic_fetch_add(&s->next, 1)) < s->end;)
            s->work(s->user, k, s->scratch + (size_t)i * s->bytes);
}

int ptm_spread_watched(ptm_context *context, int64_t count, size_t bytes, ptm_spread_work work, void *user,
    const ptm_watch *watch)
{
    const int64_t batch = watch->batch < count ? watch->batch : count;
    const int threads = ptm_threads_count(context->threads);
    const long workers = batch < threads ? (long)batch : threads;
    spread s = { .work = work, .user = user, .bytes = ptm_round_up(bytes) };
    char *memory = ptm_alloc((size_t)workers * s.bytes + 64, 1);
    if (!memory) return PTM_ERROR_MEMORY;
    s.scratch = memory + (64 - (uintptr_t)memory % 64) % 64;
    int status = PTM_OK;
    for (int64_t first = 0; first < count && !status; first = s.end) {
        s.end = count - first < batch ? count : first + batch;
        atomic_store(&s.next, first);
        ptm_threads_run(context->threads, workers, 1, run_workers, &s);
        if (watch->progress && !watch->progress(watch->user, (double)s.end / (double)count))
            status = ptm_fail(PTM_ERROR_CANCELLED, "stopped by the progress function");
    }
    free(memory);
    return status;
}

int ptm_spread(ptm_context *context, int64_t count, size_t bytes, ptm_spread_work work, void *user)
{
    return ptm_spread_watched(context, count, bytes, work, user, &(ptm_watch){ .batch = count });
}
