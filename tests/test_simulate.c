/* test_simulate.c - random numbers against what is known of them, and simulated counts against what they are to be. */
#include "check.h"

#include <polytome/random.h>
#include <polytome/simulate.h>

#include "ct/scan.h"
#include "scans.h"

static ptm_context *context;

/* ------------------------------------------------------------------ random numbers */

/* The vectors that come with Random123, kat_vectors, philox4x32 10: counter, key, result. */
static void test_philox(void)
{
    static const uint32_t known[3][10] = {
        { 0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 },
        { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6,
        0x6d5451fd },
        { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420,
        0x24126ea1 } };
    for (int i = 0; i < 3; ++i) {
        uint32_t out[4];
        ptm_random_block(out, known[i], known[i] + 4);
        check(memcmp(out, known[i] + 6, sizeof out) == 0, "Philox, vector %d: %08x %08x %08x %08x", i, out[0], out[1],
            out[2], out[3]);
    }
}

typedef double (*variate)(ptm_random *random, double mean);
static double uniform(ptm_random *random, double mean)
{
    (void)mean;
    return ptm_random_uniform(random);
}
static double normal(ptm_random *random, double mean)
{
    (void)mean;
    return ptm_random_normal(random);
}

/* Mean and variance of many streams' first numbers, in standard errors from what is expected. fourth is the central
 * moment over the variance squared. */
static void check_moments(variate v, double mean, double variance, double fourth, const char *what)
{
    const int count = 400000;
    double sum = 0, squares = 0;
    for (int i = 0; i < count; ++i) {
        ptm_random random = { .seed = 42, .stream = (uint64_t)i };
        const double d = v(&random, mean) - mean;
        sum += d;
        squares += d * d;
    }
    const double of_mean = sum / count / sqrt(variance / count),
        of_variance = (squares / count / variance - 1) / sqrt((fourth - 1) / count);
    check(fabs(of_mean) < 4 && fabs(of_variance) < 4, "%s: mean and variance are %.2f and %.2f standard errors away", what,
        of_mean,
        of_variance);
}

/* Chi-square of Poisson numbers, in bins that are expected 20 times or more. */
static void check_poisson(double mean, uint64_t seed)
{
    enum { COUNT = 200000, BINS = 20000 };
    static int seen[BINS];
    const int offset = mean > 5000 ? (int)mean - BINS / 2 : 0;
    memset(seen, 0, sizeof seen);
    int outside = 0;
    ptm_random random = { .seed = seed };
    for (int i = 0; i < COUNT; ++i) {
        const double k = ptm_random_poisson(&random, mean) - offset;
        if (k >= 0 && k < BINS && k == floor(k)) seen[(int)k]++;
        else outside++;
    }
    double chi = 0, expected = 0, found = 0;
    int bins = 0;
    for (int k = 0; k < BINS; ++k) {
        expected += COUNT * exp((k + offset) * log(mean) - mean - lgamma(k + offset + 1.0));
        found += seen[k];
        if (expected < 20) continue;
        chi += (found - expected) * (found - expected) / expected;
        expected = found = 0;
        bins++;
    }
    const double away = (chi - bins) / sqrt(2.0 * bins);
    check(outside == 0 && fabs(away) < 4,
        "Poisson, mean %g: chi-square of %d bins is %.2f standard deviations away, %d outside", mean, bins,
        away, outside);
}

static void test_random(void)
{
    static const double means[] = { 0.01, 0.7, 3, 9.99, 10, 13, 40, 200, 3000, 1e6 };
    check_moments(uniform, 0.5, 1.0 / 12, 1.8, "uniform");
    check_moments(normal, 0, 1, 3, "normal");
    for (size_t i = 0; i < sizeof means / sizeof *means; ++i) {
        char what[40];
        snprintf(what, sizeof what, "Poisson, mean %g", means[i]);
        check_moments(ptm_random_poisson, means[i], means[i], 3 + 1 / means[i], what);
        check_poisson(means[i], 5 + i);
    }
    check_moments(ptm_random_poisson, 1e12, 1e12, 3, "Poisson, mean 1e12");
    ptm_random random = { .seed = 1 };
    check(ptm_random_poisson(&random, 0) == 0 && isnan(ptm_random_poisson(&random, -1)) && isnan(ptm_random_poisson(&random,
        (double)NAN)),
        "Poisson of 0, and of what is no mean");
    int far = 0, inner = 0;
    for (int i = 0; i < 1000000; ++i) {
        const double x = fabs(ptm_random_normal(&random));
        far += x > 4;
        inner += x < 1;
    }
    check(far > 35 && far < 95 && abs(inner - 682689) < 2000, "normal: %d of a million beyond 4, %d below 1", far, inner);
}

/* ------------------------------------------------------------------ counts */

enum { VIEWS = 50, ROWS = 12, COLUMNS = 40, PIXELS = ROWS * COLUMNS, ALL = VIEWS * PIXELS };
static const int64_t shape[3] = { VIEWS, ROWS, COLUMNS };
static float values[ALL], flats[20 * PIXELS], darks[20 * PIXELS];

static void fill(double integral)
{
    for (int i = 0; i < ALL; ++i) values[i] = (float)integral;
}

static ptm_simulation_options options(void)
{
    return (ptm_simulation_options){ PTM_SIZED(ptm_simulation_options), .seed = 9, .flats = flats, .flat_count = 20,
        .darks = darks,
        .dark_count = 20 };
}

static void simulate(const ptm_simulation_options *o)
{
    must(ptm_simulate_counts(context, values, shape, o));
}

static void moments(const float *of, int count, double *mean, double *variance)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < count; ++i) sum += (double)of[i];
    *mean = sum / count;
    for (int i = 0; i < count; ++i) squares += ((double)of[i] - *mean) * ((double)of[i] - *mean);
    *variance = squares / (count - 1);
}

/* Within five standard errors. */
static void check_counts(const float *of, int count, double mean, double variance, const char *what)
{
    double m, v;
    moments(of, count, &m, &v);
    check(fabs(m - mean) <= 5 * sqrt(variance / count) + 1e-6 * fabs(mean) &&
        fabs(v - variance) <= 5 * variance * sqrt(2.0 / count) + 1e-6,
        "%s: mean %g and variance %g, expected %g and %g", what, m, v, mean, variance);
}

static void test_noise(void)
{
    ptm_simulation_options o = options();
    o.gain = 3000;
    o.dark = 100;
    for (int i = 0; i < ALL; ++i) values[i] = (float)(i % 1000) / 300;
    simulate(&o);
    check(values[0] == 3100 && flats[5] == 3100 && darks[7] == 100, "no noise: %g, %g and %g counts", (double)values[0],
        (double)flats[5],
        (double)darks[7]);
    const ptm_array counts = PTM_ARRAY_3D(values, VIEWS, 1, PIXELS);
    must(ptm_line_integrals(context, &counts,
        &(ptm_counts_options) {
            PTM_SIZED(ptm_counts_options), .flats = flats, .flat_count = 20, .darks = darks, .dark_count = 20 },
        NULL));
    double worst = 0;
    for (int i = 0; i < ALL; ++i) worst = fmax(worst, fabs((double)values[i] - (double)((float)(i % 1000) / 300)));
    check_most(worst, 1e-4, "no noise: line integrals come back");

    fill(1.2);
    o.photons = 500;
    o.gain = 4;
    simulate(&o);
    const double light = 500 * exp(-(double)1.2f);
    check_counts(values, ALL, 100 + 4 * light, 16 * light, "photons");
    check_counts(flats, 20 * PIXELS, 100 + 4 * 500, 16 * 500, "flat fields");
    o.electronic = 30;
    fill(1.2);
    simulate(&o);
    check_counts(values, ALL, 100 + 4 * light, 16 * light + 900, "with the electronics' noise");
    check_counts(darks, 20 * PIXELS, 100, 900, "dark fields");
}

static void test_detector(void)
{
    ptm_simulation_options o = options();
    double mean, variance;
    o.gain = 1000;
    o.gain_spread = 0.05;
    fill(0.5);
    simulate(&o);
    moments(flats, PIXELS, &mean, &variance);
    check(fabs(sqrt(variance) / 50 - 1) < 0.15, "gains differ by %.3g of 50 counts", sqrt(variance));
    double worst = 0;
    for (int i = 0; i < ALL; ++i) worst = fmax(worst, fabs((double)(values[i] / flats[i % PIXELS]) - exp(-0.5)));
    check_most(worst, 1e-6, "which flat fields correct");
    o.ring_spread = 0.02;
    fill(0.5);
    simulate(&o);
    check(values[0] / flats[0] == values[PIXELS] / flats[0] && fabs((double)(values[0] / flats[0]) - exp(-0.5)) > 1e-5,
        "rings: a pixel is wrong by the same in each view");
    o.ring_spread = o.gain_spread = 0;
    o.dead_pixels = 0.1;
    fill(0.5);
    simulate(&o);
    int dead = 0, everywhere = 0;
    for (int i = 0; i < PIXELS; ++i) dead += flats[i] == 0;
    for (int i = 0; i < ALL; ++i) everywhere += values[i] == 0;
    check(dead > 25 && dead < 75 && everywhere == dead * VIEWS, "%d of %d pixels are dead, in all views", dead, PIXELS);
}

static void test_physics(void)
{
    const ptm_energy spectrum[2] = { { 3, 0.5 }, { 1, 2.5 } };
    ptm_simulation_options o = options();
    fill(1);
    o.spectrum = spectrum;
    o.energies = 2;
    simulate(&o);
    check(fabs((double)values[3] - (0.75 * exp(-0.5) + 0.25 * exp(-2.5))) < 1e-7 && flats[0] == 1, "a spectrum: %g",
        (double)values[3]);
    o.energies = 0;
    o.scatter = 0.2;
    for (int i = 0; i < ALL; ++i) values[i] = i % PIXELS < PIXELS / 2 ? 0 : 2;
    simulate(&o);
    const double mean = 0.5 * (1 + exp(-2));
    check(fabs((double)values[0] - 1 - 0.2 * mean) < 1e-6 &&
        fabs((double)values[PIXELS - 1] - exp(-2) - 0.2 * mean) < 1e-6 && flats[0] == 1,
        "scatter is added: %g", (double)values[0]);
    /* A dark line on a bright field: its loss of signal is kept, and spread by the blur. */
    o.scatter = 0;
    o.blur = 1.5;
    for (int i = 0; i < ALL; ++i) values[i] = i % COLUMNS == 20 ? 3 : 0;
    simulate(&o);
    double lost = 0, square = 0;
    for (int i = 0; i < COLUMNS; ++i) {
        lost += 1 - (double)values[5 * COLUMNS + i];
        square += (1 - (double)values[5 * COLUMNS + i]) * (i - 20) * (i - 20);
    }
    check(fabs(lost - (1 - exp(-3))) < 1e-5, "blur keeps the signal: %g", lost);
    check(fabs(square / lost - 2.25) < 0.02, "and spreads it by a variance of %g, expected 2.25", square / lost);
}

/* The same numbers whatever else is made, and in any number of threads. */
static void test_repeats(void)
{
    static float first[ALL];
    ptm_simulation_options o = options();
    o.photons = 1e4;
    o.electronic = 3;
    o.gain_spread = 0.1;
    fill(1);
    simulate(&o);
    memcpy(first, values, sizeof first);
    for (int threads = 1; threads <= 5; threads += 4) {
        ptm_context *other;
        must(ptm_context_create(&other, &(ptm_context_options){ PTM_SIZED(ptm_context_options), .threads = threads }));
        o.flat_count = o.dark_count = 0;
        fill(1);
        must(ptm_simulate_counts(other, values, shape, &o));
        check(memcmp(first, values, sizeof first) == 0, "%d threads, and no flat fields: the same counts", threads);
        ptm_context_destroy(&other);
    }
    fill(1);
    must(ptm_simulate_counts(context, values, (int64_t[]){ 7, ROWS, COLUMNS }, &o));
    check(memcmp(first, values, 7 * PIXELS * sizeof *first) == 0, "fewer views: the same counts");
    int shared = 0;
    o = options();
    o.electronic = 3;
    fill(0);
    simulate(&o);
    for (int i = 0; i < 20 * PIXELS; ++i) shared += values[i] == flats[i] || flats[i] == 1 + darks[i];
    check(shared < 20 * PIXELS / 100, "views, flat and dark fields have noise of their own: %d of %d are the same", shared,
        20 * PIXELS);
    o = options();
    o.photons = 1e4;
    o.seed++;
    fill(1);
    simulate(&o);
    int equal = 0;
    for (int i = 0; i < ALL; ++i) equal += first[i] == values[i];
    check(equal < ALL / 100, "another seed: %d of %d counts are the same", equal, ALL);
}

static void test_jitter(void)
{
    for (int parallel = 0; parallel < 2; ++parallel) {
        ptm_scan *scan, *moved;
        const double sigma[3] = { 0.5, 0, 2 };
        double squares[3] = { 0 }, together = 0;
        must(make_round_scan(&scan, context, 8, false, 2000, parallel ? 0 : 80));
        must(ptm_scan_jitter(&moved, context, scan, sigma, 3));
        for (int i = 0; i < 2000; ++i)
            for (int k = 0; k < 3; ++k) {
                const double by = moved->views[i].detector[k] - scan->views[i].detector[k];
                squares[k] += by * by / 2000;
                together = fmax(together, fabs(moved->views[i].source[k] - scan->views[i].source[k] - (parallel ? 0 : by)));
            }
        check(fabs(squares[0] / 0.25 - 1) < 0.15 && squares[1] == 0 && fabs(squares[2] / 4 - 1) < 0.15 && together < 1e-12,
            "views are moved by variances of %g, %g and %g", squares[0], squares[1], squares[2]);
        ptm_scan *never;
        check(ptm_scan_jitter(&never, context, scan, (double[]){ 0, -1, 0 }, 1) == PTM_ERROR_ARGUMENT && !never,
            "jitter below 0: %s",
            ptm_error_message());
        ptm_scan_destroy(&scan);
        ptm_scan_destroy(&moved);
    }
}

/* ------------------------------------------------------------------ refusals */

static void refused(const ptm_simulation_options *o, const char *word)
{
    fill(1);
    const int status = ptm_simulate_counts(context, values, shape, o);
    check(status == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), word) && values[0] == 1, "%s: %d %s", word, status,
        status ? ptm_error_message() : "");
}

static bool stop(void *user, double done)
{
    (void)user;
    (void)done;
    return false;
}

static void test_refusals(void)
{
    const ptm_energy wrong = { -1, 1 }, none = { 0, 1 };
    ptm_simulation_options o = options();
    o.photons = -3;
    refused(&o, "photons is -3");
    o.photons = (double)NAN;
    refused(&o, "photons is nan");
    o = options();
    o.dead_pixels = 1.5;
    refused(&o, "dead_pixels is 1.5");
    o = options();
    o.blur = 101;
    refused(&o, "blur is 101");
    o = options();
    o.flats = NULL;
    refused(&o, "flats is NULL");
    o = options();
    o.dark_count = -1;
    refused(&o, "dark_count");
    o = options();
    o.energies = 1;
    refused(&o, "spectrum is NULL");
    o.spectrum = &wrong;
    refused(&o, "spectrum[0]");
    o.spectrum = &none;
    refused(&o, "add up to 0");
    o = options();
    check(ptm_simulate_counts(context, values, (int64_t[]){ 0, 1, 1 }, &o) == PTM_ERROR_ARGUMENT, "no views: %s",
        ptm_error_message());
    fill(1);
    values[ALL - 1] = (float)NAN;
    check(ptm_simulate_counts(context, values, shape, &o) == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(),
        "views 32 to 49"),
        "a line integral that is no number: %s", ptm_error_message());
    fill(1);
    values[0] = -700;
    check(ptm_simulate_counts(context, values, shape, &o) == PTM_ERROR_ARGUMENT, "one far below 0: %s",
        ptm_error_message());
    fill(1);
    o.progress = stop;
    check(ptm_simulate_counts(context, values, shape, &o) == PTM_ERROR_CANCELLED, "it is stopped");
}

int main(void)
{
    must(ptm_context_create(&context, NULL));
    test_philox();
    test_random();
    test_noise();
    test_detector();
    test_physics();
    test_repeats();
    test_jitter();
    test_refusals();
    ptm_context_destroy(&context);
    return finish();
}
