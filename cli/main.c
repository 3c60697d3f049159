/* main.c - the program polytome: commands, messages, options. */
#include "cli.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct { const char *name; int (*run)(int argc, char **argv); const char *help; } commands[] = {
    { "devices", cli_devices, "what this machine can compute on, and why not on the rest" },
    { "info", cli_info, "what a file holds" },
    { "reconstruct", cli_reconstruct, "a scan's slices, by filtered back-projection" },
    { "project", cli_project, "projections of a volume" },
    { "phantom", cli_phantom, "a Shepp-Logan volume to try things on" } };

static void print_line(const char *format, va_list list)
{
    fprintf(stderr, "polytome: ");
    vfprintf(stderr, format, list);
    fprintf(stderr, "\n");
}

int cli_error(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    print_line(format, list);
    va_end(list);
    return CLI_FAILED;
}

int cli_usage(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    print_line(format, list);
    va_end(list);
    return CLI_USAGE;
}

int cli_library_error(void)
{
    return cli_error("%s", ptm_error_message());
}

int cli_check_output(const char *path, bool overwrite)
{
    if (overwrite || strchr(path, '%') || access(path, F_OK) != 0) return CLI_OK;
    return cli_error("%s: exists already; --overwrite replaces it", path);
}

double cli_now(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void print_help(const char *synopsis, const cli_option *options)
{
    printf("usage: polytome %s\n\n", synopsis);
    for (; options->name; ++options) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", options->name, options->value ? " " : "", options->value ? options->value : "");
        printf("  %-18s %s\n", left, options->help);
    }
}

static bool store(const cli_option *option, const char *text)
{
    char *end;
    errno = 0;
    switch (option->kind) {
    case CLI_FLAG: *(bool *)option->into = true; return true;
    case CLI_TEXT: *(const char **)option->into = text; return true;
    case CLI_NUMBER:
        *(double *)option->into = strtod(text, &end);
        return end != text && *end == '\0' && isfinite(*(double *)option->into);
    case CLI_INTEGER: {
        const long value = strtol(text, &end, 10);
        *(int *)option->into = (int)value;
        return end != text && *end == '\0' && errno == 0 && value >= 0 && value <= INT_MAX;
    }
    }
    return false;
}

int cli_parse(int argc, char **argv, const char *synopsis, const cli_option *options, const char **arguments, int capacity)
{
    int count = 0;
    for (int i = 1; i < argc; ++i) {
        if (strcmp(argv[i], "--help") == 0) {
            print_help(synopsis, options);
            return -2;
        }
        if (strncmp(argv[i], "--", 2) != 0) {
            if (count < capacity) arguments[count] = argv[i];
            count++;
            continue;
        }
        const char *name = argv[i] + 2, *equals = strchr(name, '=');
        const size_t length = equals ? (size_t)(equals - name) : strlen(name);
        const cli_option *option = options;
        while (option->name && (strlen(option->name) != length || strncmp(option->name, name, length) != 0)) option++;
        if (!option->name) return cli_usage("no option %s; see polytome %s --help", argv[i], argv[0]), -1;
        const char *value = equals ? equals + 1 : option->value && i + 1 < argc ? argv[++i] : NULL;
        if (!option->value != !value)
            return cli_usage("--%s %s", option->name, option->value ? "needs a value" : "takes no value"), -1;
        if (!store(option, value))
            return cli_usage("--%s is \"%s\", expected %s", option->name, value, option->kind == CLI_INTEGER ? "a whole number" : "a number"), -1;
    }
    if (count > capacity) return cli_usage("too many arguments; see polytome %s --help", argv[0]), -1;
    return count;
}

int cli_open(ptm_context **context, ptm_device **device, const char *name)
{
    if (ptm_context_create(context, NULL)) return cli_library_error();
    if (device && ptm_device_open(device, *context, name)) {
        const int code = cli_library_error();
        ptm_context_destroy(context);
        return code;
    }
    return CLI_OK;
}

static int help(void)
{
    printf("polytome %s - tomographic reconstruction on any hardware\n\nusage: polytome COMMAND [--help] ...\n\n", ptm_version());
    for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i) printf("  %-12s %s\n", commands[i].name, commands[i].help);
    return CLI_OK;
}

int main(int argc, char **argv)
{
    if (argc < 2) return help(), CLI_USAGE;
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) return help();
    if (strcmp(argv[1], "--version") == 0) return printf("polytome %s\n", ptm_version()) < 0;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i)
        if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
    return cli_usage("no command %s; see polytome --help", argv[1]);
}
