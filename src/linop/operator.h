/* operator.h - what every kind of operator fills in. */
#ifndef PTM_OPERATOR_INTERNAL_H
#define PTM_OPERATOR_INTERNAL_H
#include <polytome/operator.h>

#include "core/array.h"

typedef struct ptm_operator_class {
    const char *name;
    /* out = alpha A in + beta out; the arrays are checked and do not overlap. */
    int (*apply)(ptm_operator *op, bool adjoint, double alpha, const ptm_array *in, double beta, const ptm_array *out);
    uint64_t (*memory)(const ptm_operator *op);
    void (*destroy)(ptm_operator *op);
} ptm_operator_class;

struct ptm_operator {
    const ptm_operator_class *class;
    ptm_device *device;
    ptm_type type;
    int64_t domain[3], range[3];
};
#endif
