/* test_axis.c - the rotation axis of exact sinograms, with noise and without, by every method; and the detector's lean.
 *
 * usage: test_axis [DEVICE...] */
#include "check.h"
#include "sinograms.h"

#define PI 3.14159265358979323846

enum { COLUMNS = 181, VIEWS = 240 };
static ptm_context *context;
static const char *const names[] = { "auto", "sharpness", "phase", "overlap", "vo" };

/* counts of so many photons; 0: no noise */
static void add_noise(float *values, size_t count, double photons)
{
    uint64_t state = 7;
    for (size_t i = 0; i < count && photons > 0; ++i) {
        const double expected = photons * exp(-(double)values[i]);
        const double seen = expected + sqrt(expected) * normal(&state, random_number);
        values[i] = (float)-log(fmax(seen, 1) / photons);
    }
}

typedef struct scan_case {
    const char *what;
    double range, axis, radius, photons;
    int views, rows;
} scan_case;

static void make_case(float *values, double *angles, const scan_case *c)
{
    float *row = malloc((size_t)c->views * COLUMNS * sizeof *row);
    make_sinogram(row, c->views, COLUMNS, c->range, c->axis, c->radius);
    for (int k = 0; k < c->views; ++k) {
        angles[k] = c->range * k / c->views;
        for (int j = 0; j < c->rows; ++j)
            memcpy(values + (size_t)(k * c->rows + j) * COLUMNS, row + (size_t)k * COLUMNS, COLUMNS * sizeof *row);
    }
    add_noise(values, (size_t)(c->views * c->rows) * COLUMNS, c->photons);
    free(row);
}

static void expect_axis(ptm_device *device, const scan_case *c, ptm_axis_method method, double limit)
{
    char what[160];
    float *values = malloc((size_t)(c->views * c->rows) * COLUMNS * sizeof *values);
    double *angles = malloc((size_t)c->views * sizeof *angles), column = 0;
    make_case(values, angles, c);
    const ptm_array projections = PTM_ARRAY_3D(values, c->views, c->rows, COLUMNS);
    const int status = ptm_find_rotation_axis(&column, device, &projections, angles,
        &(ptm_axis_options){ PTM_SIZED(ptm_axis_options), .method = method });
    snprintf(what, sizeof what, "axis by %s, %s, %g photons: %.3f for %g %s", names[method], c->what, c->photons, column,
        c->axis,
        status ? ptm_error_message() : "");
    check_most(status ? (double)INFINITY : fabs(column - c->axis), limit, what);
    free(values);
    free(angles);
}

static void test_methods(ptm_device *device)
{
    const scan_case half = { "a half turn", PI, 94.3, 80, 0, VIEWS, 1 },
        full = { "a full turn", 2 * PI, 83.6, 76, 0, 2 * VIEWS, 1 };
    const scan_case odd = { "a full turn of an odd number of views", 2 * PI, 92.25, 80, 0, 2 * VIEWS + 1, 1 };
    expect_axis(device, &(scan_case){ "a half turn of few views", PI, 94.3, 80, 0, 36, 1 }, PTM_AXIS_OVERLAP, 0.25);
    expect_axis(device, &(scan_case){ "a dim half turn", PI, 94.3, 76, 300, VIEWS, 1 }, PTM_AXIS_OVERLAP, 1);
    for (int noise = 0; noise < 2; ++noise) {
        scan_case h = half, f = full, o = odd;
        h.photons = f.photons = o.photons = noise ? 20000 : 0;
        const double limit = noise ? 0.25 : 0.1;
        expect_axis(device, &h, PTM_AXIS_AUTO, limit);
        expect_axis(device, &h, PTM_AXIS_SHARPNESS, limit);
        expect_axis(device, &h, PTM_AXIS_VO, 0.04);
        expect_axis(device, &h, PTM_AXIS_OVERLAP, 0.25);
        expect_axis(device, &h, PTM_AXIS_PHASE, 0.25);
        for (int m = PTM_AXIS_AUTO; m <= PTM_AXIS_VO; ++m) expect_axis(device, &f, (ptm_axis_method)m, limit);
        expect_axis(device, &o, PTM_AXIS_OVERLAP, limit);
        expect_axis(device, &o, PTM_AXIS_PHASE, limit);
    }
}

/* A detector that sees a little more than half of the object. */
static void test_offset(ptm_device *device)
{
    const scan_case dim = { "a full turn", 2 * PI, 83.6, 76, 1000, 2 * VIEWS, 1 };
    expect_axis(device, &dim, PTM_AXIS_AUTO, 0.1);
    expect_axis(device, &dim, PTM_AXIS_PHASE, 0.1);
    for (int noise = 0; noise < 2; ++noise) {
        const scan_case right = { "half a detector", 2 * PI, 160.4, 150, noise ? 2000 : 0, 2 * VIEWS, 1 };
        const scan_case left = { "the other half", 2 * PI, 17.8, 150, noise ? 2000 : 0, 2 * VIEWS, 1 };
        expect_axis(device, &right, PTM_AXIS_AUTO, noise ? 0.25 : 0.1);
        expect_axis(device, &left, PTM_AXIS_OVERLAP, noise ? 0.25 : 0.1);
    }
}

/* Rows of their own axes. */
static void test_tilt(ptm_device *device)
{
    enum { ROWS = 24 };
    const double slope = 0.05, column = 88.7;
    float *values = malloc((size_t)2 * VIEWS * ROWS * COLUMNS * sizeof *values),
        *row = malloc((size_t)2 * VIEWS * COLUMNS * sizeof *row);
    double angles[2 * VIEWS];
    ptm_tilt tilt;
    for (int j = 0; j < ROWS; ++j) {
        make_sinogram(row, 2 * VIEWS, COLUMNS, 2 * PI, column + slope * (j - 0.5 * (ROWS - 1)), 76);
        for (int k = 0; k < 2 * VIEWS; ++k)
            memcpy(values + (size_t)(k * ROWS + j) * COLUMNS, row + (size_t)k * COLUMNS, COLUMNS * sizeof *row);
    }
    for (int k = 0; k < 2 * VIEWS; ++k) angles[k] = PI * k / VIEWS;
    add_noise(values, (size_t)2 * VIEWS * ROWS * COLUMNS, 2000);
    for (int k = 0; k < 2 * VIEWS; ++k) /* two rows that show nothing of use */
        for (int u = 0; u < 2 * COLUMNS; ++u) values[(size_t)(k * ROWS + 4) * COLUMNS + (size_t)u] = 0;
    const ptm_array projections = PTM_ARRAY_3D(values, 2 * VIEWS, ROWS, COLUMNS);
    must(ptm_find_tilt(&tilt, device, &projections, angles, 1));
    check_most(fabs(tilt.slope - slope), 0.005, "the detector's lean, columns for each row");
    check_most(fabs(tilt.column - column), 0.1, "the axis in the middle of a leaning detector");
    check_most(tilt.deviation, 0.1, "the rows' deviation from a straight line");
    free(values);
    free(row);
}

static void refused(int status, const char *word, const char *what)
{
    check(status == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), word), "%s: %d %s", what, status,
        ptm_error_message());
}

/* Views of four spots of different heights on a detector that leans, with pixels 1.25 times as high as wide. */
static void test_turned(ptm_device *device)
{
    enum { ROWS = 64, WIDE = 96, STEPS = 60, SPOTS = 4 };
    static const double spots[SPOTS][3] = { { 20, 5, -16 }, { -24, 10, 12 }, { 6, -20, 22 }, { -9, -12, -28 } };
    const double lean = 0.06, aspect = 1.25, column = 45.3;
    float *values = malloc((size_t)STEPS * ROWS * WIDE * sizeof *values);
    double angles[STEPS];
    ptm_tilt tilt;
    for (int k = 0; k < STEPS; ++k) angles[k] = PI * k / STEPS;
    for (int i = 0; i < STEPS * ROWS * WIDE; ++i) {
        const double u = i % WIDE - column, v = (i / WIDE % ROWS - 0.5 * (ROWS - 1)) * aspect;
        const double t = angles[i / (ROWS * WIDE)];
        const double x = u * cos(lean) - v * sin(lean), z = u * sin(lean) + v * cos(lean);
        double sum = 0;
        for (int k = 0; k < SPOTS; ++k) {
            const double a = x - spots[k][0] * cos(t) - spots[k][1] * sin(t), b = z - spots[k][2];
            sum += exp(-(a * a + b * b) / 72);
        }
        values[i] = (float)sum;
    }
    const ptm_array projections = PTM_ARRAY_3D(values, STEPS, ROWS, WIDE);
    must(ptm_find_tilt(&tilt, device, &projections, angles, aspect));
    check_most(fabs(tilt.slope / aspect - tan(lean)), 0.002, "the lean of a detector that was turned");
    check_most(fabs(tilt.column - column), 0.1, "the axis in the middle of a turned detector");
    ptm_tilt same = tilt;
    refused(ptm_find_tilt(&tilt, device, &projections, angles, (double)NAN), "aspect is nan", "pixels of no height");
    check(memcmp(&same, &tilt, sizeof tilt) == 0, "nothing is told after an error");
    free(values);
}

static void test_errors(ptm_device *device)
{
    static float values[40 * 32];
    double angles[40], column = -1;
    ptm_array p = PTM_ARRAY_3D(values, 40, 1, 32);
    ptm_axis_options o = { PTM_SIZED(ptm_axis_options), .method = PTM_AXIS_OVERLAP };
    for (int i = 0; i < 40; ++i) angles[i] = 0.01 * i;
    refused(ptm_find_rotation_axis(&column, device, &p, angles, &o), "opposite", "views of a quarter of a turn");
    o.method = PTM_AXIS_PHASE;
    refused(ptm_find_rotation_axis(&column, device, &p, angles, &o), "opposite", "phases of a quarter of a turn");
    o.method = PTM_AXIS_VO;
    refused(ptm_find_rotation_axis(&column, device, &p, angles, &o), "half turn",
        "the double wedge of a quarter of a turn");
    for (int i = 0; i < 40; ++i) angles[i] = 1.1 * PI * i * i / 1521;
    refused(ptm_find_rotation_axis(&column, device, &p, angles, &o), "steps", "the double wedge of uneven angles");
    for (int i = 0; i < 40; ++i) angles[i] = 2 * PI * i / 40;
    o.method = PTM_AXIS_OVERLAP;
    refused(ptm_find_rotation_axis(&column, device, &p, angles, &o), "nothing in common", "views of nothing");
    o.method = PTM_AXIS_SHARPNESS;
    refused(ptm_find_rotation_axis(&column, device, &p, angles, &o), "adds up to 0", "the centre of mass of nothing");
    o.method = (ptm_axis_method)9;
    refused(ptm_find_rotation_axis(&column, device, &p, angles, &o), "method is 9", "a method that is none");
    o = (ptm_axis_options){ PTM_SIZED(ptm_axis_options), .from = 20, .to = 40 };
    refused(ptm_find_rotation_axis(&column, device, &p, angles, &o), "20 to 40", "a place outside the detector");
    angles[3] = (double)NAN;
    refused(ptm_find_rotation_axis(&column, device, &p, angles, NULL), "angles[3]", "an angle that is not a number");
    refused(ptm_find_rotation_axis(&column, device, &p, NULL, NULL), "angles is NULL", "no angles");
    p.type = PTM_FLOAT64;
    refused(ptm_find_rotation_axis(&column, device, &p, angles, NULL), "float64", "projections of another type");
    check(column == -1, "after errors the column is as it was");
}

static void test_device(ptm_device *device, const char *name)
{
    test_offset(device);
    if (strcmp(name, "host") == 0) test_tilt(device);
    if (strcmp(name, "host") == 0) test_turned(device);
    if (strcmp(name, "host") == 0 || ptm_device_get_info(device)->gpu) test_methods(device);
    else expect_axis(device, &(scan_case){ "a half turn", PI, 94.3, 80, 0, VIEWS, 1 }, PTM_AXIS_VO, 0.1);
    test_errors(device);
}

int main(int argc, char **argv)
{
    must(ptm_context_create(&context, NULL));
    for_each_device(argc, argv, test_device);
    ptm_context_destroy(&context);
    return finish();
}
