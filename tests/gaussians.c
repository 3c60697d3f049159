#include "gaussians.h"
#include "check.h"

static const double two_pi = 6.283185307179586;

double blob_value(const blob *b, double x, double y, double z)
{
    const double r2 = (x - b->x) * (x - b->x) + (y - b->y) * (y - b->y) + (z - b->z) * (z - b->z);
    return exp(-0.5 * r2 / (b->sigma * b->sigma));
}

/* The line integral along the ray of a pixel. */
static double integral(const ptm_scan *scan, const ptm_view *w, double v, double u, const blob *b)
{
    const double centre[3] = { b->x, b->y, b->z };
    const ptm_vec place = ptm_pixel_place(scan, w, u, v);
    const double pixel[3] = { place.x, place.y, place.z };
    double dd = 0, pd = 0, pp = 0;
    for (int i = 0; i < (scan->stack ? 2 : 3); ++i) {
        const double d = scan->parallel ? w->source[i] : pixel[i] - w->source[i];
        const double p = (scan->parallel ? pixel[i] : w->source[i]) - centre[i];
        dd += d * d;
        pd += p * d;
        pp += p * p;
    }
    return b->sigma * sqrt(two_pi) * exp(-0.5 * (pp - pd * pd / dd) / (b->sigma * b->sigma));
}

float *simulate(const ptm_scan *scan, const blob *blobs, int count)
{
    int64_t shape[3];
    ptm_scan_projection_shape(scan, shape);
    float *y = malloc((size_t)(shape[0] * shape[1] * shape[2]) * sizeof *y), *at = y;
    for (int i = 0; i < shape[0]; ++i) {
        ptm_view view;
        ptm_scan_get_view(scan, i, &view);
        for (int v = 0; v < shape[1]; ++v)
            for (int u = 0; u < shape[2]; ++u) {
                double sum = 0;
                for (int k = 0; k < count; ++k) sum += integral(scan, &view, v, u, &blobs[k]);
                *at++ = (float)sum;
            }
    }
    return y;
}

double slice_error(const ptm_scan *scan, const float *volume, int slice, const blob *blobs, int count, double radius,
    bool flat)
{
    const ptm_volume *g = &scan->volume;
    const int nx = g->shape[2], ny = g->shape[1];
    double worst = 0;
    for (int j = 0; j < ny; ++j)
        for (int i = 0; i < nx; ++i) {
            const double x = (i - 0.5 * (nx - 1)) * g->spacing[0] + g->offset[0];
            const double y = (j - 0.5 * (ny - 1)) * g->spacing[1] + g->offset[1];
            const double z = (slice - 0.5 * (g->shape[0] - 1)) * g->spacing[2] + g->offset[2];
            if (x * x + y * y > radius * radius) continue;
            double d = volume[((size_t)slice * (size_t)ny + (size_t)j) * (size_t)nx + (size_t)i];
            for (int k = 0; k < count; ++k) d -= blob_value(&blobs[k], x, y, flat ? blobs[k].z : z);
            if (!(fabs(d) <= worst)) worst = fabs(d);
        }
    return worst;
}

/* Room for an operator's array, of random numbers; dimensions: 4 with a batch. */
static ptm_array random_array(int (*shape)(ptm_array *out, const ptm_operator *op), const ptm_operator *op, uint64_t seed)
{
    ptm_array a;
    size_t n = 1;
    must(shape(&a, op));
    for (int i = 0; i < a.dimensions; ++i) n *= (size_t)a.shape[i];
    float *data = malloc(n * sizeof *data);
    for (size_t k = 0; k < n; ++k) data[k] = (float)random_number(&seed);
    a.data = data;
    return a;
}

static double dot(const ptm_array *a, const ptm_array *b)
{
    double sum = 0;
    size_t n = 1;
    for (int i = 0; i < a->dimensions; ++i) n *= (size_t)a->shape[i];
    for (size_t k = 0; k < n; ++k) sum += (double)((const float *)a->data)[k] * (double)((const float *)b->data)[k];
    return sum;
}

dot_result dot_test(ptm_operator *op)
{
    const ptm_array p = random_array(ptm_operator_domain, op, 9), q = random_array(ptm_operator_range, op, 10);
    const ptm_array fp = random_array(ptm_operator_range, op, 11), fq = random_array(ptm_operator_domain, op, 12);
    must(ptm_apply(op, &fp, &p));
    must(ptm_apply_adjoint(op, &fq, &q));
    const dot_result r = { fabs(dot(&fp, &q) - dot(&p, &fq)) / sqrt(dot(&fp, &fp) * dot(&q, &q)), dot(&fp, &fp) };
    free(p.data);
    free(q.data);
    free(fp.data);
    free(fq.data);
    return r;
}
