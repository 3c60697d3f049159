/* test_corrections.c - the program's corrections: each option does what the library's function does, in the right place.
 * Usage: test_corrections POLYTOME */
#include "program.h"

#include "../sinograms.h"

#include <unistd.h>

#define PI 3.14159265358979323846

enum { VIEWS = 60, ROWS = 4, COLUMNS = 48, COUNT = VIEWS * ROWS * COLUMNS };
static ptm_context *context;
static ptm_device *device;

/* Line integrals of an object that is a little smaller from row to row. */
static void make_projections(float *values, double axis)
{
    for (int k = 0; k < VIEWS; ++k)
        for (int j = 0; j < ROWS; ++j)
            for (int u = 0; u < COLUMNS; ++u)
                values[(k * ROWS + j) * COLUMNS + u] = (float)pixel_value(PI * k / VIEWS, u - axis, 20 - j, 1.5);
}

static void compare(const char *a, const char *b, double limit, const char *what)
{
    check_most(file_difference(a, b), limit, what);
}

/* ------------------------------------------------------------------ options and functions */

static void harden(const ptm_array *p)
{
    must(ptm_correct_beam_hardening(context, p, (double[]){ 1, 0.2, -0.01 }, 3));
}
static void scatter(const ptm_array *p)
{
    must(ptm_subtract_scatter(context, p, 0.05));
}
static void air(const ptm_array *p)
{
    must(ptm_normalise_air(context, p, 3, 2));
}
static void zingers(const ptm_array *p)
{
    must(ptm_remove_zingers(context, p, &(ptm_zinger_options){ PTM_SIZED(ptm_zinger_options), .threshold = 0.2 }, NULL));
}
static void sorting(const ptm_array *p)
{
    must(ptm_remove_rings(context, p,
        &(ptm_ring_options){ PTM_SIZED(ptm_ring_options), .method = PTM_RINGS_SORTING, .size = 9 }));
}
static void wavelet(const ptm_array *p)
{
    must(ptm_remove_rings(context, p,
        &(ptm_ring_options){ PTM_SIZED(ptm_ring_options), .method = PTM_RINGS_WAVELET, .sigma = 1.5 }));
}
static void combined(const ptm_array *p)
{
    must(ptm_remove_rings(context, p, &(ptm_ring_options){ PTM_SIZED(ptm_ring_options), .method = PTM_RINGS_COMBINED }));
}
static void phase(const ptm_array *p)
{
    must(ptm_retrieve_phase(device, p, &(ptm_phase_options){ PTM_SIZED(ptm_phase_options), .energy = 20, .distance = 50,
        .delta_beta = 500, .pixel = { 0.002, 0.002 } }));
}
static void lean(const ptm_array *p)
{
    must(ptm_align(context, p, &(ptm_align_options){ PTM_SIZED(ptm_align_options), .lean = 3 * PI / 180 }));
}
static void several(const ptm_array *p)
{
    zingers(p);
    scatter(p);
    sorting(p);
    harden(p);
}

static void test_options(void)
{
    static const struct { const char *option; void (*correct)(const ptm_array *p); } all[] = {
        { "--beam-hardening 1,0.2,-0.01", harden }, { "--scatter 0.05", scatter }, { "--air 3:2", air },
        { "--zingers 0.2", zingers }, { "--rings sorting:9", sorting }, { "--rings wavelet:1.5", wavelet },
        { "--rings combined", combined }, { "--paganin 20:50:500", phase }, { "--lean 3", lean },
        { "--beam-hardening 1,0.2,-0.01 --rings sorting:9 --scatter 0.05 --zingers 0.2", several } };
    float *values = malloc(COUNT * sizeof *values);
    const ptm_array p = PTM_ARRAY_3D(values, VIEWS, ROWS, COLUMNS);
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) {
        make_projections(values, 23.5);
        for (int k = 0; k < COUNT; ++k) /* air that is not quite 0, a stripe, and one zinger */
            values[k] += k % (ROWS * COLUMNS) == 20 ? 0.12f : 0.02f;
        values[30 * ROWS * COLUMNS + COLUMNS + 30] -= 0.8f;
        save("p.npy", values, 3, VIEWS, ROWS, COLUMNS);
        all[i].correct(&p);
        save("q.npy", values, 3, VIEWS, ROWS, COLUMNS);
        run_well("reconstruct %s --pixel 0.002 %s --output %s", in_folder("p.npy"), all[i].option, in_folder("x.npy"));
        run_well("reconstruct %s --pixel 0.002 --output %s", in_folder("q.npy"), in_folder("y.npy"));
        compare("x.npy", "y.npy", 1e-6, all[i].option);
        run_well("reconstruct %s --pixel 0.002 --output %s", in_folder("p.npy"), in_folder("z.npy"));
        check(file_difference("x.npy", "z.npy") > 1e-3, "%s makes a difference", all[i].option);
        run_well(
            "reconstruct %s --pixel 0.002 %s --slice 2 --output %s", in_folder("p.npy"), all[i].option, in_folder("s.npy"));
        run_well("reconstruct %s --pixel 0.002 --slice 2 --output %s", in_folder("q.npy"), in_folder("t.npy"));
        compare("s.npy", "t.npy", 1e-6, "a slice of it");
    }
    free(values);
    clear_folder();
}

/* ------------------------------------------------------------------ counts */

/* Counts of a beam that fades, with two flats before and two behind the scan; one pixel counts a third. */
static void save_counts(const float *values, int broken)
{
    float *counts = malloc(COUNT * sizeof *counts), flats[4 * ROWS * COLUMNS], bad[ROWS * COLUMNS] = { 0 };
    for (int i = 0; i < COUNT; ++i) {
        const int k = i / (ROWS * COLUMNS), pixel = i % (ROWS * COLUMNS);
        const double gain = (1 + 0.002 * (pixel % 7)) * (pixel == broken ? 0.3 : 1);
        counts[i] = (float)(gain * (20000 - 100 * k) * exp(-(double)values[i]));
    }
    for (int i = 0; i < 4 * ROWS * COLUMNS; ++i)
        flats[i] = (float)((1 + 0.002 * (i % (ROWS * COLUMNS) % 7)) *
                               (i / (2 * ROWS * COLUMNS) ? 20000 - 100 * VIEWS : 20000) +
                           (i / (ROWS * COLUMNS) % 2 ? 50 : -50));
    for (int k = 0; k < 4 && broken >= 0; ++k) flats[k * ROWS * COLUMNS + broken] *= 0.5f;
    if (broken >= 0) bad[broken] = 1;
    save("c.npy", counts, 3, VIEWS, ROWS, COLUMNS);
    save("f.npy", flats, 3, 4, ROWS, COLUMNS);
    save("b.npy", bad, 2, ROWS, COLUMNS, 0);
    free(counts);
}

static void test_counts(void)
{
    float *values = malloc(COUNT * sizeof *values);
    const int broken = COLUMNS + 25;
    make_projections(values, 23.5);
    save("p.npy", values, 3, VIEWS, ROWS, COLUMNS);
    run_well("reconstruct %s --output %s", in_folder("p.npy"), in_folder("x.npy"));
    save_counts(values, -1);
    run_well("reconstruct %s --flats %s --flats-at 0,60 --output %s", in_folder("c.npy"), in_folder("f.npy"),
        in_folder("y.npy"));
    compare("y.npy", "x.npy", 1e-5, "flats at the beginning and at the end of a fading beam");
    run_well("reconstruct %s --flats %s --output %s", in_folder("c.npy"), in_folder("f.npy"), in_folder("z.npy"));
    check(file_difference("z.npy", "x.npy") > 1e-2, "their mean does not know that it fades");
    run_well("reconstruct %s --views 1:60:2 --output %s", in_folder("p.npy"), in_folder("x.npy"));
    run_well("reconstruct %s --flats %s --flats-at 0,60 --views 1:60:2 --output %s", in_folder("c.npy"),
        in_folder("f.npy"), in_folder("y.npy"));
    compare("y.npy", "x.npy", 1e-5, "some of the views of a fading beam");
    save_counts(values, broken);
    const ptm_array p = PTM_ARRAY_3D(values, VIEWS, ROWS, COLUMNS);
    uint8_t bad[ROWS * COLUMNS] = { 0 };
    bad[broken] = 1;
    must(ptm_replace_pixels(context, &p, bad));
    save("q.npy", values, 3, VIEWS, ROWS, COLUMNS);
    run_well("reconstruct %s --output %s", in_folder("q.npy"), in_folder("x.npy"));
    for (int i = 0; i < 2; ++i) {
        run_well("reconstruct %s --flats %s --flats-at 0,60 --bad-pixels %s --output %s", in_folder("c.npy"),
            in_folder("f.npy"), i ? "auto" : in_folder("b.npy"), in_folder("y.npy"));
        compare("y.npy", "x.npy", 1e-5, i ? "a bad pixel that is found" : "a bad pixel that a file marks");
    }
    run_well("reconstruct %s --bad-pixels %s --output %s", in_folder("p.npy"), in_folder("b.npy"), in_folder("y.npy"));
    compare("y.npy", "x.npy", 1e-6, "a bad pixel of line integrals");
    free(values);
    clear_folder();
}

/* ------------------------------------------------------------------ alignment */

enum { TALL = 40 };

/* Views of an object that is wider further up, from a detector that leans, and that jump from one to the next. */
static void save_unsteady(double lean_by, const double (*jumps)[2])
{
    float *values = malloc(VIEWS * TALL * COLUMNS * sizeof *values);
    for (int i = 0; i < VIEWS * TALL * COLUMNS; ++i) {
        const int view = i / (TALL * COLUMNS);
        const double u = i % COLUMNS - 25 - jumps[view][0], v = i / COLUMNS % TALL - 19.5 - jumps[view][1];
        const double x = u * cos(lean_by) - v * sin(lean_by), z = u * sin(lean_by) + v * cos(lean_by);
        values[i] = (float)pixel_value(PI * view / VIEWS, x, 19 + 0.1 * z, 1.5);
    }
    save("u.npy", values, 3, VIEWS, TALL, COLUMNS);
    free(values);
}

static double number_after(const char *words)
{
    const char *at = strstr(program_err, words);
    return at ? atof(at + strlen(words)) : (double)NAN;
}

/* A list of shifts and a lean that is found, about, of views that are 3 degrees apart: views are where those of a steady
 * detector are. */
static void test_alignment(void)
{
    static const double none[VIEWS][2] = { { 0, 0 } };
    double jumps[VIEWS][2];
    char list[40 * VIEWS] = "# columns, rows\n";
    for (int i = 0; i < VIEWS; ++i) {
        for (int k = 0; k < 2; ++k) jumps[i][k] = i * (7 + 4 * k) % 13 * 0.25 - 1.5;
        snprintf(list + strlen(list), 40, "%g, %g\n", jumps[i][0], jumps[i][1]);
    }
    put_text("s.txt", list);
    save_unsteady(0, none);
    run_well("reconstruct %s --centre 25 --slice 20 --output %s", in_folder("u.npy"), in_folder("x.npy"));
    save_unsteady(0, jumps);
    run_well("reconstruct %s --centre 25 --slice 20 --output %s", in_folder("u.npy"), in_folder("y.npy"));
    check(file_difference("y.npy", "x.npy") > 0.2, "views that jump do harm");
    check(run("reconstruct %s --shifts %s --centre auto --slice 20 --output %s", in_folder("u.npy"), in_folder("s.txt"),
              in_folder("z.npy")) == 0 &&
              fabs(number_after("axis at column ") - 25) < 0.1,
        "shifts are taken back before the axis is found: %s", program_err);
    run_well("reconstruct %s --shifts %s --centre 25 --slice 20 --overwrite --output %s", in_folder("u.npy"),
        in_folder("s.txt"), in_folder("z.npy"));
    compare("z.npy", "x.npy", 0.1, "shifts");
    run_well("reconstruct %s --shifts %s --centre 25 --slice 20 --memory 400M --output %s", in_folder("u.npy"),
        in_folder("s.txt"), in_folder("m.npy"));
    compare("m.npy", "z.npy", 1e-6, "shifts within a bound of memory");
    save_unsteady(0.05, none);
    check(run("reconstruct %s --lean auto --centre auto --slice 20 --overwrite --output %s", in_folder("u.npy"),
              in_folder("z.npy")) == 0 &&
              fabs(number_after("leans by ") - 0.05 * 180 / PI) < 0.6 &&
              fabs(number_after("axis at column ") - 25) < 0.1,
        "a lean is found, and the axis after it: %s", program_err);
    check(run("reconstruct %s --lean 50 --output %s", in_folder("u.npy"), in_folder("w.npy")) == 2, "a lean of 50 degrees");
    check(run("reconstruct %s --cone --sod 100 --sdd 200 --lean auto --output %s", in_folder("u.npy"),
              in_folder("w.npy")) == 2 && strstr(program_err, "parallel"), "the lean of a cone: %s", program_err);
    put_text("s.txt", "1 2\n3\n");
    check(run("reconstruct %s --shifts %s --output %s", in_folder("u.npy"), in_folder("s.txt"), in_folder("w.npy")) == 3 &&
              strstr(program_err, "2 for each"), "three shifts: %s", program_err);
    put_text("s.txt", "1 2\n3 4\n");
    check(run("reconstruct %s --shifts %s --output %s", in_folder("u.npy"), in_folder("s.txt"), in_folder("w.npy")) == 3 &&
              strstr(program_err, "shifts of 2 views"), "shifts of two views: %s", program_err);
    clear_folder();
}

/* ------------------------------------------------------------------ volumes, metal, the axis */

static void test_hounsfield(void)
{
    float *values = malloc(COUNT * sizeof *values);
    make_projections(values, 23.5);
    save("p.npy", values, 3, VIEWS, ROWS, COLUMNS);
    run_well("reconstruct %s --output %s", in_folder("p.npy"), in_folder("x.npy"));
    run_well("reconstruct %s --hounsfield 0.02:0.001 --output %s", in_folder("p.npy"), in_folder("y.npy"));
    ptm_io_array mu = load("x.npy"), hu = load("y.npy");
    double worst = 0;
    for (int64_t i = 0; i < ptm_io_array_count(&mu); ++i)
        worst = fmax(worst, fabs((double)((float *)hu.data)[i] - 1000 * ((double)((float *)mu.data)[i] - 0.02) / 0.019));
    check_most(worst, 0.01, "Hounsfield units");
    ptm_io_array_free(&mu);
    ptm_io_array_free(&hu);
    free(values);
    clear_folder();
}

/* Root mean square of the difference where neither is metal. */
static double difference_beside(const char *a, const char *b, double metal)
{
    ptm_io_array x = load(a), y = load(b);
    double sum = 0;
    int count = 0;
    for (int64_t i = 0; i < ptm_io_array_count(&x); ++i) {
        const double p = (double)((float *)x.data)[i], q = (double)((float *)y.data)[i];
        if (p > metal || q > metal) continue;
        sum += (p - q) * (p - q);
        count++;
    }
    ptm_io_array_free(&x);
    ptm_io_array_free(&y);
    return sqrt(sum / count);
}

/* Two pins that let almost nothing through: the detector sees no more than exp(-4). */
static void test_metal(void)
{
    enum { N = 96, M = 90 };
    static const ellipse pins[2] = { { 0.5, 0.2, 0.06, 0.06, 0, 60 }, { -0.5, -0.2, 0.06, 0.06, 0, 60 } };
    float *without = malloc(M * N * sizeof *without), *with = malloc(M * N * sizeof *with);
    make_sinogram(without, M, N, PI, 47.5, 42);
    for (int i = 0; i < M * N; ++i) {
        double metal = 0;
        for (int k = 0; k < 2; ++k) metal += 0.75 * line_integral(&pins[k], PI * (i / N) / M, (i % N - 47.5) / 42);
        with[i] = (float)fmin((double)without[i] + metal, 4);
    }
    save("without.npy", without, 3, M, 1, N);
    save("with.npy", with, 3, M, 1, N);
    run_well("reconstruct %s --output %s", in_folder("without.npy"), in_folder("x.npy"));
    run_well("reconstruct %s --output %s", in_folder("with.npy"), in_folder("y.npy"));
    run_well("reconstruct %s --metal 0.15 --output %s", in_folder("with.npy"), in_folder("z.npy"));
    const double before = difference_beside("y.npy", "x.npy", 0.15), after = difference_beside("z.npy", "x.npy", 0.15);
    char what[100];
    snprintf(what, sizeof what, "metal: error beside it, of what it was (%.3g, was %.3g)", after, before);
    check_most(after / before, 0.5, what);
    ptm_io_array z = load("z.npy");
    const int64_t at = (int64_t)((int)(47.5 + 0.2 * 42) * N + (int)(47.5 + 0.5 * 42));
    check(((float *)z.data)[at] > 0.15, "metal: it is put back: %g", (double)((float *)z.data)[at]);
    ptm_io_array_free(&z);
    free(without);
    free(with);
    clear_folder();
}

static void test_centre(void)
{
    static const char *const methods[] = { "auto", "sharpness", "phase", "overlap", "vo" };
    float *values = malloc(COUNT * sizeof *values);
    make_projections(values, 24.7);
    save("p.npy", values, 3, VIEWS, ROWS, COLUMNS);
    for (int i = 0; i < 5; ++i) {
        const int code = run("reconstruct %s --slice 1 --centre %s --overwrite --output %s", in_folder("p.npy"), methods[i],
            in_folder("x.npy"));
        const char *at = strstr(program_err, "rotation axis at column ");
        const double column = at ? atof(at + strlen("rotation axis at column ")) : 0;
        check(
            code == 0 && fabs(column - 24.7) < 0.25, "--centre %s: %g, expected 24.7: %s", methods[i], column, program_err);
    }
    free(values);
    clear_folder();
}

/* ------------------------------------------------------------------ what is wrong */

static void test_wrong(void)
{
    static const struct {
        const char *options, *word;
        int code;
    } wrong[] = { { "--rings round", "--rings is \"round\"", 2 }, { "--rings sorting:0", "--rings", 2 },
        { "--rings sorting:8", "--rings is 8", 2 }, { "--rings wavelet:x", "--rings", 2 },
        { "--zingers 0", "--zingers is \"0\"", 2 }, { "--scatter 1", "--scatter is 1", 2 },
        { "--metal -1", "--metal is \"-1\"", 2 }, { "--air 3", "--air is \"3\"", 2 }, { "--air 0:0", "--air", 2 },
        { "--air 30:30", "30 columns", 2 }, { "--paganin 1:2", "--paganin is", 2 },
        { "--paganin 20:-1:100", "--paganin is", 2 }, { "--paganin 20:100:100", "--pixel", 2 },
        { "--beam-hardening 1,x", "--beam-hardening", 2 }, { "--hounsfield 0", "--hounsfield", 2 },
        { "--hounsfield 0.1:0.2", "--hounsfield", 2 }, { "--flats-at 0,10", "flat fields", 2 },
        { "--bad-pixels auto", "flat fields", 2 }, { "--bad-pixels nothing.npy", "nothing.npy", 3 },
        { "--centre best", "--centre is \"best\"", 2 }, { "--cone --sod 10 --sdd 20 --centre vo", "parallel", 2 } };
    float *values = malloc(COUNT * sizeof *values);
    make_projections(values, 23.5);
    save("p.npy", values, 3, VIEWS, ROWS, COLUMNS);
    save("f.npy", values, 3, 3, ROWS, COLUMNS);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        const int code = run("reconstruct %s %s --output %s", in_folder("p.npy"), wrong[i].options, in_folder("x.npy"));
        check(
            code == wrong[i].code && strstr(program_err, wrong[i].word), "%s: %d %s", wrong[i].options, code, program_err);
        check(access(in_folder("x.npy"), F_OK) != 0, "%s writes nothing", wrong[i].options);
    }
    for (int i = 0; i < COUNT; ++i) values[i] = (float)(1000 + 7919 * i % 101); /* counts, as a scanner gives them */
    save("n.npy", values, 3, VIEWS, ROWS, COLUMNS);
    check(run("reconstruct %s --zingers 0.2 --output %s", in_folder("n.npy"), in_folder("x.npy")) == 2 &&
              strstr(program_err, "--zingers 0.2: "), "zingers of what are no line integrals: %s", program_err);
    check(run("reconstruct %s --flats %s --flats-at 0,60 --output %s", in_folder("p.npy"), in_folder("f.npy"),
        in_folder("x.npy")) == 2 && strstr(program_err, "3 frames"), "three flats in two groups: %s", program_err);
    check(run("reconstruct %s --flats %s --flats-at 9,6 --output %s", in_folder("p.npy"), in_folder("f.npy"),
        in_folder("x.npy")) == 2 && strstr(program_err, "ascending"), "flats of falling times: %s", program_err);
    free(values);
    clear_folder();
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: test_corrections POLYTOME\n"), 2;
    program_begin(argv[1]);
    must(ptm_context_create(&context, NULL));
    must(ptm_device_open(&device, context, "host"));
    test_options();
    test_counts();
    test_alignment();
    test_hounsfield();
    test_metal();
    test_centre();
    test_wrong();
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    program_end();
    return finish();
}
