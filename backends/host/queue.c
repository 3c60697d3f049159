/* queue.c - queues with a thread of their own, and events. */
#include "host.h"

#include <stdlib.h>
#include <string.h>

#define RING 64 /* jobs in hand; whoever enqueues more waits */

/* What an event stands for; held by the event, by the job that gives it, and by those that wait for it. */
struct host_signal {
    int holders;
    bool given;
};

/* One of: a launch; waiting for a signal; giving one. */
struct job {
    const ptm_kernel *kernel;
    uint64_t block[PTM_BLOCK_MAX / sizeof(uint64_t)];
    int n[3];
    struct host_signal *wait, *give;
};

struct host_queue {
    ptm_device *device;
    struct host_queue *next;
    pthread_t thread;
    struct job ring[RING];
    unsigned long begun, done; /* counted from the start: those in between are in the ring */
    bool stop;
};

static struct host_device *state_of(const ptm_device *device)
{
    return device->state;
}

/* With the lock. */
static void let_go(struct host_signal *signal)
{
    if (signal && --signal->holders == 0) free(signal);
}

/* Without the lock, but for signals. */
static void work(struct host_queue *q, struct job *job)
{
    struct host_device *state = state_of(q->device);
    if (job->kernel) {
        const ptm_launch launch = { .kernel = job->kernel, .block = job->block, .n = { job->n[0], job->n[1], job->n[2] } };
        ptm_host_run(q->device, &launch);
        return;
    }
    pthread_mutex_lock(&state->lock);
    while (job->wait && !job->wait->given) pthread_cond_wait(&state->changed, &state->lock);
    if (job->give) job->give->given = true;
    let_go(job->wait);
    let_go(job->give);
    pthread_mutex_unlock(&state->lock);
}

static void *run(void *argument)
{
    struct host_queue *q = argument;
    struct host_device *state = state_of(q->device);
    pthread_mutex_lock(&state->lock);
    for (;;) {
        while (q->done == q->begun && !q->stop) pthread_cond_wait(&state->changed, &state->lock);
        if (q->done == q->begun) break;
        struct job *job = &q->ring[q->done % RING];
        pthread_mutex_unlock(&state->lock);
        work(q, job);
        pthread_mutex_lock(&state->lock);
        q->done++;
        pthread_cond_broadcast(&state->changed);
    }
    pthread_mutex_unlock(&state->lock);
    return NULL;
}

int ptm_host_queue_create(ptm_queue *queue)
{
    struct host_device *state = state_of(queue->device);
    struct host_queue *q = ptm_alloc(1, sizeof *q);
    if (!q) return PTM_ERROR_MEMORY;
    q->device = queue->device;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)4 << 20); /* kernels keep tiles of lines there */
    const int failed = pthread_create(&q->thread, &attributes, run, q);
    pthread_attr_destroy(&attributes);
    if (failed) {
        free(q);
        return ptm_fail(PTM_ERROR_DEVICE, "no thread for a queue on the host: %s", strerror(failed));
    }
    pthread_mutex_lock(&state->lock);
    q->next = state->queues;
    state->queues = q;
    pthread_mutex_unlock(&state->lock);
    queue->state = q;
    return PTM_OK;
}

void ptm_host_queue_destroy(ptm_queue *queue)
{
    struct host_device *state = state_of(queue->device);
    struct host_queue *q = queue->state, **at = &state->queues;
    pthread_mutex_lock(&state->lock);
    while (*at != q) at = &(*at)->next;
    *at = q->next;
    q->stop = true;
    pthread_cond_broadcast(&state->changed);
    pthread_mutex_unlock(&state->lock);
    pthread_join(q->thread, NULL);
    free(q);
}

/* Work begins as soon as it is enqueued. */
int ptm_host_flush(ptm_queue *queue)
{
    (void)queue;
    return PTM_OK;
}

int ptm_host_finish(ptm_queue *queue)
{
    struct host_device *state = state_of(queue->device);
    struct host_queue *q = queue->state;
    if (!q) return PTM_OK;
    pthread_mutex_lock(&state->lock);
    while (q->done != q->begun) pthread_cond_wait(&state->changed, &state->lock);
    pthread_mutex_unlock(&state->lock);
    return PTM_OK;
}

void ptm_host_finish_all(struct host_device *state)
{
    pthread_mutex_lock(&state->lock);
    for (struct host_queue *q = state->queues; q; q = q->next)
        while (q->done != q->begun) pthread_cond_wait(&state->changed, &state->lock);
    pthread_mutex_unlock(&state->lock);
}

/* With the lock. */
static void enqueue(struct host_queue *q, const struct job *job)
{
    struct host_device *state = state_of(q->device);
    while (q->begun - q->done == RING) pthread_cond_wait(&state->changed, &state->lock);
    q->ring[q->begun++ % RING] = *job;
    pthread_cond_broadcast(&state->changed);
}

int ptm_host_launch(ptm_queue *queue, const ptm_launch *launch)
{
    struct host_device *state = state_of(queue->device);
    if (!queue->state) {
        ptm_host_run(queue->device, launch);
        return PTM_OK;
    }
    struct job job = { .kernel = launch->kernel, .n = { launch->n[0], launch->n[1], launch->n[2] } };
    memcpy(job.block, launch->block, launch->kernel->code->block_size);
    pthread_mutex_lock(&state->lock);
    enqueue(queue->state, &job);
    pthread_mutex_unlock(&state->lock);
    return PTM_OK;
}

int ptm_host_event_create(ptm_event *event)
{
    event->state = NULL;
    return PTM_OK;
}

void ptm_host_event_destroy(ptm_event *event)
{
    struct host_device *state = state_of(event->device);
    pthread_mutex_lock(&state->lock);
    let_go(event->state);
    pthread_mutex_unlock(&state->lock);
}

int ptm_host_event_record(ptm_event *event, ptm_queue *queue)
{
    struct host_device *state = state_of(event->device);
    struct host_signal *signal = NULL;
    if (queue->state) {
        signal = ptm_alloc(1, sizeof *signal);
        if (!signal) return PTM_ERROR_MEMORY;
        signal->holders = 2;
    }
    pthread_mutex_lock(&state->lock);
    let_go(event->state);
    event->state = signal;
    if (signal) enqueue(queue->state, &(struct job){ .give = signal });
    pthread_mutex_unlock(&state->lock);
    return PTM_OK;
}

int ptm_host_event_wait(ptm_event *event)
{
    struct host_device *state = state_of(event->device);
    struct host_signal *signal = event->state;
    if (!signal) return PTM_OK;
    pthread_mutex_lock(&state->lock);
    while (!signal->given) pthread_cond_wait(&state->changed, &state->lock);
    pthread_mutex_unlock(&state->lock);
    return PTM_OK;
}

int ptm_host_queue_wait(ptm_queue *queue, const ptm_event *event)
{
    struct host_device *state = state_of(event->device);
    struct host_signal *signal = event->state;
    if (!signal) return PTM_OK;
    pthread_mutex_lock(&state->lock);
    if (queue->state) {
        signal->holders++;
        enqueue(queue->state, &(struct job){ .wait = signal });
    } else {
        while (!signal->given) pthread_cond_wait(&state->changed, &state->lock);
    }
    pthread_mutex_unlock(&state->lock);
    return PTM_OK;
}
