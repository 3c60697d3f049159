/* projector.h - what making and applying projectors share. */
#ifndef PTM_PROJECTOR_H
#define PTM_PROJECTOR_H
#include "ct/family.h"
#include "ct/filter.h"
#include "ct/window.h"
#include "linop/operator.h"

/* How many more columns the kernels' detector has on either side of the caller's: what is filtered reaches beyond its
 * edges. */
typedef struct ptm_columns_beside { int before, after; } ptm_columns_beside;

struct ptm_projector {
    ptm_operator base;
    const ptm_family_class *family;
    ptm_geometry geometry; /* of the finer scan, where rays or voxels are supersampled */
    int loaded_rows, loaded_views; /* of a slab or block that goes in; */
    int stored_rows, stored_views; /* and of one that comes out */
    uint64_t staging; /* most bytes of a slot, for arrays that the device cannot use in place */
    int finer_voxels[3], finer_pixels[3]; /* along the arrays' axes */
    ptm_columns_beside beside; /* of the caller's columns */
    int samples;      /* of the batch, 1 if it is none */
    bool own_views;   /* each sample has views of its own */
    bool stacked;     /* samples are slices of a stack */
    ptm_mover mover;
    ptm_filter *filter; /* of FBP: on each block before it is back-projected; else NULL */
    ptm_buffer *field, *dense;
    ptm_texture *image;
    /* For what only one direction needs, which is made when that is first used. */
    ptm_scan *scan;
    bool ready[2];
};

extern const ptm_operator_class ptm_projector_class;

/* Fills in the options' defaults and checks them. */
int ptm_projector_check(ptm_projector_options *out, const ptm_projector_options *options, const ptm_device *device,
    const ptm_scan *scan, bool weighted);

/* Makes the kernels and tables of a direction, if they are not there yet. */
int ptm_projector_prepare(ptm_projector *p, bool adjoint);

/* Applies it where the call's arrays have no more than the window's views of each sample, and rows of the volume. */
int ptm_projector_apply_window(ptm_projector *p, const ptm_call *call, const ptm_window *window);

/* Frees a projector, complete or not. */
void ptm_projector_free(ptm_projector *p);

/* The scan that the kernels work on: the caller's, or a stack, or a finer one. */
int ptm_projector_scan(ptm_scan **out, const ptm_scan *scan, const ptm_projector_options *options, bool weighted);

/* The pair of ptm_projector_options.unmatched, of checked options. */
int ptm_unmatched_create(
    ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_projector_options *options);

/* A weighted backprojector that filters each block first. `seen` is ptm_projector_scan(), with so many columns beside.
 * Takes seen and the filter over, also when it fails. */
int ptm_filtered_backprojector(ptm_operator **out, ptm_device *device, const ptm_scan *scan,
    const ptm_projector_options *options, ptm_scan **seen, ptm_columns_beside beside, ptm_filter **filter);
#endif
