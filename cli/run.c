/* run.c - applying operators, and writing what comes out. */
#define _POSIX_C_SOURCE 200809L /* stat */
#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ------------------------------------------------------------------ computing */

static bool show(void *user, double done)
{
    const cli_work *w = user;
    cli_show_progress(w->settings, (w->step + done) / (w->steps > 1 ? w->steps : 1));
    return !cli_stopped();
}

int cli_scan_of_views(ptm_scan **scan, ptm_context *context, const ptm_io_geometry *g, int first, int count)
{
    ptm_scan *all = NULL;
    *scan = NULL;
    int status = ptm_io_geometry_scan(&all, context, g);
    if (!status) status = ptm_scan_part(scan, all, first, count);
    ptm_scan_destroy(&all);
    return status ? cli_library_error(CLI_USAGE, status) : CLI_OK;
}

ptm_projector_options cli_projector_options(const cli_settings *s)
{
    return (ptm_projector_options){ PTM_SIZED(ptm_projector_options), .model = (ptm_projector_model)s->model,
        .step = isnan(s->ray_step) ? 0 : s->ray_step, .ray_samples = s->ray_samples };
}

int cli_operator_create(ptm_operator **op, const cli_work *w)
{
    const bool filtered = w->fbp && w->part == CLI_FBP_BACKPROJECTION;
    const int first = filtered ? w->fbp->first_view : w->first_view, some = filtered ? w->fbp->views : w->views;
    ptm_scan *scan;
    *op = NULL;
    const int code = cli_scan_of_views(&scan, w->machine->context, w->geometry, first, some ? some : w->geometry->views);
    if (code) return code;
    const ptm_projector_options o = cli_projector_options(w->settings);
    const int status = w->fbp ? cli_make_fbp(op, w->machine, scan, w->fbp, w->part)
                              : cli_make_projector(op, w->machine, scan, 1, &o);
    ptm_scan_destroy(&scan);
    return status ? cli_library_error(status == PTM_ERROR_ARGUMENT ? CLI_USAGE : CLI_FAILED, status) : CLI_OK;
}

int cli_run(const cli_work *w)
{
    ptm_operator *op;
    const int code = cli_operator_create(&op, w);
    if (code) return code;
    const ptm_run_options run = { PTM_SIZED(ptm_run_options), .progress = show, .progress_user = (void *)(uintptr_t)w };
    const ptm_array *in = w->fbp ? w->projections : w->volume;
    const ptm_array *out = w->fbp && w->part != CLI_FBP_FILTER ? w->volume : w->projections;
    const int status = ptm_apply_scaled(op, false, 1, in, 0, out, &run);
    ptm_operator_destroy(&op);
    if (status == PTM_ERROR_CANCELLED || (!status && cli_stopped())) return cli_error(CLI_STOPPED, "stopped");
    return status ? cli_library_error(CLI_FAILED, status) : CLI_OK;
}

/* ------------------------------------------------------------------ writing */

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

static bool folder_of(struct stat *state, const char *path, const char *base)
{
    char folder[4096];
    return snprintf(folder, sizeof folder, "%.*s.", (int)(base - path), path) < (int)sizeof folder &&
           stat(folder, state) == 0;
}

bool cli_same_file(const char *a, const char *b)
{
    const char *base_a = strrchr(a, '/') ? strrchr(a, '/') + 1 : a, *base_b = strrchr(b, '/') ? strrchr(b, '/') + 1 : b;
    struct stat x, y;
    if (stat(a, &x) == 0 && stat(b, &y) == 0) return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
    return strcmp(base_a, base_b) == 0 && folder_of(&x, a, base_a) && folder_of(&y, b, base_b) && x.st_dev == y.st_dev &&
        x.st_ino == y.st_ino;
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

/* A file beside the output must not be one that the output goes to. */
static int check_name(const cli_settings *s, const ptm_io_array *array, const char *path, const char *option)
{
    char name[4096];
    for (int64_t i = 0; path && i < count_files(s, array); ++i)
        if (ptm_io_slice_path(name, sizeof name, s->output, i) == PTM_OK && cli_same_file(name, path))
            return cli_error(CLI_USAGE, "--%s is \"%s\", to which --output goes as well", option, path);
    if (path && cli_same_file(beside_output(name, sizeof name, s), path))
        return cli_error(CLI_USAGE, "--%s is \"%s\", which belongs to --output %s", option, path, s->output);
    return CLI_OK;
}

/* A geometry file may take the place of the one that was read. */
int cli_names_check(const cli_settings *s)
{
    const struct {
        const char *name, *path;
    } files[] = { { "--report", s->report }, { "--plot", s->plot }, { "--checkpoint", s->checkpoint },
        { "--write-geometry", s->write_geometry }, { "input", s->input }, { "--angles", s->angles },
        { "--flats", s->flats }, { "--darks", s->darks }, { "--initial", s->initial }, { "--mask", s->mask },
        { "--bad-pixels", s->bad_pixels }, { "--device-weights", s->device_weights }, { "--geometry", s->geometry } };
    enum { GEOMETRY = 3, WRITTEN, ALL = sizeof files / sizeof *files };
    for (int i = 0; i < WRITTEN; ++i)
        for (int k = i + 1; files[i].path && k < ALL - (i == GEOMETRY); ++k)
            if (files[k].path && cli_same_file(files[i].path, files[k].path))
                return cli_error(
                    CLI_USAGE, "%s is \"%s\", which is the %s as well", files[i].name, files[i].path, files[k].name);
    return CLI_OK;
}

int cli_outputs_prepare(ptm_io_write_options *o, const cli_settings *s, const ptm_io_array *array, const ptm_io_geometry *g,
    const char *description, bool volume)
{
    int code = write_options(o, s, description, volume);
    if (!code) code = cli_write_check(s->output, array, o);
    if (!code) code = check_name(s, array, s->write_geometry, "write-geometry");
    if (!code) code = check_name(s, array, s->report, "report");
    if (!code) code = check_name(s, array, s->checkpoint, "checkpoint");
    if (!code) code = cli_names_check(s);
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

/* ------------------------------------------------------------------ telling what was done */

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
