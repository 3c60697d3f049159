/* environment.h - the environment variables that decide what callers leave open; docs/contracts.md lists them. */
#ifndef PTM_ENVIRONMENT_H
#define PTM_ENVIRONMENT_H
#include "core/error.h"

#define PTM_MAX_THREADS 4096

/* Whether all that are set have a meaning. Errors: ARGUMENT (the message names the variable and what was expected). */
int ptm_environment_check(void);
/* Of the host device; 0: nobody says. */
int ptm_environment_threads(void);
/* Whether a backend may be looked for; the host always may. */
bool ptm_environment_allows(const char *backend);
#endif
