/* polytome/correct.h - from a detector's counts to line integrals, and what is wrong with these put right.
 *
 *
 * Corrections work in place on projections (view, row, column), float32 in the host's memory, in one block whose
 * columns lie side by side; the other strides are free. Line integrals are -log of transmissions throughout, also
 * where a paper speaks of transmissions. Each uses the context's threads, whose number changes no bit. A block may be
 * a part of a scan: of views for what is said to work view by view, of rows for what works on sinograms, of either for
 * what works on single values. After an error of the arguments nothing has been changed. Thread safety: any thread, on
 * arrays of its own. */
#ifndef POLYTOME_CORRECT_H
#define POLYTOME_CORRECT_H

#include <polytome/array.h>

PTM_BEGIN_DECLS

/* ------------------------------------------------------------------ counts */

typedef struct ptm_counts_options {
    size_t struct_size;
    const float *flats; /* (flat, row, column): the beam without object; at least one */
    int flat_count;
    /* When each flat was taken, in views, ascending: 0 is just before view 0. What was taken at one time is put
     * together, and a view has the flat of its time, linear between times and constant before and behind all. NULL:
     * all at one time. */
    const double *flat_views;
    const float *darks; /* (dark, row, column): no beam; none: 0 */
    int dark_count;
    bool median;          /* flats of one time and darks are put together by their median, not their mean */
    double first_view;    /* of the array, where it is a part of the scan */
    double view_step;     /* from one of its views to the next; 0: 1 */
    double least;         /* transmissions below it, and those that are not finite, are set to it; 0: 1e-6 */
    bool transmissions;   /* stop before the logarithm: (counts - dark) / (flat - dark), nothing raised */
} ptm_counts_options;

/* Line integrals -log((counts - dark) / (flat - dark)). A pixel whose flat is not above its dark has transmission 1.
 * *raised, if not NULL, is the number of values that were set to the least. Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_line_integrals(ptm_context *context, const ptm_array *projections, const ptm_counts_options *options,
    int64_t *raised);

/* The mean of frames of so many pixels, added up in double, or their median. Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_combine_frames(float *out, ptm_context *context, const float *frames, int count, int64_t pixels,
    bool median);

/* ------------------------------------------------------------------ bad pixels and zingers */

typedef struct ptm_bad_pixel_options {
    size_t struct_size;
    const float *flats; /* (flat, row, column), at least one; four or more tell pixels that flicker or stand still too */
    int flat_count;
    const float *darks;
    int dark_count;
    int rows, columns;
    double threshold; /* standard deviations; 0: 8 */
} ptm_bad_pixel_options;

/* bad (row, column) becomes 1 where a pixel's answer (flat - dark), its noise or its dark field differs from the
 * median of the 5 x 5 about it by more than the threshold, in standard deviations as the median of all such
 * differences tells them; where the answer is not above 0; and where flats differ but the pixel does not. *count, if
 * not NULL, is how many. Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_find_bad_pixels(uint8_t *bad, int64_t *count, ptm_context *context, const ptm_bad_pixel_options *options);

/* Pixels whose number in bad (row, column) is not 0 become the mean of the nearest good ones, weighted by 1 /
 * distance^2. View by view; on counts, transmissions or line integrals. Errors: ARGUMENT (also if no pixel is good),
 * MEMORY. Since 0.1. */
PTM_API int ptm_replace_pixels(ptm_context *context, const ptm_array *projections, const uint8_t *bad);

typedef struct ptm_zinger_options {
    size_t struct_size;
    double threshold;  /* more than 0: 0.1 is a transmission a tenth too large */
    int size;          /* of the square in which the median is taken, odd, 3 to 99; 0: 3 */
    bool within_views; /* the square lies in a view (row, column), else in a sinogram (view, column) */
} ptm_zinger_options;

/* Stray photons make single pixels of single views too bright: line integrals that are below the median about them by
 * more than the threshold become that median. *replaced, if not NULL, is how many. View by view, or on sinograms.
 * Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_remove_zingers(ptm_context *context, const ptm_array *projections, const ptm_zinger_options *options,
    int64_t *replaced);

/* ------------------------------------------------------------------ rings */

#define PTM_RINGS_MAX_SIZE 1001
#define PTM_RINGS_MAX_LEVELS 10

/* N. T. Vo, R. C. Atwood, M. Drakopoulos, Optics Express 26, 28396 (2018), whose numbers of algorithms these are; and
 * B. Muench, P. Trtik, F. Marone, M. Stampanoni, Optics Express 17, 8567 (2009). */
typedef enum ptm_ring_method {
    PTM_RINGS_SORTING = 0, /* algorithm 3: pixels of which each answers a little too much or too little */
    PTM_RINGS_FILTERING,   /* algorithm 2: the same on what is slow along the views only */
    PTM_RINGS_LARGE,       /* algorithms 4 and 5: groups of pixels that answer otherwise; only these are changed */
    PTM_RINGS_DEAD,        /* algorithms 4 and 6, first half: pixels that stand still or flicker */
    PTM_RINGS_COMBINED,    /* DEAD, LARGE and SORTING one after the other */
    PTM_RINGS_WAVELET      /* Muench: what is fine across the columns and slow along the views */
} ptm_ring_method;

typedef struct ptm_ring_options {
    size_t struct_size;
    ptm_ring_method method;
    /* SORTING, FILTERING: columns of the median, odd; more than the widest stripe twice. 0: about a sixtieth of all, 5 to
     * 31 */
    int size;
    int large_size; /* LARGE, DEAD: the same; 0: about a twenty-fifth of all, 9 to 101 */
    double snr;     /* LARGE, DEAD: how far a column must be off, less finds more; 0: 3 */
    double sigma;   /* FILTERING: periods in the array that count as slow, 0: 3; WAVELET: those that are damped, 0: 2 */
    int levels;     /* WAVELET: stripes of up to 2^levels columns; 0: 5, or as many as there can be */
} ptm_ring_options;

/* Takes stripes out of sinograms, which become rings in slices. Works on sinograms of at least 16 views and columns.
 * options may be NULL. Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_remove_rings(ptm_context *context, const ptm_array *projections, const ptm_ring_options *options);

/* ------------------------------------------------------------------ single values */

/* Beam hardening: p becomes coefficients[0] p + coefficients[1] p^2 + ..., up to 16 of them. Errors: ARGUMENT, MEMORY.
 * Since 0.1. */
PTM_API int ptm_correct_beam_hardening(ptm_context *context, const ptm_array *projections, const double *coefficients,
    int count);

/* Scatter that is the same part of the beam everywhere: transmissions t become (t - fraction) / (1 - fraction), 1e-6
 * at least. Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_subtract_scatter(ptm_context *context, const ptm_array *projections, double fraction);

/* The first `left` and the last `right` columns see air: the straight line through the means of both, or the one mean
 * if the other number is 0, is taken off each row of each view. Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_normalise_air(ptm_context *context, const ptm_array *projections, int left, int right);

/* A volume to Hounsfield units: 1000 (mu - mu_water) / (mu_water - mu_air). Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_hounsfield(ptm_context *context, const ptm_array *volume, double mu_water, double mu_air);

/* ------------------------------------------------------------------ alignment */

typedef struct ptm_align_options {
    size_t struct_size;
    /* For each view: so many columns and rows its picture lies beyond its place; NULL: each is in its place */
    const double (*shifts)[2];
    /* by which the detector leans in its plane, radians, less than pi / 4: of ptm_find_tilt() it is atan(slope / aspect) */
    double lean;
    double aspect; /* a pixel's height by its width; 0: 1 */
    double middle; /* the row about which is turned, from the array's middle one on, where it has some rows of all */
} ptm_align_options;

/* Views as they are on a detector that stands upright and with every picture in its place, turned about the middle, by
 * cubic convolution (R. G. Keys, IEEE Trans. Acoust. Speech Signal Process. 29, 1981); edges go on beyond them. It serves
 * FBP, which takes upright views without jumps; solvers take the views as they are, by ptm_scan_vectors(). View by view.
 * Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_align(ptm_context *context, const ptm_array *projections, const ptm_align_options *options);

/* ------------------------------------------------------------------ phase and metal */

typedef struct ptm_phase_options {
    size_t struct_size;
    double energy;     /* keV */
    /* from object to detector, mm; for divergent beams times source-object over source-detector distance */
    double distance;
    double delta_beta; /* of the refractive index 1 - delta + i beta */
    double alpha;      /* in place of these three: delta distance / mu, mm^2 */
    double pixel[2];   /* u, v, mm, in the object; 0: 1, and as u */
    bool generalised;  /* the form of D. M. Paganin et al., J. Optics 22, 115607 (2020), that blurs less */
} ptm_phase_options;

/* Phase retrieval from one distance, for an object of one material (D. Paganin et al., J. Microscopy 206, 33 (2002)):
 * line integrals of measured intensities become those of absorption, -log of the transmission whose spectrum is
 * divided by 1 + alpha |k|^2. Whole views, mirrored at their edges, one at a time; transforms are the device's. After
 * an error of the device some views may have been changed. Errors: ARGUMENT, MEMORY, DEVICE. Thread safety: as its
 * device. Since 0.1. */
PTM_API int ptm_retrieve_phase(ptm_device *device, const ptm_array *projections, const ptm_phase_options *options);

/* Where trace, of the shape of projections, is more than 0 (the projection of what is metal in a first
 * reconstruction), values are interpolated along the columns from those beside it; lines that are all trace stay.
 * prior, of the same shape, may be NULL: projections of an image without metal, by which values are divided before,
 * and times which they come after (E. Meyer et al., Med. Phys. 37, 2010). Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_interpolate_trace(ptm_context *context, const ptm_array *projections, const ptm_array *trace,
    const ptm_array *prior);

PTM_END_DECLS
#endif
