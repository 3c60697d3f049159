/* reconstruct.c - polytome reconstruct: a file in, slices out. */
#include "memory.h"
#include "ranks.h"
#include "stream.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ what is to be done */

/* Only the rows that the slices need; corrections of whole views take all and leave these. */
static int narrow_rows(cli_reconstruction *r, int first_slice)
{
    int first, count;
    const int code = cli_geometry_rows(&r->geometry, first_slice, &first, &count);
    const bool whole = cli_corrects_whole_views(&r->corrections);
    r->kept_first = whole ? first : 0;
    r->kept_rows = count;
    if (!whole) {
        r->window.first_row += (int64_t)first * r->window.bin_rows;
        r->window.rows = (int64_t)count * r->window.bin_rows;
    }
    return code;
}

/* Those of this rank. The geometry stays that of all, from which FBP has its weights. */
static int choose_views(cli_reconstruction *r)
{
    const int all = r->geometry.views, ranks = cli_ranks(), code = cli_solve_subsets(&r->subsets, r->settings, all);
    if (code) return code;
    if (all / r->subsets < ranks)
        return cli_error(CLI_USAGE, "%d view%s%s for %d ranks, expected at least one for each", all / r->subsets,
            all / r->subsets == 1 ? "" : "s", r->subsets > 1 ? " in a subset" : "", ranks);
    r->first_view = (int)cli_ranks_before(all, r->subsets, cli_rank());
    r->views = (int)cli_ranks_before(all, r->subsets, cli_rank() + 1) - r->first_view;
    r->fbp.first_view = r->first_view;
    r->fbp.views = r->views;
    return CLI_OK;
}

/* From the geometry of the file to that of the data that are used, and the volume. */
static int make_plan(cli_reconstruction *r, const cli_settings *s)
{
    ptm_io_geometry *g = &r->geometry;
    int first_slice = 0, code = cli_geometry_make(g, s, &r->source);
    r->centred = !code && g->detector.offset[0] == 0 && g->axis_offset == 0;
    r->listed = !code && g->angles; /* before some views are chosen, which makes a list of any angles */
    if (!code) code = cli_window_make(&r->window, s, &r->source);
    if (!code) code = cli_read_used_shifts(&r->corrections, s, &r->window, r->source.views);
    if (!code) code = cli_geometry_crop(g, &r->window);
    if (!code) code = cli_grid_make(g, s);
    if (!code) code = cli_region(&g->volume, s, &first_slice);
    if (!code) code = narrow_rows(r, first_slice);
    return code ? code : choose_views(r);
}

int cli_reconstruction_open(cli_reconstruction *r, const cli_settings *s)
{
    *r = (cli_reconstruction){ .settings = s, .begun = cli_now(), .centre = (double)NAN };
    r->fbp = (ptm_fbp_options){ PTM_SIZED(ptm_fbp_options), .filter = (ptm_filter_type)s->filter,
        .cutoff = isnan(s->cutoff) ? 0 : s->cutoff, .weights = (ptm_weights_type)s->weights,
        .extrapolation = (ptm_extrapolation_type)s->extrapolation,
        .object_radius = isnan(s->object_radius) ? 0 : s->object_radius };
    if (!isnan(s->cutoff) && !(s->cutoff > 0 && s->cutoff <= 1))
        return cli_error(CLI_USAGE, "--cutoff is %g, expected above 0 to 1", s->cutoff);
    if (!isnan(s->object_radius) && !s->extrapolation)
        return cli_error(CLI_USAGE, "--object-radius is for --extrapolate");
    if ((s->centre || s->centre_sweep) && !isnan(s->offset_u))
        return cli_error(
            CLI_USAGE, "--offset says where the rotation axis is, and so does --centre%s", s->centre ? "" : "-sweep");
    if (s->memory && s->centre_sweep)
        return cli_error(
            CLI_USAGE, "--centre-sweep does not go with --memory: it compares slices, which are all in memory");
    int code = cli_solve_check(s);
    if (!code) code = cli_corrections_parse(&r->corrections, s);
    if (!code && s->method && r->corrections.metal) code = cli_error(CLI_USAGE, "--metal is for --method fbp");
    if (!code) code = cli_source_open(&r->source, s);
    if (!code && r->source.integers && !r->source.counts)
        cli_note(s, "%s has whole numbers and no flat field: they are taken as line integrals; --flats says otherwise",
            s->input);
    if (!code && r->corrections.phase_options.energy > 0 && isnan(s->pixel) && r->source.pixel[0] == 0 && !s->geometry)
        code = cli_error(CLI_USAGE, "--paganin needs the size of a pixel, which --pixel says");
    if (!code) code = make_plan(r, s);
    if (!code) code = cli_machine_open(&r->machine, s);
    return code ? code : cli_find_bad_pixels(&r->source, s, r->machine.context);
}

void cli_reconstruction_close(cli_reconstruction *r)
{
    for (int i = 0; i < 2; ++i) free(r->gathered[i]);
    cli_pixels_free(&r->pixels);
    cli_corrections_free(&r->corrections);
    cli_machine_close(&r->machine);
    ptm_io_geometry_free(&r->geometry);
    cli_source_close(&r->source);
}

cli_window cli_reconstruction_own_window(const cli_reconstruction *r)
{
    cli_window own = r->window;
    own.first_view += r->first_view * own.view_step;
    own.views = r->views;
    return own;
}

/* Whole views; of rows what all ranks have of them, where that matters. */
static int correct(const cli_reconstruction *r)
{
    const cli_corrections *c = &r->corrections;
    const ptm_array *own = &r->pixels.array;
    const int code = cli_correct_rows_of_ranks(c, &r->machine, own, r->geometry.views, r->subsets);
    return code ? code : cli_correct_views(c, &r->machine, own, &r->geometry, r->first_view, true);
}

int cli_reconstruction_load(cli_reconstruction *r)
{
    const double start = cli_now();
    const cli_window own = cli_reconstruction_own_window(r);
    int code = cli_ranks_agree(cli_load(&r->pixels, r->machine.context, &r->source, &own));
    const double read = cli_now();
    r->seconds_reading += read - start;
    if (!code) code = correct(r);
    r->seconds_correcting = cli_now() - read;
    code = cli_ranks_agree(code);
    if (!code) r->pixels.raised = cli_ranks_total(r->pixels.raised);
    ptm_array *p = &r->pixels.array;
    if (!code) {
        p->data = (float *)p->data + r->kept_first * p->stride[1];
        p->shape[1] = r->kept_rows;
    }
    if (!code) cli_reconstruction_tell_raised(r);
    return code;
}

void cli_reconstruction_tell_raised(const cli_reconstruction *r)
{
    if (r->pixels.raised > 0)
        cli_note(r->settings, "%" PRId64 " counts were not above their dark field and were raised", r->pixels.raised);
}

static ptm_array volume_of(const cli_reconstruction *r, float *volume)
{
    const int *n = r->geometry.volume.shape;
    return cli_dense(volume, n[0], n[1], n[2]);
}

int cli_reconstruction_fbp(const cli_reconstruction *r, float *volume, int step, int steps)
{
    const ptm_array to = volume_of(r, volume);
    int code = cli_run(&(cli_work){ .settings = r->settings, .machine = &r->machine, .geometry = &r->geometry,
        .fbp = &r->fbp, .volume = &to, .projections = &r->pixels.array, .step = step, .steps = steps });
    code = cli_ranks_agree(code);
    if (!code) cli_ranks_add_up(volume, cli_count(&to));
    return code;
}

int cli_reconstruction_project(const cli_reconstruction *r, const ptm_array *projections, float *volume, int step,
    int steps)
{
    const ptm_array from = volume_of(r, volume);
    return cli_run(&(cli_work){ .settings = r->settings, .machine = &r->machine, .geometry = &r->geometry,
        .volume = &from, .projections = projections, .step = step, .steps = steps, .first_view = r->first_view,
        .views = r->views });
}

int cli_reconstruction_run(const cli_reconstruction *r, float *volume, int step, int steps)
{
    const ptm_array all = volume_of(r, volume);
    const int code = r->corrections.metal ? cli_reconstruction_without_metal(r, volume, step, steps)
                                          : cli_reconstruction_fbp(r, volume, step, steps);
    return code || cli_rank() > 0 ? code : cli_correct_volume(&r->corrections, &r->machine, &all);
}

/* ------------------------------------------------------------------ the command */

const char *cli_reconstruction_title(const cli_reconstruction *r)
{
    return r->corrections.hounsfield ? "polytome reconstruct, Hounsfield units" : "polytome reconstruct, 1/mm";
}

void cli_result_json(cli_json *j, const cli_reconstruction *r, const cli_result *result)
{
    const cli_settings *s = r->settings;
    cli_json_begin(j, s, &r->geometry, &r->machine);
    cli_json_output(j, s, &result->picture);
    if (!isnan(r->centre)) cli_json_number(j, "centre", r->centre);
    if (r->corrections.find_lean) cli_json_number(j, "lean_deg", r->corrections.lean * CLI_DEGREES);
    cli_json_integer(j, "raised", r->pixels.raised);
    if (s->memory) cli_stream_tell(j, &result->streamed);
    if (!s->method) return;
    cli_json_integer(j, "iterations", result->solved.iterations);
    cli_json_number(j, "residual", result->solved.residual);
    if (s->truth) cli_json_number(j, "error", result->solved.error);
    if (result->solved.reason) cli_json_text(j, "stopped", result->solved.reason);
    cli_json_integer(j, "device_bytes", (int64_t)result->solved.memory);
}

static void tell_iterations(const cli_settings *s, const cli_solved *solved)
{
    const char *plural = solved->iterations == 1 ? "" : "s";
    if (solved->reason)
        cli_note(s, "residual %.3g of the data after %d iteration%s: %s", solved->residual, solved->iterations, plural,
            solved->reason);
    else cli_note(s, "%d iteration%s, and there was nothing left to do", solved->iterations, plural);
    if (s->truth) cli_note(s, "error %.4g after the last one, root mean square", solved->error);
}

static void report(const cli_reconstruction *r, const cli_result *result)
{
    const cli_settings *s = r->settings;
    const int *n = r->geometry.volume.shape;
    cli_note(s, "%d x %d x %d voxels in %.3f s on %s: %s", n[0], n[1], n[2], result->seconds, r->machine.name, s->output);
    if (s->method) tell_iterations(s, &result->solved);
    if (!s->json) return;
    cli_json j = { .to = stdout };
    cli_result_json(&j, r, result);
    cli_json_end(&j, result->times);
}

static int solve(const cli_reconstruction *r, float *volume, cli_solved *solved)
{
    const ptm_array all = volume_of(r, volume);
    const cli_solve_place place = { .machine = &r->machine, .geometry = &r->geometry, .projections = &r->pixels.array };
    const int code = cli_solve(r, &place, &all, solved);
    return code || cli_rank() > 0 ? code : cli_correct_volume(&r->corrections, &r->machine, &all);
}

/* Solvers leave it to the first rank to have one. */
static int make_volume(ptm_io_array *volume, const cli_reconstruction *r)
{
    const bool needed = cli_rank() == 0 || !r->settings->method;
    const int status = needed ? ptm_io_array_create(volume, PTM_IO_FLOAT32, 3, volume->shape) : PTM_OK;
    memcpy(volume->spacing, r->geometry.volume.spacing, sizeof volume->spacing);
    return cli_ranks_agree(status ? cli_library_error(CLI_MEMORY, status) : CLI_OK);
}

/* With data and volume in memory. */
static int in_memory(cli_reconstruction *r, cli_result *result, const ptm_io_write_options *o)
{
    const cli_settings *s = r->settings;
    ptm_io_array *volume = &result->volume;
    int code = cli_reconstruction_load(r);
    if (!code) code = make_volume(volume, r);
    if (!code) code = cli_page_gather(r);
    if (code) return code;
    result->picture = cli_picture(volume, s->output);
    const double start = cli_now();
    code = s->method ? solve(r, volume->data, &result->solved) : cli_reconstruction_run(r, volume->data, 0, 1);
    const double done = cli_now();
    if (!code && cli_rank() == 0) code = cli_write(s->output, &result->picture, o);
    result->seconds = done - start;
    result->seconds_writing = cli_now() - done;
    return code;
}

/* What goes beside the output, and what is said. */
static int hand_out(const cli_reconstruction *r, cli_result *result)
{
    int code = cli_write_geometry(&r->geometry, r->settings);
    const cli_time times[] = { { "read", r->seconds_reading }, { "centre", r->seconds_centre },
        { "correct", r->seconds_correcting }, { "reconstruct", result->seconds }, { "write", result->seconds_writing },
        { "total", cli_now() - r->begun }, { NULL, 0 } };
    memcpy(result->times, times, sizeof times);
    if (!code) code = cli_page(r, result);
    if (!code) report(r, result);
    return code;
}

/* What can fail before there is a volume; the options for writing it. */
static int prepare(cli_reconstruction *r, ptm_io_write_options *o, const cli_result *result)
{
    const cli_settings *s = r->settings;
    int code = cli_outputs_prepare(o, s, &result->picture, &r->geometry, cli_reconstruction_title(r), true);
    if (!code) code = cli_page_check(s);
    if (!code && s->memory) code = cli_stream_check(r, o);
    code = cli_ranks_agree(code);
    return code ? code : cli_reconstruction_place_axis(r);
}

static int reconstruct(cli_reconstruction *r)
{
    const int *n = r->geometry.volume.shape;
    cli_result result = { .solved = { .residual = (double)NAN, .error = (double)NAN },
        .volume = { .type = PTM_IO_FLOAT32, .dimensions = 3, .shape = { n[0], n[1], n[2] } } };
    memcpy(result.volume.spacing, r->geometry.volume.spacing, sizeof result.volume.spacing);
    result.picture = cli_picture(&result.volume, r->settings->output);
    ptm_io_write_options o;
    int code = prepare(r, &o, &result);
    if (!code) code = r->settings->memory ? cli_stream(r, &result, &o) : in_memory(r, &result, &o);
    if (!code && cli_rank() == 0) code = hand_out(r, &result);
    ptm_io_array_free(&result.volume);
    free(result.solved.residuals);
    return code;
}

int cli_reconstruct(const cli_settings *given)
{
    cli_settings s = *given;
    cli_reconstruction r = { .settings = &s };
    char *projections;
    int code = cli_scanner_use(&s, &projections);
    if (s.memory) cli_memory_settle();
    if (!code) code = cli_reconstruction_open(&r, &s);
    code = cli_ranks_agree(code);
    if (!code) code = cli_ranks_agree(s.centre_sweep ? cli_sweep(&r) : reconstruct(&r));
    cli_reconstruction_close(&r);
    free(projections);
    return code;
}
