/* ranks.c - see ranks.h: all that the program has of MPI. */
#define _POSIX_C_SOURCE 200809L /* nanosleep */
#include "ranks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How many processes the launcher says that it started, Open MPI's or one that speaks PMI as MPICH's does; 0: there is
 * none. PMIx does not say how many, but Slurm does, whose launcher speaks it. */
static int launched(void)
{
    static const char *const sizes[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE" };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i)
        if (getenv(sizes[i])) return atoi(getenv(sizes[i]));
    const char *slurm = getenv("SLURM_STEP_NUM_TASKS");
    return getenv("PMIX_RANK") ? slurm ? atoi(slurm) : 1 : 0;
}

#ifdef PTM_HAVE_MPI
#include <mpi.h>

/* ------------------------------------------------------------------ with MPI */

#define PIECE (1 << 22) /* values at a time, so that MPI's own memory has a bound */

static int ranks = 1, rank;
static bool started, agreed; /* agreed: that one of them failed */
/* Of the values that are exchanged, those that each rank adds up. */
static int *counts, *places;
static void *sums;

static int refuse_launch(int processes)
{
    char library[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    MPI_Get_library_version(library, &length);
    library[strcspn(library, ",\n")] = 0;
    return cli_error(CLI_USAGE,
        "this is one of %d processes, of which %s knows none: it is another MPI's launcher that started them", processes,
        library);
}

int cli_ranks_start(void)
{
    int threads;
    const int processes = launched();
    if (processes == 0) return CLI_OK;
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &threads);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    started = true;
    if (ranks == 1 && processes > 1) return refuse_launch(processes);
    counts = malloc((size_t)ranks * sizeof *counts);
    places = malloc((size_t)ranks * sizeof *places);
    sums = malloc((PIECE / (size_t)ranks + 1) * sizeof(double));
    return cli_ranks_agree(counts && places && sums ? CLI_OK : cli_error(CLI_MEMORY, "no memory for what ranks exchange"));
}

int cli_ranks_end(int code)
{
    if (!started) return code;
    if (code && !agreed && ranks > 1) return cli_ranks_fail(code);
    free(counts);
    free(places);
    free(sums);
    MPI_Finalize();
    return code;
}

int cli_ranks(void)
{
    return ranks;
}

int cli_rank(void)
{
    return rank;
}

int cli_ranks_agree(int code)
{
    const int mine = code ? rank : ranks;
    int first;
    if (ranks == 1 || agreed) return code;
    MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    if (first == ranks) return CLI_OK;
    MPI_Bcast(&code, 1, MPI_INT, first, MPI_COMM_WORLD);
    if (rank == first) cli_error_show(rank);
    agreed = true;
    return code;
}

/* Most failures are all ranks', and then one word is enough: the first one's, who ends the others by signals. */
int cli_ranks_fail(int code)
{
    if (ranks == 1) return code;
    if (rank > 0 && nanosleep(&(struct timespec) { .tv_sec = 2 }, NULL)) _Exit(code);
    cli_error_show(rank);
    MPI_Abort(MPI_COMM_WORLD, code);
    return code;
}

bool cli_ranks_any(bool mine)
{
    int any = mine;
    if (ranks > 1) MPI_Allreduce(MPI_IN_PLACE, &any, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    return any;
}

int64_t cli_ranks_total(int64_t mine)
{
    if (ranks > 1) MPI_Allreduce(MPI_IN_PLACE, &mine, 1, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    return mine;
}

double cli_ranks_share(double mine)
{
    if (ranks > 1) MPI_Bcast(&mine, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    return mine;
}

void cli_ranks_add_up(float *values, int64_t count)
{
    for (int64_t done = 0; done < count && ranks > 1; done += PIECE) {
        const int some = (int)(count - done < PIECE ? count - done : PIECE);
        if (rank == 0)
            MPI_Reduce(MPI_IN_PLACE, values + done, some, MPI_FLOAT, MPI_SUM, 0, MPI_COMM_WORLD);
        else
            MPI_Reduce(values + done, NULL, some, MPI_FLOAT, MPI_SUM, 0, MPI_COMM_WORLD);
    }
}

/* Each rank adds up a part and gives it to all: so all have the same bits, which MPI_Allreduce() does not promise, and
 * no more is sent than it would. */
static int reduce(void *user, ptm_reduction what, void *values, int64_t count, ptm_type type)
{
    (void)user;
    const MPI_Datatype number = type == PTM_FLOAT64 ? MPI_DOUBLE : MPI_FLOAT;
    for (int i = 0; i < ranks; ++i) {
        places[i] = (int)(count * i / ranks);
        counts[i] = (int)(count * (i + 1) / ranks) - places[i];
    }
    MPI_Reduce_scatter(values, sums, counts, number, what == PTM_REDUCE_SUM ? MPI_SUM : MPI_MAX, MPI_COMM_WORLD);
    MPI_Allgatherv(sums, counts[rank], number, values, counts, places, number, MPI_COMM_WORLD);
    return PTM_OK;
}

const ptm_exchange *cli_ranks_exchange(void)
{
    static ptm_exchange exchange;
    exchange = (ptm_exchange) { PTM_SIZED(ptm_exchange), .rank = rank, .ranks = ranks, .reduce = reduce };
    return ranks > 1 ? &exchange : NULL;
}

#else
/* ------------------------------------------------------------------ one process */

int cli_ranks_start(void)
{
    const int processes = launched();
    if (processes <= 1) return CLI_OK;
    return cli_error(
        CLI_USAGE, "this is one of %d processes, but it was built without MPI: each would do all the work", processes);
}

int cli_ranks_end(int code)
{
    return code;
}
int cli_ranks(void)
{
    return 1;
}
int cli_rank(void)
{
    return 0;
}
int cli_ranks_agree(int code)
{
    return code;
}
int cli_ranks_fail(int code)
{
    return code;
}
bool cli_ranks_any(bool mine)
{
    return mine;
}
int64_t cli_ranks_total(int64_t mine)
{
    return mine;
}
double cli_ranks_share(double mine)
{
    return mine;
}
void cli_ranks_add_up(float *values, int64_t count)
{
    (void)values, (void)count;
}
const ptm_exchange *cli_ranks_exchange(void)
{
    return NULL;
}
#endif

/* ------------------------------------------------------------------ how work is divided */

int cli_ranks_views(int all, int *first, int *count)
{
    const int64_t n = cli_ranks(), k = cli_rank();
    *first = (int)(all * k / n);
    *count = (int)(all * (k + 1) / n) - *first;
    return all >= n ? CLI_OK : cli_error(CLI_USAGE, "%d views for %d ranks, expected at least one for each", all, (int)n);
}

int cli_ranks_check(const cli_settings *s)
{
    const struct {
        const char *name, *why;
        bool given;
    } alone[] = { { "rings", "takes all views of a row", s->rings != NULL },
        { "zingers", "compares views with their neighbours", !isnan(s->zingers) },
        { "metal", "goes over the views twice", !isnan(s->metal) },
        { "centre-sweep", "is for single slices", s->centre_sweep != NULL },
        { "report", "shows all views", s->report != NULL },
        { "checkpoint", "is one process's state", s->checkpoint != NULL } };
    for (size_t i = 0; cli_ranks() > 1 && i < sizeof alone / sizeof *alone; ++i)
        if (alone[i].given)
            return cli_error(
                CLI_USAGE, "--%s %s: it is for one process, not for %d", alone[i].name, alone[i].why, cli_ranks());
    return CLI_OK;
}
