/* vector_operators.h - the arithmetic of polytome/vector.h as operators on volumes, each its own adjoint, so that they go
 * through the same tests as all others. */
#ifndef PTM_TEST_VECTOR_OPERATORS_H
#define PTM_TEST_VECTOR_OPERATORS_H
#include <polytome/polytome.h>

/* out = 1.5 in; in times, and in over, a fixed array of values from 1 to 2. */
int sum_operator(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options);
int product_operator(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options);
int quotient_operator(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options);
#endif
