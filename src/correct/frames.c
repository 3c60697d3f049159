/* frames.c - several frames of one thing made one. */
#include <polytome/correct.h>

#include "core/error.h"
#include "correct/block.h"
#include "correct/order.h"

#define PIECE 4096 /* pixels that are worked on at a time */

typedef struct frames {
    float *out;
    const float *in;
    int64_t count, pixels;
    bool median;
} frames;

static void mean_of(const frames *f, int64_t first, int64_t end, double *sums)
{
    for (int64_t i = first; i < end; ++i) sums[i - first] = 0;
    for (int64_t k = 0; k < f->count; ++k)
        for (int64_t i = first; i < end; ++i) sums[i - first] += (double)f->in[k * f->pixels + i];
    for (int64_t i = first; i < end; ++i) f->out[i] = (float)(sums[i - first] / (double)f->count);
}

static void median_of(const frames *f, int64_t first, int64_t end, float *values)
{
    for (int64_t i = first; i < end; ++i) {
        for (int64_t k = 0; k < f->count; ++k) values[k] = f->in[k * f->pixels + i];
        f->out[i] = ptm_median(values, f->count);
    }
}

static void combine_piece(void *user, int64_t k, void *scratch)
{
    const frames *f = user;
    const int64_t first = k * PIECE, end = first + PIECE < f->pixels ? first + PIECE : f->pixels;
    if (f->median) median_of(f, first, end, scratch);
    else mean_of(f, first, end, scratch);
}

int ptm_combine_frames(float *out, ptm_context *context, const float *in, int count, int64_t pixels, bool median)
{
    if (!out || !context || !in)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%s is NULL", !out ? "out" : !context ? "context" : "frames");
    if (count < 1 || pixels < 1)
        return ptm_fail(PTM_ERROR_ARGUMENT, "%d frames of %lld pixels, expected at least one of each", count,
            (long long)pixels);
    frames f = { out, in, count, pixels, median };
    const size_t bytes = median ? (size_t)count * sizeof(float) : PIECE * sizeof(double);
    return ptm_spread(context, (pixels + PIECE - 1) / PIECE, bytes, combine_piece, &f);
}
