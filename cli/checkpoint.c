/* checkpoint.c - see checkpoint.h. Of several ranks the first one has the file: the image, which all have, is in it once,
 * and what belongs to data is of all views. */
#include "checkpoint.h"

#include "ranks.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Memory for a vector of a shape. */
static int allocate(ptm_array *out, const ptm_array *like, int64_t length)
{
    *out = (ptm_array){ PTM_SIZED(ptm_array), .type = like->type, .dimensions = like->dimensions };
    memcpy(out->shape, like->shape, sizeof out->shape);
    out->shape[0] = length;
    out->data = malloc((size_t)cli_count(out) * sizeof(float));
    if (out->data) return PTM_OK;
    return ptm_error_set(PTM_ERROR_MEMORY, "no memory for a state's vector of %" PRId64 " values", cli_count(out));
}

/* ------------------------------------------------------------------ of which scan */

/* Numbers added up, each times a weight of its own, so that no change of one leaves the sum as it was; and magnitudes. */
typedef struct sums {
    double weighted, magnitudes;
    int count;
} sums;

static void add(sums *s, const double *numbers, int count)
{
    for (int i = 0; i < count; ++i) {
        s->weighted += (0.5 + fmod(0.6180339887498949 * ++s->count, 1)) * numbers[i];
        s->magnitudes += fabs(numbers[i]);
    }
}

/* The geometry and the projector. The volume counts in each view, lest many views drown it. */
static int describe(sums *s, const cli_reconstruction *r)
{
    const ptm_volume *v = &r->geometry.volume;
    const ptm_projector_options o = cli_projector_options(r->settings);
    const double others[] = { v->spacing[0], v->spacing[1], v->spacing[2], v->offset[0], v->offset[1], v->offset[2], o.step,
        o.ray_samples, o.model, o.unmatched };
    ptm_scan *scan;
    *s = (sums){ 0 };
    const int status = ptm_io_geometry_scan(&scan, r->machine.context, &r->geometry);
    if (status) return status;
    for (int i = 0; i < ptm_scan_views(scan); ++i) {
        ptm_view view;
        ptm_scan_get_view(scan, i, &view);
        add(s, view.source, 3);
        add(s, view.detector, 3);
        add(s, view.u, 3);
        add(s, view.v, 3);
        add(s, others, (int)(sizeof others / sizeof *others));
    }
    ptm_scan_destroy(&scan);
    return PTM_OK;
}

/* That a state is of this geometry and projector, but for what another machine's rounding may do. */
static int check_scan(const ptm_solver_state *state, const cli_reconstruction *r)
{
    sums own;
    const int status = describe(&own, r);
    if (status || fabs(state->notes[2] - own.weighted) <= 1e-8 * own.magnitudes) return status;
    return ptm_error_set(PTM_ERROR_ARGUMENT, "the state is of another geometry or projector");
}

/* ------------------------------------------------------------------ saving */

/* What this rank has of the data becomes, in the first rank, what all have. */
static int gather(ptm_array *all, const ptm_array *own, int views)
{
    const int64_t n = cli_count(own);
    const uint64_t offset = (uint64_t)own->offset * sizeof(float), bytes = (uint64_t)n * sizeof(float);
    ptm_array mine;
    int status = allocate(&mine, own, own->shape[0]);
    if (!status && cli_rank() == 0) status = allocate(all, own, views);
    if (!status) status = ptm_memory_read(own->memory, offset, mine.data, bytes);
    if (status) cli_ranks_fail(cli_library_error(CLI_FAILED, status));
    else cli_ranks_gather(all->data, mine.data, own->shape[0], n / own->shape[0]);
    free(mine.data);
    return status;
}

int cli_checkpoint_save(const cli_reconstruction *r, ptm_solver *solver, const cli_bound *bound)
{
    ptm_solver_state state;
    ptm_array all = { .data = NULL };
    sums scan;
    int status = ptm_solver_get_state(&state, solver);
    if (!status) status = describe(&scan, r);
    if (status) return status;
    state.notes[0] = (double)bound->limit;
    state.notes[1] = (double)bound->program;
    state.notes[2] = scan.weighted;
    if (cli_ranks() > 1 && state.data_vector > 0) {
        status = gather(&all, &state.vector[state.data_vector], r->geometry.views);
        state.vector[state.data_vector] = all;
    }
    if (!status && cli_rank() == 0) status = ptm_io_state_write(r->settings->checkpoint, &state);
    free(all.data);
    return status;
}

/* ------------------------------------------------------------------ going on */

/* Like this rank's own, from the first one's file: the image, or of data what lies at its views, of so many. */
static int take_vector(ptm_array *to, const ptm_array *own, const ptm_array *file, bool data, int views)
{
    const int64_t n = cli_count(own), line = n / own->shape[0];
    int status = allocate(to, own, own->shape[0]);
    if (status || cli_rank() > 0) file = to;
    else if (cli_count(file) != (data ? views * line : n) || file->type != own->type)
        status = ptm_error_set(PTM_ERROR_ARGUMENT, "the state has a vector of %" PRId64 " values, expected %" PRId64,
            cli_count(file), data ? views * line : n);
    if (status) return status;
    if (data) cli_ranks_scatter(to->data, file->data, own->shape[0], line);
    else if (cli_rank() == 0) memcpy(to->data, file->data, (size_t)n * sizeof(float));
    if (!data) cli_ranks_share_bytes(to->data, n * (int64_t)sizeof(float));
    return PTM_OK;
}

/* From what the first rank has read to all ranks' solvers. A state of another key is refused by all. */
static int take(ptm_solver *solver, const ptm_solver_state *file, int views)
{
    ptm_solver_state own, state = *file;
    int status = ptm_solver_get_state(&own, solver);
    if (status) return status;
    cli_ranks_share_bytes(&state, sizeof state);
    for (int i = 0; i < PTM_STATE_VECTORS; ++i) state.vector[i].data = NULL;
    const bool known = memcmp(state.key, own.key, sizeof own.key) == 0 && state.vectors == own.vectors;
    for (int i = 0; i < own.vectors && known && !status; ++i)
        status = take_vector(&state.vector[i], &own.vector[i], &file->vector[i], i > 0 && i == own.data_vector, views);
    if (!status) status = ptm_solver_set_state(solver, &state);
    for (int i = 0; i < PTM_STATE_VECTORS; ++i) free(state.vector[i].data);
    return status;
}

static bool is_there(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0;
}

int cli_checkpoint_bound(cli_bound *bound, const cli_settings *s)
{
    ptm_solver_state file;
    *bound = (cli_bound){ 0 };
    if (!s->checkpoint || !is_there(s->checkpoint)) return CLI_OK;
    const int status = ptm_io_state_open(&file, s->checkpoint);
    if (status) return cli_library_error(CLI_INPUT, status);
    if (file.notes[0] > 0 && file.notes[0] < 0x1p60 && file.notes[1] > 0 && file.notes[1] < file.notes[0])
        *bound = (cli_bound){ (uint64_t)file.notes[0], (uint64_t)file.notes[1] };
    ptm_io_state_free(&file);
    return CLI_OK;
}

/* Of a file that is damaged, or not this reconstruction's. */
static int refuse(const char *path, int status)
{
    return status == PTM_ERROR_ARGUMENT ? cli_error(CLI_INPUT, "%s: %s", path, ptm_error_message())
                                        : cli_library_error(CLI_INPUT, status);
}

/* One rank leaves the vectors in the file until they are where the solver has its own. */
int cli_checkpoint_resume(int *already, const cli_reconstruction *r, ptm_solver *solver)
{
    const char *path = r->settings->checkpoint;
    ptm_solver_state file = { PTM_SIZED(ptm_solver_state) };
    if (!path) return CLI_OK;
    const bool there = cli_rank() == 0 && is_there(path);
    int status = !there ? PTM_OK : cli_ranks() > 1 ? ptm_io_state_read(&file, path) : ptm_io_state_open(&file, path);
    if (!status && there) status = check_scan(&file, r);
    const int code = cli_ranks_agree(status ? refuse(path, status) : CLI_OK);
    if (code || !cli_ranks_any(there)) {
        ptm_io_state_free(&file);
        return code;
    }
    status = cli_ranks() > 1 ? take(solver, &file, r->geometry.views) : ptm_solver_set_state(solver, &file);
    ptm_io_state_free(&file);
    *already = ptm_solver_iterations(solver);
    if (status == PTM_ERROR_ARGUMENT || status == PTM_ERROR_IO) return cli_ranks_fail(refuse(path, status));
    if (!status) cli_note(r->settings, "%s: going on after iteration %d", path, *already);
    return status ? cli_ranks_fail(cli_library_error(CLI_FAILED, status)) : CLI_OK;
}
