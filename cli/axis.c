/* axis.c - where the rotation axis is, as the user says or as rows of all views show. */
#include "ranks.h"
#include "reconstruct.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double file_column(const cli_window *w, double column)
{
    return (double)w->first_column + 0.5 * (w->bin_columns - 1) + column * w->bin_columns;
}

void cli_reconstruction_centre(cli_reconstruction *r, double column)
{
    const cli_window *w = &r->window;
    r->centre = column;
    cli_geometry_centre(&r->geometry, (column - file_column(w, 0)) / w->bin_columns);
}

int cli_reconstruction_load_rows(float **values, const cli_reconstruction *r, int64_t first, int64_t count)
{
    cli_window w = r->window;
    cli_pixels rows;
    w.first_row += first * w.bin_rows;
    w.rows = count * w.bin_rows;
    int code = cli_load(&rows, r->machine.context, &r->source, &w);
    if (code) return code;
    const int64_t views = rows.array.shape[0], columns = rows.array.shape[2];
    float *all = malloc((size_t)(views * count * columns) * sizeof *all);
    if (!all) code = cli_error(CLI_MEMORY, "no memory for %" PRId64 " rows of %" PRId64 " views", count, views);
    if (!code) cli_copy_dense(all, &rows.array);
    cli_pixels_free(&rows);
    const ptm_array array = cli_dense(all, views, count, columns);
    if (!code) code = cli_correct_rows(&r->corrections, &r->machine, &array);
    if (code) free(all);
    else *values = all;
    return code;
}

/* The middle one of the rows that are reconstructed, of all columns and views; dense, corrected but for phase. */
static int load_row(float **sinogram, const cli_reconstruction *r)
{
    const cli_corrections *c = &r->corrections;
    const int64_t views = r->geometry.views, columns = r->geometry.detector.shape[1];
    const int64_t rows = r->window.rows / r->window.bin_rows;
    const int64_t row = r->kept_first + r->kept_rows / 2, reach = c->align ? cli_align_reach(c, &r->geometry) : 0;
    const int64_t first = row > reach ? row - reach : 0, end = row + reach < rows ? row + reach + 1 : rows;
    int code = cli_reconstruction_load_rows(sinogram, r, first, end - first);
    if (code) return code;
    const ptm_array band = cli_dense(*sinogram, views, end - first, columns), one = cli_dense(*sinogram, views, 1, columns);
    code = cli_align(c, &r->machine, &band, &r->geometry, 0, 0.5 * (double)(rows - 1) - 0.5 * (double)(first + end - 1));
    for (int64_t i = 0; i < views; ++i)
        memmove(*sinogram + i * columns, *sinogram + (i * (end - first) + row - first) * columns,
            (size_t)columns * sizeof **sinogram);
    return code ? code : cli_correct_views(c, &r->machine, &one, &r->geometry, 0, false);
}

static int find_axis(cli_reconstruction *r, ptm_axis_method method)
{
    const ptm_io_geometry *g = &r->geometry;
    float *sinogram = NULL;
    double *angles, column = 0;
    int status = PTM_OK, code = cli_angles(&angles, g);
    if (!code) code = load_row(&sinogram, r);
    const ptm_array row = cli_dense(sinogram, g->views, 1, g->detector.shape[1]);
    if (!code)
        status = ptm_find_rotation_axis(&column, r->machine.device, &row, angles,
            &(ptm_axis_options){ PTM_SIZED(ptm_axis_options), .method = method });
    if (status == PTM_ERROR_ARGUMENT) /* the row shows nothing, or not all of it */
        code = cli_error(CLI_FAILED, "the rotation axis is not found: %s; --centre says where it is", ptm_error_message());
    else if (status) code = cli_library_error(CLI_FAILED, status);
    if (!code) cli_reconstruction_centre(r, file_column(&r->window, column));
    free(sinogram);
    free(angles);
    return code;
}

/* A number, auto, or what is usual: auto for counts of a parallel beam whose angles are known and whose place nobody
 * states. */
static int place_axis(cli_reconstruction *r)
{
    const cli_settings *s = r->settings;
    const ptm_io_geometry *g = &r->geometry;
    const bool parallel = g->kind == PTM_IO_CIRCULAR && g->beam == PTM_IO_PARALLEL;
    const bool data = r->source.scan || r->source.counts, open = !s->centre && parallel && data && isnan(s->offset_u) &&
        isnan(s->axis_offset);
    const bool usual = open && r->listed && !s->geometry;
    const double start = cli_now();
    ptm_axis_method method = PTM_AXIS_AUTO;
    double column;
    int code = CLI_OK;
    if (open && s->geometry && r->centred)
        cli_note(s, "rotation axis in the middle of the detector, as in %s; --centre auto finds it", s->geometry);
    if (!s->centre && !usual) return CLI_OK;
    if (s->centre && g->axis_offset != 0)
        return cli_error(CLI_USAGE, "--centre does not go with an axis offset, here %g mm", g->axis_offset);
    if (usual || cli_axis_method(&method, s->centre)) {
        if (!parallel) return cli_error(CLI_USAGE, "--centre %s is for parallel beams", s->centre);
        code = find_axis(r, method);
        if (!code) cli_note(s, "rotation axis at column %.2f", r->centre);
    } else if (cli_numbers(&column, 1, s->centre, ':') == 1 && column >= 0 && column <= (double)(r->source.columns - 1)) {
        cli_reconstruction_centre(r, column);
    } else {
        return cli_error(CLI_USAGE,
            "--centre is \"%s\", expected auto, sharpness, phase, overlap, vo or a column from 0 to %" PRId64,
            s->centre, r->source.columns - 1);
    }
    r->seconds_centre = cli_now() - start;
    return code;
}

/* The first rank does it, for which it reads rows of all views. */
int cli_reconstruction_place_axis(cli_reconstruction *r)
{
    int code = cli_reconstruction_lean(r);
    if (!code) code = cli_ranks_agree(cli_rank() == 0 ? place_axis(r) : CLI_OK);
    if (code) return code;
    const double column = cli_ranks_share(r->centre);
    if (!isnan(column)) cli_reconstruction_centre(r, column);
    return CLI_OK;
}
