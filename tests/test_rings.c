/* test_rings.c - stripes of known size in exact sinograms: how much of them is left, and how much a sinogram without
 * any changes. */
#include "check.h"
#include "sinograms.h"

#define PI 3.14159265358979323846

enum { VIEWS = 720, COLUMNS = 1024, COUNT = VIEWS * COLUMNS };
static ptm_context *context;
static float clean[COUNT];

static ptm_array array_of(float *values)
{
    return (ptm_array)PTM_ARRAY_3D(values, VIEWS, 1, COLUMNS);
}

/* Stripes: what each column is off by. Dead ones stand still at a value of their own. */
typedef struct defect {
    const char *what;
    double (*stripe)(int u);
    bool dead;
} defect;

/* A fifth of the columns off by up to five percent of the beam. */
static double small_stripes(int u)
{
    static const double off[5] = { 0, 0.05, 0, -0.03, 0 };
    return u % 7 == 3 ? off[u % 5] + 0.01 * (u % 3) : 0;
}
static double wide_stripes(int u)
{
    return u / 12 == 26 ? 0.15 : u / 16 == 41 ? -0.1 : 0;
}
static double dead_columns(int u)
{
    return u == 261 || u == 540 || u == 541 ? 1 : 0;
}

static void spoil(float *values, const defect *d)
{
    for (int k = 0; k < VIEWS; ++k)
        for (int u = 0; u < COLUMNS; ++u) {
            const double off = d->stripe(u);
            if (d->dead && off != 0) values[k * COLUMNS + u] = 0.7f;
            else values[k * COLUMNS + u] += (float)off;
        }
}

/* What stands still of a difference, root mean square: what makes rings. */
static double stripes_of(const float *values, const float *without)
{
    double sum = 0;
    for (int u = 0; u < COLUMNS; ++u) {
        double mean = 0;
        for (int k = 0; k < VIEWS; ++k) mean += (double)values[k * COLUMNS + u] - (double)without[k * COLUMNS + u];
        sum += mean * mean / VIEWS / VIEWS;
    }
    return sqrt(sum / COLUMNS);
}

static double distance(const float *values)
{
    double sum = 0, size = 0;
    for (int i = 0; i < COUNT; ++i) {
        const double d = (double)values[i] - (double)clean[i];
        sum += d * d;
        size += (double)clean[i] * (double)clean[i];
    }
    return sqrt(sum / size);
}

/* left: of the stripes, between the results with and without them; changed: of the sinogram without them, root mean
 * square. */
static void expect(ptm_ring_method method, const char *name, const defect *d, double left, double changed)
{
    char what[160];
    float *with = malloc(sizeof clean), *without = malloc(sizeof clean);
    const ptm_array a = array_of(with), b = array_of(without);
    const ptm_ring_options o = { PTM_SIZED(ptm_ring_options), .method = method };
    memcpy(with, clean, sizeof clean);
    memcpy(without, clean, sizeof clean);
    spoil(with, d);
    const double before = stripes_of(with, without), far = distance(with);
    must(ptm_remove_rings(context, &a, &o));
    must(ptm_remove_rings(context, &b, &o));
    snprintf(what, sizeof what, "rings by %s, %s: what is left of them (distance %.4f, was %.4f)", name, d->what,
        distance(with), far);
    check_most(stripes_of(with, without) / before, left, what);
    snprintf(what, sizeof what, "rings by %s: change where there are none", name);
    check_most(distance(without), changed, what);
    free(with);
    free(without);
}

static void test_methods(void)
{
    const defect small = { "single columns off", small_stripes, false }, wide = { "wide stripes", wide_stripes, false };
    const defect dead = { "dead columns", dead_columns, true };
    uint64_t state = 1;
    make_sinogram(clean, VIEWS, COLUMNS, PI, 509.3, 480);
    for (int i = 0; i < COUNT; ++i) clean[i] += (float)(0.02 * normal(&state, random_number));
    expect(PTM_RINGS_SORTING, "sorting", &small, 0.2, 0.004);
    expect(PTM_RINGS_FILTERING, "filtering", &small, 0.22, 0.0025);
    expect(PTM_RINGS_WAVELET, "wavelet", &small, 0.22, 0.01);
    expect(PTM_RINGS_LARGE, "large", &wide, 0.45, 0.004);
    expect(PTM_RINGS_DEAD, "dead", &dead, 0.01, 0.001);
    expect(PTM_RINGS_COMBINED, "combined", &small, 0.22, 0.005);
    expect(PTM_RINGS_COMBINED, "combined", &wide, 0.45, 0.005);
    expect(PTM_RINGS_COMBINED, "combined", &dead, 0.01, 0.005);
}

/* What is left of a stripe that goes up and down so many times: 1 - exp(-f^2 / (2 sigma^2)), with sigma 2. */
static void expect_damping(int periods, double least, double most)
{
    float *with = malloc(sizeof clean), *without = malloc(sizeof clean);
    const ptm_array a = array_of(with), b = array_of(without);
    const ptm_ring_options o = { PTM_SIZED(ptm_ring_options), .method = PTM_RINGS_WAVELET };
    double sum = 0;
    memcpy(with, clean, sizeof clean);
    memcpy(without, clean, sizeof clean);
    for (int k = 0; k < VIEWS; ++k) with[k * COLUMNS + 400] += (float)(0.1 * cos(2 * PI * periods * (k + 0.5) / VIEWS));
    must(ptm_remove_rings(context, &a, &o));
    must(ptm_remove_rings(context, &b, &o));
    for (int k = 0; k < VIEWS; ++k)
        sum += ((double)with[k * COLUMNS + 400] - (double)without[k * COLUMNS + 400]) *
               cos(2 * PI * periods * (k + 0.5) / VIEWS);
    const double left = sum / (0.05 * VIEWS);
    check(left >= least && left <= most, "wavelet: %.3f is left of %d periods, expected %g to %g", left, periods, least,
        most);
    free(with);
    free(without);
}

/* ------------------------------------------------------------------ sorting by its definition */

typedef struct ranked { float value; int view; } ranked;

static int by_value(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return x->value != y->value ? x->value < y->value ? -1 : 1 : x->view - y->view;
}

static float median_of(const ranked *sorted, int rank, int u, int views, int columns, int size)
{
    ranked window[64];
    for (int i = 0; i < size; ++i) {
        int at = u + i - size / 2;
        if (at < 0) at = -1 - at;
        if (at >= columns) at = 2 * columns - 1 - at;
        window[i] = (ranked){ sorted[at * views + rank].value, i };
    }
    qsort(window, (size_t)size, sizeof *window, by_value);
    return window[size / 2].value;
}

static void test_sorting(void)
{
    enum { N = 40, M = 33, SIZE = 7 };
    static float values[N * M], expected[N * M];
    static ranked sorted[M * N];
    const ptm_array a = PTM_ARRAY_3D(values, N, 1, M);
    uint64_t state = 9;
    for (int i = 0; i < N * M; ++i) values[i] = (float)floor(8 * random_number(&state)) / 4; /* many are equal */
    for (int u = 0; u < M; ++u) {
        for (int k = 0; k < N; ++k) sorted[u * N + k] = (ranked){ values[k * M + u], k };
        qsort(sorted + u * N, N, sizeof *sorted, by_value);
    }
    for (int u = 0; u < M; ++u)
        for (int rank = 0; rank < N; ++rank)
            expected[sorted[u * N + rank].view * M + u] = median_of(sorted, rank, u, N, M, SIZE);
    must(ptm_remove_rings(context, &a, &(ptm_ring_options){ PTM_SIZED(ptm_ring_options), .method = PTM_RINGS_SORTING,
        .size = SIZE }));
    int differ = 0;
    for (int i = 0; i < N * M; ++i) differ += values[i] != expected[i];
    check(differ == 0, "sorting: %d values are not those of its definition", differ);
}

/* Rows are worked on by themselves, also where they are strided, as (row, view, column) is. */
static void test_strides(void)
{
    enum { ROWS = 3 };
    float *dense = malloc(ROWS * sizeof clean), *turned = malloc(ROWS * sizeof clean), *alone = malloc(sizeof clean);
    const ptm_array a = PTM_ARRAY_3D(dense, VIEWS, ROWS, COLUMNS), one = array_of(alone);
    const ptm_array b = { PTM_SIZED(ptm_array), .dimensions = 3, .shape = { VIEWS, ROWS, COLUMNS },
        .stride = { COLUMNS, COUNT, 1 },
        .data = turned };
    for (int k = 0; k < VIEWS; ++k)
        for (int j = 0; j < ROWS; ++j)
            for (int u = 0; u < COLUMNS; ++u) {
                const float value = clean[k * COLUMNS + u] * (float)(1 + 0.1 * j) + (float)small_stripes(u + j);
                dense[(k * ROWS + j) * COLUMNS + u] = turned[j * COUNT + k * COLUMNS + u] = value;
                if (j == 1) alone[k * COLUMNS + u] = value;
            }
    must(ptm_remove_rings(context, &a, NULL));
    must(ptm_remove_rings(context, &b, NULL));
    must(ptm_remove_rings(context, &one, NULL));
    int differ = 0;
    for (int k = 0; k < VIEWS; ++k)
        for (int u = 0; u < COLUMNS; ++u) {
            differ += dense[(k * ROWS + 1) * COLUMNS + u] != turned[COUNT + k * COLUMNS + u];
            differ += dense[(k * ROWS + 1) * COLUMNS + u] != alone[k * COLUMNS + u];
        }
    check(differ == 0, "rings: %d values depend on the layout or on other rows", differ);
    free(dense);
    free(turned);
    free(alone);
}

/* Numbers that are none do not lead out of the memory, and stay where they are at worst in their columns. */
static void test_odd_values(void)
{
    float *values = malloc(sizeof clean);
    const ptm_array a = array_of(values);
    for (int m = PTM_RINGS_SORTING; m <= PTM_RINGS_COMBINED; ++m) {
        memcpy(values, clean, sizeof clean);
        values[5 * COLUMNS + 77] = (float)NAN;
        values[9 * COLUMNS + 20] = (float)INFINITY;
        values[9 * COLUMNS + 21] = -(float)INFINITY;
        must(ptm_remove_rings(context, &a, &(ptm_ring_options){ PTM_SIZED(ptm_ring_options),
            .method = (ptm_ring_method)m }));
    }
    check(true, "rings: NaN and infinity do no harm");
    free(values);
}

static void refused(ptm_ring_options o, const ptm_array *a, const char *word)
{
    o.struct_size = sizeof o;
    const int status = ptm_remove_rings(context, a, &o);
    check(status == PTM_ERROR_ARGUMENT && strstr(ptm_error_message(), word), "rings are refused: %d %s", status,
        ptm_error_message());
}

static void test_errors(void)
{
    float *values = malloc(sizeof clean);
    ptm_array a = array_of(values);
    memcpy(values, clean, sizeof clean);
    refused((ptm_ring_options){ .size = 4 }, &a, "size is 4");
    refused((ptm_ring_options){ .large_size = 5001 }, &a, "large_size is 5001");
    refused((ptm_ring_options){ .snr = -1 }, &a, "snr is -1");
    refused((ptm_ring_options){ .sigma = (double)NAN }, &a, "sigma is nan");
    refused((ptm_ring_options){ .levels = 9 }, &a, "levels is 9");
    refused((ptm_ring_options){ .method = (ptm_ring_method)17 }, &a, "method is 17");
    a.shape[0] = 3;
    refused((ptm_ring_options){ .size = 5 }, &a, "3 views");
    check(memcmp(values, clean, sizeof clean) == 0, "rings: nothing is changed after an error");
    free(values);
}

int main(void)
{
    must(ptm_context_create(&context, NULL));
    test_methods();
    expect_damping(1, 0.10, 0.18);
    expect_damping(3, 0.6, 0.75);
    expect_damping(8, 0.98, 1.01);
    test_sorting();
    test_strides();
    test_odd_values();
    test_errors();
    ptm_context_destroy(&context);
    return finish();
}
