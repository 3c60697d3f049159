/* memory.c - see memory.h. */
#include "memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

int cli_memory_parse(uint64_t *bytes, const char *text)
{
    static const char units[] = "KMGT";
    char *end;
    double value = strtod(text, &end);
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (unit) value = ldexp(value, 10 * (int)(unit - units + 1));
    if (end == text || (*end && (!unit || end[1])) || !(value >= 1 && value <= 1e18))
        return cli_error(CLI_USAGE, "--memory is \"%s\", expected bytes, or a number and K, M, G or T, as 2G", text);
    *bytes = (uint64_t)value;
    return CLI_OK;
}

const char *cli_memory_text(char text[32], uint64_t bytes)
{
    static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
    double value = (double)bytes;
    int unit = 0;
    for (; unit < 4 && value >= 1024; ++unit) value /= 1024;
    const int parts = value < 10 && unit ? 10 : 1;
    value = ceil(value * parts) / parts;
    snprintf(text, 32, "%.*f %s", parts > 1, value, units[unit]);
    return text;
}

void cli_memory_settle(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 1 << 18); /* and no other one later: freed blocks of some MiB would stay */
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
    malloc_trim(0);
#endif
}

/* A line of /proc/self/status, in kB there. */
static uint64_t status_of(const char *name)
{
    char line[256];
    uint64_t found = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && !found && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0) found = strtoull(line + strlen(name), NULL, 10);
    if (file) fclose(file);
    return found * 1024;
}

uint64_t cli_memory_now(void)
{
    return status_of("VmRSS:");
}

uint64_t cli_memory_peak(void)
{
    return status_of("VmHWM:");
}
