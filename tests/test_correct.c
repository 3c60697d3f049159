/* test_correct.c - corrections of projections against closed forms and planted defects.
 *
 * usage: test_correct [DEVICE...]; most of it is the host's */
#include "check.h"
#include "sinograms.h"

#define PI 3.14159265358979323846

static ptm_context *context;

static void refused(int status, const char *word, const char *what)
{
    check(status == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), word), "%s: %d %s", what, status,
        ptm_error_message());
}

static double largest(const float *a, const double *b, int count)
{
    double most = 0;
    for (int i = 0; i < count; ++i) {
        const double d = fabs((double)a[i] - b[i]);
        if (!(d <= most)) most = d;
    }
    return most;
}

/* ------------------------------------------------------------------ counts */

/* Two views of four pixels: plain, dead, dark, and not a number. */
static void test_counts(void)
{
    const float nan = (float)NAN, flats[8] = { 90, 10, 50, 100, 110, 10, 50, 100 }, darks[4] = { 10, 10, 10, 10 };
    const float counts[8] = { 55, 7, 10, nan, 100, 7, 5, 10.009f };
    ptm_counts_options o = { PTM_SIZED(ptm_counts_options), .flats = flats, .flat_count = 2, .darks = darks,
        .dark_count = 1 };
    float values[8];
    const ptm_array a = PTM_ARRAY_3D(values, 2, 1, 4);
    int64_t raised = -1;
    memcpy(values, counts, sizeof values);
    must(ptm_line_integrals(context, &a, &o, &raised));
    check(raised == 3, "counts: %d are raised, expected 3", (int)raised);
    const double expected[8] = { -log(0.5), 0, -log(1e-6), -log(1e-6), 0, 0, -log(1e-6), -log(1e-4) };
    for (int i = 0; i < 8; ++i)
        check(fabs((double)values[i] - expected[i]) < 2e-3, "counts: line integral %d is %g, expected %g", i,
            (double)values[i], expected[i]);
    o.transmissions = true;
    memcpy(values, counts, sizeof values);
    must(ptm_line_integrals(context, &a, &o, &raised));
    const double parts[8] = { 0.5, 1, 0, (double)nan, 1, 1, -0.125, 1e-4 };
    for (int i = 0; i < 8; ++i)
        check(i == 3 ? isnan(values[i]) : fabs((double)values[i] - parts[i]) < 1e-7,
            "counts: transmission %d is %g, expected %g", i,
            (double)values[i], parts[i]);
    check(raised == 0, "counts: no transmission is raised");
    o.flat_count = 0;
    refused(ptm_line_integrals(context, &a, &o, NULL), "at least one flat", "counts without flats");
    o = (ptm_counts_options){ PTM_SIZED(ptm_counts_options), .flats = flats, .flat_count = 2,
        .flat_views = (double[]){ 3, 1 } };
    refused(ptm_line_integrals(context, &a, &o, NULL), "flat_views[1]", "flats of falling times");
    o = (ptm_counts_options){ PTM_SIZED(ptm_counts_options), .flats = flats, .flat_count = 1, .least = 2 };
    refused(ptm_line_integrals(context, &a, &o, NULL), "least is 2", "a least transmission of 2");
    refused(ptm_line_integrals(context, &a, NULL, NULL), "options is NULL", "counts without options");
}

/* The logarithm over all magnitudes: relative to the value, or to 1e-7 of transmission near 1. */
static void test_logarithm(void)
{
    enum { COUNT = 40000 };
    float *values = malloc(COUNT * sizeof *values), one = 1;
    double worst = 0;
    const ptm_array a = PTM_ARRAY_3D(values, COUNT, 1, 1);
    for (int i = 0; i < COUNT; ++i) values[i] = (float)exp(-13.5 + 14.5 * i / COUNT);
    must(ptm_line_integrals(context, &a, &(ptm_counts_options){ PTM_SIZED(ptm_counts_options), .flats = &one,
        .flat_count = 1 }, NULL));
    for (int i = 0; i < COUNT; ++i) {
        const double exact = -log((double)(float)exp(-13.5 + 14.5 * i / COUNT));
        worst = fmax(worst, fabs((double)values[i] - exact) / fmax(fabs(exact), 0.01));
    }
    check_most(worst, 2.5e-7, "the logarithm's error");
    free(values);
}

/* A beam that fades from 1000 to 800 while views 0 to 8 are taken, seen by two groups of three flats with one outlier. */
static void test_fading_beam(void)
{
    const float flats[6] = { 1000, 1000, 9000, 800, 800, 800 };
    const double times[6] = { 2, 2, 2, 6, 6, 6 }, expected[9] = { 1, 1, 1, 0.95, 0.9, 0.85, 0.8, 0.8, 0.8 };
    float values[9];
    const ptm_array a = PTM_ARRAY_3D(values, 9, 1, 1), part = PTM_ARRAY_3D(values, 3, 1, 1);
    ptm_counts_options o = { PTM_SIZED(ptm_counts_options), .flats = flats, .flat_count = 6, .flat_views = times,
        .median = true,
        .transmissions = true };
    for (int k = 0; k < 9; ++k) values[k] = 1000;
    must(ptm_line_integrals(context, &a, &o, NULL));
    for (int k = 0; k < 9; ++k)
        check(fabs((double)values[k] - 1 / expected[k]) < 1e-6, "a fading beam, view %d: %g, expected %g", k,
            (double)values[k],
            1 / expected[k]);
    for (int k = 0; k < 3; ++k) values[k] = 1000;
    o.first_view = 1;
    o.view_step = 2;
    must(ptm_line_integrals(context, &part, &o, NULL)); /* views 1, 3, 5 */
    for (int k = 0; k < 3; ++k)
        check(fabs((double)values[k] - 1 / expected[1 + 2 * k]) < 1e-6, "a part of a fading beam, view %d: %g", 1 + 2 * k,
            (double)values[k]);
    o.median = false;
    o.first_view = 0;
    values[0] = 1000;
    must(ptm_line_integrals(context, &part, &o, NULL));
    check(fabs((double)values[0] - 1000.0 / (11000.0 / 3)) < 1e-6, "the mean of flats has the outlier in it: %g",
        (double)values[0]);
}

/* ------------------------------------------------------------------ bad pixels and zingers */

enum { ROWS = 40, COLUMNS = 50, PIXELS = ROWS * COLUMNS, FLATS = 12 };

/* Flats with a profile, a pattern of one percent and noise of half a percent; some pixels are broken in one way each. */
static void make_fields(float *flats, float *darks, const int broken[6])
{
    uint64_t state = 3;
    for (int i = 0; i < PIXELS; ++i) {
        const double beam = 5000 * (1 + 0.3 * cos(0.05 * (i % COLUMNS))) * (1 + 0.01 * normal(&state, random_number));
        for (int k = 0; k < FLATS; ++k) {
            double value = beam * (1 + 0.005 * normal(&state, random_number));
            if (i == broken[0]) value = 100;                 /* dead */
            if (i == broken[1]) value *= 1.14;               /* too bright */
            if (i == broken[2]) value = k % 2 ? 2000 : 8000; /* flickers */
            if (i == broken[3]) value = beam;                /* stands still */
            if (i == broken[5]) value = (double)NAN;
            flats[k * PIXELS + i] = (float)value;
        }
        darks[i] = (float)(100 + 2 * normal(&state, random_number));
        if (i == broken[0]) darks[i] = 100;
        if (i == broken[4]) darks[i] = 900; /* hot */
    }
}

static void test_bad_pixels(void)
{
    const int broken[6] = { 3 * COLUMNS + 7, 10 * COLUMNS + 20, 10 * COLUMNS + 30, 25 * COLUMNS + 49, 39 * COLUMNS,
        20 * COLUMNS + 1 };
    float *flats = malloc(FLATS * PIXELS * sizeof *flats), *darks = malloc(PIXELS * sizeof *darks);
    uint8_t bad[PIXELS];
    int64_t count = -1;
    int found = 0;
    make_fields(flats, darks, broken);
    ptm_bad_pixel_options o = { PTM_SIZED(ptm_bad_pixel_options), .flats = flats, .flat_count = FLATS, .darks = darks,
        .dark_count = 1,
        .rows = ROWS, .columns = COLUMNS };
    must(ptm_find_bad_pixels(bad, &count, context, &o));
    for (int i = 0; i < 6; ++i) {
        found += bad[broken[i]] == 1;
        if (!bad[broken[i]]) printf("  pixel %d is not found\n", i);
    }
    check(found == 6 && count == 6, "bad pixels: %d of 6 are found, and %d others", found, (int)count - found);
    o.threshold = -1;
    refused(ptm_find_bad_pixels(bad, NULL, context, &o), "threshold is -1", "a negative threshold");
    o.rows = 0;
    refused(ptm_find_bad_pixels(bad, NULL, context, &o), "0 x 50 pixels", "no pixels");
    free(flats);
    free(darks);
}

/* A plane is interpolated exactly inside; a block of bad pixels as well, in its middle. */
static void test_replacement(void)
{
    float values[2 * PIXELS];
    double expected[2 * PIXELS];
    uint8_t bad[PIXELS] = { 0 };
    const ptm_array a = PTM_ARRAY_3D(values, 2, ROWS, COLUMNS);
    for (int i = 0; i < 2 * PIXELS; ++i) {
        expected[i] = 1 + 0.01 * (i % COLUMNS) - 0.02 * (i % PIXELS / COLUMNS) + i / PIXELS;
        values[i] = (float)expected[i];
    }
    for (int j = 9; j < 12; ++j)
        for (int i = 19; i < 22; ++i) bad[j * COLUMNS + i] = 1;
    for (int j = 0; j < ROWS; ++j) bad[j * COLUMNS + 33] = 1; /* a column */
    bad[5 * COLUMNS + 5] = 255;
    for (int i = 0; i < 2 * PIXELS; ++i)
        if (bad[i % PIXELS]) values[i] = (float)NAN;
    must(ptm_replace_pixels(context, &a, bad));
    for (int i = 0; i < 2 * PIXELS; ++i) { /* one-sided: the block's edge, the column's ends */
        const int row = i % PIXELS / COLUMNS, column = i % COLUMNS;
        const bool skewed = bad[i % PIXELS] && ((column == 33 && (row == 0 || row == ROWS - 1)) || column == 19 ||
            column == 21 ||
            (column == 20 && row != 10));
        if (skewed) values[i] = fabs((double)values[i] - expected[i]) < 0.05 ? (float)expected[i] : 99;
    }
    check_most(largest(values, expected, 2 * PIXELS), 1e-6, "bad pixels of a plane");
    memset(bad, 1, sizeof bad);
    refused(ptm_replace_pixels(context, &a, bad), "all 2000 pixels", "no good pixel");
    refused(ptm_replace_pixels(context, &a, NULL), "bad is NULL", "no marks");
}

static void test_zingers(bool within_views)
{
    enum { VIEWS = 60, N = VIEWS * ROWS * COLUMNS };
    float *values = malloc(N * sizeof *values), *before = malloc(N * sizeof *before);
    const ptm_array a = PTM_ARRAY_3D(values, VIEWS, ROWS, COLUMNS);
    const ptm_zinger_options o = { PTM_SIZED(ptm_zinger_options), .threshold = 0.3, .within_views = within_views };
    const int at[3] = { 0, N / 2 + 20, N - 1 };
    uint64_t state = 5;
    int64_t replaced = -1;
    int touched = 0;
    double worst = 0;
    for (int i = 0; i < N; ++i) {
        const int k = i / PIXELS, u = i % COLUMNS;
        values[i] = (float)(1 + 0.5 * sin(0.1 * k + 0.05 * u) + 0.02 * normal(&state, random_number));
    }
    memcpy(before, values, N * sizeof *values);
    for (int i = 0; i < 3; ++i) values[at[i]] -= 0.9f;
    must(ptm_remove_zingers(context, &a, &o, &replaced));
    for (int i = 0; i < 3; ++i) worst = fmax(worst, fabs((double)values[at[i]] - (double)before[at[i]]));
    for (int i = 0; i < 3; ++i) values[at[i]] = before[at[i]];
    for (int i = 0; i < N; ++i) touched += values[i] != before[i];
    check(replaced == 3 && touched == 0, "zingers: %d are replaced, expected 3, and %d others changed", (int)replaced,
        touched);
    check_most(worst, 0.12, "zingers: how far their replacement is off");
    free(values);
    free(before);
}

static void test_zinger_errors(void)
{
    float values[12] = { 0 };
    const ptm_array a = PTM_ARRAY_3D(values, 3, 1, 4);
    ptm_zinger_options o = { PTM_SIZED(ptm_zinger_options), .threshold = 0 };
    refused(ptm_remove_zingers(context, &a, &o, NULL), "threshold is 0", "a threshold of 0");
    o.threshold = 1;
    o.size = 6;
    refused(ptm_remove_zingers(context, &a, &o, NULL), "size is 6", "an even square");
}

/* ------------------------------------------------------------------ single values and lines */

static void test_pointwise(void)
{
    enum { N = 2 * 3 * 10 };
    float values[N];
    double expected[N];
    const ptm_array a = PTM_ARRAY_3D(values, 2, 3, 10);
    const double c[3] = { 1.1, -0.2, 0.3 };
    for (int i = 0; i < N; ++i) {
        const double p = 0.05 * i;
        values[i] = (float)p;
        expected[i] = 1.1 * p - 0.2 * p * p + 0.3 * p * p * p;
    }
    must(ptm_correct_beam_hardening(context, &a, c, 3));
    check_most(largest(values, expected, N), 3e-6, "a polynomial");
    for (int i = 0; i < N; ++i) { /* a tenth of the beam comes from everywhere */
        expected[i] = 0.05 * i;
        values[i] = (float)-log(0.9 * exp(-expected[i]) + 0.1);
    }
    must(ptm_subtract_scatter(context, &a, 0.1));
    check_most(largest(values, expected, N), 2e-5, "scatter");
    for (int i = 0; i < N; ++i) {
        expected[i] = i % 10 < 3 || i % 10 > 7 ? 0 : 1;
        values[i] = (float)(expected[i] + 0.3 + 0.02 * (i % 10) + i / 10);
    }
    must(ptm_normalise_air(context, &a, 3, 2));
    check_most(largest(values, expected, N), 1e-6, "air on both sides");
    for (int i = 0; i < N; ++i) values[i] = (float)expected[i] + (float)(i / 10);
    must(ptm_normalise_air(context, &a, 0, 2));
    check_most(largest(values, expected, N), 1e-6, "air on one side");
    for (int i = 0; i < N; ++i) {
        values[i] = (float)(0.0005 + 0.0195 * i / 20);
        expected[i] = 50.0 * i - 1000;
    }
    must(ptm_hounsfield(context, &a, 0.02, 0.0005));
    check_most(largest(values, expected, N), 2e-3, "Hounsfield units");
    refused(ptm_hounsfield(context, &a, 0.02, 0.02), "mu_water is 0.02", "water as air");
    refused(ptm_subtract_scatter(context, &a, 1), "fraction is 1", "nothing but scatter");
    refused(ptm_normalise_air(context, &a, 6, 5), "6 columns on the left", "more air than columns");
    refused(ptm_correct_beam_hardening(context, &a, c, 0), "count is 0", "no coefficients");
    refused(ptm_correct_beam_hardening(context, &a, (double[]){ 1, (double)INFINITY }, 2), "coefficients[1]",
        "an infinite coefficient");
}

/* Straight lines, and multiples of a prior, come back exactly. */
static void test_trace(void)
{
    enum { N = 2 * 2 * 12 };
    float values[N], trace[N], prior[N];
    double expected[N];
    const ptm_array a = PTM_ARRAY_3D(values, 2, 2, 12), t = PTM_ARRAY_3D(trace, 2, 2, 12),
        p = PTM_ARRAY_3D(prior, 2, 2, 12);
    for (int with = 0; with < 2; ++with) {
        for (int i = 0; i < N; ++i) {
            const int u = i % 12;
            prior[i] = (float)(2 + sin(u));
            trace[i] = u >= 4 && u < 8 ? 0.5f : 0;
            expected[i] = with ? (1 + 0.1 * u) * (double)prior[i] : 1 + 0.1 * u;
            values[i] = trace[i] > 0 ? 77 : (float)expected[i];
        }
        must(ptm_interpolate_trace(context, &a, &t, with ? &p : NULL));
        check_most(largest(values, expected, N), 1e-6, with ? "a trace by a prior" : "a trace");
    }
    for (int i = 0; i < N; ++i) {
        trace[i] = i % 12 < 3 || i >= 36 ? 1 : 0;
        values[i] = (float)(i / 12 * 10 + i % 12);
        expected[i] = i >= 36 ? (double)values[i] : i / 12 * 10 + (i % 12 < 3 ? 3 : i % 12);
    }
    must(ptm_interpolate_trace(context, &a, &t, NULL));
    check_most(largest(values, expected, N), 0, "a trace at the edge, and all of a line");
    const ptm_array small = PTM_ARRAY_3D(trace, 2, 1, 12);
    refused(ptm_interpolate_trace(context, &a, &small, NULL), "trace is (2, 1, 12)", "a trace of another shape");
}

/* ------------------------------------------------------------------ alignment */

enum { PICTURES = 3, HEIGHT = 40, WIDTH = 56 };
static const double moves[PICTURES][2] = { { 2.3, -1.6 }, { 0, 0.5 }, { -3.75, 0 } };

/* Two smooth spots, other ones in each view; x and y in the width of a column, from the middle. */
static double spots(int view, double x, double y)
{
    const double a = x - 4 * view + 3, b = y + 2, c = x + 9, d = y - 5 + view;
    return exp(-(a * a + b * b) / 30) + 0.6 * exp(-(c * c + d * d) / 40);
}

/* What a detector sees that leans, of pictures that are not in their places. */
static void see(float *values, double lean, double aspect)
{
    for (int i = 0; i < PICTURES * HEIGHT * WIDTH; ++i) {
        const int view = i / (HEIGHT * WIDTH);
        const double u = i % WIDTH - 0.5 * (WIDTH - 1) - moves[view][0],
                     v = (i / WIDTH % HEIGHT - 0.5 * (HEIGHT - 1) - moves[view][1]) * aspect;
        values[i] = (float)spots(view, u * cos(lean) - v * sin(lean), u * sin(lean) + v * cos(lean));
    }
}

static void test_alignment(double lean, double aspect)
{
    enum { COUNT = PICTURES * HEIGHT * WIDTH, FIRST = 8, SOME = 30 };
    float *values = malloc(COUNT * sizeof *values), *part = malloc(COUNT * sizeof *part);
    double *expected = malloc(COUNT * sizeof *expected);
    const ptm_array all = PTM_ARRAY_3D(values, PICTURES, HEIGHT, WIDTH);
    ptm_array some = PTM_ARRAY_3D(part + FIRST * WIDTH, PICTURES, SOME, WIDTH);
    some.stride[0] = HEIGHT * WIDTH;
    some.stride[1] = WIDTH;
    some.stride[2] = 1;
    ptm_align_options o = { PTM_SIZED(ptm_align_options), .shifts = moves, .lean = lean, .aspect = aspect };
    see(values, lean, aspect);
    for (int i = 0; i < COUNT; ++i)
        expected[i] = spots(i / (HEIGHT * WIDTH), i % WIDTH - 0.5 * (WIDTH - 1),
            (i / WIDTH % HEIGHT - 0.5 * (HEIGHT - 1)) * aspect);
    memcpy(part, values, COUNT * sizeof *part);
    const double before = largest(values, expected, COUNT);
    must(ptm_align(context, &all, &o));
    check(before > 0.1, "alignment: views were off by %g", before);
    check_most(largest(values, expected, COUNT), 4e-3, "alignment: of spots that were turned and shifted");
    o.middle = 0.5 * HEIGHT - FIRST - 0.5 * SOME;
    must(ptm_align(context, &some, &o));
    double worst = 0;
    for (int i = 0; i < COUNT; ++i)
        if (abs(i / WIDTH % HEIGHT - FIRST - SOME / 2) < 3)
            worst = fmax(worst, fabs((double)values[i] - (double)part[i]));
    check_most(worst, 1e-6, "alignment: rows in the middle of some rows");
    free(values);
    free(part);
    free(expected);
}

static void test_alignment_exactly(void)
{
    float values[2 * 3 * 5], before[2 * 3 * 5];
    const ptm_array a = PTM_ARRAY_3D(values, 2, 3, 5);
    for (int i = 0; i < 30; ++i) values[i] = before[i] = (float)(i * i % 17);
    must(ptm_align(context, &a,
        &(ptm_align_options) { PTM_SIZED(ptm_align_options), .shifts = (const double[2][2]) { { 2, -1 }, { 0, 0 } } }));
    for (int i = 0; i < 15; ++i) {
        const int column = i % 5 < 3 ? i % 5 + 2 : 4, row = i / 5 > 0 ? i / 5 - 1 : 0;
        check(values[i] == before[5 * row + column] && values[15 + i] == before[15 + i],
            "alignment: whole pixels, value %d: %g and %g", i, (double)values[i], (double)values[15 + i]);
    }
    refused(ptm_align(context, &a,
                &(ptm_align_options) { PTM_SIZED(ptm_align_options),
                    .shifts = (const double[2][2]) { { 0, 0 }, { 0, (double)NAN } } }),
        "shifts[1][1]", "alignment by no number");
    refused(ptm_align(context, &a, &(ptm_align_options) { PTM_SIZED(ptm_align_options), .lean = 0.8 }), "lean is 0.8",
        "alignment of a detector that lies down");
    refused(ptm_align(context, &a, &(ptm_align_options) { PTM_SIZED(ptm_align_options), .aspect = -1 }), "aspect is -1",
        "alignment of pixels of no height");
    refused(ptm_align(context, &a, &(ptm_align_options) { PTM_SIZED(ptm_align_options), .middle = (double)INFINITY }),
        "middle is inf", "alignment about no row");
}

/* ------------------------------------------------------------------ phase */

static void test_phase(ptm_device *device, bool generalised, int rows)
{
    enum { N0 = 48, N1 = 61 };
    const double energy = 20, distance = 150, ratio = 400, pixel[2] = { 0.002, 0.003 };
    const double alpha = distance * ratio * 1.239841984e-6 / energy / (4 * PI);
    float values[2 * N0 * N1];
    double expected[2 * N0 * N1];
    const ptm_array a = PTM_ARRAY_3D(values, 2, rows, N1);
    for (int i = 0; i < 2 * rows * N1; ++i) {
        const int m = i / (rows * N1) ? 5 : 2, row = i / N1 % rows, u = i % N1;
        const double fu = PI * m / N1, fv = rows > 1 ? PI * 3 / rows : 0; /* radians in a pixel */
        const double k2 = generalised ? 2 * (1 - cos(fu)) / (pixel[0] * pixel[0]) + 2 *
            (1 - cos(fv)) / (pixel[1] * pixel[1])
                                      : fu * fu / (pixel[0] * pixel[0]) + fv * fv / (pixel[1] * pixel[1]);
        const double wave = cos(fu * (u + 0.5)) * cos(fv * (row + 0.5));
        expected[i] = -log(0.6 + 0.06 * wave);
        values[i] = (float)-log(0.6 + 0.06 * (1 + alpha * k2) * wave);
    }
    must(ptm_retrieve_phase(device, &a, &(ptm_phase_options){ PTM_SIZED(ptm_phase_options), .energy = energy,
        .distance = distance,
        .delta_beta = ratio, .pixel = { pixel[0], pixel[1] }, .generalised = generalised }));
    check_most(largest(values, expected, 2 * rows * N1), 3e-5, rows > 1 ? "phase of a view" : "phase of a row");
}

static void test_phase_errors(ptm_device *device)
{
    float values[24] = { 0 };
    const ptm_array a = PTM_ARRAY_3D(values, 2, 3, 4);
    ptm_phase_options o = { PTM_SIZED(ptm_phase_options) };
    refused(ptm_retrieve_phase(device, &a, &o), "neither", "phase without a distance");
    o.alpha = 1;
    o.energy = 20;
    refused(ptm_retrieve_phase(device, &a, &o), "both", "phase by alpha and energy");
    o.energy = 0;
    o.alpha = -1;
    refused(ptm_retrieve_phase(device, &a, &o), "alpha is -1", "a negative alpha");
    o = (ptm_phase_options){ PTM_SIZED(ptm_phase_options), .energy = 20, .distance = 100 };
    refused(ptm_retrieve_phase(device, &a, &o), "delta_beta 0", "phase without delta / beta");
    o.delta_beta = 100;
    o.pixel[0] = -1;
    refused(ptm_retrieve_phase(device, &a, &o), "pixel[0]", "a negative pixel");
}

/* ------------------------------------------------------------------ arrays and threads */

static void test_arrays(void)
{
    float values[24] = { 0 };
    double number;
    const double one = 1;
    ptm_array a = PTM_ARRAY_3D(values, 2, 3, 4);
    refused(ptm_correct_beam_hardening(NULL, &a, &one, 1), "context is NULL", "no context");
    refused(ptm_correct_beam_hardening(context, NULL, &one, 1), "projections is NULL", "no array");
    a.shape[1] = 0;
    refused(ptm_correct_beam_hardening(context, &a, &one, 1), "shape[1] is 0", "an empty array");
    a.shape[1] = 3;
    a.dimensions = 2;
    refused(ptm_correct_beam_hardening(context, &a, &one, 1), "2 dimensions", "an array of two axes");
    a.dimensions = 3;
    memcpy(a.stride, (int64_t[]){ 12, 1, 3 }, 3 * sizeof *a.stride);
    refused(ptm_correct_beam_hardening(context, &a, &one, 1), "stride[2] is 3", "columns apart");
    memset(a.stride, 0, sizeof a.stride);
    const ptm_chunk chunks[2] = { { .length = 1, .data = values }, { .length = 1, .data = values + 12 } };
    a.data = NULL;
    a.chunks = chunks;
    a.chunk_count = 2;
    refused(ptm_correct_beam_hardening(context, &a, &one, 1), "not one block", "an array in chunks");
    a.chunks = NULL;
    a.data = &number;
    a.type = PTM_FLOAT64;
    refused(ptm_correct_beam_hardening(context, &a, &one, 1), "float64", "an array of another type");
}

/* All that there is, on one array. */
static void correct_all(float *values, int threads)
{
    enum { VIEWS = 40 };
    ptm_context *own;
    ptm_device *device;
    uint8_t bad[PIXELS] = { 0 };
    float flat[PIXELS];
    const ptm_array a = PTM_ARRAY_3D(values, VIEWS, ROWS, COLUMNS);
    bad[777] = 1;
    for (int i = 0; i < PIXELS; ++i) flat[i] = 1;
    must(ptm_context_create(&own, &(ptm_context_options){ PTM_SIZED(ptm_context_options), .threads = threads }));
    must(ptm_device_open(&device, own, "host"));
    must(ptm_line_integrals(own, &a, &(ptm_counts_options){ PTM_SIZED(ptm_counts_options), .flats = flat,
        .flat_count = 1 }, NULL));
    must(ptm_replace_pixels(own, &a, bad));
    must(ptm_remove_zingers(own, &a, &(ptm_zinger_options){ PTM_SIZED(ptm_zinger_options), .threshold = 0.1 }, NULL));
    must(ptm_normalise_air(own, &a, 2, 2));
    must(ptm_subtract_scatter(own, &a, 0.05));
    for (int m = PTM_RINGS_SORTING; m <= PTM_RINGS_WAVELET; ++m)
        must(ptm_remove_rings(own, &a, &(ptm_ring_options){ PTM_SIZED(ptm_ring_options), .method = (ptm_ring_method)m }));
    must(ptm_retrieve_phase(device, &a, &(ptm_phase_options){ PTM_SIZED(ptm_phase_options), .alpha = 3 }));
    must(ptm_correct_beam_hardening(own, &a, (double[]){ 1, 0.1 }, 2));
    ptm_device_close(&device);
    ptm_context_destroy(&own);
}

static void test_threads(void)
{
    enum { N = 40 * PIXELS };
    float *one = malloc(N * sizeof *one), *three = malloc(N * sizeof *three);
    uint64_t state = 11;
    for (int i = 0; i < N; ++i) one[i] = three[i] = (float)(0.5 + 0.3 * random_number(&state));
    correct_all(one, 1);
    correct_all(three, 3);
    check(memcmp(one, three, N * sizeof *one) == 0, "one thread and three give the same bits");
    check(isfinite(one[N / 2]) && one[N / 2] != 0.5f, "and something");
    free(one);
    free(three);
}

static void test_device(ptm_device *device, const char *name)
{
    (void)name;
    for (int generalised = 0; generalised < 2; ++generalised) {
        test_phase(device, generalised, 48);
        test_phase(device, generalised, 1);
    }
    test_phase_errors(device);
}

int main(int argc, char **argv)
{
    must(ptm_context_create(&context, NULL));
    test_counts();
    test_logarithm();
    test_fading_beam();
    test_bad_pixels();
    test_replacement();
    test_zingers(false);
    test_zingers(true);
    test_zinger_errors();
    test_pointwise();
    test_trace();
    test_alignment(0.1, 1);
    test_alignment(-0.07, 1.5);
    test_alignment_exactly();
    test_arrays();
    test_threads();
    for_each_device(argc, argv, test_device);
    ptm_context_destroy(&context);
    return finish();
}
