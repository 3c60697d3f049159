/* matrix.h - linear operators as matrices: column by column, wherever arrays are. */
#ifndef PTM_TEST_MATRIX_H
#define PTM_TEST_MATRIX_H
#include "check.h"

#include "linop/operator.h"

/* An operator as a matrix. */
typedef struct matrix {
    int rows, columns;
    double *a;
} matrix;

static matrix make_matrix(int rows, int columns)
{
    return (matrix){ rows, columns, calloc((size_t)rows * (size_t)columns, sizeof(double)) };
}
static double *entry(const matrix *m, int i, int k)
{
    return &m->a[(size_t)i * (size_t)m->columns + (size_t)k];
}

static int count_of(const ptm_array *a)
{
    int n = 1;
    for (int i = 0; i < a->dimensions; ++i) n *= (int)a->shape[i];
    return n;
}

/* Memory for an array of an operator's: the host's, aligned or not, or the device's. */
enum place { HOST, ODD_ADDRESS, ON_DEVICE, PLACES };
typedef struct holder {
    ptm_array array;
    int count;
    char *block;
} holder;

static holder hold(ptm_device *device, const ptm_array *like, enum place place)
{
    holder h = { .array = *like, .count = count_of(like) };
    const size_t bytes = ((size_t)h.count * sizeof(double) + 2 * 4096) / 4096 * 4096;
    h.block = aligned_alloc(4096, bytes);
    memset(h.block, 0, bytes);
    if (place == ON_DEVICE) must(ptm_memory_create(&h.array.memory, device, bytes));
    else h.array.data = h.block + (place == ODD_ADDRESS ? sizeof(double) : 0);
    return h;
}
static void let_go(holder *h)
{
    ptm_memory_destroy(&h->array.memory);
    free(h->block);
}
static void set_numbers(holder *h, const double *numbers)
{
    const bool wide = h->array.type == PTM_FLOAT64;
    void *at = h->array.memory ? h->block : h->array.data;
    for (int i = 0; i < h->count; ++i) {
        if (wide) ((double *)at)[i] = numbers[i];
        else ((float *)at)[i] = (float)numbers[i];
    }
    if (h->array.memory)
        must(ptm_memory_write(h->array.memory, 0, at, (uint64_t)h->count * (wide ? sizeof(double) : sizeof(float))));
}
static void get_numbers(const holder *h, double *numbers)
{
    const bool wide = h->array.type == PTM_FLOAT64;
    void *at = h->array.memory ? h->block : h->array.data;
    if (h->array.memory)
        must(ptm_memory_read(h->array.memory, 0, at, (uint64_t)h->count * (wide ? sizeof(double) : sizeof(float))));
    for (int i = 0; i < h->count; ++i) numbers[i] = wide ? ((double *)at)[i] : (double)((float *)at)[i];
}

/* Column by column; the adjoint's is transposed, so that it should be the same. */
static matrix matrix_of(ptm_device *device, ptm_operator *op, bool adjoint, enum place place)
{
    ptm_array domain, range;
    must(ptm_operator_domain(&domain, op));
    must(ptm_operator_range(&range, op));
    holder in = hold(device, adjoint ? &range : &domain, place), out = hold(device, adjoint ? &domain : &range, place);
    matrix m = make_matrix(count_of(&range), count_of(&domain));
    double *unit = calloc((size_t)in.count, sizeof *unit), *result = calloc((size_t)out.count, sizeof *result);
    for (int k = 0; k < in.count; ++k) {
        unit[k] = 1;
        set_numbers(&in, unit);
        unit[k] = 0;
        must((adjoint ? ptm_apply_adjoint : ptm_apply)(op, &out.array, &in.array));
        get_numbers(&out, result);
        for (int i = 0; i < out.count; ++i) *(adjoint ? entry(&m, k, i) : entry(&m, i, k)) = result[i];
    }
    free(unit);
    free(result);
    let_go(&in);
    let_go(&out);
    return m;
}

/* How far two are apart, as a part of the largest entry. */
static double distance(const matrix *a, const matrix *b)
{
    double worst = 0, largest = 1e-300;
    for (int i = 0; i < a->rows * a->columns; ++i) {
        largest = fmax(largest, fabs(b->a[i]));
        worst = isfinite(a->a[i]) ? fmax(worst, fabs(a->a[i] - b->a[i])) : (double)INFINITY;
    }
    return a->rows == b->rows && a->columns == b->columns ? worst / largest : (double)INFINITY;
}

static double length_of(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; ++i) sum += x[i] * x[i];
    return sqrt(sum);
}
static double dot_of(const double *x, const double *y, int n)
{
    double sum = 0;
    for (int i = 0; i < n; ++i) sum += x[i] * y[i];
    return sum;
}

/* With random arrays: alpha and beta; the dot test. */
static void test_random(
    ptm_device *device, ptm_operator *op, const matrix *m, enum place place, double tolerance, const char *name)
{
    ptm_array domain, range;
    must(ptm_operator_domain(&domain, op));
    must(ptm_operator_range(&range, op));
    holder x = hold(device, &domain, place), y = hold(device, &range, place);
    double *in = calloc((size_t)x.count, sizeof *in), *out = calloc((size_t)y.count, sizeof *out);
    double *ax = calloc((size_t)y.count, sizeof *ax), *ay = calloc((size_t)x.count, sizeof *ay);
    uint64_t seed = 3;
    char text[200];
    for (int i = 0; i < x.count; ++i) in[i] = (double)(float)random_number(&seed);
    for (int i = 0; i < y.count; ++i) out[i] = (double)(float)random_number(&seed);
    set_numbers(&x, in);
    set_numbers(&y, out);
    must(ptm_apply_scaled(op, false, -0.75, &x.array, 0.5, &y.array, NULL));
    get_numbers(&y, ax);
    double worst = 0, size = 0;
    for (int i = 0; i < y.count; ++i) {
        double sum = 0.5 * out[i];
        for (int k = 0; k < x.count; ++k) sum -= 0.75 * *entry(m, i, k) * in[k];
        worst = fmax(worst, fabs(sum - ax[i]));
        size = fmax(size, fabs(sum));
    }
    snprintf(text, sizeof text, "%s: alpha A x + beta y, place %d", name, place);
    check_most(worst / size, 4 * tolerance, text);
    must(ptm_apply(op, &y.array, &x.array));
    get_numbers(&y, ax);
    set_numbers(&y, out);
    must(ptm_apply_adjoint(op, &x.array, &y.array));
    get_numbers(&x, ay);
    snprintf(text, sizeof text, "%s: <A x, y> and <x, A'y>, place %d", name, place);
    check_most(
        fabs(dot_of(ax, out, y.count) - dot_of(in, ay, x.count)) / (length_of(ax, y.count) * length_of(out, y.count)),
        tolerance / 5, text);
    free(in);
    free(out);
    free(ax);
    free(ay);
    let_go(&x);
    let_go(&y);
}

/* Where launches take long, the matrix is looked at for arrays in one place. */
static bool is_looked_at(const ptm_device *device, enum place place)
{
    return place == ON_DEVICE || takes_all(device);
}

/* An operator against its matrix, both ways, wherever arrays are. It is destroyed. */
static void test_operator(ptm_device *device, ptm_operator *op, matrix expected, double tolerance, const char *name)
{
    for (int place = 0; place < PLACES; ++place) {
        for (int adjoint = 0; adjoint < 2 && is_looked_at(device, (enum place)place); ++adjoint) {
            char text[200];
            matrix m = matrix_of(device, op, adjoint, (enum place)place);
            snprintf(text, sizeof text, "%s%s, place %d", name, adjoint ? ", adjoint" : "", place);
            check_most(distance(&m, &expected), tolerance, text);
            free(m.a);
        }
        const double rounding = op->domain.type == PTM_FLOAT64 ? 1e-14 : 5e-6; /* also where no entry is rounded */
        test_random(device, op, &expected, (enum place)place, fmax(tolerance, rounding), name);
    }
    ptm_operator_destroy(&op);
    check(op == NULL, "%s: destroying sets NULL", name);
    free(expected.a);
}
#endif
