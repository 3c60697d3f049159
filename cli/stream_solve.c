/* stream_solve.c - iterations whose vectors are in memory as far as it goes, else in files without a name. */
#include "ranks.h"
#include "stream.h"

#include <stdlib.h>

#define VECTORS (24 + CLI_KEPT_SUBSETS)
#define MEBIBYTE ((uint64_t)1 << 20)
#define SLOTS (6 * 4 * MEBIBYTE) /* of the arithmetic on vectors: two for each of three operands */

/* The vectors that the solver asked for. */
typedef struct vectors {
    cli_store *store[VECTORS];
    cli_store_part part[VECTORS];
    int count;
    uint64_t in_memory, may_take; /* bytes */
    cli_stream_work *work;
} vectors;

/* What a vector counts: of data what the rank takes that has most of them, so that all have the same ones in memory. */
static uint64_t bytes_in_any(const cli_stream_work *t, const ptm_array *vector)
{
    const ptm_io_geometry *g = &t->r->geometry;
    const int ranks = cli_ranks(), *n = g->volume.shape;
    const bool image = vector->shape[0] == n[0] && vector->shape[1] == n[1] && vector->shape[2] == n[2];
    const int64_t most[3] = { (g->views + ranks - 1) / ranks, vector->shape[1], vector->shape[2] };
    return cli_store_bytes(image || ranks == 1 ? vector->shape : most);
}

static int give_vector(void *user, ptm_array *array)
{
    vectors *v = user;
    const uint64_t bytes = bytes_in_any(v->work, array);
    const bool fits = bytes <= v->may_take - v->in_memory;
    const int i = v->count;
    if (i == VECTORS) return ptm_error_set(PTM_ERROR_INTERNAL, "more than %d vectors", VECTORS);
    const int status = cli_store_create(&v->store[i], array->shape, fits ? NULL : v->work->r->settings->output);
    if (status) return status;
    v->count++;
    if (fits) v->in_memory += bytes;
    else v->work->told->stored += cli_store_bytes(array->shape);
    *array = cli_store_array(&v->part[i], v->store[i], 0, array->shape[1]);
    return PTM_OK;
}

static int in_files(const vectors *v)
{
    int count = 0;
    for (int i = 0; i < v->count; ++i) count += cli_store_in_file(v->store[i]);
    return count;
}

static void free_vectors(vectors *v)
{
    for (int i = 0; i < v->count; ++i) cli_store_destroy(&v->store[i]);
}

/* ------------------------------------------------------------------ nothing */

static int give_nothing(void *user, ptm_array *array)
{
    (void)user;
    array->read = cli_stream_read_nothing;
    array->write = cli_stream_write_nothing;
    return PTM_OK;
}

/* The whole scan and a few slices of the volume; the family of kernels is then that of the whole one. */
int cli_stream_solve_warm(cli_stream_work *t)
{
    const cli_reconstruction *r = t->r;
    ptm_io_geometry some = r->geometry;
    cli_solve_bytes bytes;
    int first, rows;
    cli_volume_slices(&some.volume, t->seen, cli_stream_least(t));
    int code = cli_geometry_rows(&some, t->seen, &first, &rows);
    if (!code) code = cli_stream_narrow(t, &some);
    const int64_t shape[3] = { r->views, some.detector.shape[0], some.detector.shape[1] };
    const ptm_array nothing = cli_functions(shape, cli_stream_read_nothing, NULL, NULL);
    const cli_solve_place place = { .machine = &r->machine, .geometry = &some, .projections = &nothing,
        .workspace = 4 * MEBIBYTE, .vector = give_nothing };
    return code ? code : cli_solve_try(r, &place, &bytes);
}

/* ------------------------------------------------------------------ the work */

/* What adding up an image takes in pieces: one of the image, this rank's part of it, and two of MPI's. */
static uint64_t exchange_bytes(const cli_stream_work *t)
{
    const int *n = t->r->geometry.volume.shape;
    const uint64_t image = cli_store_bytes((const int64_t[]){ n[0], n[1], n[2] }), most = 16 * MEBIBYTE;
    return cli_ranks() > 1 ? 4 * (image < most ? image : most) : 0;
}

/* How much goes into memory of the vectors that a solver asks for, each as a whole where it has room. */
typedef struct counted {
    const cli_stream_work *work;
    uint64_t kept, room;
} counted;

static int count_vector(void *user, ptm_array *array)
{
    counted *c = user;
    const uint64_t bytes = bytes_in_any(c->work, array);
    if (bytes <= c->room - c->kept) c->kept += bytes;
    return give_nothing(NULL, array);
}

/* A workspace of at most so much, so that it and `kept` have room, and what it takes with all that belongs to it. The
 * tables are numbers of 64 bits before they are the device's. */
static int fit_workspace(cli_stream_work *t, uint64_t *workspace, uint64_t *taken, uint64_t most, uint64_t kept)
{
    const ptm_io_geometry *g = &t->r->geometry;
    const uint64_t tables = 12 * sizeof(double) * (uint64_t)g->views * (uint64_t)g->detector.shape[1];
    uint64_t needed = 0;
    int code = CLI_OK;
    for (uint64_t part = most; !code; part -= part / 8) {
        const cli_solve_place place = { .machine = &t->dry, .geometry = g, .workspace = part, .vector = give_nothing };
        cli_solve_bytes bytes = { 0 };
        code = cli_solve_try(t->r, &place, &bytes);
        *workspace = part;
        *taken = SLOTS + exchange_bytes(t) + bytes.host;
        if (t->shared) *taken += bytes.device + bytes.staging + (bytes.host ? SLOTS : 0);
        needed = *taken + (tables > part ? tables - part : 0) + kept;
        if (code || needed <= t->rest) return code;
        if (part < 4 * MEBIBYTE) break;
    }
    return code ? code : cli_stream_lacks(t, "the projector with its vectors' slots", needed);
}

/* Half of the memory is for the operator, and what vectors leave of the other one: the larger its blocks, the less often
 * are vectors read. */
static int choose_workspace(cli_stream_work *t, uint64_t *workspace, uint64_t *taken)
{
    int code = fit_workspace(t, workspace, taken, t->rest / 2, 0);
    if (code) return code;
    counted c = { .work = t, .room = t->rest - *taken };
    cli_solve_bytes bytes;
    code = cli_solve_try(t->r, &(cli_solve_place){ .machine = &t->dry, .geometry = &t->r->geometry,
        .workspace = *workspace, .vector = count_vector, .vector_user = &c }, &bytes);
    return code ? code : fit_workspace(t, workspace, taken, t->rest - c.kept, c.kept);
}

int cli_stream_solve_fits(cli_stream_work *t)
{
    uint64_t workspace, taken;
    return choose_workspace(t, &workspace, &taken);
}

/* The result from its store to the output. */
static int put_volume(cli_stream_work *t, const cli_store *volume, cli_result *out)
{
    const int *n = t->r->geometry.volume.shape;
    const int64_t slice = (int64_t)n[1] * n[2];
    const int64_t most = (int64_t)(16 * MEBIBYTE / sizeof(float)) / slice, each = most < 1 ? 1 : most < n[0] ? most : n[0];
    float *voxels = malloc((size_t)(each * slice) * sizeof *voxels);
    int code = voxels ? CLI_OK : cli_error(CLI_MEMORY, "no memory for %d slices", (int)each);
    for (int64_t i = 0; i < n[0] && !code; i += each) {
        const int64_t first[3] = { i, 0, 0 }, count[3] = { n[0] - i < each ? n[0] - i : each, n[1], n[2] };
        const int status = cli_store_read(volume, first, count, voxels);
        code = status ? cli_library_error(CLI_OUTPUT, status)
                      : cli_stream_put(t, voxels, (int)count[0], &out->seconds_writing);
    }
    free(voxels);
    return code;
}

static int solve(cli_stream_work *t, cli_store *volume, uint64_t workspace, uint64_t taken, cli_result *out)
{
    const cli_reconstruction *r = t->r;
    vectors v = { .work = t, .may_take = (uint64_t)-cli_ranks_most((int64_t)taken - (int64_t)t->rest) };
    cli_store_part parts[2];
    const bool first = cli_rank() == 0;
    const ptm_array to = first ? cli_store_array(&parts[0], volume, 0, r->geometry.volume.shape[1]) : (ptm_array){ 0 };
    const ptm_array from = cli_store_array(&parts[1], t->data, r->kept_first, r->kept_rows);
    const cli_solve_place place = { .machine = &r->machine, .geometry = &r->geometry, .projections = &from,
        .workspace = workspace, .vector = give_vector, .vector_user = &v, .bound = { t->limit, t->program } };
    const double start = cli_now();
    const int code = cli_solve(r, &place, &to, &out->solved);
    out->seconds = cli_now() - start;
    if (!code)
        cli_note(r->settings, "%d of the solver's %d vectors were in files beside the output", in_files(&v), v.count);
    free_vectors(&v);
    return code;
}

int cli_stream_solve(cli_stream_work *t, cli_result *out)
{
    const int *n = t->r->geometry.volume.shape;
    const int64_t shape[3] = { n[0], n[1], n[2] };
    cli_store *volume = NULL;
    uint64_t workspace, taken;
    int code = choose_workspace(t, &workspace, &taken);
    if (code == CLI_MEMORY && t->what) cli_stream_too_little(t, t->what, t->needed);
    const bool first = cli_rank() == 0;
    const int status = code || !first ? PTM_OK : cli_store_create(&volume, shape, t->r->settings->output);
    if (status) code = cli_library_error(CLI_OUTPUT, status);
    code = cli_ranks_agree(code);
    if (code) return code;
    if (first) t->told->stored += cli_store_bytes(shape);
    t->told->slabs = 1;
    code = solve(t, volume, workspace, taken, out);
    if (!code) code = cli_stream_begin_output(t, out);
    if (!code && first) code = put_volume(t, volume, out);
    cli_store_destroy(&volume);
    return code;
}
