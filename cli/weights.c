/* weights.c - how much each pixel counts in iterative reconstruction: as its noise says, or as a file does. */
#include "reconstruct.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* A line integral has a variance of one over the number of photons, which is in proportion to the transmission. */
static int read_transmissions(void *user, const int64_t *first, const int64_t *count, void *data)
{
    float *to = data;
    const int status = cli_read_box(user, first, count, to);
    for (int64_t i = 0; i < count[0] * count[1] * count[2] && !status; ++i) to[i] = expf(fminf(-to[i], 0));
    return status;
}

/* Of the pixels that are used, from all of the file's; a file of one view is each view's. */
static int use_file(cli_file_array *f, const cli_reconstruction *r)
{
    const cli_source *s = &r->source;
    const cli_window *w = &r->window;
    const char *path = r->settings->noise_weights;
    if (w->bin_rows > 1 || w->bin_columns > 1)
        return cli_error(CLI_USAGE, "--noise-weights %s are of single pixels, and do not go with --binning", path);
    const int code = cli_file_array_open(f, path);
    if (code) return code;
    if (f->shape[1] != s->rows || f->shape[2] != s->columns || (f->shape[0] != s->views && !f->single))
        return cli_error(CLI_INPUT,
            "%s: --noise-weights has another shape than the data, %" PRId64 " x %" PRId64 " x %" PRId64
            ", and than one view of them", path, s->views, s->rows, s->columns);
    f->first[0] = f->single ? 0 : w->first_view + r->first_view * w->view_step;
    f->first[1] = w->first_row + r->kept_first;
    f->first[2] = w->first_column;
    f->step = f->single ? 0 : w->view_step;
    f->nonnegative = true;
    return CLI_OK;
}

int cli_noise_weights(ptm_array *weights, cli_file_array *f, const cli_reconstruction *r, const ptm_array *projections)
{
    const bool own = strcmp(r->settings->noise_weights, "transmission") == 0;
    if (own) {
        *weights = cli_functions(projections->shape, read_transmissions, NULL, (void *)(uintptr_t)projections);
        return CLI_OK;
    }
    const int code = use_file(f, r);
    *weights = cli_file_array_get(f, projections->shape);
    return code;
}
