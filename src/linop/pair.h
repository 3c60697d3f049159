/* pair.h - the two operators of a pair. */
#ifndef PTM_PAIR_H
#define PTM_PAIR_H
#include "linop/operator.h"

/* Whether ptm_pair_create() made it. */
bool ptm_is_pair(const ptm_operator *op);
/* By how much the adjoint of a pair multiplies what its second part gives. */
double ptm_pair_factor(const ptm_operator *op);
#endif
