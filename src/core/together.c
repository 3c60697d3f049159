#include "core/together.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define STACK ((size_t)8 << 20) /* drivers build kernels in these threads */

/* On the stack of the thread that asks and waits. */
typedef struct question {
    int (*answer)(void *user);
    void *user;
    bool answered;
    int status;
    struct question *next;
} question;

typedef struct worker {
    ptm_together *together;
    pthread_t thread;
    int k;
} worker;

struct ptm_together {
    int (*work)(void *user, ptm_together *together, int k);
    void *user;
    worker *workers;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed, answered;
    question *first, **last;
    int running;
    int status; /* of what failed first, */
    char message[1024];
};

/* Takes note of this thread's failure; with the lock. */
static void note_failure(ptm_together *t, int status)
{
    if (!status || t->status) return;
    t->status = status;
    snprintf(t->message, sizeof t->message, "%s", ptm_error_message());
}

static void *run_worker(void *argument)
{
    const worker *w = argument;
    ptm_together *t = w->together;
    const int status = t->work(t->user, t, w->k);
    pthread_mutex_lock(&t->lock);
    note_failure(t, status);
    t->running--;
    pthread_cond_signal(&t->changed);
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

/* How many have been started. */
static int start(ptm_together *t, int count)
{
    pthread_attr_t attributes;
    int started = 0;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    pthread_mutex_lock(&t->lock);
    for (; started < count; ++started) {
        worker *w = &t->workers[started];
        *w = (worker){ .together = t, .k = started };
        if (pthread_create(&w->thread, &attributes, run_worker, w)) break;
        t->running++;
    }
    if (started < count)
        note_failure(t, ptm_fail(PTM_ERROR_MEMORY, "the system starts %d threads, expected %d", started, count));
    pthread_mutex_unlock(&t->lock);
    pthread_attr_destroy(&attributes);
    return started;
}

/* Without the lock while it is answered. */
static void serve(ptm_together *t, question *q)
{
    if (t->status) {
        q->status = PTM_ERROR_CANCELLED;
    } else {
        pthread_mutex_unlock(&t->lock);
        q->status = q->answer(q->user);
        pthread_mutex_lock(&t->lock);
        note_failure(t, q->status);
    }
    q->answered = true;
    pthread_cond_broadcast(&t->answered);
}

static void serve_until_done(ptm_together *t)
{
    pthread_mutex_lock(&t->lock);
    while (t->running > 0) {
        question *q = t->first;
        if (!q) {
            pthread_cond_wait(&t->changed, &t->lock);
            continue;
        }
        t->first = q->next;
        if (!t->first) t->last = &t->first;
        serve(t, q);
    }
    pthread_mutex_unlock(&t->lock);
}

int ptm_together_run(int count, int (*work)(void *user, ptm_together *together, int k), void *user)
{
    ptm_together t = { .work = work, .user = user, .last = &t.first };
    t.workers = ptm_alloc((size_t)count, sizeof *t.workers);
    if (!t.workers) return PTM_ERROR_MEMORY;
    pthread_mutex_init(&t.lock, NULL);
    pthread_cond_init(&t.changed, NULL);
    pthread_cond_init(&t.answered, NULL);
    const int started = start(&t, count);
    serve_until_done(&t);
    for (int i = 0; i < started; ++i) pthread_join(t.workers[i].thread, NULL);
    pthread_cond_destroy(&t.answered);
    pthread_cond_destroy(&t.changed);
    pthread_mutex_destroy(&t.lock);
    free(t.workers);
    return t.status ? ptm_fail(t.status, "%s", t.message) : PTM_OK;
}

int ptm_together_ask(ptm_together *t, int (*answer)(void *user), void *user)
{
    question q = { .answer = answer, .user = user };
    char message[sizeof t->message];
    pthread_mutex_lock(&t->lock);
    *t->last = &q;
    t->last = &q.next;
    pthread_cond_signal(&t->changed);
    while (!q.answered) pthread_cond_wait(&t->answered, &t->lock);
    if (q.status) snprintf(message, sizeof message, "%s", t->message);
    pthread_mutex_unlock(&t->lock);
    return q.status ? ptm_fail(q.status, "%s", message) : PTM_OK;
}

bool ptm_together_failed(ptm_together *t)
{
    pthread_mutex_lock(&t->lock);
    const bool failed = t->status != PTM_OK;
    pthread_mutex_unlock(&t->lock);
    return failed;
}
