/* test_ranks.c - polytome reconstruct by several processes: the same as by one, one message for what all find, and no
 * half of a file when one of them fails, is stopped or dies. Without a launcher that none is pretended. Usage:
 * test_ranks POLYTOME [MPIRUN] */
#define _XOPEN_SOURCE 700
#include "program.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

static const char *polytome, *mpirun;

static const char *after(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    return at ? at + strlen(word) : "?";
}

static void read_file(char *text, size_t size, const char *name)
{
    FILE *file = fopen(in_folder(name), "rb");
    const size_t length = file ? fread(text, 1, size - 1, file) : 0;
    text[length] = 0;
    if (file) fclose(file);
}

static bool one_message(const char *word)
{
    const char *at = after(program_err, "polytome: ");
    return strstr(at, word) && !strstr(at, "polytome: ");
}

/* ------------------------------------------------------------------ the same as one process */

/* The picture of a page that a key names. */
static void read_picture(char *text, size_t size, const char *page, const char *key)
{
    static char all[1 << 20];
    read_file(all, sizeof all, page);
    snprintf(text, size, "%s", after(after(all, key), "\"data\": \""));
    text[strcspn(text, "\"")] = 0;
}

/* Both pages show the data of all views. */
static void check_pages(const char *options)
{
    static const char *const keys[] = { "\"sinogram\": {", "\"projection\": {" };
    static char one[20000], four[20000];
    for (int i = 0; i < 2; ++i) {
        read_picture(one, sizeof one, "one.html", keys[i]);
        read_picture(four, sizeof four, "four.html", keys[i]);
        check(strlen(one) > 90 && strcmp(one, four) == 0, "%s: other pictures, %s", options, keys[i]);
    }
}

static void check_same(const char *input, const char *options, double limit)
{
    program_use(polytome);
    run_well("reconstruct %s %s --output %s --report %s --json", in_folder(input), options, in_folder("one.npy"),
        in_folder("one.html"));
    const int raised = atoi(after(program_out, "\"raised\": "));
    program_use(mpirun);
    const int code = run("-n 4 %s reconstruct %s %s --output %s --report %s --json --quiet --overwrite", polytome,
        in_folder(input), options, in_folder("four.npy"), in_folder("four.html"));
    check(code == 0 && !*program_err, "%s: code %d, %s", options, code, program_err);
    check(strchr(program_out, '\n') && !strchr(program_out, '\n')[1] && atoi(after(program_out, "\"raised\": ")) == raised,
        "%s: one result, %d raised: %s", options, raised, program_out);
    check_most(file_difference("four.npy", "one.npy"), limit, options);
    check_pages(options);
    unlink(in_folder("four.npy"));
}

#define FAN "--fan --sod 80 --sdd 160 --pixel 2 --size 24"

static void make_fan(void)
{
    program_use(polytome);
    run_well(
        "phantom --projections --size 24 --slices 1 --fan --sod 80 --sdd 160 --pixel 2 --views 30 --columns 36 --output %s",
        in_folder("f.npy"));
}

static void test_same(void)
{
    make_fan();
    run_well(
        "phantom --projections --size 24 --slices 5 --parallel --views 41 --columns 36 --output %s", in_folder("p.npy"));
    check_same("p.npy", "--parallel --size 24 --views 0:41:9 --hounsfield 0.5", 1e-6); /* five views */
    check_same("f.npy", FAN " --method sirt --subsets 4 --order random --iterations 8 --min 0 --rings sorting", 5e-6);
    check_same("f.npy", FAN " --method cgls --iterations 6", 2e-5);
    clear_folder();
}

#define CONE "--cone --sod 80 --sdd 160 --pixel 2 --size 24 --slices 9"
enum { CONE_PIXELS = 31 * 16 * 36 };

/* What is looked for in all views of a row, and in the volume. */
static void test_corrections(void)
{
    static float values[CONE_PIXELS];
    uint64_t seed = 5;
    program_use(polytome);
    run_well("phantom --projections " CONE " --views 31 --columns 36 --rows 16 --output %s", in_folder("c.npy"));
    ptm_io_array clean = load("c.npy");
    for (int i = 0; i < CONE_PIXELS; ++i) {
        const bool ring = i % (16 * 36) % 7 == 3, zinger = random_number(&seed) > 0.96;
        values[i] = ((const float *)clean.data)[i] * (ring ? 1.1F : 1) - (zinger ? 5 : 0);
    }
    save("c.npy", values, 3, 31, 16, 36);
    check_same("c.npy", CONE " --zingers 1 --rings sorting --metal 0.4", 1e-6);
    ptm_io_array_free(&clean);
    clear_folder();
}

/* Several slices; one row, of which most ranks correct nothing. */
static void test_sweep(void)
{
    const char *command = "reconstruct %s --parallel --size 24 --rings sorting --centre-sweep 16:18:2 --quiet --output %s";
    program_use(polytome);
    run_well(
        "phantom --projections --size 24 --slices 1 --parallel --views 41 --columns 36 --output %s", in_folder("p.npy"));
    run_well(command, in_folder("p.npy"), in_folder("one.npy"));
    char line[1000];
    snprintf(line, sizeof line, command, in_folder("p.npy"), in_folder("four.npy"));
    program_use(mpirun);
    check(run("-n 4 %s %s", polytome, line) == 0, "a sweep: %s", program_err);
    check_most(file_difference("four_16.npy", "one_16.npy"), 1e-6, "a sweep's first slice");
    check_most(file_difference("four_18.npy", "one_18.npy"), 1e-6, "a sweep's last slice");
    check(files_in_folder() == 7, "both sweeps have a sheet, and no file is written twice");
    clear_folder();
}

/* Counts with flat fields, of which some are raised; the axis is found by one and known to all. */
static void test_counts(void)
{
    if (!ptm_io_format_available(PTM_IO_FORMAT_HDF5)) return;
    program_use(polytome);
    run_well("phantom --projections --size 32 --slices 3 --parallel --views 60 --columns 48 --offset 2 --attenuation 0.15 "
             "--photons 300 "
             "--electronic 40 --counts --output %s",
        in_folder("s.h5"));
    check_same("s.h5", "--scatter 0.02 --air 3:3 --size 32", 1e-6);
    check(atof(after(program_out, "\"centre\": ")) > 0 && atoi(after(program_out, "\"raised\": ")) > 3,
        "the axis is found, and some are raised: %s", program_out);
    clear_folder();
}

/* ------------------------------------------------------------------ within a bound of memory */

/* Sanitizers keep what is freed. */
#if defined __SANITIZE_ADDRESS__
enum { MEASURED = 0, SLICES = 32 };
#else
enum { MEASURED = 1, SLICES = 256 }; /* a volume that no rank's bound has room for */
#endif

/* As one process with everything in memory does it; each rank has so many bytes more than it needs at least. */
static void check_bound(int ranks, const char *options, double more, double tolerance)
{
    char line[1500];
    int code = 6;
    program_use(polytome);
    run_well("reconstruct %s --output %s", options, in_folder("one.npy"));
    snprintf(line, sizeof line, "-n %d %s reconstruct %s --quiet --json --overwrite --output %s --memory", ranks, polytome,
        options, in_folder("four.npy"));
    program_use(mpirun);
    check(run("%s 1M", line) == 6, "too little for %d ranks: %s", ranks, program_err);
    double bytes = more;
    for (int k = 0; k < 4 && code == 6; ++k) { /* what comes later may need more */
        bytes = bytes_in(program_err) + (k == 0 ? more : 0);
        code = run("%s %.0f", line, bytes);
    }
    if (!check(code == 0 && !*program_err, "%s: %d %s", options, code, program_err)) return;
    const double peak = atof(after(program_out, "\"peak\": "));
    check(peak > 0 && (peak <= bytes || !MEASURED), "%s: a rank had %.1f MiB, of %.1f: %s", options, peak / MEBIBYTE,
        bytes / MEBIBYTE, program_out);
    program_use(polytome);
    check_most(file_difference("four.npy", "one.npy"), tolerance, options);
}

#define WIDE "--cone --sod 400 --sdd 800 --pixel 1.3"
#define WIDE_GRID WIDE " --size 200 --voxel 1"

static void make_wide(void)
{
    program_use(polytome);
    run_well("phantom --size 160 --slices 128 --projections " WIDE " --columns 320 --rows 400 --views 23 --output %s",
        in_folder("w.npy"));
}

static void test_memory(void)
{
    char options[1000];
    make_wide();
    snprintf(options, sizeof options, "%s " WIDE_GRID " --slices %d", in_folder("w.npy"), SLICES);
    check_bound(4, options, 8 * MEBIBYTE, 5e-5);
    check(atoi(after(program_out, "\"slabs\": ")) > MEASURED, "in slabs: %s", program_out);
    snprintf(options, sizeof options, "%s " WIDE_GRID " --slices 40 --rings sorting --zingers 2 --hounsfield 0.02",
        in_folder("w.npy"));
    check_bound(3, options, 2 * MEBIBYTE, 5e-5);
    clear_folder();
}

/* Rows that all ranks correct, and a helix of which each rank sees some slices. */
static void test_memory_of_parts(void)
{
    char options[1000];
    program_use(polytome);
    run_well("phantom --size 32 --slices 128 --trajectory helix --pitch 32 --turns 5 --projections --cone --sod 200 "
             "--sdd 400 --pixel 4 --columns 64 --rows 32 --views 200 --write-geometry %s --output %s",
        in_folder("h.json"), in_folder("h.npy"));
    snprintf(options, sizeof options, "%s --geometry %s --size 32 --slices 128", in_folder("h.npy"), in_folder("h.json"));
    check_bound(4, options, 1 * MEBIBYTE, 5e-5);
    run_well("phantom --size 32 --slices 24 --projections --parallel --views 60 --columns 48 --counts --attenuation 0.15 "
             "--photons 300 --output %s", in_folder("s.h5"));
    snprintf(options, sizeof options, "%s --parallel --size 32 --air 3:3 --rings sorting --beam-hardening 1,0.1",
        in_folder("s.h5"));
    if (ptm_io_format_available(PTM_IO_FORMAT_HDF5)) check_bound(2, options, 1 * MEBIBYTE, 2e-6);
    clear_folder();
}

/* Of voxels that all rays see: what blocks round differently grows where they see little. */
static void test_memory_of_iterations(void)
{
    static const char *const methods[] = { "cgls --iterations 3", "sirt --iterations 2 --min 0" };
    char options[1000];
    make_wide();
    for (int i = 0; i < 2; ++i) {
        snprintf(options, sizeof options, "%s " WIDE " --size 120 --slices 12 --voxel 1 --method %s", in_folder("w.npy"),
            methods[i]);
        check_bound(2 + i, options, i * 20 * MEBIBYTE, 2e-5);
    }
    clear_folder();
}

/* ------------------------------------------------------------------ failures */

/* All fail alike, and one says it. */
static void fails(int code, const char *input, const char *options, const char *word)
{
    program_use(mpirun);
    const int files = files_in_folder();
    const int got = run(
        "-n 2 %s reconstruct %s " FAN " %s --quiet --output %s", polytome, in_folder(input), options, in_folder("no.npy"));
    check(got == code && one_message(word) && files_in_folder() == files, "%s: %d, expected %d with \"%s\": %s", options,
        got, code, word, program_err);
}

static void test_failures(void)
{
    make_fan();
    ptm_io_array f = load("f.npy");
    float *values = f.data;
    fails(2, "f.npy", "--views 0:1", "1 view for 2 ranks");
    fails(2, "f.npy", "--method cgls --memory 1G --checkpoint c.h5", "--checkpoint");
    fails(6, "f.npy", "--memory 4M", "it needs");
    fails(2, "f.npy", "--method sart", "1 view in a subset for 2 ranks");
    values[500] = -1;
    save("negative.npy", values, 2, 30, 36, 1);
    fails(3, "negative.npy", "--method mlem", "expected 0 or more");
    /* Only one of them has another file. */
    values[500] = (float)NAN;
    save("f2.npy", values, 2, 30, 36, 1);
    const int files = files_in_folder();
    const int code = run("-n 1 %s reconstruct %s " FAN " --output %s : -n 2 %s reconstruct %s " FAN " --output %s",
        polytome, in_folder("f.npy"), in_folder("no.npy"), polytome, in_folder("f2.npy"), in_folder("no.npy"));
    check(code == 3 && one_message("rank 1: ") && one_message("finite") && files_in_folder() == files,
        "what one finds it says: %d %s", code, program_err);
    check(run("-n 2 %s info %s", polytome, in_folder("f.npy")) == 2 && one_message("info is for one process"), "info: %s",
        program_err);
    ptm_io_array_free(&f);
    clear_folder();
}

/* ------------------------------------------------------------------ signals */

/* Sends a signal to the last of three ranks at work: when they say a word, or when there is a checkpoint. */
static int send(int signal_number, const char *options, const char *word, char *text, size_t size)
{
    char script[700], line[1500], id[40] = "";
    const struct timespec moment = { 0, 20000000 };
    bool at_work = false;
    snprintf(script, sizeof script, "echo $$ > %s\nexec \"$@\"\n", in_folder("id"));
    put_text("rank.sh", script);
    put_text("err", "");
    put_text("out", "");
    program_use(mpirun);
    snprintf(line, sizeof line, "reconstruct %s --output %s", options, in_folder("no.npy"));
    const pid_t child = start_with(in_folder("out"), in_folder("err"), "-n 2 %s %s : -n 1 sh %s %s %s", polytome, line,
        in_folder("rank.sh"), polytome, line);
    for (int i = 0; i < 1000 && !at_work; ++i) {
        nanosleep(&moment, NULL);
        read_file(text, size, "err");
        at_work = word ? strstr(text, word) != NULL : access(in_folder("c.h5"), F_OK) == 0;
    }
    read_file(id, sizeof id, "id");
    if (check(atoi(id) > 0 && at_work, "ranks are at work: %s", text)) kill(atoi(id), signal_number);
    const int code = wait_for(child);
    read_file(text, size / 2, "err");
    read_file(text + strlen(text), size / 2, "out"); /* where MPICH's launcher says it */
    check(access(in_folder("no.npy"), F_OK), "signal %d: no half of a file is left", signal_number);
    return code;
}

/* From the last checkpoint of ranks of which one was killed: the bits of a run that nobody ended. */
static void go_on(void)
{
    const int iterations = iterations_in("c.h5") + 3;
    for (int whole = 0; whole < 2; ++whole) {
        const int code = run("-n 3 %s reconstruct %s " FAN " --method cgls --iterations %d --output %s %s %s", polytome,
            in_folder("f.npy"), iterations, in_folder(whole ? "one.npy" : "four.npy"), whole ? "" : "--checkpoint",
            whole ? "" : in_folder("c.h5"));
        const bool told = strstr(program_err, "going on after");
        check(code == 0 && told == !whole, "%d iterations: %s", iterations, program_err);
    }
    check(file_difference("four.npy", "one.npy") == 0, "going on for three iterations: other bits");
    const int code = run("-n 2 %s reconstruct %s " FAN " --method cgls --checkpoint %s --output %s", polytome,
        in_folder("f.npy"), in_folder("c.h5"), in_folder("no.npy"));
    check(code == 3 && one_message("number of processes"), "two go on with what three had: %d %s", code, program_err);
}

static void test_signals(void)
{
    char text[10000] = "", options[1200];
    const bool checkpoint = ptm_io_format_available(PTM_IO_FORMAT_HDF5);
    make_fan();
    snprintf(options, sizeof options, "%s " FAN " --iterations 100000000 --method cgls", in_folder("f.npy"));
    if (checkpoint)
        snprintf(options + strlen(options), sizeof options - strlen(options), " --checkpoint-seconds 0 --checkpoint %s",
            in_folder("c.h5"));
    int code = send(SIGKILL, options, checkpoint ? NULL : "it takes", text, sizeof text);
    check(code != 0 && (strstr(text, "signal 9") || strstr(text, "EXIT CODE: 9")), "a rank was killed: %d %s", code, text);
    if (checkpoint) go_on();
    clear_folder();
    make_fan();
    *text = 0;
    snprintf(options, sizeof options, "%s " FAN " --iterations 100000000 --method sirt", in_folder("f.npy"));
    code = send(SIGINT, options, "it takes", text, sizeof text);
    check(code == 130 && strstr(text, "polytome: stopped after iteration"), "a rank was stopped: %d %s", code, text);
    check(files_in_folder() == 5, "a stopped rank: no half of a file is left");
    clear_folder();
}

/* The first rank has begun the output, of which nothing is left when another one dies or is stopped. */
static void test_signals_to_slabs(void)
{
    static const int signals[] = { SIGKILL, SIGINT };
    char text[10000], options[1000];
    make_wide();
    snprintf(options, sizeof options, "%s " WIDE " --size 400 --voxel 0.5 --slices 500 --memory 200M", in_folder("w.npy"));
    for (int i = 0; i < 2; ++i) {
        *text = 0;
        const int code = send(signals[i], options, " slabs of ", text, sizeof text);
        const bool killed = code != 0 && (strstr(text, "signal 9") || strstr(text, "EXIT CODE: 9"));
        check(i == 0 ? killed : code == 130 && strstr(text, "stopped"), "signal %d: %d %s", signals[i], code, text);
        check(files_in_folder() == 5, "signal %d: nothing is left, but %d files", signals[i], files_in_folder());
    }
    clear_folder();
}

/* ------------------------------------------------------------------ launchers */

/* One that the program's MPI, if it has one, knows nothing of: four programs would write one file. */
static void test_launcher(void)
{
    program_use(polytome);
    setenv("PMI_SIZE", "4", 1);
    const int code = run("info %s", polytome);
    check(code == 2 && one_message("one of 4 processes"), "another launcher: %d %s", code, program_err);
    setenv("PMI_SIZE", "1", 1);
    check(run("--version") == 0, "one process is no matter: %s", program_err);
    unsetenv("PMI_SIZE");
}

int main(int argc, char **argv)
{
    static char whole[4096];
    if (argc < 2) return 1;
    polytome = realpath(argv[1], whole) ? whole : argv[1];
    mpirun = argc > 2 ? argv[2] : NULL;
    program_begin(argv[1]);
    setenv("POLYTOME_THREADS", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    setenv("OMPI_MCA_rmaps_base_oversubscribe", "1", 1);
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* Open MPI leaves some */
    test_launcher();
    if (mpirun && getenv("POLYTOME_TEST_FEW")) { /* for sanitizers: exchanges of rows, slabs and images, and a failure */
        test_corrections();
        test_memory_of_parts();
        test_failures();
    } else if (mpirun) {
        test_same();
        test_counts();
        test_corrections();
        test_sweep();
        test_memory();
        test_memory_of_parts();
        test_memory_of_iterations();
        test_failures();
        test_signals();
        test_signals_to_slabs();
    } else {
        printf("skipped ranks: this build has no MPI\n");
        skipped++;
    }
    program_end();
    return finish();
}
