#include "core/cpu.h"

#include <stdlib.h>
#include <string.h>

static int level_of(const char *variant)
{
    return variant && variant[0] == 'v' && variant[1] >= '2' && variant[1] <= '4' ? variant[1] - '0' : 1;
}

static int level_of_processor(void)
{
#if (defined __x86_64__ || defined __i386__) && defined __GNUC__
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("popcnt")) return 1;
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi2")) return 2;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl") ||
        !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512cd"))
        return 3;
    return 4;
#else
    return 1;
#endif
}

bool ptm_cpu_runs(const char *variant)
{
    int level = level_of_processor();
    const char *highest = getenv("POLYTOME_CPU");
    if (highest && *highest && level_of(highest) < level) level = level_of(highest);
    return level_of(variant) <= level;
}
