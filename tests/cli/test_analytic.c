/* test_analytic.c - polytome reconstruct: weights, helices and extrapolation, against the library.
 * Usage: test_analytic POLYTOME */
#include "program.h"

static ptm_context *context;
static ptm_device *device;

enum { N = 24, NZ = 6, ROWS = 16, COLUMNS = 40, VIEWS = 240 };

/* A helix of 60 views and 6 mm a turn around the middle of the volume. */
static void write_helix(const char *name)
{
    static ptm_view view[VIEWS];
    for (int i = 0; i < VIEWS; ++i) {
        const double angle = 6.283185307179586 * i / 60, z = 6.0 * (i - 0.5 * VIEWS) / 60, c = cos(angle), s = sin(angle);
        view[i] = (ptm_view){ { 80 * s, -80 * c, z }, { -80 * s, 80 * c, z }, { 2 * c, 2 * s, 0 }, { 0, 0, 2 } };
    }
    const ptm_io_geometry g = { .volume = { .shape = { NZ, N, N }, .spacing = { 1, 1, 1 } },
        .detector = { .shape = { ROWS, COLUMNS } }, .kind = PTM_IO_VECTORS, .beam = PTM_IO_CONE, .views = VIEWS,
        .vectors = view };
    must(ptm_io_geometry_write(in_folder(name), &g, true));
}

/* What the library makes of a file of projections. */
static void reconstruct(const char *name, const char *geometry, const char *pixels, const ptm_fbp_options *o)
{
    ptm_io_geometry g;
    ptm_scan *scan;
    ptm_io_array a = load(pixels);
    must(ptm_io_geometry_read(&g, in_folder(geometry)));
    must(ptm_io_geometry_scan(&scan, context, &g));
    const int *n = g.volume.shape;
    float *x = calloc((size_t)n[0] * (size_t)n[1] * (size_t)n[2], sizeof *x);
    const ptm_array in = PTM_ARRAY_3D(a.data, a.shape[0], a.shape[1], a.shape[2]), out = PTM_ARRAY_3D(x, n[0], n[1], n[2]);
    must(ptm_fbp(device, scan, &out, &in, o));
    save(name, x, 3, n[0], n[1], n[2]);
    free(x);
    ptm_io_array_free(&a);
    ptm_scan_destroy(&scan);
    ptm_io_geometry_free(&g);
}

static void fails(const char *options, const char *word)
{
    check(run("reconstruct %s --output %s %s", in_folder("p.npy"), in_folder("no.npy"), options) == 2 &&
              strstr(program_err, word),
        "%s is refused for \"%s\": %s", options, word, program_err);
}

static void test_helix(void)
{
    char helix[1024], silver[1200];
    write_helix("h.json");
    snprintf(helix, sizeof helix, "--geometry %s", in_folder("h.json"));
    run_well("phantom --size %d --slices %d --output %s", N, NZ, in_folder("v.npy"));
    run_well("project %s %s --output %s", in_folder("v.npy"), helix, in_folder("p.npy"));
    run_well("reconstruct %s %s --output %s", in_folder("p.npy"), helix, in_folder("a.npy"));
    reconstruct("b.npy", "h.json", "p.npy", NULL);
    check_most(file_difference("a.npy", "b.npy"), 1e-6, "a list of views that is a helix is reconstructed as one");
    run_well("reconstruct %s %s --weights tam-danielson --output %s", in_folder("p.npy"), helix, in_folder("t.npy"));
    reconstruct("b.npy", "h.json", "p.npy",
        &(ptm_fbp_options){ PTM_SIZED(ptm_fbp_options), .weights = PTM_WEIGHTS_TAM_DANIELSON });
    check_most(file_difference("t.npy", "b.npy"), 1e-6, "through the Tam-Danielson window");
    check(file_difference("t.npy", "a.npy") > 1e-3, "which is another than n-PI");
    snprintf(silver, sizeof silver, "%s --weights silver", helix);
    fails(silver, "helix");
    clear_folder();
}

static void test_circle(void)
{
    static const char circle[] = "--fan --sod 80 --sdd 160 --pixel 2 --range-deg 250 --voxel 1";
    static const struct { const char *option; ptm_fbp_options o;
    } cases[] = { { "--weights parker", { .weights = PTM_WEIGHTS_PARKER } },
        { "--weights riess", { .weights = PTM_WEIGHTS_RIESS } }, { "--weights none", { .weights = PTM_WEIGHTS_NONE } },
        { "--extrapolate cosine", { .extrapolation = PTM_EXTRAPOLATION_COSINE } },
        { "--extrapolate cylinder --object-radius 30",
            { .extrapolation = PTM_EXTRAPOLATION_CYLINDER, .object_radius = 30 } } };
    run_well("phantom --size %d --slices 1 --output %s", N, in_folder("v.npy"));
    run_well("project %s %s --views 90 --columns 20 --output %s --write-geometry %s", in_folder("v.npy"), circle,
        in_folder("p.npy"), in_folder("c.json"));
    run_well("reconstruct %s --geometry %s --output %s", in_folder("p.npy"), in_folder("c.json"), in_folder("auto.npy"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        ptm_fbp_options o = cases[i].o;
        o.struct_size = sizeof o;
        run_well("reconstruct %s --geometry %s %s --output %s", in_folder("p.npy"), in_folder("c.json"), cases[i].option,
            in_folder("a.npy"));
        reconstruct("b.npy", "c.json", "p.npy", &o);
        check_most(file_difference("a.npy", "b.npy"), 1e-6, cases[i].option);
        check(i == 1 || file_difference("a.npy", "auto.npy") > 1e-3, "%s changes something", cases[i].option);
    }
    fails("--weights triangle", "weights");
    fails("--object-radius 30", "--extrapolate");
    fails("--extrapolate cosine --object-radius -3", "a number above 0");
    clear_folder();
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: test_analytic POLYTOME\n"), 2;
    program_begin(argv[1]);
    must(ptm_context_create(&context, NULL));
    must(ptm_device_open(&device, context, "host"));
#ifdef PTM_IO_HAVE_JSON
    test_helix();
    test_circle();
#else
    printf("skipped: this build has no jansson\n");
    skipped++;
#endif
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    program_end();
    return finish();
}
