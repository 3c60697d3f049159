/* words.c - messages of the library in the program's words: its fields are options here, its enumerators their values. */
#include "options.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const cli_command *running;

void cli_words_begin(const cli_command *command)
{
    running = command;
}

/* Fields whose options have other names, and perhaps another unit. */
static const struct { const char *field, *option; bool converted; } fields[] = { { "count", "shapes", false },
    { "detector.cylindrical", "cylindrical", false }, { "detector.offset[0]", "offset", false },
    { "kind", "trajectory", false }, { "levels", "wavelet-levels", false }, { "limited", "min or --max", false },
    { "range", "range-deg", true }, { "seconds", "max-seconds", false }, { "sigma", "rings", false },
    { "sigma[0]", "jitter", false }, { "size", "rings", false }, { "snr", "rings", false }, { "start", "start-deg", true },
    { "step", "ray-step", false }, { "threshold", "zingers", false }, { "tilt", "tilt-deg", true } };

/* Sets the option that a field is, and whether it has another unit; most have the same name. */
static bool find_option(char option[64], bool *converted, const char *field, size_t length)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; ++i)
        if (strlen(fields[i].field) == length && strncmp(field, fields[i].field, length) == 0) {
            strcpy(option, fields[i].option);
            *converted = fields[i].converted;
            return true;
        }
    if (length >= 64) return false;
    for (size_t i = 0; i < length; ++i) option[i] = field[i] == '_' ? '-' : field[i];
    option[length] = 0;
    *converted = false;
    for (const cli_option *o = cli_options; o->help; ++o)
        if (o->name && strcmp(o->name, option) == 0 && cli_option_is_of(o, running) && o->kind != CLI_RANGE &&
            o->kind != CLI_STEPS)
            return true;
    return false;
}

/* "field is 3, ..." becomes "--option is 3, ...", in another unit "--option: field is 3 radians, ..."; returns where the
 * message goes on. */
static const char *begin(char *to, size_t size, const char *message)
{
    const char *rest = message + strcspn(message, " ");
    char option[64];
    bool converted;
    *to = 0;
    if (!running || (strncmp(rest, " is ", 4) != 0 && strncmp(rest, " has ", 5) != 0)) return message;
    if (!find_option(option, &converted, message, (size_t)(rest - message))) return message;
    snprintf(to, size, converted ? "--%s: " : "--%s", option);
    return converted ? message : rest;
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
