/* fbp.h - what the parts of filtered back-projection share. */
#ifndef PTM_FBP_H
#define PTM_FBP_H
#include <polytome/fbp.h>

#include "ct/filter.h"

/* A weighted backprojector that filters each block first; takes the filter over, also when it fails. */
int ptm_filtered_backprojector(ptm_operator **out, ptm_device *device, const ptm_scan *scan,
    const ptm_projector_options *options, ptm_filter **filter);
#endif
