/* test_iterative.c - polytome reconstruct --method: against the library, with checkpoints, killed half-way, and with
 * damaged ones. Usage: test_iterative POLYTOME */
#define _XOPEN_SOURCE 700
#include "program.h"

#include <math.h>
#include <signal.h>
#include <unistd.h>

static ptm_context *context;
static ptm_device *device;

enum { N = 24, COLUMNS = 36, VIEWS = 20 };
static const char scan_options[] = "--fan --sod 80 --sdd 160 --pixel 2 --voxel 1";
static const char grid_options[] = "--fan --sod 80 --sdd 160 --pixel 2 --voxel 1 --size 24";

static void make_data(void)
{
    float mask[N * N], start[N * N];
    for (int i = 0; i < N * N; ++i) {
        const int x = i % N - N / 2, y = i / N - N / 2;
        mask[i] = x * x + y * y < 100;
        start[i] = 0.5f;
    }
    save("m.npy", mask, 2, N, N, 1);
    save("s.npy", start, 2, N, N, 1);
    run_well("phantom --size %d --slices 1 --output %s", N, in_folder("v.npy"));
    run_well("project %s %s --views %d --columns %d --output %s", in_folder("v.npy"), scan_options, VIEWS, COLUMNS,
        in_folder("p.npy"));
}

/* What the library makes of the projections. */
static void solve(const char *name, int subsets, int iterations, bool unmatched, const ptm_solver_options *options)
{
    ptm_solver_options o = *options;
    ptm_io_array p = load("p.npy"), m = load("m.npy"), s = load("s.npy");
    const ptm_array y = PTM_ARRAY_3D(p.data, VIEWS, 1, COLUMNS), mask = PTM_ARRAY_3D(m.data, 1, N, N),
                    first = PTM_ARRAY_3D(s.data, 1, N, N);
    float image[N * N];
    const ptm_array x = PTM_ARRAY_3D(image, 1, N, N);
    ptm_scan *scan;
    ptm_operator *op;
    o.struct_size = sizeof o;
    if (o.mask) o.mask = &mask;
    if (o.initial) o.initial = &first;
    for (int i = 0; i < 3; ++i) o.spacing[i] = 1;
    must(ptm_scan_fan(&scan, context,
        &(ptm_circular_options) { PTM_SIZED(ptm_circular_options), .volume = { .shape = { 1, N, N } },
            .detector = { .shape = { 1, COLUMNS }, .spacing = { 2, 2 } }, .views = VIEWS, .sod = 80, .sdd = 160 }));
    must(ptm_subsets_create(&op, device, scan, subsets,
        &(ptm_projector_options){ PTM_SIZED(ptm_projector_options), .unmatched = unmatched }));
    must(ptm_solve(op, &x, &y, iterations, &o));
    save(name, image, 2, N, N, 1);
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
    ptm_io_array_free(&p);
    ptm_io_array_free(&m);
    ptm_io_array_free(&s);
}

static void test_methods(void)
{
    static const ptm_array given = { .data = NULL };
    static const struct {
        const char *options;
        int subsets, iterations;
        ptm_solver_options o;
    } cases[] = { { "--method sirt --iterations 7", 1, 7, { .method = PTM_METHOD_SIRT } },
        { "--method sart --iterations 2 --order sequential --relaxation 0.7", VIEWS, 2,
            { .method = PTM_METHOD_SIRT, .order = PTM_ORDER_SEQUENTIAL, .relaxation = 0.7 } },
        { "--method sirt --subsets 4 --iterations 3 --order bit-reversed --mask %s --min 0 --max 0.9", 4, 3,
            { .method = PTM_METHOD_SIRT, .order = PTM_ORDER_BIT_REVERSED, .mask = &given, .limited = true, .high = 0.9 } },
        { "--method sirt --subsets 4 --iterations 3 --unmatched", 4, 3, { .method = PTM_METHOD_SIRT } },
        { "--method cgls --iterations 5 --damping 3 --initial %s", 1, 5,
            { .method = PTM_METHOD_CGLS, .damping = 3, .initial = &given } },
        { "--method lsqr --iterations 5", 1, 5, { .method = PTM_METHOD_LSQR } },
        { "--method lsmr --iterations 5", 1, 5, { .method = PTM_METHOD_LSMR } },
        { "--method landweber --iterations 5", 1, 5, { .method = PTM_METHOD_LANDWEBER } },
        { "--method mlem --iterations 5 --subsets 2", 2, 5, { .method = PTM_METHOD_MLEM } },
        { "--method fista --iterations 5 --regularizer tv --strength 2 --inner 4", 1, 5,
            { .method = PTM_METHOD_FISTA, .regularizer = PTM_REGULARIZER_TV, .strength = 2, .inner = 4 } },
        { "--method fista --iterations 5 --regularizer wavelet --strength 2 --wavelet db3 --wavelet-levels 2 --spin", 1, 5,
            { .method = PTM_METHOD_FISTA, .regularizer = PTM_REGULARIZER_WAVELET, .strength = 2,
                .wavelet = PTM_WAVELET_DAUBECHIES3, .wavelet_levels = 2, .spin = true } },
        { "--method pdhg --iterations 5 --regularizer huber --strength 2 --huber 0.1", 1, 5,
            { .method = PTM_METHOD_PDHG, .regularizer = PTM_REGULARIZER_HUBER, .strength = 2, .huber = 0.1 } },
        { "--method asd-pocs --iterations 5 --min 0", 1, 5,
            { .method = PTM_METHOD_ASD_POCS, .limited = true, .high = (double)INFINITY } } };
    make_data();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char options[600];
        snprintf(options, sizeof options, cases[i].options, in_folder(cases[i].o.mask ? "m.npy" : "s.npy"));
        run_well("reconstruct %s %s %s --device host --output %s --json", in_folder("p.npy"), grid_options, options,
            in_folder("a.npy"));
        char wanted[40];
        snprintf(wanted, sizeof wanted, "\"iterations\": %d", cases[i].iterations);
        check(strstr(program_out, wanted) && strstr(program_out, "\"residual\": 0."), "%s: %s", cases[i].options,
            program_out);
        solve("b.npy", cases[i].subsets, cases[i].iterations, strstr(options, "--unmatched") != NULL, &cases[i].o);
        check_most(file_difference("a.npy", "b.npy"), 1e-6, cases[i].options);
    }
    clear_folder();
}

static double residual_told(void)
{
    const char *at = strstr(program_out, "\"residual\": ");
    return at ? atof(at + strlen("\"residual\": ")) : 1;
}

/* Projections of each projector are explained by the same one, and not as well by the one that is usual. */
static void test_projectors(void)
{
    static const char *const options[] = { "--model footprint", "--ray-step 0.5", "--ray-samples 3" };
    static const char scan[] = "--cone --sod 80 --sdd 160 --pixel 2 --voxel 1";
    run_well("phantom --size %d --slices 1 --output %s", N, in_folder("v.npy"));
    for (int i = 0; i < 3; ++i) {
        double residual[2];
        run_well("project %s %s %s --views %d --columns %d --output %s", in_folder("v.npy"), scan, options[i], VIEWS,
            COLUMNS, in_folder("p.npy"));
        for (int k = 0; k < 2; ++k) {
            run_well("reconstruct %s %s --size %d --slices 1 %s --device host --method lsqr --iterations 200 --json "
                     "--output %s",
                in_folder("p.npy"), scan, N, k ? options[i] : "", in_folder("a.npy"));
            residual[k] = residual_told();
        }
        check(residual[1] < 0.5 * residual[0], "%s: residual %.3g, and %.3g without it", options[i], residual[1],
            residual[0]);
    }
    clear_folder();
}

static void fails(int code, const char *options, const char *word)
{
    check(run("reconstruct %s %s --output %s %s", in_folder("p.npy"), grid_options, in_folder("no.npy"), options) == code &&
              strstr(program_err, word),
        "%s is refused for \"%s\": %s", options, word, program_err);
}

/* Weights that are transmissions, by name and from a file, and such as leave out pixels that say nonsense. */
static void test_weights(void)
{
    enum { COUNT = VIEWS * COLUMNS };
    static const char how[] = "--device host --method cgls --iterations 6";
    float clean[COUNT], spoilt[COUNT], weights[COUNT], zeros[COUNT];
    make_data();
    ptm_io_array p = load("p.npy");
    for (int i = 0; i < COUNT; ++i) {
        const bool bad = i % 17 == 5;
        clean[i] = ((const float *)p.data)[i] * 0.1f;
        spoilt[i] = bad ? 90 : clean[i];
        weights[i] = expf(-clean[i]);
        zeros[i] = !bad;
    }
    ptm_io_array_free(&p);
    save("c.npy", clean, 3, VIEWS, 1, COLUMNS);
    save("w.npy", weights, 3, VIEWS, 1, COLUMNS);
    run_well("reconstruct %s %s %s --output %s", in_folder("c.npy"), grid_options, how, in_folder("x.npy"));
    run_well("reconstruct %s %s %s --noise-weights transmission --output %s", in_folder("c.npy"), grid_options, how,
        in_folder("a.npy"));
    run_well("reconstruct %s %s %s --noise-weights %s --output %s", in_folder("c.npy"), grid_options, how,
        in_folder("w.npy"), in_folder("b.npy"));
    check(file_difference("a.npy", "b.npy") < 1e-6 && file_difference("a.npy", "x.npy") > 1e-3,
        "weights: transmissions by name and from a file: %g, and without: %g", file_difference("a.npy", "b.npy"),
        file_difference("a.npy", "x.npy"));
    save("s.npy", spoilt, 3, VIEWS, 1, COLUMNS);
    save("w.npy", zeros, 3, VIEWS, 1, COLUMNS);
    for (int i = 0; i < 2; ++i)
        run_well("reconstruct %s %s %s --views 1:20:2 --noise-weights %s --output %s", in_folder(i ? "s.npy" : "c.npy"),
            grid_options, how, in_folder("w.npy"), in_folder(i ? "b.npy" : "a.npy"));
    check(file_difference("a.npy", "b.npy") == 0, "weights: pixels that are left out may be anything");
    fails(3, "--method cgls --noise-weights nothing.npy", "nothing.npy");
    fails(2, "--noise-weights transmission", "--method chooses one");
    char other[300];
    snprintf(other, sizeof other, "--method cgls --noise-weights %s", in_folder("v.npy"));
    fails(3, other, "another shape than the data");
    snprintf(other, sizeof other, "--method cgls --binning 2 --noise-weights %s", in_folder("w.npy"));
    fails(2, other, "do not go with --binning");
    clear_folder();
}

/* The iteration nearest to the truth, of noisy data. */
static void test_truth(void)
{
    make_data();
    run_well("project %s %s --views %d --columns %d --photons 1000 --output %s", in_folder("v.npy"), scan_options, VIEWS,
        COLUMNS, in_folder("p.npy"));
    double error[2];
    for (int i = 0; i < 2; ++i) {
        run_well("reconstruct %s %s --device host --method cgls --iterations 100 --truth %s --keep %s --json --output %s",
            in_folder("p.npy"), grid_options, in_folder("v.npy"), i ? "least-error" : "last", in_folder("x.npy"));
        check(strstr(program_out, "\"error\": ") != NULL, "truth: the error is told: %s", program_out);
        error[i] = file_difference("x.npy", "v.npy");
    }
    check(error[1] < 0.8 * error[0], "truth: the error is %g, the least %g", error[0], error[1]);
    fails(2, "--method cgls --keep least-error", "needs --truth");
    clear_folder();
}

static void test_wrong_options(void)
{
    make_data();
    fails(2, "--iterations 5", "--method chooses one");
    fails(2, "--method sirt --filter hann", "--filter is for fbp");
    fails(2, "--method sirt --subsets 21", "there are 20 views");
    fails(2, "--method cgls --min 0", "CGLS knows no limits");
    fails(2, "--method sirt --regularizer tv --strength 1", "regularizer is TV, which SIRT does not know");
    fails(2, "--method pdhg --regularizer wavelet --strength 1 --spin", "spin is set");
    fails(2, "--method fista --regularizer wavelet --strength 1 --wavelet-levels 31", "levels is 31");
    fails(2, "--model footprint", "--model is for iterative methods");
    fails(2, "--method sirt --ray-step 0.5 --model footprint", "--ray-step is 0.5, but model is footprint");
    fails(2, "--order random", "--order is for iterative methods");
    fails(2, "--unmatched", "--unmatched is for iterative methods");
    fails(2, "--method cgls --unmatched", "--unmatched is for sirt, sart, mlem and asd-pocs");
    fails(2, "--method sirt --extrapolate cosine", "--extrapolate is for fbp");
    fails(2, "--method sirt --weights parker", "--weights is for fbp");
    fails(2, "--method fista --strength 1", "--strength is for --regularizer");
    fails(2, "--method pdhg --regularizer tv", "needs --strength");
    fails(2, "--method pdhg --regularizer tv --strength 1 --huber 1", "--huber is for");
    fails(2, "--method fista --regularizer tv --strength 1 --wavelet db2", "--wavelet is for");
    fails(2, "--method sirt --checkpoint-seconds 5", "is for --checkpoint");
    fails(2, "--method sirt --relaxation 2", "relaxation is 2");
    fails(2, "--wavelet db2", "--wavelet is for iterative methods");
    fails(2, "--method pdhg --regularizer huber --strength 1", "needs --huber");
    fails(2, "--method nothing", "expected one of");
    static const char *const alone[] = { "strength 1", "inner 3", "huber 1", "wavelet db2", "wavelet-levels 2",
        "order random", "checkpoint-seconds 5" };
    for (size_t i = 0; i < sizeof alone / sizeof *alone; ++i) {
        char options[100];
        snprintf(options, sizeof options, "--method sirt --%s", alone[i]);
        fails(2, options, "is for --");
    }
    fails(2, "--order random", "--order is for iterative methods");
    fails(2, "--unmatched", "--unmatched is for iterative methods");
    fails(2, "--method cgls --unmatched", "--unmatched is for sirt, sart, mlem and asd-pocs");
    fails(2, "--method fista --regularizer tv", "--regularizer needs --strength");
    fails(2, "--method cgls --subsets 4", "--subsets is for sirt");
    fails(2, "--method sart --subsets 4", "--subsets is for sirt");
    fails(2, "--method sirt --weights parker", "--weights is for fbp");
    fails(2, "--method sirt --extrapolate cosine", "--extrapolate is for fbp");
    char mask[300], same[600];
    fails(4, "--method sirt --checkpoint no/folder.h5", "No such file");
    snprintf(same, sizeof same, "--method sirt --checkpoint %s", in_folder("no.npy"));
    fails(2, same, "--output goes as well");
    snprintf(same, sizeof same, "--method sirt --overwrite --checkpoint %s", in_folder("p.npy"));
    fails(2, same, "which is the input as well");
    snprintf(mask, sizeof mask, "--method sirt --mask %s", in_folder("p.npy"));
    fails(3, mask, "another shape than the volume");
    clear_folder();
}

/* ------------------------------------------------------------------ checkpoints */

/* LSQR, which does not end by itself. */
static void start_long(const char *out, pid_t *child)
{
    *child = start(out,
        "reconstruct %s %s --device host --method lsqr --iterations 1000000 --tolerance 0 --checkpoint %s "
        "--checkpoint-seconds 0 --output %s --quiet",
        in_folder("p.npy"), grid_options, in_folder("c.h5"), in_folder("a.npy"));
    wait_for_iterations("c.h5");
}

/* Goes on from the checkpoint for some iterations more: the same bits as a run that nobody stopped. */
static void go_on(const char *how)
{
    const int all = iterations_in("c.h5") + 3;
    run_well("reconstruct %s %s --device host --method lsqr --iterations %d --checkpoint %s --output %s",
        in_folder("p.npy"), grid_options, all, in_folder("c.h5"), in_folder("a.npy"));
    run_well("reconstruct %s %s --device host --method lsqr --iterations %d --output %s", in_folder("p.npy"), grid_options,
        all, in_folder("b.npy"));
    check(all > 3 && file_difference("a.npy", "b.npy") == 0, "%s: going on after iteration %d comes to the same bits", how,
        all - 3);
}

static void test_stopping(void)
{
    static const int signals[] = { SIGKILL, SIGINT };
    pid_t child;
    make_data();
    for (int i = 0; i < 2; ++i) {
        start_long("/dev/null", &child);
        kill(child, signals[i]);
        const int code = wait_for(child);
        check(code == (i ? 130 : 1000 + SIGKILL) && access(in_folder("a.npy"), F_OK), "signal %d: code %d, and no image",
            signals[i], code);
        go_on(i ? "interrupted" : "killed");
        check(i || unlink(in_folder("c.h5")) == 0, "the checkpoint is there");
        unlink(in_folder("a.npy"));
    }
    clear_folder();
}

/* Bytes changed all over the file, and its end cut off: an error, or what the change did not touch; never a crash. */
static void test_damage(void)
{
    static unsigned char whole[1 << 20];
    make_data();
    run_well("reconstruct %s %s --device host --method cgls --iterations 4 --checkpoint %s --output %s", in_folder("p.npy"),
        grid_options, in_folder("c.h5"), in_folder("b.npy"));
    FILE *file = fopen(in_folder("c.h5"), "rb");
    const size_t size = file ? fread(whole, 1, sizeof whole, file) : 0;
    if (file) fclose(file);
    int refused = 0, tried = 0;
    ptm_solver_state state;
    for (size_t at = 0; at < size; at += size / 97) {
        for (int cut = 0; cut < 2; ++cut) {
            FILE *damaged = fopen(in_folder("d.h5"), "wb");
            const size_t length = cut ? at : size;
            if (!cut) whole[at] ^= 0x55;
            if (!damaged || fwrite(whole, 1, length, damaged) != length || fclose(damaged)) exit(1);
            if (!cut) whole[at] ^= 0x55;
            const int status = ptm_io_state_read(&state, in_folder("d.h5"));
            if (status == PTM_OK) ptm_io_state_free(&state);
            check(status == PTM_OK || status == PTM_ERROR_IO || status == PTM_ERROR_UNSUPPORTED, "damaged at %zu: %d %s",
                at, status, ptm_error_message());
            check(!cut || status, "cut at %zu of %zu: refused", at, size);
            refused += status != PTM_OK;
            tried++;
        }
    }
    check(2 * refused > tried, "%d of %d damaged checkpoints are refused", refused, tried);
    char other[400];
    snprintf(other, sizeof other, "--method lsqr --checkpoint %s", in_folder("c.h5"));
    fails(3, other, "expected \"LSQR");
    snprintf(other, sizeof other, "--method cgls --ray-samples 2 --checkpoint %s", in_folder("c.h5"));
    fails(3, other, "another geometry or projector");
    snprintf(other, sizeof other, "--method cgls --offset 0.01 --checkpoint %s", in_folder("c.h5"));
    fails(3, other, "another geometry or projector");
    put_text("text.h5", "no state");
    snprintf(other, sizeof other, "--method cgls --checkpoint %s", in_folder("text.h5"));
    fails(3, other, "text.h5");
    clear_folder();
}

int main(int argc, char **argv)
{
    if (argc < 2) return 1;
    program_begin(argv[1]);
    must(ptm_context_create(&context, NULL));
    must(ptm_device_open(&device, context, "host"));
    test_methods();
    test_projectors();
    test_weights();
    test_truth();
    test_wrong_options();
    if (ptm_io_format_available(PTM_IO_FORMAT_HDF5)) {
        test_stopping();
        test_damage();
    }
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    program_end();
    return finish();
}
