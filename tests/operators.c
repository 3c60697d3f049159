/* operators.c - every operator in every form on every device, on small scans.
 *
 * usage: operators [--mode MODE] [--operator NAME] [--form NAME] [--sampling software|texture] [--scan NAME] [DEVICE...]
 * modes: test      against the host in double, both ways; twice the same bits; nothing written beyond the arrays
 *        adjoint   <A x, y> = <x, A' y>
 *        both      test and adjoint; so it is if nothing is said
 *        kernels   test, of those operators that have kernels of their own: for tools that take long
 *        support   prints for how many scans there is such an operator, or why there is none
 *        perf      prints how long it takes at a size that is worth it */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "check.h"
#include "guards.h"
#include "operator_table.h"
#include "scans.h"

#include "core/device.h"
#include "linop/operator.h"

#include <time.h>

static const char *mode = "both", *only_operator, *only_form, *only_sampling, *only_scan; /* NULL: all */

static bool wanted(const char *only, const char *name)
{
    return !only || strcmp(only, name) == 0;
}

/* One operator of the table, in one form, for one scan. */
typedef struct op_case {
    ptm_device *device, *host;
    const test_operator *operator;
    const test_form *form;
    const ptm_scan *scan;
    char name[160];
    int thin, fit; /* thin: of the scans it is for, the first is tried and every so many; fit: how many there were so far */
} op_case;

enum { GUARD = 64 }; /* bytes behind an array */

static size_t elements(const ptm_array *a)
{
    size_t n = 1;
    for (int i = 0; i < a->dimensions; ++i) n *= (size_t)a->shape[i];
    return n;
}
static size_t bytes(const ptm_array *a)
{
    return elements(a) * ptm_type_size(a->type);
}
static ptm_array array_of(const ptm_space *space)
{
    ptm_array a = { PTM_SIZED(ptm_array), .type = space->type, .dimensions = space->dimensions };
    memcpy(a.shape, space->shape, sizeof a.shape);
    a.data = malloc(bytes(&a) + GUARD);
    memset(a.data, 0x5a, bytes(&a) + GUARD);
    return a;
}
static bool intact(const ptm_array *a)
{
    for (size_t i = 0; i < GUARD; ++i)
        if (((char *)a->data)[bytes(a) + i] != 0x5a) return false;
    return true;
}
static double get(const ptm_array *a, size_t i)
{
    return a->type == PTM_FLOAT64 ? ((const double *)a->data)[i] : (double)((const float *)a->data)[i];
}
static void fill(const ptm_array *a, uint64_t seed, double shift)
{
    for (size_t i = 0; i < elements(a); ++i) {
        const float value = (float)(random_number(&seed) + shift);
        if (a->type == PTM_FLOAT64)
            ((double *)a->data)[i] = (double)value;
        else
            ((float *)a->data)[i] = value;
    }
}
static double dot(const ptm_array *a, const ptm_array *b)
{
    double sum = 0;
    for (size_t i = 0; i < elements(a); ++i) sum += get(a, i) * get(b, i);
    return sum;
}

/* One direction: the same numbers through the device's operator, twice, and through the host's in double. */
static void compare(const op_case *c, ptm_operator *op, ptm_operator *exact, bool adjoint)
{
    char what[200];
    snprintf(what, sizeof what, "%s%s", adjoint ? "adjoint of " : "", c->name);
    const ptm_array in = array_of(adjoint ? &op->range : &op->domain), out = array_of(adjoint ? &op->domain : &op->range);
    const ptm_array again = array_of(adjoint ? &op->domain : &op->range);
    const ptm_array exact_in = array_of(adjoint ? &exact->range : &exact->domain);
    const ptm_array exact_out = array_of(adjoint ? &exact->domain : &exact->range);
    fill(&in, 7, 0.5);
    fill(&exact_in, 7, 0.5);
    must(ptm_apply_scaled(exact, adjoint, 1, &exact_in, 0, &exact_out, NULL));
    must(ptm_apply_scaled(op, adjoint, 1, &in, 0, &out, NULL));
    must(ptm_apply_scaled(op, adjoint, 1, &in, 0, &again, NULL));
    double top = 0, worst = 0;
    for (size_t i = 0; i < elements(&out); ++i) {
        const double value = get(&exact_out, i), d = fabs(value - get(&out, i));
        if (!(d <= worst)) worst = d;
        top = fmax(top, fabs(value));
    }
    check(top > 0, "%s: the result is not zero", what);
    /* Weights of voxels near the source are quotients of small differences. */
    const double harder = strstr(c->name, "source inside") || strstr(c->name, "slanting fan") ? 2 : 1;
    check_most(worst / top, c->form->limit * c->operator->limit * harder, what);
    check(memcmp(out.data, again.data, bytes(&out)) == 0, "%s: the same bits twice", what);
    check(intact(&out) && intact(&again), "%s: nothing written beyond the array", what);
    free(in.data);
    free(out.data);
    free(again.data);
    free(exact_in.data);
    free(exact_out.data);
}

/* Signed, not negative, and y = A x, whose products with A x are all of one sign. */
static void test_dots(const op_case *c, ptm_operator *op)
{
    static const char *const kinds[] = { "signed", "not negative", "y = A x" };
    char what[200];
    const ptm_array x = array_of(&op->domain), y = array_of(&op->range), ax = array_of(&op->range),
                    aty = array_of(&op->domain);
    for (int kind = 0; kind < 3; ++kind) {
        if (kind != 1 && elements(&y) == 1)
            continue; /* signed values cancel in the one number, and A x is nothing to compare with */
        fill(&x, 1, kind == 1);
        fill(&y, 2, kind == 1);
        must(ptm_apply(op, &ax, &x));
        if (kind == 2) memcpy(y.data, ax.data, bytes(&y));
        must(ptm_apply_adjoint(op, &aty, &y));
        snprintf(what, sizeof what, "%s: dot test, %s", c->name, kinds[kind]);
        check_most(fabs(dot(&ax, &y) - dot(&x, &aty)) / sqrt(dot(&ax, &ax) * dot(&y, &y)),
            c->form->dots * c->operator->limit, what);
    }
    free(x.data);
    free(y.data);
    free(ax.data);
    free(aty.data);
}

/* Returns whether there is such an operator for the scan. */
static bool try_operator(const op_case *c)
{
    ptm_operator *exact, *op = NULL;
    ptm_projector_options in_double = c->form->options;
    in_double.precision = PTM_FLOAT64;
    in_double.sampling = PTM_SAMPLING_SOFTWARE;
    const int status = c->operator->create(&exact, c->host, c->scan, &in_double);
    if (status == PTM_ERROR_ARGUMENT || status == PTM_ERROR_UNSUPPORTED) return false;
    must(status);
    const bool tried = c->fit == 0 || (c->fit + (int)(c->operator- test_operators)) % c->thin == 0;
    if (tried) must(c->operator->create(&op, c->device, c->scan, &c->form->options));
    if (tried && strcmp(mode, "adjoint") != 0) {
        compare(c, op, exact, false);
        compare(c, op, exact, true);
    }
    if (tried && (strcmp(mode, "adjoint") == 0 || strcmp(mode, "both") == 0)) test_dots(c, op);
    ptm_operator_destroy(&op);
    ptm_operator_destroy(&exact);
    return true;
}

/* The same without work: the reason stays in the message. */
static bool is_supported(const op_case *c)
{
    ptm_operator *op;
    if (c->operator->create(&op, c->device, c->scan, &c->form->options)) return false;
    ptm_operator_destroy(&op);
    return true;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Arrays of zeros that are on the device. */
static ptm_array on_device(ptm_device *device, const ptm_space *space)
{
    ptm_array a = array_of(space);
    memset(a.data, 0, bytes(&a));
    must(ptm_memory_create(&a.memory, device, bytes(&a)));
    must(ptm_memory_write(a.memory, 0, a.data, bytes(&a)));
    free(a.data);
    a.data = NULL;
    return a;
}

/* The best of some runs, one way, in seconds; the first, which makes kernels, does not count. */
static double measure(ptm_operator *op, bool adjoint)
{
    double best = INFINITY;
    ptm_array x = on_device(op->device, &op->domain), y = on_device(op->device, &op->range);
    const double end = now() + 2;
    for (int i = 0; i < 2 || (i < 20 && now() < end); ++i) {
        const double start = now();
        must(ptm_apply_scaled(op, adjoint, 1, adjoint ? &y : &x, 0, adjoint ? &x : &y, NULL));
        must(ptm_queue_finish(&op->device->queue));
        if (i > 0) best = fmin(best, now() - start);
    }
    ptm_memory_destroy(&x.memory);
    ptm_memory_destroy(&y.memory);
    return best;
}

/* Beams through 48^3 voxels, on a GPU 128^3, and as many views; one slice of 256^2, or 1024^2, in the flat family. */
static void time_operator(const op_case *like)
{
    op_case c = *like;
    ptm_scan *scan;
    ptm_operator *op;
    const bool flat = c.form->options.family == PTM_FAMILY_FLAT, gpu = c.device->info.gpu;
    const int n = flat ? gpu ? 1024 : 256 : gpu ? 128 : 48;
    must(make_round_scan(&scan, c.device->context, n, flat, n, 4.0 * n));
    if (c.operator->create(&op, c.device, scan, &c.form->options)) {
        printf("%s, %s: %s\n", c.operator->name, c.form->name, ptm_error_message());
    } else {
        const double updates = (flat ? 1.0 : n) * n * n * n / 1e9, forth = measure(op, false), back = measure(op, true);
        printf("%-31s %-17s %9.3f ms %8.2f G/s   adjoint %9.3f ms %8.2f G/s\n", c.operator->name, c.form->name, 1e3 * forth,
            updates / forth, 1e3 * back, updates / back);
        fflush(stdout);
        passed++;
        ptm_operator_destroy(&op);
    }
    ptm_scan_destroy(&scan);
}

/* An operator in a form, for every scan that it is for. */
static void try_scans(op_case *c, ptm_scan *const *scans)
{
    const bool support = strcmp(mode, "support") == 0;
    for (int i = 0; i < test_scan_count; ++i) {
        if (!wanted(only_scan, test_scans[i].name)) continue;
        c->scan = scans[i];
        snprintf(c->name, sizeof c->name, "%s, %s, %s", c->operator->name, c->form->name, test_scans[i].name);
        c->fit += support ? is_supported(c) : try_operator(c);
    }
    if (!only_scan) check(c->fit > 0, "%s, %s: there are scans for it", c->operator->name, c->form->name);
    if (support)
        printf("%-31s %-17s %2d of %d scans%s%s\n", c->operator->name, c->form->name, c->fit, test_scan_count,
            c->fit == test_scan_count ? "" : "; else: ", c->fit == test_scan_count ? "" : ptm_error_message());
}

static bool is_texture(const test_form *form)
{
    return form->options.sampling == PTM_SAMPLING_TEXTURE;
}

/* Those without families in a family are the same as in none. */
static bool makes_sense(const test_operator *t, const test_form *form)
{
    const bool open = form->options.family == PTM_FAMILY_AUTO;
    if (strcmp(mode, "kernels") == 0 && !t->kernels) return false;
    return wanted(only_operator, t->name) && t->families != open && (t->textures || !is_texture(form));
}

/* Small work-groups along all axes, as GPUs have them. */
static void use_narrow(ptm_device *device, int lanes_per_item)
{
    ptm_device_limits *limits = &device->limits;
    limits->wide = false;
    limits->lanes_per_item = lanes_per_item;
    limits->group[0] = 8;
    limits->group[1] = limits->group[2] = 2;
}

static bool is_host(const ptm_device *device)
{
    return strcmp(device->info.backend, "host") == 0;
}

/* Drivers that compute on processors take long for each launch: there the forms that they do not prefer are tried at every
 * sixth scan, and where even the preferred one is slow, that too. */
static int thinned(const ptm_device *device, const test_form *form)
{
    const char *name = driver_name(&device->info);
    if (is_host(device) || device->info.gpu || takes_all(device)) return 1;
    return form->lanes_per_item || strcmp(name, "rusticl") == 0 ? 6 : strcmp(name, "lavapipe") == 0 ? 3 : 1;
}

/* pocl and rusticl have the same kernels: each builds one of the narrow forms, which takes long. */
static bool is_built_elsewhere(const ptm_device *device, const test_form *form)
{
    const char *name = driver_name(&device->info);
    return !takes_all(device) && ((form->lanes_per_item == 1 && strcmp(name, "rusticl") == 0) ||
        (form->lanes_per_item == 4 && strcmp(name, "pocl") == 0));
}

static void test_forms_on(ptm_device *device, ptm_device *host, ptm_scan *const *scans)
{
    const ptm_device_limits limits = device->limits;
    for (int i = 0; i < test_form_count; ++i) {
        const test_form *form = &test_forms[i];
        if (!wanted(only_form, form->name) || !wanted(only_sampling, is_texture(form) ? "texture" : "software")) continue;
        if (is_texture(form) && !limits.textures) continue; /* said in test_device() */
        if (form->lanes_per_item && is_host(device)) continue; /* it has but the wide form */
        if (is_built_elsewhere(device, form)) continue;
        if (form->lanes_per_item) use_narrow(device, form->lanes_per_item);
        for (int k = 0; k < test_operator_count; ++k) {
            op_case c = { .device = device,
                .host = host,
                .operator= & test_operators[k],
                .form = form,
                .thin = thinned(device, form) };
            if (!makes_sense(c.operator, form)) continue;
            if (strcmp(mode, "perf") == 0)
                time_operator(&c);
            else
                try_scans(&c, scans);
        }
        device->limits = limits;
    }
}

static void test_device(ptm_device *device, const char *name)
{
    ptm_device *host;
    ptm_scan **scans = calloc((size_t)test_scan_count, sizeof *scans);
    must(ptm_device_open(&host, device->context, "host"));
    for (int i = 0; i < test_scan_count; ++i) must(test_scans[i].make(&scans[i], device->context));
    if (!device->limits.textures && !is_host(device)) {
        printf("skipped textures: %s has none\n", name);
        skipped++;
    }
    guards_begin(device);
    test_forms_on(device, host, scans);
    check(guards_end(device) || strcmp(mode, "support") == 0, "%s: kernels write nothing behind their buffers", name);
    for (int i = 0; i < test_scan_count; ++i) ptm_scan_destroy(&scans[i]);
    ptm_device_close(&host);
    free(scans);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name, **value;
    } options[] = { { "--mode", &mode }, { "--operator", &only_operator }, { "--form", &only_form },
        { "--sampling", &only_sampling }, { "--scan", &only_scan } };
    char **devices = calloc((size_t)argc + 1, sizeof *devices);
    int count = 0;
    for (int i = 0; i < argc; ++i) {
        size_t k = 0;
        while (k < sizeof options / sizeof *options && strcmp(argv[i], options[k].name) != 0) ++k;
        if (k < sizeof options / sizeof *options && i + 1 < argc)
            *options[k].value = argv[++i];
        else
            devices[count++] = argv[i];
    }
    for_each_device(count, devices, test_device);
    free(devices);
    return finish();
}
