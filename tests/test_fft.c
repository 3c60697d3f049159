/* test_fft.c - Fourier transforms of rows on every device, against the definition in double.
 *
 * usage: test_fft [DEVICE...] */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include "core/device.h"
#include "fft/radices.h"

/* What an operator is, in words of its options; rows lie in an array (outer, rows, n). */
typedef struct fft_case {
    ptm_fft_kind kind;
    ptm_type precision;
    int outer, rows, n;
    bool inverse, unitary, centred;
    ptm_fft_library library;
} fft_case;

static char what[200];
static const char *name_case(const char *test, const fft_case *c)
{
    snprintf(what, sizeof what, "%s, %s%s%s%s%s, %s, %d x %d x %d", test, c->kind ? "real" : "complex",
        c->inverse ? ", inverse" : "", c->unitary ? ", unitary" : "", c->centred ? ", centred" : "",
        c->library == PTM_FFT_VENDOR ? ", vendor's" : "", c->precision ? "float64" : "float32", c->outer, c->rows, c->n);
    return what;
}

static ptm_operator *make(ptm_device *device, const fft_case *c)
{
    ptm_operator *op;
    must(ptm_fft_create(&op, device,
        &(ptm_fft_options) { PTM_SIZED(ptm_fft_options), .kind = c->kind, .precision = c->precision, .dimensions = 3,
            .shape = { c->outer, c->rows, c->n }, .inverse = c->inverse, .unitary = c->unitary, .centred = c->centred,
            .library = c->library }));
    return op;
}

/* Of the operator's input or output: is it complex, and how long is a row? */
static bool is_complex(const fft_case *c, bool output)
{
    return c->kind == PTM_FFT_COMPLEX || output != c->inverse;
}
static int length(const fft_case *c, bool output)
{
    return c->kind == PTM_FFT_REAL && output != c->inverse ? c->n / 2 + 1 : c->n;
}
static size_t count(const fft_case *c, bool output) /* of real numbers */
{
    return (size_t)c->outer * (size_t)c->rows * (size_t)length(c, output) * (is_complex(c, output) ? 2 : 1);
}

#define GUARD 32
#define UNTOUCHED 12345.0
/* Numbers as an array of the case's type, dense, with a guard behind it. */
typedef struct numbers {
    ptm_array array;
    size_t count;
    bool is_double;
    void *data;
} numbers;

static double get(const numbers *a, size_t i)
{
    return a->is_double ? ((const double *)a->data)[i] : (double)((const float *)a->data)[i];
}
static void set(numbers *a, size_t i, double v)
{
    if (a->is_double) ((double *)a->data)[i] = v;
    else ((float *)a->data)[i] = (float)v;
}
static numbers make_numbers(const fft_case *c, bool output, uint64_t seed)
{
    numbers a = { .count = count(c, output), .is_double = c->precision == PTM_FLOAT64 };
    a.data = malloc((a.count + GUARD) * (a.is_double ? sizeof(double) : sizeof(float)));
    for (size_t i = 0; i < a.count; ++i) set(&a, i, seed ? random_number(&seed) : (double)NAN);
    for (size_t i = 0; i < GUARD; ++i) set(&a, a.count + i, UNTOUCHED);
    a.array = (ptm_array)PTM_ARRAY_3D(a.data, c->outer, c->rows, length(c, output));
    a.array.type = is_complex(c, output) ? (a.is_double ? PTM_COMPLEX128 : PTM_COMPLEX64) : c->precision;
    return a;
}
static bool guard_intact(const numbers *a)
{
    bool intact = true;
    for (size_t i = 0; i < GUARD; ++i) intact = intact && get(a, a->count + i) == UNTOUCHED;
    return intact;
}
static double dot(const numbers *a, const numbers *b)
{
    double sum = 0;
    for (size_t i = 0; i < a->count; ++i) sum += get(a, i) * get(b, i);
    return sum;
}
static double distance(const numbers *a, const numbers *b)
{
    double sum = 0, size = 0;
    for (size_t i = 0; i < a->count; ++i) {
        sum += (get(a, i) - get(b, i)) * (get(a, i) - get(b, i));
        size += get(b, i) * get(b, i);
    }
    return sqrt(sum / (size > 0 ? size : 1));
}

static double limit_of(const fft_case *c)
{
    const double steps = fmax(1, log2(c->n));
    return (c->precision == PTM_FLOAT64 ? 3e-16 : 1e-7) * steps;
}

/* The definition: element k of a row's transform. x is the row's complex elements, roots are exp(-2 pi i k / n). */
static void define(double out[2], const fft_case *c, const double *x, const double *roots, int k)
{
    const int n = c->n, centre = c->centred ? n / 2 : 0;
    const bool half = c->kind == PTM_FFT_REAL && c->inverse;
    long double re = 0, im = 0; /* a million terms would round off more than is tested for */
    for (int j = 0; j < n; ++j) {
        /* Of a half spectrum, what lies behind n / 2 is the conjugate of what lies before, and both ends are real. */
        const int from = half && j > n / 2 ? n - j : j;
        const double a = x[2 * from], b = half && (from == 0 || 2 * from == n) ? 0
                                          : from == j                          ? x[2 * from + 1]
                                                                               : -x[2 * from + 1];
        const long long turn = (long long)(j - centre) * (k - centre) % n;
        const double *w = roots + 2 * (turn < 0 ? turn + n : turn), s = c->inverse ? -w[1] : w[1];
        re += (long double)a * w[0] - (long double)b * s;
        im += (long double)a * s + (long double)b * w[0];
    }
    const double scale = c->unitary ? 1 / sqrt(n) : c->inverse ? 1.0 / n : 1;
    out[0] = (double)(scale * re);
    out[1] = (double)(scale * im);
}

/* The error of some elements of some rows, as a part of their size. */
static double error_of(const fft_case *c, const numbers *x, const numbers *y, const double *roots)
{
    const int nx = length(c, false), ny = length(c, true), all = c->outer * c->rows;
    const bool cx = is_complex(c, false), cy = is_complex(c, true);
    const int rows = c->n <= 64 ? all : 2, elements = c->n <= 64 ? ny : 12;
    double *row = malloc(2 * (size_t)nx * sizeof *row), error = 0, size = 0;
    for (int r = 0; r < rows && r < all; ++r) {
        const size_t at = (size_t)(r == 1 ? all - 1 : r);
        for (size_t j = 0; j < (size_t)nx; ++j) {
            row[2 * j] = get(x, cx ? 2 * (at * (size_t)nx + j) : at * (size_t)nx + j);
            row[2 * j + 1] = cx ? get(x, 2 * (at * (size_t)nx + j) + 1) : 0;
        }
        for (int i = 0; i < elements; ++i) {
            const size_t k = (size_t)((long long)i * (ny - 1) / (elements > 1 ? elements - 1 : 1));
            double v[2];
            define(v, c, row, roots, (int)k);
            for (size_t part = 0; part < (cy ? 2 : 1); ++part) {
                const double d = get(y, cy ? 2 * (at * (size_t)ny + k) + part : at * (size_t)ny + k) - v[part];
                error += d * d;
                size += v[part] * v[part];
            }
        }
    }
    free(row);
    return sqrt(error / size);
}

static double *make_roots(int n)
{
    double *roots = malloc(2 * (size_t)n * sizeof *roots);
    for (int k = 0; k < n; ++k) {
        const double angle = 6.283185307179586477 * k / n;
        roots[2 * k] = cos(angle);
        roots[2 * k + 1] = -sin(angle);
    }
    return roots;
}

/* One operator: against the definition, its adjoint by a dot test, added to what is there, and its inverse. */
static void test_case(ptm_device *device, const fft_case *c)
{
    ptm_operator *op = make(device, c);
    numbers x = make_numbers(c, false, 1), y = make_numbers(c, true, 0), z = make_numbers(c, true, 3),
            back = make_numbers(c, false, 0);
    double *roots = make_roots(c->n);
    must(ptm_apply(op, &y.array, &x.array));
    check_most(error_of(c, &x, &y, roots), limit_of(c), name_case("definition", c));
    check(guard_intact(&y), "%s: nothing written beyond the array", name_case("guard", c));

    must(ptm_apply_adjoint(op, &back.array, &z.array));
    const double difference = fabs(dot(&y, &z) - dot(&x, &back)) / sqrt(dot(&y, &y) * dot(&z, &z));
    check_most(difference, limit_of(c), name_case("dot test", c));

    numbers sum = make_numbers(c, true, 3);
    must(ptm_apply_scaled(op, false, -0.5, &x.array, 2, &sum.array, NULL));
    for (size_t i = 0; i < z.count; ++i) set(&z, i, -0.5 * get(&y, i) + 2 * get(&z, i));
    check_most(distance(&sum, &z), limit_of(c), name_case("alpha and beta", c));
    ptm_operator_destroy(&op);

    fft_case reverse = *c;
    reverse.inverse = !c->inverse;
    op = make(device, &reverse);
    must(ptm_apply(op, &back.array, &y.array));
    /* Half spectra that are not those of real rows lose what no row has. */
    if (!(c->kind == PTM_FFT_REAL && c->inverse))
        check_most(distance(&back, &x), 2 * limit_of(c), name_case("there and back", c));
    check(guard_intact(&back), "%s: nothing written beyond the array", name_case("guard", &reverse));
    ptm_operator_destroy(&op);
    free(roots);
    free(x.data);
    free(y.data);
    free(z.data);
    free(sum.data);
    free(back.data);
}

static void test_lengths(ptm_device *device, ptm_type precision, bool few)
{
    static const int lengths[] = { 80, 81, 96, 97, 100, 121, 125, 127, 128, 169, 180, 210, 230, 243, 256, 257, 289, 320,
        360, 384, 385, 500, 512, 529, 625, 640, 729, 961, 1000, 1001, 1009, 1024, 1155, 1331, 1536, 2047, 2048, 2187, 3125,
        4093, 4096, 6561, 10007, 10080, 16384, 46189, 65521, 65536, 100003, 131072, 177147, 262144, 390625, 1000003,
        1048576 };
    for (int n = 1; n <= 64; n += few ? 3 : 1)
        test_case(device, &(fft_case) { .precision = precision, .outer = 1, .rows = n % 5 ? 21 : 2, .n = n });
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; ++i)
        if (!few || lengths[i] <= 20000 || i % 3 == 0)
            test_case(device, &(fft_case) { .precision = precision,
                                  .outer = 1,
                                  .rows = lengths[i] < 5000    ? 19
                                          : lengths[i] < 50000 ? 3
                                                               : 1,
                                  .n = lengths[i] });
}

static void test_kinds(ptm_device *device, ptm_type precision)
{
    static const int lengths[] = { 1, 2, 3, 4, 5, 7, 8, 12, 15, 31, 37, 64, 81, 100, 128, 210, 256, 360, 1009, 4096, 131072,
        139968, 65537 };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; ++i)
        for (int inverse = 0; inverse < 2; ++inverse)
            for (int unitary = 0; unitary < 2; ++unitary) {
                const int n = lengths[i], rows = n < 500 ? 17 : n < 5000 ? 5 : 1;
                if (n > 5000 && unitary) continue;
                fft_case c = { PTM_FFT_REAL, precision, 2, rows, n, inverse, unitary, false, PTM_FFT_AUTO };
                test_case(device, &c);
                c.rows = 1;
                if (n < 500) test_case(device, &c);
                c = (fft_case){ PTM_FFT_COMPLEX, precision, 1, rows, n, inverse, unitary, true, PTM_FFT_AUTO };
                test_case(device, &c);
                c.centred = false;
                if (inverse || unitary) test_case(device, &c);
            }
}

/* Real numbers of an array of the caller's: element (i, j, k), part. */
static size_t place(const ptm_array *a, int64_t i, int64_t j, int64_t k, bool complex_type)
{
    return (size_t)((i * a->stride[0] + j * a->stride[1] + k * a->stride[2]) * (complex_type ? 2 : 1));
}

/* Strided arrays, arrays on the device, of four and of one axis, in chunks and behind functions: the same bits as dense
 * ones, and nothing written between their elements. */
typedef struct store { numbers *x, *y; int n; } store;
static int read_rows(void *user, const int64_t *first, const int64_t *shape, void *data)
{
    const store *s = user;
    const size_t row = 2 * (size_t)s->n * sizeof(float);
    memcpy(data, (const char *)s->x->data + (size_t)first[0] * row, (size_t)shape[0] * row);
    return 0;
}
static int write_rows(void *user, const int64_t *first, const int64_t *shape, const void *data)
{
    const store *s = user;
    const size_t row = 2 * (size_t)s->n * sizeof(float);
    memcpy((char *)s->y->data + (size_t)first[0] * row, data, (size_t)shape[0] * row);
    return 0;
}

static void same_bits(const numbers *a, const numbers *b, const char *test, const fft_case *c)
{
    check(memcmp(a->data, b->data, (a->count + GUARD) * sizeof(float)) == 0, "%s: the same bits", name_case(test, c));
}

static void test_strides(ptm_operator *op, const fft_case *c, numbers *x, const numbers *y)
{
    const bool cx = is_complex(c, false), cy = is_complex(c, true);
    const int nx = length(c, false), ny = length(c, true), outer = c->outer, rows = c->rows;
    /* x with its axes in the order (k, outer, rows), y with gaps behind rows, outers and elements. */
    float *turned = malloc(count(c, false) * sizeof *turned), *gaps = malloc(count(c, true) * 12 * sizeof *gaps);
    ptm_array in = x->array, out = y->array;
    in.data = turned;
    in.stride[0] = rows;
    in.stride[1] = 1;
    in.stride[2] = rows * outer;
    out.data = gaps;
    out.stride[2] = 2;
    out.stride[1] = 2 * ny + 1;
    out.stride[0] = rows * out.stride[1] + 5;
    for (int i = 0; i < outer; ++i)
        for (int j = 0; j < rows; ++j)
            for (int k = 0; k < nx; ++k)
                for (size_t part = 0; part < (cx ? 2 : 1); ++part)
                    turned[place(&in, i, j, k, cx) + part] =
                        (float)get(x, (size_t)((i * rows + j) * nx + k) * (cx ? 2 : 1) + part);
    const size_t all = count(c, true) * 12;
    for (size_t i = 0; i < all; ++i) gaps[i] = (float)UNTOUCHED;
    must(ptm_apply(op, &out, &in));
    bool same = true;
    for (int i = 0; i < outer; ++i)
        for (int j = 0; j < rows; ++j)
            for (int k = 0; k < ny; ++k)
                for (size_t part = 0; part < (cy ? 2 : 1); ++part) {
                    float *at = gaps + place(&out, i, j, k, cy) + part;
                    same = same && (double)*at == get(y, (size_t)((i * rows + j) * ny + k) * (cy ? 2 : 1) + part);
                    *at = (float)UNTOUCHED;
                }
    check(same, "%s: the same bits", name_case("strides", c));
    for (size_t i = 0; i < all; ++i) same = same && gaps[i] == (float)UNTOUCHED;
    check(same, "%s: nothing written between elements", name_case("strides", c));
    free(turned);
    free(gaps);
}

static void test_layouts(ptm_device *device, ptm_fft_kind kind, bool inverse, int n)
{
    const fft_case c = { kind, PTM_FLOAT32, 3, 18, n, inverse, false, false, PTM_FFT_AUTO };
    ptm_operator *op = make(device, &c);
    numbers x = make_numbers(&c, false, 5), y = make_numbers(&c, true, 0), z = make_numbers(&c, true, 0);
    must(ptm_apply(op, &y.array, &x.array));
    test_strides(op, &c, &x, &y);

    ptm_memory *from, *to;
    const size_t size = is_complex(&c, false) ? 2 * sizeof(float) : sizeof(float), bytes = z.count * sizeof(float);
    must(ptm_memory_create(&from, device, x.count * sizeof(float) + 3 * size));
    must(ptm_memory_create(&to, device, bytes));
    must(ptm_memory_write(from, 3 * size, x.data, x.count * sizeof(float)));
    ptm_array in = x.array, out = y.array;
    in.data = out.data = NULL;
    in.memory = from;
    in.offset = 3;
    out.memory = to;
    must(ptm_apply(op, &out, &in));
    must(ptm_memory_read(to, 0, z.data, bytes));
    same_bits(&z, &y, "on the device", &c);
    ptm_memory_destroy(&from);
    ptm_memory_destroy(&to);

    /* Chunks along the first axis, other ones on either side. */
    const size_t in_outer = x.count / 3 * sizeof(float), out_outer = z.count / 3 * sizeof(float);
    const ptm_chunk parts_in[] = { { .length = 1, .data = x.data }, { .length = 2, .data = (char *)x.data + in_outer } };
    const ptm_chunk parts_out[] = { { .length = 2, .data = z.data },
        { .length = 1, .data = (char *)z.data + 2 * out_outer } };
    in = x.array;
    out = z.array;
    in.data = out.data = NULL;
    in.chunks = parts_in;
    out.chunks = parts_out;
    in.chunk_count = out.chunk_count = 2;
    memset(z.data, 0, z.count * sizeof(float));
    must(ptm_apply(op, &out, &in));
    same_bits(&z, &y, "chunks", &c);
    ptm_operator_destroy(&op);

    /* The same rows as arrays of four and of two axes. */
    ptm_fft_options o = { PTM_SIZED(ptm_fft_options), .kind = kind, .dimensions = 4, .shape = { 3, 2, 9, n },
        .inverse = inverse };
    for (int d = 4; d >= 2; d -= 2) {
        o.dimensions = d;
        if (d == 2) {
            o.shape[0] = 54;
            o.shape[1] = n;
        }
        must(ptm_fft_create(&op, device, &o));
        in = x.array;
        out = z.array;
        in.dimensions = out.dimensions = d;
        for (int i = 0; i < d; ++i) in.shape[i] = out.shape[i] = o.shape[i];
        in.shape[d - 1] = length(&c, false);
        out.shape[d - 1] = length(&c, true);
        memset(z.data, 0, z.count * sizeof(float));
        must(ptm_apply(op, &out, &in));
        same_bits(&z, &y, d == 4 ? "four axes" : "two axes", &c);
        if (d == 2 && kind == PTM_FFT_COMPLEX) {
            store s = { &x, &z, n };
            in.data = out.data = NULL;
            in.read = read_rows;
            out.write = write_rows;
            in.user = out.user = &s;
            memset(z.data, 0, z.count * sizeof(float));
            must(ptm_apply(op, &out, &in));
            same_bits(&z, &y, "behind functions", &c);
        }
        ptm_operator_destroy(&op);
    }
    o.dimensions = 1;
    o.shape[0] = n;
    must(ptm_fft_create(&op, device, &o));
    in = x.array;
    out = z.array;
    in.dimensions = out.dimensions = 1;
    in.shape[0] = length(&c, false);
    out.shape[0] = length(&c, true);
    must(ptm_apply(op, &out, &in));
    double worst = 0;
    for (size_t i = 0; i < z.count / 54; ++i) worst = fmax(worst, fabs(get(&z, i) - get(&y, i)));
    check_most(worst, 1e-5 * sqrt(n), name_case("one axis", &c));
    ptm_operator_destroy(&op);
    free(x.data);
    free(y.data);
    free(z.data);
}

static void refused(ptm_device *device, ptm_fft_options o, int expected, const char *word)
{
    ptm_operator *op = (ptm_operator *)&o;
    const int status = ptm_fft_create(&op, device, &o);
    check(status == expected && op == NULL && strstr(ptm_error_message(), word), "refused: status %d, \"%s\"", status,
        ptm_error_message());
}

/* What a dry device says of memory is what the real one takes; a chain of both ways gives back what it got; norms are of
 * real operators only. */
static void test_operators(ptm_device *device, const char *name)
{
    ptm_device *dry;
    must(ptm_device_open_dry(&dry, device->context, name));
    for (int kind = 0; kind < 2; ++kind) {
        const fft_case there = { .kind = (ptm_fft_kind)kind, .outer = 3, .rows = 5, .n = 101, .library = PTM_FFT_OWN };
        fft_case back = there;
        back.inverse = true;
        ptm_operator *parts[2] = { make(device, &back), make(device, &there) }, *chain, *guess = make(dry, &there);
        numbers x = make_numbers(&there, false, 1), y = make_numbers(&there, false, 0);
        const uint64_t told = ptm_operator_memory(guess), most = told + ptm_operator_staging(guess, NULL);
        check(told > 0 && ptm_operator_memory(parts[1]) == told, "%s: as much memory as a dry device says",
            name_case("dry", &there));
        must(ptm_chain_create(&chain, parts, 2));
        must(ptm_apply(chain, &y.array, &x.array));
        check_most(distance(&y, &x), 2 * limit_of(&there), name_case("chain", &there));
        check(ptm_operator_memory(parts[1]) <= most, "%s: no more than with its staging memory", name_case("dry", &there));
        ptm_norm norm;
        check(ptm_operator_norm(&norm, parts[1], NULL) == PTM_ERROR_UNSUPPORTED && strstr(ptm_error_message(), "complex"),
            "%s: %s", name_case("norm", &there), ptm_error_message());
        ptm_operator_destroy(&chain);
        ptm_operator_destroy(&parts[0]);
        ptm_operator_destroy(&parts[1]);
        ptm_operator_destroy(&guess);
        free(x.data);
        free(y.data);
    }
    ptm_device_close(&dry);
}

static bool stop(void *user, double done)
{
    *(double *)user = done;
    return done >= 1;
}

static void test_refusals(ptm_device *device)
{
    const ptm_fft_options good = { PTM_SIZED(ptm_fft_options), .dimensions = 2, .shape = { 4, 6 } };
    ptm_fft_options o = good;
    o.kind = (ptm_fft_kind)7;
    refused(device, o, PTM_ERROR_ARGUMENT, "kind is 7");
    o = good;
    o.library = (ptm_fft_library)7;
    refused(device, o, PTM_ERROR_ARGUMENT, "library is 7");
    o = good;
    o.precision = PTM_COMPLEX64;
    refused(device, o, PTM_ERROR_ARGUMENT, "precision");
    o = good;
    o.dimensions = 5;
    refused(device, o, PTM_ERROR_ARGUMENT, "dimensions is 5");
    o = good;
    o.shape[0] = 0;
    refused(device, o, PTM_ERROR_ARGUMENT, "shape[0] is 0");
    o = good;
    o.shape[1] = (1 << 24) + 1;
    refused(device, o, PTM_ERROR_ARGUMENT, "shape[1] is 16777217");
    o = good;
    o.kind = PTM_FFT_REAL;
    o.centred = true;
    refused(device, o, PTM_ERROR_ARGUMENT, "centred");
    if (!device->limits.doubles) {
        o = good;
        o.precision = PTM_FLOAT64;
        refused(device, o, PTM_ERROR_UNSUPPORTED, "float64");
    }
    const fft_case c = { .outer = 1, .rows = 4, .n = 6 };
    ptm_operator *op = make(device, &c);
    numbers x = make_numbers(&c, false, 1), y = make_numbers(&c, true, 2), old = make_numbers(&c, true, 2);
    ptm_array wrong = x.array;
    wrong.type = PTM_FLOAT32;
    check(ptm_apply(op, &y.array, &wrong) == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), "expected complex64"),
        "real numbers for complex: %s", ptm_error_message());
    wrong.type = PTM_UINT16;
    check(ptm_apply(op, &y.array, &wrong) == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), "expected complex64"),
        "whole numbers for complex: %s", ptm_error_message());
    check(ptm_apply(op, &x.array, &x.array) == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), "share"), "in place: %s",
        ptm_error_message());
    check(memcmp(y.data, old.data, y.count * sizeof(float)) == 0, "nothing is written on bad input");
    double done = -1;
    const int status = ptm_apply_scaled(op, false, 1, &x.array, 0, &y.array,
        &(ptm_run_options){ PTM_SIZED(ptm_run_options), .progress = stop, .progress_user = &done });
    check(status == PTM_OK && fabs(done - 1) < 1e-9, "progress ends with 1: %g", done);
    ptm_operator_destroy(&op);
    free(x.data);
    free(y.data);
    free(old.data);
}

/* What the other forms of the kernels do, where a device has them. */
static void test_forms(ptm_device *device)
{
    static const int lengths[] = { 13, 97, 120, 1024 };
    const ptm_device_limits kept = device->limits;
    if (strcmp(device->backend->name, "host") == 0) return;
    for (int form = 0; form < 2; ++form) {
        device->limits.wide = false;
        device->limits.lanes_per_item = form == 0 ? 1 : 4;
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; ++i)
            for (int kind = 0; kind < 2; ++kind)
                test_case(device, &(fft_case){ .kind = (ptm_fft_kind)kind, .outer = 2, .rows = 7, .n = lengths[i] });
    }
    device->limits = kept;
}

/* The vendor's library, where it is there. What it does not take, 17, is refused if it was asked for, else done by own
 * kernels. */
static void test_vendor(ptm_device *device, bool few)
{
    static const int lengths[] = { 1, 3, 77, 210, 1040, 4096 };
    const size_t count = few ? 3 : sizeof lengths / sizeof *lengths; /* each is compiled anew */
    ptm_fft_options o = { PTM_SIZED(ptm_fft_options), .dimensions = 1, .shape = { 64 }, .library = PTM_FFT_VENDOR };
    ptm_operator *op;
    const int status = ptm_fft_create(&op, device, &o);
    if (status == PTM_ERROR_UNSUPPORTED) {
        printf("  skipped the vendor's library: %s\n", ptm_error_message());
        skipped++;
        return;
    }
    must(status);
    ptm_operator_destroy(&op);
    for (size_t i = 0; i < count; ++i)
        for (int kind = 0; kind < 2; ++kind)
            for (int inverse = 0; inverse < 2; ++inverse)
                test_case(device, &(fft_case) { .kind = (ptm_fft_kind)kind, .outer = 2, .rows = 7, .n = lengths[i],
                                      .inverse = inverse, .centred = kind == PTM_FFT_COMPLEX, .library = PTM_FFT_VENDOR });
    /* Some blocks, of which the last is not full. */
    o.dimensions = 2;
    o.shape[0] = 11;
    o.shape[1] = 64;
    o.workspace = 4096;
    const fft_case c = { .outer = 1, .rows = 11, .n = 64 };
    numbers x = make_numbers(&c, false, 1), y = make_numbers(&c, true, 0), whole = make_numbers(&c, true, 0);
    x.array.dimensions = y.array.dimensions = whole.array.dimensions = 2;
    for (int i = 0; i < 2; ++i) x.array.shape[i] = y.array.shape[i] = whole.array.shape[i] = o.shape[i];
    must(ptm_fft_create(&op, device, &o));
    must(ptm_apply(op, &y.array, &x.array));
    ptm_operator_destroy(&op);
    o.workspace = 0;
    o.library = PTM_FFT_OWN;
    must(ptm_fft_create(&op, device, &o));
    must(ptm_apply(op, &whole.array, &x.array));
    ptm_operator_destroy(&op);
    check_most(distance(&y, &whole), 2 * limit_of(&c), name_case("the vendor's in blocks against own kernels", &c));
    check(guard_intact(&y), "%s: nothing written beyond the array", name_case("guard, vendor's", &c));
    free(x.data);
    free(y.data);
    free(whole.data);
    if (strcmp(device->backend->name, "opencl") != 0) return;
    o = (ptm_fft_options){ PTM_SIZED(ptm_fft_options), .dimensions = 1, .shape = { 17 }, .library = PTM_FFT_VENDOR };
    refused(device, o, PTM_ERROR_UNSUPPORTED, "17");
    setenv("POLYTOME_FFT", "vendor", 1);
    test_case(device, &(fft_case){ .outer = 1, .rows = 2, .n = 17 });
    unsetenv("POLYTOME_FFT");
}

static void test_device(ptm_device *device, const char *name)
{
    const bool slow = !takes_all(device);
    (void)name;
    test_lengths(device, PTM_FLOAT32, slow);
    test_kinds(device, PTM_FLOAT32);
    if (device->limits.doubles) {
        test_lengths(device, PTM_FLOAT64, true);
        test_kinds(device, PTM_FLOAT64);
    }
    test_layouts(device, PTM_FFT_COMPLEX, false, 64);
    test_layouts(device, PTM_FFT_COMPLEX, true, 37);
    test_layouts(device, PTM_FFT_REAL, false, 30);
    test_layouts(device, PTM_FFT_REAL, true, 45);
    test_refusals(device);
    char full[32];
    snprintf(full, sizeof full, "%s:%d", device->info.backend, device->info.index);
    test_operators(device, full);
    test_forms(device);
    test_vendor(device, slow);
}

int main(int argc, char **argv)
{
    for_each_device(argc, argv, test_device);
    return finish();
}
