/* outputs.c - the files that commands write: in which form, and what can be refused before the work. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

/* A volume has a data set of its own, so that nobody takes it for a scan. */
static int write_options(ptm_io_write_options *o, const cli_settings *s, const char *description, bool volume)
{
    static const int bits[] = { 0, 8, 16, 32 };
    const ptm_io_format format = ptm_io_format_by_suffix(s->output);
    *o = (ptm_io_write_options){ PTM_SIZED(ptm_io_write_options), .overwrite = s->overwrite, .bits = bits[s->bits],
        .compress = s->compress, .dataset = volume && format == PTM_IO_FORMAT_HDF5 ? "volume" : NULL,
        .description = description };
    if (s->compress && (format == PTM_IO_FORMAT_NPY || format == PTM_IO_FORMAT_RAW))
        return cli_error(CLI_USAGE, "--compress is for TIFF, HDF5, MetaImage and NRRD, %s is %s", s->output,
            ptm_io_format_name(format));
    const bool scaled = o->bits == 8 || o->bits == 16 || (o->bits == 0 && format == PTM_IO_FORMAT_PNG);
    if (scaled) o->window = PTM_IO_WINDOW_PERCENTILE;
    if (!s->window) return CLI_OK;
    double ends[2];
    if (cli_numbers(ends, 2, s->window, ':') != 2 || !(ends[0] < ends[1]))
        return cli_error(CLI_USAGE, "--window is \"%s\", expected LOW:HIGH", s->window);
    if (!scaled) return cli_error(CLI_USAGE, "--window is for .png and for --bits 8 or 16");
    o->window = PTM_IO_WINDOW_GIVEN;
    o->low = ends[0];
    o->high = ends[1];
    return CLI_OK;
}

int cli_write_options(ptm_io_write_options *o, const cli_settings *s, const char *description)
{
    return write_options(o, s, description, true);
}

static int refuse_output(int status)
{
    const bool wrong = status == PTM_ERROR_ARGUMENT || status == PTM_ERROR_UNSUPPORTED;
    return status ? cli_library_error(wrong ? CLI_USAGE : CLI_OUTPUT, status) : CLI_OK;
}

int cli_write_check(const char *path, const ptm_io_array *array, const ptm_io_write_options *o)
{
    return refuse_output(ptm_io_write_check(path, array, o));
}

int cli_geometry_check(const ptm_io_geometry *g, const cli_settings *s)
{
    return s->write_geometry ? refuse_output(ptm_io_geometry_write_check(s->write_geometry, g, s->overwrite)) : CLI_OK;
}

static bool is_pattern(const char *path)
{
    char name[4096];
    return ptm_io_slice_path(name, sizeof name, path, 0) == PTM_OK && strcmp(name, path) != 0;
}

static int64_t count_files(const cli_settings *s, const ptm_io_array *array)
{
    return array->dimensions == 3 && is_pattern(s->output) ? array->shape[0] : 1;
}

/* The file that is written beside the output; "" where there is none. */
static const char *beside_output(char *name, size_t size, const cli_settings *s)
{
    const ptm_io_write_options o = { PTM_SIZED(ptm_io_write_options), .compress = s->compress };
    return ptm_io_beside_path(name, size, s->output, &o) == PTM_OK ? name : "";
}

/* None of the files that the output goes to is another one of the program's. */
static int check_names(const cli_settings *s, const ptm_io_array *array)
{
    char name[4096];
    int code = cli_names_check(s);
    for (int64_t i = 0; i < count_files(s, array) && !code; ++i)
        if (ptm_io_slice_path(name, sizeof name, s->output, i) == PTM_OK) code = cli_output_name_check(s, name);
    if (!code && *beside_output(name, sizeof name, s)) code = cli_output_name_check(s, name);
    return code;
}

int cli_outputs_prepare(ptm_io_write_options *o, const cli_settings *s, const ptm_io_array *array, const ptm_io_geometry *g,
    const char *description, bool volume)
{
    int code = write_options(o, s, description, volume);
    if (!code) code = cli_write_check(s->output, array, o);
    if (!code) code = check_names(s, array);
    return code ? code : cli_geometry_check(g, s);
}

int cli_write(const char *path, const ptm_io_array *array, const ptm_io_write_options *o)
{
    const int status = ptm_io_write(path, array, o);
    return status ? cli_library_error(CLI_OUTPUT, status) : CLI_OK;
}

ptm_io_array cli_picture(const ptm_io_array *volume, const char *path)
{
    ptm_io_array picture = *volume;
    if (volume->dimensions != 3 || volume->shape[0] != 1 || is_pattern(path)) return picture;
    picture.dimensions = 2;
    picture.shape[0] = volume->shape[1];
    picture.shape[1] = volume->shape[2];
    return picture;
}

int cli_write_geometry(const ptm_io_geometry *g, const cli_settings *s)
{
    if (!s->write_geometry) return CLI_OK;
    const int status = ptm_io_geometry_write(s->write_geometry, g, s->overwrite);
    return status ? cli_library_error(CLI_OUTPUT, status) : CLI_OK;
}

void cli_json_output(cli_json *j, const cli_settings *s, const ptm_io_array *array)
{
    char name[4096];
    cli_json_open(j, "files", '[');
    for (int64_t i = 0; i < count_files(s, array); ++i)
        if (ptm_io_slice_path(name, sizeof name, s->output, i) == PTM_OK) cli_json_text(j, NULL, name);
    if (*beside_output(name, sizeof name, s)) cli_json_text(j, NULL, name);
    if (s->write_geometry) cli_json_text(j, NULL, s->write_geometry);
    if (s->report) cli_json_text(j, NULL, s->report);
    cli_json_close(j, ']');
    cli_json_shape(j, "shape", array->shape, array->dimensions);
}
