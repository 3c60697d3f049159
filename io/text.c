/* text.c - numbers in text, whatever the program's locale is. */
#define _POSIX_C_SOURCE 200809L /* uselocale */
#include "internal.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static locale_t enter_plain(locale_t *before)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    *before = plain ? uselocale(plain) : (locale_t)0;
    return plain;
}

static void leave_plain(locale_t plain, locale_t before)
{
    if (!plain) return;
    uselocale(before);
    freelocale(plain);
}

int ptm_io_in_plain_locale(int (*work)(void *), void *user)
{
    locale_t before, plain = enter_plain(&before);
    int status = work(user);
    leave_plain(plain, before);
    return status;
}

int ptm_io_digits(double value)
{
    char text[40];
    int digits = 15;
    while (digits < 17 && (snprintf(text, sizeof text, "%.*g", digits, value), strtod(text, NULL) != value)) digits++;
    return digits;
}

void ptm_io_print_numbers(char *text, size_t size, const char *prefix, const double *values, int count)
{
    locale_t before, plain = enter_plain(&before);
    snprintf(text, size, "%s", prefix);
    for (int i = 0; i < count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, size - used, " %.17g", values[i]);
    }
    leave_plain(plain, before);
}

bool ptm_io_parse_numbers(const char *text, const char *prefix, double *values, int count)
{
    const char *at = strstr(text, prefix);
    if (!at) return false;
    at += strlen(prefix);
    locale_t before, plain = enter_plain(&before);
    bool good = true;
    for (int i = 0; good && i < count; i++) {
        char *end;
        values[i] = strtod(at, &end);
        good = end > at && isfinite(values[i]);
        at = end;
    }
    leave_plain(plain, before);
    return good;
}
