/* test_faults.c - the program when files are bad, disks full, others are in the way, or it is stopped: one clear line, the
 * exit code of its kind, and nothing half-written.
 * Usage: test_faults POLYTOME */
#define _XOPEN_SOURCE 700
#include "program.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef PTM_IO_HAVE_HDF5
#include "../io/make_files.h"
#endif

static bool has_format(const char *name, const char *test)
{
    if (ptm_io_format_available(ptm_io_format_by_suffix(name))) return true;
    printf("skipped %s: this build has no such files as %s\n", test, name);
    skipped++;
    return false;
}

/* Both commands that read values refuse this file with the code, whatever else they would note, and write nothing. */
static void refused_as(const char *name, int code, const char *word)
{
    const char *const commands[] = { "reconstruct", "project" };
    for (int i = 0; i < 2; ++i) {
        const int files = files_in_folder(),
                  got = run("%s %s --quiet --output %s", commands[i], in_folder(name), in_folder("out.npy"));
        check(got == code && one_line(word) && files_in_folder() == files, "%s %s -> %d, expected %d with \"%s\": %s",
            commands[i], name, got, code, word, program_err);
    }
}

static void refused(const char *name, const char *word)
{
    refused_as(name, 3, word);
}

/* ------------------------------------------------------------------ input */

static void cut(const char *from, const char *to, double part)
{
    static char bytes[1 << 20];
    FILE *file = fopen(in_folder(from), "rb");
    const size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    file = fopen(in_folder(to), "wb");
    fwrite(bytes, 1, (size_t)(part * (double)length), file);
    fclose(file);
}

static void save_as(const char *name, ptm_io_type type, int dimensions)
{
    ptm_io_array a;
    const int64_t shape[4] = { 12, 5, 16, 2 };
    must(ptm_io_array_create(&a, type, dimensions, shape));
    if (ptm_io_write(in_folder(name), &a, NULL)) printf("skipped %s: %s\n", name, ptm_error_message()), skipped++;
    ptm_io_array_free(&a);
}

static void test_bad_files(void)
{
    static const struct { const char *name; ptm_io_format format; int dimensions; } files[] = { { "a.npy",
        PTM_IO_FORMAT_NPY, 3 }, { "a.tif", PTM_IO_FORMAT_TIFF, 3 },
        { "a.png", PTM_IO_FORMAT_PNG, 2 }, { "a.h5", PTM_IO_FORMAT_HDF5, 3 } };
    static const char *const cuts[] = { "c.npy", "c.tif", "c.png", "c.h5" },
        *const empty[] = { "e.npy", "e.tif", "e.png", "e.h5" };
    for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
        if (!ptm_io_format_available(files[i].format)) {
            skipped++;
            continue;
        }
        save_as(files[i].name, files[i].format == PTM_IO_FORMAT_PNG ? PTM_IO_UINT16 : PTM_IO_FLOAT32, files[i].dimensions);
        for (int part = 1; part < 10; part += 2) {
            cut(files[i].name, cuts[i], 0.1 * part);
            refused(cuts[i], cuts[i]);
            /* What is cut off may be values only, which info does not read. */
            const int code = run("info %s", in_folder(cuts[i]));
            check(code == 0 ? !*program_err : code == 3 && one_line(cuts[i]), "info of %s, cut: %d %s", cuts[i], code,
                program_err);
        }
        put_text(empty[i], "");
        refused(empty[i], "empty");
        put_text(empty[i], "this is text and no picture");
        refused(empty[i], empty[i]);
        check(run("info %s", in_folder(empty[i])) == 3 && one_line(empty[i]), "info: %s", program_err);
    }
    clear_folder();
    put_text("text", "hello");
    refused("text", "format is not known");
    refused("absent.npy", "No such file");
    refused("absent/file.npy", "No such file");
    mkdir(in_folder("folder"), 0755);
    refused("folder", "no TIFF or PNG files");
    rmdir(in_folder("folder"));
    put_text("huge.npy", "\x93NUMPY\1");
    FILE *file = fopen(in_folder("huge.npy"), "ab");
    fputs("", file);
    const char header[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000, 10), }\n";
    fputc(0, file);
    fputc((int)strlen(header), file);
    fputc(0, file);
    fputs(header, file);
    fclose(file);
    refused("huge.npy", "damaged or cut short");
    put_text("long.npy", "\x93NUMPY\3");
    file = fopen(in_folder("long.npy"), "ab");
    fwrite("\0\xff\xff\xff\x7f{", 1, 6, file);
    fclose(file);
    refused("long.npy", "damaged or cut short");
    save_as("complex.npy", PTM_IO_COMPLEX64, 3);
    refused("complex.npy", "complex64");
    save_as("line.npy", PTM_IO_FLOAT32, 1);
    refused("line.npy", "1 axes");
    save_as("four.npy", PTM_IO_FLOAT32, 4);
    refused("four.npy", "4 axes");
    clear_folder();
    float values[12 * 5 * 16] = { 0 };
    values[3 * 80 + 2 * 16 + 7] = NAN;
    save("nan.npy", values, 3, 12, 5, 16);
    refused("nan.npy", "element (3, 2, 7) is nan");
    check(run("reconstruct %s --binning 2 --output %s", in_folder("nan.npy"), in_folder("o.npy")) == 3 &&
        one_line("is nan"), "binned: %s", program_err);
    check(run("reconstruct %s --rows 3:5 --output %s", in_folder("nan.npy"), in_folder("o.npy")) == 0,
        "not where it is not used: %s", program_err);
    for (int i = 0; i < 2; ++i)
        check(run("reconstruct %s --columns 8:16 --centre 11.5 --output %s%s --overwrite", in_folder("nan.npy"),
            in_folder("o.npy"), i ? " --memory 1G" : "") == 0, "nor among columns that are not: %s", program_err);
    values[3 * 80 + 2 * 16 + 7] = -INFINITY;
    save("inf.npy", values, 3, 12, 5, 16);
    refused("inf.npy", "-inf");
    const double large[4] = { 1, 1e300, 2, 3 };
    const ptm_io_array big = {
        .type = PTM_IO_FLOAT64, .dimensions = 2, .shape = { 2, 2 }, .data = (double *)(uintptr_t)large
    };
    must(ptm_io_write(in_folder("big.npy"), &big, NULL));
    refused("big.npy", "float32 cannot hold");
    clear_folder();
#ifdef PTM_IO_HAVE_HDF5
    make_hollow(in_folder("h.h5"), 1000000000000, true);
    refused("h.h5", "h.h5");
    make_exchange(in_folder("x.h5"), false, true, 7);
    check(
        run("reconstruct %s --output %s", in_folder("x.h5"), in_folder("o.npy")) == 3 && one_line("--angles gives others"),
        "a scan with 7 angles for 5 views: %s", program_err);
    check(run("info %s", in_folder("x.h5")) == 3 && one_line("angles") && strstr(program_out, "/exchange/data"),
        "info still lists what is there: %s", program_err);
    put_text("five.txt", "0 36 72 108 144");
    check(run("reconstruct %s --angles %s --centre 1.5 --output %s", in_folder("x.h5"), in_folder("five.txt"),
        in_folder("mended.npy")) == 0, "other angles mend it: %s", program_err);
    make_exchange(in_folder("s.h5"), false, true, 5);
    put_axes(in_folder("s.h5"), "y:theta:x");
    check(run("reconstruct %s --output %s", in_folder("s.h5"), in_folder("o.npy")) == 3 && one_line("expected theta:y:x"),
        "sinograms are not taken for projections: %s", program_err);
    float counts[6] = { 1, 2, 3, 4, 5, 6 }, flats[3] = { 9, INFINITY, 9 }, darks[3] = { 0 };
    const double angles[2] = { 0, 90 };
    make_counts(in_folder("f.h5"), 2, 1, 3, counts, flats, 1, darks, 1, angles);
    check(run("reconstruct %s --quiet --output %s", in_folder("f.h5"), in_folder("o.npy")) == 3 &&
        one_line("flat field: element (0, 0, 1) is inf"), "flats: %s", program_err);
    clear_folder();
#endif
}

static void test_bad_geometry(void)
{
    float values[12 * 4 * 16];
    for (int i = 0; i < 12 * 4 * 16; ++i) values[i] = 1;
    save("a.npy", values, 3, 12, 4, 16);
#define HEAD "{\"format\": \"polytome geometry\", \"version\": 1, "
    static const struct { const char *text; int code; const char *word; } bad[] = { { "", 3, "empty" },
        { "{", 3, "line 1" }, { "\x1b[2J{", 3, "line 1" }, { "[1, 2]", 3, "3 rows of 4 numbers" },
        { HEAD "\"circular\": {\"beam\": \"cone\", \"sod\": -1, \"sdd\": 2}}", 2, "--sod" },
        { HEAD "\"circular\": {\"beam\": \"cone\", \"sod\": 1e400, \"sdd\": 2}}", 3, "overflow" },
        { HEAD "\"circular\": {\"beam\": \"parallel\", \"count\": 7}}", 3, "12 views" },
        { HEAD "\"circular\": {\"beam\": \"parallel\"}, \"detector\": {\"shape\": [4, 17]}}", 3, "16 detector columns" },
        { HEAD "\"circular\": {\"beam\": \"parallel\"}, \"detector\": {\"spacing\": [-1, 1]}}", 2, "width is -1" },
        { HEAD "\"circular\": {\"beam\": \"parallel\"}, \"volume\": {\"shape\": [1, 1, 1], \"spacing\": [1, 1, -3]}}", 2,
            "voxel is -3" },
        { HEAD "\"vectors\": {\"parallel\": true, \"views\": [[0,1,0,0,0,0,1,0,0,0,0,1]]}}", 3, "12 views" } };
    if (run("info %s --write-geometry %s", in_folder("a.npy"), in_folder("g.json")) == 2) {
        check(one_line("without jansson"), "a build without geometry files says so: %s", program_err);
        check(run("phantom --output %s --write-geometry %s", in_folder("o.npy"), in_folder("g.json")) == 2 &&
            one_line("without jansson") && files_in_folder() == 1, "before any work: %s", program_err);
        printf("skipped geometry files: this build has no jansson\n");
        skipped++;
        clear_folder();
        return;
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        put_text("bad.json", bad[i].text);
        const int code = run("reconstruct %s --geometry %s --output %s", in_folder("a.npy"), in_folder("bad.json"),
            in_folder("o.npy"));
        check(code == bad[i].code && one_line(bad[i].word) && files_in_folder() == 3, "geometry %s -> %d %s", bad[i].text,
            code, program_err);
    }
    put_text("bad.json", HEAD "\"circular\": {\"beam\": \"parallel\"}, \"detector\": {\"surface\": \"cubic\"}}");
    check(run("info %s", in_folder("bad.json")) == 3 && one_line("surface"), "info of it: %s", program_err);
    check(run("phantom --geometry %s --output %s", in_folder("bad.json"), in_folder("o.npy")) == 3 && one_line("surface"),
        "phantom on it: %s", program_err);
    clear_folder();
}

/* ------------------------------------------------------------------ output */

static char input[600];

/* Projections that a reconstruction takes a moment for. */
static void make_input(int views, int rows, int columns)
{
    const size_t n = (size_t)views * (size_t)rows * (size_t)columns;
    float *values = malloc(n * sizeof *values);
    for (size_t i = 0; i < n; ++i) values[i] = (float)(i % 17) * 0.01f;
    save("in.npy", values, 3, views, rows, columns);
    snprintf(input, sizeof input, "%s", in_folder("in.npy"));
    free(values);
}

static void test_bad_output(void)
{
    make_input(20, 4, 24);
    put_text("there.npy", "precious");
    check(run("reconstruct %s --output %s", input, in_folder("there.npy")) == 4 && one_line("exists"),
        "an output that exists: %s", program_err);
#ifdef PTM_IO_HAVE_JSON
    check(run("reconstruct %s --output %s --write-geometry %s", input, in_folder("o.npy"), in_folder("there.npy")) == 4 &&
        one_line("exists") && files_in_folder() == 2, "a geometry file that exists, before any work: %s", program_err);
    check(run("info %s --write-geometry /dev/full --overwrite", input) == 4 && one_line("not a regular file"),
        "/dev/full: %s", program_err);
#endif
    check(run("reconstruct %s --output %s", input, in_folder("no/o.npy")) == 4 && one_line("No such file"),
        "no such folder: %s", program_err);
    check(run("reconstruct %s --output /dev/full --overwrite", input) == 2 && one_line("/dev/full"),
        "/dev/full says no format: %s", program_err);
    check(run("reconstruct %s --output %s", input, in_folder("o.xyz")) == 2 && one_line("suffix"), "no such format: %s",
        program_err);
    check(run("reconstruct %s --output %s", input, in_folder("o.png")) == 2 && one_line("PNG"),
        "four slices in a PNG file: %s", program_err);
    check(run("reconstruct %s --bits 8 --output %s", input, in_folder("o.npy")) == 2 && one_line("window"),
        "8 bits in .npy: %s", program_err);
    check(files_in_folder() == 2, "nothing was written: %d files", files_in_folder());
    const int full = wait_for(start("/dev/full", "info %s --json", input));
    check(full == 4, "standard output is full: code %d", full);
    clear_folder();
}

/* Where root runs the tests, without the right to pass permissions by, which programs are given no more. */
static int run_without_privileges(const char *command, const char *output)
{
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        if (getuid() == 0 &&
            (prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0) || prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0)))
            _exit(77);
        _exit(run(command, input, output));
    }
    return wait_for(child);
}

static void test_permissions(void)
{
    make_input(20, 2, 16);
    chmod(input, 0);
    int code = run_without_privileges("reconstruct %s --output %s", in_folder("o.npy"));
    check(code == 3, "an input that may not be read: code %d", code);
    chmod(input, 0644);
    chmod(in_folder(""), 0555);
    code = run_without_privileges("reconstruct %s --output %s", in_folder("o.npy"));
    check(code == 4, "a folder that may not be written: code %d", code);
    chmod(in_folder(""), 0755);
    clear_folder();
}

/* Files may not grow beyond a limit, which is what a full disk is like. */
static void test_full_disk(void)
{
    static const char *const names[] = { "o.npy", "o.tif", "o.h5", "o_%d.png" };
    make_input(20, 3, 64);
    for (int i = 0; i < 4; ++i) {
        if (!has_format(names[i], "a full disk")) continue;
        fflush(stdout);
        const pid_t child = fork();
        if (child == 0) {
            setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 2000, RLIM_INFINITY });
            _exit(run("reconstruct %s --output %s", input, in_folder(names[i])) == 4 && one_line("cannot be written") &&
                files_in_folder() == 1 ? 0 : 1);
        }
        const int code = wait_for(child);
        check(code == 0, "%s on a full disk: an error and nothing left behind (%d)", names[i], code);
    }
    const pid_t child = has_format("s_sheet.png", "a sweep on a full disk") ? fork() : -1;
    if (child == 0) {
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 20000, RLIM_INFINITY }); /* enough for a slice, not for the sheet */
        _exit(run("reconstruct %s --centre-sweep 30:40:1 --output %s", input, in_folder("s.npy")) == 4 &&
            one_line("s_sheet.png: cannot be written") && files_in_folder() == 1 ? 0 : 1);
    }
    const int code = child > 0 ? wait_for(child) : 0;
    check(code == 0, "a sweep on a full disk: an error and nothing left behind (%d)", code);
    clear_folder();
}

/* ------------------------------------------------------------------ several at once, and stopped */

static void test_two_at_once(void)
{
    make_input(30, 4, 48);
    int bad = 0;
    for (int round = 0; round < 10; ++round) {
        pid_t children[3];
        int won = 0, refusals = 0;
        for (int i = 0; i < 3; ++i)
            children[i] = start("/dev/null", "reconstruct %s --quiet --output %s", input, in_folder("o.npy"));
        for (int i = 0; i < 3; ++i) {
            const int code = wait_for(children[i]);
            won += code == 0;
            refusals += code == 4;
        }
        ptm_io_array a = load("o.npy");
        if (won != 1 || refusals != 2 || files_in_folder() != 2 || a.shape[2] != 48) bad++;
        ptm_io_array_free(&a);
        unlink(in_folder("o.npy"));
    }
    check(bad == 0, "three at once to one file: one wins, two are told, %d of 10 times wrong", bad);
    clear_folder();
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Stopped at any time: either all is there or nothing. A program that has not begun yet ends as any other. */
static void test_stop(int signal_number, int code)
{
    if (!has_format("o_%02d.tif", "a signal among many files")) return;
    make_input(360, 24, 256);
    const int rounds = getenv("POLYTOME_TEST_FEW") ? 5 : 13;
    int stopped = 0, finished = 0, bad = 0;
    double whole = 0;
    for (int i = 0; i < rounds; ++i) {
        const double begun = now();
        const pid_t child = start("/dev/null", "reconstruct %s --quiet --output %s", input, in_folder("o_%02d.tif"));
        if (i > 0) { /* the first run goes to its end, and says how long that takes here */
            const double wait = whole * i / rounds;
            nanosleep(&(struct timespec){ (time_t)wait, (long)(1e9 * (wait - floor(wait))) }, NULL);
            kill(child, signal_number);
        }
        const int got = wait_for(child), files = files_in_folder() - 1;
        if (i == 0) whole = now() - begun;
        const bool nothing = files == 0 && (got == code || got == 1000 + signal_number), all = got == 0 && files == 24;
        stopped += got == code;
        finished += all;
        bad += !nothing && !all;
        for (int k = 0; k < 24; ++k) {
            char name[20];
            snprintf(name, sizeof name, "o_%02d.tif", k);
            unlink(in_folder(name));
        }
    }
    check(bad == 0 && stopped > 0, "signal %d: %d times stopped with nothing left, %d times done, %d times neither",
        signal_number, stopped, finished, bad);
    clear_folder();
}

/* Started by nohup and the like: what was ignored before stays so. */
static void test_hangup(void)
{
    make_input(360, 24, 256);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGHUP, SIG_IGN);
        const pid_t program = start("/dev/null", "reconstruct %s --quiet --output %s", input, in_folder("o.npy"));
        for (int i = 0; i < 20; ++i) {
            nanosleep(&(struct timespec){ 0, 5000000 }, NULL);
            kill(program, SIGHUP);
        }
        _exit(wait_for(program) == 0 && files_in_folder() == 2 ? 0 : 1);
    }
    const int code = wait_for(child);
    check(code == 0, "a hangup that is ignored does not stop it (%d)", code);
    clear_folder();
}

static void test_stop_phantom(void)
{
    const pid_t child = start("/dev/null", "phantom --size 400 --quiet --output %s", in_folder("o.npy"));
    nanosleep(&(struct timespec){ 0, 300000000 }, NULL);
    const double sent = now();
    kill(child, SIGINT);
    const int code = wait_for(child);
    check(code == 130 && files_in_folder() == 0, "phantom is stopped: %d", code);
    check_most(now() - sent, 3, "and at once, seconds");
}

/* A bar on a terminal, and nowhere else. */
static void test_progress(void)
{
    static char text[1 << 16];
    size_t length = 0;
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master)) {
        printf("skipped the progress bar: there are no pseudo-terminals here\n");
        skipped++;
        return;
    }
    const pid_t child = start_with("/dev/null", ptsname(master), "phantom --size 48 --output %s", in_folder("o.npy"));
    for (ssize_t n; length < sizeof text - 1 && (n = read(master, text + length, sizeof text - 1 - length)) > 0;)
        length += (size_t)n;
    text[length] = 0;
    const int code = wait_for(child);
    close(master);
    check(code == 0 && strstr(text, "\r[#") && strstr(text, "####] 100 %"), "a bar on a terminal: %d %.80s", code, text);
    check(run("phantom --size 48 --overwrite --output %s", in_folder("o.npy")) == 0 && !strchr(program_err, '['),
        "none in a file: %s", program_err);
    clear_folder();
}

static void test_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
    make_input(4, 1, 16);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_AS, &(struct rlimit){ (rlim_t)1 << 30, (rlim_t)1 << 30 });
        _exit(run("reconstruct %s --output %s --size 16384 --slices 8", input, in_folder("o.npy")) == 6 &&
            one_line("no memory") && files_in_folder() == 1 ? 0 : 1);
    }
    const int code = wait_for(child);
    check(code == 0, "too large for the memory: code 6 and a line (%d)", code);
    clear_folder();
#endif
}

static void test_devices(void)
{
    make_input(4, 1, 16);
    check(run("reconstruct %s --device abacus --output %s", input, in_folder("o.npy")) == 5 && one_line("abacus"),
        "no such device: %s", program_err);
    check(run("project %s --device host:9 --output %s", input, in_folder("o.npy")) == 5 && one_line("host:9"),
        "no such device: %s", program_err);
    check(run("devices --quiet") == 0 && strstr(program_out, "host:0"), "devices");
    clear_folder();
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: test_faults POLYTOME\n"), 2;
    program_begin(argv[1]);
    test_bad_files();
    test_bad_geometry();
    test_bad_output();
    test_permissions();
    test_full_disk();
    test_two_at_once();
    test_stop(SIGINT, 130);
    test_stop(SIGTERM, 130);
    test_hangup();
    test_stop_phantom();
    test_progress();
    test_memory();
    test_devices();
    program_end();
    return finish();
}
