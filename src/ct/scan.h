/* scan.h - what the front end knows of a scan. */
#ifndef PTM_SCAN_H
#define PTM_SCAN_H
#include <polytome/scan.h>

#include "core/error.h"

struct ptm_scan {
    ptm_volume volume; /* spacing filled in */
    int nu, nv, count;
    bool parallel;
    ptm_view *views;
};

/* Is every view upright: v along z and u across it, and for parallel beams the rays too? */
bool ptm_scan_is_upright(const ptm_scan *scan);
/* Is it one slice seen by one detector row in the slice's plane, with every source outside? */
bool ptm_scan_is_flat(const ptm_scan *scan);
#endif
