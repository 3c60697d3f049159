/* weights.c - how much each pixel counts in iterative reconstruction: as its noise says, or as a file does. */
#include "reconstruct.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A line integral has a variance of one over the number of photons, which is in proportion to the transmission. */
static void take_transmissions(float *to, const ptm_array *p)
{
    cli_copy_dense(to, p);
    for (int64_t i = 0; i < cli_count(p); ++i) to[i] = expf(fminf(-to[i], 0));
}

static int check_file(const ptm_io_array *a, const cli_reconstruction *r)
{
    const cli_source *s = &r->source;
    const char *path = r->settings->noise_weights;
    const int64_t wanted[3] = { s->views, s->rows, s->columns }, *last = wanted + 3 - (a->dimensions < 3 ? 2 : 3);
    if (r->window.bin_rows > 1 || r->window.bin_columns > 1)
        return cli_error(CLI_USAGE, "--noise-weights %s are of single pixels, and do not go with --binning", path);
    if (a->dimensions < 2 || a->dimensions > 3 ||
        memcmp(a->shape, last, (size_t)a->dimensions * sizeof *last) != 0)
        return cli_error(CLI_INPUT,
            "%s: --noise-weights has another shape than the data, %" PRId64 " x %" PRId64 " x %" PRId64
            ", and than one view of them", path, s->views, s->rows, s->columns);
    const float *values = a->data;
    for (int64_t i = 0; i < ptm_io_array_count(a); ++i)
        if (!(isfinite(values[i]) && values[i] >= 0))
            return cli_error(CLI_INPUT, "%s: has a weight of %g, expected finite numbers of 0 or more", path,
                (double)values[i]);
    return CLI_OK;
}

/* Of the pixels that are used, from all of the file's. */
static void choose(float *to, const ptm_io_array *a, const cli_reconstruction *r, const ptm_array *p)
{
    const cli_source *s = &r->source;
    const cli_window *w = &r->window;
    for (int64_t i = 0; i < p->shape[0] * p->shape[1]; ++i) {
        const int64_t view = a->dimensions == 3 ? w->first_view + (r->first_view + i / p->shape[1]) * w->view_step : 0;
        const int64_t row = w->first_row + r->kept_first + i % p->shape[1];
        memcpy(to + i * p->shape[2], (const float *)a->data + (view * s->rows + row) * s->columns + w->first_column,
            (size_t)p->shape[2] * sizeof *to);
    }
}

int cli_noise_weights(float **weights, const cli_reconstruction *r, const ptm_array *projections)
{
    const char *which = r->settings->noise_weights;
    const int64_t *n = projections->shape;
    ptm_io_array a = { 0 };
    const bool own = strcmp(which, "transmission") == 0;
    int code = own ? CLI_OK : cli_read_values(&a, NULL, which, NULL);
    if (!code && !own) code = check_file(&a, r);
    float *to = code ? NULL : malloc((size_t)(n[0] * n[1] * n[2]) * sizeof *to);
    if (!code && !to) code = cli_error(CLI_MEMORY, "no memory for the weights of %" PRId64 " pixels", n[0] * n[1] * n[2]);
    if (!code && own) take_transmissions(to, projections);
    else if (!code) choose(to, &a, r, projections);
    ptm_io_array_free(&a);
    *weights = to;
    return code;
}
