/* polytome/correct.h - from a detector's counts to line integrals, and where the rotation axis is. On the host's memory. */
#ifndef POLYTOME_CORRECT_H
#define POLYTOME_CORRECT_H

#include <polytome/fbp.h>

PTM_BEGIN_DECLS

typedef struct ptm_counts_options {
    size_t struct_size;
    const float *flats; /* (flat, pixel): the beam without object; at least one */
    int flat_count;
    const float *darks; /* (dark, pixel): no beam; none: 0 */
    int dark_count;
    double least; /* transmissions below it, and those that are not finite, are set to it; 0: 1e-6 */
    bool transmissions; /* stop before the logarithm: (counts - dark) / (flat - dark), nothing raised */
} ptm_counts_options;

/* Line integrals -log((counts - dark) / (flat - dark)) in place, with the means of flats and darks. values is (view, pixel).
 * A pixel whose flat is not above its dark has transmission 1. *raised, if not NULL, is the number of values that were
 * set to the least. Errors: ARGUMENT, MEMORY. Thread safety: any thread, on values of its own. Since 0.1. */
PTM_API int ptm_line_integrals(float *values, int64_t views, int64_t pixels, const ptm_counts_options *options, int64_t *raised);

/* Where the rotation axis lies on the detector, in columns from 0, of a parallel scan of a half turn or more; sinogram is (view,
 * column), line integrals of an object that all views see whole. First by the path of the centre of mass, then as the place where
 * FBP has least negative values (T. Donath et al., J. Opt. Soc. Am. A 23, 2006, discusses such measures).
 * Errors: ARGUMENT, MEMORY, DEVICE. Thread safety: as its device. Since 0.1. */
PTM_API int ptm_find_rotation_axis(double *column, ptm_context *context, ptm_device *device, const float *sinogram, int views,
    int columns, const double *angles);

PTM_END_DECLS
#endif
