/* test_geometries.c - scans without data: trajectories, their pictures, and lists of views.
 * Usage: test_geometries POLYTOME FOLDER_OF_DOCUMENTS */
#define _XOPEN_SOURCE 700
#include "program.h"

#include <unistd.h>

static ptm_context *context;

#define CONE "--cone --sod 120 --sdd 200 --pixel 1.5"

/* ------------------------------------------------------------------ trajectories and pictures */

static void *text_of(const char *name)
{
    FILE *file = fopen(in_folder(name), "rb");
    char *text = calloc(1, 1 << 18);
    if (!file || !text || fread(text, 1, (1 << 18) - 1, file) < 1) exit(1);
    fclose(file);
    return text;
}

/* The views that the program writes are the library's; angles for circles, vectors for others. */
static void test_trajectory(const char *options, const ptm_trajectory_options *given, bool circle)
{
    ptm_trajectory_options o = *given;
    ptm_io_geometry g;
    ptm_scan *expected, *scan;
    o.struct_size = sizeof o;
    o.volume = (ptm_volume){ .shape = { 10, 16, 16 } };
    o.detector = (ptm_detector){ .shape = { 14, 24 }, .spacing = { 1.5, 1.5 } };
    o.views = 24;
    o.sod = 120;
    o.sdd = 200;
    must(ptm_scan_trajectory(&expected, context, &o));
    run_well("info --trajectory %s " CONE
             " --size 16 --slices 10 --voxel 1 --columns 24 --rows 14 --views 24 --write-geometry %s",
        options, in_folder("g.json"));
    must(ptm_io_geometry_read(&g, in_folder("g.json")));
    must(ptm_io_geometry_scan(&scan, context, &g));
    double worst = 0;
    for (int i = 0; i < 24; ++i) {
        ptm_view a, b;
        double p[12], q[12];
        ptm_scan_get_view(scan, i, &a);
        ptm_scan_get_view(expected, i, &b);
        must(ptm_view_to_astra(p, 12, &a));
        must(ptm_view_to_astra(q, 12, &b));
        for (int k = 0; k < 12; ++k) worst = fmax(worst, fabs(p[k] - q[k]));
    }
    check(worst < 1e-11 && (g.kind == PTM_IO_CIRCULAR) == circle && g.views == 24, "--trajectory %s: off by %g mm", options,
        worst);
    ptm_scan_destroy(&scan);
    ptm_scan_destroy(&expected);
    ptm_io_geometry_free(&g);
    clear_folder();
}

#define TRAJECTORY(name, circle, options, ...) \
    test_trajectory(options, &(ptm_trajectory_options){ .kind = PTM_TRAJECTORY_##name, __VA_ARGS__ }, circle)

static void test_trajectories(void)
{
    const double degree = 3.14159265358979323846 / 180;
    const ptm_focal_spot spots[2] = { { 0.5, 0, 0 }, { -0.5, 0.25, 1 } };
    TRAJECTORY(CIRCLE, true, "circle --start-deg 10 --range-deg 90 --end-point --clockwise", .start = 10 * degree,
        .range = 90 * degree, .end_point = true, .clockwise = true);
    TRAJECTORY(SHORT_SCAN, true, "short-scan", .start = 0);
    TRAJECTORY(HALF_FAN, true, "half-fan --overlap 4", .overlap = 4);
    TRAJECTORY(GOLDEN_ANGLE, true, "golden-angle", .start = 0);
    TRAJECTORY(CIRCLES, false, "circles --tilt-deg 45 --orbits 3", .tilt = 45 * degree, .orbits = 3);
    TRAJECTORY(HELIX, false, "helix --pitch 6 --turns 2", .pitch = 6, .turns = 2);
    TRAJECTORY(SADDLE, false, "saddle --height 20", .height = 20);
    TRAJECTORY(CIRCLE_LINE, false, "circle-line --length 20 --line-views 8", .length = 20, .line_views = 8);
    TRAJECTORY(LAMINOGRAPHY, false, "laminography --tilt-deg 30", .tilt = 30 * degree);
    TRAJECTORY(TOMOSYNTHESIS, false, "tomosynthesis --range-deg 40", .range = 40 * degree);
    TRAJECTORY(TOMOSYNTHESIS_LINE, false, "tomosynthesis-line --length 60", .length = 60);
    TRAJECTORY(SPHERE, false, "sphere", .start = 0);
    TRAJECTORY(CIRCLE, false, "circle --spots 0.5:0:0,-0.5:0.25:1", .spots = spots, .spot_count = 2);
    /* Projected along it, and along the file. */
    run_well("phantom --size 16 --output %s", in_folder("v.npy"));
    run_well("project %s " CONE
             " --voxel 1 --trajectory helix --pitch 6 --turns 2 --views 20 --output %s --write-geometry %s",
        in_folder("v.npy"), in_folder("a.npy"), in_folder("a.json"));
    run_well("project %s --geometry %s --output %s", in_folder("v.npy"), in_folder("a.json"), in_folder("b.npy"));
    check_most(file_difference("b.npy", "a.npy"), 0, "project: along a helix, and along its vectors");
    run_well(
        "project %s --fan --sod 120 --sdd 200 --voxel 1 --trajectory short-scan --views 90 --output %s --write-geometry %s",
        in_folder("v.npy"), in_folder("a.npy"), in_folder("a.json"));
    run_well("reconstruct %s --geometry %s --output %s", in_folder("a.npy"), in_folder("a.json"), in_folder("r.npy"));
    clear_folder();
}

/* What sees nothing is said; there is no -0. */
static void test_told_trajectories(void)
{
    run_well("info --trajectory helix --pitch 1e6 --turns 3 --views 90 " CONE " --size 16 --columns 24 --rows 14");
    check(strstr(program_out, "90 views see nothing of the volume") != NULL, "a steep helix: %s", program_out);
    run_well("info --trajectory helix --pitch 1e6 --turns 3 --views 90 " CONE " --size 16 --columns 24 --rows 14 --json");
    check(strstr(program_out, "\"blind_views\": 8") != NULL, "a steep helix, JSON: %s", program_out);
    put_text("m.json", "{\"format\": \"polytome geometry\", \"version\": 1, \"volume\": {\"offset\": [-0.0, -1e-17, 0]},"
        " \"detector\": {\"shape\": [14, 24], \"offset\": [-0.0, -0.0]}, \"circular\": {\"beam\": \"cone\", \"sod\": 100,"
        " \"sdd\": 200, \"axis_offset\": -0.0, \"angles_deg\": [-0.0, 90, -1e-14]}}");
    run_well("info %s --size 16", in_folder("m.json"));
    const char *said = strstr(program_out, "beam:");
    check(said && !strstr(said, "-") && !strstr(said, "nothing"), "nothing is -0: %s", program_out);
    put_text("m.json", "{\"format\": \"polytome geometry\", \"version\": 1, \"volume\": {\"shape\": [2, 2, 2],"
        " \"offset\": [900, 0, 0]}, \"detector\": {\"shape\": [14, 24]}, \"circular\": {\"beam\": \"cone\", \"sod\": 100,"
        " \"sdd\": 200, \"count\": 3}}");
    run_well("info %s", in_folder("m.json"));
    check(strstr(program_out, "this is no scan: no view sees the volume") != NULL, "nothing is seen: %s", program_out);
    clear_folder();
}

static void test_wrong_trajectories(void)
{
    static const struct { const char *options, *word; } cases[] = { { "--trajectory spiral", "one of: none circle" },
        { "--trajectory helix --turns 2 " CONE, "pitch is 0, but a helix needs it" }, { "--trajectory circle --pitch 3",
        "pitch is 3" },
        { "--geometry no.json --pitch 3", "--pitch goes with --trajectory" }, { "--trajectory saddle --height 3",
        "parallel is set" },
        { "--trajectory helix --pitch 0 --turns 1", "--pitch is 0" }, { "--trajectory circle --angles no.txt",
        "--angles does not" },
        { "--trajectory circle --spots 1:2 " CONE, "--spots is \"1:2\"" }, { "--trajectory circle --spots 1:2:3, " CONE,
        "--spots is" },
        { "--trajectory sphere --fan --sod 120 --sdd 200", "a sphere is no circle" }, { "", "info needs a file" },
        { "--trajectory laminography --tilt-deg 90 " CONE, "tilt is 1.5708 radians" },
        { "--trajectory helix --pitch 1 --turns 1e9 --views 90 " CONE, "turns is 1e+09" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const int code = run("info %s", cases[i].options);
        check(code == 2 && strstr(program_err, cases[i].word), "info %s: %d %s", cases[i].options, code, program_err);
    }
}

/* A picture is SVG with all that it promises; no two of its words are in one place. */
static void test_plot(void)
{
    run_well("info --trajectory helix --pitch 6 --turns 2 " CONE
             " --size 16 --columns 24 --rows 14 --views 1000 --plot %s --write-geometry %s",
        in_folder("p.svg"), in_folder("p.json"));
    char *text = text_of("p.svg");
    check(strncmp(text, "<svg ", 5) == 0 && strcmp(text + strlen(text) - 7, "</svg>\n") == 0, "plot: it is SVG, whole");
    check(strstr(text, "Cone beam, 1000 views") && strstr(text, "views 0 to 999, 400 of them drawn") &&
        strstr(text, "24 &#215; 14 pixels (u, v) of 1.5 mm") && strstr(text, "16 &#215; 16 &#215; 16 voxels") &&
        strstr(text, " mm</text>"), "plot: its legend");
    check(count_of(text, "<circle ") == 4 && count_of(text, ">x</text>") == 1 && count_of(text, ">u</text>") == 1 &&
        !strstr(text, "nan") && !strstr(text, "inf"), "plot: first and last source, axes");
    double at[16][2];
    int count = 0;
    for (const char *word = text; count < 16 && (word = strstr(word, "<text x=\"")); ++word, ++count)
        if (sscanf(word, "<text x=\"%lf\" y=\"%lf\"", &at[count][0], &at[count][1]) != 2) exit(1);
    bool apart = count >= 10;
    for (int i = 0; i < count; ++i)
        for (int j = 0; j < i; ++j) apart = apart && fabs(at[i][0] - at[j][0]) + fabs(at[i][1] - at[j][1]) > 9;
    check(apart, "plot: %d words, each in a place of its own", count);
    check(run("info %s --plot %s", in_folder("p.json"), in_folder("p.svg")) == 4 && strstr(program_err, "exists already"),
        "plot: nothing is replaced: %s", program_err);
    run_well("info --geometry %s --plot %s", in_folder("p.json"), in_folder("q.svg"));
    char *again = text_of("q.svg");
    check(strcmp(text, again) == 0, "plot: the same from the geometry file");
    free(text);
    free(again);
    run_well("info %s --write-geometry %s", in_folder("p.json"), in_folder("g.svg"));
    check(run("info %s --plot %s --overwrite", in_folder("g.svg"), in_folder("g.svg")) == 2 &&
        strstr(program_err, "as well"), "plot: over the file itself: %s", program_err);
    check(run("info %s --plot %s --write-geometry %s", in_folder("p.json"), in_folder("r.svg"), in_folder("r.svg")) == 2 &&
        strstr(program_err, "as well"), "plot: over the geometry: %s", program_err);
    check(run("info %s --plot %s", in_folder("p.json"), in_folder("p.png")) == 2 && strstr(program_err, "ends with .svg"),
        "plot: as what it is not: %s", program_err);
    run_well("phantom --size 16 --output %s", in_folder("v.npy"));
    run_well("project %s --views 10 --output %s", in_folder("v.npy"), in_folder("a.npy"));
    run_well("info %s --plot %s", in_folder("a.npy"), in_folder("a.svg"));
    text = text_of("a.svg");
    check(strstr(text, "Parallel beam, 10 views") != NULL, "plot: of a file of data");
    free(text);
    check(run("info %s --views 5 --plot %s", in_folder("a.npy"), in_folder("b.svg")) == 2,
        "plot: data have their views: %s", program_err);
    clear_folder();
}

/* A line without its end; after a backslash the next one is part of it. */
static bool next_line(char *line, size_t size, FILE *file)
{
    size_t length = 0;
    while (length < size && fgets(line + length, (int)(size - length), file)) {
        length = strcspn(line, "\n");
        line[length] = 0;
        if (length == 0 || line[length - 1] != '\\') return true;
        length--;
    }
    return false;
}

/* Every command of docs/trajectories.md works as it stands there, and the picture beside it is the one it makes. */
static void test_document(const char *docs)
{
    static char text[1 << 16];
    char path[700], line[400], name[100], here[500];
    int commands = 0;
    snprintf(path, sizeof path, "%s/trajectories.md", docs);
    FILE *file = fopen(path, "r");
    if (!file || !getcwd(here, sizeof here) || chdir(in_folder(""))) exit(1);
    snprintf(path, sizeof path, "%s/pictures/trajectories/c-arm.json", docs);
    FILE *matrices = fopen(path, "r");
    text[matrices ? fread(text, 1, sizeof text - 1, matrices) : 0] = 0;
    if (matrices) fclose(matrices);
    put_text("c-arm.json", text);
    while (next_line(line, sizeof line, file)) {
        const char *plot = strstr(line, "--plot ");
        if (strncmp(line, "    polytome ", 13) != 0) continue;
        run_well("%s", line + 13);
        commands++;
        if (!plot || sscanf(plot, "--plot %90s", name) != 1) continue;
        snprintf(path, sizeof path, "%s/pictures/trajectories/%s", docs, name);
        FILE *picture = fopen(path, "r");
        text[picture ? fread(text, 1, sizeof text - 1, picture) : 0] = 0;
        if (picture) fclose(picture);
        char *made = text_of(name);
        check(count_of(text, "\n") == count_of(made, "\n") && labs((long)strlen(text) - (long)strlen(made)) < 20,
            "docs/trajectories.md: %s is what its command makes", name);
        free(made);
    }
    fclose(file);
    check(commands >= 14, "docs/trajectories.md: %d commands", commands);
    if (chdir(here)) exit(1);
    clear_folder();
}

/* ------------------------------------------------------------------ lists of views */

/* The same circle as a list: vectors, or matrices. */
static void write_list(const char *name, ptm_io_views kind, const char *circle)
{
    ptm_io_geometry g;
    ptm_scan *scan;
    must(ptm_io_geometry_read(&g, in_folder(circle)));
    must(ptm_io_geometry_scan(&scan, context, &g));
    ptm_view *views = calloc((size_t)g.views, sizeof *views);
    ptm_matrix *matrices = calloc((size_t)g.views, sizeof *matrices);
    for (int i = 0; i < g.views; ++i) {
        ptm_scan_get_view(scan, i, &views[i]);
        must(ptm_view_to_matrix(&matrices[i], &views[i], false, g.detector.shape));
    }
    const ptm_io_geometry list = { .volume = g.volume, .detector = { .shape = { g.detector.shape[0], g.detector.shape[1] },
        .cylindrical = g.detector.cylindrical },
        .kind = kind, .beam = PTM_IO_CONE, .views = g.views, .vectors = views, .matrices = matrices,
            .pitch = kind == PTM_IO_MATRICES ? g.detector.spacing[0] : 0 };
    must(ptm_io_geometry_write(in_folder(name), &list, true));
    free(views);
    free(matrices);
    ptm_scan_destroy(&scan);
    ptm_io_geometry_free(&g);
}

/* Views in a list give what they give as a circle: projected, reconstructed, cropped and binned. */
static void test_lists(ptm_io_views kind, const char *surface)
{
    char what[100];
    static const char part[] = "--columns 3:21 --rows 2:14 --binning 2 --views 0:40:2";
    snprintf(what, sizeof what, "%s%s", kind == PTM_IO_VECTORS ? "vectors" : "matrices", *surface ? ", cylindrical" : "");
    run_well("phantom --size 16 --output %s", in_folder("v.npy"));
    run_well("project %s " CONE " %s --voxel 1 --views 40 --offset 0.3 --offset-v -0.6 --output %s --write-geometry %s",
        in_folder("v.npy"), surface, in_folder("a.npy"), in_folder("a.json"));
    write_list("l.json", kind, "a.json");
    run_well("project %s --geometry %s --output %s", in_folder("v.npy"), in_folder("l.json"), in_folder("b.npy"));
    check_most(file_difference("b.npy", "a.npy"), 2e-6, what);
    run_well("reconstruct %s --geometry %s --output %s", in_folder("a.npy"), in_folder("a.json"), in_folder("ra.npy"));
    run_well("reconstruct %s --geometry %s --output %s", in_folder("a.npy"), in_folder("l.json"), in_folder("rb.npy"));
    check_most(file_difference("rb.npy", "ra.npy"), 1e-5, "lists: and the reconstruction");
    ptm_io_geometry g;
    must(ptm_io_geometry_read(&g, in_folder("l.json")));
    memset(g.volume.shape, 0, sizeof g.volume.shape);
    must(ptm_io_geometry_write(in_folder("s.json"), &g, true));
    ptm_io_geometry_free(&g);
    run_well("reconstruct %s --geometry %s --size 16 --slices 16 --output %s", in_folder("a.npy"), in_folder("s.json"),
        in_folder("rc.npy"));
    check_most(file_difference("rc.npy", "rb.npy"), 0, "lists: with the voxel's size in the file and the shape in options");
    run_well("reconstruct %s --geometry %s %s --output %s --write-geometry %s", in_folder("a.npy"), in_folder("a.json"),
        part, in_folder("ra.npy"), in_folder("ca.json"));
    run_well("reconstruct %s --geometry %s %s --output %s --write-geometry %s", in_folder("a.npy"), in_folder("l.json"),
        part, in_folder("rb.npy"), in_folder("cl.json"));
    check_most(file_difference("rb.npy", "ra.npy"), 1e-5, "lists: of cropped and binned data too");
    run_well("project %s --geometry %s --output %s", in_folder("v.npy"), in_folder("ca.json"), in_folder("pa.npy"));
    run_well("project %s --geometry %s --output %s", in_folder("v.npy"), in_folder("cl.json"), in_folder("pb.npy"));
    check_most(file_difference("pb.npy", "pa.npy"), 2e-6, "lists: and projected again with the geometry that is left");
    check(run("reconstruct %s --geometry %s --sod 5 --output %s", in_folder("a.npy"), in_folder("l.json"),
              in_folder("c.npy")) == 2 &&
              strstr(program_err, "--sod does not go"),
        "lists leave no place for --sod: %s", program_err);
    check(run("info %s", in_folder("l.json")) == 0 && strstr(program_out, "views: 40, as"), "lists: info: %s", program_out);
    clear_folder();
}

int main(int argc, char **argv)
{
    if (argc != 3) return fprintf(stderr, "usage: test_geometries POLYTOME FOLDER_OF_DOCUMENTS\n"), 2;
    program_begin(argv[1]);
    must(ptm_context_create(&context, NULL));
    if (has(JSON, "trajectories")) test_trajectories();
    if (has(JSON, "pictures of geometries")) test_plot();
    if (has(JSON, "what info says")) test_told_trajectories();
    test_wrong_trajectories();
    if (has(JSON, "docs/trajectories.md")) test_document(argv[2]);
    if (has(JSON, "lists of views")) {
        test_lists(PTM_IO_VECTORS, "");
        test_lists(PTM_IO_VECTORS, "--cylindrical");
        test_lists(PTM_IO_MATRICES, "");
    }
    ptm_context_destroy(&context);
    program_end();
    return finish();
}
