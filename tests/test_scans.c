/* test_scans.c - scans as callers make them: conversions, batches, and what is refused. */
#include "check.h"
#include "ct/scan.h"

static ptm_context *context;

static void refused(int status, const char *word, const char *what)
{
    check(status == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), word), "%s is refused: %s", what,
        status ? ptm_error_message() : "no");
}

static double view_difference(const ptm_view *a, const ptm_view *b)
{
    double p[12], q[12], most = 0;
    memcpy(p, a, sizeof p);
    memcpy(q, b, sizeof q);
    for (int i = 0; i < 12; ++i) most = fmax(most, fabs(p[i] - q[i]));
    return most;
}

static ptm_circular_options options(void)
{
    return (ptm_circular_options) { PTM_SIZED(ptm_circular_options), .volume = { .shape = { 5, 6, 7 } },
        .detector = { .shape = { 8, 9 }, .spacing = { 1.5, 1.3 }, .offset = { 0.7, -0.4 } }, .views = 11, .sod = 30,
        .sdd = 50, .axis_offset = 0.3 };
}

/* A point along the ray of pixel (u, v) must come back to (u, v). */
static double matrix_error(const ptm_matrix *m, const ptm_view *view, bool parallel, const int shape[2], double u, double v)
{
    double x[4] = { 0, 0, 0, 1 }, out[3];
    for (int i = 0; i < 3; ++i) {
        const double pixel = view->detector[i] + (u - 0.5 * (shape[1] - 1)) * view->u[i] +
                             (v - 0.5 * (shape[0] - 1)) * view->v[i];
        x[i] = parallel ? pixel + 3.7 * view->source[i] : view->source[i] + 0.6 * (pixel - view->source[i]);
    }
    for (int i = 0; i < 3; ++i) {
        out[i] = 0;
        for (int k = 0; k < 4; ++k) out[i] += m->row[i][k] * x[k];
    }
    return fmax(fabs(out[0] / out[2] - u), fabs(out[1] / out[2] - v));
}

static void test_matrices(bool parallel)
{
    const char *beam = parallel ? "parallel" : "cone";
    char what[120];
    ptm_circular_options o = options();
    ptm_scan *scan, *again;
    must((parallel ? ptm_scan_parallel : ptm_scan_cone)(&scan, context, &o));
    ptm_matrix matrices[11];
    double round = 0, places = 0;
    for (int i = 0; i < 11; ++i) {
        ptm_view view, back;
        bool kind;
        ptm_scan_get_view(scan, i, &view);
        must(ptm_view_to_matrix(&matrices[i], &view, parallel, o.detector.shape));
        places = fmax(places, matrix_error(&matrices[i], &view, parallel, o.detector.shape, 2.5, 6.25));
        /* Matrices come with any factor and sign. */
        for (int k = 0; k < 12; ++k) matrices[i].row[k / 4][k % 4] *= i % 2 ? -3.5 : 0.01;
        must(ptm_view_from_matrix(&back, &kind, &matrices[i], o.detector.shape, NULL, parallel ? 0 : 1.5, 0));
        check(kind == parallel, "%s: the matrix knows the kind of beam", beam);
        if (parallel) /* where along its rays a detector is does not matter, nor which way they go */
            for (int k = 0; k < 3; ++k) back.source[k] = view.source[k];
        round = fmax(round, view_difference(&view, &back));
        must(ptm_view_from_matrix(&back, &kind, &matrices[i], o.detector.shape, NULL, 0, parallel ? 0 : 50));
        if (!parallel) round = fmax(round, view_difference(&view, &back));
    }
    snprintf(what, sizeof what, "%s: points on a ray fall on its pixel", beam);
    check_most(places, 1e-12, what);
    snprintf(what, sizeof what, "%s: view to matrix to view", beam);
    check_most(round, 1e-12, what);
    const ptm_matrix_options m = { PTM_SIZED(ptm_matrix_options), .volume = o.volume, .detector_shape = { 8, 9 },
        .views = 11, .matrix = matrices, .sdd = parallel ? 0 : 50 };
    must(ptm_scan_matrices(&again, context, &m));
    check(ptm_scan_views(again) == 11 && again->parallel == parallel, "%s: a scan of matrices", beam);
    ptm_scan_destroy(&again);
    ptm_matrix_options wrong = m;
    matrices[4].row[1][2] = NAN;
    refused(ptm_scan_matrices(&again, context, &wrong), "matrix[4]", "a matrix with NaN");
    memset(&matrices[4], 0, sizeof matrices[4]);
    refused(ptm_scan_matrices(&again, context, &wrong), "zero", "a matrix of zeros");
    matrices[4] = matrices[3];
    wrong.pitch = 1.5;
    wrong.sdd = 50;
    if (!parallel) refused(ptm_scan_matrices(&again, context, &wrong), "one of them", "pitch and sdd together");
    ptm_scan_destroy(&scan);
}

static void test_astra(void)
{
    const ptm_view view = { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 }, { 10, 11, 12 } };
    double vector[12], flat[6];
    ptm_view back;
    must(ptm_view_to_astra(vector, 12, &view));
    for (int i = 0; i < 12; ++i) check(vector[i] == i + 1, "number %d of ASTRA's twelve", i);
    must(ptm_view_from_astra(&back, vector, 12));
    check(memcmp(&back, &view, sizeof view) == 0, "twelve numbers there and back");
    refused(ptm_view_to_astra(flat, 6, &view), "12 numbers", "a view out of the plane in six numbers");
    must(ptm_view_from_astra(&back, (const double[]){ 1, 2, 3, 4, 5, 12 }, 6));
    check(back.v[2] == 13 && back.v[0] == 0 && back.source[2] == 0, "six numbers lie in the plane");
    must(ptm_view_to_astra(flat, 6, &back));
    check(flat[0] == 1 && flat[3] == 4 && flat[5] == 12, "six numbers there and back");
    refused(ptm_view_from_astra(&back, vector, 7), "count is 7", "seven numbers");
}

static int warnings;
static void count_warning(void *user, ptm_log_level level, const char *message)
{
    (void)user;
    if (level == PTM_LOG_WARNING && strstr(message, "degrees")) warnings++;
}

static void test_refusals(void)
{
    ptm_scan *scan;
    ptm_circular_options o = options();
    o.volume.offset[2] = 500;
    refused(ptm_scan_cone(&scan, context, &o), "no view sees", "a volume that no view sees");
    refused(ptm_scan_parallel(&scan, context, &o), "no view sees", "a volume beside a parallel beam");
    o = options();
    o.detector.cylindrical = true;
    refused(ptm_scan_parallel(&scan, context, &o), "cylindrical", "a cylindrical detector in a parallel beam");
    o.detector.spacing[0] = 25;
    refused(ptm_scan_cone(&scan, context, &o), "85", "a cylinder all around the source");
    o = options();
    refused(ptm_scan_fan(&scan, context, &o), "slices as rows", "a stack of fans with more rows than slices");
    o.sod = NAN;
    refused(ptm_scan_cone(&scan, context, &o), "sod is nan", "a distance that is no number");
    o = options();
    o.volume.shape[1] = 0;
    refused(ptm_scan_cone(&scan, context, &o), "volume.shape[1] is 0", "an empty volume");
    ptm_view view = { { 0, -30, 0 }, { 0, 20, 0 }, { 1, 0.2, 0 }, { 0, 0, 1 } };
    const ptm_vector_options v = { PTM_SIZED(ptm_vector_options), .volume = { .shape = { 5, 6, 7 } },
        .detector_shape = { 8, 9 }, .views = 1, .view = &view, .cylindrical = true };
    refused(ptm_scan_vectors(&scan, context, &v), "right angles", "a cylinder whose tangent is none");

    double degrees[180];
    for (int i = 0; i < 180; ++i) degrees[i] = i;
    o = options();
    o.views = 180;
    o.angles = degrees;
    ptm_context *logging;
    must(ptm_context_create(&logging, &(ptm_context_options){ PTM_SIZED(ptm_context_options), .log = count_warning }));
    must(ptm_scan_parallel(&scan, logging, &o));
    check(warnings == 1, "degrees given as radians are noted: %d warnings", warnings);
    ptm_scan_destroy(&scan);
    o.angles = NULL;
    must(ptm_scan_parallel(&scan, logging, &o));
    check(warnings == 1, "radians are not");
    ptm_scan_destroy(&scan);
    ptm_context_destroy(&logging);
}

static void test_batches(void)
{
    ptm_scan *scans[3], *batch, *again;
    for (int i = 0; i < 3; ++i) {
        ptm_circular_options o = options();
        o.start = 0.1 * i;
        must(ptm_scan_cone(&scans[i], context, &o));
    }
    const ptm_scan *const all[3] = { scans[0], scans[1], scans[2] };
    must(ptm_scan_batch(&batch, context, all, 3));
    ptm_view a, b;
    ptm_scan_get_view(batch, 11 + 4, &a);
    ptm_scan_get_view(scans[1], 4, &b);
    check(ptm_scan_samples(batch) == 3 && ptm_scan_views(batch) == 11 && view_difference(&a, &b) == 0,
        "three scans as a batch");
    refused(ptm_scan_batch(&again, context, (const ptm_scan *const[]) { scans[0], batch }, 2), "batch itself",
        "a batch in a batch");
    ptm_scan *other;
    ptm_circular_options o = options();
    o.views = 12;
    must(ptm_scan_cone(&other, context, &o));
    refused(ptm_scan_batch(&again, context, (const ptm_scan *const[]) { scans[0], other }, 2), "number of views",
        "another number of views");
    ptm_scan_destroy(&other);
    ptm_scan_destroy(&batch);
    for (int i = 0; i < 3; ++i) ptm_scan_destroy(&scans[i]);
}

int main(void)
{
    must(ptm_context_create(&context, NULL));
    test_matrices(false);
    test_matrices(true);
    test_astra();
    test_refusals();
    test_batches();
    ptm_context_destroy(&context);
    return finish();
}
