/* phantom.c - polytome phantom: a phantom's volume, or its exact projections. */
#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int failed(int status)
{
    return cli_library_error(status == PTM_ERROR_ARGUMENT ? CLI_USAGE : CLI_FAILED, status);
}

static bool has_count(const char *name)
{
    static const char *const names[] = { "random", "foam", "gaussians", "defrise" };
    for (int i = 0; i < 4; ++i)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

/* It fills the slices of the grid unless the options say how large it is. */
static int make_phantom(ptm_phantom **phantom, const cli_settings *s, const ptm_io_geometry *g)
{
    const ptm_volume *v = &g->volume;
    const char *name = ptm_phantom_name(s->phantom);
    if (s->shapes && !has_count(name))
        return cli_error(CLI_USAGE, "--shapes is for random, foam, gaussians and defrise, but --phantom is %s", name);
    if (s->attenuation == 0) return cli_error(CLI_USAGE, "--attenuation is 0, expected another number");
    ptm_phantom_options o = { PTM_SIZED(ptm_phantom_options), .count = s->shapes, .seed = (uint64_t)s->seed,
        .radius = 0.5 * fmin(v->shape[2] * v->spacing[0], v->shape[1] * v->spacing[1]) };
    if (!isnan(s->radius)) o.radius = s->radius;
    if (!isnan(s->attenuation)) o.attenuation = s->attenuation;
    const int status = ptm_phantom_create_named(phantom, name, &o);
    return status ? failed(status) : CLI_OK;
}

/* ------------------------------------------------------------------ volumes */

static int fill_volume(const cli_settings *s, const ptm_io_geometry *g, ptm_context *context, const ptm_phantom *phantom,
    ptm_io_array *volume)
{
    const ptm_array to = cli_dense(volume->data, volume->shape[0], volume->shape[1], volume->shape[2]);
    const ptm_phantom_run run = { PTM_SIZED(ptm_phantom_run), .progress = cli_go_on,
        .progress_user = (void *)(uintptr_t)s };
    const int status = ptm_phantom_voxels(context, phantom, &g->volume, &to, &run);
    memcpy(volume->spacing, g->volume.spacing, sizeof volume->spacing);
    return status ? failed(status) : CLI_OK;
}

static int make_volume(const cli_settings *s, const ptm_io_geometry *g, ptm_context *context, const ptm_phantom *phantom)
{
    const int *n = g->volume.shape;
    const double begun = cli_now();
    ptm_io_array volume = { .type = PTM_IO_FLOAT32, .dimensions = 3, .shape = { n[0], n[1], n[2] } };
    ptm_io_array picture = cli_picture(&volume, s->output);
    ptm_io_write_options o;
    int code = cli_outputs_prepare(&o, s, &picture, g, "polytome phantom", true);
    if (code) return code;
    const int status = ptm_io_array_create(&volume, PTM_IO_FLOAT32, 3, volume.shape);
    if (status) return cli_library_error(CLI_MEMORY, status);
    code = fill_volume(s, g, context, phantom, &volume);
    picture = cli_picture(&volume, s->output);
    if (!code) code = cli_write(s->output, &picture, &o);
    if (!code) code = cli_write_geometry(g, s);
    if (!code && s->json) {
        cli_json j = { .to = stdout };
        cli_json_begin(&j, s, g, NULL);
        cli_json_output(&j, s, &picture);
        cli_json_end(&j, (const cli_time[]){ { "total", cli_now() - begun }, { NULL, 0 } });
    }
    ptm_io_array_free(&volume);
    return code;
}

/* ------------------------------------------------------------------ projections */

/* The scan, in which the object may move from view to view. */
static int make_scan(ptm_scan **scan, const cli_settings *s, const ptm_io_geometry *g, ptm_context *context)
{
    int status = ptm_io_geometry_scan(scan, context, g);
    if (status || isnan(s->jitter)) return status ? failed(status) : CLI_OK;
    ptm_scan *still = *scan;
    status = ptm_scan_jitter(scan, context, still, (double[]){ s->jitter, s->jitter, s->jitter }, (uint64_t)s->seed);
    ptm_scan_destroy(&still);
    return status ? failed(status) : CLI_OK;
}

static int fill_projections(const cli_settings *s, const ptm_io_geometry *g, ptm_context *context,
    const ptm_phantom *phantom, ptm_io_array *projections)
{
    ptm_scan *scan;
    const int code = make_scan(&scan, s, g, context);
    if (code) return code;
    const ptm_array to = cli_dense(projections->data, projections->shape[0], projections->shape[1], projections->shape[2]);
    const ptm_phantom_run run = { PTM_SIZED(ptm_phantom_run), .ray_samples = s->ray_samples, .progress = cli_go_on,
        .progress_user = (void *)(uintptr_t)s };
    const int status = ptm_phantom_project(context, phantom, scan, &to, &run);
    ptm_scan_destroy(&scan);
    return status ? failed(status) : CLI_OK;
}

static int make_projections(const cli_settings *s, const ptm_io_geometry *g, ptm_context *context,
    const ptm_phantom *phantom)
{
    const double begun = cli_now();
    ptm_io_array projections = { .type = PTM_IO_FLOAT32, .dimensions = 3, .shape = { g->views, g->detector.shape[0],
        g->detector.shape[1] } };
    ptm_io_write_options o;
    int code = cli_outputs_prepare(&o, s, &projections, g, "polytome phantom, projections", false);
    if (code) return code;
    const int status = ptm_io_array_create(&projections, PTM_IO_FLOAT32, 3, projections.shape);
    if (status) return cli_library_error(CLI_MEMORY, status);
    code = fill_projections(s, g, context, phantom, &projections);
    if (!code) code = cli_simulate_and_write(&projections, s, g, context, &o);
    if (!code) code = cli_write_geometry(g, s);
    if (!code && s->json) {
        cli_json j = { .to = stdout };
        cli_json_begin(&j, s, g, NULL);
        cli_json_output(&j, s, &projections);
        cli_json_end(&j, (const cli_time[]){ { "total", cli_now() - begun }, { NULL, 0 } });
    }
    ptm_io_array_free(&projections);
    return code;
}

int cli_phantom(const cli_settings *s)
{
    ptm_io_geometry g = { .views = 0 };
    ptm_context *context = NULL;
    ptm_phantom *phantom = NULL;
    int code = cli_simulation_check(s, s->projections);
    if (!code) code = cli_geometry_new(&g, s);
    if (!code) code = cli_context(&context, 0);
    if (!code) code = make_phantom(&phantom, s, &g);
    if (!code) code = (s->projections ? make_projections : make_volume)(s, &g, context, phantom);
    ptm_phantom_destroy(&phantom);
    ptm_context_destroy(&context);
    ptm_io_geometry_free(&g);
    return code;
}
