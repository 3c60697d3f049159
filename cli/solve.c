/* solve.c - polytome reconstruct --method: iterative reconstruction, with checkpoints. */
#include "checkpoint.h"
#include "ranks.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INITIAL, MASK, TRUTH, WEIGHTS, GIVEN };

typedef struct solving {
    const cli_reconstruction *r;
    const cli_settings *settings;
    const cli_solve_place *place;
    cli_file_array files[GIVEN];
    ptm_array given[GIVEN]; /* of them, or of the projections; without axes: not given */
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

static const ptm_array *given(const solving *w, int which)
{
    return w->given[which].dimensions ? &w->given[which] : NULL;
}

static ptm_solver_options options_of(const solving *w)
{
    const cli_settings *s = w->settings;
    const double *spacing = w->r->geometry.volume.spacing;
    return (ptm_solver_options) { PTM_SIZED(ptm_solver_options), .method = cli_solve_method(s),
        .initial = given(w, INITIAL), .mask = given(w, MASK), .weights = given(w, WEIGHTS), .truth = given(w, TRUTH),
        .keep = (ptm_keep)s->keep, .limited = !isnan(s->minimum) || !isnan(s->maximum),
        .low = isnan(s->minimum) ? -(double)INFINITY : s->minimum,
        .high = isnan(s->maximum) ? (double)INFINITY : s->maximum, .relaxation = or_zero(s->relaxation),
        .damping = or_zero(s->damping), .regularizer = (ptm_regularizer)s->regularizer, .strength = or_zero(s->strength),
        .spacing = { spacing[0], spacing[1], spacing[2] }, .huber = or_zero(s->huber), .wavelet = (ptm_wavelet)s->wavelet,
        .wavelet_levels = s->wavelet_levels, .spin = s->spin, .inner = s->inner,
        .order = (ptm_subset_order)s->order, .tolerance = or_zero(s->tolerance), .seconds = or_zero(s->max_seconds),
        .residual = s->json || s->report || !s->quiet, .vector = w->place->vector, .vector_user = w->place->vector_user,
        .kept_weights = w->place->vector && w->r->subsets > CLI_KEPT_SUBSETS ? 1 : 0 };
}

/* A volume in a file, of the shape that is reconstructed. */
static int take_volume(solving *w, int which, const char *path, const char *name)
{
    const int *n = w->r->geometry.volume.shape;
    const int64_t shape[3] = { n[0], n[1], n[2] };
    cli_file_array *f = &w->files[which];
    if (!path) return CLI_OK;
    const int code = cli_file_array_open(f, path);
    if (code) return code;
    if (memcmp(f->shape, shape, sizeof shape) != 0)
        return cli_error(
            CLI_INPUT, "%s: --%s has another shape than the volume, %d x %d x %d", path, name, n[0], n[1], n[2]);
    w->given[which] = cli_file_array_get(f, shape);
    return CLI_OK;
}

static int take_given(solving *w)
{
    const cli_settings *s = w->settings;
    int code = take_volume(w, INITIAL, s->initial, "initial");
    if (!code) code = take_volume(w, MASK, s->mask, "mask");
    w->files[MASK].mask = true;
    if (!code) code = take_volume(w, TRUTH, s->truth, "truth");
    if (code || !s->noise_weights) return code;
    return cli_noise_weights(&w->given[WEIGHTS], &w->files[WEIGHTS], w->r, w->place->projections);
}

/* What is wrong with a file was told when the solver read it. */
static int refuse(const solving *w, int status)
{
    for (int i = 0; i < GIVEN; ++i)
        if (w->files[i].code) return w->files[i].code;
    return cli_library_error(status == PTM_ERROR_ARGUMENT ? CLI_USAGE : CLI_FAILED, status);
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
    const int status = cli_checkpoint_save(w->r, solver, &w->place->bound);
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
    /* Whether there is room for it is told before the work. */
    if (s->checkpoint && w->already == 0 && (status = save(w, solver)))
        return cli_ranks_fail(cli_library_error(CLI_OUTPUT, status));
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
    if (!code) code = take_given(w);
    code = cli_ranks_agree(code);
    if (!code) code = make_operator(&op, w->r, w->place);
    if (code) return code;
    ptm_solver_options o = options_of(w);
    o.progress = show;
    o.each = after_iteration;
    o.progress_user = o.each_user = w;
    const int status = ptm_solver_create(&solver, op, &o);
    if (status) code = refuse(w, status);
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
    for (int i = 0; i < GIVEN; ++i) cli_file_array_close(&w.files[i]);
    return code;
}

/* ------------------------------------------------------------------ vectors elsewhere */

int cli_solve_try(const cli_reconstruction *r, const cli_solve_place *place, cli_solve_bytes *bytes)
{
    solving w = { .r = r, .settings = r->settings, .place = place };
    ptm_solver_options o = options_of(&w);
    ptm_operator *op;
    ptm_solver *solver = NULL;
    o.keep = PTM_KEEP_LAST;
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
