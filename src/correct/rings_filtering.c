/* rings_filtering.c - ring removal by sorting what is slow along the views. */
#include "correct/rings.h"

#include "correct/block.h"

size_t ptm_rings_filtering_bytes(int64_t views, int64_t columns, double sigma)
{
    const size_t sorting = ptm_rings_sorting_bytes(views, columns), low = ptm_low_pass_bytes(views, sigma);
    return ptm_round_up((size_t)(views * columns) * sizeof(float)) + (sorting > low ? sorting : low);
}

/* Algorithm 3 on the low frequencies only (N. T. Vo, R. C. Atwood, M. Drakopoulos, Optics Express 26, 2018). */
void ptm_rings_filtering(const ptm_sinogram *s, int size, double sigma, void *scratch)
{
    const int64_t count = s->views * s->columns;
    float *low = scratch;
    void *rest = (char *)scratch + ptm_round_up((size_t)count * sizeof *low);
    ptm_low_pass(low, s->values, s->views, s->columns, sigma, rest);
    for (int64_t i = 0; i < count; ++i) s->values[i] -= low[i];
    ptm_rings_sorting(&(ptm_sinogram){ low, s->views, s->columns }, size, rest);
    for (int64_t i = 0; i < count; ++i) s->values[i] += low[i];
}
