/* test_trajectories.c - where sources and detectors are along each trajectory, by closed forms, and what is refused. */
#include "check.h"
#include "ct/scan.h"
#include "ct/vector.h"

#define PI 3.14159265358979323846
#define GOLDEN 0.61803398874989484820
enum { SOD = 200, SDD = 400, VIEWS = 60 };

static ptm_context *context;
static ptm_device *device;

static ptm_trajectory_options options(ptm_trajectory_kind kind)
{
    return (ptm_trajectory_options){ PTM_SIZED(ptm_trajectory_options), .kind = kind, .volume = { .shape = { 8, 16, 16 } },
        .detector = { .shape = { 12, 48 }, .spacing = { 1.5, 1.3 } }, .views = VIEWS, .sod = SOD, .sdd = SDD,
        .start = 0.2 };
}

static ptm_scan *make(const ptm_trajectory_options *o)
{
    ptm_scan *scan;
    must(ptm_scan_trajectory(&scan, context, o));
    return scan;
}

static ptm_vec source_of(const ptm_scan *scan, int view)
{
    return ptm_vec_from(scan->views[view].source);
}
static ptm_vec detector_of(const ptm_scan *scan, int view)
{
    return ptm_vec_from(scan->views[view].detector);
}
static ptm_vec ray_of(const ptm_scan *scan, int view)
{
    return scan->parallel ? source_of(scan, view) : ptm_sub(detector_of(scan, view), source_of(scan, view));
}
static double view_angle(const ptm_scan *scan, int view)
{
    const ptm_vec s = source_of(scan, view);
    return scan->parallel ? atan2(-s.x, s.y) : atan2(s.x, -s.y);
}
/* Of an angle from an expected one, modulo a turn. */
static double angle_error(double angle, double expected)
{
    return fabs(remainder(angle - expected, 2 * PI));
}
static double difference(ptm_vec a, ptm_vec b)
{
    return ptm_length(ptm_sub(a, b));
}

/* Whatever the trajectory: the detector is across the central ray, sdd away, its pixels upright seen from the source, and
 * the source is sod from the point that it turns about. */
static void check_frames(const ptm_scan *scan, const char *name, bool at_origin)
{
    double across = 0, distances = 0, sizes = 0;
    bool right = true;
    for (int i = 0; i < scan->count; ++i) {
        const ptm_vec u = ptm_vec_from(scan->views[i].u), v = ptm_vec_from(scan->views[i].v), ray = ray_of(scan, i);
        across = fmax(across, fabs(ptm_dot(u, v)) + (fabs(ptm_dot(u, ray)) + fabs(ptm_dot(v, ray))) / ptm_length(ray));
        sizes = fmax(sizes, fabs(ptm_length(u) - 1.5) + fabs(ptm_length(v) - 1.3));
        right = right && ptm_dot(ptm_cross(u, v), ray) < 0 && v.z > 0;
        if (scan->parallel) continue;
        distances = fmax(distances, fabs(ptm_length(ray) - SDD));
        if (at_origin) distances = fmax(distances, fabs(ptm_length(source_of(scan, i)) - SOD));
    }
    check(across < 1e-12 && right, "%s: the detector is upright and across the central ray: %g", name, across);
    check(distances < 1e-10 && sizes < 1e-12, "%s: distances %g, pixels %g", name, distances, sizes);
}

/* View k has the angle start + k step. */
static void check_steps(const ptm_scan *scan, const char *name, double start, double step)
{
    double worst = 0;
    for (int i = 0; i < scan->count; ++i) worst = fmax(worst, angle_error(view_angle(scan, i), start + i * step));
    check(worst < 1e-12, "%s: from %g by steps of %g: off by %g", name, start, step, worst);
}

/* ------------------------------------------------------------------ circles */

static void test_circle(void)
{
    for (int variant = 0; variant < 8; ++variant) {
        char name[80];
        ptm_trajectory_options o = options(PTM_TRAJECTORY_CIRCLE);
        o.parallel = variant & 1;
        o.end_point = variant & 2;
        o.clockwise = variant & 4;
        snprintf(name, sizeof name, "circle%s%s%s", o.parallel ? ", parallel" : "", o.end_point ? ", end point" : "",
            o.clockwise ? ", clockwise" : "");
        ptm_scan *scan = make(&o);
        const double range = o.parallel ? PI : 2 * PI, step = range / (VIEWS - o.end_point);
        check_frames(scan, name, true);
        check_steps(scan, name, 0.2, o.clockwise ? -step : step);
        ptm_scan_destroy(&scan);
    }
    ptm_trajectory_options o = options(PTM_TRAJECTORY_CIRCLE);
    ptm_scan *circle;
    o.range = 1.5;
    o.axis_offset = 0.7;
    o.detector.offset[0] = 2;
    o.detector.flip_v = true;
    ptm_scan *scan = make(&o);
    must(ptm_scan_cone(&circle, context, &(ptm_circular_options){ PTM_SIZED(ptm_circular_options), .volume = o.volume,
        .detector = o.detector, .views = VIEWS, .sod = SOD, .sdd = SDD, .start = 0.2, .range = 1.5, .axis_offset = 0.7 }));
    check(memcmp(scan->views, circle->views, VIEWS * sizeof *scan->views) == 0, "circle: the same views as ptm_scan_cone");
    ptm_scan_destroy(&circle);
    ptm_scan_destroy(&scan);
}

/* From the first view to the last it is a half turn and twice the largest fan angle. */
static void test_short_scan(void)
{
    ptm_trajectory_options o = options(PTM_TRAJECTORY_SHORT_SCAN);
    for (int variant = 0; variant < 4; ++variant) {
        char name[80];
        o.detector.cylindrical = variant & 1;
        o.detector.offset[0] = -3;
        o.clockwise = variant & 2;
        snprintf(name, sizeof name, "short scan%s%s", variant & 1 ? ", cylindrical" : "", variant & 2 ? ", clockwise" : "");
        const double most = 23.5 * 1.5 + 3, fan = variant & 1 ? most / SDD : atan(most / SDD);
        const double step = (PI + 2 * fan) / (VIEWS - 1);
        ptm_scan *scan = make(&o);
        check_steps(scan, name, 0.2, variant & 2 ? -step : step);
        ptm_scan_destroy(&scan);
    }
}

static void test_half_fan(void)
{
    ptm_trajectory_options o = options(PTM_TRAJECTORY_HALF_FAN);
    for (int parallel = 0; parallel < 2; ++parallel) {
        o.parallel = parallel;
        o.overlap = 0;
        ptm_scan *scan = make(&o);
        check_steps(scan, "half fan", 0.2, 2 * PI / VIEWS);
        const ptm_vec u = ptm_vec_from(scan->views[7].u);
        const double middle = ptm_dot(detector_of(scan, 7), u) / 1.5;
        check(fabs(middle - 0.4 * 48 * 1.5) < 1e-12,
            "half fan: the detector is moved by %g, expected four tenths of its width", middle);
        ptm_scan_destroy(&scan);
        o.overlap = 5;
        scan = make(&o);
        const double edge = ptm_dot(detector_of(scan, 7), ptm_vec_from(scan->views[7].u)) / 1.5 - 24 * 1.5;
        check(fabs(edge + 5) < 1e-12, "half fan: its edge is at %g, expected -5", edge);
        ptm_scan_destroy(&scan);
    }
}

static int by_size(const void *a, const void *b)
{
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

/* Golden angles split a circle into gaps of at most three lengths, however many there are. */
static void test_golden_angle(void)
{
    ptm_trajectory_options o = options(PTM_TRAJECTORY_GOLDEN_ANGLE);
    ptm_scan *scan = make(&o);
    double angles[VIEWS + 1], kinds[VIEWS];
    int count = 0;
    check_steps(scan, "golden angle", 0.2, 2 * PI * GOLDEN);
    for (int i = 0; i < VIEWS; ++i) angles[i] = fmod(view_angle(scan, i) + 4 * PI, 2 * PI);
    qsort(angles, VIEWS, sizeof *angles, by_size);
    angles[VIEWS] = angles[0] + 2 * PI;
    for (int i = 0; i < VIEWS; ++i) {
        const double gap = angles[i + 1] - angles[i];
        bool known = false;
        for (int k = 0; k < count; ++k) known = known || fabs(kinds[k] - gap) < 1e-10;
        if (!known) kinds[count++] = gap;
    }
    check(count == 3 || count == 2, "golden angle: gaps of %d lengths", count);
    ptm_scan_destroy(&scan);
    o.parallel = o.clockwise = true;
    scan = make(&o);
    double worst = 0;
    for (int i = 0; i < VIEWS; ++i)
        worst = fmax(worst, angle_error(view_angle(scan, i), 0.2 - PI * (i * GOLDEN - floor(i * GOLDEN))));
    check(worst < 1e-12, "golden angle: within a half turn clockwise: off by %g", worst);
    ptm_scan_destroy(&scan);
}

/* ------------------------------------------------------------------ others */

static void test_circles(void)
{
    ptm_trajectory_options o = options(PTM_TRAJECTORY_CIRCLES);
    o.tilt = PI / 4;
    o.orbits = 3;
    ptm_scan *scan = make(&o);
    double out_of_plane = 0, worst = 0;
    for (int i = 0; i < VIEWS; ++i) {
        const double tilt = PI / 4 * (i / 20 - 1);
        const ptm_vec s = source_of(scan, i), normal = { 0, -sin(tilt), cos(tilt) };
        const double angle = 0.2 + 2 * PI * (i % 20) / 20;
        out_of_plane = fmax(out_of_plane, fabs(ptm_dot(s, normal)));
        worst = fmax(worst, fabs(s.x - SOD * sin(angle)));
        const ptm_vec v = ptm_vec_from(scan->views[i].v);
        out_of_plane = fmax(out_of_plane, difference(v, ptm_scale(normal, 1.3)));
    }
    check(out_of_plane < 1e-12 * SOD && worst < 1e-12 * SOD, "circles: three planes about x: off by %g, along by %g",
        out_of_plane, worst);
    check_frames(scan, "circles", true);
    ptm_scan_destroy(&scan);
}

static void test_helix(void)
{
    for (int variant = 0; variant < 4; ++variant) {
        ptm_trajectory_options o = options(PTM_TRAJECTORY_HELIX);
        o.end_point = variant & 1;
        o.pitch = variant & 2 ? -10 : 10;
        o.clockwise = variant & 2;
        o.turns = 3;
        o.views = 60 + o.end_point;
        ptm_scan *scan = make(&o);
        check_steps(scan, "helix", 0.2, (o.clockwise ? -1 : 1) * 6 * PI / 60);
        double worst = 0;
        for (int i = 0; i + 20 < o.views; ++i) {
            const ptm_vec rise = ptm_sub(source_of(scan, i + 20), source_of(scan, i));
            worst = fmax(worst, difference(rise, (ptm_vec){ 0, 0, o.pitch }));
            worst = fmax(worst, fabs(source_of(scan, i).z - scan->views[i].detector[2]));
            worst = fmax(worst, fabs(hypot(scan->views[i].source[0], scan->views[i].source[1]) - SOD));
        }
        check(worst < 1e-10, "helix: a turn rises by the pitch of %g: off by %g", o.pitch, worst);
        const double first = source_of(scan, 0).z, last = source_of(scan, o.views - 1).z;
        check(fabs(first + 1.5 * o.pitch) < 1e-12 && fabs(last - (o.end_point ? 1.5 : 1.45) * o.pitch) < 1e-12,
            "helix: from %g to %g, the origin in the middle", first, last);
        check_frames(scan, "helix", false);
        ptm_scan_destroy(&scan);
    }
}

static void test_saddle(void)
{
    ptm_trajectory_options o = options(PTM_TRAJECTORY_SADDLE);
    o.height = 30;
    o.start = 0;
    ptm_scan *scan = make(&o);
    check_steps(scan, "saddle", 0, 2 * PI / VIEWS);
    double worst = 0;
    for (int i = 0; i < VIEWS; ++i) {
        const ptm_vec s = source_of(scan, i);
        worst = fmax(worst, fabs(s.z - 15 * (s.y * s.y - s.x * s.x) / (SOD * SOD))); /* a hyperbolic paraboloid */
    }
    check(worst < 1e-12 && fabs(source_of(scan, 0).z - 15) < 1e-12 && fabs(source_of(scan, VIEWS / 4).z + 15) < 1e-12,
        "saddle: from 15 to -15 mm: off by %g", worst);
    check_frames(scan, "saddle", false);
    ptm_scan_destroy(&scan);
}

static void test_circle_line(void)
{
    ptm_trajectory_options o = options(PTM_TRAJECTORY_CIRCLE_LINE);
    o.length = 30;
    o.line_views = 16;
    ptm_scan *scan = make(&o);
    double circle = 0, line = 0;
    for (int i = 0; i < 44; ++i)
        circle = fmax(circle, fabs(source_of(scan, i).z) + angle_error(view_angle(scan, i), 0.2 + 2 * PI * i / 44));
    for (int i = 0; i < 16; ++i)
        line = fmax(line, difference(source_of(scan, 44 + i), ptm_add(source_of(scan, 0), (ptm_vec){ 0, 0,
            2.0 * i - 15 })));
    check(circle < 1e-12 && line < 1e-12, "circle and line: off by %g and %g", circle, line);
    check_frames(scan, "circle and line", false);
    ptm_scan_destroy(&scan);
}

static void test_laminography(void)
{
    for (int parallel = 0; parallel < 2; ++parallel) {
        ptm_trajectory_options o = options(PTM_TRAJECTORY_LAMINOGRAPHY);
        o.parallel = parallel;
        o.tilt = 0.6;
        ptm_scan *scan = make(&o);
        double worst = 0;
        for (int i = 0; i < VIEWS; ++i) {
            const ptm_vec ray = ray_of(scan, i);
            worst = fmax(worst, fabs(ray.z / ptm_length(ray) + sin(0.6)) + fabs(scan->views[i].u[2]));
        }
        check(worst < 1e-12, "laminography: rays come down at the tilt, u is level: off by %g", worst);
        check_steps(scan, "laminography", 0.2, 2 * PI / VIEWS);
        check_frames(scan, "laminography", true);
        ptm_scan_destroy(&scan);
    }
}

/* The detector of all views is that of a circle's view at the start. */
static void check_still(const ptm_scan *scan, const char *name)
{
    double worst = 0;
    for (int i = 0; i < scan->count; ++i) {
        const ptm_vec expected = { -200 * sin(0.2), 200 * cos(0.2), 0 };
        worst = fmax(worst, difference(detector_of(scan, i), expected));
        worst = fmax(worst, difference(ptm_vec_from(scan->views[i].u), (ptm_vec){ 1.5 * cos(0.2), 1.5 * sin(0.2), 0 }));
    }
    check(worst < 1e-12, "%s: the detector stays: off by %g", name, worst);
}

static void test_tomosynthesis(void)
{
    for (int clockwise = 0; clockwise < 2; ++clockwise) {
        const double sign = clockwise ? -1 : 1;
        ptm_trajectory_options o = options(PTM_TRAJECTORY_TOMOSYNTHESIS);
        o.clockwise = clockwise;
        o.range = 0.7;
        ptm_scan *scan = make(&o);
        check_still(scan, "tomosynthesis");
        check_steps(scan, "tomosynthesis", 0.2 - sign * 0.35, sign * 0.7 / (VIEWS - 1));
        double worst = 0;
        for (int i = 0; i < VIEWS; ++i) worst = fmax(worst, fabs(ptm_length(source_of(scan, i)) - SOD));
        check(worst < 1e-12 * SOD, "tomosynthesis: the source stays sod from the axis: off by %g", worst);
        ptm_scan_destroy(&scan);
        o = options(PTM_TRAJECTORY_TOMOSYNTHESIS_LINE);
        o.clockwise = clockwise;
        o.length = 118;
        scan = make(&o);
        check_still(scan, "tomosynthesis on a line");
        worst = 0;
        for (int i = 0; i < VIEWS; ++i) {
            const double along = sign * (2.0 * i - 59);
            const ptm_vec expected = { SOD * sin(0.2) + along * cos(0.2), -SOD * cos(0.2) + along * sin(0.2), 0 };
            worst = fmax(worst, difference(source_of(scan, i), expected));
        }
        check(worst < 1e-12 * SOD, "tomosynthesis on a line: steps of 2 mm: off by %g", worst);
        ptm_scan_destroy(&scan);
    }
}

/* Even: the mean of the sources is the centre, their second moments are those of the sphere, and none is close to another:
 * the best that is possible is sqrt(8 pi / (sqrt(3) n)), 3.81 / sqrt(n). */
static void test_sphere(void)
{
    ptm_trajectory_options o = options(PTM_TRAJECTORY_SPHERE);
    o.views = 1000;
    ptm_scan *scan = make(&o);
    ptm_vec mean = { 0, 0, 0 };
    double moments[6] = { 0 }, least = INFINITY;
    for (int i = 0; i < o.views; ++i) {
        const ptm_vec s = ptm_scale(source_of(scan, i), 1.0 / SOD);
        const double products[6] = { s.x * s.x, s.y * s.y, s.z * s.z, s.x * s.y, s.y * s.z, s.z * s.x };
        mean = ptm_add(mean, ptm_scale(s, 1.0 / o.views));
        for (int k = 0; k < 6; ++k) moments[k] += products[k] / o.views - (k < 3 ? 1.0 / 3 / o.views : 0);
        for (int j = 0; j < i; ++j) least = fmin(least, difference(s, ptm_scale(source_of(scan, j), 1.0 / SOD)));
    }
    double worst = ptm_length(mean);
    for (int k = 0; k < 6; ++k) worst = fmax(worst, fabs(moments[k]));
    check_most(worst, 1e-3, "sphere: mean and second moments");
    check(least * sqrt(o.views) > 3, "sphere: the closest two are %.3g / sqrt(n) apart", least * sqrt(o.views));
    check_frames(scan, "sphere", true);
    ptm_scan_destroy(&scan);
}

/* Of any trajectory: the source is shifted in the view's own directions, the detector is where it was. */
static void test_spots(void)
{
    static const ptm_focal_spot spots[3] = { { 0.5, 0, 0 }, { -0.5, 0.25, 0 }, { 0, 0, 2 } };
    ptm_trajectory_options o = options(PTM_TRAJECTORY_HELIX);
    o.pitch = 10;
    o.turns = 2;
    ptm_scan *still = make(&o);
    o.spots = spots;
    o.spot_count = 3;
    ptm_scan *flying = make(&o);
    double worst = 0;
    for (int i = 0; i < VIEWS; ++i) {
        const ptm_vec shift = ptm_sub(source_of(flying, i), source_of(still, i)), ray = ptm_scale(ray_of(still, i),
            1.0 / SDD);
        const ptm_vec u = ptm_scale(ptm_vec_from(still->views[i].u), 1 / 1.5),
            v = ptm_scale(ptm_vec_from(still->views[i].v), 1 / 1.3);
        const ptm_focal_spot *spot = &spots[i % 3];
        worst = fmax(worst, fabs(ptm_dot(shift, u) - spot->u) + fabs(ptm_dot(shift, v) - spot->v) + fabs(ptm_dot(shift,
            ray) - spot->towards));
        worst = fmax(worst, difference(detector_of(flying, i), detector_of(still, i)));
    }
    check(worst < 1e-12 * SOD, "flying focal spot: off by %g", worst);
    ptm_scan_destroy(&still);
    ptm_scan_destroy(&flying);
}

/* ------------------------------------------------------------------ FBP */

/* The exact line integral of a disc of 0.02/mm at (x, y). */
static double disc_integral(const ptm_view *w, bool parallel, double u, int nu)
{
    const double x = 3, y = -5, radius = 9;
    const double place[2] = { w->detector[0] + (u - 0.5 * (nu - 1)) * w->u[0] - x, w->detector[1]
        + (u - 0.5 * (nu - 1)) * w->u[1] - y };
    const double ray[2] = { parallel ? w->source[0] : place[0] - w->source[0] + x, parallel ? w->source[1]
        : place[1] - w->source[1] + y };
    const double distance = (place[0] * ray[1] - place[1] * ray[0]) / hypot(ray[0], ray[1]);
    return distance * distance < radius * radius ? 0.04 * sqrt(radius * radius - distance * distance) : 0;
}

/* A disc comes back, inside and outside: the views have the right weights. */
static void test_fbp(ptm_trajectory_kind kind, bool parallel, const char *name)
{
    enum { N = 48, NU = 96 };
    ptm_trajectory_options o = options(kind);
    o.volume = (ptm_volume){ .shape = { 1, N, N } };
    o.detector = (ptm_detector){ .shape = { 1, NU }, .spacing = { parallel ? 0.7 : 1.4, 1 } };
    o.parallel = parallel;
    o.views = 233;
    ptm_scan *scan = make(&o);
    static float image[N * N], sinogram[233 * NU];
    for (int i = 0; i < o.views; ++i)
        for (int u = 0; u < NU; ++u) sinogram[i * NU + u] = (float)disc_integral(&scan->views[i], parallel, u, NU);
    const ptm_array to = PTM_ARRAY_3D(image, 1, N, N), from = PTM_ARRAY_3D(sinogram, 233, 1, NU);
    const int status = ptm_fbp(device, scan, &to, &from, NULL);
    if (!check(status == PTM_OK, "%s: FBP takes it: %s", name, status ? ptm_error_message()
        : "")) return ptm_scan_destroy(&scan);
    double inside = 0, outside = 0, counts[2] = { 0, 0 };
    for (int j = 0; j < N; ++j)
        for (int i = 0; i < N; ++i) {
            const double x = i - 23.5, y = j - 23.5, r = hypot(x - 3, y + 5);
            if (r < 7) inside += (double)image[j * N + i], counts[0]++;
            if (r > 11 && hypot(x, y) < 22) outside += (double)image[j * N + i], counts[1]++;
        }
    inside /= counts[0];
    outside /= counts[1];
    check(fabs(inside - 0.02) < 2e-4 && fabs(outside) < 2e-4,
        "%s: FBP gives %.5f inside, %.5f outside, expected 0.02 and 0", name, inside,
        outside);
    ptm_scan_destroy(&scan);
}

/* As angles: the same scan. */
static void test_as_circle(void)
{
    double angles[VIEWS];
    ptm_circular_options circle;
    static const ptm_trajectory_kind kinds[] = { PTM_TRAJECTORY_CIRCLE, PTM_TRAJECTORY_SHORT_SCAN, PTM_TRAJECTORY_HALF_FAN,
        PTM_TRAJECTORY_GOLDEN_ANGLE };
    for (int i = 0; i < 4; ++i) {
        ptm_trajectory_options o = options(kinds[i]);
        ptm_scan *scan = make(&o), *again;
        must(ptm_trajectory_circle(&circle, angles, &o));
        must(ptm_scan_cone(&again, context, &circle));
        check(memcmp(scan->views, again->views, VIEWS * sizeof *scan->views) == 0,
            "kind %d: its angles make the same views", i);
        ptm_scan_destroy(&scan);
        ptm_scan_destroy(&again);
    }
    ptm_trajectory_options o = options(PTM_TRAJECTORY_SPHERE);
    check(ptm_trajectory_circle(&circle, angles, &o) == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(),
        "sphere is no circle"),
        "a sphere is no circle: %s", ptm_error_message());
    o = options(PTM_TRAJECTORY_CIRCLE);
    o.spots = &(ptm_focal_spot){ 1, 0, 0 };
    o.spot_count = 1;
    check(ptm_trajectory_circle(&circle, angles, &o) == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), "focal spot"),
        "nor is a flying focal spot: %s", ptm_error_message());
    check(ptm_trajectory_circle(NULL, angles, &o) == PTM_ERROR_ARGUMENT, "out is NULL");
}

/* ------------------------------------------------------------------ what is refused */

static void refused(const ptm_trajectory_options *o, const char *word)
{
    ptm_scan *scan;
    const int status = ptm_scan_trajectory(&scan, context, o);
    check(status == PTM_ERROR_ARGUMENT && !scan && strstr(ptm_error_message(), word), "\"%s\": %d %s", word, status,
        status ? ptm_error_message() : "");
}
/* Options of a kind, with some of them set. */
#define REFUSED(word, name, ...) do { \
    ptm_trajectory_options o = options(PTM_TRAJECTORY_##name); \
    __VA_ARGS__; \
    refused(&o, word); \
} while (0)

/* Numbers that are wrong for every kind, or that a circle has no use for. */
static void test_refused_numbers(void)
{
    REFUSED("kind is 77", CIRCLE, o.kind = (ptm_trajectory_kind)77);
    REFUSED("views is 0", CIRCLE, o.views = 0);
    REFUSED("views is 1048577", CIRCLE, o.views = PTM_MAX_VIEWS + 1);
    REFUSED("sod is 0", CIRCLE, o.sod = 0);
    REFUSED("sdd is inf", CIRCLE, o.sdd = INFINITY);
    REFUSED("range is -1", CIRCLE, o.range = -1);
    REFUSED("range is nan", CIRCLE, o.range = NAN);
    REFUSED("start, axis_offset[0] is inf", CIRCLE, o.start = INFINITY);
    REFUSED("volume.shape[1] is 0", CIRCLE, o.volume.shape[1] = 0);
    REFUSED("detector.shape[0] is 0", CIRCLE, o.detector.shape[0] = 0);
    REFUSED("no view sees", CIRCLE, o.volume.offset[2] = 500);
    REFUSED("pitch is 3, but a circle has no use", CIRCLE, o.pitch = 3);
    REFUSED("turns is 1, but", CIRCLE, o.turns = 1);
    REFUSED("tilt is 0.1, but", CIRCLE, o.tilt = 0.1);
    REFUSED("height is 1, but", CIRCLE, o.height = 1);
    REFUSED("length is 1, but", CIRCLE, o.length = 1);
    REFUSED("overlap is 1, but", CIRCLE, o.overlap = 1);
    REFUSED("orbits is 2, but", CIRCLE, o.orbits = 2);
    REFUSED("line_views is 9, but", CIRCLE, o.line_views = 9);
}

static void test_refused_kinds(void)
{
    REFUSED("range is 3, but a short scan", SHORT_SCAN, o.range = 3);
    REFUSED("end_point is 1, but a short scan", SHORT_SCAN, o.end_point = true);
    REFUSED("parallel is set, but a short scan", SHORT_SCAN, o.parallel = true);
    REFUSED("detector.offset[0] is 3", HALF_FAN, o.detector.offset[0] = 3);
    REFUSED("at most half", HALF_FAN, o.overlap = 37);
    REFUSED("tilt is 0, but a scan of several circles needs it", CIRCLES, o.orbits = 2);
    REFUSED("multiple of the 7 orbits", CIRCLES, o.tilt = 1, o.orbits = 7);
    REFUSED("orbits is 1", CIRCLES, o.tilt = 1, o.orbits = 1);
    REFUSED("orbits is -2", CIRCLES, o.tilt = 1, o.orbits = -2);
    REFUSED("tilt is 30", LAMINOGRAPHY, o.tilt = 30);
    REFUSED("tilt is -2", LAMINOGRAPHY, o.tilt = -2);
    REFUSED("pitch is 0, but a helix needs it", HELIX, o.turns = 2);
    REFUSED("turns is -2", HELIX, o.turns = -2, o.pitch = 1);
    REFUSED("range is 3, but a helix", HELIX, o.turns = 2, o.pitch = 1, o.range = 3);
    REFUSED("height is 0", SADDLE, o.start = 0);
    REFUSED("line_views is 1", CIRCLE_LINE, o.length = 10, o.line_views = 1);
    REFUSED("fewer than all 60", CIRCLE_LINE, o.length = 10, o.line_views = 60);
    REFUSED("range is 0, but tomosynthesis", TOMOSYNTHESIS, o.start = 0);
    REFUSED("must be flat", TOMOSYNTHESIS, o.range = 1, o.detector.cylindrical = true);
    REFUSED("length is 0", TOMOSYNTHESIS_LINE, o.start = 0);
}

/* Numbers that can be worked out, but are no scan's. */
static void test_refused_angles(void)
{
    REFUSED("start is 2e+06 radians", CIRCLE, o.start = 2e6);
    REFUSED("range is 380 radians, which is 60", CIRCLE, o.range = 380);
    REFUSED("1e+09 radians", GOLDEN_ANGLE, o.range = 1e9);
    REFUSED("turns is 30, expected less than half", HELIX, o.turns = 30, o.pitch = 1);
    REFUSED("turns is 29.5, expected", HELIX, o.turns = 29.5, o.pitch = 1, o.end_point = true);
    REFUSED("tilt is 1.5708", LAMINOGRAPHY, o.tilt = 0.5 * PI);
    REFUSED("tilt is -1.5708", CIRCLES, o.tilt = -0.5 * PI);
    REFUSED("less than pi", TOMOSYNTHESIS, o.range = PI);
    REFUSED("number 2 of 12 is -1.5e+20", HELIX, o.turns = 3, o.pitch = 1e20);
}

/* A helix whose ends are far above and below the volume. */
static void test_blind_views(void)
{
    ptm_trajectory_options o = options(PTM_TRAJECTORY_HELIX);
    o.turns = 4;
    for (o.pitch = 1; o.pitch < 1e4; o.pitch *= 10) {
        ptm_scan *scan = make(&o);
        /* Rows reach 6.5 steps of 1.3 mm at 400 mm; the volume's corners, and a voxel more, are at most 213 mm away, and 5
         * high. */
        const double reach = 4.5 + 6.5 * 1.3 / SDD * (SOD + 8.5 * sqrt(2));
        int blind = 0;
        for (int i = 0; i < VIEWS; ++i) blind += fabs(source_of(scan, i).z) > reach;
        const int said = ptm_scan_blind_views(scan);
        check(said >= blind - 4 && said <= blind + 4 && (o.pitch > 1 || said == 0),
            "helix of pitch %g: %d views see nothing of the volume, expected about %d", o.pitch, said, blind);
        ptm_scan_destroy(&scan);
    }
}

static void test_refused_spots(void)
{
    static const ptm_focal_spot spots[2] = { { 0, 0, 0 }, { 0, NAN, 0 } }, far = { 0, 0, 500 };
    ptm_scan *scan;
    REFUSED("spot_count is 1, but spots is NULL", CIRCLE, o.spot_count = 1);
    REFUSED("spot_count is 0, but spots is given", CIRCLE, o.spots = spots);
    REFUSED("spots[1] is 0, nan", CIRCLE, o.spots = spots, o.spot_count = 2);
    REFUSED("spots[0] is 0, 0, 500", CIRCLE, o.spots = &far, o.spot_count = 1);
    REFUSED("only divergent beams have focal spots", CIRCLE, o.parallel = true, o.spots = spots, o.spot_count = 1);
    REFUSED("must be flat", CIRCLE, o.detector.cylindrical = true, o.spots = spots, o.spot_count = 1);
    check(ptm_scan_trajectory(&scan, context, NULL) == PTM_ERROR_ARGUMENT && !scan, "options is NULL: %s",
        ptm_error_message());
}

int main(void)
{
    must(ptm_context_create(&context, NULL));
    must(ptm_device_open(&device, context, "host"));
    test_circle();
    test_short_scan();
    test_half_fan();
    test_golden_angle();
    test_circles();
    test_helix();
    test_saddle();
    test_circle_line();
    test_laminography();
    test_tomosynthesis();
    test_sphere();
    test_spots();
    test_fbp(PTM_TRAJECTORY_CIRCLE, false, "circle");
    test_fbp(PTM_TRAJECTORY_SHORT_SCAN, false, "short scan");
    test_fbp(PTM_TRAJECTORY_HALF_FAN, false, "half fan");
    test_fbp(PTM_TRAJECTORY_HALF_FAN, true, "half fan, parallel");
    test_fbp(PTM_TRAJECTORY_GOLDEN_ANGLE, false, "golden angle");
    test_fbp(PTM_TRAJECTORY_GOLDEN_ANGLE, true, "golden angle, parallel");
    test_as_circle();
    test_refused_numbers();
    test_refused_kinds();
    test_refused_angles();
    test_blind_views();
    test_refused_spots();
    ptm_device_close(&device);
    ptm_context_destroy(&context);
    return finish();
}
