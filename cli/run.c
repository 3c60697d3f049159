/* run.c - devices, applying operators, and writing what comes out. */
#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int cli_machine_open(cli_machine *m, const cli_settings *s)
{
    *m = (cli_machine){ .context = NULL };
    int status = ptm_context_create(&m->context, NULL);
    if (!status) status = ptm_device_open(&m->device, m->context, s->device);
    if (!status) return CLI_OK;
    cli_machine_close(m);
    return cli_library_error(CLI_DEVICE, status);
}

void cli_machine_close(cli_machine *m)
{
    ptm_device_close(&m->device);
    ptm_context_destroy(&m->context);
}

/* ------------------------------------------------------------------ computing */

static bool show(void *user, double done)
{
    const cli_work *w = user;
    cli_show_progress(w->settings, (w->step + done) / (w->steps > 1 ? w->steps : 1));
    return !cli_stopped();
}

static int make_operator(ptm_operator **op, const cli_work *w)
{
    ptm_scan *scan;
    *op = NULL;
    int status = ptm_io_geometry_scan(&scan, w->machine->context, w->geometry);
    if (status) return cli_library_error(CLI_USAGE, status);
    ptm_device *device = w->machine->device;
    status = w->fbp ? ptm_fbp_create(op, device, scan, w->fbp) : ptm_projector_create(op, device, scan, NULL);
    ptm_scan_destroy(&scan);
    return status ? cli_library_error(status == PTM_ERROR_ARGUMENT ? CLI_USAGE : CLI_FAILED, status) : CLI_OK;
}

int cli_run(const cli_work *w)
{
    ptm_operator *op;
    const int code = make_operator(&op, w);
    if (code) return code;
    const ptm_run_options run = { PTM_SIZED(ptm_run_options), .progress = show, .progress_user = (void *)(uintptr_t)w };
    const ptm_array *in = w->fbp ? w->projections : w->volume, *out = w->fbp ? w->volume : w->projections;
    const int status = ptm_apply_scaled(op, false, 1, in, 0, out, &run);
    ptm_operator_destroy(&op);
    if (status == PTM_ERROR_CANCELLED || (!status && cli_stopped())) return cli_error(CLI_STOPPED, "stopped");
    return status ? cli_library_error(CLI_FAILED, status) : CLI_OK;
}

/* ------------------------------------------------------------------ writing */

static bool ends_with(const char *text, const char *suffix)
{
    const size_t length = strlen(text), tail = strlen(suffix);
    return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

int cli_write_options(ptm_io_write_options *o, const cli_settings *s, const char *description)
{
    static const int bits[] = { 0, 8, 16, 32 };
    *o = (ptm_io_write_options){ PTM_SIZED(ptm_io_write_options), .overwrite = s->overwrite, .bits = bits[s->bits], .compress = s->compress,
        .description = description };
    const bool scaled = o->bits == 8 || o->bits == 16 || (o->bits == 0 && ends_with(s->output, ".png"));
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

int cli_write_check(const char *path, const ptm_io_array *array, const ptm_io_write_options *o)
{
    const int status = ptm_io_write_check(path, array, o);
    const bool wrong = status == PTM_ERROR_ARGUMENT || status == PTM_ERROR_UNSUPPORTED;
    return status ? cli_library_error(wrong ? CLI_USAGE : CLI_OUTPUT, status) : CLI_OK;
}

int cli_write(const char *path, const ptm_io_array *array, const ptm_io_write_options *o)
{
    const int status = ptm_io_write(path, array, o);
    return status ? cli_library_error(CLI_OUTPUT, status) : CLI_OK;
}

static bool is_pattern(const char *path)
{
    char name[4096];
    return ptm_io_slice_path(name, sizeof name, path, 0) == PTM_OK && strcmp(name, path) != 0;
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
    *j = (cli_json){ false };
    cli_json_open(j, NULL, '{');
    cli_json_text(j, "command", s->command);
    if (s->input) cli_json_text(j, "input", s->input);
    if (g) json_scan(j, g);
    if (!m) return;
    const ptm_device_info *info = ptm_device_get_info(m->device);
    char name[64];
    snprintf(name, sizeof name, "%s:%d", info->backend, info->index);
    cli_json_text(j, "device", name);
    cli_json_text(j, "model", info->name);
}

void cli_json_output(cli_json *j, const cli_settings *s, const ptm_io_array *array)
{
    char name[4096];
    const int64_t count = array->dimensions == 3 && is_pattern(s->output) ? array->shape[0] : 1;
    cli_json_open(j, "files", '[');
    for (int64_t i = 0; i < count; ++i)
        if (ptm_io_slice_path(name, sizeof name, s->output, i) == PTM_OK) cli_json_text(j, NULL, name);
    if (s->write_geometry) cli_json_text(j, NULL, s->write_geometry);
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
    printf("\n");
}
