/* run.c - applying operators. */
#include "cli.h"

#include <math.h>

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
        .step = isnan(s->ray_step) ? 0 : s->ray_step, .ray_samples = s->ray_samples,
        .unmatched = s->unmatched };
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
