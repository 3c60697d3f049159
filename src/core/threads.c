#define _GNU_SOURCE /* sched_getaffinity */
#include "core/threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct ptm_threads {
    int count;   /* wanted, the caller's thread among them */
    int started; /* helpers that run */
    pthread_t *helpers;
    pthread_mutex_t turn; /* held by the caller whose work runs */
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t begin, end;
    unsigned round; /* changes with every piece of work */
    int busy;
    bool stop;
    void (*work)(void *user, long first, long last);
    void *user;
    long total, piece;
    atomic_long next;
};

static int cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
    const long online = sysconf(_SC_NPROCESSORS_ONLN); /* there are more than a set holds */
    return online > 0 ? (int)online : 1;
}

int ptm_threads_create(ptm_threads **out, int count)
{
    ptm_threads *t = ptm_alloc(1, sizeof *t);
    if (!t) return PTM_ERROR_MEMORY;
    t->count = count > 0 ? count : cores();
    t->helpers = ptm_alloc((size_t)t->count, sizeof *t->helpers);
    if (!t->helpers) {
        free(t);
        return PTM_ERROR_MEMORY;
    }
    pthread_mutex_init(&t->turn, NULL);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->begin, NULL);
    pthread_cond_init(&t->end, NULL);
    *out = t;
    return PTM_OK;
}

int ptm_threads_count(const ptm_threads *threads)
{
    return threads->count;
}

static void take_pieces(ptm_threads *t)
{
    for (;;) {
        long first = atomic_fetch_add(&t->next, t->piece);
        if (first >= t->total) return;
        long last = t->total - first < t->piece ? t->total : first + t->piece;
        t->work(t->user, first, last);
    }
}

static void *helper(void *argument)
{
    ptm_threads *t = argument;
    unsigned seen = 0;
    pthread_mutex_lock(&t->lock);
    for (;;) {
        while (t->round == seen && !t->stop) pthread_cond_wait(&t->begin, &t->lock);
        if (t->stop) break;
        seen = t->round;
        pthread_mutex_unlock(&t->lock);
        take_pieces(t);
        pthread_mutex_lock(&t->lock);
        if (--t->busy == 0) pthread_cond_signal(&t->end);
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

/* A thread that does not start is one fewer, no error. Kernels keep tiles of lines on the stack. */
static void start_helpers(ptm_threads *t)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)4 << 20);
    while (t->started < t->count - 1 &&
           pthread_create(&t->helpers[t->started], &attributes, helper, t) == 0)
        t->started++;
    pthread_attr_destroy(&attributes);
}

void ptm_threads_run(ptm_threads *t, long count, long piece, void (*work)(void *user, long first, long last),
    void *user)
{
    if (count <= 0) return;
    if (t->count == 1 || count <= piece) {
        work(user, 0, count);
        return;
    }
    pthread_mutex_lock(&t->turn);
    pthread_mutex_lock(&t->lock);
    if (t->started == 0) start_helpers(t);
    t->work = work;
    t->user = user;
    t->total = count;
    t->piece = piece;
    atomic_store(&t->next, 0);
    t->busy = t->started;
    t->round++;
    pthread_cond_broadcast(&t->begin);
    pthread_mutex_unlock(&t->lock);
    take_pieces(t);
    pthread_mutex_lock(&t->lock);
    while (t->busy > 0) pthread_cond_wait(&t->end, &t->lock);
    pthread_mutex_unlock(&t->lock);
    pthread_mutex_unlock(&t->turn);
}

void ptm_threads_destroy(ptm_threads **threads)
{
    ptm_threads *t = *threads;
    if (!t) return;
    *threads = NULL;
    pthread_mutex_lock(&t->lock);
    t->stop = true;
    pthread_cond_broadcast(&t->begin);
    pthread_mutex_unlock(&t->lock);
    for (int i = 0; i < t->started; ++i) pthread_join(t->helpers[i], NULL);
    pthread_cond_destroy(&t->begin);
    pthread_cond_destroy(&t->end);
    pthread_mutex_destroy(&t->lock);
    pthread_mutex_destroy(&t->turn);
    free(t->helpers);
    free(t);
}
