/* state.c - what a solver knows, given away and taken back. */
#include "solve/solver.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of what is kept, and |y|; the kinds' own numbers come before. */
enum { LEAST = PTM_STATE_NUMBERS - 1, SIZE = LEAST - 1 };

/* G. Fowler, L. C. Noll, K.-P. Vo, D. Eastlake, The FNV Non-Cryptographic Hash Algorithm, 64 bits. */
static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    for (size_t i = 0; i < size; ++i) hash = (hash ^ ((const unsigned char *)data)[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t mix_space(uint64_t hash, const ptm_space *space)
{
    hash = mix(hash, &space->type, sizeof space->type);
    return mix(hash, space->shape, (size_t)space->dimensions * sizeof *space->shape);
}

/* Several processes have parts of the range, whose keys are one. */
static uint64_t mix_range(uint64_t hash, const ptm_operator *op)
{
    const ptm_exchange *e = op->exchange;
    return e ? mix(hash, &e->ranks, sizeof e->ranks) : mix_space(hash, &op->range);
}

/* What decides where iterations go: of arrays and of the operator only a little. */
static void make_key(char key[64], const ptm_solver *s)
{
    const ptm_solver_options *o = &s->o;
    const double numbers[] = { o->limited, o->limited ? o->low : 0, o->limited ? o->high : 0, o->relaxation, o->damping,
        o->order, (double)o->seed, o->keep, ptm_solver_has(&s->mask), ptm_solver_has(&s->root),
        ptm_interleaved_count(s->op), s->norm, o->regularizer, o->strength, o->huber, o->tgv, o->inner, o->noise,
        o->wavelet, o->wavelet_levels, o->spin, s->op->match == PTM_MATCH_NONE,
        o->spacing[0], o->spacing[1], o->spacing[2] };
    uint64_t hash = mix(0xcbf29ce484222325u, numbers, sizeof numbers);
    hash = mix_range(mix_space(hash, &s->op->domain), s->op);
    snprintf(key, 64, "%s 2 %016" PRIx64, s->class->name, hash);
}

int ptm_solver_get_state(ptm_solver_state *out, ptm_solver *s)
{
    if (!out || !s) return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", out ? "solver" : "out");
    if (!s->started) return ptm_fail(PTM_ERROR_ARGUMENT, "solver has not been started");
    *out = (ptm_solver_state) { PTM_SIZED(ptm_solver_state), .iterations = s->iterations,
        .data_vector = s->class->keeps_data };
    make_key(out->key, s);
    memcpy(out->numbers, s->numbers, sizeof out->numbers);
    out->numbers[LEAST] = s->least;
    out->numbers[SIZE] = s->size;
    out->vector[out->vectors++] = s->x;
    for (int i = 0; i < s->class->kept; ++i)
        if (ptm_solver_has(&s->own[i])) out->vector[out->vectors++] = s->own[i];
    if (ptm_solver_has(&s->best)) out->vector[out->vectors++] = s->best;
    return PTM_OK;
}

int ptm_solver_set_state(ptm_solver *s, const ptm_solver_state *state)
{
    ptm_solver_state sized, own;
    int status = ptm_solver_get_state(&own, s);
    if (!status && !state) status = ptm_fail(PTM_ERROR_ARGUMENT, "state is NULL");
    if (!status) status = ptm_copy_sized(&sized, sizeof sized, state, "ptm_solver_state");
    if (status) return status;
    if (memcmp(sized.key, own.key, sizeof own.key) != 0)
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "the state is \"%.63s\", expected \"%s\": of this operator, method, options and number of processes",
            sized.key, own.key);
    if (sized.vectors != own.vectors || sized.iterations < 0)
        return ptm_fail(PTM_ERROR_ARGUMENT, "the state has %d vectors after %d iterations, expected %d after 0 or more",
            sized.vectors, sized.iterations, own.vectors);
    if (!(fabs(sized.numbers[SIZE] - s->size) <= 1e-9 * s->size)) /* sums differ as vectors lie, and devices */
        return ptm_fail(PTM_ERROR_ARGUMENT, "the state is of data whose length is %.12g, expected %.12g: of the same data",
            sized.numbers[SIZE], s->size);
    s->started = false;
    for (int i = 0; i < own.vectors && !status; ++i) status = ptm_solver_copy(s, &own.vector[i], &sized.vector[i]);
    if (status) return status;
    memcpy(s->numbers, sized.numbers, sizeof s->numbers);
    s->least = sized.numbers[LEAST];
    s->iterations = sized.iterations;
    s->solved = false;
    status = s->class->resume ? s->class->resume(s) : PTM_OK;
    s->started = !status;
    return status;
}
