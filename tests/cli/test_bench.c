/* test_bench.c - polytome bench: what it says is valid, finite and, where exact values exist, right. Usage: test_bench
 * POLYTOME */
#define _XOPEN_SOURCE 700
#include "program.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#ifdef PTM_IO_HAVE_JSON
#include <jansson.h>

/* As large as errors of the small workloads may be: they are those of the sampling, not of rounding. */
static const struct {
    const char *operation;
    double limit;
} limits[] = { { "forward", 2e-3 }, { "adjoint", 1e-6 }, { "backproject", 1e-3 }, { "fbp", 5e-3 } };

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

/* The result's list under a key, which must have so many members; NULL if it is not there. */
static json_t *list(json_t **root, const char *key, size_t count)
{
    json_error_t error = { .text = "" };
    *root = json_loads(program_out, JSON_REJECT_DUPLICATES, &error);
    json_t *found = json_object_get(*root, key);
    check(*root != NULL, "the result is JSON: %s", error.text);
    check(json_array_size(found) == count, "%s: %zu of them, expected %zu", key, json_array_size(found), count);
    return found;
}

static void check_row(const json_t *row, const char *operation)
{
    static const char *const positive[] = { "gups", "best_seconds", "median_seconds", "calls", "create_seconds",
        "first_seconds", "operator_bytes", "array_bytes" };
    check(strcmp(text(row, "operation"), operation) == 0, "%s: it is %s", operation, text(row, "operation"));
    check(strcmp(text(row, "device"), "host:0") == 0 && *text(row, "model"), "%s: on %s, %s", operation,
        text(row, "device"), text(row, "model"));
    for (size_t i = 0; i < sizeof positive / sizeof *positive; ++i)
        check(number(row, positive[i]) > 0 && isfinite(number(row, positive[i])), "%s: %s is %g", operation, positive[i],
            number(row, positive[i]));
    check(number(row, "growth_bytes") >= 0, "%s: growth_bytes is %g", operation, number(row, "growth_bytes"));
    check(number(row, "best_seconds") <= number(row, "median_seconds") && number(row, "calls") <= 2,
        "%s: best, median and calls go together", operation);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; ++i)
        if (strcmp(limits[i].operation, operation) == 0) check_most(number(row, "error"), limits[i].limit, operation);
}

static void test_rows(void)
{
    static const char *const operations[] = { "forward", "adjoint", "backproject", "fbp" };
    json_t *root;
    check(run("bench --work W1,W3 --size small --device host --repeat 2 --json") == 0, "W1 and W3: %s", program_err);
    const json_t *rows = list(&root, "rows", 4);
    for (size_t i = 0; i < json_array_size(rows) && i < 4; ++i) check_row(json_array_get(rows, i), operations[i]);
    json_decref(root);
}

/* The general family, and a detector that none but it can take. */
static void test_general(void)
{
    json_t *root;
    check(run("bench --work W4,W4T --operation forward --size small --device host --repeat 1 --general --json") == 0,
        "--general: %s", program_err);
    const json_t *rows = list(&root, "rows", 2);
    for (size_t i = 0; i < json_array_size(rows); ++i)
        check_most(number(json_array_get(rows, i), "error"), 1e-2, "general, forward");
    json_decref(root);
}

/* Footprints are means over pixels: nearly the line integrals of what is smooth. */
static void test_footprints(void)
{
    json_t *root;
    check(run("bench --work W1,W4 --operation forward,adjoint --size small --device host --repeat 1 --model footprint "
              "--json") == 0,
        "--model: %s", program_err);
    const json_t *rows = list(&root, "rows", 4);
    for (size_t i = 0; i < json_array_size(rows); ++i)
        check_most(number(json_array_get(rows, i), "error"), i % 2 ? 1e-6 : 1e-2,
            i % 2 ? "footprints, adjoint" : "footprints, forward");
    json_decref(root);
}

/* What was measured before it is stopped is told. */
static void test_stop(void)
{
    const pid_t child = start_with(in_folder("out"), in_folder("err"),
        "bench --work W1 --size small --device host --repeat 1000 --seconds 30 --json");
    nanosleep(&(struct timespec){ 1, 0 }, NULL);
    kill(child, SIGINT);
    const int code = wait_for(child);
    FILE *out = fopen(in_folder("out"), "r"), *err = fopen(in_folder("err"), "r");
    json_t *root = json_loadf(out, 0, NULL);
    char line[80] = "";
    check(fgets(line, sizeof line, err) && strstr(line, "stopped"), "stopped: it says so: %s", line);
    check(code == 130 && json_array_size(json_object_get(root, "rows")) > 0, "stopped: %d, with %zu rows", code,
        json_array_size(json_object_get(root, "rows")));
    json_decref(root);
    fclose(out);
    fclose(err);
    clear_folder();
}

static void test_list(void)
{
    json_t *root;
    check(run("bench --list --json") == 0, "--list: %s", program_err);
    const json_t *works = list(&root, "works", 10);
    check(strcmp(text(root, "command"), "bench") == 0, "--list: it names the command");
    for (size_t i = 0; i < json_array_size(works); ++i) {
        const json_t *work = json_array_get(works, i);
        check(*text(work, "name") && json_array_size(json_object_get(work, "volume")) == 3 &&
                  json_array_size(json_object_get(work, "detector")) == 2 &&
                  json_array_size(json_object_get(work, "operations")) > 0 && number(work, "pixel") > 0,
            "--list: %s is whole", text(work, "name"));
    }
    json_decref(root);
}
#endif

static void test_usage(void)
{
    static const char *const wrong[] = { "--work W1,W9", "--work W1,", "--operation forward,backward", "--device host,",
        "--size medium", "--repeat 0", "--seconds -1" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        const int code = run("bench --size small %s", wrong[i]);
        check(code == 2 && *program_err && !*program_out, "%s -> %d %s", wrong[i], code, program_err);
    }
    check(run("bench --work W1 --size small --device nothing") == 5, "a device that is not there: %s", program_err);
    check(run("bench --work W1 --size small --device host --sampling texture") == 5 && strstr(program_err, "left out") &&
        strstr(program_err, "nothing could be timed"),
        "what a device cannot: %s", program_err);
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: test_bench POLYTOME\n"), 2;
    program_begin(argv[1]);
    test_usage();
#ifdef PTM_IO_HAVE_JSON
    test_rows();
    test_general();
    test_footprints();
    test_stop();
    test_list();
#endif
    program_end();
    return finish();
}
