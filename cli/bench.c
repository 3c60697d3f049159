/* bench.c - polytome bench. */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CALLS = 1000, MOST_ROWS = 1024 };
#define DEFAULT_WORK "W1,W2,W3,W4,W5,W7"
#define SAVED_WORK "W4"

/* What was measured; seconds. */
typedef struct row {
    const bench_work *work;
    bench_operation operation;
    char device[64], model[256];
    double create, first, best, median, error;
    int calls;
    uint64_t memory;   /* of the operator, bytes */
    uint64_t growth;   /* most the process grew by while the operator was made and first called */
    uint64_t arrays;   /* of input and output */
    double updates;    /* voxels times views */
} row;

typedef struct bench {
    const cli_settings *settings;
    ptm_context *context;
    const char *devices[CLI_MAX_DEVICES];
    int device_count;
    char *device_list;
    bool works[32], operations[BENCH_OPERATIONS];
    row *rows;
    int count;
} bench;

/* ------------------------------------------------------------------ what is wanted */

/* Is this name one of a list "a,b,c"? */
static bool is_listed(const char *list, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = list; at; at = strchr(at, ','), at += at != NULL)
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || !at[length])) return true;
    return false;
}

static int count_items(const char *list)
{
    int count = 1;
    for (; *list; ++list) count += *list == ',';
    return count;
}

static int choose_works(bench *b)
{
    const char *list = b->settings->work ? b->settings->work : b->settings->save ? SAVED_WORK : DEFAULT_WORK;
    const bool all = strcmp(list, "all") == 0;
    int found = 0;
    for (int i = 0; bench_works[i].name; ++i) found += b->works[i] = all || is_listed(list, bench_works[i].name);
    if (all || found == count_items(list)) return CLI_OK;
    return cli_error(CLI_USAGE, "--work is \"%s\", expected names as polytome bench --list has them, or all", list);
}

static int choose_operations(bench *b)
{
    const char *list = b->settings->operation;
    int found = 0;
    for (int i = 0; i < BENCH_OPERATIONS; ++i)
        found += b->operations[i] = !list || is_listed(list, bench_operation_names[i]);
    if (!list || found == count_items(list)) return CLI_OK;
    return cli_error(CLI_USAGE, "--operation is \"%s\", expected some of forward,adjoint,backproject,fbp", list);
}

static int choose_devices(bench *b)
{
    b->device_count = 1;
    if (!b->settings->device) return CLI_OK;
    b->device_count = cli_device_names(b->devices, &b->device_list, b->settings->device);
    return b->device_count ? CLI_OK : b->device_list ? CLI_USAGE : CLI_MEMORY;
}

/* ------------------------------------------------------------------ memory of the process */

/* A line of /proc/self/status in bytes; 0 where there is none. */
static uint64_t status_bytes(const char *field)
{
    FILE *file = fopen("/proc/self/status", "r");
    if (!file) return 0;
    char line[256];
    unsigned long long kilobytes = 0;
    while (fgets(line, sizeof line, file))
        if (strncmp(line, field, strlen(field)) == 0) sscanf(line + strlen(field), ": %llu", &kilobytes);
    fclose(file);
    return (uint64_t)kilobytes * 1024;
}

/* Sets the mark of the most memory used to what is used now, and returns that; 0 where the system cannot. */
static uint64_t reset_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (!file) return 0;
    const bool written = fputs("5", file) >= 0;
    return fclose(file) == 0 && written ? status_bytes("VmRSS") : 0;
}

/* ------------------------------------------------------------------ measuring */

/* An array of the caller's, in the host's memory or copied to the device. */
typedef struct operand {
    ptm_array array;
    float *host;
    ptm_memory *memory;
    uint64_t bytes;
} operand;

static int operand_make(operand *o, ptm_device *device, const int64_t shape[3], float *host, bool resident)
{
    *o = (operand){ .array = PTM_ARRAY_3D(host, shape[0], shape[1], shape[2]), .host = host,
        .bytes = (uint64_t)(shape[0] * shape[1] * shape[2]) * sizeof *host };
    if (!resident) return PTM_OK;
    int status = ptm_memory_create(&o->memory, device, o->bytes);
    if (!status) status = ptm_memory_write(o->memory, 0, host, o->bytes);
    o->array.data = NULL;
    o->array.memory = o->memory;
    return status;
}

/* Also waits for what was enqueued. */
static int operand_fetch(const operand *o, uint64_t bytes)
{
    return o->memory ? ptm_memory_read(o->memory, 0, o->host, bytes) : PTM_OK;
}

static int make_operator(ptm_operator **op, ptm_device *device, const bench_problem *p, bench_operation operation,
    const cli_settings *s)
{
    const ptm_projector_options projector = { PTM_SIZED(ptm_projector_options), .sampling = (ptm_sampling)s->sampling,
        .family = s->general ? PTM_FAMILY_GENERAL : PTM_FAMILY_AUTO };
    const ptm_fbp_options fbp = { PTM_SIZED(ptm_fbp_options), .projector = &projector };
    if (operation == BENCH_FBP) return ptm_fbp_create(op, device, p->scan, &fbp);
    if (operation == BENCH_BACKPROJECT) return ptm_backprojector_create(op, device, p->scan, &projector);
    ptm_projector_options modelled = projector;
    modelled.model = (ptm_projector_model)s->model;
    return ptm_projector_create(op, device, p->scan, &modelled);
}

static int call(ptm_operator *op, bench_operation operation, const operand *out, const operand *in)
{
    const bool adjoint = operation == BENCH_ADJOINT;
    const int status = adjoint ? ptm_apply_adjoint(op, &out->array, &in->array) : ptm_apply(op, &out->array, &in->array);
    return status ? status : operand_fetch(out, sizeof(float));
}

static int compare_seconds(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int repeat(row *r, ptm_operator *op, const operand *out, const operand *in, const cli_settings *s)
{
    double times[MOST_CALLS], sum = 0;
    const int most = s->repeat ? s->repeat < MOST_CALLS ? s->repeat : MOST_CALLS : 9;
    const double seconds = isnan(s->seconds) ? 5 : s->seconds;
    while (r->calls == 0 || (r->calls < most && sum < seconds && !cli_stopped())) {
        const double start = cli_now();
        const int status = call(op, r->operation, out, in);
        if (status) return status;
        sum += times[r->calls++] = cli_now() - start;
    }
    qsort(times, (size_t)r->calls, sizeof *times, compare_seconds);
    r->best = times[0];
    r->median = 0.5 * (times[r->calls / 2] + times[(r->calls - 1) / 2]);
    return PTM_OK;
}

static int find_error(row *r, const bench_problem *p, ptm_operator *op, const float *result)
{
    if (r->operation != BENCH_ADJOINT) {
        r->error = bench_error(p, r->operation, result);
        return PTM_OK;
    }
    float *ax = bench_array(p->projections);
    if (!ax) return ptm_error_set(PTM_ERROR_MEMORY, "no memory for projections of %s", p->work->name);
    const ptm_array out = PTM_ARRAY_3D(ax, p->projections[0], p->projections[1], p->projections[2]);
    const ptm_array in = PTM_ARRAY_3D(p->image, p->volume[0], p->volume[1], p->volume[2]);
    const int status = ptm_apply(op, &out, &in);
    if (!status) r->error = bench_mismatch(p, ax, result);
    free(ax);
    return status;
}

static int measure_operator(row *r, ptm_device *device, const bench_problem *p, const operand *out, const operand *in,
    const cli_settings *s)
{
    ptm_operator *op;
    const uint64_t before = reset_peak();
    const double start = cli_now();
    int status = make_operator(&op, device, p, r->operation, s);
    if (status) return status;
    r->create = cli_now() - start;
    r->memory = ptm_operator_memory(op);
    const double created = cli_now();
    status = call(op, r->operation, out, in);
    r->first = cli_now() - created;
    const uint64_t peak = before ? status_bytes("VmHWM") : 0;
    r->growth = peak > before ? peak - before : 0;
    if (!status) status = repeat(r, op, out, in, s);
    if (!status) status = operand_fetch(out, out->bytes);
    if (!status) status = find_error(r, p, op, out->host);
    ptm_operator_destroy(&op);
    return status;
}

/* A device of its own, so that building or loading kernels is part of making every operator. */
static int measure(row *r, const bench *b, const bench_problem *p, const char *device_name)
{
    const bool forward = r->operation == BENCH_FORWARD;
    const int64_t *in_shape = forward ? p->volume : p->projections, *out_shape = forward ? p->projections : p->volume;
    ptm_device *device;
    operand in = { .bytes = 0 }, out = { .bytes = 0 };
    int status = ptm_device_open(&device, b->context, device_name);
    if (status) return status;
    const ptm_device_info *info = ptm_device_get_info(device);
    snprintf(r->device, sizeof r->device, "%s:%d", info->backend, info->index);
    snprintf(r->model, sizeof r->model, "%s", info->name);
    float *result = bench_array(out_shape);
    if (result) {
        status = operand_make(&in, device, in_shape, forward ? p->image : p->sinogram, b->settings->resident);
        memset(result, 0, (size_t)(out_shape[0] * out_shape[1] * out_shape[2]) * sizeof *result);
        if (!status) status = operand_make(&out, device, out_shape, result, b->settings->resident);
        r->arrays = in.bytes + out.bytes;
        r->updates = (double)(p->volume[0] * p->volume[1] * p->volume[2]) * p->size.views;
        if (!status) status = measure_operator(r, device, p, &out, &in, b->settings);
    } else {
        status = ptm_error_set(PTM_ERROR_MEMORY, "no memory for the result of %s", p->work->name);
    }
    ptm_memory_destroy(&in.memory);
    ptm_memory_destroy(&out.memory);
    free(result);
    ptm_device_close(&device);
    return status;
}

/* ------------------------------------------------------------------ results */

static double rate(const row *r)
{
    return r->updates / r->best * 1e-9;
}

static void print_head(void)
{
    printf("%-4s %-11s %-10s %9s %9s %9s %4s %9s %9s %9s %9s %8s\n", "", "operation", "device", "GUPS", "best s",
        "median s", "n", "create s", "first s", "own MB", "growth MB", "error");
}

static void print_row(const row *r)
{
    printf("%-4s %-11s %-10s %9.3f %9.4f %9.4f %4d %9.4f %9.4f %9.1f %9.1f %8.1e\n", r->work->name,
        bench_operation_names[r->operation], r->device, rate(r), r->best, r->median, r->calls, r->create, r->first,
        (double)r->memory * 1e-6, (double)r->growth * 1e-6, r->error);
    fflush(stdout);
}

static void print_json_row(cli_json *j, const row *r)
{
    cli_json_open(j, NULL, '{');
    cli_json_text(j, "work", r->work->name);
    cli_json_text(j, "operation", bench_operation_names[r->operation]);
    cli_json_text(j, "device", r->device);
    cli_json_text(j, "model", r->model);
    cli_json_number(j, "gups", rate(r));
    cli_json_number(j, "best_seconds", r->best);
    cli_json_number(j, "median_seconds", r->median);
    cli_json_integer(j, "calls", r->calls);
    cli_json_number(j, "create_seconds", r->create);
    cli_json_number(j, "first_seconds", r->first);
    cli_json_integer(j, "operator_bytes", (int64_t)r->memory);
    cli_json_integer(j, "growth_bytes", (int64_t)r->growth);
    cli_json_integer(j, "array_bytes", (int64_t)r->arrays);
    cli_json_number(j, "error", r->error);
    cli_json_close(j, '}');
}

static void print_json(const bench *b)
{
    cli_json j = { .to = stdout };
    cli_json_begin(&j, b->settings, NULL, NULL);
    cli_json_text(&j, "version", ptm_version());
    cli_json_open(&j, "rows", '[');
    for (int i = 0; i < b->count; ++i) print_json_row(&j, &b->rows[i]);
    cli_json_close(&j, ']');
    cli_json_end(&j, NULL);
}

static void list_json(const cli_settings *s)
{
    const bool small = s->bench_size == 1;
    cli_json j = { .to = stdout };
    cli_json_begin(&j, s, NULL, NULL);
    cli_json_open(&j, "works", '[');
    for (const bench_work *w = bench_works; w->name; ++w) {
        const bench_size *n = &w->sizes[small];
        cli_json_open(&j, NULL, '{');
        cli_json_text(&j, "name", w->name);
        cli_json_text(&j, "help", w->help);
        cli_json_flag(&j, "divergent", w->divergent);
        cli_json_integer(&j, "views", n->views);
        cli_json_shape(&j, "volume", (const int64_t[]){ n->nz, n->n, n->n }, 3);
        cli_json_shape(&j, "detector", (const int64_t[]){ n->nv, n->nu }, 2);
        cli_json_number(&j, "pixel", w->pixel);
        cli_json_number(&j, "sod", w->sod * n->n);
        cli_json_number(&j, "sdd", w->sdd * n->n);
        cli_json_number(&j, "tilt", w->tilt);
        cli_json_open(&j, "operations", '[');
        for (int i = 0; i < BENCH_OPERATIONS; ++i)
            if (w->operations[i]) cli_json_text(&j, NULL, bench_operation_names[i]);
        cli_json_close(&j, ']');
        cli_json_close(&j, '}');
    }
    cli_json_close(&j, ']');
    cli_json_end(&j, NULL);
}

static void list(const cli_settings *s)
{
    const bool small = s->bench_size == 1;
    printf("%-4s %-16s %5s %11s  %s\n", "", "volume", "views", "detector", "");
    for (const bench_work *w = bench_works; w->name; ++w) {
        const bench_size *n = &w->sizes[small];
        char volume[64], detector[64];
        snprintf(volume, sizeof volume, "%d x %d x %d", n->nz, n->n, n->n);
        snprintf(detector, sizeof detector, "%d x %d", n->nv, n->nu);
        printf("%-4s %-16s %5d %11s  %s\n", w->name, volume, n->views, detector, w->help);
    }
}

/* ------------------------------------------------------------------ rates for --device-weights */

/* Of all rows of a device and an operation; 0 where there are none. */
static double rate_of(const bench *b, const char *device, bench_operation operation)
{
    double updates = 0, seconds = 0;
    for (int i = 0; i < b->count; ++i) {
        const row *r = &b->rows[i];
        if (r->operation != operation || strcmp(r->device, device) != 0) continue;
        updates += r->updates;
        seconds += r->best;
    }
    return seconds > 0 ? updates / seconds * 1e-9 : 0;
}

static bool is_among(const ptm_io_rate *rates, int count, const char *device)
{
    for (int i = 0; i < count; ++i)
        if (strcmp(rates[i].device, device) == 0) return true;
    return false;
}

static int save(const bench *b)
{
    ptm_io_rate rates[CLI_MAX_DEVICES] = { { .forward = 0 } };
    int count = 0;
    for (int i = 0; i < b->count; ++i) {
        const row *r = &b->rows[i];
        if (is_among(rates, count, r->device)) continue;
        ptm_io_rate *rate = &rates[count++];
        memcpy(rate->device, r->device, sizeof rate->device);
        memcpy(rate->model, r->model, sizeof rate->model);
        rate->forward = rate_of(b, r->device, BENCH_FORWARD);
        rate->adjoint = rate_of(b, r->device, BENCH_ADJOINT);
        rate->fbp = rate_of(b, r->device, BENCH_FBP);
    }
    const int status = ptm_io_rates_write(b->settings->save, rates, count, b->settings->overwrite);
    return status ? cli_library_error(CLI_OUTPUT, status) : CLI_OK;
}

/* Before minutes of work. */
static int check_save(const cli_settings *s)
{
    const ptm_io_write_options o = { PTM_SIZED(ptm_io_write_options), .overwrite = s->overwrite };
    return s->save ? cli_write_check(s->save, NULL, &o) : CLI_OK;
}

/* ------------------------------------------------------------------ the command */

static int run_one(bench *b, const bench_problem *p, bench_operation operation, const char *device)
{
    row *r = &b->rows[b->count];
    *r = (row){ .work = p->work, .operation = operation };
    const int status = measure(r, b, p, device);
    if (status && cli_stopped()) return cli_error(CLI_STOPPED, "stopped");
    if (status == PTM_ERROR_UNSUPPORTED) {
        cli_note(b->settings, "%s %s on %s left out: %s", p->work->name, bench_operation_names[operation],
            device ? device : "auto", ptm_error_message());
        return CLI_OK;
    }
    if (status) return cli_library_error(CLI_DEVICE, status);
    if (!b->settings->json) print_row(r);
    b->count++;
    return cli_stopped() ? cli_error(CLI_STOPPED, "stopped") : CLI_OK;
}

static int run_work(bench *b, const bench_work *work)
{
    bench_problem p;
    const int status = bench_problem_make(&p, b->context, work, b->settings->bench_size == 1);
    if (status) return cli_library_error(CLI_FAILED, status);
    int code = CLI_OK;
    for (int i = 0; i < BENCH_OPERATIONS; ++i)
        for (int d = 0; d < b->device_count && !code; ++d)
            if (work->operations[i] && b->operations[i]) code = run_one(b, &p, (bench_operation)i, b->devices[d]);
    bench_problem_free(&p);
    return code;
}

static int run(bench *b)
{
    int code = choose_works(b);
    if (!code) code = choose_operations(b);
    if (!code) code = choose_devices(b);
    if (!code) code = check_save(b->settings);
    if (!code && b->settings->seconds < 0)
        code = cli_error(CLI_USAGE, "--seconds is %g, expected 0 or more", b->settings->seconds);
    if (code) return code;
    b->rows = malloc(MOST_ROWS * sizeof *b->rows);
    if (!b->rows) return cli_error(CLI_MEMORY, "no memory for %d rows", MOST_ROWS);
    const ptm_context_options o = { PTM_SIZED(ptm_context_options), .threads = b->settings->threads };
    const int status = ptm_context_create(&b->context, &o);
    if (status) return cli_library_error(CLI_DEVICE, status);
    if (!b->settings->json) print_head();
    for (int i = 0; bench_works[i].name && !code; ++i)
        if (b->works[i]) code = run_work(b, &bench_works[i]);
    if (!code && b->settings->save) code = save(b);
    if ((!code || code == CLI_STOPPED) && b->settings->json) print_json(b); /* what was measured stays worth something */
    return code;
}

int cli_bench(const cli_settings *s)
{
    if (s->list) return (s->json ? list_json : list)(s), CLI_OK;
    bench b = { .settings = s };
    const int code = run(&b);
    ptm_context_destroy(&b.context);
    free(b.rows);
    free(b.device_list);
    return code;
}
