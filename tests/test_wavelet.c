/* test_wavelet.c - wavelet transforms on every device against their definition in double.
 *
 * usage: test_wavelet [DEVICE...] */
#include "matrix.h"

#include "linop/wavelet.h"

#include <complex.h>

enum { MOST_TAPS = 8 };

static const struct {
    const char *name;
    int moments;
} wavelets[] = { { "Haar", 1 }, { "Daubechies 2", 2 }, { "Daubechies 3", 3 }, { "Daubechies 4", 4 }, { "symlet 4", 4 } };

/* ------------------------------------------------------------------ the definition */

/* All roots of a polynomial, coefficient 0 first, at once (E. Durand; I. O. Kerner, Numer. Math. 8, 1966). */
static void find_roots(double complex *roots, const double *p, int degree)
{
    for (int i = 0; i < degree; ++i) roots[i] = cpow(0.4 + 0.9 * I, i);
    for (int turn = 0; turn < 200; ++turn)
        for (int i = 0; i < degree; ++i) {
            double complex value = p[degree], others = p[degree];
            for (int k = degree - 1; k >= 0; --k) value = value * roots[i] + p[k];
            for (int k = 0; k < degree; ++k)
                if (k != i) others *= roots[i] - roots[k];
            roots[i] -= value / others;
        }
}

/* Spectral factorisation (I. Daubechies, Ten Lectures on Wavelets, 1992, chapter 6): the low-pass filter of 2 N taps is
 * ((1 + z) / 2)^N times a polynomial of which the product with its mirror image is the sum of (N - 1 + k over k) y^k, y =
 * (2 - z - 1 / z) / 4, k < N. It has one of the roots z and 1 / z: that outside the unit circle, or, of complex pairs of
 * the symlet, inside. */
static int make_filter(double h[MOST_TAPS], ptm_wavelet kind)
{
    const int moments = wavelets[kind].moments;
    double p[4] = { 1 };
    double complex y[3], taps[MOST_TAPS + 1] = { sqrt(2) };
    int count = 1;
    for (int k = 1; k < moments; ++k) p[k] = p[k - 1] * (moments - 1 + k) / k;
    find_roots(y, p, moments - 1);
    for (int i = 0; i < 2 * moments - 1; ++i) {
        double complex root = -1;
        if (i < moments - 1) {
            const double complex b = 1 - 2 * y[i];
            const bool inside = kind == PTM_WAVELET_SYMLET4 && fabs(cimag(y[i])) > 1e-6;
            root = b + csqrt(b * b - 1);
            if ((cabs(root) < 1) != inside) root = 1 / root;
        }
        for (int t = count++; t >= 0; --t) taps[t] = ((t ? taps[t - 1] : 0) - root * taps[t]) / (1 - root);
    }
    for (int t = 0; t < count; ++t) h[t] = creal(taps[t]);
    return count;
}

typedef struct test_case {
    ptm_wavelet wavelet;
    int dimensions, shape[4], levels, axes, shift[3];
    int used; /* levels, where none are stated */
} test_case;

/* One sample: z, y, x. */
typedef struct grid {
    int n[3];
} grid;
static int at(const grid *g, const int i[3])
{
    return (i[0] * g->n[1] + i[1]) * g->n[2] + i[2];
}

/* A level of one line, n places `step` apart. */
static void define_line(double *x, int n, int step, const double *h, int taps)
{
    double line[2048];
    const int pairs = n / 2;
    for (int i = 0; i < n; ++i) line[i] = x[i * step];
    for (int q = 0; q < pairs; ++q) {
        double coarse = 0, detail = 0;
        for (int t = 0; t < taps; ++t) {
            const int p = (2 * q + t - (taps / 2 - 1) + 2 * pairs * taps) % (2 * pairs);
            coarse += h[t] * line[p];
            detail += (t % 2 ? -1 : 1) * h[taps - 1 - t] * line[p];
        }
        x[q * step] = coarse;
        x[(pairs + q) * step] = detail;
    }
}

static void shift_line(double *x, int n, int step, int shift)
{
    double line[2048];
    for (int i = 0; i < n; ++i) line[i] = x[i * step];
    for (int i = 0; i < n; ++i) x[i * step] = line[((i + shift) % n + n) % n];
}

/* Does something for every line along an axis in the corner of n places. */
static void for_lines(const grid *g, const int n[3], int axis, double *x, const test_case *c, const double *h, int taps)
{
    int i[3];
    const int step = axis == 2 ? 1 : axis == 1 ? g->n[2] : g->n[1] * g->n[2];
    for (i[0] = 0; i[0] < (axis == 0 ? 1 : n[0]); ++i[0])
        for (i[1] = 0; i[1] < (axis == 1 ? 1 : n[1]); ++i[1])
            for (i[2] = 0; i[2] < (axis == 2 ? 1 : n[2]); ++i[2]) {
                if (h) define_line(x + at(g, i), n[axis], step, h, taps);
                else shift_line(x + at(g, i), n[axis], step, c->shift[2 - axis]);
            }
}

static grid grid_of(const test_case *c)
{
    grid g = { { 1, 1, 1 } };
    for (int i = 0; i < c->dimensions && i < 3; ++i) g.n[2 - i] = c->shape[c->dimensions - 1 - i];
    return g;
}
static int count_case(const test_case *c)
{
    int n = 1;
    for (int i = 0; i < c->dimensions; ++i) n *= c->shape[i];
    return n;
}
static int axes_of(const test_case *c)
{
    return c->axes ? c->axes : c->dimensions < 3 ? c->dimensions : 3;
}

static void define(double *x, const test_case *c)
{
    const grid g = grid_of(c);
    const int samples = c->dimensions == 4 ? c->shape[0] : 1, first = 3 - axes_of(c), size = g.n[0] * g.n[1] * g.n[2];
    double h[MOST_TAPS];
    const int taps = make_filter(h, c->wavelet);
    for (int sample = 0; sample < samples; ++sample, x += size) {
        int n[3] = { g.n[0], g.n[1], g.n[2] };
        for (int axis = first; axis < 3; ++axis) for_lines(&g, n, axis, x, c, NULL, 0);
        for (int level = 0; level < c->used; ++level) {
            for (int axis = first; axis < 3; ++axis)
                if (n[axis] > 1) for_lines(&g, n, axis, x, c, h, taps);
            for (int axis = first; axis < 3; ++axis) n[axis] = n[axis] > 1 ? n[axis] / 2 : 1;
        }
    }
}

/* Is coefficient i, of a sample, a detail? */
static bool is_detail(const test_case *c, int i)
{
    const grid g = grid_of(c);
    i %= g.n[0] * g.n[1] * g.n[2];
    const int place[3] = { i / (g.n[1] * g.n[2]), i / g.n[2] % g.n[1], i % g.n[2] };
    int n[3] = { g.n[0], g.n[1], g.n[2] };
    for (int level = 0; level < c->used; ++level) {
        bool coarse = true;
        for (int axis = 3 - axes_of(c); axis < 3; ++axis) {
            if (n[axis] == 1) continue;
            n[axis] /= 2;
            if (place[axis] >= n[axis] && place[axis] < 2 * n[axis]) return true;
            coarse = coarse && place[axis] < n[axis];
        }
        if (!coarse) return false;
    }
    return false;
}

/* ------------------------------------------------------------------ against it */

static const test_case cases[] = {
    { PTM_WAVELET_HAAR, 1, { 13 }, 0, 0, { 0 }, 3 },
    { PTM_WAVELET_DAUBECHIES2, 1, { 16 }, 0, 0, { 5 }, 2 },
    { PTM_WAVELET_DAUBECHIES2, 1, { 17 }, 3, 0, { 5 }, 3 },
    { PTM_WAVELET_DAUBECHIES4, 1, { 2 }, 5, 0, { 1 }, 1 },
    { PTM_WAVELET_DAUBECHIES4, 1, { 1 }, 1, 0, { 0 }, 0 },
    { PTM_WAVELET_DAUBECHIES3, 2, { 7, 11 }, 3, 0, { 3, -2 }, 3 },
    { PTM_WAVELET_SYMLET4, 2, { 1, 31 }, 0, 0, { -32, 4 }, 2 },
    { PTM_WAVELET_DAUBECHIES4, 3, { 3, 5, 7 }, 2, 0, { 1, 2, 3 }, 2 },
    { PTM_WAVELET_SYMLET4, 3, { 4, 6, 2 }, 1, 0, { 0 }, 1 },
    { PTM_WAVELET_DAUBECHIES3, 3, { 2, 3, 14 }, 0, 1, { 1 }, 1 },
    { PTM_WAVELET_DAUBECHIES2, 4, { 2, 2, 5, 6 }, 2, 2, { 1, 1 }, 2 },
    { PTM_WAVELET_HAAR, 3, { 5, 4, 3 }, 30, 0, { 1, 0, 1 }, 2 },
};
enum { CASES = sizeof cases / sizeof *cases };

static ptm_array like_case(const test_case *c, ptm_type type)
{
    ptm_array like = { PTM_SIZED(ptm_array), .type = type, .dimensions = c->dimensions };
    for (int i = 0; i < c->dimensions; ++i) like.shape[i] = c->shape[i];
    return like;
}

static ptm_operator *make(ptm_device *device, const test_case *c, ptm_type type)
{
    ptm_operator *op;
    const ptm_array like = like_case(c, type);
    must(ptm_wavelet_create(&op, device, &like,
        &(ptm_wavelet_options) { PTM_SIZED(ptm_wavelet_options), .wavelet = c->wavelet, .levels = c->levels,
            .axes = c->axes, .shift = { c->shift[0], c->shift[1], c->shift[2] } }));
    return op;
}

static const char *case_name(char text[100], const test_case *c)
{
    int used = snprintf(text, 100, "%s, %d levels, of", wavelets[c->wavelet].name, c->levels);
    for (int i = 0; i < c->dimensions; ++i) used += snprintf(text + used, 100 - (size_t)used, " %d", c->shape[i]);
    return text;
}

static matrix matrix_of_case(const test_case *c)
{
    const int n = count_case(c);
    matrix m = make_matrix(n, n);
    double *column = calloc((size_t)n, sizeof *column);
    for (int k = 0; k < n; ++k) {
        memset(column, 0, (size_t)n * sizeof *column);
        column[k] = 1;
        define(column, c);
        for (int i = 0; i < n; ++i) *entry(&m, i, k) = column[i];
    }
    free(column);
    return m;
}

static void test_matrices(ptm_device *device, ptm_type type)
{
    char name[100];
    for (int i = 0; i < CASES; ++i)
        test_operator(device, make(device, &cases[i], type), matrix_of_case(&cases[i]), type == PTM_FLOAT64 ? 1e-13 : 1e-6,
            case_name(name, &cases[i]));
}

/* Long rows, in arrays with gaps, in which nothing is written; and back to what they were made of. */
static void test_rows(ptm_device *device, ptm_type type)
{
    enum { NZ = 3, NY = 5, NX = 1037, GAPS = 4, PITCH = NX + GAPS, ALL = NZ * NY * PITCH };
    static double numbers[NZ * NY * NX], expected[NZ * NY * NX], got[ALL];
    uint64_t seed = 5;
    for (int i = 0; i < NZ * NY * NX; ++i) numbers[i] = (double)(float)random_number(&seed);
    for (int kind = 0; kind <= PTM_WAVELET_SYMLET4; ++kind) {
        const test_case c = { (ptm_wavelet)kind, 3, { NZ, NY, NX }, 4, 0, { 1000, -1, 1 }, 4 };
        char text[160], name[100];
        ptm_operator *op = make(device, &c, type);
        ptm_array domain;
        must(ptm_operator_domain(&domain, op));
        const ptm_array space = { PTM_SIZED(ptm_array), .type = type, .dimensions = 1, .shape = { ALL } };
        holder from = hold(device, &domain, ON_DEVICE), to = hold(device, &space, ON_DEVICE);
        holder back = hold(device, &domain, ON_DEVICE);
        ptm_array spread = domain;
        spread.memory = to.array.memory;
        spread.stride[0] = NY * PITCH;
        spread.stride[1] = PITCH;
        spread.stride[2] = 1;
        for (int i = 0; i < ALL; ++i) got[i] = 77;
        set_numbers(&to, got);
        set_numbers(&from, numbers);
        memcpy(expected, numbers, sizeof numbers);
        define(expected, &c);
        must(ptm_apply(op, &spread, &from.array));
        must(ptm_apply_adjoint(op, &back.array, &spread));
        get_numbers(&to, got);
        double worst = 0;
        bool intact = true;
        for (int i = 0; i < ALL; ++i) {
            if (i % PITCH >= NX) intact = intact && got[i] == 77;
            else worst = fmax(worst, fabs(got[i] - expected[i / PITCH * NX + i % PITCH]));
        }
        snprintf(text, sizeof text, "%s", case_name(name, &c));
        check_most(worst, type == PTM_FLOAT64 ? 1e-13 : 4e-6, text);
        check(intact, "%s: nothing written between rows", name);
        get_numbers(&back, got);
        worst = 0;
        for (int i = 0; i < NZ * NY * NX; ++i) worst = fmax(worst, fabs(got[i] - numbers[i]));
        snprintf(text, sizeof text, "%s, and back", name);
        check_most(worst, type == PTM_FLOAT64 ? 1e-13 : 1e-6, text);
        let_go(&from);
        let_go(&to);
        let_go(&back);
        ptm_operator_destroy(&op);
    }
}

/* Constants have no details at all; polynomials of less degree than there are moments none but where filters go round. */
static void test_moments(ptm_device *device, ptm_type type)
{
    enum { N = 61, CUBE = 7 * 5 * 6 };
    const double tolerance = type == PTM_FLOAT64 ? 1e-13 : 1e-6;
    char text[100];
    for (int kind = 0; kind <= PTM_WAVELET_SYMLET4; ++kind) {
        const int moments = wavelets[kind].moments, taps = 2 * moments;
        const test_case c = { (ptm_wavelet)kind, 1, { N }, 1, 0, { 0 }, 1 };
        const test_case whole = { (ptm_wavelet)kind, 3, { 7, 5, 6 }, 30, 0, { 2 }, 2 };
        double x[CUBE], inside[2] = { 0 }, around = 0, worst = 0;
        ptm_operator *op = make(device, &c, type);
        ptm_array domain;
        must(ptm_operator_domain(&domain, op));
        holder in = hold(device, &domain, HOST), out = hold(device, &domain, HOST);
        for (int more = 0; more < 2; ++more) { /* of the highest degree that vanishes, and of one more */
            for (int i = 0; i < N; ++i) x[i] = pow((i - 30) / 30.0, moments - 1 + more);
            set_numbers(&in, x);
            must(ptm_apply(op, &out.array, &in.array));
            get_numbers(&out, x);
            for (int q = 0; q < N / 2; ++q) {
                const bool round = 2 * q < taps || 2 * q + taps > N - 1;
                if (!round) inside[more] = fmax(inside[more], fabs(x[N / 2 + q]));
                else around = fmax(around, fabs(x[N / 2 + q]));
            }
        }
        snprintf(text, sizeof text, "%s: details of degree %d", wavelets[kind].name, moments - 1);
        check_most(inside[0], tolerance, text);
        check(inside[1] > 1e-7 && around > 1e-2, "%s: details of degree %d are %g, where filters go round %g",
            wavelets[kind].name, moments, inside[1], around);
        let_go(&in);
        let_go(&out);
        ptm_operator_destroy(&op);
        op = make(device, &whole, type);
        must(ptm_operator_domain(&domain, op));
        in = hold(device, &domain, HOST);
        out = hold(device, &domain, HOST);
        for (int i = 0; i < CUBE; ++i) x[i] = 1.25;
        set_numbers(&in, x);
        must(ptm_apply(op, &out.array, &in.array));
        get_numbers(&out, x);
        for (int i = 0; i < CUBE; ++i)
            if (is_detail(&whole, i)) worst = fmax(worst, fabs(x[i]));
        snprintf(text, sizeof text, "%s: details of constants", wavelets[kind].name);
        check_most(worst, 4 * tolerance, text);
        let_go(&in);
        let_go(&out);
        ptm_operator_destroy(&op);
    }
}

/* Details within limits, all else 0. */
static void test_limits(ptm_device *device, ptm_type type)
{
    for (int i = 0; i < CASES; ++i) {
        const test_case *c = &cases[i];
        double numbers[256], got[256];
        uint64_t seed = 9;
        char name[100];
        bool right = true;
        ptm_operator *op = make(device, c, type);
        ptm_array dense;
        must(ptm_array_create(&dense, device, &op->domain));
        holder h = { dense, count_case(c), calloc(256, sizeof(double)) };
        for (int k = 0; k < h.count; ++k) numbers[k] = (double)(float)random_number(&seed);
        set_numbers(&h, numbers);
        must(ptm_wavelet_limit(op, &device->queue, &dense, 0.5));
        get_numbers(&h, got);
        for (int k = 0; k < h.count; ++k)
            right = right && got[k] == (is_detail(c, k) ? fmax(-0.5, fmin(0.5, numbers[k])) : 0);
        check(right, "%s: limits", case_name(name, c));
        free(h.block);
        ptm_array_destroy(&dense);
        ptm_operator_destroy(&op);
    }
}

/* ------------------------------------------------------------------ arrays of all kinds */

enum { Z = 4, Y = 5, X = 6, SIZE = Z * Y * X };
static int keep_box(void *user, const int64_t *first, const int64_t *count, const void *data)
{
    float *to = user;
    const float *from = data;
    for (int64_t i = 0; i < count[0]; ++i)
        for (int64_t j = 0; j < count[1]; ++j)
            for (int64_t k = 0; k < count[2]; ++k)
                to[((first[0] + i) * Y + first[1] + j) * X + first[2] + k] = from[(i * count[1] + j) * count[2] + k];
    return PTM_OK;
}

static double distance_of(const float *got, const double *expected)
{
    double worst = 0;
    for (int i = 0; i < SIZE; ++i) worst = fmax(worst, fabs((double)got[i] - expected[i]));
    return worst;
}

/* Whole numbers are read, on the host and on the device; chunks and functions take what comes of it. */
static void test_arrays(ptm_device *device)
{
    static const test_case c = { PTM_WAVELET_DAUBECHIES2, 3, { Z, Y, X }, 2, 0, { 1, 1, 1 }, 2 };
    static uint8_t counts[SIZE];
    static float got[SIZE];
    static double expected[SIZE];
    ptm_operator *op = make(device, &c, PTM_FLOAT32);
    ptm_array in = PTM_ARRAY_3D(counts, Z, Y, X), out = PTM_ARRAY_3D(NULL, Z, Y, X);
    ptm_chunk chunks[2] = { { .length = 1, .data = got }, { .length = Z - 1, .data = got + Y * X } };
    in.type = PTM_UINT8;
    for (int i = 0; i < SIZE; ++i) expected[i] = counts[i] = (uint8_t)(i * 83);
    define(expected, &c);
    out.chunks = chunks;
    out.chunk_count = 2;
    must(ptm_apply(op, &out, &in));
    check_most(distance_of(got, expected), 2e-4, "whole numbers on the host, into chunks");
    must(ptm_memory_create(&in.memory, device, sizeof counts));
    must(ptm_memory_write(in.memory, 0, counts, sizeof counts));
    in.data = NULL;
    out.chunks = NULL;
    out.chunk_count = 0;
    out.write = keep_box;
    out.user = got;
    memset(got, 0, sizeof got);
    must(ptm_apply(op, &out, &in));
    check_most(distance_of(got, expected), 2e-4, "whole numbers on the device, to a function");
    ptm_memory_destroy(&in.memory);
    ptm_operator_destroy(&op);
}

static void refused(ptm_device *device, const ptm_array *like, const ptm_wavelet_options *o, const char *word)
{
    ptm_operator *op;
    const int status = ptm_wavelet_create(&op, device, like, o);
    check(status == PTM_ERROR_ARGUMENT && !op && strstr(ptm_error_message(), word), "refused with %s: status %d, \"%s\"",
        word, status, ptm_error_message());
}

static void test_refusals(ptm_device *device)
{
    const ptm_array like = PTM_ARRAY_3D(NULL, Z, Y, X), row = { PTM_SIZED(ptm_array), .dimensions = 1, .shape = { 40000 } };
    refused(device, NULL, NULL, "like is NULL");
    refused(device, &row, NULL, "like.shape[0] is 40000");
#define OPTIONS(...) &(ptm_wavelet_options) { PTM_SIZED(ptm_wavelet_options), __VA_ARGS__ }
    refused(device, &like, OPTIONS(.wavelet = (ptm_wavelet)5), "wavelet is 5");
    refused(device, &like, OPTIONS(.levels = 31), "levels is 31");
    refused(device, &like, OPTIONS(.levels = -1), "levels is -1");
    refused(device, &like, OPTIONS(.axes = 4), "axes is 4");
}

/* Forms that the device does not prefer, as GPUs have them. */
static void test_narrow(ptm_device *device)
{
    const ptm_device_limits limits = device->limits;
    if (strcmp(device->info.backend, "host") == 0) return;
    for (int lanes = 1; lanes <= 4; lanes += 3) {
        device->limits.wide = false;
        device->limits.lanes_per_item = lanes;
        device->limits.group[0] = 8;
        device->limits.group[1] = device->limits.group[2] = 2;
        test_rows(device, PTM_FLOAT32);
    }
    device->limits = limits;
}

static void test_device(ptm_device *device, const char *name)
{
    (void)name;
    for (int type = PTM_FLOAT32; type <= (device->limits.doubles ? PTM_FLOAT64 : PTM_FLOAT32); ++type) {
        test_matrices(device, (ptm_type)type);
        test_rows(device, (ptm_type)type);
        test_moments(device, (ptm_type)type);
        test_limits(device, (ptm_type)type);
    }
    test_narrow(device);
    test_arrays(device);
    test_refusals(device);
}

int main(int argc, char **argv)
{
    for_each_device(argc, argv, test_device);
    return finish();
}
