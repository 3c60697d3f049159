/* scans.h - the table of small scans that projectors are tried on. */
#ifndef PTM_TEST_SCANS_H
#define PTM_TEST_SCANS_H
#include "ct/scan.h"

typedef struct test_scan {
    const char *name;
    int (*make)(ptm_scan **out, ptm_context *context);
    bool ties; /* rays at 45 degrees: the main axis is a matter of rounding, no comparison with a definition */
    bool near; /* to the source: columns lie so dense there that float32 tells them apart a few times less well */
} test_scan;
extern const test_scan test_scans[];
extern const int test_scan_count;

/* A cone scan with n^3 voxels (flat: one slice of them) of 1 mm, a detector of 1.5 n pixels, sod as given; parallel if sod
 * is 0. */
int make_round_scan(ptm_scan **out, ptm_context *context, int n, bool flat, int views, double sod);
#endif
