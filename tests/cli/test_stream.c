/* test_stream.c - polytome reconstruct --memory: the results of the ways through memory, and the bound is kept.
 * Usage: test_stream POLYTOME [host|pocl|lavapipe] */
#define _GNU_SOURCE /* wait4 */
#include "program.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *device = "host";
static bool all_of_it; /* on devices other than the host too */
static const char cone[] = "--cone --sod 400 --sdd 800 --pixel 1 --columns 320 --rows 400 --views 24";
static const char small_cone[] = "--cone --sod 200 --sdd 400 --pixel 2 --voxel 1";
static const char cone_grid[] = "--cone --sod 400 --sdd 800 --pixel 1 --size 160 --slices 128 --voxel 1";

/* Sanitizers keep what is freed. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
static const bool measured = false;
#else
static const bool measured = true;
#endif

/* One command line; text of its outputs as run() gives it, and the most memory that it had. */
static int run_measured(const char *options, double *bytes)
{
    struct rusage usage;
    int state;
    const pid_t child = start_with(in_folder("said"), in_folder("errors"), "reconstruct %s", options);
    wait4(child, &state, 0, &usage);
    *bytes = 1024.0 * (double)usage.ru_maxrss;
    return WIFEXITED(state) ? WEXITSTATUS(state) : 1000 + WTERMSIG(state);
}

/* What the last one left in "said" or "errors", from a word on. */
static const char *left(const char *name, const char *word)
{
    static char text[2000];
    FILE *file = fopen(in_folder(name), "rb");
    const size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[length] = 0;
    if (file) fclose(file);
    const char *at = strstr(text, word);
    return at ? at : text;
}

/* What the program says that it needs at least, for these options. */
static double needed(const char *options)
{
    const int code = run("reconstruct %s --memory 1M", options);
    check(code == 6, "too little is refused (%d): %s", code, program_err);
    return bytes_in(program_err);
}

/* The same as in memory, with so many bytes less than data and volume have beside what is needed anyway. */
static void compare(const char *options, const char *suffix, double most, double tolerance)
{
    char line[2000], name[20];
    double bytes = 0;
    snprintf(name, sizeof name, "b%s", suffix);
    snprintf(line, sizeof line, "%s --device %s --quiet --json --overwrite --output %s", options, device, in_folder(name));
    run_well("reconstruct %s --device %s --output %s", options, device, in_folder("a.npy"));
    double limit = needed(line) + most;
    const size_t length = strlen(line);
    int code = 6;
    for (int k = 0; k < 4 && code == 6; ++k) { /* what comes later may need more, and drivers may take more this time */
        snprintf(line + length, sizeof line - length, " --memory %.0f", limit);
        code = run_measured(line, &bytes);
        if (code == 6) limit = bytes_in(left("errors", ""));
    }
    if (!check(code == 0, "%s: %d", line, code)) return;
    if (measured)
        check(bytes <= limit, "%s: had %.1f MiB, of %.1f: %s", options, bytes / MEBIBYTE,
            limit / MEBIBYTE, left("said", "\"memory\""));
    check_most(file_difference(name, "a.npy"), tolerance, options);
}

static void test_cone(void)
{
    char options[1000];
    run_well("phantom --size 160 --slices 128 --projections %s --output %s", cone, in_folder("p.h5"));
    snprintf(options, sizeof options, "%s --dataset exchange/data %s", in_folder("p.h5"), cone_grid);
    compare(options, ".h5", 8 * MEBIBYTE, 5e-5);
    snprintf(options, sizeof options, "%s %s --hounsfield 0.02 --region 3:150,:,10:125 --views 1:24:2", in_folder("p.h5"),
        cone_grid);
    compare(options, ".npy", 8 * MEBIBYTE, 5e-5);
    snprintf(options, sizeof options, "%s %s --slice 3", in_folder("p.h5"), cone_grid);
    compare(options, ".tif", 8 * MEBIBYTE, 2e-6);
    /* Half a detector, whose filter is not to be had alone, and a helix, all of whose rows are each slab's. */
    snprintf(options, sizeof options, "%s %s --columns 120:320 --weights wang", in_folder("p.h5"), cone_grid);
    compare(options, ".npy", 8 * MEBIBYTE, 5e-5);
    run_well("phantom --size 64 --slices 128 --trajectory helix --pitch 32 --turns 5 --projections --cone --sod 200 "
        "--sdd 400 --pixel 2 --columns 128 --rows 64 --views 200 --write-geometry %s --output %s", in_folder("h.json"),
        in_folder("h.h5"));
    snprintf(options, sizeof options, "%s --geometry %s --size 64 --slices 128", in_folder("h.h5"), in_folder("h.json"));
    compare(options, ".npy", 4 * MEBIBYTE, 5e-5);
    clear_folder();
}

/* Counts, and all that is done with them, by rows and by views. */
static void test_corrections(void)
{
    char options[1000];
    run_well("phantom --size 128 --slices 96 --projections --parallel --columns 512 --rows 96 --views 64 --counts "
        "--photons 5000 --ring-spread 0.02 --dead-pixels 0.001 --output %s", in_folder("c.h5"));
    snprintf(options, sizeof options,
        "%s --parallel --pixel 1 --size 128 --centre 255.5 --bad-pixels auto --zingers 0.3 --air 20:20 --scatter 0.05 "
        "--rings wavelet --paganin 3 --beam-hardening 1,0.1", in_folder("c.h5"));
    compare(options, ".h5", 8 * MEBIBYTE, 2e-6);
    snprintf(options, sizeof options, "%s --parallel --pixel 1 --size 100 --centre auto --binning 2 --rings sorting",
        in_folder("c.h5"));
    compare(options, ".npy", 8 * MEBIBYTE, 2e-6);
    clear_folder();
}

static void test_iterations(void)
{
    static const char *const methods[] = { "sirt --min 0", "mlem" };
    char options[1000];
    run_well("phantom --size 160 --slices 128 --projections %s --output %s", cone, in_folder("p.h5"));
    for (int i = 0; i < 2; ++i) {
        snprintf(options, sizeof options, "%s %s --method %s --iterations 1", in_folder("p.h5"), cone_grid, methods[i]);
        compare(options, ".h5", 40 * MEBIBYTE, 3e-6);
    }
    clear_folder();
}

/* With all that may be given, from files too. Rays that just touch the mask have small sums, which SIRT and MLEM divide by:
 * rounding is large in what few voxels have from them. */
static void test_given(void)
{
    static const char *const how[] = { "--method sirt --subsets 3 --iterations 1 --mask %s --min 0 --initial %s",
        "--method cgls --iterations 2 --mask %s --noise-weights transmission --initial %s",
        "--method lsqr --iterations 2 --mask %s --noise-weights %s", "--method sart --iterations 1 --mask %s --truth %s",
        "--method mlem --subsets 2 --iterations 1 --mask %s --noise-weights %s" };
    enum { N = 96, VIEWS = 8, ROWS = 100, COLUMNS = 130 };
    static float mask[N * N * N], weights[VIEWS * ROWS * COLUMNS];
    char options[1000], more[500];
    for (int i = 0; i < N * N * N; ++i) {
        const int z = i / N / N - N / 2, y = i / N % N - N / 2, x = i % N - N / 2;
        mask[i] = x * x + y * y + z * z < 1600;
    }
    for (int i = 0; i < VIEWS * ROWS * COLUMNS; ++i) weights[i] = (float)(i % 17) / 16;
    run_well("phantom --size 96 --projections %s --rows 100 --columns 130 --views 8 --output %s", small_cone,
        in_folder("p.h5"));
    save("m.npy", mask, 3, N, N, N);
    save("w.npy", weights, 3, VIEWS, ROWS, COLUMNS);
    for (int i = 0; i < 5; ++i) {
        snprintf(more, sizeof more, how[i], in_folder("m.npy"), in_folder(i == 2 || i == 4 ? "w.npy" : "m.npy"));
        snprintf(options, sizeof options, "%s %s --size 96 --slices 96 %s", in_folder("p.h5"), small_cone, more);
        compare(options, ".h5", 4 * MEBIBYTE, i == 1 || i == 2 ? 1e-5 : 1e-3);
    }
    weights[(3 * ROWS + 50) * COLUMNS + 60] = -1;
    save("w.npy", weights, 3, VIEWS, ROWS, COLUMNS);
    const int code = run("reconstruct %s --memory 1G --output %s", options, in_folder("no.h5"));
    check(code == 3 && strstr(program_err, "has a value of -1"), "a weight of less than 0: %d %s", code, program_err);
    clear_folder();
}

/* ------------------------------------------------------------------ checkpoints */

/* Runs to iteration `all` with a checkpoint, if it has one, in so many bytes, more where these do not suffice. What the
 * program took for its own. */
static double run_to(int all, const char *method, const char *checkpoint, const char *output, double *bytes)
{
    int code = 6;
    double program = -1;
    for (int k = 0; k < 4 && code == 6; ++k) {
        code = run("reconstruct %s %s --size 96 --device %s --method %s --iterations %d --memory %.0f %s --json "
                   "--overwrite --output %s", in_folder("p.h5"), small_cone, device, method, all, *bytes, checkpoint,
            in_folder(output));
        if (code == 6) *bytes = bytes_in(program_err);
    }
    const char *at = strstr(program_out, "\"program\": ");
    check(code == 0 && at && sscanf(at, "\"program\": %lf", &program) == 1, "%s to %d: %d %s", method, all, code,
        program_err);
    return program;
}

/* Killed at once, when a checkpoint is there; how many iterations that has. */
static int kill_one(const char *method, double bytes)
{
    const pid_t child = start("/dev/null",
        "reconstruct %s %s --size 96 --device %s --method %s --iterations 100000 --memory %.0f --checkpoint %s "
        "--checkpoint-seconds 0 --output %s --quiet", in_folder("p.h5"), small_cone, device, method, bytes,
        in_folder("c.h5"), in_folder("no.h5"));
    wait_for_iterations("c.h5");
    kill(child, SIGKILL);
    check(wait_for(child) == 1000 + SIGKILL && access(in_folder("no.h5"), F_OK), "killed, and no image");
    return iterations_in("c.h5");
}

static void spoil(const char *name)
{
    FILE *file = fopen(in_folder(name), "r+b");
    check(file && fseek(file, -(1 << 20), SEEK_END) == 0, "a checkpoint of more than a MiB");
    const int byte = fgetc(file);
    fseek(file, -1, SEEK_CUR);
    fputc(byte ^ 1, file);
    fclose(file);
}

/* On from where it was killed, to the same bits. */
static int test_resume(const char *method, double *bytes)
{
    char options[500];
    run_well("phantom --size 96 --projections %s --rows 100 --columns 130 --views 8 --output %s", small_cone,
        in_folder("p.h5"));
    snprintf(options, sizeof options, "%s %s --size 96 --device %s --method %s --output %s", in_folder("p.h5"), small_cone,
        device, method, in_folder("no.h5"));
    *bytes = needed(options) + MEBIBYTE;
    run_to(1, method, "", "a.h5", bytes);
    const int done = kill_one(method, *bytes), all = done + 2;
    snprintf(options, sizeof options, "--checkpoint %s", in_folder("c.h5"));
    const double before = run_to(all, method, options, "a.h5", bytes), without = run_to(all, method, "", "b.h5", bytes);
    const double apart = file_difference("a.h5", "b.h5");
    check(before == without ? apart == 0 : apart < 1e-5, "%s: on after iteration %d: %g apart, with %.0f and %.0f", method,
        done, apart, before, without);
    return all;
}

/* On with more memory, and with all of it, to the same image; and not with what is damaged. */
static void test_resume_otherwise(const char *method)
{
    char options[500];
    double bytes = 0, plenty;
    const int all = test_resume(method, &bytes);
    snprintf(options, sizeof options, "--checkpoint %s", in_folder("c.h5"));
    plenty = bytes + 64 * MEBIBYTE;
    run_to(all + 1, method, options, "a.h5", &plenty);
    run_to(all + 1, method, "", "b.h5", &bytes);
    check_most(file_difference("a.h5", "b.h5"), 1e-5, "on with more memory");
    run_well("reconstruct %s %s --size 96 --device %s --method %s --iterations %d --output %s %s", in_folder("p.h5"),
        small_cone, device, method, all + 1, in_folder("a.h5"), options);
    check_most(file_difference("a.h5", "b.h5"), 1e-5, "and with all that there is");
    spoil("c.h5");
    const int code = run("reconstruct %s %s --size 96 --device %s --method %s --iterations %d --memory %.0f %s --output %s",
        in_folder("p.h5"), small_cone, device, method, all + 2, bytes, options, in_folder("no.h5"));
    check(code == 3 && strstr(program_err, "its values are damaged") && access(in_folder("no.h5"), F_OK),
        "a damaged checkpoint: %d %s", code, program_err);
    clear_folder();
}

/* The data and vectors have room in memory, and the result on the disk; the checkpoint is larger. */
static void test_full_checkpoint(void)
{
    run_well("phantom --size 96 --projections %s --rows 100 --columns 130 --views 8 --output %s", small_cone,
        in_folder("p.h5"));
    const int files = files_in_folder();
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 4 << 20, RLIM_INFINITY });
        const int code = run("reconstruct %s %s --size 96 --device host --method cgls --iterations 9 --memory 1G "
                             "--checkpoint %s --checkpoint-seconds 0 --quiet --output %s", in_folder("p.h5"), small_cone,
            in_folder("c.h5"), in_folder("no.h5"));
        const bool told = strstr(program_err, "c.h5: cannot be written: File too large");
        _exit(code == 4 && told && files_in_folder() == files ? 0 : 1);
    }
    const int code = wait_for(child);
    check(code == 0, "no room for a checkpoint is told, and nothing is left (%d)", code);
    clear_folder();
}

/* Little work on more data, which are fewer for the driver that is slowest. */
static void test_little_work(void)
{
    static const char scan[] = "--cone --sod 400 --sdd 800 --pixel 1", grid[] = "--size 32 --slices 224 --voxel 1";
    char options[1000];
    run_well("phantom %s --projections %s --columns %d --rows 640 --views 8 --output %s", grid, scan,
        strcmp(device, "vulkan") || all_of_it ? 512 : 96, in_folder("p.h5"));
    snprintf(options, sizeof options, "%s %s %s", in_folder("p.h5"), scan, grid);
    compare(options, ".npy", 12 * MEBIBYTE, 5e-5);
    clear_folder();
}

/* Each has blocks of its own. */
static void test_devices(void)
{
    char options[1000];
    run_well("phantom --size 48 --slices 160 --projections %s --rows 240 --columns 200 --views 8 --output %s", small_cone,
        in_folder("p.h5"));
    device = "host,host";
    snprintf(options, sizeof options, "%s %s --size 48 --slices 160", in_folder("p.h5"), small_cone);
    compare(options, ".npy", 3 * MEBIBYTE, 5e-5);
    snprintf(options, sizeof options, "%s %s --size 48 --slices 160 --method mlem --subsets 2 --iterations 1",
        in_folder("p.h5"), small_cone);
    compare(options, ".npy", MEBIBYTE, 1e-5);
    device = "host";
    clear_folder();
}

static void test_parallel(void)
{
    char options[1000];
    run_well("phantom --size 64 --slices 640 --projections --parallel --columns 128 --rows 640 --views 32 --output %s",
        in_folder("p.h5"));
    snprintf(options, sizeof options, "%s --parallel --pixel 1 --size 64 --centre 63.5", in_folder("p.h5"));
    compare(options, ".npy", 8 * MEBIBYTE, 2e-6);
    snprintf(options, sizeof options, "%s --fan --sod 200 --sdd 400 --pixel 1 --size 64 --voxel 0.5 --region ,,10:600",
        in_folder("p.h5"));
    compare(options, ".npy", 8 * MEBIBYTE, 2e-6);
    snprintf(options, sizeof options, "%s --parallel --pixel 1 --size 40 --centre 63.5 --method cgls --iterations 1",
        in_folder("p.h5"));
    compare(options, ".h5", 40 * MEBIBYTE, 3e-6);
    clear_folder();
}

/* From pictures, with the detector's rows beyond the volume and slices that no row sees. */
static void test_pictures(void)
{
    char options[1000];
    run_well("phantom --size 160 --slices 128 --projections %s --output %s", cone, in_folder("v_%03d.tif"));
    snprintf(options, sizeof options, "%s %s --slices 400", in_folder("v_%03d.tif"), cone_grid);
    compare(options, ".npy", 12 * MEBIBYTE, 5e-5);
    run_well("reconstruct %s --device %s --memory 1G --bits 16 --window 0:1 --output %s", options, device,
        in_folder("s_%03d.tif"));
    ptm_io_array whole = load("a.npy"), slice = load("s_200.tif");
    double worst = 0;
    for (int64_t i = 0; i < 160 * 160; ++i) {
        const double value = ((const float *)whole.data)[200 * 160 * 160 + i], clipped = fmin(fmax(value, 0), 1);
        worst = fmax(worst, fabs(((const uint16_t *)slice.data)[i] / 65535.0 - clipped));
    }
    check_most(worst, 1.1 / 65535, "a slice of 16 bits");
    ptm_io_array_free(&whole);
    ptm_io_array_free(&slice);
    clear_folder();
}

/* ------------------------------------------------------------------ what is refused, and what is left */

static void fails(int code, const char *options, const char *word)
{
    const int files = files_in_folder();
    const int got = run("reconstruct %s %s --output %s %s", in_folder("p.npy"), cone_grid, in_folder("no.npy"), options);
    check(got == code && strstr(program_err, word) && files_in_folder() == files, "%s is refused (%d) with \"%s\": %s",
        options, got, word, program_err);
}

static void test_refusals(void)
{
    run_well("phantom --size 160 --slices 128 --projections %s --output %s", cone, in_folder("p.npy"));
    fails(2, "--memory 2X", "--memory is \"2X\"");
    fails(2, "--memory 0", "--memory is \"0\"");
    fails(2, "--memory 1G --metal 1", "--metal does not go");
    fails(2, "--memory 1G --method landweber", "--memory is for fbp, sirt");
    fails(2, "--memory 1G --method fista", "--memory is for fbp, sirt");
    fails(2, "--memory 1G --centre-sweep 1:3:1", "--centre-sweep");
    fails(6, "--memory 4M", "it needs");
    const int code = run("reconstruct %s %s --memory 1G --bits 8 --output %s", in_folder("p.npy"), cone_grid,
        in_folder("no.tif"));
    check(code == 2 && strstr(program_err, "needs --window"), "a window that is not known: %s", program_err);
    clear_folder();
}

/* A bound that is large enough, but neither for data nor for volume. */
static double little(void)
{
    char line[1000];
    snprintf(line, sizeof line, "%s %s --device host --output %s", in_folder("p.npy"), cone_grid, in_folder("no.npy"));
    return needed(line) + 6 * MEBIBYTE;
}

static void test_full_disk(void)
{
    run_well("phantom --size 160 --slices 128 --projections %s --output %s", cone, in_folder("p.npy"));
    const double memory = little();
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 1 << 20, RLIM_INFINITY });
        const int code = run("reconstruct %s %s --memory %.0f --device host --quiet --output %s", in_folder("p.npy"),
            cone_grid, memory, in_folder("no.npy"));
        _exit(code == 4 && strstr(program_err, "does not fit into memory") && files_in_folder() == 1 ? 0 : 1);
    }
    const int code = wait_for(child);
    check(code == 0, "a full disk is told before the work (%d)", code);
    clear_folder();
}

/* Killed when the file beside the output is in use: it has no name. */
static void test_killed(void)
{
    run_well("phantom --size 160 --slices 128 --projections %s --output %s", cone, in_folder("p.npy"));
    const double memory = little();
    const int signals[] = { SIGTERM, SIGINT };
    for (int i = 0; i < 2; ++i) {
        const pid_t child = start(in_folder("said"),
            "reconstruct %s %s --size 300 --voxel 0.5 --memory %.0f --device host --output %s", in_folder("p.npy"),
            cone_grid, memory + 8 * MEBIBYTE, in_folder("no.npy"));
        for (int k = 0; k < 1000 && files_in_folder() < 3; ++k) nanosleep(&(const struct timespec){ 0, 5000000 }, NULL);
        check(files_in_folder() == 3, "the output is being written");
        kill(child, signals[i]);
        check(wait_for(child) == 130, "it says that it was stopped");
        unlink(in_folder("said"));
        check(files_in_folder() == 1, "and leaves nothing");
    }
    clear_folder();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name, *backend;
    } devices[] = { { "host", "" }, { "pocl", "opencl" }, { "lavapipe", "vulkan" } };
    if (argc < 2) return 1;
    program_begin(argv[1]);
    for (size_t i = 0; argc > 2 && i < sizeof devices / sizeof *devices; ++i)
        if (strcmp(devices[i].name, argv[2]) == 0 && i > 0) {
            device = devices[i].backend;
            setenv("POLYTOME_BACKENDS", device, 1);
        }
    all_of_it = getenv("POLYTOME_TEST_LONG") != NULL;
    test_little_work();
    if (all_of_it || strcmp(device, "host") == 0) test_parallel();
    double bytes = 0;
    if (strcmp(device, "host") == 0) {
        test_resume("sirt", &bytes);
        clear_folder();
        test_resume_otherwise("lsqr");
        test_full_checkpoint();
        test_devices();
        test_corrections();
        test_refusals();
        test_full_disk();
        test_killed();
    }
    if (strcmp(device, "host") == 0 && measured) { /* sanitizers have seen all of the code by now, and take minutes */
        test_cone();
        test_iterations();
        test_given();
        test_pictures();
    }
    program_end();
    return finish();
}
