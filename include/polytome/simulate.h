/* polytome/simulate.h - from exact line integrals to what a detector would have counted: noise, spectra, faults. On the
 * host. */
#ifndef POLYTOME_SIMULATE_H
#define POLYTOME_SIMULATE_H

#include <polytome/operator.h>
#include <polytome/scan.h>

PTM_BEGIN_DECLS

/* A part of a spectrum: how much of the detector's signal it makes in the open beam, and the material's attenuation
 * there over that which the line integrals are of. */
typedef struct ptm_energy { double weight, attenuation; } ptm_energy;

typedef struct ptm_simulation_options {
    size_t struct_size;
    uint64_t seed;
    double photons;    /* that a pixel of the open beam counts in a frame, on average, up to 1e10; 0: no noise of photons */
    double gain;       /* counts for a photon; 0: 1, and where photons is 0 the open beam has so many counts (0: 1) */
    double dark;       /* counts without a beam, on average */
    double electronic; /* standard deviation of the noise that the electronics add, in counts */
    double scatter;    /* what is added to each pixel, of the mean signal of its view; flats have none */
    double blur;       /* of the detector, standard deviation in pixels along u, and v where there are rows; up to 100 */
    double gain_spread;   /* pixels differ in their gain, in flats as well: standard deviation, of the gain */
    double ring_spread;   /* and by so much between flats and projections, which leaves rings */
    double dead_pixels;   /* part of the pixels that count nothing, 0 to 1 */
    const ptm_energy *spectrum; /* of a single material; NULL: one energy, that of the line integrals */
    int energies;
    float *flats, *darks; /* (frame, v, u): frames of the open beam and of none, to be written; NULL: none */
    int flat_count, dark_count;
    ptm_progress_function progress; /* after some views; the call ends with CANCELLED where it returns false. NULL: none */
    void *progress_user;
} ptm_simulation_options;

/* Replaces line integrals (view, v, u) by counts, and writes flats and darks. A pixel's signal is
 *     transmission: the spectrum's mean of exp(-attenuation x line integral), blurred, and scatter added;
 *     photons: Poisson, about the transmission times `photons`;
 *     counts: dark + gain x the pixel's own gain x photons + electronic noise;
 * counts may be negative where noise makes them so, and are not rounded. Pixels' gains and dead pixels are the same in
 * all frames. All random numbers are functions of seed, kind and place: neither the number of threads nor of frames
 * changes those of others. ptm_line_integrals() makes line integrals of the result. Errors: ARGUMENT (also for line
 * integrals whose transmission is not a number of at most 1e3; some values may be counts already), MEMORY, CANCELLED.
 * Thread safety: any thread, on values of its own. Since 0.1. */
PTM_API int ptm_simulate_counts(ptm_context *context, float *values, const int64_t shape[3],
    const ptm_simulation_options *options);

/* A scan whose object moves: in each view by a normal random shift with these standard deviations along x, y, z, mm. It
 * is source and detector that the new scan has elsewhere, by the opposite of it. Errors: ARGUMENT, MEMORY. Since 0.1. */
PTM_API int ptm_scan_jitter(ptm_scan **out, ptm_context *context, const ptm_scan *scan, const double sigma[3],
    uint64_t seed);

PTM_END_DECLS
#endif
