/* host.h - what the files of the host backend share.
 *
 * The device's own queue has no state: its work is done when a call returns. Queues that are made have a thread that works
 * through a ring of jobs. */
#ifndef PTM_HOST_H
#define PTM_HOST_H
#include "backends/backend.h"

#include <pthread.h>

struct host_queue;

struct host_device {
    pthread_mutex_t lock; /* guards the list, all rings and all signals */
    pthread_cond_t changed;
    struct host_queue *queues;
};

/* Does the work of a launch on the context's threads. */
void ptm_host_run(const ptm_device *device, const ptm_launch *launch);

/* queue.c */
int ptm_host_queue_create(ptm_queue *queue);
void ptm_host_queue_destroy(ptm_queue *queue);
int ptm_host_flush(ptm_queue *queue);
int ptm_host_finish(ptm_queue *queue);
/* Until no queue has work. */
void ptm_host_finish_all(struct host_device *state);
int ptm_host_launch(ptm_queue *queue, const ptm_launch *launch);
int ptm_host_event_create(ptm_event *event);
void ptm_host_event_destroy(ptm_event *event);
int ptm_host_event_record(ptm_event *event, ptm_queue *queue);
int ptm_host_event_wait(ptm_event *event);
int ptm_host_queue_wait(ptm_queue *queue, const ptm_event *event);
#endif
