#include "core/environment.h"

#include <stdlib.h>
#include <string.h>

/* Whether `word` is one of a list of words. */
static bool is_one_of(const char *list, const char *word, size_t length, char separator)
{
    for (const char *at = list; at;) {
        const char *end = strchr(at, separator);
        if ((end ? (size_t)(end - at) : strlen(at)) == length && strncmp(at, word, length) == 0) return true;
        at = end ? end + 1 : NULL;
    }
    return false;
}

/* Words that are no backends of this build are right all the same: the variable is the same for all builds. */
static int check_words(const char *name, const char *known, bool several)
{
    const char *text = getenv(name);
    for (const char *at = text && *text ? text : NULL; at;) {
        const char *end = several ? strchr(at, ',') : NULL;
        if (!is_one_of(known, at, end ? (size_t)(end - at) : strlen(at), ' '))
            return ptm_fail(PTM_ERROR_ARGUMENT, "%s is \"%s\", expected %s: %s", name, text,
                several ? "some of these, separated by commas" : "one of these", known);
        at = end ? end + 1 : NULL;
    }
    return PTM_OK;
}

static int check_number(const char *name, long most)
{
    const char *text = getenv(name);
    char *end;
    if (!text || !*text) return PTM_OK;
    const long number = strtol(text, &end, 10);
    if (end != text && !*end && number >= 0 && number <= most) return PTM_OK;
    return ptm_fail(PTM_ERROR_ARGUMENT, "%s is \"%s\", expected 0 to %ld", name, text, most);
}

int ptm_environment_check(void)
{
    int status = check_number("POLYTOME_THREADS", PTM_MAX_THREADS);
    if (!status) status = check_words("POLYTOME_BACKENDS", "host cuda vulkan opencl", true);
    if (!status) status = check_words("POLYTOME_CPU", "baseline v2 v3 v4", false);
    return status ? status : check_words("POLYTOME_FFT", "own vendor", false);
}

int ptm_environment_threads(void)
{
    const char *text = getenv("POLYTOME_THREADS");
    return text ? atoi(text) : 0;
}

bool ptm_environment_allows(const char *backend)
{
    const char *list = getenv("POLYTOME_BACKENDS");
    return !list || strcmp(backend, "host") == 0 || is_one_of(list, backend, strlen(backend), ',');
}
