/* job.h - what calls of vector arithmetic share: checked arguments, and the kernels. */
#ifndef PTM_VEC_JOB_H
#define PTM_VEC_JOB_H
#include "vec/vectors.h"
#include "vec/walk.h"

enum ptm_vector_kernel {
    KERNEL_AXPBY,
    KERNEL_MULTIPLY,
    KERNEL_DIVIDE,
    KERNEL_CLIP,
    KERNEL_LIMIT_LENGTHS,
    KERNEL_REDUCE,
    KERNEL_REDUCE_SUMS,
    KERNELS
};

/* Sums that the first step of a reduction may leave, and the steps after it. */
#define SUMS (1 << 18)
#define LATER_SUMS (1 << 13)

struct ptm_vectors {
    ptm_device *device;
    const ptm_kernel *kernels[2][KERNELS]; /* by type */
    ptm_buffer *sums;                      /* those of the first step and those of later ones, each with a tail as long */
    ptm_walk_memory walks;
};

/* A call: its arrays, where the first is what all others are compared with. */
typedef struct ptm_job {
    ptm_vectors *v;
    ptm_queue *queue;
    ptm_walk walk;
    ptm_space space;
} ptm_job;

int ptm_job_start(
    ptm_job *j, ptm_vectors *v, ptm_queue *queue, const ptm_array *array, const char *name, bool read, bool written);
/* An array that is read. *operand tells which one it is, as it may be there already. */
int ptm_job_add(ptm_job *j, const ptm_array *array, const char *name, bool may_be_written, int *operand);
/* One element on the device, apart from the arrays of the job. */
int ptm_job_element(ptm_ref *at, const ptm_job *j, const ptm_array *element, const char *name);
#endif
