/* simulate.c - counts of a detector from exact line integrals. */
#include <polytome/random.h>
#include <polytome/simulate.h>

#include "core/device.h"
#include "core/spread.h"
#include "ct/scan.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 32 /* views from one call of the progress function to the next */

/* Kinds of random numbers: the upper bits of their streams, the place below. */
enum { VIEWS = 1, FLATS, DARKS, GAINS, RINGS, DEAD, SHIFTS };

static ptm_random stream(uint64_t seed, int kind, int64_t place)
{
    return (ptm_random){ .seed = seed, .stream = (uint64_t)kind << 56 | (uint64_t)place };
}

/* ------------------------------------------------------------------ checking */

static int check_numbers(const ptm_simulation_options *o)
{
    const struct { const char *name; double value, most; } numbers[] = { { "photons", o->photons, 1e10 },
        { "gain", o->gain, 1e12 }, { "electronic", o->electronic, 1e12 }, { "scatter", o->scatter, 100 },
        { "blur", o->blur, 100 }, { "gain_spread", o->gain_spread, 1 }, { "ring_spread", o->ring_spread, 1 },
        { "dead_pixels", o->dead_pixels, 1 } };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i)
        if (!(numbers[i].value >= 0 && numbers[i].value <= numbers[i].most))
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s is %g, expected 0 to %g", numbers[i].name, numbers[i].value,
                numbers[i].most);
    if (!isfinite(o->dark)) return ptm_fail(PTM_ERROR_ARGUMENT, "dark is %g, expected a finite number", o->dark);
    if (o->flat_count < 0 || o->dark_count < 0)
        return ptm_fail(PTM_ERROR_ARGUMENT, "flat_count and dark_count are %d and %d, expected 0 or more", o->flat_count,
            o->dark_count);
    if ((o->flat_count && !o->flats) || (o->dark_count && !o->darks))
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", o->flat_count && !o->flats ? "flats" : "darks");
    return PTM_OK;
}

static int check_spectrum(const ptm_simulation_options *o, double *whole)
{
    *whole = 0;
    if (o->energies < 0 || (o->energies > 0 && !o->spectrum))
        return ptm_fail(PTM_ERROR_ARGUMENT, "energies is %d%s", o->energies,
            o->energies < 0 ? ", expected 0 or more" : ", but spectrum is NULL");
    for (int i = 0; i < o->energies; ++i) {
        const ptm_energy *e = &o->spectrum[i];
        if (!(e->weight >= 0 && isfinite(e->weight) && e->attenuation >= 0 && isfinite(e->attenuation)))
            return ptm_fail(PTM_ERROR_ARGUMENT, "spectrum[%d] has weight %g and attenuation %g, expected 0 or more", i,
                e->weight, e->attenuation);
        *whole += e->weight;
    }
    if (o->energies > 0 && !(*whole > 0 && isfinite(*whole)))
        return ptm_fail(PTM_ERROR_ARGUMENT, "the weights of spectrum add up to %g, expected more than 0", *whole);
    return PTM_OK;
}

static int check_shape(const int64_t shape[3])
{
    const int64_t most[3] = { PTM_MAX_VIEWS, PTM_MAX_LENGTH, PTM_MAX_LENGTH };
    for (int i = 0; i < 3; ++i)
        if (shape[i] < 1 || shape[i] > most[i])
            return ptm_fail(PTM_ERROR_ARGUMENT, "shape[%d] is %lld, expected 1 to %lld", i, (long long)shape[i],
                (long long)most[i]);
    return PTM_OK;
}

/* ------------------------------------------------------------------ pixels */

typedef struct job {
    ptm_simulation_options o;
    float *values;
    int64_t rows, columns, pixels;
    double weights;             /* of the spectrum, in all */
    double *gain, *ring;        /* of pixels; 0 where one is dead */
    double *kernel;             /* of the blur, from its middle on */
    int kernel_half;
    atomic_llong wrong;         /* a view with a line integral that makes no sense, from 1 */
} job;

static void fill_gains(job *j)
{
    const ptm_simulation_options *o = &j->o;
    for (int64_t i = 0; i < j->pixels; ++i) {
        ptm_random own = stream(o->seed, GAINS, i), ring = stream(o->seed, RINGS, i), dead = stream(o->seed, DEAD, i);
        const bool counts = ptm_random_uniform(&dead) >= o->dead_pixels;
        j->gain[i] = counts ? 1 + o->gain_spread * ptm_random_normal(&own) : 0;
        j->ring[i] = 1 + o->ring_spread * ptm_random_normal(&ring);
    }
}

/* Up to four standard deviations, with sum 1. */
static void fill_kernel(job *j)
{
    double sum = 0;
    for (int i = 0; i <= j->kernel_half; ++i) {
        j->kernel[i] = j->o.blur > 0 ? exp(-0.5 * i * i / (j->o.blur * j->o.blur)) : 1;
        sum += i ? 2 * j->kernel[i] : j->kernel[i];
    }
    for (int i = 0; i <= j->kernel_half; ++i) j->kernel[i] /= sum;
}

static double transmission(const job *j, double integral)
{
    if (j->o.energies == 0) return exp(-integral);
    double sum = 0;
    for (int i = 0; i < j->o.energies; ++i) sum += j->o.spectrum[i].weight * exp(-j->o.spectrum[i].attenuation * integral);
    return sum / j->weights;
}

/* A line of `count` values `step` apart, blurred; behind its ends it goes on with their values. line has room for it. */
static void blur_line(const job *j, double *values, int64_t count, int64_t step, double *line)
{
    for (int64_t i = 0; i < count; ++i) line[i] = values[i * step];
    for (int64_t i = 0; i < count; ++i) {
        double sum = j->kernel[0] * line[i];
        for (int k = 1; k <= j->kernel_half; ++k)
            sum += j->kernel[k] * (line[i - k > 0 ? i - k : 0] + line[i + k < count ? i + k : count - 1]);
        values[i * step] = sum;
    }
}

static void blur_frame(const job *j, double *frame, double *line)
{
    for (int64_t v = 0; v < j->rows; ++v) blur_line(j, frame + v * j->columns, j->columns, 1, line);
    for (int64_t u = 0; u < j->columns && j->rows > 1; ++u) blur_line(j, frame + u, j->rows, j->columns, line);
}

/* What a pixel counts of a signal, 1 in the open beam. */
static double counted(const job *j, ptm_random random, double signal, double gain)
{
    const ptm_simulation_options *o = &j->o;
    const double scale = o->gain > 0 ? o->gain : 1;
    const double photons = o->photons > 0 ? ptm_random_poisson(&random, signal * o->photons) : signal;
    const double noise = o->electronic > 0 ? o->electronic * ptm_random_normal(&random) : 0;
    return o->dark + scale * gain * photons + noise;
}

/* ------------------------------------------------------------------ frames */

static bool load_frame(const job *j, const float *view, double *frame, double *mean)
{
    *mean = 0;
    for (int64_t i = 0; i < j->pixels; ++i) {
        frame[i] = transmission(j, (double)view[i]);
        if (!(frame[i] <= 1e3)) return false;
    }
    if (j->kernel_half > 0) blur_frame(j, frame, frame + j->pixels);
    for (int64_t i = 0; i < j->pixels; ++i) *mean += frame[i] / (double)j->pixels;
    return true;
}

static void count_view(void *user, int64_t view, void *scratch)
{
    job *j = user;
    double *frame = scratch, mean;
    float *values = j->values + view * j->pixels;
    if (!load_frame(j, values, frame, &mean)) {
        atomic_store(&j->wrong, view + 1);
        return;
    }
    for (int64_t i = 0; i < j->pixels; ++i) {
        const ptm_random random = stream(j->o.seed, VIEWS, view * j->pixels + i);
        values[i] = (float)counted(j, random, frame[i] + j->o.scatter * mean, j->gain[i] * j->ring[i]);
    }
}

static void count_open(job *j, float *frames, int frame_count, int kind)
{
    for (int64_t i = 0; i < frame_count * j->pixels; ++i)
        frames[i] = (float)counted(j, stream(j->o.seed, kind, i), kind == FLATS ? 1 : 0, j->gain[i % j->pixels]);
}

static bool go_on(void *user, double done)
{
    job *j = user;
    return !atomic_load(&j->wrong) && (!j->o.progress || j->o.progress(j->o.progress_user, done));
}

static int count_all(job *j, ptm_context *context, int64_t views)
{
    const int64_t longest = j->rows > j->columns ? j->rows : j->columns;
    fill_gains(j);
    fill_kernel(j);
    const int status = ptm_spread_watched(context, views, (size_t)(j->pixels + longest) * sizeof(double), count_view, j,
        &(ptm_watch){ .batch = BATCH, .progress = go_on, .user = j });
    const long long wrong = atomic_load(&j->wrong), first = (wrong - 1) / BATCH * BATCH;
    if (wrong)
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "a line integral in views %lld to %lld has a transmission that is not from 0 to 1000", first,
            first + BATCH < views ? first + BATCH - 1 : (long long)views - 1);
    if (status) return status;
    count_open(j, j->o.flats, j->o.flat_count, FLATS);
    count_open(j, j->o.darks, j->o.dark_count, DARKS);
    return PTM_OK;
}

int ptm_simulate_counts(ptm_context *context, float *values, const int64_t shape[3], const ptm_simulation_options *options)
{
    if (!context || !values || !shape || !options)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL",
            !context ? "context" : !values ? "values" : !shape ? "shape" : "options");
    job j = { .values = values };
    int status = ptm_copy_sized(&j.o, sizeof j.o, options, "ptm_simulation_options");
    if (!status) status = check_shape(shape);
    if (!status) status = check_numbers(&j.o);
    if (!status) status = check_spectrum(&j.o, &j.weights);
    if (status) return status;
    j.rows = shape[1];
    j.columns = shape[2];
    j.pixels = j.rows * j.columns;
    j.kernel_half = (int)ceil(4 * j.o.blur);
    j.gain = ptm_alloc((size_t)j.pixels, sizeof *j.gain);
    j.ring = ptm_alloc((size_t)j.pixels, sizeof *j.ring);
    j.kernel = ptm_alloc((size_t)j.kernel_half + 1, sizeof *j.kernel);
    status = j.gain && j.ring && j.kernel ? count_all(&j, context, shape[0]) : PTM_ERROR_MEMORY;
    free(j.gain);
    free(j.ring);
    free(j.kernel);
    return status;
}

/* ------------------------------------------------------------------ motion */

int ptm_scan_jitter(ptm_scan **out, ptm_context *context, const ptm_scan *scan, const double sigma[3], uint64_t seed)
{
    if (out) *out = NULL;
    if (!out || !context || !scan || !sigma)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !context ? "context" : !scan ? "scan" : "sigma");
    for (int k = 0; k < 3; ++k)
        if (!(sigma[k] >= 0 && isfinite(sigma[k])))
            return ptm_fail(PTM_ERROR_ARGUMENT, "sigma[%d] is %g mm, expected 0 or more", k, sigma[k]);
    const int status = ptm_scan_like(out, scan, scan->views);
    for (int i = 0; !status && i < ptm_scan_all_views(scan); ++i) {
        ptm_random random = stream(seed, SHIFTS, i);
        for (int k = 0; k < 3; ++k) {
            const double shift = sigma[k] * ptm_random_normal(&random);
            (*out)->views[i].detector[k] -= shift;
            if (!scan->parallel) (*out)->views[i].source[k] -= shift;
        }
    }
    return status;
}
