/* boxes.h - between boxes, as functions of arrays are given them, and where their elements are. */
#ifndef PTM_TEST_BOXES_H
#define PTM_TEST_BOXES_H
#include "check.h"

/* Copies a box, dense at `box`, from the elements of an array that begins at `base`, or to them. Strides count elements. */
static void move_box(const ptm_array *a, char *base, const int64_t stride[PTM_MAX_DIMENSIONS], const int64_t *first,
    const int64_t *count, char *box, bool to_box)
{
    const size_t size = a->type == PTM_FLOAT64 ? sizeof(double) : sizeof(float);
    int64_t n = 1;
    for (int k = 0; k < a->dimensions; ++k) n *= count[k];
    for (int64_t i = 0; i < n; ++i, box += size) {
        int64_t at = 0, rest = i;
        for (int k = a->dimensions - 1; k >= 0; --k) {
            at += (first[k] + rest % count[k]) * stride[k];
            rest /= count[k];
        }
        char *element = base + (size_t)at * size;
        memcpy(to_box ? box : element, to_box ? element : box, size);
    }
}
#endif
