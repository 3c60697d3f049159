/* test_phantom_library.c - phantoms by name: their tables, their totals, and that seeds repeat. */
#include "check.h"

#include "ct/phantom.h"

#define PI 3.14159265358979323846

static ptm_context *context;

static ptm_phantom *named(const char *name, double radius, int count, uint64_t seed)
{
    ptm_phantom *p;
    must(ptm_phantom_create_named(&p, name, &(ptm_phantom_options){ PTM_SIZED(ptm_phantom_options), .radius = radius,
        .count = count,
        .seed = seed }));
    return p;
}

static void check_value(const ptm_phantom *p, double x, double y, double z, double expected, const char *what)
{
    const double value = ptm_phantom_value(p, (double[]){ x, y, z });
    check(fabs(value - expected) < 1e-12, "%s: %.17g, expected %g", what, value, expected);
}

static double mean_of(const ptm_phantom *p, int n, double edge)
{
    float *v = malloc((size_t)n * (size_t)n * (size_t)n * sizeof *v);
    const ptm_array a = PTM_ARRAY_3D(v, n, n, n);
    double sum = 0;
    must(ptm_phantom_voxels(context, p, &(ptm_volume){ .shape = { n, n, n }, .spacing = { edge / n, edge / n, edge / n } },
        &a, NULL));
    for (int i = 0; i < n * n * n; ++i) sum += (double)v[i];
    free(v);
    return sum / ((double)n * n * n);
}

static void test_names(void)
{
    int count = 0;
    for (const char *name; (name = ptm_phantom_name(count)); ++count) {
        ptm_phantom *p = named(name, 10, 0, 1), *twice;
        const double mean = mean_of(p, 16, 20);
        check(isfinite(mean) && mean > 0.001 && mean < 2, "%s: %d shapes, a mean of %g", name, ptm_phantom_shapes(p), mean);
        must(ptm_phantom_create_named(&twice, name, &(ptm_phantom_options){ PTM_SIZED(ptm_phantom_options), .radius = 20,
            .seed = 1,
            .attenuation = 0.5 }));
        double worst = 0;
        uint64_t state = 4;
        for (int i = 0; i < 1000; ++i) {
            double at[3], there[3];
            for (int k = 0; k < 3; ++k) there[k] = 2 * (at[k] = 10 * random_number(&state));
            worst = fmax(worst, fabs(ptm_phantom_value(p, at) - 2 * ptm_phantom_value(twice, there)));
        }
        check(worst < 1e-12, "%s: twice as large, half as dense, it differs by %g", name, worst);
        ptm_phantom_destroy(&twice);
        ptm_phantom_destroy(&p);
    }
    check(count == 13 && ptm_phantom_name(-1) == NULL, "13 names: %d", count);
    ptm_phantom *p;
    check(ptm_phantom_create_named(&p, "unicorn", NULL) == PTM_ERROR_NOT_FOUND && !p, "no unicorn: %s",
        ptm_error_message());
    check(ptm_phantom_create_named(&p, "foam", &(ptm_phantom_options){ PTM_SIZED(ptm_phantom_options),
        .count = 10001 }) == PTM_ERROR_ARGUMENT,
        "too many bubbles: %s", ptm_error_message());
    check(ptm_phantom_create_named(&p, "foam", &(ptm_phantom_options){ PTM_SIZED(ptm_phantom_options),
        .radius = -1 }) == PTM_ERROR_ARGUMENT,
        "a radius below 0: %s", ptm_error_message());
}

static void test_shepp_logan(void)
{
    ptm_phantom *modified = named("shepp-logan", 1, 0, 0), *original = named("shepp-logan-original", 1, 0, 0),
        *flat = named("shepp-logan-2d", 1, 0, 0);
    check_value(modified, 0, 0.9, 0, 1, "the skull");
    check_value(modified, 0.5, 0, 0, 0.2, "the brain");
    check_value(original, 0, 0.9, 0, 2, "the skull of the original");
    check_value(original, 0.5, 0, 0, 1.02, "the brain of the original");
    check_value(modified, 0.22, 0, 0, 0, "the right ventricle");
    check_value(modified, 0.22 + 0.3 * sin(18 * PI / 180), 0.3 * cos(18 * PI / 180), 0, 0,
        "the end of the right ventricle");
    check_value(modified, 0.22 + 0.25 * sin(18 * PI / 180), -0.25 * cos(18 * PI / 180), 0, 0.2, "it leans to the right");
    check_value(flat, 0, 0.08, 70, 0.3, "a disc of the slice, far up");
    ptm_phantom_destroy(&modified);
    ptm_phantom_destroy(&original);
    ptm_phantom_destroy(&flat);
}

static void test_simple(void)
{
    ptm_phantom *box = named("hollow-box", 10, 0, 0), *cylinder = named("cylinder", 10, 0, 0), *discs = named("defrise", 10,
        5, 0);
    check(fabs(mean_of(box, 20, 20) - 0.208) < 1e-6, "the hollow box has a mean of 0.208");
    check(fabs(mean_of(cylinder, 40, 20) / (PI * 0.8 * 0.8 * 0.2) - 1) < 1e-3, "the cylinder's volume");
    check(fabs(mean_of(discs, 80, 20) / (5 * 4 * PI / 3 * 0.8 * 0.8 * 0.09 / 8) - 1) < 2e-3, "five discs' volume");
    ptm_phantom_destroy(&box);
    ptm_phantom_destroy(&cylinder);
    ptm_phantom_destroy(&discs);
}

/* ------------------------------------------------------------------ FORBILD */

/* The slice was published as a table of its own, and is that of the whole head but for the ear's bubbles and rounding. */
static void test_head(void)
{
    ptm_phantom *head = named("forbild-head", 12.8, 0, 0), *slice = named("forbild-head-2d", 12.8, 0, 0);
    check_value(head, 0, -11.9, 0, 1.8, "skull");
    check_value(head, 4.7, 4.3, 0, 1.06, "an eye");
    check_value(head, -1.08, -9, 0, 1.0525, "the denser of the small spheres");
    check_value(head, 0, -3.6, 0, 1.045, "a ventricle");
    check_value(head, 6.39, -6.39, 0, 1.055, "blood");
    check_value(head, 0, 8, 0, 0, "the frontal sinus");
    check_value(head, 8.4, 0, 0, 0, "a bubble of the ear");
    check_value(head, 8.6, 0, 0, 1.8, "between two of them");
    check_value(head, -7, -1, 0, 1.8, "the pattern");
    check_value(head, 0, -10.5, 0.2, 1.8, "the protuberance");
    check_value(head, 0, -10.3, 0.2, 1.05, "and beyond its tip");
    int differ = 0, within = 0;
    for (int i = 0; i < 400 * 400; ++i) {
        const double at[3] = { (i % 400 - 199.5) * 0.0633, (i / 400 - 199.5) * 0.0633, 0 };
        const double a = ptm_phantom_value(head, at), b = ptm_phantom_value(slice, at);
        within += b > 0;
        differ += fabs(a - b) > 1e-9;
    }
    check(differ < 0.002 * within, "head and slice differ at %d of %d places", differ, within);
    ptm_phantom_destroy(&head);
    ptm_phantom_destroy(&slice);
}

/* The planes of ribs are derived; FORBILD lists them: some of its numbers. */
static void check_rib(const ptm_phantom *p, ptm_vec centre, ptm_vec normal, double distance, const char *what)
{
    double best = 1e9;
    for (int i = 0; i < ptm_phantom_shapes(p); ++i) {
        ptm_shape s;
        ptm_phantom_get_shape(p, i, &s);
        if (ptm_length(ptm_sub(ptm_vec_from(s.centre), centre)) > 1e-5) continue;
        for (int k = 0; k < s.plane_count; ++k) {
            const ptm_vec n = ptm_vec_from(s.planes[k].normal);
            const double error = ptm_length(ptm_sub(ptm_scale(n, 1 / ptm_length(n)), ptm_scale(normal,
                1 / ptm_length(normal)))) +
                fabs(s.planes[k].distance / ptm_length(n) - distance);
            best = fmin(best, error);
        }
    }
    check_most(best, 1e-5, what);
}

static void test_thorax(void)
{
    ptm_phantom *p = named("forbild-thorax", 25, 0, 0);
    check(ptm_phantom_shapes(p) == 271, "271 objects: %d", ptm_phantom_shapes(p));
    check_rib(p, (ptm_vec){ 5.716814, 8.559509, -5.230811 }, (ptm_vec){ 1.907146, -0.481971, 0.294538 }, 5.451355,
        "the first rib's lower plane");
    check_rib(p, (ptm_vec){ 5.716814, 8.559509, -5.230811 }, (ptm_vec){ -1.983271, 0.155425, -0.094982 }, -1.953178,
        "its upper plane");
    check_rib(p, (ptm_vec){ 17.594546, 2.781153, 1.300407 }, (ptm_vec){ 0.495137, -1.594626, 0.974494 }, 4.635370,
        "a rib 3 cm up");
    check_rib(p, (ptm_vec){ -18.5, 0, 3 }, (ptm_vec){ 0.495137, -1.594626, 0.974494 }, -1.611020, "one on the left");
    check_value(p, 10.5, 0, 0, 0.26, "a lung");
    check_value(p, 0, 4, 0, 1.05, "the heart");
    check_value(p, 0, 9, 0, 0.98, "marrow of the sternum");
    check_value(p, 1.1, 9, 0, 1.25, "the sternum");
    check_value(p, 0, -5, 0, 1.18, "a vertebra");
    check_value(p, 0, -8.25, 0, 1.92, "its process");
    check_value(p, 0, -5, 1.5, 1, "between two vertebrae");
    check_value(p, -2.5, -2.5, -3, 1.05, "the aorta");
    check_value(p, 18.5, 0, 0, 0.98, "a rib's marrow");
    check_value(p, 18.95, 0, 0, 1.41, "a rib");
    check_value(p, 24, 0, 20, 1, "an arm");
    check_value(p, 24.3, 0, 15, 1.46, "a humerus");
    ptm_phantom_destroy(&p);
}

/* ------------------------------------------------------------------ random ones */

static bool same(const ptm_phantom *a, const ptm_phantom *b)
{
    bool equal = ptm_phantom_shapes(a) == ptm_phantom_shapes(b);
    for (int i = 0; equal && i < ptm_phantom_shapes(a); ++i) {
        ptm_shape s, t;
        ptm_phantom_get_shape(a, i, &s);
        ptm_phantom_get_shape(b, i, &t);
        equal = memcmp(s.centre, t.centre, sizeof s.centre) == 0 && s.value == t.value;
    }
    return equal;
}

static void test_seeds(void)
{
    static const char *const names[] = { "random", "foam", "gaussians" };
    for (int i = 0; i < 3; ++i) {
        ptm_phantom *a = named(names[i], 1, 20, 7), *b = named(names[i], 1, 20, 7), *c = named(names[i], 1, 20, 8);
        check(same(a, b) && !same(a, c), "%s: a seed repeats, another one makes something else", names[i]);
        ptm_phantom_destroy(&a);
        ptm_phantom_destroy(&b);
        ptm_phantom_destroy(&c);
    }
}

static void test_foam(void)
{
    ptm_phantom *p = named("foam", 10, 400, 3);
    double closest = 1e9, outside = 0, volume = 2 * PI * 9 * 9 * 9;
    for (int i = 1; i < ptm_phantom_shapes(p); ++i) {
        ptm_shape s, t;
        ptm_phantom_get_shape(p, i, &s);
        volume -= 4 * PI / 3 * pow(s.half_axes[0], 3);
        outside = fmax(outside, hypot(s.centre[0], s.centre[1]) + s.half_axes[0] - 9);
        outside = fmax(outside, fabs(s.centre[2]) + s.half_axes[0] - 9);
        for (int k = 1; k < i; ++k) {
            ptm_phantom_get_shape(p, k, &t);
            closest = fmin(closest, ptm_length(ptm_sub(ptm_vec_from(s.centre),
                ptm_vec_from(t.centre))) - s.half_axes[0] - t.half_axes[0]);
        }
    }
    check(ptm_phantom_shapes(p) == 401 && closest > 0 && outside <= 0, "%d bubbles, %g apart, %g outside",
        ptm_phantom_shapes(p) - 1,
        closest, outside);
    check(volume < 0.9 * 2 * PI * 9 * 9 * 9, "bubbles take a tenth of it at least: %g is left",
        volume / (2 * PI * 9 * 9 * 9));
    check_most(
        fabs(mean_of(p, 48, 20) * 8000 / volume - 1), 1e-3, "foam: its voxels add up to what bubbles leave, but for");
    ptm_phantom_destroy(&p);
}

int main(void)
{
    must(ptm_context_create(&context, NULL));
    test_names();
    test_shepp_logan();
    test_simple();
    test_head();
    test_thorax();
    test_seeds();
    test_foam();
    ptm_context_destroy(&context);
    return finish();
}
