/* rings.c - ring removal: options, and the sinograms one by one. */
#include "correct/rings.h"

#include "core/error.h"
#include "correct/block.h"

typedef struct rings {
    const ptm_ring_options *options;
    const ptm_block *block;
} rings;

static void remove_rings(const void *user, float *values, void *scratch)
{
    const rings *r = user;
    const ptm_ring_options *o = r->options;
    const ptm_sinogram s = { values, r->block->views, r->block->columns };
    switch (o->method) {
    case PTM_RINGS_SORTING: ptm_rings_sorting(&s, o->size, scratch); break;
    case PTM_RINGS_FILTERING: ptm_rings_filtering(&s, o->size, o->sigma, scratch); break;
    case PTM_RINGS_LARGE: ptm_rings_large(&s, o->large_size, o->snr, scratch); break;
    case PTM_RINGS_DEAD: ptm_rings_dead(&s, o->large_size, o->snr, scratch); break;
    case PTM_RINGS_COMBINED:
        ptm_rings_dead(&s, o->large_size, o->snr, scratch);
        ptm_rings_large(&s, o->large_size, o->snr, scratch);
        ptm_rings_sorting(&s, o->size, scratch);
        break;
    case PTM_RINGS_WAVELET: ptm_rings_wavelet(&s, o->levels, o->sigma, scratch); break;
    }
}

static size_t bytes_of(const ptm_ring_options *o, const ptm_block *b)
{
    if (o->method == PTM_RINGS_FILTERING) return ptm_rings_filtering_bytes(b->views, b->columns, o->sigma);
    if (o->method == PTM_RINGS_WAVELET) return ptm_rings_wavelet_bytes(b->views, b->columns, o->levels, o->sigma);
    return ptm_rings_sorting_bytes(b->views, b->columns);
}

static int check_size(const char *name, int size)
{
    if (size >= 3 && size <= PTM_RINGS_MAX_SIZE && size % 2) return PTM_OK;
    return ptm_fail(PTM_ERROR_ARGUMENT, "%s is %d, expected an odd number from 3 to %d", name, size, PTM_RINGS_MAX_SIZE);
}

/* How often both axes can be halved and have some length left. */
static int most_levels(const ptm_block *b)
{
    int levels = 0;
    for (int64_t n = b->views < b->columns ? b->views : b->columns; n >= 16; n /= 2) levels++;
    return levels < PTM_RINGS_MAX_LEVELS ? levels : PTM_RINGS_MAX_LEVELS;
}

/* Twice a part of the columns, made odd, within limits. */
static int odd_part(int64_t columns, int64_t part, int least, int most)
{
    const int64_t size = 2 * (columns / part) + 1;
    return size < least ? least : size > most ? most : (int)size;
}

/* Defaults, and what is wrong. */
static int complete(ptm_ring_options *o, const ptm_block *b)
{
    const int most = most_levels(b);
    if (!o->size) o->size = odd_part(b->columns, 120, 5, 31);
    if (!o->large_size) o->large_size = odd_part(b->columns, 50, 9, 101);
    if (o->snr == 0) o->snr = 3;
    if (o->sigma == 0) o->sigma = o->method == PTM_RINGS_FILTERING ? 3 : 2;
    if (!o->levels) o->levels = most < 5 ? most : 5;
    int status = check_size("size", o->size);
    if (!status) status = check_size("large_size", o->large_size);
    if (status) return status;
    if ((int)o->method < PTM_RINGS_SORTING || o->method > PTM_RINGS_WAVELET)
        return ptm_fail(PTM_ERROR_ARGUMENT, "method is %d, which is none of ptm_ring_method", (int)o->method);
    if (!(o->snr > 0 && o->snr <= 1e6)) return ptm_fail(PTM_ERROR_ARGUMENT, "snr is %g, expected above 0 to 1e6", o->snr);
    if (!(o->sigma > 0 && o->sigma <= 100))
        return ptm_fail(PTM_ERROR_ARGUMENT, "sigma is %g, expected above 0 to 100", o->sigma);
    if (b->views < 16 || b->columns < 16)
        return ptm_fail(PTM_ERROR_ARGUMENT,
            "sinograms have %lld views of %lld columns, expected at least 16 of each to tell rings",
            (long long)b->views, (long long)b->columns);
    if (o->levels < 1 || o->levels > most)
        return ptm_fail(PTM_ERROR_ARGUMENT, "levels is %d, expected 1 to %d", o->levels, most);
    return PTM_OK;
}

int ptm_remove_rings(ptm_context *context, const ptm_array *projections, const ptm_ring_options *options)
{
    ptm_ring_options o;
    ptm_block b;
    int status = ptm_copy_sized(&o, sizeof o, options, "ptm_ring_options");
    if (!status) status = ptm_block_check(&b, context, projections, "projections");
    if (!status) status = complete(&o, &b);
    if (status) return status;
    return ptm_for_each_sinogram(context, &b, bytes_of(&o, &b), remove_rings, &(rings){ &o, &b });
}
