/* axis.h - the methods of finding the rotation axis. */
#ifndef PTM_CORRECT_AXIS_H
#define PTM_CORRECT_AXIS_H
#include <polytome/axis.h>

#include "correct/block.h"

typedef struct ptm_axis_search {
    ptm_context *context;
    ptm_device *device;
    const ptm_block *block;
    const double *angles;
    double from, to; /* columns between which the axis is */
    /* For the overlap: the rows that are looked at, along lines that go `slant` rows up or down with each column. */
    int64_t first_row, rows;
    double slant;
} ptm_axis_search;

int ptm_axis_by_sharpness(double *column, const ptm_axis_search *s);
int ptm_axis_by_phase(double *column, const ptm_axis_search *s);
int ptm_axis_by_overlap(double *column, const ptm_axis_search *s);
int ptm_axis_by_vo(double *column, const ptm_axis_search *s);

/* A view and what is seen from its opposite side: part of view second[1], and 1 - part of second[0]; either may be negative
 * where the opposite side is just beyond the angles that were measured. */
typedef struct ptm_axis_pair {
    int64_t first, second[2];
    double part;
} ptm_axis_pair;

/* At most so many pairs, spread over all there are. Errors: ARGUMENT (there is none), MEMORY. */
int ptm_axis_pairs(ptm_axis_pair *pairs, int *count, int most, const double *angles, int64_t views);
/* One line of a pair: the first view's, and what its opposite side sees. It goes through the middle of a row, `slant` rows
 * on with each column, and along the edge where it would leave the views. */
void ptm_axis_lines(double *first, double *second, const ptm_block *block, const ptm_axis_pair *pair, int64_t row,
    double slant);

/* Views in the order of their angles, each brought between 0 and period. Errors: MEMORY. */
typedef struct ptm_axis_angle {
    double angle;
    int64_t view;
} ptm_axis_angle;
int ptm_axis_sort(ptm_axis_angle **sorted, const double *angles, int64_t views, double period);

/* The place of the extreme of a parabola through three numbers one apart, from the middle one, at most one away. */
double ptm_axis_vertex(double before, double here, double behind);
#endif
