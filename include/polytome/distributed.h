/* polytome/distributed.h - one operator in several processes, each of which has a part of the data. */
#ifndef POLYTOME_DISTRIBUTED_H
#define POLYTOME_DISTRIBUTED_H

#include <polytome/operator.h>
#include <polytome/vector.h>

PTM_BEGIN_DECLS

/* How processes put together what each has, by MPI for example. */
typedef struct ptm_exchange {
    size_t struct_size;
    int rank, ranks; /* which process this is, from 0 on, and of how many */
    /* Each value becomes the sum (PTM_REDUCE_SUM) or the largest (PTM_REDUCE_MAX) of all processes', with the same bits
     * in each. All call it equally often, with the same `what`, `count` and `type`, float32 or float64; values are in
     * the host's memory, at most 16 MiB. Returns 0, or one of PTM_ERROR_* after ptm_error_set(). It is called in the
     * thread that called the library. */
    int (*reduce)(void *user, ptm_reduction what, void *values, int64_t count, ptm_type type);
    void *user;
} ptm_exchange;

/* The operator of all processes' data, in each: op is from the image, which all have, to the data that this one has, of
 * its views say. Applied, it gives this process's data; its adjoint adds up what comes from all data, so that each has
 * the whole image. Images that the adjoint writes are dense memory in one piece, or behind functions that read and write,
 * by which they are written, read and written again; it returns when they are there. With beta they were the same in all.
 *
 * Solvers take it as it is: what they measure of data they measure of all. Processes make the same calls in the same
 * order, with the same options, images and limits; data, weights and devices are each one's own. An iteration is the
 * last one in all where it is in one, by `seconds` and `each` too. After an error in one process the others wait for it,
 * so that who started them has to end them all. Decisions are the same if images are: with unlike devices these may
 * differ in last bits, and CGLS and its relatives could find themselves done in one process before the other.
 *
 * Of an operator in subsets (ptm_subsets_create()) it is one in subsets, each of which is spread over the processes. They
 * are the subsets of all views where each process's first view is a multiple of their number, and it has a view of each.
 * The adjoint of the whole exchanges the image once for each subset.
 *
 * Operators are made of it by ptm_chain_create(), with one such part; by ptm_scaled_create(); and by the others that
 * take several parts, where all are such. It has no ptm_adjoint_create().
 *
 * Errors: ARGUMENT (images of other shapes or numbers of subsets in other processes), UNSUPPORTED (complex numbers),
 * MEMORY, and what reduce returns. Since 0.1. */
PTM_API int ptm_distributed_create(ptm_operator **out, ptm_operator *op, const ptm_exchange *exchange);

PTM_END_DECLS
#endif
