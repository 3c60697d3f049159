/* test_correct_faults.c - one allocation after the other fails within the corrections: a clean error, and nothing leaks. */
#include "../check.h"
#include "faults.h"

enum { VIEWS = 20, ROWS = 3, COLUMNS = 40, PIXELS = ROWS * COLUMNS, COUNT = VIEWS * PIXELS };
static ptm_context *context;
static ptm_device *device;
static double angles[VIEWS];
static float flats[5 * PIXELS];

static int counts(const ptm_array *p)
{
    return ptm_line_integrals(context, p,
        &(ptm_counts_options) { PTM_SIZED(ptm_counts_options), .flats = flats, .flat_count = 5, .darks = flats,
            .dark_count = 1, .median = true },
        NULL);
}
static int bad_pixels(const ptm_array *p)
{
    uint8_t bad[PIXELS];
    const int status = ptm_find_bad_pixels(bad, NULL, context, &(ptm_bad_pixel_options){ PTM_SIZED(ptm_bad_pixel_options),
        .flats = flats, .flat_count = 5, .rows = ROWS, .columns = COLUMNS });
    memset(bad, 0, sizeof bad);
    bad[30] = 1;
    return status ? status : ptm_replace_pixels(context, p, bad);
}
static int zingers(const ptm_array *p)
{
    return ptm_remove_zingers(context, p, &(ptm_zinger_options){ PTM_SIZED(ptm_zinger_options), .threshold = 0.1 }, NULL);
}
static int rings(const ptm_array *p)
{
    return ptm_remove_rings(context, p, NULL);
}
static int air(const ptm_array *p)
{
    return ptm_normalise_air(context, p, 2, 2);
}
static int phase(const ptm_array *p)
{
    return ptm_retrieve_phase(device, p, &(ptm_phase_options){ PTM_SIZED(ptm_phase_options), .alpha = 1 });
}
static int axis(const ptm_array *p)
{
    double column;
    int status = PTM_OK;
    for (int m = PTM_AXIS_AUTO; m <= PTM_AXIS_VO && !status; ++m)
        status = ptm_find_rotation_axis(&column, device, p, angles,
            &(ptm_axis_options){ PTM_SIZED(ptm_axis_options), .method = (ptm_axis_method)m });
    return status;
}
static int tilt(const ptm_array *p)
{
    ptm_tilt found;
    return ptm_find_tilt(&found, device, p, angles, 1);
}

static const struct { const char *name; int (*call)(const ptm_array *p); } calls[] = { { "counts", counts },
    { "bad pixels", bad_pixels }, { "zingers", zingers }, { "rings", rings }, { "air", air }, { "phase", phase },
    { "axis", axis }, { "tilt", tilt } };

/* An object off the axis, so that there is an axis to find. */
static void fill(float *values)
{
    for (int i = 0; i < COUNT; ++i) {
        const double from_axis = i % COLUMNS - 20.3 - 4 * cos(angles[i / PIXELS]);
        values[i] = (float)(exp(-0.2 * from_axis * from_axis));
    }
}

static bool fail(int k, long n, float *values)
{
    const ptm_array p = PTM_ARRAY_3D(values, VIEWS, ROWS, COLUMNS);
    const long alive = fault_alive();
    fill(values);
    fault_arm(FAULT_MEMORY, n, false);
    const int status = calls[k].call(&p);
    const bool reached = fault_disarm();
    const bool made_up_for = reached && status == PTM_OK; /* by operators, which then do without */
    check(made_up_for || status == (reached ? PTM_ERROR_MEMORY : PTM_OK), "%s, allocation %ld: %d %s", calls[k].name, n,
        status, status ? ptm_error_message() : "");
    check(fault_alive() == alive, "%s, allocation %ld fails: %ld things are left", calls[k].name, n, fault_alive() - alive);
    return reached;
}

int main(void)
{
    static float values[COUNT];
    for (int k = 0; k < VIEWS; ++k) angles[k] = 6.283185307179586 * k / VIEWS;
    for (int i = 0; i < 5 * PIXELS; ++i) flats[i] = (float)(1000 + i % 7);
    must(ptm_context_create(&context, NULL));
    must(ptm_device_open(&device, context, "host"));
    for (int k = 0; k < (int)(sizeof calls / sizeof *calls); ++k) {
        const ptm_array p = PTM_ARRAY_3D(values, VIEWS, ROWS, COLUMNS);
        long n = 0;
        fill(values);
        must(calls[k].call(&p)); /* what the device keeps is no leak */
        while (fail(k, n, values)) n++;
        check(n > 0, "%s: %ld allocations", calls[k].name, n);
    }
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return finish();
}
