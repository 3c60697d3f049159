/* polytome/fbp.h - filtered back-projection: parallel beam, fan beam, and cone beam after Feldkamp, Davis and Kress. */
#ifndef POLYTOME_FBP_H
#define POLYTOME_FBP_H

#include <polytome/operator.h>

PTM_BEGIN_DECLS

/* The ramp filter and the windows that go with it. Ram-Lak is the band-limited ramp, sampled in space (G. N. Ramachandran,
 * A. V. Lakshminarayanan, PNAS 68, 1971; A. C. Kak, M. Slaney, Principles of Computerized Tomographic Imaging, 1988, eq.
 * 3.61), so that it has no error at frequency 0; the windows multiply its spectrum. With x the frequency over cut-off times
 * Nyquist's: */
typedef enum ptm_filter_type {
    PTM_FILTER_RAM_LAK = 0, /* 1 */
    PTM_FILTER_SHEPP_LOGAN, /* sin(pi x / 2) / (pi x / 2) */
    PTM_FILTER_COSINE,      /* cos(pi x / 2) */
    PTM_FILTER_HAMMING,     /* 0.54 + 0.46 cos(pi x) */
    PTM_FILTER_HANN,        /* 0.5 + 0.5 cos(pi x) */
    PTM_FILTER_RAMP,        /* |frequency| sampled as it is: a small error of the mean */
    PTM_FILTER_NONE,        /* 1 at every frequency: weights and scale only */
    PTM_FILTER_USER         /* options.response */
} ptm_filter_type;

/* How much a ray counts that is measured more than once. With all of them, views count by the distances of their angles.
 * docs/analytic.md says which weights are for which scan, and how well they do. */
typedef enum ptm_weights_type {
    /* what fits: for whole turns and parallel half turns NONE; for a half turn and the fan SILVER; for helices N_PI; for
     * whole turns WANG, where the detector reaches at least a tenth less far on one side of the axis than on the other, and
     * there not to the volume's edge */
    PTM_WEIGHTS_AUTO = 0,
    PTM_WEIGHTS_NONE,         /* all rays count the same; the angles' sum is scaled to half a turn */
    PTM_WEIGHTS_PARKER,       /* a half turn and the fan, from the first view on; what comes later does not count */
    PTM_WEIGHTS_SILVER,       /* a half turn and the fan, or more, all of which counts */
    PTM_WEIGHTS_RIESS,        /* a half turn or more: where rays are missing, others count up to twice */
    PTM_WEIGHTS_WANG,         /* a whole turn with an axis that is not in the detector's middle */
    PTM_WEIGHTS_N_PI,         /* helices: the widest of the n-PI windows that detector and views suffice for */
    PTM_WEIGHTS_TAM_DANIELSON /* helices: the window of n = 1 */
} ptm_weights_type;

/* How views go on beyond the detector's edges before they are filtered, where the object does: from the edge's value down
 * to 0 at object_radius. What is inside the detector's view becomes better, though not right. */
typedef enum ptm_extrapolation_type {
    PTM_EXTRAPOLATION_NONE = 0,
    PTM_EXTRAPOLATION_COSINE,  /* as cos^2 (after B. Ohnesorge and others, Med. Phys. 27, 2000) */
    PTM_EXTRAPOLATION_CYLINDER /* as a cylinder of this radius around the axis (after J. Hsieh and others, Med. Phys. 31,
                                  2004) */
} ptm_extrapolation_type;

typedef struct ptm_fbp_options {
    size_t struct_size;
    ptm_filter_type filter;
    double cutoff;          /* above 0 to 1, part of Nyquist's frequency; 0: 1 */
    /* PTM_FILTER_USER: the response at frequencies k / (2 (count - 1)) cycles per pixel, k < count, real; in place of the
     * ramp's |frequency|, interpolated linearly. Read during the call only. */
    const double *response;
    int response_count;
    const ptm_projector_options *projector; /* of the backprojector; NULL: its defaults. Read during the call only */
    ptm_weights_type weights;
    ptm_extrapolation_type extrapolation;
    /* for the extrapolation: how far the object reaches from the axis, mm; 0: half as far again as the detector sees */
    double object_radius;
    /* Only views first_view to first_view + views - 1: projections have no others, but they count as parts of the whole
     * scan, so that what is made of all parts of it adds up to FBP. views 0: all from first_view on. */
    int first_view, views;
} ptm_fbp_options;

/* FBP as an operator: projections (view, v, u), line integrals, to the volume (z, y, x), in 1/mm. For circular and helical
 * scans with an upright detector, flat or cylindrical. The scale is right for any spacing and for any angles: views are
 * weighted by the angle they stand for, parallel scans may cover a half turn or more, divergent ones a full turn, or a half
 * turn and the fan; or less, with other weights than the usual ones. The detector and the axis may be shifted. The views of
 * a helix come in order and less than half a turn apart; slices near its ends that are not seen all around come out too
 * dark. Other views are refused: ARGUMENT, and the message says what to use instead. It does not notice an object that
 * reaches beyond the detector. The volume may be smaller than the object.
 * With projector->batch, or a scan that is a batch, arrays have the samples as a fourth, slowest axis; the samples of a
 * batch scan may differ in their angles. Its adjoint is exact. Errors: ARGUMENT, UNSUPPORTED, MEMORY, DEVICE. Since 0.1. */
PTM_API int ptm_fbp_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_fbp_options *options);

/* The same at once. Since 0.1. */
PTM_API int ptm_fbp(ptm_device *device, const ptm_scan *scan, const ptm_array *volume, const ptm_array *projections,
    const ptm_fbp_options *options);

/* The first half of FBP, weights, filter and scale, from projections to projections; its adjoint is exact. Not for half
 * detectors, whose filtered views reach beyond them (UNSUPPORTED). Of options.projector, batch, precision and workspace
 * count here; the workspace holds at least one view, and not the filter's spectra. Views are read before they are written:
 * arrays behind functions may be one and the same, which is then filtered in place.
 * Errors: as ptm_fbp_create. Since 0.1. */
PTM_API int ptm_filter_create(ptm_operator **out, ptm_device *device, const ptm_scan *scan, const ptm_fbp_options *options);

PTM_END_DECLS
#endif
