/* rank_rows.c - corrections of rows of all views, where each rank has some of the views: ranks exchange what they have so
 * that each has some rows of all views, correct these, and exchange back. */
#include "correct.h"
#include "ranks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((int64_t)64 << 20) /* of the rows that a rank corrects at a time */

typedef struct turn {
    const ptm_array *own; /* (view, row, column): this rank's views */
    int views, group;     /* of all ranks, and how they are divided */
    int64_t first, rows;  /* the rows at hand, of which each rank corrects some */
    float *by_view;       /* they, of this rank's views: those for the first rank, and so on */
    float *by_row;        /* this rank's, of all views */
    int *given, *taken;   /* how many lines this rank has for each, and each for it */
} turn;

static int64_t rows_of(const turn *t, int rank)
{
    return cli_ranks_before(t->rows, 1, rank + 1) - cli_ranks_before(t->rows, 1, rank);
}

/* Between the projections and the rows for each rank. */
static void copy(const turn *t, bool out)
{
    const int64_t *stride = t->own->stride, columns = t->own->shape[2];
    float *to = t->by_view;
    for (int k = 0; k < cli_ranks(); ++k)
        for (int64_t i = 0, n = rows_of(t, k); i < n * t->own->shape[0]; ++i, to += columns) {
            const int64_t row = t->first + cli_ranks_before(t->rows, 1, k) + i % n;
            float *line = (float *)t->own->data + i / n * stride[0] + row * stride[1];
            memcpy(out ? line : to, out ? to : line, (size_t)columns * sizeof *line);
        }
}

static int correct(turn *t, const cli_corrections *c, const cli_machine *m)
{
    const int64_t columns = t->own->shape[2], rows = rows_of(t, cli_rank());
    const ptm_array all = cli_dense(t->by_row, t->views, rows, columns);
    for (int k = 0; k < cli_ranks(); ++k) {
        t->given[k] = (int)(t->own->shape[0] * rows_of(t, k));
        const int64_t first = cli_ranks_before(t->views, t->group, k);
        t->taken[k] = (int)((cli_ranks_before(t->views, t->group, k + 1) - first) * rows);
    }
    copy(t, false);
    cli_ranks_swap(t->by_row, t->taken, t->by_view, t->given, columns);
    int code = cli_stopped() ? cli_error(CLI_STOPPED, "stopped") : CLI_OK;
    code = cli_ranks_agree(code || rows == 0 ? code : cli_correct_rows(c, m, &all));
    if (code) return code;
    cli_ranks_swap(t->by_view, t->given, t->by_row, t->taken, columns);
    copy(t, true);
    return CLI_OK;
}

bool cli_exchanges_rows(const cli_corrections *c)
{
    return cli_ranks() > 1 && cli_corrects_across_views(c);
}

int cli_correct_rows_of_ranks(const cli_corrections *c, const cli_machine *m, const ptm_array *own, int views,
    int group)
{
    if (!cli_exchanges_rows(c)) return cli_correct_rows(c, m, own);
    const int64_t line = own->shape[2] * (int64_t)sizeof(float), all = own->shape[1], ranks = cli_ranks();
    const int64_t fit = BLOCK_BYTES / (views * line), each = fit > 1 ? fit : 1;
    const int64_t most = ranks * each < all ? ranks * each : all;
    turn t = { .own = own, .views = views, .group = group };
    t.by_view = malloc((size_t)(own->shape[0] * most * line));
    t.by_row = malloc((size_t)(views * ((most + ranks - 1) / ranks) * line));
    t.given = malloc((size_t)ranks * sizeof *t.given);
    t.taken = malloc((size_t)ranks * sizeof *t.taken);
    int code = CLI_OK;
    if (!t.by_view || !t.by_row || !t.given || !t.taken)
        code = cli_error(CLI_MEMORY, "no memory for %" PRId64 " rows of %d views", most, views);
    code = cli_ranks_agree(code);
    for (; t.first < all && !code; t.first += t.rows) {
        t.rows = all - t.first < most ? all - t.first : most;
        code = correct(&t, c, m);
    }
    free(t.by_view);
    free(t.by_row);
    free(t.given);
    free(t.taken);
    return code;
}
