/* subsets.c - ordered subsets: in which order they are visited, and the sums of their columns. */
#include "solve/solver.h"

#include <polytome/random.h>

#include <stdlib.h>

/* ------------------------------------------------------------------ order */

static int common_divisor(int a, int b)
{
    while (b != 0) {
        const int rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The step nearest to the golden section of `count` that visits all. */
static int golden_step(int count)
{
    const int section = (int)(0.6180339887498949 * count + 0.5);
    for (int away = 0; away < count; ++away) {
        if (section - away > 0 && common_divisor(section - away, count) == 1) return section - away;
        if (common_divisor(section + away, count) == 1) return section + away;
    }
    return 1;
}

static void bit_reversed(int *order, int count)
{
    int bits = 0, n = 0;
    while (1 << bits < count) ++bits;
    for (int i = 0; i < 1 << bits; ++i) {
        int reversed = 0;
        for (int b = 0; b < bits; ++b) reversed |= (i >> b & 1) << (bits - 1 - b);
        if (reversed < count) order[n++] = reversed;
    }
}

/* R. A. Fisher, F. Yates, Statistical Tables, 1938. */
static void shuffle(int *order, int count, uint64_t seed, int pass)
{
    ptm_random random = { .seed = seed, .stream = (uint64_t)pass };
    for (int i = count - 1; i > 0; --i) {
        const int k = (int)(ptm_random_uniform(&random) * (i + 1)), other = order[k];
        order[k] = order[i];
        order[i] = other;
    }
}

void ptm_solver_subsets_order(ptm_solver *s, int pass)
{
    const int count = s->subsets.count, step = s->o.order == PTM_ORDER_GOLDEN ? golden_step(count) : 1;
    int *order = s->subsets.order;
    for (int i = 0; i < count; ++i) order[i] = (int)((int64_t)i * step % count);
    if (s->o.order == PTM_ORDER_BIT_REVERSED) bit_reversed(order, count);
    if (s->o.order == PTM_ORDER_RANDOM) shuffle(order, count, s->o.seed, pass);
}

/* ------------------------------------------------------------------ sums of columns */

int ptm_solver_subsets_create(ptm_solver *s)
{
    ptm_solver_subsets *u = &s->subsets;
    const ptm_space *domain = &s->op->domain;
    const uint64_t most = s->o.kept_weights ? s->o.kept_weights : ptm_operator_least_bytes(s->op);
    u->count = ptm_interleaved_count(s->op);
    u->kept = u->count == 1 || ptm_space_bytes(domain) <= most / (uint64_t)u->count;
    u->order = ptm_alloc((size_t)u->count, sizeof *u->order);
    u->columns = ptm_alloc((size_t)u->count, sizeof *u->columns);
    int status = u->order && u->columns ? PTM_OK : PTM_ERROR_MEMORY;
    for (int k = 0; k < (u->kept ? u->count : 1) && !status; ++k) status = ptm_solver_vector(s, &u->columns[k], domain);
    return status;
}

void ptm_solver_subsets_destroy(ptm_solver_subsets *u)
{
    for (int k = 0; u->columns && k < u->count; ++k) ptm_array_destroy(&u->columns[k]);
    free(u->columns);
    free(u->order);
}

uint64_t ptm_solver_subsets_memory(const ptm_solver_subsets *u)
{
    uint64_t sum = 0;
    for (int k = 0; u->columns && k < u->count; ++k) sum += u->columns[k].memory ? u->columns[k].memory->buffer->size : 0;
    return sum;
}

/* Weights stand for ones where there are some. */
static int find_columns(ptm_solver *s, int k, const ptm_array *ones, const ptm_array *columns)
{
    ptm_slice part;
    int status = ptm_interleaved_slice(&part, s->op, ones, k);
    if (!status) status = ptm_solver_apply(s, ptm_interleaved_part(s->op, k), true, 1, &part.array, 0, columns);
    if (!status) status = ptm_solver_invert_columns(s, columns);
    return status ? status : ptm_solver_multiply(s, columns, &s->mask);
}

int ptm_solver_subsets_start(ptm_solver *s, const ptm_array *ones)
{
    int status = PTM_OK;
    for (int k = 0; k < s->subsets.count && s->subsets.kept && !status; ++k)
        status = find_columns(s, k, ones, &s->subsets.columns[k]);
    return status;
}

int ptm_solver_subset_columns(ptm_solver *s, int k, const ptm_array *ones, const ptm_array **columns)
{
    *columns = &s->subsets.columns[s->subsets.kept ? k : 0];
    return s->subsets.kept ? PTM_OK : find_columns(s, k, ones, *columns);
}
