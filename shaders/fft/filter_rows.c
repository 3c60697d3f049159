/* The filter from pixels to pixels within an item, as fft_rows does transforms. */
#include "kernel.h"
#include "fft_arguments.h"
#define ARGUMENTS FILTER_ROWS
#include "pairs.h"
#include "stockham.h"

FN void load_pixels(reals a, int some, int both, int k, int l, int v0 ARGUMENTS(PTM_PARAM))
{
    const pair v = pixel_pair(both, k, v0 + l ARGUMENTS(PTM_PASS_ON));
    AT(a, k * some + l) = v.r;
    AT(a, FFT_PLANE(points, some) + k * some + l) = v.i;
}
FN void store_pixels(reals a, int some, int both, int k, int l, int v0 ARGUMENTS(PTM_PARAM))
{
    const pair v = make_pair(AT(a, FFT_PLANE(points, some) + k * some + l), AT(a, k * some + l));
    put_pixel_pair(both, k, v0 + l, v ARGUMENTS(PTM_PASS_ON));
}

KERNEL(filter_rows, one, 1, worker, workers, unused, 1)
{
    const int groups = (nv + lanes - 1) / lanes;
    reals a = work + SIZE(worker) * SIZE(FFT_WORK(points, lanes));
    reals b = a + SIZE(FFT_WORK(points, lanes) / 2);
    for (int group = worker; group < groups * PAIRS; group += workers) {
        const int both = group / groups, v0 = group % groups * lanes, some = min(lanes, nv - v0);
        if (some == 1) {
            ALONG(k, nu) load_pixels(a, 1, both, k, 0, v0 ARGUMENTS(PTM_PASS_ON));
        } else {
            for (int k = 0; k < nu; ++k) ALONG(l, some) load_pixels(a, some, both, k, l, v0 ARGUMENTS(PTM_PASS_ON));
        }
        ALONG(z, (points - nu) * some) {
            AT(a, nu * some + z) = REAL(0);
            AT(a, FFT_PLANE(points, some) + nu * some + z) = REAL(0);
        }
        reals done = a;
        if (run_transform(a, b, points, some, tables, true, response)) done = b;
        if (some == 1) {
            ALONG(k, nu) store_pixels(done, 1, both, k, 0, v0 ARGUMENTS(PTM_PASS_ON));
        } else {
            for (int k = 0; k < nu; ++k) ALONG(l, some) store_pixels(done, some, both, k, l, v0 ARGUMENTS(PTM_PASS_ON));
        }
    }
}
