/* test_cli.c - the program's commands and options, each by the numbers that come out.
 * Usage: test_cli POLYTOME DATA_FOLDER */
#define _XOPEN_SOURCE 700
#include "program.h"

#include <unistd.h>

#ifdef PTM_IO_HAVE_JSON
#include <jansson.h>
#endif
#ifdef PTM_IO_HAVE_HDF5
#include "../io/make_files.h"
#endif

static ptm_context *context;
static ptm_device *device;

/* ------------------------------------------------------------------ helpers */

/* Which of program_out's members has this text or number; what is not valid JSON fails. */
#ifdef PTM_IO_HAVE_JSON
static json_t *parsed(void)
{
    json_error_t error;
    json_t *root = json_loads(program_out, JSON_REJECT_DUPLICATES, &error);
    check(root != NULL, "the result is JSON: %s", root ? "" : error.text);
    return root;
}
#endif

static void compare(const char *a, const char *b, double limit, const char *what)
{
    check_most(file_difference(a, b), limit, what);
}

/* Part of an array: for each axis from ... to - 1 and a step. */
static void save_part(const char *name, const ptm_io_array *a, const int64_t from[3], const int64_t to[3], int64_t step)
{
    float *part = malloc((size_t)ptm_io_array_count(a) * sizeof *part), *at = part;
    const float *values = a->data;
    int64_t views = 0;
    for (int64_t i = from[0]; i < to[0]; i += step, ++views)
        for (int64_t j = from[1]; j < to[1]; ++j)
            for (int64_t k = from[2]; k < to[2]; ++k) *at++ = values[(i * a->shape[1] + j) * a->shape[2] + k];
    save(name, part, 3, views, to[1] - from[1], to[2] - from[2]);
    free(part);
}

#define CONE "--cone --sod 120 --sdd 200 --pixel 1.5"

/* ------------------------------------------------------------------ the command line itself */

static void test_usage(void)
{
    static const char *const wrong[] = { "frobnicate", "reconstruct", "reconstruct x.npy",
        "reconstruct x.npy y.npy --output z.npy", "devices --cone", "info", "reconstruct x.npy --output z.npy --binning 0",
        "reconstruct x.npy --output z.npy --binning two", "reconstruct x.npy --output z.npy --sod nan",
        "reconstruct x.npy --output z.npy --filter box", "reconstruct x.npy --output z.npy --rows 5:3",
        "reconstruct x.npy --output z.npy --rows -1:3", "reconstruct x.npy --output z.npy --views 1:2:0",
        "reconstruct x.npy --output", "phantom --output z.npy --cone=1", "phantom --output z.npy --frobnicate",
        "reconstruct x.npy --output z.npy --bits 12", "reconstruct x.npy --output z.npy --rows 1:9:2",
        "reconstruct x.npy --output z.npy --columns 1:9:2", "phantom --output z.npy --size 1500000000",
        "phantom --output z.npy --size 16385", "phantom --output z.npy --views 1048577",
        "project x.npy --output z.npy --rows 16385", "reconstruct x.npy --output z.npy --views 9223372036854775807",
        "reconstruct x.npy --output z.npy --views 0:9:9223372036854775807", "reconstruct x.npy --output z.npy --rows 16385",
        "reconstruct x.npy --output z.npy --binning 16385", "phantom --output z.npy --compress",
        "phantom --output z.npy --sod 100", "phantom --output z.npy --sdd 100 --parallel",
        "reconstruct x.npy --output z.npy --centre 3 --offset 1",
        "reconstruct x.npy --output z.npy --centre-sweep 1:3:1 --offset 1", "phantom --output z.npy --write-geometry z.npy",
        "phantom --output z_%02d.npy", "phantom --output z.npy --phantom unicorn", "phantom --output z.npy --shapes 10001",
        "phantom --output z.npy --radius 0", "phantom --output z.npy --photons 1000",
        "phantom --output z.npy --ray-samples 2", "phantom --output z.npy --projections --counts",
        "phantom --output z.npy --projections --photons -1", "phantom --output z.npy --projections --spectrum 1",
        "phantom --output z.npy --projections --ray-samples 17", "phantom --output z.npy --projections --jitter -1",
        "project x.npy --output z.npy --counts" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        const int code = run("%s", wrong[i]);
        const char *end = strchr(program_err, '\n');
        check(code == 2 && strncmp(program_err, "polytome: ", 10) == 0 && end && !end[1] && !*program_out, "%s -> %d %s",
            wrong[i], code, program_err);
        check(access("z.npy", F_OK) != 0, "%s writes nothing", wrong[i]);
    }
    check(run("--version") == 0 && strstr(program_out, ptm_version()), "the version: %s", program_out);
    check(run("--help") == 0 && strstr(program_out, "Exit codes"), "help lists the exit codes");
    check(run("phantom --help --output") == 0 && strstr(program_out, "--write-geometry FILE") &&
        !strstr(program_out, "--binning"), "help of a command has its options");
}

/* Whether the list of the command's options in the completion has this one. */
static bool completes(const char *command, const char *name)
{
    char head[60], word[60];
    snprintf(head, sizeof head, "    %s) options=\"", command);
    const char *list = strstr(program_out, head), *end = list ? strchr(list, '\n') : NULL;
    if (!end) return false;
    for (const char *after = " \""; *after; ++after) {
        snprintf(word, sizeof word, "--%s%c", name, *after);
        const char *at = strstr(list, word);
        if (at && at < end) return true;
    }
    return false;
}

/* What --help says is in the manual page and can be completed. */
static void test_manual(void)
{
    static char help[1 << 16], manual[1 << 16];
    static const char *const commands[] = { "devices", "info", "reconstruct", "project", "phantom", "bench" };
    run("--manual");
    memcpy(manual, program_out, sizeof manual);
    run("--completion");
    int options = 0, missing = 0;
    for (size_t c = 0; c < sizeof commands / sizeof *commands; ++c) {
        run("%s --help", commands[c]);
        memcpy(help, program_out, sizeof help);
        run("--completion");
        for (char *at = strstr(help, "\n  --"); at; at = strstr(at + 1, "\n  --")) {
            char name[40], roff[90] = "\\fB\\-\\-", *to = roff + strlen(roff);
            sscanf(at, " --%30[a-z-]", name);
            for (const char *from = name; *from; ++from) to += sprintf(to, *from == '-' ? "\\-" : "%c", *from);
            strcat(roff, "\\fR");
            options++;
            if (strstr(manual, roff) && completes(commands[c], name)) continue;
            printf("  --%s of %s is not in both manual page and completion\n", name, commands[c]);
            missing++;
        }
    }
    check(options > 60 && missing == 0, "of %d options in --help, %d are not in both manual page and completion", options,
        missing);
    check(strstr(program_out, "bench--size)") && !strstr(program_out, " --size)"), "completion of --size is bench's alone");
    for (int i = 0; i <= 6; ++i) {
        char entry[20];
        snprintf(entry, sizeof entry, ".B %d\n", i);
        check(strstr(manual, entry) != NULL, "exit code %d is in the manual page", i);
    }
}

/* ------------------------------------------------------------------ phantom, project, geometry */

/* The names that --phantom takes are those of the library, in its order. */
static void test_phantom_names(void)
{
    for (int i = 0; ptm_phantom_name(i); ++i) {
        float expected[9 * 9 * 9];
        const ptm_array a = PTM_ARRAY_3D(expected, 9, 9, 9);
        ptm_phantom *phantom;
        must(ptm_phantom_create_named(&phantom, ptm_phantom_name(i), &(ptm_phantom_options){ PTM_SIZED(ptm_phantom_options),
            .radius = 4.5, .seed = 3, .count = 20 }));
        must(ptm_phantom_voxels(context, phantom, &(ptm_volume){ .shape = { 9, 9, 9 } }, &a, NULL));
        const bool many = strstr("random foam gaussians defrise", ptm_phantom_name(i)) != NULL;
        run_well("phantom --phantom %s --size 9 --seed 3%s --output %s", ptm_phantom_name(i), many ? " --shapes 20" : "",
            in_folder("p.npy"));
        ptm_io_array written = load("p.npy");
        check(ptm_io_array_count(&written) == 729 && memcmp(written.data, expected, sizeof expected) == 0, "phantom: %s",
            ptm_phantom_name(i));
        ptm_io_array_free(&written);
        ptm_phantom_destroy(&phantom);
    }
    clear_folder();
}

/* Exact projections, and with noise that a seed decides. */
static void test_phantom_projections(void)
{
    const char *scan = "--size 48 --slices 1 --views 120 --columns 72 --attenuation 0.02";
    const char *head = "phantom --phantom shepp-logan-2d";
    run_well("%s %s --output %s", head, scan, in_folder("v.npy"));
    run_well("%s %s --projections --output %s", head, scan, in_folder("p.npy"));
    run_well("%s %s --projections --ray-samples 3 --output %s", head, scan, in_folder("m.npy"));
    run_well("project %s --views 120 --columns 72 --output %s", in_folder("v.npy"), in_folder("q.npy"));
    compare("q.npy", "m.npy", 0.2, "phantom: exact projections against those of its voxels");
    check(file_difference("p.npy", "m.npy") > 0.01, "phantom: a pixel's mean is not its centre");
    run_well("%s %s --projections --photons 1e6 --seed 5 --output %s", head, scan, in_folder("a.npy"));
    run_well("%s %s --projections --photons 1e6 --seed 5 --output %s", head, scan, in_folder("b.npy"));
    run_well("%s %s --projections --photons 1e6 --seed 6 --output %s", head, scan, in_folder("c.npy"));
    compare("a.npy", "b.npy", 0, "phantom: the same noise from the same seed");
    compare("a.npy", "p.npy", 0.05, "phantom: noisy projections are near the exact ones");
    check(file_difference("a.npy", "c.npy") > 1e-3, "phantom: other noise from another seed");
    run_well("project %s --views 120 --columns 72 --photons 1e6 --output %s", in_folder("v.npy"), in_folder("n.npy"));
    compare("n.npy", "q.npy", 0.05, "project: with noise");
    check(file_difference("n.npy", "q.npy") > 1e-4, "project: there is some");
    if (has(HDF5, "phantom: counts")) {
        run_well("%s %s --projections --photons 1e6 --seed 5 --counts --output %s", head, scan, in_folder("c.h5"));
        run_well("reconstruct %s --centre 35.5 --size 48 --output %s", in_folder("c.h5"), in_folder("s.npy"));
        run_well("reconstruct %s --centre 35.5 --size 48 --output %s", in_folder("a.npy"), in_folder("t.npy"));
        compare("s.npy", "t.npy", 1e-5, "phantom: counts with their fields, reconstructed as their line integrals are");
    }
    clear_folder();
}

static void test_phantom(void)
{
    run_well("phantom --size 20 --slices 12 --voxel 0.5 --output %s --write-geometry %s", in_folder("p.npy"),
        in_folder("p.json"));
    ptm_io_array a = load("p.npy");
    ptm_io_geometry g = { 0 };
    must(ptm_io_geometry_read(&g, in_folder("p.json")));
    const float *v = a.data;
    check(a.dimensions == 3 && a.shape[0] == 12 && a.shape[1] == 20 && a.shape[2] == 20 && v[0] == 0,
        "phantom: 12 x 20 x 20");
    check(fabs((double)v[(6 * 20 + 12) * 20 + 10] - 0.2) < 0.11, "phantom: brain is 0.2, here %g",
        (double)v[(6 * 20 + 12) * 20 + 10]);
    check(g.volume.shape[0] == 12 && g.volume.shape[2] == 20 && g.volume.spacing[0] == 0.5 && g.volume.spacing[2] == 0.5 &&
        g.views == 180 && g.detector.shape[0] == 12 && g.detector.shape[1] == 30,
        "phantom: its geometry has the grid and a scan that sees it");
    run_well("phantom --geometry %s --output %s", in_folder("p.json"), in_folder("q.npy"));
    compare("q.npy", "p.npy", 0, "phantom: the same on the grid of the geometry file");
    ptm_io_geometry_free(&g);
    ptm_io_array_free(&a);
    clear_folder();
    if (!has(HDF5, "phantom: in HDF5 files")) return;
    run_well("phantom --size 16 --voxel 0.25 --output %s --compress", in_folder("p.h5"));
    a = load("p.h5");
    check(a.spacing[0] == 0.25 && a.spacing[2] == 0.25, "phantom: HDF5 keeps the voxel's size");
    ptm_io_array_free(&a);
    clear_folder();
}

/* The program's projections are the library's. */
static void test_project(void)
{
    run_well("phantom --size 20 --slices 14 --output %s", in_folder("v.npy"));
    run_well("project %s " CONE " --voxel 1 --offset 0.7 --offset-v -0.4 --flip-u --views 24 --columns 25 --rows 17 "
                                "--start-deg 10 --output %s --write-geometry %s",
        in_folder("v.npy"), in_folder("a.npy"), in_folder("a.json"));
    ptm_io_array volume = load("v.npy"), expected;
    const double degree = 3.14159265358979323846 / 180;
    ptm_scan *scan;
    ptm_operator *op;
    must(ptm_scan_cone(&scan, context, &(ptm_circular_options){ PTM_SIZED(ptm_circular_options),
        .volume = { .shape = { 14, 20, 20 } },
        .detector = { .shape = { 17, 25 }, .spacing = { 1.5, 1.5 }, .offset = { 0.7, -0.4 }, .flip_u = true }, .views = 24,
            .start = 10 * degree,
        .range = 360 * degree, .sod = 120, .sdd = 200 }));
    must(ptm_projector_create(&op, device, scan, NULL));
    must(ptm_io_array_create(&expected, PTM_IO_FLOAT32, 3, (int64_t[]){ 24, 17, 25 }));
    const ptm_array from = PTM_ARRAY_3D(volume.data, 14, 20, 20), to = PTM_ARRAY_3D(expected.data, 24, 17, 25);
    must(ptm_apply(op, &to, &from));
    save("e.npy", expected.data, 3, 24, 17, 25);
    compare("a.npy", "e.npy", 1e-6, "project: as the library does");
    run_well("project %s --geometry %s --output %s --write-geometry %s", in_folder("v.npy"), in_folder("a.json"),
        in_folder("b.npy"), in_folder("b.json"));
    compare("b.npy", "a.npy", 0, "project: the same bits from the geometry file");
    ptm_operator_destroy(&op);
    must(ptm_projector_create(
        &op, device, scan, &(ptm_projector_options) { PTM_SIZED(ptm_projector_options), .model = PTM_MODEL_FOOTPRINT }));
    must(ptm_apply(op, &to, &from));
    save("e.npy", expected.data, 3, 24, 17, 25);
    run_well("project %s --geometry %s --model footprint --output %s", in_folder("v.npy"), in_folder("a.json"),
        in_folder("f.npy"));
    compare("f.npy", "e.npy", 1e-6, "project: by footprints as the library does");
    ptm_io_geometry g = { 0 }, h = { 0 };
    must(ptm_io_geometry_read(&g, in_folder("a.json")));
    must(ptm_io_geometry_read(&h, in_folder("b.json")));
    check(memcmp(&g, &h, offsetof(ptm_io_geometry, angles)) == 0 && g.sod == h.sod && g.views == 24 && g.start == 10 &&
        g.detector.flip_u, "project: which is written again as it was");
    run_well("project %s --geometry %s --offset 0 --views 12 --output %s", in_folder("v.npy"), in_folder("a.json"),
        in_folder("b.npy"));
    run_well("project %s " CONE
             " --voxel 1 --offset-v -0.4 --flip-u --views 12 --columns 25 --rows 17 --start-deg 10 --output %s",
        in_folder("v.npy"), in_folder("a.npy"));
    compare("b.npy", "a.npy", 0, "project: options go before the geometry file");
    ptm_io_geometry_free(&g);
    ptm_io_geometry_free(&h);
    ptm_operator_destroy(&op);
    ptm_scan_destroy(&scan);
    ptm_io_array_free(&volume);
    ptm_io_array_free(&expected);
    clear_folder();
}

/* ------------------------------------------------------------------ parts of the data */

/* Projections that depend on all three of their indices, and are positive. */
static ptm_io_array make_projections(const char *name, int views, int rows, int columns)
{
    ptm_io_array a;
    must(ptm_io_array_create(&a, PTM_IO_FLOAT32, 3, (int64_t[]){ views, rows, columns }));
    uint64_t state = 5;
    for (int64_t i = 0; i < ptm_io_array_count(&a); ++i) {
        const double u = (double)(i % columns) - 0.5 * (columns - 1), part = 1 - 4 * u * u / (columns * columns);
        ((float *)a.data)[i] = (float)(part * (1 + 0.3 * random_number(&state)) * (1 + 0.1 * (double)(i / columns % rows)));
    }
    save(name, a.data, 3, views, rows, columns);
    return a;
}

/* Cropping and view selection are the reconstruction of what is left, with the detector and the angles moved. */
static void test_crop(const char *beam, bool flip)
{
    char what[100];
    const char *flips = flip ? "--flip-u --flip-v" : "";
    ptm_io_array a = make_projections("a.npy", 60, 8, 32);
    save_part("part.npy", &a, (const int64_t[]){ 0, 2, 4 }, (const int64_t[]){ 60, 7, 30 }, 3);
    run_well(
        "reconstruct %s %s %s --size 20 --voxel 0.8 --rows 2:7 --columns 4:30 --views 0:60:3 --centre 14.5 --output %s",
        in_folder("a.npy"), beam, flips, in_folder("x.npy"));
    /* columns 4 ... 29 have their middle at 16.5, a pixel from the old one; rows 2 ... 6 at 4, half a pixel */
    run_well("reconstruct %s %s %s --size 20 --voxel 0.8 --offset-v %g --centre 10.5 --output %s", in_folder("part.npy"),
        beam, flips, flip ? -0.5 : 0.5, in_folder("y.npy"));
    snprintf(what, sizeof what, "crop: %s%s", beam, flip ? ", flipped" : "");
    compare("x.npy", "y.npy", 1e-5, what);
    run_well("reconstruct %s %s %s --size 20 --voxel 0.8 --rows 2:7 --columns 4:30 --output %s", in_folder("a.npy"), beam,
        flips, in_folder("x.npy"));
    save_part("part.npy", &a, (const int64_t[]){ 0, 2, 4 }, (const int64_t[]){ 60, 7, 30 }, 1);
    run_well("reconstruct %s %s %s --size 20 --voxel 0.8 --offset %g --offset-v %g --output %s", in_folder("part.npy"),
        beam, flips, flip ? -1.0 : 1.0, flip ? -0.5 : 0.5, in_folder("y.npy"));
    snprintf(what, sizeof what, "crop: %s%s, the centre where it was", beam, flip ? ", flipped" : "");
    compare("x.npy", "y.npy", 1e-5, what);
    ptm_io_array_free(&a);
    clear_folder();
}

/* -log of the mean of exp(-x) over 2 x 2. */
static void test_binning(const char *beam)
{
    char what[100];
    ptm_io_array a = make_projections("a.npy", 48, 7, 33);
    const float *v = a.data;
    float *binned = malloc(48 * 3 * 16 * sizeof *binned);
    for (int i = 0; i < 48 * 3 * 16; ++i) {
        const int view = i / 48, row = i / 16 % 3 * 2, column = i % 16 * 2;
        double sum = 0;
        for (int k = 0; k < 4; ++k) sum += exp(-(double)v[(view * 7 + row + k / 2) * 33 + column + k % 2]);
        binned[i] = (float)-log(sum / 4);
    }
    save("binned.npy", binned, 3, 48, 3, 16);
    run_well("reconstruct %s %s --pixel 1.5 --binning 2 --centre 15.5 --output %s --write-geometry %s", in_folder("a.npy"),
        beam, in_folder("x.npy"), in_folder("x.json"));
    /* rows 0 ... 5 of 7 have their middle half a pixel below the old one's */
    run_well("reconstruct %s %s --pixel 3 --centre 7.5 --offset-v -0.75 --output %s --write-geometry %s",
        in_folder("binned.npy"), beam, in_folder("y.npy"), in_folder("y.json"));
    snprintf(what, sizeof what, "binning: %s", beam);
    compare("x.npy", "y.npy", 1e-6, what);
    ptm_io_geometry g, h;
    must(ptm_io_geometry_read(&g, in_folder("x.json")));
    must(ptm_io_geometry_read(&h, in_folder("y.json")));
    check(memcmp(&g.detector, &h.detector, sizeof g.detector) == 0 && g.volume.shape[2] == 16 &&
        g.volume.spacing[0] == h.volume.spacing[0], "binning: %s: and the geometry", beam);
    ptm_io_geometry_free(&g);
    ptm_io_geometry_free(&h);
    free(binned);
    ptm_io_array_free(&a);
    clear_folder();
}

/* Thirty strings as NumPy writes them. */
static void make_strings(const char *name)
{
    char head[129] = "", elements[30 * 4 * 2] = "";
    snprintf(head, sizeof head, "%-117s\n", "{'descr': '<U2', 'fortran_order': False, 'shape': (30,), }");
    FILE *file = fopen(in_folder(name), "wb");
    fwrite("\x93NUMPY\1\0\x76\0", 1, 10, file);
    fwrite(head, 1, 118, file);
    fwrite(elements, 1, sizeof elements, file);
    fclose(file);
}

static void test_angles(void)
{
    ptm_io_array a = make_projections("a.npy", 30, 2, 20);
    double angles[30];
    float few[30];
    char text[2000] = "# degrees\n\n";
    for (int i = 0; i < 30; ++i) {
        angles[i] = 6.0 * i + (i % 3) * 0.25;
        few[i] = (float)angles[i];
        sprintf(text + strlen(text), i % 2 ? "%.17g\n" : "  %.17g   # view\r\n", angles[i]);
    }
    put_text("a.txt", text);
    const ptm_io_array list = { .type = PTM_IO_FLOAT64, .dimensions = 1, .shape = { 30 }, .data = angles };
    must(ptm_io_write(in_folder("d.npy"), &list, NULL));
    save("f.npy", few, 1, 30, 0, 0);
    run_well("reconstruct %s --angles %s --output %s", in_folder("a.npy"), in_folder("a.txt"), in_folder("t.npy"));
    run_well("reconstruct %s --angles %s --output %s", in_folder("a.npy"), in_folder("d.npy"), in_folder("u.npy"));
    run_well("reconstruct %s --angles %s --output %s", in_folder("a.npy"), in_folder("f.npy"), in_folder("w.npy"));
    compare("t.npy", "u.npy", 0, "angles: text and float64 .npy give the same bits");
    compare("t.npy", "w.npy", 0, "angles: float32 .npy too (these angles fit)");
    run_well("reconstruct %s --output %s", in_folder("a.npy"), in_folder("w.npy"));
    check(file_difference("t.npy", "w.npy") > 1e-3, "angles: they matter");
#ifdef PTM_IO_HAVE_JSON
    ptm_io_geometry g;
    run_well("info %s --angles %s --write-geometry %s", in_folder("a.npy"), in_folder("a.txt"), in_folder("t.json"));
    must(ptm_io_geometry_read(&g, in_folder("t.json")));
    check(g.views == 30 && g.angles && memcmp(g.angles, angles, sizeof angles) == 0,
        "angles: the geometry file has the same numbers");
    ptm_io_geometry_free(&g);
#endif
    run_well(
        "reconstruct %s --angles %s --clockwise --output %s", in_folder("a.npy"), in_folder("a.txt"), in_folder("t.npy"));
    for (int i = 0; i < 30; ++i) angles[i] = -angles[i];
    must(ptm_io_write(
        in_folder("d.npy"), &list, &(ptm_io_write_options) { PTM_SIZED(ptm_io_write_options), .overwrite = true }));
    run_well("reconstruct %s --angles %s --output %s", in_folder("a.npy"), in_folder("d.npy"), in_folder("u.npy"));
    compare("t.npy", "u.npy", 0, "angles: clockwise");
    for (int i = 0; i < 30; ++i) angles[i] = 30 + 6.0 * i;
    must(ptm_io_write(
        in_folder("d.npy"), &list, &(ptm_io_write_options) { PTM_SIZED(ptm_io_write_options), .overwrite = true }));
    run_well(
        "reconstruct %s --angles %s --clockwise --output %s", in_folder("a.npy"), in_folder("d.npy"), in_folder("t.npy"));
    run_well(
        "reconstruct %s --start-deg 30 --range-deg 180 --clockwise --output %s", in_folder("a.npy"), in_folder("u.npy"));
    compare("t.npy", "u.npy", 1e-5, "angles: clockwise, a list is turned as a start and a range are");
    run_well("reconstruct %s --start-deg 30 --range-deg -180 --output %s", in_folder("a.npy"), in_folder("t.npy"));
    run_well("reconstruct %s --start-deg 30 --clockwise --output %s", in_folder("a.npy"), in_folder("u.npy"));
    compare("t.npy", "u.npy", 0, "angles: clockwise from a start");
    put_text("b.txt", "1\n2\nthree\n");
    check(run("reconstruct %s --angles %s --output %s", in_folder("a.npy"), in_folder("b.txt"), in_folder("z.npy")) == 3 &&
        strstr(program_err, "line 3 has \"three\""), "angles: %s", program_err);
    put_text("b.txt", "1 2 3\n");
    check(run("reconstruct %s --angles %s --output %s", in_folder("a.npy"), in_folder("b.txt"), in_folder("z.npy")) == 3 &&
        strstr(program_err, "30 views"), "angles: %s", program_err);
    make_strings("s.npy");
    check(run("reconstruct %s --angles %s --output %s", in_folder("a.npy"), in_folder("s.npy"), in_folder("z.npy")) == 3 &&
        strstr(program_err, "s.npy: ") && !strstr(program_err, "not text"), "angles: %s", program_err);
    ptm_io_array_free(&a);
    clear_folder();
}

/* ------------------------------------------------------------------ parts of the volume */

/* A region is cut out of the whole; a slice too. */
static void test_region(const char *beam)
{
    char what[100];
    ptm_io_array a = make_projections("a.npy", 48, 6, 24);
    const char *scan = "--pixel 1.5 --centre 11";
    run_well("reconstruct %s %s %s --output %s --write-geometry %s", in_folder("a.npy"), beam, scan, in_folder("all.npy"),
        in_folder("all.json"));
    ptm_io_array all = load("all.npy");
    ptm_io_geometry g;
    must(ptm_io_geometry_read(&g, in_folder("all.json")));
    save_part("cut.npy", &all, (const int64_t[]){ 1, 3, 5 }, (const int64_t[]){ 4, 20, 17 }, 1);
    run_well("reconstruct %s %s %s --region 5:17,3:20,1:4 --output %s", in_folder("a.npy"), beam, scan, in_folder("x.npy"));
    snprintf(what, sizeof what, "region: %s", beam);
    compare("x.npy", "cut.npy", 1e-5, what);
    double low[3], high[3];
    const int first[3] = { 5, 3, 1 }, end[3] = { 17, 20, 4 };
    for (int i = 0; i < 3; ++i) {
        low[i] = g.volume.offset[i] + (first[i] - 0.5 * (g.volume.shape[2 - i] - 1) - 0.4) * g.volume.spacing[i];
        high[i] = g.volume.offset[i] + (end[i] - 1 - 0.5 * (g.volume.shape[2 - i] - 1) + 0.4) * g.volume.spacing[i];
    }
    run_well("reconstruct %s %s %s --region-mm %g:%g,%g:%g,%g:%g --output %s --write-geometry %s", in_folder("a.npy"),
        beam, scan, low[0], high[0], low[1], high[1], low[2], high[2], in_folder("y.npy"), in_folder("y.json"));
    compare("y.npy", "x.npy", 0, "region: the same in millimetres");
    save_part("cut.npy", &all, (const int64_t[]){ 2, 0, 0 }, (const int64_t[]){ 3, 24, 24 }, 1);
    run_well("reconstruct %s %s %s --slice 2 --output %s", in_folder("a.npy"), beam, scan, in_folder("s.npy"));
    compare("s.npy", "cut.npy", 1e-5, "region: one slice");
    run_well("reconstruct %s %s %s --slice middle --output %s", in_folder("a.npy"), beam, scan, in_folder("m.npy"));
    save_part("cut.npy", &all, (const int64_t[]){ 3, 0, 0 }, (const int64_t[]){ 4, 24, 24 }, 1);
    compare("m.npy", "cut.npy", 1e-5, "region: the middle slice");
    run_well("reconstruct %s %s %s --flip-v --slice 1 --output %s", in_folder("a.npy"), beam, scan, in_folder("f.npy"));
    run_well("reconstruct %s %s %s --flip-v --output %s", in_folder("a.npy"), beam, scan, in_folder("fall.npy"));
    ptm_io_array flipped = load("fall.npy");
    save_part("cut.npy", &flipped, (const int64_t[]){ 1, 0, 0 }, (const int64_t[]){ 2, 24, 24 }, 1);
    compare("f.npy", "cut.npy", 1e-5, "region: one slice of flipped rows");
    if (strcmp(beam, "--parallel") == 0) {
        save_part("cut.npy", &all, (const int64_t[]){ 4, 0, 0 }, (const int64_t[]){ 5, 24, 24 }, 1);
        compare("f.npy", "cut.npy", 1e-5, "region: which is the slice from the other end");
    }
    check(run("reconstruct %s %s %s --region 5:25,3:20,1:4 --output %s", in_folder("a.npy"), beam, scan,
        in_folder("z.npy")) == 2 && strstr(program_err, "5:25 is no range"), "region: %s", program_err);
    check(run("reconstruct %s %s %s --slice 6 --output %s", in_folder("a.npy"), beam, scan, in_folder("z.npy")) == 2 &&
        strstr(program_err, "0 to 5"), "region: %s", program_err);
    ptm_io_geometry_free(&g);
    ptm_io_array_free(&flipped);
    ptm_io_array_free(&all);
    ptm_io_array_free(&a);
    clear_folder();
}

/* A reconstruction from the geometry file that another one wrote. */
static void test_geometry_again(const char *beam)
{
    char what[100];
    ptm_io_array a = make_projections("a.npy", 48, 6, 24);
    run_well("reconstruct %s %s --pixel 1.5 --flip-u --offset 0.4 --start-deg 20 --voxel 0.7 --size 30 --region 3:20,0:30, "
             "--output %s --write-geometry %s",
        in_folder("a.npy"), beam, in_folder("x.npy"), in_folder("x.json"));
    run_well("reconstruct %s --geometry %s --output %s", in_folder("a.npy"), in_folder("x.json"), in_folder("y.npy"));
    snprintf(what, sizeof what, "geometry: %s, the same bits from the file that was written", beam);
    compare("y.npy", "x.npy", 0, what);
    run_well("info %s %s --pixel 1.5 --flip-u --offset 0.4 --start-deg 20 --voxel 0.7 --size 30 --write-geometry %s",
        in_folder("a.npy"), beam, in_folder("i.json"));
    run_well("reconstruct %s --geometry %s --region 3:20,0:30, --output %s", in_folder("a.npy"), in_folder("i.json"),
        in_folder("y.npy"));
    compare("y.npy", "x.npy", 0, "geometry: and from the file that info wrote");
    run_well("info %s --write-geometry %s", in_folder("i.json"), in_folder("j.json"));
    static char text[1 << 16];
    FILE *i = fopen(in_folder("i.json"), "r"), *j = fopen(in_folder("j.json"), "r");
    const size_t n = fread(text, 1, sizeof text / 2, i), m = fread(text + sizeof text / 2, 1, sizeof text / 2, j);
    check(n > 100 && n == m && memcmp(text, text + sizeof text / 2, n) == 0,
        "geometry: info writes a geometry file as it was");
    fclose(i);
    fclose(j);
    check(run("reconstruct %s --geometry %s --output %s", in_folder("x.npy"), in_folder("i.json"),
        in_folder("z.npy")) == 3, "geometry: data that do not fit: %s", program_err);
    ptm_io_geometry g;
    must(ptm_io_geometry_read(&g, in_folder("i.json")));
    memset(g.volume.shape, 0, sizeof g.volume.shape);
    g.volume.spacing[0] = g.volume.spacing[1] = 0.7;
    must(ptm_io_geometry_write(in_folder("k.json"), &g, true));
    ptm_io_geometry_free(&g);
    run_well("reconstruct %s --geometry %s --size 30 --region 3:20,0:30, --output %s", in_folder("a.npy"),
        in_folder("k.json"), in_folder("y.npy"));
    compare("y.npy", "x.npy", 0, "geometry: voxels of a size, with no shape said");
    check(run("info %s", in_folder("i.json")) == 0 && strstr(program_out, "48, the first at 20"),
        "geometry: info tells of it");
    ptm_io_array_free(&a);
    clear_folder();
}

/* Slices of a parallel scan are the same whether rows are taken one by one or all at once; a fan's are those of its
 * rows. */
static void test_stacks(void)
{
    ptm_io_array a = make_projections("a.npy", 40, 5, 24);
    run_well("reconstruct %s --centre 12 --output %s", in_folder("a.npy"), in_folder("x.npy"));
    run_well("reconstruct %s --centre 12 --slices 9 --voxel 1 --output %s", in_folder("a.npy"), in_folder("y.npy"));
    ptm_io_array nine = load("y.npy");
    save_part("cut.npy", &nine, (const int64_t[]){ 2, 0, 0 }, (const int64_t[]){ 7, 24, 24 }, 1);
    compare("x.npy", "cut.npy", 1e-5, "stacks: parallel, row by row and all at once");
    run_well("reconstruct %s --fan --sod 50 --sdd 80 --centre 12 --output %s", in_folder("a.npy"), in_folder("f.npy"));
    save_part("row.npy", &a, (const int64_t[]){ 0, 3, 0 }, (const int64_t[]){ 40, 4, 24 }, 1);
    run_well("reconstruct %s --fan --sod 50 --sdd 80 --centre 12 --output %s", in_folder("row.npy"), in_folder("r.npy"));
    ptm_io_array fan = load("f.npy");
    save_part("cut.npy", &fan, (const int64_t[]){ 3, 0, 0 }, (const int64_t[]){ 4, 24, 24 }, 1);
    compare("r.npy", "cut.npy", 1e-5, "stacks: fan, a row of its own");
    run_well("project %s --fan --sod 50 --sdd 80 --views 30 --output %s", in_folder("f.npy"), in_folder("p.npy"));
    save_part("slice.npy", &fan, (const int64_t[]){ 3, 0, 0 }, (const int64_t[]){ 4, 24, 24 }, 1);
    run_well("project %s --fan --sod 50 --sdd 80 --views 30 --output %s", in_folder("slice.npy"), in_folder("q.npy"));
    ptm_io_array projections = load("p.npy");
    save_part("cut.npy", &projections, (const int64_t[]){ 0, 3, 0 }, (const int64_t[]){ 30, 4, 36 }, 1);
    compare("q.npy", "cut.npy", 1e-5, "stacks: fan, projected slice by slice");
    ptm_io_array_free(&projections);
    ptm_io_array_free(&fan);
    ptm_io_array_free(&nine);
    ptm_io_array_free(&a);
    clear_folder();
}

/* ------------------------------------------------------------------ the rotation axis */

static void test_centre(void)
{
    run_well("phantom --size 40 --slices 3 --output %s", in_folder("v.npy"));
    run_well("project %s --offset -2.75 --views 90 --columns 60 --output %s", in_folder("v.npy"), in_folder("a.npy"));
    /* the detector moved by -2.75: the axis is at 29.5 + 2.75 */
    check(run("reconstruct %s --size 40 --centre auto --output %s", in_folder("a.npy"), in_folder("x.npy")) == 0,
        "centre: auto: %s", program_err);
    double column = 0;
    check(sscanf(program_err, "rotation axis at column %lf", &column) == 1 && fabs(column - 32.25) < 0.3,
        "centre: found at %g, expected 32.25", column);
    check(run("reconstruct %s --size 40 --binning 2 --columns 4:60 --flip-u --centre auto --output %s", in_folder("a.npy"),
        in_folder("w.npy")) == 0, "centre: auto: %s", program_err);
    check(sscanf(program_err, "rotation axis at column %lf", &column) == 1 && fabs(column - 32.25) < 0.6,
        "centre: found at %g in cropped and binned data, expected 32.25", column);
    run_well("reconstruct %s --size 40 --centre 32.25 --output %s", in_folder("a.npy"), in_folder("y.npy"));
    run_well("reconstruct %s --size 40 --offset -2.75 --output %s", in_folder("a.npy"), in_folder("z.npy"));
    compare("y.npy", "z.npy", 1e-6, "centre: a number is the offset it stands for");
    static const float nothing[30 * 20];
    save("0.npy", nothing, 2, 30, 20, 0);
    check(run("reconstruct %s --centre auto --output %s", in_folder("0.npy"), in_folder("o.npy")) == 1 &&
        strstr(program_err, "--centre says"), "centre: of nothing: %s", program_err);
    clear_folder();
}

static void test_sweep(const char *beam, double expected)
{
    run_well("phantom --size 40 --slices 3 --output %s", in_folder("v.npy"));
    run_well("project %s %s --voxel 1 --offset -2.75 --views 90 --columns 60 --output %s", in_folder("v.npy"), beam,
        in_folder("a.npy"));
    check(run("reconstruct %s %s --size 40 --voxel 1 --center-sweep 30:34:0.25 --output %s --json --quiet",
        in_folder("a.npy"), beam, in_folder("s.tif")) == 0 && !*program_err, "sweep: %s", program_err);
    check(files_in_folder() == 2 + 17 + 1, "sweep: 17 slices and a sheet, %d files", files_in_folder());
#ifdef PTM_IO_HAVE_JSON
    json_t *root = parsed();
    const json_t *files = json_object_get(root, "files"), *centres = json_object_get(root, "centres");
    bool good = json_array_size(files) == 17 && json_array_size(centres) == 17 &&
        json_string_value(json_object_get(root, "sheet"));
    for (size_t i = 0; good && i < 17; ++i) {
        char name[40];
        const double centre = json_number_value(json_array_get(centres, i));
        snprintf(name, sizeof name, "/s_%.2f.tif", centre);
        good = fabs(centre - (30 + 0.25 * (double)i)) < 1e-9 && strstr(json_string_value(json_array_get(files, i)), name);
    }
    check(good, "sweep: the result lists files and columns");
    json_decref(root);
#endif
    /* by name: each is what --centre gives, and the best one is where the axis is */
    double best = (double)INFINITY, at = 0;
    ptm_io_array volume = load("v.npy");
    save_part("truth.npy", &volume, (const int64_t[]){ 1, 0, 0 }, (const int64_t[]){ 2, 40, 40 }, 1);
    ptm_io_array truth = load("truth.npy");
    for (int i = 0; i < 17; ++i) {
        char name[40];
        double sum = 0;
        snprintf(name, sizeof name, "s_%.2f.tif", 30 + 0.25 * i);
        ptm_io_array slice = load(name);
        for (int k = 0; k < 1600; ++k) sum += pow((double)((float *)slice.data)[k] - (double)((float *)truth.data)[k], 2);
        if (sum < best) best = sum, at = 30 + 0.25 * i;
        ptm_io_array_free(&slice);
    }
    check(fabs(at - expected) <= 0.25, "sweep: %s: the slice most like the phantom is %g, expected %g", beam, at, expected);
    run_well("reconstruct %s %s --size 40 --voxel 1 --slice 1 --centre 31.75 --output %s", in_folder("a.npy"), beam,
        in_folder("c.tif"));
    compare("s_31.75.tif", "c.tif", 0, "sweep: a slice is what --centre gives");
    ptm_io_array sheet = load("s_sheet.png");
    check(sheet.type == PTM_IO_UINT8 && sheet.shape[1] >= 5 * 60 && sheet.shape[0] >= 4 * 50, "sweep: a sheet of %d x %d",
        (int)sheet.shape[0], (int)sheet.shape[1]);
    const unsigned char *pixels = sheet.data;
    int white = 0;
    for (int i = 0; i < 20 * (int)sheet.shape[1]; ++i) white += pixels[i] == 255;
    check(white > 5 * 4 * 15, "sweep: with columns written on it (%d white pixels in the first lines)", white);
    ptm_io_array_free(&sheet);
    ptm_io_array_free(&truth);
    ptm_io_array_free(&volume);
    check(
        run("reconstruct %s %s --center-sweep 30:34:0.25 --output %s", in_folder("a.npy"), beam, in_folder("s.tif")) == 4 &&
            strstr(program_err, "s_30.00.tif: exists"),
        "sweep: nothing is replaced: %s", program_err);
    clear_folder();
}

/* ------------------------------------------------------------------ counts */

#ifdef PTM_IO_HAVE_HDF5
/* A parallel scan of a phantom as counts, every pixel with a gain and an offset of its own. */
static ptm_io_array make_scan(const char *name, int views, int rows, int columns, bool nan)
{
    run_well("phantom --size %d --slices %d --voxel 0.05 --output %s", columns * 2 / 3, rows, in_folder("v.npy"));
    run_well("project %s --pixel 0.05 --voxel 0.05 --views %d --columns %d --rows %d --output %s", in_folder("v.npy"),
        views, columns, rows, in_folder("p.npy"));
    ptm_io_array p = load("p.npy");
    const int pixels = rows * columns;
    float *counts = malloc((size_t)(views + 3) * (size_t)pixels * sizeof *counts), *flats = counts + views * pixels,
        *dark = flats + 2 * pixels;
    uint64_t state = 11;
    for (int i = 0; i < pixels; ++i) {
        dark[i] = (float)(100 + 10 * random_number(&state));
        const float gain = (float)(5000 + 1000 * random_number(&state));
        flats[i] = dark[i] + gain * 0.9f;
        flats[pixels + i] = dark[i] + gain * 1.1f;
        for (int k = 0; k < views; ++k) counts[k * pixels + i] = dark[i] + gain * expf(-((float *)p.data)[k * pixels + i]);
    }
    if (nan) counts[(7 * rows + 1) * columns + 3] = NAN;
    double *angles = malloc((size_t)views * sizeof *angles);
    for (int k = 0; k < views; ++k) angles[k] = 180.0 * k / views;
    make_counts(in_folder(name), views, rows, columns, counts, flats, 2, dark, 1, angles);
    free(angles);
    free(counts);
    return p;
}

static void test_counts(void)
{
    ptm_io_array p = make_scan("c.h5", 60, 6, 36, false);
    run_well("reconstruct %s --pixel 0.05 --centre 17.5 --output %s", in_folder("c.h5"), in_folder("x.npy"));
    run_well("reconstruct %s --pixel 0.05 --output %s", in_folder("p.npy"), in_folder("y.npy"));
    compare("x.npy", "y.npy", 1e-4, "counts: as their line integrals");
    /* the mean of transmissions, not of line integrals */
    run_well("reconstruct %s --pixel 0.05 --centre 17.5 --binning 3 --output %s", in_folder("c.h5"), in_folder("b.npy"));
    float *binned = malloc(60 * 2 * 12 * sizeof *binned);
    for (int i = 0; i < 60 * 2 * 12; ++i) {
        double sum = 0;
        for (int k = 0; k < 9; ++k)
            sum += exp(-(double)((float *)p.data)[(i / 24 * 6 + i / 12 % 2 * 3 + k / 3) * 36 + i % 12 * 3 + k % 3]);
        binned[i] = (float)-log(sum / 9);
    }
    save("m.npy", binned, 3, 60, 2, 12);
    run_well("reconstruct %s --pixel 0.15 --output %s", in_folder("m.npy"), in_folder("n.npy"));
    compare("b.npy", "n.npy", 1e-4, "counts: binning is the mean of transmissions");
    run_well(
        "reconstruct %s --pixel 0.05 --centre 17.5 --views 6:60:2 --rows 1:4 --columns 2:34 --range-deg 180 --output %s",
        in_folder("c.h5"), in_folder("q.npy"));
    save_part("part.npy", &p, (const int64_t[]){ 6, 1, 2 }, (const int64_t[]){ 60, 4, 34 }, 2);
    put_text("a.txt", "");
    FILE *file = fopen(in_folder("a.txt"), "w");
    for (int k = 6; k < 60; k += 2) fprintf(file, "%d\n", 3 * k);
    fclose(file);
    run_well("reconstruct %s --pixel 0.05 --centre 15.5 --angles %s --output %s", in_folder("part.npy"),
        in_folder("a.txt"), in_folder("r.npy"));
    compare("q.npy", "r.npy", 1e-4, "counts: some views, rows and columns");
    check(run("reconstruct %s --pixel 0.05 --output %s --json --quiet", in_folder("c.h5"), in_folder("auto.npy")) == 0 &&
        !*program_err, "counts: quiet is quiet: %s", program_err);
#ifdef PTM_IO_HAVE_JSON
    json_t *root = parsed();
    const double centre = json_number_value(json_object_get(root, "centre"));
    check(fabs(centre - 17.5) < 0.3, "counts: the axis is found without being asked for, at %g", centre);
    check(json_is_string(json_object_get(root, "device")) && json_number_value(json_object_get(json_object_get(root,
        "seconds"), "total")) > 0 && json_integer_value(json_object_get(json_object_get(root, "scan"), "views")) == 60 &&
        strstr(json_string_value(json_array_get(json_object_get(root, "files"), 0)), "auto.npy"),
        "counts: the result has files, device, scan and times");
    json_decref(root);
#endif
    check(run("info %s --json", in_folder("c.h5")) == 0 && strstr(program_out, "\"flats\": 2"), "counts: info: %s",
        program_out);
    ptm_io_array_free(&p);
    p = make_scan("nan.h5", 20, 3, 12, true);
    check(run("reconstruct %s --output %s", in_folder("nan.h5"), in_folder("z.npy")) == 3 &&
        strstr(program_err, "element (7, 1, 3) is nan"), "counts: %s", program_err);
    ptm_io_array_free(&p);
    free(binned);
    clear_folder();
}
#endif

/* Counts in files that have no place for flat fields. */
static void test_fields(void)
{
    ptm_io_array p = make_projections("p.npy", 40, 4, 24);
    const int pixels = 4 * 24;
    float *counts = malloc(40 * 4 * 24 * sizeof *counts), flats[2 * 4 * 24], darks[4 * 24];
    uint16_t *whole = malloc(40 * 4 * 24 * sizeof *whole);
    for (int i = 0; i < pixels; ++i) {
        const float gain = (float)(9000 + i);
        darks[i] = (float)(100 + i % 7);
        flats[i] = darks[i] + 0.8f * gain;
        flats[pixels + i] = darks[i] + 1.2f * gain;
        for (int k = 0; k < 40; ++k) counts[k * pixels + i] = darks[i] + gain * expf(-((float *)p.data)[k * pixels + i]);
    }
    for (int i = 0; i < 40 * pixels; ++i) whole[i] = (uint16_t)counts[i];
    save("c.npy", counts, 3, 40, 4, 24);
    save("f.npy", flats, 3, 2, 4, 24);
    save("d.npy", darks, 2, 4, 24, 0);
    static const char *const parts[] = { "", "--binning 2 --views 0:40:2 --columns 2:22 --rows 1:3" };
    for (int i = 0; i < 2; ++i) {
        run_well("reconstruct %s %s --flats %s --darks %s --output %s", in_folder("c.npy"), parts[i], in_folder("f.npy"),
            in_folder("d.npy"), in_folder("x.npy"));
        run_well("reconstruct %s %s --output %s", in_folder("p.npy"), parts[i], in_folder("y.npy"));
        compare("x.npy", "y.npy", 1e-4, i ? "fields: of parts, binned" : "fields: counts with fields are line integrals");
    }
    const ptm_io_array integers = { .type = PTM_IO_UINT16, .dimensions = 3, .shape = { 40, 4, 24 }, .data = whole };
    must(ptm_io_write(in_folder("w.npy"), &integers, NULL));
    check(run("reconstruct %s --output %s", in_folder("w.npy"), in_folder("w1.npy")) == 0 &&
              strstr(program_err, "whole numbers"),
        "fields: whole numbers without them are told of: %s", program_err);
    check(run("reconstruct %s --flats %s --darks %s --output %s", in_folder("w.npy"), in_folder("f.npy"),
              in_folder("d.npy"), in_folder("w2.npy")) == 0 &&
              !strstr(program_err, "whole numbers"),
        "fields: with them not: %s", program_err);
    compare("w2.npy", "y.npy", (double)INFINITY, "fields: whole numbers");
    check(run("info %s --flats %s --darks %s", in_folder("w.npy"), in_folder("f.npy"), in_folder("d.npy")) == 0 &&
        strstr(program_out, "flat and dark fields: "), "fields: info: %s", program_out);
    check(run("reconstruct %s --darks %s --output %s", in_folder("w.npy"), in_folder("d.npy"), in_folder("z.npy")) == 2 &&
        strstr(program_err, "--flats"), "fields: %s", program_err);
    check(run("reconstruct %s --flats %s --darks %s --output %s", in_folder("w.npy"), in_folder("d.npy"),
              in_folder("f.npy"), in_folder("z.npy")) == 3 &&
            strstr(program_err, "are they swapped"),
        "fields: swapped: %s", program_err);
    save("short.npy", flats, 3, 2, 3, 24);
    check(
        run("reconstruct %s --flats %s --output %s", in_folder("w.npy"), in_folder("short.npy"), in_folder("z.npy")) == 3 &&
            strstr(program_err, "3 x 24"),
        "fields: %s", program_err);
    flats[5] = NAN;
    save("nan.npy", flats, 3, 2, 4, 24);
    check(run("reconstruct %s --flats %s --output %s", in_folder("w.npy"), in_folder("nan.npy"), in_folder("z.npy")) == 3 &&
        strstr(program_err, "nan.npy: element (0, 0, 5) is nan"), "fields: %s", program_err);
    free(whole);
    free(counts);
    ptm_io_array_free(&p);
    clear_folder();
}

/* A sinogram and its flat fields, columns and frames of one picture each. */
static void test_sinogram_fields(void)
{
    ptm_io_array p = make_projections("p.npy", 40, 1, 24);
    float counts[40 * 24], turned[24 * 40], flats[2 * 24];
    for (int u = 0; u < 24; ++u) {
        for (int k = 0; k < 40; ++k) {
            counts[k * 24 + u] = (500.0f + (float)u) * expf(-((float *)p.data)[k * 24 + u]);
            turned[u * 40 + k] = counts[k * 24 + u];
        }
        flats[2 * u] = 400.0f + (float)u;
        flats[2 * u + 1] = 600.0f + (float)u;
    }
    save("t.npy", turned, 2, 24, 40, 0);
    save("f.npy", flats, 2, 24, 2, 0);
    run_well(
        "reconstruct %s --transpose --flats %s --output %s", in_folder("t.npy"), in_folder("f.npy"), in_folder("x.npy"));
    run_well("reconstruct %s --output %s", in_folder("p.npy"), in_folder("y.npy"));
    compare("x.npy", "y.npy", 1e-4, "fields: of a sinogram");
    ptm_io_array_free(&p);
    clear_folder();
}

/* What the codes of a picture stand for is read again. */
static void test_windows(void)
{
    static const char *const suffixes[] = { "png", "tif", "h5" };
    run_well("phantom --size 24 --slices 1 --output %s", in_folder("v.npy"));
    run_well("project %s --views 30 --output %s", in_folder("v.npy"), in_folder("p.npy"));
    run_well("reconstruct %s --output %s", in_folder("p.npy"), in_folder("r.npy"));
    for (int i = 0; i < 3; ++i) {
        char name[20], picture[20];
        snprintf(name, sizeof name, i ? "p.%s" : "p_%%02d.%s", suffixes[i]);
        snprintf(picture, sizeof picture, "v.%s", suffixes[i]);
        if (!has((const int[]){ PNG, TIFF, HDF5 }[i], name)) continue;
        run_well("phantom --size 24 --slices 1 --output %s", in_folder(picture));
        run_well("project %s --views 30 --output %s", in_folder(picture), in_folder("q.npy"));
        compare("q.npy", "p.npy", 1e-3, "windows: a volume of codes is projected as its values");
        run_well("project %s --views 30 --bits 16 --window 0:30 --output %s", in_folder("v.npy"), in_folder(name));
        run_well("reconstruct %s --output %s", in_folder(name), in_folder("s.npy"));
        compare("s.npy", "r.npy", 2e-3, "windows: projections as codes are reconstructed as their values");
        check(run("reconstruct %s --output %s --overwrite", in_folder(name), in_folder("s.npy")) == 0 &&
            !strstr(program_err, "whole numbers"), "windows: and not taken for counts: %s", program_err);
    }
    clear_folder();
    if (!has(PNG, "suffixes in capitals")) return;
    run_well("phantom --size 24 --slices 1 --output %s", in_folder("a.png"));
    run_well("phantom --size 24 --slices 1 --output %s", in_folder("b.PNG"));
    ptm_io_array a = load("a.png"), b = load("b.PNG");
    check(
        memcmp(a.window, b.window, sizeof a.window) == 0 && a.window[1] > a.window[0], "windows: of a suffix in capitals");
    ptm_io_array_free(&a);
    ptm_io_array_free(&b);
    clear_folder();
}

#ifdef PTM_IO_HAVE_HDF5
static void test_nxtomo(void)
{
    make_nxtomo(in_folder("n.nxs"), "entry", true, false, "microns");
    check(run("info %s", in_folder("n.nxs")) == 0 &&
        strstr(program_out, "NXtomo, 4 views of 3 rows and 4 columns, 2 flats, 1 darks"), "NXtomo: %s", program_out);
    check(run("reconstruct %s --range-deg 180 --centre 1.5 --output %s", in_folder("n.nxs"), in_folder("x.npy")) == 0 &&
        !strstr(program_err, "1 mm"), "NXtomo: reconstructed, its pixels have a size: %s", program_err);
    ptm_io_array a = load("x.npy");
    check(a.shape[0] == 3 && a.shape[1] == 4 && a.shape[2] == 4, "NXtomo: its slices");
    ptm_io_array_free(&a);
    clear_folder();
}

/* Volumes and projections are told apart. */
static void test_volume_file(void)
{
    run_well("phantom --size 12 --slices 5 --output %s", in_folder("v.h5"));
    run_well("project %s --views 20 --output %s", in_folder("v.h5"), in_folder("p.h5"));
    run_well("reconstruct %s --output %s", in_folder("p.h5"), in_folder("r.h5"));
    static const char *const volumes[] = { "v.h5", "r.h5" };
    for (int i = 0; i < 2; ++i)
        check(run("info %s", in_folder(volumes[i])) == 0 && strstr(program_out, "volume: 5 x ") &&
                  !strstr(program_out, "scan:"),
            "volume: info of %s: %s", volumes[i], program_out);
    check(run("info %s", in_folder("p.h5")) == 0 && strstr(program_out, "scan: Data Exchange") &&
        strstr(program_out, "taken as line integrals"), "volume: projections are a scan: %s", program_out);
    clear_folder();
}

/* Names of data sets give no orders to a terminal. */
static void test_names(void)
{
    const float values[4] = { 1, 2, 3, 4 };
    const ptm_io_array a = {
        .type = PTM_IO_FLOAT32, .dimensions = 2, .shape = { 2, 2 }, .data = (float *)(uintptr_t)values
    };
    must(ptm_io_write(in_folder("n.h5"), &a,
        &(ptm_io_write_options){ PTM_SIZED(ptm_io_write_options), .dataset = "red \x1b[31m" }));
    check(run("info %s", in_folder("n.h5")) == 0 && !strchr(program_out, 0x1b) && strstr(program_out, "red ?[31m"),
        "names: %s", program_out);
    clear_folder();
}
#endif

/* ------------------------------------------------------------------ output */

/* A geometry file must not go where the output goes. */
static void test_same_name(void)
{
    ptm_io_array a = make_projections("a.npy", 20, 3, 12);
    ptm_io_array_free(&a);
    check(run("reconstruct %s --output %s --write-geometry %s", in_folder("a.npy"), in_folder("x.npy"),
              in_folder("./x.npy")) == 2 &&
              strstr(program_err, "--write-geometry is"),
        "same name: %s", program_err);
    check(
        run("project %s --output %s --write-geometry %s", in_folder("a.npy"), in_folder("x.npy"), in_folder("x.npy")) == 2,
        "same name: %s", program_err);
    if (ptm_io_format_available(PTM_IO_FORMAT_TIFF))
        check(run("reconstruct %s --output %s --write-geometry %s", in_folder("a.npy"), in_folder("x_%02d.tif"),
            in_folder("x_01.tif")) == 2, "same name: a slice's: %s", program_err);
    check(run("info %s --write-geometry %s --overwrite", in_folder("a.npy"), in_folder("a.npy")) == 2,
        "same name: the data's: %s", program_err);
    check(run("reconstruct %s --output %s --write-geometry %s --overwrite", in_folder("a.npy"), in_folder("x.npy"),
              in_folder("a.npy")) == 2 &&
              strstr(program_err, "which is the input as well"),
        "same name: a geometry in the place of the data: %s", program_err);
    check(symlink("a.npy", in_folder("link")) == 0 &&
            run("reconstruct %s --output %s --write-geometry %s --overwrite", in_folder("a.npy"), in_folder("x.npy"),
                in_folder("link")) == 2,
        "same name: by a link: %s", program_err);
    unlink(in_folder("link"));
    check(files_in_folder() == 1, "same name: nothing was written");
    clear_folder();
}

static void test_output(void)
{
    ptm_io_array a = make_projections("a.npy", 40, 3, 24);
    run_well("reconstruct %s --output %s", in_folder("a.npy"), in_folder("x.npy"));
    run_well("reconstruct %s --window -0.02:0.1 --bits 8 --output %s", in_folder("a.npy"), in_folder("w_%02d.tif"));
    ptm_io_array x = load("x.npy"), w = load("w_01.tif");
    double worst = 0;
    for (int i = 0; i < 576; ++i) {
        const double code = (double)((float *)x.data)[576 + i] / 0.12 * 255 + 0.02 / 0.12 * 255;
        worst = fmax(worst, fabs(((uint8_t *)w.data)[i] - fmin(fmax(code, 0), 255)));
    }
    check(w.type == PTM_IO_UINT8 && w.window[0] == -0.02 && w.window[1] == 0.1,
        "output: the window is in the file: %g to %g", w.window[0], w.window[1]);
    check_most(worst, 0.501, "output: 8 bits are the values in the window");
    check(files_in_folder() == 2 + 3, "output: a pattern makes a file for each slice");
    ptm_io_array_free(&w);
    run_well("reconstruct %s --bits 16 --slice 0 --output %s", in_folder("a.npy"), in_folder("one_%d.png"));
    w = load("one_0.png");
    check(w.type == PTM_IO_UINT16 && w.dimensions == 2, "output: a pattern of one slice");
    ptm_io_array_free(&w);
    check(run("reconstruct %s --output %s --json --quiet", in_folder("a.npy"), in_folder("j_%d.tif")) == 0 &&
        strstr(program_out, "j_0.tif\"") && strstr(program_out, "j_2.tif\""), "output: the result names the files: %s",
        program_out);
    run_well("reconstruct %s --output %s", in_folder("a.npy"), in_folder("s_%03d.tif"));
    run_well("project %s --views 9 --output %s", in_folder("s_%03d.tif"), in_folder("p_%02d.tif"));
    run_well("project %s --views 9 --output %s", in_folder("x.npy"), in_folder("p.npy"));
    run_well("reconstruct %s --output %s", in_folder("p_%02d.tif"), in_folder("s.npy"));
    run_well("reconstruct %s --output %s", in_folder("p_*.tif"), in_folder("r.npy"));
    run_well("reconstruct %s --output %s", in_folder("p.npy"), in_folder("u.npy"));
    compare("s.npy", "u.npy", 0, "output: stacks of pictures are read again, by a pattern");
    compare("r.npy", "u.npy", 0, "output: and by a wildcard");
    const char *filters[] = { "ram-lak", "hann" };
    for (int i = 0; i < 2; ++i)
        run_well("reconstruct %s --filter %s --output %s", in_folder("a.npy"), filters[i],
            in_folder(i ? "hann.npy" : "ram.npy"));
    compare("ram.npy", "x.npy", 0, "output: Ram-Lak is the default filter");
    check(file_difference("hann.npy", "x.npy") > 0.01, "output: Hann is another");
    check(run("reconstruct %s --output %s --cutoff 0.5", in_folder("a.npy"), in_folder("cut.npy")) == 0 &&
        file_difference("cut.npy", "x.npy") > 0.01, "output: so is a cut-off");
    save("t.npy", x.data, 2, 24, 24, 0);
    run_well("reconstruct %s --transpose --output %s", in_folder("t.npy"), in_folder("t1.npy"));
    float turned[576];
    for (int i = 0; i < 576; ++i) turned[i] = ((float *)x.data)[i % 24 * 24 + i / 24];
    save("t2.npy", turned, 2, 24, 24, 0);
    run_well("reconstruct %s --output %s", in_folder("t2.npy"), in_folder("t3.npy"));
    compare("t1.npy", "t3.npy", 0, "output: transposed pictures");
    ptm_io_array_free(&x);
    ptm_io_array_free(&a);
    clear_folder();
}

static void test_json(void)
{
#ifdef PTM_IO_HAVE_JSON
    ptm_io_array a = make_projections("a.npy", 12, 3, 9);
    const char *commands[] = { "devices", "info %1$s", "phantom --size 4 --output %2$s", "project %1$s --output %3$s",
        "reconstruct %1$s --output %4$s", "info %5$s" };
    run_well("info %s --write-geometry %s", in_folder("a.npy"), in_folder("g.json"));
    for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i) {
        char line[2000];
        snprintf(line, sizeof line, commands[i], in_folder("a.npy"), in_folder("p.npy"), in_folder("q.npy"),
            in_folder("r.npy"), in_folder("g.json"));
        check(run("%s --json", line) == 0, "json: %s: %s", line, program_err);
        json_t *root = parsed();
        const char *command = json_string_value(json_object_get(root, "command"));
        check(command && strncmp(command, commands[i], strlen(command)) == 0, "json: it names the command %s",
            command ? command : "");
        json_decref(root);
    }
    ptm_io_array_free(&a);
    clear_folder();
#endif
}

/* ------------------------------------------------------------------ the tooth */

static void test_tooth(const char *data)
{
    check(run("reconstruct %s/tooth.h5 --rows 0 --output %s", data, in_folder("t.npy")) == 0, "the tooth: %s", program_err);
    double column = 0;
    const char *said = strstr(program_err, "rotation axis at column");
    check(said && sscanf(said, "rotation axis at column %lf", &column) == 1 && fabs(column - 296) <= 0.5,
        "the tooth: its axis is at %g, expected 296 +- 0.5", column);
    check(strstr(program_err, "taken as 1 mm") != NULL, "the tooth: pixels of 1 mm are told of: %s", program_err);
    check(run("reconstruct %s/tooth.h5 --rows 0 --pixel 0.01 --quiet --output %s", data, in_folder("q.npy")) == 0 &&
              !*program_err,
        "the tooth: not where they are stated, or none are wanted: %s", program_err);
    check(run("reconstruct %s/tooth.h5 --transpose --output %s", data, in_folder("z.npy")) == 2 &&
        strstr(program_err, "two axes"), "the tooth: a scan is not transposed: %s", program_err);
    run_well("info %s/tooth.h5 --write-geometry %s", data, in_folder("t.json"));
    check(run("reconstruct %s/tooth.h5 --slice 0 --geometry %s --output %s", data, in_folder("t.json"),
              in_folder("g.npy")) == 0 &&
              strstr(program_err, "middle of the detector"),
        "the tooth: a geometry file's axis is told of: %s", program_err);
    ptm_io_geometry g;
    must(ptm_io_geometry_read(&g, in_folder("t.json")));
    check(g.beam == PTM_IO_PARALLEL && g.views == 181 && g.angles && fabs(g.angles[180] - 179.00552486) < 1e-6 &&
        g.detector.shape[1] == 640 && g.volume.shape[1] == 640, "the tooth: its geometry");
    ptm_io_geometry_free(&g);
    clear_folder();
}

int main(int argc, char **argv)
{
    if (argc != 3) return fprintf(stderr, "usage: test_cli POLYTOME DATA_FOLDER\n"), 2;
    program_begin(argv[1]);
    must(ptm_context_create(&context, NULL));
    must(ptm_device_open(&device, context, "host"));
    test_usage();
    test_manual();
    if (has(JSON, "phantom")) test_phantom();
    test_phantom_names();
    test_phantom_projections();
    if (has(JSON, "project")) test_project();
    const bool json = has(JSON, "binning, regions and geometry files");
    static const char *const beams[] = { "--parallel", "--fan --sod 60 --sdd 90", "--cone --sod 60 --sdd 90" };
    for (int i = 0; i < 3; ++i) {
        test_crop(beams[i], false);
        test_crop(beams[i], true);
        if (!json) continue;
        test_binning(beams[i]);
        test_region(beams[i]);
        test_geometry_again(beams[i]);
    }
    test_angles();
    test_stacks();
    test_centre();
    if (has(TIFF | PNG, "sweeps")) {
        test_sweep("", 32.25);
        test_sweep("--cone --sod 100 --sdd 100", 32.25);
    }
#ifdef PTM_IO_HAVE_HDF5
    test_counts();
    test_nxtomo();
    test_volume_file();
    test_names();
#else
    has(HDF5, "scans in HDF5 files");
#endif
    test_fields();
    test_sinogram_fields();
    test_windows();
    if (has(JSON, "geometry files under the output's name")) test_same_name();
    if (has(TIFF | PNG, "pictures")) test_output();
    if (has(JSON, "results as JSON")) test_json();
    if (has(JSON | HDF5, "the tooth")) test_tooth(argv[2]);
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    program_end();
    return finish();
}
