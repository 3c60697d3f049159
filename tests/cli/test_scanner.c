/* test_scanner.c - the program with files of scanners, and with RTK's geometries.
 * Usage: test_scanner POLYTOME */
#define _XOPEN_SOURCE 700
#include "program.h"

#include <unistd.h>

#define NIKON                                                                                                              \
    "[XTekCT]\r\nName=rock\r\nSrcToObject=120\r\nSrcToDetector=200\r\nDetectorPixelsX=25\r\nDetectorPixelSizeX=1.5\r\n"    \
    "DetectorPixelsY=17\r\nDetectorPixelSizeY=1.25\r\nProjections=40\r\nInitialAngle=10\r\nAngularStep=9\r\nWhiteLevel="   \
    "60000\r\n"                                                                                                            \
    "ObjectOffsetX=0.75\r\n"
#define SKYSCAN                                                                                                            \
    "[System]\r\nScanner=SkyScan1272\r\n[Acquisition]\r\nFilename Prefix=rock_\r\nNumber Of Files=40\r\nNumber Of "        \
    "Rows=17\r\n"                                                                                                          \
    "Number Of Columns=25\r\nObject to Source (mm)=120\r\nCamera to Source (mm)=200\r\nImage Pixel Size "                  \
    "(um)=900\r\nRotation Step (deg)=9\r\n"

/* Not the same from any two sides. */
static void save_object(const char *name)
{
    float *values = calloc(14 * 20 * 20, sizeof *values);
    for (int i = 0; i < 14 * 20 * 20; ++i) {
        const double x = i % 20 - 9.5, y = i / 20 % 20 - 9.5, z = i / 400 - 6.5;
        values[i] = (float)(0.05 * exp(-((x - 3) * (x - 3) + (y + 2) * (y + 2) + (z - 1) * (z - 1)) / 8) +
                            0.02 * exp(-((x + 4) * (x + 4) + y * y + (z + 2) * (z + 2)) / 4));
    }
    save(name, values, 3, 14, 20, 20);
    free(values);
}

/* Line integrals as counts of 16 bits, a file for each view. */
static void save_counts(const char *projections, const char *pattern, double white)
{
    ptm_io_array p = load(projections), counts;
    must(ptm_io_array_create(&counts, PTM_IO_UINT16, 3, p.shape));
    for (int64_t i = 0; i < ptm_io_array_count(&p); ++i)
        ((uint16_t *)counts.data)[i] = (uint16_t)lround(white * exp(-(double)((const float *)p.data)[i]));
    must(ptm_io_write(in_folder(pattern), &counts, NULL));
    ptm_io_array_free(&p);
    ptm_io_array_free(&counts);
}

#define GRID "--size 20 --slices 14 --voxel 1"

/* Projections of the file's geometry, as the scanner stores them, come back as those that were never stored. */
static void test_scanner(const char *name, const char *text, double white)
{
    put_text(name, text);
    save_object("v.npy");
    run_well("project %s --geometry %s --output %s", in_folder("v.npy"), in_folder(name), in_folder("p.npy"));
    save_counts("p.npy", "rock_%04d.tif", white);
    run_well("reconstruct %s --geometry %s " GRID " --output %s", in_folder("p.npy"), in_folder(name), in_folder("a.npy"));
    run_well("reconstruct %s " GRID " --output %s", in_folder(name), in_folder("b.npy"));
    check_most(file_difference("b.npy", "a.npy"), 5e-3, name);
    run_well("info %s", in_folder(name));
    check(strstr(program_out, "17 rows and 25 columns") &&
              strstr(program_out, "rock_%04d.tif, 40 files of 17 rows and 25 columns"),
        "%s: info shows the projections: %s", name, program_out);
    run_well("reconstruct %s " GRID " --white %.0f --output %s", in_folder(name), white / 2, in_folder("c.npy"));
    check(file_difference("c.npy", "b.npy") > 0.01, "%s: --white goes before the file", name);
    unlink(in_folder("rock_0039.tif"));
    check(run("reconstruct %s --output %s", in_folder(name), in_folder("d.npy")) == 3 &&
              strstr(program_err, "has 39 views, but"),
        "%s: a view is missing: %s", name, program_err);
    for (int i = 0; i < 39; ++i) {
        char tiff[30];
        snprintf(tiff, sizeof tiff, "rock_%04d.tif", i);
        unlink(in_folder(tiff));
    }
    check(run("reconstruct %s --output %s", in_folder(name), in_folder("d.npy")) == 3, "%s: no projections: %s", name,
        program_err);
    run_well("info %s --json", in_folder(name));
    check(strstr(program_out, "\"projections\":") != NULL, "%s: info in JSON: %s", name, program_out);
    clear_folder();
}

static void test_uncorrected(void)
{
    put_text("s.log", SKYSCAN "Flat Field Correction=OFF\r\n");
    check(run("reconstruct %s --output %s", in_folder("s.log"), in_folder("d.npy")) == 2 && strstr(program_err, "--flats"),
        "not corrected: %s", program_err);
    put_text("m.csv", "# matrices\n200 47.5 0 9500 0 47.5 200 9500 0 1 0 200\n");
    check(run("reconstruct %s --output %s", in_folder("m.csv"), in_folder("d.npy")) == 2 &&
              strstr(program_err, "does not say where its projections are"),
        "a geometry alone: %s", program_err);
    clear_folder();
}

#ifdef PTM_IO_HAVE_XML
#define CONE "--cone --sod 120 --sdd 200 --pixel 1.5 --pixel-v 1.25"

/* A circle in RTK's file is the same circle; its pixels are for the user to say. */
static void test_rtk(void)
{
    save_object("v.npy");
    run_well("project %s " CONE
             " --voxel 1 --offset 0.7 --offset-v -0.4 --axis-offset 0.3 --views 40 --columns 25 --rows 17 --start-deg 10 "
             "--output %s --write-geometry %s",
        in_folder("v.npy"), in_folder("p.npy"), in_folder("g.xml"));
    run_well("reconstruct %s " CONE " --offset 0.7 --offset-v -0.4 --axis-offset 0.3 --start-deg 10 " GRID " --output %s",
        in_folder("p.npy"), in_folder("a.npy"));
    run_well("reconstruct %s --geometry %s --pixel 1.5 --pixel-v 1.25 " GRID " --output %s", in_folder("p.npy"),
        in_folder("g.xml"), in_folder("b.npy"));
    check_most(file_difference("b.npy", "a.npy"), 1e-5, "RTK: a circle");
    clear_folder();
}

/* A list of views takes the pixels' size and a shift from the options; without a size of pixels matrices are no scan. */
static void test_open_pixels(void)
{
    ptm_view views[3] = { { { 0, -120, 0 }, { 0.7, 80, -0.4 }, { 1.5, 0, 0 }, { 0, 0, 1.25 } },
        { { 120, 0, 5 }, { -80, 0, 5 }, { 0, 1.2, 0.9 }, { 0, -0.75, 1 } },
        { { 0, 120, 0 }, { 0, -80, 0 }, { -1.5, 0, 0 }, { 0, 0, 1.25 } } };
    const ptm_io_geometry g = {
        .detector = { .shape = { 17, 25 } }, .kind = PTM_IO_VECTORS, .beam = PTM_IO_CONE, .views = 3, .vectors = views
    };
    ptm_matrix matrices[3];
    char text[2000] = "# matrices\n";
    save_object("v.npy");
    must(ptm_io_geometry_write(in_folder("g.xml"), &g, true));
    for (int i = 0; i < 3; ++i) {
        must(ptm_view_to_matrix(&matrices[i], &views[i], false, g.detector.shape));
        for (int k = 0; k < 12; ++k)
            snprintf(text + strlen(text), sizeof text - strlen(text), k < 11 ? "%.17g, " : "%.17g\n",
                matrices[i].row[k / 4][k % 4]);
    }
    put_text("m.csv", text);
    run_well("project %s --geometry %s --pixel 1.5 --pixel-v 1.25 --rows 17 --columns 25 --voxel 1 --output %s",
        in_folder("v.npy"), in_folder("g.xml"), in_folder("a.npy"));
    run_well("project %s --geometry %s --pixel 1.5 --rows 17 --columns 25 --voxel 1 --output %s", in_folder("v.npy"),
        in_folder("m.csv"), in_folder("b.npy"));
    check_most(file_difference("a.npy", "b.npy"), 1e-5, "RTK's list and matrices with --pixel");
    run_well("project %s --geometry %s --pixel 1.5 --pixel-v 1.25 --offset 3 --rows 17 --columns 25 --voxel 1 --output %s",
        in_folder("v.npy"), in_folder("g.xml"), in_folder("c.npy"));
    ptm_io_array a = load("a.npy"), c = load("c.npy");
    double worst = 0;
    for (int i = 0; i < 3 * 17; ++i)
        for (int k = 0; k < 23; ++k)
            worst = fmax(worst, fabs((double)((float *)c.data)[25 * i + k] - (double)((float *)a.data)[25 * i + k + 2]));
    check_most(worst, 1e-5, "RTK's list with --offset: two pixels further");
    ptm_io_array_free(&a);
    ptm_io_array_free(&c);
    check(run("project %s --geometry %s --rows 17 --columns 25 --voxel 1 --output %s", in_folder("v.npy"),
              in_folder("m.csv"), in_folder("d.npy")) == 2 &&
              strstr(program_err, "pitch is 0"),
        "matrices without a pixel: %s", program_err);
    check(run("project %s --geometry %s --sod 3 --pixel 1 --rows 17 --columns 25 --voxel 1 --output %s", in_folder("v.npy"),
              in_folder("g.xml"), in_folder("d.npy")) == 2 &&
              strstr(program_err, "--sod does not go with"),
        "a list has its distances: %s", program_err);
    clear_folder();
}
#endif

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: test_scanner POLYTOME\n"), 2;
    program_begin(argv[1]);
    test_uncorrected();
    if (ptm_io_format_available(PTM_IO_FORMAT_TIFF)) {
        test_scanner("n.xtekct", NIKON, 60000);
        test_scanner("s.log", SKYSCAN "Optical Axis (line)=9\r\nFlat Field Correction=ON\r\n", 65535);
        test_scanner(
            "t.log", SKYSCAN "Flat Field Correction=ON\r\nRotation Direction=CW\r\nReference Intensity=58000\r\n", 58000);
    } else {
        skipped++;
    }
#ifdef PTM_IO_HAVE_XML
    test_rtk();
    test_open_pixels();
#endif
    program_end();
    return finish();
}
