/* words.c - messages of the library in the program's words: its fields are options here, its enumerators their values. */
#include "options.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const cli_command *running;

void cli_words_begin(const cli_command *command)
{
    running = command;
}

/* Fields whose options have other names, and what their numbers are to be multiplied by. */
static const struct { const char *field, *option; double factor; } fields[] = { { "count", "shapes", 1 },
    { "detector.cylindrical", "cylindrical", 1 }, { "detector.offset[0]", "offset", 1 }, { "kind", "trajectory", 1 },
    { "levels", "wavelet-levels", 1 }, { "limited", "min or --max", 1 }, { "range", "range-deg", CLI_DEGREES },
    { "seconds", "max-seconds", 1 }, { "sigma", "rings", 1 }, { "sigma[0]", "jitter", 1 }, { "size", "rings", 1 },
    { "snr", "rings", 1 }, { "step", "ray-step", 1 }, { "threshold", "zingers", 1 }, { "tilt", "tilt-deg", CLI_DEGREES } };

/* Sets the option that a field is, and the factor; most have the same name. */
static bool find_option(char option[64], double *factor, const char *field, size_t length)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; ++i)
        if (strlen(fields[i].field) == length && strncmp(field, fields[i].field, length) == 0) {
            strcpy(option, fields[i].option);
            *factor = fields[i].factor;
            return true;
        }
    if (length >= 64) return false;
    for (size_t i = 0; i < length; ++i) option[i] = field[i] == '_' ? '-' : field[i];
    option[length] = 0;
    *factor = 1;
    for (const cli_option *o = cli_options; o->help; ++o)
        if (o->name && strcmp(o->name, option) == 0 && cli_option_is_of(o, running) && o->kind != CLI_RANGE &&
            o->kind != CLI_STEPS)
            return true;
    return false;
}

/* "field is 3, ..." becomes "--option is 3, ..."; returns where the message goes on. */
static const char *begin(char *to, size_t size, const char *message)
{
    const char *rest = message + strcspn(message, " ");
    char option[64], *end;
    double factor;
    *to = 0;
    const bool is = strncmp(rest, " is ", 4) == 0, has = strncmp(rest, " has ", 5) == 0;
    if (!running || !(is || has) || !find_option(option, &factor, message, (size_t)(rest - message))) return message;
    const double value = strtod(rest + 4, &end);
    const bool other_unit = factor != 1 && is && end > rest + 4;
    if (other_unit) snprintf(to, size, "--%s is %.4g", option, value * factor);
    else snprintf(to, size, "--%s", option);
    return other_unit ? end : rest;
}

/* PTM_WEIGHTS_N_PI is n-pi. Returns how long it is, 0 where there is none. */
static size_t enumerator(char value[64], const char *text)
{
    static const char *const types[] = { "PTM_MODEL_", "PTM_WEIGHTS_", "PTM_KEEP_", "PTM_REGULARIZER_", "PTM_FILTER_",
        "PTM_SAMPLING_" };
    const size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    for (size_t i = 0; i < sizeof types / sizeof *types && length < 64; ++i) {
        const size_t type = strlen(types[i]);
        if (strncmp(text, types[i], type) != 0) continue;
        for (size_t k = type; k <= length; ++k)
            value[k - type] = k == length ? 0 : text[k] == '_' ? '-' : (char)tolower((unsigned char)text[k]);
        return length;
    }
    return 0;
}

void cli_words(char *to, size_t size, const char *message)
{
    static const char flag[] = "only with overwrite";
    const char *at = begin(to, size, message);
    for (size_t used = strlen(to); *at && used + 64 < size; used += strlen(to + used)) {
        const size_t length = enumerator(to + used, at);
        const bool overwrite = !length && strcmp(at, flag) == 0;
        if (overwrite) strcpy(to + used, "only with --overwrite");
        else if (!length) snprintf(to + used, 2, "%c", *at);
        at += length ? length : overwrite ? strlen(flag) : 1;
    }
}
