/* field_layout.h - how a field stands in memory; kernels and the front end agree on it here.
 *
 * Before the first element of each sampled axis there is FIELD_FRONT of zeros and behind the last FIELD_BACK (on axis 0,
 * which gathers read in groups of four, FIELD_BACK0).  A stack has no margin on axis 2. */
#ifndef PTM_FIELD_LAYOUT_H
#define PTM_FIELD_LAYOUT_H
#define FIELD_FRONT 1
#define FIELD_BACK 2
#define FIELD_BACK0 5

/* The longest rows that rows.h takes. */
#define ROW_MOST 16384
#endif
