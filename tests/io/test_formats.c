/* test_formats.c - geometry files of other packages and of scanners: where sources and pixels are, in mm, worked out by
 * hand. Usage: test_formats FOLDER      with a file of each */
#define _XOPEN_SOURCE 700
#include "../check.h"
#include "files.h"

#include <polytome/io.h>

#include <errno.h>
#include <sys/stat.h>

static const char *samples;
static ptm_context *context;

/* Of the libraries that a build may be without. */
static bool can_read(const char *name)
{
    const char *library = NULL;
#ifndef PTM_IO_HAVE_JSON
    if (strstr(name, ".json")) library = "jansson";
#endif
#ifndef PTM_IO_HAVE_XML
    if (strstr(name, ".xml")) library = "expat";
#endif
    if (!library) return true;
    ptm_io_geometry g;
    if (strncmp(name, "back", 4))
        check(ptm_io_geometry_read(&g, path_of(samples, name)) == PTM_ERROR_UNSUPPORTED && message_has(library),
            "%s without %s: %s", name, library, ptm_error_message());
    skipped++;
    return false;
}

/* ------------------------------------------------------------------ places */

/* What the file leaves open: 3 x 5 pixels (1 x 5 of those in the plane) of 0.5 x 0.25 mm; and a volume that is seen. */
static void complete(ptm_io_geometry *g, int rows)
{
    if (!g->detector.shape[0]) g->detector.shape[0] = rows, g->detector.shape[1] = 5;
    for (int i = 0; i < 2; ++i)
        if (g->detector.spacing[i] == 0) g->detector.spacing[i] = i ? 0.25 : 0.5;
    if (g->kind == PTM_IO_MATRICES && g->pitch == 0 && g->sdd == 0) g->pitch = 0.5;
    must(ptm_io_geometry_set_steps(g));
    g->volume = (ptm_volume) { .shape = { rows, 20, 20 }, .spacing = { 4, 4, 4 } };
}

static double away(const double a[3], const double b[3])
{
    double worst = 0;
    for (int k = 0; k < 3; ++k) worst = fmax(worst, fabs(a[k] - b[k]));
    return worst;
}

typedef struct place {
    const char *file;
    int view;
    double source[3], pixel[3];
} place; /* pixel (0, 0) */

static void check_place(const ptm_scan *scan, const ptm_io_geometry *g, const place *p)
{
    ptm_view view;
    double pixel[3];
    ptm_scan_get_view(scan, p->view, &view);
    for (int k = 0; k < 3; ++k)
        pixel[k] =
            view.detector[k] - 0.5 * (g->detector.shape[0] - 1) * view.v[k] - 0.5 * (g->detector.shape[1] - 1) * view.u[k];
    const double *s = view.source;
    check(away(s, p->source) < 1e-12 * 100, "%s, view %d: the source is at %g %g %g", p->file, p->view, s[0], s[1], s[2]);
    check(away(pixel, p->pixel) < 1e-12 * 400, "%s, view %d: pixel (0, 0) is at %g %g %g", p->file, p->view, pixel[0],
        pixel[1], pixel[2]);
}

static void test_place(const char *path, const place *p)
{
    const int rows = strstr(p->file, "plane") || strstr(p->file, "fan") ? 1 : 3;
    ptm_io_geometry g = { 0 };
    ptm_scan *scan = NULL;
    check(ptm_io_is_geometry(path), "%s is recognised", p->file);
    int status = ptm_io_geometry_read(&g, path);
    if (!check(status == PTM_OK, "%s is read: %s", p->file, status ? ptm_error_message() : "")) return;
    complete(&g, rows);
    status = ptm_io_geometry_scan(&scan, context, &g);
    if (check(status == PTM_OK, "%s is a scan: %s", p->file, status ? ptm_error_message() : "")) check_place(scan, &g, p);
    ptm_scan_destroy(&scan);
    ptm_io_geometry_free(&g);
}

static void test_places(void)
{
    static const place places[] = {
        { "astra_cone.json", 0, { 0, -100, 0 }, { -1, 50, -0.25 } },
        { "astra_cone.json", 1, { 100, 0, 0 }, { -50, -1, -0.25 } },
        { "astra_cone.json", 2, { 0, 100, 0 }, { 1, -50, -0.25 } },
        { "astra_fan.json", 0, { 0, -100, 0 }, { 0, 50, 0 } },
        { "astra_fan.json", 1, { 100, 0, 0 }, { -50, 0, 0 } },
        { "astra_vectors.txt", 0, { 0, -100, -2 }, { 0, 50, 2.75 } },
        { "astra_vectors.txt", 1, { 100, 0, 2 }, { -50, 0, 2.75 } },
        { "astra_plane.csv", 0, { 0, -1, 0 }, { 0, 0, 0 } },
        { "astra_plane.csv", 1, { 1, 0, 0 }, { 0, 0, 0 } },
        { "matrices.csv", 0, { 0, -100, 0 }, { -1, 50, -0.25 } },
        { "matrices.json", 0, { 0, -100, 0 }, { -1, 50, -0.25 } },
        { "tigre.json", 0, { 100, 0.125, 0 }, { -50, 0.125, 2.75 } },
        { "tigre.json", 1, { -0.125, 100, 0 }, { -0.125, -50, 2.75 } },
        { "pyronn.json", 0, { 100, 0, 0 }, { -50, 1, 0.25 } },
        { "pyronn.json", 1, { 0, -100, 0 }, { 1, 50, 0.25 } },
        { "pyronn_fan.json", 0, { -100, 0, 0 }, { 50, -0.75, 0 } },
        { "pyronn_fan.json", 1, { 0, -100, 0 }, { 0.75, 50, 0 } },
        { "nikon.xtekct", 0, { -0.5, 100, 0 }, { -1.5, -300, 0.25 } },
        { "nikon.xtekct", 1, { -100, -0.5, 0 }, { 300, -1.5, 0.25 } },
        { "skyscan.log", 0, { 0, -50, 0 }, { 1, 150, 0 } },
        { "skyscan.log", 1, { -50, 0, 0 }, { 150, -1, 0 } },
        { "rtk.xml", 0, { 2, -100, 0 }, { 2, 50, -1.25 } },
        { "rtk.xml", 1, { 100, -4, 0 }, { -50, 1.25, 2 } },
        { "rtk.xml", 2, { 0, 0, -100 }, { 2, 1.25, 50 } },
        { "rtk_circle.xml", 0, { 2, -100, 0 }, { 2, 50, -1.25 } },
        { "rtk_circle.xml", 1, { 100, 2, 0 }, { -50, 2, -1.25 } },
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; ++i)
        if (can_read(places[i].file)) test_place(path_of(samples, places[i].file), &places[i]);
}

/* ------------------------------------------------------------------ variants, in the place of a word of a sample */

/* A sample with `from` replaced by `to`. */
static const char *variant(const char *name, const char *from, const char *to)
{
    static char text[1 << 16];
    size_t length;
    char *whole = get(path_of(samples, name), &length), *at = strstr(whole, from);
    if (!at) {
        printf("  FAILED: no \"%s\" in %s\n", from, name);
        exit(1);
    }
    length = (size_t)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - whole), whole, to, at + strlen(from));
    free(whole);
    return put(in_folder("variant"), text, length);
}

static void test_variants(void)
{
    static const struct {
        const char *from, *to;
        place place;
    } all[] = {
        { "[0, 0, 0]", "[1.5707963267948966, 0, 0]", { "tigre.json", 0, { 100, 0.125, 0 }, { -50, 1.375, 2 } } },
        { "[0, 0, 0]", "[0, 1.0471975511965976, 0]",
            { "tigre.json", 0, { 100, 0.125, 0 }, { -50.216506350946110, 0.125, 2.875 } } },
        { "[0, 0, 0]", "[0, 0, 1.0471975511965976]",
            { "tigre.json", 0, { 100, 0.125, 0 }, { -49.133974596215561, 0.625, 2.75 } } },
        { "[0.5, -1, 2]", "[[0.5, -1, 2], [0.5, -1, 3]]", { "tigre.json", 1, { -1.125, 100, 0 }, { -1.125, -50, 2.75 } } },
        { "[0.0, 1.5707963267948966]", "[[0, 1.5707963267948966, 0], [0, 0, 0]]",
            { "tigre.json", 0, { 0, 0.125, -100 }, { 2.75, 0.125, 50 } } },
        { "[0.0, 1.5707963267948966]", "[[0, 0, 0], [0, 0, 1.5707963267948966]]",
            { "tigre.json", 1, { 0, 100.125, 0 }, { 0, -49.875, 2.75 } } },
        { "\"cone\"", "\"parallel\"", { "tigre.json", 0, { -1, 0, 0 }, { 0, 0.125, 2.75 } } },
        { "\"cone\"", "null", { "tigre.json", 0, { 100, 0.125, 0 }, { -50, 0.125, 2.75 } } },
        { "\"source_detector_distance\": 150", "\"source_detector_distance\": null",
            { "pyronn.json", 0, { 100, 0, 0 }, { -50, 1, 0.25 } } },
        { "150, \"source_isocenter_distance\": 100", "null, \"source_isocenter_distance\": 0",
            { "pyronn_fan.json", 1, { 0, 1, 0 }, { 0.75, 0, 0 } } },
        { "\"detector_origin\": [-0.75]", "\"detector_origin\": null",
            { "pyronn_fan.json", 1, { 0, -100, 0 }, { 1, 50, 0 } } },
        { "CentreOfRotationTop=2\r\nCentreOfRotationBottom=2", "ObjectTilt=90",
            { "nikon.xtekct", 0, { 0, 0, -100 }, { -1, 0.25, 300 } } },
        { "CentreOfRotationTop=2\r\nCentreOfRotationBottom=2", "ObjectRoll=90",
            { "nikon.xtekct", 0, { 0, 100, 0 }, { 0.25, -300, 1 } } },
        { "InitialAngle=0", "InitialAngle=90", { "nikon.xtekct", 0, { -100, -0.5, 0 }, { 300, -1.5, 0.25 } } },
        { "Rotation Direction=CC", "rotation direction = CW", { "skyscan.log", 1, { 50, 0, 0 }, { -150, 1, 0 } } },
        { "Optical Axis (line)=   2", "Optical Axis (line)=0.5", { "skyscan.log", 0, { 0, -50, 0 }, { 1, 150, 0.75 } } },
        { "[System]", "; Bruker\r\n# J\xf6rg, 21 \xb0" "C\r\n[System]",
            { "skyscan.log", 0, { 0, -50, 0 }, { 1, 150, 0 } } },
        { "[System]", "\xef\xbb\xbf[System]", { "skyscan.log", 0, { 0, -50, 0 }, { 1, 150, 0 } } },
        { "pitch=0.5", "sdd=150", { "matrices.csv", 0, { 0, -100, 0 }, { -1, 50, -0.25 } } },
        { "# cone_vec", "\n  #cone_vec  ", { "astra_vectors.txt", 0, { 0, -100, -2 }, { 0, 50, 2.75 } } },
        { "<SourceToDetectorDistance>150<", "<SourceToDetectorDistance>0<",
            { "rtk_circle.xml", 1, { -1, 0, 0 }, { 0, 2, -1.25 } } },
        { "<SourceOffsetX>2<", "<InPlaneAngle>180</InPlaneAngle><SourceOffsetX>2<",
            { "rtk_circle.xml", 0, { -2, -100, 0 }, { -2, 50, 1.25 } } },
        { "<GantryAngle>0</GantryAngle>", "<angle>0</angle><CollimationUInf>3</CollimationUInf>",
            { "rtk_circle.xml", 0, { 2, -100, 0 }, { 2, 50, -1.25 } } },
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i)
        if (can_read(all[i].place.file)) test_place(variant(all[i].place.file, all[i].from, all[i].to), &all[i].place);
}

/* ------------------------------------------------------------------ what is wrong */

static void test_wrong(void)
{
    static const struct {
        const char *file, *from, *to;
        int status;
        const char *message;
    } all[] = {
        { "astra_cone.json", "\"cone\"", "\"kone\"", PTM_ERROR_IO, "type is \"kone\", expected parallel, fanflat" },
        { "astra_cone.json", "\"cone\"", "\"cone_vec\"", PTM_ERROR_IO, "\"DetectorSpacingX\" in the file is not known" },
        { "astra_cone.json", "\"DetectorSpacingX\": 0.5, ", "", PTM_ERROR_IO, "DetectorSpacingX is missing" },
        { "astra_cone.json", "100.0", "0", PTM_ERROR_IO, "DistanceOriginSource is 0, expected a number above 0" },
        { "astra_cone.json", "50.0", "-5", PTM_ERROR_IO, "DistanceOriginDetector is -5" },
        { "astra_cone.json", "\"DetectorRowCount\": 3", "\"DetectorRowCount\": 3.5", PTM_ERROR_IO,
            "DetectorRowCount is 3.5" },
        { "astra_cone.json", "-3.14", "359.0, -3.14", PTM_ERROR_IO,
            "ProjectionAngles span 362.142 radians; they may be degrees" },
        { "astra_cone.json", "[0.0,", "[\"0\",", PTM_ERROR_IO, "ProjectionAngles is \"0\"" },
        { "astra_cone.json", "}", "", PTM_ERROR_IO, "line 3" },
        { "astra_fan.json", "0.5, 0]", "0.5]", PTM_ERROR_IO, "Vectors[0] is not an array of 6 numbers" },
        { "astra_vectors.txt", "# cone_vec\n", "", PTM_ERROR_IO, "line 1: rows of numbers alone do not say what they are" },
        { "astra_vectors.txt", "# cone_vec", "# cone_vec in mm", PTM_ERROR_IO, "line 1 has \"in mm\" behind the word" },
        { "astra_vectors.txt", "100 0 2", "100 0", PTM_ERROR_IO, "line 3 has 11 numbers, expected 12" },
        { "astra_vectors.txt", "100 0 2", "100 0 2 7", PTM_ERROR_IO, "line 3 has 13 numbers, expected 12" },
        { "astra_vectors.txt", "100 0 2", "1oo 0 2", PTM_ERROR_IO, "line 3 has \"1oo\", expected numbers" },
        { "astra_vectors.txt", "100 0 2", "nan 0 2", PTM_ERROR_IO, "line 3 has \"nan\", expected numbers" },
        { "astra_vectors.txt", "100 0 2", "1e999 0 2", PTM_ERROR_IO, "line 3 has \"1e999\"" },
        { "astra_plane.csv", "parallel_vec", "parallel3d_vec", PTM_ERROR_IO, "line 2 has 6 numbers, expected 12" },
        { "astra_plane.csv", "parallel_vec", "cone", PTM_ERROR_IO, "line 1 is not that of a geometry file" },
        { "matrices.csv", "pitch=0.5", "pitch=-1", PTM_ERROR_IO, "line 1 has \"pitch=-1\"" },
        { "matrices.csv", "300, 2, 0, 200,   0, 1, 600, 100,   0, 1, 0, 100", "", PTM_ERROR_IO, "has no views" },
        { "matrices.json", "[300,", "[", PTM_ERROR_IO, "matrices[0] is not an array of 3 rows of 4 numbers" },
        { "tigre.json", "\"DSD\": 150, ", "", PTM_ERROR_IO, "DSD is missing, expected a number above 0" },
        { "tigre.json", "[100, 100]", "[100, 100, 100]", PTM_ERROR_IO,
            "DSO is an array, expected 1 number, or as many for each of 2 views" },
        { "tigre.json", "\"COR\"", "\"CoR\"", PTM_ERROR_IO, "\"CoR\" in the file is not known" },
        { "tigre.json", "[3, 5]", "[3, 5.5]", PTM_ERROR_IO, "nDetector is 5.5" },
        { "tigre.json", "[0.75, 2.5]", "[0.75, 2]", PTM_ERROR_IO, "sDetector is 2, but nDetector times dDetector 2.5" },
        { "tigre.json", "[0.25, 0.5]", "[0.25, 0]", PTM_OK, "" },
        { "tigre.json", "\"angles\": [0.0, 1.5707963267948966], ", "", PTM_ERROR_IO, "angles is missing" },
        { "tigre.json", "1.5707963267948966]", "90]", PTM_ERROR_IO, "angles span 90 radians; they may be degrees" },
        { "tigre.json", "[3, 1]", "[3, 1, 0]", PTM_ERROR_IO, "offDetector is an array, expected 2 numbers" },
        { "tigre.json", "\"cone\"", "\"fan\"", PTM_ERROR_IO, "mode is \"fan\"" },
        { "pyronn.json", "300.0, 0.0, -200.0", "300.0, 0.0", PTM_ERROR_IO, "trajectory[0] is not an array of 3 rows" },
        { "pyronn.json", "\"number_of_projections\": 2", "\"number_of_projections\": 3", PTM_ERROR_IO,
            "number_of_projections is 3, expected 2" },
        { "pyronn.json", "\"source_detector_distance\": 150", "\"source_detector_distance\": 750", PTM_ERROR_UNSUPPORTED,
            "the detector 150 mm from the source, but source_detector_distance is 750" },
        { "pyronn.json", "[1.0, 0.0, 0.0, -100.0]", "[0.0, 0.0, 0.0, 0.0]", PTM_ERROR_IO, "no projection matrix" },
        { "pyronn.json", "[3, 5]", "[3, 0]", PTM_ERROR_IO, "detector_shape is 0" },
        { "pyronn.json", "\"step_size\"", "\"stepsize\"", PTM_ERROR_IO, "\"stepsize\" in the file is not known" },
        { "pyronn_fan.json", "[1.0, 0.0]", "[2.0, 0.0]", PTM_ERROR_IO, "trajectory[0] is not an array of 2 numbers" },
        { "pyronn_fan.json", "[[1.0, 0.0], [0.0, 1.0]]", "[]", PTM_ERROR_IO,
            "trajectory is an array, expected an array of 1 to" },
        { "pyronn_fan.json", "\"source_detector_distance\": 150", "\"source_detector_distance\": -1", PTM_ERROR_IO,
            "source_detector_distance is -1" },
        { "pyronn_fan.json", "\"source_isocenter_distance\": 100", "\"source_isocenter_distance\": 0", PTM_ERROR_IO,
            "source_isocenter_distance is missing" },
        { "nikon.xtekct", "SrcToObject", "SrcToSubject", PTM_ERROR_IO, "[XTekCT] has no \"SrcToObject\"" },
        { "nikon.xtekct", "SrcToDetector=400", "SrcToDetector=far", PTM_ERROR_IO,
            "line 8: \"SrcToDetector\" is \"far\", expected a finite number" },
        { "nikon.xtekct", "SrcToDetector=400", "SrcToDetector=-4", PTM_ERROR_IO,
            "line 8: \"SrcToDetector\" is \"-4\", expected a number above 0" },
        { "nikon.xtekct", "SrcToDetector=400", "SrcToDetector=99", PTM_ERROR_IO,
            "line 8: \"SrcToDetector\" is \"99\", expected at least SrcToObject" },
        { "nikon.xtekct", "SrcToObject=100", "SrcToObject=100,5", PTM_ERROR_IO, "\"SrcToObject\" is \"100,5\"" },
        { "nikon.xtekct", "AngularStep=90", "AngularStep=0", PTM_ERROR_IO,
            "\"AngularStep\" is \"0\", expected a number of deg" },
        { "nikon.xtekct", "AngularStep=90", "AngularStep=-360", PTM_ERROR_IO, "less than a turn" },
        { "nikon.xtekct", "Projections=4", "Projections=4.5", PTM_ERROR_IO,
            "line 15: \"Projections\" is \"4.5\", expected a whole number" },
        { "nikon.xtekct", "DetectorOffsetY=0.0", "DetectorOffsetY=1", PTM_ERROR_UNSUPPORTED,
            "line 14: \"DetectorOffsetY\" is \"1\", expected 0" },
        { "nikon.xtekct", "WhiteLevel=60000", "WhiteLevel=nan", PTM_ERROR_IO, "\"WhiteLevel\" is \"nan\"" },
        { "skyscan.log", "Object to Source", "Object to", PTM_ERROR_IO, "[Acquisition] has no \"Object to Source (mm)\"" },
        { "skyscan.log", "Camera to Source (mm)=200.0", "Camera to Source (mm)=20.0", PTM_ERROR_IO,
            "\"Camera to Source (mm)\" is \"20.0\", expected at least Object to Source (mm)" },
        { "skyscan.log", "(deg)=90.000", "(deg)=1e9", PTM_ERROR_IO, "\"Rotation Step (deg)\" is \"1e9\"" },
        { "skyscan.log", "ROUND", "SPIRAL", PTM_ERROR_UNSUPPORTED,
            "\"Scanning Trajectory\" is \"SPIRAL\", expected ROUND" },
        { "skyscan.log", "Direction=CC", "Direction=?", PTM_ERROR_IO,
            "\"Rotation Direction\" is \"?\", expected CC or CW" },
        { "skyscan.log", "Number Of Rows= 3", "Number Of Rows= 0", PTM_ERROR_IO, "\"Number of Rows\" is \"0\"" },
        { "skyscan.log", "Depth (bits)=16", "Depth (bits)=12", PTM_ERROR_UNSUPPORTED,
            "\"Depth (bits)\" is \"12\", expected 8 or 16" },
        { "rtk.xml", "version=\"3\"", "version=\"1\"", PTM_ERROR_UNSUPPORTED,
            "version is \"1\", this version of the library reads 2 and 3" },
        { "rtk.xml", " version=\"3\"", "", PTM_ERROR_IO, "line 3: RTKThreeDCircularGeometry has no version" },
        { "rtk.xml", "-150 0 -1 400", "-150 0 -1 401", PTM_ERROR_IO,
            "Matrix has 401 in row 0 and column 3, but the numbers beside it make 400" },
        { "rtk.xml", "-150 0 -1 400", "-150 0 -1", PTM_ERROR_IO, "expected 12 finite numbers" },
        { "rtk.xml", "<GantryAngle>90<", "<GantryAngle>east<", PTM_ERROR_IO,
            "line 18: GantryAngle is \"east\", expected 1 finite number" },
        { "rtk.xml", "<GantryAngle>90<", "<GantryAngle>inf<", PTM_ERROR_IO, "GantryAngle is \"inf\"" },
        { "rtk.xml", "<SourceOffsetX>2<", "<SourceOfsetX>2<", PTM_ERROR_IO, "<SourceOfsetX> is not known here" },
        { "rtk.xml", "</RTKThreeDCircularGeometry>", "", PTM_ERROR_IO, "no element found" },
        { "rtk.xml", "<!DOCTYPE RTKGEOMETRY>", "<!DOCTYPE R [<!ENTITY a \"aaaa\">]>", PTM_ERROR_IO, "declares an entity" },
        { "rtk.xml", "<SourceToIsocenterDistance>100</SourceToIsocenterDistance>", "", PTM_ERROR_IO,
            "a Projection without SourceToIsocenterDistance" },
        { "rtk_circle.xml", "<Projection><GantryAngle>0</GantryAngle>", "<Projection>", PTM_ERROR_IO,
            "a Projection without GantryAngle" },
        { "rtk_circle.xml", "<SourceOffsetX>2<",
            "<RadiusCylindricalDetector>150</RadiusCylindricalDetector><SourceOffsetX>2<", PTM_ERROR_UNSUPPORTED,
            "RadiusCylindricalDetector is 150; a cylindrical detector must be bent about the source" },
        { "rtk_circle.xml", "<GantryAngle>90<", "<SourceToDetectorDistance>0</SourceToDetectorDistance><GantryAngle>90<",
            PTM_ERROR_IO, "a parallel projection" },
        { "rtk.xml", "RTKThreeDCircularGeometry", "svg", PTM_ERROR_IO, "<svg> is not known here" },
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) {
        if (!can_read(all[i].file)) continue;
        ptm_io_geometry g = { .views = -7 };
        const int status = ptm_io_geometry_read(&g, variant(all[i].file, all[i].from, all[i].to));
        const bool untouched = status == PTM_OK || (g.views == -7 && message_has("variant"));
        check(status == all[i].status && untouched && (status == PTM_OK || message_has(all[i].message)),
            "%s, \"%s\": %d %s", all[i].file, all[i].to, status, status ? ptm_error_message() : "");
        if (!status) ptm_io_geometry_free(&g);
    }
}

/* Cut anywhere: JSON and XML are refused, and nothing crashes. */
static void test_cut(void)
{
    static const char *const names[] = { "astra_cone.json", "astra_fan.json", "matrices.json", "tigre.json", "pyronn.json",
        "pyronn_fan.json", "rtk.xml", "rtk_circle.xml", "astra_vectors.txt", "astra_plane.csv", "matrices.csv",
        "nikon.xtekct", "skyscan.log" };
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        if (!can_read(names[i])) continue;
        size_t length, read = 0;
        char *text = get(path_of(samples, names[i]), &length);
        while (length > 0 && strchr("\r\n", text[length - 1])) length--;
        for (size_t n = 0; n < length; ++n) {
            ptm_io_geometry g;
            if (ptm_io_geometry_read(&g, put(in_folder("cut"), text, n))) continue;
            read++;
            ptm_io_geometry_free(&g);
        }
        check(i >= 8 ? read < length : read == 0, "%s cut short at %zu lengths is read %zu times", names[i], length, read);
        free(text);
    }
}

/* ------------------------------------------------------------------ RTK, there and back */

/* As far apart as sources and pixels are at most. */
static double distance(ptm_io_geometry *a, ptm_io_geometry *b)
{
    ptm_scan *first, *second;
    double worst = 0;
    must(ptm_io_geometry_scan(&first, context, a));
    must(ptm_io_geometry_scan(&second, context, b));
    for (int i = 0; i < ptm_scan_views(first); ++i) {
        ptm_view p, q;
        ptm_scan_get_view(first, i, &p);
        ptm_scan_get_view(second, i, &q);
        worst = fmax(worst, fmax(away(p.u, q.u), away(p.v, q.v)));
        worst = fmax(worst, a->beam == PTM_IO_PARALLEL ? away(p.source, q.source)
                                                       : fmax(away(p.source, q.source), away(p.detector, q.detector)));
        for (int k = 0; k < 2; ++k) { /* of parallel beams the detector may be anywhere along the rays */
            const double *axis = k ? p.v : p.u;
            double apart = 0, length = 0;
            for (int j = 0; j < 3; ++j) apart += (p.detector[j] - q.detector[j]) * axis[j], length += axis[j] * axis[j];
            worst = fmax(worst, fabs(apart) / sqrt(length));
        }
    }
    check(ptm_scan_views(first) == ptm_scan_views(second), "as many views");
    ptm_scan_destroy(&first);
    ptm_scan_destroy(&second);
    return worst;
}

static void round_trip(const char *what, ptm_io_geometry *g, bool circle)
{
    ptm_io_geometry back = { 0 };
    const char *path = in_folder("back.xml");
    must(ptm_io_geometry_write(path, g, true));
    if (!can_read("back.xml")) return;
    const int status = ptm_io_geometry_read(&back, path);
    if (!check(status == PTM_OK, "%s: what was written as RTK's is read: %s", what, status ? ptm_error_message() : ""))
        return;
    check((back.kind == PTM_IO_CIRCULAR) == circle, "%s: as a %s", what, circle ? "circle" : "list");
    back.volume = g->volume;
    memcpy(back.detector.shape, g->detector.shape, sizeof back.detector.shape);
    back.detector.spacing[0] = 0.5;
    back.detector.spacing[1] = 0.25;
    must(ptm_io_geometry_set_steps(&back));
    check_most(distance(g, &back), 1e-10, what);
    ptm_io_geometry_free(&back);
}

static void test_rtk_circles(void)
{
    double angles[3] = { 12.5, 100.0 / 3, -720.125 };
    ptm_io_geometry g = { .volume = { .shape = { 8, 8, 8 } },
        .detector = { .shape = { 30, 50 }, .spacing = { 0.5, 0.25 }, .offset = { 0.7, -0.3 } },
        .beam = PTM_IO_CONE,
        .views = 3,
        .angles = angles,
        .sod = 100,
        .sdd = 150,
        .axis_offset = 0.3 };
    round_trip("a cone", &g, true);
    g.detector.flip_u = g.detector.flip_v = true;
    round_trip("a cone on a detector that is flipped both ways", &g, true);
    g.detector.flip_v = false;
    check(ptm_io_geometry_write(in_folder("back.xml"), &g, true) == PTM_ERROR_ARGUMENT &&
              message_has("flipped along one of its axes"),
        "flipped one way: %s", ptm_error_message());
    g.detector.flip_u = false;
    g.beam = PTM_IO_PARALLEL;
    round_trip("a parallel beam", &g, true);
    g.beam = PTM_IO_CONE;
    g.detector.cylindrical = true;
    check(ptm_io_geometry_write_check(in_folder("back.xml"), &g, true) == PTM_ERROR_ARGUMENT &&
              message_has("axis_offset"),
        "cylindrical beside the axis: %s", ptm_error_message());
    g.axis_offset = 0;
    round_trip("a cylindrical detector", &g, true);
    g.angles = NULL;
    g.start = 7;
    round_trip("angles from start and range", &g, true);
    g.views = 0;
    check(ptm_io_geometry_write(in_folder("back.xml"), &g, true) == PTM_ERROR_ARGUMENT && message_has("views is 0"),
        "no views: %s", ptm_error_message());
}

/* u, v at right angles anyhow in space. */
static ptm_view any_view(uint64_t *state, bool parallel)
{
    double a[3], b[3], n[3], length = 0, along = 0;
    ptm_view view;
    for (int k = 0; k < 3; ++k) a[k] = random_number(state), b[k] = random_number(state), length += a[k] * a[k];
    for (int k = 0; k < 3; ++k) a[k] /= sqrt(length), along += a[k] * b[k];
    length = 0;
    for (int k = 0; k < 3; ++k) b[k] -= along * a[k], length += b[k] * b[k];
    for (int k = 0; k < 3; ++k) b[k] /= sqrt(length);
    for (int k = 0; k < 3; ++k) n[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
    for (int k = 0; k < 3; ++k) {
        view.source[k] = parallel ? -n[k] : 100 * n[k] + 3 * a[k] - 2 * b[k];
        view.detector[k] = -50 * n[k] + 0.5 * a[k] + 0.25 * b[k];
        view.u[k] = 0.5 * a[k];
        view.v[k] = 0.25 * b[k];
    }
    return view;
}

static void test_rtk_lists(void)
{
    ptm_view views[40];
    ptm_matrix matrices[40];
    uint64_t state = 5;
    ptm_io_geometry g = { .volume = { .shape = { 8, 8, 8 } },
        .detector = { .shape = { 130, 150 } },
        .kind = PTM_IO_VECTORS,
        .views = 40,
        .vectors = views };
    for (int parallel = 0; parallel < 2; ++parallel) {
        g.beam = parallel ? PTM_IO_PARALLEL : PTM_IO_CONE;
        for (int i = 0; i < 40; ++i) views[i] = any_view(&state, parallel);
        /* The axis in the rays' way: both angles about it are one. */
        views[7] = (ptm_view) { { 0, 0, parallel ? 1 : -100 }, { 0, 0, 50 }, { 0.3, 0.4, 0 }, { 0.2, -0.15, 0 } };
        round_trip(parallel ? "any parallel views" : "any views", &g, false);
    }
    for (int i = 0; i < 40; ++i) views[i] = any_view(&state, false);
    for (int i = 0; i < 40; ++i) must(ptm_view_to_matrix(&matrices[i], &views[i], false, g.detector.shape));
    ptm_io_geometry m = { .volume = g.volume,
        .detector = { .shape = { 130, 150 } },
        .kind = PTM_IO_MATRICES,
        .views = 40,
        .matrices = matrices,
        .pitch = 0.5 };
    round_trip("matrices", &m, false);
    for (int k = 0; k < 3; ++k) views[3].v[k] = 0.8 * views[3].v[k] + 0.3 * views[3].u[k]; /* as long as before */
    g.beam = PTM_IO_CONE;
    check(ptm_io_geometry_write(in_folder("back.xml"), &g, true) == PTM_ERROR_ARGUMENT &&
              message_has("view 3: u and v are not at right angles"),
        "slanted pixels: %s", ptm_error_message());
    views[3] = views[2];
    for (int k = 0; k < 3; ++k) views[3].u[k] *= 2;
    check(ptm_io_geometry_write(in_folder("back.xml"), &g, true) == PTM_ERROR_ARGUMENT &&
              message_has("pixels are not as large as in view 0"),
        "pixels of two sizes: %s", ptm_error_message());
}

/* ------------------------------------------------------------------ what only scanners' files say */

static void test_scanners(void)
{
    ptm_io_geometry g;
    char expected[500];
    must(ptm_io_geometry_read(&g, path_of(samples, "nikon.xtekct")));
    snprintf(expected, sizeof expected, "%s/walnut_%%04d.tif", samples);
    check(g.projections && !strcmp(g.projections, expected) && g.white == 60000, "Nikon's projections: %s, white %g",
        g.projections, g.white);
    ptm_io_geometry_free(&g);
    mkdir(in_folder("tiffs"), 0777);
    must(ptm_io_geometry_read(&g, variant("nikon.xtekct", "InputFolderName=", "InputFolderName=tiffs")));
    check(g.projections && strstr(g.projections, "/tiffs/walnut_%04d.tif"), "in the folder that the file names: %s",
        g.projections);
    ptm_io_geometry_free(&g);
    must(ptm_io_geometry_read(&g, variant("nikon.xtekct", "InputFolderName=", "InputFolderName=elsewhere")));
    check(g.projections && !strstr(g.projections, "elsewhere"), "which is not there any more: %s", g.projections);
    ptm_io_geometry_free(&g);
    must(ptm_io_geometry_read(&g, path_of(samples, "skyscan.log")));
    snprintf(expected, sizeof expected, "%s/tooth_%%04d.tif", samples);
    check(g.projections && !strcmp(g.projections, expected) && g.white == 65535, "SkyScan's projections: %s, white %g",
        g.projections, g.white);
    ptm_io_geometry_free(&g);
    put(in_folder("tooth_000000.tif"), "II*", 3);
    must(ptm_io_geometry_read(
        &g, variant("skyscan.log", "Depth (bits)=16", "Filename Index Length=6\r\nReference Intensity=58000")));
    check(g.projections && strstr(g.projections, "tooth_%06d.tif") && g.white == 58000, "with six digits: %s, white %g",
        g.projections, g.white);
    ptm_io_geometry_free(&g);
    must(ptm_io_geometry_read(&g, variant("skyscan.log", "Correction=ON", "Correction=OFF")));
    check(g.white == 0, "not corrected: no white");
    ptm_io_geometry_free(&g);
    rmdir(in_folder("tiffs"));
}

/* TIGRE's lists of voxels are z, y, x. */
static void test_volume(void)
{
    ptm_io_geometry g;
    if (!can_read("tigre.json")) return;
    must(ptm_io_geometry_read(&g, path_of(samples, "tigre.json")));
    const ptm_volume *v = &g.volume;
    check(v->shape[0] == 4 && v->shape[1] == 8 && v->shape[2] == 16 && v->spacing[0] == 0.25 && v->spacing[1] == 0.5 &&
              v->spacing[2] == 1 && v->offset[0] == 2 && v->offset[1] == -1 && v->offset[2] == 0.5,
        "TIGRE's volume: %g %g %g mm", v->spacing[0], v->spacing[1], v->spacing[2]);
    ptm_io_geometry_free(&g);
}

/* Vectors without steps are no scan and no JSON. */
static void test_directions(void)
{
    ptm_io_geometry g;
    ptm_scan *scan;
    if (!can_read("rtk.xml")) return;
    must(ptm_io_geometry_read(&g, path_of(samples, "rtk.xml")));
    g.volume.shape[0] = g.volume.shape[1] = g.volume.shape[2] = 8;
    g.detector.shape[0] = g.detector.shape[1] = 5;
    check(g.directions && ptm_io_geometry_scan(&scan, context, &g) == PTM_ERROR_ARGUMENT && message_has("directions"),
        "no scan: %s", ptm_error_message());
#ifdef PTM_IO_HAVE_JSON
    check(ptm_io_geometry_write(in_folder("back.json"), &g, true) == PTM_ERROR_ARGUMENT && message_has("directions"),
        "no JSON: %s", ptm_error_message());
#endif
    check(ptm_io_geometry_set_steps(&g) == PTM_ERROR_ARGUMENT && message_has("detector.spacing[0] is 0"), "no steps: %s",
        ptm_error_message());
    ptm_io_geometry_free(&g);
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: test_formats FOLDER\n"), 2;
    samples = argv[1];
    make_folder("formats");
    must(ptm_context_create(&context, NULL));
    test_places();
    test_variants();
    test_wrong();
    test_cut();
    test_rtk_circles();
    test_rtk_lists();
    test_scanners();
    test_volume();
    test_directions();
    ptm_context_destroy(&context);
    const char *names[] = { "variant", "cut", "back.xml", "tooth_000000.tif" };
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) unlink(in_folder(names[i]));
    check(rmdir(folder) == 0, "nothing else was left behind: %s", strerror(errno));
    return finish();
}
