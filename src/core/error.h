/* error.h - how errors are made. */
#ifndef PTM_ERROR_H
#define PTM_ERROR_H
#include <polytome/common.h>

/* Sets this thread's message and returns `status`: return ptm_fail(PTM_ERROR_ARGUMENT, "sod is %g, ...", sod); */
#define ptm_fail ptm_error_set

/* Copies a caller's sized struct into one of this library's version: fields its header did not have yet are zero, fields
 * that this library does not know must be. NULL counts as all zero. type is the struct's name, for the message. */
int ptm_copy_sized(void *out, size_t size, const void *from, const char *type);

/* Allocation that fails with a message: NULL after ptm_fail(). Zeroed. A size of 0 is allowed. */
void *ptm_alloc(size_t count, size_t size);
#endif
