/* test_refusals.c - what the program refuses in its own words: outputs in the place of inputs, options that do nothing,
 * values that options cannot have, variables that say nothing known.
 * Usage: test_refusals POLYTOME */
#define _XOPEN_SOURCE 700
#include "program.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is a command refused with the code and one line that has the word, and are there as many files as before? */
__attribute__((format(printf, 3, 4))) static void refused(int code, const char *word, const char *format, ...)
{
    char line[4096];
    const int files = files_in_folder();
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    const int got = run("%s", line);
    check(got == code && one_line(word) && files_in_folder() == files, "%s -> %d, expected %d with \"%s\": %s", line, got,
        code, word, program_err);
}

/* ------------------------------------------------------------------ files */

static void make_files(void)
{
    static float values[12 * 16 * 16];
    for (int i = 0; i < 12 * 16 * 16; ++i) values[i] = (float)(i % 7);
    save("p.npy", values, 3, 12, 3, 16);
    save("f.npy", values + 1, 3, 12, 3, 16);
    save("v.npy", values, 3, 3, 16, 16);
    save("angles.npy", values, 1, 12, 1, 1);
    save("shifts.npy", values, 2, 12, 2, 1);
    save("marks.npy", values, 2, 3, 16, 1);
}

/* An output that is the input, by its name, a link to it, or another way to it. */
static void test_input_as_output(void)
{
    static const char *const names[] = { "p.npy", "soft.npy", "hard.npy", "./p.npy", "sub/../p.npy" };
    char input[600];
    make_files();
    snprintf(input, sizeof input, "%s", in_folder("p.npy"));
    mkdir(in_folder("sub"), 0755);
    if (symlink(input, in_folder("soft.npy")) || link(input, in_folder("hard.npy"))) exit(1);
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        refused(2, "which is the input as well", "reconstruct %s --output %s --overwrite", input, in_folder(names[i]));
    refused(2, "which is the input as well", "reconstruct %s --output %s --overwrite", in_folder("soft.npy"), input);
    refused(2, "which is the input as well", "project %s --output %s --overwrite", in_folder("v.npy"), in_folder("v.npy"));
    clear_folder();
}

static void test_option_as_output(void)
{
    static const struct { const char *option, *file, *more; } cases[] = { { "flats", "f.npy", "" },
        { "darks", "v.npy", " --white 9 --binning 1" }, { "angles", "angles.npy", "" }, { "shifts", "shifts.npy", "" },
        { "bad-pixels", "marks.npy", "" }, { "initial", "v.npy", " --method sirt" }, { "mask", "v.npy", " --method sirt" },
        { "truth", "v.npy", " --method sirt" }, { "noise-weights", "f.npy", " --method sirt" } };
    make_files();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char word[60];
        snprintf(word, sizeof word, "which is --%s as well", cases[i].option);
        if (strcmp(cases[i].option, "darks") == 0) save("v.npy", (const float[3 * 16]){ 0 }, 3, 1, 3, 16);
        refused(2, word, "reconstruct %s --%s %s --output %s --overwrite --quiet%s", in_folder("p.npy"), cases[i].option,
            in_folder(cases[i].file), in_folder(cases[i].file), cases[i].more);
        if (strcmp(cases[i].option, "darks") == 0) make_files();
    }
    clear_folder();
}

/* Slices in the place of pictures that are read; beside them they may be, and again. */
static void test_stack_as_output(void)
{
    if (!ptm_io_format_available(PTM_IO_FORMAT_TIFF)) {
        printf("skipped stacks: this build has no libtiff\n");
        skipped++;
        return;
    }
    static const char *const inputs[] = { "p_%02d.tif", "p_*.tif", "" };
    run_well("phantom --size 8 --slices 3 --projections --views 12 --output %s", in_folder("p_%02d.tif"));
    for (int i = 0; i < 3; ++i)
        refused(2, "p_00.tif\", which is the input as well", "reconstruct %s --output %s --overwrite", in_folder(inputs[i]),
            in_folder("p_%02d.tif"));
    for (int again = 0; again < 2; ++again)
        run_well("reconstruct %s --output %s", in_folder("p_%02d.tif"), in_folder("s_%02d.tif"));
    refused(2, "numbers would stand in two places", "reconstruct %s --output %s", in_folder("p_%02d.tif"),
        in_folder("s_%d_%d.tif"));
    refused(3, "numbers would stand in two places", "reconstruct %s --output %s", in_folder("p_%d_%d.tif"),
        in_folder("o.npy"));
    clear_folder();
}

/* ------------------------------------------------------------------ words */

/* Options by their names and in their units, whatever the library's fields are called. */
static void test_words(void)
{
    static const struct { const char *command, *words; } cases[] = {
        { "--method cgls --min 0", "--min or --max is set, but CGLS" },
        { "--method sirt --regularizer tv --strength 1", "--regularizer is TV, which SIRT" },
        { "--method fista --regularizer huber --strength 1", "--regularizer huber needs --huber" },
        { "--method fista --regularizer wavelet --strength 1 --wavelet-levels 31", "--wavelet-levels is 31" },
        { "--method sirt --min 2 --max 1", "--min is 2 and --max 1" },
        { "--method sirt --model footprint --ray-step 1", "--ray-step is 1, but model is footprint" },
        { "--method sirt --ray-step 0.001", "--ray-step is 0.001 voxels" },
        { "--method sirt --ray-samples 17", "--ray-samples is 17" },
        { "--method sirt --max-seconds 0", "--max-seconds is \"0\", expected a number above 0" },
        { "--method sirt --relaxation 2", "--relaxation is 2, expected less than 2" },
        { "--method cgls --relaxation 1", "--relaxation is for sirt" },
        { "--method sirt --tolerance -1", "--tolerance is -1" }, { "--weights wang", "--weights is wang" },
        { "--weights n-pi", "--weights is n-PI" }, { "--rings sorting:4", "--rings is 4, expected an odd" },
        { "--rings wavelet:99999", "--rings is" }, { "-h", "no option -h" }, { "-", "no option -" },
        { "--device abacus", "--device is \"abacus\"" } };
    make_files();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        refused(strstr(cases[i].command, "abacus") ? 5 : 2, cases[i].words, "reconstruct %s --centre 7 --output %s %s",
            in_folder("p.npy"), in_folder("o.npy"), cases[i].command);
    refused(4, "only with --overwrite", "reconstruct %s --output %s", in_folder("p.npy"), in_folder("v.npy"));
    clear_folder();
}

static void test_trajectory_words(void)
{
    static const char *const cases[][2] = { { "helix --turns 1", "--pitch is 0, but a helix needs it" },
        { "circle --tilt-deg 45", "--tilt-deg: tilt is 0.785398, but" },
        { "laminography --tilt-deg 200", "--tilt-deg: tilt is" },
        { "helix --pitch 1 --turns 1 --range-deg 90", "--range-deg: range is 1.5" },
        { "circles --orbits 7 --tilt-deg 9", "--views is 180, expected a multiple of the 7" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        refused(2, cases[i][1], "info --cone --sod 90 --sdd 200 --plot %s --trajectory %s", in_folder("o.svg"),
            cases[i][0]);
    refused(2, "--cylindrical is set", "phantom --projections --cylindrical --output %s", in_folder("o.npy"));
    refused(2, "--shapes is for random", "phantom --shapes 3 --output %s", in_folder("o.npy"));
    refused(2, "--shapes is 10001", "phantom --phantom foam --shapes 10001 --output %s", in_folder("o.npy"));
    refused(2, "--attenuation is 0", "phantom --attenuation 0 --output %s", in_folder("o.npy"));
    refused(2, "--attenuation is 1e+300", "phantom --attenuation 1e300 --output %s", in_folder("o.npy"));
    refused(2, "--jitter is -1", "phantom --projections --jitter -1 --output %s", in_folder("o.npy"));
    refused(2, "--gain-spread is 5", "phantom --projections --gain-spread 5 --output %s", in_folder("o.npy"));
    run_well("phantom --size 8 --phantom random --seed 0 --output %s", in_folder("s.npy"));
    clear_folder();
}

/* Options that would do nothing are no help to those who give them. */
static void test_idle(void)
{
    make_files();
    refused(2, "--cone changes nothing", "info %s --cone", in_folder("p.npy"));
    refused(2, "--dataset changes nothing", "info %s --json --dataset x", in_folder("p.npy"));
    refused(2, "no option --photons", "info %s --photons 9", in_folder("p.npy"));
    check(run("info %s --json --quiet", in_folder("p.npy")) == 0, "info: %s", program_err);
    refused(2, "--work is \"W0\"", "bench --list --work W0");
    refused(2, "--operation is \"fbp\", of which", "bench --work W1 --operation fbp");
    refused(2, "--threads is 5000", "bench --size small --work W1 --threads 5000");
    refused(5, "--device is \"abacus\"", "bench --size small --work W1 --device abacus");
    check(!*program_out, "no head of a table without rows: %s", program_out);
    clear_folder();
}

static void test_environment(void)
{
    static const char *const variables[] = { "POLYTOME_THREADS", "POLYTOME_BACKENDS", "POLYTOME_CPU", "POLYTOME_FFT" };
    make_files();
    for (int i = 0; i < 4; ++i) {
        char *before = getenv(variables[i]) ? strdup(getenv(variables[i])) : NULL;
        setenv(variables[i], "abacus", 1);
        refused(2, variables[i], "reconstruct %s --output %s", in_folder("p.npy"), in_folder("o.npy"));
        refused(2, variables[i], "phantom --output %s", in_folder("o.npy"));
        refused(2, variables[i], "devices");
        if (before) setenv(variables[i], before, 1);
        else unsetenv(variables[i]);
        free(before);
    }
    clear_folder();
}

/* Standard streams that are closed: what is printed goes nowhere, least of all into the files that are written. */
static void test_closed_streams(void)
{
    make_files();
    run_well("reconstruct %s --centre 7 --output %s", in_folder("p.npy"), in_folder("a.npy"));
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        char *const words[] = { (char *)(uintptr_t)program_path(), "reconstruct", (char *)(uintptr_t)in_folder("p.npy"),
            "--centre", "7", "--output", (char *)(uintptr_t)in_folder("b.npy"), "--json", NULL };
        for (int i = 0; i < 3; ++i) close(i);
        execv(words[0], words);
        _exit(127);
    }
    const int code = wait_for(child);
    check(code == 4, "a closed standard output cannot be written to: %d", code);
    check(file_difference("b.npy", "a.npy") == 0, "the volume is whole");
    clear_folder();
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: test_refusals POLYTOME\n"), 2;
    program_begin(argv[1]);
    test_input_as_output();
    test_option_as_output();
    test_stack_as_output();
    test_words();
    test_trajectory_words();
    test_idle();
    test_environment();
    test_closed_streams();
    program_end();
    return finish();
}
