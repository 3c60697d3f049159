#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local char message[1024];

int ptm_error_set(int status, const char *format, ...)
{
    char text[sizeof message]; /* the arguments may hold the old message */
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    memcpy(message, text, sizeof text);
    return status;
}

const char *ptm_error_message(void)
{
    return message;
}

int ptm_copy_sized(void *out, size_t size, const void *from, const char *type)
{
    size_t given = size;
    memset(out, 0, size);
    if (from) memcpy(&given, from, sizeof given);
    if (given < sizeof given || given > 65536)
        return ptm_fail(PTM_ERROR_ARGUMENT, "struct_size is %zu; set it with PTM_SIZED(%s)", given, type);
    if (from) memcpy(out, from, given < size ? given : size);
    memcpy(out, &size, sizeof size);
    for (size_t i = size; from && i < given; ++i)
        if (((const char *)from)[i])
            return ptm_fail(
                PTM_ERROR_UNSUPPORTED, "a field of %s that version %s does not know is set", type, ptm_version());
    return PTM_OK;
}

void *ptm_alloc(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory) ptm_fail(PTM_ERROR_MEMORY, "no memory on the host for %zu x %zu bytes", count, size);
    return memory;
}

#define PTM_STRING_(x) #x
#define PTM_STRING(x) PTM_STRING_(x)
const char *ptm_version(void)
{
    return PTM_STRING(PTM_VERSION_MAJOR) "." PTM_STRING(PTM_VERSION_MINOR) "." PTM_STRING(PTM_VERSION_PATCH);
}
