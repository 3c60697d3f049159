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
#include <pthread.h>

/* ------------------------------------------------------------------ with MPI */

#define PIECE (1 << 22) /* values or bytes at a time, so that MPI's own memory has a bound */

static int ranks = 1, rank;
static bool started, agreed; /* agreed: that one of them failed */
/* Of what is exchanged, how much is each rank's and where it begins: where it goes to, and where it comes from. */
static int *counts, *places, *sources;
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
    sources = malloc((size_t)ranks * sizeof *sources);
    sums = malloc((PIECE / (size_t)ranks + 1) * sizeof(double));
    return cli_ranks_agree(
        counts && places && sources && sums ? CLI_OK : cli_error(CLI_MEMORY, "no memory for what ranks exchange"));
}

int cli_ranks_end(int code)
{
    if (!started) return code;
    if (code && !agreed && ranks > 1) return cli_ranks_fail(code);
    free(counts);
    free(places);
    free(sources);
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
    if (rank > 0 && nanosleep(&(struct timespec) { .tv_sec = 5 }, NULL)) _Exit(code);
    cli_error_show(rank);
    MPI_Abort(MPI_COMM_WORLD, code);
    return code;
}

/* ------------------------------------------------------------------ signals */

static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    bool on;
    void (*give_up)(void *user); /* NULL: no more */
    void *user;
} watch = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void *watch_signals(void *none)
{
    bool on = true;
    while (on) {
        nanosleep(&(struct timespec) { .tv_nsec = 50000000 }, NULL);
        pthread_mutex_lock(&watch.lock);
        if (watch.give_up && cli_stopped()) {
            watch.give_up(watch.user);
            watch.give_up = NULL;
        }
        on = watch.give_up != NULL;
        pthread_mutex_unlock(&watch.lock);
    }
    return none;
}

int cli_ranks_watch(void (*give_up)(void *user), void *user)
{
    if (ranks == 1) return CLI_OK;
    watch.give_up = give_up;
    watch.user = user;
    watch.on = pthread_create(&watch.thread, NULL, watch_signals, NULL) == 0;
    return watch.on ? CLI_OK : cli_error(CLI_FAILED, "no thread that watches for signals could be started");
}

void cli_ranks_watch_end(void)
{
    if (!watch.on) return;
    cli_ranks_hold();
    watch.give_up = NULL;
    cli_ranks_release();
    pthread_join(watch.thread, NULL);
    watch.on = false;
}

void cli_ranks_hold(void)
{
    pthread_mutex_lock(&watch.lock);
}

void cli_ranks_release(void)
{
    pthread_mutex_unlock(&watch.lock);
}

/* ------------------------------------------------------------------ what all have */

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

int64_t cli_ranks_most(int64_t mine)
{
    if (ranks > 1) MPI_Allreduce(MPI_IN_PLACE, &mine, 1, MPI_INT64_T, MPI_MAX, MPI_COMM_WORLD);
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

void cli_ranks_share_bytes(void *data, int64_t bytes)
{
    for (int64_t done = 0; done < bytes && ranks > 1; done += PIECE)
        MPI_Bcast((char *)data + done, (int)(bytes - done < PIECE ? bytes - done : PIECE), MPI_BYTE, 0, MPI_COMM_WORLD);
}

static MPI_Datatype line_of(int64_t length)
{
    MPI_Datatype line;
    MPI_Type_contiguous((int)length, MPI_FLOAT, &line);
    MPI_Type_commit(&line);
    return line;
}

/* How many lines each rank has, and where they are among all: known to the first one. */
static void find_places(int64_t lines)
{
    const int mine = (int)lines;
    MPI_Gather(&mine, 1, MPI_INT, counts, 1, MPI_INT, 0, MPI_COMM_WORLD);
    for (int k = 0, place = 0; k < ranks && rank == 0; place += counts[k++]) places[k] = place;
}

void cli_ranks_gather(float *all, const float *mine, int64_t lines, int64_t length)
{
    MPI_Datatype line = line_of(length);
    find_places(lines);
    MPI_Gatherv(mine, (int)lines, line, all, counts, places, line, 0, MPI_COMM_WORLD);
    MPI_Type_free(&line);
}

void cli_ranks_scatter(float *mine, const float *all, int64_t lines, int64_t length)
{
    MPI_Datatype line = line_of(length);
    find_places(lines);
    MPI_Scatterv(all, counts, places, line, mine, (int)lines, line, 0, MPI_COMM_WORLD);
    MPI_Type_free(&line);
}

void cli_ranks_swap(float *to, const int *taken, const float *from, const int *given, int64_t length)
{
    MPI_Datatype line = line_of(length);
    for (int k = 0, in = 0, out = 0; k < ranks; in += taken[k], out += given[k], ++k) {
        places[k] = in;
        sources[k] = out;
    }
    MPI_Alltoallv(from, given, sources, line, to, taken, places, line, MPI_COMM_WORLD);
    MPI_Type_free(&line);
}

/* Each rank adds up a part and gives it to all: so all have the same bits, which MPI_Allreduce() does not promise, and
 * no more is sent than it would. */
static int reduce(void *user, ptm_reduction what, void *values, int64_t count, ptm_type type)
{
    (void)user;
    const MPI_Datatype number = type == PTM_FLOAT64 ? MPI_DOUBLE : MPI_FLOAT;
    for (int i = 0; i < ranks; ++i) {
        places[i] = (int)cli_ranks_before(count, 1, i);
        counts[i] = (int)cli_ranks_before(count, 1, i + 1) - places[i];
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
int cli_ranks_watch(void (*give_up)(void *user), void *user)
{
    return (void)give_up, (void)user, CLI_OK;
}
void cli_ranks_watch_end(void)
{
}
void cli_ranks_hold(void)
{
}
void cli_ranks_release(void)
{
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
int64_t cli_ranks_most(int64_t mine)
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
void cli_ranks_share_bytes(void *data, int64_t bytes)
{
    (void)data, (void)bytes;
}
void cli_ranks_swap(float *to, const int *taken, const float *from, const int *given, int64_t length)
{
    (void)given;
    memcpy(to, from, (size_t)(*taken * length) * sizeof *to);
}
void cli_ranks_gather(float *all, const float *mine, int64_t lines, int64_t length)
{
    memcpy(all, mine, (size_t)(lines * length) * sizeof *all);
}
void cli_ranks_scatter(float *mine, const float *all, int64_t lines, int64_t length)
{
    memcpy(mine, all, (size_t)(lines * length) * sizeof *mine);
}
const ptm_exchange *cli_ranks_exchange(void)
{
    return NULL;
}
#endif

/* ------------------------------------------------------------------ how work is divided */

int64_t cli_ranks_before(int64_t all, int64_t group, int k)
{
    const int64_t n = cli_ranks(), groups = all / group;
    return k == n ? all : (groups * k + n - 1) / n * group;
}
