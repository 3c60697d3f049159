/* metal.c - FBP without the streaks of metal: what is above a value in a first reconstruction is projected, its trace
 * interpolated in the projections (W. A. Kalender, R. Hebel, J. Ebersberger, Radiology 164, 1987), and put back into
 * the second. */
#include "ranks.h"
#include "reconstruct.h"

#include <inttypes.h>
#include <stdlib.h>

typedef struct metal {
    int64_t voxels;
    float *first; /* the first reconstruction where it is metal, else 0 */
    cli_pixels corrected;
    float *trace;
} metal;

static void free_metal(metal *m)
{
    free(m->first);
    free(m->trace);
    cli_pixels_free(&m->corrected);
}

static int allocate(metal *m, const cli_reconstruction *r)
{
    const int *n = r->geometry.volume.shape;
    const int64_t *p = r->pixels.array.shape, pixels = p[0] * p[1] * p[2];
    m->voxels = (int64_t)n[0] * n[1] * n[2];
    m->first = malloc((size_t)m->voxels * sizeof *m->first);
    m->trace = malloc((size_t)pixels * sizeof *m->trace);
    m->corrected.owned = malloc((size_t)pixels * sizeof *m->trace);
    m->corrected.array = cli_dense(m->corrected.owned, p[0], p[1], p[2]);
    if (m->first && m->trace && m->corrected.owned) return CLI_OK;
    return cli_error(CLI_MEMORY, "no memory for %" PRId64 " voxels and %" PRId64 " pixels of metal", m->voxels, 2 * pixels);
}

/* From the first reconstruction in volume to projections without metal. */
static int take_out(metal *m, const cli_reconstruction *r, const float *volume, int step, int steps)
{
    const int64_t *p = r->pixels.array.shape;
    const ptm_array trace = cli_dense(m->trace, p[0], p[1], p[2]);
    int64_t count = 0;
    for (int64_t i = 0; i < m->voxels; ++i) {
        const bool is_metal = volume[i] > r->corrections.metal_from;
        m->first[i] = is_metal ? volume[i] : 0;
        count += is_metal;
    }
    cli_note(r->settings, "%" PRId64 " voxels of metal", count);
    cli_copy_dense(m->corrected.owned, &r->pixels.array);
    const int code = cli_reconstruction_project(r, &trace, m->first, step, steps);
    if (code) return code;
    const int status = ptm_interpolate_trace(r->machine.context, &m->corrected.array, &trace, NULL);
    return status ? cli_library_error(CLI_FAILED, status) : CLI_OK;
}

int cli_reconstruction_without_metal(const cli_reconstruction *r, float *volume, int step, int steps)
{
    metal m = { 0 };
    int code = cli_reconstruction_fbp(r, volume, 3 * step, 3 * steps);
    if (!code) code = cli_ranks_agree(allocate(&m, r));
    if (!code) cli_ranks_share_bytes(volume, m.voxels * (int64_t)sizeof *volume);
    if (!code) code = cli_ranks_agree(take_out(&m, r, volume, 3 * step + 1, 3 * steps));
    cli_reconstruction second = *r;
    second.pixels = m.corrected;
    if (!code) code = cli_reconstruction_fbp(&second, volume, 3 * step + 2, 3 * steps);
    for (int64_t i = 0; i < m.voxels && !code; ++i)
        if (m.first[i] > 0) volume[i] = m.first[i];
    free_metal(&m);
    return code;
}
