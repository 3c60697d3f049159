/* cpu.h - which builds of the kernels this processor can run. */
#ifndef PTM_CPU_H
#define PTM_CPU_H
#include <stdbool.h>
/* variant: "baseline", "v2", "v3" or "v4" (the x86-64 levels); POLYTOME_CPU names the highest to use. */
bool ptm_cpu_runs(const char *variant);
#endif
