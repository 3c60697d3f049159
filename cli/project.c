/* project.c - polytome project: projections of a volume. */
#include "cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int read_volume(ptm_io_array *volume, const cli_settings *s)
{
    const int code = cli_read_values(volume, NULL, s->input, s->dataset);
    if (code) return code;
    if (volume->dimensions != 2 && volume->dimensions != 3)
        return cli_error(CLI_INPUT, "%s: has %d axes, expected a volume (z, y, x) or a slice (y, x)", s->input,
            volume->dimensions);
    if (volume->dimensions == 2) {
        volume->dimensions = 3;
        volume->shape[2] = volume->shape[1];
        volume->shape[1] = volume->shape[0];
        volume->shape[0] = 1;
    }
    for (int i = 0; i < 3; ++i)
        if (volume->shape[i] > PTM_MAX_LENGTH)
            return cli_error(CLI_INPUT, "%s: has %" PRId64 " voxels along an axis, more than %d", s->input,
                volume->shape[i], PTM_MAX_LENGTH);
    const ptm_array values = cli_dense(volume->data, volume->shape[0], volume->shape[1], volume->shape[2]);
    return cli_check_finite(&values, NULL, s->input);
}

/* The volume of a geometry file, if it has one, must be the one that was read. */
static int make_geometry(ptm_io_geometry *g, const cli_settings *s, const ptm_io_array *volume)
{
    const int shape[3] = { (int)volume->shape[0], (int)volume->shape[1], (int)volume->shape[2] };
    const int code = cli_geometry_make(g, s, NULL);
    if (code) return code;
    if (g->volume.shape[0] && memcmp(g->volume.shape, shape, sizeof shape) != 0)
        return cli_error(CLI_INPUT, "%s: is %d x %d x %d voxels, but %s says %d x %d x %d", s->input, shape[0], shape[1],
            shape[2], s->geometry, g->volume.shape[0], g->volume.shape[1], g->volume.shape[2]);
    return cli_geometry_for(g, s, shape, volume->spacing);
}

static int project(const cli_settings *s, const ptm_io_geometry *g, const cli_machine *machine, const ptm_io_array *volume)
{
    const double begun = cli_now();
    ptm_io_array projections = { .type = PTM_IO_FLOAT32, .dimensions = 3, .shape = { g->views, g->detector.shape[0],
        g->detector.shape[1] } };
    ptm_io_write_options o;
    int code = cli_outputs_prepare(&o, s, &projections, g, "polytome project, line integrals", false);
    if (code) return code;
    const int status = ptm_io_array_create(&projections, PTM_IO_FLOAT32, 3, projections.shape);
    if (status) return cli_library_error(CLI_MEMORY, status);
    const ptm_array from = cli_dense(volume->data, volume->shape[0], volume->shape[1], volume->shape[2]);
    const ptm_array to = cli_dense(projections.data, projections.shape[0], projections.shape[1], projections.shape[2]);
    const double start = cli_now();
    code = cli_run(&(cli_work){ .settings = s, .machine = machine, .geometry = g, .volume = &from, .projections = &to });
    const double done = cli_now();
    if (!code) code = cli_simulate_and_write(&projections, s, g, machine->context, &o);
    if (!code) code = cli_write_geometry(g, s);
    if (!code) cli_note(s, "projected in %.3f s on %s", done - start, machine->name);
    if (!code && s->json) {
        cli_json j = { .to = stdout };
        cli_json_begin(&j, s, g, machine);
        cli_json_output(&j, s, &projections);
        cli_json_end(&j, (const cli_time[]){ { "project", done - start }, { "write", cli_now() - done },
            { "total", cli_now() - begun }, { NULL, 0 } });
    }
    ptm_io_array_free(&projections);
    return code;
}

int cli_project(const cli_settings *s)
{
    ptm_io_array volume = { 0 };
    ptm_io_geometry g = { .views = 0 };
    cli_machine machine = { .context = NULL };
    int code = cli_simulation_check(s, true);
    if (!code) code = read_volume(&volume, s);
    if (!code) code = make_geometry(&g, s, &volume);
    if (!code) code = cli_machine_open(&machine, s);
    if (!code) code = project(s, &g, &machine, &volume);
    cli_machine_close(&machine);
    ptm_io_geometry_free(&g);
    ptm_io_array_free(&volume);
    return code;
}
