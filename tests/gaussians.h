/* gaussians.h - Gaussians with closed-form line integrals, and dot tests, for the tests of FBP. */
#ifndef PTM_TESTS_GAUSSIANS_H
#define PTM_TESTS_GAUSSIANS_H
#include <polytome/polytome.h>

#include "ct/view.h"

/* Of height 1. */
typedef struct blob { double x, y, z, sigma; } blob;
double blob_value(const blob *b, double x, double y, double z);

/* Line integrals of so many blobs, (view, v, u); to be freed. */
float *simulate(const ptm_scan *scan, const blob *blobs, int count);

/* The largest difference of a volume from the blobs in a slice, where x^2 + y^2 is at most radius^2; flat: heights do
 * not matter. */
double slice_error(const ptm_scan *scan, const float *volume, int slice, const blob *blobs, int count, double radius,
    bool flat);

/* <F p, q> and <p, F' q> of random numbers: how much they differ, of |F p| |q|; and |F p|^2. */
typedef struct dot_result { double difference, size; } dot_result;
dot_result dot_test(ptm_operator *op);
#endif
