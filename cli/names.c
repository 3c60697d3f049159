/* names.c - no file that is written is another one of them, or one that is read. */
#define _POSIX_C_SOURCE 200809L /* stat */
#include "cli.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct named { const char *name, *path; } named;
enum { WRITTEN = 4, FILES = 17 };

/* Those that are written beside the output, then those that are read; no path where there is none. */
static void list(named files[FILES], const cli_settings *s)
{
    const named all[FILES] = { { "--report", s->report }, { "--plot", s->plot }, { "--checkpoint", s->checkpoint },
        { "--write-geometry", s->write_geometry }, { "the input", s->input }, { "the input's data", s->data },
        { "--geometry", s->geometry }, { "--angles", s->angles }, { "--flats", s->flats }, { "--darks", s->darks },
        { "--bad-pixels", s->bad_pixels }, { "--shifts", s->shifts }, { "--initial", s->initial }, { "--mask", s->mask },
        { "--truth", s->truth }, { "--noise-weights", s->noise_weights }, { "--device-weights", s->device_weights } };
    memcpy(files, all, sizeof all);
}

/* Where `base` is the name's last part. */
static bool folder_of(struct stat *state, const char *path, const char *base)
{
    char folder[4096];
    return snprintf(folder, sizeof folder, "%.*s.", (int)(base - path), path) < (int)sizeof folder &&
           stat(folder, state) == 0;
}

/* Whether two paths are one place in the file system, be there a file or not. */
static bool is_same(const char *a, const char *b)
{
    const char *base_a = strrchr(a, '/') ? strrchr(a, '/') + 1 : a, *base_b = strrchr(b, '/') ? strrchr(b, '/') + 1 : b;
    struct stat x, y;
    if (stat(a, &x) == 0 && stat(b, &y) == 0) return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
    return strcmp(base_a, base_b) == 0 && folder_of(&x, a, base_a) && folder_of(&y, b, base_b) && x.st_dev == y.st_dev &&
        x.st_ino == y.st_ino;
}

/* A geometry file may take the place of the one that was read. */
static bool may_replace(const named *written, const named *read)
{
    return strcmp(written->name, "--write-geometry") == 0 && strcmp(read->name, "--geometry") == 0;
}

int cli_names_check(const cli_settings *s)
{
    named files[FILES];
    list(files, s);
    for (const named *one = files; one < files + WRITTEN; ++one)
        for (const named *other = one + 1; one->path && other < files + FILES; ++other)
            if (other->path && (is_same(one->path, other->path) || ptm_io_reads(other->path, one->path)) &&
                !may_replace(one, other))
                return cli_error(CLI_USAGE, "%s is \"%s\", which is %s as well", one->name, one->path, other->name);
    return CLI_OK;
}

int cli_output_name_check(const cli_settings *s, const char *name)
{
    named files[FILES];
    list(files, s);
    for (const named *f = files; f < files + FILES; ++f) {
        if (!f->path || !(is_same(name, f->path) || ptm_io_reads(f->path, name))) continue;
        return f < files + WRITTEN
                   ? cli_error(CLI_USAGE, "%s is \"%s\", to which --output goes as well", f->name, f->path)
                   : cli_error(CLI_USAGE, "--output goes to \"%s\", which is %s as well", name, f->name);
    }
    return CLI_OK;
}
