/* test_geometry.c - geometry files: there and back, as scans, damaged, and the examples of the manual.
 * Usage: test_geometry DOCS_FOLDER */
#define _XOPEN_SOURCE 700
#include "../check.h"
#include "files.h"

#include <polytome/io.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* ------------------------------------------------------------------ there and back */

static double awkward(int i)
{
    static const double few[] = { 0.1, 1.0 / 3, 1e-300, 1.7976931348623157e308, -0.0, 4.9e-324, 1e22, 123456789012345680.0,
        5e-5 };
    static uint64_t state = 7;
    const double number = random_number(&state);
    return i % 3 ? ldexp(number, i % 40 - 20) : few[i / 3 % 9];
}

static ptm_io_geometry make_geometry(ptm_io_views kind, int views, bool list)
{
    ptm_io_geometry g = { .volume = { { 3, 5, 7 }, { awkward(0), awkward(1), awkward(2) },
        { awkward(3), awkward(4), awkward(5) } },
        .detector = { .shape = { 11, 13 } }, .kind = kind, .views = views };
    g.detector.cylindrical = kind == PTM_IO_VECTORS || (kind == PTM_IO_CIRCULAR && !list);
    for (int i = 0; i < 2 && kind == PTM_IO_CIRCULAR; ++i) g.detector.spacing[i] = awkward(6 + i);
    if (kind == PTM_IO_MATRICES) g.pitch = awkward(15);
    if (kind == PTM_IO_CIRCULAR) {
        g.beam = list ? PTM_IO_PARALLEL : PTM_IO_CONE;
        g.detector.flip_v = true;
        g.detector.offset[0] = awkward(8);
        g.detector.offset[1] = awkward(9);
        g.axis_offset = awkward(10);
        if (!list) g.sod = awkward(11), g.sdd = awkward(12), g.start = awkward(13), g.range = awkward(14);
    }
    if (kind == PTM_IO_CIRCULAR && list) g.angles = calloc((size_t)views, sizeof *g.angles);
    if (kind == PTM_IO_VECTORS) g.vectors = calloc((size_t)views, sizeof *g.vectors), g.beam = PTM_IO_PARALLEL;
    if (kind == PTM_IO_MATRICES) g.matrices = calloc((size_t)views, sizeof *g.matrices);
    for (int i = 0; i < views && g.angles; ++i) g.angles[i] = awkward(i);
    for (int i = 0; i < 12 * views && g.vectors; ++i) ((double *)g.vectors)[i] = awkward(i);
    for (int i = 0; i < 12 * views && g.matrices; ++i) g.matrices[i / 12].row[i / 4 % 3][i % 4] = awkward(i);
    return g;
}

static bool same_list(const void *a, const void *b, size_t bytes)
{
    return a && b ? memcmp(a, b, bytes) == 0 : !a && !b;
}

static bool same(const ptm_io_geometry *a, const ptm_io_geometry *b)
{
    const size_t views = (size_t)a->views;
    return memcmp(&a->volume, &b->volume, sizeof a->volume) == 0 &&
           memcmp(a->detector.shape, b->detector.shape, sizeof a->detector.shape) == 0 &&
           memcmp(a->detector.spacing, b->detector.spacing, sizeof a->detector.spacing) == 0 &&
           memcmp(a->detector.offset, b->detector.offset, sizeof a->detector.offset) == 0 &&
           a->detector.flip_u == b->detector.flip_u && a->detector.flip_v == b->detector.flip_v && a->kind == b->kind &&
           a->beam == b->beam && a->views == b->views && memcmp(&a->start, &b->start, 6 * sizeof a->start) == 0 &&
           a->detector.cylindrical == b->detector.cylindrical &&
           same_list(a->angles, b->angles, views * sizeof *a->angles) &&
           same_list(a->vectors, b->vectors, views * sizeof *a->vectors) &&
           same_list(a->matrices, b->matrices, views * sizeof *a->matrices);
}

static void round_trip(const char *what, ptm_io_geometry g)
{
    ptm_io_geometry back = { 0 };
    must(ptm_io_geometry_write(in_folder("a.json"), &g, true));
    int status = ptm_io_geometry_read(&back, in_folder("a.json"));
    check(
        status == PTM_OK && same(&g, &back), "%s: the same numbers come back %s", what, status ? ptm_error_message() : "");
    if (!status) must(ptm_io_geometry_write(in_folder("b.json"), &back, true));
    size_t n, m;
    char *first = get(in_folder("a.json"), &n), *second = get(in_folder("b.json"), &m);
    check(n > 100 && n == m && memcmp(first, second, n) == 0, "%s: written again it is the same file", what);
    check(ptm_io_is_geometry(in_folder("a.json")), "%s: it looks like one", what);
    free(first);
    free(second);
    ptm_io_geometry_free(&g);
    ptm_io_geometry_free(&back);
}

static void test_round_trips(void)
{
    round_trip("circular, a list of angles", make_geometry(PTM_IO_CIRCULAR, 41, true));
    round_trip("circular, start and range", make_geometry(PTM_IO_CIRCULAR, 41, false));
    round_trip("circular, number of views not stated", make_geometry(PTM_IO_CIRCULAR, 0, false));
    round_trip("vectors", make_geometry(PTM_IO_VECTORS, 17, false));
    round_trip("matrices", make_geometry(PTM_IO_MATRICES, 17, false));
}

/* ------------------------------------------------------------------ scans */

static bool same_views(const ptm_scan *a, const ptm_scan *b)
{
    ptm_view p, q;
    for (int i = 0; i < ptm_scan_views(a); ++i) {
        ptm_scan_get_view(a, i, &p);
        ptm_scan_get_view(b, i, &q);
        if (memcmp(&p, &q, sizeof p)) return false;
    }
    return ptm_scan_views(a) == ptm_scan_views(b);
}

static void test_scans(void)
{
    const double pi = 3.14159265358979323846;
    ptm_context *context;
    ptm_scan *scan, *expected;
    must(ptm_context_create(&context, NULL));
    double degrees[3] = { 10, 20.5, -100 }, radians[3];
    for (int i = 0; i < 3; ++i) radians[i] = degrees[i] * (pi / 180);
    ptm_io_geometry g = { .volume = { .shape = { 1, 6, 6 } }, .detector = { .shape = { 1, 9 }, .spacing = { 0.5, 2 },
        .flip_u = true },
        .beam = PTM_IO_FAN, .views = 3, .angles = degrees, .sod = 30, .sdd = 50, .axis_offset = 0.25 };
    must(ptm_io_geometry_scan(&scan, context, &g));
    must(ptm_scan_cone(&expected, context, &(ptm_circular_options){ PTM_SIZED(ptm_circular_options), .volume = g.volume,
        .detector = g.detector, .views = 3, .angles = radians, .sod = 30, .sdd = 50, .axis_offset = 0.25 }));
    check(same_views(scan, expected), "a fan beam from angles in degrees");
    ptm_scan_destroy(&scan);
    ptm_scan_destroy(&expected);
    g.detector.shape[0] = 2;
    check(ptm_io_geometry_scan(&scan, context, &g) == PTM_ERROR_ARGUMENT && !scan,
        "a fan of two rows and one slice is refused: %s", ptm_error_message());
    g.volume.shape[0] = 2;
    g.detector.cylindrical = true;
    must(ptm_io_geometry_scan(&scan, context, &g));
    must(ptm_scan_fan(&expected, context, &(ptm_circular_options){ PTM_SIZED(ptm_circular_options), .volume = g.volume,
        .detector = g.detector, .views = 3, .angles = radians, .sod = 30, .sdd = 50, .axis_offset = 0.25 }));
    check(same_views(scan, expected), "a stack of fans on a cylindrical detector");
    ptm_view bent[3];
    for (int i = 0; i < 3; ++i) ptm_scan_get_view(scan, i, &bent[i]);
    ptm_scan_destroy(&scan);
    ptm_scan_destroy(&expected);
    ptm_io_geometry b = { .volume = g.volume, .detector = { .shape = { 2, 9 }, .cylindrical = true },
        .kind = PTM_IO_VECTORS, .beam = PTM_IO_CONE, .views = 3, .vectors = bent };
    must(ptm_io_geometry_scan(&scan, context, &b));
    bent[0].u[2] = 0.2;
    check(ptm_io_geometry_scan(&expected, context, &b) == PTM_ERROR_ARGUMENT, "vectors of a cylindrical detector: %s",
        ptm_error_message());
    ptm_scan_destroy(&scan);
    g.detector.cylindrical = false;
    g.beam = PTM_IO_PARALLEL;
    g.angles = NULL;
    g.start = 90;
    must(ptm_io_geometry_scan(&scan, context, &g));
    must(ptm_scan_parallel(&expected, context, &(ptm_circular_options){ PTM_SIZED(ptm_circular_options), .volume = g.volume,
        .detector = g.detector, .views = 3, .start = 90 * (pi / 180), .axis_offset = 0.25 }));
    check(same_views(scan, expected), "a parallel beam from start and range");
    ptm_view views[3];
    for (int i = 0; i < 3; ++i) ptm_scan_get_view(scan, i, &views[i]);
    ptm_scan_destroy(&expected);
    ptm_io_geometry v = { .volume = g.volume, .detector = { .shape = { 2, 9 } }, .kind = PTM_IO_VECTORS,
        .beam = PTM_IO_PARALLEL, .views = 3, .vectors = views };
    must(ptm_io_geometry_scan(&expected, context, &v));
    check(same_views(scan, expected), "and the same as vectors");
    ptm_scan_destroy(&expected);
    ptm_matrix matrices[3];
    for (int i = 0; i < 3; ++i) must(ptm_view_to_matrix(&matrices[i], &views[i], true, v.detector.shape));
    ptm_io_geometry m = { .volume = g.volume, .detector = { .shape = { 2, 9 } }, .kind = PTM_IO_MATRICES, .views = 3,
        .matrices = matrices };
    must(ptm_io_geometry_scan(&expected, context, &m));
    ptm_view there;
    double worst = 0;
    for (int i = 0; i < 3; ++i) {
        ptm_scan_get_view(expected, i, &there);
        double along = 0;
        for (int k = 0; k < 3; ++k) {
            worst = fmax(worst, fmax(fabs(there.u[k] - views[i].u[k]), fabs(there.v[k] - views[i].v[k])));
            along += there.source[k] * views[i].source[k];
        }
        worst = fmax(worst, fabs(fabs(along) - 1)); /* which way parallel rays run cannot be seen from a matrix */
    }
    check_most(worst, 1e-12, "and as matrices: steps and rays");
    ptm_scan_destroy(&scan);
    ptm_scan_destroy(&expected);
    g.views = 0;
    check(ptm_io_geometry_scan(&scan, context, &g) == PTM_ERROR_ARGUMENT, "no views: %s", ptm_error_message());
    g.beam = PTM_IO_BEAM_UNKNOWN;
    check(ptm_io_geometry_scan(&scan, context, &g) == PTM_ERROR_ARGUMENT, "no beam: %s", ptm_error_message());
    ptm_context_destroy(&context);
}

/* ------------------------------------------------------------------ bad files */

#define HEAD "{\"format\": \"polytome geometry\", \"version\": 1, "
#define CONE "\"circular\": {\"beam\": \"cone\", \"sod\": 2, \"sdd\": 4}"

static void test_bad_files(void)
{
    static const struct { const char *text; int status; const char *message;
    } bad[] = { { "", PTM_ERROR_IO, "empty" }, { "{", PTM_ERROR_IO, "line 1" },
        { "[]", PTM_ERROR_IO, "expected an array of 1 to 1048576 views" }, { "12", PTM_ERROR_IO, "line 1" },
        { "{}", PTM_ERROR_IO, "format is missing" }, { "{\"format\": 1}", PTM_ERROR_IO, "format is 1, expected" },
        { "{\"format\": \"polytome geometry\"}", PTM_ERROR_IO, "version is missing" },
        { "{\"format\": \"polytome geometry\", \"version\": 2}", PTM_ERROR_UNSUPPORTED, "version is 2" },
        { HEAD "\"version\": 1, " CONE "}", PTM_ERROR_IO, "duplicate" },
        { HEAD "\"volumes\": {}, " CONE "}", PTM_ERROR_IO, "\"volumes\" in the file is not known" },
        { HEAD "\"volume\": {\"spacing\": [1, 1, 1], \"size\": 4}, " CONE "}", PTM_ERROR_IO,
            "\"size\" in volume is not known" },
        { HEAD "\"volume\": [], " CONE "}", PTM_ERROR_IO, "volume is an array, expected an object" },
        { HEAD "\"volume\": {\"shape\": [1, 2]}, " CONE "}", PTM_ERROR_IO, "volume.shape is an array, expected [z, y, x]" },
        { HEAD "\"volume\": {\"shape\": [1, 2.5, 3]}, " CONE "}", PTM_ERROR_IO, "volume.shape is 2.5" },
        { HEAD "\"volume\": {\"shape\": [1, 0, 3]}, " CONE "}", PTM_ERROR_IO, "volume.shape is 0" },
        { HEAD "\"volume\": {\"shape\": [1, 16385, 3]}, " CONE "}", PTM_ERROR_IO, "volume.shape is 16385" },
        { HEAD "\"volume\": {\"shape\": [1, 99999999999999999999, 3]}, " CONE "}", PTM_ERROR_IO, "too big integer" },
        { HEAD "\"volume\": {\"spacing\": [1, 1, \"1\"]}, " CONE "}", PTM_ERROR_IO,
            "volume.spacing is \"1\", expected an array of 3 numbers" },
        { HEAD "\"volume\": {\"spacing\": [1, 1, 1e999]}, " CONE "}", PTM_ERROR_IO, "overflow" },
        { HEAD "\"volume\": {\"spacing\": [1, 1, NaN]}, " CONE "}", PTM_ERROR_IO, "invalid token" },
        { HEAD "\"detector\": {\"flip_u\": 1}, " CONE "}", PTM_ERROR_IO, "detector.flip_u is 1, expected true or false" },
        { HEAD "\"detector\": {\"surface\": \"round\"}, " CONE "}", PTM_ERROR_IO, "detector.surface is \"round\"" },
        { HEAD "\"detector\": null, " CONE "}", PTM_ERROR_IO, "detector is null" },
        { HEAD "\"comment\": \"no views\"}", PTM_ERROR_IO, "circular is missing" },
        { HEAD CONE ", \"vectors\": {\"parallel\": true, \"views\": [[0,1,0,0,0,0,1,0,0,0,0,1]]}}", PTM_ERROR_IO,
            "both circular and vectors" },
        { HEAD "\"circular\": {\"sod\": 1}}", PTM_ERROR_IO, "circular.beam is missing" },
        { HEAD "\"circular\": {\"beam\": \"kone\"}}", PTM_ERROR_IO, "circular.beam is \"kone\"" },
        { HEAD "\"circular\": {\"beam\": \"cone\", \"sod\": \"far\"}}", PTM_ERROR_IO,
            "circular.sod is \"far\", expected a number" },
        { HEAD "\"circular\": {\"beam\": \"cone\", \"so\": 1}}", PTM_ERROR_IO, "\"so\" in circular is not known" },
        { HEAD "\"circular\": {\"beam\": \"cone\", \"count\": -1}}", PTM_ERROR_IO, "circular.count is -1" },
        { HEAD "\"circular\": {\"beam\": \"cone\", \"count\": 99999999}}", PTM_ERROR_IO, "circular.count is 99999999" },
        { HEAD "\"circular\": {\"beam\": \"cone\", \"angles_deg\": []}}", PTM_ERROR_IO, "circular.angles_deg is an array" },
        { HEAD "\"circular\": {\"beam\": \"cone\", \"angles_deg\": [1, true]}}", PTM_ERROR_IO,
            "circular.angles_deg is true" },
        { HEAD "\"circular\": {\"beam\": \"cone\", \"angles_deg\": [1, 2], \"count\": 2}}", PTM_ERROR_IO,
            "expected one way" },
        { HEAD "\"vectors\": {\"parallel\": true}}", PTM_ERROR_IO, "vectors.views is missing" },
        { HEAD "\"vectors\": {\"views\": [[0,1,0,0,0,0,1,0,0,0,0,1]]}}", PTM_ERROR_IO, "vectors.parallel is missing" },
        { HEAD "\"vectors\": {\"parallel\": true, \"views\": [[0,1,0,0,0,0,1,0,0,0,0,1],[1,2]]}}", PTM_ERROR_IO,
            "vectors.views[1] is not" },
        { HEAD "\"detector\": {\"offset\": [1, 1]}, \"vectors\": {\"parallel\": true, \"views\": "
               "[[0,1,0,0,0,0,1,0,0,0,0,1]]}}",
            PTM_ERROR_IO, "\"offset\" in detector" },
        { HEAD "\"matrices\": {\"views\": [[[1,0,0,0],[0,0,1,0],[0,0,0]]]}}", PTM_ERROR_IO, "matrices.views[0] is not" },
        { HEAD
            "\"detector\": {\"surface\": \"cylindrical\"}, \"matrices\": {\"views\": [[[1,0,0,0],[0,0,1,0],[0,0,0,1]]]}}",
            PTM_ERROR_IO, "expected \"flat\"" },
        { HEAD "\"detector\": {\"spacing\": [1, 1]}, \"matrices\": {\"views\": [[[1,0,0,0],[0,0,1,0],[0,0,0,1]]]}}",
            PTM_ERROR_IO, "\"spacing\" in detector" },
        { HEAD CONE "} trailing", PTM_ERROR_IO, "line 1" }, { "\x1b[31m{}", PTM_ERROR_IO, "line 1" } };
    ptm_io_geometry g = { .views = -7 };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        put(in_folder("bad.json"), bad[i].text, strlen(bad[i].text));
        int status = ptm_io_geometry_read(&g, in_folder("bad.json"));
        check(status == bad[i].status && message_has(bad[i].message) && message_has("bad.json") && g.views == -7,
            "%s -> %d %s", bad[i].text, status, ptm_error_message());
    }
    check(ptm_io_geometry_read(&g, in_folder("absent.json")) == PTM_ERROR_NOT_FOUND, "absent: %s", ptm_error_message());
    check(ptm_io_geometry_read(&g, folder) == PTM_ERROR_IO, "a folder: %s", ptm_error_message());
    check(ptm_io_geometry_read(&g, "/dev/zero") == PTM_ERROR_IO, "a device: %s", ptm_error_message());
    char *deep = malloc(200001);
    memset(deep, '[', 200000);
    put(in_folder("bad.json"), deep, 200000);
    check(ptm_io_geometry_read(&g, in_folder("bad.json")) == PTM_ERROR_IO, "200000 brackets: %s", ptm_error_message());
    free(deep);
}

/* Cut anywhere, or with bytes changed: an error, or numbers that a file can have; never a crash. */
/* What the reader refuses is not written; a grid without a shape keeps the rest. */
static void test_refused(void)
{
    ptm_io_geometry g = make_geometry(PTM_IO_CIRCULAR, 4, true), back = { 0 };
    g.volume.shape[1] = PTM_MAX_LENGTH + 1;
    check(ptm_io_geometry_write(in_folder("r.json"), &g, true) == PTM_ERROR_ARGUMENT &&
              message_has("volume.shape[1] is 16385"),
        "a grid too large: %s", ptm_error_message());
    check(
        ptm_io_geometry_write_check(in_folder("r.json"), &g, true) == PTM_ERROR_ARGUMENT && message_has("volume.shape[1]"),
        "asked first: %s", ptm_error_message());
    g.volume.shape[1] = 3;
    g.detector.shape[0] = PTM_MAX_LENGTH + 1;
    check(ptm_io_geometry_write(in_folder("r.json"), &g, true) == PTM_ERROR_ARGUMENT && message_has("detector.shape[0]"),
        "a detector too large: %s", ptm_error_message());
    g.detector.shape[0] = 5;
    memset(g.volume.shape, 0, sizeof g.volume.shape);
    g.volume.spacing[2] = 0.25;
    check(!ptm_io_geometry_write_check(in_folder("r.json"), &g, true) && access(in_folder("r.json"), F_OK),
        "asking writes nothing");
    must(ptm_io_geometry_write(in_folder("r.json"), &g, true));
    must(ptm_io_geometry_read(&back, in_folder("r.json")));
    check(memcmp(&back.volume, &g.volume, sizeof g.volume) == 0, "spacing and offset of a grid without a shape stay");
    check(ptm_io_geometry_write_check(in_folder("r.json"), NULL, false) == PTM_ERROR_IO && message_has("exists"),
        "it exists: %s", ptm_error_message());
    ptm_io_geometry_free(&g);
    ptm_io_geometry_free(&back);
    unlink(in_folder("r.json"));
    g = make_geometry(PTM_IO_VECTORS, 2, false);
    g.pitch = 2;
    check(ptm_io_geometry_write(in_folder("r.json"), &g, true) == PTM_ERROR_ARGUMENT && message_has("pitch is 2"),
        "vectors with a pitch: %s", ptm_error_message());
    ptm_io_geometry_free(&g);
}

static void test_damage(void)
{
    ptm_io_geometry g = make_geometry(PTM_IO_VECTORS, 3, false), back;
    must(ptm_io_geometry_write(in_folder("a.json"), &g, true));
    size_t length;
    char *text = get(in_folder("a.json"), &length);
    int read = 0, lists = 0;
    for (size_t n = 0; n + 2 < length; ++n) { /* the last two bytes are a bracket and a line's end */
        put(in_folder("cut.json"), text, n);
        read += ptm_io_geometry_read(&back, in_folder("cut.json")) == PTM_OK;
    }
    check(length > 500 && read == 0, "cut short at %zu lengths: all refused", length - 2);
    uint64_t state = 3;
    for (int i = 0; i < 2000; ++i) {
        const size_t at = (size_t)((random_number(&state) + 1) / 2 * (double)(length - 1));
        const char before = text[at];
        text[at] = (char)(before ^ 1 << i % 8);
        put(in_folder("cut.json"), text, length);
        if (ptm_io_geometry_read(&back, in_folder("cut.json")) == PTM_OK) {
            read++;
            lists += back.views == 3 && back.vectors && !back.angles && !back.matrices;
            ptm_io_geometry_free(&back);
        }
        text[at] = before;
    }
    check(read > 0 && read == lists, "2000 changed bytes: %d still are geometries, %d of them whole", read, lists);
    free(text);
    ptm_io_geometry_free(&g);
}

/* ------------------------------------------------------------------ writing where it is difficult */

static void test_writing(void)
{
    ptm_io_geometry g = make_geometry(PTM_IO_CIRCULAR, 400, true);
    put(in_folder("w.json"), "precious", 8);
    check(ptm_io_geometry_write(in_folder("w.json"), &g, false) == PTM_ERROR_IO && message_has("exists"),
        "not overwritten: %s", ptm_error_message());
    check(ptm_io_geometry_write(in_folder("no/w.json"), &g, false) == PTM_ERROR_IO, "no folder: %s", ptm_error_message());
    g.angles[5] = (double)NAN;
    check(ptm_io_geometry_write(in_folder("w.json"), &g, true) == PTM_ERROR_ARGUMENT && message_has("angles[5] is nan"),
        "not a number: %s", ptm_error_message());
    g.angles[5] = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int bad = 0;
        signal(SIGXFSZ, SIG_IGN);
        for (rlim_t limit = 0; limit < 6000; limit += 500) {
            setrlimit(RLIMIT_FSIZE, &(struct rlimit){ limit, RLIM_INFINITY });
            bad += ptm_io_geometry_write(in_folder("w.json"), &g, true) != PTM_ERROR_IO;
        }
        _exit(bad);
    }
    int state = -1;
    size_t length;
    waitpid(child, &state, 0);
    char *text = get(in_folder("w.json"), &length);
    check(state == 0 && length == 8 && memcmp(text, "precious", 8) == 0,
        "a full disk: an error each time, and the old file is still there (%d)", state);
    free(text);
    ptm_io_geometry_free(&g);
}

/* ------------------------------------------------------------------ the manual */

static void test_examples(const char *docs)
{
    char path[500];
    size_t length;
    snprintf(path, sizeof path, "%s/geometry-file.md", docs);
    char *text = get(path, &length);
    int count = 0;
    ptm_context *context;
    ptm_scan *scan = NULL;
    must(ptm_context_create(&context, NULL));
    for (char *at = text; (at = strstr(at, "```json\n")); ++count) {
        at += 8;
        char *end = strstr(at, "```");
        if (!end) break;
        put(in_folder("doc.json"), at, (size_t)(end - at));
        ptm_io_geometry g = { 0 };
        int status = ptm_io_geometry_read(&g, in_folder("doc.json"));
        check(status == PTM_OK && g.views > 0, "example %d of the manual is read %s", count,
            status ? ptm_error_message() : "");
        for (int i = 0; i < 3 && !g.volume.shape[i]; ++i) g.volume = (ptm_volume){ .shape = { 8, 8, 8 } };
        for (int i = 0; i < 2 && g.kind == PTM_IO_MATRICES && count > 2; ++i) g.pitch = 2, g.detector.shape[i] = 96;
        if (!status) status = ptm_io_geometry_scan(&scan, context, &g);
        check(status == PTM_OK, "and is a scan %s", status ? ptm_error_message() : "");
        ptm_scan_destroy(&scan);
        if (count == 0)
            check(g.beam == PTM_IO_CONE && g.sod == 200 && g.sdd == 400 && g.views == 120 && g.range == 360 &&
                g.volume.shape[0] == 64 && g.detector.shape[1] == 96 && g.detector.spacing[1] == 2,
                "and has the numbers it shows");
        ptm_io_geometry_free(&g);
        at = end;
    }
    ptm_context_destroy(&context);
    check(count == 7, "the manual has %d examples, expected 7", count);
    free(text);
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: test_geometry DOCS_FOLDER\n"), 2;
    make_folder("geometry");
    test_round_trips();
    test_scans();
    test_bad_files();
    test_refused();
    test_damage();
    test_writing();
    test_examples(argv[1]);
    const char *names[] = { "a.json", "b.json", "bad.json", "cut.json", "w.json", "doc.json" };
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) unlink(in_folder(names[i]));
    check(rmdir(folder) == 0, "nothing else was left behind: %s", strerror(errno));
    return finish();
}
