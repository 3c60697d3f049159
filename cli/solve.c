/* solve.c - polytome reconstruct --method: iterative reconstruction, with checkpoints. */
#include "checkpoint.h"
#include "ranks.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct solving {
    const cli_reconstruction *r;
    const cli_settings *settings;
    const cli_solve_place *place;
    ptm_io_array initial, mask, truth; /* of files */
    ptm_array initial_array, mask_array, truth_array;
    float *weights;
    ptm_array weights_array;
    int already;  /* iterations that a checkpoint brought */
    double saved; /* when the last one was written */
    cli_solved *solved;
    int status; /* of the last one */
} solving;

static double or_zero(double given)
{
    return isnan(given) ? 0 : given;
}

/* ------------------------------------------------------------------ options */

static ptm_solver_options options_of(solving *w)
{
    const cli_settings *s = w->settings;
    const double *spacing = w->r->geometry.volume.spacing;
    return (ptm_solver_options) { PTM_SIZED(ptm_solver_options), .method = cli_solve_method(s),
        .initial = w->initial.data ? &w->initial_array : NULL, .mask = w->mask.data ? &w->mask_array : NULL,
        .weights = w->weights ? &w->weights_array : NULL, .truth = w->truth.data ? &w->truth_array : NULL,
        .keep = (ptm_keep)s->keep, .limited = !isnan(s->minimum) || !isnan(s->maximum),
        .low = isnan(s->minimum) ? -(double)INFINITY : s->minimum,
        .high = isnan(s->maximum) ? (double)INFINITY : s->maximum, .relaxation = or_zero(s->relaxation),
        .damping = or_zero(s->damping), .regularizer = (ptm_regularizer)s->regularizer, .strength = or_zero(s->strength),
        .spacing = { spacing[0], spacing[1], spacing[2] }, .huber = or_zero(s->huber), .wavelet = (ptm_wavelet)s->wavelet,
        .wavelet_levels = s->wavelet_levels, .spin = s->spin, .inner = s->inner,
        .order = (ptm_subset_order)s->order, .tolerance = or_zero(s->tolerance), .seconds = or_zero(s->max_seconds),
        .residual = s->json || s->report || !s->quiet, .vector = w->place->vector, .vector_user = w->place->vector_user };
}

/* A volume from a file, of the shape that is reconstructed. */
static int read_volume(ptm_io_array *a, ptm_array *array, const solving *w, const char *path, const char *name)
{
    const int *n = w->r->geometry.volume.shape;
    if (!path) return CLI_OK;
    const int code = cli_read_values(a, NULL, path, NULL);
    if (code) return code;
    const bool slice = a->dimensions == 2 && n[0] == 1 && a->shape[0] == n[1] && a->shape[1] == n[2];
    const bool volume = a->dimensions == 3 && a->shape[0] == n[0] && a->shape[1] == n[1] && a->shape[2] == n[2];
    if (!slice && !volume)
        return cli_error(
            CLI_INPUT, "%s: --%s has another shape than the volume, %d x %d x %d", path, name, n[0], n[1], n[2]);
    *array = cli_dense(a->data, n[0], n[1], n[2]);
    return cli_check_finite(array, NULL, path);
}

/* ------------------------------------------------------------------ work */

static int iterations_of(const cli_settings *s)
{
    return s->iterations ? s->iterations : 50;
}

/* A run with a checkpoint ends between iterations, when that is written, and one of several ranks, which are then alike. */
static bool show(void *user, double done)
{
    const solving *w = user;
    const int all = iterations_of(w->settings);
    cli_show_progress(w->settings, (w->already + done * (all - w->already)) / all);
    return w->settings->checkpoint || cli_ranks() > 1 || !cli_stopped();
}

/* The residual of one iteration more. */
static int keep_residual(cli_solved *solved, const ptm_iteration *i)
{
    const int n = solved->residual_count;
    if ((n & (n - 1)) == 0) { /* as many as there is room for: 0, 1, 2, 4, 8, ... */
        double *more = realloc(solved->residuals, (size_t)(n ? 2 * n : 1) * sizeof *more);
        if (!more) return ptm_error_set(PTM_ERROR_MEMORY, "no memory for the residuals of %d iterations", n);
        solved->residuals = more;
    }
    if (n == 0) solved->first = i->number;
    solved->residuals[solved->residual_count++] = i->residual;
    return PTM_OK;
}

/* Why there was no further iteration. */
static const char *reason_of(const solving *w, const ptm_iteration *last)
{
    const cli_settings *s = w->settings;
    if (last->number >= iterations_of(s)) return "as many iterations as were asked for";
    if (last->residual <= s->tolerance) return "the residual came down to the tolerance";
    return last->seconds >= s->max_seconds ? "the time was up" : "further iterations would not change it";
}

static int save(solving *w, ptm_solver *solver)
{
    const int status = cli_checkpoint_save(w->r, solver);
    w->saved = cli_now();
    return status;
}

static bool after_iteration(void *user, ptm_solver *solver, const ptm_iteration *i)
{
    solving *w = user;
    const cli_settings *s = w->settings;
    const double every = isnan(s->checkpoint_seconds) ? 60 : s->checkpoint_seconds;
    w->solved->residual = i->residual;
    w->solved->error = i->error;
    w->solved->reason = reason_of(w, i);
    w->status = keep_residual(w->solved, i);
    const bool due = s->checkpoint && cli_ranks_any(cli_stopped() || cli_now() - w->saved >= every);
    if (!w->status && due) w->status = save(w, solver);
    return !w->status && !cli_stopped();
}

/* Of this rank's views. */
static int make_own_operator(ptm_operator **op, const cli_reconstruction *r, const cli_solve_place *p)
{
    ptm_projector_options o = cli_projector_options(r->settings);
    o.workspace = p->workspace;
    ptm_scan *scan;
    const int code = cli_scan_of_views(&scan, p->machine->context, p->geometry, r->first_view, r->views);
    if (code) return code;
    const int status = cli_make_projector(op, p->machine, scan, r->subsets, &o);
    ptm_scan_destroy(&scan);
    return status ? cli_library_error(status == PTM_ERROR_ARGUMENT ? CLI_USAGE : CLI_FAILED, status) : CLI_OK;
}

static int make_operator(ptm_operator **op, const cli_reconstruction *r, const cli_solve_place *p)
{
    ptm_operator *own = NULL;
    *op = NULL;
    const int code = cli_ranks_agree(make_own_operator(&own, r, p));
    if (code || cli_ranks() == 1) {
        *op = own;
        return code;
    }
    const int status = ptm_distributed_create(op, own, cli_ranks_exchange());
    ptm_operator_destroy(&own);
    return status ? cli_ranks_fail(cli_library_error(CLI_FAILED, status)) : CLI_OK;
}

static int run(solving *w, ptm_solver *solver, const ptm_array *volume)
{
    const cli_settings *s = w->settings;
    const int all = iterations_of(s);
    int status = ptm_solver_start(solver, w->place->projections);
    if (status) return cli_ranks_fail(cli_library_error(status == PTM_ERROR_ARGUMENT ? CLI_INPUT : CLI_FAILED, status));
    const int code = cli_checkpoint_resume(&w->already, w->r, solver);
    if (code) return code;
    w->saved = cli_now();
    status = ptm_solver_run(solver, all > w->already ? all - w->already : 0);
    if (w->status) return cli_ranks_fail(cli_library_error(CLI_OUTPUT, w->status));
    if (status && status != PTM_ERROR_CANCELLED) return cli_ranks_fail(cli_library_error(CLI_FAILED, status));
    if (status == PTM_ERROR_CANCELLED || cli_ranks_any(cli_stopped()))
        return cli_error(CLI_STOPPED, "stopped after iteration %d%s%s", ptm_solver_iterations(solver),
            s->checkpoint ? "; the same command goes on from " : "", s->checkpoint ? s->checkpoint : "");
    if (s->checkpoint && (status = save(w, solver))) return cli_library_error(CLI_OUTPUT, status);
    if (cli_rank() == 0) status = ptm_solver_result(solver, volume);
    return status ? cli_library_error(CLI_FAILED, status) : CLI_OK;
}

static int solve(solving *w, const ptm_array *volume, cli_solved *solved)
{
    const cli_settings *s = w->settings;
    ptm_operator *op;
    ptm_solver *solver = NULL;
    const ptm_io_write_options again = { PTM_SIZED(ptm_io_write_options), .overwrite = true };
    int code = s->checkpoint ? cli_write_check(s->checkpoint, NULL, &again) : CLI_OK;
    if (!code) code = read_volume(&w->initial, &w->initial_array, w, s->initial, "initial");
    if (!code) code = read_volume(&w->mask, &w->mask_array, w, s->mask, "mask");
    if (!code) code = read_volume(&w->truth, &w->truth_array, w, s->truth, "truth");
    if (!code && s->noise_weights) code = cli_noise_weights(&w->weights, w->r, w->place->projections);
    if (w->weights) {
        const int64_t *n = w->place->projections->shape;
        w->weights_array = cli_dense(w->weights, n[0], n[1], n[2]);
    }
    code = cli_ranks_agree(code);
    if (!code) code = make_operator(&op, w->r, w->place);
    if (code) return code;
    ptm_solver_options o = options_of(w);
    o.progress = show;
    o.each = after_iteration;
    o.progress_user = o.each_user = w;
    const int status = ptm_solver_create(&solver, op, &o);
    if (status) code = cli_library_error(status == PTM_ERROR_ARGUMENT ? CLI_USAGE : CLI_FAILED, status);
    code = cli_ranks_agree(code);
    if (!code) {
        solved->memory = ptm_solver_memory(solver);
        cli_note(s, "it takes %.1f MB on %s", (double)solved->memory / 1e6, w->place->machine->name);
        code = run(w, solver, volume);
        solved->iterations = ptm_solver_iterations(solver);
    }
    ptm_solver_destroy(&solver);
    ptm_operator_destroy(&op);
    return code;
}

int cli_solve(const cli_reconstruction *r, const cli_solve_place *place, const ptm_array *volume, cli_solved *solved)
{
    solving w = { .r = r, .settings = r->settings, .place = place, .solved = solved };
    const int code = solve(&w, volume, solved);
    ptm_io_array_free(&w.initial);
    ptm_io_array_free(&w.mask);
    ptm_io_array_free(&w.truth);
    free(w.weights);
    return code;
}

/* ------------------------------------------------------------------ vectors elsewhere */

int cli_solve_try(const cli_reconstruction *r, const cli_solve_place *place, cli_solve_bytes *bytes)
{
    solving w = { .r = r, .settings = r->settings, .place = place };
    ptm_solver_options o = options_of(&w);
    ptm_operator *op;
    ptm_solver *solver = NULL;
    const int code = make_own_operator(&op, r, place);
    if (code) return code;
    int status = ptm_solver_create(&solver, op, &o);
    if (!status && place->projections) status = ptm_solver_start(solver, place->projections);
    if (!status && place->projections) status = ptm_solver_run(solver, 1);
    if (!status) {
        bytes->device = ptm_solver_memory(solver);
        bytes->staging = ptm_operator_staging(op, &bytes->host);
    }
    ptm_solver_destroy(&solver);
    ptm_operator_destroy(&op);
    return status ? cli_library_error(status == PTM_ERROR_ARGUMENT ? CLI_USAGE : CLI_FAILED, status) : CLI_OK;
}
