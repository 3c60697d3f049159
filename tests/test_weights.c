/* test_weights.c - the weights of rays measured more than once: that they add up to one, and what is refused. */
#include "check.h"

#include "ct/redundancy.h"
#include "ct/view.h"

#define PI 3.14159265358979323846
#define COLUMNS 60
#define RAYS 20000

static ptm_context *context;
static uint64_t seed = 3;

/* Between two limits. */
static double any(double low, double high)
{
    return low + 0.5 * (1 + random_number(&seed)) * (high - low);
}

/* ------------------------------------------------------------------ circles, ray by ray */

typedef double (*ray_function)(double beta, double gamma, double excess);

/* A ray of a scan of pi + excess and the one that is its twin, if there is one: what their weights add up to. */
static bool sum_of_twins(double *sum, ray_function weight, double beta, double gamma, double excess)
{
    const double later = beta + PI - 2 * gamma, earlier = beta - PI - 2 * gamma;
    *sum = weight(beta, gamma, excess);
    if (later <= PI + excess) *sum += weight(later, -gamma, excess);
    if (earlier >= 0) *sum += weight(earlier, -gamma, excess);
    return later <= PI + excess || earlier >= 0;
}

static void test_short_scans(void)
{
    double worst = 0, worst_riess = 0, least = 2, most = 0;
    for (int i = 0; i < RAYS; ++i) {
        const double fan = any(0, 0.7), gamma = any(-fan, fan), excess = any(2 * fan, PI), few = any(0, 2 * fan);
        double sum;
        sum_of_twins(&sum, ptm_short_scan_weight, any(0, PI + excess), gamma, excess);
        worst = fmax(worst, fabs(sum - 1));
        if (sum_of_twins(&sum, ptm_riess_weight, any(0, PI + few), gamma, few)) {
            worst_riess = fmax(worst_riess, fabs(sum - 1));
        } else {
            least = fmin(least, sum);
            most = fmax(most, sum);
        }
        sum_of_twins(&sum, ptm_riess_weight, any(0, PI + excess), gamma, excess);
        worst_riess = fmax(worst_riess, fabs(sum - 1));
    }
    check_most(worst, 1e-12, "short scans: rays measured twice, and those measured once, count as one");
    check_most(worst_riess, 1e-12, "Riess: rays measured twice count as one");
    check(least >= 1 && most <= 2 && most > 1.9, "Riess: rays measured once count from %g to %g", least, most);
    check(ptm_short_scan_weight(PI + 0.6, 0.1, 0.5) == 0, "views after Parker's range do not count");
}

static void test_half_detectors(void)
{
    double worst = 0;
    for (int i = 0; i < RAYS; ++i) {
        const double less = any(0.01, 1), place = any(-less, less);
        worst = fmax(worst, fabs(ptm_half_detector_weight(place, less) + ptm_half_detector_weight(-place, less) - 1));
    }
    check_most(worst, 1e-12, "Wang: rays measured twice count as one");
    check(ptm_half_detector_weight(0.6, 0.5) == 1, "Wang: rays measured once count as one");
    check(ptm_half_detector_weight(0, 0) == 1, "Wang: an edge on the axis");
}

/* ------------------------------------------------------------------ circles, view by view */

/* `turns` of a fan whose rays reach 14 degrees to either side; uneven: 1 shifts angles to and fro, 2 takes golden ones. */
static ptm_scan *fan_scan(bool parallel, double turns, int views, int uneven, double offset)
{
    double *angles = malloc((size_t)views * sizeof *angles);
    for (int i = 0; i < views; ++i) {
        const double at = uneven == 2 ? fmod(i * 0.6180339887498949, 1)
                                      : (i + (uneven ? 0.4 * sin(1.7 * i) : 0)) / (views - 1);
        angles[i] = 2 * PI * turns * at;
    }
    ptm_scan *scan;
    must((parallel ? ptm_scan_parallel : ptm_scan_fan)(&scan, context,
        &(ptm_circular_options) { PTM_SIZED(ptm_circular_options), .volume = { .shape = { 1, 50, 50 } },
            .detector = { .shape = { 1, COLUMNS }, .offset = { offset, 0 } }, .views = views, .angles = angles, .sod = 60,
            .sdd = 120 }));
    free(angles);
    return scan;
}

/* Rays of fan angles gamma and -gamma together measure each line at this distance from the axis once, over a whole turn
 * of them. */
static double error_of_sums(const ptm_scan *scan, ptm_weights_type type)
{
    ptm_circle circle;
    ptm_redundancy redundancy;
    double *weights, worst = 0;
    must(ptm_circle_find(&circle, scan));
    must(ptm_redundancy_find(&redundancy, &circle, scan, type));
    must(ptm_redundancy_weights(&weights, &redundancy, &circle, scan));
    for (int u = 0; u < COLUMNS; ++u) {
        double sum = 0;
        for (int i = 0; i < scan->count; ++i)
            sum += weights[(size_t)i * COLUMNS + (size_t)u] + weights[(size_t)i * COLUMNS + (size_t)(COLUMNS - 1 - u)];
        worst = fmax(worst, fabs(sum / (2 * PI) - 1));
    }
    free(weights);
    ptm_circle_free(&circle);
    return worst;
}

static void test_sums(void)
{
    static const struct { const char *name; bool parallel; double turns; int uneven; ptm_weights_type type;
    } cases[] = { { "auto, a turn", false, 0.999, 0, PTM_WEIGHTS_AUTO },
        { "auto, golden angles", false, 1, 2, PTM_WEIGHTS_AUTO }, { "none, 0.4 turns", false, 0.4, 1, PTM_WEIGHTS_NONE },
        { "none, a parallel half turn", true, 0.499, 1, PTM_WEIGHTS_NONE },
        { "auto, 0.58 turns", false, 0.58, 0, PTM_WEIGHTS_AUTO },
        { "Parker, 0.8 turns", false, 0.8, 1, PTM_WEIGHTS_PARKER },
        { "Silver, 0.65 turns", false, 0.65, 1, PTM_WEIGHTS_SILVER },
        { "Silver, 0.8 turns", false, 0.8, 2, PTM_WEIGHTS_SILVER },
        { "Silver, a turn", false, 0.999, 0, PTM_WEIGHTS_SILVER },
        { "Silver, 0.7 parallel turns", true, 0.7, 0, PTM_WEIGHTS_SILVER },
        { "Riess, a half turn", false, 0.5, 0, PTM_WEIGHTS_RIESS },
        { "Riess, 0.55 turns", false, 0.55, 1, PTM_WEIGHTS_RIESS },
        { "Riess, 0.9 turns", false, 0.9, 0, PTM_WEIGHTS_RIESS }, { "Wang, a turn", false, 0.999, 0, PTM_WEIGHTS_WANG } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char what[100];
        ptm_scan *scan = fan_scan(cases[i].parallel, cases[i].turns, 987, cases[i].uneven, 0);
        snprintf(what, sizeof what, "sum of weights, %s", cases[i].name);
        check_most(error_of_sums(scan, cases[i].type), 2e-3, what);
        ptm_scan_destroy(&scan);
    }
}

/* ------------------------------------------------------------------ helices */

typedef struct helix { double pitch; bool cylindrical, flipped; double aside; } helix;

static ptm_view helix_view(const helix *h, double angle)
{
    const double c = cos(angle), s = sin(angle), z = h->pitch * angle / (2 * PI), f = h->flipped ? -1 : 1;
    const ptm_view v = { { 60 * s - h->aside * c, -60 * c - h->aside * s, z },
        { -60 * s - h->aside * c, 60 * c - h->aside * s, z + 1 }, { f * c, f * s, 0 }, { 0, 0, f } };
    return v;
}

static ptm_scan *helix_scan(const helix *h, int views, int views_a_turn, int rows)
{
    ptm_view *list = malloc((size_t)views * sizeof *list);
    for (int i = 0; i < views; ++i) list[i] = helix_view(h, 2 * PI * (i - 0.5 * views) / views_a_turn);
    ptm_scan *scan;
    must(ptm_scan_vectors(&scan, context,
        &(ptm_vector_options) { PTM_SIZED(ptm_vector_options), .volume = { .shape = { 3, 30, 30 } },
            .detector_shape = { rows, COLUMNS }, .views = views, .view = list, .cylindrical = h->cylindrical }));
    free(list);
    return scan;
}

/* Where a point falls in the view at an angle, after the geometry alone. */
static double place_of(const ptm_circle *circle, const ptm_scan *scan, const helix *h, double angle, ptm_vec point)
{
    const ptm_view v = helix_view(h, angle);
    const ptm_vec source = ptm_vec_from(v.source), ray = ptm_sub(point, source), u = ptm_vec_from(v.u),
                  away = { -sin(angle), cos(angle), 0 };
    const double depth = ptm_dot(ray, away), across = ptm_dot(ray, u);
    const double column = h->cylindrical ? 120 * atan2(across, depth) : 120 * across / depth;
    const double height = 120 * ray.z / (h->cylindrical ? hypot(across, depth) : depth) - (v.detector[2] - v.source[2]);
    return ptm_helix_place(circle, scan, column + 0.5 * (scan->nu - 1), height / v.v[2] + 0.5 * (scan->nv - 1));
}

/* The weights of a point added up over the sources of a helix that lie in one vertical plane with it. The plane's
 * direction is `alpha`; it is r aside of the axis, and the point is l from where it is nearest. */
static double sum_in_plane(const ptm_circle *circle, const ptm_scan *scan, const helix *h, const ptm_helix_window *w,
    double alpha, double r, double l, double z)
{
    const ptm_vec point = { -l * sin(alpha) + r * cos(alpha), l * cos(alpha) + r * sin(alpha), z };
    const double reach = hypot(60, h->aside), lead = atan2(h->aside, 60);
    double sum = 0;
    for (int half = -30; half <= 30; ++half) {
        /* the source at angle + lead from -y is where the plane leaves the circle of sources */
        const double side = half % 2 ? -1 : 1, gamma = asin(side * r / reach);
        sum += ptm_helix_weight(w, place_of(circle, scan, h, alpha + half * PI + gamma + lead, point));
    }
    return sum;
}

static void test_helix(const helix *h, const char *name)
{
    ptm_circle circle;
    char what[120];
    ptm_scan *scan = helix_scan(h, 300, 50, 40);
    must(ptm_circle_find(&circle, scan));
    check(fabs(circle.pitch - h->pitch) < 1e-9 * fabs(h->pitch), "%s: its pitch is found", name);
    double sharp = 0, middle = 0, anywhere = 0;
    for (int i = 0; i < RAYS / 10; ++i) {
        const int n = 1 + 2 * (i % 4);
        const ptm_helix_window edge = { n, 1e-12 }, soft = { n, 0.5 };
        const double alpha = any(0, 2 * PI), r = any(-14, 14), l = any(-14, 14), z = any(-20, 20);
        sharp = fmax(sharp, fabs(sum_in_plane(&circle, scan, h, &edge, alpha, r, l, z) - 1));
        middle = fmax(middle, fabs(sum_in_plane(&circle, scan, h, &soft, alpha, r, 0, z) - 1));
        anywhere = fmax(anywhere, fabs(sum_in_plane(&circle, scan, h, &soft, alpha, r, l, z) - 1));
    }
    snprintf(what, sizeof what, "%s: sharp windows count every voxel once", name);
    check_most(sharp, 1e-9, what);
    snprintf(what, sizeof what, "%s: smooth ones do so where rays are nearest to the axis", name);
    check_most(middle, 1e-9, what);
    snprintf(what, sizeof what, "%s: and elsewhere nearly", name);
    check_most(anywhere, 0.2, what);
    ptm_circle_free(&circle);
    ptm_scan_destroy(&scan);
}

static void test_windows(void)
{
    static const struct { double pitch; int rows, views; ptm_weights_type type; int n;
    } cases[] = { { 10, 40, 400, PTM_WEIGHTS_AUTO, 3 }, { 10, 40, 400, PTM_WEIGHTS_TAM_DANIELSON, 1 },
        { 18, 40, 400, PTM_WEIGHTS_AUTO, 1 }, { 4, 40, 800, PTM_WEIGHTS_N_PI, 7 }, { 4, 40, 150, PTM_WEIGHTS_N_PI, 1 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        ptm_circle circle;
        ptm_redundancy r;
        ptm_scan *scan = helix_scan(&(helix){ .pitch = cases[i].pitch }, cases[i].views, 50, cases[i].rows);
        must(ptm_circle_find(&circle, scan));
        must(ptm_redundancy_find(&r, &circle, scan, cases[i].type));
        check(r.window.n == cases[i].n, "pitch %g, %d views: window of n = %d, expected %d", cases[i].pitch, cases[i].views,
            r.window.n, cases[i].n);
        ptm_circle_free(&circle);
        ptm_scan_destroy(&scan);
    }
}

/* ------------------------------------------------------------------ what is refused */

/* Why the weights of a scan are refused; takes the scan over. */
static void refused(ptm_scan *scan, ptm_weights_type type, const char *word)
{
    ptm_circle circle;
    ptm_redundancy r;
    double *weights = NULL;
    int status = ptm_circle_find(&circle, scan);
    if (!status) {
        status = ptm_redundancy_find(&r, &circle, scan, type);
        if (!status) status = ptm_redundancy_weights(&weights, &r, &circle, scan);
        ptm_circle_free(&circle);
    }
    check(status == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), word), "refused for \"%s\": %s", word,
        status ? ptm_error_message() : "it is not");
    free(weights);
    ptm_scan_destroy(&scan);
}

/* A helix one of whose views is changed, or left out with those after it. */
static ptm_scan *spoilt_helix(int view, double higher, int missing)
{
    ptm_view list[200];
    for (int i = 0; i < 200; ++i)
        list[i] = helix_view(&(helix) { .pitch = 10 }, 2 * PI * (i + (i >= view ? missing : 0)) / 50);
    list[view].source[2] += higher;
    list[view].detector[2] += higher;
    ptm_scan *scan;
    must(ptm_scan_vectors(&scan, context,
        &(ptm_vector_options) { PTM_SIZED(ptm_vector_options), .volume = { .shape = { 3, 30, 30 }, .offset = { 0, 0, 20 } },
            .detector_shape = { 40, COLUMNS }, .views = 200, .view = list }));
    return scan;
}

static void test_refusals(void)
{
    refused(fan_scan(false, 0.5, 90, 0, 0), PTM_WEIGHTS_AUTO, "the fan");
    refused(fan_scan(false, 0.5, 90, 0, 0), PTM_WEIGHTS_PARKER, "the fan");
    refused(fan_scan(false, 0.45, 90, 0, 0), PTM_WEIGHTS_RIESS, "half turn");
    refused(fan_scan(false, 0.8, 90, 0, 0), PTM_WEIGHTS_WANG, "full turn");
    refused(fan_scan(false, 0.999, 90, 0, 0), PTM_WEIGHTS_N_PI, "weights is n-PI, which is for a helix");
    refused(fan_scan(false, 0.8, 90, 0, 20), PTM_WEIGHTS_AUTO, "one side");
    refused(fan_scan(true, 0.3, 90, 0, 0), PTM_WEIGHTS_AUTO, "half turn");
    refused(helix_scan(&(helix){ .pitch = 10 }, 400, 50, 40), PTM_WEIGHTS_SILVER, "helix");
    refused(helix_scan(&(helix){ .pitch = 60 }, 400, 50, 40), PTM_WEIGHTS_AUTO, "pitch");
    refused(spoilt_helix(77, 0.1, 0), PTM_WEIGHTS_AUTO, "view 77");
    refused(spoilt_helix(77, 0, 10), PTM_WEIGHTS_AUTO, "missing");
}

int main(void)
{
    must(ptm_context_create(&context, NULL));
    test_short_scans();
    test_half_detectors();
    test_sums();
    test_helix(&(helix){ .pitch = 10 }, "helix");
    test_helix(&(helix){ .pitch = -7, .flipped = true }, "helix downwards, flipped");
    test_helix(&(helix){ .pitch = 10, .cylindrical = true }, "helix, cylindrical");
    test_helix(&(helix){ .pitch = 10, .aside = 5 }, "helix, axis aside");
    test_windows();
    test_refusals();
    ptm_context_destroy(&context);
    return finish();
}
