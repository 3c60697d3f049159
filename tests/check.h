/* check.h - counting what holds and what does not, and finding devices. */
#ifndef PTM_CHECK_H
#define PTM_CHECK_H
#include <polytome/polytome.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int passed, failed, skipped;

/* Says what was expected where `ok` is false; "detail" is printed either way when POLYTOME_TEST_VERBOSE is set. */
__attribute__((format(printf, 2, 3), unused)) static bool check(bool ok, const char *format, ...)
{
    if (ok) passed++;
    else failed++;
    if (!ok || getenv("POLYTOME_TEST_VERBOSE")) {
        va_list list;
        va_start(list, format);
        printf(ok ? "  ok     " : "  FAILED ");
        vprintf(format, list);
        printf("\n");
        va_end(list);
        fflush(stdout);
    }
    return ok;
}

/* A value that must not exceed a limit; NaN does. */
__attribute__((unused)) static bool check_most(double value, double limit, const char *what)
{
    return check(value <= limit, "%s: %.3g, at most %.3g", what, value, limit);
}

__attribute__((unused)) static void must(int status)
{
    if (status == PTM_OK) return;
    printf("  FAILED unexpectedly: %d %s\n", status, ptm_error_message());
    exit(1);
}

__attribute__((unused)) static int finish(void)
{
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed ? 1 : passed ? 0 : 77;
}

/* The names tests know drivers by; POLYTOME_REQUIRE=host,pocl,... makes a missing one a failure. */
static const struct { const char *name, *backend, *word; } known_drivers[] = {
    { "host", "host", "" }, { "pocl", "opencl", "Portable Computing Language" }, { "rusticl", "opencl", "rusticl" },
    { "oclgrind", "opencl", "Oclgrind" }, { "lavapipe", "vulkan", "llvmpipe" }, { "cuda", "cuda", "" } };

/* Whether a test goes through all of its cases on a device. Some stand for all where each takes long, as on drivers that
 * compute on processors, or with sanitizers, for which POLYTOME_TEST_FEW is set; with POLYTOME_TEST_LONG none is left
 * out. */
__attribute__((unused)) static bool takes_all(const ptm_device *device)
{
    if (getenv("POLYTOME_TEST_LONG")) return true;
    return strcmp(ptm_device_get_info(device)->backend, "host") == 0 && !getenv("POLYTOME_TEST_FEW");
}

__attribute__((unused)) static const char *driver_name(const ptm_device_info *info)
{
    for (size_t i = 0; i < sizeof known_drivers / sizeof *known_drivers; ++i)
        if (strcmp(known_drivers[i].backend, info->backend) == 0 &&
            (strstr(info->driver, known_drivers[i].word) || strstr(info->name, known_drivers[i].word)))
            return known_drivers[i].name;
    return info->backend;
}

/* Whether a device is asked for by what it goes by; "others" are all those that are none of the drivers of processors. */
__attribute__((unused)) static bool is_asked_for(
    int argc, char **argv, const char *name, const char *full, const char *backend)
{
    for (int k = 1; k < argc; ++k) {
        if (strcmp(argv[k], name) == 0 || strcmp(argv[k], full) == 0 || strcmp(argv[k], backend) == 0) return true;
        if (strcmp(argv[k], "others") == 0 && !strstr(",host,pocl,rusticl,oclgrind,lavapipe,", name)) return true;
    }
    return argc < 2;
}

/* Calls test(device, name) for every device, or for those named on the command line (pocl, vulkan:0, ...). */
__attribute__((unused)) static void for_each_device(
    int argc, char **argv, void (*test)(ptm_device *device, const char *name))
{
    ptm_context *context;
    ptm_device_info infos[32];
    must(ptm_context_create(&context, NULL));
    const int count = ptm_devices(context, infos, 32);
    char tested[512] = ",";
    for (int i = 0; i < count && i < 32; ++i) {
        char full[32];
        snprintf(full, sizeof full, "%s:%d", infos[i].backend, infos[i].index);
        const char *name = driver_name(&infos[i]);
        if (!is_asked_for(argc, argv, name, full, infos[i].backend)) continue;
        ptm_device *device;
        int status = ptm_device_open(&device, context, full);
        if (!check(status == PTM_OK, "%s opens: %s", full, status ? ptm_error_message() : "")) continue;
        printf("%s (%s)\n", name, infos[i].name);
        test(device, name);
        ptm_device_close(&device);
        snprintf(tested + strlen(tested), sizeof tested - strlen(tested), "%s,", name);
    }
    ptm_backend_info backends[8];
    const int n = ptm_backends(context, backends, 8);
    for (int i = 0; i < n; ++i)
        if (backends[i].device_count == 0) {
            printf("skipped %s: %s\n", backends[i].name, backends[i].reason);
            skipped++;
        }
    char required[256];
    snprintf(required, sizeof required, "%s", getenv("POLYTOME_REQUIRE") ? getenv("POLYTOME_REQUIRE") : "");
    for (char *name = strtok(required, ","); name; name = strtok(NULL, ",")) {
        char word[64];
        if (!is_asked_for(argc, argv, name, "", "")) continue;
        snprintf(word, sizeof word, ",%s,", name);
        check(strstr(tested, word) != NULL, "POLYTOME_REQUIRE: %s is there", name);
    }
    ptm_context_destroy(&context);
}

/* Numbers from -1 to 1, the same everywhere. */
__attribute__((unused)) static double random_number(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(int64_t)(*state >> 11) / (double)(1ll << 52) - 1;
}
#endif
