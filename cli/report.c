/* report.c - what the program says to people: messages, notes, progress; and what signals say to it. */
#define _POSIX_C_SOURCE 200809L /* sigaction, clock_gettime */
#include "ranks.h"

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
    return cli_error(code, "%s", cli_library_message());
}

const char *cli_library_message(void)
{
    static char line[LINE];
    cli_words(line, sizeof line, ptm_error_message());
    return line;
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
