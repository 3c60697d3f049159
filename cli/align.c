/* align.c - views put where they belong: shifts that a file lists, and a detector that leans, as is said or is found. */
#include "ranks.h"
#include "reconstruct.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* A pixel's height by its width. */
static double aspect_of(const ptm_io_geometry *g)
{
    const double *size = g->detector.spacing;
    return size[0] > 0 && size[1] > 0 ? size[1] / size[0] : 1;
}

int cli_read_used_shifts(cli_corrections *c, const cli_settings *s, const cli_window *w, int64_t views)
{
    double (*all)[2];
    int count;
    if (!s->shifts) return CLI_OK;
    const int code = cli_read_shifts(&all, &count, s->shifts);
    if (code) return code;
    c->shifts = all;
    c->align = true;
    if (count != views)
        return cli_error(CLI_INPUT, "%s: has shifts of %d views, but there are %" PRId64, s->shifts, count, views);
    for (int64_t i = 0; i < w->views; ++i) {
        const double *from = all[w->first_view + i * w->view_step];
        all[i][0] = from[0] / w->bin_columns;
        all[i][1] = from[1] / w->bin_rows;
    }
    return CLI_OK;
}

int64_t cli_align_reach(const cli_corrections *c, const ptm_io_geometry *g)
{
    double most = fabs(tan(c->lean)) * 0.5 * g->detector.shape[1] / aspect_of(g);
    double shift = 0;
    for (int i = 0; i < g->views && c->shifts; ++i) shift = fmax(shift, fabs(c->shifts[i][1]));
    most += shift + 3; /* which interpolation takes */
    return most < PTM_MAX_LENGTH ? (int64_t)most : PTM_MAX_LENGTH;
}

int cli_align(const cli_corrections *c, const cli_machine *m, const ptm_array *projections, const ptm_io_geometry *g,
    int64_t first_view, double middle)
{
    const ptm_align_options o = { PTM_SIZED(ptm_align_options), .lean = c->lean, .aspect = aspect_of(g), .middle = middle,
        .shifts = c->shifts ? (const double (*)[2])(c->shifts + first_view) : NULL };
    const int status = c->align ? ptm_align(m->context, projections, &o) : PTM_OK;
    return status ? cli_library_error(status == PTM_ERROR_ARGUMENT ? CLI_USAGE : CLI_FAILED, status) : CLI_OK;
}

/* ------------------------------------------------------------------ finding a lean */

static int find_lean(cli_reconstruction *r, float *values, int64_t rows, const double *angles)
{
    const ptm_io_geometry *g = &r->geometry;
    const ptm_array all = cli_dense(values, g->views, rows, g->detector.shape[1]);
    ptm_tilt tilt;
    const int status = ptm_find_tilt(&tilt, r->machine.device, &all, angles, aspect_of(g));
    if (status == PTM_ERROR_ARGUMENT)
        return cli_error(CLI_FAILED, "the detector's lean is not found: %s; --lean says what it is", ptm_error_message());
    if (status) return cli_library_error(CLI_FAILED, status);
    r->corrections.lean = atan(tilt.slope / aspect_of(g));
    cli_note(r->settings, "the detector leans by %.3f degrees", r->corrections.lean * CLI_DEGREES);
    return CLI_OK;
}

static int load_and_find_lean(cli_reconstruction *r)
{
    const ptm_io_geometry *g = &r->geometry;
    if (r->settings->memory)
        return cli_error(CLI_USAGE, "--lean auto does not go with --memory: it takes all views at once");
    if (g->kind != PTM_IO_CIRCULAR || g->beam != PTM_IO_PARALLEL)
        return cli_error(CLI_USAGE, "--lean auto is for parallel beams");
    const int64_t rows = r->window.rows / r->window.bin_rows;
    double *angles;
    float *values = NULL;
    int code = cli_angles(&angles, g);
    if (!code) code = cli_reconstruction_load_rows(&values, r, 0, rows);
    if (!code) code = find_lean(r, values, rows, angles);
    free(values);
    free(angles);
    return code;
}

int cli_reconstruction_lean(cli_reconstruction *r)
{
    if (!r->corrections.find_lean) return CLI_OK;
    const int code = cli_ranks_agree(cli_rank() == 0 ? load_and_find_lean(r) : CLI_OK);
    if (!code) r->corrections.lean = cli_ranks_share(r->corrections.lean);
    return code;
}
