/* json.c - results as JSON: one object, from its first bracket to its last. */
#include "cli.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* ------------------------------------------------------------------ texts */

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

/* ------------------------------------------------------------------ results */

static void json_scan(cli_json *j, const ptm_io_geometry *g)
{
    static const char *const beams[] = { "matrices", "parallel", "fan", "cone" };
    const int64_t detector[2] = { g->detector.shape[0], g->detector.shape[1] };
    const int64_t volume[3] = { g->volume.shape[0], g->volume.shape[1], g->volume.shape[2] };
    cli_json_open(j, "scan", '{');
    cli_json_text(j, "beam", beams[g->beam]);
    cli_json_integer(j, "views", g->views);
    cli_json_shape(j, "detector", detector, 2);
    cli_json_shape(j, "volume", volume, 3);
    cli_json_open(j, "voxel", '[');
    for (int i = 0; i < 3; ++i) cli_json_number(j, NULL, g->volume.spacing[i]);
    cli_json_close(j, ']');
    cli_json_close(j, '}');
}

void cli_json_begin(cli_json *j, const cli_settings *s, const ptm_io_geometry *g, const cli_machine *m)
{
    cli_json_open(j, NULL, '{');
    cli_json_text(j, "command", s->command);
    if (s->input) cli_json_text(j, "input", s->input);
    if (g) json_scan(j, g);
    if (!m) return;
    cli_json_machine(j, m);
}

void cli_json_end(cli_json *j, const cli_time *times)
{
    if (times) {
        cli_json_open(j, "seconds", '{');
        for (; times->name; ++times) cli_json_number(j, times->name, times->seconds);
        cli_json_close(j, '}');
    }
    cli_json_close(j, '}');
    fprintf(j->to, "\n");
}
