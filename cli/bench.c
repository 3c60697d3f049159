/* bench.c - polytome bench. */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 1024 };
#define DEFAULT_WORK "W1,W2,W3,W4,W5,W7"
#define SAVED_WORK "W4"

typedef struct bench {
    const cli_settings *settings;
    ptm_context *context;
    const char *devices[CLI_MAX_DEVICES];
    int device_count;
    char *device_list;
    bool works[32], operations[BENCH_OPERATIONS];
    bench_row *rows;
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

/* ------------------------------------------------------------------ results */

static double rate(const bench_row *r)
{
    return r->updates / r->best * 1e-9;
}

static void print_head(void)
{
    printf("%-4s %-11s %-10s %9s %9s %9s %4s %9s %9s %9s %9s %8s\n", "", "operation", "device", "GUPS", "best s",
        "median s", "n", "create s", "first s", "own MB", "growth MB", "error");
}

static void print_row(const bench_row *r)
{
    printf("%-4s %-11s %-10s %9.3f %9.4f %9.4f %4d %9.4f %9.4f %9.1f %9.1f %8.1e\n", r->work->name,
        bench_operation_names[r->operation], r->device, rate(r), r->best, r->median, r->calls, r->create, r->first,
        (double)r->memory * 1e-6, (double)r->growth * 1e-6, r->error);
    fflush(stdout);
}

static void print_json_row(cli_json *j, const bench_row *r)
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
        const bench_row *r = &b->rows[i];
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
        const bench_row *r = &b->rows[i];
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
    bench_row *r = &b->rows[b->count];
    *r = (bench_row){ .work = p->work, .operation = operation };
    const int status = bench_measure(r, b->context, b->settings, p, device);
    if (status && cli_stopped()) return cli_error(CLI_STOPPED, "stopped");
    if (status == PTM_ERROR_UNSUPPORTED) {
        cli_note(b->settings, "%s %s on %s left out: %s", p->work->name, bench_operation_names[operation],
            device ? device : "auto", cli_library_message());
        return CLI_OK;
    }
    if (status) return cli_library_error(CLI_DEVICE, status);
    if (!b->settings->json && b->count == 0) print_head();
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

/* Some operation of some work. */
static int check_choice(const bench *b)
{
    for (int i = 0; bench_works[i].name; ++i)
        for (int k = 0; k < BENCH_OPERATIONS; ++k)
            if (b->works[i] && b->operations[k] && bench_works[i].operations[k]) return CLI_OK;
    return cli_error(CLI_USAGE, "--operation is \"%s\", of which the chosen work has none; see polytome bench --list",
        b->settings->operation);
}

static int choose(bench *b)
{
    int code = choose_works(b);
    if (!code) code = choose_operations(b);
    if (!code) code = check_choice(b);
    if (!code) code = choose_devices(b);
    if (!code && b->settings->seconds < 0)
        code = cli_error(CLI_USAGE, "--seconds is %g, expected 0 or more", b->settings->seconds);
    return code ? code : check_save(b->settings);
}

static int run(bench *b)
{
    b->rows = malloc(MOST_ROWS * sizeof *b->rows);
    if (!b->rows) return cli_error(CLI_MEMORY, "no memory for %d rows", MOST_ROWS);
    int code = cli_context(&b->context, b->settings->threads);
    for (int i = 0; bench_works[i].name && !code; ++i)
        if (b->works[i]) code = run_work(b, &bench_works[i]);
    if (!code && b->count == 0) code = cli_error(CLI_DEVICE, "nothing could be timed");
    if (!code && b->settings->save) code = save(b);
    if ((!code || code == CLI_STOPPED) && b->settings->json) print_json(b); /* what was measured stays worth something */
    return code;
}

int cli_bench(const cli_settings *s)
{
    bench b = { .settings = s };
    int code = choose(&b);
    if (!code && s->list) (s->json ? list_json : list)(s);
    else if (!code) code = run(&b);
    ptm_context_destroy(&b.context);
    free(b.rows);
    free(b.device_list);
    return code;
}
