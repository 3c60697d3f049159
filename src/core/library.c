/* library.c - drivers opened at run time. */
#include "core/device.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

void *ptm_library_open(const char *const *names, char *reason, size_t reason_size)
{
    const char *first = NULL;
    static _Thread_local char kept[256];
    for (; *names; ++names) {
        void *library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
        if (library) return library;
        const char *why = dlerror();
        if (!first) {
            snprintf(kept, sizeof kept, "%s", why ? why : *names);
            first = kept;
        }
    }
    snprintf(reason, reason_size, "no driver library: %s", first ? first : "none named");
    return NULL;
}

void *ptm_library_symbol(void *library, const char *name)
{
    return dlsym(library, name);
}

const char *ptm_library_symbols(void *library, void *api, const ptm_symbol *symbols, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        void *function = dlsym(library, symbols[i].name);
        if (!function) return symbols[i].name;
        memcpy((char *)api + symbols[i].offset, &function, sizeof function);
    }
    return NULL;
}
