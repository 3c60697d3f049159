/* command_line.c - reading the command line by the table of options. */
#include "options.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool cli_option_is_of(const cli_option *option, const cli_command *command)
{
    if (!option->commands) return true;
    const size_t length = strlen(command->name);
    for (const char *at = option->commands; (at = strstr(at, command->name)); at += length)
        if ((at == option->commands || at[-1] == ' ') && (at[length] == ' ' || !at[length])) return true;
    return false;
}

static bool is_name(const char *name, const char *given, size_t length)
{
    const bool center = strncmp(name, "centre", 6) == 0 && length >= 6 && strncmp(given, "center", 6) == 0;
    const size_t skip = center ? 6 : 0;
    return strlen(name) == length && strncmp(name + skip, given + skip, length - skip) == 0;
}

static const cli_option *find(const cli_command *command, const char *given, size_t length)
{
    for (const cli_option *o = cli_options; o->help; ++o)
        if (o->name && cli_option_is_of(o, command) && is_name(o->name, given, length)) return o;
    return NULL;
}

int cli_numbers(double *numbers, int capacity, const char *text, char separator)
{
    for (int count = 0; count < capacity;) {
        char *end;
        numbers[count] = strtod(text, &end);
        if (end == text || !isfinite(numbers[count])) return -1;
        count++;
        if (!*end) return count;
        if (*end != separator) return -1;
        text = end + 1;
    }
    return -1;
}

/* The largest number that an option of this kind may have. */
static int64_t most_of(cli_kind kind)
{
    if (kind == CLI_LENGTH || kind == CLI_RANGE) return PTM_MAX_LENGTH;
    return kind == CLI_VIEWS || kind == CLI_STEPS ? PTM_MAX_VIEWS : INT_MAX;
}

/* A whole number that is not negative; false where there is none or it is more than `most`. */
static bool parse_whole(int64_t *value, const char **text, int64_t most)
{
    char *end;
    errno = 0;
    const long long number = strtoll(*text, &end, 10);
    if (end == *text || errno || number < 0 || number > most) return false;
    *value = number;
    *text = end;
    return true;
}

/* "A", "A:B", of views "A:B:STEP"; each but the first may be missing, and that too before a colon. */
static bool parse_range(cli_range *r, const char *text, cli_kind kind)
{
    const int64_t most = most_of(kind);
    *r = (cli_range){ true, 0, -1, 1 };
    const bool first = parse_whole(&r->first, &text, most);
    if (!*text) {
        r->end = r->first + 1;
        return first;
    }
    if (*text++ != ':') return false;
    if (*text && *text != ':' && !parse_whole(&r->end, &text, most)) return false;
    if (kind == CLI_STEPS && *text == ':' && (text++, !parse_whole(&r->step, &text, most))) return false;
    return !*text && r->step >= 1 && (r->end < 0 || r->end > r->first);
}

static bool parse_choice(int *index, const char *choices, const char *text)
{
    const size_t length = strlen(text);
    *index = 0;
    for (const char *at = choices; at; *index += 1) {
        const char *end = strchr(at, ' ');
        if (length > 0 && (end ? (size_t)(end - at) : strlen(at)) == length && strncmp(at, text, length) == 0) return true;
        at = end ? end + 1 : NULL;
    }
    return false;
}

static bool store(cli_settings *s, const cli_option *option, const char *text)
{
    void *into = (char *)s + option->at;
    int64_t whole;
    switch (option->kind) {
    case CLI_FLAG: *(bool *)into = true; return true;
    case CLI_TEXT: case CLI_FILE: *(const char **)into = text; return *text != 0;
    case CLI_NUMBER: return cli_numbers(into, 1, text, ':') == 1;
    case CLI_POSITIVE: return cli_numbers(into, 1, text, ':') == 1 && *(double *)into > 0;
    case CLI_RANGE: case CLI_STEPS: return parse_range(into, text, option->kind);
    case CLI_CHOICE: return parse_choice(into, option->choices, text);
    case CLI_WHOLE: case CLI_COUNT: case CLI_LENGTH: case CLI_VIEWS:
        if (!parse_whole(&whole, &text, most_of(option->kind)) || *text) return false;
        if (whole == 0 && option->kind != CLI_WHOLE) return false;
        *(int *)into = (int)whole;
        return true;
    }
    return false;
}

/* What a value of the option must be. */
static void describe_value(char *to, size_t size, const cli_option *option)
{
    const long long most = (long long)most_of(option->kind);
    switch (option->kind) {
    case CLI_FLAG: case CLI_TEXT: snprintf(to, size, "something"); break;
    case CLI_FILE: snprintf(to, size, "a file's name"); break;
    case CLI_NUMBER: snprintf(to, size, "a number"); break;
    case CLI_POSITIVE: snprintf(to, size, "a number above 0"); break;
    case CLI_CHOICE: snprintf(to, size, "one of: %s", option->choices); break;
    case CLI_RANGE: case CLI_STEPS: snprintf(to, size, "%s, whole numbers up to %lld", option->value, most); break;
    case CLI_WHOLE: snprintf(to, size, "a whole number from 0 to %lld", most); break;
    case CLI_COUNT: case CLI_LENGTH: case CLI_VIEWS: snprintf(to, size, "a whole number from 1 to %lld", most); break;
    }
}

static int wrong_value(const cli_option *option, const char *text)
{
    char expected[200];
    describe_value(expected, sizeof expected, option);
    return cli_error(CLI_USAGE, "--%s is \"%s\", expected %s", option->name, text, expected);
}

/* The option that word *i names, and its value or NULL; *i is moved on where that is the next word. */
static const cli_option *split_option(const char **value, int argc, char **argv, int *i, const cli_command *command)
{
    const char *given = argv[*i] + 2, *equals = strchr(given, '=');
    const cli_option *option = find(command, given, equals ? (size_t)(equals - given) : strlen(given));
    *value = equals ? equals + 1 : option && option->value && *i + 1 < argc ? argv[++*i] : NULL;
    return option;
}

const cli_option *cli_option_given(const char **value, const cli_settings *s, int *i)
{
    const cli_command *command = cli_commands;
    while (strcmp(command->name, s->command) != 0) command++;
    for (; *i < s->word_count && strcmp(s->words[*i], "--") != 0; ++*i) {
        if (strncmp(s->words[*i], "--", 2) != 0) continue;
        const cli_option *option = split_option(value, s->word_count, s->words, i, command);
        ++*i;
        return option;
    }
    return NULL;
}

static int parse_option(cli_settings *s, int argc, char **argv, int *i, const cli_command *command)
{
    const char *value, *given = argv[*i];
    const bool dashes = strncmp(given, "--", 2) == 0;
    const cli_option *option = dashes ? split_option(&value, argc, argv, i, command) : NULL;
    if (!option) return cli_error(CLI_USAGE, "no option %s; see polytome %s --help", given, command->name);
    if (!option->value != !value)
        return cli_error(CLI_USAGE, "--%s %s", option->name, option->value ? "needs a value" : "takes no value");
    return store(s, option, value) ? CLI_OK : wrong_value(option, value);
}

int cli_parse(cli_settings *s, int argc, char **argv, const cli_command *command)
{
    *s = (cli_settings){ .command = command->name, .word_count = argc, .words = argv };
    for (const cli_option *o = cli_options; o->help; ++o)
        if (o->kind == CLI_NUMBER || o->kind == CLI_POSITIVE) *(double *)((char *)s + o->at) = (double)NAN;
    bool only_arguments = false;
    for (int i = 1; i < argc; ++i) {
        if (!only_arguments && strcmp(argv[i], "--") == 0) {
            only_arguments = true;
        } else if (!only_arguments && *argv[i] == '-') {
            const int code = parse_option(s, argc, argv, &i, command);
            if (code) return code;
            if (s->help) return CLI_OK;
        } else if (!command->input || s->input) {
            return cli_error(CLI_USAGE, "\"%s\" is one argument too many; see polytome %s --help", argv[i], command->name);
        } else {
            s->input = argv[i];
        }
    }
    if (command->input == CLI_NEEDS_INPUT && !s->input)
        return cli_error(CLI_USAGE, "%s needs a file; see polytome %s --help", command->name, command->name);
    if (command->output && !s->output)
        return cli_error(CLI_USAGE, "%s needs --output; see polytome %s --help", command->name, command->name);
    return CLI_OK;
}
