/* operator.h - what every kind of operator fills in. */
#ifndef PTM_OPERATOR_INTERNAL_H
#define PTM_OPERATOR_INTERNAL_H
#include <polytome/distributed.h>

#include "core/access.h"

/* The last two parts of a call that were enqueued: the one before is waited for, so that the device has work meanwhile. */
typedef struct ptm_marks {
    ptm_event *events[2];
    double done[2];
    int count;
} ptm_marks;

/* out = alpha A in + beta out, or with A' for A; the arrays are checked and do not overlap. */
typedef struct ptm_call {
    ptm_queue *queue;
    bool adjoint;
    double alpha, beta;
    const ptm_array *in, *out;
    /* The caller's progress function, NULL if there is none, and the part of the whole that this call is. */
    ptm_progress_function progress;
    void *progress_user;
    ptm_marks *marks;
    double from, to;
} ptm_call;

/* Says that a part of the call, 0 to 1, has been enqueued: where the caller wants to know, waits for the one before and
 * asks. Errors: CANCELLED, DEVICE. */
int ptm_call_report(const ptm_call *call, double part);

/* The k-th of so many parts of the call, one as long as the other. */
ptm_call ptm_call_part(const ptm_call *call, int k, int count);

typedef struct ptm_operator_class {
    const char *name;
    int (*apply)(ptm_operator *op, const ptm_call *call);
    /* The rest is optional. Bytes of its own, without those of its parts; NULL: it has none. */
    uint64_t (*memory)(const ptm_operator *op);
    /* Frees it and what it owns beside its parts; NULL: it owns nothing. */
    void (*destroy)(ptm_operator *op);
    /* Makes what applying in a direction needs, and is not made yet; NULL: its parts do. */
    int (*prepare)(ptm_operator *op, bool adjoint);
    /* The most bytes of a slot of staging memory; NULL: of that kind, the operator has none. */
    uint64_t (*slot)(const ptm_operator *op);
} ptm_operator_class;

/* What the adjoint is of the operator; the least first. */
typedef enum ptm_match {
    PTM_MATCH_EXACT = 0, /* its transpose, but for rounding */
    PTM_MATCH_NEAR,      /* its transpose, but for the weights of texture units */
    PTM_MATCH_NONE       /* another operator: ptm_pair_create() */
} ptm_match;

struct ptm_operator {
    const ptm_operator_class *class;
    ptm_device *device;
    ptm_space domain, range;
    bool nonnegative;    /* no entry is less than 0, in either direction */
    ptm_match match;
    const ptm_exchange *exchange; /* the range is one process's part of what several have; NULL: it is all there is */
    ptm_staging in, out; /* for arrays the device cannot use in place; made when they are first given */
    /* What it is made of, which it keeps; NULL if it is made of nothing. */
    ptm_operator **parts;
    int part_count;
    int references; /* beside the first */
    bool counted;   /* while something is added up over operators */
};

/* For the making of operators from others: that there are some, on one device (*out becomes NULL); */
int ptm_parts_check(ptm_operator **out, ptm_operator *const *parts, int count);
/* that those whose ranges are spread over processes are none or all of them, or of a product one at most; */
int ptm_parts_check_exchange(ptm_operator *const *parts, int count, bool product);
/* and that they are kept. The operator begins with the first one's domain and range. Errors: MEMORY. */
int ptm_parts_keep(ptm_operator *op, const ptm_operator_class *class, ptm_operator *const *parts, int count);
/* The same in memory of so many bytes, which begin with the operator; the rest is 0. NULL: MEMORY. */
void *ptm_parts_make(size_t size, const ptm_operator_class *class, ptm_operator *const *parts, int count);
/* For the applying of several parts whose results are added up in the call's out: functions are called to write each
 * element once, so that it must be memory. */
int ptm_parts_added(const ptm_operator *op, const ptm_call *call);

/* Bytes of the range, in the process that has least of it. */
uint64_t ptm_operator_least_bytes(const ptm_operator *op);
/* What a reduction found in this process's part of the range becomes what it is of all processes'. */
int ptm_operator_agree(const ptm_operator *op, ptm_reduction what, double *value);
#endif
