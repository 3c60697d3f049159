/* bench_work.c - see bench.h. */
#define _POSIX_C_SOURCE 200809L /* posix_memalign */
#include "bench.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

const char *const bench_operation_names[BENCH_OPERATIONS] = { "forward", "adjoint", "backproject", "fbp" };

#define PROJECTORS { true, true, true, false }
#define FBP { false, false, false, true }
#define ALL { true, true, true, true }

const bench_work bench_works[] = { { "W1", "parallel beam, one slice", false, 1, 0, 0, 0, PROJECTORS,
                                       { { 512, 1, 360, 729, 1 }, { 128, 1, 90, 183, 1 } } },
    { "W1L", "W1, larger", false, 1, 0, 0, 0, PROJECTORS, { { 1024, 1, 720, 1449, 1 }, { 256, 1, 180, 363, 1 } } },
    { "W2", "fan beam, one slice", true, 1.5, 2, 3, 0, PROJECTORS, { { 512, 1, 360, 729, 1 }, { 128, 1, 90, 183, 1 } } },
    { "W3", "FBP of one slice", false, 1, 0, 0, 0, FBP, { { 512, 1, 360, 729, 1 }, { 128, 1, 180, 183, 1 } } },
    { "W3L", "W3, larger", false, 1, 0, 0, 0, FBP, { { 2048, 1, 1500, 2048, 1 }, { 256, 1, 360, 256, 1 } } },
    { "W4", "cone beam", true, 2, 2, 4, 0, ALL, { { 256, 256, 90, 384, 384 }, { 64, 64, 30, 96, 96 } } },
    { "W4L", "W4, larger, for GPUs", true, 2, 2, 4, 0, ALL, { { 512, 512, 360, 768, 768 }, { 96, 96, 60, 144, 144 } } },
    { "W4T", "W4 with the detector tilted by 5 degrees", true, 2, 2, 4, 5, PROJECTORS,
        { { 256, 256, 90, 384, 384 }, { 64, 64, 30, 96, 96 } } },
    { "W5", "parallel beam, a volume", false, 1, 0, 0, 0, PROJECTORS,
        { { 256, 256, 90, 368, 256 }, { 64, 64, 30, 92, 64 } } },
    { "W7", "W1, 16 slices in one call", false, 1, 0, 0, 0, PROJECTORS,
        { { 512, 16, 360, 729, 16 }, { 128, 4, 90, 183, 4 } } },
    { .name = NULL } };

/* ------------------------------------------------------------------ exact values */

/* Amplitude, sigma, centre x, y, z, in units of n (z of the centre: of nz). */
static const double blobs[][5] = { { 1, 0.060, 0, 0.02, 0.01 }, { 0.7, 0.045, 0.17, -0.08, 0.10 },
    { 0.5, 0.080, -0.14, 0.10, -0.06 }, { 0.9, 0.035, -0.10, -0.20, 0.05 }, { -0.4, 0.050, 0.08, 0.18, -0.09 } };
enum { BLOBS = sizeof blobs / sizeof *blobs };

typedef struct blob { double amplitude, sigma, centre[3]; } blob; /* mm */

static blob scaled(const bench_problem *p, int index)
{
    const double *b = blobs[index], n = p->size.n, nz = p->size.nz > 1 ? p->size.nz : 0;
    return (blob){ b[0], b[1] * n, { b[2] * n, b[3] * n, b[4] * nz } };
}

/* Nothing is left of a Gaussian beyond 9 sigma. */
static double gaussian(const blob *b, double distance2)
{
    const double x = distance2 / (2 * b->sigma * b->sigma);
    return x < 40 ? b->amplitude * exp(-x) : 0;
}

static double image_at(const bench_problem *p, const double x[3])
{
    double sum = 0;
    for (int i = 0; i < BLOBS; ++i) {
        const blob b = scaled(p, i);
        double distance2 = 0;
        for (int k = 0; k < 3; ++k) distance2 += (x[k] - b.centre[k]) * (x[k] - b.centre[k]);
        sum += gaussian(&b, distance2);
    }
    return sum;
}

/* Along the line through x that the view sees: a Gaussian's is sqrt(2 pi) sigma times its value nearest to its centre. */
static double line_integral(const bench_problem *p, const ptm_view *view, const double x[3])
{
    double direction[3], length2 = 0, sum = 0;
    for (int k = 0; k < 3; ++k) {
        direction[k] = p->work->divergent ? x[k] - view->source[k] : view->source[k];
        length2 += direction[k] * direction[k];
    }
    for (int i = 0; i < BLOBS; ++i) {
        const blob b = scaled(p, i);
        double distance2 = 0, along = 0;
        for (int k = 0; k < 3; ++k) {
            const double d = b.centre[k] - x[k];
            distance2 += d * d;
            along += d * direction[k];
        }
        sum += sqrt(2 * PI) * b.sigma * gaussian(&b, distance2 - along * along / length2);
    }
    return sum;
}

static double depth(const ptm_view *view, const double x[3])
{
    const double *u = view->u, *v = view->v;
    const double normal[3] = { u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0] };
    double sum = 0;
    for (int k = 0; k < 3; ++k) sum += (x[k] - view->source[k]) * normal[k];
    return sum;
}

static double backprojection_at(const bench_problem *p, const double x[3])
{
    double sum = 0;
    for (int i = 0; i < p->size.views; ++i) {
        ptm_view view;
        ptm_scan_get_view(p->scan, i, &view);
        const double ratio = p->work->divergent ? depth(&view, (const double[3]){ 0 }) / depth(&view, x) : 1;
        sum += ratio * ratio * line_integral(p, &view, x);
    }
    return sum;
}

static double centred(int64_t i, int64_t n)
{
    return (double)i - 0.5 * (double)(n - 1);
}

static void fill_image(bench_problem *p)
{
    const int64_t *n = p->volume;
    float *to = p->image;
    for (int64_t k = 0; k < n[0]; ++k)
        for (int64_t j = 0; j < n[1]; ++j)
            for (int64_t i = 0; i < n[2]; ++i)
                *to++ = (float)image_at(p, (const double[3]){ centred(i, n[2]), centred(j, n[1]), centred(k, n[0]) });
}

static void fill_sinogram(bench_problem *p)
{
    const int64_t *n = p->projections;
    float *to = p->sinogram;
    for (int64_t k = 0; k < n[0]; ++k) {
        ptm_view view;
        ptm_scan_get_view(p->scan, (int)k, &view);
        for (int64_t j = 0; j < n[1]; ++j)
            for (int64_t i = 0; i < n[2]; ++i) {
                double x[3];
                for (int c = 0; c < 3; ++c)
                    x[c] = view.detector[c] + centred(i, n[2]) * view.u[c] + centred(j, n[1]) * view.v[c];
                *to++ = (float)line_integral(p, &view, x);
            }
    }
}

/* ------------------------------------------------------------------ problems */

/* Turns v, which is along z, about u. */
static int tilt_detector(ptm_scan **scan, ptm_context *context, const bench_problem *p)
{
    const double c = cos(p->work->tilt * PI / 180), s = sin(p->work->tilt * PI / 180);
    const bench_size *n = &p->size;
    ptm_vector_options o = { PTM_SIZED(ptm_vector_options), .detector_shape = { n->nv, n->nu }, .views = n->views };
    ptm_view *views = malloc((size_t)p->size.views * sizeof *views);
    if (!views) return ptm_error_set(PTM_ERROR_MEMORY, "no memory for %d views", p->size.views);
    for (int i = 0; i < p->size.views; ++i) {
        ptm_scan_get_view(*scan, i, &views[i]);
        const double length = views[i].v[2], *u = views[i].u;
        views[i].v[0] = s * length * u[1] / p->work->pixel;
        views[i].v[1] = -s * length * u[0] / p->work->pixel;
        views[i].v[2] = c * length;
    }
    ptm_scan_get_volume(*scan, &o.volume);
    o.view = views;
    ptm_scan_destroy(scan);
    const int status = ptm_scan_vectors(scan, context, &o);
    free(views);
    return status;
}

static int make_scan(bench_problem *p, ptm_context *context)
{
    const bench_size *n = &p->size;
    const ptm_circular_options o = { PTM_SIZED(ptm_circular_options), .volume = { .shape = { n->nz, n->n, n->n } },
        .detector = { .shape = { n->nv, n->nu }, .spacing = { p->work->pixel, p->work->pixel } }, .views = n->views,
        .sod = p->work->sod * n->n, .sdd = p->work->sdd * n->n };
    const int status = p->work->divergent ? ptm_scan_cone(&p->scan, context, &o) : ptm_scan_parallel(&p->scan, context, &o);
    return status || p->work->tilt == 0 ? status : tilt_detector(&p->scan, context, p);
}

float *bench_array(const int64_t shape[3])
{
    void *array = NULL;
    return posix_memalign(&array, 4096, (size_t)(shape[0] * shape[1] * shape[2]) * sizeof(float)) ? NULL : array;
}

int bench_problem_make(bench_problem *p, ptm_context *context, const bench_work *work, bool small)
{
    const bench_size n = work->sizes[small];
    *p = (bench_problem){ .work = work, .size = n, .volume = { n.nz, n.n, n.n }, .projections = { n.views, n.nv, n.nu } };
    const int status = make_scan(p, context);
    if (status) return status;
    p->image = bench_array(p->volume);
    p->sinogram = bench_array(p->projections);
    if (!p->image || !p->sinogram) {
        bench_problem_free(p);
        return ptm_error_set(PTM_ERROR_MEMORY, "no memory for the data of %s", work->name);
    }
    fill_image(p);
    fill_sinogram(p);
    return PTM_OK;
}

void bench_problem_free(bench_problem *p)
{
    ptm_scan_destroy(&p->scan);
    free(p->image);
    free(p->sinogram);
    *p = (bench_problem){ .work = NULL };
}

/* ------------------------------------------------------------------ errors */

typedef struct sums { double difference2, exact2; } sums;

static void compare(sums *s, double value, double exact)
{
    s->difference2 += (value - exact) * (value - exact);
    s->exact2 += exact * exact;
}

static void compare_projection(sums *s, const bench_problem *p, const float *result)
{
    const int64_t count = p->projections[0] * p->projections[1] * p->projections[2];
    for (int64_t i = 0; i < count; ++i) compare(s, (double)result[i], (double)p->sinogram[i]);
}

static void compare_image(sums *s, const bench_problem *p, const float *result)
{
    const int64_t *n = p->volume, first = n[0] > 4 ? n[0] / 2 - 2 : 0, end = n[0] > 4 ? first + 4 : n[0];
    for (int64_t k = first; k < end; ++k)
        for (int64_t j = 0; j < n[1]; ++j)
            for (int64_t i = 0; i < n[2]; ++i) {
                const int64_t at = (k * n[1] + j) * n[2] + i;
                const double radius = hypot(centred(i, n[2]), centred(j, n[1]));
                if (radius <= 0.45 * p->size.n) compare(s, (double)result[at], (double)p->image[at]);
            }
}

static void compare_backprojection(sums *s, const bench_problem *p, const float *result)
{
    const int64_t *n = p->volume, step = n[2] / 24 + 1, step_z = n[0] / 8 + 1;
    for (int64_t k = 0; k < n[0]; k += step_z)
        for (int64_t j = 0; j < n[1]; j += step)
            for (int64_t i = 0; i < n[2]; i += step)
                compare(s, (double)result[(k * n[1] + j) * n[2] + i],
                    backprojection_at(p, (const double[3]){ centred(i, n[2]), centred(j, n[1]), centred(k, n[0]) }));
}

double bench_error(const bench_problem *p, bench_operation operation, const float *result)
{
    sums s = { 0 };
    switch (operation) {
    case BENCH_FORWARD: compare_projection(&s, p, result); break;
    case BENCH_FBP: compare_image(&s, p, result); break;
    default: compare_backprojection(&s, p, result); break;
    }
    return sqrt(s.difference2 / s.exact2);
}

static double dot(const float *a, const float *b, const int64_t shape[3])
{
    double sum = 0;
    for (int64_t i = 0; i < shape[0] * shape[1] * shape[2]; ++i) sum += (double)a[i] * (double)b[i];
    return sum;
}

double bench_mismatch(const bench_problem *p, const float *ax, const float *aty)
{
    const double forward = dot(ax, p->sinogram, p->projections), back = dot(p->image, aty, p->volume);
    return fabs(forward - back) / sqrt(dot(ax, ax, p->projections) * dot(p->sinogram, p->sinogram, p->projections));
}
