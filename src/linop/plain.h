/* plain.h - arrays that kernels can have as they are. */
#ifndef PTM_PLAIN_H
#define PTM_PLAIN_H
#include "core/array.h"

/* That each of the last three axes is short enough for a launch. Errors: ARGUMENT. */
int ptm_plain_check(const ptm_space *space);
/* Is a checked array of the type, and in one piece in memory on the device? */
bool ptm_is_plain(const ptm_array *array, ptm_type type);

/* The last three axes of such an array, of one sample where it has a fourth. Axis 0 is the array's last; axes that it has
 * not have one place. */
typedef struct ptm_plain {
    ptm_ref at;
    int32_t n[3], stride[3];
} ptm_plain;
ptm_plain ptm_plain_sample(const ptm_array *array, int64_t sample);
int64_t ptm_samples(const ptm_array *array);
#endif
