/* report.c - what the program says: messages, progress, results as JSON. */
#define _POSIX_C_SOURCE 200809L /* sigaction, clock_gettime */
#include "ranks.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ------------------------------------------------------------------ messages */

#define LINE 2048

static int shown = -1; /* of a progress bar that is not complete, percent */

/* What was noted, for the page of --report; further notes are not kept. */
static char notes[16][LINE];
static int note_count;

/* A name or a piece of a damaged file may hold anything: one line, and no orders to the terminal. */
static void make_line(char line[LINE], const char *format, va_list list)
{
    vsnprintf(line, LINE, format, list);
    cli_plain(line);
}

static void print_line(const char *prefix, const char *line)
{
    fprintf(stderr, "%s%s%s\n", shown >= 0 ? "\n" : "", prefix, line);
    shown = -1;
}

static char waiting[LINE]; /* the first message, where there are several ranks */

int cli_error(int code, const char *format, ...)
{
    char line[LINE];
    va_list list;
    va_start(list, format);
    make_line(line, format, list);
    va_end(list);
    if (cli_ranks() == 1) print_line("polytome: ", line);
    else if (!*waiting) memcpy(waiting, line, sizeof line);
    return code;
}

void cli_error_show(int rank)
{
    char prefix[40] = "polytome: ";
    if (rank > 0) snprintf(prefix, sizeof prefix, "polytome: rank %d: ", rank);
    print_line(prefix, waiting);
}

void cli_plain(char *text)
{
    for (; *text; ++text)
        if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = '?';
}

int cli_library_error(int code, int status)
{
    switch (status) {
    case PTM_ERROR_MEMORY: code = CLI_MEMORY; break;
    case PTM_ERROR_DEVICE: case PTM_ERROR_DEVICE_LOST: code = CLI_DEVICE; break;
    case PTM_ERROR_CANCELLED: return cli_error(CLI_STOPPED, "stopped");
    default: break;
    }
    return cli_error(code, "%s", ptm_error_message());
}

void cli_note(const cli_settings *s, const char *format, ...)
{
    char line[LINE];
    va_list list;
    va_start(list, format);
    make_line(line, format, list);
    va_end(list);
    if (note_count < (int)(sizeof notes / sizeof *notes)) memcpy(notes[note_count++], line, sizeof line);
    if (!s->quiet && cli_rank() == 0) print_line("", line);
}

void cli_json_notes(cli_json *j, const char *key)
{
    cli_json_open(j, key, '[');
    for (int i = 0; i < note_count; ++i) cli_json_text(j, NULL, notes[i]);
    cli_json_close(j, ']');
}

void cli_show_progress(const cli_settings *s, double done)
{
    const int percent = (int)(100 * done + 1e-9);
    if (s->quiet || cli_rank() > 0 || percent == shown || !isatty(STDERR_FILENO)) return;
    char bar[41] = "";
    for (int i = 0; i < 40; ++i) bar[i] = 100 * i < 40 * percent ? '#' : '.';
    fprintf(stderr, "\r[%s] %d %%%s", bar, percent, percent == 100 ? "\n" : "");
    shown = percent == 100 ? -1 : percent;
}

double cli_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ------------------------------------------------------------------ signals */

static volatile sig_atomic_t stopped;

static void take_note(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

/* Who started the program may have had a signal ignored, as nohup does, and it stays so. */
static void catch_signal(int signal_number)
{
    struct sigaction action = { .sa_handler = take_note, .sa_flags = (int)(SA_RESTART | SA_RESETHAND) }, before;
    sigemptyset(&action.sa_mask);
    if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler == SIG_IGN) return;
    sigaction(signal_number, &action, NULL);
}

void cli_catch_signals(void)
{
    catch_signal(SIGINT);
    catch_signal(SIGTERM);
    catch_signal(SIGHUP);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow further is an error to report */
}

bool cli_stopped(void)
{
    return stopped;
}

bool cli_go_on(void *settings, double done)
{
    cli_show_progress(settings, done);
    return !stopped;
}

/* ------------------------------------------------------------------ JSON */

/* Bytes of the character at `text`, 0 where it is not UTF-8. */
static int utf8_length(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    if (c[0] < 0x80) return 1;
    const int length = c[0] >= 0xc2 && c[0] < 0xe0   ? 2
                       : c[0] >= 0xe0 && c[0] < 0xf0 ? 3
                       : c[0] >= 0xf0 && c[0] < 0xf5 ? 4
                                                     : 0;
    for (int i = 1; i < length; ++i)
        if ((c[i] & 0xc0) != 0x80) return 0;
    if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) || (c[0] == 0xf0 && c[1] < 0x90) ||
        (c[0] == 0xf4 && c[1] > 0x8f))
        return 0;
    return length;
}

bool cli_is_utf8(const char *text)
{
    int length = 1;
    for (; *text && length; text += length) length = utf8_length(text);
    return length > 0;
}

/* "<" is written in a way that a page of HTML, which the object may stand in, does not end at. */
static void print_text(FILE *to, const char *text)
{
    putc('"', to);
    while (*text) {
        const int length = utf8_length(text);
        if (length == 0) fprintf(to, "\\ufffd");
        else if ((unsigned char)*text < 0x20 || *text == '<') fprintf(to, "\\u%04x", (unsigned)*text);
        else if (*text == '"' || *text == '\\') fprintf(to, "\\%c", *text);
        else fwrite(text, 1, (size_t)length, to);
        text += length ? length : 1;
    }
    putc('"', to);
}

static void print_key(cli_json *j, const char *key)
{
    if (j->comma) fprintf(j->to, ", ");
    j->comma = true;
    if (!key) return;
    print_text(j->to, key);
    fprintf(j->to, ": ");
}

void cli_json_open(cli_json *j, const char *key, char bracket)
{
    print_key(j, key);
    putc(bracket, j->to);
    j->comma = false;
}

void cli_json_close(cli_json *j, char bracket)
{
    putc(bracket, j->to);
    j->comma = true;
}

void cli_json_text(cli_json *j, const char *key, const char *value)
{
    print_key(j, key);
    print_text(j->to, value);
}

void cli_json_number(cli_json *j, const char *key, double value)
{
    print_key(j, key);
    if (isfinite(value)) fprintf(j->to, "%.10g", value);
    else fprintf(j->to, "null");
}

void cli_json_integer(cli_json *j, const char *key, int64_t value)
{
    print_key(j, key);
    fprintf(j->to, "%" PRId64, value);
}

void cli_json_flag(cli_json *j, const char *key, bool value)
{
    print_key(j, key);
    fputs(value ? "true" : "false", j->to);
}

void cli_json_shape(cli_json *j, const char *key, const int64_t *shape, int dimensions)
{
    cli_json_open(j, key, '[');
    for (int i = 0; i < dimensions; ++i) cli_json_integer(j, NULL, shape[i]);
    cli_json_close(j, ']');
}
